"""Hand-worked: the shapes drawn for a time. The adult walks 1.25 m/s: 375, 750 and 1,125 m in 5, 10 and 15 minutes."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geo.crs import GEOD
from tests.builders import Road, at, demand, facilities, path, roads, row_of, solve

#: The zone of the origin, for lengths in metres.
ZONE = "EPSG:4547"
#: A town: streets every 200 m, 3 km square, with a lane out of it.
AXIS = [200.0 * i for i in range(16)]
TOWN = [
    *([(x, y) for x in AXIS] for y in AXIS),
    *([(x, y) for y in AXIS] for x in AXIS),
    [(3000.0, 1400.0), (3700.0, 1450.0), (4300.0, 1900.0)],
]
SITES = {"F1": (1010.0, 1390.0), "F2": (2600.0, 1385.0)}
NOBODY = {"D1": (1000.0, 1000.0)}


def area(result_areas: gpd.GeoDataFrame, minutes: float) -> shapely.MultiPolygon:
    rows = result_areas.loc[result_areas["minutes"] == minutes]
    assert len(rows) == 1
    return rows.geometry.iloc[0]


@pytest.fixture(scope="module")
def town() -> gpd.GeoDataFrame:
    return solve(roads(*TOWN), facilities(SITES), demand(NOBODY)).service_areas


def test_areas_are_nested(town: gpd.GeoDataFrame) -> None:
    """[T14, D18] 5 ⊂ 10 ⊂ 15."""
    assert town["minutes"].tolist() == [5, 10, 15]
    five, ten, fifteen = (area(town, m) for m in (5, 10, 15))
    assert five.area < ten.area < fifteen.area
    # Seven decimals of a degree are a centimetre: that much of the smaller may stand out of the larger.
    assert ten.buffer(2e-7).covers(five)
    assert fifteen.buffer(2e-7).covers(ten)


@pytest.mark.parametrize("asked", [(5,), (5, 15), (15, 10, 5), (3, 5, 7, 10)])
def test_an_area_does_not_depend_on_what_else_is_asked(town: gpd.GeoDataFrame, asked: tuple[float, ...]) -> None:
    """[T14, D18] The ring of 5 minutes is the same, to the last vertex."""
    other = solve(roads(*TOWN), facilities(SITES), demand(NOBODY), minutes=asked).service_areas
    for minutes in set(asked) & {5, 10, 15}:
        assert shapely.equals_exact(area(other, minutes).normalize(), area(town, minutes).normalize(), 0.0)


def test_facilities_lie_in_their_areas(town: gpd.GeoDataFrame) -> None:
    """[T15]"""
    for xy in SITES.values():
        for minutes in (5, 10, 15):
            assert area(town, minutes).covers(shapely.Point(at(*xy)))


@pytest.mark.parametrize("off_m", [0.0, 20.0, 60.0, 150.0])
def test_a_facility_off_the_road_lies_in_its_area(off_m: float) -> None:
    """[T15] Also one that stands back from the road, while the time lasts."""
    result = solve(roads([(0, 0), (2000, 0)]), facilities({"F1": (1000, off_m)}), demand(NOBODY), per_facility=True)
    own = result.service_areas_by_facility
    assert own is not None
    point = shapely.Point(at(1000, off_m))
    assert own["facility_id"].tolist() == ["F1"] * 3
    assert own.geometry.covers(point).all()
    assert result.service_areas.geometry.covers(point).all()


@pytest.mark.parametrize(("minutes", "metres"), [(0.4, 30), (1, 75), (2, 150)])
def test_a_short_reach_has_a_shape_of_its_size(minutes: float, metres: float) -> None:
    """[T16] 24 s reach 30 m to each side: a valid shape as long as that, no dot and no box around it."""
    result = solve(roads([(0, 0), (2000, 0)]), facilities({"F1": (1000, 0)}), demand(NOBODY), minutes=(minutes,))
    shape = area(result.service_areas, minutes)
    assert shape.geom_type == "MultiPolygon"
    assert shape.is_valid
    assert not shape.is_empty
    assert shape.covers(shapely.LineString(path([(1005 - metres, 0), (995 + metres, 0)])))
    west, _, east, _ = gpd.GeoSeries([shape], crs="EPSG:4326").to_crs(ZONE).total_bounds
    assert east - west == pytest.approx(2 * metres, abs=10)
    # It is not larger than a strip of 100 m on each side of what is reached.
    assert 0 < row_of(result.service_areas, minutes, "minutes")["area_m2"] <= 2 * metres * 200


@pytest.mark.parametrize("width_m", [40.0, 120.0, 400.0])
def test_the_far_bank_of_a_river_is_not_in_the_area(width_m: float) -> None:
    """[T17, D17] Two streets along a river without a bridge: nothing of the far bank is reached, drawn or counted."""
    south, north = [(0.0, 0.0), (3000.0, 0.0)], [(0.0, width_m), (3000.0, width_m)]
    across = {f"N{i}": (100.0 * i, width_m) for i in range(30)}
    result = solve(roads(south, north), facilities({"F1": (1500, 0)}), demand(across), island_nodes=0)
    far_bank = shapely.LineString(path(north))
    assert not result.service_areas.geometry.intersects(far_bank).any()
    assert result.summary["covered"]["15"] == 0
    assert not result.reached_roads.geometry.intersects(far_bank).any()


def test_reached_roads_lie_in_the_area_and_end_where_time_ends(town: gpd.GeoDataFrame) -> None:
    """[T18] Each piece is reached within the minutes that its property names, not within fewer, and drawn."""
    result = solve(roads(*TOWN), facilities(SITES), demand(NOBODY))
    pieces = result.reached_roads
    assert set(pieces["minutes"]) == {5, 10, 15}
    for minutes in (5, 10, 15):
        reached = pieces.geometry[pieces["minutes"] <= minutes]
        ground = area(town, minutes).buffer(2e-7)
        assert all(ground.covers(piece) for piece in reached)
    # Ask the engine itself for the minutes of places on the pieces, half a metre from their ends.
    metric = pieces.to_crs(ZONE)
    spots, names, limits = [], [], []
    for i, (line, minutes) in enumerate(zip(metric.geometry, pieces["minutes"], strict=True)):
        parts = shapely.get_parts(line)
        for j, part in enumerate(parts):
            inset = min(0.5, part.length / 4)
            for k, along in enumerate((inset, part.length / 2, part.length - inset)):
                spots.append(part.interpolate(along))
                names.append(f"{i}-{j}-{k}")
                limits.append(float(minutes))
    places = demand(dict.fromkeys(names, (0.0, 0.0)))
    places.frame.geometry = gpd.GeoSeries(spots, crs=ZONE).to_crs("EPSG:4326")
    times = solve(roads(*TOWN), facilities(SITES), places).demand["minutes"].to_numpy()
    upper = np.array(limits)
    lower = np.select([upper == 15, upper == 10], [10.0, 5.0], 0.0)
    assert (times <= upper + 1e-3).all()
    assert (times >= lower - 1e-3).all()


def test_roads_in_the_area_are_reached_in_time_or_nearly(town: gpd.GeoDataFrame) -> None:
    """[T18] A road point inside the area is reached within its time, but for 15 m of drawing."""
    rng = np.random.default_rng(3)
    spots = {f"D{i:04}": (float(x), 200.0 * int(y)) for i, (x, y) in enumerate(rng.uniform(0, [3000, 16], (1500, 2)))}
    answers = solve(roads(*TOWN), facilities(SITES), demand(spots)).demand
    for minutes in (5, 10, 15):
        inside = answers.geometry.within(area(town, minutes))
        assert inside.sum() > 20
        late_s = answers.loc[inside, "minutes"].to_numpy() * 60 - minutes * 60
        assert np.nanmax(late_s) <= 15 / 1.25
        assert not answers.loc[inside, "minutes"].isna().any()
        reached = answers["minutes"] <= minutes
        assert area(town, minutes).buffer(2e-7).covers(shapely.MultiPoint(answers.geometry[reached].to_list()))


def test_areas_are_measured_on_the_ellipsoid(town: gpd.GeoDataFrame) -> None:
    """[T20] ``area_m2`` is the geodesic area of the very shape, to one part in 10,000."""
    for row in town.itertuples():
        total = sum(abs(GEOD.geometry_area_perimeter(part)[0]) for part in _oriented(row.geometry))
        assert row.area_m2 == pytest.approx(total, rel=1e-4)


def _oriented(shape: shapely.MultiPolygon) -> list[shapely.Polygon]:
    return [shapely.geometry.polygon.orient(part) for part in shape.geoms]


def test_areas_of_single_facilities() -> None:
    """[T14, T22] Each facility has its own rings; the ring of the layer is their union."""
    result = solve(roads(*TOWN), facilities(SITES), demand(NOBODY), per_facility=True)
    own = result.service_areas_by_facility
    assert own is not None
    assert sorted(zip(own["facility_id"], own["minutes"], strict=True)) == [
        (key, m) for key in ("F1", "F2") for m in (5, 10, 15)
    ]
    for minutes in (5, 10, 15):
        union = shapely.union_all(own.geometry[own["minutes"] == minutes].to_numpy())
        whole = area(result.service_areas, minutes)
        assert shapely.symmetric_difference(union, whole).area <= 1e-3 * whole.area
    alone = solve(roads(*TOWN), facilities({"F1": SITES["F1"]}), demand(NOBODY)).service_areas
    mine = own[own["facility_id"] == "F1"]
    for minutes in (5, 10, 15):
        assert (
            shapely.symmetric_difference(area(alone, minutes), area(mine, minutes)).area
            <= 1e-9 * area(mine, minutes).area
        )


def test_single_areas_only_when_asked() -> None:
    assert solve(roads(*TOWN), facilities(SITES), demand(NOBODY)).service_areas_by_facility is None


def test_shapes_are_valid_multipolygons(town: gpd.GeoDataFrame) -> None:
    """[T16]"""
    assert set(town.geom_type) == {"MultiPolygon"}
    assert town.geometry.is_valid.all()
    assert town.crs == "EPSG:4326"
    assert not pd.isna(town["area_m2"]).any()


def test_an_edge_reached_from_both_ends_is_whole() -> None:
    """Two facilities 1,000 m apart on one street, 10 minutes: 750 m from each, so all of it is reached and once."""
    result = solve(
        roads([(0, 0), (1000, 0)]), facilities({"F1": (0, 0), "F2": (1000, 0)}), demand(NOBODY), minutes=(10,)
    )
    line = result.reached_roads.to_crs(ZONE)
    assert line.length.sum() == pytest.approx(1000, abs=0.01)


def test_a_gap_in_the_middle_of_an_edge_is_not_reached() -> None:
    """The same street with 5 minutes: 375 m from each end, and 250 m in between that nobody reaches."""
    result = solve(
        roads([(0, 0), (1000, 0)]), facilities({"F1": (0, 0), "F2": (1000, 0)}), demand(NOBODY), minutes=(5,)
    )
    assert result.reached_roads.to_crs(ZONE).length.sum() == pytest.approx(750, abs=0.01)
    assert not result.reached_roads.geometry.intersects(shapely.LineString(path([(380, 0), (620, 0)]))).any()


def test_reached_roads_follow_the_direction() -> None:
    """A one-way street past the facility: ``to`` it lies upstream, ``from`` it downstream. 20 km/h, 1 minute: 333 m."""
    world = roads(Road([(0, 0), (2000, 0)], oneway=1)), facilities({"F1": (1000, 0)}), demand(NOBODY)
    for direction, (west, east) in {"to": (666.667, 1000), "from": (1000, 1333.333)}.items():
        result = solve(*world, profile="drive", minutes=(1,), direction=direction)
        bounds = result.reached_roads.to_crs(ZONE).total_bounds - 500_000
        assert (bounds[0], bounds[2]) == (pytest.approx(west, abs=0.01), pytest.approx(east, abs=0.01))
