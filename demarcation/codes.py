"""Numbers of stakes: what each place of a full number means, by schemes that are data."""

import re
from dataclasses import dataclass
from functools import lru_cache

from demarcation.rules import Rules

__all__ = ["Number", "full_number", "split_number"]


@dataclass(frozen=True)
class Number:
    """The parts of a full number.

    Parameters
    ----------
    line
        Code of the line.
    serial
        Of the stake on its line, from 1.
    kind
        ``Q`` single, ``A`` and ``B`` double, ``C``, ``D``, ``E`` triple; ``""`` where the scheme has none.
    """

    line: str
    serial: int
    kind: str


def split_number(text: str, rules: Rules) -> Number | None:
    """The parts of a full number by the first scheme that fits; None where none does.

    Examples
    --------
    >>> from demarcation.rules import load_rules
    >>> split_number("9916005Q", load_rules()), split_number("5", load_rules())
    (Number(line='9916', serial=5, kind='Q'), None)
    """
    for scheme in rules.K4.schemes:
        match = _compiled(scheme).fullmatch(text)
        if match:
            parts = match.groupdict()
            return Number(parts.get("line") or "", int(parts["serial"]), parts.get("kind") or "")
    return None


def full_number(line: str, serial: int, kind: str) -> str:
    """A number in full: line code, three places of serial, type code where known.

    Examples
    --------
    >>> full_number("9916", 5, "Q"), full_number("9916", 5, "")
    ('9916005Q', '9916005')
    """
    return f"{line}{serial:03d}{kind}"


@lru_cache(maxsize=64)
def _compiled(scheme: str) -> re.Pattern[str]:
    return re.compile(scheme)
