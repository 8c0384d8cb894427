"""What the workspace holds: each layer with where it is from, what was refused of it, and a way back."""

from collections.abc import Callable
from functools import partial

import pandas as pd
import streamlit as st

from geo.errors import QuarterhourError
from layers.layer import Layer
from layers.refused import refused_xlsx
from layers.schemas import SCHEMAS
from layers.templates import template_xlsx
from layers.workspace import LayerEntry, Workspace
from layers.workspace_edit import remove_layer
from layers.workspace_history import undo
from ui import downloads, i18n, messages, shelves
from ui.i18n import Say
from ui.ledger import findings
from ui.map import safe_text
from ui.shelves import Study

__all__ = ["changed", "kind_label", "show"]

_ROW_HEIGHT = 32


def kind_label(kind: str, say: Say) -> str:
    """What a kind of layer is called."""
    return say(f"layer_kind.{kind}")


def show(shared: Study, say: Say, lang: str) -> None:
    """The list, the chosen layer, and the last change with its undo."""
    workspace = shared.workspace
    with st.container(key="held", border=True):
        st.subheader(say("ledger.held"))
        _history(workspace, say, lang)
        entries = list(workspace.layers)
        if not entries:
            st.info(say("ledger.empty"), icon="ℹ️")
        else:
            chosen = _list(entries, say, lang)
            if chosen is not None:
                _detail(workspace, chosen, say, lang)
        _templates(say)


def _history(workspace: Workspace, say: Say, lang: str) -> None:
    change = workspace.change
    if change.parent is None and change.number == 0:
        return
    with st.container(key="history", horizontal=True, vertical_alignment="center"):
        when = "" if change.when is None else f" · {change.when:%Y-%m-%d %H:%M}"
        st.caption(say("ledger.last_change", what=change.sentence(lang), when=when))
        if st.button(say("ledger.undo"), key="undo_workspace", disabled=change.parent is None):
            changed(lambda: undo(workspace), say("ledger.undone"), lang)


def _list(entries: list[LayerEntry], say: Say, lang: str) -> LayerEntry | None:
    table = pd.DataFrame(
        {
            say("ledger.kind"): [kind_label(entry.kind, say) for entry in entries],
            say("ledger.name"): [entry.title if lang == "zh" else entry.title_en for entry in entries],
            say("ledger.rows"): [entry.rows for entry in entries],
            say("ledger.refused"): [0 if e.provenance is None else e.provenance.rows_refused for e in entries],
            say("ledger.level"): [entry.level for entry in entries],
        }
    )
    picked = st.dataframe(
        table,
        hide_index=True,
        row_height=_ROW_HEIGHT,
        on_select="rerun",
        selection_mode="single-row",
        key=f"held_rows_{lang}",
    )
    rows = picked["selection"]["rows"]
    return entries[rows[0]] if rows and rows[0] < len(entries) else None


def _detail(workspace: Workspace, entry: LayerEntry, say: Say, lang: str) -> None:
    lines = [say("ledger.source", source=safe_text(entry.source))]
    if entry.licence:
        lines.append(say("ledger.licence", licence=safe_text(entry.licence)))
    known = entry.provenance
    if known is not None:
        lines += [
            say("ledger.original", file=safe_text(known.original), sha=safe_text(known.original_sha256[:12])),
            say("ledger.counts", read=known.rows_read, kept=entry.rows, refused=known.rows_refused),
        ]
        if known.added is not None:
            lines.append(say("ledger.added", when=f"{known.added:%Y-%m-%d %H:%M}"))
        keys = f"datum.{known.datum}", f"datum_from.{known.datum_from}"
        # What stands there may have been edited by hand.
        if all(i18n.known(lang, key) for key in keys):
            names = say(keys[0]), say(keys[1])
            lines.append(say("ledger.coordinates", datum=names[0], crs=safe_text(known.crs or "–"), how=names[1]))
        if known.encoding:
            lines.append(say("ledger.encoding", encoding=safe_text(known.encoding)))
    st.html(f'<div class="qh-box"><b>{safe_text(entry.title)}</b>{"".join(f"<div>{one}</div>" for one in lines)}</div>')
    layer = _read(workspace, entry, lang)
    if layer is None:
        return
    findings.table(layer.quality.findings, say, lang, key="held")
    left, right = st.columns(2)
    if layer.quality.rows_refused:
        file = f"{say('ledger.refused_file')}-{entry.kind}.xlsx"
        leaves = downloads.Leaving("refused", file, entry.level, layer.quality.rows_refused)
        left.download_button(
            say("ledger.download_refused", count=layer.quality.rows_refused),
            data=lambda: downloads.logged(workspace, leaves, lambda: refused_xlsx(layer.quality, lang)),
            file_name=file,
            key="held_refused",
            on_click="ignore",
            width="stretch",
        )
    if right.button(say("ledger.remove"), key="remove_layer", width="stretch", help=say("ledger.remove_help")):
        changed(
            lambda: remove_layer(workspace, entry.kind), say("ledger.removed", name=messages.literal(entry.title)), lang
        )


def _read(workspace: Workspace, entry: LayerEntry, lang: str) -> Layer | None:
    try:
        return shelves.layer_of(workspace, entry.kind)
    except QuarterhourError as error:
        messages.show(error, lang)
        return None


def _templates(say: Say) -> None:
    with st.expander(say("ledger.templates")):
        st.caption(say("ledger.templates_help"))
        columns = st.columns(3)
        for number, kind in enumerate(SCHEMAS):
            if kind == "roads":
                continue
            columns[number % 3].download_button(
                kind_label(kind, say),
                data=partial(template_xlsx, kind),
                file_name=f"{say('ledger.template_file')}-{kind_label(kind, say)}.xlsx",
                key=f"template_{kind}",
                on_click="ignore",
                width="stretch",
            )


def changed(change: Callable[[], object], told: str, lang: str) -> None:
    """Change the workspace and begin the page anew; what goes wrong is said."""
    try:
        change()
    except QuarterhourError as error:
        messages.show(error, lang)
        return
    st.session_state["told"] = told
    st.rerun()
