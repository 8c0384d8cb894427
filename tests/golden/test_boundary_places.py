"""K1, K2, K6, K8, K10, K11, K20 worked by hand: where stakes stand, in which order, and in which system."""

import datetime as dt
import itertools
import math
from collections.abc import Sequence
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from demarcation.axis import Axis, axis_of
from demarcation.bench import Bench, bench_of
from demarcation.check import run
from demarcation.checks import coordinates, epochs, lengths, positions
from demarcation.finding import BoundaryFinding
from demarcation.model import Line, LonLat, Segment, Stake, Study
from demarcation.order import ordered
from demarcation.readings import readings_of
from demarcation.rules import Rules, load_rules
from geo.crs import GEOD, from_lonlat
from geo.datum import from_datum, to_datum
from layers.layer import Layer, QualityReport, Source

RULES = load_rules()
#: The line runs north from here, along a meridian: what lies east of it is right.
HERE = (114.3, 30.6)
NORTH_M = 20_000.0


def at(chainage_m: float, right_m: float = 0.0) -> LonLat:
    """A place by the chainage of the line and metres to the right of it, by GeographicLib."""
    lon, lat, _ = GEOD.fwd(*HERE, 0.0, chainage_m)
    lon, lat, _ = GEOD.fwd(lon, lat, 90.0, right_m)
    return lon, lat


def line(*breaks_m: float, types: Sequence[str] = ("界桩连线",), **fields: object) -> Line:
    """The line, in parts between some chainages."""
    bounds = [0.0, *breaks_m, NORTH_M]
    parts = [shapely.LineString([at(a), at((a + b) / 2), at(b)]) for a, b in itertools.pairwise(bounds)]
    segments = tuple(Segment(types[i % len(types)], part, i + 2) for i, part in enumerate(parts))
    values = {"name": "", "unit_a": "990101", "unit_b": "990102", "level": "", "scale": 10000.0, "survey_method": "",
              "declared_length_m": None, "declared_stakes": None, "declared_single": None, "declared_double": None,
              "declared_triple": None, "lead_unit": "", "last_inspection": None}  # fmt: skip
    return Line("9916", segments=segments, **{**values, **fields})  # type: ignore[arg-type]  # as a table has them


def stake(serial: int, place: LonLat | None, kind: str = "Q", method: str = "GNSS", **fields: object) -> Stake:
    number = f"9916{serial:03d}{kind}"
    return Stake(number, "9916", serial, kind, survey_method=method, place=place, row=serial + 1, **fields)  # type: ignore[arg-type]


def study(stakes: Sequence[Stake], *, of: Line | None = None, **fields: object) -> Study:
    one = of or line()
    return Study({one.code: one}, tuple(stakes), dt.date(2026, 6, 30), **fields)  # type: ignore[arg-type]


def bench(stakes: Sequence[Stake], **fields: object) -> Bench:
    made = bench_of(study(stakes, **fields))  # type: ignore[arg-type]
    return replace(made, slips=coordinates.slips_of(made, RULES))


def said(findings: Sequence[BoundaryFinding]) -> list[tuple[str, str, str]]:
    return [(one.code, one.severity, one.stake_no) for one in findings]


def k1(stakes: Sequence[Stake], rules: Rules = RULES, **fields: object) -> list[BoundaryFinding]:
    return list(positions.offsets(bench(stakes, **fields), rules))


# ---- K1 -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("off_m", "scale", "method", "severity", "limit_m"),
    [
        # 0.2 mm and 0.5 mm on a map 1:10 000 are 2 m and 5 m on the ground; on one 1:50 000 10 m and 25 m.
        (1.9, 10000.0, "GNSS", None, None),
        (-2.1, 10000.0, "GNSS", "warn", 2.0),
        (4.9, 10000.0, "GNSS", "warn", 2.0),
        (5.1, 10000.0, "GNSS", "fail", 5.0),
        (9.9, 50000.0, "GNSS", None, None),
        (-26.0, 50000.0, "GNSS", "fail", 25.0),
        # On one 1:2 000 they are 0.4 m and 1 m, below three times the 0.5 m of GNSS and above three times 0.1 m of RTK.
        (1.4, 2000.0, "GNSS", None, None),
        (1.6, 2000.0, "GNSS", "fail", 1.5),
        (0.9, 2000.0, "RTK", "warn", 0.4),
        # A survey that is not said has 1 m.
        (2.9, 10000.0, "", None, None),
        # Read off a map: one step milder each, and the map's millimetres alone.
        (5.1, 10000.0, "图解", "warn", 5.0),
        (2.1, 10000.0, "图解", "info", 2.0),
    ],
)
def test_k1_golden_limits_by_scale_and_survey(
    off_m: float, scale: float, method: str, severity: str | None, limit_m: float | None
) -> None:
    found = k1([stake(1, at(5000.0, off_m), method=method)], of=line(scale=scale))
    assert [one.severity for one in found] == ([severity] if severity else [])
    for one in found:
        assert one.value == pytest.approx(abs(off_m), abs=1e-3)
        assert one.limit == pytest.approx(limit_m)
        assert ("待核实" in one.sentence("zh")[0]) == (method == "图解")


def test_k1_a_river_is_not_exactly_defined() -> None:
    """RTK 0.1 m and a river 0.35 m: 3·√(0.1² + 0.35²) = 1.09 m where the stake stands, and nowhere else."""
    mixed = line(10_000.0, types=("界桩连线", "河流"), scale=2000.0)
    stakes = [stake(1, at(5000.0, 1.05), method="RTK"), stake(2, at(15_000.0, 1.05), method="RTK")]
    assert said(k1(stakes, of=mixed)) == [("stake_off_line", "fail", "9916001Q")]
    (one,) = k1([stake(2, at(15_000.0, 1.15), method="RTK")], of=mixed)
    assert one.limit == pytest.approx(1.092, abs=1e-3)


def test_k1_beyond_the_end_of_the_line_is_off_it() -> None:
    (one,) = k1([stake(1, at(NORTH_M + 80.0))])
    assert one.severity == "fail"
    assert one.value == pytest.approx(80.0, abs=1e-3)


def test_k1_k10_golden_degrees_in_whole_seconds() -> None:
    """A second is 26.6 m of longitude and 30.8 m of latitude at 30.6 N: half of both are 20.3 m off at the most."""

    def whole(place: LonLat, more: int = 0) -> LonLat:
        return (round(place[0] * 3600) + more) / 3600, round(place[1] * 3600) / 3600

    table = [both(n, whole(at(3000.0 * n)), **plane(at(3000.0 * n))) for n in range(1, 7)]
    assert k1(table) == []
    assert k10(*table) == []
    table[3] = both(4, whole(at(12_000.0), 2), **plane(at(12_000.0)))
    for (one,) in (k1(table), k10(*table)):
        assert (one.stake_no, one.limit) == ("9916004Q", pytest.approx(math.hypot(26.6, 30.8) / 2, abs=0.1))
    # A single place that happens to be whole tells nothing of its table.
    assert len(k1([*RIGHT[:4], table[3]])) == 1
    assert k1([*RIGHT[:4], table[3]])[0].limit == 5.0


def test_k1_an_unknown_scale_is_said() -> None:
    found = k1([stake(1, at(5000.0, 24.0))], of=line(scale=None))
    assert said(found) == [("stake_off_line", "warn", "9916001Q"), ("line_scale_unknown", "info", "")]
    assert "50000" in found[1].sentence("zh")[0]


def pair(serial: int, chainage_m: float, a_m: float, b_m: float) -> list[Stake]:
    return [stake(serial, at(chainage_m, a_m), "A"), stake(serial, at(chainage_m + 4, b_m), "B")]


PAIRS = [*pair(1, 2000.0, -15.0, 20.0), *pair(2, 5000.0, -12.0, 18.0)]


def units(left: str, right: str) -> Layer:
    """Two units with the line between them."""
    west, east = (HERE[0] - 0.1, HERE[0]), (HERE[0], HERE[0] + 0.1)
    shapes = [shapely.box(x[0], HERE[1] - 0.1, x[1], HERE[1] + 0.3) for x in (west, east)]
    frame = gpd.GeoDataFrame({"unit_code": [left, right]}, geometry=shapes, crs=4326)
    return Layer("units", frame, "wgs84", Source("units.gpkg", ""), QualityReport((), 2, 2))


def test_k1_the_line_passes_between_a_and_b() -> None:
    assert k1(PAIRS) == []
    assert k1(PAIRS, units=units("990101", "990102")) == []


@pytest.mark.parametrize(("a_m", "b_m", "wrong"), [(15.0, 20.0, "A"), (-15.0, -20.0, "B")])
def test_k1_golden_the_one_on_the_wrong_side_is_named(a_m: float, b_m: float, wrong: str) -> None:
    """The other pairs have A on the left; so do the units."""
    stakes = [*PAIRS, *pair(3, 8000.0, a_m, b_m)]
    expected = [("stake_wrong_side", "fail", f"9916003{wrong}")]
    found = k1(stakes)
    assert said(found) == expected
    assert (found[0].value, found[0].limit) == (pytest.approx(abs(a_m if wrong == "A" else b_m), abs=1e-3), 0.0)
    assert said(k1(stakes[4:], units=units("990101", "990102"))) == expected
    # By townships, where the layer has no polygon of the counties themselves.
    assert said(k1(stakes[4:], units=units("990101007", "990102003"))) == expected


def test_k1_where_nothing_tells_the_side_a_stands_for_both() -> None:
    (one,) = k1(pair(3, 8000.0, -15.0, -20.0))
    assert (one.code, one.stake_no) == ("stake_wrong_side", "9916003A")
    assert "无从判断" in one.sentence("zh")[0]


def test_k1_a_and_b_in_each_others_place() -> None:
    stakes = [*PAIRS, *pair(3, 8000.0, 15.0, -20.0)]
    expected = [("stakes_swapped", "warn", "9916003A"), ("stakes_swapped", "warn", "9916003B")]
    assert said(k1(stakes)) == expected
    assert said(k1(stakes[4:], units=units("990101", "990102"))) == expected
    # All pairs are exchanged against the units, but not against each other.
    assert k1(PAIRS, units=None) == []
    assert len(k1(PAIRS, units=units("990102", "990101"))) == 4


def test_k1_a_stake_on_the_line_is_on_no_side() -> None:
    """1.2 m is within 3σ of GNSS (1.5 m): whether B stands left or right of the line, nobody can say."""
    assert k1([*PAIRS, *pair(3, 8000.0, -15.0, -1.2)]) == []


def test_k1_three_stakes_round_a_point() -> None:
    spots = (("C", 10.0, -20.0), ("D", 13.0, 20.0), ("E", 16.0, -25.0))
    three = [stake(1, at(along_m, right_m), kind) for kind, along_m, right_m in spots]
    assert k1([*PAIRS, *(replace(one, serial=9) for one in three)]) == []
    moved = replace(three[1], place=at(13.0, -18.0), managed_by="990102")
    assert said(k1([three[0], moved, three[2]])) == [("stake_wrong_side", "fail", "9916001C")]
    both = [three[0], moved, three[2]]
    assert said(k1(both, units=units("990101", "990102"))) == [("stake_wrong_side", "fail", "9916001D")]


def test_k1_a_bank_is_not_farther_than_200_m() -> None:
    (one,) = k1([*PAIRS, *pair(3, 8000.0, -15.0, 230.0)])
    assert (one.code, one.severity, one.stake_no, one.limit) == ("stake_far_beside", "warn", "9916003B", 200.0)


# ---- K2 -------------------------------------------------------------------------------------------------------------


def _rises(serials: Sequence[int], at_m: Sequence[float], kept: Sequence[int]) -> bool:
    pairs = [(i, j) for i in kept for j in kept if serials[i] < serials[j]]
    return all(at_m[i] <= at_m[j] for i, j in pairs) or all(at_m[i] >= at_m[j] for i, j in pairs)


AXIS = Axis((line().segments[0].path,))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 6), st.integers(0, 9)), min_size=1, max_size=8), st.randoms())
def test_k2_the_smallest_set_against_all_subsets(rows: list[tuple[int, int]], random: object) -> None:
    """Every subset tried; serials repeat as those of double stakes do, and so do chainages."""
    serials, at_m = [serial for serial, _ in rows], [1000.0 * place for _, place in rows]
    out = ordered(serials, at_m, AXIS).out
    everyone = range(len(rows))
    assert _rises(serials, at_m, [i for i in everyone if i not in out])
    smaller = (kept for size in range(len(out)) for gone in itertools.combinations(everyone, size)
               if (kept := [i for i in everyone if i not in gone]))  # fmt: skip
    assert not any(_rises(serials, at_m, kept) for kept in smaller)
    order = list(everyone)
    random.shuffle(order)  # type: ignore[attr-defined]
    again = ordered([serials[i] for i in order], [at_m[i] for i in order], AXIS).out
    assert sorted(rows[order[i]] for i in again) == sorted(rows[i] for i in out)


def k2(stakes: Sequence[Stake], **fields: object) -> list[str]:
    return [one.stake_no for one in positions.order(bench(stakes, **fields), RULES)]


def row_of(*chainages_m: float) -> list[Stake]:
    return [stake(serial, at(at_m)) for serial, at_m in enumerate(chainages_m, start=1)]


def test_k2_golden_one_stake_out_of_order() -> None:
    """004 stands between 001 and 002: without it 1, 2, 3, 5, 6 rise. Counted from the other end they fall as well."""
    found = list(positions.order(bench(row_of(1000, 4000, 7000, 2500, 10_000, 13_000)), RULES))
    assert said(found) == [("stake_breaks_order", "fail", "9916004Q")]
    assert found[0].value == pytest.approx(2500.0, abs=1e-3)
    assert k2(row_of(13_000, 10_000, 7000, 11_500, 4000, 1000)) == ["9916004Q"]
    assert k2(row_of(13_000, 10_000, 7000, 4000, 1000)) == []


def test_k2_of_two_that_changed_places_one_is_named_whatever_the_rows() -> None:
    stakes = row_of(1000, 4000, 7000, 5500, 10_000, 13_000)
    (named,) = k2(stakes)
    assert named in ("9916003Q", "9916004Q")
    assert all(k2([stakes[i] for i in order]) == [named] for order in ((5, 3, 1, 4, 2, 0), (3, 2, 1, 0, 5, 4)))


def test_k2_of_several_smallest_sets_the_farthest_from_their_rank_are_named() -> None:
    """By place the order is 2, 4, 1, 3: 001 and 004 stand two ranks from theirs, 002 and 003 one."""
    assert ordered([1, 2, 3, 4], [5000.0, 1000.0, 6000.0, 2000.0], AXIS).out == {0, 3}


def test_k2_stakes_of_one_number_are_in_no_order() -> None:
    """B before A, a number twice at one place: K3's matter. A number twice far apart: one of both breaks the order."""
    stakes = [*row_of(1000, 4000), *pair(3, 7000.0, -15.0, 15.0)[::-1], stake(4, at(9000.0)), stake(4, at(9000.0))]
    assert k2(stakes) == []
    assert k2([*stakes, stake(5, at(12_000.0)), stake(6, at(14_000.0)), stake(4, at(1500.0))]) == ["9916004Q"]


@pytest.mark.parametrize("away_m", [5500.0, 500.0, 3500.0])
def test_k2_a_number_that_stands_twice_is_named_and_not_its_neighbour(away_m: float) -> None:
    """Stakes 1 to 6 a kilometre apart, number 4 also beyond 5, before 1, and between 3 and itself, where it may be."""
    row = row_of(1000, 2000, 3000, 4000, 5000, 6000)
    assert k2([*row, stake(4, at(away_m))]) == ([] if away_m == 3500.0 else ["9916004Q"])


def test_k2_a_line_round_an_exclave_may_start_anywhere() -> None:
    ring = [(114.0, 30.0), (114.01, 30.0), (114.01, 30.01), (114.0, 30.01), (114.0, 30.0)]
    axis = Axis((shapely.LineString(ring),))
    length_m = axis.length_m
    at_m = [(0.6 * length_m + 0.15 * i * length_m) % length_m for i in range(6)]
    assert ordered(range(1, 7), at_m, axis).out == frozenset()
    assert ordered(range(1, 7), at_m[::-1], axis).out == frozenset()
    assert len(ordered(range(1, 7), [at_m[i] for i in (0, 1, 4, 3, 5, 2)], axis).out) == 2


def test_k2_a_thousand_stakes() -> None:
    rng = np.random.default_rng(3)
    at_m = np.arange(1000.0)
    moved = rng.choice(1000, 20, replace=False)
    at_m[moved] = rng.uniform(0, 1000, 20)
    assert ordered(range(1000), at_m, AXIS).out <= set(moved.tolist())


# ---- K6 -------------------------------------------------------------------------------------------------------------

#: Metres between stakes. Logarithms to base e: 6.888, 6.908, 6.928, 6.908, 6.898, 6.918 and 7.783 for 2400.
SPACING = (980.0, 1000.0, 1020.0, 1000.0, 990.0, 1010.0, 2400.0)


def k6(spacing_m: Sequence[float], rules: Rules = RULES) -> list[BoundaryFinding]:
    return list(positions.spacing(bench(row_of(*np.cumsum([500.0, *spacing_m]))), rules))


def test_k6_golden_a_spacing_unlike_the_others() -> None:
    """The median is ln 1000; deviations 0.02 … 0.875, their median 0.01, below the ln 1.1 = 0.0953 that count as alike.

    Bounds: 1000 m times or divided by e^(5 · 0.0953 / 0.6745) = e^0.7065 = 2.027: 493.3 m and 2027 m.
    """
    (one,) = k6(SPACING)
    assert (one.code, one.severity, one.stake_no, one.unit) == ("spacing_unusual", "info", "9916008Q", "m")
    assert one.value == pytest.approx(2400.0, abs=0.01)
    assert one.limit == pytest.approx(1000.0 * math.exp(5 * math.log(1.1) / 0.6745), rel=1e-4)
    assert one.limit == pytest.approx(2027, abs=1)
    (near,) = k6((*SPACING[:-1], 480.0))
    assert (near.stake_no, near.limit) == ("9916008Q", pytest.approx(493.3, abs=0.1))
    assert k6((*SPACING[:-1], 2000.0)) == []
    assert k6(SPACING[2:]) == []  # five spacings say nothing of each other
    assert k6((*SPACING[:-1], 0.0)) == []  # two numbers at one place


def test_k6_the_spacing_of_the_agreement_goes_before() -> None:
    agreed = RULES.model_copy(update={"K6": RULES.K6.model_copy(update={"most_m": 1015.0})})
    found = k6(SPACING, agreed)
    assert [(one.code, one.stake_no, one.limit) for one in found] == [
        ("spacing_beyond_agreement", "9916004Q", 1015.0),
        ("spacing_beyond_agreement", "9916008Q", 1015.0),
    ]


def test_k6_a_missing_number_makes_no_long_spacing() -> None:
    stakes = row_of(*np.cumsum([500.0, *SPACING[:-1], 1000.0, 1000.0]))
    del stakes[3:5]
    assert list(positions.spacing(bench(stakes), RULES)) == []


def test_k6_a_stake_out_of_order_makes_no_strange_spacing() -> None:
    stakes = row_of(*np.cumsum([500.0, *SPACING[:-1], 1000.0, 1000.0]))
    stakes[4] = stake(5, at(1100.0))
    assert k2(stakes) == ["9916005Q"]
    assert list(positions.spacing(bench(stakes), RULES)) == []


# ---- K8 -------------------------------------------------------------------------------------------------------------


def k8(one: Line, stakes: Sequence[Stake] = ()) -> list[BoundaryFinding]:
    return list(lengths.lengths(bench(stakes, of=one), RULES))


def test_k8_golden_declared_lengths() -> None:
    """20 000 m along a meridian, by GeographicLib.

    1.9 degrees from the central meridian the plane of the projection stretches by 405 ppm: 20 008.1 m are no fault.
    20 240 m are 240 / 20 000 = 1.2 % too many; 19 890 m are 0.55 % too few; 19 910 m 0.45 %.
    """
    assert k8(line(declared_length_m=20_000 * 1.000405)) == []
    assert k8(line(declared_length_m=19_910.0)) == []
    for declared_m, off in ((20_240.0, 1.2), (19_890.0, 0.55)):
        (one,) = k8(line(declared_length_m=declared_m))
        assert (one.code, one.severity, one.limit, one.unit) == ("length_differs", "warn", 0.5, "%")
        assert one.value == pytest.approx(off, abs=1e-6)


def test_k8_a_length_in_kilometres_is_named() -> None:
    (one,) = k8(line(declared_length_m=20.1))
    assert (one.code, one.severity) == ("length_in_kilometres", "warn")
    assert "公里" in one.sentence("zh")[0]


def test_k8_golden_parts_that_do_not_meet() -> None:
    """The second part starts 30 m on: what is drawn is 30 m short of 20 km, within 0.5 %."""
    whole = line(8000.0)
    second = shapely.LineString([at(8030.0), at(NORTH_M)])
    parted = replace(whole, segments=(whole.segments[0], replace(whole.segments[1], path=second)))
    (one,) = k8(replace(parted, declared_length_m=20_000.0))
    assert (one.code, one.unit) == ("line_has_gap", "m")
    assert one.value == pytest.approx(30.0, abs=1e-3)
    last_bit = shapely.LineString([(at(8000.0)[0], math.nextafter(at(8000.0)[1], 90.0)), at(NORTH_M)])
    assert k8(replace(whole, segments=(whole.segments[0], replace(whole.segments[1], path=last_bit)))) == []


def test_k8_declared_chainages_from_either_end() -> None:
    """Of 15 000 m 0.5 % are 75 m: 70 m are no fault, 80 m are."""
    for count in (lambda at_m: at_m, lambda at_m: NORTH_M - at_m):
        stakes = [
            stake(n, at(at_m), fields={"declared_chainage_m": str(count(at_m) + off_m)})
            for n, (at_m, off_m) in enumerate([(5000.0, 0.0), (7500.0, 1.0), (10_000.0, 0.0)], start=1)
        ]
        assert k8(line(), stakes) == []
    far = [*stakes, stake(4, at(5000.0), fields={"declared_chainage_m": "15080"}),
           stake(5, at(5000.0), fields={"declared_chainage_m": "15070"})]  # fmt: skip
    (one,) = k8(line(), far)
    assert (one.code, one.stake_no) == ("chainage_differs", "9916004Q")
    assert (one.value, one.limit) == (pytest.approx(80.0, abs=0.01), pytest.approx(75.4))


# ---- K10 ------------------------------------------------------------------------------------------------------------


def plane(place: LonLat, crs: str = "EPSG:4547", east_m: float = 0.0) -> dict[str, object]:
    x, y = from_lonlat(crs, np.array([place]))[0]
    return {"x_north": float(y), "y_east": float(x) + east_m, "crs": crs}


def both(serial: int, place: LonLat, **row: object) -> Stake:
    return stake(serial, place, lonlat_given=place, **row)


def k10(*stakes: Stake) -> list[BoundaryFinding]:
    return list(coordinates.agreement(bench(stakes), RULES))


def test_k10_golden_on_the_central_meridian() -> None:
    """At 114 E on the meridian of EPSG:4547 the easting is 500 000 m and the scale 1: 6 m too many are 6 m off."""
    place = (114.0, 30.0)
    row = {"x_north": 3320113.398, "y_east": 500000.0, "crs": "EPSG:4547"}
    assert k10(both(1, place, **row)) == []
    (one,) = k10(both(1, place, **{**row, "y_east": 500006.0}))
    assert (one.code, one.severity, one.limit) == ("coordinates_differ", "fail", 1.0)
    assert one.value == pytest.approx(6.0, abs=1e-3)
    assert k10(both(1, place, **{**row, "y_east": 500000.9})) == []
    # The zone number before the easting, with a name that has it and one that has not, and without any name.
    for crs in ("EPSG:4526", "EPSG:4547", "CGCS2000 3度带 第38带", ""):
        assert k10(both(1, place, **{**row, "y_east": 38_500_000.0, "crs": crs})) == []
        assert len(k10(both(1, place, **{**row, "y_east": 38_500_002.0, "crs": crs}))) == 1


def test_k10_old_datums_are_said_once_and_never_compared() -> None:
    row = {"x_north": 3320150.0, "y_east": 500070.0}
    stakes = [
        both(n, (114.0, 30.0), crs=crs, **row) for n, crs in enumerate(("EPSG:2383", "北京54 3度带 38带"), start=1)
    ]
    stakes.append(stake(3, None, problem="old_datum_row", crs="EPSG:2383", **row))
    (one,) = k10(*stakes)
    assert (one.code, one.severity, one.value, one.stake_no) == ("old_datum_not_compared", "info", 3.0, "")
    assert bench(stakes).slips == {}


def test_k10_without_a_zone_only_what_fits_none_is_said() -> None:
    assert k10(both(1, (114.0, 30.0), x_north=3320113.398, y_east=500000.0)) == []
    (one,) = k10(both(1, (114.0, 30.0), x_north=3320113.398, y_east=500090.0))
    assert (one.code, one.severity) == ("zone_not_named", "info")


# ---- K11 ------------------------------------------------------------------------------------------------------------

RIGHT = row_of(1000, 4000, 7000, 10_000, 13_000, 16_000)


def shifted(place: LonLat, datum: str) -> LonLat:
    lon, lat = to_datum(np.array([place]), datum)[0]  # type: ignore[arg-type]
    return float(lon), float(lat)


def packed(degrees: float) -> float:
    whole, minutes = int(degrees), int(degrees % 1 * 60)
    return whole + minutes / 100 + (degrees - whole - minutes / 60) * 3600 / 10_000


def all_of(stakes: Sequence[Stake], **fields: object) -> list[BoundaryFinding]:
    """K1, K2, K6, K8, K10 and K11 together, what they accuse."""
    checked = run(study(stakes, **fields), RULES)  # type: ignore[arg-type]
    return [one for one in checked.findings if one.severity != "info" and one.check in
            ("K1", "K2", "K6", "K8", "K10", "K11")]  # fmt: skip


def entered(serial: int, place: LonLat, how: str) -> Stake:
    """A stake of a place, entered wrongly in one of the ways that tables are known for."""
    metres = plane(place)
    away = shifted(place, "bd09" if how == "bd09" else "gcj02")
    ways = {
        "gcj02": lambda: both(serial, away),
        "bd09": lambda: both(serial, away),
        "gcj02, metres right": lambda: both(serial, away, **metres),
        "metres in gcj02": lambda: both(serial, place, **plane(away)),
        # Computed for 117 E, entered as 114 E; for 111 E; for the 6-degree zone of 111 E.
        "zone": lambda: stake(serial, (place[0] - 3, place[1]), **{**plane(place, "EPSG:4548"), "crs": "EPSG:4547"}),
        "zone, degrees right": lambda: both(serial, place, **{**plane(place, "EPSG:4546"), "crs": "EPSG:4547"}),
        "6 degrees": lambda: both(serial, place, **{**plane(place, "EPSG:4508"), "crs": "EPSG:4547"}),
        "axes": lambda: both(serial, place, **{**metres, "x_north": metres["y_east"], "y_east": metres["x_north"]}),
        "order": lambda: stake(serial, None, lonlat_given=place[::-1], problem="outside_degrees"),
        "packed": lambda: both(serial, (packed(place[0]), packed(place[1])), **metres),
        "nothing": lambda: stake(serial, None, problem="coordinate_missing"),
    }
    return ways[how]()


@pytest.mark.parametrize(
    ("how", "code", "shift_m"),
    [
        ("gcj02", "slip_datum", (300, 800)),
        ("bd09", "slip_datum", (600, 1800)),
        ("gcj02, metres right", "slip_datum", (300, 800)),
        ("metres in gcj02", "slip_datum", (300, 800)),
        # Three degrees of longitude at 30.6 N are 3 · 95.9 km.
        ("zone", "slip_zone", (287e3, 288e3)),
        ("zone, degrees right", "slip_zone", (287e3, 288e3)),
        ("6 degrees", "slip_zone", (287e3, 288e3)),
        ("axes", "slip_axes", None),
        ("order", "slip_order", None),
        ("packed", "slip_packed", (1e3, 60e3)),
        ("nothing", "slip_unreadable", None),
    ],
)
def test_k11_golden_each_slip_is_named_and_nobody_else(
    how: str, code: str, shift_m: tuple[float, float] | None
) -> None:
    wrong = entered(3, at(7000.0, 0.5), how)
    stakes = [*RIGHT[:2], wrong, *RIGHT[3:]]
    (one,) = all_of(stakes)
    assert (one.check, one.code, one.severity, one.stake_no) == ("K11", code, "fail", "9916003Q")
    assert (one.value is None) if shift_m is None else shift_m[0] < (one.value or 0) < shift_m[1]
    # A distance may be told, coordinates and the way from one to the other may not.
    text = " ".join(part for lang in ("zh", "en") for part in one.sentence(lang))
    for secret in (*(wrong.place or ()), wrong.x_north, wrong.y_east, *at(7000.0, 0.5)):
        assert secret is None or f"{secret:.2f}"[:6] not in text


def test_k11_a_zone_number_that_contradicts_the_name() -> None:
    """Metres of the zone 39, with its number, in a row that says zone 38: the reader leaves the row without a place."""
    metres = plane(at(7000.0), "EPSG:4527")
    wrong = stake(3, None, problem="zone_conflict", **{**metres, "crs": "EPSG:4526"})
    (one,) = all_of([*RIGHT[:2], wrong, *RIGHT[3:]])
    assert (one.code, one.stake_no) == ("slip_zone", "9916003Q")


def test_k11_a_wrong_zone_number_in_a_row_that_is_right_otherwise() -> None:
    """Metres by 114 E under the number 39 (117 E), in a row whose system and degrees say 38."""
    metres = plane(at(7000.0), "EPSG:4526")
    row = {**metres, "y_east": metres["y_east"] + 1e6, "crs": "EPSG:4526"}
    (one,) = all_of([*RIGHT[:2], both(3, at(7000.0), **row), *RIGHT[3:]])
    assert (one.check, one.code, one.stake_no) == ("K11", "slip_zone", "9916003Q")
    assert 287e3 < (one.value or 0) < 288e3
    assert all_of([*RIGHT[:2], both(3, at(7000.0), **{**metres, "crs": "EPSG:4526"}), *RIGHT[3:]]) == []


@pytest.mark.parametrize("moved", [(121.85429993, 32.57787806), (121.86089549, 32.58352923)])
def test_k11_a_shifted_datum_off_the_coast(moved: LonLat) -> None:
    """121.85 E, 32.58 N by the formulas as published: programs that know a plain box shift there, too."""
    readings = [one for one in readings_of(moved, "degrees") if one.code == "slip_datum"]
    assert any(math.dist(one.place, (121.85, 32.58)) < 2e-8 for one in readings)


def test_k10_k11_metres_too_far_out_for_any_zone_contradict_their_row() -> None:
    """Metres of 114.3 E by 111 E and by 108 E have eastings of 816 and 1104 km; the second has no zone's size."""
    for system in ("EPSG:4546", "EPSG:4545"):
        metres = plane(at(7000.0), system)
        (one,) = all_of([*RIGHT[:2], both(3, at(7000.0), **{**metres, "crs": "EPSG:4547"}), *RIGHT[3:]])
        assert (one.check, one.code, one.stake_no) == ("K11", "slip_zone", "9916003Q")
    metres = plane(at(7000.0), "EPSG:4547")
    digit = {**metres, "x_north": metres["x_north"] / 10, "crs": "EPSG:4547"}
    (one,) = all_of([*RIGHT[:2], both(3, at(7000.0), **digit), *RIGHT[3:]])
    assert (one.check, one.code, one.stake_no) == ("K10", "coordinates_differ", "9916003Q")
    zeros = {"x_north": 0.0, "y_east": 0.0, "crs": "EPSG:4547"}
    assert all_of([*RIGHT[:2], both(3, at(7000.0), **zeros), *RIGHT[3:]]) == []


def test_k11_a_shift_along_the_line_leaves_the_stake_on_it_out_of_order() -> None:
    """A line that runs the way GCJ-02 shifts, by half a kilometre: the stake 3 is beyond 4 and 5, and not off."""
    lon, lat = shifted(at(0.0), "gcj02")
    along, _, shift_m = GEOD.inv(*at(0.0), lon, lat)

    def on(chainage_m: float) -> LonLat:
        return GEOD.fwd(*at(0.0), along, chainage_m)[:2]  # type: ignore[no-any-return]

    path = shapely.LineString([on(100.0 * step) for step in range(-20, 21)])
    of = replace(line(), segments=(Segment("", path, 2),))
    right = [stake(serial, on(chainage_m)) for serial, chainage_m in ((1, -400.0), (2, -200.0), (4, 200.0), (5, 400.0))]
    assert shift_m > 450
    (one,) = all_of([*right, stake(3, (lon, lat))], of=of)
    assert (one.check, one.code, one.stake_no) == ("K11", "slip_datum", "9916003Q")
    # No shift brings this one back between 2 and 4.
    (one,) = all_of([*right, stake(3, on(1500.0))], of=of)
    assert (one.check, one.stake_no) == ("K2", "9916003Q")


def test_k11_one_of_three_by_another_meridian_where_no_other_stake_tells_the_order() -> None:
    lon, lat = at(1010.0, -20.0)
    group = [stake(1, at(1000.0, 20.0), "C"), stake(1, at(1030.0, -20.0), "D"), stake(1, (lon + 3, lat), "E")]
    (one,) = all_of(group)
    assert (one.check, one.code, one.stake_no) == ("K11", "slip_zone", "9916001E")


def test_k11_a_row_refused_for_something_else_has_no_slip() -> None:
    assert bench([stake(1, None, lonlat_given=at(1000.0))]).slips == {}


def test_k11_which_of_two_zones_is_said() -> None:
    (one,) = all_of([*RIGHT[:2], entered(3, at(7000.0), "zone, degrees right"), *RIGHT[3:]])
    assert "3°" in one.sentence("zh")[0]
    assert "X、Y" in one.sentence("zh")[0]


@pytest.mark.parametrize("off_m", [35.0, -60.0, 95.0, 260.0, 430.0])
def test_k11_a_stake_that_is_merely_off_is_no_slip(off_m: float) -> None:
    (one,) = all_of([*RIGHT[:2], both(3, at(7000.0, off_m)), *RIGHT[3:]])
    assert (one.check, one.stake_no) == ("K1", "9916003Q")


def test_k11_a_reading_that_lies_on_the_line_at_another_place_is_none() -> None:
    """As GCJ-02 the stake would lie on the line, at 15 km and not between 002 and 004: it is off the line."""
    (one,) = all_of([*RIGHT[:2], both(3, shifted(at(15_000.0), "gcj02")), *RIGHT[3:5]])[:1]
    assert (one.check, one.code) == ("K1", "stake_off_line")


def test_k11_a_neighbour_out_of_order_does_not_hide_a_slip() -> None:
    stakes = [RIGHT[0], stake(2, at(14_500.0)), both(3, shifted(at(7000.0), "gcj02")), *RIGHT[3:]]
    assert [(one.check, one.stake_no) for one in all_of(stakes)] == [("K2", "9916002Q"), ("K11", "9916003Q")]


@pytest.mark.parametrize("how", ["gcj02", "zone"])
def test_k11_a_whole_table_in_another_system(how: str) -> None:
    """None is believed; the slip that puts them all back in order is named for each."""
    stakes = [entered(n, at(3000.0 * n - 2000.0, 6.0), how) for n in range(1, 7)]
    found = all_of(stakes)
    assert {one.check for one in found} == {"K11"}
    assert [one.stake_no for one in found] == [one.number for one in stakes]


@pytest.mark.parametrize("wrong", ["A", "B"])
def test_k11_one_of_a_pair(wrong: str) -> None:
    """The other of the pair is not accused, though both stand far from each other."""
    two = [replace(one, place=shifted(one.place or HERE, "bd09")) if one.kind == wrong else one
           for one in pair(3, 7000.0, -15.0, 20.0)]  # fmt: skip
    found = all_of([*PAIRS[:2], RIGHT[1], *two, *RIGHT[3:]])
    assert [(one.check, one.stake_no) for one in found] == [("K11", f"9916003{wrong}")]


def test_k11_both_of_a_pair() -> None:
    two = [replace(one, place=shifted(one.place or HERE, "bd09")) for one in pair(3, 7000.0, -15.0, 20.0)]
    found = all_of([*PAIRS[:2], RIGHT[1], *two, *RIGHT[3:]])
    assert [(one.check, one.stake_no) for one in found] == [("K11", "9916003A"), ("K11", "9916003B")]


@pytest.mark.parametrize(("off_m", "told"), [(0.3, "K11"), (-14.0, "K1")])
def test_k11_near_the_line_only_what_comes_back_exactly_is_named(off_m: float, told: str) -> None:
    """GCJ-02 shifts nearly along this line, by less than 100 m across it: exact, or merely off."""
    azimuth, _, shift_m = GEOD.inv(*HERE, *shifted(HERE, "gcj02"))
    # Two degrees off the direction of the shift: 500 to 600 m of it are some 20 m across the line.
    assert 10.0 < shift_m * math.sin(math.radians(2.0)) < 25.0

    def along(chainage_m: float, right_m: float = 0.0) -> LonLat:
        lon, lat, _ = GEOD.fwd(*HERE, azimuth + 2.0, chainage_m)
        return GEOD.fwd(lon, lat, azimuth + 92.0, right_m)[:2]

    slanting = replace(line(), segments=(Segment("界桩连线", shapely.LineString([along(0.0), along(9000.0)]), 2),))
    stakes = [stake(n, along(2000.0 * n)) for n in range(1, 5)]
    stakes[1] = stake(2, shifted(along(4000.0, off_m), "gcj02"))
    (one,) = all_of(stakes, of=slanting)
    assert (one.check, one.stake_no) == (told, "9916002Q")


def test_k11_of_two_readings_the_nearer_is_named() -> None:
    """The line runs from where the stake lies as BD-09 to where it lies as GCJ-02: both readings are near it."""
    wrong = shifted(HERE, "gcj02")
    as_bd = tuple(map(float, from_datum(np.array([wrong]), "bd09")[0]))
    azimuth, _, _ = GEOD.inv(*as_bd, *HERE)

    def along(chainage_m: float, right_m: float = 0.0) -> LonLat:
        lon, lat, _ = GEOD.fwd(*HERE, azimuth, chainage_m)
        return GEOD.fwd(lon, lat, azimuth + 90.0, right_m)[:2]

    path = shapely.LineString([along(-5000.0), along(5000.0)])
    slanting = replace(line(), segments=(Segment("界桩连线", path, 2),))
    stakes = [stake(1, along(-3000.0)), stake(2, wrong), stake(3, along(3000.0)), stake(4, along(4000.0))]
    for other in (
        stakes,
        [replace(one, place=shifted(along(1.0), "bd09")) if one.serial == 2 else one for one in stakes],
    ):
        (one,) = all_of(other, of=slanting)
        assert one.facts["datum"] == ("GCJ-02" if other is stakes else "BD-09")


def test_k11_is_the_same_whatever_the_rows() -> None:
    stakes = [entered(1, at(1000.0), "gcj02"), *RIGHT[1:4], entered(5, at(13_000.0), "bd09"), RIGHT[5]]
    first = all_of(stakes)
    assert [one.stake_no for one in first] == ["9916001Q", "9916005Q"]
    assert [one.as_dict() for one in all_of(stakes[::-1])] == [one.as_dict() for one in first]


# ---- K20 ------------------------------------------------------------------------------------------------------------


def k20(now: Sequence[Stake], before: Sequence[Stake]) -> list[BoundaryFinding]:
    return list(epochs.displacements(bench(now, stakes_before=tuple(before)), RULES))


@pytest.mark.parametrize(
    ("moved_m", "method", "told"),
    [(2.0, "GNSS", False), (2.2, "GNSS", True), (1.6, "RTK", True), (1.5, "RTK", False)],
)
def test_k20_golden_three_sigma_of_both_surveys(moved_m: float, method: str, *, told: bool) -> None:
    """GNSS 0.5 m twice: 3·√(0.25 + 0.25) = 2.12 m. RTK 0.1 m after GNSS: 3·√(0.01 + 0.25) = 1.53 m."""
    now = [*RIGHT[:2], stake(3, at(7000.0 + moved_m), method=method)]
    found = k20(now, RIGHT[:3])
    assert said(found) == ([("stake_moved", "fail", "9916003Q")] if told else [])
    if told:
        assert found[0].value == pytest.approx(moved_m, abs=1e-4)
        assert found[0].limit == pytest.approx(3 * math.hypot(0.5, 0.5 if method == "GNSS" else 0.1))


def test_k20_an_earlier_survey_in_whole_seconds_moves_nobody() -> None:
    """Up to 20.3 m of rounding and 2.1 m of 3σ: 17 m are nothing, 25 m are."""
    before = [replace(one, place=tuple(round(angle * 3600) / 3600 for angle in one.place or ())) for one in RIGHT]
    assert k20(RIGHT, before) == []
    lon, lat = before[2].place or HERE
    moved = GEOD.fwd(lon, lat, 90.0, 25.0)[:2]
    (one,) = k20([*RIGHT[:2], stake(3, moved), *RIGHT[3:]], before)
    assert one.stake_no == "9916003Q"
    assert one.limit == pytest.approx(20.35 + 2.12, abs=0.05)


def test_k20_a_shift_of_all_is_one_of_the_datum() -> None:
    """All 60 m north-east, one of them 5 m more: the shift is said once, without its direction; the one is named."""

    def before(one: Stake, more_m: float = 0.0) -> Stake:
        lon, lat, _ = GEOD.fwd(*(one.place or HERE), 45.0, 60.0 + more_m)
        return replace(one, place=(lon, lat))

    found = k20(RIGHT, [before(one, 5.0 if one.serial == 4 else 0.0) for one in RIGHT])
    assert said(found) == [("surveys_shifted", "info", ""), ("stake_moved_beside_shift", "fail", "9916004Q")]
    assert found[0].value == pytest.approx(60.0, abs=0.1)
    assert found[1].value == pytest.approx(5.0, abs=0.1)
    # All moved far, but each by its own way: none of it is common.
    apart = [before(one, 20.0 * one.serial) for one in RIGHT]
    assert said(k20(RIGHT, apart)) == [("stake_moved", "fail", one.number) for one in RIGHT]
    # Three that moved alike are three that moved.
    assert [one.code for one in k20(RIGHT[:3], [before(one) for one in RIGHT[:3]])] == ["stake_moved"] * 3


def test_k20_numbers_of_one_survey_alone() -> None:
    found = k20(RIGHT[:3], RIGHT[1:4])
    assert said(found) == [("stake_new", "info", "9916001Q"), ("stake_not_resurveyed", "info", "9916004Q")]
    # A number twice, and one without a place, are other checks' matter.
    assert k20([*RIGHT[:3], stake(3, at(9000.0))], RIGHT[:3]) == []
    assert k20([*RIGHT[:2], stake(3, None)], RIGHT[:3]) == []
    assert epochs.no_survey_before(study(RIGHT)) == "no_stakes_before"


def test_k8_a_part_drawn_twice_counts_once_and_is_told() -> None:
    """The same row twice, once against its direction: as long as one, and not a line that goes there and back."""
    whole = line()
    path = whole.segments[0].path
    again = replace(whole, segments=(*whole.segments, Segment("", shapely.reverse(path), 3)))
    (one,) = [found for found in all_of(RIGHT, of=again) if found.check == "K8"]
    assert (one.code, one.severity, one.value, one.unit) == ("line_drawn_twice", "warn", 1.0, "count")
    assert axis_of([path, shapely.reverse(path)]).length_m == pytest.approx(GEOD.geometry_length(path), abs=1e-6)
