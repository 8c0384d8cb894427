"""Compiled loops of the building of a network. Plain arrays in and out; they run without the interpreter's lock."""

import numpy as np

from geo.jit import numba

__all__ = ["along_paths", "near_pairs", "pieces_at_vertices", "walk"]

_compiled = numba.njit(cache=True, nogil=True)


@_compiled
def near_pairs(xy, order, cell, columns, reach_m, out):
    """Pairs of points within a distance of each other; how many there are.

    Parameters
    ----------
    xy
        Metres, shape (n, 2).
    order
        Points sorted by their cell, shape (n,).
    cell
        Cells in that order: ``column * columns + row`` of squares not smaller than ``reach_m``, shape (n,). No row is
        the first or the last of its column.
    columns
        Rows of a column.
    out
        Takes the pairs as far as it has room, the smaller number first, shape (room, 2).
    """
    found = 0
    count = len(order)
    right = 0
    for here in range(count):
        # Neighbours behind in this order: own cell, the cell above, and three cells in the next column.
        while right < count and cell[right] < cell[here] + columns - 1:
            right += 1
        for begin, last in ((here + 1, cell[here] + 1), (right, cell[here] + columns + 1)):
            there = begin
            while there < count and cell[there] <= last:
                dx = xy[order[here], 0] - xy[order[there], 0]
                dy = xy[order[here], 1] - xy[order[there], 1]
                if dx * dx + dy * dy <= reach_m * reach_m:
                    if found < len(out):
                        out[found, 0] = min(order[here], order[there])
                        out[found, 1] = max(order[here], order[there])
                    found += 1
                there += 1
    return found


@_compiled
def pieces_at_vertices(a, b, vertices):
    """Pieces that end at each vertex: ``piece[start[i]:start[i + 1]]``, first those that begin there, each rising.

    Parameters
    ----------
    a, b
        Vertices at the ends of the pieces, shape (p,).
    vertices
        How many there are.
    """
    start = np.zeros(vertices + 1, dtype=np.int64)
    for piece in range(len(a)):
        start[a[piece] + 1] += 1
        start[b[piece] + 1] += 1
    for vertex in range(vertices):
        start[vertex + 1] += start[vertex]
    free = start[:-1].copy()
    out = np.empty(2 * len(a), dtype=np.int32)
    for ends in (a, b):
        for piece in range(len(ends)):
            out[free[ends[piece]]] = piece
            free[ends[piece]] += 1
    return start, out


@_compiled
def walk(a, b, through, start, at_vertex):
    """Vertices of each chain, and its first piece: from every node outwards, then round the rings without a node.

    Parameters
    ----------
    a, b
        Vertices at the ends of the pieces, shape (p,).
    through
        Vertices inside a chain, shape (vertices,).
    start, at_vertex
        Of :func:`pieces_at_vertices`.

    Returns
    -------
    path, offsets, lead
        Vertices of chain e are ``path[offsets[e]:offsets[e + 1]]``; its first piece is ``lead[e]``.
    """
    pieces = len(a)
    seen = np.zeros(pieces, dtype=np.bool_)
    # A chain has one vertex more than pieces.
    path = np.empty(2 * pieces, dtype=np.int32)
    offsets = np.zeros(pieces + 1, dtype=np.int64)
    lead = np.empty(pieces, dtype=np.int32)
    chains = 0
    filled = 0
    vertices = len(through)
    for begin in range(vertices + pieces):
        # After the nodes, what is left are rings: each begins at the first end of its first piece.
        is_node = begin < vertices
        if is_node and through[begin]:
            continue
        vertex_at_start = begin if is_node else a[begin - vertices]
        low = start[begin] if is_node else begin - vertices
        high = start[begin + 1] if is_node else low + 1
        for number in range(low, high):
            piece = at_vertex[number] if is_node else number
            if seen[piece]:
                continue
            vertex = vertex_at_start
            lead[chains] = piece
            path[filled] = vertex
            filled += 1
            while True:
                seen[piece] = True
                vertex = a[piece] + b[piece] - vertex
                path[filled] = vertex
                filled += 1
                if not through[vertex]:
                    break
                one, other = at_vertex[start[vertex]], at_vertex[start[vertex] + 1]
                piece = other if one == piece else one
                if seen[piece]:
                    break
            chains += 1
            offsets[chains] = filled
    return path[:filled].copy(), offsets[: chains + 1].copy(), lead[:chains].copy()


@_compiled
def along_paths(step_m, offsets):
    """Length from the start of each path to its vertices; each sum starts anew, so paths do not touch each other.

    Parameters
    ----------
    step_m
        Length of each piece of each path, one path behind the other, shape (k - paths,).
    offsets
        Vertices of path e are ``offsets[e]:offsets[e + 1]``, shape (paths + 1,).

    Returns
    -------
    ndarray of float64, shape (k,)
    """
    along = np.zeros(offsets[-1])
    step = 0
    for number in range(len(offsets) - 1):
        total = 0.0
        for row in range(offsets[number] + 1, offsets[number + 1]):
            total += step_m[step]
            step += 1
            along[row] = total
    return along
