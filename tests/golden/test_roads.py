"""Hand-worked: how roads connect, which way they may be used, and what they cost. The adult walks 1.25 m/s."""

import math
from itertools import pairwise

import pandas as pd
import pytest

from coverage.network import build_network
from coverage.pairs import pairs_within
from tests.builders import Road, demand, facilities, figures, minutes_of, parameters, roads, row_of, solve

NEAR = 1e-5
#: km/h of a residential street in the table of rules, in metres per second.
RESIDENTIAL = 20 / 3.6


def test_repeated_vertices_and_roads_without_length_have_no_effect() -> None:
    """[T08, D06] 800 m of street, with a vertex drawn three times and a road of no length: 640 s."""
    plain = roads([(0, 0), (500, 0), (1000, 0)])
    odd = roads([(0, 0), (500, 0), (500, 0), (500, 0), (1000, 0)], [(500, 0), (500, 0)])
    places = facilities({"F1": (0, 0)}), demand({"D1": (800, 0), "D2": (500, 30)})
    for world in (plain, odd):
        result = solve(world, *places)
        assert minutes_of(result, "D1") == pytest.approx(640 / 60, abs=NEAR)
        assert minutes_of(result, "D2") == pytest.approx(530 / 1.25 / 60, abs=NEAR)
        assert figures(world)["nodes"] == 2
        assert figures(world)["edges"] == 1


@pytest.mark.parametrize("highway", ["residential", "no such class", ""])
def test_a_road_without_a_speed_has_that_of_its_class(highway: str) -> None:
    """[T08, D07, D08] 1 km at 20 km/h, which is also the speed of a class that is missing or unknown: 180 s."""
    world = roads(Road([(0, 0), (1000, 0)], highway=highway))
    result = solve(world, facilities({"F1": (0, 0)}), demand({"D1": (1000, 0)}), profile="drive")
    assert minutes_of(result, "D1") == pytest.approx(3, abs=NEAR)


def test_driving_time_is_the_sum_over_roads_of_different_speed() -> None:
    """500 m primary (50 km/h), 500 m of it limited to 30 km/h, 200 m service road (12 km/h): 36 + 60 + 60 = 156 s."""
    world = roads(
        Road([(0, 0), (500, 0)], highway="primary"),
        Road([(500, 0), (1000, 0)], highway="primary", maxspeed_kmh=30),
        Road([(1000, 0), (1000, 200)], highway="service"),
    )
    result = solve(world, facilities({"F1": (0, 0)}), demand({"D1": (1000, 200)}), profile="drive")
    assert minutes_of(result, "D1") == pytest.approx(156 / 60, abs=NEAR)
    # half of the limited piece: 36 + 30 s
    half = solve(world, facilities({"F1": (0, 0)}), demand({"D1": (750, 0)}), profile="drive")
    assert minutes_of(half, "D1") == pytest.approx(66 / 60, abs=NEAR)


def test_parallel_edges_the_search_takes_the_faster() -> None:
    """[D05] Two ways from (0, 0) to (600, 0): straight 600 m, over (300, 400) 1,000 m. Never 1,600, never 0."""
    world = roads([(0, 0), (600, 0)], [(0, 0), (300, 400), (600, 0)], [(-100, 0), (0, 0)], [(600, 0), (700, 0)])
    assert figures(world)["edges"] == 4
    result = solve(world, facilities({"F1": (-100, 0)}), demand({"D1": (700, 0), "detour": (300, 400)}))
    assert minutes_of(result, "D1") == pytest.approx(800 / 1.25 / 60, abs=NEAR)
    # the slower way stays a road on which people live: 100 + 500 m
    assert minutes_of(result, "detour") == pytest.approx(600 / 1.25 / 60, abs=NEAR)
    assert row_of(result.demand, "detour")["access_m"] == pytest.approx(0, abs=0.01)


def test_two_parallel_edges_of_the_same_shape_but_different_speed() -> None:
    """A driver takes the faster of two roads drawn over each other: 1 km at 50 km/h = 72 s."""
    line = [(0, 0), (1000, 0)]
    ends = [Road([(-200, 0), (0, 0)], highway="primary"), Road([(1000, 0), (1200, 0)], highway="primary")]
    world = roads(Road(line, highway="service"), Road(line, highway="primary"), *ends)
    result = solve(world, facilities({"F1": (-200, 0)}), demand({"D1": (1200, 0)}), profile="drive")
    assert minutes_of(result, "D1") == pytest.approx(1400 / (50 / 3.6) / 60, abs=NEAR)


def test_a_loop_is_walked_the_shorter_way_round() -> None:
    """A loop of 300 + 400 + 500 m hangs on one junction. A place at its 300 m mark is 300 m away, not 900 m.

    A place in the middle of the leg of 500 m is 250 m from the junction, not 300 + 400 + 250 m.
    """
    loop = [(0, 0), (300, 0), (300, 400), (0, 0)]
    world = roads(loop, [(0, 0), (-200, 0)])
    stats = figures(world)
    assert (stats["nodes"], stats["edges"]) == (2, 2)
    result = solve(world, facilities({"F1": (-200, 0)}), demand({"D1": (300, 0), "D2": (150, 200)}))
    assert minutes_of(result, "D1") == pytest.approx(500 / 1.25 / 60, abs=NEAR)
    assert minutes_of(result, "D2") == pytest.approx(450 / 1.25 / 60, abs=NEAR)


def test_both_points_on_one_loop() -> None:
    """On the loop of 1,200 m, from the 250 m mark to the 1,150 m mark: 900 m along it, 300 m over the junction."""
    loop = [(0, 0), (300, 0), (300, 400), (0, 0)]
    places = facilities({"F1": (250, 0)}), demand({"D1": (30, 40)})  # 50 m before the end of the third leg
    result = solve(roads(loop, [(0, 0), (-200, 0)]), *places)
    assert minutes_of(result, "D1") == pytest.approx(300 / 1.25 / 60, abs=NEAR)


def test_a_ring_without_any_junction() -> None:
    """A square ring of 4 x 250 m that meets no other road: opposite corners are 500 m apart both ways."""
    ring = [(0, 0), (250, 0), (250, 250), (0, 250), (0, 0)]
    result = solve(roads(ring), facilities({"F1": (0, 0)}), demand({"D1": (250, 250), "D2": (0, 200)}))
    assert minutes_of(result, "D1") == pytest.approx(400 / 60, abs=NEAR)
    assert minutes_of(result, "D2") == pytest.approx(160 / 60, abs=NEAR)
    assert figures(roads(ring))["components"] == 1


def _one_way_square() -> list[Road]:
    """4 x 500 m, one-way eastwards along the south side and on round."""
    corners = [(0, 0), (500, 0), (500, 500), (0, 500), (0, 0)]
    return [Road([a, b], oneway=1) for a, b in pairwise(corners)]


@pytest.mark.parametrize(("direction", "metres"), [("to", 500), ("from", 1500)])
def test_to_and_from_differ_on_one_way_streets(direction: str, metres: float) -> None:
    """[T12] From (0, 0) to the facility at (500, 0) 500 m; back 1,500 m round the square. 20 km/h."""
    result = solve(
        roads(*_one_way_square()),
        facilities({"F1": (500, 0)}),
        demand({"D1": (0, 0)}),
        profile="drive",
        direction=direction,
    )
    assert minutes_of(result, "D1") == pytest.approx(metres / RESIDENTIAL / 60, abs=NEAR)


def test_one_way_streets_bind_wheels_not_walkers() -> None:
    """[D12] From (500, 0) to (0, 0): on foot 500 m against the arrow, by e-bike 1,500 m round."""
    world = roads(*_one_way_square()), facilities({"F1": (0, 0)}), demand({"D1": (500, 0)})
    assert minutes_of(solve(*world), "D1") == pytest.approx(500 / 1.25 / 60, abs=NEAR)
    assert minutes_of(solve(*world, profile="ebike"), "D1") == pytest.approx(1500 / 4.17 / 60, abs=NEAR)


def test_one_way_against_the_drawing() -> None:
    """[D13] Drawn eastwards, open westwards: from (0, 0) to the facility at (500, 0) one must go round."""
    corners = [(0, 0), (500, 0), (500, 500), (0, 500), (0, 0)]
    ring = [Road([a, b], oneway=-1) for a, b in pairwise(corners)]
    result = solve(roads(*ring), facilities({"F1": (500, 0)}), demand({"D1": (0, 0)}), profile="drive")
    assert minutes_of(result, "D1") == pytest.approx(1500 / RESIDENTIAL / 60, abs=NEAR)


@pytest.mark.parametrize(("home", "metres"), [(100, 300), (399, 1), (401, 1999)])
def test_two_points_on_one_one_way_edge(home: float, metres: float) -> None:
    """The facility stands at 400 m of the one-way side: ahead of 100 m and 399 m, but a whole round from 401 m."""
    world = roads(*_one_way_square()), facilities({"F1": (400, 0)}), demand({"D1": (home, 0)})
    assert minutes_of(solve(*world, profile="drive"), "D1") == pytest.approx(metres / RESIDENTIAL / 60, abs=NEAR)


def test_a_one_way_dead_end_is_not_left_against_the_arrow() -> None:
    """[T11, T12] One may drive into the lane but not out of it: nothing is reached from it, all reach it."""
    world = roads(Road([(0, 0), (500, 0)]), Road([(500, 0), (500, 300)], oneway=1))
    places = facilities({"F1": (0, 0)}), demand({"D1": (500, 300)})
    trapped = solve(world, *places, profile="drive")
    assert math.isnan(minutes_of(trapped, "D1"))
    assert row_of(trapped.demand, "D1")["status"] == "beyond"
    reached = solve(world, *places, profile="drive", direction="from")
    assert minutes_of(reached, "D1") == pytest.approx(800 / RESIDENTIAL / 60, abs=NEAR)


def test_a_bridge_without_a_shared_vertex_does_not_connect() -> None:
    """[T17, D04] The bridge passes over the street at (500, 0); the way from one to the other is over (1000, 0)."""
    street = [(0, 0), (1000, 0)]
    bridge = Road([(500, -300), (500, 300)], bridge=True, layer=1)
    ramp = [(500, 300), (1000, 300), (1000, 0)]
    result = solve(roads(street, bridge, ramp), facilities({"F1": (500, -300)}), demand({"D1": (400, 0)}))
    # 600 m to (1000, 0), 300 + 500 m of ramp, 600 m over the bridge
    assert minutes_of(result, "D1") == pytest.approx(2000 / 1.25 / 60, abs=NEAR)


def test_crossings_are_cut_only_when_asked_and_only_on_one_level() -> None:
    """[T09, D03, D04] Streets that cross without a vertex do not connect. Asked to, they are cut; a bridge is not."""
    street, other = [(0, 0), (1000, 0)], [(500, -300), (500, 300)]
    places = facilities({"F1": (500, -300)}), demand({"D1": (400, 0)})
    plain = roads(street, other)
    assert figures(plain)["crossings_without_vertex"] == 1
    assert figures(plain)["components"] == 2
    assert math.isnan(minutes_of(solve(plain, *places), "D1"))

    cut = figures(plain, node_crossings=True)
    assert (cut["components"], cut["nodes"], cut["edges"]) == (1, 5, 4)
    assert minutes_of(solve(build_network(plain, node_crossings=True), *places), "D1") == pytest.approx(
        400 / 1.25 / 60, abs=NEAR
    )

    for above in (Road(other, bridge=True), Road(other, tunnel=True), Road(other, layer=1)):
        level = roads(street, above)
        assert figures(level, node_crossings=True)["components"] == 2
        assert math.isnan(minutes_of(solve(build_network(level, node_crossings=True), *places), "D1"))


def test_roads_that_end_short_join_within_the_tolerance() -> None:
    """[T09, D03] Ends 0.3 m apart: two parts at 1 cm, one at 0.5 m, and counted as a near miss."""
    world = roads([(0, 0), (500, 0)], [(500.3, 0), (1000, 0)])
    places = facilities({"F1": (0, 0)}), demand({"D1": (1000, 0)})
    assert figures(world)["components"] == 2
    assert figures(world)["near_misses"] >= 1
    assert math.isnan(minutes_of(solve(world, *places), "D1"))
    assert figures(world, join_m=0.5)["components"] == 1
    assert minutes_of(solve(build_network(world, join_m=0.5), *places), "D1") == pytest.approx(
        1000 / 1.25 / 60, abs=0.3 / 1.25 / 60
    )


@pytest.mark.parametrize(("gap", "components"), [(0.005, 1), (0.05, 2)])
def test_vertices_within_one_centimetre_are_one(gap: float, components: int) -> None:
    """5 mm apart connect, 5 cm apart do not."""
    assert figures(roads([(0, 0), (500, 0)], [(500 + gap, 0), (1000, 0)]))["components"] == components


def test_a_road_that_ends_on_the_middle_of_another_without_a_vertex_is_a_near_miss() -> None:
    """[T09] The lane ends on the street between two vertices: not connected, and counted."""
    diagnosis = figures(roads([(0, 0), (1000, 0)], [(500, 0.0), (500, 300)]))
    assert diagnosis["components"] == 2
    assert diagnosis["near_misses"] + diagnosis["crossings_without_vertex"] >= 1


def test_dead_ends_stay() -> None:
    """[T10] A place at the end of a lane of 200 m off the street: 300 + 200 m."""
    world = roads([(0, 0), (300, 0), (1000, 0)], [(300, 0), (300, 200)])
    result = solve(world, facilities({"F1": (0, 0)}), demand({"D1": (300, 200)}))
    assert minutes_of(result, "D1") == pytest.approx(500 / 1.25 / 60, abs=NEAR)


def test_unreachable_is_null_in_every_table() -> None:
    """[T11, D15] No way leads from the second street: no minutes, no facility, and no large number anywhere."""
    world = roads([(0, 0), (1000, 0)], [(0, 2000), (1000, 2000)])
    result = solve(world, facilities({"F1": (0, 0)}), demand({"D1": (500, 0), "D2": (500, 2000)}))
    lost = row_of(result.demand, "D2")
    assert lost["status"] == "beyond"
    assert math.isnan(lost["minutes"])
    assert pd.isna(lost["facility_id"])
    gap = result.gaps.iloc[0]
    assert pd.isna(gap["nearest_minutes"])
    assert pd.isna(gap["nearest_facility_id"])
    network = build_network(world)
    everyone = demand({"D1": (500, 0), "D2": (500, 2000)})
    table = pairs_within(network, parameters(island_nodes=0), everyone, facilities({"F1": (0, 0)}), 1440)
    assert table["from_id"].tolist() == ["D1"]


def test_beyond_the_report_minutes_is_null() -> None:
    """1,250 m take 1,000 s = 16.67 min: reported by default, not when 16 minutes are reported."""
    world = roads([(0, 0), (2000, 0)]), facilities({"F1": (0, 0)}), demand({"D1": (1250, 0)})
    shown = solve(*world)
    assert minutes_of(shown, "D1") == pytest.approx(1000 / 60, abs=NEAR)
    assert row_of(shown.demand, "D1")["facility_id"] == "F1"
    hidden = solve(*world, report_minutes=16)
    assert math.isnan(minutes_of(hidden, "D1"))
    assert pd.isna(row_of(hidden.demand, "D1")["facility_id"])
    assert row_of(hidden.demand, "D1")["status"] == "beyond"


def test_a_new_bridge_changes_only_the_ways_that_use_it() -> None:
    """[T13] Two banks 100 m apart joined at x = 2000; a second bridge at x = 0.

    South (0, 0): before 2000 + 100 + 2000 m, after 100 m. South (1500, 0): before 500 + 100 + 2000, after 1500 + 100.
    North (500, 100): 500 m before and after, to the last bit; south (2000, 0): 2,100 m both ways.
    """
    banks = [[(0, 100), (2000, 100)], [(0, 0), (2000, 0)], [(2000, 0), (2000, 100)]]
    places = {"S0": (0, 0), "S1500": (1500, 0), "S2000": (2000, 0), "N500": (500, 100)}
    site = facilities({"F1": (0, 100)})
    before = solve(roads(*banks), site, demand(places))
    after = solve(roads(*banks, [(0, 0), (0, 100)]), site, demand(places))
    metres_before = {"S0": 4100, "S1500": 2600, "S2000": 2100, "N500": 500}
    metres_after = {"S0": 100, "S1500": 1600, "S2000": 2100, "N500": 500}
    for key in places:
        assert minutes_of(before, key) == pytest.approx(metres_before[key] / 1.25 / 60, abs=NEAR)
        assert minutes_of(after, key) == pytest.approx(metres_after[key] / 1.25 / 60, abs=NEAR)
    assert minutes_of(before, "N500") == minutes_of(after, "N500")


def test_figures_of_the_network() -> None:
    """A cross of four streets of 100 m, one of them bent, and a separate lane.

    Vertices read: centre, four ends, one bend, two of the lane = 8. Nodes: centre and four ends, two of the lane = 7.
    Edges 4 + 1. Length 100 + 100 + 100 + (60 + 80) + 50 m.
    """
    world = roads(
        [(0, 0), (100, 0)],
        [(0, 0), (-100, 0)],
        [(0, 0), (0, 100)],
        [(0, 0), (0, -60), (80, -60)],
        [(500, 0), (550, 0)],
    )
    stats = figures(world)
    assert (stats["vertices"], stats["nodes"], stats["edges"], stats["components"]) == (8, 7, 5, 2)
    assert stats["length_km"] == pytest.approx(0.490, abs=0.0006)
    assert stats["largest_component_share"] == pytest.approx(5 / 7, abs=1e-6)


def test_where_a_street_changes_its_class_no_node_is_counted() -> None:
    """One street in three pieces of two classes: two ends, one edge, as the contract counts."""
    world = roads(Road([(0, 0), (100, 0)]), Road([(100, 0), (200, 0)], highway="service"), Road([(200, 0), (300, 0)]))
    stats = figures(world)
    assert (stats["vertices"], stats["nodes"], stats["edges"]) == (4, 2, 1)


def test_times_between_all_pairs() -> None:
    """Two homes, two places on a street: pairs within 10 minutes (750 m) only, sorted by ids."""
    network = build_network(roads([(0, 0), (2000, 0)]))
    origins, places = demand({"b": (1500, 0), "a": (300, 0)}), facilities({"z": (0, 0), "y": (1000, 0)})
    table = pairs_within(network, parameters(), origins, places, 10)
    found = [(r.from_id, r.to_id, pytest.approx(r.minutes, abs=NEAR)) for r in table.itertuples()]
    # a-y 700 m = 560 s, a-z 300 m = 240 s, b-y 500 m = 400 s; b-z 1,500 m is too far
    assert found == [("a", "y", 560 / 60), ("a", "z", 4.0), ("b", "y", 400 / 60)]
    assert table.columns.tolist() == ["from_id", "to_id", "minutes"]


def test_times_go_from_origin_to_destination() -> None:
    """[T12] Round the one-way square: 500 m with the arrow, 1,500 m against it."""
    network = build_network(roads(*_one_way_square()))
    corner, next_corner = demand({"A": (0, 0)}), demand({"B": (500, 0)})
    drive = parameters(profile="drive", island_nodes=0)
    there = pairs_within(network, drive, corner, next_corner, 60)["minutes"].item()
    back = pairs_within(network, drive, next_corner, corner, 60)["minutes"].item()
    assert there == pytest.approx(500 / RESIDENTIAL / 60, abs=NEAR)
    assert back == pytest.approx(1500 / RESIDENTIAL / 60, abs=NEAR)
