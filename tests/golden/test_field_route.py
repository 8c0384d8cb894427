"""The way through the stakes: worked out on small roads, and weighed against every order there is."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coverage.legs import legs_between
from coverage.network import Network, build_network
from coverage.request import Parameters
from demarcation import visiting
from demarcation.field_route import field_route
from demarcation.model import Stake
from demarcation.visiting import duration, visiting_order
from geo.errors import RequestError
from tests import builders

WALK = {"profile": "adult", "minutes_per_stake": 0.0}  # 1.25 m/s on the road and beside it


def _network(*lines: builders.Road | list[builders.XY]) -> Network:
    return build_network(builders.roads(*lines))


def _stake(n: int, x: float, y: float = 0.0) -> Stake:
    return Stake(f"990100{n}Q", "9901", n, "Q", place=builders.at(x, y), row=n)


def _numbers(stakes: tuple[Stake, ...]) -> list[int | None]:
    return [stake.serial for stake in stakes]


ROAD = [(-5000.0, 0.0), (5000.0, 0.0)]


def test_along_a_road_one_stake_is_walked_to() -> None:
    # 2 stands 300 m beside the road: from 1 it is 1500 m + 300 m, to 3 it is 300 m + 1500 m, at 1.25 m/s each 24 min.
    stakes = [_stake(1, 0), _stake(3, 3000), _stake(2, 1500, 300)]
    route = field_route(_network(ROAD), stakes, **WALK)
    assert _numbers(tuple(stop.stake for stop in route.stops)) == [1, 2, 3]
    assert [stop.minutes for stop in route.stops] == pytest.approx([0, 24, 24], abs=1e-3)
    assert [stop.road_km for stop in route.stops] == pytest.approx([0, 1.5, 1.5], abs=1e-4)
    assert [stop.walk_m for stop in route.stops] == pytest.approx([0, 300, 0], abs=1e-2)
    assert (route.proven, route.back, route.unreached, route.days) == (True, (), (), 1)
    assert (route.travel_minutes, route.road_km) == pytest.approx((48, 3.0), abs=1e-3)


def test_days_begin_and_end_at_the_start() -> None:
    stakes = [_stake(n, x) for n, x in enumerate((1500, 3000, -1500, -3000), start=1)]
    # 1500 m are 20 min. With 10 min at each stake one side is 20 + 10 + 20 + 10 and 40 back: 100 of 120 minutes.
    route = field_route(
        _network(ROAD), stakes, profile="adult", minutes_per_stake=10, start=builders.at(0, 0), hours_per_day=2
    )
    assert [stop.day for stop in route.stops] == [1, 1, 2, 2]
    assert {frozenset(_numbers(tuple(stop.stake for stop in route.stops[i : i + 2]))) for i in (0, 2)} == {
        frozenset({1, 2}), frozenset({3, 4}),
    }  # fmt: skip
    assert len(route.back) == route.days == 2
    assert (route.travel_minutes, route.road_km) == pytest.approx((160, 12.0), abs=1e-2)


def test_stakes_that_no_road_reaches_are_apart() -> None:
    # The second road is apart from the first; the third stake is 4 km from any; the fourth has no place.
    network = _network(ROAD, [(0.0, 20000.0), (3000.0, 20000.0)])
    stakes = [
        _stake(1, 0),
        _stake(2, 1000),
        _stake(5, 1000, 20000),
        _stake(3, 0, 4000),
        Stake("9901004Q", "9901", 4, "Q"),
    ]
    route = field_route(network, stakes, **WALK)
    assert _numbers(route.unreached) == [3, 4, 5]
    assert len(route.stops) == 2
    assert field_route(network, [], **WALK).stops == ()
    assert _numbers(field_route(network, [stakes[3]], **WALK).unreached) == [3]
    with pytest.raises(RequestError, match="3000"):
        field_route(network, stakes, start=builders.at(0, 9000), **WALK)
    with pytest.raises(RequestError):
        field_route(network, stakes, hours_per_day=0, **WALK)


def test_one_way_streets_there_and_back_differ() -> None:
    # A ring of 4 km, one way: from the first to the second it is 1 km, back 3 km.
    network = _network(builders.Road([(0, 0), (1000, 0), (1000, 1000), (0, 1000), (0, 0)], oneway=1))
    lonlat = np.array([builders.at(500, 0), builders.at(1000, 500)])
    legs = legs_between(network, Parameters(profile="drive", island_nodes=0), lonlat, 1e5)
    assert (legs.metres(0, 1), legs.metres(1, 0)) == pytest.approx((1000, 3000), abs=0.1)
    assert legs.seconds[1, 0] == pytest.approx(3 * legs.seconds[0, 1], rel=1e-4)


def test_the_order_of_rows_decides_nothing() -> None:
    network = _network(ROAD, [(0.0, -3000.0), (0.0, 3000.0)])
    stakes = [
        _stake(n, x, y) for n, (x, y) in enumerate([(900, 0), (-900, 0), (0, 700), (0, -2500), (4000, 0)], start=1)
    ]
    assert field_route(network, stakes, **WALK) == field_route(network, stakes[::-1], **WALK)


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 7), st.integers(0, 10_000), st.booleans())
def test_of_seven_every_order_was_weighed(places: int, seed: int, start: bool) -> None:
    cost = np.random.default_rng(seed).random((places, places))
    order, proven = visiting_order(cost, start=start)
    every = (list(one) for one in itertools.permutations(range(places)) if not start or one[0] == 0)
    assert sorted(order) == list(range(places))
    assert proven
    assert duration(order, cost, back=start) == pytest.approx(min(duration(one, cost, back=start) for one in every))


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10_000))
def test_a_good_order_is_near_to_the_best_and_no_mend_is_left(seed: int) -> None:
    random = np.random.default_rng(seed)
    xy = random.random((11, 2))
    cost = np.hypot(*(xy[:, None] - xy).transpose(2, 0, 1)) * (1 + 0.2 * random.random((11, 11)))
    good, best = visiting._good(cost), visiting._best(cost)
    assert duration(best, cost, back=True) - 1e-9 <= duration(good, cost, back=True)
    assert duration(good, cost, back=True) <= 1.1 * duration(best, cost, back=True)
    # What a mend is said to gain is what it gains.
    first = visiting._nearest_first(cost, 1)
    for gain, changed in (visiting._turned(first, cost), *visiting._moved(first, cost)):
        assert sorted(changed) == list(range(11))
        assert duration(changed, cost, back=True) - duration(first, cost, back=True) == pytest.approx(gain)
    assert not visiting_order(random.random((12, 12)), start=False)[1]
