"""Rows of sums in a sheet: known by their label, and where the label has a name in it also by adding up."""

import re
import unicodedata
from collections.abc import Sequence
from functools import cached_property
from typing import Literal

import numpy as np

from geo.amounts import is_blank_word, parse_amounts
from geo.findings import Finding
from geo.heading import Records, is_numeric

__all__ = ["Totals", "total_label"]

Label = Literal["bare", "named", ""]

_TOTAL = re.compile(r"(.{0,10}?)[合小总共累][计計](?:\(.*\))?:?")
_MARK = re.compile("[计計]")
_SUBTOTAL = re.compile(r"小\s*[计計]")
_SERIAL = re.compile(r"\d{0,4}")
#: The label of a sum stands in one of the first columns.
_LABEL_COLUMNS = 4
#: Characters of a cell that are looked at: no label is longer.
_LOOKED_AT = 80
#: Sums of a sheet that are checked; each is compared with three sets of rows.
_MOST_CHECKED = 300


def total_label(record: Sequence[str]) -> Label:
    """Whether a row is labelled as a sum: ``bare`` as 合计 alone, ``named`` as in 全县合计; all else must be numbers.

    Examples
    --------
    >>> total_label(["合计", "", "50"]), total_label(["甲镇小计", "50"]), total_label(["甲", "50"])
    ('bare', 'named', '')
    """
    if not any(_MARK.search(cell) for cell in record[:_LABEL_COLUMNS]):
        return ""
    for column, cell in enumerate(record[:_LABEL_COLUMNS]):
        match = _TOTAL.fullmatch("".join(unicodedata.normalize("NFKC", cell[:_LOOKED_AT]).split()))
        if match:
            before, after = (any(map(str.strip, cells)) for cells in (record[:column], record[column + 1 :]))
            fits = all(map(_is_sum, record[column + 1 :])) and (after or not before) and not (before and match[1])
            return ("named" if match[1] else "bare") if fits else ""
        # Only a serial number may stand before it: a code makes the row one of data.
        if not _SERIAL.fullmatch(cell.strip()):
            return ""
    return ""


def _is_sum(cell: str) -> bool:
    return not cell.strip() or is_numeric(cell) or is_blank_word(cell) or not parse_amounts([cell]).bad[0]


class Totals:
    """The rows of sums below a heading.

    A label with a name in it may also be that of a row of data, such as an indicator called 床位合计; such a row is a
    sum when it adds up.

    Parameters
    ----------
    records
        All rows of the sheet as text.
    below
        Positions of the rows below the heading.
    names
        Names of the columns; blank where a column has nothing in it.

    Examples
    --------
    >>> rows = [["名称", "床位"], ["甲", "20"], ["乙", "30"], ["合计", "55"]]
    >>> totals = Totals(rows, [1, 2, 3], rows[0])
    >>> totals.rows, [finding.code for finding in totals.findings(3)]
    ([3], ['total_differs'])
    """

    def __init__(self, records: Records, below: Sequence[int], names: Sequence[str]) -> None:
        begin = next((column for column, name in enumerate(names) if name), 0)
        labels = {row: label for row in below if (label := total_label(records[row][begin:]))}
        self._records, self._names = records, names
        self._labelled = list(labels)
        self._data = [row for row in below if row not in labels] if labels else []
        self._checked = len(labels) <= _MOST_CHECKED
        self._of_all: dict[int, float | None] = {}
        #: Positions of the rows of sums.
        self.rows = [row for row, label in labels.items() if label == "bare" or self._adds_up(row)]

    def findings(self, row: int) -> list[Finding]:
        """What in a row of sums is neither the sum of all rows nor of those before or after it."""
        return [
            Finding("total_differs", "warn", row=row + 1, field=name, facts={"total": total, "found": f"{found:.10g}"})
            for name, total, found, fits in self._compared(row)
            if not fits
        ]

    def _adds_up(self, row: int) -> bool:
        fits = [fits for _, _, _, fits in self._compared(row)]
        return bool(fits) and all(fits)

    @cached_property
    def _place(self) -> dict[int, int]:
        return {row: index for index, row in enumerate(self._labelled)}

    def _compared(self, row: int) -> list[tuple[str, str, float, bool]]:
        """Column, total, the sum that it most likely stands for, and whether it is one, where a column has a total."""
        if not self._checked:
            return []
        index = self._place[row]
        above = self._labelled[index - 1] if index else -1
        under = self._labelled[index + 1] if index + 1 < len(self._labelled) else len(self._records)
        before = [other for other in self._data if above < other < row]
        after = [other for other in self._data if row < other < under]
        part = any(_SUBTOTAL.search(cell) for cell in self._records[row][:_LABEL_COLUMNS])
        out = []
        for column, name in enumerate(self._names):
            total = self._records[row][column].strip() if column < len(self._records[row]) else ""
            read = parse_amounts([total])
            if not total or read.bad[0] or read.none[0] or read.about[0]:
                continue
            if column not in self._of_all:
                self._of_all[column] = self._sum(self._data, column)
            sums = [self._of_all[column], self._sum(before, column), self._sum(after, column)]
            known = [found for found in ([*sums[1:], sums[0]] if part else sums) if found is not None]
            decimals = len(total.partition(".")[2])
            tolerance = 0.5000001 * 10.0**-decimals if decimals else 1e-6 * max(1.0, abs(read.numbers[0]))
            if known:
                fits = any(abs(found - read.numbers[0]) <= tolerance for found in known)
                out.append((name, total, known[0], fits))
        return out

    def _sum(self, section: Sequence[int], column: int) -> float | None:
        """Sum of a column over some rows; how many they are where it has no numbers; None when it is not readable."""
        cells = [self._records[row][column] if column < len(self._records[row]) else "" for row in section]
        read = parse_amounts(cells)
        if read.bad.all() and cells:
            return float(len(cells))
        return None if read.bad.any() or not cells else float(np.nansum(read.numbers))
