"""Files of roads that say of themselves how far they reach, so that nobody takes the edge of the data for a gap.

The note lies inside the file: as metadata of a GeoPackage layer or of a GeoParquet, as a member of a GeoJSON. A file
without one is read as any line layer.
"""

import io
import json
import math
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import geopandas as gpd
import osmium
import pyarrow.parquet as pq
import pyogrio
import shapely

from geo.errors import OutputError
from geo.sniff import foreign_errors
from geo.write import atomic_path, settle_times

__all__ = [
    "NOTE_KEY",
    "OsmHeader",
    "RoadNote",
    "check_suffix",
    "note_mapping",
    "osm_header",
    "parse_note",
    "write_roads",
]

#: Under which the note is found in a file.
NOTE_KEY = "quarterhour_roads"
_VERSION = 1
_LAYER = "roads"
_WORLD = (-180.0, -90.0, 180.0, 90.0)
_LICENCE = "ODbL-1.0"


@dataclass(frozen=True)
class RoadNote:
    """What a file of OpenStreetMap roads says of itself. Its columns are raw OSM tags.

    Parameters
    ----------
    extent
        No road is missing inside, as far as OpenStreetMap has it: polygon or multi-polygon in degrees. None: unknown.
    study
        The area that was asked for, in degrees; None: all that there was.
    halo_m
        How far beyond the area roads were taken.
    rows
        Features in the file when it was written.
    origin
        The file or the server that the roads are from.
    data_of
        State of OpenStreetMap, as the source tells; empty when it does not.
    credit
        Who must be named where the roads are shown.
    """

    extent: shapely.Geometry | None
    study: shapely.Geometry | None
    halo_m: float
    rows: int
    origin: str
    data_of: str
    credit: str


@dataclass(frozen=True)
class OsmHeader:
    """What the head of an OSM file says.

    Parameters
    ----------
    box
        West, south, east, north in degrees of what it holds; None when it does not say.
    data_of
        Time of the data; empty when it does not say.
    """

    box: tuple[float, float, float, float] | None
    data_of: str


def osm_header(file: Path) -> OsmHeader:
    """Box and time of an OSM file (PBF or XML).

    Raises
    ------
    FileError
        When the file is damaged.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "a.osm"
    ...     bounds = '<bounds minlon="114" minlat="30" maxlon="115" maxlat="31"/>'
    ...     _ = file.write_text(f'<osm version="0.6">{bounds}</osm>', encoding="utf-8")
    ...     osm_header(file).box
    (114.0, 30.0, 115.0, 31.0)
    """
    with foreign_errors(file.name), closing(osmium.io.Reader(str(file))) as reader:
        header = reader.header()
        box, data_of = header.box(), header.get("osmosis_replication_timestamp")
        if not box.valid():
            return OsmHeader(None, data_of)
        low, high = box.bottom_left, box.top_right
        return OsmHeader((low.lon, low.lat, high.lon, high.lat), data_of)


def parse_note(raw: object) -> RoadNote | None:
    """The note of a file as its reader found it: text or a mapping; None where it is none that is understood.

    Examples
    --------
    >>> parse_note('{"version": 99}') is None
    True
    """
    try:
        note = json.loads(raw) if isinstance(raw, (str, bytes)) else raw
        if not isinstance(note, Mapping) or note.get("version") != _VERSION:
            return None
        halo_m, rows = float(note["halo_m"]), int(note["rows"])
        if not (math.isfinite(halo_m) and halo_m >= 0 and rows >= 0):
            return None
        extent, study = _area(note["extent"]), _area(note["study"])
        texts = (str(note[name]) for name in ("origin", "data_of", "credit"))
        return RoadNote(extent, study, halo_m, rows, *texts)
    except (KeyError, TypeError, ValueError, RecursionError, shapely.errors.ShapelyError):
        return None


def _area(geometry: object) -> shapely.Geometry | None:
    if geometry is None:
        return None
    area = shapely.from_geojson(json.dumps(geometry))
    west, south, east, north = area.bounds if not area.is_empty else (math.nan,) * 4
    inside = _WORLD[0] <= west < east <= _WORLD[2] and _WORLD[1] <= south < north <= _WORLD[3]
    if area.geom_type not in ("Polygon", "MultiPolygon") or not inside or not area.is_valid:
        raise ValueError("not an area")
    return area


def note_mapping(note: RoadNote) -> dict[str, Any]:
    """A note as it is written; :func:`parse_note` reads it back.

    Examples
    --------
    >>> note_mapping(RoadNote(None, None, 0.0, 1, "a.osm.pbf", "", "OSM"))["rows"]
    1
    """

    def plain(area: shapely.Geometry | None) -> object:
        return None if area is None else json.loads(shapely.to_geojson(area))

    return {
        "version": _VERSION,
        "origin": note.origin,
        "data_of": note.data_of,
        "credit": note.credit,
        "licence": _LICENCE,
        "rows": note.rows,
        "halo_m": note.halo_m,
        "study": plain(note.study),
        "extent": plain(note.extent),
    }


def write_roads(path: Path, frame: gpd.GeoDataFrame, note: RoadNote) -> None:
    """Write roads with their note, all or nothing. The same roads give the same bytes.

    Parameters
    ----------
    path
        The suffix says the format: ``.gpkg``, ``.parquet`` (``.geoparquet``), ``.geojson`` (``.json``).
    frame
        Lines in EPSG:4326 and text columns, blank where a way lacks a tag.

    Raises
    ------
    OutputError
        For another suffix, or when the file cannot be written; nothing is left behind then.

    Examples
    --------
    >>> import tempfile
    >>> from geo.read import read_table
    >>> line = shapely.LineString([(114.0, 30.0), (114.1, 30.0)])
    >>> frame = gpd.GeoDataFrame({"highway": ["path"]}, geometry=[line], crs="EPSG:4326")
    >>> note = RoadNote(shapely.box(113.9, 29.9, 114.2, 30.1), None, 0.0, 1, "a.osm.pbf", "", "OSM")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_roads(Path(folder) / "a.gpkg", frame, note)
    ...     read_table(Path(folder) / "a.gpkg").note.extent.bounds
    (113.9, 29.9, 114.2, 30.1)
    """
    check_suffix(path)
    # A cell without text is no text: a reader that tells the two apart would find 14 tags on each way.
    named = {name: frame[name].mask(frame[name] == "") for name in frame.columns if name != frame.geometry.name}
    blank = [name for name, column in named.items() if column.isna().all()]
    frame = frame.assign(**named).drop(columns=blank)
    with atomic_path(path) as temporary:
        _WRITERS[path.suffix.lower()](temporary, frame, json.dumps(note_mapping(note), ensure_ascii=False))


def check_suffix(path: Path) -> None:
    """Refuse a name whose suffix is no format that roads are written in.

    Raises
    ------
    OutputError
        With what may be written.
    """
    if path.suffix.lower() not in _WRITERS:
        raise OutputError("output_suffix", path=path.name, known=", ".join(_WRITERS))


def _write_gpkg(path: Path, frame: gpd.GeoDataFrame, note: str) -> None:
    try:
        pyogrio.write_dataframe(frame, path, driver="GPKG", layer=_LAYER, layer_metadata={NOTE_KEY: note})
    except (pyogrio.errors.DataSourceError, pyogrio.errors.FeatureError) as error:
        raise OutputError("output_failed", path=path.name, reason=str(error).splitlines()[0]) from error
    settle_times(path)


def _write_parquet(path: Path, frame: gpd.GeoDataFrame, note: str) -> None:
    buffer = io.BytesIO()
    frame.to_parquet(buffer)
    table = pq.read_table(buffer)
    pq.write_table(table.replace_schema_metadata({**table.schema.metadata, NOTE_KEY: note}), path)


def _write_geojson(path: Path, frame: gpd.GeoDataFrame, note: str) -> None:
    names = [name for name in frame.columns if name != frame.geometry.name]
    rows = zip(*(frame[name].tolist() for name in names), strict=True) if names else [()] * len(frame)
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(f'{{"type":"FeatureCollection","{NOTE_KEY}":{note},"features":[')
        comma = "\n"
        for shape, row in zip(shapely.to_geojson(frame.geometry.to_numpy()), rows, strict=True):
            tags = {name: value for name, value in zip(names, row, strict=True) if isinstance(value, str)}
            properties = json.dumps(tags, ensure_ascii=False)
            file.write(f'{comma}{{"type":"Feature","properties":{properties},"geometry":{shape}}}')
            comma = ",\n"
        file.write("\n]}\n")


_WRITERS: Mapping[str, Callable[[Path, gpd.GeoDataFrame, str], None]] = MappingProxyType(
    {
        ".gpkg": _write_gpkg,
        ".parquet": _write_parquet,
        ".geoparquet": _write_parquet,
        ".geojson": _write_geojson,
        ".json": _write_geojson,
    }
)
