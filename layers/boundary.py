"""Boundary lines between units, and rivers and roads beside them."""

from geo.read import Table
from layers._coordinates import with_length
from layers._place import place_layer
from layers.layer import Layer
from layers.options import USUAL, ReadOptions
from layers.schemas import FEATURES, LINES

__all__ = ["features", "from_table"]


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


def features(table: Table, options: ReadOptions = USUAL) -> Layer:
    """Centre lines of rivers and roads as they are today, to lay beside stretches of a boundary.

    Returns
    -------
    Layer
        Lines in EPSG:4326 with ``kind``, ``waterway``, ``highway`` and ``name`` where the file has them.

    Raises
    ------
    DataError, CrsError
        As :func:`from_table`; no column is required.
    """
    return place_layer(table, FEATURES, options, shapers=(with_length,))
