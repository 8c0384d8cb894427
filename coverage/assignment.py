"""Who finds room where: people to facilities within reach, none counted twice, no facility beyond its capacity.

Two models. ``nearest``: of all people and facilities the pair with the shortest way first, until one is empty or the
other full, as if the nearest came first. ``optimal``: a central office places people, as many as possible, and these
with the least time of all together. Nearest first may leave people out for whom a swap would find room; optimal never
does.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.optimize import linprog

from coverage.gaps import total
from coverage.pairs import PairTimes
from coverage.request import Assign
from coverage.search import TIE_S

__all__ = ["Assignment", "assign"]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.integer[Any]]
BoolArray = npt.NDArray[np.bool_]
#: A part of a weight below this share of it is a rounding step of the solver, nobody.
_NOBODY = 1e-9


@dataclass(frozen=True, eq=False)
class Assignment:
    """Who goes where.

    Parameters
    ----------
    model
        How it was made.
    flows
        Pairs that are used, in order of places and then facilities.
    weight
        Weight that goes along each of them, above 0, shape (flows,).
    served, full
        Of each place: weight that finds room, and weight that has a facility within reach but finds no room; both 0
        where nothing is within reach, shape (places,).
    within
        Whether any facility is within reach, shape (places,).
    assigned, free
        Of each facility: weight that it takes, and room that is left, NaN where the capacity is not known, shape
        (facilities,).
    """

    model: Assign
    flows: PairTimes
    weight: FloatArray
    served: FloatArray
    full: FloatArray
    within: BoolArray
    assigned: FloatArray
    free: FloatArray

    @property
    def person_s(self) -> float:
        """Travel time of all who are served, summed over people, in seconds."""
        return float(total(self.weight * self.flows.seconds))

    def served_within(self, limit_s: float) -> FloatArray:
        """Weight of each place that finds room within a shorter time, shape (places,)."""
        near = self.flows.seconds <= limit_s + TIE_S
        return _sums(self.flows.place[near], self.weight[near], len(self.served))


def _sums(number: IntArray, parts: FloatArray, count: int) -> FloatArray:
    """Sum of the parts of each number, shape (count,)."""
    return np.bincount(number, parts, minlength=count).astype(np.float64)


def assign(weights: FloatArray, capacity: FloatArray, pairs: PairTimes, model: Assign) -> Assignment:
    """Assign the weights of places to facilities within reach.

    Parameters
    ----------
    weights
        Of each place, not negative, shape (places,). A place may be split over facilities.
    capacity
        Of each facility, shape (facilities,); NaN: not known, it takes nobody.
    pairs
        All that are within reach, each once, in any order. Places and facilities are numbered in order of their ids:
        ties go to the smaller.
    model
        ``nearest`` or ``optimal``.

    Returns
    -------
    Assignment
        Depends on the pairs only, not on their order. With whole weights and capacities all parts are whole.

    Examples
    --------
    Ten people are 60 s from A, ten 30 s; it takes twelve. B is 90 s from the first, and takes three.

    >>> ways = PairTimes(np.array([0, 0, 1]), np.array([0, 1, 0]), np.array([60.0, 30.0, 90.0]))
    >>> made = assign(np.array([10.0, 10.0]), np.array([12.0, 3.0]), ways, "nearest")
    >>> made.served.tolist(), made.full.tolist(), made.assigned.tolist()
    ([5.0, 10.0], [5.0, 0.0], [12.0, 3.0])
    """
    pairs = pairs.take(np.lexsort((pairs.facility, pairs.place)))
    room = np.nan_to_num(capacity, nan=0.0)
    ways = pairs.take((weights[pairs.place] > 0) & (room[pairs.facility] > 0))
    flow = (_nearest if model == "nearest" else _optimal)(weights, room, ways)
    flow[flow <= _NOBODY * weights[ways.place]] = 0.0
    flows, weight = ways.take(flow > 0), flow[flow > 0]
    within = np.zeros(len(weights), dtype=bool)
    within[pairs.place] = True
    served = np.minimum(_sums(flows.place, weight, len(weights)), weights)
    full = np.where(within, weights - served, 0.0)
    nobody = full <= _NOBODY * weights
    served[within & nobody], full[nobody] = weights[within & nobody], 0.0
    assigned = _sums(flows.facility, weight, len(capacity))
    return Assignment(model, flows, weight, served, full, within, assigned, np.maximum(capacity - assigned, 0.0))


def _nearest(weights: FloatArray, room: FloatArray, ways: PairTimes) -> FloatArray:
    """Weight along each pair, the shortest way first; times within 1e-6 s of each other count as one."""
    ticks = np.rint(ways.seconds / TIE_S).astype(np.int64)
    left, free = weights.tolist(), room.tolist()
    flow = np.zeros(len(ticks))
    of_place, of_facility = ways.place.tolist(), ways.facility.tolist()
    for pair in np.lexsort((ways.place, ways.facility, ticks)).tolist():
        place, facility = of_place[pair], of_facility[pair]
        part = min(left[place], free[facility])
        if part > 0:
            flow[pair] = part
            left[place] -= part
            free[facility] -= part
    return flow


def _optimal(weights: FloatArray, room: FloatArray, ways: PairTimes) -> FloatArray:
    """Weight along each pair: most people, then least time.

    One linear programme: each person served earns more than any chain of swaps can cost. A chain that serves one more
    adds at most one way to each facility, so the longest way times their number is enough.
    """
    pairs = len(ways.seconds)
    if not pairs:
        return np.zeros(0)
    reward_s = (min(len(weights), len(room)) + 1) * (float(ways.seconds.max()) + 1.0)
    one, pair = np.ones(2 * pairs), np.arange(pairs)
    row = np.concatenate([ways.place, len(weights) + ways.facility])
    matrix = sparse.csr_array((one, (row, np.concatenate([pair, pair]))), shape=(len(weights) + len(room), pairs))
    limits = np.concatenate([weights, np.minimum(room, weights.sum())])
    solved = linprog(ways.seconds - reward_s, A_ub=matrix, b_ub=limits, method="highs-ds")
    if solved.x is None:
        raise RuntimeError(f"the solver gave no assignment: {solved.message}")
    flow: FloatArray = np.maximum(solved.x, 0.0)
    whole = np.array_equal(limits, np.rint(limits))
    return np.rint(flow) if whole else flow
