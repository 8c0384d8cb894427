"""The steps that layers of places share: columns, places, ids, and what is kept."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.errors import naming
from geo.read import Table
from layers import _columns, _coordinates
from layers._intake import Intake, pick
from layers.layer import Layer
from layers.options import ReadOptions
from layers.schema import Schema

__all__ = ["place_layer"]

ShapeArray = npt.NDArray[np.object_]
Shaper = Callable[[Intake, ShapeArray], ShapeArray]


def place_layer(
    table: Table,
    schema: Schema,
    options: ReadOptions,
    *,
    shapers: tuple[Shaper, ...] = (),
    keep_degrees: bool = False,
) -> Layer:
    """A layer of one kind from a table.

    Parameters
    ----------
    table
        As read.
    schema
        What the layer should hold.
    options
        What the user said of the file.
    shapers
        Steps that change or refuse the geometry, in order.
    keep_degrees
        Keep ``lon`` and ``lat`` as the row gives them beside its geometry.

    Raises
    ------
    DataError
        When the layer is refused as a whole, or no row was kept.
    """
    intake = Intake(table, schema, options)
    _columns.refuse_examples(intake)
    with naming(table.file):
        geometry = _coordinates.places(intake, optional=schema.geometry_optional)
        for shaper in shapers:
            geometry = shaper(intake, geometry)
    degrees = tuple(entry.name for entry in schema.fields if entry.holds == "degrees")
    columns = _columns.declared(intake, skip=degrees)
    given = _coordinates.given_degrees(intake) if keep_degrees else None
    if given is not None:
        columns |= {"lon": pd.Series(given[:, 0]), "lat": pd.Series(given[:, 1])}
    if schema.id_column and schema.unique:
        columns = _columns.add_ids(intake, columns)
    from_columns = intake.geometry_name is None
    used = frozenset(own for name, own in intake.columns.items() if name in columns or from_columns)
    columns |= _columns.others(intake, columns, used=used)
    columns["row"] = pd.Series(table.rows)
    kept = np.flatnonzero(~intake.refused)
    frame = pick(pd.DataFrame(columns), kept)
    return intake.layer_of(schema.kind, _coordinates.as_frame(frame, geometry[kept]), kept_rows=kept)
