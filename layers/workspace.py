"""A study as a folder: ``workspace.toml`` says what lies in it, ``layers/`` holds the layers."""

import dataclasses
import datetime as dt
import hashlib
import shutil
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, TypeVar, get_type_hints

import filelock

from geo.errors import DataError, FileError, OutputError
from geo.findings import Finding
from geo.paths import DATA_DIR, user_data_dir
from geo.write import atomic_folder
from layers.layer import Layer
from layers.read import read_layer
from layers.schemas import SCHEMAS

__all__ = ["SCHEMA_VERSION", "LayerEntry", "Study", "Workspace", "open_demo", "open_workspace"]

#: Version of the layout of ``workspace.toml`` that this program writes and reads.
SCHEMA_VERSION = 1
#: Levels that may be opened. Data marked 秘密 and above does not belong on this computer (bureau rules).
OPEN_LEVELS = ("公开", "内部")
_MARKER = "workspace.toml"
#: How long a second process waits while the first one copies the demo, in seconds.
_LOCK_S = 60.0
_T = TypeVar("_T")


@dataclass(frozen=True)
class LayerEntry:
    """What ``workspace.toml`` says about one layer.

    Parameters
    ----------
    kind
        Kind of layer; one layer of a kind in a workspace.
    file
        Path inside the workspace, with ``/``.
    title, title_en
        What people call it.
    source, licence, credit
        Where it is from, on what terms, and who must be named where it is shown.
    level
        公开 or 内部.
    synthetic
        The rows are made up.
    sha256, rows
        Of the file when it was added.
    """

    kind: str
    file: str
    title: str
    title_en: str
    source: str
    licence: str
    level: str
    synthetic: bool
    credit: str
    sha256: str
    rows: int


@dataclass(frozen=True)
class Study:
    """What is asked of a workspace when nothing else is said; each may be empty.

    Parameters
    ----------
    level, parent
        The units that a result is reported by: those of this level, in the unit with this code.
    kinds
        Kinds of facilities that serve.
    weight
        Column of the demand that is counted.
    """

    level: str = ""
    parent: str = ""
    kinds: tuple[str, ...] = ()
    weight: str = ""


@dataclass(frozen=True)
class Workspace:
    """An open workspace.

    Parameters
    ----------
    path
        Its folder.
    name, name_en
        What people call it.
    as_of
        The day for which it is computed when nothing else is said.
    layers
        In the order of ``workspace.toml``.
    study
        The usual question.
    """

    path: Path
    name: str
    name_en: str
    as_of: dt.date
    layers: tuple[LayerEntry, ...]
    study: Study = Study()

    def entry(self, kind: str) -> LayerEntry | None:
        """What is said about the layer of a kind, or None when there is none."""
        return next((entry for entry in self.layers if entry.kind == kind), None)

    def file_of(self, entry: LayerEntry) -> Path:
        """The file of a layer."""
        return _inside(self.path, entry.file)

    def read(self, kind: str) -> Layer | None:
        """The layer of a kind, checked like any file from outside; None when the workspace has none.

        A file that was changed since it was added is read, and its quality report says so.

        Raises
        ------
        FileError, DataError
            When the file is missing or damaged, or not what its kind needs.
        """
        entry = self.entry(kind)
        if entry is None:
            return None
        if kind not in SCHEMAS:
            raise DataError("workspace_kind_unknown", kind=kind)
        layer = read_layer(self.file_of(entry), kind)
        source = dataclasses.replace(layer.source, level=entry.level, synthetic=entry.synthetic, credit=entry.credit)
        quality = layer.quality
        if layer.source.sha256 != entry.sha256:
            changed = Finding("workspace_layer_changed", "warn", facts={"file": entry.file})
            quality = dataclasses.replace(quality, findings=(changed, *quality.findings))
        return dataclasses.replace(layer, source=source, quality=quality)


def open_workspace(path: Path) -> Workspace:
    """Open a folder with a ``workspace.toml``.

    Raises
    ------
    FileError
        When there is no ``workspace.toml``, or it is no TOML.
    DataError
        When it was written by a newer program, lacks an entry, names a file outside the folder, or holds a layer of
        level 秘密 or above.
    """
    folder = Path(path)
    file = folder / _MARKER
    if not file.is_file():
        raise FileError("workspace_missing", folder=str(path))
    try:
        document = tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise FileError("file_damaged", file=_MARKER, reason=str(error).splitlines()[0]) from None
    version = document.get("schema_version")
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise DataError("workspace_entry_bad", entry="schema_version")
    if version > SCHEMA_VERSION:
        raise DataError("workspace_newer", found=version, known=SCHEMA_VERSION)
    listed = document.get("layer", [])
    if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
        raise DataError("workspace_entry_bad", entry="layer")
    layers = tuple(_entry(one, folder) for one in listed)
    kinds = [entry.kind for entry in layers]
    if len(set(kinds)) < len(kinds):
        raise DataError("workspace_kind_twice", kind=next(kind for kind in kinds if kinds.count(kind) > 1))
    name = _value(document, "name", str)
    name_en = _value(document, "name_en", str) if document.get("name_en") else name
    return Workspace(folder, name, name_en, _value(document, "as_of", dt.date), layers, _study(document))


def _study(document: Mapping[str, Any]) -> Study:
    table = document.get("study", {})
    if not isinstance(table, dict):
        raise DataError("workspace_entry_bad", entry="study")
    kinds = table.get("kinds", [])
    if not isinstance(kinds, list) or not all(isinstance(kind, str) for kind in kinds):
        raise DataError("workspace_entry_bad", entry="study.kinds")
    level, parent, weight = (_value({key: "", **table}, key, str) for key in ("level", "parent", "weight"))
    return Study(level, parent, tuple(kinds), weight)


def _value(document: Mapping[str, Any], key: str, wanted: type[_T]) -> _T:
    value: object = document.get(key)
    # A time of day is a date too, for Python; a truth value is a whole number.
    if not isinstance(value, wanted) or isinstance(value, dt.datetime) or (wanted is int and isinstance(value, bool)):
        raise DataError("workspace_entry_bad", entry=key)
    return value


def _entry(one: Mapping[str, Any], folder: Path) -> LayerEntry:
    values = {key: _value(one, key, wanted) for key, wanted in get_type_hints(LayerEntry).items()}
    entry = LayerEntry(**values)
    if entry.level not in OPEN_LEVELS:
        raise DataError("level_refused", layer=entry.title, level=entry.level)
    _inside(folder, entry.file)
    return entry


def _inside(folder: Path, file: str) -> Path:
    """The path of a layer's file, if it stays inside the workspace (a link out of it does not)."""
    inner = PurePosixPath(file)
    path = folder.joinpath(*inner.parts)
    if inner.is_absolute() or "\\" in file or ":" in file or not path.resolve().is_relative_to(folder.resolve()):
        raise DataError("workspace_file_outside", file=file)
    return path


def open_demo(home: Path | None = None) -> Workspace:
    """Open the user's copy of the demo, and make it first where there is none.

    The copy is named by what the demo holds, so a newer demo gets its own. A copy that is there is never replaced: it
    may hold the user's work.

    Parameters
    ----------
    home
        Folder for the copy; default :func:`geo.paths.user_data_dir`.

    Raises
    ------
    OutputError
        When the copy cannot be made.
    """
    source = DATA_DIR / "demo"
    if not (source / _MARKER).is_file():
        raise FileError("workspace_missing", folder=str(source))
    base = user_data_dir() if home is None else Path(home)
    digest = hashlib.sha256((source / _MARKER).read_bytes()).hexdigest()[:12]
    target = base / f"demo-{digest}"
    if not (target / _MARKER).is_file():
        try:
            base.mkdir(parents=True, exist_ok=True)
            with filelock.FileLock(base / ".demo.lock", timeout=_LOCK_S):
                if not (target / _MARKER).is_file():
                    _copy(source, target)
        except (filelock.Timeout, PermissionError, FileExistsError, NotADirectoryError) as error:
            raise OutputError("output_failed", path=str(base), reason=type(error).__name__) from error
    return open_workspace(target)


def _copy(source: Path, target: Path) -> None:
    with atomic_folder(target) as temporary:
        for file in sorted(source.rglob("*")):
            if file.is_file():
                place = temporary / file.relative_to(source)
                place.parent.mkdir(parents=True, exist_ok=True)
                # Contents only: the checkout may be read-only, the copy is the user's.
                shutil.copyfile(file, place)
