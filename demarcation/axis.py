"""A line as an axis: how far along it and how far beside it a place lies, on the ellipsoid."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyproj
import shapely

from geo.crs import GEOD

__all__ = ["SAME_M", "Axis", "Place", "axis_of", "drawn_twice", "metres_per_degree"]

FloatArray = npt.NDArray[np.float64]
#: Ends of two stretches within this distance are one vertex: bits of a coordinate, not a gap on the ground.
SAME_M = 1e-3
#: A place farther than this from the box round a line is not near it: some five kilometres.
_NEAR_DEG = 0.05
#: Each makes the error of a place on a piece a hundred times smaller, on a piece of 100 km.
_STEPS = 5
#: Of a line in more pieces than anybody draws, not every end is tried as the first.
_MOST_STARTS = 16
_ELLIPSOID = pyproj.get_ellps_map()["WGS84"]
_SEMI_MAJOR_M = float(_ELLIPSOID["a"])
_FLATTENING = 1.0 / float(_ELLIPSOID["rf"])
_ECCENTRICITY_2 = _FLATTENING * (2 - _FLATTENING)


@dataclass(frozen=True)
class Place:
    """Where a stake stands by its line.

    Parameters
    ----------
    chainage_m
        里程: along the line from its start to the foot, on the ellipsoid.
    offset_m
        From the foot to the stake; positive on the left in the direction of the line.
    foot
        Nearest point of the line, degrees.
    """

    chainage_m: float
    offset_m: float
    foot: tuple[float, float]


def metres_per_degree(lat: float) -> tuple[float, float]:
    """Metres of one degree of longitude and of latitude at a latitude of the WGS 84 ellipsoid.

    Examples
    --------
    >>> [round(metres) for metres in metres_per_degree(30.0)]
    [96486, 110852]
    """
    sine = np.sin(np.radians(lat))
    flat = 1.0 - _ECCENTRICITY_2 * sine**2
    east = np.radians(1.0) * _SEMI_MAJOR_M * np.cos(np.radians(lat)) / np.sqrt(flat)
    north = np.radians(1.0) * _SEMI_MAJOR_M * (1.0 - _ECCENTRICITY_2) / flat**1.5
    return float(east), float(north)


@dataclass(frozen=True)
class Axis:
    """One line, part after part.

    Parameters
    ----------
    parts
        LineStrings in EPSG:4326 in the order and direction of the line. Between vertices the line is straight in
        degrees, as every map draws it. Parts that do not meet are gaps: they have no length.
    """

    parts: tuple[shapely.LineString, ...]

    @cached_property
    def _pieces(self) -> "_Pieces":
        return _pieces_of(self.parts)

    @property
    def length_m(self) -> float:
        """On the ellipsoid; gaps between parts are not counted."""
        return float(self._pieces.chainage_m[-1])

    @property
    def closed(self) -> bool:
        """Whether the line comes back to its start, as round an exclave."""
        return bool(self._pieces.joined[-1])

    @property
    def gaps(self) -> tuple[shapely.LineString, ...]:
        """Straight lines across the places where parts do not meet."""
        found = []
        for before, after in zip(self.parts[:-1], self.parts[1:], strict=True):
            ends = np.array([before.coords[-1][:2], after.coords[0][:2]])
            if _lengths(ends[:1], ends[1:])[0] > SAME_M:
                found.append(shapely.LineString(ends))
        return tuple(found)

    def may_be_near(self, lon: float, lat: float) -> bool:
        """Whether a place lies within a few kilometres of the box round the line, so that locating it is worth while.

        Examples
        --------
        >>> axis = Axis((shapely.LineString([(114.0, 30.0), (114.1, 30.0)]),))
        >>> axis.may_be_near(114.05, 30.02), axis.may_be_near(117.05, 30.02)
        (True, False)
        """
        west, south, east, north = self._box
        return west - _NEAR_DEG <= lon <= east + _NEAR_DEG and south - _NEAR_DEG <= lat <= north + _NEAR_DEG

    @cached_property
    def _box(self) -> tuple[float, float, float, float]:
        west, south, east, north = map(float, shapely.total_bounds(np.array(self.parts, dtype=object)))
        return west, south, east, north

    def locate(self, lon: float, lat: float) -> Place:
        """Chainage, offset and foot of a place.

        Examples
        --------
        >>> axis = Axis((shapely.LineString([(114.0, 30.0), (114.1, 30.0)]),))
        >>> place = axis.locate(114.05, 30.001)
        >>> round(place.chainage_m, 1), round(place.offset_m, 1)
        (4824.3, 110.9)
        """
        pieces = self._pieces
        here = np.array([lon, lat])
        piece, share = _nearest(pieces, here)
        at = pieces.point(piece, share)
        along_m = pieces.chainage_m[piece] + _lengths(pieces.starts[piece][None], at[None])[0]
        away_m = _lengths(at[None], here[None])[0]
        side = _side(pieces, piece, share, here)
        return Place(float(along_m), float(away_m * side), (float(at[0]), float(at[1])))

    def point_at(self, at_m: float) -> tuple[float, float]:
        """Longitude and latitude of a chainage; the ends for what lies beyond them.

        Examples
        --------
        >>> axis = Axis((shapely.LineString([(114.0, 30.0), (114.1, 30.0)]),))
        >>> axis.point_at(0.0), round(axis.point_at(axis.length_m / 2)[0], 6)
        ((114.0, 30.0), 114.05)
        """
        pieces = self._pieces
        last = len(pieces.starts) - 1
        piece = min(max(int(np.searchsorted(pieces.chainage_m, at_m, side="right")) - 1, 0), last)
        start, end = pieces.starts[piece][None], pieces.ends[piece][None]
        length_m = pieces.chainage_m[piece + 1] - pieces.chainage_m[piece]
        wanted_m = min(max(at_m - pieces.chainage_m[piece], 0.0), length_m)
        share = wanted_m / length_m if length_m > 0 else 0.0
        # A degree of longitude is not as long at both ends of a long piece.
        for _ in range(_STEPS if 0.0 < share < 1.0 else 0):
            share += (wanted_m - _lengths(start, start + (end - start) * share)[0]) / length_m
        at = pieces.point(piece, share)
        return float(at[0]), float(at[1])

    def between(self, from_m: float, to_m: float) -> shapely.LineString:
        """The stretch between two chainages, in the direction of the line, across gaps.

        Examples
        --------
        >>> axis = Axis((shapely.LineString([(114.0, 30.0), (114.05, 30.0), (114.1, 30.0)]),))
        >>> len(axis.between(1000.0, 9000.0).coords)
        3
        """
        pieces = self._pieces
        low, high = sorted((from_m, to_m))
        path: list[tuple[float, ...]] = [self.point_at(low)]
        for piece in np.flatnonzero((pieces.chainage_m[1:] > low) & (pieces.chainage_m[:-1] < high)):
            if pieces.chainage_m[piece] > low:
                path.append(tuple(map(float, pieces.starts[piece])))
            if not pieces.joined[piece] and pieces.chainage_m[piece + 1] < high:
                path.append(tuple(map(float, pieces.ends[piece])))
        return shapely.LineString([*path, self.point_at(high)])


@dataclass(frozen=True)
class _Pieces:
    """The straight pieces of a line, those without length left out.

    Parameters
    ----------
    starts, ends
        Degrees, shape (n, 2).
    chainage_m
        Of each start, and of the last end; shape (n + 1,).
    joined
        Whether the next piece starts where this one ends; for the last piece, whether the first does.
    """

    starts: FloatArray
    ends: FloatArray
    chainage_m: FloatArray
    joined: npt.NDArray[np.bool_]

    def point(self, piece: int, share: float) -> FloatArray:
        """A place on a piece, degrees; its ends to the last bit."""
        start, end = self.starts[piece], self.ends[piece]
        at: FloatArray = end if share >= 1.0 else start + (end - start) * share
        return at


def _pieces_of(parts: Sequence[shapely.LineString]) -> _Pieces:
    xy = [shapely.get_coordinates(part) for part in parts]
    starts = np.vstack([part[:-1] for part in xy])
    ends = np.vstack([part[1:] for part in xy])
    length_m = _lengths(starts, ends)
    long = length_m > 0
    if long.any():
        starts, ends, length_m = starts[long], ends[long], length_m[long]
    joined = _lengths(ends, np.roll(starts, -1, axis=0)) <= SAME_M
    return _Pieces(starts, ends, np.concatenate([[0.0], np.cumsum(length_m)]), joined)


def _nearest(pieces: _Pieces, here: FloatArray) -> tuple[int, float]:
    """The piece nearest to a place, and the share of it that lies before the foot."""
    # Scaling is affine, so that lines stay straight; it is exact at the place itself, and stakes stand near their line.
    scale = np.array(metres_per_degree(float(here[1])))
    a = (pieces.starts - here) * scale
    span = (pieces.ends - pieces.starts) * scale
    square = np.einsum("ij,ij->i", span, span)
    share = np.clip(-np.einsum("ij,ij->i", a, span) / np.where(square > 0, square, 1.0), 0.0, 1.0)
    foot = a + span * share[:, None]
    piece = int(np.argmin(np.einsum("ij,ij->i", foot, foot)))
    return piece, float(share[piece])


def _side(pieces: _Pieces, piece: int, share: float, here: FloatArray) -> float:
    """1 where a place lies left of the line, -1 right. At a vertex both pieces are asked."""
    own = _left_of(pieces, piece, here)
    before, after = piece, piece
    if share >= 1.0 and pieces.joined[piece]:
        after = (piece + 1) % len(pieces.starts)
    elif share <= 0.0 and pieces.joined[piece - 1]:
        before = (piece - 1) % len(pieces.starts)
    other = _left_of(pieces, before if after == piece else after, here)
    if before == after or (own >= 0) == (other >= 0):
        return 1.0 if own >= 0 else -1.0
    # Beyond a corner both do not agree: the place is on the outside of the turn.
    (ax, ay), (bx, by) = (pieces.ends[index] - pieces.starts[index] for index in (before, after))
    return -1.0 if ax * by - ay * bx > 0 else 1.0


def _left_of(pieces: _Pieces, piece: int, here: FloatArray) -> float:
    """Positive where a place lies left of the straight line through a piece."""
    (x, y), (to_x, to_y) = pieces.ends[piece] - pieces.starts[piece], here - pieces.starts[piece]
    return float(x * to_y - y * to_x)


def axis_of(segments: Sequence[shapely.LineString]) -> Axis:
    """The segments of one line as an axis, the same whatever the order of the rows and the direction of each.

    Segments that meet end to end follow each other; where they do not meet, the chain with the shortest gaps is taken.
    The line runs as most of its length is drawn; where that is even, from the western end.

    Parameters
    ----------
    segments
        LineStrings, EPSG:4326.

    Examples
    --------
    >>> first, second = shapely.LineString([(0, 0), (1, 0)]), shapely.LineString([(2, 0), (1, 0)])
    >>> [part.wkt for part in axis_of([second, first]).parts]
    ['LINESTRING (0 0, 1 0)', 'LINESTRING (1 0, 2 0)']
    """
    if len(segments) == 1:
        return Axis(tuple(segments))
    # In an order that neither rows nor directions change; a segment that is drawn twice is one.
    once = {_ways(segment): segment for segment in sorted(segments, key=_bits, reverse=True)}
    if len(once) == 1:
        return Axis(tuple(once.values()))
    known = [once[way] for way in sorted(once)]
    apart_m = _apart_m(np.array([[segment.coords[0][:2], segment.coords[-1][:2]] for segment in known]))
    chain = min((_chain(apart_m, first) for first in _first_ends(apart_m)), key=lambda found: found[0])[1]
    along_m = sum(_drawn_m(known[end // 2]) * (1 if end % 2 == 0 else -1) for end in chain)
    parts = [known[end // 2] if end % 2 == 0 else shapely.reverse(known[end // 2]) for end in chain]
    start, end = parts[0].coords[0], parts[-1].coords[-1]
    if along_m < -SAME_M or (abs(along_m) <= SAME_M and end < start):
        parts = [shapely.reverse(part) for part in reversed(parts)]
    return Axis(tuple(parts))


def drawn_twice(segments: Sequence[shapely.LineString]) -> int:
    """How many segments are another one again, in either direction.

    Examples
    --------
    >>> once = shapely.LineString([(0, 0), (1, 0)])
    >>> drawn_twice([once, shapely.reverse(once), shapely.LineString([(1, 0), (2, 0)])])
    1
    """
    return len(segments) - len({_ways(segment) for segment in segments}) if len(segments) > 1 else 0


def _ways(segment: shapely.LineString) -> tuple[tuple[float, ...], ...]:
    """Vertices in that of both directions that comes first."""
    return tuple(min(_bits(segment), _bits(shapely.reverse(segment))))


def _bits(segment: shapely.LineString) -> list[tuple[float, ...]]:
    return [tuple(vertex[:2]) for vertex in segment.coords]


def _drawn_m(segment: shapely.LineString) -> float:
    xy = shapely.get_coordinates(segment)
    return float(_lengths(xy[:-1], xy[1:]).sum())


def _apart_m(ends: FloatArray) -> FloatArray:
    """Distances of all ends from each other, shape (2n, 2n): end 2i is the start of segment i, 2i + 1 its end."""
    flat = ends.reshape(-1, 2)
    xy = (flat - flat[0]) * metres_per_degree(float(flat[:, 1].mean()))
    return np.asarray(np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1)), dtype=np.float64)


def _first_ends(apart_m: FloatArray) -> list[int]:
    """Ends at which the line may start: those that meet no other segment, the outermost first."""
    size = len(apart_m)
    others = np.where(np.arange(size)[:, None] // 2 == np.arange(size) // 2, np.inf, apart_m)
    free = np.flatnonzero(others.min(axis=1) > SAME_M)
    outward = free[np.argsort(-apart_m[free].sum(axis=1), kind="stable")]
    return [int(end) for end in outward[:_MOST_STARTS]] or [0]


def _chain(apart_m: FloatArray, first: int) -> tuple[float, list[int]]:
    """From one end always on to the nearest end of a segment that is left: metres of gaps, and the ends entered."""
    left = np.ones(len(apart_m), dtype=bool)
    entered, gaps_m, end = [], 0.0, first
    while True:
        entered.append(end)
        left[[end, end ^ 1]] = False
        if not left.any():
            return round(gaps_m, 3), entered
        leaving = np.where(left, apart_m[end ^ 1], np.inf)
        end = int(np.argmin(leaving))
        gaps_m += float(leaving[end])


def _lengths(starts: FloatArray, ends: FloatArray) -> FloatArray:
    return np.asarray(GEOD.inv(starts[:, 0], starts[:, 1], ends[:, 0], ends[:, 1])[2], dtype=np.float64)
