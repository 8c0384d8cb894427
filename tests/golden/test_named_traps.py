"""Traps that a careful reader of the first version walked into, each with its answer worked out by hand."""

import dataclasses
import datetime as dt

import pytest
import shapely

from coverage.network import build_network
from coverage.pairs import pairs_within
from coverage.usable import usable_by
from geo.crs import metric_crs
from geo.errors import CrsError, RequestError
from layers import levels
from layers.schema import kind_code
from tests.builders import (
    AS_OF,
    Place,
    Road,
    at,
    demand,
    facilities,
    figures,
    layer_of,
    minutes_of,
    parameters,
    roads,
    row_of,
    solve,
    units,
)

STREET = [(0, 0), (2000, 0)]


@pytest.mark.parametrize("name", ["status", "minutes", "facility_id", "weight"])
def test_a_weight_with_the_name_of_an_answer_does_not_overwrite_it(name: str) -> None:
    """The house 125 m away is 100 s = 1.666667 min from F1 and weighs 7, whatever the column is called."""
    homes = demand({"D1": (125, 0)})
    homes.frame[name] = 7.0
    result = solve(roads(STREET), facilities({"F1": (0, 0)}), homes, weight=name)
    row = row_of(result.demand, "D1", "demand_id")
    assert (row["status"], row["facility_id"]) == ("covered", "F1")
    assert row["minutes"] == pytest.approx(1.666667, abs=1e-6)
    assert row[f"{name}_"] == 7
    assert result.summary["covered"]["15"] == 7
    assert [f.code for f in result.findings["demand"] if f.code == "weight_renamed"] == ["weight_renamed"]


def test_a_weight_in_words_is_refused_with_its_rows() -> None:
    homes = demand({"D1": (0, 0), "D2": (10, 0), "D3": (20, 0)})
    homes.frame["old"] = ["3", "3人", ""]
    with pytest.raises(RequestError) as caught:
        solve(roads(STREET), facilities({"F1": (0, 0)}), homes, weight="old")
    assert (caught.value.code, caught.value.rows) == ("weight_not_number", (2,))


def test_two_one_way_lines_there_and_back_are_a_two_way_street() -> None:
    """Two lines on the same vertices, one per direction: 100 m are 100 m both ways (residential, 20 km/h: 18 s)."""
    there, back = Road(STREET, oneway=1), Road(STREET[::-1], oneway=1)
    for start, end in ((500, 600), (600, 500)):
        result = solve(
            roads(there, back), facilities({"F": (end, 0)}), demand({"D": (start, 0)}), profile="drive", island_nodes=0
        )
        assert minutes_of(result, "D") * 60 == pytest.approx(18.0, abs=1e-4)


def test_a_ring_of_two_classes_is_one_part_with_a_beginning() -> None:
    ring = roads(
        Road([(0, 0), (300, 0), (300, 300)], highway="residential"),
        Road([(300, 300), (0, 300), (0, 0)], highway="service"),
    )
    counted = figures(ring)
    assert (counted["nodes"], counted["edges"], counted["components"]) == (1, 1, 1)
    network = build_network(ring)
    assert network.findings(usable_by(network, parameters().travel())) == ()


def test_an_area_reaches_no_farther_than_places_may_lie_from_the_road() -> None:
    """With max_snap 20 m the house 55 m off the road is no_road, and the area does not hold it."""
    result = solve(roads(STREET), facilities({"F": (1000, 0)}), demand({"D": (1000, 55)}), max_snap_m=20)
    assert row_of(result.demand, "D", "demand_id")["status"] == "no_road"
    area = result.service_areas.geometry.iloc[-1]
    assert not area.contains(shapely.Point(at(1000, 55)))
    assert area.contains(shapely.Point(at(1000, 10)))
    assert result.summary["parameters"]["area_reach_m"] == 20


def test_an_area_holds_a_facility_far_off_the_only_road() -> None:
    """399 m north of the road, 5 minutes at 1.25 m/s are 375 m: the strip along the leg is 375 m long."""
    result = solve(roads(STREET), facilities({"F": (1000, 399)}), demand({"D": (0, 0)}), minutes=(5,))
    area = result.service_areas.geometry.iloc[0]
    assert area.covers(shapely.LineString([at(1000, 399), at(1000, 30)]))


def test_no_piece_of_road_is_a_point() -> None:
    """10 minutes are 750 m: what is reached beyond a junction at 749.995 m is 5 mm, which no file can hold."""
    crossing = roads([(0, 0), (749.995, 0), (2000, 0)], [(749.995, 0), (749.995, 100)])
    result = solve(crossing, facilities({"F": (0, 0)}), demand({"D": (0, 0)}), minutes=(10,))
    ends = [shapely.get_coordinates(shapely.set_precision(line, 1e-7)) for line in result.reached_roads.geometry]
    assert [len(points) for points in ends] == [2]


def test_minutes_keep_their_names() -> None:
    result = solve(
        roads(STREET), facilities({"F": (0, 0)}), demand({"D": (0, 0)}), minutes=(10, 10.0000001, 10.000001, 120.125)
    )
    assert list(result.summary["covered"]) == ["10", "10.000001", "120.125"]


def test_times_from_facilities_agree_with_coverage_from_them() -> None:
    """Homes on an island without a facility are moved off it, in both commands alike."""
    main = [[(100 * k, 0), (100 * k + 100, 0)] for k in range(60)] + [[(100 * k, 0), (100 * k, 50)] for k in range(60)]
    island = [(0, 200), (100, 200)]
    sites, homes = facilities({"F": (0, 0)}), demand({"D": (50, 200)})
    network = build_network(roads(*main, island))
    result = solve(network, sites, homes, direction="from")
    pairs = pairs_within(network, parameters(), sites, homes, 60)
    assert bool(row_of(result.demand, "D", "demand_id")["moved_from_island"])
    assert pairs["minutes"].tolist() == [minutes_of(result, "D")]


LEFT, RIGHT = (0, -500, 1000, 500), (1000, -500, 2000, 500)


def test_units_of_one_level_with_different_words_all_count() -> None:
    """街道 and 镇 stand side by side: none is the other's parent, so both stay."""
    layer = units({"01": LEFT, "02": RIGHT})
    layer.frame["level"] = ["街道", "镇"]
    assert levels.study_units(layer, AS_OF).frame["unit_code"].tolist() == ["01", "02"]


@pytest.mark.parametrize("declared", [True, False])
def test_units_that_are_made_of_others_are_left_aside_and_said(declared: bool) -> None:
    """The county 99 holds 9901 and 9902, by parent code or by the beginning of the code."""
    layer = units({"99": (0, -500, 2000, 500), "9901": LEFT, "9902": RIGHT})
    if declared:
        layer.frame["parent_code"] = ["", "99", "99"]
    kept = levels.study_units(layer, AS_OF)
    assert kept.frame["unit_code"].tolist() == ["9901", "9902"]
    assert [(f.code, f.facts["count"]) for f in kept.quality.findings] == [("units_left_aside", 1)]


def test_units_count_while_they_exist() -> None:
    """The old unit ended in 2020; the new one stands on the same ground."""
    layer = units({"1": LEFT, "2": LEFT})
    layer.frame["valid_to"] = [dt.date(2020, 12, 31), None]
    assert levels.study_units(layer, AS_OF).frame["unit_code"].tolist() == ["2"]
    assert levels.study_units(layer, dt.date(2019, 1, 1)).frame["unit_code"].tolist() == ["1", "2"]


def test_units_without_polygons_count_by_declared_codes() -> None:
    """Codes that the table does not have are the row "" and are said; nothing is called outside."""
    codes = layer_of("units", [{"unit_code": "01", "name": "a"}], [None])
    homes, sites = demand({"D1": Place((0, 0), pop=3), "D2": Place((10, 0), pop=4)}), facilities({"F": (0, 0)})
    homes.frame["unit_code"] = ["01", "77"]
    sites.frame["unit_code"] = ["01"]
    result = solve(roads(STREET), sites, homes, codes)
    table = result.units.set_index("unit_code")
    assert table["weight"].to_dict() == {"": 4, "01": 3}
    assert table["facilities"].to_dict() == {"": 0, "01": 1}
    assert result.facilities["outside"].isna().all()
    assert result.summary["covered_without_outside"] is None
    assert "units_without_polygon" in [f.code for f in result.findings["demand"]]


def test_a_kind_that_no_facility_has_is_said() -> None:
    assert kind_code("居家养老服务中心") == "elder_centre"
    result = solve(
        roads(STREET), facilities({"F": (0, 0)}), demand({"D": (0, 0)}), kinds=("elder_center", "elder_centre")
    )
    found = [f.facts["kind"] for f in result.findings["facilities"] if f.code == "kind_absent"]
    assert found == ["elder_center"]
    assert result.summary["covered"]["15"] == 1


def test_roads_on_both_sides_of_the_antimeridian_are_refused() -> None:
    with pytest.raises(CrsError) as caught:
        metric_crs((-179.99, 0.0, 179.99, 0.1))
    assert caught.value.code == "area_too_wide"


def test_what_a_refused_row_weighs_is_counted_where_it_can_be_read() -> None:
    homes = demand({"D1": (0, 0)})
    refused = layer_of("demand", [{"reason": "x", "人口": "1200"}, {"reason": "x", "人口": "many"}], [None, None]).frame
    quality = dataclasses.replace(homes.quality, rows_read=3, refused=refused.drop(columns="geometry"))
    result = solve(roads(STREET), facilities({"F": (0, 0)}), dataclasses.replace(homes, quality=quality))
    assert result.summary["refused"]["demand"] == {"rows": 2, "weight": 1200}
