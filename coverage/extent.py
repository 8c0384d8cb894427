"""How far the roads reach, and who lives so near to their edge that roads beyond could change the answer."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import shapely

from coverage.network import Network
from coverage.request import Parameters
from geo.crs import MetricCrs

__all__ = ["Extent", "extent_of_roads", "halo_m", "near_edge_of_roads"]

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

#: Where a file does not say how far its roads reach, a gap in their outline wider than this counts as outside, in
#: metres. Measured on Wuhan and Porto cut to the shape of a county and of stars, 900 m of reach: of those near the cut
#: it finds 68 % to 99 %, and marks up to 4 % of the others (17 % with main roads alone). A convex hull finds 17 % to
#: 80 %.
OUTLINE_GAP_M = 2000.0
# Roads are looked at every so many metres. Of the places in a cell the outermost stands for all; cells are no smaller
# than a step, and larger where there would be too many of them, but well below the gap.
_STEP_M = 100.0
_MOST_CELL_M = 500.0
_CELLS = 100_000
# A metric system is off by up to 0.1 %, the middle of a long side by a metre.
_SCALE = 1.002
# Longest straight side of a recorded extent, in degrees, that is as good as straight in metres.
_SIDE_DEGREES = 0.05

_BASIS = {
    "recorded": "extent recorded in the road file",
    "outline": f"outline of the usable roads, gaps up to {OUTLINE_GAP_M:g} m closed",
    "none": "no usable road",
}


@dataclass(frozen=True, eq=False)
class Extent:
    """Where the roads are known.

    Parameters
    ----------
    kind
        ``recorded`` in the file of the roads; ``outline``: taken from the roads themselves; ``none``: there are none.
    area
        In metres of the network's system; a line or a point where the roads have no area.
    crs
        That system.
    """

    kind: Literal["recorded", "outline", "none"]
    area: shapely.Geometry
    crs: MetricCrs

    @property
    def basis(self) -> str:
        """For ``summary.json``: what the edge is taken to be."""
        return _BASIS[self.kind]


def halo_m(parameters: Parameters) -> float:
    """How far beyond a study area roads are needed: as far as one travels within the largest minutes, and to the road.

    Ferries are not counted in: one that is faster than the profile makes the run mark more places.

    Examples
    --------
    >>> halo_m(Parameters(profile="elder", minutes=(5, 15)))
    1400.0
    """
    travel = parameters.travel()
    speeds_mps = travel.class_speeds_mps.values() if travel.speed_mps is None else [travel.speed_mps]
    return max(*speeds_mps, travel.access_mps) * parameters.minutes[-1] * 60 + parameters.max_snap_m


def extent_of_roads(network: Network, usable: BoolArray) -> Extent:
    """Where the roads of a network are known.

    Parameters
    ----------
    network
        Its source may say how far the roads reach.
    usable
        Edges on land that may be used, shape (edges,); they make the outline where the source does not say.
    """
    crs = network.crs
    recorded = network.source.source.extent
    if recorded is not None:
        side = shapely.segmentize(recorded, _SIDE_DEGREES)
        return Extent("recorded", shapely.transform(side, crs.forward), crs)
    if not usable.any():
        return Extent("none", shapely.Polygon(), crs)
    return Extent("outline", _outline(_thinned(_along_roads(network, usable))), crs)


def near_edge_of_roads(points: npt.NDArray[np.object_], extent: Extent, reach_m: float) -> BoolArray:
    """Whether roads beyond the known ones could change the answer of each place within the largest minutes.

    Whoever travels no farther than ``reach_m`` and starts farther than that from the edge meets no unknown road. Held
    fixed are the roads that places are snapped to, and what is an island.

    Parameters
    ----------
    points
        In the metric system of the extent, shape (n,).
    extent
        Of :func:`extent_of_roads`.
    reach_m
        How far one travels within the largest minutes.
    """
    if extent.area.is_empty:
        return np.ones(len(points), dtype=bool)
    flat = shapely.get_dimensions(extent.area) < 2  # noqa: PLR2004  # a line or a point
    edge = extent.area if flat else shapely.boundary(extent.area)
    shapely.prepare(extent.area)
    shapely.prepare(edge)
    near: BoolArray = ~shapely.covers(extent.area, points) | shapely.dwithin(edge, points, reach_m * _SCALE)
    return near


def _along_roads(network: Network, usable: BoolArray) -> FloatArray:
    """Places along the usable roads, in metres, shape (k, 2): all vertices, and between far ones as many as needed."""
    last = np.zeros(len(network.xy), dtype=bool)
    last[network.offsets[1:] - 1] = True
    used = np.repeat(usable, np.diff(network.offsets))
    start = np.flatnonzero(used & ~last)
    step = network.xy[start + 1] - network.xy[start]
    count = np.maximum(1, np.ceil(np.hypot(*step.T) / _STEP_M)).astype(np.int64)
    owner = np.repeat(np.arange(len(start)), count)
    nth = np.arange(len(owner)) - np.repeat(np.cumsum(count) - count, count)
    between = network.xy[start][owner] + step[owner] * (nth / count[owner])[:, None]
    return np.concatenate([between, network.xy[used & last]])


def _thinned(xy: FloatArray) -> FloatArray:
    """Of the places in one cell the one that is farthest from the middle of all."""
    low, high = xy.min(axis=0), xy.max(axis=0)
    size_m = np.clip(np.sqrt(np.prod(high - low) / _CELLS), _STEP_M, _MOST_CELL_M)
    cell = np.floor((xy - low) / size_m).astype(np.int64)
    key = cell[:, 0] * (cell[:, 1].max() + 1) + cell[:, 1]
    order = np.lexsort((-np.hypot(*(xy - (low + high) / 2).T), key))
    _, first = np.unique(key[order], return_index=True)
    return xy[order[first]]


def _outline(xy: FloatArray) -> shapely.Geometry:
    """Hull of places that follows their outline into gaps wider than :data:`OUTLINE_GAP_M`."""
    places = shapely.multipoints(xy)
    sides_m = shapely.length(shapely.get_parts(shapely.delaunay_triangles(places, only_edges=True)))
    if not len(sides_m) or sides_m.max() <= OUTLINE_GAP_M:
        return shapely.convex_hull(places)
    # GEOS takes the limit as a share of the way from the shortest side of the triangles to the longest.
    shortest, longest = float(sides_m.min()), float(sides_m.max())
    return shapely.concave_hull(places, ratio=(OUTLINE_GAP_M - shortest) / (longest - shortest))
