"""What a scorecard is made from: the layers of a study, and coverage where a measure asks for it."""

import dataclasses
import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

import geopandas as gpd

from coverage.estimate import check_memory
from coverage.network import Network
from coverage.patches import Patch
from coverage.prepared import Prepared, prepare
from coverage.request import Parameters, Request
from coverage.result import Answered
from coverage.searched import search
from coverage.study import network_of
from coverage.tables import demand_table
from coverage.travel_time import Field
from coverage.weights import weight_of
from layers.layer import Layer, Origin
from layers.workspace import Workspace

__all__ = ["BoundaryFigure", "BoundaryFigures", "Coverage", "Inputs", "coverage_of", "inputs_of", "times_of"]

#: Answers a question about travel times on the study's own layers; keeps what it computed.
Coverage = Callable[[Parameters, tuple[Patch, ...]], Answered]


@dataclass(frozen=True, eq=False)
class BoundaryFigure:
    """A figure of the checks of lines and stakes.

    Parameters
    ----------
    value, numerator, denominator
        None where they cannot be told.
    reason
        Why there is no value.
    doubt
        Why the value has to be checked.
    origins
        What it was made from.
    """

    value: float | None = None
    numerator: float | None = None
    denominator: float | None = None
    reason: str = ""
    doubt: str = ""
    origins: tuple[Origin, ...] = ()


#: Answers for the name of a figure and a day. Lines and stakes are no affair of coverage: only numbers come here.
BoundaryFigures = Callable[[str, dt.date], BoundaryFigure]


@dataclass(frozen=True, eq=False)
class Inputs:
    """Layers of a study; each may be absent, and is then said to be.

    Parameters
    ----------
    facilities, units, demand, values
        Layers of these kinds; units of every level.
    place
        Code of the unit that is scored; ``""``: everything.
    level
        Level of the rows of indicators that promise something for the whole; ``""``: the one below the place's.
    weight
        Column of the demand that the study counts.
    minutes
        Minutes that the study asks for, so that its results serve here too.
    day
        The study's own day: results of it serve on any other on which the same facilities are open.
    coverage
        Travel times; None: no roads.
    network
        Gives the roads; None: there are none.
    boundary
        Figures of lines and stakes; None: nobody tells them.
    forbidden
        Ground that siting rules speak of, by key of :func:`coverage.burial.burial_layers`.
    """

    facilities: Layer | None = None
    units: Layer | None = None
    demand: Layer | None = None
    values: Layer | None = None
    place: str = ""
    level: str = ""
    weight: str | None = None
    minutes: tuple[float, ...] = (5.0, 10.0, 15.0)
    day: dt.date | None = None
    coverage: Coverage | None = None
    network: Callable[[], Network] | None = None
    boundary: BoundaryFigures | None = None
    forbidden: Mapping[str, gpd.GeoDataFrame] = dataclasses.field(default_factory=lambda: MappingProxyType({}))

    @property
    def layers(self) -> tuple[Layer, ...]:
        """Those that there are."""
        every = (self.facilities, self.units, self.demand, self.values)
        return tuple(layer for layer in every if layer is not None)


@dataclass(frozen=True, eq=False)
class _Times:
    """The part of a result that a scorecard uses."""

    request: Request
    field: Field
    demand: gpd.GeoDataFrame


def inputs_of(
    workspace: Workspace, *, coverage: Coverage | None = None, network: Callable[[], Network] | None = None
) -> Inputs:
    """The inputs of a scorecard from a workspace.

    Parameters
    ----------
    workspace
        The study.
    coverage
        Who answers questions about travel times, e.g. from results that are kept; None: computed when first asked for,
        where the workspace has what it needs.
    network
        Who gives the roads; None: they are opened when first asked for.

    Raises
    ------
    FileError, DataError
        When a layer cannot be read.

    Examples
    --------
    >>> from layers.workspace import open_workspace
    >>> from geo.paths import DATA_DIR
    >>> inputs = inputs_of(open_workspace(DATA_DIR / "demo"))
    >>> inputs.place, inputs.level
    ('990100', 'township')
    """
    study, facilities, demand = workspace.study, workspace.read("facilities"), workspace.read("demand")
    opened = network or (cache(lambda: network_of(workspace)) if workspace.entry("roads") else None)
    if coverage is None and opened is not None and facilities is not None and demand is not None:
        coverage = coverage_of(facilities, demand, opened)
    return Inputs(
        facilities=facilities,
        units=workspace.read("units"),
        demand=demand,
        values=workspace.read("values"),
        place=study.parent,
        level=study.level,
        weight=study.weight or None,
        day=workspace.as_of,
        coverage=coverage,
        network=opened,
    )


def coverage_of(facilities: Layer, demand: Layer, network: Callable[[], Network]) -> Coverage:
    """Travel times of a study, computed when first asked for and kept.

    Parameters
    ----------
    facilities, demand
        Layers of the study; the units are the scorecard's own affair.
    network
        Gives the roads.

    Examples
    --------
    >>> from geo.paths import DATA_DIR
    >>> from layers.workspace import open_workspace
    >>> study = open_workspace(DATA_DIR / "demo")
    >>> callable(coverage_of(study.read("facilities"), study.read("demand"), lambda: network_of(study)))
    True
    """

    @cache
    def base() -> Request:
        return Request(network(), facilities, demand, None, Parameters())

    @cache
    def prepared(profile: str) -> Prepared:
        request = base()
        return prepare(dataclasses.replace(request, parameters=Parameters(profile=profile)))

    @cache
    def answer(parameters: Parameters, patches: tuple[Patch, ...]) -> Answered:
        return times_of(
            dataclasses.replace(base(), parameters=parameters, patches=patches), prepared(parameters.profile)
        )

    return answer


def times_of(request: Request, prepared: Prepared) -> Answered:
    """Travel times as :func:`coverage.run.run` has them, without what a scorecard has no use for: areas and roads.

    Raises
    ------
    RequestError
        As :func:`coverage.run.run`.
    """
    check_memory(request)
    found = search(request, prepared)
    weight = weight_of(request.demand, request.parameters.weight)
    table, _ = demand_table(found.request, found.field, found.laid, found.demand_snaps, weight)
    return _Times(found.request, found.field, table)
