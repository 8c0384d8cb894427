"""Times between some places, each to each, and how long the fastest way of a pair is."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import scipy.sparse

from coverage import travel_time
from coverage.network import Network
from coverage.pairs import pairs_of_snaps
from coverage.prepared import prepare_snapper
from coverage.request import Parameters
from coverage.search import TIE_S
from coverage.snap import Snaps

__all__ = ["Legs", "legs_between"]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Legs:
    """Ways between places.

    Parameters
    ----------
    roads
        What is travelled, from the places.
    snaps
        Where they reach it.
    seconds
        From place i to place j, both access legs included, inf where there is no way; shape (n, n). From a place to
        itself it takes no time.
    """

    roads: travel_time.Roads
    snaps: Snaps
    seconds: FloatArray

    @cached_property
    def _arcs(self) -> tuple[IntArray, FloatArray]:
        """Keys of all open arcs, sorted, and their lengths; of parallel ones the fastest comes first."""
        network, nodes = self.roads.network, self.roads.network.nodes
        tail, head = np.concatenate([network.u, network.v]), np.concatenate([network.v, network.u])
        seconds = np.concatenate([self.roads.ahead_s, self.roads.behind_s])
        key = tail.astype(np.int64) * nodes + head
        order = np.lexsort((seconds, key))
        return key[order], np.concatenate([network.length_m, network.length_m])[order]

    @cached_property
    def _matrix(self) -> scipy.sparse.csr_array:
        graph = self.roads.graph
        return scipy.sparse.csr_array((graph.seconds, graph.to, graph.start), shape=(graph.nodes, graph.nodes))

    def metres(self, start: int, end: int) -> float:
        """Length along the roads of the fastest way from one place to another, without the access legs.

        NaN where there is no way. Of ways that are equally fast it is that of one.
        """
        if not np.isfinite(self.seconds[start, end]):
            return float("nan")
        found = [*self._on_one_edge(start, end), *self._through_nodes(start, end)]
        return min(found)[1]

    def _on_one_edge(self, start: int, end: int) -> list[tuple[float, float]]:
        edge, share = int(self.snaps.edge[start]), float(self.snaps.share[end] - self.snaps.share[start])
        if edge != self.snaps.edge[end]:
            return []
        seconds = self.roads.ahead_s[edge] if share > 0 else self.roads.behind_s[edge] if share < 0 else 0.0
        return [(abs(share) * float(seconds), abs(share) * float(self.roads.network.length_m[edge]))]

    def _through_nodes(self, start: int, end: int) -> list[tuple[float, float]]:
        """Seconds and metres of the ways over each end of both edges."""
        network, limit = self.roads.network, float(self.seconds[start, end]) + TIE_S
        first, last = int(self.snaps.edge[start]), int(self.snaps.edge[end])
        from_share, to_share = float(self.snaps.share[start]), float(self.snaps.share[end])
        outward = [(network.v[first], 1 - from_share, self.roads.ahead_s[first]),
                   (network.u[first], from_share, self.roads.behind_s[first])]  # fmt: skip
        inward = [(network.u[last], to_share, self.roads.ahead_s[last]),
                  (network.v[last], 1 - to_share, self.roads.behind_s[last])]  # fmt: skip
        found = []
        for node, share, edge_s in outward:
            begin_s = _part(share, edge_s)
            if not begin_s <= limit:
                continue
            times, before = scipy.sparse.csgraph.dijkstra(
                self._matrix, indices=int(node), limit=limit, return_predecessors=True
            )
            for other, other_share, other_s in inward:
                seconds = begin_s + float(times[other]) + _part(other_share, other_s)
                if np.isfinite(seconds):
                    metres = share * network.length_m[first] + other_share * network.length_m[last]
                    found.append((seconds, float(metres) + self._along(before, int(other))))
        return found

    def _along(self, before: npt.NDArray[np.int32], node: int) -> float:
        """Length of the way to a node by the node before each."""
        keys, length_m = self._arcs
        metres = 0.0
        while before[node] >= 0:
            key = int(before[node]) * self.roads.network.nodes + node
            metres += float(length_m[np.searchsorted(keys, key)])
            node = int(before[node])
        return metres


def _part(share: float, edge_s: float) -> float:
    return 0.0 if share == 0 else share * float(edge_s)


def legs_between(network: Network, parameters: Parameters, lonlat: FloatArray, limit_s: float) -> Legs:
    """Times between places, each to each.

    Parameters
    ----------
    network
        The road network.
    parameters
        Profile, speed, ``max_snap_m`` and ``island_nodes``; the rest has no effect.
    lonlat
        Places in degrees, shape (n, 2).
    limit_s
        Ways that take longer are none.
    """
    usable, snapper = prepare_snapper(network, parameters)
    snaps = snapper.snap(lonlat)
    roads = travel_time.make_roads(network, usable, parameters.travel().access_mps, "from")
    seconds = np.full((len(lonlat), len(lonlat)), np.inf)
    start, end, between = pairs_of_snaps(roads, snaps, snaps, limit_s)
    seconds[start, end] = between
    here = np.flatnonzero(snaps.on_road)
    seconds[here, here] = 0.0
    return Legs(roads, snaps, seconds)
