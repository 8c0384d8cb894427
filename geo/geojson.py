"""GeoJSON: what is checked before GDAL reads it, and how it is written (RFC 7946)."""

import json
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from shapely.geometry import mapping

from geo.errors import DataError, FileError
from geo.road_file import NOTE_KEY
from geo.sniff import foreign_errors

__all__ = ["DECIMALS", "MOST_DEEP", "check_geojson", "feature_collection"]

#: Decimals of degrees in all files, about 1 cm.
DECIMALS = 7
# Rows that are text at one time: a table of a province would take gigabytes as one.
_ROWS_AT_ONCE = 20_000
#: Collections inside each other, at most. GEOS and GDAL go into each by a call of its own.
MOST_DEEP = 16
_GEOMETRY_TYPES = {
    "Point",
    "MultiPoint",
    "LineString",
    "MultiLineString",
    "Polygon",
    "MultiPolygon",
    "GeometryCollection",
}


def check_geojson(file: Path) -> object:
    """Refuse what GDAL would pass over in silence or answer in words that help nobody; return the note on roads.

    GDAL leaves out list members that are not features, and follows a link in ``crs`` to another file or host.

    Raises
    ------
    FileError, DataError
        When it is no GeoJSON that can be read whole.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "a.geojson"
    ...     _ = file.write_text('{"type": "FeatureCollection", "features": [1]}', encoding="utf-8")
    ...     try:
    ...         check_geojson(file)
    ...     except DataError as error:
    ...         error.code, error.rows
    ('not_a_feature', (1,))
    """
    try:
        with foreign_errors(file.name):
            document = json.loads(file.read_bytes().decode("utf-8-sig"), object_pairs_hook=_distinct)
    except FileError as error:
        raise _json_error(file, error.__cause__) from None
    kind = document.get("type") if isinstance(document, dict) else None
    if kind in _GEOMETRY_TYPES or kind == "Feature":
        features = [document if kind == "Feature" else {"type": "Feature", "geometry": document}]
    elif kind == "FeatureCollection" and isinstance(document.get("features"), list):
        features = document["features"]
    else:
        raise FileError("json_not_geojson", file=file.name)
    crs = document.get("crs")
    if crs is not None and not _harmless_crs(crs):
        raise DataError("crs_not_understood", file=file.name)
    if not features:
        raise DataError("no_rows", file=file.name)
    odd = [
        number
        for number, feature in enumerate(features, start=1)
        if not isinstance(feature, dict) or feature.get("type") != "Feature"
    ]
    if odd:
        raise DataError("not_a_feature", rows=odd, file=file.name)
    hidden = []
    for number, feature in enumerate(features, start=1):
        geometry = feature.get("geometry")
        if _too_deep(geometry):
            raise FileError("json_too_deep", file=file.name)
        if _own_crs(geometry):
            hidden.append(number)
    if hidden and kind not in _GEOMETRY_TYPES:
        raise DataError("crs_not_understood", rows=hidden, file=file.name)
    return document.get(NOTE_KEY)


class _TwiceError(ValueError):
    """A member of an object that is there twice: two readers may each take another one."""


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        raise _TwiceError(next(name for name in found if names.count(name) > 1))
    return found


def _too_deep(geometry: object) -> bool:
    """Whether collections, or lists of coordinates, lie inside each other more deeply than any map needs."""
    waiting = [(geometry, 0)]
    while waiting:
        one, depth = waiting.pop()
        if depth > MOST_DEEP:
            return True
        if isinstance(one, dict):
            waiting += [(inner, depth + 1) for inner in (one.get("geometries"), one.get("coordinates"))]
        elif isinstance(one, list) and one and isinstance(one[0], (list, dict)):
            # Of coordinates the first of a list says how deep the others may be; of collections each counts.
            waiting += [(inner, depth + 1) for inner in (one if isinstance(one[0], dict) else one[:1])]
    return False


def _own_crs(geometry: object) -> bool:
    """Whether a geometry, or one inside it, brings a reference system of its own."""
    waiting = [geometry]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            if "crs" in one:
                return True
            inner = one.get("geometries")
            waiting += inner if isinstance(inner, list) else []
    return False


def _harmless_crs(crs: object) -> bool:
    if not isinstance(crs, dict) or crs.get("type") not in ("name", "EPSG"):
        return False
    properties = crs.get("properties")
    if not isinstance(properties, dict):
        return False
    name = properties.get("name", properties.get("code"))
    # Names of an authority only: "EPSG:4490", "urn:ogc:def:crs:OGC:1.3:CRS84". No paths, no addresses.
    text = str(name)
    return (
        "/" not in text and "\\" not in text and text.upper().startswith(("EPSG", "URN:OGC:DEF:CRS", "CRS84", "OGC:"))
    )


def _json_error(file: Path, cause: BaseException | None) -> FileError:
    if isinstance(cause, json.JSONDecodeError):
        cut = cause.pos >= len(cause.doc.rstrip()) or "Unterminated" in cause.msg
        code = "json_truncated" if cut else "json_broken"
        return FileError(code, file=file.name, position=cause.pos, line=cause.lineno)
    if isinstance(cause, _TwiceError):
        return FileError("json_twice", file=file.name, name=str(cause))
    if isinstance(cause, UnicodeDecodeError):
        return FileError("json_not_utf8", file=file.name, position=cause.start)
    if isinstance(cause, RecursionError):
        return FileError("json_too_deep", file=file.name)
    return FileError("file_damaged", file=file.name, reason=str(cause)[:160])


# ---- writing ------------------------------------------------------------------------------------------------------


def feature_collection(frame: gpd.GeoDataFrame, notes: Mapping[str, Any] | None = None) -> Iterator[str]:
    """A table as GeoJSON text, piece by piece.

    WGS 84, right-hand rule, 7 decimals, missing values null, whole numbers whole.

    Parameters
    ----------
    frame
        EPSG:4326.
    notes
        Further members of the collection, e.g. ``attribution``.

    Examples
    --------
    >>> frame = gpd.GeoDataFrame({"n": [1.0]}, geometry=[shapely.Point(114.12345678, 30)], crs=4326)
    >>> "".join(feature_collection(frame)).splitlines()[1]
    '{"type":"Feature","properties":{"n":1},"geometry":{"type":"Point","coordinates":[114.1234568,30.0]}}'
    """
    head = json.dumps({"type": "FeatureCollection", **(notes or {})}, ensure_ascii=False, separators=(",", ":"))[:-1]
    yield head + ',"features":[\n'
    names = [str(name) for name in frame.columns if name != frame.geometry.name]
    whole = {name: _is_whole(frame[name]) for name in names}
    for begin in range(0, len(frame), _ROWS_AT_ONCE):
        block = frame.iloc[begin : begin + _ROWS_AT_ONCE]
        columns = [_values(block[name], whole=whole[name]) for name in names]
        rows = zip(*columns, strict=True) if columns else (() for _ in range(len(block)))
        lines = (
            '{"type":"Feature","properties":'
            + json.dumps(dict(zip(names, row, strict=True)), ensure_ascii=False, separators=(",", ":"), allow_nan=False)
            + f',"geometry":{shape}}}'
            for row, shape in zip(rows, _rounded(block.geometry.to_numpy()), strict=True)
        )
        yield (",\n" if begin else "") + ",\n".join(lines)
    yield "\n]}\n"


def _is_whole(column: "pd.Series[Any]") -> bool:
    """Whether all numbers of a column of floats are whole."""
    if not pd.api.types.is_float_dtype(column):
        return False
    numbers = column.to_numpy(dtype=np.float64, na_value=np.nan)
    return bool((numbers[np.isfinite(numbers)] % 1 == 0).all())


def _values(column: "pd.Series[Any]", *, whole: bool) -> list[Any]:
    """Plain Python values: None for missing ones, int where the whole column is whole."""
    if pd.api.types.is_bool_dtype(column) or pd.api.types.is_integer_dtype(column):
        return [None if value is pd.NA else value.item() if hasattr(value, "item") else value for value in column]
    if pd.api.types.is_float_dtype(column):
        numbers = column.to_numpy(dtype=np.float64, na_value=np.nan)
        return [None if not math.isfinite(x) else int(x) if whole else x for x in numbers.tolist()]
    return [_plain(value) for value in column.tolist()]


def _plain(value: Any) -> Any:  # noqa: ANN401  # whatever a table cell holds
    if value is None or (not isinstance(value, str) and pd.isna(value)):
        return None
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return value.item() if isinstance(value, np.generic) else value


def _rounded(geometry: npt.NDArray[np.object_]) -> list[str]:
    """GeoJSON text of each geometry, ``null`` where there is none. Polygons stay valid after rounding.

    Written by Python's json, which prints the shortest text of a number; that of GEOS prints 17 digits.
    """
    areal = shapely.get_dimensions(geometry) == 2  # noqa: PLR2004  # polygons
    out = geometry.copy()
    out[areal] = shapely.orient_polygons(shapely.set_precision(geometry[areal], 10.0**-DECIMALS))
    multi = areal & (shapely.get_type_id(geometry) == shapely.GeometryType.MULTIPOLYGON)
    single = multi & (shapely.get_type_id(out) == shapely.GeometryType.POLYGON)
    out[single] = [shapely.MultiPolygon([polygon]) for polygon in out[single]]
    out = shapely.transform(out, lambda points: np.round(points, DECIMALS))
    return ["null" if shape is None else json.dumps(mapping(shape), separators=(",", ":")) for shape in out]
