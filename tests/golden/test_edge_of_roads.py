"""[D14, P17, T21] Whose answer could change if the roads went on beyond the edge of the data: those who are marked."""

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from coverage.extent import OUTLINE_GAP_M, halo_m
from coverage.network import build_network
from coverage.prepared import prepare_snapper
from coverage.result import Result
from coverage.travel_time import lonlat_of
from layers.layer import Layer
from layers.road_import import with_halo
from tests.builders import XY, Place, Road, demand, facilities, parameters, path, roads, solve
from tests.worlds import SEEDS, STEP, World, town


def known(layer: Layer, corners: Sequence[XY]) -> Layer:
    """The same roads, from a file that says how far they reach: a polygon in metres."""
    extent = shapely.Polygon(path(corners))
    return dataclasses.replace(layer, source=dataclasses.replace(layer.source, extent=extent))


def box(west: float, south: float, east: float, north: float) -> list[XY]:
    return [(west, south), (east, south), (east, north), (west, north)]


def marked(result: Result) -> dict[str, bool]:
    return dict(zip(result.demand["demand_id"], result.demand["edge_of_roads"].tolist(), strict=True))


def lattice(size_m: float, step_m: float, gap: tuple[float, float, float, float] | None = None) -> list[list[XY]]:
    """Streets both ways over a square, without what lies inside of a box."""
    axis = np.arange(0.0, size_m + 1, step_m)

    def inside(x: float, y: float) -> bool:
        return gap is not None and gap[0] < x < gap[2] and gap[1] < y < gap[3]

    pairs = [((x, y), (x + dx, y + dy)) for x in axis for y in axis for dx, dy in ((step_m, 0.0), (0.0, step_m))]
    return [
        [(float(a[0]), float(a[1])), (float(b[0]), float(b[1]))]
        for a, b in pairs
        if max(b) <= size_m and not inside(*a) and not inside(*b)
    ]


# ---- the recorded extent ------------------------------------------------------------------------------------------


def test_the_extent_in_the_file_is_the_edge() -> None:
    """Whole roads stick out of it, and it is not where roads end: 150 m in 2 minutes count from the line alone."""
    street = known(roads([(-900, 0), (4900, 0)]), box(0, -800, 4000, 800))
    homes = {
        "outside": (-50, 0),
        "near": (140, 0),
        "safe": (160, 0),
        "also": (3840, 0),
        "end": (3860, 0),
        "up": (2000, 660),
    }
    result = solve(street, facilities({"F1": (2000, 0)}), demand(homes), minutes=(2,), report_minutes=2)
    assert marked(result) == {"outside": True, "near": True, "safe": False, "also": False, "end": True, "up": True}
    assert result.summary["parameters"]["edge_of_roads"] == "extent recorded in the road file"


def test_the_largest_minutes_and_the_speed_make_the_reach() -> None:
    """At 1 m/s one is 300 m away in 5 minutes, at 0.5 m/s 150 m; the limits up to which times are told do not count."""
    street = known(roads([(-900, 0), (4900, 0)]), box(0, -800, 4000, 800))
    world = street, facilities({"F1": (2000, 0)}), demand({"a": (200, 0)})
    for speed, minutes, near in ((1.0, (1, 5), True), (1.0, (1, 3), False), (0.5, (5,), False), (1.2, (3,), True)):
        result = solve(*world, speed_mps=speed, minutes=minutes, report_minutes=60)
        assert marked(result)["a"] is near


def test_a_bay_of_the_extent_is_seen() -> None:
    """A county whose border turns inward: who lives beside the bay is marked, however many roads are on both sides."""
    corners = [(0, 0), (1800, 0), (1800, 1800), (1200, 1800), (1200, 600), (900, 600), (900, 1800), (0, 1800)]
    layer = known(roads(*lattice(1800, 150)), corners)
    homes = {"beside": (850, 1000), "below": (1050, 500), "in it": (1050, 1200), "safe": (450, 450)}
    result = solve(layer, facilities({"F1": (300, 300)}), demand(homes), minutes=(2,), report_minutes=2)
    assert marked(result) == {"beside": True, "below": True, "in it": True, "safe": False}


def test_a_halo_keeps_the_study_area_free_of_marks() -> None:
    """With the halo that :func:`halo_m` asks for, nobody in the study area is marked, its corners included."""
    asked = parameters(profile="elder", minutes=(5,))
    study = shapely.Polygon(path([(0, 0), (1500, 0), (700, 400), (0, 1500)]))
    layer = roads(*lattice(1800, 150))
    source = dataclasses.replace(layer.source, extent=with_halo(study, halo_m(asked)))
    corners = {f"D{i}": xy for i, xy in enumerate([(0, 0), (1500, 0), (700, 400), (0, 1500), (350, 350)])}
    world = dataclasses.replace(layer, source=source), facilities({"F1": (300, 300)}), demand(corners)
    assert halo_m(asked) == 5 * 60 * 1.0 + 500
    assert not any(marked(solve(*world, profile="elder", minutes=(5,))).values())
    assert any(marked(solve(*world, profile="elder", minutes=(15,))).values()), "a longer time needs a wider halo"


def test_the_halo_of_wheels_is_wide() -> None:
    """By car and by e-bike it follows the fastest road, not the walk to it."""
    assert halo_m(parameters(profile="drive", minutes=(15,))) > 20_000
    assert halo_m(parameters(profile="ebike", minutes=(10,), max_snap_m=0)) == pytest.approx(10 * 60 * 4.17)
    assert halo_m(parameters(profile="drive", speed_mps=0.5, minutes=(10,), max_snap_m=0)) == 10 * 60 * 1.25


# ---- the outline of the roads, where nothing is recorded ----------------------------------------------------------


@pytest.mark.parametrize(("gap_m", "seen"), [(1200.0, False), (3600.0, True)])
def test_a_wide_gap_in_the_outline_counts_as_outside(gap_m: float, seen: bool) -> None:
    """A block of 7.2 km with a notch open to the north: wider than 2 km it is outside, narrower it is inside."""
    assert 1200 < OUTLINE_GAP_M < 3600
    notch = (2400.0, 2400.0, 2400.0 + gap_m, 9000.0)
    layer = roads(*lattice(7200, 300, notch))
    homes = {"beside": (2380, 5000), "deep": (1200, 1200), "in it": (2400 + gap_m / 2, 5000), "rim": (1200, 7150)}
    result = solve(layer, facilities({"F1": (300, 300)}), demand(homes), minutes=(2,), report_minutes=2)
    assert marked(result) == {"beside": seen, "deep": False, "in it": seen, "rim": True}
    assert result.summary["parameters"]["edge_of_roads"] == "outline of the usable roads, gaps up to 2000 m closed"


def test_only_usable_roads_make_the_outline() -> None:
    """A motorway around the town does not carry the edge outward for walkers."""
    ring = Road([(-3000, -3000), (6000, -3000), (6000, 6000), (-3000, 6000), (-3000, -3000)], highway="motorway")
    homes = demand({"rim": (1500, 50), "middle": (750, 750)})
    result = solve(roads(*lattice(1500, 150), ring), facilities({"F1": (300, 300)}), homes, minutes=(2,))
    assert marked(result) == {"rim": True, "middle": False}


@pytest.mark.parametrize("lines", [[(0, 0), (900, 0)], [(0, 0), (30, 0)]], ids=["one street", "one piece"])
def test_roads_without_an_area_have_everybody_at_the_edge(lines: list[XY]) -> None:
    result = solve(roads(lines), facilities({"F1": (10, 0)}), demand({"a": (15, 3)}), minutes=(2,))
    assert marked(result) == {"a": True}


def test_without_a_usable_road_everybody_is_at_the_edge() -> None:
    motorway = roads(Road([(0, 0), (900, 0)], highway="motorway"))
    result = solve(motorway, facilities({"F1": (10, 0)}), demand({"a": (450, 3)}), minutes=(2,))
    assert marked(result) == {"a": True}
    assert result.summary["parameters"]["edge_of_roads"] == "no usable road"


def test_the_order_of_the_roads_does_not_matter() -> None:
    lines = lattice(3600, 300, (1200.0, 1200.0, 3300.0, 9000.0))
    homes = demand(
        {
            f"D{i:02}": (float(x), float(y))
            for i, (x, y) in enumerate(np.random.default_rng(2).uniform(0, 3600, (60, 2)))
        }
    )
    first, second = (
        marked(solve(roads(*given), facilities({"F1": (300, 300)}), homes, minutes=(3,)))
        for given in (lines, lines[::-1])
    )
    assert first == second
    assert set(first.values()) == {True, False}


# ---- the law ------------------------------------------------------------------------------------------------------


def grown(seed: int, minutes: float) -> tuple[Any, Any]:
    """Demand tables over the roads of a random area, cut at its border, and over these with the roads beyond.

    Homes stand along the roads inside, centres along those beyond, many of them just across the border. Kept are those
    that stand on the same spot in both, or on no road of the first: who moves from one road to another is what the law
    holds fixed.
    """
    rng = np.random.default_rng(seed)
    side = 6
    world = town(seed, side)
    turn, far = np.sort(rng.uniform(0, 2 * np.pi, 7)), rng.uniform(0.5, 1.0, 7) * side * STEP * 0.65
    middle = (side - 1) * STEP / 2
    ring = [(middle + r * np.cos(t), middle + r * np.sin(t)) for t, r in zip(turn, far, strict=True)]
    area = max(shapely.get_parts(shapely.make_valid(shapely.Polygon(ring))), key=shapely.area)
    inside, beyond = _cut(world.streets, area)
    if not inside:
        return None, None
    part = known(world.with_streets(inside).roads(), list(area.exterior.coords))
    asked = {"minutes": (minutes,), "report_minutes": minutes, "island_nodes": 0, "max_snap_m": 2}
    return _on_both(_settled(rng, world, inside, beyond), part, asked)


def _settled(rng: np.random.Generator, world: World, inside: list[Road], beyond: list[Road]) -> World:
    """Homes and centres along the roads, centres within some metres of an end of theirs."""

    def along(streets: list[Road], count: int, most_m: float) -> list[Place]:
        lines = [shapely.LineString(streets[k].points) for k in rng.integers(0, len(streets), count)] if streets else []
        near = [rng.uniform(0, min(most_m, line.length)) for line in lines]
        spots = [
            line.interpolate(step if rng.random() < 0.5 else line.length - step)
            for line, step in zip(lines, near, strict=True)
        ]
        return [Place((spot.x, spot.y)) for spot in spots]

    return dataclasses.replace(
        world,
        streets=(*inside, *beyond),
        sites={f"F{i:02}": place for i, place in enumerate(along(beyond, 60, 15.0) + along(inside, 3, 15.0))},
        homes={f"D{i:03}": place for i, place in enumerate(along(inside, 150, 1e6))},
    )


def _cut(streets: Sequence[Road], area: shapely.Polygon) -> tuple[list[Road], list[Road]]:
    """The pieces of streets in an area, and those outside; they share their vertices on the border."""
    inside: list[Road] = []
    beyond: list[Road] = []
    for street in streets:
        line = shapely.LineString(street.points)
        for pieces, where in ((inside, line.intersection(area)), (beyond, line.difference(area))):
            lines = [one for one in shapely.get_parts(where) if one.geom_type == "LineString" and one.length]
            pieces += [dataclasses.replace(street, points=list(one.coords)) for one in lines]
    return inside, beyond


def _on_both(world: World, part: Layer, asked: dict[str, Any]) -> tuple[Any, Any]:
    networks = build_network(part), world.network()
    sites, homes = world.facilities(), world.demand()
    for layer in (sites, homes):
        spots = []
        for network in networks:
            _, snapper = prepare_snapper(network, parameters(**asked))
            spots.append(snapper.options(lonlat_of(layer)).nearest.lonlat)
        stays = (np.abs(spots[0] - spots[1]) < 1e-11).all(axis=1) | np.isnan(spots[0]).any(axis=1)
        kept = layer.frame[stays].reset_index(drop=True)
        if layer is sites:
            sites = dataclasses.replace(sites, frame=kept)
        else:
            homes = dataclasses.replace(homes, frame=kept)
    if sites.frame.empty or homes.frame.empty:
        return None, None
    few, many = (solve(network, sites, homes, **asked).demand for network in networks)
    return few, many


def _changed(few: Any, many: Any) -> Any:
    moved = (few["minutes"].fillna(-1) - many["minutes"].fillna(-1)).abs() > 1e-9
    return moved | (few["status"] != many["status"]) | (few["facility_id"].fillna("") != many["facility_id"].fillna(""))


@given(SEEDS, st.sampled_from([1.5, 2.0, 3.0]))
def test_growing_the_roads_changes_nobody_who_is_not_marked(seed: int, minutes: float) -> None:
    """[D14, P17] Status, minutes and nearest facility, within the largest minutes."""
    few, many = grown(seed, minutes)
    if few is None:
        return
    assert not (_changed(few, many) & ~few["edge_of_roads"]).any()


def test_the_law_is_about_something() -> None:
    """In some of these towns growth changes an answer, and in some there is somebody who is not marked."""
    both = [(few, many) for few, many in (grown(seed, 1.5) for seed in range(15)) if few is not None]
    assert sum(int(_changed(few, many).sum()) for few, many in both) >= 200
    assert sum(int((~few["edge_of_roads"]).sum()) for few, _ in both) >= 200


def test_a_county_clipped_at_its_border_differs_and_says_by_how_much() -> None:
    """[T21] Clipped at the border, 300 people lose their centre beyond it; the warning counts the 550 that may."""
    streets = [[(x, 0.0), (x + 300, 0.0)] for x in np.arange(-1500.0, 1500.0, 300.0)]
    county = box(0, -1000, 3000, 1000)
    homes = demand({"at the border": (250, 0), "inside": (900, 0), "deep": (1400, 0)})
    homes.frame["pop"] = [300, 250, 70]
    sites = facilities({"own": (1500, 0), "neighbour": (-300, 0)})
    asked = {"profile": "elder", "minutes": (15,), "report_minutes": 15, "island_nodes": 0, "max_snap_m": 100}
    clipped = [line for line in streets if line[0][0] >= 0]
    halo = [(-2000, -2500), (4500, -2500), (4500, 2500), (-2000, 2500)]
    alone = solve(known(roads(*clipped), county), sites, homes, **asked)
    buffered = solve(known(roads(*streets), halo), sites, homes, **asked)
    assert (alone.summary["covered"]["15"], buffered.summary["covered"]["15"]) == (320, 620)
    (warning,) = (f for f in alone.findings["demand"] if f.code == "demand_edge_of_roads")
    assert warning.severity == "warn"
    assert "2 个居民点(合计 550)" in warning.as_dict("zh")["message"]
    assert "2 places (550 in all)" in warning.as_dict("en")["message"]
    assert not [f for f in buffered.findings["demand"] if f.code == "demand_edge_of_roads"]
