"""Lines, stakes, logs and descriptions from tables as bureaus have them: no stake is lost on the way."""

import datetime as dt
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import pytest
import shapely

from demarcation.check import run
from demarcation.finding import BoundaryFinding
from demarcation.model import Stake
from demarcation.read import descriptions_of, inspections_of, lines_of, stakes_of
from demarcation.rules import load_rules
from demarcation.study import study_of
from geo.errors import DataError
from geo.read import Table
from layers.layer import Layer
from layers.options import USUAL, ReadOptions
from layers.origin_json import origin_as_json, origin_from_json
from layers.public import without_inside
from layers.quality import inspect
from layers.read import layer_of, read_layer

RULES = load_rules()
DAY = dt.date(2026, 6, 30)
#: Eight stakes along the parallel of 30.5 N, near the meridian 114 E of the zone of EPSG:4547.
LONS = [round(114.0 + 0.01 * n, 2) for n in range(8)]
LAT = 30.5
NUMBERS = [f"9916{n:03}Q" for n in range(1, 9)]
_GRID = pyproj.Transformer.from_crs(4490, 4547, always_xy=True)
GRID = [tuple(f"{metres:.3f}" for metres in _GRID.transform(lon, LAT)[::-1]) for lon in LONS]


def read(frame: pd.DataFrame, kind: str, options: ReadOptions = USUAL, crs: str = "") -> Layer:
    return layer_of(Table(frame, np.arange(2, len(frame) + 2), f"{kind}.csv", "", crs), kind, options)


def text(**columns: object) -> pd.DataFrame:
    return pd.DataFrame(columns).astype("str")


def lines() -> Layer:
    path = shapely.LineString([(LONS[0], LAT), (LONS[-1], LAT)])
    return read(gpd.GeoDataFrame({"JXDM": ["9916"], "JZKS": [8]}, geometry=[path], crs=4326), "lines", crs="EPSG:4326")


def degrees() -> pd.DataFrame:
    return text(JZBH=NUMBERS, JXDM="9916", JD=[f"{lon:.7f}" for lon in LONS], WD=f"{LAT:.7f}")


def metres() -> pd.DataFrame:
    return text(JZBH=NUMBERS, JXDM="9916", ZZB=[x for x, _ in GRID], HZB=[y for _, y in GRID], 坐标系="EPSG:4547")


def checked(stakes: Layer) -> tuple[BoundaryFinding, ...]:
    return run(study_of(lines(), stakes, RULES, DAY), RULES).findings


def by_number(layer: Layer) -> dict[str, Stake]:
    return {stake.number: stake for stake in stakes_of(layer, RULES)}


# ---- stakes whose coordinates are bad --------------------------------------------------------------------------------


def test_a_row_without_readable_degrees_is_still_a_stake() -> None:
    frame = degrees()
    frame.loc[1, ["JD", "WD"]] = ["30.5000000", "114.0100000"]
    frame.loc[2, "JD"] = ""
    frame.loc[3, "WD"] = "约30"
    frame.loc[4, ["JD", "WD"]] = ["0", "0"]
    layer = read(frame, "stakes")
    quality = layer.quality
    assert (quality.rows_read, quality.rows_kept, quality.rows_refused) == (8, 4, 4)
    stakes = by_number(layer)
    assert sorted(stakes) == NUMBERS
    told = {number: stake.problem for number, stake in stakes.items() if stake.place is None}
    assert told == {"9916002Q": "outside_degrees", "9916003Q": "coordinate_missing",
                    "9916004Q": "coordinate_unreadable", "9916005Q": "null_island"}  # fmt: skip
    assert stakes["9916002Q"].lonlat_given == (30.5, 114.01)
    assert (stakes["9916004Q"].lonlat_given, stakes["9916004Q"].row) == (None, 5)
    # K11 names the four; their numbers are not missing (K3), and eight are as many as declared (K7).
    found = checked(layer)
    assert [one.stake_no for one in found if one.check == "K11"] == NUMBERS[1:5]
    assert [one.code for one in found if one.check in ("K3", "K7")] == []


def test_a_row_without_a_place_in_its_zone_is_still_a_stake() -> None:
    frame = metres()
    frame.loc[1, ["ZZB", "HZB"]] = frame.loc[1, ["HZB", "ZZB"]].to_numpy()
    frame.loc[2, "坐标系"] = ""
    frame.loc[3, "坐标系"] = "EPSG:4548"
    frame.loc[4, "HZB"] = "37" + frame.loc[4, "HZB"]
    frame.loc[5, "ZZB"] = ""
    frame.loc[6, "坐标系"] = "西安80"
    layer = read(frame, "stakes")
    stakes = by_number(layer)
    assert sorted(stakes) == NUMBERS
    told = {number: stake.problem for number, stake in stakes.items() if stake.place is None}
    assert told == {"9916003Q": "zone_unknown_row", "9916005Q": "zone_conflict", "9916006Q": "coordinate_missing",
                    "9916007Q": "old_datum_row"}  # fmt: skip
    # What the rows say reaches the checks as it stands: X and Y are not put right for the second stake.
    assert (stakes["9916002Q"].x_north, stakes["9916002Q"].y_east) == (float(GRID[1][1]), float(GRID[1][0]))
    assert (stakes["9916004Q"].crs, stakes["9916003Q"].x_north) == ("EPSG:4548", float(GRID[2][0]))
    found = checked(layer)
    # Coordinates on an old datum are no slip: others can read them, and K10 says that nobody compared them here.
    assert [one.stake_no for one in found if one.check == "K11"] == NUMBERS[1:6]
    assert [one.code for one in found if one.check in ("K3", "K7")] == []


def test_a_row_with_x_and_y_only_is_placed_by_them() -> None:
    frame = degrees().assign(ZZB=[x for x, _ in GRID], HZB=[y for _, y in GRID], 坐标系="EPSG:4547")
    frame.loc[2, ["JD", "WD"]] = ""
    frame.loc[5, ["JD", "WD", "ZZB", "HZB"]] = ["", "", GRID[5][1], GRID[5][0]]
    layer = read(frame, "stakes")
    assert layer.quality.rows_refused == 2
    third = next(one for one in stakes_of(layer, RULES) if one.number == "9916003Q")
    assert third.place == pytest.approx((LONS[2], LAT), abs=1e-7)
    # Where both are blank or turned, nothing is guessed.
    assert [(one.check, one.stake_no) for one in checked(layer) if one.severity != "info"] == [("K11", "9916006Q")]


def test_a_refused_row_is_not_said_to_be_missing() -> None:
    frame = degrees()
    frame.loc[2, ["JD", "WD"]] = ""
    assert "stakes_missing" not in {one.code for one in inspect(read(frame, "stakes"))}
    found = inspect(read(frame.drop(index=4).reset_index(drop=True), "stakes"))
    assert [one.facts["numbers"] for one in found if one.code == "stakes_missing"] == ["005"]


def test_columns_of_degrees_that_nobody_filled_give_way_to_x_and_y() -> None:
    layer = read(metres().assign(JD="", WD=""), "stakes")
    assert layer.quality.rows_refused == 0
    assert by_number(layer)["9916003Q"].place == pytest.approx((LONS[2], LAT), abs=1e-7)


def test_a_table_most_of_whose_rows_have_no_zone_is_refused_as_before() -> None:
    frame = metres()
    frame.loc[:5, "坐标系"] = ""
    with pytest.raises(DataError) as caught:
        read(frame, "stakes")
    assert caught.value.code == "zone_unknown"


def test_a_row_refused_for_something_else_is_a_stake_whose_coordinates_are_not_blamed() -> None:
    layer = read(degrees().assign(GC=["12"] * 7 + ["高"], 序号=[f"{n:03}" for n in range(1, 9)]), "stakes")
    assert layer.quality.rows_refused == 1
    last = by_number(layer)["9916008Q"]
    assert (last.place, last.problem, last.serial) == (None, "", 8)
    assert [one.code for one in checked(layer) if one.check in ("K3", "K7", "K11")] == []
    bare = degrees()[["JZBH", "JXDM"]].assign(GC=["12"] * 7 + ["高"])
    gridded = metres().assign(GC=["12"] * 7 + ["高"])
    assert [one.code for one in checked(read(gridded, "stakes")) if one.check in ("K3", "K7", "K11")] == []
    drawn = read(gpd.GeoDataFrame(bare, geometry=shapely.points(LONS, LAT), crs=4326), "stakes", crs="EPSG:4326")
    assert [one.code for one in checked(drawn) if one.check in ("K3", "K7", "K11")] == []


def test_examples_and_rows_taken_out_are_no_stakes() -> None:
    frame = pd.concat([degrees().head(1).assign(JZBH="示例:9901001Q"), degrees()], ignore_index=True)
    assert len(stakes_of(read(frame, "stakes"), RULES)) == 8


def test_refused_stakes_outlive_the_workspace() -> None:
    frame = degrees()
    frame.loc[7, "JD"] = "?"
    layer = read(frame, "stakes")
    origin = origin_from_json(origin_as_json(layer.origin))
    again = Layer("stakes", layer.frame, origin.datum, origin.source, origin.quality)
    assert stakes_of(again, RULES) == stakes_of(layer, RULES)


# ---- both coordinates, whatever gives the place ----------------------------------------------------------------------


def test_geometry_degrees_and_metres_all_reach_the_stake() -> None:
    frame = metres().assign(JD="114°18′18″", WD="30.55")
    frame.loc[1, ["JD", "WD"]] = ["", "?"]
    points = shapely.points(LONS, LAT)
    layer = read(gpd.GeoDataFrame(frame, geometry=points, crs=4326), "stakes", crs="EPSG:4326")
    assert layer.quality.rows_refused == 0
    first, second = (by_number(layer)[number] for number in NUMBERS[:2])
    # 114°18′18″ = 114 + 18/60 + 18/3600 = 114.305
    assert first.place == (114.0, 30.5)
    assert first.lonlat_given == pytest.approx((114.305, 30.55), abs=1e-12)
    assert (first.x_north, first.y_east, first.crs) == (*map(float, GRID[0]), "EPSG:4547")
    assert (second.place, second.lonlat_given) == ((114.01, 30.5), None)


def test_a_pair_before_and_after_a_shift_is_never_kept() -> None:
    """Bureau's rule 4: whoever has both coordinates can solve for what is secret."""
    layer = read(degrees(), "stakes", ReadOptions(datum="gcj02"))
    assert not {"lon", "lat"} & set(layer.frame.columns)
    left, said = without_inside(read(degrees(), "stakes"))
    assert not {"lon", "lat", "JD", "WD"} & set(left.frame.columns)
    assert [one.code for one in said] == ["export_inside_columns"]


def test_the_demo_under_the_headings_of_the_national_record(root: Path, tmp_path: Path) -> None:
    """A table in GB 18030 with JZBH, ZZB, YHFWWWZ … gives the stakes that the demo's own file gives."""
    file = root / "data/demo/layers/stakes.parquet"
    named = {"stake_no": "JZBH", "line_code": "JXDM", "type": "JZLX", "x_north": "ZZB", "y_east": "HZB", "lon": "JD",
             "lat": "WD", "state": "完好状况", "managed_by": "管理方", "crs": "坐标系", "azimuth_kind": "方位角类型",
             "survey_method": "测量方法"}  # fmt: skip
    for n, letter in enumerate("YES", start=1):
        named |= {f"mark{n}_name": f"{letter}HFWWWZ", f"mark{n}_azimuth": f"{letter}HFWWFWJ",
                  f"mark{n}_distance_m": f"{letter}HFWWJL"}  # fmt: skip
    frame = gpd.read_parquet(file)
    frame.drop(columns="geometry").rename(columns=named).to_csv(tmp_path / "a.csv", index=False, encoding="gb18030")

    def known(layer: Layer) -> list[tuple[object, ...]]:
        return [
            (one.number, one.line_code, one.serial, one.kind, one.place, one.lonlat_given, one.x_north, one.y_east,
             one.crs, one.marks, one.azimuth_kind, one.state, one.managed_by, one.survey_method)
            for one in stakes_of(layer, RULES)
        ]  # fmt: skip

    assert known(read_layer(tmp_path / "a.csv", "stakes")) == known(read_layer(file, "stakes"))


# ---- numbers, types, lines -------------------------------------------------------------------------------------------


def test_what_the_national_record_and_a_shapefile_call_things(tmp_path: Path) -> None:
    frame = text(
        JZBH=["9916001A"], KJSJBSM="s1", JXDM="9916", JZLX="双立", JZDJ="县级", JZCZ="花岗岩", GC="12.5", SZD1="甲乡",
        YHFWWWZ="水塔", YHFWWFWJ="10.5", YHFWWJL="66.7", EHFWWWZ="孤石", SHFWWJL="20", WZMS="路口", 检查人="某人",
        managed_by="990100", survey_met="图解", declared_c="1234.5", change_rec="2020年第3号", mark1_lat="30.6",
        mark1_lon="114.1", azimuth_ki="磁", 界桩形状="三面型", retired="否", repair_ope="2026-01-02",
        photo_date="2026.1.3", 二维码="QR1", lon="114", lat="30.5",
    )  # fmt: skip
    frame.to_csv(tmp_path / "a.csv", index=False)
    layer = read_layer(tmp_path / "a.csv", "stakes")
    (stake,) = stakes_of(layer, RULES)
    assert (stake.serial, stake.kind, stake.survey_method, stake.shape) == (1, "A", "图解", "三面型")
    assert [mark.name for mark in stake.marks] == ["水塔", "孤石", ""]
    assert (stake.marks[0].place, stake.marks[2].distance_m, stake.azimuth_kind) == ((114.1, 30.6), 20.0, "magnetic")
    assert stake.fields["repair_opened"] == dt.date(2026, 1, 2)
    assert (stake.fields["declared_chainage_m"], stake.fields["tag"]) == (1234.5, "QR1")
    assert stake.fields["change_record"] == "2020年第3号"
    assert not any("某人" in str(value) for value in stake.fields.values())


@pytest.mark.parametrize(
    ("number", "serial", "settled"),
    [
        ("9916003Q", "003", 3),
        ("9916003Q", "", 3),
        ("9916033Q", "003", 3),  # a digit too many in the number: 33 is far beyond the others
        ("9916003Q", "033", 3),  # or in the column
        ("9916002Q", "003", 3),  # 2 belongs to another stake
        ("9916003Q", "002", 3),
        ("3", "003", 3),
        ("3", "", None),
    ],
)
def test_where_number_and_column_differ_the_free_serial_counts(number: str, serial: str, settled: int | None) -> None:
    frame = degrees().head(4).assign(序号=["001", "002", serial, "004"])
    frame.loc[2, "JZBH"] = number
    stakes = stakes_of(read(frame, "stakes"), RULES)
    assert next(stake.serial for stake in stakes if stake.row == 4) == settled


def test_segments_of_a_line_keep_their_types_and_what_one_row_says() -> None:
    paths = [shapely.LineString([(114, 30), (114.1, 30)]), shapely.LineString([(114.1, 30), (114.2, 30)])]
    frame = gpd.GeoDataFrame(
        {"JXDM": ["9906"] * 2, "界线类型": ["河流", "道路"], "JXCD(公里)": ["19.3", ""], "是否争议": ["", "否"],
         "SANLZKS": ["1", ""], "last_inspe": ["2021.2.19", ""]}, geometry=paths, crs=4326,
    )  # fmt: skip
    line = lines_of(read(frame, "lines", crs="EPSG:4326"))["9906"]
    assert [(part.type, part.row) for part in line.segments] == [("河流", 2), ("道路", 3)]
    assert (line.declared_length_m, line.declared_triple, line.fields["disputed"]) == (19300.0, 1.0, "否")
    assert line.last_inspection == dt.date(2021, 2, 19)


# ---- logs and descriptions -------------------------------------------------------------------------------------------


def test_a_log_of_inspections_says_when_what_and_for_whom() -> None:
    layer = read(
        text(界线代码="9906", 界桩编号=["9906001Q", "", ""], 检查日期=["2025年3月1日", "2024-01-02", "去年"],
             轮次=["第五轮", "第4轮", ""], 检查单位=["990100", "", ""], 界桩状况=["损坏", "", ""], 检查人="某人",
             检查类型=["巡查", "", ""], 事件类型=["", "洪水", ""]),
        "inspections",
    )  # fmt: skip
    assert [(one.code, one.row) for one in layer.quality.findings if one.severity == "error"] == [
        ("inspection_without_day", 4)
    ]
    whole, one = inspections_of(layer)
    assert (whole.day, whole.round, whole.stake_no, whole.event) == (dt.date(2024, 1, 2), 4, "", "洪水")
    assert (one.round, one.unit, one.state, one.activity) == (5, "990100", "损坏", "巡查")
    assert "某人" not in layer.frame.to_csv()


def test_rows_of_a_description_are_its_paragraphs() -> None:
    layer = read(text(界线编号=["9907", "9906", "9907"], 走向说明=["自甲起。", "全线", "至乙止。"]), "descriptions")
    assert descriptions_of(layer) == {"9906": "全线", "9907": "自甲起。\n至乙止。"}
    study = study_of(lines(), read(degrees(), "stakes"), RULES, DAY, descriptions=layer)
    assert study.descriptions == descriptions_of(layer)
    assert study.inspections is None


# ---- schemes ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "scheme",
    ["(?P<line>.{4}(?P<serial>\\d{3})", "\\d{7}", "(?P<line>.)(?P<serial>.)" + "x?" * 200,
     "(?P<line>(.+)+)(?P<serial>.)", "(?P<line>.{4})(?P<serial>.{99999999999})"],
)  # fmt: skip
def test_a_scheme_that_is_none_is_refused_with_its_name(tmp_path: Path, scheme: str) -> None:
    file = tmp_path / "own.toml"
    file.write_text(f"[K4]\nschemes = ['{scheme}']\n", encoding="utf-8")
    with pytest.raises(DataError) as caught:
        load_rules(file)
    assert caught.value.facts["where"] == "K4.schemes"
    assert scheme[:20] in caught.value.message("zh")
