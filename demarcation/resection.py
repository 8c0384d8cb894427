"""The position of a stake from its azimuths and distances to marks of known place."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from demarcation.directions import turned_deg

__all__ = ["Fix", "Sight", "common_turn_deg", "misfit_m", "resect"]

FloatArray = npt.NDArray[np.float64]
_MOST_STEPS: Final = 20
_STILL_M: Final = 1e-6
#: A mark nearer than this has no azimuth.
_LEAST_M: Final = 1e-3


@dataclass(frozen=True)
class Sight:
    """A mark of known place as a stake sees it, in the plane that touches the ellipsoid at the stake as it was entered.

    Parameters
    ----------
    name
        Of the mark.
    east_m, north_m
        Where the mark is, from the stake as entered.
    azimuth_deg
        As measured, from true north.
    distance_m
        As measured.
    """

    name: str
    east_m: float
    north_m: float
    azimuth_deg: float
    distance_m: float


@dataclass(frozen=True)
class Fix:
    """Where the stake is by its marks.

    Parameters
    ----------
    east_m, north_m
        From the stake as entered.
    misfits_m
        What is left at each sight: along and across it together.
    """

    east_m: float
    north_m: float
    misfits_m: tuple[float, ...]

    @property
    def residual_m(self) -> float:
        """From the stake as entered to the stake by its marks."""
        return math.hypot(self.east_m, self.north_m)


def resect(sights: Sequence[Sight]) -> Fix:
    """Least squares of the position, by Gauss-Newton.

    Each sight has two residuals of equal weight in metres: its length less the distance, and its turn at that distance.

    Parameters
    ----------
    sights
        At least one.

    Examples
    --------
    >>> fix = resect([Sight("塔", -8.0, 100.0, 0.0, 100.0), Sight("桥", 92.0, 0.0, 90.0, 100.0)])
    >>> round(fix.east_m, 6), round(fix.residual_m, 6), round(max(fix.misfits_m), 6)
    (-8.0, 8.0, 0.0)
    """
    at = np.mean([_start(sight) for sight in sights], axis=0)
    for _ in range(_MOST_STEPS):
        left, slopes = _system(sights, at)
        step = np.linalg.lstsq(slopes, -left, rcond=None)[0]
        at = at + step
        if float(np.hypot(*step)) < _STILL_M:
            break
    place = (float(at[0]), float(at[1]))
    return Fix(*place, tuple(misfit_m(sight, place) for sight in sights))


def misfit_m(sight: Sight, at: tuple[float, float] = (0.0, 0.0), turn_deg: float = 0.0) -> float:
    """From the mark's known place to where azimuth and distance put it, seen from a position, all azimuths turned.

    Examples
    --------
    >>> round(misfit_m(Sight("塔", 0.0, 100.0, 6.0, 100.0)), 2)
    10.47
    """
    azimuth = math.radians(sight.azimuth_deg + turn_deg)
    east = at[0] + sight.distance_m * math.sin(azimuth) - sight.east_m
    north = at[1] + sight.distance_m * math.cos(azimuth) - sight.north_m
    return math.hypot(east, north)


def common_turn_deg(sights: Sequence[Sight]) -> float:
    """By how much all azimuths together have to turn, clockwise, to point at their marks from the stake as entered.

    Long sights weigh more: they tell it better.

    Examples
    --------
    >>> sights = [Sight("塔", 0.0, 100.0, 6.0, 100.0), Sight("桥", 50.0, 0.0, 96.0, 50.0)]
    >>> round(common_turn_deg(sights), 6)
    -6.0
    """
    turns = np.radians([turned_deg(one.azimuth_deg, _azimuth_deg(one.east_m, one.north_m)) for one in sights])
    weights = np.square([one.distance_m for one in sights])
    return float(np.degrees(np.arctan2(np.sum(weights * np.sin(turns)), np.sum(weights * np.cos(turns)))))


def _azimuth_deg(east_m: float, north_m: float) -> float:
    return math.degrees(math.atan2(east_m, north_m))


def _start(sight: Sight) -> tuple[float, float]:
    """Where one sight alone puts the stake."""
    azimuth = math.radians(sight.azimuth_deg)
    return (
        sight.east_m - sight.distance_m * math.sin(azimuth),
        sight.north_m - sight.distance_m * math.cos(azimuth),
    )


def _system(sights: Sequence[Sight], at: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Residuals of all sights at a position, shape (2n,) metres, and their slopes, shape (2n, 2)."""
    left, slopes = [], []
    for sight in sights:
        east, north = sight.east_m - float(at[0]), sight.north_m - float(at[1])
        length_m = max(math.hypot(east, north), _LEAST_M)
        turn = math.radians(turned_deg(sight.azimuth_deg, _azimuth_deg(east, north)))
        left += [length_m - sight.distance_m, sight.distance_m * turn]
        across = sight.distance_m / length_m**2
        slopes += [(-east / length_m, -north / length_m), (-north * across, east * across)]
    return np.array(left), np.array(slopes)
