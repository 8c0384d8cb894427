"""The scorecard of a plan: each indicator measured, held against the plan, and what is missing to meet it."""

import dataclasses
import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from coverage.plans.ground import Ground
from coverage.plans.inputs import Inputs
from coverage.plans.measure import (
    AtLeast,
    BoundaryCheck,
    CoLocated,
    Compliance,
    Count,
    Delivery,
    Entered,
    Equity,
    Measure,
    Ratio,
    Share,
    SiteRules,
    SupplyDemand,
    Tiers,
    UnitCoverage,
    WithinTime,
)
from coverage.plans.measured import Measured, Number, quotient
from coverage.plans.measures_access import equity, supply_demand
from coverage.plans.measures_amounts import compliance, count, entered, ratio, share
from coverage.plans.measures_boundary import boundary
from coverage.plans.measures_services import co_located, delivery, site_rules, tiers
from coverage.plans.measures_time import usual_time, within_time
from coverage.plans.measures_units import at_least, unit_coverage
from coverage.plans.model import Indicator, Plan, Requirement
from coverage.plans.pace import due, final, more_needed
from coverage.plans.scorecard import Missing, Other, Score, Scorecard
from coverage.plans.verdict import judge, judge_unit
from coverage.summary import versions
from geo.findings import Finding
from layers.layer import Origin
from layers.secrecy import highest

__all__ = ["measured", "score"]

_MEASURES: Mapping[type, Callable[[Any, Ground], Measured]] = MappingProxyType(
    {
        UnitCoverage: unit_coverage,
        AtLeast: at_least,
        Count: count,
        Ratio: ratio,
        Share: share,
        Compliance: compliance,
        Entered: entered,
        WithinTime: within_time,
        CoLocated: co_located,
        SiteRules: site_rules,
        Tiers: tiers,
        Delivery: delivery,
        SupplyDemand: supply_demand,
        Equity: equity,
        BoundaryCheck: boundary,
    }
)


def score(plan: Plan, inputs: Inputs, as_of: dt.date, *, include_planned: bool = False) -> Scorecard:
    """Score a study against a plan.

    Parameters
    ----------
    plan
        As read by :func:`coverage.plans.read.load_plan`.
    inputs
        Layers, from :func:`coverage.plans.inputs.inputs_of`.
    as_of
        The day; its year is that of the scores. Another day is a what-if: facilities open and close by their dates.
    include_planned
        Planned facilities count from their ``open_date`` on.

    Examples
    --------
    >>> import datetime as dt
    >>> from coverage.plans.inputs import Inputs
    >>> from coverage.plans.read import load_plan
    >>> card = score(load_plan("chongming"), Inputs(), dt.date(2025, 12, 31))
    >>> {one.status for one in card.of_whole()} <= {"no_data", "not_applicable", "to_verify"}
    True
    """
    ground = Ground(inputs, as_of, include_planned)
    rows = plan.indicators()
    answers = {key: measured(one.measure, ground) for key, _, one in rows}
    # Of the same facilities the plan's own question about time stands beside T1, else the usual one.
    asked = {
        one.measure.facilities.model_dump_json(): (one.measure, answers[key])
        for key, _, one in rows
        if isinstance(one.measure, WithinTime) and answers[key].whole.value is not None
    }
    scores: list[Score] = []
    findings: list[Finding] = []
    for key, row, one in rows:
        answer = answers[key]
        if isinstance(one.measure, UnitCoverage) and one.measure.facilities and answer.whole.value is not None:
            same = one.measure.facilities.model_dump_json()
            if same not in asked:
                usual = usual_time(one.measure, ground)
                asked[same] = usual, _named_minutes(within_time(usual, ground), usual)
            answer = _beside(answer, asked[same][1])
        scores += _Row(plan, key, row, one, ground).scores(answer)
        findings += [dataclasses.replace(told, facts={**told.facts, "indicator": key}) for told in answer.findings]
    findings += _about(plan, ground)
    timed = [how for how, found in asked.values() if found.whole.value is not None]
    origins = [*(layer.origin for layer in inputs.layers), *_roads(rows, answers, timed, ground)]
    origins += _of_boundary(rows, answers, ground, {origin.kind for origin in origins})
    return Scorecard(
        plan=plan,
        as_of=as_of,
        scores=tuple(scores),
        level=highest(origin.source.level for origin in origins),
        parameters=_parameters(plan, ground),
        inputs=tuple(map(_input, origins)),
        versions=versions(),
        findings=tuple(findings),
    )


def measured(measure: Measure, ground: Ground) -> Measured:
    """The number of a measure; a reason where there is none.

    Parameters
    ----------
    measure
        Of a plan.
    ground
        What it stands on.

    Examples
    --------
    >>> from coverage.plans.measure import BoundaryCheck
    >>> figure = BoundaryCheck(type="boundary", figure="lines_done")
    >>> measured(figure, Ground(Inputs(), dt.date(2025, 12, 31))).whole.reason
    'not_computed'
    """
    return _MEASURES[type(measure)](measure, ground)


@dataclasses.dataclass(frozen=True)
class _Row:
    """One indicator on its way to scores."""

    plan: Plan
    key: str
    row: Requirement
    indicator: Indicator
    ground: Ground

    @property
    def year(self) -> int:
        return self.ground.day.year

    def scores(self, answer: Measured) -> list[Score]:
        """The whole first, then the units by code."""
        one, territory = self.indicator, self.ground.territory
        each = isinstance(one.measure, AtLeast)
        own = self._entered(answer.whole, territory.place)
        if self._of_a_part():
            own = dataclasses.replace(own, doubt=own.doubt or "part_of_place")
        if each and one.unit == "%" and own.denominator is not None:
            own = dataclasses.replace(own, value=quotient(own.numerator, own.denominator))
        verdict = judge(one, own, self.year, each=each and own.denominator is not None, last_year=self.plan.last_year)
        name = territory.name.get(territory.place, "") or self.plan.place
        whole = self._score(own, verdict, territory.place, name, answer.kinds)
        missing = () if verdict[0] == "met" else _missing(one, answer, in_sum=not own.doubt)
        out = [dataclasses.replace(whole, whole=True, failing=answer.failing, missing=missing)]
        codes = sorted(answer.units) or self._told()
        for code in codes:
            number = self._entered(answer.units.get(code, Number(reason=answer.whole.reason)), code)
            verdict_here = judge_unit(one, number, self.year, verdict)
            here = self._score(number, verdict_here, code, territory.name.get(code, ""), answer.kinds)
            lacking = tuple(lack for lack in answer.deficits if lack.unit_code == code)
            out.append(dataclasses.replace(here, missing=lacking))
        return out

    def _of_a_part(self) -> bool:
        """A number for all of the plan's place, counted in a part of it."""
        measure, territory = self.indicator.measure, self.ground.territory
        if territory.level.get(territory.place, self.plan.level) == self.plan.level:
            return False
        large = isinstance(measure, (UnitCoverage, AtLeast)) and measure.units.level in {"prefecture", "county"}
        return large or isinstance(measure, Count)

    def _told(self) -> list[str]:
        """Units for which something was entered although nothing can be computed."""
        ground = self.ground
        codes = ground.territory.at(ground.row_level) if ground.row_level else ()
        return [code for code in codes if ground.values.get(self._name, code, self.year)]

    @property
    def _name(self) -> str:
        return f"{self.plan.id}:{self.key}"

    def _entered(self, number: Number, code: str) -> Number:
        """The number, or what was entered for the indicator where there is none; both where they differ."""
        given = self.ground.values.get(self._name, code, self.year)
        if given is None:
            return number
        if number.value is None:
            return Number(given.value, basis=given.basis, doubt=self.ground.doubt(given), passes=number.passes)
        if self.ground.doubt(given) or _same_as_printed(number.value, given.value):
            return number
        return dataclasses.replace(number, others=(*number.others, Other("entered", given.value)))

    def _score(self, number: Number, verdict: tuple[Any, str], code: str, name: str, kinds: tuple[str, ...]) -> Score:
        one, row = self.indicator, self.row
        last, now = final(one), due(one, self.year)
        return Score(
            indicator_id=self.key,
            requirement_id=row.id,
            archetype=one.archetype or row.archetype,
            name=one.name,
            name_en=one.name_en,
            unit=one.unit,
            unit_code=code,
            unit_name=name,
            whole=False,
            year=self.year,
            baseline=one.baseline.value if one.baseline else None,
            value=number.value,
            operator=last.operator if last else one.operator,
            target=last.value if last else None,
            pace=now.value,
            binding=one.binding,
            status=verdict[0],
            numerator=number.numerator,
            denominator=number.denominator,
            basis=number.basis,
            department=one.department,
            quote=row.quote,
            reason=verdict[1],
            others=number.others,
            flags=row.flags,
            assumed=one.assumed,
            kinds=kinds,
        )


def _same_as_printed(computed: float, given: float) -> bool:
    """Whether a number that was entered is the computed one, rounded as it was entered."""
    digits = len(f"{given!r}".partition(".")[2].rstrip("0"))
    return abs(computed - given) <= 0.5 * 10.0**-digits + 1e-9


def _named_minutes(timed: Measured, how: WithinTime) -> Measured:
    """The same with the minutes in each basis, as nothing else of the plan's row says them."""

    def told(number: Number) -> Number:
        return dataclasses.replace(number, basis=f"{number.basis}:{how.minutes:g}")

    units = {code: told(number) for code, number in timed.units.items()}
    return dataclasses.replace(timed, whole=told(timed.whole), units=units)


def _beside(answer: Measured, timed: Measured) -> Measured:
    """T1 with the share of people within time beside it, where that is known."""

    def joined(number: Number, other: Number | None) -> Number:
        if other is None or other.value is None:
            return number
        told = (Other(other.basis, other.value, other.numerator, other.denominator), *other.others)
        return dataclasses.replace(number, others=(*number.others, *told))

    units = {code: joined(number, timed.units.get(code)) for code, number in answer.units.items()}
    return dataclasses.replace(answer, whole=joined(answer.whole, timed.whole), units=units)


def _missing(indicator: Indicator, answer: Measured, *, in_sum: bool) -> tuple[Missing, ...]:
    """What would meet the target; ``in_sum``: the sum may be held against it, and not only what each unit lacks."""
    last, whole = final(indicator), answer.whole
    if isinstance(indicator.measure, (AtLeast, Tiers)):
        return answer.deficits
    if not in_sum and not isinstance(indicator.measure, UnitCoverage):
        return ()
    if not answer.what or last is None or last.value is None or whole.value is None or indicator.direction == "down":
        return ()
    if isinstance(indicator.measure, UnitCoverage):
        wanted = last.value / 100 * (whole.denominator or 0)
        needed = int(more_needed(whole.numerator or 0, wanted, last.operator, whole=True))
        if not needed or needed >= len(answer.deficits):
            return answer.deficits if needed else ()
        fewest = sorted(lack.amount for lack in answer.deficits)[:needed]
        return (Missing(sum(fewest), answer.deficits[0].what, answer.kinds),)
    wanted = last.value
    if isinstance(indicator.measure, Ratio):
        wanted = last.value * (whole.denominator or 0) / indicator.measure.per
    needed_more = more_needed(whole.numerator or 0, wanted, last.operator, whole=True)
    return (Missing(needed_more, answer.what, answer.kinds),) if needed_more else ()


def _about(plan: Plan, ground: Ground) -> list[Finding]:
    """What holds for the scorecard as a whole."""
    out = []
    if plan.fragment:
        out.append(Finding("plan_fragment", "info", facts={"place": plan.place, "place_en": plan.place_en}))
    found = ground.territory.level.get(ground.territory.place, plan.level)
    if found != plan.level:
        out.append(Finding("plan_part_of_place", "warn", facts={"place": plan.place, "place_en": plan.place_en}))
    outside = sum(row is None for row in ground.rows_of_facilities)
    if outside:
        out.append(Finding("plan_facilities_outside", "info", facts={"count": outside}))
    if twice := ground.entered_twice:
        out.append(Finding("plan_facilities_twice", "warn", facts={"count": twice}))
    lost = sum(bool(ground.territory.unknown(str(text))) for text in ground.supply.texts("serves"))
    if lost and ground.territory.units is not None:
        out.append(Finding("plan_serves_unknown", "warn", field="serves", facts={"count": lost}))
    since = ground.supply.closed_since
    if since:
        out.append(Finding("plan_closed_since", "warn", facts={"count": since, "day": ground.day.isoformat()}))
    undated = int((ground.supply.texts("status") == "planned")[ground.supply.texts("open_date") == ""].sum())
    if ground.include_planned and undated:
        out.append(Finding("plan_planned_undated", "warn", facts={"count": undated}))
    return out


def _parameters(plan: Plan, ground: Ground) -> Mapping[str, Any]:
    return MappingProxyType(
        {
            "plan": plan.id,
            "as_of": ground.day.isoformat(),
            "year": ground.day.year,
            "place": ground.territory.place,
            "level": ground.row_level,
            "include_planned": ground.include_planned,
        }
    )


def _roads(
    rows: Sequence[tuple[str, Requirement, Indicator]],
    answers: Mapping[str, Measured],
    timed: Sequence[WithinTime],
    ground: Ground,
) -> list[Origin]:
    """The roads, where a number rests on them; ``timed``: questions about travel times that were answered."""
    for how in timed:
        result = ground.travel(how.facilities, how.profiles[0], how.minutes, how.people)
        if result is not None:
            return [result.request.network.source]
    by_road = any(
        isinstance(one.measure, (CoLocated, Delivery, SupplyDemand)) and answers[key].whole.value is not None
        for key, _, one in rows
    )
    return [ground.inputs.network().source] if by_road and ground.inputs.network else []


def _of_boundary(
    rows: Sequence[tuple[str, Requirement, Indicator]],
    answers: Mapping[str, Measured],
    ground: Ground,
    known: set[str],
) -> list[Origin]:
    """Lines, stakes and what else figures about them rest on, by kind."""
    ask = ground.inputs.boundary
    if ask is None:
        return []
    found = {
        origin.kind: origin
        for key, _, one in rows
        if isinstance(one.measure, BoundaryCheck) and answers[key].whole.value is not None
        for origin in ask(one.measure.figure, ground.day).origins
    }
    return [found[kind] for kind in sorted(set(found) - known)]


def _input(origin: Origin) -> Mapping[str, Any]:
    return {
        "kind": origin.kind,
        "file": origin.source.file,
        "sha256": origin.source.sha256,
        "rows": origin.quality.rows_read,
        "level": origin.source.level,
        "synthetic": origin.source.synthetic,
        "credit": origin.source.credit,
    }
