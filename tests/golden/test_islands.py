"""Hand-worked: points beside a small separate part of the roads [T05, D02]. The adult walks 1.25 m/s."""

import pytest

from tests.builders import Place, Road, demand, facilities, figures, minutes_of, roads, row_of, solve

NEAR = 1e-5
XY = tuple[float, float]


def comb(teeth: int, *, extra: bool = False) -> list[list[XY]]:
    """A street along y = 0 with dead ends of 30 m to the south every 100 m, from x = 100 on.

    Nodes: a junction and an end for each tooth, and the two ends of the street: 2 * teeth + 2. ``extra``: at the first
    junction another dead end to the north, that is one node more.
    """
    xs = [100.0 * (i + 1) for i in range(teeth)]
    street: list[XY] = [(0.0, 0.0), *((x, 0.0) for x in xs), (100.0 * (teeth + 1), 0.0)]
    lines: list[list[XY]] = [street, *([(x, 0.0), (x, -30.0)] for x in xs)]
    if extra:
        lines.append([(100.0, 0.0), (100.0, 20.0)])
    return lines


#: A lane of 300 m with two nodes, 200 m north of the street.
LANE: list[XY] = [(300, 200), (600, 200)]
#: 10 m south of the middle of the lane, 190 m from the street.
HOME: XY = (450, 190)


def test_the_comb_has_the_nodes_it_says() -> None:
    assert figures(roads(*comb(24)))["nodes"] == 50
    assert figures(roads(*comb(23, extra=True)))["nodes"] == 49


@pytest.mark.parametrize(
    ("mainland", "moved", "access_m"),
    [(comb(24), True, 190), (comb(23, extra=True), False, 10), (comb(24, extra=True), True, 190)],
    ids=["50 nodes", "49 nodes", "51 nodes"],
)
def test_fifty_nodes_make_a_mainland(mainland: list[list[XY]], moved: bool, access_m: float) -> None:
    """A home beside the lane goes over to the street when that has 50 nodes, and stays when it has 49."""
    result = solve(roads(*mainland, LANE), facilities({"F1": (750, 0)}), demand({"D1": HOME}))
    row = row_of(result.demand, "D1")
    assert row["moved_from_island"] == moved
    assert row["access_m"] == pytest.approx(access_m, abs=0.01)
    if moved:  # 190 m to the street, 300 m along it
        assert minutes_of(result, "D1") == pytest.approx(490 / 1.25 / 60, abs=NEAR)
        assert row["status"] == "covered"
    else:
        assert row["status"] == "beyond"


@pytest.mark.parametrize(("limit", "moved"), [(0, False), (2, False), (3, True), (26, True), (27, False)])
def test_the_limit_is_the_users(limit: int, moved: bool) -> None:
    """A lane of 2 nodes and a comb of 26: an island below the limit, a mainland from it on; 0 switches the rule off."""
    result = solve(roads(*comb(12), LANE), facilities({"F1": (750, 0)}), demand({"D1": HOME}), island_nodes=limit)
    assert bool(row_of(result.demand, "D1")["moved_from_island"]) is moved


def test_an_island_with_its_own_facility_is_not_left() -> None:
    """The facility on the lane serves the home from there: 10 m + 100 m = 88 s."""
    sites = {"F1": (750, 0), "F2": (350, 200)}
    result = solve(roads(*comb(24), LANE), facilities(sites), demand({"D1": HOME}))
    row = row_of(result.demand, "D1")
    assert (row["moved_from_island"], row["facility_id"]) == (False, "F2")
    assert minutes_of(result, "D1") == pytest.approx(88 / 60, abs=NEAR)
    assert not row_of(result.facilities, "F2")["moved_from_island"]


@pytest.mark.parametrize(
    "idle", [Place((350, 200), status="closed"), Place((350, 200), kind="meal_point")], ids=["closed", "another kind"]
)
def test_a_facility_that_does_not_serve_holds_no_island(idle: Place) -> None:
    """A closed one, or one of a kind not asked for, leaves the home free to move."""
    sites = {"F1": (750, 0), "F2": idle}
    result = solve(roads(*comb(24), LANE), facilities(sites), demand({"D1": HOME}), kinds=("elder_centre",))
    row = row_of(result.demand, "D1")
    assert (row["moved_from_island"], row["facility_id"]) == (True, "F1")


def test_a_point_stays_where_the_mainland_is_too_far() -> None:
    """The lane lies 600 m off, beyond the snap limit: the home stays on it, and is beyond, not without road."""
    lane = [(300, 600), (600, 600)]
    result = solve(roads(*comb(24), lane), facilities({"F1": (750, 0)}), demand({"D1": (450, 590)}))
    row = row_of(result.demand, "D1")
    assert (row["moved_from_island"], row["status"]) == (False, "beyond")
    assert row["access_m"] == pytest.approx(10, abs=0.01)
    near = solve(roads(*comb(24), lane), facilities({"F1": (750, 0)}), demand({"D1": (450, 590)}), max_snap_m=600)
    assert row_of(near.demand, "D1")["moved_from_island"]


def test_the_mainland_of_a_profile_is_what_it_may_use() -> None:
    """Two combs of 26 nodes joined by a motorway: 52 nodes for a driver, two islands for a walker."""
    west = comb(12)
    east = [[(x + 2000, y) for x, y in line] for line in comb(12)]
    world = roads(*west, *east, Road([(1300, 0), (2000, 0)], highway="motorway"), LANE)
    places = facilities({"F1": (2750, 0)}), demand({"D1": HOME})
    assert row_of(solve(world, *places, profile="drive").demand, "D1")["moved_from_island"]
    walker = row_of(solve(world, *places).demand, "D1")
    assert (walker["moved_from_island"], walker["status"]) == (False, "beyond")


def test_one_way_streets_do_not_make_islands() -> None:
    """Components are weak: a comb of one-way teeth that nobody can leave is still one mainland."""
    street, *teeth = comb(24)
    world = roads(street, *(Road(tooth, oneway=1) for tooth in teeth), LANE)
    result = solve(world, facilities({"F1": (750, 0)}), demand({"D1": HOME}), profile="drive")
    assert row_of(result.demand, "D1")["moved_from_island"]
    assert row_of(result.demand, "D1")["status"] == "covered"
