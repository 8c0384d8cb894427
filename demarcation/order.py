"""The order of stakes along a line: the fewest of them that stand in the way of it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from demarcation.axis import Axis

__all__ = ["Ordered", "ordered"]

FloatArray = npt.NDArray[np.float64]
#: A line that closes may be numbered from any place: that of one of its first stakes is tried.
_STARTS = 5


@dataclass(frozen=True)
class Ordered:
    """Stakes in the direction in which most of them rise.

    Parameters
    ----------
    along_m
        Chainage of each stake in that direction, shape (n,).
    out
        Positions of the smallest set whose removal lets chainage rise with the serial.
    """

    along_m: FloatArray
    out: frozenset[int]


def ordered(serials: Sequence[int], chainage_m: Sequence[float], axis: Axis, doubted: Collection[int] = ()) -> Ordered:
    """Find the direction of the numbering, and the smallest set of stakes that breaks its order.

    Stakes of one serial are in no order among themselves. Of several smallest sets that one is taken that has most of
    the doubted stakes, then whose stakes stand farthest from their rank, then the one that keeps the lower serials.

    Parameters
    ----------
    serials, chainage_m
        Of each stake.
    axis
        Of their line.
    doubted
        Positions of stakes that something else speaks against.

    Examples
    --------
    >>> import shapely
    >>> axis = Axis((shapely.LineString([(114.0, 30.0), (114.1, 30.0)]),))
    >>> sorted(ordered([1, 2, 3, 4, 5], [4000.0, 3000.0, 3900.0, 1000.0, 500.0], axis).out)
    [2]
    """
    at_m = np.asarray(chainage_m, dtype=np.float64)
    starts = sorted(range(len(at_m)), key=lambda i: (serials[i], at_m[i]))[:_STARTS] if axis.closed else []
    ways = [at_m, axis.length_m - at_m]
    ways += [np.mod(sign * (at_m - at_m[start]), axis.length_m) for start in starts for sign in (1.0, -1.0)]
    found = [_longest(serials, way, doubted) for way in ways]
    best = max(range(len(ways)), key=lambda i: (found[i][0], -i))
    return Ordered(ways[best], frozenset(range(len(at_m))) - frozenset(found[best][1]))


def _longest(
    serials: Sequence[int], along_m: FloatArray, doubted: Collection[int]
) -> tuple[tuple[int, int], list[int]]:
    """The longest run of stakes whose chainage does not fall: its count and how near they stand to their rank."""
    row = sorted(range(len(along_m)), key=lambda i: (serials[i], along_m[i]))
    levels, level = np.unique(along_m, return_inverse=True)
    strays = _strays(row, along_m)
    # More than all ranks together: a doubt goes before them.
    strays |= {i: strays[i] + len(row) ** 2 for i in doubted}
    nothing: tuple[int, int, int] = (0, 0, -1)
    # Best run that ends at or below a level, as a Fenwick tree: its length, minus the strays in it, its last stake.
    best = [nothing] * (len(levels) + 1)
    before = {}
    for i in row:
        run, at = nothing, int(level[i]) + 1
        while at > 0:
            run, at = max(run, best[at], key=lambda one: one[:2]), at & (at - 1)
        before[i], run, at = run[2], (run[0] + 1, run[1] - strays[i], i), int(level[i]) + 1
        while at < len(best):
            best[at], at = max(best[at], run, key=lambda one: one[:2]), at + (at & -at)
    count, weight, last = nothing
    for run in best:
        count, weight, last = max((count, weight, last), run, key=lambda one: one[:2])
    kept = []
    while last >= 0:
        kept.append(last)
        last = before[last]
    return (count, weight), kept


def _strays(row: Sequence[int], along_m: FloatArray) -> dict[int, int]:
    """How many ranks each stake stands from where its serial puts it."""
    rank = {i: position for position, i in enumerate(row)}
    by_place = sorted(row, key=lambda i: (along_m[i], rank[i]))
    return {i: abs(position - rank[i]) for position, i in enumerate(by_place)}
