"""How evenly something is shared out among people: Lorenz curve, Gini, Palma, urban to rural, concentration.

All take a value per head of each group (a unit, a place) and how many people are in it. Groups without people, and
those whose value is not known (NaN), take no part.
"""

import math

import numpy as np
import numpy.typing as npt

__all__ = ["concentration_index", "gini", "lorenz", "palma", "urban_rural_ratio"]

FloatArray = npt.NDArray[np.float64]
#: Palma: what the tenth with most has, to what the four tenths with least have (Palma 2011).
_TOP_FROM, _BOTTOM_TO = 0.9, 0.4
#: Indices are given to this many decimals; what is beyond is rounding of sums.
_DECIMALS = 12


def lorenz(values: FloatArray, people: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Points of the Lorenz curve: people in order of what they have, and the share of all that they have together.

    Parameters
    ----------
    values
        Per head of each group, not negative; NaN takes no part. Shape (n,).
    people
        In each group, not negative, shape (n,).

    Returns
    -------
    share_of_people, share_of_all
        From 0 to 1, shape (points,); groups with one value are one straight piece. Empty where there is nobody. Where
        nobody has anything all have the same: the diagonal.

    Raises
    ------
    ValueError
        When a value or a number of people is negative or not finite.

    Examples
    --------
    >>> x, y = lorenz(np.array([3.0, 1.0]), np.array([1.0, 1.0]))
    >>> x.tolist(), y.tolist()
    ([0.0, 0.5, 1.0], [0.0, 0.25, 1.0])
    """
    who, value, rank = _groups(values, people, values)
    return _curve(who, value, rank)


def gini(values: FloatArray, people: FloatArray) -> float:
    """Population-weighted Gini: 0 where all have the same, towards 1 where one has all; NaN where there is nobody.

    Parameters
    ----------
    values, people
        As for :func:`lorenz`.

    Examples
    --------
    >>> gini(np.array([3.0, 1.0]), np.array([1.0, 1.0]))
    0.25
    """
    return concentration_index(values, people, values)


def palma(values: FloatArray, people: FloatArray) -> float:
    """What the tenth of the people with most have, divided by what the four tenths with least have.

    A group on the border counts in part. Equal shares give 0.25. NaN where the four tenths have nothing, or where there
    is nobody.

    Parameters
    ----------
    values, people
        As for :func:`lorenz`.

    Examples
    --------
    >>> palma(np.array([1.0, 2.0, 5.0]), np.array([4.0, 5.0, 1.0]))
    1.25
    """
    who, value, rank = _groups(values, people, values)
    x, y = _curve(who, value, rank)
    if not value.any():
        return math.nan
    bottom = float(np.interp(_BOTTOM_TO, x, y))
    top = 1.0 - float(np.interp(_TOP_FROM, x, y))
    return round(top / bottom, _DECIMALS) if bottom > 0 else math.nan


def urban_rural_ratio(values: FloatArray, people: FloatArray, urban: npt.NDArray[np.bool_]) -> float:
    """Mean per head in towns divided by that in the country; NaN where either has nobody, or the country nothing.

    Parameters
    ----------
    values, people
        As for :func:`lorenz`.
    urban
        Whether a group is urban, shape (n,).

    Examples
    --------
    >>> urban_rural_ratio(np.array([6.0, 2.0, 4.0]), np.array([1.0, 1.0, 1.0]), np.array([True, False, False]))
    2.0
    """
    means = []
    for part in (urban, ~urban):
        who, value, _ = _groups(values[part], people[part], values[part])
        means.append(math.fsum(who * value) / math.fsum(who) if len(who) else math.nan)
    town, country = means
    return town / country if country else math.nan


def concentration_index(values: FloatArray, people: FloatArray, rank_by: FloatArray) -> float:
    """Whether those who rank high have more: above 0 where they have, below 0 where those who rank low have.

    The Gini with people in order of something else, e.g. of income or of the share of elders. Groups that rank alike
    are one. NaN where there is nobody, 0 where nobody has anything.

    Parameters
    ----------
    values, people
        As for :func:`lorenz`.
    rank_by
        What people are put in order by, from least to most, shape (n,); groups without it take no part.

    Examples
    --------
    >>> concentration_index(np.array([3.0, 1.0]), np.array([1.0, 1.0]), np.array([1.0, 2.0]))
    -0.25
    """
    who, value, rank = _groups(values, people, rank_by)
    x, y = _curve(who, value, rank)
    if not len(x):
        return math.nan
    area = float(np.sum(np.diff(x) * (y[1:] + y[:-1])))
    return round(1.0 - area, _DECIMALS)


def _groups(values: FloatArray, people: FloatArray, rank_by: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """People, value and rank of the groups that take part."""
    known = ~np.isnan(values)
    if not (np.isfinite(people).all() and (people >= 0).all() and np.isfinite(values[known]).all()):
        raise ValueError("values and people are finite, and people are not negative")
    if (values[known] < 0).any():
        raise ValueError("values are not negative")
    counts = known & ~np.isnan(rank_by) & (people > 0)
    return people[counts], values[counts], rank_by[counts]


def _curve(who: FloatArray, value: FloatArray, rank: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Share of the people in order of their rank, and of all that they have; those of one rank together."""
    if not len(who):
        return np.empty(0), np.empty(0)
    _, group = np.unique(rank, return_inverse=True)
    order = np.lexsort((who, value, group))
    count = np.bincount(group[order], who[order])
    have = np.bincount(group[order], (who * value)[order]) if value.any() else count
    x, y = (np.concatenate([[0.0], np.cumsum(part)]) for part in (count, have))
    return x / x[-1], y / y[-1]
