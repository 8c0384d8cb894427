"""Laws of service areas on random towns, in cells of any size [T14 to T20]."""

from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from coverage.exclusive_area import areas_exclusive
from coverage.reached import piece_lines, reached_pieces
from coverage.service_area import areas_of_layer, areas_per_facility
from coverage.travel_time import Field
from tests.worlds import World, towns

PROFILE = st.sampled_from(["adult", "aided", "ebike", "drive"])
DIRECTION = st.sampled_from(["to", "from"])
CELL_M = st.sampled_from([4.0, 9.0, 16.0, 30.0])
MINUTES = st.lists(st.floats(0.2, 9), min_size=2, max_size=3, unique=True).map(sorted)
#: Metres that degrees and back may be off.
NEAR_M = 1e-5
FloatArray = npt.NDArray[np.float64]


def field_of(world: World, **asked: Any) -> Field:
    """Times up to ten minutes, without the rule for islands."""
    return world.solve(**{"island_nodes": 0, "minutes": (1,), "report_minutes": 10, **asked}).field


def metric(field: Field, frame: Any) -> list[shapely.MultiPolygon]:
    """Areas in metres."""
    return [shapely.transform(shape, field.network.crs.forward) for shape in frame.geometry]


def times_at(field: Field, xy: FloatArray) -> FloatArray:
    """Seconds of places given in metres, as for a row of the demand."""
    return field.nearest(field.snapper.snap(field.network.crs.inverse(xy))).seconds


@given(towns(), PROFILE, DIRECTION, CELL_M, MINUTES)
def test_areas_are_valid_and_nested_and_independent(
    world: World, profile: str, direction: str, cell_m: float, minutes: list[float]
) -> None:
    """[T14, T16] For the layer and for each facility: valid, also with the 7 decimals of a file; the same alone."""
    field = field_of(world, profile=profile, direction=direction)
    for draw in (areas_of_layer, areas_per_facility):
        areas = draw(field, minutes, cell_m=cell_m)
        shapes = areas.geometry.to_numpy()
        assert shapely.is_valid(shapes).all()
        assert shapely.is_valid(shapely.transform(shapes, lambda lonlat: np.round(lonlat, 7))).all()
        assert (shapely.get_type_id(shapes) == shapely.GeometryType.MULTIPOLYGON).all()
        assert shapely.is_ccw(shapely.get_exterior_ring(shapely.get_parts(shapes))).all()
        for rows in np.arange(len(areas)).reshape(-1, len(minutes)):
            for few, many in pairwise(metric(field, areas.iloc[rows])):
                assert few.is_empty or many.buffer(NEAR_M).covers(few)
        alone = draw(field, minutes[:1], cell_m=cell_m)
        again = areas.iloc[:: len(minutes)].reset_index(drop=True)
        pd.testing.assert_frame_equal(pd.DataFrame(alone), pd.DataFrame(again))


@given(towns(), PROFILE, DIRECTION, CELL_M, st.floats(0.2, 9))
def test_what_is_reached_is_inside(world: World, profile: str, direction: str, cell_m: float, minutes: float) -> None:
    """[T15, T18] Every reached piece of road whole, and each facility on a road."""
    field = field_of(world, profile=profile, direction=direction)
    (area,) = metric(field, areas_of_layer(field, [minutes], cell_m=cell_m))
    pieces = reached_pieces(field, np.array([minutes * 60]))
    ground = area.buffer(NEAR_M)
    shapely.prepare(ground)
    assert shapely.covers(ground, piece_lines(field.network, pieces, field.network.xy)).all()
    on = field.facilities.on_road
    assert shapely.intersects_xy(ground, field.network.crs.forward(field.facility_lonlat[on])).all()
    own = areas_per_facility(field, [minutes], cell_m=cell_m)
    assert own["facility_id"].tolist() == field.facility_ids[on].tolist()
    for shape, place in zip(metric(field, own), field.network.crs.forward(field.facility_lonlat[on]), strict=True):
        assert shapely.intersects_xy(shape.buffer(NEAR_M), *place)
        assert ground.covers(shape)


@given(towns(plain=True), st.sampled_from(["adult", "aided"]), CELL_M, st.floats(0.5, 9), st.integers(0, 2**32 - 1))
def test_what_is_inside_is_reached_or_near_it(
    world: World, profile: str, cell_m: float, minutes: float, seed: int
) -> None:
    """[T17, T18] A point inside is within a cell of a place in time, or within 2.42 cells of a reached road or leg."""
    field = field_of(world, profile=profile)
    frame = areas_of_layer(field, [minutes], cell_m=cell_m)
    (area,) = metric(field, frame)
    rng = np.random.default_rng(seed)
    west, south, east, north = area.bounds
    spots = rng.uniform((west, south), (east, north), (400, 2))
    spots = np.vstack([spots[shapely.intersects_xy(area, spots)], shapely.get_coordinates(area)[::5]])
    pieces = reached_pieces(field, np.array([minutes * 60]))
    on = np.flatnonzero(field.facilities.on_road)
    legs = shapely.linestrings(
        np.stack(
            [field.network.crs.forward(lonlat[on]) for lonlat in (field.facility_lonlat, field.facilities.lonlat)], 1
        )
    )
    roads = [*piece_lines(field.network, pieces, field.network.xy), *legs]
    far = shapely.distance(shapely.points(spots), shapely.union_all(roads)) > (1 + np.sqrt(2)) * cell_m + NEAR_M
    spots = spots[far]
    if not len(spots):
        return
    # Look around for a place in time; a step of the search is worth its walk.
    step = np.stack(np.meshgrid(np.linspace(-1, 1, 9), np.linspace(-1, 1, 9)), axis=-1).reshape(-1, 2)
    step = step[np.hypot(*step.T) <= 1] * cell_m
    around = (spots[:, None] + step[None]).reshape(-1, 2)
    slack_s = 0.4 * cell_m / field.access_mps
    in_time = times_at(field, around).reshape(len(spots), -1) <= minutes * 60 + slack_s
    assert in_time.any(axis=1).all()


@given(towns(), PROFILE, CELL_M, st.floats(0.2, 9))
def test_a_facility_alone_has_the_area_that_it_has_among_others(
    world: World, profile: str, cell_m: float, minutes: float
) -> None:
    """[T22] To the last vertex, when islands do not depend on who serves."""
    field = field_of(world, profile=profile)
    own = areas_per_facility(field, [minutes], cell_m=cell_m)
    for row in own.itertuples():
        sites = {str(row.facility_id): world.sites[str(row.facility_id)]}
        only = field_of(World(world.streets, sites, world.homes, world.origin), profile=profile)
        (shape,) = areas_of_layer(only, [minutes], cell_m=cell_m).geometry
        assert shapely.equals_identical(shape, row.geometry)


@given(towns(), PROFILE, CELL_M, st.floats(0.2, 9))
def test_exclusive_areas_are_the_whole_cut_up(world: World, profile: str, cell_m: float, minutes: float) -> None:
    """No overlap, nothing missing, valid; and who is counted for a facility lives in its area or beside it."""
    field = field_of(world, profile=profile)
    (whole,) = metric(field, areas_of_layer(field, [minutes], cell_m=cell_m))
    frame = areas_exclusive(field, [minutes], cell_m=cell_m)
    parts = metric(field, frame)
    assert frame.geometry.is_valid.all()
    assert set(frame.geom_type) <= {"MultiPolygon"}
    assert shapely.symmetric_difference(shapely.union_all(parts), whole).area <= 1e-6 * max(whole.area, 1)
    assert sum(part.area for part in parts) == pytest.approx(whole.area, rel=1e-6)
    assert frame["area_m2"].tolist() == pytest.approx([part.area for part in parts], rel=2e-3, abs=1)
    homes = shapely.get_coordinates(world.demand().frame.geometry.to_numpy())
    snaps = field.snapper.snap(homes)
    nearest = field.nearest(snaps)
    counted = np.flatnonzero((nearest.seconds <= minutes * 60) & (snaps.access_m <= 100) & ~snaps.moved_from_island)
    by_id = dict(zip(frame["facility_id"], parts, strict=True))
    xy = field.network.crs.forward(homes)
    for home in counted:
        land = by_id[str(field.facility_ids[nearest.facility[home]])]
        assert shapely.distance(land, shapely.Point(xy[home])) <= 2.5 * cell_m


def _time(field: Field, edge: int, share: float) -> float:
    """Seconds at a position on a road, worked out without links: by either end, or straight from a facility on it."""
    network = field.network

    def part(length: float, seconds: float) -> float:
        return length * seconds if length > 0 else 0.0

    best = min(
        field.node_s[network.u[edge]] + part(share, field.ahead_s[edge]),
        field.node_s[network.v[edge]] + part(1 - share, field.behind_s[edge]),
    )
    for who in np.flatnonzero(field.facilities.edge == edge):
        step = share - field.facilities.share[who]
        along = part(step, field.ahead_s[edge]) if step > 0 else part(-step, field.behind_s[edge])
        best = min(best, field.facilities.access_m[who] / field.access_mps + along)
    return float(best)


@given(towns(), PROFILE, DIRECTION, MINUTES, st.integers(0, 2**32 - 1))
def test_reached_pieces_are_what_the_times_say(
    world: World, profile: str, direction: str, minutes: list[float], seed: int
) -> None:
    """Positions all over the roads: in the piece of their band, or in none; pieces do not overlap."""
    field = field_of(world, profile=profile, direction=direction)
    limits = np.array(minutes) * 60
    pieces = reached_pieces(field, limits)
    assert (pieces.start < pieces.stop).all()
    same = pieces.edge[1:] == pieces.edge[:-1]
    assert (pieces.edge[1:] >= pieces.edge[:-1]).all()
    assert (pieces.start[1:][same] >= pieces.stop[:-1][same]).all()
    assert (pieces.band[1:][same] != pieces.band[:-1][same])[pieces.start[1:][same] == pieces.stop[:-1][same]].all()
    rng = np.random.default_rng(seed)
    for edge in rng.choice(np.flatnonzero(field.snapper.usable.land), 60):
        for share in rng.random(3):
            seconds = _time(field, edge, share)
            if np.abs(limits - seconds).min() < 1e-6:
                continue
            here = (pieces.edge == edge) & (pieces.start <= share) & (share <= pieces.stop)
            expected = int(np.searchsorted(limits, seconds))
            if expected < len(limits):
                found = pieces.band[here].tolist()
                # A piece of less than two centimetres is left out.
                if found != [expected]:
                    wide = 0.021 / field.network.length_m[edge]
                    around = {int(np.searchsorted(limits, _time(field, edge, share + d))) for d in (-wide, wide)}
                    assert expected not in around, (edge, share)
            else:
                assert not here.any()
