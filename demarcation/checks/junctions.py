"""K14: lines of three units meet in one point (三交点), and the stake there is a 三面型."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt
import shapely

from coverage.plans.territory import plain_code
from demarcation.axis import Axis, metres_per_degree
from demarcation.bench import Bench
from demarcation.finding import BoundaryFinding, Severity
from demarcation.model import Line, LonLat, Stake, Study
from demarcation.readings import apart_m
from demarcation.rules import Rules
from demarcation.topology import UnitArea, units_by_level
from geo.crs import geodesic_m

__all__ = ["lines_meet", "no_sides"]

_CHECK = "K14"
_SINGLE, _TRIPLE = "Q", ("C", "D", "E")
_THREE_SIDED = "三面"
_THREE = 3


@dataclass(frozen=True)
class _End:
    """One end of a line.

    Parameters
    ----------
    line
        Its code.
    pair
        Units on both sides.
    place
        Degrees.
    """

    line: str
    pair: frozenset[str]
    place: LonLat

    @property
    def level(self) -> int:
        """Digits of the codes: lines of one level meet each other."""
        return max(len(plain_code(unit)) for unit in self.pair)


def no_sides(study: Study) -> str:
    """Why no junction can be found; ``""`` where one can."""
    return "" if any(_pair(line) for line in study.lines.values()) else "lines_name_no_units"


def lines_meet(bench: Bench, rules: Rules) -> Iterator[BoundaryFinding]:
    """K14: ends of three lines, a line that ends on one of the level above, and the stakes at such points."""
    ends = _ends(bench.study.lines, bench.axes)
    if not ends:
        return
    net = _Net(ends, rules)
    ground = _Ground(bench, rules)
    used: set[int] = set()
    junctions = [frozenset(group) for group in net.meetings() if len(net.units(group)) >= _THREE]
    for closure_m, corner in net.corners():
        if used & set(corner) or (closure_m > rules.K14.limit_m and not ground.free(ends, corner)):
            continue
        used |= set(corner)
        junctions.append(frozenset(corner))
        if closure_m > rules.K14.limit_m:
            known = ground.knows(ends[corner[0]].pair)
            yield _open_corner([ends[position] for position in corner], closure_m, rules, known=known)
    for position, end in enumerate(ends):
        if position not in used and net.alone(position):
            yield from _short_of_the_line(end, bench, ground, rules)
    yield from _stakes(bench, [[ends[position] for position in group] for group in junctions], rules)


def _ends(lines: Mapping[str, Line], axes: Mapping[str, Axis]) -> list[_End]:
    found = []
    for code, axis in sorted(axes.items()):
        pair = _pair(lines[code])
        first, last = axis.parts[0].coords[0][:2], axis.parts[-1].coords[-1][:2]
        if pair and first != last:
            found += [_End(code, pair, (float(lon), float(lat))) for lon, lat in (first, last)]
    return found


def _pair(line: Line) -> frozenset[str]:
    """Both units of a line; empty where it does not name two."""
    pair = frozenset((line.unit_a, line.unit_b))
    return pair if len(pair) == 2 and "" not in pair else frozenset()  # noqa: PLR2004


class _Net:
    """Ends of lines with those near each."""

    def __init__(self, ends: Sequence[_End], rules: Rules) -> None:
        self._ends, self._rules = ends, rules
        places = np.array([end.place for end in ends])
        scale = np.array(metres_per_degree(float(places[:, 1].mean())))
        points = shapely.points(places * scale)
        # The plane only picks: wider than asked, as it is exact at one latitude alone.
        a, b = shapely.STRtree(points).query(points, predicate="dwithin", distance=1.1 * rules.K14.reach_m)
        away_m = geodesic_m(places[a], places[b])
        self._apart_m: dict[int, dict[int, float]] = {position: {} for position in range(len(ends))}
        for first, second, metres in zip(a.tolist(), b.tolist(), away_m.tolist(), strict=True):
            one_level = ends[first].level == ends[second].level
            if one_level and ends[first].line != ends[second].line and metres <= rules.K14.reach_m:
                self._apart_m[first][second] = metres

    def meeting(self, position: int) -> frozenset[int]:
        """An end with the ends that meet it."""
        near = self._apart_m[position].items()
        return frozenset({position, *(other for other, metres in near if metres <= self._rules.K14.limit_m)})

    def meetings(self) -> list[frozenset[int]]:
        """Ends that meet, each set once."""
        return sorted({self.meeting(position) for position in self._apart_m}, key=sorted)

    def units(self, group: frozenset[int]) -> frozenset[str]:
        """All units whose lines end there."""
        return frozenset().union(*(self._ends[position].pair for position in group))

    def alone(self, position: int) -> bool:
        """Whether no line of a neighbour ends within the reach of a foot."""
        pair = self._ends[position].pair
        return not any(
            metres <= self._rules.K14.foot_m and pair & self._ends[other].pair
            for other, metres in self._apart_m[position].items()
        )

    def corners(self) -> list[tuple[float, tuple[int, int, int]]]:
        """Three ends of the three lines between three units, with their greatest distance; the nearest first."""
        found = []
        for first, near in self._apart_m.items():
            for second, third in combinations(sorted(other for other in near if other > first), 2):
                corner = (first, second, third)
                if third in self._apart_m[second] and self._is_corner(corner):
                    found.append((max(near[second], near[third], self._apart_m[second][third]), corner))
        return sorted(found)

    def _is_corner(self, corner: tuple[int, int, int]) -> bool:
        units = self.units(frozenset(corner))
        # An end that meets the line of a fourth unit belongs to another point.
        return (
            len(units) == _THREE
            and len({self._ends[position].pair for position in corner}) == _THREE
            and all(self.units(self.meeting(position)) <= units for position in corner)
        )


class _Ground:
    """The units around an end, where units are known."""

    def __init__(self, bench: Bench, rules: Rules) -> None:
        self._limit_m = rules.K14.limit_m
        self._level: dict[str, list[UnitArea]] = {}
        if bench.study.units is not None:
            for units in units_by_level(bench.study.units, bench.study.as_of).values():
                self._level |= dict.fromkeys((unit.code for unit in units), units)

    def knows(self, units: frozenset[str]) -> bool:
        """Whether there is land of units of this level."""
        return any(plain_code(code) in self._level for code in units)

    def free(self, ends: Sequence[_End], corner: Sequence[int]) -> bool:
        """Whether no fourth unit stands at one of the ends: short borders may have no line of their own."""
        units = frozenset().union(*(ends[position].pair for position in corner))
        return not any(self.others_at(ends[position].place, units) for position in corner)

    def others_at(self, place: LonLat, units: frozenset[str]) -> set[str]:
        """Units of the same level at a place, beside those named."""
        codes = {plain_code(code) for code in units}
        neighbours = next((self._level[code] for code in sorted(codes) if code in self._level), [])
        scale = np.array(metres_per_degree(place[1]))
        at, around = shapely.Point(0.0, 0.0), 2 * self._limit_m / scale
        box = shapely.box(*(np.array(place) - around), *(np.array(place) + around))
        return {
            unit.code
            for unit in neighbours
            if unit.code not in codes
            and shapely.intersects(unit.shape, box)
            and shapely.dwithin(_around(unit.shape, place, scale), at, self._limit_m)
        }


def _around(shape: shapely.Geometry, place: LonLat, scale: npt.NDArray[np.float64]) -> shapely.Geometry:
    return shapely.transform(shape, lambda xy: (xy - np.array(place)) * scale)


def _open_corner(here: Sequence[_End], closure_m: float, rules: Rules, *, known: bool) -> BoundaryFinding:
    """Ends that do not meet. Far apart, and nothing known of the land there, a small fourth unit may lie between."""
    severity: Severity = "fail" if known or closure_m <= rules.K14.foot_m else "warn"
    lines = sorted(end.line for end in here)
    units = sorted(frozenset().union(*(end.pair for end in here)))
    pairs = sorted((apart_m(a.place, b.place), a.line, b.line) for a, b in combinations(here, 2))
    # Where two of them meet, the third is the one to look at.
    nearest_m, *meeting = pairs[0]
    alone = [line for line in lines if line not in meeting] if nearest_m <= rules.K14.limit_m else lines
    places = {end.line: end.place for end in here}
    facts = {"lines_zh": "、".join(lines), "lines_en": ", ".join(lines), "units_zh": "、".join(units),
             "units_en": ", ".join(units)}  # fmt: skip
    return BoundaryFinding("junction_open", _CHECK, severity, alone[0], value=closure_m, limit=rules.K14.limit_m,
                           unit="m", where=shapely.LineString([places[code] for code in pairs[-1][1:]]),
                           facts=facts)  # fmt: skip


def _short_of_the_line(end: _End, bench: Bench, ground: _Ground, rules: Rules) -> Iterator[BoundaryFinding]:
    """A line that ends near, but not on, the line of the unit above both its sides."""
    feet = []
    for code, line in bench.study.lines.items():
        if any(_is_above(above, end.pair) for above in (line.unit_a, line.unit_b)):
            place = bench.axes[code].locate(*end.place)
            feet.append((abs(place.offset_m), code, place.foot))
    if not feet:
        return
    closure_m, code, foot = min(feet)
    # Where a third unit stands at the end, the line ends at that unit's border.
    siblings = {other for other in ground.others_at(end.place, end.pair) if _are_siblings(other, end.pair)}
    if rules.K14.limit_m < closure_m <= rules.K14.foot_m and not siblings:
        yield BoundaryFinding(
            "junction_off_the_line_above", _CHECK, "fail", end.line, value=closure_m, limit=rules.K14.limit_m,
            unit="m", where=shapely.LineString([end.place, foot]), facts={"above": code},
        )  # fmt: skip


def _is_above(above: str, pair: frozenset[str]) -> bool:
    """Whether both units lie in one of the level above, by their codes."""
    code = plain_code(above)
    return bool(code) and all(len(plain_code(unit)) > len(code) and unit.startswith(code) for unit in pair)


def _are_siblings(other: str, pair: frozenset[str]) -> bool:
    return all(len(plain_code(unit)) == len(other) and unit[:6] == other[:6] for unit in pair)


def _stakes(bench: Bench, junctions: Sequence[Sequence[_End]], rules: Rules) -> Iterator[BoundaryFinding]:
    """Single stakes at a point of three units, where no stake there has three sides."""
    accused: dict[int, tuple[Stake, float, list[str]]] = {}
    stakes = [
        (position, stake)
        for position, stake in enumerate(bench.study.stakes)
        if stake.place is not None and position not in bench.suspects
    ]
    for junction in junctions:
        lines = {end.line for end in junction}
        places = np.array([end.place for end in junction])
        here = []
        for position, stake in stakes:
            if stake.line_code in lines:
                away_m = float(geodesic_m(np.tile(np.array(stake.place), (len(places), 1)), places).min())
                if away_m <= rules.K14.stake_m:
                    here.append((position, stake, away_m))
        if any(stake.kind in _TRIPLE or _THREE_SIDED in stake.shape for _, stake, _ in here):
            continue
        for position, stake, away_m in here:
            if stake.kind == _SINGLE:
                accused[position] = (stake, away_m, sorted(lines))
    for position in sorted(accused):
        stake, away_m, at_lines = accused[position]
        facts = {"lines_zh": "、".join(at_lines), "lines_en": ", ".join(at_lines)}
        yield BoundaryFinding(
            "junction_stake_not_three_sided", _CHECK, "fail", stake.line_code, stake.number, value=away_m,
            limit=rules.K14.stake_m, unit="m", where=shapely.Point(stake.place), facts=facts, row=stake.row,
        )  # fmt: skip
