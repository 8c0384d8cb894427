"""K18: joint inspections that are over, due soon, or asked for by an event."""

from collections.abc import Iterator

from demarcation.bench import Bench
from demarcation.book import Book
from demarcation.finding import BoundaryFinding, Severity
from demarcation.inspection import Due, due_list
from demarcation.model import Line, Study
from demarcation.rules import Rules

__all__ = ["inspections_due", "missing_dates"]


def missing_dates(study: Study) -> str:
    """Why K18 cannot run: no line has been inspected on a day that is known, and nothing else tells of one.

    Examples
    --------
    >>> import datetime as dt
    >>> missing_dates(Study({}, (), dt.date(2026, 6, 30)))
    'no_inspection_days'
    """
    dated = any(line.last_inspection is not None for line in study.lines.values())
    logged = any(not entry.stake_no for entry in study.inspections or ())
    entered = study.records is not None and bool(study.records.entries)
    return "" if dated or logged or entered else "no_inspection_days"


def inspections_due(bench: Bench, rules: Rules) -> Iterator[BoundaryFinding]:
    """Lines by the clock of their joint inspections.

    Examples
    --------
    >>> import datetime as dt
    >>> from demarcation.bench import bench_of
    >>> from demarcation.rules import load_rules
    >>> list(inspections_due(bench_of(Study({}, (), dt.date(2026, 6, 30))), load_rules()))
    []
    """
    study = bench.study
    book = study.records or Book()
    for due in due_list(study.lines, book, study.as_of, rules, study.inspections or ()):
        line = study.lines[due.line_code]
        yield from _clock(due, line, study, rules)
        for asked in due.asked:
            days = (study.as_of - asked.day).days
            yield _finding("inspection_extra", "warn", line, days, event=asked.word, day=str(asked.day))
    told = {entry.line_code for entry in (*(study.inspections or ()), *book.inspections)}
    for code in sorted(told - set(study.lines)):
        yield BoundaryFinding("inspection_of_no_line", "K18", "info", code)


def _finding(code: str, severity: Severity, line: Line, days: int | None, **facts: object) -> BoundaryFinding:
    return BoundaryFinding(
        code, "K18", severity, line.code,
        value=None if days is None else float(days), limit=None if days is None else 0.0,
        unit="" if days is None else "days", where=line.shape, facts=facts, row=line.row,
    )  # fmt: skip


def _clock(due: Due, line: Line, study: Study, rules: Rules) -> Iterator[BoundaryFinding]:
    if line.last_inspection is not None and line.last_inspection > study.as_of:
        yield _finding("inspection_ahead", "info", line, None, last=str(line.last_inspection), day=str(study.as_of))
    elif due.days is None:
        yield _finding("inspection_unknown", "warn", line, None)
    facts = {"last": str(due.last), "due": str(due.due), "years": rules.K18.years}
    if due.status == "overdue" and due.days is not None:
        yield _finding("inspection_overdue", "warn", line, -due.days, **facts)
    elif due.days is not None and due.days <= rules.K18.soon_days:
        yield _finding("inspection_soon", "info", line, due.days, **facts)
