"""T5: people within so many minutes of a facility, by each way to travel."""

import dataclasses
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from coverage.gaps import total
from coverage.plans.ground import Ground
from coverage.plans.measure import Filter, UnitCoverage, Units, WithinTime
from coverage.plans.measured import Measured, Number, nothing, quotient
from coverage.plans.measures_units import why_not
from coverage.plans.scorecard import Other
from layers.schema import kind_group

__all__ = ["beside_each_other", "covered_shares", "usual_time", "within_time"]

#: By group of the kinds: who is counted, and how they walk; of other kinds, everybody at an adult's pace. Our choice.
_WALKERS = {"elder": ("pop60", "elder75"), "child": ("pop0_14", "child")}
_ANYBODY = ("pop", "adult")
#: The circle that the plans speak of.
_MINUTES = 15.0


def within_time(measure: WithinTime, ground: Ground) -> Measured:
    """T5: per cent of people within so many minutes; the first way to travel, the others beside it.

    Parameters
    ----------
    measure
        Of the plan.
    ground
        With travel times.

    Examples
    --------
    >>> import datetime as dt
    >>> from coverage.plans.ground import Ground
    >>> from coverage.plans.inputs import Inputs
    >>> nothing_known = Ground(Inputs(), dt.date(2025, 12, 31))
    >>> from coverage.plans.measure import Filter
    >>> homes = Filter(kinds=("elder_home",))
    >>> how = WithinTime(type="within_time", facilities=homes, minutes=15, units=Units(level="township"))
    >>> within_time(how, nothing_known).whole.reason
    'no_ledger'
    """
    kinds = measure.facilities.kinds
    reason = why_not(ground, measure.facilities)
    codes = ground.chosen(Units(level=measure.units.level, urban=measure.urban))
    if not reason and measure.urban is not None and isinstance(codes, str):
        reason = codes
    reason = reason or ground.lacks_people(measure.people)
    if not reason and ground.inputs.coverage is None:
        reason = "no_roads"
    if reason:
        return nothing(reason, kinds)
    answers = []
    for profile in measure.profiles:
        result = ground.travel(measure.facilities, profile, measure.minutes, measure.people)
        if result is not None:
            covered = (result.demand["status"] == "covered").to_numpy(dtype=bool)
            chosen = None if measure.urban is None or isinstance(codes, str) else codes
            answers.append(covered_shares(ground, measure.people, covered, profile, measure.units.level, chosen))
    if not answers:
        return nothing("no_roads", kinds)
    return dataclasses.replace(beside_each_other(answers), kinds=kinds)


def usual_time(measure: UnitCoverage, ground: Ground) -> WithinTime:
    """The third meaning of 覆盖率, beside T1: people within 15 minutes of the same facilities.

    Who is counted and how they walk follows from the kind of facility; time, people and walking are ours, not the
    plan's.

    Parameters
    ----------
    measure
        With facilities.
    ground
        Says which people are known.

    Examples
    --------
    >>> import datetime as dt
    >>> from coverage.plans.ground import Ground
    >>> from coverage.plans.inputs import Inputs
    >>> from coverage.plans.measure import Filter
    >>> how = UnitCoverage(type="unit_coverage", units=Units(level="township"), facilities=Filter(kinds=("day_care",)))
    >>> asked = usual_time(how, Ground(Inputs(), dt.date(2025, 12, 31)))
    >>> asked.minutes, asked.people, asked.profiles
    (15.0, 'pop60', ('elder75',))
    """
    facilities = measure.facilities or Filter()
    groups = {kind_group(kind) for kind in facilities.kinds} & _WALKERS.keys()
    people, profile = _WALKERS[groups.pop()] if len(groups) == 1 else _ANYBODY
    if ground.lacks_people(people):
        people = ground.inputs.weight or people
    return WithinTime(
        type="within_time",
        facilities=facilities,
        minutes=_MINUTES,
        people=people,
        profiles=(profile,),
        units=measure.units,
        urban=measure.units.urban,
    )


def covered_shares(
    ground: Ground,
    people: str,
    covered: npt.NDArray[np.bool_],
    profile: str,
    level: str = "",
    only: tuple[str, ...] | None = None,
) -> Measured:
    """Per cent of people at places that are covered, for the whole and by unit.

    Parameters
    ----------
    ground
        Places and units.
    people
        Column of the demand.
    covered
        Each place, shape (demand rows,).
    profile
        Way to travel, for the basis.
    level
        Of the units; default: that of the rows.
    only
        Codes of the units whose people count; None: the whole's.

    Examples
    --------
    >>> import datetime as dt
    >>> from coverage.plans.ground import Ground
    >>> from coverage.plans.inputs import Inputs
    >>> nothing_known = Ground(Inputs(), dt.date(2025, 12, 31))
    >>> covered_shares(nothing_known, "pop60", np.array([], dtype=bool), "elder75").whole.reason
    'no_people'
    """
    level = level or ground.row_level
    unit = ground.demand_units(level)
    weight = ground.people_of_places(people)
    mine = ground.in_whole if only is None else np.isin(unit, only)
    weight = np.where(mine, weight, 0.0)
    basis = f"within_time:{profile}"

    def number(rows: npt.NDArray[np.bool_]) -> Number:
        every, near = total(weight[rows]), total(weight[rows & covered])
        return Number(quotient(near, every), near, every, basis, "" if every else "no_people")

    codes = only if only is not None else ground.territory.at(level) if level else ()
    units = {code: number(unit == code) for code in codes}
    if units and weight[unit == ""].any():
        units[""] = number(unit == "")
    return Measured(number(np.ones(len(weight), dtype=bool)), units)


def beside_each_other(answers: Sequence[Measured]) -> Measured:
    """The first answer with the others beside it, for the whole and for each unit.

    Examples
    --------
    >>> slow, fast = (Measured(Number(share, basis="within_time:elder")) for share in (60.0, 90.0))
    >>> both = beside_each_other([slow, fast]).whole
    >>> both.value, both.others[0].value
    (60.0, 90.0)
    """
    own, *rest = answers
    units = {code: _beside(one, [other.units[code] for other in rest]) for code, one in own.units.items()}
    return Measured(_beside(own.whole, [other.whole for other in rest]), units)


def _beside(own: Number, others: Sequence[Number]) -> Number:
    told = tuple(Other(one.basis, one.value, one.numerator, one.denominator) for one in others)
    return Number(own.value, own.numerator, own.denominator, own.basis, own.reason, own.doubt, others=told)
