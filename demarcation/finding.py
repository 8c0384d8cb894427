"""What a check says of a line or a stake, in the form of the contract."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal

import shapely

from geo import messages

__all__ = ["CHECKS", "SEVERITIES", "BoundaryFinding", "Severity"]

Severity = Literal["fail", "warn", "info"]
#: The worst first.
SEVERITIES: tuple[Severity, ...] = ("fail", "warn", "info")
#: Ids of all checks, in order.
CHECKS = tuple(f"K{number}" for number in range(1, 21))


@dataclass(frozen=True)
class BoundaryFinding:
    """One thing that a check found.

    Parameters
    ----------
    code
        Key of the sentence in ``geo/sentences/boundary_*.toml``.
    check
        ``K1`` … ``K20``.
    severity
        ``fail``: contradicts the record; ``warn``: somebody has to look; ``info``: worth knowing, nobody is accused.
    line_code
        ``""`` for a finding about units.
    stake_no
        In full; ``""`` for a finding about the line as a whole.
    value, limit
        What was measured, and what it may be, both in ``unit``; None where there is no number.
    unit
        ``m``, ``m2``, ``%``, ``deg``, ``days``, ``count`` or ``""``.
    where
        Point, line or polygon in EPSG:4326; None where there is no place.
    facts
        Values that the sentence names, beside ``line``, ``stake``, ``value``, ``limit``. A key that ends in ``_zh`` or
        ``_en`` is for that language.
    row
        Row of the stake or line as the user sees it.

    Examples
    --------
    >>> found = BoundaryFinding("stake_off_line", "K1", "fail", "9916", "9916005Q", value=35.0, limit=5.0, unit="m")
    >>> found.as_dict("en")["value"]
    35.0
    """

    code: str
    check: str
    severity: Severity
    line_code: str
    stake_no: str = ""
    value: float | None = None
    limit: float | None = None
    unit: str = ""
    where: shapely.Geometry | None = None
    facts: Mapping[str, object] = dataclasses.field(default_factory=lambda: MappingProxyType({}))
    row: int | None = None

    def as_dict(self, lang: str | None = None) -> dict[str, Any]:
        """The fields of the contract, and ``hint``: the sentence and how to mend it, in the language asked for."""
        message, hint = self.sentence(lang)
        return {
            "check": self.check,
            "severity": self.severity,
            "line_code": self.line_code,
            "stake_no": self.stake_no,
            "value": self.value,
            "limit": self.limit,
            "unit": self.unit,
            "message": message,
            "hint": hint,
            "row": self.row,
        }

    def sentence(self, lang: str | None = None) -> tuple[str, str]:
        """What was found, and what to do about it."""
        numbers = {"value": _number(self.value), "limit": _number(self.limit)}
        return messages.text(
            self.code, lang, **{"line": self.line_code, "stake": self.stake_no, **numbers, **self.facts}
        )

    @property
    def order(self) -> tuple[object, ...]:
        """By check, line, stake, severity, place; the row last, so that another order of the rows gives the same."""
        place = "" if self.where is None else self.where.wkt
        return (CHECKS.index(self.check), self.line_code, self.stake_no, SEVERITIES.index(self.severity), self.code,
                self.value or 0.0, place, self.row or 0)  # fmt: skip


def _number(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:,.3g}" if abs(value) < 1 else f"{value:,.1f}".removesuffix(".0")
