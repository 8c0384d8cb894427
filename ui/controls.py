"""What several pages have above their figures: the form of the question, and what the answer rests on."""

from collections.abc import Sequence

import streamlit as st

from coverage.request import Parameters
from coverage.result import Result
from reports import look
from ui import figures, frame, i18n, state
from ui.i18n import Say
from ui.map import safe_text
from ui.shelves import Study

__all__ = ["basis", "parameters"]

_MINUTES = (5, 10, 15, 20, 30)
_MINUTES_AT_FIRST = (5, 10, 15)
_WEIGHTS = ("pop", "pop60", "pop65", "pop75", "pop80", "pop0_14")


def parameters(shared: Study, say: Say, lang: str) -> Parameters | None:
    """The form, as parameters; None when the page has said what is missing: a layer, or minutes.

    What was chosen stays when the user goes from page to page.
    """
    for kind in ("roads", "facilities", "demand"):
        if (shared.network if kind == "roads" else getattr(shared, kind)) is None:
            st.info(say(f"empty.{kind}"), icon="ℹ️")
            return None
    asked = _form(shared, say, lang)
    if asked is None:
        st.info(say("empty.minutes"), icon="ℹ️")
    return asked


def _form(shared: Study, say: Say, lang: str) -> Parameters | None:
    """None when no minutes are chosen."""
    facilities, demand, usual = shared.facilities, shared.demand, shared.workspace.study
    if facilities is None or demand is None:
        return None
    # Another page may ask for a kind of which there is no facility at all: then it is said that nothing serves.
    present = {*facilities.frame["kind"].dropna().astype(str), *st.session_state.get("kept-kinds", ())}
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


def basis(result: Result, say: Say, lang: str, more: Sequence[str] = ()) -> None:
    """What the figures rest on, with what only this page says of it, and a warning where nothing serves."""
    usual = figures.basis_lines(result, say, lang)
    lines = [safe_text(line) for line in (usual[0], *more, *usual[1:])]
    frame.basis(say("basis.title"), lines, say("basis.more"))
    with st.container(key="warnings"):
        if not result.facilities["served"].notna().any():
            st.warning(say("empty.no_serving", date=result.request.parameters.as_of.isoformat()), icon="⚠️")
