"""Facilities: what serves people, one point each."""

from geo.read import Table
from layers._coordinates import repaired, single_points
from layers._place import place_layer
from layers.layer import Layer
from layers.options import USUAL, ReadOptions
from layers.schemas import FACILITIES

__all__ = ["from_table"]


def from_table(table: Table, options: ReadOptions = USUAL) -> Layer:
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
    return place_layer(table, FACILITIES, options, shapers=(repaired, single_points))
