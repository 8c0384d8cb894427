"""The worked examples of docs/indicators.md that need roads, worked out in metres along one street."""

import dataclasses
import datetime as dt

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from coverage.burial import burial_layers
from coverage.network import build_network
from coverage.patches import CloseFacility, Patch
from coverage.plans.inputs import Inputs, coverage_of
from coverage.plans.public import public_scorecard
from coverage.request import Parameters, Request
from coverage.result import Result
from coverage.run import run
from layers.layer import Layer
from tests.builders import Place, at, demand, facilities, roads, units
from tests.ledgers_of_plans import plan_of, rows, scored, whole

STREET = build_network(roads([(0, 0), (4000, 0)]))
TARGET = {"year": 2025, "value": 60}


def _ledger(places: dict[str, tuple[float, str]], **columns: list[object]) -> Layer:
    """Facilities at so many metres along the street, each of a kind."""
    made = facilities({key: Place((x, 0), kind=kind) for key, (x, kind) in places.items()})
    return dataclasses.replace(made, frame=made.frame.assign(**columns))


def _inputs(ledger: Layer, homes: dict[str, tuple[float, int]] | None = None) -> Inputs:
    """With 60-year-olds at so many metres along the street."""
    people = demand({key: Place((x, 0), pop=count) for key, (x, count) in (homes or {"D": (0, 1)}).items()})
    people = dataclasses.replace(people, frame=people.frame.assign(pop60=people.frame["pop"]))

    def coverage(parameters: Parameters, patches: tuple[Patch, ...]) -> Result:
        return run(Request(STREET, ledger, people, None, parameters, patches=patches))

    return Inputs(facilities=ledger, demand=people, coverage=coverage, network=lambda: STREET)


def test_t6_of_two_rooms_the_one_200_m_from_the_clinic_stands_beside_it() -> None:
    """The clinic that is closed does not count, though it stands nearer to the second room."""
    ledger = _ledger(
        {"A": (0, "day_care"), "B": (1200, "day_care"), "K": (200, "clinic"), "L": (1250, "clinic")},
        status=["open", "open", "open", "closed"],
    )
    measure = {"type": "co_located", "facilities": {"kinds": ["day_care"]}, "beside": {"kinds": ["clinic"]}}
    one = whole(plan_of(measure, target=TARGET), _inputs(ledger))
    assert (one.value, one.numerator, one.denominator, one.basis, one.status) == (50, 1, 2, "distance:300", "behind")
    assert whole(plan_of({**measure, "within_m": 1000}, target=TARGET), _inputs(ledger)).value == 100


def test_t5_a_flag_decides_who_serves_and_a_planned_one_may_be_included() -> None:
    """15 minutes at 0.8 m/s are 720 m: only A is marked, C is to open in 2025; B is nearer to the second home."""
    ledger = _ledger(
        {"A": (0, "day_care"), "B": (1500, "day_care"), "C": (3000, "day_care")},
        standardised=["是", "否", "是"],
        status=["open", "open", "planned"],
        open_date=[None, None, dt.date(2025, 6, 1)],
    )
    homes = {"D1": (719, 10), "D2": (800, 10), "D3": (1500, 10), "D4": (3000, 10)}
    measure = {"type": "within_time", "facilities": {"kinds": ["day_care"], "flags": ["standardised"]}, "minutes": 15,
               "units": {"level": "township"}, "profiles": ["elder75"]}  # fmt: skip
    plan = plan_of(measure, target=TARGET, assumed=["mode"])
    assert whole(plan, _inputs(ledger, homes)).value == 25
    assert whole(plan, _inputs(ledger, homes), include_planned=True).value == 50
    every = plan_of({**measure, "facilities": {"kinds": ["day_care"]}}, target=TARGET)
    assert whole(every, _inputs(ledger, homes)).value == 75


def test_t1_shows_people_within_time_beside_where_the_plan_asks_for_both() -> None:
    """A.7, trap 5: the three meanings of 覆盖率 side by side."""
    ledger = _ledger({"A": (0, "day_care")})
    homes = {"D1": (100, 30), "D2": (3900, 10)}
    meant = {"kinds": ["day_care"]}
    timed = plan_of({"type": "within_time", "facilities": meant, "minutes": 15, "units": {"level": "township"},
                     "profiles": ["elder75"]})  # fmt: skip
    covered = plan_of({"type": "unit_coverage", "facilities": meant, "units": {"level": "township"}}, target=TARGET)
    both = covered.model_copy(update={"requirements": (
        *covered.requirements, timed.requirements[0].model_copy(update={"id": 2}))})  # fmt: skip
    boxes = units({"990101": (-300, -300, 2000, 300), "990102": (2000, -300, 4300, 300)})
    boxes = dataclasses.replace(boxes, frame=boxes.frame.assign(level="township"))
    card = scored(both, dataclasses.replace(_inputs(ledger, homes), units=boxes))
    one = card.of("1")[0]
    assert [(other.basis, other.value) for other in one.others] == [("serves", 0), ("within_time:elder75", 75)]
    assert one.value == 50


def test_t5_in_two_steps_a_point_without_a_kitchen_in_time_hands_on_nothing() -> None:
    """Walking kitchens: 10 minutes are 750 m; point P is 700 m from the kitchen, Q 2 000 m; each serves one home."""
    ledger = _ledger({"K": (0, "meal_kitchen"), "P": (700, "meal_point"), "Q": (2000, "meal_point")})
    homes = {"D1": (900, 10), "D2": (2100, 30)}
    measure = {
        "type": "delivery", "kitchens": {"kinds": ["meal_kitchen"]}, "points": {"kinds": ["meal_point"]},
        "minutes_to_point": 10, "minutes_to_home": 5, "profile_to_point": "adult", "profiles_to_home": ["adult"],
    }  # fmt: skip
    one = whole(plan_of(measure, assumed=["mode"]), _inputs(ledger, homes))
    assert (one.value, one.numerator, one.denominator, one.basis) == (25, 10, 40, "within_time:adult")


def test_t9_ten_beds_for_two_hundred_people_in_reach_are_fifty_per_thousand() -> None:
    """At 1.25 m/s 150 m are 2 minutes and 900 m 12; what is used is all that there is."""
    ledger = _ledger({"A": (0, "elder_home")}, beds=[10.0])
    measure = {"type": "supply_demand", "facilities": {"kinds": ["elder_home"]}, "column": "beds", "minutes": 15,
               "profile": "adult"}  # fmt: skip
    one = whole(plan_of(measure, target=TARGET), _inputs(ledger, {"D1": (150, 100), "D2": (900, 100)}))
    assert (one.value, one.numerator, one.denominator) == (pytest.approx(50), pytest.approx(10), 200)


def test_t9_names_the_roads_that_it_stands_on() -> None:
    """Roads of level 内部 make the scorecard 内部, whichever measure asked for them."""
    ledger = _ledger({"A": (0, "elder_home")}, beds=[10.0])
    measure = {"type": "supply_demand", "facilities": {"kinds": ["elder_home"]}, "column": "beds", "minutes": 15,
               "profile": "adult"}  # fmt: skip
    card = scored(plan_of(measure, target=TARGET), _inputs(ledger, {"D1": (150, 100)}))
    assert "roads" in {one["kind"] for one in card.inputs}


def test_t10_three_beds_and_one_for_a_hundred_elders_each_are_a_gini_of_a_quarter() -> None:
    towns = rows("units", [{"unit_code": f"99010000{n}", "name": f"镇{n}", "level": "township"} for n in (1, 2)])
    people = rows("values", [
        {"unit_code": f"99010000{n}", "indicator": "60岁及以上户籍人口", "year": 2025, "value": 100} for n in (1, 2)
    ])  # fmt: skip
    ledger = _ledger({"A": (0, "elder_home"), "B": (1, "elder_home")}, beds=[3.0, 1.0],
                     unit_code=["990100001", "990100002"])  # fmt: skip
    measure = {"type": "equity", "units": {"level": "township"}, "facilities": {"kinds": ["elder_home"]},
               "column": "beds"}  # fmt: skip
    one = whole(plan_of(measure, unit="", direction="down", target={"year": 2025, "value": 0.3}),
                Inputs(facilities=ledger, units=towns, values=people))  # fmt: skip
    assert (one.value, one.status) == (0.25, "met")


def test_t8_one_cemetery_in_a_forest_and_one_clear_of_all_forbidden_ground() -> None:
    ledger = _ledger({"A": (0, "cemetery"), "B": (3000, "cemetery")})
    measure = {"type": "site_rules", "facilities": {"kinds": ["cemetery"]}, "pack": "national"}
    plan = plan_of(measure, target=TARGET)
    blind = whole(plan, _inputs(ledger))
    assert (blind.status, blind.reason) == ("no_data", "ground_missing")
    nothing = gpd.GeoDataFrame(geometry=[], crs=4326)
    wood = gpd.GeoDataFrame(geometry=[shapely.Point(at(0, 0)).buffer(0.002)], crs=4326)
    ground = {**dict.fromkeys(burial_layers(), nothing), "forest": wood}
    one = whole(plan, dataclasses.replace(_inputs(ledger), forbidden=ground))
    assert (one.value, one.numerator, one.denominator) == (50, 1, 2)


def test_three_tiers_count_units_with_a_facility_of_their_own_tier() -> None:
    """The county has its centre, one of two townships has one, and that one names the county's as its parent."""
    table = rows("units", [
        {"unit_code": "990100", "name": "县", "level": "county", "parent_code": ""},
        {"unit_code": "990100001", "name": "一镇", "level": "township", "parent_code": "990100"},
        {"unit_code": "990100002", "name": "二镇", "level": "township", "parent_code": "990100"},
    ])  # fmt: skip
    ledger = _ledger({"A": (0, "elder_centre"), "B": (1, "elder_centre")}, tier=["县级", "乡镇级"], parent_id=["", "A"],
                     unit_code=["990100", "990100001"])  # fmt: skip
    measure = {"type": "tiers", "facilities": {"kinds": ["elder_centre"]}, "levels": ["county", "township", "village"]}
    one = whole(plan_of(measure, target=TARGET), Inputs(facilities=ledger, units=table))
    assert (one.numerator, one.denominator, one.failing) == (2, 3, ("990100002",))
    assert [(other.basis, other.value) for other in one.others] == [
        ("tier:county", 100), ("tier:township", 50), ("linked", 100),
    ]  # fmt: skip


def test_a_year_on_which_the_same_facilities_are_open_asks_for_no_other_times() -> None:
    """The slider of years: B opens in 2027, so 2025 and 2026 are one question and 2027 is another."""
    ledger = _ledger({"A": (0, "day_care"), "B": (1500, "day_care")}, open_date=[None, dt.date(2027, 1, 1)])
    inputs, asked = _inputs(ledger, {"D1": (100, 10), "D2": (1500, 10)}), []

    def coverage(parameters: Parameters, patches: tuple[Patch, ...]) -> Result:
        asked.append((parameters, patches))
        assert inputs.coverage is not None
        return inputs.coverage(parameters, patches)

    watched = dataclasses.replace(inputs, coverage=coverage, day=dt.date(2025, 12, 31))
    measure = {"type": "within_time", "facilities": {"kinds": ["day_care"]}, "minutes": 15,
               "units": {"level": "township"}, "profiles": ["elder75"]}  # fmt: skip
    plan = plan_of(measure, target=TARGET)
    values = [whole(plan, watched, day=dt.date(year, 12, 31)).value for year in (2025, 2026, 2027)]
    assert values == [50, 50, 100]
    assert asked[0] == asked[1] != asked[-1]


def test_a_plan_that_names_columns_of_another_sort_is_answered() -> None:
    """A bureau's own plan may name any column."""
    ledger = _ledger({"A": (0, "day_care")})
    for column in ("geometry", "name", "row", "no such"):
        measure = {"type": "count", "amount": {"facilities": {"kinds": ["day_care"]}, "column": column}}
        assert whole(plan_of(measure, target=TARGET), _inputs(ledger)).status in {"no_data", "behind"}
        timed = {"type": "within_time", "facilities": {"kinds": ["day_care"]}, "minutes": 15, "people": column,
                 "units": {"level": "township"}}  # fmt: skip
        assert whole(plan_of(timed, target=TARGET), _inputs(ledger)).status in {"no_data", "behind", "not_applicable"}


def test_small_cells_are_hidden_beside_a_number_too() -> None:
    """Of 4 elders in the second township none is reached: the share of townships stays, the 4 and the 30 do not."""
    ledger = _ledger({"A": (0, "day_care")})
    meant = {"kinds": ["day_care"]}
    covered = plan_of({"type": "unit_coverage", "facilities": meant, "units": {"level": "township"}}, target=TARGET)
    timed = plan_of({"type": "within_time", "facilities": meant, "minutes": 15, "units": {"level": "township"},
                     "profiles": ["elder75"]})  # fmt: skip
    both = covered.model_copy(update={"requirements": (
        *covered.requirements, timed.requirements[0].model_copy(update={"id": 2}))})  # fmt: skip
    boxes = units({"990101": (-300, -300, 2000, 300), "990102": (2000, -300, 4300, 300)})
    boxes = dataclasses.replace(boxes, frame=boxes.frame.assign(level="township"))
    card = scored(both, dataclasses.replace(_inputs(ledger, {"D1": (100, 30), "D2": (3900, 4)}), units=boxes))
    shown = public_scorecard(dataclasses.replace(card, level="公开"))
    assert [one.value for one in shown.of("1")] == [50, 100, 0]
    assert {other.value for one in shown.of("1") for other in one.others if "time" in other.basis} == {None}
    assert {(one.value, one.denominator, one.reason) for one in shown.of("2")} == {(None, None, "suppressed")}
    assert [told.facts["count"] for told in shown.findings if told.code == "plan_cells_suppressed"] == [6]


def test_people_within_time_stand_beside_townships_and_bring_the_roads_along() -> None:
    """T1 alone: of 60 elders the 40 near the centre arrive in 15 minutes at 0.8 m/s; the roads are among the inputs.

    From 100 m it is 125 s, from 900 m 1,125 s. Without roads nothing stands beside, and no road is named.
    """
    ledger = _ledger({"A": (0, "day_care")})
    plan = plan_of({"type": "unit_coverage", "facilities": {"kinds": ["day_care"]}, "units": {"level": "township"}})
    box = units({"990101": (-300, -300, 2000, 300)})
    box = dataclasses.replace(box, frame=box.frame.assign(level="township"))
    known = dataclasses.replace(_inputs(ledger, {"D1": (100, 40), "D2": (900, 20)}), units=box)
    card = scored(plan, known)
    beside = {other.basis: other for other in card.of("1")[0].others}["within_time:elder75:15"]
    assert (beside.value, beside.numerator, beside.denominator) == (pytest.approx(200 / 3), 40, 60)
    assert [entry["kind"] for entry in card.inputs].count("roads") == 1
    without = scored(plan, dataclasses.replace(known, coverage=None, network=None))
    assert [other.basis for other in without.of("1")[0].others] == ["serves"]
    assert "roads" not in {entry["kind"] for entry in without.inputs}


def test_a_scorecard_counts_by_the_table_that_the_job_itself_gives() -> None:
    """The command and the page ask in two ways and get one answer."""
    ledger = _ledger({"A": (0, "day_care"), "B": (1500, "clinic")})
    inputs = _inputs(ledger, {"D1": (100, 30), "D2": (2100, 5), "D3": (3900, 4)})
    assert inputs.coverage is not None
    asked = Parameters(profile="elder", minutes=(15,), kinds=("clinic",), as_of=dt.date(2025, 12, 31))
    ways = [inputs.coverage, coverage_of(ledger, inputs.demand, lambda: STREET)]
    for patches in ((), (CloseFacility("B"),)):
        first, second = (way(asked, patches).demand for way in ways)
        pd.testing.assert_frame_equal(pd.DataFrame(first), pd.DataFrame(second))
