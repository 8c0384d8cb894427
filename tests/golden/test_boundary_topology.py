"""K12 to K15 by hand: units that do not fit, two editions, junctions, rivers and roads.

At 30 N one degree of longitude is 96 486.3 m and one of latitude 110 852.4 m: N = 6378137 / sqrt(1 - e2 / 4) =
6383480.9 m, times cos 30 = 5528256.6 m per radian; M = N (1 - e2) / (1 - e2 / 4) = 6351377.1 m per radian.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from demarcation.bench import bench_of
from demarcation.checks.editions import editions_agree, no_other_edition
from demarcation.checks.features import no_features, stretches_follow_features
from demarcation.checks.junctions import lines_meet, no_sides
from demarcation.checks.topology import no_units, units_fit
from demarcation.editions import compare_editions, facilities_between, land_between
from demarcation.finding import BoundaryFinding
from demarcation.model import Line, Segment, Stake, Study
from demarcation.read import lines_of, stakes_of
from demarcation.rules import load_rules
from demarcation.topology import greatest_width_m
from geo.crs import MetricCrs
from layers.layer import Layer, QualityReport, Source
from layers.read import read_layer

EAST_M, NORTH_M = 96_486.3, 110_852.4
DAY = dt.date(2026, 6, 30)
RULES = load_rules()


def place(east_m: float, north_m: float) -> tuple[float, float]:
    """Degrees of a place so many metres from 114 E 30 N."""
    return 114.0 + east_m / EAST_M, 30.0 + north_m / NORTH_M


def shape(*corners: tuple[float, float]) -> shapely.Polygon:
    return shapely.Polygon([place(*corner) for corner in corners])


def block(west: float, south: float, east: float, north: float) -> shapely.Polygon:
    return shape((west, south), (east, south), (east, north), (west, north))


def layer(kind: str, rows: Iterable[Mapping[str, object]]) -> Layer:
    table = pd.DataFrame([{"row": n, **row} for n, row in enumerate(rows, 1)])
    frame = gpd.GeoDataFrame(table, geometry="geometry", crs="EPSG:4326")
    return Layer(kind, frame, "wgs84", Source("x", ""), QualityReport((), len(frame), len(frame)))


def units(**shapes: shapely.Geometry) -> Layer:
    """Townships ``u1`` … of the county 990100."""
    return layer("units", [{"unit_code": f"99010000{name[1:]}", "name": name, "geometry": it}
                           for name, it in shapes.items()])  # fmt: skip


def line(code: str, *vertices: tuple[float, float], units: str = "12", scale: float | None = 10_000.0, kind: str = "",
         county: bool = False) -> Line:  # fmt: skip
    """A line between two townships, named by their last digits; of counties when asked."""
    path = shapely.LineString([place(*vertex) for vertex in vertices])
    a, b = (f"990{digit}00" if county else f"99010000{digit}" for digit in units)
    return Line(code, "", a, b, "", scale, "", None, None, None, None, None, "", None, (Segment(kind, path, 1),))


def study(*lines: Line, **others: object) -> Study:
    given: dict[str, object] = {"stakes": (), "as_of": DAY, **others}
    return Study({it.code: it for it in lines}, **given)  # type: ignore[arg-type]


def fit(**shapes: shapely.Geometry) -> list[BoundaryFinding]:
    return list(units_fit(bench_of(study(units=units(**shapes))), RULES))


# ---- K12 ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("apart_m", [1e-10, -1e-10, 0.0, 0.0004, -0.0004])
def test_t37_k12_the_last_bits_of_coordinates_are_no_gap_and_no_overlap(apart_m: float) -> None:
    assert fit(u1=block(0, 0, 200, 500), u2=block(200 + apart_m, 0, 400, 500)) == []


@pytest.mark.parametrize("apart_m", [0.002, 0.3, 12.0])
def test_t37_k12_a_gap_is_found_measured_and_drawn(apart_m: float) -> None:
    """Open at both ends; 500 m long. 0.3 m wide it has 150 m2, whatever is searched for: smaller and larger."""
    [found] = fit(u1=block(0, 0, 200, 500), u2=block(200 + apart_m, 0, 400, 500))
    assert (found.code, found.severity, found.line_code, found.unit) == ("unit_borders_gap", "fail", "", "m2")
    # The ends are drawn in by up to 25 - sqrt(25^2 - 6^2) = 0.7 m.
    assert found.value == pytest.approx(500 * apart_m, rel=5e-3)
    assert found.where is not None
    assert ("狭长" in found.sentence("zh")[0]) == (apart_m < 5)
    # Files round to a centimetre: what is narrower is drawn as a line.
    assert (found.where.geom_type == "LineString") == (apart_m < 0.05)
    drawn = shapely.Polygon(found.where.coords) if apart_m < 0.05 else found.where
    assert greatest_width_m(drawn) == pytest.approx(apart_m, rel=2e-3)
    assert drawn.contains(shapely.Point(place(200 + apart_m / 2, 250)))


@pytest.mark.parametrize("decimals", [5, 6, 7, 15])
def test_k12_vertices_that_one_side_alone_has_on_a_straight_border_are_no_gap(decimals: int) -> None:
    """Drawn straight in a survey's plane, a side of 3 km is bowed on the map: by 0.10 m at 1.3 km.

    The lower unit has the side alone, the upper ones end on it: rounded to 1 m … 1 cm, and not rounded.
    """
    metric = MetricCrs("EPSG:4547")

    def drawn(*corners: tuple[float, float]) -> shapely.Polygon:
        xy = np.array(corners) + np.array([500_000, 3_320_000])
        return shapely.Polygon(metric.inverse(xy).round(decimals))

    lower = drawn((0, 0), (3000, 0), (3000, 1000), (0, 1000))
    left = drawn((0, 1000), (1300, 1000), (1300, 2000), (0, 2000))
    right = drawn((1300, 1000), (3000, 1000), (3000, 2000), (1300, 2000))
    off_m = lower.distance(shapely.Point(right.exterior.coords[0])) * NORTH_M
    # Half a step of the vertex and half a step of the side: 1.5 m of five decimals, 1.5 cm of seven.
    assert off_m == pytest.approx(1300 * 1700 * 0.577 / (2 * 6_378_137), abs=1.5 * 10.0 ** (5 - decimals) + 1e-3)
    assert fit(u1=lower, u2=left, u3=right) == []
    assert fit(u1=lower, u2=left, u3=drawn((1300, 1004), (3000, 1004), (3000, 2000), (1300, 2000))) != []
    assert fit(u1=lower, u2=drawn((0, 1000), (1300, 1004), (1300, 2000), (0, 2000)), u3=right) != []


def test_k12_an_enclosed_gap_and_an_overlap_of_one_vertex() -> None:
    """A vertex 10 m off a border of 200 m: 200 x 10 / 2 = 1000 m2, circle 4 x 1000 / (200 + 2 sqrt(100^2 + 10^2))."""
    left = block(0, 0, 200, 300)
    for shift_m, code in ((10.0, "unit_borders_gap"), (-10.0, "unit_borders_overlap")):
        right = shape((200, 0), (400, 0), (400, 300), (200, 300), (200, 250), (200 + shift_m, 150), (200, 50))
        [found] = fit(u1=left, u2=right)
        assert (found.code, found.severity) == (code, "fail")
        assert found.value == pytest.approx(1000.0, rel=1e-3)
        assert found.where is not None
        assert greatest_width_m(found.where) == pytest.approx(4000 / (200 + 2 * 10_100**0.5), rel=2e-3)


def test_k12_an_enclave_is_no_gap_and_land_that_nobody_has_inside_one_unit_accuses_nobody() -> None:
    inner = block(400, 400, 600, 600)
    outer = shapely.difference(block(0, 0, 1000, 1000), inner)
    beside = block(1000, 0, 1200, 1000)
    assert fit(u1=outer, u2=inner, u3=beside) == []
    assert fit(u1=outer, u2=shapely.union(inner, beside)) == []
    [hole] = fit(u1=outer, u3=beside)
    assert (hole.code, hole.severity) == ("unit_hole", "info")
    assert hole.value == pytest.approx(40_000, rel=1e-3)


def test_k12_wide_land_of_nobody_is_a_unit_that_is_perhaps_missing() -> None:
    [found] = fit(
        u1=shape((0, 0), (3000, 0), (3000, 1000), (1000, 1000), (1000, 2000), (0, 2000)),
        u2=shape((0, 2000), (1000, 2000), (2000, 2000), (2000, 1000), (3000, 1000), (3000, 3000), (0, 3000)),
    )
    assert (found.code, found.severity) == ("units_empty", "info")


def test_k12_corners_of_the_land_and_islands_are_no_gaps() -> None:
    """Two units meet in a notch of the outer border (45 degrees), and a third lies 30 m off across a strait."""
    notched = shape((0, 0), (500, 0), (500, 500), (0, 1000))
    other = shape((500, 0), (1000, 0), (1000, 1000), (500, 500))
    assert fit(u1=notched, u2=other, u3=block(0, -530, 300, -30)) == []


def test_k12_only_units_of_one_level_and_of_the_day_are_compared() -> None:
    """County, its townships, and a township of the past: one township stands 20 m out of the county, which is told."""
    rows: list[dict[str, object]] = [
        {"unit_code": "990100", "name": "县", "level": "县", "geometry": block(0, 0, 1000, 1000)},
        {"unit_code": "990100001", "name": "甲", "parent_code": "990100", "geometry": block(-20, 0, 500, 1000)},
        {"unit_code": "990100002", "name": "乙", "parent_code": "990100", "geometry": block(500, 0, 1000, 1000)},
        {"unit_code": "990100003", "name": "丙", "valid_to": dt.date(2020, 1, 1), "geometry": block(400, 0, 600, 900)},
    ]
    found = list(units_fit(bench_of(study(units=layer("units", rows))), RULES))
    assert [(it.code, it.severity) for it in found] == [("unit_outside_parent", "info")]
    assert found[0].value == pytest.approx(20_000, rel=1e-3)


def test_k12_names_the_line_between_the_units_or_between_those_above_them() -> None:
    given = units(u1=block(0, 0, 200, 500), u2=block(200.3, 0, 400, 500))
    between = line("9902", (200, 0), (200, 500))
    [found] = units_fit(bench_of(study(between, units=given)), RULES)
    assert found.line_code == "9902"
    frame = given.frame.assign(parent_code=["990100", "990200"], unit_code=["990100001", "990200001"])
    parents = [{"unit_code": code, "name": "", "geometry": None} for code in ("990100", "990200")]
    apart = layer("units", [*frame.drop(columns="row").to_dict("records"), *parents])
    above = line("9901", (200, 0), (200, 500), units="12", county=True)
    above = Line(**{**vars(above), "unit_a": "990100", "unit_b": "990200"})
    [found] = units_fit(bench_of(study(above, units=apart)), RULES)
    assert found.line_code == "9901"


# ---- K13 ----------------------------------------------------------------------------------------------------------

STRAIGHT = ((0.0, 0.0), (10_000.0, 0.0))


def detour(off_m: float) -> tuple[tuple[float, float], ...]:
    """Off the straight line between 4 and 6 km."""
    return (0, 0), (4000, 0), (4000, off_m), (6000, off_m), (6000, 0), (10_000, 0)


def differ(own: Line, other: Line) -> list[BoundaryFinding]:
    return list(editions_agree(bench_of(study(own, other_lines={other.code: other})), RULES))


def test_k13_a_detour_of_10_m_by_hand() -> None:
    """At 1:10 000 0.2 mm are 2 m and 0.5 mm are 5 m.

    Mean over the length of both: own side 2 x (10 x 10 / 2) + 1980 x 10 = 19 900, the other's 2000 x 10 + 2 x 50 =
    20 100; 40 000 / (2000 + 2020) = 9.950 m.
    """
    [found] = differ(line("9902", *STRAIGHT), line("9902", *detour(10.0)))
    assert (found.code, found.severity, found.limit, found.unit) == ("editions_differ", "fail", 5.0, "m")
    assert found.value == pytest.approx(10.0, abs=0.01)
    assert (found.facts["from_m"], found.facts["to_m"]) == ("4,000", "6,000")
    assert found.facts["mean_m"] == "9.9"
    [difference] = compare_editions({"9902": line("9902", *STRAIGHT)}, {"9902": line("9902", *detour(10.0))}, RULES)
    assert difference.mean_m == pytest.approx(9.95, abs=0.01)
    assert (difference.from_m, difference.to_m) == pytest.approx((4000.0, 6000.0), abs=0.5)


@pytest.mark.parametrize(
    ("off_m", "scale", "severity"),
    [(1.9, 10_000.0, None), (2.1, 10_000.0, "warn"), (5.2, 10_000.0, "fail"), (12.0, 50_000.0, "warn"),
     (9.0, 50_000.0, None), (9.0, None, "fail")],
)  # fmt: skip
def test_k13_the_coarser_map_decides(off_m: float, scale: float | None, severity: str | None) -> None:
    """One's own map is 1:10 000 throughout; where the other says nothing, one's own is the only one known."""
    found = differ(line("9902", *STRAIGHT), line("9902", *detour(off_m), scale=scale))
    assert [it.severity for it in found] == ([severity] if severity else [])


def test_k13_the_direction_and_the_vertices_of_a_line_make_no_difference() -> None:
    finer = [(x * 500.0, 0.0) for x in range(21)]
    assert differ(line("9902", *STRAIGHT), line("9902", *reversed(finer))) == []


def test_k13_a_spike_of_the_other_edition_and_a_line_that_ends_early() -> None:
    """There and back over one point of one's own edition: only the way from the other to one's own sees it."""
    spike = ((0, 0), (5000, 0), (5000, 30), (5000.1, 0), (10_000, 0))
    [found] = differ(line("9902", *STRAIGHT), line("9902", *spike))
    assert found.value == pytest.approx(30.0, abs=0.05)
    short = {"9902": line("9902", (0, 0), (9700, 0))}
    [stretch] = compare_editions({"9902": line("9902", *STRAIGHT)}, short, RULES)
    assert stretch.greatest_m == pytest.approx(300.0, abs=0.1)
    assert (stretch.from_m, stretch.to_m) == (pytest.approx(9702, abs=2.1), pytest.approx(10_000, abs=0.1))


def test_k13_no_edition_wins() -> None:
    """Both ways round the same is told, and no sentence speaks of land gained or lost."""
    own, other = line("9902", *STRAIGHT), line("9902", *detour(10.0))
    [one], [two] = differ(own, other), differ(other, own)
    assert one.value == pytest.approx(two.value, abs=0.01)
    text = " ".join((*one.sentence("zh"), *one.sentence("en")))
    assert "两版数据差异" in text
    assert not any(word in text for word in ("增加", "减少", "错误", "gain", "lost", "wrong"))


def test_k13_lines_in_one_edition_only() -> None:
    own, other = line("9902", *STRAIGHT), line("9903", *STRAIGHT)
    assert [(it.code, it.severity) for it in differ(own, other)] == [
        ("only_in_own_edition", "warn"), ("only_in_other_edition", "warn"),
    ]  # fmt: skip
    both = bench_of(study(own, other_lines={"9902": own, "9903": other}))
    assert [(it.code, it.severity) for it in editions_agree(both, RULES)] == [("only_in_other_edition", "info")]


def test_facilities_between_both_editions() -> None:
    """The other edition goes 10 m north from 4 to 6 km: 2000 x 10 = 20 000 m2 lie between."""
    found = compare_editions({"9902": line("9902", *STRAIGHT)}, {"9902": line("9902", *detour(10.0))}, RULES)
    spots = {"F1": (5000, 5), "F2": (5000, 15), "F3": (5000, -5), "F4": (3000, 5)}
    rows = [{"facility_id": key, "name": key, "geometry": shapely.Point(place(*at))} for key, at in spots.items()]
    assert [it.facility_id for it in facilities_between(found, layer("facilities", rows))] == ["F1"]
    assert land_between(found[0]).area * EAST_M * NORTH_M == pytest.approx(20_000, rel=1e-3)


# ---- K14 ----------------------------------------------------------------------------------------------------------


def star(short_m: float = 0.0) -> tuple[Line, Line, Line]:
    """Three lines from far away to one point; the third ends short of it."""
    return (
        line("9902", (0, 3000), (0, 0), units="12"),
        line("9903", (2000, -2000), (0, 0), units="23"),
        line("9904", (-2000, 0), (-short_m, 0), units="13"),
    )


def meet(*lines: Line, **others: object) -> list[BoundaryFinding]:
    return list(lines_meet(bench_of(study(*lines, **others)), RULES))


@pytest.mark.parametrize("short_m", [0.0, 1e-10, 0.9])
def test_k14_t37_three_lines_meet(short_m: float) -> None:
    assert meet(*star(short_m)) == []


def test_k14_a_line_that_ends_12_m_short_of_the_point() -> None:
    """Closure is the greatest distance between the three ends: 12 m, as the two others are one point.

    Where no two of them meet, the smallest code stands for all.
    """
    [found] = meet(*star(12.0))
    assert (found.code, found.severity, found.line_code, found.stake_no) == ("junction_open", "fail", "9904", "")
    assert (found.value, found.limit, found.unit) == (pytest.approx(12.0, abs=0.01), 1.0, "m")
    assert "9902、9903、9904" in found.sentence("zh")[0]
    _, second, third = star(12.0)
    [found] = meet(line("9902", (0, 3000), (0, 5), units="12"), second, third)
    assert (found.line_code, found.value) == ("9902", pytest.approx(13.0, abs=0.01))


def test_k14_ends_far_apart_with_nothing_known_of_the_land_are_to_be_looked_at() -> None:
    """A unit of 140 m across, whose own borders have no lines, would look the same."""
    [found] = meet(*star(140.0))
    assert (found.severity, found.value) == ("warn", pytest.approx(140.0, abs=0.1))
    quarter = units(u1=block(-2000, 0, 0, 3000))
    assert [it.severity for it in meet(*star(140.0), units=quarter)] == ["fail"]


def test_k14_a_line_that_is_not_there_accuses_nobody() -> None:
    assert meet(*star(12.0)[::2]) == []
    assert meet(*star(600.0)) == []


def test_k14_lines_that_end_at_a_fourth_unit_are_left_alone() -> None:
    """A unit of 40 m stands in the middle; its own borders are too short to have lines."""
    first, second, _ = star()
    first = line("9902", (0, 3000), (0, 20), units="12")
    second = line("9903", (2000, -2000), (20, -20), units="23")
    third = star(20.0)[2]
    assert len(meet(first, second, third)) == 1
    given = units(
        u1=shape((-20, 20), (0, 20), (0, 3000), (-2000, 3000), (-2000, 0), (-20, 0)),
        u4=block(-20, -20, 20, 20),
    )
    assert meet(first, second, third, units=given) == []


def test_k14_a_township_line_that_ends_short_of_the_county_line() -> None:
    """The foot of its end on the county line is 8 m away; 150 m away nobody says that it should be there."""
    county = line("9901", (-5000, 0), (5000, 0), units="12", county=True)
    county = Line(**{**vars(county), "unit_a": "990100", "unit_b": "990200"})
    for short_m, expected in ((0.0, []), (8.0, ["junction_off_the_line_above"]), (150.0, [])):
        found = meet(county, line("9902", (0, 3000), (0, short_m)))
        assert [it.code for it in found] == expected
        assert [it.value for it in found] == [pytest.approx(8.0, abs=0.01)] * len(expected)


def stake(number: str, at: tuple[float, float], shape: str = "") -> Stake:
    return Stake(number, number[:4], int(number[4:7]), number[7], shape=shape, place=place(*at), row=1)


def test_t36_k14_a_single_stake_at_a_point_of_three_counties() -> None:
    """30 m from the point, on its line; one that is 三面型, one of three, or one 60 m away is in order."""
    [found] = meet(*star(), stakes=(stake("9902001Q", (0, 30)),))
    assert (found.code, found.stake_no, found.line_code) == ("junction_stake_not_three_sided", "9902001Q", "9902")
    assert found.severity == "fail"
    assert meet(*star(), stakes=(stake("9902001Q", (0, 30), "双面型"),)) != []
    assert meet(*star(), stakes=(stake("9902001Q", (0, 30), "三面型"),)) == []
    assert meet(*star(), stakes=(stake("9902001C", (0, 30)),)) == []
    assert meet(*star(), stakes=(stake("9902001Q", (0, 60)),)) == []


# ---- K15 ----------------------------------------------------------------------------------------------------------


def test_k15_a_river_that_moved_is_a_change_and_the_road_beside_it_counts_for_nothing() -> None:
    """The river of today runs 30 m north of a stretch of 1000 m; the road lies on it."""
    stretch = line("9906", (0, 0), (1000, 0), kind="河流")
    paths = {"river": ((-100, 30), (1100, 30)), "primary": ((0, 0), (1000, 0))}
    rows = [
        {"kind": "河流" if name == "river" else "道路", "geometry": shapely.LineString([place(*at) for at in path])}
        for name, path in paths.items()
    ]
    [found] = stretches_follow_features(bench_of(study(stretch, features=layer("features", rows))), RULES)
    assert (found.code, found.severity, found.line_code) == ("feature_changed", "info", "9906")
    assert found.value == pytest.approx(30.0, abs=0.01)
    assert "变化" in found.sentence("zh")[0]
    [found] = stretches_follow_features(bench_of(study(stretch, features=layer("features", rows[1:]))), RULES)
    assert (found.code, found.severity, found.value) == ("feature_not_found", "info", None)


def test_features_are_read_from_any_line_layer(tmp_path: Path) -> None:
    """A heading of DLG files, one of OSM, and a line that says nothing of itself."""
    paths = [shapely.LineString([place(0, off), place(1000, off)]) for off in (0.0, 40.0, 80.0)]
    rows = {"类型": ["河道", None, None], "highway": [None, "primary", None]}
    gpd.GeoDataFrame(rows, geometry=paths, crs="EPSG:4326").to_file(tmp_path / "lines.gpkg")
    features = read_layer(tmp_path / "lines.gpkg", "features")
    assert features.frame["kind"].fillna("").tolist() == ["河道", "", ""]
    bench = bench_of(study(line("9906", (0, 40), (1000, 40), kind="河流"), features=features))
    [found] = stretches_follow_features(bench, RULES)
    assert found.value == pytest.approx(40.0, abs=0.01)


# ---- all ----------------------------------------------------------------------------------------------------------


def test_what_is_not_given_is_named() -> None:
    nothing = study()
    assert (no_units(nothing), no_other_edition(nothing), no_features(nothing)) == (
        "units_not_given", "other_edition_not_given", "features_not_given",
    )  # fmt: skip
    codes_alone = layer("units", [{"unit_code": "990100", "name": "县", "geometry": None}])
    assert no_units(study(units=codes_alone)) == "units_without_land"
    nameless = Line(**{**vars(line("9902", *STRAIGHT)), "unit_b": ""})
    assert no_sides(nothing) == no_sides(study(nameless)) == "lines_name_no_units"
    assert no_sides(study(*star())) == ""


def test_the_order_of_rows_makes_no_difference() -> None:
    """Units and lines in three orders: the same findings."""
    lands = {"u1": block(0, 0, 200, 500), "u2": block(200.3, 0, 400, 500), "u3": block(0, 499, 400, 900)}
    said = []
    for turn in range(3):
        names = [*list(lands)[turn:], *list(lands)[:turn]]
        bench = bench_of(
            study(*[*star(12.0)[turn:], *star(12.0)[:turn]], units=units(**{it: lands[it] for it in names}))
        )
        found = [*units_fit(bench, RULES), *lines_meet(bench, RULES)]
        said.append([(*it.order, it.value) for it in sorted(found, key=lambda it: it.order)])
    assert said[0] == said[1] == said[2]
    assert len(said[0]) >= 3


def test_the_demo_has_no_fault_of_topology(root: Path) -> None:
    """171 units, 31 lines, and short borders without a line: no fail and no warn."""
    folder = root / "data/demo/layers"
    lines = lines_of(read_layer(folder / "lines.parquet", "lines"))
    stakes = stakes_of(read_layer(folder / "stakes.parquet", "stakes"), RULES)
    bench = bench_of(Study(lines, stakes, DAY, lines, None, read_layer(folder / "units.parquet", "units")))
    for check in (units_fit, editions_agree, lines_meet):
        assert list(check(bench, RULES)) == []
