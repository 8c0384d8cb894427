"""GeoTIFFs read safely, and heights from them, asked for at places in degrees.

rasterio brings a GDAL of its own and is not installed with the rest; it is imported when a raster is asked for.
"""

import math
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyproj

from geo.crs import GEOD, check_way_to_wgs84, from_lonlat, to_lonlat
from geo.errors import CrsError, DataError, FileError, naming
from geo.sniff import file_sha256, foreign_errors, local_file

__all__ = ["MOST_CELLS", "Raster", "Six", "cells_of", "crs_of", "is_geotiff", "opened", "read_elevation"]

FloatArray = npt.NDArray[np.float64]
Six = tuple[float, float, float, float, float, float]

#: Most cells that are held at once: 256 MB. A county of 100 km by 100 km in cells of 30 m has 11 million.
MOST_CELLS = 64 * 2**20
#: Heights outside this range, in metres, are none of the Earth's ground: marks for "no data" that nobody declared.
LOWEST_M, HIGHEST_M = -500.0, 9000.0
_METRES = frozenset({"", "m", "metre", "metres", "meter", "meters"})
# Cells around the roads that are read too, for the heights between them.
_MARGIN = 2
_TIFF_STARTS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")


@dataclass(frozen=True, eq=False)
class Raster:
    """Heights on a grid of cells.

    Parameters
    ----------
    height_m
        Of the middle of each cell, NaN where there is none, shape (rows, columns).
    to_cell
        Six numbers a, b, c, d, e, f: column = a x + b y + c, row = d x + e y + f, counted from the corner of the grid.
    crs
        Reference system of x and y, as an authority code or as WKT.
    cell_m
        Length of the longer side of a cell on the ground, in metres.
    file, sha256
        Name without folders, and hash of the bytes.
    """

    height_m: npt.NDArray[np.float32]
    to_cell: Six
    crs: str
    cell_m: float
    file: str
    sha256: str

    def at(self, lonlat: FloatArray) -> FloatArray:
        """Height at places, between the cells in proportion to the distance (bilinear).

        Parameters
        ----------
        lonlat
            Degrees, shape (n, 2).

        Returns
        -------
        ndarray of float64, shape (n,)
            Metres; NaN outside the grid and next to a cell without height.
        """
        xy = from_lonlat(self.crs, lonlat)
        column, row = cells_of(self.to_cell, xy)
        rows, columns = self.height_m.shape
        # Not finite: the place is beyond what the raster's reference system can express.
        inside = (column >= 0) & (column <= columns) & (row >= 0) & (row <= rows)
        out = np.full(len(lonlat), np.nan)
        left, west_share = _neighbour(column[inside], columns)
        top, north_share = _neighbour(row[inside], rows)
        height = np.zeros(len(left))
        for down, by_row in ((0, north_share), (1, 1 - north_share)):
            for right, by_column in ((0, west_share), (1, 1 - west_share)):
                weight = by_row * by_column
                cell = self.height_m[np.minimum(top + down, rows - 1), np.minimum(left + right, columns - 1)]
                height += np.where(weight > 0, cell * weight, 0.0)
        out[inside] = height
        return out


def cells_of(to_cell: Six, xy: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Column and row, counted in cells from the corner of the grid, of places in the raster's system."""
    a, b, c, d, e, f = to_cell
    return a * xy[:, 0] + b * xy[:, 1] + c, d * xy[:, 0] + e * xy[:, 1] + f


def _neighbour(position: FloatArray, count: int) -> tuple[npt.NDArray[np.int64], FloatArray]:
    """Cell whose middle is before a position counted in cells, and its weight beside the next one."""
    middle = np.clip(position - 0.5, 0, count - 1)
    before = np.floor(middle).astype(np.int64)
    return before, 1 - (middle - before)


def read_elevation(path: Path, bounds: tuple[float, float, float, float]) -> Raster:
    """Read the part of an elevation GeoTIFF that lies around some roads.

    Parameters
    ----------
    path
        A local file with one band of metres, in any reference system.
    bounds
        West, south, east, north of the roads in degrees.

    Raises
    ------
    FileError
        When the file is no GeoTIFF (a VRT is none, whatever its name), or damaged; when rasterio is not installed.
    DataError
        When it has more than one band, or not metres; when it lies elsewhere; when the part has too many cells.
    CrsError
        When it declares no reference system, or one without a public way to WGS 84.
    """
    file = local_file(path)
    if not is_geotiff(file):
        raise FileError("not_a_geotiff", file=file.name)
    with opened(file) as dataset:
        if dataset.count != 1 or np.dtype(dataset.dtypes[0]).kind not in "iuf":
            raise DataError("not_elevation", file=file.name, bands=dataset.count, type=dataset.dtypes[0])
        unit = (dataset.units[0] or "").strip().lower()
        if unit not in _METRES:
            raise DataError("elevation_unit", file=file.name, unit=unit)
        name = crs_of(dataset, file.name).to_string()
        to_cell = tuple(~dataset.transform)[:6]
        window = _window(dataset, to_cell, from_lonlat(name, _places_in(bounds)), file.name)
        height_m = _heights(dataset, window)
    a, b, c, d, e, f = to_cell
    to_cell = (a, b, c - window[0][0], d, e, f - window[1][0])
    return Raster(height_m, to_cell, name, _cell_m(to_cell, name, height_m.shape), file.name, file_sha256([file]))


def is_geotiff(file: Path) -> bool:
    """Whether a file begins as a TIFF, whatever it is called."""
    with foreign_errors(file.name, code="file_unreadable"), file.open("rb") as handle:
        return handle.read(4).startswith(_TIFF_STARTS)


def crs_of(dataset: Any, file: str) -> pyproj.CRS:  # noqa: ANN401  # rasterio has no types
    """The reference system of places in an open raster.

    Raises
    ------
    CrsError
        When it declares none, or one without a public way to WGS 84.
    """
    if dataset.crs is None:
        raise CrsError("no_crs", file=file)
    crs = pyproj.CRS.from_wkt(dataset.crs.to_wkt())
    crs = crs.sub_crs_list[0] if crs.is_compound else crs
    with naming(file):
        check_way_to_wgs84(crs)
    return crs


@contextmanager
def opened(file: Path) -> Iterator[Any]:
    """The file as GDAL's own GeoTIFF driver sees it, without the files beside it."""
    try:
        import rasterio  # noqa: PLC0415  # an extra: not everybody has it, nor needs it
        from rasterio.errors import NotGeoreferencedWarning  # noqa: PLC0415
    except ImportError:
        raise FileError("raster_reader_missing", file=file.name) from None
    alone = {"GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR", "GDAL_PAM_ENABLED": "NO"}
    with foreign_errors(file.name), rasterio.Env(**alone), warnings.catch_warnings():
        # Said by an error of ours.
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        with rasterio.open(file, driver="GTiff") as dataset:
            yield dataset


def _places_in(bounds: tuple[float, float, float, float]) -> FloatArray:
    """A grid of places over the bounds, because straight sides may be bent in the raster's system, shape (n, 2)."""
    west, south, east, north = bounds
    x, y = np.meshgrid(np.linspace(west, east, 21), np.linspace(south, north, 21))
    return np.column_stack([x.ravel(), y.ravel()])


def _window(
    dataset: Any,  # noqa: ANN401  # rasterio has no types
    to_cell: Six,
    around: FloatArray,
    file: str,
) -> tuple[tuple[int, int], tuple[int, int]]:
    """First and last column, first and last row of the part around some places in the raster's system."""
    out = []
    around = around[np.isfinite(around).all(axis=1)]
    for cells, size in zip(cells_of(to_cell, around), (dataset.width, dataset.height), strict=True):
        first = max(0, math.floor(cells.min()) - _MARGIN) if len(cells) else size
        last = min(size, math.ceil(cells.max()) + _MARGIN) if len(cells) else 0
        if first >= last:
            raise DataError("elevation_elsewhere", file=file)
        out.append((first, last))
    columns, rows = out
    cells_read = (columns[1] - columns[0]) * (rows[1] - rows[0])
    if cells_read > MOST_CELLS:
        raise DataError("elevation_too_fine", file=file, cells=cells_read // 10**6, most=MOST_CELLS // 10**6)
    return columns, rows


def _heights(dataset: Any, window: tuple[tuple[int, int], tuple[int, int]]) -> npt.NDArray[np.float32]:  # noqa: ANN401
    """Metres, NaN where the file says that there is no height, or says what cannot be one."""
    columns, rows = window
    stored = dataset.read(1, window=(rows, columns), masked=True)
    with np.errstate(invalid="ignore", over="ignore"):
        height_m = stored.astype(np.float32).filled(np.nan) * np.float32(dataset.scales[0])
        height_m += np.float32(dataset.offsets[0])
        height_m[~((height_m >= LOWEST_M) & (height_m <= HIGHEST_M))] = np.nan
    return np.ascontiguousarray(height_m)


def _cell_m(to_cell: Six, crs: str, shape: tuple[int, ...]) -> float:
    """Length of the longer side of the middle cell, on the ellipsoid."""
    a, b, c, d, e, f = to_cell
    forward = np.linalg.inv(np.array([[a, b, c], [d, e, f], [0, 0, 1]]))
    row, column = shape[0] / 2, shape[1] / 2
    corners = np.array([[column, row, 1.0], [column + 1, row, 1.0], [column, row + 1, 1.0]]) @ forward.T
    lon, lat = to_lonlat(crs, corners[:, :2]).T
    _, _, sides_m = GEOD.inv(lon[[0, 0]], lat[[0, 0]], lon[1:], lat[1:])
    return float(np.max(sides_m))
