"""A line as an axis: chainage and offset against GeographicLib (through pyproj) and against brute force."""

import itertools

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from demarcation.axis import Axis, axis_of, metres_per_degree
from geo.crs import GEOD

few = settings(max_examples=25, deadline=None)
#: Vertices on a raster of 0.004 degrees (some 400 m), so that turns are sharp, and pieces of no length occur.
vertices = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), min_size=2, max_size=9).filter(
    lambda found: len(set(found)) > 1
)
shares = st.floats(0.0, 1.0)


def _line(steps: list[tuple[int, int]], step_deg: float = 0.004) -> shapely.LineString:
    return shapely.LineString([(114.0 + step_deg * x, 30.0 + step_deg * y) for x, y in steps])


def _apart_m(a: tuple[float, float], b: tuple[float, float]) -> float:
    return float(GEOD.inv(*a, *b)[2])


@few
@given(vertices, shares, st.sampled_from([0.004, 0.05]))
def test_a_point_of_a_chainage_lies_on_the_line_at_it(
    steps: list[tuple[int, int]], share: float, step_deg: float
) -> None:
    axis = Axis((_line(steps, step_deg),))
    at_m = share * axis.length_m
    point = axis.point_at(at_m)
    place = axis.locate(*point)
    assert abs(place.offset_m) < 1e-4
    # Where a line crosses or covers itself, one place has two chainages: both are of this point.
    assert _apart_m(axis.point_at(place.chainage_m), point) < 1e-3
    if shapely.is_simple(axis.parts[0]):
        assert place.chainage_m == pytest.approx(at_m, abs=1e-3)


@few
@given(vertices, st.tuples(st.floats(-0.03, 0.08), st.floats(-0.03, 0.08)))
def test_the_foot_is_the_nearest_of_dense_samples(steps: list[tuple[int, int]], off: tuple[float, float]) -> None:
    axis = Axis((_line(steps),))
    here = (114.0 + off[0], 30.0 + off[1])
    place = axis.locate(*here)
    # One geodesic after another takes long: dense near the foot, coarse along the whole line.
    near_m = np.clip(np.linspace(-50.0, 50.0, 200) + place.chainage_m, 0.0, axis.length_m)
    sample = np.array([axis.point_at(at_m) for at_m in [*np.linspace(0.0, axis.length_m, 300), *near_m]])
    away_m = GEOD.inv(sample[:, 0], sample[:, 1], np.full(500, here[0]), np.full(500, here[1]))[2]
    assert abs(place.offset_m) <= away_m.min() * (1 + 1e-5) + 0.01
    assert abs(place.offset_m) == pytest.approx(_apart_m(place.foot, here), abs=1e-6)
    assert axis.locate(*place.foot).offset_m == pytest.approx(0.0, abs=1e-4)


@few
@given(vertices)
def test_the_length_is_that_of_geographiclib(steps: list[tuple[int, int]]) -> None:
    line = _line(steps)
    axis = Axis((line,))
    assert axis.length_m == pytest.approx(GEOD.geometry_length(line), abs=1e-6)
    assert GEOD.geometry_length(axis.between(0.0, axis.length_m)) == pytest.approx(axis.length_m, abs=1e-6)


@few
@given(vertices, shares, shares)
def test_a_stretch_is_as_long_as_its_chainages_say(steps: list[tuple[int, int]], one: float, other: float) -> None:
    axis = Axis((_line(steps),))
    low, high = sorted((one * axis.length_m, other * axis.length_m))
    stretch = axis.between(low, high)
    assert GEOD.geometry_length(stretch) == pytest.approx(high - low, abs=1e-3)
    assert _apart_m(stretch.coords[0], axis.point_at(low)) < 1e-9


@few
@given(st.integers(0, 359), st.integers(0, 359), st.integers(0, 359))
def test_the_side_at_a_corner_is_that_of_the_ring_it_bounds(turn: int, first: int, about: int) -> None:
    """Two long arms from one corner part the land in two wedges: left of the line is one of them."""
    if min((turn - first) % 360, (first - turn) % 360) < 5:
        return

    def at(azimuth: int, far_m: float) -> tuple[float, float]:
        return GEOD.fwd(114.0, 30.0, azimuth, far_m)[:2]

    axis = Axis((shapely.LineString([at(first, 2000.0), (114.0, 30.0), at(turn, 2000.0)]),))
    if min((about - arm) % 360 for arm in (first, turn)) < 2 or min((arm - about) % 360 for arm in (first, turn)) < 2:
        return
    # Coming in along `first` reversed and leaving along `turn`, what lies clockwise from `turn` up to `first` is right.
    right = (about - turn) % 360 < (first - turn) % 360
    assert (axis.locate(*at(about, 50.0)).offset_m < 0) == right


def test_long_pieces() -> None:
    """26 km from stake to stake, as between two real counties: a chainage half-way is met to the millimetre."""
    axis = Axis((shapely.LineString([(114.0, 30.0), (114.2, 30.17)]),))
    for share in (0.1, 0.5, 0.9):
        place = axis.locate(*axis.point_at(share * axis.length_m))
        assert place.chainage_m == pytest.approx(share * axis.length_m, abs=1e-3)
        assert place.offset_m == pytest.approx(0.0, abs=1e-4)


def test_scale_of_a_degree_against_geographiclib() -> None:
    for lat in (0.0, 18.0, 30.0, 53.0):
        east, north = metres_per_degree(lat)
        assert east == pytest.approx(_apart_m((114.0, lat), (114.0001, lat)) * 1e4, rel=1e-7)
        assert north == pytest.approx(_apart_m((114.0, lat - 5e-5), (114.0, lat + 5e-5)) * 1e4, rel=1e-7)


def test_vertices_drawn_twice_have_no_side_and_no_length() -> None:
    corner = [(114.0, 30.0), (114.01, 30.0), (114.01, 30.0), (114.01, 30.01)]
    twice, once = Axis((shapely.LineString(corner),)), Axis((shapely.LineString(dict.fromkeys(corner)),))
    for here in ((114.0102, 29.9998), (114.0098, 30.0002), (114.0101, 30.005), (114.0, 30.0)):
        assert twice.locate(*here) == once.locate(*here)


def _chained(line: shapely.LineString, cuts: tuple[int, ...]) -> list[shapely.LineString]:
    bounds = [0, *cuts, len(line.coords) - 1]
    return [shapely.LineString(line.coords[a : b + 1]) for a, b in itertools.pairwise(bounds)]


BENT = shapely.LineString(
    [(114.0, 30.0), (114.01, 30.01), (114.03, 30.0), (114.03, 30.02), (114.01, 30.03), (114.0, 30.05)]
)


@few
@given(st.permutations(range(3)), st.tuples(st.booleans(), st.booleans(), st.booleans()))
def test_segments_in_any_order_and_direction_are_one_line(order: list[int], turned: tuple[bool, ...]) -> None:
    parts = _chained(BENT, (1, 3))
    axis = axis_of([shapely.reverse(parts[i]) if turned[i] else parts[i] for i in order])
    whole = [xy for part in axis.parts for xy in part.coords]
    drawn = [xy for part in parts for xy in part.coords]
    assert whole in (drawn, drawn[::-1])
    assert axis.gaps == ()
    # As most of the length is drawn: the last part is the longest, the others together are longer than it.
    metres = [GEOD.geometry_length(part) * (-1 if turn else 1) for part, turn in zip(parts, turned, strict=True)]
    assert (whole == drawn) == (sum(metres) > 0)


@few
@given(st.permutations(range(3)))
def test_a_gap_is_found_and_has_no_length(order: list[int]) -> None:
    """The second part is missing: 30 m are left out between what is there, whichever row comes first."""
    first, second = BENT.coords[:3], BENT.coords[3:]
    lon, lat = second[0]
    second[0] = GEOD.fwd(lon, lat, 90.0, 30.0)[:2]
    end = GEOD.fwd(lon, lat, 0.0, 0.0)[:2]
    parts = [shapely.LineString(first[:2]), shapely.LineString([*first[1:], end]), shapely.LineString(second)]
    axis = axis_of([parts[i] for i in order])
    assert [round(GEOD.geometry_length(gap), 3) for gap in axis.gaps] == [30.0]
    assert axis.length_m == pytest.approx(sum(GEOD.geometry_length(part) for part in parts), abs=1e-6)
    across = axis.between(0.0, axis.length_m)
    assert GEOD.geometry_length(across) == pytest.approx(axis.length_m + 30.0, abs=1e-3)


def test_beyond_an_end_and_at_a_gap_there_is_no_corner() -> None:
    """The next part goes on elsewhere: the side is that of the part at whose end the place lies."""
    axis = Axis(
        (
            shapely.LineString([(114.0, 30.0), (114.01, 30.0)]),
            shapely.LineString([(114.0, 29.99), (114.0, 29.98)]),
        )
    )
    assert axis.locate(114.0101, 30.0003).offset_m > 0
    assert axis.locate(114.0101, 29.9997).offset_m < 0
    assert not axis.closed


def test_round_an_exclave_the_start_is_a_corner_too() -> None:
    ring = Axis((shapely.LineString([(114.0, 30.0), (114.01, 30.0), (114.01, 30.01), (114.0, 30.01), (114.0, 30.0)]),))
    assert ring.closed
    for x, y in ((-1, -1), (-1, 2), (2, -1), (2, 2), (-1, 0), (0, -1)):
        outside = ring.locate(114.005 + 0.0052 * np.sign(x - 0.5), 30.005 + 0.0052 * np.sign(y - 0.5))
        assert outside.offset_m < 0
    assert ring.locate(114.0001, 30.0002).offset_m > 0
