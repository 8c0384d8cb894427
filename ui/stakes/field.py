"""外业资料包: forms of the chosen lines, and in which order to visit their stakes along the roads."""

import functools

import streamlit as st

from demarcation.field_route import FieldRoute, field_route
from geo.errors import QuarterhourError
from reports.field_package import route_table, write_field_package
from ui import i18n, messages
from ui.i18n import Say
from ui.shelves import Study
from ui.stakes import files
from ui.stakes.scope import Scope
from ui.stakes.sheets import Sheet

__all__ = ["show"]

_HEIGHT = 260
_HOURS = 7.0
_KEY = "field_route"


def show(sheet: Sheet, shared: Study, scope: Scope, say: Say, lang: str) -> None:
    """The lines to visit, the order, the forms."""
    names = {code: line.name for code, line in sheet.checked.bench.study.lines.items()}
    due = [one for one in sheet.due if one.line_code in scope]
    codes = [one.line_code for one in due]
    late = [one.line_code for one in due if one.status in {"overdue", "extra"}]
    left, right = st.columns([4, 1.6], vertical_alignment="bottom")
    chosen = left.multiselect(
        say("stakes.field_lines"), codes, default=late or codes[:1], key=f"field_lines_{scope.line_code}",
        format_func=lambda code: f"{code} {names[code]}".strip(),
    )  # fmt: skip
    hours = right.number_input(
        say("stakes.field_hours"), min_value=1.0, max_value=24.0, value=_HOURS, step=0.5, key="field_hours"
    )
    if not chosen:
        return
    route = _route(sheet, shared, tuple(sorted(chosen)), float(hours), say, lang)
    with_gpx = st.checkbox(say("stakes.field_gpx"), key="field_gpx", help=say("stakes.field_gpx_help"))
    write = functools.partial(
        write_field_package, study=sheet.checked.bench.study, codes=tuple(chosen), route=route, lang=lang,
        names=sheet.unit_names, notice=sheet.notice(lang), with_gpx=with_gpx,
    )  # fmt: skip
    file = (f"boundary-field-{sheet.as_of.isoformat()}.zip", "application/zip")
    files.give(st.container(), "package", shared, sheet, file, say, lambda: files.zipped(write))
    st.caption(say("stakes.files_note"))


def _route(sheet: Sheet, shared: Study, codes: tuple[str, ...], hours: float, say: Say, lang: str) -> FieldRoute | None:
    """The order of visits, when it was asked for; kept for the session while the question is the same."""
    st.caption(say("stakes.field_note" if shared.network is not None else "stakes.field_no_roads"))
    if shared.network is None:
        return None
    asked = (sheet.key, codes, hours)
    if st.button(say("stakes.field_make"), key="field_make"):
        stakes = [one for one in sheet.checked.bench.study.stakes if one.line_code in codes]
        try:
            with st.spinner(say("stakes.field_making"), show_time=True):
                st.session_state[_KEY] = (asked, field_route(shared.network, stakes, hours_per_day=hours))
        except QuarterhourError as error:
            messages.show(error, lang)
    kept = st.session_state.get(_KEY)
    if kept is None or kept[0] != asked:
        return None
    route: FieldRoute = kept[1]
    st.markdown(
        say("stakes.field_summary", stakes=len(route.stops), days=route.days, lost=len(route.unreached),
            minutes=i18n.count(route.travel_minutes), km=i18n.decimal(route.road_km),
            proven=say("stakes.field_proven" if route.proven else "stakes.field_not_proven"))
    )  # fmt: skip
    table = route_table(route)
    st.dataframe(
        table.rename(columns={name: say(f"stakes.route_{name}") for name in table.columns}),
        hide_index=True,
        height=_HEIGHT,
        key="field_table",
    )
    return route
