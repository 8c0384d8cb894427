"""Elevation rasters from a formula of place, in metres east and north of the origin of :mod:`tests.builders`."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import rasterio

from geo.crs import from_lonlat, metric_crs, to_lonlat
from tests.builders import ORIGIN

Floats = npt.NDArray[np.float64]
#: Height in metres at x, y in metres.
Height = Callable[[Floats, Floats], Floats]
METRIC = metric_crs((*ORIGIN, *ORIGIN)).name
BOX = (-2000.0, -2000.0, 3000.0, 3000.0)


def write_raster(
    target: Path,
    height: Height,
    *,
    crs: str = METRIC,
    cell: float = 30.0,
    box: tuple[float, float, float, float] = BOX,
    dtype: str = "float32",
    nodata: float | None = None,
    bands: int = 1,
) -> Path:
    """A GeoTIFF of the formula at the middle of each cell; ``cell`` is in units of the reference system.

    NaN of the formula is written as ``nodata``.
    """
    start = from_lonlat(METRIC, np.array([ORIGIN]))[0]
    corners = to_lonlat(METRIC, start + np.array([(box[i], box[j]) for i in (0, 2) for j in (1, 3)]))
    xy = from_lonlat(crs, corners)
    (west, south), (east, north) = xy.min(axis=0), xy.max(axis=0)
    # A last bit too much makes no further cell.
    columns, rows = (int(np.ceil(length / cell - 1e-4)) for length in (east - west, north - south))
    x, y = np.meshgrid(west + (np.arange(columns) + 0.5) * cell, north - (np.arange(rows) + 0.5) * cell)
    metres = from_lonlat(METRIC, to_lonlat(crs, np.column_stack([x.ravel(), y.ravel()]))) - start
    values = height(metres[:, 0], metres[:, 1]).reshape(rows, columns)
    if nodata is not None:
        values = np.where(np.isnan(values), nodata, values)
    profile: dict[str, Any] = {"driver": "GTiff", "width": columns, "height": rows, "count": bands, "dtype": dtype}
    place = {"crs": crs, "transform": rasterio.Affine(cell, 0.0, west, 0.0, -cell, north), "nodata": nodata}
    with rasterio.open(target, "w", **profile, **place) as dataset:
        for band in range(1, bands + 1):
            dataset.write(values.astype(dtype), band)
    return target


def plane(slope_east: float, slope_north: float = 0.0, base: float = 500.0) -> Height:
    """A tilted plane."""
    return lambda x, y: base + slope_east * x + slope_north * y
