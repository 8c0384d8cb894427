"""Slope: heights along the edges of a network, from an elevation raster, and what they do to walkers."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array, diags_array
from scipy.sparse.csgraph import connected_components
from scipy.sparse.linalg import spsolve

from coverage.profiles import Tobler
from geo.raster import Raster, read_elevation
from layers.layer import Source

if TYPE_CHECKING:
    from coverage.network import Network

__all__ = ["STEEPEST", "STEP_M", "Terrain", "read_terrain", "terrain_of", "tobler_ratio"]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

#: Heights are taken at the vertices of an edge and between them at most this far apart, in metres, or one cell of the
#: raster where that is more: usual elevation models have cells of 30 m, and between two cells nothing is known.
STEP_M = 30.0
#: Steeper slopes are taken as this one, up or down: streets are not so steep; beyond it stand steps, walls and noise.
STEEPEST = 0.4


@dataclass(frozen=True, eq=False)
class Terrain:
    """Slopes along the edges of one network, in steps of some metres.

    Parameters
    ----------
    network_key
        Of the network that it belongs to.
    source
        The raster that the heights come from.
    offsets
        The steps of edge e are ``offsets[e]:offsets[e + 1]``, at least one, in its direction, shape (edges + 1,).
    run_m
        Length of each step, shape (steps,).
    slope
        Rise per metre, upwards positive; 0 where a height is not known, shape (steps,).
    unknown_m
        Length of each edge without heights, shape (edges,).
    """

    network_key: str
    source: Source
    offsets: IntArray
    run_m: FloatArray
    slope: FloatArray
    unknown_m: FloatArray

    def _sum(self, values: FloatArray) -> FloatArray:
        """Sum over the steps of each edge, shape (edges,)."""
        total: FloatArray = np.add.reduceat(values, self.offsets[:-1])
        return total

    def walking_ratios(self, tobler: Tobler) -> tuple[FloatArray, FloatArray]:
        """Mean speed along each edge and back, as a ratio to that on the flat, shapes (edges,)."""
        length_m = self._sum(self.run_m)
        there, back = (
            length_m / self._sum(self.run_m / tobler_ratio(slope, tobler)) for slope in (self.slope, -self.slope)
        )
        return there, back

    def steeper_m(self, slope: float) -> FloatArray:
        """Length of each edge that is steeper than a slope, up or down, shape (edges,)."""
        return self._sum(np.where(np.abs(self.slope) > slope, self.run_m, 0.0))

    def unknown_share(self, edges: BoolArray) -> float | None:
        """Share of the length of some edges without heights; None where they have no length."""
        total_m = float(self._sum(self.run_m)[edges].sum())
        return float(self.unknown_m[edges].sum()) / total_m if total_m else None


def tobler_ratio(slope: FloatArray, tobler: Tobler) -> FloatArray:
    """Walking speed on a slope as a ratio to that on the flat [W. Tobler 1993, "Three presentations"].

    Parameters
    ----------
    slope
        Rise per metre in the direction of travel.
    tobler
        The numbers of the formula, and how fast one is downhill at most.

    Examples
    --------
    >>> import numpy as np
    >>> from coverage.profiles import load_profile
    >>> tobler_ratio(np.array([0.05, -0.05]), load_profile("adult").tobler).round(2).tolist()
    [0.84, 1.19]
    >>> tobler_ratio(np.array([0.05, -0.05]), load_profile("elder").tobler).round(2).tolist()
    [0.84, 1.0]
    """
    fastest_at = tobler.fastest_at
    ratio: FloatArray = np.exp(-tobler.steepness * (np.abs(slope - fastest_at) - abs(fastest_at)))
    return ratio if tobler.downhill_cap is None else np.where(slope < 0, np.minimum(ratio, tobler.downhill_cap), ratio)


def terrain_of(network: "Network", raster: Raster) -> Terrain:
    """Heights along all edges of a network.

    On a bridge and in a tunnel the road climbs evenly from end to end, whatever the ground does. Where the raster has
    no height the road is flat, and :attr:`Terrain.unknown_m` counts it.

    Parameters
    ----------
    network
        The road network.
    raster
        Elevation in metres that covers it, or a part of it.
    """
    points = _sample_points(network, max(STEP_M, raster.cell_m))
    off_ground = np.asarray(network.ways["off_ground"], dtype=bool)[network.way]
    height_m = raster.at(points.lonlat)
    ends_m = _node_heights(network, off_ground, raster)
    hung = off_ground[points.edge]
    edge = points.edge[hung]
    share = points.along_m[hung] / network.length_m[edge]
    height_m[hung] = ends_m[network.u[edge]] + share * (ends_m[network.v[edge]] - ends_m[network.u[edge]])
    inside = points.edge[1:] == points.edge[:-1]
    run_m, rise_m = np.diff(points.along_m)[inside], np.diff(height_m)[inside]
    offsets = np.searchsorted(points.edge[:-1][inside], np.arange(network.edges + 1))
    unknown = np.isnan(rise_m)
    slope = np.divide(rise_m, run_m, out=np.zeros(len(run_m)), where=~unknown & (run_m > 0))
    return Terrain(
        network_key=network.key,
        source=Source(raster.file, raster.sha256, raster.crs),
        offsets=offsets,
        run_m=run_m,
        slope=np.clip(slope, -STEEPEST, STEEPEST),
        unknown_m=np.add.reduceat(np.where(unknown, run_m, 0.0), offsets[:-1]),
    )


def read_terrain(path: Path, network: "Network") -> Terrain:
    """Heights along all edges of a network from an elevation GeoTIFF; errors as :func:`geo.raster.read_elevation`."""
    (west, south), (east, north) = network.lonlat.min(axis=0).tolist(), network.lonlat.max(axis=0).tolist()
    return terrain_of(network, read_elevation(path, (west, south, east, north)))


@dataclass(frozen=True, eq=False)
class _Points:
    """Places along the edges, in their order: edge, length from its start, degrees; shapes (k,), (k,), (k, 2)."""

    edge: IntArray
    along_m: FloatArray
    lonlat: FloatArray


def _sample_points(network: "Network", step_m: float) -> _Points:
    """The vertices of all edges, and places between them at most ``step_m`` apart."""
    edge = np.repeat(np.arange(network.edges), np.diff(network.offsets))
    begins = np.zeros(len(edge), dtype=bool)
    begins[:-1] = edge[1:] == edge[:-1]
    ahead = np.flatnonzero(begins)
    count = np.ones(len(edge), dtype=np.int64)
    count[ahead] = np.maximum(1, np.ceil((network.along_m[ahead + 1] - network.along_m[ahead]) / step_m))
    row = np.repeat(np.arange(len(edge)), count)
    part = (np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)) / count[row]
    following = np.where(begins[row], row + 1, row)

    def between(values: FloatArray) -> FloatArray:
        weight = part if values.ndim == 1 else part[:, None]
        out: FloatArray = values[row] + weight * (values[following] - values[row])
        return out

    return _Points(edge[row], between(network.along_m), between(network.lonlat))


def _node_heights(network: "Network", off_ground: BoolArray, raster: Raster) -> FloatArray:
    """Height of the road at each node, NaN where it is not known, shape (nodes,).

    Where only bridges and tunnels meet, the ground says nothing: there the heights are those that make all of them
    climb evenly between the nodes that are on the ground, which is one linear system.
    """
    height_m = raster.at(network.node_lonlat)
    on_ground = np.zeros(network.nodes, dtype=bool)
    on_ground[network.u[~off_ground]] = on_ground[network.v[~off_ground]] = True
    aloft = np.zeros(network.nodes, dtype=bool)
    aloft[network.u[off_ground]] = aloft[network.v[off_ground]] = True
    aloft &= ~on_ground
    if not aloft.any():
        return height_m
    height_m[aloft] = np.nan
    known = np.isfinite(height_m)
    # A loop holds nothing, and neither does an end whose height nobody knows.
    holds = off_ground & (network.u != network.v) & (known | aloft)[network.u] & (known | aloft)[network.v]
    u, v, stiffness = network.u[holds], network.v[holds], 1 / network.length_m[holds]
    size = (network.nodes, network.nodes)
    pull = coo_array((np.tile(stiffness, 2), (np.r_[u, v], np.r_[v, u])), shape=size).tocsr()
    _, part = connected_components(pull, directed=False)
    anchored = np.zeros(network.nodes, dtype=bool)
    anchored[part[known]] = True
    free, fixed = np.flatnonzero(aloft & anchored[part]), np.flatnonzero(known)
    if len(free):
        pull = pull[free]
        system = diags_array(pull.sum(axis=1)) - pull[:, free]
        height_m[free] = np.atleast_1d(spsolve(system.tocsc(), pull[:, fixed] @ height_m[fixed]))
    return height_m
