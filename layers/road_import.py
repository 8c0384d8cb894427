"""Roads of an OpenStreetMap file, cut to a study area and its surroundings, with a note of how far they reach."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from geo.crs import MetricCrs, geodesic_m, metric_crs, to_wgs84
from geo.errors import DataError, RequestError, naming
from geo.findings import Finding
from geo.read import read_table
from geo.road_file import RoadNote, osm_header
from geo.sniff import local_file, sniff
from layers.road import read_osm_table

__all__ = ["Imported", "box_of", "import_roads", "study_area", "with_halo"]

#: The halo is wider than asked by this share: a round corner of a polygon cuts off 0.5 %, a metric system may be off by
#: 0.1 %, and the halo shall be no narrower than asked.
HALO_MARGIN = 1.01
# A straight side in degrees is a curve in metres; pieces of 0.05 degrees stay within a metre of it.
_SIDE_DEGREES = 0.05
_POLYGONS = (3, 6)
# Heads of OSM files have seven decimals.
_LAST_DECIMAL = 1e-6


@dataclass(frozen=True, eq=False)
class Imported:
    """Roads with raw OSM tags, ready for :func:`geo.road_file.write_roads`.

    Parameters
    ----------
    frame
        Whole ways in EPSG:4326 in the order of the file, ``osm_id`` and tags as text.
    note
        What the file will say of itself.
    findings
        Of reading and of cutting.
    figures
        ``ways_read`` = ``ways_kept`` + the ``dropped``; ``length_km``, ``halo_m``, ``extent`` (west, south, east,
        north), ``data_of``.
    """

    frame: gpd.GeoDataFrame
    note: RoadNote
    findings: tuple[Finding, ...]
    figures: dict[str, Any]


def box_of(text: str) -> shapely.Polygon:
    """The box of ``west,south,east,north`` in degrees; Chinese commas do too.

    Raises
    ------
    RequestError
        When it is no box.

    Examples
    --------
    >>> box_of("114,30.3,114.5,30.8").bounds
    (114.0, 30.3, 114.5, 30.8)
    """
    try:
        west, south, east, north = (float(part) for part in text.replace("\uff0c", ",").split(","))
    except ValueError:
        raise RequestError("bad_bbox", given=text) from None
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):  # noqa: PLR2004  # the world
        raise RequestError("bad_bbox", given=text)
    return shapely.box(west, south, east, north)


def study_area(path: Path) -> tuple[shapely.Geometry, tuple[Finding, ...]]:
    """All polygons of a layer as one area in degrees, and what was noticed.

    Raises
    ------
    FileError, DataError
        When the file cannot be read, or holds no polygon.
    """
    table = read_table(path)
    with naming(table.file):
        if not isinstance(table.frame, gpd.GeoDataFrame):
            raise DataError("clip_without_polygon")
        frame = to_wgs84(table.frame)
        shapes = frame.geometry.to_numpy()
        areal = np.isin(shapely.get_type_id(shapes), _POLYGONS) & np.isfinite(shapely.bounds(shapes)).all(axis=1)
        if not areal.any():
            raise DataError("clip_without_polygon")
    findings = list(table.findings)
    shapes = shapes[areal]
    broken = ~shapely.is_valid(shapes)
    if broken.any():
        findings.append(Finding("clip_repaired", "warn", facts={"count": int(broken.sum())}))
        shapes[broken] = shapely.make_valid(shapes[broken], method="structure", keep_collapsed=False)
    return _polygons(shapely.union_all(shapes)), tuple(findings)


def with_halo(study: shapely.Geometry, halo_m: float) -> shapely.Geometry:
    """An area and all that lies within a distance of it, in degrees.

    Raises
    ------
    CrsError
        When the area is too wide for one metric system.

    Examples
    --------
    >>> with_halo(shapely.box(114.0, 30.0, 114.1, 30.1), 1000.0).bounds[0] < 113.99
    True
    """
    crs = metric_crs(study.bounds)
    return _polygons(_from_metres(_to_metres(study, crs).buffer(halo_m * HALO_MARGIN), crs))


def import_roads(
    path: Path, *, study: shapely.Geometry | None = None, halo_m: float = 0.0, origin: str = ""
) -> Imported:
    """Read an OpenStreetMap file and keep the ways that touch an area and its halo, whole.

    Parameters
    ----------
    path
        ``.osm.pbf`` or ``.osm``.
    study
        Polygon or multi-polygon in degrees; None: keep all.
    halo_m
        How far beyond the study area roads are kept.
    origin
        What to call the source in the note; the name of the file when empty.

    Raises
    ------
    FileError, DataError
        When the file cannot be read or is no OSM file, or no road touches the area.
    """
    file = local_file(path)
    if sniff(file) not in ("pbf", "osm"):
        raise DataError("import_needs_osm", file=file.name)
    header = osm_header(file)
    table = read_osm_table(file)
    shapes = table.frame.geometry.to_numpy()
    drawn = ~shapely.is_missing(shapes)
    findings = list(table.findings)
    extent = None if header.box is None else shapely.box(*header.box)
    kept = drawn
    if study is not None:
        wanted = with_halo(study, halo_m)
        there = shapely.box(*(header.box or shapely.total_bounds(shapes)))
        extent, missing = _inside(wanted, there, file.name)
        if missing:
            findings.append(Finding("halo_not_covered", "warn", facts={"percent": f"{missing:.1%}"}))
        shapely.prepare(wanted)
        kept = drawn & shapely.intersects(wanted, shapes)
    if not kept.any():
        raise DataError("clip_without_roads", file=file.name)
    frame = table.frame[kept].reset_index(drop=True)
    note = RoadNote(extent, study, halo_m, len(frame), origin or file.name, header.data_of, table.credit)
    figures = {
        "ways_read": len(shapes),
        "ways_kept": len(frame),
        "dropped": {"outside": int((drawn & ~kept).sum()), "without_nodes": int((~drawn).sum())},
        "length_km": round(_length_m(frame.geometry.to_numpy()) / 1000, 3),
        "halo_m": halo_m,
        "extent": None if extent is None else [round(value, 6) for value in extent.bounds],
        "data_of": header.data_of or None,
    }
    return Imported(frame, note, tuple(findings), figures)


def _inside(wanted: shapely.Geometry, there: shapely.Polygon, file: str) -> tuple[shapely.Geometry, float]:
    """The part of an area that a file holds, and the share of the area that it does not."""
    if shapely.covers(there.buffer(_LAST_DECIMAL), wanted):
        return wanted, 0.0
    part = _polygons(shapely.intersection(wanted, there))
    if part.is_empty:
        raise DataError("clip_outside_roads", file=file)
    crs = metric_crs(wanted.bounds)
    return part, 1 - _to_metres(part, crs).area / _to_metres(wanted, crs).area


def _to_metres(area: shapely.Geometry, crs: MetricCrs) -> shapely.Geometry:
    return shapely.transform(shapely.segmentize(area, _SIDE_DEGREES), crs.forward)


def _from_metres(area: shapely.Geometry, crs: MetricCrs) -> shapely.Geometry:
    return shapely.transform(area, crs.inverse)


def _polygons(area: shapely.Geometry) -> shapely.Geometry:
    """The polygons of a geometry, valid, as one polygon or multi-polygon."""
    parts = shapely.get_parts(shapely.make_valid(area, method="structure", keep_collapsed=False))
    return shapely.union_all(parts[np.isin(shapely.get_type_id(parts), _POLYGONS)])


def _length_m(shapes: npt.NDArray[np.object_]) -> float:
    lonlat, line = shapely.get_coordinates(shapely.get_parts(shapes), return_index=True)
    along = line[1:] == line[:-1]
    return float(geodesic_m(lonlat[:-1][along], lonlat[1:][along]).sum())
