"""Refused rows as a table that whoever sent them can mend and send back."""

import csv
import io
import math
from typing import Any

import pandas as pd

from geo.messages import language
from geo.parse import as_text, parse_numbers
from geo.workbook import Sheet, workbook
from geo.write import disarmed
from layers.layer import QualityReport
from layers.mapping import NOTE_COLUMNS

__all__ = ["refused_by_name", "refused_csv", "refused_rows", "refused_table", "refused_xlsx"]


def refused_rows(quality: QualityReport, lang: str | None = None) -> pd.DataFrame:
    """The refused rows as they were read, as results list them: ``row``, ``reason``, ``message``, its cells.

    ``message`` says in words what is wrong with the row and how to mend it, all faults of the row together.
    """
    words = _words(quality, lang)
    space = " " if language(lang) == "en" else ""
    refused = quality.refused.rename(columns={"message": "message_"})
    messages = [" ".join(f"{message}{space}{hint}".rstrip() for message, hint in said) for said in words]
    refused.insert(2, "message", messages)
    return refused


def refused_by_name(quality: QualityReport) -> list[dict[str, Any]]:
    """The refused rows by canonical names: cells as read, blank ones left out, with ``row`` and ``reason``.

    Examples
    --------
    >>> refused = pd.DataFrame({"row": [3], "reason": ["coordinate_missing"], "JZBH": ["9901001Q"], "JD": [""]})
    >>> refused_by_name(QualityReport((), 2, 1, refused, {"JZBH": "stake_no", "JD": "lon"}))
    [{'row': 3, 'reason': 'coordinate_missing', 'stake_no': '9901001Q'}]
    """
    out = []
    for cells in quality.refused.to_dict("records"):
        record: dict[str, Any] = {"row": int(cells["row"]), "reason": str(cells["reason"])}
        for own, name in quality.columns.items():
            text = as_text(cells.get(own))
            if text:
                record.setdefault(name, text)
        out.append(record)
    return out


def refused_table(quality: QualityReport, lang: str | None = None) -> pd.DataFrame:
    """The refused rows under their own headings, with what is wrong and how to mend it in front.

    The three columns in front are called ``原行号``, ``退回原因``, ``修改办法`` in either language, because a file that
    comes back is known by them: they are left out when it is read.
    """
    words = _words(quality, lang)
    space = " " if language(lang) == "en" else ""
    out = quality.refused.drop(columns=["row", "reason"], errors="ignore").copy()
    row, why, how = NOTE_COLUMNS[0]
    numbers = quality.refused["row"].tolist() if len(quality.refused) else []
    out.insert(0, row, pd.Series(numbers, dtype="int64", index=out.index))
    out.insert(1, why, [space.join(message for message, _ in said) for said in words])
    out.insert(2, how, [space.join(dict.fromkeys(hint for _, hint in said if hint)) for said in words])
    return out


def refused_xlsx(quality: QualityReport, lang: str | None = None) -> bytes:
    """As :func:`refused_table`, a workbook; cells are text, so that codes keep their zeros."""
    table = refused_table(quality, lang)
    rows = [list(row) for row in table.astype("str").itertuples(index=False)]
    heading = [str(name) for name in table.columns]
    return workbook([Sheet("退回修改", heading, rows, marked=frozenset(NOTE_COLUMNS[0]))])


def refused_csv(quality: QualityReport, lang: str | None = None) -> bytes:
    """As :func:`refused_table`, in UTF-8 with a mark; text that looks like a formula is disarmed."""
    table = refused_table(quality, lang)
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([disarmed(str(name)) for name in table.columns])
    for row in table.astype("str").itertuples(index=False):
        numbers, _ = parse_numbers(row)
        writer.writerow(
            [cell if math.isfinite(number) else disarmed(cell) for cell, number in zip(row, numbers, strict=True)]
        )
    return text.getvalue().encode("utf-8-sig")


def _words(quality: QualityReport, lang: str | None) -> list[list[tuple[str, str]]]:
    """Sentence and mend of each fault of each refused row; of its cause where rows were refused together."""
    by_row: dict[int, list[tuple[str, str]]] = {}
    together: dict[str, list[tuple[str, str]]] = {}
    for finding in quality.findings:
        if finding.row is None:
            said = finding.as_dict(lang)
            together[finding.code] = [(said["message"], said["hint"])]
        elif finding.severity == "error":
            said = finding.as_dict(lang)
            by_row.setdefault(finding.row, []).append((said["message"], said["hint"]))
    if quality.refused.empty:
        return []
    pairs = zip(quality.refused["row"], quality.refused["reason"], strict=True)
    return [by_row.get(int(row)) or together.get(reason, []) for row, reason in pairs]
