"""What ``workspace.toml`` says, with every entry checked: it may have been edited by hand, or come from elsewhere."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import Any, TypeVar, get_type_hints

from geo import messages
from geo.errors import DataError
from layers.layer import Layer
from layers.schemas import SCHEMAS
from layers.secrecy import checked_level

__all__ = [
    "Change", "LayerEntry", "Provenance", "Remembered", "Study", "change_of", "entry_of",
    "inside", "layers_of", "remembered_of", "study_of", "value_of",
]  # fmt: skip

_T = TypeVar("_T")


@dataclass(frozen=True)
class Provenance:
    """Where a layer that was added came from, and how it was read.

    Parameters
    ----------
    original, original_sha256
        The file that the user had.
    rows_read, rows_refused
        Counts of its rows.
    datum, datum_from
        What its coordinates were in, and how that is known, as :class:`layers.layer.Source` says.
    crs, encoding
        As declared or found.
    added
        When; None where nobody wrote it down.
    about, refused
        Paths inside the workspace: all that is known of the layer as JSON; the refused rows, empty without any.
    columns
        Canonical name to the file's heading, where the user corrected the guess.
    """

    original: str
    original_sha256: str
    rows_read: int
    rows_refused: int
    datum: str
    datum_from: str
    crs: str
    encoding: str
    added: dt.datetime | None
    about: str
    refused: str
    columns: Mapping[str, str]

    @classmethod
    def of(
        cls, layer: Layer, added: dt.datetime | None = None, columns: Mapping[str, str] = MappingProxyType({})
    ) -> "Provenance":
        """What a layer says of itself; its files are not written yet."""
        source, quality = layer.source, layer.quality
        return cls(
            original=source.file,
            original_sha256=source.sha256,
            rows_read=quality.rows_read,
            rows_refused=quality.rows_refused,
            datum=source.datum_read,
            datum_from=source.datum_known,
            crs=source.crs,
            encoding=source.encoding,
            added=added,
            about="",
            refused="",
            columns=dict(columns),
        )

    def as_dict(self) -> dict[str, Any]:
        """The entries of the table ``provenance``; what is not known is not there."""
        return {name: value for name, value in vars(self).items() if value is not None} | {
            "columns": dict(self.columns)
        }


@dataclass(frozen=True)
class Change:
    """The change that made a state of a workspace.

    Parameters
    ----------
    number
        Of the state; 0 for one that was never changed.
    parent
        State that was changed; None for the first.
    what
        ``new``, ``add``, ``replace``, ``remove``, ``describe``, ``import``, or ``hand`` (edited by hand).
    kind
        Of the layer, where it is one.
    when
        None where nobody wrote it down.
    """

    number: int = 0
    parent: int | None = None
    what: str = "new"
    kind: str = ""
    when: dt.datetime | None = None

    def sentence(self, lang: str | None = None) -> str:
        """What was done, in words."""
        chinese = messages.language(lang) == "zh" and self.kind in SCHEMAS
        return messages.text(_CHANGES[self.what], lang, kind=SCHEMAS[self.kind].label if chinese else self.kind)[0]


_CHANGES = {
    "new": "change_new", "add": "change_add", "replace": "change_replace", "remove": "change_remove",
    "describe": "change_describe", "import": "change_import", "hand": "change_hand",
}  # fmt: skip


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
    approval
        Number under which its use was approved; empty without one.
    provenance
        None for a file of any format, which is read like one from outside.
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
    approval: str = ""
    provenance: Provenance | None = None


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
class Remembered:
    """Columns that the user corrected in tables of a kind with these headings (as :func:`layers.schema.plain`)."""

    kind: str
    headings: tuple[str, ...]
    columns: Mapping[str, str]


def _tables(document: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    listed = document.get(key, [])
    if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
        raise DataError("workspace_entry_bad", entry=key)
    return listed


def _table(document: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    table = document.get(key, {})
    if not isinstance(table, dict):
        raise DataError("workspace_entry_bad", entry=key)
    return table


def _texts(document: Mapping[str, Any], key: str) -> dict[str, str]:
    table = _table(document, key)
    return {name: value_of(table, name, str) for name in table}


def study_of(document: Mapping[str, Any]) -> Study:
    """The usual question; errors as :func:`value_of`."""
    table = _table(document, "study")
    kinds = table.get("kinds", [])
    if not isinstance(kinds, list) or not all(isinstance(kind, str) for kind in kinds):
        raise DataError("workspace_entry_bad", entry="study.kinds")
    level, parent, weight = (value_of({key: "", **table}, key, str) for key in ("level", "parent", "weight"))
    return Study(level, parent, tuple(kinds), weight)


def remembered_of(document: Mapping[str, Any]) -> tuple[Remembered, ...]:
    """Columns that the user corrected; errors as :func:`value_of`."""
    return tuple(_remembered(one) for one in _tables(document, "remembered"))


def _remembered(one: Mapping[str, Any]) -> Remembered:
    headings = one.get("headings")
    if not isinstance(headings, list) or not all(isinstance(heading, str) for heading in headings):
        raise DataError("workspace_entry_bad", entry="remembered.headings")
    return Remembered(value_of(one, "kind", str), tuple(headings), _texts(one, "columns"))


def change_of(document: Mapping[str, Any]) -> Change:
    """The change that made the state which a document describes.

    Raises
    ------
    DataError
        When an entry is missing or of the wrong type.
    """
    table = _table(document, "change")
    if not table:
        return Change()
    what = value_of(table, "what", str)
    if what not in _CHANGES:
        raise DataError("workspace_entry_bad", entry="change.what")
    parent = value_of(table, "parent", int) if "parent" in table else None
    return Change(value_of(table, "number", int), parent, what, value_of(table, "kind", str), _moment(table, "when"))


def value_of(document: Mapping[str, Any], key: str, wanted: type[_T]) -> _T:
    """The value of an entry.

    Raises
    ------
    DataError
        When it is missing or of another type.
    """
    value: object = document.get(key)
    # A time of day is a date too, for Python; a truth value is a whole number.
    if not isinstance(value, wanted) or isinstance(value, dt.datetime) or (wanted is int and isinstance(value, bool)):
        raise DataError("workspace_entry_bad", entry=key)
    return value


def _moment(document: Mapping[str, Any], key: str) -> dt.datetime | None:
    value = document.get(key)
    if value is not None and not isinstance(value, dt.datetime):
        raise DataError("workspace_entry_bad", entry=key)
    return value


def layers_of(document: Mapping[str, Any], folder: Path) -> tuple[LayerEntry, ...]:
    """The layers of a workspace.

    Raises
    ------
    DataError
        When an entry is bad, two layers are of one kind, a file lies outside the folder, or a level is not for here.
    """
    layers = tuple(entry_of(one, folder) for one in _tables(document, "layer"))
    kinds = [entry.kind for entry in layers]
    if len(set(kinds)) < len(kinds):
        raise DataError("workspace_kind_twice", kind=next(kind for kind in kinds if kinds.count(kind) > 1))
    return layers


def entry_of(one: Mapping[str, Any], folder: Path) -> LayerEntry:
    """One layer of a workspace; errors as :func:`layers_of`."""
    wanted = {key: kind for key, kind in get_type_hints(LayerEntry).items() if key != "provenance"}
    values = {key: value_of({"approval": "", **one}, key, kind) for key, kind in wanted.items()}
    provenance = _provenance(_table(one, "provenance"), folder) if "provenance" in one else None
    entry = LayerEntry(**values, provenance=provenance)
    checked_level(entry.level, entry.title)
    inside(folder, entry.file)
    return entry


def _provenance(one: Mapping[str, Any], folder: Path) -> Provenance:
    wanted = {key: kind for key, kind in get_type_hints(Provenance).items() if kind in (str, int)}
    values = {key: value_of(one, key, kind) for key, kind in wanted.items()}
    for file in (values["about"], values["refused"]):
        inside(folder, file)
    return Provenance(**values, added=_moment(one, "added"), columns=_texts(one, "columns"))


def inside(folder: Path, file: str) -> Path:
    """The path of a layer's file, if it stays inside the workspace (a link out of it does not)."""
    inner = PurePosixPath(file)
    path = folder.joinpath(*inner.parts)
    if inner.is_absolute() or "\\" in file or ":" in file or not path.resolve().is_relative_to(folder.resolve()):
        raise DataError("workspace_file_outside", file=file)
    return path
