"""Compiled loops that give each node of the snap grid to the facility that is nearest to it."""

import numpy as np

from coverage.area_kernels import TILE, level_of, squares_of_leg, stretch, within
from coverage.link_kernels import part_s
from geo.jit import numba

__all__ = ["claim_leg", "claim_nodes", "tiles_of_owners", "turn"]

_compiled = numba.njit(cache=True, nogil=True)


@_compiled
def _claim(owner, since, node, then, who):
    """Give a node to a facility that reaches it sooner than its owner, or as soon with a smaller number."""
    when = np.float32(then)
    if when < since[node] or (when == since[node] and who < owner[node]):
        owner[node] = who
        since[node] = when


@_compiled
def claim_nodes(grid, edges, links, access_mps, limit_s, owner, since):
    """Give every node that :func:`coverage.area_kernels.raise_levels` raises above zero to a facility.

    Parameters
    ----------
    grid, edges, links, access_mps, limit_s
        As for that function.
    owner, since
        Facility of each node, and when it is reached; -1 and inf at first. A node that is raised only because a road
        passes falls to whom the road belongs to; such a claim counts as later than any by an own time.
    """
    node_start, nodes, shares, away_m = grid.node_start, grid.node, grid.share, grid.away_m
    square_start, squares, enters = grid.square_start, grid.square, grid.enters
    cell_m, reach_m, columns = grid.cell_m, grid.reach_m, grid.columns
    all_ahead_s, all_behind_s = edges.ahead_s, edges.behind_s
    all_edge, all_low, all_high, all_low_s, all_high_s = links.edge, links.low, links.high, links.low_s, links.high_s
    all_low_who, all_high_who = links.low_who, links.high_who
    for k in range(len(all_edge)):
        low_s, high_s = within(all_low_s[k], limit_s), within(all_high_s[k], limit_s)
        if min(low_s, high_s) == np.inf:
            continue
        edge, low, high = all_edge[k], all_low[k], all_high[k]
        ahead_s, behind_s = all_ahead_s[edge], all_behind_s[edge]
        low_who, high_who = np.int64(all_low_who[k]), np.int64(all_high_who[k])
        for j in range(node_start[edge], node_start[edge + 1]):
            share = np.float64(shares[j])
            if low <= share <= high:
                up, down = low_s + part_s(share - low, ahead_s), high_s + part_s(high - share, behind_s)
                left_m = (limit_s - min(up, down)) * access_mps
                if level_of(left_m, away_m[j], reach_m, cell_m) > 0:
                    _claim(owner, since, np.int64(nodes[j]), up, low_who)
                    _claim(owner, since, np.int64(nodes[j]), down, high_who)
        end = square_start[edge + 1]
        for j in range(square_start[edge], end):
            begin, stop = stretch(enters, j, end, low, high)
            if begin > stop:
                continue
            up, down = low_s + part_s(begin - low, ahead_s), high_s + part_s(high - stop, behind_s)
            square = np.int64(squares[j])
            for corner in (square, square + 1, square + columns, square + columns + 1):
                if up <= limit_s:
                    _claim(owner, since, corner, limit_s + 1 + up, low_who)
                if down <= limit_s:
                    _claim(owner, since, corner, limit_s + 1 + down, high_who)


@_compiled
def claim_leg(grid, walked, limit_s, who, owner, since):
    """Give the corners of the squares along a leg to its facility, as a road that it reaches.

    ``walked``: leg and share as for :func:`coverage.area_kernels.squares_of_leg`, and when the end of that stretch is
    reached; the others are as for :func:`claim_nodes`.
    """
    leg, share, end_s = walked
    squares, before = squares_of_leg(grid, leg, share)
    for k in range(len(squares)):
        square = np.int64(squares[k])
        for corner in (square, square + 1, square + grid.columns, square + grid.columns + 1):
            _claim(owner, since, corner, limit_s + 1 + before[k] * end_s, who)


@_compiled
def tiles_of_owners(owner, tiles):
    """Which owners have nodes in which tiles: owner and tile, with repetitions, shapes (n,) each."""
    who = np.empty(len(tiles) * TILE, np.int32)
    where = np.empty(len(tiles) * TILE, np.int32)
    count = 0
    for tile in tiles:
        last = -1
        for node in range(tile * TILE, (tile + 1) * TILE):
            if owner[node] >= 0 and owner[node] != last:
                who[count], where[count] = owner[node], tile
                count += 1
            last = owner[node]
    return who[:count], where[:count]


@_compiled
def turn(level, owner, tiles, who):
    """Turn the sign of the levels of one owner's nodes."""
    for tile in tiles:
        for node in range(tile * TILE, (tile + 1) * TILE):
            if owner[node] == who:
                level[node] = -level[node]
