"""What one facility can take: free beds, places, meals a day, plots. Blank means not known, never 0."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
import pandas as pd

from coverage.gaps import total
from geo.errors import RequestError
from geo.findings import Finding
from geo.paths import DATA_DIR

__all__ = ["AUTO", "Capacity", "Rule", "beds_and_residents", "capacity_of", "occupancy", "occupancy_by_unit", "rules"]

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
#: In place of a column: by the kind of each facility.
AUTO = "auto"


@dataclass(frozen=True)
class Rule:
    """What counts as the capacity of one kind of facility.

    Parameters
    ----------
    column
        What it can hold.
    taken
        What of it is taken already; ``""``: nothing.
    zh, en
        What a user reads.
    """

    column: str
    taken: str
    zh: str
    en: str


@dataclass(frozen=True, eq=False)
class Capacity:
    """What each facility can take.

    Parameters
    ----------
    column
        As asked: a column, or ``auto``.
    per_facility
        Not negative; NaN: not known, shape (facilities,).
    findings
        What is odd about the numbers.
    """

    column: str
    per_facility: FloatArray
    findings: tuple[Finding, ...]


@cache
def rules() -> Mapping[str, Rule]:
    """Rules by kind, from ``data/rules/capacity.toml``.

    Examples
    --------
    >>> rules()["elder_home"].column, rules()["elder_home"].taken
    ('beds', 'residents')
    """
    content = tomllib.loads((DATA_DIR / "rules" / "capacity.toml").read_text(encoding="utf-8"))
    made = {kind: Rule(rule["column"], rule.get("taken", ""), rule["zh"], rule["en"]) for kind, rule in content.items()}
    return MappingProxyType(made)


def capacity_of(facilities: pd.DataFrame, column: str = AUTO) -> Capacity:
    """Capacity of each facility.

    Parameters
    ----------
    facilities
        Columns of the contract; ``row`` is what findings name.
    column
        A column of numbers, or ``auto``: by the rules of the kinds. Free beds of an elder-care home are its beds less
        its residents; where more live there than it has beds, none is free.

    Raises
    ------
    RequestError
        When there is no such column, or no facility has a number to go by.

    Examples
    --------
    >>> homes = pd.DataFrame({"row": [1, 2], "kind": "elder_home", "beds": [50.0, None], "residents": [45.0, 3.0]})
    >>> capacity_of(homes).per_facility.tolist()
    [5.0, nan]
    """
    if column == AUTO:
        capacity, found = _by_kind(facilities)
    else:
        if column not in facilities or column in ("geometry", "row"):
            known = [str(name) for name in facilities.columns if pd.api.types.is_numeric_dtype(facilities[name])]
            raise RequestError(
                "unknown_capacity", given=column, known=", ".join(name for name in known if name != "row") or "-"
            )
        capacity, found = _numbers(facilities, column)
        found += _blank(capacity, column)
    if len(facilities) and np.isnan(capacity).all():
        raise RequestError("capacity_not_known", given=column)
    return Capacity(column, capacity, tuple(found))


def _by_kind(facilities: pd.DataFrame) -> tuple[FloatArray, list[Finding]]:
    """Capacity by the rule of each kind, kinds in order of their names."""
    capacity = np.full(len(facilities), np.nan)
    found: list[Finding] = []
    kinds = facilities["kind"].fillna("").to_numpy(dtype=str)
    for kind in sorted(set(kinds)):
        who = np.flatnonzero(kinds == kind)
        rule = rules().get(kind)
        if rule is None:
            found.append(_finding("capacity_no_rule", kind=kind or "-", count=len(who)))
            continue
        part = facilities.iloc[who]
        held, notes = _numbers(part, rule.column)
        found += notes + _blank(held, rule.column)
        if rule.taken:
            taken, notes = _numbers(part, rule.taken)
            found += notes + _blank(np.where(np.isnan(held), 0, taken), rule.taken) + _overfull(part, held, taken)
            held = np.maximum(held - taken, 0)
        capacity[who] = held
    return capacity, found


def _numbers(facilities: pd.DataFrame, column: str) -> tuple[FloatArray, list[Finding]]:
    """A column as numbers, NaN where it is blank, and what is no number of people: text, below 0."""
    numbers, text = _read(facilities, column)
    rows = facilities["row"].to_numpy()
    found = [
        _finding(code, int(rows[index]), field=column, given=str(facilities[column].iloc[index]))
        for code, wrong in (("capacity_not_number", text), ("capacity_negative", numbers < 0))
        for index in np.flatnonzero(wrong).tolist()
    ]
    return np.where(numbers < 0, np.nan, numbers), found


def _read(facilities: pd.DataFrame, column: str) -> tuple[FloatArray, BoolArray]:
    """A column as finite numbers, NaN for all else, and where it holds something that is none."""
    if column not in facilities:
        return np.full(len(facilities), np.nan), np.zeros(len(facilities), dtype=bool)
    cells = facilities[column].replace("", np.nan)
    numbers = pd.to_numeric(cells, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    finite = np.isfinite(numbers)
    return np.where(finite, numbers, np.nan), ~finite & cells.notna().to_numpy()


def _blank(numbers: FloatArray, column: str) -> list[Finding]:
    count = int(np.isnan(numbers).sum())
    return [_finding("capacity_blank", field=column, count=count)] if count else []


def _overfull(facilities: pd.DataFrame, held: FloatArray, taken: FloatArray) -> list[Finding]:
    rows = facilities["row"].to_numpy()
    return [
        _finding("capacity_overfull", int(rows[index]), beds=f"{held[index]:g}", residents=f"{taken[index]:g}")
        for index in np.flatnonzero(taken > held).tolist()
    ]


def _finding(code: str, row: int | None = None, field: str | None = None, **facts: object) -> Finding:
    return Finding(code, "warn", row=row, field=field, facts=MappingProxyType(facts))


def beds_and_residents(facilities: pd.DataFrame) -> tuple[FloatArray, FloatArray]:
    """Beds and residents of each facility, NaN where they are not known.

    Parameters
    ----------
    facilities
        Columns of the contract.

    Examples
    --------
    >>> beds, residents = beds_and_residents(pd.DataFrame({"beds": [50.0, None]}))
    >>> beds.tolist(), residents.tolist()
    ([50.0, nan], [nan, nan])
    """
    beds, residents = (_read(facilities, column)[0] for column in ("beds", "residents"))
    return np.where(beds < 0, np.nan, beds), np.where(residents < 0, np.nan, residents)


def occupancy(beds: FloatArray, residents: FloatArray) -> FloatArray:
    """Residents per bed of each facility (入住率), NaN where one of the two is not known or there are no beds.

    Parameters
    ----------
    beds, residents
        NaN: not known, shape (facilities,).

    Examples
    --------
    >>> occupancy(np.array([50.0, 0.0, np.nan]), np.array([45.0, 0.0, 3.0])).tolist()
    [0.9, nan, nan]
    """
    share: FloatArray = np.divide(residents, beds, out=np.full(len(beds), np.nan), where=beds > 0)
    return share


def occupancy_by_unit(beds: FloatArray, residents: FloatArray, unit_codes: npt.NDArray[np.object_]) -> pd.DataFrame:
    """Occupancy of the elder-care homes of each unit taken together; those where a number is not known are left out.

    Parameters
    ----------
    beds, residents
        NaN: not known, shape (facilities,).
    unit_codes
        Unit of each facility, shape (facilities,).

    Returns
    -------
    DataFrame
        ``unit_code``, ``facilities`` (counted), ``left_out`` (a number is not known), ``beds``, ``residents``,
        ``occupancy`` (NaN where no bed is counted); sorted by code.

    Examples
    --------
    >>> occupancy_by_unit(np.array([50.0, 30.0]), np.array([45.0, 15.0]), np.array(["a", "a"]))["occupancy"].tolist()
    [0.75]
    """
    known = ~(np.isnan(beds) | np.isnan(residents))
    lines = []
    for code in sorted(set(unit_codes.tolist())):
        own = unit_codes == code
        counted = own & known
        held, taken = total(beds[counted]), total(residents[counted])
        share = taken / held if held else np.nan
        lines.append((code, int(counted.sum()), int((own & ~known).sum()), held, taken, share))
    columns = ["unit_code", "facilities", "left_out", "beds", "residents", "occupancy"]
    return pd.DataFrame(lines, columns=columns)
