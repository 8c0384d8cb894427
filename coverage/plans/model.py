"""What a plan file in ``data/plans/`` may say: the plan, its requirements, their indicators and how each is measured.

A requirement is a row of the plan as quoted; an indicator is one number in it. Numbers stand as printed: contradictions
are kept and flagged, never repaired.
"""

from typing import Literal, Self

from pydantic import Field, model_validator

from coverage.plans.measure import Measure
from coverage.rule_files import Said

__all__ = [
    "Archetype",
    "Assumed",
    "Binding",
    "Direction",
    "Flag",
    "Indicator",
    "Operator",
    "Plan",
    "Point",
    "Requirement",
]

Archetype = Literal["T1", "T2", "T3", "T4", "T5", "T6", "T7", "T8", "T9", "T10", "T11", "T12"]
#: How a value is held against its target; empty where the plan prints none.
Operator = Literal[">=", ">", "<=", "<", "=", ""]
Binding = Literal["约束性", "预期性", ""]
#: Which way the plan wants the number to go.
Direction = Literal["up", "down"]
#: What a plan may leave open, and we choose.
Assumed = Literal["mode", "age", "time", "level", "distance", "year", "kinds"]


class Point(Said):
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


class Flag(Said):
    """A contradiction or trap in the plan: shown beside every value, never repaired."""

    code: Literal[
        "two_denominators", "two_bases", "label_and_path", "shifted_cells", "operator_in_words", "plateau",
        "falling_target", "coverage_of_what", "grade", "custom_units", "total_proves_nothing", "fragment", "islands",
        "rounding", "weak_wording", "other_area", "stage_not_year", "name_and_formula", "no_year", "assumed_mode",
        "outside_figure", "not_read", "not_listed", "forecast", "shared_quote", "two_definitions",
    ]  # fmt: skip
    zh: str
    en: str


class Indicator(Said):
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


class Requirement(Said):
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


class Plan(Said):
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
