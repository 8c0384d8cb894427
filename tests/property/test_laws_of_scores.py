"""Laws of the scorecard: no order of rows changes it, more facilities never lower it, townships add up."""

import dataclasses

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from coverage.plans.inputs import Inputs
from coverage.plans.model import Plan
from coverage.plans.scorecard import Scorecard
from layers.layer import Layer
from tests.ledgers_of_plans import COUNTY, at, entered, ledger, plan_of, scored, side_by_side, township

TOWNSHIPS = 4
UNITS = side_by_side(TOWNSHIPS, beyond=1)
VALUES = entered(*((township(n), "60岁及以上户籍人口", 2025, 100.0 * n) for n in range(1, TOWNSHIPS + 1)))
KINDS = ("rehab_rental", "clinic")
RENTAL = {"kinds": ["rehab_rental"]}
TARGET = {"year": 2025, "value": 60}
PLANS: tuple[Plan, ...] = (
    plan_of({"type": "unit_coverage", "units": {"level": "township"}, "facilities": RENTAL}, target=TARGET),
    plan_of({"type": "at_least", "at_least": 2, "units": {"level": "township"}, "facilities": RENTAL}, target=TARGET),
    plan_of({"type": "count", "amount": {"facilities": RENTAL}}, target=TARGET),
    plan_of({"type": "count", "amount": {"facilities": RENTAL, "column": "beds"}}, target=TARGET),
    plan_of({"type": "ratio", "numerator": {"facilities": RENTAL, "column": "beds"},
             "denominator": {"people": "pop60", "base": "户籍"}}, target=TARGET),
    plan_of({"type": "share", "facilities": {}, "having": RENTAL}, target=TARGET),
)  # fmt: skip
RISING = PLANS[:5]

entry = st.fixed_dictionaries(
    {
        "x": st.sampled_from([0.5, 1.0, 1.5, 2.0, 3.9, 4.5, 9.0]),
        "kind": st.sampled_from(KINDS),
        "status": st.sampled_from(["open", "closed", "planned"]),
        "beds": st.integers(0, 50),
        "unit_code": st.sampled_from(["", township(1), township(3), "990200001"]),
        "serves": st.sampled_from(["", "第1镇、第2镇", "第9镇"]),
    }
)


def _ledger(entries: list[dict[str, object]]) -> Layer:
    return ledger(*({**entry, **at(float(str(entry["x"])))} for entry in entries))


def _cards(facilities: Layer, plans: tuple[Plan, ...] = PLANS) -> list[Scorecard]:
    inputs = Inputs(facilities=facilities, units=UNITS, values=VALUES, place=COUNTY, level="township")
    return [scored(plan, inputs) for plan in plans]


@given(st.lists(entry, min_size=1, max_size=8), st.randoms(use_true_random=False))
@settings(max_examples=12, deadline=None)
def test_p7_the_order_of_rows_does_not_matter(entries: list[dict[str, object]], random: object) -> None:
    shuffled = np.array(random.sample(range(len(entries)), len(entries)))  # type: ignore[attr-defined]
    first = _ledger(entries)
    second = dataclasses.replace(first, frame=first.frame.iloc[shuffled].reset_index(drop=True))
    assert [card.scores for card in _cards(first)] == [card.scores for card in _cards(second)]


@given(st.lists(entry, min_size=1, max_size=6), entry)
@settings(max_examples=12, deadline=None)
def test_p3_one_more_open_facility_never_lowers_a_number(
    entries: list[dict[str, object]], more: dict[str, object]
) -> None:
    """T1, T2, T3 and T4, for the whole and for each unit; what fails afterwards failed before."""
    new = {**more, "kind": "rehab_rental", "status": "open"}
    known = {"x": 0.5, "kind": "rehab_rental", "status": "closed", "beds": 1, "unit_code": "", "serves": ""}
    before, after = _cards(_ledger([known, *entries]), RISING), _cards(_ledger([known, *entries, new]), RISING)
    for old, now in zip(before, after, strict=True):
        values = {score.unit_code: score.value or 0 for score in now.scores}
        assert all(values[score.unit_code] >= (score.value or 0) for score in old.scores)
        assert now.scores[0].value >= old.scores[0].value
        assert set(now.scores[0].failing) <= set(old.scores[0].failing)


@given(st.lists(entry, min_size=1, max_size=8))
@settings(max_examples=12, deadline=None)
def test_t23_numerators_of_the_townships_add_up_to_the_whole(entries: list[dict[str, object]]) -> None:
    """The row "" is what belongs to the county and stands in no township."""
    known = {"x": 0.5, "kind": "rehab_rental", "status": "open", "beds": 1, "unit_code": "", "serves": ""}
    for card in _cards(_ledger([known, *entries])):
        if card.plan.requirements[0].indicators[0].measure.type != "at_least":
            whole, *units = card.scores
            assert sum(unit.numerator or 0 for unit in units) == whole.numerator


def test_the_laws_are_about_something() -> None:
    """Each of the plans gives a number here."""
    cards = _cards(_ledger([{"x": 0.5, "kind": "rehab_rental", "status": "open", "beds": 3}]))
    assert [card.scores[0].value for card in cards] == [25.0, 0, 1, 3, 0.3, 100.0]
