"""Demand from a population raster: each cell with people is a place, at its middle."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.crs import WGS84
from geo.population_raster import Measure, PopulationRaster, people_on, read_population
from geo.raster import is_geotiff
from geo.sniff import local_file
from layers.inside import has_polygons
from layers.layer import Layer, QualityReport, Source
from layers.options import USUAL, ReadOptions

__all__ = ["from_raster", "is_raster", "people_of_units", "people_options"]


def is_raster(path: Path, kind: str) -> bool:
    """Whether a file is a raster that can be read as a layer of a kind."""
    return kind == "demand" and is_geotiff(local_file(path))


def people_options(path: Path, units: Layer | None, measure: Measure) -> ReadOptions:
    """How the people of a study are read: of a raster those around its units, if it has any with land."""
    if units is None or not has_polygons(units) or not is_raster(path, "demand"):
        return ReadOptions(raster_unit=measure)
    west, south, east, north = (float(value) for value in units.frame.total_bounds)
    return ReadOptions(raster_unit=measure, area=(west, south, east, north))


def from_raster(path: Path, options: ReadOptions = USUAL) -> Layer:
    """Demand of a GeoTIFF.

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
    frame = gpd.GeoDataFrame(table, geometry=shapely.points(lonlat), crs=WGS84)
    source = Source(raster.file, raster.sha256, crs=raster.crs, datum_read=raster.datum, datum_known="file")
    return Layer("demand", frame, raster.datum, source, QualityReport(raster.findings, len(frame), len(frame)))


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
