"""Demand from a population raster: each cell with people is a place, at its middle."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.crs import WGS84, from_lonlat, to_lonlat
from geo.population_raster import Measure, PopulationRaster, people_on, read_population
from geo.raster import is_geotiff
from geo.sniff import local_file
from layers.areal import cut_by_units
from layers.inside import has_polygons
from layers.layer import Layer, QualityReport, Source
from layers.options import USUAL, ReadOptions

__all__ = ["from_raster", "is_raster", "people_of_units", "read_people"]


def is_raster(path: Path, kind: str) -> bool:
    """Whether a file is a raster that can be read as a layer of a kind."""
    return kind == "demand" and is_geotiff(local_file(path))


def read_people(path: Path, units: Layer | None, measure: Measure) -> Layer:
    """The people of a study from a GeoTIFF: those around its units, if it has any with land.

    Raises
    ------
    FileError, DataError, CrsError
        As :func:`geo.population_raster.read_population`.
    """
    if units is None or not has_polygons(units):
        return from_raster(path, ReadOptions(raster_unit=measure))
    west, south, east, north = (float(value) for value in units.frame.total_bounds)
    return from_raster(path, ReadOptions(raster_unit=measure, area=(west, south, east, north)), units=units)


def from_raster(path: Path, options: ReadOptions = USUAL, *, units: Layer | None = None) -> Layer:
    """Demand of a GeoTIFF.

    Parameters
    ----------
    path
        A local file.
    options
        What a cell holds, and the study area.
    units
        With polygons: a cell that they meet in is divided by area, so that each unit has its part of the people.

    Returns
    -------
    Layer
        Points in EPSG:4326: ``demand_id`` is ``r<row>c<column>``, counted from 1 at the file's first cell; ``pop`` is
        people, of a density too. Cells without people are no rows.

    Raises
    ------
    FileError, DataError, CrsError
        As :func:`geo.population_raster.read_population`.
    """
    raster = read_population(path, measure=options.raster_unit, area=options.area)
    row, column, lonlat = raster.inhabited()
    ids = pd.Series([f"r{r + 1}c{c + 1}" for r, c in zip(row.tolist(), column.tolist(), strict=True)], dtype="str")
    table = pd.DataFrame({"demand_id": ids, "name": ids, "pop": raster.people[raster.people > 0],
                          "row": np.arange(1, len(ids) + 1)})  # fmt: skip
    places = np.asarray(shapely.points(lonlat), dtype=object)
    divided = units is not None and has_polygons(units)
    if divided and units is not None:
        corners = raster.corners(row, column)
        on_border = _crossed(corners, raster.crs, units)
        around = [to_lonlat(raster.crs, ring) for ring in corners[on_border]]
        places[on_border] = [shapely.Polygon(ring) for ring in around]
    frame = gpd.GeoDataFrame(table, geometry=places, crs=WGS84)
    source = Source(raster.file, raster.sha256, crs=raster.crs, datum_read=raster.datum, datum_known="file")
    layer = Layer("demand", frame, raster.datum, source, QualityReport(raster.findings, len(frame), len(frame)))
    return cut_by_units(layer, units) if divided and units is not None else layer


def _crossed(corners: npt.NDArray[np.float64], crs: str, units: Layer) -> npt.NDArray[np.bool_]:
    """Cells that a border of units goes through, shape (cells,)."""
    shapes = np.array(units.frame.geometry.to_numpy(), dtype=object)
    lines = shapely.get_parts(shapely.boundary(shapes[shapely.get_dimensions(shapes) == 2]))  # noqa: PLR2004  # areas
    # Straight sides in degrees are bent in other systems: short ones are not.
    xy = [from_lonlat(crs, shapely.get_coordinates(shapely.segmentize(line, 0.01))) for line in lines]
    sides = np.concatenate([shapely.linestrings(np.stack([each[:-1], each[1:]], axis=1)) for each in xy])
    hit = shapely.STRtree(sides).query(shapely.polygons(corners), predicate="intersects")[0]
    out = np.zeros(len(corners), dtype=bool)
    out[hit] = True
    return out


def people_of_units(raster: PopulationRaster, units: Layer) -> tuple[pd.DataFrame, float]:
    """People of each unit on a raster, a cell on a border counted in part on both sides, and those in no unit.

    Parameters
    ----------
    raster
        Of :func:`geo.population_raster.read_population`.
    units
        Of one level; those without polygon have nobody known.

    Returns
    -------
    DataFrame
        ``unit_code``, ``people`` (NaN without polygon), by code.
    float
        People of the raster in no unit: all = those in units + these, where the units do not overlap.
    """
    frame = units.frame.sort_values("unit_code", kind="stable")
    shapes: npt.NDArray[np.object_] = np.array(frame.geometry.to_numpy(), dtype=object)
    known = shapely.get_dimensions(shapes) == 2  # noqa: PLR2004  # of polygons
    codes = frame["unit_code"].astype(str).to_numpy()
    if not has_polygons(units):
        return pd.DataFrame({"unit_code": codes, "people": np.nan}), raster.total
    found = people_on(raster, shapes)
    people = np.where(known, found.people, np.nan)
    return pd.DataFrame({"unit_code": codes, "people": people}), found.unallocated
