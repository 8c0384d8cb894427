"""T6, T8, three tiers and meals in two steps: how facilities stand to each other and to the ground."""

import dataclasses
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from coverage.burial import check_sites
from coverage.colocation import Beside, co_location
from coverage.meals import MealWay, meal_service
from coverage.plans.ground import Ground
from coverage.plans.measure import CoLocated, Delivery, SiteRules, Tiers
from coverage.plans.measured import Measured, Number, nothing, quotient
from coverage.plans.measures_time import beside_each_other, covered_shares
from coverage.plans.measures_units import why_not
from coverage.plans.scorecard import Missing, Other
from coverage.request import Parameters
from coverage.tiers import check_tiers

__all__ = ["co_located", "delivery", "site_rules", "tiers"]

BoolArray = npt.NDArray[np.bool_]


def co_located(measure: CoLocated, ground: Ground) -> Measured:
    """T6: per cent of facilities at the address of another kind, or within a distance along the road.

    Parameters
    ----------
    measure
        Of the plan.
    ground
        With roads.

    Examples
    --------
    >>> import datetime as dt
    >>> from coverage.plans.ground import Ground
    >>> from coverage.plans.inputs import Inputs
    >>> nothing_known = Ground(Inputs(), dt.date(2025, 12, 31))
    >>> from coverage.plans.measure import Filter
    >>> homes = Filter(kinds=("elder_home",))
    >>> how = CoLocated(type="co_located", facilities=homes, beside=Filter(kinds=("clinic",)))
    >>> co_located(how, nothing_known).whole.reason
    'no_ledger'
    """
    kinds = measure.facilities.kinds
    reason = why_not(ground, measure.facilities) or why_not(ground, measure.beside)
    if reason or ground.inputs.network is None:
        return nothing(reason or "no_roads", kinds)
    mine = ground.mine(measure.facilities)
    others = ground.supply.matching(measure.beside) & ~mine
    if not mine.any():
        return nothing("nothing_to_divide", kinds)
    network, beside = ground.inputs.network(), Beside(within_m=measure.within_m)
    found = co_location(network, ground.ledger(mine), ground.ledger(others), beside, Parameters(profile="adult"))
    status = np.full(len(mine), "no", dtype=object)
    status[mine] = found.table["status"].to_numpy(dtype=object)
    answer = _share_of(ground, mine, status == "yes", f"distance:{measure.within_m:g}", kinds)
    return dataclasses.replace(answer, findings=found.findings)


def site_rules(measure: SiteRules, ground: Ground) -> Measured:
    """T8: per cent of facilities that break no siting rule of a pack; no number where no forbidden ground is known.

    Parameters
    ----------
    measure
        Of the plan.
    ground
        With the layers of forbidden ground that the study has.

    Examples
    --------
    >>> import datetime as dt
    >>> from coverage.plans.ground import Ground
    >>> from coverage.plans.inputs import Inputs
    >>> nothing_known = Ground(Inputs(), dt.date(2025, 12, 31))
    >>> from coverage.plans.measure import Filter
    >>> homes = Filter(kinds=("elder_home",))
    >>> how = SiteRules(type="site_rules", facilities=homes, pack="national")
    >>> site_rules(how, nothing_known).whole.reason
    'no_ledger'
    """
    kinds = measure.facilities.kinds
    reason = why_not(ground, measure.facilities)
    if reason:
        return nothing(reason, kinds)
    mine = ground.mine(measure.facilities)
    if not mine.any():
        return nothing("nothing_to_divide", kinds)
    checked = check_sites(ground.ledger(mine), measure.pack, ground.inputs.forbidden)
    said = checked.groupby("facility_id", sort=False)["site_outcome"].first()
    outcome = np.full(len(mine), "", dtype=object)
    outcome[mine] = said.reindex(ground.supply.texts("facility_id")[mine]).to_numpy(dtype=object)
    if not (np.isin(outcome, ("pass", "fail"))).any():
        return nothing("ground_missing", kinds)
    doubt = "not_checked" if (outcome == "not_checked").any() else ""
    return _share_of(ground, mine, mine & (outcome != "fail"), f"rules:{measure.pack}", kinds, doubt)


def tiers(measure: Tiers, ground: Ground) -> Measured:
    """T1 at each level: per cent of units that have a facility of their own tier; each level and the links beside it.

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
    >>> from coverage.plans.measure import Filter
    >>> homes = Filter(kinds=("elder_home",))
    >>> how = Tiers(type="tiers", facilities=homes, levels=("county", "township"))
    >>> tiers(how, nothing_known).whole.reason
    'no_ledger'
    """
    kinds, territory = measure.facilities.kinds, ground.territory
    levels = [level for level in measure.levels if territory.at(level)]
    reason = why_not(ground, measure.facilities.model_copy(update={"tiers": ("",)}))
    if reason or territory.units is None or len(levels) < 2:  # noqa: PLR2004  # a link joins two
        return nothing(reason or "no_such_level", kinds)
    frame = territory.units.frame
    inside = frame["unit_code"].astype(str).isin(territory.scope)
    named = frame.assign(level=[territory.level[str(code)] for code in frame["unit_code"]])[inside]
    units = dataclasses.replace(territory.units, frame=named.reset_index(drop=True))
    found = check_tiers(ground.ledger(ground.mine(measure.facilities)), units, levels)
    failing = tuple(code for codes in found.levels["missing"] for code in str(codes).split())
    lacking = set(failing)
    codes = [code for level in levels for code in territory.at(level)]
    numbers = {
        code: Number(0.0 if code in lacking else 100.0, int(code not in lacking), 1, "tier", passes=code not in lacking)
        for code in codes
    }
    by_level = (
        Other(f"tier:{row.level}", quotient(float(row.units_with), float(row.units)), row.units_with, row.units)
        for row in found.levels.itertuples()
    )
    linked = found.linked_share
    others = (*by_level, Other("linked", None if linked is None else linked * 100))
    good = len(codes) - len(failing)
    whole = Number(quotient(good, len(codes)), good, len(codes), "tier", others=others)
    deficits = tuple(Missing(1, "facilities", kinds, code) for code in failing)
    return Measured(whole, numbers, failing, deficits, kinds, findings=found.findings)


def delivery(measure: Delivery, ground: Ground) -> Measured:
    """T5 in two steps: per cent of people within minutes of a meal point that a kitchen supplies in time.

    Parameters
    ----------
    measure
        Of the plan.
    ground
        With roads and people.

    Examples
    --------
    >>> import datetime as dt
    >>> from coverage.plans.ground import Ground
    >>> from coverage.plans.inputs import Inputs
    >>> nothing_known = Ground(Inputs(), dt.date(2025, 12, 31))
    >>> from coverage.plans.measure import Filter
    >>> steps = {"minutes_to_point": 30, "minutes_to_home": 15}
    >>> how = Delivery(type="delivery", kitchens=Filter(), points=Filter(), **steps)
    >>> delivery(how, nothing_known).whole.reason
    'no_ledger'
    """
    kinds, demand = (*measure.kitchens.kinds, *measure.points.kinds), ground.inputs.demand
    reason = why_not(ground, measure.kitchens) or why_not(ground, measure.points)
    reason = reason or ("no_roads" if ground.inputs.network is None else "")
    reason = reason or ground.lacks_people(measure.people)
    if reason or demand is None or ground.inputs.network is None:
        return nothing(reason, kinds)
    kitchens, points = (ground.ledger(ground.supply.matching(which)) for which in (measure.kitchens, measure.points))
    to_point = Parameters(profile=measure.profile_to_point, minutes=(measure.minutes_to_point,))
    answers = []
    for profile in measure.profiles_to_home:
        to_home = Parameters(
            profile=profile, minutes=(measure.minutes_to_home,), direction="from", weight=measure.people
        )
        served = meal_service(ground.inputs.network(), kitchens, points, demand, MealWay(to_point, to_home))
        covered = (served.homes["status"] == "covered").to_numpy(dtype=bool)
        shares = covered_shares(ground, measure.people, covered, profile)
        answers.append(dataclasses.replace(shares, findings=served.findings))
    # What is said of kitchens and points is the same by any way to the home.
    told = answers[0].findings
    return dataclasses.replace(beside_each_other(answers), kinds=kinds, findings=told)


def _share_of(
    ground: Ground, every: BoolArray, good: BoolArray, basis: str, kinds: Sequence[str], doubt: str = ""
) -> Measured:
    """Per cent of facilities, for the whole and by unit of the rows."""
    rows = ground.rows_of_facilities
    top, tops = ground.sums(good.astype(np.float64), rows)
    bottom, bottoms = ground.sums(every.astype(np.float64), rows)

    def number(above: float, below: float) -> Number:
        return Number(quotient(above, below), above, below, basis, "" if below else "nothing_to_divide", doubt)

    units = {code: number(tops.get(code, 0), below) for code, below in bottoms.items()}
    return Measured(number(top, bottom), units, kinds=tuple(kinds))
