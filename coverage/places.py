"""Where places lie: their unit."""

import numpy as np
import numpy.typing as npt

from layers.inside import has_polygons, unit_codes
from layers.layer import Layer

__all__ = ["units_of"]

FloatArray = npt.NDArray[np.float64]


def units_of(layer: Layer, lonlat: FloatArray, units: Layer | None) -> npt.NDArray[np.object_]:
    """Unit of each row of a layer: where it lies, or, where the units have no polygons, what the row declares.

    Parameters
    ----------
    layer
        Facilities or demand.
    lonlat
        Its places in degrees, shape (n, 2).
    units
        None: what the row declares.

    Returns
    -------
    ndarray of str objects, shape (n,)
        ``""`` for none, or for a code that the units do not have.
    """
    if units is not None and has_polygons(units):
        return unit_codes(lonlat, units)
    if "unit_code" not in layer.frame:
        return np.full(len(lonlat), "", dtype=object)
    declared = layer.frame["unit_code"].fillna("").astype(str)
    if units is not None:
        declared = declared.where(declared.isin(set(units.frame["unit_code"].astype(str))), "")
    codes: npt.NDArray[np.object_] = declared.to_numpy(dtype=object)
    return codes
