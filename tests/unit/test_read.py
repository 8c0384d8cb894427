"""Files to tables: formats, encodings, row numbers, ids that stay text."""

import datetime as dt
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely
import xlsxwriter

from geo import encoding, parse
from geo.errors import DataError, FileError
from geo.read import read_table
from geo.writers import write_layer

NAMES = ["长兴县敬老院", "栖云街道儿童之家"]


@pytest.fixture
def points() -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {"id": ["0101", "0102"], "name": NAMES}, geometry=[shapely.Point(114, 30), shapely.Point(114.1, 30.2)], crs=4326
    )


@pytest.mark.parametrize(
    ("codec", "recorded"),
    [("utf-8", "utf-8"), ("utf-8-sig", "utf-8-sig"), ("gbk", "gb18030"), ("gb18030", "gb18030"), ("utf-16", "utf-16")],
)
def test_csv_in_any_common_encoding(tmp_path: Path, codec: str, recorded: str) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes(f"编号,名称\n0101,{NAMES[0]}\n".encode(codec))
    table = read_table(file)
    assert list(table.frame.columns) == ["编号", "名称"]
    assert table.frame.iloc[0].tolist() == ["0101", NAMES[0]]
    assert table.encoding == recorded


def test_an_encoding_that_was_asked_for_is_not_second_guessed(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes("编号\n敬老院\n".encode("gbk"))
    with pytest.raises(DataError) as caught:
        read_table(file, encoding="utf-8")
    assert caught.value.code == "encoding_does_not_fit"
    assert read_table(file, encoding="936").frame.iloc[0, 0] == "敬老院"
    with pytest.raises(DataError) as caught:
        read_table(file, encoding="rot13")
    assert caught.value.code == "unknown_encoding"


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "，"])
def test_csv_delimiters(tmp_path: Path, delimiter: str) -> None:
    file = tmp_path / "a.csv"
    rows = [["id", "name", "pop"], ["1", "甲、乙", "3"], ["2", "丙", "4"]]
    file.write_text("\n".join(delimiter.join(row) for row in rows), encoding="utf-8")
    assert read_table(file).frame.to_numpy().tolist() == rows[1:]


def test_csv_cells_stay_as_written(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text('id,code,note\n0101,NA,"a\nb"\n12345678901234567,null,\n', encoding="utf-8")
    frame = read_table(file).frame
    assert frame["id"].tolist() == ["0101", "12345678901234567"]
    assert frame["code"].tolist() == ["NA", "null"]
    assert frame["note"].iloc[0] == "a\nb"
    assert frame["note"].isna().tolist() == [False, True]


def test_blank_lines_count_in_row_numbers_but_are_no_rows(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("\nid,name\n1,a\n,\n\n2,b\n", encoding="utf-8")
    assert read_table(file).rows.tolist() == [3, 6]


def test_headings_are_made_distinct_and_wide_rows_named(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("a,a,,b\n1,2,3,4\n1,2,3,4,5\n1\n", encoding="utf-8")
    table = read_table(file)
    assert list(table.frame.columns) == ["a", "a_2", "column_3", "b"]
    assert [(f.code, f.row) for f in table.findings] == [
        ("heading_twice", None),
        ("heading_blank", None),
        ("more_cells_than_heading", 3),
    ]


def test_xlsx_first_visible_sheet_as_text(tmp_path: Path) -> None:
    file = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(str(file)) as book:
        book.add_worksheet("hidden").hide()
        sheet, other = book.add_worksheet("台账"), book.add_worksheet("说明")
        sheet.activate()
        sheet.set_first_sheet()
        sheet.write_row(0, 0, ["编号", "床位", "日期", "是否"])
        sheet.write_row(1, 0, ["0101", 20])
        sheet.write_datetime(1, 2, dt.datetime(2021, 2, 19), book.add_format({"num_format": "yyyy-mm-dd"}))  # noqa: DTZ001
        sheet.write_boolean(1, 3, True)
        sheet.write_row(3, 0, [102.0, 20.5])
        other.write(0, 0, "x")
        other.write(1, 0, "y")
    table = read_table(file)
    assert table.frame.iloc[0].tolist() == ["0101", "20", "2021-02-19", "true"]
    assert table.frame.iloc[1, :2].tolist() == ["102", "20.5"]
    assert table.rows.tolist() == [2, 4]
    assert [f.code for f in table.findings] == ["first_sheet_read"]
    assert read_table(file, layer="说明").frame["x"].tolist() == ["y"]
    with pytest.raises(DataError, match="台账"):
        read_table(file, layer="没有")


@pytest.mark.parametrize("name", ["a.gpkg", "a.geojson", "a.shp", "a.kml", "a.parquet"])
def test_gis_formats_give_the_same_rows(tmp_path: Path, points: gpd.GeoDataFrame, name: str) -> None:
    file = tmp_path / name
    if file.suffix == ".shp":
        points.to_file(file)
    else:
        write_layer(file, points)
    table = read_table(file)
    assert table.frame["name"].tolist() == NAMES
    assert table.frame.geometry.geom_equals(points.geometry).all()
    assert table.rows.tolist() == [1, 2]
    assert table.crs in ("EPSG:4326", "OGC:CRS84")
    assert len(table.sha256) == 64


def test_whole_numbers_beside_blanks_keep_all_digits(tmp_path: Path) -> None:
    file = tmp_path / "a.gpkg"
    frame = gpd.GeoDataFrame(geometry=[shapely.Point(114, 30)] * 2, crs=4326)
    frame["code"] = pd.array([9007199254740993, None], dtype="Int64")
    frame.to_file(file)
    assert read_table(file).frame["code"].tolist() == [9007199254740993, None]


def test_content_decides_and_a_wrong_suffix_is_said(tmp_path: Path, points: gpd.GeoDataFrame) -> None:
    points.to_file(tmp_path / "a.geojson")
    (tmp_path / "a.geojson").rename(tmp_path / "b.shp")
    table = read_table(tmp_path / "b.shp")
    assert len(table.frame) == 2
    assert [f.code for f in table.findings] == ["suffix_differs"]


@pytest.mark.parametrize(
    ("cpg", "codes"),
    [(None, ["encoding_detected"]), ("UTF-8", ["cpg_wrong"]), ("936", []), ("\ufeffGBK\n", []), ("cp936", [])],
)
def test_gbk_shapefile_whatever_its_cpg_says(
    tmp_path: Path, points: gpd.GeoDataFrame, cpg: str | None, codes: list[str]
) -> None:
    points.to_file(tmp_path / "a.shp", encoding="GBK")
    (tmp_path / "a.cpg").unlink()
    if cpg is not None:
        (tmp_path / "a.cpg").write_text(cpg, encoding="utf-8")
    table = read_table(tmp_path / "a.shp")
    assert table.frame["name"].tolist() == NAMES
    assert [f.code for f in table.findings] == codes


def test_utf8_shapefile_without_cpg(tmp_path: Path, points: gpd.GeoDataFrame) -> None:
    points.to_file(tmp_path / "a.shp", encoding="UTF-8")
    (tmp_path / "a.cpg").unlink()
    assert read_table(tmp_path / "a.shp").frame["name"].tolist() == NAMES


def test_a_character_cut_by_the_width_of_a_field(tmp_path: Path) -> None:
    long = gpd.GeoDataFrame({"name": ["敬老院" * 28, "乙"]}, geometry=[shapely.Point(114, 30)] * 2, crs=4326)
    long.to_file(tmp_path / "a.shp", encoding="UTF-8")
    dbf = bytearray((tmp_path / "a.dbf").read_bytes())
    width = dbf[32 + 16]
    start = 32 + 32 + 1 + 1
    # One byte ahead shifts the row of three-byte characters, so that the last one is cut.
    dbf[start : start + width] = b"x" + bytes(dbf[start : start + width - 1])
    (tmp_path / "a.dbf").write_bytes(dbf)
    (tmp_path / "a.cpg").unlink()
    table = read_table(tmp_path / "a.shp")
    assert table.encoding == "utf-8"
    assert table.frame["name"].tolist() == ["x" + "敬老院" * 27 + "敬老", "乙"]
    assert ("text_cut", "name") in [(f.code, f.field) for f in table.findings]


def test_shapefile_hash_covers_the_attributes(tmp_path: Path, points: gpd.GeoDataFrame) -> None:
    points.to_file(tmp_path / "a.shp")
    before = read_table(tmp_path / "a.shp").sha256
    points.assign(name=["x", "y"]).to_file(tmp_path / "a.shp")
    assert read_table(tmp_path / "a.shp").sha256 != before


def test_several_layers_must_be_named(tmp_path: Path, points: gpd.GeoDataFrame) -> None:
    file = tmp_path / "a.gpkg"
    points.to_file(file, layer="甲")
    points.head(1).to_file(file, layer="乙")
    with pytest.raises(DataError) as caught:
        read_table(file)
    assert caught.value.code == "several_layers"
    assert "甲, 乙" in caught.value.message()
    assert len(read_table(file, layer="乙").frame) == 1
    with pytest.raises(DataError) as caught:
        read_table(file, layer="丙")
    assert caught.value.code == "no_such_layer"


def test_members_that_gdal_would_drop_are_named(tmp_path: Path) -> None:
    file = tmp_path / "a.geojson"
    good = '{"type":"Feature","properties":{},"geometry":{"type":"Point","coordinates":[1,2]}}'
    file.write_text(f'{{"type":"FeatureCollection","features":[{good},null,{{"properties":{{}}}}]}}', encoding="utf-8")
    with pytest.raises(DataError) as caught:
        read_table(file)
    assert (caught.value.code, caught.value.rows) == ("not_a_feature", (2, 3))


def test_limit_of_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("geo.sniff.MAX_BYTES", 10)
    file = tmp_path / "a.csv"
    file.write_text("a,b\n1,2\n3,4\n", encoding="utf-8")
    with pytest.raises(FileError) as caught:
        read_table(file)
    assert caught.value.code == "file_too_large"


@pytest.mark.parametrize(
    ("text", "number"),
    [("12", 12), ("-3.5", -3.5), ("1,234", 1234), ("1,234,567.5", 1234567.5), ("１２", 12), ("1e3", 1000), (" 7 ", 7)],
)
def test_numbers(text: str, number: float) -> None:
    numbers, bad = parse.parse_numbers([text])
    assert numbers[0] == number
    assert not bad[0]


@pytest.mark.parametrize(
    "text", ["12人", "1_000", "nan", "inf", "1e999", "0x10", "12,34", "１２，５", "-", "1 2", "114.3E"]
)
def test_not_numbers(text: str) -> None:
    numbers, bad = parse.parse_numbers([text])
    assert bad[0]
    assert numbers[0] != numbers[0]  # NaN


@pytest.mark.parametrize(
    "text",
    ["2021-02-19", "2021/2/19", "2021.2.19", "2021年2月19日", "44246", "2021-02-19 00:00:00", "2021-02-19T00:00"],
)
def test_dates(text: str) -> None:
    dates, bad = parse.parse_dates([text])
    assert dates == [dt.date(2021, 2, 19)]
    assert not bad[0]


@pytest.mark.parametrize("text", ["2021-02-30", "2021", "19.2.2021", "soon", "2021-02-19 08:30", "99999999"])
def test_not_dates(text: str) -> None:
    assert parse.parse_dates([text])[1].tolist() == [True]


@pytest.mark.parametrize("name", ["gbk", "GB2312", "936", "cp936", "utf8", "UTF-8\n", "\ufeffutf-8", "big5"])
def test_spellings_of_encodings(name: str) -> None:
    assert encoding.known_encoding(name)


@pytest.mark.parametrize("name", ["", "hex", "rot13", "no such", "utf-8\0x"])
def test_no_encodings(name: str) -> None:
    assert encoding.known_encoding(name) is None
