"""Hand-worked: the shapes drawn for a time. The adult walks 1.25 m/s: 375, 750 and 1,125 m in 5, 10 and 15 minutes."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from coverage import reached, service_area
from coverage.exclusive_area import areas_exclusive
from coverage.result import Result
from coverage.service_area import areas_of_layer, areas_per_facility
from geo.area import ring_areas_m2
from geo.crs import GEOD
from tests.builders import Place, Road, at, demand, facilities, path, roads, row_of, solve
from tests.worlds import town as random_town

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


def to_zone(lonlat: np.ndarray) -> np.ndarray:
    points = gpd.GeoSeries(shapely.points(lonlat), crs="EPSG:4326").to_crs(ZONE)
    return np.column_stack([points.x, points.y])


def area(result_areas: gpd.GeoDataFrame, minutes: float) -> shapely.MultiPolygon:
    rows = result_areas.loc[result_areas["minutes"] == minutes]
    assert len(rows) == 1
    return rows.geometry.iloc[0]


@pytest.fixture(scope="module")
def solved() -> Result:
    return solve(roads(*TOWN), facilities(SITES), demand(NOBODY))


@pytest.fixture(scope="module")
def town(solved: Result) -> gpd.GeoDataFrame:
    return solved.service_areas


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


def test_an_area_does_not_depend_on_how_far_times_are_known() -> None:
    """[T14, D18] Times up to just the minutes asked, or up to an hour."""
    world = roads(*TOWN), facilities(SITES), demand(NOBODY)
    near, far = (solve(*world, minutes=(7,), report_minutes=most, per_facility=True) for most in (7, 60))
    for name in ("service_areas", "service_areas_by_facility"):
        shapes = [getattr(result, name).geometry.to_numpy() for result in (near, far)]
        assert shapely.equals_identical(*shapes).all()


def test_areas_can_be_asked_for_one_by_one(solved: Result) -> None:
    """[T14] Who has 5, 10 and 15 asks for 20 only; the row is the same as among all four."""
    alone = areas_of_layer(solved.field, (20.0,))
    together = areas_of_layer(solved.field, (5.0, 10.0, 15.0, 20.0))
    pd.testing.assert_frame_equal(pd.DataFrame(alone), pd.DataFrame(together.iloc[3:].reset_index(drop=True)))
    pd.testing.assert_frame_equal(pd.DataFrame(together.iloc[:3]), pd.DataFrame(solved.service_areas))


def test_reached_roads_can_be_asked_for_one_by_one(solved: Result) -> None:
    """Of the pieces that 20 minutes add to 15, those are the last band of any list that ends with both."""
    few, many = (reached.reached_pieces(solved.field, np.array(m) * 60.0) for m in ((15, 20), (5, 10, 15, 20)))
    added, last = few.take(few.band == 1), many.take(many.band == 3)
    for name in ("edge", "start", "stop"):
        assert (getattr(added, name) == getattr(last, name)).all()
    assert len(added.edge) > 20


def test_what_lies_beyond_the_known_times_is_not_drawn_as_unreached(solved: Result) -> None:
    """Times are known for an hour; asked for 61 minutes, the engine does not take the rest for out of reach."""
    with pytest.raises(ValueError, match="3660 s asked for"):
        areas_of_layer(solved.field, (61.0,))
    with pytest.raises(ValueError, match="up to 3600 s"):
        reached.reached_pieces(solved.field, np.array([600.0, 3660.0]))
    with pytest.raises(ValueError, match="up to 3600 s"):
        areas_exclusive(solved.field, (61.0,))


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


@pytest.mark.parametrize("cell_m", [4.0, 25.0])
def test_the_leg_is_in_the_area_as_far_as_the_time_lasts(cell_m: float) -> None:
    """[T15] 240 m off the road; 2 minutes are 150 m of it, 4 minutes 60 m of road to each side."""
    result = solve(roads([(0, 0), (2000, 0)]), facilities({"F1": (1000, 240)}), demand(NOBODY), minutes=(2, 4))
    for draw in (areas_of_layer, areas_per_facility):
        two, four = draw(result.field, (2.0, 4.0), cell_m=cell_m).geometry
        assert two.covers(shapely.LineString(path([(1000, 240), (1000, 90.5)])))
        assert not two.intersects(shapely.Point(at(1000, 90 - 2 * cell_m)))
        assert four.covers(shapely.LineString(path([(1000, 240), (1000, 0)])))
        assert four.covers(shapely.LineString(path([(941, 0), (1059, 0)])))
        west, _, east, north = gpd.GeoSeries([four], crs="EPSG:4326").to_crs(ZONE).total_bounds
        assert east - west == pytest.approx(120, abs=2.5 * cell_m)
        assert north - shapely.transform(shapely.Point(at(1000, 240)), to_zone).y <= 2 * cell_m


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


@pytest.mark.parametrize("cell_m", [6.0, 20.0])
@pytest.mark.parametrize("degrees", [0, 17, 45, 80])
def test_the_far_bank_is_out_in_cells_of_any_size(cell_m: float, degrees: float) -> None:
    """[T17, D17] A river of two and a half cells, however it lies to the grid: nothing of the far bank is drawn."""
    turn = np.array([[np.cos(np.radians(degrees)), np.sin(np.radians(degrees))]])
    turn = np.vstack([turn, [-turn[0, 1], turn[0, 0]]])
    bends = np.column_stack([np.arange(0, 1001, 100.0), np.tile([0.0, 14.0], 6)[:11]])
    near, far = ([tuple(xy) for xy in (bends + np.array([0, north])) @ turn] for north in (0.0, 2.5 * cell_m + 14))
    world = roads(near, far), facilities({"F1": near[5]}), demand({"N": far[3]})
    result = solve(*world, island_nodes=0, minutes=(5, 10))
    for draw in (areas_of_layer, areas_per_facility):
        areas = draw(result.field, (5.0, 10.0), cell_m=cell_m).geometry
        assert not areas.intersects(shapely.LineString(path(far))).any()
        assert areas.iloc[1].covers(shapely.LineString(path(near)))
    assert result.summary["covered"]["10"] == 0


def test_two_streets_in_one_cell() -> None:
    """[T18] Side by side, 8 m apart, in cells of 20 m: what is reached of each lies in the area."""
    world = roads([(0, 0), (800, 0)], [(0, 8), (800, 8)]), facilities({"F1": (300, 0), "F2": (700, 8)})
    result = solve(*world, demand(NOBODY), island_nodes=0, minutes=(2,))
    shape = areas_of_layer(result.field, (2.0,), cell_m=20.0).geometry.iloc[0]
    for x, y in ((300, 0), (700, 8)):
        reach = [(max(x - 150, 0), y), (min(x + 150, 800), y)]
        assert shape.buffer(1e-8).covers(shapely.LineString(path(reach)))


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


@pytest.mark.parametrize(("cell_m", "precision"), [(4.0, 0.985), (20.0, 0.95)])
def test_areas_agree_with_the_count_of_places_beside_the_streets(
    solved: Result, cell_m: float, precision: float
) -> None:
    """[T18] 4,000 places scattered 10 m beside the streets: those in time are drawn, and few others."""
    rng = np.random.default_rng(11)
    along, beside = rng.uniform(0, 3000, 4000), 200.0 * rng.integers(0, 16, 4000) + rng.normal(0, 10, 4000)
    east = rng.random(4000) < 0.5
    lonlat = np.array([at(x, y) if to_east else at(y, x) for x, y, to_east in zip(along, beside, east, strict=True)])
    seconds = solved.field.nearest(solved.field.snapper.snap(lonlat)).seconds
    both = drawn = in_time = 0
    minutes = (5.0, 10.0, 15.0)
    for m, shape in zip(minutes, areas_of_layer(solved.field, minutes, cell_m=cell_m).geometry, strict=True):
        inside, near = shapely.contains_xy(shape, lonlat), seconds <= m * 60
        both, drawn, in_time = both + (inside & near).sum(), drawn + inside.sum(), in_time + near.sum()
    assert both >= precision * drawn
    assert both >= 0.995 * in_time
    assert 2 * both >= 0.97 * (drawn + in_time)


@pytest.mark.parametrize("cell_m", [4.0, 20.0])
@pytest.mark.parametrize(
    ("minutes", "metres"),
    [
        # 375 m each way; 100 m to each side, but less where less is left: 2 x (275 x 200 + 100 x 100) m².
        (5, 130_000),
        # All of the street, and 100 m around it: 2000 x 200 + 100² pi m².
        (60, 431_416),
    ],
)
def test_the_area_of_a_street(minutes: float, metres: float, cell_m: float) -> None:
    """[T20] In square metres, which EPSG:3857 would make a third more of; worked out by hand, to 2 %."""
    result = solve(roads([(0, 0), (2000, 0)]), facilities({"F1": (1000, 0)}), demand(NOBODY), minutes=(minutes,))
    for draw in (areas_of_layer, areas_per_facility):
        assert draw(result.field, (minutes,), cell_m=cell_m)["area_m2"].tolist() == [pytest.approx(metres, rel=0.02)]


def test_ring_areas_are_those_of_the_geodesic_library() -> None:
    """[T20] Rings of many sizes on both hemispheres, with the clock and against it."""
    rng = np.random.default_rng(4)
    rings, expected = [], []
    for south, size in [(-60, 1e-3), (-8.6, 0.02), (0, 0.1), (30.5, 1e-4), (30.5, 0.05), (53, 0.3), (79, 0.01)]:
        angle = np.sort(rng.uniform(0, 2 * np.pi, 400))
        # The sides are straight in degrees here, so they are short.
        ring = np.column_stack([114 + size * np.cos(angle), south + size * np.sin(angle)])
        ring = np.vstack([ring, ring[:1]])[:: 1 if len(rings) % 2 else -1]
        rings.append(ring)
        expected.append(GEOD.polygon_area_perimeter(ring[:, 0], ring[:, 1])[0])
    areas = ring_areas_m2(np.vstack(rings), np.array([len(ring) for ring in rings]))
    assert areas == pytest.approx(expected, rel=2e-6)
    assert (np.sign(areas) == [-1, 1, -1, 1, -1, 1, -1]).all()


def _rings(frame: gpd.GeoDataFrame, cell_m: float) -> tuple[list[float], list[float]]:
    """Cells that the outer rings and the holes of one area enclose, rising."""
    parts = frame.to_crs(ZONE).geometry.iloc[0].geoms
    holes = [shapely.Polygon(hole).area for part in parts for hole in part.interiors]
    return sorted(shapely.Polygon(part.exterior).area / cell_m**2 for part in parts), sorted(
        a / cell_m**2 for a in holes
    )


def test_slivers_are_left_out_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """[T19] No part below one cell, no hole below two; what is missing is counted, and is all that small."""
    cell_m, slack = 20.0, 0.002
    counted = 0
    for seed, minutes in ((0, 3), (1, 5), (2, 6), (4, 8), (7, 4)):
        field = random_town(seed, side=6).solve(minutes=(minutes,), island_nodes=0).field
        clean = areas_of_layer(field, (minutes,), cell_m=cell_m)
        with monkeypatch.context() as patch:
            patch.setattr(service_area, "SMALLEST_PART_CELLS", 0.0)
            patch.setattr(service_area, "SMALLEST_HOLE_CELLS", 0.0)
            everything = areas_of_layer(field, (minutes,), cell_m=cell_m)
        parts, holes = _rings(clean, cell_m)
        all_parts, all_holes = _rings(everything, cell_m)
        assert parts == [area for area in all_parts if area >= 1 - slack]
        assert holes == [area for area in all_holes if area >= 2 - slack]
        assert everything["slivers"].tolist() == [0]
        assert clean["slivers"].tolist() == [len(all_parts) + len(all_holes) - len(parts) - len(holes)]
        counted += clean["slivers"].iloc[0]
    # All of them holes: what is reached hangs together with its road (small parts: tests/unit/test_outline.py).
    assert counted >= 10


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


def test_who_is_nearest_cut_in_the_middle_between_two() -> None:
    """Two facilities 600 m apart on one street: the land of each ends 300 m from it, and together it is the area."""
    sites = {"B": (1300, 0), "A": (700, 0), "C": (1000, 9000)}
    result = solve(roads([(0, 0), (2000, 0)]), facilities(sites), demand(NOBODY), minutes=(5, 10))
    for cell_m in (4.0, 20.0):
        parts = areas_exclusive(result.field, (5.0, 10.0), cell_m=cell_m)
        # C is on no road.
        assert parts["facility_id"].tolist() == ["A", "A", "B", "B"]
        assert parts["minutes"].tolist() == [5, 10, 5, 10]
        metric = parts.to_crs(ZONE).geometry
        middle = to_zone(np.array([at(1000, 0)]))[0, 0]
        for west, east in ((metric.iloc[0], metric.iloc[2]), (metric.iloc[1], metric.iloc[3])):
            assert west.bounds[2] == pytest.approx(middle, abs=cell_m)
            assert east.bounds[0] == pytest.approx(middle, abs=cell_m)
            assert west.area == pytest.approx(east.area, rel=0.05)
        whole = areas_of_layer(result.field, (5.0, 10.0), cell_m=cell_m)["area_m2"]
        sums = parts.groupby("minutes")["area_m2"].sum()
        assert sums.to_numpy() == pytest.approx(whole.to_numpy(), abs=0.3)


def test_of_two_that_are_equally_near_the_smaller_id_has_the_land() -> None:
    """Two at one door: the first has all, the other an empty area of 0 m²; the rows say so."""
    sites = {"F2": (700, 0), "F1": (700, 0)}
    result = solve(roads([(0, 0), (2000, 0)]), facilities(sites), demand({"D": Place((800, 0))}), minutes=(5,))
    parts = areas_exclusive(result.field, (5.0,))
    assert result.demand["facility_id"].tolist() == ["F1"]
    assert parts["facility_id"].tolist() == ["F1", "F2"]
    assert parts["area_m2"].tolist() == [result.service_areas["area_m2"].iloc[0], 0]
    assert parts.geometry.is_empty.tolist() == [False, True]
    assert set(parts.geom_type) == {"MultiPolygon"}


def test_nobody_is_nearest_where_there_is_no_facility_on_a_road() -> None:
    result = solve(roads([(0, 0), (2000, 0)]), facilities({"F1": (0, 9000)}), demand(NOBODY), minutes=(5,))
    assert len(areas_exclusive(result.field, (5.0,))) == 0
    assert len(areas_per_facility(result.field, (5.0,))) == 0
    assert areas_of_layer(result.field, (5.0,))["area_m2"].tolist() == [0]
