"""Which column of a file is which: by its heading, else by what stands in it, and always as the user says."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.errors import RequestError
from geo.heading import spellings
from geo.parse import as_text, parse_numbers
from geo.read import Table
from layers.schema import Field, Schema, facility_kinds, personal, plain
from layers.schemas import SCHEMAS

__all__ = ["Column", "Why", "guess", "match"]

#: ``heading``: the canonical name or its Chinese label. ``synonym``: another word for it. ``content``: what stands in
#: the column. ``user``: the user said so. ``identity``: left out, identity numbers. ``personal``: left out, it is
#: about a person otherwise. ``note``: left out, this program added it to refused rows. ``""``: kept under its own
#: heading.
Why = Literal["heading", "synonym", "content", "user", "identity", "personal", "note", ""]

#: Columns that refused rows have in a file that goes back to who sent them; each set is left out when it comes back.
NOTE_COLUMNS = (("原行号", "退回原因", "修改办法"), ("row", "reason", "message"))

_SAMPLES = 3
# Rows that are looked at for evidence, and the share of filled cells that has to agree.
_ROWS_SEEN = 500
_MOST_CELLS = 0.9
_LEAST_CELLS = 3
# Longitudes and latitudes of China, with room; they do not overlap, so that a column is one or the other.
_LON, _LAT = (73.0, 135.5), (3.0, 54.0)
# A unit's code by GB/T 2260: a province, then digits of the county, township and village.
_CODE = re.compile(r"[1-8]\d(?:\d{4}|\d{7}|\d{10})")
_IDENTITY = re.compile(r"\d{6}(19|20)\d{2}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])\d{3}[\dXx]")
_IDENTITY_LENGTH = 18


@dataclass(frozen=True)
class Column:
    """One column of a file and what it is taken for.

    Parameters
    ----------
    heading
        As in the file; a heading of two rows is joined by ``-``.
    name
        Canonical name, or None: the column is kept under its own heading, or left out as ``why`` says.
    why
        What the decision rests on.
    samples
        The first filled cells as text; none of a column about a person.
    rival
        Canonical name that the heading would also fit, but that another column has; the user may want to exchange them.
    """

    heading: str
    name: str | None
    why: Why
    samples: tuple[str, ...] = ()
    rival: str | None = None


def guess(table: Table, kind: str, columns: Mapping[str, str] = MappingProxyType({})) -> tuple[Column, ...]:
    """What each column of a table is taken for; reading the table as a layer uses the same.

    Parameters
    ----------
    table
        As :func:`geo.read.read_table` gives it.
    kind
        A key of :data:`layers.schemas.SCHEMAS`.
    columns
        Corrections of the user: canonical name to heading, ``""`` where the file has no such column.

    Returns
    -------
    tuple of Column
        One per column of the file, in its order, without the geometry.

    Raises
    ------
    RequestError
        When the user named one heading for two fields.

    Examples
    --------
    >>> import numpy as np
    >>> frame = pd.DataFrame({"机构名称": ["甲"], "坐标-经度": ["119.9"], "备注": [None]}, dtype="str")
    >>> found = guess(Table(frame, np.array([2]), "a.csv", ""), "facilities")
    >>> [(column.heading, column.name, column.why) for column in found]
    [('机构名称', 'name', 'synonym'), ('坐标-经度', 'lon', 'synonym'), ('备注', None, '')]
    """
    return match(table, SCHEMAS[kind], columns)


def match(table: Table, schema: Schema, columns: Mapping[str, str] = MappingProxyType({})) -> tuple[Column, ...]:
    """As :func:`guess`, by a schema."""
    said = [own for own in columns.values() if own]
    twice = next((own for own in said if said.count(own) > 1), None)
    if twice is not None:
        raise RequestError("column_said_twice", heading=twice)
    geometry = str(table.frame.geometry.name) if isinstance(table.frame, gpd.GeoDataFrame) else None
    headings = [str(name) for name in table.frame.columns if name != geometry]
    notes = _notes(headings)
    seen = {name: _seen(table, name) for name in headings}
    left_out: dict[str, Why] = {name: "note" if name in notes else _left_out(table, name) for name in headings}
    open_ = [name for name in headings if not left_out[name]]
    taken: dict[str, tuple[str, Why]] = {name: (own, "user") for name, own in columns.items() if own in open_}
    asked = [entry for entry in schema.fields if entry.name not in columns]
    _by_words(asked, open_, taken)
    _by_content(asked, [name for name in open_ if name not in _owners(taken)], seen, taken,
                has_geometry=geometry is not None)  # fmt: skip
    owners = _owners(taken)
    rivals = _rivals(schema, [name for name in open_ if name not in owners])
    return tuple(
        Column(
            name,
            owners[name][0] if name in owners else None,
            owners[name][1] if name in owners else left_out[name],
            () if left_out[name] else tuple(seen[name][seen[name] != ""][:_SAMPLES]),
            rivals.get(name),
        )
        for name in headings
    )


def _owners(taken: Mapping[str, tuple[str, Why]]) -> dict[str, tuple[str, Why]]:
    """Heading to canonical name and reason."""
    return {own: (name, why) for name, (own, why) in taken.items()}


def _notes(headings: list[str]) -> frozenset[str]:
    """The columns that this program added to refused rows, where all of one set are there."""
    for names in NOTE_COLUMNS:
        if set(names) <= set(headings):
            return frozenset(names)
    return frozenset()


def _left_out(table: Table, heading: str) -> Why:
    return personal(heading) or ("identity" if _identity_numbers(table.frame[heading]) else "")


def _seen(table: Table, heading: str) -> "pd.Series[str]":
    cells = table.frame[heading].head(_ROWS_SEEN)
    return pd.Series([as_text(value).strip() for value in cells], dtype="str")


# ---- by heading -----------------------------------------------------------------------------------------------------


def _by_words(fields: list[Field], headings: list[str], taken: dict[str, tuple[str, Why]]) -> None:
    """Each field takes the first heading that is one of its words: whole headings first, then those of two rows."""
    for spelled in (_whole, _joined):
        words: dict[str, str] = {}
        several = set()
        for heading in headings:
            for word in dict.fromkeys(spelled(heading)):
                if words.setdefault(word, heading) != heading:
                    several.add(word)
        if spelled is _joined:
            # Half of a heading that two columns share tells neither.
            words = {word: own for word, own in words.items() if word not in several}
        for entry in fields:
            if entry.name in taken:
                continue
            used = {own for own, _ in taken.values()}
            for word in entry.words:
                own = words.get(plain(word))
                if own is not None and own not in used:
                    direct = spelled is _whole and word in (entry.name, entry.label)
                    taken[entry.name] = (own, "heading" if direct else "synonym")
                    break


def _whole(heading: str) -> tuple[str, ...]:
    return (plain(heading),)


def _joined(heading: str) -> tuple[str, ...]:
    return tuple(plain(word) for word in spellings(heading))


def _rivals(schema: Schema, headings: list[str]) -> dict[str, str]:
    """Canonical name that each heading left over would fit."""
    words = {plain(word): entry.name for entry in reversed(schema.fields) for word in reversed(entry.words)}
    fits = {
        heading: next((words[word] for word in (*_whole(heading), *_joined(heading)) if word in words), None)
        for heading in headings
    }
    return {heading: name for heading, name in fits.items() if name is not None}


# ---- by content -----------------------------------------------------------------------------------------------------


def _by_content(
    fields: list[Field],
    headings: list[str],
    seen: Mapping[str, "pd.Series[str]"],
    taken: dict[str, tuple[str, Why]],
    *,
    has_geometry: bool,
) -> None:
    """Where headings tell nothing: a column is taken when it is the only one whose cells fit."""
    tests: dict[str, Callable[[pd.Series[str]], bool]] = {"kind": _names_of_kinds, "unit_code": _unit_codes}
    names = {entry.name for entry in fields}
    pair = {"lon", "lat"} <= names and not {"lon", "lat", "lonlat", "x_north", "y_east"} & set(taken)
    if pair and not has_geometry:
        tests |= {"lon": lambda cells: _degrees(cells, _LON), "lat": lambda cells: _degrees(cells, _LAT)}
    found: dict[str, str] = {}
    for name, fits in tests.items():
        if name in taken or name not in names:
            continue
        fitting = [heading for heading in headings if fits(seen[heading][seen[heading] != ""])]
        if len(fitting) == 1:
            found[name] = fitting[0]
    if ("lon" in found) != ("lat" in found):
        # Half a pair is a number that happens to lie there.
        found.pop("lon", None)
        found.pop("lat", None)
    for name, own in found.items():
        taken[name] = (own, "content")


def _degrees(cells: "pd.Series[str]", span: tuple[float, float]) -> bool:
    """Most cells are numbers of a span with a fraction: counts of beds have none."""
    if len(cells) < _LEAST_CELLS:
        return False
    numbers, _ = parse_numbers(cells)
    inside = (numbers >= span[0]) & (numbers <= span[1]) & (numbers != np.floor(numbers))
    return bool(inside.mean() >= _MOST_CELLS)


def _names_of_kinds(cells: "pd.Series[str]") -> bool:
    return len(cells) >= _LEAST_CELLS and bool(cells.isin(set(facility_kinds())).mean() >= _MOST_CELLS)


def _unit_codes(cells: "pd.Series[str]") -> bool:
    return len(cells) >= _LEAST_CELLS and bool(cells.str.fullmatch(_CODE).mean() >= _MOST_CELLS)


def _identity_numbers(column: pd.Series) -> bool:
    """Whether most filled cells of a column are identity numbers, whatever its heading."""
    if column.dtype == object:
        texts = pd.Series([as_text(value) for value in column], dtype="str")
    elif pd.api.types.is_string_dtype(column.dtype):
        texts = column.astype("str").fillna("")
    else:
        return False
    filled = int((texts != "").sum())
    # Only what is as long as a number is looked at: columns of roads have hundreds of thousands of texts.
    texts = texts.str.strip()
    long = texts[texts.str.len() == _IDENTITY_LENGTH]
    return 2 * sum(_IDENTITY.fullmatch(text) is not None for text in long) > filled
