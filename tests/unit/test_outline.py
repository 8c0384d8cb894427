"""Hand-worked: outlines of a few levels on a grid. Between a and -b the outline crosses at a / (a + b) of the cell."""

import numpy as np
import pytest
import shapely

from coverage.area_kernels import LEAST, NOWHERE, TILE
from coverage.outline_kernels import Outline, Sheet, outline, settle
from coverage.owner_kernels import tiles_of_owners, turn

NOBODY = np.empty(0, dtype=np.int32)
#: Room around the levels of a test, in nodes.
AROUND = 2


def sheet_of(rows: list[list[float]], owners: list[list[int]] | None = None) -> tuple[Sheet, np.ndarray]:
    """A sheet of levels, the most southern row first, with nothing around; and its tiles."""
    given = np.array(rows, dtype=np.float32)
    inner = np.pad(given, AROUND, constant_values=NOWHERE)
    columns = 2 * TILE
    level = np.full((len(inner) + 2, columns), NOWHERE, dtype=np.float32)
    level[: len(inner), : inner.shape[1]] = inner
    owner = np.full(level.shape, -1, dtype=np.int32)
    if owners is not None:
        owner[AROUND : AROUND + len(given), AROUND : AROUND + given.shape[1]] = np.where(given > 0, owners, -1)
    slot = np.full(level.size // TILE + 1, -1, dtype=np.int32)
    tiles = np.flatnonzero((level.reshape(-1, TILE) > NOWHERE).any(axis=1)).astype(np.int32)
    slot[tiles] = np.arange(len(tiles), dtype=np.int32)
    return Sheet(level.ravel(), slot, owner.ravel() if owners is not None else NOBODY, columns), tiles


def polygons(drawn: Outline) -> list[shapely.Polygon]:
    """Polygons with the first node of the test at the origin."""
    rings = np.split(drawn.xy - AROUND, np.cumsum(drawn.ring_points)[:-1]) if len(drawn.ring_points) else []
    made, first = [], 0
    for count in drawn.polygon_rings:
        made.append(shapely.Polygon(rings[first], rings[first + 1 : first + count]))
        first += count
    return made


def drawn(rows: list[list[float]], smallest_part: float = 0.0, smallest_hole: float = 0.0) -> Outline:
    sheet, tiles = sheet_of(rows)
    return outline(sheet, tiles, smallest_part, smallest_hole)


def test_one_node_is_a_diamond() -> None:
    """0.5 between four of -1: a crossing a third of a cell away on each side; 2 x (1/3)² = 2/9 of a cell."""
    (shape,) = polygons(drawn([[0.5]]))
    diamond = shapely.Polygon([(1 / 3, 0), (0, 1 / 3), (-1 / 3, 0), (0, -1 / 3)])
    assert shapely.equals_exact(shape.normalize(), diamond.normalize(), 1e-9)
    assert shape.area == pytest.approx(2 / 9)
    assert shape.exterior.is_ccw


def test_a_square_with_all_corners_inside_is_inside_whole() -> None:
    """However little its corners are: this is what puts reached roads inside."""
    (shape,) = polygons(drawn([[LEAST, LEAST], [LEAST, LEAST]]))
    assert shape.covers(shapely.box(0, 0, 1, 1))
    assert shape.area > 1


@pytest.mark.parametrize(("others", "parts"), [(-0.1, 1), (-0.9, 2)])
def test_opposite_corners_hang_together_by_the_mean_of_the_square(others: float, parts: int) -> None:
    """0.5 and 0.5 against twice -0.1 is above zero, against twice -0.9 below."""
    shapes = polygons(drawn([[0.5, others], [others, 0.5]]))
    assert len(shapes) == parts
    assert shapely.disjoint(shapes[0], shapes[-1]) or parts == 1
    other_way = polygons(drawn([[others, 0.5], [0.5, others]]))
    assert len(other_way) == parts


def test_holes_go_to_their_shell_and_islands_in_holes_are_parts() -> None:
    """A ring of nodes, a hole in it, a node in the hole; and a second ring beside it with a hole of its own."""
    ring = [[0.5] * 5, [0.5, -1, -1, -1, 0.5], [0.5, -1, 0.5, -1, 0.5], [0.5, -1, -1, -1, 0.5], [0.5] * 5]
    small = [[0.5] * 3, [0.5, -1, 0.5], [0.5] * 3, [-1] * 3, [-1] * 3]
    rows = [[*left, -1, *right] for left, right in zip(ring, small, strict=True)]
    result = drawn(rows)
    shapes = polygons(result)
    assert sorted(result.polygon_rings.tolist()) == [1, 2, 2]
    assert shapely.MultiPolygon(shapes).is_valid
    assert all(shape.exterior.is_ccw and not any(hole.is_ccw for hole in shape.interiors) for shape in shapes)
    whole = shapely.MultiPolygon(shapes)
    for y, row in enumerate(rows):
        for x, level in enumerate(row):
            assert whole.covers(shapely.Point(x, y)) == (level > 0), (x, y)


def test_holes_of_a_shape_like_a_comb_go_to_it() -> None:
    """Two holes side by side, and a bay that opens to the north: no hole, though it looks like one from the south."""
    rows = [[0.5] * 9, [0.5, -1, 0.5, 0.5, -1, 0.5, 0.5, -1, 0.5], [0.5] * 7 + [-1, 0.5]]
    result = drawn(rows)
    assert result.polygon_rings.tolist() == [3]
    assert shapely.MultiPolygon(polygons(result)).is_valid


@pytest.mark.parametrize("seed", range(60))
def test_any_levels_make_valid_nested_areas_of_the_right_nodes(seed: int) -> None:
    """Random levels: valid even after rounding to a thousandth of a cell, as large as its rings say, and it grows."""
    rng = np.random.default_rng(seed)
    rows = rng.choice([NOWHERE, -0.5, -LEAST, LEAST, 0.3, 1.0], (12, TILE + 9)).astype(np.float32)
    higher = np.maximum(rows, rng.choice([NOWHERE, -LEAST, LEAST, 1.0], rows.shape).astype(np.float32))
    small, large = (shapely.MultiPolygon(polygons(drawn(levels.tolist()))) for levels in (rows, higher))
    for shape, levels in ((small, rows), (large, higher)):
        assert shape.is_valid
        assert shapely.transform(shape, lambda xy: np.round(xy, 3)).is_valid
        y, x = np.indices(levels.shape)
        assert (shapely.contains_xy(shape, x, y) == (levels > 0)).all()
    assert large.buffer(1e-9).covers(small)


def test_small_rings_are_left_out_and_counted() -> None:
    """[T19] A diamond of 2/9 of a cell, a hole of 0.5 cells, and what is large enough to stay."""
    block = [[0.5] * 4, [0.5, -0.5, 0.5, 0.5], [0.5] * 4]
    rows = [[*row, -1, -1, (0.5 if y == 1 else -1)] for y, row in enumerate(block)]
    everything, cleaned = drawn(rows), drawn(rows, 1.0, 2.0)
    assert (len(everything.ring_points), everything.slivers) == (3, 0)
    assert (cleaned.polygon_rings.tolist(), cleaned.slivers) == ([1], 2)
    assert polygons(cleaned)[0].covers(shapely.box(0, 0, 3, 2))
    # The square of a reached road alone is large enough: it stays.
    assert len(drawn([[LEAST, LEAST], [LEAST, LEAST]], 1.0, 2.0).polygon_rings) == 1


@pytest.mark.parametrize("seed", range(20))
def test_levels_without_slivers_have_the_outline_without_them(seed: int) -> None:
    """[T19] Settled levels, outlined whole, are the outline with small rings left out."""
    rng = np.random.default_rng(seed)
    rows = np.where(rng.random((14, TILE + 4)) < 0.5, rng.uniform(0.1, 1, (14, TILE + 4)), -rng.uniform(0.1, 1, 1))
    expected = shapely.MultiPolygon(polygons(drawn(rows.tolist(), 1.0, 2.0)))
    sheet, tiles = sheet_of(rows.tolist(), np.zeros(rows.shape, dtype=int).tolist())
    settle(sheet, tiles, 1.0, 2.0, LEAST)
    settled = outline(sheet._replace(owner=NOBODY), tiles, 0.0, 0.0)
    assert settled.slivers == 0
    assert shapely.equals(shapely.MultiPolygon(polygons(settled)), expected)


def cut_up(rows: list[list[float]], owners: list[list[int]]) -> dict[int, shapely.Geometry]:
    """The area of each owner."""
    sheet, tiles = sheet_of(rows, owners)
    who, where = tiles_of_owners(sheet.owner, tiles)
    sheet.level[sheet.owner >= 0] *= -1
    made = {}
    for number in np.unique(who):
        own = np.unique(where[who == number])
        sheet.slot[:] = -1
        sheet.slot[own] = np.arange(len(own))
        turn(sheet.level, sheet.owner, own, number)
        shape = shapely.MultiPolygon(polygons(outline(sheet, own, 0.0, 0.0)))
        turn(sheet.level, sheet.owner, own, number)
        made[int(number)] = shapely.make_valid(shape, method="structure")
    return made


def test_two_owners_meet_where_their_levels_weigh_the_same() -> None:
    """0.9 and 0.3 side by side: three quarters of the cell between them belong to the first."""
    areas = cut_up([[0.9, 0.3], [0.9, 0.3]], [[0, 1], [0, 1]])
    cell = shapely.box(0, 0, 1, 1)
    assert shapely.intersection(areas[0], cell).bounds == pytest.approx((0, 0, 0.75, 1))
    assert shapely.intersection(areas[1], cell).bounds == pytest.approx((0.75, 0, 1, 1))


def test_the_rest_of_a_square_goes_to_the_smallest_owner() -> None:
    """Four corners of four owners with one level: triangles of an eighth for three, and five eighths for the first."""
    areas = cut_up([[1, 1], [1, 1]], [[2, 1], [0, 3]])
    cell = shapely.box(0, 0, 1, 1)
    assert {who: shapely.intersection(area, cell).area for who, area in areas.items()} == pytest.approx(
        {0: 5 / 8, 1: 1 / 8, 2: 1 / 8, 3: 1 / 8}
    )


@pytest.mark.parametrize("seed", range(60))
def test_the_areas_of_all_owners_are_the_whole_cut_up(seed: int) -> None:
    """Random levels and owners: no overlap, nothing missing, and each node with its owner."""
    rng = np.random.default_rng(seed)
    rows = rng.choice([NOWHERE, -0.3, LEAST, 0.3, 1.0], (9, TILE + 5), p=[0.3, 0.1, 0.1, 0.2, 0.3])
    owners = rng.integers(0, 4, rows.shape)
    whole = shapely.MultiPolygon(polygons(drawn(rows.tolist())))
    areas = cut_up(rows.tolist(), owners.tolist())
    union = shapely.union_all(list(areas.values()))
    assert shapely.symmetric_difference(union, whole).area <= 1e-9
    assert sum(area.area for area in areas.values()) == pytest.approx(whole.area, abs=1e-9)
    for who, area in areas.items():
        y, x = np.nonzero((rows > 0) & (owners == who))
        assert shapely.intersects_xy(area, x, y).all()
