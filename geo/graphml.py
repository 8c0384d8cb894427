"""Roads of a GraphML file as osmnx writes it."""

from collections import Counter
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.errors import DataError
from geo.findings import Finding
from geo.parse import as_text
from geo.read import OSM_CREDIT, Table, crs_name
from geo.sniff import file_sha256, foreign_errors, refuse_doctype

__all__ = ["read_graphml"]

#: What osmnx computes for an edge, or what differs between the two directions of one street. All else is a tag.
_NOT_TAGS = frozenset({
    "geometry", "u", "v", "key", "from", "to", "u_original", "v_original", "merged_edges", "reversed", "length",
    "bearing", "grade", "grade_abs", "speed_kph", "travel_time",
})  # fmt: skip


def read_graphml(file: Path) -> Table:
    """Edges of an osmnx graph as lines; the two directions of a two-way street become one line.

    Parameters
    ----------
    file
        As :func:`geo.sniff.local_file` returned it.

    Returns
    -------
    Table
        In the graph's own reference system. Attributes are text; a list keeps its brackets. ``rows`` count the edges
        in file order.

    Raises
    ------
    FileError
        When the file is damaged or declares a document type.
    DataError
        When it is no graph of osmnx (nodes without ``x`` and ``y``, no reference system) or has no edges.

    Examples
    --------
    >>> import tempfile
    >>> import networkx as nx, osmnx
    >>> graph = nx.MultiDiGraph(crs="EPSG:4326")
    >>> graph.add_node(1, x=114.0, y=30.0); graph.add_node(2, x=114.1, y=30.0)
    >>> for u, v in ((1, 2), (2, 1)):
    ...     _ = graph.add_edge(u, v, oneway=False, length=9.6, osmid=5, highway="residential")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     osmnx.save_graphml(graph, Path(folder) / "a.graphml")
    ...     len(read_graphml(Path(folder) / "a.graphml").frame)
    1
    """
    refuse_doctype(file)
    with foreign_errors(file.name, code="graphml_damaged"):
        # Slow to import, and needed for this one format only.
        import osmnx as ox  # noqa: PLC0415

        graph = ox.load_graphml(file)
        if graph.number_of_edges() == 0:
            raise DataError("no_rows", file=file.name)
        edges = ox.graph_to_gdfs(graph, nodes=False, fill_edge_geometry=True).reset_index()
    keep = ~_return_directions(edges)
    merged = int((~keep).sum())
    findings = (Finding("two_way_pairs_merged", "info", facts={"count": merged}),) if merged else ()
    rows = np.flatnonzero(keep).astype(np.int64) + 1
    edges = edges.loc[keep].reset_index(drop=True)
    texts = {
        name: pd.Series([_text(value) for value in edges[name]], dtype="str")
        for name in edges.columns
        if name not in ("geometry", "u", "v", "key")
    }
    frame = gpd.GeoDataFrame(texts, geometry=edges.geometry.to_numpy(), crs=edges.crs)
    return Table(frame, rows, file.name, file_sha256([file]), crs_name(edges.crs), "utf-8", findings, OSM_CREDIT)


def _text(value: object) -> str:
    return str(value) if isinstance(value, (list, tuple)) else as_text(value)


def _tag(value: object) -> str:
    """A tag for comparing: osmnx lists the values of joined ways in any order."""
    return "|".join(sorted({as_text(part) for part in value})) if isinstance(value, (list, tuple)) else as_text(value)


def _return_directions(edges: gpd.GeoDataFrame) -> np.ndarray:
    """Edges that are the way back of an earlier one: from its end to its start, on its line, with all its tags.

    Each edge is the mate of one other at most, so that parallel streets stay as many as they are.
    """
    one_way = edges["oneway"].to_numpy(dtype=object) if "oneway" in edges else np.zeros(len(edges), dtype=object)
    two_way = np.array([as_text(value).lower() not in ("true", "1", "yes") for value in one_way], dtype=bool)
    shapes = edges.geometry.to_numpy()
    # Normalised lines are equal whichever way they run; of a loop the ends do not tell which way that is.
    columns = [[_tag(value) for value in edges[name]] for name in edges.columns if name not in _NOT_TAGS]
    same = list(zip(shapely.to_wkb(shapely.normalize(shapes)), *columns, strict=True))
    start, end = edges["u"].tolist(), edges["v"].tolist()
    out = np.zeros(len(edges), dtype=bool)
    waiting: Counter[tuple[object, ...]] = Counter()
    for n in np.flatnonzero(two_way).tolist():
        loop = start[n] == end[n]
        mate = (end[n], start[n], shapes[n].reverse().wkb if loop else b"", *same[n])
        if waiting[mate]:
            waiting[mate] -= 1
            out[n] = True
        else:
            waiting[start[n], end[n], shapes[n].wkb if loop else b"", *same[n]] += 1
    return out
