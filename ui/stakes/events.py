"""What happens between inspections: events from found to confirmed by both sides, and patrols."""

import functools

import pandas as pd
import streamlit as st

from demarcation.book import EVENT_STATES, EVENTS, STEPS, Event, Found, Patrol, Step
from demarcation.inspection import patrols_due
from geo.errors import QuarterhourError
from reports.boundary_docx import letter_docx
from ui import downloads, messages
from ui.i18n import Say
from ui.shelves import Study
from ui.stakes import sheets
from ui.stakes.scope import Scope
from ui.stakes.sheets import Sheet

__all__ = ["show"]

_DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_HEIGHT = 220


def show(sheet: Sheet, shared: Study, scope: Scope, say: Say, lang: str) -> None:
    """Open events with their next step, a form for a new one, and patrols."""
    left, right = st.columns(2, gap="medium")
    with left:
        events = [one for one in sheet.book.open_events if one.found.line_code in scope]
        if not events:
            st.info(say("stakes.event_none"), icon="ℹ️")
        for event in events:
            _event(sheet, event, shared, say, lang)
        _new_event(sheet, shared, scope, say, lang)
    with right:
        _patrols(sheet, scope, say)
        _new_patrol(sheet, shared, scope, say, lang)


def _event(sheet: Sheet, event: Event, shared: Study, say: Say, lang: str) -> None:
    found = event.found
    title = say("stakes.event_title", kind=_word(EVENTS[found.kind], found.kind, lang),
                where=found.stake_no or found.line_code, day=found.day.isoformat(),
                state=_word(EVENT_STATES[event.state], event.state, lang))  # fmt: skip
    with st.container(border=True, key=f"event_{event.number}"):
        st.markdown(messages.literal(title))
        if found.note:
            st.caption(messages.literal(found.note))
        for kind in event.next_steps[:1]:
            left, middle, right = st.columns([2, 2, 3], vertical_alignment="bottom")
            day = left.date_input(say("stakes.enter_day"), sheet.as_of, key=f"step_day_{event.number}")
            unit = middle.selectbox(
                say("stakes.event_by"), found.units, format_func=sheet.unit, key=f"step_unit_{event.number}"
            )
            label = say("stakes.event_step", step=_word(STEPS[kind], kind, lang))
            if right.button(label, key=f"step_{event.number}", width="stretch"):
                _done(Step(event.number, kind, day, unit), shared, say, lang)
        line = sheet.checked.bench.study.lines.get(found.line_code)
        if line is None:
            return
        stakes = sheet.checked.bench.study.stakes
        stake = next((one for one in stakes if one.number == found.stake_no and one.line_code == line.code), None)
        name = f"quarterhour-letter-{event.number}.docx"
        leaves = downloads.Leaving("letter", name, sheet.level, 1)
        make = functools.partial(
            letter_docx, event, line, stake, lang, names=sheet.unit_names, notice=sheet.notice(lang)
        )
        st.download_button(
            say("stakes.event_letter"), functools.partial(downloads.logged, shared.workspace, leaves, make), name,
            _DOCX, key=f"letter_{event.number}", on_click="ignore",
        )  # fmt: skip


def _done(step: Step, shared: Study, say: Say, lang: str) -> None:
    try:
        sheets.records_of(shared).advance_event(step)
    except QuarterhourError as error:
        messages.show(error, lang)
        return
    st.session_state["stakes_told"] = say("stakes.event_saved")
    st.rerun()


def _word(chinese: str, code: str, lang: str) -> str:
    """The bureau's word; in English the code, which is one."""
    return chinese if lang == "zh" else code.replace("_", " ")


def _new_event(sheet: Sheet, shared: Study, scope: Scope, say: Say, lang: str) -> None:
    study = sheet.checked.bench.study
    sided = {code: line for code, line in study.lines.items() if line.unit_a and line.unit_b}
    codes = [code for code in sided if code in scope]
    if not codes:
        return
    with st.expander(say("stakes.event_new")):
        # Outside a form: stakes and sides are those of the chosen line.
        kind = st.selectbox(say("stakes.event_kind"), list(EVENTS), key="event_kind",
                            format_func=lambda one: _word(EVENTS[one], one, lang))  # fmt: skip
        code = st.selectbox(say("stakes.event_line"), codes, key="event_line",
                            format_func=lambda one: f"{one} {sided[one].name}".strip())  # fmt: skip
        numbers = ["", *dict.fromkeys(one.number for one in study.stakes if one.line_code == code)]
        number = st.selectbox(say("stakes.event_stake"), numbers, key="event_stake",
                              format_func=lambda one: one or say("stakes.event_whole_line"))  # fmt: skip
        day = st.date_input(say("stakes.event_day"), sheet.as_of, key="event_day")
        units = (sided[code].unit_a, sided[code].unit_b)
        unit = st.selectbox(say("stakes.event_unit"), units, format_func=sheet.unit, key="event_unit")
        note = st.text_area(say("stakes.event_note"), max_chars=500, height=68, key="event_note")
        if not st.button(say("stakes.event_save"), type="primary", key="event_save"):
            return
    managed = next((one.managed_by for one in study.stakes if (one.line_code, one.number) == (code, number)), "")
    _save_event(
        Found(kind, code, number, day, unit, units, managed if managed in units else "", note), shared, say, lang
    )


def _save_event(found: Found, shared: Study, say: Say, lang: str) -> None:
    try:
        sheets.records_of(shared).add_event(found)
    except QuarterhourError as error:
        messages.show(error, lang)
        return
    st.session_state["stakes_told"] = say("stakes.event_saved")
    st.rerun()


def _patrols(sheet: Sheet, scope: Scope, say: Say) -> None:
    due = [one for one in patrols_due(sheet.book, sheet.as_of) if one.last.line_code in scope]
    if not due:
        st.info(say("stakes.patrol_none"), icon="ℹ️")
        return
    table = pd.DataFrame(
        {
            "stake": [one.last.stake_no or one.last.line_code for one in due],
            "keeper": [one.last.keeper for one in due],
            "last": [one.last.day.isoformat() for one in due],
            "next": [one.due.isoformat() for one in due],
            "late": [say("stakes.due_overdue", days=-one.days) if one.days < 0 else "" for one in due],
        }
    )
    columns = {
        "stake": st.column_config.TextColumn(say("stakes.col_stake")),
        "keeper": st.column_config.TextColumn(say("stakes.patrol_keeper")),
        "last": st.column_config.TextColumn(say("stakes.patrol_day")),
        "next": st.column_config.TextColumn(say("stakes.patrol_next")),
        "late": st.column_config.TextColumn(say("stakes.due_state")),
    }
    st.dataframe(table, hide_index=True, height=min(_HEIGHT, 32 * (len(table) + 1) + 6), row_height=32,
                 column_config=columns, key="stakes_patrols")  # fmt: skip


def _new_patrol(sheet: Sheet, shared: Study, scope: Scope, say: Say, lang: str) -> None:
    codes = [code for code in sheet.checked.bench.study.lines if code in scope]
    with st.expander(say("stakes.patrol_new")), st.form(f"patrol-{sheet.key}", border=False):
        code = st.selectbox(say("stakes.event_line"), codes, key="patrol_line")
        keeper = st.text_input(
            say("stakes.patrol_keeper"), max_chars=100, key="patrol_keeper", help=say("stakes.who_help")
        )
        left, right = st.columns(2)
        day = left.date_input(say("stakes.patrol_day"), sheet.as_of, key="patrol_day")
        days = right.number_input(
            say("stakes.patrol_interval"), min_value=1, max_value=3650, value=90, key="patrol_days"
        )
        if not st.form_submit_button(say("stakes.event_save")):
            return
    try:
        sheets.records_of(shared).add_patrol(Patrol(code, "", day, keeper, int(days)))
    except QuarterhourError as error:
        messages.show(error, lang)
        return
    st.session_state["stakes_told"] = say("stakes.patrol_saved")
    st.rerun()
