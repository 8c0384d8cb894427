"""T5: people within so many minutes of a facility, by each way to travel."""

import numpy as np
import numpy.typing as npt

from coverage.gaps import total
from coverage.plans.ground import Ground
from coverage.plans.measured import Measured, Number, nothing, quotient
from coverage.plans.measures_units import why_not
from coverage.plans.model import Units, WithinTime
from coverage.plans.scorecard import Other
from coverage.result import Result

__all__ = ["within_time"]


def within_time(measure: WithinTime, ground: Ground) -> Measured:
    """T5: per cent of people within so many minutes; the first way to travel, the others beside it.

    Parameters
    ----------
    measure
        Of the plan.
    ground
        With travel times.
    """
    kinds, demand = measure.facilities.kinds, ground.inputs.demand
    reason = why_not(ground, measure.facilities)
    codes = ground.chosen(Units(level=measure.units.level, urban=measure.urban))
    if not reason and measure.urban is not None and isinstance(codes, str):
        reason = codes
    if not reason and ground.inputs.coverage is None:
        reason = "no_roads"
    if not reason and (demand is None or measure.people not in demand.frame):
        reason = "no_people_column"
    if reason or demand is None:
        return nothing(reason, kinds)
    weight = np.nan_to_num(demand.frame[measure.people].to_numpy(dtype=np.float64, na_value=np.nan))
    unit = ground.demand_units(measure.units.level)
    mine = ground.in_whole if measure.urban is None else np.isin(unit, codes)
    answers: dict[str, Measured] = {}
    for profile in measure.profiles:
        result = ground.travel(measure.facilities, profile, measure.minutes, measure.people)
        if result is not None:
            answers[profile] = _one(result, profile, np.where(mine, weight, 0.0), unit, codes)
    if not answers:
        return nothing("no_roads", kinds)
    own, *rest = answers.values()
    units = {code: _beside(one, [other.units[code] for other in rest]) for code, one in own.units.items()}
    return Measured(_beside(own.whole, [other.whole for other in rest]), units, kinds=kinds)


def _one(
    result: Result,
    profile: str,
    weight: npt.NDArray[np.float64],
    unit: npt.NDArray[np.object_],
    codes: tuple[str, ...] | str,
) -> Measured:
    """The shares by one way to travel."""
    covered = (result.demand["status"] == "covered").to_numpy(dtype=bool)
    basis = f"within_time:{profile}"

    def number(rows: npt.NDArray[np.bool_]) -> Number:
        people, near = total(weight[rows]), total(weight[rows & covered])
        return Number(quotient(near, people), near, people, basis, "" if people else "no_people")

    units = {code: number(unit == code) for code in (codes if isinstance(codes, tuple) else ())}
    if units and weight[unit == ""].any():
        units[""] = number(unit == "")
    return Measured(number(np.ones(len(weight), dtype=bool)), units)


def _beside(own: Number, others: list[Number]) -> Number:
    told = tuple(Other(one.basis, one.value, one.numerator, one.denominator) for one in others)
    return Number(own.value, own.numerator, own.denominator, own.basis, own.reason, own.doubt, others=told)
