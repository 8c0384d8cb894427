"""The clock of joint inspections, how much of a plan is done, and what patrols are due."""

import calendar
import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from demarcation.axis import axis_of
from demarcation.book import EVENTS, Book, Patrol
from demarcation.model import Inspection, Line, Stake
from demarcation.rules import Rules

__all__ = [
    "Asked", "Due", "DueStatus", "PatrolDue", "Progress", "due_list", "joint_days", "next_due", "patrols_due",
    "progress", "stakes_inspected",
]  # fmt: skip

DueStatus = Literal["overdue", "extra", "soon", "later", "unknown"]
_ORDER: tuple[DueStatus, ...] = ("overdue", "extra", "unknown", "soon", "later")
#: Kilometres on a form are rounded: a line of which this share is done is done.
_WHOLE = 0.995
#: What a log calls a joint inspection.
_JOINT = ("", "联检")


def next_due(last: dt.date, years: int) -> dt.date:
    """The day on which so many years are over; the last of the month where it has no such day.

    Examples
    --------
    >>> next_due(dt.date(2021, 5, 18), 5).isoformat(), next_due(dt.date(2020, 2, 29), 5).isoformat()
    ('2026-05-18', '2025-02-28')
    """
    year = min(last.year + years, dt.MAXYEAR)
    return last.replace(year=year, day=min(last.day, calendar.monthrange(year, last.month)[1]))


@dataclass(frozen=True)
class Asked:
    """An event that asks for an extra inspection.

    Parameters
    ----------
    day
        When it was found.
    word
        What happened, in Chinese.
    number
        Of the event in the records; None: it stands in the log.
    """

    day: dt.date
    word: str
    number: int | None = None


@dataclass(frozen=True)
class Due:
    """When a line is to be inspected.

    Parameters
    ----------
    line_code, name
        Which.
    lead_unit, other_unit
        牵头方 and 配合方: of the newest plan, else of the line; ``""`` where not known.
    length_m
        On the ellipsoid.
    last
        The last joint inspection up to the day; None where none is known.
    due
        When the next one is due; None where the last is not known.
    days
        From the day until then, below zero when it is over; None where the last is not known.
    status
        ``overdue``; ``extra``: an event asks for one before its time; ``soon``; ``later``; ``unknown``.
    asked
        Events that ask for one before its time.
    round
        轮次 of the newest plan up to the year of the day; None where there is none.
    """

    line_code: str
    name: str
    lead_unit: str
    other_unit: str
    length_m: float
    last: dt.date | None
    due: dt.date | None
    days: int | None
    status: DueStatus
    asked: tuple[Asked, ...]
    round: int | None


def due_list(
    lines: Mapping[str, Line], book: Book, as_of: dt.date, rules: Rules, log: Sequence[Inspection] = ()
) -> tuple[Due, ...]:
    """All lines by how soon they are to be inspected, the most urgent first.

    Parameters
    ----------
    lines
        By code.
    book
        What was entered.
    as_of
        What comes after it does not count.
    rules
        Years, days, and the events that ask for an extra inspection.
    log
        Inspections from beside the workspace.

    Examples
    --------
    >>> from demarcation.read import lines_of
    >>> from demarcation.rules import load_rules
    >>> from geo.paths import DATA_DIR
    >>> from layers.read import read_layer
    >>> lines = lines_of(read_layer(DATA_DIR / "demo/layers/lines.parquet", "lines"))
    >>> due = due_list(lines, Book(), dt.date(2026, 6, 30), load_rules())
    >>> [(one.line_code, one.days) for one in due if one.status == "overdue"]
    [('9906', -253), ('9909', -43)]
    """
    inspections = [*log, *book.inspections]
    found = [_due(line, inspections, book, as_of, rules) for line in lines.values()]
    return tuple(sorted(found, key=lambda due: (_ORDER.index(due.status), due.due or as_of, due.line_code)))


def _due(line: Line, inspections: Iterable[Inspection], book: Book, as_of: dt.date, rules: Rules) -> Due:
    length_m = axis_of([segment.path for segment in line.segments]).length_m
    done = [day for day in joint_days(line, inspections, length_m) if day <= as_of]
    if line.last_inspection is not None and line.last_inspection <= as_of:
        done.append(line.last_inspection)
    last = max(done, default=None)
    due = None if last is None else next_due(last, rules.K18.years)
    days = None if due is None else (due - as_of).days
    asked = _asked(line.code, inspections, book, rules)
    asked = [one for one in asked if one.day <= as_of and (last is None or last < one.day)]
    plans = [plan for plan in book.plans if plan.line_code == line.code and plan.year <= as_of.year]
    plan = max(plans, key=lambda plan: (plan.year, plan.round), default=None)
    sides = tuple(unit for unit in (line.unit_a, line.unit_b) if unit != line.lead_unit)
    return Due(
        line_code=line.code,
        name=line.name,
        lead_unit=line.lead_unit if plan is None else plan.lead_unit,
        other_unit=plan.other_unit if plan is not None else sides[0] if line.lead_unit and len(sides) == 1 else "",
        length_m=length_m,
        last=last,
        due=due,
        days=days,
        status=_status(days, rules.K18.soon_days, asked=bool(asked)),
        asked=tuple(asked),
        round=None if plan is None else plan.round,
    )


def _status(days: int | None, soon_days: int, *, asked: bool) -> DueStatus:
    if days is not None and days < 0:
        return "overdue"
    if asked:
        return "extra"
    if days is None:
        return "unknown"
    return "soon" if days <= soon_days else "later"


def _asked(line_code: str, inspections: Iterable[Inspection], book: Book, rules: Rules) -> list[Asked]:
    """Events of a line that ask for an inspection: those of the records that are open, and those of a log."""
    found = {
        Asked(event.found.day, EVENTS[event.found.kind], event.number)
        for event in book.open_events
        if event.found.line_code == line_code and event.found.kind in rules.K18.extra
    }
    found |= {
        Asked(entry.day, entry.event)
        for entry in inspections
        if entry.line_code == line_code and any(word in entry.event for word in rules.K18.extra_words)
    }
    return sorted(found, key=lambda one: (one.day, one.word, one.number or 0))


def _is_joint(entry: Inspection) -> bool:
    """Of a whole line, and a 联检: not a patrol, not an event."""
    return not entry.stake_no and entry.activity in _JOINT


def joint_days(line: Line, inspections: Iterable[Inspection], length_m: float) -> tuple[dt.date, ...]:
    """Days on which an inspection of the whole line was complete: both sides entered it, for all of its length.

    Entries of one side belong together by their round, without one by their day. One without a side is of both.

    Parameters
    ----------
    line
        With the codes of both sides.
    inspections
        Of any line.
    length_m
        Of the line: kilometres done in several entries are held against it.

    Examples
    --------
    >>> line = Line("9901", "", "A", "B", "", None, "", None, None, None, None, None, "A", None, ())
    >>> one = Inspection("9901", "", dt.date(2026, 5, 1), 5, "A")
    >>> other = Inspection("9901", "", dt.date(2026, 5, 3), 5, "B")
    >>> joint_days(line, [one], 1000.0), joint_days(line, [one, other], 1000.0)
    ((), (datetime.date(2026, 5, 3),))
    """
    groups: dict[object, list[Inspection]] = {}
    for entry in inspections:
        if entry.line_code == line.code and _is_joint(entry):
            groups.setdefault(entry.day if entry.round is None else entry.round, []).append(entry)
    days = []
    for group in groups.values():
        complete = [_complete(unit, group, length_m) for unit in (line.unit_a, line.unit_b)]
        if all(complete):
            days.append(max(day for day in complete if day is not None))
    return tuple(sorted(days))


def _complete(unit: str, group: Iterable[Inspection], length_m: float) -> dt.date | None:
    """The day on which a side had done the whole line; None where it has not."""
    done_m = 0.0
    for entry in sorted((entry for entry in group if entry.unit in ("", unit)), key=lambda entry: entry.day):
        done_m += length_m if entry.km_done is None else entry.km_done * 1000
        if done_m >= length_m * _WHOLE:
            return entry.day
    return None


# ---- rounds and years -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Progress:
    """What a plan asks for, and how much of it is done.

    Parameters
    ----------
    year, round
        Of the plan.
    lines, lines_done
        How many.
    due_m, done_m
        Along the lines, on the ellipsoid; done by both sides.
    unknown
        Codes of lines in the plan that there are not.
    """

    year: int
    round: int
    lines: int
    lines_done: int
    due_m: float
    done_m: float
    unknown: tuple[str, ...]


def progress(
    lines: Mapping[str, Line], book: Book, as_of: dt.date, log: Sequence[Inspection] = ()
) -> tuple[Progress, ...]:
    """Length done against length due, for each year and round of the plans, in their order.

    An inspection counts for a plan when it is of its round, or, without a round, of its year.

    Examples
    --------
    >>> progress({}, Book(), dt.date(2026, 6, 30))
    ()
    """
    inspections = [entry for entry in (*log, *book.inspections) if entry.day <= as_of and _is_joint(entry)]
    keys = sorted({(plan.year, plan.round) for plan in book.plans})
    return tuple(_progress(key, lines, book, inspections) for key in keys)


def _progress(
    key: tuple[int, int], lines: Mapping[str, Line], book: Book, inspections: Sequence[Inspection]
) -> Progress:
    year, number = key
    codes = sorted({plan.line_code for plan in book.plans if (plan.year, plan.round) == key})
    due_m = done_m = 0.0
    whole = 0
    for code in codes:
        if code not in lines:
            continue
        line = lines[code]
        length_m = axis_of([segment.path for segment in line.segments]).length_m
        own = [
            entry
            for entry in inspections
            if entry.line_code == code and (entry.round == number or (entry.round is None and entry.day.year == year))
        ]
        by_side = [_done_m(unit, own, length_m) for unit in (line.unit_a, line.unit_b)]
        due_m += length_m
        done_m += min(by_side)
        whole += min(by_side) >= length_m * _WHOLE
    known = [code for code in codes if code in lines]
    return Progress(year, number, len(known), whole, due_m, done_m, tuple(code for code in codes if code not in lines))


def _done_m(unit: str, entries: Iterable[Inspection], length_m: float) -> float:
    own = [entry for entry in entries if entry.unit in ("", unit)]
    return min(length_m, sum(length_m if entry.km_done is None else entry.km_done * 1000 for entry in own))


def stakes_inspected(
    stakes: Iterable[Stake], book: Book, due: Iterable[Due], *, as_of: dt.date, log: Sequence[Inspection] = ()
) -> dict[str, tuple[int, int]]:
    """How many stakes of each line both sides have reported in the newest round, and how many there are.

    The round is the newest that was planned or entered; entries without one count where they are of the day's year.

    Examples
    --------
    >>> stakes_inspected((), Book(), (), as_of=dt.date(2026, 6, 30))
    {}
    """
    numbers: dict[str, set[str]] = {}
    for stake in stakes:
        numbers.setdefault(stake.line_code, set()).add(stake.number)
    seen: dict[str, list[Inspection]] = {}
    for entry in (*log, *book.inspections):
        if entry.day <= as_of and entry.activity in _JOINT:
            seen.setdefault(entry.line_code, []).append(entry)
    planned = {one.line_code: one.round for one in due}
    found = {}
    for code, own in numbers.items():
        entries = seen.get(code, [])
        newest = max([entry.round or 0 for entry in entries] + [planned.get(code) or 0])
        sides: dict[str, set[str]] = {}
        for entry in entries:
            if entry.round == newest or (entry.round is None and entry.day.year == as_of.year):
                sides.setdefault(entry.stake_no, set()).add(entry.unit)
        found[code] = sum("" in sides.get(number, ()) or len(sides.get(number, ())) > 1 for number in own), len(own)
    return found


# ---- patrols --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class PatrolDue:
    """When a patrol is to be walked again.

    Parameters
    ----------
    last
        The newest entry.
    due
        The day.
    days
        Until then, below zero when it is over.
    """

    last: Patrol
    due: dt.date
    days: int


def patrols_due(book: Book, as_of: dt.date) -> tuple[PatrolDue, ...]:
    """The next patrol of each line and stake that has one, the most urgent first.

    Examples
    --------
    >>> patrols_due(Book(), dt.date(2026, 6, 30))
    ()
    """
    newest: dict[tuple[str, str], Patrol] = {}
    for patrol in book.patrols:
        key = patrol.line_code, patrol.stake_no
        if patrol.day <= as_of and (key not in newest or newest[key].day <= patrol.day):
            newest[key] = patrol
    found = []
    for patrol in newest.values():
        due = patrol.day + dt.timedelta(days=patrol.interval_days)
        found.append(PatrolDue(patrol, due, (due - as_of).days))
    return tuple(sorted(found, key=lambda one: (one.due, one.last.line_code, one.last.stake_no)))
