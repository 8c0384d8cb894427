"""One door for layers: a file and the name of a kind to a checked layer."""

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from geo.read import Table
from layers import boundary, boundary_record, candidate, demand, facility, mark, raster_demand, road, stake, unit, value
from layers.layer import Layer
from layers.one_table import table_for
from layers.options import USUAL, ReadOptions

__all__ = ["layer_of", "read_layer"]

_MAKERS: Mapping[str, Callable[[Table, ReadOptions], Layer]] = MappingProxyType(
    {
        "facilities": facility.from_table,
        "demand": demand.from_table,
        "units": unit.from_table,
        "roads": road.from_table,
        "lines": boundary.from_table,
        "stakes": stake.from_table,
        "candidates": candidate.from_table,
        "values": value.from_table,
        "projects": mark.projects,
        "disputes": mark.disputes,
        "place_names": mark.place_names,
        "inspections": boundary_record.inspections,
        "descriptions": boundary_record.descriptions,
        "features": boundary.features,
    }
)


def read_layer(path: Path, kind: str, options: ReadOptions = USUAL) -> Layer:
    """Read a file as a layer of one kind.

    Parameters
    ----------
    path
        A local file; what it is, its content decides. Demand may be a GeoTIFF of people.
    kind
        A key of :data:`layers.schemas.SCHEMAS`.
    options
        What the user says of the file.

    Returns
    -------
    Layer
        As ``from_table`` of the kind's module says.

    Raises
    ------
    FileError, DataError
        As :func:`geo.read.read_table` and the kind's ``from_table``.
    """
    if kind == "roads":
        return road.read_roads(path, options)
    if raster_demand.is_raster(path, kind):
        return raster_demand.from_raster(path, options)
    return layer_of(table_for(path, kind, options), kind, options)


def layer_of(table: Table, kind: str, options: ReadOptions = USUAL) -> Layer:
    """A layer of one kind from a table; errors as the kind's ``from_table``."""
    return _MAKERS[kind](table, options)
