"""Gaps and overlaps between units of one level, measured: area on the ellipsoid, greatest width, and where they are."""

import dataclasses
import datetime as dt
import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from coverage.plans.territory import level_code, plain_code
from demarcation.axis import metres_per_degree
from demarcation.limits import rounding_m
from demarcation.rules import Rules
from geo.area import ring_areas_m2
from geo.crs import GEOD
from layers.layer import Layer

__all__ = ["Misfit", "UnitArea", "area_m2", "greatest_width_m", "misfits", "outside_parents", "units_by_level"]

FloatArray = npt.NDArray[np.float64]
#: ``hole``: land inside one unit that no unit has. ``empty``: a wide gap, in which a unit is perhaps missing.
Kind = Literal["gap", "overlap", "hole", "empty", "outside"]
#: A slit with open ends is told from a corner of the land by its area, in squares of the width of all its ends: one
#: that is open at both ends is twenty times as long as wide.
_SLIT = 5.0
#: Land between a side and vertices on it is pointed at both ends: so many times as long as wide.
_SHARP = 10.0
#: With more than these, rounding is no more than ``straight_m``.
_FEW_DECIMALS = (4, 5, 6)
#: Widths that are searched, in shares of the largest.
_SEARCHES = np.array([0.01, 0.1, 1.0])
_AREAL = 2
_TWO = 2
#: Of a width, relative.
_EXACT = 1e-4


@dataclass(frozen=True)
class UnitArea:
    """One unit with its land.

    Parameters
    ----------
    code, name, parent
        Codes as plain text; ``parent`` is ``""`` where it is not known.
    shape
        Polygon or MultiPolygon, EPSG:4326.
    """

    code: str
    name: str
    parent: str
    shape: shapely.Geometry


@dataclass(frozen=True)
class Misfit:
    """Land that belongs to nobody, or to several units.

    Parameters
    ----------
    kind
        What it is.
    units
        Codes of the units that it lies between, sorted.
    area_m2
        On the ellipsoid.
    width_m
        Diameter of the largest circle that has room in it.
    where
        Polygon, EPSG:4326.
    """

    kind: Kind
    units: tuple[str, ...]
    area_m2: float
    width_m: float
    where: shapely.Polygon


def units_by_level(units: Layer, day: dt.date) -> dict[str, list[UnitArea]]:
    """Units with land that exist on a day, by level; within a level by code.

    The level is what the table says, else what the digits of the code say, else ``""``.

    Examples
    --------
    >>> from geo.paths import DATA_DIR
    >>> from layers.read import read_layer
    >>> found = units_by_level(read_layer(DATA_DIR / "demo/layers/units.parquet", "units"), dt.date(2026, 6, 30))
    >>> {level: len(units) for level, units in found.items()}
    {'county': 2, 'township': 17, 'village': 152}
    """
    levels: dict[str, list[UnitArea]] = defaultdict(list)
    for row in units.frame.to_dict("records"):
        shape = row["geometry"]
        begins, ends = row.get("valid_from"), row.get("valid_to")
        exists = (pd.isna(begins) or begins <= day) and (pd.isna(ends) or ends >= day)
        if shape is None or shape.is_empty or shapely.get_dimensions(shape) != _AREAL or not exists:
            continue
        word, parent = (str(row.get(name) or "") for name in ("level", "parent_code"))
        code = str(row["unit_code"])
        levels[level_code(word, code)].append(UnitArea(plain_code(code), str(row["name"]), plain_code(parent), shape))
    return {level: sorted(levels[level], key=lambda unit: (unit.code, unit.shape.wkb)) for level in sorted(levels)}


def misfits(units: Sequence[UnitArea], rules: Rules) -> list[Misfit]:
    """Gaps and overlaps of units of one level, wider than the last bits of a coordinate.

    A gap is land that units go all round, or a slit between two of them that is open at its ends, at most ``open_m``
    wide and many times as long. Land that another unit fills (飞地) is none.

    Parameters
    ----------
    units
        Of one level.
    rules
        K12: ``least_width_m``, ``open_m``, ``empty_m``.
    """
    if len(units) < _TWO:
        return []
    plane = _Plane([unit.shape for unit in units])
    shapes = plane.flat([unit.shape for unit in units])
    found = [*_overlaps(units, shapes, plane, rules), *_gaps(units, shapes, plane, rules)]
    return sorted(found, key=lambda misfit: (misfit.kind, misfit.units, misfit.where.wkb))


def outside_parents(units: Sequence[UnitArea], parents: Sequence[UnitArea], rules: Rules) -> list[Misfit]:
    """Land of units that does not belong to the unit above them.

    Parameters
    ----------
    units
        Of one level.
    parents
        Units of any level; those that ``parent`` names are asked.
    rules
        K12.
    """
    above: dict[str, list[shapely.Geometry]] = defaultdict(list)
    for parent in parents:
        above[parent.code].append(parent.shape)
    found: list[Misfit] = []
    for unit in units:
        if unit.parent not in above:
            continue
        plane = _Plane([unit.shape])
        own, over = plane.flat([unit.shape, shapely.union_all(above[unit.parent])])
        for part in _parts(shapely.difference(own, over)):
            found += plane.misfit("outside", (unit.code, unit.parent), part, rules)
    return found


def area_m2(shape: shapely.Geometry) -> float:
    """Area on the ellipsoid, holes taken off.

    Examples
    --------
    >>> round(area_m2(shapely.box(114.0, 30.0, 114.01, 30.01)), -2)
    1069500.0
    """
    rings = [
        (ring, sign)
        for polygon in shapely.get_parts(shape)
        for ring, sign in [(polygon.exterior, 1.0), *((ring, -1.0) for ring in polygon.interiors)]
    ]
    lonlat = np.vstack([shapely.get_coordinates(ring) for ring, _ in rings])
    areas = ring_areas_m2(lonlat, np.array([shapely.get_num_coordinates(ring) for ring, _ in rings]))
    return math.fsum(abs(area) * sign for area, (_, sign) in zip(areas.tolist(), rings, strict=True))


def greatest_width_m(shape: shapely.Polygon) -> float:
    """Diameter of the largest circle that has room in a polygon.

    Half the width is the most that a polygon can be made smaller all round before nothing is left.

    Parameters
    ----------
    shape
        In EPSG:4326.

    Examples
    --------
    >>> round(greatest_width_m(shapely.box(114.0, 30.0, 114.1, 30.00001)), 2)
    1.11
    """
    return _width(_Plane([shape]).flat([shape])[0])


class _Plane:
    """Metres around a place: straight lines of the map stay straight, which no projection of a state does."""

    def __init__(self, shapes: Sequence[shapely.Geometry]) -> None:
        west, south, east, north = shapely.total_bounds(shapes)
        self._origin = np.array([(west + east) / 2, (south + north) / 2])
        self._scale = np.array(metres_per_degree(float(self._origin[1])))
        # A vertex and the side that it should lie on are off by half a step each.
        xy = shapely.get_coordinates(shapes)
        self._rounded_m = 2 * rounding_m(_step_deg(xy), (float(self._origin[0]), float(self._origin[1])))

    def flat(self, shapes: Sequence[shapely.Geometry]) -> list[shapely.Geometry]:
        """In metres from the middle, valid."""
        flat = shapely.transform(np.array(shapes, dtype=object), lambda xy: (xy - self._origin) * self._scale)
        return list(shapely.make_valid(flat))

    def misfit(self, kind: Kind, units: tuple[str, ...], part: shapely.Polygon, rules: Rules) -> Iterator[Misfit]:
        """One, where it is wider than the last bits of a coordinate, and no straight border drawn in two ways."""
        if not _wider(part, rules.K12.least_width_m) or self._is_bow(part, max(rules.K12.straight_m, self._rounded_m)):
            return
        where = shapely.transform(part, lambda xy: xy / self._scale + self._origin)
        yield Misfit(kind, units, area_m2(where), greatest_width_m(where), where)

    def _is_bow(self, part: shapely.Polygon, straight_m: float) -> bool:
        """Whether one unit has a straight border there, and the other vertices on it that are off by rounding alone.

        What is straight in a plane of a survey is bowed on the map by ``s (l - s) tan(lat) / 2 r`` at a distance s from
        the end of a side of length l.
        """
        xy = shapely.get_coordinates(part.exterior)[:-1]
        sides = np.roll(xy, -1, axis=0) - xy
        length_m = np.hypot(*sides.T)
        longest = int(np.argmax(length_m))
        along = sides[longest] / length_m[longest]
        others = np.roll(xy, -longest, axis=0)[2:] - xy[longest]
        at_m, off_m = others @ along, np.abs(others @ np.array([-along[1], along[0]]))
        from_end_m = np.minimum(at_m, length_m[longest] - at_m)
        bow_m = at_m * (length_m[longest] - at_m) * abs(math.tan(math.radians(self._origin[1]))) / (2 * GEOD.a)
        return bool(np.all((off_m <= straight_m + 1.1 * bow_m) & (from_end_m >= _SHARP * off_m)))


def _step_deg(lonlat: FloatArray) -> float:
    """What all degrees are rounded to, where that is few decimals; else 0."""
    for decimals in _FEW_DECIMALS:
        if np.abs(lonlat - np.round(lonlat, decimals)).max() < 1e-3 * 10.0**-decimals:
            return float(10.0**-decimals)
    return 0.0


def _overlaps(
    units: Sequence[UnitArea], shapes: Sequence[shapely.Geometry], plane: _Plane, rules: Rules
) -> Iterator[Misfit]:
    tree = shapely.STRtree(shapes)
    for first, second in tree.query(shapes, predicate="intersects").T.tolist():
        if first >= second:
            continue
        pair = (units[first].code, units[second].code)
        for part in _parts(shapely.intersection(shapes[first], shapes[second])):
            yield from plane.misfit("overlap", pair, part, rules)


def _gaps(
    units: Sequence[UnitArea], shapes: Sequence[shapely.Geometry], plane: _Plane, rules: Rules
) -> Iterator[Misfit]:
    land = shapely.union_all(shapes)
    tree = shapely.STRtree(shapes)

    def beside(part: shapely.Polygon) -> tuple[str, ...]:
        near = tree.query(part, predicate="dwithin", distance=rules.K12.least_width_m)
        return tuple(sorted({units[position].code for position in near.tolist()}))

    # A wide search rounds off the corner at which a narrow slit ends, a narrow one sees no wide slit.
    found = []
    for width_m in _SEARCHES * rules.K12.open_m:
        filled, parts = _nobodys(land, width_m, rules.K12.least_width_m)
        rim = shapely.boundary(filled)
        shapely.prepare(rim)
        for part, is_open in zip(parts, shapely.dwithin(rim, parts, rules.K12.least_width_m / 2), strict=True):
            if not is_open or (len(beside(part)) >= _TWO and _is_slit(part, rim, width_m, rules.K12.least_width_m)):
                found.append(part)
    for part in _parts(shapely.union_all(found)):
        codes = beside(part)
        for misfit in plane.misfit("gap", codes, part, rules):
            kind: Kind = "hole" if len(codes) < _TWO else "empty" if misfit.width_m > rules.K12.empty_m else "gap"
            yield dataclasses.replace(misfit, kind=kind)


def _nobodys(land: shapely.Geometry, width_m: float, least_m: float) -> tuple[shapely.Geometry, list[shapely.Polygon]]:
    """The land with all that it goes round and all openings up to a width; and what was filled in so.

    Made larger by half the width and smaller again, narrow openings stay closed.
    """
    wider = shapely.buffer(land, width_m / 2, quad_segs=4)
    closed = shapely.union(land, shapely.buffer(wider, -width_m / 2, quad_segs=4))
    filled = shapely.union_all([shapely.Polygon(polygon.exterior) for polygon in shapely.get_parts(closed)])
    return filled, [part for part in _parts(shapely.difference(filled, land)) if _wider(part, least_m)]


def _is_slit(part: shapely.Polygon, rim: shapely.Geometry, width_m: float, least_m: float) -> bool:
    """Whether land that is open to the outside is narrow and long, and no corner of the land that was rounded off."""
    near = shapely.clip_by_rect(rim, *shapely.bounds(shapely.buffer(part, least_m)))
    mouth_m = shapely.length(shapely.intersection(shapely.boundary(part), shapely.buffer(near, least_m / 2)))
    if mouth_m <= 2 * least_m:
        return True
    return bool(part.area >= _SLIT * mouth_m**2) and not _wider(part, width_m)


def _parts(shape: shapely.Geometry) -> list[shapely.Polygon]:
    """The polygons of a shape that have an area, whatever else it holds."""
    singles = shapely.get_parts(shapely.get_parts(shape))
    return [part for part in singles if shapely.get_dimensions(part) == _AREAL and part.area > 0]


def _wider(part: shapely.Polygon, width_m: float) -> bool:
    """Whether a circle of that diameter has room."""
    return part.area > math.pi / 4 * width_m**2 and not shapely.is_empty(shapely.buffer(part, -width_m / 2))


def _width(part: shapely.Polygon) -> float:
    low, high = 0.0, 2 * math.sqrt(part.area / math.pi)
    while high - low > _EXACT * high:
        middle = (low + high) / 2
        if shapely.is_empty(shapely.buffer(part, -middle / 2)):
            high = middle
        else:
            low = middle
    return (low + high) / 2
