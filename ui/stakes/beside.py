"""Files that are only held beside the lines and stakes: the neighbour's edition, a project's red line, a description.

They belong to one session and are never stored.
"""

from collections.abc import Mapping

import streamlit as st

from geo.errors import QuarterhourError
from layers.layer import Layer
from layers.read import layer_of
from ui import messages
from ui.i18n import Say
from ui.uploads import SUFFIXES, read_uploaded

__all__ = ["KINDS", "box", "held"]

_KEY = "stakes_beside"
#: What a file may be, as :func:`demarcation.study.study_of` names it, and the kind of layer it is read as.
KINDS = {
    "other_lines": "lines",
    "projects": "projects",
    "stakes_before": "stakes",
    "descriptions": "descriptions",
    "features": "features",
    "disputes": "disputes",
}


def held() -> Mapping[str, Layer]:
    """The layers of this session, by what they are."""
    found: Mapping[str, Layer] = st.session_state.get(_KEY, {})
    return found


def box(say: Say, lang: str) -> None:
    """A fold to bring a file in, and what is there with a button to take it away."""
    with st.expander(say("stakes.beside"), expanded=bool(held())):
        st.caption(say("stakes.beside_note"))
        left, right = st.columns([2, 3])
        what = left.selectbox(
            say("stakes.beside_what"), list(KINDS), format_func=lambda one: say(f"stakes.beside_{one}"),
            key="beside_what",
        )  # fmt: skip
        turn = st.session_state.setdefault("beside_turn", 0)
        files = right.file_uploader(
            say("ledger.file"), type=list(SUFFIXES), accept_multiple_files=True, key=f"beside_files_{turn}"
        )
        if files and left.button(say("stakes.beside_take"), type="primary", key="beside_take"):
            try:
                layer = layer_of(read_uploaded(files), KINDS[what])
            except QuarterhourError as error:
                messages.show(error, lang)
                # The next file begins with an empty place, not beside the one that was refused.
                st.session_state["beside_turn"] = turn + 1
            else:
                st.session_state[_KEY] = {**held(), what: layer}
                st.session_state["beside_turn"] = turn + 1
                st.rerun()
        for name, layer in held().items():
            _held(name, layer, say, lang)


def _held(name: str, layer: Layer, say: Say, lang: str) -> None:
    quality = layer.quality
    with st.container(horizontal=True, vertical_alignment="center", key=f"beside_{name}"):
        st.markdown(
            messages.literal(
                say("stakes.beside_held", what=say(f"stakes.beside_{name}"), file=layer.source.file,
                    rows=quality.rows_kept, refused=quality.rows_refused)
            )
        )  # fmt: skip
        if st.button(say("stakes.beside_drop"), key=f"beside_drop_{name}"):
            st.session_state[_KEY] = {kind: one for kind, one in held().items() if kind != name}
            st.rerun()
    for finding in quality.findings:
        if finding.severity != "info":
            st.caption(messages.literal(finding.sentence(lang)))
