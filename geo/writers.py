"""Layers to files that other programs open: one door, the suffix says the format, nothing is changed in silence."""

import csv
import io
import re
import tempfile
import warnings
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TypeAlias

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyogrio
import shapely
import xlsxwriter

from geo.crs import to_wgs84
from geo.errors import CrsError, OutputError
from geo.findings import Finding
from geo.geojson import feature_collection
from geo.kml import kml_text
from geo.parse import as_text
from geo.sniff import FIELDS
from geo.write import atomic_path, settle_times, write_csv, write_text

__all__ = ["SUFFIXES", "layer_name", "write_layer"]

Frame: TypeAlias = pd.DataFrame | gpd.GeoDataFrame
ShapeArray: TypeAlias = npt.NDArray[np.object_]

#: Bytes of a text in a dBASE table, and of a field name.
_DBF_BYTES, _DBF_NAME = 254, 10
#: Width and decimals of a number that GDAL writes into a dBASE table.
_DBF_WIDTH, _DBF_DECIMALS = 24, 15
_DBF_WHOLE = 10**18
#: Characters in a cell of a workbook, and rows of a sheet.
_XLSX_CHARACTERS, _XLSX_ROWS = 32_767, 1_048_576
# Zip and dBASE write the time into themselves; the same rows shall give the same bytes.
_NO_DATE = (1980, 1, 1, 0, 0, 0)
_NO_DAY = "2000-01-01"
_ASCII_FIELD = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,9}")
# Names that a GeoPackage keeps for itself.
_RESERVED = frozenset({"fid", "ogc_fid", "rowid", "geom", "geometry"})
# C0 controls but tab and line feed, DEL, halves of characters: no text that any program shows.
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_RETURNS = re.compile(r"\r\n?")
_LAYER_NAME = re.compile(r"[\x00-\x1f\x7f\"'`;\\\[\]]")


def write_layer(path: Path, frame: Frame, *, title: str = "") -> tuple[Finding, ...]:
    """Write a table or a layer, all or nothing, in the format that the suffix says.

    Parameters
    ----------
    path
        ``.geojson`` (WGS 84, RFC 7946), ``.gpkg``, ``.zip`` (a Shapefile with all its parts), ``.csv``, ``.xlsx``,
        ``.kml`` (WGS 84) or ``.parquet``.
    frame
        With geometry, in its own reference system; or without, for ``.csv`` and ``.xlsx``. Places in a table are
        columns: ``lon`` and ``lat``, or ``x_north``, ``y_east`` and ``crs`` in a projection; other shapes as WKT.
    title
        Name of the layer; default: that of the file.

    Returns
    -------
    tuple of Finding
        What could not be written as it is: columns renamed, texts cut, numbers rounded, control characters left out.

    Raises
    ------
    OutputError
        For another suffix, shapes that the format cannot hold, or when the system refuses to write.
    CrsError
        When the format is in WGS 84 and the way there is not known.

    Examples
    --------
    >>> from geo.read import read_table
    >>> frame = gpd.GeoDataFrame({"核定床位数": [20]}, geometry=[shapely.Point(114, 30)], crs=4490)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = write_layer(Path(folder) / "设施.zip", frame)
    ...     read_table(Path(folder) / "设施.zip").frame["核定床位数"].tolist()
    [20]
    """
    suffix = path.suffix.lower()
    if suffix == ".shp":
        raise OutputError("shapefile_as_zip", path=path.name)
    if suffix not in _WRITERS:
        raise OutputError("layer_suffix", path=path.name, known=", ".join(SUFFIXES))
    if not isinstance(frame, gpd.GeoDataFrame) and suffix not in _TABLES:
        raise OutputError("output_needs_geometry", path=path.name)
    findings: list[Finding] = []
    clean = _cleaned(frame, findings)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of GDAL, about what is counted here
            _WRITERS[suffix](path, clean, layer_name(title or path.stem), findings)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.FeatureError, pyogrio.errors.FieldError) as error:
        raise OutputError("output_failed", path=path.name, reason=str(error).splitlines()[0][:160]) from error
    return tuple(findings)


def layer_name(text: str) -> str:
    r"""A name for a layer that no program takes for something else.

    Examples
    --------
    >>> layer_name('a"; DROP TABLE b'), layer_name("gpkg_contents"), layer_name("\n")
    ('a__ DROP TABLE b', '_gpkg_contents', 'layer')
    """
    name = _LAYER_NAME.sub("_", text.strip()).strip()[:60] or "layer"
    return f"_{name}" if name.lower().startswith(("gpkg_", "rtree_", "sqlite_")) else name


# ---- what holds for all formats --------------------------------------------------------------------------------------


def _cleaned(frame: Frame, findings: list[Finding]) -> Frame:
    """Distinct names, texts without control characters, columns of one type each."""
    geometry = frame.geometry.name if isinstance(frame, gpd.GeoDataFrame) else None
    own = [position for position, name in enumerate(frame.columns) if geometry is None or name != geometry]
    names = _distinct([str(frame.columns[position]) for position in own], findings)
    columns = {
        name: _column(frame.iloc[:, position].reset_index(drop=True), name, findings)
        for name, position in zip(names, own, strict=True)
    }
    table = pd.DataFrame(columns, index=pd.RangeIndex(len(frame)))
    if geometry is None:
        return table
    return gpd.GeoDataFrame(table, geometry=frame.geometry.to_numpy(), crs=frame.crs)


def _distinct(names: list[str], findings: list[Finding]) -> list[str]:
    """Names that differ by more than case, none blank, none that a format keeps for itself."""
    taken: set[str] = set()
    out = []
    for position, name in enumerate(names, start=1):
        new = base = " ".join(_CONTROLS.sub("", name).split()) or f"column_{position}"
        number = 1
        while new.casefold() in taken or new.casefold() in _RESERVED:
            number += 1
            new = f"{base}_{number}"
        taken.add(new.casefold())
        out.append(new)
        if new != name:
            findings.append(Finding("column_renamed_on_writing", "warn", field=name, facts={"renamed": new}))
    return out


def _column(column: pd.Series, name: str, findings: list[Finding]) -> pd.Series:
    if isinstance(column.dtype, gpd.array.GeometryDtype):
        return column.to_wkt().astype("str")
    if pd.api.types.is_bool_dtype(column) or pd.api.types.is_numeric_dtype(column):
        return column
    if pd.api.types.is_datetime64_any_dtype(column):
        return pd.Series([as_text(value) or None for value in column.dt.to_pydatetime()], dtype="str")
    if column.dtype == object and (plain := _of_one_type(column)) is not None:
        return plain
    texts = [None if (text := as_text(value)) == "" else text for value in column]
    clean = [text and (_CONTROLS.sub("", _RETURNS.sub("\n", text)) or None) for text in texts]
    if changed := sum(a != b for a, b in zip(texts, clean, strict=True)):
        findings.append(Finding("control_characters", "warn", field=name, facts={"count": changed}))
    return pd.Series(clean, dtype="str")


def _of_one_type(column: pd.Series) -> pd.Series | None:
    """Numbers or truth values that have blanks among them; None when the cells are texts or of several sorts."""
    sorts = {type(value) for value in column if not (value is None or value is pd.NA)}
    for plain, dtype in ((bool, "boolean"), (int, "Int64"), (float, "Float64")):
        if sorts == {plain}:
            try:
                return column.astype(dtype)
            except (OverflowError, TypeError, ValueError):
                return None
    return None


def _in_degrees(frame: gpd.GeoDataFrame, findings: list[Finding]) -> gpd.GeoDataFrame:
    """The same rows in EPSG:4326; those without geometry stay without."""
    if frame.crs is None:
        raise CrsError("no_crs")
    if frame.crs.is_projected:
        findings.append(Finding("written_in_degrees", "warn", facts={"crs": frame.crs.to_string()}))
    shapes = np.asarray(frame.geometry.to_numpy(), dtype=object)
    filled = np.flatnonzero(~shapely.is_missing(shapes) & ~shapely.is_empty(shapes))
    out = np.full(len(shapes), None, dtype=object)
    if len(filled):
        out[filled] = to_wgs84(gpd.GeoDataFrame(geometry=shapes[filled], crs=frame.crs)).geometry.to_numpy()
    return frame.set_geometry(gpd.GeoSeries(out, crs="EPSG:4326"))


# ---- formats ---------------------------------------------------------------------------------------------------------


def _write_geojson(path: Path, frame: gpd.GeoDataFrame, title: str, findings: list[Finding]) -> None:
    write_text(path, feature_collection(_in_degrees(frame, findings), {"name": title}))


def _write_kml(path: Path, frame: gpd.GeoDataFrame, title: str, findings: list[Finding]) -> None:
    write_text(path, kml_text(_in_degrees(frame, findings), title=title))


def _write_parquet(path: Path, frame: gpd.GeoDataFrame, _: str, __: list[Finding]) -> None:
    with atomic_path(path) as temporary:
        frame.to_parquet(temporary, index=False, compression="zstd")


def _write_gpkg(path: Path, frame: gpd.GeoDataFrame, title: str, _: list[Finding]) -> None:
    with atomic_path(path) as temporary:
        pyogrio.write_dataframe(frame, temporary, driver="GPKG", layer=title)
        settle_times(temporary)


def _write_csv(path: Path, frame: Frame, _: str, __: list[Finding]) -> None:
    write_csv(path, _as_table(frame))


def _as_table(frame: Frame) -> pd.DataFrame:
    """Geometry as columns behind the others; a column that has one of their names already steps aside."""
    if not isinstance(frame, gpd.GeoDataFrame):
        return frame
    shapes = np.asarray(frame.geometry.to_numpy(), dtype=object)
    filled = ~shapely.is_missing(shapes) & ~shapely.is_empty(shapes)
    table = pd.DataFrame(frame.drop(columns=frame.geometry.name))
    added: dict[str, object] = {}
    if (shapely.get_type_id(shapes[filled]) == shapely.GeometryType.POINT).all():
        metric = frame.crs is not None and frame.crs.is_projected
        x, y = shapely.get_x(shapes), shapely.get_y(shapes)
        added = {"x_north": y, "y_east": x} if metric else {"lon": x, "lat": y}
        if metric:
            code = frame.crs.to_authority()
            added["crs"] = pd.Series([":".join(code) if code else frame.crs.name] * len(frame), dtype="str")
    else:
        added["wkt"] = pd.Series([shape.wkt if full else None for shape, full in zip(shapes, filled, strict=True)])
    names = {name.casefold() for name in table.columns} | set(added)
    own = {name: next(f"{name}_{n}" for n in range(2, 99) if f"{name}_{n}".casefold() not in names)
           for name in table.columns if name.casefold() in added}  # fmt: skip
    return table.rename(columns=own).assign(**added)


def _write_xlsx(path: Path, frame: Frame, title: str, findings: list[Finding]) -> None:
    table = _as_table(frame)
    if len(table) >= _XLSX_ROWS:
        raise OutputError("xlsx_rows", path=path.name, count=len(table), most=_XLSX_ROWS - 1)
    sheet_name = re.sub(r"[\[\]:*?/\\']", "_", title)[:31]
    with atomic_path(path) as temporary, xlsxwriter.Workbook(str(temporary), {"constant_memory": False}) as book:
        book.set_properties({"created": pd.Timestamp(_NO_DAY).to_pydatetime()})
        sheet = book.add_worksheet(sheet_name)
        # A text is a text, also when someone edits the cell: no spreadsheet runs it.
        text_format, head = book.add_format({"quote_prefix": True}), book.add_format({"bold": True})
        for at, name in enumerate(table.columns):
            sheet.write_string(0, at, name, head)
            cut = 0
            for row, value in enumerate(table.iloc[:, at], start=1):
                if pd.isna(value):
                    continue
                if isinstance(value, (bool, np.bool_)):
                    sheet.write_boolean(row, at, bool(value))
                elif isinstance(value, (int, np.integer)) and abs(int(value)) < 10**15:
                    sheet.write_number(row, at, int(value))
                elif isinstance(value, (float, np.floating)) and np.isfinite(value):
                    sheet.write_number(row, at, float(value))
                else:
                    text = as_text(value)
                    cut += len(text) > _XLSX_CHARACTERS
                    sheet.write_string(row, at, text[:_XLSX_CHARACTERS], text_format)
            if cut:
                facts = {"count": cut, "limit": _XLSX_CHARACTERS}
                findings.append(Finding("text_cut_on_writing", "warn", field=name, facts=facts))


# ---- Shapefile -------------------------------------------------------------------------------------------------------


def _write_shapefile(path: Path, frame: gpd.GeoDataFrame, title: str, findings: list[Finding]) -> None:
    names = _field_names(list(frame.columns.drop(frame.geometry.name)))
    shapes = _of_one_sort(path, np.asarray(frame.geometry.to_numpy(), dtype=object))
    fields = {short: _for_dbf(frame[full], full, findings) for full, short in names.items()}
    narrow = gpd.GeoDataFrame(fields, geometry=shapes, crs=frame.crs)
    if any(short != full for full, short in names.items()):
        facts = {"count": sum(short != full for full, short in names.items()), "table": f"{title}{FIELDS}"}
        findings.append(Finding("field_names_shortened", "info", facts=facts))
    with tempfile.TemporaryDirectory(prefix="quarterhour-", ignore_cleanup_errors=True) as folder:
        target = Path(folder) / "layer.shp"
        pyogrio.write_dataframe(
            narrow, target, driver="ESRI Shapefile", encoding="UTF-8",
            layer_options={"DBF_DATE_LAST_UPDATE": _NO_DAY},
        )  # fmt: skip
        text = io.StringIO()
        csv.writer(text, lineterminator="\r\n").writerows([("field", "name"), *((s, f) for f, s in names.items())])
        target.with_suffix(FIELDS).write_bytes(text.getvalue().encode("utf-8-sig"))
        with atomic_path(path) as temporary, zipfile.ZipFile(temporary, "w") as archive:
            for part in sorted(Path(folder).iterdir()):
                entry = zipfile.ZipInfo(f"{title}{part.name.removeprefix('layer')}", _NO_DATE)
                entry.compress_type = zipfile.ZIP_DEFLATED
                archive.writestr(entry, part.read_bytes())


def _field_names(names: list[str]) -> dict[str, str]:
    """Full name to a field name of at most ten ASCII characters; a name that is one already stays."""
    out: dict[str, str] = {}
    kept = {name.casefold() for name in names if _ASCII_FIELD.fullmatch(name)}
    free = (f"F{n}" for n in range(1, len(names) + len(kept) + 1) if f"f{n}" not in kept)
    for name in names:
        out[name] = name if _ASCII_FIELD.fullmatch(name) else next(free)
    return out


def _of_one_sort(path: Path, shapes: ShapeArray) -> ShapeArray:
    """A Shapefile holds points, or lines, or areas. Single points beside multi-points become such."""
    filled = ~shapely.is_missing(shapes) & ~shapely.is_empty(shapes)
    sorts = set(shapely.get_dimensions(shapes[filled]).tolist())
    collections = (shapely.get_type_id(shapes[filled]) == shapely.GeometryType.GEOMETRYCOLLECTION).any()
    if len(sorts) > 1 or collections:
        raise OutputError("shapefile_mixed", path=path.name)
    out = shapes.copy()
    out[~filled] = None
    if (shapely.get_type_id(out) == shapely.GeometryType.MULTIPOINT).any():
        single = shapely.get_type_id(out) == shapely.GeometryType.POINT
        out[single] = [shapely.MultiPoint([point]) for point in out[single]]
    return out


def _for_dbf(column: pd.Series, name: str, findings: list[Finding]) -> pd.Series:
    """A column as a dBASE table can hold it; what it cannot hold in full is counted."""
    if pd.api.types.is_bool_dtype(column):
        return pd.Series([as_text(value) or None for value in column], dtype="str")
    if pd.api.types.is_integer_dtype(column):
        large = column.abs().fillna(0) >= _DBF_WHOLE
        return pd.Series([as_text(v) or None for v in column], dtype="str") if large.any() else column
    if pd.api.types.is_float_dtype(column):
        numbers = column.to_numpy(dtype=np.float64, na_value=np.nan)
        finite = np.where(np.isfinite(numbers), numbers, np.nan)
        rounded = sum(not _fits_dbf(number) for number in finite if not np.isnan(number))
        if rounded:
            findings.append(Finding("numbers_rounded", "warn", field=name, facts={"count": rounded}))
        return pd.Series(finite)
    cut = 0
    texts: list[str | None] = []
    for text in column:
        data = b"" if pd.isna(text) else str(text).encode()
        short = data[:_DBF_BYTES].decode("utf-8", "ignore")
        cut += len(data) > _DBF_BYTES
        texts.append(short or None)
    if cut:
        facts = {"count": cut, "limit": _DBF_BYTES}
        findings.append(Finding("text_cut_on_writing", "warn", field=name, facts=facts))
    return pd.Series(texts, dtype="str")


def _fits_dbf(number: float) -> bool:
    text = f"{number:.{_DBF_DECIMALS}f}"
    return len(text) <= _DBF_WIDTH and float(text) == number


_WRITERS: Mapping[str, Callable[[Path, Frame, str, list[Finding]], None]] = MappingProxyType(
    {
        ".geojson": _write_geojson,
        ".json": _write_geojson,
        ".gpkg": _write_gpkg,
        ".zip": _write_shapefile,
        ".csv": _write_csv,
        ".xlsx": _write_xlsx,
        ".kml": _write_kml,
        ".parquet": _write_parquet,
    }
)
#: Suffixes that can be written.
SUFFIXES = tuple(_WRITERS)
_TABLES = frozenset({".csv", ".xlsx"})
