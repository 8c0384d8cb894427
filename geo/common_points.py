"""From an old plane system to CGCS2000 by the user's own common points: a least-squares fit, shown and then forgotten.

Neither points nor parameters nor residuals are written anywhere: no ``repr`` shows them, no finding holds them.
"""

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import numpy.typing as npt

from geo.errors import DataError

__all__ = ["LEAST_POINTS", "CommonPoints", "Fit", "fit"]

FloatArray = npt.NDArray[np.float64]
#: Four: shift, turn, scale. Six: also another scale and turn for the second axis.
Parameters = Literal[4, 6]
#: One point more than the parameters need is the least that leaves residuals to look at.
LEAST_POINTS: dict[int, int] = {4: 3, 6: 4}
# Between systems of one country scale and turn hardly differ; more means exchanged axes or other points.
_MOST_STRETCH, _MOST_TURN_DEG = 1e-3, 1.0
#: A point is named as an outlier when without it the others fit this many times better, and it is off by this much.
_OUTLIER_TIMES, _OUTLIER_LEAST_M = 5.0, 0.1
#: Farther from the common points than this the coordinates are of another place or zone.
_NEAR_M = 100_000.0


@dataclass(frozen=True)
class CommonPoints:
    """Points whose plane coordinates are known in both systems.

    Parameters
    ----------
    names
        As the user calls them.
    old, new
        East, north in metres, shape (n, 2) each.
    """

    names: tuple[str, ...]
    old: FloatArray = field(repr=False)
    new: FloatArray = field(repr=False)


@dataclass(frozen=True)
class Fit:
    """A fitted transformation, for as long as it is used.

    Parameters
    ----------
    names
        Of the points.
    residuals_m
        Fitted less given, east and north, shape (n, 2).
    rms_m
        Root mean square of the residuals' lengths, over the degrees of freedom.
    outlier
        Position of the one point that spoils the fit; None when there is none, or too few points to tell.
    """

    names: tuple[str, ...]
    residuals_m: FloatArray = field(repr=False)
    rms_m: float = field(repr=False)
    outlier: int | None
    _matrix: FloatArray = field(repr=False)
    _old_middle: FloatArray = field(repr=False)
    _new_middle: FloatArray = field(repr=False)
    _radius_m: float = field(repr=False)

    def apply(self, old: FloatArray) -> FloatArray:
        """East, north of the old system, shape (n, 2), in the new one.

        Raises
        ------
        DataError
            When places lie so far from the common points that they are of another zone or place.
        """
        away = np.hypot(*(old - self._old_middle).T)
        if len(away) and float(np.nanmax(away)) > _NEAR_M + self._radius_m:
            raise DataError("common_points_elsewhere")
        return np.asarray((old - self._old_middle) @ self._matrix + self._new_middle)


def fit(points: CommonPoints, parameters: Parameters = 4) -> Fit:
    """The least-squares transformation between two plane systems.

    Parameters
    ----------
    points
        At least three for four parameters, at least four for six: one more than needed, so that residuals tell.
    parameters
        4 (shift, turn, scale) or 6 (affine).

    Raises
    ------
    DataError
        With too few points, points in one place or on one line, or a turn or scale that no two such systems have.

    Examples
    --------
    >>> old = np.array([[500000.0, 3.4e6], [510000.0, 3.4e6], [500000.0, 3.41e6], [510000.0, 3.41e6]])
    >>> fitted = fit(CommonPoints(("a", "b", "c", "d"), old, old + [50.0, -20.0]))
    >>> fitted.apply(np.array([[505000.0, 3.405e6]])).round(3).tolist(), round(fitted.rms_m, 6)
    ([[505050.0, 3404980.0]], 0.0)
    """
    count = len(points.names)
    if count < LEAST_POINTS[parameters]:
        raise DataError("common_points_few", count=count, least=LEAST_POINTS[parameters])
    matrix, old_middle, new_middle = _solve(points.old, points.new, parameters)
    stretch = np.linalg.svd(matrix, compute_uv=False)
    turn_deg = abs(float(np.degrees(np.arctan2(matrix[0, 1] - matrix[1, 0], matrix[0, 0] + matrix[1, 1]))))
    if np.abs(stretch - 1).max() > _MOST_STRETCH or turn_deg > _MOST_TURN_DEG or np.linalg.det(matrix) < 0:
        raise DataError("common_points_not_alike")
    residuals = (points.old - old_middle) @ matrix + new_middle - points.new
    return Fit(
        points.names,
        residuals,
        _rms_m(residuals, parameters),
        _outlier(points, parameters, residuals),
        matrix,
        old_middle,
        new_middle,
        float(np.hypot(*(points.old - old_middle).T).max()),
    )


def _solve(old: FloatArray, new: FloatArray, parameters: Parameters) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Matrix for row vectors about the middle of the points, and both middles."""
    old_middle, new_middle = old.mean(axis=0), new.mean(axis=0)
    a, b = old - old_middle, new - new_middle
    spread = np.linalg.svd(a, compute_uv=False)
    if spread[0] < 1.0 or (parameters == 6 and spread[1] < 0.01 * spread[0]):  # noqa: PLR2004  # metres; affine
        raise DataError("common_points_on_a_line")
    if parameters == 6:  # noqa: PLR2004  # affine
        return np.linalg.lstsq(a, b, rcond=None)[0], old_middle, new_middle
    size = float((a**2).sum())
    p = float((a * b).sum()) / size
    q = float((a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]).sum()) / size
    return np.array([[p, q], [-q, p]]), old_middle, new_middle


def _rms_m(residuals: FloatArray, parameters: Parameters) -> float:
    freedom = 2 * len(residuals) - parameters
    return float(np.sqrt((residuals**2).sum() / freedom)) if freedom > 0 else 0.0


def _outlier(points: CommonPoints, parameters: Parameters, residuals: FloatArray) -> int | None:
    """The point without which the others fit far better."""
    if len(points.names) <= LEAST_POINTS[parameters]:
        return None
    best, without = -1, np.inf
    for left_out in range(len(points.names)):
        kept = np.arange(len(points.names)) != left_out
        matrix, old_middle, new_middle = _solve(points.old[kept], points.new[kept], parameters)
        rest = (points.old[kept] - old_middle) @ matrix + new_middle - points.new[kept]
        if _rms_m(rest, parameters) < without:
            best, without = left_out, _rms_m(rest, parameters)
    off_m = float(np.hypot(*residuals[best]))
    spoils = _rms_m(residuals, parameters) > _OUTLIER_TIMES * without and off_m > _OUTLIER_LEAST_M
    return best if spoils else None
