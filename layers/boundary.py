"""TODO"""

from pathlib import Path

from geo.read import Table, read_table
from layers._place import place_layer
from layers.layer import Layer
from layers.schema import LINES

__all__ = ["from_table", "read_lines"]


def read_lines(path: Path, *, encoding: str | None = None, layer: str | None = None) -> Layer:
    """Read lines from a file; parameters and errors as :func:`geo.read.read_table` and :func:`from_table`."""
    return from_table(read_table(path, encoding=encoding, layer=layer))


def from_table(table: Table) -> Layer:
    """TODO"""
    return place_layer(table, LINES)
