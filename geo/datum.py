"""WGS 84, GCJ-02 and BD-09: each into each, and nothing outside mainland China.

GCJ-02 is the offset that map services in mainland China apply, BD-09 a further one of Baidu's. The formulas are the
ones that are publicly known (for example in PRCoords, CC0). CGCS2000 and WGS 84 differ by less than a metre and count
as one.
"""

import json
from functools import cache
from typing import Literal

import numpy as np
import numpy.typing as npt
import shapely

from geo.paths import DATA_DIR

__all__ = ["NAMES", "SHIFTED", "Shift", "from_datum", "offset_applies", "to_datum"]

#: Datums whose positions are off by a place-dependent offset.
Shift = Literal["gcj02", "bd09"]
SHIFTED: tuple[Shift, ...] = ("gcj02", "bd09")
#: As people call them.
NAMES: dict[str, str] = {"gcj02": "GCJ-02", "bd09": "BD-09"}

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

# Krasovsky's ellipsoid, which the formulas of GCJ-02 use whatever the positions are on.
_AXIS_M = 6378245.0
_ECCENTRICITY_2 = 0.00669342162296594323
_ORIGIN = (105.0, 35.0)
# Baidu's further offset, degrees.
_BD_LON, _BD_LAT = 0.0065, 0.006
_BD_WAVE = np.pi * 3000.0 / 180.0
#: What programs that know no outline take for China.
_BOX = shapely.box(72.0, 0.8, 138.0, 56.0)
#: Degrees; a tenth of a millimetre, far below the 0.01 m that is promised.
_CLOSE = 1e-9
#: Each step makes the error at least fifty times smaller, so that ten would do.
_MOST_STEPS = 30


def offset_applies(lonlat: FloatArray) -> BoolArray:
    """Which positions (WGS 84) lie where GCJ-02 shifts: mainland China, by a coarse outline that is never shown.

    Parameters
    ----------
    lonlat
        Degrees, shape (n, 2).

    Examples
    --------
    >>> offset_applies(np.array([[116.4, 39.9], [114.17, 22.28], [89.64, 27.47]])).tolist()
    [True, False, False]
    """
    return np.asarray(shapely.contains_xy(_mask(), lonlat[:, 0], lonlat[:, 1]), dtype=bool)


def to_datum(lonlat: FloatArray, datum: Shift) -> FloatArray:
    """WGS 84 to a shifted datum; the same positions where the offset does not apply.

    Parameters
    ----------
    lonlat
        Degrees, shape (n, 2); not finite ones stay as they are.

    Examples
    --------
    >>> to_datum(np.array([[116.4, 39.9], [2.35, 48.85]]), "gcj02").round(5).tolist()
    [[116.40624, 39.9014], [2.35, 48.85]]
    """
    out = np.array(lonlat, dtype=np.float64)
    inside = offset_applies(out)
    out[inside] = _shift(out[inside], datum)
    return out


def from_datum(lonlat: FloatArray, datum: Shift, *, beyond: bool = False) -> FloatArray:
    """A shifted datum to WGS 84, exact to less than a millimetre; the same positions where the offset does not apply.

    Within the length of the offset (700 m) outside the outline two places may have one shifted position; the one
    inside is meant.

    Parameters
    ----------
    lonlat
        Degrees, shape (n, 2); not finite ones stay as they are.
    beyond
        Also off the coast and across a border, where programs with a plain box for China shift as well.

    Examples
    --------
    >>> from_datum(to_datum(np.array([[116.4, 39.9]]), "bd09"), "bd09").round(9).tolist()
    [[116.4, 39.9]]
    """
    given = np.array(lonlat, dtype=np.float64)
    # Only what lies near the mainland at all is worth solving for; elsewhere the formulas mean nothing.
    mask = _BOX if beyond else _near_mask()
    near = np.flatnonzero(shapely.contains_xy(mask, given[:, 0], given[:, 1]))
    meant = given[near].copy()
    for _ in range(_MOST_STEPS):
        step = _shift(meant, datum) - given[near]
        meant -= step
        if not step.size or np.abs(step).max() < _CLOSE:
            break
    inside = np.full(len(near), fill_value=True) if beyond else offset_applies(meant)
    given[near[inside]] = meant[inside]
    return given


@cache
def _mask() -> shapely.Geometry:
    rings = json.loads((DATA_DIR / "gcj02_mask" / "outline.json").read_text(encoding="utf-8"))
    mask = shapely.MultiPolygon([shapely.Polygon(outer, holes) for outer, *holes in rings])
    shapely.prepare(mask)
    return mask


@cache
def _near_mask() -> shapely.Geometry:
    # BD-09 is off by up to 0.02 degrees.
    near = shapely.buffer(_mask(), 0.05, quad_segs=1)
    shapely.prepare(near)
    return near


def _shift(lonlat: FloatArray, datum: Shift) -> FloatArray:
    gcj = _gcj(lonlat)
    return gcj if datum == "gcj02" else _bd(gcj)


def _gcj(lonlat: FloatArray) -> FloatArray:
    """WGS 84 to GCJ-02 by the formula alone."""
    lon, lat = lonlat[:, 0], lonlat[:, 1]
    x, y = lon - _ORIGIN[0], lat - _ORIGIN[1]
    pi = np.pi
    # Waves that both parts have; lengths in metres.
    both = 20.0 * np.sin(6 * pi * x) + 20.0 * np.sin(2 * pi * x)
    north_waves = 20 * np.sin(pi * y) + 40 * np.sin(pi * y / 3) + 160 * np.sin(pi * y / 12) + 320 * np.sin(pi * y / 30)
    east_waves = 20 * np.sin(pi * x) + 40 * np.sin(pi * x / 3) + 150 * np.sin(pi * x / 12) + 300 * np.sin(pi * x / 30)
    root = np.sqrt(np.abs(x))
    north_m = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + (both + north_waves) * 2 / 3
    east_m = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + (both + east_waves) * 2 / 3
    phi = np.radians(lat)
    magic = 1 - _ECCENTRICITY_2 * np.sin(phi) ** 2
    north_m_per_degree = np.radians(_AXIS_M * (1 - _ECCENTRICITY_2) / magic**1.5)
    east_m_per_degree = np.radians(_AXIS_M * np.cos(phi) / np.sqrt(magic))
    return np.column_stack([lon + east_m / east_m_per_degree, lat + north_m / north_m_per_degree])


def _bd(gcj: FloatArray) -> FloatArray:
    """GCJ-02 to BD-09 by the formula alone."""
    lon, lat = gcj[:, 0], gcj[:, 1]
    radius = np.hypot(lon, lat) + 0.00002 * np.sin(lat * _BD_WAVE)
    angle = np.arctan2(lat, lon) + 0.000003 * np.cos(lon * _BD_WAVE)
    return np.column_stack([radius * np.cos(angle) + _BD_LON, radius * np.sin(angle) + _BD_LAT])
