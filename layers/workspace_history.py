"""How a workspace changes: one file decides which state it is in, and older states are kept to go back to.

Files of layers are never changed, only added. A change first puts its new files beside the old ones, then keeps a copy
of ``workspace.toml`` in ``.history/``, and last replaces ``workspace.toml`` at once. Whatever is cut off on the way
leaves the old state or the new one. Going back is replacing ``workspace.toml`` by a kept copy.

Kept are the newest :data:`KEPT_STATES` states, as far as the files that only they name stay under
:data:`KEPT_BYTES`; the oldest go first, and with them the files that no kept state names.
"""

import datetime as dt
import re
import time
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import filelock
import tomli_w

from geo.errors import DataError, FileError, OutputError
from geo.write import write_bytes
from layers.stored import LAYERS_DIR
from layers.workspace import MARKER, SCHEMA_VERSION, Workspace, described, open_workspace
from layers.workspace_toml import Change, change_of

__all__ = [
    "KEPT_BYTES", "KEPT_STATES", "changing", "commit", "locked", "now", "redo", "restore", "states", "undo",
    "write_new",
]  # fmt: skip

#: Bounds of what is kept beside the present state.
KEPT_STATES, KEPT_BYTES = 30, 2 * 2**30
_HISTORY = ".history"
_LOCK = ".lock"
#: How long a second process waits for the first, in seconds.
_WAIT_S = 60.0
# What a killed process left half written is taken away after a day.
_LEFT_BEHIND_S = 86_400.0
_OURS = re.compile(r"[a-z_]+-[0-9a-f]{16}(\.parquet|\.json|_refused\.csv)")


def now() -> dt.datetime:
    """The office's own time, to the second."""
    return dt.datetime.now().astimezone().replace(microsecond=0)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keep all others from changing a workspace; whoever comes second waits. May be nested.

    Raises
    ------
    FileError
        When the folder is no workspace.
    OutputError
        When another process holds it for too long, or the folder may not be written.
    """
    place = Path(folder).resolve()
    if not (place / MARKER).is_file():
        raise FileError("workspace_missing", folder=str(folder))
    lock = filelock.FileLock(place / _LOCK, timeout=_WAIT_S, is_singleton=True)
    try:
        lock.acquire()
    except filelock.Timeout:
        raise OutputError("workspace_busy", path=place.name) from None
    except OSError as error:
        raise OutputError("output_failed", path=place.name, reason=error.strerror or str(error)) from error
    try:
        yield
    finally:
        lock.release()


@contextmanager
def changing(workspace: Workspace) -> Iterator[dict[str, Any]]:
    """Hold a workspace, and give the document of its present state to be changed and handed to :func:`commit`.

    Raises
    ------
    DataError
        ``workspace_stale`` when somebody changed it since it was opened.
    FileError, OutputError
        As :func:`locked`.
    """
    with locked(workspace.path):
        if open_workspace(workspace.path).digest != workspace.digest:
            raise DataError("workspace_stale", name=workspace.name)
        yield _document(workspace.path / MARKER)


def commit(workspace: Workspace, document: Mapping[str, Any], what: str, kind: str = "") -> Workspace:
    """Make a document the present state; inside :func:`changing` only.

    Parameters
    ----------
    workspace
        As it was.
    document
        As it shall be; its version and change are filled in here.
    what, kind
        Of the :class:`~layers.workspace.Change`.

    Raises
    ------
    OutputError
        When it cannot be written; then the old state stands.
    """
    folder = workspace.path
    parent = _keep(folder).number
    number = max(_kept(folder), default=parent) + 1
    write_bytes(folder / MARKER, _as_toml(document, Change(number, parent, what, kind, now())))
    _tidy(folder)
    return open_workspace(folder)


def write_new(folder: Path, document: Mapping[str, Any], change: Change) -> None:
    """Write the first state of a workspace into a folder that is not in its place yet."""
    write_bytes(folder / MARKER, _as_toml(document, change))


def _as_toml(document: Mapping[str, Any], change: Change) -> bytes:
    made = {name: value for name, value in vars(change).items() if value is not None}
    rest = {name: value for name, value in document.items() if name not in ("schema_version", "change")}
    # Half a character (from a name on the command line that is no UTF-8) has no place in a file.
    return tomli_w.dumps({"schema_version": SCHEMA_VERSION, **rest, "change": made}).encode("utf-8", "replace")


# ---- going back -----------------------------------------------------------------------------------------------------


def states(workspace: Workspace) -> tuple[Change, ...]:
    """The states that can be restored and the present one, oldest first."""
    kept = _kept(workspace.path)
    found = {number: change_of(_document(file)) for number, file in kept.items()}
    found.setdefault(workspace.change.number, workspace.change)
    return tuple(found[number] for number in sorted(found))


def undo(workspace: Workspace) -> Workspace:
    """Take the last change back.

    Raises
    ------
    DataError
        ``nothing_to_undo``, or ``workspace_stale``.
    """
    with changing(workspace):
        parent = _keep(workspace.path).parent
        if parent is None or parent not in _kept(workspace.path):
            raise DataError("nothing_to_undo", name=workspace.name)
        return _go_to(workspace.path, parent)


def redo(workspace: Workspace) -> Workspace:
    """Make the change again that was taken back; the last one where there were several.

    Raises
    ------
    DataError
        ``nothing_to_redo``, or ``workspace_stale``.
    """
    with changing(workspace):
        here = _keep(workspace.path).number
        after = [change.number for change in states(workspace) if change.parent == here]
        if not after:
            raise DataError("nothing_to_redo", name=workspace.name)
        return _go_to(workspace.path, max(after))


def restore(workspace: Workspace, number: int) -> Workspace:
    """Go to any kept state.

    Raises
    ------
    DataError
        ``state_not_kept``, or ``workspace_stale``.
    """
    with changing(workspace):
        _keep(workspace.path)
        if number not in _kept(workspace.path):
            raise DataError("state_not_kept", number=number, name=workspace.name)
        return _go_to(workspace.path, number)


def _go_to(folder: Path, number: int) -> Workspace:
    data = _kept(folder)[number].read_bytes()
    # A copy that was damaged does not take the place of a state that can be opened.
    found = described(folder, data)
    write_bytes(folder / MARKER, data)
    return found


# ---- what is kept ---------------------------------------------------------------------------------------------------


def _kept(folder: Path) -> dict[int, Path]:
    return {int(file.stem): file for file in (folder / _HISTORY).glob("[0-9]*.toml") if file.stem.isdecimal()}


def _document(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise FileError("file_damaged", file=file.name, reason=str(error).splitlines()[0]) from None


def _keep(folder: Path) -> Change:
    """Keep a copy of the present state; one that was edited by hand since it was kept gets a number of its own."""
    data = (folder / MARKER).read_bytes()
    document = _document(folder / MARKER)
    change = change_of(document)
    kept = _kept(folder)
    if change.number in kept and kept[change.number].read_bytes() != data:
        change = Change(max(kept) + 1, change.number, "hand", "", now())
        data = _as_toml(document, change)
    if change.number not in kept:
        try:
            (folder / _HISTORY).mkdir(exist_ok=True)
        except OSError as error:
            raise OutputError("output_failed", path=_HISTORY, reason=error.strerror or str(error)) from error
        write_bytes(folder / _HISTORY / f"{change.number:06d}.toml", data)
    return change


def _tidy(folder: Path) -> None:
    """Let go of the oldest states beyond the bounds and of files that none names. What fails waits for another time."""
    named = _files(_document(folder / MARKER))
    kept = _kept(folder)
    extra_bytes = 0
    for place, number in enumerate(sorted(kept, reverse=True)):
        try:
            files = _files(_document(kept[number])) - named
        except FileError:
            files = set()
        extra_bytes += sum((folder / file).stat().st_size for file in files if (folder / file).is_file())
        if place < KEPT_STATES and extra_bytes <= KEPT_BYTES:
            named |= files
        else:
            with suppress(OSError):
                kept[number].unlink()
    for file in (folder / LAYERS_DIR).glob("*"):
        if _OURS.fullmatch(file.name) and f"{LAYERS_DIR}/{file.name}" not in named:
            with suppress(OSError):
                file.unlink()
    for left in (*folder.glob(".tmp-*"), *folder.glob("*/.tmp-*")):
        with suppress(OSError):
            if time.time() - left.stat().st_mtime > _LEFT_BEHIND_S:
                left.unlink()


def _files(document: Mapping[str, Any]) -> set[str]:
    """Files inside the workspace that a state names."""
    layers = [layer for layer in document.get("layer", []) if isinstance(layer, dict)]
    known = [layer["provenance"] for layer in layers if isinstance(layer.get("provenance"), dict)]
    names = [layer.get("file") for layer in layers] + [one.get(key) for one in known for key in ("about", "refused")]
    return {name for name in names if isinstance(name, str) and name}
