"""K17: stakes that are not in order, repairs that stay open, repairs that one side alone confirmed."""

import datetime as dt
import re
from collections.abc import Iterator

import shapely

from demarcation.bench import Bench
from demarcation.book import EVENT_STATES, EVENTS, Book, Event
from demarcation.finding import BoundaryFinding, Severity
from demarcation.model import Line, Stake, Study
from demarcation.rules import Rules
from demarcation.states import StakeState, states

__all__ = ["missing_states", "stakes_in_order"]

#: How a table says that both sides confirmed, or which of them.
_BOTH = ("双方", "毗邻双方", "甲乙双方", "both")
_SIDE_A, _SIDE_B = ("甲方", "甲", "A方", "A", "a"), ("乙方", "乙", "B方", "B", "b")
_BETWEEN = re.compile(r"[、,，;；/|和及\s]+")


def missing_states(study: Study) -> str:
    """Why K17 cannot run: nothing tells what stakes are like.

    Examples
    --------
    >>> missing_states(Study({}, (), dt.date(2026, 6, 30)))
    'no_stake_states'
    """
    told = any(stake.state or _opened(stake) or _confirmed(stake) for stake in study.stakes)
    seen = any(entry.stake_no and entry.state for entry in study.inspections or ())
    entered = study.records is not None and bool(study.records.entries)
    return "" if told or seen or entered else "no_stake_states"


def stakes_in_order(bench: Bench, rules: Rules) -> Iterator[BoundaryFinding]:
    """Stakes by their state, their repairs and the events about them.

    Examples
    --------
    >>> from demarcation.bench import bench_of
    >>> from demarcation.rules import load_rules
    >>> study = Study({}, (Stake("9901003Q", "9901", 3, "Q", state="移位"),), dt.date(2026, 6, 30))
    >>> [(found.severity, found.facts["state"]) for found in stakes_in_order(bench_of(study), load_rules())]
    [('warn', '移动')]
    """
    study = bench.study
    book = study.records or Book()
    known = states(study.stakes, book, rules, as_of=study.as_of, log=study.inspections or ())
    for stake in study.stakes:
        yield from _state(stake, known[stake.line_code, stake.number], rules)
        yield from _repair(stake, study.lines.get(stake.line_code), study.as_of, rules)
    yield from _unknown(study, book)
    by_number = {(stake.line_code, stake.number): stake for stake in reversed(study.stakes)}
    for event in book.open_events:
        if event.needs_repair and event.found.day <= study.as_of:
            yield _event(event, by_number.get((event.found.line_code, event.found.stake_no)), study.as_of, rules)


def _unknown(study: Study, book: Book) -> Iterator[BoundaryFinding]:
    """Reports on stakes that stand in no table."""
    known = {(stake.line_code, stake.number) for stake in (*study.stakes, *study.retired)}
    entries = [entry for entry in (*(study.inspections or ()), *book.inspections) if entry.day <= study.as_of]
    for line_code, stake_no in sorted({(entry.line_code, entry.stake_no) for entry in entries} - known):
        if stake_no:
            yield _finding("report_of_no_stake", "info", Stake(stake_no, line_code, None, ""), None, None)


def _finding(
    code: str, severity: Severity, stake: Stake, days: int | None, limit: int | None, **facts: object
) -> BoundaryFinding:
    return BoundaryFinding(
        code, "K17", severity, stake.line_code, stake.number,
        value=None if days is None else float(days), limit=None if days is None or limit is None else float(limit),
        unit="" if days is None else "days", where=None if stake.place is None else shapely.Point(stake.place),
        facts=facts, row=stake.row,
    )  # fmt: skip


def _state(stake: Stake, state: StakeState, rules: Rules) -> Iterator[BoundaryFinding]:
    """What the newest reports say, else the table; a table that one side alone contradicts still counts."""
    bad, fine = rules.K17.damaged, rules.K17.in_order
    told = {report.state for report in state.reports}
    strange = sorted(word for word in (state.now) if word not in bad and word not in fine)
    if len(told) > 1 and not told <= set(fine):
        yield _finding("stake_sides_differ", "warn", stake, None, None, states="、".join(sorted(told)))
    elif told & set(bad):
        yield _finding("stake_not_in_order", "warn", stake, None, None, state=min(told))
    elif strange:
        yield _finding("stake_state_unknown", "info", stake, None, None, state="、".join(strange))
    elif state.table in bad and state.by_both:
        yield _finding(
            "stake_table_behind", "info", stake, None, None, state=state.table, states="、".join(sorted(told))
        )
    elif state.table in bad:
        yield _finding("stake_not_in_order", "warn", stake, None, None, state=state.table)
    if gone := sorted({name for report in state.reports for name in report.marks_missing}):
        yield _finding("stake_marks_missing", "warn", stake, None, None, marks="、".join(gone))


def _repair(stake: Stake, line: Line | None, as_of: dt.date, rules: Rules) -> Iterator[BoundaryFinding]:
    """A repair of the table: open for too long, or confirmed by one side alone."""
    opened, confirmed = _opened(stake), _sides(_confirmed(stake), line)
    days = None if opened is None or opened > as_of else (as_of - opened).days
    waiting = not confirmed and stake.fields.get("repair_closed") is None
    if len(confirmed) == 1:
        yield _finding("repair_one_side", "warn", stake, days, rules.K17.repair_days, unit=min(confirmed))
    elif waiting and days is not None and days > rules.K17.repair_days:
        yield _finding("repair_open", "warn", stake, days, rules.K17.repair_days, day=str(opened))


def _event(event: Event, stake: Stake | None, as_of: dt.date, rules: Rules) -> BoundaryFinding:
    found = event.found
    at = stake or Stake(found.stake_no, found.line_code, None, "")
    days, limit = (as_of - found.day).days, rules.K17.repair_days
    facts = {"number": event.number, "event_zh": EVENTS[found.kind], "event_en": found.kind, "day": str(found.day)}
    if event.state == "one_side":
        return _finding("event_one_side", "warn", at, days, limit, **facts, unit="、".join(event.confirmed_by))
    severity: Severity = "info" if event.state == "repaired" and days <= limit else "warn"
    return _finding(
        "event_open", severity, at, days, limit, **facts, state_zh=EVENT_STATES[event.state], state_en=event.state
    )


def _opened(stake: Stake) -> dt.date | None:
    day = stake.fields.get("repair_opened")
    return day.date() if isinstance(day, dt.datetime) else day if isinstance(day, dt.date) else None


def _confirmed(stake: Stake) -> str:
    return str(stake.fields.get("repair_confirmed_by") or "").strip()


def _sides(text: str, line: Line | None) -> frozenset[str]:
    """Sides that a cell names, as codes of units where it says 甲方 or 乙方."""
    a, b = ("A", "B") if line is None else (line.unit_a or "A", line.unit_b or "B")
    named: set[str] = set()
    for part in filter(None, _BETWEEN.split(text)):
        named |= {a, b} if part in _BOTH else {a} if part in _SIDE_A else {b} if part in _SIDE_B else {part}
    return frozenset(named)
