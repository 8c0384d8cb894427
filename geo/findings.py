"""What a reader notices about an input, in a form that each front end can show."""

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal

from geo import messages

__all__ = ["Finding", "Severity", "grouped"]

Severity = Literal["error", "warn", "info"]


@dataclass(frozen=True)
class Finding:
    """One thing noticed about the input.

    Parameters
    ----------
    code
        Key of the sentence in ``geo/sentences/``.
    severity
        ``error``: the row was refused; ``warn``: kept, but doubtful, or refused with others for one cause, which the
        finding without a row names; ``info``: kept, worth knowing.
    row
        Row number as the user sees it, or None when the finding is about the whole layer.
    field
        Column that the finding is about, or None.
    facts
        Values that the sentence names.

    Examples
    --------
    >>> Finding("null_island", "error", row=3).as_dict("en")["row"]
    3
    """

    code: str
    severity: Severity
    row: int | None = None
    field: str | None = None
    facts: Mapping[str, object] = dataclasses.field(default_factory=lambda: MappingProxyType({}))

    def as_dict(self, lang: str | None = None) -> dict[str, Any]:
        """The six fields of the contract, the sentence in the language asked for."""
        message, hint = messages.text(self.code, lang, **{"row": self.row, "field": self.field, **self.facts})
        return {
            "code": self.code,
            "severity": self.severity,
            "row": self.row,
            "field": self.field,
            "message": message,
            "hint": hint,
        }

    def sentence(self, lang: str | None = None) -> str:
        """What is wrong and how to mend it, in one line; between English sentences there is a space.

        Examples
        --------
        >>> Finding("null_island", "error", row=3).sentence("en")
        'Row 3: the coordinates are (0, 0), which means not filled in. Fill them in.'
        """
        text = self.as_dict(lang)
        space = " " if messages.language(lang) == "en" else ""
        return f"{text['message']}{space}{text['hint']}".rstrip()


def grouped(findings: Iterable[Finding]) -> list[tuple[Finding, list[int]]]:
    """Findings of one code together: the first of each code, and the rows of all of them, in the order they came.

    Examples
    --------
    >>> [(first.code, rows) for first, rows in grouped([Finding("a", "warn", 2), Finding("a", "warn", 5)])]
    [('a', [2, 5])]
    """
    first: dict[str, Finding] = {}
    rows: dict[str, list[int]] = {}
    for finding in findings:
        first.setdefault(finding.code, finding)
        rows.setdefault(finding.code, []).extend([] if finding.row is None else [finding.row])
    return [(first[code], rows[code]) for code in first]
