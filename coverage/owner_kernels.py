"""Compiled loops that give each node of the snap grid to the facility that is nearest to it."""

import numpy as np

from coverage.area_kernels import TILE, enters_at, level_at, squares_of_leg, within
from coverage.link_kernels import part_s
from geo.jit import numba

__all__ = ["claim_leg", "claim_nodes", "tiles_of_owners"]

_compiled = numba.njit(cache=True, nogil=True)


@_compiled
def _claim(owner, since, node, then, who):
    """Give a node to a facility that reaches it sooner than its owner, or as soon with a smaller number."""
    when = np.float32(then)
    if when < since[node] or (when == since[node] and who < owner[node]):
        owner[node] = who
        since[node] = when


@_compiled
def _claim_corners(owner, since, square, columns, then, who):
    for corner in range(4):
        _claim(owner, since, square + corner % 2 + corner // 2 * columns, then, who)


@_compiled
def claim_nodes(grid, edges, links, access_mps, limit_s, owner, since):
    """Give every node that :func:`coverage.area_kernels.raise_levels` raises above zero to a facility.

    Parameters
    ----------
    grid, edges, links, access_mps, limit_s
        As for that function.
    owner, since
        Facility of each node, and when it is reached; inf at first. A node that is raised only because a road passes
        falls to whom the road belongs to; such a claim counts as later than any by an own time.
    """
    for k in range(len(links.edge)):
        low_s, high_s = within(links.low_s[k], limit_s), within(links.high_s[k], limit_s)
        if min(low_s, high_s) == np.inf:
            continue
        edge, low, high = links.edge[k], links.low[k], links.high[k]
        low_who, high_who = links.low_who[k], links.high_who[k]
        for j in range(grid.node_start[edge], grid.node_start[edge + 1]):
            share = np.float64(grid.share[j])
            if low <= share <= high:
                up = low_s + part_s(share - low, edges.ahead_s[edge])
                down = high_s + part_s(high - share, edges.behind_s[edge])
                if level_at(grid, j, min(up, down), limit_s, access_mps) > 0:
                    _claim(owner, since, np.int64(grid.node[j]), up, low_who)
                    _claim(owner, since, np.int64(grid.node[j]), down, high_who)
        for j in range(grid.square_start[edge], grid.square_start[edge + 1]):
            for up, down, who in ((low_s, np.inf, low_who), (np.inf, high_s, high_who)):
                then = enters_at(grid, edges, links, k, j, up, down)
                if then <= limit_s:
                    _claim_corners(owner, since, grid.square[j], grid.columns, limit_s + 1 + then, who)


@_compiled
def claim_leg(grid, walked, limit_s, who, owner, since):
    """Give the corners of the squares along a leg to its facility, as a road that it reaches.

    ``walked``: leg and share as for :func:`coverage.area_kernels.squares_of_leg`, and when the end of that stretch is
    reached; the others are as for :func:`claim_nodes`.
    """
    leg, share, end_s = walked
    square, before = squares_of_leg(grid, leg, share)
    for k in range(len(square)):
        _claim_corners(owner, since, square[k], grid.columns, limit_s + 1 + before[k] * end_s, who)


@_compiled
def tiles_of_owners(level, owner, tiles):
    """Which owners have nodes above zero in which tiles: owner and tile, with repetitions, shapes (n,) each."""
    count = 0
    for write in (False, True):
        who, where = np.empty(count, np.int32), np.empty(count, np.int32)
        count = 0
        for tile in tiles:
            last = -1
            for node in range(tile * TILE, (tile + 1) * TILE):
                if level[node] > 0 and owner[node] != last:
                    last = owner[node]
                    if write:
                        who[count], where[count] = last, tile
                    count += 1
    return who, where
