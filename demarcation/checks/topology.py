"""K12: gaps, overlaps and slivers between units of one level, and units that stick out of the one above them."""

from collections.abc import Iterator, Mapping
from itertools import combinations

import shapely

from coverage.plans.territory import plain_code
from demarcation.bench import Bench
from demarcation.finding import BoundaryFinding
from demarcation.model import Line, Study
from demarcation.rules import Rules
from demarcation.topology import Misfit, UnitArea, misfits, outside_parents, units_by_level

__all__ = ["no_units", "units_fit"]

_CHECK = "K12"
#: Files hold places to about a centimetre: what is narrower than this is drawn as a line, or it would be nothing there.
_DRAWN_M = 0.05


def no_units(study: Study) -> str:
    """Why units cannot be checked; ``""`` where they can."""
    if study.units is None:
        return "units_not_given"
    return "" if units_by_level(study.units, study.as_of) else "units_without_land"


def units_fit(bench: Bench, rules: Rules) -> Iterator[BoundaryFinding]:
    """K12: land of units of one level that nobody has, or that two have."""
    if bench.study.units is None:
        return
    levels = units_by_level(bench.study.units, bench.study.as_of)
    everyone = {unit.code: unit for units in levels.values() for unit in units}
    parents = tuple(everyone.values())
    for units in levels.values():
        for misfit in [*misfits(units, rules), *outside_parents(units, parents, rules)]:
            yield _finding(misfit, everyone, _line_code(misfit, everyone, bench.study.lines), rules)


def _finding(misfit: Misfit, units: Mapping[str, UnitArea], line_code: str, rules: Rules) -> BoundaryFinding:
    names = [f"{units[code].name}({code})" for code in misfit.units]
    narrow = misfit.width_m < rules.K12.sliver_m
    facts = {
        "units_zh": "、".join(names),
        "units_en": ", ".join(names),
        "width_m": f"{misfit.width_m:.3f}" if misfit.width_m < 1 else f"{misfit.width_m:,.1f}",
        "form_zh": "狭长" if narrow else "",
        "form_en": " (a sliver)" if narrow else "",
    }
    area_m2 = misfit.area_m2
    where = misfit.where if misfit.width_m >= _DRAWN_M else shapely.LineString(misfit.where.exterior.coords)
    if misfit.kind == "gap":
        return BoundaryFinding("unit_borders_gap", _CHECK, "fail", line_code, value=area_m2, limit=0.0, unit="m2",
                               where=where, facts=facts)  # fmt: skip
    if misfit.kind == "overlap":
        return BoundaryFinding("unit_borders_overlap", _CHECK, "fail", line_code, value=area_m2, limit=0.0, unit="m2",
                               where=where, facts=facts)  # fmt: skip
    code = {"hole": "unit_hole", "empty": "units_empty", "outside": "unit_outside_parent"}[misfit.kind]
    return BoundaryFinding(code, _CHECK, "info", line_code, value=area_m2, unit="m2", where=where, facts=facts)


def _line_code(misfit: Misfit, units: Mapping[str, UnitArea], lines: Mapping[str, Line]) -> str:
    """The line between two of the units, else between those above them; of several the smallest code."""
    above = [units[code].parent for code in misfit.units]
    for codes in (misfit.units, above):
        pairs = {frozenset(pair) for pair in combinations(codes, 2)}
        found = [
            line.code for line in lines.values() if frozenset(map(plain_code, (line.unit_a, line.unit_b))) in pairs
        ]
        if found:
            return min(found)
    return ""
