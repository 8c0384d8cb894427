"""A study as a folder: ``workspace.toml`` says what lies in it, ``layers/`` holds the layers."""

import dataclasses
import datetime as dt
import hashlib
import shutil
import tomllib
from dataclasses import dataclass
from pathlib import Path

import filelock

from geo.errors import DataError, FileError, OutputError
from geo.findings import Finding
from geo.paths import DATA_DIR, user_data_dir
from geo.write import atomic_folder
from layers.layer import Layer, Source
from layers.read import read_layer
from layers.schemas import SCHEMAS
from layers.stored import read_stored
from layers.workspace_toml import (
    Change,
    LayerEntry,
    Remembered,
    Study,
    change_of,
    inside,
    layers_of,
    remembered_of,
    study_of,
    value_of,
)  # fmt: skip

__all__ = [
    "MARKER", "PHOTOS_DIR", "RECORDS_FILE", "SCHEMA_VERSION", "LayerEntry", "Study", "Workspace", "described",
    "open_demo", "open_workspace",
]  # fmt: skip

#: Version of the layout of ``workspace.toml`` that this program writes; older ones are read, and become this one with
#: the first change. Version 1 had layers as files of any format, which were read like files from outside.
SCHEMA_VERSION = 2
#: The file that makes a folder a workspace.
MARKER = "workspace.toml"
#: Records of inspections and their photos (:mod:`demarcation.records`): they stay, no package has them.
RECORDS_FILE, PHOTOS_DIR = "records.sqlite", "photos"
#: How long a second process waits while the first one copies the demo, in seconds.
_LOCK_S = 60.0


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
    remembered
        Columns that the user corrected, the newest at the end.
    change
        What made this state.
    digest
        Of ``workspace.toml``; tells whether the folder was changed since it was opened, and names what is in it.
    """

    path: Path
    name: str
    name_en: str
    as_of: dt.date
    layers: tuple[LayerEntry, ...]
    study: Study = dataclasses.field(default_factory=Study)
    remembered: tuple[Remembered, ...] = ()
    change: Change = dataclasses.field(default_factory=Change)
    digest: str = ""

    def entry(self, kind: str) -> LayerEntry | None:
        """What is said about the layer of a kind, or None when there is none."""
        return next((entry for entry in self.layers if entry.kind == kind), None)

    def file_of(self, entry: LayerEntry) -> Path:
        """The file of a layer."""
        return inside(self.path, entry.file)

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
        if entry.provenance is not None:
            known = inside(self.path, entry.provenance.about)
            layer = read_stored(kind, self.file_of(entry), known, entry.sha256)
            return dataclasses.replace(layer, source=_said(layer.source, entry))
        layer = read_layer(self.file_of(entry), kind)
        quality = layer.quality
        if layer.source.sha256 != entry.sha256:
            changed = Finding("workspace_layer_changed", "warn", facts={"file": entry.file})
            quality = dataclasses.replace(quality, findings=(changed, *quality.findings))
        return dataclasses.replace(layer, source=_said(layer.source, entry), quality=quality)


def _said(source: Source, entry: LayerEntry) -> Source:
    return dataclasses.replace(source, level=entry.level, synthetic=entry.synthetic, credit=entry.credit)


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
    file = folder / MARKER
    if not file.is_file():
        raise FileError("workspace_missing", folder=str(path))
    try:
        data = file.read_bytes()
    except OSError as error:
        raise FileError("file_damaged", file=MARKER, reason=error.strerror or str(error)) from None
    return described(folder, data)


def described(folder: Path, data: bytes) -> Workspace:
    """The workspace that these bytes as ``workspace.toml`` make of a folder; errors as :func:`open_workspace`."""
    try:
        document = tomllib.loads(data.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise FileError("file_damaged", file=MARKER, reason=str(error).splitlines()[0]) from None
    version = document.get("schema_version")
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise DataError("workspace_entry_bad", entry="schema_version")
    if version > SCHEMA_VERSION:
        raise DataError("workspace_newer", found=version, known=SCHEMA_VERSION)
    name = value_of(document, "name", str)
    return Workspace(
        folder,
        name,
        value_of(document, "name_en", str) if document.get("name_en") else name,
        value_of(document, "as_of", dt.date),
        layers_of(document, folder),
        study_of(document),
        remembered_of(document),
        change_of(document),
        hashlib.sha256(data).hexdigest(),
    )


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
    if not (source / MARKER).is_file():
        raise FileError("workspace_missing", folder=str(source))
    base = user_data_dir() if home is None else Path(home)
    digest = hashlib.sha256((source / MARKER).read_bytes()).hexdigest()[:12]
    target = base / f"demo-{digest}"
    if not (target / MARKER).is_file():
        try:
            base.mkdir(parents=True, exist_ok=True)
            with filelock.FileLock(base / ".demo.lock", timeout=_LOCK_S):
                if not (target / MARKER).is_file():
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
