"""The demand and facility tables of a result."""

import datetime as dt
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from coverage import gaps, reached
from coverage.extent import near_edge_of_roads
from coverage.prepared import Prepared
from coverage.request import Parameters, Request
from coverage.search import TIE_S
from coverage.snap import Snaps
from coverage.travel_time import Field
from coverage.weights import Weight
from geo.crs import WGS84
from layers.inside import has_polygons
from layers.layer import Layer

__all__ = ["answers", "demand_table", "facility_table", "finish_facilities", "open_on", "road_table"]

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]


def facility_table(request: Request) -> tuple[gpd.GeoDataFrame, BoolArray]:
    """Facilities with kind and status, and whether each serves: open on the day, and of a kind that was asked for."""
    frame = request.facilities.frame.copy()
    for column in ("kind", "status"):
        if column not in frame:
            frame[column] = ""
        frame[column] = frame[column].fillna("")
    serves = open_on(frame, request.parameters.as_of)
    if request.parameters.kinds:
        serves = serves & frame["kind"].isin(request.parameters.kinds).to_numpy(dtype=bool)
    return frame, serves


def open_on(facilities: pd.DataFrame, day: dt.date) -> BoolArray:
    """Whether each facility is open on a day: its status open or blank, and the day between its two dates.

    Examples
    --------
    >>> table = pd.DataFrame({"status": ["open", "", "planned"], "close_date": [dt.date(2024, 1, 1), None, None]})
    >>> open_on(table, dt.date(2025, 1, 1)).tolist()
    [False, True, False]
    """
    status = facilities["status"].fillna("") if "status" in facilities else pd.Series("", index=facilities.index)
    opened = _dates(facilities, "open_date", dt.date.min) <= day
    not_closed = _dates(facilities, "close_date", dt.date.max) >= day
    serves: BoolArray = (status.isin(["", "open"]) & opened & not_closed).to_numpy(dtype=bool)
    return serves


def _dates(frame: pd.DataFrame, column: str, missing: dt.date) -> "pd.Series[Any]":
    if column not in frame:
        return pd.Series([missing] * len(frame), index=frame.index, dtype=object)
    return frame[column].map(lambda value: missing if pd.isna(value) else value).astype(object)


def answers(field: Field, snaps: Snaps, parameters: Parameters) -> tuple[pd.DataFrame, FloatArray]:
    """Status, minutes and nearest facility of snapped places, and the seconds before rounding."""
    nearest = field.nearest(snaps)
    reached_in_time = nearest.seconds <= parameters.minutes[-1] * 60 + TIE_S
    status = np.where(snaps.on_road, np.where(reached_in_time, "covered", "beyond"), "no_road")
    ids = np.array([*field.facility_ids.tolist(), None], dtype=object)
    minutes = np.where(np.isfinite(nearest.seconds), np.round(nearest.seconds / 60, 6), np.nan)
    table = pd.DataFrame(
        {
            "status": status,
            "minutes": minutes,
            "facility_id": ids[nearest.facility],
            "access_m": np.round(snaps.access_m, 2),
            "moved_from_island": snaps.moved_from_island,
        }
    )
    return table, nearest.seconds


def demand_table(
    request: Request, field: Field, laid: Prepared, snaps: Snaps, weight: Weight
) -> tuple[gpd.GeoDataFrame, dict[float, BoolArray]]:
    """The demand table of the contract, and for each of the minutes who is covered."""
    parameters = request.parameters
    frame = request.demand.frame
    table, seconds = answers(field, snaps, parameters)
    table.insert(0, "demand_id", frame["demand_id"].to_numpy())
    table.insert(1, "name", (frame["name"] if "name" in frame else frame["demand_id"]).to_numpy())
    table["unit_code"] = laid.demand.unit
    # Ferries count: who boards a fast one comes farther than on foot, and may come to the edge.
    reach_m = field.roads.fastest_mps() * parameters.minutes[-1] * 60
    table["edge_of_roads"] = near_edge_of_roads(laid.demand.points, laid.extent, reach_m)
    table["weight"] = weight.per_row
    for column, shown in weight.columns.items():
        table[shown] = frame[column].to_numpy()
    covered = {m: seconds <= m * 60 + TIE_S for m in parameters.minutes}
    return gpd.GeoDataFrame(table, geometry=frame.geometry.to_numpy(), crs=WGS84), covered


def road_table(field: Field, parameters: Parameters) -> gpd.GeoDataFrame:
    """Reached pieces of road with the smallest of the minutes that reaches them."""
    limits = np.array(parameters.minutes) * 60
    pieces = reached.reached_pieces(field, limits)
    minutes = np.array(parameters.minutes)[pieces.band]
    lines = reached.piece_lines(field.network, pieces, field.network.lonlat)
    return gpd.GeoDataFrame({"minutes": minutes}, geometry=list(lines), crs=WGS84)


def finish_facilities(
    facilities: gpd.GeoDataFrame,
    snaps: Snaps,
    unit: npt.NDArray[np.object_],
    demand: gpd.GeoDataFrame,
    serving: BoolArray,
    units: Layer | None,
) -> gpd.GeoDataFrame:
    """Put the columns of the contract in front; the columns of the input follow."""
    covered = demand[demand["status"] == "covered"]
    served = covered.groupby("facility_id")["weight"].agg(gaps.total)
    of_each = facilities["facility_id"].map(served).fillna(0)
    front = pd.DataFrame(
        {
            "facility_id": facilities["facility_id"],
            "name": facilities["name"],
            "kind": facilities["kind"],
            "status": facilities["status"].replace("", "open"),
            "road_status": np.where(snaps.on_road, "on_network", "no_road"),
            "access_m": np.round(snaps.access_m, 2),
            "moved_from_island": snaps.moved_from_island,
            "outside": pd.array(unit == "" if has_polygons(units) else [None] * len(unit), dtype="boolean"),
            "served": of_each.where(serving).astype("float64"),
        }
    )
    rest = [column for column in facilities.columns if column not in front and column not in ("geometry", "row")]
    table = pd.concat([front, facilities[rest]], axis=1)
    return gpd.GeoDataFrame(table, geometry=facilities.geometry.to_numpy(), crs=WGS84)
