"""Points close together along a line, and how far each lies from other lines, on the ellipsoid."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from demarcation.axis import metres_per_degree
from geo.crs import geodesic_m

__all__ = ["Track", "Wires", "runs", "track_of"]

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Track:
    """Points along a line: each vertex, and between vertices as many as needed.

    Parameters
    ----------
    chainage_m
        Along the line from its start; gaps between parts have no length. Never falls.
    lonlat
        Degrees, shape (n, 2).
    """

    chainage_m: FloatArray
    lonlat: FloatArray

    def lengths_m(self) -> FloatArray:
        """The length of line that each point stands for, shape (n,); together they are the line."""
        half = np.diff(self.chainage_m) / 2
        return np.asarray(np.r_[half, 0.0] + np.r_[0.0, half], dtype=np.float64)


class Wires:
    """Straight pieces of lines, made ready to be asked which is nearest.

    Parameters
    ----------
    parts
        LineStrings in EPSG:4326; chainage runs through them in order.
    """

    def __init__(self, parts: Sequence[shapely.LineString]) -> None:
        self._starts, self._ends, self._chainage_m = _pieces(parts)
        # Scaling is affine, so that lines stay straight; lengths are measured on the ellipsoid afterwards.
        latitudes = np.concatenate([self._starts[:, 1], self._ends[:, 1]])
        self._scale = np.array(metres_per_degree(float((latitudes.min() + latitudes.max()) / 2)))
        ends = np.stack([self._starts, self._ends], axis=1) * self._scale
        self._tree = shapely.STRtree(shapely.linestrings(ends))

    def nearest(self, lonlat: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Distance of each place to the lines, and the chainage of its foot, metres, shape (n,) each."""
        at = lonlat * self._scale
        piece = self._tree.nearest(shapely.points(at))
        start, span = self._starts[piece] * self._scale, (self._ends - self._starts)[piece] * self._scale
        square = np.einsum("ij,ij->i", span, span)
        share = np.clip(np.einsum("ij,ij->i", at - start, span) / np.where(square > 0, square, 1.0), 0.0, 1.0)
        foot = self._starts[piece] + (self._ends - self._starts)[piece] * share[:, None]
        return geodesic_m(lonlat, foot), self._chainage_m[piece] + geodesic_m(self._starts[piece], foot)


def track_of(parts: Sequence[shapely.LineString], step_m: float) -> Track:
    """Points along the parts of a line, none farther than a step from the next.

    Examples
    --------
    >>> track = track_of([shapely.LineString([(114.0, 30.0), (114.001, 30.0)])], 50.0)
    >>> track.chainage_m.round(1).tolist()
    [0.0, 48.2, 96.5]
    """
    starts, ends, chainage_m = _pieces(parts)
    length_m = geodesic_m(starts, ends)
    steps = np.maximum(np.ceil(length_m / step_m), 1).astype(np.int64)
    piece = np.repeat(np.arange(len(starts)), steps + 1)
    first = np.cumsum(steps + 1) - (steps + 1)
    share = (np.arange(len(piece)) - first[piece]) / steps[piece]
    lonlat = starts[piece] + (ends - starts)[piece] * share[:, None]
    return Track(chainage_m[piece] + length_m[piece] * share, lonlat)


def runs(wanted: BoolArray) -> Iterator[slice]:
    """Stretches of neighbours that are wanted.

    Examples
    --------
    >>> list(runs(np.array([True, False, True, True])))
    [slice(0, 1, None), slice(2, 4, None)]
    """
    turns = np.flatnonzero(np.diff(np.r_[False, wanted, False].astype(np.int8)))
    for start, end in turns.reshape(-1, 2).tolist():
        yield slice(start, end)


def _pieces(parts: Sequence[shapely.LineString]) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Starts and ends of the straight pieces, degrees, shape (n, 2) each, and the chainage of each start."""
    xy = [shapely.get_coordinates(part) for part in parts]
    starts, ends = np.vstack([part[:-1] for part in xy]), np.vstack([part[1:] for part in xy])
    return starts, ends, np.r_[0.0, np.cumsum(geodesic_m(starts, ends))][:-1]
