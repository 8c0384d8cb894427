"""Which facilities a plan means, on a day, and which units they count for."""

import datetime as dt
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from coverage.plans.measure import Filter
from coverage.plans.territory import Territory
from coverage.tables import open_on
from coverage.travel_time import lonlat_of
from layers.layer import Layer
from layers.schema import kind_code

__all__ = ["NOT_FOR_SUMS", "Supply", "grade_counts", "says_yes"]

BoolArray = npt.NDArray[np.bool_]
FloatArray = npt.NDArray[np.float64]
Codes = npt.NDArray[np.object_]

#: Columns of every layer that are no data of the bureau's.
NOT_FOR_SUMS = frozenset({"row", "geometry"})
_YES = frozenset({"是", "有", "已", "已建", "合格", "达标", "true", "yes", "y", "t", "1", "1.0", "√"})
# Orders of grades, the lowest first, by the words that they begin with.
_LADDERS: tuple[tuple[str, ...], ...] = (
    ("基础", "标准", "示范", "市级", "省级", "国家级"),
    ("一级", "二级", "三级", "四级", "五级"),
    ("1a", "2a", "3a", "4a", "5a"),
    ("一星", "二星", "三星", "四星", "五星"),
)


def says_yes(value: object) -> bool:
    """Whether a cell of a flag says yes; a blank one does not.

    Examples
    --------
    >>> [says_yes(cell) for cell in ("是", "true", True, "否", "", None)]
    [True, True, True, False, False, False]
    """
    if value is None or value is pd.NA or (isinstance(value, float) and np.isnan(value)):
        return False
    return unicodedata.normalize("NFKC", str(value)).strip().casefold() in _YES


def _plain_grade(grade: str) -> str:
    text = unicodedata.normalize("NFKC", grade).strip().casefold()
    letters = len(text) - len(text.lstrip("a"))
    return f"{letters}a{text[letters:]}" if letters > 1 else text


def _rung(grade: str) -> tuple[int, int] | None:
    """Which order a grade is of, and how high."""
    for ladder, words in enumerate(_LADDERS):
        for height, word in enumerate(words):
            if grade.startswith(word):
                return ladder, height
    return None


def _order(grade: str) -> int | str:
    """Which order a grade is of; a grade of none is its own."""
    rung = _rung(grade)
    return rung[0] if rung else grade


def grade_counts(grade: str, wanted: Sequence[str]) -> bool:
    """Whether a grade is one of the wanted ones, or higher than one of them in the same order.

    Examples
    --------
    >>> grade_counts("示范型", ["基础型"]), grade_counts("基础型", ["示范型"]), grade_counts("AAAA", ["3A级"])
    (True, False, True)
    """
    own = _plain_grade(grade)
    rung = _rung(own)
    for other in map(_plain_grade, wanted):
        floor = _rung(other)
        if own == other or (rung and floor and rung[0] == floor[0] and rung[1] >= floor[1]):
            return True
    return False


@dataclass(frozen=True, eq=False)
class Supply:
    """The ledger of facilities on one day.

    Parameters
    ----------
    layer
        Facilities; None: the study has no ledger.
    territory
        The units that they count for.
    day
        That decides what is open.
    include_planned
        Planned facilities are open from their ``open_date`` on.
    """

    layer: Layer | None
    territory: Territory
    day: dt.date
    include_planned: bool = False

    @cached_property
    def frame(self) -> pd.DataFrame:
        """The rows; none without a ledger."""
        return pd.DataFrame({"facility_id": []}) if self.layer is None else pd.DataFrame(self.layer.frame)

    @cached_property
    def lonlat(self) -> FloatArray:
        """Degrees, shape (facilities, 2)."""
        return np.empty((0, 2)) if self.layer is None else lonlat_of(self.layer)

    @cached_property
    def is_open(self) -> BoolArray:
        """Open on the day, as the computation of coverage decides; planned ones where they are asked for."""
        frame = self.frame
        out = open_on(frame, self.day)
        if self.include_planned and {"status", "open_date"} <= set(frame.columns):
            dated = frame["open_date"].notna().to_numpy(dtype=bool)
            as_open = frame.assign(status=frame["status"].replace("planned", "open"))
            out = out | dated & open_on(as_open, self.day)
        return out

    @property
    def closed_since(self) -> int:
        """Facilities whose status is closed today and which were open on the day by their dates: they do not count."""
        frame = self.frame
        if "status" not in frame or "close_date" not in frame:
            return 0
        closed = (frame["status"] == "closed").to_numpy(dtype=bool) & frame["close_date"].notna().to_numpy(dtype=bool)
        return int((closed & open_on(frame.drop(columns="status"), self.day)).sum())

    @cached_property
    def _not_closed(self) -> BoolArray:
        """Open, planned or being built."""
        frame = self.frame.drop(columns="open_date", errors="ignore")
        if "status" in frame:
            frame = frame.assign(status=frame["status"].replace("planned", "open"))
        return open_on(frame, self.day)

    def of_kinds(self, meant: Filter) -> BoolArray:
        """Rows of the kinds, in whatever state: where there are none, the ledger does not know the kind."""
        if not meant.kinds:
            return np.ones(len(self.frame), dtype=bool)
        codes = {kind_code(kind) for kind in meant.kinds}
        return np.isin(self._kinds, sorted(codes))

    @cached_property
    def _kinds(self) -> npt.NDArray[np.str_]:
        return np.array([kind_code(kind) for kind in self.texts("kind")], dtype=str)

    def lacks(self, meant: Filter, column: str = "") -> str:
        """The first column that is needed and empty, or in which no grade is of an order that is asked for."""
        needed = [
            ("grade", meant.grades),
            ("tier", meant.tiers),
            ("stage", meant.stages),
            ("ownership", meant.ownership),
        ]
        wanted = [name for name, values in needed if values] + [*meant.flags, *sorted(meant.least)]
        wanted += ["open_date"] if meant.opened_from else []
        wanted += [column] if column else []
        rows = self.of_kinds(meant)
        lacking = next((name for name in wanted if not self._filled(name)[rows].any()), "")
        if lacking or not meant.grades:
            return lacking
        orders = {_order(_plain_grade(grade)) for grade in meant.grades}
        known = any(_order(_plain_grade(grade)) in orders for grade in self.texts("grade")[rows])
        return "" if known else "grade"

    def matching(self, meant: Filter) -> BoolArray:
        """Rows that the filter means on the day, shape (facilities,)."""
        out = self.of_kinds(meant) & (self.is_open if meant.open_only else self._not_closed)
        if meant.grades:
            out &= np.array([grade_counts(grade, meant.grades) for grade in self.texts("grade")], dtype=bool)
        for column, values in (("tier", meant.tiers), ("stage", meant.stages), ("ownership", meant.ownership)):
            if values:
                out &= np.isin(self.texts(column), values)
        for flag in meant.flags:
            cells = self.frame[flag] if flag in self.frame else [None] * len(out)
            out &= np.array([says_yes(cell) for cell in cells], dtype=bool)
        if meant.opened_from:
            out &= np.array([day[:4] >= str(meant.opened_from) for day in self.texts("open_date")], dtype=bool)
        for column, smallest in sorted(meant.least.items()):
            out &= np.nan_to_num(self.numbers(column), nan=-np.inf) >= smallest
        return out

    def numbers(self, column: str) -> FloatArray:
        """A column as numbers, NaN where a cell is blank or no number, shape (facilities,)."""
        if column not in self.frame or column in NOT_FOR_SUMS:
            return np.full(len(self.frame), np.nan)
        numbers: FloatArray = pd.to_numeric(self.frame[column], errors="coerce").to_numpy(np.float64, na_value=np.nan)
        return np.where(np.isfinite(numbers), numbers, np.nan)

    def texts(self, column: str) -> Codes:
        """A column as text, blank where there is nothing, shape (facilities,)."""
        key = ("text", column)
        if key not in self._kept:
            cells: pd.Series[Any] = self.frame.get(column, pd.Series("", index=self.frame.index)).astype(object)
            texts: Codes = cells.where(cells.notna(), "").map(lambda cell: str(cell).strip()).to_numpy(dtype=object)
            self._kept[key] = texts
        return self._kept[key]

    def located(self, level: str) -> Codes:
        """Unit of a level that each facility stands in; for units without a polygon, the one that it names."""
        key = ("located", level)
        if key not in self._kept:
            codes = self.territory.locate(self.lonlat, level)
            for row in np.flatnonzero(codes == ""):
                named = self.territory.ancestor(str(self.texts("unit_code")[row]), level)
                if named and not self.territory.has_polygon(named):
                    codes[row] = named
            self._kept[key] = codes
        return self._kept[key]

    def declared(self, level: str) -> Codes:
        """Units of a level that each facility names in ``serves``, else in ``unit_code``: a tuple for each."""
        key = ("declared", level)
        if key not in self._kept:
            out = np.empty(len(self.frame), dtype=object)
            for row, (serves, unit) in enumerate(zip(self.texts("serves"), self.texts("unit_code"), strict=True)):
                named = self.territory.named(str(serves)) or ((str(unit),) if unit else ())
                found = (self.territory.ancestor(one, level) for one in named)
                out[row] = tuple(dict.fromkeys(one for one in found if one))
            self._kept[key] = out
        return self._kept[key]

    @cached_property
    def _kept(self) -> dict[tuple[str, str], Codes]:
        return {}

    def _filled(self, column: str) -> BoolArray:
        return np.asarray(self.texts(column) != "", dtype=bool)
