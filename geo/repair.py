"""Polygons made valid, and what is wrong between neighbours: overlaps and gaps, with their areas."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from geo.crs import GEOD

__all__ = [
    "MAX_AREA_CHANGE",
    "Between",
    "Repair",
    "area_m2",
    "between",
    "flattened",
    "is_cluttered",
    "repair",
    "tidied",
    "together",
]

ShapeArray = npt.NDArray[np.object_]
BoolArray = npt.NDArray[np.bool_]

#: A repair that changes the area by more than this share is not made (faults C01).
MAX_AREA_CHANGE = 0.01
#: Vertices of one shape above which neighbours that are nearer than the grid are merged.
MANY_VERTICES = 250_000
# Degrees: about a millimetre. Edges shorter than that are noise, and the reason why valid input fails in overlays.
_GRID = 1e-8
_POLYGON, _MULTI_POLYGON, _COLLECTION = 3, 6, 7
_AREAL = 2
# Metres. A strip narrower than that between units is drawing, not land.
_SLIVER_M = 0.01


@dataclass(frozen=True)
class Repair:
    """What came of one polygon that was not valid.

    Parameters
    ----------
    shape
        Valid, a Polygon or a MultiPolygon; None where no repair keeps the area.
    reason
        What was wrong, in the words of GEOS.
    before_m2, after_m2
        Area as drawn, part by part, and after the repair. Parts that lie on each other count twice in the first.
    change
        Share of the area that no part explains: what a ring that crosses itself gains or loses. Land under two parts
        is still there when it is counted once, so that is no change.
    """

    shape: shapely.Geometry | None
    reason: str
    before_m2: float
    after_m2: float
    change: float


def area_m2(shape: shapely.Geometry) -> float:
    """Area on the ellipsoid in square metres, of a polygon or of several.

    Examples
    --------
    >>> round(area_m2(shapely.box(114, 30, 114.01, 30.01)), -2)
    1069500.0
    """
    return abs(float(GEOD.geometry_area_perimeter(shapely.orient_polygons(shape))[0]))


def repair(shape: shapely.Geometry) -> Repair:
    """A polygon made valid by its structure: rings are areas, holes are taken out of them, parts are joined.

    Parameters
    ----------
    shape
        Polygon or MultiPolygon in degrees that is not valid.

    Examples
    --------
    >>> two = shapely.MultiPolygon([shapely.box(114, 30, 114.02, 30.02), shapely.box(114.01, 30, 114.03, 30.02)])
    >>> done = repair(two)
    >>> done.shape.is_valid, done.change, round(done.after_m2 / done.before_m2, 2)
    (True, 0.0, 0.75)
    """
    reason = shapely.is_valid_reason(shape)
    parts = shapely.get_parts(shape)
    mended = [part if part.is_valid else _structured(part) for part in parts]
    before = [area_m2(part) for part in parts]
    after = [area_m2(part) if _areal(part) else 0.0 for part in mended]
    largest = max(sum(before), sum(after))
    change = sum(abs(new - old) for old, new in zip(before, after, strict=True)) / largest if largest > 0 else 1.0
    whole = mended[0] if len(mended) == 1 else _structured(shapely.MultiPolygon(_polygons(mended)))
    good = change <= MAX_AREA_CHANGE and _areal(whole) and not whole.is_empty
    return Repair(whole if good else None, reason, sum(before), area_m2(whole) if _areal(whole) else 0.0, change)


def _structured(shape: shapely.Geometry) -> shapely.Geometry:
    made = shapely.make_valid(shape, method="structure", keep_collapsed=False)
    return made if made.is_valid else shapely.buffer(made, 0)


def _areal(shape: shapely.Geometry) -> bool:
    return int(shapely.get_type_id(shape)) in (_POLYGON, _MULTI_POLYGON)


def _polygons(shapes: list[shapely.Geometry]) -> list[shapely.Geometry]:
    return [part for shape in shapes for part in shapely.get_parts(shape) if _areal(part) and not part.is_empty]


def flattened(given: ShapeArray) -> ShapeArray:
    """Shapes in two dimensions; a collection of one sort of parts is a multi-part shape of that sort.

    Examples
    --------
    >>> mixed = shapely.GeometryCollection([shapely.box(0, 0, 1, 1), shapely.box(2, 0, 3, 1)])
    >>> flattened(np.array([mixed], dtype=object))[0].geom_type
    'MultiPolygon'
    """
    out = np.array(shapely.force_2d(given), dtype=object)
    for position in np.flatnonzero(shapely.get_type_id(out) == _COLLECTION):
        parts = shapely.get_parts(out[position])
        # A collection in a collection stays what it is, and is refused: its depth has no limit.
        dimensions = set(shapely.get_dimensions(parts).tolist())
        if len(dimensions) == 1 and not (shapely.get_type_id(parts) == _COLLECTION).any():
            make = (shapely.MultiPoint, shapely.MultiLineString, shapely.MultiPolygon)[dimensions.pop()]
            single = shapely.get_parts(parts)
            out[position] = single[0] if len(single) == 1 else make(list(single))
    return out


def is_cluttered(shapes: ShapeArray) -> BoolArray:
    """Shapes with so many vertices that vertices nearer than a millimetre are merged before any work."""
    return np.asarray(shapely.get_num_coordinates(shapes) > MANY_VERTICES, dtype=bool)


def tidied(shape: shapely.Geometry) -> shapely.Geometry:
    """A shape without vertices that are within about a millimetre of a line between their neighbours.

    Examples
    --------
    >>> ring = shapely.segmentize(shapely.box(0, 0, 1, 1), 0.1)
    >>> shapely.get_num_coordinates(tidied(ring)).item()
    5
    """
    return shapely.simplify(shape, _GRID, preserve_topology=False)


@dataclass(frozen=True)
class Between:
    """What is wrong between polygons that should share the land without overlap or gap.

    Parameters
    ----------
    pairs
        Positions of two polygons that overlap, the smaller first, shape (n, 2).
    overlap_m2
        Of each pair.
    overlaps
        The land of each pair.
    gaps
        Land that is enclosed by the polygons and in none of them.
    gap_m2
        Of each gap.
    beside
        Positions of the polygons around each gap.
    """

    pairs: npt.NDArray[np.int64]
    overlap_m2: npt.NDArray[np.float64]
    overlaps: ShapeArray
    gaps: ShapeArray
    gap_m2: npt.NDArray[np.float64]
    beside: tuple[tuple[int, ...], ...]


def between(polygons: ShapeArray) -> Between:
    """Overlaps of polygons, and the gaps that they enclose.

    Parameters
    ----------
    polygons
        Valid, in degrees; None is passed over.

    Examples
    --------
    >>> found = between(np.array([shapely.box(0, 0, 2, 1), shapely.box(1, 0, 3, 1)], dtype=object))
    >>> found.pairs.tolist(), len(found.gaps)
    ([[0, 1]], 0)
    """
    usable = polygons.copy()
    usable[shapely.get_dimensions(polygons) != _AREAL] = None
    overlapping = _overlapping(usable)
    lands = [_overlay(shapely.intersection, usable[a], usable[b]) for a, b in overlapping]
    kept = [position for position, land in enumerate(lands) if _is_land(land)]
    everything = together(usable)
    rings = [ring for part in shapely.get_parts(everything) if _areal(part) for ring in part.interiors]
    holes = np.array([shapely.Polygon(ring) for ring in rings], dtype=object)
    gaps = np.array([hole for hole in holes if _is_land(hole)], dtype=object)
    tree = shapely.STRtree(usable)
    return Between(
        overlapping[kept].reshape(-1, 2),
        np.array([area_m2(_only_areas(lands[position])) for position in kept]),
        np.array([_only_areas(lands[position]) for position in kept], dtype=object),
        gaps,
        np.array([area_m2(gap) for gap in gaps]),
        tuple(tuple(sorted(int(one) for one in tree.query(gap, predicate="intersects"))) for gap in gaps),
    )


def together(polygons: ShapeArray) -> shapely.Geometry:
    """The land of some valid polygons; what is no polygon is passed over.

    Examples
    --------
    >>> together(np.array([shapely.box(0, 0, 1, 1), None, shapely.box(1, 0, 2, 1)], dtype=object)).area
    2.0
    """
    areal = polygons[shapely.get_dimensions(polygons) == _AREAL]
    # Neighbours that share their borders vertex by vertex need no search for crossings, which takes far longer.
    return shapely.coverage_union_all(areal) if shapely.coverage_is_valid(areal) else shapely.union_all(areal)


def _overlapping(polygons: ShapeArray) -> npt.NDArray[np.int64]:
    """Pairs whose insides meet; only where the coverage says that an edge is wrong."""
    present = np.flatnonzero(shapely.get_dimensions(polygons) == _AREAL)
    if len(present) < 2 or shapely.coverage_is_valid(polygons[present]):  # noqa: PLR2004
        return np.empty((0, 2), dtype=np.int64)
    left, right = shapely.STRtree(polygons).query(polygons, predicate="intersects")
    once = left < right
    left, right = left[once], right[once]
    meet = ~shapely.touches(polygons[left], polygons[right])
    pairs = np.column_stack([left[meet], right[meet]]).astype(np.int64)
    return pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]


def _overlay(operation: object, a: shapely.Geometry, b: shapely.Geometry) -> shapely.Geometry:
    """An overlay that also works where valid input fails: on a grid then (shapely issue 2090)."""
    try:
        return operation(a, b)  # type: ignore[operator]
    except shapely.errors.GEOSException:
        return operation(a, b, grid_size=_GRID)  # type: ignore[operator]


def _only_areas(shape: shapely.Geometry) -> shapely.Geometry:
    parts = [part for part in shapely.get_parts(shape) if _areal(part)]
    return parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)


def _is_land(shape: shapely.Geometry) -> bool:
    """More than a strip of a centimetre: units drawn apart by last digits leave no land between them."""
    areal = _only_areas(shape)
    if areal.is_empty:
        return False
    perimeter_m = float(GEOD.geometry_length(areal.boundary))
    return 2 * area_m2(areal) / max(perimeter_m, 1e-9) > _SLIVER_M
