"""P6: a what-if on the demo, the computing part. ``python -m benchmarks.what_if CHANGE`` serves one side of it."""

import geo.jit  # noqa: F401, I001  # first: it hides our folder `coverage` while numba is imported

import dataclasses
import itertools
import sys
from collections.abc import Iterator
from typing import Final

import numpy as np

from benchmarks.bench import Bench
from benchmarks.measure import Row, Same, compare
from benchmarks.serve import Answer, serve, stopwatch
from benchmarks.sides import running
from coverage.patches import AddFacility, CloseFacility, Patch
from coverage.prepared import Prepared, prepare
from coverage.request import Request
from coverage.run import run
from coverage.study import request_of
from geo.paths import VERSION
from layers.workspace import open_demo

__all__ = ["WhatIf", "what_if"]

_CHANGES: Final = {"add": "a facility is added", "close": "a facility is closed"}
#: Different what-ifs that take turns, so that none is answered from a cache.
_VARIANTS: Final = 5


class WhatIf:
    """A base that was computed, and changes of it.

    Parameters
    ----------
    request
        The base.
    change
        ``add`` or ``close``.
    reuse
        Use what was prepared for the base; else compute each what-if as if nothing were known.
    """

    share = 1.0
    version = VERSION

    def __init__(self, request: Request, change: str, *, reuse: bool) -> None:
        self._prepared: Prepared | None = prepare(request) if reuse else None
        run(request, prepared=self._prepared)
        self._requests = [dataclasses.replace(request, patches=(patch,)) for patch in _patches(request, change)]
        self._turn = itertools.cycle(self._requests)

    def run(self) -> float:
        """The next what-if, from the request to the whole result."""
        asked = next(self._turn)
        return stopwatch(lambda: run(asked, prepared=self._prepared))

    def answer(self) -> Answer:
        """Minutes of each place with people, and its nearest facility, in each what-if."""
        tables = [run(asked, prepared=self._prepared).demand for asked in self._requests]
        return {
            "minutes": np.stack([table["minutes"].to_numpy(dtype=np.float64) for table in tables]),
            "facility": np.stack([table["facility_id"].fillna("").to_numpy(dtype=str) for table in tables]),
        }


def _patches(request: Request, change: str) -> list[Patch]:
    if change == "close":
        frame = request.facilities.frame
        serving = frame[frame["kind"].isin(request.parameters.kinds) & (frame["status"] == "open")]
        return [CloseFacility(str(name)) for name in serving["facility_id"][:_VARIANTS]]
    kind = next(iter(request.parameters.kinds), "elder_centre")
    rows = np.linspace(0, len(request.demand.frame) - 1, _VARIANTS).astype(np.int64)
    places = request.demand.frame.geometry.iloc[rows].representative_point()
    return [AddFacility("what-if", "what-if", kind, float(place.x), float(place.y)) for place in places]


def what_if(bench: Bench) -> Iterator[Row]:
    """P6 beside the same what-ifs computed without what is known of the base."""
    for change, words in _CHANGES.items():
        row = Row("P6", "a what-if on the demo, from the request to the result", words, "the same from scratch")
        row = dataclasses.replace(row, target="≤ 50 ms")
        command = (sys.executable, "-m", "benchmarks.what_if", change)
        with running(words, *command, "reuse") as mine, running("from scratch", *command, "anew") as other:
            yield compare(row, mine, other, same_result, rounds=bench.sizes.rounds)


def same_result(ours: Answer, peer: Answer) -> Same:
    """Equal to the last bit."""
    same = all(np.array_equal(ours[name], peer[name], equal_nan=name == "minutes") for name in ("minutes", "facility"))
    return ("yes", "") if same else ("no", "minutes or facilities differ")


def main() -> None:
    """Serve one side."""
    change, way = sys.argv[1:]
    serve(lambda: WhatIf(request_of(open_demo()), change, reuse=way == "reuse"))


if __name__ == "__main__":
    main()
