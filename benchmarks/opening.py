"""P4: opening a network that was saved, and from an OpenStreetMap file to a network.

``python -m benchmarks.opening WHAT FILE`` serves one side of it.
"""

import geo.jit  # noqa: F401, I001  # first: it hides our folder `coverage` while numba is imported

import contextlib
import dataclasses
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
from benchmarks.measure import Row, alone, compare
from benchmarks.serve import Answer, serve, stopwatch
from benchmarks.sides import running
from coverage.network import build_network
from coverage.network_file import load_network
from layers.road import read_roads

__all__ = ["Repeat", "opening"]


class Repeat:
    """The same call again and again.

    Parameters
    ----------
    work
        What is done; it tells what it found.
    """

    share = 1.0
    version = "pyosmium " + importlib.metadata.version("osmium")

    def __init__(self, work: Callable[[], object]) -> None:
        self._work = work

    def run(self) -> float:
        """Once."""
        return stopwatch(self._work)

    def answer(self) -> Answer:
        """What it found."""
        return {"found": np.array([str(self._work())])}


def _ways(file: Path) -> Iterator[osmium.osm.Way]:
    """Every way with a highway tag, its nodes with their coordinates: what pyosmium's manual advises."""
    processor = osmium.FileProcessor(str(file), osmium.osm.NODE | osmium.osm.WAY)
    for way in processor.with_locations().with_filter(osmium.filter.KeyFilter("highway")):
        if isinstance(way, osmium.osm.Way):
            yield way


def _as_wkb(file: Path) -> int:
    """Lines made by osmium itself; tags are not looked at."""
    make_line = osmium.geom.WKBFactory().create_linestring
    count = 0
    for way in _ways(file):
        with contextlib.suppress(RuntimeError, osmium.InvalidLocationError):  # cut at the edge of the extract
            make_line(way)
            count += 1
    return count


def _as_numbers(file: Path) -> int:
    """Coordinates as Python's numbers, and the tags."""
    found = []
    for way in _ways(file):
        line = [(node.lon, node.lat) for node in way.nodes if node.location.valid()]
        found.append((line, dict(way.tags)))
    return len(found)


_WORK: Final[dict[str, Callable[[Path], object]]] = {
    "open": lambda file: load_network(file).key,
    "wkb": _as_wkb,
    "numbers": _as_numbers,
    "read": lambda file: len(read_roads(file).frame),
    "build": lambda file: build_network(read_roads(file)).nodes,
}


def opening(bench: Bench) -> Iterator[Row]:
    """Opening the base network and the large one; building the base beside what pyosmium alone takes."""
    command = (sys.executable, "-m", "benchmarks.opening")
    for place, target in ((bench.base, "≤ 0.1 s for 100,000 nodes"), (bench.large, "≤ 1 s for 1,000,000 nodes")):
        row = Row("P4", f"opening a saved network; {place.size}", "mapped, and every array checked", target=target)
        with running(row.ours, *command, "open", str(place.network)) as mine:
            row = alone(row, mine, rounds=bench.sizes.rounds)
            same = mine.answer()["found"].item() == place.key
            note = f"{place.network.stat().st_size / 2**20:,.0f} MiB; compared: the key of the network"
            yield dataclasses.replace(row, same="yes" if same else "no", note=note)
    place = bench.base
    work = f"from an OpenStreetMap file to a network; {place.size}"
    if place.roads.suffix != ".pbf":
        yield Row("P4", work, "", "pyosmium", note="skipped: no .osm.pbf (QUARTERHOUR_DATA is not set)")
        return
    file = str(place.roads)
    for what, words in (("read", "roads as a table"), ("build", "roads and network")):
        with running(words, *command, what, file) as mine:
            for peer, name in (("wkb", "pyosmium: ways to WKB"), ("numbers", "pyosmium: ways and tags to Python")):
                row = Row("P4", work, words, name, yardstick=True, target="≤ 2×" if what == "build" else "")
                with running(name, *command, peer, file) as other:
                    yield compare(row, mine, other, nothing_to_compare, rounds=bench.sizes.rounds)


def main() -> None:
    """Serve one side."""
    what, file = sys.argv[1], Path(sys.argv[2])
    serve(lambda: Repeat(lambda: _WORK[what](file)))


if __name__ == "__main__":
    main()
