"""Lengths, azimuths, places and coordinates by pyproj alone, for worlds that judge the program's own."""

import math
from functools import lru_cache

import numpy as np
import pyproj
import shapely

GEOD = pyproj.Geod(ellps="WGS84")
XY = tuple[float, float]
_WORDS = (
    "北", "北偏东北", "东北", "东偏东北", "东", "东偏东南", "东南", "南偏东南",
    "南", "南偏西南", "西南", "西偏西南", "西", "西偏西北", "西北", "北偏西北",
)  # fmt: skip


def along_m(path: np.ndarray) -> np.ndarray:
    """Metres from the start to each vertex."""
    return _along_m(path.tobytes())


@lru_cache(maxsize=256)
def _along_m(raw: bytes) -> np.ndarray:
    path = np.frombuffer(raw).reshape(-1, 2)
    steps = GEOD.inv(path[:-1, 0], path[:-1, 1], path[1:, 0], path[1:, 1])[2]
    return np.concatenate([[0.0], np.cumsum(steps)])


def distance_m(a: XY, b: XY) -> float:
    return float(GEOD.inv(*a, *b)[2])


def away(place: XY, azimuth_deg: float, metres: float) -> XY:
    lon, lat, _ = GEOD.fwd(place[0], place[1], azimuth_deg, metres)
    return float(lon), float(lat)


def at_chain(path: np.ndarray, chain_m: float) -> tuple[XY, float]:
    """The place of a chainage and the azimuth of the line there."""
    along = along_m(path)
    piece = min(max(int(np.searchsorted(along, chain_m, side="right")) - 1, 0), len(path) - 2)
    azimuth, _, length = GEOD.inv(*path[piece], *path[piece + 1])
    share = (chain_m - along[piece]) / length
    lon, lat = path[piece] + (path[piece + 1] - path[piece]) * share
    return (float(lon), float(lat)), float(azimuth)


def beside(path: np.ndarray, chain_m: float, left_m: float) -> XY:
    place, azimuth = at_chain(path, chain_m)
    return away(place, azimuth - 90.0, left_m)


def locate(path: np.ndarray, place: XY) -> tuple[float, float]:
    """Chainage and offset (left positive) of a place, in a plane around it."""
    metres = np.array([distance_m(place, (place[0] + 1e-3, place[1])), distance_m(place, (place[0], place[1] + 1e-3))])
    plane = (path - np.array(place)) * metres * 1e3
    line = shapely.LineString(plane)
    at = line.project(shapely.Point(0, 0))
    ends = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(plane, axis=0).T))])
    piece = min(max(int(np.searchsorted(ends, at, side="right")) - 1, 0), len(plane) - 2)
    (ax, ay), (bx, by) = plane[piece], plane[piece + 1]
    left = (bx - ax) * -ay - (by - ay) * -ax
    return float(at * along_m(path)[-1] / ends[-1]), float(math.copysign(line.distance(shapely.Point(0, 0)), left))


def zone_of(lon: float) -> int:
    """Number of the 3-degree zone."""
    return round(lon / 3)


def epsg_of(zone: int, *, prefix: bool) -> int:
    return (4513 if prefix else 4534) + zone - 25


def plane_xy(place: XY, epsg: int) -> tuple[float, float]:
    """North and east, as Chinese tables order them."""
    east, north = pyproj.Proj(epsg)(*place)
    return north, east


def convergence_deg(place: XY) -> float:
    return float(pyproj.Proj(epsg_of(zone_of(place[0]), prefix=False)).get_factors(*place).meridian_convergence)


def azimuth_deg(a: XY, b: XY) -> float:
    return float(GEOD.inv(*a, *b)[0])


def word_of(azimuth_deg: float) -> str:
    """One of the 16 words; 北 reaches from 348°45′ to 11°15′."""
    return _WORDS[int((azimuth_deg % 360 + 11.25) // 22.5) % 16]
