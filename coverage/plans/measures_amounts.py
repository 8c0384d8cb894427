"""T3, T4, T7 and T12: numbers of facilities, beds and people, and what they are to each other."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from coverage.gaps import total
from coverage.plans.ground import Ground
from coverage.plans.measure import Amount, Compliance, Count, Entered, Filter, Ratio, Share
from coverage.plans.measured import NOTHING, Measured, Number, nothing, quotient
from coverage.plans.measures_units import why_not
from coverage.plans.scorecard import Other
from geo.findings import Finding

__all__ = ["Sum", "amount", "compliance", "count", "entered", "ratio", "share"]


@dataclass(frozen=True)
class Sum:
    """A quantity of the whole and of each unit of the rows.

    Parameters
    ----------
    whole, units
        None where it is not known; ``""`` in ``units`` is what lies in none.
    basis, reason, doubt
        As :class:`coverage.plans.measured.Number`.
    year, years, doubts
        Of numbers that were entered: the year of the whole and of each unit, and why a unit's has to be checked.
    people
        It counts people: none are no demand, not a fault.
    second
        The whole by whom the facilities serve instead of where they stand, where that differs.
    """

    whole: float | None
    units: Mapping[str, float | None] = field(default_factory=dict)
    basis: str = ""
    reason: str = ""
    doubt: str = ""
    people: bool = False
    second: float | None = None
    findings: tuple[Finding, ...] = ()
    year: int | None = None
    years: Mapping[str, int] = field(default_factory=dict)
    doubts: Mapping[str, str] = field(default_factory=dict)

    def doubt_of(self, code: str) -> str:
        """Why the number of a unit has to be checked."""
        return self.doubts.get(code, self.doubt)

    def basis_of(self, code: str) -> str:
        """What the number of a unit rests on; what was entered for it may be of another year than the whole's."""
        return f"entered;{self.years[code]}" if code in self.years else self.basis


def amount(wanted: Amount, ground: Ground) -> Sum:
    """A quantity of the plan.

    Parameters
    ----------
    wanted
        Facilities, a column over them, people, or a number entered by hand.
    ground
        The layers.

    Examples
    --------
    >>> import datetime as dt
    >>> from coverage.plans.ground import Ground
    >>> from coverage.plans.inputs import Inputs
    >>> nothing_known = Ground(Inputs(), dt.date(2025, 12, 31))
    >>> amount(Amount(value="总安葬量"), nothing_known).reason
    'no_value'
    """
    if wanted.facilities is not None:
        return _facilities(wanted.facilities, wanted.column, ground)
    if wanted.people:
        return _people(wanted, ground)
    return _entered(wanted.value, ground)


def _facilities(meant: Filter, column: str, ground: Ground) -> Sum:
    reason = why_not(ground, meant, column)
    if reason:
        return Sum(None, reason=reason)
    mask = ground.supply.matching(meant)
    numbers = ground.supply.numbers(column) if column else np.ones(len(mask))
    rows = ground.rows_of_facilities
    # A kind of which no row has a number has none: activity rooms have no beds.
    has = set(ground.supply.texts("kind")[~np.isnan(numbers)])
    blank = mask & np.isnan(numbers) & np.array([row is not None for row in rows], dtype=bool)
    blank &= np.array([kind in has for kind in ground.supply.texts("kind")], dtype=bool)
    numbers = np.where(mask & ~np.isnan(numbers), numbers, 0.0)
    whole, units = ground.sums(numbers, rows)
    findings = (
        (Finding("plan_blank_cells", "warn", field=column, facts={"count": int(blank.sum()), "column": column}),)
        if blank.any()
        else ()
    )
    mine = ground.territory.scope
    serving = np.array([bool(mine & set(codes)) for codes in ground.supply.declared(ground.row_level)], dtype=bool)
    second = total(numbers[serving]) if ground.row_level else whole
    return Sum(whole, dict(units), "ledger", findings=findings, second=second if second != whole else None)


def _people(wanted: Amount, ground: Ground) -> Sum:
    whole, units = ground.people(wanted.people, base=wanted.base, year=wanted.year)
    if whole.people is None:
        return Sum(None, reason="no_people_column", people=True)
    # A row on another basis than the whole's would not add up.
    counted = {code: one.people if one.basis == whole.basis else None for code, one in units.items()}
    doubt = {"other_year": "other_base", "year_not_stated": "base_not_stated"}.get(whole.reason, whole.reason)
    return Sum(whole.people, counted, str(whole.basis), doubt=doubt, people=True)


def _entered(name: str, ground: Ground) -> Sum:
    """Entered for the whole, else added over the units where it was entered for each."""
    year, codes = ground.day.year, ground.territory.at(ground.row_level) if ground.row_level else ()
    whole = ground.values.get(name, ground.territory.place, year)
    given = {code: ground.values.get(name, code, year) for code in codes}
    known = [one for one in (whole, *given.values()) if one is not None]
    if not known:
        return Sum(None, reason="no_value")
    units = {code: None if one is None else one.value for code, one in given.items()}
    used = [whole] if whole else known
    years = sorted({one.year for one in used})
    basis = "entered;" + "–".join(str(year) for year in dict.fromkeys((years[0], years[-1])))
    doubt = next((told for one in used if (told := ground.doubt(one))), "")
    added = total([one.value for one in given.values() if one is not None])
    same_year = whole.year if whole else None
    of_all = bool(codes) and all(one is not None and same_year in {None, one.year} for one in given.values())
    differs = whole is not None and of_all and not math.isclose(added, whole.value, rel_tol=1e-9, abs_tol=1e-9)
    unsure = "sum_differs" if differs else "partial" if whole is None and not of_all else ""
    return Sum(
        added if whole is None else whole.value,
        units,
        basis,
        doubt=doubt or unsure,
        year=years[0] if len(years) == 1 else None,
        years={code: one.year for code, one in given.items() if one is not None},
        doubts={
            code: ground.doubt(one) or ("sum_differs" if differs else "")
            for code, one in given.items()
            if one is not None
        },
    )


def count(measure: Count, ground: Ground) -> Measured:
    """T3: how many facilities, or the sum of a column over them.

    Parameters
    ----------
    measure
        Of the plan.
    ground
        The layers.

    Examples
    --------
    >>> import datetime as dt
    >>> from coverage.plans.ground import Ground
    >>> from coverage.plans.inputs import Inputs
    >>> nothing_known = Ground(Inputs(), dt.date(2025, 12, 31))
    >>> homes = Filter(kinds=("elder_home",))
    >>> how = Count(type="count", amount=Amount(facilities=homes))
    >>> count(how, nothing_known).whole.reason
    'no_ledger'
    """
    wanted, kinds = measure.amount, _kinds(measure.amount)
    found = amount(wanted, ground)
    if found.whole is None:
        return nothing(found.reason, kinds, found.findings)
    others = () if found.second is None else (Other("serves", found.second, found.second),)
    whole = Number(found.whole, found.whole, None, found.basis, doubt=found.doubt, others=others)
    units = {
        code: Number(one, one, None, found.basis_of(code), "" if one is not None else "no_value", found.doubt_of(code))
        for code, one in found.units.items()
    }
    what = wanted.column or ("facilities" if wanted.facilities else "")
    return Measured(whole, units, kinds=kinds, what=what, findings=found.findings)


def ratio(measure: Ratio, ground: Ground) -> Measured:
    """T4: numerator / denominator × ``per``.

    Parameters
    ----------
    measure
        Of the plan.
    ground
        The layers.

    Examples
    --------
    >>> import datetime as dt
    >>> from coverage.plans.ground import Ground
    >>> from coverage.plans.inputs import Inputs
    >>> nothing_known = Ground(Inputs(), dt.date(2025, 12, 31))
    >>> how = Ratio(type="ratio", numerator=Amount(value="小型墓安葬量"), denominator=Amount(value="总安葬量"))
    >>> ratio(how, nothing_known).whole.reason
    'no_value'
    """
    above, below = amount(measure.numerator, ground), amount(measure.denominator, ground)
    wanted = measure.numerator
    what = wanted.column or ("facilities" if wanted.facilities else "")
    return _quotients(above, below, measure.per, _kinds(wanted), what)


def share(measure: Share, ground: Ground) -> Measured:
    """T7: per cent of facilities, or of a column over them, that satisfy more.

    Parameters
    ----------
    measure
        Of the plan; what is counted satisfies both of its filters.
    ground
        The layers.

    Examples
    --------
    >>> import datetime as dt
    >>> from coverage.plans.ground import Ground
    >>> from coverage.plans.inputs import Inputs
    >>> nothing_known = Ground(Inputs(), dt.date(2025, 12, 31))
    >>> homes = Filter(kinds=("elder_home",))
    >>> how = Share(type="share", facilities=homes, having=Filter(grades=("3A",)))
    >>> share(how, nothing_known).whole.reason
    'no_ledger'
    """
    kinds = measure.facilities.kinds
    reason = why_not(ground, measure.facilities, measure.column) or _lacking(measure, ground)
    if reason:
        return nothing(reason, kinds)
    below = amount(Amount(facilities=measure.facilities, column=measure.column), ground)
    supply = ground.supply
    mask = supply.matching(measure.facilities) & supply.matching(measure.having)
    numbers = supply.numbers(measure.column) if measure.column else np.ones(len(mask))
    whole, units = ground.sums(np.where(mask, np.nan_to_num(numbers), 0.0), ground.rows_of_facilities)
    above = Sum(whole, dict(units), below.basis, findings=())
    return _quotients(above, below, 100.0, kinds, "")


def _lacking(measure: Share, ground: Ground) -> str:
    """Whether the ledger says nothing of what the share is about."""
    having = measure.having.model_copy(update={"kinds": measure.facilities.kinds})
    return "no_column" if ground.supply.lacks(having) else ""


def compliance(measure: Compliance, ground: Ground) -> Measured:
    """T7 of what is no facility: a part over a whole, both entered by hand.

    Parameters
    ----------
    measure
        Of the plan.
    ground
        With the layer of values.

    Examples
    --------
    >>> import datetime as dt
    >>> from coverage.plans.ground import Ground
    >>> from coverage.plans.inputs import Inputs
    >>> nothing_known = Ground(Inputs(), dt.date(2025, 12, 31))
    >>> compliance(Compliance(type="compliance", part="达标小区", whole="小区"), nothing_known).whole.reason
    'no_value'
    """
    above, below = _entered(measure.part, ground), _entered(measure.whole, ground)
    return _quotients(above, below, 100.0, (), "")


def entered(measure: Entered, ground: Ground) -> Measured:
    """T12: the number that was entered, for the whole and for each unit; never added up.

    Parameters
    ----------
    measure
        Of the plan.
    ground
        With the layer of values.

    Examples
    --------
    >>> import datetime as dt
    >>> from coverage.plans.ground import Ground
    >>> from coverage.plans.inputs import Inputs
    >>> nothing_known = Ground(Inputs(), dt.date(2025, 12, 31))
    >>> entered(Entered(type="entered", value="火化率"), nothing_known).whole.reason
    'no_value'
    """
    year = ground.day.year
    codes = ground.territory.at(ground.row_level) if ground.row_level else ()
    numbers = {}
    for code in (ground.territory.place, *codes):
        one = ground.values.get(measure.value, code, year)
        if one is None:
            numbers[code] = Number(reason="no_value")
            continue
        numbers[code] = Number(one.value, None, None, one.basis, doubt=ground.doubt(one))
    whole = numbers.pop(ground.territory.place)
    return Measured(whole, numbers if any(one.value is not None for one in numbers.values()) else NOTHING)


def _quotients(above: Sum, below: Sum, per: float, kinds: tuple[str, ...], what: str) -> Measured:
    findings = (*above.findings, *below.findings)
    if above.whole is None or below.whole is None:
        return nothing(above.reason or below.reason, kinds, findings)
    none = "no_people" if below.people else "nothing_to_divide"

    def number(top: float | None, bottom: float | None, told: str, doubt: str, years: set[int | None]) -> Number:
        value = quotient(top, bottom, per)
        missing = "no_value" if top is None or bottom is None else none if not bottom else ""
        # A part of one year is no share of a whole of another.
        return Number(value, top, bottom, told, missing, doubt or ("other_year" if len(years - {None}) > 1 else ""))

    def of_unit(code: str, otherwise: float | None = None) -> Number:
        told = _joined(above.basis_of(code), below.basis_of(code))
        years = {above.years.get(code), below.years.get(code)}
        tops, bottoms = above.units.get(code, otherwise), below.units.get(code, otherwise)
        return number(tops, bottoms, told, above.doubt_of(code) or below.doubt_of(code), years)

    units = {code: of_unit(code) for code in {**above.units, **below.units}}
    if "" in units:  # what lies in no unit on one side only is still part of the sum
        units[""] = of_unit("", 0)
    told, doubt = _joined(above.basis, below.basis), above.doubt or below.doubt
    whole = number(above.whole, below.whole, told, doubt, {above.year, below.year})
    return Measured(whole, units, kinds=kinds, what=what, findings=findings)


def _joined(above: str, below: str) -> str:
    return ";".join(dict.fromkeys(part for part in (above or "ledger", below) if part))


def _kinds(wanted: Amount) -> tuple[str, ...]:
    return wanted.facilities.kinds if wanted.facilities else ()
