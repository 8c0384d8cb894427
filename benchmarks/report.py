"""The table: on the terminal, as JSON, and in docs/performance.md."""

import dataclasses
import datetime as dt
import itertools
import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.bench import Sizes
from benchmarks.measure import Row
from geo.errors import OutputError
from geo.paths import ROOT_DIR, VERSION
from geo.write import write_text

__all__ = ["as_json", "cells", "markdown", "print_table", "put_into_page"]

_HEAD = ("ours", "", "peer", "", "ratio", "target", "same answer", "note")
_BEGIN, _END = "<!-- figures: written by make bench -->", "<!-- end of figures -->"
_MILLI_BELOW_S = 0.1


def _figure(value: float | None, unit: str) -> str:
    if value is None:
        return "–"
    if unit == "s":
        return f"{value * 1000:.3g} ms" if value < _MILLI_BELOW_S else f"{value:.3g} s"
    return f"{value:.3f}" if unit == "F1" else f"{value:,.4g} {unit}"


def cells(row: Row) -> tuple[str, ...]:
    """A line of the table."""
    ratio = "–" if row.ratio is None else f"{row.ratio:.3g}×{' of it' if row.yardstick else ''}"
    return (
        row.ours or "–",
        _figure(row.ours_median, row.unit),
        row.peer or "–",
        _figure(row.peer_median, row.unit),
        ratio,
        row.target or "–",
        row.same or "–",
        row.note,
    )


def _groups(rows: Sequence[Row]) -> list[tuple[str, list[tuple[str, ...]]]]:
    """The lines of the table under what is done, in the order measured."""
    return [
        (f"{workload}  {work}", [cells(row) for row in some])
        for (workload, work), some in itertools.groupby(rows, key=lambda row: (row.workload, row.work))
    ]


def print_table(rows: Sequence[Row]) -> None:
    """One table on the standard output."""
    groups = _groups(rows)
    lines = [_HEAD, *(line for _, some in groups for line in some)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(_HEAD) - 1)]

    def put(line: tuple[str, ...]) -> None:
        padded = [cell.ljust(width) for cell, width in zip(line, widths, strict=False)]
        print("  " + "  ".join([*padded, line[-1]]).rstrip())

    put(_HEAD)
    for title, some in groups:
        print(f"\n{title}")
        for line in some:
            put(line)


def as_json(rows: Sequence[Row], machine: dict[str, Any], sizes: Sizes) -> str:
    """Everything that was measured."""
    whole = {
        "version": VERSION,
        "commit": _commit(),
        "measured": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "machine": machine,
        "sizes": dataclasses.asdict(sizes),
        "rows": [
            {
                **dataclasses.asdict(row),
                "facts": dict(row.facts),
                "ours_median": row.ours_median,
                "peer_median": row.peer_median,
                "ratio": row.ratio,
            }
            for row in rows
        ],
    }
    return json.dumps(whole, ensure_ascii=False, indent=1) + "\n"


def _commit() -> str:
    try:
        git = subprocess.run(
            ["git", "describe", "--always", "--dirty"],  # noqa: S607 - whichever git there is
            cwd=ROOT_DIR, capture_output=True, encoding="utf-8", check=False,
        )  # fmt: skip
    except OSError:
        return ""
    return git.stdout.strip()


def markdown(rows: Sequence[Row], machine: dict[str, Any]) -> str:
    """The table for a page, with what it was measured on."""
    versions = ", ".join(f"{name} {version}" for name, version in machine["versions"].items())
    about = (
        f"{machine['processor']}, {machine['cores']} cores, {machine['memory_gib']} GiB, {machine['system']}, "
        f"Python {machine['python']}; {versions}."
    )
    parts = [about]
    for title, some in _groups(rows):
        lines = [_HEAD, ("---",) * len(_HEAD), *some]
        parts.append(f"**{title}**\n\n" + "\n".join("| " + " | ".join(line) + " |" for line in lines))
    return "\n\n".join(parts) + "\n"


def put_into_page(page: Path, text: str) -> None:
    """Replace what stands between the two marks of a page.

    Raises
    ------
    OutputError
        When the page has no marks.
    """
    before, begin, rest = page.read_text(encoding="utf-8").partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if not (begin and end):
        raise OutputError("output_failed", path=page.name, reason=f"{_BEGIN} … {_END}")
    write_text(page, f"{before}{begin}\n{text}{end}{after}")
