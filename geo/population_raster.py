"""People on a raster: what each cell holds, without marks for no data, and how many live on a piece of land.

A cell holds people, or people per square kilometre: the second is turned into the first with the area that the cell has
on the ellipsoid. What the file adds up to is kept, so that nobody is lost on the way.
"""

import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from geo.area import ring_areas_m2
from geo.crs import from_lonlat, on_cgcs2000, to_lonlat
from geo.errors import CrsError, DataError, FileError
from geo.findings import Finding
from geo.raster import Six, cells_of, crs_of, opened
from geo.sniff import file_sha256, local_file

__all__ = ["MEASURES", "Measure", "PeopleOn", "PopulationRaster", "people_on", "read_population"]

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
ShapeArray = npt.NDArray[np.object_]

#: What a cell holds; ``auto``: as the file says, else people.
Measure = Literal["auto", "people", "per_km2"]
MEASURES: tuple[Measure, ...] = ("auto", "people", "per_km2")
#: Most cells that are held at once: 128 MB. A prefecture of 400 km by 400 km has as many of 100 m.
MOST_CELLS = 16 * 2**20
#: Nobody ever counted more people on a square kilometre; denser cells of 100 m and more are marks for no data.
MOST_PER_KM2 = 2e6
_LEAST_KM2 = 0.01
# Kinds of whole numbers whose largest is used as a mark; 255 of eight bits may well be people.
_MARK_BITS = 16
_COUNTS = frozenset({"", "people", "persons", "person", "count", "pop", "population", "人", "人数", "people/cell"})
_PER_KM2 = re.compile(r"(/|per|每)?(sq|square)?\.?(km|kilomet(er|re)s?|公里|千米)(2|²|\^2|\*\*2|-2|\^-2)|"
                      r"平方(公里|千米)|(sq|square)\.?(km|kilomet)")  # fmt: skip
_DENSITY = re.compile(r"(^|[_\-. ])(pd|popd|density|popden)([_\-. ]|$)|density|密度", re.IGNORECASE)
# Lines of cells whose areas are worked out one by one; between them areas change so little that a straight line does.
_AREA_LINES = 129


@dataclass(frozen=True, eq=False)
class PopulationRaster:
    """People on a grid of cells.

    Parameters
    ----------
    people
        In each cell, 0 where there are none or none are known, shape (rows, columns).
    first
        Row and column of its first cell in the file, counted from 0.
    to_xy
        Six numbers a, b, c, d, e, f: x = a column + b row + c, y = d column + e row + f, from the corner of ``people``.
    crs
        Reference system of x and y, as an authority code or as WKT.
    datum
        ``wgs84`` or ``cgcs2000``.
    measure
        What the file held.
    left_out
        People of the file outside the part that was read; None: the file is too large to know.
    file, sha256
        Name without folders, and hash of the bytes.
    findings
        What was taken for what.
    """

    people: FloatArray
    first: tuple[int, int]
    to_xy: Six
    crs: str
    datum: str
    measure: Measure
    left_out: float | None
    file: str
    sha256: str
    findings: tuple[Finding, ...]

    @property
    def total(self) -> float:
        """People in all cells that were read."""
        return math.fsum(self.people.ravel())

    def inhabited(self) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], FloatArray]:
        """Row and column in the file of each cell with people, from the first row on, and its middle in degrees.

        Raises
        ------
        CrsError
            When a cell with people lies beyond what its reference system can express.
        """
        row, column = np.nonzero(self.people > 0)
        a, b, c, d, e, f = self.to_xy
        x, y = a * (column + 0.5) + b * (row + 0.5) + c, d * (column + 0.5) + e * (row + 0.5) + f
        lonlat = to_lonlat(self.crs, np.column_stack([x, y]))
        if not (np.isfinite(lonlat) & (np.abs(lonlat) <= (180, 90))).all():
            raise CrsError("outside_crs", crs=self.crs, file=self.file)
        return row + self.first[0], column + self.first[1], lonlat

    def corners(self, row: npt.NDArray[np.int64], column: npt.NDArray[np.int64]) -> FloatArray:
        """Corners of cells of the file in its own system, closed, shape (n, 5, 2); neighbours have the same ones."""
        a, b, c, d, e, f = self.to_xy
        down = (row - self.first[0])[:, None] + np.array([0, 0, 1, 1, 0])
        along = (column - self.first[1])[:, None] + np.array([0, 1, 1, 0, 0])
        return np.stack([a * along + b * down + c, d * along + e * down + f], axis=2)


def read_population(
    path: Path, *, measure: Measure = "auto", area: tuple[float, float, float, float] | None = None
) -> PopulationRaster:
    """Read a population GeoTIFF.

    No data is what the file declares, what is no finite number, and what can be no number of people: below 0, the
    largest number of its type, or denser than anybody ever counted.

    Parameters
    ----------
    path
        A local file with one band of people, in any reference system.
    measure
        What a cell holds.
    area
        West, south, east, north in degrees: only these cells are read, and what others hold is told.

    Raises
    ------
    FileError
        When the file is damaged, or rasterio is not installed.
    DataError
        When it has more than one band, another unit, nobody in it, or too many cells; when it lies elsewhere.
    CrsError
        When it declares no reference system, or one without a public way to WGS 84.
    """
    file = local_file(path)
    with opened(file) as dataset:
        kind = np.dtype(dataset.dtypes[0])
        if dataset.count != 1 or kind.kind not in "iuf":
            raise DataError("not_population", file=file.name, bands=dataset.count, type=dataset.dtypes[0])
        held, findings = _measure_of(dataset, file.name, measure)
        crs = crs_of(dataset, file.name)
        name, shape = crs.to_string(), (dataset.height, dataset.width)
        to_xy: Six = tuple(dataset.transform)[:6]
        rows, columns = (0, shape[0]), (0, shape[1])
        if area is not None:
            rows, columns = _window(tuple(~dataset.transform)[:6], shape, name, area, file.name)
        whole = shape[0] * shape[1] <= MOST_CELLS
        if (rows[1] - rows[0]) * (columns[1] - columns[0]) > MOST_CELLS:
            raise DataError("population_too_fine", file=file.name, cells=shape[0] * shape[1] // 10**6,
                            most=MOST_CELLS // 10**6)  # fmt: skip
        read = ((0, shape[0]), (0, shape[1])) if whole else (rows, columns)
        stored = dataset.read(1, window=read, masked=True)
        scale, offset = float(dataset.scales[0]), float(dataset.offsets[0])
    first = (read[0][0], read[1][0])
    people, marks = _people(stored, kind, (scale, offset), _cell_km2(_moved(to_xy, first), name, stored.shape), held)
    cut = (slice(rows[0] - first[0], rows[1] - first[0]), slice(columns[0] - first[1], columns[1] - first[1]))
    inside = people[cut]
    total, kept = math.fsum(people.ravel()), math.fsum(inside.ravel())
    if not kept > 0:
        raise DataError("nobody_on_raster", file=file.name)
    left = total - kept if whole else None
    findings = (*_told(inside, held, kept, left), *findings, *marks)
    start = (rows[0], columns[0])
    datum = "cgcs2000" if on_cgcs2000(crs) else "wgs84"
    return PopulationRaster(
        inside, start, _moved(to_xy, start), name, datum, held, left, file.name, file_sha256([file]), findings
    )


def _told(people: FloatArray, held: Measure, kept: float, left: float | None) -> tuple[Finding, ...]:
    facts = {"cells": int((people > 0).sum()), "people": f"{kept:.12g}", "measure": held}
    out = [Finding("raster_read", "info", facts=facts)]
    if left is None:
        out.append(Finding("raster_part_read", "warn", facts={"people": f"{kept:.12g}"}))
    elif left > 0:
        facts = {"total": f"{kept + left:.12g}", "allocated": f"{kept:.12g}", "left": f"{left:.12g}"}
        out.append(Finding("raster_cut", "warn", facts=facts))
    return tuple(out)


def _measure_of(dataset: Any, file: str, said: Measure) -> tuple[Measure, tuple[Finding, ...]]:  # noqa: ANN401
    """What a cell holds: as the user says, as its unit says, as its names hint, else people."""
    if said != "auto":
        return said, ()
    unit = "".join((dataset.units[0] or "").casefold().split())
    if unit and _PER_KM2.search(unit):
        return "per_km2", ()
    if unit not in _COUNTS:
        raise DataError("population_unit", file=file, unit=dataset.units[0])
    names = f"{Path(file).stem} {dataset.descriptions[0] or ''}"
    if not unit and _DENSITY.search(names):
        return "per_km2", (Finding("raster_taken_as_density", "warn"),)
    return "people", () if unit else (Finding("raster_taken_as_people", "warn"),)


def _moved(to_xy: Six, first: tuple[int, int]) -> Six:
    """The six numbers counted from another cell, given as row and column."""
    a, b, c, d, e, f = to_xy
    row, column = first
    return a, b, a * column + b * row + c, d, e, d * column + e * row + f


def _window(
    to_cell: Six, shape: tuple[int, int], crs: str, area: tuple[float, float, float, float], file: str
) -> tuple[tuple[int, int], tuple[int, int]]:
    """First and last row, first and last column of the cells that touch an area in degrees."""
    west, south, east, north = area
    x, y = np.meshgrid(np.linspace(west, east, 21), np.linspace(south, north, 21))
    around = from_lonlat(crs, np.column_stack([x.ravel(), y.ravel()]))
    around = around[np.isfinite(around).all(axis=1)]
    out = []
    for cells, size in zip(cells_of(to_cell, around), (shape[1], shape[0]), strict=True):
        first = max(0, math.floor(cells.min())) if len(cells) else size
        last = min(size, math.ceil(cells.max())) if len(cells) else 0
        if first >= last:
            raise DataError("population_elsewhere", file=file)
        out.append((first, last))
    return out[1], out[0]


def _people(
    stored: Any,  # noqa: ANN401  # a masked array of any type
    kind: npt.DTypeLike,
    scaling: tuple[float, float],
    km2: FloatArray,
    held: Measure,
) -> tuple[FloatArray, tuple[Finding, ...]]:
    """People in each cell, 0 where none are known, and marks for no data that the file does not declare."""
    hidden = np.ma.getmaskarray(stored)
    raw = np.ma.getdata(stored)
    number = raw.astype(np.float64)
    with np.errstate(invalid="ignore", over="ignore"):
        value = number * scaling[0] + scaling[1]
        people = value * km2 if held == "per_km2" else value
        impossible = (value < 0) | (people > MOST_PER_KM2 * np.maximum(km2, _LEAST_KM2))
    sort = np.dtype(kind)
    if sort.kind in "iu" and sort.itemsize * 8 >= _MARK_BITS:
        impossible |= raw == np.iinfo(sort).max
    known = ~hidden & np.isfinite(people)
    marks = known & impossible
    findings: tuple[Finding, ...] = ()
    if marks.any():
        shown = ", ".join(f"{one:g}" for one in np.unique(number[marks])[:3])
        findings = (Finding("raster_marks", "warn", facts={"count": int(marks.sum()), "values": shown}),)
    return np.where(known & ~impossible, people, 0.0), findings


def _cell_km2(to_xy: Six, crs: str, shape: tuple[int, ...]) -> FloatArray:
    """Area of each cell on the ellipsoid in km², shape (rows, columns)."""
    lines = [np.unique(np.linspace(0, size - 1, min(size, _AREA_LINES)).round()) for size in shape]
    row, column = (grid.ravel() for grid in np.meshgrid(*lines, indexing="ij"))
    a, b, c, d, e, f = to_xy
    corner_row = (row[:, None] + np.array([0, 0, 1, 1, 0])).ravel()
    corner_column = (column[:, None] + np.array([0, 1, 1, 0, 0])).ravel()
    xy = np.column_stack([a * corner_column + b * corner_row + c, d * corner_column + e * corner_row + f])
    lonlat = to_lonlat(crs, xy)
    # Beyond the edge of the world some systems have cells too; nobody lives there, but they stand beside others.
    nowhere = ~np.isfinite(lonlat).all(axis=1)
    lonlat[nowhere] = 0.0
    area = np.abs(ring_areas_m2(lonlat, np.full(len(row), 5))) / 1e6
    area[nowhere.reshape(-1, 5).any(axis=1)] = abs(a * e - b * d) / 1e6
    area = area.reshape(len(lines[0]), len(lines[1]))
    down, along = (_between(line, size) for line, size in zip(lines, shape, strict=True))
    out: FloatArray = down @ area @ along.T
    return out


def _between(lines: FloatArray, size: int) -> FloatArray:
    """Weights that take numbers at some lines to all of them, in proportion to the distance, shape (size, lines)."""
    return np.column_stack([np.interp(np.arange(size), lines, weight) for weight in np.eye(len(lines))])


@dataclass(frozen=True, eq=False)
class PeopleOn:
    """People on pieces of land.

    Parameters
    ----------
    people
        On each; land of several counts in each of them, shape (n,).
    total
        On the raster.
    allocated
        On all of them together, land of several counted once.
    """

    people: FloatArray
    total: float
    allocated: float

    @property
    def unallocated(self) -> float:
        """On none of them."""
        return self.total - self.allocated


def people_on(raster: PopulationRaster, land: ShapeArray) -> PeopleOn:
    """How many live on pieces of land, a cell that lies partly inside counted in part.

    Parameters
    ----------
    raster
        Of :func:`read_population`.
    land
        Polygons in degrees; others and None have nobody, shape (n,).

    Raises
    ------
    FileError
        When exactextract is not installed.
    DataError
        When the raster is turned.

    Examples
    --------
    >>> raster = PopulationRaster(np.array([[10.0, 20.0]]), (0, 0), (0.01, 0.0, 114.0, 0.0, -0.01, 30.0), "EPSG:4326",
    ...                           "wgs84", "people", 0.0, "a.tif", "", ())
    >>> half = people_on(raster, np.array([shapely.box(114.0, 29.0, 114.015, 31.0)], dtype=object))
    >>> half.people.round(6).tolist(), round(half.unallocated, 6)
    ([20.0], 10.0)
    """
    try:
        from exactextract import exact_extract  # noqa: PLC0415  # an extra: not everybody has it, nor needs it
        from exactextract.raster import NumPyRasterSource  # noqa: PLC0415
    except ImportError:
        raise FileError("raster_reader_missing", file=raster.file) from None
    a, b, c, d, e, f = raster.to_xy
    if b or d or a <= 0 or e >= 0:
        raise DataError("raster_turned", file=raster.file)
    rows, columns = raster.people.shape
    crs = gpd.GeoSeries([], crs=raster.crs).crs
    source = NumPyRasterSource(raster.people, c, f + e * rows, c + a * columns, f, srs_wkt=crs.to_wkt())
    areal = np.flatnonzero(shapely.get_dimensions(land) == 2)  # noqa: PLR2004  # of polygons
    pieces = [*land[areal], shapely.union_all(land[areal])]
    # Straight sides in degrees are bent in other systems: short ones are not.
    bent = shapely.transform(shapely.segmentize(pieces, 0.01), lambda xy: from_lonlat(raster.crs, xy))
    found = exact_extract(source, gpd.GeoDataFrame(geometry=bent, crs=crs), ["sum"], output="pandas")
    sums = np.nan_to_num(found["sum"].to_numpy(dtype=np.float64))
    people = np.zeros(len(land))
    people[areal] = sums[:-1]
    return PeopleOn(people, raster.total, float(sums[-1]))
