"""The main roads around a study as a small GeoJSON, for a map that must carry its base map with it."""

import json
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from coverage.network import Network
from reports.look import road_rank

__all__ = ["MOST_LINES", "MOST_VERTICES", "main_roads"]

#: What one file carries at most; a vertex takes some twenty bytes.
MOST_LINES = 5_000
MOST_VERTICES = 60_000
#: How far a drawn road may lie from the real one, in metres: one pixel at zoom 14.
_TOLERANCE_M = 8.0
#: Pieces shorter than this are not drawn, in metres: crossings, slip roads.
_SHORTEST_M = 100.0
#: Roads are drawn this far around the study, as a share of its size.
_MARGIN = 0.35


def main_roads(network: Network, bounds: tuple[float, float, float, float]) -> dict[str, Any]:
    """Roads as one MultiLineString for each importance, the most important last (so that it is drawn on top).

    Important roads come first into the file, in an importance the long ones; the rest stays out once the file is full.

    Parameters
    ----------
    network
        Its edges are drawn, joined to long lines.
    bounds
        West, south, east, north of the study, in degrees.

    Returns
    -------
    dict
        FeatureCollection in EPSG:4326 with five decimals; each feature has ``rank``.
    """
    window = _window(network, bounds)
    lines = network.lines
    ranks = np.array([road_rank(value) for value in network.ways["highway"]])[network.way]
    near = shapely.intersects(lines, shapely.box(*window))
    features: list[dict[str, Any]] = []
    lines_left, vertices_left = MOST_LINES, MOST_VERTICES
    for rank in sorted(np.unique(ranks[near]).tolist(), reverse=True):
        own = _joined(lines[near & (ranks == rank)], window)
        kept = own[: min(lines_left, int(np.searchsorted(_running_vertices(own), vertices_left, side="right")))]
        if len(kept):
            shape = shapely.transform(shapely.multilinestrings(kept), network.crs.inverse)
            features.insert(0, _feature(shape, rank))
        lines_left, vertices_left = lines_left - len(kept), vertices_left - int(shapely.get_num_coordinates(kept).sum())
        if len(kept) < len(own):
            break
    return {"type": "FeatureCollection", "features": features}


def _window(network: Network, bounds: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    """The study and some land around it, in metres."""
    west, south, east, north = bounds
    corners = np.array([[west, south], [west, north], [east, south], [east, north]])
    low, high = network.crs.forward(corners).min(axis=0), network.crs.forward(corners).max(axis=0)
    margin = _MARGIN * (high - low)
    return (*(low - margin).tolist(), *(high + margin).tolist())


def _joined(lines: NDArray[np.object_], window: tuple[float, float, float, float]) -> NDArray[np.object_]:
    """Edges joined to lines, cut at the window, simplified; the longest first."""
    cut = shapely.clip_by_rect(shapely.line_merge(shapely.multilinestrings(lines)), *window)
    parts = shapely.get_parts(shapely.simplify(shapely.get_parts(cut), _TOLERANCE_M))
    length_m = shapely.length(parts)
    order = np.argsort(-length_m, kind="stable")
    return parts[order[length_m[order] >= _SHORTEST_M]]


def _running_vertices(lines: NDArray[np.object_]) -> NDArray[np.int64]:
    return np.cumsum(shapely.get_num_coordinates(lines), dtype=np.int64)


def _feature(shape: shapely.Geometry, rank: int) -> dict[str, Any]:
    flat = shapely.transform(shape, lambda lonlat: np.round(lonlat, 5))
    return {"type": "Feature", "properties": {"rank": rank}, "geometry": json.loads(shapely.to_geojson(flat))}
