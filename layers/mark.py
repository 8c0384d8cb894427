"""What is shown and searched by its name: projects, disputes, place names."""

import dataclasses
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.read import Table
from layers._coordinates import repaired
from layers._intake import Intake
from layers._place import place_layer
from layers.layer import Layer
from layers.options import USUAL, ReadOptions
from layers.schemas import DISPUTES, PLACE_NAMES, PROJECTS

__all__ = ["disputes", "place_names", "projects"]


def projects(table: Table, options: ReadOptions = USUAL) -> Layer:
    """Projects of a table: points, lines or polygons (a red line); errors as other layers.

    One without a ``name`` is called by its file and row.
    """
    layer = place_layer(table, PROJECTS, options, shapers=(repaired,))
    frame = layer.frame
    stem = Path(table.file).stem
    called = pd.Series([f"{stem}-{row}" for row in frame["row"]], index=frame.index, dtype="str")
    names = frame.get("name", called)
    frame = frame.assign(name=names.mask(names.fillna("") == "", called))
    return dataclasses.replace(layer, frame=frame[["name", *(one for one in frame.columns if one != "name")]])


def disputes(table: Table, options: ReadOptions = USUAL) -> Layer:
    """Disputes with a ``name``: points, lines or polygons, or a register by ``line_code`` without places.

    A row with neither is refused. Errors as other layers.
    """
    return place_layer(table, DISPUTES, options, shapers=(_somewhere, repaired))


def _somewhere(intake: Intake, shapes: npt.NDArray[np.object_]) -> npt.NDArray[np.object_]:
    nowhere = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    intake.refuse(nowhere & (intake.texts("line_code") == "").to_numpy() & ~intake.refused, "geometry_missing")
    return shapes


def place_names(table: Table, options: ReadOptions = USUAL) -> Layer:
    """Place names: points, lines or polygons with a ``name``; errors as other layers."""
    return place_layer(table, PLACE_NAMES, options, shapers=(repaired,))
