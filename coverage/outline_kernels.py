"""Outlines of what is above zero on a grid: marching squares, compiled.

Between two neighbouring nodes the outline crosses at the zero of the line between their levels, and inside a square it
runs straight from crossing to crossing. Where two opposite corners are above zero and two below, the mean of the four
decides whether they hang together. A level that rises takes nothing away, so areas that rise are nested. As no level is
nearly zero, no two crossings meet: rings are simple and apart from each other, the result is valid.

Nodes above zero may belong to owners, each with an outline of its own. Then only the nodes of one owner at a time have
their level, those of the others have minus theirs: so the outline crosses between two owners at one place for both.
Where more than two meet in a square, the smallest owner has what the others leave. So the areas of all owners are the
whole area, cut up.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from coverage.area_kernels import TILE
from geo.jit import numba

__all__ = ["Outline", "Sheet", "outline", "settle"]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Int32Array = npt.NDArray[np.int32]

# Sides of a square; side k leads from corner k to the next, against the clock. Even ones run along a row.
_BELOW, _RIGHT, _ABOVE, _LEFT = 0, 1, 2, 3
_LAST_SIDE = 3

_compiled = numba.njit(cache=True, nogil=True)


class Sheet(NamedTuple):
    """What is outlined.

    Parameters
    ----------
    level, slot
        Of :class:`coverage.area_kernels.Levels`; the tiles that ``slot`` knows hold all that is above zero.
    owner
        Owner of each node that is above zero for anyone, -1 for other nodes, shape (nodes,); empty where only the whole
        is outlined.
    columns
        Nodes in a row of the grid.
    """

    level: npt.NDArray[np.float32]
    slot: Int32Array
    owner: Int32Array
    columns: int


class Outline(NamedTuple):
    """Polygons in columns and rows, each the outer ring (against the clock) and then its holes.

    Parameters
    ----------
    xy
        Points of all rings, the first again at the end of each, shape (points, 2).
    ring_points
        Points of each ring, shape (rings,).
    polygon_rings
        Rings of each polygon, shape (polygons,).
    slivers
        Rings that were too small to be kept.
    """

    xy: FloatArray
    ring_points: IntArray
    polygon_rings: IntArray
    slivers: int


class _Rings(NamedTuple):
    """Rings as they are traced: their points, where each starts, its shell, its area, the node west of its start."""

    x: FloatArray
    y: FloatArray
    start: IntArray
    shell: IntArray
    area: FloatArray
    west: IntArray


@_compiled
def _corner(square, k, columns):
    """Node at corner k of a square, where side k begins."""
    if k == _BELOW:
        return square
    if k == _RIGHT:
        return square + 1
    return square + columns + (k == _ABOVE)


@_compiled
def _crossing(level, columns, row, column, side):
    """Where the outline crosses a side of a square; the same from both of its squares, for the whole and for owners."""
    row += side == _ABOVE
    column += side == _RIGHT
    node = row * columns + column
    here = abs(np.float64(level[node]))
    if side & 1 == 0:
        return column + here / (here + abs(np.float64(level[node + 1]))), np.float64(row)
    return np.float64(column), row + here / (here + abs(np.float64(level[node + columns])))


@_compiled
def _hangs_together(a, b, c, d):
    """Whether what is above zero hangs together across a square with these levels at its corners."""
    return not ((a > 0) == (c > 0) and (b > 0) == (d > 0) and (a > 0) != (b > 0) and a + b + c + d <= 0)


@_compiled
def _leads(level, owner, columns, square):
    """Whether what is above zero hangs together across a square, and others leave the rest of the square to it."""
    corners = square, square + 1, square + columns + 1, square + columns
    a, b, c, d = level[corners[0]], level[corners[1]], level[corners[2]], level[corners[3]]
    if len(owner) == 0:
        return _hangs_together(a, b, c, d)
    own = smallest = np.iinfo(np.int32).max
    for node in corners:
        if level[node] > 0:
            own = owner[node]
        if owner[node] >= 0:
            smallest = min(smallest, owner[node])
    a, b = (abs(a) if owner[corners[0]] >= 0 else a), (abs(b) if owner[corners[1]] >= 0 else b)
    c, d = (abs(c) if owner[corners[2]] >= 0 else c), (abs(d) if owner[corners[3]] >= 0 else d)
    return own == smallest and _hangs_together(a, b, c, d)


@_compiled
def _key(slot, node):
    """Where it is marked that a ring crosses between a node and the next."""
    tile = node // TILE
    if slot[tile] >= 0:
        return slot[tile] * (TILE + 1) + 1 + node - tile * TILE
    return slot[tile + 1] * (TILE + 1)


@_compiled
def _crossings(level, columns, tiles):
    """How often the outline crosses between neighbouring nodes."""
    count = 0
    for tile in tiles:
        for node in range(tile * TILE, (tile + 1) * TILE):
            if level[node] > 0:
                for other in (node - 1, node + 1, node - columns, node + columns):
                    count += level[other] <= 0
    return count


@_compiled
def _trace(sheet, mark, ring, begin, rings, used):
    """Follow a ring, with what is inside on the left, from row, column and side of a square until it closes.

    Returns the number of points afterwards.
    """
    level, slot, owner, columns = sheet.level, sheet.slot, sheet.owner, sheet.columns
    xs, ys = rings.x, rings.y
    row, column, side = begin
    first = used
    twice = 0.0
    while True:
        square = row * columns + column
        if side == _BELOW:
            mark[_key(slot, square)] = ring
        elif side == _ABOVE:
            mark[_key(slot, square + columns)] = ring
        xs[used], ys[used] = _crossing(level, columns, row, column, side)
        used += 1
        if _leads(level, owner, columns, square):
            # Along the corners of others until one's own comes again.
            side = (side + 1) & _LAST_SIDE
            while level[_corner(square, (side + 1) & _LAST_SIDE, columns)] <= 0:
                here, there = _corner(square, side, columns), _corner(square, (side + 1) & _LAST_SIDE, columns)
                if len(owner) > 0 and owner[here] != owner[there]:
                    xs[used], ys[used] = _crossing(level, columns, row, column, side)
                    used += 1
                side = (side + 1) & _LAST_SIDE
        else:
            # Back to where one's own corners begin.
            side = (side - 1) & _LAST_SIDE
            while level[_corner(square, side, columns)] > 0:
                side = (side - 1) & _LAST_SIDE
        row += (side == _ABOVE) - (side == _BELOW)
        column += (side == _RIGHT) - (side == _LEFT)
        side = (side + 2) & _LAST_SIDE
        if (row, column, side) == begin:
            break
    for k in range(first + 1, used - 1):
        twice += (xs[k] - xs[first]) * (ys[k + 1] - ys[first]) - (xs[k + 1] - xs[first]) * (ys[k] - ys[first])
    rings.area[ring] = twice / 2
    return used


@_compiled
def _rings(sheet, tiles):
    """Trace all rings, in the order of their most south-western crossings along the rows; returns their number too.

    Between two crossings in a row lies what is inside one shell: so a ring that is first met where one comes out is a
    hole, and its shell is that of the crossing before.
    """
    level, slot, columns = sheet.level, sheet.slot, sheet.columns
    crossings = _crossings(level, columns, tiles)
    # A ring that gets the rest of a square crosses two more of its sides at most.
    room = crossings if len(sheet.owner) == 0 else 3 * crossings
    most = crossings // 4
    rings = _Rings(
        np.empty(room), np.empty(room), np.zeros(most + 1, np.int64), np.empty(most, np.int64), np.empty(most),
        np.empty(most, np.int64),
    )  # fmt: skip
    start, shell, west = rings.start, rings.shell, rings.west
    mark = np.full(len(tiles) * (TILE + 1), -1, np.int32)
    # A plain 0 would be a type of its own, and the trace would be compiled for it once more.
    count = used = int(np.int64(0))
    last = -1
    for tile in tiles:
        inside = level[tile * TILE - 1] > 0
        # The crossing out of the tile belongs to the next one, if that is looked at.
        for node in range(tile * TILE - 1, (tile + 1) * TILE - (slot[tile + 1] >= 0)):
            beside = level[node + 1] > 0
            if beside == inside:
                continue
            ring = int(mark[_key(slot, node)])
            if ring < 0:
                ring = count
                row = node // columns
                column = node - row * columns
                begin = (row, column, _BELOW) if inside else (row - 1, column, _ABOVE)
                shell[ring] = shell[last] if inside else ring
                west[ring] = node
                used = _trace(sheet, mark, ring, begin, rings, used)
                count += 1
                start[count] = used
            last = ring
            inside = beside
    return rings, count


@_compiled
def _kept(shell, area, smallest_part, smallest_hole):
    """Which rings are large enough, shape (rings,)."""
    kept = np.zeros(len(shell), np.bool_)
    for ring in range(len(shell)):
        if shell[ring] == ring:
            kept[ring] = area[ring] >= smallest_part
        else:
            kept[ring] = kept[shell[ring]] and -area[ring] >= smallest_hole
    return kept


@_compiled
def outline(sheet, tiles, smallest_part, smallest_hole):
    """Outline what is above zero.

    Parameters
    ----------
    sheet
        Levels and owners. Along the edge of the grid nothing is above zero.
    tiles
        The tiles that ``sheet.slot`` knows, rising.
    smallest_part, smallest_hole
        Rings that enclose less, in cells, are not kept: at most 1 and 2. Less than one cell holds no square, so no
        road; a hole of less than two holds no other part.
    """
    rings, count = _rings(sheet, tiles)
    xs, ys, start, shell = rings.x, rings.y, rings.start, rings.shell[:count]
    kept = _kept(shell, rings.area[:count], smallest_part, smallest_hole)
    of_shell = np.zeros(count, np.int64)
    polygons = points = many = 0
    for ring in range(count):
        if kept[ring]:
            of_shell[shell[ring]] += 1
            polygons += shell[ring] == ring
            points += start[ring + 1] - start[ring] + 1
            many += 1
    xy = np.empty((points, 2))
    ring_points, polygon_rings = np.empty(many, np.int64), np.empty(polygons, np.int64)
    # Each shell in front of its holes.
    place, order = np.empty(count, np.int64), np.empty(many, np.int64)
    many = polygons = 0
    for ring in range(count):
        if kept[ring]:
            if shell[ring] == ring:
                place[ring] = many
                many += of_shell[ring]
                polygon_rings[polygons] = of_shell[ring]
                polygons += 1
            order[place[shell[ring]]] = ring
            place[shell[ring]] += 1
    at = 0
    for k in range(many):
        first, last = start[order[k]], start[order[k] + 1]
        for j in range(first, last):
            xy[at, 0], xy[at, 1] = xs[j], ys[j]
            at += 1
        xy[at, 0], xy[at, 1] = xs[first], ys[first]
        at += 1
        ring_points[k] = last - first + 1
    return Outline(xy, ring_points, polygon_rings, count - many)


@_compiled
def _part(level, columns, node):
    """Nodes that hang together with a node, all above zero as it is, or none."""
    inside = level[node] > 0
    found = [node]
    seen = {node}
    while found:
        here = found.pop()
        for up in (-columns, columns):
            for aside in (-1, 1):
                beside, above, across = here + aside, here + up, here + aside + up
                alone = True
                for other in (beside, above):
                    if (level[other] > 0) == inside:
                        alone = False
                        if other not in seen:
                            seen.add(other)
                            found.append(other)
                joined = _hangs_together(level[here], level[beside], level[across], level[above])
                if alone and (level[across] > 0) == inside and joined == inside and across not in seen:
                    seen.add(across)
                    found.append(across)
    return seen


@_compiled
def settle(sheet, tiles, smallest_part, smallest_hole, least):
    """Change the levels so that the rings too small to be kept are gone; holes fall to the owner west of them.

    Before owners are told apart. Parameters are as for :func:`outline`; ``least``: the level nearest to zero.
    """
    level, owner = sheet.level, sheet.owner
    rings, count = _rings(Sheet(level, sheet.slot, owner[:0], sheet.columns), tiles)
    shell, west = rings.shell[:count], rings.west
    kept = _kept(shell, rings.area[:count], smallest_part, smallest_hole)
    for ring in range(count):
        is_shell = shell[ring] == ring
        # A hole of a shell that goes is gone with it.
        if not kept[ring] and (is_shell or kept[shell[ring]]):
            for node in _part(level, sheet.columns, west[ring] + 1):
                level[node] = -least if is_shell else least
                owner[node] = -1 if is_shell else owner[west[ring]]
