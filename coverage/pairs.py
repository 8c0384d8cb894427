"""Travel time of all pairs within a limit."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from coverage import reach_kernels, search, travel_time
from coverage.network import Network
from coverage.prepared import prepare_snapper
from coverage.request import MINUTE_DECIMALS, Parameters
from coverage.result import Answered
from coverage.search import TIE_S
from coverage.slope import Terrain
from coverage.snap import SAME_PLACE_M, Snaps
from coverage.travel_time import Field, Roads
from layers.layer import Layer

__all__ = ["OnRoads", "PairTimes", "on_roads", "pairs_of_field", "pairs_of_result", "pairs_of_snaps", "pairs_within"]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.integer[Any]]
Pairs = tuple[IntArray, IntArray, FloatArray]


class PairTimes(NamedTuple):
    """Facilities and places within reach of each other, by number, and the seconds between; shapes (pairs,)."""

    facility: IntArray
    place: IntArray
    seconds: FloatArray

    def take(self, who: npt.NDArray[np.integer[Any] | np.bool_]) -> "PairTimes":
        """Some of them, by position or mask."""
        return PairTimes(self.facility[who], self.place[who], self.seconds[who])


def pairs_within(
    network: Network,
    parameters: Parameters,
    origins: Layer,
    destinations: Layer,
    max_minutes: float,
    terrain: Terrain | None = None,
) -> pd.DataFrame:
    """Travel time of all pairs that are within a limit, from each origin to each destination.

    Places without a usable road near them are in no pair. Where the rule for islands asks whether a facility stands
    there, the layer of facilities counts; if both layers or none are facilities, the destinations do.

    Parameters
    ----------
    network
        The road network.
    parameters
        Profile, speed, ``max_snap_m`` and ``island_nodes``; the rest has no effect.
    origins, destinations
        Layers of kind ``facilities`` or ``demand``.
    max_minutes
        The limit.
    terrain
        Slopes along this network; None: all roads are flat.

    Returns
    -------
    DataFrame
        ``from_id``, ``to_id``, ``minutes``, sorted by the ids.
    """
    usable, snapper = prepare_snapper(network, parameters, terrain)
    at_start, at_end = (snapper.options(travel_time.lonlat_of(layer)) for layer in (origins, destinations))
    from_facilities = origins.kind == "facilities" and destinations.kind != "facilities"
    snapper = snapper.keeping((at_start if from_facilities else at_end).nearest)
    start, end = at_start.settle(snapper.kept_islands), at_end.settle(snapper.kept_islands)
    # One search per place of the smaller side.
    outwards = len(start.edge) < len(end.edge)
    roads = travel_time.make_roads(network, usable, parameters.travel().access_mps, "from" if outwards else "to")
    sources, places = (start, end) if outwards else (end, start)
    source, place, seconds = pairs_of_snaps(roads, sources, places, max_minutes * 60)
    from_index, to_index = (source, place) if outwards else (place, source)
    table = pd.DataFrame(
        {
            "from_id": travel_time.ids_of(origins)[from_index],
            "to_id": travel_time.ids_of(destinations)[to_index],
            "minutes": np.round(seconds / 60, MINUTE_DECIMALS),
        }
    )
    return table.sort_values(["from_id", "to_id"], ignore_index=True)


def pairs_of_field(field: Field, places: Snaps, limit_s: float) -> PairTimes:
    """Travel time of all pairs of a serving facility and a place within a limit.

    Parameters
    ----------
    field
        The facilities, numbered as there: in order of their ids.
    places
        Snapped to the same network, numbered as they stand.
    limit_s
        The limit; it may be above that of the field.
    """
    return PairTimes(*pairs_of_snaps(field.roads, field.facilities, places, limit_s))


def pairs_of_result(result: Answered, minutes: float | None = None) -> PairTimes:
    """Travel time of all pairs of a serving facility and a row of the demand.

    Parameters
    ----------
    result
        Facilities are numbered as in its field, places as its rows of demand.
    minutes
        The limit; None: the largest of the minutes that were asked for.
    """
    limit = result.request.parameters.minutes[-1] if minutes is None else minutes
    places = result.field.snapper.snap(travel_time.lonlat_of(result.request.demand))
    return pairs_of_field(result.field, places, limit * 60)


class OnRoads(NamedTuple):
    """Places as a search for pairs takes them: by edge, and the edges with places at each node."""

    ends: reach_kernels.OnEdges
    touching: tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]


def on_roads(roads: Roads, places: Snaps) -> OnRoads:
    """Places made ready once for several searches."""
    ends = travel_time.on_edges(roads, places)
    return OnRoads(ends, _edges_at_nodes(roads, ends))


def pairs_of_snaps(roads: Roads, sources: Snaps, places: Snaps, limit_s: float, ready: OnRoads | None = None) -> Pairs:
    """Source, place and seconds of all pairs within the limit; shapes (pairs,).

    Parameters
    ----------
    roads
        What is travelled; its direction is that of the search, which starts at the sources.
    sources, places
        Where they reach the roads. There is one search for each source.
    limit_s
        The longest time.
    ready
        The places, of :func:`on_roads`; None: made ready now.
    """
    limit_s += TIE_S
    if search.engine() == "scipy":
        return _one_by_one(roads, sources, places, limit_s)
    entries = travel_time.sources_of(roads, sources).entries()
    starts = travel_time.on_edges(roads, sources)
    ends, touching = ready or on_roads(roads, places)
    # One for each thread, by the number of its room; the loop leaves it as it found it.
    best: dict[int, FloatArray] = {}
    beyond = np.nextafter(limit_s, np.inf)

    def block(begin: int, end: int, room: search.Room) -> Pairs:
        if room.number not in best:
            best[room.number] = np.full(len(places.edge), np.inf)
        reach_kernels.pairs_of_each(
            roads.graph.rows, entries, begin, end, beyond, room.scratch, roads.edges, starts, ends, touching,
            SAME_PLACE_M, best[room.number], room.out,
        )  # fmt: skip
        counts = np.diff(room.out.start[: end - begin + 1])
        used = int(counts.sum())
        source = np.repeat(np.arange(begin, end), counts)
        return source, room.out.what[:used].copy(), room.out.seconds[:used].copy()

    return _joined(list(search.in_blocks(block, len(sources.edge), roads.network.nodes, len(places.edge), limit_s)))


def _one_by_one(roads: Roads, sources: Snaps, places: Snaps, limit_s: float) -> Pairs:
    """The same with scipy: each source is a layer of its own."""
    found = []
    for reach in search.reach_of_each(roads.graph, travel_time.sources_of(roads, sources), limit_s=limit_s):
        node_s = np.full(roads.network.nodes, np.inf)
        node_s[reach.node] = reach.seconds
        own = travel_time.on_edges(roads, sources.take(np.array([reach.first])))
        ends = travel_time.on_edges(roads, places)
        owner = np.where(np.isfinite(node_s), 0, -1).astype(np.int32)
        seconds, _ = reach_kernels.nearest_of_places(roads.edges, node_s, owner, own, ends, SAME_PLACE_M, TIE_S)
        near = np.flatnonzero(seconds <= limit_s)
        found.append((np.full(len(near), reach.first), near, seconds[near]))
    return _joined(found)


def _joined(found: Sequence[Pairs]) -> Pairs:
    nothing: Pairs = (np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0))
    source, place, seconds = zip(nothing, *found, strict=True)
    return np.concatenate(source), np.concatenate(place), np.concatenate(seconds)


def _edges_at_nodes(roads: Roads, places: reach_kernels.OnEdges) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    """Edges with a place on them, in rows by the node at either end: start (nodes + 1,), edge (m,)."""
    edge = np.flatnonzero(np.diff(places.edge_start)).astype(np.int32)
    u, v = roads.network.u[edge], roads.network.v[edge]
    # A loop stands in the row of its node once.
    node, both = np.concatenate([u, v[u != v]]), np.concatenate([edge, edge[u != v]])
    order = np.argsort(node, kind="stable")
    start = np.searchsorted(node[order], np.arange(roads.network.nodes + 1)).astype(np.int32)
    return start, both[order]
