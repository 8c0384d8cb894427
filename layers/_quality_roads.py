"""What is doubtful beside the roads: places far from any, places on a small island, extents that do not meet."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from geo.crs import geodesic_m
from geo.findings import Finding
from layers.layer import Layer

__all__ = ["beside", "extents"]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

#: Metres. A place farther from any road is not reached by one, or the road is missing.
FAR_M = 500.0
#: Junctions and ends; a network of fewer is an island if there is a larger one.
ISLAND_NODES = 50
# Vertices that agree to that many decimals of a degree, about a centimetre, are one.
_DECIMALS = 7
# Degrees around the extent of a layer within which roads are looked at.
_AROUND = 0.05
_MOST_OUTSIDE = 0.5
# Degrees, about FAR_M: so far beyond the last road a place is still beside it.
_BESIDE = 0.005


def beside(layer: Layer, lonlat: FloatArray, roads: Layer) -> Iterator[Finding]:
    """Places that are far from any road that one may walk, or on an island of the network."""
    apart = list(extents(layer, roads))
    yield from apart
    known = np.flatnonzero(np.isfinite(lonlat).all(axis=1))
    if len(known) == 0 or any(finding.code == "extents_apart" for finding in apart):
        return
    lines = _walkable(roads)
    component, nodes = _components(lines)
    box = shapely.box(*(lonlat[known].min(axis=0) - _AROUND), *(lonlat[known].max(axis=0) + _AROUND))
    near = np.flatnonzero(shapely.intersects(lines, box))
    if len(near) == 0:
        return
    nearest, away_m = _nearest(lonlat[known], lines[near])
    mainland = bool((nodes >= ISLAND_NODES).any())
    rows = layer.frame["row"].tolist()
    for position, line, metres in zip(known, near[nearest], away_m, strict=True):
        row = int(rows[position])
        if metres > FAR_M:
            yield Finding(
                "far_from_road", "warn", row=row, facts={"metres": f"{metres:.0f}", "limit_m": f"{FAR_M:.0f}"}
            )
        elif mainland and nodes[component[line]] < ISLAND_NODES:
            yield Finding("on_road_island", "warn", row=row, facts={"nodes": int(nodes[component[line]])})


def extents(layer: Layer, roads: Layer) -> Iterator[Finding]:
    """Whether a layer lies where the roads are: not at all, or for the most part not."""
    west, south, east, north = roads.frame.total_bounds
    boxes = shapely.box(west - _BESIDE, south - _BESIDE, east + _BESIDE, north + _BESIDE)
    shapes = layer.frame.geometry.to_numpy()
    present = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    if not present.any():
        return
    if (shapely.get_dimensions(shapes[present]) == 2).all():  # noqa: PLR2004  # polygons by their land, others by count
        whole = shapely.area(shapes[present]).sum()
        outside = 1 - shapely.area(shapely.intersection(shapes[present], boxes)).sum() / whole
    else:
        outside = 1 - float(shapely.intersects(shapes[present], boxes).mean())
    share = f"{outside:.0%}"
    if outside >= 1:
        yield Finding("extents_apart", "warn", facts={"file": layer.source.file, "roads": roads.source.file})
    elif outside > _MOST_OUTSIDE:
        yield Finding("extents_differ", "warn", facts={"file": layer.source.file, "share": share})


def _walkable(roads: Layer) -> npt.NDArray[np.object_]:
    frame = roads.frame
    barred = frame["no_foot"].to_numpy(dtype=bool) if "no_foot" in frame else np.zeros(len(frame), dtype=bool)
    shapes: npt.NDArray[np.object_] = frame.geometry.to_numpy()
    return shapes[~barred] if not barred.all() else shapes


def _components(lines: npt.NDArray[np.object_]) -> tuple[IntArray, IntArray]:
    """Connected part of each line, and junctions and ends of each part; lines connect where they share a vertex."""
    coordinates, owner = shapely.get_coordinates(lines, return_index=True)
    _, vertex = np.unique(np.round(coordinates * 10**_DECIMALS).astype(np.int64), axis=0, return_inverse=True)
    vertex = vertex.reshape(-1)
    along = np.flatnonzero((owner[1:] == owner[:-1]) & (vertex[1:] != vertex[:-1]))
    start, end = vertex[along], vertex[along + 1]
    count = int(vertex.max()) + 1 if len(vertex) else 0
    graph = coo_array((np.ones(len(start), dtype=np.int8), (start, end)), shape=(count, count))
    parts, of_vertex = connected_components(graph, directed=False)
    pairs = np.unique(np.column_stack([np.minimum(start, end), np.maximum(start, end)]), axis=0)
    degree = np.bincount(pairs.reshape(-1), minlength=count)
    nodes = np.bincount(of_vertex[degree != 2], minlength=parts)  # noqa: PLR2004
    first = np.searchsorted(owner, np.arange(len(lines)))
    return of_vertex[vertex[first]].astype(np.int64), nodes.astype(np.int64)


def _nearest(lonlat: FloatArray, lines: npt.NDArray[np.object_]) -> tuple[IntArray, FloatArray]:
    """Nearest line of each place and the metres to it; degrees of longitude are shortened so that both axes agree."""
    scale = np.array([np.cos(np.radians(float(np.median(lonlat[:, 1])))), 1.0])
    level = shapely.transform(lines, lambda points: points * scale)
    points = shapely.points(lonlat * scale)
    place, line = shapely.STRtree(level).query_nearest(points, all_matches=False)
    order = np.argsort(place, kind="stable")
    line = line[order]
    legs = shapely.get_coordinates(shapely.shortest_line(points, level[line])).reshape(-1, 2, 2) / scale
    return line.astype(np.int64), geodesic_m(legs[:, 0], legs[:, 1])
