"""A4 pages for Word whose height is known beforehand: exact lines, exact rows, a picture in what is left."""

import datetime as dt
import io
import math
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from unicodedata import east_asian_width

import docx
from docx.enum.section import WD_ORIENT
from docx.enum.table import WD_ALIGN_VERTICAL, WD_ROW_HEIGHT_RULE, WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor
from docx.table import _Cell
from docx.text.paragraph import Paragraph
from PIL import Image

from geo.parse import strip_controls

__all__ = ["Cell", "Line", "Page", "clean", "shortened"]

#: A4 and its margins.
_PAPER_MM, _MARGIN_MM = (210.0, 297.0), (20.0, 18.0)
_PT_PER_MM = 72 / 25.4
#: Width of a narrow letter in ems, and what of a line is lost where words are not broken.
_NARROW_EM, _FULL_LINE = 0.6, 0.94
#: Height of a line in heights of its letters.
_LINE = 1.35
#: Free above and below a picture.
_AROUND_PT = 6.0
#: Left and right inside a cell, points.
_CELL_PADDING_PT = 8.0
#: Kept free at the end of the page.
_SPARE_PT = 12.0
#: Letters of a title in the properties.
_MOST_TITLE = 255
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)
_LATIN, _CHINESE, _CHINESE_BOLD = "Arial", "宋体", "黑体"


@dataclass(frozen=True)
class Cell:
    """Text of a cell, with colours as ``rrggbb``."""

    text: str
    fill: str = ""
    ink: str = ""
    bold: bool = False


@dataclass(frozen=True)
class Line:
    """A paragraph of at most so many lines.

    Parameters
    ----------
    text
        Any.
    size_pt
        Of the letters.
    lines
        What is longer is cut, with a mark.
    bold
        In a heavy face.
    after_pt
        Kept free below.
    """

    text: str
    size_pt: float = 9.0
    lines: int = 1
    bold: bool = False
    after_pt: float = 0.0


def _ems(text: str) -> float:
    return sum(1.0 if east_asian_width(letter) in "WFA" else _NARROW_EM for letter in text)


def clean(text: str) -> str:
    r"""Text that a document can hold, on one line; what is no letter and no blank shows as a replacement mark."""
    return "".join(c if c.isprintable() else "\ufffd" for c in strip_controls(text))


def shortened(text: str, width_pt: float, size_pt: float, lines: int) -> str:
    """Text that fits into so many lines of a width, with a mark where something was left out.

    Examples
    --------
    >>> shortened("养老机构覆盖率", 50.0, 10.0, 1)
    '养老机…'
    """
    most = width_pt / size_pt * _FULL_LINE * lines - (lines - 1)
    if _ems(text) <= most:
        return text
    while text and _ems(text) + 1.0 > most:
        text = text[:-1]
    return f"{text.rstrip()}…"


class Page:
    """One page, filled from the top; what is used of its height is counted.

    Parameters
    ----------
    title
        Of the document, in its properties.
    lang
        ``zh`` or ``en``.
    """

    def __init__(self, title: str, lang: str) -> None:
        self._document = docx.Document()
        section = self._document.sections[0]
        section.orientation = WD_ORIENT.PORTRAIT
        section.page_width, section.page_height = Mm(_PAPER_MM[0]), Mm(_PAPER_MM[1])
        section.left_margin = section.right_margin = Mm(_MARGIN_MM[1])
        section.top_margin = section.bottom_margin = Mm(_MARGIN_MM[0])
        section.header_distance = section.footer_distance = Mm(9)
        self.width_pt = (_PAPER_MM[0] - 2 * _MARGIN_MM[1]) * _PT_PER_MM
        self._left_pt = (_PAPER_MM[1] - 2 * _MARGIN_MM[0]) * _PT_PER_MM - _SPARE_PT
        normal = self._document.styles["Normal"]
        normal.font.name = _LATIN
        fonts = normal.element.get_or_add_rPr().get_or_add_rFonts()
        for name in ("w:ascii", "w:hAnsi", "w:cs"):
            fonts.set(qn(name), _LATIN)
        fonts.set(qn("w:eastAsia"), _CHINESE)
        about = self._document.core_properties
        about.author = about.last_modified_by = about.comments = ""
        about.title, about.language = clean(title)[:_MOST_TITLE], "zh-CN" if lang == "zh" else "en"
        about.created = about.modified = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)

    @property
    def left_pt(self) -> float:
        """Height that is left."""
        return self._left_pt

    def margins(self, header: str, footer: str) -> None:
        """A line above and one below, outside the text."""
        section = self._document.sections[0]
        for place, text in ((section.header, header), (section.footer, footer)):
            self._fill(place.paragraphs[0], text, 8.5, 11.0, Cell(text, ink="9A3412"))
            place.paragraphs[0].alignment = WD_ALIGN_PARAGRAPH.RIGHT

    def line(self, line: Line) -> None:
        """A paragraph; what does not fit into its lines is left out with a mark."""
        shown = self._shown(line)
        paragraph = self._document.add_paragraph()
        self._fill(paragraph, shown, line.size_pt, line.size_pt * _LINE, Cell(shown, bold=line.bold))
        paragraph.paragraph_format.space_after = Pt(line.after_pt)
        self._left_pt -= self.height_pt(line)

    def height_pt(self, line: Line) -> float:
        """Height that a paragraph takes."""
        used = math.ceil(_ems(self._shown(line)) * line.size_pt / (self.width_pt * _FULL_LINE))
        return line.size_pt * _LINE * min(max(used, 1), line.lines) + line.after_pt

    def _shown(self, line: Line) -> str:
        return shortened(clean(line.text), self.width_pt, line.size_pt, line.lines)

    def table(self, rows: Sequence[Sequence[Cell]], widths: Sequence[float], *, row_pt: float, size_pt: float) -> None:
        """A table with a bold first row; rows are exactly as high as said, widths are shares of the page.

        Parameters
        ----------
        rows
            Of cells.
        widths
            Of the columns; any scale.
        row_pt
            Height of a row.
        size_pt
            Of the letters.
        """
        table = self._document.add_table(rows=len(rows), cols=len(widths))
        table.style = "Table Grid"
        table.alignment = WD_TABLE_ALIGNMENT.CENTER
        table.autofit = False
        line_pt = size_pt * 1.2
        lines = max(int((row_pt - 2.0) // line_pt), 1)
        for row, cells in zip(table.rows, rows, strict=True):
            row.height, row.height_rule = Pt(row_pt), WD_ROW_HEIGHT_RULE.EXACTLY
            for place, cell, share in zip(row.cells, cells, widths, strict=True):
                width = self.width_pt * share / sum(widths)
                place.width = Pt(width)
                place.vertical_alignment = WD_ALIGN_VERTICAL.CENTER
                shown = shortened(clean(cell.text), width - _CELL_PADDING_PT, size_pt, lines)
                self._fill(place.paragraphs[0], shown, size_pt, line_pt, cell)
                if cell.fill:
                    self.shade(place, cell.fill)
        self._left_pt -= row_pt * len(rows)

    def picture(self, png: bytes, alt: str, *, least_pt: float, most_pt: float) -> bool:
        """A picture as large as the height allows; none where less than ``least_pt`` of height is left.

        Returns
        -------
        bool
            Whether it is on the page.
        """
        room = min(self._left_pt, most_pt) - 2 * _AROUND_PT
        if room < least_pt:
            return False
        with Image.open(io.BytesIO(png)) as image:
            ratio = image.width / image.height
        width = min(self.width_pt, room * ratio)
        paragraph = self._document.add_paragraph()
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        paragraph.paragraph_format.space_before = paragraph.paragraph_format.space_after = Pt(2)
        paragraph.paragraph_format.line_spacing_rule = WD_LINE_SPACING.SINGLE
        shape = paragraph.add_run().add_picture(io.BytesIO(png), width=Pt(width))
        shape._inline.docPr.set("descr", clean(alt))  # noqa: SLF001  # python-docx has no other way to say it
        self._left_pt -= width / ratio + 2 * _AROUND_PT
        return True

    def _fill(self, paragraph: Paragraph, text: str, size_pt: float, line_pt: float, look: Cell) -> None:
        style = paragraph.paragraph_format
        style.space_before = style.space_after = Pt(0)
        style.line_spacing_rule, style.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(line_pt)
        run = paragraph.add_run(text)
        run.font.size, run.bold = Pt(size_pt), look.bold
        if look.bold:
            run._element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), _CHINESE_BOLD)  # noqa: SLF001
        if look.ink:
            run.font.color.rgb = RGBColor.from_string(look.ink.upper())

    @staticmethod
    def shade(cell: _Cell, fill: str) -> None:
        """Give a cell a colour, ``rrggbb``."""
        shade = OxmlElement("w:shd")
        for name, value in (("w:val", "clear"), ("w:color", "auto"), ("w:fill", fill.upper())):
            shade.set(qn(name), value)
        cell._element.get_or_add_tcPr().append(shade)  # noqa: SLF001  # python-docx has no colour of a cell

    def saved(self) -> bytes:
        """The document; the same content gives the same bytes on every day."""
        buffer, out = io.BytesIO(), io.BytesIO()
        self._document.save(buffer)
        with zipfile.ZipFile(buffer) as made, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as settled:
            for name in made.namelist():
                entry = zipfile.ZipInfo(name, _ZIP_TIME)
                entry.compress_type = zipfile.ZIP_DEFLATED
                settled.writestr(entry, made.read(name))
        return out.getvalue()
