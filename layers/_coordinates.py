"""Where a row lies: geometry of the file or its coordinate columns, checked row by row, in EPSG:4326."""

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyproj
import shapely

from geo import repair
from geo.angles import Axis, may_be_packed, pair_order, parse_angles, parse_pairs
from geo.crs import WGS84, check_way_to_wgs84, crs_of_code, on_cgcs2000, to_wgs84
from geo.datum import NAMES, SHIFTED
from geo.errors import CrsError, DataError
from geo.parse import parse_numbers
from geo.zones import Zone, recognise
from layers._basis import MARK, Basis, datum_now, declared_datum, marked, shifted, told_basis
from layers._intake import Intake, type_names
from layers._metres import from_metres

__all__ = [
    "as_frame", "closed_lines", "given_degrees", "in_wgs84", "no_crs", "places", "refuse_outside_degrees", "repaired",
    "single_points", "with_length",
]  # fmt: skip

ShapeArray = npt.NDArray[np.object_]
FloatArray = npt.NDArray[np.float64]

_TYPES = {"point": (0, 4), "line": (1, 2, 5), "polygon": (3, 6)}
#: Fewest coordinates of a ring.
_RING = 4
# Longitudes and latitudes of China, for the case that a table was filled the wrong way round and both numbers are
# still possible: read as they stand they would lie in the Arctic Ocean. Svalbard, at 10 to 18 E, stays outside.
_CHINA_LON = (73.5, 90.0)
_CHINA_LAT = (18.0, 54.0)
_MOST_LON, _MOST_LAT = 180.0, 90.0
_AXES: tuple[Axis, ...] = ("lon", "lat")
#: Of the rows: above it a fault is one of the layer, not of rows.
_MOST_ROWS = 0.5
_MULTI_POINT = 4


def places(intake: Intake, *, optional: bool = False) -> ShapeArray:
    """Geometry of each row in EPSG:4326; None for refused rows.

    It is that of the file, else columns of longitude and latitude, else one column with both, else north and east in
    metres. What the user said of the datum is applied.

    Raises
    ------
    DataError
        When there is neither geometry nor columns of coordinates (unless ``optional``), when longitude and latitude
        are swapped, when metres stand for degrees, or the zone of metres is not known.
    CrsError
        When the file declares no reference system, or one without a known way to WGS 84.
    """
    if intake.geometry_name is not None:
        return in_wgs84(intake, _shapes(intake, optional=optional))
    metres = intake.has("x_north") and intake.has("y_east")
    if intake.has("lon") and intake.has("lat") and not (metres and _blank(intake, "lon") and _blank(intake, "lat")):
        lonlat = _from_columns(intake)
    elif intake.has("lonlat"):
        lonlat = intake.degrees = _from_pairs(intake)
    elif metres:
        lonlat = from_metres(intake, "x_north", "y_east")
    elif optional:
        return np.full(len(intake.refused), None, dtype=object)
    else:
        headings = ", ".join(intake.own_columns())
        raise DataError("no_coordinates", file=intake.table.file, columns=headings)
    out = np.full(len(lonlat), None, dtype=object)
    good = ~intake.refused & np.isfinite(lonlat).all(axis=1)
    out[good] = shapely.points(lonlat[good])
    return in_wgs84(intake, out)


def _blank(intake: Intake, name: str) -> bool:
    """Whether a column has no cell that is filled."""
    return bool((intake.texts(name) == "").all())


def in_wgs84(intake: Intake, degrees: ShapeArray) -> ShapeArray:
    """Shapes in degrees, out of the datum that the user told; a file that was shifted before is refused."""
    frame = intake.table.frame
    marked(frame, intake.table.file, intake.options.datum)
    now = datum_now(frame)
    if now in SHIFTED and intake.options.datum == "auto":
        intake.note("datum_declared_shifted", "warn", field=MARK, datum=NAMES[now])
    return shifted(degrees, intake.options.datum, intake.note)


def _from_columns(intake: Intake) -> FloatArray:
    columns = {name: intake.texts(name) for name in ("lon", "lat")}
    numbers = {name: parse_numbers(column) for name, column in columns.items()}
    pair = np.column_stack([numbers["lon"][0], numbers["lat"][0]])
    # X and Y are often in metres; only then is size asked, so that one stray row does not turn a file.
    filled = np.isfinite(pair).all(axis=1)
    if filled.any() and recognise(*pair[filled].T).known.mean() > _MOST_ROWS:
        return from_metres(intake, "lon", "lat")
    if intake.options.crs and not _geographic(intake.options.crs):
        return from_metres(intake, "lon", "lat")
    _refuse_swapped_marks(intake, columns, {name: bad for name, (_, bad) in numbers.items()})
    packed = _packed(intake, columns)
    for position, (name, column) in enumerate(columns.items()):
        degrees, bad = numbers[name]
        if packed or bad.any():
            plain = np.zeros(len(column), dtype=bool) if packed else ~bad
            axis: Axis = "lon" if name == "lon" else "lat"
            degrees[~plain], bad[~plain] = parse_angles(column[~plain], axis, packed=packed)
            _tell_angles(intake, name, column, degrees, ~plain & ~bad & (column != "").to_numpy())
        pair[:, position] = degrees
        intake.refuse_values(bad, "coordinate_unreadable", column, intake.columns[name])
        intake.refuse((column == "").to_numpy(), "coordinate_missing", field=intake.columns[name])
    intake.degrees = pair
    return _checked_degrees(intake, pair)


def _tell_angles(
    intake: Intake, name: str, column: pd.Series, degrees: FloatArray, read: npt.NDArray[np.bool_]
) -> None:
    """Say that degrees, minutes and seconds were turned into degrees, with an example."""
    rows = np.flatnonzero(read)
    if len(rows):
        first = {"sample": column.iloc[rows[0]], "degrees": f"{degrees[rows[0]]:.7f}"}
        intake.note("angles_read", "info", field=intake.columns[name], count=len(rows), **first)


def _refuse_swapped_marks(
    intake: Intake, columns: dict[str, pd.Series], unread: dict[str, npt.NDArray[np.bool_]]
) -> None:
    """Refuse columns most of whose cells say themselves that they are the other: N or 北纬 under the longitude."""
    for axis in _AXES:
        cells = columns[axis][unread[axis]]
        if len(cells) <= _MOST_ROWS * int((columns[axis] != "").sum()):
            return
        if (parse_angles(cells, axis)[1] & ~parse_angles(cells)[1]).mean() <= _MOST_ROWS:
            return
    x, y = (columns[axis][unread[axis]].iloc[0] for axis in _AXES)
    raise DataError("swapped_lonlat", file=intake.table.file, x=x, y=y)


def _from_pairs(intake: Intake) -> FloatArray:
    column, heading = intake.texts("lonlat"), intake.columns["lonlat"]
    order = pair_order(column.tolist(), heading)
    lonlat, bad = parse_pairs(column, order)
    if order is None and not np.isfinite(lonlat).any() and not parse_pairs(column, "lonlat")[1].all():
        sample = next((text for text in column if text), "")
        raise DataError("pair_order_unknown", file=intake.table.file, column=heading, sample=sample)
    intake.refuse_values(bad, "coordinate_unreadable", column, heading)
    intake.refuse((column == "").to_numpy(), "coordinate_missing", field=heading)
    return _checked_degrees(intake, lonlat)


def _checked_degrees(intake: Intake, lonlat: FloatArray) -> FloatArray:
    """Longitudes and latitudes of a table: in range, not swapped; what they are in is told or assumed."""
    _refuse_swapped_or_metric(intake, np.column_stack([lonlat, lonlat]), crs="")
    outside = (np.abs(lonlat[:, 0]) > _MOST_LON) | (np.abs(lonlat[:, 1]) > _MOST_LAT)
    intake.refuse(outside, "outside_degrees")
    intake.refuse((lonlat == 0).all(axis=1), "null_island")
    options = intake.options
    if options.crs:
        datum = "cgcs2000" if on_cgcs2000(_checked_way(options.crs)) else "wgs84"
        intake.basis = told_basis(options, Basis(datum, datum, "user"))
        return lonlat
    declared = declared_datum(intake.texts("crs").tolist())
    if declared in SHIFTED and options.datum == "auto":
        intake.note("datum_declared_shifted", "warn", field=intake.columns["crs"], datum=NAMES[declared])
        declared = None
    elif declared is None and options.datum == "auto":
        intake.note("datum_assumed", "warn")
    basis = Basis(declared, declared, "declared") if declared else Basis("wgs84", "wgs84", "assumed")
    intake.basis = told_basis(options, basis)
    return lonlat


def given_degrees(intake: Intake) -> FloatArray | None:
    """Longitude and latitude as each row gives them, shape (n, 2), NaN where unreadable; None without such columns.

    They stand beside the place of the row, which may be that of the file's geometry; no row is refused for them. Where
    the place was shifted to another datum there are none: whoever has both can solve for what is secret.
    """
    if intake.basis.read in SHIFTED:
        return None
    if intake.degrees is not None or intake.geometry_name is None or not (intake.has("lon") and intake.has("lat")):
        return intake.degrees
    columns = []
    for axis in _AXES:
        texts = intake.texts(axis)
        numbers, bad = parse_numbers(texts)
        numbers[bad], _ = parse_angles(texts[bad], axis, packed=intake.options.packed)
        columns.append(numbers)
    return np.column_stack(columns)


def _geographic(code: str) -> bool:
    return bool(crs_of_code(code).is_geographic)


def _checked_way(code: str) -> pyproj.CRS:
    crs = crs_of_code(code)
    check_way_to_wgs84(crs)
    return crs


def _packed(intake: Intake, columns: dict[str, pd.Series]) -> bool:
    """Whether plain numbers are D.MMSS: the user says so, or only then they lie in the study area."""
    if intake.options.packed:
        return True
    texts = [column[~intake.refused].tolist() for column in columns.values()]
    if not may_be_packed(*texts):
        return False
    area = intake.options.area
    if area is not None:
        shares = []
        for packed in (False, True):
            lon, lat = (parse_angles(column, packed=packed)[0] for column in texts)
            inside = (lon >= area[0]) & (lon <= area[2]) & (lat >= area[1]) & (lat <= area[3])
            shares.append(float(inside.mean()))
        if shares[0] == 0 and shares[1] > _MOST_ROWS:
            intake.note("packed_read", "warn", sample=texts[0][0])
            return True
    intake.note("may_be_packed", "warn", sample=texts[0][0])
    return False


def _shapes(intake: Intake, *, optional: bool = False) -> ShapeArray:
    """Geometry that came with the file: right type, finite, in range; in EPSG:4326."""
    frame = intake.table.frame
    given = repair.flattened(frame.geometry.to_numpy())
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
        raise no_crs(frame)
    refuse_outside_degrees(intake)
    _refuse_degrees_called_metres(intake)
    boxes = shapely.bounds(given)
    intake.refuse(np.isin(types, _TYPES["point"]) & (boxes == 0).all(axis=1), "null_island")
    good = np.asarray(~intake.refused & ~missing)
    out = np.full(len(frame), None, dtype=object)
    if good.any():
        good = good & _transformable(intake, frame.crs, boxes, good)
        moved = to_wgs84(gpd.GeoDataFrame(geometry=given[good], crs=frame.crs))
        out[good] = moved.geometry.to_numpy()
    return out


def no_crs(frame: gpd.GeoDataFrame) -> CrsError:
    """The error about a file without a reference system, with what the size of its coordinates suggests."""
    bounds = shapely.bounds(frame.geometry.to_numpy())
    middle = np.nanmedian(np.where(np.isfinite(bounds), bounds, np.nan), axis=0) if len(bounds) else np.zeros(4)
    found = recognise(middle[[0]], middle[[1]])
    if not found.known[0]:
        return CrsError("no_crs")
    if found.number[0] == 0:
        return CrsError("no_crs_metres", x=f"{middle[0]:.9g}", y=f"{middle[1]:.9g}")
    zone = Zone("cgcs2000", int(found.width_deg[0]), int(found.number[0]), prefixed=True)
    return CrsError("no_crs_zone", x=f"{middle[0]:.9g}", y=f"{middle[1]:.9g}", zone=zone.number,
                    width=zone.width_deg, crs=f"EPSG:{zone.epsg}")  # fmt: skip


def _refuse_degrees_called_metres(intake: Intake) -> None:
    """In a projected system all numbers that could be degrees are degrees: no place of it is that near its corner."""
    crs = intake.table.frame.crs
    if not crs.is_projected:
        return
    boxes = shapely.bounds(intake.table.frame.geometry.to_numpy())
    known = np.isfinite(boxes).all(axis=1) & ~intake.refused
    if known.any() and (np.abs(boxes[known]) <= _MOST_LON).all(axis=1).mean() > _MOST_ROWS:
        x, y = np.median(boxes[known, 0]), np.median(boxes[known, 1])
        raise DataError(
            "degrees_called_metres", file=intake.table.file, crs=intake.table.crs, x=f"{x:.9g}", y=f"{y:.9g}"
        )


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
    check_way_to_wgs84(crs)
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
    x, y = boxes[known, 0] / 2 + boxes[known, 2] / 2, boxes[known, 1] / 2 + boxes[known, 3] / 2  # 1e308 is a number

    def most(mask: npt.NDArray[np.bool_]) -> bool:
        return bool(mask.mean() > _MOST_ROWS)

    file, sample_x, sample_y = intake.table.file, f"{np.median(x):.7g}", f"{np.median(y):.7g}"
    too_far_north = (np.abs(y) > _MOST_LAT) & (np.abs(y) <= _MOST_LON) & (np.abs(x) <= _MOST_LAT)
    area = intake.options.area
    if area is not None and most((x >= area[1]) & (x <= area[3]) & (y >= area[0]) & (y <= area[2])):
        raise DataError("swapped_lonlat", file=file, x=sample_x, y=sample_y)
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
    for position in np.flatnonzero(polygons & repair.is_cluttered(given)).tolist():
        before = int(shapely.get_num_coordinates(out[position]))
        out[position] = repair.tidied(out[position])
        after = int(shapely.get_num_coordinates(out[position]))
        intake.warn(_only(given, position), "polygon_tidied", before=before, after=after)
    for position in np.flatnonzero(polygons & ~shapely.is_valid(out)).tolist():
        done = repair.repair(out[position])
        facts = {"reason": done.reason, "percent": f"{done.change:.2%}", "before_m2": f"{done.before_m2:.0f}",
                 "after_m2": f"{done.after_m2:.0f}"}  # fmt: skip
        one = _only(given, position)
        if done.shape is None:
            intake.refuse(one, "polygon_invalid", **facts)
        else:
            intake.warn(one, "polygon_repaired", **facts)
        out[position] = done.shape
    return out


def _only(given: ShapeArray, position: int) -> npt.NDArray[np.bool_]:
    one = np.zeros(len(given), dtype=bool)
    one[position] = True
    return one


def closed_lines(intake: Intake, given: ShapeArray) -> ShapeArray:
    """Closed lines as the polygons that they go round; a line that does not close is refused."""
    out = given.copy()
    lines = np.isin(shapely.get_type_id(given), _TYPES["line"])
    if not lines.any():
        return out
    merged = shapely.line_merge(given)
    closed = lines & shapely.is_closed(merged) & (shapely.get_type_id(merged) == 1)
    closed &= shapely.get_num_coordinates(merged) >= _RING
    intake.refuse(lines & ~closed, "line_not_closed")
    out[lines] = None
    if closed.any():
        out[closed] = shapely.polygons(shapely.linearrings([line.coords for line in merged[closed]]))
        intake.note("line_to_polygon", "warn", count=int(closed.sum()))
    return out


def with_length(intake: Intake, given: ShapeArray) -> ShapeArray:
    """Lines; those without any length are refused."""
    empty = ~shapely.is_missing(given) & (shapely.length(given) == 0)
    intake.refuse(empty, "line_without_length")
    out = given.copy()
    out[empty] = None
    return out


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
