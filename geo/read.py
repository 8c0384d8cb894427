"""One door for files: what it is by content, then the one reader that is allowed for it."""

import dataclasses
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyproj

from geo.archive import Opened, opened
from geo.errors import FileError
from geo.findings import Finding
from geo.road_file import RoadNote, parse_note
from geo.sniff import FileKind, file_sha256, local_file, parts, suffix_fits
from geo.tabular import read_csv, read_sheet
from geo.vector import read_vector

__all__ = ["OSM_CREDIT", "Table", "crs_name", "read_table"]

#: Who must be named where data of OpenStreetMap is shown (https://www.openstreetmap.org/copyright).
OSM_CREDIT = "© OpenStreetMap contributors"

_ROAD_FORMATS = ("pbf", "osm", "graphml")


@dataclass(frozen=True)
class Table:
    """The rows of a file as they stand there.

    Parameters
    ----------
    frame
        Cells of sheets and text tables are text (``str``, missing where blank). A file with geometry gives a
        GeoDataFrame in the file's own reference system, with the types of its fields.
    rows
        Row numbers as the user sees them: the heading of a sheet is row 1, feature n of a GIS file is n.
    file
        Name without folders; of an archive that of the archive.
    sha256
        Of the bytes; of all parts of a Shapefile, in name order.
    crs
        As declared, e.g. ``EPSG:4490``; empty when none is.
    encoding
        Of the texts, where the file has one.
    findings
        What was noticed. One with severity ``error`` and a row means that this row cannot be used.
    credit
        Who must be named where the rows are shown; empty when the file does not tell.
    note
        What a file of roads that this program wrote says of itself; its columns are raw OSM tags.
    """

    frame: pd.DataFrame | gpd.GeoDataFrame
    rows: npt.NDArray[np.int64]
    file: str
    sha256: str
    crs: str = ""
    encoding: str = ""
    findings: tuple[Finding, ...] = ()
    credit: str = ""
    note: RoadNote | None = None


def read_table(path: Path, *, encoding: str | None = None, layer: str | None = None) -> Table:
    r"""Read CSV, XLSX, XLS, GeoJSON, GeoPackage, Shapefile, KML or GeoParquet, or one of them in a ZIP or KMZ.

    Parameters
    ----------
    path
        A local file. What it is, its first bytes decide; the suffix does not.
    encoding
        Of a CSV or a Shapefile, when the user knows it; else it is found by evidence and recorded.
    layer
        Layer of a GeoPackage, folder of a KML, or sheet of a workbook; in an archive of several datasets the name of
        one, or ``name/layer``.

    Raises
    ------
    FileError
        When the file is missing, empty, damaged, too large, incomplete, or of a kind that is not read.
    DataError
        When it has no rows, several layers of which none was named, or text in another encoding than said.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "a.csv"
    ...     _ = file.write_text("id,lon,lat\n0101,114.3,30.6\n", encoding="utf-8")
    ...     table = read_table(file)
    >>> table.frame["id"].tolist(), table.rows.tolist(), table.encoding
    (['0101'], [2], 'utf-8')
    """
    file = local_file(path)
    with opened(file, layer=layer) as source:
        table = _read(source, encoding)
        findings = tuple(
            dataclasses.replace(finding, facts={key: source.relabel(value) for key, value in finding.facts.items()})
            for finding in (*source.findings, *table.findings)
        )
        findings = (*_suffix_finding(file, source.given), *findings)
        digest = file_sha256(parts(file, source.given))
    return dataclasses.replace(table, file=file.name, sha256=digest, findings=findings)


def _read(source: Opened, encoding: str | None) -> Table:
    """The rows of an opened file, before the user's name for it is put in."""
    file, kind = source.file, source.kind
    if kind in _ROAD_FORMATS:
        raise FileError("only_as_roads", file=file.name, format=kind)
    if kind in ("csv", "xlsx", "xls"):
        cells = read_csv(file, encoding=encoding) if kind == "csv" else read_sheet(file, kind, layer=source.layer)
        return Table(cells.frame, cells.rows, file.name, "", "", cells.encoding, cells.findings)
    features = read_vector(file, kind, encoding=encoding, layer=source.layer)
    rows = np.arange(1, len(features.frame) + 1, dtype=np.int64)
    note, doubts = _checked_note(features.note, len(rows))
    return Table(
        features.frame,
        rows,
        file.name,
        "",
        crs_name(features.frame.crs),
        features.encoding,
        (*features.findings, *doubts),
        note.credit if note else "",
        note,
    )


def _checked_note(raw: object, rows: int) -> tuple[RoadNote | None, tuple[Finding, ...]]:
    """The note of a file, and what is doubtful: where rows were taken out, how far the rest reaches is unknown."""
    if raw is None:
        return None, ()
    note = parse_note(raw)
    if note is None:
        return None, (Finding("road_note_unreadable", "warn"),)
    if note.extent is not None and rows < note.rows:
        facts = {"written": note.rows, "found": rows}
        return dataclasses.replace(note, extent=None), (Finding("road_rows_missing", "warn", facts=facts),)
    return note, ()


def _suffix_finding(file: Path, kind: FileKind) -> tuple[Finding, ...]:
    if suffix_fits(file, kind):
        return ()
    return (Finding("suffix_differs", "warn", facts={"file": file.name, "format": kind}),)


def crs_name(crs: pyproj.CRS | None) -> str:
    """Authority code of a reference system, else its own name, else ``""`` when there is none.

    Examples
    --------
    >>> crs_name(pyproj.CRS(4490)), crs_name(None)
    ('EPSG:4490', '')
    """
    if crs is None:
        return ""
    authority = crs.to_authority()
    return ":".join(authority) if authority else str(crs.name)
