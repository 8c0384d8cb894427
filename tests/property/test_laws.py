"""Laws that every answer obeys, on random towns [P1 to P8]. Each law is tried where the rule for islands is off.

With that rule a law may rightly break: a new facility on an island keeps its people there (P3), a closed road makes an
island (P4). The cases with the rule on are worked out by hand in ``tests/golden``.
"""

import dataclasses
import math
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from coverage.pairs import pairs_within
from coverage.request import minutes_key
from reports.geojson import write_result
from tests.builders import ORIGIN, XY, Road, figures, parameters, seconds_of, solve, units
from tests.oracle import Oracle, coordinates
from tests.worlds import STEP, World, town, towns

PROFILE = st.sampled_from(["adult", "aided", "ebike", "drive"])
DIRECTION = st.sampled_from(["to", "from"])
#: Seconds that rounding may make where the law says equal.
SAME_S = 1e-6


def minutes(world: World, **asked: object) -> pd.Series:
    """Minutes of the homes by id, as they were before rounding; inf where there are none."""
    result = world.solve(**{"island_nodes": 0, "minutes": (1,), "report_minutes": 60, **asked})
    return pd.Series(seconds_of(result) / 60, index=result.demand["demand_id"]).fillna(math.inf)


# ---------------------------------------------------------------------- P1
@given(towns(), PROFILE, st.sampled_from([0, 5, 50]))
def test_p1_covered_beyond_and_no_road_are_all(world: World, profile: str, island_nodes: int) -> None:
    """Whole people: exactly. By unit too, and the served of all facilities are the covered."""
    half = 2.5 * STEP
    boxes = units({"990101": (-400, -400, half, 2000), "990102": (half, -400, 2000, half)})
    result = solve(
        world.roads(), world.facilities(), world.demand(), boxes,
        profile=profile, island_nodes=island_nodes, minutes=(2, 6),
    )  # fmt: skip
    summary = result.summary
    total = sum(place.pop for place in world.homes.values())
    assert summary["demand_total"] == total
    assert summary["covered"]["6"] + summary["beyond"] + summary["no_road"] == total
    assert result.units["weight"].sum() == total
    for name in ("2", "6"):
        assert result.units[f"covered_{name}"].sum() == summary["covered"][name]
    assert result.units["no_road"].sum() == summary["no_road"]
    assert result.facilities["served"].sum() == summary["covered"]["6"]
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
    summary = dataclasses.replace(world, homes=homes).solve(minutes=(4,)).summary
    total = math.fsum(weights)
    assert summary["demand_total"] == pytest.approx(total, rel=1e-9)
    parts = math.fsum([summary["covered"]["4"], summary["beyond"], summary["no_road"]])
    assert parts == pytest.approx(total, rel=1e-9)


# ---------------------------------------------------------------------- P2
@given(towns(), PROFILE, DIRECTION, st.lists(st.floats(0.3, 12), min_size=2, max_size=4, unique=True))
def test_p2_areas_grow_with_time(world: World, profile: str, direction: str, asked: list[float]) -> None:
    """A longer time never loses a place, in the table, on the roads or in the shape."""
    result = world.solve(profile=profile, direction=direction, minutes=tuple(asked), island_nodes=0)
    covered = [result.summary["covered"][minutes_key(m)] for m in result.request.parameters.minutes]
    assert covered == sorted(covered)
    shapes = result.service_areas.geometry.to_list()
    assert len(shapes) == len(asked)
    for small, large in pairwise(shapes):
        assert small.is_empty or large.buffer(2e-7).covers(small)
    assert all(shape.is_valid for shape in shapes)
    areas = result.service_areas["area_m2"].fillna(0).tolist()
    assert areas == sorted(areas)


@settings(max_examples=20)
@given(towns(), PROFILE, st.floats(1, 6), st.floats(1.01, 3))
def test_p2_coverage_does_not_depend_on_the_other_times(
    world: World, profile: str, first: float, factor: float
) -> None:
    """The figure and the shape of a time are the same alone and in company."""
    alone = world.solve(profile=profile, minutes=(first,), report_minutes=20)
    both = world.solve(profile=profile, minutes=(first, first * factor), report_minutes=20)
    key = minutes_key(first)
    assume(key != minutes_key(first * factor))
    assert alone.summary["covered"][key] == both.summary["covered"][key]
    shapes = [r.service_areas.geometry.iloc[0].normalize() for r in (alone, both)]
    assert shapely.equals_exact(*shapes, 0.0)
    pd.testing.assert_series_equal(alone.demand["minutes"], both.demand["minutes"])


# ---------------------------------------------------------------------- P3
@settings(max_examples=15)
@given(towns(), PROFILE, DIRECTION)
def test_p3_a_further_facility_takes_nothing_away(world: World, profile: str, direction: str) -> None:
    """Leave one out: with it no home is farther than without."""
    assume(len(world.sites) > 1)
    dropped = min(world.sites)
    fewer = dataclasses.replace(world, sites={k: v for k, v in world.sites.items() if k != dropped})
    asked = {"profile": profile, "direction": direction, "minutes": (2, 6)}
    many, few = minutes(world, **asked), minutes(fewer, **asked)
    assert (many <= few + SAME_S / 60).all()
    more = world.solve(**asked, island_nodes=0).summary["covered"]
    less = fewer.solve(**asked, island_nodes=0).summary["covered"]
    assert all(more[key] >= less[key] for key in ("2", "6"))


# ---------------------------------------------------------------------- P4
@settings(max_examples=20)
@given(towns(), PROFILE, DIRECTION, st.data())
def test_p4_closing_a_road_shortens_no_way(world: World, profile: str, direction: str, data: st.DataObject) -> None:
    """A road on which nobody stands is closed, so that all snaps stay."""
    asked = parameters(profile=profile, direction=direction, island_nodes=0)
    oracle = Oracle(world.roads(), asked)
    everyone = np.vstack([coordinates(world.demand().frame), coordinates(world.facilities().frame)])
    stood_on = {s.segment for s in oracle.snap(everyone, np.zeros(len(everyone), dtype=bool)) if s is not None}
    sizes = [len(road.points) - 1 for road in world.streets]
    owner = np.repeat(np.arange(len(sizes)), sizes)
    free = sorted(set(range(len(sizes))) - {int(owner[segment]) for segment in stood_on})
    assume(len(free) > 0)
    closed = data.draw(st.sampled_from(free))
    rest = world.with_streets([road for i, road in enumerate(world.streets) if i != closed])
    before = minutes(world, profile=profile, direction=direction)
    after = minutes(rest, profile=profile, direction=direction)
    assert (after >= before - SAME_S / 60).all()


@given(towns(), st.sampled_from(["adult", "elder75", "ebike", "drive"]), DIRECTION, st.floats(1.0, 4.0))
def test_p4_more_speed_lengthens_no_way(world: World, profile: str, direction: str, factor: float) -> None:
    slow = minutes(world, profile=profile, direction=direction, speed_mps=1.5)
    fast = minutes(world, profile=profile, direction=direction, speed_mps=1.5 * factor)
    assert (fast <= slow + SAME_S / 60).all()


@settings(max_examples=15)
@given(towns(), DIRECTION)
def test_p4_a_higher_limit_lengthens_no_way(world: World, direction: str) -> None:
    """A driver on the same roads, all limited to 10 km/h and then to 40 km/h."""
    slow, fast = (
        world.with_streets([dataclasses.replace(road, maxspeed_kmh=kmh) for road in world.streets])
        for kmh in (10.0, 40.0)
    )
    asked = {"profile": "drive", "direction": direction}
    before, after = minutes(slow, **asked), minutes(fast, **asked)
    assert (after <= before + SAME_S / 60).all()


@settings(max_examples=15)
@given(towns(), PROFILE, DIRECTION)
def test_p4_a_new_road_lengthens_no_way(world: World, profile: str, direction: str) -> None:
    """A road from one corner of the town to another, longer than anyone's way to the nearest street: no snap moves."""
    a, b = world.streets[0].points[0], world.streets[-3].points[0]
    flight = Road([a, (a[0] - 700, a[1] - 700), (b[0] + 700, b[1] - 700), b])
    # It leaves the town at once, so nobody is nearer to it than to a street, unless beside its first metres.
    asked = parameters(profile=profile, island_nodes=0)
    more = world.with_streets([*world.streets, flight])
    everyone = np.vstack([coordinates(world.demand().frame), coordinates(world.facilities().frame)])
    nobody = np.zeros(len(everyone), dtype=bool)
    old = [s and (s.segment, s.share) for s in Oracle(world.roads(), asked).snap(everyone, nobody)]
    new = [s and (s.segment, s.share) for s in Oracle(more.roads(), asked).snap(everyone, nobody)]
    assume(old == new)
    before = minutes(world, profile=profile, direction=direction)
    after = minutes(more, profile=profile, direction=direction)
    assert (after <= before + SAME_S / 60).all()


# ---------------------------------------------------------------------- P5
@settings(max_examples=15)
@given(st.integers(0, 2**32 - 1), PROFILE, st.sampled_from([-27.0, -3.0, 3.0, 9.0]))
def test_p5_three_degrees_east_the_times_are_the_same(seed: int, profile: str, degrees: float) -> None:
    """The ellipsoid is round: the same town on the next central meridian has the same times."""
    here = town(seed, side=4, homes=15)
    there = dataclasses.replace(here, origin=(ORIGIN[0] + degrees, ORIGIN[1]))
    moved, stayed = minutes(there, profile=profile), minutes(here, profile=profile)
    assert (np.isinf(moved) == np.isinf(stayed)).all()
    both = np.isfinite(moved)
    assert (moved[both] - stayed[both]).abs().max() * 60 <= 1e-5 or not both.any()


@settings(max_examples=15)
@given(towns(), PROFILE)
def test_p5_names_decide_nothing(world: World, profile: str) -> None:
    """Homes and facilities with other ids, in another order of ids: the same times."""
    sites = {f"Z{99 - i:02}": place for i, place in enumerate(world.sites.values())}
    homes = {f"H{999 - i:03}": place for i, place in enumerate(world.homes.values())}
    renamed = dataclasses.replace(world, sites=sites, homes=homes)
    asked = {"profile": profile}
    one, other = minutes(world, **asked).to_numpy(), minutes(renamed, **asked).to_numpy()
    assert np.allclose(one, other, rtol=1e-12, atol=1e-12)


# ---------------------------------------------------------------------- P6
def _split(road: Road, share: float) -> Road:
    """The same road with one vertex more on its longest straight piece."""
    points = list(road.points)
    lengths = [math.dist(a, b) for a, b in pairwise(points)]
    k = int(np.argmax(lengths))
    (ax, ay), (bx, by) = points[k], points[k + 1]
    middle: XY = (ax + share * (bx - ax), ay + share * (by - ay))
    return dataclasses.replace(road, points=[*points[: k + 1], middle, *points[k + 1 :]])


@given(towns(), PROFILE, DIRECTION, st.floats(0.05, 0.95))
def test_p6_a_vertex_more_changes_nothing(world: World, profile: str, direction: str, share: float) -> None:
    """Every road gets a vertex on its longest piece, and half of the roads are cut there into two rows."""
    split = [_split(road, share) for road in world.streets]
    pieces: list[Road] = []
    for i, road in enumerate(split):
        if i % 2:
            pieces.append(road)
        else:
            k = len(road.points) // 2
            pieces += [
                dataclasses.replace(road, points=road.points[: k + 1]),
                dataclasses.replace(road, points=road.points[k:]),
            ]
    whole = minutes(world, profile=profile, direction=direction)
    cut = minutes(world.with_streets(pieces), profile=profile, direction=direction)
    assert (np.isinf(whole) == np.isinf(cut)).all()
    both = np.isfinite(whole)
    assert np.allclose(whole[both], cut[both], rtol=1e-6, atol=1e-6 / 60)
    if profile != "drive":
        before, after = (figures(w.roads()) for w in (world, world.with_streets(pieces)))
        assert (before["nodes"], before["edges"]) == (after["nodes"], after["edges"])
        assert before["length_km"] == pytest.approx(after["length_km"], abs=0.0011)


# ---------------------------------------------------------------------- P7 (bytes of files: tests/test_cli)
@settings(max_examples=20)
@given(towns(), PROFILE, DIRECTION, st.randoms(use_true_random=False))
def test_p7_the_order_of_roads_and_facilities_decides_nothing(
    world: World, profile: str, direction: str, random: object
) -> None:
    """Every table of the result is the same to the last bit."""
    streets, sites = list(world.streets), list(world.sites.items())
    random.shuffle(streets)
    random.shuffle(sites)
    other = dataclasses.replace(world, streets=tuple(streets), sites=dict(sites))
    asked = {"profile": profile, "direction": direction, "minutes": (2, 6), "per_facility": True}
    a, b = world.solve(**asked), other.solve(**asked)
    for name in ("demand", "gaps", "service_areas", "service_areas_by_facility", "reached_roads"):
        left, right = getattr(a, name), getattr(b, name)
        assert shapely.equals_identical(left.geometry.to_numpy(), right.geometry.to_numpy()).all(), name
        pd.testing.assert_frame_equal(
            pd.DataFrame(left.drop(columns=left.geometry.name)), pd.DataFrame(right.drop(columns=right.geometry.name))
        )
    key = "facility_id"
    columns = [key, "served", "access_m", "road_status", "moved_from_island"]
    left, right = (pd.DataFrame(r.facilities[columns]).sort_values(key, ignore_index=True) for r in (a, b))
    pd.testing.assert_frame_equal(left, right)


@pytest.mark.parametrize("seed", range(4))
def test_p7_the_files_are_the_same_to_the_byte(seed: int, tmp_path: Path) -> None:
    """Roads, facilities and units in another order; only the table of facilities follows its own input."""
    world = town(seed, side=6, sites=5, homes=30)
    rng = np.random.default_rng(seed)
    sites = list(world.sites.items())
    other = dataclasses.replace(
        world,
        streets=tuple(world.streets[i] for i in rng.permutation(len(world.streets))),
        sites=dict(sites[i] for i in rng.permutation(len(sites))),
    )
    boxes = {"990102": (-400, -400, 300, 2000), "990101": (300, -400, 900, 500), "990103": (300, 500, 900, 2000)}
    turned = dict(reversed(boxes.items()))
    for name, town_, drawn in (("a", world, boxes), ("b", other, turned)):
        (tmp_path / name).mkdir()
        result = solve(
            town_.roads(),
            town_.facilities(),
            town_.demand(),
            units(drawn),
            profile="drive",
            minutes=(1, 3),
            per_facility=True,
        )
        write_result(result, tmp_path / name)
    names = sorted(path.name for path in (tmp_path / "a").iterdir())
    assert len(names) >= 9
    assert names == sorted(path.name for path in (tmp_path / "b").iterdir())
    for name in set(names) - {"facilities.geojson"}:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes(), name


@given(towns(), st.randoms(use_true_random=False))
def test_p7_the_order_of_homes_decides_nothing(world: World, random: object) -> None:
    homes = list(world.homes.items())
    random.shuffle(homes)
    a, b = (w.solve(minutes=(2, 6)) for w in (world, dataclasses.replace(world, homes=dict(homes))))
    assert b.demand["demand_id"].tolist() == [key for key, _ in homes]
    left, right = (
        pd.DataFrame(r.demand.drop(columns=["geometry"])).sort_values("demand_id", ignore_index=True) for r in (a, b)
    )
    pd.testing.assert_frame_equal(left.drop(columns="row", errors="ignore"), right.drop(columns="row", errors="ignore"))
    assert a.summary["covered"] == b.summary["covered"]
    pd.testing.assert_frame_equal(pd.DataFrame(a.gaps), pd.DataFrame(b.gaps))


@given(towns(), st.sampled_from(["adult", "elder75"]))
def test_p7_the_way_a_street_is_drawn_decides_nothing_on_foot(world: World, profile: str) -> None:
    """All streets drawn from the other end: the same to a millionth of a second."""
    turned = [dataclasses.replace(road, points=list(road.points)[::-1]) for road in world.streets]
    a, b = minutes(world, profile=profile), minutes(world.with_streets(turned), profile=profile)
    assert (np.isinf(a) == np.isinf(b)).all()
    both = np.isfinite(a)
    assert not both.any() or (a[both] - b[both]).abs().max() * 60 <= SAME_S


@settings(max_examples=15)
@given(towns(), st.sampled_from(["ebike", "drive"]), DIRECTION)
def test_p7_a_street_and_its_arrow_turned_together(world: World, profile: str, direction: str) -> None:
    """Drawn from the other end and one-way against the drawing is the same street."""
    turned = [dataclasses.replace(road, points=list(road.points)[::-1], oneway=-road.oneway) for road in world.streets]
    a = minutes(world, profile=profile, direction=direction)
    b = minutes(world.with_streets(turned), profile=profile, direction=direction)
    assert (np.isinf(a) == np.isinf(b)).all()
    both = np.isfinite(a)
    assert not both.any() or (a[both] - b[both]).abs().max() * 60 <= SAME_S


# ---------------------------------------------------------------------- P8
@given(towns(), st.sampled_from(["adult", "elder75", "aided"]))
def test_p8_walking_times_are_symmetric(world: World, profile: str) -> None:
    """From a to b as from b to a, for all pairs of homes."""
    asked = parameters(profile=profile, island_nodes=0)
    network, homes = world.network(), world.demand()
    table = pairs_within(network, asked, homes, homes, 20)
    there = {(r.from_id, r.to_id): r.minutes for r in table.itertuples()}
    assert there.keys() == {(b, a) for a, b in there}
    assert max((abs(t - there[b, a]) * 60 for (a, b), t in there.items()), default=0.0) <= SAME_S
    # A home is at its own place: there and back to the road at most, and nothing where it stands on it.
    own = {a: t for (a, b), t in there.items() if a == b}
    assert all(t >= 0 for t in own.values())


@settings(max_examples=20)
@given(towns(), PROFILE)
def test_p8_driving_to_is_driving_from_with_all_arrows_turned(world: World, profile: str) -> None:
    """The general form: turn every one-way street round, and ``to`` becomes ``from``."""
    turned = world.with_streets([dataclasses.replace(road, oneway=-road.oneway) for road in world.streets])
    a, b = minutes(world, profile=profile, direction="to"), minutes(turned, profile=profile, direction="from")
    assert (np.isinf(a) == np.isinf(b)).all()
    both = np.isfinite(a)
    assert not both.any() or (a[both] - b[both]).abs().max() * 60 <= SAME_S


# ---------------------------------------------------------------------- P9
@given(towns(), st.sampled_from(["adult", "drive"]))
def test_p9_no_detour_over_a_third_place_is_shorter(world: World, profile: str) -> None:
    """The time from a to c is at most that from a to b and from b to c."""
    asked = parameters(profile=profile, island_nodes=0)
    homes = world.demand()
    table = pairs_within(world.network(), asked, homes, homes, 40)
    matrix = table.pivot_table(index="from_id", columns="to_id", values="minutes").reindex(
        index=list(world.homes), columns=list(world.homes)
    )
    times = matrix.fillna(math.inf).to_numpy()
    over = times[:, :, None] + times[None, :, :]
    assert (times <= over.min(axis=1) + 3 * SAME_S / 60).all()


def test_towns_differ() -> None:
    """The laws are tried on more than one town."""
    assert town(1).streets != town(2).streets
    assert town(1) == town(1)
