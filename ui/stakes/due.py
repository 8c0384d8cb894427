"""Which line is to be inspected when, what is done of this round, and by whom."""

import pandas as pd
import streamlit as st

from demarcation.book import Plan
from demarcation.inspection import Due, progress, stakes_inspected
from geo.errors import QuarterhourError
from ui import i18n, messages, state
from ui import rows as tables
from ui.i18n import Say
from ui.shelves import Study
from ui.stakes import sheets
from ui.stakes.entry import sides
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


def show(sheet: Sheet, shared: Study, scope: Scope, say: Say, lang: str) -> None:
    """The list, what of the plans is done, and a form for a plan; a row becomes the line of the whole page."""
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
    _plan(sheet, shared, scope, say, lang)


def _plan(sheet: Sheet, shared: Study, scope: Scope, say: Say, lang: str) -> None:
    """Lines for the plan of a year, as the province sets it; 牵头方 and 配合方 are those of the line."""
    lines = {
        code: line
        for code, line in sheet.checked.bench.study.lines.items()
        if code in scope and line.unit_a and line.unit_b
    }
    with st.expander(say("stakes.plan_new")), st.form(f"plan-{sheet.key}", border=False):
        left, middle, right = st.columns([5, 1.2, 1.2])
        codes = left.multiselect(
            say("stakes.plan_lines"), list(lines), key="plan_lines",
            format_func=lambda code: f"{code} {lines[code].name}".strip(),
        )  # fmt: skip
        year = middle.number_input(say("stakes.plan_year"), 1990, 2100, sheet.as_of.year, key="plan_year_of")
        number = right.number_input(say("stakes.enter_round"), 1, 99, key="plan_round")
        if not st.form_submit_button(say("stakes.plan_save")) or not codes:
            return
    plans = []
    for code in codes:
        (_, lead), (_, other) = sides(lines[code])
        plans.append(Plan(code, int(year), int(number), lead, other))
    try:
        sheets.records_of(shared).add_plan(*plans)
    except QuarterhourError as error:
        messages.show(error, lang)
        return
    st.session_state["stakes_told"] = say("stakes.plan_saved", count=len(plans), year=int(year), round=int(number))
    st.rerun()


def _chosen(codes: list[str], lang: str) -> None:
    row = tables.picked(_TABLE)
    if row is not None:
        st.session_state[state.keep("stakes-line", lang, "")] = codes[row]
