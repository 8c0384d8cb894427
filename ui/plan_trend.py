"""Snapshots of a scorecard from year to year: kept by the user, shown as a table."""

import pandas as pd
import streamlit as st

from coverage.plans.scorecard import Scorecard
from geo.errors import QuarterhourError
from layers.snapshots import keep_snapshot, read_snapshots, trend, trend_table
from reports.trend import snapshot_of
from ui import messages
from ui.i18n import Say
from ui.shelves import Study

__all__ = ["box"]

_ROW_HEIGHT = 32
_DECIMALS = 2


def box(card: Scorecard, shared: Study, say: Say, lang: str) -> None:
    """A fold with the values of each year that was kept; today's can be kept, a what-if cannot."""
    fold = st.expander(say("plan.trend"), key="plan_trend", on_change="rerun")
    if not fold.open:
        return
    with fold:
        folder = shared.workspace.path
        if card.as_of == shared.workspace.as_of and not card.parameters["include_planned"]:
            if st.button(say("plan.snapshot"), key="keep_snapshot", help=say("plan.snapshot_help")):
                _keep(card, shared, say, lang)
        else:
            st.caption(say("plan.snapshot_what_if"))
        kept, findings = read_snapshots(folder, card.plan.id)
        for finding in findings:
            st.warning(messages.literal(finding.sentence(lang)), icon="⚠️")
        if not kept:
            st.info(say("plan.trend_empty"), icon="ℹ️")
            return
        st.dataframe(
            _table(trend_table(trend(kept)), say, lang),
            hide_index=True,
            row_height=_ROW_HEIGHT,
            key=f"plan_trend_table_{lang}",
        )


def _keep(card: Scorecard, shared: Study, say: Say, lang: str) -> None:
    try:
        new = keep_snapshot(shared.workspace.path, snapshot_of(card))
    except QuarterhourError as error:
        messages.show(error, lang)
        return
    st.toast(say("plan.snapshot_done" if new else "plan.snapshot_same", date=card.as_of.isoformat()))


def _table(values: pd.DataFrame, say: Say, lang: str) -> pd.DataFrame:
    other = "name_en" if lang == "zh" else "name"
    shown = "name" if lang == "zh" else "name_en"
    names = {"id": say("plan.column_id"), "unit": say("plan.column_unit"), shown: say("plan.column_name")}
    table = values.drop(columns=other).rename(columns=names)
    years = [year for year in table.columns if isinstance(year, int)]
    return table.round(dict.fromkeys(years, _DECIMALS)).rename(columns={year: str(year) for year in years})
