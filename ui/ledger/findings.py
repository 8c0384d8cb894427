"""What was found in a ledger, as a table: the worst first, each with its rows and how to mend it."""

from collections.abc import Iterable

import pandas as pd
import streamlit as st

from geo.findings import Finding, grouped
from geo.messages import row_list
from ui.i18n import Say

__all__ = ["counts", "table"]

_ORDER = {"error": 0, "warn": 1, "info": 2}
# Signs that every Chinese font has.
_MARKS = {"error": "×", "warn": "△", "info": "○"}
_ROW_HEIGHT = 32
_MOST_HEIGHT = 320


def counts(findings: Iterable[Finding]) -> dict[str, int]:
    """How many findings there are of each severity."""
    found = dict.fromkeys(_ORDER, 0)
    for finding in findings:
        found[finding.severity] += 1
    return found


def table(findings: Iterable[Finding], say: Say, lang: str, *, key: str) -> None:
    """One line for each sort of finding; Streamlit's tables show text as text."""
    lines = sorted(grouped(findings), key=lambda one: _ORDER[one[0].severity])
    if not lines:
        st.caption(say("quality.none"))
        return
    told = [first.as_dict(lang) for first, _ in lines]
    severity = {name: f"{mark} {say(f'severity.{name}')}" for name, mark in _MARKS.items()}
    frame = pd.DataFrame(
        {
            say("quality.severity"): [severity[one["severity"]] for one in told],
            say("quality.rows"): [row_list(sorted(set(rows))) for _, rows in lines],
            say("quality.message"): [one["message"] for one in told],
            say("quality.hint"): [one["hint"] for one in told],
        }
    )
    st.dataframe(
        frame,
        hide_index=True,
        row_height=_ROW_HEIGHT,
        height=min(_MOST_HEIGHT, _ROW_HEIGHT * (len(frame) + 1) + 4),
        key=f"findings_{key}_{lang}",
    )
