"""The answer of a coverage run, with all that made it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from coverage.ages import ByAge
from coverage.request import Request
from coverage.travel_time import Field
from layers.layer import Finding

__all__ = ["Answered", "Result"]


class Answered(Protocol):
    """What a search tells of the demand; a :class:`Result` tells it too, and more."""

    @property
    def request(self) -> Request:
        """What was asked."""

    @property
    def field(self) -> Field:
        """Times to the nearest facility."""

    @property
    def demand(self) -> gpd.GeoDataFrame:
        """As :attr:`Result.demand`."""


@dataclass(frozen=True)
class Result:
    """Tables of the contract as GeoDataFrames in EPSG:4326, columns named as the contract names them.

    Parameters
    ----------
    request
        What was asked.
    field
        Travel time to the nearest facility at every node, for questions about further places.
    demand
        One row per kept demand row, in the order read: ``demand_id``, ``name``, ``status``, ``minutes`` (NaN: none
        within report minutes), ``facility_id``, ``access_m``, ``moved_from_island``, ``unit_code``, ``edge_of_roads``,
        ``weight`` and the weight columns. Geometry as read.
    facilities
        One row per kept facility: columns of the contract, then those of the input.
    units
        One row per unit: columns of the contract.
    gaps
        Ranked places left out.
    service_areas
        One MultiPolygon per minutes: ``minutes``, ``area_m2``.
    service_areas_by_facility
        The same for each facility, or None when not asked for.
    service_areas_exclusive
        The service areas divided among the facilities, each place to the nearest, or None when not asked for.
    reached_roads
        Pieces of road, cut where time ends: ``minutes`` (the smallest of the minutes asked that reaches the piece).
    summary
        Content of ``summary.json`` without ``seconds``.
    findings
        What the computation noticed, by kind of layer; the readers' own findings are in the layers.
    by_age
        The answer for each group of ages at its own speed, or None when not asked for.
    closed_edges
        Edge of the network that each what-if that closes a road closes, in their order, shape (closed roads,).
    assignment
        With capacity, who goes where: ``demand_id``, ``facility_id``, ``minutes``, ``weight``; else None.
    """

    request: Request
    field: Field
    demand: gpd.GeoDataFrame
    facilities: gpd.GeoDataFrame
    units: gpd.GeoDataFrame
    gaps: gpd.GeoDataFrame
    service_areas: gpd.GeoDataFrame
    service_areas_by_facility: gpd.GeoDataFrame | None
    service_areas_exclusive: gpd.GeoDataFrame | None
    reached_roads: gpd.GeoDataFrame
    summary: dict[str, Any]
    findings: Mapping[str, tuple[Finding, ...]]
    closed_edges: npt.NDArray[np.integer[Any]]
    by_age: ByAge | None = None
    assignment: pd.DataFrame | None = None
