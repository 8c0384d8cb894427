"""What every page has: style, header with the workspace, language switch, and the line on synthetic data."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import streamlit as st

from coverage.run import Progress
from reports import look
from ui import i18n
from ui.figures import Figure
from ui.i18n import Say
from ui.map import safe_text
from ui.shelves import Study

__all__ = ["badge", "basis", "busy", "cards", "header", "lines_box", "workspace_line"]


def header(say: Say, title: str) -> "st.delta_generator.DeltaGenerator":
    """Style, name of the app, title of the page, and the language switch; returns the place for the workspace."""
    st.html(Path(__file__).with_name("style.css"))
    with st.container(key="header", horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.html(
            f'<div class="qh-brand"><span class="qh-logo" aria-hidden="true"></span><strong>{say("app.name")}</strong>'
            f"<span>{say('app.tagline')}</span><h1>{title}</h1></div>",
            width="content",
        )
        place = st.empty()
        # Set here and not as the widget's own default: another page may hand the language on.
        st.session_state.setdefault("language", "zh")
        st.segmented_control(
            say("app.language"),
            list(i18n.LANGUAGES),
            format_func=i18n.LANGUAGES.__getitem__,
            key="language",
            required=True,
            label_visibility="collapsed",
        )
    return place


def workspace_line(place: "st.delta_generator.DeltaGenerator", shared: Study, say: Say, lang: str) -> None:
    """Name of the workspace, its date, and whether it is made up."""
    name = shared.workspace.name if lang == "zh" else shared.workspace.name_en
    parts = [say("app.workspace", name=safe_text(name)), say("app.as_of", date=shared.workspace.as_of.isoformat())]
    tag = f'<span class="qh-tag">{say("app.demo_tag")}</span>' if badge(shared, say, lang) else ""
    place.html(f'<div class="qh-workspace"><span>{" · ".join(parts)}</span>{tag}</div>')


def badge(shared: Study, say: Say, lang: str) -> str:
    """The line that must be visible wherever synthetic data is shown; empty without any."""
    what = look.made_up([shared.townships, shared.facilities, shared.demand, shared.lines, shared.stakes], lang)
    return say("app.demo_badge", what=what) if what else ""


@contextmanager
def busy(say: Say, *, first: bool) -> Iterator[Progress]:
    """A sentence with the seconds, and a bar with the name of the engine's step, over the page; gone when it has ended.

    Both lie above the page, so that nothing moves when they come and go.

    Parameters
    ----------
    say
        Texts of the language.
    first
        Nothing was computed since the program started: the loops may have to be compiled.
    """
    with st.container(key="busy"), st.spinner(say("app.busy_first" if first else "app.busy"), show_time=True):
        place = st.empty()

        def tell(step: str, share: float) -> None:
            place.progress(share, text=say(f"step.{step}"))

        try:
            yield tell
        finally:
            place.empty()


def cards(figures: list[Figure]) -> None:
    """Cards of equal height: label, number, its change in a what-if, and what the number rests on."""
    with st.container(key="figures"):
        for column, figure in zip(st.columns(len(figures)), figures, strict=True):
            with column.container(border=True, height="stretch"):
                if figure.change:
                    arrow: Literal["auto", "off"] = (
                        "off" if figure.tone == "none" and figure.change.startswith("0") else "auto"
                    )
                    st.metric(figure.label, figure.value, figure.change, _colour(figure), delta_arrow=arrow)
                else:
                    st.metric(figure.label, figure.value)
                st.caption(figure.note)


def _colour(figure: Figure) -> Literal["normal", "inverse", "off"]:
    """Streamlit paints a rise green unless told otherwise; here it is green when it is good."""
    if figure.tone == "none":
        return "off"
    return "normal" if figure.change.startswith("+") == (figure.tone == "good") else "inverse"


def lines_box(title: str, lines: list[str], key: str) -> None:
    """A quiet box of lines; what comes from data has gone through :func:`ui.map.safe_text`."""
    body = "".join(f"<div>{line}</div>" for line in lines)
    with st.container(key=key):
        st.html(f'<div class="qh-box" aria-live="polite"><b>{title}</b>{body}</div>')


def basis(title: str, lines: list[str], more: str) -> None:
    """What the figures rest on: the first line always, the others behind a fold."""
    rest = "".join(f"<div>{line}</div>" for line in lines[1:])
    st.html(f'<div class="qh-basis"><details><summary><b>{title}</b>{lines[0]} {more}</summary>{rest}</details></div>')
