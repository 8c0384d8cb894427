"""Floating catchments: by hand, against plain Python and against another library, and what must hold of any."""

import math

import numpy as np
import pandas as pd
import pytest
from access import fca
from access.weights import step_fn
from hypothesis import given
from hypothesis import strategies as st

from coverage.floating_catchment import PER, access_by_unit, access_of, decays, floating_catchment
from coverage.pairs import PairTimes
from tests.builders import Place, demand, facilities, roads, solve

METHODS = ("2sfca", "e2sfca", "3sfca")
#: Ends of zones in minutes and weights, as the field has them; written here again, not read.
STEPS = {
    "2sfca": {30: 1.0},
    "e2sfca": {10: 1.0, 20: 0.68, 30: 0.22},
    "3sfca": {10: 0.962, 20: 0.704, 30: 0.377, 60: 0.042},
}


def case(seed: int) -> tuple[np.ndarray, np.ndarray, PairTimes]:
    """Places and facilities; some of nobody, some without capacity, some unknown; some times on the end of a zone."""
    rng = np.random.default_rng(seed)
    places, sites = int(rng.integers(1, 12)), int(rng.integers(1, 6))
    minutes = np.where(rng.random((sites, places)) < 0.3, rng.choice([10, 20, 30, 60], (sites, places)), 1.0)
    minutes *= np.where(minutes == 1, rng.uniform(0.1, 70, (sites, places)), 1)
    facility, place = np.nonzero(rng.random((sites, places)) < 0.7)
    capacity = rng.integers(0, 60, sites).astype(float)
    capacity[rng.random(sites) < 0.2] = np.nan
    people = np.where(rng.random(places) < 0.3, 0, rng.uniform(0, 400, places))
    return people, capacity, PairTimes(facility, place, minutes[facility, place] * 60)


def length(method: str) -> int:
    return max(STEPS[method])


def plain(people: list, capacity: list, ways: dict, method: str) -> list:
    """Twenty lines of plain Python; ``ways`` holds minutes by (facility, place), None stands for not known."""
    weight = {}
    for pair, minutes in ways.items():
        weight[pair] = next((w for end, w in STEPS[method].items() if minutes <= end), 0.0)
    if method == "3sfca":
        sums = {i: sum(w for (_, k), w in weight.items() if k == i) for i in range(len(people))}
        weight = {(j, i): w * w / sums[i] for (j, i), w in weight.items() if w}
    share = []
    for j, supply in enumerate(capacity):
        near = sum(w * people[i] for (k, i), w in weight.items() if k == j)
        share.append(supply / near if supply is not None and near else None)
    access = []
    for i in range(len(people)):
        reached = [(share[j], w) for (j, k), w in weight.items() if k == i and w]
        told = [r * w for r, w in reached if r is not None]
        access.append(None if reached and not told else sum(told))
    return access


@given(st.integers(0, 10**6), st.sampled_from(METHODS))
def test_equals_plain_python(seed: int, method: str) -> None:
    people, capacity, pairs = case(seed)
    made = floating_catchment(people, capacity, pairs, length(method), method)
    facility, place, seconds = map(np.ndarray.tolist, pairs)
    ways = {(j, i): s / 60 for j, i, s in zip(facility, place, seconds, strict=True)}
    held = [None if math.isnan(s) else s for s in capacity.tolist()]
    expected = plain(people.tolist(), held, ways, method)
    np.testing.assert_allclose(made.per_person, [np.nan if a is None else a for a in expected], rtol=1e-12, atol=0)


@given(st.integers(0, 10**6), st.sampled_from(METHODS))
def test_p14_t25_access_times_people_is_the_supply_in_use(seed: int, method: str) -> None:
    """To one part in a thousand million; nothing is infinite; who is not known is counted [D21]."""
    people, capacity, pairs = case(seed)
    made = floating_catchment(people, capacity, pairs, length(method), method)
    assert not np.isinf(made.per_person).any()
    assert not np.isinf(made.share).any()
    given_out = math.fsum((made.per_person * people)[~np.isnan(made.per_person)])
    assert given_out == pytest.approx(made.used, rel=1e-9, abs=1e-9)
    assert made.used == pytest.approx(math.fsum(capacity[~np.isnan(made.share)]))
    assert made.places_unknown == np.isnan(made.per_person).sum()
    assert made.nobody_near + made.capacity_unknown == np.isnan(made.share).sum()


def by_access(people: np.ndarray, capacity: np.ndarray, pairs: PairTimes, method: str) -> pd.Series:
    """The same by PySAL access."""
    cost = pd.DataFrame({"origin": pairs.place, "dest": pairs.facility, "cost": pairs.seconds / 60})
    homes = pd.DataFrame({"geoid": np.arange(len(people)), "demand": people}).set_index("geoid")
    supply = pd.DataFrame({"geoid": np.arange(len(capacity)), "supply": capacity}).set_index("geoid")
    solver = fca.three_stage_fca if method == "3sfca" else fca.two_stage_fca
    names = {"demand_index": True, "supply_index": True}
    weight = None if method == "2sfca" else step_fn(STEPS[method])
    if method == "3sfca":
        # It divides by zero where a place has nothing within an hour.
        cost = cost[cost["cost"] <= length(method)].copy()
    return solver(homes, supply, cost, length(method), weight_fn=weight, **names)


@pytest.mark.filterwarnings("ignore:The inplace keyword")  # access asks pandas in a way that is to end
@given(st.integers(0, 10**6), st.sampled_from(METHODS))
def test_equals_the_library_access(seed: int, method: str) -> None:
    """Where somebody lives and all capacities are known: it takes unknown for 0, and divides by nobody."""
    people, capacity, pairs = case(seed)
    people, capacity = people + 1.0, np.nan_to_num(capacity)
    if not (pairs.seconds <= length(method) * 60).any():
        return
    made = floating_catchment(people, capacity, pairs, length(method), method)
    theirs = by_access(people, capacity, pairs, method).reindex(range(len(people))).fillna(0)
    np.testing.assert_allclose(made.per_person, theirs.to_numpy(), rtol=1e-9, atol=1e-15)


@given(st.integers(0, 10**6), st.sampled_from(METHODS))
def test_the_order_of_pairs_decides_nothing(seed: int, method: str) -> None:
    people, capacity, pairs = case(seed)
    mixed = pairs.take(np.random.default_rng(seed).permutation(len(pairs.place)))
    one, other = (floating_catchment(people, capacity, ways, 60, method).per_person for ways in (pairs, mixed))
    np.testing.assert_array_equal(one, other)


# ---------------------------------------------------------------------- by hand
# Two facilities of 10 and 20 beds. Place 0 (100 people) is 4 minutes from F0 and 12 from F1; place 1 (200) 8 from F1.
PEOPLE = np.array([100.0, 200.0])
BEDS = np.array([10.0, 20.0])
WAYS = PairTimes(np.array([0, 1, 1]), np.array([0, 0, 1]), np.array([240.0, 720.0, 480.0]))


def test_two_step_by_hand() -> None:
    """F0: 10 / 100 = 0.1; F1: 20 / 300 = 0.0667. Place 0 has both, place 1 the second: 166.7 and 66.7 per 1,000."""
    made = floating_catchment(PEOPLE, BEDS, WAYS, 15, "2sfca")
    np.testing.assert_allclose(made.per_1000, [166.6666667, 66.6666667])
    assert made.per_1000 @ PEOPLE / PER == pytest.approx(30)


def test_enhanced_by_hand() -> None:
    """Zones of 5, 10, 15: W = 1, 0.22, 0.68. F0: 0.1; F1: 20 / (22 + 136) = 0.126582.

    Place 0: 0.1 + 0.22 x 0.126582 = 0.127848; place 1: 0.68 x 0.126582 = 0.086076.
    """
    made = floating_catchment(PEOPLE, BEDS, WAYS, 15, "e2sfca")
    np.testing.assert_allclose(made.per_1000, [127.8481013, 86.0759494])


def test_three_step_by_hand() -> None:
    """Zones of 10, 20, 30, 60: W = 0.962, 0.704, 0.962. G of place 0: 0.962 / 1.666 and 0.704 / 1.666; of place 1: 1.

    F0: 10 / (100 x 0.555482) = 0.180024; F1: 20 / (100 x 0.297489 + 200 x 0.962) = 0.090028.
    Place 0: 0.1 + 0.297489 x 0.090028 = 0.126782; place 1: 0.962 x 0.090028 = 0.086609.
    """
    made = floating_catchment(PEOPLE, BEDS, WAYS, 60, "3sfca")
    np.testing.assert_allclose(made.per_1000, [126.7823, 86.6089], atol=1e-3)


def test_d21_t25_no_capacity_not_known_and_nobody_near_are_three_things() -> None:
    """F0 has 0 beds: its people have 0. F1 is blank: not known. F2 has nobody near: no share. Place 3 has none: 0."""
    people = np.array([10.0, 10.0, 0.0, 5.0])
    ways = PairTimes(np.array([0, 1, 2]), np.array([0, 1, 2]), np.array([60.0, 60.0, 60.0]))
    made = floating_catchment(people, np.array([0.0, np.nan, 7.0]), ways, 15, "2sfca")
    np.testing.assert_array_equal(made.per_person, [0, np.nan, np.nan, 0])
    np.testing.assert_array_equal(made.share, [0, np.nan, np.nan])
    assert (made.nobody_near, made.capacity_unknown, made.places_unknown, made.used) == (1, 1, 2, 0)
    for people_, beds in (([-1.0], [1.0]), ([np.nan], [1.0]), ([1.0], [-1.0])):
        with pytest.raises(ValueError, match="not negative"):
            floating_catchment(np.array(people_), np.array(beds), ways.take(np.array([0])), 15)


def test_t24_a_unit_of_nobody_has_no_access() -> None:
    """Null, not 0; people whose access is not known are told, and take no part in the mean."""
    people = np.array([100.0, 200.0, 0.0, 50.0])
    ways = PairTimes(np.array([0, 0, 1]), np.array([0, 1, 3]), np.array([60.0, 60.0, 60.0]))
    made = floating_catchment(people, np.array([30.0, np.nan]), ways, 15, "2sfca")
    table = access_by_unit(made, people, np.array(["a", "a", "b", "a"], dtype=object))
    assert table.iloc[0].tolist() == ["a", 350, 50, pytest.approx(100)]
    assert table.iloc[1].tolist()[:3] == ["b", 0, 0]
    assert np.isnan(table["per_1000"].iloc[1])


def test_weights_stretch_with_the_catchment_and_have_a_source() -> None:
    for decay in decays().values():
        assert decay.source
        assert decay.zh
    at_ends = np.array([300.0, 300.01, 600.0, 600.01, 900.0, 900.01])
    assert decays()["luo_qi"].at(at_ends, 15).tolist() == [1, 0.68, 0.68, 0.22, 0.22, 0]


def test_access_of_a_result() -> None:
    """On a street: 10 places, 100 people 100 m away and 100 people 700 m away: 80 s and 560 s, zones of 5, 10, 15 min.

    10 / (100 + 68): 59.52 and 40.48 per 1,000. A third home has no road: not known.
    """
    homes = {"a": Place((100, 0), 100), "b": Place((700, 0), 100), "c": Place((0, 3000), 100)}
    layer = facilities({"F1": (0, 0)})
    layer.frame["places"] = [10.0]
    result = solve(roads([(0, 0), (4000, 0)]), layer, demand(homes), minutes=(5,))
    made = access_of(result, 15)
    np.testing.assert_allclose(made.per_1000, [1000 * 10 / 168, 680 * 10 / 168, np.nan])
    assert made.places_unknown == 1
    narrow = access_of(result)
    np.testing.assert_allclose(narrow.per_1000, [100, 0, np.nan])
