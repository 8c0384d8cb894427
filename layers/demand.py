"""Demand: where people live, as points or small areas."""

from geo.read import Table
from layers._coordinates import repaired
from layers._place import place_layer
from layers.layer import Layer
from layers.options import USUAL, ReadOptions
from layers.schemas import DEMAND

__all__ = ["from_table"]


def from_table(table: Table, options: ReadOptions = USUAL) -> Layer:
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
    return place_layer(table, DEMAND, options, shapers=(repaired,))
