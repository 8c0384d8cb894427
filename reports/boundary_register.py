"""Registers of lines and stakes as one workbook: findings, stakes, history, due inspections; without coordinates."""

import datetime as dt
import io
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from xlsxwriter.worksheet import Worksheet

from demarcation.book import EVENTS, STEPS, Entry, Found, Patrol, Plan, Step
from demarcation.check import Checked
from demarcation.inspection import Due
from demarcation.model import Inspection
from geo.workbook import cell_text, open_book
from geo.write import disarmed
from layers.secrecy import STAMP
from reports.boundary_files import stake_states, worst
from reports.boundary_form import boundary_words

__all__ = ["register_xlsx"]

_Cell = str | float | int | None
_A4, _HEAD_ROW, _MOST_WIDTH, _LEAST_WIDTH = 9, 2, 60, 9


def register_xlsx(
    checked: Checked, history: Sequence[Entry], due: Sequence[Due], lang: str, *, notice: str = ""
) -> bytes:
    """The workbook.

    Parameters
    ----------
    checked
        What the checks found.
    history
        Entries of the records, all that are to be shown.
    due
        Of :func:`demarcation.inspection.due_list`.
    lang
        ``zh`` or ``en``.
    notice
        Under the title of each sheet: that data are made up, or who they are from.

    Returns
    -------
    bytes
        Of an ``.xlsx``; the stamp stands on each sheet and each printed page.
    """
    words = boundary_words(lang)
    buffer = io.BytesIO()
    with open_book(buffer) as book:
        bold = book.add_format({"bold": True, "bg_color": "#E8EEF0", "border": 1, "text_wrap": True, "valign": "top"})
        plain = book.add_format({"num_format": "@", "text_wrap": True, "valign": "top", "border": 1})
        number = book.add_format({"valign": "top", "border": 1})
        ink = book.add_format({"font_color": "#9A3412"})
        for name, head, rows in (
            ("sheet_findings", *_findings(checked, words, lang)),
            ("sheet_stakes", *_stakes(checked, words)),
            ("sheet_history", *_history(history, words, lang)),
            ("sheet_due", *_due(due, words)),
        ):
            page = book.add_worksheet(words[name])
            _paper(page, words)
            page.write_string(0, 0, f"{words[name]}  {STAMP}  {words['for_checking']}", ink)
            page.write_string(1, 0, cell_text(notice), ink)
            for column, title in enumerate(head):
                longest = max((len(str(row[column])) for row in rows), default=0)
                page.set_column(column, column, min(max(2 * longest, 2 * len(title), _LEAST_WIDTH), _MOST_WIDTH))
                page.write_string(_HEAD_ROW, column, title, bold)
                for line, row in enumerate(rows, start=_HEAD_ROW + 1):
                    value = row[column]
                    if isinstance(value, str):
                        page.write_string(line, column, disarmed(cell_text(value)), plain)
                    elif value is None:
                        page.write_blank(line, column, None, plain)
                    else:
                        page.write_number(line, column, value, number)
    return buffer.getvalue()


def _paper(page: Worksheet, words: Mapping[str, Any]) -> None:
    page.set_landscape()
    page.set_paper(_A4)
    page.fit_to_pages(1, 0)
    page.freeze_panes(_HEAD_ROW + 1, 0)
    page.repeat_rows(0, _HEAD_ROW)
    page.set_footer(f"&L{STAMP}  {words['for_checking']}&R&P / &N")


_Table = tuple[list[str], list[list[_Cell]]]


def _findings(checked: Checked, words: Mapping[str, Any], lang: str) -> _Table:
    head = [words[name] for name in ("check", "severity", "line_code", "stake_no", "value", "limit", "unit", "message",
                                     "hint")]  # fmt: skip
    rows: list[list[_Cell]] = []
    for one in checked.findings:
        message, hint = one.sentence(lang)
        rows.append([one.check, words[one.severity], one.line_code, one.stake_no, one.value, one.limit, one.unit,
                     message, hint])  # fmt: skip
    return head, rows


def _stakes(checked: Checked, words: Mapping[str, Any]) -> _Table:
    head = [words[name] for name in ("line_code", "stake_no", "kind", "state", "managed_by", "survey_method", "epoch",
                                     "chainage", "offset", "worst", "checks")]  # fmt: skip
    told = defaultdict(list)
    for one in checked.findings:
        told[one.line_code, one.stake_no].append(one)
    rows: list[list[_Cell]] = []
    states = stake_states(checked)
    for stake, place in zip(checked.bench.study.stakes, checked.bench.places, strict=True):
        found = told[stake.line_code, stake.number]
        severity = worst(found)
        rows.append([
            stake.line_code, stake.number, words["kinds"].get(stake.kind, stake.kind),
            states[stake.line_code, stake.number], stake.managed_by, stake.survey_method, _day(stake.epoch),
            None if place is None else round(place.chainage_m, 1), None if place is None else
            round(abs(place.offset_m), 2), "" if severity is None else words[severity],
            words["comma"].join(dict.fromkeys(one.check for one in found)),
        ])  # fmt: skip
    return head, rows


def _history(history: Sequence[Entry], words: Mapping[str, Any], lang: str) -> _Table:
    head = [words[name] for name in ("entry", "entered", "who", "what", "line_code", "stake_no", "day", "side",
                                     "content", "corrects")]  # fmt: skip
    rows: list[list[_Cell]] = []
    for entry in history:
        said = entry.said
        rows.append([
            entry.number, entry.when.isoformat(timespec="minutes"), entry.who, words["entry_kinds"][entry.kind],
            getattr(said, "line_code", ""), getattr(said, "stake_no", ""), _day(getattr(said, "day", None)),
            getattr(said, "unit", ""), _content(entry, words, lang), entry.corrects,
        ])  # fmt: skip
    return head, rows


def _content(entry: Entry, words: Mapping[str, Any], lang: str) -> str:
    """What an entry says beside where, when and by which side."""
    said, parts = entry.said, list[str]()
    if isinstance(said, Inspection):
        round_ = "" if said.round is None else f"{words['rounds']} {said.round}"
        km = "" if said.km_done is None else f"{said.km_done:g} km"
        missing = words["comma"].join(said.marks_missing)
        parts = [said.state, round_, km, f"{words['marks_missing']} {missing}" if missing else ""]
    elif isinstance(said, Found):
        parts = [EVENTS[said.kind] if lang != "en" else words["events"][said.kind]]
    elif isinstance(said, Step):
        parts = [f"#{said.event}", STEPS[said.kind] if lang != "en" else said.kind]
    elif isinstance(said, Patrol):
        parts = [f"{said.interval_days} d"]  # Who keeps a stake stays inside, as the column of the table does.
    elif isinstance(said, Plan):
        parts = [str(said.year), f"{words['rounds']} {said.round}", f"{said.lead_unit} / {said.other_unit}"]
    return "; ".join(part for part in (*parts, said.note) if part)


def _due(due: Sequence[Due], words: Mapping[str, Any]) -> _Table:
    head = [words[name] for name in ("line_code", "line", "lead", "partner", "length", "last_inspection", "due_day",
                                     "days_left", "due_state")]  # fmt: skip
    rows: list[list[_Cell]] = [
        [one.line_code, one.name, one.lead_unit, one.other_unit, round(one.length_m / 1000, 3), _day(one.last),
         _day(one.due), one.days, words[f"due_{one.status}"]]
        for one in due
    ]  # fmt: skip
    return head, rows


def _day(day: dt.date | None) -> str:
    return "" if day is None else day.isoformat()
