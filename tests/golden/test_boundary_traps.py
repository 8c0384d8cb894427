"""Traps of boundary lines and stakes, worked out by hand in metres east and north of one origin.

``builders.at`` goes along the meridian and then east, so that a line along y = 0 is as long as its x values say. It has
a vertex each 1,000 m, where the stakes stand: between vertices lines are straight in degrees, which y = 0 is not.
"""

import dataclasses
import datetime as dt
from collections.abc import Iterable, Sequence
from itertools import pairwise

import numpy as np
import pyproj
import pytest
import shapely

from demarcation.axis import Axis
from demarcation.check import run
from demarcation.finding import BoundaryFinding
from demarcation.model import Line, Mark, Segment, Stake, Study
from demarcation.rules import load_rules
from geo.datum import to_datum
from tests.builders import AS_OF, XY, at, layer_of, path

GEOD = pyproj.Geod(ellps="WGS84")
#: A line of fifteen kilometres to the east, and two that meet it at its west end.
EAST = [(1000.0 * n, 0.0) for n in range(16)]
NORTH_WEST = [(0.0, 0.0), (-3000.0, 4000.0)]
SOUTH_WEST = [(0.0, 0.0), (-3000.0, -4000.0)]
MARKS = tuple(Mark(name, azimuth, 50.0) for name, azimuth in (("水塔", 10.0), ("孤石", 130.0), ("石桥墩", 250.0)))


def line(code: str, *parts: Sequence[XY], units: tuple[str, str] = ("990101", "990102")) -> Line:
    segments = tuple(Segment("界桩连线", shapely.LineString(path(part)), n) for n, part in enumerate(parts, start=1))
    return Line(code=code, name=code, unit_a=units[0], unit_b=units[1], level="township", scale=10000.0,
                survey_method="GNSS", declared_length_m=None, declared_stakes=None, declared_single=None,
                declared_double=None, declared_triple=None, lead_unit=units[0], last_inspection=dt.date(2025, 1, 1),
                segments=segments)  # fmt: skip


def stake(number: str, xy: XY, shape: str = "双面型") -> Stake:
    place = at(*xy)
    return Stake(number=number, line_code=number[:4], serial=int(number[4:7]), kind=number[7], state="完好",
                 managed_by="990101", survey_method="GNSS", shape=shape, epoch=dt.date(2024, 1, 1), marks=MARKS,
                 azimuth_kind="true", place=place, lonlat_given=place)  # fmt: skip


def units(boxes: dict[str, Sequence[XY]]) -> dict[str, shapely.Polygon]:
    return {code: shapely.Polygon(path(ring)) for code, ring in boxes.items()}


#: North, south and west of the three lines. The far ends of the lines are vertices of what they part.
LAND = units({
    "990101": [*reversed(EAST), (-3000.0, 4000.0), (15000.0, 4000.0)],
    "990102": [*EAST, (15000.0, -4000.0), (-3000.0, -4000.0)],
    "990103": [(0.0, 0.0), (-3000.0, 4000.0), (-9000.0, 4000.0), (-9000.0, -4000.0), (-3000.0, -4000.0)],
})  # fmt: skip


def study(lines: Iterable[Line], stakes: Iterable[Stake], land: dict[str, shapely.Polygon] | None = None) -> Study:
    layer = None
    if land is not None:
        layer = layer_of("units", [{"unit_code": code, "name": code} for code in land], list(land.values()))
    ordered = sorted(stakes, key=lambda one: (one.line_code, one.serial, one.kind))
    rows = tuple(dataclasses.replace(one, row=n) for n, one in enumerate(ordered, start=1))
    return Study(lines={one.code: one for one in lines}, stakes=rows, as_of=AS_OF, units=layer)


def accused(study: Study) -> list[tuple[str, str, str]]:
    """Check, line and stake of what is more than worth knowing."""
    found = {(f.check, f.line_code, f.stake_no) for f in run(study, load_rules()).findings if f.severity != "info"}
    return sorted(found)


def told(study: Study, check: str) -> list[BoundaryFinding]:
    return [finding for finding in run(study, load_rules()).findings if finding.check == check]


THREE = (
    line("9916", EAST),
    line("9917", NORTH_WEST, units=("990101", "990103")),
    line("9918", SOUTH_WEST, units=("990102", "990103")),
)


def fifteen(*, at_junction: str = "三面型") -> list[Stake]:
    """One each 1,000 m, the first at the junction."""
    return [stake(f"9916{n:03d}Q", (1000.0 * (n - 1), 0.0), at_junction if n == 1 else "双面型") for n in range(1, 16)]


def test_t36_a_line_in_order_has_no_finding() -> None:
    assert accused(study(THREE, fifteen(), LAND)) == []


def test_t36_each_planted_fault_of_stakes_is_found_and_no_other() -> None:
    # 007 is missing, 012 stands twice (40 m apart), 001 stands at a point of three units and is 双面型, 004 is 35 m
    # north of the line (limit 0.5 mm at 1:10,000 = 5 m), 009 is entered in GCJ-02 (some 500 m off).
    stakes = {one.number: one for one in fifteen(at_junction="双面型")}
    del stakes["9916007Q"]
    stakes["9916004Q"] = stake("9916004Q", (3000.0, 35.0))
    lon, lat = to_datum(np.array([at(8000.0, 0.0)]), "gcj02")[0]
    stakes["9916009Q"] = dataclasses.replace(stakes["9916009Q"], place=(lon, lat), lonlat_given=(lon, lat))
    rows = [*stakes.values(), stake("9916012Q", (11040.0, 0.0))]
    checked = study(THREE, rows, LAND)
    assert accused(checked) == [
        ("K1", "9916", "9916004Q"),
        ("K11", "9916", "9916009Q"),
        ("K14", "9916", "9916001Q"),
        ("K3", "9916", "9916007Q"),
        ("K3", "9916", "9916012Q"),
    ]
    (off,) = told(checked, "K1")
    assert (off.severity, abs(off.value or 0), off.limit, off.unit) == ("fail", pytest.approx(35.0, abs=0.01), 5.0, "m")
    assert "GCJ" in told(checked, "K11")[0].sentence("zh")[0]


def nudged(shape: shapely.Geometry, degrees: float) -> shapely.Geometry:
    """Every vertex elsewhere by a few bits; a ring stays closed."""
    rng = np.random.default_rng(0)

    def move(xy: np.ndarray) -> np.ndarray:
        out = xy + rng.uniform(-degrees, degrees, xy.shape)
        if tuple(xy[0]) == tuple(xy[-1]):
            out[-1] = out[0]
        return out

    return shapely.transform(shape, move)


def test_t37_the_last_bits_of_coordinates_are_no_gap_and_no_dangle() -> None:
    # 1e-12 degrees are 1e-7 m: units, ends of lines at the junction, and parts of a line differ by that much.
    land = {code: nudged(polygon, 1e-12) for code, polygon in LAND.items()}
    lines = [
        dataclasses.replace(one, segments=tuple(
            dataclasses.replace(segment, path=nudged(segment.path, 1e-12)) for segment in one.segments))
        for one in (line("9916", EAST[:6], EAST[5:11], EAST[10:]), *THREE[1:])
    ]  # fmt: skip
    assert accused(study(lines, fifteen(), land)) == []


SOUTH = [(15000.0, -4000.0), (-3000.0, -4000.0)]


def bulge(wide_m: float) -> list[XY]:
    """The line to the east, moved north by so much between 5,000 and 10,000 m, and ever less towards its ends."""
    return [(x, wide_m * min(1.0, x / 5000, (15000 - x) / 5000)) for x, _ in EAST]


@pytest.mark.parametrize("wide_m", [0.3, 30.0])
def test_t37_a_gap_of_units_is_found_and_drawn(wide_m: float) -> None:
    # The south unit stops short between 5,000 and 10,000 m: no land over a quadrangle with its corners at 0, 5,000,
    # 10,000 and 15,000 m: (15,000 + 5,000) / 2 * width.
    checked = study(THREE, fifteen(), {**LAND, **units({"990102": [*bulge(-wide_m), *SOUTH]})})
    assert {key[0] for key in accused(checked)} == {"K12"}
    (gap,) = told(checked, "K12")
    assert (gap.severity, gap.unit) == ("fail", "m2")
    assert gap.value == pytest.approx(10000 * wide_m, rel=0.01)
    area = abs(GEOD.geometry_area_perimeter(gap.where)[0])
    assert area == pytest.approx(10000 * wide_m, rel=0.01)


@pytest.mark.parametrize("wide_m", [0.3, 30.0])
def test_t37_an_overlap_of_units_is_found_and_drawn(wide_m: float) -> None:
    (overlap,) = told(study(THREE, fifteen(), {**LAND, **units({"990102": [*bulge(wide_m), *SOUTH]})}), "K12")
    assert overlap.value == pytest.approx(10000 * wide_m, rel=0.01)
    assert overlap.where is not None
    assert overlap.where.geom_type in {"Polygon", "MultiPolygon"}


@pytest.mark.parametrize("wide_m", [0.3, 30.0])
def test_t37_parts_of_a_line_that_do_not_meet_are_found_and_drawn(wide_m: float) -> None:
    broken = line("9916", EAST[:6], [(5000.0 + wide_m, 0.0), *EAST[6:]])
    checked = study([broken, *THREE[1:]], fifteen(), LAND)
    assert [key for key in accused(checked) if key[0] == "K8"] == [("K8", "9916", "")]
    (gap,) = told(checked, "K8")
    assert gap.where is not None
    assert GEOD.geometry_length(gap.where) == pytest.approx(wide_m, abs=0.001)


@pytest.mark.parametrize("off_m", [0.3, 30.0, 499.0])
def test_t37_a_line_that_ends_short_of_the_junction(off_m: float) -> None:
    # Limit 1 m (rules, K14): 0.3 m is within it. 499 m is within the reach of 500 m in which ends belong together.
    short = line("9917", [(-0.6 * off_m, 0.8 * off_m), NORTH_WEST[1]], units=("990101", "990103"))
    lines = [key[1] for key in accused(study([THREE[0], short, THREE[2]], fifteen(), LAND)) if key[0] == "K14"]
    assert lines == ([] if off_m == 0.3 else ["9917"])


def changed(*rows: Stake, without: str = "") -> Study:
    own = {row.number for row in rows} | {without}
    return study(THREE, [*[one for one in fifteen() if one.number not in own], *rows], LAND)


def test_c11_a_stake_out_of_order() -> None:
    # 005 stands between 009 and 010: without it the others are in order.
    assert accused(changed(stake("9916005Q", (8500.0, 0.0)))) == [("K2", "9916", "9916005Q")]


def test_c11_a_number_repeated() -> None:
    assert accused(changed(stake("9916005Q", (4000.0, 0.0)), stake("9916005Q", (4020.0, 0.0)))) == [
        ("K3", "9916", "9916005Q")
    ]


def test_c11_numbers_missing() -> None:
    gone = {"9916007Q", "9916008Q"}
    assert accused(study(THREE, [one for one in fifteen() if one.number not in gone], LAND)) == [
        ("K3", "9916", "9916007Q"),
        ("K3", "9916", "9916008Q"),
    ]


@pytest.mark.parametrize(
    ("off_m", "severity"), [(1.9, None), (2.1, "warn"), (4.9, "warn"), (5.1, "fail"), (90.0, "fail")]
)
def test_c11_a_stake_far_from_the_line(off_m: float, severity: str | None) -> None:
    # 1:10,000: 0.2 mm are 2 m, 0.5 mm are 5 m.
    found = told(changed(stake("9916005Q", (4000.0, -off_m))), "K1")
    assert [finding.severity for finding in found] == ([] if severity is None else [severity])
    if found:
        assert abs(found[0].value or 0) == pytest.approx(off_m, abs=0.01)


def test_c11_two_lines_share_a_stake() -> None:
    # One stake of three sides at the junction is in the tables of two lines, under the number of each.
    shared = stake("9917001Q", (0.0, 0.0), "三面型")
    assert accused(study(THREE, [*fifteen(), shared], LAND)) == []
    # The same place under two numbers of one line is told.
    again = study(THREE, [*fifteen(), stake("9916016Q", (14000.0, 0.0))], LAND)
    assert {key[0] for key in accused(again)} <= {"K2", "K3"}
    assert "warn" in {finding.severity for finding in told(again, "K3")}


def straight(*corners: XY) -> list[XY]:
    """A line through corners with a vertex each 100 m."""
    made = [corners[0]]
    for (x, y), (to_x, to_y) in pairwise(corners):
        steps = round(max(abs(to_x - x), abs(to_y - y)) / 100)
        made += [(x + (to_x - x) * n / steps, y + (to_y - y) * n / steps) for n in range(1, steps + 1)]
    return made


@pytest.mark.parametrize("bank_m", [30.0, 60.0, 80.0])
def test_c11_a_stake_in_the_neck_of_a_bend_is_in_order(bank_m: float) -> None:
    # The river turns back 100 m to the north and once more. On its middle reach, towards the west, A (the left bank)
    # stands south of it: with 60 m it is 40 m from the reach before, whose chainage is 2,000 m less than that of B.
    river = line("9916", straight((0, 0), (3000, 0), (3000, 100), (1000, 100), (1000, 200), (6000, 200)))
    pairs = [(1, 200.0, 0.0, 1), (2, 800.0, 0.0, 1), (3, 2000.0, 0.0, 1), (4, 2000.0, 100.0, -1), (5, 4500.0, 200.0, 1)]
    banks = [
        stake(f"9916{n:03d}{kind}", (x, y + side * left * bank_m))
        for n, x, y, left in pairs
        for kind, side in (("A", 1), ("B", -1))
    ]
    assert accused(study([river], banks)) == []


def test_c11_both_stakes_of_a_pair_elsewhere_are_out_of_order() -> None:
    banks = [
        stake(f"9916{n:03d}{kind}", (x, y))
        for n, x in ((1, 500.0), (2, 9000.0), (3, 3000.0), (4, 5000.0), (5, 7000.0))
        for kind, y in (("A", 40.0), ("B", -40.0))
    ]
    assert accused(study(THREE, banks)) == [("K2", "9916", "9916002A"), ("K2", "9916", "9916002B")]


def test_lengths_and_offsets_are_those_of_geographiclib() -> None:
    rng = np.random.default_rng(3)
    for _ in range(12):
        count = int(rng.integers(3, 40))
        lon, lat = rng.uniform(75, 130), rng.uniform(18, 50)
        steps = np.column_stack([rng.uniform(0.0005, 0.004, count), rng.uniform(-0.001, 0.001, count)])
        xy = np.array([lon, lat]) + np.cumsum(steps, axis=0)
        axis = Axis((shapely.LineString(xy),))
        assert axis.length_m == pytest.approx(GEOD.line_length(xy[:, 0], xy[:, 1]), abs=1e-6)
        piece, share = int(rng.integers(count - 1)), rng.uniform(0.3, 0.7)
        foot = xy[piece] + (xy[piece + 1] - xy[piece]) * share
        azimuth = GEOD.inv(*foot, *xy[piece + 1])[0]
        off_m = float(rng.uniform(1, 8)) * float(rng.choice([-1, 1]))
        place = GEOD.fwd(*foot, azimuth - 90, off_m)[:2]
        found = axis.locate(*place)
        to_foot = GEOD.line_length([*xy[: piece + 1, 0], foot[0]], [*xy[: piece + 1, 1], foot[1]])
        assert found.offset_m == pytest.approx(off_m, abs=0.001)
        assert found.chainage_m == pytest.approx(to_foot, abs=0.01)
