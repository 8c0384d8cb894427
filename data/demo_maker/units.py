"""The fictional county, its neighbour, and what they are divided into."""

from dataclasses import dataclass
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from data.demo_maker import names
from data.demo_maker.partition import Cells, dissolve, grow, make_cells, smooth_field, solid, spread_seeds
from data.demo_maker.roads import DECIMALS, RoadSamples
from data.demo_maker.settings import (
    CENTRES,
    COUNTY_CODE,
    METRIC,
    NEIGHBOUR_CODE,
    BoolArray,
    FloatArray,
    IntArray,
    random_for,
)
from geo.crs import WGS84

__all__ = ["TOWNSHIPS", "closeness", "locate", "make_units", "of_level"]

#: Sub-districts and towns of the county, and how many of them are sub-districts.
TOWNSHIPS: Final = 14
_STREETS: Final = 9
_VILLAGES: Final = 152
_NEIGHBOUR_TOWNSHIPS: Final = 3
#: Metres of road per square metre, smoothed over 2.1 km, below which the land belongs to neither county.
_LEAST_ROADS_PER_M: Final = 0.0009
#: The made-up divide between the two counties, south to north, metres.
_DIVIDE: Final = (
    (529_500.0, 3_355_000.0),
    (531_000.0, 3_364_500.0),
    (535_200.0, 3_370_500.0),
    (536_300.0, 3_377_000.0),
    (539_500.0, 3_383_000.0),
    (538_600.0, 3_389_500.0),
    (540_400.0, 3_394_000.0),
    (536_800.0, 3_399_000.0),
    (537_500.0, 3_412_000.0),
)
#: Border vertices whose removal moves less than about the square of this many metres go.
_SIMPLIFY_M: Final = 110.0
#: First serial of sub-districts (urban) and towns.
_FIRST_SERIAL: Final = {True: 1, False: 101}
#: Density of the centre-to-edge model from which a village of a town is a community.
_URBAN_DENSITY: Final = 0.10


@dataclass(frozen=True)
class _Labels:
    """Which unit each cell belongs to: village numbers run through all townships."""

    township: IntArray
    village: IntArray
    township_of_village: IntArray
    density: FloatArray


def make_units(samples: RoadSamples) -> gpd.GeoDataFrame:
    """All units of three levels: counties, townships, villages; EPSG:4326.

    The villages of the county and the townships of the neighbour are one exact coverage; each higher unit is the
    union of its parts and has their very vertices.
    """
    rng = random_for("units")
    margin = 3_000.0
    cells = make_cells(samples.xy.min(axis=0) - margin, samples.xy.max(axis=0) + margin, rng)
    roads_per_m = smooth_field(samples.xy, samples.length_m, 2_100.0, cells.xy)
    land = solid(cells, roads_per_m > _LEAST_ROADS_PER_M)
    cells, roads_per_m = cells.only(land), roads_per_m[land]
    own = solid(cells, _west_of_divide(cells.xy))
    other = cells.only(~own)
    labels = _divide_county(cells.only(own), roads_per_m[own], rng)
    other_label = grow(other, spread_seeds(other, np.sqrt(roads_per_m[~own] + 1e-4), _NEIGHBOUR_TOWNSHIPS, rng))
    joined = np.empty(len(cells.xy), dtype=np.int64)
    joined[own] = labels.village
    joined[~own] = _VILLAGES + other_label
    parts = _to_degrees(shapely.coverage_simplify(dissolve(cells, joined), _SIMPLIFY_M))
    return _table(parts, labels)


def _west_of_divide(xy: FloatArray) -> BoolArray:
    east, north = np.asarray(_DIVIDE).T
    return np.asarray(xy[:, 0] < np.interp(xy[:, 1], north, east))


def _divide_county(cells: Cells, roads_per_m: FloatArray, rng: np.random.Generator) -> _Labels:
    """Townships, then villages in each: the denser the roads and the nearer a centre, the smaller."""
    density = closeness(cells.xy)
    weight = np.sqrt(roads_per_m) * (0.05 + density) ** 0.5
    township = grow(cells, spread_seeds(cells, weight**0.8, TOWNSHIPS, rng))
    village = np.empty(len(township), dtype=np.int64)
    owner: list[int] = []
    shares = np.bincount(township, weight, TOWNSHIPS)
    counts = names.apportion(shares + shares.mean() / 2, _VILLAGES)
    for number, count in enumerate(counts):
        inside = township == number
        part = cells.only(inside)
        village[inside] = len(owner) + grow(part, spread_seeds(part, weight[inside], int(count), rng))
        owner += [number] * int(count)
    mean = np.bincount(village, density, _VILLAGES) / np.bincount(village, minlength=_VILLAGES)
    return _Labels(township, village, np.array(owner), mean)


def closeness(xy: FloatArray) -> FloatArray:
    """Density of the centre-to-edge model at points, about 1 at the main centre, falling to 0.03 far away."""
    east, north, weight, fall_m = np.array(CENTRES).T
    away_m = np.hypot(xy[:, :1] - east, xy[:, 1:] - north)
    return np.asarray(0.03 + (weight * np.exp(-away_m / fall_m)).sum(axis=1))


def _to_degrees(polygons: np.ndarray) -> np.ndarray:
    degrees: np.ndarray = shapely.transform(polygons, lambda xy: METRIC.inverse(xy).round(DECIMALS))
    return degrees


def _table(parts: np.ndarray, labels: _Labels) -> gpd.GeoDataFrame:
    villages, others = parts[:_VILLAGES], parts[_VILLAGES:]
    groups = [villages[labels.township_of_village == i] for i in range(TOWNSHIPS)]
    townships = np.array([shapely.coverage_union_all(group) for group in groups], dtype=object)
    density = np.bincount(labels.township_of_village, labels.density) / np.bincount(labels.township_of_village)
    urban = density >= np.sort(density)[-_STREETS]
    rows = [
        _row(COUNTY_CODE, "示范区(虚构)", "county", "", shapely.coverage_union_all(townships), urban=True),
        _row(NEIGHBOUR_CODE, "毗邻县(虚构)", "county", "", shapely.coverage_union_all(others), urban=False),
    ]
    codes = _township_codes(COUNTY_CODE, urban, np.argsort(-density, kind="stable"))
    for number, (code, name) in enumerate(zip(codes, names.township_names(codes), strict=True)):
        rows.append(_row(code, name, "township", COUNTY_CODE, townships[number], urban=bool(urban[number])))
        inside = np.flatnonzero(labels.township_of_village == number)
        rows += _village_rows(code, villages[inside], labels.density[inside], urban=bool(urban[number]))
    other_urban = np.arange(len(others)) == 1
    other_codes = _township_codes(NEIGHBOUR_CODE, other_urban, np.arange(len(others)))
    for code, name, polygon in zip(other_codes, names.neighbour_names(other_codes), others, strict=True):
        rows.append(_row(code, name, "township", NEIGHBOUR_CODE, polygon, urban=code[6:] < "100"))
    names.name_villages(rows)
    frame = gpd.GeoDataFrame(pd.DataFrame(rows), geometry="geometry", crs=WGS84)
    frame["geometry"] = shapely.normalize(frame.geometry.to_numpy())
    return frame.sort_values("unit_code", kind="stable").reset_index(drop=True)


def _village_rows(parent: str, polygons: np.ndarray, density: FloatArray, *, urban: bool) -> list[dict[str, Any]]:
    """Communities (codes from 001) and villages (from 201) of a township, north to south."""
    is_urban = (density > _URBAN_DENSITY) | urban
    rows = []
    serials = {True: 0, False: 200}
    for i in np.argsort(-shapely.get_y(shapely.centroid(polygons)), kind="stable"):
        serials[bool(is_urban[i])] += 1
        code = f"{parent}{serials[bool(is_urban[i])]:03d}"
        rows.append(_row(code, "", "village", parent, polygons[i], urban=bool(is_urban[i])))
    return rows


def _township_codes(county: str, urban: BoolArray, order: IntArray) -> list[str]:
    """Nine digits: sub-districts from 001, towns from 101, numbered in the order given."""
    codes = [""] * len(urban)
    following = dict(_FIRST_SERIAL)
    for i in order:
        kind = bool(urban[i])
        codes[i] = f"{county}{following[kind]:03d}"
        following[kind] += 1
    return codes


def _row(code: str, name: str, level: str, parent: str, polygon: shapely.Polygon, *, urban: bool) -> dict[str, Any]:
    return {
        "unit_code": code,
        "name": name,
        "level": level,
        "parent_code": parent,
        "urban": urban,
        "geometry": polygon,
    }


def of_level(units: gpd.GeoDataFrame, level: str, county: str | None = None) -> gpd.GeoDataFrame:
    """Units of one level, of one county where asked for."""
    mask = units["level"] == level
    if county is not None:
        mask &= units["unit_code"].str.startswith(county)
    return units[mask].reset_index(drop=True)


def locate(units: gpd.GeoDataFrame, lonlat: FloatArray) -> np.ndarray:
    """Code of the unit around each point, empty where there is none."""
    tree = shapely.STRtree(units.geometry.to_numpy())
    point, unit = tree.query(shapely.points(lonlat), predicate="within")
    codes = np.full(len(lonlat), "", dtype=object)
    codes[point] = units["unit_code"].to_numpy()[unit]
    return codes
