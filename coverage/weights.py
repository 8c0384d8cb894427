"""What is counted: people, or another number of each place."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.errors import RequestError
from layers.layer import Layer
from layers.schema import plain
from layers.schemas import DEMAND

__all__ = ["Weight", "counted_columns", "weight_of"]

#: Columns of people by age, shown beside the weight wherever the demand has them.
PEOPLE_COLUMNS = ("pop", "pop0_14", "pop60", "pop65", "pop75", "pop80")


#: Columns of the demand table that are answers; a column of the input with such a name is written with ``_`` behind.
RESULT_COLUMNS = (
    "demand_id", "name", "status", "minutes", "facility_id", "access_m", "moved_from_island", "unit_code",
    "edge_of_roads", "weight", "geometry",
)  # fmt: skip
#: The same, of a run with capacity.
CAPACITY_COLUMNS = ("served", "full")
_NEVER = ("row", "geometry")
#: Name of the weight where every place counts one.
ONE_EACH = "1"


@dataclass(frozen=True, eq=False)
class Weight:
    """The numbers that are summed.

    Parameters
    ----------
    name
        Column, or ``"1"`` where every place counts one.
    per_row
        Finite and not negative, shape (rows,).
    blank_rows
        Rows, as the user sees them, without a number; they count 0.
    columns
        Columns that a result shows, and the name that each has there: those of people, and the one counted.
    """

    name: str
    per_row: npt.NDArray[np.float64]
    blank_rows: tuple[int, ...]
    columns: Mapping[str, str]

    def of_refused(self, refused: pd.DataFrame) -> npt.NDArray[np.float64]:
        """Weights of refused rows, as far as they are numbers that could have counted; shape (readable rows,)."""
        if self.name == ONE_EACH:
            return np.ones(len(refused))
        found = [column for column in refused.columns if _canonical(str(column)) == self.name]
        if not found:
            return np.empty(0)
        numbers = pd.to_numeric(refused[found[0]], errors="coerce").to_numpy(dtype=np.float64)
        usable: npt.NDArray[np.float64] = numbers[np.isfinite(numbers) & (numbers >= 0)]
        return usable


def weight_of(demand: Layer, name: str | None, *, capacity: bool = False) -> Weight:
    """The weight column of a demand layer.

    Parameters
    ----------
    demand
        Layer of kind ``demand``.
    name
        Column by its own or its canonical name; None: ``pop`` if there is one, else 1 per row.
    capacity
        Whether the result has the columns of a run with capacity, too.

    Raises
    ------
    RequestError
        When there is no such column of numbers, or a number in it is negative or not finite.
    """
    frame = demand.frame
    people = [column for column in PEOPLE_COLUMNS if column in frame]
    answers = (*RESULT_COLUMNS, *CAPACITY_COLUMNS) if capacity else RESULT_COLUMNS
    if name is None:
        if "pop" not in frame:
            return Weight(ONE_EACH, np.ones(len(frame)), (), _shown(people, answers))
        name = "pop"
    column = name if name in frame else _canonical(name)
    numeric = [str(c) for c in frame.columns if c != "row" and pd.api.types.is_numeric_dtype(frame[c])]
    if column in frame and column not in numeric and column not in _NEVER:
        numbers = pd.to_numeric(frame[column].replace("", np.nan), errors="coerce")
        words = frame["row"][numbers.isna() & (frame[column].fillna("") != "")].tolist()
        raise RequestError("weight_not_number", rows=words, given=name)
    if column not in numeric:
        raise RequestError("unknown_weight", given=name, known=", ".join(numeric) or "-")
    values = frame[column].to_numpy(dtype=np.float64, na_value=np.nan)
    blank = np.isnan(values)
    bad = ~blank & ~(np.isfinite(values) & (values >= 0))
    if bad.any():
        raise RequestError("bad_weight", rows=frame["row"][bad].tolist(), given=name)
    columns = people if column in people else [*people, column]
    return Weight(column, np.where(blank, 0.0, values), tuple(frame["row"][blank].tolist()), _shown(columns, answers))


def counted_columns(demand: Layer, name: str | None) -> tuple[str, ...]:
    """Columns of a demand layer that are counts of people, and the one that is asked for; a grid divides these.

    Raises
    ------
    RequestError
        As :func:`weight_of`.
    """
    return tuple(column for column in weight_of(demand, name).columns if column in demand.frame)


def _shown(columns: list[str], answers: tuple[str, ...]) -> dict[str, str]:
    return {column: f"{column}_" if column in answers else column for column in columns}


def _canonical(heading: str) -> str:
    """The canonical name of a heading of the demand, or the heading itself."""
    wanted = plain(heading)
    for entry in DEMAND.fields:
        if wanted in {plain(name) for name in (entry.name, *entry.synonyms)}:
            return entry.name
    return heading
