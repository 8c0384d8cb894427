"""[row 56] Burial sites by the rules of provinces, plots left, shares of burials: worked out by hand."""

import dataclasses
import math
from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import pytest
import shapely

from coverage.burial import SiteCheck, burial_layers, burial_packs, check_site, check_sites, rules_of, years_left
from coverage.burial_shares import BurialNames, burial_shares
from geo.crs import WGS84
from geo.errors import RequestError
from layers.layer import Layer
from tests.builders import XY, at, facilities, layer_of, path

SITE = shapely.Point(at(0, 0))


def line(*points: XY) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(geometry=[shapely.LineString(path(points))], crs=WGS84)


def box(west: float, south: float, east: float, north: float) -> gpd.GeoDataFrame:
    ring = path([(west, south), (east, south), (east, north), (west, north)])
    return gpd.GeoDataFrame(geometry=[shapely.Polygon(ring)], crs=WGS84)


NOTHING = gpd.GeoDataFrame(geometry=[], crs=WGS84)


def said(check: SiteCheck) -> dict[str, tuple[str, str]]:
    return {one.rule.id: (one.outcome, one.reason) for one in check.rulings}


def test_the_national_regulation_names_no_distance_and_none_is_made_up() -> None:
    """60 m from a railway: not judged, the distance is shown. On arable land: forbidden."""
    railway = line((60, -5000), (60, 5000))
    check = check_site(SITE, "national", {"railway": railway, "trunk_road": NOTHING, "arable": box(-10, -10, 10, 10)})
    found = said(check)
    assert found["national_ways"] == ("not_checked", "no_distance")
    ways = next(one for one in check.rulings if one.rule.id == "national_ways")
    assert ways.distance_m == pytest.approx(60, abs=0.01)
    assert ways.limit is None
    assert found["national_land"] == ("fail", "")
    assert found["national_parks"] == ("not_checked", "layer_missing")
    assert found["national_approval"] == ("not_checked", "papers")
    assert check.outcome == "fail"


def test_standing_on_the_railway_is_beside_it_without_any_distance() -> None:
    check = check_site(SITE, "national", {"railway": line((-100, 0), (100, 0))})
    assert said(check)["national_ways"] == ("fail", "")


@pytest.mark.parametrize(
    ("pack", "rule", "metres", "outcome"),
    [
        ("shandong", "shandong_ways", 499.9, "fail"),
        ("shandong", "shandong_ways", 500.1, "pass"),
        ("henan", "henan_ways", 999.9, "fail"),
        ("henan", "henan_ways", 1000.1, "pass"),
        ("zhengzhou", "henan_ways", 999.9, "fail"),
        ("zhengzhou", "zhengzhou_ways", 999.9, "fail"),
    ],
)
def test_the_distances_of_provinces(pack: str, rule: str, metres: float, outcome: str) -> None:
    """500 m from a railway in Shandong, 1 km in Henan; a city keeps its province's rules too."""
    check = check_site(SITE, pack, {"railway": line((metres, -5000), (metres, 5000)), "trunk_road": NOTHING})
    assert said(check)[rule] == (outcome, "")


def test_distances_are_ellipsoidal_far_from_the_meridian() -> None:
    """1.4 degrees off its meridian the metric system is off by 0.2 m in 1,000: the rule is held in true metres."""
    origin = (115.4, 30.5)
    for metres, outcome in ((999.97, "fail"), (1000.03, "pass")):
        road = shapely.LineString(path([(metres, -500), (metres, 500)], origin))
        ground = {"railway": gpd.GeoDataFrame(geometry=[road], crs=WGS84), "trunk_road": NOTHING}
        check = check_site(shapely.Point(origin), "henan", ground)
        assert said(check)["henan_ways"] == (outcome, "")


def test_a_missing_layer_is_not_a_pass_but_a_broken_rule_is_broken_without_it() -> None:
    """Nobody gave trunk roads: a railway near enough still breaks the rule; one far away proves nothing."""
    near = check_site(SITE, "shandong", {"railway": line((100, -500), (100, 500))})
    assert said(near)["shandong_ways"] == ("fail", "")
    far = check_site(SITE, "shandong", {"railway": line((900, -500), (900, 500))})
    assert said(far)["shandong_ways"] == ("not_checked", "layer_missing")
    missing = next(one for one in far.rulings if one.rule.id == "shandong_ways").missing
    assert missing == ("trunk_road",)
    assert far.outcome == "not_checked"


def test_rules_of_sight_strips_and_plots() -> None:
    """Shantou forbids what can be seen from a railway: not decided by metres. Beijing: inside of the strip."""
    ground = dict.fromkeys(burial_layers(), NOTHING)
    seen = check_site(SITE, "shantou", ground | {"railway": line((300, -500), (300, 500))}, plot_area_m2=1.0)
    assert said(seen)["shantou_sight"] == ("not_checked", "in_sight")
    assert said(seen)["shantou_plot"] == ("pass", "")
    inside = check_site(SITE, "beijing", ground | {"road_strip": box(-5, -5, 5, 5)}, plot_area_m2=1.01)
    assert said(inside)["beijing_strips"] == ("fail", "")
    assert said(inside)["beijing_plot"] == ("fail", "")
    assert said(check_site(SITE, "henan", ground))["henan_plot"] == ("not_checked", "plot_area_missing")


def test_what_is_not_confirmed_counts_only_when_the_user_sets_it() -> None:
    """500 m to housing is in no source: no rule, until the user says 300 m; then it is the user's number."""
    ground = {"housing": box(200, -10, 220, 10)}
    assert "own_housing" not in said(check_site(SITE, "national", ground))
    check = check_site(SITE, "national", ground, own_limits_m={"own_housing": 300, "national_ways": 50})
    housing = next(one for one in check.rulings if one.rule.id == "own_housing")
    assert (housing.outcome, housing.limit, housing.limit_is_own) == ("fail", 300, True)
    assert housing.rule.document == ""
    ways = {"railway": line((60, -500), (60, 500)), "trunk_road": NOTHING}
    own = check_site(SITE, "national", ways, own_limits_m={"national_ways": 50})
    assert said(own)["national_ways"] == ("pass", "")


def test_all_layers_given_and_nothing_near_is_a_pass_but_for_the_papers() -> None:
    check = check_site(SITE, "shandong", dict.fromkeys(burial_layers(), NOTHING))
    assert {one.outcome for one in check.rulings if one.rule.test != "papers"} == {"pass"}
    assert check.outcome == "not_checked"


def test_a_polygon_is_as_near_as_its_nearest_edge() -> None:
    site = shapely.Polygon(path([(0, 0), (400, 0), (400, 400), (0, 400)]))
    check = check_site(site, "shandong", {"railway": line((850, -500), (850, 900)), "trunk_road": NOTHING})
    ways = next(one for one in check.rulings if one.rule.id == "shandong_ways")
    assert ways.distance_m == pytest.approx(450, abs=0.02)
    assert ways.outcome == "fail"


def test_several_sites_in_a_table() -> None:
    sites = facilities({"S1": (0, 0), "S2": (2000, 0)})
    ground = {"railway": line((100, -9000), (100, 9000)), "trunk_road": NOTHING}
    table = check_sites(sites, "shandong", ground)
    ways = table[table["rule_id"] == "shandong_ways"]
    assert ways["outcome"].tolist() == ["fail", "pass"]
    assert ways["distance_m"].tolist() == pytest.approx([100, 1900], abs=0.3)
    assert table.groupby("facility_id")["site_outcome"].first().tolist() == ["fail", "not_checked"]
    assert (table["document"] != "").all()
    none = dataclasses.replace(sites, frame=sites.frame.iloc[:0])
    assert check_sites(none, "shandong", ground).empty


@pytest.mark.parametrize(
    ("pack", "ground", "own"),
    [
        ("atlantis", {}, {}),
        ("national", {"swamp": NOTHING}, {}),
        ("national", {}, {"no_such_rule": 5}),
        ("national", {}, {"own_housing": math.nan}),
        ("national", {}, {"own_housing": -1}),
        ("national", {}, {"national_land": 100}),
    ],
)
def test_refused(pack: str, ground: dict[str, gpd.GeoDataFrame], own: dict[str, float]) -> None:
    with pytest.raises(RequestError):
        check_site(SITE, pack, ground, own_limits_m=own)


# ---- the rule packs ----------------------------------------------------------------------------------------------


def test_every_rule_has_its_law_and_only_confirmed_ones_are_shown() -> None:
    rules = [rule for pack in burial_packs() for rule in rules_of(pack) if rule.pack == pack]
    assert len(rules) == 21
    for rule in rules:
        if rule.show:
            assert rule.document
            assert rule.source
            assert rule.quality in ("law_text", "official", "plan", "repost")
        else:
            assert rule.quality in ("unsure", "repost")
    assert {rule.id for rule in rules if not rule.show} == {"own_housing", "haikou_plot"}


def test_no_rule_of_the_national_law_has_a_distance() -> None:
    assert [r.id for r in rules_of("national") if r.limit_m is not None and r.show] == []
    assert {r.id: r.limit_m for r in rules_of("shandong") if r.limit_m and r.show} == {
        "shandong_parks": 2000, "shandong_water": 2000, "shandong_ways": 500
    }  # fmt: skip
    assert {r.id: r.limit_m for r in rules_of("unnamed") if r.limit_m and r.show} == {"unnamed_water": 300}
    assert {r.id: r.limit_m2 for p in burial_packs() for r in rules_of(p) if r.limit_m2 and r.show} == {
        "henan_plot": 1.0, "beijing_plot": 1.0, "shantou_plot": 1.0, "chongming_small_grave": 0.6
    }  # fmt: skip


# ---- how long the plots last, and shares --------------------------------------------------------------------------


def test_years_left() -> None:
    """1,200 plots, 100 burials a year of which 70 % take none: 40 years. Without them 12."""
    assert years_left(1200, 100) == 12
    assert years_left(1200, 100, eco_share=0.7) == 40
    assert years_left(0, 100) == 0
    assert years_left(1200, 0) is None
    assert years_left(None, 100) is None
    assert years_left(1200, None) is None
    for bad in ((-1, 100, 0), (1, -1, 0), (1, 1, 1.1), (1, 1, -0.1), (math.inf, 1, 0), (1, 1, math.nan)):
        with pytest.raises(RequestError):
            years_left(*bad)


def values(rows: Sequence[tuple[str, str, int, float]]) -> Layer:
    named = [dict(zip(("unit_code", "indicator", "year", "value"), row, strict=True)) for row in rows]
    return layer_of("values", named, [None] * len(rows))


def test_row_53_small_graves_are_burials_over_burials() -> None:
    """41 of 100 burials in small graves are 41 %, whatever number of new yards the name of the indicator speaks of."""
    rows = [
        ("310151", "总安葬量", 2020, 100),
        ("310151", "小型墓安葬量", 2020, 41),
        ("310151", "节地生态安葬量", 2020, 25),
        ("310151", "总安葬量", 2025, 200),
        ("310151", "小型墓安葬量", 2025, 180),
        ("310151", "新开墓区数", 2020, 3),
        ("310151", "剩余墓穴(格位)数", 2020, 900),
        ("310151", "剩余墓穴(格位)数", 2025, 800),
    ]
    table = burial_shares(values(rows)).table.set_index("year")
    assert table.loc[2020, "small_share"] == 0.41
    assert table.loc[2020, "eco_share"] == 0.25
    assert table.loc[2025, "small_share"] == 0.9
    assert np.isnan(table.loc[2025, "eco_share"])
    assert table["reason"].tolist() == ["", "no_data"]
    # 75 of 100 burials took one of 900 plots: 12 years. In 2025 eco-burials are not known: all 200 count.
    assert table["years_left"].tolist() == [12, 4]


def test_no_burials_no_data_and_contradictions_have_no_share() -> None:
    rows = [
        ("A", "总安葬量", 2020, 0), ("A", "小型墓安葬量", 2020, 0), ("A", "节地生态安葬量", 2020, 0),
        ("B", "小型墓安葬量", 2020, 5),
        ("C", "总安葬量", 2020, 10), ("C", "小型墓安葬量", 2020, 11),
        ("D", "总安葬量", 2020, 10), ("D", "总安葬量", 2020, 12),
        ("E", "总安葬量", 2020, 10), ("E", "总安葬量", 2020, 10), ("E", "小型墓安葬量", 2020, 5),
        ("E", "节地生态安葬量", 2020, 1),
        ("F", "总安葬量", 2020, 10), ("F", "剩余墓穴(格位)数", 2020, -1),
    ]  # fmt: skip
    found = burial_shares(values(rows))
    assert found.table["reason"].tolist() == ["no_burials", "no_data", "part_over_whole", "two_values", "", "negative"]
    assert found.table["small_share"].notna().tolist() == [False, False, False, False, True, False]
    assert [f.code for f in found.findings] == ["burials_part_over_whole", "burials_two_values", "burials_negative"]
    shuffled = burial_shares(values(rows[::-1]))
    assert shuffled.table.equals(found.table)


def test_a_base_is_chosen_where_there_are_several() -> None:
    layer = values([("A", "总安葬量", 2020, 10), ("A", "总安葬量", 2020, 12), ("A", "小型墓安葬量", 2020, 6)])
    layer = dataclasses.replace(layer, frame=layer.frame.assign(base=["户籍", "常住", "常住"]))
    found = burial_shares(layer, BurialNames(base="常住"))
    assert found.table["small_share"].tolist() == [0.5]
    assert burial_shares(layer).findings[0].code == "burials_two_values"
