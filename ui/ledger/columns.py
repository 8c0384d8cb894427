"""Which column is which: the guess with its reasons and samples, corrected by the user."""

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from layers.mapping import Column, guess
from layers.schemas import SCHEMAS
from ui.i18n import Say
from ui.ledger import staging
from ui.ledger.staging import Staged

__all__ = ["corrections", "show"]

_ROW_HEIGHT = 32
_MOST_HEIGHT = 330


def show(one: Staged, say: Say, lang: str) -> None:
    """The table of columns; a correction reads the ledger anew."""
    if one.table is None:
        return
    columns = guess(one.table, one.kind, one.options.columns)
    names = _names(one.kind, lang)
    kept = say("columns.keep")
    by_label = {kept: "", **{label: name for name, label in names.items()}}
    heading, means, why, sample = (say(f"columns.{name}") for name in ("heading", "means", "why", "samples"))
    frame = pd.DataFrame(
        {
            heading: [column.heading for column in columns],
            means: [names[column.name] if column.name else kept for column in columns],
            why: [say(f"columns.why_{column.why or 'none'}") for column in columns],
            sample: [" | ".join(column.samples) for column in columns],
        }
    )
    edited = st.data_editor(
        frame,
        hide_index=True,
        row_height=_ROW_HEIGHT,
        height=min(_MOST_HEIGHT, _ROW_HEIGHT * (len(frame) + 1) + 4),
        disabled=[heading, why, sample],
        column_config={
            means: st.column_config.SelectboxColumn(means, options=list(by_label), required=True, width="medium")
        },
        key=f"columns_{one.number}_{len(one.options.columns)}_{lang}",
    )
    wanted = {column.heading: by_label.get(label, "") for column, label in zip(columns, edited[means], strict=True)}
    said = corrections(columns, wanted, one.options.columns)
    if said != dict(one.options.columns):
        staging.change(one, columns=said)
        st.rerun()


def corrections(columns: tuple[Column, ...], wanted: Mapping[str, str], said: Mapping[str, str]) -> dict[str, str]:
    """What the user says of columns, as ``ReadOptions.columns``: what was said before, and what differs from the guess.

    Parameters
    ----------
    columns
        The guess.
    wanted
        Canonical name, or ``""``, by heading.
    said
        What was said before.
    """
    out = dict(said)
    for column in columns:
        new, old = wanted.get(column.heading, column.name or ""), column.name or ""
        if new == old:
            continue
        if old and out.get(old, column.heading) == column.heading:
            out[old] = ""
        if new:
            out[new] = column.heading
    return out


def _names(kind: str, lang: str) -> dict[str, str]:
    """Canonical name to what the user reads; in Chinese the label, in English the name."""
    fields = SCHEMAS[kind].fields
    return {
        entry.name: f"{entry.label}（{entry.name}）" if lang == "zh" and entry.label else entry.name for entry in fields
    }
