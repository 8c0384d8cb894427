"""From a place to the road: nearest usable edge, position on it, access leg, islands."""

import dataclasses
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from coverage.network import Components, Network
from coverage.usable import Usable
from geo.crs import geodesic_m

__all__ = ["SAME_PLACE_M", "SnapOptions", "Snapper", "Snaps", "make_snapper"]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.integer[Any]]
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

    def replace(self, who: IntArray, others: "Snaps") -> "Snaps":
        """The same with the snaps of some of the places replaced."""
        out = self.take(np.arange(len(self.edge)))
        for field in dataclasses.fields(self):
            getattr(out, field.name)[who] = getattr(others, field.name)
        return out

    def append(self, others: "Snaps") -> "Snaps":
        """The same with further places behind."""
        fields = (field.name for field in dataclasses.fields(self))
        return Snaps(*(np.concatenate([getattr(self, name), getattr(others, name)]) for name in fields))


@dataclass(frozen=True, eq=False)
class SnapOptions:
    """Where places may reach the network: the nearest road, and for those on an island the nearest that is on none.

    Which of the two holds depends on the facilities that serve; so one look at the roads is enough for all of them.

    Parameters
    ----------
    nearest
        Without the rule for islands, shape (n,).
    on_island
        Places whose nearest road is on an island, shape (k,).
    mainland
        Their nearest road that is on no island, shape (k,).
    """

    nearest: Snaps
    on_island: IntArray
    mainland: Snaps

    def settle(self, kept_islands: frozenset[int]) -> Snaps:
        """The snaps when nobody is moved away from some islands."""
        leaves = ~np.isin(self.nearest.component[self.on_island], sorted(kept_islands)) & self.mainland.on_road
        moved = self.mainland.take(np.flatnonzero(leaves))
        return self.nearest.replace(
            self.on_island[leaves], dataclasses.replace(moved, moved_from_island=np.ones(len(moved.edge), dtype=bool))
        )

    def append(self, others: "SnapOptions") -> "SnapOptions":
        """The same with further places behind."""
        on_island = np.concatenate([self.on_island, others.on_island + len(self.nearest.edge)])
        return SnapOptions(self.nearest.append(others.nearest), on_island, self.mainland.append(others.mainland))

    def replace(self, who: IntArray, others: "SnapOptions") -> "SnapOptions":
        """The same with those of some places (rising) replaced."""
        stays = ~np.isin(self.on_island, who)
        on_island = np.concatenate([self.on_island[stays], who[others.on_island]])
        mainland = self.mainland.take(np.flatnonzero(stays)).append(others.mainland)
        return SnapOptions(self.nearest.replace(who, others.nearest), on_island, mainland)


class _Tree:
    """Some edges of a network in a spatial index, made when it is first asked for."""

    def __init__(self, network: Network, edges: BoolArray) -> None:
        self.edge = np.flatnonzero(edges)
        self._network = network

    @cached_property
    def index(self) -> shapely.STRtree:
        return shapely.STRtree(self._network.lines[self.edge])


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
    _everywhere: _Tree
    _mainland: _Tree
    kept_islands: frozenset[int] = frozenset()

    def edge_component(self) -> IntArray:
        """Component of each edge that places are reached from, -1 for all other edges, shape (edges,)."""
        return np.where(self.usable.land, self.components.of_node[self.network.u], -1)

    def is_island(self) -> BoolArray:
        """Whether each component is an island, shape (components,). None is where no component is large enough."""
        return _islands(self.components, self.island_nodes)

    def left_islands(self) -> BoolArray:
        """Islands that places move away from, shape (components,)."""
        island = self.is_island()
        island[list(self.kept_islands)] = False
        return island

    def keeping(self, facilities: Snaps) -> "Snapper":
        """The same snapper, that moves nobody away from the islands that these facilities stand on.

        Parameters
        ----------
        facilities
            ``SnapOptions.nearest``: snaps before any move.
        """
        kept = frozenset(facilities.component[facilities.on_road].tolist())
        return dataclasses.replace(self, kept_islands=kept)

    def closing(self, edges: IntArray) -> "Snapper":
        """The same snapper, that snaps nobody to some edges. Islands stay what they were."""
        forward, backward = self.usable.forward_s.copy(), self.usable.backward_s.copy()
        forward[edges] = backward[edges] = np.inf
        usable = dataclasses.replace(self.usable, forward_s=forward, backward_s=backward)
        trees = _trees(self.network, usable, self.components, self.island_nodes)
        return dataclasses.replace(self, usable=usable, _everywhere=trees[0], _mainland=trees[1])

    def options(self, lonlat: FloatArray) -> SnapOptions:
        """Look for the roads near places.

        Parameters
        ----------
        lonlat
            Places in degrees, shape (n, 2).
        """
        nearest = self._nearest(lonlat, self._everywhere)
        on = np.flatnonzero(nearest.on_road)
        on_island = on[self.is_island()[nearest.component[on]]]
        return SnapOptions(nearest, on_island, self._nearest(lonlat[on_island], self._mainland))

    def snap(self, lonlat: FloatArray) -> Snaps:
        """Snap places, and move those on an island to the nearest edge that is on none, if one is near enough.

        Parameters
        ----------
        lonlat
            Places in degrees, shape (n, 2).
        """
        return self.options(lonlat).settle(self.kept_islands)

    def _nearest(self, lonlat: FloatArray, tree: _Tree) -> Snaps:
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
        if not count or not len(tree.edge):
            return snaps
        points = shapely.points(network.crs.forward(lonlat))
        # The scale of the metric system is off by at most 0.1 %; the limit itself is checked on the ellipsoid below.
        reach = self.max_snap_m * 1.002 + _EDGE_OF_LIMIT_M
        who, hit = tree.index.query_nearest(points, max_distance=reach, all_matches=True)
        # Equally near edges: the first in the network's own order.
        order = np.lexsort((hit, who))
        who, first = np.unique(who[order], return_index=True)
        edge = tree.edge[hit[order][first]]
        share, position = _locate(network, edge, points[who])
        access_m = geodesic_m(lonlat[who], position)
        near = access_m <= self.max_snap_m + _EDGE_OF_LIMIT_M
        who, edge = who[near], edge[near]
        found = Snaps(
            edge, share[near], access_m[near], np.zeros(len(who), dtype=bool),
            self.components.of_node[network.u[edge]], position[near],
        )  # fmt: skip
        return snaps.replace(who, found)


def _islands(components: Components, island_nodes: int) -> BoolArray:
    small = components.nodes < island_nodes
    return small if not small.all() else np.zeros(len(small), dtype=bool)


def _trees(network: Network, usable: Usable, components: Components, island_nodes: int) -> tuple[_Tree, _Tree]:
    """All edges that places are reached from, and those that are on no island."""
    island = _islands(components, island_nodes)
    component = components.of_node[network.u]
    mainland = usable.land.copy()
    mainland[mainland] = ~island[component[mainland]]
    return _Tree(network, usable.land), _Tree(network, mainland)


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
    components = network.components(usable.edges)
    trees = _trees(network, usable, components, island_nodes)
    return Snapper(network, usable, components, max_snap_m, island_nodes, *trees)


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
