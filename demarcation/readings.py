"""What the coordinates of a stake may mean: as its row says, and by the slips that tables are known for."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from demarcation.model import LonLat, Stake
from geo.angles import parse_angles
from geo.crs import geodesic_m, to_lonlat
from geo.datum import NAMES, SHIFTED, from_datum
from geo.zones import Named, Zone, named_system, old_datum, recognise

__all__ = ["IN_METRES", "Metres", "Reading", "apart_m", "metres_of", "readings_of"]

_MILLION = 1e6
#: The same metres by another central meridian lie at the same latitude, as far east as the meridian. Those of
#: neighbouring zones are 3 degrees apart; so many zones to both sides are tried.
_ZONE_DEG, _ZONES = 3, 4
_MOST_LAT = 90.0
#: First and last 3-degree zone of China.
_FIRST_ZONE, _LAST_ZONE = 25, 45
_FIRST_WIDE_ZONE = 13


@dataclass(frozen=True)
class Metres:
    """X and Y of a row.

    Parameters
    ----------
    place
        Where they lie by the system of the row, degrees; None where that cannot be said.
    turned
        X holds the easting and Y the northing.
    old
        They are on a datum that has no public way to CGCS2000.
    anywhere
        Where they would lie by each 3-degree zone, for a row that names none.
    by_number
        Where they would lie by the zone number before the easting, if the row's system is of another zone.
    """

    place: LonLat | None = None
    turned: bool = False
    old: bool = False
    anywhere: tuple[LonLat, ...] = ()
    by_number: LonLat | None = None


@dataclass(frozen=True)
class Reading:
    """A place that coordinates may mean.

    Parameters
    ----------
    code
        Key of the sentence that names the slip.
    place
        Longitude and latitude.
    facts
        Values that the sentence names.
    """

    code: str
    place: LonLat
    facts: Mapping[str, object] = field(default_factory=dict)


def apart_m(a: LonLat, b: LonLat) -> float:
    """Distance of two places on the ellipsoid.

    Examples
    --------
    >>> round(apart_m((114.0, 30.0), (114.0, 30.01)), 2)
    1108.53
    """
    return float(geodesic_m(np.array([a]), np.array([b]))[0])


def metres_of(stake: Stake) -> Metres | None:
    """X and Y of a stake's row as a place; None where the row has none.

    A zone number before the easting goes with the named system whether that has it or not. One that contradicts the
    name leaves both readings open: the name's is taken, and the other is among :func:`readings_of`.

    Examples
    --------
    >>> row = Stake("9916001Q", "9916", 1, "Q", x_north=3320113.0, y_east=38500000.0, crs="EPSG:4547")
    >>> metres_of(row).place[0].__round__(6)
    114.0
    """
    if stake.x_north is None or stake.y_east is None:
        return None
    named = named_system(stake.crs) if stake.crs else None
    if old_datum(named):
        return Metres(old=True)
    if named is not None and named.epsg is not None:
        return Metres(_inverse(f"EPSG:{named.epsg}", stake.y_east, stake.x_north))
    found = recognise(np.array([stake.x_north]), np.array([stake.y_east]))
    if not found.known[0]:
        return _beyond(stake.x_north, stake.y_east, named)
    turned = not bool(found.first_is_north[0])
    north_m, written = float(found.north_m[0]), int(found.number[0])
    east_m = float(found.east_m[0]) - written * _MILLION
    number = (named.number if named is not None else None) or written
    width = (named.width_deg if named is not None and named.number else None) or int(found.width_deg[0]) or 3
    if number:
        place = _by_zone(width, number, east_m, north_m)
        other = _by_zone(int(found.width_deg[0]), written, east_m, north_m) if written not in (0, number) else None
        return Metres(place, turned, by_number=other)
    first = _inverse(f"EPSG:{Zone('cgcs2000', 3, _FIRST_ZONE, prefixed=False).epsg}", east_m, north_m)
    steps = range(_LAST_ZONE - _FIRST_ZONE + 1) if first is not None else ()
    return Metres(None, turned, anywhere=tuple((first[0] + _ZONE_DEG * step, first[1]) for step in steps if first))


def _beyond(north_m: float, east_m: float, named: Named | None) -> Metres | None:
    """Metres that are of nowhere in China by their size: by the system of the row, so that they contradict its degrees.

    Zeros stand for none.
    """
    if not north_m or not east_m:
        return None
    if named is None or not named.number:
        return Metres()
    written = int(east_m // _MILLION)
    inner_m = east_m - written * _MILLION if _FIRST_WIDE_ZONE <= written <= _LAST_ZONE else east_m
    return Metres(_by_zone(named.width_deg or 3, named.number, inner_m, north_m))


def _by_zone(width_deg: int, number: int, east_m: float, north_m: float) -> LonLat | None:
    return _inverse(f"EPSG:{Zone('cgcs2000', width_deg, number, prefixed=False).epsg}", east_m, north_m)


def _inverse(crs: str, east_m: float, north_m: float) -> LonLat | None:
    lon, lat = to_lonlat(crs, np.array([[east_m, north_m]]))[0]
    return (float(lon), float(lat)) if np.isfinite([lon, lat]).all() else None


def readings_of(place: LonLat, what: str) -> Iterator[Reading]:
    """What degrees may mean instead of what they say: another datum, zone, order or way to write an angle.

    Parameters
    ----------
    place
        Longitude and latitude as read; may be out of range.
    what
        Which columns they come from: ``degrees`` or ``metres``.

    Examples
    --------
    >>> [reading.code for reading in readings_of((30.5, 114.25), "degrees")]
    ['slip_order', 'slip_packed']
    """
    facts = _WHAT[what]
    lon, lat = place
    if abs(lat) <= _MOST_LAT:
        for datum in SHIFTED:
            meant = from_datum(np.array([place]), datum, beyond=True)[0]
            if tuple(meant) != place:
                yield Reading("slip_datum", (float(meant[0]), float(meant[1])), {"datum": NAMES[datum], **facts})
        for zones in range(-_ZONES, _ZONES + 1):
            if zones:
                yield Reading(
                    "slip_zone", (lon + _ZONE_DEG * zones, lat), {"zone_deg": _ZONE_DEG * abs(zones), **facts}
                )
    if what == "degrees":
        if abs(lon) <= _MOST_LAT:
            yield Reading("slip_order", (lat, lon))
        degrees, bad = parse_angles([f"{lon:.9f}", f"{lat:.9f}"], packed=True)
        if not bad.any():
            yield Reading("slip_packed", (float(degrees[0]), float(degrees[1])))


#: What a sentence calls X and Y.
IN_METRES: Mapping[str, object] = {"what_zh": "平面坐标 X、Y", "what_en": "plane coordinates X and Y"}
_WHAT: Mapping[str, Mapping[str, object]] = {
    "degrees": {"what_zh": "坐标", "what_en": "coordinates"},
    "metres": IN_METRES,
}
