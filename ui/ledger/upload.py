"""A new ledger, step by step: the file, its columns, its coordinates, its quality, and into the workspace."""

import streamlit as st

from layers.beside import area_of
from layers.mend import swapped
from layers.options import ReadOptions
from layers.schemas import SCHEMAS
from ui import messages, shelves
from ui.i18n import Say
from ui.ledger import columns, datum, held, quality, staging, store
from ui.ledger.staging import Staged
from ui.shelves import Study
from ui.uploads import SUFFIXES

__all__ = ["show"]

_KINDS = tuple(kind for kind in SCHEMAS if kind != "roads")
_ENCODINGS = ("", "utf-8", "gb18030", "big5", "utf-16")


def show(shared: Study, say: Say, lang: str) -> None:
    """The steps; each shows when the one before is done."""
    with st.container(key="upload", border=True):
        st.subheader(say("ledger.upload"))
        one = _file(shared, say)
        if one is None:
            st.info(say("ledger.nothing_yet"), icon="ℹ️")
            return
        if one.error is not None:
            messages.show(one.error, lang)
            _exchange(one, say)
        if one.table is None:
            return
        _step(say("ledger.step_columns"))
        columns.show(one, say, lang)
        if one.options.columns and st.button(say("columns.reset"), key="columns_reset"):
            staging.change(one, columns={})
            st.rerun()
        _step(say("ledger.step_coordinates"))
        datum.show(one, shared, say)
        if one.layer is None:
            return
        _step(say("ledger.step_quality"))
        quality.show(one, shared, say, lang)
        _step(say("ledger.step_store"))
        store.show(one, shared, say, lang)


def _step(title: str) -> None:
    st.html(f'<div class="qh-step">{title}</div>')


def _file(shared: Study, say: Say) -> Staged | None:
    """What is uploaded as which kind; read again when one of these changes."""
    left, right = st.columns([2, 3])
    kind = left.selectbox(
        say("ledger.kind"), _KINDS, format_func=lambda one: held.kind_label(one, say), key="upload_kind"
    )
    turn = st.session_state.setdefault("upload_turn", 0)
    files = right.file_uploader(
        say("ledger.file"), type=list(SUFFIXES), accept_multiple_files=True, key=f"upload_files_{turn}",
        help=say("ledger.file_help"),
    )  # fmt: skip
    with st.expander(say("ledger.more")):
        one, two, three = st.columns(3)
        encoding = one.selectbox(
            say("ledger.encoding_choice"), _ENCODINGS, format_func=lambda e: e or say("ledger.by_evidence"),
            key="upload_encoding",
        )  # fmt: skip
        layer = two.text_input(say("ledger.layer_choice"), key="upload_layer", help=say("ledger.layer_help")).strip()
        crs = three.text_input(say("ledger.crs_choice"), key="upload_crs", help=say("ledger.crs_help")).strip()
        packed = st.checkbox(say("ledger.packed"), key="upload_packed", help=say("ledger.packed_help"))
    now = staging.staged()
    if not files:
        if now is not None:
            staging.drop()
        return None
    asked = (kind, encoding, layer, crs, packed, tuple(file.file_id for file in files))
    if now is not None and st.session_state.get("upload_asked") == asked:
        return now
    st.session_state["upload_asked"] = asked
    with st.spinner(say("ledger.reading"), show_time=True):
        area = area_of(shelves.context(shared.workspace, shared.workspace.digest))
        said = ReadOptions(encoding=encoding or None, layer=layer or None, crs=crs, packed=packed, area=area)
        return staging.receive(files, kind, shared.workspace, said)


def _exchange(one: Staged, say: Say) -> None:
    """Where longitude and latitude are in each other's place: one click exchanges them."""
    if one.table is None or one.error is None or one.error.code != "swapped_lonlat":
        return
    options = swapped(one.table, one.kind, one.options)
    if options is not None and st.button(say("mend.swap_lonlat"), key="swap_columns"):
        staging.change(one, columns=dict(options.columns))
        st.rerun()
