"""The table of a file that is to be read as a layer of one kind."""

from pathlib import Path

from geo.errors import DataError
from geo.read import Table, read_table
from layers.options import ReadOptions

__all__ = ["table_for"]


def table_for(path: Path, kind: str, options: ReadOptions) -> Table:
    """As :func:`geo.read.read_table`; of several layers the one called as the kind, as a workspace exports them."""
    try:
        return read_table(path, encoding=options.encoding, layer=options.layer)
    except DataError as error:
        if error.code != "several_layers" or kind not in str(error.facts["layers"]).split(", "):
            raise
        return read_table(path, encoding=options.encoding, layer=kind)
