"""Hand-worked: rows of the five plans whose numbers are easily taken for others; the plan files are those that ship."""

import datetime as dt

import pytest

from coverage.plans.inputs import Inputs
from coverage.plans.read import load_plan, plan_ids
from layers.layer import Layer
from tests.ledgers_of_plans import COUNTY, at, codes_only, entered, ledger, rows, scored, side_by_side, township, whole

PREFECTURE = "9901"


def counties(count: int) -> Layer:
    """A prefecture and its counties, without polygons."""
    told = [{"unit_code": PREFECTURE, "name": "望湖市", "level": "prefecture", "parent_code": ""}]
    told += [
        {"unit_code": f"{PREFECTURE}{n:02d}", "name": f"县{n}", "level": "county", "parent_code": PREFECTURE}
        for n in range(1, count + 1)
    ]
    return rows("units", told)


def test_a_floor_and_a_path_are_both_kept() -> None:
    """萧山's 智慧养老院: two meet the label (不少于2家) and not the path, which goes to four."""
    homes = ledger(*({"智慧养老院": "是"} for _ in range(2)), kind="elder_home")
    inputs = Inputs(facilities=homes, units=side_by_side(2))
    floor, path = (whole("xiaoshan", inputs, key) for key in ("31a", "31b"))
    assert (floor.status, floor.value, floor.target) == ("met", 2, 2)
    assert (path.status, path.value, path.target) == ("behind", 2, 4)
    assert [lack.amount for lack in path.missing] == [2]


def test_two_denominators_give_two_numbers() -> None:
    """萧山's 护理型床位: 60 of 100 beds in homes; 60 of 120 with those of day care. 公办 (含公建民营): 40 of 50."""
    homes = ledger(
        {"beds": 50, "nursing_beds": 20, "ownership": "民办"}, {"beds": 30, "nursing_beds": 25, "ownership": "公办"},
        {"beds": 20, "nursing_beds": 15, "ownership": "公建民营"},
        {"beds": 20, "nursing_beds": 0, "ownership": "公办", "kind": "day_care"}, kind="elder_home",
    )  # fmt: skip
    inputs = Inputs(facilities=homes, units=side_by_side(2))
    assert [whole("xiaoshan", inputs, key).value for key in ("8a", "8b", "8c")] == [50, 60, 80]


def test_more_than_half_is_more_than_half() -> None:
    """萧山's 村社级慈善工作站 asks for >50 %: 5 of 10 villages are not enough, and one more is missing."""
    villages = codes_only(10, "village")
    half, more = (
        whole("xiaoshan", Inputs(units=villages, facilities=_stations(n)), "64", dt.date(2025, 12, 31)) for n in (5, 6)
    )
    assert (half.value, half.status) == (50, "behind")
    assert sum(lack.amount for lack in half.missing) == 1
    assert (more.value, more.status) == (60, "met")


def _stations(count: int) -> Layer:
    return ledger(*({"unit_code": township(n)} for n in range(1, count + 1)), kind="charity")


def test_what_one_county_has_too_many_of_another_still_lacks() -> None:
    """金华: eleven new charities in one county and one in the other: one is missing there."""
    told = entered(("990101", "新增慈善组织数", 2021, 11), ("990102", "新增慈善组织数", 2021, 1))
    one = whole("jinhua", Inputs(units=counties(2), values=told), "114", dt.date(2021, 12, 31))
    assert (one.value, one.status, one.failing) == (1, "behind", ("990102",))
    assert [(lack.amount, lack.unit_code) for lack in one.missing] == [(1, "990102")]


def test_projects_count_by_stage_and_not_when_they_are_finished() -> None:
    """郴州 asks for a public cemetery under way in each county: 在建 and 前期 count, 建成 does not."""
    stages = ("在建", "前期", "建成")
    projects = ledger(
        *({"unit_code": f"99010{n}", "stage": stage, "status": "planned"} for n, stage in enumerate(stages, 1)),
        kind="农村公益性公墓",
    )
    inputs = Inputs(facilities=projects, units=counties(3))
    assert whole("chenzhou", inputs, "55c").failing == ("990103",)
    assert whole("chenzhou", inputs, "100").value == 3


def test_the_same_counties_are_half_a_million_or_not() -> None:
    """金华 asks counties of 500,000 people and more for a plan of facilities: the small one need not have any."""
    told = entered(
        ("990101", "常住人口", 2021, 500_000), ("990102", "常住人口", 2021, 499_999),
        ("990101", "养老设施布局专项规划数", 2021, 1),
    )  # fmt: skip
    one = whole("jinhua", Inputs(units=counties(2), values=told), "28b", dt.date(2021, 12, 31))
    assert (one.value, one.numerator, one.denominator) == (100, 1, 1)
    unknown = Inputs(units=counties(2), values=entered(("990101", "养老设施布局专项规划数", 2021, 1)))
    assert whole("jinhua", unknown, "28b").reason == "no_people_column"


WORLDS = {
    "nothing": Inputs(),
    "a ledger only": Inputs(facilities=ledger({}, {"kind": "elder_home", "beds": "3"})),
    "a county by codes": Inputs(facilities=ledger({}), units=codes_only(3), place=COUNTY),
    "a county on the map": Inputs(
        facilities=ledger(at(0.5), at(1.5)), units=side_by_side(2, beyond=1), place=COUNTY,
        demand=rows("demand", [{**at(0.5), "pop": 9, "pop60": 3}]),
    ),
    "villages": Inputs(facilities=ledger({}), units=codes_only(3, "village")),
    "a prefecture": Inputs(facilities=ledger({}), units=counties(2), values=entered((PREFECTURE, "总安葬量", 2025, 0))),
    "no facility and no people": Inputs(
        facilities=ledger({"status": "closed"}), units=side_by_side(1), demand=rows("demand", [{**at(0.5), "pop": 0}])
    ),
}  # fmt: skip


@pytest.mark.parametrize("world", WORLDS)
@pytest.mark.parametrize("plan_id", plan_ids())
def test_every_plan_answers_whatever_there_is(plan_id: str, world: str) -> None:
    """Each indicator has one score for the whole: a number, or the reason why there is none."""
    plan = load_plan(plan_id)
    card = scored(plan, WORLDS[world])
    assert [one.indicator_id for one in card.of_whole()] == [key for key, _, _ in plan.indicators()]
    assert all(one.value is not None or one.reason for one in card.of_whole())
