"""Where a row lies: geometry of the file or its coordinate columns, checked row by row, in EPSG:4326."""

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyproj
import shapely

from geo.crs import GEOD, WGS84, to_wgs84
from geo.errors import CrsError, DataError
from geo.parse import parse_numbers
from layers._intake import Intake, type_names

__all__ = ["as_frame", "places", "refuse_outside_degrees", "repaired", "single_points"]

ShapeArray = npt.NDArray[np.object_]
FloatArray = npt.NDArray[np.float64]

_TYPES = {"point": (0, 4), "line": (1, 2, 5), "polygon": (3, 6)}
#: A repair that changes the area by more than this share is not made (faults C01).
MAX_AREA_CHANGE = 0.01
# Longitudes and latitudes of China, for the case that a table was filled the wrong way round and both numbers are
# still possible: read as they stand they would lie in the Arctic Ocean. Svalbard, at 10 to 18 E, stays outside.
_CHINA_LON = (73.5, 90.0)
_CHINA_LAT = (18.0, 54.0)
_MOST_LON, _MOST_LAT = 180.0, 90.0
#: Of the rows: above it a fault is one of the layer, not of rows.
_MOST_ROWS = 0.5
_MULTI_POINT = 4


def places(intake: Intake, *, optional: bool = False) -> ShapeArray:
    """Geometry of each row in EPSG:4326; None for refused rows.

    Raises
    ------
    DataError
        When there is neither geometry nor a pair of coordinate columns (unless ``optional``), when longitude and
        latitude are swapped, or when metres stand for degrees.
    CrsError
        When the file declares no reference system, or one without a known way to WGS 84.
    """
    if intake.geometry_name is not None:
        return _shapes(intake, optional=optional)
    if intake.has("lon") and intake.has("lat"):
        return _from_columns(intake)
    if optional:
        return np.full(len(intake.refused), None, dtype=object)
    headings = ", ".join(intake.own_columns())
    raise DataError("no_coordinates", file=intake.table.file, columns=headings)


def _from_columns(intake: Intake) -> ShapeArray:
    columns = {name: intake.texts(name) for name in ("lon", "lat")}
    parsed = {name: parse_numbers(column) for name, column in columns.items()}
    for name, (_, bad) in parsed.items():
        intake.refuse_values(bad, "coordinate_unreadable", columns[name], intake.columns[name])
        intake.refuse((columns[name] == "").to_numpy(), "coordinate_missing", field=intake.columns[name])
    lon, lat = parsed["lon"][0], parsed["lat"][0]
    _refuse_swapped_or_metric(intake, np.column_stack([lon, lat, lon, lat]), crs="")
    intake.refuse((np.abs(lon) > _MOST_LON) | (np.abs(lat) > _MOST_LAT), "outside_degrees")
    intake.refuse((lon == 0) & (lat == 0), "null_island")
    intake.note("datum_assumed", "warn")
    out = np.full(len(lon), None, dtype=object)
    good = ~intake.refused & np.isfinite(lon) & np.isfinite(lat)
    out[good] = shapely.points(lon[good], lat[good])
    return out


def _shapes(intake: Intake, *, optional: bool = False) -> ShapeArray:
    """Geometry that came with the file: right type, finite, in range; in EPSG:4326."""
    frame = intake.table.frame
    given = np.array(shapely.force_2d(frame.geometry.to_numpy()), dtype=object)
    types = shapely.get_type_id(given)
    missing = (types == -1) | shapely.is_empty(given)
    allowed = np.isin(types, [code for name in intake.schema.geometry for code in _TYPES[name]])
    if not optional:
        intake.refuse(missing, "geometry_missing")
        if not allowed[~missing].any() and not missing.all():
            wanted = ", ".join(sorted(intake.schema.geometry))
            raise DataError("wrong_geometry_layer", file=intake.table.file, found=type_names(types), wanted=wanted)
    for code in np.unique(types[~allowed & ~missing]):
        intake.refuse((types == code) & ~missing, "wrong_geometry", found=type_names(np.array([code])))
    intake.refuse(_not_finite(given), "coordinate_not_finite")
    if frame.crs is None:
        raise CrsError("no_crs")
    refuse_outside_degrees(intake)
    boxes = shapely.bounds(given)
    intake.refuse(np.isin(types, _TYPES["point"]) & (boxes == 0).all(axis=1), "null_island")
    good = np.asarray(~intake.refused & ~missing)
    out = np.full(len(frame), None, dtype=object)
    if good.any():
        good = good & _transformable(intake, frame.crs, boxes, good)
        moved = to_wgs84(gpd.GeoDataFrame(geometry=given[good], crs=frame.crs))
        out[good] = moved.geometry.to_numpy()
    return out


def _not_finite(given: ShapeArray) -> npt.NDArray[np.bool_]:
    coordinates, owner = shapely.get_coordinates(given, return_index=True)
    bad = np.zeros(len(given), dtype=bool)
    bad[owner[~np.isfinite(coordinates).all(axis=1)]] = True
    return bad


def _transformable(
    intake: Intake, crs: pyproj.CRS, boxes: FloatArray, good: npt.NDArray[np.bool_]
) -> npt.NDArray[np.bool_]:
    """Refuse single rows that a projection cannot place, so that one stray row does not refuse the file."""
    if crs.is_geographic:
        return good
    way = pyproj.Transformer.from_crs(crs, WGS84, always_xy=True)
    corners = [way.transform(boxes[:, x], boxes[:, y]) for x, y in ((0, 1), (2, 3))]
    fine = np.asarray(np.isfinite(np.array(corners)).all(axis=(0, 1)), dtype=bool)
    if not fine[good].any():
        return good  # All are off: then the declared system is wrong, which the transformation says better.
    intake.refuse(~fine & good, "coordinate_not_finite")
    return fine


def refuse_outside_degrees(intake: Intake) -> None:
    """In a geographic system: refuse a layer that is swapped or metric, and single rows that are out of range."""
    frame = intake.table.frame
    if not isinstance(frame, gpd.GeoDataFrame) or frame.crs is None or not frame.crs.is_geographic:
        return
    boxes = shapely.bounds(frame.geometry.to_numpy())
    _refuse_swapped_or_metric(intake, boxes, crs=intake.table.crs)
    outside = (np.abs(boxes[:, [0, 2]]) > _MOST_LON).any(axis=1) | (np.abs(boxes[:, [1, 3]]) > _MOST_LAT).any(axis=1)
    intake.refuse(outside, "outside_degrees")


def _refuse_swapped_or_metric(intake: Intake, boxes: FloatArray, *, crs: str) -> None:
    known = np.isfinite(boxes).all(axis=1)
    if not known.any():
        return
    x, y = (boxes[known, 0] + boxes[known, 2]) / 2, (boxes[known, 1] + boxes[known, 3]) / 2

    def most(mask: npt.NDArray[np.bool_]) -> bool:
        return bool(mask.mean() > _MOST_ROWS)

    file, sample_x, sample_y = intake.table.file, f"{np.median(x):.7g}", f"{np.median(y):.7g}"
    too_far_north = (np.abs(y) > _MOST_LAT) & (np.abs(y) <= _MOST_LON) & (np.abs(x) <= _MOST_LAT)
    in_china = (y >= _CHINA_LON[0]) & (y <= _CHINA_LON[1]) & (x >= _CHINA_LAT[0]) & (x <= _CHINA_LAT[1])
    if most(too_far_north | in_china):
        raise DataError("swapped_lonlat", file=file, x=sample_x, y=sample_y)
    if most((np.abs(x) > _MOST_LON) | (np.abs(y) > _MOST_LON)):
        if intake.geometry_name is None:
            lon, lat = intake.columns["lon"], intake.columns["lat"]
            raise DataError("metres_in_columns", file=file, lon=lon, lat=lat, x=sample_x, y=sample_y)
        raise DataError("metres_called_degrees", file=file, crs=crs, x=sample_x, y=sample_y)


def repaired(intake: Intake, given: ShapeArray) -> ShapeArray:
    """Polygons made valid; the change of area is reported, and a row that would change by more than 1 % is refused."""
    out = given.copy()
    polygons = np.isin(shapely.get_type_id(given), _TYPES["polygon"])
    for position in np.flatnonzero(polygons & ~shapely.is_valid(given)):
        old = given[position]
        reason = shapely.is_valid_reason(old)
        new = shapely.make_valid(old, method="structure", keep_collapsed=False)
        before, after = _area_m2(old), _area_m2(new)
        change = abs(after - before) / max(before, after) if max(before, after) > 0 else 1.0
        one = np.zeros(len(given), dtype=bool)
        one[position] = True
        percent = f"{change:.2%}"
        if change > MAX_AREA_CHANGE or new.is_empty or new.geom_type not in ("Polygon", "MultiPolygon"):
            intake.refuse(one, "polygon_invalid", reason=reason, percent=percent)
            out[position] = None
        else:
            intake.warn(one, "polygon_repaired", reason=reason, percent=percent)
            out[position] = new
    return out


def _area_m2(shape: shapely.Geometry) -> float:
    return abs(float(GEOD.geometry_area_perimeter(shapely.orient_polygons(shape))[0]))


def single_points(intake: Intake, given: ShapeArray) -> ShapeArray:
    """One point per row: polygons by a point inside them, a multi-point only when it holds one point."""
    out = given.copy()
    types = shapely.get_type_id(given)
    multi = types == _MULTI_POINT
    one = multi & (shapely.get_num_geometries(given) == 1)
    out[one] = shapely.get_geometry(given[one], 0)
    intake.refuse(multi & ~one, "several_points")
    out[multi & ~one] = None
    polygons = np.isin(shapely.get_type_id(out), _TYPES["polygon"])
    if polygons.any():
        out[polygons] = shapely.point_on_surface(out[polygons])
        intake.note("polygon_to_point", "info", count=int(polygons.sum()))
    return out


def as_frame(columns: pd.DataFrame, geometry: ShapeArray, *, crs: object = WGS84) -> gpd.GeoDataFrame:
    """A frame with geometry, by default in EPSG:4326."""
    return gpd.GeoDataFrame(columns, geometry=geometry, crs=crs)
