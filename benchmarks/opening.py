"""P4: from an OpenStreetMap file to a network, and opening one that was saved.

``python -m benchmarks.opening WHAT FILE`` serves one side of it.
"""

import geo.jit  # noqa: F401, I001  # first: it hides our folder `coverage` while numba is imported

import importlib.metadata
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import numpy as np
import osmium
import osmium.filter
import osmium.geom

from benchmarks.answers import nothing_to_compare
from benchmarks.bench import Bench
from benchmarks.measure import Row, compare
from benchmarks.serve import Answer, serve, stopwatch
from benchmarks.sides import running
from coverage.network import build_network
from layers.road import read_roads

__all__ = ["Repeat", "opening"]


class Repeat:
    """The same call again and again.

    Parameters
    ----------
    work
        What is done; it tells how much it found.
    """

    share = 1.0
    version = "pyosmium " + importlib.metadata.version("osmium")

    def __init__(self, work: Callable[[], int]) -> None:
        self._work = work

    def run(self) -> float:
        """Once."""
        return stopwatch(self._work)

    def answer(self) -> Answer:
        """How much it found."""
        return {"found": np.array([self._work()])}


def _ways(file: Path) -> int:
    """Read every way with a highway tag and the coordinates of its nodes, as pyosmium's manual does."""
    processor = osmium.FileProcessor(str(file), osmium.osm.NODE | osmium.osm.WAY)
    make_line = osmium.geom.WKBFactory().create_linestring
    count = 0
    for way in processor.with_locations().with_filter(osmium.filter.KeyFilter("highway")):
        if isinstance(way, osmium.osm.Way):
            try:
                make_line(way)
            except (RuntimeError, osmium.InvalidLocationError):
                continue  # cut at the edge of the extract
            count += 1
    return count


_WORK: Final[dict[str, Callable[[Path], int]]] = {
    "ways": _ways,
    "read": lambda file: len(read_roads(file).frame),
    "build": lambda file: build_network(read_roads(file)).nodes,
}


def opening(bench: Bench) -> Iterator[Row]:
    """Reading and building beside what pyosmium alone takes."""
    place = bench.base
    work = f"from an OpenStreetMap file to a network; {place.size}"
    if place.roads.suffix != ".pbf":
        yield Row("P4", work, "", "pyosmium", note="skipped: no .osm.pbf (QUARTERHOUR_DATA is not set)")
        return
    command = (sys.executable, "-m", "benchmarks.opening")
    for what, words, target in (("read", "roads as a table", ""), ("build", "roads and network", "≤ 2×")):
        row = Row("P4", work, words, "pyosmium reads the ways", yardstick=True, target=target)
        file = str(place.roads)
        with running(words, *command, what, file) as mine, running("ways", *command, "ways", file) as other:
            yield compare(row, mine, other, nothing_to_compare, rounds=bench.sizes.rounds)


def main() -> None:
    """Serve one side."""
    what, file = sys.argv[1], Path(sys.argv[2])
    serve(lambda: Repeat(lambda: _WORK[what](file)))


if __name__ == "__main__":
    main()
