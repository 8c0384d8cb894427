"""Roads of an OpenStreetMap file (PBF or XML), with the tags that decide who may use them."""

from collections.abc import Collection, Iterator
from pathlib import Path

import geopandas as gpd
import numpy as np
import osmium
import osmium.filter
import osmium.geom
import pandas as pd
import shapely

from geo.crs import WGS84
from geo.errors import DataError
from geo.findings import Finding
from geo.read import OSM_CREDIT, Table
from geo.sniff import file_sha256, foreign_errors, sniff

__all__ = ["ROAD_TAGS", "read_osm"]

#: Tags that are kept, each as a text column ("" where a way lacks it).
ROAD_TAGS = (
    "highway",
    "oneway",
    "junction",
    "maxspeed",
    "bridge",
    "tunnel",
    "layer",
    "access",
    "foot",
    "bicycle",
    "vehicle",
    "motor_vehicle",
    "motorcar",
    "motorroad",
    "route",
    "duration",
    "oneway:foot",
    "oneway:bicycle",
)


def read_osm(file: Path, *, ignored: Collection[str] = ()) -> Table:
    """Ways with a ``highway`` tag, and ferries, as lines in EPSG:4326, with their number in ``osm_id``.

    Areas (``area=yes``) and the classes in ``ignored`` are left out and counted. A way is kept as far as its nodes are
    in the extract; where no two that follow each other are, it has no geometry.

    Parameters
    ----------
    file
        ``.osm.pbf`` or ``.osm``, as :func:`geo.sniff.local_file` returned it.
    ignored
        Values of ``highway`` that are no roads.

    Raises
    ------
    FileError, DataError
        When the file is damaged; when no road is in it.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "a.osm"
    ...     _ = file.write_text(
    ...         '<osm version="0.6"><node id="1" lat="30" lon="114"/><node id="2" lat="30.1" lon="114"/>'
    ...         '<way id="7"><nd ref="1"/><nd ref="2"/><tag k="highway" v="path"/></way></osm>', encoding="utf-8")
    ...     read_osm(file).frame["highway"].tolist()
    ['path']
    """
    skipped = frozenset(ignored)
    tags: list[tuple[str, ...]] = []
    lines: list[str | None] = []
    ids: list[str] = []
    left_out = partial = 0
    with foreign_errors(file.name):
        for way in _ways(file, sniff(file)):
            values = way.tags
            if values.get("highway", "") in skipped or values.get("area") == "yes":
                left_out += 1
                continue
            tags.append(tuple(values.get(tag) or "" for tag in ROAD_TAGS))
            line, whole = _line(way)
            lines.append(line)
            ids.append(str(way.id))
            partial += line is not None and not whole
    if not tags:
        raise DataError("no_roads_in_osm", file=file.name)
    columns = {"osm_id": pd.Series(ids, dtype="str")} | {
        tag: pd.Series(values, dtype="str") for tag, values in zip(ROAD_TAGS, zip(*tags, strict=True), strict=True)
    }
    geometry = shapely.from_wkb(np.array(lines, dtype=object))
    findings = []
    if left_out:
        findings.append(Finding("osm_not_roads", "info", field="highway", facts={"count": left_out}))
    if partial:
        findings.append(Finding("osm_cut_ways", "warn", facts={"count": partial}))
    frame = gpd.GeoDataFrame(columns, geometry=geometry, crs=WGS84)
    rows = np.arange(1, len(frame) + 1, dtype=np.int64)
    return Table(frame, rows, file.name, file_sha256([file]), WGS84, "utf-8", tuple(findings), OSM_CREDIT)


def _ways(file: Path, file_format: str) -> Iterator[osmium.osm.Way]:
    source = osmium.io.File(str(file), file_format)
    wanted = osmium.osm.NODE | osmium.osm.WAY
    processor = osmium.FileProcessor(source, wanted).with_locations()
    processor.with_filter(osmium.filter.KeyFilter("highway", "route"))
    for entity in processor:
        # Of the many kinds of routes a boat's is the only one that people travel on without a road.
        if isinstance(entity, osmium.osm.Way) and ("highway" in entity.tags or entity.tags.get("route") == "ferry"):
            yield entity


_FACTORY = osmium.geom.WKBFactory()


def _line(way: osmium.osm.Way) -> tuple[str | None, bool]:
    """Hexadecimal WKB of a way, and whether all its nodes are known."""
    try:
        return _FACTORY.create_linestring(way), True
    except (RuntimeError, osmium.InvalidLocationError):
        runs: list[list[tuple[float, float]]] = [[]]
        for node in way.nodes:
            # A gap ends a run: nobody knows how the road goes there.
            if not node.location.valid():
                runs.append([])
            elif not runs[-1] or runs[-1][-1] != (node.lon, node.lat):
                runs[-1].append((node.lon, node.lat))
        if len(runs) == 1 and runs[0]:
            # All known and all in one place: a line without length.
            return shapely.LineString(runs[0] * 2).wkb_hex, True
        lines = [run for run in runs if len(run) > 1]
        return (shapely.MultiLineString(lines).wkb_hex if lines else None), len(runs) == 1
