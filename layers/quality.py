"""What is doubtful in a layer that was read: beside itself, beside its units, beside the roads.

Each finding names a row as the user sees it. :mod:`layers.mend` says which findings have a mend of one click.
"""

import dataclasses
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.crs import geodesic_m
from geo.findings import Finding
from layers import _quality_boundary, _quality_roads, _quality_units
from layers.anything import read_reference
from layers.datum_evidence import Reference, datum_suspicion
from layers.layer import Layer
from layers.names import plain_name
from layers.read import read_layer

__all__ = ["ALONE", "Context", "duplicates", "inspect", "inspected", "read_context"]

BoolArray = npt.NDArray[np.bool_]
FloatArray = npt.NDArray[np.float64]

#: Two rows of one name within this distance are one thing listed twice; field positions differ by some metres.
SAME_THING_M = 30.0
#: Metres of a degree of latitude at least, so that a cell of the search is not smaller than it should be.
_DEGREE_M = 110_500.0
# Degrees rounded to that many decimals are one place, about 10 cm.
_PLACE_DECIMALS = 6
#: Fewer decimals than that place a point no better than to hundreds of metres (faults B17).
FEWEST_DECIMALS = 3
_POINT = 0
_OF_PLACES = ("facilities", "demand", "candidates", "place_names", "projects")


@dataclass(frozen=True)
class Context:
    """What a layer is looked at beside; each may be absent, and then its checks are not made.

    Parameters
    ----------
    units
        Units with polygons, of one or of several levels.
    roads
        Roads.
    lines
        Boundary lines, for stakes.
    demand
        People, for units: how many an overlap or a gap concerns.
    study
        The study area, a polygon in degrees; without it the units' polygons together.
    """

    units: Layer | None = None
    roads: Layer | None = None
    lines: Layer | None = None
    demand: Layer | None = None
    study: shapely.Geometry | None = None


#: Nothing to look at beside.
ALONE = Context()


def read_context(path: Path, kind: str) -> Context:
    """What a layer of a kind is looked at beside when one file is given.

    Parameters
    ----------
    path
        For stakes, boundary lines; else roads, units with their codes, or polygons that are a study area.
    kind
        Of the layer that is looked at.

    Raises
    ------
    FileError, DataError
        When the file cannot be read, or holds neither lines nor polygons.
    """
    if kind == "stakes":
        return Context(lines=read_layer(path, "lines"))
    reference = read_reference(path)
    if reference.kind == "roads":
        return Context(roads=reference)
    if {"unit_code", "name"} <= set(reference.frame.columns):
        return Context(units=read_layer(path, "units"))
    return Context(study=shapely.union_all(reference.frame.geometry.to_numpy()))


def inspect(layer: Layer, context: Context = ALONE) -> tuple[Finding, ...]:
    """All that is doubtful in a layer, in the order of the checks and of the rows.

    Parameters
    ----------
    layer
        As read.
    context
        What it is looked at beside.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from layers.layer import QualityReport, Source
    >>> frame = gpd.GeoDataFrame({"facility_id": ["a", "b"], "name": ["甲", "甲"], "row": [2, 3]},
    ...                          geometry=gpd.points_from_xy([119.90812, 119.90812], [31.02621, 31.02621]), crs=4326)
    >>> layer = Layer("facilities", frame, "wgs84", Source("a.csv", ""), QualityReport((), 2, 2))
    >>> [(finding.code, finding.row) for finding in inspect(layer)]
    [('duplicate_row', 3)]
    """
    if layer.frame.empty:
        return ()
    checks: tuple[Callable[[Layer, Context], Iterator[Finding]], ...]
    if layer.kind in _OF_PLACES:
        checks = (_duplicates, _coarse, _datum, _outside, _of_units, _of_roads)
    elif layer.kind == "units":
        checks = (_between_units,)
    elif layer.kind == "stakes":
        checks = (_coarse, _of_stakes)
    elif layer.kind == "lines":
        checks = (_of_lines,)
    else:
        checks = ()
    return tuple(finding for check in checks for finding in check(layer, context))


def inspected(layer: Layer, context: Context = ALONE) -> Layer:
    """The layer with what :func:`inspect` finds added to its report."""
    found = inspect(layer, context)
    quality = dataclasses.replace(layer.quality, findings=(*layer.quality.findings, *found))
    return dataclasses.replace(layer, quality=quality)


def lonlat_of(layer: Layer) -> FloatArray:
    """A place of each row in degrees, shape (n, 2): the point, or a point inside; NaN where the row has none."""
    shapes = layer.frame.geometry.to_numpy()
    points = np.where(shapely.get_type_id(shapes) == _POINT, shapes, shapely.point_on_surface(shapes))
    return np.column_stack([shapely.get_x(points), shapely.get_y(points)])


def _rows(layer: Layer) -> list[int]:
    return [int(row) for row in layer.frame["row"]]


# ---- the same thing twice -------------------------------------------------------------------------------------------


def duplicates(layer: Layer) -> "pd.Series[int]":
    """For each row the position of the first row that is the same in every column but id and row number; its own else.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from layers.layer import QualityReport, Source
    >>> frame = gpd.GeoDataFrame({"facility_id": ["a", "b"], "name": ["甲", "甲"], "row": [2, 3]},
    ...                          geometry=gpd.points_from_xy([119.9, 119.9], [31.0, 31.0]), crs=4326)
    >>> duplicates(Layer("facilities", frame, "wgs84", Source("a.csv", ""), QualityReport((), 2, 2))).tolist()
    [0, 0]
    """
    frame = layer.frame
    skip = {"row", str(frame.geometry.name), f"{layer.kind.rstrip('s')}_id", "facility_id", "demand_id"}
    cells = pd.DataFrame({name: frame[name].map(str) for name in frame.columns if name not in skip}, index=frame.index)
    cells["_place"] = shapely.to_wkb(shapely.normalize(frame.geometry.to_numpy()))
    if "name" in cells and "facility_id" in frame:
        # A blank name took the id, which is no name.
        cells["name"] = cells["name"].where(frame["name"] != frame["facility_id"], "")
    first = cells.groupby(list(cells.columns), sort=False, dropna=False).ngroup().to_numpy()
    _, where = np.unique(first, return_index=True)
    return pd.Series(where[first], index=frame.index)


def _duplicates(layer: Layer, _: Context) -> Iterator[Finding]:
    rows, first = _rows(layer), duplicates(layer).to_numpy()
    lonlat = lonlat_of(layer)
    same = first != np.arange(len(first))
    for position in np.flatnonzero(same):
        yield Finding("duplicate_row", "warn", row=rows[position], facts={"first": rows[first[position]]})
    yield from _same_name(layer, rows, lonlat, same)
    if layer.kind != "demand":
        yield from _same_place(layer, rows, lonlat, same)


def _same_name(layer: Layer, rows: list[int], lonlat: FloatArray, same: BoolArray) -> Iterator[Finding]:
    """Rows of one name and, where they have one, of one kind, at one place."""
    kinds = layer.frame["kind"] if "kind" in layer.frame else pd.Series("", index=layer.frame.index)
    keys = pd.Series([f"{plain_name(name)}\0{kind}" for name, kind in zip(layer.frame["name"], kinds, strict=True)])
    usable = ~same & np.isfinite(lonlat).all(axis=1) & ~keys.str.startswith("\0").to_numpy(dtype=bool)
    several = keys[usable & keys.duplicated(keep=False).to_numpy()]
    for _, group in several.groupby(several, sort=False):
        for position, other, metres in _near_earlier(group.index.tolist(), lonlat):
            name = str(layer.frame["name"].iloc[position])
            facts = {"first": rows[other], "name": name, "metres": f"{metres:.0f}"}
            yield Finding("duplicate_name_place", "warn", row=rows[position], field="name", facts=facts)


def _near_earlier(positions: list[int], lonlat: FloatArray) -> Iterator[tuple[int, int, float]]:
    """Rows within :data:`SAME_THING_M` of an earlier one that stands alone, that one, and the metres between them."""
    # Cells of that size; in each stand few rows that are no neighbours of each other, so the work grows with the rows.
    step = SAME_THING_M / _DEGREE_M
    standing: dict[tuple[int, int], list[int]] = {}
    for position in positions:
        lon, lat = lonlat[position]
        x, y = int(np.floor(lon * np.cos(np.radians(lat)) / step)), int(np.floor(lat / step))
        around = [other for i in (-1, 0, 1) for j in (-1, 0, 1) for other in standing.get((x + i, y + j), ())]
        if around:
            away_m = geodesic_m(np.repeat(lonlat[[position]], len(around), axis=0), lonlat[around])
            nearest = int(np.argmin(away_m))
            if away_m[nearest] <= SAME_THING_M:
                yield position, around[nearest], float(away_m[nearest])
                continue
        standing.setdefault((x, y), []).append(position)


def _same_place(layer: Layer, rows: list[int], lonlat: FloatArray, same: BoolArray) -> Iterator[Finding]:
    """Rows of other names at one place: either right, as in one building, or filled down."""
    names = layer.frame["name"].map(plain_name)
    places = pd.Series([tuple(place) for place in lonlat.round(_PLACE_DECIMALS)])
    several = places[~same & np.isfinite(lonlat).all(axis=1) & places.duplicated(keep=False).to_numpy()]
    for _, group in several.groupby(several, sort=False):
        if len(group) > 1 and len(set(names.iloc[group.index])) > 1:
            others = [rows[position] for position in group.index]
            for position in group.index[1:]:
                facts = {"first": others[0], "count": len(others)}
                yield Finding("same_place", "info", row=rows[position], facts=facts)


# ---- coordinates ----------------------------------------------------------------------------------------------------


def _coarse(layer: Layer, _: Context) -> Iterator[Finding]:
    """Points with too few decimals; only where degrees are the file's own digits: not of metres, nor of 114°12′00″."""
    shapes = layer.frame.geometry.to_numpy()
    turned = any(finding.code == "angles_read" for finding in layer.quality.findings)
    if turned or layer.source.crs not in ("", "EPSG:4326", "EPSG:4490", "OGC:CRS84"):
        return
    points = shapely.get_type_id(shapes) == _POINT
    lonlat = np.column_stack([shapely.get_x(shapes), shapely.get_y(shapes)])
    rough = np.abs(lonlat - lonlat.round(FEWEST_DECIMALS - 1)) < 1e-9  # noqa: PLR2004  # last bits of a double
    rows = _rows(layer)
    for position in np.flatnonzero(points & rough.all(axis=1)):
        x, y = lonlat[position]
        yield Finding("coordinate_coarse", "warn", row=rows[position], facts={"x": f"{x:g}", "y": f"{y:g}"})


def _datum(layer: Layer, context: Context) -> Iterator[Finding]:
    """Whether the layer fits the roads, or the units, far better as GCJ-02 or BD-09."""
    for beside in (context.roads, context.units):
        if beside is not None and not beside.frame.empty:
            found = datum_suspicion(layer, Reference(beside))
            if found is not None:
                yield found
                return


def _outside(layer: Layer, context: Context) -> Iterator[Finding]:
    study = context.study if context.study is not None else _quality_units.land_of(context.units)
    if study is None or shapely.is_empty(study):
        return
    lonlat = lonlat_of(layer)
    known = np.asarray(np.isfinite(lonlat).all(axis=1))
    points = shapely.points(np.where(known[:, None], lonlat, 0.0))
    shapely.prepare(study)
    outside = known & ~np.asarray(shapely.intersects(study, points))
    if known.any() and outside[known].all():
        yield Finding("all_outside_study", "warn", facts={"count": int(outside.sum())})
        return
    turned = shapely.points(np.where(known[:, None], lonlat[:, ::-1], 0.0))
    swapped = outside & np.asarray(shapely.intersects(study, turned))
    rows = _rows(layer)
    for position in np.flatnonzero(outside):
        code = "swapped_row" if swapped[position] else "outside_study"
        x, y = lonlat[position]
        yield Finding(code, "warn", row=rows[position], facts={"x": f"{x:.5f}", "y": f"{y:.5f}"})


# ---- beside others --------------------------------------------------------------------------------------------------


def _of_units(layer: Layer, context: Context) -> Iterator[Finding]:
    if context.units is not None:
        yield from _quality_units.declared(layer, lonlat_of(layer), context.units)


def _of_roads(layer: Layer, context: Context) -> Iterator[Finding]:
    if context.roads is not None:
        yield from _quality_roads.beside(layer, lonlat_of(layer), context.roads)


def _between_units(layer: Layer, context: Context) -> Iterator[Finding]:
    yield from _quality_units.between_units(layer, context.demand)
    if context.roads is not None:
        yield from _quality_roads.extents(layer, context.roads)


def _of_stakes(layer: Layer, context: Context) -> Iterator[Finding]:
    yield from _quality_boundary.stakes(layer, lonlat_of(layer), context.lines)


def _of_lines(layer: Layer, _: Context) -> Iterator[Finding]:
    yield from _quality_boundary.lines(layer)
