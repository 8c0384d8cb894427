"""The workspace as one file, and the log of what left."""

import tempfile
from pathlib import Path

import pandas as pd
import streamlit as st

from geo.errors import QuarterhourError
from layers.export_log import read_log
from layers.workspace import Workspace
from layers.workspace_export import Exported, export
from ui import messages
from ui.i18n import Say
from ui.ledger import findings
from ui.shelves import Study

__all__ = ["show"]

_ROW_HEIGHT = 32
_KEY = "exported"
_FORMATS = {"gpkg": "application/geopackage+sqlite3", "zip": "application/zip"}


def show(shared: Study, say: Say, lang: str) -> None:
    """Make a file, then offer it; each making is a line of the log."""
    workspace = shared.workspace
    if not workspace.layers:
        return
    with st.container(key="export", border=True):
        st.subheader(say("ledger.export"))
        st.caption(say("ledger.export_help"))
        public = st.checkbox(say("ledger.export_public"), key="export_public", help=say("ledger.export_public_help"))
        left, right = st.columns(2)
        for place, suffix in ((left, "gpkg"), (right, "zip")):
            if place.button(say(f"ledger.export_{suffix}"), key=f"export_{suffix}", width="stretch"):
                _make(workspace, suffix, lang, public=public)
        _offer(workspace, say, lang)
        with st.expander(say("ledger.export_log")):
            _log(workspace, say)


def _make(workspace: Workspace, suffix: str, lang: str, *, public: bool) -> None:
    st.session_state.pop(_KEY, None)
    try:
        with tempfile.TemporaryDirectory(prefix="quarterhour-") as folder, st.spinner(show_time=True):
            path = Path(folder) / f"{'public' if public else 'internal'}-{workspace.as_of.isoformat()}.{suffix}"
            made = export(workspace, path, public=public)
            st.session_state[_KEY] = (workspace.digest, suffix, path.name, path.read_bytes(), made)
    except QuarterhourError as error:
        messages.show(error, lang)


def _offer(workspace: Workspace, say: Say, lang: str) -> None:
    kept: tuple[str, str, str, bytes, Exported] | None = st.session_state.get(_KEY)
    if kept is None or kept[0] != workspace.digest:
        return
    _, suffix, name, data, made = kept
    if made.findings:
        findings.table(made.findings, say, lang, key="export")
    st.download_button(
        say("ledger.download", name=name, size=f"{len(data) / 1e6:.1f}"),
        data=data,
        file_name=f"quarterhour-{name}",
        mime=_FORMATS[suffix],
        key="download_export",
        type="primary",
        width="stretch",
        on_click="ignore",
    )


def _log(workspace: Workspace, say: Say) -> None:
    log = read_log(workspace.path)
    if log.broken:
        st.error(say("ledger.export_log_broken", line=", ".join(map(str, log.broken))))
    if not log.entries:
        st.caption(say("ledger.export_log_empty"))
        return
    entries = list(reversed(log.entries))
    st.dataframe(
        pd.DataFrame(
            {
                say("log.when"): [f"{entry.when:%Y-%m-%d %H:%M}" for entry in entries],
                say("log.who"): [entry.who for entry in entries],
                say("log.what"): [entry.export.file for entry in entries],
                say("ledger.level"): [entry.export.level for entry in entries],
                say("log.public"): [say("log.yes" if entry.export.public else "log.no") for entry in entries],
                say("ledger.rows"): [entry.export.rows for entry in entries],
            }
        ),
        hide_index=True,
        row_height=_ROW_HEIGHT,
    )
