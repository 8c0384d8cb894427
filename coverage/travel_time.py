"""Travel time as the project defines it: access leg, along the network, access leg.

Times run *to* the facility by default. Internally the search always starts at the facilities; ``ahead_s`` and
``behind_s`` are the seconds along an edge in the direction of that search.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from coverage import reach_kernels, search
from coverage.network import Network
from coverage.request import Direction
from coverage.search import TIE_S
from coverage.snap import SAME_PLACE_M, Snapper, Snaps
from coverage.usable import Usable
from layers.layer import Layer

__all__ = [
    "Field", "Nearest", "Roads", "ids_of", "lonlat_of", "make_field", "make_roads", "on_edges", "part_s", "sources_of",
]  # fmt: skip

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.integer[Any]]


@dataclass(frozen=True, eq=False)
class Roads:
    """A network as one profile travels it in one direction of the search; made once, searched often.

    Parameters
    ----------
    network
        The road network.
    ahead_s, behind_s
        Seconds that the search takes from u to v and from v to u, inf where closed, shape (edges,).
    graph
        Both directions of all edges as arcs of the search.
    access_mps
        Speed on the access legs.
    """

    network: Network
    ahead_s: FloatArray
    behind_s: FloatArray
    graph: search.Graph
    access_mps: float

    @property
    def edges(self) -> reach_kernels.Edges:
        """As the compiled loops take them."""
        network = self.network
        return reach_kernels.Edges(network.u, network.v, self.ahead_s, self.behind_s, network.length_m)

    def fastest_mps(self) -> float:
        """Highest speed on any edge, ferries and the access legs included."""
        seconds = np.minimum(self.ahead_s, self.behind_s)
        moving = np.isfinite(seconds) & (seconds > 0)
        return float(np.max(self.network.length_m[moving] / seconds[moving], initial=self.access_mps))


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
    roads
        What is travelled.
    snapper
        How places reach it.
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

    roads: Roads
    snapper: Snapper
    facility_ids: npt.NDArray[np.str_]
    facility_lonlat: FloatArray
    facilities: Snaps
    limit_s: float
    node_s: FloatArray
    node_facility: IntArray

    @property
    def network(self) -> Network:
        """The road network."""
        return self.roads.network

    @property
    def access_mps(self) -> float:
        """Speed on the access legs."""
        return self.roads.access_mps

    @property
    def ahead_s(self) -> FloatArray:
        """Seconds that the search takes from u to v, shape (edges,)."""
        return self.roads.ahead_s

    @property
    def behind_s(self) -> FloatArray:
        """Seconds that the search takes from v to u, shape (edges,)."""
        return self.roads.behind_s

    def reaches(self, limit_s: float) -> Iterator[search.Reach]:
        """What each facility reaches alone within a limit, its own access leg included, in blocks of facilities."""
        sources = sources_of(self.roads, self.facilities)
        return search.reach_of_each(self.roads.graph, sources, limit_s=limit_s + TIE_S)

    def nearest(self, places: Snaps) -> Nearest:
        """Time to the nearest facility from places that were snapped to the same network.

        Of facilities within 1e-6 s of the nearest, the one with the smallest id.
        """
        seconds, facility = reach_kernels.nearest_of_places(
            self.roads.edges,
            self.node_s,
            self.node_facility,
            on_edges(self.roads, self.facilities),
            on_edges(self.roads, places),
            SAME_PLACE_M,
            TIE_S,
        )
        beyond = seconds > self.limit_s + TIE_S
        seconds[beyond] = np.inf
        facility[beyond] = -1
        return Nearest(seconds, facility)


def lonlat_of(layer: Layer) -> FloatArray:
    """Places of a layer in degrees, shape (n, 2): points as they are, polygons by a point inside."""
    geometry = layer.frame.geometry.to_numpy()
    polygon = shapely.get_dimensions(geometry) > 0
    points = np.where(polygon, shapely.point_on_surface(geometry), geometry)
    return np.column_stack([shapely.get_x(points), shapely.get_y(points)])


def ids_of(layer: Layer) -> npt.NDArray[np.object_]:
    """Ids of the places of a layer of facilities or demand, shape (n,)."""
    column = "demand_id" if layer.kind == "demand" else "facility_id"
    ids: npt.NDArray[np.object_] = layer.frame[column].to_numpy(dtype=object)
    return ids


def make_roads(network: Network, usable: Usable, access_mps: float, direction: Direction) -> Roads:
    """Arcs of the search.

    Parameters
    ----------
    network, usable
        The network, and the seconds along its edges for one profile.
    access_mps
        Speed on the access legs.
    direction
        ``to`` the facilities, at which the search starts, or ``from`` them.
    """
    ahead, behind = usable.backward_s, usable.forward_s
    if direction == "from":
        ahead, behind = behind, ahead
    graph = search.make_graph(
        network.nodes,
        np.concatenate([network.u, network.v]),
        np.concatenate([network.v, network.u]),
        np.concatenate([ahead, behind]),
    )
    return Roads(network, ahead, behind, graph, access_mps)


def make_field(
    roads: Roads,
    snapper: Snapper,
    facility_ids: npt.NDArray[np.str_],
    facility_lonlat: FloatArray,
    facilities: Snaps,
    limit_s: float,
) -> Field:
    """Search the whole network once, from all facilities outwards.

    Parameters
    ----------
    roads, snapper
        What is travelled, and how places reach it.
    facility_ids
        Sorted ids of the facilities that serve, shape (f,).
    facility_lonlat, facilities
        Where they are, in degrees, shape (f, 2), and where they reach the network.
    limit_s
        The longest time that matters.
    """
    node_s, owner = search.nearest_source(roads.graph, sources_of(roads, facilities), limit_s=limit_s + TIE_S)
    return Field(roads, snapper, facility_ids, facility_lonlat, facilities, limit_s, node_s, owner)


def sources_of(roads: Roads, places: Snaps) -> search.Sources:
    """Snapped places as sources of a search: by both ends of their edge, the access leg included."""
    who = np.flatnonzero(places.on_road)
    edge, share = places.edge[who], places.share[who]
    access_s = places.access_m[who] / roads.access_mps
    seconds = np.concatenate(
        [access_s + part_s(1 - share, roads.ahead_s[edge]), access_s + part_s(share, roads.behind_s[edge])]
    )
    node = np.concatenate([roads.network.v[edge], roads.network.u[edge]])
    open_way = np.isfinite(seconds)
    return search.Sources(len(places.edge), np.concatenate([who, who])[open_way], node[open_way], seconds[open_way])


def on_edges(roads: Roads, places: Snaps) -> reach_kernels.OnEdges:
    """Snapped places as the compiled loops take them."""
    on = np.flatnonzero(places.on_road)
    by_edge = on[np.argsort(places.edge[on], kind="stable")].astype(np.int32)
    count = np.bincount(places.edge[on], minlength=roads.network.edges)
    return reach_kernels.OnEdges(
        places.edge.astype(np.int32),
        places.share,
        places.access_m / roads.access_mps,
        np.concatenate([[0], np.cumsum(count)]).astype(np.int32),
        by_edge,
    )


def part_s(share: FloatArray, edge_s: FloatArray) -> FloatArray:
    """Seconds for a share of an edge; no way at all takes no time, even where the edge is closed in that direction."""
    return np.multiply(share, edge_s, out=np.zeros(len(share)), where=share > 0)
