"""KML: placemarks as rows, the folders they lie in as a column, places in two dimensions.

Read here and not by GDAL, which makes a layer of each folder, lets folders of one name hide each other, reads a track
as a road and adds columns that no file has. The XML itself is read by defusedxml.
"""

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any
from xml.sax.saxutils import escape, quoteattr

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from defusedxml import ElementTree

from geo.encoding import known_encoding
from geo.errors import DataError, FileError
from geo.findings import Finding
from geo.parse import as_text
from geo.sniff import foreign_errors

__all__ = ["kml_text", "read_kml"]

#: Elements inside each other, at most; a placemark in a folder of a folder has ten.
MOST_DEEP = 100
_ENCODING = re.compile(rb"^\s*<\?xml[^>]*encoding\s*=\s*['\"]([\w.-]{1,40})['\"][^>]*\?>")
#: What the parser reads by itself.
_PARSED = frozenset({"utf-8", "ascii", "utf-16", "iso8859-1"})
# Children of a placemark that are text and become columns.
_TEXTS = ("name", "description", "address", "phoneNumber", "when", "begin", "end")
_GEOMETRIES = frozenset({"Point", "LineString", "LinearRing", "Polygon", "MultiGeometry"})
_TRACKS = frozenset({"Track", "MultiTrack"})
_LEFT_OUT = frozenset({"NetworkLink", "GroundOverlay", "PhotoOverlay", "ScreenOverlay"})
_BLANKS_AT_COMMAS = re.compile(r"\s*,\s*")
# What XML 1.0 cannot hold.
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_HEIGHT = 2


def read_kml(file: Path, *, layer: str | None = None) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    """Read the placemarks of a KML, in the order they stand.

    Parameters
    ----------
    file
        As :func:`geo.sniff.local_file` returned it, without a DOCTYPE.
    layer
        Name of a folder, to read that one only; folders inside it belong to it.

    Returns
    -------
    tuple
        Text columns and geometry in EPSG:4326, and what was noticed. Heights are dropped; a placemark whose geometry
        is a track or cannot be read is refused by row.

    Raises
    ------
    FileError, DataError
        When the XML is broken or nested too deeply, there is no placemark, or no folder of that name.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "a.kml"
    ...     _ = file.write_text("<kml><Placemark><name>a</name><Point><coordinates>114,30</coordinates></Point>"
    ...                         "</Placemark></kml>", encoding="utf-8")
    ...     read_kml(file)[0].name.tolist()
    ['a']
    """
    reading = _Reading()
    with foreign_errors(file.name), _as_bytes(file) as source:
        for row, path, placemark in _placemarks(source, reading, file.name):
            reading.add(row, path, placemark)
    if not reading.rows:
        raise DataError("no_rows", file=file.name)
    frame = reading.frame()
    if layer is None:
        return frame, reading.findings()
    folders = sorted({name for path in reading.paths for name in path})
    if layer not in folders:
        raise DataError("no_such_layer", file=file.name, layer=layer, layers=", ".join(folders))
    inside = np.array([layer in path for path in reading.paths])
    chosen = {number for number, kept in enumerate(inside, start=1) if kept}
    renumbered = {old: new for new, old in enumerate(sorted(chosen), start=1)}
    findings = [
        Finding(f.code, f.severity, renumbered[f.row] if f.row else None, f.field, f.facts)
        for f in reading.findings()
        if f.row is None or f.row in chosen
    ]
    return frame[inside].reset_index(drop=True), findings


def _as_bytes(file: Path) -> IO[bytes]:
    """The bytes of a file for the parser, which knows few encodings and none of China's."""
    with file.open("rb") as handle:
        declared = _ENCODING.match(handle.read(300))
    encoding = known_encoding(declared[1].decode("ascii")) if declared else None
    if declared is None or encoding is None or encoding in _PARSED:
        return file.open("rb")
    data = file.read_bytes()
    try:
        return io.BytesIO(data[declared.end() :].decode(encoding).encode())
    except UnicodeDecodeError as error:
        at = error.start
        raise DataError("encoding_does_not_fit", file=file.name, encoding=encoding, position=at) from None


def _placemarks(source: IO[bytes], reading: "_Reading", file: str) -> Iterator[tuple[int, tuple[str, ...], Any]]:
    """Row number, names of the folders around it, and the element of each placemark."""
    open_tags: list[str] = []
    folders: list[str] = []
    row = 0
    for event, element in ElementTree.iterparse(source, events=("start", "end"), forbid_dtd=True):
        tag = _local(element.tag)
        if event == "start":
            open_tags.append(tag)
            if len(open_tags) > MOST_DEEP:
                raise FileError("xml_too_deep", file=file, most=MOST_DEEP)
            if tag == "Folder":
                folders.append("")
            continue
        open_tags.pop()
        parent = open_tags[-1] if open_tags else ""
        if tag == "name" and parent == "Folder":
            folders[-1] = (element.text or "").strip()
        elif tag == "Folder":
            folders.pop()
            element.clear()
        elif tag == "Placemark":
            row += 1
            yield row, tuple(name for name in folders if name), element
            element.clear()
        elif tag in _LEFT_OUT:
            reading.left_out.add(tag)


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


class _Reading:
    """The rows found so far, and what was noticed."""

    def __init__(self) -> None:
        self.rows: list[dict[str, str]] = []
        self.paths: list[tuple[str, ...]] = []
        self.shapes: list[shapely.Geometry | None] = []
        self.left_out: set[str] = set()
        self._faults: list[Finding] = []
        self._heights = 0
        self._renamed: dict[str, str] = {}

    def add(self, row: int, path: tuple[str, ...], placemark: Any) -> None:  # noqa: ANN401  # an element has no public type
        """One placemark as a row."""
        cells: dict[str, str] = {}
        shape: shapely.Geometry | None = None
        tags = {_local(element.tag) for element in placemark.iter()}
        for element in placemark.iter():
            tag = _local(element.tag)
            if tag in _TEXTS and tag not in cells and element.text and element.text.strip():
                cells[tag] = element.text.strip()
        for key, value in _extended(placemark):
            self._put(cells, key, value)
        self.rows.append(cells)
        self.paths.append(path)
        if tags & _TRACKS:
            self._faults.append(Finding("kml_track", "error", row=row))
        else:
            try:
                shape = self._shape(next((e for e in placemark if _local(e.tag) in _GEOMETRIES), None))
            except (ValueError, IndexError, shapely.errors.ShapelyError):
                self._faults.append(Finding("kml_coordinates", "error", row=row))
        self.shapes.append(shape)

    def _put(self, cells: dict[str, str], key: str, value: str) -> None:
        if key in cells and cells[key] != value:
            other = f"{key}_2"
            self._renamed[key] = other
            key = other
        cells[key] = value

    def _shape(self, element: Any) -> shapely.Geometry | None:  # noqa: ANN401  # as above
        """Geometry of an element; nested as deeply as its XML, which is bounded."""
        if element is None:
            return None
        tag = _local(element.tag)
        if tag == "MultiGeometry":
            inner = [self._shape(child) for child in element if _local(child.tag) in _GEOMETRIES]
            return shapely.GeometryCollection([shape for shape in inner if shape is not None]) if inner else None
        if tag == "Polygon":
            rings: dict[str, list[Any]] = {"outerBoundaryIs": [], "innerBoundaryIs": []}
            for side in element:
                for ring in side if _local(side.tag) in rings else ():
                    rings[_local(side.tag)].append(self._points(ring))
            return shapely.Polygon(rings["outerBoundaryIs"][0], rings["innerBoundaryIs"])
        points = self._points(element)
        if tag == "Point":
            if len(points) != 1:
                raise ValueError("not one point")
            return shapely.Point(points[0])
        return shapely.LineString(points)

    def _points(self, element: Any) -> list[tuple[float, float]]:  # noqa: ANN401  # as above
        text = "".join(child.text or "" for child in element if _local(child.tag) == "coordinates")
        points = []
        for one in _BLANKS_AT_COMMAS.sub(",", text).split():
            numbers = [float(number) for number in one.split(",") if number]
            if len(numbers) > _HEIGHT and numbers[_HEIGHT] != 0:
                self._heights += 1
            points.append((numbers[0], numbers[1]))
        return points

    def frame(self) -> gpd.GeoDataFrame:
        """All rows: name and description first, other columns as they were met, the folder last."""
        names = list(dict.fromkeys([*_TEXTS, *(key for cells in self.rows for key in cells)]))
        if any(self.paths):
            folder = next(name for name in ("folder", *(f"folder_{n}" for n in range(2, 99))) if name not in names)
            for cells, path in zip(self.rows, self.paths, strict=True):
                if path:
                    cells[folder] = "/".join(path)
            names.append(folder)
        columns = {name: pd.Series([cells.get(name) for cells in self.rows], dtype="str") for name in names}
        columns = {_column(name): column for name, column in columns.items() if column.notna().any()}
        return gpd.GeoDataFrame(columns, geometry=self.shapes, crs="EPSG:4326")

    def findings(self) -> list[Finding]:
        """What was noticed, that of the whole file first."""
        notes = [Finding("heading_twice", "warn", field=k, facts={"renamed": v}) for k, v in self._renamed.items()]
        if self._heights:
            notes.append(Finding("heights_dropped", "info", facts={"count": self._heights}))
        if self.left_out:
            notes.append(Finding("kml_left_out", "warn", facts={"found": ", ".join(sorted(self.left_out))}))
        return [*notes, *self._faults]


def _column(name: str) -> str:
    # The geometry has this name already.
    return "geometry_2" if name == "geometry" else name


def _extended(placemark: Any) -> Iterator[tuple[str, str]]:  # noqa: ANN401  # as above
    """Further columns: ``Data`` with a ``value`` inside, and ``SimpleData`` of a schema."""
    for element in placemark.iter():
        tag, key = _local(element.tag), (element.get("name") or "").strip()
        if not key:
            continue
        if tag == "SimpleData":
            value = element.text
        elif tag == "Data":
            value = next((child.text for child in element if _local(child.tag) == "value"), None)
        else:
            continue
        if value and value.strip():
            yield key, value.strip()


# ---- writing ------------------------------------------------------------------------------------------------------


def kml_text(frame: gpd.GeoDataFrame, *, title: str = "") -> Iterator[str]:
    """A table in EPSG:4326 as KML, piece by piece: ``name`` and ``description`` as KML has them, the rest as data.

    Examples
    --------
    >>> frame = gpd.GeoDataFrame({"beds": ["<20"]}, geometry=[shapely.Point(114, 30)], crs=4326)
    >>> list(kml_text(frame))[1].count("&lt;20")
    1
    """
    own = [name for name in frame.columns if name != frame.geometry.name]
    yield (
        '<?xml version="1.0" encoding="UTF-8"?>\n<kml xmlns="http://www.opengis.net/kml/2.2"><Document>'
        f"<name>{_xml(title)}</name>\n"
    )
    texts = [[as_text(value) for value in frame[name]] for name in own]
    for number, shape in enumerate(frame.geometry):
        cells = {name: column[number] for name, column in zip(own, texts, strict=True) if column[number]}
        head = "".join(f"<{tag}>{_xml(cells.pop(tag))}</{tag}>" for tag in ("name", "description") if tag in cells)
        data = "".join(f"<Data name={quoteattr(_clean(k))}><value>{_xml(v)}</value></Data>" for k, v in cells.items())
        extended = f"<ExtendedData>{data}</ExtendedData>" if data else ""
        yield f"<Placemark>{head}{extended}{_geometry_text(shape)}</Placemark>\n"
    yield "</Document></kml>\n"


def _clean(text: str) -> str:
    return _NOT_XML.sub("", text)


def _xml(text: str) -> str:
    # A return would come back as a line feed: XML joins the two.
    return escape(_clean(text), {"\r": "&#13;"})


def _geometry_text(shape: shapely.Geometry | None) -> str:
    if shape is None or shape.is_empty:
        return ""
    if hasattr(shape, "geoms"):
        return f"<MultiGeometry>{''.join(map(_geometry_text, shape.geoms))}</MultiGeometry>"
    if shape.geom_type == "Polygon":
        outer = f"<outerBoundaryIs>{_ring(shape.exterior)}</outerBoundaryIs>"
        inner = (f"<innerBoundaryIs>{_ring(ring)}</innerBoundaryIs>" for ring in shape.interiors)
        return f"<Polygon>{outer}{''.join(inner)}</Polygon>"
    return f"<{shape.geom_type}>{_coordinates(shape)}</{shape.geom_type}>"


def _ring(ring: shapely.LinearRing) -> str:
    return f"<LinearRing>{_coordinates(ring)}</LinearRing>"


def _coordinates(shape: shapely.Geometry) -> str:
    points = " ".join(f"{x!r},{y!r}" for x, y in shapely.get_coordinates(shape).tolist())
    return f"<coordinates>{points}</coordinates>"
