"""[row 32, archetype T6] Who stands beside whom: worked out by hand in metres along one street."""

import dataclasses
from collections.abc import Mapping

import numpy as np
import pytest

from coverage.colocation import BESIDE_M, Beside, CoLocation, co_location
from coverage.network import build_network
from geo.errors import RequestError
from layers.layer import Layer
from tests.builders import XY, Place, Road, facilities, row_of
from tests.builders import parameters as asked_for
from tests.builders import roads as road_layer

STREET = [(0, 0), (4000, 0)]
DEFAULT = Beside()


def found(
    rooms: Mapping[str, XY], clinics: Mapping[str, XY], beside: Beside = DEFAULT, *streets: Road | list[XY]
) -> CoLocation:
    network = build_network(road_layer(*(streets or (STREET,))))
    walker = asked_for(island_nodes=0)
    return co_location(network, sites(rooms), sites(clinics), beside, walker)


def sites(places: Mapping[str, XY]) -> Layer:
    return facilities({key: Place(xy) for key, xy in places.items()})


def with_columns(layer: Layer, **columns: list[object]) -> Layer:
    return dataclasses.replace(layer, frame=layer.frame.assign(**columns))


def test_metres_along_the_road_and_the_limit_counts() -> None:
    """A is 300 m from K, B 300.001 m, C 289 m and 5 m off the road on both sides: two of four, and D has no road."""
    rooms = {"A": (0, 0), "B": (2000, 0), "C": (3000, 5), "D": (2000, 900)}
    clinics = {"K": (300, 0), "L": (2300.001, 0), "M": (3289, -5)}
    answer = found(rooms, clinics)
    assert answer.table[["facility_id", "status", "via", "beside_id"]].to_numpy().tolist() == [
        ["A", "yes", "road", "K"],
        ["B", "no", None, "L"],
        ["C", "yes", "road", "M"],
        ["D", "no_road", None, None],
    ]
    assert answer.table["metres"].tolist()[:3] == pytest.approx([300, 300, 299], abs=0.011)
    assert np.isnan(answer.table["metres"][3])
    assert (answer.yes, answer.no, answer.no_road, answer.share) == (2, 1, 1, 0.5)


def test_the_default_is_ours_and_says_so() -> None:
    """No standard says how near 邻近 is: 300 m is named as our default; the user's own number is not."""
    codes = {finding.code for finding in found({"A": (0, 0)}, {"K": (300, 0)}).findings}
    assert BESIDE_M == 300
    assert codes == {"beside_is_ours"}
    assert found({"A": (0, 0)}, {"K": (300, 0)}, Beside(within_m=299)).findings == ()
    assert found({"A": (0, 0)}, {"K": (300, 0)}, Beside(within_m=299)).yes == 0


def test_a_straight_line_over_the_river_is_not_beside() -> None:
    """40 m apart on two banks; the bridge is 2 km up: 4,040 m by road."""
    banks = [[(0, 0), (4000, 0)], [(0, 40), (4000, 40)], [(4000, 0), (4000, 40)]]
    answer = found({"A": (2000, 0)}, {"K": (2000, 40)}, Beside(), *banks)
    assert answer.table["status"].tolist() == ["no"]
    assert answer.table["metres"].tolist() == pytest.approx([4040], abs=0.02)


def test_stairs_and_speeds_do_not_stretch_metres_and_a_ferry_is_no_road() -> None:
    """100 m of stairs are 100 m, though they take twice as long; over a ferry nothing is beside."""
    stairs = Road([(0, 0), (100, 0)], highway="steps")
    answer = found({"A": (0, 0)}, {"K": (200, 0)}, Beside(), stairs, [(100, 0), (300, 0)])
    assert answer.table["metres"].tolist() == pytest.approx([200], abs=0.01)
    ferry = Road([(100, 0), (150, 0)], highway="ferry", ferry_mps=9.0)
    answer = found({"A": (0, 0)}, {"K": (200, 0)}, Beside(), [(0, 0), (100, 0)], ferry, [(150, 0), (300, 0)])
    assert answer.table["status"].tolist() == ["no"]
    assert np.isnan(answer.table["metres"][0])


def test_one_building_needs_no_road() -> None:
    """Both at one point 2 km from any road, or 29 m apart where 30 m are one site; of two as near the smaller id."""
    assert found({"A": (0, 2000)}, {"K": (0, 2000)}).table[["status", "via"]].to_numpy().tolist() == [
        ["yes", "building"]
    ]
    assert found({"A": (0, 2000)}, {"K": (30, 2000)}).table["status"].tolist() == ["no_road"]
    near = found({"A": (0, 2000)}, {"L": (29, 2000), "K": (-29, 2000)}, Beside(same_site_m=30))
    assert near.table[["status", "via", "beside_id"]].to_numpy().tolist() == [["yes", "building", "K"]]


def test_one_address_counts_inside_of_one_unit_only() -> None:
    """人民路１号 of a town and 人民路 1号 of its village are one address; of another town, or without a unit, not."""
    rooms = with_columns(
        sites({"A": (0, 0), "B": (1, 0), "C": (2, 0)}),
        address=["人民路１号", "人民路1号", "人民路1号"],
        unit_code=["990100001", "990100002", None],
    )
    clinics = with_columns(sites({"K": (3000, 0)}), address=["人民路 1号"], unit_code=["990100001005"])
    network = build_network(road_layer(STREET))
    answer = co_location(network, rooms, clinics, Beside(), asked_for(island_nodes=0))
    assert answer.table["via"].tolist() == ["address", None, None]
    assert answer.table["metres"].tolist() == pytest.approx([3000, 2999, 2998], abs=0.01)
    assert {f.code: dict(f.facts) for f in answer.findings}["address_without_unit"] == {"count": 1}


def test_nothing_to_stand_beside_and_nothing_asked_about() -> None:
    """[T27] No clinic: nobody is beside one. No rooms: no share, not 0 %."""
    answer = found({"A": (0, 0)}, {"K": (0, 0)})
    assert answer.share == 1
    network = build_network(road_layer(STREET))
    none = dataclasses.replace(sites({"K": (0, 0)}), frame=sites({"K": (0, 0)}).frame.iloc[:0])
    assert co_location(network, sites({"A": (0, 0)}), none).table["status"].tolist() == ["no"]
    assert co_location(network, none, sites({"A": (0, 0)})).share is None


def test_a_facility_does_not_stand_beside_itself() -> None:
    with pytest.raises(RequestError) as refused:
        found({"A": (0, 0), "B": (9, 0)}, {"B": (9, 0)})
    assert refused.value.code == "beside_itself"
    for wrong in (-1.0, float("nan"), float("inf")):
        with pytest.raises(RequestError):
            Beside(within_m=wrong)


def test_the_smaller_id_of_two_at_one_distance() -> None:
    for order in ({"K": (100, 0), "L": (300, 0)}, {"L": (100, 0), "K": (300, 0)}):
        answer = found({"A": (200, 0)}, order)
        assert row_of(answer.table, "A")["beside_id"] == "K"


def test_an_island_where_a_clinic_stands_is_not_left() -> None:
    """300 m off a mainland of 64 corners lies a lane of 200 m: whoever is on it with a clinic walks the lane, not over.

    Without a clinic on it, the room is taken to stand on the mainland, as everywhere in the program.
    """
    lattice = [[(0, 100.0 * i), (700, 100.0 * i)] for i in range(8)]
    lattice += [[(100.0 * i, 0), (100.0 * i, 700)] for i in range(8)]
    network = build_network(road_layer(*lattice, [(1000, 0), (1000, 200)]), node_crossings=True)
    room, clinics = sites({"A": (1000, 0)}), sites({"K": (1000, 200), "L": (700, 0)})
    answer = co_location(network, room, clinics, DEFAULT, asked_for())
    assert answer.table[["beside_id", "metres"]].to_numpy().tolist() == [["K", 200.0]]
    moved = co_location(network, room, sites({"L": (700, 0)}), DEFAULT, asked_for())
    assert moved.table[["beside_id", "metres"]].to_numpy().tolist() == [["L", 300.0]]
