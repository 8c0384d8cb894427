"""Hand-worked: how evenly something is shared out."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coverage.equity import concentration_index, gini, lorenz, palma, urban_rural_ratio

ONE = np.ones(4)


def array(*values: float) -> np.ndarray:
    return np.array(values, dtype=float)


@pytest.mark.parametrize(
    ("values", "people", "expected"),
    [
        ([1, 1, 1, 1], [1, 1, 1, 1], 0),
        ([0, 0, 0, 1], [1, 1, 1, 1], 0.75),  # one of four has all
        ([1, 2, 3, 4], [1, 1, 1, 1], 0.25),
        ([30, 10], [100, 300], 0.25),  # 100 x 30 and 300 x 10: half of all for a quarter of the people
        ([5], [40], 0),
        ([0, 0], [10, 20], 0),  # nobody has anything: all have the same
        ([7, 3, 3], [0, 5, 5], 0),  # where nobody lives, nothing is unequal
    ],
)
def test_gini(values: list[float], people: list[float], expected: float) -> None:
    assert gini(array(*values), array(*people)) == pytest.approx(expected, abs=1e-12)


def test_lorenz_points() -> None:
    """1, 2, 3, 4 among four: a tenth, three tenths, six tenths of all."""
    x, y = lorenz(array(4, 2, 3, 1), ONE)
    np.testing.assert_allclose(x, [0, 0.25, 0.5, 0.75, 1])
    np.testing.assert_allclose(y, [0, 0.1, 0.3, 0.6, 1])


def test_palma() -> None:
    """Ten people with 1 to 10: the top one has 10, the lowest four 1 + 2 + 3 + 4. Equal shares: 0.1 to 0.4."""
    assert palma(np.arange(1.0, 11), np.ones(10)) == pytest.approx(1)
    assert palma(array(3, 3), array(5, 8)) == pytest.approx(0.25)
    # A group on the border counts in part: of 20 people with 5 each the two richest, of 80 with 1 each forty.
    assert palma(array(5, 1), array(20, 80)) == pytest.approx(50 / 40)
    assert palma(array(9), array(3)) == pytest.approx(0.25)


def test_urban_and_rural() -> None:
    """Towns 60 beds for 2,000, villages 30 for 3,000: 30 per 1,000 against 10."""
    values, people = array(40, 20, 10), array(1000, 1000, 3000)
    assert urban_rural_ratio(values, people, np.array([True, True, False])) == pytest.approx(3)


def test_concentration() -> None:
    """In order of something else: those who rank last have all, first have all, all rank alike."""
    values = array(0, 0, 0, 1)
    assert concentration_index(values, ONE, array(1, 2, 3, 4)) == pytest.approx(0.75)
    assert concentration_index(values, ONE, array(4, 3, 2, 1)) == pytest.approx(-0.75)
    assert concentration_index(values, ONE, array(1, 1, 1, 1)) == pytest.approx(0)
    assert concentration_index(values, ONE, array(1, 2, 3, math.nan)) == 0


def test_nobody_and_nothing() -> None:
    """Null where there is no answer; never a crash, never infinite [T24]."""
    none = array()
    assert math.isnan(gini(none, none))
    assert math.isnan(palma(none, none))
    assert math.isnan(palma(array(0, 0, 1), ONE[:3]))  # four tenths have nothing
    assert math.isnan(palma(array(0, 0), array(1, 1)))
    assert math.isnan(urban_rural_ratio(array(1), array(1), np.array([True])))
    assert math.isnan(urban_rural_ratio(array(1, 0), array(1, 1), np.array([True, False])))
    assert [part.tolist() for part in lorenz(none, none)] == [[], []]
    assert math.isnan(gini(array(math.nan), array(3)))
    assert gini(array(math.nan, 2, 2), array(3, 1, 1)) == 0


@pytest.mark.parametrize(("values", "people"), [([-1], [1]), ([1], [-1]), ([math.inf], [1]), ([1], [math.nan])])
def test_refused(values: list[float], people: list[float]) -> None:
    with pytest.raises(ValueError, match=r"negative|finite"):
        gini(array(*values), array(*people))


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 9)), min_size=1, max_size=8))
def test_is_the_mean_difference_of_all_pairs_of_people(groups: list[tuple[int, int]]) -> None:
    """Another definition: the mean absolute difference of two people, over twice the mean."""
    people = [float(value) for value, count in groups for _ in range(count)]
    values, counts = (array(*column) for column in zip(*groups, strict=True))
    if not people:
        assert math.isnan(gini(values, counts))
        return
    mean = sum(people) / len(people)
    pairs = sum(abs(a - b) for a in people for b in people) / len(people) ** 2
    assert gini(values, counts) == pytest.approx(pairs / (2 * mean) if mean else 0, abs=1e-9)
    assert gini(values * 3, counts) == pytest.approx(gini(values, counts), abs=1e-9)
    # Groups cut in two say the same.
    assert gini(np.tile(values, 2), np.tile(counts, 2)) == pytest.approx(gini(values, counts), abs=1e-9)
