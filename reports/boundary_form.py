"""Forms about lines and stakes for Word: pages that flow, each with the stamp and what it is not good for."""

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from docx.enum.table import WD_ALIGN_VERTICAL, WD_ROW_HEIGHT_RULE, WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from docx.table import Table

from geo.paths import VERSION
from layers.secrecy import STAMP
from reports.one_page import Cell, Page, clean

__all__ = ["Form", "boundary_words"]

_SIZE_PT, _LINE = 9.5, 1.4
_HEAD_FILL = "E8EEF0"
#: Height of a row that is filled in by hand, and of one that is printed.
HAND_MM, PRINT_MM = 12.0, 6.5


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("boundary.toml").read_text(encoding="utf-8"))


def boundary_words(lang: str) -> Mapping[str, Any]:
    """Words of the papers in a language."""
    words: Mapping[str, Any] = _table()["en" if lang == "en" else "zh"]
    return words


class Form(Page):
    """Pages that flow; rows grow with their text, nothing is cut.

    Parameters
    ----------
    title
        Stands on top, and in the properties.
    lang
        ``zh`` or ``en``.
    draft
        Marked as a draft on each page.
    notice
        A line under the title: that data are made up, or who they are from.
    """

    def __init__(self, title: str, lang: str, *, draft: bool = False, notice: str = "") -> None:
        super().__init__(title, lang)
        self.words = boundary_words(lang)
        marks = [STAMP, self.words["for_checking"], *([self.words["draft"]] if draft else [])]
        self.margins("  ".join(marks), f"{clean(title)}  {VERSION}  ")
        self._number_pages()
        shown = f"{title}({self.words['draft']})" if draft else title
        self.text(shown, size_pt=16.0, bold=True, centred=True)
        if notice:
            self.text(notice, centred=True)

    def _number_pages(self) -> None:
        paragraph = self._document.sections[0].footer.paragraphs[0]
        for before, code in ((self.words["page"] + " ", "PAGE"), (" " + self.words["page_after"], "")):
            paragraph.add_run(before).font.size = Pt(8.5)
            if code:
                field = OxmlElement("w:fldSimple")
                field.set(qn("w:instr"), code)
                paragraph._p.append(field)  # noqa: SLF001  # python-docx has no number of a page

    def text(self, text: str, *, size_pt: float = _SIZE_PT, bold: bool = False, centred: bool = False) -> None:
        """A paragraph for each line of a text."""
        for line in text.splitlines() or [""]:
            paragraph = self._document.add_paragraph()
            self._fill(paragraph, clean(line), size_pt, size_pt * _LINE, Cell("", bold=bold))
            paragraph.paragraph_format.space_after = Pt(3)
            if centred:
                paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER

    def heading(self, text: str) -> None:
        """A heading that stays with what follows."""
        self.text(text, size_pt=12.0, bold=True)
        style = self._document.paragraphs[-1].paragraph_format
        style.space_before, style.keep_with_next = Pt(8), True

    def grid(
        self,
        rows: Sequence[Sequence[str]],
        widths: Sequence[float],
        *,
        row_mm: float = PRINT_MM,
        headed: bool = True,
        labelled: bool = False,
    ) -> None:
        """A table over as many pages as it needs.

        Parameters
        ----------
        rows
            Of text; line ends stay.
        widths
            Of the columns; any scale.
        row_mm
            Least height of a row below the heading.
        headed
            The first row is a heading, and stands on each page.
        labelled
            Each second cell from the first on is a label.
        """
        table = self._document.add_table(rows=0, cols=len(widths))
        table.style = "Table Grid"
        table.alignment = WD_TABLE_ALIGNMENT.CENTER
        table.autofit = False
        for number, cells in enumerate(rows):
            top = headed and number == 0
            self._row(table, cells, widths, PRINT_MM if top else row_mm, [top or (labelled and not column % 2)
                                                                         for column in range(len(cells))])  # fmt: skip
        if headed and rows:
            table.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))  # noqa: SLF001  # not in python-docx
        self.text("", size_pt=4.0)

    def _row(
        self, table: Table, cells: Sequence[str], widths: Sequence[float], row_mm: float, labels: Sequence[bool]
    ) -> None:
        row = table.add_row()  # type: ignore[no-untyped-call]  # python-docx has no annotation here
        row.height, row.height_rule = Mm(row_mm), WD_ROW_HEIGHT_RULE.AT_LEAST
        row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))  # noqa: SLF001  # not in python-docx
        for place, cell, share, label in zip(row.cells, cells, widths, labels, strict=True):
            place.width = Pt(self.width_pt * share / sum(widths))
            for position, line in enumerate(cell.splitlines() or [""]):
                paragraph = place.paragraphs[0] if position == 0 else place.add_paragraph()
                self._fill(paragraph, clean(line), _SIZE_PT - 0.5, (_SIZE_PT - 0.5) * _LINE, Cell("", bold=label))
            if label:
                self.shade(place, _HEAD_FILL)
            # After the colour: Word asks for this order.
            place.vertical_alignment = WD_ALIGN_VERTICAL.CENTER

    def fields(self, pairs: Sequence[tuple[str, str]], *, across: int = 2, row_mm: float = PRINT_MM) -> None:
        """Labels with what stands beside them, some pairs in a row."""
        cells = [text for pair in pairs for text in pair]
        cells += [""] * (-len(cells) % (2 * across))
        rows = [cells[begin : begin + 2 * across] for begin in range(0, len(cells), 2 * across)]
        self.grid(rows, (3, 7) * across if across > 1 else (3, 17), row_mm=row_mm, headed=False, labelled=True)

    def box(self, label: str, height_mm: float) -> None:
        """An empty box to write or draw in."""
        self.grid([[label], [""]], (1,), row_mm=height_mm)

    def signatures(self, *names: str) -> None:
        """Empty blocks to sign, beside each other, with a blank date."""
        self.grid([list(names), [f"\n\n\n{self.words['blank_date']}"] * len(names)], (1,) * len(names), row_mm=24.0)

    def next_page(self) -> None:
        """What follows stands on a new page."""
        self._document.add_page_break()  # type: ignore[no-untyped-call]  # the same
