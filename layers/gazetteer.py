"""From names to places: rows without coordinates beside the villages, streets and addresses that are known.

Names repeat, so a row is matched only among places of its own unit. What was matched is always marked as approximate.
"""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from rapidfuzz import fuzz, process

from geo.datum import SHIFTED, to_datum
from geo.findings import Finding
from geo.parse import as_text
from geo.read import Table
from layers._quality_units import same_unit
from layers.inside import unit_codes
from layers.layer import Layer
from layers.mapping import guess
from layers.names import UNIT_HEADINGS, VILLAGE_HEADINGS, core_name, plain_name
from layers.options import USUAL, ReadOptions

__all__ = ["LEAST_SCORE", "Gazetteer", "Located", "gazetteer", "locate"]

#: Names that agree less than that, of 100, are not taken as one: one character of seven may differ, none of six, as
#: villages side by side differ by one (东, 西).
LEAST_SCORE = 85.0
# A second place whose name agrees nearly as well leaves the row undecided.
_CLEARLY = 3.0
#: Columns of a row that may name its place, most telling first.
_NAMING = ("address", "name", "serves")
_LEAST_CHARACTERS = 2


@dataclass(frozen=True)
class Gazetteer:
    """Names of places, each in its unit.

    Parameters
    ----------
    names
        As written.
    plain, core
        As :func:`layers.names.plain_name` and :func:`~layers.names.core_name` make them.
    units
        Code of the unit that each place lies in, or declares; ``""`` where neither is known.
    lonlat
        Degrees, shape (n, 2).
    unit_names
        Code of each unit to its name; empty without units.
    """

    names: tuple[str, ...]
    plain: tuple[str, ...]
    core: tuple[str, ...]
    units: tuple[str, ...]
    lonlat: npt.NDArray[np.float64]
    unit_names: Mapping[str, str]


@dataclass(frozen=True)
class Located:
    """A table in which rows without a place have one by their name.

    Parameters
    ----------
    table
        With the columns ``lon`` and ``lat`` filled in where a name was matched, and ``located_by`` (``name_exact``,
        ``name_fuzzy``), ``matched_name`` and ``match_score`` (0 to 100) beside them.
    findings
        Which rows were matched to what, and which were not.
    asked, matched
        Rows without coordinates, and how many of them have a place now.
    unmatched
        Row numbers of the others.
    """

    table: Table
    findings: tuple[Finding, ...]
    asked: int
    matched: int
    unmatched: tuple[int, ...]

    @property
    def rate(self) -> float:
        """Share of the rows without coordinates that were matched; 1 where none was asked for."""
        return self.matched / self.asked if self.asked else 1.0


def gazetteer(place_names: Layer | None, units: Layer | None = None) -> tuple[Gazetteer, tuple[Finding, ...]]:
    """The names that are known: place names, their other names and addresses, and the units themselves.

    Parameters
    ----------
    place_names, units
        Layers of the workspace; either may be absent.

    Returns
    -------
    tuple
        The gazetteer, and what is doubtful in it: names that repeat in one unit, and names that differ only by what
        a name list should not have (blanks, brackets, other widths).
    """
    entries: list[tuple[str, str, tuple[float, float]]] = []
    findings: list[Finding] = []
    for layer in (place_names, units):
        if layer is not None:
            findings += _doubts(layer) if layer is place_names else []
            entries += _entries(layer, units)
    known = {}
    if units is not None:
        known = dict(zip(units.frame["unit_code"].astype(str), units.frame["name"].astype(str), strict=True))
    names = tuple(name for name, _, _ in entries)
    made = Gazetteer(
        names,
        tuple(plain_name(name) for name in names),
        tuple(core_name(name) for name in names),
        tuple(unit for _, unit, _ in entries),
        np.array([place for _, _, place in entries], dtype=np.float64).reshape(-1, 2),
        known,
    )
    return made, tuple(findings)


def _entries(layer: Layer, units: Layer | None) -> list[tuple[str, str, tuple[float, float]]]:
    frame = layer.frame
    inside = shapely.point_on_surface(frame.geometry.to_numpy())
    lonlat = np.column_stack([shapely.get_x(inside), shapely.get_y(inside)])
    declared = frame["unit_code"].fillna("").astype(str) if "unit_code" in frame else pd.Series("", index=frame.index)
    if layer.kind != "units" and units is not None:
        known = np.isfinite(lonlat).all(axis=1)
        lies_in = np.full(len(frame), "", dtype=object)
        lies_in[known] = unit_codes(lonlat[known], units)
        declared = declared.where(declared != "", pd.Series(lies_in, index=frame.index))
    out = []
    for position in range(len(frame)):
        if not np.isfinite(lonlat[position]).all():
            continue
        spelled = [as_text(frame["name"].iloc[position])]
        for column in ("other_names", "address"):
            if column in frame:
                spelled += [
                    part.strip() for part in as_text(frame[column].iloc[position]).replace("、", ",").split(",")
                ]
        place = (float(lonlat[position, 0]), float(lonlat[position, 1]))
        out += [(name, str(declared.iloc[position]), place) for name in dict.fromkeys(spelled) if name]
    return out


def _doubts(layer: Layer) -> list[Finding]:
    """Names that repeat within a unit, and names that are not written in the standard form."""
    frame = layer.frame
    units = frame["unit_code"].fillna("").astype(str) if "unit_code" in frame else pd.Series("", index=frame.index)
    out: list[Finding] = []
    first: dict[tuple[str, str], int] = {}
    for name, unit, row in zip(frame["name"], units, frame["row"], strict=True):
        key = (plain_name(name), unit)
        if key in first:
            out.append(Finding("place_name_repeated", "warn", row=int(row), facts={"name": name, "first": first[key]}))
        first.setdefault(key, int(row))
        if plain_name(name) != str(name).strip().casefold():
            facts = {"name": name, "standard": plain_name(name)}
            out.append(Finding("place_name_not_standard", "info", row=int(row), facts=facts))
    return out


def locate(table: Table, kind: str, known: Gazetteer, options: ReadOptions = USUAL) -> Located:
    """Give rows without coordinates the place of their name.

    Parameters
    ----------
    table
        A sheet or text table; a table with geometry is returned as it is.
    kind
        What the table will be read as.
    known
        As :func:`gazetteer` makes it.
    options
        What the user said of the file: the corrected columns count here too.

    Returns
    -------
    Located
        Its table is read like any other; the three columns that say how a row was placed stay in the layer.
    """
    columns = {column.name: column.heading for column in guess(table, kind, options.columns) if column.name}
    frame = pd.DataFrame(table.frame)
    if "geometry" in frame or len(frame) == 0:
        return Located(table, (), 0, 0, ())
    lon, lat = columns.get("lon", "lon"), columns.get("lat", "lat")
    cells = {name: _texts(frame, name) for name in (lon, lat)}
    blank = (cells[lon] == "") & (cells[lat] == "")
    out = {"located_by": [""] * len(frame), "matched_name": [""] * len(frame), "match_score": [""] * len(frame)}
    findings: list[Finding] = []
    unmatched: list[int] = []
    matched = 0
    entries: dict[frozenset[str], _Entries] = {}
    for position in np.flatnonzero(blank.to_numpy()).tolist():
        row = int(table.rows[position])
        codes = _unit_of(frame, columns, position, known)
        if codes and codes not in entries:
            entries[codes] = _Entries(known, codes)
        found = entries[codes].best(_names_of(frame, columns, position)) if codes else None
        if found is None:
            unmatched.append(row)
            continue
        entry, score = found
        matched += 1
        cells[lon].iloc[position], cells[lat].iloc[position] = _written(known.lonlat[entry], options)
        how = "name_exact" if score == 100 else "name_fuzzy"  # noqa: PLR2004  # of 100
        for name, text in zip(out, (how, known.names[entry], f"{score:.0f}"), strict=True):
            out[name][position] = text
        told = {"name": known.names[entry], "unit": known.units[entry], "score": f"{score:.0f}"}
        findings.append(Finding("located_by_name", "warn", row=row, facts=told))
    asked = matched + len(unmatched)
    if not asked:
        return Located(table, (), 0, 0, ())
    findings += [Finding("name_not_found", "warn", row=row) for row in unmatched]
    facts = {"asked": asked, "matched": matched, "rate": f"{matched / asked:.1%}"}
    findings.insert(0, Finding("names_matched", "info", facts=facts))
    filled = frame.assign(
        **{name: column.replace("", None).astype("str") for name, column in cells.items()},
        **{name: pd.Series(column, index=frame.index, dtype="str") for name, column in out.items()},
    )
    done = dataclasses.replace(table, frame=filled, findings=(*table.findings, *findings))
    return Located(done, tuple(findings), asked, matched, tuple(unmatched))


def _written(lonlat: npt.NDArray[np.float64], options: ReadOptions) -> tuple[str, str]:
    """A place as the other rows of its table are written, so that what is done to them brings it where it is."""
    if options.datum in SHIFTED:
        lonlat = to_datum(lonlat[None, :], "gcj02" if options.datum == "gcj02" else "bd09")[0]
    # A sign of degrees: plain numbers may be packed ones.
    mark = "°" if options.packed else ""
    return f"{lonlat[0]:.7f}{mark}", f"{lonlat[1]:.7f}{mark}"


def _texts(frame: pd.DataFrame, heading: str) -> "pd.Series[str]":
    if heading not in frame:
        return pd.Series("", index=frame.index, dtype=object)
    return pd.Series([as_text(value).strip() for value in frame[heading]], index=frame.index, dtype=object)


def _cell(frame: pd.DataFrame, heading: str, position: int) -> str:
    return as_text(frame[heading].iloc[position]).strip()


def _names_of(frame: pd.DataFrame, columns: Mapping[str, str], position: int) -> list[str]:
    """What may name the row's place: its village, then its address, its own name, the villages it serves."""
    headings = [name for name in frame.columns if str(name) in VILLAGE_HEADINGS]
    headings += [columns[name] for name in _NAMING if name in columns]
    texts = [_cell(frame, heading, position) for heading in headings]
    return list(dict.fromkeys(text for text in texts if len(plain_name(text)) >= _LEAST_CHARACTERS))


def _unit_of(frame: pd.DataFrame, columns: Mapping[str, str], position: int, known: Gazetteer) -> frozenset[str]:
    """Codes of the unit that the row declares by code or by name; none where it declares none that is known."""
    if "unit_code" in columns:
        code = _cell(frame, columns["unit_code"], position)
        if code:
            return frozenset({code})
    for heading in frame.columns:
        if str(heading) in UNIT_HEADINGS:
            name = plain_name(_cell(frame, heading, position))
            codes = frozenset(
                code for code, spelled in known.unit_names.items() if name and plain_name(spelled) == name
            )
            if codes:
                return codes
    return frozenset()


class _Entries:
    """The names of one unit and of its parts, by their plain and their short form."""

    def __init__(self, known: Gazetteer, codes: frozenset[str]) -> None:
        self._lonlat = known.lonlat
        self._at = [at for at, unit in enumerate(known.units) if unit and any(same_unit(unit, code) for code in codes)]
        self._core = [known.core[at] for at in self._at]
        self._spelled: list[dict[str, list[int]]] = [{}, {}]
        for by_name, spelled in zip(self._spelled, (known.plain, known.core), strict=True):
            for at in self._at:
                by_name.setdefault(spelled[at], []).append(at)

    def best(self, names: list[str]) -> tuple[int, float] | None:
        """The entry that agrees best with one of some names, and how well; None where none does, or several do."""
        for name in names:
            for by_name, wanted in zip(self._spelled, (plain_name(name), core_name(name)), strict=True):
                exact = by_name.get(wanted, [])
                if exact:
                    return (exact[0], 100.0) if self._one_place(exact) else None
        for name in names:
            scores = process.extract(core_name(name), self._core, scorer=fuzz.ratio, score_cutoff=LEAST_SCORE, limit=9)
            if scores:
                best = max(score for _, score, _ in scores)
                # In the order of the gazetteer, so that the same table is always placed alike.
                near = sorted(self._at[at] for _, score, at in scores if score > best - _CLEARLY)
                top = min(self._at[at] for _, score, at in scores if score == best)
                if self._one_place(near):
                    return top, min(float(best), 99.0)
        return None

    def _one_place(self, entries: list[int]) -> bool:
        """Whether some entries are one place; it may be listed under several names."""
        return len({tuple(self._lonlat[at]) for at in entries}) == 1
