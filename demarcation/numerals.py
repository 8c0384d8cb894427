"""Lengths as people write them in prose: 1.2公里, 1,200米, 一千二百米, 一公里半."""

import math
import re
from dataclasses import dataclass
from typing import Final

__all__ = ["LENGTH", "Length", "chinese_number", "parse_length"]

_DIGITS = {letter: value for value, letter in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_TIMES = {"十": 10, "百": 100, "千": 1000}
_MYRIAD = 10_000
#: Letters of Chinese numbers.
NUMERAL: Final = "零〇一二两三四五六七八九十百千万点半"
_UNITS_M = {"公里": 1000.0, "千米": 1000.0, "km": 1000.0, "米": 1.0, "m": 1.0, "里": 500.0, "华里": 500.0}
#: Finds a length in a text of half-width letters; every part of it is bounded. 里 also ends names of villages.
LENGTH: Final = (
    rf"(?<![0-9A-Za-z.{NUMERAL}])(?:\d{{1,3}}(?:,\d{{3}}){{1,3}}(?:\.\d{{1,6}})?|\d{{1,9}}(?:\.\d{{1,6}})?"
    rf"|[{NUMERAL}]{{1,16}})\s?[百千万]?[余多]?(?:公里|千米|[kK][mM](?![A-Za-z])|米|[mM](?![A-Za-z])|华里"
    r"|里(?=[^\u4e00-\u9fff]|$|处|左右|许|至|到|后))半?"
)
_PARTS = re.compile(
    rf"(?:(\d[\d,]*(?:\.\d+)?)\s?([百千万]?)|([{NUMERAL}]+)\s?)[余多]?(公里|千米|km|米|m|华里|里)(半?)", re.IGNORECASE
)


@dataclass(frozen=True)
class Length:
    """A length that a text gives.

    Parameters
    ----------
    metres
        Its value.
    half_m
        Half a unit of its last place: what rounding may have taken or added.
    """

    metres: float
    half_m: float

    def __add__(self, other: "Length") -> "Length":
        """One after the other: 1公里200米 is as exact as its metres."""
        return Length(self.metres + other.metres, min(self.half_m, other.half_m))


def parse_length(text: str) -> Length | None:
    """A length with its unit; None where it is none.

    Examples
    --------
    >>> parse_length("1.2公里"), parse_length("一千二百零五米"), parse_length("二十千米")
    (Length(metres=1200.0, half_m=50.0), Length(metres=1205.0, half_m=0.5), Length(metres=20000.0, half_m=500.0))
    >>> parse_length("一公里半"), parse_length("十十米") is None
    (Length(metres=1500.0, half_m=250.0), True)
    """
    match = _PARTS.fullmatch(text)
    if not match:
        return None
    figures, times, spoken, unit, half = match.groups(default="")
    scale = _UNITS_M[unit.lower()] * {"": 1, "百": 100, "千": 1000, "万": _MYRIAD}[times]
    value: float | None
    if figures:
        value, places = float(figures.replace(",", "")), len(figures.partition(".")[2])
    else:
        value, places = chinese_number(spoken), len(spoken.partition("点")[2])
        if value is None and unit == "米":  # 二十千米 is 20 km, not 20 thousand of a number
            value, scale = chinese_number(spoken.removesuffix("千")), 1000.0
    if value is None:
        return None
    half_m = scale * 10.0**-places / 2
    return Length(scale * (value + 0.5), half_m / 2) if half else Length(scale * value, half_m)


def chinese_number(text: str) -> float | None:
    """A number below 10^8 in Chinese letters; None where it is none.

    Examples
    --------
    >>> [chinese_number(text) for text in ("十二", "一万零三百", "一点二五", "二〇五", "两百五", "半", "百十")]
    [12.0, 10300.0, 1.25, 205.0, 250.0, 0.5, None]
    """
    if text == "半":
        return 0.5
    whole, point, places = text.partition("点")
    if point:
        number = _whole(whole)
        if number is None or not places or any(letter not in _DIGITS for letter in places):
            return None
        return number + math.fsum(_DIGITS[letter] / 10**place for place, letter in enumerate(places, start=1))
    number = _whole(whole)
    return None if number is None else float(number)


def _whole(text: str) -> int | None:
    if text and all(letter in _DIGITS for letter in text):
        return int("".join(str(_DIGITS[letter]) for letter in text))
    high, myriad, low = text.partition("万")
    if not myriad:
        return _below_myriad(text)
    above, below = _below_myriad(high), _below_myriad(low) if low else 0
    return None if above is None or below is None else above * _MYRIAD + below


def _below_myriad(text: str) -> int | None:
    """Thousands before hundreds before tens; a last digit without a unit counts tenths: 两百五 is 250."""
    total, digit, last, skipped = 0, None, _MYRIAD, False
    for position, letter in enumerate(text):
        if letter in _TIMES:
            times = _TIMES[letter]
            if times >= last or (digit is None and (times != 10 or position > 0)):  # noqa: PLR2004  # 十二 needs no 一
                return None
            total, digit, last, skipped = total + (1 if digit is None else digit) * times, None, times, False
        elif letter in ("零", "〇"):
            skipped = True
        elif letter in _DIGITS and digit is None:
            digit = _DIGITS[letter]
        else:
            return None
    if digit is not None:
        total += digit * (last // 10 if not skipped and last > 10 and last != _MYRIAD else 1)  # noqa: PLR2004
    return total if text else None
