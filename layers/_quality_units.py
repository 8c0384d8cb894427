"""What is doubtful beside units: rows in another unit than they say, units that overlap or leave land out."""

import math
from collections.abc import Iterator, Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.crs import geodesic_m
from geo.findings import Finding
from geo.repair import area_m2, between, together
from layers.layer import Layer
from layers.levels import smallest
from layers.names import UNIT_HEADINGS, plain_name

__all__ = ["between_units", "code_stem", "declared", "land_of", "same_unit"]

FloatArray = npt.NDArray[np.float64]
ShapeArray = npt.NDArray[np.object_]
# Digits of a code by level: province, prefecture, county, township, village (GB/T 2260 and 10114).
_LEVELS = (2, 4, 6, 9, 12)
_AREAL = 2


def land_of(units: Layer | None) -> shapely.Geometry | None:
    """The land of all units together; None without polygons."""
    if units is None:
        return None
    return together(_polygons(units))


def _polygons(units: Layer) -> ShapeArray:
    shapes = units.frame.geometry.to_numpy()
    polygons: ShapeArray = shapes.copy()
    polygons[shapely.get_dimensions(shapes) != _AREAL] = None
    return polygons


def same_unit(one: str, other: str) -> bool:
    """Whether two codes name the same unit, or one names a part of the other.

    Examples
    --------
    >>> same_unit("330522001000", "330522001"), same_unit("330522001201", "330522001")
    (True, True)
    >>> same_unit("330522001", "330522002")
    False
    """
    a, b = code_stem(one), code_stem(other)
    return a.startswith(b) or b.startswith(a)


def code_stem(code: str) -> str:
    """A code without the zeros that fill it up to a longer form.

    Examples
    --------
    >>> code_stem("330522001000"), code_stem("990100")
    ('330522001', '9901')
    """
    if not code.isdigit():
        return code
    for digits in _LEVELS:
        if len(code) > digits and set(code[digits:]) == {"0"}:
            return code[:digits]
    return code


def declared(layer: Layer, lonlat: FloatArray, units: Layer) -> Iterator[Finding]:
    """Rows whose unit by their own word is not the one in which they lie.

    A point on a shared border lies in both; where one answer is needed, the smaller code has it.
    """
    leaves = smallest(units)
    order = np.argsort(leaves.frame["unit_code"].to_numpy(dtype=str), kind="stable")
    codes = leaves.frame["unit_code"].astype(str).iloc[order].tolist()
    names = leaves.frame["name"].astype(str).iloc[order].tolist()
    polygons = _polygons(leaves)[order]
    known = np.asarray(np.isfinite(lonlat).all(axis=1))
    points: ShapeArray = np.full(len(lonlat), None, dtype=object)
    points[known] = shapely.points(lonlat[known])
    place, hit = shapely.STRtree(polygons).query(points, predicate="intersects")
    hits: dict[int, list[int]] = {}
    for one, unit in zip(place.tolist(), hit.tolist(), strict=True):
        hits.setdefault(one, []).append(unit)
    named: dict[str, set[str]] = {}
    for code, name in zip(units.frame["unit_code"].astype(str), units.frame["name"], strict=True):
        named.setdefault(plain_name(name), set()).add(code)
    rows = layer.frame["row"].tolist()
    for position, (said, meant) in enumerate(_claims(layer, named)):
        inside = sorted(hits.get(position, []))
        if len(inside) > 1:
            facts = {"unit": codes[inside[0]], "units": ", ".join(codes[unit] for unit in inside)}
            yield Finding("on_unit_border", "info", row=int(rows[position]), facts=facts)
        if not said or any(same_unit(code, codes[unit]) for code in meant for unit in inside):
            continue
        mine = [unit for unit, other in enumerate(codes) if any(same_unit(code, other) for code in meant)]
        if not mine:
            yield Finding("unit_unknown", "warn", row=int(rows[position]), field="unit_code", facts={"declared": said})
        elif inside:
            facts = {"declared": said, "found": codes[inside[0]], "name": names[inside[0]],
                     "metres": _away_m(points[position], polygons[mine])}  # fmt: skip
            yield Finding("unit_differs", "warn", row=int(rows[position]), field="unit_code", facts=facts)


def _claims(layer: Layer, named: Mapping[str, set[str]]) -> Iterator[tuple[str, set[str]]]:
    """What each row says of its unit, by code or else by a name that is known, and the codes that this means."""
    frame = layer.frame
    declared = frame.get("unit_code", pd.Series("", index=frame.index)).fillna("").astype(str)
    by_name = next((frame[name] for name in UNIT_HEADINGS if name in frame), pd.Series("", index=frame.index))
    for code, name in zip(declared, by_name.fillna("").astype(str), strict=True):
        if code:
            yield code, {code}
        else:
            meant = named.get(plain_name(name), set()) if name else set()
            yield (name if meant else ""), meant


def _away_m(point: shapely.Geometry, polygons: ShapeArray) -> str:
    """Metres from a point to the nearest of some polygons."""
    legs = shapely.shortest_line(point, polygons)
    ends = [shapely.get_coordinates(leg) for leg in legs if leg is not None]
    if not ends:
        return "?"
    return f"{min(float(geodesic_m(end[[0]], end[[-1]])[0]) for end in ends):.0f}"


def between_units(units: Layer, demand: Layer | None) -> Iterator[Finding]:
    """Overlaps and gaps of the smallest units, with the land and the people that they concern, and the sum of it."""
    leaves = smallest(units)
    polygons = _polygons(leaves)
    names = leaves.frame["name"].astype(str).tolist()
    rows = leaves.frame["row"].tolist()
    found = between(polygons)
    people = _People(demand)
    for (a, b), area, land in zip(found.pairs.tolist(), found.overlap_m2, found.overlaps, strict=True):
        facts = {"name": names[a], "other": names[b], "area_m2": f"{area:.0f}", "people": people.inside(land)}
        yield Finding("units_overlap", "warn", row=int(rows[max(a, b)]), facts=facts)
    for gap, area, beside in zip(found.gaps, found.gap_m2, found.beside, strict=True):
        around = ", ".join([names[one] for one in beside][:4])
        facts = {"names": around, "area_m2": f"{area:.0f}", "people": people.inside(gap)}
        yield Finding("units_gap", "warn", facts=facts)
    if len(found.pairs) or len(found.gaps):
        yield _balance(polygons, found.overlap_m2, found.gap_m2)
    if demand is not None:
        yield from people.balance(land_of(leaves))


def _balance(polygons: ShapeArray, overlaps: FloatArray, gaps: FloatArray) -> Finding:
    """Land of all units added up = land of them together + land that counts twice or more."""
    areal = polygons[shapely.get_dimensions(polygons) == _AREAL]
    added = math.fsum(area_m2(polygon) for polygon in areal)
    whole = area_m2(together(areal))
    facts = {"added_km2": f"{added / 1e6:.4f}", "together_km2": f"{whole / 1e6:.4f}",
             "twice_km2": f"{(added - whole) / 1e6:.4f}", "gaps_km2": f"{math.fsum(gaps) / 1e6:.4f}",
             "overlaps": len(overlaps), "gaps": len(gaps)}  # fmt: skip
    return Finding("units_balance", "info", facts=facts)


class _People:
    """Who lives on a piece of land."""

    def __init__(self, demand: Layer | None) -> None:
        self._weights = np.empty(0)
        self._points: ShapeArray = np.empty(0, dtype=object)
        if demand is not None:
            shapes = demand.frame.geometry.to_numpy()
            self._points = np.array(shapely.point_on_surface(shapes), dtype=object)
            column = demand.frame.get("pop")
            self._weights = np.ones(len(shapes)) if column is None else column.fillna(0.0).to_numpy(dtype=np.float64)
        self._tree = shapely.STRtree(self._points)

    def inside(self, land: shapely.Geometry) -> str:
        """People inside, as text; ``–`` where no demand was given."""
        if len(self._points) == 0:
            return "–"
        return f"{math.fsum(self._weights[self._tree.query(land, predicate='intersects')]):g}"

    def balance(self, land: shapely.Geometry | None) -> Iterator[Finding]:
        """People of the demand = people in a unit + people in none."""
        total = math.fsum(self._weights)
        inside = self._tree.query(land, predicate="intersects") if land is not None else np.empty(0, dtype=np.int64)
        allocated = math.fsum(self._weights[inside])
        if allocated != total:
            facts = {"total": f"{total:g}", "allocated": f"{allocated:g}", "left": f"{total - allocated:g}"}
            yield Finding("people_in_no_unit", "warn", facts=facts)
