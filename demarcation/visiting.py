"""In which order to visit places: the best where they are few, a good one where they are many."""

import numpy as np
import numpy.typing as npt

__all__ = ["MOST_PROVEN", "duration", "visiting_order"]

FloatArray = npt.NDArray[np.float64]
#: Up to so many places every order is weighed, so the best is known to be the best.
MOST_PROVEN = 10
#: So many beginnings are tried where they are more, fewer of them the more places there are.
_TRIES, _WORK = 12, 2400
#: The longest run of places that is moved to another position at once.
_LONGEST_MOVED = 3
#: Seconds that make no difference.
_GAIN = 1e-6


def duration(order: list[int], cost: FloatArray, *, back: bool) -> float:
    """Cost of an order; of the way back to its first place too, where ``back``.

    Examples
    --------
    >>> duration([0, 1], np.array([[0.0, 2.0], [3.0, 0.0]]), back=True)
    5.0
    """
    ends = [*order[1:], *(order[:1] if back else [])]
    return float(sum(cost[a, b] for a, b in zip(order, ends, strict=False)))


def visiting_order(cost: FloatArray, *, start: bool) -> tuple[list[int], bool]:
    """An order of all places, and whether it is proven to be the best.

    Parameters
    ----------
    cost
        From place i to place j, finite, shape (n, n); there and back may differ.
    start
        The way begins and ends at place 0; else it begins and ends at any place.

    Examples
    --------
    >>> along = np.array([0.0, 5.0, 2.0, 9.0])
    >>> visiting_order(np.abs(along[:, None] - along), start=False)
    ([0, 2, 1, 3], True)
    """
    if not start:
        # One more place that is nowhere makes a round of any way.
        cost = np.pad(cost, ((1, 0), (1, 0)))
    places = len(cost) - 1
    proven = places <= MOST_PROVEN
    order = _best(cost) if proven else _good(cost)
    # There and back often take as long: then the way begins with the place that comes first.
    other = [0, *order[:0:-1]]
    if other[1:2] < order[1:2] and duration(other, cost, back=True) <= duration(order, cost, back=True) + _GAIN:
        order = other
    return (order if start else [place - 1 for place in order[1:]]), proven


def _best(cost: FloatArray) -> list[int]:
    """The cheapest round from place 0, by the cheapest way to each place over each set of others (Held and Karp)."""
    places = len(cost) - 1
    if places < 1:
        return [0]
    total = np.full((1 << places, places), np.inf)
    before = np.full((1 << places, places), -1, dtype=np.int64)
    for place in range(places):
        total[1 << place, place] = cost[0, place + 1]
    for seen in range(1, 1 << places):
        for place in range(places):
            rest = seen & ~(1 << place)
            if seen == rest or not rest:
                continue
            ways = total[rest] + cost[1:, place + 1]
            before[seen, place] = int(np.argmin(ways))
            total[seen, place] = ways[before[seen, place]]
    seen = (1 << places) - 1
    place = int(np.argmin(total[seen] + cost[1:, 0]))
    order = []
    while place >= 0:
        order.append(place + 1)
        seen, place = seen & ~(1 << place), int(before[seen, place])
    return [0, *reversed(order)]


def _good(cost: FloatArray) -> list[int]:
    """The best of some rounds that began with the nearest place each time and were then mended."""
    places = len(cost) - 1
    tries = max(1, min(_TRIES, _WORK // places))
    firsts = np.unique(np.linspace(1, places, tries).astype(int))
    rounds = [_mended(_nearest_first(cost, int(first)), cost) for first in firsts]
    return min(rounds, key=lambda order: (round(duration(order, cost, back=True), 6), order))


def _nearest_first(cost: FloatArray, first: int) -> list[int]:
    order, left = [0, first], np.ones(len(cost), dtype=bool)
    left[order] = False
    while left.any():
        order.append(int(np.argmin(np.where(left, cost[order[-1]], np.inf))))
        left[order[-1]] = False
    return order


def _mended(order: list[int], cost: FloatArray) -> list[int]:
    """Turn stretches round and move short ones elsewhere, the most useful first, until nothing gains."""
    while True:
        gain, changed = min((_turned(order, cost), *_moved(order, cost)), key=lambda found: found[0])
        if gain > -_GAIN:
            return order
        order = changed


def _turned(order: list[int], cost: FloatArray) -> tuple[float, list[int]]:
    """The best turn of a stretch, and what it adds to the cost (2-opt)."""
    tour = np.array([*order, order[0]])
    ahead = np.concatenate([[0.0], np.cumsum(cost[tour[:-1], tour[1:]])])
    back = np.concatenate([[0.0], np.cumsum(cost[tour[1:], tour[:-1]])])
    first, last = np.triu_indices(len(order) - 1, 1)
    first, last = first + 1, last + 1
    before, after = tour[first - 1], tour[last + 1]
    gain = (
        cost[before, tour[last]] + cost[tour[first], after] + back[last] - back[first]
        - (ahead[last + 1] - ahead[first - 1])
    )  # fmt: skip
    if not len(gain):
        return 0.0, order
    at = int(np.argmin(gain))
    i, j = int(first[at]), int(last[at]) + 1
    return float(gain[at]), [*order[:i], *reversed(order[i:j]), *order[j:]]


def _moved(order: list[int], cost: FloatArray) -> list[tuple[float, list[int]]]:
    """The best move of a run of each length, as it is, and what it adds to the cost (Or-opt)."""
    found = []
    for length in range(1, min(_LONGEST_MOVED, len(order) - 2) + 1):
        tour = np.array([*order, order[0]])
        start = np.arange(1, len(order) - length + 1)
        first, last = tour[start], tour[start + length - 1]
        before, after = tour[start - 1], tour[start + length]
        saved = cost[before, first] + cost[last, after] - cost[before, after]
        gap = np.arange(len(order))
        left, right = tour[gap], tour[gap + 1]
        added = cost[left[None, :], first[:, None]] + cost[last[:, None], right[None, :]] - cost[left, right][None, :]
        # A run cannot go between its own places, nor stay where it is.
        own = (gap[None, :] >= start[:, None] - 1) & (gap[None, :] <= start[:, None] + length - 1)
        gain = np.where(own, np.inf, added - saved[:, None])
        at, into = np.unravel_index(int(np.argmin(gain)), gain.shape)
        i, k = int(start[at]), int(gap[into])
        run, rest = order[i : i + length], order[:i] + order[i + length :]
        place = k + 1 if k < i else k + 1 - length
        found.append((float(gain[at, into]), [*rest[:place], *run, *rest[place:]]))
    return found
