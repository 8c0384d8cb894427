"""Make a what-if: a few patches on a base.

A closed road changes the snaps of the places that stood on it, and of no others; islands stay what they were in the
base. So what differs from the base is what the change does, not a place that found another road by chance.
"""

import dataclasses
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from coverage import travel_time
from coverage.patches import AddFacility, CloseFacility, CloseRoad
from coverage.prepared import PlacesOnRoads, Prepared, lay
from coverage.request import Request
from coverage.snap import Snapper
from geo.crs import WGS84
from geo.errors import RequestError
from layers.layer import Layer

__all__ = ["apply"]

IntArray = npt.NDArray[np.integer[Any]]


def apply(request: Request, prepared: Prepared) -> tuple[Request, Prepared, IntArray]:
    """The request as it is after its patches, with what was prepared for its base, and the edge of each closed road.

    Parameters
    ----------
    request
        With its patches.
    prepared
        Of its base.

    Raises
    ------
    RequestError
        When a patch closes a facility that is not there or closed already, adds an id that is there, or closes a road
        where none is; all that are wrong are named.
    """
    nothing: IntArray = np.empty(0, dtype=np.int64)
    if not request.patches:
        return request, prepared, nothing
    facilities = _facilities(request)
    added = facilities.frame.iloc[len(request.facilities.frame) :]
    patched = dataclasses.replace(request, facilities=facilities)
    prepared = dataclasses.replace(prepared, facilities=_with_added(prepared, patched, added))
    closed = _closed_edges(request, prepared.snapper)
    if not len(closed):
        return patched, prepared, nothing
    snapper = prepared.snapper.closing(closed)
    access_mps = prepared.roads.access_mps
    roads = travel_time.make_roads(request.network, snapper.usable, access_mps, request.parameters.direction)
    sites = _off(prepared.facilities, closed, snapper)
    people = _off(prepared.demand, closed, snapper)
    changed = dataclasses.replace(prepared, roads=roads, snapper=snapper, facilities=sites, demand=people)
    return patched, changed, closed


def _facilities(request: Request) -> Layer:
    """The layer with facilities closed and added."""
    frame = request.facilities.frame.copy()
    wrong: list[str] = []
    known = set(frame["facility_id"])
    closed: set[str] = set()
    rows = []
    for patch in request.patches:
        if isinstance(patch, CloseFacility):
            if patch.facility_id not in known or patch.facility_id in closed:
                wrong.append(patch.facility_id)
            closed.add(patch.facility_id)
        elif isinstance(patch, AddFacility):
            place_is_real = -180 <= patch.lon <= 180 and -90 <= patch.lat <= 90  # noqa: PLR2004  # degrees
            if patch.facility_id in known or not place_is_real:
                wrong.append(patch.facility_id)
            known.add(patch.facility_id)
            rows.append(
                {
                    "facility_id": patch.facility_id, "name": patch.name, "kind": patch.kind, "status": "open",
                    "row": 0, "geometry": shapely.Point(patch.lon, patch.lat),
                }
            )  # fmt: skip
    if wrong:
        raise RequestError("bad_patch", given=", ".join(wrong))
    if "status" not in frame:
        frame["status"] = ""
    if rows:
        added = gpd.GeoDataFrame(rows, crs=WGS84)
        frame = gpd.GeoDataFrame(pd.concat([frame, added], ignore_index=True), crs=WGS84)
    frame.loc[frame["facility_id"].isin(closed), "status"] = "closed"
    return dataclasses.replace(request.facilities, frame=frame)


def _with_added(prepared: Prepared, patched: Request, added: gpd.GeoDataFrame) -> PlacesOnRoads:
    """The facilities of the base on the roads, and the added ones behind them."""
    base = prepared.facilities
    if added.empty:
        return base
    layer = dataclasses.replace(patched.facilities, frame=added)
    new = lay(layer, prepared.snapper, patched.units)
    return PlacesOnRoads(
        np.concatenate([base.lonlat, new.lonlat]),
        np.concatenate([base.points, new.points]),
        base.options.append(new.options),
        np.concatenate([base.unit, new.unit]),
    )


def _closed_edges(request: Request, snapper: Snapper) -> IntArray:
    """Edge that each patch that closes a road closes, in their order."""
    patches = [patch for patch in request.patches if isinstance(patch, CloseRoad)]
    if not patches:
        return np.empty(0, dtype=np.int64)
    snaps = snapper.options(np.array([[patch.lon, patch.lat] for patch in patches])).nearest
    lost = [f"{patch.lon:g}, {patch.lat:g}" for patch, on in zip(patches, snaps.on_road, strict=True) if not on]
    if lost:
        raise RequestError("no_road_to_close", given="; ".join(lost), max_snap_m=f"{snapper.max_snap_m:g}")
    return snaps.edge


def _off(laid: PlacesOnRoads, closed: IntArray, snapper: Snapper) -> PlacesOnRoads:
    """Snap the places again that stand, or may be moved to stand, on a closed road."""
    options = laid.options
    stands = np.isin(options.nearest.edge, closed)
    stands[options.on_island] |= np.isin(options.mainland.edge, closed)
    who = np.flatnonzero(stands)
    return dataclasses.replace(laid, options=options.replace(who, snapper.options(laid.lonlat[who])))
