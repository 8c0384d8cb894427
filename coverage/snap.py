"""From a place to the road: nearest usable edge, position on it, access leg, islands."""

import dataclasses
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from coverage.network import Components, Network
from coverage.usable import Usable
from geo.crs import geodesic_m

__all__ = ["SAME_PLACE_M", "Snapper", "Snaps", "make_snapper"]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

#: Positions on a road nearer than this to each other are one, in metres: some last bits of the metric coordinates.
SAME_PLACE_M = 1e-7
# A place at the very limit is inside it; also covers the last bits of the projection.
_EDGE_OF_LIMIT_M = 1e-6


@dataclass(frozen=True, eq=False)
class Snaps:
    """Where places reach the network; all arrays have shape (n,) but ``place_lonlat``, (n, 2).

    Parameters
    ----------
    edge
        Edge, -1 where no usable road lies within the limit.
    share
        Position on the edge as a share of its length from ``u``; NaN where there is none.
    access_m
        Geodesic length of the straight leg to that position; NaN where there is none.
    moved_from_island
        The nearest road was on an island, and the place was moved to the nearest road that is not.
    component
        Component that the place is on, -1 where none.
    lonlat
        The position on the road in degrees, shape (n, 2).
    """

    edge: IntArray
    share: FloatArray
    access_m: FloatArray
    moved_from_island: BoolArray
    component: IntArray
    lonlat: FloatArray

    @property
    def on_road(self) -> BoolArray:
        """Places that reach a road, shape (n,)."""
        return self.edge >= 0

    def take(self, who: IntArray) -> "Snaps":
        """The snaps of some of the places."""
        return Snaps(*(getattr(self, field.name)[who] for field in dataclasses.fields(self)))


@dataclass(frozen=True, eq=False)
class Snapper:
    """A network as one profile may use it, ready to be snapped to. Made by :func:`make_snapper`.

    Parameters
    ----------
    network, usable, components
        The network and what the profile makes of it.
    max_snap_m
        Farthest a place may lie from the road.
    island_nodes
        Components with fewer nodes are islands; 0: none is.
    kept_islands
        Islands that no place is moved from, because a facility that serves stands on them.
    """

    network: Network
    usable: Usable
    components: Components
    max_snap_m: float
    island_nodes: int
    kept_islands: frozenset[int] = frozenset()

    def edge_component(self) -> IntArray:
        """Component of each edge, -1 where the profile may not use it, shape (edges,)."""
        return np.where(self.usable.edges, self.components.of_node[self.network.u], -1)

    def is_island(self) -> BoolArray:
        """Whether each component is an island, shape (components,). None is where no component is large enough."""
        small = self.components.nodes < self.island_nodes
        return small if not small.all() else np.zeros(len(small), dtype=bool)

    def left_islands(self) -> BoolArray:
        """Islands that places move away from, shape (components,)."""
        island = self.is_island()
        island[list(self.kept_islands)] = False
        return island

    def nearest(self, lonlat: FloatArray) -> Snaps:
        """Snap places to the nearest usable edge, without the rule for islands.

        Parameters
        ----------
        lonlat
            Places in degrees, shape (n, 2).
        """
        return self._nearest(lonlat, self.usable.edges)

    def snap(self, lonlat: FloatArray) -> Snaps:
        """Snap places, and move those on an island to the nearest edge that is on none, if one is near enough.

        Parameters
        ----------
        lonlat
            Places in degrees, shape (n, 2).
        """
        snaps = self.nearest(lonlat)
        if not snaps.on_road.any():
            return snaps
        left = self.left_islands()
        who = np.flatnonzero(snaps.on_road & left[snaps.component])
        if not len(who):
            return snaps
        component = self.edge_component()
        mainland = (component >= 0) & ~self.is_island()[component]
        moved = self._nearest(lonlat[who], mainland)
        found = moved.on_road
        to = who[found]
        for name in ("edge", "share", "access_m", "component", "lonlat"):
            getattr(snaps, name)[to] = getattr(moved, name)[found]
        snaps.moved_from_island[to] = True
        return snaps

    def _nearest(self, lonlat: FloatArray, edges: BoolArray) -> Snaps:
        network = self.network
        count = len(lonlat)
        snaps = Snaps(
            edge=np.full(count, -1, dtype=np.int64),
            share=np.full(count, np.nan),
            access_m=np.full(count, np.nan),
            moved_from_island=np.zeros(count, dtype=bool),
            component=np.full(count, -1, dtype=np.int64),
            lonlat=np.full((count, 2), np.nan),
        )
        candidates = np.flatnonzero(edges)
        if not count or not len(candidates):
            return snaps
        xy = network.crs.forward(lonlat)
        points = shapely.points(xy)
        # The scale of the metric system is off by at most 0.1 %; the limit itself is checked on the ellipsoid below.
        reach = self.max_snap_m * 1.002 + _EDGE_OF_LIMIT_M
        tree = shapely.STRtree(network.lines[candidates])
        who, hit = tree.query_nearest(points, max_distance=reach, all_matches=True)
        # Equally near edges: the first in the network's own order.
        order = np.lexsort((candidates[hit], who))
        who, first = np.unique(who[order], return_index=True)
        edge = candidates[hit[order][first]]
        share, position = _locate(network, edge, points[who])
        access_m = geodesic_m(lonlat[who], position)
        near = access_m <= self.max_snap_m + _EDGE_OF_LIMIT_M
        who, edge = who[near], edge[near]
        snaps.edge[who] = edge
        snaps.share[who] = share[near]
        snaps.access_m[who] = access_m[near]
        snaps.lonlat[who] = position[near]
        snaps.component[who] = self.components.of_node[network.u[edge]]
        return snaps


def make_snapper(network: Network, usable: Usable, *, max_snap_m: float, island_nodes: int) -> Snapper:
    """Prepare a network for snapping.

    Parameters
    ----------
    network
        The road network.
    usable
        Seconds along its edges for one profile, from :meth:`Network.usable`.
    max_snap_m
        Farthest a place may lie from the road, in metres.
    island_nodes
        Components with fewer nodes are islands; 0 switches the rule off.
    """
    return Snapper(network, usable, network.components(usable.edges), max_snap_m, island_nodes)


def _locate(network: Network, edge: IntArray, points: npt.NDArray[np.object_]) -> tuple[FloatArray, FloatArray]:
    """Share of the edge's length, shape (n,), and place in degrees, shape (n, 2), of the nearest position on each edge.

    Inside a straight piece the share is that of the plane; the pieces are as long as on the ellipsoid.
    """
    distance = shapely.line_locate_point(network.lines[edge], points)
    row, part = network.position(edge, distance, network.along_xy_m)
    along_m = network.along_m[row] + part * (network.along_m[row + 1] - network.along_m[row])
    xy = network.xy[row] + part[:, None] * (network.xy[row + 1] - network.xy[row])
    total_m = network.length_m[edge]
    share = np.divide(along_m, total_m, out=np.zeros(len(edge)), where=total_m > 0)
    # A position at a node is at it exactly: on a one-way street the last bits would otherwise close the way to it.
    share[along_m <= SAME_PLACE_M] = 0.0
    share[total_m - along_m <= SAME_PLACE_M] = 1.0
    return share, network.crs.inverse(xy)
