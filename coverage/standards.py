"""Planning standards as data, and the circle of a standard ("1 km 圈") beside the time on the road."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from pydantic import Field, model_validator

from coverage import gaps
from coverage.request import minutes_key
from coverage.result import Result
from coverage.rule_files import RuleFile, Sourced, check_entries, read_rule_file
from coverage.search import TIE_S
from coverage.travel_time import lonlat_of
from geo.crs import geodesic_m
from geo.errors import RequestError
from geo.paths import DATA_DIR

__all__ = ["CircleAndTime", "Standard", "circle_and_time", "load_standards", "shown_standards"]

BoolArray = npt.NDArray[np.bool_]
# The scale of the metric system is off by at most 0.1 %; the radius itself is checked on the ellipsoid.
_SCALE = 1.002
_SAME_M = 1e-6


class Standard(Sourced):
    """One number of a standard, or the statement that it has none.

    Parameters
    ----------
    measure
        What the number measures: ``radius_m`` (straight line), ``people``, ``area_m2``, ``m2_per_100_homes`` …
    low, high
        Least and most; one of them or both, none where the standard gives no number.
    place
        ``""`` for the whole country, else the code of the province, city or county (GB/T 2260).
    kinds
        Kinds of facilities it is about (``data/kinds.toml``); empty: all, or a circle as a whole.
    year
        Of the document, None where it is not known.
    """

    measure: str = Field(min_length=1)
    low: float | None = None
    high: float | None = None
    place: str = ""
    kinds: tuple[str, ...] = Field(default=(), strict=False)
    year: int | None = None


class _StandardFile(RuleFile):
    standard: tuple[Standard, ...] = Field(min_length=1, strict=False)

    @model_validator(mode="after")
    def _sources_are_there(self) -> Self:
        check_entries(self, self.standard)
        return self


@cache
def load_standards(path: Path = DATA_DIR / "rules" / "standards.toml") -> tuple[Standard, ...]:
    """All entries, shown or not, in the order of the file.

    Raises
    ------
    DataError
        When the file is not what it should be: for example, when it would show something that is not confirmed.

    Examples
    --------
    >>> len(load_standards()) > 20
    True
    """
    return read_rule_file(path, _StandardFile).standard


def shown_standards(place: str = "", kind: str = "") -> tuple[Standard, ...]:
    """Those that may be shown as standards: of the country, and of a place and what it lies in.

    Parameters
    ----------
    place
        Code of a unit, e.g. ``310151``; those of the province 310000 hold there too. Empty: of the country alone.
    kind
        Only those about this kind of facility, and about all; empty: all.

    Examples
    --------
    >>> any(entry.quality == "known" for entry in shown_standards("310151"))
    False
    """
    return tuple(
        entry
        for entry in load_standards()
        if entry.show and _holds_in(entry.place, place) and (not kind or not entry.kinds or kind in entry.kinds)
    )


def _holds_in(of: str, place: str) -> bool:
    """Whether a standard of one place holds in another: codes are pairs of digits, 00 for all below."""
    start = of
    while start.endswith("00"):
        start = start[:-2]
    return place.startswith(start)


@dataclass(frozen=True, eq=False)
class CircleAndTime:
    """People within a straight-line radius of a facility and within the minutes of one, side by side.

    Parameters
    ----------
    radius_m, minutes
        What is compared.
    people
        All.
    circle, in_time
        Inside of the circle; within the time.
    both, circle_only, time_only, neither
        The four parts of all.
    overstated
        ``circle_only`` of ``circle``: how much of the circle does not arrive in time; None for an empty circle.
    by_unit
        The same sums per unit: ``unit_code``, ``people``, ``circle``, ``in_time``, ``both``, ``circle_only``,
        ``time_only``, ``neither``; sorted, they add up to the whole.
    per_row
        One row per demand row: ``demand_id``, ``in_circle``, ``in_time``.
    """

    radius_m: float
    minutes: float
    people: int | float
    circle: int | float
    in_time: int | float
    both: int | float
    circle_only: int | float
    time_only: int | float
    neither: int | float
    overstated: float | None
    by_unit: pd.DataFrame
    per_row: pd.DataFrame


def circle_and_time(result: Result, radius_m: float, minutes: float | None = None) -> CircleAndTime:
    """Compare a circle with the time on the road, for the same facilities and the same people.

    Parameters
    ----------
    result
        Of a run with the profile that is asked about, e.g. ``elder75``.
    radius_m
        Straight line on the ellipsoid, to the nearest facility that serves; whether it has a road does not matter.
    minutes
        One of the minutes of the result; None: the largest.

    Raises
    ------
    RequestError
        When the radius is no distance, or the result has not these minutes.
    """
    if not (np.isfinite(radius_m) and radius_m >= 0):
        raise RequestError("bad_distance", given=f"{radius_m:g}")
    asked = result.request.parameters.minutes
    chosen = asked[-1] if minutes is None else float(minutes)
    if chosen not in asked:
        known = ", ".join(minutes_key(m) for m in asked)
        raise RequestError("minutes_not_in_result", given=minutes_key(chosen), known=known)
    demand = result.demand
    seconds = result.field.nearest(result.field.snapper.snap(lonlat_of(result.request.demand))).seconds
    in_time = seconds <= chosen * 60 + TIE_S
    in_circle = _in_circle(result, radius_m)
    weight = demand["weight"].to_numpy(dtype=np.float64)
    sums = _sums(weight, in_circle, in_time)
    units = demand["unit_code"].to_numpy(dtype=object)
    by_unit = [
        {"unit_code": code, **_sums(weight[units == code], in_circle[units == code], in_time[units == code])}
        for code in sorted(set(units))
    ]
    return CircleAndTime(
        radius_m=float(radius_m),
        minutes=chosen,
        **sums,
        overstated=sums["circle_only"] / sums["circle"] if sums["circle"] else None,
        by_unit=pd.DataFrame(by_unit, columns=["unit_code", *sums]),
        per_row=pd.DataFrame({"demand_id": demand["demand_id"].to_numpy(), "in_circle": in_circle, "in_time": in_time}),
    )


def _sums(weight: npt.NDArray[np.float64], circle: BoolArray, in_time: BoolArray) -> dict[str, int | float]:
    parts = {
        "people": np.ones(len(weight), dtype=bool),
        "circle": circle,
        "in_time": in_time,
        "both": circle & in_time,
        "circle_only": circle & ~in_time,
        "time_only": ~circle & in_time,
        "neither": ~circle & ~in_time,
    }
    return {name: gaps.total(weight[who]) for name, who in parts.items()}


def _in_circle(result: Result, radius_m: float) -> BoolArray:
    """Whether a facility that serves lies within the radius of each demand row, shape (rows,)."""
    here, there = lonlat_of(result.request.demand), result.field.facility_lonlat
    inside = np.zeros(len(here), dtype=bool)
    if not len(there) or not len(here):
        return inside
    crs = result.field.network.crs
    tree = shapely.STRtree(shapely.points(crs.forward(there)))
    row, facility = tree.query(
        shapely.points(crs.forward(here)), predicate="dwithin", distance=radius_m * _SCALE + _SAME_M
    )
    inside[row[geodesic_m(here[row], there[facility]) <= radius_m + _SAME_M]] = True
    return inside
