"""P13: a repair is idempotent, what comes of it is valid, and the change of area is told."""

import numpy as np
import shapely
from hypothesis import example, given
from hypothesis import strategies as st

from geo.repair import MAX_AREA_CHANGE, area_m2, between, repair

_GRID = st.integers(0, 12)
_RING = st.lists(st.tuples(_GRID, _GRID), min_size=3, max_size=9)


def polygon(points: list[tuple[int, int]]) -> shapely.Polygon:
    return shapely.Polygon([(119.9 + x / 100, 31 + y / 100) for x, y in points])


@given(st.lists(_RING, min_size=1, max_size=4))
@example([[(0, 0), (2, 2), (2, 0), (0, 2)]])
@example([[(0, 0), (4, 0), (4, 4), (0, 4)], [(2, 2), (6, 2), (6, 6), (2, 6)]])
@example([[(0, 0), (0, 0), (0, 0)]])
def test_p13_a_repair_is_valid_idempotent_and_told(rings: list[list[tuple[int, int]]]) -> None:
    shape = shapely.MultiPolygon([polygon(ring) for ring in rings])
    done = repair(shape)
    assert 0 <= done.change <= 1
    if done.shape is None:
        assert done.change > MAX_AREA_CHANGE or done.after_m2 == 0
        return
    assert done.shape.is_valid
    assert not done.shape.is_empty
    assert done.change <= MAX_AREA_CHANGE
    # The area told is that of the shape; joined parts hold no more land than they were drawn with.
    assert abs(area_m2(done.shape) - done.after_m2) <= 1e-6 * done.after_m2
    assert done.after_m2 <= done.before_m2 * (1 + MAX_AREA_CHANGE) + 1
    again = repair(done.shape)
    assert again.shape is not None
    assert again.change == 0
    assert again.shape.equals(done.shape)
    # Land is kept: whatever lay in a valid part lies in the repaired shape.
    for part in shapely.get_parts(shape):
        if part.is_valid:
            assert shapely.difference(part, done.shape).area <= 1e-12


@given(st.lists(st.tuples(_GRID, _GRID, st.integers(1, 5), st.integers(1, 5)), min_size=1, max_size=6))
def test_overlaps_and_gaps_are_those_of_a_grid_of_cells(boxes: list[tuple[int, int, int, int]]) -> None:
    """Counted by cells: two boxes overlap by the cells that both have, a gap is cells that others go round."""
    shapes = [polygon([(x, y), (x + w, y), (x + w, y + h), (x, y + h)]) for x, y, w, h in boxes]
    cells = [{(i, j) for i in range(x, x + w) for j in range(y, y + h)} for x, y, w, h in boxes]
    found = between(np.array(shapes, dtype=object))
    pairs = [(a, b) for a in range(len(boxes)) for b in range(a + 1, len(boxes)) if cells[a] & cells[b]]
    assert [tuple(pair) for pair in found.pairs.tolist()] == pairs
    for (a, b), land in zip(pairs, found.overlaps, strict=True):
        assert round(land.area * 1e4, 6) == len(cells[a] & cells[b])
    # Land is a gap where no way leads out side by side; where one leads out over corners only, it may be either.
    full = set().union(*cells)
    gap_cells = round(sum(gap.area for gap in found.gaps) * 1e4, 6)
    assert walled_in(full, corners=True) <= gap_cells <= walled_in(full, corners=False)


def walled_in(full: set[tuple[int, int]], *, corners: bool) -> int:
    """Free cells that no way leads out of; with ``corners``, ways over corners count."""
    steps = [(i, j) for i in (-1, 0, 1) for j in (-1, 0, 1) if (i, j) != (0, 0) and (corners or i * j == 0)]
    size = range(-1, 19)
    reached, todo = {(-1, -1)}, [(-1, -1)]
    while todo:
        i, j = todo.pop()
        for x, y in steps:
            cell = (i + x, j + y)
            if cell[0] in size and cell[1] in size and cell not in full and cell not in reached:
                reached.add(cell)
                todo.append(cell)
    return len(size) ** 2 - len(full) - len(reached)
