"""K3: numbers of each line without gap, none twice, groups complete, one place for each number."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import shapely

from demarcation.axis import Axis
from demarcation.bench import Bench
from demarcation.codes import full_number, like_number, plain_number
from demarcation.finding import BoundaryFinding, Severity
from demarcation.model import Stake
from demarcation.numbering import GROUPS, Row, group_of, rows_by_line
from demarcation.rules import Rules
from geo.crs import GEOD

__all__ = ["check_numbers"]

#: More gaps than this on one line are one finding: a serial with a digit too many opens a thousand.
_MOST: Final = 100
#: Fewer metres than a degree of longitude has anywhere in China.
_METRES_PER_DEGREE: Final = 60_000.0


def check_numbers(bench: Bench, rules: Rules) -> Iterator[BoundaryFinding]:
    """K3: every number from 001 to the highest stands once, with its group, and at a place of its own.

    Examples
    --------
    >>> import datetime as dt
    >>> from demarcation.bench import bench_of
    >>> from demarcation.model import Line, Segment, Study
    >>> from demarcation.rules import load_rules
    >>> path = shapely.LineString([(114.0, 30.0), (114.1, 30.0)])
    >>> line = Line("9916", "", "", "", "", None, "", None, None, None, None, None, "", None, (Segment("", path, 1),))
    >>> stakes = tuple(Stake(f"991600{n}Q", "9916", n, "Q") for n in (1, 3))
    >>> found = check_numbers(bench_of(Study({"9916": line}, stakes, dt.date(2026, 6, 30))), load_rules())
    >>> [(one.code, one.stake_no) for one in found]
    [('number_missing', '9916002Q')]
    """
    lines = rows_by_line(bench.study.stakes, rules)
    void = rows_by_line(bench.study.retired, rules)
    at_m = _chainages(bench)
    strays = [row for rows in lines.values() for row in rows if row.stray]
    for code in sorted({*lines, *void}):
        rows, retired = lines.get(code, []), void.get(code, [])
        yield from _twice(rows)
        yield from _unrecorded(retired)
        # Gaps on a line that is not in the table of lines say nothing: K4 names the line.
        if code in bench.study.lines:
            elsewhere = _elsewhere(strays, code, rows)
            yield from _missing(code, (rows, retired, elsewhere), bench.axes[code], at_m.get(code, {}), rules)
            yield from _incomplete(code, (rows, retired, elsewhere), rules)
    yield from _one_place(bench, frozenset(row.stake.row for row in strays), rules)


def _twice(rows: Sequence[Row]) -> Iterator[BoundaryFinding]:
    """Numbers that several rows of a line have; where the type is no part of the number, with their type."""
    found: dict[tuple[str, str], list[Stake]] = {}
    for row in rows:
        typed = row.number is not None and row.number.kind
        found.setdefault((row.plain, "" if typed else row.stake.kind), []).append(row.stake)
    for (plain, _), stakes in found.items():
        if plain and len(stakes) > 1:
            listed = ", ".join(str(stake.row) for stake in sorted(stakes, key=lambda stake: stake.row))
            yield _finding("number_twice", "fail", stakes[-1], (len(stakes), 1), rows=listed)


def _unrecorded(retired: Sequence[Row]) -> Iterator[BoundaryFinding]:
    """Numbers declared void without a record of the change."""
    for row in retired:
        if not str(row.stake.fields.get("change_record", "")).strip():
            yield _finding("number_void_unrecorded", "warn", row.stake)


_Rows = tuple[Sequence[Row], Sequence[Row], Sequence[Row]]
_Chainages = Mapping[int | None, Sequence[float]]


def _elsewhere(strays: Sequence[Row], code: str, rows: Sequence[Row]) -> list[Row]:
    """Rows of other lines whose numbers name this line: a wrong line code, which K4 says, leaves no gap here."""
    name = rows[0].line if rows else code
    return [
        row for row in strays if row.stake.line_code != code and row.number is not None and row.number.line == name
    ]  # fmt: skip


def _present(groups: _Rows) -> dict[int, set[str]]:
    """Kinds of the stakes of each serial that stands somewhere. Where a row says two serials, both stand."""
    rows, retired, elsewhere = groups
    found: dict[int, set[str]] = {}
    for row in (*rows, *retired, *elsewhere):
        for serial in row.serials:
            found.setdefault(serial, set()).update(row.kinds)
    return found


def _missing(code: str, groups: _Rows, axis: Axis, at_m: _Chainages, rules: Rules) -> Iterator[BoundaryFinding]:
    present = _present(groups)
    highest = max((serial for row in (*groups[0], *groups[1]) if row.sure for serial in row.serials), default=0)
    below = [serial for serial in sorted(present) if 1 <= serial <= highest]
    gaps = highest - len(below)
    # A number that nobody can read (K4) may be the one that seems to be missing.
    if gaps <= sum(not row.serials for row in groups[0]):
        return
    if gaps > _MOST:
        yield BoundaryFinding("numbers_missing_many", "K3", "fail", code, value=float(gaps), limit=0.0, unit="count",
                              facts={"highest": highest})  # fmt: skip
        return
    filled = _filled([serial for serial in range(1, highest + 1) if serial not in present], at_m)
    for serial in range(1, highest + 1):
        if serial in present or serial in filled:
            continue
        neighbours = [max((one for one in below if one < serial), default=0), min(one for one in below if one > serial)]
        kinds = {group_of(present[one]) for one in neighbours if one}
        where = _between(axis, at_m, neighbours)
        for kind in kinds.pop() if len(kinds) == 1 and "" not in kinds else ("",):
            number = _spelled(code, groups, (serial, kind), rules)
            yield BoundaryFinding("number_missing", "K3", "fail", code, number, where=where,
                                  facts={"highest": highest})  # fmt: skip


def _filled(missing: Sequence[int], at_m: _Chainages) -> set[int]:
    """Missing serials where a stake stands whose number nobody can read, and where no other is missing."""
    known = sorted((serial, sum(all_m) / len(all_m)) for serial, all_m in at_m.items() if serial is not None)
    way = 1.0 if known and known[-1][1] >= known[0][1] else -1.0
    found = set()
    for lost_m in at_m.get(None, ()):
        before = max((serial for serial, its_m in known if way * its_m < way * lost_m), default=0)
        after = min((serial for serial, its_m in known if way * its_m > way * lost_m), default=before)
        here = [serial for serial in missing if before < serial < after]
        found |= set(here) if len(here) == 1 else set()
    return found


def _chainages(bench: Bench) -> dict[str, dict[int | None, list[float]]]:
    """How far along its line each believed stake stands, by line and serial; None for those without."""
    found: dict[str, dict[int | None, list[float]]] = {}
    for position, (stake, place) in enumerate(zip(bench.study.stakes, bench.places, strict=True)):
        if place is not None and position not in bench.suspects:
            found.setdefault(stake.line_code, {}).setdefault(stake.serial, []).append(place.chainage_m)
    return found


def _between(axis: Axis, at_m: _Chainages, serials: Sequence[int]) -> shapely.Point | None:
    """Where to look for a stake: on the line, between its neighbours."""
    found = [sum(chainages) / len(chainages) for serial in serials if (chainages := at_m.get(serial, []))]
    return shapely.Point(axis.point_at(sum(found) / len(found))) if found else None


def _incomplete(code: str, groups: _Rows, rules: Rules) -> Iterator[BoundaryFinding]:
    """Double stakes without their partner, triple ones without theirs; one serial for single and other stakes."""
    present = _present(groups)
    untyped = Counter(serial for row in groups[0] if not row.kinds for serial in row.serials)
    # Only a row whose number and columns agree asks for its partners; any row may be one.
    sure: dict[int, set[str]] = {}
    stakes: dict[int, Stake] = {}
    for row in groups[0]:
        for serial in row.serials if row.sure else ():
            sure.setdefault(serial, set()).update(row.kinds)
            stakes.setdefault(serial, row.stake)
    for serial, kinds in sorted(sure.items()):
        asked = [kind for group in GROUPS if kinds & set(group) for kind in group]
        lacking = [kind for kind in asked if kind not in present[serial]]
        where = _point(stakes[serial])
        for kind in lacking[untyped[serial] :]:
            number = _spelled(code, groups, (serial, kind), rules)
            there = "、".join(sorted(kinds))
            yield BoundaryFinding("group_incomplete", "K3", "fail", code, number, where=where,
                                  facts={"there": there}, row=stakes[serial].row)  # fmt: skip
        if not lacking and kinds and not group_of(kinds):
            yield _finding("number_of_two_kinds", "fail", stakes[serial], kinds=", ".join(sorted(kinds)))


def _spelled(code: str, groups: _Rows, wanted: tuple[int, str], rules: Rules) -> str:
    """A number in full, spelled as the others of its line."""
    samples = [row.plain for row in (*groups[0], *groups[1]) if row.sure]
    return like_number(samples, *wanted, rules) or full_number(code, *wanted)


def _one_place(bench: Bench, strays: frozenset[int], rules: Rules) -> Iterator[BoundaryFinding]:
    """Two numbers of a line at one place; a stake of two lines away from where they meet."""
    for first, second in _pairs(bench, rules.K3.same_place_m):
        one, other = bench.study.stakes[first], bench.study.stakes[second]
        if one.line_code == other.line_code:
            if plain_number(one.number) != plain_number(other.number):
                yield _finding("place_of_two_numbers", "warn", other, other=one.number)
        elif not {one.row, other.row} & strays:
            ends = [_at_end(bench, position, rules.K14.stake_m) for position in (first, second)]
            if not all(ends) and None not in ends:
                code, severity = _SHARED[any(ends)]
                yield _finding(code, severity, other, other=one.number, other_line=one.line_code)


_SHARED: Final[Mapping[bool, tuple[str, Severity]]] = {
    False: ("stake_of_two_lines", "warn"),
    True: ("stake_at_side_line", "info"),
}


def _at_end(bench: Bench, position: int, within_m: float) -> bool | None:
    """Whether a stake stands at an end of its line; None where its line is not known."""
    place = bench.places[position]
    if place is None:
        return None
    length_m = bench.axes[bench.study.stakes[position].line_code].length_m
    return min(place.chainage_m, length_m - place.chainage_m) <= within_m


def _pairs(bench: Bench, within_m: float) -> list[tuple[int, int]]:
    """Positions of stakes that stand at one place, in order; without those whose coordinates are not believed."""
    there = [
        position
        for position, stake in enumerate(bench.study.stakes)
        if stake.place is not None and position not in bench.suspects
    ]
    if not there:
        return []
    points = [shapely.Point(bench.study.stakes[position].place) for position in there]
    left, right = shapely.STRtree(points).query(points, predicate="dwithin", distance=within_m / _METRES_PER_DEGREE)
    found = []
    for a, b in zip(left.tolist(), right.tolist(), strict=True):
        if a < b and GEOD.inv(points[a].x, points[a].y, points[b].x, points[b].y)[2] <= within_m:
            found.append((there[a], there[b]))
    return sorted(found)


def _point(stake: Stake) -> shapely.Point | None:
    return None if stake.place is None else shapely.Point(stake.place)


def _finding(
    code: str, severity: Severity, stake: Stake, counted: tuple[int, int] | None = None, **facts: object
) -> BoundaryFinding:
    value, limit = counted or (None, None)
    return BoundaryFinding(
        code, "K3", severity, stake.line_code, stake.number, value, limit, "count" if counted else "", _point(stake),
        facts, stake.row,
    )  # fmt: skip
