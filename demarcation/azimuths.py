"""Azimuths from true, grid and magnetic north, kept apart; from one to the other only where the way is known."""

from functools import lru_cache

import pyproj

from geo.crs import crs_of_code, metric_crs
from geo.errors import CrsError

__all__ = ["convergence_deg", "true_azimuth_deg"]

_ROUND_DEG = 360.0


def convergence_deg(lon: float, lat: float, crs: str = "") -> float:
    """Meridian convergence: grid north from true north, positive where it lies east of it.

    North of the equator that is so east of the central meridian.

    Parameters
    ----------
    lon, lat
        Degrees.
    crs
        Code of the projected system of the grid; where it is none, the 3-degree zone of the place is taken.

    Examples
    --------
    >>> round(convergence_deg(121.5, 31.6, "EPSG:4549"), 2), round(convergence_deg(112.6, 25.7, "EPSG:4547"), 2)
    (0.79, -0.61)
    """
    factors = _projection(crs, lon, lat).get_factors(lon, lat)
    return float(factors.meridian_convergence)


def true_azimuth_deg(
    azimuth_deg: float, kind: str, place: tuple[float, float], crs: str = "", declination_deg: float | None = None
) -> float | None:
    """An azimuth from true north, 0 to 360; None where the way there is not known.

    Parameters
    ----------
    azimuth_deg
        Clockwise from the north that ``kind`` names.
    kind
        ``true``, ``grid`` or ``magnetic``; anything else is not known.
    place, crs
        Where it was measured, and the system of the grid.
    declination_deg
        Magnetic north from true north, positive to the east. None: magnetic azimuths have no way to true north.

    Examples
    --------
    >>> round(true_azimuth_deg(359.5, "grid", (121.5, 31.6), "EPSG:4549"), 2)
    0.29
    >>> true_azimuth_deg(6.0, "magnetic", (121.5, 31.6), declination_deg=-6.0)
    0.0
    >>> true_azimuth_deg(6.0, "magnetic", (121.5, 31.6)) is None
    True
    """
    if kind == "true":
        return azimuth_deg % _ROUND_DEG
    if kind == "grid":
        return (azimuth_deg + convergence_deg(*place, crs)) % _ROUND_DEG
    if kind == "magnetic" and declination_deg is not None:
        return (azimuth_deg + declination_deg) % _ROUND_DEG
    return None


def _projection(crs: str, lon: float, lat: float) -> pyproj.Proj:
    try:
        code = crs_of_code(crs)
    except CrsError:
        code = None
    if code is None or not code.is_projected:
        return _of_code(metric_crs((lon, lat, lon, lat)).name)
    return _of_code(code.to_string())


@lru_cache(maxsize=64)
def _of_code(code: str) -> pyproj.Proj:
    return pyproj.Proj(code)
