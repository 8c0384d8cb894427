"""What the page hands out: registers, drafts for Word, the files of the command. Each export is logged."""

import functools
import io
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import streamlit as st

from demarcation.description import describe
from reports.boundary_docx import description_docx, report_docx, results_table_docx
from reports.boundary_files import write_boundary
from reports.boundary_register import register_xlsx
from ui import downloads
from ui.i18n import Say
from ui.shelves import Study
from ui.stakes.sheets import Sheet

__all__ = ["DOCX", "give", "show", "zipped"]

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def show(sheet: Sheet, shared: Study, line_code: str, say: Say, lang: str) -> None:
    """The buttons, with what each file is."""
    checked, day, notice = sheet.checked, sheet.as_of.isoformat(), sheet.notice(lang)
    left, right = st.columns(2)
    give(left, "register", shared, sheet, (f"boundary-register-{day}.xlsx", _XLSX), say,
         lambda: register_xlsx(checked, sheet.book.entries, sheet.due, lang, notice=notice))  # fmt: skip
    give(right, "findings", shared, sheet, (f"boundary-{day}.zip", "application/zip"), say,
         lambda: zipped(lambda folder: _findings(sheet, folder, lang)))  # fmt: skip
    give(left, "report", shared, sheet, (f"boundary-report-{day}.docx", DOCX), say,
         lambda: report_docx(checked, sheet.due, lang, notice=notice))  # fmt: skip
    give(right, "results", shared, sheet, (f"boundary-results-{day}.docx", DOCX), say,
         lambda: results_table_docx(checked, lang, notice=notice))  # fmt: skip
    if line_code:
        give(left, "text", shared, sheet, (f"boundary-course-{line_code}.docx", DOCX), say,
             functools.partial(_course, sheet, line_code, lang))  # fmt: skip
    else:
        left.caption(say("stakes.file_text_help"))
    st.caption(say("stakes.files_note"))


def give(
    place: "st.delta_generator.DeltaGenerator",
    what: str,
    shared: Study,
    sheet: Sheet,
    file: tuple[str, str],
    say: Say,
    make: Callable[[], bytes],
) -> None:
    """One button; ``stakes.file_<what>`` and its help are its words, ``make`` is called when it is pressed."""
    name = f"quarterhour-{file[0]}"
    leaves = downloads.Leaving(f"boundary_{what}", name, sheet.level, len(sheet.checked.bench.study.stakes))
    place.download_button(
        say(f"stakes.file_{what}"),
        data=functools.partial(downloads.logged, shared.workspace, leaves, make),
        file_name=name,
        mime=file[1],
        key=f"download_{what}",
        help=say(f"stakes.file_{what}_help"),
        on_click="ignore",
        width="stretch",
    )


def zipped(write: Callable[[Path], object]) -> bytes:
    """What ``write`` puts into an empty folder, as one zip."""
    buffer = io.BytesIO()
    with tempfile.TemporaryDirectory(prefix="quarterhour-") as scratch:
        folder = Path(scratch)
        write(folder)
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in sorted(folder.iterdir()):
                downloads.add_to_zip(archive, path, path.name)
    return buffer.getvalue()


def _findings(sheet: Sheet, folder: Path, lang: str) -> None:
    """The files of the command."""
    write_boundary(sheet.checked, sheet.inputs, folder, lang=lang)


def _course(sheet: Sheet, line_code: str, lang: str) -> bytes:
    """The course of a line in words."""
    bench = sheet.checked.bench
    return description_docx(
        describe(bench.study.lines[line_code], bench.axes[line_code], bench.on(line_code)), lang,
        notice=sheet.notice(lang),
    )  # fmt: skip
