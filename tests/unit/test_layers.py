"""Tables to layers: what is kept, what is refused, and what is said about it."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo.errors import CrsError, DataError
from geo.read import Table, read_table
from layers import boundary, demand, facility, unit
from layers.layer import Layer
from layers.read import read_layer
from layers.schema import facility_kinds

BOX = shapely.box(114, 30, 114.1, 30.1)


@pytest.fixture
def csv(tmp_path: Path) -> Callable[[str], Path]:
    def write(text: str) -> Path:
        file = tmp_path / "a.csv"
        file.write_text(text, encoding="utf-8")
        return file

    return write


def table_of(geometry: list[Any], crs: Any = 4326, **columns: list[Any]) -> Table:
    frame = gpd.GeoDataFrame(columns, geometry=geometry, crs=crs)
    return Table(frame, pd.RangeIndex(1, len(frame) + 1).to_numpy(), "a.gpkg", "0" * 64, "EPSG:4326")


def reasons(layer: Layer) -> dict[int, str]:
    refused = layer.quality.refused
    return dict(zip(refused["row"].tolist(), refused["reason"].tolist(), strict=True)) if len(refused) else {}


def codes(layer: Layer, severity: str) -> list[str]:
    return [f.code for f in layer.quality.findings if f.severity == severity]


def test_a_facility_table_in_chinese(csv: Callable[[str], Path]) -> None:
    file = csv(
        "编号,机构名称,经度,纬度,类型,运营状态,床位总数,启用日期,消防合格\n"
        "0101,甲,114.1,30.1,居家养老服务中心,运营,20,2021.2.19,是\n"
        "0102,,114.2,30.2,助餐点,,,,\n"
        "0103,丙,114.3,30.3,meal_point,停用,5,44246,否\n"
    )
    layer = read_layer(file, "facilities")
    frame = layer.frame
    assert list(frame.columns) == [
        "facility_id", "name", "kind", "status", "open_date", "beds", "fire_safe", "row", "geometry",
    ]  # fmt: skip
    assert frame["facility_id"].tolist() == ["0101", "0102", "0103"]
    assert frame["name"].tolist() == ["甲", "0102", "丙"]
    assert frame["kind"].tolist() == ["elder_centre", "meal_point", "meal_point"]
    assert frame["status"].tolist() == ["open", "open", "closed"]
    assert frame["open_date"].tolist() == [dt.date(2021, 2, 19), None, dt.date(2021, 2, 19)]
    assert frame["beds"].fillna(-1).tolist() == [20, -1, 5]
    assert frame["row"].tolist() == [2, 3, 4]
    assert frame.index.tolist() == [0, 1, 2]
    assert frame.geometry.iloc[0].coords[0] == (114.1, 30.1)
    assert layer.datum == "wgs84"
    assert codes(layer, "warn") == ["datum_assumed"]


@pytest.mark.parametrize("word", ["在用", "运营", "开业", "open", "OPEN", ""])
def test_words_for_open(csv: Callable[[str], Path], word: str) -> None:
    assert read_layer(csv(f"lon,lat,状态,n\n114,30,{word},1\n"), "facilities").frame["status"].tolist() == ["open"]


@pytest.mark.parametrize(
    ("word", "status"), [("规划", "planned"), ("在建", "planned"), ("停用", "closed"), ("关闭", "closed")]
)
def test_words_for_other_states(csv: Callable[[str], Path], word: str, status: str) -> None:
    assert read_layer(csv(f"lon,lat,状态\n114,30,{word}\n"), "facilities").frame["status"].tolist() == [status]


def test_unknown_words_are_kept_and_said(csv: Callable[[str], Path]) -> None:
    layer = read_layer(csv("lon,lat,kind,status,open_date\n114,30,茶馆,也许,年底\n"), "facilities")
    assert layer.frame[["kind", "status"]].iloc[0].tolist() == ["茶馆", "也许"]
    assert layer.frame["open_date"].tolist() == [None]
    assert codes(layer, "warn")[1:] == ["kind_unknown", "status_unknown", "date_unreadable"]


def test_each_kind_is_known_by_its_chinese_name() -> None:
    assert facility_kinds()["居家养老服务中心"] == "elder_centre"
    assert len(set(facility_kinds().values())) == 20


def test_every_bad_row_is_named_at_once(csv: Callable[[str], Path]) -> None:
    layer = read_layer(
        csv(
            "id,lon,lat,常住人口,pop65\n"
            "1,114,30,5,1\n2,NaN,30,5,1\n3,inf,30,1,1\n4,,30,1,1\n5,114,30,,1\n6,114,30,x,1\n7,114,30,-1,1\n"
            "8,0,0,1,1\n9,114,91,1,1\n1,114,30,3,1\n,114,30,3,1\n12,114,30,3,-2\n"
        ),
        "demand",
    )
    assert layer.frame["demand_id"].tolist() == ["1"]
    assert reasons(layer) == {
        3: "coordinate_unreadable",
        4: "coordinate_unreadable",
        5: "coordinate_missing",
        6: "value_missing",
        7: "number_unreadable",
        8: "number_negative",
        9: "null_island",
        10: "outside_degrees",
        11: "id_repeated",
        12: "id_missing",
        13: "number_negative",
    }
    assert layer.quality.rows_read == 12
    assert layer.quality.refused.loc[2, "lon"] != layer.quality.refused.loc[0, "lon"]
    assert layer.quality.refused["常住人口"].tolist()[4] == "x"


def test_a_row_with_two_faults_has_two_findings(csv: Callable[[str], Path]) -> None:
    layer = read_layer(csv("id,lon,lat,beds\n1,114,30,1\n2,abc,30,-5\n"), "facilities")
    assert [(f.code, f.row) for f in layer.quality.findings if f.severity == "error"] == [
        ("coordinate_unreadable", 3),
        ("number_negative", 3),
    ]
    assert layer.quality.rows_refused == 1


def test_no_row_kept(csv: Callable[[str], Path]) -> None:
    with pytest.raises(DataError) as caught:
        read_layer(csv("lon,lat\na,b\n0,0\n"), "facilities")
    assert (caught.value.code, caught.value.rows[0]) == ("no_row_kept", 2)
    assert caught.value.facts["count"] == 2
    assert "第 2 行" in caught.value.message("zh")
    assert "Row 2" in caught.value.message("en")


def test_default_ids_follow_the_rows_of_the_file(csv: Callable[[str], Path]) -> None:
    layer = read_layer(csv("lon,lat,n\n0,0,1\n114,30,2\n114,30,3\n"), "facilities")
    assert layer.frame["facility_id"].tolist() == ["F2", "F3"]
    assert demand.from_table(table_of([BOX], pop=[3])).frame["demand_id"].tolist() == ["D1"]


def test_numbers_of_a_gis_file_become_text_ids() -> None:
    layer = facility.from_table(table_of([shapely.Point(114, 30)] * 2, id=[1.0, 9007199254740993], name=["a", None]))
    assert layer.frame["facility_id"].tolist()[0] == "1"
    assert layer.frame["name"].tolist()[0] == "a"


def test_other_columns_are_numbers_only_where_that_loses_nothing(csv: Callable[[str], Path]) -> None:
    layer = read_layer(
        csv(
            "lon,lat,户数,邮编,长码,混,空,row\n"
            "114,30,12,0101,12345678901234567,1,,7\n114.1,30,,0102,12345678901234568,a,,8\n"
        ),
        "demand",
    )
    frame = layer.frame
    assert frame["户数"].iloc[0] == 12.0
    assert frame["邮编"].tolist() == ["0101", "0102"]
    assert frame["长码"].tolist() == ["12345678901234567", "12345678901234568"]
    assert frame["混"].tolist() == ["1", "a"]
    assert frame["空"].tolist() == ["", ""]
    assert frame["row_"].tolist() == [7, 8]
    assert frame["row"].tolist() == [2, 3]


def test_identity_numbers_do_not_come_in(csv: Callable[[str], Path]) -> None:
    layer = read_layer(
        csv("lon,lat,身份证号,备注\n114,30,x,330522195001011234\n0,0,y,33052219500101123X\n114,31,z,无\n"), "facilities"
    )
    assert "330522195001011234" not in layer.frame.to_csv()
    assert "33052219500101123X" not in layer.quality.refused.to_csv()
    assert [f.field for f in layer.quality.findings if f.code == "personal_dropped"] == ["身份证号", "备注"]


def test_long_codes_are_no_identity_numbers(csv: Callable[[str], Path]) -> None:
    layer = read_layer(csv("lon,lat,统一社会信用代码\n114,30,123305227613456789\n"), "facilities")
    assert layer.frame["credit_code"].tolist() == ["123305227613456789"]


def test_control_characters_are_taken_out_and_counted(csv: Callable[[str], Path]) -> None:
    layer = read_layer(csv('lon,lat,名称\n114,30,"甲\x07\n乙"\n114,30,丙\n'), "facilities")
    assert layer.frame["name"].tolist() == ["甲 乙", "丙"]
    assert [f.facts["count"] for f in layer.quality.findings if f.code == "control_characters"] == [1]


@pytest.mark.parametrize(
    "heads", ["lon,lat", "经度,纬度", "lng,LAT", "Longitude,Latitude", "X,Y", "东经,北纬", "经度（°）,纬度（°）"]
)
def test_names_of_coordinate_columns(csv: Callable[[str], Path], heads: str) -> None:
    assert read_layer(csv(f"{heads}\n114.5,30.5\n"), "facilities").frame.geometry.x.tolist() == [114.5]


@pytest.mark.parametrize(("lon", "lat"), [("30.5", "114.3"), ("39.5", "76.0")])
def test_swapped_columns(csv: Callable[[str], Path], lon: str, lat: str) -> None:
    with pytest.raises(DataError) as caught:
        read_layer(csv(f"lon,lat\n{lon},{lat}\n{lon},{lat}\n"), "facilities")
    assert caught.value.code == "swapped_lonlat"
    assert caught.value.hint()


@pytest.mark.parametrize(("lon", "lat"), [("15.6", "78.2"), ("-8.6", "41.1"), ("-51.2", "-30")])
def test_far_places_are_not_called_swapped(csv: Callable[[str], Path], lon: str, lat: str) -> None:
    assert len(read_layer(csv(f"lon,lat\n{lon},{lat}\n"), "facilities").frame) == 1


def test_one_swapped_row_is_a_row_and_not_the_layer(csv: Callable[[str], Path]) -> None:
    layer = read_layer(csv("lon,lat\n114,30\n114,31\n30,114\n448000,4419000\n114,32\n"), "facilities")
    assert reasons(layer) == {4: "outside_degrees", 5: "outside_degrees"}


@pytest.mark.parametrize("read", [facility.from_table, demand.from_table])
def test_swapped_and_metric_geometry(read: Callable[[Table], Layer]) -> None:
    with pytest.raises(DataError) as caught:
        read(table_of([shapely.Point(30, 114)] * 3))
    assert caught.value.code == "swapped_lonlat"
    with pytest.raises(DataError) as caught:
        read(table_of([shapely.Point(448000, 4419000)] * 3))
    assert caught.value.code == "metres_called_degrees"


def test_metres_in_the_columns_of_a_table(csv: Callable[[str], Path]) -> None:
    """Metres that are none of China's zones: the mend names the columns."""
    with pytest.raises(DataError) as caught:
        read_layer(csv("X坐标,Y坐标\n448000,44190000\n448100,44190000\n"), "facilities")
    assert caught.value.code == "metres_in_columns"
    for lang in ("zh", "en"):
        assert "X坐标" in caught.value.message(lang)
        assert "GeoPackage" in caught.value.hint(lang)


def test_stray_geometry_is_refused_by_row() -> None:
    good = shapely.Point(114, 30)
    layer = facility.from_table(
        table_of([good, None, shapely.Point(), shapely.LineString([(114, 30), (115, 30)]), shapely.Point(0, 0),
                  shapely.Point(float("inf"), 1), shapely.MultiPoint([(114, 30)]),
                  shapely.MultiPoint([(114, 30), (115, 30)]), shapely.Point(300, 30), shapely.Point(114, 30, 9)])
    )  # fmt: skip
    assert reasons(layer) == {
        2: "geometry_missing",
        3: "geometry_missing",
        4: "wrong_geometry",
        5: "null_island",
        6: "coordinate_not_finite",
        8: "several_points",
        9: "outside_degrees",
    }
    assert layer.frame["row"].tolist() == [1, 7, 10]
    assert set(layer.frame.geom_type) == {"Point"}
    assert not layer.frame.has_z.any()
    assert layer.quality.refused["geometry"].iloc[2].startswith("LINESTRING")


def test_a_stray_row_in_metres_does_not_refuse_the_file() -> None:
    layer = facility.from_table(table_of([shapely.Point(500000, 3320113), shapely.Point(1e30, 1e30)], crs=4547))
    assert reasons(layer) == {2: "coordinate_not_finite"}
    assert layer.datum == "cgcs2000"


def test_no_reference_system_and_none_that_is_known() -> None:
    with pytest.raises(CrsError) as caught:
        facility.from_table(table_of([shapely.Point(114, 30)], crs=None))
    assert caught.value.code == "no_crs"
    with pytest.raises(CrsError) as caught:
        facility.from_table(table_of([shapely.Point(500000, 3320113)], crs=2383))
    assert caught.value.code == "no_datum_transformation"


def test_polygons_become_points_for_facilities_and_stay_for_demand() -> None:
    table = table_of([BOX, shapely.Point(114, 30)], pop=[1, 2])
    facilities = facility.from_table(table)
    assert set(facilities.frame.geom_type) == {"Point"}
    assert facilities.frame.geometry.iloc[0].within(BOX)
    assert [f.facts["count"] for f in facilities.quality.findings if f.code == "polygon_to_point"] == [1]
    assert demand.from_table(table).frame.geom_type.tolist() == ["Polygon", "Point"]


def test_units_are_repaired_only_where_that_changes_little() -> None:
    bow_tie = shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])
    spike = shapely.Polygon([(10, 10), (11, 10), (11, 11), (10.5, 11), (10.5, 11.001), (10.5, 11), (10, 11)])
    layer = unit.from_table(table_of([bow_tie, spike, BOX], 编码=[330522, 330523, 330524], 名称=["a", "b", "c"]))
    assert reasons(layer) == {1: "polygon_invalid"}
    assert layer.frame["unit_code"].tolist() == ["330523", "330524"]
    assert layer.frame.geometry.is_valid.all()
    repaired = [f for f in layer.quality.findings if f.code == "polygon_repaired"]
    assert [(f.row, f.severity, f.facts["percent"]) for f in repaired] == [(2, "warn", "0.00%")]


def test_units_may_be_codes_only(csv: Callable[[str], Path]) -> None:
    layer = read_layer(csv("区划代码,名称\n0101,甲\n0102,\n"), "units")
    assert layer.frame["unit_code"].tolist() == ["0101"]
    assert layer.frame.geometry.isna().all()
    assert reasons(layer) == {3: "value_missing"}
    with pytest.raises(DataError) as caught:
        read_layer(csv("代号,名称\n0101,甲\n"), "units")
    assert caught.value.code == "column_missing"
    assert "unit_code" in caught.value.message()


def test_points_in_a_layer_of_lines() -> None:
    with pytest.raises(DataError) as caught:
        boundary.from_table(table_of([shapely.Point(114, 30)], line_code=["9901"]))
    assert caught.value.code == "wrong_geometry_layer"
    line = shapely.LineString([(114, 30), (114, 31)])
    assert len(boundary.from_table(table_of([line, line], line_code=["9901", "9901"])).frame) == 2


def test_stakes_from_north_and_east(csv: Callable[[str], Path]) -> None:
    layer = read_layer(
        csv(
            "界桩编号,界线代码,纵坐标,横坐标,坐标系\n"
            "9901001Q,9901,3320113,500000,EPSG:4547\n9901002Q,9901,3320113,500000,4546\n"
            "9901003Q,9901,,500000,EPSG:4547\n9901004Q,9901,3320113,500000,西安80\n9901005Q,9901,1,2,EPSG:4490\n"
        ),
        "stakes",
    )
    assert layer.frame.geometry.x.round(5).tolist() == [114.0, 111.0]
    assert layer.frame["x_north"].tolist() == [3320113.0] * 2
    assert reasons(layer) == {4: "coordinate_missing", 5: "old_datum_row", 6: "crs_code_unreadable"}


NAMES = ("id", "lon", "lat", "pop", "kind", "x")
CELLS = st.one_of(
    st.sampled_from(["", "114", "30", "0", "-1", "1e9", "nan", "甲", "1,234", "=1", "\x07", "０", "2021-02-19"]),
    st.text(max_size=6),
)


@given(
    st.lists(st.fixed_dictionaries(dict.fromkeys(NAMES, CELLS)), min_size=1, max_size=8),
    st.sampled_from([facility.from_table, demand.from_table]),
)
def test_rows_in_are_rows_out_and_refused(rows: list[dict[str, str]], read: Callable[[Table], Layer]) -> None:
    rows = [{"id": "ok", "lon": "114", "lat": "30", "pop": "1", "kind": "", "x": ""}, *rows]
    frame = pd.DataFrame(rows).replace("", None).astype("str")
    table = Table(frame, pd.RangeIndex(2, len(frame) + 2).to_numpy(), "a.csv", "0" * 64)
    try:
        layer = read(table)
    except DataError as error:
        assert error.code in ("metres_in_columns", "swapped_lonlat", "zone_unknown")  # noqa: PT017
        return
    kept, refused = layer.frame["row"].tolist(), reasons(layer)
    assert sorted([*kept, *refused]) == table.rows.tolist()
    assert {f.row for f in layer.quality.findings if f.severity == "error"} == set(refused)
    assert layer.frame.geometry.is_valid.all()


def test_hexagons_of_porto_alegre(real_data: Path) -> None:
    layer = demand.from_table(read_table(real_data / "porto_alegre" / "population_hexgrid.csv"))
    assert layer.frame["pop"].sum() == 812_935
    assert layer.quality.rows_refused == 0
