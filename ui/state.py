"""What sessions share (workspace, network, results: read-only, kept by their content) and what one session holds."""

import dataclasses
import logging
from dataclasses import dataclass
from typing import Any

import streamlit as st

from coverage.network import Network, build_network
from coverage.request import Parameters, Request
from coverage.result import Result
from coverage.run import Progress, run
from coverage.study import study_units
from geo.errors import DataError
from layers.layer import Layer
from layers.workspace import Workspace, open_demo
from ui import assets, basemap, drawn, i18n
from ui.basemap import Basemap
from ui.shelf import Shelf

__all__ = [
    "Choice",
    "Study",
    "choice",
    "choose",
    "drawn_layers",
    "forget",
    "home",
    "keep",
    "kept",
    "language",
    "result_for",
    "study",
]

_LOG = logging.getLogger(f"quarterhour.{__name__}")
#: Results kept for all sessions; one of the demo takes some ten megabytes.
_MOST_RESULTS = 8


@dataclass(frozen=True, eq=False)
class Study:
    """The open workspace with everything that is made from it once. Shared by all sessions, never changed.

    Parameters
    ----------
    key
        Changes with any layer; caches are keyed by it.
    townships
        Units that the study reports by.
    villages
        Units inside them, for the search.
    base
        Base map, or None without roads.
    """

    key: str
    workspace: Workspace
    network: Network | None
    facilities: Layer | None
    demand: Layer | None
    townships: Layer | None
    villages: Layer | None
    lines: Layer | None
    stakes: Layer | None
    base: Basemap | None


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


def keep(name: str, lang: str, at_first: object) -> str:
    """Key of a widget whose value lives through a switch of the language.

    Streamlit keeps the words of a chosen option in the browser, so a widget needs another key in the other language;
    its value is carried over here.
    """
    key = f"{name}-{lang}"
    if key not in st.session_state:
        st.session_state[key] = st.session_state.get(f"kept-{name}", at_first)
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


@st.cache_resource(show_spinner=False, max_entries=1)
def study() -> Study:
    """The demo workspace, its network and its base map; made once in the process."""
    workspace = open_demo()
    found = {kind: workspace.read(kind) for kind in ("roads", "facilities", "demand", "units", "lines", "stakes")}
    roads, townships = found["roads"], study_units(workspace)
    key = "-".join(layer.source.sha256[:12] for layer in found.values() if layer is not None)
    return Study(
        key=key,
        workspace=workspace,
        network=None if roads is None else build_network(roads),
        facilities=found["facilities"],
        demand=found["demand"],
        townships=townships,
        villages=_villages(found["units"], townships),
        lines=found["lines"],
        stakes=found["stakes"],
        base=None if roads is None else basemap.build(roads, assets.cache_dir() / "basemap"),
    )


def _villages(units: Layer | None, townships: Layer | None) -> Layer | None:
    """Units whose parent is one of the townships."""
    if units is None or townships is None or "parent_code" not in units.frame:
        return None
    inside = units.frame["parent_code"].isin(set(townships.frame["unit_code"]))
    return dataclasses.replace(units, frame=units.frame[inside].reset_index(drop=True))


@st.cache_resource(show_spinner=False)
def _results() -> Shelf[Result]:
    """Results for all sessions. Streamlit's own cache would not let a computation show how far it is."""
    return Shelf(_MOST_RESULTS)


def result_for(shared: Study, parameters: Parameters, progress: Progress | None = None) -> Result:
    """The result of these parameters: kept, else computed now. Equal for all sessions.

    Parameters
    ----------
    shared
        The open workspace.
    parameters
        What is asked.
    progress
        Told where the work is; not called when the result is kept.
    """

    def compute() -> Result:
        _LOG.info("computing %s %s", shared.key, parameters)
        network, facilities, demand = shared.network, shared.facilities, shared.demand
        if network is None or facilities is None or demand is None:
            raise DataError("workspace_lacks_layer", kind="roads, facilities, demand", name=shared.workspace.name)
        return run(Request(network, facilities, demand, shared.townships, parameters), progress=progress)

    return _results().take(f"{shared.key} {parameters!r}", compute)


@st.cache_resource(show_spinner=False, max_entries=2 * _MOST_RESULTS)
def _drawn(_study: Study, key: str, what: str, lang: str, _result: Result) -> list[dict[str, Any]]:  # noqa: ARG001
    say = i18n.sayer(lang)
    layers = [
        *drawn.result_layers(_result, say, lang),
        *drawn.unit_layers(_study.townships, say),
        *drawn.boundary_layers(_study.lines, _study.stakes, say),
    ]
    return [layer.as_dict() for layer in layers]


def drawn_layers(shared: Study, result: Result, lang: str) -> list[dict[str, Any]]:
    """Layers of the map for a result: kept, else made now. Plain data; the map itself is never kept."""
    return _drawn(shared, shared.key, repr(result.request.parameters), lang, result)


def home(shared: Study) -> tuple[float, float, float, float]:
    """West, south, east, north of what the map shows at first: the own county, else the people."""
    layer = shared.townships or shared.demand
    west, south, east, north = (-180.0, -85.0, 180.0, 85.0) if layer is None else layer.frame.total_bounds
    return float(west), float(south), float(east), float(north)
