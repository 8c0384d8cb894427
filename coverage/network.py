"""The road network: nodes, edges with their geometry, and what each profile may use."""

import hashlib
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from coverage import noding
from coverage.chains import Chains, join_chains
from coverage.noding_kernels import along_paths
from coverage.usable import Usable
from coverage.ways import grade_of, ways_of
from geo.crs import MetricCrs, geodesic_m, metric_crs
from geo.errors import DataError, RequestError, naming
from layers.layer import Finding, Layer, Origin

__all__ = ["Components", "Network", "build_network"]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Int32Array = npt.NDArray[np.int32]
BoolArray = npt.NDArray[np.bool_]

#: Below this share of nodes in the largest component the network is likely not connected as drawn.
LARGEST_SHARE_EXPECTED = 0.9
#: Largest distance that may be asked for, in metres; beyond it, streets side by side would be joined.
MOST_JOIN_M = 20.0
#: Most vertices of all roads: rows of the edges' geometry, at most two for each, are numbered in 32 bits.
MOST_VERTICES = 2**30
# Shares of the work that are done when lines are cut at their vertices, and when edges are made of the pieces.
_NODED, _CHAINED = 0.4, 0.5


@dataclass(frozen=True, eq=False)
class Components:
    """Parts of the network that are connected without regard to direction, over the edges of one profile.

    Parameters
    ----------
    of_node
        Component of each node, -1 where no usable edge ends, shape (nodes,).
    nodes
        Junctions and ends in each component, shape (components,).
    """

    of_node: Int32Array
    nodes: IntArray


@dataclass(frozen=True, eq=False)
class Network:
    """Junctions and ends of roads, and the undirected edges between them. Immutable.

    A vertex of degree two is a node only where the road changes (its class, limit, bars or direction); such nodes are
    marked in ``node_is_change`` and not counted as nodes in :meth:`stats`. Nodes are numbered along a Hilbert curve, so
    that neighbours lie near to each other in memory too; edges are sorted by ``u``, then ``v``. Order and numbers
    depend on the coordinates only, not on the order of the roads.

    Parameters
    ----------
    crs
        Metric system of ``xy``.
    node_lonlat
        Degrees, shape (nodes, 2).
    node_is_change
        Shape (nodes,).
    u, v
        Node at the start and the end of each edge, shape (edges,).
    length_m
        Geodesic length, shape (edges,).
    oneway
        1: from u to v only, -1: from v to u only, 0: both; for profiles that one-way streets bind.
    way
        Row of ``ways`` of each edge.
    ways
        Columns of :func:`coverage.ways.ways_of`, one row per combination.
    offsets
        The geometry of edge e is rows ``offsets[e]:offsets[e + 1]`` of the three arrays below.
    lonlat, xy
        Vertices along the edges in degrees and metres, shape (k, 2).
    along_m
        Length from the start of the edge on the ellipsoid, shape (k,).
    join_m, node_crossings
        How the lines were connected.
    diagnosis
        Counts of the noding, see :meth:`stats`.
    source
        The layer of the roads, without its rows.
    key
        Hash of the arrays: two networks with one key give the same times.
    """

    crs: MetricCrs
    node_lonlat: FloatArray
    node_is_change: BoolArray
    u: Int32Array
    v: Int32Array
    length_m: FloatArray
    oneway: npt.NDArray[np.int8]
    way: Int32Array
    ways: Mapping[str, npt.NDArray[Any]]
    offsets: Int32Array
    lonlat: FloatArray
    xy: FloatArray
    along_m: FloatArray
    join_m: float
    node_crossings: bool
    diagnosis: Mapping[str, Any]
    source: Origin
    key: str

    @property
    def nodes(self) -> int:
        """Nodes, those where only the road changes included."""
        return len(self.node_lonlat)

    @property
    def edges(self) -> int:
        """Edges between them."""
        return len(self.u)

    @cached_property
    def lines(self) -> npt.NDArray[np.object_]:
        """Edges as LineStrings in metres, shape (edges,)."""
        index = np.repeat(np.arange(self.edges), np.diff(self.offsets))
        lines: npt.NDArray[np.object_] = shapely.linestrings(self.xy, indices=index)
        return lines

    @cached_property
    def along_xy_m(self) -> FloatArray:
        """Length from the start of the edge in the metric plane, shape (k,)."""
        begins = _not_last(self.offsets)
        along: FloatArray = along_paths(np.hypot(*(self.xy[begins + 1] - self.xy[begins]).T), self.offsets)
        return along

    def position(
        self, edge: npt.NDArray[np.integer[Any]], distance_m: FloatArray, along: FloatArray
    ) -> tuple[IntArray, FloatArray]:
        """The straight piece of each edge that holds a position.

        Parameters
        ----------
        edge
            Shape (n,).
        distance_m
            From the start of the edge, shape (n,).
        along
            ``along_m`` or ``along_xy_m``: how the distance is measured.

        Returns
        -------
        row, part
            First vertex of the piece as a row of the geometry arrays, and the share of the piece before the position.
        """
        start = self.offsets[edge]
        vertices = self.offsets[edge + 1] - start
        owner = np.repeat(np.arange(len(edge)), vertices)
        rows = np.arange(len(owner)) + np.repeat(start - np.cumsum(vertices) + vertices, vertices)
        passed = np.bincount(owner, weights=along[rows] <= distance_m[owner], minlength=len(edge))
        row = start + np.clip(passed.astype(np.int64) - 1, 0, vertices - 2)
        step = along[row + 1] - along[row]
        part = np.divide(distance_m - along[row], step, out=np.zeros(len(edge)), where=step > 0)
        return row, np.clip(part, 0.0, 1.0)

    def components(self, edges: BoolArray) -> Components:
        """Connected parts over some edges.

        Parameters
        ----------
        edges
            Edges that count, shape (edges,).
        """
        u, v = self.u[edges], self.v[edges]
        graph = coo_array((np.ones(len(u), dtype=np.int8), (u, v)), shape=(self.nodes, self.nodes))
        _, label = connected_components(graph, directed=False)
        used = np.zeros(self.nodes, dtype=bool)
        used[u] = True
        used[v] = True
        # Numbered by their smallest node, so that the numbers depend on the coordinates only.
        _, first, inverse = np.unique(label[used], return_index=True, return_inverse=True)
        rank = np.empty(len(first), dtype=np.int64)
        rank[np.argsort(first)] = np.arange(len(first))
        of_node = np.full(self.nodes, -1, dtype=np.int32)
        of_node[used] = rank[inverse]
        counted = used & ~self.node_is_change
        # A ring where only the road changes has no junction; one of its nodes counts, as its beginning.
        return Components(of_node, np.maximum(1, np.bincount(of_node[counted], minlength=len(first))))

    def stats(self, usable: Usable | None = None) -> dict[str, Any]:
        """Figures of the contract: vertices, nodes, edges and length of all roads, components of the usable ones.

        Parameters
        ----------
        usable
            What a profile may use; connected parts are those over its edges. None: over all edges.
        """
        parts = self.components(np.ones(self.edges, dtype=bool) if usable is None else usable.edges)
        everything = self.components(np.ones(self.edges, dtype=bool))
        nodes = int(everything.nodes.sum())
        nodes_used = int(parts.nodes.sum())
        return {
            "vertices": self.diagnosis["vertices"],
            "nodes": nodes,
            "edges": self.edges - (self.nodes - nodes),
            "length_km": round(float(self.length_m.sum()) / 1000, 3),
            "components": len(parts.nodes),
            "largest_component_share": round(float(parts.nodes.max()) / nodes_used, 6) if nodes_used else 0.0,
        }

    def findings(self, usable: Usable) -> tuple[Finding, ...]:
        """A warning when the roads do not hang together, or none may be used."""
        if not usable.edges.any():
            return (Finding("no_usable_road", "warn"),)
        stats = self.stats(usable)
        if stats["components"] == 1 or stats["largest_component_share"] >= LARGEST_SHARE_EXPECTED:
            return ()
        facts = {"components": stats["components"], "share": f"{stats['largest_component_share']:.1%}"}
        return (Finding("roads_in_pieces", "warn", facts=MappingProxyType(facts)),)

    def diagnose(self, roads: Layer, usable: Usable | None = None) -> dict[str, Any]:
        """:meth:`stats` and what may be wrong with the noding; looks at all pairs of neighbouring pieces once more.

        Parameters
        ----------
        roads
            The layer that the network was built from.
        usable
            As for :meth:`stats`.
        """
        lines = roads.frame.geometry.to_numpy()
        grade = grade_of(roads)
        pieces = noding.node_lines(lines, self.crs, join_m=self.join_m, grade=grade if self.node_crossings else None)
        crossings = 0 if self.node_crossings else noding.bare_crossings(lines, self.crs, grade)
        return {
            **self.stats(usable),
            "near_misses": noding.near_misses(pieces),
            "crossings_without_vertex": crossings,
            "dropped": dict(self.diagnosis["dropped"]),
        }


def build_network(
    roads: Layer,
    *,
    join_m: float = 0.01,
    node_crossings: bool = False,
    progress: Callable[[float], None] | None = None,
) -> Network:
    """Make the network of a road layer.

    Parameters
    ----------
    roads
        Layer of kind ``roads`` (see :mod:`layers.road`), EPSG:4326.
    join_m
        Vertices within this distance are one.
    node_crossings
        Also cut lines where they cross, unless bridge, tunnel or layer differ.
    progress
        Told the share that is done.

    Raises
    ------
    CrsError
        When the roads spread too wide for one metric system.
    DataError
        When no road of any length is left, or the roads have more than :data:`MOST_VERTICES`.
    RequestError
        When the join distance is negative or above 20 m.
    """
    tell = progress or _nobody
    tell(0.0)
    frame = roads.frame
    if not (math.isfinite(join_m) and 0 <= join_m <= MOST_JOIN_M):
        raise RequestError("bad_join", given=join_m, most=MOST_JOIN_M)
    with naming(roads.source.file):
        crs = metric_crs(tuple(float(value) for value in frame.total_bounds))  # type: ignore[arg-type]
    lines = frame.geometry.to_numpy()
    if (count := int(shapely.get_num_coordinates(lines).sum())) > MOST_VERTICES:
        raise DataError("too_many_vertices", file=roads.source.file, count=count)
    pieces = noding.node_lines(lines, crs, join_m=join_m, grade=grade_of(roads) if node_crossings else None)
    if not len(pieces.a):
        raise DataError("no_roads_left", file=roads.source.file)
    tell(_NODED)
    ways, way_of_line = ways_of(roads)
    oneway = frame["oneway"].to_numpy(dtype=np.int8)[pieces.line]
    oneway = np.where(pieces.against, -oneway, oneway).astype(np.int8)
    way = way_of_line.astype(np.int32)[pieces.line]
    chains = join_chains(pieces.a, pieces.b, way, oneway, vertices=len(pieces.lonlat))
    tell(_CHAINED)
    network = _assemble(roads, crs, pieces, chains, ways, join_m=join_m, node_crossings=node_crossings)
    tell(1.0)
    return network


def _nobody(_share: float) -> None:
    """Nobody wants to know how far the work is."""


def _assemble(
    roads: Layer,
    crs: MetricCrs,
    pieces: noding.Pieces,
    chains: Chains,
    ways: Mapping[str, npt.NDArray[Any]],
    *,
    join_m: float,
    node_crossings: bool,
) -> Network:
    is_node = np.zeros(len(pieces.xy), dtype=bool)
    is_node[chains.first] = is_node[chains.last] = True
    node_vertices = np.flatnonzero(is_node)
    node_vertices = node_vertices[_along_hilbert_curve(pieces.xy[node_vertices])]
    node_of = np.empty(len(is_node), dtype=np.int32)
    node_of[node_vertices] = np.arange(len(node_vertices))
    chains = chains.take(np.lexsort((node_of[chains.last], node_of[chains.first])))
    offsets = chains.offsets.astype(np.int32)
    lonlat, xy = pieces.lonlat[chains.path], pieces.xy[chains.path]
    begins = _not_last(chains.offsets)
    along = along_paths(geodesic_m(lonlat[begins], lonlat[begins + 1]), chains.offsets)
    u, v = node_of[chains.first], node_of[chains.last]
    digest = hashlib.sha256()
    for array in (lonlat, offsets, u, v, chains.way, chains.oneway, *(ways[name] for name in sorted(ways))):
        digest.update(np.ascontiguousarray(array).data)
    is_change = chains.is_change[node_vertices]
    return Network(
        crs=crs,
        node_lonlat=pieces.lonlat[node_vertices],
        node_is_change=is_change,
        u=u,
        v=v,
        length_m=along[chains.offsets[1:] - 1],
        oneway=chains.oneway,
        way=chains.way,
        ways=ways,
        offsets=offsets,
        lonlat=lonlat,
        xy=xy,
        along_m=along,
        join_m=join_m,
        node_crossings=node_crossings,
        diagnosis={
            "vertices": len(pieces.lonlat),
            "dropped": {"zero_length": pieces.zero_length, "duplicates": chains.duplicates},
        },
        source=roads.origin,
        key=digest.hexdigest(),
    )


def _not_last(offsets: npt.NDArray[np.integer[Any]]) -> IntArray:
    """Vertices of edges that another follows on the same edge."""
    inside = np.ones(offsets[-1], dtype=bool)
    inside[offsets[1:] - 1] = False
    return np.flatnonzero(inside)


def _along_hilbert_curve(xy: FloatArray) -> IntArray:
    """Order of points along the curve, equal ones as they were. Its cells are 1/65,535 of the extent."""
    order: IntArray = np.argsort(gpd.GeoSeries.from_xy(*xy.T).hilbert_distance().to_numpy(), kind="stable")
    return order
