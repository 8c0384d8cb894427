"""What is doubtful in boundary lines and stakes before the checks of a joint inspection: numbers, order, distance."""

import re
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.crs import geodesic_m
from geo.findings import Finding
from layers.layer import Layer
from layers.refused import refused_by_name

__all__ = ["lines", "stakes"]

FloatArray = npt.NDArray[np.float64]

#: Metres. Ten times what a stake may be off a line on a map of 1:50 000: not survey, but a wrong line or number.
FAR_FROM_LINE_M = 250.0
_SERIAL = re.compile(r"(\d{3})[A-Z]?$")
# A run of missing numbers is listed up to that many.
_MOST_LISTED = 20
_AWAY_PER_DEGREE_M = 111_320.0


def lines(layer: Layer) -> Iterator[Finding]:
    """Lines that cross themselves."""
    rows = layer.frame["row"].tolist()
    simple = shapely.is_simple(layer.frame.geometry.to_numpy())
    for position in np.flatnonzero(~simple):
        yield Finding("line_crosses_itself", "warn", row=int(rows[position]))


def stakes(layer: Layer, lonlat: FloatArray, boundary: Layer | None) -> Iterator[Finding]:
    """Numbers that repeat or are missing, stakes of one place on two lines, stakes off their line, and their order."""
    frame = layer.frame.reset_index(drop=True)
    rows = frame["row"].tolist()
    key = frame["line_code"].astype(str) + "\0" + frame["stake_no"].astype(str)
    first = {value: position for position, value in reversed(list(enumerate(key)))}
    for position in np.flatnonzero(key.duplicated()):
        facts = {"number": str(frame["stake_no"].iloc[position]), "first": int(rows[first[key.iloc[position]]])}
        yield Finding("stake_repeated", "warn", row=int(rows[position]), field="stake_no", facts=facts)
    serial = _serials(frame)
    names = ["line_code", "stake_no", "serial"]
    cells = [[one.get(name, "") for name in names] for one in refused_by_name(layer.quality)]
    refused = pd.DataFrame(cells, columns=names, dtype="str")
    others = _serials(refused)
    for code, group in frame.groupby("line_code", sort=True):
        # A row that was refused is not missing.
        own = (refused["line_code"].astype(str) == str(code)).to_numpy()
        yield from _missing(str(code), np.concatenate([serial[group.index], others[own]]))
    yield from _shared(frame, lonlat)
    if boundary is not None:
        yield from _along(frame, lonlat, serial, boundary)


def _serials(frame: pd.DataFrame) -> FloatArray:
    """The number of each stake on its line, from the column or from the end of its full number; NaN where neither."""
    given = frame["serial"].astype(str) if "serial" in frame else pd.Series("", index=frame.index)
    found = frame["stake_no"].astype(str).str.extract(_SERIAL, expand=False)
    texts = given.where(given.str.fullmatch(r"\d+"), found)
    return np.asarray(pd.to_numeric(texts, errors="coerce"), dtype=np.float64)


def _missing(code: str, serial: FloatArray) -> Iterator[Finding]:
    numbers = sorted({int(one) for one in serial[np.isfinite(serial)]})
    if len(numbers) < 2:  # noqa: PLR2004
        return
    gone = [number for number in range(1, numbers[-1]) if number not in set(numbers)]
    if gone:
        listed = ", ".join(f"{number:03d}" for number in gone[:_MOST_LISTED])
        facts = {"line": code, "numbers": listed + (" …" if len(gone) > _MOST_LISTED else ""), "count": len(gone)}
        yield Finding("stakes_missing", "warn", field="stake_no", facts=facts)


def _shared(frame: pd.DataFrame, lonlat: FloatArray) -> Iterator[Finding]:
    """One place on several lines: a tri-junction if it is meant."""
    place = pd.Series([tuple(one) for one in lonlat.round(7)])
    for _, group in frame.groupby(place, sort=False):
        codes = sorted(set(group["line_code"].astype(str)))
        if len(codes) > 1:
            for row in group["row"].iloc[1:]:
                yield Finding("stake_shared", "info", row=int(row), facts={"lines": ", ".join(codes)})


def _along(frame: pd.DataFrame, lonlat: FloatArray, serial: FloatArray, boundary: Layer) -> Iterator[Finding]:
    """Distance of each stake to its line, and whether the numbers run along it in one direction."""
    drawn = {str(code): shapely.union_all(group.geometry.to_numpy())
             for code, group in boundary.frame.groupby("line_code", sort=True)}  # fmt: skip
    for code, group in frame.groupby("line_code", sort=True):
        line = drawn.get(str(code))
        if line is None:
            yield Finding("line_of_stakes_missing", "warn", field="line_code", facts={"line": str(code)})
            continue
        points = shapely.points(lonlat[group.index])
        legs = shapely.get_coordinates(shapely.shortest_line(points, line)).reshape(-1, 2, 2)
        away_m = geodesic_m(legs[:, 0], legs[:, 1])
        near = away_m <= FAR_FROM_LINE_M
        for position, metres in zip(group.index[~near], away_m[~near], strict=True):
            facts = {"number": str(frame["stake_no"].iloc[position]), "metres": f"{metres:.0f}", "line": str(code)}
            yield Finding("stake_far_from_line", "warn", row=int(frame["row"].iloc[position]), facts=facts)
        merged = shapely.line_merge(line) if line.geom_type == "MultiLineString" else line
        if merged.geom_type == "LineString":
            where = shapely.line_locate_point(merged, points) * _AWAY_PER_DEGREE_M
            yield from _order(frame, group.index[near], serial, dict(zip(group.index, where, strict=True)), str(code))


def _order(
    frame: pd.DataFrame, members: pd.Index, serial: FloatArray, where: dict[int, float], code: str
) -> Iterator[Finding]:
    """The fewest stakes whose removal lets the numbers rise along the line, in whichever direction needs fewer."""
    numbered = [position for position in members if np.isfinite(serial[position])]
    orders = []
    for sign in (1.0, -1.0):
        # Stakes of one number stand side by side or on both banks: which comes first tells nothing.
        known = sorted(numbered, key=lambda one: (serial[one], sign * where[one]))  # used at once
        orders.append((known, _longest([sign * where[one] for one in known])))
    known, in_order = max(orders, key=lambda order: len(order[1]))
    for place, position in enumerate(known):
        if place not in in_order:
            facts = {"number": str(frame["stake_no"].iloc[position]), "line": code}
            yield Finding("stake_out_of_order", "warn", row=int(frame["row"].iloc[position]), facts=facts)


def _longest(values: list[float]) -> set[int]:
    """Places of a longest run of values that does not fall; a metre back is no disorder: stakes stand in pairs."""
    best: list[int] = []
    before: list[int] = []
    for place, value in enumerate(values):
        longest, link = 1, -1
        for earlier in range(place):
            if values[earlier] <= value + 1.0 and best[earlier] + 1 > longest:
                longest, link = best[earlier] + 1, earlier
        best.append(longest)
        before.append(link)
    out: set[int] = set()
    place = max(range(len(values)), key=lambda one: (best[one], -one)) if values else -1
    while place >= 0:
        out.add(place)
        place = before[place]
    return out
