"""One answer for all ages: those of 75 and over walk more slowly than those of 60, and are counted so."""

import dataclasses
import math
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from coverage import gaps, tables
from coverage.ages import ELDERS, Age, ByAge, ages_of
from coverage.prepared import Prepared, prepare, retimed
from coverage.profiles import load_profile
from coverage.request import Request, minutes_key
from coverage.search import TIE_S
from coverage.searched import search
from geo.errors import RequestError

__all__ = ["by_age"]

FloatArray = npt.NDArray[np.float64]
ALL = "all"


@dataclasses.dataclass(frozen=True, eq=False)
class _Part:
    """Some people at each place, and what became of them; arrays of shape (rows,), ``covered`` by minutes."""

    weight: FloatArray
    covered: dict[float, FloatArray]
    beyond: FloatArray
    no_road: FloatArray

    def figures(self, rows: npt.NDArray[np.int64] | slice) -> dict[str, Any]:
        """Sums over some rows."""
        return {
            "total": gaps.total(self.weight[rows]),
            "covered": {minutes_key(m): gaps.total(part[rows]) for m, part in self.covered.items()},
            "beyond": gaps.total(self.beyond[rows]),
            "no_road": gaps.total(self.no_road[rows]),
        }


def by_age(request: Request, *, prepared: Prepared | None = None) -> ByAge:
    """Coverage of each group of ages, each walking at its own speed.

    Parameters
    ----------
    request
        As for :func:`coverage.run.run`; its profile and weight have no effect here.
    prepared
        Of this request; roads, snaps and units are laid once for all groups.

    Returns
    -------
    ByAge
        For each group, and for any sum of groups: covered within the largest minutes + beyond + no road = people.

    Raises
    ------
    RequestError
        When a speed is given, which would be one for all; when the demand has no column of an age.

    Examples
    --------
    >>> from tests.builders import demand, facilities, parameters, roads
    >>> from coverage.network import build_network
    >>> people = demand({"far": (780, 0)})
    >>> people.frame["pop60"], people.frame["pop75"] = [10.0], [4.0]
    >>> roads_ = build_network(roads([(0, 0), (1000, 0)]))
    >>> found = by_age(Request(roads_, facilities({"f": (0, 0)}), people, None, parameters(minutes=(15,))))
    >>> [(group["group"], group["total"], group["covered"]) for group in found.summary["groups"]]
    [('60_74', 6, {'15': 6}), ('75_up', 4, {'15': 0})]
    """
    if request.parameters.speed_mps is not None:
        raise RequestError("ages_have_speeds")
    ages = ages_of(request.demand)
    base = prepared or prepare(request)
    columns: dict[str, Any] = {}
    parts: dict[str, _Part] = {}
    unit: npt.NDArray[np.object_] = base.demand.unit
    for age in ages.groups:
        asked = dataclasses.replace(
            request, parameters=dataclasses.replace(request.parameters, profile=age.profile, weight=None)
        )
        base = retimed(base, asked)
        searched = search(asked, base)
        table, seconds = tables.answers(searched.field, searched.demand_snaps, asked.parameters)
        people = ages.people[age.key]
        columns[f"people_{age.key}"] = people
        columns[f"status_{age.key}"] = table["status"]
        columns[f"minutes_{age.key}"] = table["minutes"]
        status = table["status"].to_numpy()
        parts[age.key] = _Part(
            people,
            {m: people * (seconds <= m * 60 + TIE_S) for m in asked.parameters.minutes},
            people * (status == "beyond"),
            people * (status == "no_road"),
        )
    elders = [age.key for age in ages.groups if age.old]
    if elders:
        parts[ELDERS] = _sum([parts[key] for key in elders])
    return ByAge(
        ages.groups,
        pd.DataFrame(columns),
        _units(parts, unit, request),
        _summary(ages.groups, parts),
        ages.findings,
    )


def _sum(parts: list[_Part]) -> _Part:
    return _Part(
        _added([part.weight for part in parts]),
        {m: _added([part.covered[m] for part in parts]) for m in parts[0].covered},
        _added([part.beyond for part in parts]),
        _added([part.no_road for part in parts]),
    )


def _added(arrays: list[FloatArray]) -> FloatArray:
    """Row by row, without rounding steps."""
    return np.array([math.fsum(row) for row in zip(*arrays, strict=True)], dtype=np.float64)


def _summary(groups: tuple[Age, ...], parts: dict[str, _Part]) -> dict[str, Any]:
    everything = slice(None)
    listed = [
        {
            "group": age.key, "from_age": age.first, "to_age": age.last, "profile": age.profile,
            "speed_mps": load_profile(age.profile).speed_mps, "columns": age.columns,
            **parts[age.key].figures(everything),
        }
        for age in groups
    ]  # fmt: skip
    out: dict[str, Any] = {"groups": listed}
    if ELDERS in parts:
        out[ELDERS] = parts[ELDERS].figures(everything)
    out[ALL] = _sum([parts[age.key] for age in groups]).figures(everything)
    return out


def _units(parts: dict[str, _Part], unit: npt.NDArray[np.object_], request: Request) -> pd.DataFrame:
    """Sums of each unit, ``""`` for none, by code; none without units."""
    if request.units is None:
        return pd.DataFrame({"unit_code": []})
    codes = sorted({"", *request.units.frame["unit_code"].astype(str)})
    members = pd.Series(np.arange(len(unit))).groupby(unit).indices
    rows = []
    for code in codes:
        own = np.asarray(members.get(code, []), dtype=np.int64)
        row: dict[str, Any] = {"unit_code": code}
        for key, part in parts.items():
            found = part.figures(own)
            row[f"weight_{key}"] = found["total"]
            for m, covered in found["covered"].items():
                row[f"covered_{key}_{m}"] = covered
                row[f"share_{key}_{m}"] = covered / found["total"] if found["total"] else math.nan
            row[f"no_road_{key}"] = found["no_road"]
        rows.append(row)
    return pd.DataFrame(rows)
