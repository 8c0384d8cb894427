"""Pieces of road that are reached in time, cut where time ends."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from coverage.network import Network
from coverage.search import TIE_S
from coverage.snap import Snaps
from coverage.travel_time import Field, part_s

__all__ = ["RoadPieces", "piece_lines", "reached_pieces", "road_times"]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

# Pieces shorter than this, in metres, would be one point in a file of 7 decimals of a degree.
_NOTHING_M = 0.02
# Shares this near to each other are one cut.
_SAME_SHARE = 1e-12


@dataclass(frozen=True, eq=False)
class RoadPieces:
    """Parts of edges; arrays of shape (pieces,), in the order of the edges.

    Parameters
    ----------
    edge
        Edge of the network.
    start, stop
        Shares of its length, ``start < stop``.
    band
        Number of the smallest limit that reaches the piece.
    """

    edge: IntArray
    start: FloatArray
    stop: FloatArray
    band: IntArray

    def take(self, which: npt.NDArray[np.bool_]) -> "RoadPieces":
        """Some of the pieces."""
        return RoadPieces(self.edge[which], self.start[which], self.stop[which], self.band[which])


def road_times(field: Field, node_s: FloatArray, facilities: Snaps, edge: IntArray, share: FloatArray) -> FloatArray:
    """Seconds at positions on the road, the facility's access leg included, shape (n,).

    Parameters
    ----------
    field
        Speeds and direction.
    node_s
        Seconds at the nodes: those of the field, or of one facility alone.
    facilities
        The facilities that the times are for.
    edge, share
        Positions, shape (n,).
    """
    network = field.network
    via_u = node_s[network.u[edge]] + part_s(share, field.ahead_s[edge])
    via_v = node_s[network.v[edge]] + part_s(1 - share, field.behind_s[edge])
    best: FloatArray = np.minimum(via_u, via_v)
    order = np.argsort(edge, kind="stable")
    for number in np.flatnonzero(facilities.on_road):
        own = facilities.edge[number]
        begin, end = np.searchsorted(edge[order], [own, own + 1])
        here = order[begin:end]
        if len(here):
            step = share[here] - facilities.share[number]
            seconds = np.where(step >= 0, field.ahead_s[own], field.behind_s[own])
            along = part_s(np.abs(step), seconds)
            best[here] = np.minimum(best[here], facilities.access_m[number] / field.access_mps + along)
    return best


def reached_pieces(field: Field, node_s: FloatArray, facilities: Snaps, limits_s: FloatArray) -> RoadPieces:
    """Cut every usable road where one of the limits ends; a ferry is none.

    Parameters
    ----------
    field, node_s, facilities
        As for :func:`road_times`.
    limits_s
        Limits in seconds, rising, shape (m,).
    """
    network = field.network
    near = np.isfinite(node_s[network.u]) | np.isfinite(node_s[network.v])
    near[facilities.edge[facilities.on_road]] = True
    edges = np.flatnonzero(near & field.snapper.usable.land)
    edge, cut = _cuts(field, node_s, facilities, edges, limits_s)
    order = np.lexsort((cut, edge))
    edge, cut = edge[order], cut[order]
    same = edge[1:] == edge[:-1]
    edge, start, stop = edge[:-1][same], cut[:-1][same], cut[1:][same]
    real = stop - start > _SAME_SHARE
    edge, start, stop = edge[real], start[real], stop[real]
    # Between two cuts the whole piece is inside a limit or outside: its middle tells.
    seconds = road_times(field, node_s, facilities, edge, (start + stop) / 2)
    band = np.searchsorted(limits_s + TIE_S, seconds)
    inside = band < len(limits_s)
    pieces = _merge(RoadPieces(edge[inside], start[inside], stop[inside], band[inside].astype(np.int64)))
    return pieces.take((pieces.stop - pieces.start) * network.length_m[pieces.edge] > _NOTHING_M)


def _cuts(
    field: Field, node_s: FloatArray, facilities: Snaps, edges: IntArray, limits_s: FloatArray
) -> tuple[IntArray, FloatArray]:
    """Shares at which a piece may begin or end: both ends of the edge, and where each limit ends from each side."""
    network = field.network
    all_edges, all_shares = [edges, edges], [np.zeros(len(edges)), np.ones(len(edges))]
    here = np.flatnonzero(facilities.on_road)
    on, at = facilities.edge[here], facilities.share[here]
    begin_s = facilities.access_m[here] / field.access_mps
    all_edges.append(on)
    all_shares.append(at)
    with np.errstate(invalid="ignore"):
        for limit in limits_s:
            from_u = (limit - node_s[network.u[edges]]) / field.ahead_s[edges]
            from_v = 1 - (limit - node_s[network.v[edges]]) / field.behind_s[edges]
            forward = at + (limit - begin_s) / field.ahead_s[on]
            back = at - (limit - begin_s) / field.behind_s[on]
            for which, share in ((edges, from_u), (edges, from_v), (on, forward), (on, back)):
                inner = (share > 0) & (share < 1)
                all_edges.append(which[inner])
                all_shares.append(share[inner])
    return np.concatenate(all_edges), np.concatenate(all_shares)


def _merge(pieces: RoadPieces) -> RoadPieces:
    """Join neighbouring pieces of one band on one edge."""
    if not len(pieces.edge):
        return pieces
    new = np.ones(len(pieces.edge), dtype=bool)
    new[1:] = (
        (pieces.edge[1:] != pieces.edge[:-1])
        | (pieces.band[1:] != pieces.band[:-1])
        | (pieces.start[1:] - pieces.stop[:-1] > _SAME_SHARE)
    )
    first = np.flatnonzero(new)
    last = np.append(first[1:], len(new)) - 1
    return RoadPieces(pieces.edge[first], pieces.start[first], pieces.stop[last], pieces.band[first])


def piece_lines(network: Network, pieces: RoadPieces, points: FloatArray) -> npt.NDArray[np.object_]:
    """Pieces as LineStrings, shape (pieces,); whole edges keep their vertices.

    Parameters
    ----------
    network
        The pieces' network.
    pieces
        From :func:`reached_pieces`.
    points
        ``network.lonlat`` or ``network.xy``: the coordinates of the lines.
    """
    total_m = network.length_m[pieces.edge]
    begin, end = pieces.start * total_m, pieces.stop * total_m
    first = network.offsets[pieces.edge]
    count = network.offsets[pieces.edge + 1] - first
    number = np.arange(len(pieces.edge))
    owner = np.repeat(number, count)
    rows = np.arange(len(owner)) + np.repeat(first - np.cumsum(count) + count, count)
    inner = (network.along_m[rows] > begin[owner]) & (network.along_m[rows] < end[owner])
    # The two ends of each piece around the vertices strictly inside it.
    whose = np.concatenate([number, owner[inner], number])
    where = np.concatenate([begin, network.along_m[rows[inner]], end])
    place = np.concatenate(
        [_place(network, points, pieces.edge, begin), points[rows[inner]], _place(network, points, pieces.edge, end)]
    )
    order = np.lexsort((where, whose))
    lines: npt.NDArray[np.object_] = shapely.linestrings(place[order], indices=whose[order])
    return lines


def _place(network: Network, points: FloatArray, edge: IntArray, distance_m: FloatArray) -> FloatArray:
    row, part = network.position(edge, distance_m, network.along_m)
    place: FloatArray = points[row] + part[:, None] * (points[row + 1] - points[row])
    return place
