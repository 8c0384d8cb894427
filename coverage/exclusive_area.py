"""Which facility is nearest: service areas that do not overlap.

The area of all facilities together (:mod:`coverage.service_area`), cut up: each node of the grid falls to the facility
that is nearest by the rule that counts people too (within 1e-6 s the smaller id), and the cuts run between nodes.
"""

from collections.abc import Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from coverage import outline_kernels, owner_kernels
from coverage.area_kernels import LEAST
from coverage.link_kernels import Links
from coverage.outline_kernels import Outline, Sheet
from coverage.reached import links_of
from coverage.service_area import (
    SMALLEST_HOLE_CELLS,
    SMALLEST_PART_CELLS,
    Canvas,
    frame_of,
    make_canvas,
    nothing,
)
from coverage.travel_time import Field

__all__ = ["areas_exclusive"]

IntArray = npt.NDArray[np.integer[Any]]
Int32Array = npt.NDArray[np.int32]


def areas_exclusive(field: Field, minutes: Sequence[float], *, cell_m: float | None = None) -> gpd.GeoDataFrame:
    """For each facility the places that it is the nearest to, and that are within some minutes of it.

    The areas of one of the minutes do not overlap, and together are :func:`coverage.service_area.areas_of_layer`; both
    but for the last bits of the coordinates where outlines were cut, below 1e-9 of the area. Within a cell of where
    the land of two facilities meets, a place may be drawn on the side of the other.

    Parameters
    ----------
    field
        Facilities, and times at the nodes.
    minutes
        Not above the limit of the field.
    cell_m
        As for :func:`coverage.snap_grid.make_grid`: how fine the areas are drawn.

    Returns
    -------
    GeoDataFrame
        ``facility_id``, ``minutes``, ``area_m2``, MultiPolygon in EPSG:4326 (empty where others are nearer to
        everybody): one row for each facility on the road and each of the minutes, by facility, then as asked.
    """
    on = np.flatnonzero(field.facilities.on_road)
    ids = [str(field.facility_ids[number]) for number in on for _ in minutes]
    columns: dict[str, list[Any]] = {"facility_id": ids, "minutes": list(minutes) * len(on)}
    if not len(on):
        return nothing(columns, 0).drop(columns="slivers")
    canvas, links = make_canvas(field, cell_m), links_of(field, max(minutes) * 60)
    drawn = [_cut_up(canvas, links, wanted * 60) for wanted in minutes]
    outlines = [areas[k] for k in range(len(on)) for areas in drawn]
    frame = frame_of(columns, outlines, canvas.grid, field.network.crs)
    frame.geometry = _untangled(frame.geometry.to_numpy())
    return frame


def _cut_up(canvas: Canvas, links: Links, limit_s: float) -> list[Outline]:
    """The area of each facility on the road within a limit."""
    field, grid = canvas.field, canvas.grid
    with canvas.room() as room:
        levels = room.levels
        canvas.raise_levels(links, canvas.on_road, limit_s, levels)
        owner = np.full(len(levels.level), -1, dtype=np.int32)
        since = np.full(len(levels.level), np.inf, dtype=np.float32)
        owner_kernels.claim_nodes(grid, field.roads.edges, links, field.access_mps, limit_s, owner, since)
        for number in canvas.on_road:
            walked = canvas.walked(number, limit_s)
            leg = canvas.legs[number], walked, walked * canvas.access_s[number]
            owner_kernels.claim_leg(grid, leg, limit_s, number, owner, since)
        sheet = Sheet(levels.level, levels.slot, owner, grid.columns)
        tiles = np.sort(levels.tiles[: levels.used[0]])
        outline_kernels.settle(sheet, tiles, SMALLEST_PART_CELLS, SMALLEST_HOLE_CELLS, LEAST)
        return _outlines(sheet, tiles, canvas.on_road)


def _outlines(sheet: Sheet, tiles: Int32Array, owners: IntArray) -> list[Outline]:
    """The area of each of some owners; nothing is too small here, as it would be missing from the whole."""
    who, where = np.unique(np.stack(owner_kernels.tiles_of_owners(sheet.owner, tiles)), axis=1)
    begin, end = (np.searchsorted(who, owners, side=side) for side in ("left", "right"))
    sheet.level[sheet.owner >= 0] *= -1
    sheet.slot[tiles] = -1
    made = []
    for number, first, last in zip(owners, begin, end, strict=True):
        own = np.ascontiguousarray(where[first:last])
        sheet.slot[own] = np.arange(len(own))
        owner_kernels.turn(sheet.level, sheet.owner, own, number)
        made.append(outline_kernels.outline(sheet, own, 0.0, 0.0))
        owner_kernels.turn(sheet.level, sheet.owner, own, number)
        sheet.slot[own] = -1
    return made


def _untangled(shapes: npt.NDArray[np.object_]) -> npt.NDArray[np.object_]:
    """The same shapes, valid: where the land of one facility is pinched to a point, its outline meets itself there."""
    pinched = np.flatnonzero(~shapely.is_valid(shapes))
    mended = shapely.orient_polygons(shapely.make_valid(shapes[pinched], method="structure", keep_collapsed=False))
    out = shapes.copy()
    out[pinched] = [shapely.MultiPolygon(shapely.get_parts(shape).tolist()) for shape in mended]
    return out
