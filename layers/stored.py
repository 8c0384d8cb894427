"""A layer as files of a workspace: its rows as GeoParquet, what is known of it as JSON, its refused rows as CSV.

What is read back is what was written. The files may have been changed meanwhile, or come from elsewhere inside a
package: so nothing is believed that the layer's kind does not allow.
"""

import dataclasses
import datetime as dt
import hashlib
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely

from geo.crs import WGS84
from geo.errors import DataError, FileError
from geo.findings import Finding
from geo.sniff import file_sha256, foreign_errors
from geo.write import write_bytes
from layers.layer import Layer
from layers.origin_json import origin_as_json, origin_from_json
from layers.refused import refused_csv
from layers.schema import Schema
from layers.schemas import SCHEMAS

__all__ = ["LAYERS_DIR", "ROAD_COLUMNS", "Stored", "check_frame", "read_stored", "same_content", "write_stored"]

#: Folder of the layers' files inside a workspace.
LAYERS_DIR = "layers"
_DIGITS = 16
_TYPES = {"point": {0, 4}, "line": {1, 2, 5}, "polygon": {3, 6}}
#: Columns of roads, which are made of those that the schema declares for files.
ROAD_COLUMNS: Mapping[str, str] = MappingProxyType({
    "highway": "text", "oneway": "whole", "maxspeed_kmh": "number", "bridge": "flag", "tunnel": "flag",
    "layer": "whole", "no_foot": "flag", "no_cycle": "flag", "no_drive": "flag", "ferry_mps": "number",
    "oneway_foot": "flag", "both_ways_cycle": "flag",
})  # fmt: skip
_HOLDS = {"text": "text", "choice": "text", "number": "number", "count": "number", "degrees": "number", "date": "date"}


@dataclass(frozen=True)
class Stored:
    """Where a layer was put, relative to the workspace.

    Parameters
    ----------
    file, about, refused
        Rows; what is known; refused rows, empty when there are none.
    sha256
        Of the rows' file.
    """

    file: str
    about: str
    refused: str
    sha256: str


def write_stored(layer: Layer, folder: Path) -> Stored:
    """Put a layer into the folder of a workspace, under names that only this content has.

    No file that is there is changed: whoever reads an older state of the workspace meanwhile still finds its files.

    Raises
    ------
    DataError
        When the frame is none of its kind.
    OutputError
        When the files cannot be written.
    """
    check_frame(layer.kind, layer.frame, layer.source.file)
    rows, about = _parquet(layer.frame), origin_as_json(layer.origin)
    stem = f"{LAYERS_DIR}/{layer.kind}-{hashlib.sha256(rows + about).hexdigest()[:_DIGITS]}"
    digest = hashlib.sha256(rows).hexdigest()
    refused = f"{stem}_refused.csv" if layer.quality.rows_refused else ""
    (folder / LAYERS_DIR).mkdir(exist_ok=True)
    if refused:
        write_bytes(folder / refused, refused_csv(layer.quality))
    write_bytes(folder / f"{stem}.json", about)
    rows_file = folder / f"{stem}.parquet"
    if not rows_file.is_file() or file_sha256([rows_file]) != digest:
        write_bytes(rows_file, rows)
    return Stored(f"{stem}.parquet", f"{stem}.json", refused, digest)


def _parquet(frame: gpd.GeoDataFrame) -> bytes:
    buffer = io.BytesIO()
    frame.to_parquet(buffer, index=False, compression="zstd", write_covering_bbox=False)
    return buffer.getvalue()


def read_stored(kind: str, rows_file: Path, about_file: Path, sha256: str) -> Layer:
    """The layer that was put there.

    Parameters
    ----------
    kind
        Of the layer.
    rows_file, about_file
        Where it lies.
    sha256
        Of the rows' file when it was written. Where it is another now, the quality report says so first.

    Raises
    ------
    FileError
        When a file is missing or damaged.
    DataError
        When the rows are no layer of this kind.
    """
    for file in (rows_file, about_file):
        if not file.is_file():
            raise FileError("file_missing", file=file.name)
    try:
        with foreign_errors(rows_file.name):
            frame = gpd.read_parquet(rows_file)
    except FileError as error:
        if "geo metadata" in str(error.__cause__):
            raise DataError("stored_layer_bad", file=rows_file.name, column="geometry") from None
        raise
    frame.attrs = {}
    frame = frame.reset_index(drop=True)
    check_frame(kind, frame, rows_file.name)
    try:
        origin = origin_from_json(about_file.read_bytes())
    except (ValueError, OSError) as error:
        raise FileError("file_damaged", file=about_file.name, reason=str(error).splitlines()[0][:160]) from None
    if origin.kind != kind:
        raise DataError("stored_layer_bad", file=about_file.name, column="kind")
    layer = Layer(kind, frame, origin.datum, origin.source, origin.quality)
    return layer if file_sha256([rows_file]) == sha256 else _changed(layer, rows_file.name)


def _changed(layer: Layer, file: str) -> Layer:
    """The layer with a report that counts the rows that are there now."""
    quality, kept = layer.quality, int(layer.frame["row"].nunique())
    said = Finding("workspace_layer_changed", "warn", facts={"file": file})
    counted = dataclasses.replace(
        quality, findings=(said, *quality.findings), rows_read=kept + quality.rows_refused, rows_kept=kept
    )
    return dataclasses.replace(layer, quality=counted)


def same_content(one: Layer, other: Layer) -> bool:
    """Whether two layers of one kind have the same rows, to the byte."""
    return one.kind == other.kind and _parquet(one.frame) == _parquet(other.frame)


def check_frame(kind: str, frame: gpd.GeoDataFrame, file: str) -> None:
    """Refuse a frame that no reader of this kind makes.

    Raises
    ------
    DataError
        ``stored_layer_bad`` with the first column at fault.

    Examples
    --------
    >>> frame = gpd.GeoDataFrame({"row": [2]}, geometry=[shapely.Point(114, 30)], crs=WGS84)
    >>> try:
    ...     check_frame("disputes", frame, "a.parquet")
    ... except DataError as error:
    ...     error.code
    'stored_layer_bad'
    """

    def refuse(column: object) -> DataError:
        return DataError("stored_layer_bad", file=file, column=str(column))

    schema = SCHEMAS[kind]
    if not isinstance(frame, gpd.GeoDataFrame) or frame.geometry.name != "geometry" or not frame.columns.is_unique:
        raise refuse("geometry")
    if frame.empty:
        raise DataError("no_rows", file=file)
    wanted = dict(ROAD_COLUMNS) if kind == "roads" else {entry.name: _HOLDS[entry.holds] for entry in schema.fields}
    must = set(ROAD_COLUMNS) if kind == "roads" else {entry.name for entry in schema.fields if entry.required}
    must |= {"row"} | ({schema.id_column, "name"} if schema.id_column and schema.unique else set())
    missing = sorted(must - set(frame.columns))
    if missing:
        raise refuse(missing[0])
    for name in frame.columns:
        if name == "geometry":
            continue
        holds = "whole" if name == "row" else wanted.get(str(name), "any")
        if not isinstance(name, str) or not _holds(frame[name], holds):
            raise refuse(name)
    ids = frame[schema.id_column] if schema.id_column and schema.unique else None
    if ids is not None and (ids.duplicated().any() or (ids == "").any()):
        raise refuse(schema.id_column)
    if not _places_good(frame, schema):
        raise refuse("geometry")


def _holds(column: pd.Series, what: str) -> bool:
    if what == "any":
        return any(_holds(column, one) for one in ("text", "number", "flag", "date"))
    if what == "text":
        return isinstance(column.dtype, pd.StringDtype) and not bool(column.isna().any())
    if what == "flag":
        return bool(column.dtype == np.bool_)
    if what == "whole":
        return pd.api.types.is_integer_dtype(column.dtype) and not bool(column.isna().any())
    if what == "number":
        plain = isinstance(column.dtype, np.dtype) and column.dtype.kind in "iuf"
        return plain and not bool(np.isinf(column.to_numpy(dtype=np.float64)).any())
    return bool(column.dtype == object) and all(
        value is None or (isinstance(value, dt.date) and not isinstance(value, dt.datetime)) for value in column
    )


def _places_good(frame: gpd.GeoDataFrame, schema: Schema) -> bool:
    if frame.crs is None or not frame.crs.equals(pyproj.CRS(WGS84), ignore_axis_order=True):
        return False
    shapes = frame.geometry.to_numpy()
    types = shapely.get_type_id(shapes)
    allowed: set[int] = set().union(*(_TYPES[name] for name in schema.geometry))
    if schema.geometry_optional:
        allowed.add(-1)
    if not np.isin(types, list(allowed)).all() or shapely.has_z(shapes).any():
        return False
    there = types != -1
    boxes = shapely.bounds(shapes[there])
    return bool(np.isfinite(boxes).all() and (np.abs(boxes) <= [180.0, 90.0, 180.0, 90.0]).all())
