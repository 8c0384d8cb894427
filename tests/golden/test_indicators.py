"""The worked examples of docs/indicators.md and of the plans themselves: each number by hand."""

import datetime as dt
from types import SimpleNamespace

import pandas as pd
import pytest

from coverage.plans.inputs import Inputs
from coverage.plans.model import Indicator
from coverage.plans.pace import due, final, holds
from coverage.plans.read import load_plan
from coverage.plans.scorecard import Missing
from coverage.plans.territory import territory_of
from coverage.request import Parameters
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

END = {year: dt.date(year, 12, 31) for year in range(2019, 2031)}
RENTAL = {"kinds": ["rehab_rental"]}
TOWNSHIPS = {"level": "township"}


def _named(plan: str, key: str) -> Indicator:
    return next(one for name, _, one in load_plan(plan).indicators() if name == key)


def test_t1_row_37_thirteen_of_eighteen_townships_are_72_percent_and_five_are_missing() -> None:
    """Units may be codes only: the ledger's own code says where an outlet stands."""
    units = codes_only(18)
    outlets = ledger(*({"unit_code": township(n), "name": f"点{n}"} for n in range(1, 14)))
    one = whole("chongming", Inputs(facilities=outlets, units=units), "37")
    assert (one.numerator, one.denominator) == (13, 18)
    assert round(one.value or 0) == 72
    assert one.baseline == 72
    assert one.status == "missed"  # 约束性, at the end of the target year
    assert one.failing == tuple(township(n) for n in range(14, 19))
    assert one.missing == tuple(Missing(1, "facilities", ("rehab_rental",), code) for code in one.failing)
    assert (one.basis, one.others[0].basis) == ("located_in", "serves")


def test_t1_who_serves_a_township_is_shown_beside_who_stands_in_it() -> None:
    """A.7, trap 5: one outlet in the first township serves the first two; the second is where the two differ."""
    outlet = ledger({"unit_code": township(1), "serves": "第1镇、第2镇"})
    one = whole("chongming", Inputs(facilities=outlet, units=side_by_side(4)), "37")
    (other,) = one.others
    assert (one.value, other.value, other.differs) == (25.0, 50.0, (township(2),))


def test_t1_eighty_percent_of_eleven_counties_are_nine() -> None:
    """A.7, trap 11: 8 of 11 are 72.7 %, and one more is needed; 9 of 11 are 81.8 %."""
    prefecture = {"unit_code": "9900", "name": "望湖市", "level": "prefecture", "parent_code": ""}
    counties = [{"unit_code": f"9901{n:02d}", "name": f"县{n}", "level": "county", "parent_code": "9900"}
                for n in range(11)]  # fmt: skip
    measure = {"type": "unit_coverage", "units": {"level": "county"}, "value": "精神障碍社区康复服务数"}
    plan = plan_of(measure, operator=">=", target={"year": 2025, "value": 80}).model_copy(
        update={"level": "prefecture"}
    )
    for count, status, missing in ((8, "behind", (Missing(1, ""),)), (9, "met", ())):
        values = entered(*((f"9901{n:02d}", "精神障碍社区康复服务数", 2025, int(n < count)) for n in range(11)))
        inputs = Inputs(units=rows("units", [prefecture, *counties]), values=values)
        own, chenzhou = whole(plan, inputs), whole("chenzhou", inputs, "39b")
        assert (own.numerator, own.denominator, own.status, own.missing) == (count, 11, status, missing)
        assert (chenzhou.value, chenzhou.missing) == (own.value, missing)


def test_t2_many_rooms_in_total_do_not_prove_that_each_village_has_one() -> None:
    """A.7, trap 8: 439 rooms in two of three villages; the total is 439 and the third village has none."""
    rooms = ledger(
        *({"unit_code": township(1 + n % 2), "standardised": "是"} for n in range(439)), kind="activity_room"
    )
    inputs = Inputs(facilities=rooms, units=codes_only(3, "village"))
    each, total = whole("chongming", inputs, "14a"), whole("chongming", inputs, "14b")
    assert total.value == 439
    assert (each.value, each.numerator, each.denominator, each.status) == (0, 2, 3, "behind")
    assert each.failing == (township(3),)
    assert "total_proves_nothing" in {flag.code for flag in each.flags}


def test_t2_a_unit_is_judged_by_its_own_number() -> None:
    homes = ledger(
        {"unit_code": township(1), "standardised": "是"}, {"unit_code": township(2), "standardised": "否"},
        {"unit_code": township(2), "standardised": ""}, kind="elder_home",
    )  # fmt: skip
    card = scored("chongming", Inputs(facilities=homes, units=codes_only(2)))
    first, second = card.of("4")[1:]
    assert (first.status, first.value) == ("met", 1)
    assert (second.status, second.value) == ("behind", 0)
    assert second.missing == (Missing(1, "facilities", ("elder_home",), township(2)),)


def test_t3_beds_against_the_pace_line() -> None:
    """8 439 to 10 105 in five years: 9 438.6 are due at the end of 2023; 9 000 are behind and 1 105 short."""
    homes = ledger({"beds": 5000}, {"beds": 4000}, {"beds": 700, "status": "planned"}, kind="elder_home")
    measure = {"type": "count", "amount": {"facilities": {"kinds": ["elder_home"]}, "column": "beds"}}
    plan = plan_of(measure, unit="张", operator=">=", baseline={"year": 2020, "value": 8439},
                   target={"year": 2025, "value": 10105})  # fmt: skip
    one = whole(plan, Inputs(facilities=homes), day=END[2023])
    assert (one.value, one.status, one.missing) == (9000, "behind", (Missing(1105, "beds", ("elder_home",)),))
    assert one.pace == pytest.approx(9438.6)
    assert whole(plan, Inputs(facilities=homes), day=END[2021]).status == "on_pace"


def test_t4_beds_per_1000_elders_on_another_base_are_to_be_verified() -> None:
    """Row 23: 32 800 beds for 82.8万 are 39.6 ‰; the printed 41.17 ‰ imply 796 700 elders, another base."""
    homes = ledger({"beds": 32800}, kind="elder_home")
    people = entered((COUNTY, "60岁及以上常住人口(万人)", 2020, 82.8))
    inputs = Inputs(facilities=homes, units=codes_only(2), values=people)
    measure = {
        "type": "ratio", "numerator": {"facilities": {"kinds": ["elder_home"]}, "column": "beds"},
        "denominator": {"people": "pop60", "base": "户籍"}, "per": 1000,
    }  # fmt: skip
    one = whole(plan_of(measure, unit="‰", operator=">=", target={"year": 2025, "value": 40}), inputs)
    assert one.value == pytest.approx(39.6135, abs=1e-4)
    assert pytest.approx(796_696, abs=1) == 32800 / 41.17 * 1000
    assert (one.status, one.reason, one.basis) == ("to_verify", "other_base", "ledger;常住 2020")
    row = next(row for row in load_plan("chenzhou").requirements if row.id == 23)
    assert "two_bases" in {flag.code for flag in row.flags}


def test_t4_shortfall_in_beds() -> None:
    """3.5 % of 10 000 elders are 350 beds; 240 are there, 110 are missing."""
    people = entered((COUNTY, "60岁及以上户籍人口", 2025, 10000))
    homes = ledger({"beds": 240, "nursing_beds": 60}, kind="elder_home")
    one = whole("chongming", Inputs(facilities=homes, units=codes_only(2), values=people), "5")
    assert (one.value, one.status) == (pytest.approx(2.4), "behind")
    assert one.missing[0].amount == 110
    assert one.basis == "ledger;户籍 2025"


def test_t4_small_graves_are_burials_over_burials_and_not_sites() -> None:
    """Row 53: 410 of 1 000 burials are 41 %, however many cemeteries there are."""
    values = entered((COUNTY, "小型墓安葬量", 2025, 410), (COUNTY, "总安葬量", 2025, 1000))
    for sites in (1, 5):
        cemeteries = ledger(*({"name": f"{n}"} for n in range(sites)), kind="cemetery")
        one = whole("chongming", Inputs(facilities=cemeteries, units=codes_only(2), values=values), "53")
        assert (one.value, one.numerator, one.denominator, one.status) == (41, 410, 1000, "behind")


def test_t5_people_within_time_by_each_way_to_travel() -> None:
    """60 of 100 people aged 60 and over in 15 minutes at 75+, 90 by e-bike; never called missed."""
    people = rows("demand", [{**at(0.5), "pop60": 60}, {**at(0.6), "pop60": 30}, {**at(1.5), "pop60": 10}])
    near = {"elder75": ["covered", "beyond", "beyond"], "elder": ["covered", "no_road", "beyond"],
            "ebike": ["covered", "covered", "beyond"]}  # fmt: skip

    def coverage(parameters: Parameters, _patches: object) -> SimpleNamespace:
        assert parameters.minutes[-1] == 15
        source = SimpleNamespace(file="roads", sha256="", level="内部", synthetic=False, credit="")
        origin = SimpleNamespace(kind="roads", source=source, quality=SimpleNamespace(rows_read=1))
        return SimpleNamespace(
            demand=pd.DataFrame({"status": near[parameters.profile]}),
            request=SimpleNamespace(network=SimpleNamespace(source=origin)),
        )

    measure = {"type": "within_time", "facilities": RENTAL, "minutes": 15, "units": TOWNSHIPS}
    plan = plan_of(measure, assumed=["mode", "age"], binding="约束性", target={"year": 2025, "value": 80})
    inputs = Inputs(facilities=ledger({}), units=side_by_side(3), demand=people, coverage=coverage)
    card = scored(plan, inputs)
    one, first, second, third = card.of("1")
    assert (one.value, one.basis, one.status, one.reason) == (60, "within_time:elder75", "to_verify", "assumed")
    assert [(other.basis, other.value) for other in one.others] == [
        ("within_time:elder", 60),
        ("within_time:ebike", 90),
    ]
    assert (first.numerator, first.denominator) == (60, 90)
    assert (second.value, second.status) == (0, "to_verify")
    assert (third.value, third.status, third.reason) == (None, "not_applicable", "no_people")  # T24


def test_t7_share_of_facilities_and_of_their_beds() -> None:
    """Two of four homes are of 3A or more: 50 %; they have 90 of 100 beds: 90 %."""
    homes = ledger({"grade": "AAA", "beds": 60}, {"grade": "5A级", "beds": 30}, {"grade": "2A", "beds": 5},
                   {"grade": "", "beds": 5}, kind="elder_home")  # fmt: skip
    measure = {"type": "share", "facilities": {"kinds": ["elder_home"]}, "having": {"grades": ["3A"]}}
    target = {"year": 2025, "value": 85}
    assert whole(plan_of(measure, target=target), Inputs(facilities=homes)).value == 50
    by_beds = whole(plan_of({**measure, "column": "beds"}, target=target), Inputs(facilities=homes))
    assert (by_beds.value, by_beds.status) == (90, "met")


def test_t12_what_was_entered_is_tracked_and_a_year_behind_will_do_until_the_year_is_over() -> None:
    values = entered((COUNTY, "最低生活保障标准", 2023, 13300), (township(1), "最低生活保障标准", 2023, 13300))
    inputs = Inputs(units=codes_only(2), values=values)
    plan = load_plan("xiaoshan")
    mid = scored(plan, inputs, dt.date(2024, 6, 30)).of("86")[0]
    assert (mid.value, mid.basis, mid.status) == (13300, "entered;2023", "behind")  # > 13 500 is printed for 2024
    late = scored(plan, inputs, END[2024]).of("86")[0]
    assert (late.status, late.reason) == ("to_verify", "other_year")
    exact = scored(plan, inputs, END[2023]).of("86")
    assert exact[0].status == "on_pace"  # > 13 200
    assert [one.unit_code for one in exact] == [COUNTY, township(1), township(2)]
    assert (exact[2].status, exact[2].reason) == ("no_data", "no_value")


def test_a_plateau_in_a_path_is_legal() -> None:
    """Row 63: 80/85/85/90/95; standing at 85 is on pace for two years and behind in the third."""
    one = _named("xiaoshan", "63a")
    assert [due(one, year).value for year in range(2021, 2026)] == [80, 85, 85, 90, 95]
    centres = ledger(
        *({"实体化运营": "是" if n < 17 else "否"} for n in range(20)), kind="镇街社会组织服务中心"
    )  # 17 of 20: 85 %
    said = [whole("xiaoshan", Inputs(facilities=centres), "63a", END[year]).status for year in (2022, 2023, 2024, 2025)]
    assert said == ["on_pace", "on_pace", "behind", "behind"]


@pytest.mark.parametrize(
    ("year", "poor", "status"),
    [(2023, 162, "behind"), (2023, 161, "on_pace"), (2023, 159, "met"), (2025, 159, "met"), (2025, 160, "behind"),
     (2025, 100, "met")],
)  # fmt: skip
def test_a_falling_target_is_judged_the_right_way_round(year: int, poor: int, status: str) -> None:
    """Row 97: 1.64 → 1.59 % of the registered; 1.61 is due at the end of 2023, and less is better."""
    values = entered((COUNTY, "低保人数", year, poor), (COUNTY, "户籍人口", year, 10000))
    one = whole("chongming", Inputs(units=codes_only(2), values=values), "97", END[year])
    assert one.value == pytest.approx(poor / 100)
    assert one.status == status


def test_a_path_with_a_dash_is_drawn_between_its_neighbours_and_nothing_is_due_before_it() -> None:
    """Row 31: -/1/2/3/4; and a dash in the middle of 10/-/14 asks for 12."""
    smart = _named("xiaoshan", "31b")
    assert (due(smart, 2021).value, due(smart, 2022).value) == (None, 1)
    dash = smart.model_copy(update={"path": tuple(
        point.model_copy(update={"value": value})
        for point, value in zip(smart.path, (10, None, 14, None, None), strict=True))})  # fmt: skip
    assert due(dash, 2022).value == 12
    homes = ledger({"智慧养老院": "是"}, kind="elder_home")
    early = whole("xiaoshan", Inputs(facilities=homes), "31b", END[2021])
    assert (early.status, early.reason) == ("to_verify", "no_pace")


@pytest.mark.parametrize(
    ("operator", "below", "same", "above"),
    [(">=", False, True, True), (">", False, False, True), ("<=", True, True, False), ("<", True, False, False),
     ("=", False, True, True), ("", False, True, True)],
)  # fmt: skip
def test_operators(operator: str, below: bool, same: bool, above: bool) -> None:
    """A.7, trap 3. A number that is to be reached, with = or without a sign, may be passed."""
    assert [holds(value, operator, 50) for value in (49.9, 50, 50.1)] == [below, same, above]


def test_a_share_that_is_100_percent_is_not_missed_by_a_last_bit() -> None:
    assert holds(100 * (1 / 3 + 1 / 3 + 1 / 3), ">=", 100)
    assert holds(0.1 + 0.2, "<=", 0.3)


def test_the_operator_of_a_year_is_the_one_printed_there() -> None:
    """Row 86: 13224, >11000, >13200, >13500, >14000 as printed."""
    one = _named("xiaoshan", "86")
    assert [due(one, year).operator for year in (2021, 2022, 2025)] == ["=", ">", ">"]
    assert final(one).value == 14000


def test_a_printed_number_of_the_year_binds_and_one_on_the_line_does_not() -> None:
    measure = {"type": "count", "amount": {"facilities": RENTAL}}
    said = {"baseline": {"year": 2020, "value": 0}, "target": {"year": 2025, "value": 10}, "binding": "约束性"}
    inputs = Inputs(facilities=ledger({}))
    assert whole(plan_of(measure, **said), inputs, day=END[2022]).status == "behind"
    printed = plan_of(measure, **said, path=[{"year": 2022, "value": 4}])
    assert whole(printed, inputs, day=END[2022]).status == "missed"
    anticipated = plan_of(measure, **{**said, "binding": "预期性"}, path=[{"year": 2022, "value": 4}])
    assert whole(anticipated, inputs, day=END[2022]).status == "behind"
    assert whole(anticipated, inputs, day=END[2025]).status == "behind"
    assert whole(plan_of(measure, **said), inputs, day=END[2027]).status == "missed"


def test_what_rests_on_an_assumption_is_never_missed_or_behind() -> None:
    measure = {"type": "count", "amount": {"facilities": RENTAL}}
    for count, status in ((1, "to_verify"), (10, "met")):
        plan = plan_of(measure, binding="约束性", target={"year": 2025, "value": 10}, assumed=["year"])
        assert whole(plan, Inputs(facilities=ledger(*({"name": f"{n}"} for n in range(count))))).status == status


def test_a_kind_that_the_ledger_does_not_know_is_no_data_and_not_zero() -> None:
    measure = {"type": "count", "amount": {"facilities": RENTAL}}
    plan = plan_of(measure, target={"year": 2025, "value": 10})
    none = whole(plan, Inputs(facilities=ledger({}, kind="clinic")))
    assert (none.status, none.reason, none.value) == ("no_data", "kind_not_in_ledger", None)
    closed = whole(plan, Inputs(facilities=ledger({"status": "closed"})))
    assert (closed.value, closed.status) == (0, "behind")
    nothing = whole(plan, Inputs())
    assert (nothing.status, nothing.reason) == ("no_data", "no_ledger")


def test_what_was_entered_for_an_indicator_fills_a_gap_and_stands_beside_what_was_computed() -> None:
    values = entered((COUNTY, "chongming:37", 2025, 72.2), (COUNTY, "chongming:12a", 2025, 33))
    outlets = ledger(*({"unit_code": township(n)} for n in range(1, 14)))
    card = scored("chongming", Inputs(facilities=outlets, units=codes_only(18), values=values))
    filled = card.of("12a")[0]
    assert (filled.value, filled.basis, filled.status) == (33, "entered;2025", "met")
    assert "entered" not in {other.basis for other in card.of("37")[0].others}  # 72.2 is 13 of 18, rounded
    values = entered((COUNTY, "chongming:37", 2025, 75))
    differs = whole("chongming", Inputs(facilities=outlets, units=codes_only(18), values=values), "37")
    assert (round(differs.value or 0, 1), differs.others[-1].basis, differs.others[-1].value) == (72.2, "entered", 75)


def test_t23_facilities_of_the_townships_add_up_and_one_on_a_border_counts_once() -> None:
    """The second stands on the border of the first two townships; the third in none but names the county."""
    places = ledger(at(0.5), at(1.0), {**at(0.5, 3), "unit_code": township(2)}, at(2.5), {**at(3.5)}, {**at(9, 9)})
    inputs = Inputs(facilities=places, units=side_by_side(3, beyond=1), place=COUNTY, level="township")
    card = scored(
        plan_of({"type": "count", "amount": {"facilities": RENTAL}}, target={"year": 2025, "value": 9}), inputs
    )
    one, *units = card.of("1")
    assert {unit.unit_code: unit.numerator for unit in units} == {"": 1, township(1): 2, township(2): 0, township(3): 1}
    assert one.numerator == sum(unit.numerator for unit in units) == 4
    assert {unit.reason for unit in units} == {"whole_only"}
    assert [told.facts["count"] for told in card.findings if told.code == "plan_facilities_outside"] == [2]


def test_units_without_an_official_code_are_counted_like_others() -> None:
    """A.7, trap 7: 金华开发区 reports and has no code of GB/T 2260."""
    units = rows("units", [
        {"unit_code": "990100", "name": "望湖县", "level": "county", "parent_code": "9900"},
        {"unit_code": "开发区", "name": "望湖开发区", "level": "county", "parent_code": "9900"},
        {"unit_code": "9900", "name": "望湖市", "level": "prefecture", "parent_code": ""},
    ])  # fmt: skip
    measure = {"type": "unit_coverage", "units": {"level": "county"}, "facilities": RENTAL}
    plan = plan_of(measure, target={"year": 2025, "value": 100}).model_copy(update={"level": "prefecture"})
    one = whole(plan, Inputs(facilities=ledger({"unit_code": "开发区"}), units=units))
    assert (one.numerator, one.denominator, one.failing) == (1, 2, ("990100",))


def test_levels_urban_units_and_names_choose_the_units() -> None:
    units = rows("units", [
        {"unit_code": COUNTY, "name": "望湖县", "level": "县", "parent_code": ""},
        {"unit_code": township(1), "name": "一街道", "level": "街道", "parent_code": COUNTY, "urban": "111"},
        {"unit_code": township(2), "name": "二镇", "level": "镇", "parent_code": COUNTY, "urban": "220"},
    ])  # fmt: skip
    inputs = Inputs(facilities=ledger({"unit_code": township(1)}), units=units)
    target = {"year": 2025, "value": 100}
    for chosen, count in (({}, 2), ({"urban": True}, 1), ({"urban": False}, 1), ({"types": ["街道"]}, 1)):
        measure = {"type": "unit_coverage", "units": {**TOWNSHIPS, **chosen}, "facilities": RENTAL}
        assert whole(plan_of(measure, target=target), inputs).denominator == count
    none = whole(plan_of({**measure, "units": {"level": "basic"}}, target=target), inputs)
    assert (none.status, none.reason) == ("not_applicable", "no_such_level")


def test_a_year_is_a_what_if_by_opening_and_closing_dates() -> None:
    """Open 2021, closed in the middle of 2026, planned for 2027."""
    outlets = ledger(
        {"open_date": "2021-05-01"}, {"open_date": "2020-01-01", "close_date": "2026-06-30"},
        {"status": "规划", "open_date": "2027-03-01"}, {"status": "规划"},
    )  # fmt: skip
    plan = plan_of({"type": "count", "amount": {"facilities": RENTAL}}, target={"year": 2025, "value": 2})
    inputs = Inputs(facilities=outlets)
    assert [whole(plan, inputs, day=END[year]).value for year in (2020, 2021, 2026, 2027)] == [1, 2, 1, 1]
    assert whole(plan, inputs, day=END[2027], include_planned=True).value == 2
    card = scored(plan, inputs, END[2027], include_planned=True)
    assert [told.facts["count"] for told in card.findings if told.code == "plan_planned_undated"] == [1]


def test_new_facilities_are_those_opened_from_a_year_on() -> None:
    outlets = ledger({"open_date": "2020-12-31"}, {"open_date": "2021-01-01"}, {"open_date": "2023-01-01"})
    plan = plan_of({"type": "count", "amount": {"facilities": {**RENTAL, "opened_from": 2021}}},
                   target={"year": 2025, "value": 2})  # fmt: skip
    assert whole(plan, Inputs(facilities=outlets)).value == 2


def test_a_grade_that_is_higher_counts_and_grades_of_another_order_are_no_data() -> None:
    measure = {"type": "count", "amount": {"facilities": {"kinds": ["children_home"], "grades": ["示范"]}}}
    plan = plan_of(measure, target={"year": 2025, "value": 2})
    homes = ledger({"grade": "基础型"}, {"grade": "示范型"}, {"grade": "省级示范"}, kind="children_home")
    assert whole(plan, Inputs(facilities=homes)).value == 2
    stars = whole(plan, Inputs(facilities=ledger({"grade": "三级"}, kind="children_home")))
    assert (stars.status, stars.reason) == ("no_data", "no_column")


def test_a_township_row_of_a_promise_to_each_village_tells_its_villages() -> None:
    villages = [
        {"unit_code": f"{township(1 + n // 2)}00{n % 2 + 1}", "name": f"村{n}", "level": "village",
         "parent_code": township(1 + n // 2)} for n in range(4)
    ]  # fmt: skip
    towns = [{"unit_code": township(n), "name": f"镇{n}", "level": "township", "parent_code": COUNTY} for n in (1, 2)]
    county = {"unit_code": COUNTY, "name": "望湖县", "level": "county", "parent_code": ""}
    units = rows("units", [county, *towns, *villages])
    measure = {"type": "unit_coverage", "units": {"level": "village"}, "facilities": RENTAL}
    inputs = Inputs(facilities=ledger({"unit_code": f"{township(1)}002"}), units=units)
    card = scored(plan_of(measure, target={"year": 2025, "value": 100}), inputs)
    found = {one.unit_code: (one.numerator, one.denominator) for one in card.of("1") if not one.whole}
    assert (found[township(1)], found[township(2)]) == ((1, 2), (0, 2))
    assert len(found) == 6


def test_a_plan_of_a_larger_place_says_that_its_numbers_cannot_be_compared() -> None:
    plan = plan_of({"type": "count", "amount": {"facilities": RENTAL}}, target={"year": 2025, "value": 1})
    plan = plan.model_copy(update={"level": "prefecture"})
    card = scored(plan, Inputs(facilities=ledger({}), units=codes_only(2)))
    assert (card.of("1")[0].status, card.of("1")[0].reason) == ("to_verify", "part_of_place")
    assert "plan_part_of_place" in {told.code for told in card.findings}


def test_what_was_entered_for_the_whole_is_held_against_the_sum_of_its_units() -> None:
    """410 for the county; 200 and 200 for its townships are another number, 200 and 210 the same."""
    plan = plan_of({"type": "count", "amount": {"value": "安葬量"}}, unit="例", target={"year": 2025, "value": 400})
    for second, status in ((200, "to_verify"), (210, "met")):
        values = entered((COUNTY, "安葬量", 2025, 410), (township(1), "安葬量", 2025, 200),
                         (township(2), "安葬量", 2025, second))  # fmt: skip
        one = whole(plan, Inputs(units=codes_only(2), values=values))
        assert (one.value, one.status, one.reason) == (410, status, "" if status == "met" else "sum_differs")
        assert one.basis == "entered;2025"
    some = entered((township(1), "安葬量", 2025, 500))
    one = whole(plan, Inputs(units=codes_only(2), values=some))
    assert (one.value, one.status, one.reason) == (500, "to_verify", "partial")


def test_the_unit_of_the_whole_need_not_be_in_the_table_of_units() -> None:
    """A county's list of townships, and one of the neighbour's; levels in the bureau's own words."""
    codes = ("990100100", "990100200", "990200100")
    units = rows("units", [{"unit_code": code, "name": f"镇{code}", "level": "乡镇"} for code in codes])
    measure = {"type": "unit_coverage", "units": TOWNSHIPS, "facilities": RENTAL}
    plan = plan_of(measure, target={"year": 2025, "value": 100})
    outlets = ledger({"unit_code": "990100100001"}, {"unit_code": "990200100"})
    inputs = Inputs(facilities=outlets, units=units, place=COUNTY, level="乡镇")
    one = whole(plan, inputs)
    assert (one.numerator, one.denominator, one.failing) == (1, 2, ("990100200",))
    count = plan_of({"type": "count", "amount": {"facilities": RENTAL}}, target={"year": 2025, "value": 2})
    assert whole(count, inputs).value == 1


def test_a_promised_share_that_is_reached_asks_nothing_of_the_others() -> None:
    measure = {"type": "unit_coverage", "units": TOWNSHIPS, "facilities": RENTAL}
    inputs = Inputs(facilities=ledger({"unit_code": township(1)}), units=codes_only(2))
    card = scored(plan_of(measure, target={"year": 2025, "value": 50}), inputs)
    said = [(one.status, one.reason) for one in card.of("1")]
    assert said == [("met", ""), ("met", ""), ("not_applicable", "not_required")]
    untold = scored(plan_of(measure), inputs)
    assert [(one.status, one.reason) for one in untold.of("1")][2] == ("not_applicable", "no_target")


def test_a_missing_township_does_not_hide_the_county() -> None:
    """A village whose township was refused still lies in the county, by its code: numbers for the whole are found."""
    told = [
        (COUNTY, "望湖县", "county", ""),
        (township(1), "第1镇", "township", COUNTY),
        ("990100077001", "孤村", "village", "990100077"),
    ]
    columns = ("unit_code", "name", "level", "parent_code")
    table = rows("units", [dict(zip(columns, one, strict=True)) for one in told])
    found = territory_of(table, "", END[2025])
    assert found.place == COUNTY
    assert found.chain("990100077001") == ("990100077001", COUNTY)
    assert found.scope == {COUNTY, township(1), "990100077001"}
