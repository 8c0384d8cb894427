"""Ledgers as bureaus write them: read right, or refused with a sentence that names the row (faults.md, part A)."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.encoding import decode_text
from geo.errors import DataError
from geo.read import read_table
from layers.read import read_layer
from tests.ledgers import BAD_ROWS, FIRST_ROW, ROWS, STREETS, bureau_ledger

# ---- the ledger as a whole -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["台账.csv", "台账.xlsx"])
def test_a18_a_ledger_with_titles_two_rows_of_heading_and_a_sum(tmp_path: Path, name: str) -> None:
    layer = read_layer(bureau_ledger(tmp_path / name, dms=False), "facilities")
    quality = layer.quality
    assert (quality.rows_read, quality.rows_kept, quality.rows_refused) == (ROWS, ROWS - 3, 3)
    assert quality.refused["row"].tolist() == list(BAD_ROWS)
    first = layer.frame.iloc[0]
    assert (first["facility_id"], first["beds"], first["nursing_beds"]) == ("0101001", 20, 6)
    assert (first.geometry.x, first.geometry.y) == (114.2, 30.53)
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
    table = read_table(bureau_ledger(tmp_path / "a.xlsx", dms=False))
    assert table.frame["所在街道"].tolist() == [street for street in STREETS for _ in range(ROWS // len(STREETS))]
    assert [(f.field, f.facts["count"]) for f in table.findings if f.code == "merged_filled"] == [("所在街道", 54)]


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
