"""Laws of co-location, two-step meals, tiers, lines and circles on random towns; networkx as the judge."""

import dataclasses
import math

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from coverage import gaps
from coverage.colocation import Beside, co_location
from coverage.cross_boundary import cross_boundary, flows
from coverage.meals import MealWay, meal_service
from coverage.request import Request
from coverage.run import run
from coverage.standards import circle_and_time
from coverage.tiers import check_tiers
from geo.crs import geodesic_m
from layers.layer import Layer
from tests.builders import Place, facilities, parameters, units
from tests.oracle import Oracle, coordinates
from tests.worlds import SEEDS, STEP, World, town

#: Two boxes over a town, a part of it outside of both.
HALF = 2.2 * STEP
BOXES = {"990101": (-300.0, -300.0, HALF, 900.0), "990102": (HALF, -300.0, 900.0, 600.0)}
FEW = settings(max_examples=15)


def shuffled(layer: Layer, seed: int) -> Layer:
    order = np.random.default_rng(seed).permutation(len(layer.frame))
    return dataclasses.replace(layer, frame=layer.frame.iloc[order].reset_index(drop=True))


def as_sites(world: World, prefix: str, start: int, stop: int) -> Layer:
    """Some of the homes of a town as facilities."""
    homes = list(world.homes.items())[start:stop]
    return facilities({f"{prefix}{key}": Place(place.xy) for key, place in homes}, world.origin)


@FEW
@given(SEEDS, st.sampled_from([0.0, 120.0, 300.0, 900.0]))
def test_metres_beside_are_those_of_networkx(seed: int, within_m: float) -> None:
    """On plain streets an adult walks 1.25 m/s everywhere: the judge's seconds are metres."""
    world = town(seed, side=4, homes=16, plain=True, on_roads=True)
    rooms, clinics = as_sites(world, "A", 0, 10), as_sites(world, "B", 10, 16)
    asked = parameters(island_nodes=0, max_snap_m=140)
    found = co_location(world.network(), rooms, clinics, Beside(within_m, report_m=5000), asked)
    oracle = Oracle(world.roads(), asked)
    times = oracle.times_s(coordinates(rooms.frame), coordinates(clinics.frame), 5000 / 1.25)
    metres = times.seconds * 1.25
    here, there = coordinates(rooms.frame), coordinates(clinics.frame)
    for row, snap in enumerate(times.origin_snaps):
        answer = found.table.iloc[row]
        best = np.nanmin(metres[row]) if np.isfinite(metres[row]).any() else math.nan
        same_point = bool((geodesic_m(np.repeat(here[row : row + 1], len(there), axis=0), there) == 0).any())
        assert (answer["status"] == "no_road") == (snap is None and not same_point)
        assert np.isclose(answer["metres"], best, atol=0.006, equal_nan=True)
        if not same_point and snap is not None and not abs(best - within_m) < 1e-3:
            assert (answer["status"] == "yes") == bool(best <= within_m)
    assert found.yes + found.no + found.no_road == len(rooms.frame)


@FEW
@given(SEEDS, st.sampled_from([100.0, 300.0]))
def test_p3_a_clinic_more_takes_nobody_away_and_more_metres_add(seed: int, within_m: float) -> None:
    """[P3] Whoever stands beside one of some clinics does so beside one of more, and within more metres."""
    world = town(seed, homes=24)
    rooms, clinics = as_sites(world, "A", 0, 12), as_sites(world, "B", 12, 20)
    fewer = dataclasses.replace(clinics, frame=clinics.frame.iloc[:4])
    network, asked = world.network(), parameters(island_nodes=0)
    few, more, wide = (
        co_location(network, rooms, layer, Beside(metres), asked).table
        for layer, metres in ((fewer, within_m), (clinics, within_m), (clinics, 2 * within_m))
    )
    assert set(few[few["status"] == "yes"]["facility_id"]) <= set(more[more["status"] == "yes"]["facility_id"])
    assert set(more[more["status"] == "yes"]["facility_id"]) <= set(wide[wide["status"] == "yes"]["facility_id"])
    assert ((more["metres"] <= few["metres"]) | few["metres"].isna()).all()


@FEW
@given(SEEDS, SEEDS)
def test_the_order_of_rows_decides_nothing(seed: int, order: int) -> None:
    """[D24, P7] Co-location and meals: the same answer for each id, whatever the order of every layer."""
    world = town(seed, homes=24)
    rooms, clinics = as_sites(world, "A", 0, 8), as_sites(world, "B", 8, 20)
    network, asked = world.network(), parameters(island_nodes=0)
    one = co_location(network, rooms, clinics, Beside(200), asked).table
    other = co_location(network, shuffled(rooms, order), shuffled(clinics, order), Beside(200), asked).table
    by_id = other.set_index("facility_id").loc[one["facility_id"]].reset_index()
    pd.testing.assert_frame_equal(by_id, one, check_dtype=False)
    way = MealWay(parameters(profile="drive", minutes=(2,)), parameters(minutes=(3,), direction="from"))
    meals = meal_service(network, clinics, rooms, world.demand(), way)
    again = meal_service(
        network, shuffled(clinics, order), shuffled(rooms, order), shuffled(world.demand(), order), way
    )
    assert again.totals == meals.totals
    for name, key in (("kitchens", "kitchen_id"), ("points", "point_id"), ("homes", "demand_id")):
        left, right = getattr(meals, name), getattr(again, name)
        pd.testing.assert_frame_equal(right.set_index(key).loc[left[key]].reset_index(), left, check_dtype=False)


@FEW
@given(SEEDS, st.sampled_from([0.5, 1.5, 4.0]), st.sampled_from([1.0, 3.0]))
def test_meals_add_up_and_a_kitchen_more_takes_nothing_away(seed: int, drive: float, walk: float) -> None:
    """[P1, P3] The four parts are all people; whoever is covered has both steps within their minutes."""
    world = town(seed, homes=30)
    points, kitchens = as_sites(world, "P", 0, 6), as_sites(world, "K", 6, 9)
    fewer = dataclasses.replace(kitchens, frame=kitchens.frame.iloc[:2])
    way = MealWay(parameters(profile="drive", minutes=(drive,)), parameters(minutes=(walk,), direction="from"))
    homes, network = world.demand(), world.network()
    all_of_them = meal_service(network, kitchens, points, homes, way)
    less = meal_service(network, fewer, points, homes, way)
    for answer in (all_of_them, less):
        totals = dict(answer.totals)
        assert totals.pop("all") == sum(totals.values()) == gaps.total(homes.frame["pop"].to_numpy())
        covered = answer.homes[answer.homes["status"] == "covered"]
        assert (covered["home_minutes"] <= walk + 1e-6).all()
        assert (covered["kitchen_minutes"] <= drive + 1e-6).all()
        assert np.allclose(covered["total_minutes"], covered["home_minutes"] + covered["kitchen_minutes"], atol=1e-6)
        assert answer.homes[answer.homes["status"] != "covered"]["point_id"].isna().all()
        assert answer.kitchens["weight"].sum() == totals["covered"] == answer.points["weight"].sum()
    assert less.totals["covered"] <= all_of_them.totals["covered"]


@FEW
@given(SEEDS, st.sampled_from([1.0, 3.0]))
def test_meals_are_the_main_job_done_twice(seed: int, walk: float) -> None:
    """Homes are covered as the main job says with the supplied points as its facilities."""
    world = town(seed, homes=30)
    points, kitchens = as_sites(world, "P", 0, 6), as_sites(world, "K", 6, 9)
    way = MealWay(parameters(profile="drive", minutes=(1.5,)), parameters(minutes=(walk,), direction="from"))
    network = world.network()
    meals = meal_service(network, kitchens, points, world.demand(), way)
    supplied = (meals.points["status"] == "supplied").to_numpy()
    layer = dataclasses.replace(points, frame=points.frame[supplied].reset_index(drop=True))
    result = run(Request(network, layer, world.demand(), None, way.to_home))
    assert (meals.homes["status"] == "covered").tolist() == (result.demand["status"] == "covered").tolist()
    covered = (meals.homes["status"] == "covered").to_numpy()
    assert meals.homes["point_id"][covered].tolist() == result.demand["facility_id"][covered].tolist()


@FEW
@given(SEEDS, st.sampled_from([1.0, 4.0]))
def test_p1_t23_the_pairs_of_units_are_all_who_are_covered(seed: int, minutes: float) -> None:
    """[P1, P3, T23] Sums over lines equal the totals exactly; neighbours' facilities never lower what is covered."""
    world = town(seed, sites=6, homes=40)
    asked = parameters(minutes=(minutes,), max_snap_m=60)
    layer = units(BOXES, world.origin)
    result = run(Request(world.network(), world.facilities(), world.demand(), layer, asked))
    covered = result.summary["covered"][f"{minutes:g}"]
    assert sum(flows(result)["weight"]) == covered
    for own in ({"990101"}, {"990102"}, {"990101", "990102"}):
        ledger = cross_boundary(result, own)
        parts = ledger.cases[["covered", "beyond", "no_road"]].sum(axis=1)
        assert parts.tolist() == ledger.cases["people"].tolist()
        case = ledger.cases.set_index("facilities")["covered"]
        assert case["own"] <= case["all"]
        here = result.units.set_index("unit_code").loc[sorted(own)]
        assert case["all"] == here[f"covered_{minutes:g}"].sum()
        assert ledger.cases["people"].iloc[0] == here["weight"].sum()
        crossing = ledger.lines[["a_to_b", "b_to_a"]].to_numpy().sum()
        stays = ledger.pairs[ledger.pairs["home_unit"] == ledger.pairs["facility_unit"]]["weight"].sum()
        assert crossing + stays == covered
        assert ledger.out + ledger.into <= crossing


@FEW
@given(SEEDS, st.sampled_from([0.0, 150.0, 400.0, 5000.0]))
def test_circle_and_time_are_four_parts_of_all(seed: int, radius_m: float) -> None:
    """[P1] The parts add up, by unit too; the time is that of the main job, the circle that of plain distances."""
    world = town(seed, homes=30)
    result = run(
        Request(
            world.network(), world.facilities(), world.demand(), units(BOXES, world.origin), parameters(minutes=(2, 5))
        )
    )
    for minutes in (2, 5):
        found = circle_and_time(result, radius_m, minutes)
        assert found.both + found.circle_only + found.time_only + found.neither == found.people
        assert (found.both + found.circle_only, found.both + found.time_only) == (found.circle, found.in_time)
        assert found.in_time == result.summary["covered"][str(minutes)]
        assert found.by_unit.drop(columns="unit_code").sum().to_dict() == {
            name: getattr(found, name) for name in found.by_unit.columns[1:]
        }
    here, there = coordinates(world.demand().frame), coordinates(world.facilities().frame)
    nearest = [min(geodesic_m(np.repeat(home[None], len(there), axis=0), there)) for home in here]
    assert found.per_row["in_circle"].tolist() == [bool(m <= radius_m + 1e-6) for m in nearest]


@given(st.data())
def test_who_is_linked_reaches_the_top_by_its_parents(data: st.DataObject) -> None:
    """Any links at all: it ends, and linked are those whose parents go up tier by tier to the top."""
    count = data.draw(st.integers(1, 9))
    ids = [f"F{i}" for i in range(count)]
    tiers = data.draw(st.lists(st.sampled_from(["县", "乡", "村", "?"]), min_size=count, max_size=count))
    parents = data.draw(st.lists(st.sampled_from([*ids, "gone", None]), min_size=count, max_size=count))
    layer = facilities({key: Place((10.0 * i, 0)) for i, key in enumerate(ids)})
    layer = dataclasses.replace(layer, frame=layer.frame.assign(tier=tiers, parent_id=parents))
    area = units({"99": (-10, -10, 500, 10)})
    check = check_tiers(layer, dataclasses.replace(area, frame=area.frame.assign(level="county")))
    tier, parent = dict(zip(ids, tiers, strict=True)), dict(zip(ids, parents, strict=True))
    for row in check.links.itertuples():
        chain = [row.facility_id]
        while parent[chain[-1]] in tier and len(chain) < 4:
            chain.append(parent[chain[-1]])
        words = [tier[key] for key in chain]
        whole = words in (["县"], ["乡", "县"], ["村", "乡", "县"]) and parent[chain[-1]] is None
        assert row.top_id == (chain[-1] if whole else None)
        assert (row.facility_id in _own_parents(row.facility_id, parent)) == ("loop" in row.faults.split())
    assert len(check.findings) >= sum(bool(f) for f in check.links["faults"])


def _own_parents(key: str, parent: dict[str, str | None]) -> set[str | None]:
    seen: set[str | None] = set()
    at = parent[key]
    while at is not None and at not in seen:
        seen.add(at)
        at = parent.get(at)
    return seen
