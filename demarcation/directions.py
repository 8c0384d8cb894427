"""The sixteen words for directions, counted from true north, and what else people write for one."""

import math
import re
import unicodedata
from dataclasses import dataclass
from typing import Final

__all__ = [
    "ANGLE",
    "DIRECTION",
    "ENGLISH",
    "SECTOR_DEG",
    "WORDS",
    "Direction",
    "parse_direction",
    "turned_deg",
    "word_of",
]

#: Clockwise from north, each in the middle of its sector: 北 348°45′ to 11°15′, 北偏东北 11°15′ to 33°45′ and so on.
WORDS: Final = (
    "北", "北偏东北", "东北", "东偏东北", "东", "东偏东南", "东南", "南偏东南",
    "南", "南偏西南", "西南", "西偏西南", "西", "西偏西北", "西北", "北偏西北",
)  # fmt: skip
ENGLISH: Final = (
    "north", "north-north-east", "north-east", "east-north-east", "east", "east-south-east", "south-east",
    "south-south-east", "south", "south-south-west", "south-west", "west-south-west", "west", "west-north-west",
    "north-west", "north-north-west",
)  # fmt: skip
#: Width of a sector.
SECTOR_DEG: Final = 22.5
_HALF_DEG: Final = SECTOR_DEG / 2
_ROUND_DEG: Final = 360.0
_RIGHT_DEG: Final = 90.0

_LETTERS = str.maketrans({"東": "东", "N": "北", "E": "东", "S": "南", "W": "西"})
_MAIN = {"北": 0.0, "东": 90.0, "南": 180.0, "西": 270.0}
_BETWEEN = {
    "东北": 45.0, "北东": 45.0, "东南": 135.0, "南东": 135.0,
    "西南": 225.0, "南西": 225.0, "西北": 315.0, "北西": 315.0,
}  # fmt: skip
_EIGHT = {**_MAIN, **_BETWEEN}
_NUMBER = r"\d{1,3}(?:\.\d{1,6})?"
_ANGLE = rf"({_NUMBER})\s?[°度](?:\s?({_NUMBER})\s?[′'分])?(?:\s?({_NUMBER})\s?(?:″|′′|\"|秒))?"
_ENGLISH_LETTERS = r"[NESW]{1,3}"
_ENGLISH_WORDS = r"(?:(?:north|south|east|west)(?:ern|erly)?[\s-]?){1,3}"
#: Finds an angle in degrees, minutes and seconds in a text.
ANGLE: Final = _ANGLE.replace("(\\d", "(?:\\d")
#: Finds what may be a direction in a text, whole or not at all; :func:`parse_direction` says whether it is one.
# Without possessive quantifiers, which some releases of Python 3.11 match wrongly (CPython issue 106052).
DIRECTION: Final = rf"正?[东南西北東][东南西北東偏]{{0,6}}(?![东南西北東偏])(?:\s?{ANGLE}|(?!\s?{ANGLE}))"
_OF_ANGLE = re.compile(rf"(?:([东南西北])偏?([东南西北])\s?)?{_ANGLE}")
_ENGLISH = re.compile(rf"(?:{_ENGLISH_LETTERS}|{_ENGLISH_WORDS})", re.IGNORECASE)
_QUADRANT = re.compile(rf"([NS])\s?({_ANGLE})\s?([EW])", re.IGNORECASE)
_MOST_LETTERS = 60


@dataclass(frozen=True)
class Direction:
    """What a direction word covers.

    Parameters
    ----------
    text
        As written.
    middle_deg
        From true north, clockwise.
    half_deg
        To either side: half a sector for the sixteen words and for angles.
    """

    text: str
    middle_deg: float
    half_deg: float = _HALF_DEG

    def off_deg(self, azimuth_deg: float) -> float:
        """How far an azimuth is from the middle, 0 to 180.

        Examples
        --------
        >>> Direction("北", 0.0).off_deg(350.0)
        10.0
        """
        return abs(turned_deg(self.middle_deg, azimuth_deg))


def turned_deg(from_deg: float, to_deg: float) -> float:
    """The turn from one azimuth to another: positive clockwise, above -180 to 180.

    Examples
    --------
    >>> turned_deg(350.0, 10.0), turned_deg(10.0, 350.0)
    (20.0, -20.0)
    """
    return _ROUND_DEG / 2 - (_ROUND_DEG / 2 - (to_deg - from_deg)) % _ROUND_DEG


def word_of(azimuth_deg: float, lang: str = "zh") -> str:
    """The word for an azimuth from true north. A sector holds its lower limit: 11°15′ is 北偏东北.

    Examples
    --------
    >>> word_of(11.2), word_of(11.25), word_of(348.75), word_of(-45.0, "en")
    ('北', '北偏东北', '北', 'north-west')
    """
    sector = int((azimuth_deg + _HALF_DEG) % _ROUND_DEG // SECTOR_DEG) % len(WORDS)
    return (WORDS if lang == "zh" else ENGLISH)[sector]


def parse_direction(text: str) -> Direction | None:
    """What people write for a direction; None where it is none.

    Parameters
    ----------
    text
        One of the sixteen words; with 正; 北东, 北北东 (as geologists write); 东北偏北, 北偏东 (everything from the one
        to the other, as people mean different things); 北偏东30°15′, 北东30°, 30°15′; English words, NNE, N 30° E.

    Examples
    --------
    >>> parse_direction("东偏东北")
    Direction(text='东偏东北', middle_deg=67.5, half_deg=11.25)
    >>> parse_direction("向东偏北30°").middle_deg
    60.0
    >>> parse_direction("东西") is None
    True
    """
    if len(text) > _MOST_LETTERS:
        return None
    plain = unicodedata.normalize("NFKC", text).strip().removeprefix("向").removeprefix("往")
    plain = plain.removesuffix("方向").removesuffix("方").strip()
    quadrant = _QUADRANT.fullmatch(plain)
    if quadrant:
        plain = f"{quadrant[1]}{quadrant[6]}{quadrant[2]}".upper()
    elif _ENGLISH.fullmatch(plain):
        plain = "".join(letter for word in re.split(r"[\s-]", _split(plain)) for letter in word[:1]).upper()
    plain = plain.translate(_LETTERS)
    found = _angle(plain) or _word(plain.removeprefix("正"))
    return None if found is None else Direction(text, *found)


def _split(english: str) -> str:
    """``northeast`` and ``NNE`` with a blank before each part."""
    if re.fullmatch(_ENGLISH_LETTERS, english, re.IGNORECASE):
        return " ".join(english)
    return re.sub(r"(north|south|east|west)(?:ern|erly)?", r" \1 ", english.lower())


def _angle(plain: str) -> tuple[float, float] | None:
    """北偏东30°: from the first word towards the second; an angle alone is an azimuth."""
    match = _OF_ANGLE.fullmatch(plain)
    if not match:
        return None
    base, to, *parts = match.groups(default="0")
    angle = math.fsum(float(part) / 60**power for power, part in enumerate(parts))
    if base not in _MAIN:
        return (angle % _ROUND_DEG, _HALF_DEG) if angle <= _ROUND_DEG else None
    turn = turned_deg(_MAIN[base], _MAIN[to])
    if abs(turn) != _RIGHT_DEG or angle > _RIGHT_DEG:
        return None
    return (_MAIN[base] + math.copysign(angle, turn)) % _ROUND_DEG, _HALF_DEG


def _word(plain: str) -> tuple[float, float] | None:
    if plain in _EIGHT:
        return _EIGHT[plain], _HALF_DEG
    if plain in WORDS:
        return WORDS.index(plain) * SECTOR_DEG, _HALF_DEG
    base, leans, to = plain.partition("偏")
    if leans:
        return _leaning(base, to)
    # 北北东, 东北东, 北东北: a main direction and the one beside it.
    for one, other in ((plain[:1], plain[1:]), (plain[2:], plain[:2])):
        if one in _MAIN and other in _BETWEEN:
            turn = turned_deg(_MAIN[one], _BETWEEN[other])
            if abs(turn) == _RIGHT_DEG / 2:
                return (_MAIN[one] + turn / 2) % _ROUND_DEG, _HALF_DEG
    return None


def _leaning(base: str, to: str) -> tuple[float, float] | None:
    """北偏东 lies somewhere from 北 to 东北; 东北偏北 is 北偏东北 to some and the limit of both to others."""
    if base not in _EIGHT or to not in _EIGHT:
        return None
    start, turn = _EIGHT[base], turned_deg(_EIGHT[base], _EIGHT[to])
    if base in _MAIN and to in _MAIN and abs(turn) == _RIGHT_DEG:
        return (start + turn / 4) % _ROUND_DEG, _RIGHT_DEG / 4
    if abs(turn) != _RIGHT_DEG / 2:
        return None
    if base in _MAIN:  # 北偏北东, another spelling of 北偏东北
        return (start + turn / 2) % _ROUND_DEG, _HALF_DEG
    # From a quarter to three quarters of the way: both readings with their sectors.
    return (start + turn * 3 / 8) % _ROUND_DEG, _HALF_DEG * 3 / 2
