"""Hand-worked: who is counted, where, and once. The adult walks 375, 750 and 1,125 m in 5, 10 and 15 minutes."""

import dataclasses
import math

import numpy as np
import pandas as pd
import pytest

from tests.builders import Place, demand, facilities, roads, row_of, seconds_of, solve, units

NEAR = 1e-5
STREET = [(0, 0), (4000, 0)]


#: A street on the central meridian, where a share of the drawn length is a share of the true one to the last bit.
MERIDIAN = [(0, 0), (0, 4000)]


def test_covered_exactly_at_the_limit() -> None:
    """1,125 m are 900 s: covered at 15 minutes. A tenth of a millimetre more is not."""
    places = {"at": (0, 1125), "past": (0, 1125.0001)}
    result = solve(roads(MERIDIAN), facilities({"F1": (0, 0)}), demand(places))
    at_limit, past = seconds_of(result)
    assert at_limit == pytest.approx(900, abs=1e-7)
    assert past == pytest.approx(900.00008, abs=1e-7)
    assert result.demand["status"].tolist() == ["covered", "beyond"]
    assert result.summary["covered"] == {"5": 0, "10": 0, "15": 1}


def test_covered_counts_the_limit_at_every_cut_off() -> None:
    """375 m and 750 m exactly count at 5 and at 10 minutes."""
    places = {"a": Place((0, 375), pop=3), "b": Place((0, 750), pop=5), "c": Place((0, 750.0001), pop=7)}
    result = solve(roads(MERIDIAN), facilities({"F1": (0, 0)}), demand(places))
    assert result.summary["covered"] == {"5": 3, "10": 8, "15": 15}


def test_a_tie_goes_to_the_smaller_id() -> None:
    """[D23] The home stands in the middle of two facilities; whatever the order of rows, the smaller id has it."""
    for sites in ({"F1": (0, 0), "F2": (400, 0)}, {"F2": (400, 0), "F1": (0, 0)}, {"F2": (0, 0), "F1": (400, 0)}):
        result = solve(roads(STREET), facilities(sites), demand({"D1": (200, 0)}))
        assert row_of(result.demand, "D1")["facility_id"] == "F1"
        served = result.facilities.set_index("facility_id")["served"]
        assert (served["F1"], served["F2"]) == (1, 0)


def test_times_within_a_millionth_of_a_second_are_a_tie() -> None:
    """A facility nearer by 0.5 µs of walking does not win over the smaller id; one nearer by a millimetre does."""
    half = 0.5e-6 * 1.25
    tie = {"F1": (400, 0), "F2": (half, 0)}
    assert row_of(solve(roads(STREET), facilities(tie), demand({"D1": (200, 0)})).demand, "D1")["facility_id"] == "F1"
    nearer = {"F1": (400, 0), "F2": (0.001, 0)}
    won = solve(roads(STREET), facilities(nearer), demand({"D1": (200, 0)}))
    assert row_of(won.demand, "D1")["facility_id"] == "F2"


def test_two_facilities_at_one_place() -> None:
    """The smaller id serves all, the other none."""
    sites = {"B": (100, 0), "A": (100, 0)}
    result = solve(roads(STREET), facilities(sites), demand({"D1": (0, 0), "D2": (300, 0)}))
    assert result.demand["facility_id"].tolist() == ["A", "A"]
    assert row_of(result.facilities, "A")["served"] == 2
    assert row_of(result.facilities, "B")["served"] == 0


def test_overlapping_areas_count_once() -> None:
    """[T22, D22] Three facilities reach the same 10 people: 10 are covered, and served once."""
    sites = {"F1": (0, 0), "F2": (100, 0), "F3": (200, 0)}
    result = solve(roads(STREET), facilities(sites), demand({"D1": Place((90, 0), pop=10)}))
    assert result.summary["covered"]["15"] == 10
    assert result.facilities["served"].tolist() == [0, 10, 0]


def test_covered_beyond_and_no_road_make_the_total() -> None:
    """[T26] 3 + 5 + 7 people in the three states; fractions too."""
    places = {"near": Place((100, 0), pop=3), "far": Place((3000, 0), pop=5), "off": Place((100, 900), pop=7)}
    result = solve(roads(STREET), facilities({"F1": (0, 0)}), demand(places))
    assert result.summary["demand_total"] == 15
    assert result.summary["covered"]["15"] == 3
    assert result.summary["beyond"] == 5
    assert result.summary["no_road"] == 7


def test_no_facility_covers_nobody() -> None:
    """[T27, D20] All closed: an answer, not an error."""
    result = solve(
        roads(STREET), facilities({"F1": Place((0, 0), status="closed")}), demand({"D1": Place((0, 0), pop=4)})
    )
    assert result.summary["covered"] == {"5": 0, "10": 0, "15": 0}
    assert result.summary["beyond"] == 4
    row = row_of(result.demand, "D1")
    assert row["status"] == "beyond"
    assert pd.isna(row["facility_id"])
    assert math.isnan(row["minutes"])
    areas = result.service_areas
    assert areas["area_m2"].fillna(0).eq(0).all()


def test_zero_weights() -> None:
    """[T24, D21] Nobody lives there: totals are 0, and a share of nobody is unknown, not 0 %."""
    places = {"D1": Place((0, 0), pop=0), "D2": Place((3000, 0), pop=0)}
    boxes = units({"990101": (-100, -100, 1000, 100), "990102": (1000, -100, 4100, 100)})
    result = solve(roads(STREET), facilities({"F1": (0, 0)}), demand(places), boxes)
    assert result.demand["status"].tolist() == ["covered", "beyond"]
    assert result.summary["demand_total"] == 0
    assert result.summary["covered"]["15"] == 0
    assert result.units["weight"].tolist() == [0, 0]
    assert result.units["share_15"].isna().all()


def test_the_weight_is_the_column_asked_for() -> None:
    """By default ``pop``; another column by name; 1 per row where there is no ``pop``."""
    layer = demand({"D1": Place((0, 0), pop=10), "D2": Place((3000, 0), pop=20)})
    layer.frame["pop65"] = [4.0, 1.0]
    world = roads(STREET), facilities({"F1": (0, 0)})
    by_default = solve(*world, layer).summary
    assert (by_default["covered"]["15"], by_default["demand_total"]) == (10, 30)
    assert by_default["parameters"]["weight"] == "pop"
    elders = solve(*world, layer, weight="pop65").summary
    assert (elders["covered"]["15"], elders["demand_total"]) == (4, 5)
    assert elders["parameters"]["weight"] == "pop65"
    rows = demand({"D1": Place((0, 0), pop=10), "D2": Place((3000, 0), pop=20)})
    bare = dataclasses.replace(rows, frame=rows.frame.drop(columns="pop"))
    assert solve(*world, bare).summary["demand_total"] == 2


def test_units_add_up_and_a_shared_border_counts_once() -> None:
    """[T23] A home on the border of two units is in the one with the smaller code; one in no unit is the row ''.

    Units 990101 (x to 1000) and 990102 (x to 2000). Homes: 2 people at 500 m, 3 on the border, 100 m off the street at
    the corner (1000, 100), 5 at 1,500 m, 7 outside at 3,000 m. The facility at 0 reaches 1,125 m: 2 + 3.
    """
    places = {
        "in_1": Place((500, 0), pop=2),
        "border": Place((1000, 100), pop=3),
        "in_2": Place((1500, 0), pop=5),
        "nowhere": Place((3000, 0), pop=7),
    }
    for codes in (("990101", "990102"), ("990102", "990101")):
        boxes = {codes[0]: (-100, -100, 1000, 100), codes[1]: (1000, -100, 2000, 100)}
        result = solve(roads(STREET), facilities({"F1": (0, 0)}), demand(places), units(boxes))
        table = result.units.set_index("unit_code")
        assert row_of(result.demand, "border", "demand_id")["unit_code"] == "990101"
        weight = {codes[0]: 2, codes[1]: 5, "": 7}
        weight["990101"] += 3
        assert table["weight"].to_dict() == weight
        covered = {codes[0]: 2, codes[1]: 0, "": 0}
        covered["990101"] += 3
        assert table["covered_15"].to_dict() == covered
        assert table["weight"].sum() == result.summary["demand_total"] == 17
        assert table["covered_15"].sum() == result.summary["covered"]["15"] == 5
        assert table.loc["990101", "share_15"] == pytest.approx(covered["990101"] / weight["990101"])
        assert table["facilities"].to_dict() == {codes[0]: 1, codes[1]: 0, "": 0}


def test_units_count_those_without_a_road() -> None:
    """4 people live 900 m from any road, inside the unit."""
    places = {"D1": Place((100, 0), pop=6), "D2": Place((100, 900), pop=4)}
    result = solve(
        roads(STREET), facilities({"F1": (0, 0)}), demand(places), units({"990101": (-100, -100, 4000, 1000)})
    )
    row = row_of(result.units, "990101", "unit_code")
    assert (row["weight"], row["covered_15"], row["no_road"], row["facilities"]) == (10, 6, 4, 1)
    assert row["share_15"] == pytest.approx(0.6)


def test_without_units() -> None:
    """No unit table, no outside, no figure without the neighbours."""
    result = solve(roads(STREET), facilities({"F1": (0, 0)}), demand({"D1": (0, 0)}))
    assert len(result.units) == 0
    assert result.summary["covered_without_outside"] is None
    assert row_of(result.facilities, "F1")["outside"] is None or pd.isna(row_of(result.facilities, "F1")["outside"])


def test_a_facility_in_the_neighbour_county_counts_and_is_told_apart() -> None:
    """The county ends at x = 2000. F1 at 0 reaches 4 people, F9 of the neighbour at 2,500 m reaches 6 at 1,900 m.

    With the neighbour's 10 are covered, without 4.
    """
    places = {"west": Place((500, 0), pop=4), "east": Place((1900, 0), pop=6)}
    result = solve(
        roads(STREET),
        facilities({"F1": (0, 0), "F9": (2500, 0)}),
        demand(places),
        units({"990101": (-100, -100, 2000, 100)}),
    )
    assert result.facilities["outside"].tolist() == [False, True]
    assert result.summary["covered"]["15"] == 10
    assert result.summary["covered_without_outside"] == {"5": 0, "10": 4, "15": 4}
    assert row_of(result.demand, "east")["facility_id"] == "F9"


def test_a_facility_on_the_county_border_is_inside() -> None:
    """At a corner of the county, 100 m off the street, it is in a unit, as a home would be."""
    result = solve(
        roads(STREET),
        facilities({"F1": (2000, 100)}),
        demand({"D1": (1900, 0)}),
        units({"990101": (-100, -100, 2000, 100), "990102": (-100, 100, 2000, 200)}),
    )
    assert not row_of(result.facilities, "F1")["outside"]
    assert result.summary["covered_without_outside"]["15"] == 1


def test_gaps_are_the_places_left_out_ranked_by_people() -> None:
    """Left out: 9 people beyond reach, 4 beyond reach and 2 without a road; not the covered one."""
    places = {
        "covered": Place((100, 0), pop=50),
        "small": Place((2000, 0), pop=4),
        "large": Place((3500, 0), pop=9),
        "off": Place((200, 1500), pop=2),
    }
    result = solve(roads(STREET), facilities({"F1": (0, 0)}), demand(places))
    gaps = result.gaps
    assert gaps["rank"].tolist() == list(range(1, len(gaps) + 1))
    assert gaps["weight"].is_monotonic_decreasing
    assert math.fsum(gaps["weight"]) == 15
    assert gaps["weight"].tolist() == [9, 4, 2]
    assert gaps["nearest_minutes"].tolist()[:2] == [
        pytest.approx(3500 / 1.25 / 60, abs=NEAR),
        pytest.approx(2000 / 1.25 / 60, abs=NEAR),
    ]
    assert pd.isna(gaps["nearest_minutes"].iloc[2])
    assert gaps["reason"].nunique() == 2  # beyond reach, and no road


def test_minutes_are_sorted_and_counted_once() -> None:
    """[D18, D19] 15, 5, 15, 10 are 5, 10, 15."""
    world = roads(STREET), facilities({"F1": (0, 0)}), demand({"D1": (500, 0)})
    messy = solve(*world, minutes=(15, 5, 15, 10))
    assert messy.summary["covered"] == {"5": 0, "10": 1, "15": 1}
    assert messy.service_areas["minutes"].tolist() == [5, 10, 15]


def test_order_of_rows_is_that_of_the_input() -> None:
    """One row out for each row in, in the order read, whatever the ids."""
    places = {key: (float(x), 0.0) for key, x in (("z", 10), ("a", 900), ("m", 3900))}
    result = solve(roads(STREET), facilities({"k": (0, 0), "b": (50, 0)}), demand(places))
    assert result.demand["demand_id"].tolist() == ["z", "a", "m"]
    assert result.facilities["facility_id"].tolist() == ["k", "b"]


def test_places_near_the_edge_of_the_roads_are_marked() -> None:
    """[T21, D14] The roads are a street of 4 km. In 2 minutes one walks 150 m: that far from its end it is marked."""
    places = {"middle": (2000, 0), "just_safe": (3840, 0), "just_near": (3860, 0), "end": (3950, 0)}
    result = solve(
        roads(STREET, [(0, -600), (4000, -600)], [(0, 600), (4000, 600)], [(2000, -600), (2000, 0), (2000, 600)]),
        facilities({"F1": (2050, 0), "F2": (3900, 0)}),
        demand(places),
        minutes=(2,),
        report_minutes=2,
    )
    assert result.demand["edge_of_roads"].tolist() == [False, False, True, True]


def test_growing_the_roads_does_not_change_what_is_not_marked() -> None:
    """[T21, D14] A lattice of streets, whole and clipped to its west: homes not marked in the clip keep their answer.

    Facilities stand in the east only, so that homes in the clip's east lose minutes when the roads there are missing.
    """
    step, count = 300.0, 13
    axis = [step * i for i in range(count)]
    rows = [[(x, y) for x in axis] for y in axis]
    columns = [[(x, y) for y in axis] for x in axis]
    clip_at = 2400.0
    clipped = [[p for p in line if p[0] <= clip_at] for line in (*rows, *columns)]
    sites = facilities({"F1": (2650, 1830), "F2": (2120, 1210), "F3": (910, 620)})
    rng = np.random.default_rng(7)
    places = demand({f"D{i:03}": (float(x), float(y)) for i, (x, y) in enumerate(rng.uniform(0, clip_at, (200, 2)))})
    asked = {"minutes": (5, 10), "report_minutes": 10, "island_nodes": 0}
    whole = solve(roads(*rows, *columns), sites, places, **asked).demand
    part = solve(roads(*(line for line in clipped if len(line) > 1)), sites, places, **asked).demand
    safe = ~part["edge_of_roads"]
    changed = (whole["minutes"].fillna(-1) - part["minutes"].fillna(-1)).abs() > 1e-6
    assert changed.any(), "the clip must cost someone something"
    assert safe.sum() >= 10, "the middle of the clip is not near its edge"
    assert not (changed & safe).any()
    assert (whole["status"] == part["status"])[safe].all()
