"""A scorecard that may leave the room: only of public layers, and without the numbers that few people stand behind."""

import dataclasses
from collections import defaultdict

from coverage.plans.model import Delivery, Indicator, Ratio, WithinTime
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
    hidden: set[int] = set()
    measured = {key: one for key, _, one in card.plan.indicators()}
    cells: dict[tuple[str, bool, int], list[int]] = defaultdict(list)
    for place, score in enumerate(card.scores):
        if _counts_people(measured[score.indicator_id]) and _people(score):
            cells[score.indicator_id, score.whole, len(score.unit_code)].append(place)
            if _few(score):
                hidden.add(place)
    for places in cells.values():
        alone = [place for place in places if place in hidden]
        rest = [place for place in places if place not in hidden]
        if len(alone) == 1 and rest:
            hidden.add(min(rest, key=lambda place: (min(_people(card.scores[place])), place)))
    if not hidden:
        return card
    scores = tuple(_without(score) if place in hidden else score for place, score in enumerate(card.scores))
    told = Finding("plan_cells_suppressed", "warn", facts={"count": len(hidden), "least": LEAST_PEOPLE})
    return dataclasses.replace(card, scores=scores, findings=(*card.findings, told))


def _counts_people(indicator: Indicator) -> bool:
    measure = indicator.measure
    return isinstance(measure, (WithinTime, Delivery)) or (
        isinstance(measure, Ratio) and bool(measure.denominator.people)
    )


def _people(score: Score) -> list[float]:
    """Numbers of people that the score tells: those counted, all, and the rest."""
    told: list[float] = []
    bases = [(score.basis, score.numerator, score.denominator)]
    bases += [(one.basis, one.numerator, one.denominator) for one in score.others]
    for basis, part, every in bases:
        if every is not None:
            told.append(every)
            told += [part, every - part] if basis.startswith("within_time") and part is not None else []
    return [number for number in told if number > 0]


def _few(score: Score) -> bool:
    return any(number < LEAST_PEOPLE for number in _people(score))


def _without(score: Score) -> Score:
    others = tuple(Other(one.basis, None) for one in score.others)
    return dataclasses.replace(
        score, value=None, numerator=None, denominator=None, others=others, status="no_data", reason="suppressed",
        missing=(),
    )  # fmt: skip
