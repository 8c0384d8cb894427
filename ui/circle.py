"""The circle on a picture beside the time on the road: who is inside of one and not of the other."""

import pandas as pd
import streamlit as st

from coverage.result import Result
from coverage.standards import CircleAndTime, shown_standards
from ui import i18n, shelves
from ui.i18n import Say
from ui.shelves import Study

__all__ = ["RADIUS_M", "box"]

#: Radius that bureaus draw on pictures; the planner's habit, not a standard of ours.
RADIUS_M = 1000.0
_ROW_HEIGHT = 30


def box(shared: Study, result: Result, say: Say, lang: str) -> None:
    """A fold: inside are both numbers, those of the units, and the standards. Nothing is made while it is closed."""
    fold = st.expander(say("circle.title", radius=f"{RADIUS_M / 1000:g}"), key="circle", on_change="rerun")
    if not fold.open:
        return
    found = shelves.circle_for(shared, result, RADIUS_M)
    facts = {
        "radius": f"{RADIUS_M / 1000:g}",
        "minutes": f"{found.minutes:g}",
        "circle": i18n.count(found.circle),
        "in_time": i18n.count(found.in_time),
    }
    with fold:
        share = i18n.share(found.overstated)
        st.markdown(say("circle.told", count=i18n.count(found.circle_only), share=share, **facts))
        _units(found, shared, say)
        _standards(result, shared, say, lang)


def _units(found: CircleAndTime, shared: Study, say: Say) -> None:
    if shared.townships is None:
        return
    frame = shared.townships.frame
    names = dict(zip(frame["unit_code"], frame["name"], strict=True))
    rows = found.by_unit[["unit_code", "people", "circle", "in_time", "circle_only", "time_only"]].copy()
    rows["unit_code"] = [names.get(code, code) or say("circle.no_unit") for code in rows["unit_code"]]
    columns = {
        name: st.column_config.NumberColumn(say(f"circle.{name}"), format="localized") for name in rows.columns[1:]
    }
    st.dataframe(
        rows,
        hide_index=True,
        row_height=_ROW_HEIGHT,
        column_config={"unit_code": st.column_config.TextColumn(say("table.name")), **columns},
        key="circle_units",
    )


def _standards(result: Result, shared: Study, say: Say, lang: str) -> None:
    """Standards that were read somewhere; those that nobody could confirm are not shown."""
    kinds = result.request.parameters.kinds
    entries = shown_standards(shared.workspace.study.parent, kinds[0] if len(kinds) == 1 else "")
    table = pd.DataFrame(
        [
            (entry.document, entry.zh if lang == "zh" else entry.en, _range(entry.low, entry.high),
             say(f"circle.quality_{entry.quality}"), entry.note_zh if lang == "zh" else entry.note_en)
            for entry in entries
        ],
        columns=[say(f"circle.{name}") for name in ("document", "item", "number", "quality", "note")],
    )  # fmt: skip
    st.caption(say("circle.standards"))
    st.dataframe(table, hide_index=True, row_height=_ROW_HEIGHT, key=f"circle_standards_{lang}")


def _range(low: float | None, high: float | None) -> str:
    if low is None and high is None:
        return "–"
    if low is None or high is None:
        return f"≥ {low:,g}" if high is None else f"≤ {high:,g}"
    return f"{low:,g}" if low == high else f"{low:,g}–{high:,g}"
