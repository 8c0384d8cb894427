"""Laws of coverage on random towns: who is counted, more time, more facilities, what-ifs [P1 to P3, P16].

Where the rule for islands is on, a law may rightly break: a new facility on an island keeps its people there (P3).
Those cases are worked out by hand in ``tests/golden``.
"""

import dataclasses
import math
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from coverage.patches import AddFacility, CloseFacility, Patch
from coverage.prepared import prepare
from coverage.request import minutes_key
from coverage.result import Result
from coverage.run import run
from tests.builders import at, parameters, units
from tests.worlds import DIRECTION, PROFILE, SAME_S, STEP, World, times_s, town, towns

ISLANDS = st.sampled_from([0, 5, 50])


# ---------------------------------------------------------------------- P1
@given(towns(), PROFILE, ISLANDS)
def test_p1_covered_beyond_and_no_road_are_all(world: World, profile: str, island_nodes: int) -> None:
    """Whole people: exactly. By unit too, and the served of all facilities are the covered."""
    half = 2.5 * STEP
    boxes = units({"990101": (-400, -400, half, 2000), "990102": (half, -400, 2000, half)})
    asked = {"profile": profile, "island_nodes": island_nodes, "minutes": (2, 6)}
    result = run(dataclasses.replace(world.request(**asked), units=boxes))
    summary = result.summary
    total = sum(place.pop for place in world.homes.values())
    assert summary["demand_total"] == total
    assert summary["covered"]["6"] + summary["beyond"] + summary["no_road"] == total
    assert result.units["weight"].sum() == total
    for name in ("2", "6"):
        assert result.units[f"covered_{name}"].sum() == summary["covered"][name]
    assert result.units["no_road"].sum() == summary["no_road"]
    assert result.facilities["served"].sum() == summary["covered"]["6"]
    assert result.gaps["weight"].sum() == summary["beyond"] + summary["no_road"]
    assert len(result.demand) == len(world.homes)
    assert len(result.facilities) == len(world.sites)
    by_status = result.demand.groupby("status")["pop"].sum()
    assert by_status.get("covered", 0) == summary["covered"]["6"]
    assert by_status.get("beyond", 0) == summary["beyond"]


@given(towns(), st.lists(st.floats(min_value=0, max_value=1e6), min_size=15, max_size=15))
def test_p1_fractions_of_people(world: World, weights: list[float]) -> None:
    """Else to one part in a thousand million."""
    homes = {
        key: dataclasses.replace(place, pop=w) for (key, place), w in zip(world.homes.items(), weights, strict=True)
    }
    summary = run(dataclasses.replace(world, homes=homes).request(minutes=(4,))).summary
    total = math.fsum(weights)
    assert summary["demand_total"] == pytest.approx(total, rel=1e-9)
    parts = math.fsum([summary["covered"]["4"], summary["beyond"], summary["no_road"]])
    assert parts == pytest.approx(total, rel=1e-9)


# ---------------------------------------------------------------------- P2
@given(towns(), PROFILE, DIRECTION, ISLANDS, st.lists(st.floats(0.2, 30), min_size=2, max_size=5, unique=True))
def test_p2_more_time_adds_and_times_do_not_depend_on_each_other(
    world: World, profile: str, direction: str, island_nodes: int, asked: list[float]
) -> None:
    """Any times, in any order: who is covered sooner is covered later; each alone is the same as in company.

    That areas are nested is a law of ``test_area_laws.py``.
    """
    given_ = {"profile": profile, "direction": direction, "island_nodes": island_nodes, "report_minutes": 60}
    request = world.request(minutes=tuple(asked), **given_)
    together = run(request)
    alone = run(dataclasses.replace(request, parameters=parameters(minutes=tuple(asked[:1]), **given_)))
    minutes = together.request.parameters.minutes
    covered = [together.summary["covered"][minutes_key(m)] for m in minutes]
    assert covered == sorted(covered)
    within = times_s(together).to_numpy()[:, None] <= np.array(minutes) * 60 + SAME_S
    pops = np.array([place.pop for place in world.homes.values()])
    assert covered == [int(pops[who].sum()) for who in within.T]
    (own,) = alone.request.parameters.minutes
    assert alone.summary["covered"][minutes_key(own)] == together.summary["covered"][minutes_key(own)]
    pd.testing.assert_series_equal(alone.demand["minutes"], together.demand["minutes"])
    shapes = (r.service_areas.geometry[r.service_areas["minutes"] == own].to_numpy() for r in (alone, together))
    assert shapely.equals_identical(*shapes).all()
    sooner = together.reached_roads.geometry[together.reached_roads["minutes"] <= own]
    lengths = (shapely.length(lines.to_numpy()).sum() for lines in (sooner, alone.reached_roads.geometry))
    assert next(lengths) == pytest.approx(next(lengths), rel=1e-9, abs=1e-7)


# ---------------------------------------------------------------------- P3 and P16: what-ifs
def add(key: str, xy: tuple[float, float]) -> AddFacility:
    lon, lat = at(*xy)
    return AddFacility(key, f"new {key}", "elder_centre", lon, lat)


def what_if(base: Result, *patches: Patch) -> Result:
    """The base with some patches, on what was prepared for it."""
    return run(dataclasses.replace(base.request, patches=patches), prepared=prepare(base.request))


def assert_same_answer(one: Result, other: Result) -> None:
    """Every row of the demand, every sum, and the roads that are reached."""
    for name in ("demand", "gaps", "reached_roads"):
        left, right = getattr(one, name), getattr(other, name)
        assert shapely.equals_identical(left.geometry.to_numpy(), right.geometry.to_numpy()).all(), name
        pd.testing.assert_frame_equal(
            pd.DataFrame(left.drop(columns=left.geometry.name)), pd.DataFrame(right.drop(columns=right.geometry.name))
        )
    np.testing.assert_array_equal(times_s(one).to_numpy(), times_s(other).to_numpy())
    for key in ("demand_total", "covered", "covered_without_outside", "beyond", "no_road"):
        assert one.summary[key] == other.summary[key], key


@given(towns(), PROFILE, DIRECTION, st.floats(-100, 900), st.floats(-100, 900))
def test_p3_a_further_facility_takes_nothing_away(
    world: World, profile: str, direction: str, x_m: float, y_m: float
) -> None:
    """With a facility added as a what-if no home is farther; with one closed none is nearer."""
    base = run(world.request(profile=profile, direction=direction, minutes=(2, 6), report_minutes=60, island_nodes=0))
    more = what_if(base, add("N1", (x_m, y_m)))
    less = what_if(base, CloseFacility(min(world.sites)))
    for nearer, farther in pairwise((more, base, less)):
        assert (times_s(nearer) <= times_s(farther) + SAME_S).all()
        for key in ("2", "6"):
            assert nearer.summary["covered"][key] >= farther.summary["covered"][key]


@given(towns(), PROFILE, DIRECTION, ISLANDS, st.floats(-100, 900), st.floats(-100, 900))
def test_p16_a_what_if_is_the_same_as_other_layers(
    world: World, profile: str, direction: str, island_nodes: int, x_m: float, y_m: float
) -> None:
    """One facility added and one closed, as patches, and in the file: one answer to the last bit, islands or not."""
    asked = {"profile": profile, "direction": direction, "minutes": (2, 6), "island_nodes": island_nodes}
    base = run(world.request(**asked))
    gone, *stay = sorted(world.sites)
    patched = what_if(base, add("N1", (x_m, y_m)), CloseFacility(gone))
    other = dataclasses.replace(
        world,
        sites={**{key: world.sites[key] for key in stay}, "N1": dataclasses.replace(world.sites[gone], xy=(x_m, y_m))},
    )
    assert_same_answer(patched, run(other.request(base.request.network, **asked)))
    assert patched.summary["facilities_serving"] == len(world.sites)


@given(towns(), PROFILE, DIRECTION, ISLANDS, st.data())
def test_p16_a_change_and_its_inverse_are_the_base(
    world: World, profile: str, direction: str, island_nodes: int, data: st.DataObject
) -> None:
    """No patch; added and closed again; closed and put up again at the same place under the same kind: the base."""
    asked = {"profile": profile, "direction": direction, "minutes": (2, 6), "island_nodes": island_nodes}
    base = run(world.request(**asked))
    assert_same_answer(what_if(base), base)
    x_m, y_m = data.draw(st.tuples(st.floats(-100, 900), st.floats(-100, 900)))
    assert_same_answer(what_if(base, add("N1", (x_m, y_m)), CloseFacility("N1")), base)
    last = max(world.sites)
    moved_away = what_if(base, CloseFacility(last), add("Z99", world.sites[last].xy))
    assert_same_answer(
        dataclasses.replace(moved_away, demand=moved_away.demand.replace({"facility_id": {"Z99": last}}),
                            gaps=moved_away.gaps.replace({"nearest_facility_id": {"Z99": last}})),
        base,
    )  # fmt: skip


def test_towns_differ() -> None:
    """The laws are tried on more than one town."""
    assert town(1).streets != town(2).streets
    assert town(1) == town(1)
    assert town(1, on_roads=True).homes != town(1).homes
