"""Numbers of stakes by hand: gaps, repeats, groups, places (K3), codes (K4), where they begin (K5), counts (K7)."""

import dataclasses
import datetime as dt
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from demarcation.bench import bench_of
from demarcation.checks.codes import check_codes, check_start
from demarcation.checks.counts import check_counts, no_counts
from demarcation.checks.numbers import check_numbers
from demarcation.codes import like_number, split_numbers
from demarcation.finding import BoundaryFinding
from demarcation.model import Line, Segment, Stake, Study
from demarcation.rules import Rules, load_rules
from demarcation.study import study_of
from geo.paths import DATA_DIR
from geo.read import Table
from layers.layer import Layer
from layers.read import layer_of, read_layer

RULES = load_rules()
DAY = dt.date(2026, 6, 30)
LAT = 30.5
Faults = list[tuple[str, str, str, str]]


def line(code: str = "9916", start: float = 114.0, *, lat: float = LAT, **more: Any) -> Line:
    """A line of about 9.6 km to the east."""
    path = shapely.LineString([(start, lat), (start + 0.1, lat)])
    known: dict[str, Any] = dict.fromkeys(
        ("declared_length_m", "declared_stakes", "declared_single", "declared_double", "declared_triple")
    )
    return Line(code, "", **{
        "unit_a": "990100", "unit_b": "990200", "level": "", "scale": 10000.0, "survey_method": "GNSS",
        "lead_unit": "", "last_inspection": None, "segments": (Segment("", path, 1),), **known, **more,
    })  # fmt: skip


def stakes(code: str = "9916", kinds: str = "QQQQQ", start: float = 114.0, *, lat: float = LAT) -> list[Stake]:
    """Stakes every 0.01 degrees; a kind of A stands for A and B of one number, C for C, D and E."""
    out: list[Stake] = []
    for serial, group in enumerate(kinds, start=1):
        for side, kind in enumerate({"A": "AB", "C": "CDE"}.get(group, group)):
            place = (start + 0.01 * (serial - 1), lat + 0.0005 * side)
            fields = {"serial": f"{serial:03d}", "type": kind}
            number = f"{code}{serial:03d}{kind}"
            row = len(out) + 2
            out.append(Stake(number, code, serial, kind, managed_by="990100", place=place, row=row, fields=fields))
    return out


def without(rows: Sequence[Stake], *numbers: str) -> list[Stake]:
    return [row for row in rows if row.number not in numbers]


def changed(rows: Sequence[Stake], which: str, **more: Any) -> list[Stake]:
    return [dataclasses.replace(row, **more) if row.number == which else row for row in rows]


def checked(rows: Sequence[Stake], *lines: Line, rules: Rules = RULES, **more: Any) -> tuple[BoundaryFinding, ...]:
    """What K3, K4, K5 and K7 find."""
    study = Study({one.code: one for one in lines or (line(),)}, tuple(rows), DAY, **more)
    bench = bench_of(study)
    found = [*check_numbers(bench, rules), *check_codes(bench, rules), *check_start(bench, rules)]
    return (*found, *(() if no_counts(study) else check_counts(bench, rules)))


def told(rows: Sequence[Stake], *lines: Line, **more: Any) -> Faults:
    return [(one.check, one.severity, one.code, one.stake_no) for one in checked(rows, *lines, **more)]


# ---- K3: gaps -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kinds", "gone", "named"),
    [
        ("QQQQQ", ["9916003Q"], ["9916003Q"]),
        # 002 and 004 are double: the missing 003 was double too.
        ("QAAAQ", ["9916003A", "9916003B"], ["9916003A", "9916003B"]),
        ("QCCCQ", ["9916003C", "9916003D", "9916003E"], ["9916003C", "9916003D", "9916003E"]),
        # Q before and A, B after: nobody knows what stood between.
        ("QQQAA", ["9916003Q"], ["9916003"]),
        # 001 has one neighbour only, and that tells.
        ("QQQQQ", ["9916001Q"], ["9916001Q"]),
        ("QQQQQ", ["9916002Q", "9916003Q"], ["9916002Q", "9916003Q"]),
        # What follows the highest is not known to be there.
        ("QQQQQ", ["9916005Q"], []),
    ],
)  # fmt: skip
def test_c11_a_missing_number_is_named_in_full(kinds: str, gone: list[str], named: list[str]) -> None:
    found = told(without(stakes(kinds=kinds), *gone))
    assert found == [("K3", "fail", "number_missing", number) for number in named]


def test_c11_a_missing_number_is_looked_for_between_its_neighbours() -> None:
    (found,) = checked(without(stakes(), "9916003Q"))
    # 002 stands at 114.01, 004 at 114.03: the middle is 114.02, on the line.
    assert found.where is not None
    assert (found.where.x, found.where.y) == pytest.approx((114.02, LAT), abs=1e-9)
    assert "9916003Q" in found.sentence("zh")[0]


def test_a_serial_with_a_digit_too_many_is_one_finding() -> None:
    rows = changed(stakes(), "9916005Q", number="9916905Q", serial=905, fields={})
    # 905 numbers from 001, five of them there: 900 are missing.
    (found,) = [one for one in checked(rows) if one.check == "K3"]
    assert (found.code, found.value, found.stake_no) == ("numbers_missing_many", 900.0 + 0.0, "")
    assert (found.limit, found.unit) == (0.0, "count")


def test_a_void_number_with_a_record_is_no_gap_and_without_one_is_told() -> None:
    rows = stakes()
    gone = dataclasses.replace(rows[2], fields={"retired": "是", "change_record": "2020年第3号"})
    assert told(without(rows, gone.number), retired=(gone,)) == []
    gone = dataclasses.replace(gone, fields={"retired": "是"})
    found = told(without(rows, gone.number), retired=(gone,))
    assert found == [("K3", "warn", "number_void_unrecorded", "9916003Q")]
    # The numbers up to a void one were given too: 006 is void, so 005 is missing.
    last = dataclasses.replace(rows[4], number="9916006Q", serial=6, fields={"change_record": "x"})
    assert told(rows[:4], retired=(last,)) == [("K3", "fail", "number_missing", "9916005Q")]


# ---- K3: repeats and groups -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("gone", ["9916001Q", "9916003Q"])
@pytest.mark.parametrize("turned", [False, True])
def test_c11_where_a_number_that_nobody_can_read_stands_none_is_missing(gone: str, *, turned: bool) -> None:
    """Of two gaps, the one where such a stake stands is K4's alone."""
    rows = without(stakes(kinds="QQQQQQ"), gone)
    if turned:
        rows = [dataclasses.replace(row, place=(228.05 - row.place[0], LAT)) for row in rows if row.place]
    rows = changed(rows, "9916005Q", number="9916OO5Q", serial=None, fields={})
    found = [(check, code, number) for check, _, code, number in told(rows) if check != "K5"]
    assert found == [("K3", "number_missing", gone), ("K4", "number_off_scheme", "9916OO5Q")]


def test_c11_a_number_that_stands_twice_is_told_once_with_its_rows() -> None:
    rows = stakes()
    again = dataclasses.replace(rows[1], row=9, place=(114.0151, LAT))
    (found,) = checked([*rows, again])
    assert (found.code, found.stake_no, found.value, found.limit) == ("number_twice", "9916002Q", 2, 1)
    assert found.facts["rows"] == "3, 9"
    full_width = dataclasses.replace(again, number="９９１６００２Ｑ")
    assert [one[2] for one in told([*rows, full_width])] == ["number_twice", "numbers_normalised"]


@pytest.mark.parametrize(
    ("gone", "named"),
    [(["9916002B"], ["9916002B"]), (["9916002A"], ["9916002A"]), (["9916004E"], ["9916004E"]),
     (["9916004C", "9916004E"], ["9916004C", "9916004E"])],
)  # fmt: skip
def test_c11_a_group_that_is_not_complete(gone: list[str], named: list[str]) -> None:
    found = told(without(stakes(kinds="QAQCQ"), *gone))
    assert found == [("K3", "fail", "group_incomplete", number) for number in named]


def test_one_serial_cannot_be_single_and_double() -> None:
    rows = stakes(kinds="QAQ")
    more = dataclasses.replace(rows[1], number="9916002Q", kind="Q", fields={}, row=9, place=(114.012, LAT))
    assert [one[2] for one in told([*rows, more])] == ["number_of_two_kinds"]


# ---- K3: places -----------------------------------------------------------------------------------------------------


def test_c11_one_place_under_two_numbers() -> None:
    # 3e-6 degrees of longitude are 0.29 m at 30.5 N: within half a metre; 8e-6 are 0.77 m.
    at = {near: changed(stakes(), "9916004Q", place=(114.02 + near, LAT)) for near in (0.0, 3e-6, 8e-6)}
    same = [("K3", "warn", "place_of_two_numbers", "9916004Q")]
    assert [told(at[near]) for near in (0.0, 3e-6, 8e-6)] == [same, same, []]


def test_c11_two_lines_share_a_stake_only_where_they_meet() -> None:
    first, second = line("9916"), line("9917", 114.1)
    here, there = stakes("9916", "Q" * 11), stakes("9917", "QQQ", 114.1)
    # The last of 9916 and the first of 9917 stand at the common end.
    assert told([*here, *there], first, second) == []
    # 9917 from the middle of 9916 on: only one of them ends there.
    side = line("9917", 114.05, lat=LAT)
    found = told([*here, *stakes("9917", "QQQ", 114.05)[:1]], first, side)
    assert found == [("K3", "info", "stake_at_side_line", "9917001Q")]
    # A line beside the other, one of whose stakes has the place of a stake of the other: neither ends there.
    beside = stakes("9917", "QQQQQ", lat=LAT + 0.01)
    found = told([*here, *changed(beside, "9917003Q", place=(114.02, LAT))], first, line("9917", lat=LAT + 0.01))
    assert found == [("K3", "warn", "stake_of_two_lines", "9917003Q")]


# ---- K4 -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"number": "9917003Q"}, "number_of_other_line"),
        ({"line_code": "9917"}, "number_of_other_line"),
        ({"fields": {"serial": "030", "type": "Q"}}, "number_serial_differs"),
        ({"number": "9916033Q"}, "number_serial_differs"),
        ({"fields": {"serial": "003", "type": "A"}}, "number_kind_differs"),
        ({"fields": {"serial": "003", "type": "双立桩"}}, "number_kind_differs"),
        ({"number": "9916-003"}, "number_off_scheme"),
        ({"number": "9916OO3Q"}, "number_off_scheme"),
        ({"number": "9916000Q", "fields": {}}, "number_off_scheme"),
        ({"number": "3号", "serial": None, "fields": {}}, "number_off_scheme"),
        ({"managed_by": "990300"}, "managed_by_neither"),
    ],
)
def test_one_slip_in_a_row_is_one_finding_of_k4(more: dict[str, Any], code: str) -> None:
    rows = changed(stakes(), "9916003Q", **more)
    lines = line(declared_stakes=5.0), line("9917", lat=LAT + 0.1)
    found = told(rows, *lines)
    assert [(check, name) for check, _, name, _ in found] == [("K4", code)]
    assert found[0][3] == more.get("number", "9916003Q")


def test_a_stake_under_the_code_of_another_line_is_one_finding_of_k4() -> None:
    rows, beside = stakes(), line("9917", lat=LAT + 0.1)
    moved = dataclasses.replace(rows[2], line_code="9917")
    wanted = [("K4", "fail", "number_of_other_line", "9916003Q")]
    # Instead of its own row, whether the line is drawn or not; or a second time, at the place of the first.
    assert told([*without(rows, "9916003Q"), moved], line(), beside) == wanted
    assert told([*without(rows, "9916003Q"), moved]) == wanted
    assert told([*rows, dataclasses.replace(moved, row=9)], line(), beside) == wanted


def test_a_row_without_a_type_may_be_the_partner(tmp_path: Path) -> None:
    rules = own_rules(tmp_path, r"(?P<line>.{4})(?P<serial>\d{3})")
    rows = [dataclasses.replace(stake, number=stake.number[:7]) for stake in stakes(kinds="QAQ")]
    bare = dataclasses.replace(rows[2], kind="", fields={"serial": "002"})
    assert told(rows, rules=rules) == told([*rows[:2], bare, rows[3]], rules=rules) == []
    found = told([*rows[:2], rows[3]], rules=rules)
    assert found == [("K3", "fail", "group_incomplete", "9916002")]


def test_types_in_words_and_sides_by_name_or_level_are_no_slips() -> None:
    rows = stakes(kinds="QAQ")
    rows = changed(rows, "9916002A", fields={"serial": "2", "type": "双立"}, managed_by="990100101")
    rows = changed(rows, "9916001Q", managed_by="990300，990100")
    assert told(changed(rows, "9916003Q", managed_by="甲县民政局")) == []


def units(*rows: tuple[str, str, str, str]) -> Layer:
    frame = pd.DataFrame(rows, columns=["unit_code", "name", "valid_from", "valid_to"], dtype="str")
    return layer_of(Table(frame, np.arange(2, len(frame) + 2), "u.csv", ""), "units")


def test_units_of_a_line_are_known_and_valid_on_the_day() -> None:
    both = ("990100", "甲县", "", ""), ("990200", "乙县", "", "")
    assert told(stakes(), units=units(*both)) == []
    gone = told(stakes(), units=units(both[0], ("990200", "乙县", "", "2025-12-31")))
    assert gone == [("K4", "fail", "line_unit_not_valid", "")]
    # The day itself is within; of two rows of one code either will do.
    assert told(stakes(), units=units(both[0], ("990200", "乙县", "2026-06-30", "2026-06-30"))) == []
    renewed = ("990200", "乙县", "", "2020-01-01"), ("990200000", "乙市", "2020-01-02", "")
    assert told(stakes(), units=units(both[0], *renewed)) == []
    # A layer of two counties should hold the third; one of the own county alone says nothing of the neighbour.
    other = line(unit_b="990300")
    assert told(stakes(), other, units=units(*both)) == [("K4", "fail", "line_unit_unknown", "")]
    assert told(stakes(), other, units=units(both[0])) == [("K4", "info", "line_unit_beyond", "")]
    named = told(changed(stakes(), "9916003Q", managed_by="丙县"), units=units(*both, ("990300", "丙县", "", "")))
    assert named == [("K4", "warn", "managed_by_neither", "9916003Q")]


def test_stakes_of_a_line_that_nobody_drew() -> None:
    found = checked([*stakes(), *stakes("9918", "QQQ")[1:]])
    assert [(one.code, one.line_code, one.value) for one in found] == [("line_not_in_table", "9918", 2.0)]


# ---- K4: schemes ----------------------------------------------------------------------------------------------------


def own_rules(tmp_path: Path, *schemes: str) -> Rules:
    (tmp_path / "own.toml").write_text(f"[K4]\nschemes = {json.dumps(schemes)}\n", encoding="utf-8")
    return load_rules(tmp_path / "own.toml")


def test_a_scheme_of_a_county_with_separators(tmp_path: Path) -> None:
    rules = own_rules(
        tmp_path, r"(?P<line>\d{12})-(?P<serial>\d{4})-(?P<kind>[QABCDE])", r"(?P<line>.{4})(?P<serial>\d{3})"
    )
    code = "330522330523"
    rows = [
        dataclasses.replace(stake, number=f"{code}-{stake.serial:04d}-{stake.kind}", line_code=code)
        for stake in stakes(kinds="QQQAA")
    ]
    found = told(without(rows, f"{code}-0002-Q", f"{code}-0005-B"), line(code), rules=rules)
    assert [(name, number) for _, _, name, number in found] == [
        ("number_missing", f"{code}-0002-Q"), ("group_incomplete", f"{code}-0005-B"),
    ]  # fmt: skip
    # The second scheme fits 1253165 = line 1253, serial 165; it has no type.
    (number,) = split_numbers(["1253165"], rules)
    assert number is not None
    assert (number.line, number.serial, number.kind) == ("1253", 165, "")
    assert like_number(["1253165"], 7, "A", rules) == "1253007"


def test_the_scheme_that_fits_all_numbers_of_a_line_is_used(tmp_path: Path) -> None:
    rules = own_rules(tmp_path, r"(?P<line>\d{4})(?P<serial>\d{3})", r"(?P<line>\d{2})(?P<serial>\d{5,6})")
    found = split_numbers(["1253165", "12531650"], rules)
    assert [number and (number.line, number.serial) for number in found] == [("12", 53165), ("12", 531650)]
    assert like_number(["1253165", "12531650"], 7, "", rules) == "1200007"
    assert split_numbers(["1" * 41], own_rules(tmp_path, r"(?P<line>1)(?P<serial>1+)")) == [None]


def test_a_table_under_another_scheme_is_told_by_line_and_checked_by_serial() -> None:
    rows = [dataclasses.replace(stake, number=str(stake.serial)) for stake in stakes()]
    found = told(without(rows, "3"))
    assert found == [("K3", "fail", "number_missing", "9916003Q"), ("K4", "warn", "numbers_off_scheme", "")]


def test_lines_numbered_apart_from_their_codes() -> None:
    rows = [dataclasses.replace(stake, line_code="L1") for stake in stakes("1253")]
    assert told(rows, line("L1")) == [("K4", "info", "numbers_apart_from_code", "")]
    wrong = changed(rows, "1253004Q", number="1254004Q")
    assert ("K4", "fail", "number_of_other_line", "1254004Q") in told(wrong, line("L1"))


# ---- K5 -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "last", "wrong"),
    [
        ((114.0, 30.5), (114.1, 30.5), False),
        ((114.0, 30.5), (114.1, 30.6), False),  # the west end, though the south one
        ((114.1, 30.6), (114.0, 30.5), False),  # the north end, though the east one
        ((114.1, 30.5), (114.0, 30.6), True),
        ((114.1, 30.5), (114.0, 30.5), False),  # neither end is farther north
    ],
)
def test_numbers_begin_at_the_west_or_the_north_end(
    first: tuple[float, float], last: tuple[float, float], *, wrong: bool
) -> None:
    rows = [Stake("9916001Q", "9916", 1, "Q", place=first), Stake("9916002Q", "9916", 2, "Q", place=last)]
    path = shapely.LineString([first, last])
    found = told(rows, line(segments=(Segment("", path, 1),)))
    assert found == ([("K5", "info", "numbers_begin_elsewhere", "")] if wrong else [])


# ---- K7 -------------------------------------------------------------------------------------------------------------


def test_counting_is_that_of_most_lines() -> None:
    # 9916: Q, A, B, Q = 4 rows, 3 places. 9917: C, D, E, Q = 4 rows, 2 places. 9918: A, B = 2 rows, 1 place.
    rows = [*stakes("9916", "QAQ"), *stakes("9917", "CQ", lat=30.6), *stakes("9918", "A", lat=30.7)]

    def found(*declared: float) -> list[tuple[str, float | None, float | None]]:
        codes = zip(("9916", "9917", "9918"), (LAT, 30.6, 30.7), declared, strict=True)
        lines = [line(code, lat=lat, declared_stakes=count) for code, lat, count in codes]
        return [(one.line_code, one.value, one.limit) for one in checked(rows, *lines)]

    assert found(4, 4, 2) == []
    assert found(3, 2, 1) == []
    assert found(4, 4, 1) == [("9918", 2.0, 1.0)]
    assert found(3, 2, 2) == [("9918", 1.0, 2.0)]
    assert found(5, 4, 2) == [("9916", 4.0, 5.0)]


def test_single_double_and_triple_apart() -> None:
    # Q, A, B, Q, C, D, E: 2 single, 2 rows or 1 place double, 3 rows or 1 place triple.
    rows = stakes(kinds="QAQC")
    names = ("declared_single", "declared_double", "declared_triple")

    def found(total: float | None, *apart: float | None) -> list[str]:
        more: dict[str, Any] = dict(zip(names, apart, strict=True))
        return [one.code for one in checked(rows, line(declared_stakes=total, **more))]

    assert found(7, 2, 2, 3) == found(4, 2, 1, 1) == found(7, 2, 1, 1) == found(None, 2, None, None) == []
    assert found(7, 3, 2, 3) == ["stakes_of_kind_not_as_declared"]
    assert found(None, 2, 4, 3) == ["stakes_of_kind_not_as_declared"]
    # Rows as a whole, pairs by place: 2 + 1 + 1 may be 7; but places as a whole and rows apart are 2 + 2 + 3, not 4.
    assert found(4, 2, 2, 3) == ["stakes_declared_do_not_add_up"]
    assert found(6, 2, 2, 3) == ["stakes_not_as_declared"]


def test_a_line_whose_stakes_are_all_absent_and_one_that_declares_nothing() -> None:
    found = checked(stakes(), line(), line("9917", lat=30.6, declared_stakes=4.0))
    assert [(one.line_code, one.value, one.limit) for one in found] == [("9917", 0.0, 4.0)]
    assert no_counts(Study({"9916": line()}, (), DAY)) == "counts_not_declared"


# ---- the demo, and laws ---------------------------------------------------------------------------------------------


def test_c11_the_demo_has_the_planted_faults_of_numbers_and_no_other(root: Path) -> None:
    folder = root / "data" / "demo"
    layers = {kind: read_layer(folder / "layers" / f"{kind}.parquet", kind) for kind in ("lines", "stakes", "units")}
    study = study_of(layers["lines"], layers["stakes"], RULES, DAY, units=layers["units"])
    bench = bench_of(study)
    found = [*check_numbers(bench, RULES), *check_codes(bench, RULES), *check_counts(bench, RULES)]
    planted = json.loads((folder / "planted.json").read_text(encoding="utf-8"))["stakes"]
    wanted = {(one["check"], one["line_code"], one["stake_no"]) for one in planted if one["check"] in ("K3", "K7")}
    assert {(one.check, one.line_code, one.stake_no) for one in found} == wanted
    assert len(found) == len(wanted) == 4
    assert [one.code for one in check_start(bench, RULES) if one.severity != "info"] == []


@st.composite
def worlds(draw: st.DrawFn) -> tuple[list[Stake], tuple[Line, ...]]:
    """Two lines end to end, correct in all, in any order of rows."""
    rows: list[Stake] = []
    lines = []
    for code, start in (("9916", 114.0), ("9917", 114.1)):
        kinds = draw(st.text("QQQAC", min_size=4, max_size=9))
        mine = stakes(code, kinds, start)
        rows += mine
        lines.append(line(code, start, declared_stakes=float(len(mine))))
    return [dataclasses.replace(row, row=n) for n, row in enumerate(draw(st.permutations(rows)), 2)], tuple(lines)


@settings(max_examples=25)
@given(worlds(), st.data())
def test_c11_a_correct_line_gives_no_finding_and_each_fault_gives_its_own(
    world: tuple[list[Stake], tuple[Line, ...]], data: st.DataObject
) -> None:
    rows, lines = world
    assert told(rows, *lines) == []
    last = {one.code: max(row.serial or 0 for row in rows if row.line_code == one.code) for one in lines}
    victim = data.draw(st.sampled_from([row for row in rows if (row.serial or 0) < last[row.line_code]]))
    rest = without(rows, victim.number)
    codes = {(one[0], one[2]) for one in told(rest, *lines)}
    alone = victim.kind == "Q"
    assert codes == {("K3", "number_missing" if alone else "group_incomplete"), ("K7", "stakes_not_as_declared")}
    again = dataclasses.replace(victim, row=99, place=None)
    assert {(one[0], one[2], one[3]) for one in told([*rows, again], *lines)} == {
        ("K3", "number_twice", victim.number), ("K7", "stakes_not_as_declared", ""),
    }  # fmt: skip
    slip = dataclasses.replace(victim, fields={**victim.fields, "serial": "777"})
    assert told([*rest, slip], *lines) == [("K4", "fail", "number_serial_differs", victim.number)]
    bad = dataclasses.replace(victim, place=None, problem="coordinate_missing")
    assert told([*rest, bad], *lines) == []


def test_k4_a_column_that_counts_the_rows_of_the_table_accuses_no_stake(tmp_path: Path) -> None:
    """Two lines of two stakes, the second without 002: rows 1 to 4 count on where the serials begin anew."""
    numbers = ["9901001Q", "9901002Q", "9902001Q", "9902003Q"]
    rows = [f"{at},{no},{no[:4]},114.0{at},30.5" for at, no in enumerate(numbers, start=1)]
    file = tmp_path / "stakes.csv"

    def told_of(rows: list[str]) -> set[tuple[str, str, str]]:
        file.write_text("\n".join(["序号,界桩编号,界线代码,经度,纬度", *rows]) + "\n", encoding="utf-8")
        ways = {code: line(code) for code in ("9901", "9902")}
        read = study_of(
            read_layer(DATA_DIR / "demo/layers/lines.parquet", "lines"), read_layer(file, "stakes"), RULES, DAY
        )
        bench = bench_of(dataclasses.replace(read, lines=ways))
        found = [*check_codes(bench, RULES), *check_numbers(bench, RULES)]
        return {(one.code, one.severity, one.stake_no) for one in found}

    missing = ("number_missing", "fail", "9902002Q")
    assert told_of(rows) == {("serials_count_rows", "info", ""), missing}
    # One row that differs is that row's slip: 3 for the first stake of 9902.
    assert told_of([rows[0], rows[1], rows[2]]) == {("number_serial_differs", "fail", "9902001Q")}
