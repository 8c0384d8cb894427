"""Hand-worked: 服务盲区. The adult walks 375, 750 and 1,125 m in 5, 10 and 15 minutes, and 4,500 m in 60."""

import dataclasses

import numpy as np
import pytest
import shapely

from coverage.blind_spots import BlindSpots, blind_spots
from coverage.patches import AddFacility
from coverage.result import Result
from coverage.run import run
from tests.builders import Place, at, demand, facilities, roads, solve, units

STREET = [(0, 0), (9000, 0)]
#: F1 stands at 0. 8,000 m is farther than 60 minutes; the home at 3,000 m lies 700 m from the street.
HOMES = {
    "near": Place((1000, 0), pop=50),
    "B1": Place((2000, 0), pop=30),
    "B2": Place((2500, 0), pop=20),
    "B3": Place((2900, 0), pop=10),
    "C1": Place((4000, 0), pop=12),
    "N1": Place((3000, 700), pop=3),
    "far1": Place((8000, 0), pop=40),
    "far2": Place((8600, 0), pop=1),
    "empty": Place((2100, 0), pop=0),
}


def _solved(**given: object) -> Result:
    boxes = units({"990101": (-100, -1000, 2600, 1000), "990102": (2600, -1000, 9500, 1000)})
    return solve(roads(STREET), facilities({"F1": (0, 0)}), demand(HOMES), boxes, **given)


def _row(spots: BlindSpots, rank: int) -> dict[str, object]:
    found: dict[str, object] = spots.areas.drop(columns="geometry").iloc[rank - 1].to_dict()
    return found


def test_areas_ranked_with_reason_units_and_nearest_facility() -> None:
    """B1 (30) is the first centre: B2 and B3 lie within 1,000 m of it. C1 is alone at 4,000 m.

    far1 and far2 have no facility within 60 minutes; N1 has no road within 500 m. Nobody lives in "empty".
    """
    spots = blind_spots(_solved())
    table = spots.areas
    assert table["rank"].tolist() == [1, 2, 3, 4]
    assert table["people"].tolist() == [60, 41, 12, 3]
    assert table["places"].tolist() == [3, 2, 1, 1]
    assert table["reason"].tolist() == ["too_far", "no_facility", "too_far", "no_road"]
    assert table["unit_code"].tolist() == ["990101", "990102", "990102", "990102"]
    assert table["units"].tolist()[0] == "990101=50;990102=10"
    first = _row(spots, 1)
    assert first["nearest_facility_id"] == "F1"
    # 2,000 m at 1.25 m/s; the mean of 2,000 (30), 2,500 (20) and 2,900 m (10) is 2,316.67 m.
    assert first["nearest_minutes"] == pytest.approx(2000 / 75, abs=1e-4)
    assert first["mean_minutes"] == pytest.approx((30 * 2000 + 20 * 2500 + 10 * 2900) / 60 / 75, abs=1e-4)
    second = _row(spots, 2)
    assert second["nearest_facility_id"] is None or second["nearest_facility_id"] != second["nearest_facility_id"]
    assert np.isnan(second["nearest_minutes"])
    assert np.isnan(second["mean_minutes"])


def test_what_one_more_facility_adds() -> None:
    """At B2 (2,500 m) one reaches from 1,375 to 3,625 m: 30 + 20 + 10. At B3 to 4,025 m, so C1 too: 72 people.

    "near" (50) at 1,000 m is covered already and counts nowhere. From C1 one reaches B3 at 1,100 m: 12 + 10.
    Where there is no road a facility reaches nobody.
    """
    spots = blind_spots(_solved())
    assert spots.areas["best_place_id"].tolist()[:3] == ["B3", "far1", "C1"]
    assert spots.areas["adds"].tolist() == [72, 41, 22, 0]
    # A missing place: None or NaN, by version of pandas.
    assert spots.areas["best_place_id"].isna().tolist() == [False, False, False, True]
    assert spots.areas["best_lon"].isna().tolist() == [False, False, False, True]


def test_only_some_places_of_an_area_are_tried_when_asked() -> None:
    """Of B1, B2 and B3 the one with most people: B1 (2,000 m) reaches as far as 3,125 m, 60 people."""
    spots = blind_spots(_solved(), candidates=1)
    assert spots.areas["best_place_id"].iloc[0] == "B1"
    assert spots.areas["adds"].iloc[0] == 60


def test_people_already_covered_are_never_counted() -> None:
    """A new facility at B1 with 20 minutes reaches "near" too (1,000 m), which F1 serves: it adds the others only."""
    result = _solved(minutes=(20,))
    spots = blind_spots(result)
    assert set(result.gaps["demand_id"]) == {"B1", "B2", "B3", "C1", "N1", "far1", "far2"}
    assert spots.areas["adds"].max() == 72


def test_the_radius_is_the_rule_and_is_told() -> None:
    """Within 450 m: of B1 nobody; of B2 (20) also B3, at 400 m."""
    spots = blind_spots(_solved(), radius_m=450)
    assert spots.radius_m == 450
    found = spots.areas.set_index("rank")
    assert found["people"].tolist() == [40, 30, 30, 12, 3, 1]
    # Equal people: that of the place that ranks first in the list of places, B1 with 30 before B2 with 20.
    assert found["units"].tolist()[1:3] == ["990101=30", "990101=20;990102=10"]


def test_a_place_belongs_to_the_centre_that_is_nearest() -> None:
    """A (50) and B (40) are centres 1,500 m apart; C, 900 m from A, is 600 m from B and goes with B."""
    homes = {"A": Place((3000, 0), pop=50), "B": Place((4500, 0), pop=40), "C": Place((3900, 0), pop=5)}
    spots = blind_spots(solve(roads(STREET), facilities({"F1": (0, 0)}), demand(homes)))
    assert spots.areas["people"].tolist() == [50, 45]
    assert spots.rank_of_gap.tolist() == [1, 2, 2]


def test_coverage_starts_at_0_without_any_facility() -> None:
    """[T27] No facility serves: nobody is covered, all are in a blind spot for that reason, and what one adds is right.

    With 990 m "near" (50) is an area of its own beside that of B1 (60), from which one reaches "near" and all of its
    own within 1,125 m: 110.
    """
    sites = {"F1": Place((0, 0), status="closed")}
    result = solve(roads(STREET), facilities(sites), demand(HOMES))
    assert result.summary["covered"] == {"5": 0, "10": 0, "15": 0}
    spots = blind_spots(result, radius_m=990)
    assert set(spots.areas["reason"]) == {"no_facility", "no_road"}
    assert spots.areas["people"].sum() == result.summary["demand_total"] == 166
    assert spots.areas["people"].tolist() == [60, 50, 41, 12, 3]
    assert spots.areas["adds"].iloc[0] == 110
    assert spots.areas["best_place_id"].iloc[0] == "B1"


def test_those_who_find_no_room_are_a_blind_spot_too() -> None:
    """[T26] Room for 10 at 0 m, which "A" (12) and "B" (5) reach: 7 are left. 3,000 m away 4 are too far: 11 in all.

    One more facility at B has room for those who are left, not for those who found it already.
    """
    sites = facilities({"F1": (0, 0)})
    sites = dataclasses.replace(sites, frame=sites.frame.assign(places=[10.0]))
    homes = {"A": Place((100, 0), pop=12), "B": Place((600, 0), pop=5), "far": Place((3000, 0), pop=4)}
    result = solve(roads(STREET), sites, demand(homes), capacity="auto")
    spots = blind_spots(result)
    assert result.summary["full"] == 7
    assert spots.areas["people"].tolist() == [7, 4]
    assert spots.areas["reason"].tolist() == ["full", "too_far"]
    assert spots.areas["adds"].tolist() == [7, 4]
    assert spots.areas["people"].sum() == sum(result.summary[key] for key in ("full", "beyond", "no_road"))


def test_nobody_left_out_is_no_area() -> None:
    spots = blind_spots(solve(roads(STREET), facilities({"F1": (0, 0)}), demand({"A": (100, 0)})))
    assert spots.areas.empty
    assert spots.rank_of_gap.tolist() == []
    assert spots.areas.crs == "EPSG:4326"


def test_outlines_are_polygons_around_the_places() -> None:
    result = _solved()
    spots = blind_spots(result)
    assert set(spots.areas.geometry.geom_type) == {"Polygon"}
    assert spots.areas.geometry.is_valid.all()
    for place, rank in zip(result.gaps.geometry, spots.rank_of_gap, strict=True):
        assert shapely.contains(spots.areas.geometry.iloc[rank - 1], place)


def test_a_facility_on_an_island_keeps_its_people_there() -> None:
    """The island's two homes are moved to the mainland street, 450 m off, and 3,000 m from F1: left out.

    A facility at one of them stands on the island, so both stay there, 200 m apart.
    """
    long_street = [(x, 0) for x in range(0, 6001, 100)]
    combs = [[(x, 0), (x, -50)] for x in range(0, 6001, 100)]
    island = [(3000, 450), (3200, 450)]
    homes = {"I1": Place((3000, 450), pop=7), "I2": Place((3200, 450), pop=5)}
    result = solve(roads(long_street, *combs, island), facilities({"F1": (0, 0)}), demand(homes))
    assert result.demand["moved_from_island"].all()
    spots = blind_spots(result)
    assert spots.areas["adds"].tolist() == [12]
    lon, lat = spots.areas["best_lon"].iloc[0], spots.areas["best_lat"].iloc[0]
    added = AddFacility("N1", "new", "elder_centre", lon, lat)
    after = run(dataclasses.replace(result.request, patches=(added,)))
    assert after.summary["covered"]["15"] == 12
    assert not after.demand["moved_from_island"].any()
    assert (lon, lat) == pytest.approx(at(3000, 450), abs=1e-7)


@pytest.mark.parametrize("wrong", [{"radius_m": 0}, {"radius_m": -1}, {"candidates": 0}])
def test_a_rule_that_makes_no_sense_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="radius"):
        blind_spots(_solved(), **wrong)
