"""Who is left out: places in order of the people there, and sums by unit."""

import math
from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from coverage.request import minutes_key
from geo.crs import WGS84
from layers.layer import Layer

__all__ = ["left_out", "total", "unit_table"]

FloatArray = npt.NDArray[np.float64]


def total(weights: npt.NDArray[np.float64] | Sequence[float]) -> int | float:
    """Sum without rounding steps; a whole number where it is one.

    Examples
    --------
    >>> total([1.0, 2.0])
    3
    """
    value = math.fsum(weights)
    return int(value) if value.is_integer() else value


def left_out(demand: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Places that are not covered and where people live, those with most people first.

    Parameters
    ----------
    demand
        The demand table of a result.

    Returns
    -------
    GeoDataFrame
        ``rank`` from 1, ``demand_id``, ``name``, ``weight``, ``nearest_facility_id``, ``nearest_minutes``,
        ``unit_code``, ``reason``: ``no_road`` (no usable road near), ``no_facility`` (none within report minutes),
        ``too_far``; with capacity also ``full`` (within reach, but no room), whose weight is those who are left.
        Equal weights in order of the id.
    """
    out = demand[(demand["status"] != "covered") & (demand["weight"] > 0)]
    if "full" in demand:
        out = out.assign(weight=out["full"].where(out["status"] == "full", out["weight"]))
    out = out.sort_values(["weight", "demand_id"], ascending=[False, True], kind="stable")
    missing = np.where(out["facility_id"].isna(), "no_facility", "too_far")
    reason = np.where(out["status"] == "beyond", missing, out["status"])
    return gpd.GeoDataFrame(
        {
            "rank": np.arange(1, len(out) + 1),
            "demand_id": out["demand_id"].to_numpy(),
            "name": out["name"].to_numpy(),
            "weight": out["weight"].to_numpy(),
            "nearest_facility_id": out["facility_id"].to_numpy(),
            "nearest_minutes": out["minutes"].to_numpy(),
            "unit_code": out["unit_code"].to_numpy(),
            "reason": reason,
        },
        geometry=out.geometry.to_numpy(),
        crs=WGS84,
    )


def unit_table(
    demand: gpd.GeoDataFrame,
    served: dict[float, FloatArray],
    facility_units: npt.NDArray[np.object_],
    units: Layer | None,
) -> gpd.GeoDataFrame:
    """Sums of each unit; they add up to those of the whole.

    Parameters
    ----------
    demand
        The demand table of a result.
    served
        For each of the minutes the weight of each row that is covered, shape (rows,).
    facility_units
        Unit code of each facility that serves, shape (f,).
    units
        Their polygons and names, or None.

    Returns
    -------
    GeoDataFrame
        ``unit_code``, ``name``, ``weight``, ``covered_<m>`` and ``share_<m>`` for each of the minutes, with capacity
        ``full``, then ``no_road``, ``facilities``; sorted by code. What lies in no unit is the row ``""``, without
        geometry. A unit without people has no share (null). Empty without units.
    """
    columns = ["unit_code", "name", "weight"]
    columns += [f"{what}_{minutes_key(m)}" for m in served for what in ("covered", "share")]
    full = demand["full"].to_numpy(dtype=np.float64) if "full" in demand else None
    columns += ["no_road", "facilities"] if full is None else ["full", "no_road", "facilities"]
    if units is None:
        return gpd.GeoDataFrame({name: [] for name in columns}, geometry=[], crs=WGS84)
    known = units.frame[["unit_code", "name", "geometry"]].sort_values("unit_code", kind="stable")
    rows = list(known.itertuples(index=False, name=None))
    if (demand["unit_code"] == "").any() or (facility_units == "").any():
        rows.insert(0, ("", "", None))
    weight = demand["weight"].to_numpy(dtype=np.float64)
    no_road = (demand["status"] == "no_road").to_numpy()
    members = pd.Series(np.arange(len(demand))).groupby(demand["unit_code"].to_numpy()).indices
    counts = pd.Series(facility_units).value_counts()
    table: list[list[object]] = []
    for code, name, _ in rows:
        own = np.asarray(members.get(code, []), dtype=np.int64)
        people = total(weight[own])
        line: list[object] = [code, name, people]
        for reached in served.values():
            part = total(reached[own])
            line += [part, part / people if people else None]
        line += [] if full is None else [total(full[own])]
        line += [total(weight[own][no_road[own]]), int(counts.get(code, 0))]
        table.append(line)
    frame = pd.DataFrame(table, columns=columns)
    for m in served:
        frame[f"share_{minutes_key(m)}"] = frame[f"share_{minutes_key(m)}"].astype("float64")
    return gpd.GeoDataFrame(frame, geometry=[row[2] for row in rows], crs=WGS84)
