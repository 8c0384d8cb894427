"""Shapes for the eye: light, rounded, nothing large lost."""

import math

import numpy as np
import pytest
import shapely

from tests.builders import at
from ui import shapes


def _box(x: float, y: float, side_m: float) -> list[tuple[float, float]]:
    return [at(x, y), at(x + side_m, y), at(x + side_m, y + side_m), at(x, y + side_m), at(x, y)]


def _rings(geometry: dict[str, list[list[list[list[float]]]]] | None) -> list[int]:
    assert geometry is not None
    return [len(part) for part in geometry["coordinates"]]


def test_large_holes_and_islands_stay_and_specks_go() -> None:
    island = shapely.Polygon(_box(0, 0, 1000), [_box(100, 100, 200), _box(500, 500, 20)])
    speck = shapely.Polygon(_box(3000, 0, 30), [_box(3005, 5, 10)])
    other = shapely.Polygon(_box(5000, 0, 500), [_box(5100, 100, 100)])
    light = shapes.polygon(shapely.MultiPolygon([island, speck, other]))
    assert _rings(light) == [2, 2]
    assert shapes.polygon(speck) is None
    assert shapes.polygon(shapely.MultiPolygon()) is None


def test_an_outline_loses_vertices_and_moves_by_less_than_was_allowed() -> None:
    angle = np.linspace(0.0, 2 * math.pi, 2000)
    circle = shapely.Polygon([at(1000 * math.cos(a), 1000 * math.sin(a)) for a in angle])
    light = shapes.polygon(circle, 5.0)
    assert light is not None
    (ring,) = light["coordinates"][0]
    assert ring[0] == ring[-1]
    assert 20 < len(ring) < 100
    assert all(round(value, 5) == value for point in ring for value in point)
    scale = np.array([111_320 * math.cos(math.radians(30.5)), 111_320])
    drawn, real = (shapely.LineString(np.asarray(one) * scale) for one in (ring, circle.exterior.coords))
    assert 1.0 < shapely.hausdorff_distance(drawn, real, densify=0.1) < 7.0


def test_borders_are_where_two_meet_and_nowhere_else() -> None:
    left = shapely.Polygon([at(0, 0), at(500, 0), at(500, 400), at(500, 1000), at(0, 1000)])
    right = shapely.Polygon([at(500, 0), at(1000, 0), at(1000, 1000), at(500, 1000), at(500, 400)])
    apart = shapely.Polygon(_box(3000, 0, 500))
    met = shapes.borders(np.array([left, shapely.MultiPolygon([right, apart])]), 1.0)
    assert met is not None
    (line,) = met["coordinates"]
    assert sorted(line) == [[pytest.approx(v, abs=1e-5) for v in at(500, y)] for y in (0, 1000)]
    assert shapes.borders(np.array([left, apart])) is None
    assert shapes.borders(np.array([shapely.MultiPolygon()])) is None


def test_lines_are_lightened_too() -> None:
    wavy = shapely.LineString([at(10.0 * i, float(i % 2)) for i in range(100)])
    light = shapes.line(wavy)
    assert light is not None
    assert [len(part) for part in light["coordinates"]] == [2]
    assert shapes.line(shapely.LineString()) is None
