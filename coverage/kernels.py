"""Compiled loops of the search. Plain arrays in and out; every loop runs without the interpreter's lock.

The arithmetic is float64 seconds. A time is the sum of its legs from the source outwards, rounded after each leg; as
rounding never reverses an order, the smallest such sum does not depend on the order in which nodes are visited. So the
times are those of any exact search with the same sums, to the last bit: each is off by at most k steps of 2**-53 of
itself for k legs, below 1e-9 s for any path in a county.

Arrays are taken out of their tuples before a loop: taken inside it, each use would cost a count of references.

The queue is a row of buckets of :data:`BUCKET_S` seconds each, emptied from the lowest; a node that is improved while
its own bucket is being emptied is simply taken again.
"""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from geo.jit import numba

__all__ = ["BUCKET_S", "NOBODY", "Entries", "Rows", "grouped_search", "keep_nearer", "rows_of", "settle_ties"]

FloatArray = npt.NDArray[np.float64]
# int32; the ends of the edges as the network has them.
Int32Array = npt.NDArray[np.integer[Any]]

#: Width of a bucket in seconds; a power of two, so that dividing by it is exact.
BUCKET_S = 16.0
#: Above every number of a source.
NOBODY = np.iinfo(np.int32).max
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
    entry_node, entry_s, entry_source = entries.node, entries.seconds, entries.source
    first = np.full(int(beyond / BUCKET_S) + 2, -1, np.int32)
    pool_node = np.empty(room, np.int32)
    pool_next = np.empty(room, np.int32)
    for begin in range(0, len(order), group):
        top = np.int32(0)
        lost = False
        for k in order[begin : begin + group]:
            v = entry_node[k]
            if entry_s[k] < times[v]:
                times[v] = entry_s[k]
                owner[v] = entry_source[k]
                if top < room:
                    b = int(entry_s[k] / BUCKET_S)
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
    start, to, seconds = rows.start, rows.to, rows.seconds
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
                for i in range(start[v], start[v + 1]):
                    t = to[i]
                    then = now + seconds[i]
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
    start, to, seconds = rows.start, rows.to, rows.seconds
    top = np.int32(0)
    for v in range(len(times)):
        for i in range(start[v], start[v + 1]):
            if times[v] + seconds[i] < times[to[i]]:
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
    start, to, seconds = rows.start, rows.to, rows.seconds
    entry_node, entry_s, entry_source = entries.node, entries.seconds, entries.source
    waiting = np.empty(len(times), np.int32)
    waits = np.zeros(len(times), np.bool_)
    count = 0
    for k in range(len(entry_node)):
        v = entry_node[k]
        if times[v] < beyond and entry_s[k] <= times[v] + tie_s and entry_source[k] < owner[v]:
            owner[v] = entry_source[k]
    # One pass over all, ahead of which nobody need wait; what changes behind it waits for its turn.
    for v in range(len(times)):
        if times[v] >= beyond:
            continue
        who = owner[v]
        for i in range(start[v], start[v + 1]):
            t = to[i]
            if who < owner[t] and times[t] < beyond and times[v] + seconds[i] <= times[t] + tie_s:
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
        for i in range(start[v], start[v + 1]):
            t = to[i]
            if who < owner[t] and times[t] < beyond and times[v] + seconds[i] <= times[t] + tie_s:
                owner[t] = who
                if not waits[t]:
                    waits[t] = True
                    waiting[count] = t
                    count += 1
    for v in range(len(times)):
        if times[v] >= beyond:
            times[v] = np.inf
            owner[v] = -1
