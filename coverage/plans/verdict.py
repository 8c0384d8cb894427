"""From a number and what the plan asks for to a status: when something is met, on pace, behind, or cannot be said."""

from coverage.plans.measured import Number
from coverage.plans.model import Indicator
from coverage.plans.pace import due, final, holds
from coverage.plans.scorecard import Status

__all__ = ["judge", "judge_unit"]

#: Reasons that are no lack of data: there is nothing to count.
_NOT_APPLICABLE = frozenset({"no_such_level", "no_people", "nothing_to_divide", "whole_only", "not_required"})
Verdict = tuple[Status, str]


def judge(indicator: Indicator, number: Number, year: int, *, each: bool = False, last_year: int = 0) -> Verdict:
    """Status of the whole, and the reason where it is no answer.

    Parameters
    ----------
    indicator
        Of the plan.
    number
        What was measured.
    year
        Of the score.
    each
        The plan promises something to each unit (T2): all have it or the promise is not kept.
    last_year
        Of the plan, for promises without a year of their own.

    Returns
    -------
    status, reason
        The reason is empty where the number was judged.

    Examples
    --------
    >>> from coverage.plans.read import load_plan
    >>> outlets = next(one for key, _, one in load_plan("chongming").indicators() if key == "37")
    >>> judge(outlets, Number(90.0), 2023), judge(outlets, Number(90.0), 2025)
    (('on_pace', ''), ('missed', ''))
    """
    last = final(indicator)
    if number.value is not None and last is None and not each:
        return ("to_verify", "assumed") if indicator.assumed else ("not_applicable", "no_target")
    early = _unjudged(number)
    if early:
        return early
    status = _against(indicator, number, year, each=each, end=last.year if last else last_year)
    if indicator.assumed and status[0] != "met":
        return "to_verify", "assumed"
    return status


def judge_unit(indicator: Indicator, number: Number, year: int, whole: Verdict) -> Verdict:
    """Status of one unit.

    A unit that lacks what is promised to each shares the status of the whole. A number that the plan promises for the
    whole only is shown beside the plan's and never called 未达标.

    Parameters
    ----------
    indicator, number, year
        As :func:`judge`.
    whole
        Verdict on the whole.

    Examples
    --------
    >>> from coverage.plans.read import load_plan
    >>> outlets = next(one for key, _, one in load_plan("chongming").indicators() if key == "37")
    >>> judge_unit(outlets, Number(0.0, 0, 1, passes=False), 2025, ("missed", ""))
    ('missed', '')
    """
    early = _unjudged(number)
    if early:
        return early
    if number.passes is not None:
        if number.passes:
            return "met", ""
        return whole if whole[0] != "met" else ("not_applicable", "not_required")
    last = final(indicator)
    if last is None or last.value is None:
        return whole if whole[0] in {"not_applicable", "to_verify"} else ("not_applicable", "no_target")
    if number.denominator is None:
        return "not_applicable", "whole_only"
    status = _against(indicator, number, year, each=False, end=last.year)
    if indicator.assumed and status[0] != "met":
        return "to_verify", "assumed"
    return ("behind", "") if status[0] == "missed" else status


def _unjudged(number: Number) -> Verdict | None:
    """Where there is nothing to judge, or not yet."""
    if number.value is None:
        return ("not_applicable" if number.reason in _NOT_APPLICABLE else "no_data"), number.reason
    return ("to_verify", number.doubt) if number.doubt else None


def _against(indicator: Indicator, number: Number, year: int, *, each: bool, end: int) -> Verdict:
    binding = indicator.binding == "约束性"
    last, now = final(indicator), due(indicator, year)
    if _meets(indicator, number, last.value if last else None, last.operator if last else "", each=each):
        return "met", ""
    if year >= end:
        return ("missed" if binding else "behind"), ""
    if now.value is None or each:
        return "to_verify", "no_pace"
    good = _meets(indicator, number, now.value, now.operator, each=False)
    if now.printed and binding:
        return ("met" if good else "missed"), ""
    return ("on_pace" if good else "behind"), ""


def _meets(indicator: Indicator, number: Number, wanted: float | None, operator: str, *, each: bool) -> bool:
    if each:
        return number.numerator is not None and number.numerator == number.denominator
    if number.value is None or wanted is None:
        return False
    return holds(number.value, operator, wanted, indicator.direction)  # type: ignore[arg-type]
