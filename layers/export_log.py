"""The log of exports of a workspace: who took out what, when, of which level. Lines are only ever added.

Each line carries the hash of the line before it, and a small file beside the log remembers the last one. So a line that
was changed or taken out shows, wherever it stood.
"""

import datetime as dt
import getpass
import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import filelock

from geo.errors import OutputError
from geo.write import write_text
from layers.secrecy import STAMP
from layers.workspace_history import now

__all__ = ["LOG_FILE", "Export", "ExportLog", "LogEntry", "account", "log_export", "read_log"]

#: Name of the log in the folder of the workspace; the name of its last line's hash; that of its lock.
LOG_FILE = "exports.jsonl"
_LAST = ".exports.last"
_LOCK = ".exports.lock"
_WAIT_S = 60.0
#: What the first line has in the place of a hash.
_NOTHING = "0" * 64


@dataclass(frozen=True)
class Export:
    """What leaves the program.

    Parameters
    ----------
    what
        Kind of output: ``gpkg``, ``zip``, ``coverage``, ``page`` and the like.
    file
        Its name, without folders.
    level
        The highest level of what it was made from.
    public
        Whether it was made for the public.
    rows
        How many rows it holds.
    sha256
        Of its bytes.
    to
        Who gets it, where the user says so.
    stamp
        The stamp that it carries.
    """

    what: str
    file: str
    level: str
    public: bool
    rows: int
    sha256: str
    to: str = ""
    stamp: str = STAMP


@dataclass(frozen=True)
class LogEntry:
    """A line of the log.

    Parameters
    ----------
    number
        From 1.
    when
        In the office's own time.
    who
        Account of the operating system.
    export
        What left.
    """

    number: int
    when: dt.datetime
    who: str
    export: Export

    def as_dict(self) -> dict[str, Any]:
        """The entry as commands print it."""
        return {"number": self.number, "when": self.when.isoformat(), "who": self.who, **vars(self.export)}


@dataclass(frozen=True)
class ExportLog:
    """All lines of a log.

    Parameters
    ----------
    entries
        Those that can be read, in order.
    broken
        Numbers of lines that were changed, or that the line before them is missing of; one beyond the last when lines
        are missing at the end.
    """

    entries: tuple[LogEntry, ...]
    broken: tuple[int, ...]

    @property
    def whole(self) -> bool:
        """No line was changed or taken out, as far as the log can tell."""
        return not self.broken


def log_export(folder: Path, export: Export, *, who: str = "") -> LogEntry:
    """Add a line to the log of a workspace; when it returns the line is on disk.

    To be called before the output is put in its place: what cannot be logged does not leave.

    Parameters
    ----------
    folder
        Of the workspace.
    export
        What leaves.
    who
        Who exports; default the account that the program runs under.

    Raises
    ------
    OutputError
        When the log cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = log_export(Path(folder), Export("page", "a.html", "内部", False, 12, "0" * 64), who="chen")
    ...     log = read_log(Path(folder))
    >>> log.entries[0].export.file, log.whole
    ('a.html', True)
    """
    with _locked(folder):
        lines = _lines(folder)
        # By what is remembered, not by what lies there: a new line never hides one that was taken out.
        last, former = _remembered(folder) or (0, _NOTHING)
        if len(lines) > last:
            last, former = len(lines), _hash(lines[-1])
        entry = LogEntry(last + 1, now(), who or account(), export)
        line = json.dumps({**entry.as_dict(), "former": former}, ensure_ascii=False).encode("utf-8")
        try:
            _append(folder / LOG_FILE, line)
        except OSError as error:
            raise OutputError("output_failed", path=LOG_FILE, reason=error.strerror or str(error)) from error
        write_text(folder / _LAST, f"{entry.number} {_hash(line)}\n")
    return entry


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    lock = filelock.FileLock(folder.resolve() / _LOCK, timeout=_WAIT_S)
    try:
        lock.acquire()
    except filelock.Timeout:
        raise OutputError("workspace_busy", path=LOG_FILE) from None
    except OSError as error:
        raise OutputError("output_failed", path=LOG_FILE, reason=error.strerror or str(error)) from error
    try:
        yield
    finally:
        lock.release()


def _append(file: Path, line: bytes) -> None:
    """Add a line, or nothing when the disk is full. A line that a power cut left half written stays, as a line."""
    with file.open("ab") as handle:
        before = handle.tell()
        try:
            handle.write((b"" if _ends_well(file) else b"\n") + line + b"\n")
            handle.flush()
            os.fsync(handle.fileno())
        except OSError:
            with suppress(OSError):
                handle.truncate(before)
            raise


def _ends_well(file: Path) -> bool:
    with file.open("rb") as handle:
        size = handle.seek(0, os.SEEK_END)
        if size == 0:
            return True
        handle.seek(size - 1)
        return handle.read(1) == b"\n"


def _lines(folder: Path) -> list[bytes]:
    try:
        data = (folder / LOG_FILE).read_bytes()
    except FileNotFoundError:
        return []
    except OSError as error:
        raise OutputError("output_failed", path=LOG_FILE, reason=error.strerror or str(error)) from error
    return data.removesuffix(b"\n").split(b"\n") if data else []


def _hash(line: bytes) -> str:
    return hashlib.sha256(line).hexdigest()


def account() -> str:
    """Account that the program runs under; ``?`` where the system does not tell."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "?"


def read_log(folder: Path) -> ExportLog:
    """The log of a workspace, and whether it is whole; empty where nothing was exported yet."""
    lines = _lines(folder)
    entries, broken = [], []
    former = _NOTHING
    for number, line in enumerate(lines, start=1):
        try:
            document = json.loads(line)
            entry = _entry(document)
        except (ValueError, TypeError, KeyError, RecursionError):
            broken.append(number)
        else:
            entries.append(entry)
            if entry.number != number or document["former"] != former:
                broken.append(number)
        former = _hash(line)
    broken += _broken_end(folder, lines)
    return ExportLog(tuple(entries), tuple(sorted(set(broken))))


def _broken_end(folder: Path, lines: list[bytes]) -> list[int]:
    """What the remembered last line says. One line more than that is one whose writer was stopped in between."""
    remembered = _remembered(folder)
    if remembered is None:
        return [len(lines) + 1] if len(lines) > 1 else []
    last, digest = remembered
    if len(lines) < last:
        return [len(lines) + 1]
    return [] if _hash(lines[last - 1]) == digest else [last]


def _remembered(folder: Path) -> tuple[int, str] | None:
    """Number and hash of the last line that was written whole."""
    try:
        number, digest = (folder / _LAST).read_text(encoding="utf-8").split()
        return max(int(number), 1), digest
    except (FileNotFoundError, ValueError):
        return None


def _entry(document: dict[str, Any]) -> LogEntry:
    texts = {name: document[name] for name in ("what", "file", "level", "sha256", "to", "stamp")}
    if not all(isinstance(text, str) for text in (*texts.values(), document["who"], document["former"])):
        raise TypeError("not a line of the log")
    export = Export(**texts, public=bool(document["public"]), rows=int(document["rows"]))
    return LogEntry(int(document["number"]), dt.datetime.fromisoformat(document["when"]), document["who"], export)
