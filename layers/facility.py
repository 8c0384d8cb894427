"""Facilities: what serves people, one point each."""

from pathlib import Path

from geo.read import Table, read_table
from layers._coordinates import repaired, single_points
from layers._place import place_layer
from layers.layer import Layer
from layers.schema import FACILITIES

__all__ = ["from_table", "read_facilities"]


def read_facilities(path: Path, *, encoding: str | None = None, layer: str | None = None) -> Layer:
    """Read facilities from a file; parameters and errors as :func:`geo.read.read_table` and :func:`from_table`."""
    return from_table(read_table(path, encoding=encoding, layer=layer))


def from_table(table: Table) -> Layer:
    """Facilities of a table.

    Returns
    -------
    Layer
        Points in EPSG:4326. ``facility_id``, ``name``, then the canonical columns that the file has, then its others.
        Text is ``""`` where blank, numbers are float64 with NaN, dates are ``datetime.date`` or None. ``kind`` is a
        code of ``data/kinds.toml`` where it is known; ``status`` is open where blank. A polygon is represented by a
        point inside it.

    Raises
    ------
    DataError
        Without coordinates, with swapped or metric ones, or when no row is kept.
    CrsError
        When the file's reference system is missing or has no known way to WGS 84.
    """
    return place_layer(table, FACILITIES, shapers=(repaired, single_points))
