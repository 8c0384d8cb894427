"""设施布局与覆盖: who is within reach of a facility, who is not, and where."""

from typing import Any

import pandas as pd
import streamlit as st

from coverage.request import Parameters
from coverage.result import Result
from reports import look
from ui import answers, downloads, figures, frame, i18n, search, state, what_if
from ui import map as maps
from ui.answers import Answer
from ui.i18n import Say
from ui.state import Study
from ui.what_if import Scene

__all__ = ["show"]

_MINUTES = (5, 10, 15, 20, 30)
_MINUTES_AT_FIRST = (5, 10, 15)
_WEIGHTS = ("pop", "pop60", "pop65", "pop80", "pop0_14")
_TABLE_HEIGHT = 366
_ROW_HEIGHT = 30


def show() -> None:
    """The page."""
    lang = state.language()
    say = i18n.sayer(lang)
    place = frame.header(say, say("page.coverage.title"))
    with st.spinner(say("app.opening"), show_time=True):
        shared = state.study()
    frame.workspace_line(place, shared, say, lang)
    for kind in ("roads", "facilities", "demand"):
        if (shared.network if kind == "roads" else getattr(shared, kind)) is None:
            st.info(say(f"empty.{kind}"), icon="ℹ️")
            return
    parameters = _controls(shared, say, lang)
    if parameters is None:
        st.info(say("empty.minutes"), icon="ℹ️")
        return
    with frame.busy(say, first=state.nothing_yet()) as progress:
        shown = what_if.scene(shared, parameters, lang, progress)
        layers = state.drawn_layers(shared, shown.result, lang, nearest=st.session_state.get("nearest", False))
    # A place of its own even when it is empty: else all below it would move, and the map be made anew.
    with st.container(key="scene"):
        what_if.strip(shown, say, lang)
    _figures(shown, say, lang)
    _body(shared, shown, layers, say, lang)


def _controls(shared: Study, say: Say, lang: str) -> Parameters | None:
    """The form above the figures, as parameters; None when no minutes are chosen."""
    facilities, demand, usual = shared.facilities, shared.demand, shared.workspace.study
    if facilities is None or demand is None:
        return None
    present = set(facilities.frame["kind"].dropna().astype(str))
    kinds = [code for code in look.kinds() if code in present] + sorted(present - set(look.kinds()))
    weights = [column for column in _WEIGHTS if column in demand.frame]
    with st.container(key="controls", border=True):
        left, middle, right, last = st.columns([3.4, 2, 1.9, 1.5])
        chosen = left.multiselect(
            say("control.kinds"),
            kinds,
            format_func=lambda code: i18n.kind_name(lang, code),
            placeholder=say("control.kinds_all"),
            help=say("control.kinds_help"),
            key=state.keep("kinds", lang, [code for code in usual.kinds if code in kinds]),
        )
        profile = middle.selectbox(
            say("control.profile"),
            list(i18n.profiles()),
            format_func=lambda name: _profile_label(name, say, lang),
            key=state.keep("profile", lang, "elder"),
        )
        minutes = right.pills(
            say("control.minutes"),
            _MINUTES,
            selection_mode="multi",
            help=say("control.minutes_help"),
            key=state.keep("minutes", lang, list(_MINUTES_AT_FIRST)),
        )
        weight = last.selectbox(
            say("control.weight"),
            weights,
            format_func=lambda column: figures.weight_name(column, say),
            key=state.keep("weight", lang, usual.weight if usual.weight in weights else next(iter(weights), None)),
        )
    state.kept(kinds=chosen, profile=profile, minutes=minutes, weight=weight)
    if not minutes:
        return None
    return Parameters(
        profile=profile, minutes=tuple(minutes), weight=weight, kinds=tuple(chosen), as_of=shared.workspace.as_of
    )


def _profile_label(name: str, say: Say, lang: str) -> str:
    entry = i18n.profiles()[name]
    key = "control.profile_option" if "speed_mps" in entry else "control.profile_option_free"
    return say(key, name=entry[lang], speed=entry.get("speed_mps"))


def _figures(shown: Scene, say: Say, lang: str) -> None:
    result = shown.result
    frame.cards(figures.five_figures(result, say, shown.base))
    lines = [maps.safe_text(line) for line in figures.basis_lines(result, say, lang)]
    frame.basis(say("basis.title"), lines, say("basis.more"))
    with st.container(key="warnings"):
        if not result.facilities["served"].notna().any():
            st.warning(say("empty.no_serving", date=result.request.parameters.as_of.isoformat()), icon="⚠️")


def _body(shared: Study, shown: Scene, layers: maps.Drawing, say: Say, lang: str) -> None:
    """Map 7 : tables 3."""
    chosen = state.choice()
    told = None if chosen is None else answers.answer(chosen, shown.result, shared, say, lang)
    wide, narrow = st.columns([7, 3], gap="medium")
    with narrow:
        search.box(shared, say, lang)
        _answer_box(told, say)
        with st.container(key="actions"):
            what_if.actions(told, chosen, shown, say, lang)
        _tables(shown, told, say)
        downloads.buttons(shared, shown.result, say, lang)
    with wide:
        _map(shared, shown, layers, told, say, lang)


def _map(shared: Study, shown: Scene, layers: maps.Drawing, told: Answer | None, say: Say, lang: str) -> None:
    chosen = state.choice()
    view = maps.View(home=state.home(shared), note=say("map.legend_note"))
    if told is not None and chosen is not None:
        view = maps.View(
            home=view.home,
            mark=told.mark,
            focus=None if chosen.source == "map" else told.bounds,
            answer={"lon": told.lon, "lat": told.lat, "title": told.title, "lines": told.lines},
            number=chosen.number,
            note=view.note,
        )
    maps.show(
        layers,
        view,
        say,
        base=shared.base,
        badges={"what_if": say("what_if.badge") if shown.base else "", "demo": frame.badge(shared, say, lang)},
        credit=say("map.credit", date=shared.workspace.as_of.isoformat()),
        on_click=_map_clicked,
        on_switch=_map_switched,
    )


def _map_switched() -> None:
    what = maps.switched()
    if what is not None and what[0] == "nearest":
        st.session_state["nearest"] = what[1]


def _map_clicked() -> None:
    what = maps.clicked()
    if what is None:
        return
    kind = {"facility": "facility", "gaps": "gap", "no-road": "gap", "stake": "stake"}.get(what["layer"], "place")
    if kind == "gap":
        st.session_state["table"] = "gaps"
    state.choose(kind, what["id"], lon=what["lon"], lat=what["lat"], source="map")


def _answer_box(told: Answer | None, say: Say) -> None:
    if told is None:
        frame.lines_box(say("answer.title"), [say("answer.none")], key="answer_empty")
    else:
        frame.lines_box(told.title, list(told.lines), key="answer")


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
    _select("units_table", row)
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
    _select("gaps_table", row)
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


def _select(key: str, row: int | None) -> None:
    """Make the table show the row of what was chosen elsewhere."""
    rows = [] if row is None else [row]
    st.session_state[key] = {"selection": {"rows": rows, "columns": [], "cells": []}}


def _picked(key: str) -> int | None:
    rows = st.session_state[key]["selection"]["rows"]
    return int(rows[0]) if rows else None


def _unit_chosen(table: pd.DataFrame) -> None:
    row = _picked("units_table")
    if row is None:
        state.forget()
    else:
        state.choose("unit", str(table["unit_code"].iloc[row]), source="table")


def _gap_chosen(table: pd.DataFrame) -> None:
    row = _picked("gaps_table")
    if row is None:
        state.forget()
    else:
        place = table.iloc[row]
        state.choose("gap", str(place["rank"]), lon=float(place["lon"]), lat=float(place["lat"]), source="table")
