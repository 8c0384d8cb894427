"""Join straight pieces at vertices of degree two into edges between junctions and ends."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

__all__ = ["Chains", "join_chains"]

IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Chains:
    """Edges as chains of vertices.

    Parameters
    ----------
    first, last
        Vertex at the start and the end of each chain, ``first <= last``, shape (edges,).
    way
        Combination of road attributes, one along the whole chain.
    oneway
        1: from first to last only, -1: against, 0: both.
    path, offsets
        Vertices of chain e: ``path[offsets[e]:offsets[e + 1]]``.
    is_change
        Vertex of degree two that is kept because the road changes there, shape (vertices,).
    duplicates
        Pieces dropped because the same piece, with the same attributes, was there before, or as one direction of a
        two-way piece.
    """

    first: IntArray
    last: IntArray
    way: IntArray
    oneway: npt.NDArray[np.int8]
    path: IntArray
    offsets: IntArray
    is_change: npt.NDArray[np.bool_]
    duplicates: int

    def take(self, order: IntArray) -> "Chains":
        """The same chains in another order."""
        counts = np.diff(self.offsets)[order]
        offsets = np.concatenate([[0], np.cumsum(counts)])
        rows = np.arange(offsets[-1]) + np.repeat(self.offsets[order] - offsets[:-1], counts)
        changed = {name: getattr(self, name)[order] for name in ("first", "last", "way", "oneway")}
        return replace(self, **changed, path=self.path[rows], offsets=offsets)


def join_chains(a: IntArray, b: IntArray, way: IntArray, oneway: npt.NDArray[np.int8], *, vertices: int) -> Chains:
    """Join pieces into chains.

    Parameters
    ----------
    a, b
        Vertices at the ends of each piece, ``a < b``, shape (p,).
    way
        Combination of attributes of each piece.
    oneway
        1: from a to b only, -1: from b to a only, 0: both.
    vertices
        Number of vertices.

    Returns
    -------
    Chains
        In an order that depends on the numbers of the vertices only.

    Examples
    --------
    >>> import numpy as np
    >>> zero = np.zeros(2, dtype=np.int64)
    >>> join_chains(np.array([0, 1]), np.array([1, 2]), zero, zero.astype(np.int8), vertices=3).path.tolist()
    [0, 1, 2]
    """
    read = len(a)
    pieces = _both_ways(np.unique(np.column_stack([a, b, way, oneway.astype(np.int64)]), axis=0))
    a, b, way, oneway = pieces[:, 0], pieces[:, 1], pieces[:, 2], pieces[:, 3].astype(np.int8)
    through, is_change = _passed_through(a, b, way, oneway, vertices)
    paths, leads = _walk(a, b, through)
    flat = np.array([vertex for path in paths for vertex in path], dtype=np.int64)
    offsets = np.concatenate([[0], np.cumsum([len(path) for path in paths])]).astype(np.int64)
    lead = np.array(leads, dtype=np.int64)
    first, last = flat[offsets[:-1]], flat[offsets[1:] - 1]
    flipped = a[lead] != first
    return Chains(
        first=first,
        last=last,
        way=way[lead],
        oneway=np.where(flipped, -oneway[lead], oneway[lead]).astype(np.int8),
        path=flat,
        offsets=offsets,
        is_change=is_change,
        duplicates=read - len(pieces),
    )


def _both_ways(pieces: IntArray) -> IntArray:
    """Two one-way pieces of one way on the same vertices, there and back, as the one two-way piece that they are.

    ``pieces``: distinct rows of a, b, way, oneway, sorted, shape (p, 4).
    """
    same = (pieces[1:, :3] == pieces[:-1, :3]).all(axis=1)
    # Sorted, -1 stands before 0 before 1; of three, the two-way piece in the middle serves already.
    there_and_back = np.flatnonzero(same & (pieces[:-1, 3] == -1) & (pieces[1:, 3] == 1))
    pieces = pieces.copy()
    pieces[there_and_back, 3] = 0
    return np.delete(pieces, there_and_back + 1, axis=0)


def _passed_through(
    a: IntArray, b: IntArray, way: IntArray, oneway: npt.NDArray[np.int8], vertices: int
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Vertices inside a chain, and vertices of degree two where the road changes. Shapes (vertices,)."""
    degree = np.bincount(a, minlength=vertices) + np.bincount(b, minlength=vertices)
    # What enters an inner vertex by one piece leaves it by the other: directions seen "into the vertex" sum to zero.
    into = np.bincount(b, weights=oneway, minlength=vertices) - np.bincount(a, weights=oneway, minlength=vertices)
    least = np.full(vertices, np.iinfo(np.int64).max)
    most = np.full(vertices, -1, dtype=np.int64)
    for end in (a, b):
        np.minimum.at(least, end, way)
        np.maximum.at(most, end, way)
    alike = (least == most) & (into == 0)
    two = degree == 2  # noqa: PLR2004  # one piece in, one piece out
    return two & alike, two & ~alike


def _walk(a: IntArray, b: IntArray, through: npt.NDArray[np.bool_]) -> tuple[list[list[int]], list[int]]:
    """Vertices of each chain, and its first piece: from every node outwards, then round the rings without a node."""
    vertices = len(through)
    ends = np.concatenate([a, b])
    order = np.argsort(ends, kind="stable")
    start = np.searchsorted(ends[order], np.arange(vertices + 1)).tolist()
    at_vertex = (order % len(a)).tolist()
    ends_sum = (a + b).tolist()
    inside = through.tolist()
    seen = [False] * len(a)
    paths: list[list[int]] = []
    leads: list[int] = []

    def follow(vertex: int, piece: int) -> None:
        path = [vertex]
        leads.append(piece)
        while True:
            seen[piece] = True
            vertex = ends_sum[piece] - vertex
            path.append(vertex)
            if not inside[vertex]:
                break
            one, other = at_vertex[start[vertex]], at_vertex[start[vertex] + 1]
            following = other if one == piece else one
            if seen[following]:
                break
            piece = following
        paths.append(path)

    for vertex in np.flatnonzero(~through).tolist():
        for piece in at_vertex[start[vertex] : start[vertex + 1]]:
            if not seen[piece]:
                follow(vertex, piece)
    for piece, vertex in enumerate(a.tolist()):
        if not seen[piece]:
            follow(vertex, piece)
    return paths, leads
