"""A table of units that become others: the scenario of a merger or a split."""

from pathlib import Path

from geo.read import read_table
from layers._place import place_layer
from layers.layer import Layer
from layers.options import USUAL
from layers.schema import Field, Schema

__all__ = ["RECODING", "read_recoding"]

#: One row per old and new code; a unit that is split has a row for each of its successors.
RECODING = Schema(
    "recoding",
    "区划代码对照",
    (
        Field("old_code", "text", ("原代码", "旧代码", "原行政区划代码", "变更前代码", "old"), label="原区划代码",
              required=True),
        Field("new_code", "text", ("新代码", "现代码", "新行政区划代码", "变更后代码", "new"), label="新区划代码",
              required=True),
    ),
    geometry=frozenset(),
    geometry_optional=True,
)  # fmt: skip


def read_recoding(path: Path) -> Layer:
    """A table with the columns ``old_code`` and ``new_code``; geometry is None in every row.

    Raises
    ------
    FileError, DataError
        As :func:`geo.read.read_table`; when a column is absent, or no row is kept.
    """
    return place_layer(read_table(path), RECODING, USUAL)
