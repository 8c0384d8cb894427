"""Boundary lines between units."""

from geo.read import Table
from layers._coordinates import with_length
from layers._place import place_layer
from layers.layer import Layer
from layers.options import USUAL, ReadOptions
from layers.schemas import LINES

__all__ = ["from_table"]


def from_table(table: Table, options: ReadOptions = USUAL) -> Layer:
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
    return place_layer(table, LINES, options, shapers=(with_length,))
