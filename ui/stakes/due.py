"""Which line is to be inspected when, what is done of this round, and by whom."""

import pandas as pd
import streamlit as st

from demarcation.inspection import Due, progress, stakes_inspected
from ui import i18n, state
from ui import rows as tables
from ui.i18n import Say
from ui.stakes.scope import Scope
from ui.stakes.sheets import Sheet

__all__ = ["show", "status_word"]

_TABLE = "stakes_due"
_HEIGHT = 420
_ROW_HEIGHT = 30


def status_word(one: Due, say: Say) -> str:
    """How urgent a line is, in words."""
    if one.status == "overdue":
        return f"▲ {say('stakes.due_overdue', days=-(one.days or 0))}"
    if one.status == "extra":
        return f"▲ {say('stakes.due_event')}"
    if one.status == "unknown":
        return f"◆ {say('stakes.due_never')}"
    return f"◆ {say('stakes.due_soon', days=one.days)}" if one.status == "soon" else say("stakes.due_later")


def show(sheet: Sheet, scope: Scope, say: Say, lang: str) -> None:
    """The list; a row that is chosen becomes the line of the whole page."""
    due = [one for one in sheet.due if one.line_code in scope]
    study = sheet.checked.bench.study
    done = stakes_inspected(study.stakes, sheet.book, sheet.due, as_of=sheet.as_of, log=sheet.log)
    table = pd.DataFrame(
        {
            "line": [f"{one.line_code} {one.name}".strip() for one in due],
            "state": [status_word(one, say) for one in due],
            "next": [one.due.isoformat() if one.due else "" for one in due],
            "last": [one.last.isoformat() if one.last else "" for one in due],
            "done": ["{} / {}".format(*done.get(one.line_code, (0, 0))) for one in due],
            "km": [one.length_m / 1000 for one in due],
            "lead": [sheet.unit(one.lead_unit) for one in due],
        }
    )
    columns = {
        name: st.column_config.TextColumn(say(f"stakes.due_{name}"))
        for name in ("line", "state", "next", "last", "done", "lead")
    }
    columns["km"] = st.column_config.NumberColumn(say("stakes.due_km"), format="%.1f")
    st.dataframe(
        table,
        hide_index=True,
        height=min(_HEIGHT, _ROW_HEIGHT * (len(table) + 1) + 6),
        row_height=_ROW_HEIGHT,
        column_config=columns,
        key=_TABLE,
        on_select=lambda: _chosen([one.line_code for one in due], lang),
        selection_mode="single-row",
    )
    st.caption(say("stakes.due_note"))
    for one in progress(study.lines, sheet.book, sheet.as_of, sheet.log):
        st.caption(
            say("stakes.km_done", year=one.year, round=one.round, done=i18n.decimal(one.done_m / 1000),
                due=i18n.decimal(one.due_m / 1000), lines=one.lines_done, all=one.lines)
        )  # fmt: skip


def _chosen(codes: list[str], lang: str) -> None:
    row = tables.picked(_TABLE)
    if row is not None:
        st.session_state[state.keep("stakes-line", lang, "")] = codes[row]
