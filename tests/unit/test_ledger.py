"""The ledger of what is doubtful, its mends, two ledgers side by side, and names to places."""

import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo.datum import Shift, to_datum
from geo.errors import DataError
from geo.findings import Finding
from geo.read import Table, read_table
from layers._quality_roads import _components
from layers._quality_units import same_unit
from layers.compare import compare, difference_table, difference_xlsx
from layers.gazetteer import Gazetteer, gazetteer, locate
from layers.layer import Layer
from layers.mend import MENDS, mend, mends_for, swapped
from layers.names import core_name, plain_name
from layers.options import ReadOptions
from layers.quality import ALONE, Context, inspect, inspected, read_context
from layers.read import layer_of, read_layer
from tests import builders

LON, LAT = 119.90123, 31.02621


def table(rows: list[dict[str, str]]) -> Table:
    frame = pd.DataFrame(rows, dtype="str")
    return Table(frame.where(frame != "", None), np.arange(2, len(frame) + 2), "a.csv", "0" * 64)


def ledger(*rows: dict[str, str], kind: str = "facilities") -> Layer:
    return layer_of(table([{"lon": str(LON), "lat": str(LAT), **row} for row in rows]), kind)


def found(layer: Layer, context: Context = ALONE) -> list[tuple[str, int | None]]:
    findings = inspect(layer, context)
    for one in findings:
        assert "?" not in one.sentence("zh") + one.sentence("en"), one
    return [(one.code, one.row) for one in findings]


def units(*boxes: tuple[float, float, float, float], codes: tuple[str, ...] = ("990101", "990102")) -> Layer:
    frame = gpd.GeoDataFrame({"unit_code": list(codes[: len(boxes)]), "name": [f"第{n}镇" for n in range(len(boxes))]},
                             geometry=[shapely.box(*box) for box in boxes], crs=4326)  # fmt: skip
    return layer_of(Table(frame, np.arange(1, len(frame) + 1), "u.gpkg", "", "EPSG:4326"), "units")


TOWNS = units((119.8, 30.9, 120.0, 31.1), (120.0, 30.9, 120.2, 31.1))

# ---- the same thing twice --------------------------------------------------------------------------------------------


def test_rows_that_are_the_same_but_for_the_id() -> None:
    layer = ledger({"id": "1", "name": "甲", "beds": "5"}, {"id": "2", "name": "甲", "beds": "5"},
                   {"id": "3", "name": "甲", "beds": "6"})  # fmt: skip
    assert found(layer) == [("duplicate_row", 3), ("duplicate_name_place", 4)]
    done = mend(layer, "drop_duplicates")
    assert done.layer.frame["facility_id"].tolist() == ["1", "3"]
    assert done.layer.quality.refused["reason"].tolist() == ["duplicate_row"]
    assert [(change.row, change.old, change.new) for change in done.changes] == [(3, "row", "")]
    back = layer_of(
        Table(done.layer.quality.refused.drop(columns=["row", "reason"]), np.array([2]), "b.csv", ""), "facilities"
    )
    assert back.frame["facility_id"].tolist() == ["2"]
    assert back.frame.geometry.x.tolist() == [LON]
    # The one that went in is as it was: that is what undo goes back to.
    assert len(layer.frame) == 3
    assert layer.quality.rows_refused == 0
    assert mend(done.layer, "drop_duplicates").layer is done.layer


def test_rows_without_names_are_not_called_by_their_made_ids() -> None:
    layer = ledger({"beds": "5"}, {"beds": "5"})
    assert found(layer) == [("duplicate_row", 3)]


def test_one_name_near_and_far_and_of_another_kind() -> None:
    near = {"lon": f"{LON + 0.0002:.6f}"}
    far = {"lon": f"{LON + 0.002:.6f}"}
    assert found(ledger({"name": "甲"}, {"name": "甲 ", "beds": "1", **near})) == [("duplicate_name_place", 3)]
    assert found(ledger({"name": "甲"}, {"name": "甲", **far})) == []
    assert found(ledger({"name": "甲", "kind": "助餐点"}, {"name": "甲", "kind": "养老机构", **near})) == []
    assert found(ledger({"name": "甲"}, {"name": "乙"})) == [("same_place", 3)]


def test_many_rows_of_one_name_are_no_slow_matter() -> None:
    """Forty thousand pairs of neighbours in a row: each is compared with those nearby only."""
    rows = [{"name": "网格", "lon": f"{119 + n * 0.0001:.6f}"} for n in range(9000)]
    told = found(ledger(*rows))
    # About 9.5 m apart: three of four lie within 30 m of one before them that stands alone.
    assert {code for code, _ in told} == {"duplicate_name_place"}
    assert len(told) == 9000 - len(range(0, 9000, 4))


# ---- coordinates -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lon", "lat", "coarse"), [("119.9", "31.02", True), ("119.91", "31", True), ("119.91", "31.021", False)]
)
def test_b17_two_decimals_are_told(lon: str, lat: str, coarse: bool) -> None:
    assert found(ledger({"lon": lon, "lat": lat})) == ([("coordinate_coarse", 2)] if coarse else [])


def test_outside_the_study_area_and_swapped_rows() -> None:
    study = shapely.box(87.0, 43.0, 88.0, 44.0)
    rows = [{"lon": "87.51234", "lat": "43.81234"}, {"lon": "87.61234", "lat": "43.71234"},
            {"lon": "43.91234", "lat": "87.41234"}, {"lon": "89.51234", "lat": "43.81234"}]  # fmt: skip
    layer = ledger(*rows)
    assert found(layer, Context(study=study)) == [("swapped_row", 4), ("outside_study", 5)]
    done = mend(layer, "swap_lonlat", Context(study=study))
    assert done.layer.frame.geometry.iloc[2].coords[0] == (87.41234, 43.91234)
    assert [change.row for change in done.changes] == [4]
    assert found(done.layer, Context(study=study)) == [("outside_study", 5)]
    dropped = mend(done.layer, "drop_outside", Context(study=study)).layer
    assert dropped.frame["row"].tolist() == [2, 3, 4]
    assert dropped.quality.rows_read == dropped.quality.rows_kept + dropped.quality.rows_refused == 4


def test_a_table_with_exchanged_columns_is_read_when_told_so() -> None:
    wrong = table([{"经度": "31.02621", "纬度": "119.90123"}])
    with pytest.raises(DataError) as caught:
        layer_of(wrong, "facilities")
    assert caught.value.code == "swapped_lonlat"
    options = swapped(wrong, "facilities")
    assert options is not None
    assert layer_of(wrong, "facilities", options).frame.geometry.iloc[0].coords[0] == (LON, LAT)


def test_a_layer_of_another_place_is_one_finding() -> None:
    layer = ledger({}, {"lon": "119.80001"}, {"lon": "119.70001"})
    assert found(layer, Context(study=shapely.box(100, 20, 101, 21))) == [("all_outside_study", None)]


# ---- units -----------------------------------------------------------------------------------------------------------


def test_the_unit_that_a_row_lies_in_is_taken_with_one_click() -> None:
    layer = ledger({"unit_code": "990102"}, {"unit_code": "990101", "lat": "31.00001"})
    assert found(layer, Context(units=TOWNS)) == [("unit_differs", 2)]
    done = mend(layer, "unit_from_polygon", Context(units=TOWNS))
    assert done.layer.frame["unit_code"].tolist() == ["990101", "990101"]
    assert [(one.row, one.field, one.old, one.new) for one in done.changes] == [(2, "unit_code", "990102", "990101")]
    assert found(done.layer, Context(units=TOWNS)) == []
    assert mends_for(inspect(layer, Context(units=TOWNS))) == ("unit_from_polygon",)


def test_a_township_by_name_counts_where_no_code_is_declared() -> None:
    layer = ledger(
        {"所属乡镇": "第1镇"}, {"所属乡镇": "第0镇", "lat": "31.00001"}, {"所属乡镇": "无此镇", "lat": "31.00002"}
    )
    assert found(layer, Context(units=TOWNS)) == [("unit_differs", 2)]
    assert mend(layer, "unit_from_polygon", Context(units=TOWNS)).layer.frame["unit_code"].tolist() == [
        "990101",
        "",
        "",
    ]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [("330522000000", "330522", True), ("330522001", "330522", True), ("330522100", "330522001", False),
     ("330500", "330522", True), ("330520", "330522", False), ("甲", "甲", True), ("甲", "乙", False)],
)  # fmt: skip
def test_codes_of_a_unit_and_its_parts(one: str, other: str, same: bool) -> None:
    assert same_unit(one, other) is same
    assert same_unit(other, one) is same


def test_a_file_beside_which_to_look(tmp_path: Path) -> None:
    def put(name: str, frame: gpd.GeoDataFrame) -> Path:
        frame.to_file(tmp_path / name)
        return tmp_path / name

    line = gpd.GeoDataFrame({"line_code": ["9901"]}, geometry=[shapely.LineString([(119, 31), (120, 31)])], crs=4326)
    assert read_context(put("u.gpkg", TOWNS.frame), "facilities").units is not None
    assert read_context(put("r.gpkg", line), "facilities").roads is not None
    assert read_context(put("l.gpkg", line), "stakes").lines is not None
    assert read_context(put("s.gpkg", TOWNS.frame[["geometry"]]), "facilities").study is not None


def test_what_was_planted_in_the_demo_is_found_and_nothing_else(root: Path) -> None:
    folder = root / "data" / "demo"
    planted = json.loads((folder / "planted.json").read_text(encoding="utf-8"))["facilities"]
    layers = {
        kind: read_layer(folder / "layers" / f"{kind}.parquet", kind) for kind in ("facilities", "units", "roads")
    }
    layer = layers["facilities"]
    ids = dict(zip(layer.frame["row"], layer.frame["facility_id"], strict=True))
    told: dict[str, set[str]] = {}
    for one in inspect(layer, Context(units=layers["units"], roads=layers["roads"])):
        told.setdefault(one.code, set()).add(ids[one.row] if one.row else "")
    names = {
        "duplicate": "duplicate_row",
        "island": "on_road_island",
        "no_road": "far_from_road",
        "unit_mismatch": "unit_differs",
    }
    for planted_as, code in names.items():
        assert told.pop(code, set()) == {one["facility_id"] for one in planted if one["code"] == planted_as}, code
    assert set(told) <= {"same_place", "on_unit_border", "outside_study"}


def test_what_was_planted_in_the_stakes_of_the_demo(root: Path) -> None:
    folder = root / "data" / "demo"
    planted = json.loads((folder / "planted.json").read_text(encoding="utf-8"))["stakes"]
    layers = {kind: read_layer(folder / "layers" / f"{kind}.parquet", kind) for kind in ("stakes", "lines")}
    told = [
        (one.code, str(one.facts.get("number", one.facts.get("line"))))
        for one in inspect(layers["stakes"], Context(lines=layers["lines"]))
    ]
    faults = {one["fault"]: one["stake_no"] for one in planted}
    assert sorted(told) == sorted([
        ("stake_repeated", faults["duplicate_number"]), ("stakes_missing", faults["missing_number"][:4]),
        ("stake_far_from_line", faults["gcj02"]), ("stake_out_of_order", faults["order"]),
    ])  # fmt: skip


# ---- roads -----------------------------------------------------------------------------------------------------------


def grid(count: int, step: float = 100.0) -> list[list[tuple[float, float]]]:
    ways = []
    for n in range(count):
        ways.append([(k * step, n * step) for k in range(count)])
        ways.append([(n * step, k * step) for k in range(count)])
    return ways


def test_far_from_any_road_and_on_an_island() -> None:
    roads = builders.roads(*grid(9), [(2000, 0), (2100, 0)])
    layer = builders.facilities({"on": (150, 0), "island": (2050, 10), "far": (2050, 620), "near": (400, 1290)})
    assert found(layer, Context(roads=roads)) == [("on_road_island", 2), ("far_from_road", 3)]
    far = [one for one in inspect(layer, Context(roads=roads)) if one.code == "far_from_road"]
    assert far[0].facts["metres"] == "620"


def test_a_small_network_alone_is_no_island() -> None:
    assert found(builders.facilities({"a": (50, 0)}), Context(roads=builders.roads([(0, 0), (100, 0)]))) == []


@given(st.lists(st.tuples(*[st.integers(0, 6)] * 4), min_size=1, max_size=25))
def test_parts_of_the_network_are_those_of_networkx(ways: list[tuple[int, int, int, int]]) -> None:
    ways = [way for way in ways if way[:2] != way[2:]]
    if not ways:
        return
    lines = np.array([shapely.LineString([way[:2], way[2:]]) for way in ways], dtype=object)
    graph = nx.Graph((way[:2], way[2:]) for way in ways)
    component, nodes = _components(lines)
    parts = list(nx.connected_components(graph))
    assert len(nodes) == len(parts)
    for way, part in zip(ways, component.tolist(), strict=True):
        mine = next(one for one in parts if way[:2] in one)
        assert nodes[part] == sum(graph.degree(node) != 2 for node in mine)


# ---- mends as a whole ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("datum", ["gcj02", "bd09"])
def test_mends_of_a_shifted_ledger_shift_once(datum: Shift) -> None:
    """A swapped row gets the offset that its wrong place had not; rows taken out are as the file wrote them."""
    here = (87.51234, 43.81234)
    good, far = (to_datum(np.array([place]), datum)[0] for place in (here, (89.51234, 43.81234)))
    rows = [{"lon": f"{lon:.7f}", "lat": f"{lat:.7f}"} for lon, lat in (good, good, good[::-1], far)]
    context = Context(study=shapely.box(87.0, 43.0, 88.0, 44.0))
    layer = layer_of(table(rows), "facilities", ReadOptions(datum=datum))
    swapped_back = mend(layer, "swap_lonlat", context).layer
    assert shapely.get_coordinates(swapped_back.frame.geometry)[:3] == pytest.approx(np.array([here] * 3), abs=2e-7)
    out = mend(swapped_back, "drop_outside", context).layer.quality.refused
    assert out[["lon", "lat"]].astype(float).to_numpy() == pytest.approx(far[None, :], abs=2e-7)


@pytest.mark.parametrize("name", MENDS)
def test_a_mend_with_nothing_to_do_changes_nothing(name: str) -> None:
    layer = ledger({"name": "甲", "unit_code": "990101"})
    done = mend(layer, name, Context(units=TOWNS))
    assert done.layer is layer
    assert done.changes == ()


def test_findings_join_the_report_and_only_some_have_a_mend() -> None:
    layer = inspected(ledger({"name": "甲"}, {"name": "甲"}))
    assert "duplicate_row" in [one.code for one in layer.quality.findings]
    assert mends_for(layer.quality.findings) == ("drop_duplicates",)
    assert mends_for([Finding("same_place", "info", row=1)]) == ()


# ---- two ledgers -----------------------------------------------------------------------------------------------------


def test_what_came_went_and_changed() -> None:
    old = ledger(
        {"id": "1", "name": "甲", "beds": "10"},
        {"id": "2", "name": "乙", "beds": "20"},
        {"id": "3", "name": "丙", "beds": "1"},
    )
    new = ledger({"id": "4", "name": "丁", "beds": "1"}, {"id": "1", "name": "甲", "beds": "12",
    "lat": f"{LAT + 0.001:.6f}"},
                 {"id": "3", "name": "丙", "beds": "1"})  # fmt: skip
    done = compare(old, new)
    assert (done.added, done.removed, done.changed, done.unchanged, done.by) == (1, 1, 1, 1, "id")
    told = [(one.change, one.key, one.field, one.old, one.new, one.old_row, one.new_row) for one in done.differences]
    assert told[0] == ("added", "4", "", "", "", None, 2)
    assert told[1] == ("changed", "1", "beds", "10", "12", 2, 3)
    assert told[2][:3] == ("changed", "1", "geometry")
    assert done.differences[2].moved_m == pytest.approx(110.9, abs=0.2)
    assert told[3] == ("removed", "2", "", "", "", 3, None)


def test_without_ids_rows_belong_together_by_name_and_unit() -> None:
    old = ledger(
        {"name": "甲村 ", "unit_code": "990101", "beds": "1"}, {"name": "甲村", "unit_code": "990102", "beds": "1"}
    )
    new = ledger(
        {"name": "甲村", "unit_code": "990102", "beds": "2"}, {"name": "甲村", "unit_code": "990101", "beds": "1"}
    )
    done = compare(old, new)
    assert done.by == "name"
    assert [(one.change, one.field, one.old_row, one.new_row) for one in done.differences] == [
        ("changed", "beds", 3, 2)
    ]


def test_a_ledger_beside_itself_and_rounded_coordinates() -> None:
    layer = ledger({"id": "1", "name": "甲"}, {"id": "2", "name": "乙"})
    assert compare(layer, layer).differences == ()
    rounded = ledger({"id": "1", "name": "甲", "lon": f"{LON + 1e-6:.6f}"}, {"id": "2", "name": "乙"})
    assert compare(layer, rounded).differences == ()


def test_the_table_is_in_words_and_opens_as_a_workbook(tmp_path: Any) -> None:
    done = compare(ledger({"id": "1", "name": "甲", "beds": "1"}), ledger({"id": "1", "name": "=乙", "beds": "2"}))
    frame = difference_table(done, "facilities", "zh")
    assert frame[["变化", "列", "原值", "现值"]].to_numpy().tolist() == [
        ["变更", "设施名称", "甲", "=乙"],
        ["变更", "床位总数", "1", "2"],
    ]
    assert difference_table(done, "facilities", "en")["column"].tolist() == ["name", "beds"]
    file = tmp_path / "a.xlsx"
    file.write_bytes(difference_xlsx(done, "facilities", "zh"))
    assert read_table(file).frame["现值"].tolist() == ["=乙", "2"]


@given(st.lists(st.integers(0, 5), max_size=8), st.lists(st.integers(0, 5), max_size=8))
def test_rows_of_both_ledgers_are_accounted_for(before: list[int], after: list[int]) -> None:
    def made(ids: list[int]) -> Layer:
        rows = [{"name": f"名{n}", "unit_code": "990101"} for n in ids] or [{"name": "只此", "unit_code": "990101"}]
        return ledger(*rows)

    old, new = made(before), made(after)
    done = compare(old, new)
    assert done.added + done.changed + done.unchanged == len(new.frame)
    assert done.removed + done.changed + done.unchanged == len(old.frame)
    back = compare(new, old)
    assert (back.added, back.removed, back.changed) == (done.removed, done.added, done.changed)


# ---- names to places -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "core"),
    [("北川村村民委员会", "北川"), ("北川村（原东川村）", "北川"), (" 北 川 社区", "北川"), ("北川居委会", "北川"),
    ("Ａ１村", "a1"),
     ("新村", "新村"), ("三里桥新村社区", "三里桥")],
)  # fmt: skip
def test_names_are_made_comparable(name: str, core: str) -> None:
    assert core_name(name) == core
    assert plain_name(plain_name(name)) == plain_name(name)


NAMES = layer_of(
    table(
        [
            {"name": "北川村", "unit_code": "990101", "lon": "119.9012", "lat": "31.0012"},
            {"name": "北川村", "unit_code": "990102", "lon": "120.1012", "lat": "31.0012"},
            {"name": "夹浦古镇环城北路社区", "unit_code": "990101", "lon": "119.9112", "lat": "31.0112"},
            {"name": "南浦村", "unit_code": "990101", "lon": "119.9212", "lat": "31.0212"},
            {"name": "南浦村", "unit_code": "990101", "lon": "119.9312", "lat": "31.0312"},
            {"name": "解放路12号", "lon": "119.9412", "lat": "31.0412", "other_names": "老干部局、民政楼"},
        ]
    ),
    "place_names",
)
KNOWN, DOUBTS = gazetteer(NAMES, TOWNS)


def located(*rows: dict[str, str]) -> tuple[Layer | None, Any]:
    usual = {"name": "", "unit_code": "", "lon": "", "lat": "", "村": "", "address": "", "乡镇": ""}
    done = locate(table([{**usual, **row} for row in rows]), "facilities", KNOWN)
    return (layer_of(done.table, "facilities") if done.matched else None), done


def test_names_are_matched_in_their_unit_and_marked_as_approximate() -> None:
    layer, done = located({"name": "北川老年食堂", "村": "北川村委会", "unit_code": "990102"},
                          {"name": "食堂", "村": "北川社区", "unit_code": "990101"})  # fmt: skip
    assert layer is not None
    assert layer.frame.geometry.x.tolist() == [120.1012, 119.9012]
    assert layer.frame["located_by"].tolist() == ["name_exact"] * 2
    assert layer.frame["matched_name"].tolist() == ["北川村"] * 2
    assert (done.asked, done.matched, done.rate) == (2, 2, 1.0)
    said = {one.code for one in layer.quality.findings}
    assert {"names_matched", "located_by_name"} <= said


def test_a_name_nearly_agrees_and_a_name_in_another_unit_does_not() -> None:
    layer, done = located({"村": "夹浦古镇环成北路社区", "unit_code": "990101"}, {"村": "夹浦古镇环城北路社区",
    "unit_code": "990102"},
                          {"村": "北川村"}, {"村": "无此村", "unit_code": "990101"})  # fmt: skip
    assert layer is not None
    assert layer.frame["row"].tolist() == [2]
    assert layer.frame["located_by"].tolist() == ["name_fuzzy"]
    assert 85 <= float(layer.frame["match_score"].iloc[0]) < 100
    assert done.unmatched == (3, 4, 5)
    assert done.rate == 0.25
    # What was not matched is refused for its coordinates, and may be sent back.
    assert layer.quality.refused["row"].tolist() == [3, 4, 5]


def test_two_places_of_one_name_leave_it_open() -> None:
    assert located({"村": "南浦村", "unit_code": "990101"})[1].unmatched == (2,)


def test_addresses_other_names_and_units_by_name() -> None:
    layer, _ = located({"address": "解放路12号", "乡镇": "第0镇"}, {"address": "民政楼", "unit_code": "990101"},
                       {"name": "第0镇", "unit_code": "990101"})  # fmt: skip
    assert layer is not None
    assert layer.frame.geometry.y.tolist()[:2] == [31.0412, 31.0412]
    assert TOWNS.frame.geometry.iloc[0].contains(layer.frame.geometry.iloc[2])


def test_rows_with_coordinates_stay_where_they_are() -> None:
    layer, done = located({"lon": "119.95", "lat": "31.05", "村": "北川村", "unit_code": "990101"},
                          {"村": "北川村", "unit_code": "990101"})  # fmt: skip
    assert layer is not None
    assert layer.frame.geometry.x.tolist() == [119.95, 119.9012]
    assert layer.frame["located_by"].tolist() == ["", "name_exact"]
    assert done.asked == 1
    untouched = table([{"lon": "119.95", "lat": "31.05", "name": "甲"}])
    assert locate(untouched, "facilities", KNOWN).table is untouched


@pytest.mark.parametrize(
    "options", [ReadOptions(datum="gcj02"), ReadOptions(datum="bd09"), ReadOptions(packed=True)], ids=repr
)
def test_a_place_of_a_name_is_where_it_is_however_the_other_rows_are_read(options: ReadOptions) -> None:
    rows = table([{"lon": "119.5400", "lat": "31.0300", "村": "", "unit_code": ""},
                  {"lon": "", "lat": "", "村": "北川村", "unit_code": "990101"}])  # fmt: skip
    layer = layer_of(locate(rows, "facilities", KNOWN, options).table, "facilities", options)
    places = shapely.get_coordinates(layer.frame.geometry)
    assert places[1] == pytest.approx([119.9012, 31.0012], abs=2e-7)
    assert abs(places[0] - [119.54, 31.03]).max() > 1e-3


def test_a_table_without_any_columns_of_coordinates() -> None:
    done = locate(table([{"名称": "甲", "村": "北川村", "区划代码": "990101"}]), "facilities", KNOWN)
    layer = layer_of(done.table, "facilities")
    assert layer.frame.geometry.x.tolist() == [119.9012]


def test_names_that_repeat_or_are_not_standard_are_told() -> None:
    assert [(one.code, one.row) for one in DOUBTS] == [("place_name_repeated", 6)]
    odd = layer_of(table([{"name": "北川（新）村", "lon": "119.9", "lat": "31"}]), "place_names")
    assert [one.code for one in gazetteer(odd)[1]] == ["place_name_not_standard"]


@given(st.text(min_size=1, max_size=6), st.sampled_from(["990101", "990102", ""]))
def test_nothing_is_ever_placed_outside_its_unit(village: str, unit: str) -> None:
    known = Gazetteer(KNOWN.names, KNOWN.plain, KNOWN.core, KNOWN.units, KNOWN.lonlat, KNOWN.unit_names)
    done = locate(table([{"村": village, "unit_code": unit, "lon": "", "lat": "", "名称": "x"}]), "facilities", known)
    if done.matched:
        assert unit
        place = shapely.Point(float(done.table.frame["lon"].iloc[0]), float(done.table.frame["lat"].iloc[0]))
        assert TOWNS.frame.set_index("unit_code").geometry[unit].intersects(place)
