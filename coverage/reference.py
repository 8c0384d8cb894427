"""The search by scipy: slower, and with nothing of ours in it; the fallback, and what our engine is held against."""

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from coverage.kernels import NOBODY, Entries, Rows

__all__ = ["nearest_source", "reach_of_one"]

FloatArray = npt.NDArray[np.float64]
Int32Array = npt.NDArray[np.integer[Any]]


def _with_start(rows: Rows, node: Int32Array, seconds: FloatArray) -> csr_array:
    """The graph with one more node, from which arcs lead to some nodes; of parallel ones the fastest."""
    nodes = len(rows.start) - 1
    order = np.lexsort((seconds, node))
    node, seconds = node[order], seconds[order]
    first = np.ones(len(node), dtype=bool)
    first[1:] = node[1:] != node[:-1]
    start = np.append(rows.start, rows.start[-1] + first.sum())
    arcs = np.concatenate([rows.seconds, seconds[first]]), np.concatenate([rows.to, node[first]]), start
    return csr_array(arcs, shape=(nodes + 1, nodes + 1))


def nearest_source(rows: Rows, entries: Entries, limit_s: float, tie_s: float) -> tuple[FloatArray, Int32Array]:
    """As :func:`coverage.search.nearest_source`."""
    nodes = len(rows.start) - 1
    times = np.full(nodes, np.inf)
    if len(entries.node):
        matrix = _with_start(rows, entries.node, entries.seconds)
        times = dijkstra(matrix, indices=nodes, limit=limit_s)[:nodes]
    return times, _owners(rows, times, entries, tie_s)


def _owners(rows: Rows, times: FloatArray, entries: Entries, tie_s: float) -> Int32Array:
    """Smallest source at the beginning of a path of arcs that all arrive within ``tie_s`` of their node's time.

    Labels flow along such arcs from nodes whose label just changed.
    """
    owner = np.full(len(times), NOBODY, dtype=np.int32)
    direct = np.isfinite(times[entries.node]) & (entries.seconds <= times[entries.node] + tie_s)
    np.minimum.at(owner, entries.node[direct], entries.source[direct])
    changed = np.unique(entries.node[direct])
    while len(changed):
        counts = rows.start[changed + 1] - rows.start[changed]
        tail = np.repeat(changed, counts)
        arc = np.arange(counts.sum()) + np.repeat(rows.start[changed] - np.cumsum(counts) + counts, counts)
        head = rows.to[arc]
        tight = np.isfinite(times[head]) & (times[tail] + rows.seconds[arc] <= times[head] + tie_s)
        better = tight & (owner[tail] < owner[head])
        head, label = head[better], owner[tail[better]]
        np.minimum.at(owner, head, label)
        changed = np.unique(head)
    owner[owner == NOBODY] = -1
    return owner


def reach_of_one(rows: Rows, entries: Entries, source: int, limit_s: float) -> tuple[Int32Array, FloatArray]:
    """Nodes that one source reaches within the limit, rising, and when."""
    own = slice(entries.start[source], entries.start[source + 1])
    if own.start == own.stop:
        return np.empty(0, np.int32), np.empty(0)
    nodes = len(rows.start) - 1
    matrix = _with_start(rows, entries.node[own], entries.seconds[own])
    times = dijkstra(matrix, indices=nodes, limit=limit_s)[:nodes]
    node = np.flatnonzero(np.isfinite(times)).astype(np.int32)
    return node, times[node]
