"""Units: counties, townships, villages, with their codes as text."""

from geo.read import Table
from layers._coordinates import closed_lines, repaired
from layers._place import place_layer
from layers.layer import Layer
from layers.options import USUAL, ReadOptions
from layers.schemas import UNITS

__all__ = ["from_table"]


def from_table(table: Table, options: ReadOptions = USUAL) -> Layer:
    """Units of a table.

    Returns
    -------
    Layer
        Polygons (or points, or None for a list of codes) in EPSG:4326, with ``unit_code`` and ``name``. An invalid
        polygon is repaired where that changes its area by 1 % at most, and the change is reported. A closed line is the
        polygon that it goes round, which is reported too.

    Raises
    ------
    DataError
        Without ``unit_code`` or ``name``, with swapped or metric coordinates, or when no row is kept.
    CrsError
        When the file's reference system is missing or has no known way to WGS 84.
    """
    return place_layer(table, UNITS, options, shapers=(closed_lines, repaired))
