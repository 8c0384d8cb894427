"""Two sides timed in turn, and what is told of it."""

import dataclasses
import importlib.metadata
import os
import platform
import statistics
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from benchmarks.serve import Answer
from benchmarks.sides import Side

__all__ = ["Row", "Same", "Unit", "alone", "compare", "machine"]

Unit = Literal["s", "MiB", "byte/arc", "F1"]
#: Yes, no, or nothing to compare; and what is to be said of it.
Same = tuple[Literal["yes", "no", ""], str]


@dataclass(frozen=True)
class Row:
    """One line of the table.

    Parameters
    ----------
    workload
        ``P1`` and so on, as docs/performance.md names them.
    work
        What is done, and its size.
    ours
        Which way of ours.
    peer
        Whom it is compared with; empty: nobody.
    ours_took, peer_took
        Samples in ``unit``, of the whole work; empty where there is none.
    target
        What docs/performance.md asks for, in words.
    same
        Whether both found the same.
    note
        What a reader must know about this line.
    yardstick
        The peer is no rival but a measure; the ratio tells how many times it ours takes.
    facts
        Further figures for the file: how long each side took to build, memory, versions.
    """

    workload: str
    work: str
    ours: str
    peer: str = ""
    ours_took: tuple[float, ...] = ()
    peer_took: tuple[float, ...] = ()
    unit: Unit = "s"
    target: str = ""
    same: Literal["yes", "no", ""] = ""
    note: str = ""
    yardstick: bool = False
    facts: tuple[tuple[str, Any], ...] = ()

    @property
    def ours_median(self) -> float | None:
        """Median of our samples."""
        return statistics.median(self.ours_took) if self.ours_took else None

    @property
    def peer_median(self) -> float | None:
        """Median of the peer's samples."""
        return statistics.median(self.peer_took) if self.peer_took else None

    @property
    def ratio(self) -> float | None:
        """How many times as long as ours the peer takes; with a yardstick, how many times it ours takes."""
        ours, peer = self.ours_median, self.peer_median
        if not ours or not peer:
            return None
        return ours / peer if self.yardstick else peer / ours


def compare(row: Row, ours: Side, peer: Side, check: Callable[[Answer, Answer], Same], *, rounds: int) -> Row:
    """Time two sides in turn and hold their answers together.

    Each runs once off the clock. Then they take turns, and who is first changes from round to round.

    Parameters
    ----------
    row
        What is compared, without figures.
    ours, peer
        Sides that are ready.
    check
        Told both answers.
    rounds
        Samples of each side.
    """
    ours.run()
    peer.run()
    took: dict[bool, list[float]] = {True: [], False: []}
    for number in range(rounds):
        for is_ours in (True, False) if number % 2 == 0 else (False, True):
            side = ours if is_ours else peer
            took[is_ours].append(side.run() / side.share)
    same, note = check(ours.answer(), peer.answer())
    facts = {
        "ours_build_s": ours.build_s,
        "peer_build_s": peer.build_s,
        "peer_version": peer.version,
        "peer_share": peer.share,
        "ours_peak_mib": getattr(ours, "peak_mib", None),
        "peer_peak_mib": getattr(peer, "peak_mib", None),
    }
    return dataclasses.replace(
        row,
        ours_took=tuple(took[True]),
        peer_took=tuple(took[False]),
        same=same,
        note="; ".join(part for part in (row.note, note) if part),
        facts=(*row.facts, *facts.items()),
    )


def alone(row: Row, side: Side, *, rounds: int) -> Row:
    """Time one side that has nobody beside it; it runs once off the clock."""
    side.run()
    return dataclasses.replace(row, ours_took=tuple(side.run() / side.share for _ in range(rounds)))


def machine() -> dict[str, Any]:
    """What the figures were measured on."""
    libraries = ("numpy", "scipy", "numba", "geopandas", "shapely", "osmium", "networkx", "streamlit")
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_gib": _memory_gib(),
        "system": platform.system(),
        "python": platform.python_version(),
        "load_before": list(os.getloadavg()) if hasattr(os, "getloadavg") else None,
        "versions": {name: importlib.metadata.version(name) for name in libraries},
    }


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    if info.is_file():
        for line in info.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def _memory_gib() -> int | None:
    try:
        return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30)
    except (AttributeError, ValueError, OSError):
        return None
