"""Service areas as polygons: a picture of what the travel times say, never the count.

The area of m minutes is the set of places whose own travel time is at most m minutes and whose nearest usable road is at
most ``AREA_REACH_M`` away. It is drawn from a grid, one for each network: every cell knows its nearest position on a
usable road; a time there, plus the walk from the cell, gives the time of the cell, and the outline is where time ends.
So no area jumps a river (the far bank has its own road), and areas of more minutes hold those of fewer.
"""

import dataclasses
import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import contourpy
import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely
from scipy.ndimage import distance_transform_edt, maximum_filter

from coverage.reached import road_times
from coverage.search import TIE_S
from coverage.snap import Snapper
from coverage.travel_time import Field
from geo.crs import GEOD, WGS84, MetricCrs

__all__ = ["AREA_REACH_M", "SnapGrid", "areas_of_layer", "areas_per_facility", "make_grid"]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Window = tuple[slice, slice]

#: An area extends this far from a reached road at most, in metres.
AREA_REACH_M = 100.0
#: A strip of this half width, in metres, is drawn along the leg between a facility and its road.
LEG_REACH_M = 20.0
#: Cells nearer than this to a reached road are inside, in cells: enough for the outline to hold every reached position.
ROAD_REACH_CELLS = 1.25
#: Parts and holes of fewer cells than this are not drawn.
SMALLEST_CELLS = 2.0
# About this many cells for a network, between the finest and the coarsest cell, in metres.
_CELLS = 4_000_000
_FINEST_M, _COARSEST_M = 2.5, 30.0
# Upper level of a filled contour that has none.
_NO_UPPER = 1e18


@dataclass(frozen=True, eq=False)
class SnapGrid:
    """For each cell the nearest position on a usable road.

    Parameters
    ----------
    cell_m
        Distance of cells.
    x_m, y_m
        Metric coordinates of columns and rows, shapes (columns,) and (rows,).
    sample
        Position that is nearest to each cell, -1 where it is too far to matter, shape (rows, columns).
    distance_m
        Distance to it, shape (rows, columns).
    edge, share, xy
        The positions, and where they are in metres, shapes (samples,) and (samples, 2); sorted by row of the grid.
    row, column
        Cell of each position, shape (samples,).
    """

    cell_m: float
    x_m: FloatArray
    y_m: FloatArray
    sample: npt.NDArray[np.int32]
    distance_m: npt.NDArray[np.float32]
    edge: IntArray
    share: FloatArray
    xy: FloatArray
    row: IntArray
    column: IntArray


@dataclass(frozen=True)
class _GridKey:
    """What a grid depends on; the snapper only carries it."""

    network: str
    edges: bytes
    snapper: Snapper = dataclasses.field(compare=False)


def make_grid(snapper: Snapper) -> SnapGrid:
    """Lay a grid over the roads that places may be snapped to.

    The last few are kept, because all minutes, kinds and facilities of one profile share it.
    """
    component = snapper.edge_component()
    allowed = (component >= 0) & ~snapper.left_islands()[component]
    return _grid(_GridKey(snapper.network.key, np.packbits(allowed).tobytes(), snapper))


@lru_cache(maxsize=3)
def _grid(key: _GridKey) -> SnapGrid:
    snapper = key.snapper
    edges = np.flatnonzero(np.unpackbits(np.frombuffer(key.edges, dtype=np.uint8)))
    lines = snapper.network.lines[edges]
    west, south, east, north = shapely.total_bounds(lines)
    margin = AREA_REACH_M + 2 * _COARSEST_M
    width, height = east - west + 2 * margin, north - south + 2 * margin
    cell = min(max(math.sqrt(width * height / _CELLS), _FINEST_M), _COARSEST_M)
    columns, rows = int(width / cell) + 2, int(height / cell) + 2
    x_m, y_m = west - margin + cell * np.arange(columns), south - margin + cell * np.arange(rows)
    edge, share, xy = _samples(edges, lines, cell * 0.9)
    column = np.rint((xy[:, 0] - x_m[0]) / cell).astype(np.int64)
    row = np.rint((xy[:, 1] - y_m[0]) / cell).astype(np.int64)
    order = np.argsort(row, kind="stable")
    edge, share, xy, row, column = edge[order], share[order], xy[order], row[order], column[order]
    label = np.full((rows, columns), -1, dtype=np.int32)
    label[row, column] = np.arange(len(edge), dtype=np.int32)
    nearest = distance_transform_edt(label < 0, return_distances=False, return_indices=True)
    sample = label[nearest[0], nearest[1]]
    distance = np.hypot(xy[sample, 0] - x_m[None, :], xy[sample, 1] - y_m[:, None])
    sample[distance > AREA_REACH_M + 2 * cell] = -1
    return SnapGrid(cell, x_m, y_m, sample, distance.astype(np.float32), edge, share, xy, row, column)


def _samples(
    edges: IntArray, lines: npt.NDArray[np.object_], step_m: float
) -> tuple[IntArray, FloatArray, FloatArray]:
    """Positions along the edges, at most ``step_m`` apart: edge, share, metric place."""
    xy, owner = shapely.get_coordinates(shapely.segmentize(lines, step_m), return_index=True)
    step = np.concatenate([[0.0], np.hypot(*np.diff(xy, axis=0).T)])
    first = np.concatenate([[True], owner[1:] != owner[:-1]])
    step[first] = 0.0
    total = np.cumsum(step)
    along = total - total[np.flatnonzero(first)][owner]
    length = shapely.length(lines)[owner]
    share = np.clip(np.divide(along, length, out=np.zeros(len(along)), where=length > 0), 0.0, 1.0)
    return edges[owner], share, xy


def areas_of_layer(field: Field, minutes: tuple[float, ...]) -> gpd.GeoDataFrame:
    """One area per minutes for all facilities together.

    Parameters
    ----------
    field
        Facilities, speeds, and times at the nodes.
    minutes
        Rising.

    Returns
    -------
    GeoDataFrame
        ``minutes``, ``area_m2``, MultiPolygon in EPSG:4326 (empty where nothing is reached).
    """
    grid = make_grid(field.snapper)
    whole = (slice(0, len(grid.y_m)), slice(0, len(grid.x_m)))
    part = _part_of(grid, whole, field, field.node_s, np.flatnonzero(field.facilities.on_road))
    polygons = [_area(part, field, m * 60) for m in minutes]
    return _frame({"minutes": list(minutes)}, polygons, field.network.crs)


def areas_per_facility(field: Field, minutes: tuple[float, ...]) -> gpd.GeoDataFrame:
    """One area per facility and minutes, for facilities that reach a road.

    Parameters
    ----------
    field
        Facilities and speeds.
    minutes
        Rising.

    Returns
    -------
    GeoDataFrame
        ``facility_id``, ``minutes``, ``area_m2``, MultiPolygon in EPSG:4326, sorted by both.
    """
    grid = make_grid(field.snapper)
    ids: list[str] = []
    polygons: list[shapely.MultiPolygon] = []
    for number, node_s in field.each():
        if not field.facilities.on_road[number]:
            continue
        window = _window(grid, field, number, minutes[-1] * 60)
        part = _part_of(grid, window, field, node_s, np.array([number]))
        polygons += [_area(part, field, m * 60) for m in minutes]
        ids += [str(field.facility_ids[number])] * len(minutes)
    columns = {"facility_id": ids, "minutes": list(minutes) * (len(ids) // len(minutes))}
    return _frame(columns, polygons, field.network.crs)


def _window(grid: SnapGrid, field: Field, number: int, limit_s: float) -> Window:
    """The part of the grid that one facility can reach."""
    reach = field.fastest_mps() * limit_s + AREA_REACH_M + 2 * LEG_REACH_M + 2 * grid.cell_m
    x, y = field.network.crs.forward(field.facility_lonlat[number : number + 1])[0]
    columns = np.searchsorted(grid.x_m, [x - reach, x + reach])
    rows = np.searchsorted(grid.y_m, [y - reach, y + reach])
    return slice(int(rows[0]), int(rows[1])), slice(int(columns[0]), int(columns[1]))


@dataclass(frozen=True, eq=False)
class _Part:
    """A window of the grid with the times of some facilities.

    Parameters
    ----------
    seconds
        Time at the nearest road position of each cell, shape of the window.
    samples, sample_s
        Positions in the window and their times, shape (k,).
    who
        Numbers of the facilities.
    """

    grid: SnapGrid
    window: Window
    seconds: FloatArray
    samples: IntArray
    sample_s: FloatArray
    who: IntArray


def _part_of(grid: SnapGrid, window: Window, field: Field, node_s: FloatArray, who: IntArray) -> _Part:
    rows, columns = window
    first, last = np.searchsorted(grid.row, [rows.start, rows.stop])
    inside = (grid.column[first:last] >= columns.start) & (grid.column[first:last] < columns.stop)
    samples = first + np.flatnonzero(inside)
    cells = grid.sample[window]
    # Cells at the rim have their nearest position outside the window.
    needed = np.union1d(samples, cells[cells >= 0])
    times = np.full(len(grid.edge), np.inf)
    times[needed] = road_times(field, node_s, field.facilities.take(who), grid.edge[needed], grid.share[needed])
    seconds = np.where(cells >= 0, times[cells], np.inf)
    return _Part(grid, window, seconds, samples, times[samples], who)


def _area(part: _Part, field: Field, limit_s: float) -> shapely.MultiPolygon:
    """The area of one limit in metric coordinates. A larger limit raises the level everywhere, so areas are nested."""
    grid, window = part.grid, part.window
    away = grid.distance_m[window].astype(np.float64)
    # Metres that are left to walk, and metres until the road is too far; the outline is where the smaller one is zero.
    left = (limit_s - part.seconds) * field.access_mps - away
    level = np.clip(np.minimum(left, AREA_REACH_M - away), -grid.cell_m, grid.cell_m)
    _draw_roads(level, part, limit_s)
    _draw_legs(level, part, field, limit_s)
    generator = contourpy.contour_generator(
        grid.x_m[window[1]], grid.y_m[window[0]], level, name="serial", fill_type=contourpy.FillType.OuterOffset
    )
    rings, offsets = generator.filled(0.0, _NO_UPPER)
    smallest = SMALLEST_CELLS * grid.cell_m**2
    parts = []
    for points, at in zip(rings, offsets, strict=True):
        shell, *holes = (shapely.LinearRing(points[at[k] : at[k + 1]]) for k in range(len(at) - 1))
        if shapely.Polygon(shell).area >= smallest:
            parts.append(shapely.Polygon(shell, [hole for hole in holes if shapely.Polygon(hole).area >= smallest]))
    return shapely.MultiPolygon(parts)


def _draw_roads(level: FloatArray, part: _Part, limit_s: float) -> None:
    """Raise the level beside reached positions, so that the outline holds all of them, at cut ends and beside other roads."""
    grid, (rows, columns) = part.grid, part.window
    row, column = grid.row[part.samples] - rows.start, grid.column[part.samples] - columns.start
    open_cells = maximum_filter(level < grid.cell_m, size=5, mode="nearest")
    who = np.flatnonzero((part.sample_s <= limit_s + TIE_S) & open_cells[row, column])
    place = grid.xy[part.samples[who]]
    for down in range(-2, 3):
        for right in range(-2, 3):
            to_row, to_column = row[who] + down, column[who] + right
            inside = (to_row >= 0) & (to_row < level.shape[0]) & (to_column >= 0) & (to_column < level.shape[1])
            to_row, to_column = to_row[inside], to_column[inside]
            away = np.hypot(
                grid.x_m[to_column + columns.start] - place[inside, 0], grid.y_m[to_row + rows.start] - place[inside, 1]
            )
            raised = np.clip(ROAD_REACH_CELLS * grid.cell_m - away, -grid.cell_m, grid.cell_m)
            np.maximum.at(level, (to_row, to_column), raised)


def _draw_legs(level: FloatArray, part: _Part, field: Field, limit_s: float) -> None:
    """Raise the level along the legs between facilities and the road, as far as the time lasts."""
    grid, window, who = part.grid, part.window, part.who
    place = field.network.crs.forward(field.facility_lonlat[who])
    road = field.network.crs.forward(field.facilities.lonlat[who])
    access_m = field.facilities.access_m[who]
    walked = np.minimum(1.0, np.divide(limit_s * field.access_mps, access_m, out=np.ones(len(who)), where=access_m > 0))
    end = place + walked[:, None] * (road - place)
    reach = max(LEG_REACH_M, 1.5 * grid.cell_m)
    x_m, y_m = grid.x_m[window[1]], grid.y_m[window[0]]
    low, high = np.minimum(place, end) - reach - grid.cell_m, np.maximum(place, end) + reach + grid.cell_m
    for number in range(len(who)):
        columns = slice(*np.searchsorted(x_m, [low[number, 0], high[number, 0]]))
        rows = slice(*np.searchsorted(y_m, [low[number, 1], high[number, 1]]))
        x, y = np.meshgrid(x_m[columns], y_m[rows])
        leg = shapely.LineString([place[number], end[number]])
        distance = shapely.distance(leg, shapely.points(x, y))
        np.maximum(level[rows, columns], np.clip(reach - distance, -grid.cell_m, grid.cell_m), out=level[rows, columns])


def _frame(
    columns: dict[str, list[Any]], polygons: list[shapely.MultiPolygon], crs: MetricCrs
) -> gpd.GeoDataFrame:
    """Areas in degrees, with their size on the ellipsoid."""
    lonlat = [shapely.orient_polygons(shapely.transform(polygon, crs.inverse)) for polygon in polygons]
    area = [abs(GEOD.geometry_area_perimeter(polygon)[0]) if not polygon.is_empty else 0.0 for polygon in lonlat]
    return gpd.GeoDataFrame({**columns, "area_m2": np.round(area, 1)}, geometry=lonlat, crs=WGS84)
