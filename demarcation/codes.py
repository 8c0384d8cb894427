"""Stake numbers by configurable patterns: the line, the serial on it, and the type code."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from demarcation.rules import Rules

__all__ = ["Number", "full_number", "like_number", "plain_number", "split_number", "split_numbers"]

#: Longer texts are no numbers: a pattern of the user's own may take very long over them.
_LONGEST = 40


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


def plain_number(text: str) -> str:
    """A number or code as it is compared: half-width, without blanks.

    Examples
    --------
    >>> plain_number(" ９９１６ 005Ｑ")
    '9916005Q'
    """
    return "".join(unicodedata.normalize("NFKC", text).split())


def split_number(text: str, rules: Rules) -> Number | None:
    """The parts of a full number by the first scheme that fits; None where none does.

    Examples
    --------
    >>> from demarcation.rules import load_rules
    >>> split_number("9916005Q", load_rules()), split_number("5", load_rules())
    (Number(line='9916', serial=5, kind='Q'), None)
    """
    return split_numbers([text], rules)[0]


def split_numbers(texts: Sequence[str], rules: Rules) -> list[Number | None]:
    """The parts of the numbers of one line, all by one scheme: the first that fits all, else the one that fits most.

    Examples
    --------
    >>> from demarcation.rules import load_rules
    >>> [number and number.serial for number in split_numbers(["9916005Q", "９９１６００６Ａ", "7"], load_rules())]
    [5, 6, None]
    """
    plain = [plain_number(text) for text in texts]
    scheme = _scheme(plain, rules)
    return [_split(text, scheme) for text in plain]


def full_number(line: str, serial: int, kind: str) -> str:
    """A number in full: line code, three places of serial, type code where known.

    Examples
    --------
    >>> full_number("9916", 5, "Q"), full_number("9916", 5, "")
    ('9916005Q', '9916005')
    """
    return f"{line}{serial:03d}{kind}"


def like_number(samples: Sequence[str], serial: int, kind: str, rules: Rules) -> str:
    """Another number of the line of some samples, spelled as they are; ``""`` where no scheme fits them.

    Examples
    --------
    >>> from demarcation.rules import load_rules
    >>> like_number(["9916005Q"], 12, "A", load_rules()), like_number(["9916005Q"], 12, "", load_rules())
    ('9916012A', '9916012')
    """
    plain = [plain_number(text) for text in samples]
    scheme = _scheme(plain, rules)
    sample = next((text for text in plain if _split(text, scheme) is not None), "")
    match = _compiled(scheme).fullmatch(sample)
    if match is None:
        return ""
    width = match.end("serial") - match.start("serial")
    parts = [(match.span("serial"), f"{serial:0{width}d}")]
    if match.groupdict().get("kind") is not None:
        parts.append((match.span("kind"), kind))
    for (start, end), text in sorted(parts, reverse=True):
        sample = sample[:start] + text + sample[end:]
    return sample


def _scheme(plain: Sequence[str], rules: Rules) -> str:
    """The first scheme of those that fit most."""
    return max(rules.K4.schemes, key=lambda scheme: sum(_split(text, scheme) is not None for text in plain))


def _split(plain: str, scheme: str) -> Number | None:
    match = _compiled(scheme).fullmatch(plain) if len(plain) <= _LONGEST else None
    if match is None:
        return None
    parts = match.groupdict()
    serial = parts["serial"] or ""
    # Serials begin with 001.
    if not serial.isdecimal() or int(serial) == 0:
        return None
    return Number(parts["line"] or "", int(serial), parts.get("kind") or "")


@lru_cache(maxsize=64)
def _compiled(scheme: str) -> re.Pattern[str]:
    return re.compile(scheme)
