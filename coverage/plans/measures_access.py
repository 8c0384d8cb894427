"""T9 and T10: capacity within reach of people, and how evenly it is shared out among units."""

import numpy as np

from coverage.equity import gini, palma
from coverage.floating_catchment import access_by_unit, access_of
from coverage.gaps import total
from coverage.plans.ground import Ground
from coverage.plans.measure import Equity, SupplyDemand
from coverage.plans.measured import Measured, Number, nothing, quotient
from coverage.plans.measures_units import why_not
from coverage.plans.scorecard import Other

__all__ = ["equity", "supply_demand"]


def supply_demand(measure: SupplyDemand, ground: Ground) -> Measured:
    """T9: capacity within reach per 1,000 people by a floating catchment, on average over the people.

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
    >>> how = SupplyDemand(type="supply_demand", facilities=homes, column="beds", minutes=30, profile="drive")
    >>> supply_demand(how, nothing_known).whole.reason
    'no_ledger'
    """
    kinds = measure.facilities.kinds
    reason = why_not(ground, measure.facilities, measure.column)
    people = ground.people_of_places(measure.people)
    reason = reason or ground.lacks_people(measure.people) or ("" if people.any() else "no_people")
    result = (
        None
        if reason
        else ground.travel(measure.facilities, measure.profile, measure.minutes, measure.people, counted=True)
    )
    if result is None:
        return nothing(reason or "no_roads", kinds)
    access = access_of(result, measure.minutes, measure.method, measure.column)
    people = np.where(ground.in_whole, people, 0.0)
    known = ~np.isnan(access.per_person)
    basis = f"{measure.method}:{measure.profile}"
    reached = np.where(known, access.per_person, 0.0) * people
    every = total(people[known])
    whole = Number(quotient(total(reached), every, 1000), total(reached), every, basis, "" if every else "no_people")
    unit = ground.demand_units(ground.row_level)
    table = access_by_unit(access, people, unit).set_index("unit_code")
    units = {}
    for code in ground.territory.at(ground.row_level) if ground.row_level else ():
        here = total(people[known & (unit == code)])
        mean = float(table["per_1000"].get(code, np.nan))
        value = None if np.isnan(mean) else mean
        units[code] = Number(value, total(reached[unit == code]), here, basis, "" if value is not None else "no_people")
    return Measured(whole, units, kinds=kinds)


def equity(measure: Equity, ground: Ground) -> Measured:
    """T10: population-weighted Gini over units of a capacity per head, with the Palma ratio beside it.

    Parameters
    ----------
    measure
        Of the plan.
    ground
        Units, facilities and people.

    Examples
    --------
    >>> import datetime as dt
    >>> from coverage.plans.ground import Ground
    >>> from coverage.plans.inputs import Inputs
    >>> nothing_known = Ground(Inputs(), dt.date(2025, 12, 31))
    >>> from coverage.plans.measure import Filter, Units
    >>> homes = Filter(kinds=("elder_home",))
    >>> how = Equity(type="equity", units=Units(level="township"), facilities=homes, column="beds")
    >>> equity(how, nothing_known).whole.reason
    'no_such_level'
    """
    kinds, codes = measure.facilities.kinds, ground.chosen(measure.units)
    reason = codes if isinstance(codes, str) else why_not(ground, measure.facilities, measure.column)
    if reason or isinstance(codes, str):
        return nothing(reason, kinds)
    _, people = ground.people(measure.people, measure.units.level)
    if any(people[code].people is None for code in codes):
        return nothing("no_people_column", kinds)
    heads = np.array([people[code].people or 0 for code in codes], dtype=np.float64)
    numbers = np.where(ground.supply.matching(measure.facilities), ground.supply.numbers(measure.column), 0.0)
    located = ground.supply.located(measure.units.level)
    capacity = np.array([total(np.nan_to_num(numbers)[located == code]) for code in codes], dtype=np.float64)
    per_head = np.divide(capacity, heads, out=np.full(len(codes), np.nan), where=heads > 0)
    if not heads.any():
        return nothing("no_people", kinds)
    basis = f"located_in;{people[codes[0]].basis}"
    doubt = "other_base" if len({people[code].basis for code in codes}) > 1 else ""
    ratio = palma(per_head, heads)
    others = (Other("palma", None if not np.isfinite(ratio) else ratio),)
    return Measured(Number(gini(per_head, heads), None, None, basis, doubt=doubt, others=others), kinds=kinds)
