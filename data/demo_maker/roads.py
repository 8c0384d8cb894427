"""The real road network of the demo, and two tiny made-up roads that no other road meets."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from scipy.spatial import cKDTree

from data.demo_maker.settings import METRIC, BoolArray, FloatArray
from geo.crs import WGS84

__all__ = ["DECIMALS", "NOT_WALKED", "RoadSamples", "island_edges", "read_roads", "sample_roads", "with_islands"]

#: Decimals of a degree in every layer: about a centimetre.
DECIMALS: Final = 7
#: Classes that nobody walks on.
NOT_WALKED: Final = ("motorway", "motorway_link")

# A made-up island: ends of its five pieces in metres from the middle, small enough to stay far below 50 junctions.
_ISLAND_PIECES: Final = (
    ((-120.0, 0.0), (0.0, 0.0)),
    ((0.0, 0.0), (130.0, 15.0)),
    ((0.0, 0.0), (-10.0, 110.0)),
    ((0.0, 0.0), (20.0, -100.0)),
    ((-10.0, 110.0), (70.0, 140.0)),
)


def read_roads(path: Path) -> gpd.GeoDataFrame:
    """The published network in EPSG:4326 with the columns ``highway``, ``synthetic`` and geometry.

    Pieces run from their smaller end to their larger one and follow each other along a Hilbert curve: an order that
    depends on nothing but the roads, and packs well.
    """
    source = gpd.read_parquet(path, columns=["highway", "geometry"])
    ends = shapely.get_coordinates(source.geometry.to_crs(WGS84).to_numpy()).round(DECIMALS).reshape(-1, 4)
    if len(ends) != len(source):
        msg = "the source network must consist of lines with two vertices"
        raise ValueError(msg)
    turned = (ends[:, 0] > ends[:, 2]) | ((ends[:, 0] == ends[:, 2]) & (ends[:, 1] > ends[:, 3]))
    ends[turned] = ends[turned][:, [2, 3, 0, 1]]
    highway = source["highway"].astype(str).to_numpy()
    frame = _frame(ends, highway, np.zeros(len(ends), dtype=bool))
    curve = frame.geometry.hilbert_distance(level=16).to_numpy()
    order = np.lexsort((highway, *ends.T[::-1], curve))
    return frame.iloc[order].reset_index(drop=True)


def island_edges(middle_m: FloatArray) -> FloatArray:
    """Ends of the pieces of a made-up island around a point, shape (5, 2, 2), metres."""
    return np.asarray(_ISLAND_PIECES) + middle_m


def with_islands(roads: gpd.GeoDataFrame, middles_m: FloatArray) -> gpd.GeoDataFrame:
    """The network with a made-up island around each point appended, ``synthetic`` true."""
    pieces = np.concatenate([island_edges(middle) for middle in middles_m]).reshape(-1, 2)
    ends = METRIC.inverse(pieces).round(DECIMALS).reshape(-1, 4)
    extra = _frame(ends, np.full(len(ends), "unclassified"), np.ones(len(ends), dtype=bool))
    both = pd.concat([roads, extra], ignore_index=True)
    return gpd.GeoDataFrame(both, geometry="geometry", crs=WGS84)


def _frame(ends: FloatArray, highway: npt.NDArray[np.str_], synthetic: BoolArray) -> gpd.GeoDataFrame:
    lines = shapely.linestrings(ends.reshape(-1, 2, 2))
    return gpd.GeoDataFrame({"highway": highway, "synthetic": synthetic}, geometry=lines, crs=WGS84)


@dataclass(frozen=True)
class RoadSamples:
    """Points along the roads, at most 25 m apart.

    Parameters
    ----------
    xy
        East and north in metres, shape (n, 2).
    direction
        Unit vector of the road at each point, shape (n, 2).
    length_m
        Metres of road that the point stands for.
    highway
        Class of the road.
    """

    xy: FloatArray
    direction: FloatArray
    length_m: FloatArray
    highway: npt.NDArray[np.str_]

    def only(self, mask: BoolArray) -> "RoadSamples":
        """The chosen points."""
        return RoadSamples(self.xy[mask], self.direction[mask], self.length_m[mask], self.highway[mask])

    def of(self, *classes: str) -> "RoadSamples":
        """The points on roads of some classes."""
        return self.only(np.isin(self.highway, classes))

    def tree(self) -> cKDTree:
        """An index over the points."""
        return cKDTree(self.xy)


def sample_roads(roads: gpd.GeoDataFrame, step_m: float = 25.0) -> RoadSamples:
    """Points in the middle of equal parts of every piece, the parts at most ``step_m`` long."""
    ends = METRIC.forward(shapely.get_coordinates(roads.geometry.to_numpy())).reshape(-1, 2, 2)
    start, span = ends[:, 0], ends[:, 1] - ends[:, 0]
    length_m = np.hypot(span[:, 0], span[:, 1])
    parts = np.maximum(1, np.ceil(length_m / step_m).astype(np.int64))
    piece = np.repeat(np.arange(len(parts)), parts)
    rank = np.arange(len(piece)) - np.repeat(np.cumsum(parts) - parts, parts)
    share = (rank + 0.5) / parts[piece]
    unit = span / np.maximum(length_m, 1e-9)[:, None]
    return RoadSamples(
        xy=start[piece] + share[:, None] * span[piece],
        direction=unit[piece],
        length_m=(length_m / parts)[piece],
        highway=roads["highway"].to_numpy(dtype=str)[piece],
    )
