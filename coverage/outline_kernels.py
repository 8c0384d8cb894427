"""Outlines of what is above zero on a grid: marching squares, compiled.

Between two neighbouring nodes the outline crosses at the zero of the line between their levels, and inside a square it
runs straight from crossing to crossing. Where two opposite corners are above zero and two below, the mean of the four
decides whether they hang together. A level that rises takes nothing away, so areas that rise are nested. As no level is
nearly zero, no two crossings meet: rings are simple and apart from each other, the result is valid.

Nodes above zero may belong to owners, each with an outline of its own: between two owners it crosses where the line
from the level of the one to minus that of the other is zero, the same place for both. Where more than two meet in a
square, the smallest owner has what the others leave. So the areas of all owners are the whole area, cut up.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from coverage.area_kernels import TILE
from geo.jit import numba

__all__ = ["EVERYONE", "Outline", "Sheet", "outline", "settle"]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Int32Array = npt.NDArray[np.int32]

#: Instead of an owner: the outline of the whole.
EVERYONE = np.int64(-1)
# Sides of a square: below, right, above, left; side k leads from corner k to the next, against the clock.
_BELOW, _RIGHT, _ABOVE, _LEFT = 0, 1, 2, 3
_SIDES = 4

_compiled = numba.njit(cache=True, nogil=True)


class Sheet(NamedTuple):
    """What is outlined.

    Parameters
    ----------
    level, slot
        Of :class:`coverage.area_kernels.Levels`; the tiles that ``slot`` knows hold all that is looked at.
    owner
        Owner of each node above zero, shape (nodes,); empty where only the whole is outlined.
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
    """Rings as they are traced: those points, the shell that each belongs to, its area, and where its trace began."""

    x: FloatArray
    y: FloatArray
    start: IntArray
    shell: IntArray
    area: FloatArray
    node: IntArray


@numba.njit(cache=True, nogil=True, inline="always")
def _inside(sheet, node, who):
    return sheet.level[node] > 0 and (who == EVERYONE or sheet.owner[node] == who)


@numba.njit(cache=True, nogil=True, inline="always")
def _corner(sheet, square, k):
    """Node at corner k of a square, where side k begins."""
    if k == _BELOW:
        return square
    if k == _RIGHT:
        return square + 1
    return square + sheet.columns + (k == _ABOVE)


@numba.njit(cache=True, nogil=True, inline="always")
def _crossing(sheet, row, column, side):
    """Where the outline crosses a side of a square; the same from both of its squares, for the whole and for owners."""
    row += side == _ABOVE
    column += side == _RIGHT
    node = row * sheet.columns + column
    other = node + (1 if side == _BELOW or side == _ABOVE else sheet.columns)
    here, there = abs(np.float64(sheet.level[node])), abs(np.float64(sheet.level[other]))
    share = here / (here + there)
    if side == _BELOW or side == _ABOVE:
        return column + share, np.float64(row)
    return np.float64(column), row + share


@numba.njit(cache=True, nogil=True, inline="always")
def _leads(sheet, square, who):
    """Whether what is inside hangs together across a square, and the others leave the rest of it to this owner."""
    level = sheet.level
    a, b = square, square + 1
    c, d = b + sheet.columns, a + sheet.columns
    ab, bb, cb, db = level[a] > 0, level[b] > 0, level[c] > 0, level[d] > 0
    if ab == cb and bb == db and ab != bb and level[a] + level[b] + level[c] + level[d] <= 0:
        return False
    if who == EVERYONE:
        return True
    for node in (a, b, c, d):
        if level[node] > 0 and sheet.owner[node] < who:
            return False
    return True


@numba.njit(cache=True, nogil=True, inline="always")
def _differ(sheet, one, other):
    """Whether two neighbours are on different sides of any outline."""
    inside, beside = sheet.level[one] > 0, sheet.level[other] > 0
    return inside != beside or (inside and sheet.owner[one] != sheet.owner[other])


@numba.njit(cache=True, nogil=True, inline="always")
def _key(sheet, node):
    """Where it is marked that a ring crosses between a node and the next."""
    tile = node // TILE
    if sheet.slot[tile] >= 0:
        return sheet.slot[tile] * (TILE + 1) + 1 + node - tile * TILE
    return sheet.slot[tile + 1] * (TILE + 1)


@_compiled
def _crossings(sheet, tiles, who):
    """How often an outline crosses between neighbouring nodes."""
    count = 0
    for tile in tiles:
        for node in range(tile * TILE, (tile + 1) * TILE):
            if _inside(sheet, node, who):
                for other in (node - 1, node + 1, node - sheet.columns, node + sheet.columns):
                    count += not _inside(sheet, other, who)
    return count


@_compiled
def _trace(sheet, who, mark, ring, begin, rings, used):
    """Follow a ring, with what is inside on the left, from row, column and side of a square until it closes.

    Returns the number of points afterwards.
    """
    row, column, side = begin
    first = used
    twice = 0.0
    while True:
        square = row * sheet.columns + column
        if side == _BELOW or side == _ABOVE:
            mark[_key(sheet, square if side == _BELOW else square + sheet.columns)] = ring
        rings.x[used], rings.y[used] = _crossing(sheet, row, column, side)
        used += 1
        if _leads(sheet, square, who):
            # Along the others' corners until one's own comes again.
            side = (side + 1) & 3
            while not _inside(sheet, _corner(sheet, square, (side + 1) & 3), who):
                here, there = _corner(sheet, square, side), _corner(sheet, square, (side + 1) & 3)
                if who != EVERYONE and _differ(sheet, here, there):
                    rings.x[used], rings.y[used] = _crossing(sheet, row, column, side)
                    used += 1
                side = (side + 1) & 3
        else:
            # Back to where one's own corners begin.
            side = (side + 3) & 3
            while _inside(sheet, _corner(sheet, square, side), who):
                side = (side + 3) & 3
        row += (side == _ABOVE) - (side == _BELOW)
        column += (side == _RIGHT) - (side == _LEFT)
        side = (side + 2) & 3
        if row == begin[0] and column == begin[1] and side == begin[2]:
            break
    x, y = rings.x[first], rings.y[first]
    for k in range(first + 1, used - 1):
        twice += (rings.x[k] - x) * (rings.y[k + 1] - y) - (rings.x[k + 1] - x) * (rings.y[k] - y)
    rings.area[ring] = twice / 2
    return used


@_compiled
def _rings(sheet, tiles, who):
    """Trace all rings, in the order of their most south-western crossings along the rows.

    Between two crossings in a row lies what is inside one shell: so a ring that is first met where one comes out is a
    hole, and its shell is that of the crossing before.
    """
    crossings = _crossings(sheet, tiles, who)
    room = crossings if who == EVERYONE else 3 * crossings
    most = crossings // _SIDES
    rings = _Rings(
        np.empty(room), np.empty(room), np.zeros(most + 1, np.int64), np.empty(most, np.int64), np.empty(most),
        np.empty(most, np.int64),
    )  # fmt: skip
    mark = np.full(len(tiles) * (TILE + 1), -1, np.int32)
    # A plain 0 would be a type of its own, and the trace would be compiled for it once more.
    count = used = np.int64(0)
    last = -1
    for tile in tiles:
        node = tile * TILE - 1
        inside = _inside(sheet, node, who)
        # The crossing out of the tile belongs to the next one, if that is looked at.
        for node in range(tile * TILE - 1, (tile + 1) * TILE - (sheet.slot[tile + 1] >= 0)):
            beside = _inside(sheet, node + 1, who)
            if beside == inside:
                continue
            ring = mark[_key(sheet, node)]
            if ring < 0:
                ring = count
                row = node // sheet.columns
                column = node - row * sheet.columns
                begin = (row, column, _BELOW) if inside else (row - 1, column, _ABOVE)
                rings.shell[ring] = rings.shell[last] if inside else ring
                rings.node[ring] = node
                used = _trace(sheet, who, mark, ring, begin, rings, used)
                count += 1
                rings.start[count] = used
            last = ring
            inside = beside
    return rings, count


@_compiled
def _kept(rings, count, smallest_part, smallest_hole):
    """Which rings are large enough, shape (count,)."""
    kept = np.zeros(count, np.bool_)
    for ring in range(count):
        if rings.shell[ring] == ring:
            kept[ring] = rings.area[ring] >= smallest_part
        else:
            kept[ring] = kept[rings.shell[ring]] and -rings.area[ring] >= smallest_hole
    return kept


@_compiled
def outline(sheet, tiles, who, smallest_part, smallest_hole):
    """Outline what is above zero.

    Parameters
    ----------
    sheet
        Levels and owners. Along the edge of the grid nothing is above zero.
    tiles
        Tiles that hold all of it, rising; ``sheet.slot`` knows these and no others.
    who
        The owner whose area it is, or :data:`EVERYONE`.
    smallest_part, smallest_hole
        Rings that enclose less, in cells, are not kept: at most 1 and 2. Less than one cell holds no square, so no
        road; a hole of less than two holds no other part.
    """
    rings, count = _rings(sheet, tiles, who)
    kept = _kept(rings, count, smallest_part, smallest_hole)
    of_shell = np.zeros(count, np.int64)
    polygons = points = many = 0
    for ring in range(count):
        if kept[ring]:
            of_shell[rings.shell[ring]] += 1
            polygons += rings.shell[ring] == ring
            points += rings.start[ring + 1] - rings.start[ring] + 1
            many += 1
    xy = np.empty((points, 2))
    ring_points, polygon_rings = np.empty(many, np.int64), np.empty(polygons, np.int64)
    # Each shell in front of its holes.
    place = np.empty(count, np.int64)
    order = np.empty(many, np.int64)
    many = polygons = 0
    for ring in range(count):
        if kept[ring]:
            shell = rings.shell[ring]
            if shell == ring:
                place[ring] = many
                many += of_shell[ring]
                polygon_rings[polygons] = of_shell[ring]
                polygons += 1
            order[place[shell]] = ring
            place[shell] += 1
    at = 0
    for k in range(many):
        first, last = rings.start[order[k]], rings.start[order[k] + 1]
        for j in range(first, last):
            xy[at, 0], xy[at, 1] = rings.x[j], rings.y[j]
            at += 1
        xy[at, 0], xy[at, 1] = rings.x[first], rings.y[first]
        at += 1
        ring_points[k] = last - first + 1
    return Outline(xy, ring_points, polygon_rings, count - many)


@_compiled
def _part(sheet, node, inside):
    """Nodes that hang together with a node, all above zero or none."""
    found = [node]
    seen = {node}
    while found:
        here = found.pop()
        for up in (-sheet.columns, sheet.columns):
            for aside in (-1, 1):
                beside, above, across = here + aside, here + up, here + aside + up
                alone = True
                for other in (beside, above):
                    if (sheet.level[other] > 0) == inside:
                        alone = False
                        if other not in seen:
                            seen.add(other)
                            found.append(other)
                if alone and (sheet.level[across] > 0) == inside and across not in seen:
                    four = sheet.level[here] + sheet.level[beside] + sheet.level[above] + sheet.level[across]
                    if (four > 0) == inside:
                        seen.add(across)
                        found.append(across)
    return seen


@_compiled
def settle(sheet, tiles, smallest_part, smallest_hole, least):
    """Change the levels so that the rings too small to be kept are gone; holes fall to the owner west of them.

    Parameters are as for :func:`outline`; ``least``: the level nearest to zero.
    """
    rings, count = _rings(sheet, tiles, EVERYONE)
    kept = _kept(rings, count, smallest_part, smallest_hole)
    for ring in range(count):
        is_shell = rings.shell[ring] == ring
        # A hole of a shell that goes is gone with it.
        if not kept[ring] and (is_shell or kept[rings.shell[ring]]):
            west = rings.node[ring]
            for node in _part(sheet, west + 1, is_shell):
                sheet.level[node] = -least if is_shell else least
                if not is_shell:
                    sheet.owner[node] = sheet.owner[west]
