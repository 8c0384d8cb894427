"""The five plan files: every requirement is there, says what it means in known words, and keeps what is printed.

The figures themselves are held by a table of its own, tests/golden/test_plan_figures.py.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from coverage.plans.measure import Filter
from coverage.plans.model import Assumed, Flag, Indicator, Plan, Requirement
from coverage.plans.read import load_plan, plan_ids
from coverage.profiles import profile_names
from geo.errors import DataError
from layers.schema import facility_kinds
from layers.schemas import DEMAND, FACILITIES

PLANS = {name: load_plan(name) for name in plan_ids()}
FIVE = ("changxing", "chenzhou", "chongming", "jinhua", "xiaoshan")
ROWS = [(plan, row) for plan in PLANS.values() for row in plan.requirements]
NUMBERS = [(plan, row, one) for plan, row in ROWS for one in row.indicators]
#: The plans' own words for kinds of facilities that have no code.
_OWN_KINDS = """
    爱心驿站 长者照护之家 慈善基地 慈善超市 村居代办点 大型骨灰存放室 儿童福利院 福利彩票销售网点
    公益性骨灰安葬设施 公益性骨灰堂 公益性埋葬地 关爱特殊儿童工作站 互助养老点 护理站 集中照护机构 集中治丧场所
    集中治丧点 经常性捐助点 经营性陵园 精神卫生福利机构 救助服务点 居民会客厅 康养联合体 邻里照护点 留守儿童之家
    农村公益性公墓 农村区域型居家养老服务中心 农村五保供养服务中心 农村幸福院 区域性儿童福利机构 区域养老服务中心
    认知障碍友好社区 社区卫生服务中心 社区早餐店 社区长者食堂 社区综合为老服务中心 社区社会工作室 失能照护服务机构
    示范睦邻点 市第五社会福利院 未成年人保护机构 新型养老综合体 幸福邻里中心 养老服务综合体 移风易俗馆
    镇街社会组织服务中心 智慧救助服务联合体 智慧养老社区 助联体
"""
OWN_KINDS = frozenset(_OWN_KINDS.split())
#: Columns that say yes and that no schema has: a bureau adds them to its ledger.
OWN_FLAGS = {"康复室", "智慧养老院", "实体化运营", "年检合格", "改造完成", "无障碍改造完成"}
#: Which measures can answer for which formula.
MEASURES = {
    "T1": {"unit_coverage", "tiers"}, "T2": {"at_least"}, "T3": {"count"}, "T4": {"ratio"},
    "T5": {"within_time", "delivery"}, "T6": {"co_located"}, "T7": {"share", "compliance", "ratio"},
    "T8": {"site_rules"}, "T9": {"supply_demand"}, "T10": {"equity"}, "T11": {"boundary"}, "T12": {"entered"},
}  # fmt: skip
#: Numbers of a quote that are no figure of the promise: names, sizes in a name, the upper end of “1-2”.
BESIDE_THE_PROMISE = {
    ("chenzhou", 48): {2}, ("chenzhou", 49): {5}, ("chenzhou", 55): {2}, ("chenzhou", 113): {60},
    ("chongming", 53): {0.6}, ("jinhua", 70): {3}, ("xiaoshan", 63): {3}, ("xiaoshan", 70): {5},
    ("xiaoshan", 75): {1, 3},
}  # fmt: skip
#: Targets that stand in the plan's table and not in the words quoted.
IN_THE_TABLE = {("xiaoshan", "31b"), ("chongming", "46")}


def name_of(row: tuple[Plan, Requirement] | tuple[Plan, Requirement, Indicator]) -> str:
    return f"{row[0].id}-{row[1].id}{row[2].part if len(row) == 3 else ''}"


def inside(said: object) -> Iterator[object]:
    """Everything in a part of a plan file, however deep."""
    yield said
    if isinstance(said, tuple):
        for one in said:
            yield from inside(one)
    elif isinstance(said, dict):
        for one in said.values():
            yield from inside(one)
    elif hasattr(said, "__pydantic_fields__"):
        for field in type(said).model_fields:  # type: ignore[attr-defined]
            yield from inside(getattr(said, field))


def printed(text: str) -> set[float]:
    """Numbers of a text, years left out; 3.28万 is 32800."""
    found = re.findall(r"(\d+(?:\.\d+)?)(万?)(?!\d*年)", text)
    numbers = {round(float(number) * (10_000 if wan else 1), 6) for number, wan in found}
    return {number for number in numbers if not 2015 <= number <= 2035 or number % 1}


def codes(plan: str, row: int) -> set[str]:
    return {flag.code for one in PLANS[plan].requirements if one.id == row for flag in one.flags}


def one_of(plan: str, id_: str) -> Indicator:
    return next(one for name, _, one in PLANS[plan].indicators() if name == id_)


# ---------------------------------------------------------------------- all are there
def test_the_five_plans_hold_the_115_requirements() -> None:
    assert set(FIVE) <= set(plan_ids())
    together = {row.id for plan in FIVE for row in PLANS[plan].requirements}
    assert together == set(range(1, 117)) - {96}


def test_a_row_quoted_from_two_plans_stands_once_in_each() -> None:
    where = {row: {plan for plan in FIVE for one in PLANS[plan].requirements if one.id == row} for row in range(1, 117)}
    assert {row: plans for row, plans in where.items() if len(plans) > 1} == {
        19: {"chongming", "xiaoshan"}, 26: {"jinhua", "xiaoshan"}, 32: {"chenzhou", "chongming"},
        33: {"chenzhou", "chongming", "xiaoshan"}, 35: {"chongming", "jinhua", "xiaoshan"},
        36: {"chenzhou", "chongming"}, 46: {"chongming", "xiaoshan"}, 48: {"chenzhou", "jinhua"},
        52: {"changxing", "xiaoshan"}, 56: {"jinhua", "xiaoshan"}, 57: {"jinhua", "xiaoshan"},
        60: {"chenzhou", "jinhua", "xiaoshan"}, 62: {"changxing", "jinhua"}, 65: {"chongming", "xiaoshan"},
        67: {"changxing", "chongming", "xiaoshan"}, 68: {"jinhua", "xiaoshan"}, 70: {"jinhua", "xiaoshan"},
        71: {"chenzhou", "chongming"}, 73: {"jinhua", "xiaoshan"}, 76: {"chenzhou", "jinhua"},
        77: {"chenzhou", "jinhua"}, 109: {"chenzhou", "xiaoshan"}, 115: {"chenzhou", "jinhua", "xiaoshan"},
    }  # fmt: skip


@pytest.mark.parametrize("name", FIVE)
def test_a_plan_is_named_after_its_file_and_says_whose_it_is(name: str) -> None:
    plan = PLANS[name]
    assert plan.id == name
    assert plan.place_en.lower() == name
    assert plan.fragment == (name == "changxing")


# ---------------------------------------------------------------------- known words
@pytest.mark.parametrize("row", ROWS, ids=name_of)
def test_filters_use_known_kinds_and_columns(row: tuple[Plan, Requirement]) -> None:
    names = facility_kinds()
    columns = {field.name for field in FACILITIES.fields}
    for one in inside(row[1]):
        if isinstance(one, Filter):
            assert all(kind == names.get(kind) or kind in OWN_KINDS for kind in one.kinds), one.kinds
            assert set(one.flags) <= columns | OWN_FLAGS
            assert set(one.least) <= columns
        column = getattr(one, "column", "")
        assert not column or column in columns


def test_words_of_ones_own_are_used_and_have_no_code() -> None:
    used = {kind for _, row in ROWS for one in inside(row) if isinstance(one, Filter) for kind in one.kinds}
    assert used >= OWN_KINDS
    assert not OWN_KINDS & set(facility_kinds())


@pytest.mark.parametrize("number", NUMBERS, ids=name_of)
def test_a_measure_answers_for_its_formula_with_known_people_and_profiles(
    number: tuple[Plan, Requirement, Indicator],
) -> None:
    _, row, one = number
    assert one.measure.type in MEASURES[one.archetype or row.archetype]
    people = {field.name for field in DEMAND.fields}
    for said in inside(one):
        assert getattr(said, "people", "") in people | {""}
        profiles = {*getattr(said, "profiles", ()), *getattr(said, "profiles_to_home", ())}
        profiles |= {getattr(said, "profile", ""), getattr(said, "profile_to_point", "")} - {""}
        assert profiles <= set(profile_names())


@pytest.mark.parametrize("row", ROWS, ids=name_of)
def test_flags_and_names_are_in_both_languages(row: tuple[Plan, Requirement]) -> None:
    said = [(flag.zh, flag.en) for flag in row[1].flags] + [(one.name, one.name_en) for one in row[1].indicators]
    for zh, en in said:
        assert re.search(r"[\u4e00-\u9fff]", zh)
        assert re.match(r"[\x20-\x7e“”²–]+$", en.replace("街道", "").replace("……", ""))
        assert not re.search(r"[a-z]{4}", zh)
    assert len({flag.code for flag in row[1].flags}) == len(row[1].flags)


# ---------------------------------------------------------------------- what is printed
@pytest.mark.parametrize("row", ROWS, ids=name_of)
def test_each_number_of_a_quote_stands_in_its_row(row: tuple[Plan, Requirement]) -> None:
    plan, one = row
    held = {
        float(said) for said in inside(one.indicators) if isinstance(said, int | float) and not isinstance(said, bool)
    }
    assert printed(one.quote) - held == BESIDE_THE_PROMISE.get((plan.id, one.id), set())


@pytest.mark.parametrize("number", NUMBERS, ids=name_of)
def test_no_target_is_made_up(number: tuple[Plan, Requirement, Indicator]) -> None:
    """A target stands in the quote, or the plan says 全, 均 or 每 in words; else it is one of the table."""
    plan, row, one = number
    if one.target is None or one.target.value is None or (plan.id, f"{row.id}{one.part}") in IN_THE_TABLE:
        return
    in_words = one.target.value == 100 and re.search("全|均|所有", row.quote + one.operator_text)
    assert one.target.value in printed(row.quote) or in_words


@pytest.mark.parametrize("number", NUMBERS, ids=name_of)
def test_a_path_begins_at_the_baseline_ends_at_the_target_and_goes_one_way(
    number: tuple[Plan, Requirement, Indicator],
) -> None:
    _, row, one = number
    for point in (one.baseline, one.target, *one.path):
        assert point is None or 2020 <= point.year <= 2035
    if one.baseline and one.target:
        assert one.baseline.year < one.target.year
    if not one.path:
        return
    years = [point.year for point in one.path]
    assert years == list(range(years[0], years[-1] + 1))
    assert (one.path[-1].year, one.path[-1].value) == (one.target.year, one.target.value)  # type: ignore[union-attr]
    if one.baseline:
        assert (one.path[0].year, one.path[0].value) == (one.baseline.year, one.baseline.value)
    values = [point.value for point in one.path if point.value is not None]
    rising = values == sorted(values)
    assert rising != any(flag.code == "shifted_cells" for flag in row.flags)


def test_binding_where_the_plan_says_so_and_nowhere_else() -> None:
    said = {(plan.id, row.id) for plan, row, one in NUMBERS if one.binding}
    assert said == {("chongming", row) for row in (7, 9, 37, 46, 93)}
    assert {one.binding for _, _, one in NUMBERS} == {"", "约束性"}


def test_words_weaker_than_reaching_are_kept_and_flagged() -> None:
    """A.7, trap 12."""
    for plan, row, one in NUMBERS:
        if re.search("争取|推进|推动|左右|试点|约$", one.operator_text):
            assert "weak_wording" in {flag.code for flag in row.flags}, (plan.id, row.id)


@pytest.mark.parametrize(
    ("plan", "row", "code"),
    [
        ("xiaoshan", 8, "two_denominators"),
        ("chenzhou", 23, "two_bases"),
        ("xiaoshan", 31, "label_and_path"),
        ("xiaoshan", 89, "label_and_path"),
        ("xiaoshan", 86, "shifted_cells"),
        ("chenzhou", 55, "operator_in_words"),
        ("xiaoshan", 63, "plateau"),
        ("chongming", 97, "falling_target"),
        ("xiaoshan", 44, "coverage_of_what"),
        ("jinhua", 42, "grade"),
        ("chongming", 69, "custom_units"),
        ("xiaoshan", 11, "custom_units"),
        ("jinhua", 116, "custom_units"),
        ("chongming", 14, "total_proves_nothing"),
        ("changxing", 24, "fragment"),
        ("chongming", 1, "islands"),
        ("chenzhou", 39, "rounding"),
        ("chongming", 36, "weak_wording"),
        ("chongming", 16, "other_area"),
        ("chongming", 53, "name_and_formula"),
        ("chenzhou", 112, "outside_figure"),
        ("xiaoshan", 103, "not_read"),
        ("chenzhou", 113, "forecast"),
    ],
)
def test_traps_of_the_plans_are_flagged(plan: str, row: int, code: str) -> None:
    """A.7: contradictions and traps are kept and said, not repaired."""
    assert code in codes(plan, row)


def test_traps_are_kept_as_printed() -> None:
    """A.7, traps 1, 2 and 4: two denominators, a floor and a path, shifted cells, a plateau, a fall."""
    text, annex = one_of("xiaoshan", "8a"), one_of("xiaoshan", "8b")
    assert text.measure != annex.measure
    assert (one_of("xiaoshan", "31a").target.value, one_of("xiaoshan", "31b").target.value) == (2, 4)  # type: ignore[union-attr]
    assert [point.value for point in one_of("xiaoshan", "86").path] == [13224, 11000, 13200, 13500, 14000]
    assert [point.value for point in one_of("xiaoshan", "63a").path] == [80, 85, 85, 90, 95]
    assert [point.value for point in one_of("xiaoshan", "10").path] == [None, 10, 17, 19, 20]
    assert [one.direction for _, row, one in NUMBERS if row.id == 97] == ["down"]
    assert one_of("chenzhou", "113a").target is None


def test_what_names_no_mode_or_age_says_so() -> None:
    """What the plan does not name is assumed, so that nothing is called 未达标 for it."""
    for plan, row, one in NUMBERS:
        if one.measure.type in {"within_time", "delivery", "supply_demand"}:
            assert {"mode", "age"} <= set(one.assumed), (plan.id, row.id)
        if one.measure.type == "co_located":
            assert "distance" in one.assumed, (plan.id, row.id)


# ---------------------------------------------------------------------- a file of one's own
OWN = """
schema_version = 1
id = "own"
place = "某县"
place_en = "Somewhere"
document = "规划"
document_en = "Plan"
level = "county"
first_year = 2026
last_year = 2030

[[requirement]]
id = 7
quote = "每个乡镇至少有1个助餐点"
archetype = "T2"
[[requirement.indicator]]
part = "b"
name = "每个乡镇的助餐点"
name_en = "Meal points in each township"
operator = ">="
target = { year = 2030, value = 1 }
[requirement.indicator.measure]
type = "at_least"
at_least = 1
units = { level = "township" }
facilities = { kinds = ["meal_point"] }
"""


def test_a_plan_of_ones_own_is_read(tmp_path: Path) -> None:
    file = tmp_path / "own.toml"
    file.write_text(OWN, encoding="utf-8")
    assert [name for name, _, _ in load_plan(file).indicators()] == ["7b"]


@pytest.mark.parametrize(
    ("right", "wrong", "place"),
    [
        ("quote =", "qoute =", "requirement 7 > quote"),
        ('operator = ">="', 'operator = "≥"', "requirement 7 > indicator b > operator"),
        ("kinds =", "kind =", "requirement 7 > indicator b > measure > at_least > facilities > kind"),
        ('level = "township"', 'level = "town"', "requirement 7 > indicator b > measure > at_least > units > level"),
        ("value = 1 }", 'value = "1" }', "requirement 7 > indicator b > target > value"),
        ("value = 1 }", "value = nan }", "requirement 7 > indicator b > target > value"),
        ('type = "at_least"', 'type = "atleast"', "requirement 7 > indicator b > measure"),
        ('facilities = { kinds = ["meal_point"] }', "", "requirement 7 > indicator b > measure > at_least"),
        ("id = 7", "", "requirement #1 > id"),
        ("last_year = 2030", "last_years = 2030", "last_year"),
    ],
)
def test_a_misspelt_entry_is_refused_with_its_place(tmp_path: Path, right: str, wrong: str, place: str) -> None:
    file = tmp_path / "own.toml"
    assert right in OWN
    file.write_text(OWN.replace(right, wrong), encoding="utf-8")
    with pytest.raises(DataError) as told:
        load_plan(file)
    assert told.value.code == "plan_invalid"
    assert told.value.facts["place"] == place


def test_the_worked_example_of_the_page_is_a_plan(tmp_path: Path) -> None:
    """docs/plans.md: what it shows can be copied and read."""
    page = (Path(__file__).parents[2] / "docs" / "plans.md").read_text(encoding="utf-8")
    example = page.split("```toml\n", 1)[1].split("```", 1)[0]
    file = tmp_path / "example.toml"
    file.write_text(example, encoding="utf-8")
    plan = load_plan(file)
    assert len(plan.indicators()) >= 3
    kinds = {kind for some in MEASURES.values() for kind in some}
    for code in (*get_args(Flag.model_fields["code"].annotation), *get_args(Assumed), *sorted(kinds)):
        assert f"`{code}`" in page, code
