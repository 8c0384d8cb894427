"""From lines to straight pieces between shared vertices.

Lines connect only where they share a vertex: a bridge over a road has none and stays apart. Bureau layers that were not
drawn so can be joined within a distance and cut where they cross.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from coverage.noding_kernels import near_pairs
from geo.crs import MetricCrs

__all__ = ["Pieces", "bare_crossings", "near_misses", "node_lines"]

IntArray = npt.NDArray[np.int64]
Int32Array = npt.NDArray[np.int32]
FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

#: A dead end this near to another road, in metres, and not connected to it, is a near miss.
NEAR_MISS_M = 1.0
# Vertices of one line that are this many join distances apart along the line are near because the line is dense there.
_DENSE_FACTOR = 4.0
# Crossings this near to a vertex of a piece, in metres, are at the vertex.
_AT_VERTEX_M = 1e-6
# Cells in which near vertices are looked for are wider than the distance by this much, for the last bits, and not
# smaller than this share of the extent, so that their numbers fit 64 bits.
_CELL_MARGIN, _SMALLEST_CELL = 1.001, 2.0**-30


@dataclass(frozen=True)
class Pieces:
    """Straight pieces between vertices, in an order that does not depend on the order of the lines.

    Parameters
    ----------
    lonlat, xy
        Distinct vertices in degrees and in metres, shape (v, 2), sorted by longitude, then latitude.
    a, b
        Vertex at each end, ``a < b``, shape (p,).
    line
        Line (row of the road table) that the piece was cut from, shape (p,).
    against
        The line runs from ``b`` to ``a``, shape (p,).
    zero_length
        Pieces dropped because both ends are one vertex.
    """

    lonlat: FloatArray
    xy: FloatArray
    a: Int32Array
    b: Int32Array
    line: Int32Array
    against: BoolArray
    zero_length: int


def node_lines(
    lines: npt.NDArray[np.object_], crs: MetricCrs, *, join_m: float, grade: IntArray | None = None
) -> Pieces:
    """Cut lines at shared vertices.

    Parameters
    ----------
    lines
        Shapely LineStrings in EPSG:4326, shape (n,).
    crs
        Metric system of the study area.
    join_m
        Vertices within this distance are one.
    grade
        Level of each line (bridge, tunnel, layer as one number), shape (n,). When given, lines of one level are also
        cut where they cross or where one ends within ``join_m`` of another.

    Returns
    -------
    Pieces
    """
    lonlat, line = shapely.get_coordinates(lines, return_index=True)
    line = line.astype(np.int64)
    if grade is not None:
        lonlat, line = _cut_crossings(lonlat, line, crs, grade, join_m)
    unique, index = _distinct(lonlat)
    xy = crs.forward(unique)
    master = _join(xy, index, line, join_m)
    is_kept = np.zeros(len(unique), dtype=bool)
    is_kept[master] = True
    vertex = (np.cumsum(is_kept, dtype=np.int32) - 1)[master][index]
    same_line = line[1:] == line[:-1]
    start, end, on_line = vertex[:-1][same_line], vertex[1:][same_line], line[:-1][same_line]
    real = start != end
    start, end, on_line = start[real], end[real], on_line[real]
    return Pieces(
        lonlat=unique[is_kept],
        xy=xy[is_kept],
        a=np.minimum(start, end),
        b=np.maximum(start, end),
        line=on_line.astype(np.int32),
        against=start > end,
        zero_length=int(len(real) - real.sum()),
    )


def _distinct(lonlat: FloatArray) -> tuple[FloatArray, IntArray]:
    """Distinct places sorted by longitude, then latitude, shape (v, 2), and which of them each place is, shape (k,)."""
    # Three sorts of plain numbers, each far faster than one of pairs.
    lon, lon_rank = np.unique(lonlat[:, 0], return_inverse=True)
    lat, lat_rank = np.unique(lonlat[:, 1], return_inverse=True)
    key, index = np.unique(lon_rank * len(lat) + lat_rank, return_inverse=True)
    return np.column_stack([lon[key // len(lat)], lat[key % len(lat)]]), index


def _join(xy: FloatArray, index: IntArray, line: IntArray, join_m: float) -> IntArray:
    """For each distinct vertex the smallest vertex that it is one with, shape (v,)."""
    count = len(xy)
    pairs = _near(xy, join_m) if join_m > 0 else np.empty((0, 2), dtype=np.int64)
    if len(pairs):
        keys = pairs[:, 0] * count + pairs[:, 1]
        pairs = pairs[~np.isin(keys, _dense_pairs(xy, index, line, pairs, join_m))]
    if not len(pairs):
        return np.arange(count, dtype=np.int64)
    graph = coo_array((np.ones(len(pairs), dtype=np.int8), (pairs[:, 0], pairs[:, 1])), shape=(count, count))
    _, label = connected_components(graph, directed=False)
    first = np.full(label.max() + 1, count, dtype=np.int64)
    np.minimum.at(first, label, np.arange(count))
    return np.asarray(first[label], dtype=np.int64)


def _near(xy: FloatArray, reach_m: float) -> IntArray:
    """Pairs of points within a distance of each other, the smaller number first, shape (pairs, 2)."""
    low, high = xy.min(axis=0), xy.max(axis=0)
    side = max(_CELL_MARGIN * reach_m, float((high - low).max()) * _SMALLEST_CELL)
    column, row = ((xy - low) // side).astype(np.int64).T
    columns = int(row.max()) + 3
    cell = column * columns + row + 1
    order = np.argsort(cell)
    pairs = np.empty((len(xy) // 4, 2), dtype=np.int64)
    found = near_pairs(xy, order, cell[order], columns, reach_m, pairs)
    if found > len(pairs):
        pairs = np.empty((found, 2), dtype=np.int64)
        near_pairs(xy, order, cell[order], columns, reach_m, pairs)
    return pairs[:found]


def _dense_pairs(xy: FloatArray, index: IntArray, line: IntArray, pairs: IntArray, join_m: float) -> IntArray:
    """Keys of vertex pairs that are near only because one line has many vertices there."""
    step = np.hypot(*np.diff(xy[index], axis=0).T)
    along = np.concatenate([[0.0], np.cumsum(step)])
    in_pair = np.zeros(len(xy), dtype=bool)
    in_pair[pairs] = True
    here = in_pair[index]
    index, line, along = index[here], line[here], along[here]
    keys: list[IntArray] = []
    apart = 1
    while apart < len(index):
        close = (line[apart:] == line[:-apart]) & (along[apart:] - along[:-apart] <= _DENSE_FACTOR * join_m)
        if not close.any():
            break
        first, second = index[:-apart][close], index[apart:][close]
        keys.append(np.minimum(first, second) * len(xy) + np.maximum(first, second))
        apart += 1
    return np.unique(np.concatenate(keys)) if keys else np.empty(0, dtype=np.int64)


def _segments(xy: FloatArray, line: IntArray) -> tuple[IntArray, npt.NDArray[np.object_]]:
    """Index of the first vertex of each straight piece, and the pieces as geometry."""
    first = np.flatnonzero(line[1:] == line[:-1])
    return first, shapely.linestrings(np.stack([xy[first], xy[first + 1]], axis=1))


def _crossing_positions(
    xy: FloatArray, first: IntArray, left: IntArray, right: IntArray
) -> tuple[FloatArray, FloatArray]:
    """Position 0…1 of the crossing on each of two pieces; NaN for parallel ones. Shapes (k,)."""
    p, q = xy[first[left]], xy[first[right]]
    r, s = xy[first[left] + 1] - p, xy[first[right] + 1] - q
    cross = r[:, 0] * s[:, 1] - r[:, 1] * s[:, 0]
    with np.errstate(divide="ignore", invalid="ignore"):
        d = q - p
        t = (d[:, 0] * s[:, 1] - d[:, 1] * s[:, 0]) / cross
        u = (d[:, 0] * r[:, 1] - d[:, 1] * r[:, 0]) / cross
    parallel = cross == 0
    t[parallel] = np.nan
    u[parallel] = np.nan
    return t, u


def _find_crossings(
    lonlat: FloatArray, xy: FloatArray, line: IntArray, grade: IntArray
) -> tuple[IntArray, IntArray, IntArray, FloatArray, FloatArray]:
    """Pieces of one level that meet where at least one of them has no vertex of the other.

    Returns
    -------
    first
        First vertex of each piece.
    left, right
        Numbers of the crossing pieces, shape (k,).
    t, u
        Position of the crossing on them, 0…1, shape (k,).
    """
    first, geometry = _segments(xy, line)
    left, right = shapely.STRtree(geometry).query(geometry, predicate="intersects")
    once = left < right
    left, right = left[once], right[once]
    level = grade[line[first]]
    same = level[left] == level[right]
    left, right = left[same], right[same]
    shared = np.zeros(len(left), dtype=bool)
    for i in (0, 1):
        for j in (0, 1):
            shared |= (lonlat[first[left] + i] == lonlat[first[right] + j]).all(axis=1)
    left, right = left[~shared], right[~shared]
    t, u = _crossing_positions(xy, first, left, right)
    real = np.isfinite(t) & np.isfinite(u)
    return first, left[real], right[real], np.clip(t[real], 0, 1), np.clip(u[real], 0, 1)


def bare_crossings(lines: npt.NDArray[np.object_], crs: MetricCrs, grade: IntArray) -> int:
    """How many times lines of one level (bridge, tunnel, layer) cross or touch without a shared vertex.

    Parameters
    ----------
    lines
        LineStrings in EPSG:4326, shape (n,).
    crs
        Metric system of the study area.
    grade
        Level of each line, shape (n,).
    """
    lonlat, line = shapely.get_coordinates(lines, return_index=True)
    _, left, *_ = _find_crossings(lonlat, crs.forward(lonlat), line.astype(np.int64), grade)
    return len(left)


def _cut_crossings(
    lonlat: FloatArray, line: IntArray, crs: MetricCrs, grade: IntArray, join_m: float
) -> tuple[FloatArray, IntArray]:
    """Put a shared vertex into lines where they cross, and where one ends within ``join_m`` of another."""
    xy = crs.forward(lonlat)
    first, left, right, t, u = _find_crossings(lonlat, xy, line, grade)
    at = xy[first[left]] + t[:, None] * (xy[first[left] + 1] - xy[first[left]])
    piece = np.concatenate([left, right])
    position = np.concatenate([t, u])
    point = np.concatenate([at, at])
    end_piece, end_position, end_point = _ends_near(xy, line, first, grade, join_m)
    piece = np.concatenate([piece, end_piece])
    position = np.concatenate([position, end_position])
    point = np.concatenate([point, end_point])
    length = np.hypot(*(xy[first[piece] + 1] - xy[first[piece]]).T)
    inside = (position * length > _AT_VERTEX_M) & ((1 - position) * length > _AT_VERTEX_M)
    # A crossing at a vertex of one piece takes that vertex; the join then makes them one.
    new_lonlat = crs.inverse(point)
    order = np.concatenate([np.arange(len(line), dtype=np.float64), first[piece[inside]] + position[inside]])
    all_lonlat = np.concatenate([lonlat, new_lonlat[inside]])
    all_line = np.concatenate([line, line[first[piece[inside]]]])
    sort = np.lexsort((order, all_line))
    return all_lonlat[sort], all_line[sort]


def _ends_near(
    xy: FloatArray, line: IntArray, first: IntArray, grade: IntArray, join_m: float
) -> tuple[IntArray, FloatArray, FloatArray]:
    """Pieces that a line of the same level ends near to: piece, position 0…1 on it, and the end's place."""
    is_end = np.concatenate([[True], line[1:] != line[:-1]]) | np.concatenate([line[1:] != line[:-1], [True]])
    ends = np.flatnonzero(is_end)
    _, geometry = _segments(xy, line)
    points = shapely.points(xy[ends])
    who, piece = shapely.STRtree(geometry).query(points, predicate="dwithin", distance=join_m)
    other = (line[first[piece]] != line[ends[who]]) & (grade[line[first[piece]]] == grade[line[ends[who]]])
    who, piece = who[other], piece[other]
    start, step = xy[first[piece]], xy[first[piece] + 1] - xy[first[piece]]
    with np.errstate(divide="ignore", invalid="ignore"):
        position = ((xy[ends[who]] - start) * step).sum(axis=1) / (step**2).sum(axis=1)
    position = np.clip(np.nan_to_num(position), 0, 1)
    return piece.astype(np.int64), position, xy[ends[who]]


def near_misses(pieces: Pieces) -> int:
    """How many dead ends lie within 1 m of a road that they are not connected to."""
    degree = np.bincount(np.concatenate([pieces.a, pieces.b]), minlength=len(pieces.xy))
    ends = np.flatnonzero(degree == 1)
    if not len(ends):
        return 0
    geometry = shapely.linestrings(np.stack([pieces.xy[pieces.a], pieces.xy[pieces.b]], axis=1))
    who, piece = shapely.STRtree(geometry).query(
        shapely.points(pieces.xy[ends]), predicate="dwithin", distance=NEAR_MISS_M
    )
    vertex = ends[who]
    own = (pieces.a[piece] == vertex) | (pieces.b[piece] == vertex)
    # A short last piece: its other end is on the next piece of the same road, which is near but no miss.
    far_end = np.zeros(len(pieces.xy), dtype=np.int64)
    far_end[pieces.a], far_end[pieces.b] = pieces.b, pieces.a
    next_piece = (pieces.a[piece] == far_end[vertex]) | (pieces.b[piece] == far_end[vertex])
    return len(np.unique(vertex[~own & ~next_piece]))
