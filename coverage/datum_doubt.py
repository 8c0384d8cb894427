"""Whether places of an undeclared datum lie beside the roads only when they are taken for a shifted one."""

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from coverage.network import Network
from geo.crs import WGS84
from geo.findings import Finding
from layers.datum_evidence import Reference, datum_suspicion
from layers.layer import Layer, QualityReport

__all__ = ["datum_doubt"]

#: Roads within this distance of some place are evidence: the largest shift, and room for shifts that are none.
_AROUND_M = 3000.0
_MOST_PLACES = 300


def datum_doubt(layer: Layer, points: npt.NDArray[np.object_], network: Network) -> tuple[Finding, ...]:
    """A warning when the layer seems to be in GCJ-02 or BD-09 and does not say so; nothing is moved.

    Parameters
    ----------
    layer
        Facilities or demand. One whose datum the file or the user told is not doubted.
    points
        Its places in the metric system of the network, shape (n,).
    network
        Of roads in WGS 84.
    """
    if layer.source.datum_known != "assumed" or not len(points):
        return ()
    some = points[np.unique(np.linspace(0, len(points) - 1, _MOST_PLACES).astype(np.int64))]
    near = shapely.STRtree(network.lines).query(shapely.buffer(some, _AROUND_M, quad_segs=1))[1]
    edges = np.unique(near)
    if not len(edges):
        return ()
    lines = shapely.transform(network.lines[edges], network.crs.inverse)
    frame = gpd.GeoDataFrame(geometry=lines, crs=WGS84)
    roads = Layer("roads", frame, "wgs84", network.source.source, QualityReport((), len(frame), len(frame)))
    found = datum_suspicion(layer, Reference(roads))
    return () if found is None else (found,)
