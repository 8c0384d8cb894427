"""Our own side of a comparison, and the floor under it: ``python -m benchmarks.ours WHAT THREADS ARCS TASK_FILE``."""

from geo.jit import numba  # noqa: I001  # first: it hides our folder `coverage` while numba is imported

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks.peers import sets_answer
from benchmarks.serve import Answer, Job, serve, stopwatch
from coverage.search import Graph, Reach, Sources, make_graph, nearest_source, reach_of_each

__all__ = ["Each", "Floor", "Nearest", "relax_pass", "relax_pass_ms"]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.integer]
Int32Array = npt.NDArray[np.int32]
_MS = 1000


class _Ours:
    """A graph made by the engine, and what is asked of it.

    The arcs go in as the network has them: parallel ones and loops are the engine's to sort out.
    """

    share = 1.0
    version = "numba " + numba.__version__

    def __init__(self, arcs: Path, task: Path, threads: int) -> None:
        with np.load(arcs) as found, np.load(task) as asked:
            self.graph: Graph = make_graph(int(found["nodes"]), found["tail"], found["head"], found["seconds"])
            self.sources: IntArray = asked["sources"]
            self.limit_s = float(asked["limit_s"])
        self.threads = threads

    @property
    def begin(self) -> Sources:
        """Each source enters at its own node at once."""
        count = len(self.sources)
        return Sources(count, np.arange(count), self.sources, np.zeros(count))


class Nearest(_Ours):
    """Nearest source for every node, with owners."""

    def _search(self) -> tuple[FloatArray, IntArray]:
        return nearest_source(self.graph, self.begin, limit_s=self.limit_s, threads=self.threads)

    def run(self) -> float:
        """Times and owners."""
        return stopwatch(self._search)

    def answer(self) -> Answer:
        """Times and owners."""
        times, owner = self._search()
        return {"times": times, "owner": owner}


class Each(_Ours):
    """What each source reaches alone."""

    def _reach(self) -> Iterator[Reach]:
        return reach_of_each(self.graph, self.begin, limit_s=self.limit_s, threads=self.threads)

    def run(self) -> float:
        """All of them, each set let go of when the next comes."""
        return stopwatch(lambda: [reach.first for reach in self._reach()])

    def answer(self) -> Answer:
        """Reached sets."""
        return sets_answer(
            (reach.first + k, reach.node[begin:end].astype(np.int64), reach.seconds[begin:end])
            for reach in self._reach()
            for k, (begin, end) in enumerate(zip(reach.start[:-1], reach.start[1:], strict=True))
        )


@numba.njit(nogil=True)
def relax_pass(start: IntArray, to: IntArray, seconds: FloatArray, times: FloatArray) -> float:
    """Look along every arc once: what no search can do without."""
    total = 0.0
    for node in range(len(start) - 1):
        best = times[node]
        for arc in range(start[node], start[node + 1]):
            best = min(best, times[to[arc]] + seconds[arc])
        total += best
    return total


@numba.njit(nogil=True)
def relax_pass_ms(start: Int32Array, arcs: Int32Array, times: Int32Array) -> int:
    """The same on whole milliseconds, with the end and the duration of an arc side by side, shape (arcs, 2)."""
    total = np.int64(0)
    for node in range(len(start) - 1):
        best = times[node]
        for arc in range(start[node], start[node + 1]):
            best = min(best, times[arcs[arc, 0]] + arcs[arc, 1])
        total += best
    return int(total)


class Floor(_Ours):
    """One pass over the very arrays that the search uses, or over the same in whole milliseconds."""

    def __init__(self, arcs: Path, task: Path, *, whole_ms: bool) -> None:
        super().__init__(arcs, task, threads=1)
        graph = self.graph
        times = np.random.default_rng(1).uniform(0.0, self.limit_s, graph.nodes)
        self._times_ms = (times * _MS).astype(np.int32)
        self._times = times
        self._start = graph.start.astype(np.int32)
        self._arcs = np.column_stack([graph.to, np.rint(graph.seconds * _MS)]).astype(np.int32)
        self._whole_ms = whole_ms

    def run(self) -> float:
        """One pass."""
        if self._whole_ms:
            return stopwatch(lambda: relax_pass_ms(self._start, self._arcs, self._times_ms))
        return stopwatch(lambda: relax_pass(self.graph.start, self.graph.to, self.graph.seconds, self._times))

    def answer(self) -> Answer:
        """A floor answers nothing."""
        return {}


def main() -> None:
    """Serve one of our sides."""
    what, threads, arcs, task = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]), Path(sys.argv[4])

    def make() -> Job:
        if what.startswith("floor"):
            return Floor(arcs, task, whole_ms=what == "floor-ms")
        return (Nearest if what == "nearest" else Each)(arcs, task, threads)

    serve(make)


if __name__ == "__main__":
    main()
