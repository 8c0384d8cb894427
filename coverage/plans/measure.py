"""How an indicator is measured, as a plan file says it: which facilities, which units, which numbers.

Each class is one ``type`` of ``measure``; docs/indicators.md works each of them out by hand.
"""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from coverage.rule_files import Said

__all__ = [
    "Amount",
    "AtLeast",
    "BoundaryCheck",
    "CoLocated",
    "Compliance",
    "Count",
    "Delivery",
    "Entered",
    "Equity",
    "Filter",
    "Level",
    "Measure",
    "Ratio",
    "Share",
    "SiteRules",
    "SupplyDemand",
    "Tiers",
    "UnitBasis",
    "UnitCoverage",
    "Units",
    "WithinTime",
]

#: What a facility must do to count for a unit: stand in it, or name it in ``serves`` or ``unit_code``.
UnitBasis = Literal["located_in", "serves"]
#: Levels of units; ``basic`` are units without an official code, such as 基本管理单元.
Level = Literal["prefecture", "county", "township", "village", "basic"]


class Filter(Said):
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
    least: dict[str, float] = Field(default_factory=dict)
    open_only: bool = True
    opened_from: int | None = None


class Units(Said):
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


class Amount(Said):
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


class _PerUnit(Said):
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


class Count(Said):
    """T3: how many facilities, or the sum of a column over them."""

    type: Literal["count"]
    amount: Amount


class Ratio(Said):
    """T4: numerator / denominator × ``per`` (100: per cent)."""

    type: Literal["ratio"]
    numerator: Amount
    denominator: Amount
    per: float = 100.0


class WithinTime(Said):
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


class Delivery(Said):
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


class CoLocated(Said):
    """T6: per cent of facilities that stand within a distance along the road of another kind, or at its address."""

    type: Literal["co_located"]
    facilities: Filter
    beside: Filter
    within_m: float = 300.0


class Share(Said):
    """T7: per cent of facilities that satisfy more; by number, or by a column such as beds."""

    type: Literal["share"]
    facilities: Filter
    having: Filter
    column: str = ""


class SiteRules(Said):
    """T8: per cent of facilities that break no siting rule of a pack in ``data/rules/burial.toml``."""

    type: Literal["site_rules"]
    facilities: Filter
    pack: str


class SupplyDemand(Said):
    """T9: capacity within reach per 1,000 people, by a floating catchment."""

    type: Literal["supply_demand"]
    facilities: Filter
    column: str
    people: str = "pop60"
    minutes: float
    profile: str
    method: Literal["2sfca", "e2sfca", "3sfca"] = "e2sfca"


class Equity(Said):
    """T10: population-weighted Gini of a capacity per head over units."""

    type: Literal["equity"]
    units: Units
    facilities: Filter
    column: str
    people: str = "pop60"


class BoundaryCheck(Said):
    """T11: a figure of the checks of lines and stakes."""

    type: Literal["boundary"]
    figure: str


class Tiers(Said):
    """T1 at each of the levels, from the top, with parent links."""

    type: Literal["tiers"]
    facilities: Filter
    levels: tuple[Level, ...] = Field(strict=False)


class Compliance(Said):
    """T7 over something that is no facility (estates, place names, grave plots): a part over a whole, both entered."""

    type: Literal["compliance"]
    part: str
    whole: str


class Entered(Said):
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
