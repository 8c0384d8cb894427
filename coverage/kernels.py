"""Compiled loops of the search. Plain arrays in and out; every loop runs without the interpreter's lock.

The arithmetic is float64 seconds. A time is the sum of its legs from the source outwards, rounded after each leg; as
rounding never reverses an order, the smallest such sum does not depend on the order in which nodes are visited. So the
times are those of any exact search with the same sums, to the last bit: each is off by at most k steps of 2**-53 of
itself for k legs, below 1e-9 s for any path in a county.

The queue is a row of buckets of :data:`BUCKET_S` seconds each, emptied from the lowest; a node that is improved while
its own bucket is being emptied is simply taken again.
"""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from geo.jit import numba

__all__ = [
    "BUCKET_S", "Entries", "OnEdges", "Output", "Rows", "Scratch", "grouped_search", "keep_nearer",
    "nearest_of_places", "new_scratch", "pairs_of_each", "reach_of_each", "rows_of", "settle_ties",
]  # fmt: skip

FloatArray = npt.NDArray[np.float64]
# int32; the ends of the edges as the network has them.
Int32Array = npt.NDArray[np.integer[Any]]

#: Width of a bucket in seconds; a power of two, so that dividing by it is exact.
BUCKET_S = 16.0
#: Above every number of a source.
NOBODY = np.iinfo(np.int32).max
# State of a node that waits in bucket 0.
_WAITS = 2
_compiled = numba.njit(cache=True, nogil=True)


class Rows(NamedTuple):
    """Arcs in rows by their tail: those of node i are ``start[i]:start[i + 1]``, shapes (nodes + 1,) and (arcs,)."""

    start: Int32Array
    to: Int32Array
    seconds: FloatArray


class Entries(NamedTuple):
    """Where sources enter the graph, and the seconds until there.

    Those of source k are ``start[k]:start[k + 1]``, shapes (sources + 1,) and (entries,).
    """

    start: Int32Array
    node: Int32Array
    seconds: FloatArray
    source: Int32Array


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


@_compiled
def rows_of(nodes, tail, head, seconds):
    """Arcs in rows by their tail, heads rising; of parallel arcs the fastest; no loops, none that takes for ever."""
    start = np.zeros(nodes + 1, np.int32)
    for i in range(len(tail)):
        if np.isfinite(seconds[i]) and tail[i] != head[i]:
            start[tail[i] + 1] += 1
    for v in range(nodes):
        start[v + 1] += start[v]
    end = start[:-1].copy()
    to = np.empty(start[nodes], np.int32)
    duration = np.empty(start[nodes], np.float64)
    for i in range(len(tail)):
        if np.isfinite(seconds[i]) and tail[i] != head[i]:
            v, t, s = tail[i], head[i], seconds[i]
            # The row is kept sorted as it grows: it has a handful of arcs.
            at = end[v]
            while at > start[v] and (to[at - 1] > t or (to[at - 1] == t and duration[at - 1] > s)):
                to[at], duration[at] = to[at - 1], duration[at - 1]
                at -= 1
            to[at], duration[at] = t, s
            end[v] += 1
    kept = 0
    for v in range(nodes):
        first, last = start[v], end[v]
        start[v] = kept
        for i in range(first, last):
            if i == first or to[i] != to[i - 1]:
                to[kept], duration[kept] = to[i], duration[i]
                kept += 1
    start[nodes] = kept
    return start, to[:kept].copy(), duration[:kept].copy()


@_compiled
def grouped_search(rows, entries, order, beyond, group, room, times, owner):
    """Time from the nearest source to every node, group of entries by group: neighbours share what is in the cache.

    Parameters
    ----------
    rows, entries
        Graph and sources.
    order
        Entries to search from, neighbours together.
    beyond
        The smallest number above the limit. ``times`` is filled with it, and holds it where nothing is reached.
    group
        Entries that are searched together.
    room
        Size of the pool of waiting nodes, at least the number of nodes.
    times, owner
        Changed in place; of sources that are equally near, the owner is any.
    """
    first = np.full(int(beyond / BUCKET_S) + 2, -1, np.int32)
    pool_node = np.empty(room, np.int32)
    pool_next = np.empty(room, np.int32)
    for begin in range(0, len(order), group):
        top = np.int32(0)
        lost = False
        for k in order[begin : begin + group]:
            v = entries.node[k]
            if entries.seconds[k] < times[v]:
                times[v] = entries.seconds[k]
                owner[v] = entries.source[k]
                if top < room:
                    b = int(entries.seconds[k] / BUCKET_S)
                    pool_node[top] = v
                    pool_next[top] = first[b]
                    first[b] = top
                    top += 1
                else:
                    lost = True
        lost |= _sweep(rows, first, pool_node, pool_next, top, times, owner)
        while lost:
            top = _gather(rows, first, pool_node, pool_next, times)
            lost = _sweep(rows, first, pool_node, pool_next, top, times, owner)


@_compiled
def _sweep(rows, first, pool_node, pool_next, top, times, owner):
    """Empty the buckets from the lowest; tells whether a waiting node found no room in the pool and was left out."""
    room = len(pool_node)
    free = np.int32(-1)
    lost = False
    for b in range(len(first)):
        low = b * BUCKET_S
        while first[b] >= 0:
            entry = first[b]
            first[b] = -1
            while entry >= 0:
                v = pool_node[entry]
                following = pool_next[entry]
                pool_next[entry] = free
                free = entry
                entry = following
                now = times[v]
                # It was improved since, and done from a lower bucket.
                if now < low:
                    continue
                who = owner[v]
                for i in range(rows.start[v], rows.start[v + 1]):
                    t = rows.to[i]
                    then = now + rows.seconds[i]
                    if then < times[t]:
                        times[t] = then
                        owner[t] = who
                        if free >= 0:
                            q = free
                            free = pool_next[q]
                        elif top < room:
                            q = top
                            top += 1
                        else:
                            lost = True
                            continue
                        j = int(then / BUCKET_S)
                        pool_node[q] = t
                        pool_next[q] = first[j]
                        first[j] = q
    return lost


@_compiled
def _gather(rows, first, pool_node, pool_next, times):
    """Put every node that can still improve a neighbour into its bucket; tells how many these are."""
    top = np.int32(0)
    for v in range(len(times)):
        for i in range(rows.start[v], rows.start[v + 1]):
            if times[v] + rows.seconds[i] < times[rows.to[i]]:
                b = int(times[v] / BUCKET_S)
                pool_node[top] = v
                pool_next[top] = first[b]
                first[b] = top
                top += 1
                break
    return top


@_compiled
def keep_nearer(times, owner, other_times, other_owner):
    """Take from another search, in place, what is nearer."""
    for v in range(len(times)):
        if other_times[v] < times[v]:
            times[v] = other_times[v]
            owner[v] = other_owner[v]


@_compiled
def settle_ties(rows, entries, beyond, tie_s, times, owner):
    """Owners by the rule for ties, and inf beyond the limit; ``times`` and ``owner`` are changed in place.

    The owner of a node is the smallest source at the beginning of a path on which every arc arrives within ``tie_s`` of
    the node's own time. The owners that the search left stand at the beginning of such a path each, so that it is
    enough to pass smaller ones on until nothing changes.
    """
    waiting = np.empty(len(times), np.int32)
    waits = np.zeros(len(times), np.bool_)
    count = 0
    for k in range(len(entries.node)):
        v = entries.node[k]
        if times[v] < beyond and entries.seconds[k] <= times[v] + tie_s and entries.source[k] < owner[v]:
            owner[v] = entries.source[k]
    # One pass over all, ahead of which nobody need wait; what changes behind it waits for its turn.
    for v in range(len(times)):
        if times[v] >= beyond:
            continue
        who = owner[v]
        for i in range(rows.start[v], rows.start[v + 1]):
            t = rows.to[i]
            if who < owner[t] and times[t] < beyond and times[v] + rows.seconds[i] <= times[t] + tie_s:
                owner[t] = who
                if t < v and not waits[t]:
                    waits[t] = True
                    waiting[count] = t
                    count += 1
    while count > 0:
        count -= 1
        v = waiting[count]
        waits[v] = False
        who = owner[v]
        for i in range(rows.start[v], rows.start[v + 1]):
            t = rows.to[i]
            if who < owner[t] and times[t] < beyond and times[v] + rows.seconds[i] <= times[t] + tie_s:
                owner[t] = who
                if not waits[t]:
                    waits[t] = True
                    waiting[count] = t
                    count += 1
    for v in range(len(times)):
        if times[v] >= beyond:
            times[v] = np.inf
            owner[v] = -1


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
