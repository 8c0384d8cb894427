"""Compiled loops from what is reached of each edge to levels on the snap grid.

The *level* of a grid node is how many metres a walker has left there, negative where time or reach has ended; the
outline of an area runs where it is zero. Every loop runs without the interpreter's lock.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from coverage.grid_kernels import walk
from coverage.link_kernels import part_s
from geo.jit import numba

__all__ = ["LEAST", "NOWHERE", "TILE", "Levels", "lower", "raise_leg", "raise_levels"]

FloatArray = npt.NDArray[np.float64]
Int32Array = npt.NDArray[np.int32]

#: Level of nodes that are not reached, in cells; no level is farther than this from zero.
NOWHERE = np.float32(-1.0)
#: No level is nearer to zero than this share of a cell. So an outline never passes through a node of the grid, and its
#: rings touch neither themselves nor each other, not even after they are rounded to the 7 decimals of a file.
LEAST = np.float32(0.02)
#: Nodes in a tile, neighbours in one row of the grid.
TILE = 32
# The shares where roads enter squares are float32; an interval that is this much wider holds what it held.
_ROUNDED = 1e-6

_compiled = numba.njit(cache=True, nogil=True)


class Levels(NamedTuple):
    """Levels of the grid nodes, and where any was raised.

    Parameters
    ----------
    level
        In cells, :data:`NOWHERE` where nothing is reached, shape (nodes of whole tiles,).
    slot
        Position of each tile in ``tiles``, -1 where no node was raised, shape (tiles + 1,).
    tiles, count
        Tiles where a node was raised, in the order in which that happened, shape (tiles,); how many, shape (1,).
    """

    level: npt.NDArray[np.float32]
    slot: Int32Array
    tiles: Int32Array
    count: Int32Array


@_compiled
def _raise(levels, node, cells):
    """Raise a node to a level, and note its tile when it is the first there."""
    if cells > levels.level[node]:
        levels.level[node] = cells
        tile = node // TILE
        if levels.slot[tile] < 0:
            levels.slot[tile] = levels.count[0]
            levels.tiles[levels.count[0]] = tile
            levels.count[0] += 1


@_compiled
def _raise_corners(levels, square, columns):
    """Raise the corners of a square, so that all of it is just inside."""
    _raise(levels, square, LEAST)
    _raise(levels, square + 1, LEAST)
    _raise(levels, square + columns, LEAST)
    _raise(levels, square + columns + 1, LEAST)


@_compiled
def lower(levels):
    """Put all levels back to where they were at first."""
    for k in range(levels.count[0]):
        tile = levels.tiles[k]
        levels.slot[tile] = -1
        levels.level[tile * TILE : (tile + 1) * TILE] = NOWHERE
    levels.count[0] = 0


@_compiled
def within(seconds, limit_s):
    """Times beyond the limit are not known: an area does not depend on how much farther the search went."""
    return seconds if seconds <= limit_s else np.inf


@_compiled
def level_at(grid, j, then, limit_s, access_mps):
    """Level, in cells, of a node whose position on the road (row ``j`` of the grid's nodes) is reached at a time."""
    metres = min((limit_s - then) * access_mps, grid.reach_m) - grid.away_m[j]
    cells = np.float32(min(metres / grid.cell_m, 1.0))
    return max(cells, LEAST) if cells >= 0 else min(cells, -LEAST)


@_compiled
def enters_at(grid, edges, links, k, j, low_s, high_s):
    """When a road first is in a square that it passes (row ``j`` of the grid's squares), on one link; inf: never."""
    edge, low, high = links.edge[k], links.low[k], links.high[k]
    enters = max(np.float64(grid.enters[j]) - _ROUNDED, low)
    leaves = high
    if j + 1 < grid.square_start[edge + 1]:
        leaves = min(np.float64(grid.enters[j + 1]) + _ROUNDED, high)
    if enters > leaves:
        return np.inf
    return min(low_s + part_s(enters - low, edges.ahead_s[edge]), high_s + part_s(high - leaves, edges.behind_s[edge]))


@_compiled
def raise_levels(grid, edges, links, access_mps, limit_s, levels):
    """Raise the nodes that are reached within a limit.

    A node has the metres that are left of the time, or of the reach from a road, whichever are fewer. And all corners
    of a square that a reached road passes are at least just inside: so is then the whole square, and the road in it.

    Parameters
    ----------
    grid
        A :class:`coverage.snap_grid.SnapGrid`.
    edges, links
        A :class:`coverage.reach_kernels.Edges`, and what is reached of them.
    levels
        Raised in place.
    """
    for k in range(len(links.edge)):
        low_s, high_s = within(links.low_s[k], limit_s), within(links.high_s[k], limit_s)
        if min(low_s, high_s) == np.inf:
            continue
        edge, low, high = links.edge[k], links.low[k], links.high[k]
        ahead_s, behind_s = edges.ahead_s[edge], edges.behind_s[edge]
        for j in range(grid.node_start[edge], grid.node_start[edge + 1]):
            share = np.float64(grid.share[j])
            if low <= share <= high:
                then = min(low_s + part_s(share - low, ahead_s), high_s + part_s(high - share, behind_s))
                _raise(levels, np.int64(grid.node[j]), level_at(grid, j, then, limit_s, access_mps))
        for j in range(grid.square_start[edge], grid.square_start[edge + 1]):
            if enters_at(grid, edges, links, k, j, low_s, high_s) <= limit_s:
                _raise_corners(levels, np.int64(grid.square[j]), grid.columns)


@_compiled
def squares_of_leg(grid, leg, share):
    """Squares along a leg, and the share of that stretch before each.

    Parameters
    ----------
    leg
        Metric x and y of a facility, then of its position on the road.
    share
        The stretch: this share of the leg, from the facility on.
    """
    x, y = (leg[0] - grid.x_m) / grid.cell_m, (leg[1] - grid.y_m) / grid.cell_m
    to_x, to_y = (leg[2] - grid.x_m) / grid.cell_m, (leg[3] - grid.y_m) / grid.cell_m
    to_x, to_y = x + share * (to_x - x), y + share * (to_y - y)
    most = 1 + abs(int(np.floor(to_x)) - int(np.floor(x))) + abs(int(np.floor(to_y)) - int(np.floor(y)))
    square, before = np.empty(most, np.int32), np.zeros(most)
    square[0] = int(np.floor(y)) * grid.columns + int(np.floor(x))
    walk((x, y, to_x, to_y), grid.columns, square, before, np.int64(1))
    return square, before


@_compiled
def raise_leg(grid, leg, share, levels):
    """Raise the corners of the squares along a stretch of a leg; parameters as for :func:`squares_of_leg`."""
    square, _ = squares_of_leg(grid, leg, share)
    for k in range(len(square)):
        _raise_corners(levels, np.int64(square[k]), grid.columns)
