"""A plane cut into small cells that are grown together into units: neighbours share their borders to the last bit."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
from scipy import ndimage
from scipy.interpolate import RegularGridInterpolator
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components, dijkstra
from scipy.spatial import Voronoi, cKDTree

from data.demo_maker.settings import BoolArray, FloatArray, IntArray

__all__ = ["Cells", "dissolve", "grow", "make_cells", "smooth_field", "solid", "spread_seeds"]

_CELL_M: Final = 300.0
_FIELD_M: Final = 250.0


@dataclass(frozen=True)
class Cells:
    """Cells of a jittered hexagonal lattice.

    Parameters
    ----------
    xy
        Middle of each cell, metres, shape (n, 2).
    polygons
        Voronoi cells; neighbours have the same vertices on their common edge.
    graph
        Neighbours, weighted by the effort to grow from one to the other; symmetric.
    """

    xy: FloatArray
    polygons: np.ndarray
    graph: csr_array

    def only(self, mask: BoolArray) -> "Cells":
        """The chosen cells and the neighbourhood among them."""
        return Cells(self.xy[mask], self.polygons[mask], self.graph[mask][:, mask])


def smooth_field(xy: FloatArray, weight: FloatArray, sigma_m: float, at: FloatArray) -> FloatArray:
    """Density of weighted points, spread by a Gaussian, read at other points (weight per square metre)."""
    low = np.minimum(xy.min(axis=0), at.min(axis=0)) - 4 * _FIELD_M
    high = np.maximum(xy.max(axis=0), at.max(axis=0)) + 4 * _FIELD_M
    edges = [np.arange(low[i], high[i] + _FIELD_M, _FIELD_M) for i in range(2)]
    grid, *_ = np.histogram2d(xy[:, 0], xy[:, 1], bins=edges, weights=weight)
    smooth = ndimage.gaussian_filter(grid / _FIELD_M**2, sigma_m / _FIELD_M, mode="constant")
    middles = [edge[:-1] + _FIELD_M / 2 for edge in edges]
    return np.asarray(RegularGridInterpolator(middles, smooth, bounds_error=False, fill_value=None)(at))


def make_cells(low: FloatArray, high: FloatArray, rng: np.random.Generator) -> Cells:
    """Cells over a rectangle, without the ragged outermost ones.

    Efforts between neighbours vary by a smooth random field, so that what grows over the cells gets uneven borders.
    """
    row_m = _CELL_M * np.sqrt(3) / 2
    columns = np.arange(int((high[0] - low[0]) / _CELL_M) + 1)
    rows = np.arange(int((high[1] - low[1]) / row_m) + 1)
    column, row = (part.ravel() for part in np.meshgrid(columns, rows))
    seeds = np.column_stack([low[0] + (column + row % 2 / 2) * _CELL_M, low[1] + row * row_m])
    seeds += rng.uniform(-0.38 * _CELL_M, 0.38 * _CELL_M, seeds.shape)
    diagram = Voronoi(seeds)
    inner = (column > 1) & (column < columns[-1] - 1) & (row > 1) & (row < rows[-1] - 1)
    numbers = np.flatnonzero(inner)
    rings = [diagram.vertices[diagram.regions[diagram.point_region[i]]] for i in numbers]
    ring_of = np.repeat(np.arange(len(rings)), [len(ring) + 1 for ring in rings])
    closed = np.concatenate([part for ring in rings for part in (ring, ring[:1])])
    polygons = shapely.polygons(shapely.linearrings(closed, indices=ring_of))
    return Cells(seeds[inner], polygons, _graph(diagram, inner, seeds, rng))


def _graph(diagram: Voronoi, inner: BoolArray, seeds: FloatArray, rng: np.random.Generator) -> csr_array:
    pairs = diagram.ridge_points[inner[diagram.ridge_points].all(axis=1)]
    noise = rng.standard_normal(len(seeds))
    bumps = smooth_field(seeds, noise, 500.0, seeds)
    bumps /= bumps.std()
    length_m = np.hypot(*(seeds[pairs[:, 0]] - seeds[pairs[:, 1]]).T)
    effort = length_m * np.exp(0.3 * bumps[pairs].sum(axis=1) + 0.15 * noise[pairs].sum(axis=1))
    new = np.cumsum(inner) - 1
    u, v = new[pairs].T
    size = int(inner.sum())
    return csr_array((np.r_[effort, effort], (np.r_[u, v], np.r_[v, u])), shape=(size, size))


def solid(cells: Cells, mask: BoolArray) -> BoolArray:
    """The largest connected part of a mask, holes filled."""
    _, label = connected_components(cells.graph[mask][:, mask], directed=False)
    whole = mask.copy()
    whole[np.flatnonzero(mask)[label != np.bincount(label).argmax()]] = False
    outside = ~whole
    _, label = connected_components(cells.graph[outside][:, outside], directed=False)
    whole[np.flatnonzero(outside)[label != np.bincount(label).argmax()]] = True
    return whole


def spread_seeds(cells: Cells, weight: FloatArray, count: int, rng: np.random.Generator) -> IntArray:
    """Cells that divide the others into parts of about equal weight (weighted k-means)."""
    centres = cells.xy[rng.choice(len(weight), count, replace=False, p=weight / weight.sum())]
    for _ in range(30):
        nearest = cKDTree(centres).query(cells.xy)[1]
        total = np.maximum(np.bincount(nearest, weight, count), 1e-12)
        centres = np.column_stack([np.bincount(nearest, weight * cells.xy[:, i], count) / total for i in range(2)])
    return np.asarray(cKDTree(cells.xy).query(centres)[1], dtype=np.int64)


def grow(cells: Cells, seeds: IntArray) -> IntArray:
    """Which seed reaches each cell with the least effort: every part is connected."""
    _, _, source = dijkstra(cells.graph, directed=False, indices=seeds, min_only=True, return_predecessors=True)
    rank = np.full(len(cells.xy), -1, dtype=np.int64)
    rank[seeds] = np.arange(len(seeds))
    grown: IntArray = rank[source]
    return grown


def dissolve(cells: Cells, label: IntArray) -> np.ndarray:
    """One polygon per label 0 … max, in order; all with the same vertices on common borders.

    Raises
    ------
    ValueError
        When a part is not one polygon without holes.
    """
    order = np.argsort(label, kind="stable")
    groups = np.split(cells.polygons[order], np.cumsum(np.bincount(label))[:-1])
    parts = np.array([shapely.coverage_union_all(group) for group in groups], dtype=object)
    whole = shapely.get_type_id(parts) == shapely.GeometryType.POLYGON
    if not whole.all() or shapely.get_num_interior_rings(parts).any():
        msg = "a unit fell apart or has a hole: choose another seed"
        raise ValueError(msg)
    return parts
