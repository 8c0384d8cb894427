"""What is kept beside lines and stakes: a log of inspections, and the course of each line in words."""

import numpy as np
import numpy.typing as npt

from geo.parse import parse_dates
from geo.read import Table
from layers._intake import Intake
from layers._place import place_layer
from layers.layer import Layer
from layers.options import USUAL, ReadOptions
from layers.schemas import DESCRIPTIONS, INSPECTIONS

__all__ = ["descriptions", "inspections"]


def inspections(table: Table, options: ReadOptions = USUAL) -> Layer:
    """Inspections of a table: ``line_code``, ``date`` and what was seen; geometry is None in every row.

    Raises
    ------
    DataError
        When a required column is absent, or no row is kept.
    """
    return place_layer(table, INSPECTIONS, options, shapers=(_dated,))


def descriptions(table: Table, options: ReadOptions = USUAL) -> Layer:
    """边界线走向说明 of a table: ``line_code`` and ``text``; several rows of a line are its paragraphs.

    Raises
    ------
    DataError
        When a required column is absent, or no row is kept.
    """
    return place_layer(table, DESCRIPTIONS, options)


def _dated(intake: Intake, given: npt.NDArray[np.object_]) -> npt.NDArray[np.object_]:
    """Refuse rows whose day cannot be read: without it an inspection tells nothing of what is due."""
    if intake.has("date"):
        texts = intake.texts("date")
        _, bad = parse_dates(intake.raw("date"))
        intake.refuse_values(bad & (texts != "").to_numpy(), "inspection_without_day", texts, intake.columns["date"])
    return given
