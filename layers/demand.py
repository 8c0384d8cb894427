"""Demand: where people live, as points or small areas."""

from pathlib import Path

from geo.read import Table, read_table
from layers._coordinates import repaired
from layers._place import place_layer
from layers.layer import Layer
from layers.schema import DEMAND

__all__ = ["from_table", "read_demand"]


def read_demand(path: Path, *, encoding: str | None = None, layer: str | None = None) -> Layer:
    """Read demand from a file; parameters and errors as :func:`geo.read.read_table` and :func:`from_table`."""
    return from_table(read_table(path, encoding=encoding, layer=layer))


def from_table(table: Table) -> Layer:
    """Demand of a table.

    Returns
    -------
    Layer
        Points and polygons in EPSG:4326. ``demand_id``, ``name``, then the canonical columns that the file has
        (``pop`` is people, never blank, never negative), then its others: numbers where each cell is one.

    Raises
    ------
    DataError
        Without coordinates, with swapped or metric ones, or when no row is kept.
    CrsError
        When the file's reference system is missing or has no known way to WGS 84.
    """
    return place_layer(table, DEMAND, shapers=(repaired,))
