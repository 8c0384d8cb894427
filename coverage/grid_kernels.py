"""Compiled loops that lay the snap grid: which road is nearest to each grid node, which squares each road passes.

The plane here is that of the grid: nodes lie at whole numbers of columns and rows, and node ``row * columns + column``
is also the name of the square to its north-east. Every loop runs without the interpreter's lock.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from geo.jit import numba

__all__ = ["Roads", "count_squares", "cover", "share_out", "spread", "walk"]

FloatArray = npt.NDArray[np.float64]
Int32Array = npt.NDArray[np.int32]

_compiled = numba.njit(cache=True, nogil=True)


class Roads(NamedTuple):
    """Roads in the plane of the grid. A straight piece has the number of the vertex that it begins at.

    Parameters
    ----------
    edges
        Edges that count, rising, shape (m,).
    offsets
        The vertices of edge e are ``offsets[e]:offsets[e + 1]``, shape (edges + 1,).
    x, y
        Vertices in columns and rows, shape (vertices,).
    share
        Share of the length of its edge before each vertex, shape (vertices,).
    """

    edges: Int32Array
    offsets: Int32Array
    x: FloatArray
    y: FloatArray
    share: FloatArray


@_compiled
def walk(line, columns, square, share, count):
    """Write down the squares that a straight line enters after the one it begins in, and where it enters them.

    Parameters
    ----------
    line
        x and y of the beginning, x and y of the end.
    columns
        Nodes in a row of the grid.
    square, share
        Written from ``count`` on: the square, and the share of the line before it. Rising shares.

    Returns
    -------
    int
        The count afterwards: one more for each grid line that is crossed.
    """
    x, y, to_x, to_y = line
    column, row = int(np.floor(x)), int(np.floor(y))
    left_x, left_y = abs(int(np.floor(to_x)) - column), abs(int(np.floor(to_y)) - row)
    step_x, step_y = (1 if to_x > x else -1), (1 if to_y > y else -1)
    while left_x > 0 or left_y > 0:
        # Each crossing is computed from the beginning of the line, so that no error adds up.
        at_x = (column + (step_x > 0) - x) / (to_x - x) if left_x > 0 else np.inf
        at_y = (row + (step_y > 0) - y) / (to_y - y) if left_y > 0 else np.inf
        if at_x <= at_y:
            column += step_x
            left_x -= 1
        else:
            row += step_y
            left_y -= 1
        square[count] = row * columns + column
        share[count] = min(max(min(at_x, at_y), 0.0), 1.0)
        count += 1
    return count


@_compiled
def count_squares(roads):
    """How many squares each edge passes, one after the other, as :func:`walk` counts them; 0 for others.

    Returns the sums before each edge, shape (edges + 1,).
    """
    xs, ys, offsets = roads.x, roads.y, roads.offsets
    start = np.zeros(len(offsets), np.int32)
    for edge in roads.edges:
        number = 1
        for piece in range(offsets[edge], offsets[edge + 1] - 1):
            number += abs(int(np.floor(xs[piece + 1])) - int(np.floor(xs[piece])))
            number += abs(int(np.floor(ys[piece + 1])) - int(np.floor(ys[piece])))
        start[edge + 1] = number
    for edge in range(1, len(start)):
        start[edge] += start[edge - 1]
    return start


@_compiled
def _away(xs, ys, piece, x, y):
    """Square of the distance from a straight piece, and the share of the piece before the nearest position on it."""
    from_x, from_y = xs[piece], ys[piece]
    along_x, along_y = xs[piece + 1] - from_x, ys[piece + 1] - from_y
    square = along_x * along_x + along_y * along_y
    part = ((x - from_x) * along_x + (y - from_y) * along_y) / square if square > 0 else 0.0
    part = min(max(part, 0.0), 1.0)
    off_x, off_y = from_x + part * along_x - x, from_y + part * along_y - y
    return off_x * off_x + off_y * off_y, part


@_compiled
def cover(roads, start, columns, nearest, distance):
    """List the squares that the edges pass, and give the corners of those squares their nearest piece.

    Parameters
    ----------
    roads, start
        The roads and what :func:`count_squares` says of them.
    columns
        Nodes in a row of the grid.
    nearest, distance
        Changed in place: nearest piece of each node, and the square of its distance; shape (nodes,).

    Returns
    -------
    square, enters
        For each edge the squares it passes and the share of its length where it enters them, shape (start[-1],).
    """
    xs, ys, before, offsets = roads.x, roads.y, roads.share, roads.offsets
    square = np.empty(start[-1], np.int32)
    enters = np.empty(start[-1], np.float32)
    shares = np.empty(start[-1], np.float64)
    for edge in roads.edges:
        count = start[edge]
        first = offsets[edge]
        square[count] = int(np.floor(ys[first])) * columns + int(np.floor(xs[first]))
        enters[count] = 0.0
        count += 1
        for piece in range(first, offsets[edge + 1] - 1):
            fresh = count
            count = walk((xs[piece], ys[piece], xs[piece + 1], ys[piece + 1]), columns, square, shares, count)
            for k in range(fresh - 1, count):
                if k >= fresh:
                    enters[k] = before[piece] + shares[k] * (before[piece + 1] - before[piece])
                row = square[k] // columns
                column = square[k] - row * columns
                for up in range(2):
                    for right in range(2):
                        node = np.int64(square[k]) + up * columns + right
                        away, _ = _away(xs, ys, piece, column + right, row + up)
                        if away < distance[node]:
                            distance[node] = away
                            nearest[node] = piece
    return square, enters


@_compiled
def spread(roads, rows, columns, most, nearest, distance):
    """Pass nearest pieces on from node to node, twice over the grid, as far as they matter.

    A node takes the nearest of the pieces of its eight neighbours. The piece found is the nearest one, or farther by a
    small part of a cell where the land of the nearest one is narrower than a cell.

    Parameters
    ----------
    most
        Pieces farther away, in cells, are not passed on.
    nearest, distance
        As :func:`cover` left them; changed in place.
    """
    xs, ys = roads.x, roads.y
    most = most * most
    for turn in range(2):
        ahead = 1 if turn == 0 else -1
        for j in range(1, rows):
            row = j if turn == 0 else rows - 1 - j
            base = row * columns
            behind = base - ahead * columns
            for i in range(1, columns - 1):
                column = i if turn == 0 else columns - 1 - i
                node, near = base + column, behind + column
                last = nearest[node]
                for other in (node - ahead, near - ahead, near, near + ahead):
                    piece = nearest[other]
                    if piece >= 0 and piece != last:
                        last = piece
                        away, _ = _away(xs, ys, piece, column, row)
                        if away <= most and away < distance[node]:
                            distance[node] = away
                            nearest[node] = piece
            for i in range(1, columns):
                column = columns - 1 - i if turn == 0 else i
                node = base + column
                piece = nearest[node + ahead]
                if piece >= 0 and piece != nearest[node]:
                    away, _ = _away(xs, ys, piece, column, row)
                    if away <= most and away < distance[node]:
                        distance[node] = away
                        nearest[node] = piece


@_compiled
def share_out(roads, edge_of, columns, cell_m, nearest):
    """Nodes in groups by the edge that is nearest to them.

    Parameters
    ----------
    edge_of
        Edge of each piece, shape (vertices,).
    nearest
        Nearest piece of each node, -1 where none matters.

    Returns
    -------
    start, node, share, away_m
        The nodes of edge e are ``start[e]:start[e + 1]`` of the others: the node, the share of the edge's length before
        the position nearest to it, and the distance of that position.
    """
    xs, ys, before = roads.x, roads.y, roads.share
    start = np.zeros(len(roads.offsets), np.int32)
    for piece in nearest:
        if piece >= 0:
            start[edge_of[piece] + 1] += 1
    for edge in range(1, len(start)):
        start[edge] += start[edge - 1]
    at = start[:-1].copy()
    node = np.empty(start[-1], np.int32)
    share = np.empty(start[-1], np.float32)
    away_m = np.empty(start[-1], np.float32)
    for k in range(len(nearest)):
        piece = nearest[k]
        if piece >= 0:
            row = k // columns
            square, part = _away(xs, ys, piece, k - row * columns, row)
            edge = edge_of[piece]
            node[at[edge]] = k
            share[at[edge]] = before[piece] + part * (before[piece + 1] - before[piece])
            away_m[at[edge]] = np.sqrt(square) * cell_m
            at[edge] += 1
    return start, node, share, away_m
