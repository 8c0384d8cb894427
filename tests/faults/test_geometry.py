"""Faults C01 to C14 of geometry: repaired with its change of area, refused by row, or told; never silent."""

import json
import sqlite3
import struct
from contextlib import closing
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from shapely.geometry.base import BaseGeometry

from geo.errors import DataError, FileError
from geo.read import Table
from geo.repair import MANY_VERTICES, area_m2, between, repair
from layers.layer import Layer
from layers.mend import mend
from layers.quality import Context, inspect
from layers.read import layer_of, read_layer
from layers.schemas import SCHEMAS
from tests import builders

LON, LAT = 119.9, 31.0


def box(west: float, south: float, east: float, north: float) -> shapely.Polygon:
    """A box in thousandths of a degree from one corner."""
    return shapely.box(LON + west / 1000, LAT + south / 1000, LON + east / 1000, LAT + north / 1000)


def ring(*points: tuple[float, float]) -> list[tuple[float, float]]:
    return [(LON + x / 1000, LAT + y / 1000) for x, y in points]


def read(kind: str, *shapes: BaseGeometry | None, **columns: list[Any]) -> Layer:
    rows = range(1, len(shapes) + 1)
    usual: dict[str, list[Any]] = {"name": [f"名{n}" for n in rows]}
    if kind == "units":
        usual["unit_code"] = [f"99010{n}" for n in rows]
    if kind == "lines":
        usual["line_code"] = [f"990{n}" for n in rows]
    frame = gpd.GeoDataFrame({**usual, **columns}, geometry=list(shapes), crs=4326)
    return layer_of(Table(frame, np.arange(1, len(shapes) + 1), "a.gpkg", "0" * 64, "EPSG:4326"), kind)


def reasons(layer: Layer) -> dict[int, str]:
    refused = layer.quality.refused
    return dict(zip(refused["row"].tolist(), refused["reason"].tolist(), strict=True)) if len(refused) else {}


def facts(layer: Layer, code: str) -> dict[str, Any]:
    (found,) = [finding for finding in layer.quality.findings if finding.code == code]
    assert "?" not in found.sentence("zh") + found.sentence("en")
    return dict(found.facts)


def told(layer: Layer, context: Context) -> list[tuple[str, int | None]]:
    findings = inspect(layer, context)
    assert not [one for one in findings if "?" in one.sentence("zh") + one.sentence("en")]
    return [(one.code, one.row) for one in findings]


GOOD = box(10, 10, 12, 12)

# ---- C01 to C03: polygons that are not valid -------------------------------------------------------------------------


def test_c01_a_bowtie_is_refused_with_both_areas() -> None:
    bowtie = shapely.Polygon(ring((0, 0), (2, 2), (2, 0), (0, 2)))
    layer = read("units", bowtie, GOOD)
    assert reasons(layer) == {1: "polygon_invalid"}
    said = facts(layer, "polygon_invalid")
    # As drawn its halves cancel; taken apart they are half of the box.
    assert float(said["before_m2"]) < 1
    assert float(said["after_m2"]) == pytest.approx(area_m2(box(0, 0, 2, 2)) / 2, rel=1e-3)


def test_c01_a_small_loop_is_repaired_and_its_area_told() -> None:
    looped = shapely.Polygon(
        ring((0, 0), (100, 0), (100, 100), (50, 100), (50.5, 100.5), (50, 100.5), (50.5, 100), (0, 100))
    )
    assert not looped.is_valid
    layer = read("units", looped)
    assert layer.frame.geometry.is_valid.all()
    said = facts(layer, "polygon_repaired")
    assert float(said["percent"].rstrip("%")) < 1
    assert float(said["after_m2"]) == pytest.approx(area_m2(layer.frame.geometry.iloc[0]), abs=1)


def test_c02_parts_that_overlap_are_joined_and_both_areas_told() -> None:
    layer = read("units", shapely.MultiPolygon([box(0, 0, 2, 2), box(1, 1, 3, 3)]))
    shape = layer.frame.geometry.iloc[0]
    assert shape.is_valid
    said = facts(layer, "polygon_repaired")
    # 4 + 4 squares with one in common: 8 as drawn, 7 on the ground.
    assert float(said["after_m2"]) / float(said["before_m2"]) == pytest.approx(7 / 8, rel=1e-4)
    assert area_m2(shape) == pytest.approx(float(said["after_m2"]), abs=1)


@pytest.mark.parametrize(
    ("shape", "outcome"),
    [
        # A hole outside the shell, a hole that is the shell, a shell in a shell, a spike, a ring drawn twice.
        (shapely.Polygon(ring((0, 0), (9, 0), (9, 9), (0, 9)), [ring((20, 20), (21, 20), (21, 21))]), "either"),
        (shapely.Polygon(ring((0, 0), (9, 0), (9, 9), (0, 9)), [ring((0, 0), (9, 0), (9, 9), (0, 9))]),
        "polygon_invalid"),
        (shapely.MultiPolygon([box(0, 0, 9, 9), box(3, 3, 4, 4)]), "polygon_repaired"),
        (shapely.Polygon(ring((0, 0), (9, 0), (9, 4), (20, 4), (9, 4), (9, 9), (0, 9))), "polygon_repaired"),
        (shapely.MultiPolygon([box(0, 0, 9, 9), box(0, 0, 9, 9)]), "polygon_repaired"),
    ],
    ids=["hole outside", "hole is shell", "nested shells", "spike", "twice"],
)  # fmt: skip
def test_c03_invalid_rings_are_repaired_or_named(shape: BaseGeometry, outcome: str) -> None:
    assert not shape.is_valid
    layer = read("units", shape, GOOD)
    assert layer.frame.geometry.is_valid.all()
    codes = [finding.code for finding in layer.quality.findings if finding.row == 1]
    assert codes == [outcome] or (outcome == "either" and codes[0] in {"polygon_invalid", "polygon_repaired"})
    assert layer.quality.rows_kept + layer.quality.rows_refused == 2


def test_c03_a_ring_of_too_few_points_is_named_or_refused_whole(tmp_path: Path) -> None:
    file = tmp_path / "a.geojson"
    few = {"type": "Polygon", "coordinates": [[[119.9, 31.0], [119.91, 31.0], [119.9, 31.0]]]}
    good = json.loads(shapely.to_geojson(GOOD))
    features = [{"type": "Feature", "properties": {"unit_code": str(n), "name": "x"}, "geometry": shape}
                for n, shape in ((1, few), (2, good))]  # fmt: skip
    file.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    layer = read_layer(file, "units")
    assert reasons(layer) == {1: "polygon_invalid"}
    assert layer.frame["unit_code"].tolist() == ["2"]


# ---- C04: what else a geometry column holds --------------------------------------------------------------------------


def test_c04_none_empty_mixed_and_collections_by_row() -> None:
    shapes: list[BaseGeometry | None] = [
        None, shapely.Point(), shapely.Point(LON, LAT), shapely.LineString([(LON, LAT), (LON + 1, LAT)]),
        shapely.GeometryCollection([shapely.Point(LON, LAT)]),
        shapely.GeometryCollection([shapely.Point(LON, LAT), box(0, 0, 1, 1)]),
        shapely.GeometryCollection(), shapely.Point(LON, LAT, 7.0), box(0, 0, 1, 1),
        shapely.MultiPoint([(LON, LAT)]), shapely.MultiPoint([(LON, LAT), (LON, LAT + 1)]),
    ]  # fmt: skip
    layer = read("facilities", *shapes)
    assert reasons(layer) == {
        1: "geometry_missing", 2: "geometry_missing", 4: "wrong_geometry", 6: "wrong_geometry", 7: "geometry_missing",
        11: "several_points",
    }  # fmt: skip
    assert layer.frame["row"].tolist() == [3, 5, 8, 9, 10]
    assert set(layer.frame.geometry.geom_type) == {"Point"}
    assert not layer.frame.geometry.has_z.any()


def test_c04_a_collection_of_areas_is_one_area() -> None:
    layer = read("units", shapely.GeometryCollection([box(0, 0, 1, 1), box(2, 0, 3, 1)]))
    assert layer.frame.geometry.iloc[0].geom_type == "MultiPolygon"
    assert layer.quality.rows_refused == 0


@pytest.mark.parametrize("kind", ["lines", "roads"])
def test_c04_an_arc_is_read_as_the_line_along_it(tmp_path: Path, kind: str) -> None:
    file = tmp_path / "a.gpkg"
    straight = shapely.LineString([(LON, LAT), (LON + 0.1, LAT)])
    gpd.GeoDataFrame({"line_code": ["1", "2"], "name": ["甲", "乙"]}, geometry=[straight] * 2, crs=4326).to_file(file)
    with closing(sqlite3.connect(file)) as base:
        for (trigger,) in base.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            base.execute(f'DROP TRIGGER "{trigger}"')
        arc = struct.pack("<BII6d", 1, 8, 3, LON, LAT, LON + 0.05, LAT + 0.05, LON + 0.1, LAT)
        base.execute("UPDATE a SET geom = ? WHERE fid = 1", (b"GP\x00\x01" + struct.pack("<i", 4326) + arc,))
        base.execute("UPDATE gpkg_geometry_columns SET geometry_type_name = 'GEOMETRY'")
        base.commit()
    layer = read_layer(file, kind)
    line = layer.frame.geometry.iloc[0]
    assert shapely.get_num_coordinates(line) > 20
    assert shapely.distance(line, shapely.Point(LON + 0.05, LAT + 0.05)) < 1e-4
    assert line.coords[0] == (LON, LAT)


# ---- C05 to C07: neighbours ------------------------------------------------------------------------------------------


def people(*places: tuple[float, float, float]) -> Layer:
    frame = pd.DataFrame({"lon": [str(LON + x / 1000) for x, _, _ in places], "lat": [str(LAT + y / 1000) for _, y,
    _ in places],
                          "pop": [str(n) for _, _, n in places]}, dtype="str")  # fmt: skip
    return layer_of(Table(frame, np.arange(2, len(frame) + 2), "d.csv", ""), "demand")


def test_c05_overlaps_are_told_with_land_and_people() -> None:
    layer = read("units", box(0, 0, 100, 100), box(99, 0, 200, 100))
    demand = people((50, 50, 10), (99.5, 50, 7), (150, 50, 3))
    findings = inspect(layer, Context(demand=demand))
    assert [one.code for one in findings] == ["units_overlap", "units_balance"]
    said = findings[0].facts
    assert float(said["area_m2"]) == pytest.approx(area_m2(box(99, 0, 100, 100)), abs=1)
    assert (said["name"], said["other"], said["people"]) == ("名1", "名2", "7")
    assert findings[0].row == 2
    balance = findings[1].facts
    added, together, twice = (float(balance[name]) for name in ("added_km2", "together_km2", "twice_km2"))
    assert added == pytest.approx(together + twice, abs=2e-4)
    # A person in the overlap counts once: for the smaller code.
    result = builders.solve(
        builders.roads([(-3000, 0), (3000, 0)]), builders.facilities({"f": (0, 0)}), builders.demand({"d": (-5, 0)}),
        builders.units({"1": (-1000, -1000, 0, 1000), "2": (-10, -1000, 1000, 1000)}),
    )  # fmt: skip
    assert dict(zip(result.units["unit_code"], result.units["weight"], strict=True))["1"] == 1
    assert result.units["weight"].sum() == 1


def test_c05_c06_slivers_of_drawing_are_no_land() -> None:
    clean = read("units", box(0, 0, 100, 100), box(100, 0, 200, 100))
    drawn = read("units", box(0, 0, 100.000001, 100), box(100, 0, 200, 100))
    assert inspect(clean) == ()
    assert inspect(drawn) == ()


def test_c06_gaps_and_people_in_no_unit_are_balanced() -> None:
    hole = shapely.Polygon(box(0, 0, 100, 100).exterior, [box(40, 40, 50, 50).exterior])
    demand = people((10, 10, 5), (45, 45, 4), (300, 300, 2))
    findings = {
        one.code: one.facts for one in inspect(read("units", hole, box(100, 0, 200, 100)), Context(demand=demand))
    }
    assert set(findings) == {"units_gap", "units_balance", "people_in_no_unit"}
    assert float(findings["units_gap"]["area_m2"]) == pytest.approx(area_m2(box(40, 40, 50, 50)), abs=1)
    assert findings["units_gap"]["people"] == "4"
    balance = findings["people_in_no_unit"]
    assert (balance["total"], balance["allocated"], balance["left"]) == ("11", "5", "6")


def test_c05_c06_levels_of_units_do_not_overlap_each_other() -> None:
    layer = read("units", box(0, 0, 200, 100), box(0, 0, 100, 100), box(100, 0, 200, 100),
                 unit_code=["990100", "990101", "990102"], parent_code=["", "990100", "990100"])  # fmt: skip
    assert inspect(layer) == ()


def test_c07_ids_that_repeat_or_lack_are_refused_and_equal_rows_told() -> None:
    points = [shapely.Point(LON + 0.01234, LAT + n / 1000) for n in (0, 1, 2, 3, 3)]
    layer = read("facilities", *points, facility_id=["a", "a", None, "d", "e"], name=["甲", "乙", "丙", "丁", "丁"])
    assert reasons(layer) == {2: "id_repeated", 3: "id_missing"}
    assert told(layer, Context()) == [("duplicate_row", 5)]
    mended = mend(layer, "drop_duplicates").layer
    assert mended.frame["facility_id"].tolist() == ["a", "d"]
    assert (mended.quality.rows_read, mended.quality.rows_refused) == (5, 3)


# ---- C08, C12: size and depth ----------------------------------------------------------------------------------------


def test_c08_a_million_vertices_and_edges_of_a_millionth_of_a_millimetre() -> None:
    angle = np.linspace(0, 2 * np.pi, 1_000_000, endpoint=False)
    noise = 1e-12 * np.sin(np.arange(len(angle)))
    huge = shapely.Polygon(np.column_stack([LON + (0.5 + noise) * np.cos(angle), LAT + (0.5 + noise) * np.sin(angle)]))
    layer = read("units", huge)
    said = facts(layer, "polygon_tidied")
    assert said["before"] > MANY_VERTICES > said["after"]
    shape = layer.frame.geometry.iloc[0]
    assert shape.is_valid
    assert area_m2(shape) == pytest.approx(area_m2(huge), rel=1e-6)


def test_c08_ten_thousand_parts() -> None:
    parts = shapely.MultiPolygon([box(x, y, x + 0.5, y + 0.5) for x in range(100) for y in range(100)])
    layer = read("units", parts)
    assert shapely.get_num_geometries(layer.frame.geometry.iloc[0]) == 10_000
    assert between(layer.frame.geometry.to_numpy()).pairs.shape == (0, 2)


@pytest.mark.parametrize("depth", [100, 2000, 5000])
@pytest.mark.parametrize("kind", ["facilities", "units", "roads"])
def test_c12_collections_in_collections(tmp_path: Path, depth: int, kind: str) -> None:
    inner = '{"type":"Point","coordinates":[119.9,31.0]}'
    nested = '{"type":"GeometryCollection","geometries":[' * depth + inner + "]}" * depth
    good = f'{{"type":"Feature","properties":{{"unit_code":"1","name":"x"}},"geometry":{inner}}}'
    bad = f'{{"type":"Feature","properties":{{"unit_code":"2","name":"y"}},"geometry":{nested}}}'
    file = tmp_path / "a.geojson"
    file.write_text(f'{{"type":"FeatureCollection","features":[{good},{bad}]}}', encoding="utf-8")
    with pytest.raises(FileError) as caught:
        read_layer(file, kind)
    assert caught.value.code == "json_too_deep"


# ---- C09, C10: lines -------------------------------------------------------------------------------------------------


def test_c09_lines_without_length_are_refused_and_loops_stay() -> None:
    nothing = shapely.LineString(ring((0, 0), (0, 0)))
    loop = shapely.LineString(ring((0, 0), (5, 0), (5, 5), (0, 0)))
    eight = shapely.LineString(ring((0, 0), (5, 5), (5, 0), (0, 5)))
    layer = read("lines", nothing, loop, eight)
    assert reasons(layer) == {1: "line_without_length"}
    assert told(layer, Context()) == [("line_crosses_itself", 3)]
    roads = read("roads", nothing, loop, eight)
    assert reasons(roads) == {1: "line_without_length"}
    assert len(roads.frame) == 2


def test_c09_a_line_of_one_point(tmp_path: Path) -> None:
    file = tmp_path / "a.geojson"
    features = [
        {"type": "Feature", "properties": {"line_code": "1"}, "geometry": {"type": "LineString", "coordinates": points}}
        for points in ([[119.9, 31.0]], [[119.9, 31.0], [119.91, 31.0]])
    ]
    file.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    layer = read_layer(file, "lines")
    assert reasons(layer) == {1: "geometry_missing"}


@pytest.mark.parametrize(
    ("kind", "shape", "found", "wanted"),
    [
        ("lines", GOOD, "Polygon", "line"),
        ("lines", shapely.Point(LON, LAT), "Point", "line"),
        ("stakes", GOOD, "Polygon", "point"),
        ("facilities", shapely.LineString(ring((0, 0), (1, 1))), "LineString", "point"),
    ],
)
def test_c10_another_type_than_expected_is_named(kind: str, shape: BaseGeometry, found: str, wanted: str) -> None:
    with pytest.raises(DataError) as caught:
        read(kind, shape, shape, stake_no=["1", "2"], line_code=["1", "1"])
    assert caught.value.code == "wrong_geometry_layer"
    assert found in caught.value.message("zh")
    assert wanted in caught.value.message("zh")


def test_c10_closed_lines_become_units_and_open_ones_do_not() -> None:
    closed = shapely.LineString(GOOD.exterior.coords)
    halves = shapely.MultiLineString([ring((0, 0), (5, 0), (5, 5)), ring((5, 5), (0, 5), (0, 0))])
    layer = read("units", closed, shapely.LineString(ring((0, 0), (1, 1), (2, 0))), halves)
    assert reasons(layer) == {2: "line_not_closed"}
    assert facts(layer, "line_to_polygon")["count"] == 2
    assert layer.frame.geometry.iloc[0].equals(GOOD)
    assert area_m2(layer.frame.geometry.iloc[1]) == pytest.approx(area_m2(box(0, 0, 5, 5)), rel=1e-9)


# ---- C11: stakes -----------------------------------------------------------------------------------------------------


def stakes(*rows: tuple[str, str, float, float]) -> Layer:
    frame = pd.DataFrame(
        [(line, number, str(LON + x / 1000), str(LAT + y / 1000)) for line, number, x, y in rows],
        columns=["line_code", "stake_no", "lon", "lat"], dtype="str",
    )  # fmt: skip
    return layer_of(Table(frame, np.arange(2, len(frame) + 2), "s.csv", ""), "stakes")


def test_c11_stakes_out_of_order_repeated_missing_far_and_shared() -> None:
    lines = read("lines", shapely.LineString(ring((0, 0), (100, 0))), shapely.LineString(ring((100, 0), (100, 80))),
                 line_code=["9901", "9902"])  # fmt: skip
    layer = stakes(
        ("9901", "9901001Q", 0.00001, 0.001), ("9901", "9901002Q", 40.00001, 0.001), ("9901", "9901003Q", 20.00001,
        0.001),
        ("9901", "9901003Q", 60.00001, 0.001), ("9901", "9901005Q", 80.00001, 9.001), ("9901", "9901007Q", 100.0, 0.0),
        ("9902", "9902001Q", 100.0, 0.0), ("9903", "9903001Q", 1.00001, 1.00001),
    )  # fmt: skip
    found = told(layer, Context(lines=lines))
    assert ("stake_repeated", 5) in found
    missing = [one for one in inspect(layer, Context(lines=lines)) if one.code == "stakes_missing"]
    assert [(one.facts["line"], one.facts["numbers"]) for one in missing] == [("9901", "004, 006")]
    assert ("stake_far_from_line", 6) in found
    assert ("stake_out_of_order", 3) in found or ("stake_out_of_order", 4) in found
    assert len([code for code, _ in found if code == "stake_out_of_order"]) == 1
    assert ("stake_shared", 8) in found
    assert ("line_of_stakes_missing", None) in found
    far = next(one for one in inspect(layer, Context(lines=lines)) if one.code == "stake_far_from_line")
    assert float(far.facts["metres"]) == pytest.approx(998, rel=0.01)


def test_c11_numbers_against_the_line_are_no_disorder() -> None:
    lines = read("lines", shapely.LineString(ring((100, 0), (0, 0))), line_code=["9901"])
    layer = stakes(*(("9901", f"99010{n:02}Q", 10.00001 * n, 0.00001) for n in range(1, 6)))
    assert told(layer, Context(lines=lines)) == []


# ---- C13, C14: beside units and roads --------------------------------------------------------------------------------


def places(*rows: tuple[str, float, float, str]) -> Layer:
    frame = pd.DataFrame(
        [(name, str(LON + x / 1000), str(LAT + y / 1000), code) for name, x, y, code in rows],
        columns=["name", "lon", "lat", "unit_code"], dtype="str",
    )  # fmt: skip
    return layer_of(Table(frame, np.arange(2, len(frame) + 2), "f.csv", ""), "facilities")


def test_c13_outside_on_the_border_in_another_unit_and_at_one_place() -> None:
    units = read("units", box(0, 0, 100, 100), box(100, 0, 200, 100), unit_code=["990101001", "990101002"])
    layer = places(
        ("在内", 50.1234, 50.1234, "990101001"), ("境外", -50.1234, 50.1234, "990101001"), ("界上", 100, 50.1234,
        "990101002"),
        ("填错", 150.1234, 50.1234, "990101001"), ("同址", 50.1234, 50.1234, "990101001"), ("村级", 60.1234, 60.1234,
        "990101001201"),
        ("整码", 70.1234, 70.1234, "990101001000"), ("未知", 80.1234, 80.1234, "880101001"),
    )  # fmt: skip
    assert told(layer, Context(units=units)) == [
        ("same_place", 6), ("outside_study", 3), ("on_unit_border", 4), ("unit_differs", 5), ("unit_unknown", 9),
    ]  # fmt: skip
    differs = next(one for one in inspect(layer, Context(units=units)) if one.code == "unit_differs")
    assert differs.facts["found"] == "990101002"
    assert float(differs.facts["metres"]) == pytest.approx(50.1234e-3 * 95_500, rel=0.01)


def test_c14_extents_are_compared_before_any_work() -> None:
    here = builders.roads([(0, 0), (2000, 0)])
    elsewhere = builders.roads([(0, 0), (2000, 0)], origin=(120.0, 31.0))
    layer = builders.facilities({"a": (100, 0), "b": (500, 0)})
    assert told(layer, Context(roads=here)) == []
    assert told(layer, Context(roads=elsewhere)) == [("extents_apart", None)]
    small = builders.units({"1": (-50_000, -50_000, 50_000, 50_000)})
    assert ("extents_differ", None) in told(small, Context(roads=here))


@pytest.mark.parametrize("kind", SCHEMAS)
def test_c04_nothing_but_blanks(kind: str, tmp_path: Path) -> None:
    file = tmp_path / "a.geojson"
    features = [{"type": "Feature", "properties": {"name": "x"}, "geometry": None}] * 2
    file.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    if kind == "units":
        with pytest.raises(DataError, match="unit_code"):
            read_layer(file, kind)
        return
    with pytest.raises(DataError) as caught:
        read_layer(file, kind)
    assert caught.value.code in {"no_row_kept", "column_missing", "not_a_road_layer"}


def test_a_repair_of_what_is_valid_changes_nothing() -> None:
    done = repair(GOOD)
    assert done.shape is not None
    assert done.shape.equals(GOOD)
    assert done.change == 0
