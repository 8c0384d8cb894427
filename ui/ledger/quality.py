"""What is wrong or doubtful in a ledger: counts, findings, refused rows to send back, mends, and the last ledger."""

import streamlit as st

from layers.compare import Comparison, compare, difference_table, difference_xlsx
from layers.layer import Layer
from layers.mend import mend, mends_for
from layers.quality import Context, inspected
from layers.refused import refused_xlsx
from layers.secrecy import INTERNAL
from ui import downloads, i18n, shelves
from ui.i18n import Say
from ui.ledger import findings, staging
from ui.ledger.staging import Staged
from ui.shelves import Study

__all__ = ["looked_at", "show"]

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_ROW_HEIGHT = 32
_MOST_DIFFERENCES = 500


def show(one: Staged, shared: Study, say: Say, lang: str) -> None:
    """The report of the layer that would be stored."""
    layer = one.layer
    if layer is None:
        return
    beside = shelves.context(shared.workspace, shared.workspace.digest)
    report = looked_at(layer, beside).quality
    counted = findings.counts(report.findings)
    for place, name, value in zip(
        st.columns(4),
        ("read", "kept", "refused", "warned"),
        (report.rows_read, report.rows_kept, report.rows_refused, counted["warn"]),
        strict=True,
    ):
        place.metric(say(f"quality.{name}"), i18n.count(value))
    findings.table(report.findings, say, lang, key=f"new_{one.number}")
    if report.rows_refused:
        file = f"{say('ledger.refused_file')}-{one.kind}.xlsx"
        # Not stored yet, so nobody said that it is public.
        leaves = downloads.Leaving("refused", file, INTERNAL, report.rows_refused)
        st.download_button(
            say("quality.download", count=report.rows_refused),
            data=lambda: downloads.logged(shared.workspace, leaves, lambda: refused_xlsx(report, lang)),
            file_name=file,
            mime=_XLSX,
            key="download_refused",
            help=say("quality.download_help"),
            on_click="ignore",
        )
    _mends(one, layer, beside, mends_for(report.findings), say)
    _compared(one, layer, shared, say, lang)


def _differences(old: Layer, new: Layer) -> Comparison:
    """Every row beside that of the last ledger. Kept for the session."""
    kept = st.session_state.get("compared")
    if kept is None or kept[0] is not old or kept[1] is not new:
        kept = (old, new, compare(old, new))
        st.session_state["compared"] = kept
    found: Comparison = kept[2]
    return found


def looked_at(layer: Layer, beside: Context) -> Layer:
    """The layer with all that was found in it. Kept for the session: every row is looked at beside the roads."""
    kept = st.session_state.get("inspected")
    if kept is None or kept[0] is not layer or kept[1] is not beside:
        kept = (layer, beside, inspected(layer, beside))
        st.session_state["inspected"] = kept
    found: Layer = kept[2]
    return found


def _mends(one: Staged, layer: Layer, beside: Context, names: tuple[str, ...], say: Say) -> None:
    if not names and not one.former:
        return
    st.caption(say("quality.mends"))
    with st.container(key="mends", horizontal=True):
        for name in names:
            if st.button(say(f"mend.{name}"), key=f"mend_{name}", help=say(f"mend.{name}_help")):
                staging.mend(one, mend(layer, name, beside).layer)
                st.rerun()
        if one.former and st.button(say("quality.mend_undo"), key="mend_undo"):
            staging.step_back(one)
            st.rerun()


def _compared(one: Staged, layer: Layer, shared: Study, say: Say, lang: str) -> None:
    """What is new beside the layer of this kind that the workspace holds."""
    old = None if shared.workspace.entry(one.kind) is None else shelves.layer_of(shared.workspace, one.kind)
    if old is None:
        return
    with st.expander(say("quality.compare")):
        found = _differences(old, layer)
        for place, name in zip(st.columns(3), ("added", "removed", "changed"), strict=True):
            place.metric(say(f"quality.{name}"), i18n.count(getattr(found, name)))
        if not found.differences:
            st.caption(say("quality.compare_same"))
            return
        table = difference_table(found, one.kind, lang)
        st.dataframe(table.head(_MOST_DIFFERENCES), hide_index=True, row_height=_ROW_HEIGHT, key=f"differences_{lang}")
        file = f"{say('quality.compare')}-{one.kind}.xlsx"
        leaves = downloads.Leaving("differences", file, INTERNAL, len(table))
        st.download_button(
            say("quality.compare_download"),
            data=lambda: downloads.logged(shared.workspace, leaves, lambda: difference_xlsx(found, one.kind, lang)),
            file_name=file,
            mime=_XLSX,
            key="download_differences",
            on_click="ignore",
        )
