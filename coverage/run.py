"""The main job: from a request to a result. Pages, commands and tests all come through here."""

from collections.abc import Callable
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from coverage import (
    estimate,
    exclusive_area,
    findings,
    gaps,
    service_area,
    summary,
    tables,
    weights,
)
from coverage.by_age import by_age
from coverage.prepared import Prepared, prepare
from coverage.request import Parameters, Request
from coverage.result import Result
from coverage.search import TIE_S
from coverage.searched import Searched, field_of, search
from coverage.snap import Snaps
from coverage.split import Split, make_split, put_into_tables
from coverage.travel_time import Field
from layers.inside import has_polygons

__all__ = ["Progress", "run", "times_at"]

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
#: Called with the name of a step (``snap``, ``search``, ``areas``, ``roads``, ``tables``) and the share done.
Progress = Callable[[str, float], None]


def run(request: Request, *, prepared: Prepared | None = None, progress: Progress | None = None) -> Result:
    """Compute coverage.

    Parameters
    ----------
    request
        Network, layers, parameters and what-ifs.
    prepared
        Of this request or of one that differs in minutes, weight, kinds, day or what-ifs only; None: made now. The
        answer is the same.
    progress
        Told where the work is.

    Returns
    -------
    Result
        Depends on the request only: not on the order of rows, nor on threads.

    Raises
    ------
    RequestError
        When a parameter does not fit the data, e.g. an unknown weight column; when the run would not fit into memory.
    """
    tell = progress or _nobody
    parameters = request.parameters
    estimate.check_memory(request)
    tell("snap", 0.0)
    weight = weights.weight_of(request.demand, parameters.weight, capacity=parameters.capacity is not None)
    base = prepared or prepare(request)
    tell("search", 0.2)
    searched = search(request, base)
    ages = by_age(request, prepared=base) if parameters.by_age else None
    request, laid, field = searched.request, searched.laid, searched.field
    facilities, serving, facility_snaps = searched.facilities, searched.serving, searched.facility_snaps
    demand_snaps = searched.demand_snaps
    demand, covered = tables.demand_table(request, field, laid, demand_snaps, weight)
    split = make_split(parameters, field, facilities, demand, demand_snaps)
    drawn = _drawn(field, parameters, tell)
    tell("tables", 0.9)
    own_units = laid.facilities.unit
    facilities = tables.finish_facilities(facilities, facility_snaps, own_units, demand, serving, request.units)
    served = put_into_tables(split, demand, facilities, covered)
    units = gaps.unit_table(demand, served, own_units[serving], request.units)
    if split is not None:
        split.put_into_units(units, facilities, own_units)
    without = _without_outside(searched, facilities, weight.per_row, split) if has_polygons(request.units) else None
    moved = _moved(base, searched)
    tally = summary.Tally(demand, covered, served, facilities, without, drawn.areas, weight, moved, laid.extent, split)
    later = {"facilities": () if split is None else split.findings, "demand": () if ages is None else ages.findings}
    tell("tables", 1.0)
    return Result(
        request=request,
        field=field,
        demand=demand,
        facilities=facilities,
        units=units,
        gaps=gaps.left_out(demand),
        service_areas=drawn.areas,
        service_areas_by_facility=drawn.by_facility,
        service_areas_exclusive=drawn.exclusive,
        reached_roads=drawn.roads,
        summary={**summary.summarise(request, field, tally), **({} if ages is None else {"by_age": ages.summary})},
        findings=findings.find(request, field, facility_snaps, facilities, demand, weight, laid.doubts, later),
        closed_edges=searched.closed,
        by_age=ages,
        assignment=None if split is None else split.flows(),
    )


class _Drawn(NamedTuple):
    """Areas and roads; see :class:`coverage.result.Result`."""

    areas: gpd.GeoDataFrame
    by_facility: gpd.GeoDataFrame | None
    exclusive: gpd.GeoDataFrame | None
    roads: gpd.GeoDataFrame


def _drawn(field: Field, parameters: Parameters, tell: Progress) -> _Drawn:
    """What is reached, as polygons and lines."""
    minutes = parameters.minutes
    tell("areas", 0.4)
    areas = service_area.areas_of_layer(field, minutes)
    by_facility = service_area.areas_per_facility(field, minutes) if parameters.per_facility else None
    exclusive = exclusive_area.areas_exclusive(field, minutes) if parameters.exclusive else None
    tell("roads", 0.7)
    return _Drawn(areas, by_facility, exclusive, tables.road_table(field, parameters))


def _moved(base: Prepared, searched: Searched) -> summary.Moved:
    """Who stood on a road that a what-if closes."""
    kept = searched.field.snapper.kept_islands
    stood = [
        int(np.isin(side.options.settle(kept).edge, searched.closed).sum()) for side in (base.facilities, base.demand)
    ]
    return summary.Moved(len(np.unique(searched.closed)), *stood)


def _without_outside(
    searched: Searched, facilities: gpd.GeoDataFrame, weights: FloatArray, split: Split | None
) -> dict[float, int | float]:
    """Weight that facilities inside of the units cover alone, by minutes."""
    parameters = searched.request.parameters
    inside = searched.serving & ~facilities["outside"].to_numpy(dtype=bool)
    snapper = searched.field.snapper
    own = field_of(searched.laid, snapper, facilities, searched.facility_snaps, inside, parameters)
    return _covered_by(own, searched.demand_snaps, weights, split, parameters)


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


def _covered_by(
    own: Field, snaps: Snaps, weights: FloatArray, split: Split | None, parameters: Parameters
) -> dict[float, int | float]:
    """Weight that the facilities of a field cover, or have room for, within each of the minutes."""
    if split is not None:
        served = split.served(parameters.minutes, by=own.facility_ids.tolist())
    else:
        seconds = own.nearest(snaps).seconds
        served = {m: np.where(seconds <= m * 60 + TIE_S, weights, 0.0) for m in parameters.minutes}
    return {m: gaps.total(part) for m, part in served.items()}
