"""People by unit, base and year, over a grid and by age: worked by hand on boxes of metres."""

import dataclasses
import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

from coverage.by_age import by_age
from coverage.gaps import total
from coverage.network import build_network
from coverage.patches import AddFacility, CloseFacility
from coverage.request import Request
from coverage.run import run
from geo.errors import DataError, RequestError
from layers.areal import apportion, split
from layers.layer import Layer
from layers.population import AGE_COLUMNS, population_of
from layers.unit_demand import demand_of
from tests.builders import Road, at, demand, facilities, layer_of, parameters, path, roads, row_of, solve, units
from tests.study import cli, coverage_arguments, load, properties, world, write_study

Box = tuple[float, float, float, float]
STREET = [(0, 0), (1000, 0)]


def zones(boxes: Mapping[str, Box], **columns: Sequence[float]) -> Layer:
    """People polygons, each a box (west, south, east, north) in metres."""
    corners = [[(w, s), (e, s), (e, n), (w, n)] for w, s, e, n in boxes.values()]
    rows = [{"demand_id": key, "name": key, **{name: cells[i] for name, cells in columns.items()}}
            for i, key in enumerate(boxes)]  # fmt: skip
    return layer_of("demand", rows, [shapely.Polygon(path(ring)) for ring in corners])


def values(*rows: tuple[str, str, int, float, str]) -> Layer:
    """A table of values: unit, indicator, year, value, base."""
    names = ("unit_code", "indicator", "year", "value", "base")
    return layer_of("values", [dict(zip(names, row, strict=True)) for row in rows], [None] * len(rows))


def codes(layer: Layer) -> list[str]:
    return [finding.code for finding in layer.quality.findings]


# ---------------------------------------------------------------------- by base and year
COUNTY = [{"unit_code": "990100", "name": "县", "parent_code": ""},
          {"unit_code": "990100001", "name": "甲", "parent_code": "990100"},
          {"unit_code": "990100002", "name": "乙", "parent_code": "990100"}]  # fmt: skip


def county(rows: Sequence[Mapping[str, Any]] = COUNTY) -> Layer:
    """Units that are codes only."""
    return layer_of("units", rows, [None] * len(rows))


def test_the_base_and_the_year_that_were_asked_for() -> None:
    table = values(
        ("990100001", "60岁及以上户籍人口", 2020, 100, ""),
        ("990100001", "60岁及以上常住人口", 2020, 90, ""),
        ("990100001", "60岁及以上人口", 2025, 0.012, "户籍"),
        ("990100001", "60岁及以上人口(万人)", 2024, 0.0115, "户籍人口"),
        ("990100001", "60岁及以上人口占比", 2020, 23.5, "户籍"),
    )
    found = population_of(county(), table, None)

    def of(base: str, year: int | None) -> tuple[Any, str, str]:
        one = found.people(["990100001"], column="pop60", base=base, year=year)["990100001"]
        return one.people, str(one.basis), one.reason

    assert of("户籍", 2020) == (100, "户籍 2020", "")
    assert of("常住", 2020) == (90, "常住 2020", "")
    assert of("户籍", 2024) == (115, "户籍 2024", "")
    assert of("户籍", None) == (0.012, "户籍 2025", "")
    # The right base before the right year, the nearest year, and it is said.
    assert of("常住", 2025) == (90, "常住 2020", "other_year")
    assert of("户籍", 2021) == (100, "户籍 2020", "other_year")
    assert of("户籍", 2022) == (100, "户籍 2020", "other_year")
    nothing = found.people(["990100002"], column="pop60", base="户籍", year=2020)["990100002"]
    assert (nothing.people, nothing.basis, nothing.reason, nothing.as_asked) == (None, None, "no_data", False)


def test_another_base_is_flagged_and_never_taken_silently() -> None:
    """41.17 beds per 1,000 registered elders is not that of residents."""
    found = population_of(county(), values(("990100", "常住人口60岁及以上(万人)", 2020, 82.8, "")), None)
    one = found.people(["990100"], column="pop60", base="户籍", year=2020)["990100"]
    assert (one.people, str(one.basis), one.reason) == (828_000, "常住 2020", "other_base")
    assert found.people(["990100"], column="pop60", year=2020)["990100"].as_asked


def test_parts_are_summed_on_one_basis_and_only_when_all_are_known() -> None:
    table = values(
        ("990100001", "户籍老年人口", 2020, 100, ""),
        ("990100002", "户籍老年人口", 2021, 50, ""),
        ("990100001001", "常住人口", 2020, 7, ""),
        ("990100002001", "常住人口", 2020, 8, ""),
        ("990100002002", "常住人口", 2020, 9, ""),
    )
    found = population_of(county(), table, None)
    whole = found.people(["990100"], column="pop60", base="户籍", year=2020)["990100"]
    assert (whole.people, whole.reason) == (None, "partial")  # 2020 and 2021 are not added up
    # Villages that no list of units names are parts by their code.
    people = found.people(["990100", "990100002"], column="pop", base="常住", year=2020)
    assert [(one.people, one.summed, one.as_asked) for one in people.values()] == [(24, True, True), (17, True, True)]


def test_numbers_that_contradict_each_other_are_not_taken() -> None:
    table = values(
        ("990100", "pop60", 2020, 100, "户籍"), ("990100", "60岁及以上户籍人口", 2020, 101, ""),
        ("990100", "户籍人口", 2020, 500, "常住"), ("990100", "常住人口", 2020, -1, ""),
        ("990100", "80岁以上人口", 2020, 7, "户籍"), ("990100", "pop80", 2020, 7, "户籍人口"),
    )  # fmt: skip
    found = population_of(county(), table, None)
    assert [(finding.code, finding.row) for finding in found.findings] == [
        ("people_twice", 1), ("people_bases_differ", 3), ("people_not_a_number", 4),
    ]  # fmt: skip
    assert found.frame[["column", "people"]].to_numpy().tolist() == [["pop80", 7.0]]


def test_t23_the_demand_adds_up_to_its_units_and_borders_count_once() -> None:
    boxes = units({"990100001": (0, 0, 500, 500), "990100002": (500, 0, 1000, 500), "990100003": (0, 500, 500, 900)})
    places = demand({"a": (100, 100), "on the border": (500, 250), "b": (900, 100), "outside": (5000, 0)})
    places.frame["pop60"] = [3.0, 5.0, 7.0, 11.0]
    found = population_of(boxes, None, places)
    people = found.people(boxes.frame["unit_code"], column="pop60", base="常住", year=2025)
    assert {code: one.people for code, one in people.items()} == {
        "990100001": 8, "990100002": 7, "990100003": 0}  # fmt: skip
    assert {one.reason for one in people.values()} == {"base_not_stated"}
    assert found.unallocated["pop60"] == 11
    known = population_of(boxes, None, places, demand_base="常住", demand_year=2025)
    assert known.people(["990100001"], column="pop60", base="常住", year=2025)["990100001"].as_asked


def test_units_of_codes_only_count_the_demand_by_what_it_declares() -> None:
    places = demand({"a": (0, 0), "b": (1, 0), "c": (2, 0)})
    places.frame["unit_code"] = ["990100001001", "990100001000", ""]
    table = population_of(county(), None, places)
    assert table.unallocated == {"pop": 1}
    found = table.people(["990100001", "990100"], column="pop")
    assert found["990100001"].people == 2  # 990100001000 is 990100001 itself: its places and those of its villages
    assert found["990100"].people == 2


def test_units_with_numbers_become_places_with_people() -> None:
    boxes = units({"990100001": (0, 0, 500, 500), "990100002": (500, 0, 1000, 500)})
    table = values(("990100001", "户籍人口", 2020, 10, ""), ("990100001", "pop60", 2020, 4, "户籍"))
    made = demand_of(boxes, population_of(boxes, table, None), base="户籍", year=2020)
    assert made.frame[["demand_id", "pop", "pop60"]].to_numpy().tolist() == [["990100001", 10.0, 4.0]]
    assert (made.quality.rows_read, made.quality.rows_refused) == (2, 1)
    assert made.quality.refused["reason"].tolist() == ["unit_without_people"]
    with pytest.raises(DataError) as caught:
        demand_of(boxes, population_of(boxes, None, None))
    assert caught.value.code == "no_people_of_units"


def test_a_township_stands_for_villages_whose_people_are_not_known() -> None:
    """Township 1 is known and one of its villages; township 2 by its villages; of township 3 nobody knows anything."""
    boxes = units({
        "990100": (0, 0, 900, 300), "990100001": (0, 0, 300, 300), "990100001001": (0, 0, 300, 100),
        "990100001002": (0, 100, 300, 300), "990100002": (300, 0, 600, 300), "990100002001": (300, 0, 600, 100),
        "990100002002": (300, 100, 600, 300), "990100003": (600, 0, 900, 300),
    })  # fmt: skip
    rows = {"990100001": 90, "990100001001": 40, "990100002001": 20, "990100002002": 5}
    table = values(*((code, "户籍人口", 2025, people, "") for code, people in rows.items()))
    made = demand_of(boxes, population_of(boxes, table, None), base="户籍", year=2025)
    assert dict(zip(made.frame["demand_id"], made.frame["pop"], strict=True)) == {
        "990100001": 90, "990100002001": 20, "990100002002": 5}  # fmt: skip
    assert made.quality.refused[["unit_code", "reason"]].to_numpy().tolist() == [["990100003", "unit_without_people"]]
    whole = values(
        ("990100", "户籍人口", 2025, 500, ""), *((code, "户籍人口", 2025, n, "") for code, n in rows.items())
    )
    alone = demand_of(boxes, population_of(boxes, whole, None))
    assert alone.frame[["demand_id", "pop"]].to_numpy().tolist() == [["990100", 500.0]]


# ---------------------------------------------------------------------- over a grid
def test_whole_people_stay_whole() -> None:
    """Twelve equal cells and 7 people: none has two, and 5 of the 7 are 60 and over."""
    made = split(zones({"v": (5, 5, 395, 295)}, pop=[7.0], pop60=[5.0], pop80=[1.0]), 100.0)
    frame = made.frame
    assert list(frame["demand_id"]) == [f"v#{n}" for n in range(1, len(frame) + 1)]
    assert frame["pop"].sum() == 7
    assert set(frame["pop"]) <= {0.0, 1.0, 2.0}
    assert (frame["pop60"].sum(), frame["pop80"].sum()) == (5, 1)
    assert (frame["pop60"] <= frame["pop"]).all()
    assert (frame["pop80"] <= frame["pop60"]).all()
    assert shapely.coverage_is_valid(np.array([shapely.set_precision(g, 1e-9) for g in frame.geometry]))


def test_people_follow_the_land() -> None:
    """100 m by 300 m from a whole multiple of the grid: three equal cells, or pieces by area."""
    strip = zones({"v": (0, 0, 90, 300)}, pop=[0.9], pop65=[9.0])
    frame = split(strip, 1000.0).frame
    by_area = shapely.area(frame.geometry.to_numpy()) / math.fsum(shapely.area(frame.geometry.to_numpy()))
    assert math.fsum(frame["pop"]) == 0.9
    assert frame["pop"].to_numpy() == pytest.approx(0.9 * by_area, rel=1e-6)
    assert math.fsum(frame["pop65"]) == 9


def test_points_and_blanks_stay_as_they_are() -> None:
    layer = zones({"v": (0, 0, 300, 300), "w": (300, 0, 600, 300)}, pop=[9.0, 5.0], pop60=[math.nan, 2.0])
    layer.frame.loc[1, "geometry"] = shapely.Point(at(450, 150))
    frame = split(layer, 100.0).frame
    assert frame["demand_id"].iloc[-1] == "w"
    assert frame.iloc[-1][["pop", "pop60"]].tolist() == [5.0, 2.0]
    assert frame["pop60"][:-1].isna().all()
    points = demand({"a": (0, 0)})
    assert codes(split(points, 100.0)) == ["grid_without_polygons"]


def test_c05_land_of_two_districts_is_counted_once_and_told() -> None:
    """b overlaps a by 20 % of its own land: the 50 people of b are on what is left of it, none of them in a."""
    layer = zones({"b": (400, 0, 900, 100), "a": (0, 0, 500, 100)}, pop=[50.0, 100.0])
    made = split(layer, 100.0)
    overlap = shapely.box(*at(401, 1), *at(499, 99))
    inside = made.frame[shapely.intersects(made.frame.geometry.to_numpy(), overlap)]
    assert set(inside["demand_id"].str.split("#").str[0]) == {"a"}
    people = made.frame.groupby(made.frame["demand_id"].str.split("#").str[0])["pop"].sum()
    assert people.to_dict() == {"a": 100, "b": 50}
    found = next(finding for finding in made.quality.findings if finding.code == "demand_overlap")
    assert (found.facts["id"], found.facts["other"], float(str(found.facts["area_m2"]))) == (
        "a",
        "b",
        pytest.approx(1e4, rel=0.01),
    )
    again = split(dataclasses.replace(layer, frame=layer.frame.iloc[::-1].reset_index(drop=True)), 100.0)
    both = [one.frame.sort_values("demand_id", ignore_index=True)[["demand_id", "pop"]] for one in (made, again)]
    assert both[0].equals(both[1])


def test_c05_gaps_between_districts_and_a_district_inside_another_are_told() -> None:
    ring = shapely.Polygon(
        path([(0, 0), (900, 0), (900, 900), (0, 900)]), [path([(300, 300), (600, 300), (600, 600), (300, 600)])]
    )
    layer = zones({"a": (0, 0, 900, 900), "b": (300, 300, 590, 600), "c": (310, 310, 400, 400)}, pop=[9.0, 4.0, 2.0])
    layer.frame.loc[0, "geometry"] = ring
    made = split(layer, 300.0)
    assert sorted(set(codes(made))) == ["demand_gap", "demand_inside_other", "demand_split"]
    assert made.frame["pop"].sum() == 15


def test_c06_in_is_allocated_and_unallocated() -> None:
    """Two zones of 100 people; the county holds all of one and a quarter of the other, and land that no zone covers."""
    layer = zones({"in": (0, 0, 400, 400), "half out": (400, 0, 800, 400)}, pop=[100.0, 100.0])
    county_ = units({"990100001": (0, 0, 250, 400), "990100002": (250, 0, 500, 400), "990100003": (0, 400, 500, 500)})
    made = split(layer, 200.0, units=county_)
    result = solve(roads(STREET), facilities({"f": (0, 0)}), made, county_)
    people = dict(zip(result.units["unit_code"], result.units["weight"], strict=True))
    # 250 of 400 m are 62.5 people; half a person goes to one side or the other, and nobody is lost.
    assert people["990100001"] in (62, 63)
    assert people["990100001"] + people["990100002"] == 125
    assert (people["990100003"], people[""], sum(people.values())) == (0, 75, 200)
    told = {finding.code: finding.facts for finding in made.quality.findings}
    assert dict(told["demand_outside_units"]) == {"total": "200", "allocated": "125", "left": "75"}
    assert told["units_without_people"]["share"] == "20.0%"


@pytest.mark.parametrize("cell_m", [0.0, -100.0, math.nan, math.inf, 9.9, 100_001.0])
def test_cells_that_make_no_sense_are_refused(cell_m: float) -> None:
    with pytest.raises(RequestError):
        split(zones({"v": (0, 0, 100, 100)}, pop=[1.0]), cell_m)


def test_a_grid_of_a_million_cells_is_refused_before_it_is_made() -> None:
    with pytest.raises(RequestError) as caught:
        split(zones({"v": (0, 0, 20_000, 20_000)}, pop=[1.0]), 10.0)
    assert caught.value.code == "grid_too_fine"


def test_apportion_by_hand() -> None:
    assert apportion(7, np.array([1.0, 2.0, 4.0])).tolist() == [1, 2, 4]
    assert apportion(8, np.array([1.0, 2.0, 4.0])).tolist() == [1, 2, 5]  # 1.14, 2.29, 4.57
    assert apportion(0, np.array([1.0, 2.0])).tolist() == [0, 0]
    assert apportion(3, np.array([1.0, 1.0]), np.array([1.0, 9.0])).tolist() == [1, 2]
    # Limits without room have no effect: the people are there.
    assert sorted(apportion(3, np.array([1.0, 1.0]), np.array([1.0, 1.0]))) == [1, 2]


# ---------------------------------------------------------------------- by age
def old(**columns: Sequence[float]) -> Layer:
    """Three homes at 100 m, 780 m and 5 km of a facility at 0: at 0.8 m/s 15 minutes are 720 m, at 1.0 m/s 900 m."""
    layer = demand({"near": (100, 0), "far": (780, 0), "gone": (780, 5000)})
    for name, cells in columns.items():
        layer.frame[name] = cells
    return layer


def asked(layer: Layer, unit_layer: Layer | None = None, **given: Any) -> Request:
    return Request(build_network(roads(STREET)), facilities({"f": (0, 0)}), layer, unit_layer,
                   parameters(**{"minutes": (15,), "by_age": True, **given}))  # fmt: skip


def test_each_age_at_its_own_speed() -> None:
    result = run(asked(old(pop60=[10.0, 20.0, 5.0], pop75=[4.0, 5.0, 2.0]), weight="pop60", profile="elder"))
    ages = result.summary["by_age"]
    figures = {one["group"]: (one["speed_mps"], one["total"], one["covered"]["15"], one["beyond"], one["no_road"])
               for one in ages["groups"]}  # fmt: skip
    assert figures == {"60_74": (1.0, 24, 6 + 15, 0, 3), "75_up": (0.8, 11, 4, 5, 2)}
    assert ages["elders"] == {"total": 35, "covered": {"15": 25}, "beyond": 5, "no_road": 5}
    assert result.summary["covered"]["15"] == 30  # one speed for all would say 5 more
    far = row_of(result.by_age.demand.assign(demand_id=result.demand["demand_id"]), "far")
    assert (far["status_60_74"], far["status_75_up"], far["minutes_75_up"]) == ("covered", "beyond", 16.25)
    assert "slow_from_80" not in {finding.code for finding in result.findings["demand"]}


def test_without_those_of_75_those_of_80_are_slower_and_it_is_said() -> None:
    result = run(asked(old(pop60=[10.0, 20.0, 5.0], pop80=[1.0, 2.0, 0.0])))
    assert [one["group"] for one in result.summary["by_age"]["groups"]] == ["60_79", "80_up"]
    assert "slow_from_80" in {finding.code for finding in result.findings["demand"]}
    alone = run(asked(old(pop60=[10.0, 20.0, 5.0])))
    assert [one["group"] for one in alone.summary["by_age"]["groups"]] == ["60_up"]
    assert "elders_not_told_apart" in {finding.code for finding in alone.findings["demand"]}


def test_all_ages_add_up_to_all_people() -> None:
    layer = old(pop=[30.0, 40.0, 9.0], pop0_14=[5.0, 6.0, 1.0], pop60=[10.0, 20.0, 5.0], pop75=[4.0, 5.0, 2.0])
    ages = by_age(asked(layer)).summary
    assert [one["group"] for one in ages["groups"]] == ["0_14", "15_59", "60_74", "75_up"]
    assert [one["total"] for one in ages["groups"]] == [12, 32, 24, 11]
    assert ages["all"]["total"] == 79
    assert ages["all"]["covered"]["15"] + ages["all"]["beyond"] + ages["all"]["no_road"] == 79


def test_ages_that_contradict_each_other_are_told_and_nobody_counts_twice() -> None:
    found = by_age(asked(old(pop60=[10.0, 20.0, 5.0], pop75=[12.0, 5.0, math.nan])))
    assert [(finding.code, finding.row) for finding in found.findings] == [("ages_contradict", 1)]
    assert found.summary["elders"]["total"] == 35
    assert found.demand["people_75_up"].tolist() == [10, 5, 0]


def test_by_age_needs_ages_and_has_its_own_speeds() -> None:
    with pytest.raises(RequestError) as caught:
        by_age(asked(old()))
    assert caught.value.code == "no_ages"
    with pytest.raises(RequestError) as caught:
        by_age(asked(old(pop60=[1.0, 1.0, 1.0]), speed_mps=1.0))
    assert caught.value.code == "ages_have_speeds"


def test_from_a_driver_the_walkers_have_their_own_roads() -> None:
    """A motorway passes 5 m from the home, the street 15 m: those who walk take the street, whoever asks."""
    network = build_network(roads(STREET, Road([(0, 20), (1000, 20)], highway="motorway")))
    layer = demand({"h": (500, 15)})
    layer.frame["pop60"], layer.frame["pop75"] = [10.0], [4.0]
    request = dataclasses.replace(asked(layer), network=network)
    driving = dataclasses.replace(request, parameters=parameters(minutes=(15,), by_age=True, profile="drive"))
    assert run(driving).demand["access_m"].item() == 5
    found = run(driving).by_age
    assert found.demand["minutes_60_74"].item() == pytest.approx((500 + 15) / 60, abs=1e-4)
    assert found.summary == run(request).summary["by_age"]


def test_by_age_takes_the_what_ifs_with_it() -> None:
    layer = old(pop60=[10.0, 20.0, 5.0], pop75=[4.0, 5.0, 2.0])
    closed = dataclasses.replace(asked(layer), patches=(CloseFacility("f"), AddFacility("n", "n", "x", *at(780, 0))))
    ages = run(closed).summary["by_age"]
    assert [one["covered"]["15"] for one in ages["groups"]] == [21, 9]
    moved = dataclasses.replace(asked(layer), facilities=facilities({"n": (780, 0)}))
    assert by_age(moved).summary == ages


def test_t24_a_unit_without_people_has_no_share() -> None:
    """Neither 0 % nor a crash: null, which front ends show as 不适用."""
    boxes = units({"990100001": (-50, -50, 500, 50), "990100002": (500, -50, 1000, 50), "990100003": (0, 100, 50, 150)})
    result = run(asked(old(pop60=[10.0, 20.0, 5.0], pop75=[4.0, 0.0, 2.0]), boxes))
    ages = result.by_age.units.set_index("unit_code")
    assert ages.loc["990100003", ["weight_elders", "covered_elders_15"]].tolist() == [0, 0]
    assert math.isnan(ages.loc["990100003", "share_elders_15"])
    assert math.isnan(ages.loc["990100002", "share_75_up_15"])
    assert ages.loc["990100002", "share_60_74_15"] == 1.0
    assert math.isnan(row_of(result.units, "990100003")["share_15"])
    for column in ("weight_60_74", "weight_75_up", "weight_elders", "no_road_elders"):
        key = column.removeprefix("weight_").removeprefix("no_road_")
        group = result.summary["by_age"]["elders"] if key == "elders" else next(
            one for one in result.summary["by_age"]["groups"] if one["group"] == key)  # fmt: skip
        assert total(ages[column].to_numpy()) == group["total" if column.startswith("weight") else "no_road"]


def test_d22_t22_two_facilities_and_two_ages_count_nobody_twice() -> None:
    request = asked(old(pop60=[10.0, 20.0, 5.0], pop75=[4.0, 5.0, 2.0]))
    both = dataclasses.replace(request, facilities=facilities({"f": (0, 0), "g": (800, 0)}))
    ages = by_age(both).summary
    assert [one["covered"]["15"] for one in ages["groups"]] == [21, 9]
    assert ages["elders"]["covered"]["15"] == 30


# ---------------------------------------------------------------------- the command
def test_the_command_divides_over_a_grid_and_counts_by_age(tmp_path: Path) -> None:
    files = write_study(tmp_path, world())
    layer = zones({"p": (-50, -50, 400, 300), "q": (400, -50, 700, 300)}, pop=[90.0, 61.0], pop60=[20.0, 11.0],
                  pop80=[3.0, 2.0])  # fmt: skip
    frame = layer.frame.drop(columns="row")
    files["demand"] = tmp_path / "people.geojson"
    files["demand"].write_text(frame.to_json(), encoding="utf-8")
    done = cli(*coverage_arguments(files, tmp_path / "out", grid=100, **{"by-age": True}), cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    summary = load(tmp_path / "out" / "summary.json")
    assert summary["demand_total"] == 151
    assert (summary["parameters"]["grid_m"], summary["parameters"]["by_age"]) == (100, True)
    assert summary["by_age"]["elders"]["total"] == 31
    pieces = properties(tmp_path / "out" / "demand.geojson")
    assert {piece["demand_id"].split("#")[0] for piece in pieces} == {"p", "q"}
    assert sum(piece["people_60_79"] for piece in pieces) == 26
    assert summary["by_age"]["groups"][-1]["group"] == "80_up"
    rows = properties(tmp_path / "out" / "units.geojson")
    assert sum(row["weight_elders"] for row in rows) == 31
    assert json.dumps(rows)


def test_ages_are_parts_of_each_other_in_the_list_of_columns() -> None:
    """The order in which people are divided, and that of the groups."""
    assert AGE_COLUMNS == ("pop", "pop0_14", "pop60", "pop65", "pop75", "pop80")
