"""Reference systems: into EPSG:4326, and the metric system of a study area."""

import re
from dataclasses import dataclass
from functools import lru_cache

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pyproj
import shapely

from geo.errors import CrsError

__all__ = [
    "GEOD", "WGS84", "MetricCrs", "check_way_to_wgs84", "crs_of_code", "from_lonlat", "geodesic_m", "metric_crs",
    "on_cgcs2000", "to_lonlat", "to_wgs84",
]  # fmt: skip

#: Longitude, latitude in degrees; the only geographic system inside the program.
WGS84 = "EPSG:4326"
#: The ellipsoid on which all lengths and areas are measured.
GEOD = pyproj.Geod(ellps="WGS84")

# Bounding box of EPSG:4490's area of use. It only picks a projection, in which a neighbour's border strip is as exact.
_CHINA = (73.62, 16.7, 134.77, 53.56)
# CGCS2000 / 3-degree Gauss-Kruger without zone prefix: EPSG:4534 has its central meridian at 75 E, 4554 at 135 E.
_FIRST_3_DEGREE = 4534
_FIRST_3_DEGREE_LON = 75
#: Largest error of scale that a study area may have anywhere (faults B12).
MAX_SCALE_ERROR = 1e-3

# Transverse Mercator systems are not used beyond these latitudes (those of UTM).
_MOST_SOUTH, _MOST_NORTH = -80.0, 84.0
# Degrees; on the far side of the world the scale looks right again, as for roads on both sides of 180 E.
_MOST_WIDE = 20.0
# Longitude, latitude of the corners of the world, with room for last bits.
_WORLD = (-180.0001, -90.0001, 180.0001, 90.0001)
# Parts of datum names, lower case.
_SAME_AS_WGS84 = ("china 2000", "china geodetic coordinate system 2000", "cgcs2000", "world geodetic system 1984")
_NO_PUBLIC_TRANSFORMATION = ("beijing 1954", "beijing_1954", "xian 1980", "xian_1980", "xi'an 1980", "new beijing")

# Only codes: other text might be a file or an address to PROJ.
_CODE = re.compile(r"(?:EPSG\s*:\s*)?(\d{4,6})", re.IGNORECASE)

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class MetricCrs:
    """A projected system in metres, and the way there and back.

    Parameters
    ----------
    name
        Authority code, e.g. ``EPSG:4547``.
    """

    name: str

    def forward(self, lonlat: FloatArray) -> FloatArray:
        """Degrees, shape (n, 2), to metres (east, north), shape (n, 2)."""
        return _transform(WGS84, self.name, lonlat)

    def inverse(self, xy: FloatArray) -> FloatArray:
        """Metres (east, north), shape (n, 2), to degrees, shape (n, 2)."""
        return _transform(self.name, WGS84, xy)


@lru_cache(maxsize=32)
def _transformer(source: str, target: str) -> pyproj.Transformer:
    return pyproj.Transformer.from_crs(source, target, always_xy=True)


def _transform(source: str, target: str, points: FloatArray) -> FloatArray:
    if len(points) == 0:
        return np.empty((0, 2))
    x, y = _transformer(source, target).transform(points[:, 0], points[:, 1])
    out = np.column_stack([x, y])
    bad = ~np.isfinite(out).all(axis=1)
    if bad.any():
        raise CrsError("not_finite", rows=(np.flatnonzero(bad) + 1).tolist(), crs=target)
    return out


def metric_crs(bounds: tuple[float, float, float, float]) -> MetricCrs:
    """The metric system of a study area: a CGCS2000 3-degree zone in China, a UTM zone elsewhere.

    Parameters
    ----------
    bounds
        West, south, east, north in degrees.

    Raises
    ------
    CrsError
        When the area is so wide that lengths in it would be off by more than 0.1 %, or lies beyond 84 N or 80 S.

    Examples
    --------
    >>> metric_crs((114.0, 30.3, 114.5, 30.8)).name
    'EPSG:4547'
    >>> metric_crs((-8.8, 41.0, -8.4, 41.4)).name
    'EPSG:32629'
    """
    west, south, east, north = bounds
    lon, lat = (west + east) / 2, (south + north) / 2
    if not _plausible_degrees(np.array(bounds)) or not (_MOST_SOUTH <= south <= north <= _MOST_NORTH):
        raise CrsError("no_metric_crs", west=west, south=south, east=east, north=north)
    if east - west > _MOST_WIDE:
        raise CrsError("area_too_wide", west=west, south=south, east=east, north=north, percent="100%")
    if _CHINA[0] <= lon <= _CHINA[2] and _CHINA[1] <= lat <= _CHINA[3]:
        zone = round((lon - _FIRST_3_DEGREE_LON) / 3)
        code = _FIRST_3_DEGREE + min(max(zone, 0), 20)
    else:
        zone = min(int((lon + 180) // 6) + 1, 60)
        code = (32600 if lat >= 0 else 32700) + zone
    name = f"EPSG:{code}"
    factors = pyproj.Proj(name).get_factors([west, west, east, east], [south, north, south, north])
    worst = float(np.max(np.abs(np.asarray(factors.meridional_scale) - 1)))
    if not worst <= MAX_SCALE_ERROR:
        raise CrsError("area_too_wide", west=west, south=south, east=east, north=north, percent=f"{worst:.2%}")
    return MetricCrs(name)


def geodesic_m(lonlat_a: FloatArray, lonlat_b: FloatArray) -> FloatArray:
    """Length of the geodesic between pairs of points, in metres on the WGS 84 ellipsoid.

    Parameters
    ----------
    lonlat_a, lonlat_b
        Degrees, shape (n, 2) each.

    Returns
    -------
    ndarray of float64, shape (n,)

    Examples
    --------
    >>> float(geodesic_m(np.array([[114.0, 30.0]]), np.array([[114.0, 30.01]])).round(2)[0])
    1108.53
    """
    if len(lonlat_a) == 0:
        return np.empty(0)
    _, _, length = GEOD.inv(lonlat_a[:, 0], lonlat_a[:, 1], lonlat_b[:, 0], lonlat_b[:, 1])
    return np.asarray(length, dtype=np.float64)


def to_wgs84(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The same rows in EPSG:4326, two-dimensional.

    Parameters
    ----------
    frame
        Any reference system that has a known way to WGS 84.

    Raises
    ------
    CrsError
        When no system is declared, when PROJ knows only a null "ballpark" transformation (Xi'an 1980, Beijing 1954),
        or when coordinates do not come out finite and inside the world.

    Examples
    --------
    >>> frame = gpd.GeoDataFrame(geometry=[shapely.Point(500000, 3320113)], crs="EPSG:4547")
    >>> to_wgs84(frame).geometry.x.round(3).item()
    114.0
    """
    if frame.crs is None:
        raise CrsError("no_crs")
    flat = frame.set_geometry(shapely.force_2d(frame.geometry.values))
    bounds = flat.total_bounds
    if frame.crs.is_geographic and np.isfinite(bounds).all() and not _plausible_degrees(bounds):
        raise CrsError("metres_called_degrees", crs=_name(frame.crs), x=f"{bounds[0]:g}", y=f"{bounds[1]:g}")
    if frame.crs.equals(pyproj.CRS(WGS84), ignore_axis_order=True):
        return flat.set_crs(WGS84, allow_override=True)
    check_way_to_wgs84(frame.crs)
    out = flat.to_crs(WGS84)
    empty = out.geometry.is_empty.to_numpy() | out.geometry.isna().to_numpy()
    coordinates_ok = np.isfinite(shapely.bounds(out.geometry.values)).all(axis=1) | empty
    if not coordinates_ok.all():
        raise CrsError("not_finite", rows=(np.flatnonzero(~coordinates_ok) + 1).tolist(), crs=_name(frame.crs))
    if np.isfinite(out.total_bounds).all() and not _plausible_degrees(out.total_bounds):
        raise CrsError("outside_crs", crs=_name(frame.crs))
    return out


def check_way_to_wgs84(crs: pyproj.CRS) -> None:
    """Refuse a reference system that PROJ has only a guess of a way for, or none.

    Raises
    ------
    CrsError
        With the code ``no_datum_transformation``.

    Examples
    --------
    >>> check_way_to_wgs84(pyproj.CRS("EPSG:4547"))
    """
    # A grid of a building site, heights and coordinates from the middle of the earth are no places on a map.
    if not (crs.is_geographic or crs.is_projected) or not _has_way_to_wgs84(crs):
        raise CrsError("no_datum_transformation", crs=_name(crs))


def crs_of_code(text: str) -> pyproj.CRS:
    """The system that a code names: ``EPSG:n``, of two dimensions.

    Raises
    ------
    CrsError
        With the code ``bad_crs_code``, whatever else the text is: names, WKT and addresses are not resolved.

    Examples
    --------
    >>> crs_of_code("epsg:4547").name
    'CGCS2000 / 3-degree Gauss-Kruger CM 114E'
    """
    match = _CODE.fullmatch(text.strip())
    try:
        crs = pyproj.CRS.from_epsg(int(match[1])) if match else None
    except pyproj.exceptions.CRSError:
        crs = None
    if crs is None or not (crs.is_projected or (crs.is_geographic and len(crs.axis_info) == 2)):  # noqa: PLR2004
        raise CrsError("bad_crs_code", given=text)
    return crs


def on_cgcs2000(crs: pyproj.CRS | None) -> bool:
    """Whether a system is built on CGCS2000.

    Examples
    --------
    >>> on_cgcs2000(pyproj.CRS(4547)), on_cgcs2000(None)
    (True, False)
    """
    name = crs.datum.name.lower() if crs is not None and crs.datum is not None else ""
    return "2000" in name and "china" in name


def from_lonlat(crs: str, lonlat: FloatArray) -> FloatArray:
    """Degrees, shape (n, 2), in any reference system as x, y, shape (n, 2); inf where it cannot express the place.

    Examples
    --------
    >>> from_lonlat("EPSG:4547", np.array([[114.0, 30.0]])).round().tolist()
    [[500000.0, 3320113.0]]
    """
    return np.column_stack(_transformer(WGS84, crs).transform(lonlat[:, 0], lonlat[:, 1]))


def to_lonlat(crs: str, xy: FloatArray) -> FloatArray:
    """Coordinates of any reference system as x, y, shape (n, 2), in degrees, shape (n, 2).

    Examples
    --------
    >>> to_lonlat("EPSG:4547", np.array([[500000.0, 3320113.0]])).round(3).tolist()
    [[114.0, 30.0]]
    """
    return np.column_stack(_transformer(crs, WGS84).transform(xy[:, 0], xy[:, 1]))


def _has_way_to_wgs84(crs: pyproj.CRS) -> bool:
    """Whether PROJ knows more than a null shift. CGCS2000 and WGS 84 are one within a metre, so null is right there."""
    geodetic = crs.geodetic_crs
    datum = geodetic.datum.name.lower() if geodetic is not None and geodetic.datum is not None else ""
    if any(name in datum for name in _NO_PUBLIC_TRANSFORMATION):
        return False
    try:
        way = _transformer(crs.to_wkt(), WGS84)
    except pyproj.exceptions.ProjError:
        return False
    return any(name in datum for name in _SAME_AS_WGS84) or "ballpark" not in way.description.lower()


def _plausible_degrees(bounds: FloatArray) -> bool:
    west, south, east, north = bounds
    return bool(_WORLD[0] <= west <= east <= _WORLD[2] and _WORLD[1] <= south <= north <= _WORLD[3])


def _name(crs: pyproj.CRS) -> str:
    epsg = crs.to_epsg()
    return f"EPSG:{epsg}" if epsg else str(crs.name)
