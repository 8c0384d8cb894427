"""Numbers as people write them in ledgers: 1.2万, 约120, 100余人, 35张, 1,234, １２; blank words; never a guess."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.parse import as_text, half_width, parse_numbers

__all__ = ["Amounts", "is_blank_word", "parse_amounts"]

BoolArray = npt.NDArray[np.bool_]

#: What stands in a cell of numbers where there is none.
_BLANKS = frozenset(
    (
        "-", "--", "—", "——", "―", "–", "/", "\\", "无", "暂无", "没有", "未填", "未填写", "未统计", "不详", "未知",
        "待定", "待填", "空", "空白", "n/a", "na", "#n/a", "null", "none", "nil", "…", "...", "*",
    )
)  # fmt: skip
_TIMES: Mapping[str, int] = MappingProxyType({"": 1, "百": 100, "千": 1000, "万": 10**4, "亿": 10**8})
# Of the things that bureaus count. A measure such as 米 or 元 is none of them: it must be the unit of the column.
_COUNTED = (
    "人次", "人", "名", "位", "口", "户", "张", "床", "个", "家", "所", "处", "座", "间", "套", "穴", "格", "份", "次",
    "餐", "客", "项", "辆", "台", "颗", "根", "枚", "席", "条", "栋", "幢",
)  # fmt: skip
_ONE = Decimal(1)
#: Units of a column that measure, and what one of each unit that may stand in a cell is in it.
_MEASURES: Mapping[str, Mapping[str, Decimal]] = MappingProxyType(
    {
        "米": {
            "m": _ONE, "米": _ONE, "km": Decimal(1000), "公里": Decimal(1000), "千米": Decimal(1000),
        },
        "平方米": {
            "m2": _ONE, "平方米": _ONE, "平米": _ONE, "平方": _ONE, "公顷": Decimal(10**4), "ha": Decimal(10**4),
            "km2": Decimal(10**6), "平方公里": Decimal(10**6), "平方千米": Decimal(10**6),
        },
        "元": {"元": _ONE},
        "万元": {"元": Decimal("0.0001")},
        "年": {"年": _ONE, "年度": _ONE},
        "度": {"°": _ONE, "度": _ONE},
        "km/h": {"km/h": _ONE, "公里/小时": _ONE, "千米/小时": _ONE, "公里/时": _ONE, "千米/时": _ONE},
    }
)  # fmt: skip
_AMOUNT = re.compile(
    r"(?P<about>约为|大约|大概|约|近|≈|~)?\s*"
    r"(?P<number>[+-]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?|[+-]?\.\d+)\s*"
    r"(?P<times>[百千万亿]?)(?P<odd>余|多|来)?\s*"
    r"(?P<unit>[^\d\s.,+\-~%]*?[2]?)\s*(?P<nearly>左右|上下)?"
)
_MOST_LETTERS = 40


@dataclass(frozen=True)
class Amounts:
    """A column of numbers as read.

    Parameters
    ----------
    numbers
        float64, NaN where blank or bad.
    bad
        Cells that are no number.
    worded
        Cells that were read by taking off a word or a unit, or by multiplying with 万.
    about
        Of these, the ones that say that they are not exact.
    none
        Cells with a word for nothing filled in, such as ``/`` or ``无``.
    own_unit
        Cells that name a unit or a size such as 万 themselves, so that what the heading says of it does not apply.
    """

    numbers: npt.NDArray[np.float64]
    bad: BoolArray
    worded: BoolArray
    about: BoolArray
    none: BoolArray
    own_unit: BoolArray


def is_blank_word(text: str) -> bool:
    """Whether a cell says that there is no number.

    Examples
    --------
    >>> is_blank_word(" — "), is_blank_word("暂无"), is_blank_word("0")
    (True, True, False)
    """
    return unicodedata.normalize("NFKC", text).strip().casefold() in _BLANKS or text.strip() in _BLANKS


def parse_amounts(values: Iterable[object], *, unit: str = "") -> Amounts:
    """Numbers of a column, words and units taken off where they cannot change what is meant.

    Parameters
    ----------
    values
        Cells.
    unit
        Of the column: ``米``, ``平方米``, ``元``, ``万元``, ``年``, ``度``, ``km/h``; any other or none counts things.
        A cell in another unit is bad, and so is one in percent, because 85 % may be meant as 85 or as 0.85.

    Examples
    --------
    >>> found = parse_amounts(["1.2万", "约120人", "100余", "35张", "86.5㎡", "—", "85%"])
    >>> found.numbers.tolist()[:4], found.bad.tolist()[4:], found.about.tolist()[:3], bool(found.none[5])
    ([12000.0, 120.0, 100.0, 35.0], [True, False, True], [False, True, True], True)
    >>> parse_amounts(["1.2公里", "800米"], unit="米").numbers.tolist()
    [1200.0, 800.0]
    """
    series = values if isinstance(values, pd.Series) else pd.Series(list(values), dtype=object)
    numbers, bad = parse_numbers(series)
    worded, about, none, own_unit = (np.zeros(len(series), dtype=bool) for _ in range(4))
    if not pd.api.types.is_numeric_dtype(series.dtype):
        for position in np.flatnonzero(bad):
            text = as_text(series.iloc[position])
            if is_blank_word(text):
                bad[position], none[position] = False, True
                continue
            found = _amount(text, unit)
            if found is not None:
                numbers[position], about[position], own_unit[position] = found
                bad[position], worded[position] = False, True
    return Amounts(numbers, bad, worded, about, none, own_unit)


def _amount(text: str, unit: str) -> tuple[float, bool, bool] | None:
    """Number of a cell, whether it is about, and whether it names its unit; None when it is no amount of the unit."""
    if len(text) > _MOST_LETTERS:
        return None
    match = _AMOUNT.fullmatch(half_width(text.replace("m²", "m2")))
    if match is None:
        return None
    factor = _factor(match["unit"], unit)
    # In a column of 万元, whether 1.2万 are yuan or ten thousands of 万元 is not known.
    if factor is None or (match["times"] and not match["unit"] and unit.startswith("万")):
        return None
    number = Decimal(match["number"].replace(",", "")) * _TIMES[match["times"]] * factor
    about = any(match[name] for name in ("about", "odd", "nearly"))
    return float(number), about, bool(match["times"] or match["unit"])


def _factor(given: str, unit: str) -> Decimal | None:
    if not given:
        return _ONE
    if unit in _MEASURES:
        return _MEASURES[unit].get(given)
    return _ONE if given in _COUNTED or given == unit else None
