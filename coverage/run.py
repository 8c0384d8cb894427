"""The main job: from a request to a result. Pages, commands and tests all come through here."""

from collections.abc import Callable

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from coverage import findings, gaps, places, service_area, summary, tables, travel_time, weights
from coverage.request import Parameters, Request
from coverage.result import Result
from coverage.search import TIE_S
from coverage.snap import Snapper
from coverage.travel_time import Field

__all__ = ["Progress", "run", "times_at"]

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
#: Called with the name of a step (``snap``, ``search``, ``areas``, ``roads``, ``tables``) and the share done.
Progress = Callable[[str, float], None]


def run(request: Request, *, progress: Progress | None = None) -> Result:
    """Compute coverage.

    Parameters
    ----------
    request
        Network, layers and parameters.
    progress
        Told where the work is.

    Returns
    -------
    Result
        Depends on the request only: not on the order of rows, nor on threads.

    Raises
    ------
    RequestError
        When a parameter does not fit the data, e.g. an unknown weight column.
    """
    tell = progress or _nobody
    parameters = request.parameters
    tell("snap", 0.0)
    weight = weights.weight_of(request.demand, parameters.weight)
    facilities, serving = tables.facility_table(request)
    snapper = travel_time.snapper_for(request.network, parameters)
    facility_lonlat = travel_time.lonlat_of(request.facilities)
    snapper = travel_time.keep_islands(snapper, snapper.nearest(facility_lonlat[serving]))
    facility_snaps = snapper.snap(facility_lonlat)
    tell("search", 0.2)
    field = _field(snapper, parameters, facilities, facility_lonlat, serving)
    demand, covered = tables.demand_table(request, field, weight)
    tell("areas", 0.4)
    areas = service_area.areas_of_layer(field, parameters.minutes)
    by_facility = service_area.areas_per_facility(field, parameters.minutes) if parameters.per_facility else None
    tell("roads", 0.7)
    roads = tables.road_table(field, parameters)
    tell("tables", 0.9)
    facility_units = places.units_of(request.facilities, facility_lonlat, request.units)
    facilities = tables.finish_facilities(facilities, facility_snaps, facility_units, demand, serving, request.units)
    units = gaps.unit_table(demand, covered, facility_units[serving], request.units)
    without = _covered_without_outside(request, snapper, facilities, facility_lonlat, serving, weight)
    tally = summary.Tally(demand, covered, facilities, without, areas, weight)
    tell("tables", 1.0)
    return Result(
        request=request,
        field=field,
        demand=demand,
        facilities=facilities,
        units=units,
        gaps=gaps.left_out(demand),
        service_areas=areas,
        service_areas_by_facility=by_facility,
        reached_roads=roads,
        summary=summary.summarise(request, field, tally),
        findings=findings.find(request, field, facility_snaps, facilities, demand, weight),
    )


def _nobody(_step: str, _share: float) -> None:
    """Nobody wants to know how far the work is."""


def times_at(result: Result, lonlat: FloatArray) -> pd.DataFrame:
    """Answer for further places, e.g. where somebody clicked, exactly as for a row of the demand.

    Parameters
    ----------
    result
        Of :func:`run`.
    lonlat
        Degrees, shape (n, 2).

    Returns
    -------
    DataFrame
        ``status``, ``minutes``, ``facility_id``, ``access_m``, ``moved_from_island``, ``reason`` (``covered``,
        ``too_far``, ``no_facility``, ``no_road``).
    """
    parameters = result.request.parameters
    table, _ = tables.answers(result.field, result.field.snapper.snap(lonlat), parameters)
    missing = np.where(table["facility_id"].isna(), "no_facility", "too_far")
    table["reason"] = np.where(table["status"] == "beyond", missing, table["status"])
    return table


def _field(
    snapper: Snapper,
    parameters: Parameters,
    facilities: gpd.GeoDataFrame,
    lonlat: FloatArray,
    serving: BoolArray,
) -> Field:
    """The search from the facilities that serve, in order of their ids."""
    who = np.flatnonzero(serving)
    ids = facilities["facility_id"].to_numpy(dtype=str)[who]
    order = np.argsort(ids, kind="stable")
    return travel_time.make_field(snapper, parameters, ids[order], lonlat[who][order])


def _covered_without_outside(
    request: Request,
    snapper: Snapper,
    facilities: gpd.GeoDataFrame,
    lonlat: FloatArray,
    serving: BoolArray,
    weight: weights.Weight,
) -> dict[float, int | float] | None:
    """What is covered when the facilities in no unit do not count; None without polygons of units."""
    if not places.has_polygons(request.units):
        return None
    parameters = request.parameters
    inside = serving & ~facilities["outside"].to_numpy(dtype=bool)
    field = _field(snapper, parameters, facilities, lonlat, inside)
    seconds = field.nearest(snapper.snap(travel_time.lonlat_of(request.demand))).seconds
    return {m: gaps.total(weight.per_row[seconds <= m * 60 + TIE_S]) for m in parameters.minutes}
