"""Service areas as polygons: a picture of what the travel times say, never the count.

The area of m minutes is the set of places whose own travel time is at most m minutes and whose nearest usable road is
at most ``AREA_REACH_M`` away. It is drawn on the snap grid (:mod:`coverage.snap_grid`): each node has the metres that a
walker has left there, and the outline is where they are zero. So

- no area jumps a river: the far bank has its own road, and its own time;
- every reached piece of road is inside, because every square of the grid that it passes is, and so is the leg between a
  facility and its road as far as the time lasts;
- a point inside is within one cell of a place that is reached, or within two and a half of a reached road or leg;
- areas of more minutes hold those of fewer, and none depends on which others were asked for.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from queue import SimpleQueue
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from coverage import area_kernels, link_kernels, outline_kernels
from coverage.area_kernels import NOWHERE, TILE, Levels
from coverage.link_kernels import Links
from coverage.outline_kernels import Outline, Sheet
from coverage.reached import links_of, sites_of
from coverage.snap_grid import SnapGrid, make_grid
from coverage.travel_time import Field
from geo.area import ring_areas_m2
from geo.crs import WGS84, MetricCrs

__all__ = [
    "SMALLEST_HOLE_CELLS", "SMALLEST_PART_CELLS", "Canvas", "areas_of_layer", "areas_per_facility",
    "frame_of", "make_canvas", "nothing",
]  # fmt: skip

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.integer[Any]]

#: Parts and holes of fewer cells than this are not drawn, and counted. A part that small holds no square of the grid,
#: so no reached road; a hole that small holds no other part.
SMALLEST_PART_CELLS, SMALLEST_HOLE_CELLS = 1.0, 2.0
# Areas that are drawn at once.
_THREADS = 2
_NO_OWNER = np.empty(0, dtype=np.int32)


class Room(NamedTuple):
    """Work space of one area after the other in one thread; each leaves it as it found it.

    ``levels``: those of the grid. ``times``: of the network's nodes, inf.
    """

    levels: Levels
    times: FloatArray


@dataclass(frozen=True, eq=False)
class Canvas:
    """What the areas of a field are drawn on.

    Parameters
    ----------
    field
        Facilities and speeds.
    grid
        Of the field's roads.
    legs
        Metric x and y of each facility and of its position on the road; NaN where there is none, shape (f, 4).
    access_s
        Seconds along each leg, shape (f,).
    rooms
        Work space, one for each area that is drawn at once.
    """

    field: Field
    grid: SnapGrid
    legs: FloatArray
    access_s: FloatArray
    rooms: SimpleQueue[Room]

    @property
    def on_road(self) -> IntArray:
        """Numbers of the facilities that reach a road."""
        return np.flatnonzero(self.field.facilities.on_road)

    @contextmanager
    def room(self) -> Iterator[Room]:
        """Work space that nobody else uses, clean again afterwards."""
        room = self.rooms.get()
        try:
            yield room
        finally:
            area_kernels.lower(room.levels)
            self.rooms.put(room)

    def walked(self, number: int, limit_s: float) -> float:
        """Share of the leg of a facility that is walked within a limit."""
        return min(1.0, limit_s / self.access_s[number]) if self.access_s[number] > 0 else 1.0

    def raise_levels(self, links: Links, who: IntArray, limit_s: float, levels: Levels) -> None:
        """Raise what some facilities reach within a limit, and the legs to them."""
        field = self.field
        area_kernels.raise_levels(self.grid, field.roads.edges, links, field.access_mps, limit_s, levels)
        for number in who:
            area_kernels.raise_leg(self.grid, self.legs[number], self.walked(number, limit_s), levels)


def make_canvas(field: Field, cell_m: float | None) -> Canvas:
    """Lay out what the areas of a field need.

    Parameters
    ----------
    field
        Some facility of it is on the road.
    cell_m
        As for :func:`coverage.snap_grid.make_grid`.
    """
    snaps, crs = field.facilities, field.network.crs
    grid = make_grid(field.snapper, cell_m=cell_m)
    on = np.flatnonzero(snaps.on_road)
    legs = np.full((len(snaps.edge), 4), np.nan)
    legs[on] = np.column_stack([crs.forward(field.facility_lonlat[on]), crs.forward(snaps.lonlat[on])])
    rooms = _rooms(grid.nodes // TILE + 1, field.network.nodes)
    return Canvas(field, grid, legs, snaps.access_m / field.access_mps, rooms)


@lru_cache(maxsize=2)
def _rooms(tiles: int, nodes: int) -> SimpleQueue[Room]:
    """Work space for all areas on grids of one size; to clear it anew would take longer than to draw an area."""
    rooms: SimpleQueue[Room] = SimpleQueue()
    for _ in range(_THREADS):
        levels = Levels(
            np.full(tiles * TILE, NOWHERE, dtype=np.float32), np.full(tiles + 1, -1, dtype=np.int32),
            np.zeros(tiles, dtype=np.int32), np.zeros(1, dtype=np.int32),
        )  # fmt: skip
        rooms.put(Room(levels, np.full(nodes, np.inf)))
    return rooms


def areas_of_layer(field: Field, minutes: Sequence[float], *, cell_m: float | None = None) -> gpd.GeoDataFrame:
    """One area per minutes for all facilities together.

    The row of each minutes is the same whichever others are asked for: who has some needs to ask for the new ones only.

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
        ``minutes``, ``area_m2``, ``slivers`` (parts and holes too small to be drawn), MultiPolygon in EPSG:4326 (empty
        where nothing is reached).
    """
    if not field.facilities.on_road.any():
        return nothing({"minutes": list(minutes)}, len(minutes))
    links = links_of(field, max(minutes) * 60)
    canvas = make_canvas(field, cell_m)

    def draw(wanted: float) -> Outline:
        with canvas.room() as room:
            canvas.raise_levels(links, canvas.on_road, wanted * 60, room.levels)
            return _outline(room.levels, canvas.grid)

    with ThreadPoolExecutor(_THREADS) as pool:
        outlines = list(pool.map(draw, minutes))
    return _with_slivers({"minutes": list(minutes)}, outlines, canvas)


def areas_per_facility(field: Field, minutes: Sequence[float], *, cell_m: float | None = None) -> gpd.GeoDataFrame:
    """One area per facility and minutes, for facilities that reach a road.

    Parameters
    ----------
    field
        Facilities and speeds.
    minutes
        Not above the limit of the field.
    cell_m
        As for :func:`coverage.snap_grid.make_grid`: how fine the areas are drawn.

    Returns
    -------
    GeoDataFrame
        ``facility_id``, ``minutes``, ``area_m2``, ``slivers``, MultiPolygon in EPSG:4326, by facility, then as asked.
    """
    if not field.facilities.on_road.any():
        return nothing({"facility_id": [], "minutes": []}, 0)
    canvas, edges = make_canvas(field, cell_m), field.roads.edges
    sites, touching = sites_of(field), _edges_at_nodes(field)
    site_of = np.full(len(field.facility_ids), -1)
    site_of[sites.who] = np.arange(len(sites.who))
    outlines: list[Outline] = []
    numbers: list[int] = []
    with ThreadPoolExecutor(_THREADS) as pool:
        for reach in field.reaches(max(minutes) * 60):

            def draw(number: int, reach: Any = reach) -> list[Outline]:  # noqa: ANN401  # search.Reach, bound now
                rows = slice(*reach.start[number - reach.first :][:2])
                made = []
                with canvas.room() as room:
                    links = link_kernels.links_of_facility(
                        edges, touching, reach.node[rows], reach.seconds[rows], sites, site_of[number], room.times
                    )
                    for wanted in minutes:
                        canvas.raise_levels(links, np.array([number]), wanted * 60, room.levels)
                        made.append(_outline(room.levels, canvas.grid))
                        area_kernels.lower(room.levels)
                return made

            here = np.arange(reach.first, reach.first + reach.sources)
            here = here[site_of[here] >= 0]
            # Block after block, so that no more of them are held than are searched ahead.
            for made in pool.map(draw, here.tolist()):
                outlines += made
            numbers += here.tolist()
    ids = [str(field.facility_ids[number]) for number in numbers for _ in minutes]
    return _with_slivers({"facility_id": ids, "minutes": list(minutes) * len(numbers)}, outlines, canvas)


def _edges_at_nodes(field: Field) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    """Edges by the nodes at their ends: start, shape (nodes + 1,), and edge; a loop stands at its node once."""
    u, v = field.network.u, field.network.v
    other = np.flatnonzero(u != v)
    node, edge = np.concatenate([u, v[other]]), np.concatenate([np.arange(len(u)), other])
    order = np.argsort(node, kind="stable")
    start = np.searchsorted(node[order], np.arange(field.network.nodes + 1))
    return start.astype(np.int32), edge[order].astype(np.int32)


def _outline(levels: Levels, grid: SnapGrid) -> Outline:
    tiles = np.sort(levels.tiles[: levels.used[0]])
    sheet = Sheet(levels.level, levels.slot, _NO_OWNER, grid.columns)
    outline: Outline = outline_kernels.outline(sheet, tiles, SMALLEST_PART_CELLS, SMALLEST_HOLE_CELLS)
    return outline


def _with_slivers(columns: dict[str, list[Any]], outlines: list[Outline], canvas: Canvas) -> gpd.GeoDataFrame:
    frame = frame_of(columns, outlines, canvas.grid, canvas.field.network.crs)
    frame.insert(len(frame.columns) - 1, "slivers", [outline.slivers for outline in outlines])
    return frame


def nothing(columns: dict[str, list[Any]], rows: int) -> gpd.GeoDataFrame:
    """Areas of facilities of which none is on the road."""
    zeros = {**columns, "area_m2": np.zeros(rows), "slivers": np.zeros(rows, dtype=np.int64)}
    return gpd.GeoDataFrame(zeros, geometry=[shapely.MultiPolygon()] * rows, crs=WGS84)


def frame_of(
    columns: dict[str, list[Any]], outlines: list[Outline], grid: SnapGrid, crs: MetricCrs
) -> gpd.GeoDataFrame:
    """Outlines as MultiPolygons in degrees with ``area_m2``, their size on the ellipsoid.

    Parameters
    ----------
    columns
        Further columns, one row per outline.
    outlines, grid, crs
        Polygons in the plane of the grid, and where that lies.
    """
    ring_points, polygon_rings = (
        np.concatenate([getattr(outline, name) for outline in outlines]) for name in ("ring_points", "polygon_rings")
    )
    lonlat = crs.inverse(grid.metric(np.concatenate([outline.xy for outline in outlines])))
    polygons = np.array([len(outline.polygon_rings) for outline in outlines])
    rings = np.array([len(outline.ring_points) for outline in outlines])
    offsets = tuple(np.concatenate([[0], np.cumsum(count)]) for count in (ring_points, polygon_rings, polygons))
    shapes = shapely.from_ragged_array(shapely.GeometryType.MULTIPOLYGON, lonlat, offsets)
    owner = np.repeat(np.arange(len(outlines)), rings)
    area = np.bincount(owner, weights=ring_areas_m2(lonlat, ring_points), minlength=len(outlines))
    return gpd.GeoDataFrame({**columns, "area_m2": np.round(area, 1)}, geometry=shapes, crs=WGS84)
