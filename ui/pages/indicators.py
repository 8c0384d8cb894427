"""规划指标完成情况: each promise of a plan beside what the study shows, for the whole and for each unit."""

import datetime as dt
from collections.abc import Collection

import altair as alt
import streamlit as st

from coverage.plans.model import Indicator, Plan
from coverage.plans.scorecard import Score, Scorecard
from reports import scorecard_words as words
from ui import frame, i18n, messages, plan_downloads, plan_trend, plans, scorecards, shelves, state
from ui.i18n import Say
from ui.map import safe_text
from ui.pages import blind_spots
from ui.scorecards import Matrix
from ui.shelves import Study

__all__ = ["URL", "show"]

URL = "plan"
#: The slider goes so far beyond the last year of all plans.
_YEARS_AFTER = 10
_HEIGHT = 560
_ROW_HEIGHT = 32
_MAP_WIDTH = 260
_STATUS_WIDTH = {"zh": 98, "en": 124}
_KEY = "scorecard_table"
#: Columns of each view of the table, beside the number and the name of the indicator.
_VIEWS = {"whole": ("status", "value", "pace", "target", "baseline", "binding"), "units": ("status",)}
#: The plan that the page opens with: the one whose document gives its formulas.
_FIRST_PLAN = "chongming"


def show() -> None:
    """The page."""
    lang = state.language()
    say = i18n.sayer(lang)
    place = frame.header(say, say("page.plan.title"))
    with st.spinner(say("app.opening"), show_time=True):
        shared = shelves.study()
    frame.workspace_line(place, shared, say, lang)
    card, binding, only_problems = _asked(shared, say, lang)
    if card is None or shared.townships is None:
        st.info(say("plan.empty"), icon="ℹ️")
        return
    frame.cards(scorecards.five_figures(card, say))
    frame.basis(say("basis.title"), _basis(card, shared, say, lang), say("basis.more"))
    shown = scorecards.matrix(
        card, set(shared.townships.frame["unit_code"]), lang, binding=binding, only_problems=only_problems
    )
    if not shown.ids:
        st.info(say("plan.nothing_left"), icon="ℹ️")
        return
    wide, narrow = st.columns([7, 3], gap="medium")
    with wide:
        _table(shown, say, lang)
        st.caption(say("plan.legend"))
        plan_trend.box(card, shared, say, lang)
    with narrow:
        _detail(card, shown, shared, say, lang)
        chosen = st.session_state.get("plan_choice", ("",))[0]
        plan_downloads.buttons(card, chosen if chosen in shown.ids else "", shared, say, lang)


def _asked(shared: Study, say: Say, lang: str) -> tuple[Scorecard | None, str, bool]:
    """The form above the figures, and the scorecard that it asks for."""
    with st.container(key="controls", border=True):
        left, middle, right, last = st.columns([2.6, 3, 2.4, 1.5], vertical_alignment="bottom")
        known = plans.choices(shared.workspace.path)
        plan_id = left.selectbox(
            say("plan.plan"), list(known), format_func=lambda one: _plan_name(known[one], lang),
            help=say("plan.plan_help", folder=plans.FOLDER), key=state.keep("plan", lang, _FIRST_PLAN, among=known),
        )  # fmt: skip
        plan = known[plan_id]
        today = shared.workspace.as_of
        first, last_year = _years(known.values(), today)
        year = middle.slider(
            say("plan.year"),
            first,
            last_year,
            key=state.keep("plan_year", lang, today.year),
            help=say("plan.year_help"),
        )
        binding = right.pills(
            say("plan.binding"), ["约束性", "预期性"], format_func=lambda one: words.binding_word(one, lang),
            key=state.keep("plan_binding", lang, None),
        )  # fmt: skip
        problems = last.toggle(say("plan.only_problems"), key=state.keep("plan_problems", lang, at_first=False))
        planned = last.toggle(
            say("plan.include_planned"), key=state.keep("plan_planned", lang, at_first=False),
            help=say("plan.include_planned_help"),
        )  # fmt: skip
    state.kept(plan=plan_id, plan_year=year, plan_binding=binding, plan_problems=problems, plan_planned=planned)
    if shared.townships is None:
        return None, "", False
    # The workspace's own day in its year, else the end of the year.
    as_of = today if year == today.year else dt.date(year, 12, 31)
    with st.spinner(say("plan.scoring"), show_time=True):
        card = shelves.scorecard_for(shared, plan, as_of, include_planned=planned)
    return card, binding or "", problems


def _years(known: Collection[Plan], today: dt.date) -> tuple[int, int]:
    """First and last year of the slider, the same for each plan: with other ends it would forget the chosen year."""
    first = min(today.year, *(plan.first_year for plan in known))
    return first, max(today.year, *(plan.last_year for plan in known)) + _YEARS_AFTER


def _plan_name(plan: Plan, lang: str) -> str:
    years = f"{plan.first_year}–{plan.last_year}" if plan.first_year < plan.last_year else f"{plan.last_year}"
    return f"{plan.place if lang == 'zh' else plan.place_en} {years}"


def _basis(card: Scorecard, shared: Study, say: Say, lang: str) -> list[str]:
    plan = card.plan
    name = shared.workspace.name if lang == "zh" else shared.workspace.name_en
    return [
        say("plan.basis_first", date=card.as_of.isoformat(), name=safe_text(name),
            plan=safe_text(plan.place if lang == "zh" else plan.place_en)),
        say("plan.basis_document", document=safe_text(plan.document if lang == "zh" else plan.document_en)),
        say("plan.basis_rules"),
        *([say("plan.basis_fragment")] if plan.fragment else []),
        *(safe_text(one.sentence(lang)) for one in card.findings),
    ]  # fmt: skip


def _table(shown: Matrix, say: Say, lang: str) -> None:
    view = st.segmented_control(
        say("plan.view"), list(_VIEWS), format_func=lambda one: say(f"plan.view_{one}"), default="whole",
        required=True, key="plan_view", label_visibility="collapsed",
    )  # fmt: skip
    columns = {
        "id": st.column_config.TextColumn(say("plan.column_id"), width=46),
        "name": st.column_config.TextColumn(say("plan.column_name"), width=200, pinned=True),
        **{name: st.column_config.TextColumn(say(f"plan.column_{name}"), width=98) for name in _VIEWS[view]},
        "status": st.column_config.TextColumn(say("plan.column_status"), width=_STATUS_WIDTH[lang]),
    }
    if view == "units":
        columns |= {
            code: st.column_config.TextColumn(name or say("plan.no_unit"), width=72)
            for code, name in sorted(shown.names.items())
        }
    st.dataframe(
        scorecards.styled(shown),
        hide_index=True,
        height=min(_HEIGHT, _ROW_HEIGHT * (len(shown.ids) + 1) + 4),
        row_height=_ROW_HEIGHT,
        column_config=columns,
        column_order=list(columns),
        key=f"{_KEY}_{lang}_{view}",
        on_select=lambda: _chosen(shown, f"{_KEY}_{lang}_{view}"),
        selection_mode="single-cell",
    )


def _chosen(shown: Matrix, key: str) -> None:
    """Remember the indicator and the unit of the cell that was clicked."""
    cells = st.session_state[key]["selection"]["cells"]
    if cells:
        row, column = cells[0]
        st.session_state["plan_choice"] = (shown.ids[row], column if column in shown.names else None)


def _detail(card: Scorecard, shown: Matrix, shared: Study, say: Say, lang: str) -> None:
    """What stands behind the chosen cell, at first behind the first indicator."""
    chosen, unit = st.session_state.get("plan_choice", (shown.ids[0], None))
    chosen = chosen if chosen in shown.ids else shown.ids[0]
    found = card.of(chosen)
    whole = scorecards.of_cell(found, None)
    own = {one.unit_code: one for one in found if not one.whole}
    score = scorecards.of_cell(found, unit)
    place = score.unit_name or say("plan.no_unit")
    title = f"{chosen} {score.name if lang == 'zh' else score.name_en}"
    if not score.whole:
        title += f" · {place}"
    frame.lines_box(safe_text(title), scorecards.detail_lines(score, card, say, lang), key="plan_answer")
    label = say("plan.see_people", name=messages.literal(place))
    if score.kinds and st.button(label, key="see_people", type="primary", width="stretch"):
        blind_spots.open_for("" if score.whole else score.unit_code, score.kinds)
    indicator = next(one for name, _, one in card.plan.indicators() if name == chosen)
    _chart(indicator, whole, say)
    drawn = scorecards.small_map(shared.townships, own)
    if drawn:
        st.image(drawn, caption=say("plan.small_map"), width=_MAP_WIDTH)


def _chart(indicator: Indicator, score: Score, say: Say) -> None:
    table = scorecards.path_table(indicator, score, say)
    if (table["series"] == say("plan.series_plan")).sum() < 2:  # noqa: PLR2004 - one year is no path
        return
    st.caption(say("plan.chart", unit=score.unit or "–"))
    colours = alt.Scale(domain=[say("plan.series_plan"), say("plan.series_value")], range=["#7f8f96", "#1f6f78"])
    chart = (
        alt.Chart(table)
        .mark_line(point=alt.OverlayMarkDef(size=60))
        .encode(
            x=alt.X("year:O", title=None, axis=alt.Axis(labelAngle=0)),
            y=alt.Y("value:Q", title=None, scale=alt.Scale(zero=False)),
            color=alt.Color("series:N", title=None, legend=alt.Legend(orient="top"), scale=colours),
            tooltip=["series", "year", "value"],
        )
        .properties(height=170)
    )
    st.altair_chart(chart, width="stretch")
