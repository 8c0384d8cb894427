"""服务盲区: where people are left out together, why, and what one more facility there would add."""

import dataclasses
import functools
from collections.abc import Callable, Sequence

import pandas as pd
import streamlit as st

from reports import blind_spots as files
from reports import look
from ui import (
    answers,
    controls,
    downloads,
    figures,
    frame,
    i18n,
    rows,
    search,
    shelves,
    spots,
    stage,
    state,
    what_if,
)
from ui import map as maps
from ui.answers import Answer
from ui.downloads import Leaving
from ui.i18n import Say
from ui.shelves import Study
from ui.spots import Shown
from ui.what_if import Scene

__all__ = ["URL", "open_for", "show"]

#: Path of the page.
URL = "blind-spots"
_TABLE_HEIGHT = 336
_PLACES_HEIGHT = 190
_ROW_HEIGHT = 30


def open_for(unit_code: str, kinds: Sequence[str] = ()) -> None:
    """Open this page on one unit, from another page; not inside a callback.

    Parameters
    ----------
    unit_code
        Its blind spots are listed; empty: those of all units.
    kinds
        Kinds of facilities that serve; empty: those that are chosen now.
    """
    if kinds:
        state.kept(kinds=list(kinds))
    state.kept(**{"spots-unit": unit_code})
    if unit_code:
        state.choose("unit", unit_code, source="table")
    state.go(URL)


def show() -> None:
    """The page."""
    lang = state.language()
    say = i18n.sayer(lang)
    place = frame.header(say, say("page.spots.title"))
    with st.spinner(say("app.opening"), show_time=True):
        shared = shelves.study()
    frame.workspace_line(place, shared, say, lang)
    parameters = controls.parameters(shared, say, lang)
    if parameters is None:
        return
    if _with_capacity(say, lang):
        parameters = dataclasses.replace(parameters, capacity="auto")
    with frame.busy(say, first=shelves.nothing_yet()) as progress:
        scene = what_if.scene(shared, parameters, lang, progress)
        found = shelves.spots_for(shared, scene.result)
        before = None if scene.base is None else shelves.spots_for(shared, scene.base)
        layers = shelves.drawn_spots(shared, scene.result, lang, nearest=st.session_state.get("nearest", False))
    with st.container(key="scene"):
        what_if.strip(scene, say, lang)
    top = st.container(key="spots_figures")
    wide, narrow = st.columns([7, 3], gap="medium")
    with narrow:
        unit = _unit(scene, say, lang)
    shown = spots.shown_in(scene.result, found, unit)
    base = None if scene.base is None or before is None else spots.shown_in(scene.base, before, unit)
    with top:
        frame.cards(spots.cards(shown, say, base))
        controls.basis(scene.result, say, lang, more=spots.rule_lines(shown, say))
    told, rank = _told(shared, shown, say, lang)
    with narrow:
        _side(shared, scene, shown, told, rank, lang)
    with wide:
        stage.show(shared, scene, layers, told, lang, on_click=_map_clicked)


def _with_capacity(say: Say, lang: str) -> bool:
    """Whether places that find every facility full are blind spots too."""
    wanted = st.toggle(
        say("spots.capacity"),
        key=state.keep("spots-capacity", lang, at_first=False),
        help=say("spots.capacity_help"),
    )
    state.kept(**{"spots-capacity": wanted})
    return wanted


def _unit(scene: Scene, say: Say, lang: str) -> str:
    """The unit whose blind spots are listed, empty for all."""
    table = figures.unit_table(scene.result, say)
    names = dict(zip(table["unit_code"], table["name"], strict=True))
    codes = ["", *(code for code in names if code)]
    unit: str = st.selectbox(
        say("control.unit"),
        codes,
        format_func=lambda code: names[code] if code else say("control.unit_all"),
        key=state.keep("spots-unit", lang, "", among=codes),
        on_change=_unit_changed,
        args=(lang,),
    )
    state.kept(**{"spots-unit": unit})
    return unit


def _unit_changed(lang: str) -> None:
    unit = st.session_state[f"spots-unit-{lang}"]
    if unit:
        state.choose("unit", unit, source="table")
    else:
        state.forget()


def _told(shared: Study, shown: Shown, say: Say, lang: str) -> tuple[Answer | None, int | None]:
    """The answer to the choice of the session, and the rank of the area where it is one."""
    chosen = state.choice()
    rank = spots.chosen_area(chosen, shown)
    if rank is not None:
        return spots.answer(rank, shown, say), rank
    return (None if chosen is None else answers.answer(chosen, shown.result, shared, say, lang)), None


def _side(shared: Study, scene: Scene, shown: Shown, told: Answer | None, rank: int | None, lang: str) -> None:
    say = i18n.sayer(lang)
    search.box(shared, say, lang)
    if told is None:
        frame.lines_box(say("answer.title"), [say("spots.none_chosen")], key="answer_empty")
    else:
        stage.answer_box(told, say)
    with st.container(key="actions"):
        if rank is None:
            what_if.actions(told, state.choice(), scene, say, lang)
        else:
            _try(shown, rank, say, lang)
    _areas(shown, rank, say)
    if rank is not None:
        _places(shown, rank, say)
    _downloads(shared, shown, say, lang)


def _try(shown: Shown, rank: int, say: Say, lang: str) -> None:
    """The button that adds a facility at the best place of an area, as a what-if."""
    row = shown.spots.areas.iloc[rank - 1]
    if pd.isna(row["best_lon"]):
        return
    with st.container(key="try"):
        new = what_if.new_facility(shown.result, float(row["best_lon"]), float(row["best_lat"]), lang)
        if new is not None:
            st.button(
                say("spots.try"),
                key="try_facility",
                help=say("spots.try_help"),
                on_click=what_if.add,
                args=(new,),
                type="primary",
                width="stretch",
            )


def _areas(shown: Shown, rank: int | None, say: Say) -> None:
    chosen = state.choice()
    first = rank if chosen is not None and chosen.source != "table" else None
    table = spots.table(shown, say, first)
    if table.empty:
        st.info(say("spots.empty_unit" if shown.unit and len(shown.spots.areas) else "spots.empty"), icon="ℹ️")
        return
    columns = {
        "rank": st.column_config.NumberColumn(say("table.rank"), width=36),
        "place": st.column_config.TextColumn(say("spots.col_units"), width=70),
        "people": st.column_config.NumberColumn(say("table.people"), format="localized", width=54),
        "adds": st.column_config.NumberColumn(say("spots.col_adds"), format="localized", width=56),
        "minutes": st.column_config.NumberColumn(say("spots.col_minutes"), format="%.1f", width=46),
        "reason": st.column_config.TextColumn(say("table.reason"), width=56),
    }
    rows.select("spots_table", next((i for i, one in enumerate(table["rank"]) if one == rank), None))
    st.dataframe(
        table[list(columns)],
        hide_index=True,
        height=min(_TABLE_HEIGHT, _ROW_HEIGHT * (len(table) + 1) + 6),
        row_height=_ROW_HEIGHT,
        column_config=columns,
        placeholder="–",
        key="spots_table",
        on_select=lambda: _area_chosen(table, shown),
        selection_mode="single-row",
    )
    st.caption(say("spots.unit_note" if shown.unit else "spots.hint"))
    if len(shown.ranks) > len(table):
        st.caption(say("spots.cut", shown=i18n.count(len(table)), all=i18n.count(len(shown.ranks))))


def _area_chosen(table: pd.DataFrame, shown: Shown) -> None:
    row = rows.picked("spots_table")
    if row is None:
        state.forget()
        return
    rank = int(table["rank"].iloc[row])
    lon, lat = spots.where(shown, rank)
    state.choose("spot", str(rank), lon=lon, lat=lat, source="table")


def _map_clicked() -> None:
    what = maps.clicked()
    if what is None:
        return
    kind = {"facility": "facility", "gaps": "gap", "no-road": "gap", "stake": "stake"}.get(what["layer"], "place")
    state.choose(kind, what["id"], lon=what["lon"], lat=what["lat"], source="map")


def _places(shown: Shown, rank: int, say: Say) -> None:
    """The people behind a blind spot, place by place."""
    table = spots.members(shown, rank)
    columns = {
        "name": st.column_config.TextColumn(say("spots.col_place"), width=150),
        "people": st.column_config.NumberColumn(say("table.people"), format="localized", width=62),
        "minutes": st.column_config.NumberColumn(say("spots.col_minutes"), format="%.1f", width=72),
    }
    with st.container(key="spots_places"):
        st.caption(say("spots.places"))
        st.dataframe(
            table,
            hide_index=True,
            height=min(_PLACES_HEIGHT, _ROW_HEIGHT * (len(table) + 1) + 6),
            row_height=_ROW_HEIGHT,
            column_config=columns,
            placeholder="–",
        )


def _downloads(shared: Study, shown: Shown, say: Say, lang: str) -> None:
    """All areas as three sorts of file; each goes into the log of exports."""
    result, found = shown.result, shown.spots
    makers: tuple[tuple[str, Callable[[], bytes], str], ...] = (
        ("geojson", lambda: files.as_geojson(result, found), "application/geo+json"),
        ("csv", lambda: files.as_csv(result, found), "text/csv"),
        ("xlsx", lambda: _xlsx(shown, say, lang), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    )
    with st.container(key="downloads"):
        for place, (suffix, make, mime) in zip(st.columns(len(makers)), makers, strict=True):
            name = f"quarterhour-blind-spots-{downloads.day_of(result)}.{suffix}"
            leaves = Leaving("blind_spots", name, result.summary["level"], len(found.areas))
            data = functools.partial(downloads.logged, shared.workspace, leaves, make)
            downloads.button(place, f"download_spots_{suffix}", say, data, (name, mime))


def _xlsx(shown: Shown, say: Say, lang: str) -> bytes:
    names = ("sheet_areas", "sheet_basis", "basis_name", "basis_value")
    words = {name: say(f"spots.{name}") for name in names}
    fields = (name for name in shown.spots.areas.columns if name != shown.spots.areas.geometry.name)
    words |= {f"field.{name}": say(f"spots.field.{name}") for name in fields}
    words |= {f"reason.{code}": figures.reason(code, say) for code in look.REASON_COLOURS}
    basis = [*figures.basis_lines(shown.result, say, lang), *spots.rule_lines(shown, say)]
    return files.as_xlsx(shown.result, shown.spots, words, basis)
