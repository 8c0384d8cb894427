"""界线联检与界桩管理: what the checks found, every stake with its history, what is due, and what goes to the field."""

import datetime as dt
from collections.abc import Sequence

import shapely
import streamlit as st

from demarcation.check import Checked
from demarcation.finding import SEVERITIES
from geo import messages as sentences
from ui import drawn, frame, i18n, shelves, state
from ui import map as maps
from ui import rows as tables
from ui.i18n import Say
from ui.map import safe_text
from ui.shelves import Study
from ui.stakes import beside, card, chosen, due, entry, events, field, files, rows, sheets
from ui.stakes import drawn as marks
from ui.stakes.chosen import Chosen
from ui.stakes.scope import Scope, rounds, scope_of
from ui.stakes.sheets import Sheet

__all__ = ["URL", "show"]

URL = "boundary"
_TABLE_HEIGHT = 216
_STAKES_HEIGHT = 420
_ROW_HEIGHT = 30
#: Degrees around what is chosen, when the map flies there.
_AROUND = 0.002
_FINDINGS, _STAKES = "stakes_findings", "stakes_table"
_TABS = ("stakes", "due", "events", "field", "files")


def show() -> None:
    """The page."""
    lang = state.language()
    say = i18n.sayer(lang)
    place = frame.header(say, say("page.stakes.title"))
    with st.spinner(say("app.opening"), show_time=True):
        shared = shelves.study()
    frame.workspace_line(place, shared, say, lang)
    if shared.lines is None or shared.stakes is None:
        st.info(say("stakes.empty"), icon="ℹ️")
        return
    severities, scope, as_of = _filters(shared, say, lang)
    with st.spinner(say("stakes.checking"), show_time=True):
        sheet = sheets.sheet_for(shared, as_of, beside.held())
    if sheet is None:
        return
    with st.container():  # always there: tabs and map below keep their place, and so their state
        told = st.session_state.pop("stakes_told", None)
        if told:
            st.success(told, icon="✅")
    frame.cards(rows.figures(sheet, scope, say))
    frame.basis(say("basis.title"), _basis(sheet.checked, say, lang), say("basis.more"))
    beside.box(say, lang)
    shown = rows.shown(sheet.checked, severities, scope)
    picked = chosen.chosen(sheet.checked)
    wide, narrow = st.columns([7, 4], gap="medium")
    with wide:
        with st.container():
            _findings(sheet.checked, shown, picked, say, lang)
        with st.container(key="stakes_map"):
            _map(shared, sheet, shown, picked, lang)
    with narrow:
        _card(sheet, shared, picked, say, lang)
    _below(sheet, shared, scope, lang)


def _filters(shared: Study, say: Say, lang: str) -> tuple[list[str], Scope, dt.date]:
    """Severities and line whose findings are shown, and the day on which everything is checked."""
    frame_of = None if shared.lines is None else shared.lines.frame.drop_duplicates("line_code")
    names = {} if frame_of is None else dict(zip(frame_of["line_code"], drawn.names(frame_of), strict=True))
    with st.container(key="controls", border=True):
        left, middle, third, right = st.columns([3, 3.4, 1.5, 1.7], vertical_alignment="bottom")
        severities = left.pills(
            say("stakes.severity"), list(SEVERITIES), selection_mode="multi",
            format_func=lambda one: f"{rows.MARKS[one]} {say(f'stakes.severity_{one}')}",
            key=state.keep("stakes-severity", lang, list(SEVERITIES[:2])),
        )  # fmt: skip
        codes = ["", *sorted(names)]
        line_code: str = middle.selectbox(
            say("stakes.line"), codes, key=state.keep("stakes-line", lang, "", among=codes),
            format_func=lambda code: f"{code} {names[code]}".strip() if code else say("stakes.all_lines"),
            on_change=lambda: _line_chosen(lang),
        )  # fmt: skip
        book = sheets.records_of(shared).read()
        numbers = [0, *rounds(book)]
        number: int = third.selectbox(
            say("stakes.round"), numbers, key=state.keep("stakes-round", lang, 0, among=numbers),
            format_func=lambda one: say("stakes.round_n", number=one) if one else say("stakes.all_rounds"),
        )  # fmt: skip
        as_of: dt.date = right.date_input(
            say("stakes.as_of"), key=state.keep("stakes-day", lang, shared.workspace.as_of),
            help=say("stakes.as_of_help"),
        )  # fmt: skip
    state.kept(**{"stakes-severity": severities, "stakes-line": line_code, "stakes-day": as_of, "stakes-round": number})
    return list(severities), scope_of(book, line_code, number or None), as_of


def _line_chosen(lang: str) -> None:
    """The map flies to the line, or home."""
    line_code = st.session_state[f"stakes-line-{lang}"]
    if line_code:
        chosen.choose(line_code=line_code, source="table")
    else:
        chosen.forget()


def _basis(checked: Checked, say: Say, lang: str) -> list[str]:
    study = checked.bench.study
    rules = checked.rules
    return [
        say("stakes.basis_first", date=study.as_of.isoformat(), lines=i18n.count(len(study.lines)),
            stakes=i18n.count(len(study.stakes))),
        say("stakes.basis_k1", warn=rules.K1.warn_mm, fail=rules.K1.fail_mm),
        say("stakes.basis_other", percent=rules.K8.warn_percent, years=rules.K18.years, near=f"{rules.K16.near_m:g}"),
        *(
            say("stakes.basis_not_run", check=say(f"stakes.check.{one}"),
                reason=safe_text(sentences.text(reason, lang)[0]))
            for one, reason in checked.not_run.items()
        ),
        say("stakes.basis_law"),
    ]  # fmt: skip


def _map(shared: Study, sheet: Sheet, shown: Sequence[int], picked: Chosen | None, lang: str) -> None:
    say, checked = i18n.sayer(lang), sheet.checked
    found = [checked.findings[position] for position in shown]
    below = maps.drawing(drawn.unit_layers(shared.townships, say))
    layers = maps.drawing(marks.layers(checked, found, say, lang)).above(below)
    view = maps.View(home=shelves.home(shared), note=say("stakes.legend_note"))
    where = None if picked is None else _where(checked, picked)
    if picked is not None and where is not None:
        point = shapely.point_on_surface(where)
        title, lines = _told(checked, picked, say, lang)
        west, south, east, north = shapely.buffer(where, _AROUND).bounds
        view = maps.View(
            home=view.home,
            mark=shapely.geometry.mapping(where),
            focus=None if picked.source == "map" else (west, south, east, north),
            answer={"lon": point.x, "lat": point.y, "title": title, "lines": lines},
            number=picked.number,
            note=view.note,
        )
    maps.show(
        layers,
        view,
        say,
        base=shared.base,
        badges={"what_if": "", "demo": frame.badge(shared, say, lang)},
        credit=say("map.credit", date=shared.workspace.as_of.isoformat()),
        on_click=lambda: _clicked(sheet.checked),
        on_switch=lambda: None,
    )


def _where(checked: Checked, picked: Chosen) -> shapely.Geometry | None:
    """What the map outlines: the stake, else where the finding points to, else the line."""
    study = checked.bench.study
    place = None if picked.stake is None else study.stakes[picked.stake].place
    if place is not None:
        return shapely.Point(place)
    finding = None if picked.finding is None else checked.findings[picked.finding]
    if finding is not None and finding.where is not None:
        return finding.where
    line = study.lines.get(picked.line_code if finding is None else finding.line_code)
    return None if line is None else line.shape


def _told(checked: Checked, picked: Chosen, say: Say, lang: str) -> tuple[str, list[str]]:
    """Title and lines of the balloon on the map."""
    if picked.finding is not None:
        one = checked.findings[picked.finding]
        title = f"{say(f'stakes.check.{one.check}')} · {safe_text(one.stake_no or one.line_code)}"
        return title, [safe_text(one.sentence(lang)[0])]
    if picked.stake is None:
        line = checked.bench.study.lines[picked.line_code]
        return safe_text(line.name or line.code), [say("map.line_code", code=safe_text(line.code))]
    stake = checked.bench.study.stakes[picked.stake]
    return say("map.stake_title", number=safe_text(stake.number)), [
        safe_text(checked.findings[n].sentence(lang)[0]) for n in rows.of_stake(checked, stake)
    ] or [say("stakes.nothing_found")]


def _clicked(checked: Checked) -> None:
    what = maps.clicked()
    if what is not None and what["layer"] == "stake" and what["id"].isdigit():
        chosen.choose(stakes_of=checked, stake=int(what["id"]), source="map")


def _findings(checked: Checked, shown: Sequence[int], picked: Chosen | None, say: Say, lang: str) -> None:
    """The list of findings, the worst first; a row opens the card."""
    if not shown:
        st.success(say("stakes.no_findings" if checked.findings else "stakes.all_well"), icon="✅")
        return
    table = rows.finding_table(checked, shown, say, lang)
    columns = {
        "severity": st.column_config.TextColumn(say("stakes.col_severity"), width=72),
        "stake": st.column_config.TextColumn(say("stakes.col_stake"), width=84),
        "check": st.column_config.TextColumn(say("stakes.col_check"), width=96),
        "message": st.column_config.TextColumn(say("stakes.col_message"), width=430),
    }
    finding = None if picked is None else picked.finding
    tables.select(_FINDINGS, next((n for n, one in enumerate(shown) if one == finding), None))
    st.dataframe(
        table[list(columns)],
        hide_index=True,
        height=min(_TABLE_HEIGHT, _ROW_HEIGHT * (len(table) + 1) + 6),
        row_height=_ROW_HEIGHT,
        column_config=columns,
        key=_FINDINGS,
        on_select=lambda: _finding_chosen(checked, shown),
        selection_mode="single-row",
    )
    st.caption(say("stakes.findings_note", count=i18n.count(len(shown)), all=i18n.count(len(checked.findings))))


def _finding_chosen(checked: Checked, shown: Sequence[int]) -> None:
    row = tables.picked(_FINDINGS)
    if row is None:
        chosen.forget()
        return
    one = checked.findings[shown[row]]
    stakes = checked.bench.study.stakes
    stake = next((n for n, it in enumerate(stakes) if (it.line_code, it.number) == (one.line_code, one.stake_no)), None)
    chosen.choose(stakes_of=checked, stake=stake, finding=shown[row], source="table")


def _card(sheet: Sheet, shared: Study, picked: Chosen | None, say: Say, lang: str) -> None:
    """The chosen stake with its record, its history and the form for both sides; else the chosen finding."""
    checked = sheet.checked
    if picked is None:
        frame.lines_box(say("stakes.card"), [say("stakes.card_empty")], key="answer_empty")
        return
    if picked.stake is None:
        title, _ = _told(checked, picked, say, lang)
        if picked.finding is None:
            found = [one for one in checked.findings if one.line_code == picked.line_code and not one.stake_no]
        else:
            found = [checked.findings[picked.finding]]
        frame.lines_box(title, card.finding_lines(found, say, lang) or [say("stakes.nothing_found")], key="answer")
        return
    stake = checked.bench.study.stakes[picked.stake]
    lines = card.stake_lines(sheet, picked.stake, say, lang)
    frame.lines_box(say("map.stake_title", number=safe_text(stake.number)), lines, key="answer")
    with st.container(key="stake_card"):
        entry.form(sheet, stake, shared, say, lang)
        entry.history(sheet, stake, shared, say, lang)


def _below(sheet: Sheet, shared: Study, scope: Scope, lang: str) -> None:
    say = i18n.sayer(lang)
    names = [say(f"stakes.tab_{one}") for one in _TABS]
    stakes_tab, due_tab, events_tab, field_tab, files_tab = st.tabs(names)
    with stakes_tab:
        _stakes(sheet, scope, say)
    with due_tab:
        due.show(sheet, shared, scope, say, lang)
    with events_tab:
        events.show(sheet, shared, scope, say, lang)
    with field_tab:
        field.show(sheet, shared, scope, say, lang)
    with files_tab:
        files.show(sheet, shared, scope.line_code, say, lang)


def _stakes(sheet: Sheet, scope: Scope, say: Say) -> None:
    """All stakes of the line; a row opens the card."""
    stakes = sheet.checked.bench.study.stakes
    positions = [n for n, stake in enumerate(stakes) if stake.line_code in scope]
    table = rows.stake_table(sheet, positions, say)
    columns = {
        name: st.column_config.TextColumn(say(f"stakes.col_{name}"))
        for name in ("stake", "line", "kind", "state", "found")
    }
    columns |= {
        "offset_m": st.column_config.NumberColumn(say("stakes.col_offset"), format="%.2f"),
        "chainage_m": st.column_config.NumberColumn(say("stakes.col_chainage"), format="%.1f"),
    }
    st.dataframe(
        table,
        hide_index=True,
        height=min(_STAKES_HEIGHT, _ROW_HEIGHT * (len(table) + 1) + 6),
        row_height=_ROW_HEIGHT,
        column_config=columns,
        placeholder="–",
        key=_STAKES,
        on_select=lambda: _stake_chosen(sheet.checked, positions),
        selection_mode="single-row",
    )


def _stake_chosen(checked: Checked, positions: Sequence[int]) -> None:
    row = tables.picked(_STAKES)
    if row is not None:
        chosen.choose(stakes_of=checked, stake=positions[row], source="table")
