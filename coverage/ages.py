"""Ages that walk at different speeds, and how many people of each there are at each place."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.errors import RequestError
from geo.findings import Finding
from layers.layer import Layer

__all__ = ["ELDERS", "Age", "Ages", "ByAge", "ages_of"]

FloatArray = npt.NDArray[np.float64]

#: Key of the sum over those from 60 (or 65) on, in tables and in the summary.
ELDERS = "elders"
#: Profile of ``data/rules/profiles.toml`` by which each age walks.
CHILD, ADULT, ELDER, SLOW = "child", "adult", "elder", "elder75"
#: From this age on people walk more slowly; where nobody counted them, from the next one that was counted.
SLOW_FROM = (75, 80)
_ELDERS_FROM = (60, 65)
_WORKING = (15, 59)


@dataclass(frozen=True)
class Age:
    """A group of ages and how it walks.

    Parameters
    ----------
    key
        ``60_74``, ``75_up``: in names of fields.
    first, last
        Ages, both included; ``last`` None: all older.
    profile
        Name of its profile.
    columns
        How it is counted, e.g. ``pop60 - pop75``.
    """

    key: str
    first: int
    last: int | None
    profile: str
    columns: str

    @property
    def old(self) -> bool:
        """Whether it is one of the elders."""
        return self.first >= _ELDERS_FROM[0]


@dataclass(frozen=True, eq=False)
class Ages:
    """The groups of a demand layer.

    Parameters
    ----------
    groups
        By age; no person is in two.
    people
        Of each group at each place, finite and not negative, shape (rows,).
    findings
        What was taken for what, and rows that contradict themselves.
    """

    groups: tuple[Age, ...]
    people: Mapping[str, FloatArray]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, eq=False)
class ByAge:
    """The answer for each group, each at its own speed.

    Parameters
    ----------
    groups
        By age.
    demand
        Row by row as the demand of the result: ``people_<key>``, ``status_<key>``, ``minutes_<key>``.
    units
        ``unit_code``; for each group, and for :data:`ELDERS`: ``weight_<key>``, ``covered_<key>_<minutes>``,
        ``share_<key>_<minutes>`` (null where nobody of that age lives), ``no_road_<key>``.
    summary
        For ``summary.json``.
    findings
        About the demand.
    """

    groups: tuple[Age, ...]
    demand: pd.DataFrame
    units: pd.DataFrame
    summary: Mapping[str, Any]
    findings: tuple[Finding, ...] = field(default_factory=tuple)


def ages_of(demand: Layer) -> Ages:
    """The groups that the columns of a demand layer tell apart.

    Parameters
    ----------
    demand
        With ``pop60`` or ``pop65``, better with ``pop75`` too; children and those between need ``pop0_14`` and ``pop``.

    Raises
    ------
    RequestError
        When it has no column of an age.

    Examples
    --------
    >>> from layers.layer import QualityReport, Source
    >>> frame = gpd.GeoDataFrame({"demand_id": ["a"], "pop60": [10.0], "pop80": [3.0], "row": [2]},
    ...                          geometry=gpd.points_from_xy([114.0], [30.5]), crs=4326)
    >>> found = ages_of(Layer("demand", frame, "wgs84", Source("a.csv", ""), QualityReport((), 1, 1)))
    >>> [(age.key, age.profile, float(found.people[age.key][0])) for age in found.groups]
    [('60_79', 'elder', 7.0), ('80_up', 'elder75', 3.0)]
    >>> [finding.code for finding in found.findings]
    ['slow_from_80']
    """
    frame = demand.frame
    findings: list[Finding] = []
    old = next((age for age in _ELDERS_FROM if f"pop{age}" in frame), None)
    slow = next((age for age in SLOW_FROM if f"pop{age}" in frame), None)
    if old is None and slow is None and "pop0_14" not in frame:
        raise RequestError("no_ages", file=demand.source.file)
    groups: list[Age] = []
    people: dict[str, FloatArray] = {}
    contradict = np.zeros(len(frame), dtype=bool)
    elders = _counted(frame, f"pop{old if old is not None else slow}")
    if "pop0_14" in frame:
        groups.append(Age("0_14", 0, 14, CHILD, "pop0_14"))
        people["0_14"] = _counted(frame, "pop0_14")
        if "pop" in frame and old == _ELDERS_FROM[0]:
            working = _counted(frame, "pop") - people["0_14"] - elders
            contradict |= working < 0
            groups.append(Age("15_59", *_WORKING, ADULT, "pop - pop0_14 - pop60"))
            people["15_59"] = np.maximum(working, 0.0)
    slower = _counted(frame, f"pop{slow}")
    if old is not None and slow is not None:
        contradict |= slower > elders
        slower = np.minimum(slower, elders)
        key = f"{old}_{slow - 1}"
        groups.append(Age(key, old, slow - 1, ELDER, f"pop{old} - pop{slow}"))
        people[key] = elders - slower
    elif old is not None:
        groups.append(Age(f"{old}_up", old, None, ELDER, f"pop{old}"))
        people[f"{old}_up"] = elders
        findings.append(Finding("elders_not_told_apart", "warn", facts={"age": old}))
    if slow is not None:
        groups.append(Age(f"{slow}_up", slow, None, SLOW, f"pop{slow}"))
        people[f"{slow}_up"] = slower
        if slow != SLOW_FROM[0]:
            findings.append(Finding("slow_from_80", "warn", field="pop75"))
    findings += [Finding("ages_contradict", "warn", int(row)) for row in frame["row"][contradict]]
    return Ages(tuple(groups), people, tuple(findings))


def _counted(frame: gpd.GeoDataFrame, column: str) -> FloatArray:
    """Numbers of a column, 0 where it is blank or absent."""
    if column not in frame:
        return np.zeros(len(frame))
    counted: FloatArray = np.nan_to_num(frame[column].to_numpy(dtype=np.float64, na_value=np.nan))
    return counted
