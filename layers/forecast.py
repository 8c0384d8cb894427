"""People of another year by given totals: the parts grow as their whole does, and add up to it.

A total is somebody's forecast and is taken as it is. How it is spread over townships or places is an assumption, the
simplest there is: every part keeps its share of today. It is said wherever it is used.
"""

import dataclasses
import math
from collections.abc import Mapping

import numpy as np
import pandas as pd

from geo.errors import RequestError
from geo.findings import Finding
from layers._quality_units import code_stem
from layers.areal import apportion
from layers.layer import Layer
from layers.population import AGE_COLUMNS, Population, leaf_codes, population_of

__all__ = ["at_year", "demand_in", "forecast"]


def forecast(population: Population, *, column: str, year: int, base: str = "") -> Population:
    """The table with the parts of each unit whose people of a year are given as a total only.

    Parameters
    ----------
    population
        Holds totals of that year, e.g. for the county, and its parts in another year.
    column
        One of :data:`layers.population.AGE_COLUMNS`.
    year, base
        Of the totals; the base ``""`` is one of its own (not stated).

    Returns
    -------
    Population
        With further rows whose ``source`` is ``forecast``, whole people where the total is whole, and findings that
        name what was spread by what. A part that has a total of its own keeps it.

    Raises
    ------
    RequestError
        When there is no total of that year and base.
    """
    frame = population.frame
    of_column = frame["column"] == column
    given = frame[of_column & (frame["year"] == year) & (frame["base"] == base) & (frame["source"] == "values")]
    if given.empty:
        raise RequestError("no_total_of_year", column=column, year=year, base=base or "?")
    totals = dict(zip(map(code_stem, given["unit_code"]), given["people"].tolist(), strict=True))
    today = dataclasses.replace(population, frame=frame[of_column & ~(frame["year"] == year).fillna(value=False)])
    inside = {part for stem in totals for part in population.below(stem)}
    waiting = sorted((stem, total) for stem, total in totals.items() if stem not in inside)
    called = {code_stem(code): code for code in sorted(frame["unit_code"], reverse=True)}
    rows: list[tuple[object, ...]] = []
    findings = []
    while waiting:
        stem, total = waiting.pop(0)
        parts = population.parts.get(stem, ())
        own = [(part, totals[part]) for part in parts if part in totals]
        free = [part for part in parts if part not in totals]
        found = today.people(free, column=column, base=base, year=year)
        bases = {one.basis for one in found.values()}
        weights = np.array([one.people or 0.0 for one in found.values()], dtype=np.float64)
        left = total - math.fsum(people for _, people in own)
        waiting += own
        if len(bases) == 1 and None not in bases and left >= 0 and weights.sum() > 0:
            shared = list(zip(free, apportion(left, weights).tolist(), strict=True))
            rows += [(called.get(part, part), column, base, year, people, "forecast", "") for part, people in shared]
            waiting += shared
            if stem in totals:
                facts = {"unit_code": called[stem], "column": column, "year": year, "total": f"{total:.12g}",
                         "parts": len(free), "basis": str(next(iter(bases)))}  # fmt: skip
                findings.append(Finding("people_forecast", "warn", facts=facts))
        elif stem in totals and (left if own or free else 0):
            facts = {"unit_code": called[stem], "column": column, "year": year, "left": f"{left:.12g}"}
            findings.append(Finding("forecast_not_spread", "warn", facts=facts))
    new = pd.DataFrame(rows, columns=frame.columns).astype(frame.dtypes.to_dict())
    order = ["unit_code", "column", "base", "year", "source"]
    both = pd.concat([frame, new]).sort_values(order, kind="stable", ignore_index=True)
    return dataclasses.replace(population, frame=both, findings=(*population.findings, *findings))


def demand_in(demand: Layer, units: Layer | None, values: Layer | None, *, year: int, base: str = "") -> Layer:
    """Places with the people of another year, from a table of values: each column that has totals of that year.

    Parameters
    ----------
    demand
        Places with the people of today.
    units
        All levels.
    values
        Holds people of that year by unit, or totals of larger units, which are spread (:func:`forecast`).
    year, base
        As :func:`at_year`.

    Raises
    ------
    RequestError
        Without units or values, and when the values hold nobody of that year and base.
    """
    if units is None or values is None:
        raise RequestError("year_needs_values", year=year)
    population = population_of(units, values, demand)
    rows = population.frame[(population.frame["year"] == year).fillna(value=False)]
    for column in AGE_COLUMNS:
        if ((rows["column"] == column) & (rows["base"] == base) & (rows["source"] == "values")).any():
            population = forecast(population, column=column, year=year, base=base)
    made = at_year(demand, units, population, year=year, base=base)
    quality = dataclasses.replace(made.quality, findings=(*population.findings, *made.quality.findings))
    return dataclasses.replace(made, quality=quality)


def at_year(demand: Layer, units: Layer, population: Population, *, year: int, base: str = "") -> Layer:
    """Places with the people of another year: in each unit they add up to its number of that year.

    Parameters
    ----------
    demand
        Places with the people of today.
    units
        All levels.
    population
        Its numbers of that year and base count, from tables or a :func:`forecast`: around each place those of the
        smallest unit that has one.
    year, base
        The base ``""`` is one of its own (not stated).

    Returns
    -------
    Layer
        Columns of people that have numbers of the year are changed; other columns, and places in no unit with a number,
        stay as they are. Findings say which.

    Raises
    ------
    RequestError
        When no unit has a number of that year and base.
    """
    frame = demand.frame.copy()
    codes = [code_stem(code) if code else "" for code in leaf_codes(demand, units)]
    up = {part: whole for whole, parts in population.parts.items() for part in parts}
    table = population.frame
    table = table[(table["year"] == year).fillna(value=False) & (table["base"] == base) & (table["source"] != "demand")]
    findings = []
    holding: np.ndarray | None = None
    for column in (name for name in AGE_COLUMNS if name in frame):
        of_column = table[table["column"] == column]
        numbers = dict(zip(map(code_stem, of_column["unit_code"]), of_column["people"].tolist(), strict=True))
        people = frame[column].fillna(0.0).to_numpy(dtype=np.float64).copy()
        if numbers:
            around = np.array([_holder(code, numbers, up) for code in codes], dtype=object)
            before = math.fsum(people)
            for stem, members in pd.Series(np.arange(len(people))).groupby(around).indices.items():
                if stem and people[members].sum() > 0:
                    most = holding[members] if holding is not None and column != "pop0_14" else None
                    people[members] = apportion(numbers[str(stem)], people[members], most)
            frame[column] = people
            facts = {"column": column, "year": year, "base": base or "?", "before": f"{before:.12g}",
                     "after": f"{math.fsum(people):.12g}", "stays": int((around == "").sum())}  # fmt: skip
            findings.append(Finding("demand_of_year", "warn", facts=facts))
        if column != "pop0_14":
            holding = people
    if not findings:
        raise RequestError("no_total_of_year", column="pop…", year=year, base=base or "?")
    quality = dataclasses.replace(demand.quality, findings=(*findings, *demand.quality.findings))
    return dataclasses.replace(demand, frame=frame, quality=quality)


def _holder(stem: str, numbers: Mapping[str, float], up: Mapping[str, str]) -> str:
    """The smallest unit around a place that has a number; empty for none."""
    seen: set[str] = set()
    while stem and stem not in numbers and stem not in seen:
        seen.add(stem)
        stem = up.get(stem, "")
    return stem if stem in numbers else ""
