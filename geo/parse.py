"""Text to numbers and dates, strictly: what does not fit is reported, never guessed."""

import datetime as dt
import re
import unicodedata
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

__all__ = ["as_text", "half_width", "months", "parse_dates", "parse_numbers", "strip_controls"]

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?")
# Digits of ASCII only: short enough to be finite, and read alike by every library.
_PLAIN = r"-?[0-9]{1,15}(?:\.[0-9]{1,20})?"
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?")
_DATE = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})[日号]?(?:[ T]00:00(?::00(?:\.0+)?)?)?")
_COMPACT = re.compile(r"((?:19|20)\d{2})(\d{2})(\d{2})")
# A month without a day. As a number, 2021.10 has lost its zero, so that 2021.1 may be either month and is not read.
_MONTH = re.compile(r"(\d{4})(?:[-/年](\d{1,2})月?|\.(\d{2}|[2-9])月?)")
# Excel's days since 1899-12-30: 1954-10-03 to 2119-01-01. Outside it a bare number is more likely something else.
_EXCEL_DAYS = (20000, 80000)
_EXCEL_ZERO = dt.date(1899, 12, 30)
# C0 controls and DEL; tab and line breaks inside a cell become blanks, the rest goes.
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_BREAKS = re.compile(r"[\t\r\n]+")


def as_text(value: object) -> str:
    """A cell as the user would write it: whole numbers without a decimal point, dates as ISO, blank as ``""``.

    Examples
    --------
    >>> as_text(3.0), as_text("0101"), as_text(None), as_text(dt.datetime(2021, 2, 19))
    ('3', '0101', '', '2021-02-19')
    """
    if isinstance(value, str):
        return value
    if value is None or value is pd.NA or value is pd.NaT:
        return ""
    if isinstance(value, (bool, np.bool_)):
        return "true" if value else "false"
    if isinstance(value, (float, np.floating)):
        number = float(value)
        if np.isnan(number):
            return ""
        return str(int(number)) if number.is_integer() else repr(number)
    if isinstance(value, dt.datetime):
        return value.date().isoformat() if value.time() == dt.time(0) else value.isoformat(sep=" ")
    return str(value)


def parse_numbers(values: Iterable[object]) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
    """Numbers of a column, and which cells are no finite number.

    Blank cells are NaN and not bad. Full-width digits and comma groups of three (``1,234``) are read.

    Returns
    -------
    tuple
        ``(numbers, bad)``: float64 with NaN for blank and bad cells, and a mask of the bad ones.

    Examples
    --------
    >>> numbers, bad = parse_numbers(["12", "１２", "1,234", "", "12人", "inf"])
    >>> numbers.tolist()[:3], bad.tolist()
    ([12.0, 12.0, 1234.0], [False, False, False, False, True, True])
    """
    series = values if isinstance(values, pd.Series) else pd.Series(list(values), dtype=object)
    if pd.api.types.is_numeric_dtype(series.dtype) and not pd.api.types.is_bool_dtype(series.dtype):
        numbers = series.to_numpy(dtype=np.float64, na_value=np.nan)
        infinite = np.isinf(numbers)
        return np.where(infinite, np.nan, numbers), infinite
    numbers = np.full(len(series), np.nan)
    bad = np.zeros(len(series), dtype=bool)
    # Nearly all cells are plain numbers, which are read at once; the others one by one.
    plain = np.zeros(len(series), dtype=bool)
    if isinstance(series.dtype, pd.StringDtype):
        plain = series.str.fullmatch(_PLAIN).fillna(value=False).to_numpy(dtype=bool)
        numbers[plain] = series[plain].to_numpy().astype(np.float64)
    for position in np.flatnonzero(~plain):
        text = as_text(series.iloc[position]).strip()
        if not text:
            continue
        number = _number(text)
        if number is None:
            bad[position] = True
        else:
            numbers[position] = number
    return numbers, bad


def half_width(text: str) -> str:
    """Text with full-width letters, digits and marks as usual ones; blank where that would make other digits of some.

    Examples
    --------
    >>> half_width("１２，３"), half_width("㎡"), half_width("10²")
    ('12,3', 'm2', '')
    """
    if text.isascii():
        return text
    usual = unicodedata.normalize("NFKC", text).strip()
    # Superscripts, fractions and numbers in circles are numbers of their own, not digits of the one around them.
    if any(c.isnumeric() and not c.isdecimal() and unicodedata.normalize("NFKC", c) != c for c in text):
        return ""
    return usual


def _number(text: str) -> float | None:
    plain = half_width(text)
    if _THOUSANDS.fullmatch(plain):
        plain = plain.replace(",", "")
    if not _NUMBER.fullmatch(plain):
        return None
    number = float(plain)
    return number if np.isfinite(number) else None


def parse_dates(values: Sequence[object] | pd.Series) -> tuple[list[dt.date | None], npt.NDArray[np.bool_]]:
    """Dates of a column, and which cells are no date.

    Read are ``2021-02-19``, ``2021/2/19``, ``2021.2.19``, ``2021年2月19日``, ``20210219``, Excel's day numbers, and
    months (``2021-2``, ``2021年2月``) as their first day, which :func:`months` tells. Years of two digits are not.

    Examples
    --------
    >>> dates, bad = parse_dates(["2021.2.19", "44246", "", "2021-02-30", "21.2.19"])
    >>> dates[0] == dates[1], bad.tolist()
    (True, [False, False, False, True, True])
    """
    dates: list[dt.date | None] = []
    bad = np.zeros(len(values), dtype=bool)
    for position, value in enumerate(values):
        found: dt.date | None = None
        if isinstance(value, dt.datetime) and value is not pd.NaT:
            found = value.date()
        elif isinstance(value, dt.date):
            found = value
        else:
            text = as_text(value).strip()
            found = _date(text)
            bad[position] = bool(text) and found is None
        dates.append(found)
    return dates, bad


def months(values: Iterable[object]) -> npt.NDArray[np.bool_]:
    """Which cells say a month and no day.

    Examples
    --------
    >>> months(["2021-2", "2021年2月", "2021.2.19", "2021.1"]).tolist()
    [True, True, False, False]
    """
    return np.array([_MONTH.fullmatch(half_width(as_text(value).strip())) is not None for value in values], dtype=bool)


def _date(text: str) -> dt.date | None:
    usual = half_width(text)
    match = _DATE.fullmatch(usual) or _COMPACT.fullmatch(usual) or _MONTH.fullmatch(usual)
    if match:
        year, month, *day = (int(group) for group in match.groups() if group)
        try:
            return dt.date(year, month, *(day or [1]))
        except ValueError:
            return None
    number = _number(usual) if usual else None
    if number is not None and number.is_integer() and _EXCEL_DAYS[0] <= number <= _EXCEL_DAYS[1]:
        return _EXCEL_ZERO + dt.timedelta(days=int(number))
    return None


def strip_controls(text: str) -> str:
    r"""Text without control characters; tabs and line breaks become one blank.

    Examples
    --------
    >>> strip_controls("a\x07b\n c")
    'ab  c'
    """
    return _CONTROLS.sub("", _BREAKS.sub(" ", text))
