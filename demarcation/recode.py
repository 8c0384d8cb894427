"""Units merged or split as a scenario: what becomes of lines, stakes and their numbers. Nothing is changed."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, count, pairwise
from typing import Literal

import numpy as np
import shapely

from demarcation.axis import Axis, Place, axis_of, metres_per_degree
from demarcation.bench import Bench
from demarcation.codes import full_number
from demarcation.crossing import apart_m
from demarcation.model import Line, Stake
from demarcation.rules import Rules
from geo.errors import RequestError
from geo.findings import Finding
from layers.layer import Layer

__all__ = ["LineChange", "Recoded", "StakeChange", "recode"]

#: ``interior``: both sides become one unit. ``units``: the same line between other units. ``merged``: several lines or
#: stretches become one. ``part``: a stretch of a line that is divided. ``new``: between the parts of a divided unit.
Change = Literal["interior", "units", "merged", "part", "new"]
#: ``check``: nothing is proposed, somebody has to look.
Fate = Literal["keep", "renumber", "withdraw", "check"]
_GROUPED = frozenset("ABCDE")
# Who is on a side is asked at least so often along a line, and where it changes is found to so much.
_STEP_M, _EXACT_M = 50.0, 1e-3


@dataclass(frozen=True)
class LineChange:
    """One line of the scenario.

    Parameters
    ----------
    change
        See :data:`Change`.
    old
        Codes of the lines that it is made of; none of a new one.
    new
        Proposed code; ``""`` of an interior line.
    unit_a, unit_b
        Codes of both sides in the scenario.
    length_m
        On the ellipsoid.
    shape
        EPSG:4326, in the direction of its numbers.
    """

    change: Change
    old: tuple[str, ...]
    new: str
    unit_a: str
    unit_b: str
    length_m: float
    shape: shapely.MultiLineString


@dataclass(frozen=True)
class StakeChange:
    """One stake of the scenario.

    Parameters
    ----------
    fate
        See :data:`Fate`.
    reason
        ``same_line``, ``by_chainage``, ``interior``, ``at_other_line`` (it stands at a line that stays), ``off_line``
        or ``no_place``.
    old_line, old_number
        As they are.
    new_line, new_number
        Proposed; ``""`` where nothing is.
    chainage_m
        On the new line; None where it is not known.
    """

    fate: Fate
    reason: str
    old_line: str
    old_number: str
    new_line: str = ""
    new_number: str = ""
    chainage_m: float | None = None


@dataclass(frozen=True)
class Recoded:
    """A scenario; lines and stakes that it does not touch are not in it.

    Parameters
    ----------
    lines
        By old codes, new ones behind.
    stakes
        By old line and number.
    findings
        What is assumed, and what somebody has to look at.
    """

    lines: tuple[LineChange, ...]
    stakes: tuple[StakeChange, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class _Stretch:
    """A part of an old line with its sides in the scenario."""

    code: str
    level: str
    from_m: float
    to_m: float
    sides: tuple[str, str]
    parts: tuple[shapely.LineString, ...]
    whole: bool
    touched: bool


def recode(bench: Bench, rules: Rules, successors: Mapping[str, Sequence[str]], units: Layer | None = None) -> Recoded:
    """Lines and stakes after units were merged or split.

    Parameters
    ----------
    bench
        Lines and stakes as they are.
    rules
        Tolerances of K1 and K14.
    successors
        New code of each unit that changes; several where it is split.
    units
        Polygons of the new units: needed where a unit is split that has a line.

    Raises
    ------
    RequestError
        ``recode_split_needs_units`` when a polygon is missing.

    Examples
    --------
    >>> import datetime as dt
    >>> from demarcation.bench import bench_of
    >>> from demarcation.model import Study
    >>> from demarcation.rules import load_rules
    >>> recode(bench_of(Study({}, (), dt.date(2026, 6, 30))), load_rules(), {}).lines
    ()
    """
    lines = bench.study.lines
    named = {code: tuple(sorted(set(new))) for code, new in successors.items()}
    asked = {code: new for code, new in named.items() if new != (code,)}
    polygons = _polygons(units)
    stretches = [part for code in sorted(lines) for part in _stretches(bench.axes[code], lines[code], asked, polygons)]
    interior = [part for part in stretches if part.sides[0] == part.sides[1] and part.touched]
    groups: dict[tuple[str, frozenset[str]], list[_Stretch]] = {}
    for part in stretches:
        if part.sides[0] != part.sides[1]:
            groups.setdefault((part.level, frozenset(part.sides)), []).append(part)
    touched = sorted((group for group in groups.values() if any(part.touched for part in group)), key=_order)
    names = _Names(lines)
    changes = [
        LineChange("interior", (part.code,), "", *part.sides, Axis(part.parts).length_m,
                   shapely.MultiLineString(part.parts)) for part in interior
    ]  # fmt: skip
    stakes: list[StakeChange] = []
    for group in touched:
        change = _line_of(group, names, bench)
        changes.append(change)
        stakes += _numbered(group, change, bench, rules)
    staying = [axis for code, axis in bench.axes.items() if code not in {part.code for part in interior}]
    for part in interior:
        stakes += _withdrawn(part, staying, bench, rules)
    kept = {change.new for change in changes if change.change == "units"}
    stakes += _without_place({part.code for part in (*interior, *chain.from_iterable(touched))} - kept, bench)
    changes += _between_parts(asked, polygons, names)
    told = sorted(stakes, key=lambda stake: (stake.old_line, stake.old_number, stake.new_number))
    return Recoded(tuple(changes), tuple(told), tuple(_findings(asked, lines, told)))


def _polygons(units: Layer | None) -> Mapping[str, shapely.Geometry]:
    if units is None:
        return {}
    rows = zip(units.frame["unit_code"].astype(str), units.frame.geometry, strict=True)
    return {code: shape for code, shape in rows if shape is not None and shapely.get_dimensions(shape) == 2}  # noqa: PLR2004  # polygons


def _order(group: Sequence[_Stretch]) -> tuple[str, float]:
    return min((part.code, part.from_m) for part in group)


def _stretches(
    axis: Axis, line: Line, successors: Mapping[str, tuple[str, ...]], polygons: Mapping[str, shapely.Geometry]
) -> Iterator[_Stretch]:
    """A line cut where its sides change in the scenario."""
    options = [successors.get(code, (code,)) for code in (line.unit_a, line.unit_b)]
    touched = line.unit_a in successors or line.unit_b in successors
    if all(len(one) == 1 for one in options):
        sides = (options[0][0], options[1][0])
        yield _Stretch(line.code, line.level, 0.0, axis.length_m, sides, axis.parts, whole=True, touched=touched)
        return
    for code in (code for one in options if len(one) > 1 for code in one):
        if code not in polygons:
            raise RequestError("recode_split_needs_units", given=code, line=line.code)
    found = list(_runs(axis, options, polygons))
    for from_m, to_m, sides in found:
        parts = axis.parts if len(found) == 1 else (axis.between(from_m, to_m),)
        yield _Stretch(line.code, line.level, from_m, to_m, sides, parts, whole=len(found) == 1, touched=True)


def _runs(
    axis: Axis, options: Sequence[tuple[str, ...]], polygons: Mapping[str, shapely.Geometry]
) -> Iterator[tuple[float, float, tuple[str, str]]]:
    """Chainages between which the same two units lie beside a line."""

    def beside(at_m: float) -> tuple[str, str]:
        lon, lat = axis.point_at(at_m)
        scale = np.array(metres_per_degree(lat))

        def away(code: str) -> float:
            flat = shapely.transform(polygons[code], lambda xy: (xy - (lon, lat)) * scale)
            return float(shapely.distance(flat, shapely.Point(0, 0)))

        first, second = (one[0] if len(one) == 1 else min(one, key=away) for one in options)
        return first, second

    steps = np.linspace(0.0, axis.length_m, max(int(axis.length_m / _STEP_M), 2) + 1).tolist()
    # The ends of a line lie on the polygons of several units, a step inside on those of two.
    start, last_m, now = 0.0, steps[0], beside(steps[1] / 2)
    for at_m in [*steps[1:-1], (steps[-2] + steps[-1]) / 2]:
        then = beside(at_m)
        if then != now:
            low, high = last_m, at_m
            while high - low > _EXACT_M:
                middle = (low + high) / 2
                low, high = (middle, high) if beside(middle) == now else (low, middle)
            yield start, high, now
            start, now = high, then
        last_m = at_m
    yield start, axis.length_m, now


class _Names:
    """Codes for lines of the scenario: those of old ones first, then free ones. A code that falls free stays so."""

    def __init__(self, lines: Mapping[str, Line]) -> None:
        self._used: set[str] = set()
        numbers = [code for code in lines if code.isdecimal()]
        self._width = max(map(len, numbers), default=1)
        self._last = max(map(int, numbers), default=0)

    def of(self, group: Sequence[_Stretch]) -> str:
        free = sorted({part.code for part in group} - self._used)
        return self._take(free[0]) if free else self.fresh()

    def fresh(self) -> str:
        self._last += 1
        return self._take(f"{self._last:0{self._width}d}")

    def _take(self, code: str) -> str:
        self._used.add(code)
        return code


def _line_of(group: Sequence[_Stretch], names: _Names, bench: Bench) -> LineChange:
    """The stretches of a group as one line, in the direction in which the first of them is numbered."""
    ordered = sorted(group, key=lambda part: (part.code, part.from_m))
    one = ordered[0]
    change: Change = "units" if len(group) == 1 and one.whole else "part" if len(group) == 1 else "merged"
    lead = _directed(one, bench)
    axis = axis_of([*lead, *(part for stretch in ordered[1:] for part in _directed(stretch, bench))])
    start_m, end_m = (axis.locate(*place).chainage_m for place in (lead[0].coords[0], lead[-1].coords[-1]))
    if start_m > end_m:
        axis = Axis(tuple(shapely.reverse(part) for part in reversed(axis.parts)))
    old = tuple(sorted({part.code for part in group}))
    return LineChange(change, old, names.of(group), *one.sides, axis.length_m, shapely.MultiLineString(axis.parts))


def _directed(stretch: _Stretch, bench: Bench) -> list[shapely.LineString]:
    """Parts of a stretch in the direction in which its stakes are numbered; as drawn where these do not tell."""
    told = [(stake.serial, place.chainage_m) for stake, place in _on(stretch, bench) if stake.serial is not None]
    steps = [np.sign((later - sooner) * (n - m)) for (m, sooner), (n, later) in pairwise(told) if m != n]
    if sum(steps) >= 0:
        return list(stretch.parts)
    return [shapely.reverse(part) for part in reversed(stretch.parts)]


def _on(stretch: _Stretch, bench: Bench) -> Iterable[tuple[Stake, Place]]:
    """Stakes of a stretch; one that stands where two stretches meet belongs to the first."""
    beyond_m = stretch.from_m if stretch.from_m > 0 else -1.0
    return (
        (stake, place)
        for stake, place in bench.on(stretch.code, believed=False)
        if stretch.whole or (beyond_m < place.chainage_m <= stretch.to_m)
    )


def _numbered(group: Sequence[_Stretch], change: LineChange, bench: Bench, rules: Rules) -> Iterator[StakeChange]:
    """Stakes of a line of the scenario: kept where the line stays whole, else numbered anew along it."""
    standing = [pair for stretch in group for pair in _on(stretch, bench)]
    if change.change == "units":
        for stake, beside in zip(bench.study.stakes, bench.places, strict=True):
            if stake.line_code == change.new:
                yield StakeChange("keep", "same_line", stake.line_code, stake.number, change.new, stake.number,
                                  None if beside is None else beside.chainage_m)  # fmt: skip
        return
    axis = Axis(tuple(shapely.get_parts(change.shape)))
    together: dict[tuple[str, object], list[tuple[float, Stake]]] = {}
    for position, (stake, place) in enumerate(standing):
        if stake.place is None or abs(place.offset_m) > rules.K1.beside_m:
            yield StakeChange("check", "off_line", stake.line_code, stake.number, change.new)
            continue
        # Double and triple stakes share a number; any other stands alone, even under a number that is there twice.
        shared = stake.kind in _GROUPED and stake.serial is not None
        key = (stake.line_code, stake.serial if shared else f"row {position}")
        together.setdefault(key, []).append((axis.locate(*stake.place).chainage_m, stake))
    in_order = sorted(together.items(), key=lambda item: (min(at_m for at_m, _ in item[1]), str(item[0])))
    # A number that was declared void is given to nobody else.
    void = {stake.serial for stake in bench.study.retired if stake.line_code == change.new}
    free = (serial for serial in count(1) if serial not in void)
    for serial, (_, stakes) in zip(free, in_order, strict=False):
        for at_m, stake in stakes:
            number = full_number(change.new, serial, stake.kind)
            fate: Fate = "keep" if number == stake.number else "renumber"
            yield StakeChange(fate, "by_chainage", stake.line_code, stake.number, change.new, number, at_m)


def _withdrawn(stretch: _Stretch, staying: Sequence[Axis], bench: Bench, rules: Rules) -> Iterator[StakeChange]:
    """Stakes of a line that lies inside of one unit: 废止, but for one that stands at a line that stays."""
    for stake, _ in _on(stretch, bench):
        point = None if stake.place is None else shapely.Point(stake.place)
        near = point is not None and any(
            apart_m(point, shapely.MultiLineString(axis.parts))[0] <= rules.K14.stake_m for axis in staying
        )
        fate, reason = ("check", "at_other_line") if near else ("withdraw", "interior")
        yield StakeChange(fate, reason, stake.line_code, stake.number)  # type: ignore[arg-type]  # a pair of literals


def _without_place(codes: set[str], bench: Bench) -> Iterator[StakeChange]:
    for stake, place in zip(bench.study.stakes, bench.places, strict=True):
        if place is None and stake.line_code in codes:
            yield StakeChange("check", "no_place", stake.line_code, stake.number)


def _between_parts(
    successors: Mapping[str, tuple[str, ...]], polygons: Mapping[str, shapely.Geometry], names: _Names
) -> Iterator[LineChange]:
    """Lines that a split makes: where the polygons of its parts meet."""
    for new in (new for _, new in sorted(successors.items()) if len(new) > 1):
        for position, first in enumerate(new):
            for second in new[position + 1 :]:
                if first not in polygons or second not in polygons:
                    continue
                shared = shapely.intersection(shapely.boundary(polygons[first]), shapely.boundary(polygons[second]))
                parts = [part for part in shapely.get_parts(shared) if shapely.get_dimensions(part) == 1]
                if parts:
                    merged = shapely.get_parts(shapely.line_merge(shapely.union_all(parts))).tolist()
                    axis = axis_of(merged)
                    yield LineChange("new", (), names.fresh(), first, second, axis.length_m,
                                     shapely.MultiLineString(axis.parts))  # fmt: skip


def _findings(
    successors: Mapping[str, tuple[str, ...]], lines: Mapping[str, Line], stakes: Sequence[StakeChange]
) -> Iterator[Finding]:
    yield Finding("recode_is_a_scenario", "info")
    sides = {code for line in lines.values() for code in (line.unit_a, line.unit_b)}
    if strangers := sorted(set(successors) - sides):
        yield Finding("recode_no_line", "warn", facts={"count": len(strangers), "given": ", ".join(strangers[:5])})
    if unclear := sum(stake.fate == "check" for stake in stakes):
        yield Finding("recode_to_check", "warn", facts={"count": unclear})
