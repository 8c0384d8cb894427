"""The search box: villages, communities and facilities by a part of their name."""

from dataclasses import dataclass

import streamlit as st

from ui import i18n, state
from ui.i18n import Say
from ui.shelves import Study

__all__ = ["Found", "box", "options"]

_KEY = "search"


@dataclass(frozen=True)
class Found:
    """One thing that can be found. The label is plain text: the widget does not read it as HTML or Markdown."""

    kind: str
    name: str
    label: str
    lon: float
    lat: float


def options(shared: Study, say: Say, lang: str) -> list[Found]:
    """Everything that can be found. Names repeat: a village stands with its township, a facility with its kind."""
    found = []
    if shared.villages is not None and shared.townships is not None:
        parents = dict(zip(shared.townships.frame["unit_code"], shared.townships.frame["name"], strict=True))
        rows = shared.villages.frame
        inside = rows.geometry.representative_point()
        for code, name, parent, point in zip(rows["unit_code"], rows["name"], rows["parent_code"], inside, strict=True):
            label = say("control.search_unit", name=name, parent=parents.get(parent, ""))
            found.append(Found("village", str(code), label, float(point.x), float(point.y)))
    if shared.facilities is not None:
        rows = shared.facilities.frame
        inside = rows.geometry.representative_point()
        for code, name, kind, point in zip(rows["facility_id"], rows["name"], rows["kind"], inside, strict=True):
            label = say("control.search_facility", name=name, kind=i18n.kind_name(lang, str(kind)))
            found.append(Found("facility", str(code), label, float(point.x), float(point.y)))
    return found


def box(shared: Study, say: Say, lang: str) -> None:
    """The box; what is chosen in it becomes the choice of the session."""
    st.selectbox(
        say("control.search"),
        _kept(shared, shared.key, lang),
        index=None,
        format_func=lambda found: found.label,
        placeholder=say("control.search_hint"),
        key=_KEY,
        on_change=_chosen,
    )


@st.cache_resource(show_spinner=False, max_entries=4)
def _kept(_shared: Study, key: str, lang: str) -> list[Found]:  # noqa: ARG001 - the key is what it is kept by
    return options(_shared, i18n.sayer(lang), lang)


def _chosen() -> None:
    found: Found | None = st.session_state.get(_KEY)
    if found is not None:
        state.choose(found.kind, found.name, lon=found.lon, lat=found.lat, source="search")
