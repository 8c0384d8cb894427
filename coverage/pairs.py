"""Travel time of all pairs within a limit."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from coverage import search, travel_time
from coverage.network import Network
from coverage.request import Parameters
from coverage.search import TIE_S
from coverage.snap import Snaps
from layers.layer import Layer

__all__ = ["pairs_within"]


def pairs_within(
    network: Network, parameters: Parameters, origins: Layer, destinations: Layer, max_minutes: float
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

    Returns
    -------
    DataFrame
        ``from_id``, ``to_id``, ``minutes``, sorted by the ids.
    """
    snapper = travel_time.snapper_for(network, parameters)
    from_lonlat, to_lonlat = travel_time.lonlat_of(origins), travel_time.lonlat_of(destinations)
    outwards = origins.kind == "facilities" and destinations.kind != "facilities"
    snapper = travel_time.keep_islands(snapper, snapper.nearest(from_lonlat if outwards else to_lonlat))
    start, end = snapper.snap(from_lonlat), snapper.snap(to_lonlat)
    forward, backward = snapper.usable.forward_s, snapper.usable.backward_s
    access_mps = parameters.travel().access_mps
    # One search per place of the smaller side.
    if len(start.edge) < len(end.edge):
        found = _search(network, start, end, access_mps, (forward, backward), max_minutes * 60)
        from_index, to_index, seconds = found
    else:
        found = _search(network, end, start, access_mps, (backward, forward), max_minutes * 60)
        to_index, from_index, seconds = found
    table = pd.DataFrame(
        {
            "from_id": _ids(origins)[from_index],
            "to_id": _ids(destinations)[to_index],
            "minutes": np.round(seconds / 60, 6),
        }
    )
    return table.sort_values(["from_id", "to_id"], ignore_index=True)


def _ids(layer: Layer) -> npt.NDArray[np.object_]:
    column = "demand_id" if layer.kind == "demand" else "facility_id"
    ids: npt.NDArray[np.object_] = layer.frame[column].to_numpy(dtype=object)
    return ids


def _search(
    network: Network,
    sources: Snaps,
    places: Snaps,
    access_mps: float,
    directions: tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]],
    limit_s: float,
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """Source, place and seconds of all pairs within the limit; shapes (pairs,)."""
    ahead, behind = directions
    on = np.flatnonzero(places.on_road)
    u, v = network.u[places.edge[on]], network.v[places.edge[on]]
    from_u = travel_time.part_s(places.share[on], ahead[places.edge[on]])
    from_v = travel_time.part_s(1 - places.share[on], behind[places.edge[on]])
    access_s = places.access_m[on] / access_mps
    place, source, direct = travel_time.along_one_edge(network, places, sources, access_mps, ahead, behind)
    begin = np.searchsorted(source, np.arange(len(sources.edge) + 1))
    rank = np.searchsorted(on, place)
    graph = travel_time.graph_of(network, ahead, behind)
    entry = travel_time.entries(network, sources, access_mps, ahead, behind)
    numbers, hits, times = [], [], []
    for number, node_s in search.each_source(graph, *entry, sources=len(sources.edge), limit_s=limit_s + TIE_S):
        seconds = np.minimum(node_s[u] + from_u, node_s[v] + from_v)
        own = slice(begin[number], begin[number + 1])
        np.minimum.at(seconds, rank[own], direct[own])
        seconds += access_s
        near = np.flatnonzero(seconds <= limit_s + TIE_S)
        numbers.append(np.full(len(near), number, dtype=np.int64))
        hits.append(on[near])
        times.append(seconds[near])
    if not numbers:
        nothing = np.empty(0, dtype=np.int64)
        return nothing, nothing, np.empty(0)
    return np.concatenate(numbers), np.concatenate(hits), np.concatenate(times)
