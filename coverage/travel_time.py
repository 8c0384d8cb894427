"""Travel time as the project defines it: access leg, along the network, access leg.

Times run *to* the facility by default. Internally the search always starts at the facilities; ``ahead_s`` and
``behind_s`` are the seconds along an edge in the direction of that search.
"""

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from coverage import search
from coverage.network import Network
from coverage.request import Parameters
from coverage.search import TIE_S
from coverage.snap import SAME_PLACE_M, Snapper, Snaps, make_snapper
from coverage.usable import usable_by
from layers.layer import Layer

__all__ = [
    "Field",
    "Nearest",
    "along_one_edge",
    "entries",
    "graph_of",
    "keep_islands",
    "lonlat_of",
    "make_field",
    "part_s",
    "snapper_for",
]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Nearest:
    """Nearest facility of some places; arrays of shape (n,).

    Parameters
    ----------
    seconds
        Travel time, inf where no facility is reached.
    facility
        Position of the facility in ``Field.facility_ids``, -1 where none.
    """

    seconds: FloatArray
    facility: IntArray


@dataclass(frozen=True, eq=False)
class Field:
    """Facilities on the network, and the time from each node to the nearest of them.

    Facilities are in the order of their ids, so that the smaller number is the smaller id.

    Parameters
    ----------
    snapper
        The network as the profile uses it.
    access_mps
        Speed on the access legs.
    ahead_s, behind_s
        Seconds that the search takes from u to v and from v to u, shape (edges,).
    facility_ids
        Text, sorted, shape (f,).
    facility_lonlat
        Where they are, in degrees, shape (f, 2).
    facilities
        Where they reach the network, shape (f,).
    limit_s
        Times above it are not known.
    node_s, node_facility
        Time to the nearest facility from the road at each node, its access leg included, and which, shape (nodes,).
    """

    snapper: Snapper
    access_mps: float
    ahead_s: FloatArray
    behind_s: FloatArray
    facility_ids: npt.NDArray[np.str_]
    facility_lonlat: FloatArray
    facilities: Snaps
    limit_s: float
    node_s: FloatArray
    node_facility: IntArray

    @property
    def network(self) -> Network:
        """The road network."""
        return self.snapper.network

    @cached_property
    def graph(self) -> search.Graph:
        """Arcs in the direction of the search."""
        return graph_of(self.network, self.ahead_s, self.behind_s)

    def fastest_mps(self) -> float:
        """Highest speed on any edge, the access legs included."""
        seconds = np.minimum(self.ahead_s, self.behind_s)
        moving = np.isfinite(seconds) & (seconds > 0)
        return float(np.max(self.network.length_m[moving] / seconds[moving], initial=self.access_mps))

    def each(self) -> Iterator[tuple[int, FloatArray]]:
        """For each facility on the road its number, and its own time at each node, shape (nodes,)."""
        entry = entries(self.network, self.facilities, self.access_mps, self.ahead_s, self.behind_s)
        count = len(self.facility_ids)
        return search.each_source(self.graph, *entry, sources=count, limit_s=self.limit_s)

    def nearest(self, places: Snaps) -> Nearest:
        """Time to the nearest facility from places that were snapped to the same network.

        Of facilities within 1e-6 s of the nearest, the one with the smallest id.
        """
        network = self.network
        on = np.flatnonzero(places.on_road)
        edge, share = places.edge[on], places.share[on]
        via_u = self.node_s[network.u[edge]] + part_s(share, self.ahead_s[edge])
        via_v = self.node_s[network.v[edge]] + part_s(1 - share, self.behind_s[edge])
        best = np.minimum(via_u, via_v)
        place, facility, direct = along_one_edge(
            network, places, self.facilities, self.access_mps, self.ahead_s, self.behind_s
        )
        place = np.searchsorted(on, place)
        np.minimum.at(best, place, direct)
        owner = np.full(len(on), np.iinfo(np.int64).max)
        for time, who in (
            (via_u, self.node_facility[network.u[edge]]),
            (via_v, self.node_facility[network.v[edge]]),
        ):
            tied = np.isfinite(time) & (time <= best + TIE_S)
            owner[tied] = np.minimum(owner[tied], who[tied])
        tied = direct <= best[place] + TIE_S
        np.minimum.at(owner, place[tied], facility[tied])
        seconds = np.full(len(places.edge), np.inf)
        seconds[on] = places.access_m[on] / self.access_mps + best
        nearest = np.full(len(places.edge), -1, dtype=np.int64)
        nearest[on] = np.where(np.isfinite(best), owner, -1)
        beyond = seconds > self.limit_s + TIE_S
        seconds[beyond] = np.inf
        nearest[beyond] = -1
        return Nearest(seconds, nearest)


def lonlat_of(layer: Layer) -> FloatArray:
    """Places of a layer in degrees, shape (n, 2): points as they are, polygons by a point inside."""
    geometry = layer.frame.geometry.to_numpy()
    polygon = shapely.get_dimensions(geometry) > 0
    points = np.where(polygon, shapely.point_on_surface(geometry), geometry)
    return np.column_stack([shapely.get_x(points), shapely.get_y(points)])


def snapper_for(network: Network, parameters: Parameters) -> Snapper:
    """The network as the profile of these parameters uses it."""
    return make_snapper(
        network,
        usable_by(network, parameters.travel()),
        max_snap_m=parameters.max_snap_m,
        island_nodes=parameters.island_nodes,
    )


def make_field(
    snapper: Snapper, parameters: Parameters, facility_ids: npt.NDArray[np.str_], facility_lonlat: FloatArray
) -> Field:
    """Search the whole network once, from all facilities outwards.

    Parameters
    ----------
    snapper
        From :func:`keep_islands`.
    parameters
        Direction, speeds and the longest time that matters.
    facility_ids
        Sorted ids of the facilities that serve, shape (f,).
    facility_lonlat
        Where they are, in degrees, shape (f, 2).
    """
    facilities = snapper.snap(facility_lonlat)
    usable = snapper.usable
    ahead, behind = usable.backward_s, usable.forward_s
    if parameters.direction == "from":
        ahead, behind = behind, ahead
    access_mps = parameters.travel().access_mps
    limit_s = parameters.report_minutes * 60
    graph = graph_of(snapper.network, ahead, behind)
    entry = entries(snapper.network, facilities, access_mps, ahead, behind)
    node_s, owner = search.nearest_source(graph, *entry, limit_s=limit_s + TIE_S)
    return Field(snapper, access_mps, ahead, behind, facility_ids, facility_lonlat, facilities, limit_s, node_s, owner)


def graph_of(network: Network, ahead_s: FloatArray, behind_s: FloatArray) -> search.Graph:
    """Both directions of all edges as arcs of a search."""
    return search.make_graph(
        network.nodes,
        np.concatenate([network.u, network.v]),
        np.concatenate([network.v, network.u]),
        np.concatenate([ahead_s, behind_s]),
    )


def entries(
    network: Network, sources: Snaps, access_mps: float, ahead_s: FloatArray, behind_s: FloatArray
) -> tuple[IntArray, IntArray, FloatArray]:
    """Where a search that starts at snapped places enters the nodes: source, node, seconds; shapes (entries,)."""
    who = np.flatnonzero(sources.on_road)
    edge, share = sources.edge[who], sources.share[who]
    access_s = sources.access_m[who] / access_mps
    seconds = np.concatenate([access_s + part_s(1 - share, ahead_s[edge]), access_s + part_s(share, behind_s[edge])])
    node = np.concatenate([network.v[edge], network.u[edge]])
    source = np.concatenate([who, who])
    open_way = np.isfinite(seconds)
    return source[open_way], node[open_way], seconds[open_way]


def along_one_edge(
    network: Network, places: Snaps, sources: Snaps, access_mps: float, ahead_s: FloatArray, behind_s: FloatArray
) -> tuple[IntArray, IntArray, FloatArray]:
    """Pairs of a place and a source on one edge, and the seconds straight along it.

    The source's access leg is in the time, the place's is not. Shapes (pairs,), sorted by source, then place.
    """
    here, there = np.flatnonzero(places.on_road), np.flatnonzero(sources.on_road)
    left = pd.DataFrame({"edge": places.edge[here], "place": here})
    right = pd.DataFrame({"edge": sources.edge[there], "source": there})
    pairs = left.merge(right, on="edge").sort_values(["source", "place"])
    place, source = pairs["place"].to_numpy(dtype=np.int64), pairs["source"].to_numpy(dtype=np.int64)
    edge = pairs["edge"].to_numpy(dtype=np.int64)
    step = places.share[place] - sources.share[source]
    step[np.abs(step) * network.length_m[edge] <= SAME_PLACE_M] = 0.0
    along = np.where(step >= 0, part_s(np.abs(step), ahead_s[edge]), part_s(np.abs(step), behind_s[edge]))
    return place, source, sources.access_m[source] / access_mps + along


def part_s(share: FloatArray, edge_s: FloatArray) -> FloatArray:
    """Seconds for a share of an edge; no way at all takes no time, even where the edge is closed in that direction."""
    return np.multiply(share, edge_s, out=np.zeros(len(share)), where=share > 0)


def keep_islands(snapper: Snapper, facilities: Snaps) -> Snapper:
    """The same snapper, that moves nobody away from the islands that these facilities stand on.

    Parameters
    ----------
    snapper
        From :func:`snapper_for`.
    facilities
        Snaps by :meth:`Snapper.nearest`, before any move.
    """
    return dataclasses.replace(snapper, kept_islands=frozenset(facilities.component[facilities.on_road].tolist()))
