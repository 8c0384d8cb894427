"""Land of random counties: units that tile it exactly, and the winding borders between them."""

from itertools import pairwise
from typing import Any

import numpy as np
import shapely

from tests.boundary_measures import XY, distance_m

#: In the middle of zones, near their edges, and across one (121.5 E): all over the mainland.
ORIGINS = ((114.2, 30.6), (120.6, 29.9), (113.0, 25.8), (121.5, 31.6), (103.9, 30.7), (87.6, 43.8), (126.6, 45.7),
           (109.9, 19.6), (91.1, 29.7), (100.3, 25.6), (117.2, 36.6), (112.5, 25.6))  # fmt: skip


def make_land(rng: np.random.Generator) -> tuple[XY, dict[str, shapely.Polygon], list[Any]] | None:
    """Origin, polygons by code, and edges (path, units, whether each end is a junction of three); None: try again."""
    origin = ORIGINS[rng.integers(len(ORIGINS))]
    metres = tuple(
        distance_m(origin, (origin[0] + east, origin[1] + north)) * 10 for east, north in ((0.1, 0), (0, 0.1))
    )
    width, height = rng.uniform(15e3, 26e3), rng.uniform(4e3, 7e3)
    columns = [(3, 2, 3), (2, 3, 3), (3, 3, 2), (2, 3, 2, 2)][rng.integers(4)]
    walls = [_walls(rng, count) for count in columns]
    if any(abs(x - y) < 0.12 for low, high in pairwise(walls) for x in low for y in high):
        return None
    ends = _bricks(rng, walls, width, height)
    curves = []
    for a, b, inner in ends:
        plane = _curve(rng, np.array(a), np.array(b)) if inner else np.array([a, b])
        curves.append((np.round(np.array(origin) + plane / metres, 9), inner))
    found = list(shapely.get_parts(shapely.polygonize([shapely.LineString(path) for path, _ in curves])))
    if len(found) != sum(columns) or not all(polygon.is_valid for polygon in found):
        return None
    found.sort(key=lambda polygon: (-round(polygon.centroid.y, 2), polygon.centroid.x))
    first = len(found) // 2
    codes = [f"9901{i:02d}" if i <= first else f"9902{i:02d}" for i in range(1, len(found) + 1)]
    polygons = dict(zip(codes, found, strict=True))
    vertices = {code: set(map(tuple, shapely.get_coordinates(polygon))) for code, polygon in polygons.items()}
    edges = []
    for path, inner in curves:
        if not inner:
            continue
        units = tuple(code for code in codes if tuple(path[len(path) // 2]) in vertices[code])
        if len(units) != 2:
            return None
        touching = [sum(tuple(path[end]) in vertices[code] for code in codes) for end in (0, -1)]
        edges.append((path, units, (touching[0] == 3, touching[1] == 3)))
    return origin, polygons, edges


def _walls(rng: np.random.Generator, count: int) -> list[float]:
    return [float((i + rng.uniform(-0.2, 0.2)) / count) for i in range(1, count)]


def _bricks(rng: np.random.Generator, walls: list[list[float]], width: float, height: float) -> list[Any]:
    """Ends of the edges of rows of bricks, in metres, and whether two units share the edge."""
    rows = len(walls)

    def node(share: float, level: int) -> XY:
        outer_x, outer_y = share in {0.0, 1.0}, level in {0, rows}
        jitter = np.random.default_rng([int(share * 1e9), level, int(width)]).uniform(-0.13, 0.13, 2)
        x, y = share + (0 if outer_x else 0.25 * jitter[0]), level + (0 if outer_y else jitter[1])
        return x * width, y * height

    ends = []
    for level in range(rows + 1):
        below = walls[level - 1] if level > 0 else []
        above = walls[level] if level < rows else []
        shares = sorted([0.0, *below, *above, 1.0])
        ends += [(node(a, level), node(b, level), 0 < level < rows) for a, b in pairwise(shares)]
    for level, own in enumerate(walls):
        ends += [(node(share, level), node(share, level + 1), True) for share in own]
        ends += [(node(side, level), node(side, level + 1), False) for side in (0.0, 1.0)]
    return ends


def _curve(rng: np.random.Generator, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """A winding line between two places in metres, with 30 to 300 vertices."""
    length = float(np.hypot(*(b - a)))
    count = int(np.clip(length / rng.uniform(20, 120), 30, 300))
    s = np.concatenate([[0.0], np.cumsum(rng.uniform(0.5, 1.5, count - 1))])
    s /= s[-1]
    swing = sum(rng.normal(0, 0.03 / k**1.6) * np.sin(2 * np.pi * (k * s + rng.random())) for k in range(1, 7))
    swing = np.clip(swing, -0.09, 0.09) * 4 * s * (1 - s) * length
    swing[1:-1] += rng.normal(0, 1.0, count - 2)
    across = np.array([-(b - a)[1], (b - a)[0]]) / length
    return a + s[:, None] * (b - a) + swing[:, None] * across
