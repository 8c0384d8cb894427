"""What one session holds: its language, what it chose, and what its widgets said."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

import streamlit as st

from ui import i18n

__all__ = [
    "Choice",
    "choice",
    "choose",
    "forget",
    "go",
    "keep",
    "kept",
    "language",
    "opened",
]


@dataclass(frozen=True)
class Choice:
    """What the user chose last, on the map, in a table or by the search.

    Parameters
    ----------
    kind
        ``place``, ``facility``, ``unit``, ``village``, ``gap`` or ``stake``.
    name
        Id of the facility, code of the unit, rank of the gap; empty for a place.
    source
        ``map``, ``table`` or ``search``: the map flies unless it was the source.
    number
        Counts the choices of the session.
    """

    kind: str
    name: str
    lon: float | None
    lat: float | None
    source: str
    number: int


def language() -> str:
    """``zh`` or ``en``."""
    chosen = st.session_state.get("language", "zh")
    return chosen if chosen in i18n.LANGUAGES else "zh"


def keep(name: str, lang: str, at_first: object, *, among: Collection[object] | None = None) -> str:
    """Key of a widget whose value lives through a switch of the language.

    Streamlit keeps the words of a chosen option in the browser, so a widget needs another key in the other language;
    its value is carried over here.

    Parameters
    ----------
    name, lang
        Of the widget.
    at_first
        Its first value.
    among
        Options, where they change: a value that is none of them goes back to the first.
    """
    key = f"{name}-{lang}"
    if key not in st.session_state:
        st.session_state[key] = st.session_state.get(f"kept-{name}", at_first)
    if among is not None and st.session_state[key] not in among:
        st.session_state[key] = at_first
    return key


def kept(**values: object) -> None:
    """Remember values for :func:`keep`."""
    for name, value in values.items():
        st.session_state[f"kept-{name}"] = value


def choose(kind: str, name: str = "", *, lon: float | None = None, lat: float | None = None, source: str) -> None:
    """Remember what the user chose."""
    if source != "search":
        st.session_state["search"] = None
    st.session_state["choices"] = number = st.session_state.get("choices", 0) + 1
    st.session_state["choice"] = Choice(kind, name, lon, lat, source, number)


def choice() -> Choice | None:
    """What the user chose last."""
    return st.session_state.get("choice")


def forget() -> None:
    """Nothing is chosen any more."""
    st.session_state.pop("choice", None)


def opened(page: Any, pages: Iterable[Any]) -> None:  # noqa: ANN401 - st.Page is a class or not, by version
    """Remember the ``st.Page`` objects of this run by their path, and take the choices along to another page.

    Streamlit gives a widget of one key another identity on another page, at which it would begin anew: so what
    :func:`kept` remembers is handed to it again.
    """
    st.session_state["pages"] = {page.url_path: page for page in pages}
    if st.session_state.get("page") not in {None, page.url_path}:
        st.session_state["language"] = language()
        for key in [key for key in st.session_state if f"kept-{str(key).rpartition('-')[0]}" in st.session_state]:
            del st.session_state[key]
    st.session_state["page"] = page.url_path


def go(url_path: str) -> None:
    """Open another page; not inside a callback."""
    st.switch_page(st.session_state["pages"][url_path])
