"""Boundary lines between units."""

from pathlib import Path

from geo.read import Table, read_table
from layers._place import place_layer
from layers.layer import Layer
from layers.schema import LINES

__all__ = ["from_table", "read_lines"]


def read_lines(path: Path, *, encoding: str | None = None, layer: str | None = None) -> Layer:
    """Read boundary lines from a file; parameters and errors as :func:`geo.read.read_table`, :func:`from_table`."""
    return from_table(read_table(path, encoding=encoding, layer=layer))


def from_table(table: Table) -> Layer:
    """Boundary lines of a table.

    Returns
    -------
    Layer
        LineStrings and MultiLineStrings in EPSG:4326, in the direction in which they were drawn. Several rows may have
        one ``line_code``: a line may be kept in segments.

    Raises
    ------
    DataError
        Without ``line_code`` or lines, with swapped or metric coordinates, or when no row is kept.
    CrsError
        When the file's reference system is missing or has no known way to WGS 84.
    """
    return place_layer(table, LINES)
