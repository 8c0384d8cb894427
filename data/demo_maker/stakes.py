"""Made-up boundary stakes along the lines, without a fault; :mod:`stake_faults` spoils some."""

from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from data.demo_maker.lines import chainage_m
from data.demo_maker.roads import DECIMALS
from data.demo_maker.settings import METRIC, STAKE_CRS, FloatArray, random_for
from geo.crs import WGS84

__all__ = ["set_place", "stake_frame", "stake_number", "stake_rows"]

COLUMNS: Final = (
    "stake_no",
    "line_code",
    "serial",
    "type",
    "state",
    "managed_by",
    "keeper",
    "survey_method",
    "public",
    "lon",
    "lat",
    "x_north",
    "y_east",
    "crs",
    *(f"mark{i}_{what}" for i in (1, 2, 3) for what in ("name", "azimuth", "distance_m")),
    "azimuth_kind",
)
_SPACING_M: Final = {"county": 2_600.0, "township": 1_500.0}
_MARKS: Final = (
    "独立树",
    "石桥墩",
    "水泥电杆",
    "水塔",
    "房屋墙角",
    "道路中心交点",
    "涵洞口",
    "灌渠闸口",
    "通信塔",
    "孤石",
)
#: Double and triple stakes stand this far off the line.
_OFF_LINE_M: Final = (12.0, 24.0)


def stake_number(line_code: str, serial: int, kind: str) -> str:
    """Eight places: line (4), serial (3), type (1)."""
    return f"{line_code}{serial:03d}{kind}"


def stake_rows(lines: gpd.GeoDataFrame, townships: gpd.GeoDataFrame) -> dict[str, list[dict[str, Any]]]:
    """Stakes of each line in order, by line code.

    Single stakes (Q) stand on the line within a few decimetres. Lines along a river have double stakes (A on the side
    of the smaller unit code), and the county line one triple stake (C, D, E).
    """
    rng = random_for("stakes")
    name_of = dict(zip(townships["unit_code"], townships["name"], strict=True))
    rows: dict[str, list[dict[str, Any]]] = {}
    for line in lines.itertuples():
        places = _places_along(line.geometry, _SPACING_M[line.level], rng)
        kinds = ["AB" if line.segment_type == "河流" else "Q"] * len(places)
        if line.level == "county":
            kinds[len(kinds) // 2] = "CDE"
        rows[line.line_code] = []
        for serial, (place, group) in enumerate(zip(places, kinds, strict=True), start=1):
            spots = _spots(place, group, line.unit_a, townships, rng)
            for kind, xy in zip(group, spots, strict=True):
                manager = line.unit_b if kind in "BD" or (kind == "Q" and serial % 2 == 0) else line.unit_a
                keeper = f"{name_of[manager]}护桩岗" if manager in name_of else "县级护桩岗"
                row = {"line_code": line.line_code, "serial": serial, "type": kind, "managed_by": manager}
                row |= {"stake_no": stake_number(line.line_code, serial, kind), "keeper": keeper, "state": "完好"}
                row |= {"survey_method": line.survey_method, "public": False, "crs": STAKE_CRS}
                rows[line.line_code].append(set_place(row, xy) | _reference_marks(rng))
    return rows


def _places_along(line: shapely.LineString, spacing_m: float, rng: np.random.Generator) -> FloatArray:
    """Points in the middle of straight pieces and the piece's direction, metres: columns x, y, dx, dy."""
    along_m = chainage_m(line)
    count = max(2, round(along_m[-1] / spacing_m))
    wanted = (np.arange(count) + 0.5 + rng.uniform(-0.18, 0.18, count)) / count * along_m[-1]
    piece = np.clip(np.searchsorted(along_m, wanted) - 1, 0, len(along_m) - 2)
    piece = np.unique(piece)
    xy = METRIC.forward(shapely.get_coordinates(line))
    span = xy[piece + 1] - xy[piece]
    degrees = shapely.get_coordinates(line)
    middle = METRIC.forward((degrees[piece] + degrees[piece + 1]) / 2)
    return np.hstack([middle, span / np.hypot(*span.T)[:, None]])


def _spots(
    place: FloatArray, group: str, unit_a: str, townships: gpd.GeoDataFrame, rng: np.random.Generator
) -> FloatArray:
    """Where the stakes of one number stand, metres, shape (len(group), 2)."""
    middle, along = place[:2], place[2:]
    left = np.array([-along[1], along[0]])
    if group == "Q":
        return (middle + left * rng.normal(0.0, 0.15))[None]
    off_m = rng.uniform(*_OFF_LINE_M, size=len(group))
    side_a = townships[townships["unit_code"].str.startswith(unit_a)].geometry.to_numpy()
    a_is_left = shapely.contains_xy(side_a, *METRIC.inverse((middle + 5.0 * left)[None])[0]).any()
    sign = 1.0 if a_is_left else -1.0
    if group == "AB":
        return np.array([middle + sign * off_m[0] * left, middle - sign * off_m[1] * left])
    return np.array(
        [middle + sign * off_m[0] * left, middle - sign * off_m[1] * left + 9.0 * along,
         middle + sign * off_m[2] * left + 14.0 * along]
    )  # fmt: skip


def set_place(row: dict[str, Any], xy: FloatArray) -> dict[str, Any]:
    """The row with longitude, latitude and, from these, X and Y."""
    lonlat = METRIC.inverse(np.asarray(xy, dtype=np.float64)[None]).round(DECIMALS)
    east, north = METRIC.forward(lonlat)[0].round(3)
    row |= {"lon": float(lonlat[0, 0]), "lat": float(lonlat[0, 1]), "x_north": float(north), "y_east": float(east)}
    return row


def _reference_marks(rng: np.random.Generator) -> dict[str, Any]:
    """Three marks in three directions."""
    row: dict[str, Any] = {"azimuth_kind": "true"}
    first = rng.uniform(0.0, 120.0)
    for i, name in enumerate(rng.choice(_MARKS, 3, replace=False), start=1):
        azimuth = (first + 120.0 * (i - 1) + rng.uniform(-25.0, 25.0)) % 360.0
        row[f"mark{i}_name"] = str(name)
        row[f"mark{i}_azimuth"] = round(float(azimuth), 2)
        row[f"mark{i}_distance_m"] = round(float(rng.uniform(9.0, 140.0)), 1)
    return row


def stake_frame(rows: dict[str, list[dict[str, Any]]]) -> gpd.GeoDataFrame:
    """The rows as a layer in EPSG:4326, line after line."""
    flat = [row for code in sorted(rows) for row in rows[code]]
    table = pd.DataFrame(flat).reindex(columns=COLUMNS)
    return gpd.GeoDataFrame(table, geometry=shapely.points(table["lon"], table["lat"]), crs=WGS84)
