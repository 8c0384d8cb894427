"""What lies below the heading of a sheet: rows of data, and the sums, notes and repeated headings that are none."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from geo.findings import Finding
from geo.heading import Heading, Merges, Records, is_numeric
from geo.totals import Totals, total_label

__all__ = ["Body", "find_body"]

_NOTE = re.compile(
    r"(?:备\s*注|附\s*注|注\s*\d*|说\s*明|填表说明|填报说明|数据来源|资料来源|来源|填表人|填报人|制表人?|经办人|审核人?|复核人?|负责人"
    r"|单位负责人|主要负责人|分管领导|联系人|联系电话|联系方式|填表日期|填报日期|填表时间|填报时间|制表日期|制表时间|日\s*期"
    r"|填报单位|填表单位|制表单位|报送单位|单位\(盖章\)|单位\(公章\)|盖章)\s*(?:\(.{0,10}\))?\s*[::]"
)
_NOTE_BARE = re.compile(r"(?:注|备注|说明|填表人|制表人|审核人|负责人)\s*[\d、.]?$")
_KEY = re.compile(r"^[^:]{1,12}:")
# A whole number as long as this is a code, which belongs to every row of a merged cell; a shorter one is an amount.
_CODE = re.compile(r"\d{6,}")
_SHOWN = 30
#: Characters of a cell that are looked at: no label is longer.
_LOOKED_AT = 80


@dataclass(frozen=True)
class Body:
    """Rows of data below a heading.

    Parameters
    ----------
    rows
        Their positions in the sheet, from 0.
    records
        Their cells, as wide as they stand there.
    findings
        What was left out, filled in, or does not add up.
    """

    rows: tuple[int, ...]
    records: tuple[Sequence[str], ...]
    findings: tuple[Finding, ...]


def find_body(records: Records, heading: Heading, names: Sequence[str], merges: Merges) -> Body:
    """The rows of data below a heading.

    Parameters
    ----------
    records
        All rows of the sheet as text.
    heading
        As :func:`geo.heading.find_heading` gave it.
    names
        Final names of the columns, for the findings; blank where a column has nothing in it.
    merges
        Merged blocks.

    Examples
    --------
    >>> from geo.heading import find_heading
    >>> rows = [["名称", "床位"], ["甲", "20"], ["乙", "30"], ["合计", "55"], ["填表人:某", ""]]
    >>> body = find_body(rows, find_heading(rows), ["名称", "床位"], {})
    >>> body.rows, [finding.code for finding in body.findings]
    ((1, 2), ['total_left_out', 'total_differs', 'note_left_out'])
    """
    below = [
        row
        for row in range(heading.rows[-1] + 1, len(records))
        if any(cell and not cell.isspace() for cell in records[row])
    ]
    found = [
        Finding("title_left_out", "info", row=row + 1, facts={"text": _shown(records[row])}) for row in heading.titles
    ]
    repeated = _repeated(records, heading, below)
    found += [Finding("heading_repeated", "info", row=row + 1) for row in repeated]
    below = [row for row in below if row not in repeated]
    # In a table of one column nothing tells a sum or a note from a value.
    wide = sum(map(bool, names)) > 1
    notes = _notes(records, below) if wide else []
    totals = Totals(records, below if wide else [], names)
    left_out = {*notes, *totals.rows}
    data = [row for row in below if row not in left_out]
    for row in totals.rows:
        found.append(Finding("total_left_out", "info", row=row + 1, facts={"text": _shown(records[row])}))
        found += totals.findings(row)
    found += [Finding("note_left_out", "info", row=row + 1, facts={"text": _shown(records[row])}) for row in notes]
    merged, notes_of_merges = _fill_merged(records, set(data), names, merges)
    cells = tuple(merged.get(row, records[row]) for row in data)
    return Body(tuple(data), cells, (*found, *notes_of_merges))


def _shown(record: Sequence[str]) -> str:
    """The first text of a row, without what follows a colon: names of people who filled a form in are not passed on."""
    text = next(cell.strip() for cell in record if cell.strip())
    usual = unicodedata.normalize("NFKC", text)
    match = _NOTE.match(usual)
    if match:
        return match[0].rstrip(": ")
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _texts(record: Sequence[str]) -> list[str]:
    return [unicodedata.normalize("NFKC", cell[:_LOOKED_AT]).strip() for cell in record if cell and not cell.isspace()]


# ---- rows that are no data -----------------------------------------------------------------------------------------


def _repeated(records: Records, heading: Heading, below: Sequence[int]) -> set[int]:
    """Rows that repeat a row of the heading or a title, as on each page of a printed list."""

    def key(row: int) -> tuple[str, ...]:
        cells = [cell.strip() for cell in records[row]]
        while cells and not cells[-1]:
            cells.pop()
        return tuple(cells)

    known = {key(row) for row in (*heading.rows, *heading.titles)}
    starts = {cells[0] for cells in known if cells}
    wide = sum(map(bool, heading.names)) > 1
    return {row for row in below if wide and records[row] and records[row][0].strip() in starts and key(row) in known}


def _notes(records: Records, below: Sequence[int]) -> list[int]:
    """The rows at the end that are notes and signatures: from the first one that says so on."""
    start = len(below)
    for index in range(len(below) - 1, -1, -1):
        if total_label(records[below[index]]):
            continue
        texts = _texts(records[below[index]])
        keyed = all(_KEY.match(text) for text in texts)
        if len(texts) > 1 and not keyed and not (_NOTE.match(texts[0]) or _NOTE_BARE.match(texts[0])):
            break
        if _NOTE.match(texts[0]) or (len(texts) == 1 and _NOTE_BARE.match(texts[0])):
            start = index
    return [row for row in below[start:] if not total_label(records[row])]


# ---- merged cells --------------------------------------------------------------------------------------------------


def _fill_merged(
    records: Records, data: set[int], names: Sequence[str], merges: Merges
) -> tuple[dict[int, list[str]], list[Finding]]:
    """The rows into which the text of a cell that is merged over several was written; amounts stay in the first row."""
    changed: dict[int, list[str]] = {}
    filled: dict[int, list[int]] = {}
    single: dict[int, list[int]] = {}
    end: dict[int, int] = {}
    for (top, left), (bottom, _) in sorted(merges.items()):
        # Blocks never overlap in a sheet that a spreadsheet wrote; in one made to harm, each row counts once.
        if bottom == top or top not in data or left >= min(len(names), len(records[top])) or top <= end.get(left, -1):
            continue
        end[left] = bottom
        text = records[top][left].strip()
        below = [row for row in range(top + 1, min(bottom + 1, len(records))) if row in data]
        if not text or not below:
            continue
        if is_numeric(text) and not _CODE.fullmatch(text):
            single.setdefault(left, []).append(top)
            continue
        filled.setdefault(left, []).extend(below)
        for row in below:
            cells = changed.setdefault(row, list(records[row]))
            cells += [""] * (left + 1 - len(cells))
            cells[left] = text
    out = []
    for code, severity, groups in (("merged_filled", "info", filled), ("merged_amount", "warn", single)):
        for column, rows in sorted(groups.items()):
            facts = {"count": len(rows), "first": rows[0] + 1}
            out.append(Finding(code, severity, field=names[column], facts=facts))  # type: ignore[arg-type]
    return changed, out
