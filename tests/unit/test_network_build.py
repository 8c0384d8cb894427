"""How the network is laid out in memory."""

import numpy as np

from coverage.network import Network, build_network
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
