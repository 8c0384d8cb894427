"""What is shown and searched by its name: projects, disputes, place names."""

from geo.read import Table
from layers._coordinates import repaired
from layers._place import place_layer
from layers.layer import Layer
from layers.options import USUAL, ReadOptions
from layers.schemas import DISPUTES, PLACE_NAMES, PROJECTS

__all__ = ["disputes", "place_names", "projects"]


def projects(table: Table, options: ReadOptions = USUAL) -> Layer:
    """Projects of a table: points, lines or polygons (a red line) with a ``name``; errors as other layers."""
    return place_layer(table, PROJECTS, options, shapers=(repaired,))


def disputes(table: Table, options: ReadOptions = USUAL) -> Layer:
    """Disputes about a boundary: points, lines or polygons with a ``name``; errors as other layers."""
    return place_layer(table, DISPUTES, options, shapers=(repaired,))


def place_names(table: Table, options: ReadOptions = USUAL) -> Layer:
    """Place names: points, lines or polygons with a ``name``; errors as other layers."""
    return place_layer(table, PLACE_NAMES, options, shapers=(repaired,))
