"""Small counties to be scored: units with or without polygons, a ledger, numbers entered by hand."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from coverage.plans.inputs import Inputs
from coverage.plans.model import Plan
from coverage.plans.read import load_plan
from coverage.plans.score import score
from coverage.plans.scorecard import Score, Scorecard
from geo.read import Table
from layers.layer import Layer
from layers.read import layer_of

END_OF_2025 = dt.date(2025, 12, 31)
COUNTY = "990100"
#: Townships stand side by side, each so many degrees wide; a place in the n-th is at (n + 0.5) of them.
WIDE = 0.01
WEST, SOUTH = 114.0, 30.5


def at(x: float, y: float = 0.5) -> dict[str, str]:
    """A place so many townships east of the western border."""
    return {"lon": f"{WEST + x * WIDE:.7f}", "lat": f"{SOUTH + y * WIDE:.7f}"}


def township(number: int) -> str:
    return f"{COUNTY}{number:03d}"


def rows(kind: str, table: Sequence[Mapping[str, object]]) -> Layer:
    frame = pd.DataFrame(list(table)).fillna("").astype(str)
    return layer_of(Table(frame, np.arange(2, len(frame) + 2), f"{kind}.csv", "ab" * 32, ""), kind)


def codes_only(count: int, level: str = "township") -> Layer:
    """A county and its units, without polygons."""
    county = {"unit_code": COUNTY, "name": "望湖县", "level": "county", "parent_code": ""}
    units = [
        {"unit_code": township(n), "name": f"第{n}镇", "level": level, "parent_code": COUNTY}
        for n in range(1, count + 1)
    ]
    return rows("units", [county, *units])


def side_by_side(count: int, beyond: int = 0) -> Layer:
    """Townships of the county as squares from west to east, then as many of the neighbour."""
    table = [(COUNTY, "望湖县", "county", "", 0, count)]
    table += [(township(n + 1), f"第{n + 1}镇", "township", COUNTY, n, n + 1) for n in range(count)]
    if beyond:
        table.append(("990200", "邻县", "county", "", count, count + beyond))
    table += [
        (f"990200{n:03d}", f"邻{n}镇", "township", "990200", count + n - 1, count + n) for n in range(1, beyond + 1)
    ]
    boxes = [shapely.box(WEST + a * WIDE, SOUTH, WEST + b * WIDE, SOUTH + WIDE) for *_, a, b in table]
    frame = gpd.GeoDataFrame(
        {name: [row[i] for row in table] for i, name in enumerate(("unit_code", "name", "level", "parent_code"))},
        geometry=boxes, crs=4326,
    )  # fmt: skip
    return layer_of(Table(frame, np.arange(2, len(frame) + 2), "units.geojson", "ab" * 32, "EPSG:4326"), "units")


def ledger(*entries: Mapping[str, object], kind: str = "rehab_rental") -> Layer:
    """Facilities; what an entry does not say is usual."""
    return rows("facilities", [{"kind": kind, **at(0.5), "status": "open", **entry} for entry in entries])


def entered(*entries: tuple[str, str, int, float] | tuple[str, str, int, float, str]) -> Layer:
    """Values: unit, indicator, year, value and perhaps base."""
    names = ("unit_code", "indicator", "year", "value", "base")
    return rows("values", [dict(zip(names, (*entry, ""), strict=False)) for entry in entries])


def plan_of(measure: Mapping[str, Any], **indicator: Any) -> Plan:
    """A plan of one indicator, ``1``."""
    usual = {"name": "试", "name_en": "trial", "unit": "%", "measure": dict(measure)}
    row = {"id": 1, "quote": "试", "archetype": "T1", "indicator": [{**usual, **indicator}]}
    return Plan.model_validate({
        "schema_version": 1, "id": "trial", "place": "望湖县", "place_en": "Wanghu", "document": "试",
        "document_en": "trial", "level": "county", "first_year": 2020, "last_year": 2025, "requirement": [row],
    })  # fmt: skip


def scored(plan: Plan | str, inputs: Inputs, day: dt.date = END_OF_2025, **more: Any) -> Scorecard:
    """A plan, by name or as made, on a day."""
    return score(load_plan(plan) if isinstance(plan, str) else plan, inputs, day, **more)


def whole(plan: Plan | str, inputs: Inputs, indicator: str = "1", day: dt.date = END_OF_2025, **more: Any) -> Score:
    """The score of the whole."""
    return next(one for one in scored(plan, inputs, day, **more).of(indicator) if one.whole)
