"""Sides of a comparison as the table's maker sees them: processes that run when told to."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from benchmarks.serve import Answer, BenchError
from geo.paths import ROOT_DIR

__all__ = [
    "PEERS_PYTHON",
    "Side",
    "SideError",
    "has_pgrouting",
    "ours",
    "peer",
    "python_with",
    "running",
    "without_runner",
]

#: Made by ``bootstrap.py bench --with-peers`` for libraries that are no part of this project.
PEERS_PYTHON = ROOT_DIR / ".venv-bench" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


class SideError(BenchError):
    """A side ended before it answered; the message is the last it said."""


class Side(Protocol):
    """Somebody who does a piece of work again and again.

    Attributes
    ----------
    name
        Who.
    version
        Of the library.
    share
        The part of the whole work that one run does.
    build_s
        Seconds to prepare.
    """

    name: str
    version: str
    share: float
    build_s: float

    def run(self) -> float:
        """Do it, and tell the seconds."""
        ...

    def answer(self) -> Answer:
        """What it finds."""
        ...


class _Process:
    """A process that runs :func:`benchmarks.serve.serve`."""

    def __init__(self, name: str, process: "subprocess.Popen[str]", errors: Path) -> None:
        self.name, self._process, self._errors = name, process, errors
        hello = self._heard()
        self.version, self.share = str(hello["version"]), float(hello["share"])
        self.build_s = float(hello["build_s"])
        self.peak_mib: float | None = None

    def _heard(self) -> dict[str, Any]:
        line = self._process.stdout.readline() if self._process.stdout else ""
        if not line:
            said = self._errors.read_text(encoding="utf-8", errors="replace").strip().splitlines()
            raise SideError(said[-1] if said else "ended without a word")
        heard: dict[str, Any] = json.loads(line)
        return heard

    def _tell(self, words: str) -> dict[str, Any]:
        if self._process.stdin is None:
            raise SideError("has no input")
        self._process.stdin.write(words + "\n")
        self._process.stdin.flush()
        return self._heard()

    def run(self) -> float:
        return float(self._tell("run")["seconds"])

    def answer(self) -> Answer:
        path = self._errors.with_suffix(".npz")
        self.peak_mib = self._tell(f"save {path}")["peak_mib"]
        with np.load(path) as found:
            answer = dict(found)
        path.unlink()
        return answer


@contextmanager
def running(name: str, *command: str) -> Iterator[_Process]:
    """Start a side; it ends with the block.

    Parameters
    ----------
    name
        Who it is, for the table.
    command
        Interpreter and arguments.

    Raises
    ------
    SideError
        When it ends before it is ready.
    """
    with tempfile.TemporaryDirectory() as folder:
        errors = Path(folder) / "said.txt"
        with (
            errors.open("wb") as said,
            subprocess.Popen(
                command, cwd=ROOT_DIR, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=said, encoding="utf-8"
            ) as process,
        ):
            try:
                yield _Process(name, process, errors)
            finally:
                process.kill()


def ours(what: str, threads: int, arcs: Path, task: Path) -> AbstractContextManager[Side]:
    """Our engine: ``nearest`` or ``each``; or what lies under it: ``floor`` or ``floor-ms``."""
    name = {1: "1 thread"}.get(threads, f"{threads} threads")
    return running(name, sys.executable, "-m", "benchmarks.ours", what, str(threads), str(arcs), str(task))


def peer(library: str, python: str, task_name: str, arcs: Path, task: Path) -> AbstractContextManager[Side]:
    """Another library, for ``nearest`` or ``each``, run by the Python that has it."""
    return running(library, python, "-m", "benchmarks.peers", library, task_name, str(arcs), str(task))


@cache
def has_pgrouting() -> bool:
    """Whether the PostgreSQL server of this computer has the extension."""
    psql = shutil.which("psql")
    if psql is None:
        return False
    asked = [psql, "-XAtqw", "-c", "select 1 from pg_available_extensions where name = 'pgrouting'"]
    try:
        return subprocess.run(asked, capture_output=True, timeout=10, check=False).stdout.strip() == b"1"
    except (OSError, subprocess.TimeoutExpired):
        return False


def without_runner(*, installed: bool) -> str:
    """What is said of a peer that nobody has written a runner for."""
    return "skipped: there is no runner for it here" if installed else "skipped: not installed"


@cache
def python_with(library: str) -> str | None:
    """The Python that can import a library: this one, or that of ``.venv-bench``; None: neither."""
    for python in (sys.executable, str(PEERS_PYTHON)):
        command = [python, "-c", f"import {library}"]
        try:
            if subprocess.run(command, cwd=ROOT_DIR, capture_output=True, check=False).returncode == 0:
                return python
        except OSError:
            continue
    return None
