"""How the network is built and laid out in memory."""

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


def test_vertices_within_the_distance_are_one_whatever_the_distance() -> None:
    """Against a plain search in a tree, over all distances that may be asked for."""
    rng = np.random.default_rng(7)
    for reach_m in (1e-9, 0.01, 0.5, 3.0, 20.0):
        xy = np.concatenate([rng.uniform(0, 300, (400, 2)), rng.uniform(0, 300, (50, 2)).repeat(2, axis=0)])
        xy[:100] = np.round(xy[:100] / reach_m) * reach_m if reach_m >= 0.5 else xy[:100]
        expected = KDTree(xy).query_pairs(reach_m, output_type="ndarray")
        found = noding._near(xy, reach_m)
        assert sorted(map(tuple, found.tolist())) == sorted(map(tuple, expected.tolist()))
        assert len(found) >= 50
