"""The other libraries, each asked in the way its own documentation shows, with its graph built beforehand.

Run as ``python -m benchmarks.peers LIBRARY TASK ARCS TASK_FILE`` by the Python that has the library. Only numpy and
that library are imported.
"""

import importlib.metadata
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.serve import Answer, Job, serve, stopwatch

__all__ = ["MAKERS", "SAMPLES", "Arcs", "read_arcs", "sets_answer"]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
#: Of the sources of the task ``each``, how many a library searches from; the rest would take too long.
SAMPLES: Mapping[str, int] = MappingProxyType({"networkx": 100, "igraph": 10})
# scipy gives a row of all nodes for each source; this bounds what it holds at once.
_BLOCK_BYTES = 256 * 2**20


class Arcs:
    """A directed graph and what is asked of it.

    Of parallel arcs the fastest is kept, because not every library does that by itself.

    Parameters
    ----------
    arcs
        File with ``nodes``, ``tail``, ``head``, ``seconds`` and ``xy`` (metres).
    task
        File with ``sources`` (distinct nodes; their position is their number) and ``limit_s``.
    """

    def __init__(self, arcs: Path, task: Path) -> None:
        with np.load(arcs) as found:
            self.nodes = int(found["nodes"])
            tail, head, seconds = found["tail"], found["head"], found["seconds"]
            self.xy: FloatArray = found["xy"]
        with np.load(task) as asked:
            self.sources: IntArray = asked["sources"]
            self.limit_s = float(asked["limit_s"])
        order = np.lexsort((seconds, head, tail))
        tail, head, seconds = tail[order], head[order], seconds[order]
        fastest = np.ones(len(tail), dtype=bool)
        fastest[1:] = (tail[1:] != tail[:-1]) | (head[1:] != head[:-1])
        fastest &= tail != head
        self.tail: IntArray = tail[fastest]
        self.head: IntArray = head[fastest]
        self.seconds: FloatArray = seconds[fastest]


def read_arcs(arcs: Path, task: Path) -> Arcs:
    """The graph and the sources of two files."""
    return Arcs(arcs, task)


def sets_answer(rows: Iterator[tuple[int, IntArray, FloatArray]]) -> Answer:
    """What each source reaches, as three arrays in the order of source and node.

    Parameters
    ----------
    rows
        Number of the source, nodes in any order, seconds.
    """
    source, node, seconds = [np.empty(0, np.int64)], [np.empty(0, np.int64)], [np.empty(0)]
    for number, nodes, times in rows:
        order = np.argsort(nodes)
        source.append(np.full(len(nodes), number))
        node.append(nodes[order])
        seconds.append(times[order])
    return {"source": np.concatenate(source), "node": np.concatenate(node), "seconds": np.concatenate(seconds)}


class Scipy:
    """``scipy.sparse.csgraph.dijkstra``. ``min_only`` for the nearest, without predecessors: its fastest way."""

    share = 1.0

    def __init__(self, arcs: Arcs, task: str) -> None:
        from scipy.sparse import csr_array  # noqa: PLC0415 - only this peer has it
        from scipy.sparse.csgraph import dijkstra  # noqa: PLC0415

        self.version = importlib.metadata.version("scipy")
        self._arcs, self._task, self._search = arcs, task, dijkstra
        start = np.searchsorted(arcs.tail, np.arange(arcs.nodes + 1))
        self._matrix = csr_array(
            (arcs.seconds, arcs.head.astype(np.int32), start.astype(np.int32)), shape=(arcs.nodes, arcs.nodes)
        )

    def _nearest(self) -> FloatArray:
        return np.asarray(
            self._search(self._matrix, indices=self._arcs.sources, min_only=True, limit=self._arcs.limit_s)
        )

    def _blocks(self) -> Iterator[tuple[int, FloatArray]]:
        size = max(1, _BLOCK_BYTES // (8 * self._arcs.nodes))
        for begin in range(0, len(self._arcs.sources), size):
            some = self._arcs.sources[begin : begin + size]
            yield begin, np.asarray(self._search(self._matrix, indices=some, limit=self._arcs.limit_s))

    def run(self) -> float:
        """Reading its rows is not on the clock, only filling them is."""
        if self._task == "nearest":
            return stopwatch(self._nearest)
        return stopwatch(lambda: [begin for begin, _ in self._blocks()])

    def answer(self) -> Answer:
        """Times, or reached sets."""
        if self._task == "nearest":
            return {"times": self._nearest()}
        return sets_answer(
            (begin + number, np.flatnonzero(np.isfinite(row)), row[np.isfinite(row)])
            for begin, block in self._blocks()
            for number, row in enumerate(block)
        )


class Networkx:
    """``multi_source_dijkstra_path_length`` and ``single_source_dijkstra_path_length``, both with ``cutoff``."""

    def __init__(self, arcs: Arcs, task: str) -> None:
        import networkx as nx  # noqa: PLC0415 - only this peer has it

        self.version = nx.__version__
        self._arcs, self._task, self._nx = arcs, task, nx
        self._graph = nx.DiGraph()
        self._graph.add_nodes_from(range(arcs.nodes))
        self._graph.add_weighted_edges_from(
            zip(arcs.tail.tolist(), arcs.head.tolist(), arcs.seconds.tolist(), strict=True)
        )
        every = arcs.sources.tolist()
        self._sources = every if task == "nearest" else every[: SAMPLES["networkx"]]
        self.share = len(self._sources) / len(every)

    def _nearest(self) -> dict[int, float]:
        found = self._nx.multi_source_dijkstra_path_length(
            self._graph, self._sources, cutoff=self._arcs.limit_s, weight="weight"
        )
        return dict(found)

    def _one(self, source: int) -> dict[int, float]:
        found = self._nx.single_source_dijkstra_path_length(
            self._graph, source, cutoff=self._arcs.limit_s, weight="weight"
        )
        return dict(found)

    def run(self) -> float:
        """All sources at once, or each of them."""
        if self._task == "nearest":
            return stopwatch(self._nearest)
        return stopwatch(lambda: [len(self._one(source)) for source in self._sources])

    def answer(self) -> Answer:
        """Times, or reached sets."""
        if self._task == "nearest":
            times = np.full(self._arcs.nodes, np.inf)
            found = self._nearest()
            times[list(found)] = list(found.values())
            return {"times": times}
        each = ((number, self._one(source)) for number, source in enumerate(self._sources))
        return sets_answer(
            (number, np.fromiter(found, np.int64), np.fromiter(found.values(), float)) for number, found in each
        )


class Igraph:
    """``Graph.distances``, which knows no limit; for the nearest, from one more vertex, 0 s from all sources."""

    def __init__(self, arcs: Arcs, task: str) -> None:
        import igraph  # noqa: PLC0415 - only this peer has it

        self.version = igraph.__version__
        self._arcs, self._task = arcs, task
        tail, head, seconds = arcs.tail, arcs.head, arcs.seconds
        count = len(arcs.sources)
        if task == "nearest":
            tail = np.concatenate([tail, np.full(count, arcs.nodes)])
            head, seconds = np.concatenate([head, arcs.sources]), np.concatenate([seconds, np.zeros(count)])
            self._sources = [arcs.nodes]
            self.share = 1.0
        else:
            self._sources = arcs.sources[: SAMPLES["igraph"]].tolist()
            self.share = len(self._sources) / count
        self._graph = igraph.Graph(n=arcs.nodes + 1, edges=np.column_stack([tail, head]), directed=True)
        self._seconds = seconds.tolist()

    def _one(self, source: int) -> list[float]:
        found: list[list[float]] = self._graph.distances(source, weights=self._seconds)
        return found[0]

    def run(self) -> float:
        """From each source of the sample in turn."""
        return stopwatch(lambda: [len(self._one(source)) for source in self._sources])

    def answer(self) -> Answer:
        """What lies beyond the limit is left out afterwards, off the clock."""
        rows = []
        for number, source in enumerate(self._sources):
            times = np.array(self._one(source))[: self._arcs.nodes]
            times[times > self._arcs.limit_s] = np.inf
            rows.append((number, np.flatnonzero(np.isfinite(times)), times[np.isfinite(times)]))
        if self._task == "nearest":
            return {"times": times}
        return sets_answer(iter(rows))


class Pandana:
    """``nearest_pois`` and ``nodes_in_range`` on its contraction hierarchy, which rounds durations."""

    share = 1.0

    def __init__(self, arcs: Arcs, task: str) -> None:
        import pandana  # noqa: PLC0415 - only this peer has it
        import pandas as pd  # noqa: PLC0415

        self.version = importlib.metadata.version("pandana")
        self._arcs, self._task = arcs, task
        weights = pd.DataFrame({"seconds": arcs.seconds})
        # A search from the sources outwards is one towards them with every arc turned round.
        ends = (arcs.head, arcs.tail) if task == "nearest" else (arcs.tail, arcs.head)
        x, y = (pd.Series(column) for column in arcs.xy.T)
        self._network = pandana.Network(x, y, *(pd.Series(end) for end in ends), weights, twoway=False)
        if task == "nearest":
            places = arcs.xy[arcs.sources]
            self._network.set_pois("facility", arcs.limit_s, 1, pd.Series(places[:, 0]), pd.Series(places[:, 1]))

    def _nearest(self) -> FloatArray:
        found = self._network.nearest_pois(self._arcs.limit_s, "facility", num_pois=1, max_distance=np.inf)
        return np.asarray(found[1], dtype=np.float64)

    def _each(self) -> Any:  # noqa: ANN401 - a DataFrame, but pandas is imported by this peer only
        return self._network.nodes_in_range(self._arcs.sources, self._arcs.limit_s)

    def run(self) -> float:
        """All at once."""
        return stopwatch(self._nearest if self._task == "nearest" else self._each)

    def answer(self) -> Answer:
        """Times, or reached sets."""
        if self._task == "nearest":
            return {"times": self._nearest()}
        found = self._each()
        number = np.empty(self._arcs.nodes, dtype=np.int64)
        number[self._arcs.sources] = np.arange(len(self._arcs.sources))
        source = number[found["source"].to_numpy()]
        order = np.lexsort((found["destination"].to_numpy(), source))
        return {
            "source": source[order],
            "node": found["destination"].to_numpy()[order],
            "seconds": found["seconds"].to_numpy(dtype=np.float64)[order],
        }


#: How each library is set up for a task: ``nearest`` or ``each``.
MAKERS: Mapping[str, Callable[[Arcs, str], Job]] = MappingProxyType(
    {"scipy": Scipy, "networkx": Networkx, "igraph": Igraph, "pandana": Pandana}
)


def main() -> None:
    """Serve one library for one task."""
    library, task, arcs, asked = sys.argv[1:]
    serve(lambda: MAKERS[library](read_arcs(Path(arcs), Path(asked)), task))


if __name__ == "__main__":
    main()
