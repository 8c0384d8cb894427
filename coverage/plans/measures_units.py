"""T1 and T2: which units have what the plan promises to each of them."""

from collections import Counter
from collections.abc import Iterable, Mapping

import numpy as np

from coverage.plans.ground import Ground
from coverage.plans.measure import AtLeast, Filter, UnitBasis, UnitCoverage
from coverage.plans.measured import Measured, Number, nothing, quotient
from coverage.plans.scorecard import Missing, Other

__all__ = ["at_least", "per_unit", "unit_coverage"]


def per_unit(ground: Ground, meant: Filter, level: str, basis: UnitBasis) -> Counter[str]:
    """How many of the facilities that are meant each unit of a level has.

    Parameters
    ----------
    ground
        Units and facilities.
    meant, level
        Which facilities, and units of which level.
    basis
        ``located_in``: they stand in it; ``serves``: they name it.

    Examples
    --------
    >>> import datetime as dt
    >>> from coverage.plans.ground import Ground
    >>> from coverage.plans.inputs import Inputs
    >>> nothing_known = Ground(Inputs(), dt.date(2025, 12, 31))
    >>> sum(per_unit(nothing_known, Filter(), "township", "serves").values())
    0
    """
    rows = np.flatnonzero(ground.supply.matching(meant))
    if basis == "located_in":
        return Counter(str(code) for code in ground.supply.located(level)[rows] if code)
    return Counter(str(code) for codes in ground.supply.declared(level)[rows] for code in codes)


def unit_coverage(measure: UnitCoverage, ground: Ground) -> Measured:
    """T1: per cent of units that have at least so many facilities, by where they stand and by whom they serve.

    Parameters
    ----------
    measure
        Of the plan.
    ground
        Units and facilities.

    Examples
    --------
    >>> import datetime as dt
    >>> from coverage.plans.ground import Ground
    >>> from coverage.plans.inputs import Inputs
    >>> nothing_known = Ground(Inputs(), dt.date(2025, 12, 31))
    >>> from coverage.plans.measure import Units
    >>> homes = Filter(kinds=("elder_home",))
    >>> how = UnitCoverage(type="unit_coverage", units=Units(level="township"), facilities=homes)
    >>> unit_coverage(how, nothing_known).whole.reason
    'no_ledger'
    """
    meant = measure.facilities
    kinds, codes = (meant.kinds if meant else ()), ground.chosen(measure.units)
    reason = (why_not(ground, meant) if meant else "") or (codes if isinstance(codes, str) else "")
    if reason or isinstance(codes, str):
        return nothing(reason, kinds)
    if meant is None:
        return _entered_per_unit(measure, ground, codes)
    own: UnitBasis = measure.basis or "located_in"
    second: UnitBasis = "serves" if own == "located_in" else "located_in"
    counts = {basis: per_unit(ground, meant, measure.units.level, basis) for basis in (own, second)}
    passing = {basis: _passing(codes, counts[basis], measure.at_least) for basis in counts}
    numbers = {
        code: _share([code], passing[own], own, (_other([code], passing, second),), passes=code in passing[own])
        for code in codes
    }
    groups = {
        above: _share(inside, passing[own], own, (_other(inside, passing, second),))
        for above, inside in ground.grouped(codes).items()
    }
    whole = _share(codes, passing[own], own, (_other(codes, passing, second),))
    failing = tuple(code for code in codes if code not in passing[own])
    return Measured(
        whole, {**groups, **numbers}, failing, _deficits(failing, counts[own], measure), kinds, "facilities"
    )


def at_least(measure: AtLeast, ground: Ground) -> Measured:
    """T2: each unit has at least so many; the number of the whole is that of the unit with the fewest.

    Parameters
    ----------
    measure
        Of the plan; where it names no facilities, numbers entered by hand are compared.
    ground
        Units, facilities and entered numbers.

    Examples
    --------
    >>> import datetime as dt
    >>> from coverage.plans.ground import Ground
    >>> from coverage.plans.inputs import Inputs
    >>> nothing_known = Ground(Inputs(), dt.date(2025, 12, 31))
    >>> from coverage.plans.measure import Units
    >>> how = AtLeast(type="at_least", at_least=3, units=Units(level="township"), value="社会组织数")
    >>> at_least(how, nothing_known).whole.reason
    'no_such_level'
    """
    meant = measure.facilities
    kinds, codes = (meant.kinds if meant else ()), ground.chosen(measure.units)
    reason = (why_not(ground, meant) if meant else "") or (codes if isinstance(codes, str) else "")
    if reason or isinstance(codes, str):
        return nothing(reason, kinds)
    if meant is None:
        return _entered_per_unit(measure, ground, codes)
    counts = per_unit(ground, meant, measure.units.level, "located_in")
    second = per_unit(ground, meant, measure.units.level, "serves")
    numbers = {code: _fewest([code], counts, second, measure.at_least, unit=True) for code in codes}
    groups = {
        above: _fewest(inside, counts, second, measure.at_least) for above, inside in ground.grouped(codes).items()
    }
    failing = tuple(code for code in codes if counts[code] < measure.at_least)
    whole = _fewest(codes, counts, second, measure.at_least)
    return Measured(whole, {**groups, **numbers}, failing, _deficits(failing, counts, measure), kinds, "facilities")


def why_not(ground: Ground, meant: Filter, column: str = "") -> str:
    """Why facilities cannot be counted: no ledger, none of the kinds in it, or a column that it does not have.

    Examples
    --------
    >>> import datetime as dt
    >>> from coverage.plans.ground import Ground
    >>> from coverage.plans.inputs import Inputs
    >>> nothing_known = Ground(Inputs(), dt.date(2025, 12, 31))
    >>> why_not(nothing_known, Filter())
    'no_ledger'
    """
    if ground.inputs.facilities is None:
        return "no_ledger"
    if not ground.supply.of_kinds(meant).any():
        return "kind_not_in_ledger"
    return "no_column" if ground.supply.lacks(meant, column) else ""


def _passing(codes: Iterable[str], counts: Mapping[str, int], least: int) -> frozenset[str]:
    return frozenset(code for code in codes if counts.get(code, 0) >= least)


def _share(
    codes: Iterable[str], passing: frozenset[str], basis: str, others: tuple[Other, ...], *, passes: bool | None = None
) -> Number:
    every = tuple(codes)
    good = sum(code in passing for code in every)
    return Number(quotient(good, len(every)), good, len(every), basis, passes=passes, others=others)


def _other(codes: Iterable[str], passing: Mapping[UnitBasis, frozenset[str]], basis: UnitBasis) -> Other:
    """The share on the other basis, with the units where the two differ."""
    every = tuple(codes)
    good = sum(code in passing[basis] for code in every)
    (first,) = (one for one in passing if one != basis)
    differ = tuple(code for code in every if (code in passing[first]) != (code in passing[basis]))
    return Other(basis, quotient(good, len(every)), good, len(every), differ)


def _fewest(
    codes: Iterable[str], counts: Mapping[str, int], second: Mapping[str, int], least: int, *, unit: bool = False
) -> Number:
    """The smallest number that a unit has; how many units have enough, of how many."""
    every = tuple(codes)
    good = sum(counts.get(code, 0) >= least for code in every)
    served = sum(second.get(code, 0) >= least for code in every)
    differ = tuple(code for code in every if (counts.get(code, 0) >= least) != (second.get(code, 0) >= least))
    other = Other("serves", min(second.get(code, 0) for code in every), served, len(every), differ)
    fewest = min(counts.get(code, 0) for code in every)
    return Number(fewest, good, len(every), "located_in", passes=good == 1 if unit else None, others=(other,))


def _deficits(
    failing: Iterable[str], counts: Mapping[str, float], measure: UnitCoverage | AtLeast
) -> tuple[Missing, ...]:
    kinds = measure.facilities.kinds if measure.facilities else ()
    what = "facilities" if measure.facilities else ""
    return tuple(Missing(measure.at_least - counts.get(code, 0), what, kinds, code) for code in failing)


def _entered_per_unit(measure: UnitCoverage | AtLeast, ground: Ground, codes: tuple[str, ...]) -> Measured:
    """T1 and T2 of what is no facility: numbers entered for each unit."""
    year, share = ground.day.year, isinstance(measure, UnitCoverage)
    given = {code: ground.values.get(measure.value, code, year) for code in codes}
    known = {code: one for code, one in given.items() if one is not None}
    if not known:
        return nothing("no_value")
    numbers = {code: Number(reason="no_value") for code in codes}
    for code, one in known.items():
        good = one.value >= measure.at_least
        numbers[code] = Number(
            100.0 * good if share else one.value, int(good), 1, one.basis, doubt=ground.doubt(one), passes=good
        )
    failing = tuple(code for code, one in known.items() if one.value < measure.at_least)
    doubts = ["partial"] if len(known) < len(codes) else [one.doubt for one in numbers.values() if one.doubt]
    passing = len(known) - len(failing)
    value = quotient(passing, len(codes)) if share else min(one.value for one in known.values())
    whole = Number(value, passing, len(codes), "entered", doubt=doubts[0] if doubts else "")
    counts = {code: one.value for code, one in known.items()}
    return Measured(whole, numbers, failing, _deficits(failing, counts, measure), what="units")
