"""The large run: one `coverage` command on a million nodes; and T30 of the acceptance list, where others took hours."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.bench import Bench
from benchmarks.measure import Row
from benchmarks.networks import WALK_MPS, Place
from benchmarks.serve import BenchError
from geo.paths import ROOT_DIR

__all__ = ["CommandError", "Job", "large", "long_jobs", "run_command", "write_points"]

#: How far places lie from a junction at most, in degrees: some 50 m.
_SCATTER_DEG = 5e-4
_SEED = 7


class CommandError(BenchError):
    """A command failed; the message is the end of what it said."""


@dataclass(frozen=True)
class Job:
    """One call of the `coverage` command.

    Parameters
    ----------
    place
        The roads.
    facilities, demand
        How many.
    per_facility
        Also an area for each facility.
    """

    place: Place
    facilities: int
    demand: int
    per_facility: bool = False

    def work(self) -> str:
        """For the table."""
        own = ", an area of each" if self.per_facility else ""
        return (
            f"`coverage` from files to files: {self.facilities:,} facilities{own}, {self.demand:,} places; "
            f"{self.place.size}"
        )

    def arguments(self, folder: Path) -> list[str]:
        """Write the inputs and give the command line."""
        sites, people, out = folder / "facilities.csv", folder / "demand.csv", folder / "result"
        write_points(self.place, self.facilities, "facility_id", sites)
        write_points(self.place, self.demand, "demand_id", people)
        files = ["--roads", self.place.roads, "--facilities", sites, "--demand", people, "--out", out]
        chosen = ["--profile", "adult", "--speed-mps", WALK_MPS, "--minutes", "5,10,15"]
        return ["coverage", *map(str, (*files, *chosen)), *(["--per-facility"] if self.per_facility else [])]


def write_points(place: Place, count: int, name: str, path: Path) -> None:
    """So many places beside random nodes, as a table with people in it."""
    rng = np.random.default_rng([_SEED, count])
    with np.load(place.arcs) as arcs:
        lonlat = arcs["lonlat"][rng.choice(np.unique(arcs["tail"]), count)]
    lonlat += rng.uniform(-_SCATTER_DEG, _SCATTER_DEG, lonlat.shape)
    table = pd.DataFrame(lonlat.round(7), columns=["lon", "lat"])
    table.insert(0, name, [f"{name[0].upper()}{number:07}" for number in range(count)])
    table["pop"] = rng.integers(1, 100, count)
    table.to_csv(path, index=False)


def run_command(arguments: Sequence[str], home: Path) -> tuple[float, float | None]:
    """Run one of our commands as a user does: seconds, and the most memory it held in MiB where the system tells.

    Parameters
    ----------
    arguments
        After ``cli.py``.
    home
        The user's folder, where networks are kept.

    Raises
    ------
    CommandError
        When the command fails.
    """
    command = [sys.executable, "cli.py", *arguments]
    begun = time.perf_counter()
    with (home / "said.txt").open("w+b") as said:
        env = {**os.environ, "QUARTERHOUR_HOME": str(home)}
        process = subprocess.Popen(command, cwd=ROOT_DIR, env=env, stdout=said, stderr=subprocess.STDOUT)
        if sys.platform == "win32":
            code, peak = process.wait(), None
        else:
            _, status, usage = os.wait4(process.pid, 0)
            code = process.returncode = os.waitstatus_to_exitcode(status)
            peak = usage.ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)
        took = time.perf_counter() - begun
        if code != 0:
            said.seek(0)
            raise CommandError(said.read().decode("utf-8", errors="replace")[-2000:])
    return took, peak


def _rows(name: str, bench: Bench, job: Job, most_s: str, most_mib: str) -> Iterator[Row]:
    home = bench.folder / f"{name}-{job.facilities}"
    home.mkdir()
    arguments = job.arguments(home)
    for words in ("first time: the network is built", "again: the network is there"):
        took, peak = run_command(arguments, home)
        yield Row(name, job.work(), words, ours_took=(took,), target=most_s, note="one run")
        if peak is not None:
            yield Row(name, job.work(), "most memory", ours_took=(peak,), unit="MiB", target=most_mib)


def large(bench: Bench) -> Iterator[Row]:
    """A million nodes, ten thousand facilities, half a million places."""
    job = Job(bench.large, bench.sizes.facilities, bench.sizes.demand)
    yield from _rows("large", bench, job, "", "< 4,096 MiB")


def long_jobs(bench: Bench) -> Iterator[Row]:
    """T30: an area for each of 1,000 facilities on some 200,000 edges; 49,000 places on 1.3 million edges."""
    sizes = bench.sizes
    own = Job(bench.middle, sizes.areas, sizes.areas * 5, per_facility=True)
    yield from _rows("T30", bench, own, "< 60 s", "< 2,048 MiB")
    many = Job(bench.large, sizes.facilities, sizes.demand * 49 // 500)
    yield from _rows("T30", bench, many, "< 600 s", "")
