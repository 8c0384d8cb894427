"""One side of a comparison, in a process of its own: it builds once, then runs whenever it is told to.

Needs numpy alone, because peers run it in environments without our packages. On the process's standard input come the
words ``run`` and ``save PATH``; on its standard output goes one JSON object for each of them, and one before the first.
"""

import json
import os
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

__all__ = ["Answer", "BenchError", "Job", "peak_mib", "serve", "stopwatch"]

Answer = Mapping[str, npt.NDArray[Any]]


class BenchError(Exception):
    """Something could not be measured; the message says why."""


class Job(Protocol):
    """Work that was prepared and can be done again and again.

    Attributes
    ----------
    version
        Of the library that does it.
    share
        The part of the whole work that one run does; below 1 where the whole would take too long.
    """

    version: str
    share: float

    def run(self) -> float:
        """Do it, and tell the seconds that count."""
        ...

    def answer(self) -> Answer:
        """What it finds; off the clock."""
        ...


def stopwatch(work: Callable[[], object]) -> float:
    """Seconds that some work takes."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def peak_mib() -> float | None:
    """Largest memory that this process has held so far, in MiB; None where the system does not tell."""
    if sys.platform == "win32":
        return None
    import resource  # noqa: PLC0415 - not on Windows

    unit = 2**20 if sys.platform == "darwin" else 2**10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


def serve(make: Callable[[], Job]) -> None:
    """Build the job, then answer until the input ends.

    What a library prints goes to the standard error, so that only our own lines are on the output.
    """
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)

    def tell(**facts: object) -> None:
        out.write(json.dumps(facts) + "\n")
        out.flush()

    begun = time.perf_counter()
    job = make()
    tell(version=job.version, share=job.share, build_s=time.perf_counter() - begun)
    for line in sys.stdin:
        word, _, path = line.strip().partition(" ")
        if word == "run":
            tell(seconds=job.run())
        else:
            np.savez(Path(path), allow_pickle=False, **job.answer())
            tell(peak_mib=peak_mib())
