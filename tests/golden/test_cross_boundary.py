"""[P1, T23] Who crosses a line to be served: two counties on one street, worked out by hand."""

import dataclasses

import numpy as np
import pytest

from coverage.cross_boundary import Ledger, clip_roads, cross_boundary, flows
from coverage.network import build_network
from coverage.request import Request
from coverage.result import Result
from coverage.run import run
from geo.errors import RequestError
from layers.layer import Layer
from tests.builders import Place, demand, facilities, parameters, roads, units

#: West and east of x = 2000; what lies north of y = 500 is in no county.
COUNTIES = units({"A": (0, -500, 2000, 500), "B": (2000, -500, 4000, 500)})
#: A street through both, and a lane that leaves A to the south and comes back.
LANE = [(200, 0), (200, -700), (1800, -700), (1800, 0)]
HOMES = {
    "a1": Place((300, 0), pop=10),
    "a2": Place((1900, 0), pop=20),
    "b1": Place((2100, 0), pop=40),
    "b2": Place((3900, 0), pop=80),
    "n1": Place((1000, 510), pop=160),
    "far": Place((1000, 9000), pop=320),
}
SITES = {"FA": (1000, 0), "FB": (2050, 0), "FN": (1000, 600)}
SPUR = [(1000, 505), (1000, 700)]


def answer(layer: Layer, minutes: tuple[float, ...] = (5, 15), **homes: Place) -> Result:
    asked = parameters(minutes=minutes, island_nodes=0)
    return run(Request(build_network(layer), facilities(SITES), demand(HOMES | homes), COUNTIES, asked))


def on_clipped(streets: Layer, whole: Result) -> Result:
    return run(dataclasses.replace(whole.request, network=build_network(clip_roads(streets, COUNTIES, {"A"}))))


def cases(ledger: Ledger) -> dict[tuple[str, str], tuple[float, float, float]]:
    columns = ["roads", "facilities", "covered", "beyond", "no_road"]
    return {(r[0], r[1]): tuple(r[2:]) for r in ledger.cases[columns].to_numpy().tolist()}


def test_own_people_by_own_and_by_all_facilities_on_roads_cut_and_whole() -> None:
    """In 5 min one walks 375 m: a2 is 150 m from FB over the line, and 900 m from FA. a1 is 700 m from FA."""
    streets = roads([(0, 0), (4000, 0)], SPUR)
    whole = answer(streets, (5,))
    clipped = on_clipped(streets, whole)
    ledger = cross_boundary(whole, {"A"}, clipped)
    assert cases(ledger) == {
        ("halo", "own"): (0, 30, 0),
        ("halo", "all"): (20, 10, 0),
        # FB is 50 m beyond the cut: still within 500 m of a road, and so it stands at the end of it.
        ("clipped", "own"): (0, 30, 0),
        ("clipped", "all"): (20, 10, 0),
    }
    assert ledger.out == 20
    assert ledger.into == 0
    assert ledger.cases["people"].tolist() == [30, 30, 30, 30]


def test_roads_cut_at_the_line_lose_the_way_around() -> None:
    """Without the street between, a1 reaches FA only by the lane outside of A: cut at the line, it does not."""
    streets = roads([(200, 0), (320, 0)], LANE, [(1000, 0), (1800, 0)], [(2000, 0), (4000, 0)])
    whole = answer(streets, (60,))
    clipped = on_clipped(streets, whole)
    found = cases(cross_boundary(whole, {"A"}, clipped))
    assert found["halo", "own"] == (30, 0, 0)
    assert found["clipped", "own"] == (20, 10, 0)


def test_who_crosses_each_line_and_back_adds_up_to_all_covered() -> None:
    """[T23] a2 goes to B, b1 stays, n1 (in no county) is served there; the pairs are the covered, the diagonal too."""
    result = answer(roads([(0, 0), (4000, 0)], SPUR), (15,))
    pairs = flows(result)
    assert pairs.to_numpy().tolist() == [["", "", 160], ["A", "A", 10], ["A", "B", 20], ["B", "B", 40]]
    assert pairs["weight"].sum() == result.summary["covered"]["15"]
    ledger = cross_boundary(result, {"A"})
    assert ledger.lines.to_numpy().tolist() == [["A", "B", 20, 0, 20]]
    assert (ledger.out, ledger.into) == (20, 0)
    back = cross_boundary(result, {"B"})
    assert (back.out, back.into) == (0, 20)
    assert back.lines.to_numpy().tolist() == ledger.lines.to_numpy().tolist()


def test_units_in_groups() -> None:
    """Counted by group instead of unit: both are one county, and nobody crosses a line."""
    result = answer(roads([(0, 0), (4000, 0)], SPUR), (15,))
    ledger = cross_boundary(result, {"A", "B"}, groups={"A": "99", "B": "99"})
    assert ledger.pairs.to_numpy().tolist() == [["", "", 160], ["99", "99", 70]]
    assert ledger.lines.empty
    assert (ledger.out, ledger.into) == (0, 0)


def test_own_only_is_what_the_summary_says_without_the_outside() -> None:
    """Where the own units are all units, the ledger's own case is ``covered_without_outside`` of the main job."""
    result = answer(roads([(0, 0), (4000, 0)], SPUR), (15,))
    ledger = cross_boundary(result, {"A", "B"})
    outside_people = 160  # n1 is in no unit, so in no case of the ledger, and only FN serves it
    with_all = ledger.cases.set_index("facilities")["covered"]
    assert with_all["own"] == result.summary["covered_without_outside"]["15"]
    assert with_all["all"] + outside_people == result.summary["covered"]["15"]


def test_what_the_ledger_cannot_be_made_of() -> None:
    result = answer(roads([(0, 0), (4000, 0)]))
    for own in (set(), {"C"}):
        with pytest.raises(RequestError) as refused:
            cross_boundary(result, own)
        assert refused.value.code == "ledger_units"
    other = answer(roads([(0, 0), (4000, 0)]), (5, 10))
    with pytest.raises(RequestError) as refused:
        cross_boundary(result, {"A"}, other)
    assert refused.value.code == "ledger_other_question"


def test_nobody_served_and_nobody_there() -> None:
    """[T24, T27] No facility: covered 0. Nobody lives in A: no share, not 0 %."""
    base = answer(roads([(0, 0), (4000, 0)]))
    none = dataclasses.replace(base.request.facilities, frame=base.request.facilities.frame.iloc[:0])
    empty = cross_boundary(run(dataclasses.replace(base.request, facilities=none)), {"A"})
    assert empty.cases["covered"].tolist() == [0, 0]
    assert empty.pairs.empty
    assert empty.lines.empty
    homes = demand({"b": Place((2100, 0), pop=5)})
    lonely = cross_boundary(run(dataclasses.replace(base.request, demand=homes)), {"A"})
    assert np.isnan(lonely.cases["share"]).all()


def test_a_road_along_the_outline_or_touching_it_is_cut_cleanly() -> None:
    """What is left are lines inside; a road that only touches the outline leaves nothing."""
    touching = [(2000, -500), (2500, -800)]  # from the corner of A outwards
    left = clip_roads(roads([(1000, 0), (3000, 0)], touching, [(500, -900), (500, 900)]), COUNTIES, {"A"})
    assert len(left.frame) == 2
    assert set(left.frame.geometry.geom_type) == {"LineString"}
    assert clip_roads(roads([(0, 0), (100, 0)]), COUNTIES, {"A"}).frame["highway"].tolist() == ["residential"]
