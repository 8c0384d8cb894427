"""What a file is, by its first bytes and never by its name; and the checks before a library sees it."""

import hashlib
import re
import sqlite3
import struct
import zipfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path, PurePosixPath
from typing import Literal

from geo.errors import FileError, QuarterhourError

__all__ = [
    "FIELDS",
    "MAX_BYTES",
    "FileKind",
    "file_sha256",
    "foreign_errors",
    "local_file",
    "parts",
    "refuse_doctype",
    "set_of",
    "sniff",
    "suffix_fits",
    "suffixes",
]

FileKind = Literal["csv", "xlsx", "xls", "geojson", "gpkg", "shp", "kml", "parquet", "pbf", "osm", "graphml", "zip"]

#: Largest file that is opened, in bytes. A county's roads are under 50 MB; above this memory would run out first.
MAX_BYTES = 300 * 1024 * 1024
#: End of the name of the table that stands beside a Shapefile of ours and says its field names in full.
FIELDS = ".fields.csv"
#: Bytes that decide what a file is.
_HEAD_BYTES = 4096
_BLOCK = 1 << 20

_SUFFIXES: dict[FileKind, tuple[str, ...]] = {
    "csv": (".csv", ".txt", ".tsv"),
    "xlsx": (".xlsx", ".xlsm"),
    "xls": (".xls", ".et"),
    "geojson": (".geojson", ".json"),
    "gpkg": (".gpkg",),
    "shp": (".shp",),
    "kml": (".kml",),
    "parquet": (".parquet", ".geoparquet"),
    "pbf": (".pbf",),
    "osm": (".osm", ".xml"),
    "graphml": (".graphml", ".xml"),
    "zip": (".zip", ".kmz"),
}
_SHAPEFILE_PARTS = frozenset({".shp", ".shx", ".dbf", ".prj", ".cpg", FIELDS})
_SUFFIX = re.compile(r"\.[a-z0-9]{1,12}")
#: Bytes of the table of contents of an archive, at most: it is read as a whole before anything can be counted.
_MOST_CONTENTS = 4 * 1024 * 1024
_END, _END64, _LOCATOR64 = b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07"
_XML_ROOTS: dict[str, FileKind] = {"kml": "kml", "osm": "osm", "graphml": "graphml"}
_XML_ROOT = re.compile(rb"<(?:[A-Za-z_][\w.-]*:)?([A-Za-z_][\w.-]*)")
_XML_SKIPPED = re.compile(rb"\s+|<\?.*?\?>|<!--.*?-->", re.DOTALL)
_DOCTYPE = re.compile(rb"<!\s*(DOCTYPE|ENTITY)", re.IGNORECASE)
# Starts of files that are met in practice and are not read, to name them in the error.
_REFUSED_STARTS = (
    (b"Rar!", "RAR"),
    (b"7z\xbc\xaf", "7z"),
    (b"\x1f\x8b", "gzip"),
    (b"BZh", "bzip2"),
    (b"%PDF", "PDF"),
    (b"II*\0", "TIFF"),
    (b"MM\0*", "TIFF"),
    (b"\x89PNG", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"AC10", "DWG"),
)
# Folders in the words of a library: where a file lies is nobody's business in a report.
_FOLDERS = re.compile(r"(?:[A-Za-z]:)?[\\/](?:[^\\/\s'\"]+[\\/])+")
_UTF16_XML = (b"\xff\xfe<\0", b"\xfe\xff\0<", b"<\0", b"\0<")


def local_file(path: Path | str) -> Path:
    """The path, if it is an ordinary file on this computer with something in it, and not too large.

    Raises
    ------
    FileError
        For URLs, GDAL's virtual paths, folders, missing, empty and oversized files.

    Examples
    --------
    >>> from geo.errors import FileError
    >>> try:
    ...     local_file("/vsicurl/http://example.org/a.shp")
    ... except FileError as error:
    ...     error.code
    'not_a_local_file'
    """
    text = str(path)
    if "\0" in text or text.startswith(("/vsi", "\\\\", "//")) or re.match(r"[A-Za-z][A-Za-z0-9+.-]+:", text):
        raise FileError("not_a_local_file", file=text)
    file = Path(path)
    try:
        if file.is_dir():
            raise FileError("is_a_folder", file=file.name)
        if not file.exists():
            raise FileError("file_missing", file=file.name, folder=str(file.parent))
        if not file.is_file():
            raise FileError("not_a_local_file", file=text)
        size = file.stat().st_size
    except QuarterhourError:
        raise
    except OSError as error:
        raise FileError("file_unreadable", file=file.name, reason=error.strerror or "") from None
    if size == 0:
        raise FileError("file_empty", file=file.name)
    if size > MAX_BYTES:
        raise FileError("file_too_large", file=file.name, size=size // 1024**2, most=MAX_BYTES // 1024**2)
    return file


@contextmanager
def foreign_errors(file: str, *, code: str = "file_damaged") -> Iterator[None]:
    """Turn whatever a library raises about a file into a :class:`FileError` with the given code.

    Examples
    --------
    >>> from geo.errors import FileError
    >>> try:
    ...     with foreign_errors("a.gpkg"):
    ...         raise RuntimeError("page 3 is corrupt")
    ... except FileError as error:
    ...     error.code
    'file_damaged'
    """
    try:
        yield
    except QuarterhourError:
        raise
    except MemoryError:
        raise FileError("file_needs_memory", file=file) from None
    except Exception as error:
        raise FileError(code, file=file, reason=_short(error)) from error
    except BaseException as error:
        # A panic of a Rust library (the spreadsheet reader) is no subclass of Exception.
        if type(error).__name__ != "PanicException":
            raise
        raise FileError(code, file=file, reason="panic") from None


def _short(error: Exception) -> str:
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return _FOLDERS.sub("", lines[0])[:160]


def sniff(file: Path) -> FileKind:
    """What a file is, by its content.

    Parameters
    ----------
    file
        As :func:`local_file` returned it.

    Raises
    ------
    FileError
        When it is nothing that is read; the error names it where it is known.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "a.shp"
    ...     _ = file.write_text('{"type": "FeatureCollection", "features": []}', encoding="utf-8")
    ...     sniff(file)
    'geojson'
    """
    with foreign_errors(file.name, code="file_unreadable"), file.open("rb") as handle:
        head = handle.read(_HEAD_BYTES)
    kind = _binary_kind(file, head)
    return kind if kind is not None else _text_kind(file, head)


def _binary_kind(file: Path, head: bytes) -> FileKind | None:
    if head.startswith(b"PAR1"):
        return "parquet"
    if head.startswith(b"SQLite format 3\0"):
        return _sqlite_kind(file)
    if head.startswith(b"\0\0\x27\x0a"):
        return "shp"
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return "xls"
    if b"OSMHeader" in head[4:32]:
        return "pbf"
    if head.startswith((b"PK\x03\x04", _END)):
        return "xlsx" if _holds_workbook(file) else "zip"
    for start, name in _REFUSED_STARTS:
        if head.startswith(start):
            raise FileError("format_not_read", file=file.name, format=name)
    if file.suffix.lower() in {".dbf", ".shx", ".prj", ".cpg"}:
        raise FileError("part_of_a_shapefile", file=file.name)
    return None


def _sqlite_kind(file: Path) -> FileKind:
    # Immutable: SQLite writes no log beside the file and waits for nobody.
    uri = f"{file.resolve().as_uri()}?mode=ro&immutable=1"
    with foreign_errors(file.name), closing(sqlite3.connect(uri, uri=True, timeout=1)) as base:
        found = base.execute("SELECT count(*) FROM sqlite_master WHERE name = 'gpkg_contents'").fetchone()
    if not found[0]:
        raise FileError("format_not_read", file=file.name, format="SQLite")
    return "gpkg"


def _holds_workbook(file: Path) -> bool:
    _refuse_long_contents(file)
    try:
        with zipfile.ZipFile(file) as archive:
            return "xl/workbook.xml" in archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, struct.error):
        raise FileError("file_damaged", file=file.name, reason="ZIP") from None


def _refuse_long_contents(file: Path) -> None:
    """Refuse an archive whose table of contents would fill the memory: Python reads it whole on opening."""
    with foreign_errors(file.name, code="file_unreadable"), file.open("rb") as handle:
        size = handle.seek(0, 2)
        handle.seek(max(0, size - (1 << 16) - 100))
        tail = handle.read()
    at = tail.rfind(_END)
    if at < 0 or at + 22 > len(tail):
        raise FileError("file_damaged", file=file.name, reason="ZIP")
    contents = struct.unpack_from("<I", tail, at + 12)[0]
    if tail[max(0, at - 20) :].startswith(_LOCATOR64):
        large = tail.rfind(_END64, 0, at)
        readable = 0 <= large <= at - 48
        contents = struct.unpack_from("<Q", tail, large + 40)[0] if readable else _MOST_CONTENTS + 1
    if contents > _MOST_CONTENTS:
        raise FileError("archive_contents", file=file.name)


def _text_kind(file: Path, head: bytes) -> FileKind:
    if head.startswith(_UTF16_XML):
        raise FileError("xml_in_utf16", file=file.name)
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith(b"<"):
        return _xml_kind(file, start)
    if start.startswith((b"{", b"[")):
        return "geojson"
    # What is left may be a table. A name that says otherwise would read as one odd column, so the name counts here.
    if file.suffix.lower() not in _SUFFIXES["csv"]:
        raise FileError("format_unknown", file=file.name)
    return "csv"


def _xml_kind(file: Path, start: bytes) -> FileKind:
    while match := _XML_SKIPPED.match(start):
        start = start[match.end() :]
    if _DOCTYPE.match(start):
        raise FileError("xml_doctype", file=file.name)
    root = _XML_ROOT.match(start)
    name = root[1].decode("ascii", "replace") if root else "?"
    kind = _XML_ROOTS.get(name.lower())
    if kind is None:
        raise FileError("format_not_read", file=file.name, format=f"XML <{name}>")
    refuse_doctype(file)
    return kind


def refuse_doctype(file: Path) -> None:
    """Refuse XML that declares a document type or entities, anywhere in the file.

    Entities can read other files and can grow without bound. No KML, GraphML or OSM file needs them.

    Raises
    ------
    FileError
        With the code ``xml_doctype``.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "a.kml"
    ...     _ = file.write_text("<kml/>", encoding="utf-8")
    ...     refuse_doctype(file)
    """
    tail = b""
    with foreign_errors(file.name, code="file_unreadable"), file.open("rb") as handle:
        while block := handle.read(_BLOCK):
            if _DOCTYPE.search(tail + block):
                raise FileError("xml_doctype", file=file.name)
            tail = block[-32:]


def parts(file: Path, kind: FileKind) -> list[Path]:
    """All files that make up an input, in name order: the parts of a Shapefile, else the file alone.

    Examples
    --------
    >>> [part.name for part in parts(Path("roads.gpkg"), "gpkg")]
    ['roads.gpkg']
    """
    if kind != "shp":
        return [file]
    own = set_of(file.name)[1]
    found: dict[str, Path] = {}
    for path in sorted(file.parent.iterdir(), key=lambda path: (path.stem == file.stem, path.name)):
        _, stem, suffix = set_of(path.name)
        if stem == own and suffix in _SHAPEFILE_PARTS:
            found[suffix] = path
    return sorted({**found, ".shp": file}.values())


def set_of(name: str) -> tuple[str, str, str]:
    """Folder, stem and suffix of a name as the parts of one Shapefile share them, whatever their case.

    Examples
    --------
    >>> set_of("界线/Lines.SHP"), set_of("lines.fields.csv")
    (('界线', 'lines', '.shp'), ('.', 'lines', '.fields.csv'))
    """
    path = PurePosixPath(name)
    plain = path.name.casefold()
    suffix = FIELDS if plain.endswith(FIELDS) else path.suffix.lower()
    stem = plain[: len(plain) - len(suffix)] if suffix else plain
    return str(path.parent).casefold(), stem, suffix if suffix == FIELDS or _SUFFIX.fullmatch(suffix) else ""


def file_sha256(files: list[Path]) -> str:
    """SHA-256 of the bytes of some files, one after the other, in hexadecimal.

    Examples
    --------
    >>> file_sha256([])[:8]
    'e3b0c442'
    """
    digest = hashlib.sha256()
    for file in files:
        with foreign_errors(file.name, code="file_unreadable"), file.open("rb") as handle:
            while block := handle.read(_BLOCK):
                digest.update(block)
    return digest.hexdigest()


def suffix_fits(file: Path, kind: FileKind) -> bool:
    """Whether the name says what the content is."""
    return file.suffix.lower() in _SUFFIXES[kind]


def suffixes() -> frozenset[str]:
    """Ends of names, in lower case, of all that is read.

    Examples
    --------
    >>> ".xlsx" in suffixes(), ".pdf" in suffixes()
    (True, False)
    """
    return frozenset(suffix for known in _SUFFIXES.values() for suffix in known)
