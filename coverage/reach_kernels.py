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
# Called in the middle of a loop: handing over its arrays would cost more than its work.
_inlined = numba.njit(cache=True, nogil=True, inline="always")


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


@_inlined
def _move(v, then, first, state, following, before, times, touched, count):
    """Give a node its new time and put it into the bucket of that time; count it when it is touched first."""
    held = state[v]
    if held == 0:
        touched[count] = v
        count += 1
    elif held >= _WAITS:
        if before[v] >= 0:
            following[before[v]] = following[v]
        else:
            first[held - _WAITS] = following[v]
        if following[v] >= 0:
            before[following[v]] = before[v]
    times[v] = then
    b = int(then / BUCKET_S)
    following[v] = first[b]
    before[v] = -1
    if first[b] >= 0:
        before[first[b]] = v
    first[b] = v
    state[v] = b + _WAITS
    return count


@_compiled
def _search_one(rows, entries, source, beyond, scratch):
    """One truncated search from one source; returns how many nodes it touched, which ``scratch.touched`` lists."""
    start, to, seconds = rows.start, rows.to, rows.seconds
    entry_start, entry_node, entry_s = entries.start, entries.node, entries.seconds
    first, state, following, before = scratch.first, scratch.state, scratch.following, scratch.before
    times, touched = scratch.times, scratch.touched
    count = 0
    highest = -1
    for k in range(entry_start[source], entry_start[source + 1]):
        v = entry_node[k]
        then = entry_s[k]
        if then < beyond and (state[v] == 0 or then < times[v]):
            count = _move(v, then, first, state, following, before, times, touched, count)
            highest = max(highest, int(then / BUCKET_S))
    b = 0
    while b <= highest:
        while first[b] >= 0:
            v = first[b]
            first[b] = following[v]
            if first[b] >= 0:
                before[first[b]] = -1
            state[v] = 1
            now = times[v]
            for i in range(start[v], start[v + 1]):
                t = to[i]
                then = now + seconds[i]
                if then < beyond and (state[t] == 0 or then < times[t]):
                    count = _move(t, then, first, state, following, before, times, touched, count)
                    highest = max(highest, int(then / BUCKET_S))
        b += 1
    return count


@_compiled
def reach_of_each(rows, entries, begin, end, beyond, scratch, out):
    """Nodes that sources ``begin`` to ``end`` reach, each alone; ``out`` has room for every node for each of them."""
    out_start, out_what, out_s = out.start, out.what, out.seconds
    state, times, touched = scratch.state, scratch.times, scratch.touched
    used = 0
    out_start[0] = 0
    for source in range(begin, end):
        count = _search_one(rows, entries, source, beyond, scratch)
        for k in range(count):
            v = touched[k]
            out_what[used + k] = v
            out_s[used + k] = times[v]
            state[v] = 0
        used += count
        out_start[source - begin + 1] = used


@_inlined
def _part(share, edge_s):
    """Seconds for a share of an edge; no way at all takes no time, even where the edge is closed."""
    return share * edge_s if share > 0 else 0.0


@_inlined
def _along(from_share, to_share, ahead_s, behind_s, length_m, same_m):
    """Seconds straight along an edge between two positions on it; positions within ``same_m`` are one."""
    step = to_share - from_share
    if abs(step) * length_m <= same_m:
        return 0.0
    return _part(step, ahead_s) if step > 0 else _part(-step, behind_s)


@_inlined
def _note(place, then, walk_s, beyond, best, what, filled):
    """Keep a time at a place's road position if it is the best so far and the place is within the limit."""
    if then < best[place] and then + walk_s < beyond:
        if best[place] == np.inf:
            what[filled] = place
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
    touched, times, state = scratch.touched, scratch.times, scratch.state
    out_start, what, out_s = out.start, out.what, out.seconds
    u, v, ahead_s, behind_s, length_m = edges.u, edges.v, edges.ahead_s, edges.behind_s, edges.length_m
    source_edge, source_share, source_s = sources.edge, sources.share, sources.access_s
    edge_start, by_edge, shares, walk_s = places.edge_start, places.by_edge, places.share, places.access_s
    touch_start, touch_edge = touching
    used = 0
    out_start[0] = 0
    for source in range(begin, end):
        count = _search_one(rows, entries, source, beyond, scratch)
        filled = used
        for k in range(count):
            node = touched[k]
            now = times[node]
            state[node] = 0
            for j in range(touch_start[node], touch_start[node + 1]):
                edge = touch_edge[j]
                for m in range(edge_start[edge], edge_start[edge + 1]):
                    place = by_edge[m]
                    share = shares[place]
                    if u[edge] == node:
                        then = now + _part(share, ahead_s[edge])
                        filled = _note(place, then, walk_s[place], beyond, best, what, filled)
                    if v[edge] == node:
                        then = now + _part(1.0 - share, behind_s[edge])
                        filled = _note(place, then, walk_s[place], beyond, best, what, filled)
        edge = source_edge[source]
        if edge >= 0:
            for m in range(edge_start[edge], edge_start[edge + 1]):
                place = by_edge[m]
                straight = _along(
                    source_share[source], shares[place], ahead_s[edge], behind_s[edge], length_m[edge], same_m
                )
                then = source_s[source] + straight
                filled = _note(place, then, walk_s[place], beyond, best, what, filled)
        for k in range(used, filled):
            place = what[k]
            out_s[k] = best[place] + walk_s[place]
            best[place] = np.inf
        used = filled
        out_start[source - begin + 1] = used


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
    u, v, ahead_s, behind_s, length_m = edges.u, edges.v, edges.ahead_s, edges.behind_s, edges.length_m
    edge_start, by_edge, source_share, source_s = sources.edge_start, sources.by_edge, sources.share, sources.access_s
    place_edge, place_share, walk_s = places.edge, places.share, places.access_s
    seconds = np.full(len(place_edge), np.inf)
    owner = np.full(len(place_edge), np.int32(-1))
    for place in range(len(place_edge)):
        edge = place_edge[place]
        if edge < 0:
            continue
        share = place_share[place]
        via_u = node_s[u[edge]] + _part(share, ahead_s[edge])
        via_v = node_s[v[edge]] + _part(1.0 - share, behind_s[edge])
        best = min(via_u, via_v)
        here = range(edge_start[edge], edge_start[edge + 1])
        for m in here:
            source = by_edge[m]
            straight = _along(source_share[source], share, ahead_s[edge], behind_s[edge], length_m[edge], same_m)
            then = source_s[source] + straight
            best = min(best, then)
        if best == np.inf:
            continue
        who = NOBODY
        if via_u <= best + tie_s:
            who = min(who, node_owner[u[edge]])
        if via_v <= best + tie_s:
            who = min(who, node_owner[v[edge]])
        for m in here:
            source = by_edge[m]
            straight = _along(source_share[source], share, ahead_s[edge], behind_s[edge], length_m[edge], same_m)
            then = source_s[source] + straight
            if then <= best + tie_s:
                who = min(who, source)
        seconds[place] = walk_s[place] + best
        owner[place] = who
    return seconds, owner
