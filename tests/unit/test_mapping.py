"""Which column is which: by heading, by content, by what the user says; templates and refused rows come back."""

import csv
import io
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.errors import DataError, RequestError
from geo.read import Table, read_table
from layers.columns_page import page
from layers.layer import Layer
from layers.mapping import Column, guess
from layers.options import ReadOptions
from layers.read import layer_of, read_layer
from layers.refused import refused_csv, refused_table, refused_xlsx
from layers.schema import plain, stays_inside
from layers.schemas import FACILITIES, SCHEMAS
from layers.templates import fields_of, template_csv, template_xlsx


def table(columns: dict[str, list[str]]) -> Table:
    frame = pd.DataFrame(columns, dtype="str")
    return Table(frame, np.arange(2, len(frame) + 2), "a.csv", "0" * 64)


def found(columns: dict[str, list[str]], kind: str = "facilities", **said: str) -> dict[str, Column]:
    return {column.heading: column for column in guess(table(columns), kind, said)}


def names(headings: str, kind: str = "facilities") -> list[str | None]:
    return [column.name for column in found({heading: ["1"] for heading in headings.split(",")}, kind).values()]


# ---- headings --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", SCHEMAS)
def test_every_word_of_a_schema_finds_its_field_and_no_other(kind: str) -> None:
    schema = SCHEMAS[kind]
    owner: dict[str, str] = {}
    for entry in schema.fields:
        assert entry.label
        for word in entry.words:
            assert owner.setdefault(plain(word), entry.name) == entry.name, (kind, word)
            assert [column.name for column in found({word: ["1"]}, kind).values()] == [entry.name]


def test_the_columns_of_a_civil_affairs_ledger() -> None:
    assert names("机构名称,机构类别,运营方式,床位总数,护理型床位数,入住老年人数,从业人员数,经度,纬度") == [
        "name", "kind", "ownership", "beds", "nursing_beds", "residents", "staff", "lon", "lat",
    ]  # fmt: skip
    assert names("统一社会信用代码,"
                 "单位名称,行政区划代码,机构地址,机构等级,全托床位,日托床位,建筑面积,占地面积,消防合格,"
                 "特困供养,区域性养老服务中心,长护险定点,助餐,助浴,助医,内设医疗机构,收费,月末收住老年人数,备案") == [
        "credit_code", "name", "unit_code", "address", "grade", "full_care_beds", "places", "floor_area_m2",
        "site_area_m2", "fire_safe", "destitute_care", "regional_centre", "insured_care", "offers_meals",
        "offers_baths", "offers_medical", "clinic_inside", "fees", "residents", "registered",
    ]  # fmt: skip


def test_the_national_record_of_stakes_and_lines() -> None:
    assert names("JZBH,KJSJBSM,JXDM,ZZB,HZB,JD,WD,JZDJ,JZLX,JZCZ,GC,SZD1,YHFWWWZ,YHFWWFWJ,YHFWWJL,EHFWWWZ,SHFWWJL,WZMS",
                 "stakes") == [
        "stake_no", "spatial_id", "line_code", "x_north", "y_east", "lon", "lat", "grade", "type", "material",
        "height_m", "place_1", "mark1_name", "mark1_azimuth", "mark1_distance_m", "mark2_name", "mark3_distance_m",
        "description",
    ]  # fmt: skip
    assert names("JXDM,JXDJ,JXMC,JXCD,JXQD,JXZD,JZKS,DLZKS,SLZKS,SANLZKS,是否争议", "lines") == [
        "line_code", "level", "name", "declared_length_m", "start", "end", "declared_stakes", "single_stakes",
        "double_stakes", "triple_stakes", "disputed",
    ]  # fmt: skip


@pytest.mark.parametrize("heads", ["经度,纬度", "东经,北纬", "X,Y", "lng,lat", "LONGITUDE,LATITUDE", "Lon,Lat",
"POINT_X,POINT_Y",
                                   "X坐标,Y坐标", " 经 度 ,纬度(度)", "jd,wd", "long,lat",
                                   "坐标-经度,坐标-纬度"])  # fmt: skip
def test_a17_names_of_coordinates(heads: str) -> None:
    assert names(heads) == ["lon", "lat"]


@pytest.mark.parametrize(
    ("heading", "name"),
    [("坐标-经度", "lon"), ("床位数-护理型", "nursing_beds"), ("床位数-合计", "beds"), ("床位-总数", "beds"),
     ("基本情况-机构名称", "name"), ("位置-北纬", "lat"), ("床位数-其中-护理型", "nursing_beds")],
)  # fmt: skip
def test_a_heading_of_two_rows(heading: str, name: str) -> None:
    assert names(heading) == [name]


def test_a_whole_heading_goes_before_half_of_one() -> None:
    assert names("法人-名称,机构名称") == [None, "name"]
    assert found({"法人-名称": ["a"], "机构名称": ["b"]})["法人-名称"].rival == "name"


def test_two_headings_for_one_field() -> None:
    columns = found({"床位数": ["1"], "床位总数": ["2"]})
    assert (columns["床位总数"].name, columns["床位总数"].why) == ("beds", "heading")
    assert (columns["床位数"].name, columns["床位数"].rival) == (None, "beds")


def test_samples_show_what_is_there() -> None:
    assert found({"名称": ["", "甲", "乙", "丙", "丁"]})["名称"].samples == ("甲", "乙", "丙")


# ---- content ---------------------------------------------------------------------------------------------------------


def test_where_headings_tell_nothing_the_content_does() -> None:
    columns = found(
        {"甲": ["119.91", "119.92", "119.93"], "乙": ["31.01", "31.02", ""], "丙": ["31.01", "x", "y"], "丁": ["100",
        "120", "80"],
         "戊": ["养老机构", "助餐点", "助餐点"], "己": ["330522001", "330522002", "330522002"]}
        | {"丑": ["31.5", "31.6", "31.7"]}
    )  # fmt: skip
    # Only two cells of 乙 are filled; what is left is unambiguous.
    assert {heading: (column.name, column.why) for heading, column in columns.items() if column.name} == {
        "甲": ("lon", "content"), "丑": ("lat", "content"), "戊": ("kind", "content"), "己": ("unit_code", "content"),
    }  # fmt: skip


def test_content_decides_nothing_where_a_heading_did_or_two_columns_fit() -> None:
    numbers = ["119.91", "119.92", "119.93"]
    assert found({"经度": ["x"], "甲": ["119.9"]})["甲"].name is None
    assert not [c for c in found({"甲": numbers, "乙": numbers, "丙": ["31.1", "31.2", "31.3"]}).values() if c.name]
    assert not [c for c in found({"甲": numbers}).values() if c.name]


def test_reading_uses_the_same_and_says_what_it_rests_on() -> None:
    rows = {"甲": ["119.91", "119.92", "119.93"], "乙": ["31.01", "31.02", "31.03"], "名称": ["a", "b", "c"]}
    layer = layer_of(table(rows), "facilities")
    assert layer.frame.geometry.x.tolist() == [119.91, 119.92, 119.93]
    assert [f.field for f in layer.quality.findings if f.code == "column_by_content"] == ["甲", "乙"]


@given(
    st.dictionaries(st.text(min_size=1, max_size=8), st.lists(st.text(max_size=6), min_size=3, max_size=3), max_size=6)
)
def test_no_field_has_two_columns_and_no_column_is_lost(columns: dict[str, list[str]]) -> None:
    guessed = guess(table(columns), "facilities")
    given_names = [column.name for column in guessed if column.name]
    assert len(given_names) == len(set(given_names))
    assert [column.heading for column in guessed] == list(columns)


# ---- the user --------------------------------------------------------------------------------------------------------


def test_the_user_is_right() -> None:
    columns = found({"床位数": ["1"], "床位总数": ["2"], "经度": ["3"]}, beds="床位数", lon="")
    assert (columns["床位数"].name, columns["床位数"].why) == ("beds", "user")
    assert columns["床位总数"].name is None
    assert columns["经度"].name is None
    layer = layer_of(
        table({"东": ["119.9"], "北": ["31.1"]}), "facilities", ReadOptions(columns={"lon": "东", "lat": "北"})
    )
    assert layer.frame.geometry.x.tolist() == [119.9]


def test_what_the_user_says_must_make_sense() -> None:
    rows = {"东": ["119.9"], "经度": ["119.8"], "纬度": ["31.1"]}
    with pytest.raises(RequestError) as caught:
        guess(table(rows), "facilities", {"lon": "东", "lat": "东"})
    assert caught.value.code == "column_said_twice"
    layer = layer_of(table(rows), "facilities", ReadOptions(columns={"beds": "无此列"}))
    assert [f.facts["name"] for f in layer.quality.findings if f.code == "column_said_absent"] == ["beds"]


# ---- people ----------------------------------------------------------------------------------------------------------


def test_what_is_about_a_person_does_not_come_in() -> None:
    rows = {"经度": ["119.9", "0"], "纬度": ["31.1", "0"], "法定代表人": ["张三", "张三"], "联系人电话": ["139", "139"],
            "证件号码": ["1", "1"], "服务电话": ["0572-1", "0572-2"], "备注": ["330522195001011234", ""]}  # fmt: skip
    layer = layer_of(table(rows), "facilities")
    everything = layer.frame.to_csv() + layer.quality.refused.to_csv()
    assert "张三" not in everything
    assert "139" not in everything
    assert "330522195001011234" not in everything
    said = {f.field: f.code for f in layer.quality.findings if f.code.endswith("_dropped")}
    assert said == {
        "法定代表人": "person_dropped", "联系人电话": "person_dropped", "证件号码": "personal_dropped",
        "备注": "personal_dropped",
    }  # fmt: skip
    assert layer.frame["phone"].tolist() == ["0572-1"]
    assert stays_inside(FACILITIES, layer.frame.columns) == ("phone",)
    assert all(not c.samples for c in guess(table(rows), "facilities") if c.why in {"identity", "personal"})


# ---- units of headings -----------------------------------------------------------------------------------------------


def test_a_unit_in_the_heading_counts() -> None:
    layer = layer_of(table({"经度": ["119.9"], "纬度": ["31.1"], "常住人口(万人)": ["1.25"]}), "demand")
    assert layer.frame["pop"].tolist() == [12500.0]
    assert [f.facts["factor"] for f in layer.quality.findings if f.code == "unit_converted"] == ["10000"]
    line = found({"界线长度(公里)": ["51.894"]}, "lines")["界线长度(公里)"]
    assert line.name == "declared_length_m"


def test_a_code_that_became_a_power_of_ten_is_told() -> None:
    rows = {
        "经度": ["119.9", "119.8"],
        "纬度": ["31.1", "31.2"],
        "区划代码": ["3.30522E+11", "330522001201"],
        "编号": ["1E5", "12E"],
    }
    layer = layer_of(table(rows), "facilities")
    told = [(f.row, f.field) for f in layer.quality.findings if f.code == "code_damaged"]
    assert told == [(2, "区划代码")]


# ---- templates -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", SCHEMAS)
@pytest.mark.parametrize("suffix", ["xlsx", "csv"])
def test_a_template_read_back_fits_column_by_column(tmp_path: Path, kind: str, suffix: str) -> None:
    file = tmp_path / f"a.{suffix}"
    file.write_bytes(template_xlsx(kind) if suffix == "xlsx" else template_csv(kind))
    columns = guess(read_table(file), kind)
    assert [column.name for column in columns] == [entry.name for entry in fields_of(kind)]
    assert {column.why for column in columns} == {"heading"}
    assert columns[0].samples[0].startswith("示例:")
    assert template_xlsx(kind) == template_xlsx(kind)


@pytest.mark.parametrize("kind", sorted(set(SCHEMAS) - {"roads", "lines", "features"}))
def test_a_filled_template_is_read_without_its_example(tmp_path: Path, kind: str) -> None:
    rows = list(csv.reader(io.StringIO(template_csv(kind).decode("utf-8-sig"))))
    mine = [cell.removeprefix("示例:") or "" for cell in rows[1]]
    mine[0] = mine[0] or "1"
    file = tmp_path / "a.csv"
    with file.open("w", encoding="utf-8-sig", newline="") as handle:
        csv.writer(handle).writerows([*rows, mine])
    layer = read_layer(file, kind)
    assert layer.frame["row"].tolist() == [3]
    assert layer.quality.refused["reason"].tolist() == ["example_row"]
    assert not [f for f in layer.quality.findings if f.severity == "error"]


def test_a_template_that_nobody_filled_in(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes(template_csv("facilities"))
    with pytest.raises(DataError) as caught:
        read_layer(file, "facilities")
    assert "示例" in caught.value.message("zh")


# ---- refused rows ----------------------------------------------------------------------------------------------------

BAD = {
    "编号": ["0101", "0102", "0103"],
    "名称": ["甲", "=乙", "丙"],
    "经度": ["119.9", "", "119.9"],
    "纬度": ["31.1", "31.2", "x"],
    "床位数": ["-5", "7", "-5"],
}


def refused() -> Layer:
    rows = {
        name: [*cells, good] for (name, cells), good in zip(BAD.items(), ["9", "丁", "119.8", "31", "3"], strict=True)
    }
    return layer_of(table(rows), "facilities")


def test_refused_rows_say_all_that_is_wrong_and_how_to_mend_it() -> None:
    frame = refused_table(refused().quality, "zh")
    assert list(frame.columns) == ["原行号", "退回原因", "修改办法", *BAD]
    assert frame["原行号"].tolist() == [2, 3, 4]
    assert "x" in frame["退回原因"].iloc[2]
    assert "-5" in frame["退回原因"].iloc[2]
    assert all(frame["修改办法"])
    assert "row" in refused_table(refused().quality, "en")["退回原因"].iloc[0].lower()


@pytest.mark.parametrize("suffix", ["xlsx", "csv"])
def test_a_mended_file_comes_back(tmp_path: Path, suffix: str) -> None:
    layer = refused()
    data = refused_xlsx(layer.quality) if suffix == "xlsx" else refused_csv(layer.quality)
    file = tmp_path / f"back.{suffix}"
    file.write_bytes(data)
    again = read_table(file)
    assert again.frame["床位数"].tolist() == ["-5", "7", "-5"]
    assert again.frame["编号"].tolist() == ["0101", "0102", "0103"]
    mended = again.frame.assign(经度="119.9", 纬度="31.1", 床位数="5")
    back = layer_of(Table(mended, again.rows, again.file, again.sha256), "facilities")
    assert back.frame["facility_id"].tolist() == ["0101", "0102", "0103"]
    assert not {"原行号", "退回原因", "修改办法"} & set(back.frame.columns)
    assert back.quality.rows_refused == 0
    assert [f.field for f in back.quality.findings if f.code == "note_column"] == ["原行号", "退回原因", "修改办法"]


# ---- the page --------------------------------------------------------------------------------------------------------


def test_the_page_on_columns_is_what_the_schemas_say(root: Path) -> None:
    written = (root / "docs" / "columns.md").read_text(encoding="utf-8")
    assert written == page()
    for schema in SCHEMAS.values():
        for entry in schema.fields:
            assert f"| `{entry.name}` | {entry.label}" in written
            assert all(word in written for word in entry.synonyms)
