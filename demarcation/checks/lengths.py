"""K8: lengths and chainages that the record declares, against the ellipsoid."""

from collections.abc import Iterator

import numpy as np
import shapely

from demarcation.axis import SAME_M, drawn_twice
from demarcation.bench import Bench
from demarcation.finding import BoundaryFinding
from demarcation.limits import limits_of
from demarcation.model import Line, Stake
from demarcation.rules import Rules
from geo.crs import GEOD

__all__ = ["lengths"]

_M_PER_KM = 1000.0


def lengths(bench: Bench, rules: Rules) -> Iterator[BoundaryFinding]:
    """K8: the declared length, parts that do not meet, and the declared chainage of stakes."""
    for code, line in bench.study.lines.items():
        axis = bench.axes[code]
        yield from _declared(line, axis.length_m, rules)
        if twice := drawn_twice([segment.path for segment in line.segments]):
            yield BoundaryFinding("line_drawn_twice", "K8", "warn", code, value=float(twice), limit=0.0, unit="count",
                                  row=line.row)  # fmt: skip
        for gap in axis.gaps:
            yield BoundaryFinding("line_has_gap", "K8", "warn", code, "", float(GEOD.geometry_length(gap)), SAME_M, "m",
                                  gap, row=line.row)  # fmt: skip
        yield from _chainages(bench, code, rules)


def _declared(line: Line, length_m: float, rules: Rules) -> Iterator[BoundaryFinding]:
    """The length that the record names, in metres; or, clearly, in kilometres."""
    declared_m = line.declared_length_m
    if declared_m is None or length_m <= 0:
        return
    off = _off_percent(declared_m, length_m)
    if off <= rules.K8.warn_percent:
        return
    in_km = _off_percent(declared_m * _M_PER_KM, length_m) <= rules.K8.kilometres_percent
    facts = {"declared": f"{declared_m:,.12g}", "length_m": f"{length_m:,.1f}"}
    yield BoundaryFinding("length_in_kilometres" if in_km else "length_differs", "K8", "warn", line.code, "", off,
                          rules.K8.warn_percent, "%", facts=facts, row=line.row)  # fmt: skip


def _off_percent(declared_m: float, length_m: float) -> float:
    return abs(declared_m - length_m) / length_m * 100


def _chainages(bench: Bench, code: str, rules: Rules) -> Iterator[BoundaryFinding]:
    """The chainage that the register gives a stake, counted from whichever end fits most of the line's stakes."""
    axis = bench.axes[code]
    said = [(stake, place, at_m) for stake, place in bench.on(code) if (at_m := _declared_chainage(stake)) is not None]
    if not said:
        return
    from_start = np.array([at_m - place.chainage_m for _, place, at_m in said])
    from_end = np.array([at_m - (axis.length_m - place.chainage_m) for _, place, at_m in said])
    off = min(np.abs(from_start), np.abs(from_end), key=lambda one: float(np.median(one)))
    for (stake, place, at_m), off_m in zip(said, off, strict=True):
        limit_m = max(limits_of(bench, stake, place.foot, rules).fail_m, at_m * rules.K8.warn_percent / 100)
        if off_m > limit_m:
            where = None if stake.place is None else shapely.Point(stake.place)
            yield BoundaryFinding("chainage_differs", "K8", "warn", code, stake.number, float(off_m), limit_m, "m",
                                  where, {"declared": f"{at_m:,.1f}"}, stake.row)  # fmt: skip


def _declared_chainage(stake: Stake) -> float | None:
    """The cell of the register as a number; None where it holds none."""
    try:
        at_m = float(str(stake.fields.get("declared_chainage_m", "")))
    except ValueError:
        return None
    return at_m if np.isfinite(at_m) else None
