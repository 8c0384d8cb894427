"""K9 worked by hand: complete marks, a resection, azimuths from another north, one wrong mark."""

import datetime as dt
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from demarcation.azimuths import convergence_deg, true_azimuth_deg
from demarcation.bench import Slip, bench_of
from demarcation.checks.marks import check_marks, no_marks
from demarcation.finding import BoundaryFinding
from demarcation.model import Mark, Stake, Study
from demarcation.read import stakes_of
from demarcation.rules import Rules, load_rules
from geo.crs import GEOD, from_lonlat
from layers.read import read_layer

RULES = load_rules()
HERE = (114.0, 30.0)
DAY = dt.date(2026, 6, 30)


def moved(place: tuple[float, float], azimuth_deg: float, distance_m: float) -> tuple[float, float]:
    lon, lat, _ = GEOD.fwd(*place, azimuth_deg, distance_m)
    return lon, lat


def stake(*sights: tuple[float, float], at: tuple[float, float] = HERE, kind: str = "true") -> Stake:
    """A stake whose marks were measured from HERE, as entered at a place."""
    marks = tuple(Mark(f"物{n}", azimuth, distance, moved(HERE, azimuth, distance)) for n, (azimuth, distance) in
                  enumerate(sights, start=1))  # fmt: skip
    return Stake("9916001Q", "9916", 1, "Q", marks=marks, azimuth_kind=kind, place=at, row=7)


def found(*stakes: Stake, rules: Rules = RULES) -> list[BoundaryFinding]:
    return list(check_marks(bench_of(Study({}, stakes, DAY)), rules))


def with_declination(deg: float) -> Rules:
    return RULES.model_copy(update={"K9": RULES.K9.model_copy(update={"declination_deg": deg})})


ROUND = ((0.0, 100.0), (120.0, 100.0), (240.0, 100.0))


def test_k9_golden_stake_entered_eight_metres_east() -> None:
    """Marks 100 m off at 0, 120 and 240 degrees all put the stake where it stands: 8 m west of what was entered."""
    (one,) = found(stake(*ROUND, at=moved(HERE, 90.0, 8.0)))
    assert (one.code, one.severity, one.stake_no, one.row) == ("stake_off_marks", "fail", "9916001Q", 7)
    assert one.value == pytest.approx(8.0, abs=0.01)
    assert (one.limit, one.unit) == (5.0, "m")


@pytest.mark.parametrize(
    ("east_m", "severity"), [(0.0, None), (1.9, None), (2.1, "warn"), (4.9, "warn"), (5.1, "fail")]
)
def test_k9_limits_of_the_resection(east_m: float, severity: str | None) -> None:
    assert [one.severity for one in found(stake(*ROUND, at=moved(HERE, 90.0, east_m)))] == (
        [severity] if severity else []
    )


def test_k9_magnetic_azimuths_said_to_be_true() -> None:
    """6 degrees put a mark off by 2 d sin(3 deg) = 0.1047 d: 5.2, 10.5 and 20.9 m at 50, 100 and 200 m."""
    marks = stake((10.0, 50.0), (130.0, 100.0), (250.0, 200.0)).marks
    # A needle that points 6 degrees west of true north reads 6 degrees more.
    read = tuple(replace(mark, azimuth_deg=mark.azimuth_deg + 6.0) for mark in marks)
    entered = replace(stake(), marks=read)
    (one,) = found(entered)
    assert (one.code, one.severity, one.facts["turn"]) == ("azimuths_turned", "warn", "-6.0")
    assert one.value == pytest.approx(20.93, abs=0.01)
    assert "-6.0° 才吻合,更像是磁方位角" in one.sentence("zh")[0]
    # Said to be magnetic, with the declination of the place, they fit; without it they are left alone, said so.
    magnetic = replace(entered, azimuth_kind="magnetic")
    assert found(magnetic, rules=with_declination(-6.0)) == []
    assert [(said.code, said.severity) for said in found(magnetic)] == [("magnetic_azimuths_unused", "info")]


def test_k9_grid_azimuths_said_to_be_true() -> None:
    """At 121.9 E of a grid about 120 E they differ by 0.99 degrees: 4.3 m at 250 m, named as grid azimuths."""
    at = (121.9, 31.4)
    marks = tuple(
        Mark(f"物{n}", (true - 0.99) % 360, 250.0, moved(at, true, 250.0)) for n, true in enumerate((0, 90, 200))
    )
    entered = Stake("9916001Q", "9916", 1, "Q", marks=marks, azimuth_kind="true", place=at, crs="EPSG:4549")
    (one,) = found(entered)
    assert (one.code, one.facts["turn"], one.facts["likely_zh"]) == ("azimuths_turned", "+1.0", "坐标")
    assert one.value == pytest.approx(4.32, abs=0.05)
    assert found(replace(entered, azimuth_kind="grid")) == []


def test_k9_one_mark_wrong_and_the_stake_right() -> None:
    """The second mark read 300 m instead of 100 m: it is 200 m off, the others fit."""
    right = stake(*ROUND)
    wrong = (right.marks[0], replace(right.marks[1], distance_m=300.0), right.marks[2])
    (one,) = found(replace(right, marks=wrong))
    assert (one.code, one.facts["mark"]) == ("mark_off", "物2")
    assert one.value == pytest.approx(200.0, abs=0.01)


def test_k9_one_mark_wrong_and_the_stake_too() -> None:
    """Left out, the mark that is 200 m off lets the others agree, and they put the stake 8 m off."""
    right = stake(*ROUND, (60.0, 80.0))
    wrong = (right.marks[0], replace(right.marks[1], distance_m=300.0), *right.marks[2:])
    both = found(replace(right, marks=wrong, place=moved(HERE, 90.0, 8.0)))
    assert [(one.code, one.severity, round(one.value or 0)) for one in both] == [
        ("mark_off", "warn", 200),
        ("stake_off_marks", "fail", 8),
    ]


def test_k9_marks_that_contradict_each_other_accuse_nobody() -> None:
    right = stake(*ROUND)
    wrong = tuple(replace(mark, distance_m=100.0 + 30 * n) for n, mark in enumerate(right.marks, start=1))
    assert [(one.code, one.severity) for one in found(replace(right, marks=wrong))] == [("marks_disagree", "warn")]


def test_k9_a_stake_of_k11_is_not_accused_twice() -> None:
    bench = bench_of(Study({}, (stake(*ROUND, at=moved(HERE, 140.0, 600.0)),), DAY))
    assert [one.code for one in check_marks(bench, RULES)] == ["stake_off_marks"]
    assert list(check_marks(replace(bench, slips={0: Slip("slip_gcj02")}), RULES)) == []


def test_k9_incomplete_and_undeclared() -> None:
    bare = Stake("9916002Q", "9916", 2, "Q", marks=(Mark("水塔", 361.0, 5.0), Mark("", 10.0, None)), place=HERE)
    codes = [(one.code, one.stake_no, one.value, one.limit) for one in found(bare, replace(bare, number="9916003Q"))]
    each = [("marks_incomplete", 1.0, 3.0), ("mark_azimuth_range", 361.0, 360.0)]
    assert codes == [
        *((code, number, value, limit) for number in ("9916002Q", "9916003Q") for code, value, limit in each),
        ("azimuth_kind_undeclared", "", 2.0, None),
    ]
    assert "“未命名”缺名称、距离" in found(bare)[0].sentence("zh")[0]
    assert no_marks(Study({}, (Stake("1", "9916", 1, ""),), DAY)) == "marks_not_given"


def test_k9_a_distance_longer_than_the_earth_is_none() -> None:
    """Its square is no number of the computer any more."""
    whole = stake(*ROUND)
    marks = (replace(whole.marks[0], distance_m=1e308), *whole.marks[1:])
    assert [(one.code, one.value) for one in found(replace(whole, marks=marks))] == [("marks_incomplete", 2.0)]


def test_k9_on_the_demo(root: Path) -> None:
    """The planted one, and nothing else."""
    stakes = stakes_of(read_layer(root / "data/demo/layers/stakes.parquet", "stakes"), RULES)
    assert [(one.code, one.stake_no, one.severity) for one in found(*stakes)] == [
        ("marks_incomplete", "9908001Q", "warn")
    ]


@pytest.mark.parametrize(
    ("place", "crs", "low", "high"),
    [
        # East of the central meridian of 120 grid north lies east of true north: (121.2 to 121.9 - 120) sin 31.6.
        ((121.2, 31.7), "EPSG:4549", 0.62, 0.64),
        ((121.9, 31.4), "EPSG:4549", 0.98, 1.00),
        # West of 114: (112.3 - 114) sin 25.5 = -0.73.
        ((112.3, 25.5), "EPSG:4547", -0.74, -0.72),
        # A system that is none: the zone of the place, here with its central meridian at 111.
        ((112.3, 25.5), "CGCS2000", 0.55, 0.57),
    ],
)
def test_k9_convergence_by_hand(place: tuple[float, float], crs: str, low: float, high: float) -> None:
    assert low < convergence_deg(*place, crs) < high


@settings(max_examples=25, deadline=None)
@given(st.floats(0, 359.99), st.floats(120.0, 121.5), st.floats(25.0, 32.0))
def test_k9_grid_azimuth_against_two_projected_points(azimuth: float, lon: float, lat: float) -> None:
    """Oracle: a geodesic of 10 m, both ends projected; what it makes with the grid is its grid azimuth."""
    start, end = from_lonlat("EPSG:4549", np.array([(lon, lat), moved((lon, lat), azimuth, 10.0)]))
    grid = math.degrees(math.atan2(end[0] - start[0], end[1] - start[1])) % 360
    back = true_azimuth_deg(grid, "grid", (lon, lat), "EPSG:4549")
    assert back is not None
    assert abs((back - azimuth + 180) % 360 - 180) < 0.001


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(st.floats(0, 359), st.floats(20, 300)), min_size=1, max_size=3),
    st.floats(0, 360),
    st.floats(0.1, 60.0).filter(lambda m: min(abs(m - 2), abs(m - 5)) > 0.1),
)
def test_k9_a_moved_stake_speaks_up_by_how_far(sights: list[tuple[float, float]], towards: float, off_m: float) -> None:
    """Whatever the marks: silent below 2 m, a fail above 5 m, unless its marks could as well be turned."""
    codes = [(one.code, one.severity) for one in found(stake(*sights, at=moved(HERE, towards, off_m)))]
    codes = [code for code in codes if code[0] != "marks_incomplete"]
    if off_m < 2:
        assert codes == []
    else:
        assert codes in ([("stake_off_marks", "warn" if off_m < 5 else "fail")], [("azimuths_turned", "warn")])
