"""K4 and K5: what a stake's number says against its row, its line and the units; where the numbers of a line begin."""

import datetime as dt
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import pandas as pd
import shapely

from demarcation.axis import metres_per_degree
from demarcation.bench import Bench
from demarcation.codes import plain_number
from demarcation.finding import BoundaryFinding, Severity
from demarcation.model import Line, Stake, Study
from demarcation.numbering import Row, rows_by_line
from demarcation.read import ROW_COUNT
from demarcation.rules import Rules

__all__ = ["check_codes", "check_start"]

#: What types of stakes are called, to the type codes that the word allows.
_WORDS: Final = {"单": "Q", "双": "AB", "三": "CDE"}
#: Length of a county's code, and of each level below it.
_COUNTY, _LEVELS = 6, (6, 9, 12)
_SEPARATORS: Final = str.maketrans("、,;/", "    ")
_NEAR_M: Final = 1.0


def check_codes(bench: Bench, rules: Rules) -> Iterator[BoundaryFinding]:
    """K4: numbers fit the scheme and their rows; lines, units and managing sides are those that there are.

    Examples
    --------
    >>> from demarcation.bench import bench_of
    >>> from demarcation.rules import load_rules
    >>> stakes = (Stake("9917005Q", "9916", 5, "Q"), Stake("9916006Q", "9916", 6, "Q"))
    >>> found = check_codes(bench_of(Study({}, stakes, dt.date(2026, 6, 30))), load_rules())
    >>> [(one.code, one.stake_no) for one in found]
    [('number_of_other_line', '9917005Q'), ('line_not_in_table', '')]
    """
    lines = rows_by_line(bench.study.stakes, rules)
    fits = any(row.number is not None for rows in lines.values() for row in rows)
    names = _unit_names(bench.study)
    counted = sum(ROW_COUNT in stake.fields for stake in bench.study.stakes)
    if counted:
        yield _of_line("serials_count_rows", "info", "", counted)
    for code, rows in lines.items():
        line = bench.study.lines.get(code)
        if fits:
            for row in rows:
                yield from _number(row)
        else:
            yield _of_line("numbers_off_scheme", "warn", code, len(rows), sample=rows[0].stake.number)
        yield from _spelling(code, rows)
        if line is not None:
            for row in rows:
                yield from _managed(row.stake, line, names)
        elif any(not row.stray for row in rows):
            yield _of_line("line_not_in_table", "fail", code, len(rows))
    for line in bench.study.lines.values():
        yield from _units(line, bench.study)


def _number(row: Row) -> Iterator[BoundaryFinding]:
    """A number against the scheme and against the columns of its row."""
    stake, number = row.stake, row.number
    if number is None:
        yield _of_stake("number_off_scheme", "fail", stake)
        return
    if row.stray:
        yield _of_stake("number_of_other_line", "fail", stake, said=number.line, wanted=row.line)
    if len(row.serials) > 1:
        serial = min(row.serials - {number.serial})
        yield _of_stake("number_serial_differs", "fail", stake, said=f"{number.serial:03d}", column=f"{serial:03d}")
    word = str(stake.fields.get("type", ""))
    allowed = next((kinds for key, kinds in _WORDS.items() if key in word), word if len(row.kinds) > 1 else "")
    if allowed and number.kind and number.kind not in allowed:
        yield _of_stake("number_kind_differs", "fail", stake, said=number.kind, column=word)


def _spelling(code: str, rows: Sequence[Row]) -> Iterator[BoundaryFinding]:
    """Numbers that are known only after full-width characters and blanks were read as usual ones."""
    changed = [row for row in rows if row.number is not None and row.plain != row.stake.number]
    if changed:
        yield _of_line("numbers_normalised", "info", code, len(changed), sample=changed[0].stake.number)
    if rows[0].number is not None and rows[0].line != plain_number(code):
        yield _of_line("numbers_apart_from_code", "info", code, len(rows), said=rows[0].line)


# ---- units and sides -------------------------------------------------------------------------------------------------


def _managed(stake: Stake, line: Line, names: Mapping[str, frozenset[str]]) -> Iterator[BoundaryFinding]:
    """A stake that neither side of its line manages; units above and below a side are of that side."""
    given = _half(stake.managed_by).translate(_SEPARATORS).split()
    sides = (line.unit_a, line.unit_b)
    if not given or not all(sides) or any(part in sides for part in given):
        return
    codes = [_codes(text, names) for text in sides]
    mine: frozenset[str] = frozenset().union(*(_codes(part, names) for part in given))
    if not mine or not all(codes):
        return
    both = codes[0] | codes[1]
    if not any(one.startswith(side) or side.startswith(one) for one in mine for side in both):
        facts = {"unit": stake.managed_by, "unit_a": line.unit_a, "unit_b": line.unit_b}
        yield _of_stake("managed_by_neither", "warn", stake, **facts)


def _codes(text: str, names: Mapping[str, frozenset[str]]) -> frozenset[str]:
    """Codes that a code or a name of a unit means, without trailing levels of zeros; none where it is not known."""
    plain = _half(text)
    return frozenset({_significant(plain)}) if plain.isdecimal() else names.get(plain, frozenset())


def _significant(code: str) -> str:
    while len(code) > _COUNTY and code.endswith("000"):
        code = code[:-3]
    return code


def _unit_names(study: Study) -> dict[str, frozenset[str]]:
    """Codes of units by name; names repeat."""
    found: dict[str, set[str]] = {}
    if study.units is not None:
        frame = study.units.frame
        for name, code in zip(frame["name"], frame["unit_code"], strict=True):
            found.setdefault(_half(str(name)), set()).add(_significant(_half(str(code))))
    return {name: frozenset(codes) for name, codes in found.items()}


def _units(line: Line, study: Study) -> Iterator[BoundaryFinding]:
    """Sides of a line that are no units, or none on the day."""
    if study.units is None:
        return
    spans: dict[str, list[tuple[dt.date | None, dt.date | None]]] = {}
    for record in study.units.frame.to_dict("records"):
        span = _day(record.get("valid_from")), _day(record.get("valid_to"))
        spans.setdefault(_significant(_half(str(record["unit_code"]))), []).append(span)
    for unit in (line.unit_a, line.unit_b):
        plain = _significant(_half(unit))
        if not plain.isdecimal():
            continue
        if plain not in spans:
            expected = _is_covered(plain, spans)
            text, severity = _ABSENT[expected]
            yield _line_finding(text, severity, line, unit=unit)
        elif not any((a is None or a <= study.as_of) and (b is None or study.as_of <= b) for a, b in spans[plain]):
            yield _line_finding("line_unit_not_valid", "fail", line, unit=unit, day=study.as_of.isoformat())


_ABSENT: Final[Mapping[bool, tuple[str, Severity]]] = {
    True: ("line_unit_unknown", "fail"),
    False: ("line_unit_beyond", "info"),
}


def _is_covered(code: str, known: Mapping[str, object]) -> bool:
    """Whether the layer of units would hold a code: it has others of its parent, or several counties."""
    if len(code) not in _LEVELS:
        return False
    parent = "" if len(code) == _COUNTY else code[:-3]
    peers = [other for other in known if len(other) == len(code) and other.startswith(parent)]
    return len(peers) > 1


def _day(value: object) -> dt.date | None:
    return value if isinstance(value, dt.date) and value is not pd.NaT else None


def _half(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip()


# ---- where numbers begin ---------------------------------------------------------------------------------------------


def check_start(bench: Bench, _: Rules) -> Iterator[BoundaryFinding]:
    """K5: numbers usually begin at the west or the north end of a line.

    Examples
    --------
    >>> from demarcation.bench import bench_of
    >>> from demarcation.model import Segment
    >>> from demarcation.rules import load_rules
    >>> path = shapely.LineString([(114.0, 30.1), (114.1, 30.0)])
    >>> line = Line("9916", "", "", "", "", None, "", None, None, None, None, None, "", None, (Segment("", path, 1),))
    >>> stakes = (Stake("9916001Q", "9916", 1, "Q", place=(114.1, 30.0)),
    ...           Stake("9916002Q", "9916", 2, "Q", place=(114.0, 30.1)))
    >>> [one.code for one in check_start(bench_of(Study({"9916": line}, stakes, dt.date(2026, 6, 30))), load_rules())]
    ['numbers_begin_elsewhere']
    """
    for code, line in bench.study.lines.items():
        placed = [(stake.serial, stake) for stake, _ in bench.on(code) if stake.serial is not None]
        if not placed:
            continue
        first, last = min(placed, key=lambda one: one[0]), max(placed, key=lambda one: one[0])
        start, end = first[1].place, last[1].place
        if first[0] != 1 or last[0] == 1 or start is None or end is None:
            continue
        east_m, north_m = metres_per_degree((start[1] + end[1]) / 2)
        if (start[0] - end[0]) * east_m > _NEAR_M and (end[1] - start[1]) * north_m > _NEAR_M:
            where = shapely.Point(start)
            yield BoundaryFinding("numbers_begin_elsewhere", "K5", "info", code, where=where,
                                  facts={"first": first[1].number}, row=line.row)  # fmt: skip


def _of_stake(code: str, severity: Severity, stake: Stake, **facts: object) -> BoundaryFinding:
    where = None if stake.place is None else shapely.Point(stake.place)
    return BoundaryFinding(code, "K4", severity, stake.line_code, stake.number, where=where, facts=facts, row=stake.row)


def _of_line(code: str, severity: Severity, line_code: str, count: int, **facts: object) -> BoundaryFinding:
    return BoundaryFinding(code, "K4", severity, line_code, value=float(count), unit="count", facts=facts)


def _line_finding(code: str, severity: Severity, line: Line, **facts: object) -> BoundaryFinding:
    return BoundaryFinding(code, "K4", severity, line.code, where=line.shape, facts=facts, row=line.row)
