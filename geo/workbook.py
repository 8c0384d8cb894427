"""Workbooks (.xlsx) as bytes, every text a text: no formula, no link, no date that a spreadsheet guesses."""

import datetime as dt
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass

import xlsxwriter

from geo.parse import strip_controls

__all__ = ["Sheet", "cell_text", "open_book", "workbook"]

# The same content gives the same bytes on every day.
_CREATED = dt.datetime(2026, 1, 1, tzinfo=dt.UTC).replace(tzinfo=None)
#: Characters that one cell holds in a spreadsheet.
_MOST_CHARACTERS = 32_767
_WIDTHS = (8, 60)
# Not even escaped may these stand in a file of XML.
_NOT_XML = re.compile("[\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True)
class Sheet:
    """One sheet: a heading row and rows of cells.

    Parameters
    ----------
    name
        At most 31 characters.
    heading
        Written bold, and kept in view.
    rows
        Text and finite numbers; None is a blank cell.
    marked
        Headings of columns that are coloured, because they are not the user's own.
    """

    name: str
    heading: Sequence[str]
    rows: Sequence[Sequence[str | float | int | None]]
    marked: frozenset[str] = frozenset()


def open_book(buffer: io.BytesIO) -> xlsxwriter.Workbook:
    """A workbook to fill that makes nothing of a text but text, and has the same bytes on every day.

    Examples
    --------
    >>> buffer = io.BytesIO()
    >>> with open_book(buffer) as book:
    ...     _ = book.add_worksheet("台账").write_string(0, 0, cell_text("=1+1"))
    >>> buffer.getvalue()[:2]
    b'PK'
    """
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(buffer, options)
    book.set_properties({"created": _CREATED})
    return book


def cell_text(text: str) -> str:
    r"""Text that a cell can hold: without control characters or what XML has no place for, and not too long.

    Examples
    --------
    >>> cell_text("a\x07b\uffffc")
    'ab\ufffdc'
    """
    return _NOT_XML.sub("\ufffd", strip_controls(text))[:_MOST_CHARACTERS]


def workbook(sheets: Sequence[Sheet]) -> bytes:
    """A workbook of some sheets.

    Examples
    --------
    >>> workbook([Sheet("台账", ["名称"], [["=1+1"]])])[:2]
    b'PK'
    """
    buffer = io.BytesIO()
    with open_book(buffer) as book:
        bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
        ours = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1, "bg_color": "#FFF2CC"})
        # As text, so that a code that is typed below keeps its leading zeros.
        as_text = book.add_format({"num_format": "@", "text_wrap": True, "valign": "top"})
        for sheet in sheets:
            page = book.add_worksheet(sheet.name)
            page.freeze_panes(1, 0)
            for position, name in enumerate(sheet.heading):
                cells = [row[position] for row in sheet.rows]
                longest = max(len(line) for text in (name, *map(str, cells)) for line in text.split("\n"))
                # A Chinese character is two columns wide.
                page.set_column(position, position, min(max(2 * longest, _WIDTHS[0]), _WIDTHS[1]), as_text)
                page.write_string(0, position, name, ours if name in sheet.marked else bold)
                for row, cell in enumerate(cells, start=1):
                    if isinstance(cell, str):
                        page.write_string(row, position, cell_text(cell), as_text)
                    elif cell is not None:
                        page.write_number(row, position, cell)
    return buffer.getvalue()
