"""Which unit a place lies in."""

import numpy as np
import numpy.typing as npt
import shapely

from layers.layer import Layer

__all__ = ["has_polygons", "unit_codes"]

# Dimension of polygons.
_AREAL = 2

FloatArray = npt.NDArray[np.float64]


def unit_codes(lonlat: FloatArray, units: Layer) -> npt.NDArray[np.object_]:
    """Code of the unit that each place lies in, ``""`` where in none; on a shared border the smaller code.

    Parameters
    ----------
    lonlat
        Degrees, shape (n, 2).
    units
        Layer of units; those without a polygon hold nothing.

    Returns
    -------
    ndarray of str objects, shape (n,)
    """
    codes = units.frame["unit_code"].to_numpy(dtype=str)
    order = np.argsort(codes, kind="stable")
    polygons = units.frame.geometry.to_numpy()[order]
    polygons = np.where(shapely.get_dimensions(polygons) == _AREAL, polygons, None)
    out = np.full(len(lonlat), "", dtype=object)
    place, hit = shapely.STRtree(polygons).query(shapely.points(lonlat), predicate="intersects")
    first = np.lexsort((hit, place))
    place, index = np.unique(place[first], return_index=True)
    out[place] = codes[order][hit[first][index]]
    return out


def has_polygons(units: Layer | None) -> bool:
    """Whether places can be found in these units by where they lie."""
    return units is not None and bool((shapely.get_dimensions(units.frame.geometry.to_numpy()) == _AREAL).any())
