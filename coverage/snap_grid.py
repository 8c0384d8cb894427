"""The snap grid: one for each network and profile, shared by all minutes, kinds and facilities.

Each node of a regular grid knows its nearest position on a usable road, as a place there would; each road knows the
squares between the nodes that it passes. Times come later, see :mod:`coverage.area_kernels`.
"""

import dataclasses
import math
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from coverage import grid_kernels
from coverage.network import Network
from coverage.snap import Snapper

__all__ = ["AREA_REACH_M", "SnapGrid", "area_reach_m", "make_grid"]

FloatArray = npt.NDArray[np.float64]
Float32Array = npt.NDArray[np.float32]
Int32Array = npt.NDArray[np.int32]

#: An area extends this far from a reached road at most, in metres.
AREA_REACH_M = 100.0
# Nodes of a grid at most, unless that makes its cells finer than this, in metres. It bounds memory: 12 bytes for a node
# near a road, 8 for a square that a road passes, and 4 for each node of the grid while areas are drawn.
_MOST_NODES = 10_000_000
_FINEST_M = 4.0
# Nodes farther from the road than an area extends matter by this many cells: the outline lies between two nodes.
_MARGIN_CELLS = 2


class SnapGrid(NamedTuple):
    """The grid as the compiled loops take it.

    ``row * columns + column`` numbers a node, and the square north-east of it.

    Parameters
    ----------
    cell_m
        Distance of neighbouring nodes.
    x_m, y_m
        Metric place of node 0, the most south-western.
    rows, columns
        Shape of the grid.
    reach_m
        How far from a reached road an area extends.
    node_start, node, share, away_m
        Rows ``node_start[e]:node_start[e + 1]`` of the other three: the nodes whose nearest road is edge e, the share
        of its length before their position, and the distance of that position.
    square_start, square, enters
        Rows ``square_start[e]:square_start[e + 1]`` of the other two: the squares that edge e passes, one after the
        other, and the share of its length before each.
    """

    cell_m: float
    x_m: float
    y_m: float
    rows: int
    columns: int
    reach_m: float
    node_start: Int32Array
    node: Int32Array
    share: Float32Array
    away_m: Float32Array
    square_start: Int32Array
    square: Int32Array
    enters: Float32Array

    @property
    def nodes(self) -> int:
        """Nodes of the grid."""
        return self.rows * self.columns

    def metric(self, xy: FloatArray) -> FloatArray:
        """Columns and rows, shape (n, 2), in metres."""
        metric: FloatArray = xy * self.cell_m + np.array([self.x_m, self.y_m])
        return metric


@dataclass(frozen=True)
class _GridKey:
    """What a grid depends on; the snapper only carries it."""

    network: str
    edges: bytes
    max_snap_m: float
    cell_m: float
    snapper: Snapper = dataclasses.field(compare=False)


def area_reach_m(snapper: Snapper) -> float:
    """How far from a reached road an area extends, in metres: no farther than places may lie from the road."""
    return min(AREA_REACH_M, snapper.max_snap_m)


def make_grid(snapper: Snapper, *, cell_m: float | None = None) -> SnapGrid:
    """Lay a grid over the roads that places may be snapped to; the last two are kept.

    Parameters
    ----------
    snapper
        The network as the profile uses it.
    cell_m
        Distance of the nodes, at least; None: as fine as useful. It is more where the network is so wide that its grid
        would take too much memory.
    """
    component = snapper.edge_component()
    allowed = (component >= 0) & ~snapper.left_islands()[component]
    edges, cell_m = np.packbits(allowed).tobytes(), cell_m or _FINEST_M
    return _grid(_GridKey(snapper.network.key, edges, snapper.max_snap_m, cell_m, snapper))


@lru_cache(maxsize=2)
def _grid(key: _GridKey) -> SnapGrid:
    network, reach_m = key.snapper.network, area_reach_m(key.snapper)
    allowed = np.unpackbits(np.frombuffer(key.edges, dtype=np.uint8), count=network.edges).astype(bool)
    edge_of = np.repeat(np.arange(network.edges, dtype=np.int32), np.diff(network.offsets))
    xy = np.asarray(network.xy)[allowed[edge_of]]
    low, high = xy.min(axis=0), xy.max(axis=0)
    # The legs between facilities and the road lie inside too.
    margin_m = max(AREA_REACH_M, key.snapper.max_snap_m)
    cell_m = max(key.cell_m, math.sqrt(float((high - low + 2 * margin_m).prod()) / _MOST_NODES))
    margin_m += (_MARGIN_CELLS + 1) * cell_m
    columns, rows = (int(side_m / cell_m) + 2 for side_m in high - low + 2 * margin_m)
    x_m, y_m = (low - margin_m).tolist()
    roads = _roads(network, np.flatnonzero(allowed).astype(np.int32), edge_of, (x_m, y_m, cell_m))
    nearest = np.full(rows * columns, -1, dtype=np.int32)
    distance = np.full(rows * columns, np.inf, dtype=np.float32)
    square_start = grid_kernels.count_squares(roads)
    square, enters = grid_kernels.cover(roads, square_start, columns, nearest, distance)
    grid_kernels.spread(roads, rows, columns, reach_m / cell_m + _MARGIN_CELLS, nearest, distance)
    node_start, node, share, away_m = grid_kernels.share_out(roads, edge_of, columns, cell_m, nearest)
    return SnapGrid(
        cell_m, x_m, y_m, rows, columns, reach_m, node_start, node, share, away_m, square_start, square, enters
    )


def _roads(
    network: Network, edges: Int32Array, edge_of: Int32Array, frame: tuple[float, float, float]
) -> grid_kernels.Roads:
    """The roads in columns and rows. ``frame``: metric x and y of node 0, and the cell in metres."""
    total_m = np.asarray(network.length_m)[edge_of]
    share = np.divide(network.along_m, total_m, out=np.zeros(len(total_m)), where=total_m > 0)
    x, y = ((np.asarray(network.xy)[:, k] - frame[k]) / frame[2] for k in (0, 1))
    return grid_kernels.Roads(edges, np.asarray(network.offsets, dtype=np.int32), x, y, share)
