"""The table in ``tests/README.md``: every row is there, and so is every test that it names."""

import ast
import re
from pathlib import Path

ROWS = [*(f"T{i:02}" for i in (*range(1, 28), 29, 30, *range(34, 38))), *(f"D{i:02}" for i in range(1, 26)), "D28",
        "C05", "C06", "C11", *(f"P{i:02}" for i in (*range(1, 15), 16, 17, 18))]  # fmt: skip


def table(root: Path) -> dict[str, list[str]]:
    """Tests by row."""
    text = (root / "tests" / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| ([TDPC]\d\d) \| [^|]+ \| (.+) \|$", text, re.MULTILINE)
    return {key: re.findall(r"[\w/]+\.py::\w+", tests) for key, tests in rows}


def test_every_row_is_guarded(root: Path) -> None:
    guards = table(root)
    assert set(ROWS) <= set(guards)
    # The last is about seconds, on which no test may assert.
    assert [key for key, tests in guards.items() if not tests] == ["T30"]


def test_every_guard_is_there(root: Path) -> None:
    named = {name for tests in table(root).values() for name in tests}
    there = {
        f"{path.relative_to(root / 'tests').as_posix()}::{node.name}"
        for path in (root / "tests").rglob("test_*.py")
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef)
    }
    assert named - there == set()
