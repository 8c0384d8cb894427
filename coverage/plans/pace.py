"""What a plan asks for in a year, and whether a number is that: operators, directions, plateaus, years left blank."""

import math
from dataclasses import dataclass
from itertools import pairwise

from coverage.plans.model import Direction, Indicator, Operator

__all__ = ["Due", "due", "final", "holds", "more_needed"]

# Numbers nearer than this, relative to the larger one, are equal: 100 × 18 / 18.
_SAME = 1e-9


@dataclass(frozen=True)
class Due:
    """What is asked for.

    Parameters
    ----------
    year
        For the end of which.
    value
        None where the plan says nothing that holds for the year.
    operator
        As printed for that year, else for the indicator.
    printed
        The plan prints this number for this year; else it lies on the line between two that it prints.
    """

    year: int
    value: float | None
    operator: Operator = ""
    printed: bool = False


def holds(value: float, operator: Operator, wanted: float, direction: Direction = "up") -> bool:
    """Whether a number is what is asked for.

    Parameters
    ----------
    value, wanted
        What there is, and what is asked for.
    operator
        ``=`` and none at all ask to reach the number: who comes farther in the direction of the plan has reached it.
    direction
        Of the plan.

    Examples
    --------
    >>> holds(1.59, "", 1.60, "down"), holds(81.8, ">=", 80), holds(50, ">", 50)
    (True, True, False)
    """
    same = math.isclose(value, wanted, rel_tol=_SAME, abs_tol=_SAME)
    if operator in {">", "<"}:
        return not same and (value > wanted if operator == ">" else value < wanted)
    up = operator == ">=" or (operator != "<=" and direction == "up")
    return same or (value > wanted if up else value < wanted)


def final(indicator: Indicator) -> Due | None:
    """The target: what is asked for at the end of the plan; without one, the last number of the path.

    Examples
    --------
    >>> from coverage.plans.read import load_plan
    >>> outlets = next(one for key, _, one in load_plan("chongming").indicators() if key == "37")
    >>> final(outlets).year
    2025
    """
    points = [point for point in (*indicator.path, indicator.target) if point is not None and point.value is not None]
    if indicator.target is not None and indicator.target.value is not None:
        points = [indicator.target]
    if not points:
        return None
    last = max(points, key=lambda point: point.year)
    return Due(last.year, last.value, last.operator or indicator.operator, printed=True)


def due(indicator: Indicator, year: int) -> Due:
    """What is asked for at the end of a year: the printed number, else on the line between its printed neighbours.

    After the last number it stays in force. Before the first, and where a line has only one end, nothing is asked for.

    Examples
    --------
    >>> from coverage.plans.read import load_plan
    >>> outlets = next(one for key, _, one in load_plan("chongming").indicators() if key == "37")
    >>> due(outlets, 2023).value, due(outlets, 2025).printed
    (88.8, True)
    """
    last = final(indicator)
    if last is not None and year >= last.year:
        return Due(year, last.value, last.operator, printed=year == last.year)
    asked = {}
    for point in (indicator.baseline, indicator.target, *indicator.path):
        if point is not None and point.value is not None:
            asked[point.year] = point
    if year in {point.year for point in indicator.path if point.value is not None}:
        return Due(year, asked[year].value, asked[year].operator or indicator.operator, printed=True)
    usual: Operator = "<=" if indicator.direction == "down" else ">="
    for first, second in pairwise(sorted(asked)):
        start, stop = asked[first].value, asked[second].value
        if first <= year < second and start is not None and stop is not None:
            part = (stop - start) * (year - first) / (second - first)
            return Due(year, start + part, usual)
    return Due(year, None, indicator.operator)


def more_needed(have: float, wanted: float, operator: Operator = ">=", *, whole: bool) -> float:
    """How much more is needed to meet a number; 0 where nothing is.

    Parameters
    ----------
    have, wanted
        What there is, and what is asked for.
    operator
        ``>`` asks for more than the number.
    whole
        Only whole ones can be built: 80 % of 11 are 9.

    Examples
    --------
    >>> more_needed(8, 8.8, whole=True), more_needed(9, 8.8, whole=True), more_needed(3, 3, ">", whole=True)
    (1, 0, 1)
    """
    if holds(have, operator, wanted):
        return 0
    gap = wanted - have
    if not whole:
        return gap
    up = math.ceil(gap - _SAME)
    return up + 1 if operator == ">" and math.isclose(up, gap, abs_tol=_SAME) else up
