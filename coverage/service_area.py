"""Service areas as polygons: a picture of what the travel times say, never the count.

The area of m minutes is the set of places whose own travel time is at most m minutes and whose nearest usable road is
at most ``AREA_REACH_M`` away. It is drawn from a grid, one for each network: every cell knows its nearest position on a
usable road; a time there, plus the walk from the cell, gives the time of the cell, and the outline is where time ends.
So no area jumps a river (the far bank has its own road), and areas of more minutes hold those of fewer.
"""

import dataclasses
import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, cast

import contourpy
import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely
from scipy.ndimage import distance_transform_edt

from coverage.reached import RoadPieces, piece_lines, reached_pieces, road_times
from coverage.snap import Snapper
from coverage.travel_time import Field
from geo.crs import GEOD, WGS84, MetricCrs

__all__ = ["AREA_REACH_M", "SnapGrid", "area_reach_m", "areas_of_layer", "areas_per_facility", "make_grid"]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Window = tuple[slice, slice]

#: An area extends this far from a reached road at most, in metres.
AREA_REACH_M = 100.0
#: A strip of this half width, in metres, is drawn along the leg between a facility and its road.
LEG_REACH_M = 20.0
#: A strip of this half width, in metres, is drawn along reached roads, so that an area holds every one of them, even
#: where it is cut between two cells or another road is nearer to the cells.
STRIP_M = 1.0
#: Parts and holes of fewer cells than this are not drawn.
SMALLEST_CELLS = 2.0
# About this many cells for a network, between the finest and the coarsest cell, in metres.
_CELLS = 4_000_000
_FINEST_M, _COARSEST_M = 4.0, 30.0
# Never more cells than this, however coarse they get: it bounds the memory of a province.
_MOST_CELLS = 12_000_000
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
    edge, share
        The positions, shape (samples,).
    """

    cell_m: float
    x_m: FloatArray
    y_m: FloatArray
    sample: npt.NDArray[np.int32]
    distance_m: npt.NDArray[np.float32]
    edge: IntArray
    share: FloatArray


@dataclass(frozen=True)
class _GridKey:
    """What a grid depends on; the snapper only carries it."""

    network: str
    edges: bytes
    max_snap_m: float
    snapper: Snapper = dataclasses.field(compare=False)


def area_reach_m(snapper: Snapper) -> float:
    """How far from a reached road an area extends, in metres: no farther than places may lie from the road."""
    return min(AREA_REACH_M, snapper.max_snap_m)


def make_grid(snapper: Snapper) -> SnapGrid:
    """Lay a grid over the roads that places may be snapped to.

    The last few are kept, because all minutes, kinds and facilities of one profile share it.
    """
    component = snapper.edge_component()
    allowed = (component >= 0) & ~snapper.left_islands()[component]
    return _grid(_GridKey(snapper.network.key, np.packbits(allowed).tobytes(), snapper.max_snap_m, snapper))


@lru_cache(maxsize=3)
def _grid(key: _GridKey) -> SnapGrid:
    snapper = key.snapper
    edges = np.flatnonzero(np.unpackbits(np.frombuffer(key.edges, dtype=np.uint8)))
    lines = snapper.network.lines[edges]
    west, south, east, north = shapely.total_bounds(lines)
    # Facilities and the legs to them lie inside.
    margin = max(AREA_REACH_M, snapper.max_snap_m) + 2 * _COARSEST_M
    width, height = east - west + 2 * margin, north - south + 2 * margin
    cell = min(max(math.sqrt(width * height / _CELLS), _FINEST_M), _COARSEST_M)
    cell = max(cell, math.sqrt(width * height / _MOST_CELLS))
    columns, rows = int(width / cell) + 2, int(height / cell) + 2
    x_m, y_m = west - margin + cell * np.arange(columns), south - margin + cell * np.arange(rows)
    edge, share, xy = _samples(edges, lines, cell * 0.9)
    column = np.rint((xy[:, 0] - x_m[0]) / cell).astype(np.int64)
    row = np.rint((xy[:, 1] - y_m[0]) / cell).astype(np.int64)
    label = np.full((rows, columns), -1, dtype=np.int32)
    label[row, column] = np.arange(len(edge), dtype=np.int32)
    nearest = distance_transform_edt(label < 0, return_distances=False, return_indices=True)
    sample = label[nearest[0], nearest[1]]
    distance = np.hypot(xy[sample, 0] - x_m[None, :], xy[sample, 1] - y_m[:, None])
    sample[distance > area_reach_m(snapper) + 2 * cell] = -1
    return SnapGrid(cell, x_m, y_m, sample, distance.astype(np.float32), edge, share)


def _samples(edges: IntArray, lines: npt.NDArray[np.object_], step_m: float) -> tuple[IntArray, FloatArray, FloatArray]:
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
    if not field.facilities.on_road.any():
        return _frame({"minutes": list(minutes)}, [shapely.MultiPolygon()] * len(minutes), field.network.crs)
    grid = make_grid(field.snapper)
    whole = (slice(0, len(grid.y_m)), slice(0, len(grid.x_m)))
    limits_s = np.array(minutes) * 60
    part = _part_of(grid, whole, field, field.node_s, np.flatnonzero(field.facilities.on_road), limits_s)
    # GEOS and contourpy release the interpreter's lock.
    with ThreadPoolExecutor(max_workers=2) as pool:
        polygons = list(
            pool.map(lambda band: _area(part, field, band, minutes[band] * 60), reversed(range(len(minutes))))
        )
    polygons.reverse()
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
    if not field.facilities.on_road.any():
        return _frame({"facility_id": [], "minutes": []}, [], field.network.crs)
    grid = make_grid(field.snapper)
    limits_s = np.array(minutes) * 60
    ids: list[str] = []
    polygons: list[shapely.MultiPolygon] = []
    for number, node_s in field.each():
        if not field.facilities.on_road[number]:
            continue
        window = _window(grid, field, number, minutes[-1] * 60)
        part = _part_of(grid, window, field, node_s, np.array([number]), limits_s)
        polygons += [_area(part, field, band, limit) for band, limit in enumerate(limits_s)]
        ids += [str(field.facility_ids[number])] * len(minutes)
    columns: dict[str, list[Any]] = {"facility_id": ids, "minutes": list(minutes) * (len(ids) // len(minutes))}
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
    who
        Numbers of the facilities.
    pieces, lines
        Roads that they reach within the largest limit, and the same in metres.
    """

    grid: SnapGrid
    window: Window
    seconds: FloatArray
    who: IntArray
    pieces: RoadPieces
    lines: npt.NDArray[np.object_]


def _part_of(
    grid: SnapGrid, window: Window, field: Field, node_s: FloatArray, who: IntArray, limits_s: FloatArray
) -> _Part:
    cells = grid.sample[window]
    near = cells >= 0
    facilities = field.facilities.take(who)
    if cells.size == grid.sample.size:
        # The whole grid: each position once, not once per cell.
        times = road_times(field, node_s, facilities, grid.edge, grid.share)
        seconds = np.where(near, times[cells], np.inf)
    else:
        which = cells[near]
        seconds = np.full(cells.shape, np.inf)
        seconds[near] = road_times(field, node_s, facilities, grid.edge[which], grid.share[which])
    pieces = reached_pieces(field, node_s, facilities, limits_s)
    return _Part(grid, window, seconds, who, pieces, piece_lines(field.network, pieces, field.network.xy))


def _area(part: _Part, field: Field, band: int, limit_s: float) -> shapely.MultiPolygon:
    """The area of one limit in metric coordinates. A larger limit raises the level everywhere, so areas are nested."""
    grid, window = part.grid, part.window
    away = grid.distance_m[window].astype(np.float64)
    # Metres that are left to walk, and metres until the road is too far; the outline is where the smaller one is zero.
    left = (limit_s - part.seconds) * field.access_mps - away
    level = np.clip(np.minimum(left, area_reach_m(field.snapper) - away), -grid.cell_m, grid.cell_m)
    _draw_legs(level, part, field, limit_s)
    generator = contourpy.contour_generator(
        grid.x_m[window[1]], grid.y_m[window[0]], level, name="serial", fill_type=contourpy.FillType.OuterOffset
    )
    rings, offsets = cast("tuple[list[FloatArray], list[IntArray]]", generator.filled(0.0, _NO_UPPER))
    smallest = SMALLEST_CELLS * grid.cell_m**2
    parts = []
    for points, at in zip(rings, offsets, strict=True):
        shell, *holes = (shapely.LinearRing(points[at[k] : at[k + 1]]) for k in range(len(at) - 1))
        if shapely.Polygon(shell).area >= smallest:
            parts.append(shapely.Polygon(shell, [hole for hole in holes if shapely.Polygon(hole).area >= smallest]))
    return _with_strips(shapely.MultiPolygon(parts), part.lines[part.pieces.band <= band])


def _with_strips(area: shapely.MultiPolygon, lines: npt.NDArray[np.object_]) -> shapely.MultiPolygon:
    """The area and a narrow strip along each line; only strips that reach its outline or beyond change anything."""
    if not len(lines):
        return area
    outline = shapely.get_parts(shapely.boundary(area))
    pairs, ring = shapely.get_coordinates(outline, return_index=True)
    follows = ring[1:] == ring[:-1]
    segments = shapely.linestrings(np.stack([pairs[:-1][follows], pairs[1:][follows]], axis=1))
    at_outline = np.unique(shapely.STRtree(segments).query(lines, predicate="dwithin", distance=STRIP_M)[0])
    shapely.prepare(area)
    first = shapely.get_coordinates(shapely.get_point(lines, 0))
    outside = np.flatnonzero(~shapely.contains_xy(area, first[:, 0], first[:, 1]))
    strips = shapely.buffer(lines[np.union1d(at_outline, outside)], STRIP_M, quad_segs=4)
    # Strips first, in groups that touch: the large area is overlaid once only.
    whole = shapely.union(area, shapely.disjoint_subset_union_all(strips))
    return whole if isinstance(whole, shapely.MultiPolygon) else shapely.MultiPolygon([whole])


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


def _frame(columns: dict[str, list[Any]], polygons: list[shapely.MultiPolygon], crs: MetricCrs) -> gpd.GeoDataFrame:
    """Areas in degrees, with their size on the ellipsoid."""
    lonlat = [shapely.orient_polygons(shapely.transform(polygon, crs.inverse)) for polygon in polygons]
    area = [abs(GEOD.geometry_area_perimeter(polygon)[0]) if not polygon.is_empty else 0.0 for polygon in lonlat]
    return gpd.GeoDataFrame({**columns, "area_m2": np.round(area, 1)}, geometry=lonlat, crs=WGS84)
