"""The map of a result with what the user chose on it, and the box that says the same beside it."""

from collections.abc import Callable

import streamlit as st

from ui import frame, i18n, shelves, state
from ui import map as maps
from ui.answers import Answer
from ui.i18n import Say
from ui.shelves import Study
from ui.what_if import Scene

__all__ = ["answer_box", "show"]


def show(
    shared: Study, shown: Scene, layers: maps.Drawing, told: Answer | None, lang: str, *, on_click: Callable[[], None]
) -> None:
    """The map; it flies to a choice that was not made on it.

    Parameters
    ----------
    shared, shown, layers
        The open workspace, what is answered, and how it is drawn.
    told
        The answer to the choice of the session; None without one.
    lang
        Of the words.
    on_click
        Called before the next run; :func:`ui.map.clicked` then tells what was clicked.
    """
    say, chosen = i18n.sayer(lang), state.choice()
    view = maps.View(home=shelves.home(shared), note=say("map.legend_note"))
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
        on_click=on_click,
        on_switch=_switched,
    )


def _switched() -> None:
    what = maps.switched()
    if what is not None and what[0] == "nearest":
        st.session_state["nearest"] = what[1]


def answer_box(told: Answer | None, say: Say) -> None:
    """The answer in words; what to do where nothing is chosen."""
    if told is None:
        frame.lines_box(say("answer.title"), [say("answer.none")], key="answer_empty")
    else:
        frame.lines_box(told.title, list(told.lines), key="answer")
