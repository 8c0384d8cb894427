"""What a datum is told by: roads, units or outlines of a known datum, and the places that are compared with them."""

from functools import cached_property

import numpy as np
import numpy.typing as npt
import shapely

from geo.crs import MetricCrs, metric_crs
from layers.layer import Layer

__all__ = ["LEAST_POINTS", "Reference", "is_area", "longest_ring", "row_points", "sampled"]

#: Fewer points tell nothing.
LEAST_POINTS = 8
_MOST_POINTS = 300

FloatArray = npt.NDArray[np.float64]


class Reference:
    """A layer of roads or of units whose datum is known, prepared for comparison.

    Parameters
    ----------
    layer
        Lines are roads, polygons are units or outlines.
    """

    def __init__(self, layer: Layer) -> None:
        frame = layer.frame[~(layer.frame.geometry.isna() | layer.frame.geometry.is_empty)]
        self.datum = layer.datum
        self.frame = frame.reset_index(drop=True)
        self.shapes = self.frame.geometry.to_numpy()
        self.is_roads = bool(len(self.shapes)) and bool((shapely.get_dimensions(self.shapes) == 1).all())

    @cached_property
    def metric(self) -> MetricCrs:
        """The metric system that distances are measured in."""
        return metric_crs(tuple(shapely.total_bounds(self.shapes)))

    @cached_property
    def flat(self) -> npt.NDArray[np.object_]:
        """The shapes in metres."""
        return np.asarray(shapely.transform(self.shapes, self.metric.forward), dtype=object)

    @cached_property
    def tree(self) -> shapely.STRtree:
        """Index of the lines in metres; of polygons, their outlines."""
        return shapely.STRtree(self.flat if self.is_roads else shapely.boundary(self.flat))

    def distance_m(self, xy: FloatArray) -> FloatArray:
        """Distance of places in metres to the nearest line or outline."""
        _, distance = self.tree.query_nearest(shapely.points(xy), return_distance=True, all_matches=False)
        return np.asarray(distance, dtype=np.float64)

    def claimed(self, layer: Layer) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.object_]]:
        """Rows that claim a unit of the reference by code or by a name that occurs once, and that unit's shape."""
        for column in ("unit_code", "name"):
            if column not in layer.frame or column not in self.frame:
                continue
            names = self.frame[column].astype("str")
            once = names[~names.duplicated(keep=False) & (names != "")]
            positions = {name: int(position) for position, name in once.items()}
            there = ~(layer.frame.geometry.isna() | layer.frame.geometry.is_empty).to_numpy()
            rows = [n for n, name in enumerate(layer.frame[column].astype("str")) if there[n] and name in positions]
            if len(rows) >= LEAST_POINTS or (rows and is_area(layer)):
                shapes = self.flat[[positions[str(layer.frame[column].iloc[n])] for n in rows]]
                return np.array(rows, dtype=np.int64), shapes
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=object)


def is_area(layer: Layer) -> bool:
    """Whether all shapes of a layer are areas."""
    shapes = layer.frame.geometry.dropna().to_numpy()
    return bool(len(shapes)) and bool((shapely.get_dimensions(shapes) == 2).all())  # noqa: PLR2004  # areas


def sampled(layer: Layer) -> FloatArray:
    """Up to 300 places of a layer in degrees, spread over its rows."""
    shapes = layer.frame.geometry.to_numpy()
    shapes = shapes[~(shapely.is_missing(shapes) | shapely.is_empty(shapes))]
    if len(shapes) and (shapely.get_dimensions(shapes) == 1).all():
        lonlat = shapely.get_coordinates(shapes)
    else:
        lonlat = shapely.get_coordinates(shapely.point_on_surface(shapes))
    # In order of place, so that the order of rows does not change the sample.
    lonlat = lonlat[np.lexsort(lonlat.T)]
    if len(lonlat) > _MOST_POINTS:
        lonlat = lonlat[np.linspace(0, len(lonlat) - 1, _MOST_POINTS).round().astype(np.int64)]
    return np.asarray(lonlat)


def row_points(layer: Layer, rows: npt.NDArray[np.int64]) -> FloatArray:
    """One place in degrees for each of some rows."""
    return np.asarray(shapely.get_coordinates(shapely.point_on_surface(layer.frame.geometry.to_numpy()[rows])))


def longest_ring(shape: shapely.Geometry) -> shapely.Geometry:
    """The longest line of a shape's outline."""
    parts = shapely.get_parts(shapely.boundary(shape))
    return parts[int(np.argmax(shapely.length(parts)))]
