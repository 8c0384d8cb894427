"""Two editions of a line (两版数据差异): where and by how much they differ; neither is the right one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from demarcation.alongside import Track, Wires, runs, track_of
from demarcation.axis import Axis, axis_of
from demarcation.model import Line
from demarcation.rules import Rules
from layers.layer import Layer

__all__ = ["Between", "EditionDifference", "compare_editions", "facilities_between", "land_between"]

FloatArray = npt.NDArray[np.float64]
#: A stretch is drawn at least this long, also where only the other edition makes a detour.
_LEAST_STRETCH_M = 1.0


@dataclass(frozen=True)
class EditionDifference:
    """A stretch on which two editions of a line are farther apart than the map allows.

    Parameters
    ----------
    line_code
        界线代码.
    from_m, to_m
        Chainage on one's own edition.
    greatest_m, mean_m
        Distance from each edition to the other, both ways, on this stretch; the mean is over the length of both.
    scale
        Denominator of the coarser of both maps.
    scale_known
        Whether an edition says its scale; else that of the rules is used.
    warn_m, fail_m
        What ``warn_mm`` and ``fail_mm`` of K13 are at that scale.
    where, other
        The stretch in one's own edition and in the other's, both in the direction of one's own; EPSG:4326.
    """

    line_code: str
    from_m: float
    to_m: float
    greatest_m: float
    mean_m: float
    scale: float
    scale_known: bool
    warn_m: float
    fail_m: float
    where: shapely.LineString
    other: shapely.LineString


@dataclass(frozen=True)
class Between:
    """A facility on the land between two editions of a line.

    Parameters
    ----------
    difference
        The stretch.
    facility_id, name
        Of the facility.
    where
        Its place, EPSG:4326.
    """

    difference: EditionDifference
    facility_id: str
    name: str
    where: shapely.Geometry


def compare_editions(
    lines: Mapping[str, Line], others: Mapping[str, Line], rules: Rules
) -> tuple[EditionDifference, ...]:
    """Stretches on which the two editions of a line differ by more than the limit of a warning, by line and chainage.

    Lines are paired by their code; those in one edition only are not compared. The direction in which a line was drawn
    does not matter.

    Parameters
    ----------
    lines, others
        One's own edition and the other, by code.
    rules
        K13 has the limits, in millimetres on the coarser of both maps.

    Examples
    --------
    >>> from demarcation.model import Segment
    >>> from demarcation.rules import load_rules
    >>> def edition(lat):
    ...     path = shapely.LineString([(114.0, 30.0), (114.05, lat), (114.1, 30.0)])
    ...     line = Line("9901", "", "", "", "", 10000.0, "", *[None] * 5, "", None, (Segment("", path, 1),))
    ...     return {"9901": line}
    >>> [found] = compare_editions(edition(30.0), edition(30.001), load_rules())
    >>> round(found.greatest_m, 1), found.warn_m, found.fail_m
    (110.9, 2.0, 5.0)
    """
    found: list[EditionDifference] = []
    for code in sorted(set(lines) & set(others)):
        found += _of_line(lines[code], others[code], rules)
    return tuple(found)


def facilities_between(differences: Sequence[EditionDifference], facilities: Layer) -> tuple[Between, ...]:
    """Facilities on the land between two editions, or on one of the lines there: by line, chainage and id.

    Parameters
    ----------
    differences
        From :func:`compare_editions`.
    facilities
        Layer of kind ``facilities``.
    """
    frame = facilities.frame
    shapes = frame.geometry.to_numpy()
    tree = shapely.STRtree(shapes)
    ids, names = frame["facility_id"].astype(str).to_list(), frame["name"].astype(str).to_list()
    found: list[Between] = []
    for difference in differences:
        rows = tree.query(land_between(difference), predicate="intersects").tolist()
        found += [Between(difference, ids[row], names[row], shapes[row]) for row in sorted(rows, key=ids.__getitem__)]
    return tuple(found)


def land_between(difference: EditionDifference) -> shapely.Geometry:
    """The land between both editions of a stretch: polygons in EPSG:4326, several where the editions cross.

    Examples
    --------
    >>> own, other = shapely.LineString([(0, 0), (3, 0)]), shapely.LineString([(0, 1), (3, 1)])
    >>> land_between(EditionDifference("9901", 0, 3, 1, 1, 1e4, True, 2, 5, own, other)).bounds
    (0.0, 0.0, 3.0, 1.0)
    """
    own, other = difference.where, difference.other
    sides = [shapely.LineString([own.coords[end], other.coords[end]]) for end in (0, -1)]
    noded = shapely.union_all([own, other, *sides])
    return shapely.multipolygons(shapely.get_parts(shapely.polygonize(shapely.get_parts(noded))))


def _of_line(line: Line, other: Line, rules: Rules) -> list[EditionDifference]:
    scales = [scale for scale in (line.scale, other.scale) if scale is not None]
    scale = max(scales, default=rules.K1.unknown_scale)
    warn_m, fail_m = rules.K13.warn_mm / 1000 * scale, rules.K13.fail_mm / 1000 * scale
    axis = axis_of([segment.path for segment in line.segments])
    beside = _along(axis, axis_of([segment.path for segment in other.segments]))
    if axis.parts == beside.parts:
        return []
    # Between points, a distance changes by no more than half the step.
    pair = _Pair(axis, beside, track_of(axis.parts, warn_m), track_of(beside.parts, warn_m))
    found = []
    for from_m, to_m in pair.stretches(warn_m):
        greatest_m, mean_m, low_m, high_m = pair.measured(from_m, to_m)
        found.append(
            EditionDifference(
                line.code, from_m, to_m, greatest_m, mean_m, scale, bool(scales), warn_m, fail_m,
                axis.between(from_m, to_m), _drawn(beside, low_m, high_m),
            )
        )  # fmt: skip
    return found


class _Pair:
    """Both editions of one line with the distance of each point to the other."""

    def __init__(self, own: Axis, other: Axis, track: Track, back: Track) -> None:
        self._length_m, self._other = own.length_m, other
        self._track, self._back = track, back
        self._away_m, self._foot_m = Wires(other.parts).nearest(track.lonlat)
        self._back_m, self._back_foot_m = Wires(own.parts).nearest(back.lonlat)

    def stretches(self, limit_m: float) -> list[tuple[float, float]]:
        """From and to, on one's own edition, where either edition is farther than the limit from the other."""
        spans = [
            (self._track.chainage_m[run.start], self._track.chainage_m[run.stop - 1])
            for run in runs(self._away_m > limit_m)
        ]
        spans += [(self._back_foot_m[run].min(), self._back_foot_m[run].max()) for run in runs(self._back_m > limit_m)]
        joined: list[tuple[float, float]] = []
        for low, high in sorted((float(low), float(high)) for low, high in spans):
            start, end = self._widened(low, high)
            # Two stretches that a step parts are one.
            if joined and start <= joined[-1][1] + limit_m:
                joined[-1] = (joined[-1][0], max(joined[-1][1], end))
            else:
                joined.append((start, end))
        return joined

    def _widened(self, low: float, high: float) -> tuple[float, float]:
        short = max(_LEAST_STRETCH_M - (high - low), 0.0) / 2
        return max(low - short, 0.0), min(high + short, self._length_m)

    def measured(self, from_m: float, to_m: float) -> tuple[float, float, float, float]:
        """Greatest and mean distance on a stretch, and from and to on the other edition."""
        here = (self._track.chainage_m >= from_m) & (self._track.chainage_m <= to_m)
        there = (self._back_foot_m >= from_m) & (self._back_foot_m <= to_m)
        away_m = np.r_[self._away_m[here], self._back_m[there]]
        weight_m = np.r_[self._track.lengths_m()[here], self._back.lengths_m()[there]]
        chainage_m = np.r_[self._foot_m[here], self._back.chainage_m[there]]
        return (
            float(away_m.max()), float(np.average(away_m, weights=weight_m)),
            float(chainage_m.min()), float(chainage_m.max()),
        )  # fmt: skip


def _along(axis: Axis, other: Axis) -> Axis:
    """The other edition in the direction of one's own."""
    start_m, end_m = (other.locate(*axis.point_at(at_m)).chainage_m for at_m in (0.0, axis.length_m))
    return other if start_m <= end_m else Axis(tuple(shapely.reverse(part) for part in reversed(other.parts)))


def _drawn(axis: Axis, from_m: float, to_m: float) -> shapely.LineString:
    short = max(_LEAST_STRETCH_M - (to_m - from_m), 0.0) / 2
    return axis.between(max(from_m - short, 0.0), min(to_m + short, axis.length_m))
