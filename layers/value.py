"""Values: numbers by unit and year that belong to no place, such as staff or shares."""

from geo.read import Table
from layers._place import place_layer
from layers.layer import Layer
from layers.options import USUAL, ReadOptions
from layers.schemas import VALUES

__all__ = ["from_table"]


def from_table(table: Table, options: ReadOptions = USUAL) -> Layer:
    """Values of a table: ``unit_code``, ``indicator``, ``year``, ``value``; geometry is None in every row.

    Raises
    ------
    DataError
        When a required column is absent, or no row is kept.
    """
    return place_layer(table, VALUES, options)
