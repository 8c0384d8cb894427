"""Laws of 服务盲区 on random towns: nobody is lost, what a facility adds is what a run with it says."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from coverage.blind_spots import BlindSpots, blind_spots
from coverage.patches import AddFacility
from coverage.prepared import prepare
from coverage.result import Result
from coverage.run import run
from geo.crs import geodesic_m
from tests.builders import units
from tests.worlds import DIRECTION, PROFILE, STEP, World, town, towns

ISLANDS = st.sampled_from([0, 5, 50])
RADIUS = st.sampled_from([1.0, 120.0, 300.0, 5000.0])
#: A run for each candidate is made.
FEW = settings(max_examples=12)


def _asked(world: World, **given_: object) -> Result:
    half = 2.5 * STEP
    boxes = units({"990101": (-400, -400, half, 2000), "990102": (half, -400, 2000, half)})
    asked = {"minutes": (1, 3), "report_minutes": 8, **given_}
    return run(dataclasses.replace(world.request(**asked), units=boxes))


@given(towns(), PROFILE, DIRECTION, ISLANDS, RADIUS)
def test_nobody_is_in_two_areas_and_nobody_in_none(
    world: World, profile: str, direction: str, island_nodes: int, radius_m: float
) -> None:
    """People of all areas are those beyond and without a road, exactly; so are those of each unit and reason."""
    result = _asked(world, profile=profile, direction=direction, island_nodes=island_nodes)
    spots = blind_spots(result, radius_m=radius_m)
    areas, left = spots.areas, result.gaps
    assert areas["people"].sum() == result.summary["beyond"] + result.summary["no_road"]
    assert areas["places"].sum() == len(left)
    assert areas["people"].is_monotonic_decreasing
    by_reason = left.groupby("reason")["weight"].sum()
    assert areas.groupby("reason")["people"].sum().to_dict() == by_reason.to_dict()
    told = pd.Series({part.split("=")[0]: 0.0 for text in areas["units"] for part in text.split(";") if part})
    for text in areas["units"]:
        for code, people in (part.split("=") for part in text.split(";") if part):
            told[code] += float(people)
    inside = left[left["unit_code"] != ""].groupby("unit_code")["weight"].sum()
    assert told.to_dict() == inside.to_dict()
    for rank, members in left.groupby(spots.rank_of_gap):
        row = areas.iloc[rank - 1]
        assert row["people"] == members["weight"].sum()
        assert set(members["reason"]) == {row["reason"]}
        assert np.array_equal(row["nearest_minutes"], members["nearest_minutes"].min(), equal_nan=True)
        assert row["adds"] <= areas["people"].sum()


@given(towns(), RADIUS)
def test_an_area_is_never_wider_than_twice_its_radius(world: World, radius_m: float) -> None:
    result = _asked(world)
    spots = blind_spots(result, radius_m=radius_m)
    for _, members in result.gaps.groupby(spots.rank_of_gap):
        lonlat = shapely.get_coordinates(members.geometry.to_numpy())
        one, other = np.triu_indices(len(lonlat))
        assert geodesic_m(lonlat[one], lonlat[other]).max() <= 2 * radius_m * 1.002


@FEW
@given(towns(homes=8), PROFILE, DIRECTION, ISLANDS)
def test_what_a_facility_adds_is_what_a_run_with_it_says(
    world: World, profile: str, direction: str, island_nodes: int
) -> None:
    """At each place of each area a facility is added as a what-if: nowhere are more people newly covered."""
    base = _asked(world, profile=profile, direction=direction, island_nodes=island_nodes)
    spots, prepared = blind_spots(base, radius_m=300.0), prepare(base.request)
    was = base.demand["status"] == "covered"

    def newly(lon: float, lat: float) -> float:
        patch = AddFacility("NEW", "new", "elder_centre", lon, lat)
        after = run(dataclasses.replace(base.request, patches=(patch,)), prepared=prepared)
        return float(base.demand.loc[(after.demand["status"] == "covered") & ~was, "weight"].sum())

    for rank, members in base.gaps.groupby(spots.rank_of_gap):
        row = spots.areas.iloc[rank - 1]
        if pd.isna(row["best_lon"]):
            assert row["adds"] == 0
        else:
            assert row["adds"] == newly(row["best_lon"], row["best_lat"])
        tried = np.round(shapely.get_coordinates(members.geometry.to_numpy()), 7)
        assert row["adds"] == max(newly(lon, lat) for lon, lat in tried)


def _same(one: BlindSpots, other: BlindSpots) -> None:
    assert shapely.equals_identical(one.areas.geometry.to_numpy(), other.areas.geometry.to_numpy()).all()
    pd.testing.assert_frame_equal(
        pd.DataFrame(one.areas.drop(columns="geometry")), pd.DataFrame(other.areas.drop(columns="geometry"))
    )


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_order_of_rows_decides_nothing(seed: int) -> None:
    """[P07, D24] Homes with fractions of people and equal numbers of them, shuffled: the same areas to the last bit."""
    world = town(seed, homes=60)
    rng = np.random.default_rng(seed)
    homes = {key: dataclasses.replace(place, pop=round(place.pop / 7, 2)) for key, place in world.homes.items()}
    keys = rng.permutation(list(homes)).tolist()
    shuffled = dataclasses.replace(world, homes={key: homes[key] for key in keys})
    plain = _asked(dataclasses.replace(world, homes=homes), island_nodes=0)
    _same(blind_spots(plain, radius_m=200.0), blind_spots(_asked(shuffled, island_nodes=0), radius_m=200.0))


def test_the_demo_tells_of_everybody() -> None:
    from coverage.study import request_of
    from layers.workspace import open_demo

    result = run(request_of(open_demo()))
    spots = blind_spots(result)
    assert spots.areas["people"].sum() == result.summary["beyond"] + result.summary["no_road"]
    assert spots.areas["adds"].iloc[0] > 0
