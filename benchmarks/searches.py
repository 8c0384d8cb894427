"""P1, the nearest facility of every node, and P2, separate areas as sets of reached nodes."""

import dataclasses
from collections.abc import Callable, Generator
from functools import partial
from pathlib import Path
from typing import Final

from benchmarks.answers import nothing_to_compare, same_nearest, same_sets
from benchmarks.bench import Bench
from benchmarks.measure import Row, Same, compare
from benchmarks.networks import LIMIT_S
from benchmarks.peers import MAKERS, SAMPLES
from benchmarks.serve import Answer
from benchmarks.sides import Side, SideError, has_pgrouting, ours, peer, python_with, without_runner

__all__ = ["each", "nearest"]

_FLOORS: Final = {"floor": "one pass over its arrays", "floor-ms": "the same pass in int32 ms"}
_FLOOR_TARGETS: Final = {1: "≤ 12× (beyond: ≤ 8×)", 2: "≤ 8× (beyond: ≤ 5×)"}
_NEAREST_TARGETS: Final = {"scipy": "≥ 3×", "networkx": "≥ 40×"}
_BASE_TARGETS: Final = {"scipy": "≥ 14×", "networkx": "≥ 50×", "pgRouting": "≥ 25×"}
_LARGE_TARGETS: Final = {"scipy": "≥ 60×"}
_NOTES: Final = {
    "scipy": {"nearest": "the peer tells no owners"},
    "networkx": {"nearest": "the peer tells no owners"},
    "igraph": {"nearest": "the peer knows no limit and tells no owners", "each": "the peer knows no limit"},
    "pandana": {
        "nearest": "the peer rounds, uses all cores, and tells no owners",
        "each": "the peer rounds, and uses all cores",
    },
}


def nearest(bench: Bench) -> Generator[Row]:
    """P1: on the large network, with one thread and with two, beside the floor and beside every peer."""
    place = bench.large
    task = bench.task(place, bench.sizes.facilities)
    check = partial(same_nearest, arcs=place.arcs, task=task)
    work = f"nearest of {bench.sizes.facilities:,} facilities within {LIMIT_S:.0f} s; {place.size}"
    for threads, libraries in ((1, tuple(MAKERS)), (2, ("scipy",))):
        with ours("nearest", threads, place.arcs, task) as mine:
            for floor, name in _FLOORS.items():
                row = Row("P1", work, mine.name, name, yardstick=True, target=_FLOOR_TARGETS[threads])
                with ours(floor, 1, place.arcs, task) as under:
                    yield compare(row, mine, under, nothing_to_compare, rounds=bench.sizes.rounds)
            for library in libraries:
                row = Row("P1", work, mine.name, library, target=_NEAREST_TARGETS.get(library, ""))
                yield _beside(row, mine, "nearest", (place.arcs, task), check, rounds=bench.sizes.rounds)


def each(bench: Bench) -> Generator[Row]:
    """P2: on the base network and on the large one, and what the size of the network costs."""
    count = bench.sizes.areas
    for place, libraries, targets in (
        (bench.base, (*MAKERS, "pgRouting"), _BASE_TARGETS),
        (bench.large, ("scipy", "networkx"), _LARGE_TARGETS),
    ):
        files = (place.arcs, bench.task(place, count))
        work = f"{count:,} areas of {LIMIT_S:.0f} s as reached nodes; {place.size}"
        for threads in (1, 2):
            with ours("each", threads, *files) as mine:
                for library in libraries if threads == 1 else ("scipy",):
                    row = Row("P2", work, mine.name, library, target=targets.get(library, ""))
                    check = partial(same_sets, most=SAMPLES.get(library))
                    yield _beside(row, mine, "each", files, check, rounds=bench.sizes.rounds)
    base, large = ((place.arcs, bench.task(place, count)) for place in (bench.base, bench.large))
    work = f"{count:,} areas of {LIMIT_S:.0f} s on {bench.large.nodes:,} nodes"
    with ours("each", 1, *large) as there, ours("each", 1, *base) as here:
        row = Row("P2", work, there.name, f"ours on {bench.base.nodes:,} nodes", yardstick=True, target="flat")
        yield compare(row, there, here, nothing_to_compare, rounds=bench.sizes.rounds)


def _beside(
    row: Row,
    mine: Side,
    task: str,
    files: tuple[Path, Path],
    check: Callable[[Answer, Answer], Same],
    *,
    rounds: int,
) -> Row:
    """A row with a library, or the reason why there is none."""
    if row.peer not in MAKERS:
        return dataclasses.replace(row, note=without_runner(installed=has_pgrouting()))
    python = python_with(row.peer)
    if python is None:
        return dataclasses.replace(row, note="skipped: not installed")
    row = dataclasses.replace(row, note=_NOTES[row.peer].get(task, ""))
    try:
        with peer(row.peer, python, task, *files) as other:
            share = f"{other.share * 100:g} % of the work, scaled" if other.share < 1 else ""
            row = dataclasses.replace(row, note="; ".join(part for part in (row.note, share) if part))
            return compare(row, mine, other, check, rounds=rounds)
    except SideError as error:
        return dataclasses.replace(row, note=f"the peer failed: {error}")
