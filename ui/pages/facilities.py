"""设施布局与覆盖: who is within reach of a facility, who is not, and where."""

from typing import Any

import pandas as pd
import streamlit as st

from coverage.result import Result
from ui import answers, circle, controls, downloads, figures, frame, i18n, rows, search, shelves, stage, state, what_if
from ui import map as maps
from ui.answers import Answer
from ui.i18n import Say
from ui.shelves import Study
from ui.what_if import Scene

__all__ = ["show"]

_TABLE_HEIGHT = 366
_ROW_HEIGHT = 30


def show() -> None:
    """The page."""
    lang = state.language()
    say = i18n.sayer(lang)
    place = frame.header(say, say("page.coverage.title"))
    with st.spinner(say("app.opening"), show_time=True):
        shared = shelves.study()
    frame.workspace_line(place, shared, say, lang)
    parameters = controls.parameters(shared, say, lang)
    if parameters is None:
        return
    with frame.busy(say, first=shelves.nothing_yet()) as progress:
        shown = what_if.scene(shared, parameters, lang, progress)
        layers = shelves.drawn_layers(shared, shown.result, lang, nearest=st.session_state.get("nearest", False))
    # A place of its own even when it is empty: else all below it would move, and the map be made anew.
    with st.container(key="scene"):
        what_if.strip(shown, say, lang)
    _figures(shown, say, lang)
    _body(shared, shown, layers, say, lang)


def _figures(shown: Scene, say: Say, lang: str) -> None:
    frame.cards(figures.five_figures(shown.result, say, shown.base))
    controls.basis(shown.result, say, lang)


def _body(shared: Study, shown: Scene, layers: maps.Drawing, say: Say, lang: str) -> None:
    """Map 7 : tables 3."""
    chosen = state.choice()
    told = None if chosen is None else answers.answer(chosen, shown.result, shared, say, lang)
    wide, narrow = st.columns([7, 3], gap="medium")
    with narrow:
        search.box(shared, say, lang)
        stage.answer_box(told, say)
        with st.container(key="actions"):
            what_if.actions(told, chosen, shown, say, lang)
        _tables(shown, told, say)
        downloads.buttons(shared, shown.result, say, lang)
    with wide:
        stage.show(shared, shown, layers, told, lang, on_click=_map_clicked)
        circle.box(shared, shown.result, say, lang)


def _map_clicked() -> None:
    what = maps.clicked()
    if what is None:
        return
    kind = {"facility": "facility", "gaps": "gap", "no-road": "gap", "stake": "stake"}.get(what["layer"], "place")
    if kind == "gap":
        st.session_state["table"] = "gaps"
    state.choose(kind, what["id"], lon=what["lon"], lat=what["lat"], source="map")


def _tables(shown: Scene, told: Answer | None, say: Say) -> None:
    which = st.segmented_control(
        say("control.table"),
        ["units", "gaps"],
        format_func=lambda name: say(f"table.{name}"),
        default="units",
        key="table",
        required=True,
        label_visibility="collapsed",
        width="stretch",
    )
    if which == "gaps":
        _gap_rows(shown.result, told, say)
    else:
        _unit_rows(shown, told, say)
    st.caption(say("table.hint"))


def _unit_rows(shown: Scene, told: Answer | None, say: Say) -> None:
    result = shown.result
    table = figures.unit_table(result, say, shown.base)
    row = None
    if told is not None and told.unit_code:
        row = next((i for i, code in enumerate(table["unit_code"]) if code == told.unit_code), None)
    columns: dict[str, Any] = {
        "name": st.column_config.TextColumn(say("table.name"), width=92),
        "people": st.column_config.NumberColumn(say("table.people"), format="localized", width=62),
    }
    if shown.base is not None:
        columns["change"] = st.column_config.NumberColumn(say("table.change"), format="%+d", width=66)
    for minutes in reversed(result.request.parameters.minutes):
        label = say("table.share", minutes=f"{minutes:g}")
        columns[f"share_{minutes:g}"] = st.column_config.NumberColumn(label, format="%.1f%%", width=62)
    largest = f"{result.request.parameters.minutes[-1]:g}"
    columns[f"share_{largest}"] = st.column_config.ProgressColumn(
        say("table.share", minutes=largest), format="%.1f%%", min_value=0.0, max_value=100.0, width=102
    )
    columns["facilities"] = st.column_config.NumberColumn(say("table.facilities"), width=52)
    columns["no_road"] = st.column_config.NumberColumn(say("table.no_road"), format="localized", width=52)
    rows.select("units_table", row)
    st.dataframe(
        table[list(columns)],
        hide_index=True,
        height=_TABLE_HEIGHT,
        row_height=_ROW_HEIGHT,
        column_config=columns,
        placeholder="",
        key="units_table",
        on_select=lambda: _unit_chosen(table),
        selection_mode="single-row",
    )


def _gap_rows(result: Result, told: Answer | None, say: Say) -> None:
    chosen = state.choice()
    first = (told.lon, told.lat) if told is not None and chosen is not None and chosen.source != "table" else None
    table = figures.gap_table(result, say, first)
    if table.empty:
        st.info(say("empty.gaps"), icon="ℹ️")
        return
    row = None if told is None else answers.same_place(table, told.lon, told.lat)
    columns = {
        "rank": st.column_config.NumberColumn(say("table.rank"), width=40),
        "place": st.column_config.TextColumn(say("table.place"), width=92),
        "people": st.column_config.NumberColumn(say("table.people"), format="localized", width=58),
        "minutes": st.column_config.NumberColumn(say("table.minutes"), format="%.1f", width=70),
        "reason": st.column_config.TextColumn(say("table.reason"), width=62),
    }
    rows.select("gaps_table", row)
    st.dataframe(
        table[list(columns)],
        hide_index=True,
        height=_TABLE_HEIGHT,
        row_height=_ROW_HEIGHT,
        column_config=columns,
        key="gaps_table",
        on_select=lambda: _gap_chosen(table),
        selection_mode="single-row",
    )
    if len(result.gaps) > len(table):
        st.caption(say("table.gaps_cut", shown=i18n.count(len(table)), all=i18n.count(len(result.gaps))))


def _unit_chosen(table: pd.DataFrame) -> None:
    row = rows.picked("units_table")
    if row is None:
        state.forget()
    else:
        state.choose("unit", str(table["unit_code"].iloc[row]), source="table")


def _gap_chosen(table: pd.DataFrame) -> None:
    row = rows.picked("gaps_table")
    if row is None:
        state.forget()
    else:
        place = table.iloc[row]
        state.choose("gap", str(place["rank"]), lon=float(place["lon"]), lat=float(place["lat"]), source="table")
