"""The sentences that users read about errors and findings: one table, two languages."""

import os
import string
import tomllib
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

__all__ = ["LANGUAGES", "codes", "language", "printable", "row_list", "text"]

LANGUAGES = ("zh", "en")
_FOLDER = Path(__file__).with_name("sentences")
#: How many row numbers a sentence lists before it says how many more there are.
_ROWS_SHOWN = 10


@cache
def _table() -> dict[str, dict[str, str]]:
    table: dict[str, dict[str, str]] = {}
    for path in sorted(_FOLDER.glob("*.toml")):
        table.update(tomllib.loads(path.read_text(encoding="utf-8")))
    return table


def codes() -> frozenset[str]:
    """All codes that have a sentence."""
    return frozenset(_table())


def language(lang: str | None = None) -> str:
    """The language asked for, else that of ``QUARTERHOUR_LANG``, else Chinese."""
    chosen = lang or os.environ.get("QUARTERHOUR_LANG", "zh")
    return chosen if chosen in LANGUAGES else "zh"


def row_list(rows: Sequence[int | str]) -> str:
    """Row numbers, or other ids, as text, cut after the first ten.

    Examples
    --------
    >>> row_list([2, 5, 9])
    '2, 5, 9'
    """
    shown = ", ".join(str(row) for row in rows[:_ROWS_SHOWN])
    return f"{shown} … (+{len(rows) - _ROWS_SHOWN})" if len(rows) > _ROWS_SHOWN else shown


class _Facts(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "?"


def text(code: str, lang: str | None = None, **facts: object) -> tuple[str, str]:
    """Sentence and mend of a code, with the facts filled in.

    Parameters
    ----------
    code
        Key of a table in ``sentences/*.toml``.
    lang
        ``zh`` or ``en``; default by :func:`language`.
    facts
        Values for the names in braces. A fact that a sentence names and the caller did not give shows as ``?``.

    Returns
    -------
    tuple of str
        ``(message, hint)``; the hint may be empty.
    """
    entry = _table()[code]
    chosen = language(lang)
    formatter = string.Formatter()
    values = _Facts({name: printable(value) for name, value in facts.items()})
    return (
        formatter.vformat(entry[chosen], (), values),
        formatter.vformat(entry.get(f"{chosen}_hint", ""), (), values),
    )


def printable(value: object) -> object:
    """Text from data without control characters and line breaks, so that it cannot forge log lines or tables."""
    if isinstance(value, str):
        return "".join(c if c.isprintable() else "�" for c in value)[:200]
    return value
