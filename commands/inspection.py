"""``inspection``: what is due, what was seen and done at lines and stakes, and the package for the field."""

import dataclasses
import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from commands import inspection_papers
from commands.options import AsOf, Json, day_of, parts_of
from commands.terminal import print_figures, warn
from demarcation import entering
from demarcation.book import EVENT_STATES, EVENTS, Entry, Event, Found, Patrol, Plan, Step, Withdrawn
from demarcation.inspection import due_list, patrols_due, progress
from demarcation.model import Inspection, Line, Stake
from demarcation.read import inspections_of, lines_of, stakes_of
from demarcation.records import Records
from demarcation.rules import Rules, load_rules
from geo.errors import RequestError
from geo.sniff import local_file
from layers.read import read_layer
from layers.workspace import Workspace, open_workspace

__all__ = ["inspection"]

inspection = typer.Typer(no_args_is_help=True, help="Joint inspections (联检), events and patrols of a workspace.")
event = typer.Typer(no_args_is_help=True, help="Events between inspections, from found to confirmed by both sides.")
patrol = typer.Typer(no_args_is_help=True, help="Patrols (巡查) between inspections.")
plan = typer.Typer(no_args_is_help=True, help="Rounds and plans of a year.")
inspection_papers.register(inspection)
inspection.add_typer(event, name="event")
inspection.add_typer(patrol, name="patrol")
inspection.add_typer(plan, name="plan")

Folder = Annotated[Path, typer.Option("--workspace", help="Folder of the workspace.")]
LineCode = Annotated[str, typer.Option("--line", help="Code of the line.")]
StakeNo = Annotated[str, typer.Option("--stake", help="Number of the stake in full (default: the line as a whole).")]
Unit = Annotated[str, typer.Option("--unit", help="Code of the side that reports.")]
Day = Annotated[str | None, typer.Option("--day", help="When (default: today).")]
Note = Annotated[str, typer.Option("--note", help="In words; no names of persons.")]
Who = Annotated[str, typer.Option("--who", help="Post that enters it (default: the account).")]
Photos = Annotated[list[Path] | None, typer.Option("--photo", help="JPEG or PNG; may be given several times.")]


class _Opened:
    """A workspace with its lines, stakes and records."""

    def __init__(self, folder: Path) -> None:
        self.workspace: Workspace = open_workspace(folder)
        self.records = Records.open(folder)
        self.rules: Rules = load_rules()
        lines, stakes = self.workspace.read("lines"), self.workspace.read("stakes")
        if lines is None or stakes is None:
            raise RequestError("inspection_needs_layers")
        self.lines: dict[str, Line] = lines_of(lines)
        self.stakes: tuple[Stake, ...] = stakes_of(stakes, self.rules)

    def log(self) -> tuple[Inspection, ...]:
        """Inspections of the workspace's own table."""
        layer = self.workspace.read("inspections")
        return () if layer is None else inspections_of(layer)

    def line(self, code: str) -> Line:
        """A line that there is."""
        entering.check_known([Inspection(code, "", dt.date.min)], self.lines, self.stakes)
        return self.lines[code]

    def day(self, text: str | None) -> dt.date:
        """The day of an option, else that of the workspace."""
        return day_of(text) if text else self.workspace.as_of


def _records(folder: Path) -> Records:
    return Records.open(open_workspace(folder).path)


@inspection.command()
def due(workspace: Folder, as_of: AsOf = None, as_json: Json = False) -> None:
    """Which line is to be inspected when, the most urgent first (default: on the day of the workspace)."""
    opened = _Opened(workspace)
    day = opened.day(as_of)
    rows = [
        {
            "line_code": one.line_code, "name": one.name, "status": one.status, "last": _iso(one.last),
            "due": _iso(one.due), "days": one.days, "lead_unit": one.lead_unit, "other_unit": one.other_unit,
            "length_km": round(one.length_m / 1000, 3), "round": one.round,
            "asked_by": [{"day": _iso(asked.day), "event": asked.word, "number": asked.number} for asked in one.asked],
        }
        for one in due_list(opened.lines, opened.records.read(), day, opened.rules, opened.log())
    ]  # fmt: skip
    _rows(
        rows, {"as_of": day.isoformat()}, ("line_code", "status", "due", "days", "lead_unit", "name"), as_json=as_json
    )


@inspection.command()
def enter(
    workspace: Folder,
    file: Annotated[
        Path | None, typer.Option("--file", help="Table of results: all of its rows are entered, or none.")
    ] = None,
    line: LineCode = "",
    stake: StakeNo = "",
    unit: Unit = "",
    day: Day = None,
    round_: Annotated[int | None, typer.Option("--round", help="轮次.")] = None,
    state: Annotated[str, typer.Option("--state", help="Of the stake: 完好, 损坏, 移动, 缺失 …")] = "",
    seen: Annotated[str, typer.Option("--marks-seen", help="Reference marks that are there, comma between.")] = "",
    missing: Annotated[str, typer.Option("--marks-missing", help="Those that are not.")] = "",
    km: Annotated[float | None, typer.Option("--km", help="Of the line (default: the whole line).")] = None,
    note: Note = "",
    photo: Photos = None,
    corrects: Annotated[
        int | None, typer.Option("--corrects", help="Number of the entry in whose place it stands.")
    ] = None,
    who: Who = "",
    as_json: Json = False,
) -> None:
    """Enter what a side saw; without --unit what both saw together."""
    opened = _Opened(workspace)
    if (file is None) == (not line):
        raise RequestError("enter_file_or_line")
    if file is not None:
        layer = read_layer(file, "inspections")
        warn(layer)
        if layer.quality.rows_read != layer.quality.rows_kept:
            raise RequestError(
                "enter_refused_rows", file=file.name, count=layer.quality.rows_read - layer.quality.rows_kept
            )
        entries = list(inspections_of(layer))
    else:
        entries = [Inspection(line, stake, day_of(day), round_, unit, state, tuple(parts_of(seen)),
                              tuple(parts_of(missing)), note, km)]  # fmt: skip
    entering.check_known(entries, opened.lines, opened.stakes)
    if photo and file is None:
        kept = tuple(opened.records.add_photo(one.name, local_file(one).read_bytes()) for one in photo)
        entries = [dataclasses.replace(entries[0], photos=kept)]
    if corrects is not None:
        _told([opened.records.correct(corrects, entries[0], who=who)], as_json=as_json)
    else:
        _told(opened.records.add_inspection(*entries, who=who), as_json=as_json)


@inspection.command()
def withdraw(
    workspace: Folder,
    number: Annotated[int, typer.Argument(help="Of the entry.")],
    note: Note = "",
    who: Who = "",
    as_json: Json = False,
) -> None:
    """Let an entry stand no more; it stays in the history."""
    _told([_records(workspace).correct(number, Withdrawn(note), who=who)], as_json=as_json)


@inspection.command()
def history(workspace: Folder, line: LineCode, stake: StakeNo = "", as_json: Json = False) -> None:
    """All that was entered about a stake, or about a line as a whole."""
    book = _records(workspace).read()
    rows = [{**_entry(entry), "stands": book.stands(entry)} for entry in book.history(stake, line)]
    _rows(rows, {"line_code": line, "stake_no": stake}, ("number", "kind", "when", "who", "said"), as_json=as_json)


# ---- events ---------------------------------------------------------------------------------------------------------


@event.command("add")
def event_add(
    workspace: Folder,
    line: LineCode,
    kind: Annotated[str, typer.Option("--kind", help=", ".join(f"{word} ({key})" for key, word in EVENTS.items()))],
    unit: Unit,
    stake: StakeNo = "",
    day: Day = None,
    note: Note = "",
    photo: Photos = None,
    who: Who = "",
    as_json: Json = False,
) -> None:
    """Enter that something was found."""
    opened = _Opened(workspace)
    about = opened.line(line)
    found = Found(
        entering.event_kind(kind), line, stake, day_of(day), unit, entering.sides_of(about),
        entering.managing_side(opened.stakes, about, stake), note,
    )  # fmt: skip
    entering.check_known([found], opened.lines, opened.stakes)
    kept = tuple(opened.records.add_photo(one.name, local_file(one).read_bytes()) for one in photo or ())
    _told([opened.records.add_event(dataclasses.replace(found, photos=kept), who=who)], as_json=as_json)


@event.command("advance")
def event_advance(
    workspace: Folder,
    number: Annotated[int, typer.Argument(help="Of the event.")],
    step: Annotated[str, typer.Option("--step", help="已函告 (told), 已修复 (repaired), 已确认 (confirmed).")],
    unit: Unit,
    day: Day = None,
    note: Note = "",
    who: Who = "",
    as_json: Json = False,
) -> None:
    """Enter what was done about it."""
    done = Step(number, entering.step_kind(step), day_of(day), unit, note)
    _told([_records(workspace).advance_event(done, who=who)], as_json=as_json)


@event.command("list")
def event_list(
    workspace: Folder,
    everything: Annotated[bool, typer.Option("--all", help="Closed ones too.")] = False,
    as_json: Json = False,
) -> None:
    """Open events, and what comes next."""
    book = _records(workspace).read()
    rows = [_event(one) for one in (book.events if everything else book.open_events)]
    _rows(rows, {}, ("number", "event", "line_code", "stake_no", "day", "state", "next"), as_json=as_json)


def _event(one: Event) -> dict[str, Any]:
    found = one.found
    return {
        "number": one.number, "kind": found.kind, "event": EVENTS[found.kind], "line_code": found.line_code,
        "stake_no": found.stake_no, "day": _iso(found.day), "unit": found.unit, "managed_by": found.managed_by,
        "state": EVENT_STATES[one.state], "confirmed_by": list(one.confirmed_by), "next": list(one.next_steps),
    }  # fmt: skip


# ---- patrols and plans ----------------------------------------------------------------------------------------------


@patrol.command("add")
def patrol_add(
    workspace: Folder,
    line: LineCode,
    keeper: Annotated[str, typer.Option("--keeper", help="管护: a unit or a post, no name of a person.")],
    days: Annotated[int, typer.Option("--days", help="The next one is due so many days later.")],
    stake: StakeNo = "",
    day: Day = None,
    only_plan: Annotated[bool, typer.Option("--plan", help="Nothing was walked: set the interval alone.")] = False,
    note: Note = "",
    who: Who = "",
    as_json: Json = False,
) -> None:
    """Enter a patrol and when the next one is due."""
    opened = _Opened(workspace)
    walked = day_of(day)
    entering.check_known([Inspection(line, stake, walked)], opened.lines, opened.stakes)
    done = Patrol(line, stake, walked, keeper, days, done=not only_plan, note=note)
    _told(opened.records.add_patrol(done, who=who), as_json=as_json)


@patrol.command("list")
def patrol_list(workspace: Folder, as_of: AsOf = None, as_json: Json = False) -> None:
    """The next patrols, the most urgent first."""
    day = day_of(as_of) if as_of else open_workspace(workspace).as_of
    rows = [
        {"line_code": one.last.line_code, "stake_no": one.last.stake_no, "keeper": one.last.keeper,
         "last": _iso(one.last.day) if one.last.done else None, "due": _iso(one.due), "days": one.days}
        for one in patrols_due(_records(workspace).read(), day)
    ]  # fmt: skip
    _rows(rows, {"as_of": day.isoformat()}, ("line_code", "stake_no", "due", "days", "keeper"), as_json=as_json)


@plan.command("add")
def plan_add(
    workspace: Folder,
    year: Annotated[int, typer.Option("--year")],
    round_: Annotated[int, typer.Option("--round", help="轮次.")],
    lines: Annotated[str, typer.Option("--line", help="Codes, comma between.")],
    lead: Annotated[str, typer.Option("--lead", help="牵头方 (default: of the table of lines).")] = "",
    note: Note = "",
    who: Who = "",
    as_json: Json = False,
) -> None:
    """Enter lines into the plan of a year."""
    opened = _Opened(workspace)
    plans = []
    for code in parts_of(lines):
        line = opened.line(code)
        sides = entering.sides_of(line)
        leads = lead or line.lead_unit or sides[0]
        entering.check_known([Inspection(code, "", dt.date.min, unit=leads)], opened.lines, opened.stakes)
        plans.append(Plan(code, year, round_, leads, sides[0] if leads == sides[1] else sides[1], note))
    _told(opened.records.add_plan(*plans, who=who), as_json=as_json)


@plan.command("list")
def plan_list(workspace: Folder, as_of: AsOf = None, as_json: Json = False) -> None:
    """Kilometres done against due, by year and round."""
    opened = _Opened(workspace)
    day = opened.day(as_of)
    rows = [
        {"year": one.year, "round": one.round, "lines": one.lines, "lines_done": one.lines_done,
         "due_km": round(one.due_m / 1000, 3), "done_km": round(one.done_m / 1000, 3), "unknown": list(one.unknown)}
        for one in progress(opened.lines, opened.records.read(), day, opened.log())
    ]  # fmt: skip
    _rows(
        rows, {"as_of": day.isoformat()}, ("year", "round", "lines_done", "lines", "done_km", "due_km"), as_json=as_json
    )


# ---- what is said ---------------------------------------------------------------------------------------------------


def _iso(day: dt.date | None) -> str | None:
    return None if day is None else day.isoformat()


def _entry(entry: Entry) -> dict[str, Any]:
    said = {name: value for name, value in dataclasses.asdict(entry.said).items() if value not in ("", None, (), [])}
    return {
        "number": entry.number, "kind": entry.kind, "when": entry.when.isoformat(), "who": entry.who,
        "corrects": entry.corrects, "said": {name: _plain(value) for name, value in said.items()},
    }  # fmt: skip


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, dt.date) else value


def _told(entries: Sequence[Entry], *, as_json: bool) -> None:
    numbers = [entry.number for entry in entries]
    figures = {"entered": len(numbers), "numbers": numbers}
    print_figures(figures if as_json else {"entered": ", ".join(map(str, numbers))}, as_json=as_json)


def _rows(rows: list[dict[str, Any]], head: dict[str, Any], shown: tuple[str, ...], *, as_json: bool) -> None:
    """One JSON object, or a line for each row."""
    if as_json:
        print_figures({**head, "rows": rows}, as_json=True)
        return
    for row in rows:
        typer.echo("\t".join(_cell(row[name]) for name in shown))


def _cell(value: object) -> str:
    if isinstance(value, dict):
        text = "; ".join(f"{name}: {_cell(one)}" for name, one in value.items())
    elif isinstance(value, (list, tuple)):
        text = ", ".join(_cell(one) for one in value)
    else:
        text = "" if value is None else str(value)
    return "".join(letter if letter.isprintable() else "�" for letter in text)
