"""A small plan and a scorecard of it, written by hand: four indicators, three townships."""

import dataclasses
import datetime as dt
from typing import Any

from coverage.plans.model import Plan
from coverage.plans.scorecard import Missing, Other, Score, Scorecard
from geo.findings import Finding

DAY = dt.date(2026, 6, 30)
COUNTY = ("990100", "望湖县")
TOWNSHIPS = (("990101", "甲镇"), ("990102", "乙镇"), ("990103", "丙乡"))
PLAN = Plan.model_validate({
    "schema_version": 1, "id": "wanghu", "place": "望湖县", "place_en": "Wanghu County", "document": "望湖县民政规划",
    "document_en": "Plan of Wanghu", "level": "county", "first_year": 2021, "last_year": 2027,
    "requirement": [
        {"id": 7, "quote": "每个乡镇至少有1个标准化养老机构", "source": "第 3 节", "archetype": "T1",
         "flag": [{"code": "coverage_of_what", "zh": "覆盖率未说明口径", "en": "coverage of what?"}],
         "indicator": [{
             "name": "乡镇养老机构覆盖率", "name_en": "Townships with a home", "unit": "%", "operator": ">=",
             "binding": "约束性", "department": "养老服务科", "baseline": {"year": 2020, "value": 33.3},
             "target": {"year": 2027, "value": 100}, "path": [{"year": 2026, "value": 90}],
             "measure": {"type": "unit_coverage", "facilities": {"kinds": ["elder_home"]},
                         "units": {"level": "township"}}}]},
        {"id": 13, "quote": "养老床位总数达到1200张;低保占比逐年下降", "archetype": "T3", "indicator": [
            {"part": "a", "name": "养老床位", "name_en": "Beds", "unit": "张", "operator": ">=", "binding": "预期性",
             "department": "养老服务科", "baseline": {"year": 2020, "value": 800},
             "target": {"year": 2027, "value": 1200}, "measure": {
                 "type": "count", "amount": {"facilities": {"kinds": ["elder_home"]}, "column": "beds"}}},
            {"part": "b", "name": "低保占比", "name_en": "Share on support", "unit": "%", "operator": "=",
             "direction": "down", "baseline": {"year": 2020, "value": 2.5}, "target": {"year": 2027, "value": 1.5},
             "archetype": "T12", "measure": {"type": "entered", "value": "低保占比"}}]},
        {"id": 21, "quote": "建成15分钟养老服务圈", "archetype": "T5", "indicator": [{
            "name": "15分钟养老服务圈覆盖率", "name_en": "Within 15 minutes", "unit": "%", "operator": ">=",
            "binding": "约束性", "target": {"year": 2027, "value": 90}, "assumed": ["mode", "age"],
            "measure": {"type": "within_time", "facilities": {"kinds": ["elder_centre"]}, "minutes": 15,
                        "units": {"level": "township"}}}]},
    ],
})  # fmt: skip
INPUTS = (
    {"kind": "roads", "file": "roads.gpkg", "sha256": "a" * 64, "rows": 100, "level": "公开", "synthetic": False,
     "credit": "© OpenStreetMap contributors, ODbL 1.0"},
    {"kind": "facilities", "file": "facilities.csv", "sha256": "b" * 64, "rows": 12, "level": "内部",
     "synthetic": True, "credit": ""},
)  # fmt: skip


def score(of: str, unit: tuple[str, str] = COUNTY, **more: Any) -> Score:
    """A score of an indicator of the plan; what is not given is as the plan says, without a value."""
    row, one = next((row, one) for key, row, one in PLAN.indicators() if key == of)
    usual: dict[str, Any] = {
        "indicator_id": of, "requirement_id": row.id, "archetype": one.archetype or row.archetype,
        "name": one.name, "name_en": one.name_en, "unit": one.unit, "unit_code": unit[0], "unit_name": unit[1],
        "whole": unit == COUNTY, "year": DAY.year, "baseline": one.baseline.value if one.baseline else None,
        "value": None, "operator": one.operator, "target": one.target.value if one.target else None, "pace": None,
        "binding": one.binding, "status": "no_data", "numerator": None, "denominator": None, "basis": "",
        "department": one.department, "quote": row.quote, "flags": row.flags, "assumed": one.assumed,
    }  # fmt: skip
    return Score(**{**usual, **more})


def card(**more: Any) -> Scorecard:
    """One of three townships has no home; the beds are late; no values of 低保; 15 minutes rest on an assumption."""
    lacking = Missing(1.0, "facilities", ("elder_home",), "990103")
    homes = {"basis": "located_in", "kinds": ("elder_home",)}
    scores = [
        score("7", value=200 / 3, numerator=2.0, denominator=3.0, pace=90.0, status="missed", failing=("990103",),
              missing=(lacking,), others=(Other("serves", 100.0, 3.0, 3.0),), **homes),
        *(score("7", unit, value=float(n), numerator=float(n), status="met" if n else "missed", **homes,
                missing=() if n else (lacking,)) for unit, n in zip(TOWNSHIPS, (2, 1, 0), strict=True)),
        score("13a", value=1020.0, numerator=1020.0, pace=8000 / 7, status="behind", basis="ledger",
              missing=(Missing(180.0, "beds", ("elder_home",)),)),
        *(score("13a", unit, value=n, numerator=n, status="not_applicable", reason="no_target_here", basis="ledger")
          for unit, n in zip(TOWNSHIPS, (500.0, 520.0, 0.0), strict=True)),
        score("13b", basis="entered", reason="no_values"),
        score("21", value=61.5, numerator=6150.0, denominator=10000.0, status="to_verify", reason="assumed",
              basis="within_time:elder75;常住 2025",
              others=(Other("within_time:elder", 70.25, 7025.0, 10000.0), Other("distance:1000", None))),
        *(score("21", unit, value=n, status="to_verify", reason="assumed", basis="within_time:elder75")
          for unit, n in zip(TOWNSHIPS, (80.0, 60.0, 40.0), strict=True)),
    ]  # fmt: skip
    found = (Finding("units_left_aside", "warn", facts={"count": 3, "kept": 3}),)
    usual: dict[str, Any] = {
        "plan": PLAN, "as_of": DAY, "scores": tuple(scores), "parameters": {"as_of": "2026-06-30", "minutes": [15.0]},
        "inputs": INPUTS, "versions": {"quarterhour": "0.1.0"}, "findings": found,
    }  # fmt: skip
    return Scorecard(**{**usual, **more})


def renamed(one: Scorecard, text: str) -> Scorecard:
    """The same with another text wherever a ledger or a plan file may put any."""
    hostile = [
        dataclasses.replace(s, name=text, unit_name=text, department=text, quote=text, unit=text) for s in one.scores
    ]
    return dataclasses.replace(one, scores=tuple(hostile))
