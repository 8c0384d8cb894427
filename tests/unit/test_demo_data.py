"""The demonstration workspace as it is shipped: read from data/demo only."""

import hashlib
import json
import math
import tomllib
from itertools import pairwise
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pandas as pd
import pyproj
import pytest
import scipy.sparse
import shapely

MOST_BYTES = 8_000_000
POPULATION = 1_200_000
# Seventh national census, 2020, Wuhan (420100).
WUHAN = {"pop": 12_447_718, "pop0_14": 1_623_938, "pop60": 2_145_288, "pop65": 1_470_494, "pop80": 261_795}
NOT_WALKED = ("motorway", "motorway_link")
Json = dict[str, Any]
Layers = dict[str, geopandas.GeoDataFrame]
GEOD = pyproj.Geod(ellps="WGS84")
TO_METRES = pyproj.Transformer.from_crs("EPSG:4490", "EPSG:4547", always_xy=True)


@pytest.fixture(scope="module")
def demo() -> Path:
    return Path(__file__).resolve().parents[2] / "data" / "demo"


@pytest.fixture(scope="module")
def manifest(demo: Path) -> Json:
    return tomllib.loads((demo / "workspace.toml").read_text("utf-8"))


@pytest.fixture(scope="module")
def layers(demo: Path, manifest: Json) -> Layers:
    return {entry["kind"]: geopandas.read_parquet(demo / entry["file"]) for entry in manifest["layer"]}


@pytest.fixture(scope="module")
def planted(demo: Path) -> Json:
    return json.loads((demo / "planted.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def roads_m(layers: Layers) -> geopandas.GeoDataFrame:
    return layers["roads"].to_crs("EPSG:4547")


def metres(frame: geopandas.GeoDataFrame) -> np.ndarray:
    return frame.to_crs("EPSG:4547").geometry.to_numpy()


def level(units: geopandas.GeoDataFrame, name: str, county: str = "99") -> geopandas.GeoDataFrame:
    chosen = units[(units["level"] == name) & units["unit_code"].str.startswith(county)]
    return chosen.reset_index(drop=True)


# ------------------------------------------------------------------ the folder


def test_manifest_describes_each_file_as_it_is(demo: Path, manifest: Json, layers: Layers) -> None:
    assert manifest["schema_version"] == 1
    assert manifest["as_of"].isoformat() == "2026-06-30"
    kinds = [entry["kind"] for entry in manifest["layer"]]
    assert kinds == ["roads", "units", "demand", "facilities", "lines", "stakes", "values"]
    for entry in manifest["layer"]:
        assert hashlib.sha256((demo / entry["file"]).read_bytes()).hexdigest() == entry["sha256"]
        assert len(layers[entry["kind"]]) == entry["rows"]
        assert layers[entry["kind"]].crs.to_epsg() == 4326
        assert entry["synthetic"] == (entry["kind"] != "roads")
        assert entry["level"] == ("公开" if entry["kind"] == "roads" else "内部")


def test_size_and_files(demo: Path, manifest: Json) -> None:
    files = sorted(path.relative_to(demo).as_posix() for path in demo.rglob("*") if path.is_file())
    expected = ["LICENSE-ODbL.md", "README.md", "planted.json", "workspace.toml"]
    assert files == sorted(expected + [entry["file"] for entry in manifest["layer"]])
    assert sum((demo / name).stat().st_size for name in files) <= MOST_BYTES


def test_readme_says_fictional_in_both_languages_and_names_the_totals(demo: Path, layers: Layers) -> None:
    text = (demo / "README.md").read_text("utf-8")
    wanted = ["虚构", "made up", "© OpenStreetMap contributors", "1,200,000", "420100", f"{len(layers['roads']):,}"]
    assert [words for words in wanted if words not in text] == []


def test_catalogue_lists_each_layer(demo: Path, manifest: Json) -> None:
    catalogue = tomllib.loads((demo.parent / "catalog.toml").read_text("utf-8"))["dataset"]
    by_path = {entry["path"]: entry for entry in catalogue}
    for entry in manifest["layer"]:
        listed = by_path[f"demo/{entry['file']}"]
        assert (listed["licence"], listed["synthetic"]) == (entry["licence"], entry["synthetic"])
        assert listed.get("credit", "") == entry["credit"]


# ------------------------------------------------------------------ roads and units


def test_roads_are_whole(layers: Layers) -> None:
    roads = layers["roads"]
    assert (~roads["synthetic"]).sum() == 92_667
    assert (shapely.get_num_coordinates(roads.geometry.to_numpy()) == 2).all()
    assert len(np.unique(shapely.get_coordinates(roads.geometry.to_numpy()), axis=0)) >= 50_000


def test_units_tile_exactly(layers: Layers) -> None:
    units = layers["units"]
    assert units["geometry"].is_valid.all()
    assert set(units.geom_type) == {"Polygon"}
    for name in ("county", "township", "village"):
        assert shapely.coverage_is_valid(level(units, name).geometry.to_numpy())
    for child in ("village", "township"):
        children = level(units, child)
        for code, polygons in children.groupby("parent_code"):
            whole = units.loc[units["unit_code"] == code, "geometry"].iloc[0]
            union = shapely.coverage_union_all(polygons.geometry.to_numpy())
            assert shapely.equals(union, whole)
            assert set(map(tuple, shapely.get_coordinates(union))) == set(map(tuple, shapely.get_coordinates(whole)))


def test_unit_codes_and_names(layers: Layers) -> None:
    units = layers["units"]
    assert units["unit_code"].is_unique
    assert units["unit_code"].str.fullmatch(r"99\d{4}(\d{3}(\d{3})?)?").all()
    assert not units.duplicated(["parent_code", "name"]).any()
    assert 1 <= level(units, "village")["name"].duplicated().sum() <= 3
    assert len(level(units, "township", "9901")) == 14
    assert 120 <= len(level(units, "village", "9901")) <= 180
    assert 2 <= len(level(units, "township", "9902")) <= 3
    with_parent = units[units["parent_code"] != ""]
    assert set(with_parent["parent_code"]) <= set(units["unit_code"])
    pairs = zip(with_parent["unit_code"], with_parent["parent_code"], strict=True)
    assert all(code.startswith(parent) for code, parent in pairs)


# ------------------------------------------------------------------ people


def test_people_are_whole_and_add_up(layers: Layers) -> None:
    demand = layers["demand"]
    assert demand["demand_id"].is_unique
    assert len(demand) <= 6_000
    for column, count in WUHAN.items():
        assert pd.api.types.is_integer_dtype(demand[column])
        assert demand[column].sum() == round(POPULATION * count / WUHAN["pop"])
    assert (demand["pop"] >= 1).all()
    assert (demand[["pop0_14", "pop80"]] >= 0).all(axis=None)
    assert (demand["pop80"] <= demand["pop65"]).all()
    assert (demand["pop65"] <= demand["pop60"]).all()
    assert (demand["pop60"] + demand["pop0_14"] <= demand["pop"]).all()


def test_people_are_inside_their_village_and_one_to_a_cell(layers: Layers) -> None:
    demand, villages = layers["demand"], level(layers["units"], "village").set_index("unit_code")
    around = villages.geometry.loc[demand["unit_code"]].to_numpy()
    assert shapely.contains_properly(around, demand.geometry.to_numpy()).all()
    assert len(set(villages.index) - set(demand["unit_code"])) <= 1


def test_people_live_beside_roads_except_the_planted_hamlets(
    layers: Layers, planted: Json, roads_m: geopandas.GeoDataFrame
) -> None:
    demand = layers["demand"].set_index("demand_id")
    tree = shapely.STRtree(roads_m.geometry.to_numpy())
    _, away_m = tree.query_nearest(metres(demand), return_distance=True, all_matches=False)
    remote = [entry["demand_id"] for entry in planted["demand"] if entry["code"] == "no_road"]
    assert len(remote) == 3
    assert (away_m[demand.index.isin(remote)] > 500).all()
    assert away_m[~demand.index.isin(remote)].max() < 50


# ------------------------------------------------------------------ facilities


def test_facilities_are_many_and_of_known_kinds(layers: Layers, demo: Path) -> None:
    facilities = layers["facilities"]
    kinds = tomllib.loads((demo.parent / "kinds.toml").read_text("utf-8"))
    assert facilities["facility_id"].is_unique
    assert len(facilities) >= 250
    assert facilities["kind"].nunique() >= 8
    assert set(facilities["kind"]) <= set(kinds)
    care = {"elder_centre", "elder_home", "meal_point", "meal_kitchen", "day_care", "activity_room", "children_home"}
    assert care | {"cemetery", "eco_burial", "social_work", "clinic", "vacant"} <= set(facilities["kind"])
    assert set(facilities["status"]) == {"open", "planned", "closed"}
    assert 10 <= facilities["unit_code"].str.startswith("9902").sum() <= 15


def test_facility_figures_make_sense(layers: Layers, manifest: Json) -> None:
    facilities = layers["facilities"]
    homes = facilities[facilities["kind"] == "elder_home"]
    assert (homes["nursing_beds"] <= homes["beds"]).all()
    assert (homes["dementia_beds"] <= homes["nursing_beds"]).all()
    assert (homes["residents"] <= homes["beds"]).all()
    as_of = manifest["as_of"].isoformat()
    by_status = facilities.groupby("status")
    assert (by_status.get_group("open")["open_date"] <= as_of).all()
    assert (by_status.get_group("planned")["open_date"] > as_of).all()
    assert (facilities["close_date"].dropna() <= as_of).all()
    children = facilities[facilities["kind"] == "children_home"]
    assert set(children["grade"]) == {"基础型", "示范型", "市级"}


def test_declared_units_are_right_except_where_planted(layers: Layers, planted: Json) -> None:
    facilities, units = layers["facilities"], layers["units"].set_index("unit_code")
    inside = shapely.contains_properly(
        units.geometry.loc[facilities["unit_code"]].to_numpy(), facilities.geometry.to_numpy()
    )
    wrong = {e["facility_id"]: e for e in planted["facilities"] if e["code"] == "unit_mismatch"}
    assert set(facilities.loc[~inside, "facility_id"]) == set(wrong)
    points = facilities.set_index("facility_id").geometry
    for facility_id, entry in wrong.items():
        assert shapely.contains(units.geometry[entry["located_in"]], points[facility_id])


def test_planted_duplicates(layers: Layers, planted: Json) -> None:
    rows = layers["facilities"].set_index("facility_id")
    pairs = [(e["facility_id"], e["same_as"]) for e in planted["facilities"] if e["code"] == "duplicate"]
    assert len(pairs) == 3
    for copy, original in pairs:
        assert rows.loc[copy, ["name", "kind"]].equals(rows.loc[original, ["name", "kind"]])
        assert rows.geometry[copy].equals(rows.geometry[original])
    assert rows.duplicated(["name", "kind", "geometry"]).sum() == 3


def test_planted_places_without_a_road(layers: Layers, planted: Json, roads_m: geopandas.GeoDataFrame) -> None:
    facilities = layers["facilities"].set_index("facility_id")
    tree = shapely.STRtree(roads_m.geometry.to_numpy())
    _, away_m = tree.query_nearest(metres(facilities), return_distance=True, all_matches=False)
    remote = [e["facility_id"] for e in planted["facilities"] if e["code"] == "no_road"]
    assert set(facilities.index[away_m > 500]) == set(remote)
    assert len(remote) == 3


def test_planted_islands_are_small_components_of_the_walked_network(
    layers: Layers, planted: Json, roads_m: geopandas.GeoDataFrame
) -> None:
    walked = roads_m[~roads_m["highway"].isin(NOT_WALKED)].reset_index(drop=True)
    ends = shapely.get_coordinates(walked.geometry.to_numpy()).round(3).reshape(-1, 2, 2)
    vertices, number = np.unique(ends.reshape(-1, 2), axis=0, return_inverse=True)
    u, v = number.ravel().reshape(-1, 2).T
    graph = scipy.sparse.coo_array((np.ones(len(u)), (u, v)), shape=(len(vertices), len(vertices)))
    _, label = scipy.sparse.csgraph.connected_components(graph, directed=False)
    junctions = np.bincount(label, np.bincount(np.r_[u, v], minlength=len(vertices)) != 2)
    tree = shapely.STRtree(walked.geometry.to_numpy())
    facilities, demand = layers["facilities"].set_index("facility_id"), layers["demand"].set_index("demand_id")
    for part, frame, key in (("facilities", facilities, "facility_id"), ("demand", demand, "demand_id")):
        ids = [entry[key] for entry in planted[part] if entry["code"] == "island"]
        assert len(ids) == 2
        points = metres(frame)[frame.index.get_indexer(ids)]
        nearest = tree.query_nearest(points, max_distance=500.0, all_matches=False)[1]
        assert walked["synthetic"].iloc[nearest].all()
        assert (junctions[label[u[nearest]]] < 50).all()


# ------------------------------------------------------------------ lines and stakes


def test_lines_are_the_borders_themselves(layers: Layers) -> None:
    lines, units = layers["lines"], layers["units"].set_index("unit_code")
    assert lines["line_code"].is_unique
    assert lines["line_code"].str.fullmatch(r"99\d\d").all()
    assert set(lines.geom_type) == {"LineString"}
    for line in lines.itertuples():
        assert line.unit_a < line.unit_b
        for code in (line.unit_a, line.unit_b):
            ring = shapely.get_coordinates(units.geometry[code].exterior)
            pieces = {frozenset((tuple(a), tuple(b))) for a, b in pairwise(ring)}
            xy = shapely.get_coordinates(line.geometry)
            assert all(frozenset((tuple(a), tuple(b))) in pieces for a, b in pairwise(xy))


def test_stakes_stand_where_they_should_except_where_planted(layers: Layers, planted: Json) -> None:
    stakes = layers["stakes"]
    lines_m = dict(zip(layers["lines"]["line_code"], metres(layers["lines"]), strict=True))
    off_m = [line.distance(point) for line, point in zip(stakes["line_code"].map(lines_m), metres(stakes), strict=True)]
    stakes = stakes.assign(off_m=off_m)
    moved = {e["stake_no"]: e["fault"] for e in planted["stakes"] if e["check"] == "K1" or e["fault"] == "gcj02"}
    for row in stakes.itertuples():
        fault = moved.get(row.stake_no)
        if fault == "gcj02":
            assert 100 < row.off_m < 700
        elif fault is not None:
            assert row.off_m == pytest.approx(35.0, abs=0.1)
        elif row.type == "Q":
            assert row.off_m < 1.0
        else:
            assert 5.0 < row.off_m < 30.0


def test_double_stakes_stand_on_their_own_sides(layers: Layers) -> None:
    stakes, units = layers["stakes"], layers["units"].set_index("unit_code")
    sides = layers["lines"].set_index("line_code")[["unit_a", "unit_b"]]
    doubles = stakes[stakes["type"].isin(["A", "B"])]
    assert len(doubles) >= 10
    for row in doubles.itertuples():
        code = sides.loc[row.line_code, "unit_a" if row.type == "A" else "unit_b"]
        assert shapely.contains(units.geometry[code], row.geometry)
    triple = stakes[stakes["type"].isin(["C", "D", "E"])]
    assert sorted(triple["type"]) == ["C", "D", "E"]


def test_stake_numbers_and_counts(layers: Layers, planted: Json) -> None:
    stakes, lines = layers["stakes"], layers["lines"].set_index("line_code")
    made = stakes["line_code"] + stakes["serial"].astype(str).str.zfill(3) + stakes["type"]
    assert (made == stakes["stake_no"]).all()
    entries = {e["fault"]: e for e in planted["stakes"]}
    twice, gone = entries["duplicate_number"], entries["missing_number"]
    assert list(stakes.loc[stakes["stake_no"].duplicated(), "stake_no"]) == [twice["stake_no"]]
    assert gone["stake_no"] not in set(stakes["stake_no"])
    for code, part in stakes.groupby("line_code"):
        rows = len(part)
        difference = rows - lines.loc[code, "declared_stakes"]
        assert difference == {twice["line_code"]: 1, gone["line_code"]: -1}.get(code, 0)
        serials = set(part["serial"])
        holes = set(range(1, max(serials) + 1)) - serials
        assert holes == ({int(gone["stake_no"][4:7])} if code == gone["line_code"] else set())


def test_stakes_are_in_order_except_where_planted(layers: Layers, planted: Json) -> None:
    stakes = layers["stakes"]
    lines_m = dict(zip(layers["lines"]["line_code"], metres(layers["lines"]), strict=True))
    at_m = [line.project(p) for line, p in zip(stakes["line_code"].map(lines_m), metres(stakes), strict=True)]
    stakes = stakes.assign(at_m=at_m)
    moved = [e["stake_no"] for e in planted["stakes"] if e["check"] in ("K2", "K11")]
    for code, part in stakes[~stakes["stake_no"].isin(moved)].groupby("line_code"):
        middle_m = part.groupby("serial")["at_m"].mean()
        assert middle_m.is_monotonic_increasing, code
    order = next(e for e in planted["stakes"] if e["check"] == "K2")
    part = stakes[stakes["line_code"] == order["line_code"]]
    assert not part.sort_values("serial")["at_m"].is_monotonic_increasing


def test_plane_coordinates_agree_except_where_planted(layers: Layers, planted: Json) -> None:
    stakes = layers["stakes"]
    assert (stakes["crs"] == "EPSG:4547").all()
    east, north = TO_METRES.transform(stakes["lon"].to_numpy(), stakes["lat"].to_numpy())
    off_m = np.hypot(east - stakes["y_east"], north - stakes["x_north"])
    wrong = {e["stake_no"] for e in planted["stakes"] if e["check"] == "K10" or "K10" in e["may_also"]}
    assert set(stakes.loc[off_m > 0.01, "stake_no"]) == wrong
    swapped = next(e["stake_no"] for e in planted["stakes"] if e["fault"] == "x_and_y_swapped")
    row = stakes[stakes["stake_no"] == swapped].iloc[0]
    assert row["x_north"] < row["y_east"]


def test_marks_lengths_states_and_dates_except_where_planted(layers: Layers, planted: Json, manifest: Json) -> None:
    stakes, lines = layers["stakes"], layers["lines"]
    found = {(e["check"], e["line_code"], e["stake_no"]) for e in planted["stakes"]}
    marks = [f"mark{i}_{what}" for i in (1, 2, 3) for what in ("name", "azimuth", "distance_m")]
    for row in stakes[stakes[marks].isna().any(axis=1)].itertuples():
        assert ("K9", row.line_code, row.stake_no) in found
    for row in stakes[stakes["state"] != "完好"].itertuples():
        assert ("K17", row.line_code, row.stake_no) in found
    for line in lines.itertuples():
        length_m = GEOD.geometry_length(line.geometry)
        assert (abs(line.declared_length_m / length_m - 1) > 0.005) == (("K8", line.line_code, "") in found)
        year, rest = int(line.last_inspection[:4]), line.last_inspection[4:]
        assert (f"{year + 5}{rest}" < manifest["as_of"].isoformat()) == (("K18", line.line_code, "") in found)
    assert not stakes["public"].any()


def test_planted_faults_sit_on_lines_and_stakes_that_exist(layers: Layers, planted: Json) -> None:
    codes, numbers = set(layers["lines"]["line_code"]), set(layers["stakes"]["stake_no"])
    assert {e["line_code"] for e in planted["stakes"]} <= codes
    named = {e["stake_no"] for e in planted["stakes"] if e["stake_no"] and e["fault"] != "missing_number"}
    assert named <= numbers
    assert {e["check"] for e in planted["stakes"]} >= {"K1", "K2", "K3", "K7", "K8", "K9", "K10", "K11", "K17", "K18"}


def test_spacing_is_of_the_usual_size(layers: Layers) -> None:
    per_stake_m = layers["lines"]["declared_length_m"] / layers["lines"]["declared_stakes"]
    assert math.isfinite(per_stake_m.max())
    assert per_stake_m.max() < 4_000


# ------------------------------------------------------------------ values


def test_values_by_township_fit_together(layers: Layers) -> None:
    """Every township has every number in both years; a part is never more than its whole."""
    table = layers["values"].pivot_table(index=["unit_code", "year"], columns="indicator", values="value")
    assert set(table.index.get_level_values("unit_code")) == set(
        level(layers["units"], "township", "9901")["unit_code"]
    )
    assert len(table) == 2 * 14
    assert table.notna().all(axis=None)
    for part, whole in (("节地生态安葬量", "总安葬量"), ("小型墓安葬量", "总安葬量"), ("户籍老年人口", "户籍人口"),
                        ("持证养老护理员数", "养老护理员数"), ("低保人数", "户籍人口")):  # fmt: skip
        assert (table[part] <= table[whole]).all()
        assert (table[part] > 0).any()
