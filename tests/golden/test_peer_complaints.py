"""What users of other programs complain of, and faults of inputs, as cases worked out by hand.

Ids in brackets are those of the list of complaints (T) and faults (D); ``tests/README.md`` says which test guards each.
The adult walks 1.25 m/s: 375, 750 and 1,125 m in 5, 10 and 15 minutes.
"""

import csv
import json
import math
from itertools import pairwise
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import shapely

from coverage.network import build_network
from coverage.patches import AddFacility, CloseFacility, CloseRoad, Patch
from coverage.request import Request
from coverage.result import Result
from coverage.run import run
from coverage.usable import usable_by
from geo.errors import RequestError
from layers.read import read_layer
from reports.geojson import write_result
from tests.builders import (
    Place,
    at,
    demand,
    facilities,
    figures,
    minutes_of,
    parameters,
    roads,
    row_of,
    solve,
    units,
)

NEAR = 1e-5
STREET = [(0, 0), (2000, 0)]


def written(result: Result, folder: Path) -> dict[str, Any]:
    """Every JSON file of a result, by name."""
    write_result(result, folder)
    return {path.name: json.loads(path.read_text(encoding="utf-8")) for path in folder.iterdir() if "json" in path.name}


# ---------------------------------------------------------------------- snapping
def test_a_facility_without_a_road_has_no_area_and_is_in_the_books(tmp_path: Path) -> None:
    """[T03] 501 m from the road: no polygon, no one served; counted, named, and told by row in both languages."""
    sites = {"near": (1000, 499), "far": (1000, 501)}
    result = solve(roads(STREET), facilities(sites), demand({"D1": (1000, 0)}), per_facility=True)
    files = written(result, tmp_path)
    own = [f["properties"]["facility_id"] for f in files["service_areas_by_facility.geojson"]["features"]]
    assert own == ["near"] * 3
    far = row_of(result.facilities, "far")
    assert (far["road_status"], far["served"]) == ("no_road", 0)
    assert (files["summary.json"]["facilities"], files["summary.json"]["facilities_no_road"]) == (2, 1)
    (told,) = (f for f in result.findings["facilities"] if f.code == "facility_no_road")
    assert (told.severity, told.row) == ("warn", 2)
    for language in ("zh", "en"):
        assert "500" in told.as_dict(language)["message"]
    only_far = solve(roads(STREET), facilities({"far": (1000, 501)}), demand({"D1": (1000, 0)}))
    assert all(shape.is_empty for shape in only_far.service_areas.geometry)


#: A street along y = 0 with 24 dead ends: 50 nodes, which make a mainland. And a lane north of it: an island of two.
COMB = [[(100.0 * i, 0.0) for i in range(26)], *([(100.0 * i, 0.0), (100.0 * i, -30.0)] for i in range(1, 25))]
LANE = [(300.0, 200.0), (600.0, 200.0)]


def test_who_is_moved_from_an_island_and_who_stays_on_one_are_both_listed() -> None:
    """[T05, D02] With the lane's own facility closed, home and facility on the lane go over to the street.

    With it open nobody leaves: then the facility is listed as one on an island of two junctions.
    """
    homes = demand({"D1": Place((450, 190), pop=7), "D2": (450, 10)})
    for state, moved in (("closed", True), ("open", False)):
        sites = facilities({"F1": (750, 0), "F2": Place((350, 195), status=state)})
        result = solve(roads(*COMB, LANE), sites, homes)
        assert result.demand["moved_from_island"].tolist() == [moved, False]
        assert result.facilities["moved_from_island"].tolist() == [False, moved]
        told = {f.code: f for which in ("demand", "facilities") for f in result.findings[which]}
        assert ("demand_moved" in told) is moved
        assert ("facility_moved" in told) is moved
        assert ("facility_on_island" in told) is not moved
        if moved:
            assert (told["demand_moved"].facts["count"], told["demand_moved"].facts["weight"]) == (1, 7)
            assert told["facility_moved"].row == 2
        else:
            assert (told["facility_on_island"].row, told["facility_on_island"].facts["nodes"]) == (2, 2)


def test_one_hundred_places_in_one_hundred_places_out(tmp_path: Path) -> None:
    """[T06] 16 of 100 cannot be used for five reasons: each is in the list of the refused with its row and reason."""
    bad = {3: ("", ""), 10: ("x", "30.5"), 11: ("114.0", "95"), 50: ("nan", "30.5"), 77: ("114.0", "")}
    lines = [["facility_id", "name", "lon", "lat"]]
    for i in range(100):
        lon, lat = at(10.0 * i, 0)
        lines.append([f"P{i:03}", f"poi {i}", *(bad.get(i) or (f"{lon:.7f}", f"{lat:.7f}"))])
    table = tmp_path / "poi.csv"
    with table.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(lines)
    layer = read_layer(table, "facilities")
    assert layer.quality.rows_read == 100 == len(layer.frame) + layer.quality.rows_refused
    assert layer.quality.refused["facility_id"].tolist() == [f"P{i:03}" for i in sorted(bad)]
    assert (layer.quality.refused["reason"].str.len() > 0).all()
    # Two rows are above the first: the heading, and that spreadsheets count from one.
    assert {i + 2 for i in bad} <= {finding.row for finding in layer.quality.findings}
    result = solve(roads(STREET), layer, demand({"D1": (0, 0)}))
    assert result.facilities["facility_id"].tolist() == [f"P{i:03}" for i in range(100) if i not in bad]


def test_one_bad_row_does_not_stop_a_thousand() -> None:
    """[T29] One in the sea, one on a road by itself, one twice at the same place, one closed: the others as without."""
    good = {f"F{i:04}": (2.0 * i, 40.0) for i in range(1000)}
    bad = {"A": (0.0, 9e5), "B": (1000.0, 400.0), "F9999": (500.0, 40.0), "C": Place((0.0, 0.0), status="closed")}
    world = roads(STREET, [(900, 400), (1100, 400)])
    homes = demand({f"D{i}": (20.0 * i, -5.0) for i in range(100)})
    asked = {"minutes": (1,), "island_nodes": 0, "max_snap_m": 100}
    expected, got = (solve(world, facilities(sites), homes, **asked) for sites in (good, {**bad, **good}))
    columns = ["status", "minutes", "facility_id", "access_m"]
    pd.testing.assert_frame_equal(got.demand[columns], expected.demand[columns])
    assert len(got.facilities) == 1004
    assert got.facilities.set_index("facility_id")["road_status"][["A", "B", "F9999", "C"]].tolist() == [
        "no_road", "on_network", "on_network", "on_network",
    ]  # fmt: skip


# ---------------------------------------------------------------------- network
def grid(gap_m: float) -> list[list[tuple[float, float]]]:
    """Streets every 200 m whose pieces end so far before each crossing of the grid."""
    lines = []
    for i in range(5):
        for a, b in pairwise(200.0 * k for k in range(5)):
            lines += [[(a + gap_m, 200.0 * i), (b, 200.0 * i)], [(200.0 * i, a), (200.0 * i, b - gap_m)]]
    return lines


def test_a_grid_with_gaps_is_told_and_joined_when_asked() -> None:
    """[D03, T09] Pieces that end 0.3 m short: a warning with the number of parts; joined within 0.7 m all reach."""
    loose = roads(*grid(0.3))
    network = build_network(loose)
    assert figures(loose)["components"] > 10
    assert figures(loose)["near_misses"] >= 20
    (told,) = network.findings(usable_by(network, parameters().travel()))
    assert (told.code, told.severity) == ("roads_in_pieces", "warn")
    assert told.facts["components"] == figures(loose)["components"]
    places = facilities({"F1": (0, 0)}), demand({"D1": (800, 800)})
    assert math.isnan(minutes_of(solve(network, *places), "D1"))
    joined = build_network(loose, join_m=0.7)
    assert joined.findings(usable_by(joined, parameters().travel())) == ()
    assert minutes_of(solve(joined, *places), "D1") * 60 * 1.25 == pytest.approx(1600, abs=8 * 0.3)


def test_no_large_number_stands_for_what_is_not_reached(tmp_path: Path) -> None:
    """[T11, D15] In every file: null for the minutes, none for the time; no number above what the world can hold."""
    result = solve(
        roads(STREET, [(0, 3000), (100, 3000)]),
        facilities({"F1": (0, 0), "F2": (0, 9000)}),
        demand({"D1": (100, 0), "D2": Place((50, 3000), pop=3), "D3": (0, 6000)}),
        units({"01": (-100, -100, 2100, 100), "02": (-100, 2900, 2100, 9100)}),
        island_nodes=0,
    )
    files = written(result, tmp_path)

    def numbers(value: Any) -> list[float]:
        if isinstance(value, dict):
            value = [v for key, v in value.items() if key != "seconds"]
        if isinstance(value, list):
            return [number for part in value for number in numbers(part)]
        return [float(value)] if isinstance(value, int | float) and not isinstance(value, bool) else []

    # The largest true number is the area of 15 minutes on the street: 1,125 m of it and 100 m around, below 0.3 km².
    assert max(numbers(list(files.values()))) < 3e5
    lost = [f["properties"] for f in files["demand.geojson"]["features"]][1:]
    assert [(p["status"], p["minutes"], p["facility_id"]) for p in lost] == [
        ("beyond", None, None), ("no_road", None, None),
    ]  # fmt: skip
    assert [f["properties"]["nearest_minutes"] for f in files["gaps.geojson"]["features"]] == [None, None]
    assert files["units.geojson"]["features"][1]["properties"]["covered_15"] == 0


@pytest.mark.parametrize("asked", [(10, 9.98, 10.02), (80, 40), (40, 80), (9.9, 10, 10.1)])
def test_ten_minutes_between_a_little_less_and_a_little_more(asked: tuple[float, ...]) -> None:
    """[D18, T14] Whatever is asked with it, in any order: nested, and as long as the time says, to 20 m."""
    sites, homes = facilities({"F1": (10000, 0)}), demand({"D1": (10000, 0)})
    street = roads([(100.0 * k, 0.0) for k in range(201)])
    areas = solve(street, sites, homes, minutes=asked, report_minutes=90).service_areas
    assert areas["minutes"].tolist() == sorted(asked)
    for small, large in pairwise(areas.geometry):
        assert large.buffer(2e-7).covers(small)
    for minutes, shape in zip(areas["minutes"], areas.geometry, strict=True):
        metres = minutes * 75
        inside = [shapely.Point(at(10000 + sign * (metres - 1), 0)) for sign in (-1, 1)]
        outside = [shapely.Point(at(10000 + sign * (metres + 20), 0)) for sign in (-1, 1)]
        assert shape.covers(shapely.MultiPoint(inside))
        assert not shape.intersects(shapely.MultiPoint(outside))


# ---------------------------------------------------------------------- what-ifs
#: Two parallel streets 100 m apart between x = 0 and x = 1000, joined at both ends: four edges, with two stubs.
LOOP = [
    [(0, 0), (1000, 0)], [(0, 100), (1000, 100)], [(0, 0), (0, 100)], [(1000, 0), (1000, 100)],
    [(-100, 0), (0, 0)], [(1000, 0), (1100, 0)], [(-100, 100), (0, 100)], [(1000, 100), (1100, 100)],
]  # fmt: skip


def scenario(*patches: Patch, sites: dict[str, Any], homes: dict[str, Any]) -> Result:
    asked = parameters(island_nodes=0)
    return run(Request(build_network(roads(*LOOP)), facilities(sites), demand(homes), None, asked, patches))


def close(x_m: float, y_m: float) -> CloseRoad:
    return CloseRoad(*at(x_m, y_m))


def test_a_closed_road_moves_those_who_stood_on_it_and_nobody_else() -> None:
    """The south street is closed. "on" lives on it, and walks 90 m to the north street; "stub" goes round by it.

    To F1 at (1050, 0): "on" 10 + 550 m, now 90 + 500 + 100 + 50; "stub" 1,100 m, now 50 + 100 + 1,000 + 100 + 50;
    "north" takes 800 + 100 + 50 m before and after.
    """
    sites, homes = {"F1": (1050, 0)}, {"on": (500, 10), "stub": (-50, 0), "north": (200, 100)}
    before = scenario(sites=sites, homes=homes)
    after = scenario(close(300, 1), sites=sites, homes=homes)
    metres = {"on": (10 + 550, 90 + 500 + 100 + 50), "stub": (1100, 50 + 100 + 1000 + 100 + 50), "north": (950, 950)}
    for key, (was, will) in metres.items():
        assert minutes_of(before, key) * 75 == pytest.approx(was, abs=1e-3)
        assert minutes_of(after, key) * 75 == pytest.approx(will, abs=1e-3)
    assert row_of(after.demand, "on")["access_m"] == pytest.approx(90, abs=0.01)
    told = after.summary["what_if"]
    assert (told["edges_closed"], told["demand_on_closed_roads"], told["facilities_on_closed_roads"]) == (1, 1, 0)
    assert before.summary["what_if"] is None


def test_who_is_left_without_any_road_by_a_closed_one_is_told() -> None:
    """The facility and a home on the stub in the east, which is closed: within 40 m there is no other road."""
    asked = parameters(island_nodes=0, max_snap_m=40)
    sites, homes = facilities({"F1": (1080, 0), "F2": (0, 100)}), demand({"D1": (1090, 5), "D2": (1000, 50)})
    request = Request(build_network(roads(*LOOP)), sites, homes, None, asked, (close(1060, 0),))
    result = run(request)
    assert result.demand["status"].tolist() == ["no_road", "covered"]
    assert result.facilities["road_status"].tolist() == ["no_road", "on_network"]
    assert result.demand["facility_id"].isna().tolist() == [True, False]
    told = result.summary["what_if"]
    assert (told["demand_on_closed_roads"], told["facilities_on_closed_roads"]) == (1, 1)


def test_the_same_road_closed_twice_is_closed_once() -> None:
    """[D27] At two places of one street, and at one place twice."""
    sites, homes = {"F1": (1050, 0)}, {"D1": (-50, 0)}
    once = scenario(close(300, 1), sites=sites, homes=homes)
    for twice in ((close(300, 1), close(700, -2)), (close(300, 1), close(300, 1))):
        again = scenario(*twice, sites=sites, homes=homes)
        assert again.summary["what_if"]["edges_closed"] == 1
        assert minutes_of(again, "D1") == minutes_of(once, "D1")


def new(key: str, lon: float = 114.0, lat: float = 30.5) -> AddFacility:
    return AddFacility(key, key, "elder_centre", lon, lat)


@pytest.mark.parametrize(
    ("patches", "wrong"),
    [
        ((CloseFacility("gone"),), "gone"),
        ((CloseFacility("F1"), CloseFacility("F1")), "F1"),
        ((new("F1"),), "F1"),
        ((new("N"), new("N")), "N"),
        ((new("N", lat=91.0),), "N"),
        ((new("N", lon=math.nan),), "N"),
        ((CloseFacility("gone"), new("F1"), CloseFacility("lost")), "gone, F1, lost"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_a_patch_of_what_is_not_there_is_refused_before_any_work(patches: tuple[Patch, ...], wrong: str) -> None:
    """[D27] All that are wrong are named at once."""
    with pytest.raises(RequestError) as caught:
        scenario(*patches, sites={"F1": (0, 0)}, homes={"D1": (0, 0)})
    assert caught.value.code == "bad_patch"
    for language in ("zh", "en"):
        assert wrong in caught.value.message(language)


def test_a_road_that_is_not_there_cannot_be_closed() -> None:
    """[D27] 600 m from the nearest road."""
    with pytest.raises(RequestError) as caught:
        scenario(close(500, 700), sites={"F1": (0, 0)}, homes={"D1": (0, 0)})
    assert caught.value.code == "no_road_to_close"


# ---------------------------------------------------------------------- tiny inputs
def test_a_home_and_a_facility_at_the_end_of_a_single_edge() -> None:
    """[D20] Two nodes, both at one of them: no time, and an area around the reached part of the edge."""
    result = solve(roads([(0, 0), (100, 0)]), facilities({"F1": (0, 0)}), demand({"D1": (0, 0)}), minutes=(1,))
    assert minutes_of(result, "D1") == 0
    assert result.service_areas.geometry.iloc[0].covers(shapely.Point(at(0, 0)))
    assert result.reached_roads.geometry.iloc[0].equals_exact(shapely.LineString([at(0, 0), at(75, 0)]), 1e-8)


def test_no_home_and_no_facility_on_any_road() -> None:
    """[D20] Everybody lives where no road is: an answer with nothing in it."""
    result = solve(roads(STREET), facilities({"F1": (0, 900)}), demand({"D1": (0, -900)}))
    assert (result.summary["covered"]["15"], result.summary["no_road"], result.summary["facilities_no_road"]) == (
        0,
        1,
        1,
    )
    assert all(shape.is_empty for shape in result.service_areas.geometry)
    assert len(result.reached_roads) == 0


def test_ids_of_one_grid_are_chosen_by_ties(tmp_path: Path) -> None:
    """[D23] Nine crossings of a square grid, facilities at its four corners: the middle belongs to the smallest id."""
    axis = (0.0, 300.0, 600.0)
    streets = [[(x, y) for x in axis] for y in axis] + [[(x, y) for y in axis] for x in axis]
    corners = {"C": (0, 0), "A": (600, 600), "D": (0, 600), "B": (600, 0)}
    homes = {f"{x:g}-{y:g}": (x, y) for x in axis for y in axis}
    result = solve(roads(*streets), facilities(corners), demand(homes))
    owner = result.demand.set_index("demand_id")["facility_id"]
    assert owner["300-300"] == "A"
    assert owner[["300-0", "0-300", "600-300", "300-600"]].tolist() == ["B", "C", "A", "A"]
    assert owner[["0-0", "600-600", "0-600", "600-0"]].tolist() == ["C", "A", "D", "B"]
    assert result.facilities.set_index("facility_id")["served"].to_dict() == {"C": 2, "A": 4, "D": 1, "B": 2}
