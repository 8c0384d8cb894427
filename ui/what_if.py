"""What-ifs of one session: what the user would close or add, in words, each with a way back."""

import dataclasses
from dataclasses import dataclass

import streamlit as st

from coverage import scenario
from coverage.patches import AddFacility, CloseFacility, CloseRoad, Patch
from coverage.request import Parameters
from coverage.result import Result
from coverage.run import Progress
from geo.errors import RequestError
from reports import what_if as spoken
from ui import i18n, messages, shelves, state
from ui.answers import Answer
from ui.i18n import Say
from ui.map import safe_text
from ui.shelves import Study
from ui.state import Choice

__all__ = ["Scene", "actions", "add", "chosen", "new_facility", "scene", "strip", "undo", "undo_all", "words"]

_KEY = "what_ifs"
#: Choices on the map that are a place where something could be built.
_PLACES = {"place", "gap", "village"}
#: Decimals of degrees of a what-if, about a decimetre.
_DECIMALS = 6


@dataclass(frozen=True)
class Scene:
    """What the page shows.

    Parameters
    ----------
    result
        With the what-ifs of the session.
    base
        Without them; None when there are none.
    refused
        Why some of the what-ifs have no part in the result: sentences, by what-if.
    """

    result: Result
    base: Result | None
    refused: dict[Patch, str]


def chosen() -> tuple[Patch, ...]:
    """The what-ifs of this session, in the order they were made."""
    found: tuple[Patch, ...] = st.session_state.get(_KEY, ())
    return found


def add(patch: Patch) -> None:
    """Make one more; the same one again changes nothing."""
    if patch not in chosen():
        st.session_state[_KEY] = (*chosen(), patch)
    if isinstance(patch, AddFacility):
        state.choose("facility", patch.facility_id, source="map")


def undo(patch: Patch) -> None:
    """Take one back."""
    st.session_state[_KEY] = tuple(one for one in chosen() if one != patch)


def undo_all() -> None:
    """Back to what is."""
    st.session_state[_KEY] = ()


def scene(shared: Study, parameters: Parameters, lang: str, progress: Progress) -> Scene:
    """The result under the what-ifs of the session, beside the one without them.

    A what-if that does not fit (any more), such as a road where the chosen way to travel has none, is left out, and the
    strip says so.

    Parameters
    ----------
    shared, parameters
        What is asked.
    lang
        Of the sentences.
    progress
        Told where the work is.
    """
    patches = chosen()
    refused: dict[Patch, str] = {}
    base = shelves.result_for(shared, parameters, (), progress)
    if not patches:
        return Scene(base, None, {})
    try:
        result = shelves.result_for(shared, parameters, patches, progress)
    except RequestError:
        patches, refused = _fitting(shared, parameters, lang)
        result = shelves.result_for(shared, parameters, patches, progress)
    return Scene(result, base if patches else None, refused)


def _fitting(shared: Study, parameters: Parameters, lang: str) -> tuple[tuple[Patch, ...], dict[Patch, str]]:
    """The what-ifs that can be made one after the other, and why the others cannot."""
    request = shelves.request_for(shared, parameters)
    prepared = shelves.prepared_for(request)
    good: tuple[Patch, ...] = ()
    refused: dict[Patch, str] = {}
    for patch in chosen():
        try:
            scenario.apply(dataclasses.replace(request, patches=(*good, patch)), prepared)
        except RequestError as error:
            refused[patch] = messages.explain(error, lang)[0]
        else:
            good = (*good, patch)
    return good, refused


def strip(shown: Scene, say: Say, lang: str) -> None:
    """The what-ifs in words above the figures, each with a button that takes it back."""
    patches = chosen()
    if not patches:
        return
    texts = words(say)
    with st.container(key="what_if", horizontal=True, vertical_alignment="center", gap="small"):
        st.html(f'<b class="qh-what-if">{say("what_if.badge")}</b>', width="content")
        for number, patch in enumerate(patches):
            what = spoken.patch_sentence(patch, shown.result.request, texts, lang)
            if patch in shown.refused:
                what = f"{what} — {say('what_if.refused', why=shown.refused[patch])}"
            with st.container(
                key=f"what_if_{number}", horizontal=True, vertical_alignment="center", gap=None, width="content"
            ):
                refused = " qh-refused" if patch in shown.refused else ""
                st.html(f'<span class="qh-patch{refused}">{safe_text(what)}</span>', width="content")
                st.button(say("what_if.undo"), key=f"undo_{number}", type="tertiary", on_click=undo, args=(patch,))
        if len(patches) > 1:
            st.button(say("what_if.undo_all"), key="undo_all", on_click=undo_all)
        if moved := spoken.moved_sentence(shown.result, texts):
            st.html(f'<span class="qh-moved">{safe_text(moved)}</span>', width="content")


def words(say: Say) -> dict[str, str]:
    """Texts for :mod:`reports.what_if`, their facts still open."""
    facts = {fact: f"{{{fact}}}" for fact in ("name", "kind", "where", "metres", "demand", "facilities")}
    return {f"what_if_{name}": say(f"what_if.told_{name}", **facts) for name in ("close", "add", "road", "moved")}


def actions(told: Answer | None, choice: Choice | None, shown: Scene, say: Say, lang: str) -> None:
    """Buttons under the answer: what could be changed at the place or facility that was chosen."""
    if told is None or choice is None:
        return
    if choice.kind == "facility":
        _facility_action(choice.name, shown.result, say)
    elif choice.kind in _PLACES:
        _place_actions(told, shown.result, say, lang)


def _facility_action(name: str, result: Result, say: Say) -> None:
    for patch in chosen():
        if isinstance(patch, CloseFacility | AddFacility) and patch.facility_id == name:
            text = say("what_if.undo_close" if isinstance(patch, CloseFacility) else "what_if.undo_add")
            st.button(text, key="undo_chosen", on_click=undo, args=(patch,), width="stretch")
            return
    served = result.facilities.loc[result.facilities["facility_id"] == name, "served"]
    if served.notna().any():
        st.button(
            say("what_if.close"), key="close_facility", on_click=add, args=(CloseFacility(name),), width="stretch"
        )


def _place_actions(told: Answer, result: Result, say: Say, lang: str) -> None:
    lon, lat = round(told.lon, _DECIMALS), round(told.lat, _DECIMALS)
    with st.container(key="place_actions"):
        new = new_facility(result, lon, lat, lang)
        if new is None:
            return
        left, right = st.columns(2)
        left.button(
            say("what_if.add"),
            key="add_facility",
            on_click=add,
            args=(new,),
            width="stretch",
        )
        right.button(
            say("what_if.road"),
            key="close_road",
            on_click=add,
            args=(CloseRoad(lon, lat),),
            help=say("what_if.road_help"),
            width="stretch",
        )


def new_facility(result: Result, lon: float, lat: float, lang: str) -> AddFacility | None:
    """A facility that could be added at a place; its kind by a choice where several serve, None where none does."""
    say, table = i18n.sayer(lang), result.request.facilities.frame
    kinds = list(result.request.parameters.kinds) or sorted(table["kind"].dropna().astype(str).unique())
    if not kinds:
        return None
    kind = kinds[0]
    if len(kinds) > 1:
        kind = st.selectbox(
            say("what_if.kind"),
            kinds,
            format_func=lambda code: i18n.kind_name(lang, code),
            key=state.keep("new-kind", lang, kinds[0], among=kinds),
        )
        state.kept(**{"new-kind": kind})
    name = _new_id(set(table["facility_id"]))
    return AddFacility(name, name, kind, lon, lat)


def _new_id(ids: set[str]) -> str:
    """The first of 新1, 新2 … that nothing has; an added facility that was refused keeps its own too."""
    taken = ids | {patch.facility_id for patch in chosen() if isinstance(patch, AddFacility)}
    return next(name for number in range(1, len(taken) + 2) if (name := f"新{number}") not in taken)
