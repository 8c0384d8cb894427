"""A request searched: its what-ifs made, and the time from every node to the nearest facility that serves."""

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt

from coverage import scenario, tables, travel_time
from coverage.prepared import Prepared, prepared_key
from coverage.request import Parameters, Request
from coverage.snap import Snapper, Snaps
from coverage.travel_time import Field

__all__ = ["Searched", "field_of", "search"]

BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Searched:
    """The search of a request, before its tables are made.

    Parameters
    ----------
    request, laid, closed
        After its what-ifs: the request, its places on the roads, and the edge of each closed road.
    facilities, serving, facility_snaps
        Their table, whether each serves, and where they reach the roads, shape (facilities,).
    field
        Time to the nearest that serves.
    demand_snaps
        Where the demand reaches the roads, shape (rows,).
    """

    request: Request
    laid: Prepared
    closed: npt.NDArray[np.integer[Any]]
    facilities: gpd.GeoDataFrame
    serving: BoolArray
    facility_snaps: Snaps
    field: Field
    demand_snaps: Snaps


def search(request: Request, base: Prepared) -> Searched:
    """Make the what-ifs of a request and search from the facilities that serve.

    Parameters
    ----------
    request
        What is asked.
    base
        Of :func:`coverage.prepared.prepare`, for this request.
    """
    if base.key != prepared_key(request):
        raise ValueError("prepared for another request")
    request, laid, closed = scenario.apply(request, base)
    facilities, serving = tables.facility_table(request)
    options = laid.facilities.options
    snapper = laid.snapper.keeping(options.nearest.take(np.flatnonzero(serving)))
    facility_snaps = options.settle(snapper.kept_islands)
    field = field_of(laid, snapper, facilities, facility_snaps, serving, request.parameters)
    demand_snaps = laid.demand.options.settle(snapper.kept_islands)
    return Searched(request, laid, closed, facilities, serving, facility_snaps, field, demand_snaps)


def field_of(
    laid: Prepared,
    snapper: Snapper,
    facilities: gpd.GeoDataFrame,
    snaps: Snaps,
    serving: BoolArray,
    parameters: Parameters,
) -> Field:
    """The search from the facilities that serve, in order of their ids."""
    who = np.flatnonzero(serving)
    ids = facilities["facility_id"].to_numpy(dtype=str)[who]
    order = np.argsort(ids, kind="stable")
    who = who[order]
    limit_s = parameters.report_minutes * 60
    return travel_time.make_field(
        laid.roads, snapper, ids[order], laid.facilities.lonlat[who], snaps.take(who), limit_s
    )
