"""边界线走向核对稿: what a line does from stake to stake, in words made from its geometry, without coordinates."""

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import numpy as np
import shapely

from demarcation.axis import Axis, Place, metres_per_degree
from demarcation.directions import word_of
from demarcation.model import Line, Segment, Stake
from geo.crs import GEOD
from layers.layer import Layer
from layers.secrecy import STAMP

__all__ = [
    "BASIS",
    "LEAST_M",
    "NOT_BINDING",
    "TITLE",
    "Description",
    "Leg",
    "Passed",
    "Stretch",
    "chord_deg",
    "describe",
    "length_words",
    "runs_up",
]

#: Stands on each page of a description.
NOT_BINDING: Final = "核对用,不具法律效力"
TITLE: Final = {"zh": "边界线走向核对稿:", "en": "Course of the line, a draft for checking: "}
BASIS: Final = {
    "zh": f"{NOT_BINDING}。方向以真北为准,分十六个方位;距离为沿界线的椭球面长度。",
    "en": "For checking only, without legal force. Sixteen directions, from true north; lengths along the line, on the "
    "ellipsoid.",
}
#: Shorter chords have no direction, and shorter pieces of one type are not told apart.
LEAST_M: Final = 1.0
_KM_M = 1000.0
_TENTHS_BELOW_M = 10.0
#: A place this near to the line is told of.
BESIDE_M: Final = 50.0
_MOST_NAME = 40
_TYPES_EN = {
    "界桩连线": "the straight line between stakes", "河流": "the river", "道路": "the road", "山脊": "the ridge",
    "其他标志物": "other marks",
}  # fmt: skip
_GROUPS = {2: "双立", 3: "三立"}


@dataclass(frozen=True)
class Passed:
    """Something with a name that the line meets.

    Parameters
    ----------
    name
        Without quotes and control letters.
    chainage_m
        From the start of the description.
    crossed
        The line crosses it; else it stands beside the line.
    """

    name: str
    chainage_m: float
    crossed: bool


@dataclass(frozen=True)
class Leg:
    """A piece of a stretch that follows one thing.

    Parameters
    ----------
    type
        Of its segment, ``""`` where the line does not say.
    azimuth_deg
        Of the chord, from true north; None where it is too short to have one.
    from_m, to_m
        Chainage from the start of the description.
    passed
        In order, each name once.
    """

    type: str
    azimuth_deg: float | None
    from_m: float
    to_m: float
    passed: tuple[Passed, ...] = ()

    @property
    def length_m(self) -> float:
        """Along the line, on the ellipsoid."""
        return self.to_m - self.from_m


@dataclass(frozen=True)
class Stretch:
    """From one stake to the next.

    Parameters
    ----------
    from_stakes, to_stakes
        Full numbers, two or three of a group; empty for the start and the end of the line.
    legs
        One for each type of segment, at least one.
    """

    from_stakes: tuple[str, ...]
    to_stakes: tuple[str, ...]
    legs: tuple[Leg, ...]

    @property
    def length_m(self) -> float:
        """Along the line, on the ellipsoid."""
        return self.legs[-1].to_m - self.legs[0].from_m


@dataclass(frozen=True)
class Description:
    """A line in words.

    Parameters
    ----------
    line_code, name
        Of the line.
    stretches
        In the order of the stakes, from one end of the line to the other.
    length_m
        Of the whole line, on the ellipsoid.
    """

    line_code: str
    name: str
    stretches: tuple[Stretch, ...]
    length_m: float

    def text(self, lang: str = "zh") -> str:
        """Title, what it is worth, a sentence for each stretch, and the stamp; a line each."""
        title = f"{TITLE[lang]}{_plain(self.line_code)} {_plain(self.name)}"
        return "\n".join([title.strip(), BASIS[lang], *self.sentences(lang), STAMP]) + "\n"

    def sentences(self, lang: str = "zh") -> tuple[str, ...]:
        """A sentence for each stretch, and the total."""
        told = tuple(_sentence(stretch, lang) for stretch in self.stretches)
        length = length_words(self.length_m, lang)
        return (*told, f"界线全长{length}。" if lang == "zh" else f"The line is {length} long.")

    def rows(self, lang: str = "zh") -> Iterator[dict[str, Any]]:
        """One row for each leg: stakes, type, direction, azimuth in degrees, metres, what is passed."""
        for stretch in self.stretches:
            for leg in stretch.legs:
                yield {
                    "from": _stakes(stretch.from_stakes, "start", lang),
                    "to": _stakes(stretch.to_stakes, "end", lang),
                    "segment_type": leg.type,
                    "direction": "" if leg.azimuth_deg is None else word_of(leg.azimuth_deg, lang),
                    "azimuth_deg": None if leg.azimuth_deg is None else round(leg.azimuth_deg, 2),
                    "length_m": round(leg.length_m, 2),
                    "from_m": round(leg.from_m, 2),
                    "to_m": round(leg.to_m, 2),
                    "passed": "、".join(passed.name for passed in leg.passed),
                }


def describe(
    line: Line, axis: Axis, placed: Iterable[tuple[Stake, Place]], beside: Sequence[Layer] = ()
) -> Description:
    """What a line does from stake to stake.

    Parameters
    ----------
    line, axis
        The line, and the same as an axis.
    placed
        Its stakes with their places, as :meth:`demarcation.check.Bench.on` gives them. Stakes follow each other as they
        stand along the line, from the side of the smaller numbers.
    beside
        Layers with a column ``name``: what the line crosses is told of, and points up to 50 m beside it.

    Examples
    --------
    >>> path = shapely.LineString([(114.0, 30.0), (114.02, 30.02)])
    >>> blank, ridge = [None] * 5, (Segment("山脊", path, 1),)
    >>> line = Line("9916", "", "", "", "", None, "", *blank, "", None, ridge)
    >>> print(describe(line, Axis((path,)), ()).sentences()[0])
    从界线起点起,沿山脊向东北方向行进2.94公里,至界线止点。
    """
    stakes = list(placed)
    course = _Course(axis, backwards=not runs_up(stakes))
    groups = _groups(course, stakes)
    cuts = [(0.0, ()), *groups, (axis.length_m, ())]
    # A stake at an end of the line is that end.
    if groups and groups[0][0] < LEAST_M:
        del cuts[0]
        cuts[0] = (0.0, cuts[0][1])
    if groups and len(cuts) > 2 and axis.length_m - groups[-1][0] < LEAST_M:  # noqa: PLR2004  # both ends
        del cuts[-1]
        cuts[-1] = (axis.length_m, cuts[-1][1])
    types = _types(course, line.segments)
    passed = sorted(_passed(course, beside), key=lambda one: (one.chainage_m, one.name))
    stretches = tuple(
        Stretch(before, after, tuple(_legs(course, (from_m, to_m), types, passed)))
        for (from_m, before), (to_m, after) in pairwise(cuts)
    )
    return Description(line.code, line.name, stretches, axis.length_m)


def runs_up(placed: Sequence[tuple[Stake, Place]]) -> bool:
    """Whether serials rise along the line; where as many fall as rise, they do.

    Examples
    --------
    >>> runs_up([])
    True
    """
    known = sorted((place.chainage_m, stake.serial) for stake, place in placed if stake.serial is not None)
    return sum(int(np.sign(after - before)) for (_, before), (_, after) in pairwise(known)) >= 0


def chord_deg(start: tuple[float, float], end: tuple[float, float]) -> float | None:
    """Azimuth from true north, 0 to 360, of the geodesic from one place to another; None where they are one.

    Examples
    --------
    >>> round(chord_deg((114.0, 30.0), (114.0, 30.1)), 6), chord_deg((114.0, 30.0), (114.0, 30.0))
    (0.0, None)
    """
    azimuth_deg, _, length_m = GEOD.inv(*start, *end)
    return None if length_m < LEAST_M else float(azimuth_deg % 360.0)


def length_words(length_m: float, lang: str = "zh") -> str:
    """A length as descriptions give it: kilometres to 10 m, metres below one kilometre, tenths below 10 m.

    Examples
    --------
    >>> length_words(1234.5), length_words(826.3), length_words(4.26, "en")
    ('1.23公里', '826米', '4.3 m')
    """
    metre, kilometre = ("米", "公里") if lang == "zh" else (" m", " km")
    if length_m >= _KM_M - 0.5:
        return f"{length_m / _KM_M:.2f}{kilometre}"
    return f"{length_m:.0f}{metre}" if length_m >= _TENTHS_BELOW_M - 0.05 else f"{length_m:.1f}{metre}"


@dataclass(frozen=True)
class _Course:
    """An axis in the direction of the description."""

    axis: Axis
    backwards: bool

    def turned_m(self, chainage_m: float) -> float:
        """Chainage of the axis from the start of the description, and the other way round."""
        return self.axis.length_m - chainage_m if self.backwards else chainage_m

    def chord_deg(self, from_m: float, to_m: float) -> float | None:
        at = self.axis.point_at
        return chord_deg(at(self.turned_m(from_m)), at(self.turned_m(to_m)))


def _groups(course: _Course, placed: Sequence[tuple[Stake, Place]]) -> list[tuple[float, tuple[str, ...]]]:
    """Stakes in order, those of one double or triple stake together, in the middle between their feet."""
    groups: dict[object, list[tuple[str, float]]] = {}
    for stake, place in placed:
        alone = stake.serial is None or stake.kind not in tuple("ABCDE")
        key = (stake.number, stake.row) if alone else stake.serial
        groups.setdefault(key, []).append((stake.number, course.turned_m(place.chainage_m)))
    return sorted(
        (float(np.mean([chainage_m for _, chainage_m in group])), tuple(sorted(number for number, _ in group)))
        for group in groups.values()
    )


def _types(course: _Course, segments: Sequence[Segment]) -> list[tuple[float, str]]:
    """Where each type of segment ends, in order."""
    middles = [part.interpolate(0.5, normalized=True) for part in course.axis.parts]
    paths = np.array([segment.path for segment in segments])
    ends: list[tuple[float, str]] = []
    end_m = 0.0
    for part, middle in zip(course.axis.parts, middles, strict=True):
        start_m, end_m = end_m, end_m + Axis((part,)).length_m
        kind = segments[int(np.argmin(shapely.distance(paths, middle)))].type
        ends.append((start_m if course.backwards else end_m, kind))
    if course.backwards:
        ends = [(course.turned_m(at_m), kind) for at_m, kind in reversed(ends)]
    return [one for one, after in zip(ends, [*ends[1:], (0.0, None)], strict=True) if one[1] != after[1]]


def _legs(
    course: _Course, ends: tuple[float, float], types: Sequence[tuple[float, str]], passed: Sequence[Passed]
) -> Iterator[Leg]:
    """One for each type between two chainages."""
    start_m, end_m = ends
    inside = [(at_m, kind) for at_m, kind in types if start_m + LEAST_M < at_m < end_m - LEAST_M]
    last = next((kind for at_m, kind in types if at_m >= end_m - LEAST_M), types[-1][1])
    for to_m, kind in [*inside, (end_m, last)]:
        met = {one.name: one for one in reversed(passed) if start_m <= one.chainage_m < to_m}
        yield Leg(kind, course.chord_deg(start_m, to_m), start_m, to_m, tuple(reversed(met.values())))
        start_m = to_m


def _passed(course: _Course, layers: Iterable[Layer]) -> Iterator[Passed]:
    """Where named things of layers meet the line."""
    for layer in layers:
        if "name" not in layer.frame:
            continue
        for part in course.axis.parts:
            near = layer.frame.sindex.query(part.buffer(BESIDE_M / metres_per_degree(part.bounds[3])[0]))
            for name, shape in zip(
                layer.frame["name"].iloc[near], layer.frame.geometry.iloc[near].to_numpy(), strict=True
            ):
                said = _plain(name) if isinstance(name, str) else ""
                if said:
                    yield from (Passed(said, at_m, crossed) for at_m, crossed in _meets(course, part, shape))


def _meets(course: _Course, part: shapely.LineString, shape: shapely.Geometry) -> Iterator[tuple[float, bool]]:
    """Where a line or the border of an area crosses the part, or a point stands beside it."""
    if shape.geom_type == "Point":
        place = course.axis.locate(shape.x, shape.y)
        if abs(place.offset_m) <= BESIDE_M:
            yield course.turned_m(place.chainage_m), False
        return
    border = shapely.boundary(shape) if shapely.get_dimensions(shape) > 1 else shape
    for point in shapely.get_parts(shapely.intersection(part, border)):
        if point.geom_type == "Point":
            yield course.turned_m(course.axis.locate(point.x, point.y).chainage_m), True


def _plain(name: str) -> str:
    """A name that stays inside its quotes and its line."""
    letters = (" " if unicodedata.category(letter)[0] in "CZ" else letter for letter in name)
    return "".join(letter for letter in letters if letter not in '“”"')[:_MOST_NAME].strip()


def _stakes(numbers: Sequence[str], end: str, lang: str) -> str:
    numbers = [_plain(number) for number in numbers]
    if lang == "zh":
        if not numbers:
            return "界线起点" if end == "start" else "界线止点"
        return f"{'、'.join(numbers)}号{_GROUPS.get(len(numbers), '')}界桩"
    if not numbers:
        return f"the {end} of the line"
    return f"stake{'s' if len(numbers) > 1 else ''} {', '.join(numbers)}"


def _sentence(stretch: Stretch, lang: str) -> str:
    legs = [_leg(leg, lang) for leg in stretch.legs]
    start, end = _stakes(stretch.from_stakes, "start", lang), _stakes(stretch.to_stakes, "end", lang)
    if lang == "zh":
        return f"从{start}起,{',再'.join(legs)},至{end}。"
    return f"From {start} {', then '.join(legs)}, to {end}."


def _leg(leg: Leg, lang: str) -> str:
    length = length_words(leg.length_m, lang)
    along, names = _plain(leg.type), [_met(one, lang) for one in leg.passed]
    if lang == "zh":
        towards = "" if leg.azimuth_deg is None else f"向{word_of(leg.azimuth_deg)}方向"
        return f"{f'沿{along}' if along else ''}{towards}行进{length}" + "".join(f",{name}" for name in names)
    towards = "" if leg.azimuth_deg is None else f" {word_of(leg.azimuth_deg, lang)}"
    return f"{f'along {_TYPES_EN.get(along, along)}' if along else ''}{towards} for {length}".strip() + "".join(
        f", {name}" for name in names
    )


def _met(passed: Passed, lang: str) -> str:
    at = length_words(passed.chainage_m, lang)
    if lang == "zh":
        return f"{'跨越' if passed.crossed else '旁经'}“{passed.name}”(里程{at})"
    return f"{'crossing' if passed.crossed else 'passing'} “{passed.name}” (at {at})"
