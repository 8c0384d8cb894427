"""Faults planted among the facilities, each written down so that a test can look for it."""

from typing import Any, Final

import geopandas as gpd
import numpy as np

from data.demo_maker.roads import DECIMALS
from data.demo_maker.settings import METRIC, FloatArray
from data.demo_maker.sites import Sites
from data.demo_maker.units import locate, of_level

__all__ = ["plant_in_demand", "plant_in_facilities"]

_REMOTE_KINDS: Final = (
    ("elder_centre", "EC", "居家养老服务中心"),
    ("meal_point", "MP", "助餐点"),
    ("cemetery", "CE", "公墓"),
)
# Beside the pieces of the islands, metres from their middles.
_BESIDE_FAR: Final = np.array([-40.0, 12.0])
_BESIDE_NEAR: Final = np.array([60.0, -9.0])
_DUPLICATED: Final = ("EC007", "MP021", "CL012")
_MISDECLARED: Final = ("EH009", "CH017")


def plant_in_facilities(rows: list[dict[str, Any]], sites: Sites, units: gpd.GeoDataFrame) -> list[dict[str, Any]]:
    """Add the planted facilities to ``rows`` and spoil two others; return what was done."""
    planted: list[dict[str, Any]] = []
    villages = of_level(units, "village")
    for kind, xy in zip(_REMOTE_KINDS, sites.remote, strict=True):
        row = _add(rows, kind, xy, villages)
        planted.append({"code": "no_road", "facility_id": row["facility_id"]})
    on_islands = (sites.far_island + _BESIDE_FAR, sites.near_island + _BESIDE_NEAR)
    for kind, xy in zip(_REMOTE_KINDS[:2], on_islands, strict=True):
        row = _add(rows, kind, xy, villages)
        planted.append({"code": "island", "facility_id": row["facility_id"]})
    by_id = {row["facility_id"]: row for row in rows}
    for number in _DUPLICATED:
        original = by_id[number]
        prefix = number[:2]
        copy = original | {"facility_id": _next_id(rows, prefix)}
        rows.append(copy)
        planted.append({"code": "duplicate", "facility_id": copy["facility_id"], "same_as": number})
    for number in _MISDECLARED:
        row = by_id[number]
        located = row["unit_code"]
        row["unit_code"] = _other_township(located, row["xy"], villages)
        planted.append(
            {"code": "unit_mismatch", "facility_id": number, "declared": row["unit_code"], "located_in": located}
        )
    return planted


def _add(
    rows: list[dict[str, Any]], kind: tuple[str, str, str], xy: FloatArray, villages: gpd.GeoDataFrame
) -> dict[str, Any]:
    """A plain open facility at a place, with capacity like the first of its kind."""
    code = locate(villages, METRIC.inverse(xy[None]).round(DECIMALS))[0]
    village = villages.loc[villages["unit_code"] == code, "name"].iloc[0]
    like = next(row for row in rows if row["kind"] == kind[0])
    row = like | {
        "facility_id": _next_id(rows, kind[1]),
        "name": f"{village}偏远{kind[2]}",
        "status": "open",
        "open_date": "2019-10-01",
        "close_date": None,
        "unit_code": code,
        "xy": xy,
    }
    rows.append(row)
    return row


def _next_id(rows: list[dict[str, Any]], prefix: str) -> str:
    return f"{prefix}{1 + sum(row['facility_id'].startswith(prefix) for row in rows):03d}"


def _other_township(code: str, xy: FloatArray, villages: gpd.GeoDataFrame) -> str:
    """The nearest village of another township."""
    others = villages[~villages["unit_code"].str.startswith(code[:9])]
    middles = METRIC.forward(np.column_stack([others.representative_point().x, others.representative_point().y]))
    return str(others["unit_code"].iloc[int(np.hypot(*(middles - xy).T).argmin())])


def plant_in_demand(demand: gpd.GeoDataFrame, hamlets_m: FloatArray) -> list[dict[str, Any]]:
    """Ids of the planted hamlets: the first three have no road, the last two stand on made-up islands."""
    at = METRIC.forward(np.column_stack([demand.geometry.x, demand.geometry.y]))
    codes = ["no_road"] * (len(hamlets_m) - 2) + ["island"] * 2
    found = [int(np.hypot(*(at - place).T).argmin()) for place in hamlets_m]
    return [{"code": code, "demand_id": str(demand["demand_id"].iloc[i])} for code, i in zip(codes, found, strict=True)]
