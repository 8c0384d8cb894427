"""Shapes as the map draws them: fewer vertices, no specks, five decimals. For the eye only, never for counting."""

import math
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise, repeat
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

__all__ = ["AREA_TOLERANCE_M", "LINE_TOLERANCE_M", "borders", "degrees", "features", "line", "polygon"]

#: How far a drawn outline may lie from the computed one, in metres. A pixel at zoom 14.
AREA_TOLERANCE_M = 8.0
#: The same for boundary lines and roads.
LINE_TOLERANCE_M = 3.0
#: Holes and islands below this are specks on the screen, in square metres.
_SPECK_M2 = 2_000.0
_M_PER_DEGREE = 111_320.0
_DECIMALS = 5
#: Points of a closed ring that holds an area, the first and last being one.
_LEAST_RING = 4


def degrees(values: npt.ArrayLike) -> list[float]:
    """Numbers with five decimals, about a metre."""
    rounded: list[float] = np.round(np.asarray(values, dtype=np.float64), _DECIMALS).tolist()
    return rounded


def polygon(shape: shapely.Geometry, tolerance_m: float = AREA_TOLERANCE_M) -> dict[str, Any] | None:
    """A polygon, or several, as a GeoJSON geometry; None when nothing is large enough to be seen.

    Each ring is made lighter alone, which takes a tenth of the time that minding its neighbours would. So two rings
    may touch or cross by less than the tolerance.

    Parameters
    ----------
    shape
        Degrees.
    tolerance_m
        How far an outline may move.
    """
    if shape is None or shape.is_empty:
        return None
    scale = _scale(shape)
    rings, owner = shapely.get_rings(shapely.get_parts(shape), return_index=True)
    flat = shapely.transform(rings, lambda xy: xy * scale)
    shell = np.concatenate([[True], owner[1:] != owner[:-1]])
    large = shapely.area(shapely.polygons(flat)) > _SPECK_M2
    # A hole goes with its island.
    kept = np.flatnonzero(large & large[shell][np.cumsum(shell) - 1])
    light = shapely.simplify(flat[kept], tolerance_m, preserve_topology=False)
    parts: list[list[list[list[float]]]] = []
    whole = False
    for is_shell, points in zip(shell[kept], _pieces(light, scale), strict=True):
        if is_shell:
            whole = len(points) >= _LEAST_RING
            if whole:
                parts.append([points])
        elif whole and len(points) >= _LEAST_RING:
            parts[-1].append(points)
    return {"type": "MultiPolygon", "coordinates": parts} if parts else None


def line(shape: shapely.Geometry, tolerance_m: float = LINE_TOLERANCE_M) -> dict[str, Any] | None:
    """A line, or several, as a GeoJSON geometry; None when it is empty.

    Parameters
    ----------
    shape
        Degrees.
    tolerance_m
        How far a line may move.
    """
    if shape is None or shape.is_empty:
        return None
    scale = _scale(shape)
    flat = shapely.transform(shapely.get_parts(shape), lambda xy: xy * scale)
    return {"type": "MultiLineString", "coordinates": _pieces(shapely.simplify(flat, tolerance_m), scale)}


def borders(areas: npt.NDArray[np.object_], tolerance_m: float = LINE_TOLERANCE_M) -> dict[str, Any] | None:
    """The stretches where two areas meet, as a GeoJSON geometry; None where none do.

    Parameters
    ----------
    areas
        Degrees. Where two meet they have the same vertices.
    tolerance_m
        How far a line may move.
    """
    xy, ring = shapely.get_coordinates(shapely.get_rings(shapely.get_parts(areas)), return_index=True)
    steps = np.hstack([xy[:-1], xy[1:]])[ring[1:] == ring[:-1]]
    # Of two areas that meet, one goes along a stretch and the other comes back.
    back = (steps[:, 0] > steps[:, 2]) | ((steps[:, 0] == steps[:, 2]) & (steps[:, 1] > steps[:, 3]))
    steps[back] = steps[back][:, [2, 3, 0, 1]]
    once, times = np.unique(steps, axis=0, return_counts=True)
    met = shapely.linestrings(once[times > 1].reshape(-1, 2, 2))
    return line(shapely.line_merge(shapely.multilinestrings(met)), tolerance_m) if len(met) else None


def features(
    shapes: Iterable[Mapping[str, Any] | None], texts: Sequence[Mapping[str, Any]] | None = None
) -> dict[str, Any]:
    """GeoJSON geometries, with what is said of each, as one collection; those that are None are left out."""
    return {
        "type": "FeatureCollection",
        "features": [
            {"type": "Feature", "properties": text, "geometry": shape}
            for shape, text in zip(shapes, texts or repeat({}), strict=False)
            if shape is not None
        ],
    }


def _scale(shape: shapely.Geometry) -> npt.NDArray[np.float64]:
    """Metres to a degree, east and north."""
    _, south, _, north = shape.bounds
    return np.array([_M_PER_DEGREE * math.cos(math.radians((south + north) / 2)), _M_PER_DEGREE])


def _pieces(lines: npt.NDArray[np.object_], scale: npt.NDArray[np.float64]) -> list[list[list[float]]]:
    """Rounded degrees of lines or rings in metres."""
    xy, owner = shapely.get_coordinates(lines, return_index=True)
    points = np.round(xy / scale, _DECIMALS).tolist()
    ends = np.searchsorted(owner, np.arange(len(lines) + 1))
    return [points[begin:end] for begin, end in pairwise(ends.tolist())]
