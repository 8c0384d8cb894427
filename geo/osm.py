"""Roads of an OpenStreetMap file (PBF or XML), with the tags that decide who may use them."""

from collections.abc import Collection
from pathlib import Path

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import osmium
import osmium.filter
import osmium.geom
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

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
# What decides beside them whether a way is a road.
_TAGS = (*ROAD_TAGS, "area")
_NO_MORE = ("",) * (len(_TAGS) - 1)


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
    with foreign_errors(file.name):
        ways = _read(file)
    road, left_out = _roads_among(ways, ignored)
    if not len(road):
        raise DataError("no_roads_in_osm", file=file.name)
    sort_of_road = np.array(ways.sort_of_way)[road]
    columns = {"osm_id": pd.Series(list(map(str, np.array(ways.ids)[road].tolist())), dtype="str")}
    for tag, values in zip(ROAD_TAGS, zip(*ways.sorts, strict=True), strict=False):  # "area", the last, is not kept
        columns[tag] = pd.Series(pd.array(values, dtype="str").take(sort_of_road))
    cut = int(np.isin(ways.lines.cut, road).sum())
    findings = []
    if left_out:
        findings.append(Finding("osm_not_roads", "info", field="highway", facts={"count": left_out}))
    if cut:
        findings.append(Finding("osm_cut_ways", "warn", facts={"count": cut}))
    frame = gpd.GeoDataFrame(columns, geometry=ways.lines.take()[road], crs=WGS84)
    rows = np.arange(1, len(frame) + 1, dtype=np.int64)
    return Table(frame, rows, file.name, file_sha256([file]), WGS84, "utf-8", tuple(findings), OSM_CREDIT)


def _roads_among(ways: "_Ways", ignored: Collection[str]) -> tuple[npt.NDArray[np.int64], int]:
    """Positions of the ways that are roads, and how many of the others have a class."""
    sorts = [dict(zip(_TAGS, tags, strict=True)) for tags in ways.sorts]
    # Of the many kinds of routes a boat's is the only one that people travel on without a road.
    travelled = np.array([bool(tags["highway"]) or tags["route"] == "ferry" for tags in sorts], dtype=bool)
    no_road = np.array([tags["highway"] in ignored or tags["area"] == "yes" for tags in sorts], dtype=bool)
    sort_of_way = np.array(ways.sort_of_way, dtype=np.int64)
    return np.flatnonzero((travelled & ~no_road)[sort_of_way]), int((travelled & no_road)[sort_of_way].sum())


def _read(file: Path) -> "_Ways":
    ways = _Ways()
    locations = osmium.NodeLocationsForWays(osmium.index.create_map("flex_mem"))
    locations.ignore_errors()
    wanted = osmium.osm.NODE | osmium.osm.WAY
    with osmium.io.Reader(osmium.io.File(str(file), sniff(file)), wanted) as reader:
        # A filter keeps from all that stand behind it what it does not let through.
        osmium.apply(
            reader,
            locations,
            osmium.filter.EntityFilter(osmium.osm.WAY),
            osmium.filter.KeyFilter("highway", "route"),
            ways,
            osmium.filter.KeyFilter(*_TAGS[1:]),
            _FurtherTags(ways),
        )
    return ways


class _Ways:
    """Takes the ways that may be roads, one by one."""

    def __init__(self) -> None:
        self.ids: list[int] = []
        #: Combinations of tags by number, and the combination of each way.
        self.sorts: dict[tuple[str, ...], int] = {}
        self.sort_of_way: list[int] = []
        self.lines = _Lines()

    def way(self, way: osmium.osm.Way) -> None:
        """Take a way as if it had no tag but its class."""
        self.ids.append(way.id)
        self.sort_of_way.append(self.number((way.tags.get("highway") or "", *_NO_MORE)))
        self.lines.add(way)

    def number(self, tags: tuple[str, ...]) -> int:
        """The number of a combination of tags."""
        return self.sorts.setdefault(tags, len(self.sorts))


class _FurtherTags:
    """Comes behind :class:`_Ways` and a filter: most ways have no tag to look for but their class."""

    def __init__(self, ways: _Ways) -> None:
        self._ways = ways

    def way(self, way: osmium.osm.Way) -> None:
        """Give the way that was taken last all of its tags."""
        get = way.tags.get
        self._ways.sort_of_way[-1] = self._ways.number(tuple([get(tag) or "" for tag in _TAGS]))


class _Lines:
    """Geometry of ways, collected as text as osmium gives it and turned into coordinates some thousand at a time."""

    _BLOCK = 20_000
    # Byte order, type and number of points in front of the points of a WKB LineString.
    _HEAD_BYTES, _POINT_BYTES = 9, 16

    def __init__(self) -> None:
        self._factory = osmium.geom.WKBFactory()
        self._texts: list[str] = []
        self._points: list[npt.NDArray[np.float64]] = []
        self._counts: list[npt.NDArray[np.int64]] = []
        self._odd: dict[int, BaseGeometry | None] = {}
        self._number = 0
        #: Positions of ways of which some nodes are not in the file, and some are.
        self.cut: list[int] = []

    def add(self, way: osmium.osm.Way) -> None:
        """Take the geometry of the next way."""
        try:
            self._texts.append(self._factory.create_linestring(way))
        except (RuntimeError, osmium.InvalidLocationError):
            line, whole = _odd_line(way)
            self._odd[self._number] = line
            if line is not None and not whole:
                self.cut.append(self._number)
        self._number += 1
        if len(self._texts) == self._BLOCK:
            self._decode()

    def _decode(self) -> None:
        heads = np.array([len(text) // 2 for text in self._texts], dtype=np.int64)
        data = np.frombuffer(bytes.fromhex("".join(self._texts)), dtype=np.uint8)
        is_point = np.ones(len(data), dtype=bool)
        is_point[(np.cumsum(heads) - heads)[:, None] + np.arange(self._HEAD_BYTES)] = False
        self._points.append(data[is_point].view(np.float64).reshape(-1, 2))
        self._counts.append((heads - self._HEAD_BYTES) // self._POINT_BYTES)
        self._texts = []

    def take(self) -> npt.NDArray[np.object_]:
        """All lines in the order of the ways, None where no two nodes that follow each other are known."""
        self._decode()
        counts = np.concatenate(self._counts)
        line_of_point = np.repeat(np.arange(len(counts)), counts)
        out = np.full(self._number, None, dtype=object)
        plain = np.ones(self._number, dtype=bool)
        plain[list(self._odd)] = False
        out[plain] = shapely.linestrings(np.concatenate(self._points), indices=line_of_point)
        for number, line in self._odd.items():
            out[number] = line
        return out


def _odd_line(way: osmium.osm.Way) -> tuple[BaseGeometry | None, bool]:
    """What is known of a way that is no plain line, and whether all its nodes are known."""
    runs: list[list[tuple[float, float]]] = [[]]
    for node in way.nodes:
        # A gap ends a run: nobody knows how the road goes there.
        if not node.location.valid():
            runs.append([])
        elif not runs[-1] or runs[-1][-1] != (node.lon, node.lat):
            runs[-1].append((node.lon, node.lat))
    if len(runs) == 1 and runs[0]:
        # All known and all in one place: a line without length.
        return shapely.LineString(runs[0] * 2), True
    lines = [run for run in runs if len(run) > 1]
    return (shapely.MultiLineString(lines) if lines else None), len(runs) == 1
