"""Laws of units that fit, and of two editions of a line."""

import math

import geopandas as gpd
import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from demarcation.axis import metres_per_degree
from demarcation.editions import compare_editions
from demarcation.model import Line, Segment
from demarcation.rules import load_rules
from demarcation.topology import UnitArea, misfits

RULES = load_rules()
SIDE = 4
SCALE = np.array(metres_per_degree(30.0))


def quilt(seed: int) -> list[UnitArea]:
    """Units that fit exactly: a grid of 4 x 4 cells of about 1 km with its corners pushed about."""
    random = np.random.default_rng(seed)
    steps = np.arange(SIDE + 1) * 1000.0
    corners = np.stack(np.meshgrid(steps, steps, indexing="ij"), axis=-1) + random.uniform(
        -300, 300, (SIDE + 1, SIDE + 1, 2)
    )
    corners = corners / SCALE + (114.0, 30.0)
    ring = [(0, 0), (1, 0), (1, 1), (0, 1)]
    return [
        UnitArea(f"{i}{j}", "", "", shapely.Polygon([corners[i + di, j + dj] for di, dj in ring]))
        for i in range(SIDE)
        for j in range(SIDE)
    ]


def moved(unit: UnitArea, vertex: int, by_m: tuple[float, float]) -> UnitArea:
    xy = shapely.get_coordinates(unit.shape)[:-1]
    xy[vertex] += np.array(by_m) / SCALE
    return UnitArea(unit.code, unit.name, unit.parent, shapely.Polygon(xy))


@settings(max_examples=15)
@given(st.integers(0, 10**6), st.floats(-1e-10, 1e-10))
def test_t37_units_that_fit_but_for_last_bits_give_nothing(seed: int, bits_m: float) -> None:
    units = quilt(seed)
    units[5] = moved(units[5], 2, (bits_m, -bits_m))
    assert misfits(units, RULES) == []


@settings(max_examples=15)
@given(st.integers(0, 10**6), st.floats(0.2, 60.0), st.floats(0, 2 * math.pi))
def test_the_corner_of_one_unit_moved_leaves_as_much_land_twice_or_not_at_all(
    seed: int, by_m: float, angle: float
) -> None:
    """What is found is the difference between the unit as it was and as it is, no more and no less."""
    units = quilt(seed)
    before = units[5]
    units[5] = moved(before, 2, (by_m * math.cos(angle), by_m * math.sin(angle)))
    found = misfits(units, RULES)
    changed = (
        gpd.GeoSeries([shapely.symmetric_difference(before.shape, units[5].shape)], crs=4326).to_crs(4547).area.sum()
    )
    assert math.isclose(sum(misfit.area_m2 for misfit in found), changed, rel_tol=1e-3, abs_tol=2.0)
    assert all(misfit.width_m <= by_m * 1.001 for misfit in found)
    assert found


@settings(max_examples=20)
@given(st.integers(2, 30), st.floats(3.0, 200.0), st.booleans(), st.integers(0, 10**6))
def test_one_vertex_moved_by_d_makes_editions_differ_by_d(pieces: int, by_m: float, backwards: bool, seed: int) -> None:
    """On a straight line of 10 km, whatever vertices stand on it, and whichever way it was drawn."""
    inner = np.sort(np.random.default_rng(seed).choice(np.arange(1, 40), pieces, replace=False)) * 250.0
    east_m = np.r_[0.0, inner, 10_000.0]
    own = np.column_stack([east_m, np.zeros_like(east_m)])
    other = own.copy()
    other[1 + seed % pieces, 1] = by_m

    def edition(metres: np.ndarray) -> dict[str, Line]:
        path = shapely.LineString(metres / SCALE + (114.0, 30.0))
        path = shapely.reverse(path) if backwards and metres is other else path
        return {"9902": Line("9902", "", "", "", "", 10_000.0, "", *[None] * 5, "", None, (Segment("", path, 1),))}

    [found] = compare_editions(edition(own), edition(other), RULES)
    assert math.isclose(found.greatest_m, by_m, rel_tol=1e-3)
    assert found.from_m <= east_m[1 + seed % pieces] * 1.001
    assert found.to_m >= east_m[1 + seed % pieces] * 0.999
    assert 0 < found.mean_m < found.greatest_m
    assert compare_editions(edition(own), edition(own), RULES) == ()
