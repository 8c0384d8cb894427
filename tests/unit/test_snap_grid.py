"""The snap grid against shapely: the nearest road of each node, and the squares that roads pass."""

from itertools import pairwise

import numpy as np
import pytest
import shapely

from coverage import grid_kernels, link_kernels
from coverage.link_kernels import Links
from coverage.prepared import prepare_snapper
from coverage.snap import Snapper
from coverage.snap_grid import SnapGrid, make_grid
from tests.builders import parameters, roads
from tests.worlds import town


def snapper_of(seed: int, **asked: object) -> Snapper:
    network = town(seed).network()
    return prepare_snapper(network, parameters(**{"island_nodes": 0, **asked}))[1]


def place(grid: SnapGrid, node: np.ndarray) -> np.ndarray:
    """Metric places of nodes."""
    return grid.metric(np.column_stack([node % grid.columns, node // grid.columns]))


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("cell_m", [4.0, 23.0])
def test_each_node_knows_its_nearest_road(seed: int, cell_m: float) -> None:
    """Nearly always exactly, and never off by a quarter of a cell; the position is on that road, at that distance."""
    snapper = snapper_of(seed)
    grid = make_grid(snapper, cell_m=cell_m)
    assert grid.cell_m == cell_m
    usable = np.flatnonzero(snapper.usable.land)
    points = shapely.points(place(grid, grid.node))
    lines = snapper.network.lines
    away = shapely.distance(points, lines[usable][shapely.STRtree(lines[usable]).nearest(points)])
    error = grid.away_m - away
    assert error.min() >= -1e-3
    assert error.max() <= cell_m / 4
    assert (error > 1e-3).mean() <= 0.02
    edge = np.repeat(np.arange(snapper.network.edges), np.diff(grid.node_start))
    assert set(edge) <= set(usable)
    along = shapely.line_interpolate_point(lines[edge], grid.share.astype(float), normalized=True)
    # Shares are of the geodesic length, these of the metric one: alike to 0.1 %.
    assert np.abs(shapely.distance(points, along) - grid.away_m).max() <= 1


@pytest.mark.parametrize("cell_m", [4.0, 23.0])
def test_nodes_that_matter_are_all_there_and_once(cell_m: float) -> None:
    """Those within reach of a road; what is farther than reach and two cells is left out."""
    snapper = snapper_of(1)
    grid = make_grid(snapper, cell_m=cell_m)
    node = np.arange(grid.nodes)
    lines = snapper.network.lines[snapper.usable.land]
    points = shapely.points(place(grid, node))
    away = shapely.distance(points, lines[shapely.STRtree(lines).nearest(points)])
    known = np.bincount(grid.node, minlength=grid.nodes)
    assert known.max() == 1
    assert known[away <= grid.reach_m + 1.5 * cell_m].all()
    assert not known[away > grid.reach_m + 2.01 * cell_m].any()


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("cell_m", [4.0, 23.0])
def test_every_point_of_a_road_is_in_a_square_that_lists_it(seed: int, cell_m: float) -> None:
    """Random points of all edges, ends and bends: their square is listed for a stretch that holds the point."""
    snapper = snapper_of(seed)
    network, grid = snapper.network, make_grid(snapper, cell_m=cell_m)
    rng = np.random.default_rng(seed)
    for edge in np.flatnonzero(snapper.usable.land):
        rows = slice(grid.square_start[edge], grid.square_start[edge + 1])
        squares, enters = grid.square[rows], grid.enters[rows].astype(float)
        assert enters[0] == 0
        assert (np.diff(enters) >= 0).all()
        assert all(abs(a - b) in (1, grid.columns) or a == b for a, b in pairwise(squares.tolist()))
        vertices = network.along_m[network.offsets[edge] : network.offsets[edge + 1]] / network.length_m[edge]
        share = np.concatenate([rng.random(40), vertices])
        row, part = network.position(np.full(len(share), edge), share * network.length_m[edge], network.along_m)
        xy = network.xy[row] + part[:, None] * (network.xy[row + 1] - network.xy[row])
        leaves = np.append(enters[1:], 1.0)
        for at, (x, y) in zip(share, (xy - (grid.x_m, grid.y_m)) / grid.cell_m, strict=True):
            here = squares[(enters - 1e-6 <= at) & (at <= leaves + 1e-6)]
            column, line = here % grid.columns, here // grid.columns
            slack = 1e-6
            inside = (column - slack <= x) & (x <= column + 1 + slack) & (line - slack <= y) & (y <= line + 1 + slack)
            assert inside.any(), (edge, at)


def test_squares_of_a_diagonal() -> None:
    """From (0.5, 0.5) to (2.5, 1.6): right at x = 1, up at y = 1, right at x = 2."""
    square, share = np.zeros(8, np.int32), np.zeros(8)
    count = grid_kernels.walk((0.5, 0.5, 2.5, 1.6), 10, square, share, 0)
    assert square[:count].tolist() == [1, 11, 12]
    assert share[:count] == pytest.approx([0.25, 0.5 / 1.1, 0.75])
    back = grid_kernels.walk((2.5, 1.6, 0.5, 0.5), 10, square, share, 0)
    assert square[:back].tolist() == [11, 1, 0]


def test_a_road_of_another_profile_lays_another_grid() -> None:
    """Walkers on the path beside a motorway, drivers on the motorway: each grid knows its own."""
    from tests.builders import Road

    world = roads(Road([(0, 0), (1000, 0)], highway="motorway"), Road([(0, 30), (1000, 30)], highway="footway"))
    from coverage.network import build_network

    network = build_network(world)
    used = []
    for profile in ("adult", "drive"):
        _, snapper = prepare_snapper(network, parameters(profile=profile, island_nodes=0))
        grid = make_grid(snapper, cell_m=10)
        used.append(set(np.flatnonzero(np.diff(grid.node_start))))
        assert make_grid(snapper, cell_m=10) is grid
    assert len(used[0]) == len(used[1]) == 1
    assert used[0] != used[1]


def links(*rows: tuple[int, float, float, float, float]) -> Links:
    """Links by edge, low, high and the seconds at both."""
    edge, low, high, low_s, high_s = zip(*rows, strict=True)
    nobody = np.zeros(len(edge), np.int32)
    return Links(np.array(edge, np.int32), *map(np.array, (low, high, low_s, high_s)), nobody, nobody)


@pytest.mark.parametrize(
    ("low_s", "high_s", "expected"),
    [
        # 100 s long both ways. From the start only: cut at 0.3 and at 0.6.
        (0.0, np.inf, [(0, 0.3, 0), (0.3, 0.6, 1)]),
        # From both ends: 30 s reach 0.3 and 0.2; 60 s all of it.
        (0.0, 10.0, [(0, 0.3, 0), (0.3, 0.8, 1), (0.8, 1, 0)]),
        # From the far end only after the first limit.
        (np.inf, 40.0, [(0.8, 1, 1)]),
        # Two frontiers that do not meet.
        (20.0, 30.0, [(0, 0.1, 0), (0.1, 0.4, 1), (0.7, 1, 1)]),
        # Too late, and just in time.
        (60.1, np.inf, []),
        (60.0, np.inf, []),
    ],
)
def test_links_are_cut_where_limits_end(low_s: float, high_s: float, expected: list[tuple[float, float, int]]) -> None:
    """Limits of 30 s and 60 s."""
    from coverage.reach_kernels import Edges

    one = np.array([100.0])
    edges = Edges(np.zeros(1, np.int32), np.ones(1, np.int32), one, one, one)
    limits = np.array([30.0, 60.0])
    edge, start, stop, band = link_kernels.cut_links(edges, links((0, 0.0, 1.0, low_s, high_s)), limits)
    found = list(zip(start.tolist(), stop.tolist(), band.tolist(), strict=True))
    assert [band for _, _, band in found] == [band for _, _, band in expected]
    assert np.allclose([f[:2] for f in found], [e[:2] for e in expected], atol=1e-12)
    assert not edge.any()
