"""The supervision table, opened again by two other libraries: numbers, words, colours, how it prints."""

import dataclasses
import datetime as dt
import io
from typing import Any

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet
from python_calamine import CalamineWorkbook

from coverage.plans.scorecard import Scorecard
from layers.schemas import SCHEMAS
from layers.secrecy import STAMP
from reports.supervision import supervision_xlsx
from reports.trend import snapshot_of
from tests.scorecards import card, renamed, score

PRINTED = dt.date(2026, 7, 2)
SHEETS = ["督查表", "各单元完成情况", "尚未达到的单位名单", "说明"]


def opened(one: Scorecard, lang: str = "zh") -> Any:
    return openpyxl.load_workbook(io.BytesIO(supervision_xlsx(one, lang=lang, printed=PRINTED)))


def column_of(page: Worksheet, heading: str) -> int:
    return next(cell.column for cell in page[3] if str(cell.value).startswith(heading))


def test_the_row_of_an_indicator() -> None:
    """基期值(年), 年度目标, 规划目标, 完成值, 序时进度 as printed and as due."""
    page = opened(card())["督查表"]
    assert [cell.value for cell in page[3]] == [
        "序号", "指标", "单位", "基期值", "基期年", "年度目标(2026)", "规划目标(2027)", "完成值", "序时进度(应达值)",
        "约束性/预期性", "状态", "责任科室", "口径", "规划原文", "备注",
    ]  # fmt: skip
    row = [cell.value for cell in page[4]]
    assert row[:9] == ["7", "乡镇养老机构覆盖率", "%", 33.3, 2020, 90, 100, pytest.approx(200 / 3), 90]
    assert row[9:12] == ["约束性", "✕ 未达标", "养老服务科"]
    assert row[12] == "设施位于本单元内;服务范围含本单元:100%"
    assert row[13:] == ["每个乡镇至少有1个标准化养老机构", "覆盖率未说明口径"]
    assert page.cell(4, 7).number_format == '"≥"#,##0'


def test_numbers_are_numbers_and_what_is_not_there_is_a_dash() -> None:
    """Without a printed number for the year there is no 年度目标, only what is due by then."""
    rows = CalamineWorkbook.from_filelike(io.BytesIO(supervision_xlsx(card()))).get_sheet_by_name("督查表").to_python()
    beds, poor = rows[4], rows[5]
    assert beds[3:9] == [800.0, 2020.0, "–", 1200.0, 1020.0, 8000 / 7]
    assert poor[3:9] == [2.5, 2020.0, "–", 1.5, "–", "–"]
    assert poor[9:11] == ["未标明", "– 暂无数据"]


def test_words_depend_on_what_the_plan_says_of_the_indicator() -> None:
    """约束性 is 未达标, 预期性 is 滞后, and what the plan names no way to travel for is neither."""
    page = opened(card())["督查表"]
    assert [page.cell(row, 11).value for row in range(4, 8)] == ["✕ 未达标", "▲ 滞后", "– 暂无数据", "? 数据待核实"]


@pytest.mark.parametrize("status", ["missed", "behind"])
def test_nobody_fails_by_what_the_plan_does_not_name(status: Any) -> None:
    """Also where a score says so: an assumed way to travel never makes 未达标, in no sheet."""
    scores = tuple(
        dataclasses.replace(one, status=status, failing=("990103",))
        for one in card().scores
        if one.indicator_id == "21"
    )
    book = opened(card(scores=scores))
    cells = [str(cell.value) for name in SHEETS[:3] for row in book[name].iter_rows(min_row=4) for cell in row]
    formats = [cell.number_format for row in book["各单元完成情况"].iter_rows(min_row=4) for cell in row]
    assert not any("未达标" in text or "滞后" in text for text in [*cells, *formats] if "没有" not in text)
    assert "? 数据待核实" in cells
    assert any("规划未明确出行方式、年龄" in text for text in cells)


def test_units_by_indicators_with_mark_word_and_colour() -> None:
    page = opened(card())["各单元完成情况"]
    assert [page.cell(row, 1).value for row in range(4, 8)] == ["990100", "990101", "990102", "990103"]
    assert page.cell(4, 2).value == "望湖县(全域)"
    homes = column_of(page, "7 ")
    cell = page.cell(7, homes)
    assert (cell.value, cell.number_format) == (0, '"✕ 未达标 "#,##0')
    assert page.cell(5, homes).number_format == '"● 达标 "#,##0'
    fills = {page.cell(row, homes).fill.fgColor.rgb for row in (5, 7)}
    assert len(fills) == 2
    # 13b has no values for townships: no cell says anything of them.
    assert page.cell(5, column_of(page, "13b ")).value in (None, "")


def test_who_fails_is_listed_to_print() -> None:
    page = opened(card())["尚未达到的单位名单"]
    rows = [[cell.value for cell in row] for row in page.iter_rows(min_row=4)]
    assert rows == [
        ["7", "乡镇养老机构覆盖率", "990103", "丙乡", "✕ 未达标", 0, 100, "1 处养老机构", "养老服务科"],
    ]  # fmt: skip


def test_a_unit_that_fails_without_a_row_of_its_own_is_listed() -> None:
    scores = tuple(one for one in card().scores if one.whole)
    page = opened(card(scores=scores))["尚未达到的单位名单"]
    row = [cell.value for cell in page[4]]
    assert row[2:6] == ["990103", "", "✕ 未达标", "–"]
    assert row[7] == "1 处养老机构"


def test_what_lies_in_no_unit_does_not_stand_in_the_row_of_the_whole() -> None:
    """Both have no code where the study does not name its county."""
    whole = score("21", ("", "某县"), whole=True, value=61.5, status="to_verify")
    nowhere = score("21", ("", ""), whole=False, value=15.0, status="to_verify")
    page = opened(card(scores=(whole, nowhere)))["各单元完成情况"]
    rows = [[cell.value for cell in row] for row in page.iter_rows(min_row=4)]
    assert rows == [["", "某县(全域)", 61.5], ["", "未在单元内", 15.0]]


def test_nobody_fails() -> None:
    scores = tuple(one for one in card().scores if one.indicator_id == "21")
    page = opened(card(scores=scores))["尚未达到的单位名单"]
    assert "没有未达标或滞后的单位。" in [cell.value for row in page.iter_rows() for cell in row]


def test_the_notes_name_sources_credit_and_what_is_made_up() -> None:
    page = opened(card())["说明"]
    notes = [(row[0].value, row[1].value) for row in page.iter_rows(min_row=4)]
    said = dict(notes)
    assert said["虚构数据"] == f"演示数据:{SCHEMAS['facilities'].label}为虚构"
    assert said["署名"] == "道路 © OpenStreetMap contributors,ODbL 1.0,属非法定数据"
    assert said["使用限制"] == STAMP
    assert (said["数据日期"], said["制表日期"], said["密级"]) == ("2026-06-30", "2026-07-02", "内部")
    assert ("数据来源", "facilities.csv(12 行,内部)") in notes
    real = tuple({**entry, "synthetic": False, "credit": ""} for entry in card().inputs)
    bare = opened(card(inputs=real))["说明"]
    assert not {"虚构数据", "署名"} & {row[0].value for row in bare.iter_rows()}


@pytest.mark.parametrize("name", SHEETS)
def test_how_it_prints(name: str) -> None:
    """A4 across, heading kept in view and on every page, stamp on every page."""
    page = opened(card())[name]
    assert (page.page_setup.paperSize, page.page_setup.orientation) == (9, "landscape")
    # As wide as one page, as long as it is.
    assert page.sheet_properties.pageSetUpPr.fitToPage
    assert page.page_setup.fitToWidth in {None, 1}
    assert page.page_setup.fitToHeight == 0
    assert page.print_title_rows == "$1:$3"
    assert page.freeze_panes is not None
    assert page.freeze_panes.endswith("4")
    assert STAMP in page.oddFooter.left.text
    assert STAMP in page["A2"].value
    assert "虚构" in page["A2"].value


@pytest.mark.parametrize(
    "text", ["=1+1", "+cmd|' /C calc'!A0", "http://x.example/", "1e3", "a\x07b", "{=1}", "_x0041_", "a\uffffb"]
)
def test_names_in_data_are_text(text: str) -> None:
    """E11: no formula, no link, no number that a name turns into."""
    book = opened(renamed(card(), text))
    shown = text.replace("\x07", "").replace("\uffff", "\ufffd")
    found = [cell for page in book for row in page.iter_rows() for cell in row if cell.value == shown]
    assert len(found) > 10
    assert {cell.data_type for cell in found} == {"s"}
    assert not any(cell.data_type == "f" or cell.hyperlink for page in book for row in page.iter_rows() for cell in row)


def test_the_same_scorecard_gives_the_same_bytes() -> None:
    assert supervision_xlsx(card(), printed=PRINTED) == supervision_xlsx(card(), printed=PRINTED)


def test_in_english() -> None:
    book = opened(card(), "en")
    assert book.sheetnames == ["Supervision", "By unit", "Units behind", "About"]
    row = [cell.value for cell in book["Supervision"][4]]
    assert (row[1], row[10]) == ("Townships with a home", "✕ Not met")
    assert row[14] == "coverage of what?"


def test_values_by_year_where_snapshots_were_kept() -> None:
    """Of other plans none; without any there is no such sheet."""
    before = dataclasses.replace(snapshot_of(card()), as_of=dt.date(2025, 12, 31))
    before = dataclasses.replace(
        before, rows=tuple(dataclasses.replace(r, value=1.5) for r in before.rows if r.id == "7")
    )
    other = dataclasses.replace(before, series="another", as_of=dt.date(2024, 12, 31))
    data = supervision_xlsx(card(), kept=[snapshot_of(card()), before, other], printed=PRINTED)
    page = openpyxl.load_workbook(io.BytesIO(data))["历年情况"]
    rows = [[cell.value for cell in row] for row in page.iter_rows(min_row=3)]
    assert rows[0] == ["序号", "指标", "单位", "2025", "2026"]
    assert rows[1] == ["7", "乡镇养老机构覆盖率", "%", 1.5, pytest.approx(200 / 3)]
    assert rows[3] == ["13b", "低保占比", "%", "–", "–"]
    assert "历年情况" not in opened(card()).sheetnames
