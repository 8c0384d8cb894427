"""Files with geometry: GeoJSON, GeoPackage, Shapefile, KML through GDAL, and GeoParquet."""

import codecs
import json
import struct
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio

from geo.encoding import known_encoding
from geo.errors import DataError, FileError
from geo.findings import Finding
from geo.road_file import NOTE_KEY
from geo.sniff import FileKind, foreign_errors

__all__ = ["Features", "read_vector"]

# What GDAL must say it used. KML is read by LIBKML where the wheel has it.
_DRIVERS = {"geojson": {"GeoJSON"}, "gpkg": {"GPKG"}, "shp": {"ESRI Shapefile"}, "kml": {"LIBKML", "KML"}}
# A prefix names the driver to GDAL; these two drivers have one. The two others are told apart by content already.
_PREFIXES = {"geojson": "GeoJSON:", "gpkg": "GPKG:"}
_SHAPEFILE_NEEDS = (".shx", ".dbf")
# Longest field name of a dBASE table.
_NAME_BYTES = 10
# Byte that follows the last field description of a dBASE table.
_END_OF_FIELDS = 0x0D
_GEOMETRY_TYPES = {
    "Point",
    "MultiPoint",
    "LineString",
    "MultiLineString",
    "Polygon",
    "MultiPolygon",
    "GeometryCollection",
}


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
    if kind == "parquet":
        frame, note = _read_parquet(file)
        findings = _mend_texts(frame)
        return Features(_no_lists(frame), "", tuple(findings), note)
    findings = []
    used = ""
    note = _check_geojson(file) if kind == "geojson" else None
    if kind == "shp":
        used, findings = _shapefile_encoding(file, encoding)
    source = f"{_PREFIXES.get(kind, '')}{file.resolve()}"
    with foreign_errors(file.name), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # GDAL warns of what is odd and may still be read; what cannot be, it refuses.
        chosen = _choose_layer(source, file, layer)
        info = pyogrio.read_info(source, layer=chosen)
    if info["driver"] not in _DRIVERS[kind]:
        raise FileError("format_unknown", file=file.name)
    if kind == "gpkg":
        note = (info["layer_metadata"] or {}).get(NOTE_KEY)
    # GDAL takes a duration of "00:20" for a time of day; tags of OSM are text.
    options = {"DATE_AS_STRING": "YES"} if kind == "geojson" and note is not None else {}
    frame = _read(source, chosen, used or None, file, options)
    findings += _mend_texts(frame)
    return Features(_no_lists(frame), used, tuple(findings), note)


def _read(source: str, layer: str, encoding: str | None, file: Path, options: Mapping[str, str]) -> gpd.GeoDataFrame:
    try:
        with foreign_errors(file.name), warnings.catch_warnings():
            # GDAL's warnings are about single features; those come back without geometry and are refused by row.
            warnings.simplefilter("ignore")
            frame = pyogrio.read_dataframe(
                source,
                layer=layer,
                encoding=encoding,
                use_arrow=True,
                on_invalid="ignore",
                # A whole number beside a blank stays a whole number; as a float an id of 17 digits would change.
                arrow_to_pandas_kwargs={"integer_object_nulls": True},
                **options,
            )
    except FileError as error:
        if isinstance(error.__cause__, UnicodeDecodeError):
            raise DataError("encoding_does_not_fit", file=file.name, encoding=encoding or "utf-8", position=0) from None
        raise
    if not isinstance(frame, gpd.GeoDataFrame):
        raise DataError("layer_without_geometry", file=file.name, layer=layer)
    if frame.empty:
        raise DataError("no_rows", file=file.name)
    return frame


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


def _choose_layer(source: str, file: Path, layer: str | None) -> str:
    listed = pyogrio.list_layers(source)
    spatial = [str(name) for name, geometry_type in listed if geometry_type is not None]
    if layer is not None:
        if layer not in spatial:
            raise DataError("no_such_layer", file=file.name, layer=layer, layers=", ".join(spatial))
        return layer
    if not spatial:
        raise DataError("no_rows", file=file.name)
    if len(spatial) > 1:
        raise DataError("several_layers", file=file.name, layers=", ".join(spatial))
    return spatial[0]


def _no_lists(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Lists and objects inside a cell as JSON text; a second geometry column as WKT."""
    for name in frame.columns:
        if name == frame.geometry.name:
            continue
        column = frame[name]
        if isinstance(column.dtype, gpd.array.GeometryDtype):
            frame[name] = column.to_wkt().astype("str")
        elif column.dtype == object:
            frame[name] = column.map(_plain)
    return frame


def _plain(value: object) -> object:
    if isinstance(value, bytes):
        return None
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, (list, tuple, dict)):
        return json.dumps(value, ensure_ascii=False, default=str)
    return value


def _read_parquet(file: Path) -> tuple[gpd.GeoDataFrame, object]:
    try:
        with foreign_errors(file.name):
            frame = gpd.read_parquet(file)
            note = (pq.read_schema(file).metadata or {}).get(NOTE_KEY.encode())
    except FileError as error:
        if "geo metadata" in str(error.__cause__):
            raise DataError("layer_without_geometry", file=file.name, layer=file.stem) from None
        raise
    if frame.empty:
        raise DataError("no_rows", file=file.name)
    frame.attrs = {}
    return frame.reset_index(drop=True), note


# ---- GeoJSON ------------------------------------------------------------------------------------------------------


def _check_geojson(file: Path) -> object:
    """Refuse what GDAL would pass over in silence or answer in words that help nobody; return the note on roads.

    GDAL leaves out list members that are not features, and follows a link in ``crs`` to another file or host.
    """
    try:
        with foreign_errors(file.name):
            document = json.loads(file.read_bytes().decode("utf-8-sig"))
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
    hidden = [number for number, feature in enumerate(features, start=1) if _own_crs(feature.get("geometry"))]
    if hidden and kind not in _GEOMETRY_TYPES:
        raise DataError("crs_not_understood", rows=hidden, file=file.name)
    return document.get(NOTE_KEY)


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
    if isinstance(cause, UnicodeDecodeError):
        return FileError("json_not_utf8", file=file.name, position=cause.start)
    if isinstance(cause, RecursionError):
        return FileError("json_too_deep", file=file.name)
    return FileError("file_damaged", file=file.name, reason=str(cause)[:160])


# ---- Shapefile ----------------------------------------------------------------------------------------------------


def _shapefile_encoding(file: Path, asked: str | None) -> tuple[str, list[Finding]]:
    """Check that the parts are there and belong together; say which encoding the texts of the table are in."""
    if file.suffix.lower() != ".shp":
        raise FileError("shapefile_name", file=file.name)
    by_suffix = {p.suffix.lower(): p for p in file.parent.iterdir() if p.stem == file.stem}
    missing = [suffix for suffix in _SHAPEFILE_NEEDS if suffix not in by_suffix]
    if missing:
        raise FileError("shapefile_part_missing", file=file.name, missing=", ".join(missing))
    with foreign_errors(file.name, code="shapefile_damaged"):
        count, cells = _dbf_cells(by_suffix[".dbf"].read_bytes())
        shapes = (by_suffix[".shx"].stat().st_size - 100) // 8
    if shapes == 0 and count == 0:
        raise DataError("no_rows", file=file.name)
    if shapes != count:
        raise FileError("shapefile_parts_differ", file=file.name, shapes=shapes, records=count)
    if asked is not None:
        used = known_encoding(asked)
        if used is None:
            raise DataError("unknown_encoding", encoding=asked)
        return used, []
    declared = known_encoding(by_suffix[".cpg"].read_text("latin-1")) if ".cpg" in by_suffix else None
    found = next((name for name in (declared, "utf-8", "gb18030") if name and _decodes(cells, name)), declared)
    if found is None:
        raise FileError("not_text", file=by_suffix[".dbf"].name)
    findings = []
    if declared and found != declared:
        findings.append(Finding("cpg_wrong", "warn", facts={"declared": declared, "used": found}))
    elif not declared and not all(cell.isascii() for cell, _ in cells):
        sample = next(cell.decode(found, "replace") for cell, _ in cells if not cell.isascii())
        findings.append(Finding("encoding_detected", "warn", facts={"used": found, "sample": sample}))
    return found, findings


def _dbf_cells(data: bytes) -> tuple[int, list[tuple[bytes, bool]]]:
    """Number of records of a dBASE table; its field names and text cells as bytes, and whether each fills its width."""
    count, header, length = struct.unpack_from("<IHH", data, 4)
    fields = []
    cells: list[tuple[bytes, bool]] = []
    position, offset = 32, 1
    while data[position] != _END_OF_FIELDS:
        name, kind, width = data[position : position + 11].split(b"\0")[0], data[position + 11], data[position + 16]
        cells.append((name, len(name) >= _NAME_BYTES))
        if kind == ord("C"):
            fields.append((offset, width))
        offset += width
        position += 32
    for record in range(count):
        start = header + record * length
        if start + length > len(data):
            msg = f"record {record + 1} of {count} is cut off"
            raise ValueError(msg)
        for at, width in fields:
            cell = data[start + at : start + at + width].rstrip(b" \0")
            cells.append((cell, len(cell) == width))
    return count, cells


def _decodes(cells: list[tuple[bytes, bool]], encoding: str) -> bool:
    """Whether all cells fit an encoding; the last character of a full cell may be cut in two."""
    try:
        decoder = codecs.getincrementaldecoder(encoding)
        for cell, full in cells:
            if not cell.isascii():
                decoder().decode(cell, final=not full)
    except (UnicodeError, LookupError):
        return False
    return True
