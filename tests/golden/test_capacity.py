"""Hand-worked: who finds room, who does not, and what a facility can take.

A street on the meridian; adults walk 1.25 m/s. Two facilities, F1 at 500 m with room for 10, F2 at 1,600 m for 6.

| home | at | people | to F1 | to F2 |
|---|---|---|---|---|
| a | 400 m | 6 | 80 s | |
| b | 990 m | 8 | 392 s | 488 s |
| c | 0 m | 5 | 400 s | |
| d | 3,000 m | 4 | | |
| e | 700 m from any road | 2 | | |

Nearest first: a (6) and then b (4) fill F1; the other 4 of b go to F2, which keeps 2 places free; c finds no room.
Optimal: F2 takes 6 of b; F1 takes a, the other 2 of b, and 2 of c: 16 in place of 14.
"""

import numpy as np
import pandas as pd
import pytest

from coverage.capacity import capacity_of, occupancy, occupancy_by_unit
from coverage.result import Result
from geo.errors import RequestError
from layers.layer import Layer
from tests.builders import Place, demand, facilities, parameters, roads, solve, units

HOMES = {
    "a": Place((0, 400), pop=6),
    "b": Place((0, 990), pop=8),
    "c": Place((0, 0), pop=5),
    "d": Place((0, 3000), pop=4),
    "e": Place((700, 100), pop=2),
}
STREET = [(0, 0), (0, 4000)]
BOXES = {"990101": (-100, -200, 900, 1200), "990102": (-100, 1200, 900, 4500)}


def centres(**columns: list[object]) -> Layer:
    layer = facilities({"F1": (0, 500), "F2": (0, 1600)})
    return Layer(layer.kind, layer.frame.assign(**columns), layer.datum, layer.source, layer.quality)


def solved(**asked: object) -> Result:
    asked = {"minutes": (5, 10), "capacity": "auto", **asked}
    return solve(roads(STREET), centres(places=[10.0, 6.0]), demand(HOMES), units(BOXES), **asked)


def by_id(table: pd.DataFrame, *columns: str) -> dict[str, tuple[object, ...]]:
    return {row[0]: row[1:] for row in table[list(columns)].itertuples(index=False, name=None)}


def test_nearest_first() -> None:
    """[T26] 25 people: 14 find room, 5 have only a full facility within reach, 4 none, 2 no road."""
    result = solved(assign="nearest")
    summary = result.summary
    assert by_id(result.demand, "demand_id", "status", "served", "full") == {
        "a": ("covered", 6, 0),
        "b": ("covered", 8, 0),
        "c": ("full", 0, 5),
        "d": ("beyond", 0, 0),
        "e": ("no_road", 0, 0),
    }
    assert summary["covered"] == {"5": 6, "10": 14}
    assert [summary[key] for key in ("full", "beyond", "no_road", "demand_total")] == [5, 4, 2, 25]
    assert by_id(result.facilities, "facility_id", "served", "capacity", "assigned", "free", "used") == {
        "F1": (19, 10, 10, 0, 1),
        "F2": (0, 6, 4, 2, 4 / 6),
    }
    assert result.assignment.to_numpy().tolist() == [
        ["a", "F1", pytest.approx(80 / 60, abs=1e-5), 6],
        ["b", "F1", pytest.approx(392 / 60, abs=1e-5), 4],
        ["b", "F2", pytest.approx(488 / 60, abs=1e-5), 4],
    ]
    # 6 x 80 + 4 x 392 + 4 x 488 = 4,000 s, over 14 people.
    assert summary["capacity"] == {
        "column": "auto",
        "assign": "nearest",
        "facilities_known": 2,
        "facilities_unknown": 0,
        "facilities_full": 1,
        "total": 16,
        "assigned": 14,
        "free": 2,
        "within_reach": {"5": 6, "10": 19},
        "full_beside_unknown": 0,
        "mean_minutes": pytest.approx(4000 / 60 / 14, abs=1e-5),
    }


@pytest.mark.parametrize("assign", ["nearest", "optimal"])
def test_t28_room_beyond_the_time_serves_nobody_and_who_is_left_is_named(assign: str) -> None:
    """[T28] F2 has room for thousands, but in 8 minutes b is the farthest that reaches F1 and nobody reaches F2."""
    far = centres(places=[10.0, 5_000.0])
    result = solve(roads(STREET), far, demand(HOMES), units(BOXES), minutes=(8,), capacity="auto", assign=assign)
    assert result.assignment["minutes"].max() <= 8
    assert set(result.assignment["facility_id"]) == {"F1"}
    assert result.facilities.set_index("facility_id").loc["F2", "assigned"] == 0
    left = {row.demand_id: row.reason for row in result.gaps.itertuples()}
    assert left["d"] == "too_far"
    assert left["e"] == "no_road"
    assert {"b", "c"} & {place for place, reason in left.items() if reason == "full"}
    assert result.gaps["weight"].sum() == 25 - 10


def test_optimal() -> None:
    """Two more find room; of c, 2 are served and 3 left, so its status is full. 4,992 s over 16 people."""
    result = solved(assign="optimal")
    assert by_id(result.demand, "demand_id", "status", "served", "full")["c"] == ("full", 2, 3)
    assert by_id(result.demand, "demand_id", "status", "served", "full")["b"] == ("covered", 8, 0)
    assert result.summary["covered"] == {"5": 6, "10": 16}
    assert [result.summary[key] for key in ("full", "beyond", "no_road")] == [3, 4, 2]
    assert result.assignment["weight"].tolist() == [6, 2, 6, 2]
    assert result.summary["capacity"]["mean_minutes"] == pytest.approx(4992 / 60 / 16, abs=1e-5)
    assert result.summary["capacity"]["free"] == 0


def test_units_add_up_and_places_left_out_weigh_who_is_left() -> None:
    result = solved(assign="optimal")
    sums = by_id(result.units, "unit_code", "weight", "covered_10", "full", "no_road", "capacity", "assigned", "free")
    assert sums == {"990101": (21, 16, 3, 2, 10, 10, 0), "990102": (4, 0, 0, 0, 6, 6, 0)}
    assert by_id(result.gaps, "demand_id", "weight", "reason") == {
        "d": (4, "too_far"),
        "c": (3, "full"),
        "e": (2, "no_road"),
    }


def test_with_room_for_all_the_answer_is_that_without_capacity() -> None:
    base = solve(roads(STREET), centres(), demand(HOMES), units(BOXES), minutes=(5, 10))
    for model in ("nearest", "optimal"):
        wide = solve(
            roads(STREET), centres(places=[100.0, 100.0]), demand(HOMES), units(BOXES),
            minutes=(5, 10), capacity="places", assign=model,
        )  # fmt: skip
        assert wide.summary["covered"] == base.summary["covered"]
        assert wide.summary["full"] == 0
        assert wide.demand["status"].tolist() == base.demand["status"].tolist()
        assert wide.summary["covered_without_outside"] == base.summary["covered_without_outside"]


def test_a_run_without_capacity_knows_nothing_of_it() -> None:
    result = solve(roads(STREET), centres(places=[1.0, 1.0]), demand(HOMES), units(BOXES), minutes=(5, 10))
    assert result.assignment is None
    assert not {"full", "capacity"} & set(result.summary)
    assert not {"capacity", "assign"} & set(result.summary["parameters"])
    for table in (result.demand, result.facilities, result.units):
        assert not {"full", "capacity", "assigned", "free", "used"} & set(table.columns)


def test_without_the_neighbours_facilities() -> None:
    """Both facilities outside the units: nobody finds room without them."""
    asked = {"minutes": (10,), "capacity": "auto"}
    boxes = units({"990101": (-100, 2000, 900, 4500)})
    result = solve(roads(STREET), centres(places=[10.0, 6.0]), demand(HOMES), boxes, **asked)
    assert result.summary["covered"] == {"10": 14}
    assert result.summary["covered_without_outside"] == {"10": 0}


def test_a_place_of_nobody_within_reach_is_covered() -> None:
    """Status full means that somebody is left; where nobody lives, nobody is."""
    homes = {"a": Place((0, 480), pop=9), "b": Place((0, 520), pop=0)}
    layer = centres(places=[2.0, 0.0])
    result = solve(roads(STREET), layer, demand(homes), minutes=(5,), capacity="auto")
    assert result.demand["status"].tolist() == ["full", "covered"]


# ---------------------------------------------------------------------- what a facility can take
TABLE = pd.DataFrame(
    {
        "row": [2, 3, 4, 5, 6, 7, 8],
        "kind": ["elder_home", "elder_home", "elder_home", "meal_point", "columbarium", "day_care", "clinic"],
        "beds": [50.0, 30.0, np.nan, np.nan, np.nan, np.nan, np.nan],
        "residents": [45.0, 33.0, 3.0, np.nan, np.nan, np.nan, np.nan],
        "places": [np.nan, np.nan, np.nan, np.nan, np.nan, 0.0, 4.0],
        "meals_per_day": [np.nan, np.nan, np.nan, 120.0, np.nan, np.nan, np.nan],
        "plots": [np.nan, np.nan, np.nan, np.nan, 800.0, np.nan, np.nan],
    }
)


def test_each_kind_has_its_column() -> None:
    """Free beds are beds less residents, never below 0; 0 places are 0; blank and a kind without a rule are unknown."""
    found = capacity_of(TABLE)
    np.testing.assert_array_equal(found.per_facility, [5, 0, np.nan, 120, 800, 0, np.nan])
    assert [(one.code, one.row, one.field) for one in found.findings] == [
        ("capacity_no_rule", None, None),
        ("capacity_blank", None, "beds"),
        ("capacity_overfull", 3, None),
    ]
    np.testing.assert_array_equal(capacity_of(TABLE, "beds").per_facility, [50, 30, *[np.nan] * 5])


def test_beds_without_residents_are_not_free() -> None:
    """How many beds are free is not known; nobody guesses that all are."""
    homes = pd.DataFrame({"row": [2, 3], "kind": "elder_home", "beds": [50.0, 40.0], "residents": [np.nan, 30.0]})
    found = capacity_of(homes)
    np.testing.assert_array_equal(found.per_facility, [np.nan, 10])
    assert [(one.code, one.field, one.facts["count"]) for one in found.findings] == [("capacity_blank", "residents", 1)]


def test_occupancy() -> None:
    """45 of 50 is 90 %; with 15 of 30 it is 60 of 80; one whose residents are not known is left out and counted."""
    beds, residents = np.array([50.0, 30.0, 40.0, 0.0]), np.array([45.0, 15.0, np.nan, 0.0])
    np.testing.assert_array_equal(occupancy(beds, residents), [0.9, 0.5, np.nan, np.nan])
    table = occupancy_by_unit(beds, residents, np.array(["a", "a", "a", "b"], dtype=object))
    assert table.iloc[0].tolist() == ["a", 2, 1, 80, 60, 0.75]
    assert table.iloc[1].tolist()[:5] == ["b", 1, 0, 0, 0]
    assert np.isnan(table["occupancy"].iloc[1])


def test_what_cannot_be_asked() -> None:
    with pytest.raises(RequestError) as error:
        capacity_of(TABLE, "rooms")
    assert error.value.code == "unknown_capacity"
    assert "beds" in error.value.message("en") + error.value.hint("en")
    with pytest.raises(RequestError) as error:
        capacity_of(TABLE[TABLE["kind"] == "clinic"])
    assert error.value.code == "capacity_not_known"
    for asked, code in (
        ({"assign": "optimal"}, "assign_without_capacity"),
        ({"capacity": "auto", "assign": "best"}, "bad_assign"),
    ):
        with pytest.raises(RequestError) as error:
            parameters(**asked)
        assert error.value.code == code
    assert parameters(capacity="beds").assign == "nearest"


def test_occupancy_in_the_tables_of_a_run() -> None:
    """Two homes in one unit: 8 of 10 and 30 of 30; together 38 of 40. One closed takes no part."""
    layer = facilities(
        {
            "H1": Place((0, 500), kind="elder_home"),
            "H2": Place((0, 600), kind="elder_home"),
            "H3": Place((0, 700), kind="elder_home", status="closed"),
        }
    )
    layer = Layer(
        layer.kind,
        layer.frame.assign(beds=[10.0, 30.0, 50.0], residents=[8.0, 30.0, 0.0]),
        layer.datum, layer.source, layer.quality,
    )  # fmt: skip
    result = solve(roads(STREET), layer, demand(HOMES), units(BOXES), minutes=(10,), capacity="auto")
    assert result.facilities["occupancy"].fillna(-1).tolist() == [0.8, 1, -1]
    assert result.facilities["free"].fillna(-1).tolist() == [0, 0, -1]
    assert result.units["occupancy"].fillna(-1).tolist() == [0.95, -1]
    assert result.summary["covered"] == {"10": 2}
