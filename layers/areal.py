"""People of polygons spread over a grid, and none lost: areal weighting with whole people kept whole.

Each polygon keeps its people. Land that two polygons claim belongs to the one with the smaller id, so that no land
holds people twice; the people of the other are spread over the rest of its land.
"""

import dataclasses
import math
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.crs import WGS84, MetricCrs, metric_crs
from geo.errors import RequestError
from geo.findings import Finding
from geo.repair import area_m2, between, together
from layers._people_words import AGE_COLUMNS
from layers.inside import has_polygons
from layers.layer import Layer
from layers.levels import smallest

__all__ = ["FINEST_M", "MOST_PIECES", "apportion", "cut_by_units", "split"]

FloatArray = npt.NDArray[np.float64]
ShapeArray = npt.NDArray[np.object_]

#: Sides of a cell of the grid that may be asked for, in metres.
FINEST_M, COARSEST_M = 10.0, 100_000.0
#: Most pieces that a layer is split into; memory and time of a run go with them.
MOST_PIECES = 500_000
#: Pieces of polygons below this are left over from cutting, in square metres: nobody lives on them.
SLIVER_M2 = 1.0
_AREAL = 2
# Below this two shares of a person are equal: the order of cells decides then, not the last bit of an area.
_SHARE_DECIMALS = 6
# Steps of the golden ratio go through the cells evenly, so that single people do not all land in the first ones.
_GOLDEN = (math.sqrt(5) - 1) / 2


def apportion(value: float, shares: FloatArray, most: FloatArray | None = None) -> FloatArray:
    """Divide a number in proportion to shares so that the parts add up to it exactly.

    Parameters
    ----------
    value
        A whole number is divided into whole numbers (largest remainder); any other as it comes, the largest part
        taking the last bits.
    shares
        Not negative, at least one above 0, shape (n,).
    most
        No part of a whole number is above its own limit, shape (n,); without effect where the limits have no room.

    Returns
    -------
    ndarray of float64, shape (n,)
        ``math.fsum`` of it is ``value``.

    Examples
    --------
    >>> apportion(10, np.array([1.0, 1.0, 1.0])).tolist()
    [4.0, 3.0, 3.0]
    >>> apportion(0.5, np.array([3.0, 1.0])).tolist()
    [0.375, 0.125]
    """
    ideal = value * (shares / math.fsum(shares))
    if not float(value).is_integer():
        return _exact(ideal, value)
    limit = np.full(len(shares), math.inf)
    if most is not None and math.fsum(room := np.maximum(np.floor(most), 0.0)) >= value:
        limit = room
    whole: FloatArray = np.minimum(np.floor(ideal), limit)
    place = np.arange(len(shares)) * _GOLDEN % 1.0
    while (missing := round(value - math.fsum(whole))) > 0:
        rest = np.round(ideal - whole, _SHARE_DECIMALS)
        order = np.lexsort((place, -rest))
        whole[order[(whole < limit)[order]][:missing]] += 1
    return whole


def _exact(parts: FloatArray, value: float) -> FloatArray:
    """The parts with the largest changed by last bits, so that their sum is the value."""
    largest = int(np.argmax(parts))
    for _ in range(4):
        off = value - math.fsum(parts)
        if off == 0:
            break
        parts[largest] += off
    return parts


@dataclass(frozen=True, eq=False)
class _Land:
    """Polygons in metres, without land that is another's, and what was found while that was settled."""

    shapes: ShapeArray
    findings: tuple[Finding, ...]


def split(demand: Layer, cell_m: float, *, units: Layer | None = None, columns: tuple[str, ...] = AGE_COLUMNS) -> Layer:
    """The polygons of a layer cut into the cells of a grid, their people divided by area.

    Parameters
    ----------
    demand
        Layer of kind ``demand``; points stay as they are.
    cell_m
        Side of a cell. Cells start at whole multiples of it in the metric system of the layer.
    units
        Also cut where units meet, so that each piece lies in one unit or in none.
    columns
        Numbers that are divided; other columns are copied. Ages stay parts of each other (60+ never above all).

    Returns
    -------
    Layer
        Ids are ``<demand_id>#<n>``, from the south-west. Pieces add up to their polygon: exactly, and in whole people
        where it has whole people.

    Raises
    ------
    RequestError
        When the side of a cell is out of range, or there would be more than :data:`MOST_PIECES`.

    Examples
    --------
    >>> from layers.layer import QualityReport, Source
    >>> frame = gpd.GeoDataFrame({"demand_id": ["v"], "name": ["v"], "pop": [7.0], "row": [2]},
    ...                          geometry=[shapely.box(114, 30, 114.01, 30.01)], crs=4326)
    >>> pieces = split(Layer("demand", frame, "wgs84", Source("a.csv", ""), QualityReport((), 1, 1)), 500).frame
    >>> pieces["demand_id"].iloc[0], float(pieces["pop"].sum()), bool((pieces["pop"] % 1 == 0).all())
    ('v#1', 7.0, True)
    """
    if not (math.isfinite(cell_m) and FINEST_M <= cell_m <= COARSEST_M):
        raise RequestError("bad_grid", given=f"{cell_m:g}", least=f"{FINEST_M:g}", most=f"{COARSEST_M:g}")
    frame = demand.frame
    areal = np.flatnonzero(shapely.get_dimensions(frame.geometry.to_numpy()) == _AREAL)
    if not len(areal):
        return _told(demand, (Finding("grid_without_polygons", "warn", facts={"count": len(frame)}),))
    west, south, east, north = (float(value) for value in frame.geometry.iloc[areal].total_bounds)
    metric = metric_crs((west, south, east, north))
    land = _settled(frame, areal, metric)
    expected = sum(shapely.area(shape) / cell_m**2 for shape in land.shapes)
    if expected > MOST_PIECES:
        raise RequestError("grid_too_fine", given=f"{cell_m:g}", pieces=round(expected), most=MOST_PIECES)
    borders = _borders(units, metric)
    pieces = [_pieces(_in_cells(shape, cell_m), shape, borders) for shape in land.shapes]
    out = _pieces_of(frame, areal, pieces, metric, tuple(name for name in columns if name in frame))
    findings = (*land.findings, *_outside(demand, out, units))
    told = Finding("demand_split", "info", facts={
        "count": len(areal), "pieces": sum(map(len, pieces)), "cell_m": f"{cell_m:g}", "crs": metric.name})  # fmt: skip
    # Rows of the report are rows of the file: pieces are no rows that were read.
    return _told(dataclasses.replace(demand, frame=out), (told, *findings))


def cut_by_units(demand: Layer, units: Layer, *, columns: tuple[str, ...] = AGE_COLUMNS) -> Layer:
    """The polygons of a layer cut where units meet, their people divided by area; as :func:`split` without a grid.

    Parameters
    ----------
    demand
        Layer of kind ``demand``; points, and polygons in one unit or in none, stay as they are.
    units
        Those with polygons.
    columns
        Numbers that are divided.
    """
    frame = demand.frame
    areal = np.flatnonzero(shapely.get_dimensions(frame.geometry.to_numpy()) == _AREAL)
    if not len(areal) or not has_polygons(units):
        return demand
    west, south, east, north = (float(value) for value in frame.geometry.iloc[areal].total_bounds)
    metric = metric_crs((west, south, east, north))
    borders = _borders(units, metric)
    pieces = [_pieces([shape], shape, borders) for shape in _metres(frame.geometry.to_numpy()[areal], metric)]
    crossing = [number for number, cut in enumerate(pieces) if len(cut) > 1]
    if not crossing:
        return demand
    names = tuple(name for name in columns if name in frame)
    out = _pieces_of(frame, areal[crossing], [pieces[number] for number in crossing], metric, names)
    facts = {"count": len(crossing), "pieces": sum(len(pieces[number]) for number in crossing)}
    return _told(dataclasses.replace(demand, frame=out), (Finding("cut_by_units", "info", facts=facts),))


def _told(layer: Layer, findings: tuple[Finding, ...]) -> Layer:
    quality = dataclasses.replace(layer.quality, findings=(*findings, *layer.quality.findings))
    return dataclasses.replace(layer, quality=quality)


def _metres(shapes: ShapeArray, metric: MetricCrs) -> ShapeArray:
    moved: ShapeArray = np.asarray(shapely.transform(shapes, metric.forward), dtype=object)
    return np.array([shape if shape.is_valid else shapely.make_valid(shape) for shape in moved], dtype=object)


def _settled(frame: gpd.GeoDataFrame, areal: npt.NDArray[np.int64], metric: MetricCrs) -> _Land:
    """Land of each polygon; what two claim goes to the smaller id, unless that leaves the other without any."""
    ids = frame["demand_id"].astype(str).to_numpy()[areal]
    rows = frame["row"].to_numpy()[areal]
    order = np.argsort(ids, kind="stable")
    given = np.array(frame.geometry.to_numpy()[areal], dtype=object)[order]
    shapes, findings = _metres(given, metric), []
    if not shapely.coverage_is_valid(given):
        found = between(given)
        for (first, second), area in zip(found.pairs.tolist(), found.overlap_m2.tolist(), strict=True):
            rest = _only_areas(shapely.difference(shapes[second], shapes[first]))
            facts = {"id": ids[order][first], "other": ids[order][second], "area_m2": f"{area:.0f}"}
            if shapely.area(rest) < SLIVER_M2:
                findings.append(Finding("demand_inside_other", "warn", int(rows[order][second]), facts=facts))
            else:
                shapes[second] = rest
                findings.append(Finding("demand_overlap", "warn", int(rows[order][second]), facts=facts))
        for area, beside in zip(found.gap_m2.tolist(), found.beside, strict=True):
            around = ", ".join(str(ids[order][one]) for one in beside[:4])
            findings.append(Finding("demand_gap", "warn", facts={"ids": around, "area_m2": f"{area:.0f}"}))
    back = np.empty(len(areal), dtype=object)
    back[order] = shapes
    return _Land(back, tuple(findings))


def _only_areas(shape: shapely.Geometry) -> shapely.Geometry:
    """The polygons of a shape; an intersection of two may have lines and points beside them."""
    parts = [part for part in shapely.get_parts(shape, return_index=False) if part.geom_type == "Polygon"]
    return shape if shape.geom_type in ("Polygon", "MultiPolygon") else shapely.union_all(parts)


@dataclass(frozen=True, eq=False)
class _Borders:
    """Polygons of units in metres, in order of their codes, and the index to find them by."""

    shapes: ShapeArray
    tree: shapely.STRtree


def _borders(units: Layer | None, metric: MetricCrs) -> _Borders | None:
    """The smallest units; None without."""
    if units is None or not has_polygons(units):
        return None
    frame = smallest(units).frame.sort_values("unit_code", kind="stable")
    shapes = frame.geometry.to_numpy()
    land = _metres(np.array(shapes[shapely.get_dimensions(shapes) == _AREAL], dtype=object), metric)
    return _Borders(land, shapely.STRtree(land))


def _in_cells(shape: shapely.Geometry, cell_m: float) -> list[shapely.Geometry]:
    """Pieces of one polygon by cell, from the south-west."""
    west, south, east, north = shapely.bounds(shape)
    columns = np.arange(math.floor(west / cell_m), math.ceil(east / cell_m))
    rows = np.arange(math.floor(south / cell_m), math.ceil(north / cell_m))
    shapely.prepare(shape)
    pieces: list[shapely.Geometry] = []
    for row in rows:  # one row at a time: a long thin polygon has a box of many empty cells
        boxes = shapely.box(columns * cell_m, row * cell_m, (columns + 1) * cell_m, (row + 1) * cell_m)
        inside = shapely.contains_properly(shape, boxes)
        touched = shapely.intersects(shape, boxes) & ~inside
        parts = boxes.copy()
        parts[touched] = shapely.intersection(boxes[touched], shape)
        pieces.extend(parts[inside | touched])
    return pieces


def _pieces(pieces: list[shapely.Geometry], shape: shapely.Geometry, borders: _Borders | None) -> ShapeArray:
    """Pieces of one polygon cut by unit, with what is in no unit behind; never none."""
    if borders is not None:
        in_one = set(borders.tree.query(pieces, predicate="covered_by")[0].tolist())
        pieces = [
            part
            for number, piece in enumerate(pieces)
            for part in ([piece] if number in in_one else _by_unit(piece, borders))
        ]
    kept = [_only_areas(piece) for piece in pieces]
    whole = np.array([piece for piece in kept if shapely.area(piece) >= SLIVER_M2], dtype=object)
    return whole if len(whole) else np.array([shape], dtype=object)


def _by_unit(piece: shapely.Geometry, borders: _Borders) -> list[shapely.Geometry]:
    """Parts of a piece in each unit; land of two units is in the first."""
    parts, rest = [], piece
    for hit in sorted(borders.tree.query(piece, predicate="intersects").tolist()):
        parts.append(shapely.intersection(rest, borders.shapes[hit]))
        rest = shapely.difference(rest, borders.shapes[hit])
    return [*parts, rest]


def _pieces_of(
    frame: gpd.GeoDataFrame,
    areal: npt.NDArray[np.int64],
    pieces: list[ShapeArray],
    metric: MetricCrs,
    columns: tuple[str, ...],
) -> gpd.GeoDataFrame:
    """The rows of the pieces, each polygon's in its place among the others."""
    by_row = dict(zip(areal.tolist(), pieces, strict=True))
    counts = np.array([len(by_row[row]) if row in by_row else 1 for row in range(len(frame))])
    source = np.repeat(np.arange(len(frame)), counts)
    out = frame.iloc[source].reset_index(drop=True)
    start = np.cumsum(counts) - counts
    ids, shapes = out["demand_id"].astype(str).to_numpy(dtype=object), out.geometry.to_numpy().copy()
    numbers = {name: out[name].to_numpy(dtype=np.float64, na_value=np.nan).copy() for name in columns}
    for row, cut in by_row.items():
        own = slice(int(start[row]), int(start[row] + counts[row]))
        ids[own] = [f"{ids[start[row]]}#{n}" for n in range(1, len(cut) + 1)]
        shapes[own] = shapely.transform(cut, metric.inverse)
        divided = _divided({name: float(frame[name].iloc[row]) for name in columns}, shapely.area(cut))
        for name, parts in divided.items():
            numbers[name][own] = parts
    out["demand_id"] = pd.Series(ids, dtype="str")
    for name, parts in numbers.items():
        out[name] = parts
    return gpd.GeoDataFrame(out.drop(columns="geometry"), geometry=shapes, crs=WGS84)


def _divided(people: dict[str, float], area: FloatArray) -> dict[str, FloatArray]:
    """Numbers of each piece; a blank stays blank. Ages that are parts of each other stay so in each piece."""
    out: dict[str, FloatArray] = {}
    holding: FloatArray | None = None
    for name in sorted(people, key=lambda name: AGE_COLUMNS.index(name) if name in AGE_COLUMNS else -1):
        if math.isnan(people[name]):
            out[name] = np.full(len(area), math.nan)
        elif name not in AGE_COLUMNS:
            out[name] = apportion(people[name], area)
        elif name != "pop0_14":
            out[name] = holding = apportion(people[name], area, holding)
    if "pop0_14" in people and "pop0_14" not in out:
        older = next((out[name] for name in AGE_COLUMNS[2:] if name in out), np.zeros(len(area)))
        room = np.nan_to_num(out["pop"] - older) if "pop" in out else None
        out["pop0_14"] = apportion(people["pop0_14"], area, room)
    return out


def _outside(demand: Layer, pieces: gpd.GeoDataFrame, units: Layer | None) -> list[Finding]:
    """People on land of no unit, and land of units that no polygon of people covers: in = allocated + unallocated."""
    if units is None or not has_polygons(units):
        return []
    land = together(np.array(smallest(units).frame.geometry.to_numpy(), dtype=object))
    zones = together(np.array(demand.frame.geometry.to_numpy(), dtype=object))
    out = []
    shapely.prepare(land)
    places = shapely.point_on_surface(pieces.geometry.to_numpy())
    away = ~shapely.intersects(land, places)
    weight = pieces["pop"].fillna(0.0).to_numpy() if "pop" in pieces else np.ones(len(pieces))
    if away.any():
        total, left = math.fsum(weight), math.fsum(weight[away])
        facts = {"total": f"{total:g}", "allocated": f"{total - left:g}", "left": f"{left:g}"}
        out.append(Finding("demand_outside_units", "warn", facts=facts))
    bare = _only_areas(shapely.difference(land, zones))
    if not bare.is_empty and (km2 := area_m2(bare) / 1e6) >= SLIVER_M2 / 1e6:
        share = km2 / (area_m2(land) / 1e6)
        out.append(Finding("units_without_people", "warn", facts={"km2": f"{km2:.4f}", "share": f"{share:.1%}"}))
    return out
