"""Any table with places, whatever its kind: for commands that ask of a file only where its rows lie."""

import dataclasses
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.common_points import CommonPoints, Fit
from geo.crs import check_way_to_wgs84, crs_of_code, on_cgcs2000
from geo.datum import NAMES, SHIFTED, Shift, to_datum
from geo.errors import DataError, RequestError, naming
from geo.parse import parse_numbers
from geo.read import Table, read_table
from geo.sniff import local_file, sniff
from geo.zones import recognise
from layers import _coordinates, road
from layers._basis import MARK, mark_of, marked
from layers._common_fields import COORDINATES, UNIT_CODES
from layers._intake import Intake
from layers._place import place_layer
from layers.layer import Layer
from layers.options import USUAL, Datum, ReadOptions
from layers.schema import Field, Schema

__all__ = ["ANYTHING", "Converted", "common_points_of", "converted", "places_of", "read_reference"]

FloatArray = npt.NDArray[np.float64]

#: Rows with a place, and what they may say of the unit they lie in.
ANYTHING = Schema(
    kind="any",
    label="位置",
    fields=(
        Field("unit_code", "text", (*UNIT_CODES, "code", "编码", "代码")),
        Field("name", "text", ("名称", "name_zh", "所在村社", "区划名称", "所在乡镇")),
        *COORDINATES,
    ),
    geometry=frozenset({"point", "line", "polygon"}),
)
_POINTS = Schema(
    kind="common_points",
    label="公共点",
    fields=(
        Field("point", "text", ("name", "点名", "点号", "编号", "名称")),
        Field("old_north", "number", ("原纵坐标", "原x", "旧x", "x80", "x54", "西安80x", "北京54x"), required=True),
        Field("old_east", "number", ("原横坐标", "原y", "旧y", "y80", "y54", "西安80y", "北京54y"), required=True),
        Field("new_north", "number", ("新纵坐标", "新x", "x2000", "cgcs2000x"), required=True),
        Field("new_east", "number", ("新横坐标", "新y", "y2000", "cgcs2000y"), required=True),
    ),
    geometry=frozenset(),
    geometry_optional=True,
)
#: Coordinates rounded to whole metres are still the old ones.
_SAME_M = 1.0
_ROAD_FORMATS = ("pbf", "osm", "graphml")
_LINES = (1, 2, 5)
_OF_PLACES = ("lon", "lat", "lonlat", "x_north", "y_east", "crs")


@dataclass(frozen=True)
class Converted:
    """Rows of a file in another datum or reference system.

    Parameters
    ----------
    frame
        The file's own columns and the new geometry, for the kept rows.
    layer
        The same rows as a layer: its quality report says what was refused.
    """

    frame: gpd.GeoDataFrame
    layer: Layer


def places_of(path: Path, options: ReadOptions = USUAL) -> Layer:
    """The rows of a file as places, whatever else they are.

    Raises
    ------
    FileError, DataError
        As :func:`geo.read.read_table`; without coordinates; or when no row has a place.
    """
    return place_layer(read_table(path, encoding=options.encoding, layer=options.layer), ANYTHING, options)


def read_reference(path: Path) -> Layer:
    """A layer to compare places with: roads where the file holds lines, else units or outlines.

    Raises
    ------
    DataError
        When the file holds neither lines nor polygons.
    """
    file = local_file(path)
    if sniff(file) in _ROAD_FORMATS:
        return road.read_roads(path)
    table = read_table(path)
    if not isinstance(table.frame, gpd.GeoDataFrame):
        raise DataError("reference_not_usable", file=table.file)
    types = shapely.get_type_id(table.frame.geometry.to_numpy())
    if np.isin(types, _LINES).any():
        return road.from_table(table)
    layer = place_layer(table, ANYTHING, USUAL, shapers=(_coordinates.repaired,))
    if not (shapely.get_dimensions(layer.frame.geometry.to_numpy()) == 2).all():  # noqa: PLR2004  # areas
        raise DataError("reference_not_usable", file=table.file)
    return layer


def converted(
    table: Table, options: ReadOptions, *, datum: Datum = "auto", crs: str = "", fitted: Fit | None = None
) -> Converted:
    """The rows of a table in another datum or reference system, with their own columns.

    Parameters
    ----------
    table
        As read.
    options
        What the file is in.
    datum
        What it shall be in; ``auto``: WGS 84 or CGCS2000, as the file.
    crs
        ``EPSG:n`` that it shall be in; empty: degrees.
    fitted
        From the user's common points, when the file is on Xi'an 1980 or Beijing 1954; then ``crs`` is the system of
        the new coordinates, and the old ones are left out, as parameters could be solved from pairs of both.

    Raises
    ------
    DataError
        When the file was shifted before, or has no places.
    RequestError
        When a shifted datum is asked for in a projection.
    """
    target = crs_of_code(crs) if crs else None
    if target is not None:
        check_way_to_wgs84(target)
    if datum in SHIFTED and target is not None and target.is_projected:
        raise RequestError("shifted_projection", datum=NAMES[datum], crs=crs)
    if fitted is not None:
        return _by_common_points(table, options, crs, fitted)
    intake = Intake(table, ANYTHING, options)
    with naming(table.file):
        shapes = _coordinates.places(intake)
    before, now = intake.basis.read, datum if datum != "auto" else intake.basis.datum
    moved = before != now and (before in SHIFTED or now in SHIFTED)
    old = [intake.columns[name] for name in _OF_PLACES if moved and intake.has(name)]
    if old:
        intake.note("coordinates_replaced", "warn", columns=", ".join(old))
    kept = np.flatnonzero(~intake.refused)
    layer = intake.layer_of("any", _coordinates.as_frame(pd.DataFrame(index=range(len(kept))), shapes[kept]),
                            kept_rows=kept)  # fmt: skip
    geometry = layer.frame.geometry
    if datum in SHIFTED:
        shift: Shift = "gcj02" if datum == "gcj02" else "bd09"
        geometry = gpd.GeoSeries(shapely.transform(geometry.to_numpy(), lambda xy: to_datum(xy, shift)), crs=4326)
    elif target is None and "cgcs2000" in (datum, layer.datum if datum == "auto" else ""):
        target = crs_of_code("EPSG:4490")
    if target is not None:
        geometry = geometry.to_crs(target) if target.is_projected else geometry.set_crs(target, allow_override=True)
    # Beside the new places the old ones would be pairs of both, and be taken for the new ones in a spreadsheet.
    columns = _own(intake, kept, skip={MARK, *old})
    if moved:
        columns[MARK] = pd.Series([mark_of(now, before)] * len(kept), dtype="str")
    return Converted(gpd.GeoDataFrame(columns, geometry=geometry.to_numpy(), crs=geometry.crs), layer)


def _own(intake: Intake, kept: npt.NDArray[np.int64], *, skip: set[str]) -> dict[str, pd.Series]:
    return {
        ("geometry_" if name == "geometry" else name): intake.table.frame[name].iloc[kept].reset_index(drop=True)
        for name in intake.own_columns()
        if name not in skip
    }


def _by_common_points(table: Table, options: ReadOptions, crs: str, fitted: Fit) -> Converted:
    """Plane coordinates of an old system by a fit; they come out in the system of the new points."""
    if not crs or not crs_of_code(crs).is_projected or not on_cgcs2000(crs_of_code(crs)):
        raise RequestError("common_points_need_crs")
    marked(table.frame, table.file, options.datum)
    intake = Intake(table, ANYTHING, dataclasses.replace(options, crs="", datum="auto"))
    used = {own for name, own in intake.columns.items() if name not in ("name", "unit_code")}
    if intake.geometry_name is not None:
        shapes = np.array(shapely.force_2d(table.frame.geometry.to_numpy()), dtype=object)
        intake.refuse(shapely.is_missing(shapes) | shapely.is_empty(shapes), "geometry_missing")
        kept = np.flatnonzero(~intake.refused)
        moved = shapely.transform(shapes[kept], fitted.apply)
    else:
        names = ("x_north", "y_east") if intake.has("x_north") and intake.has("y_east") else ("lon", "lat")
        if not all(map(intake.has, names)):
            raise DataError("no_coordinates", file=table.file, columns=", ".join(intake.own_columns()))
        found = recognise(*(parse_numbers(intake.texts(name))[0] for name in names))
        intake.refuse(~found.known, "coordinate_outside_zones")
        used |= _same_numbers(intake, found.north_m) | _same_numbers(intake, found.east_m)
        kept = np.flatnonzero(~intake.refused)
        moved = shapely.points(fitted.apply(np.column_stack([found.east_m, found.north_m])[kept]))
    frame = gpd.GeoDataFrame(_own(intake, kept, skip=used), geometry=moved, crs=crs_of_code(crs))
    degrees = _coordinates.as_frame(pd.DataFrame(index=range(len(kept))), frame.to_crs(4326).geometry.to_numpy())
    return Converted(frame, intake.layer_of("any", degrees, kept_rows=kept))


def _same_numbers(intake: Intake, numbers: FloatArray) -> set[str]:
    """Headings under which the same numbers stand once more, whatever the column is called."""
    out = set()
    for name in intake.own_columns():
        values = parse_numbers(intake.own_texts(name))[0]
        if (np.abs(values - numbers) < _SAME_M).any():
            out.add(name)
    return out


def common_points_of(path: Path) -> CommonPoints:
    """The user's common points: ``point``, ``old_north``, ``old_east``, ``new_north``, ``new_east`` in metres.

    Raises
    ------
    DataError
        When a column is missing or a number cannot be read.
    """
    table = read_table(path)
    intake = Intake(table, _POINTS)
    names = ("old_north", "old_east", "new_north", "new_east")
    missing = [name for name in names if not intake.has(name)]
    if missing:
        raise DataError(
            "column_missing", file=table.file, missing=", ".join(missing), columns=", ".join(intake.own_columns())
        )
    numbers = np.column_stack([parse_numbers(intake.texts(name))[0] for name in names])
    bad = ~np.isfinite(numbers).all(axis=1)
    if bad.any():
        raise DataError("common_points_unreadable", rows=table.rows[bad].tolist(), file=table.file)
    called = intake.texts("point")
    labels = tuple(name or str(row) for name, row in zip(called, table.rows, strict=True))
    return CommonPoints(labels, numbers[:, [1, 0]], numbers[:, [3, 2]])
