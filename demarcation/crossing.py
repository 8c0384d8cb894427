"""How a thing lies by a line: how far from it or across it, where it crosses, and how much of it is on each side."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import shapely

from demarcation.axis import Axis, metres_per_degree
from demarcation.model import Line
from geo.crs import GEOD, geodesic_m
from geo.repair import area_m2
from layers.layer import Layer

__all__ = ["Laid", "LinesNear", "Part", "Sides", "apart_m", "lay", "sides_of"]

LEFT, RIGHT = "left", "right"
_AREAL, _LINEAL = 2, 1
# The scale of a degree is that of the place found last, so the second round is exact where it counts.
_ROUNDS = 2
# Room for the change of scale over a thing that is large.
_ROOM = 1.1


@dataclass(frozen=True)
class Sides:
    """Polygons of both units of a line.

    Parameters
    ----------
    codes
        Of both units, as the line names them.
    polygons
        EPSG:4326, in the same order.
    """

    codes: tuple[str, str]
    polygons: tuple[shapely.Geometry, shapely.Geometry]


@dataclass(frozen=True)
class Part:
    """What of a thing lies on one side of a line.

    Parameters
    ----------
    side
        Code of the unit; ``left`` or ``right`` in the direction of the line where no polygons tell.
    length_m, area_m2
        On the ellipsoid; 0 of what has none.
    """

    side: str
    length_m: float
    area_m2: float


@dataclass(frozen=True)
class Laid:
    """How a thing lies by a line.

    Parameters
    ----------
    distance_m
        To the line; 0 where they meet.
    crosses
        It reaches beyond the line, and does not only touch it.
    chainages_m
        Where its outline (a line: itself) meets the line, from the line's start.
    parts
        Both sides, where it crosses.
    where
        The crossing points; else the place of the line that is nearest. EPSG:4326.
    """

    distance_m: float
    crosses: bool
    chainages_m: tuple[float, ...]
    parts: tuple[Part, ...]
    where: shapely.Geometry


def sides_of(line: Line, units: Layer | None) -> Sides | None:
    """The polygons of both units of a line; None where the layer lacks one.

    Examples
    --------
    >>> import datetime as dt
    >>> line = Line("9901", "", "A", "B", "", None, "", None, None, None, None, None, "", None, ())
    >>> sides_of(line, None) is None
    True
    """
    if units is None:
        return None
    known = {
        code: shape
        for code, shape in zip(units.frame["unit_code"].astype(str), units.frame.geometry, strict=True)
        if shape is not None and shapely.get_dimensions(shape) == _AREAL
    }
    if line.unit_a not in known or line.unit_b not in known:
        return None
    return Sides((line.unit_a, line.unit_b), (known[line.unit_a], known[line.unit_b]))


class LinesNear:
    """Finds the lines that something may lie near to.

    Parameters
    ----------
    axes
        Lines by code.

    Examples
    --------
    >>> near = LinesNear({"9901": Axis((shapely.LineString([(114.0, 30.0), (114.1, 30.0)]),))})
    >>> near.within(shapely.Point(114.05, 30.001), 200.0), near.within(shapely.Point(114.05, 30.01), 200.0)
    (('9901',), ())
    """

    def __init__(self, axes: Mapping[str, Axis]) -> None:
        self._codes = tuple(sorted(axes))
        self._tree = shapely.STRtree([shapely.MultiLineString(axes[code].parts) for code in self._codes])

    def within(self, shape: shapely.Geometry, reach_m: float) -> tuple[str, ...]:
        """Codes of the lines that meet the box of a shape grown by a distance: none that is nearer is left out."""
        west, south, east, north = shape.bounds
        east_m, north_m = metres_per_degree(max(abs(south), abs(north)))
        grow_x, grow_y = reach_m * _ROOM / east_m, reach_m * _ROOM / north_m
        box = shapely.box(west - grow_x, south - grow_y, east + grow_x, north + grow_y)
        return tuple(self._codes[hit] for hit in sorted(self._tree.query(box, predicate="intersects").tolist()))


def apart_m(a: shapely.Geometry, b: shapely.Geometry) -> tuple[float, shapely.Point]:
    """Distance of two shapes on the ellipsoid, and the place on the second that is nearest.

    Examples
    --------
    >>> far, place = apart_m(shapely.Point(114.05, 30.001), shapely.LineString([(114.0, 30.0), (114.1, 30.0)]))
    >>> round(far, 1), round(place.x, 3)
    (110.9, 114.05)
    """
    ends = np.array([[a.centroid.x, a.centroid.y]] * 2)
    for _ in range(_ROUNDS):
        scale, origin = np.array(metres_per_degree(ends[0, 1])), ends[0]
        here, there = (shapely.transform(shape, lambda xy, s=scale, o=origin: (xy - o) * s) for shape in (a, b))
        ends = shapely.get_coordinates(shapely.shortest_line(here, there)) / scale + origin
    return float(geodesic_m(ends[:1], ends[1:])[0]), shapely.Point(ends[1])


def lay(shape: shapely.Geometry, axis: Axis, sides: Sides | None, touch_m: float) -> Laid:
    """How a point, line or polygon lies by a line.

    Parameters
    ----------
    shape
        EPSG:4326.
    axis
        The line.
    sides
        Of the line; None: left and right of it are told apart.
    touch_m
        What reaches no farther beyond the line than this touches it.

    Examples
    --------
    >>> axis = Axis((shapely.LineString([(114.0, 30.0), (114.1, 30.0)]),))
    >>> laid = lay(shapely.LineString([(114.05, 29.999), (114.05, 30.001)]), axis, None, 1.0)
    >>> laid.crosses, [(part.side, round(part.length_m, 1)) for part in laid.parts]
    (True, [('left', 110.9), ('right', 110.9)])
    """
    line = shapely.MultiLineString(axis.parts)
    distance_m, nearest = apart_m(shape, line)
    if distance_m > 0 and not shapely.intersects(shape, line):
        return Laid(distance_m, crosses=False, chainages_m=(), parts=(), where=nearest)
    if shapely.get_dimensions(shape) < _LINEAL:
        return Laid(0.0, crosses=False, chainages_m=(), parts=(), where=nearest)
    met = _meetings(shape, line)
    chainages_m = tuple(sorted(axis.locate(*point).chainage_m for point in met))
    where = shapely.MultiPoint(met) if met else nearest
    found = _in_units(shape, sides) if sides is not None else _beside(shape, axis, line)
    deep = sum(_farthest(part, line)[1] > touch_m for _, part in found) > 1
    if not deep and not _holds_an_end(shape, axis, touch_m):
        return Laid(0.0, crosses=False, chainages_m=chainages_m, parts=(), where=where)
    parts = tuple(Part(side, _length_m(part), _area_m2(part)) for side, part in found)
    return Laid(0.0, crosses=True, chainages_m=chainages_m, parts=parts, where=where)


def _meetings(shape: shapely.Geometry, line: shapely.Geometry) -> list[tuple[float, float]]:
    """Where an outline meets the line; of a stretch that both share, its ends."""
    outline = shapely.boundary(shape) if shapely.get_dimensions(shape) == _AREAL else shape
    found = shapely.intersection(outline, line)
    parts = shapely.get_parts(found).tolist()
    shared = shapely.line_merge(shapely.union_all([part for part in parts if shapely.get_dimensions(part) == _LINEAL]))
    points = [part for part in parts if shapely.get_dimensions(part) == 0]
    ends = [shapely.Point(part.coords[end]) for part in _lines(shared) for end in (0, -1)]
    return sorted({(float(point.x), float(point.y)) for point in (*points, *ends)})


def _in_units(shape: shapely.Geometry, sides: Sides) -> list[tuple[str, shapely.Geometry]]:
    return [
        (code, shapely.intersection(shape, polygon)) for code, polygon in zip(sides.codes, sides.polygons, strict=True)
    ]


def _beside(shape: shapely.Geometry, axis: Axis, line: shapely.Geometry) -> list[tuple[str, shapely.Geometry]]:
    """The shape cut along the line: what of it is left, and what is right."""
    if shapely.get_dimensions(shape) == _AREAL:
        edges = shapely.union_all([shapely.boundary(shape), line])
        faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(edges))).tolist()
        pieces = [face for face in faces if shapely.covers(shape, shapely.point_on_surface(face))]
    else:
        pieces = list(_lines(shapely.difference(shape, line)))
    by_side: dict[str, list[shapely.Geometry]] = {LEFT: [], RIGHT: []}
    for piece in pieces:
        farthest, _ = _farthest(piece, line)
        by_side[LEFT if axis.locate(*farthest).offset_m > 0 else RIGHT].append(piece)
    return [(side, shapely.union_all(found)) for side, found in by_side.items()]


def _farthest(part: shapely.Geometry, line: shapely.Geometry) -> tuple[tuple[float, float], float]:
    """The vertex that is farthest from the line, and how far, to a share of a per cent."""
    xy = shapely.get_coordinates(part)
    if not len(xy):
        return (0.0, 0.0), 0.0
    scale = np.array(metres_per_degree(float(xy[:, 1].mean())))
    flat = shapely.transform(line, lambda points: (points - xy[0]) * scale)
    away_m = shapely.distance(shapely.points((xy - xy[0]) * scale), flat)
    most = int(np.argmax(away_m))
    return (float(xy[most, 0]), float(xy[most, 1])), float(away_m[most])


def _holds_an_end(shape: shapely.Geometry, axis: Axis, touch_m: float) -> bool:
    """A line that ends inside of a polygon does not cut it, and yet the polygon lies across it."""
    if shapely.get_dimensions(shape) != _AREAL:
        return False
    ends = [shapely.Point(axis.parts[0].coords[0]), shapely.Point(axis.parts[-1].coords[-1])]
    outline = shapely.boundary(shape)
    return any(shapely.contains(shape, end) and apart_m(end, outline)[0] > touch_m for end in ends)


def _lines(shape: shapely.Geometry) -> Iterable[shapely.LineString]:
    return (part for part in shapely.get_parts(shape) if shapely.get_dimensions(part) == _LINEAL and not part.is_empty)


def _length_m(shape: shapely.Geometry) -> float:
    return float(sum(GEOD.geometry_length(part) for part in _lines(shape)))


def _area_m2(shape: shapely.Geometry) -> float:
    parts = [part for part in shapely.get_parts(shape) if shapely.get_dimensions(part) == _AREAL]
    return float(sum(area_m2(part) for part in parts))
