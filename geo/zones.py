"""Gauss-Krüger zones of China: what a system is called, and what the size of coordinates in metres tells of it."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pyproj

from geo.crs import to_lonlat

__all__ = [
    "NAMES", "Family", "Metres", "Named", "Zone", "named_system", "old_datum", "recognise", "zone_of_epsg", "zones_in",
]  # fmt: skip

#: Datums that Gauss-Krüger coordinates of China are on.
Family = Literal["cgcs2000", "xian80", "beijing54"]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

# EPSG code of the first zone (central meridian 75 E): by width in degrees, with and without zone number in the easting.
_FIRST: dict[tuple[Family, int, bool], int] = {
    ("cgcs2000", 3, True): 4513, ("cgcs2000", 3, False): 4534,
    ("cgcs2000", 6, True): 4491, ("cgcs2000", 6, False): 4502,
    ("xian80", 3, True): 2349, ("xian80", 3, False): 2370,
    ("xian80", 6, True): 2327, ("xian80", 6, False): 2338,
    ("beijing54", 3, True): 2401, ("beijing54", 3, False): 2422,
    ("beijing54", 6, True): 21413, ("beijing54", 6, False): 21453,
}  # fmt: skip
# First and last zone number by width.
_ZONES = {3: (25, 45), 6: (13, 23)}
#: Names of the datums, for sentences.
NAMES: dict[Family, str] = {
    "cgcs2000": "CGCS2000",
    "xian80": "西安80 (Xi'an 1980)",
    "beijing54": "北京54 (Beijing 1954)",
}
_FAMILY_WORDS: dict[Family, re.Pattern[str]] = {
    "xian80": re.compile(r"西安|XI.?AN|1980|^80"),
    "beijing54": re.compile(r"北京|BEIJING|1954|^54"),
    "cgcs2000": re.compile(r"CGCS|2000"),
}
_EPSG = re.compile(r"(?:EPSG\s*:?:?\s*)?(\d{4,5})")
_WIDTH = re.compile(r"([36三六])\s*(?:度|°|-?DEGREE)")
_ZONE = re.compile(r"(?:带号|ZONE|第)\s*[::]?\s*(\d{2})|(\d{2})\s*[度°]?(?:号)?带")
_MERIDIAN = re.compile(r"(?:中央子午线|中央经线|CM)\s*(?:经度)?\s*[::]?\s*(?:东经|E)?\s*(\d{2,3})|(\d{2,3})\s*E\b")
# Metres. Northings of China from 9 N; eastings within 450 km of the central meridian, which has 500 km.
_NORTH = (1.0e6, 6.2e6)
_EAST = (5.0e4, 9.5e5)
_MILLION = 1e6
# Part of the study area's width by which points may lie outside it and still be of it.
_MARGIN = 0.25


@dataclass(frozen=True)
class Zone:
    """One Gauss-Krüger system.

    Parameters
    ----------
    family
        Datum.
    width_deg
        3 or 6.
    number
        Of the zone.
    prefixed
        The zone number stands before the easting.

    Examples
    --------
    >>> Zone("cgcs2000", 3, 40, prefixed=True).epsg, Zone("cgcs2000", 3, 40, prefixed=False).meridian_deg
    (4528, 120)
    """

    family: Family
    width_deg: int
    number: int
    prefixed: bool

    @property
    def epsg(self) -> int:
        """EPSG code."""
        return _FIRST[self.family, self.width_deg, self.prefixed] + self.number - _ZONES[self.width_deg][0]

    @property
    def meridian_deg(self) -> int:
        """Central meridian, degrees east."""
        return 3 * self.number if self.width_deg == 3 else 6 * self.number - 3  # noqa: PLR2004  # width in degrees


@dataclass(frozen=True)
class Named:
    """What a name of a reference system tells; None where it does not.

    Parameters
    ----------
    family
        Datum.
    width_deg, number
        Of the zone.
    epsg
        Of a system that is none of China's zones.
    """

    family: Family | None = None
    width_deg: int | None = None
    number: int | None = None
    epsg: int | None = None


def zone_of_epsg(epsg: int) -> Zone | None:
    """The zone that an EPSG code means; None for other systems.

    Examples
    --------
    >>> zone_of_epsg(4549)
    Zone(family='cgcs2000', width_deg=3, number=40, prefixed=False)
    """
    for (family, width, prefixed), first in _FIRST.items():
        low, high = _ZONES[width]
        if first <= epsg <= first + high - low:
            return Zone(family, width, low + epsg - first, prefixed)
    return None


def named_system(text: str) -> Named | None:
    """What the name of a projected system means: an EPSG code, or words as they stand in ledgers.

    Returns
    -------
    Named or None
        None when the text names no projected system; a datum alone is one, its zone is to be found otherwise.

    Examples
    --------
    >>> named_system("EPSG:4547").number, named_system("西安80 3度带 第39带").family
    (38, 'xian80')
    >>> named_system("CGCS2000 三度带 中央子午线120").number, named_system("EPSG:4490"), named_system("somewhere")
    (40, None, None)
    """
    plain = unicodedata.normalize("NFKC", text).replace("_", " ").strip().upper()[:200]
    match = _EPSG.fullmatch(plain)
    if match and plain != "2000":
        return _of_epsg(int(match[1]))
    family = next((name for name, words in _FAMILY_WORDS.items() if words.search(plain)), None)
    if family is None:
        return None
    width_match, zone_match, meridian = _WIDTH.search(plain), _ZONE.search(plain), _MERIDIAN.search(plain)
    width = {"3": 3, "三": 3, "6": 6, "六": 6}[width_match[1]] if width_match else None
    number = int(zone_match[1] or zone_match[2]) if zone_match else None
    if number is not None and width is None:
        width = next((w for w, (low, high) in _ZONES.items() if low <= number <= high), None)
    if number is None and meridian:
        width = width or 3
        number = _zone_at(int(meridian[1] or meridian[2]), width)
    if number is not None and (width is None or not _ZONES[width][0] <= number <= _ZONES[width][1]):
        return None
    return Named(family, width, number)


def _of_epsg(epsg: int) -> Named | None:
    zone = zone_of_epsg(epsg)
    if zone is not None:
        return Named(zone.family, zone.width_deg, zone.number)
    try:
        crs = pyproj.CRS.from_epsg(epsg)
    except pyproj.exceptions.CRSError:
        return None
    return Named(epsg=epsg) if crs.is_projected else None


def _zone_at(meridian_deg: int, width_deg: int) -> int | None:
    for number in range(_ZONES[width_deg][0], _ZONES[width_deg][1] + 1):
        if Zone("cgcs2000", width_deg, number, prefixed=False).meridian_deg == meridian_deg:
            return number
    return None


def old_datum(named: Named | None) -> bool:
    """Whether a system is on a datum that has no public way to CGCS2000."""
    return named is not None and named.family in ("xian80", "beijing54")


@dataclass(frozen=True)
class Metres:
    """Pairs of metres with what their size tells.

    Parameters
    ----------
    north_m
        Northing; NaN where the pair is none of Gauss-Krüger in China.
    east_m
        Easting as written, with its zone number.
    number, width_deg
        Of the zone that the easting names; 0 where it names none.
    first_is_north
        Which of the two columns held the northing.
    """

    north_m: FloatArray
    east_m: FloatArray
    number: IntArray
    width_deg: IntArray
    first_is_north: BoolArray

    @property
    def known(self) -> BoolArray:
        """Rows that are coordinates of Gauss-Krüger in China."""
        return np.isfinite(self.north_m)


def recognise(first: FloatArray, second: FloatArray) -> Metres:
    """Tell northing from easting, and read the zone number before an easting, by size alone.

    In China a northing has seven digits, an easting six without and eight with its zone number, so that no pair has
    two readings.

    Examples
    --------
    >>> found = recognise(np.array([3320113.0, 40500000.0]), np.array([500000.0, 3320113.0]))
    >>> found.north_m.tolist(), found.number.tolist(), found.first_is_north.tolist()
    ([3320113.0, 3320113.0], [0, 40], [True, False])
    """
    northing = [(values >= _NORTH[0]) & (values <= _NORTH[1]) for values in (first, second)]
    eastings = [_easting(values) for values in (first, second)]
    straight = northing[0] & (eastings[1][0] >= 0)
    turned = northing[1] & (eastings[0][0] >= 0)
    known = straight | turned
    north = np.where(straight, first, np.where(turned, second, np.nan))
    east = np.where(straight, second, np.where(turned, first, np.nan))
    number = np.where(straight, eastings[1][0], eastings[0][0])
    width = np.where(straight, eastings[1][1], eastings[0][1])
    return Metres(north, east, np.where(known, number, 0), np.where(known, width, 0), straight)


def _easting(values: FloatArray) -> tuple[IntArray, IntArray]:
    """Zone number (0: none written, -1: no easting) and width of each easting."""
    finite = np.where(np.isfinite(values) & (np.abs(values) < 100 * _MILLION), values, -1.0)
    number = np.floor_divide(finite, _MILLION).astype(np.int64)
    inner = finite - number * _MILLION
    fits = (inner >= _EAST[0]) & (inner <= _EAST[1])
    width = np.zeros(len(values), dtype=np.int64)
    for degrees, (low, high) in _ZONES.items():
        width[(number >= low) & (number <= high)] = degrees
    good = fits & ((number == 0) | (width > 0))
    return np.where(good, number, -1), np.where(good, width, 0)


def zones_in(area: tuple[float, float, float, float], north_m: float, east_m: float) -> list[Zone]:
    """CGCS2000 zones, without zone number, that put a point into a study area.

    A 6-degree zone with the central meridian of a 3-degree one is the same projection and is not listed.

    Parameters
    ----------
    area
        West, south, east, north in degrees.
    north_m, east_m
        The point.

    Examples
    --------
    >>> [zone.epsg for zone in zones_in((119.5, 30.7, 120.3, 31.3), 3430000.0, 490000.0)]
    [4549]
    """
    west, south, east, north = area
    wide, high = _MARGIN * (east - west), _MARGIN * (north - south)
    out = []
    for number in range(_ZONES[3][0], _ZONES[3][1] + 1):
        zone = Zone("cgcs2000", 3, number, prefixed=False)
        lon, lat = to_lonlat(f"EPSG:{zone.epsg}", np.array([[east_m, north_m]]))[0]
        if west - wide <= lon <= east + wide and south - high <= lat <= north + high:
            out.append(zone)
    return out
