"""The scorecard: each indicator of a plan, for the whole and for each unit, with everything that made the number."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

from coverage.plans.model import Flag, Plan
from geo.findings import Finding

__all__ = ["Missing", "Other", "Score", "Scorecard", "Status"]

#: Words are in the front ends: 约束性 达标/未达标; 预期性 已完成/按序时推进/滞后; 暂无数据, 不适用, 数据待核实.
Status = Literal["met", "on_pace", "behind", "missed", "no_data", "not_applicable", "to_verify"]


@dataclass(frozen=True)
class Other:
    """The same indicator on another basis, shown beside the plan's own.

    Parameters
    ----------
    basis
        As :attr:`Score.basis`.
    value, numerator, denominator
        None where it cannot be computed.
    differs
        Codes of units that have it on one basis and not on the other.
    """

    basis: str
    value: float | None
    numerator: float | None = None
    denominator: float | None = None
    differs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Missing:
    """What is missing to meet a target: so many of a thing, in a unit.

    Parameters
    ----------
    amount
        How many.
    what
        ``facilities``, or a column such as ``beds``.
    kinds
        Of the facilities.
    unit_code
        Where; ``""``: anywhere in the whole.
    """

    amount: float
    what: str
    kinds: tuple[str, ...] = ()
    unit_code: str = ""


@dataclass(frozen=True)
class Score:
    """One indicator of one unit in one year.

    Parameters
    ----------
    indicator_id
        ``37`` or ``13b``: requirement and part.
    requirement_id, archetype, name, name_en, unit
        Of the plan's row; ``unit`` is that of the value.
    unit_code, unit_name
        ``unit_code`` of the whole is that of the county; its row comes first.
    whole
        Whether this is the row of the whole.
    year
        The score is for the end of this year, or for the day of the scorecard in it.
    baseline, target, pace
        As the plan prints them; ``pace`` is what is due in this year: the plan's yearly number, else between baseline
        and target. None where the plan has none.
    value, numerator, denominator
        None without data.
    operator, binding, department, quote
        As in the plan.
    status
        See :data:`Status`.
    reason
        Code of why it is ``no_data``, ``not_applicable`` or ``to_verify``; empty otherwise.
    basis
        What the number rests on: ``located_in``, ``serves``, ``within_time:elder75``, ``entered``, ``ledger`` … with
        base and year of people after a ``;`` where people are the denominator, e.g. ``ledger;户籍 2020``.
    others
        The same on other bases.
    failing
        Codes of the units that fail, for T1 and T2 rows of the whole.
    missing
        What would meet the target.
    flags
        Of the plan's row.
    """

    indicator_id: str
    requirement_id: int
    archetype: str
    name: str
    name_en: str
    unit: str
    unit_code: str
    unit_name: str
    whole: bool
    year: int
    baseline: float | None
    value: float | None
    operator: str
    target: float | None
    pace: float | None
    binding: str
    status: Status
    numerator: float | None
    denominator: float | None
    basis: str
    department: str
    quote: str
    reason: str = ""
    others: tuple[Other, ...] = ()
    failing: tuple[str, ...] = ()
    missing: tuple[Missing, ...] = ()
    flags: tuple[Flag, ...] = ()
    assumed: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Scorecard:
    """All scores of one plan on one day.

    Parameters
    ----------
    plan
        As read.
    as_of
        The day; its year is the year of the scores.
    scores
        By indicator in the order of the plan; the whole first, then units by code.
    level
        Highest secrecy of the inputs.
    parameters, inputs, versions
        What made it.
    findings
        What was assumed or left out.
    """

    plan: Plan
    as_of: dt.date
    scores: tuple[Score, ...]
    level: str = "内部"
    parameters: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    inputs: tuple[Mapping[str, Any], ...] = ()
    versions: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    findings: tuple[Finding, ...] = ()

    def of_whole(self) -> tuple[Score, ...]:
        """One score for each indicator."""
        return tuple(score for score in self.scores if score.whole)

    def of(self, indicator_id: str) -> tuple[Score, ...]:
        """All scores of one indicator."""
        return tuple(score for score in self.scores if score.indicator_id == indicator_id)
