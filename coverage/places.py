"""Where places lie: their unit, and whether the edge of the road data may change their answer."""

import numpy as np
import numpy.typing as npt
import shapely

from coverage.snap import Snapper
from layers.layer import Layer

__all__ = ["near_edge_of_roads", "unit_codes"]

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]


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
    out = np.full(len(lonlat), "", dtype=object)
    place, hit = shapely.STRtree(polygons).query(shapely.points(lonlat), predicate="intersects")
    first = np.lexsort((hit, place))
    place, index = np.unique(place[first], return_index=True)
    out[place] = codes[order][hit[first][index]]
    return out


def near_edge_of_roads(lonlat: FloatArray, snapper: Snapper, reach_m: float) -> BoolArray:
    """Whether roads beyond the edge of the data could change the answer of each place.

    The edge is the convex hull of the usable roads. A bay in their outline is not seen: whether nobody drew the roads there
    or there are none cannot be told from the data.

    Parameters
    ----------
    lonlat
        Degrees, shape (n, 2).
    snapper
        The network as the profile uses it.
    reach_m
        How far one travels within the largest minutes.
    """
    network = snapper.network
    ends = np.concatenate([network.u[snapper.usable.edges], network.v[snapper.usable.edges]])
    inner = np.repeat(snapper.usable.edges, np.diff(network.offsets))
    if not len(ends):
        return np.ones(len(lonlat), dtype=bool)
    hull = shapely.convex_hull(shapely.multipoints(network.xy[inner]))
    points = shapely.points(network.crs.forward(lonlat))
    edge = hull.exterior if isinstance(hull, shapely.Polygon) else hull
    shapely.prepare(hull)
    near: BoolArray = ~shapely.covers(hull, points) | (shapely.distance(edge, points) <= reach_m)
    return near
