"""The checks of the open workspace on a day: made once for all sessions, again when anything was entered."""

import dataclasses
import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import streamlit as st

from demarcation.book import Book
from demarcation.check import Checked, run
from demarcation.inspection import Due, due_list
from demarcation.model import Inspection
from demarcation.records import Records
from demarcation.rules import load_rules
from demarcation.states import StakeState, states
from demarcation.study import study_of
from layers.layer import Layer
from layers.secrecy import highest
from reports import look
from ui import i18n, shelves
from ui.shelf import Shelf
from ui.shelves import Study

__all__ = ["Sheet", "records_of", "sheet_for"]

#: States that are kept: of a few days, before and after an entry.
_MOST = 8
_OWN = "stakes_own_sheet"
_BESIDE = ("units", "facilities", "features", "projects", "disputes", "inspections", "descriptions")


@dataclass(frozen=True, eq=False)
class Sheet:
    """What the page shows. Shared by all sessions, never changed.

    Parameters
    ----------
    key
        Changes with anything of it.
    inputs
        Layers that were checked, by kind.
    checked
        What the checks found.
    book
        What was entered.
    due
        All lines, the most urgent first.
    states
        What each stake is like, by line and number.
    """

    key: str
    inputs: Mapping[str, Layer]
    checked: Checked
    book: Book
    due: tuple[Due, ...]
    states: Mapping[tuple[str, str], StakeState]

    @property
    def as_of(self) -> dt.date:
        """The day on which it is so."""
        return self.checked.bench.study.as_of

    @property
    def log(self) -> tuple[Inspection, ...]:
        """Inspections of the workspace's own log."""
        return self.checked.bench.study.inspections or ()

    @property
    def level(self) -> str:
        """Level of whatever is made of it."""
        return highest(layer.source.level for layer in self.inputs.values())

    @cached_property
    def unit_names(self) -> Mapping[str, str]:
        """Names of units by code."""
        units = self.inputs.get("units")
        return {} if units is None else dict(zip(units.frame["unit_code"], units.frame["name"], strict=True))

    def unit(self, code: str) -> str:
        """A unit as people call it, with its code."""
        return f"{self.unit_names[code]} {code}" if code in self.unit_names else code

    def notice(self, lang: str) -> str:
        """What every paper says of data that are made up; empty where none are."""
        what = look.made_up(self.inputs.values(), lang)
        return i18n.text(lang, "app.demo_badge", what=what) if what else ""

    def state(self, position: int) -> str:
        """State of a stake as of now, by its position in the study; both words where the sides differ."""
        stake = self.checked.bench.study.stakes[position]
        return " / ".join(self.states[stake.line_code, stake.number].now)


def records_of(shared: Study) -> Records:
    """The records of the open workspace."""
    return Records.open(shared.workspace.path)


@st.cache_resource(show_spinner=False)
def _sheets() -> Shelf[Sheet]:
    """For all sessions."""
    return Shelf(_MOST)


def sheet_for(shared: Study, as_of: dt.date, held: Mapping[str, Layer]) -> Sheet | None:
    """The state of lines and stakes on a day; None where the workspace has no lines or no stakes.

    Parameters
    ----------
    shared, as_of
        The open workspace, and the day.
    held
        What the session holds beside it, by the name in :func:`demarcation.study.study_of`: such a sheet is kept for
        this session alone.
    """
    lines, stakes = shared.lines, shared.stakes
    if lines is None or stakes is None:
        return None
    book = records_of(shared).read()
    key = f"{shared.key} {as_of} {len(book.entries)}"

    def make() -> Sheet:
        rules = load_rules()
        beside = {**{kind: shelves.layer_of(shared.workspace, kind) for kind in _BESIDE}, **held}
        study = dataclasses.replace(study_of(lines, stakes, rules, as_of, **beside), records=book)
        log = study.inspections or ()
        inputs = {"lines": lines, "stakes": stakes, **{kind: it for kind, it in beside.items() if it is not None}}
        return Sheet(
            key=key,
            inputs=inputs,
            checked=run(study, rules),
            book=book,
            due=due_list(study.lines, book, as_of, rules, log),
            states=states(study.stakes, book, rules, as_of=as_of, log=log),
        )

    if not held:
        return _sheets().take(key, make)
    key += "".join(f" {name} {layer.source.sha256}" for name, layer in sorted(held.items()))
    own: Sheet | None = st.session_state.get(_OWN)
    if own is None or own.key != key:
        st.session_state[_OWN] = own = make()
    return own
