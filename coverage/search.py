"""Shortest times on the graph: the one place that knows which library searches.

Arrays in, arrays out; nothing here knows of facilities or people. Times are float64 seconds. A sum of k legs is off by
at most k rounding steps of 2**-53, below 1e-9 s for any path in a county.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

__all__ = ["TIE_S", "Graph", "each_source", "make_graph", "nearest_source"]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

#: Times this near to each other are one (contract: covered means time <= limit + 1e-6 s).
TIE_S = 1e-6
# Distances of one block of single searches are held at once; this bounds their memory.
_BLOCK_BYTES = 64 * 2**20


@dataclass(frozen=True, eq=False)
class Graph:
    """Directed arcs in rows by their start, at most one per pair of nodes.

    Parameters
    ----------
    nodes
        Number of nodes.
    start
        Arcs of node i are ``start[i]:start[i + 1]``, shape (nodes + 1,).
    to, seconds
        End and duration of each arc.
    """

    nodes: int
    start: IntArray
    to: IntArray
    seconds: FloatArray


def make_graph(nodes: int, tail: IntArray, head: IntArray, seconds: FloatArray) -> Graph:
    """Sort arcs into a graph; of parallel arcs the fastest stays; loops and arcs that take for ever are left out.

    Parameters
    ----------
    nodes
        Number of nodes.
    tail, head
        Start and end of each arc, shape (arcs,).
    seconds
        Duration of each arc, not negative; inf: not usable.

    Examples
    --------
    >>> import numpy as np
    >>> make_graph(2, np.array([0, 0]), np.array([1, 1]), np.array([3.0, 4.0])).seconds.tolist()
    [3.0]
    """
    keep = np.isfinite(seconds) & (tail != head)
    tail, head, seconds = tail[keep], head[keep], seconds[keep]
    order = np.lexsort((seconds, head, tail))
    tail, head, seconds = tail[order], head[order], seconds[order]
    first = np.ones(len(tail), dtype=bool)
    first[1:] = (tail[1:] != tail[:-1]) | (head[1:] != head[:-1])
    tail, head, seconds = tail[first], head[first], seconds[first]
    start = np.searchsorted(tail, np.arange(nodes + 1)).astype(np.int64)
    return Graph(nodes, start, head, seconds)


def _with_sources(graph: Graph, source: IntArray, node: IntArray, seconds: FloatArray, sources: int) -> csr_array:
    """The graph with one more node per source, and arcs from it to where the source meets the graph."""
    extra = make_graph(graph.nodes + sources, source + graph.nodes, node, seconds)
    size = graph.nodes + sources
    start = np.concatenate([graph.start, graph.start[-1] + extra.start[graph.nodes + 1 :]])
    return csr_array(
        (
            np.concatenate([graph.seconds, extra.seconds]),
            np.concatenate([graph.to, extra.to]).astype(np.int32),
            start.astype(np.int32),
        ),
        shape=(size, size),
    )


def nearest_source(
    graph: Graph, source: IntArray, node: IntArray, seconds: FloatArray, *, limit_s: float
) -> tuple[FloatArray, IntArray]:
    """Time from the nearest source to every node, and which source that is.

    Parameters
    ----------
    graph
        Arcs in the direction of the search.
    source, node, seconds
        Source number, the node where it enters the graph, and the time until there, shape (entries,).
    limit_s
        Times above it are not looked for.

    Returns
    -------
    times
        Seconds, inf beyond the limit, shape (nodes,).
    owner
        The smallest source number among those within 1e-6 s of the nearest, -1 where none, shape (nodes,).
    """
    if not len(source):
        return np.full(graph.nodes, np.inf), np.full(graph.nodes, -1, dtype=np.int64)
    matrix = _with_sources(graph, np.zeros_like(source), node, seconds, 1)
    times = dijkstra(matrix, indices=graph.nodes, limit=limit_s)[: graph.nodes]
    return times, _owners(graph, times, source, node, seconds)


def _owners(graph: Graph, times: FloatArray, source: IntArray, node: IntArray, seconds: FloatArray) -> IntArray:
    """Smallest source at the end of a shortest path to each node.

    Labels flow along arcs that are part of a shortest path (within 1e-6 s), from nodes whose label just changed.
    """
    nobody = np.iinfo(np.int64).max
    owner = np.full(graph.nodes, nobody, dtype=np.int64)
    direct = seconds <= times[node] + TIE_S
    np.minimum.at(owner, node[direct], source[direct])
    changed = np.unique(node[direct])
    while len(changed):
        counts = graph.start[changed + 1] - graph.start[changed]
        tail = np.repeat(changed, counts)
        arc = (
            np.arange(counts.sum())
            - np.repeat(np.cumsum(counts) - counts, counts)
            + np.repeat(graph.start[changed], counts)
        )
        head = graph.to[arc]
        better = (owner[tail] < owner[head]) & (times[tail] + graph.seconds[arc] <= times[head] + TIE_S)
        head, label = head[better], owner[tail[better]]
        np.minimum.at(owner, head, label)
        changed = np.unique(head)
    owner[owner == nobody] = -1
    return owner


def each_source(
    graph: Graph, source: IntArray, node: IntArray, seconds: FloatArray, *, sources: int, limit_s: float
) -> Iterator[tuple[int, FloatArray]]:
    """Time from each source alone to every node.

    Parameters
    ----------
    graph, source, node, seconds, limit_s
        As for :func:`nearest_source`.
    sources
        Number of sources; those without an entry reach nothing.

    Yields
    ------
    number, times
        Source number, and seconds to each node, inf beyond the limit, shape (nodes,).
    """
    matrix = _with_sources(graph, source, node, seconds, sources)
    block = max(1, _BLOCK_BYTES // (8 * (graph.nodes + sources)))
    for begin in range(0, sources, block):
        numbers = np.arange(begin, min(begin + block, sources))
        times = dijkstra(matrix, indices=numbers + graph.nodes, limit=limit_s)
        for number, row in zip(numbers.tolist(), times, strict=True):
            yield number, row[: graph.nodes]
