"""K16: what stands near a line or lies across it. Nobody is accused; who has to agree is said."""

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd
import shapely

from demarcation.bench import Bench
from demarcation.crossing import Laid, LinesNear, Sides, apart_m, lay, sides_of
from demarcation.disputes import disputes_of
from demarcation.finding import BoundaryFinding
from demarcation.model import Line, Study
from demarcation.rules import Rules
from demarcation.served_across import parents_of, upward
from geo.repair import area_m2
from layers.inside import unit_codes
from layers.layer import Layer

__all__ = ["check_crossings", "nothing_to_cross"]

_AREAL = 2


def nothing_to_cross(study: Study) -> str:
    """Why K16 cannot run: key of a sentence; ``""`` where it can.

    Examples
    --------
    >>> import datetime as dt
    >>> nothing_to_cross(Study({}, (), dt.date(2026, 6, 30)))
    'k16_nothing_given'
    """
    given = (study.facilities, study.areas, study.projects, study.disputes, study.served)
    return "" if any(one is not None for one in given) else "k16_nothing_given"


def check_crossings(bench: Bench, rules: Rules) -> Iterator[BoundaryFinding]:
    """One finding per line and facility, service area, project or dispute, and one per stake near a project.

    Examples
    --------
    >>> import datetime as dt
    >>> from demarcation.bench import bench_of
    >>> from demarcation.rules import load_rules
    >>> list(check_crossings(bench_of(Study({}, (), dt.date(2026, 6, 30))), load_rules()))
    []
    """
    ground = _Ground(bench, rules)
    yield from _facilities(ground)
    yield from _areas(ground)
    yield from _projects(ground)
    yield from _disputes(ground)
    for code, served in (bench.study.served or {}).items():
        line = bench.study.lines[code]
        facts = {"name": line.name, "unit_a": line.unit_a, "unit_b": line.unit_b, "a_to_b": f"{served.a_to_b:g}",
                 "b_to_a": f"{served.b_to_a:g}", "minutes": f"{served.minutes:g}"}  # fmt: skip
        people = float(served.a_to_b + served.b_to_a)
        where = shapely.MultiLineString(bench.axes[code].parts)
        yield BoundaryFinding("people_served_across", "K16", "info", code, value=people, unit="count", where=where,
                              facts=facts, row=line.row)  # fmt: skip


class _Ground:
    """What all parts of the check ask: lines near a place, how a thing lies by one, units and what they lie in."""

    def __init__(self, bench: Bench, rules: Rules) -> None:
        self.bench, self.study = bench, bench.study
        self.near_m, self.touch_m = rules.K16.near_m, rules.K16.touch_m
        self.near = LinesNear(bench.axes)
        self.parents = parents_of(self.study.units)
        self._sides: dict[str, Sides | None] = {}

    def sides(self, code: str) -> Sides | None:
        if code not in self._sides:
            self._sides[code] = sides_of(self.study.lines[code], self.study.units)
        return self._sides[code]

    def lay(self, shape: shapely.Geometry, code: str) -> Laid:
        return lay(shape, self.bench.axes[code], self.sides(code), self.touch_m)

    def close(self, shape: shapely.Geometry) -> Iterator[tuple[str, Laid]]:
        """Lines within the distance of K16, and how the shape lies by each."""
        for code in self.near.within(shape, self.near_m):
            laid = self.lay(shape, code)
            if laid.distance_m <= self.near_m:
                yield code, laid


def _facilities(ground: _Ground) -> Iterator[BoundaryFinding]:
    layer = ground.study.facilities
    if layer is None:
        return
    elsewhere = _declared_elsewhere(layer, ground)
    for row in _rows(layer):
        name = {"name": _text(row, "name") or _text(row, "facility_id")}
        found = dict(ground.close(row["geometry"]))
        declared = elsewhere.get(int(row["row"]))
        if declared is not None:
            code, facts = declared
            laid = found.pop(code, None) or (ground.lay(row["geometry"], code) if code else None)
            yield BoundaryFinding("facility_declared_elsewhere", "K16", "info", code, unit="m" if laid else "",
                                  value=laid.distance_m if laid else None, where=row["geometry"],
                                  facts={**name, **facts}, row=int(row["row"]))  # fmt: skip
        for code, laid in found.items():
            if laid.crosses:
                yield _across("facility_across_line", code, laid, name, int(row["row"]))
            else:
                yield BoundaryFinding("facility_near_line", "K16", "info", code, value=laid.distance_m,
                                      limit=ground.near_m, unit="m", where=row["geometry"], facts=name,
                                      row=int(row["row"]))  # fmt: skip


def _across(sentence: str, code: str, laid: Laid, facts: Mapping[str, object], row: int) -> BoundaryFinding:
    """A finding about what lies across a line; its value is the smaller side: square metres, of a line metres."""
    areal = any(part.area_m2 > 0 for part in laid.parts)
    unit = "m2" if areal else "m"
    sizes = {part.side: part.area_m2 if areal else part.length_m for part in laid.parts}
    told = {
        f"parts_{lang}": comma.join(f"{_side(side, lang)} {size:,.0f} {sign}" for side, size in sizes.items())
        for lang, comma, sign in (("zh", "、", "平方米" if areal else "米"), ("en", ", ", unit))
    }
    places = {"chainages": ", ".join(f"{at_m:,.0f}" for at_m in laid.chainages_m) or "-"}
    return BoundaryFinding(sentence, "K16", "info", code, value=min(sizes.values(), default=0.0), unit=unit,
                           where=laid.where, facts={**facts, **told, **places}, row=row)  # fmt: skip


def _side(side: str, lang: str) -> str:
    return {"left": "左侧", "right": "右侧"}.get(side, side) if lang == "zh" else side


def _declared_elsewhere(layer: Layer, ground: _Ground) -> dict[int, tuple[str, Mapping[str, object]]]:
    """Facilities whose declared unit has a polygon that they do not lie in: row to line and units.

    The line is the one between both, or between units that these lie in; ``""`` where there is none.
    """
    units = ground.study.units
    if units is None or "unit_code" not in layer.frame:
        return {}
    declared = layer.frame["unit_code"].fillna("").astype(str).to_numpy(dtype=object)
    polygons = {
        str(code): shape
        for code, shape in zip(units.frame["unit_code"], units.frame.geometry, strict=True)
        if shape is not None and shapely.get_dimensions(shape) == _AREAL
    }
    shapes, rows = layer.frame.geometry.to_numpy(), layer.frame["row"].to_numpy()
    own = np.array([*(polygons.get(code) for code in declared), None], dtype=object)[:-1]
    levels = _levels(units)
    out: dict[int, tuple[str, Mapping[str, object]]] = {}
    for position in np.flatnonzero(~shapely.is_missing(own) & ~shapely.intersects(own, shapes)).tolist():
        code, shape = declared[position], shapes[position]
        if apart_m(shape, own[position])[0] <= ground.touch_m:
            continue
        same = units.frame[units.frame["unit_code"].astype(str).map(levels) == levels[code]]
        place = shapely.get_coordinates(shapely.point_on_surface(shape))
        lies_in = str(unit_codes(place, dataclasses.replace(units, frame=same))[0])
        out[int(rows[position])] = _line_between(ground, code, lies_in), {"declared": code, "lies_in": lies_in or "-"}
    return out


def _levels(units: Layer) -> Mapping[str, str]:
    """Level of each unit; the length of its code where the layer does not say it."""
    codes = units.frame["unit_code"].astype(str)
    said = units.frame["level"].fillna("").astype(str) if "level" in units.frame else [""] * len(codes)
    return {code: level or str(len(code)) for code, level in zip(codes, said, strict=True)}


def _line_between(ground: _Ground, declared: str, lies_in: str) -> str:
    one, other = (set(upward(code, ground.parents)) for code in (declared, lies_in))
    only_one, only_other = one - other, other - one

    def parts(line: Line) -> bool:
        return (line.unit_a in only_one and line.unit_b in only_other) or (
            line.unit_b in only_one and line.unit_a in only_other
        )

    return min((code for code, line in ground.study.lines.items() if parts(line)), default="")


def _areas(ground: _Ground) -> Iterator[BoundaryFinding]:
    """Service areas of the largest minutes that reach beyond a line of the facility's own unit."""
    layer, homes = ground.study.areas, ground.study.facilities
    if layer is None:
        return
    places: dict[str, Mapping[str, Any]] = {}
    if homes is not None:
        places = {str(row["facility_id"]): row for row in _rows(homes)}
    frame = layer.frame
    if "minutes" in frame:
        frame = frame[frame["minutes"] == frame["minutes"].max()]
    for record in sorted(frame.to_dict("records"), key=lambda row: str(row["facility_id"])):
        shape, key = record["geometry"], str(record["facility_id"])
        home = places.get(key)
        facts = {"name": (_text(home, "name") if home else "") or key, "minutes": _text(record, "minutes") or "-"}
        for code in ground.near.within(shape, 0.0):
            laid = ground.lay(shape, code)
            beyond = _beyond(laid, ground.sides(code), home) if laid.crosses else None
            if beyond is None:
                continue
            share = 100 * beyond / area_m2(shape)
            yield BoundaryFinding("service_area_across_line", "K16", "info", code, value=share, unit="%",
                                  where=laid.where, facts={**facts, "km2": f"{beyond / 1e6:.2f}"},
                                  row=int(home["row"]) if home else None)  # fmt: skip


def _beyond(laid: Laid, sides: Sides | None, home: Mapping[str, Any] | None) -> float | None:
    """Square metres on the other side of the facility's own; the smaller side where nobody knows which that is."""
    sizes = {part.side: part.area_m2 for part in laid.parts}
    if sides is None or home is None:
        return min(sizes.values())
    own = [
        code
        for code, polygon in zip(sides.codes, sides.polygons, strict=True)
        if shapely.intersects(polygon, home["geometry"])
    ]
    if not own:
        return None
    other = sides.codes[1] if own[0] == sides.codes[0] else sides.codes[0]
    return sizes[other] or None


def _projects(ground: _Ground) -> Iterator[BoundaryFinding]:
    layer = ground.study.projects
    if layer is None:
        return
    stakes = [stake for code in sorted(ground.bench.axes) for stake, _ in ground.bench.on(code)]
    for row in _rows(layer):
        shape, name = row["geometry"], {"name": _text(row, "name") or "-"}
        for code, laid in ground.close(shape):
            if laid.crosses:
                yield _across("project_across_line", code, laid, name, int(row["row"]))
            else:
                yield BoundaryFinding("project_near_line", "K16", "info", code, value=laid.distance_m,
                                      limit=ground.near_m, unit="m", where=laid.where, facts=name,
                                      row=int(row["row"]))  # fmt: skip
        for stake in stakes:
            if stake.place is None:
                continue
            point = shapely.Point(stake.place)
            # A degree is never longer than 112 km, so nothing near is passed over.
            if shapely.distance(point, shape) * np.cos(np.radians(point.y)) * 112_000 > ground.near_m * 1.1:
                continue
            distance_m, _ = apart_m(point, shape)
            if distance_m <= ground.near_m:
                yield BoundaryFinding("stake_near_project", "K16", "info", stake.line_code, stake.number,
                                      value=distance_m, limit=ground.near_m, unit="m", where=point, facts=name,
                                      row=stake.row)  # fmt: skip


def _disputes(ground: _Ground) -> Iterator[BoundaryFinding]:
    for one in disputes_of(ground.study, ground.bench.axes, ground.near_m):
        if not one.open:
            continue
        since = one.opened.isoformat() if one.opened else "-"
        facts = {"name": one.name or "-", "since": since, "state": one.state or "-"}
        known = one.line_code in ground.bench.axes
        yield BoundaryFinding("dispute_on_line" if known else "dispute_without_line", "K16", "info", one.line_code,
                              value=one.distance_m, unit="m" if one.distance_m is not None else "",
                              where=one.shape, facts=facts, row=one.row)  # fmt: skip


def _rows(layer: Layer) -> list[dict[str, Any]]:
    """Rows that have a place, by their number."""
    rows = [
        row for row in layer.frame.to_dict("records") if row["geometry"] is not None and not row["geometry"].is_empty
    ]
    return sorted(rows, key=lambda row: int(row["row"]))


def _text(row: Mapping[str, Any], name: str) -> str:
    value = row.get(name)
    if value is None or pd.isna(value):
        return ""
    return f"{value:g}" if isinstance(value, float) else str(value).strip()
