"""People are neither lost nor made: over a grid, by age, by unit. In = allocated + unallocated."""

import dataclasses
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from coverage.ages import ages_of
from coverage.by_age import by_age
from coverage.network import build_network
from coverage.request import Request
from layers.areal import apportion, split
from layers.layer import Layer
from layers.population import population_of
from tests.builders import demand, facilities, layer_of, parameters, path, roads, units

COUNTS = st.integers(0, 400)
SHARES = st.lists(st.floats(1e-3, 1e6), min_size=1, max_size=40)


@given(SHARES, st.one_of(st.integers(0, 10**7).map(float), st.floats(0, 1e7)))
def test_c06_parts_add_up_exactly_and_are_within_one_of_their_share(shares: Sequence[float], value: float) -> None:
    parts = apportion(value, np.array(shares))
    assert math.fsum(parts) == value
    ideal = value * np.array(shares) / math.fsum(shares)
    assert (parts >= 0).all()
    if value.is_integer():
        assert (parts == np.floor(parts)).all()
        assert (np.abs(parts - ideal) < 1 + 1e-6).all()
    else:
        assert parts == pytest.approx(ideal, rel=1e-9, abs=1e-9)


@given(st.lists(st.tuples(st.floats(1e-3, 10), st.integers(0, 9)), min_size=1, max_size=30), st.data())
def test_no_part_is_above_its_limit_where_there_is_room(cells: Sequence[tuple[float, int]], data: Any) -> None:
    most = np.array([room for _, room in cells], dtype=np.float64)
    value = data.draw(st.integers(0, int(most.sum())))
    parts = apportion(float(value), np.array([share for share, _ in cells]), most)
    assert math.fsum(parts) == value
    assert (parts <= most).all()


@st.composite
def districts(draw: st.DrawFn) -> Layer:
    """One to four boxes that may overlap, touch or lie apart, and their people by age; some numbers not whole."""
    rows, shapes = [], []
    for number in range(draw(st.integers(1, 4))):
        west, south = draw(st.integers(-500, 900)), draw(st.integers(-500, 900))
        wide, high = draw(st.integers(20, 700)), draw(st.integers(20, 700))
        corners = [(west, south), (west + wide, south), (west + wide, south + high), (west, south + high)]
        eighty, more, between, children, rest = (draw(COUNTS) for _ in range(5))
        half = draw(st.sampled_from([0.0, 0.0, 0.25]))
        rows.append({
            "demand_id": f"z{number}", "name": "z", "pop": eighty + more + between + children + rest + half,
            "pop0_14": float(children), "pop60": float(eighty + more + between), "pop65": float(eighty + more),
            "pop80": float(eighty),
        })  # fmt: skip
        shapes.append(shapely.Polygon(path(corners)))
    return layer_of("demand", rows, shapes)


def by_district(pieces: pd.DataFrame, column: str) -> dict[str, float]:
    return {key: math.fsum(part[column]) for key, part in pieces.groupby(pieces["demand_id"].str.split("#").str[0])}


@settings(max_examples=25, deadline=None)
@given(districts(), st.sampled_from([60.0, 137.5, 400.0]), st.booleans())
def test_c05_c06_a_grid_keeps_the_people_of_each_district(layer: Layer, cell_m: float, cut: bool) -> None:
    county = units({"1": (0, 0, 300, 300), "2": (300, 0, 700, 300)}) if cut else None
    made = split(layer, cell_m, units=county).frame
    for column in ("pop", "pop0_14", "pop60", "pop65", "pop80"):
        assert by_district(made, column) == dict(zip(layer.frame["demand_id"], layer.frame[column], strict=True))
    whole = made[
        made["demand_id"]
        .str.split("#")
        .str[0]
        .map(dict(zip(layer.frame["demand_id"], layer.frame["pop"] % 1 == 0, strict=True)))
    ]
    assert (whole["pop"] % 1 == 0).all()
    assert (made[["pop0_14", "pop60", "pop65", "pop80"]] % 1 == 0).all(axis=None)
    assert (made["pop65"] <= made["pop60"]).all()
    assert (made["pop80"] <= made["pop65"]).all()
    assert (whole["pop60"] + whole["pop0_14"] <= whole["pop"]).all()
    assert made["demand_id"].is_unique
    if county is not None:  # in = allocated + unallocated, and no piece lies in two units
        found = population_of(county, None, dataclasses.replace(layer, frame=made))
        people = found.people(["1", "2"], column="pop60")
        inside = sum(one.people or 0 for one in people.values())
        assert inside + found.unallocated["pop60"] == layer.frame["pop60"].sum()


@settings(max_examples=10, deadline=None)
@given(districts())
def test_p7_the_order_of_districts_decides_nothing(layer: Layer) -> None:
    turned = dataclasses.replace(layer, frame=layer.frame.iloc[::-1].reset_index(drop=True))
    one, other = (split(each, 150.0).frame.sort_values("demand_id", ignore_index=True) for each in (layer, turned))
    assert one.drop(columns="geometry").equals(other.drop(columns="geometry"))
    assert shapely.to_wkb(one.geometry.to_numpy()).tolist() == shapely.to_wkb(other.geometry.to_numpy()).tolist()


HOMES = st.lists(st.tuples(st.integers(0, 2500), COUNTS, COUNTS, COUNTS, COUNTS, COUNTS), min_size=1, max_size=12)


@settings(max_examples=25, deadline=None)
@given(HOMES, st.sampled_from([("pop60", "pop75"), ("pop60", "pop80"), ("pop65", "pop80"), ("pop60",)]))
def test_p1_every_age_and_all_ages_add_up(homes: Sequence[tuple[int, ...]], old: Sequence[str]) -> None:
    """Whole people: covered + beyond + no road = people, of each group, of the elders and of all."""
    layer = demand({f"h{number}": (home[0], 0) for number, home in enumerate(homes)})
    for column, part in zip(("pop", "pop0_14", *old), range(1, 6), strict=False):
        layer.frame[column] = [float(home[part]) for home in homes]
    request = Request(build_network(roads([(0, 0), (1500, 0)])), facilities({"f": (0, 0)}), layer,
                      units({"1": (0, -10, 700, 10)}), parameters(minutes=(5, 15)))  # fmt: skip
    found = by_age(request)
    people = ages_of(layer).people
    for group in (*found.summary["groups"], found.summary["elders"], found.summary["all"]):
        assert group["covered"]["15"] + group["beyond"] + group["no_road"] == group["total"]
        assert group["covered"]["5"] <= group["covered"]["15"]
    assert found.summary["elders"]["total"] == layer.frame[old[0]].sum()
    assert found.summary["all"]["total"] == sum(part.sum() for part in people.values())
    for group in found.summary["groups"]:
        assert found.units[f"weight_{group['group']}"].sum() == group["total"]
        assert found.units[f"covered_{group['group']}_15"].sum() == group["covered"]["15"]
