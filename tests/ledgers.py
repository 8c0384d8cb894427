"""A ledger as a bureau keeps it: titles, a heading of two rows, merged cells, 60 rows (3 are bad), a sum, notes."""

import csv
import datetime as dt
import io
from pathlib import Path

import xlsxwriter

__all__ = ["BAD_ROWS", "FIRST_ROW", "ROWS", "STREETS", "bureau_ledger", "cells"]

ROWS = 60
#: Row of the first facility as Excel numbers rows: two rows of titles and two of heading stand above it.
FIRST_ROW = 5
#: Rows of the ledger that cannot be used, and why: no coordinates, beds in words, a latitude that is none.
BAD_ROWS = (FIRST_ROW + 6, FIRST_ROW + 23, FIRST_ROW + 41)
STREETS = ("青禾街道", "栖云街道", "望穗街道", "听澜街道", "松筠街道", "朗曦街道")
_PER_STREET = ROWS // len(STREETS)
_TITLE = "示范区养老机构台账（2026年6月）"
_TOP = ("机构编码", "机构名称", "所在街道", "机构类别", "坐标", "", "床位数", "", "启用日期")
_LOWER = ("", "", "", "", "经度", "纬度", "总数", "护理型", "")
_WIDTH = len(_TOP)


def _dms(degrees: float) -> str:
    seconds = round(degrees * 3600, 2)
    whole, rest = divmod(seconds, 3600)
    return f"{int(whole)}°{int(rest // 60):02d}′{rest % 60:05.2f}″"


def _facility(number: int) -> list[str]:
    lon, lat = 114.20 + 0.015 * (number % 10), 30.53 + 0.017 * (number // 10)
    total = 20 + number
    street = STREETS[number // _PER_STREET]
    beds = {
        3: f"约{total}",
        8: f"{total}张",
        12: str(total).translate(str.maketrans("0123456789", "０１２３４５６７８９")),
    }
    record = [
        f"0101{number + 1:03d}",
        f"{street[:2]}第{number + 1}养老院",
        street if number % _PER_STREET == 0 else "",
        "养老机构",
        _dms(lon),
        _dms(lat),
        beds.get(number, str(total)),
        "/" if number == 5 else str(total // 3),
        f"20{10 + number % 15}.{1 + number % 9 + (number % 9 == 0)}.{1 + number % 28}",
    ]
    row = FIRST_ROW + number
    if row == BAD_ROWS[0]:
        record[4] = record[5] = ""
    elif row == BAD_ROWS[1]:
        record[6] = "四十来张"
    elif row == BAD_ROWS[2]:
        record[5] = _dms(95.5)
    return record


def cells() -> list[list[str]]:
    """All rows of the ledger as text; cells that are merged hold their text in the first one only."""
    facilities = [_facility(number) for number in range(ROWS)]
    nursing = sum(int(record[7]) for record in facilities if record[7] != "/")
    return [
        [_TITLE, *[""] * (_WIDTH - 1)],
        ["填报单位：示范区民政局", *[""] * (_WIDTH - 2), "单位：张"],
        list(_TOP),
        list(_LOWER),
        *facilities,
        ["合计", f"{ROWS}家", *[""] * 5, str(nursing), ""],
        ["备注：床位数按核定床位填报。", *[""] * (_WIDTH - 1)],
        ["填表人：某某", "", "", "审核人：某某", "", "", "", "", "填报日期：2026.6.30"],
    ]


def bureau_ledger(path: Path) -> Path:
    """Write the ledger: ``.csv`` in GB 18030, as Excel in China saves it, or ``.xlsx`` with merged cells.

    57 facilities can be used, the rows :data:`BAD_ROWS` cannot. Coordinates are in degrees, minutes and seconds.
    """
    rows = cells()
    if path.suffix == ".csv":
        text = io.StringIO()
        csv.writer(text, lineterminator="\r\n").writerows(rows)
        path.write_bytes(text.getvalue().encode("gb18030"))
        return path
    with xlsxwriter.Workbook(str(path)) as book:
        book.set_properties({"created": dt.datetime(2026, 6, 30, tzinfo=dt.UTC).replace(tzinfo=None)})  # Same bytes.
        sheet = book.add_worksheet("台账")
        for row, record in enumerate(rows):
            for column, cell in enumerate(record):
                if cell.isascii() and cell.isdigit() and not cell.startswith("0"):
                    sheet.write_number(row, column, int(cell))
                elif cell:
                    sheet.write_string(row, column, cell)
        sheet.merge_range(0, 0, 0, _WIDTH - 1, _TITLE)
        for column, name in enumerate(_TOP):
            if name and _LOWER[column]:
                sheet.merge_range(2, column, 2, column + 1, name)
            elif name:
                sheet.merge_range(2, column, 3, column, name)
        for number, street in enumerate(STREETS):
            top = FIRST_ROW - 1 + number * _PER_STREET
            sheet.merge_range(top, 2, top + _PER_STREET - 1, 2, street)
    return path
