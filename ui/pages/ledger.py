"""台账与数据: what the workspace holds, and a new ledger from upload to map."""

import streamlit as st

from ui import frame, i18n, shelves, state
from ui.ledger import export, held, upload

__all__ = ["show"]


def show() -> None:
    """The page."""
    lang = state.language()
    say = i18n.sayer(lang)
    place = frame.header(say, say("page.ledger.title"))
    with st.spinner(say("app.opening"), show_time=True):
        shared = shelves.study()
    frame.workspace_line(place, shared, say, lang)
    told = st.session_state.pop("told", None)
    if told:
        st.success(told)
    left, right = st.columns([5, 7], gap="medium")
    with left:
        held.show(shared, say, lang)
        export.show(shared, say, lang)
    with right:
        upload.show(shared, say, lang)
