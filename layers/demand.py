"""TODO"""

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
    """TODO"""
    return place_layer(table, DEMAND, shapers=(repaired,))
