"""Standards as data: what may be shown, and a circle beside the time on the road."""

import tomllib
from pathlib import Path

import pytest

from coverage.burial import _BurialFile
from coverage.rule_files import SHOWN, read_rule_file
from coverage.standards import _StandardFile, circle_and_time, load_standards, shown_standards
from geo.errors import DataError, RequestError
from geo.paths import DATA_DIR
from tests.builders import Place, demand, facilities, roads, solve, units

RULES = DATA_DIR / "rules"


# ---- the data ----------------------------------------------------------------------------------------------------


def test_nothing_that_is_not_confirmed_is_shown() -> None:
    """What could be read in no source, or was looked for and not found, is named here; none of it may be shown."""
    unconfirmed = {
        "gb50180_15min_walk", "gb50180_10min_walk", "gb50180_10min_people", "gb50180_5min_walk", "gb50180_5min_people",
        "gb50180_block_people", "gb50180_day_care_area", "gb50180_day_care_radius", "gb50180_station_radius",
        "gb50180_culture_radius", "gb50180_clinic_radius", "tdt1062_radius", "gb50442_land", "jb143_day_care_classes",
        "social_work_area", "children_home_area",
    }  # fmt: skip
    # Read, but an argument of an article, and a number of which of three laws has it is not known.
    doubtful = {"article_15min_radius", "shandong_land"}
    entries = load_standards()
    assert {entry.id for entry in entries if not entry.show} == unconfirmed | doubtful
    assert {entry.id for entry in entries if entry.quality not in SHOWN} == unconfirmed
    for place in ("", "310151", "330522", "370200", "431000"):
        assert not unconfirmed & {entry.id for entry in shown_standards(place)}


def test_no_service_radius_of_a_national_standard_is_shown() -> None:
    """The one radius for the whole country is what a review article says, and it says so; cities have their own."""
    assert [entry.id for entry in shown_standards() if entry.measure in ("radius_m", "walk_m")] == [
        "review_15min_radius"
    ]
    review = next(entry for entry in load_standards() if entry.id == "review_15min_radius")
    assert review.document != "GB 50180-2018"
    assert review.note_zh


def test_every_shown_entry_says_where_it_was_read() -> None:
    sources = tomllib.loads((RULES / "standards.toml").read_text(encoding="utf-8"))["source"]
    for entry in load_standards():
        if entry.show:
            assert entry.document
            assert sources[entry.source]["name"]
    used = {entry.source for entry in load_standards() if entry.source}
    assert used == set(sources)


@pytest.mark.parametrize(
    ("key", "low", "high"),
    [
        ("gb50180_15min_people", 50_000, 100_000), ("gb50180_15min_homes", 17_000, 32_000), ("gb50437_beds", 40, None),
        ("gb50437_floor", 35, None), ("gb50437_land", 18, 44), ("gb50437_size", 20, None),
        ("shanghai_draft_main_city", 800, 1000), ("shanghai_draft_new_town", 800, 1500),
        ("shanghai_draft_small_town", 1000, 5000), ("guizhou_radius", None, 700), ("guizhou_street_centre", 1000, None),
        ("shaoxing_new_estates", 2, None), ("shaoxing_shared", 300, None), ("qingdao_old_estates", 15, None),
        ("yinchuan_new_estates", 30, None), ("yinchuan_old_estates", 20, None), ("embedded_complex", 600, None),
        ("meals_in_the_circle", None, None), ("children_home_area", None, None), ("review_15min_radius", None, 1000),
    ],
)  # fmt: skip
def test_the_numbers(key: str, low: float | None, high: float | None) -> None:
    entry = next(entry for entry in load_standards() if entry.id == key)
    assert (entry.low, entry.high) == (low, high)


def test_a_standard_of_a_city_holds_in_its_counties_and_nowhere_else() -> None:
    def ids(place: str) -> set[str]:
        return {entry.id for entry in shown_standards(place)}

    assert "shanghai_draft_small_town" in ids("310151")
    assert "shanghai_draft_small_town" not in ids("330522") | ids("")
    assert "shaoxing_room" in ids("330602")
    assert "shaoxing_room" not in ids("330109")
    assert ids("") < ids("310151")
    of_homes = {entry.id for entry in shown_standards("", "elder_home")}
    assert "gb50437_beds" in of_homes
    assert "gb50437_district_centre" not in of_homes


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (("show = false", "show = true"), "is no standard"),
        (('document = "GB 50180-2018"\nsource = "1"', 'document = ""\nsource = "1"'), "without document"),
        (('source = "13"', 'source = "99"'), "no such source"),
        (('id = "gb50437_size"', 'id = "gb50437_land"'), "twice"),
        (("high = 700", 'high = "700"'), "valid number"),
        (("low = 40", "lowest = 40"), "not permitted"),
        (("[[standard]]", "[[standard"), "Expected"),
    ],
)
def test_a_file_that_would_show_what_is_not_confirmed_is_refused(
    tmp_path: Path, change: tuple[str, str], problem: str
) -> None:
    text = (RULES / "standards.toml").read_text(encoding="utf-8")
    assert change[0] in text
    (tmp_path / "own.toml").write_text(text.replace(*change, 1), encoding="utf-8")
    with pytest.raises(DataError) as refused:
        load_standards(tmp_path / "own.toml")
    assert problem in refused.value.message("en")
    assert "own.toml" in refused.value.message("en")


@pytest.mark.parametrize(
    "change",
    [
        ('test = "beside"', 'test = "beside"\nlimit_m = 300'),
        ("limit_m = 2000\n", ""),
        ('pack = "henan"\nid', 'pack = "atlantis"\nid'),
        ('layers = ["arable", "forest"]', 'layers = ["swamp"]'),
        ('quality = "unsure"\nshow = false', 'quality = "unsure"\nshow = true'),
        ("limit_m2 = 1.0", "limit_m2 = -1.0"),
    ],
)
def test_a_burial_file_that_makes_up_a_distance_is_refused(tmp_path: Path, change: tuple[str, str]) -> None:
    """A rule of which the law names no distance has none, and one that is held by a distance has one."""
    text = (RULES / "burial.toml").read_text(encoding="utf-8")
    assert change[0] in text
    (tmp_path / "own.toml").write_text(text.replace(*change, 1), encoding="utf-8")
    with pytest.raises(DataError):
        read_rule_file(tmp_path / "own.toml", _BurialFile)
    read_rule_file(RULES / "burial.toml", _BurialFile)
    read_rule_file(RULES / "standards.toml", _StandardFile)


# ---- a circle beside the time -------------------------------------------------------------------------------------


def test_a_circle_of_one_kilometre_and_fifteen_minutes_at_75() -> None:
    """At 0.8 m/s 15 minutes are 720 m of road: 700 m both, 721 and 1,000 m in the circle only, past it neither.

    Over the river: 100 m in a straight line, 3,000 m by road: in the circle only.
    """
    banks = roads([(0, 0), (1500, 0)], [(1500, 0), (1500, 100)], [(1500, 100), (0, 100)])
    homes = {
        "near": Place((700, 0), pop=1),
        "walk": Place((721, 0), pop=2),
        "edge": Place((1000, 0), pop=4),
        "out": Place((1000.01, 0), pop=8),
        "bank": Place((0, 100), pop=16),
    }
    boxes = units({"W": (-10, -50, 710, 50), "E": (710, -50, 2000, 50)})
    result = solve(banks, facilities({"F": (0, 0)}), demand(homes), boxes, profile="elder75", island_nodes=0)
    found = circle_and_time(result, 1000)
    assert (found.people, found.circle, found.in_time) == (31, 23, 1)
    assert (found.both, found.circle_only, found.time_only, found.neither) == (1, 22, 0, 8)
    assert found.overstated == pytest.approx(22 / 23)
    assert found.per_row["in_circle"].tolist() == [True, True, True, False, True]
    assert found.by_unit.set_index("unit_code")[["people", "circle_only", "neither"]].to_numpy().tolist() == [
        [16, 16, 0],
        [14, 6, 8],
        [1, 0, 0],
    ]


def test_time_reaches_farther_than_a_small_circle() -> None:
    """300 m in a straight line against 5 minutes of the adult, 375 m: one between is in time only."""
    result = solve(roads([(0, 0), (2000, 0)]), facilities({"F": (0, 0)}), demand({"a": (350, 0), "b": (376, 0)}))
    five = circle_and_time(result, 300, 5)
    assert (five.both, five.circle_only, five.time_only, five.neither) == (0, 0, 1, 1)
    assert five.overstated is None
    fifteen = circle_and_time(result, 300)
    assert (fifteen.minutes, fifteen.in_time) == (15, 2)


def test_a_home_without_a_road_and_a_facility_without_one() -> None:
    """The circle knows no roads: both count in it, and nobody arrives in time. No facility: an empty circle."""
    homes = demand({"a": Place((0, 3000), pop=5)})
    result = solve(roads([(0, 0), (2000, 0)]), facilities({"F": (100, 3000)}), homes)
    found = circle_and_time(result, 500)
    assert (found.circle_only, found.in_time) == (5, 0)
    closed = solve(roads([(0, 0), (2000, 0)]), facilities({"F": Place((0, 0), status="closed")}), homes)
    assert (circle_and_time(closed, 5000).circle, circle_and_time(closed, 5000).neither) == (0, 5)


def test_refused_circles() -> None:
    result = solve(roads([(0, 0), (2000, 0)]), facilities({"F": (0, 0)}), demand({"a": (1, 0)}))
    for radius in (-1.0, float("nan"), float("inf")):
        with pytest.raises(RequestError):
            circle_and_time(result, radius)
    with pytest.raises(RequestError) as refused:
        circle_and_time(result, 1000, 7)
    assert refused.value.code == "minutes_not_in_result"
