"""Records of a workspace in ``records.sqlite``: entries are added and never changed.

One file, one table. A connection lives as long as one reading or writing, so nothing is held while a person types.
The journal is SQLite's rollback journal, not WAL: offices keep the folder on a network share, where the shared memory
that WAL needs does not exist. A writer that is cut off leaves a journal that the next one to open the file undoes.
"""

import dataclasses
import datetime as dt
import json
import re
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from pydantic import TypeAdapter, ValidationError

from demarcation.book import EVENTS, STEPS, Book, Entry, Found, Kind, Patrol, Plan, Said, Step, Withdrawn
from demarcation.model import Inspection, Photo
from demarcation.photos import keep_photo
from geo.errors import DataError, FileError, OutputError, RequestError
from layers.export_log import account
from layers.workspace import RECORDS_FILE
from layers.workspace_history import now

__all__ = ["SCHEMA_VERSION", "Records"]

#: Version of its layout.
SCHEMA_VERSION = 1
#: Marks the file as ours: "QHBR".
_APPLICATION_ID = 0x51484252
#: How long a second writer waits for the first, in seconds.
_WAIT_S = 30.0
#: Bounds of what one entry may hold, and of the name of who enters it.
_MOST_BYTES, _MOST_WHO = 20_000, 100
# Whoever types a note may think of it as his own; a number of an identity card does not belong here.
_IDENTITY = re.compile(r"(?<![0-9A-Za-z])[1-9]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])[0-3]\d{4}[\dXx](?![0-9A-Za-z])")
_KINDS: dict[type, Kind] = {
    Inspection: "inspection", Found: "event", Step: "step", Patrol: "patrol", Plan: "plan", Withdrawn: "withdrawn",
}  # fmt: skip
_TYPES: dict[str, TypeAdapter[Any]] = {kind: TypeAdapter(made) for made, kind in _KINDS.items()}
_TABLE = f"""
CREATE TABLE entry (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL CHECK (kind IN ({", ".join(f"'{kind}'" for kind in get_args(Kind))})),
    corrects INTEGER REFERENCES entry (number),
    said TEXT NOT NULL CHECK (typeof(said) = 'text'),
    who TEXT NOT NULL CHECK (who <> ''),
    entered TEXT NOT NULL
)"""
# Without the third, INSERT OR REPLACE would change an entry and fire neither of the others.
_TRIGGERS = (
    "CREATE TRIGGER never_changed BEFORE UPDATE ON entry BEGIN SELECT RAISE(ABORT, 'append only'); END",
    "CREATE TRIGGER never_removed BEFORE DELETE ON entry BEGIN SELECT RAISE(ABORT, 'append only'); END",
    """CREATE TRIGGER never_replaced BEFORE INSERT ON entry WHEN EXISTS (SELECT 1 FROM entry WHERE number = NEW.number)
    BEGIN SELECT RAISE(ABORT, 'append only'); END""",
)


@dataclass(frozen=True)
class Records:
    """The records of one workspace.

    Parameters
    ----------
    folder
        Of the workspace.

    Examples
    --------
    >>> import tempfile
    >>> day = dt.date(2026, 5, 1)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     records = Records.open(Path(folder))
    ...     sides = [Inspection("9901", "9901003Q", day, 5, unit, "完好") for unit in ("990100", "990200")]
    ...     _ = records.add_inspection(*sides, who="界线管理岗")
    ...     [(entry.number, entry.said.unit) for entry in records.history("9901003Q", "9901")]
    [(1, '990100'), (2, '990200')]
    """

    folder: Path

    @staticmethod
    def open(folder: Path) -> "Records":
        """The records of a workspace; the file is made with the first entry.

        Raises
        ------
        DataError
            ``records_newer`` when a newer program wrote it, ``records_foreign`` when it is another's.
        FileError
            When it is damaged.
        """
        records = Records(Path(folder))
        if records.file.exists():
            with records._reading() as base:
                _known(base)
        return records

    @property
    def file(self) -> Path:
        """Where the entries are."""
        return self.folder / RECORDS_FILE

    # ---- reading ----------------------------------------------------------------------------------------------------

    def read(self) -> Book:
        """All entries at this moment; what somebody else is just writing is not in it.

        Raises
        ------
        DataError, FileError
            As :meth:`open`.
        OutputError
            When somebody holds the file for too long.
        """
        if not self.file.exists():
            return Book()
        with self._reading() as base:
            return _book(base)

    def history(self, stake_no: str, line_code: str) -> tuple[Entry, ...]:
        """All entries about a stake, corrected ones too; errors as :meth:`read`."""
        return self.read().history(stake_no, line_code)

    # ---- writing ----------------------------------------------------------------------------------------------------

    def add_inspection(self, *inspections: Inspection, who: str = "") -> tuple[Entry, ...]:
        """Enter results, all or none of them: those of both sides belong together.

        Parameters
        ----------
        inspections
            One for each stake and side.
        who
            Post that enters them; default the account that the program runs under.

        Raises
        ------
        RequestError
            ``record_bad`` when one says what cannot be.
        DataError, FileError, OutputError
            As :meth:`read`; nothing is entered then.
        """
        return self._add(inspections, who)

    def add_event(self, found: Found, *, who: str = "") -> Entry:
        """Enter an event.

        Raises
        ------
        RequestError
            ``event_known`` when just this is entered and open; else as :meth:`add_inspection`.
        DataError, FileError, OutputError
            As :meth:`read`.
        """
        return self._add((found,), who)[0]

    def advance_event(self, step: Step, *, who: str = "") -> Entry:
        """Enter what was done about an event.

        Raises
        ------
        RequestError
            ``event_unknown``; ``event_step_not_next`` when another step comes first, ``event_step_side`` when it is not
            for this side to do, ``event_step_early`` when it is before what it follows.
        DataError, FileError, OutputError
            As :meth:`read`.
        """
        return self._add((step,), who)[0]

    def add_patrol(self, *patrols: Patrol, who: str = "") -> tuple[Entry, ...]:
        """Enter patrols; errors as :meth:`add_inspection`."""
        return self._add(patrols, who)

    def add_plan(self, *plans: Plan, who: str = "") -> tuple[Entry, ...]:
        """Enter lines of the plan of a year; errors as :meth:`add_inspection`."""
        return self._add(plans, who)

    def add_photo(self, name: str, data: bytes) -> Photo:
        """Keep a picture; it is shown where an entry names it. Errors as :func:`demarcation.photos.keep_photo`."""
        return keep_photo(self.folder, name, data)

    def correct(self, number: int, said: Said, *, who: str = "") -> Entry:
        """Enter what stands in the place of an earlier entry from now on; :class:`Withdrawn`: nothing does.

        Raises
        ------
        RequestError
            ``entry_unknown``; ``entry_not_current`` when it was corrected before; else as :meth:`add_inspection`.
        DataError, FileError, OutputError
            As :meth:`read`.
        """
        with self._writing() as base:
            book = _book(base)
            old = book.standing(number)
            if old is None:
                raise RequestError("entry_unknown", number=number)
            if old.number != number or old.kind == "withdrawn":
                raise RequestError("entry_not_current", number=number, by=old.number)
            if not isinstance(said, Withdrawn) and type(said) is not type(old.said):
                raise RequestError("record_bad", field="kind", problem=f"{_KINDS[type(said)]} / {old.kind}")
            return _insert(base, _checked(said), who, corrects=number)

    def _add(self, said: Sequence[Said], who: str) -> tuple[Entry, ...]:
        clean = [_checked(one) for one in said]
        with self._writing() as base:
            for one in clean:
                if isinstance(one, Step):
                    _check_step(_book(base), one)
                elif isinstance(one, Found):
                    _check_found(_book(base), one)
            return tuple(_insert(base, one, who) for one in clean)

    # ---- the file ---------------------------------------------------------------------------------------------------

    @contextmanager
    def _connected(self) -> Iterator[sqlite3.Connection]:
        try:
            with closing(sqlite3.connect(self.file, timeout=_WAIT_S, isolation_level=None)) as base:
                base.execute("PRAGMA trusted_schema = OFF")
                yield base
        except sqlite3.OperationalError as error:
            if getattr(error, "sqlite_errorname", "").startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
                raise OutputError("workspace_busy", path=RECORDS_FILE) from None
            raise OutputError("output_failed", path=RECORDS_FILE, reason=str(error)) from error
        except sqlite3.DatabaseError as error:
            raise FileError("file_damaged", file=RECORDS_FILE, reason=str(error)) from error

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        """One state of the file: what another process makes or enters meanwhile is seen by no part of the reading."""
        with self._connected() as base:
            base.execute("BEGIN")
            yield base

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction: all that is done in it stands when the block ends, or nothing of it ever did."""
        with self._connected() as base:
            base.execute("PRAGMA journal_mode = DELETE")
            base.execute("PRAGMA synchronous = FULL")
            base.execute("PRAGMA foreign_keys = ON")
            # Whoever comes second waits here, before it has read what the first is about to change.
            base.execute("BEGIN IMMEDIATE")
            if not _known(base):
                _make(base)
            yield base
            # An error on the way closes the connection, and with it goes the transaction.
            base.execute("COMMIT")


def _known(base: sqlite3.Connection) -> bool:
    """Whether the file holds entries of a version that this program knows; False where it is still empty."""
    application, version = (base.execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version"))
    if application == _APPLICATION_ID:
        if version > SCHEMA_VERSION:
            raise DataError("records_newer", file=RECORDS_FILE, found=version, known=SCHEMA_VERSION)
        return True
    if base.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
        raise DataError("records_foreign", file=RECORDS_FILE)
    return False


def _make(base: sqlite3.Connection) -> None:
    for statement in (_TABLE, *_TRIGGERS):
        base.execute(statement)
    base.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
    base.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")


def _book(base: sqlite3.Connection) -> Book:
    if not _known(base):
        return Book()
    rows = base.execute("SELECT number, kind, said, who, entered, corrects FROM entry ORDER BY number")
    return Book(tuple(_entry(*row) for row in rows))


def _entry(number: int, kind: Kind, said: str, who: str, entered: str, corrects: int | None) -> Entry:
    try:
        what = _TYPES[kind].validate_json(said)
        return Entry(number, kind, what, who, dt.datetime.fromisoformat(entered), corrects)
    except (ValidationError, ValueError, KeyError, TypeError) as error:
        raise FileError("file_damaged", file=RECORDS_FILE, reason=f"entry {number}") from error


def _insert(base: sqlite3.Connection, said: Said, who: str, corrects: int | None = None) -> Entry:
    kind = _KINDS[type(said)]
    text = json.dumps(_TYPES[kind].dump_python(said, mode="json"), ensure_ascii=False)
    who, when = who.encode("utf-8", "replace").decode().strip()[:_MOST_WHO] or account(), now()
    done = base.execute(
        "INSERT INTO entry (kind, corrects, said, who, entered) VALUES (?, ?, ?, ?, ?)",
        (kind, corrects, text, who, when.isoformat()),
    )
    return Entry(int(done.lastrowid or 0), kind, said, who, when, corrects)


# ---- what may be entered --------------------------------------------------------------------------------------------


def _checked(said: Said) -> Said:
    """What is said, with clean values.

    Raises
    ------
    RequestError
        ``record_bad`` with the field that says what cannot be.
    """
    adapter = _TYPES[_KINDS[type(said)]]
    try:
        clean: Said = adapter.validate_python(dataclasses.asdict(said))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise RequestError("record_bad", field=".".join(map(str, first["loc"])), problem=first["msg"]) from error
    for field, problem in _problems(clean):
        raise RequestError("record_bad", field=field, problem=problem)
    return clean


def _problems(said: Said) -> Iterator[tuple[str, str]]:
    """Fields whose values cannot be, and why."""
    line = getattr(said, "line_code", None)
    if line is not None and not line.strip():
        yield "line_code", "-"
    for field in ("round", "interval_days", "year", "km_done"):
        value = getattr(said, field, None)
        if value is not None and not 0 < value < _MOST_BYTES:
            yield field, str(value)
    if isinstance(said, Inspection) and said.km_done is not None and said.stake_no:
        yield "km_done", said.stake_no
    if isinstance(said, Found) and (not all(said.units) or said.units[0] == said.units[1]):
        yield "units", ", ".join(said.units)
    if isinstance(said, (Found, Step)) and not said.unit:
        yield "unit", "-"
    if isinstance(said, Found) and said.unit not in said.units:
        yield "unit", said.unit
    if isinstance(said, Plan) and said.lead_unit == said.other_unit:
        yield "other_unit", said.other_unit
    text = json.dumps(dataclasses.asdict(said), ensure_ascii=False, default=str)
    if _IDENTITY.search(text):
        raise RequestError("record_identity")
    # A name on the command line that is no UTF-8 comes as halves of characters, which no file can hold.
    if len(text.encode("utf-8", "replace")) > _MOST_BYTES or text.encode("utf-8", "ignore").decode() != text:
        yield "note", f"> {_MOST_BYTES}"


def _check_found(book: Book, found: Found) -> None:
    known = next((event for event in book.open_events if event.found == found), None)
    if known is not None:
        raise RequestError("event_known", number=known.number, event=EVENTS[found.kind])


def _check_step(book: Book, step: Step) -> None:
    event = next((event for event in book.events if event.number == step.event), None)
    if event is None:
        raise RequestError("event_unknown", number=step.event)
    of = {"number": str(event.number), "event": EVENTS[event.found.kind], "step": STEPS[step.kind]}
    if step.kind not in event.next_steps:
        following = "、".join(STEPS[kind] for kind in event.next_steps) or "-"
        raise RequestError("event_step_not_next", rows=(), next=following, **of)
    does = (event.found.managed_by,) if step.kind == "repaired" and event.found.managed_by else event.found.units
    if step.unit not in does or (step.kind == "confirmed" and step.unit in event.confirmed_by):
        raise RequestError("event_step_side", rows=(), unit=step.unit, known="、".join(does), **of)
    before = max((event.found.day, *(one.day for one in event.steps if one.kind != step.kind)))
    if step.day < before:
        raise RequestError("event_step_early", rows=(), day=str(step.day), before=str(before), **of)
