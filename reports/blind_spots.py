"""服务盲区 to take away: a table, a workbook and GeoJSON, each with what was asked."""

import csv
import io
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from coverage.blind_spots import BlindSpots
from coverage.result import Result
from geo.parse import as_text
from geo.workbook import Sheet, workbook
from geo.write import disarmed
from layers.secrecy import STAMP
from reports.geojson import gap_areas_text

__all__ = ["as_csv", "as_geojson", "as_xlsx"]


def as_geojson(result: Result, spots: BlindSpots) -> bytes:
    """The outlines with all fields, as ``gap_areas.geojson`` of the command has them."""
    return "".join(gap_areas_text(result, spots)).encode("utf-8")


def as_csv(result: Result, spots: BlindSpots) -> bytes:
    """One row for each area under the names of the fields, with what was asked in every row; UTF-8 with a mark."""
    asked = _asked(result, spots)
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    table = _table(spots)
    writer.writerow([*table, *asked])
    for row in table.itertuples(index=False):
        cells = [*row, *asked.values()]
        writer.writerow([disarmed(cell) if isinstance(cell, str) else _number(cell) for cell in cells])
    return text.getvalue().encode("utf-8-sig")


def as_xlsx(result: Result, spots: BlindSpots, words: Mapping[str, str], basis: list[str]) -> bytes:
    """A sheet of the areas and a sheet of what they rest on.

    Parameters
    ----------
    result, spots
        The answer and its blind spots.
    words
        ``sheet_areas``, ``sheet_basis``, ``basis_name``, ``basis_value``, each field as ``field.<name>``, and each
        reason as ``reason.<code>``.
    basis
        Sentences on what the figures rest on.
    """
    table = _table(spots)
    table["reason"] = [words.get(f"reason.{code}", code) for code in table["reason"]]
    rows = [[_number(cell) for cell in row] for row in table.itertuples(index=False)]
    about = [[name, as_text(value)] for name, value in _asked(result, spots).items()]
    about += [["", line] for line in basis]
    heading = [words[f"field.{name}"] for name in table]
    return workbook(
        [
            Sheet(words["sheet_areas"], heading, rows),
            Sheet(words["sheet_basis"], [words["basis_name"], words["basis_value"]], about),
        ]
    )


def _table(spots: BlindSpots) -> pd.DataFrame:
    return pd.DataFrame(spots.areas.drop(columns=spots.areas.geometry.name))


def _asked(result: Result, spots: BlindSpots) -> dict[str, Any]:
    """Everything that decides the areas, flat."""
    asked = result.summary["parameters"]
    out: dict[str, Any] = {
        name: ";".join(f"{part:g}" if isinstance(part, float) else str(part) for part in value)
        if isinstance(value, list)
        else value
        for name, value in asked.items()
        if not isinstance(value, dict)
    }
    what_ifs = len(result.request.patches)
    return {**out, "radius_m": spots.radius_m, "candidates": spots.candidates, "what_ifs": what_ifs, "stamp": STAMP}


def _number(cell: Any) -> Any:  # noqa: ANN401 - a cell of a table
    """A cell as a workbook takes it: missing values blank, numpy's numbers plain."""
    if isinstance(cell, str):
        return cell
    if cell is None or pd.isna(cell):
        return None
    return cell.item() if isinstance(cell, np.generic) else cell
