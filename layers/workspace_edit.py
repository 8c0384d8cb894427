"""Changes to a workspace: a new one, a layer added, replaced or taken out, what people call it.

Each change is all or nothing, is kept so that it can be taken back (:mod:`layers.workspace_history`), and returns the
workspace as it is then. A :class:`~layers.workspace.Workspace` that somebody else changed meanwhile is refused.
"""

import dataclasses
import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from geo.errors import DataError, OutputError
from geo.write import atomic_folder
from layers.layer import Layer
from layers.options import USUAL, ReadOptions
from layers.schema import plain
from layers.schemas import SCHEMAS
from layers.secrecy import INTERNAL, checked_level
from layers.stored import write_stored
from layers.workspace import LayerEntry, Study, Workspace, open_workspace
from layers.workspace_history import changing, commit, now, write_new
from layers.workspace_toml import Change, Provenance

__all__ = [
    "TITLES", "About", "add_layer", "describe", "fill", "layer_table", "new_workspace", "remembered_columns",
    "remove_layer",
]  # fmt: skip

#: What a layer is called when the user says nothing: Chinese, English.
TITLES: Mapping[str, tuple[str, str]] = {
    "facilities": ("民政服务设施", "Facilities"),
    "demand": ("人口", "People"),
    "units": ("区划", "Units"),
    "roads": ("道路", "Roads"),
    "lines": ("界线", "Boundary lines"),
    "stakes": ("界桩", "Boundary stakes"),
    "candidates": ("备选点位", "Candidates"),
    "values": ("指标数值", "Values"),
    "projects": ("项目", "Projects"),
    "disputes": ("争议", "Disputes"),
    "place_names": ("地名", "Place names"),
    "inspections": ("界线检查记录", "Boundary inspections"),
    "descriptions": ("边界线走向说明", "Boundary descriptions"),
    "features": ("现状河流和道路", "Rivers and roads of today"),
}
#: How many corrected tables of headings are remembered; the oldest go first.
_REMEMBERED = 100


@dataclass(frozen=True)
class About:
    """What the user says of a layer.

    Parameters
    ----------
    level
        公开 or 内部.
    source, licence, credit
        Where it is from, on what terms, who must be named. A credit that the file itself asks for stays.
    approval
        Number under which its use was approved.
    title, title_en
        What people call it; default by its kind.
    synthetic
        Its rows are made up.
    """

    level: str = INTERNAL
    source: str = ""
    licence: str = ""
    credit: str = ""
    approval: str = ""
    title: str = ""
    title_en: str = ""
    synthetic: bool = False


def new_workspace(
    path: Path, name: str, *, name_en: str = "", as_of: dt.date | None = None, study: Study | None = None
) -> Workspace:
    """Make an empty workspace.

    Parameters
    ----------
    path
        Its folder: does not exist yet, or is empty.
    name, name_en
        What people call it.
    as_of
        The day for which it is computed when nothing else is said; default today.
    study
        The usual question.

    Raises
    ------
    OutputError
        When there is something in the folder, or it cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     workspace = new_workspace(Path(folder) / "pilot", "试点")
    ...     workspace.name, workspace.layers
    ('试点', ())
    """
    head = _head(name, name_en or name, as_of or now().date(), study or Study())
    with atomic_folder(Path(path)) as folder:
        write_new(folder, head, Change(1, None, "new", "", now()))
    return open_workspace(path)


def fill(folder: Path, workspace: Workspace, items: Iterable[tuple[LayerEntry, Layer]], change: Change) -> None:
    """Write a whole workspace into an empty folder that is not in its place yet; titles and study as in ``workspace``.

    Raises
    ------
    DataError, OutputError
        As :func:`add_layer`.
    """
    head = _head(workspace.name, workspace.name_en, workspace.as_of, workspace.study)
    write_new(folder, {**head, "layer": [layer_table(entry, layer, folder) for entry, layer in items]}, change)


def _head(name: str, name_en: str, as_of: dt.date, study: Study) -> dict[str, Any]:
    return {"name": name, "name_en": name_en, "as_of": as_of, "study": _study_table(study)}


def _study_table(study: Study) -> dict[str, Any]:
    return {**vars(study), "kinds": list(study.kinds)}


def add_layer(
    workspace: Workspace,
    layer: Layer,
    about: About,
    *,
    options: ReadOptions = USUAL,
    headings: Sequence[str] = (),
) -> Workspace:
    """Add a layer, in the place of the one of its kind where there is one.

    Parameters
    ----------
    workspace
        As opened.
    layer
        As :func:`layers.read.layer_of` made it. Its rows, findings and refused rows are kept.
    about
        What the user says of it.
    options
        How it was read; corrected columns are remembered for the next table with these headings.
    headings
        Of the table that it was read from.

    Returns
    -------
    Workspace
        With the layer in it.

    Raises
    ------
    DataError
        ``level_refused`` or ``level_unknown`` for its level; ``workspace_stale`` when somebody changed the workspace.
    OutputError
        When it cannot be written, or somebody holds the workspace.
    """
    if layer.kind not in SCHEMAS:
        raise DataError("workspace_kind_unknown", kind=layer.kind)
    entry = _entry(layer, about, options)
    with changing(workspace) as document:
        table = _writable(entry, layer, workspace.path)
        listed = document.get("layer", [])
        places = [number for number, one in enumerate(listed) if one["kind"] == layer.kind]
        if places:
            listed[places[0]] = table
        else:
            document["layer"] = [*listed, table]
        if options.columns and headings:
            document["remembered"] = _remember(document.get("remembered", []), layer.kind, headings, options.columns)
        return commit(workspace, document, "replace" if places else "add", layer.kind)


def _entry(layer: Layer, about: About, options: ReadOptions) -> LayerEntry:
    source = layer.source
    title, title_en = TITLES[layer.kind]
    checked_level(about.level, about.title or title)
    return LayerEntry(
        layer.kind,
        "",
        about.title or title,
        about.title_en or (about.title or title_en),
        about.source or source.file,
        about.licence,
        about.level,
        about.synthetic or source.synthetic,
        about.credit or source.credit,
        "",
        0,
        about.approval,
        Provenance.of(layer, now(), options.columns),
    )


def layer_table(entry: LayerEntry, layer: Layer, folder: Path) -> dict[str, Any]:
    """Put a layer's files into a folder, and return what ``workspace.toml`` says of it.

    Raises
    ------
    DataError, OutputError
        As :func:`layers.stored.write_stored`.
    """
    source = dataclasses.replace(layer.source, level=entry.level, synthetic=entry.synthetic, credit=entry.credit)
    stored = write_stored(dataclasses.replace(layer, source=source), folder)
    known = entry.provenance.as_dict() if entry.provenance is not None else {}
    return {
        **vars(entry),
        "file": stored.file,
        "sha256": stored.sha256,
        "rows": layer.quality.rows_kept,
        "provenance": {**known, "about": stored.about, "refused": stored.refused},
    }


def _writable(entry: LayerEntry, layer: Layer, folder: Path) -> dict[str, Any]:
    try:
        return layer_table(entry, layer, folder)
    except OutputError:
        raise
    except OSError as error:
        raise OutputError("output_failed", path=folder.name, reason=error.strerror or str(error)) from error


def remove_layer(workspace: Workspace, kind: str) -> Workspace:
    """Take the layer of a kind out.

    Raises
    ------
    DataError
        ``workspace_lacks_layer`` when there is none; ``workspace_stale`` when somebody changed the workspace.
    OutputError
        As :func:`add_layer`.
    """
    if workspace.entry(kind) is None:
        raise DataError("workspace_lacks_layer", kind=kind, name=workspace.name)
    with changing(workspace) as document:
        document["layer"] = [one for one in document["layer"] if one["kind"] != kind]
        return commit(workspace, document, "remove", kind)


def describe(
    workspace: Workspace, *, name: str | None = None, as_of: dt.date | None = None, study: Study | None = None
) -> Workspace:
    """Change what people call a workspace, its day, or its usual question; what is not given stays.

    Raises
    ------
    DataError, OutputError
        As :func:`remove_layer`.
    """
    with changing(workspace) as document:
        changed = {
            **({"name": name, "name_en": name} if name is not None else {}),
            **({"as_of": as_of} if as_of is not None else {}),
            **({"study": _study_table(study)} if study is not None else {}),
        }
        return commit(workspace, {**document, **changed}, "describe")


# ---- columns that the user corrected --------------------------------------------------------------------------------


def remembered_columns(workspace: Workspace, kind: str, headings: Iterable[str]) -> dict[str, str]:
    """What the user corrected in an earlier table of this kind with the same headings; empty when there was none.

    Parameters
    ----------
    workspace
        As opened.
    kind
        Of the layer.
    headings
        Of the new table, in any order; compared as :func:`layers.schema.plain` does.

    Returns
    -------
    dict
        As ``ReadOptions.columns``: canonical name to the heading as this table spells it.
    """
    headings = list(headings)
    by_plain = {plain(heading): heading for heading in headings}
    for one in reversed(workspace.remembered):
        if one.kind == kind and sorted(one.headings) == _key(headings):
            return {name: by_plain.get(plain(own), "") if own else "" for name, own in one.columns.items()}
    return {}


def _key(headings: Iterable[str]) -> list[str]:
    return sorted({plain(heading) for heading in headings})


def _remember(
    known: list[dict[str, Any]], kind: str, headings: Sequence[str], columns: Mapping[str, str]
) -> list[dict[str, Any]]:
    key = _key(headings)
    others = [one for one in known if (one["kind"], sorted(one["headings"])) != (kind, key)]
    return [*others, {"kind": kind, "headings": key, "columns": dict(columns)}][-_REMEMBERED:]
