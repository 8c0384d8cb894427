"""Roads: tags to attributes, pieces to lines, whatever the file."""

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import networkx as nx
import osmium
import osmnx as ox
import pytest
import shapely

import layers.road
from geo.crs import GEOD
from geo.errors import CrsError, DataError
from layers.refused import refused_rows
from layers.road import COLUMNS, read_roads
from reports.geojson import write_result
from tests.builders import demand, facilities, solve

LINE = shapely.LineString([(114, 30), (114.001, 30)])


def osm(tmp_path: Path, *ways: str, nodes: int = 3) -> Path:
    points = "".join(f'<node id="{n}" lat="30" lon="114.00{n}"/>' for n in range(1, nodes + 1))
    file = tmp_path / "a.osm"
    file.write_text(f'<?xml version="1.0"?><osm version="0.6">{points}{"".join(ways)}</osm>', encoding="utf-8")
    return file


def way(number: int, refs: tuple[int, ...] = (1, 2), **tags: str) -> str:
    tags = {"highway": "residential"} | tags
    nds = "".join(f'<nd ref="{ref}"/>' for ref in refs)
    kvs = "".join(f'<tag k="{key}" v="{value}"/>' for key, value in tags.items())
    return f'<way id="{number}">{nds}{kvs}</way>'


def one_road(tmp_path: Path, **tags: str) -> Any:
    return read_roads(osm(tmp_path, way(7, **tags))).frame.iloc[0]


def lines(tmp_path: Path, geometry: list[Any], **columns: list[Any]) -> Any:
    file = tmp_path / "a.gpkg"
    gpd.GeoDataFrame(columns, geometry=geometry, crs=4326).to_file(file)
    return read_roads(file)


def test_osm_ways_in_file_order_with_the_promised_columns(tmp_path: Path) -> None:
    layer = read_roads(osm(tmp_path, way(9, (2, 3), highway="path"), way(7)))
    assert list(layer.frame.columns) == ["row", *COLUMNS, "geometry"]
    assert layer.frame["highway"].tolist() == ["path", "residential"]
    assert layer.frame["row"].tolist() == [1, 2]
    assert layer.frame.crs.to_epsg() == 4326
    assert layer.frame.geometry.iloc[0].coords[:] == [(114.002, 30.0), (114.003, 30.0)]
    assert {name: str(layer.frame[name].dtype) for name in COLUMNS[1:]} == {
        "oneway": "int8",
        "maxspeed_kmh": "float64",
        "bridge": "bool",
        "tunnel": "bool",
        "layer": "int16",
        "no_foot": "bool",
        "no_cycle": "bool",
        "no_drive": "bool",
        "ferry_mps": "float64",
        "oneway_foot": "bool",
        "both_ways_cycle": "bool",
    }


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({"oneway": "yes"}, 1),
        ({"oneway": "true"}, 1),
        ({"oneway": "-1"}, -1),
        ({"oneway": "reverse"}, -1),
        ({"oneway": "no"}, 0),
        ({"oneway": "reversible"}, 0),
        ({}, 0),
        ({"junction": "roundabout"}, 1),
        ({"junction": "roundabout", "oneway": "no"}, 0),
        ({"highway": "motorway"}, 1),
        ({"highway": "motorway_link", "oneway": "no"}, 0),
        ({"highway": "trunk"}, 0),
    ],
)
def test_one_way(tmp_path: Path, tags: dict[str, str], expected: int) -> None:
    assert one_road(tmp_path, **tags)["oneway"] == expected


def test_a_motorway_of_a_bureau_layer_implies_nothing(tmp_path: Path) -> None:
    layer = lines(tmp_path, [LINE, LINE], highway=["motorway", "高速公路"])
    assert layer.frame["highway"].tolist() == ["motorway", "motorway"]
    assert layer.frame["oneway"].tolist() == [0, 0]


@pytest.mark.parametrize(
    ("code", "expected"),
    [("F", 0), ("FT", 1), ("T", 1), ("TF", -1), ("B", 0), ("1", 1), ("x", 0),
     ("是", 1), ("单向", 1), ("单行", 1), ("正向", 1), ("顺向", 1), ("否", 0), ("双向", 0), ("双行", 0), ("逆向", -1),
     ("反向", -1)],
)  # fmt: skip
def test_one_way_codes_of_other_layers(tmp_path: Path, code: str, expected: int) -> None:
    layer = lines(tmp_path, [LINE], 单行=[code])
    assert layer.frame["oneway"].tolist() == [expected]
    told = [f for f in layer.quality.findings if f.field == "oneway"]
    assert [f.code for f in told] == {"x": ["oneway_unknown"], "F": ["oneway_unclear"]}.get(code, [])
    assert all(f.severity == "warn" for f in told)


@pytest.mark.parametrize(
    ("text", "kmh"),
    [("50", 50), ("50 km/h", 50), ("30 mph", 48.28032), ("140", 140), ("CN:urban", math.nan), ("walk", math.nan),
     ("0", math.nan), ("999", math.nan), ("none", math.nan), ("-20", math.nan)],
)  # fmt: skip
def test_speed_limits(tmp_path: Path, text: str, kmh: float) -> None:
    layer = read_roads(osm(tmp_path, way(7, maxspeed=text), way(8)))
    assert layer.frame["maxspeed_kmh"].iloc[0] == pytest.approx(kmh, nan_ok=True)
    assert math.isnan(layer.frame["maxspeed_kmh"].iloc[1])
    counts = [f.facts["count"] for f in layer.quality.findings if f.code == "maxspeed_unusable"]
    assert counts == ([1] if math.isnan(kmh) else [])


@pytest.mark.parametrize(
    ("tags", "barred"),
    [
        ({}, ""),
        ({"access": "no"}, "fcd"),
        ({"access": "no", "foot": "yes"}, "cd"),
        ({"access": "no", "bicycle": "designated"}, "fd"),
        ({"access": "no", "motor_vehicle": "yes"}, "fc"),
        ({"access": "private"}, "d"),
        ({"access": "destination"}, ""),
        ({"foot": "no"}, "f"),
        ({"bicycle": "no"}, "c"),
        ({"vehicle": "no"}, "cd"),
        ({"vehicle": "no", "bicycle": "yes"}, "d"),
        ({"motor_vehicle": "no"}, "d"),
        ({"motor_vehicle": "no", "motorcar": "yes"}, ""),
        ({"motorroad": "yes"}, "fc"),
    ],
)
def test_who_may_use_a_road(tmp_path: Path, tags: dict[str, str], barred: str) -> None:
    road = one_road(tmp_path, **tags)
    found = "".join(
        letter for letter, name in zip("fcd", ("no_foot", "no_cycle", "no_drive"), strict=True) if road[name]
    )
    assert found == barred


def test_levels_bridges_tunnels(tmp_path: Path) -> None:
    layer = read_roads(
        osm(tmp_path, way(1, bridge="viaduct", layer="1"), way(2, tunnel="no", layer="-1"), way(3, layer="99"), way(4))
    )
    assert layer.frame["bridge"].tolist() == [True, False, False, False]
    assert layer.frame["tunnel"].tolist() == [False] * 4
    assert layer.frame["layer"].tolist() == [1, -1, 0, 0]
    assert [f.facts["count"] for f in layer.quality.findings if f.code == "level_unusable"] == [1]


@pytest.mark.parametrize(
    ("word", "expected"),
    [("否", False), ("无", False), ("no", False), ("0", False), ("false", False), ("", False), (None, False),
     ("是", True), ("有", True), ("yes", True), ("1", True), ("true", True), ("viaduct", True)],
)  # fmt: skip
def test_words_for_bridges_and_tunnels(tmp_path: Path, word: str | None, expected: bool) -> None:
    frame = lines(tmp_path, [LINE, LINE], 桥梁=[word, "是"], 是否隧道=[word, "是"]).frame
    assert frame[["bridge", "tunnel"]].to_numpy().tolist() == [[expected] * 2, [True] * 2]


def test_what_is_no_road_in_osm(tmp_path: Path) -> None:
    layer = read_roads(osm(tmp_path, way(1), way(2, highway="construction"), way(3, area="yes")))
    assert len(layer.frame) == 1
    assert [(f.code, f.facts["count"]) for f in layer.quality.findings] == [("osm_not_roads", 2)]


def test_ways_cut_by_the_extract(tmp_path: Path) -> None:
    layer = read_roads(osm(tmp_path, way(1, (1, 2, 99)), way(2, (1, 99)), way(3, (1, 1)), way(4)))
    assert layer.frame["row"].tolist() == [1, 4]
    assert layer.frame.geometry.iloc[0].coords[:] == [(114.001, 30.0), (114.002, 30.0)]
    assert layer.quality.refused["row"].tolist() == [2, 3]
    assert layer.quality.refused["reason"].tolist() == ["osm_way_without_nodes", "line_without_length"]
    assert layer.quality.rows_read == 4
    assert [f.facts["count"] for f in layer.quality.findings if f.code == "osm_cut_ways"] == [1]


def test_ways_without_nodes_are_named_once_by_their_osm_number(tmp_path: Path) -> None:
    layer = read_roads(osm(tmp_path, way(71), way(82, (98, 99)), way(93, (1, 99))))
    assert layer.quality.refused[["row", "reason", "osm_id"]].to_numpy().tolist() == [
        [2, "osm_way_without_nodes", "82"],
        [3, "osm_way_without_nodes", "93"],
    ]
    (told,) = layer.quality.findings
    assert (told.severity, told.row, told.facts["count"]) == ("warn", None, 2)
    assert all("82, 93" in told.as_dict(lang)["message"] for lang in ("zh", "en"))
    assert refused_rows(layer.quality, "en")["message"].tolist() == [told.sentence("en")] * 2


def test_an_extract_of_ways_without_nodes_says_so(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="82") as caught:
        read_roads(osm(tmp_path, way(82, (98, 99))))
    assert caught.value.code == "no_row_kept"


def test_a_gap_in_a_way_is_not_bridged(tmp_path: Path) -> None:
    layer = read_roads(osm(tmp_path, way(1, (1, 2, 99, 3, 4)), nodes=4))
    assert [line.coords[0][0] for line in layer.frame.geometry] == [114.001, 114.003]
    assert layer.frame["row"].tolist() == [1, 1]


def test_multi_lines_are_taken_apart_and_keep_their_row(tmp_path: Path) -> None:
    multi = shapely.MultiLineString([[(114, 30), (114, 30.1)], [(115, 30, 5), (115, 30.1, 6)]])
    layer = lines(tmp_path, [LINE, multi], name=["a", "b"])
    assert layer.frame["row"].tolist() == [1, 2, 2]
    assert set(layer.frame.geom_type) == {"LineString"}
    assert not layer.frame.has_z.any()
    assert (layer.quality.rows_read, layer.quality.rows_kept) == (2, 2)


def test_bad_lines_are_named(tmp_path: Path) -> None:
    still = shapely.LineString([(114, 30), (114, 30)])
    layer = lines(tmp_path, [LINE, None, still, shapely.Point(1, 2), shapely.LineString(), LINE])
    assert layer.frame["row"].tolist() == [1, 6]
    assert dict(zip(layer.quality.refused["row"], layer.quality.refused["reason"], strict=True)) == {
        2: "geometry_missing",
        3: "line_without_length",
        4: "not_a_line",
        5: "geometry_missing",
    }


def test_lists_of_classes_take_the_first(tmp_path: Path) -> None:
    layer = lines(tmp_path, [LINE] * 3, highway=["['tertiary', 'residential']", '["path"]', "Primary"])
    assert layer.frame["highway"].tolist() == ["tertiary", "path", "primary"]
    assert [f.facts["count"] for f in layer.quality.findings if f.code == "highway_list"] == [2]


def test_projected_roads_come_out_in_degrees(tmp_path: Path) -> None:
    file = tmp_path / "a.parquet"
    line = shapely.LineString([(500000, 3320113), (500100, 3320113)])
    gpd.GeoDataFrame(geometry=[line], crs=4547).to_parquet(file)
    layer = read_roads(file)
    assert layer.frame.geometry.iloc[0].coords[0] == pytest.approx((114, 30), abs=1e-3)
    assert layer.datum == "cgcs2000"


def test_graphml_of_osmnx(tmp_path: Path) -> None:
    graph = nx.MultiDiGraph(crs="EPSG:4326")
    for number, lon in enumerate((114.0, 114.1, 114.2), start=1):
        graph.add_node(number, x=lon, y=30.0)
    bend = shapely.LineString([(114.0, 30.0), (114.05, 30.05), (114.1, 30.0)])
    common = {"length": 1.0, "osmid": 5}
    graph.add_edge(1, 2, oneway=False, highway="residential", geometry=bend, **common)
    graph.add_edge(2, 1, oneway=False, highway="residential", geometry=bend.reverse(), **common)
    graph.add_edge(1, 2, oneway=False, highway="path", **common)
    graph.add_edge(2, 3, oneway=True, highway=["primary", "trunk"], maxspeed="40", **common)
    graph.add_edge(3, 2, oneway=True, highway="service", **common)
    ox.save_graphml(graph, tmp_path / "a.graphml")
    layer = read_roads(tmp_path / "a.graphml")
    found = sorted(zip(layer.frame["highway"], layer.frame["oneway"], layer.frame.geometry.map(len_of), strict=True))
    assert found == [("path", 0, 2), ("primary", 1, 2), ("residential", 0, 3), ("service", 1, 2)]
    assert layer.frame.loc[layer.frame["highway"] == "primary", "maxspeed_kmh"].tolist() == [40.0]
    assert [f.facts["count"] for f in layer.quality.findings if f.code == "two_way_pairs_merged"] == [1]


def two_way_graph(tmp_path: Path, *edges: tuple[int, int, dict[str, Any]]) -> Any:
    graph = nx.MultiDiGraph(crs="EPSG:4326")
    graph.add_node(1, x=114.0, y=30.0)
    graph.add_node(2, x=114.1, y=30.0)
    for start, end, tags in edges:
        graph.add_edge(start, end, **{"oneway": False, "length": 1.0, "osmid": 5, "highway": "residential"} | tags)
    ox.save_graphml(graph, tmp_path / "a.graphml")
    return read_roads(tmp_path / "a.graphml")


def test_parallel_streets_of_a_graph_stay(tmp_path: Path) -> None:
    """Straight lines between the same two junctions, one of each class: as many roads as there are streets."""
    fast, slow = {"highway": "motorway"}, {"highway": "residential"}
    layer = two_way_graph(tmp_path, (1, 2, fast), (1, 2, slow), (2, 1, fast), (2, 1, slow))
    assert sorted(layer.frame["highway"]) == ["motorway", "residential"]


@pytest.mark.parametrize(
    ("edges", "kept"),
    [
        pytest.param([(1, 2, {}), (2, 1, {})], 1, id="a street and its way back"),
        pytest.param([(1, 2, {}), (1, 2, {})], 2, id="two streets the same way are no pair"),
        pytest.param([(1, 2, {}), (2, 1, {}), (2, 1, {})], 2, id="a mate is used once"),
        pytest.param([(1, 2, {}), (1, 2, {}), (2, 1, {}), (2, 1, {})], 2, id="two streets that are alike"),
        pytest.param([(1, 2, {}), (2, 1, {"maxspeed": "30"})], 2, id="another tag"),
        pytest.param([(1, 2, {"bridge": "yes"}), (2, 1, {})], 2, id="a tag on one only"),
        pytest.param([(1, 2, {"oneway": True}), (2, 1, {"oneway": True})], 2, id="one-way each"),
        pytest.param(
            [(1, 2, {"reversed": False, "bearing": 90.0}), (2, 1, {"reversed": True, "bearing": 270.0, "length": 1.1})],
            1,
            id="what osmnx computes is no tag",
        ),
        pytest.param(
            [(1, 2, {"osmid": [5, 6], "highway": ["path", "track"]}),
             (2, 1, {"osmid": [6, 5], "highway": ["track", "path"]})],
            1,
            id="lists in any order",
        ),
    ],
)  # fmt: skip
def test_the_way_back_of_a_street(tmp_path: Path, edges: list[tuple[int, int, dict[str, Any]]], kept: int) -> None:
    layer = two_way_graph(tmp_path, *edges)
    assert len(layer.frame) == kept
    merged = [f.facts["count"] for f in layer.quality.findings if f.code == "two_way_pairs_merged"]
    assert sum(merged) == len(edges) - kept


def test_loops_of_a_graph(tmp_path: Path) -> None:
    """A ring back to its own junction: the same ring the other way round is its way back, once."""
    ring = shapely.LineString([(114, 30), (114.01, 30), (114.01, 30.01), (114, 30)])
    there, back = {"geometry": ring}, {"geometry": ring.reverse()}
    assert len(two_way_graph(tmp_path, (1, 1, there), (1, 1, back)).frame) == 1
    assert len(two_way_graph(tmp_path, (1, 1, there), (1, 1, there)).frame) == 2


@pytest.mark.parametrize("name", ["a.osm", "a.osm.pbf", "a.graphml"])
def test_data_of_openstreetmap_is_credited(tmp_path: Path, name: str) -> None:
    if name == "a.graphml":
        layer = two_way_graph(tmp_path, (1, 2, {}))
    else:
        source = osm(tmp_path, way(7))
        with osmium.SimpleWriter(str(tmp_path / f"out-{name}")) as writer:
            for entity in osmium.FileProcessor(str(source)):
                writer.add(entity)
        layer = read_roads(tmp_path / f"out-{name}")
    assert layer.source.credit == "© OpenStreetMap contributors"


def test_other_layers_credit_nobody(tmp_path: Path) -> None:
    assert lines(tmp_path, [LINE]).source.credit == ""


def test_the_credit_stands_in_the_outputs(tmp_path: Path) -> None:
    layer = read_roads(osm(tmp_path, way(7)))
    result = solve(layer, facilities({"F1": (0, 0)}), demand({"D1": (0, 0)}))
    write_result(result, tmp_path)
    for name in ("demand", "reached_roads", "service_areas"):
        text = json.loads((tmp_path / f"{name}.geojson").read_text(encoding="utf-8"))
        assert text["attribution"] == "© OpenStreetMap contributors"


def len_of(line: shapely.LineString) -> int:
    return len(line.coords)


def test_not_a_road_layer_says_what_it_is(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="Polygon") as caught:
        lines(tmp_path, [shapely.box(114, 30, 115, 31)])
    assert caught.value.code == "not_a_road_layer"


def test_no_reference_system(tmp_path: Path) -> None:
    gpd.GeoDataFrame(geometry=[LINE]).to_parquet(tmp_path / "a.parquet")
    with pytest.raises(CrsError):
        read_roads(tmp_path / "a.parquet")


def test_porto(real_data: Path) -> None:
    layer = read_roads(real_data / "porto" / "porto.osm.pbf")
    assert layer.quality.rows_read == layer.quality.rows_kept + layer.quality.rows_refused
    assert len(layer.frame) > 49_000
    assert layer.frame.geometry.is_valid.all()


# ---------------------------------------------------------------------- ferries
def ferry(tmp_path: Path, **tags: str) -> Any:
    """One ferry over 192 m, its layer."""
    text = way(7, (1, 2, 3), highway="", route="ferry", **tags).replace('<tag k="highway" v=""/>', "")
    return read_roads(osm(tmp_path, text, way(8)))


RULES = layers.road._rules()
LENGTH_M = GEOD.line_length([114.001, 114.003], [30.0, 30.0])


@pytest.mark.parametrize(
    ("duration", "seconds"),
    [("00:05", 300), ("0:05", 300), ("1:00", 3600), ("00:02:30", 150), ("5", 300), ("05", 300), ("PT5M", 300),
     ("PT1H", 3600), ("PT1H5M30S", 3930), ("PT90S", 90), ("5 min", 300), ("5 minutes", 300), ("5分钟", 300)],
)  # fmt: skip
def test_a_ferry_and_its_duration(tmp_path: Path, duration: str, seconds: float, monkeypatch: Any) -> None:
    """Spread over its length, whatever the speed; slow ones are let through here."""
    monkeypatch.setattr(layers.road, "_rules", lambda: replace(RULES, ferry_kmh=(0.001, 1000.0)))
    layer = ferry(tmp_path, duration=duration)
    assert layer.frame["highway"].tolist() == ["ferry", "residential"]
    assert layer.frame["ferry_mps"].iloc[0] == pytest.approx(LENGTH_M / seconds, rel=1e-9)
    assert math.isnan(layer.frame["ferry_mps"].iloc[1])
    assert not layer.quality.findings


@pytest.mark.parametrize(
    ("tags", "code"),
    [
        ({}, "ferry_without_duration"),
        ({"duration": "soon"}, "ferry_duration_unusable"),
        ({"duration": "0"}, "ferry_duration_unusable"),
        ({"duration": "00:00"}, "ferry_duration_unusable"),
        ({"duration": "PT"}, "ferry_duration_unusable"),
        ({"duration": "10:00"}, "ferry_duration_unusable"),  # 192 m in ten hours
        ({"duration": "PT2S"}, "ferry_duration_unusable"),  # 346 km/h
    ],
)
def test_a_ferry_without_a_duration_to_go_by(tmp_path: Path, tags: dict[str, str], code: str) -> None:
    layer = ferry(tmp_path, **tags)
    assert layer.frame["ferry_mps"].isna().all()
    (told,) = layer.quality.findings
    assert (told.code, told.severity, told.facts["count"], told.facts["kmh"]) == (code, "warn", 1, "5")


def test_a_road_with_a_route_is_a_road(tmp_path: Path) -> None:
    """A bus or a boat that goes along a road makes no ferry of it; other routes, and areas, are no ways at all."""
    layer = read_roads(
        osm(tmp_path, way(1, route="ferry", duration="5"), way(2, route="bus"),
            way(3, highway="", route="hiking").replace('<tag k="highway" v=""/>', ""),
            way(4, highway="", route="ferry", area="yes").replace('<tag k="highway" v=""/>', ""))
    )  # fmt: skip
    assert layer.frame["highway"].tolist() == ["residential", "residential"]
    assert layer.frame["ferry_mps"].isna().all()
    assert [(f.code, f.facts["count"]) for f in layer.quality.findings if f.code == "osm_not_roads"] == [
        ("osm_not_roads", 1)
    ]


@pytest.mark.parametrize(
    ("tags", "barred"),
    [
        ({}, ""),
        ({"foot": "yes"}, "d"),
        ({"foot": "yes", "bicycle": "yes"}, "d"),
        ({"foot": "yes", "motor_vehicle": "yes"}, ""),
        ({"foot": "no"}, "f"),
        ({"motor_vehicle": "no"}, "d"),
        ({"bicycle": "no"}, "c"),
        ({"access": "no", "foot": "yes"}, "cd"),
        ({"access": "private"}, "d"),
    ],
)
def test_who_may_board_a_ferry(tmp_path: Path, tags: dict[str, str], barred: str) -> None:
    """One that names those who walk or cycle, and no vehicles, takes no cars."""
    row = ferry(tmp_path, duration="5", **tags).frame.iloc[0]
    modes = zip("fcd", ("no_foot", "no_cycle", "no_drive"), strict=True)
    assert "".join(letter for letter, name in modes if row[name]) == barred


def test_a_ferry_of_a_bureau_layer(tmp_path: Path) -> None:
    """By its class in Chinese; two lines of one feature share its time by their length."""
    near, far = [(114.0, 30.0), (114.001, 30.0)], [(114.001, 30.0), (114.003, 30.0)]
    layer = lines(
        tmp_path, [shapely.MultiLineString([near, far]), LINE], 道路等级=["轮渡", "乡道"], 航行时间=["10", None]
    )
    assert layer.frame["highway"].tolist() == ["ferry", "ferry", "tertiary"]
    both = GEOD.line_length([114.0, 114.003], [30.0, 30.0]) / 600
    assert layer.frame["ferry_mps"].tolist() == pytest.approx([both, both, math.nan], nan_ok=True)


# ---------------------------------------------------------------------- limits, one-ways and classes in several values
@pytest.mark.parametrize(
    ("text", "kmh"),
    [("50;70", 50), ("70; 50", 50), ("none;40", 40), ("0;40", 40), ("['70', '50']", 50), ("['none', '60']", 60),
     ("5 knots", 9.26), ("5 knot", 9.26), ("cn:motorway", 120), ("CN:Motorway", 120), ("50;cn:motorway", 50),
     ("CN:rural", math.nan), ("DE:urban", math.nan), ("signals", math.nan), ("variable", math.nan), (";", math.nan),
     ("1e3", math.nan), ("inf", math.nan)],
)  # fmt: skip
def test_limits_in_several_values_and_words(tmp_path: Path, text: str, kmh: float) -> None:
    """[D10] The lowest that can be used; kinds of road only where the kind is one number."""
    layer = read_roads(osm(tmp_path, way(7, maxspeed=text)))
    assert layer.frame["maxspeed_kmh"].iloc[0] == pytest.approx(kmh, nan_ok=True)
    counts = [f.facts["count"] for f in layer.quality.findings if f.code == "maxspeed_unusable"]
    assert counts == ([1] if math.isnan(kmh) else [])


def test_one_way_streets_that_do_not_bind_all(tmp_path: Path) -> None:
    plain = one_road(tmp_path, oneway="yes")
    assert (plain["oneway_foot"], plain["both_ways_cycle"]) == (False, False)
    assert one_road(tmp_path, **{"oneway": "yes", "oneway:bicycle": "no"})["both_ways_cycle"]
    assert one_road(tmp_path, **{"oneway": "yes", "oneway:foot": "yes"})["oneway_foot"]


@pytest.mark.parametrize("code", ["reversible", "alternating"])
def test_streets_that_change_their_direction_are_two_way_and_told(tmp_path: Path, code: str) -> None:
    """[D13] Which way they run at the time of the trip nobody knows."""
    layer = read_roads(osm(tmp_path, way(7, oneway=code)))
    assert layer.frame["oneway"].tolist() == [0]
    assert [(f.code, f.severity) for f in layer.quality.findings] == [("oneway_unknown", "warn")]


def test_several_classes_in_one_value(tmp_path: Path) -> None:
    layer = read_roads(osm(tmp_path, way(7, highway="unclassified;tertiary"), way(8)))
    assert layer.frame["highway"].tolist() == ["unclassified", "residential"]
    assert [f.facts["count"] for f in layer.quality.findings if f.code == "highway_list"] == [1]
