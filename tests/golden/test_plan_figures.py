"""Every figure of the five plans, against ``plan_table.py``, which was written from the plans and not from the files.

What the plans contradict themselves in is flagged and stays as printed; each number that is altered in a file is told.
"""

import math
import operator
from collections.abc import Iterator

import pytest

from coverage.plans.measure import AtLeast, UnitCoverage
from coverage.plans.model import Indicator, Plan, Point, Requirement
from coverage.plans.read import load_plan, plan_ids
from tests.golden.plan_table import ASKED, Asked, Figure

TABLE_YEARS = (2021, 2022, 2023, 2024, 2025)
PLANS = {plan_id: load_plan(plan_id) for plan_id in plan_ids()}


def row(plan_id: str, number: int) -> Requirement:
    """A row of a plan."""
    return next(one for one in PLANS[plan_id].requirements if one.id == number)


def plain(text: str) -> str:
    """Text without blanks and with one kind of brackets, colons and signs, as quotes are typed in several ways."""
    return text.translate(str.maketrans("(),:;~", "(),:;~")).replace(" ", "")


def both(point: Point | None) -> tuple[int, float | None] | None:
    """Year and value of a point."""
    return None if point is None else (point.year, point.value)


def what_differs(plan: Plan, one: Requirement, asked: Asked) -> list[str]:
    """In what a row of a file is not what the plan asks for."""
    told = [f"word {word}" for word in asked.words if plain(word) not in plain(one.quote)]
    formulas = {one.archetype, *(indicator.archetype or one.archetype for indicator in one.indicators)}
    if formulas != set(asked.archetypes.split()) or not asked.archetypes.startswith(one.archetype):
        told.append(f"formulas {one.archetype} of {sorted(formulas)}, not {asked.archetypes}")
    told += [f"flag {code}" for code in asked.flags if code not in {flag.code for flag in one.flags}]
    left = list(one.indicators)
    for figure in asked.figures:
        named = [indicator for indicator in left if figure.word in indicator.name]
        if len(named) != 1:
            told.append(f"{len(named)} indicators are named {figure.word}")
            continue
        left.remove(named[0])
        told += _figure_differs(plan, one, named[0], figure)
    for indicator in left:
        told += _says_a_number(plan, indicator)
    return [f"{plan.id} {one.id}: {what}" for what in told]


def _figure_differs(plan: Plan, one: Requirement, said: Indicator, figure: Figure) -> Iterator[str]:
    """In what an indicator is not a figure of the table."""
    wanted = {
        "formula": figure.archetype,
        "unit": figure.unit,
        "operator": figure.op,
        "binding": figure.binding,
        "direction": figure.direction,
        "baseline": figure.base,
        "target": figure.target,
        "forecast": figure.forecast,
        "path": list(zip(TABLE_YEARS[5 - len(figure.path) :], figure.path, strict=True)),
        "operators of years": [figure.first_op if year == 0 else None for year in range(len(figure.path))],
    }
    given = {
        "formula": said.archetype or one.archetype,
        "unit": said.unit,
        "operator": said.operator,
        "binding": said.binding,
        "direction": said.direction,
        "baseline": both(said.baseline),
        "target": both(said.target),
        "forecast": both(said.forecast),
        "path": [both(point) for point in said.path],
        "operators of years": [point.operator for point in said.path],
    }
    if figure.target is not None and figure.target[0] is None and said.target is not None:
        wanted["target"] = (plan.last_year, figure.target[1])
        if "year" not in said.assumed:
            yield f"{said.name}: the plan names no year, and the file does not say that it is assumed"
    for key, value in wanted.items():
        if given[key] != value:
            yield f"{said.name}: {key} {given[key]}, not {value}"
    for key, number in (("per", figure.per), ("minutes", figure.minutes)):
        asked_for = getattr(said.measure, key, number)
        if number and asked_for != number:
            yield f"{said.name}: {key} {asked_for}, not {number}"
    if isinstance(said.measure, AtLeast | UnitCoverage) and said.measure.at_least != figure.at_least:
        yield f"{said.name}: {said.measure.at_least} in each, not {figure.at_least}"


def _says_a_number(plan: Plan, said: Indicator) -> Iterator[str]:
    """What an indicator says in numbers although the plan has none for it."""
    if said.baseline or said.path or said.forecast or said.operator or said.binding:
        yield f"{said.name}: a figure that the plan does not print"
    if said.target is not None and (said.target.value is not None or said.target.year != plan.last_year):
        yield f"{said.name}: the target {both(said.target)} is not in the plan"
    if getattr(said.measure, "minutes", None) is not None and "time" not in said.assumed:
        yield f"{said.name}: minutes that are not said to be assumed"
    if getattr(said.measure, "within_m", None) is not None and "distance" not in said.assumed:
        yield f"{said.name}: metres that are not said to be assumed"
    if isinstance(said.measure, AtLeast | UnitCoverage) and said.measure.at_least != 1:
        yield f"{said.name}: {said.measure.at_least} in each"


def test_115_requirements_stand_in_five_plans_and_nothing_else() -> None:
    """Rows 1 to 116; there is no row 96. A row of two plans stands once in each."""
    assert set(PLANS) == {"changxing", "chenzhou", "chongming", "jinhua", "xiaoshan"}
    in_files = {(plan_id, one.id) for plan_id, plan in PLANS.items() for one in plan.requirements}
    assert in_files == {(asked.plan, asked.row) for asked in ASKED}
    assert {number for _, number in in_files} == set(range(1, 117)) - {96}
    assert len({number for _, number in in_files}) == 115


@pytest.mark.parametrize("asked", ASKED, ids=lambda asked: f"{asked.plan}-{asked.row}")
def test_a_row_says_what_the_plan_says(asked: Asked) -> None:
    """Quote, formulas, flags, and each figure with its year, operator and unit; no figure of our own."""
    assert what_differs(PLANS[asked.plan], row(asked.plan, asked.row), asked) == []


def _altered(said: Indicator) -> Iterator[Indicator]:
    """The indicator with one of its figures another one."""
    for part in ("baseline", "target", "forecast"):
        point: Point | None = getattr(said, part)
        if point is not None:
            yield said.model_copy(update={part: point.model_copy(update={"year": point.year + 1})})
            if point.value is not None:
                yield said.model_copy(update={part: point.model_copy(update={"value": point.value + 0.01})})
                yield said.model_copy(update={part: point.model_copy(update={"value": None})})
    for index, point in enumerate(said.path):
        for update in ({"year": point.year + 10}, {"value": (point.value or 0) + 0.01}, {"operator": "<"}):
            path = list(said.path)
            path[index] = point.model_copy(update=update)
            yield said.model_copy(update={"path": tuple(path)})
        yield said.model_copy(update={"path": said.path[:index] + said.path[index + 1 :]})
    for part, values in (("operator", (">=", ">", "<=", "")), ("binding", ("约束性", "预期性", ""))):
        for value in values:
            if value != getattr(said, part):
                yield said.model_copy(update={part: value})
    if isinstance(said.measure, AtLeast | UnitCoverage):
        more = said.measure.model_copy(update={"at_least": said.measure.at_least + 1})
        yield said.model_copy(update={"measure": more})


@pytest.mark.parametrize("plan_id", sorted(PLANS))
def test_any_single_figure_that_is_altered_is_noticed(plan_id: str) -> None:
    """Year, value, operator, binding and number of each indicator, one after the other."""
    plan, tried = PLANS[plan_id], 0
    by_row = {asked.row: asked for asked in ASKED if asked.plan == plan_id}
    for one in plan.requirements:
        for index, said in enumerate(one.indicators):
            for other in _altered(said):
                tried += 1
                indicators = (*one.indicators[:index], other, *one.indicators[index + 1 :])
                spoilt = one.model_copy(update={"indicators": indicators})
                assert what_differs(plan, spoilt, by_row[one.id]), (one.id, other)
    assert tried > 4 * len(plan.requirements)


def test_only_changxing_is_a_fragment() -> None:
    """A target that is not there proves nothing; each of its rows says so."""
    assert [plan_id for plan_id, plan in PLANS.items() if plan.fragment] == ["changxing"]


@pytest.mark.parametrize("plan_id", sorted(PLANS))
def test_flags_speak_both_languages(plan_id: str) -> None:
    """A reader of either language is told of every trap; no row has two flags of one code."""
    for one in PLANS[plan_id].requirements:
        codes = [flag.code for flag in one.flags]
        assert len(set(codes)) == len(codes), one.id
        assert all(flag.zh.strip() and flag.en.strip() and flag.zh != flag.en for flag in one.flags), one.id


def figures(plan_id: str, number: int, word: str) -> Indicator:
    """The indicator of a row with a word in its name."""
    return next(one for one in row(plan_id, number).indicators if word in one.name)


def number(point: Point | None) -> float:
    """The number of a point that must have one."""
    assert point is not None
    assert point.value is not None
    return point.value


def test_72_per_cent_of_18_townships_are_13_and_5_are_missing() -> None:
    """康复辅具: 13/18 = 72.2 %; no other number of townships prints as 72."""
    printed = number(figures("chongming", 37, "覆盖率").baseline)
    having = [n for n in range(19) if round(100 * n / 18) == printed]
    assert having == [13]
    assert 18 - having[0] == 5
    assert round(100 * having[0] / 18, 1) == 72.2


def test_the_ratio_of_chenzhou_has_another_base_than_its_elders() -> None:
    """32,800 beds at 41.17 ‰ are for 796,700 elders; of 828,000 aged 60 and over they are 39.6 ‰. The flag says so."""
    beds, elders = (number(figures("chenzhou", 23, word).baseline) for word in ("床位总量", "60岁以上"))
    assert round(beds / number(figures("chenzhou", 23, "每千名").baseline) * 1000, -2) == 796_700
    assert round(beds / elders * 1000, 1) == 39.6
    flag = next(flag for flag in row("chenzhou", 23).flags if flag.code == "two_bases")
    for text in (flag.zh, flag.en):
        assert "39.6" in text


def test_two_denominators_of_nursing_beds_are_both_computed() -> None:
    """萧山: the text divides by all beds, the annex by beds in homes."""
    text, annex = figures("xiaoshan", 8, "正文").measure, figures("xiaoshan", 8, "附表").measure
    assert text.type == annex.type == "ratio"
    assert text.denominator.facilities.kinds == ()
    assert annex.denominator.facilities.kinds == ("elder_home",)
    assert text.denominator.column == annex.denominator.column == "beds"


def test_80_per_cent_of_11_counties_are_9() -> None:
    """郴州: 8 of 11 are 72.7 %, 9 are 81.8 %."""
    assert math.ceil(number(figures("chenzhou", 39, "精神障碍社区康复").target) / 100 * 11) == 9


def test_a_plateau_and_a_fall_are_legal() -> None:
    """萧山's 85, 85 stands as printed; 崇明's 低保 falls from 1.64 to 1.59."""
    level = [point.value for point in figures("xiaoshan", 63, "实体化").path]
    assert level == [80, 85, 85, 90, 95]
    falls = figures("chongming", 97, "低保").direction
    assert falls == "down"


def test_cells_that_look_shifted_stay_as_printed() -> None:
    """萧山's 最低生活保障标准: 13224, >11000, >13200, >13500, >14000. The first is the number itself."""
    said = figures("xiaoshan", 86, "最低生活保障")
    signs = [said.operator if point.operator is None else point.operator for point in said.path]
    assert [(sign, point.value) for sign, point in zip(signs, said.path, strict=True)] == [
        ("=", 13224), (">", 11000), (">", 13200), (">", 13500), (">", 14000),
    ]  # fmt: skip


def test_rooms_are_asked_of_each_village_and_not_as_a_total() -> None:
    """崇明's 439 rooms have no target; that each village has one is measured by village."""
    each, total = figures("chongming", 14, "每个村居").measure, figures("chongming", 14, "总数")
    assert each.type == "at_least"
    assert each.units.level == "village"
    assert total.target is None


def test_small_graves_are_burials_over_all_burials() -> None:
    """崇明: the name says newly opened grounds, the formula divides by all burials."""
    measure = figures("chongming", 53, "小型墓").measure
    assert measure.type == "ratio"
    assert measure.denominator.value == "总安葬量"


#: What a number is of: where the plan says more than a kind. Dots lead into the measure.
MEANT = (
    ("chenzhou", 2, "15分钟", "urban", True),
    ("chenzhou", 22, "智慧养老社区", "units.urban", True),
    ("chenzhou", 22, "智慧养老社区", "units.level", "village"),
    ("chenzhou", 20, "区域养老服务中心", "units.level", "county"),
    ("chenzhou", 39, "社区康复", "units.level", "county"),
    ("chenzhou", 45, "覆盖率", "units.level", "village"),
    ("chenzhou", 49, "社会组织", "units.level", "county"),
    ("chenzhou", 55, "公墓项目", "units.level", "county"),
    ("chenzhou", 55, "公墓项目", "facilities.stages", ("前期", "在建")),
    ("chenzhou", 55, "公墓项目", "facilities.open_only", False),
    ("chenzhou", 61, "社会工作", "levels", ("prefecture", "county", "township", "village")),
    ("chenzhou", 66, "城市社区", "units.urban", True),
    ("chenzhou", 66, "农村社区", "units.urban", False),
    ("chenzhou", 100, "项目", "amount.facilities.stages", ("前期", "在建", "建成")),
    ("changxing", 52, "安葬率", "denominator.value", "总安葬量"),
    ("chongming", 4, "标准化", "facilities.flags", ("standardised",)),
    ("chongming", 4, "标准化", "units.level", "township"),
    ("chongming", 5, "户籍", "denominator.base", "户籍"),
    ("chongming", 5, "户籍", "denominator.people", "pop60"),
    ("chongming", 7, "护理型", "denominator.facilities.kinds", ()),
    ("chongming", 14, "每个村居", "facilities.flags", ("standardised",)),
    ("chongming", 36, "村占比", "units.urban", False),
    ("chongming", 37, "覆盖率", "basis", "located_in"),
    ("chongming", 69, "基本管理单元", "units.level", "basic"),
    ("chongming", 97, "低保", "denominator.base", "户籍"),
    ("chongming", 97, "低保", "denominator.people", "pop"),
    ("jinhua", 26, "康养", "amount.facilities.open_only", False),
    ("jinhua", 27, "新建", "amount.facilities.opened_from", 2021),
    ("jinhua", 28, "50万", "units.least_people", 500_000),
    ("jinhua", 114, "慈善组织", "units.level", "county"),
    ("xiaoshan", 11, "街道", "units.types", ("街道",)),
    ("xiaoshan", 29, "100张以上", "facilities.least", {"beds": 100}),
    ("xiaoshan", 44, "儿童之家", "basis", None),
    ("xiaoshan", 46, "建成率", "basis", "located_in"),
    ("xiaoshan", 52, "安葬率", "denominator.value", "总安葬量"),
    ("xiaoshan", 64, "慈善工作站", "units.level", "village"),
    ("xiaoshan", 102, "单独新建", "facilities.opened_from", 2022),
    ("xiaoshan", 104, "儿童之家", "units.level", "village"),
    ("xiaoshan", 105, "入住率", "numerator.column", "residents"),
)


@pytest.mark.parametrize(("plan_id", "number_of_row", "word", "where", "meant"), MEANT)
def test_a_number_is_of_what_the_plan_means(
    plan_id: str, number_of_row: int, word: str, where: str, meant: object
) -> None:
    """Urban or rural, which level, whose people, which grade: a number of something else is another number."""
    assert operator.attrgetter(where)(figures(plan_id, number_of_row, word).measure) == meant
