"""A line as an axis: how far along it and how far beside it a place lies, on the ellipsoid."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyproj
import shapely

from geo.crs import GEOD

__all__ = ["Axis", "Place", "axis_of", "metres_per_degree"]

FloatArray = npt.NDArray[np.float64]
#: Ends of two stretches within this distance are one vertex: bits of a coordinate, not a gap on the ground.
SAME_M = 1e-3
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
    def _pieces(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Starts and ends of the straight pieces, shape (n, 2) degrees each, and the chainage of each start."""
        xy = [shapely.get_coordinates(part) for part in self.parts]
        starts = np.vstack([part[:-1] for part in xy])
        ends = np.vstack([part[1:] for part in xy])
        length_m = _lengths(starts, ends)
        return starts, ends, np.concatenate([[0.0], np.cumsum(length_m)])[:-1]

    @cached_property
    def length_m(self) -> float:
        """On the ellipsoid; gaps between parts are not counted."""
        starts, ends, _ = self._pieces
        return float(np.sum(_lengths(starts, ends)))

    @property
    def gaps(self) -> tuple[shapely.LineString, ...]:
        """Straight lines across the places where parts do not meet."""
        found = []
        for before, after in zip(self.parts[:-1], self.parts[1:], strict=True):
            ends = np.array([before.coords[-1][:2], after.coords[0][:2]])
            if _lengths(ends[:1], ends[1:])[0] > SAME_M:
                found.append(shapely.LineString(ends))
        return tuple(found)

    def locate(self, lon: float, lat: float) -> Place:
        """Chainage, offset and foot of a place.

        Examples
        --------
        >>> axis = Axis((shapely.LineString([(114.0, 30.0), (114.1, 30.0)]),))
        >>> place = axis.locate(114.05, 30.001)
        >>> round(place.chainage_m, 1), round(place.offset_m, 1)
        (4824.3, 110.9)
        """
        starts, ends, chainage_m = self._pieces
        # Scaling is affine, so that lines stay straight; it is exact at the place itself, where it counts.
        scale = np.array(metres_per_degree(lat))
        a, b = (starts - (lon, lat)) * scale, (ends - (lon, lat)) * scale
        span = b - a
        square = np.einsum("ij,ij->i", span, span)
        share = np.clip(-np.einsum("ij,ij->i", a, span) / np.where(square > 0, square, 1.0), 0.0, 1.0)
        foot = a + span * share[:, None]
        piece = int(np.argmin(np.einsum("ij,ij->i", foot, foot)))
        at = starts[piece] + (ends[piece] - starts[piece]) * share[piece]
        along_m = chainage_m[piece] + _lengths(starts[piece][None], at[None])[0]
        away_m = _lengths(at[None], np.array([[lon, lat]]))[0]
        return Place(float(along_m), float(away_m * self._side(foot, piece, a, b)), (float(at[0]), float(at[1])))

    @staticmethod
    def _side(foot: FloatArray, piece: int, a: FloatArray, b: FloatArray) -> float:
        """1 where the origin lies left of the line, -1 right. At a vertex both pieces are asked."""

        def left_of(index: int) -> float:
            span = b[index] - a[index]
            return float(span[0] * -a[index][1] - span[1] * -a[index][0])

        at_end = np.allclose(foot[piece], b[piece], rtol=0, atol=1e-9) and piece + 1 < len(a)
        at_start = np.allclose(foot[piece], a[piece], rtol=0, atol=1e-9) and piece > 0
        other = piece + 1 if at_end else piece - 1 if at_start else None
        first = left_of(piece)
        if other is None:
            return 1.0 if first >= 0 else -1.0
        second = left_of(other)
        if (first >= 0) == (second >= 0):
            return 1.0 if first >= 0 else -1.0
        # Beyond a corner: on the outside of the turn, the sum of both directions tells.
        before, after = (piece, other) if at_end else (other, piece)
        turn = (b[before] - a[before])[0] * (b[after] - a[after])[1] - (b[before] - a[before])[1] * (
            b[after] - a[after]
        )[0]
        return -1.0 if turn > 0 else 1.0

    def point_at(self, at_m: float) -> tuple[float, float]:
        """Longitude and latitude of a chainage; the ends for what lies beyond them.

        Examples
        --------
        >>> axis = Axis((shapely.LineString([(114.0, 30.0), (114.1, 30.0)]),))
        >>> axis.point_at(0.0), round(axis.point_at(axis.length_m / 2)[0], 6)
        ((114.0, 30.0), 114.05)
        """
        starts, ends, chainage_m = self._pieces
        piece = max(int(np.searchsorted(chainage_m, at_m, side="right")) - 1, 0)
        length_m = _lengths(starts[piece][None], ends[piece][None])[0]
        share = 0.0 if length_m == 0 else min(max((at_m - chainage_m[piece]) / length_m, 0.0), 1.0)
        at = starts[piece] + (ends[piece] - starts[piece]) * share
        return float(at[0]), float(at[1])

    def between(self, from_m: float, to_m: float) -> shapely.LineString:
        """The stretch between two chainages, in the direction of the line, across gaps.

        Examples
        --------
        >>> axis = Axis((shapely.LineString([(114.0, 30.0), (114.05, 30.0), (114.1, 30.0)]),))
        >>> len(axis.between(1000.0, 9000.0).coords)
        3
        """
        starts, _, chainage_m = self._pieces
        low, high = sorted((from_m, to_m))
        inside = (chainage_m > low) & (chainage_m < high)
        vertices = [tuple(map(float, vertex)) for vertex in starts[inside]]
        return shapely.LineString([self.point_at(low), *vertices, self.point_at(high)])


def axis_of(segments: Sequence[shapely.LineString]) -> Axis:
    """The segments of one line as an axis: in their order, where one was drawn backwards, turned.

    Segments that meet end to end are put one after the other whatever the order of the rows; the line starts where the
    first row that has a free end starts.

    Parameters
    ----------
    segments
        LineStrings, EPSG:4326.

    Examples
    --------
    >>> first, second = shapely.LineString([(0, 0), (1, 0)]), shapely.LineString([(2, 0), (1, 0)])
    >>> [part.wkt for part in axis_of([first, second]).parts]
    ['LINESTRING (0 0, 1 0)', 'LINESTRING (1 0, 2 0)']
    """
    left = list(segments)
    chain = [left.pop(_first(left))]
    chain[0] = _outward(chain[0], left)
    while left:
        end = chain[-1].coords[-1][:2]
        gaps = [
            (_apart(end, segment.coords[side][:2]), position, side)
            for position, segment in enumerate(left)
            for side in (0, -1)
        ]
        _, position, side = min(gaps)
        segment = left.pop(position)
        chain.append(segment if side == 0 else shapely.reverse(segment))
    return Axis(tuple(chain))


def _first(segments: Sequence[shapely.LineString]) -> int:
    """Position of the first segment with an end that meets no other."""
    for position, segment in enumerate(segments):
        others = [other for index, other in enumerate(segments) if index != position]
        if any(not _meets(segment.coords[side][:2], others) for side in (0, -1)):
            return position
    return 0


def _outward(segment: shapely.LineString, others: Sequence[shapely.LineString]) -> shapely.LineString:
    """The first segment turned so that its free end comes first; as drawn where both ends are free or none."""
    start_met, end_met = (_meets(segment.coords[side][:2], others) for side in (0, -1))
    return shapely.reverse(segment) if start_met and not end_met else segment


def _meets(end: tuple[float, ...], others: Sequence[shapely.LineString]) -> bool:
    return any(_apart(end, other.coords[side][:2]) <= SAME_M for other in others for side in (0, -1))


def _apart(a: tuple[float, ...], b: tuple[float, ...]) -> float:
    return float(_lengths(np.array([a]), np.array([b]))[0])


def _lengths(starts: FloatArray, ends: FloatArray) -> FloatArray:
    return np.asarray(GEOD.inv(starts[:, 0], starts[:, 1], ends[:, 0], ends[:, 1])[2], dtype=np.float64)
