"""A ledger on its way into the workspace: what one session uploaded, and what its user said about it.

Nothing here is shared between sessions, and nothing is written but a private folder that is gone when the file is read.
"""

import dataclasses
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

import geopandas as gpd
import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from geo.errors import QuarterhourError
from geo.read import Table
from layers.gazetteer import Gazetteer, Located, locate
from layers.layer import Layer
from layers.options import ReadOptions
from layers.read import layer_of
from layers.workspace import Workspace
from layers.workspace_edit import remembered_columns
from ui.uploads import read_uploaded

__all__ = [
    "Staged",
    "change",
    "drop",
    "headings",
    "locate_by_name",
    "mend",
    "read_as",
    "receive",
    "staged",
    "step_back",
]

_KEY = "staged"


@dataclass(frozen=True, eq=False)
class Staged:
    """One upload.

    Parameters
    ----------
    number
        Unguessable, changes with each upload.
    files
        Names as the user calls them.
    kind
        What it is read as.
    table
        Its rows; None when the file itself was refused.
    options
        What the user said.
    layer
        What came of it; None when it was refused as a whole.
    error
        Why it was refused.
    former
        The layer before each mend, the oldest first.
    located
        The table with places for rows that have a name only; None while the user has not asked for it.
    """

    number: str
    files: tuple[str, ...]
    kind: str
    table: Table | None
    options: ReadOptions
    layer: Layer | None
    error: QuarterhourError | None
    former: tuple[Layer, ...] = ()
    located: Located | None = None


def staged() -> Staged | None:
    """The upload of this session."""
    found: Staged | None = st.session_state.get(_KEY)
    return found


def drop() -> None:
    """Forget the upload."""
    for name in (_KEY, "inspected", "verdict"):
        st.session_state.pop(name, None)


def receive(files: Sequence[UploadedFile], kind: str, workspace: Workspace, options: ReadOptions) -> Staged:
    """Read what was uploaded, in a process of its own, and keep it for this session.

    Parameters
    ----------
    files
        One file, or the parts of one Shapefile.
    kind
        What it is to be read as.
    workspace
        Where it may go; columns that were corrected in an earlier table with these headings are taken from it.
    options
        Encoding and layer, where the user said them.
    """
    names = tuple(file.name for file in files)
    table, error = None, None
    try:
        table = read_uploaded(files, options)
        remembered = remembered_columns(workspace, kind, headings(table))
        options = dataclasses.replace(options, columns=remembered)
    except QuarterhourError as refused:
        error = refused
    return _keep(_computed(Staged(uuid.uuid4().hex, names, kind, table, options, None, error)))


def headings(table: Table) -> list[str]:
    """The headings of a table, without the geometry."""
    geometry = table.frame.geometry.name if isinstance(table.frame, gpd.GeoDataFrame) else None
    return [str(name) for name in table.frame.columns if name != geometry]


def change(one: Staged, **said: object) -> Staged:
    """The same upload with something else said about it; mends are undone, as they were of another layer."""
    options = dataclasses.replace(one.options, **said)  # type: ignore[arg-type]  # names of ReadOptions
    return _keep(_computed(dataclasses.replace(one, options=options, former=(), located=None)))


def locate_by_name(one: Staged, known: Gazetteer | None) -> Staged:
    """The same upload with rows without coordinates placed by their names, or, without names, as it was."""
    located = None if known is None or one.table is None else locate(one.table, one.kind, known, one.options)
    return _keep(_computed(dataclasses.replace(one, former=(), located=located)))


def mend(one: Staged, layer: Layer) -> Staged:
    """The same upload after a mend, which can be taken back."""
    if one.layer is None:
        raise ValueError("nothing to mend")
    return _keep(dataclasses.replace(one, layer=layer, former=(*one.former, one.layer)))


def step_back(one: Staged) -> Staged:
    """The same upload without its last mend."""
    *others, last = one.former
    return _keep(dataclasses.replace(one, layer=last, former=tuple(others)))


def _keep(one: Staged) -> Staged:
    st.session_state[_KEY] = one
    return one


def read_as(one: Staged, options: ReadOptions) -> Layer | None:
    """The upload read in another way; None when it is refused then."""
    return _computed(dataclasses.replace(one, options=options)).layer


def _computed(one: Staged) -> Staged:
    if one.table is None:
        return one
    table = one.table if one.located is None else one.located.table
    try:
        return dataclasses.replace(one, layer=layer_of(table, one.kind, one.options), error=None)
    except QuarterhourError as refused:
        return dataclasses.replace(one, layer=None, error=refused)
