"""[row 17] Meals in two steps, worked out by hand: driving at 20 km/h on residential streets, walking 1.25 m/s."""

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np
import pytest

from coverage.meals import KITCHEN_MINUTES, MealService, MealWay, meal_service
from coverage.network import build_network
from layers.layer import Layer
from tests.builders import XY, Place, Road, demand, facilities, parameters, roads, row_of

STREET = [(0, 0), (9000, 0)]
#: 20 km/h: 1 km in 3 minutes.
WAY = MealWay(
    parameters(profile="drive", minutes=(9,), island_nodes=0),
    parameters(profile="adult", minutes=(10,), island_nodes=0, direction="from"),
)


def served(
    kitchens: Mapping[str, XY],
    points: Mapping[str, XY],
    homes: Mapping[str, Place],
    meals: Mapping[str, float | None] | None = None,
    streets: Sequence[Road | list[XY]] = (STREET,),
    way: MealWay = WAY,
) -> MealService:
    network = build_network(roads(*streets))
    layers = [cooking(places, meals or {}) for places in (kitchens, points)]
    return meal_service(network, *layers, demand(homes), way)


def cooking(places: Mapping[str, XY], meals: Mapping[str, float | None]) -> Layer:
    if not places:
        some = facilities({"none": (0, 0)})
        return dataclasses.replace(some, frame=some.frame.iloc[:0])
    layer = facilities(dict(places))
    column = np.array([meals.get(key) for key in places], dtype=np.float64)
    return dataclasses.replace(layer, frame=layer.frame.assign(meals_per_day=column))


def test_row_17_a_home_is_covered_only_through_a_point_that_a_kitchen_reaches() -> None:
    """The kitchen at 0 reaches P at 2 km in 6 min, not Q at 6 km. 750 m on foot are 10 minutes."""
    homes = {
        "a": Place((2750, 0), pop=10),  # 750 m from P
        "b": Place((2751, 0), pop=20),  # 751 m from P: no point
        "c": Place((6100, 0), pop=30),  # beside Q, which no kitchen reaches
        "d": Place((2000, 2000), pop=40),  # no road
    }
    answer = served({"K": (0, 0)}, {"P": (2000, 0), "Q": (6000, 0)}, homes)
    assert answer.points[["point_id", "status", "kitchen_id"]].to_numpy().tolist() == [
        ["P", "supplied", "K"],
        ["Q", "no_kitchen", None],
    ]
    assert answer.points["kitchen_minutes"].tolist()[0] == pytest.approx(6, abs=1e-5)
    assert answer.homes["status"].tolist() == ["covered", "no_point", "no_kitchen", "no_road"]
    assert answer.totals == {"covered": 10, "no_kitchen": 30, "no_point": 20, "no_road": 40, "all": 100}
    assert answer.share == 0.1
    first = row_of(answer.homes, "a", "demand_id")
    assert (first["point_id"], first["kitchen_id"]) == ("P", "K")
    assert first["total_minutes"] == pytest.approx(16, abs=1e-5)
    assert {finding.code for finding in answer.findings} >= {"points_without_kitchen"}


def test_a_home_takes_the_nearest_point_that_has_a_kitchen_past_one_that_has_none() -> None:
    """R is next door but no kitchen drives there: over the footpath only; P is 500 m off and serves."""
    streets = [[(0, 0), (3000, 0)], Road([(3000, 0), (3400, 0)], highway="footway")]
    homes = {"a": Place((2900, 0), pop=1)}
    answer = served({"K": (1000, 0)}, {"R": (3390, 600), "P": (2400, 0)}, homes, streets=streets)
    assert answer.points["status"].tolist() == ["no_road", "supplied"]
    assert row_of(answer.homes, "a", "demand_id")["point_id"] == "P"


def test_meals_are_driven_from_the_kitchen_along_one_way_streets() -> None:
    """The one-way street leads from the kitchen to the point: 2 km there. The other way round nobody gets there."""
    for oneway, status in ((1, "supplied"), (-1, "no_kitchen")):
        way = [Road([(0, 0), (2000, 0)], oneway=oneway)]
        answer = served({"K": (0, 0)}, {"P": (2000, 0)}, {"a": Place((2000, 0))}, streets=way)
        assert answer.points["status"].tolist() == [status]
        assert answer.homes["status"].tolist() == ["covered" if oneway == 1 else "no_kitchen"]


def test_what_a_kitchen_cooks_against_what_its_points_serve() -> None:
    """K cooks 100 for points of 60, 50 and one that does not say: 10 too few. L does not say; M cooks 0, for none."""
    kitchens = {"K": (0, 0), "L": (8000, 0), "M": (4500, 4000)}
    points = {"P": (500, 0), "Q": (1000, 0), "R": (1500, 0), "S": (8500, 0)}
    meals = {"K": 100.0, "L": None, "M": 0.0, "P": 60.0, "Q": 50.0, "R": None, "S": 70.0}
    homes = {"a": Place((520, 0), pop=3), "b": Place((1480, 0), pop=4), "c": Place((8600, 0), pop=5)}
    answer = served(kitchens, points, homes, meals)
    table = answer.kitchens.set_index("kitchen_id")
    assert table[["points", "points_meals", "points_blank", "weight"]].to_numpy().tolist() == [
        [3, 110, 1, 7],
        [1, 70, 0, 5],
        [0, 0, 0, 0],
    ]
    assert table.loc["K", "spare"] == -10
    assert np.isnan(table.loc["L", "spare"])
    assert table.loc["M", "spare"] == 0
    codes = [finding.code for finding in answer.findings]
    assert codes == ["kitchen_cooks_too_little", "kitchens_without_meals", "points_without_meals"]
    assert answer.points["weight"].tolist() == [3, 0, 4, 5]


def test_no_kitchen_no_point_no_people() -> None:
    """[T24, T27] Nothing is covered without kitchens or points; nobody to count is no share."""
    homes = {"a": Place((0, 0), pop=2), "b": Place((5000, 0), pop=3)}
    without = served({}, {"P": (0, 0)}, homes)
    assert without.totals == {"covered": 0, "no_kitchen": 2, "no_point": 3, "no_road": 0, "all": 5}
    assert served({"K": (0, 0)}, {}, homes).totals["no_point"] == 5
    assert served({"K": (0, 0)}, {"P": (0, 0)}, {"a": Place((0, 0), pop=0)}).share is None


def test_the_defaults_are_ours() -> None:
    way = MealWay()
    assert (KITCHEN_MINUTES, way.to_point.minutes, way.to_point.profile) == (30, (30,), "drive")
    assert (way.to_home.minutes, way.to_home.profile, way.to_home.direction) == ((15,), "ebike", "from")
