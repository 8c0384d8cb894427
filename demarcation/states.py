"""What each stake is like: the table of stakes, and the newest entry of each side."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from demarcation.book import Book
from demarcation.model import Inspection, Stake
from demarcation.rules import Rules

__all__ = ["Report", "StakeState", "normal_state", "states"]


@dataclass(frozen=True)
class Report:
    """What one side last said of a stake.

    Parameters
    ----------
    unit
        Code of the side; ``""``: both.
    state
        In the words of the rules.
    day
        When it was seen.
    marks_missing
        Names of reference marks that were not found.
    """

    unit: str
    state: str
    day: dt.date
    marks_missing: tuple[str, ...] = ()


@dataclass(frozen=True)
class StakeState:
    """What a stake is like.

    Parameters
    ----------
    table
        State of the table of stakes, in the words of the rules; ``""`` where it says none.
    reports
        The newest of each side, by the code of the side.
    """

    table: str
    reports: tuple[Report, ...]

    @property
    def by_both(self) -> bool:
        """Both sides have reported."""
        return len(self.reports) > 1 or any(not report.unit for report in self.reports)

    @property
    def agree(self) -> bool:
        """False: 双方不一致."""
        return len({report.state for report in self.reports}) < 2  # noqa: PLR2004  # one word, or none

    @property
    def now(self) -> tuple[str, ...]:
        """The words that hold now: of the reports where there are any, else of the table."""
        told = tuple(sorted({report.state for report in self.reports}))
        return told or ((self.table,) if self.table else ())


def normal_state(word: str, rules: Rules) -> str:
    """A word for the state of a stake as the rules spell it.

    Examples
    --------
    >>> from demarcation.rules import load_rules
    >>> normal_state("移位", load_rules()), normal_state("完好", load_rules())
    ('移动', '完好')
    """
    return rules.K17.same.get(word.strip(), word.strip())


def states(
    stakes: Iterable[Stake], book: Book, rules: Rules, *, as_of: dt.date, log: Sequence[Inspection] = ()
) -> dict[tuple[str, str], StakeState]:
    """What each stake is like, by line and number: the table, and the newest entry of each side up to a day.

    A report of both sides together stands for a side that has said nothing newer.

    Examples
    --------
    >>> from demarcation.rules import load_rules
    >>> day = dt.date(2026, 5, 1)
    >>> seen = [Inspection("9901", "9901003Q", day, 5, unit, word) for unit, word in (("A", "完好"), ("B", "移位"))]
    >>> state = states([Stake("9901003Q", "9901", 3, "Q", "完好")], Book(), load_rules(), as_of=day, log=seen)
    >>> state["9901", "9901003Q"].now, state["9901", "9901003Q"].agree
    (('完好', '移动'), False)
    """
    newest: dict[tuple[str, str], dict[str, Report]] = {}
    told = sorted(log, key=lambda entry: (entry.unit, entry.state))
    for entry in sorted((*told, *book.inspections), key=lambda entry: entry.day):
        if entry.stake_no and entry.state.strip() and entry.day <= as_of:
            sides = newest.setdefault((entry.line_code, entry.stake_no), {})
            if not entry.unit:
                sides.clear()
            sides[entry.unit] = Report(entry.unit, normal_state(entry.state, rules), entry.day, entry.marks_missing)
    return {
        (stake.line_code, stake.number): StakeState(
            normal_state(stake.state, rules), _reports(newest.get((stake.line_code, stake.number), {}))
        )
        for stake in stakes
    }


def _reports(sides: Mapping[str, Report]) -> tuple[Report, ...]:
    own = tuple(report for unit, report in sorted(sides.items()) if unit)
    # What both saw together still holds for a side that has said nothing since.
    return own if len(own) > 1 or "" not in sides else (sides[""], *own)
