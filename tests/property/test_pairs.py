"""Times of all pairs against the independent oracle, by both engines, whichever side is smaller [P10, T12]."""

import dataclasses

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coverage import search
from coverage.network import build_network
from coverage.pairs import pairs_within
from coverage.run import run
from layers.layer import Layer
from tests.builders import Road, demand, facilities, parameters, roads
from tests.oracle import Oracle, check_pairs, coordinates
from tests.worlds import PROFILE, World, town, towns


def ids(layer: Layer) -> list[str]:
    return layer.frame["demand_id" if layer.kind == "demand" else "facility_id"].tolist()


def by_both_engines(room: int, *asked: object) -> pd.DataFrame:
    """The table by our engine in blocks of any size, which is that of scipy to the last bit."""
    tables = []
    for engine in ("scipy", "numba"):
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("QUARTERHOUR_ENGINE", engine)
            patch.setattr(search, "_ROOM", room)
            tables.append(pairs_within(*asked))
    pd.testing.assert_frame_equal(*tables, check_exact=True)
    return tables[1]


@given(towns(), PROFILE, st.sampled_from(["homes to sites", "sites to homes", "homes to homes"]),
       st.integers(1, 60), st.sampled_from([0.5, 3, 12]))  # fmt: skip
def test_pairs_are_those_of_the_oracle(world: World, profile: str, sides: str, room: int, minutes: float) -> None:
    asked = parameters(profile=profile, island_nodes=0)
    layers = {"homes": world.demand(), "sites": world.facilities()}
    start, end = (layers[side] for side in sides.split(" to "))
    table = by_both_engines(room, world.network(), asked, start, end, minutes)
    oracle = Oracle(world.roads(), asked)
    times = oracle.times_s(coordinates(start.frame), coordinates(end.frame), minutes * 60)
    check_pairs(table, times, ids(start), ids(end))


@given(towns(), PROFILE, st.sampled_from([0, 6, 50]))
def test_the_nearest_of_all_pairs_is_the_nearest(world: World, profile: str, island_nodes: int) -> None:
    """The smallest of a home's pairs is its time in the main job, islands or not; two ways to compute one thing."""
    request = world.request(profile=profile, island_nodes=island_nodes, report_minutes=15)
    table = pairs_within(request.network, request.parameters, request.demand, request.facilities, 15)
    homes = run(request).demand.set_index("demand_id")["minutes"].dropna()
    assert table.groupby("from_id")["minutes"].min().to_dict() == homes.to_dict()


@pytest.mark.parametrize("sides", ["few to many", "many to few"])
def test_places_on_one_edge_on_a_loop_and_at_a_node(sides: str) -> None:
    """A one-way street of 400 m into a ring of 4 x 100 m, both one-way; residential streets are driven at 20 km/h.

    S stands 100 m up the street, T at its end, where the ring begins, R 150 m round the ring; E is at E's place too.
    """
    ring = [(400, 0), (500, 0), (500, 100), (400, 100), (400, 0)]
    world = roads(Road([(0, 0), (400, 0)], oneway=1), Road(ring, oneway=1))
    places = {"S": (100, 0), "T": (400, 0), "R": (500, 50), "E": (100, 0)}
    metres = {("S", "T"): 300, ("S", "R"): 450, ("T", "R"): 150, ("R", "T"): 250}
    metres |= {("E", end): value for (start, end), value in metres.items() if start == "S"}
    metres |= dict.fromkeys((("S", "S"), ("S", "E"), ("E", "S"), ("E", "E"), ("T", "T"), ("R", "R")), 0)
    far = {f"Z{i}": (50_000.0 + i, 0.0) for i in range(9)}
    many, few = demand({**places, **far}), facilities(places)
    start, end = (few, many) if sides == "few to many" else (many, few)
    network = build_network(world)
    table = by_both_engines(7, network, parameters(profile="drive", island_nodes=0, max_snap_m=50), start, end, 10)
    found = {(r.from_id, r.to_id): r.minutes * 60 * 20 / 3.6 for r in table.itertuples()}
    assert found == {key: pytest.approx(value, abs=1e-3) for key, value in metres.items()}


def test_a_pair_exactly_at_the_limit() -> None:
    """On the central meridian 1,125 m are 900 s: a pair at 15 minutes; one a tenth of a millimetre farther is not."""
    network = build_network(roads([(0, 0), (0, 4000)]))
    homes, sites = demand({"at": (0, 1125), "past": (0, 1125.0001)}), facilities({"F": (0, 0), "G": (0, 9000)})
    for start, end in ((homes, sites), (sites, homes)):
        table = by_both_engines(1000, network, parameters(), start, end, 15)
        assert table[["from_id", "to_id"]].isin(["at", "F"]).all(axis=None)
        assert table["minutes"].tolist() == [15]


def test_nobody_and_nothing_in_reach() -> None:
    """No pair within the limit: a table without rows, with its columns."""
    world = dataclasses.replace(town(3), homes={}, sites={})
    network = world.network()
    alone = facilities({"F": (9e4, 0)}), demand({"D": (0, 9e4)})
    table = by_both_engines(10, network, parameters(), *alone, 15)
    assert (table.columns.tolist(), len(table)) == (["from_id", "to_id", "minutes"], 0)
