"""Where the heading of a sheet is, and what below it is no data; a plain table stays exactly as it is."""

import csv
import io
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import assume, given
from hypothesis import strategies as st

from geo.body import find_body
from geo.heading import JOINT, Heading, find_heading, is_numeric, spellings
from geo.read import read_table

Rows = list[list[str]]


def split(text: str) -> Rows:
    """Rows of a sheet drawn as text: cells between bars."""
    return [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in text.strip().splitlines()]


def codes(rows: Rows, merges: dict[tuple[int, int], tuple[int, int]] | None = None) -> list[tuple[str, int | None]]:
    heading = find_heading(rows, merges)
    return [(f.code, f.row) for f in find_body(rows, heading, heading.names, merges or {}).findings]


# ---- headings that are found -----------------------------------------------------------------------------------------


def test_titles_of_several_kinds_stand_above() -> None:
    rows = split("""
        | 某县养老机构台账 |      |      |      |      |
        | 填报单位：某县民政局 |  |      | 单位：人 |   |
        |                  |      |      |      |      |
        | 序号             | 名称 | 经度 | 纬度 | 床位 |
        | 1                | 甲   | 114  | 30   | 20   |
    """)
    assert find_heading(rows) == Heading(("序号", "名称", "经度", "纬度", "床位"), (3,), (0, 1))
    assert codes(rows) == [("title_left_out", 1), ("title_left_out", 2)]


def test_a_heading_of_three_rows() -> None:
    rows = split("""
        | 名称 | 坐标 |      | 床位数 |        |          |
        |      | 经度 | 纬度 | 总数   | 护理型 |          |
        |      |      |      |        | 小计   | 其中失能 |
        | 甲   | 114  | 30   | 20     | 8      | 3        |
    """)
    names = ("名称", "坐标-经度", "坐标-纬度", "床位数-总数", "床位数-护理型-小计", "床位数-护理型-其中失能")
    assert find_heading(rows) == Heading(names, (0, 1, 2))


def test_names_in_the_lower_row_of_a_heading_that_is_not_merged() -> None:
    rows = split("""
        |      |      | 坐标 |      |
        | 编号 | 名称 | 经度 | 纬度 |
        | 1    | 甲   | 114  | 30   |
    """)
    assert find_heading(rows).names == ("编号", "名称", "坐标-经度", "坐标-纬度")


def test_a_group_at_the_end_whose_blank_cells_were_not_written() -> None:
    rows = [["名称", "坐标"], ["", "经度", "纬度"], ["甲", "114", "30"]]
    assert find_heading(rows).names == ("名称", "坐标-经度", "坐标-纬度")


def test_units_in_a_row_below_the_heading() -> None:
    rows = split("""
        | 名称 | 经度 | 纬度 | 床位   | 面积   |
        |      | (度) | (度) | （张） | （㎡） |
        | 甲   | 114  | 30   | 20     | 90     |
    """)
    assert find_heading(rows) == Heading(("名称", "经度", "纬度", "床位", "面积"), (0, 1))


def test_years_are_headings_and_not_data() -> None:
    rows = split("""
        | 名称 | 入住人数 |      |      |
        |      | 2023年   | 2024 | 2025 |
        | 甲   | 11       | 12   | 13   |
    """)
    assert find_heading(rows).names == ("名称", "入住人数-2023年", "入住人数-2024", "入住人数-2025")


def test_a_form_of_statistics() -> None:
    rows = split("""
        | 某县分乡镇人口情况 |        |          |      |          |
        |      |        |          |      | 单位：人 |
        | 乡镇 | 总人口 | 60岁以上 |      | 备注     |
        |      |        | 人数     | 占比 |          |
        | 甲   | 1      | 2        | 3    | 4        |
        | 甲镇 | 1000   | 200      | 20%  |          |
    """)
    names = ("乡镇", "总人口", "60岁以上-人数", "60岁以上-占比", "备注")
    assert find_heading(rows) == Heading(names, (2, 3, 4), (0, 1))


def test_a_name_and_a_day_above_the_heading() -> None:
    rows = split("""
        | 某县民政局 |      |      |      | 2026年6月 |
        | 序号       | 名称 | 地址 | 经度 | 纬度      |
        | 1          | 甲   | 路   | 114  | 30        |
    """)
    assert (find_heading(rows).rows, find_heading(rows).titles) == ((1,), (0,))


def test_a_group_of_one_column() -> None:
    rows = split("""
        | 序号 | 基本情况 | 坐标 |      |
        |      | 名称     | 经度 | 纬度 |
        | 1    | 甲       | 114  | 30   |
    """)
    assert find_heading(rows).names == ("序号", "基本情况-名称", "坐标-经度", "坐标-纬度")


def test_a_group_of_groups_at_the_left() -> None:
    rows = split("""
        | 机构 |      |      | 坐标 |      |
        | 标识 |      | 类别 | 经度 | 纬度 |
        | 编号 | 名称 |      |      |      |
        | 01   | 甲   | 养老 | 114  | 30   |
    """)
    assert find_heading(rows).names == ("机构-标识-编号", "机构-标识-名称", "机构-类别", "坐标-经度", "坐标-纬度")


def test_a_table_that_begins_in_the_third_column(tmp_path: Path) -> None:
    rows = split("""
        |  |  | 某县台账 |      |      |      |
        |  |  | 名称     | 坐标 |      | 床位 |
        |  |  |          | 经度 | 纬度 |      |
        |  |  | 甲       | 114  | 30   | 20   |
        |  |  | 合计     |      |      | 20   |
    """)
    file = tmp_path / "a.csv"
    with file.open("w", encoding="utf-8", newline="") as handle:
        csv.writer(handle).writerows(rows)
    table = read_table(file)
    assert list(table.frame.columns) == ["名称", "坐标-经度", "坐标-纬度", "床位"]
    assert table.frame.to_numpy().tolist() == [["甲", "114", "30", "20"]]
    assert [f.code for f in table.findings] == ["title_left_out", "total_left_out"]


def test_merged_cells_are_evidence_enough() -> None:
    rows = split("""
        | 片区 | 类甲 |    |
        |      | 子甲 | 子乙 |
        | 东   | 好   | 差 |
    """)
    assert find_heading(rows).rows == (0,)
    assert find_heading(rows, {(0, 1): (0, 2)}).names == ("片区", "类甲-子甲", "类甲-子乙")


def test_a_merged_name_of_one_row_is_no_group() -> None:
    rows = split("""
        | 名称 |   | 床位 |
        | 甲   | 东 | 20  |
        | 乙   | 西 | 30  |
    """)
    assert find_heading(rows, {(0, 0): (0, 1)}).rows == (0,)


# ---- data that are no heading ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "rows",
    [
        [["name", ""], ["A", "1"], ["B", "2"]],
        [["a", "", ""], ["p", "q", "r"], ["u", "v", "w"]],
        [["id", "", "name"], ["p", "foo", ""], ["q", "bar", ""]],
        [["a", "b"], ["", ""], ["1", "2"]],
        [["甲"], ["乙"]],
    ],
)
def test_what_leaves_doubt_is_read_as_it_stands(rows: Rows) -> None:
    found = find_heading(rows)
    assert (found.rows, found.titles) == ((0,), ())


NAMES = st.text(st.characters(exclude_categories=("C", "Z"), exclude_characters='"'), min_size=1, max_size=8)
CELLS = st.one_of(
    NAMES, st.just(""), st.integers().map(str), st.sampled_from(["经度", "名称", "床位数", "12", "单位：张"])
)


@st.composite
def tables(draw: st.DrawFn) -> Rows:
    """A heading with a text of its own in each column, and rows of which each has a text."""
    names = draw(st.lists(NAMES, min_size=1, max_size=6, unique=True))
    row = st.lists(CELLS, min_size=len(names), max_size=len(names)).filter(any)
    return [names, *draw(st.lists(row, min_size=1, max_size=8))]


@given(tables())
def test_a_table_with_one_full_row_of_heading_stays_as_it_is(rows: Rows) -> None:
    assert find_heading(rows) == Heading(tuple(rows[0]), (0,))


def _is_plain(rows: Rows) -> bool:
    """Neither a repeated heading nor words that say what a row is."""
    marks = ("计", "注", "说明", "人", "来源", "：", ":")
    return rows[0] not in rows[1:] and not any(mark in cell for row in rows[1:] for cell in row for mark in marks)


@given(tables())
def test_a_plain_table_is_read_back_cell_by_cell(tmp_path_factory: pytest.TempPathFactory, rows: Rows) -> None:
    assume(_is_plain(rows))
    folder = tmp_path_factory.getbasetemp()
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n", quoting=csv.QUOTE_ALL).writerows(rows)
    (folder / "plain.csv").write_bytes(text.getvalue().encode())
    with xlsxwriter.Workbook(str(folder / "plain.xlsx")) as book:
        sheet = book.add_worksheet()
        for number, record in enumerate(rows):
            for column, cell in enumerate(record):
                sheet.write_string(number, column, cell)
    for name in ("plain.csv", "plain.xlsx"):
        table = read_table(folder / name)
        assert list(table.frame.columns) == rows[0]
        assert table.frame.fillna("").to_numpy().tolist() == rows[1:]
        assert table.rows.tolist() == list(range(2, len(rows) + 1))


# ---- what is below ---------------------------------------------------------------------------------------------------

BEDS = [["名称", "床位", "面积"], ["甲", "20", "10.5"], ["乙", "30", "20.25"]]


@pytest.mark.parametrize("label", ["合计", "合　计", "总 计", "全县合计", "合计：", "小计", "甲乙两镇小计"])
def test_sums_are_no_rows(label: str) -> None:
    assert codes([*BEDS, [label, "50", "30.75"]]) == [("total_left_out", 4)]


@pytest.mark.parametrize(
    "row", [["合计养老院", "50", "1"], ["甲", "合计", "1"], ["合计", "敬老院", "1"], ["", "50", "1"]]
)
def test_rows_that_only_look_like_a_sum(row: list[str]) -> None:
    assert codes([*BEDS, row]) == []


def test_a_row_named_as_a_sum_is_one_when_it_adds_up() -> None:
    """Among indicators one may be called 床位合计; that row is data."""
    rows = [["指标", "年份", "数值"], ["养老机构数", "2025", "12"], ["床位合计", "2025", "900"], ["老人", "2025", "70"]]
    assert codes(rows) == []
    coded = [
        ["区划代码", "指标", "年份", "数值"],
        ["330522101", "合计", "2025", "12"],
        ["330522102", "合计", "2025", "9"],
    ]
    assert codes(coded) == []
    assert codes([*BEDS, ["全县合计", "51", "30.75"]]) == []
    assert codes([["序号", *BEDS[0]], ["1", *BEDS[1]], ["2", *BEDS[2]], ["3", "合计", "50", ""]]) == [
        ("total_left_out", 4)
    ]


def test_a_sum_that_does_not_add_up() -> None:
    rows = [*BEDS, ["合计", "51", "30.8"]]
    heading = find_heading(rows)
    found = [f for f in find_body(rows, heading, heading.names, {}).findings if f.severity == "warn"]
    assert [(f.code, f.row, f.field, f.facts["total"], f.facts["found"]) for f in found] == [
        ("total_differs", 4, "床位", "51", "50")
    ]


def test_a_sum_in_front_and_sums_of_parts() -> None:
    rows = [
        ["镇", "床位"],
        ["合计", "60"],
        ["甲镇", "10"],
        ["小计", "10"],
        ["乙镇", "20"],
        ["丙镇", "30"],
        ["小计", "50"],
    ]
    assert [code for code, _ in codes(rows)] == ["total_left_out"] * 3
    rows[-1][1] = "49"
    assert codes(rows)[-1] == ("total_differs", 7)


def test_how_many_there_are_is_checked_too() -> None:
    assert [code for code, _ in codes([*BEDS, ["合计", "50", ""]])] == ["total_left_out"]
    rows = [["编号", "名称"], ["1", "甲"], ["2", "乙"], ["合计", "3家"]]
    assert codes(rows) == [("total_left_out", 4), ("total_differs", 4)]


def test_notes_below_the_table() -> None:
    rows = [
        *BEDS, ["合计", "50", ""], ["备注：一、按核定床位填报；", "", ""], ["二、含在建。", "", ""],
        ["填表人：某某", "审核人：某某", "日期：2026.6.30"],
    ]  # fmt: skip
    heading = find_heading(rows)
    body = find_body(rows, heading, heading.names, {})
    assert body.rows == (1, 2)
    assert [(f.code, f.row) for f in body.findings][1:] == [("note_left_out", row) for row in (5, 6, 7)]
    # Who signed is not passed on.
    assert not any("某某" in finding.sentence() for finding in body.findings)


def test_a_note_in_the_middle_stays_a_row() -> None:
    assert codes([*BEDS[:2], ["备注：在建", "", ""], *BEDS[2:]]) == []


def test_headings_on_each_page() -> None:
    title = ["台账", "", ""]
    assert codes([title, *BEDS, title, BEDS[0], BEDS[1]]) == [
        ("title_left_out", 1), ("heading_repeated", 5), ("heading_repeated", 6),
    ]  # fmt: skip


def test_amounts_in_merged_cells_count_once() -> None:
    rows = [["镇", "代码", "人口", "村"], ["甲镇", "330522101", "500", "一"], ["", "", "", "二"]]
    merges = {(1, 0): (2, 0), (1, 1): (2, 1), (1, 2): (2, 2)}
    heading = find_heading(rows, merges)
    body = find_body(rows, heading, heading.names, merges)
    assert list(body.records) == [["甲镇", "330522101", "500", "一"], ["甲镇", "330522101", "", "二"]]
    assert [(f.code, f.field) for f in body.findings] == [
        ("merged_filled", "镇"), ("merged_filled", "代码"), ("merged_amount", "人口"),
    ]  # fmt: skip


# ---- names -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("heading", "also"),
    [("坐标-经度", "经度"), ("床位数-护理型", "护理型床位数"), ("床位数-总数", "床位数"), ("人口-常住", "常住人口")],
)
def test_what_a_joined_heading_may_be_called(heading: str, also: str) -> None:
    assert JOINT in heading
    assert also in spellings(heading)


def test_numbers_coordinates_and_days_are_no_words() -> None:
    numeric = ["12", "1,234", "114°18′2.5″", "北纬30°", "2021.2.19", "2026年6月", "１２", "约3", "85%"]
    assert all(map(is_numeric, numeric))
    assert not any(map(is_numeric, ["", "甲", "60岁以上", "X", "年", "3号楼"]))
