"""The units that a plan is scored for: their levels, what they are made of, and which one a place lies in."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from layers.inside import unit_codes
from layers.layer import Layer

__all__ = ["LEVELS", "Territory", "level_code", "plain_code", "says_urban", "territory_of"]

FloatArray = npt.NDArray[np.float64]
Codes = npt.NDArray[np.object_]

#: Levels, the largest first; ``basic`` units lie beside the code tables.
LEVELS = ("prefecture", "county", "township", "village", "basic")
# What tables of units call them; an official code has so many digits.
_WORDS: Mapping[str, tuple[str, ...]] = {
    "basic": ("basic", "基本管理单元"),
    "prefecture": ("prefecture", "地级", "设区市", "地市", "市级", "地区"),
    "county": ("county", "县", "区"),
    "township": ("township", "乡", "镇", "街道"),
    "village": ("village", "村", "社区", "居"),
}
_DIGITS = {4: "prefecture", 6: "county", 9: "township", 12: "village"}
# Between the units of a list, in either width.
_BETWEEN = "\uff0c\u3001\uff1b;/|\n"
# Dimension of polygons.
_AREAL = 2


def plain_code(code: str) -> str:
    """An official code without the zeros that fill it up; any other code as it is.

    Examples
    --------
    >>> plain_code("990100001000"), plain_code("990100000000"), plain_code("开发区")
    ('990100001', '990100', '开发区')
    """
    code = code.strip()
    if not (code.isascii() and code.isdigit()):
        return code
    for digits, zeros in ((12, 6), (12, 3), (9, 3)):
        if len(code) == digits and code.endswith("0" * zeros):
            return code[: digits - zeros]
    return code


def level_code(word: str, code: str) -> str:
    """The level of a unit from what its table says, else from the digits of its code; empty where neither tells.

    Examples
    --------
    >>> level_code("乡镇级", "1"), level_code("", "990100001001"), level_code("", "开发区")
    ('township', 'village', '')
    """
    said = word.strip().casefold()
    for level in ("basic", "village", "township", "prefecture", "county"):
        if said and any(part in said for part in _WORDS[level]):
            return level
    plain = plain_code(code)
    if not (plain.isascii() and plain.isdigit()):
        return ""
    if len(plain) == 6 and plain.endswith("00") and not said:  # noqa: PLR2004  # ssqq00 with a county part of 00
        return "prefecture"
    return _DIGITS.get(len(plain), "")


def says_urban(word: str) -> bool | None:
    """Whether a unit is urban, by a word or its 城乡分类代码 (1xx urban, 2xx rural); None where it is not said.

    Examples
    --------
    >>> says_urban("121"), says_urban("220"), says_urban("城镇"), says_urban("")
    (True, False, True, None)
    """
    said = word.strip().casefold()
    if said in {"true", "是", "城", "城市", "城镇", "urban", "1"}:
        return True
    if said in {"false", "否", "乡", "乡村", "农村", "rural", "0", "2"}:
        return False
    return {"1": True, "2": False}.get(said[:1]) if said.isdigit() and len(said) == 3 else None  # noqa: PLR2004


@dataclass(frozen=True, eq=False)
class Territory:
    """Units of a study on one day.

    Parameters
    ----------
    units
        All of them, the neighbours' too; None where the study has none.
    place
        Code of the whole; ``""``: everything in ``units``.
    level, parent, name
        Of each unit, by code.
    """

    units: Layer | None
    place: str
    level: Mapping[str, str]
    parent: Mapping[str, str]
    name: Mapping[str, str]

    @cached_property
    def scope(self) -> frozenset[str]:
        """Codes of the units that the whole is made of, itself among them."""
        return frozenset(
            code for code in self.level if not self.place or self.place in self.chain(code) or self._begins(code)
        )

    def _begins(self, code: str) -> bool:
        """Whether the digits of a code say that it lies in the whole, which need not be in the table of units."""
        inside = plain_code(self.place)
        return inside.isascii() and inside.isdigit() and plain_code(code).startswith(inside)

    def holds(self, code: str) -> bool:
        """Whether a unit is in the whole, by the table of units or by the digits of its code."""
        return bool(self.scope & set(self.chain(code))) or self._begins(code)

    def is_elsewhere(self, code: str) -> bool:
        """Whether the digits of two codes say that a unit is not in the whole; no table of units is asked."""
        inside, other = plain_code(self.place), plain_code(code)
        official = all(one.isascii() and one.isdigit() for one in (inside, other))
        return official and len(other) >= len(inside) and not other.startswith(inside)

    def chain(self, code: str) -> tuple[str, ...]:
        """A code and those of the units that it lies in, the smallest first."""
        known = self._known(code)
        out: list[str] = []
        while known and known not in out:
            out.append(known)
            known = self.parent.get(known, "")
        return tuple(out)

    def ancestor(self, code: str, level: str) -> str:
        """The unit of a level that a code lies in or is; empty where there is none."""
        return next((one for one in self.chain(code) if self.level.get(one) == level), "")

    def at(self, level: str) -> tuple[str, ...]:
        """Codes of the units of a level in the whole, sorted."""
        return tuple(sorted(code for code in self.scope if self.level[code] == level))

    def urban(self, code: str) -> bool | None:
        """Whether a unit is urban, as its table says."""
        return self._urban.get(code)

    def has_polygon(self, code: str) -> bool:
        """Whether places can be found in a unit by where they lie."""
        return code in self._polygons

    def locate(self, lonlat: FloatArray, level: str) -> Codes:
        """Code of the unit of a level that each place lies in, ``""`` for none; neighbours' units hold theirs.

        Parameters
        ----------
        lonlat
            Degrees, shape (n, 2).
        level
            One of :data:`LEVELS`.
        """
        if self.units is None or not len(lonlat):
            return np.full(len(lonlat), "", dtype=object)
        frame = self.units.frame
        wanted = np.array([self.level.get(str(code)) == level for code in frame["unit_code"]], dtype=bool)
        layer = Layer("units", frame[wanted], self.units.datum, self.units.source, self.units.quality)
        return unit_codes(lonlat, layer)

    def within(self, lonlat: FloatArray) -> npt.NDArray[np.bool_]:
        """Whether each place lies in the polygon of the whole; in none without one, shape (n,)."""
        level = self.level.get(self.place, "")
        if not level or not self.has_polygon(self.place):
            return np.zeros(len(lonlat), dtype=bool)
        return np.asarray(self.locate(lonlat, level) == self.place, dtype=bool)

    def named(self, text: str) -> tuple[str, ...]:
        """Codes of the units that a text names, by code or by a name that only one unit of the whole has."""
        codes = (self._meant(part) for part in _listed(text))
        return tuple(dict.fromkeys(code for code in codes if code))

    def unknown(self, text: str) -> tuple[str, ...]:
        """What a text names and is no unit: of an unknown name, or of one that several units have."""
        return tuple(part for part in _listed(text) if not self._meant(part))

    def _meant(self, part: str) -> str:
        return part if self._known(part) else self._by_name.get(part, "")

    def _known(self, code: str) -> str:
        """The unit with a code, or the smallest one whose official code it begins with."""
        code = code.strip()
        if code in self.level:
            return code
        plain = plain_code(code)
        if plain in self._plain:
            return self._plain[plain]
        if not (plain.isascii() and plain.isdigit()):
            return ""
        return next((self._plain[plain[:n]] for n in (9, 6, 4) if plain[:n] in self._plain and n < len(plain)), "")

    @cached_property
    def _plain(self) -> dict[str, str]:
        return {plain_code(code): code for code in self.level}

    @cached_property
    def _by_name(self) -> dict[str, str]:
        """Names inside the whole that only one unit has (names repeat: 长兴县, 崇明区长兴镇)."""
        names = pd.Series({code: self.name[code] for code in self.scope}, dtype=object)
        once = names[~names.duplicated(keep=False)]
        return {str(name): str(code) for code, name in once.items() if name}

    @cached_property
    def _urban(self) -> dict[str, bool | None]:
        if self.units is None or "urban" not in self.units.frame:
            return {}
        frame = self.units.frame
        return {
            str(code): says_urban(str(word))
            for code, word in zip(frame["unit_code"], frame["urban"].fillna("").astype(str), strict=True)
        }

    @cached_property
    def _polygons(self) -> frozenset[str]:
        if self.units is None:
            return frozenset()
        areal = shapely.get_dimensions(self.units.frame.geometry.to_numpy()) == _AREAL
        return frozenset(self.units.frame["unit_code"].astype(str)[areal])


def territory_of(units: Layer | None, place: str, day: dt.date) -> Territory:
    """The units that exist on a day, as a plan counts them.

    Parameters
    ----------
    units
        Units of all levels, with or without polygons; codes need not be official.
    place
        Code of the unit that the plan is for; ``""``: the one that all others lie in, else all units are.
    day
        Units before ``valid_from`` or after ``valid_to`` do not exist.

    Examples
    --------
    >>> import datetime as dt
    >>> territory_of(None, "", dt.date(2025, 12, 31)).at("township")
    ()
    """
    if units is None:
        return Territory(None, place, {}, {}, {})
    frame = units.frame
    exists = np.ones(len(frame), dtype=bool)
    for column, sign in (("valid_from", 1), ("valid_to", -1)):
        if column in frame:
            exists &= np.array([pd.isna(at) or sign * (day - at).days >= 0 for at in frame[column]], dtype=bool)
    frame = frame[exists].reset_index(drop=True)
    codes = [str(code) for code in frame["unit_code"]]
    text = {column: _text(frame, column) for column in ("level", "parent_code", "name")}
    level = {code: level_code(word, code) for code, word in zip(codes, text["level"], strict=True)}
    said = dict(zip(codes, text["parent_code"], strict=True))
    # A unit whose parent is not in the table lies where its code says: else a missing township hides the county.
    parent = {code: above if above in level else _longest(code, level) or above for code, above in said.items()}
    layer = Layer(units.kind, frame, units.datum, units.source, units.quality)
    roots = [code for code in codes if parent[code] not in level]
    if not place and len(roots) == 1 and len(codes) > 1:
        place = roots[0]
    return Territory(layer, place, level, parent, dict(zip(codes, text["name"], strict=True)))


def _listed(text: str) -> list[str]:
    """The parts of a list, whatever stands between them."""
    for mark in _BETWEEN:
        text = text.replace(mark, ",")
    return [part.strip() for part in text.split(",") if part.strip()]


def _text(frame: pd.DataFrame, column: str) -> list[str]:
    if column not in frame:
        return [""] * len(frame)
    return [str(value) for value in frame[column].fillna("")]


def _longest(code: str, known: Mapping[str, str]) -> str:
    """The longest other code that this one begins with: 6 of 9 digits, 9 of 12."""
    plain = plain_code(code)
    found = [other for other in known if other != code and plain.startswith(plain_code(other))]
    return max(found, key=lambda other: (len(plain_code(other)), other), default="")
