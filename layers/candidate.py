"""Candidates: where a facility could be built."""

from geo.read import Table
from layers._coordinates import repaired, single_points
from layers._place import place_layer
from layers.layer import Layer
from layers.options import USUAL, ReadOptions
from layers.schemas import CANDIDATES

__all__ = ["from_table"]


def from_table(table: Table, options: ReadOptions = USUAL) -> Layer:
    """Candidates of a table: as facilities, with ``capacity``, ``cost`` and ``must`` (1: to be taken, -1: never).

    Raises
    ------
    DataError, CrsError
        As :func:`layers.facility.from_table`.
    """
    return place_layer(table, CANDIDATES, options, shapers=(repaired, single_points))
