"""Join straight pieces at vertices of degree two into edges between junctions and ends."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from coverage.noding_kernels import pieces_at_vertices, walk

__all__ = ["Chains", "join_chains"]

IntArray = npt.NDArray[np.int64]
Int32Array = npt.NDArray[np.int32]


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

    first: Int32Array
    last: Int32Array
    way: Int32Array
    oneway: npt.NDArray[np.int8]
    path: Int32Array
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


def join_chains(
    a: Int32Array, b: Int32Array, way: Int32Array, oneway: npt.NDArray[np.int8], *, vertices: int
) -> Chains:
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
    >>> zero = np.zeros(2, dtype=np.int32)
    >>> a, b = np.array([0, 1], dtype=np.int32), np.array([1, 2], dtype=np.int32)
    >>> join_chains(a, b, zero, zero.astype(np.int8), vertices=3).path.tolist()
    [0, 1, 2]
    """
    read = len(a)
    a, b, way, oneway = _distinct(a, b, way, oneway, vertices)
    start, at_vertex = pieces_at_vertices(a, b, vertices)
    through, is_change = _passed_through(a, b, way, oneway, np.diff(start))
    path, offsets, lead = walk(a, b, through, start, at_vertex)
    first, last = path[offsets[:-1]], path[offsets[1:] - 1]
    flipped = a[lead] != first
    return Chains(
        first=first,
        last=last,
        way=way[lead],
        oneway=np.where(flipped, -oneway[lead], oneway[lead]).astype(np.int8),
        path=path,
        offsets=offsets,
        is_change=is_change,
        duplicates=read - len(a),
    )


def _distinct(
    a: Int32Array, b: Int32Array, way: Int32Array, oneway: npt.NDArray[np.int8], vertices: int
) -> tuple[Int32Array, Int32Array, Int32Array, npt.NDArray[np.int8]]:
    """Distinct pieces, sorted by a, b, way and oneway.

    Two one-way pieces of one way on the same vertices, there and back, are the one two-way piece that they make.
    """
    # Two sorts of plain numbers; one number for all four would not fit 64 bits everywhere.
    pair, pair_rank = np.unique(a * np.int64(vertices) + b, return_inverse=True)
    ways = int(way.max(initial=0)) + 1
    key = np.sort((pair_rank * ways + way) * 3 + oneway + 1)
    key = key[np.concatenate([[True], key[1:] != key[:-1]])]  # np.unique would not sort first, and take far longer
    piece, code = key // 3, (key % 3 - 1).astype(np.int8)
    # Sorted, -1 stands before 0 before 1; of three, the two-way piece in the middle serves already.
    there_and_back = np.flatnonzero((piece[1:] == piece[:-1]) & (code[:-1] == -1) & (code[1:] == 1))
    code[there_and_back] = 0
    piece, code = np.delete(piece, there_and_back + 1), np.delete(code, there_and_back + 1)
    ends = pair[piece // ways]
    first, last, way = (part.astype(np.int32) for part in (ends // vertices, ends % vertices, piece % ways))
    return first, last, way, code


def _passed_through(
    a: Int32Array, b: Int32Array, way: Int32Array, oneway: npt.NDArray[np.int8], degree: IntArray
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Vertices inside a chain, and vertices of degree two where the road changes. Shapes (vertices,)."""
    vertices = len(degree)
    # What enters an inner vertex by one piece leaves it by the other: directions seen "into the vertex" sum to zero.
    into = np.bincount(b, weights=oneway, minlength=vertices) - np.bincount(a, weights=oneway, minlength=vertices)
    least = np.full(vertices, np.iinfo(np.int32).max, dtype=np.int32)
    most = np.full(vertices, -1, dtype=np.int32)
    for end in (a, b):
        np.minimum.at(least, end, way)
        np.maximum.at(most, end, way)
    alike = (least == most) & (into == 0)
    two = degree == 2  # noqa: PLR2004  # one piece in, one piece out
    return two & alike, two & ~alike
