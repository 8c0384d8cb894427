"""A scorecard that may leave the room: only of public layers, and without the numbers that few people stand behind."""

import dataclasses
from collections import defaultdict
from collections.abc import Callable

from coverage.plans.measure import (
    Amount,
    Compliance,
    Count,
    Delivery,
    Entered,
    Measure,
    Ratio,
    SupplyDemand,
    WithinTime,
)
from coverage.plans.scorecard import Other, Score, Scorecard
from geo.errors import DataError
from geo.findings import Finding
from layers.public import LEAST_PEOPLE
from layers.secrecy import PUBLIC

__all__ = ["public_scorecard"]


def public_scorecard(card: Scorecard) -> Scorecard:
    """The scorecard for the public: numbers of fewer than ten people are taken out, and a finding says how many.

    Where one unit alone would be taken out, the unit with the fewest people beside it is too: else its number is the
    whole less the others.

    Parameters
    ----------
    card
        As scored.

    Raises
    ------
    DataError
        When one of the layers that it was made from is not 公开.

    Examples
    --------
    >>> import datetime as dt
    >>> from coverage.plans.inputs import Inputs
    >>> from coverage.plans.read import load_plan
    >>> from coverage.plans.score import score
    >>> try:
    ...     public_scorecard(score(load_plan("chongming"), Inputs(), dt.date(2025, 12, 31)))
    ... except DataError as error:
    ...     error.code
    'plan_not_public'
    """
    if card.level != PUBLIC:
        inside = "、".join(str(one["file"]) for one in card.inputs if one["level"] != PUBLIC)
        raise DataError("plan_not_public", level=card.level, layers=inside or "-")
    measures = {key: one.measure for key, _, one in card.plan.indicators()}
    own = _hidden(card, lambda score: _own_people(score, measures[score.indicator_id]))
    beside = own | _hidden(card, _people_beside)
    if not beside:
        return card
    scores = list(card.scores)
    for place in beside:
        scores[place] = _without_others(scores[place])
    for place in own:
        scores[place] = dataclasses.replace(
            scores[place], value=None, numerator=None, denominator=None, status="no_data", reason="suppressed",
            missing=(),
        )  # fmt: skip
    told = Finding("plan_cells_suppressed", "warn", facts={"count": len(beside), "least": LEAST_PEOPLE})
    return dataclasses.replace(card, scores=tuple(scores), findings=(*card.findings, told))


def _hidden(card: Scorecard, people_of: Callable[[Score], list[float]]) -> set[int]:
    """Places of scores that few people stand behind, and of those from which the one hidden could be worked out."""
    hidden: set[int] = set()
    cells: dict[tuple[str, bool, int], dict[int, float]] = defaultdict(dict)
    # What lies in no unit is told apart from its indicator's largest units by the whole alone.
    largest = {
        key: min((len(one.unit_code) for one in card.of(key) if one.unit_code and not one.whole), default=0)
        for key, _, _ in card.plan.indicators()
    }
    for place, score in enumerate(card.scores):
        told = [number for number in people_of(score) if number > 0]
        if told:
            level = len(score.unit_code) or largest[score.indicator_id]
            cells[score.indicator_id, score.whole, level][place] = min(told)
    for numbers in cells.values():
        few = {place for place, number in numbers.items() if number < LEAST_PEOPLE}
        rest = {place: number for place, number in numbers.items() if place not in few}
        if len(few) == 1 and rest:
            few.add(min(rest, key=lambda place: (rest[place], place)))
        hidden |= few
    return hidden


def _own_people(score: Score, measure: Measure) -> list[float]:
    """Numbers of people that the score itself tells: those counted, all, and the rest."""
    part, every = score.numerator, score.denominator
    if isinstance(measure, (WithinTime, Delivery)):
        return _of_share(part, every)
    counted: list[float | None] = []
    if isinstance(measure, SupplyDemand):
        counted.append(every)
    elif isinstance(measure, Count):
        counted.append(part if _is_people(measure.amount) else None)
    elif isinstance(measure, Ratio):
        counted += [part if _is_people(measure.numerator) else None, every if _is_people(measure.denominator) else None]
    elif isinstance(measure, Compliance):
        counted += [part if _of_people(measure.part) else None, every if _of_people(measure.whole) else None]
    elif isinstance(measure, Entered):
        counted.append(score.value if _of_people(measure.value) else None)
    return [number for number in counted if number is not None]


def _people_beside(score: Score) -> list[float]:
    """Numbers of people that stand beside the score."""
    timed = (one for one in score.others if one.basis.startswith("within_time"))
    return [number for one in timed for number in _of_share(one.numerator, one.denominator)]


def _of_share(part: float | None, every: float | None) -> list[float]:
    return [] if part is None or every is None else [part, every, every - part]


def _is_people(amount: Amount) -> bool:
    return bool(amount.people) or amount.column == "residents" or _of_people(amount.value)


def _of_people(indicator: str) -> bool:
    """Whether a number that was entered counts people or households, by its name."""
    return any(word in indicator for word in ("人", "户", "pop"))


def _without_others(score: Score) -> Score:
    return dataclasses.replace(score, others=tuple(Other(one.basis, None) for one in score.others))
