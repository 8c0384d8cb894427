"""Made-up places where something is wrong on purpose: far from every road, or on an island of roads."""

from dataclasses import dataclass
from typing import Final

import geopandas as gpd
import numpy as np
import shapely
from scipy.spatial import cKDTree

from data.demo_maker.roads import NOT_WALKED, RoadSamples, island_edges
from data.demo_maker.settings import METRIC, BoolArray, FloatArray, random_for

__all__ = ["Sites", "choose_sites"]

#: East of this the widest gaps between roads are a river, where nobody lives.
_RIVER_EAST_M: Final = 516_500.0
#: Distance from the nearest road, least and most, in metres.
_REMOTE_M: Final = (620.0, 1_000.0)
_HAMLET_M: Final = (580.0, 900.0)
_FAR_ISLAND_M: Final = (760.0, 2_000.0)
_NEAR_ISLAND_M: Final = (260.0, 330.0)
#: Made-up places keep this distance from each other, and the pieces of an island this one from real roads.
_APART_M: Final = 2_000.0
_UNMET_M: Final = 60.0
_REMOTE_FACILITIES: Final = 3
_REMOTE_HAMLETS: Final = 3


@dataclass(frozen=True)
class Sites:
    """Points in metres.

    Parameters
    ----------
    remote
        For facilities: no road within 500 m, shape (3, 2).
    hamlets
        For people: no road within 500 m, shape (3, 2).
    far_island
        Middle of a made-up road island with no other road within 500 m of any of its points.
    near_island
        Middle of a made-up road island beside the network, but not joined to it.
    """

    remote: FloatArray
    hamlets: FloatArray
    far_island: FloatArray
    near_island: FloatArray


def choose_sites(county: shapely.Polygon, roads: gpd.GeoDataFrame, samples: RoadSamples) -> Sites:
    """Pick the places from a lattice inside the county, well apart from each other.

    Parameters
    ----------
    county
        In metres.
    roads
        The real network, EPSG:4326.
    samples
        Points along it.
    """
    rng = random_for("sites")
    inside = shapely.buffer(county, -700.0)
    lattice = _lattice(county.bounds)
    lattice = lattice[shapely.contains_xy(inside, lattice) & (lattice[:, 0] < _RIVER_EAST_M)]
    rng.shuffle(lattice)
    any_m = samples.tree().query(lattice)[0]
    walked = samples.only(~np.isin(samples.highway, NOT_WALKED))
    walked_m = walked.tree().query(lattice)[0]
    taken: list[FloatArray] = []
    remote = _take(lattice[_within(any_m, _REMOTE_M)], _REMOTE_FACILITIES, taken)
    hamlets = _take(lattice[_within(any_m, _HAMLET_M)], _REMOTE_HAMLETS, taken)
    far = _take(lattice[_within(any_m, _FAR_ISLAND_M)], 1, taken)[0]
    close = _within(walked_m, _NEAR_ISLAND_M) & _within(any_m, _NEAR_ISLAND_M)
    near = _take(_unmet(lattice[close], roads), 1, taken)[0]
    return Sites(remote, hamlets, far, near)


def _within(distance_m: FloatArray, limits_m: tuple[float, float]) -> BoolArray:
    return (distance_m > limits_m[0]) & (distance_m < limits_m[1])


def _lattice(bounds: tuple[float, float, float, float]) -> FloatArray:
    east, north = np.meshgrid(np.arange(bounds[0], bounds[2], 170.0), np.arange(bounds[1], bounds[3], 170.0))
    return np.column_stack([east.ravel(), north.ravel()])


def _take(candidates: FloatArray, count: int, taken: list[FloatArray]) -> FloatArray:
    """The first candidates that keep 2 km from all taken before."""
    chosen: list[FloatArray] = []
    for point in candidates:
        if not taken or cKDTree(taken).query(point)[0] > _APART_M:
            chosen.append(point)
            taken.append(point)
        if len(chosen) == count:
            return np.array(chosen)
    msg = "not enough places of this sort in the county"
    raise ValueError(msg)


def _unmet(middles: FloatArray, roads: gpd.GeoDataFrame) -> FloatArray:
    """Those whose island would not come within 60 m of a road."""
    lines = shapely.transform(roads.geometry.to_numpy(), METRIC.forward)
    tree = shapely.STRtree(lines)
    islands = [shapely.multilinestrings(island_edges(middle)) for middle in middles]
    met, _ = tree.query(islands, predicate="dwithin", distance=_UNMET_M)
    return np.delete(middles, np.unique(met), axis=0)
