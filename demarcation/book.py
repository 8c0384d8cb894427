"""What was entered of a boundary, as one frozen picture: inspections, events with their steps, patrols, plans.

Entries are never changed. One that corrects or withdraws another names it, and the newest of such a chain stands.
"""

import datetime as dt
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from demarcation.model import Inspection, Photo

__all__ = [
    "EVENTS", "EVENT_STATES", "STEPS", "Book", "Entry", "Event", "EventKind", "EventState", "Found", "Kind", "Patrol",
    "Plan", "Said", "Step", "StepKind", "Withdrawn",
]  # fmt: skip

EventKind = Literal["damage", "loss", "move", "river", "road", "flood", "works", "other"]
#: Kinds of events in the bureau's words. The first three are about a stake, and end with its repair.
EVENTS: dict[EventKind, str] = {
    "damage": "损坏", "loss": "缺失", "move": "移动", "river": "河流改道", "road": "道路改线", "flood": "洪水",
    "works": "施工", "other": "其他",
}  # fmt: skip
_REPAIRED: frozenset[EventKind] = frozenset({"damage", "loss", "move"})
StepKind = Literal["told", "repaired", "confirmed"]
#: Steps of an event after it was found, in their order.
STEPS: dict[StepKind, str] = {"told": "已函告", "repaired": "已修复", "confirmed": "已确认"}
EventState = Literal["found", "told", "repaired", "one_side", "closed"]
#: Where an event stands.
EVENT_STATES: dict[EventState, str] = {
    "found": "已发现", "told": "已函告毗邻方", "repaired": "已修复待确认", "one_side": "仅一方确认",
    "closed": "双方已确认",
}  # fmt: skip
Kind = Literal["inspection", "event", "step", "patrol", "plan", "withdrawn"]


@dataclass(frozen=True)
class Found:
    """An event as it was found.

    Parameters
    ----------
    kind
        One of :data:`EVENTS`.
    line_code, stake_no
        Where; ``stake_no`` is ``""`` for what is about the line.
    day
        When it was found.
    unit
        Code of the side that found it.
    units
        Codes of both sides: it is closed when both have confirmed.
    managed_by
        Code of the side that looks after the stake, and repairs it; ``""`` where not known.
    note, photos
        As given.
    """

    kind: EventKind
    line_code: str
    stake_no: str
    day: dt.date
    unit: str
    units: tuple[str, str]
    managed_by: str = ""
    note: str = ""
    photos: tuple[Photo, ...] = ()


@dataclass(frozen=True)
class Step:
    """What was done about an event.

    Parameters
    ----------
    event
        Its number.
    kind
        ``told``: a letter to the neighbour; ``repaired`` by the managing side; ``confirmed`` by one side.
    day
        When.
    unit
        Code of the side that did it.
    note, photos
        As given: the number of a letter, a picture of the repaired stake.
    """

    event: int
    kind: StepKind
    day: dt.date
    unit: str
    note: str = ""
    photos: tuple[Photo, ...] = ()


@dataclass(frozen=True)
class Patrol:
    """A patrol between inspections (巡查).

    Parameters
    ----------
    line_code, stake_no
        ``stake_no`` is ``""`` for the whole line.
    day
        When it was walked; where ``done`` is False, the day from which the interval runs.
    keeper
        管护: a unit or a post, never a person's name.
    interval_days
        The next one is due so many days later.
    done
        False: only the interval is set.
    note
        As written.
    """

    line_code: str
    stake_no: str
    day: dt.date
    keeper: str
    interval_days: int
    done: bool = True
    note: str = ""


@dataclass(frozen=True)
class Plan:
    """A line in the plan of a year, as the province sets it.

    Parameters
    ----------
    line_code
        Which.
    year, round
        When, and in which 轮次.
    lead_unit, other_unit
        Codes of 牵头方 and 配合方.
    note
        The document that sets it.
    """

    line_code: str
    year: int
    round: int
    lead_unit: str
    other_unit: str
    note: str = ""


@dataclass(frozen=True)
class Withdrawn:
    """Nothing stands in the place of the entry that is withdrawn.

    Parameters
    ----------
    note
        Why.
    """

    note: str


Said = Inspection | Found | Step | Patrol | Plan | Withdrawn


@dataclass(frozen=True)
class Entry:
    """One entry.

    Parameters
    ----------
    number
        From 1, in the order of entering.
    kind
        Of what it says.
    said
        What it says.
    who
        Account or post that entered it.
    when
        In the office's own time.
    corrects
        Number of the entry in whose place it stands; None: of none.
    """

    number: int
    kind: Kind
    said: Said
    who: str
    when: dt.datetime
    corrects: int | None = None


@dataclass(frozen=True)
class Event:
    """An event with the steps that stand.

    Parameters
    ----------
    number
        Of the entry that first told of it.
    found
        As it stands now.
    steps
        In the order of entering.
    """

    number: int
    found: Found
    steps: tuple[Step, ...]

    def day_of(self, kind: StepKind) -> dt.date | None:
        """The first day of a kind of step; None where it was not done."""
        return min((step.day for step in self.steps if step.kind == kind), default=None)

    @property
    def confirmed_by(self) -> tuple[str, ...]:
        """Codes of the sides that confirmed, sorted."""
        return tuple(sorted({step.unit for step in self.steps if step.kind == "confirmed"}))

    @property
    def needs_repair(self) -> bool:
        """It is about a stake that has to be repaired."""
        return self.found.kind in _REPAIRED

    @property
    def state(self) -> EventState:
        """Where it stands; only both sides together close it."""
        if self.confirmed_by:
            return "closed" if set(self.found.units) <= set(self.confirmed_by) else "one_side"
        if self.day_of("repaired"):
            return "repaired"
        return "told" if self.day_of("told") else "found"

    @property
    def next_steps(self) -> tuple[StepKind, ...]:
        """What may be done next."""
        if self.state == "closed":
            return ()
        if self.day_of("told") is None:
            return ("told",)
        if self.needs_repair and self.day_of("repaired") is None:
            return ("repaired",)
        return ("confirmed",)


@dataclass(frozen=True)
class Book:
    """All entries at one moment.

    Parameters
    ----------
    entries
        In the order of their numbers.

    Examples
    --------
    >>> when = dt.datetime(2026, 5, 1, 9, 0, tzinfo=dt.UTC)
    >>> seen = Inspection("9901", "9901003Q", dt.date(2026, 5, 1), unit="990100", state="损坏")
    >>> first = Entry(1, "inspection", seen, "职员甲岗", when)
    >>> Book((first, Entry(2, "withdrawn", Withdrawn("写错桩号"), "职员甲岗", when, corrects=1))).inspections
    ()
    """

    entries: tuple[Entry, ...] = ()

    @cached_property
    def _first(self) -> dict[int, int]:
        """Number of the first entry of the chain that each entry is in."""
        first: dict[int, int] = {}
        for entry in self.entries:
            first[entry.number] = entry.number if entry.corrects is None else first.get(entry.corrects, 0)
        return first

    @cached_property
    def _standing(self) -> dict[int, Entry]:
        """The entry that stands, by the number of the first of its chain."""
        return {self._first[entry.number]: entry for entry in self.entries}

    def standing(self, number: int) -> Entry | None:
        """The entry that stands where this one once stood, a withdrawal included; None where there was none."""
        return self._standing.get(self._first.get(number, 0))

    def stands(self, entry: Entry) -> bool:
        """Neither corrected nor withdrawn."""
        return self.standing(entry.number) == entry and entry.kind != "withdrawn"

    @cached_property
    def inspections(self) -> tuple[Inspection, ...]:
        """Those that stand."""
        return tuple(entry.said for entry in self._standing.values() if isinstance(entry.said, Inspection))

    @cached_property
    def events(self) -> tuple[Event, ...]:
        """Those that stand, with their steps."""
        steps = [entry.said for entry in self._standing.values() if isinstance(entry.said, Step)]
        return tuple(
            Event(number, entry.said, tuple(step for step in steps if step.event == number))
            for number, entry in self._standing.items()
            if isinstance(entry.said, Found)
        )

    @property
    def open_events(self) -> tuple[Event, ...]:
        """Those that both sides have not confirmed."""
        return tuple(event for event in self.events if event.state != "closed")

    @cached_property
    def patrols(self) -> tuple[Patrol, ...]:
        """Those that stand."""
        return tuple(entry.said for entry in self._standing.values() if isinstance(entry.said, Patrol))

    @cached_property
    def plans(self) -> tuple[Plan, ...]:
        """Those that stand."""
        return tuple(entry.said for entry in self._standing.values() if isinstance(entry.said, Plan))

    def history(self, stake_no: str, line_code: str) -> tuple[Entry, ...]:
        """All entries about a stake, corrected ones too; about the line as a whole where the number is ``""``."""
        return self.about(line_code, stake_no)

    def about(self, line_code: str, stake_no: str | None = None) -> tuple[Entry, ...]:
        """All entries about a line and its stakes, or about one of them, as :meth:`history`."""
        about: set[int] = set()
        for entry in self.entries:
            said = entry.said
            if isinstance(said, Step):
                found = said.event in about
            elif isinstance(said, (Plan, Withdrawn)):
                found = False
            else:
                found = said.line_code == line_code and stake_no in (None, said.stake_no)
            if found or entry.corrects in about:
                about.add(entry.number)
        return tuple(entry for entry in self.entries if entry.number in about)
