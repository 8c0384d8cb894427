"""Faults of networks and of travel times (table D of the fault list), from the file to the answer.

Each id in brackets is a row of that table. Those that are worked out by hand are in ``tests/golden``, the laws in
``tests/property``.
"""

import json
import math
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
import shapely

from coverage.network import build_network
from coverage.network_store import open_network
from geo.errors import QuarterhourError
from layers import road
from layers.read import read_layer
from tests.builders import Road, at, facilities, figures, minutes_of, path, roads, row_of, solve
from tests.builders import demand as homes

NEAR = 1e-5
#: 20 km/h, the class speed of a residential street.
RESIDENTIAL = 20 / 3.6


def line_file(folder: Path, rows: list[dict[str, Any]]) -> Path:
    """Streets of 1 km, one above the other, with these attributes."""
    features = [
        {
            "type": "Feature",
            "properties": row,
            "geometry": {"type": "LineString", "coordinates": path([(0, 50.0 * i), (1000, 50.0 * i)])},
        }
        for i, row in enumerate(rows)
    ]
    target = folder / "roads.geojson"
    target.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    return target


@pytest.mark.parametrize(
    ("text", "kmh"),
    [
        ("30", 30),
        (30, 30),
        ("30 km/h", 30),
        ("20 mph", 32.18688),
        ("0", None),
        ("-20", None),
        ("walk", None),
        ("CN:urban", None),
        ("none", None),
        ("999", None),
        ("NaN", None),
        (None, None),
        ("", None),
    ],
    ids=repr,
)
def test_d10_limits_as_people_write_them(text: object, kmh: float | None, tmp_path: Path) -> None:
    """[D07 to D11] A number that makes sense is used; all else leaves the speed of the class, 90 km/h."""
    layer = road.read_roads(line_file(tmp_path, [{"highway": "motorway", "maxspeed": text}, {"highway": "motorway"}]))
    result = solve(layer, facilities({"F1": (0, 0)}), homes({"D1": (1000, 0)}), profile="drive", island_nodes=0)
    assert minutes_of(result, "D1") == pytest.approx(1 / (kmh or 90) * 60, abs=NEAR)


def test_d10_a_list_of_limits(tmp_path: Path) -> None:
    """GraphML of osmnx writes merged limits as a list: one of them counts, or the class does; nothing else."""
    layer = road.read_roads(line_file(tmp_path, [{"highway": "primary", "maxspeed": "['30', '40']"}]))
    speed = layer.frame["maxspeed_kmh"].iloc[0]
    assert math.isnan(speed) or speed in (30, 40)


def test_d10_absurd_limits_are_counted(tmp_path: Path) -> None:
    layer = road.read_roads(line_file(tmp_path, [{"maxspeed": "999"}, {"maxspeed": "0"}, {"maxspeed": "30"}]))
    assert len(layer.frame) == 3
    told = [finding for finding in layer.quality.findings if finding.field == "maxspeed"]
    assert told, "nobody is told that two limits were not used"


@pytest.mark.parametrize(
    ("code", "oneway"),
    [
        ("yes", 1),
        ("true", 1),
        ("1", 1),
        (1, 1),
        ("FT", 1),
        ("F", 0),
        ("-1", -1),
        (-1, -1),
        ("reverse", -1),
        ("TF", -1),
        ("no", 0),
        ("0", 0),
        (0, 0),
        ("B", 0),
        ("是", 1),
        ("单向", 1),
        ("反向", -1),
        ("否", 0),
        ("双向", 0),
        ("", 0),
        (None, 0),
    ],
    ids=repr,
)
def test_d13_codes_of_one_way_streets(code: object, oneway: int, tmp_path: Path) -> None:
    """[D13] Each spelling gives its direction: with the arrow 1 km, against it no way. A lone F is not guessed."""
    layer = road.read_roads(line_file(tmp_path, [{"highway": "residential", "oneway": code}]))
    assert layer.frame["oneway"].tolist() == [oneway]
    for start, end, open_ in ((0, 1000, oneway >= 0), (1000, 0, oneway <= 0)):
        result = solve(layer, facilities({"F1": (end, 0)}), homes({"D1": (start, 0)}), profile="drive", island_nodes=0)
        expected = 1000 / RESIDENTIAL / 60 if open_ else math.nan
        assert minutes_of(result, "D1") == pytest.approx(expected, abs=NEAR, nan_ok=True)


def test_d13_a_table_of_forward_backward_and_both(tmp_path: Path) -> None:
    """[D13] Where F, T and B stand together, as in OSM extracts for desktop GIS, T is against the line."""
    layer = road.read_roads(line_file(tmp_path, [{"oneway": "F"}, {"oneway": "T"}, {"oneway": "B"}]))
    assert layer.frame["oneway"].tolist() == [1, -1, 0]


def test_d13_true_and_false_of_a_logical_column(tmp_path: Path) -> None:
    """[D13] F and T without B are no and yes."""
    layer = road.read_roads(line_file(tmp_path, [{"oneway": "F"}, {"oneway": "T"}]))
    assert layer.frame["oneway"].tolist() == [0, 1]
    assert not [f for f in layer.quality.findings if f.field == "oneway"]


def test_d13_a_column_of_f_alone_is_not_guessed(tmp_path: Path) -> None:
    """[D13] Each F may be "forward" or "false": two-way, and the user is told how many."""
    layer = road.read_roads(line_file(tmp_path, [{"oneway": "F"}, {"oneway": ""}, {"oneway": "F"}]))
    assert layer.frame["oneway"].tolist() == [0, 0, 0]
    told = [(f.code, f.severity, f.facts["count"]) for f in layer.quality.findings if f.field == "oneway"]
    assert told == [("oneway_unclear", "warn", 2)]


def test_d13_unknown_codes_are_counted(tmp_path: Path) -> None:
    layer = road.read_roads(line_file(tmp_path, [{"oneway": "sometimes"}, {"oneway": "yes"}]))
    assert layer.frame["oneway"].tolist() == [0, 1]
    assert [f.severity for f in layer.quality.findings if f.field == "oneway"] == ["warn"]


def osm_file(folder: Path, ways: list[tuple[list[tuple[float, float]], dict[str, str]]]) -> Path:
    """An OSM extract; places that are written alike are one node."""
    nodes: dict[tuple[float, float], int] = {}
    text = []
    for k, (points, tags) in enumerate(ways, start=1):
        refs = [nodes.setdefault(point, len(nodes) + 1) for point in points]
        text.append(f'<way id="{k}">' + "".join(f'<nd ref="{ref}"/>' for ref in refs))
        text.extend(f'<tag k="{key}" v="{value}"/>' for key, value in tags.items())
        text.append("</way>")
    lonlat = {ref: at(*point) for point, ref in nodes.items()}
    drawn = "".join(f'<node id="{r}" lon="{lon:.7f}" lat="{lat:.7f}"/>' for r, (lon, lat) in lonlat.items())
    target = folder / "net.osm"
    target.write_text(f'<?xml version="1.0"?><osm version="0.6">{drawn}{"".join(text)}</osm>', encoding="utf-8")
    return target


def test_d13_a_roundabout_is_one_way(tmp_path: Path) -> None:
    """[D13] From (0, 0) to (200, 0) by the ring drawn against the clock: over the south 400 m, back over the north."""
    ring = [(0, 0), (0, -100), (200, -100), (200, 0), (200, 100), (0, 100), (0, 0)]
    layer = road.read_roads(osm_file(tmp_path, [(ring, {"highway": "residential", "junction": "roundabout"})]))
    world = facilities({"F1": (200, 0)}), homes({"near": (0, -10), "past": (200, 10)})
    result = solve(layer, *world, profile="drive", island_nodes=0)
    # seven decimals of a degree are a centimetre
    assert minutes_of(result, "near") * 60 * RESIDENTIAL == pytest.approx(390, abs=0.1)
    assert minutes_of(result, "past") * 60 * RESIDENTIAL == pytest.approx(790, abs=0.1)
    walking = solve(layer, *world, island_nodes=0)
    assert minutes_of(walking, "past") * 60 * 1.25 == pytest.approx(10, abs=0.1)


def test_d04_ways_meet_at_shared_nodes_only(tmp_path: Path) -> None:
    """[D03, D04] In an OSM extract a bridge over a street has no node with it; a junction has."""
    street = [(0.0, 0.0), (500.0, 0.0), (1000.0, 0.0)]
    over = [(300.0, -200.0), (300.0, 200.0)]
    side = [(500.0, 0.0), (500.0, 300.0)]
    tags = {"highway": "residential"}
    layer = road.read_roads(
        osm_file(tmp_path, [(street, tags), (over, {**tags, "bridge": "yes", "layer": "1"}), (side, tags)])
    )
    figures_ = figures(layer)
    assert figures_["components"] == 2
    assert figures_["nodes"] == 6
    result = solve(layer, facilities({"F1": (0, 0)}), homes({"side": (500, 300), "over": (300, 200)}), island_nodes=0)
    assert minutes_of(result, "side") * 60 * 1.25 == pytest.approx(800, abs=0.1)
    assert math.isnan(minutes_of(result, "over"))


@pytest.mark.parametrize("highway", ["construction", "proposed", "raceway", "abandoned"])
def test_roads_nobody_travels_on_are_no_roads(highway: str, tmp_path: Path) -> None:
    """A motorway under construction beside the house is not its road."""
    layer = road.read_roads(line_file(tmp_path, [{"highway": highway}, {"highway": "residential"}]))
    result = solve(layer, facilities({"F1": (0, 50)}), homes({"D1": (500, 10)}), island_nodes=0)
    assert row_of(result.demand, "D1")["access_m"] == pytest.approx(40, abs=0.01)


def test_d01_a_facility_at_the_other_end_of_the_world() -> None:
    """[D01] 10,000 km from the nearest road: listed as without road, and nothing else changes."""
    streets = roads([(0, 0), (1000, 0)])
    near = solve(streets, facilities({"F1": (0, 0)}), homes({"D1": (500, 0)}))
    layer = facilities({"F1": (0, 0), "F0": (0, 0)})
    layer.frame.loc[1, "geometry"] = type(layer.frame.geometry[0])(-60.0, -30.0)
    far = solve(streets, layer, homes({"D1": (500, 0)}))
    assert minutes_of(far, "D1") == minutes_of(near, "D1")
    assert row_of(far.demand, "D1")["facility_id"] == "F1"
    lost = row_of(far.facilities, "F0")
    assert lost["road_status"] == "no_road"
    assert lost["served"] == 0
    assert math.isnan(lost["access_m"])
    assert far.summary["facilities_no_road"] == 1


def test_d20_the_smallest_network() -> None:
    """[D20] One street of two nodes, one facility, one home."""
    result = solve(roads([(0, 0), (100, 0)]), facilities({"F1": (0, 0)}), homes({"D1": (100, 0)}))
    assert minutes_of(result, "D1") == pytest.approx(80 / 60, abs=NEAR)


def test_d20_a_network_of_no_length_is_refused() -> None:
    """[D06, D20] Nothing that has a length is left: said, not computed."""
    with pytest.raises(QuarterhourError):
        build_network(roads([(0, 0), (0, 0)]))


def test_d20_no_road_that_the_profile_may_use() -> None:
    """[D20] Only a motorway: a walker has no road, which is an answer."""
    result = solve(
        roads(Road([(0, 0), (1000, 0)], highway="motorway")), facilities({"F1": (0, 0)}), homes({"D1": (500, 0)})
    )
    assert result.demand["status"].tolist() == ["no_road"]
    assert result.summary["no_road"] == 1
    assert result.summary["facilities_no_road"] == 1


def test_d21_odd_populations(tmp_path: Path) -> None:
    """[D21] Negative, blank, text, infinite: none counts as it stands, each is told; a fraction and 0 count."""
    values = {"D1": "-5", "D2": "", "D3": "abc", "D4": "inf", "D5": "1.5", "D6": "0", "D7": "1,200"}
    lon, lat = at(100, 0)
    rows = [f'{key},{lon},{lat},"{value}"' for key, value in values.items()]
    table = tmp_path / "demand.csv"
    table.write_text("demand_id,lon,lat,pop\n" + "\n".join(rows) + "\n", encoding="utf-8")
    layer = read_layer(table, "demand")
    assert layer.quality.rows_read == len(values) == len(layer.frame) + layer.quality.rows_refused
    result = solve(roads([(0, 0), (1000, 0)]), facilities({"F1": (0, 0)}), layer)
    kept = dict(zip(layer.frame["demand_id"], layer.frame["pop"], strict=True))
    assert all(math.isfinite(pop) and pop >= 0 for pop in kept.values())
    assert (kept["D5"], kept["D6"]) == (1.5, 0)
    total = result.summary["demand_total"]
    assert total == math.fsum(kept.values())
    told = {finding.row for finding in layer.quality.findings}
    assert {2, 3, 4, 5} <= told


@pytest.mark.parametrize("bad", ["open_date", "close_date"])
def test_dates_decide_who_serves(bad: str, tmp_path: Path) -> None:
    """Opens after the day, or closed before it: listed, not serving. The day of the tests is 30 June 2026."""
    lon, lat = at(0, 0)
    far_lon, far_lat = at(1000, 0)
    dates = {"open_date": ("2026-07-01", ""), "close_date": ("2020-01-01", "2026-06-29")}[bad]
    table = tmp_path / "facilities.csv"
    table.write_text(
        "facility_id,lon,lat,status,open_date,close_date\n"
        f"F1,{lon},{lat},open,{dates[0]},{dates[1]}\n"
        f"F2,{far_lon},{far_lat},,2020-01-01,2030-01-01\n",
        encoding="utf-8",
    )
    result = solve(roads([(0, 0), (1000, 0)]), read_layer(table, "facilities"), homes({"D1": (0, 0)}))
    assert row_of(result.demand, "D1")["facility_id"] == "F2"
    assert math.isnan(row_of(result.facilities, "F1")["served"])


def test_d25_what_is_not_known_is_listed() -> None:
    """[D25] Turns, lifts, slope and the wait for a ferry are not in the times, and the summary says so."""
    result = solve(roads([(0, 0), (1000, 0)]), facilities({"F1": (0, 0)}), homes({"D1": (0, 0)}))
    ignored = " ".join(result.summary["parameters"]["ignored"])
    for word in ("turn", "lift", "slope", "waiting for ferries"):
        assert word in ignored


def test_an_area_too_wide_for_one_projection_is_refused() -> None:
    """[B12] From one end of China to the other no metric system is true: an error, not wrong metres."""
    with pytest.raises(QuarterhourError):
        build_network(roads([(0, 0), (100, 0)], [(2_500_000, 0), (2_500_100, 0)]))


@pytest.mark.filterwarnings("ignore:invalid value encountered:RuntimeWarning")  # GEOS, on what the test is about
def test_d08_a_line_with_a_coordinate_that_is_no_number_is_refused(tmp_path: Path) -> None:
    """[D07, D08] Its row is named; no length, and so no time, is missing or no number in what is left."""
    good, broken = path([(0, 0), (500, 0), (1000, 0)]), path([(500, 0), (500, 300), (500, 600)])
    lines = [shapely.LineString(good), shapely.LineString([broken[0], (math.nan, math.nan), broken[2]])]
    file = tmp_path / "roads.parquet"
    gpd.GeoDataFrame({"highway": ["residential"] * 2}, geometry=lines, crs="EPSG:4326").to_parquet(file)
    layer = road.read_roads(file)
    assert layer.quality.refused["row"].tolist() == [2]
    network = build_network(layer)
    assert network.length_m.tolist() == pytest.approx([1000.0])
    result = solve(layer, facilities({"F1": (0, 0)}), homes({"D1": (1000, 0)}))
    assert minutes_of(result, "D1") == pytest.approx(1000 / 1.25 / 60, abs=NEAR)


def test_a_network_that_is_kept_gives_the_answers_of_the_one_that_was_built(tmp_path: Path) -> None:
    """[D24, F06] Also after its file was damaged: it is built anew, and never answers wrongly."""
    file, folder = line_file(tmp_path, [{"highway": "residential"}] * 3), tmp_path / "kept"
    places = facilities({"F1": (0, 0)}), homes({"D1": (900, 50), "D2": (400, 0)})
    expected = solve(road.read_roads(file), *places).summary
    for _ in range(2):
        assert solve(open_network(file, folder=folder), *places).summary == expected
    (kept,) = folder.iterdir()
    data = bytearray(kept.read_bytes())
    data[len(data) // 2] ^= 1
    kept.write_bytes(data)
    assert solve(open_network(file, folder=folder), *places).summary == expected
