"""Hand-worked: where a point meets the road, and what the way there costs. The adult walks 1.25 m/s.

Ids in brackets are those of the list of complaints (T) and faults (D) that the case comes from.
"""

import math

import pandas as pd
import pytest

from tests.builders import Place, Road, demand, facilities, minutes_of, roads, row_of, solve

#: Minutes agree to less than a millimetre of walking.
NEAR = 1e-5
#: A straight street of two kilometres with nodes only at its ends.
STREET = [(0, 0), (2000, 0)]


def test_reach_from_the_middle_of_a_long_edge() -> None:
    """[T01, D16] A facility at 700 m of a 2 km edge reaches 375 m in 5 minutes, to both sides."""
    places = {"west_end": (0, 0), "west": (326, 0), "east": (1074, 0), "too_far": (1076, 0)}
    result = solve(roads(STREET), facilities({"F1": (700, 0)}), demand(places), minutes=(5,))
    # 700 m, 374 m and 376 m at 1.25 m/s
    assert minutes_of(result, "west_end") == pytest.approx(560 / 60, abs=NEAR)
    assert minutes_of(result, "west") == pytest.approx(299.2 / 60, abs=NEAR)
    assert minutes_of(result, "too_far") == pytest.approx(300.8 / 60, abs=NEAR)
    assert result.demand["status"].tolist() == ["beyond", "covered", "covered", "beyond"]
    reached = result.reached_roads
    metric = reached.to_crs("EPSG:4547")
    assert metric.length.sum() == pytest.approx(750, abs=0.01)  # from 325 m to 1075 m
    west, _, east, _ = metric.total_bounds
    assert (west, east) == (pytest.approx(500_325, abs=0.01), pytest.approx(501_075, abs=0.01))


def test_the_way_to_the_road_counts() -> None:
    """[T02] A facility 255 m from the road: 255 m / 1.25 m/s = 204 s to its snap point."""
    result = solve(roads(STREET), facilities({"F1": (500, 255)}), demand({"D1": (500, 0), "D2": (800, -50)}))
    assert minutes_of(result, "D1") == pytest.approx(204 / 60, abs=NEAR)
    # 50 m to the road, 300 m along it, 255 m to the facility: 605 m = 484 s
    assert minutes_of(result, "D2") == pytest.approx(484 / 60, abs=NEAR)
    assert row_of(result.demand, "D2")["access_m"] == pytest.approx(50, abs=0.01)
    assert row_of(result.facilities, "F1")["access_m"] == pytest.approx(255, abs=0.01)


def test_both_ways_to_the_road_count_across_a_junction() -> None:
    """[T02] 30 m to the street, 200 m to the junction, 100 m up the lane, 60 m to the facility: 390 m = 312 s."""
    world = roads([(0, 0), (500, 0), (1000, 0)], [(500, 0), (500, 300)])
    result = solve(world, facilities({"F1": (560, 100)}), demand({"D1": (300, -30)}))
    assert minutes_of(result, "D1") == pytest.approx(312 / 60, abs=NEAR)


def test_the_access_leg_is_walked_by_every_profile() -> None:
    """An e-bike covers 417 m in 100 s, but 125 m to the road on foot take another 100 s."""
    result = solve(roads(STREET), facilities({"F1": (0, 0)}), demand({"D1": (417, 125)}), profile="ebike")
    assert minutes_of(result, "D1") == pytest.approx(200 / 60, abs=NEAR)


def test_another_walking_speed_holds_on_the_access_leg_too() -> None:
    """100 m to the road and 200 m along it at 0.5 m/s: 600 s. For a driver the leg stays at 1.25 m/s: 80 s + 20 s."""
    world = roads(STREET), facilities({"F1": (0, 0)}), demand({"D1": (200, 100)})
    assert minutes_of(solve(*world, speed_mps=0.5), "D1") == pytest.approx(10, abs=NEAR)
    assert minutes_of(solve(*world, profile="drive", speed_mps=10), "D1") == pytest.approx(100 / 60, abs=NEAR)


def test_beyond_the_snap_limit_nothing_is_guessed() -> None:
    """[T03, D01] 499 m from the road is on the network, 501 m is not; 10,000 km is not either."""
    places = {"near": (100, 499), "far": (100, -501)}
    result = solve(roads(STREET), facilities({"F1": (100, 499), "F2": (100, -501), "F3": (9e6, 4e6)}), demand(places))
    assert result.facilities["road_status"].tolist() == ["on_network", "no_road", "no_road"]
    assert row_of(result.demand, "near")["status"] == "covered"
    far = row_of(result.demand, "far")
    assert far["status"] == "no_road"
    assert math.isnan(far["minutes"])
    assert pd.isna(far["facility_id"])
    assert result.summary["no_road"] == 1
    assert result.summary["facilities_no_road"] == 2


@pytest.mark.parametrize(("limit", "status"), [(30, "covered"), (20, "no_road")])
def test_the_snap_limit_is_the_users(limit: float, status: str) -> None:
    """A point 25 m from the road, with limits on both sides of it."""
    result = solve(roads(STREET), facilities({"F1": (0, 0)}), demand({"D1": (10, 25)}), max_snap_m=limit)
    assert row_of(result.demand, "D1")["status"] == status


def test_a_road_one_may_not_walk_is_passed_over() -> None:
    """[T04] The motorway is 10 m away, the street 90 m: the walker takes the street, the driver the motorway."""
    world = roads(Road(STREET, highway="motorway"), Road([(0, 100), (2000, 100)]), Road([(0, 0), (0, 100)]))
    places = facilities({"F1": (1000, 100)}), demand({"D1": (1000, 10)})
    on_foot = solve(world, *places)
    assert minutes_of(on_foot, "D1") == pytest.approx(90 / 1.25 / 60, abs=NEAR)
    assert row_of(on_foot.demand, "D1")["access_m"] == pytest.approx(90, abs=0.01)
    driving = solve(world, *places, profile="drive")
    assert row_of(driving.demand, "D1")["access_m"] == pytest.approx(10, abs=0.01)


def test_a_bar_on_walking_binds_walkers_only() -> None:
    """A road closed to people on foot is no road for them, and one for a bicycle."""
    world = roads(Road(STREET, no_foot=True), Road([(0, 100), (2000, 100)]))
    places = facilities({"F1": (1000, 0)}), demand({"D1": (1000, 10)})
    assert row_of(solve(world, *places).demand, "D1")["access_m"] == pytest.approx(90, abs=0.01)
    assert row_of(solve(world, *places, profile="ebike").demand, "D1")["access_m"] == pytest.approx(10, abs=0.01)


@pytest.mark.parametrize("beside", [0.001, -0.001])
def test_on_a_vertex_and_one_millimetre_beside_it(beside: float) -> None:
    """[T07] A start on a junction, and 1 mm off it in each direction, differ by the walk of a millimetre."""
    crossing = roads([(0, 0), (1000, 0), (2000, 0)], [(1000, -500), (1000, 0), (1000, 500)])
    places = {"on": (1000, 0), "along": (1000 + beside, 0), "up": (1000, beside), "slanted": (1000 + beside, beside)}
    result = solve(crossing, facilities({"F1": (0, 0)}), demand(places))
    assert minutes_of(result, "on") == pytest.approx(800 / 60, abs=NEAR)
    for name in ("along", "up", "slanted"):
        assert minutes_of(result, name) * 60 == pytest.approx(minutes_of(result, "on") * 60, abs=0.0025)


def test_facility_and_demand_at_one_place() -> None:
    """[D20] On the road the time is 0; 40 m off the road it is there and back: 80 m = 64 s."""
    result = solve(
        roads(STREET), facilities({"F1": (300, 0), "F2": (1500, 40)}), demand({"D1": (300, 0), "D2": (1500, 40)})
    )
    assert minutes_of(result, "D1") == pytest.approx(0, abs=NEAR)
    assert minutes_of(result, "D2") == pytest.approx(64 / 60, abs=NEAR)
    assert row_of(result.demand, "D1")["status"] == "covered"


def test_two_points_on_one_edge_go_straight_along_it() -> None:
    """Between 400 m and 650 m of the same edge lie 250 m = 200 s, not the way over an end of the edge."""
    result = solve(roads([(0, 0), (1000, 0)]), facilities({"F1": (400, 0)}), demand({"D1": (650, 0)}))
    assert minutes_of(result, "D1") == pytest.approx(200 / 60, abs=NEAR)


def test_two_points_on_one_edge_may_be_nearer_round_the_other_way() -> None:
    """A horseshoe of 2,550 m whose ends a lane joins, bent over (25, -10): 2 * sqrt(25² + 10²) = 53.852 m.

    Demand 10 m from one end of the horseshoe, facility 10 m from the other: along it 2,530 m, over the lane 73.852 m.
    """
    horseshoe = [(0, 0), (0, 100), (-375, 100), (-375, 500), (425, 500), (425, 100), (50, 100), (50, 0)]
    world = roads(horseshoe, [(0, 0), (25, -10), (50, 0)], [(0, 0), (-40, -40)], [(50, 0), (90, -40)])
    result = solve(world, facilities({"F1": (50, 10)}), demand({"D1": (0, 10)}))
    assert minutes_of(result, "D1") == pytest.approx((20 + 2 * math.hypot(25, 10)) / 1.25 / 60, abs=NEAR)


def test_the_position_on_a_bent_edge() -> None:
    """An edge of 300 m east and 400 m north; a place 100 m up its second leg: 300 + 100 m, and 20 m to it."""
    result = solve(roads([(0, 0), (300, 0), (300, 400)]), facilities({"F1": (0, 0)}), demand({"D1": (320, 100)}))
    assert minutes_of(result, "D1") == pytest.approx(420 / 1.25 / 60, abs=NEAR)


def test_a_point_past_the_end_of_a_road_snaps_to_its_end() -> None:
    """30 m east and 40 m north of the end: 50 m to the end, then 100 m: 120 s."""
    result = solve(roads([(0, 0), (100, 0)]), facilities({"F1": (0, 0)}), demand({"D1": (130, 40)}))
    assert minutes_of(result, "D1") == pytest.approx(120 / 60, abs=NEAR)


def test_closed_facilities_do_not_serve() -> None:
    """Only open ones count; a blank status counts as open; others are listed with no people served."""
    places = {
        "F1": Place((0, 0), status="closed"),
        "F2": Place((100, 0), status="planned"),
        "F3": Place((1000, 0), status=""),
    }
    result = solve(roads(STREET), facilities(places), demand({"D1": (10, 0)}))
    assert row_of(result.demand, "D1")["facility_id"] == "F3"
    assert minutes_of(result, "D1") == pytest.approx(990 / 1.25 / 60, abs=NEAR)
    served = result.facilities.set_index("facility_id")["served"]
    assert served.isna().tolist() == [True, True, False]
    assert served["F3"] == 1


def test_only_the_kinds_asked_for_serve() -> None:
    """The meal point next door does not count when centres are asked for."""
    places = {"F1": Place((0, 0), kind="meal_point"), "F2": Place((400, 0), kind="elder_centre")}
    world = roads(STREET), facilities(places), demand({"D1": (0, 0)})
    assert row_of(solve(*world).demand, "D1")["facility_id"] == "F1"
    only = solve(*world, kinds=("elder_centre",))
    assert row_of(only.demand, "D1")["facility_id"] == "F2"
    assert minutes_of(only, "D1") == pytest.approx(320 / 60, abs=NEAR)
    assert pd.isna(row_of(only.facilities, "F1")["served"])
