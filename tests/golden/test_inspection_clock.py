"""The five-year clock, events that ask for an inspection, kilometres done, states of stakes: worked out by hand."""

import dataclasses
import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
import shapely

from demarcation.bench import bench_of
from demarcation.book import Book, Entry, Found, Kind, Patrol, Plan, Said, Step
from demarcation.check import run
from demarcation.checks.calendar import inspections_due
from demarcation.checks.state import stakes_in_order
from demarcation.finding import BoundaryFinding
from demarcation.inspection import due_list, joint_days, next_due, patrols_due, progress, stakes_inspected
from demarcation.model import Inspection, Line, Segment, Stake, Study
from demarcation.read import lines_of, stakes_of
from demarcation.rules import load_rules
from demarcation.states import states
from layers.read import read_layer

RULES = load_rules()
AS_OF = dt.date(2026, 6, 30)
# One degree of longitude at 30° N is 96 486 m on the ellipsoid: this line is 9 648.6 m long.
PATH = shapely.LineString([(114.0, 30.0), (114.1, 30.0)])


def _line(code: str = "9901", last: str = "") -> Line:
    return Line(code, f"{code}线", "A", "B", "county", 10000.0, "GNSS", None, None, None, None, None, "A",
                dt.date.fromisoformat(last) if last else None, (Segment("界桩连线", PATH, 1),))  # fmt: skip


def _book(*said: Said) -> Book:
    kinds: dict[type, Kind] = {Inspection: "inspection", Found: "event", Step: "step", Patrol: "patrol", Plan: "plan"}
    when = dt.datetime(2026, 6, 30, 9, 0, tzinfo=dt.UTC)
    return Book(tuple(Entry(n, kinds[type(one)], one, "岗位", when) for n, one in enumerate(said, start=1)))


def _seen(unit: str, day: str, number: int | None = 5, km: float | None = None) -> Inspection:
    return Inspection("9901", "", dt.date.fromisoformat(day), number, unit, km_done=km)


def _flood(day: str = "2026-06-01", **other: object) -> Found:
    return Found(**{"kind": "flood", "line_code": "9901", "stake_no": "", "day": dt.date.fromisoformat(day),
                    "unit": "A", "units": ("A", "B"), **other})  # fmt: skip


@pytest.mark.parametrize(
    ("last", "due"),
    [
        ("2021-06-30", "2026-06-30"),
        ("2020-02-29", "2025-02-28"),
        ("2019-12-31", "2024-12-31"),
        ("9998-01-01", "9999-01-01"),
    ],
)
def test_five_years_and_the_29th_of_february(last: str, due: str) -> None:
    assert next_due(dt.date.fromisoformat(last), 5).isoformat() == due


@pytest.mark.parametrize(
    ("last", "severity", "days"),
    [
        ("2021-06-29", "warn", 1.0),  # five years were over yesterday
        ("2021-06-30", "info", 0.0),  # today is the day
        ("2021-12-27", "info", 180.0),  # 2026-12-27 is 180 days on: July to November 31+31+30+31+30, and 27
        ("2021-12-28", None, None),
        ("2024-06-06", None, None),
    ],
)
def test_k18_overdue_soon_and_neither(last: str, severity: str | None, days: float | None) -> None:
    study = Study({"9901": _line(last=last)}, (), AS_OF)
    found = list(inspections_due(bench_of(study), RULES))
    assert [(one.severity, one.value, one.limit, one.unit) for one in found] == (
        [(severity, days, 0.0, "days")] if severity else []
    )


def test_k18_no_day_known_is_not_run_where_no_line_has_one_and_asked_about_where_others_have() -> None:
    none = Study({"9901": _line()}, (), AS_OF)
    assert run(none, RULES).not_run["K18"] == "no_inspection_days"
    some = Study({"9901": _line(), "9902": _line("9902", "2024-01-01")}, (), AS_OF)
    found = [one for one in run(some, RULES).findings if one.check == "K18"]
    assert [(one.line_code, one.severity, one.value) for one in found] == [("9901", "warn", None)]
    ahead = Study({"9901": _line(last="2062-01-01")}, (), AS_OF)
    assert [one.severity for one in inspections_due(bench_of(ahead), RULES)] == ["info"]


def test_k18_a_joint_inspection_of_both_sides_starts_the_clock_again_one_side_does_not() -> None:
    line = _line(last="2020-01-01")

    def status(*seen: Inspection) -> tuple[str, dt.date | None]:
        due = due_list({"9901": line}, _book(*seen), AS_OF, RULES)[0]
        return due.status, due.last

    old = ("overdue", dt.date(2020, 1, 1))
    assert status(_seen("A", "2026-05-01")) == old
    assert status(_seen("A", "2026-05-01"), _seen("A", "2026-05-02")) == old
    assert status(_seen("A", "2026-05-01"), _seen("B", "2026-05-03")) == ("later", dt.date(2026, 5, 3))
    assert status(_seen("", "2026-05-01")) == ("later", dt.date(2026, 5, 1))
    # Without a round the day holds two entries together; of two rounds each has one side only.
    assert status(_seen("A", "2026-05-01", None), _seen("B", "2026-05-01", None)) == ("later", dt.date(2026, 5, 1))
    assert status(_seen("A", "2026-05-01", None), _seen("B", "2026-05-03", None)) == old
    assert status(_seen("A", "2021-05-01", 4), _seen("B", "2026-05-03", 5)) == old
    # What comes after the day does not count, nor what was seen at a stake.
    assert status(_seen("", "2026-07-01")) == old
    assert status(Inspection("9901", "9901001Q", dt.date(2026, 5, 1), 5, "", "完好")) == old


def test_kilometres_in_several_entries_add_up_to_the_line() -> None:
    line = _line()
    first = [_seen(unit, "2026-05-01", km=5.0) for unit in "AB"]
    rest_a, rest_b = _seen("A", "2026-05-02", km=4.6), _seen("B", "2026-05-08", km=4.6)
    # 5.0 + 4.6 = 9.6 km, as a form rounds it: 99.5 % of 9 600 m is 9 552 m, of 9 700 m it is 9 651.5 m.
    assert joint_days(line, [*first, rest_a, rest_b], 9600.0) == (dt.date(2026, 5, 8),)
    assert joint_days(line, [*first, rest_a], 9600.0) == ()
    assert joint_days(line, [*first, rest_a, rest_b], 9700.0) == ()
    plans = [Plan("9901", 2026, 5, "B", "A"), Plan("9999", 2026, 5, "A", "B")]
    done = progress({"9901": line}, _book(*plans, *first, rest_a), AS_OF)[0]
    assert (done.lines, done.lines_done, done.unknown) == (1, 0, ("9999",))
    assert done.due_m == pytest.approx(9648.6, abs=0.1)
    assert done.done_m == pytest.approx(5000.0)
    due = due_list({"9901": line}, _book(*plans), AS_OF, RULES)[0]
    assert (due.lead_unit, due.other_unit, due.round) == ("B", "A", 5)


def test_k18_an_open_flood_asks_for_an_inspection_until_one_is_done_or_both_close_it() -> None:
    def found(*said: Said) -> list[tuple[str, float | None]]:
        study = Study({"9901": _line(last="2024-06-06")}, (), AS_OF, records=_book(*said))
        return [(one.code, one.value) for one in inspections_due(bench_of(study), RULES)]

    told = Step(1, "told", dt.date(2026, 6, 2), "A")
    sides = [Step(1, "confirmed", dt.date(2026, 6, 9), unit) for unit in "AB"]
    assert found(_flood()) == [("inspection_extra", 29.0)]  # 1 June to 30 June
    assert found(_flood(), told, sides[0]) == [("inspection_extra", 29.0)]
    assert found(_flood(), told, *sides) == []
    assert found(_flood(), _seen("", "2026-06-05")) == []
    assert found(_flood(), _seen("", "2026-05-31")) == [("inspection_extra", 29.0)]
    assert found(_flood("2026-07-01")) == []
    assert found(_flood(kind="works")) == []


def test_k18_a_log_knows_floods_and_patrols_do_not_count_as_joint_inspections() -> None:
    def codes(*log: Inspection) -> list[str]:
        study = Study({"9901": _line(last="2020-01-01")}, (), AS_OF, inspections=log)
        return [one.code for one in inspections_due(bench_of(study), RULES)]

    both = _seen("", "2026-06-05")
    flood = dataclasses.replace(both, activity="事件", event="山洪", day=dt.date(2026, 6, 4))
    assert codes(dataclasses.replace(both, activity="巡查")) == ["inspection_overdue"]
    assert codes(flood) == ["inspection_overdue", "inspection_extra"]
    assert codes(flood, both) == codes(both) == []


# ---- stakes ---------------------------------------------------------------------------------------------------------


def _stake(state: str = "完好", **fields: object) -> Stake:
    return Stake("9901003Q", "9901", 3, "Q", state, place=(114.01, 30.0), row=3, fields=fields)


def _k17(stake: Stake, *said: Said) -> list[BoundaryFinding]:
    study = Study({"9901": _line(last="2024-06-06")}, (stake,), AS_OF, records=_book(*said))
    return list(stakes_in_order(bench_of(study), RULES))


def _at(unit: str, state: str, day: str = "2026-05-01") -> Inspection:
    return Inspection("9901", "9901003Q", dt.date.fromisoformat(day), 5, unit, state)


@pytest.mark.parametrize(
    ("table", "said", "code"),
    [
        ("完好", [], None),
        ("", [], None),
        ("移位", [], "stake_not_in_order"),
        ("尚可", [], "stake_state_unknown"),
        ("完好", [_at("A", "丢失")], "stake_not_in_order"),
        ("完好", [_at("A", "损坏"), _at("B", "完好")], "stake_sides_differ"),
        ("完好", [_at("A", "完整"), _at("B", "完好")], None),
        ("损坏", [_at("A", "完好")], "stake_not_in_order"),  # one side alone does not clear the record
        ("损坏", [_at("A", "完好"), _at("B", "完好")], "stake_table_behind"),
        ("完好", [_at("", "损坏"), _at("A", "完好", "2026-06-01")], "stake_sides_differ"),
        ("完好", [_at("", "损坏"), _at("A", "完好", "2026-06-01"), _at("B", "完好", "2026-06-02")], None),
        ("完好", [_at("A", "损坏", "2026-07-01")], None),  # after the day
    ],
)
def test_k17_table_and_newest_reports(table: str, said: list[Inspection], code: str | None) -> None:
    found = _k17(_stake(table), *said)
    assert [one.code for one in found] == ([code] if code else [])
    assert [one.severity for one in found] == (
        ["info"] if code in ("stake_state_unknown", "stake_table_behind") else ["warn"] if code else []
    )


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        ({"repair_opened": dt.date(2026, 1, 1)}, []),  # 180 days: 30 + 28 + 31 + 30 + 31 + 30
        ({"repair_opened": dt.date(2025, 12, 31)}, [("repair_open", 181.0, 180.0)]),
        ({"repair_opened": dt.date(2025, 12, 31), "repair_confirmed_by": "双方"}, []),
        ({"repair_opened": dt.date(2025, 12, 31), "repair_confirmed_by": "A、B"}, []),
        ({"repair_opened": dt.date(2026, 6, 20), "repair_confirmed_by": "甲方"}, [("repair_one_side", 10.0, 180.0)]),
        ({"repair_confirmed_by": "B"}, [("repair_one_side", None, None)]),
        ({"repair_opened": dt.date(2026, 7, 1)}, []),
        ({"repair_opened": dt.date(2025, 1, 1), "repair_closed": dt.date(2025, 2, 1)}, []),
    ],
)
def test_k17_repairs_of_the_table(fields: dict[str, object], found: list[tuple[str, float, float]]) -> None:
    assert [(one.code, one.value, one.limit) for one in _k17(_stake(**fields))] == found


def _steps() -> Iterator[Step]:
    for kind, unit in (("told", "B"), ("repaired", "A"), ("confirmed", "A"), ("confirmed", "B")):
        yield Step(1, kind, dt.date(2026, 6, 2), unit)


@pytest.mark.parametrize(
    ("done", "found"),
    [
        (0, [("event_open", "warn")]),
        (1, [("event_open", "warn")]),
        (2, [("event_open", "info")]),
        (3, [("event_one_side", "warn")]),
        (4, []),
    ],
)
def test_k17_an_event_is_open_until_both_sides_confirm(done: int, found: list[tuple[str, str]]) -> None:
    event = _flood(kind="damage", stake_no="9901003Q", managed_by="A")
    seen = _k17(_stake(), event, *list(_steps())[:done])
    assert [(one.code, one.severity) for one in seen] == found
    assert all(one.value == 29.0 and one.where == shapely.Point(114.01, 30.0) for one in seen)


def test_k17_marks_that_one_side_did_not_find() -> None:
    first = dataclasses.replace(_at("A", "完好"), marks_missing=("孤石", "水塔"))
    found = _k17(_stake(), first, _at("B", "完好"))
    assert [(one.code, one.severity, one.facts["marks"]) for one in found] == [
        ("stake_marks_missing", "warn", "孤石、水塔")
    ]
    # Seen again later: the newest entry of the side holds.
    assert _k17(_stake(), first, _at("B", "完好"), _at("A", "完好", "2026-06-01")) == []


def test_reports_on_what_stands_in_no_table_are_told() -> None:
    seen = _at("A", "损坏")
    strange = [dataclasses.replace(seen, stake_no="9901099Q"), dataclasses.replace(seen, line_code="9999")]
    study = Study({"9901": _line(last="2024-06-06")}, (_stake(),), AS_OF, inspections=tuple(strange * 2))
    bench = bench_of(study)
    found = [*stakes_in_order(bench, RULES), *inspections_due(bench, RULES)]
    assert [(one.check, one.severity, one.line_code, one.stake_no) for one in found] == [
        ("K17", "info", "9901", "9901099Q"),
        ("K17", "info", "9999", "9901003Q"),
        ("K18", "info", "9999", ""),
    ]


def test_states_show_where_the_sides_do_not_agree() -> None:
    seen = _book(_at("A", "移位"), _at("B", "完好"))
    state = states([_stake("完好")], seen, RULES, as_of=AS_OF)["9901", "9901003Q"]
    assert (state.now, state.agree) == (("完好", "移动"), False)


def test_stakes_that_both_sides_reported_in_the_newest_round() -> None:
    stakes = [dataclasses.replace(_stake(), number=f"990100{n}Q") for n in range(1, 5)]

    def at(n: int, unit: str, number: int | None) -> Inspection:
        return Inspection("9901", f"990100{n}Q", dt.date(2026, 5, 1), number, unit, "完好")

    # 1: both, 2: one side, 3: together and without a round, but this year, 4: both, in the round before.
    seen = _book(at(1, "A", 5), at(1, "B", 5), at(2, "A", 5), at(2, "A", 5), at(3, "", None), at(4, "", 4))
    due = due_list({"9901": _line()}, seen, AS_OF, RULES)
    assert stakes_inspected(stakes, seen, due, as_of=AS_OF) == {"9901": (2, 4)}
    planned = _book(*(entry.said for entry in seen.entries), Plan("9901", 2026, 6, "A", "B"))
    due = due_list({"9901": _line()}, planned, AS_OF, RULES)
    assert stakes_inspected(stakes, planned, due, as_of=AS_OF) == {"9901": (1, 4)}


def test_patrols_by_the_newest_of_each_place() -> None:
    line = [
        Patrol("9901", "", dt.date(2026, 1, 1), "护桩岗", 90, done=False),
        Patrol("9901", "", dt.date(2026, 4, 1), "护桩岗", 90),
    ]
    stake = Patrol("9901", "9901003Q", dt.date(2026, 6, 1), "护桩岗", 60)
    # 1 April + 90 days = 30 June; 1 June + 60 days = 31 July.
    assert [(one.last.stake_no, one.due.isoformat(), one.days) for one in patrols_due(_book(*line, stake), AS_OF)] == [
        ("", "2026-06-30", 0),
        ("9901003Q", "2026-07-31", 31),
    ]


def test_k17_and_k18_on_the_demo_find_what_was_planted_and_nothing_else(root: Path) -> None:
    lines = lines_of(read_layer(root / "data/demo/layers/lines.parquet", "lines"))
    stakes = stakes_of(read_layer(root / "data/demo/layers/stakes.parquet", "stakes"), RULES)
    found = [one for one in run(Study(lines, stakes, AS_OF), RULES).findings if one.check in ("K17", "K18")]
    assert [(one.check, one.line_code, one.stake_no, one.value) for one in found if one.severity != "info"] == [
        ("K17", "9901", "9901003Q", None),
        ("K17", "9901", "9901007Q", None),
        ("K17", "9901", "9901016Q", None),
        ("K18", "9906", "", 253.0),  # 2025-10-20 to 2026-06-30: 11 + 30 + 31 + 31 + 28 + 31 + 30 + 31 + 30
        ("K18", "9909", "", 43.0),  # 2026-05-18 to 2026-06-30: 13 + 30
    ]
