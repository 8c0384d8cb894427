"""All text of the screens: ``zh.toml`` and ``en.toml`` beside this file, and ``<page>.zh.toml``."""

import math
import tomllib
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path

from geo.paths import DATA_DIR
from reports import look

__all__ = [
    "LANGUAGES",
    "Say",
    "count",
    "decimal",
    "keys",
    "kind_name",
    "known",
    "profiles",
    "sayer",
    "share",
    "signed",
    "text",
]

#: Languages and how each names itself.
LANGUAGES = {"zh": "中文", "en": "English"}
Say = Callable[..., str]


@cache
def _table(lang: str) -> dict[str, str]:
    flat: dict[str, str] = {}
    for file in sorted(Path(__file__).parent.glob(f"*{lang}.toml")):
        _flatten(tomllib.loads(file.read_text(encoding="utf-8")), "", flat)
    return flat


def _flatten(table: dict[str, object], prefix: str, flat: dict[str, str]) -> None:
    for key, value in table.items():
        if isinstance(value, dict):
            _flatten(value, f"{prefix}{key}.", flat)
        else:
            flat[f"{prefix}{key}"] = str(value)


def text(lang: str, key: str, /, **facts: object) -> str:
    """One sentence with its facts filled in.

    Parameters
    ----------
    lang
        ``zh`` or ``en``.
    key
        Dotted name in the TOML files.
    facts
        Values for the names in braces; braces inside a value stay as they are.

    Examples
    --------
    >>> text("en", "control.search_unit", name="A{x}", parent="B")
    'A{x} (B)'
    """
    return _table(lang)[key].format(**facts)


def sayer(lang: str) -> Say:
    """:func:`text` bound to a language."""
    return partial(text, lang)


def known(lang: str, key: str) -> bool:
    """Whether there is a sentence of this name."""
    return key in _table(lang)


def keys(lang: str) -> frozenset[str]:
    """All names, for the test that compares the two languages."""
    return frozenset(_table(lang))


@cache
def profiles() -> dict[str, dict[str, object]]:
    """Ways to travel, in the order of the rules file."""
    table = tomllib.loads((DATA_DIR / "rules" / "profiles.toml").read_text(encoding="utf-8"))
    found: dict[str, dict[str, object]] = table["profile"]
    return found


def kind_name(lang: str, code: str) -> str:
    """Name of a kind; a kind of the user's own shows as it is written."""
    return look.kind_look(code)[lang] or code


def count(value: float) -> str:
    """A whole number with thousands separators.

    Examples
    --------
    >>> count(1234567.2)
    '1,234,567'
    """
    return f"{value:,.0f}"


def decimal(value: float, digits: int = 1) -> str:
    """A number with a fixed number of decimals.

    Examples
    --------
    >>> decimal(14.96)
    '15.0'
    """
    return f"{value:,.{digits}f}"


def signed(value: float) -> str:
    """A whole number with its sign and thousands separators.

    Examples
    --------
    >>> signed(1234), signed(-7.0), signed(0)
    ('+1,234', '-7', '0')
    """
    return f"{value:+,.0f}" if round(value) else "0"


def share(value: float | None) -> str:
    """A share as per cent with one decimal; a dash where there is none. Nearly all is not written as all.

    Examples
    --------
    >>> share(0.8649), share(0.99999), share(None)
    ('86.5%', '99.9%', '–')
    """
    if value is None or not math.isfinite(value):
        return "–"
    shown = round(value * 100, 1)
    if value < 1:
        shown = min(shown, 99.9)
    return f"{shown:.1f}%"
