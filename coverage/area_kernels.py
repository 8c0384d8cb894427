"""Compiled loops from what is reached of each edge to levels on the snap grid.

The *level* of a grid node is how many metres a walker has left there, negative where time or reach has ended; the
outline of an area runs where it is zero. Every loop runs without the interpreter's lock. Loops take their arrays out of
the tuples first: asking a tuple for one in each round would cost several times the round's work.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from coverage.grid_kernels import walk
from coverage.link_kernels import part_s
from geo.jit import numba

__all__ = [
    "LEAST", "NOWHERE", "TILE", "Levels", "level_of", "lower", "raise_leg", "raise_levels", "squares_of_leg", "stretch",
    "within",
]  # fmt: skip

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
    tiles, used
        Tiles where a node was raised, in the order in which that happened, shape (tiles,); how many, shape (1,).
    """

    level: npt.NDArray[np.float32]
    slot: Int32Array
    tiles: Int32Array
    used: Int32Array


@_compiled
def _note(slot, tiles, used, tile):
    """Note a tile. Apart from :func:`_raise`, as it happens rarely: that makes the loops several times as fast."""
    slot[tile] = used[0]
    tiles[used[0]] = tile
    used[0] += 1


@_compiled
def _raise(level, slot, tiles, used, node, cells):
    """Raise a node to a level, and note its tile when it is the first there."""
    if cells > level[node]:
        level[node] = cells
        if slot[node // TILE] < 0:
            _note(slot, tiles, used, node // TILE)


@_compiled
def lower(levels):
    """Put all levels back to where they were at first."""
    level, slot, tiles = levels.level, levels.slot, levels.tiles
    for k in range(levels.used[0]):
        slot[tiles[k]] = -1
        level[tiles[k] * TILE : (tiles[k] + 1) * TILE] = NOWHERE
    levels.used[0] = 0


@_compiled
def within(seconds, limit_s):
    """Times beyond the limit are not known: an area does not depend on how much farther the search went."""
    return seconds if seconds <= limit_s else np.inf


@_compiled
def level_of(left_m, away_m, reach_m, cell_m):
    """Level in cells of a node so far from a road where so many metres are left."""
    cells = np.float32(min((min(left_m, reach_m) - away_m) / cell_m, 1.0))
    return max(cells, LEAST) if cells >= 0 else min(cells, -LEAST)


@_compiled
def stretch(enters, j, end, low, high):
    """Between which shares a road is in the square of row ``j``, on one link; the rows of the road end at ``end``."""
    begin = max(np.float64(enters[j]) - _ROUNDED, low)
    return begin, (min(np.float64(enters[j + 1]) + _ROUNDED, high) if j + 1 < end else high)


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
    level, slot, tiles, used = levels.level, levels.slot, levels.tiles, levels.used
    node_start, nodes, shares, away_m = grid.node_start, grid.node, grid.share, grid.away_m
    square_start, squares, enters = grid.square_start, grid.square, grid.enters
    cell_m, reach_m, columns = grid.cell_m, grid.reach_m, grid.columns
    all_ahead_s, all_behind_s = edges.ahead_s, edges.behind_s
    all_edge, all_low, all_high, all_low_s, all_high_s = links.edge, links.low, links.high, links.low_s, links.high_s
    for k in range(len(all_edge)):
        low_s, high_s = within(all_low_s[k], limit_s), within(all_high_s[k], limit_s)
        if min(low_s, high_s) == np.inf:
            continue
        edge, low, high = all_edge[k], all_low[k], all_high[k]
        ahead_s, behind_s = all_ahead_s[edge], all_behind_s[edge]
        for j in range(node_start[edge], node_start[edge + 1]):
            share = np.float64(shares[j])
            if low <= share <= high:
                then = min(low_s + part_s(share - low, ahead_s), high_s + part_s(high - share, behind_s))
                cells = level_of((limit_s - then) * access_mps, away_m[j], reach_m, cell_m)
                _raise(level, slot, tiles, used, np.int64(nodes[j]), cells)
        end = square_start[edge + 1]
        for j in range(square_start[edge], end):
            begin, stop = stretch(enters, j, end, low, high)
            then = min(low_s + part_s(begin - low, ahead_s), high_s + part_s(high - stop, behind_s))
            if begin <= stop and then <= limit_s:
                square = np.int64(squares[j])
                for corner in (square, square + 1, square + columns, square + columns + 1):
                    _raise(level, slot, tiles, used, corner, LEAST)


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
    squares, _ = squares_of_leg(grid, leg, share)
    for k in range(len(squares)):
        square = np.int64(squares[k])
        for corner in (square, square + 1, square + grid.columns, square + grid.columns + 1):
            _raise(levels.level, levels.slot, levels.tiles, levels.used, corner, LEAST)
