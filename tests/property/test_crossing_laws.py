"""What lies across a line: both sides are the whole, no direction matters, distances are those of GeographicLib."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from demarcation.axis import Axis
from demarcation.crossing import apart_m, lay
from geo.crs import GEOD
from geo.repair import area_m2
from tests.builders import path

_offsets = st.lists(st.integers(-200, 200), min_size=4, max_size=4)


def _axis(offsets: list[int], *, back: bool = False) -> Axis:
    """A bent line from south to north through the origin, 6 km long."""
    points = [(x, y) for x, y in zip([0, *offsets, 0], range(-3000, 3001, 1200), strict=True)]
    return Axis((shapely.LineString(path(points[::-1] if back else points)),))


@settings(max_examples=15, deadline=None)
@given(_offsets, st.integers(-900, 900), st.integers(-1500, 1500), st.integers(50, 800), st.integers(50, 800))
def test_both_sides_are_the_whole_whatever_the_direction(
    offsets: list[int], x: int, y: int, width: int, height: int
) -> None:
    plot = shapely.Polygon(path([(x, y), (x + width, y), (x + width, y + height), (x, y + height)]))
    there, back = (lay(plot, _axis(offsets, back=back), None, 1.0) for back in (False, True))
    assert there.crosses == back.crosses
    assert there.distance_m == pytest.approx(back.distance_m, abs=1e-6)
    if there.crosses:
        left, right = (part.area_m2 for part in there.parts)
        assert left + right == pytest.approx(area_m2(plot), rel=1e-5)
        assert [part.area_m2 for part in back.parts] == pytest.approx([right, left], rel=1e-5)
    # What is wholly on one side, or beside the line, is told so: the axis itself says where its corners are.
    offsets_m = [_axis(offsets).locate(*corner).offset_m for corner in plot.exterior.coords]
    if min(offsets_m) < -1.01 and max(offsets_m) > 1.01:
        assert there.crosses


@settings(max_examples=12, deadline=None)
@given(_offsets, st.integers(-900, 900), st.integers(-2500, 2500))
def test_the_distance_is_that_of_the_nearest_of_many_places_on_the_line(offsets: list[int], x: int, y: int) -> None:
    axis = _axis(offsets)
    (lon, lat) = path([(x, y)])[0]
    distance_m, _ = apart_m(shapely.Point(lon, lat), axis.parts[0])
    places = np.array([axis.point_at(at_m) for at_m in np.arange(0, axis.length_m + 20, 20.0)])
    away_m = GEOD.inv(np.full(len(places), lon), np.full(len(places), lat), places[:, 0], places[:, 1])[2]
    # Places 20 m apart: the nearest of them is within 10 m of the foot, along the line.
    assert distance_m - 1e-6 <= away_m.min() <= np.hypot(distance_m, 10.0) + 1e-3
