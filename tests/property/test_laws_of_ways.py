"""Laws of travel times on random towns: closed and new roads, speed, drawing, symmetry, detours [P4 to P6, P8, P9].

Tried where the rule for islands is off: with it a closed road may make an island, and a law may rightly break.
"""

import dataclasses
import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
import shapely
from hypothesis import assume, given
from hypothesis import strategies as st

from coverage.pairs import pairs_within
from coverage.patches import CloseRoad
from coverage.prepared import Prepared, prepare
from coverage.request import Request
from coverage.result import Result
from coverage.run import run
from tests.builders import ORIGIN, XY, Road, at, figures, parameters
from tests.oracle import Oracle, Snap, coordinates
from tests.worlds import DIRECTION, PROFILE, SAME_S, SEEDS, World, times_s, town, towns

ON_FOOT = st.sampled_from(["adult", "elder75", "aided"])


def assert_same_times(one: "pd.Series[float]", other: "pd.Series[float]", within_s: float = SAME_S) -> None:
    """Reached by both or by none, at the same time but for rounding."""
    assert one.index.tolist() == other.index.tolist()
    reached = np.isfinite(one)
    assert (reached == np.isfinite(other)).all()
    assert (one[reached] - other[reached]).abs().max() <= within_s or not reached.any()


# ---------------------------------------------------------------------- P4: closing roads
@dataclass(frozen=True)
class Closing:
    """A town, what was prepared for it, and the middles of some of its streets, whose edges a what-if closes."""

    request: Request
    prepared: Prepared
    spots: npt.NDArray[np.float64]

    @classmethod
    def of(cls, world: World, profile: str, direction: str, streets: list[int]) -> "Closing":
        asked = {"profile": profile, "direction": direction, "minutes": (2, 6), "report_minutes": 60, "island_nodes": 0}
        request = world.request(**asked)
        prepared = prepare(request)
        spots = np.array([at(*_middle(world.streets[k])) for k in sorted(set(streets))])
        near = prepared.snapper.snap(spots).on_road
        assume(near.any())
        return cls(request, prepared, spots[near])

    def of_some(self, world: World) -> "Closing":
        """The same for some of the places."""
        request = dataclasses.replace(self.request, facilities=world.facilities(), demand=world.demand())
        return dataclasses.replace(self, request=request, prepared=prepare(request))

    @property
    def edges(self) -> npt.NDArray[np.int64]:
        return np.unique(self.prepared.snapper.snap(self.spots).edge)

    @property
    def homes_stood(self) -> npt.NDArray[np.bool_]:
        return np.isin(self.prepared.demand.options.nearest.edge, self.edges)

    @property
    def sites_stood(self) -> npt.NDArray[np.bool_]:
        return np.isin(self.prepared.facilities.options.nearest.edge, self.edges)

    def before(self) -> Result:
        return run(self.request, prepared=self.prepared)

    def after(self) -> Result:
        patches = tuple(CloseRoad(float(lon), float(lat)) for lon, lat in self.spots)
        return run(dataclasses.replace(self.request, patches=patches), prepared=self.prepared)

    def covers(self, points: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
        """Which of some points, in degrees, lie on a closed edge; a straight line bends a little when projected."""
        network = self.request.network
        lines = shapely.multilinestrings(network.lines[self.edges])
        near: npt.NDArray[np.bool_] = shapely.distance(lines, shapely.points(network.crs.forward(points))) < 0.01
        return near


def _middle(road: Road) -> XY:
    """The middle of the longest straight piece of a road."""
    a, b = max(pairwise(road.points), key=lambda piece: math.dist(*piece))
    return (a[0] + b[0]) / 2, (a[1] + b[1]) / 2


def closing(world: World, profile: str, direction: str, data: st.DataObject) -> Closing:
    numbers = st.integers(0, len(world.streets) - 1)
    return Closing.of(world, profile, direction, data.draw(st.lists(numbers, min_size=1, max_size=3)))


@given(towns(), PROFILE, DIRECTION, st.data())
def test_p4_a_closed_road_shortens_no_way_and_counts_who_stood_on_it(
    world: World, profile: str, direction: str, data: st.DataObject
) -> None:
    """Who did not stand on it keeps place and access leg, and is never nearer, unless a facility had to move."""
    case = closing(world, profile, direction, data)
    before, after, stood = case.before(), case.after(), case.homes_stood
    told = after.summary["what_if"]
    assert told["edges_closed"] == len(case.edges)
    assert told["demand_on_closed_roads"] == stood.sum()
    assert told["facilities_on_closed_roads"] == case.sites_stood.sum()
    kept = ["access_m", "moved_from_island"]
    pd.testing.assert_frame_equal(before.demand.loc[~stood, kept], after.demand.loc[~stood, kept])
    if not case.sites_stood.any():
        assert (times_s(after)[~stood] >= times_s(before)[~stood] - SAME_S).all()
    # The access legs of the others are no shorter: they had the nearest road.
    assert (after.demand["access_m"][stood].fillna(math.inf) >= before.demand["access_m"][stood]).all()


@given(towns(), PROFILE, DIRECTION, st.data())
def test_p4_closing_roads_is_what_the_oracle_says(
    world: World, profile: str, direction: str, data: st.DataObject
) -> None:
    """The independent oracle closes the same segments, and moves who stood on them to what is nearest then."""
    case = closing(world, profile, direction, data)
    oracle = Oracle(world.roads(), case.request.parameters)
    shut = case.covers((oracle.lonlat[oracle.a] + oracle.lonlat[oracle.b]) / 2)
    closed = oracle.closing(shut)
    everyone = np.vstack([coordinates(case.request.demand.frame), coordinates(case.request.facilities.frame)])
    nobody_leaves = np.ones(len(everyone), dtype=bool)
    first, second = (roads.snap(everyone, nobody_leaves) for roads in (oracle, closed))
    # At a junction of a closed and an open road it is a matter of taste on which of them a place stands.
    ends = {*oracle.vertex[oracle.a[shut]], *oracle.vertex[oracle.b[shut]]}
    snaps = [new if old and shut[old.segment] else old for old, new in zip(first, second, strict=True)]
    doubtful = np.array(
        [bool(old and (old.unsure or _vertex(oracle, old) in ends)) or bool(new and new.unsure)
         for old, new in zip(first, snaps, strict=True)]
    )  # fmt: skip
    homes = len(world.homes)
    assume(not doubtful[homes:].any())
    cutoff_s = case.request.parameters.report_minutes * 60
    if direction == "to":
        seconds = closed.times_between(snaps[:homes], snaps[homes:], cutoff_s).seconds
    else:
        seconds = closed.times_between(snaps[homes:], snaps[:homes], cutoff_s).seconds.T
    expected = pd.Series(np.where(np.isnan(seconds), np.inf, seconds).min(axis=1), index=list(world.homes))
    sure = ~doubtful[:homes]
    assert_same_times(times_s(case.after())[sure], expected[sure])


def _vertex(oracle: Oracle, snap: Snap) -> int | None:
    """The vertex that a snap is at, if it is at one."""
    if min(snap.share, 1 - snap.share) * oracle.length_m[snap.segment] > SAME_S:
        return None
    return int(oracle.vertex[(oracle.a if snap.share < 0.5 else oracle.b)[snap.segment]])


@given(towns(homes=25), PROFILE, DIRECTION, st.data())
def test_p4_p16_a_closed_road_on_which_nobody_stood_is_a_road_that_is_not_there(
    world: World, profile: str, direction: str, data: st.DataObject
) -> None:
    """Of those who stood elsewhere: the same times as with its streets left out of the file."""
    case = closing(world, profile, direction, data)
    world = only(world, ~case.homes_stood, ~case.sites_stood)
    assume(world.homes and world.sites)
    case = case.of_some(world)
    gone = case.covers(np.array([at(*_middle(road)) for road in world.streets]))
    rest = world.with_streets([road for road, left_out in zip(world.streets, gone, strict=True) if not left_out])
    assert len(rest.streets) < len(world.streets)
    assert_same_times(times_s(case.after()), rest.times_s(profile=profile, direction=direction))


def only(world: World, homes: npt.NDArray[np.bool_], sites: npt.NDArray[np.bool_]) -> World:
    """The same town with some of its places."""
    return dataclasses.replace(
        world,
        homes={key: place for (key, place), stays in zip(world.homes.items(), homes, strict=True) if stays},
        sites={key: place for (key, place), stays in zip(world.sites.items(), sites, strict=True) if stays},
    )


# ---------------------------------------------------------------------- P4: speed and new roads
@given(towns(), st.sampled_from(["adult", "elder75", "ebike", "drive"]), DIRECTION, st.floats(1.0, 4.0))
def test_p4_more_speed_lengthens_no_way(world: World, profile: str, direction: str, factor: float) -> None:
    network = world.network()
    slow, fast = (
        world.times_s(network, profile=profile, direction=direction, speed_mps=1.5 * k) for k in (1.0, factor)
    )
    assert (fast <= slow + SAME_S).all()


@given(towns(), DIRECTION, st.floats(2, 60), st.floats(1, 4))
def test_p4_a_higher_limit_lengthens_no_way(world: World, direction: str, kmh: float, factor: float) -> None:
    """A driver on the same roads with lower and with higher limits."""
    slow, fast = (
        world.with_streets([dataclasses.replace(road, maxspeed_kmh=limit) for road in world.streets])
        for limit in (kmh, kmh * factor)
    )
    asked = {"profile": "drive", "direction": direction}
    assert (fast.times_s(**asked) <= slow.times_s(**asked) + SAME_S).all()


@given(towns(), PROFILE, DIRECTION)
def test_p4_a_new_road_lengthens_no_way(world: World, profile: str, direction: str) -> None:
    """A road from one corner of the town to another that leaves it at once; for whom it is not the nearest one."""
    a, b = world.streets[0].points[0], world.streets[-3].points[0]
    flight = Road([a, (a[0] - 700, a[1] - 700), (b[0] + 700, b[1] - 700), b])
    networks = world.network(), world.with_streets([*world.streets, flight]).network()
    asked = {"profile": profile, "direction": direction, "island_nodes": 0}
    laid = [prepare(world.request(network, **asked)) for network in networks]
    stay = [
        np.isclose(*(side.options.nearest.lonlat for side in sides), rtol=0.0, atol=1e-11, equal_nan=True).all(axis=1)
        for sides in zip(*((one.demand, one.facilities) for one in laid), strict=True)
    ]
    world = only(world, *stay)
    assume(world.homes and world.sites)
    before, after = (world.times_s(network, **asked) for network in networks)
    assert (after <= before + SAME_S).all()


# ---------------------------------------------------------------------- P5
@given(SEEDS, PROFILE, st.sampled_from([-27.0, -3.0, 3.0, 9.0]))
def test_p5_three_degrees_east_the_times_are_the_same(seed: int, profile: str, degrees: float) -> None:
    """The ellipsoid is round: the same town on the next central meridian has the same times."""
    here = town(seed, side=4, homes=15)
    there = dataclasses.replace(here, origin=(ORIGIN[0] + degrees, ORIGIN[1]))
    assert_same_times(there.times_s(profile=profile), here.times_s(profile=profile), within_s=1e-5)


@given(towns(), PROFILE, DIRECTION)
def test_p5_names_decide_nothing(world: World, profile: str, direction: str) -> None:
    """Homes and facilities with other ids, in another order of ids: the same times."""
    sites = {f"Z{99 - i:02}": place for i, place in enumerate(world.sites.values())}
    homes = {f"H{999 - i:03}": place for i, place in enumerate(world.homes.values())}
    renamed = dataclasses.replace(world, sites=sites, homes=homes)
    asked = {"profile": profile, "direction": direction}
    network = world.network()
    one, other = (w.times_s(network, **asked).to_numpy() for w in (world, renamed))
    assert np.allclose(one, other, rtol=1e-12, atol=1e-12)


# ---------------------------------------------------------------------- P6
def _split(road: Road, share: float) -> Road:
    """The same road with one vertex more on its longest straight piece."""
    points = list(road.points)
    k = int(np.argmax([math.dist(a, b) for a, b in pairwise(points)]))
    (ax, ay), (bx, by) = points[k], points[k + 1]
    middle: XY = (ax + share * (bx - ax), ay + share * (by - ay))
    return dataclasses.replace(road, points=[*points[: k + 1], middle, *points[k + 1 :]])


@given(towns(), PROFILE, DIRECTION, st.floats(0.05, 0.95))
def test_p6_a_vertex_more_changes_nothing(world: World, profile: str, direction: str, share: float) -> None:
    """Every road gets a vertex on its longest piece, and half of the roads are cut there into two rows.

    A vertex on the straight line of the drawing moves the geodesic by some micrometres, hence the tolerance.
    """
    pieces: list[Road] = []
    for i, road in enumerate(_split(road, share) for road in world.streets):
        k = len(road.points) // 2
        cut = [road.points] if i % 2 else [road.points[: k + 1], road.points[k:]]
        pieces += [dataclasses.replace(road, points=points) for points in cut]
    other = world.with_streets(pieces)
    whole, cut_ = (w.times_s(profile=profile, direction=direction) for w in (world, other))
    assert (np.isinf(whole) == np.isinf(cut_)).all()
    assert np.allclose(whole, cut_, rtol=1e-6, atol=1e-6)
    before, after = (figures(w.roads()) for w in (world, other))
    assert (before["nodes"], before["edges"]) == (after["nodes"], after["edges"])
    assert before["length_km"] == pytest.approx(after["length_km"], abs=0.0011)


@given(towns(), ON_FOOT)
def test_p7_the_way_a_street_is_drawn_decides_nothing_on_foot(world: World, profile: str) -> None:
    """All streets drawn from the other end."""
    turned = world.with_streets([dataclasses.replace(road, points=list(road.points)[::-1]) for road in world.streets])
    assert_same_times(world.times_s(profile=profile), turned.times_s(profile=profile))


@given(towns(), st.sampled_from(["ebike", "drive"]), DIRECTION)
def test_p7_a_street_and_its_arrow_turned_together(world: World, profile: str, direction: str) -> None:
    """Drawn from the other end and one-way against the drawing is the same street."""
    turned = [dataclasses.replace(road, points=list(road.points)[::-1], oneway=-road.oneway) for road in world.streets]
    asked = {"profile": profile, "direction": direction}
    assert_same_times(world.times_s(**asked), world.with_streets(turned).times_s(**asked))


# ---------------------------------------------------------------------- P8
@given(towns(), ON_FOOT)
def test_p8_walking_times_are_symmetric(world: World, profile: str) -> None:
    """From a to b as from b to a, for all pairs of homes; at its own place a home is in twice its leg."""
    asked = parameters(profile=profile, island_nodes=0)
    network, homes = world.network(), world.demand()
    table = pairs_within(network, asked, homes, homes, 20)
    there = {(r.from_id, r.to_id): r.minutes * 60 for r in table.itertuples()}
    assert there.keys() == {(b, a) for a, b in there}
    # Minutes have six decimals.
    assert max((abs(t - there[b, a]) for (a, b), t in there.items()), default=0.0) <= SAME_S + 60e-6
    legs = run(world.request(network, profile=profile, island_nodes=0)).demand
    speed = asked.travel().access_mps
    for key, metres in zip(legs["demand_id"], legs["access_m"], strict=True):
        if not math.isnan(metres) and 2 * metres / speed < 20 * 60 - 1:
            assert there[key, key] == pytest.approx(2 * metres / speed, abs=0.011 / speed)


@given(towns(), PROFILE)
def test_p8_driving_to_is_driving_from_with_all_arrows_turned(world: World, profile: str) -> None:
    """The general form: turn every one-way street round, and ``to`` becomes ``from``."""
    turned = world.with_streets([dataclasses.replace(road, oneway=-road.oneway) for road in world.streets])
    assert_same_times(world.times_s(profile=profile, direction="to"), turned.times_s(profile=profile, direction="from"))


# ---------------------------------------------------------------------- P9
@given(towns(), PROFILE)
def test_p9_no_detour_over_a_third_place_is_shorter(world: World, profile: str) -> None:
    """The time from a to c is at most that from a to b and from b to c."""
    homes = world.demand()
    table = pairs_within(world.network(), parameters(profile=profile, island_nodes=0), homes, homes, 40)
    matrix = table.pivot_table(index="from_id", columns="to_id", values="minutes").reindex(
        index=list(world.homes), columns=list(world.homes)
    )
    times = matrix.fillna(math.inf).to_numpy()
    over = (times[:, :, None] + times[None, :, :]).min(axis=1)
    within = over <= 40 - 3e-6
    # Each of the three minutes is rounded by half a millionth.
    assert (times[within] <= over[within] + 1.6e-6 + SAME_S / 60).all()
