"""How the network is built and laid out in memory."""

import math

import numpy as np
import pytest
from scipy.spatial import KDTree

from coverage import noding
from coverage.network import Network, build_network
from geo.errors import DataError
from tests.builders import roads

SIDE = 16
STEP_M = 100.0


def lattice() -> Network:
    along = [[(x * STEP_M, y * STEP_M) for x in range(SIDE)] for y in range(SIDE)]
    across = [[(x * STEP_M, y * STEP_M) for y in range(SIDE)] for x in range(SIDE)]
    return build_network(roads(*along, *across))


def test_nodes_are_numbered_along_a_curve_that_only_steps_to_a_neighbour() -> None:
    # Each cell of the curve's fourth level holds one crossing. The four corners of the lattice are bends, no nodes.
    network = lattice()
    assert network.nodes == SIDE * SIDE - 4
    step_m = np.hypot(*np.diff(network.crs.forward(network.node_lonlat), axis=0).T)
    assert step_m.max() < 3 * STEP_M
    assert (step_m < 1.1 * STEP_M).sum() >= len(step_m) - 4


def test_edges_are_sorted_by_their_nodes() -> None:
    network = lattice()
    assert (np.lexsort((network.v, network.u)) == np.arange(network.edges)).all()
    # The geometry follows: each edge begins and ends at its nodes.
    assert (network.lonlat[network.offsets[:-1]] == network.node_lonlat[network.u]).all()
    assert (network.lonlat[network.offsets[1:] - 1] == network.node_lonlat[network.v]).all()


def test_all_nodes_on_one_line_are_numbered_too() -> None:
    network = build_network(roads([(0, 0), (100, 0)], [(100, 0), (200, 0)], [(100, 0), (300, 0)], [(100, 0), (150, 0)]))
    assert network.nodes == 5


def test_arrays_are_small() -> None:
    """All that is kept of a network takes no more than 100 bytes for each direction of an edge with two bends."""
    network = lattice()
    per_direction = (network.u.itemsize + network.v.itemsize + network.way.itemsize) / 2
    assert (network.u.dtype, network.v.dtype, network.way.dtype, network.offsets.dtype) == ("int32",) * 4
    per_vertex = sum(array.nbytes for array in (network.lonlat, network.xy, network.along_m)) / len(network.lonlat)
    assert per_direction + 2 * per_vertex < 100


def test_too_many_vertices_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("coverage.network.MOST_VERTICES", 3)
    build_network(roads([(0, 0), (100, 0), (200, 0)]))
    with pytest.raises(DataError, match="4"):
        build_network(roads([(0, 0), (100, 0), (200, 0), (300, 0)]))


@pytest.mark.parametrize("reach_m", [1e-300, 1e-9, 0.01, 0.5, 3.0, 20.0])
def test_near_vertices_are_found_whatever_the_distance(reach_m: float) -> None:
    """Against a plain search in a tree; all over the place, on a lattice of that distance, and in a narrow strip."""
    rng = np.random.default_rng(7)
    spread = np.concatenate([rng.uniform(0, 300, (400, 2)), rng.uniform(0, 300, (50, 2)).repeat(2, axis=0)])
    lattice_ = np.round(spread[:200] / reach_m) * reach_m if reach_m > 0.1 else spread
    strip = spread * (1, 1.5 * min(reach_m, 1) / 300)
    for xy in (spread, lattice_, strip):
        expected = KDTree(xy).query_pairs(reach_m, output_type="ndarray")
        found = noding._near(xy, reach_m)
        assert sorted(map(tuple, found.tolist())) == sorted(map(tuple, expected.tolist()))


def test_a_road_with_many_vertices_stays_as_long_as_it_is() -> None:
    """Vertices every half metre are not one though each is near to the next; those of another road still join."""
    dense = [(0.5 * step, 0.0) for step in range(401)]
    network = build_network(roads(dense, [(100.3, 0.6), (100.3, 80.0)]), join_m=1.0)
    assert network.edges == 3
    # The end at (100.3, 0.6) makes one of the vertices within a metre of it, which lies where the first of them does.
    assert sorted(network.length_m) == pytest.approx([math.hypot(0.3, 80), 100, 100], abs=1e-4)
