"""Sheets and text tables: every cell as text, row numbers as a spreadsheet shows them."""

import csv
import dataclasses
import datetime as dt
import io
import itertools
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from python_calamine import CalamineSheet, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from geo.body import find_body
from geo.encoding import decode_text, sample_of
from geo.errors import DataError, FileError
from geo.findings import Finding
from geo.heading import Merges, find_heading
from geo.messages import row_list
from geo.parse import as_text
from geo.sheet_xml import SheetFacts, inspect_workbook
from geo.sniff import FileKind, foreign_errors

__all__ = ["Cells", "read_csv", "read_sheet"]

#: Columns of a table. Above it a list stands on its side, or the file is no table.
MAX_COLUMNS = 2000
_DELIMITERS = (",", ";", "\t", "，")
_SNIFFED_LINES = 50
#: Below a title, a table has more columns than this.
_FEW_CELLS = 2
# Excel writes and reads such a first line, and shows none.
_SEPARATOR_LINE = re.compile(r"sep=([,;\t])\r?\n", re.IGNORECASE)
# What geo.write puts before a text that a spreadsheet would run; so that what was written is what is read.
_DISARMED = re.compile("'[=+@\\t\\r-]")
#: Encodings that a file says itself, or that are proven by being valid.
_SAID = ("utf-8", "utf-8-sig", "utf-16")
_SPOKEN = {"cp950": "Big5 (cp950)"}
# A spreadsheet keeps 15 digits of a number; what follows is zeros.
_EXACT_DIGITS = 15
# The stream of an encrypted workbook, which is no workbook before it is decrypted.
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_CODES = re.compile(r"编号|编码|代码|号$|(?i:\bid\b|_id$|^id)")


@dataclass(frozen=True)
class Cells:
    """A table of text with the row numbers that the user sees, and where its columns are in the sheet, from 0."""

    frame: pd.DataFrame
    rows: np.ndarray
    places: tuple[int, ...]
    encoding: str
    findings: tuple[Finding, ...]


def read_csv(file: Path, *, encoding: str | None = None) -> Cells:
    r"""Read a delimited text file.

    Parameters
    ----------
    file
        Separated by comma, semicolon, tab or full-width comma; which one is seen from the first lines.
    encoding
        What the user says; else it is found by evidence (:func:`geo.encoding.decode_text`).

    Raises
    ------
    FileError, DataError
        When it is no text, has no heading or no rows, or a quotation mark is never closed.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "a.csv"
    ...     _ = file.write_bytes("编号;名称\n0101;敬老院\n".encode("gbk"))
    ...     cells = read_csv(file)
    >>> cells.frame.iloc[0].tolist(), cells.rows.tolist(), cells.encoding
    (['0101', '敬老院'], [2], 'gb18030')
    """
    text, used = decode_text(file.read_bytes(), encoding=encoding, file=file.name)
    text = text.removeprefix("\ufeff")
    findings = []
    if encoding is None and used not in _SAID:
        facts = {"used": _SPOKEN.get(used, used), "sample": sample_of(text)}
        findings.append(Finding("encoding_detected", "info", facts=facts))
    delimiter, text = _delimiter(text)
    # newline="" keeps line breaks inside quoted cells; str.splitlines would also break at odd Unicode separators.
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        records = list(reader)
    except csv.Error as error:
        code = "cell_too_long" if "field limit" in str(error) else "csv_broken"
        raise DataError(code, rows=[reader.line_num], file=file.name) from None
    if _DISARMED.search(text):
        records = [[cell[1:] if _DISARMED.match(cell) else cell for cell in record] for record in records]
    cells = _cells(records, file=file.name)
    return dataclasses.replace(cells, encoding=used, findings=(*findings, *cells.findings))


def _delimiter(text: str) -> tuple[str, str]:
    """The delimiter, and the text without a line that only names it.

    It is the one under which most of the first lines have as many cells as the heading. A title above the heading has
    one cell whatever the delimiter; then the usual number of cells stands for the heading's.
    """
    match = _SEPARATOR_LINE.match(text)
    if match:
        return match[1], text[match.end() :]
    lines = [line for line in text[:200_000].splitlines()[: _SNIFFED_LINES + 1] if line.strip()]
    best, best_score = ",", 0.0
    usual, usual_score = ",", 0.0
    for delimiter in _DELIMITERS:
        try:
            counts = [len(record) for record in csv.reader(lines, delimiter=delimiter)]
        except csv.Error:
            continue
        if not counts:
            continue
        wide = Counter(count for count in counts if count > _FEW_CELLS)
        share = max(wide.values(), default=0) / len(counts)
        if share > usual_score:
            usual, usual_score = delimiter, share
        share = counts.count(counts[0]) / len(counts)
        if counts[0] > 1 and share > best_score:
            best, best_score = delimiter, share
    return (best if best_score >= usual_score > 0 or not usual_score else usual), text


def read_sheet(file: Path, kind: FileKind, *, layer: str | None = None) -> Cells:
    """Read one sheet of a workbook: the one named, else the first visible one that holds a table.

    Raises
    ------
    FileError, DataError
        When the workbook is damaged, encrypted or too large, has no such sheet, or the sheet has no rows.

    Examples
    --------
    >>> import tempfile, xlsxwriter
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "a.xlsx"
    ...     with xlsxwriter.Workbook(str(file)) as book:
    ...         sheet = book.add_worksheet()
    ...         _ = sheet.write_row(0, 0, ["id", "beds"]), sheet.write_row(1, 0, ["0101", 20])
    ...     read_sheet(file, "xlsx").frame.iloc[0].tolist()
    ['0101', '20']
    """
    facts = inspect_workbook(file) if kind == "xlsx" else {}
    with foreign_errors(file.name), file.open("rb") as handle:
        # By content: the library goes by the name of a path.
        if kind == "xls" and _ENCRYPTED in handle.read():
            raise FileError("workbook_password", file=file.name)
        handle.seek(0)
        with CalamineWorkbook.from_filelike(handle) as book:
            sheet, others = _sheet_to_read(book, layer, file.name)
            values = sheet.to_python(skip_empty_area=False)
            merges = dict(sheet.merged_cell_ranges or ())
    found = facts.get(sheet.name, SheetFacts())
    records = [[as_text(value) for value in record] for record in values]
    for (row, column), digits in found.digits.items():
        if row <= len(values) and column <= len(values[row - 1]):
            records[row - 1][column - 1] = _as_shown(values[row - 1][column - 1], digits)
    findings = []
    if others:
        findings.append(Finding("first_sheet_read", "info", facts={"sheet": sheet.name, "others": ", ".join(others)}))
    cells = _cells(records, file=file.name, merges=merges)
    findings += _long_numbers(values)
    findings += _days_among_texts(values, cells)
    findings += _sheet_findings(found, cells.rows)
    return dataclasses.replace(cells, findings=(*findings, *cells.findings))


def _as_shown(value: object, digits: int) -> str:
    """A whole number with the leading zeros that the spreadsheet shows; anything else as it is."""
    if isinstance(value, (int, float)) and not isinstance(value, bool) and value >= 0 and float(value).is_integer():
        return f"{int(value):0{digits}d}"
    return as_text(value)


def _sheet_to_read(book: CalamineWorkbook, layer: str | None, file: str) -> tuple[CalamineSheet, list[str]]:
    """The sheet that is named, else the first visible one with a table; and the visible ones that are not read."""
    visible = [
        sheet.name
        for sheet in book.sheets_metadata
        if sheet.visible == SheetVisibleEnum.Visible and sheet.typ == SheetTypeEnum.WorkSheet
    ]
    if layer is not None:
        if layer not in book.sheet_names:
            raise DataError("no_such_layer", file=file, layer=layer, layers=", ".join(book.sheet_names))
        return book.get_sheet_by_name(layer), []
    if not visible:
        raise DataError("no_visible_sheet", file=file)
    chosen = book.get_sheet_by_name(visible[0])
    for name in visible[1:]:
        if _is_table(chosen):
            break
        other = book.get_sheet_by_name(name)
        chosen = other if _is_table(other) else chosen
    return chosen, [name for name in visible if name != chosen.name]


def _is_table(sheet: CalamineSheet) -> bool:
    """At least two rows with at least two cells each: a page of explanations or an empty sheet has none."""
    wide = 0
    for record in itertools.islice(sheet.iter_rows(), _SNIFFED_LINES):
        wide += sum(value != "" for value in record) > 1
        if wide > 1:
            return True
    return False


def _long_numbers(values: Sequence[Sequence[object]]) -> list[Finding]:
    limit = 10**_EXACT_DIGITS
    rows = [
        number
        for number, record in enumerate(values, start=1)
        if any(isinstance(value, (int, float)) and abs(value) >= limit for value in record)
    ]
    facts = {"count": len(rows), "digits": _EXACT_DIGITS}
    return [Finding("long_number", "warn", row=rows[0], facts=facts)] if rows else []


def _days_among_texts(values: Sequence[Sequence[object]], cells: Cells) -> list[Finding]:
    """Columns in which a few cells are days: a spreadsheet makes one of an id such as 3-12."""
    out = []
    for position, name in zip(cells.places, cells.frame.columns, strict=True):
        column = [values[row - 1][position] for row in cells.rows.tolist()]
        days = [row for row, value in zip(cells.rows.tolist(), column, strict=True) if isinstance(value, dt.date)]
        if days and (2 * len(days) < sum(value != "" for value in column) or _CODES.search(name)):
            facts = {"count": len(days), "first": days[0]}
            out.append(Finding("days_among_texts", "warn", field=name, facts=facts))
    return out


def _sheet_findings(found: SheetFacts, rows: np.ndarray) -> list[Finding]:
    """What only the XML tells: formulas without a result, failed ones, rows that are hidden."""
    out = [
        Finding(code, "warn", facts={"count": len(names), "cells": row_list(names)})
        for code, names in (("formula_without_value", found.no_value), ("error_cells", found.errors))
        if names
    ]
    hidden = sorted(set(found.hidden) & set(rows.tolist()))
    if hidden:
        out.append(Finding("hidden_rows", "info", facts={"count": len(hidden), "shown": row_list(hidden)}))
    return out


def _cells(records: Sequence[Sequence[str]], *, file: str, merges: Merges | None = None) -> Cells:
    """Heading and rows of data; blank rows and rows that are no data are left out but counted in the numbering."""
    if not any(cell and not cell.isspace() for record in records for cell in record):
        raise FileError("file_empty", file=file)
    found = find_heading(records, merges)
    if len(found.names) > MAX_COLUMNS:
        raise FileError("too_many_columns", file=file, columns=len(found.names), most=MAX_COLUMNS)
    names, findings = _heading(found.names, records[found.rows[-1] + 1 :])
    body = find_body(records, found, names, merges or {})
    if not body.rows:
        raise DataError("no_rows", file=file)
    width = len(names)
    rows = np.array(body.rows, dtype=np.int64) + 1
    findings += body.findings
    findings += [
        Finding("more_cells_than_heading", "error", row=int(number), facts={"cells": len(record), "columns": width})
        for number, record in zip(rows, body.records, strict=True)
        if any(cell.strip() for cell in record[width:])
    ]
    padded = [[*record[:width], *[""] * (width - len(record))] for record in body.records]
    columns = {
        name: pd.Series([row[position].strip() or None for row in padded], dtype="str")
        for position, name in enumerate(names)
        if name
    }
    places = tuple(position for position, name in enumerate(names) if name)
    return Cells(pd.DataFrame(columns), rows, places, "", tuple(findings))


def _heading(record: Sequence[str], below: Sequence[Sequence[str]]) -> tuple[list[str], list[Finding]]:
    """Column names: trimmed, line breaks out, blank and repeated ones made distinct and reported.

    A column without a heading and with nothing below stays without a name: many sheets begin in the second column.
    """
    cells = list(record)
    while cells and not cells[-1].strip():
        cells.pop()
    names: list[str] = []
    findings: list[Finding] = []
    for position, cell in enumerate(cells, start=1):
        name = "".join(cell.split()) if not cell.isascii() else " ".join(cell.split())
        if not name and not any(position <= len(row) and row[position - 1].strip() for row in below):
            names.append("")
            continue
        if not name:
            name = f"column_{position}"
            findings.append(Finding("heading_blank", "info", field=name, facts={"position": position}))
        if name in names:
            distinct = next(f"{name}_{n}" for n in range(2, len(cells) + 2) if f"{name}_{n}" not in names)
            findings.append(Finding("heading_twice", "warn", field=name, facts={"renamed": distinct}))
            name = distinct
        names.append(name)
    return names, findings
