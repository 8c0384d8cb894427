"""Whole people on a grid along residential roads, by age, with exact totals."""

from dataclasses import dataclass
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from data.demo_maker.names import apportion
from data.demo_maker.partition import smooth_field
from data.demo_maker.roads import DECIMALS, RoadSamples
from data.demo_maker.settings import METRIC, POPULATION, WUHAN_2020, FloatArray, IntArray, random_for
from data.demo_maker.sites import Sites
from data.demo_maker.units import closeness, locate
from geo.crs import WGS84

__all__ = ["CELL_M", "HAMLET_PEOPLE", "age_totals", "hamlets_m", "make_demand"]

#: Side of a grid cell in metres.
CELL_M: Final = 400.0
#: People of the planted hamlets: three far from roads, then one on each made-up road island.
HAMLET_PEOPLE: Final = (64, 41, 87, 73, 38)
# Beside the pieces of the islands, metres from their middles.
_BESIDE_FAR: Final = np.array([35.0, 25.0])
_BESIDE_NEAR: Final = np.array([-60.0, -22.0])
#: People per metre of road, by class, relative to residential roads. No other class has people.
_ROAD_WEIGHT: Final = {
    "residential": 1.0,
    "living_street": 1.2,
    "pedestrian": 0.6,
    "unclassified": 0.5,
    "tertiary": 0.3,
    "secondary": 0.08,
}
_LEAST_PEOPLE: Final = 12
_MOST_PEOPLE: Final = 3_000
#: Roads of this weight or more are those that a place is moved to, where the cell has one.
_HOME_ROAD: Final = 0.5
#: Density of the centre-to-edge model from which people are older.
_OLD_CENTRE: Final = 0.6
# Cells grow less than in proportion to their roads: dense mapping of lanes must not become towers.
_FLATTENING: Final = 0.75
# People gather in quarters of about this size, with a random factor exp(CLUSTERING * z), z standard normal.
_QUARTER_M: Final = 700.0
_CLUSTERING: Final = 0.85


@dataclass(frozen=True)
class _Places:
    """One place per row: where, how much weight, in which unit."""

    lonlat: FloatArray
    weight: FloatArray
    unit_code: np.ndarray

    def only(self, mask: np.ndarray) -> "_Places":
        return _Places(self.lonlat[mask], self.weight[mask], self.unit_code[mask])


def age_totals(population: int) -> dict[str, int]:
    """People of each age group at the shares of Wuhan in 2020, rounded to whole people."""
    return {name: round(population * count / WUHAN_2020["pop"]) for name, count in WUHAN_2020.items()}


def hamlets_m(sites: Sites) -> FloatArray:
    """Where the planted hamlets stand: three far from roads, then one on each made-up road island; metres, (5, 2)."""
    return np.vstack([sites.hamlets, sites.far_island + _BESIDE_FAR, sites.near_island + _BESIDE_NEAR])


def make_demand(villages: gpd.GeoDataFrame, samples: RoadSamples, sites: Sites) -> gpd.GeoDataFrame:
    """Places with people: one per grid cell with residential roads, then the planted hamlets; EPSG:4326.

    Parameters
    ----------
    villages
        Of the county, EPSG:4326.
    samples
        Points along the real roads.
    sites
        Where the planted hamlets stand.
    """
    rng = random_for("people")
    cells = _cells(samples, rng)
    cells = _Places(cells.lonlat, cells.weight, locate(villages, cells.lonlat))
    cells = cells.only(cells.unit_code != "")
    spread = POPULATION - sum(HAMLET_PEOPLE)
    cells = cells.only(_worth_a_place(cells, spread))
    hamlets = METRIC.inverse(hamlets_m(sites)).round(DECIMALS)
    lonlat = np.vstack([cells.lonlat, hamlets])
    table = pd.DataFrame({"unit_code": np.r_[cells.unit_code, locate(villages, hamlets)]})
    most = np.full(len(cells.weight), _MOST_PEOPLE, dtype=np.int64)
    table["pop"] = np.r_[apportion(cells.weight, spread, most), HAMLET_PEOPLE]
    for name, counts in _ages(METRIC.forward(lonlat), table["pop"].to_numpy(dtype=np.int64), rng).items():
        table[name] = counts
    frame = gpd.GeoDataFrame(table, geometry=shapely.points(lonlat), crs=WGS84)
    return _named(frame, villages)


def _worth_a_place(cells: _Places, people: int) -> np.ndarray:
    """Cells that would get a dozen people, and in each village the largest one whatever it gets."""
    order = np.lexsort((-cells.weight, cells.unit_code))
    largest = order[np.unique(cells.unit_code[order], return_index=True)[1]]
    keep: np.ndarray = cells.weight / cells.weight.sum() * people >= _LEAST_PEOPLE
    keep[largest] = True
    return keep


def _cells(samples: RoadSamples, rng: np.random.Generator) -> _Places:
    """One place per grid cell: the weighted middle of its roads, moved beside the nearest residential one."""
    homes = samples.of(*_ROAD_WEIGHT)
    class_weight = np.array([_ROAD_WEIGHT[name] for name in homes.highway])
    weight = homes.length_m * class_weight
    key = np.floor(homes.xy / CELL_M).astype(np.int64)
    _, cell = np.unique(key, axis=0, return_inverse=True)
    cell = cell.ravel()
    total = np.bincount(cell, weight)
    middle = np.column_stack([np.bincount(cell, weight * homes.xy[:, i]) / total for i in range(2)])
    away_m = np.hypot(*(homes.xy - middle[cell]).T)
    # Residential roads first (weight of the class), then the one nearest to the middle.
    order = np.lexsort((away_m, class_weight < _HOME_ROAD, cell))
    nearest = order[np.unique(cell[order], return_index=True)[1]]
    beside_m = rng.uniform(8.0, 45.0, len(total)) * rng.choice([-1.0, 1.0], len(total))
    along = homes.direction[nearest]
    xy = homes.xy[nearest] + beside_m[:, None] * np.column_stack([-along[:, 1], along[:, 0]])
    quarter = smooth_field(middle, rng.standard_normal(len(total)), _QUARTER_M, middle)
    model = total**_FLATTENING * closeness(middle) * np.exp(_CLUSTERING * quarter / quarter.std())
    return _Places(METRIC.inverse(xy).round(DECIMALS), model, np.full(len(total), "", dtype=object))


def _ages(xy: FloatArray, people: IntArray, rng: np.random.Generator) -> dict[str, IntArray]:
    """Age groups that vary smoothly from place to place, nested in every row, with exact totals."""
    totals = age_totals(int(people.sum()))
    noise = smooth_field(xy, rng.standard_normal(len(xy)), 1_200.0, xy)
    older = np.exp(0.30 * noise / noise.std())
    older *= np.where(closeness(xy) > _OLD_CENTRE, 1.25, 1.0)
    pop60 = apportion(people * older, totals["pop60"], people * 6 // 10)
    pop65 = apportion(pop60 * older**0.2, totals["pop65"], pop60)
    pop80 = apportion(pop65 * older**0.3, totals["pop80"], pop65)
    pop0_14 = apportion(people / older**0.6, totals["pop0_14"], people - pop60)
    return {"pop0_14": pop0_14, "pop60": pop60, "pop65": pop65, "pop80": pop80}


def _named(frame: gpd.GeoDataFrame, villages: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Ids and names in the order of the villages, west to east inside each."""
    order = np.lexsort((frame.geometry.y, frame.geometry.x, frame["unit_code"]))
    frame = frame.iloc[order].reset_index(drop=True)
    name_of = dict(zip(villages["unit_code"], villages["name"], strict=True))
    serial = frame.groupby("unit_code").cumcount() + 1
    frame.insert(0, "demand_id", [f"R{i:05d}" for i in range(1, len(frame) + 1)])
    names = [f"{name_of[code]}居民点{i}" for code, i in zip(frame["unit_code"], serial, strict=True)]
    frame.insert(1, "name", names)
    return frame[["demand_id", "name", "pop", "pop0_14", "pop60", "pop65", "pop80", "unit_code", "geometry"]]
