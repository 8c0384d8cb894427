"""Places of either kind, for commands that take a file of facilities or of demand."""

from pathlib import Path
from typing import Literal

from geo.read import read_table
from layers.layer import Layer
from layers.read import layer_of
from layers.schema import Schema, plain
from layers.schemas import DEMAND, FACILITIES

__all__ = ["read_places"]


def read_places(path: Path, otherwise: Literal["facilities", "demand"]) -> Layer:
    """Read a file of facilities or of demand, told apart by the heading of its ids.

    Parameters
    ----------
    path
        The file.
    otherwise
        What it is taken for when its headings fit both or neither.

    Raises
    ------
    FileError, DataError
        As :func:`geo.read.read_table` and the reader of the kind.
    """
    table = read_table(path)
    headings = {plain(str(name)) for name in table.frame.columns}
    is_facility, is_demand = (bool(headings & _id_headings(schema)) for schema in (FACILITIES, DEMAND))
    kind = otherwise if is_facility == is_demand else "facilities" if is_facility else "demand"
    return layer_of(table, kind)


def _id_headings(schema: Schema) -> set[str]:
    entry = schema.field(schema.id_column)
    return {plain(name) for name in (entry.name, *entry.synonyms)}
