"""Shortest times on the graph: which nodes are reached, when, and from which source.

Arrays in, arrays out; nothing here knows of facilities or people. Times are float64 seconds; :mod:`coverage.kernels`
says what that arithmetic is worth. Two engines give the same answers to the last bit: ``numba``, our own, and
``scipy``, the plain reference (:mod:`coverage.reference`). The environment variable ``QUARTERHOUR_ENGINE`` chooses.
"""

import os
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Any, Literal, TypeVar, cast

import numpy as np
import numpy.typing as npt

from coverage import kernels, reach_kernels, reference
from geo.errors import RequestError

__all__ = [
    "THREADS", "TIE_S", "Engine", "Graph", "Reach", "Room", "Sources", "engine", "in_blocks", "make_graph",
    "nearest_source", "reach_of_each",
]  # fmt: skip

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.integer[Any]]
Engine = Literal["numba", "scipy"]

#: Times this near to each other are one (contract: covered means time <= limit + 1e-6 s).
TIE_S = 1e-6
#: Threads of one search. More than two gain nothing: the memory is the limit.
THREADS = 2
# Entries searched together: their common neighbourhood fits into the cache (measured: 50 to 200 are alike).
_GROUP = 200
# Fewer entries than this are not worth a second thread and its own arrays.
_WORTH_A_THREAD = 4000
# Room for the answers of one block of separate searches; pages that no answer touches take no memory.
_ROOM = 8_000_000
T = TypeVar("T")


def engine() -> Engine:
    """The engine that the environment chooses.

    Raises
    ------
    RequestError
        When there is no such engine.
    """
    chosen = os.environ.get("QUARTERHOUR_ENGINE", "numba")
    if chosen not in ("numba", "scipy"):
        raise RequestError("unknown_engine", given=chosen, known="numba, scipy")
    return cast("Engine", chosen)


@dataclass(frozen=True, eq=False)
class Graph:
    """Directed arcs in rows by their start, heads rising, at most one per pair of nodes.

    Parameters
    ----------
    nodes
        Number of nodes.
    start
        Arcs of node i are ``start[i]:start[i + 1]``, int32, shape (nodes + 1,).
    to, seconds
        End (int32) and duration (float64) of each arc, shape (arcs,).
    """

    nodes: int
    start: IntArray
    to: IntArray
    seconds: FloatArray

    @property
    def rows(self) -> kernels.Rows:
        """As the compiled loops take it."""
        return kernels.Rows(self.start, self.to, self.seconds)


@dataclass(frozen=True, eq=False)
class Sources:
    """Where searches begin: each source enters the graph at some nodes, some seconds after its start.

    Parameters
    ----------
    count
        Number of sources; one without an entry reaches nothing.
    source
        Number of the source of each entry, shape (entries,).
    node, seconds
        The node and the time until there, not negative, shape (entries,).
    """

    count: int
    source: IntArray
    node: IntArray
    seconds: FloatArray

    def entries(self) -> kernels.Entries:
        """In order of the sources."""
        order = np.argsort(self.source, kind="stable")
        source = self.source[order].astype(np.int32)
        start = np.searchsorted(source, np.arange(self.count + 1)).astype(np.int32)
        return kernels.Entries(
            start, self.node[order].astype(np.int32), np.asarray(self.seconds[order], np.float64), source
        )


@dataclass(frozen=True, eq=False)
class Reach:
    """What some sources reach, each alone; neighbours in the numbering.

    Parameters
    ----------
    first
        Number of the first source.
    start
        Source ``first + i`` reaches rows ``start[i]:start[i + 1]`` of the other two, shape (sources + 1,).
    node, seconds
        Reached nodes, in no order, and the time there, shape (rows,).
    """

    first: int
    start: npt.NDArray[np.int64]
    node: IntArray
    seconds: FloatArray

    @property
    def sources(self) -> int:
        """How many sources these are."""
        return len(self.start) - 1


def make_graph(nodes: int, tail: IntArray, head: IntArray, seconds: FloatArray) -> Graph:
    """Sort arcs into a graph; of parallel arcs the fastest stays; loops and arcs that take for ever are left out.

    Parameters
    ----------
    nodes
        Number of nodes.
    tail, head
        Start and end of each arc, shape (arcs,).
    seconds
        Duration of each arc; inf: not usable.

    Raises
    ------
    ValueError
        When a duration is negative or not a number, or an end is no node.

    Examples
    --------
    >>> import numpy as np
    >>> make_graph(2, np.array([0, 0]), np.array([1, 1]), np.array([3.0, 4.0])).seconds.tolist()
    [3.0]
    """
    if not (seconds >= 0).all():
        raise ValueError(f"arc {int(np.flatnonzero(~(seconds >= 0))[0])}: its duration is negative or not a number")
    for end in (tail, head):
        if len(end) and not (end.min() >= 0 and end.max() < nodes):
            raise ValueError("an arc ends at no node")
    return Graph(nodes, *kernels.rows_of(nodes, tail, head, seconds))


def nearest_source(
    graph: Graph, sources: Sources, *, limit_s: float, threads: int = THREADS, by: Engine | None = None
) -> tuple[FloatArray, IntArray]:
    """Time from the nearest source to every node, and which source that is.

    Parameters
    ----------
    graph
        Arcs in the direction of the search.
    sources
        Where it begins.
    limit_s
        Times above it are not looked for.
    threads
        1 or 2; the answer does not depend on it.
    by
        Engine; None: as :func:`engine` says.

    Returns
    -------
    times
        Seconds, inf beyond the limit, shape (nodes,).
    owner
        The smallest source at the beginning of a path on which every arc arrives within 1e-6 s of its node's time; -1
        where nothing is reached. Shape (nodes,).
    """
    entries = sources.entries()
    if (by or engine()) == "scipy":
        return reference.nearest_source(graph.rows, entries, limit_s, TIE_S)
    beyond = np.nextafter(limit_s, np.inf)
    # Nodes are numbered along a curve that keeps neighbours together, and so are entries in their order.
    order = np.argsort(entries.node, kind="stable").astype(np.int32)
    parts = np.array_split(order, threads if len(order) >= _WORTH_A_THREAD else 1)
    times = [np.full(graph.nodes, beyond) for _ in parts]
    owners = [np.full(graph.nodes, kernels.NOBODY, np.int32) for _ in parts]

    def search(part: int) -> None:
        room = max(graph.nodes, _GROUP)
        kernels.grouped_search(graph.rows, entries, parts[part], beyond, _GROUP, room, times[part], owners[part])

    with ThreadPoolExecutor(len(parts)) as pool:
        list(pool.map(search, range(len(parts))))
    for part in range(1, len(parts)):
        kernels.keep_nearer(times[0], owners[0], times[part], owners[part])
    kernels.settle_ties(graph.rows, entries, beyond, TIE_S, times[0], owners[0])
    return times[0], owners[0]


def reach_of_each(
    graph: Graph, sources: Sources, *, limit_s: float, threads: int = THREADS, by: Engine | None = None
) -> Iterator[Reach]:
    """What each source reaches alone.

    Parameters
    ----------
    graph, sources, limit_s, threads, by
        As for :func:`nearest_source`.

    Yields
    ------
    Reach
        Block after block, in order of the sources; every source is in one.
    """
    entries = sources.entries()
    if (by or engine()) == "scipy":
        for number in range(sources.count):
            node, seconds = reference.reach_of_one(graph.rows, entries, number, limit_s)
            yield Reach(number, np.array([0, len(node)], np.int64), node, seconds)
        return
    beyond = np.nextafter(limit_s, np.inf)

    def search(begin: int, end: int, room: Room) -> Reach:
        reach_kernels.reach_of_each(graph.rows, entries, begin, end, beyond, room.scratch, room.out)
        start = room.out.start[: end - begin + 1].copy()
        return Reach(begin, start, room.out.what[: start[-1]].copy(), room.out.seconds[: start[-1]].copy())

    yield from in_blocks(search, sources.count, graph.nodes, graph.nodes, limit_s, threads=threads)


@dataclass(frozen=True, eq=False)
class Room:
    """What one of the threads works in: its number, its work space, and room for its answers."""

    number: int
    scratch: reach_kernels.Scratch
    out: reach_kernels.Output


def in_blocks(
    search: Callable[[int, int, Room], T],
    sources: int,
    nodes: int,
    answers: int,
    limit_s: float,
    *,
    threads: int = THREADS,
) -> Iterator[T]:
    """Run separate searches in blocks of sources, some blocks at once, and hand over their answers in order.

    Parameters
    ----------
    search
        Called with the first source of a block, the one after its last, and a room that is its own for the length of
        the call.
    sources, nodes
        How many there are.
    answers
        Most answers of one source.
    limit_s
        Longest time of a search.
    threads
        Blocks that are searched at once.
    """
    size = int(np.clip(_ROOM // max(answers, 1), 1, max(1, -(-sources // (4 * threads)))))
    rooms: SimpleQueue[Room] = SimpleQueue()
    for number in range(threads):
        out = reach_kernels.Output(
            np.zeros(size + 1, np.int64), np.empty(size * answers, np.int32), np.empty(size * answers)
        )
        rooms.put(Room(number, reach_kernels.new_scratch(nodes, limit_s), out))

    def block(begin: int) -> T:
        mine = rooms.get()
        try:
            return search(begin, min(begin + size, sources), mine)
        finally:
            rooms.put(mine)

    with ThreadPoolExecutor(threads) as pool:
        under_way: deque[Future[T]] = deque()
        for begin in range(0, sources, size):
            under_way.append(pool.submit(block, begin))
            if len(under_way) > threads:
                yield under_way.popleft().result()
        while under_way:
            yield under_way.popleft().result()
