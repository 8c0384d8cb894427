"""What lies across a line, disputes, and units merged or split: worked out by hand.

Lines run along the meridian of the origin, so that metres east are metres off the line and metres north are chainage.
"""

import dataclasses
import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import shapely

from coverage.request import Parameters
from demarcation.bench import Bench, bench_of
from demarcation.check import run
from demarcation.checks.crossings import check_crossings
from demarcation.disputes import dispute_figures
from demarcation.finding import BoundaryFinding
from demarcation.model import Line, Segment, Stake, Study
from demarcation.recode import recode
from demarcation.rules import load_rules
from demarcation.served_across import people_across, service_areas
from geo.errors import RequestError
from layers.layer import Layer
from layers.read import read_layer
from reports.boundary_files import boundary_summary
from tests.builders import AS_OF, XY, at, demand, facilities, layer_of, path, roads, solve, units

RULES = load_rules()
A, B, C = "990100001", "990100002", "990100003"


def line(code: str, a: str, b: str, *points: XY) -> Line:
    segment = Segment("", shapely.LineString(path(points)), 1)
    return Line(code, code, a, b, "township", 10000.0, "GNSS", *[None] * 5, "", None, (segment,))


def stake(number: str, xy: XY) -> Stake:
    return Stake(number, number[:4], int(number[4:7]), number[7], place=at(*xy))


def bench(lines: Sequence[Line], stakes: Sequence[Stake] = (), **given: Any) -> Bench:
    return bench_of(Study({one.code: one for one in lines}, tuple(stakes), AS_OF, **given))


def named(kind: str, shapes: Mapping[str, shapely.Geometry], **columns: Sequence[Any]) -> Layer:
    rows = [{"name": name, **{key: values[n] for key, values in columns.items()}} for n, name in enumerate(shapes)]
    return layer_of(kind, rows, list(shapes.values()))


def square(west: float, south: float, east: float, north: float) -> shapely.Polygon:
    return shapely.Polygon(path([(west, south), (east, south), (east, north), (west, north)]))


def found(on: Bench) -> list[BoundaryFinding]:
    out = list(check_crossings(on, RULES))
    assert {one.severity for one in out} <= {"info"}
    assert len({(one.code, one.line_code, one.stake_no, one.facts["name"]) for one in out}) == len(out)
    return out


SOUTH_NORTH = line("9901", C, A, (0, -5000), (0, 5000))


@pytest.mark.parametrize("with_units", [False, True])
def test_k16_a_project_of_1_km_by_1_km_across_a_straight_line(with_units: bool) -> None:
    """300 m of it are west of the line: 300 × 1,000 m = 30 ha, 700 × 1,000 m = 70 ha east of it."""
    plots = named("projects", {"园区": square(-300, 0, 700, 1000)})
    areas = units({C: (-3000, -5000, 0, 5000), A: (0, -5000, 3000, 5000)}) if with_units else None
    near = stake("9901003Q", (-50, 1050))  # 50 m north of its north side
    far = stake("9901004Q", (0, 1150))
    across, beside = found(bench([SOUTH_NORTH], [near, far], projects=plots, units=areas))
    assert (across.code, across.line_code, across.stake_no, across.unit) == ("project_across_line", "9901", "", "m2")
    assert across.value == pytest.approx(300_000, rel=1e-4)
    west, east = (C, A) if with_units else ("left", "right")
    assert across.facts["parts_en"] == f"{west} 300,000 m2, {east} 700,000 m2"
    # The line begins 5,000 m south of the project's south side.
    assert across.facts["chainages"] == "5,000, 6,000"
    assert "第十条" in across.sentence("zh")[1]
    assert (beside.code, beside.stake_no, beside.line_code) == ("stake_near_project", "9901003Q", "9901")
    assert beside.value == pytest.approx(50, abs=0.01)


def test_k16_what_touches_the_line_does_not_cross_it() -> None:
    """A red line drawn along the boundary, with half a metre of drawing; two metres are land: 2 × 1,000 m."""
    plots = {"along": square(0, 0, 1000, 1000), "drawn": square(-0.5, 1500, 1000, 2500),
             "over": square(-2, 3000, 1000, 4000), "near": square(60, -2000, 500, -1500)}  # fmt: skip
    by_name = {one.facts["name"]: one for one in found(bench([SOUTH_NORTH], projects=named("projects", plots)))}
    assert {name: one.code for name, one in by_name.items()} == {
        "along": "project_near_line", "drawn": "project_near_line", "over": "project_across_line",
        "near": "project_near_line",
    }  # fmt: skip
    assert by_name["along"].value == pytest.approx(0, abs=1e-6)
    assert by_name["near"].value == pytest.approx(60, abs=0.01)
    assert by_name["over"].value == pytest.approx(2000, rel=1e-3)


def test_k16_a_road_and_a_plot_round_the_end_of_a_line() -> None:
    """A road from 400 m west to 100 m east; a plot in which the line ends has no two halves, and lies across."""
    plots = {"road": shapely.LineString(path([(-400, 0), (100, 0)])), "end": square(-100, 4900, 100, 5100)}
    road, end = sorted(found(bench([SOUTH_NORTH], projects=named("projects", plots))), key=lambda one: one.unit)
    assert (road.code, road.unit) == ("project_across_line", "m")
    assert road.value == pytest.approx(100, abs=0.01)
    assert end.code == "project_across_line"


def test_k16_facilities_near_across_and_declared_on_the_other_side() -> None:
    """One finding for each: 50 m off, over the line, registered east and 20 m west of it, and one 150 m off: none."""
    at_home = units({C: (-3000, -5000, 0, 5000), A: (0, -5000, 3000, 5000)})
    shapes = {"near": shapely.Point(at(50, 0)), "hall": square(-10, 500, 30, 520), "wrong": shapely.Point(at(-20, 900)),
              "off": shapely.Point(at(150, 0))}  # fmt: skip
    places = named("facilities", shapes, unit_code=[A, A, f"{A}001", A])
    # The village of the third is not among the units: nothing can be said of where it lies.
    codes = [one.code for one in found(bench([SOUTH_NORTH], facilities=places, units=at_home))]
    assert codes == ["facility_near_line", "facility_across_line", "facility_near_line"]
    villages = units({f"{C}001": (-3000, -5000, 0, 5000), f"{A}001": (0, -5000, 3000, 5000)})
    near, hall, wrong = found(bench([SOUTH_NORTH], facilities=places, units=villages))
    assert near.value == pytest.approx(50, abs=0.01)
    assert hall.value == pytest.approx(10 * 20, rel=1e-3)
    assert (wrong.code, wrong.line_code, wrong.facts["lies_in"]) == ("facility_declared_elsewhere", "9901", f"{C}001")
    assert wrong.value == pytest.approx(20, abs=0.01)


def test_k16_service_areas_and_people_across() -> None:
    """A road of 2 km over the line; the centre stands 200 m east of it, seven live 100 m west and five east."""
    street = roads([(-1000, 0), (1000, 0)])
    centre = facilities({"F": (200, 0)})
    homes = demand({"w": (-100, 0), "e": (100, 0)})
    homes.frame["pop"] = [7, 5]
    sides = units({C: (-3000, -5000, 0, 5000), A: (0, -5000, 3000, 5000)})
    result = solve(street, centre, homes, sides, minutes=(15,), profile="adult", report_minutes=15)
    served = people_across(result, {"9901": SOUTH_NORTH}, sides)
    assert [(one.a_to_b, one.b_to_a) for one in served.values()] == [(7, 0)]
    # In 5 minutes at 1.25 m/s 375 m are walked: from 175 m west of the line. The area is narrower than a band of even
    # width, 175 of 750 m, and wider than one that falls to nothing, (175² / 2) of 375² square metres.
    drawn = service_areas(result.request.network, centre, Parameters(profile="adult", minutes=(5.0,), as_of=AS_OF))
    over, people = found(bench([SOUTH_NORTH], facilities=centre, areas=drawn, served=served, units=sides))
    assert (people.code, people.value, people.unit) == ("people_served_across", 7.0, "count")
    assert (over.code, over.unit, over.facts["minutes"]) == ("service_area_across_line", "%", "5")
    assert 100 * 175**2 / 2 / 375**2 < (over.value or 0) < 100 * 175 / 750
    # 100 of 400 m of a square of the east are west of the line, whichever side is larger.
    for west, east, share in ((-100, 300, 25), (-300, 100, 75)):
        square_area = named("areas", {"F": square(west, 0, east, 100)}, facility_id=["F"])
        (one,) = found(bench([SOUTH_NORTH], facilities=None, areas=square_area, units=sides))
        assert one.value == pytest.approx(min(share, 100 - share), rel=1e-4)  # nobody knows where the facility stands
        told = found(bench([SOUTH_NORTH], facilities=centre, areas=square_area, units=sides))
        assert [two.value for two in told] == pytest.approx([share], rel=1e-4)


def test_three_open_disputes_on_150_km_of_line_are_two_per_100_km() -> None:
    lines = [line("9901", C, A, (0, 0), (0, 100_000)), line("9902", C, B, (50_000, 0), (50_000, 50_000))]
    spots = {name: shapely.Point(at(x, 1000)) for name, x in (("a", 10), ("b", 20), ("c", 30), ("d", 5), ("e", 9000))}
    register = named(
        "disputes", spots, state=["", "调处中", "未化解", "已化解", ""], line_code=["", "9901", "9901", "", "9901"],
        date=[dt.date(2024, 5, 1), dt.date(2023, 2, 3), None, dt.date(2020, 1, 1), dt.date(2027, 1, 1)],
        close_date=[None, dt.date(2026, 12, 1), None, None, None],
    )  # fmt: skip
    one = bench(lines, disputes=register)
    figures = dispute_figures(one.study)
    assert figures is not None
    # The fourth is over by its state; the second will be, after the day; the fifth has not begun.
    assert (figures.whole.open, figures.whole.closed, figures.no_line) == (3, 1, 0)
    assert figures.whole.per_100_km == pytest.approx(3 / 150 * 100, rel=1e-4)
    assert figures.lines["9901"].per_100_km == pytest.approx(3, rel=1e-4)
    assert (figures.lines["9902"].open, figures.lines["9902"].per_100_km) == (0, 0.0)
    assert figures.whole.oldest_open == dt.date(2023, 2, 3)
    # The second is a metre or two shorter: 50 km east of the meridian, and due north.
    internal, shown = (boundary_summary(run(one.study, RULES), {}, public=public) for public in (False, True))
    assert internal["disputes"] == {
        "open": 3, "closed": 1, "length_km": pytest.approx(150, abs=0.01), "per_100_km": 2.0,
        "oldest_open": "2023-02-03", "no_line": 0,
        "lines": {"9901": {"open": 3, "closed": 1, "length_km": 100.0, "per_100_km": 3.0, "oldest_open": "2023-02-03"}},
    }  # fmt: skip
    assert "disputes" not in shown
    told = found(one)
    assert [(two.code, two.line_code, two.facts["name"]) for two in told] == [
        ("dispute_on_line", "9901", name) for name in ("a", "b", "c")
    ]


# C west of the meridian; A and B east of it, A up to 4 km north, B from there to 9 km.
LINES = [
    line("9901", A, C, (0, 0), (0, 4000)),
    line("9902", B, C, (0, 9000), (0, 4000)),
    line("9903", A, B, (0, 4000), (3000, 4000)),
]
STAKES = [
    stake("9901001Q", (0, 500)), stake("9901002Q", (0, 3500)),
    stake("9902001Q", (0, 8500)), stake("9902002A", (-20, 6000)), stake("9902002B", (20, 6000)),
    stake("9902003Q", (0, 4500)),
    stake("9903001Q", (30, 4000)), stake("9903002Q", (2000, 4000)),
]  # fmt: skip


def test_recode_two_units_merged_make_one_line_of_two_numbered_on() -> None:
    """9901 goes north from 0 to 4 km, 9902 came south to it: stakes at 0.5, 3.5, 4.5, 6 (double) and 8.5 km."""
    done = recode(bench(LINES, STAKES), RULES, {A: (A,), B: (A,)})
    assert [(one.change, one.old, one.new) for one in done.lines] == [
        ("interior", ("9903",), ""), ("merged", ("9901", "9902"), "9901"),
    ]  # fmt: skip
    assert done.lines[1].length_m == pytest.approx(9000, abs=0.01)
    assert {one.old_number: (one.fate, one.new_number) for one in done.stakes} == {
        "9901001Q": ("keep", "9901001Q"), "9901002Q": ("keep", "9901002Q"),
        "9902003Q": ("renumber", "9901003Q"), "9902002A": ("renumber", "9901004A"),
        "9902002B": ("renumber", "9901004B"), "9902001Q": ("renumber", "9901005Q"),
        # 30 m from the line that stays: where three lines met. The other stands inside the new unit.
        "9903001Q": ("check", ""), "9903002Q": ("withdraw", ""),
    }  # fmt: skip
    assert {one.code for one in done.findings} == {"recode_is_a_scenario", "recode_to_check"}
    assert "不改变法定界线" in done.findings[0].sentence("zh")
    # A number of 9901 that was declared void (废止) is left out, so that those behind it keep theirs.
    void = bench_of(Study({one.code: one for one in LINES}, (*STAKES[:1], stake("9901003Q", (0, 3500)), *STAKES[2:]),
                          AS_OF, retired=(stake("9901002Q", (0, 2000)),)))  # fmt: skip
    numbers = {one.old_number: one.new_number for one in recode(void, RULES, {B: (A,)}).stakes}
    assert (numbers["9901003Q"], numbers["9902003Q"]) == ("9901003Q", "9901004Q")
    backwards = recode(bench(LINES[::-1], STAKES[::-1]), RULES, {B: (A,), A: (A,)})
    assert backwards == done


def test_recode_a_unit_split_cuts_its_lines_where_its_parts_meet() -> None:
    """A is divided at 2 km: 9901 is cut there, 9903 stays whole, and 1.5 km of new line lie between the parts."""
    parts = units({"990100004": (0, 0, 1500, 2000), "990100005": (0, 2000, 1500, 4000)})
    split = {A: ("990100004", "990100005")}
    with pytest.raises(RequestError) as refused:
        recode(bench(LINES, STAKES), RULES, split)
    assert refused.value.code == "recode_split_needs_units"
    lost = dataclasses.replace(STAKES[-1], number="9903003Q", serial=3, place=None)
    done = recode(bench(LINES, [*STAKES, lost]), RULES, split, parts)
    assert [(one.change, one.old, one.new, one.unit_a, one.unit_b, round(one.length_m)) for one in done.lines] == [
        ("part", ("9901",), "9901", "990100004", C, 2000),
        ("part", ("9901",), "9904", "990100005", C, 2000),
        ("units", ("9903",), "9903", "990100005", B, 3000),
        ("new", (), "9905", "990100004", "990100005", 1500),
    ]
    numbers = {one.old_number: one.new_number for one in done.stakes}
    assert numbers == {
        "9901001Q": "9901001Q",
        "9901002Q": "9904001Q",
        "9903001Q": "9903001Q",
        "9903002Q": "9903002Q",
        "9903003Q": "9903003Q",
    }


def test_a_register_without_places_counts_by_the_code_of_the_line(tmp_path: Path) -> None:
    """Two rows, one of a line that nobody knows: 1 on the 10 km of 9901, and one that belongs to no line."""
    file = tmp_path / "纠纷.csv"
    file.write_text("名称,处理状态,登记日期,界线代码\n甲,调处中,2024-05-01,9901\n乙,,,9977\n", encoding="utf-8")
    one = bench([SOUTH_NORTH], disputes=read_layer(file, "disputes"))
    figures = dispute_figures(one.study)
    assert figures is not None
    assert (figures.whole.open, figures.no_line, figures.lines["9901"].open) == (2, 1, 1)
    assert figures.lines["9901"].per_100_km == pytest.approx(10, rel=1e-6)
    assert [(two.code, two.line_code, two.where) for two in found(one)] == [
        ("dispute_on_line", "9901", None), ("dispute_without_line", "9977", None),
    ]  # fmt: skip
