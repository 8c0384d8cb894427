"""Pieces of road that are reached in time, cut where time ends."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from coverage import link_kernels
from coverage.link_kernels import Links, Sites
from coverage.network import Network
from coverage.search import TIE_S
from coverage.travel_time import Field

__all__ = ["RoadPieces", "links_of", "piece_lines", "reached_pieces", "sites_of"]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.integer[Any]]

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


def sites_of(field: Field) -> Sites:
    """The facilities on the road, as the compiled loops take them."""
    snaps = field.facilities
    who = np.flatnonzero(snaps.on_road)
    who = who[np.lexsort((who, snaps.share[who], snaps.edge[who]))]
    return Sites(
        snaps.edge[who].astype(np.int32), snaps.share[who], snaps.access_m[who] / field.access_mps, who.astype(np.int32)
    )


def links_of(field: Field, limit_s: float) -> Links:
    """What all facilities together reach of each edge.

    Parameters
    ----------
    field
        Facilities and times.
    limit_s
        The longest time that will be asked for.

    Raises
    ------
    ValueError
        When it is above that of the field: what lies beyond is not known, not unreached.
    """
    if limit_s > field.limit_s:
        raise ValueError(f"{limit_s:g} s asked for, times are known up to {field.limit_s:g} s")
    links: Links = link_kernels.links_of_layer(
        field.roads.edges, field.node_s, field.node_facility, sites_of(field), TIE_S
    )
    return links


def reached_pieces(field: Field, limits_s: FloatArray) -> RoadPieces:
    """Cut every usable road where one of the limits ends; a ferry is none.

    A piece depends on the two limits that it lies between only: ``reached_pieces(field, [5 min, 20 min])``, of these
    band 1, are the pieces that 20 minutes add to 5.

    Parameters
    ----------
    field
        Facilities and times.
    limits_s
        Limits in seconds, rising, at most that of the field, shape (m,).

    Returns
    -------
    RoadPieces
        By edge and share.
    """
    network = field.network
    edge, start, stop, band = link_kernels.cut_links(field.roads.edges, links_of(field, float(limits_s[-1])), limits_s)
    real = (stop - start > _SAME_SHARE) & field.snapper.usable.land[edge]
    pieces = _merge(RoadPieces(edge, start, stop, band).take(real))
    return pieces.take((pieces.stop - pieces.start) * network.length_m[pieces.edge] > _NOTHING_M)


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
