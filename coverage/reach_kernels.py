"""Compiled loops of separate searches, and of places on edges; what they share with the others is in kernels.py."""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from coverage.kernels import BUCKET_S, NOBODY
from geo.jit import numba

__all__ = [
    "Edges", "OnEdges", "Output", "Scratch", "nearest_of_places", "new_scratch", "pairs_of_each", "reach_of_each",
]  # fmt: skip

FloatArray = npt.NDArray[np.float64]
Int32Array = npt.NDArray[np.integer[Any]]

# State of a node that waits in bucket 0.
_WAITS = 2
_compiled = numba.njit(cache=True, nogil=True)


class OnEdges(NamedTuple):
    """Places snapped to edges; ``access_s`` is walked from or to the road. Shapes (places,), edge -1: no road.

    ``by_edge[edge_start[e]:edge_start[e + 1]]`` are the places on edge e, shapes (edges + 1,), (places on a road,).
    """

    edge: Int32Array
    share: FloatArray
    access_s: FloatArray
    edge_start: Int32Array
    by_edge: Int32Array


class Edges(NamedTuple):
    """Ends of the edges, and the seconds from u to v and back in the direction of the search. Shapes (edges,)."""

    u: Int32Array
    v: Int32Array
    ahead_s: FloatArray
    behind_s: FloatArray
    length_m: FloatArray


class Scratch(NamedTuple):
    """Work space of one search after the other in one thread; each leaves it as it found it.

    ``first``: head of each bucket, -1. ``state``: of each node, 0: not touched, 1: touched, b + 2: waits in bucket b.
    ``following``, ``before``, ``times``: of nodes that are touched; they need no filling, so that a search costs the
    same in a network of any size. ``touched``: the nodes that are.
    """

    first: Int32Array
    state: Int32Array
    following: Int32Array
    before: Int32Array
    times: FloatArray
    touched: Int32Array


class Output(NamedTuple):
    """Room for answers: those of the k-th source asked for are ``start[k]:start[k + 1]`` of the other two."""

    start: npt.NDArray[np.int64]
    what: Int32Array
    seconds: FloatArray


def new_scratch(nodes: int, limit_s: float) -> Scratch:
    """Clean work space for searches up to a limit."""
    buckets = int(np.nextafter(limit_s, np.inf) / BUCKET_S) + 2
    number = [np.zeros(nodes, np.int32) for _ in range(4)]
    return Scratch(np.full(buckets, -1, np.int32), number[0], number[1], number[2], np.zeros(nodes), number[3])


@numba.njit(cache=True, nogil=True, inline="always")
def _move(v, then, scratch, count):
    """Give a node its new time and put it into the bucket of that time; count it when it is touched first."""
    first, following, before = scratch.first, scratch.following, scratch.before
    held = scratch.state[v]
    if held == 0:
        scratch.touched[count] = v
        count += 1
    elif held >= _WAITS:
        if before[v] >= 0:
            following[before[v]] = following[v]
        else:
            first[held - _WAITS] = following[v]
        if following[v] >= 0:
            before[following[v]] = before[v]
    scratch.times[v] = then
    b = int(then / BUCKET_S)
    following[v] = first[b]
    before[v] = -1
    if first[b] >= 0:
        before[first[b]] = v
    first[b] = v
    scratch.state[v] = b + _WAITS
    return count


@_compiled
def _search_one(rows, entries, source, beyond, scratch):
    """One truncated search from one source; returns how many nodes it touched, which ``scratch.touched`` lists."""
    first, state, times = scratch.first, scratch.state, scratch.times
    count = 0
    highest = -1
    for k in range(entries.start[source], entries.start[source + 1]):
        v = entries.node[k]
        then = entries.seconds[k]
        if then < beyond and (state[v] == 0 or then < times[v]):
            count = _move(v, then, scratch, count)
            highest = max(highest, int(then / BUCKET_S))
    b = 0
    while b <= highest:
        while first[b] >= 0:
            v = first[b]
            first[b] = scratch.following[v]
            if first[b] >= 0:
                scratch.before[first[b]] = -1
            state[v] = 1
            now = times[v]
            for i in range(rows.start[v], rows.start[v + 1]):
                t = rows.to[i]
                then = now + rows.seconds[i]
                if then < beyond and (state[t] == 0 or then < times[t]):
                    count = _move(t, then, scratch, count)
                    highest = max(highest, int(then / BUCKET_S))
        b += 1
    return count


@_compiled
def reach_of_each(rows, entries, begin, end, beyond, scratch, out):
    """Nodes that sources ``begin`` to ``end`` reach, each alone; ``out`` has room for every node for each of them."""
    used = 0
    out.start[0] = 0
    for source in range(begin, end):
        count = _search_one(rows, entries, source, beyond, scratch)
        for k in range(count):
            v = scratch.touched[k]
            out.what[used + k] = v
            out.seconds[used + k] = scratch.times[v]
            scratch.state[v] = 0
        used += count
        out.start[source - begin + 1] = used


@numba.njit(cache=True, nogil=True, inline="always")
def _part(share, edge_s):
    """Seconds for a share of an edge; no way at all takes no time, even where the edge is closed."""
    return share * edge_s if share > 0 else 0.0


@numba.njit(cache=True, nogil=True, inline="always")
def _along(edges, edge, from_share, to_share, same_m):
    """Seconds straight along an edge between two positions on it; positions within ``same_m`` are one."""
    step = to_share - from_share
    if abs(step) * edges.length_m[edge] <= same_m:
        return 0.0
    return _part(step, edges.ahead_s[edge]) if step > 0 else _part(-step, edges.behind_s[edge])


@numba.njit(cache=True, nogil=True, inline="always")
def _note(place, then, beyond, places, best, out, filled):
    """Keep a time at a place's road position if it is the best so far and the place is within the limit."""
    if then < best[place] and then + places.access_s[place] < beyond:
        if best[place] == np.inf:
            out.what[filled] = place
            filled += 1
        best[place] = then
    return filled


@_compiled
def pairs_of_each(rows, entries, begin, end, beyond, scratch, edges, sources, places, touching, same_m, best, out):
    """Places that sources ``begin`` to ``end`` reach within the limit; ``out`` has room for every place for each.

    Parameters
    ----------
    sources, places
        As :class:`OnEdges`.
    touching
        Edges with a place on them, by the nodes at their ends: (start, edge), shapes (nodes + 1,) and (m,).
    same_m
        Positions on a road within this length of each other are one.
    best
        Scratch, shape (places,): inf, and left so.
    """
    used = 0
    out.start[0] = 0
    for source in range(begin, end):
        count = _search_one(rows, entries, source, beyond, scratch)
        filled = used
        for k in range(count):
            node = scratch.touched[k]
            now = scratch.times[node]
            scratch.state[node] = 0
            for j in range(touching[0][node], touching[0][node + 1]):
                edge = touching[1][j]
                for m in range(places.edge_start[edge], places.edge_start[edge + 1]):
                    place = places.by_edge[m]
                    share = places.share[place]
                    if edges.u[edge] == node:
                        then = now + _part(share, edges.ahead_s[edge])
                        filled = _note(place, then, beyond, places, best, out, filled)
                    if edges.v[edge] == node:
                        then = now + _part(1.0 - share, edges.behind_s[edge])
                        filled = _note(place, then, beyond, places, best, out, filled)
        edge = sources.edge[source]
        if edge >= 0:
            for m in range(places.edge_start[edge], places.edge_start[edge + 1]):
                place = places.by_edge[m]
                then = sources.access_s[source] + _along(
                    edges, edge, sources.share[source], places.share[place], same_m
                )
                filled = _note(place, then, beyond, places, best, out, filled)
        for k in range(used, filled):
            place = out.what[k]
            out.seconds[k] = best[place] + places.access_s[place]
            best[place] = np.inf
        used = filled
        out.start[source - begin + 1] = used


@_compiled
def nearest_of_places(edges, node_s, node_owner, sources, places, same_m, tie_s):
    """Seconds from the nearest source to each place on the road, and the smallest source within ``tie_s`` of it.

    Parameters
    ----------
    node_s, node_owner
        Of the search from all sources, shape (nodes,).
    sources, places
        As :class:`OnEdges`.

    Returns
    -------
    seconds, owner
        With both access legs; inf and -1 where nothing is reached, shape (places,).
    """
    seconds = np.full(len(places.edge), np.inf)
    owner = np.full(len(places.edge), np.int32(-1))
    for place in range(len(places.edge)):
        edge = places.edge[place]
        if edge < 0:
            continue
        share = places.share[place]
        via_u = node_s[edges.u[edge]] + _part(share, edges.ahead_s[edge])
        via_v = node_s[edges.v[edge]] + _part(1.0 - share, edges.behind_s[edge])
        best = min(via_u, via_v)
        here = range(sources.edge_start[edge], sources.edge_start[edge + 1])
        for m in here:
            source = sources.by_edge[m]
            then = sources.access_s[source] + _along(edges, edge, sources.share[source], share, same_m)
            best = min(best, then)
        if best == np.inf:
            continue
        who = NOBODY
        if via_u <= best + tie_s:
            who = min(who, node_owner[edges.u[edge]])
        if via_v <= best + tie_s:
            who = min(who, node_owner[edges.v[edge]])
        for m in here:
            source = sources.by_edge[m]
            then = sources.access_s[source] + _along(edges, edge, sources.share[source], share, same_m)
            if then <= best + tie_s:
                who = min(who, source)
        seconds[place] = places.access_s[place] + best
        owner[place] = who
    return seconds, owner
