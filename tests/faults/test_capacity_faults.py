"""Odd capacities: told with their row, never counted as room, never as 0 [D21], and nobody twice [D22]."""

import dataclasses
import math

import numpy as np
import pandas as pd
import pytest

from coverage.capacity import capacity_of
from geo.messages import text
from layers.layer import Layer
from tests.builders import Place, demand, facilities, roads, solve

STREET = [(0, 0), (4000, 0)]


def sites(**columns: list[object]) -> Layer:
    """Three facilities at 0, 50 and 100 m of a street."""
    layer = facilities({"F1": (0, 0), "F2": (50, 0), "F3": (100, 0)})
    return dataclasses.replace(layer, frame=layer.frame.assign(**columns))


def test_d21_capacities_that_are_no_number_of_people() -> None:
    """Text, below 0, infinite and blank take nobody, each is told; 0 is 0, and half a place is half a place."""
    cells = pd.Series(["12", "约20", "-3", "inf", "", None, 0, 2.5, "NaN?"], dtype=object)
    table = pd.DataFrame({"row": range(2, 11), "kind": "day_care", "rooms": cells})
    found = capacity_of(table, "rooms")
    np.testing.assert_array_equal(found.per_facility, [12, *[np.nan] * 5, 0, 2.5, np.nan])
    told = [(one.code, one.row) for one in found.findings]
    assert told == [
        ("capacity_not_number", 3),
        ("capacity_not_number", 5),
        ("capacity_not_number", 10),
        ("capacity_negative", 4),
        ("capacity_blank", None),
    ]
    assert "约20" in found.findings[0].sentence("zh")
    assert {one.severity for one in found.findings} == {"warn"}


def test_d21_blank_is_not_zero_in_a_run() -> None:
    """F1 takes 4, F2 is blank, F3 has 0. Six of ten are left; all have the unknown one within reach, and it is said."""
    homes = demand({"a": Place((60, 0), pop=10)})
    result = solve(roads(STREET), sites(places=[4.0, math.nan, 0.0]), homes, minutes=(5,), capacity="auto")
    table = result.facilities.set_index("facility_id")
    assert table["capacity"].isna().tolist() == [False, True, False]
    assert table["assigned"].fillna(-1).tolist() == [4, -1, 0]
    assert table["free"].fillna(-1).tolist() == [0, -1, 0]
    assert table["used"].fillna(-1).tolist() == [1, -1, -1]
    told = result.summary["capacity"]
    assert (told["facilities_known"], told["facilities_unknown"], told["facilities_full"]) == (2, 1, 2)
    assert (result.summary["full"], told["full_beside_unknown"]) == (6, 6)
    assert "capacity_blank" in {one.code for one in result.findings["facilities"]}


def test_d21_what_does_not_serve_needs_no_capacity() -> None:
    """A closed facility and one of another kind are neither counted nor told of."""
    layer = sites(places=[4.0, math.nan, math.nan], status=["open", "closed", "open"])
    layer.frame["kind"] = ["day_care", "day_care", "clinic"]
    asked = {"minutes": (5,), "capacity": "auto", "kinds": ("day_care",)}
    result = solve(roads(STREET), layer, demand({"a": Place((60, 0), pop=10)}), **asked)
    assert not [one for one in result.findings["facilities"] if one.code.startswith("capacity")]
    assert result.facilities["capacity"].fillna(-1).tolist() == [4, -1, -1]


def test_no_facility_serves_is_an_answer_with_capacity_too() -> None:
    layer = sites(places=[4.0, 4.0, 4.0], status=["closed"] * 3)
    result = solve(roads(STREET), layer, demand({"a": Place((60, 0), pop=10)}), minutes=(5,), capacity="auto")
    assert result.summary["covered"] == {"5": 0}
    assert [result.summary[key] for key in ("full", "beyond", "no_road")] == [0, 10, 0]
    assert result.summary["capacity"]["mean_minutes"] is None
    assert result.assignment.empty


@pytest.mark.parametrize("model", ["nearest", "optimal"])
def test_d22_t22_people_whom_three_facilities_reach_are_served_once(model: str) -> None:
    """Ten people, three facilities with room for ten each: ten are assigned, not thirty; with room for four, two and
    one, seven."""
    homes = demand({"a": Place((60, 0), pop=10)})
    for rooms, served in (([10.0] * 3, 10), ([4.0, 2.0, 1.0], 7)):
        layer = sites(places=rooms)
        result = solve(roads(STREET), layer, homes, minutes=(5,), capacity="auto", assign=model)
        assert result.facilities["assigned"].sum() == served == result.summary["covered"]["5"]
        assert result.summary["full"] == 10 - served
        assert result.demand["served"].tolist() == [served]


def test_a_column_of_the_file_called_like_an_answer() -> None:
    """``capacity`` in the facilities is replaced by what was counted; ``full`` in the demand is kept as ``full_``."""
    layer = sites(capacity=[4.0, 2.0, 1.0], free=[99.0, 99.0, 99.0])
    homes = demand({"a": Place((60, 0), pop=10)})
    homes.frame["full"] = [3.0]
    result = solve(roads(STREET), layer, homes, minutes=(5,), capacity="capacity", weight="full")
    assert result.facilities["free"].tolist() == [4, 0, 0]
    assert result.facilities.columns.is_unique
    assert result.demand["full_"].tolist() == [3]
    assert result.demand["full"].tolist() == [0]
    assert "weight_renamed" in {one.code for one in result.findings["demand"]}


def test_every_sentence_can_be_filled() -> None:
    """A code whose facts are named otherwise than in its sentence would fail only when a user meets it."""
    homes = {"row": [2, 3, 4], "kind": ["elder_home", "elder_home", "clinic"], "beds": ["x", -1, None]}
    odd = pd.DataFrame({**homes, "residents": [1, 2, 3]})
    more = pd.DataFrame({"row": [2], "kind": ["elder_home"], "beds": [5], "residents": [9]})
    for table in (pd.concat([odd, more]), more):
        for one in capacity_of(table).findings:
            assert all(text(one.code, lang, row=one.row, field=one.field, **one.facts)[0] for lang in ("zh", "en"))


def test_figures_by_age_are_told_to_know_nothing_of_capacity() -> None:
    homes = demand({"a": Place((60, 0), pop=10)})
    homes.frame["pop60"] = [10.0]
    asked = {"minutes": (5,), "capacity": "auto", "weight": "pop60", "by_age": True}
    result = solve(roads(STREET), sites(places=[4.0, 0.0, 0.0]), homes, **asked)
    assert "capacity_not_by_age" in {one.code for one in result.findings["facilities"]}
    assert result.summary["full"] == 6
