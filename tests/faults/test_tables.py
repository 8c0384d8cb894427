"""Ledgers as bureaus write them: read right, or refused with a sentence that names the row (faults.md, part A)."""

import csv
import datetime as dt
import struct
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
import shapely
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from geo.child import read_table_apart
from geo.encoding import decode_text
from geo.errors import DataError, QuarterhourError
from geo.read import Table, read_table
from geo.workbook import Sheet, workbook
from geo.write import write_csv
from geo.writers import write_layer
from layers.read import read_layer
from tests.ledgers import BAD_ROWS, FIRST_ROW, ROWS, STREETS, bureau_ledger

FILES = Path(__file__).parents[1] / "files"


def book(path: Path, fill: Callable[[xlsxwriter.Workbook], Any]) -> Path:
    with xlsxwriter.Workbook(str(path)) as workbook:
        fill(workbook)
    return path


def sheet_of(path: Path, rows: Sequence[Sequence[object]]) -> Path:
    """A workbook of one sheet; texts stay texts."""
    with xlsxwriter.Workbook(str(path), {"strings_to_formulas": False}) as workbook:
        sheet = workbook.add_worksheet()
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    return path


def code_of(path: Path, layer: str | None = None) -> str:
    with pytest.raises(QuarterhourError) as caught:
        read_table(path, layer=layer)
    assert caught.value.hint("zh")
    assert "?" not in caught.value.message("zh")
    return caught.value.code


def facts_of(table: Table, code: str) -> dict[str, object]:
    (found,) = [finding for finding in table.findings if finding.code == code]
    for lang in ("zh", "en"):
        assert "?" not in found.sentence(lang)
    return dict(found.facts)


def with_part(source: Path, target: Path, name: str, change: Callable[[bytes], bytes]) -> Path:
    """A copy of a workbook with one part of it changed."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            data = old.read(info)
            new.writestr(info.filename, change(data) if info.filename == name else data)
    return target


# ---- the ledger as a whole -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["台账.csv", "台账.xlsx"])
def test_a18_a_ledger_with_titles_two_rows_of_heading_and_a_sum(tmp_path: Path, name: str) -> None:
    layer = read_layer(bureau_ledger(tmp_path / name), "facilities")
    quality = layer.quality
    assert (quality.rows_read, quality.rows_kept, quality.rows_refused) == (ROWS, ROWS - 3, 3)
    assert quality.refused["row"].tolist() == list(BAD_ROWS)
    first = layer.frame.iloc[0]
    assert (first["facility_id"], first["beds"], first["nursing_beds"]) == ("0101001", 20, 6)
    assert (first.geometry.x, first.geometry.y) == pytest.approx((114.2, 30.53), abs=1e-9)
    assert layer.frame["row"].iloc[0] == FIRST_ROW
    assert layer.frame["beds"].tolist()[3] == 23
    left_out = {(finding.code, finding.row) for finding in quality.findings if finding.code.endswith("left_out")}
    last = FIRST_ROW + ROWS
    assert left_out == {
        ("title_left_out", 1), ("title_left_out", 2), ("total_left_out", last),
        ("note_left_out", last + 1), ("note_left_out", last + 2),
    }  # fmt: skip
    assert "total_differs" not in {finding.code for finding in quality.findings}


def test_a18_a_cell_merged_over_rows_belongs_to_each_of_them(tmp_path: Path) -> None:
    table = read_table(bureau_ledger(tmp_path / "a.xlsx"))
    assert table.frame["所在街道"].tolist() == [street for street in STREETS for _ in range(ROWS // len(STREETS))]
    assert [(f.field, f.facts["count"]) for f in table.findings if f.code == "merged_filled"] == [("所在街道", 54)]


def test_a18_a_process_of_its_own_reads_the_same(tmp_path: Path) -> None:
    """What is found in a sheet survives the way back from the process that reads uploads."""
    file = bureau_ledger(tmp_path / "a.xlsx")
    here, apart = read_table(file), read_table_apart(file)
    pd.testing.assert_frame_equal(apart.frame, here.frame)
    assert [f.as_dict("zh") for f in apart.findings] == [f.as_dict("zh") for f in here.findings]
    assert apart.rows.tolist() == here.rows.tolist()


# ---- text tables -----------------------------------------------------------------------------------------------------

SIMPLE = "编号,名称,地址\n0101,长兴县敬老院,栖云街道\n0102,青禾养老服务中心,望穗镇\n"
TRADITIONAL = "編號,名稱,地址\n0101,臺北市立安養中心,信義區\n0102,長青老人日間照顧中心,大安區\n"


@pytest.mark.parametrize(
    ("text", "codec", "used", "told"),
    [
        (SIMPLE, "utf-8", "utf-8", None),
        (SIMPLE, "utf-8-sig", "utf-8-sig", None),
        (SIMPLE, "gbk", "gb18030", "gb18030"),
        (SIMPLE.replace("长兴", "㐀𠀀龥"), "gb18030", "gb18030", "gb18030"),
        (SIMPLE, "utf-16", "utf-16", None),
        (SIMPLE, "utf-16-le", "utf-16-le", "utf-16-le"),
        (SIMPLE, "utf-16-be", "utf-16-be", "utf-16-be"),
        (TRADITIONAL, "big5", "cp950", "Big5 (cp950)"),
        (TRADITIONAL, "gbk", "gb18030", "gb18030"),
    ],
)
def test_a11_encodings_are_told_apart_and_the_choice_is_shown(
    tmp_path: Path, text: str, codec: str, used: str, told: str | None
) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes(text.encode(codec))
    table = read_table(file)
    rows = [line.split(",") for line in text.splitlines()]
    assert [list(table.frame.columns), *table.frame.to_numpy().tolist()] == rows
    assert table.encoding == used
    found = [finding.facts for finding in table.findings if finding.code == "encoding_detected"]
    assert [facts["used"] for facts in found] == ([told] if told else [])
    assert all(facts["sample"] == text[:2] for facts in found)


def test_a11_what_the_user_says_wins(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes(SIMPLE.encode("gbk"))
    assert read_table(file, encoding="cp950").frame.columns[0] != "编号"
    assert read_table(file, encoding="gbk").findings == ()


def test_a11_damaged_utf8_is_not_read_as_something_else(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    data = SIMPLE.encode() * 3
    position = data.index("青".encode()) + 1
    file.write_bytes(data[:position] + data[position + 1 :])
    with pytest.raises(DataError) as caught:
        read_table(file)
    assert (caught.value.code, caught.value.facts["position"]) == ("encoding_does_not_fit", position - 1)


EVERYDAY = st.text(
    st.sampled_from([bytes([a, b]).decode("gb2312") for a in range(0xB0, 0xD7) for b in range(0xA1, 0xFF)]), min_size=8
)


@given(EVERYDAY)
def test_a11_everyday_text_in_gb18030_is_never_taken_for_big5(text: str) -> None:
    data = text.encode("gb18030")
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        assert decode_text(data) == (text, "gb18030")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "，"])
@pytest.mark.parametrize("title", ["", "某县养老机构台账\n", "某县；养老机构\n", "某县,机构\n"])
def test_a12_delimiters_below_a_title_too(tmp_path: Path, delimiter: str, title: str) -> None:
    file = tmp_path / "a.csv"
    title = "" if delimiter in title else title
    rows = [["编号", "名称", "经度", "纬度"], ["1", "甲、乙", "114.3", "30.6"], ["2", "丙", "114.4", "30.5"]]
    file.write_text(title + "\n".join(delimiter.join(row) for row in rows), encoding="utf-8")
    table = read_table(file)
    assert [list(table.frame.columns), *table.frame.to_numpy().tolist()] == rows
    assert table.rows.tolist() == ([3, 4] if title else [2, 3])


def test_a12_a_first_line_that_names_the_delimiter(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes(b"sep=;\r\nid;name\r\n1;a,b\r\n")
    table = read_table(file)
    assert table.frame.iloc[0].tolist() == ["1", "a,b"]
    assert table.rows.tolist() == [2]


# ---- ids and codes ---------------------------------------------------------------------------------------------------

CODES = ["0101", "NA", "null", "12345678901234567", "None", "1E5", "007"]


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_a13_a14_a15_codes_stay_as_they_are_written(tmp_path: Path, suffix: str) -> None:
    rows = [["编号", "名称", "经度", "纬度"], *([code, code, "114.3", "30.6"] for code in CODES)]
    rows.insert(3, ["", "", "", ""])  # A blank row is what makes numbers of ids elsewhere.
    file = tmp_path / f"a.{suffix}"
    if suffix == "csv":
        file.write_text("\n".join(",".join(row) for row in rows), encoding="utf-8")
    else:
        sheet_of(file, rows)
    layer = read_layer(file, "facilities")
    assert layer.frame["facility_id"].tolist() == CODES
    assert layer.frame["name"].tolist() == CODES
    assert layer.frame["row"].tolist() == [2, 3, 5, 6, 7, 8, 9]


def test_a13_zeros_that_only_the_format_of_a_cell_shows(tmp_path: Path) -> None:
    def fill(workbook: xlsxwriter.Workbook) -> None:
        sheet = workbook.add_worksheet()
        code, money = workbook.add_format({"num_format": "0000"}), workbook.add_format({"num_format": "0.00"})
        sheet.write_row(0, 0, ["编号", "床位", "造价"])
        sheet.write_row(1, 0, [101, 5], code)
        sheet.write_row(2, 0, [12345, -5], code)
        sheet.write_row(3, 0, ["x", 1.5], code)
        sheet.write(1, 2, 7, money)
        sheet.write(4, 0, 102)

    frame = read_table(book(tmp_path / "a.xlsx", fill)).frame.fillna("")
    assert frame["编号"].tolist() == ["0101", "12345", "x", "102"]
    assert frame["床位"].tolist() == ["0005", "-5", "1.5", ""]
    assert frame["造价"].tolist() == ["7", "", "", ""]


def test_a15_a_number_of_too_many_digits_is_told(tmp_path: Path) -> None:
    file = book(tmp_path / "a.xlsx", lambda b: b.add_worksheet().write_column(0, 0, ["编号", 12345678901234567]))
    assert facts_of(read_table(file), "long_number") == {"count": 1, "digits": 15}


# ---- numbers ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "beds"),
    [
        ("1,234", 1234), ("１２", 12), ("１，２３４", 1234), ("1.2万", 12000), ("约120", 120), ("约 120 张", 120),
        ("100余", 100), ("35张", 35), ("120人", 120), ("-", None), ("/", None), ("无", None), ("—", None),
        ("暂无", None), ("", None), (" 7 ", 7), ("0", 0),
    ],
)  # fmt: skip
def test_a16_numbers_as_people_write_them(tmp_path: Path, text: str, beds: float | None) -> None:
    file = tmp_path / "a.csv"
    file.write_text(f'床位数,经度,纬度\n"{text}",114.3,30.6\n1,114.3,30.6\n', encoding="utf-8")
    layer = read_layer(file, "facilities")
    assert layer.quality.rows_kept == 2
    value = layer.frame["beds"].iloc[0]
    assert (None if pd.isna(value) else value) == beds
    plain = text.strip() == "" or (text.strip().replace(",", "").isascii() and text.strip().replace(",", "").isdigit())
    told = {finding.code for finding in layer.quality.findings} & {"number_words", "number_about", "blank_words"}
    assert bool(told) != (plain or text in ("１２", "１，２３４"))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("39°54′", "number_unreadable"), ("116.4E", "number_unreadable"), ("86.5㎡", "number_unreadable"),
        ("1.2公里", "number_unreadable"), ("10²", "number_unreadable"), ("①", "number_unreadable"),
        ("20-30", "number_unreadable"), ("20+15", "number_unreadable"), ("三十", "number_unreadable"),
        ("85%", "number_percent"), ("85％", "number_percent"), ("-5", "number_negative"),
    ],
)  # fmt: skip
def test_a16_what_cannot_be_read_is_refused_row_by_row(tmp_path: Path, text: str, code: str) -> None:
    file = tmp_path / "a.csv"
    file.write_text(f"床位数,经度,纬度\n{text},114.3,30.6\n1,114.3,30.6\n", encoding="utf-8")
    quality = read_layer(file, "facilities").quality
    assert (quality.rows_kept, quality.rows_refused) == (1, 1)
    assert [(f.code, f.row, f.field) for f in quality.findings if f.severity == "error"] == [(code, 2, "床位数")]


@pytest.mark.parametrize(
    ("text", "day", "code"),
    [
        ("2021.2.19", "2021-02-19", None), ("20210219", "2021-02-19", None),
        ("2021年2月19号", "2021-02-19", None), ("２０２１．２．１９", "2021-02-19", None),
        ("44246", "2021-02-19", None),
        ("2021-2", "2021-02-01", "months_only"),
        ("2021年2月", "2021-02-01", "months_only"), ("2021.10", "2021-10-01", "months_only"),
        ("无", "", "blank_words"),
        ("2021.1", "", "date_unreadable"), ("21.2.19", "", "date_unreadable"), ("2021-13", "", "date_unreadable"),
        ("20211301", "", "date_unreadable"),
    ],
)  # fmt: skip
def test_a16_days_as_people_write_them(tmp_path: Path, text: str, day: str, code: str | None) -> None:
    file = tmp_path / "a.csv"
    file.write_text(f"启用日期,经度,纬度\n{text},114.3,30.6\n", encoding="utf-8")
    layer = read_layer(file, "facilities")
    found = layer.frame["open_date"].iloc[0]
    assert ("" if found is None else found.isoformat()) == day
    codes = {finding.code for finding in layer.quality.findings} & {"months_only", "blank_words", "date_unreadable"}
    assert codes == ({code} if code else set())


@pytest.mark.parametrize("pair", [
    ("经度", "纬度"), ("东经", "北纬"), ("lng", "lat"), ("LONGITUDE", "LATITUDE"), ("X", "Y"), ("Lon", "Lat"),
    ("x坐标", "y坐标"), ("经度(°)", "纬度(°)"), ("经 度", "纬 度"), ("jd", "wd"),
    ("POINT_X", "POINT_Y"), ("坐标-经度", "坐标-纬度"),
])  # fmt: skip
def test_a17_headings_of_coordinates(tmp_path: Path, pair: tuple[str, str]) -> None:
    file = tmp_path / "a.csv"
    file.write_text(f"名称,{pair[0]},{pair[1]}\n甲,114.3,30.6\n", encoding="utf-8")
    point = read_layer(file, "facilities").frame.geometry.iloc[0]
    assert (point.x, point.y) == (114.3, 30.6)


# ---- workbooks -------------------------------------------------------------------------------------------------------


def test_a18_sheets_are_named_and_hidden_ones_passed_over(tmp_path: Path) -> None:
    def fill(workbook: xlsxwriter.Workbook) -> None:
        workbook.add_worksheet("旧台账").hide()
        cover = workbook.add_worksheet("填表说明")
        cover.activate()
        cover.write_column(0, 0, ["一、逐行填写。", "二、不得合并单元格。"])
        for name in ("台账", "附表"):
            sheet = workbook.add_worksheet(name)
            sheet.write_row(0, 0, ["编号", "名称"])
            sheet.write_row(1, 0, ["01", name])

    file = book(tmp_path / "a.xlsx", fill)
    table = read_table(file)
    assert table.frame["名称"].tolist() == ["台账"]
    assert facts_of(table, "first_sheet_read") == {"sheet": "台账", "others": "填表说明, 附表"}
    assert read_table(file, layer="附表").frame["名称"].tolist() == ["附表"]
    assert code_of(file, layer="没有") == "no_such_layer"
    hidden = with_part(
        book(tmp_path / "b.xlsx", lambda b: b.add_worksheet("甲").write_row(0, 0, ["a", "b"])),
        tmp_path / "c.xlsx", "xl/workbook.xml", lambda xml: xml.replace(b"<sheet ", b'<sheet state="hidden" '),
    )  # fmt: skip
    assert code_of(hidden) == "no_visible_sheet"


def test_a18_formulas_without_results_and_failed_ones_are_named(tmp_path: Path) -> None:
    def fill(workbook: xlsxwriter.Workbook) -> None:
        sheet = workbook.add_worksheet()
        sheet.write_row(0, 0, ["编号", "床位", "备注"])
        sheet.write_row(1, 0, ["01", 3])
        sheet.write_formula("B3", "=B2*2", None, "")
        sheet.write_formula("B4", "=NA()", None, "#N/A")
        sheet.write_formula("B5", "=B2+1", None, 4)
        sheet.write_formula("C5", '=IF(B5>9,"x","")', None, "")
        sheet.write_column(2, 0, ["02", "03", "04"])
        sheet.set_row(3, None, None, {"hidden": True})

    # Excel marks the empty text of a formula as a text; the writer of this file does not.
    file = with_part(
        book(tmp_path / "a.xlsx", fill), tmp_path / "b.xlsx", "xl/worksheets/sheet1.xml",
        lambda xml: xml.replace(b'<c r="C5">', b'<c r="C5" t="str">'),
    )  # fmt: skip
    table = read_table(file)
    assert table.frame["床位"].fillna("").tolist() == ["3", "", "", "4"]
    assert facts_of(table, "formula_without_value") == {"count": 1, "cells": "B3"}
    assert facts_of(table, "error_cells") == {"count": 1, "cells": "B4"}
    assert facts_of(table, "hidden_rows") == {"count": 1, "shown": "4"}


def test_a18_ids_that_a_spreadsheet_made_days_of(tmp_path: Path) -> None:
    def fill(workbook: xlsxwriter.Workbook) -> None:
        sheet = workbook.add_worksheet()
        day = workbook.add_format({"num_format": "m-d"})
        sheet.write_row(0, 2, ["界桩编号", "检查日期"])  # The first two columns stay blank.
        for row in range(1, 4):
            sheet.write_row(row, 2, [f"{row}-40"])
            sheet.write_datetime(row, 3, dt.datetime(2026, 6, row), day)  # noqa: DTZ001
        sheet.write_datetime(2, 2, dt.datetime(2026, 3, 12), day)  # noqa: DTZ001

    table = read_table(book(tmp_path / "a.xlsx", fill))
    assert [(f.field, f.facts["first"]) for f in table.findings if f.code == "days_among_texts"] == [("界桩编号", 3)]


@pytest.mark.parametrize("name", ["ledger.xls", "named_wrongly.xlsx"])
def test_a18_the_old_format_of_excel(tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    file.write_bytes((FILES / "ledger.xls").read_bytes())
    table = read_table(file)
    assert table.frame["坐标-经度"].tolist() == ["114.3", "114.31"]
    assert table.frame["编号"].tolist() == ["0101", "0102"]
    assert table.frame["所在街道"].tolist() == ["青禾街道"] * 2
    assert table.frame["启用日期"].tolist() == ["2021-02-19", "2022-03-01"]
    assert table.rows.tolist() == [4, 5]


def test_a18_more_rows_than_a_spreadsheet_has(tmp_path: Path) -> None:
    def stretch(xml: bytes) -> bytes:
        return xml.replace(b'r="2"', b'r="1048577"').replace(b'r="A2"', b'r="A1048577"')

    source = book(tmp_path / "a.xlsx", lambda b: b.add_worksheet().write_column(0, 0, ["编号", "01"]))
    assert len(read_table(source).frame) == 1
    assert code_of(with_part(source, tmp_path / "b.xlsx", "xl/worksheets/sheet1.xml", stretch)) == "sheet_too_long"


def test_a18_a_workbook_with_a_password(tmp_path: Path) -> None:
    file = tmp_path / "a.xlsx"
    start = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    file.write_bytes(start + bytes(600) + "EncryptedPackage".encode("utf-16-le") + bytes(600))
    assert code_of(file) == "workbook_password"


def test_e07_a_workbook_is_measured_by_what_comes_out_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The declared size is a lie, and so is the checksum, which fits the declared part."""
    source = book(tmp_path / "a.xlsx", lambda b: b.add_worksheet().write_column(0, 0, ["编号", "01"]))
    part = "xl/worksheets/sheet1.xml"
    bomb = with_part(source, tmp_path / "b.xlsx", part, lambda xml: xml + b" " * 5_000_000)
    data = bytearray(bomb.read_bytes())
    with zipfile.ZipFile(bomb) as archive:
        small = archive.read(part)[:500]
    # Checksum and size of the member as its own header and the table of contents at the end have them.
    for name_at, checksum, size in ((data.find(part.encode()), -16, -8), (data.rfind(part.encode()), -30, -22)):
        struct.pack_into("<I", data, name_at + checksum, zipfile.crc32(small))
        struct.pack_into("<I", data, name_at + size, len(small))
    bomb.write_bytes(data)
    with zipfile.ZipFile(bomb) as archive:
        assert len(archive.read(part)) == len(small)  # Python believes the header.
    monkeypatch.setattr("geo.sheet_xml.MAX_UNPACKED", 2 * 1024**2)
    assert len(read_table(source).frame) == 1
    assert code_of(bomb) == "file_too_large"


@pytest.mark.parametrize(
    "part", ["xl/workbook.xml", "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "docProps/app.xml"]
)
def test_e04_no_document_type_in_a_workbook(tmp_path: Path, part: str) -> None:
    source = book(tmp_path / "a.xlsx", lambda b: b.add_worksheet().write_column(0, 0, ["编号", "01"]))
    declared = b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>'
    file = with_part(source, tmp_path / "b.xlsx", part, lambda xml: xml.replace(b"?>", b"?>" + declared, 1))
    assert code_of(file) == "xml_doctype"


@given(st.data())
def test_p18_a_spoiled_workbook_gives_a_table_or_an_error_of_ours(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """Bytes of the file, or of the XML inside it, that were changed at random."""
    folder = tmp_path_factory.getbasetemp()
    source = bureau_ledger(folder / "whole.xlsx")

    def spoiled(content: bytes) -> bytes:
        out = bytearray(content)
        for _ in range(data.draw(st.integers(1, 6))):
            out[data.draw(st.integers(0, len(out) - 1))] = data.draw(st.integers(0, 255))
        return bytes(out)

    file = folder / "spoiled.xlsx"
    if data.draw(st.booleans()):
        part = data.draw(st.sampled_from(["workbook.xml", "_rels/workbook.xml.rels", "worksheets/sheet1.xml"]))
        with_part(source, file, f"xl/{part}", spoiled)
    else:
        file.write_bytes(spoiled(source.read_bytes()))
    try:
        table = read_table(file)
    except QuarterhourError:
        return
    assert len(table.frame) == len(table.rows) > 0


# ---- nothing in it, odd names, odd characters ------------------------------------------------------------------------


def test_a19_nothing_to_read(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    for data, code in (
        (b"", "file_empty"), (b"\n,,\n", "file_empty"), ("编号,名称\n".encode(), "no_rows"),
        ("台账,\n编号,名称\n合计,3\n".encode(), "no_rows"),
    ):  # fmt: skip
        file.write_bytes(data)
        assert code_of(file) == code
    (tmp_path / "a.geojson").write_text('{"type":"FeatureCollection","features":[]}', encoding="utf-8")
    assert code_of(tmp_path / "a.geojson") == "no_rows"
    assert code_of(book(tmp_path / "a.xlsx", lambda b: b.add_worksheet())) == "file_empty"
    assert code_of(book(tmp_path / "b.xlsx", lambda b: b.add_worksheet().write(0, 0, "编号"))) == "no_rows"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (",".join(f"c{n}" for n in range(3000)) + "\n" + "1," * 2999 + "1\n", "too_many_columns"),
        ("a,b\n" + "x" * 200_000 + ",1\n", "cell_too_long"),
        ('a,b\n"x,1\n', "csv_broken"),
    ],
)
def test_e19_tables_out_of_all_measure(tmp_path: Path, text: str, code: str) -> None:
    file = tmp_path / "a.csv"
    file.write_text(text, encoding="utf-8")
    assert code_of(file) == code


@pytest.mark.parametrize(
    "cell", ["1" * 100_000 + "x", "年" * 100_000, "(" * 100_000, "合计" * 50_000, "备注：" * 40_000]
)
def test_e19_a_long_cell_is_read_in_a_moment(tmp_path: Path, cell: str) -> None:
    """No pattern tries the parts of a text in all ways; where one did, this would not end."""
    file = tmp_path / "a.csv"
    file.write_text(f"{cell},\n名称,床位\n{cell},2\n甲,3\n", encoding="utf-8")
    assert len(read_table(file).frame) >= 1


def test_a23_names_that_differ_by_case_or_are_taken(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("Name,NAME,name,fid,geometry,row,lon,lat\na,b,c,7,g,r,114.3,30.6\n", encoding="utf-8")
    table = read_table(file)
    assert list(table.frame.columns) == ["Name", "NAME", "name", "fid", "geometry", "row", "lon", "lat"]
    layer = read_layer(file, "facilities")
    frame = layer.frame
    assert set(frame.loc[0, [n for n in frame.columns if n not in ("geometry", "row")]].astype(str)) >= {"a", "b", "c"}
    renamed = {f.field: f.facts["renamed"] for f in layer.quality.findings if f.code == "column_renamed"}
    assert {"geometry", "row"} <= set(renamed)
    assert frame["row"].tolist() == [2]
    assert isinstance(frame.geometry.iloc[0], shapely.Point)
    file.write_text("a,a,a\n1,2,3\n", encoding="utf-8")
    assert list(read_table(file).frame.columns) == ["a", "a_2", "a_3"]


ODD = {"bell\x07": "bell", "a\x1bb": "ab", "笑😀": "笑😀", "\u202eabc": "\u202eabc", "㐀𠀀": "㐀𠀀"}


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_a25_control_characters_go_and_the_rest_stays(tmp_path: Path, suffix: str) -> None:
    rows = [["名称", "经度", "纬度"], *([name, "114.3", "30.6"] for name in ODD)]
    file = tmp_path / f"a.{suffix}"
    if suffix == "csv":
        file.write_text("\n".join(",".join(row) for row in rows), encoding="utf-8")
    else:
        sheet_of(file, rows)
    layer = read_layer(file, "facilities")
    assert layer.frame["name"].tolist() == list(ODD.values())
    (found,) = [finding for finding in layer.quality.findings if finding.code == "control_characters"]
    assert (found.field, found.facts["count"]) == ("名称", 2)


PAYLOADS = ["=1+1", "+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "=cmd|' /C calc'!A0", "甲"]


def test_e11_no_text_becomes_a_formula(tmp_path: Path) -> None:
    frame = pd.DataFrame({"名称": PAYLOADS, "=n": [-1.5] * len(PAYLOADS)})
    write_csv(tmp_path / "a.csv", frame)
    with (tmp_path / "a.csv").open(encoding="utf-8-sig", newline="") as handle:
        rows = list(csv.reader(handle))
    assert rows[0] == ["名称", "'=n"]
    assert [row[0] for row in rows[1:]] == [*(f"'{text}" for text in PAYLOADS[:-1]), "甲"]
    assert {row[1] for row in rows[1:]} == {"-1.5"}
    # What was put in front for the spreadsheet is not part of the text.
    assert read_table(tmp_path / "a.csv").frame["名称"].tolist() == [text.strip() for text in PAYLOADS]


def test_e11_texts_of_a_workbook_are_texts(tmp_path: Path) -> None:
    places = gpd.GeoDataFrame({"名称": PAYLOADS}, geometry=[shapely.Point(114.3, 30.6)] * len(PAYLOADS), crs=4326)
    write_layer(tmp_path / "a.xlsx", places)
    (tmp_path / "b.xlsx").write_bytes(workbook([Sheet("台账", ["名称", "=n"], [[text, -1.5] for text in PAYLOADS])]))
    for name in ("a.xlsx", "b.xlsx"):
        with zipfile.ZipFile(tmp_path / name) as archive:
            xml = b"".join(archive.read(part) for part in archive.namelist() if part.startswith("xl/worksheets/sheet"))
        assert b"<f" not in xml
        assert read_table(tmp_path / name).frame["名称"].tolist() == [text.strip() for text in PAYLOADS]


# ---- law P12: what was written is read -------------------------------------------------------------------------------

# All planes that hold Chinese characters: the basic one with extension A, the second and the third.
PLANES = st.sampled_from([(0x4E00, 0x9FFF), (0x3400, 0x4DBF), (0xF900, 0xFA6D), (0x20000, 0x2FA1D), (0x30000, 0x3347B)])
CHINESE = st.text(PLANES.flatmap(lambda ends: st.integers(*ends)).map(chr), min_size=1, max_size=12)


@given(st.lists(CHINESE, min_size=1, max_size=6))
def test_p12_names_over_all_planes_come_back(tmp_path_factory: pytest.TempPathFactory, names: list[str]) -> None:
    folder = tmp_path_factory.getbasetemp()
    write_csv(folder / "p12.csv", pd.DataFrame({"名称": names, "经度": 114.3, "纬度": 30.6}))
    rows = [["名称", "经度", "纬度"], *([name, 114.3, 30.6] for name in names)]
    sheet_of(folder / "p12.xlsx", rows)
    text = "名称,经度,纬度\n" + "".join(f"{name},114.3,30.6\n" for name in names)
    (folder / "p12-gb.csv").write_bytes(text.encode("gb18030"))
    for file, encoding in (("p12.csv", None), ("p12.xlsx", None), ("p12-gb.csv", "gb18030")):
        assert read_table(folder / file, encoding=encoding).frame["名称"].tolist() == names
