"""Faults planted among lines and stakes, at most one kind on a line, each written down.

A planted entry names the check that must find it (K1 … K18 of the project's list), the line, the number of the stake
(empty for a fault of the whole line) and, under ``may_also``, checks that may rightly speak up about the same thing.
"""

import math
from collections.abc import Callable
from typing import Any, Final

import geopandas as gpd
import numpy as np
import shapely

from data.demo_maker.roads import DECIMALS
from data.demo_maker.settings import METRIC
from data.demo_maker.stakes import set_place

__all__ = ["plant_in_lines", "plant_in_stakes", "to_gcj02"]

Rows = list[dict[str, Any]]
Planted = list[dict[str, Any]]

_COUNTY_LINE: Final = "9901"
_FINE_SCALE: Final = 10_000
#: Stakes that an order fault needs, so that one smallest set explains it.
_ORDER_NEEDS: Final = 5


def _entry(check: str, line_code: str, stake_no: str, fault: str, *may_also: str) -> dict[str, Any]:
    return {"check": check, "line_code": line_code, "stake_no": stake_no, "fault": fault, "may_also": list(may_also)}


def plant_in_stakes(rows: dict[str, Rows], lines: gpd.GeoDataFrame) -> Planted:
    """Spoil single stakes of the longest township lines; write the declared counts into ``lines`` first."""
    lines["declared_stakes"] = [len(rows[code]) for code in lines["line_code"]]
    single = {code: part for code, part in rows.items() if code != _COUNTY_LINE and part[0]["type"] == "Q"}
    fine = set(lines.loc[lines["scale"] == _FINE_SCALE, "line_code"])
    free = sorted((code for code in single if code in fine), key=lambda code: (-len(single[code]), code))
    if len(free) < len(_FAULTS) or len(single[free[0]]) < _ORDER_NEEDS:
        msg = "too few or too short lines for all faults"
        raise ValueError(msg)
    in_metres = shapely.transform(lines.geometry.to_numpy(), METRIC.forward)
    line_of = dict(zip(lines["line_code"], in_metres, strict=True))
    planted: Planted = []
    for fault, code in zip(_FAULTS, free, strict=False):
        planted += fault(rows[code], code, line_of[code])
    return planted + _broken_states(rows)


def _missing(rows: Rows, code: str, _line: shapely.LineString) -> Planted:
    gone = rows.pop(len(rows) // 2)
    return [
        _entry("K3", code, gone["stake_no"], "missing_number"),
        _entry("K7", code, "", "one_row_fewer_than_declared"),
    ]


def _out_of_order(rows: Rows, code: str, line: shapely.LineString) -> Planted:
    """The last but one stands between the first and the second: taking it away restores the order."""
    first_m, second_m = (line.project(_point(row)) for row in rows[:2])
    moved = rows[-2]
    set_place(moved, shapely.get_coordinates(line.interpolate((first_m + second_m) / 2))[0])
    return [_entry("K2", code, moved["stake_no"], "order")]


def _duplicate(rows: Rows, code: str, _line: shapely.LineString) -> Planted:
    first = rows[len(rows) // 2]
    rows.insert(len(rows) // 2 + 1, dict(first))
    return [
        _entry("K3", code, first["stake_no"], "duplicate_number"),
        _entry("K7", code, "", "one_row_more_than_declared"),
    ]


def _off_line(rows: Rows, code: str, line: shapely.LineString) -> Planted:
    row = rows[len(rows) // 2]
    at_m = line.project(_point(row))
    before, at, after = shapely.get_coordinates(line.interpolate([at_m - 5.0, at_m, at_m + 5.0]))
    along = (after - before) / np.hypot(*(after - before))
    set_place(row, at + 35.0 * np.array([-along[1], along[0]]))
    return [_entry("K1", code, row["stake_no"], "35_m_off_the_line")]


def _gcj02(rows: Rows, code: str, line: shapely.LineString) -> Planted:
    """The stake that the shift takes farthest from the line."""
    moved = METRIC.forward(np.array([to_gcj02(row["lon"], row["lat"]) for row in rows]))
    farthest = int(shapely.distance(line, shapely.points(moved)).argmax())
    row = set_place(rows[farthest], moved[farthest])
    return [_entry("K11", code, row["stake_no"], "gcj02")]


def _swapped(rows: Rows, code: str, _line: shapely.LineString) -> Planted:
    row = rows[1]
    row["x_north"], row["y_east"] = row["y_east"], row["x_north"]
    return [_entry("K11", code, row["stake_no"], "x_and_y_swapped", "K10")]


def _plane_differs(rows: Rows, code: str, line: shapely.LineString) -> Planted:
    row = rows[1]
    moved = line.interpolate(line.project(_point(row)) + 6.0)
    row["x_north"], row["y_east"] = round(moved.y, 3), round(moved.x, 3)
    return [_entry("K10", code, row["stake_no"], "plane_coordinates_6_m_from_longitude_and_latitude")]


def _mark_incomplete(rows: Rows, code: str, _line: shapely.LineString) -> Planted:
    rows[0]["mark3_distance_m"] = math.nan
    return [_entry("K9", code, rows[0]["stake_no"], "third_mark_without_distance")]


#: The faults that need the most stakes first: they get the longest lines.
_FAULTS: Final[tuple[Callable[[Rows, str, shapely.LineString], Planted], ...]] = (
    _out_of_order,
    _missing,
    _duplicate,
    _gcj02,
    _off_line,
    _swapped,
    _plane_differs,
    _mark_incomplete,
)


def _broken_states(rows: dict[str, Rows]) -> Planted:
    """Three stakes of the county line need somebody to go there."""
    county = rows[_COUNTY_LINE]
    planted = []
    for place, state in ((2, "损坏"), (6, "移动"), (len(county) - 4, "缺失")):
        county[place]["state"] = state
        planted.append(_entry("K17", _COUNTY_LINE, county[place]["stake_no"], f"state_{state}"))
    return planted


def plant_in_lines(lines: gpd.GeoDataFrame, spoiled: Planted) -> Planted:
    """A declared length 1.2 % too long, and two joint inspections overdue, on lines without another fault."""
    used = {entry["line_code"] for entry in spoiled}
    free = [i for i, code in enumerate(lines["line_code"]) if code not in used]
    code = lines["line_code"]
    lines.loc[free[0], "declared_length_m"] = round(lines.loc[free[0], "declared_length_m"] * 1.012, 1)
    lines.loc[free[1], "last_inspection"] = "2020-10-20"
    lines.loc[free[2], "last_inspection"] = "2021-05-18"
    return [
        _entry("K8", code[free[0]], "", "declared_length_1.2_percent_too_long"),
        _entry("K18", code[free[1]], "", "inspection_overdue"),
        _entry("K18", code[free[2]], "", "inspection_overdue"),
    ]


def _point(row: dict[str, Any]) -> shapely.Point:
    return shapely.Point(row["y_east"], row["x_north"])


def to_gcj02(lon: float, lat: float) -> tuple[float, float]:
    """The publicly known obfuscation of Chinese web maps, for one made-up stake.

    Parameters
    ----------
    lon, lat
        Degrees, WGS 84.

    Returns
    -------
    tuple of float
        Degrees, GCJ-02, 7 decimals.
    """
    semi_major_m, eccentricity_2 = 6_378_245.0, 0.006_693_421_622_965_943
    x, y, pi = lon - 105.0, lat - 35.0, math.pi
    waves = 20 * math.sin(6 * x * pi) + 20 * math.sin(2 * x * pi)
    north_m = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * math.sqrt(abs(x))
    north_m += 2 / 3 * (waves + 20 * math.sin(y * pi) + 40 * math.sin(y / 3 * pi))
    north_m += 2 / 3 * (160 * math.sin(y / 12 * pi) + 320 * math.sin(y * pi / 30))
    east_m = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * math.sqrt(abs(x))
    east_m += 2 / 3 * (waves + 20 * math.sin(x * pi) + 40 * math.sin(x / 3 * pi))
    east_m += 2 / 3 * (150 * math.sin(x / 12 * pi) + 300 * math.sin(x / 30 * pi))
    flat = 1 - eccentricity_2 * math.sin(math.radians(lat)) ** 2
    meridian_m = semi_major_m * (1 - eccentricity_2) / flat**1.5
    parallel_m = semi_major_m / math.sqrt(flat) * math.cos(math.radians(lat))
    moved = (lon + math.degrees(east_m / parallel_m), lat + math.degrees(north_m / meridian_m))
    return round(moved[0], DECIMALS), round(moved[1], DECIMALS)
