"""Boundary stakes, from degrees or from north and east in metres."""

from geo.read import Table
from layers._coordinates import single_points
from layers._place import place_layer
from layers.layer import Layer
from layers.options import USUAL, ReadOptions
from layers.schemas import STAKES

__all__ = ["from_table"]


def from_table(table: Table, options: ReadOptions = USUAL) -> Layer:
    """Stakes of a table.

    Where the file has neither geometry nor ``lon`` and ``lat``, places come from ``x_north`` and ``y_east`` (metres, in
    the Chinese order: x to the north) by the system that ``crs`` names in each row.

    Returns
    -------
    Layer
        Points in EPSG:4326 with ``stake_no`` and ``line_code``, and both coordinates as the row gives them. Numbers may
        repeat: that is for the checks to say.

    Raises
    ------
    DataError
        Without ``stake_no``, ``line_code`` or coordinates, with swapped ones, or when no row is kept.
    CrsError
        When a reference system has no known way to WGS 84.
    """
    return place_layer(table, STAKES, options, shapers=(single_points,), keep_degrees=True)
