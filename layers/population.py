"""People by unit, age, base (户籍 or 常住) and year: from tables of values, from the demand, and summed over parts.

A number of people without its base and year is half a number. So every answer says which ones it has, and whether
these are the ones that were asked for.
"""

import dataclasses
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

import pandas as pd
import shapely

from geo.findings import Finding
from layers._people_words import AGE_COLUMNS, base_of, meaning
from layers._quality_units import code_stem
from layers.inside import has_polygons, unit_codes
from layers.layer import Layer
from layers.levels import smallest
from layers.quality import lonlat_of

__all__ = ["AGE_COLUMNS", "Basis", "PeopleOf", "Population", "leaf_codes", "population_of"]

Origin = Literal["values", "demand", "forecast"]
#: Why a number is not the one that was asked for; ``no_data`` and ``partial``: there is none.
Reason = Literal["", "no_data", "partial", "other_base", "base_not_stated", "other_year", "year_not_stated"]
COLUMNS = ("unit_code", "column", "base", "year", "people", "source", "said_by")
# A number without a year stands behind one of any other year.
_NO_YEAR = 1000
_BASES = ("常住", "户籍", "")
_SOURCES: tuple[Origin, ...] = ("values", "forecast", "demand")
_AREAL = 2


@dataclass(frozen=True)
class Basis:
    """What a number of people rests on.

    Parameters
    ----------
    source
        ``values``, ``demand`` (places with people) or ``forecast``.
    base
        户籍, 常住 or as the table says; ``""``: not stated.
    year
        None: not stated.
    """

    source: Origin
    base: str
    year: int | None

    def __str__(self) -> str:
        """As a scorecard prints it, e.g. ``户籍 2020``; ``?`` stands for what is not stated."""
        return f"{self.base or '?'} {self.year or '?'}"


@dataclass(frozen=True)
class PeopleOf:
    """People of one unit.

    Parameters
    ----------
    people
        None: not known.
    basis
        What the number rests on, None without one.
    reason
        Why it is not as asked; empty: it is.
    summed
        The number is the sum of the unit's parts.
    """

    people: int | float | None
    basis: Basis | None
    reason: Reason
    summed: bool = False

    @property
    def as_asked(self) -> bool:
        """Whether base and year are the ones that were asked for."""
        return not self.reason


@dataclass(frozen=True, eq=False)
class Population:
    """The table of people.

    Parameters
    ----------
    frame
        ``unit_code``, ``column`` (of :data:`AGE_COLUMNS`), ``base``, ``year`` (Int64), ``people``, ``source`` (see
        :class:`Basis`), ``said_by``; sorted.
    parts
        Parts of each unit, by the stem of its code.
    findings
        What could not be used.
    unallocated
        People of the demand in no unit, by column.
    """

    frame: pd.DataFrame
    parts: Mapping[str, tuple[str, ...]]
    findings: tuple[Finding, ...] = ()
    unallocated: Mapping[str, int | float] = dataclasses.field(default_factory=lambda: MappingProxyType({}))

    def people(
        self, codes: Iterable[str], *, column: str, base: str = "", year: int | None = None
    ) -> dict[str, PeopleOf]:
        """People of some units, on the basis nearest to the one that is asked for.

        Parameters
        ----------
        codes
            Of the units.
        column
            One of :data:`AGE_COLUMNS`.
        base
            户籍 or 常住; ``""``: any.
        year
            None: the latest.

        Returns
        -------
        dict
            Each unit on its own: first the right base, then the nearest year, the earlier of two, then tables before
            the demand. A sum over parts is made of one basis, and only when each part has a number.
        """
        of_column = self.frame[self.frame["column"] == column]
        numbers: dict[Basis, dict[str, float]] = {}
        for code, said, when, people, source in zip(
            *(of_column[name] for name in ("unit_code", "base", "year", "people", "source")), strict=True
        ):
            basis = Basis(source, said, None if pd.isna(when) else int(when))
            numbers.setdefault(basis, {})[code_stem(code)] = people
        ranked = sorted(numbers, key=lambda basis: _rank(basis, base, year))
        return {code: self._of(code, [(basis, numbers[basis]) for basis in ranked], base, year) for code in codes}

    def below(self, stem: str) -> set[str]:
        """Stems of all parts of a unit, and of their parts."""
        out: set[str] = set()
        waiting = list(self.parts.get(stem, ()))
        while waiting:
            part = waiting.pop()
            if part not in out:
                out.add(part)
                waiting += self.parts.get(part, ())
        return out

    def _of(self, code: str, ranked: list[tuple[Basis, dict[str, float]]], base: str, year: int | None) -> PeopleOf:
        stem, partial = code_stem(code), False
        for basis, known in ranked:
            amounts = list(self._amounts(stem, known, frozenset(), places=basis.source == "demand"))
            if amounts and not any(math.isnan(amount) for amount in amounts):
                value = _total(amounts)
                return PeopleOf(value, basis, _reason(basis, base, year), summed=stem not in known)
            partial |= any(not math.isnan(amount) for amount in amounts)
        return PeopleOf(None, None, "partial" if partial else "no_data")

    def _amounts(
        self, stem: str, known: Mapping[str, float], above: frozenset[str], *, places: bool
    ) -> Iterator[float]:
        """The number of a unit, or of its parts, NaN for one without; places of a unit and of its parts add up."""
        parts = [part for part in self.parts.get(stem, ()) if part not in above]
        if stem in known or not parts:
            yield known.get(stem, math.nan)
        if places or stem not in known:
            for part in parts:
                yield from self._amounts(part, known, above | {stem}, places=places)


def _total(amounts: list[float]) -> int | float:
    value = math.fsum(amounts)
    return int(value) if value.is_integer() else value


def _rank(basis: Basis, base: str, year: int | None) -> tuple[float, ...]:
    other_base = 0 if not base or basis.base == base else 1 if not basis.base else 2
    if basis.year is None:
        apart = float(_NO_YEAR)
    elif year is None:
        apart = -float(basis.year)
    else:
        apart = abs(basis.year - year) + (0.5 if basis.year > year else 0.0)
    order = _BASES.index(basis.base) if basis.base in _BASES else len(_BASES)
    return (other_base, apart, _SOURCES.index(basis.source), order)


def _reason(basis: Basis, base: str, year: int | None) -> Reason:
    if base and basis.base != base:
        return "other_base" if basis.base else "base_not_stated"
    if year is not None and basis.year != year:
        return "other_year" if basis.year is not None else "year_not_stated"
    return ""


def population_of(
    units: Layer | None,
    values: Layer | None,
    demand: Layer | None,
    *,
    demand_base: str = "",
    demand_year: int | None = None,
) -> Population:
    """The table of people of a study.

    Parameters
    ----------
    units
        All levels; polygons, or codes only. They say which unit is part of which: by ``parent_code``, else by code.
    values
        Layer of kind ``values``; indicators such as 60岁及以上户籍人口 or ``pop60`` are people, others passed over.
    demand
        Places with people. They count in the smallest unit they lie in; where the units are codes only, in the one
        they declare.
    demand_base, demand_year
        What the people of the demand are, where it is known.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from layers.layer import QualityReport, Source
    >>> rows = [("990100", "60岁及以上户籍人口(万人)", 2020, 2.5, "")]
    >>> frame = gpd.GeoDataFrame(pd.DataFrame(rows, columns=["unit_code", "indicator", "year", "value", "base"]),
    ...                          geometry=[None], crs=4326).assign(row=2)
    >>> values = Layer("values", frame, "wgs84", Source("a.csv", ""), QualityReport((), 1, 1))
    >>> found = population_of(None, values, None).people(["990100"], column="pop60", base="常住", year=2020)
    >>> found["990100"].people, str(found["990100"].basis), found["990100"].reason
    (25000, '户籍 2020', 'other_base')
    """
    rows: list[tuple[object, ...]] = []
    findings: list[Finding] = []
    unallocated: dict[str, int | float] = {}
    if values is not None:
        kept, found = _of_values(values)
        rows += kept
        findings += found
    if demand is not None:
        counted = _of_demand(demand, units)
        for column, by_unit in counted.items():
            unallocated[column] = by_unit.pop("", 0)
            rows += [(code, column, demand_base, demand_year, n, "demand", demand.source.file)
                     for code, n in by_unit.items()]  # fmt: skip
    frame = pd.DataFrame(rows, columns=list(COLUMNS)).astype({"year": "Int64", "people": "float64"})
    order = ["unit_code", "column", "base", "year", "source"]
    frame = frame.sort_values(order, kind="stable", ignore_index=True)
    return Population(frame, _parts(units, frame["unit_code"]), tuple(findings), unallocated)


def _of_values(values: Layer) -> tuple[list[tuple[object, ...]], list[Finding]]:
    """Rows of the table, and what is doubtful. Of numbers that contradict each other none is taken."""
    said: dict[tuple[str, str, str, int], list[tuple[float, str, int]]] = {}
    findings = []
    frame = values.frame
    nothing = pd.Series([""] * len(frame), index=frame.index)
    bases, sources = (frame.get(name, nothing).fillna("").astype(str) for name in ("base", "source"))
    told = zip(frame["unit_code"], frame["indicator"], frame["year"], frame["value"], bases, sources, frame["row"],
               strict=True)  # fmt: skip
    for code, indicator, year, value, base, source, row in told:
        meant = meaning(str(indicator))
        if meant is None:
            continue
        stated = base_of(base)
        people = round(value * meant.factor, 6)
        if stated and meant.base and stated != meant.base:
            facts = {"indicator": str(indicator), "base": base}
            findings.append(Finding("people_bases_differ", "warn", int(row), "base", facts))
        elif not (math.isfinite(people) and people >= 0 and float(year).is_integer()):
            findings.append(Finding("people_not_a_number", "warn", int(row), "value", {"indicator": str(indicator)}))
        else:
            key = (str(code), meant.column, stated or meant.base, int(year))
            said.setdefault(key, []).append((people, source or values.source.file, int(row)))
    rows: list[tuple[object, ...]] = []
    for key, numbers in said.items():
        if len({number for number, _, _ in numbers}) > 1:
            facts = {"unit_code": key[0], "column": key[1], "base": key[2] or "?", "year": key[3],
                     "rows_all": ", ".join(str(row) for row in sorted(row for _, _, row in numbers))}  # fmt: skip
            findings.append(Finding("people_twice", "warn", min(row for _, _, row in numbers), "value", facts))
        else:
            people, source, _ = min(numbers)
            rows.append((*key, people, "values", source))
    return rows, sorted(findings, key=lambda finding: (finding.row or 0, finding.code))


def _of_demand(demand: Layer, units: Layer | None) -> dict[str, dict[str, int | float]]:
    """People of the demand by column and smallest unit, ``""`` for none; a unit that no place lies in has 0."""
    frame = demand.frame
    codes = leaf_codes(demand, units)
    leaves = None if units is None else smallest(units)
    if leaves is not None and has_polygons(leaves):
        shapes = leaves.frame.geometry.to_numpy()
        with_land = leaves.frame["unit_code"][shapely.get_dimensions(shapes) == _AREAL].astype(str).tolist()
    else:
        with_land = leaves.frame["unit_code"].astype(str).tolist() if leaves is not None and (codes != "").any() else []
    out: dict[str, dict[str, int | float]] = {}
    for column in AGE_COLUMNS:
        if column in frame:
            numbers = frame[column].fillna(0.0).astype("float64")
            sums = {str(code): _total(part.tolist()) for code, part in numbers.groupby(codes, sort=True)}
            out[column] = {**dict.fromkeys(with_land, 0), **sums}
    return out


def leaf_codes(demand: Layer, units: Layer | None) -> "pd.Series[str]":
    """Code of the smallest unit around each place, or the one it declares where units have no land; ``""`` for none."""
    frame = demand.frame
    leaves = None if units is None else smallest(units)
    if leaves is not None and has_polygons(leaves):
        return pd.Series(unit_codes(lonlat_of(demand), leaves), index=frame.index, dtype=object)
    declared = frame.get("unit_code", pd.Series([""] * len(frame), index=frame.index))
    return declared.fillna("").astype(str)


def _parts(units: Layer | None, counted: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Stem of each unit to those of its direct parts."""
    parent: dict[str, str] = {}
    if units is not None:
        codes = units.frame["unit_code"].astype(str)
        above = units.frame.get("parent_code", pd.Series("", index=codes.index)).fillna("").astype(str)
        parent = {code_stem(code): code_stem(up) if up else "" for code, up in zip(codes, above, strict=True)}
    known = sorted(parent)
    for code in sorted({str(code) for code in counted} - {""}):
        parent.setdefault(code_stem(code), "")
    for stem in parent:
        if not parent[stem] and stem.isdigit():
            # 990100001001 is part of 990100001; codes that are no digits say nothing of what they are part of.
            holding = [other for other in known if other != stem and other.isdigit() and stem.startswith(other)]
            parent[stem] = max(holding, key=len, default="")
    parts: dict[str, list[str]] = {}
    for stem in sorted(parent):
        if parent[stem]:
            parts.setdefault(parent[stem], []).append(stem)
    return {stem: tuple(inside) for stem, inside in parts.items()}
