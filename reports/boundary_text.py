"""Lines in words, and given descriptions beside the lines: as texts and tables for files."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from demarcation.description import Description
from demarcation.told_compare import Comparison
from geo import messages

__all__ = ["STATUSES", "comparison_table", "file_names", "stretch_table"]

#: What became of each thing that a description says.
STATUSES = ("fits", "differs", "unknown_stake", "not_compared", "not_understood")
_STRETCH = [
    "line_code",
    "from",
    "to",
    "segment_type",
    "direction",
    "azimuth_deg",
    "length_m",
    "from_m",
    "to_m",
    "passed",
]
_COMPARISON = ["line_code", "what", "from", "to", "told", "measured", "value", "limit", "unit", "status"]


def file_names(drafts: Iterable[Description]) -> dict[str, Description]:
    """A name of a file for each line, whatever letters its code has: ``line_9916``."""
    names: dict[str, Description] = {}
    for draft in drafts:
        plain = "".join(letter if letter.isascii() and letter.isalnum() else "_" for letter in draft.line_code)[:40]
        name, number = f"line_{plain}", 1
        while name in names:
            number += 1
            name = f"line_{plain}_{number}"
        names[name] = draft
    return names


def stretch_table(drafts: Iterable[Description], lang: str | None = None) -> pd.DataFrame:
    """One row for each piece of a stretch; no coordinates.

    Parameters
    ----------
    drafts
        From :func:`demarcation.description.describe`.
    lang
        Of directions and stakes.
    """
    chosen = messages.language(lang)
    rows = [{"line_code": draft.line_code, **row} for draft in drafts for row in draft.rows(chosen)]
    return pd.DataFrame(rows, columns=_STRETCH)


def comparison_table(compared: Mapping[str, tuple[Comparison, Sequence[str]]], lang: str | None = None) -> pd.DataFrame:
    """One row for each thing that a description says, and for each fragment that could not be used.

    Parameters
    ----------
    compared
        By line: what :func:`demarcation.checks.text.compared` gives.
    lang
        Of what was measured.
    """
    rows: list[dict[str, Any]] = []
    for code, (found, unread) in compared.items():
        for row in found.rows:
            measured = row.measured if messages.language(lang) == "zh" else row.measured_en
            rows.append(
                {"line_code": code, "what": row.what, "from": row.start, "to": row.end, "told": row.told,
                 "measured": measured, "value": round(row.value, 2), "limit": row.limit, "unit": row.unit,
                 "status": "fits" if row.fits else "differs"}
            )  # fmt: skip
        left = (("stake", found.unknown, "unknown_stake"), ("stretch", found.left_out, "not_compared"),
                ("text", unread, "not_understood"))  # fmt: skip
        rows += [
            {"line_code": code, "what": what, "told": fragment, "status": status}
            for what, fragments, status in left
            for fragment in fragments
        ]
    return pd.DataFrame(rows, columns=_COMPARISON)
