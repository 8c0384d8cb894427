"""What all sessions share, read-only and kept by its content: workspace, network, results, scorecards, drawings.

No lock is held while something is computed but that of its own key: sessions that ask different things never wait for
each other, and those that ask the same thing compute it once.
"""

import dataclasses
import datetime as dt
import functools
import logging
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from coverage.blind_spots import BlindSpots, blind_spots
from coverage.exclusive_area import areas_exclusive
from coverage.network import Network
from coverage.patches import Patch
from coverage.plans.inputs import Inputs, times_of
from coverage.plans.model import Plan
from coverage.plans.score import score
from coverage.plans.scorecard import Scorecard
from coverage.prepared import Prepared, prepare, prepared_key
from coverage.request import Parameters, Request
from coverage.result import Answered, Result
from coverage.run import Progress, run
from coverage.standards import CircleAndTime, circle_and_time
from coverage.study import network_of, read_layer, study_units
from demarcation.figures import figures_of
from demarcation.records import Records
from geo.errors import DataError
from layers.beside import beside
from layers.datum_evidence import Reference
from layers.gazetteer import Gazetteer, gazetteer
from layers.layer import Layer, Origin
from layers.quality import Context
from layers.workspace import Workspace, open_demo, open_workspace
from ui import assets, basemap, drawn, i18n
from ui import map as maps
from ui.basemap import Basemap
from ui.shelf import Shelf

__all__ = [
    "Study",
    "circle_for",
    "context",
    "drawn_layers",
    "drawn_spots",
    "home",
    "known_names",
    "layer_of",
    "made",
    "nothing_yet",
    "prepared_for",
    "references",
    "request_for",
    "result_for",
    "scorecard_for",
    "spots_for",
    "study",
    "workspace",
]

_LOG = logging.getLogger(f"quarterhour.{__name__}")
#: Results kept for all sessions; one of the demo takes some ten megabytes.
_MOST_RESULTS = 16
#: Ways to travel whose roads and snaps are kept.
_MOST_PREPARED = 4
#: Scorecards that are kept: a few plans, each in a few years.
_MOST_SCORECARDS = 32
#: Travel times for scorecards; those of one plan are about ten, without areas and tables.
_MOST_TIMES = 32
#: Layers that are kept: those of two states of a workspace.
_MOST_LAYERS = 24


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


def workspace() -> Workspace:
    """The workspace that this program serves, as it is now: one for all users of this computer."""
    folder = os.environ.get("QUARTERHOUR_WORKSPACE", "")
    return open_workspace(Path(folder)) if folder else open_demo()


def study() -> Study:
    """The workspace with its network and its base map; made once for each state of its folder."""
    opened = workspace()
    return made(opened, f"{opened.path} {opened.digest}")


def layer_of(workspace: Workspace, kind: str) -> Layer | None:
    """A layer as it is stored; None where there is none. Read once for all sessions, never changed."""
    return _layer(workspace, f"{workspace.path} {workspace.digest}", kind)


@st.cache_resource(show_spinner=False, max_entries=_MOST_LAYERS)
def _layer(_workspace: Workspace, digest: str, kind: str) -> Layer | None:  # noqa: ARG001 - the key is what it is kept by
    return _workspace.read(kind)


@st.cache_resource(show_spinner=False, max_entries=2)
def context(_workspace: Workspace, digest: str) -> Context:  # noqa: ARG001 - the key is what it is kept by
    """What a new ledger is looked at beside."""
    return beside(lambda kind: layer_of(_workspace, kind))


@st.cache_resource(show_spinner=False, max_entries=2)
def known_names(_workspace: Workspace, digest: str) -> Gazetteer | None:  # noqa: ARG001 - the key is what it is kept by
    """Names that rows without coordinates can be placed by; None where the workspace has none."""
    layers = [layer_of(_workspace, kind) for kind in ("place_names", "units")]
    return gazetteer(*layers)[0] if any(layer is not None for layer in layers) else None


@st.cache_resource(show_spinner=False, max_entries=2)
def references(_workspace: Workspace, digest: str) -> tuple[Reference, ...]:
    """What tells the datum of a new ledger: the roads and the units, where there are any."""
    around = context(_workspace, digest)
    found = (around.roads, around.units)
    return tuple(Reference(layer) for layer in found if layer is not None and layer.frame.geometry.notna().any())


@st.cache_resource(show_spinner=False, max_entries=2)
def made(_workspace: Workspace, digest: str) -> Study:  # noqa: ARG001 - the key is what it is kept by
    """What is made from a workspace once."""
    workspace = _workspace
    found = {kind: layer_of(workspace, kind) for kind in ("facilities", "demand", "units", "lines", "stakes")}
    townships = study_units(workspace)

    @functools.cache
    def roads() -> Layer:
        """The roads, which are read only if the network or the base map is not kept from an earlier time."""
        return read_layer(workspace, "roads")

    entry = workspace.entry("roads")
    network = None if entry is None else network_of(workspace, read=roads)
    return Study(
        # Not the hashes of the users' files: one file read in two ways makes two layers.
        key=workspace.digest,
        workspace=workspace,
        network=network,
        facilities=found["facilities"],
        demand=found["demand"],
        townships=townships,
        villages=_villages(found["units"], townships),
        lines=found["lines"],
        stakes=found["stakes"],
        base=None if network is None or entry is None else _base(network.source, entry.sha256, roads),
    )


def _base(source: Origin, sha256: str, roads: Callable[[], Layer]) -> Basemap:
    """The base map, kept by the hash of the roads as they lie in the workspace."""
    stored = dataclasses.replace(source, source=dataclasses.replace(source.source, sha256=sha256))
    return basemap.build(stored, roads, assets.cache_dir() / "basemap")


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


@st.cache_resource(show_spinner=False)
def _prepared() -> Shelf[Prepared]:
    """What results of other minutes, kinds, weights, days and what-ifs have in common."""
    return Shelf(_MOST_PREPARED)


@st.cache_resource(show_spinner=False)
def _spots() -> Shelf[BlindSpots]:
    """Blind spots of results."""
    return Shelf(_MOST_RESULTS)


@st.cache_resource(show_spinner=False)
def _circles() -> Shelf[CircleAndTime]:
    """Circles beside times, of results."""
    return Shelf(_MOST_RESULTS)


@st.cache_resource(show_spinner=False)
def _times() -> Shelf[Answered]:
    """Travel times that scorecards are made from."""
    return Shelf(_MOST_TIMES)


@st.cache_resource(show_spinner=False)
def _scorecards() -> Shelf[Scorecard]:
    """Scorecards for all sessions."""
    return Shelf(_MOST_SCORECARDS)


@st.cache_resource(show_spinner=False)
def _drawings() -> Shelf[maps.Drawing]:
    """Results as the map receives them."""
    return Shelf(_MOST_RESULTS)


@st.cache_resource(show_spinner=False, max_entries=4)
def _surroundings(_study: Study, key: str, lang: str) -> maps.Drawing:  # noqa: ARG001 - the key is what it is kept by
    """What the map shows of the study, whatever is asked: units, boundary lines, stakes."""
    say = i18n.sayer(lang)
    layers = drawn.unit_layers(_study.townships, say)
    return maps.drawing([*layers, *drawn.boundary_layers(_study.lines, _study.stakes, say)])


def nothing_yet() -> bool:
    """Whether no result was computed since the program started."""
    return len(_results()) == 0


def request_for(shared: Study, parameters: Parameters, patches: tuple[Patch, ...] = ()) -> Request:
    """The question to the engine.

    Raises
    ------
    DataError
        When the workspace lacks a layer that every question needs.
    """
    network, facilities, demand = shared.network, shared.facilities, shared.demand
    if network is None or facilities is None or demand is None:
        raise DataError("workspace_lacks_layer", kind="roads, facilities, demand", name=shared.workspace.name)
    return Request(network, facilities, demand, shared.townships, parameters, patches=patches)


def prepared_for(request: Request) -> Prepared:
    """What the engine makes of the layers and roads of a request: kept, else made now."""
    return _prepared().take(repr(prepared_key(request)), lambda: prepare(request))


def result_for(
    shared: Study, parameters: Parameters, patches: tuple[Patch, ...] = (), progress: Progress | None = None
) -> Result:
    """The result of these parameters and what-ifs: kept, else computed now. Equal for all sessions.

    Parameters
    ----------
    shared
        The open workspace.
    parameters, patches
        What is asked.
    progress
        Told where the work is; not called when the result is kept.
    """

    def compute() -> Result:
        _LOG.info("computing %s %s %s", shared.key, parameters, patches)
        request = request_for(shared, parameters, patches)
        if progress is not None:
            progress("snap", 0.0)
        return run(request, prepared=prepared_for(request), progress=progress)

    return _results().take(_asked(shared, parameters, patches), compute)


def scorecard_for(shared: Study, plan: Plan, as_of: dt.date, *, include_planned: bool) -> Scorecard:
    """A plan scored on a day: kept, else computed now.

    Parameters
    ----------
    shared, plan, as_of
        What is asked.
    include_planned
        Planned facilities count from their opening date.
    """

    def coverage(parameters: Parameters, patches: tuple[Patch, ...]) -> Answered:
        request = request_for(shared, parameters, patches)
        return _times().take(_asked(shared, parameters, patches), lambda: times_of(request, prepared_for(request)))

    def make() -> Scorecard:
        opened, roads = shared.workspace, shared.network
        usual = opened.study
        inputs = Inputs(
            facilities=shared.facilities,
            units=layer_of(opened, "units"),
            demand=shared.demand,
            values=layer_of(opened, "values"),
            place=usual.parent,
            level=usual.level,
            weight=usual.weight or None,
            day=opened.as_of,
            coverage=None if roads is None else coverage,
            network=None if roads is None else lambda: roads,
            boundary=figures_of(opened, read=lambda kind: layer_of(opened, kind)),
        )
        return score(plan, inputs, as_of, include_planned=include_planned)

    # Inspections are entered beside the layers, so the key of these does not tell of them.
    file = Records.open(shared.workspace.path).file
    entered = file.stat().st_mtime_ns if file.exists() else 0
    asked = f"{shared.key} {hash(plan.model_dump_json())} {as_of} {include_planned} {entered}"
    return _scorecards().take(asked, make)


def drawn_layers(shared: Study, result: Result, lang: str, *, nearest: bool) -> maps.Drawing:
    """Layers of the map for a result: kept, else made now. Plain data; the map itself is never kept.

    Parameters
    ----------
    shared, result, lang
        What is drawn, and in whose words.
    nearest
        Also draw where one facility is the nearest, then the next.
    """

    def make() -> maps.Drawing:
        say, minutes = i18n.sayer(lang), result.request.parameters.minutes[-1]
        areas = areas_exclusive(result.field, [minutes]) if nearest else None
        layers = drawn.result_layers(result, say, lang, drawn.nearest_layer(areas, minutes, say))
        return maps.drawing(layers).above(_surroundings(shared, shared.key, lang))

    request = result.request
    return _drawings().take(f"{lang} {nearest} {_asked(shared, request.parameters, request.patches)}", make)


def spots_for(shared: Study, result: Result) -> BlindSpots:
    """The blind spots of a result of :func:`result_for`: kept, else found now."""
    request = result.request
    return _spots().take(_asked(shared, request.parameters, request.patches), lambda: blind_spots(result))


def circle_for(shared: Study, result: Result, radius_m: float) -> CircleAndTime:
    """A circle beside the time of a result of :func:`result_for`: kept, else compared now."""
    request = result.request
    key = f"{radius_m} {_asked(shared, request.parameters, request.patches)}"
    return _circles().take(key, lambda: circle_and_time(result, radius_m))


def drawn_spots(shared: Study, result: Result, lang: str, *, nearest: bool) -> maps.Drawing:
    """Layers of the map for the blind spots of a result, over those of :func:`drawn_layers`: kept, else made now."""
    below = drawn_layers(shared, result, lang, nearest=nearest)
    request = result.request
    layers = _drawings().take(
        f"spots {lang} {_asked(shared, request.parameters, request.patches)}",
        lambda: maps.drawing(drawn.spot_layers(spots_for(shared, result), i18n.sayer(lang))),
    )
    return layers.above(below)


def _asked(shared: Study, parameters: Parameters, patches: tuple[Patch, ...]) -> str:
    return f"{shared.key} {parameters!r} {patches!r}"


def home(shared: Study) -> tuple[float, float, float, float]:
    """West, south, east, north of what the map shows at first: the own county, else the people, else the facilities."""
    for layer in (shared.townships, shared.demand, shared.facilities):
        if layer is not None and layer.frame.geometry.notna().any():
            west, south, east, north = layer.frame.total_bounds
            return float(west), float(south), float(east), float(north)
    return -180.0, -85.0, 180.0, 85.0
