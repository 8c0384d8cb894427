"""The last step: into the workspace, with its level and its source."""

import streamlit as st

from layers.append import about_both, append, mended_rows
from layers.secrecy import LEVELS
from layers.workspace_edit import About, add_layer
from ui import shelves
from ui.i18n import Say
from ui.ledger import held, quality, staging
from ui.ledger.staging import Staged
from ui.messages import literal
from ui.shelves import Study

__all__ = ["show"]


def show(one: Staged, shared: Study, say: Say, lang: str) -> None:
    """Level, source, and the button; a layer of the same kind is replaced, and can be brought back."""
    layer, table = one.layer, one.table
    if layer is None or table is None:
        return
    left, middle, right = st.columns([1, 2, 1], vertical_alignment="bottom")
    level = left.selectbox(say("ledger.level"), LEVELS, index=LEVELS.index("内部"), key="store_level",
                           help=say("ledger.level_help"))  # fmt: skip
    source = middle.text_input(say("ledger.source_label"), placeholder=say("ledger.source_hint"), key="store_source")
    there = shared.workspace.entry(one.kind)
    mended = mended_rows(table)
    more = False
    if there is not None:
        ways = ("replace", "append") if one.kind != "roads" else ("replace",)
        chosen = st.radio(
            say("ledger.way"), ways, index=ways.index("append") if mended and len(ways) > 1 else 0,
            format_func=lambda way: say(f"ledger.way_{way}", name=literal(there.title), rows=there.rows),
            key=f"store_way_{one.number}",
        )  # fmt: skip
        more = chosen == "append"
    label = say("ledger.append" if more else "ledger.replace" if there else "ledger.store", count=len(layer.frame))
    if not right.button(label, key="store_layer", type="primary", width="stretch"):
        return
    about = about_both(there, level, source.strip()) if there and more else About(level=level, source=source.strip())
    told = say(
        "ledger.stored", count=len(layer.frame), refused=layer.quality.rows_refused, kind=held.kind_label(one.kind, say)
    )

    def add() -> None:
        old = shelves.layer_of(shared.workspace, one.kind) if more else None
        # With what was found in it, as the command stores it.
        new = quality.looked_at(layer, shelves.context(shared.workspace, shared.workspace.digest))
        whole = new if old is None else append(old, new, mended)
        add_layer(shared.workspace, whole, about, options=one.options, headings=staging.headings(table))
        staging.drop()
        # Another key makes the widget forget its files.
        st.session_state["upload_turn"] = st.session_state.get("upload_turn", 0) + 1

    held.changed(add, told, lang)
