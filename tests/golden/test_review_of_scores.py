"""What must not mislead in a scorecard: operators as printed, amounts that cannot be said, rows counted twice."""

import dataclasses
import datetime as dt
import io
import re

import openpyxl
import pandas as pd
import pytest
import shapely

from commands.options import minutes_of, parts_of
from coverage.plans.inputs import Inputs
from coverage.plans.public import public_scorecard
from coverage.plans.read import load_plan
from coverage.plans.score import score
from coverage.plans.scorecard import Missing
from layers.layer import Layer
from reports.scorecard_html import scorecard_html
from reports.scorecard_words import basis_words, missing_words, reason_words, target_words
from reports.supervision import supervision_xlsx
from tests.ledgers_of_plans import (
    COUNTY,
    at,
    codes_only,
    entered,
    ledger,
    plan_of,
    rows,
    scored,
    side_by_side,
    township,
    whole,
)  # fmt: skip

BEDS = {"type": "count", "amount": {"facilities": {"kinds": ["elder_home"]}, "column": "beds"}}


@pytest.mark.parametrize(
    ("plan", "key", "year", "operator", "target"),
    [("xiaoshan", "64", 2023, ">", 50), ("chongming", "37", 2023, "", 100), ("chongming", "97", 2022, "", 1.59),
     ("xiaoshan", "86", 2021, ">", 14000)],
)  # fmt: skip
def test_the_operator_before_a_target_is_the_one_printed_with_it(
    plan: str, key: str, year: int, operator: str, target: float
) -> None:
    """Between two printed years a number is due by our rule; the plan's target stays ``>50``, not ``≥50``."""
    one = whole(plan, Inputs(), key, dt.date(year, 12, 31))
    assert (one.operator, one.target) == (operator, target)


def test_what_a_part_of_the_place_lacks_of_the_whole_places_target_is_not_said() -> None:
    """A county scored by its prefecture's plan has 8 of 41 homes; that it lacks 33 would be wrong."""
    plan = plan_of(BEDS, unit="张", operator=">=", target={"year": 2025, "value": 41})
    plan = plan.model_copy(update={"level": "prefecture"})
    one = whole(plan, Inputs(facilities=ledger({"beds": 8}, kind="elder_home"), units=side_by_side(2)))
    assert (one.value, one.status, one.reason, one.missing) == (8, "to_verify", "part_of_place", ())


def test_what_is_missing_on_another_base_than_the_plans_is_not_said() -> None:
    """3.5 % of the registered elders: the residents do not tell how many beds that would be."""
    values = entered((COUNTY, "60岁及以上常住人口", 2025, 10000), (township(1), "60岁及以上常住人口", 2025, 10000))
    homes = ledger({"beds": 240}, kind="elder_home")
    one = whole("chongming", Inputs(facilities=homes, units=side_by_side(1), values=values), "5")
    assert (one.status, one.reason, one.missing) == ("to_verify", "other_base", ())


def test_rows_that_are_entered_twice_count_twice_and_are_told() -> None:
    homes = ledger({"name": "甲院", "beds": 50}, {"name": "甲院", "beds": 50}, {"name": "乙院", "beds": 50},
                   kind="elder_home")  # fmt: skip
    card = scored(plan_of(BEDS, unit="张"), Inputs(facilities=homes))
    assert card.of_whole()[0].value == 150
    (told,) = (one for one in card.findings if one.code == "plan_facilities_twice")
    assert told.facts["count"] == 1


def test_a_facility_that_names_a_unit_of_nobody_here_is_not_ours() -> None:
    """Units are codes only, and the neighbour is not in their table: its facility names its own code."""
    homes = ledger({"unit_code": township(1), "beds": 50}, {"unit_code": "990200001", "beds": 70},
                   {"unit_code": "", "beds": 9}, kind="elder_home")  # fmt: skip
    card = scored(plan_of(BEDS, unit="张"), Inputs(facilities=homes, units=codes_only(2)))
    values = {score.unit_code: score.value for score in card.scores}
    assert values == {COUNTY: 59, township(1): 50, township(2): 0, "": 9}
    (told,) = (one for one in card.findings if one.code == "plan_facilities_outside")
    assert told.facts["count"] == 1


def test_without_a_table_of_units_the_neighbours_facilities_are_told_by_their_codes() -> None:
    homes = ledger({"unit_code": township(1), "beds": 50}, {"unit_code": "990200001", "beds": 70},
                   {"unit_code": "", "beds": 9}, {"unit_code": "开发区", "beds": 1}, kind="elder_home")  # fmt: skip
    card = scored(plan_of(BEDS, unit="张"), Inputs(facilities=homes, place=COUNTY))
    assert [score.value for score in card.scores] == [60]


def test_a_facility_in_the_county_and_in_none_of_its_townships_is_the_countys() -> None:
    """A gap between polygons of townships: the place itself still holds it, whatever its row says."""
    units = side_by_side(3)
    kept = units.frame["unit_code"] != township(2)
    holed = dataclasses.replace(units, frame=units.frame[kept].reset_index(drop=True))
    homes = ledger({**at(0.5), "beds": 50}, {**at(1.5), "beds": 70}, {**at(5.5), "beds": 9}, kind="elder_home")
    card = scored(plan_of(BEDS, unit="张"), Inputs(facilities=homes, units=holed))
    values = {score.unit_code: score.value for score in card.scores}
    assert values == {COUNTY: 120, township(1): 50, township(3): 0, "": 70}


def test_values_may_name_units_by_a_longer_form_of_the_code() -> None:
    """990100000000 and 990100001000 are the county and its first township."""
    measure = {"type": "entered", "value": "低保标准"}
    values = entered(("990100000000", "低保标准", 2025, 13300), ("990100001000", "低保标准", 2025, 13400))
    card = scored(plan_of(measure, unit="元"), Inputs(units=codes_only(1), values=values))
    assert [score.value for score in card.scores] == [13300, 13400]


def test_a_township_is_not_judged_by_a_number_of_another_year() -> None:
    """The county entered 2025, one township 2019: its share is shown and has to be checked."""
    measure = {"type": "ratio", "numerator": {"value": "小型墓安葬量"}, "denominator": {"value": "总安葬量"}}
    values = entered(*((code, name, year, value) for code, year in ((COUNTY, 2025), (township(1), 2019))
                       for name, value in (("小型墓安葬量", 90), ("总安葬量", 100))))  # fmt: skip
    plan = plan_of(measure, target={"year": 2025, "value": 80})
    own, unit = scored(plan, Inputs(units=codes_only(1), values=values)).scores
    assert (own.status, own.value) == ("met", 90)
    assert (unit.status, unit.reason, unit.value) == ("to_verify", "other_year", 90)


def test_a_part_of_one_year_over_a_whole_of_another_has_to_be_checked() -> None:
    """In the middle of 2026 numbers of 2025 and of 2026 both count, but not one over the other."""
    measure = {"type": "compliance", "part": "小型墓安葬量", "whole": "总安葬量"}
    values = entered((COUNTY, "小型墓安葬量", 2026, 90), (COUNTY, "总安葬量", 2025, 100))
    plan = plan_of(measure, target={"year": 2025, "value": 80})
    one = whole(plan, Inputs(units=codes_only(1), values=values), day=dt.date(2026, 6, 30))
    assert (one.status, one.reason) == ("to_verify", "other_year")


def test_the_gini_of_units_counted_on_two_bases_has_to_be_checked() -> None:
    measure = {"type": "equity", "units": {"level": "township"}, "facilities": {"kinds": ["elder_home"]},
               "column": "beds"}  # fmt: skip
    values = entered((township(1), "60岁及以上户籍人口", 2025, 100), (township(2), "60岁及以上常住人口", 2025, 100))
    homes = ledger({**at(0.5), "beds": 3}, {**at(1.5), "beds": 1}, kind="elder_home")
    plan = plan_of(measure, unit="", direction="down", target={"year": 2025, "value": 0.3})
    one = whole(plan, Inputs(facilities=homes, units=side_by_side(2), values=values))
    assert (one.value, one.status, one.reason) == (0.25, "to_verify", "other_base")


def _with_areas(count: int) -> Layer:
    """Townships, and one unit without an official code over the first two of them."""
    units = side_by_side(count)
    area = units.frame.iloc[[1]].assign(
        unit_code="A区", name="东片", level="basic", geometry=[shapely.union_all(units.frame.geometry.iloc[1:3])]
    )
    return dataclasses.replace(units, frame=pd.concat([units.frame, area], ignore_index=True))


def test_units_of_ones_own_do_not_take_the_people_from_the_townships() -> None:
    """基本管理单元 lie across the code table: the county is still the sum of what was entered for its townships."""
    values = entered(*((township(n), "60岁及以上户籍人口", 2025, 1000) for n in (1, 2, 3)))
    homes = ledger({**at(0.5), "beds": 105}, kind="elder_home")
    for units in (side_by_side(3), _with_areas(3)):
        one = whole("chongming", Inputs(facilities=homes, units=units, values=values), "5")
        assert (one.value, one.denominator, one.basis, one.status) == (3.5, 3000, "ledger;户籍 2025", "met")


def test_units_of_ones_own_count_the_people_who_live_in_them() -> None:
    homes = rows("demand", [{**at(x), "pop": 200, "pop60": 100} for x in (0.5, 1.5, 2.5)])
    measure = {"type": "unit_coverage", "units": {"level": "basic", "least_people": 300},
               "facilities": {"kinds": ["clinic"]}}  # fmt: skip
    inputs = Inputs(facilities=ledger({**at(1.5)}, kind="clinic"), units=_with_areas(3), demand=homes)
    one = whole(plan_of(measure), inputs)
    assert (one.value, one.numerator, one.denominator) == (100, 1, 1)


def test_without_a_layer_of_people_the_roads_are_not_to_blame() -> None:
    one = whole("chongming", Inputs(facilities=ledger({}, kind="elder_home"), units=side_by_side(1)), "1")
    assert (one.status, one.reason) == ("no_data", "no_demand")


def test_every_reason_and_basis_has_a_word() -> None:
    """A reason that the program gives is never shown as a code."""
    card = score(load_plan("chenzhou"), Inputs(facilities=rows("facilities", [{"kind": "clinic", **at(0.5)}])),
                 dt.date(2025, 12, 31))  # fmt: skip
    for one in card.scores:
        for lang in ("zh", "en"):
            assert not one.reason or reason_words(one.reason, lang) != one.reason
            assert not one.basis or basis_words(one.basis, lang) != one.basis


def test_a_target_of_another_year_than_the_plans_end_names_its_year() -> None:
    """萧山 row 50 is due in 2022, and the heading of the table says 2025."""
    card = scored("xiaoshan", Inputs())
    whole_of = {one.indicator_id: one for one in card.of_whole()}
    assert target_words(whole_of["50"], card.plan) == "100% (2022)"
    assert target_words(whole_of["64"], card.plan) == ">50%"
    page = scorecard_html(card)
    assert "100% (2022)" in page
    book = openpyxl.load_workbook(io.BytesIO(supervision_xlsx(card)))
    formats = {str(row[0].value): row[6].number_format for row in book.worksheets[0].iter_rows()}
    assert "(2022)" in formats["50"]
    assert "(" not in formats["64"]


def test_few_residents_of_a_home_are_not_made_public() -> None:
    """Occupancy of a township with seven residents tells of seven people."""
    measure = {"type": "ratio", "numerator": {"facilities": {"kinds": ["elder_home"]}, "column": "residents"},
               "denominator": {"facilities": {"kinds": ["elder_home"]}, "column": "beds"}}  # fmt: skip
    homes = ledger(*({**at(x), "beds": 50, "residents": n} for x, n in ((0.5, 7), (1.5, 30), (2.5, 40))),
                   kind="elder_home")  # fmt: skip
    card = scored(plan_of(measure), Inputs(facilities=homes, units=side_by_side(3)))
    shown = public_scorecard(dataclasses.replace(card, level="公开"))
    assert [one.numerator for one in shown.scores] == [77, None, None, 40]


def test_what_is_missing_is_never_said_in_a_code() -> None:
    for missing in (Missing(9, "units"), Missing(1, ""), Missing(3, "beds")):
        assert not re.search("[a-z_]|[((]", missing_words(missing))


def test_a_unit_that_is_served_by_a_name_that_nobody_knows_is_told() -> None:
    """The outlet serves the second township by its right name and a third by a wrong one; nothing is silent."""
    outlets = ledger({"unit_code": township(1), "serves": "第2镇,第9镇"}, {"unit_code": township(3)})
    card = scored("chongming", Inputs(facilities=outlets, units=side_by_side(3)))
    (told,) = (one for one in card.findings if one.code == "plan_serves_unknown")
    assert told.facts["count"] == 1
    assert next(one for one in card.of("37") if one.whole).others[0].numerator == 2


@pytest.mark.parametrize("mark", ["\uff0c", "\uff1b", "\u3001", ",", ";", "/", "|"])
def test_units_that_are_served_may_stand_between_marks_of_either_width(mark: str) -> None:
    outlets = ledger({"unit_code": township(1), "serves": f"第1镇{mark}第2镇"})
    one = whole("chongming", Inputs(facilities=outlets, units=side_by_side(2)), "37")
    assert one.others[0].numerator == 2


def test_kinds_and_minutes_may_stand_between_chinese_commas() -> None:
    assert parts_of("clinic\uff0cday_care、elder_home, ") == ["clinic", "day_care", "elder_home"]
    assert minutes_of("5\uff0c10\uff0c15") == (5.0, 10.0, 15.0)


@pytest.mark.parametrize(("day", "told"), [(dt.date(2022, 12, 31), 1), (dt.date(2025, 12, 31), 0)])
def test_homes_closed_since_are_told_when_a_year_past_is_looked_at(day: dt.date, told: int) -> None:
    """The status of the ledger is today's: on an earlier day a closed home does not count, and that is said."""
    homes = ledger({"status": "closed", "open_date": "2020-01-01", "close_date": "2024-06-30", "beds": 50},
                   {"open_date": "2020-01-01", "beds": 30}, kind="elder_home")  # fmt: skip
    card = scored(plan_of(BEDS, unit="张"), Inputs(facilities=homes), day)
    assert card.of_whole()[0].value == 30
    assert [one.facts["count"] for one in card.findings if one.code == "plan_closed_since"] == [1] * told
