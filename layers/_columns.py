"""Cells to typed columns: numbers, days, choices and ids, each bad cell named."""

import re

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.amounts import Amounts, is_blank_word, parse_amounts
from geo.errors import DataError
from geo.parse import months, parse_dates, parse_numbers
from layers._intake import Intake
from layers.schema import Field, facility_kinds, unit_of

__all__ = ["EXAMPLE", "add_ids", "declared", "others", "refuse_examples"]

#: What the first filled cell of the example row of a template begins with.
EXAMPLE = "示例:"

BoolArray = npt.NDArray[np.bool_]
FloatArray = npt.NDArray[np.float64]

#: Above this a float no longer holds every whole number, so a code would change.
_EXACT = 2**53
_RESERVED = ("row", "geometry")
#: Columns of codes, which a spreadsheet spoils where it takes them for numbers.
_CODES = ("facility_id", "demand_id", "unit_code", "parent_code", "line_code", "stake_no", "credit_code", "parent_id")
_SCIENTIFIC = re.compile(r"\d(\.\d+)?[eE]\+?\d{2}")
#: The field's unit and that of a heading, to what one of the latter is in the former; "" is any unit.
_FACTORS = {
    ("", "万人"): 1e4, ("", "万"): 1e4, ("", "万张"): 1e4, ("", "千人"): 1e3,
    ("米", "公里"): 1e3, ("米", "千米"): 1e3, ("米", "km"): 1e3, ("米", "厘米"): 1e-2,
    ("平方米", "公顷"): 1e4, ("平方米", "亩"): 10_000 / 15, ("平方米", "万平方米"): 1e4, ("平方米", "平方公里"): 1e6,
    ("万元", "元"): 1e-4, ("万元", "亿元"): 1e4,
}  # fmt: skip


def declared(intake: Intake, *, skip: tuple[str, ...] = ()) -> dict[str, pd.Series]:
    """The columns of the schema that the file has, in the schema's order.

    Raises
    ------
    DataError
        When a required column is absent.
    """
    schema = intake.schema
    missing = [entry for entry in schema.fields if entry.required and not intake.has(entry.name)]
    if missing:
        names = "; ".join(f"{entry.name} ({', '.join(entry.synonyms[:4])})" for entry in missing)
        raise DataError(
            "column_missing", file=intake.table.file, missing=names, columns=", ".join(intake.own_columns())
        )
    return {
        entry.name: _typed(intake, entry)
        for entry in schema.fields
        if intake.has(entry.name) and entry.name not in skip
    }


def refuse_examples(intake: Intake) -> None:
    """Leave out the example row of a template that was filled in below it."""
    first = pd.Series([""] * len(intake.refused), dtype="str")
    for heading in intake.own_columns():
        texts = intake.own_texts(heading)
        first = first.where(first != "", texts)
        if (first != "").all():
            break
    example = first.str.replace("：", ":").str.startswith(EXAMPLE).to_numpy(dtype=bool)
    intake.refuse_together(example, "example_row")


def _typed(intake: Intake, entry: Field) -> pd.Series:
    heading = intake.columns[entry.name]
    texts = intake.texts(entry.name)
    blank = (texts == "").to_numpy()
    if entry.required or (entry.no_blank and not blank.all()):
        intake.refuse(blank, "value_missing", field=heading)
    if entry.holds == "date":
        dates, bad = parse_dates(intake.raw(entry.name))
        none = np.array([is_blank_word(text) for text in texts], dtype=bool) & bad
        _tell(intake, none, "blank_words", texts, heading)
        _tell(intake, months(texts) & ~bad, "months_only", texts, heading)
        intake.warn_values(bad & ~none, "date_unreadable", texts, heading)
        return pd.Series(dates, dtype=object)
    if entry.holds in ("number", "count", "degrees"):
        return _numbers(intake, entry, texts, heading)
    if entry.holds == "choice":
        return _choice(intake, entry, texts, heading)
    if entry.name in _CODES:
        intake.warn_values(texts.str.fullmatch(_SCIENTIFIC).to_numpy(dtype=bool), "code_damaged", texts, heading)
    return texts


def _numbers(intake: Intake, entry: Field, texts: pd.Series, heading: str) -> pd.Series:
    found = parse_amounts(intake.raw(entry.name), unit=entry.unit)
    percent = found.bad & texts.str.endswith(("%", "％")).to_numpy(dtype=bool)
    intake.refuse_values(percent, "number_percent", texts, heading)
    intake.refuse_values(found.bad & ~percent, "number_unreadable", texts, heading)
    _tell_words(intake, found, texts, heading)
    if entry.required or (entry.no_blank and not found.none.all()):
        intake.refuse(found.none, "value_missing", field=heading)
    factor = _factor(entry, heading)
    if factor != 1.0:
        # A cell that says its own unit or 万 is not in that of the heading.
        found.numbers[~found.own_unit] *= factor
        intake.note("unit_converted", "info", field=heading, name=entry.name, factor=f"{factor:g}")
    if entry.holds == "count":
        intake.refuse_values(found.numbers < 0, "number_negative", texts, heading)
    return pd.Series(found.numbers)


def _tell_words(intake: Intake, found: Amounts, texts: pd.Series, heading: str) -> None:
    """Say of a column how many numbers were read from words, how many are not exact, and how many are blank words."""
    _tell(intake, found.worded & ~found.about, "number_words", texts, heading, found.numbers)
    _tell(intake, found.about, "number_about", texts, heading, found.numbers)
    _tell(intake, found.none, "blank_words", texts, heading)


def _tell(
    intake: Intake,
    mask: BoolArray,
    code: str,
    texts: pd.Series,
    heading: str,
    numbers: FloatArray | None = None,
) -> None:
    """One note for all cells of a column that were read in the same way, with the first of them as the example."""
    positions = np.flatnonzero(mask)
    if len(positions):
        first = int(positions[0])
        facts = {"count": len(positions), "first": int(intake.table.rows[first]), "example": texts[first]}
        if numbers is not None:
            facts["number"] = f"{numbers[first]:.12g}"
        intake.note(code, "info", field=heading, **facts)


def _factor(entry: Field, heading: str) -> float:
    """What a number is multiplied with because the heading names another unit than the field's."""
    own = unit_of(heading)
    return _FACTORS.get((entry.unit, own), _FACTORS.get(("", own), 1.0) if entry.holds == "count" else 1.0)


def _choice(intake: Intake, entry: Field, texts: pd.Series, heading: str) -> pd.Series:
    values = facility_kinds() if entry.name == "kind" else entry.choices
    by_lower = {word.casefold(): value for word, value in values.items()}
    out = texts.map(lambda text: by_lower.get(text.casefold(), text)).astype("str")
    unknown = ~out.isin(set(values.values())).to_numpy() & (texts != "").to_numpy()
    intake.warn_values(unknown, f"{entry.name}_unknown", texts, heading)
    return out.replace("", entry.default).astype("str")


def others(intake: Intake, taken: dict[str, pd.Series], *, used: frozenset[str]) -> dict[str, pd.Series]:
    """The file's other columns under their own names: numbers where every cell is one, else text.

    Parameters
    ----------
    taken
        Canonical columns of the layer so far; a heading that would hide one gets a ``_`` and a finding.
    used
        Headings that became canonical columns or coordinates.
    """
    out: dict[str, pd.Series] = {}
    for heading in intake.own_columns():
        if heading in used:
            continue
        name = heading
        while name in taken or name in out or name in _RESERVED:
            name = f"{name}_"
        if name != heading:
            intake.note("column_renamed", "info", field=heading, renamed=name)
        out[name] = _free(intake, heading)
    return out


def _free(intake: Intake, heading: str) -> pd.Series:
    raw = intake.table.frame[heading].reset_index(drop=True)
    if raw.dtype == np.bool_:  # one with blanks is text
        return raw
    texts = intake.own_texts(heading)
    numbers, bad = parse_numbers(raw if isinstance(raw.dtype, np.dtype) and raw.dtype.kind in "iuf" else texts)
    # "0101" and 17-digit codes are names, whatever they look like.
    code_like = texts.str.match(r"[+-]?0\d").to_numpy(dtype=bool) | (np.abs(numbers) >= _EXACT)
    if bad.any() or code_like.any() or np.isnan(numbers).all():
        return texts
    return pd.Series(numbers)


def add_ids(intake: Intake, columns: dict[str, pd.Series]) -> dict[str, pd.Series]:
    """Ids as text, made from the row order where the file has none; repeated ones refused; blank names take the id."""
    schema = intake.schema
    ids = columns.get(schema.id_column)
    size = len(intake.refused)
    if ids is None or (ids == "").all():
        ids = pd.Series([f"{schema.id_prefix}{number}" for number in range(1, size + 1)], dtype="str")
        intake.note("ids_by_row", "info", field=schema.id_column)
    else:
        heading = intake.columns[schema.id_column]
        blank = (ids == "").to_numpy()
        intake.refuse(blank, "id_missing", field=heading)
        intake.refuse_values(ids.duplicated().to_numpy() & ~blank, "id_repeated", ids, heading)
    names = columns.get("name", pd.Series([""] * size, dtype="str"))
    return {schema.id_column: ids, "name": names.where(names != "", ids)} | {
        name: column for name, column in columns.items() if name not in (schema.id_column, "name")
    }
