"""Laws of the assignment, and other ways to the same answer: brute force, one person at a time, a min-cost flow."""

import dataclasses
import itertools
import math

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coverage.assignment import Assignment, assign
from coverage.pairs import PairTimes, pairs_of_result
from coverage.patches import AddFacility
from coverage.run import run
from layers.layer import Layer
from tests.builders import at, units
from tests.worlds import PROFILE, STEP, World, towns

MODELS = ("nearest", "optimal")


def case(seed: int, places: int, sites: int, most: int, room: int) -> tuple[np.ndarray, np.ndarray, PairTimes]:
    """Some places and facilities, a share of the pairs within reach, whole seconds with many ties."""
    rng = np.random.default_rng(seed)
    seconds = rng.integers(1, 40, (sites, places)).astype(float)
    facility, place = np.nonzero(rng.random((sites, places)) < 0.6)
    capacity = rng.integers(0, room + 1, sites).astype(float)
    capacity[rng.random(sites) < 0.1] = np.nan
    return (
        rng.integers(0, most + 1, places).astype(float),
        capacity,
        PairTimes(facility, place, seconds[facility, place]),
    )


def check_books(weights: np.ndarray, capacity: np.ndarray, pairs: PairTimes, made: Assignment) -> None:
    """What must hold of any assignment [T22, T26, D22]."""
    within = np.isin(np.arange(len(weights)), pairs.place)
    np.testing.assert_array_equal(made.within, within)
    np.testing.assert_array_equal(made.served + made.full, np.where(within, weights, 0))
    room = np.nan_to_num(capacity)
    assert (made.assigned <= room).all()
    np.testing.assert_array_equal(made.assigned + made.free, capacity)
    np.testing.assert_array_equal(np.bincount(made.flows.place, made.weight, len(weights)), made.served)
    np.testing.assert_array_equal(np.bincount(made.flows.facility, made.weight, len(capacity)), made.assigned)
    assert math.fsum(made.served) == math.fsum(made.assigned)
    # Full means full: no facility within reach of somebody who is left has room.
    left = made.full[pairs.place] > 0
    assert not np.nan_to_num(made.free)[pairs.facility[left]].any()
    allowed = set(zip(pairs.facility.tolist(), pairs.place.tolist(), strict=True))
    used = list(zip(made.flows.facility.tolist(), made.flows.place.tolist(), strict=True))
    assert set(used) <= allowed
    assert len(used) == len(set(used))


def person_by_person(weights: np.ndarray, capacity: np.ndarray, pairs: PairTimes) -> list[tuple[int, int]]:
    """Nearest first with plain Python: again and again the shortest way that one more person can go."""
    left, free = weights.astype(int).tolist(), np.nan_to_num(capacity).astype(int).tolist()
    ways = list(zip(pairs.seconds.tolist(), pairs.facility.tolist(), pairs.place.tolist(), strict=True))
    gone = []
    while possible := [way for way in ways if left[way[2]] and free[way[1]]]:
        _, facility, place = min(possible)
        left[place] -= 1
        free[facility] -= 1
        gone.append((facility, place))
    return gone


@given(st.integers(0, 10**6), st.integers(1, 6), st.integers(1, 4))
def test_nearest_first_is_what_one_person_at_a_time_gives(seed: int, places: int, sites: int) -> None:
    weights, capacity, pairs = case(seed, places, sites, most=4, room=6)
    made = assign(weights, capacity, pairs, "nearest")
    check_books(weights, capacity, pairs, made)
    gone = person_by_person(weights, capacity, pairs)
    flows = {(f, p): w for f, p, w in zip(made.flows.facility, made.flows.place, made.weight, strict=True)}
    assert flows == {pair: gone.count(pair) for pair in set(gone)}


def best_by_force(weights: np.ndarray, capacity: np.ndarray, pairs: PairTimes) -> tuple[int, float]:
    """Most served and then least time over all ways to send each person somewhere or nowhere."""
    people = [place for place, count in enumerate(weights.astype(int)) for _ in range(count)]
    choices = [
        [(-1, 0.0)] + [(f, s) for f, p, s in zip(*map(np.ndarray.tolist, pairs), strict=True) if p == place]
        for place in people
    ]
    room, best = np.nan_to_num(capacity), (0, 0.0)
    for chosen in itertools.product(*choices):
        going = [f for f, _ in chosen if f >= 0]
        if all(going.count(f) <= room[f] for f in set(going)):
            best = min(best, (-len(going), sum(s for _, s in chosen)))
    return -best[0], best[1]


@given(st.integers(0, 10**6))
def test_optimal_is_what_brute_force_finds(seed: int) -> None:
    weights, capacity, pairs = case(seed, places=3, sites=3, most=2, room=3)
    made = assign(weights, capacity, pairs, "optimal")
    check_books(weights, capacity, pairs, made)
    assert (made.served.sum(), made.person_s) == best_by_force(weights, capacity, pairs)


@pytest.mark.parametrize("seed", range(12))
def test_optimal_is_a_min_cost_flow(seed: int) -> None:
    """Sixty places, eight facilities, an independent solver: as many served, in as little time."""
    weights, capacity, pairs = case(seed, places=60, sites=8, most=30, room=100)
    made = assign(weights, capacity, pairs, "optimal")
    check_books(weights, capacity, pairs, made)
    graph = nx.DiGraph()
    for place, count in enumerate(weights.astype(int).tolist()):
        graph.add_edge("source", ("place", place), capacity=count, weight=0)
    for facility, room in enumerate(np.nan_to_num(capacity).astype(int).tolist()):
        graph.add_edge(("site", facility), "sink", capacity=room, weight=0)
    for facility, place, seconds in zip(*map(np.ndarray.tolist, pairs), strict=True):
        graph.add_edge(("place", place), ("site", facility), weight=int(seconds))
    flow = nx.max_flow_min_cost(graph, "source", "sink")
    assert made.served.sum() == sum(flow["source"].values())
    assert made.person_s == nx.cost_of_flow(graph, flow)
    # Nearest first serves no more, and optimal is never worse.
    assert assign(weights, capacity, pairs, "nearest").served.sum() <= made.served.sum()


@given(st.integers(0, 10**6), st.sampled_from(MODELS))
def test_p7_the_order_of_pairs_decides_nothing(seed: int, model: str) -> None:
    weights, capacity, pairs = case(seed, places=8, sites=4, most=9, room=20)
    base = assign(weights, capacity, pairs, model)
    mixed = assign(weights, capacity, pairs.take(np.random.default_rng(seed).permutation(len(pairs.place))), model)
    np.testing.assert_array_equal(base.weight, mixed.weight)
    for one, other in zip(base.flows, mixed.flows, strict=True):
        np.testing.assert_array_equal(one, other)


@given(st.integers(0, 10**6), st.integers(0, 30))
def test_p3_one_more_facility_never_lowers_who_is_served(seed: int, room: int) -> None:
    """The optimal model. (Nearest first may serve fewer: the new one draws people whom another would have taken.)"""
    weights, capacity, pairs = case(seed, places=10, sites=4, most=9, room=20)
    last = pairs.facility == 3
    fewer = assign(weights, capacity[:3], pairs.take(~last), "optimal")
    more = assign(weights, np.append(capacity[:3], room), pairs, "optimal")
    assert more.served.sum() >= fewer.served.sum()
    roomier = assign(weights, np.append(capacity[:3], room + 5), pairs, "optimal")
    assert roomier.served.sum() >= more.served.sum()


@given(st.integers(0, 10**6), st.sampled_from(MODELS), st.floats(0.001, 1000))
def test_t26_fractions_of_people_add_up(seed: int, model: str, unit: float) -> None:
    """Forecasts and shares are no whole numbers: to one part in a thousand million, and whole rows stay whole."""
    weights, capacity, pairs = case(seed, places=8, sites=4, most=9, room=20)
    weights, capacity = weights * unit / 3, capacity * unit / 7
    made = assign(weights, capacity, pairs, model)
    within = np.isin(np.arange(len(weights)), pairs.place)
    np.testing.assert_allclose(made.served + made.full, np.where(within, weights, 0), rtol=1e-9)
    assert math.fsum(made.assigned) == pytest.approx(math.fsum(made.served), rel=1e-9)
    assert (made.assigned <= np.nan_to_num(capacity) * (1 + 1e-9)).all()
    served, whole = made.served.sum(), assign(np.rint(weights * 21 / unit), np.rint(capacity * 21 / unit), pairs, model)
    assert served == pytest.approx(whole.served.sum() * unit / 21, rel=1e-7)
    # Nobody is a millionth of a person: a place has room for all, or for some, or for none.
    parts = made.full[made.full > 0] / weights[made.full > 0]
    assert (parts > 1e-9).all()


# ---------------------------------------------------------------------- in a run
def with_places(world: World, seed: int) -> Layer:
    layer = world.facilities()
    rooms = np.random.default_rng(seed).integers(0, 120, len(layer.frame)).astype(float)
    return dataclasses.replace(layer, frame=layer.frame.assign(places=rooms))


@settings(max_examples=15)
@given(towns(), PROFILE, st.sampled_from(MODELS), st.integers(0, 99))
def test_p1_t26_served_full_beyond_and_no_road_are_all(world: World, profile: str, model: str, seed: int) -> None:
    """Exactly, in the whole, by unit and by row; who has nothing within reach is who has none without capacity."""
    half = 2.5 * STEP
    boxes = units({"990101": (-400, -400, half, 2000), "990102": (half, -400, 2000, half)})
    asked = {"profile": profile, "minutes": (2, 6)}
    plain = dataclasses.replace(world.request(**asked), units=boxes, facilities=with_places(world, seed))
    chosen = dataclasses.replace(plain.parameters, capacity="places", assign=model)
    base, result = run(plain), run(dataclasses.replace(plain, parameters=chosen))
    summary, total = result.summary, sum(place.pop for place in world.homes.values())
    assert summary["covered"]["6"] + summary["full"] + summary["beyond"] + summary["no_road"] == total
    assert [summary[key] for key in ("beyond", "no_road")] == [base.summary[key] for key in ("beyond", "no_road")]
    assert summary["capacity"]["within_reach"] == base.summary["covered"]
    assert summary["covered"]["2"] <= summary["covered"]["6"] <= base.summary["covered"]["6"]
    table, demand = result.units, result.demand
    for column, value in (("covered_2", summary["covered"]["2"]), ("covered_6", summary["covered"]["6"])):
        assert table[column].sum() == value
    assert table["full"].sum() == summary["full"]
    assert (table["covered_6"] + table["full"] + table["no_road"] <= table["weight"]).all()
    reached = demand["status"].isin(["covered", "full"])
    assert (demand["served"] + demand["full"] == demand["weight"].where(reached, 0)).all()
    assert (base.demand["status"].eq("covered") == reached).all()
    assert result.gaps["weight"].sum() == total - summary["covered"]["6"]
    assert result.facilities["assigned"].sum() == summary["covered"]["6"] == result.assignment["weight"].sum()
    assert summary["covered_without_outside"]["6"] <= summary["covered"]["6"] or model == "nearest"


@settings(max_examples=15)
@given(towns(), PROFILE)
def test_pairs_of_a_result_are_those_that_the_run_used(world: World, profile: str) -> None:
    """One engine: the nearest pair of a place is its time in the main job, and its facility."""
    result = run(world.request(profile=profile, minutes=(6,), report_minutes=6))
    pairs = pairs_of_result(result)
    seconds = np.full(len(result.demand), np.inf)
    np.minimum.at(seconds, pairs.place, pairs.seconds)
    minutes = np.where(np.isfinite(seconds), np.round(seconds / 60, 6), np.nan)
    np.testing.assert_array_equal(minutes, result.demand["minutes"].to_numpy(dtype=float))
    assert (np.isfinite(seconds) == (result.demand["status"] == "covered")).all()


@settings(max_examples=5)
@given(towns(), st.floats(-100, 900), st.floats(-100, 900))
def test_p3_a_facility_more_in_a_run(world: World, x_m: float, y_m: float) -> None:
    """A what-if adds a facility; it has no capacity yet, so nobody is served less, and the finding tells of it."""
    request = world.request(minutes=(6,), island_nodes=0)
    request = dataclasses.replace(
        request,
        facilities=with_places(world, 1),
        parameters=dataclasses.replace(request.parameters, capacity="places", assign="optimal"),
    )
    base = run(request)
    more = run(dataclasses.replace(request, patches=(AddFacility("N1", "new", "elder_centre", *at(x_m, y_m)),)))
    assert more.summary["covered"]["6"] == base.summary["covered"]["6"]
    assert more.summary["capacity"]["facilities_unknown"] == 1
    assert "capacity_blank" in {finding.code for finding in more.findings["facilities"]}


@settings(max_examples=5)
@given(towns(), st.sampled_from(MODELS))
def test_p7_the_order_of_rows_decides_nothing(world: World, model: str) -> None:
    """Homes and facilities turned round: the same people at the same facilities."""
    turned = dataclasses.replace(
        world, homes=dict(reversed(world.homes.items())), sites=dict(reversed(world.sites.items()))
    )
    made = []
    for town in (world, turned):
        layer = town.facilities()
        rooms = layer.frame["facility_id"].map({key: 7.0 * n for n, key in enumerate(sorted(town.sites))})
        layer = dataclasses.replace(layer, frame=layer.frame.assign(places=rooms))
        request = dataclasses.replace(town.request(minutes=(2, 6), capacity="places", assign=model), facilities=layer)
        made.append(run(request))
    assert made[0].assignment.equals(made[1].assignment)
    assert made[0].summary["capacity"] == made[1].summary["capacity"]
    tables = [result.demand.set_index("demand_id")[["status", "served", "full"]].sort_index() for result in made]
    assert tables[0].equals(tables[1])
