"""What the user takes away from a scorecard: the supervision table, one page for the chief, the table, a snapshot."""

import functools
import io
import tempfile
import zipfile
from pathlib import Path

import streamlit as st

from coverage.plans.scorecard import Scorecard
from layers.snapshots import read_snapshots
from reports.scorecard_csv import write_scorecard
from reports.scorecard_docx import key_indicators, scorecard_docx
from reports.status_map import draw_statuses
from reports.supervision import supervision_xlsx
from ui import downloads
from ui.i18n import Say
from ui.shelves import Study

__all__ = ["buttons"]

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def buttons(card: Scorecard, chosen: str, shared: Study, say: Say, lang: str) -> None:
    """The buttons; each file is made when asked for, and is logged.

    Parameters
    ----------
    card, shared, say, lang
        What is taken away.
    chosen
        Indicator that the one page is about; empty: five key indicators.
    """
    box = st.container(key="downloads")
    left, right = box.columns(2)
    stem = f"quarterhour-{card.plan.id}-{card.as_of.isoformat()}"
    one_page = f"{stem}-{chosen}.docx" if chosen else f"{stem}.docx"
    makers = (
        (left, "download_xlsx", lambda: _workbook(card, shared, lang), (f"{stem}.xlsx", _XLSX)),
        (
            right,
            "download_docx",
            lambda: _page(card, chosen, shared, lang),
            (one_page, _DOCX),
        ),
        (box, "download_csv", lambda: _files(card, lang), (f"{stem}.zip", "application/zip")),
    )
    for place, key, make, (name, mime) in makers:
        leaves = downloads.Leaving(key.removeprefix("download_"), name, card.level, len(card.scores))
        place.download_button(
            say(f"plan.{key}"),
            data=functools.partial(downloads.logged, shared.workspace, leaves, make),
            file_name=name,
            mime=mime,
            key=key,
            on_click="ignore",
            width="stretch",
        )


def _workbook(card: Scorecard, shared: Study, lang: str) -> bytes:
    """The supervision table, with the values of the years that were kept."""
    kept, _ = read_snapshots(shared.workspace.path, card.plan.id)
    return supervision_xlsx(card, kept=kept, lang=lang)


def _page(card: Scorecard, chosen: str, shared: Study, lang: str) -> bytes:
    """One A4 page, with the map of the first indicator that there is one of."""
    shown = (chosen,) if chosen else key_indicators(card)
    maps = () if shared.townships is None else (draw_statuses(card, one, shared.townships, lang=lang) for one in shown)
    drawn = next((one for one in maps if one is not None), None)
    return scorecard_docx(card, chosen=shown, drawn=drawn, lang=lang)


def _files(card: Scorecard, lang: str) -> bytes:
    """The files of the command in one zip."""
    buffer = io.BytesIO()
    with tempfile.TemporaryDirectory(prefix="quarterhour-") as scratch:
        folder = Path(scratch)
        write_scorecard(card, folder, lang=lang)
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in sorted(folder.iterdir()):
                downloads.add_to_zip(archive, path, path.name)
    return buffer.getvalue()
