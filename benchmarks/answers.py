"""Whether two sides found the same."""

from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks.measure import Same
from benchmarks.serve import Answer

__all__ = ["nothing_to_compare", "owners_of", "same_nearest", "same_sets"]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
#: Times this near to each other are one (contract).
TIE_S = 1e-6


def nothing_to_compare(_ours: Answer, _peer: Answer) -> Same:
    """For a floor, which answers nothing."""
    return "", ""


def same_nearest(ours: Answer, peer: Answer, arcs: Path, task: Path) -> Same:
    """Times within 1e-6 s at every node, and our owners those that the peer's times ask for.

    Parameters
    ----------
    ours
        ``times`` and ``owner``, shape (nodes,).
    peer
        ``times``, shape (nodes,).
    arcs, task
        Files of the graph and of the sources.
    """
    mine, other = ours["times"], peer["times"]
    apart = _apart(mine, other)
    wrong = apart > TIE_S
    if wrong.any():
        only = int(np.isinf(apart).sum())
        most = float(np.max(apart[np.isfinite(apart)], initial=0.0))
        count = int(wrong.sum())
        return "no", f"{count:,} nodes differ, {only:,} of them reached by one side only, by up to {most:.2g} s"
    expected = owners_of(other, arcs, task)
    if not np.array_equal(ours["owner"], expected):
        return "no", f"{int((ours['owner'] != expected).sum()):,} nodes have another owner"
    bits = "times to the last bit" if np.array_equal(mine, other) else f"times within {np.max(apart):.0e} s"
    return "yes", f"{bits}, owners too"


def _apart(mine: FloatArray, other: FloatArray) -> FloatArray:
    """Absolute difference of times; 0 where both are inf, inf where one is."""
    out = np.zeros(len(mine))
    finite = np.isfinite(mine) & np.isfinite(other)
    out[finite] = np.abs(mine[finite] - other[finite])
    out[np.isfinite(mine) != np.isfinite(other)] = np.inf
    return out


def owners_of(times: FloatArray, arcs: Path, task: Path) -> IntArray:
    """The smallest source at the beginning of a shortest path to each node, -1 where none is.

    The slow and plain way, for comparison: labels go along all arcs of shortest paths until none changes.

    Parameters
    ----------
    times
        Time from the nearest source, inf beyond the limit, shape (nodes,).
    """
    with np.load(arcs) as found:
        tail, head, seconds = found["tail"], found["head"], found["seconds"]
    with np.load(task) as asked:
        sources = asked["sources"]
    tight = np.isfinite(times[tail]) & np.isfinite(times[head]) & (times[tail] + seconds <= times[head] + TIE_S)
    tail, head = tail[tight], head[tight]
    nobody = np.iinfo(np.int64).max
    owner = np.full(len(times), nobody)
    owner[sources] = np.arange(len(sources))
    while True:
        before = owner.copy()
        np.minimum.at(owner, head, owner[tail])
        if np.array_equal(before, owner):
            owner[owner == nobody] = -1
            return owner


def same_sets(ours: Answer, peer: Answer, *, most: int | None = None) -> Same:
    """The same nodes reached from the same sources, at times within 1e-6 s.

    Parameters
    ----------
    ours, peer
        ``source``, ``node``, ``seconds``: one entry for each reached node, in order of source and node.
    most
        Only the first so many sources are compared; None: all.
    """
    cut = slice(None) if most is None else slice(0, int(np.searchsorted(ours["source"], most)))
    source, node, seconds = (ours[name][cut] for name in ("source", "node", "seconds"))
    if not (np.array_equal(source, peer["source"]) and np.array_equal(node, peer["node"])):
        mine = set(zip(source.tolist(), node.tolist(), strict=True))
        other = set(zip(peer["source"].tolist(), peer["node"].tolist(), strict=True))
        return "no", f"{len(mine ^ other):,} of {len(mine):,} reached nodes are reached by one side only"
    apart = float(np.max(np.abs(seconds - peer["seconds"]), initial=0.0))
    if apart > TIE_S:
        return "no", f"times differ by up to {apart:.2g} s"
    return "yes", f"{len(node):,} reached nodes"
