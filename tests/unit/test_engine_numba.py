"""Our folder ``coverage`` has the name of a tool that numba looks for: a fresh interpreter proves that both work."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest


def run(root: Path, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=root, capture_output=True, text=True, encoding="utf-8", timeout=240, check=False)


def python(root: Path, code: str) -> subprocess.CompletedProcess[str]:
    return run(root, sys.executable, "-c", code)


COMPILES = """
import {first}
import {second}
import sys
from geo.jit import numba

@numba.njit
def add(a, b):
    return a + b

import coverage
assert coverage.__file__.endswith({ours!r}), coverage.__file__
assert sys.modules["coverage"] is coverage
assert add(1, 2) == 3 and add.signatures, "not compiled"
import coverage.run
print("both", numba.__version__)
"""


@pytest.mark.parametrize(("first", "second"), [("geo.jit", "coverage"), ("coverage", "geo.jit")])
def test_numba_compiles_beside_our_coverage(root: Path, first: str, second: str) -> None:
    ours = str(Path("coverage") / "__init__.py")
    done = python(root, COMPILES.format(first=first, second=second, ours=ours))
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("both")


def test_without_the_module_the_name_is_in_the_way(root: Path) -> None:
    """Why it is there: should numba one day not look for coverage.py at all, this test says that it may go."""
    done = python(root, "import coverage, numba")
    assert done.returncode != 0


def test_eight_threads_may_be_the_first_at_once(root: Path) -> None:
    """Two users open the app at one moment: the import lock makes one wait."""
    code = """
import threading, importlib
found, start = [], threading.Barrier(8)
def first():
    start.wait()
    importlib.import_module("geo.jit")
    found.append(importlib.import_module("coverage").__file__)
threads = [threading.Thread(target=first) for _ in range(8)]
[t.start() for t in threads]; [t.join() for t in threads]
assert len(found) == 8 and len(set(found)) == 1, found
from geo.jit import numba
assert numba.njit(lambda x: x * 2)(21) == 42
"""
    done = python(root, code)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("way", ["python -m pytest", "pytest"])
def test_pytest_collects(root: Path, way: str) -> None:
    found = shutil.which("pytest", path=str(Path(sys.executable).parent))
    command = [sys.executable, "-m", "pytest"] if way == "python -m pytest" or found is None else [found]
    done = run(root, *command, "--collect-only", "-q", "tests/unit/test_engine_numba.py", "tests/golden")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "test_numba_compiles_beside_our_coverage" in done.stdout
    assert "test_reach_from_the_middle_of_a_long_edge" in done.stdout
