"""Profiles: their table, and what they make of steps, ferries, limits and bends. Worked by hand."""

import dataclasses
import math
import tomllib
from itertools import pairwise

import numpy as np
import pytest

from coverage.basis import ignored, ignored_words
from coverage.network import build_network
from coverage.profiles import Hills, Profile, load_profile, profile_names
from coverage.request import Request
from coverage.usable import share_by_class, usable_by
from geo.paths import DATA_DIR
from tests.builders import Road, demand, facilities, minutes_of, parameters, roads, row_of, solve

NEAR = 1e-5
KMH = 1 / 3.6
HILLS = Hills(factor=0.8, slope_above=0.06, sinuosity_above=1.4, sinuosity_least_m=1000)


def seconds(profile: Profile, *streets: Road) -> list[float]:
    """Seconds along each street from its western end, in the order of the streets."""
    network = build_network(roads(*streets))
    usable = usable_by(network, profile)
    found = []
    for street in streets:
        layer = roads(street).frame.geometry.iloc[0]
        first, last = np.array(layer.coords[0]), np.array(layer.coords[-1])
        u, v = network.node_lonlat[network.u], network.node_lonlat[network.v]
        there = np.flatnonzero((u == first).all(axis=1) & (v == last).all(axis=1))
        back = np.flatnonzero((v == first).all(axis=1) & (u == last).all(axis=1))
        found.append(float(usable.forward_s[there[0]] if len(there) else usable.backward_s[back[0]]))
    return found


# ---------------------------------------------------------------------- the table
@pytest.mark.parametrize("name", profile_names())
def test_every_profile_says_who_it_is_and_where_its_speed_comes_from(name: str) -> None:
    profile = load_profile(name)
    for text in (profile.zh, profile.en, profile.source_zh, profile.source_en):
        assert text
    # a number that is known in general is never dressed up as a citation
    assert "[" not in profile.source_en + profile.source_zh
    assert "choice" in profile.source_en
    assert "规划取值" in profile.source_zh


def test_speeds_of_driving_are_those_that_were_agreed() -> None:
    table = tomllib.loads((DATA_DIR / "rules" / "profiles.toml").read_text(encoding="utf-8"))["speeds_kmh"]["drive"]
    agreed = {
        "motorway": 90, "trunk": 60, "primary": 50, "secondary": 40, "tertiary": 30, "unclassified": 20,
        "residential": 20, "service": 12, "track": 10,
    }  # fmt: skip
    assert {name: table[name] for name in agreed} == agreed


def test_only_elders_and_those_with_aids_are_capped_downhill() -> None:
    caps = {name: load_profile(name).tobler for name in profile_names()}
    assert {name: tobler.downhill_cap for name, tobler in caps.items() if tobler} == {
        "adult": None, "elder": 1.0, "elder75": 1.0, "aided": 1.0, "child": None,
    }  # fmt: skip


# ---------------------------------------------------------------------- classes
def test_steps_are_walked_at_half_the_speed() -> None:
    """500 m of street and 100 m of steps: 500 / 1.25 + 100 / 0.625 s."""
    world = roads(Road([(0, 0), (500, 0)]), Road([(500, 0), (600, 0)], highway="steps"))
    places = facilities({"F1": (0, 0)}), demand({"D1": (600, 0), "half": (550, 0)})
    result = solve(world, *places)
    assert minutes_of(result, "D1") == pytest.approx(560 / 60, abs=NEAR)
    assert minutes_of(result, "half") == pytest.approx(480 / 60, abs=NEAR)
    slower = solve(world, *places, speed_mps=1.0)
    assert minutes_of(slower, "D1") == pytest.approx(700 / 60, abs=NEAR)


@pytest.mark.parametrize(("profile", "metres_per_s"), [("aided", 0.6), ("ebike", 4.17)])
def test_wheels_go_round_the_steps(profile: str, metres_per_s: float) -> None:
    """Over the steps 100 m, round them 1,100 m: with a wheelchair and by e-bike there is only the way round."""
    world = roads(
        Road([(0, 0), (100, 0)], highway="steps"), Road([(0, 0), (0, 500), (100, 500), (100, 0)]),
        Road([(-50, 0), (0, 0)]), Road([(100, 0), (150, 0)]),
    )  # fmt: skip
    result = solve(world, facilities({"F1": (0, 0)}), demand({"D1": (100, 0)}), profile=profile, island_nodes=0)
    assert minutes_of(result, "D1") == pytest.approx(1100 / metres_per_s / 60, abs=NEAR)


def test_an_expressway_beside_a_path_is_passed_over() -> None:
    """[T04] Motorway, motor road and busway lie nearer than the path: the walker takes the path, 40 m away."""
    world = roads(
        Road([(0, 0), (1000, 0)], highway="motorway"),
        Road([(0, 5), (1000, 5)], highway="trunk", no_foot=True),
        Road([(0, 10), (1000, 10)], highway="busway"),
        Road([(0, 40), (1000, 40)], highway="path"),
    )
    result = solve(world, facilities({"F1": (0, 40)}), demand({"D1": (500, 0)}), island_nodes=0)
    assert row_of(result.demand, "D1")["access_m"] == pytest.approx(40, abs=0.01)
    assert minutes_of(result, "D1") == pytest.approx(540 / 1.25 / 60, abs=NEAR)


def test_a_trunk_road_is_walked_along() -> None:
    assert seconds(load_profile("adult"), Road([(0, 0), (100, 0)], highway="trunk")) == pytest.approx([80])


def test_an_ebike_is_slower_on_tracks_and_paths() -> None:
    """As OSRM's bicycle: 12 and 13 of 15 km/h."""
    streets = [Road([(0, y), (100, y)], highway=name) for y, name in ((0, "service"), (10, "track"), (20, "path"))]
    expected = [100 / 4.17, 100 / (4.17 * 12 / 15), 100 / (4.17 * 13 / 15)]
    assert seconds(load_profile("ebike"), *streets) == pytest.approx(expected, rel=1e-4)


# ---------------------------------------------------------------------- limits
def test_how_much_of_the_roads_goes_at_the_speed_of_its_class() -> None:
    """[D10] 300 of 400 m have no limit; the ferry and the footway, which a driver does not use, do not count."""
    world = roads(
        Road([(0, 0), (300, 0)], highway="primary"),
        Road([(300, 0), (400, 0)], highway="primary", maxspeed_kmh=30),
        Road([(400, 0), (900, 0)], highway="footway"),
        Road([(0, 0), (0, 900)], highway="ferry"),
    )
    network = build_network(world)
    drive = load_profile("drive")
    assert share_by_class(network, usable_by(network, drive), drive) == pytest.approx(0.75)
    for one_speed in (load_profile("elder"), load_profile("drive", speed_mps=8)):
        assert share_by_class(network, usable_by(network, one_speed), one_speed) is None
    result = solve(network, facilities({"F1": (0, 0)}), demand({"D1": (100, 0)}), profile="drive", island_nodes=0)
    assert result.summary["travel"] == {"ferries": 1, "ferries_usable": 1, "class_speed_share": 0.75}
    told = [finding for finding in result.findings["roads"] if finding.code == "speed_by_class"]
    assert [(finding.severity, finding.facts["share"]) for finding in told] == [("info", "75.0%")]


# ---------------------------------------------------------------------- one-way streets
def test_one_way_for_all_but_bicycles_and_for_walkers_too() -> None:
    """[D12, D13] The marks of a road decide over what the profile usually does."""
    streets = [
        Road([(0, 0), (100, 0)], oneway=-1),
        Road([(0, 10), (100, 10)], oneway=-1, both_ways_cycle=True),
        Road([(0, 20), (100, 20)], oneway=-1, oneway_foot=True),
        Road([(0, 30), (100, 30)], oneway_foot=True),
    ]
    open_ways = {name: np.isfinite(seconds(load_profile(name), *streets)).tolist() for name in ("adult", "ebike")}
    assert open_ways == {"adult": [True, True, False, True], "ebike": [False, True, False, True]}
    assert np.isfinite(seconds(load_profile("drive"), *streets)).tolist() == [False, False, False, True]


# ---------------------------------------------------------------------- ferries
def _river(ferry: Road, *more: Road) -> tuple[Road, ...]:
    """A road on each bank of a river of 600 m, and a ferry between them."""
    return Road([(-500, 0), (0, 0), (500, 0)]), Road([(-500, 600), (0, 600), (500, 600)]), ferry, *more


ACROSS = [(0, 0), (0, 300), (0, 600)]


def test_a_ferry_takes_the_time_that_it_says() -> None:
    """600 m at 2 m/s beside 100 + 200 m of walking: 300 s on the water whoever goes, 240 s on foot."""
    world = roads(*_river(Road(ACROSS, highway="ferry", ferry_mps=2.0)))
    places = facilities({"F1": (100, 0)}), demand({"D1": (200, 600)})
    for profile, walked_s in (("adult", 240), ("elder75", 375), ("ebike", 300 / 4.17)):
        result = solve(world, *places, profile=profile, island_nodes=0)
        assert minutes_of(result, "D1") == pytest.approx((300 + walked_s) / 60, abs=NEAR), profile
    hurried = solve(world, *places, speed_mps=3.0, island_nodes=0)
    assert minutes_of(hurried, "D1") == pytest.approx((300 + 100) / 60, abs=NEAR)


def test_a_ferry_that_says_nothing_goes_five_kilometres_an_hour() -> None:
    world = roads(*_river(Road(ACROSS, highway="ferry")))
    result = solve(world, facilities({"F1": (0, 0)}), demand({"D1": (0, 600)}), island_nodes=0)
    assert minutes_of(result, "D1") == pytest.approx(600 / (5 * KMH) / 60, abs=NEAR)


def test_nobody_boards_in_mid_water_and_no_area_lies_on_it() -> None:
    """[T17] A place 10 m beside the ferry line and 290 m from the bank belongs to the bank.

    The ferry takes 300 s. Within 10 minutes one is on the far bank, and its roads are in the area; the water is not.
    """
    world = roads(*_river(Road(ACROSS, highway="ferry", ferry_mps=2.0)))
    places = facilities({"F1": (0, 0)}), demand({"boat": (10, 290), "far": (100, 600)})
    result = solve(world, *places, minutes=(10,), island_nodes=0)
    assert row_of(result.demand, "boat")["access_m"] == pytest.approx(290, abs=0.05)
    assert row_of(result.demand, "far")["status"] == "covered"
    area, pieces = result.service_areas.geometry.iloc[0], result.reached_roads.geometry
    assert area.contains(result.demand.geometry.iloc[1].buffer(1e-6))
    assert not area.intersects(result.demand.geometry.iloc[0])
    assert not pieces.intersects(result.demand.geometry.iloc[0].buffer(0.001)).any()


def test_a_fast_ferry_widens_the_edge_of_the_roads() -> None:
    """On foot one comes 75 m in a minute, with a boat of 20 m/s up to 1,200 m: who may take it may meet the edge."""
    square = [(-900, -900), (900, -900), (900, 900), (-900, 900), (-900, -900)]
    lake = [Road([(-900, 0), (-300, 0)]), Road([(300, 0), (900, 0)])]
    world = roads(Road(square), *lake, Road([(-300, 0), (300, 0)], highway="ferry", ferry_mps=20.0))
    places = facilities({"F1": (-300, 0)}), demand({"inside": (-400, 0), "rim": (-850, 0)})
    result = solve(world, *places, minutes=(1,), island_nodes=0)
    assert result.demand["edge_of_roads"].tolist() == [True, True]
    slow = roads(Road(square), *lake, Road([(-300, 0), (300, 0)], highway="ferry", ferry_mps=1.0))
    assert solve(slow, *places, minutes=(1,), island_nodes=0).demand["edge_of_roads"].tolist() == [False, True]


def test_a_ferry_connects_an_island() -> None:
    """Without it the far bank is a part of its own."""
    banks = _river(Road(ACROSS, highway="ferry", ferry_mps=2.0))
    for streets, parts in ((banks, 1), (banks[:2], 2)):
        network = build_network(roads(*streets))
        assert network.stats(usable_by(network, load_profile("adult")))["components"] == parts


def test_ferries_closed_to_a_profile_are_counted() -> None:
    world = roads(*_river(Road(ACROSS, highway="ferry", no_drive=True)))
    places = facilities({"F1": (0, 0)}), demand({"D1": (0, 600)})
    for profile, usable in (("adult", 1), ("drive", 0)):
        result = solve(world, *places, profile=profile, island_nodes=0)
        assert (result.summary["travel"]["ferries"], result.summary["travel"]["ferries_usable"]) == (1, usable)
        assert math.isnan(minutes_of(result, "D1")) == (usable == 0)


# ---------------------------------------------------------------------- bends
def test_bends_slow_a_driver_only_where_the_switch_is_on() -> None:
    """2 km there and back a street's width away on a primary road: 100 m as the crow flies. 50 km/h, with bends 40."""
    hairpin = Road([(0, 0), (1000, 0), (1000, 100), (0, 100)], highway="primary")
    drive = load_profile("drive")
    assert drive.hills is not None
    assert drive.hills.sinuosity_above is None
    assert seconds(drive, hairpin) == pytest.approx([2100 / (50 * KMH)])
    bends = dataclasses.replace(drive, hills=HILLS)
    assert seconds(bends, hairpin) == pytest.approx([2100 / (40 * KMH)])


def test_which_roads_wind() -> None:
    """1,200 m round a right angle are 1.41 straight ones; short roads, gentle bends and loops do not wind."""
    bends = dataclasses.replace(load_profile("drive"), hills=HILLS)
    corner = [(0, 0), (600, 0), (600, 600)]
    cases = {
        "corner": (Road(corner, highway="primary"), 0.8),
        "limited": (Road(corner, highway="primary", maxspeed_kmh=30), 1.0),
        "short": (Road([(0, 0), (490, 0), (490, 490)], highway="primary"), 1.0),
        "gentle": (Road([(0, 0), (1000, 0), (1000, 400)], highway="primary"), 1.0),
    }
    for name, (street, factor) in cases.items():
        metres = sum(math.dist(a, b) for a, b in pairwise(street.points))
        kmh = min(50 * factor, 30) if name == "limited" else 50 * factor
        assert seconds(bends, street) == pytest.approx([metres / (kmh * KMH)]), name
    ring = Road([(0, 0), (500, 0), (500, 500), (0, 500), (0, 0)], highway="primary")
    assert seconds(bends, ring, Road([(-100, 0), (0, 0)])) == pytest.approx([2000 / (50 * KMH), 18])


# ---------------------------------------------------------------------- what is not known
def test_what_is_ignored_depends_on_the_run() -> None:
    """[D25] Stable keys, each with words in both languages; bends only matter to drivers."""
    network = build_network(roads([(0, 0), (1000, 0)]))
    layers = facilities({"F1": (0, 0)}), demand({"D1": (0, 0)})
    always = ("turn restrictions", "traffic lights", "lifts", "opening hours", "waiting for ferries")
    for profile, more in (("elder", ("slope",)), ("ebike", ("slope",)), ("drive", ("slope", "bends"))):
        request = Request(network, *layers, None, parameters(profile=profile))
        assert ignored(request) == always + more
        assert ignored_words(request, "zh").count("、") == ignored_words(request, "en").count(", ") == len(more) + 4
        assert "坡度" in ignored_words(request, "zh")


def test_the_summary_says_where_the_speed_comes_from() -> None:
    world = roads([(0, 0), (1000, 0)]), facilities({"F1": (0, 0)}), demand({"D1": (0, 0)})
    plain = solve(*world, profile="elder").summary["parameters"]
    assert plain["speed_source"]["en"] == load_profile("elder").source_en
    assert plain["speed_source"]["zh"] == load_profile("elder").source_zh
    assert plain["slope"] is None
    assert solve(*world, speed_mps=1.1).summary["parameters"]["speed_source"]["en"] == "given by the user"
