"""What a plan file in ``data/plans/`` may say: the plan, its requirements, their indicators and how each is measured.

A requirement is a row of the plan as quoted; an indicator is one number in it. Numbers stand as printed: contradictions
are kept and flagged, never repaired.
"""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

__all__ = [
    "Amount", "Archetype", "Assumed", "AtLeast", "Binding", "BoundaryCheck", "CoLocated", "Compliance", "Count",
    "Delivery", "Direction", "Entered", "Equity", "Filter", "Flag", "Indicator", "Measure", "Operator", "Plan", "Point",
    "Ratio", "Requirement", "Share", "SiteRules", "SupplyDemand", "Tiers", "UnitCoverage", "Units", "WithinTime",
]  # fmt: skip

Archetype = Literal["T1", "T2", "T3", "T4", "T5", "T6", "T7", "T8", "T9", "T10", "T11", "T12"]
#: How a value is held against its target; empty where the plan prints none.
Operator = Literal[">=", ">", "<=", "<", "=", ""]
Binding = Literal["约束性", "预期性", ""]
#: Which way the plan wants the number to go.
Direction = Literal["up", "down"]
#: What a facility must do to count for a unit: stand in it, or name it in ``serves`` or ``unit_code``.
UnitBasis = Literal["located_in", "serves"]
#: Levels of units; ``basic`` are units without an official code, such as 基本管理单元.
Level = Literal["prefecture", "county", "township", "village", "basic"]

Assumed = Literal["mode", "age", "time", "level", "distance", "year", "kinds"]


class _Said(BaseModel):
    """A part of a plan file: nothing but what is declared here, and never changed."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class Filter(_Said):
    """Which facilities are meant.

    Parameters
    ----------
    kinds
        Codes of ``data/kinds.toml``, or a bureau's own words; empty: all.
    grades, tiers, stages, ownership
        Values of these columns that count; empty: all. A grade that is higher in the same order counts too.
    flags
        Columns that must say yes, e.g. ``standardised``.
    least
        Columns with the smallest number that counts, e.g. ``{beds = 100}``.
    open_only
        Only what is open on the day; else planned and unfinished facilities count too (projects by stage).
    opened_from
        Only what opened in this year or later, where the plan counts new ones (新建, 新增).
    """

    kinds: tuple[str, ...] = Field(default=(), strict=False)
    grades: tuple[str, ...] = Field(default=(), strict=False)
    tiers: tuple[str, ...] = Field(default=(), strict=False)
    stages: tuple[str, ...] = Field(default=(), strict=False)
    ownership: tuple[str, ...] = Field(default=(), strict=False)
    flags: tuple[str, ...] = Field(default=(), strict=False)
    least: dict[str, float] = {}
    open_only: bool = True
    opened_from: int | None = None


class Units(_Said):
    """Which units are counted.

    Parameters
    ----------
    level
        Their level.
    urban
        Only urban (True) or rural (False) ones.
    types
        Only those whose name ends so, e.g. ``街道``.
    least_people
        Only those with so many people.
    """

    level: Level
    urban: bool | None = None
    types: tuple[str, ...] = Field(default=(), strict=False)
    least_people: float | None = None


class Amount(_Said):
    """A quantity: facilities, the sum of a column over them, people, or a number entered by hand. One of the four.

    Parameters
    ----------
    facilities
        These facilities are counted, or ``column`` is summed over them.
    column
        Summed over ``facilities``; empty: their number.
    people
        Column of people, e.g. ``pop60``.
    base
        Which people the plan means: 户籍 or 常住; empty where it does not say.
    year
        Of the people, where the plan names one.
    value
        Name of an ``indicator`` in the layer of values.
    """

    facilities: Filter | None = None
    column: str = ""
    people: str = ""
    base: str = ""
    year: int | None = None
    value: str = ""

    @model_validator(mode="after")
    def _one(self) -> Self:
        if sum((self.facilities is not None, bool(self.people), bool(self.value))) != 1:
            raise ValueError("one of facilities, people, value")
        if self.column and self.facilities is None:
            raise ValueError("column is summed over facilities")
        return self


class _PerUnit(_Said):
    """What is counted in each unit: facilities, or a number entered by hand. One of the two.

    Parameters
    ----------
    value
        Name of an ``indicator`` in the layer of values: organisations, services without a place on the map.
    """

    units: Units
    facilities: Filter | None = None
    value: str = ""

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.facilities is not None) == bool(self.value):
            raise ValueError("one of facilities, value")
        return self


class UnitCoverage(_PerUnit):
    """T1: per cent of units that have at least so many.

    Parameters
    ----------
    basis
        What the plan's 覆盖率 means where it says so; all that can be computed are shown side by side.
    """

    type: Literal["unit_coverage"]
    at_least: int = 1
    basis: UnitBasis | None = None


class AtLeast(_PerUnit):
    """T2: each unit has at least so many."""

    type: Literal["at_least"]
    at_least: int


class Count(_Said):
    """T3: how many facilities, or the sum of a column over them."""

    type: Literal["count"]
    amount: Amount


class Ratio(_Said):
    """T4: numerator / denominator × ``per`` (100: per cent)."""

    type: Literal["ratio"]
    numerator: Amount
    denominator: Amount
    per: float = 100.0


class WithinTime(_Said):
    """T5: per cent of people within so many minutes of a facility.

    Parameters
    ----------
    profiles
        Ways to travel, shown side by side.
    urban
        Only people in urban units.
    """

    type: Literal["within_time"]
    facilities: Filter
    minutes: float
    people: str = "pop60"
    profiles: tuple[str, ...] = Field(default=("elder75", "elder", "ebike"), strict=False)
    units: Units
    urban: bool | None = None


class Delivery(_Said):
    """T5 in two steps: per cent of people within minutes of a meal point that is itself within minutes of a kitchen.

    Parameters
    ----------
    kitchens, points
        Where meals are cooked, and where they are handed on to homes.
    minutes_to_point, minutes_to_home
        Of the two steps.
    profile_to_point, profiles_to_home
        Ways to travel; the second are shown side by side.
    """

    type: Literal["delivery"]
    kitchens: Filter
    points: Filter
    minutes_to_point: float
    minutes_to_home: float
    people: str = "pop60"
    profile_to_point: str = "drive"
    profiles_to_home: tuple[str, ...] = Field(default=("ebike", "adult"), strict=False)


class CoLocated(_Said):
    """T6: per cent of facilities that stand within a distance along the road of another kind, or at its address."""

    type: Literal["co_located"]
    facilities: Filter
    beside: Filter
    within_m: float = 300.0


class Share(_Said):
    """T7: per cent of facilities that satisfy more; by number, or by a column such as beds."""

    type: Literal["share"]
    facilities: Filter
    having: Filter
    column: str = ""


class SiteRules(_Said):
    """T8: per cent of facilities that break no siting rule of a pack in ``data/rules/burial.toml``."""

    type: Literal["site_rules"]
    facilities: Filter
    pack: str


class SupplyDemand(_Said):
    """T9: capacity within reach per 1,000 people, by a floating catchment."""

    type: Literal["supply_demand"]
    facilities: Filter
    column: str
    people: str = "pop60"
    minutes: float
    profile: str
    method: Literal["2sfca", "e2sfca", "3sfca"] = "e2sfca"


class Equity(_Said):
    """T10: population-weighted Gini of a capacity per head over units."""

    type: Literal["equity"]
    units: Units
    facilities: Filter
    column: str
    people: str = "pop60"


class BoundaryCheck(_Said):
    """T11: a figure of the checks of lines and stakes."""

    type: Literal["boundary"]
    figure: str


class Tiers(_Said):
    """T1 at each of the levels, from the top, with parent links."""

    type: Literal["tiers"]
    facilities: Filter
    levels: tuple[Level, ...] = Field(strict=False)


class Compliance(_Said):
    """T7 over something that is no facility (estates, place names, grave plots): a part over a whole, both entered."""

    type: Literal["compliance"]
    part: str
    whole: str


class Entered(_Said):
    """T12: tracked only; values come from the layer of values under ``value``."""

    type: Literal["entered"]
    value: str


Measure = Annotated[
    UnitCoverage
    | AtLeast
    | Count
    | Ratio
    | WithinTime
    | Delivery
    | CoLocated
    | Share
    | SiteRules
    | SupplyDemand
    | Equity
    | BoundaryCheck
    | Tiers
    | Compliance
    | Entered,
    Field(discriminator="type"),
]


class Point(_Said):
    """A number of the plan for one year.

    Parameters
    ----------
    value
        As printed; None where the plan prints a dash or words only.
    operator
        Of this year where it differs from the indicator's, e.g. ``>11000`` in a row of ``=``.
    """

    year: int
    value: float | None = None
    operator: Operator | None = None


class Flag(_Said):
    """A contradiction or trap in the plan: shown beside every value, never repaired."""

    code: Literal[
        "two_denominators", "two_bases", "label_and_path", "shifted_cells", "operator_in_words", "plateau",
        "falling_target", "coverage_of_what", "grade", "custom_units", "total_proves_nothing", "fragment", "islands",
        "rounding", "weak_wording", "other_area", "stage_not_year", "name_and_formula", "no_year", "assumed_mode",
        "outside_figure", "not_read", "not_listed", "forecast", "shared_quote", "two_definitions",
    ]  # fmt: skip
    zh: str
    en: str


class Indicator(_Said):
    """One number that a requirement asks for.

    Parameters
    ----------
    part
        Letters behind the requirement's id where it has several numbers; the indicator's id is both, e.g. ``13b``.
    name, name_en
        What is measured.
    archetype
        Where it differs from the requirement's.
    unit
        Of the values, as printed: ``%``, ``张``, ``家``.
    operator
        Target against value.
    operator_text
        The words of the plan: 不低于, 以上, 左右, 争取 …
    binding
        约束性 or 预期性, where the plan says.
    baseline, target
        First and last year of the plan.
    path
        Years between, and the years of the table as printed; may hold the target's year too.
    forecast
        What the plan foresees without asking for it; never judged.
    department
        责任科室, where the plan says.
    assumed
        What the plan does not name and we chose: ``mode``, ``age``, ``time``, ``level``, ``distance``, ``year`` of the
        target, ``kinds`` of facilities. Such a value is shown with the assumption and is never called 未达标.
    """

    part: str = ""
    name: str
    name_en: str
    archetype: Archetype | None = None
    unit: str = ""
    operator: Operator = ""
    operator_text: str = ""
    binding: Binding = ""
    direction: Direction = "up"
    baseline: Point | None = None
    target: Point | None = None
    path: tuple[Point, ...] = Field(default=(), strict=False)
    forecast: Point | None = None
    department: str = ""
    assumed: tuple[Assumed, ...] = Field(default=(), strict=False)
    measure: Measure


class Requirement(_Said):
    """A row of a plan.

    Parameters
    ----------
    id
        Number of the row in our list of the five plans; a row quoted from two plans stands once in each.
    quote
        The plan's own words.
    source
        Where in the document, e.g. ``指标表第 8 项``.
    archetype
        One of T1 to T12.
    """

    id: int
    quote: str
    source: str = ""
    archetype: Archetype
    flags: tuple[Flag, ...] = Field(alias="flag", default=(), strict=False)
    indicators: tuple[Indicator, ...] = Field(alias="indicator", min_length=1, strict=False)

    @model_validator(mode="after")
    def _parts_differ(self) -> Self:
        parts = [one.part for one in self.indicators]
        if len(set(parts)) != len(parts):
            raise ValueError("two indicators of one part")
        return self


class Plan(_Said):
    """A county's plan.

    Parameters
    ----------
    id
        Name of the file.
    place, place_en
        Whose plan it is.
    document, document_en
        What the document is, as far as it is known.
    level
        Level of the place.
    first_year, last_year
        That it plans for.
    fragment
        Only a part of the document was read: what is not here may still be promised.
    requirements
        By id.
    """

    schema_version: Literal[1]
    id: str
    place: str
    place_en: str
    document: str
    document_en: str
    level: Literal["prefecture", "county"]
    first_year: int
    last_year: int
    fragment: bool = False
    requirements: tuple[Requirement, ...] = Field(alias="requirement", strict=False)

    @model_validator(mode="after")
    def _ids_differ(self) -> Self:
        ids = [one.id for one in self.requirements]
        if sorted(set(ids)) != ids:
            raise ValueError("requirements by id, each once")
        return self

    def indicators(self) -> tuple[tuple[str, Requirement, Indicator], ...]:
        """Each indicator with its id, e.g. ``37`` or ``13b``, in the order of the file."""
        return tuple((f"{row.id}{one.part}", row, one) for row in self.requirements for one in row.indicators)
