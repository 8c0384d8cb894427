"""``python -m benchmarks``: measure, print one table, write it as JSON."""

import geo.jit  # noqa: F401, I001  # first: it hides our folder `coverage` while numba is imported

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from benchmarks import areas, large, memory, opening, report, searches, two_sessions, what_if
from benchmarks.bench import FULL, QUICK, Bench
from benchmarks.measure import Row, machine
from benchmarks.serve import BenchError
from geo.paths import ROOT_DIR
from geo.write import write_text

__all__ = ["WORKLOADS", "main", "measured"]

#: What can be measured, in the order of the table.
WORKLOADS: Mapping[str, Callable[[Bench], Iterator[Row]]] = MappingProxyType(
    {
        "P1": searches.nearest,
        "P2": searches.each,
        "P3": areas.areas,
        "P4": opening.opening,
        "P5": memory.bytes_per_arc,
        "P6": what_if.what_if,
        "P8": two_sessions.two_sessions,
        "large": large.large,
        "T30": large.long_jobs,
    }
)


def measured(bench: Bench, chosen: Sequence[str]) -> list[Row]:
    """All rows of some workloads; each is told on the standard error when it is there."""
    rows = []
    for name in chosen:
        try:
            for row in WORKLOADS[name](bench):
                rows.append(row)
                _tell(row)
        except BenchError as error:
            rows.append(Row(name, "", "", note=f"failed: {error}"))
            _tell(rows[-1])
        except KeyboardInterrupt:
            rows.append(Row(name, "", "", note="interrupted"))
            break
    return rows


def _tell(row: Row) -> None:
    print(f"[{time.strftime('%H:%M:%S')}] {row.workload} " + " | ".join(report.cells(row)), file=sys.stderr)


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the command line and measure."""
    parser = argparse.ArgumentParser(prog="make bench ARGS=…", description="Measure the engine beside its peers.")
    parser.add_argument("--quick", action="store_true", help="small sizes, to see that it works")
    parser.add_argument("--only", action="append", choices=WORKLOADS, help="this workload only; repeatable")
    parser.add_argument("--out", type=Path, default=ROOT_DIR / "out" / "bench", help="folder for bench.json")
    parser.add_argument("--page", type=Path, help="also put the table into this page, e.g. docs/performance.md")
    given = parser.parse_args(arguments)
    sizes = QUICK if given.quick else FULL
    on = machine()
    given.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=given.out) as folder:
        rows = measured(Bench(sizes, Path(folder)), given.only or list(WORKLOADS))
    write_text(given.out / "bench.json", report.as_json(rows, on, sizes))
    if given.page:
        report.put_into_page(given.page, report.markdown(rows, on))
    report.print_table(rows)
    if given.quick:
        print("\n--quick: sizes this small say that it works, and nothing about speed.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
