"""Results of an inspection, typed in for both sides at once, and the history that they become part of."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from demarcation.book import Entry, Found, Step, Withdrawn
from demarcation.inspection import next_due
from demarcation.model import Inspection, Line, Photo, Stake
from geo.errors import QuarterhourError
from ui import messages
from ui.i18n import Say
from ui.shelves import Study
from ui.stakes import sheets
from ui.stakes.sheets import Sheet

__all__ = ["form", "history", "sides"]

_PHOTOS = ("jpg", "jpeg", "png")
_HISTORY_HEIGHT = 220


def form(sheet: Sheet, stake: Stake, shared: Study, say: Say, lang: str) -> None:
    """A form for both sides of a stake's line; saved in one transaction."""
    line = sheet.checked.bench.study.lines.get(stake.line_code)
    if line is None or not (line.unit_a and line.unit_b):
        return
    rules = sheet.checked.rules
    with st.expander(say("stakes.enter")), st.form(f"enter-{sheet.key}-{stake.row}", border=False):
        left, middle, right = st.columns([2, 1.4, 2.6])
        day = left.date_input(say("stakes.enter_day"), sheet.as_of, key="enter_day")
        number = middle.number_input(
            say("stakes.enter_round"), min_value=1, max_value=99, value=_round(sheet, line), key="enter_round"
        )
        who = right.text_input(say("stakes.who"), help=say("stakes.who_help"), max_chars=100, key="enter_who")
        told_by = [
            _side(column, side, unit, (sheet, stake), say)
            for column, (side, unit) in zip(st.columns(2), sides(line), strict=True)
        ]
        whole = st.checkbox(say("stakes.enter_line"), key="enter_line")
        if not st.form_submit_button(say("stakes.enter_save"), type="primary", width="stretch"):
            return
    about = {"day": day, "round": None if number is None else int(number)}
    try:
        _save(shared, line, stake, [about | side for side in told_by], who=who, whole=whole)
    except QuarterhourError as error:
        messages.show(error, lang)
        return
    first, second = (side["state"] for side in told_by)
    told = say("stakes.entered", stake=stake.number, day=day.isoformat(), first=first, second=second)
    if whole:
        due = next_due(day, rules.K18.years)
        told += say("stakes.entered_line", line=line.code, round=number or "–", due=due.isoformat())
    st.session_state["stakes_told"] = told
    st.rerun()


def sides(line: Line) -> list[tuple[str, str]]:
    """``lead`` and ``other`` with the codes of their units, 牵头方 first."""
    first = line.lead_unit if line.lead_unit in {line.unit_a, line.unit_b} else line.unit_a
    other = line.unit_b if first == line.unit_a else line.unit_a
    return [("lead", first), ("other", other)]


def _round(sheet: Sheet, line: Line) -> int | None:
    """The round of the plan, else the newest that was entered of the line."""
    planned = next((one.round for one in sheet.due if one.line_code == line.code), None)
    entered = [one.round for one in sheet.book.inspections if one.line_code == line.code and one.round is not None]
    return planned if planned is not None else max(entered, default=None)


def _side(
    place: "st.delta_generator.DeltaGenerator", side: str, unit: str, about: tuple[Sheet, Stake], say: Say
) -> dict[str, Any]:
    """What one side says."""
    sheet, stake = about
    rules = sheet.checked.rules
    marks = [mark.name for mark in stake.marks if mark.name]
    with place:
        name = say("stakes.enter_side", unit=sheet.unit(unit), role=say(f"stakes.role_{side}"))
        st.markdown(f"**{messages.literal(name)}**")
        words = list(dict.fromkeys([*rules.K17.in_order[:1], *rules.K17.damaged]))
        state = st.selectbox(say("stakes.enter_state"), words, key=f"enter_state_{side}")
        seen = st.multiselect(say("stakes.enter_marks"), marks, default=marks, key=f"enter_marks_{side}")
        note = st.text_area(say("stakes.enter_note"), height=68, max_chars=500, key=f"enter_note_{side}")
        photo = st.file_uploader(
            say("stakes.enter_photo"), type=list(_PHOTOS), key=f"enter_photo_{side}",
            help=say("stakes.enter_photo_help"),
        )  # fmt: skip
    missing = tuple(name for name in marks if name not in seen)
    return {
        "unit": unit, "state": state, "marks_seen": tuple(seen), "marks_missing": missing, "note": note, "photo": photo,
    }  # fmt: skip


def _save(
    shared: Study, line: Line, stake: Stake, sides: list[dict[str, Any]], *, who: str, whole: bool
) -> tuple[Entry, ...]:
    """Enter what both sides say, all of it or nothing; errors as :meth:`demarcation.records.Records.add_inspection`."""
    records = sheets.records_of(shared)
    entries = []
    for side in sides:
        photo = side.pop("photo")
        kept: tuple[Photo, ...] = () if photo is None else (records.add_photo(photo.name, photo.getvalue()),)
        entries.append(Inspection(line.code, stake.number, **side, photos=kept))
    if whole:
        entries += [Inspection(line.code, "", side["day"], side["round"], side["unit"]) for side in sides]
    return records.add_inspection(*entries, who=who)


def history(sheet: Sheet, stake: Stake, shared: Study, say: Say, lang: str) -> None:
    """Everything that was entered about a stake, the newest first; an entry can be withdrawn, which is an entry too."""
    entries = sheet.book.history(stake.number, stake.line_code)
    st.caption(say("stakes.history", count=len(entries)) if entries else say("stakes.history_empty"))
    if not entries:
        return
    st.dataframe(
        pd.DataFrame([_row(sheet, entry, stands=sheet.book.stands(entry), say=say) for entry in reversed(entries)]),
        hide_index=True,
        height=min(_HISTORY_HEIGHT, 32 * (len(entries) + 1) + 6),
        row_height=32,
        column_config={
            name: st.column_config.TextColumn(say(f"stakes.history_{name}"))
            for name in ("day", "kind", "unit", "state", "note", "who", "when", "standing")
        },
        key="stakes_history",
    )
    _withdraw(sheet, [entry for entry in entries if sheet.book.stands(entry)], shared, say, lang)


def _row(sheet: Sheet, entry: Entry, *, stands: bool, say: Say) -> Mapping[str, str]:
    said = entry.said
    note = getattr(said, "note", "")
    if isinstance(said, Inspection) and said.marks_missing:
        note = f"{note} {say('stakes.marks_missing', names='、'.join(said.marks_missing))}".strip()
    photos = len(getattr(said, "photos", ()))
    return {
        "day": said.day.isoformat() if isinstance(said, (Inspection, Found, Step)) else "",
        "kind": say(f"stakes.entry_{entry.kind}"),
        "unit": sheet.unit(getattr(said, "unit", "")),
        "state": getattr(said, "state", ""),
        "note": f"{note} {say('stakes.photos', count=photos)}".strip() if photos else note,
        "who": entry.who,
        "when": entry.when.strftime("%Y-%m-%d %H:%M"),
        "standing": say("stakes.stands" if stands else "stakes.replaced"),
    }


def _withdraw(sheet: Sheet, standing: list[Entry], shared: Study, say: Say, lang: str) -> None:
    if not standing:
        return
    by_number = {entry.number: entry for entry in standing}
    with st.expander(say("stakes.withdraw")), st.form(f"withdraw-{sheet.key}", border=False):
        number = st.selectbox(
            say("stakes.withdraw_which"), list(by_number), key="withdraw_which",
            format_func=lambda one: " · ".join(
                text for text in list(_row(sheet, by_number[one], stands=True, say=say).values())[:4] if text
            ),
        )  # fmt: skip
        why = st.text_input(say("stakes.withdraw_why"), max_chars=200, key="withdraw_why")
        if not st.form_submit_button(say("stakes.withdraw_do")):
            return
    if not why.strip():
        st.warning(say("stakes.withdraw_why_missing"), icon="⚠️")
        return
    try:
        sheets.records_of(shared).correct(number, Withdrawn(why))
    except QuarterhourError as error:
        messages.show(error, lang)
        return
    st.session_state["stakes_told"] = say("stakes.withdrawn")
    st.rerun()
