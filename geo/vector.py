"""Files with geometry: GeoJSON, GeoPackage, Shapefile through GDAL; GeoParquet; KML."""

import json
import sqlite3
import struct
import warnings
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio
import pyogrio.raw
import shapely

from geo.errors import DataError, FileError
from geo.findings import Finding
from geo.geojson import MOST_DEEP, check_geojson
from geo.kml import read_kml
from geo.road_file import NOTE_KEY
from geo.shapefile import full_names, text_encoding
from geo.sniff import FileKind, foreign_errors

__all__ = ["Features", "checked_base", "read_vector"]

# What GDAL must say it used.
_DRIVERS = {"geojson": "GeoJSON", "gpkg": "GPKG", "shp": "ESRI Shapefile"}
# A prefix names the driver to GDAL; these two drivers have one. The third is told apart by content already.
_PREFIXES = {"geojson": "GeoJSON:", "gpkg": "GPKG:"}
# What the geometry of a frame is called; a column of that name steps aside.
_GEOMETRY = "geometry"
#: Of the multi-geometry that holds what a collection of one sort of shapes holds, by the dimension of the shapes.
# The type of a collection in WKB: in either order of bytes, with heights and measures, as ISO and as PostGIS mark them.
_COLLECTIONS = frozenset(
    struct.pack(f"{order}I", code)
    for order in "<>"
    for code in (7, 1007, 2007, 3007, 0x80000007, 0x40000007, 0xC0000007, 0x20000007, 0xA0000007)
)
_MULTI = (shapely.MultiPoint, shapely.MultiLineString, shapely.MultiPolygon)


@dataclass(frozen=True)
class Features:
    """Rows with geometry as read, in their own reference system; ``note`` is for :func:`geo.road_file.parse_note`."""

    frame: gpd.GeoDataFrame
    encoding: str
    findings: tuple[Finding, ...]
    note: object = None


def read_vector(file: Path, kind: FileKind, *, encoding: str | None = None, layer: str | None = None) -> Features:
    """Read one layer of a file whose kind is known.

    Parameters
    ----------
    file
        As :func:`geo.sniff.local_file` returned it.
    kind
        As :func:`geo.sniff.sniff` found it.
    encoding
        For a Shapefile: what the user says its texts are in.
    layer
        Which layer of a GeoPackage or KML; needed when there is more than one.

    Raises
    ------
    FileError, DataError
        When the file is damaged or incomplete, or has no features, or several layers of which none was named.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "a.geojson"
    ...     _ = file.write_text(
    ...         '{"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {"id": "01"}, '
    ...         '"geometry": {"type": "Point", "coordinates": [114, 30]}}]}', encoding="utf-8")
    ...     read_vector(file, "geojson").frame.geometry.x.tolist()
    [114.0]
    """
    if kind == "kml":
        frame, findings = read_kml(file, layer=layer)
        return Features(frame, "", (*findings, *_flattened(frame)))
    used, note, findings = "", None, []
    if kind == "parquet":
        frame, note = _read_parquet(file)
    else:
        frame, used, note, findings = _by_gdal(file, kind, encoding, layer)
    findings += _mend_texts(frame)
    findings += _flattened(frame)
    return Features(_no_lists(frame), used, tuple(findings), note)


def _by_gdal(
    file: Path, kind: FileKind, encoding: str | None, layer: str | None
) -> tuple[gpd.GeoDataFrame, str, object, list[Finding]]:
    used: str = ""
    note: object = None
    findings: list[Finding] = []
    views: frozenset[str] = frozenset()
    if kind == "geojson":
        note = check_geojson(file)
    elif kind == "shp":
        used, findings = text_encoding(file, encoding)
    else:
        views = checked_base(file)
    source = f"{_PREFIXES.get(kind, '')}{file.resolve()}"
    with foreign_errors(file.name), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # GDAL warns of what is odd and may still be read; what cannot be, it refuses.
        chosen = _choose_layer(source, file, layer, views)
        info = pyogrio.read_info(source, layer=chosen, encoding=used or None)
    if info["driver"] != _DRIVERS[kind]:
        raise FileError("format_unknown", file=file.name)
    if kind == "gpkg":
        note = (info["layer_metadata"] or {}).get(NOTE_KEY)
    # GDAL takes a duration of "00:20" for a time of day; tags of OSM are text.
    options = {"DATE_AS_STRING": "YES"} if kind == "geojson" and note is not None else {}
    frame, doubts = _read(source, chosen, used or None, file, options)
    findings += doubts
    if kind == "shp" and (names := full_names(file, [name for name in frame.columns if name != _GEOMETRY])):
        frame = frame.rename(columns=names)
        findings.append(Finding("field_names_restored", "info", facts={"count": len(names)}))
    return frame, used, note, findings


def checked_base(file: Path) -> frozenset[str]:
    """Refuse a damaged GeoPackage; take its views out and give the names of those that were offered as layers.

    GDAL runs a view as soon as it lists the layers, and a view runs whatever it was written to run.

    Parameters
    ----------
    file
        A copy of ours, as :func:`geo.archive.opened` gives it.

    Raises
    ------
    FileError
        ``file_damaged``.
    """
    # The file is a copy of ours. A log beside it is taken in first, so that all readers see the same rows.
    with foreign_errors(file.name), closing(sqlite3.connect(file, timeout=1)) as base, base:
        base.execute("PRAGMA trusted_schema = OFF")
        if file.with_name(f"{file.name}-wal").exists():
            base.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        answer = str(base.execute("PRAGMA quick_check(1)").fetchone()[0])
        if answer != "ok":
            raise FileError("file_damaged", file=file.name, reason=answer.splitlines()[0])
        sorts = "SELECT type, name FROM sqlite_master WHERE type IN ('trigger', 'view') ORDER BY type"
        found = [(str(sort), str(name)) for sort, name in base.execute(sorts).fetchall()]
        for sort, name in found:
            quoted = name.replace('"', '""')
            base.execute(f'DROP {sort.upper()} IF EXISTS "{quoted}"')
        views = {name for sort, name in found if sort == "view"}
        offered = views & {str(name) for (name,) in base.execute("SELECT table_name FROM gpkg_contents").fetchall()}
        for name in offered:
            base.execute("DELETE FROM gpkg_geometry_columns WHERE table_name = ?", (name,))
            base.execute("DELETE FROM gpkg_contents WHERE table_name = ?", (name,))
    return frozenset(offered)


def _read(
    source: str, layer: str, encoding: str | None, file: Path, options: Mapping[str, str]
) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    """One layer as a frame; a column that is called as the geometry is gets another name."""
    try:
        with foreign_errors(file.name), warnings.catch_warnings():
            # GDAL's warnings are about single features; those come back without geometry and are refused by row.
            warnings.simplefilter("ignore")
            meta, table = pyogrio.read_arrow(source, layer=layer, encoding=encoding, **options)
            wkb, attributes = _apart(table, meta["geometry_name"] or "wkb_geometry")
            findings, names = _distinct(attributes.column_names)
            attributes = attributes.rename_columns(names)
            # A whole number beside a blank stays a whole number; as a float an id of 17 digits would change.
            frame = attributes.to_pandas(integer_object_nulls=True)
            _as_times(frame, meta, names)
            if wkb is not None:
                shapes, curves = _shapes(wkb, source, layer, file.name)
                frame = gpd.GeoDataFrame(frame, geometry=shapes, crs=meta["crs"])
                findings += [Finding("curves_straightened", "warn", facts={"count": curves})] if curves else []
    except FileError as error:
        raise _reading_error(error, file, encoding) from None
    if not isinstance(frame, gpd.GeoDataFrame):
        raise DataError("layer_without_geometry", file=file.name, layer=layer)
    if frame.empty:
        raise DataError("no_rows", file=file.name)
    return frame, findings


def _apart(table: pa.Table, geometry: str) -> tuple[pa.ChunkedArray | None, pa.Table]:
    """The geometry, and the other columns; GDAL puts it last, and a column may have its name."""
    at = [position for position, name in enumerate(table.column_names) if name == geometry]
    return (table.column(at[-1]), table.remove_column(at[-1])) if at else (None, table)


def _refuse_deep(cells: Iterable[bytes | None], file: str) -> None:
    """Refuse collections inside collections beyond what any map needs: GEOS goes into each by a call of its own."""
    for row, cell in enumerate(cells, start=1):
        if cell is not None and cell[1:5] in _COLLECTIONS and sum(map(cell.count, _COLLECTIONS)) > MOST_DEEP:
            raise DataError("geometry_too_deep", rows=[row], file=file, most=MOST_DEEP)


def _reading_error(error: FileError, file: Path, encoding: str | None) -> FileError | DataError:
    if isinstance(error.__cause__, UnicodeDecodeError):
        return DataError("encoding_does_not_fit", file=file.name, encoding=encoding or "utf-8", position=0)
    if "oo many nested" in str(error.__cause__):
        return FileError("json_too_deep", file=file.name)
    return error


def _distinct(names: list[str]) -> tuple[list[Finding], list[str]]:
    """Names of columns, none twice and none that of the geometry."""
    out: list[str] = []
    findings = []
    for name in names:
        new = name
        if name == _GEOMETRY or name in out:
            new = next(other for n in range(2, len(names) + 3) if (other := f"{name}_{n}") not in (*names, *out))
            findings.append(Finding("heading_twice", "warn", field=name, facts={"renamed": new}))
        out.append(new)
    return findings, out


def _as_times(frame: pd.DataFrame, meta: Mapping[str, Any], names: list[str]) -> None:
    """Text that GDAL says is a time, as a time; where one cell is none, the column stays text."""
    types = dict(zip(meta["fields"], meta["dtypes"], strict=True))
    for name in names:
        said = str(types.get(name, ""))
        if said.startswith("datetime") and pd.api.types.is_string_dtype(frame[name].dtype):
            try:
                frame[name] = pd.to_datetime(frame[name])
            except (ValueError, TypeError):
                continue


def _shapes(wkb: pa.ChunkedArray, source: str, layer: str, file: str) -> tuple[npt.NDArray[np.object_], int]:
    """Geometry of each row, and how many curves were made into straight pieces."""
    plain = wkb.combine_chunks()
    plain = plain.storage if isinstance(plain.type, pa.BaseExtensionType) else plain
    cells = plain.to_numpy(zero_copy_only=False)
    _refuse_deep(cells, file)
    try:
        return np.asarray(shapely.from_wkb(cells, on_invalid="ignore"), dtype=object), 0
    except NotImplementedError:
        # Curves: GDAL makes straight pieces of them when it is asked for geometry without Arrow.
        straight = pyogrio.raw.read(source, layer=layer, columns=[])[2]
    shapes = np.asarray(shapely.from_wkb(straight, on_invalid="ignore"), dtype=object)
    changed = sum(a is not None and bytes(a) != bytes(b) for a, b in zip(cells, straight, strict=True))
    return shapes, int(changed)


def _mend_texts(frame: gpd.GeoDataFrame) -> list[Finding]:
    """Take out bytes that are no text (a character cut in two by the width of a field), and say where."""
    findings = []
    for name in frame.columns:
        if not pd.api.types.is_string_dtype(frame[name].dtype) or frame[name].dtype == object:
            continue
        column = pa.array(frame[name].array)
        try:
            column.validate(full=True)
        except pa.ArrowInvalid:
            cells = column.cast(pa.large_binary()).to_pylist()
            texts = [None if cell is None else cell.decode("utf-8", "ignore") for cell in cells]
            cut = sum(text is not None and text.encode() != cell for text, cell in zip(texts, cells, strict=True))
            frame[name] = pd.Series(texts, dtype="str", index=frame.index)
            findings.append(Finding("text_cut", "warn", field=str(name), facts={"count": cut}))
    return findings


def _choose_layer(source: str, file: Path, layer: str | None, views: frozenset[str]) -> str:
    listed = pyogrio.list_layers(source)
    spatial = [str(name) for name, geometry_type in listed if geometry_type is not None]
    if layer is not None:
        if layer in views:
            raise FileError("gpkg_view", file=file.name, layer=layer)
        if layer not in spatial:
            raise DataError("no_such_layer", file=file.name, layer=layer, layers=", ".join(spatial))
        return layer
    if not spatial and views:
        raise FileError("gpkg_view", file=file.name, layer=", ".join(sorted(views)))
    if not spatial:
        raise DataError("no_rows", file=file.name)
    if len(spatial) > 1:
        raise DataError("several_layers", file=file.name, layers=", ".join(spatial))
    return spatial[0]


def _flattened(frame: gpd.GeoDataFrame) -> list[Finding]:
    """Places in two dimensions, and a collection of one sort of shapes as the multi-geometry it is; in place."""
    shapes = np.asarray(frame.geometry.to_numpy(), dtype=object)
    findings = []
    deep = shapely.has_z(shapes) | shapely.has_m(shapes)
    if deep.any():
        shapes = np.asarray(shapely.force_2d(shapes), dtype=object)
        findings.append(Finding("heights_dropped", "info", facts={"count": int(deep.sum())}))
    collections = np.flatnonzero(shapely.get_type_id(shapes) == shapely.GeometryType.GEOMETRYCOLLECTION)
    for position in collections:
        shapes[position] = _as_multi(shapes[position])
    if deep.any() or len(collections):
        frame[frame.geometry.name] = gpd.GeoSeries(shapes, index=frame.index, crs=frame.crs)
    return findings


def _as_multi(collection: shapely.Geometry) -> shapely.Geometry:
    # Twice: the parts of a collection may be multi-geometries.
    pieces = shapely.get_parts(shapely.get_parts(collection))
    pieces = pieces[~shapely.is_empty(pieces)]
    sorts = set(shapely.get_dimensions(pieces).tolist())
    nested = (shapely.get_type_id(pieces) == shapely.GeometryType.GEOMETRYCOLLECTION).any()
    return collection if nested or len(sorts) != 1 else _MULTI[sorts.pop()](pieces.tolist())


def _no_lists(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Lists and objects inside a cell as JSON text; a second geometry column as WKT."""
    for name in frame.columns:
        if name == frame.geometry.name:
            continue
        column = frame[name]
        if isinstance(column.dtype, gpd.array.GeometryDtype):
            frame[name] = column.to_wkt().astype("str")
        elif column.dtype == object:
            # Not by map: it would take whole numbers beside blanks for floats.
            frame[name] = pd.Series([_plain(value) for value in column], dtype=object, index=frame.index)
    return frame


def _plain(value: object) -> object:
    if isinstance(value, bytes):
        return None
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, (list, tuple, dict)):
        return json.dumps(value, ensure_ascii=False, default=str)
    return value


def _check_parquet(file: Path) -> None:
    """Refuse what GeoPandas would hand on as it stands: a reference system as text, and geometry without end."""
    said = (pq.read_schema(file).metadata or {}).get(b"geo")
    columns = json.loads(said).get("columns") if said else None
    for name, about in (columns or {}).items():
        # The format has it as an object or as null; a text could be a path or an address.
        if not isinstance(about.get("crs"), (dict, type(None))):
            raise DataError("crs_not_understood", file=file.name)
        if about.get("encoding") == "WKB":
            for batch in pq.ParquetFile(file).iter_batches(columns=[name]):
                _refuse_deep(batch.column(0).to_numpy(zero_copy_only=False), file.name)


def _read_parquet(file: Path) -> tuple[gpd.GeoDataFrame, object]:
    try:
        with foreign_errors(file.name):
            _check_parquet(file)
            frame = gpd.read_parquet(file, to_pandas_kwargs={"integer_object_nulls": True})
            note = (pq.read_schema(file).metadata or {}).get(NOTE_KEY.encode())
    except FileError as error:
        if "geo metadata" in str(error.__cause__):
            raise DataError("layer_without_geometry", file=file.name, layer=file.stem) from None
        raise
    if frame.empty:
        raise DataError("no_rows", file=file.name)
    frame.attrs = {}
    return frame.reset_index(drop=True), note
