"""Roads: tags to attributes, pieces to lines, whatever the file."""

import math
from pathlib import Path
from typing import Any

import geopandas as gpd
import networkx as nx
import osmnx as ox
import pytest
import shapely

from geo.errors import CrsError, DataError
from layers.road import COLUMNS, read_roads

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
    ("code", "expected"), [("F", 1), ("FT", 1), ("T", 1), ("TF", -1), ("B", 0), ("1", 1), ("x", 0)]
)
def test_one_way_codes_of_other_layers(tmp_path: Path, code: str, expected: int) -> None:
    layer = lines(tmp_path, [LINE], oneway=[code])
    assert layer.frame["oneway"].tolist() == [expected]
    assert ("oneway_unknown" in [f.code for f in layer.quality.findings]) == (code == "x")


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


def test_what_is_no_road_in_osm(tmp_path: Path) -> None:
    layer = read_roads(osm(tmp_path, way(1), way(2, highway="construction"), way(3, area="yes")))
    assert len(layer.frame) == 1
    assert [(f.code, f.facts["count"]) for f in layer.quality.findings] == [("osm_not_roads", 2)]


def test_ways_cut_by_the_extract(tmp_path: Path) -> None:
    layer = read_roads(osm(tmp_path, way(1, (1, 2, 99)), way(2, (1, 99)), way(3, (1, 1)), way(4)))
    assert layer.frame["row"].tolist() == [1, 4]
    assert layer.frame.geometry.iloc[0].coords[:] == [(114.001, 30.0), (114.002, 30.0)]
    assert layer.quality.refused["row"].tolist() == [2, 3]
    assert layer.quality.rows_read == 4
    assert [f.facts["count"] for f in layer.quality.findings if f.code == "osm_cut_ways"] == [2]


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
