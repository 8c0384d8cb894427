"""The register of disputes about a boundary (界线纠纷): which are open, how old, how many per 100 km of line."""

import dataclasses
import datetime as dt
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
import shapely

from demarcation.axis import Axis, axis_of
from demarcation.crossing import LinesNear, apart_m
from demarcation.model import Study

__all__ = ["Dispute", "DisputeFigures", "LineFigures", "dispute_figures", "disputes_of"]

PER_KM = 100.0
#: Words of a register for a dispute that is over, or for one that a reader would call so.
OVER = (
    "已化解",
    "化解",
    "已解决",
    "解决",
    "已办结",
    "办结",
    "已调处",
    "已处理",
    "结案",
    "已结案",
    "撤销",
    "closed",
    "settled",
)


@dataclass(frozen=True)
class Dispute:
    """One dispute of the register.

    Parameters
    ----------
    name, state
        As written.
    line_code
        As written, else of the nearest line within the distance of K16; ``""`` where there is none.
    distance_m
        To that line; None where the line is not known.
    opened, closed
        Days; None where the register says none.
    open
        On the day of the study: neither a day of closing nor a word for it.
    shape
        EPSG:4326; None where the row has none.
    row
        As the user sees it.
    """

    name: str
    state: str
    line_code: str
    distance_m: float | None
    opened: dt.date | None
    closed: dt.date | None
    open: bool
    shape: shapely.Geometry | None
    row: int


@dataclass(frozen=True)
class LineFigures:
    """Disputes of one line, or of all.

    Parameters
    ----------
    open, closed
        How many.
    length_m
        On the ellipsoid.
    per_100_km
        Open ones per 100 km; None without a length.
    oldest_open
        Day on which the oldest open one began; None where there is none, or no day is given.
    """

    open: int
    closed: int
    length_m: float
    per_100_km: float | None
    oldest_open: dt.date | None

    def as_dict(self) -> dict[str, Any]:
        """The figures as a summary writes them."""
        return {
            "open": self.open,
            "closed": self.closed,
            "length_km": round(self.length_m / 1000, 3),
            "per_100_km": None if self.per_100_km is None else round(self.per_100_km, 3),
            "oldest_open": None if self.oldest_open is None else self.oldest_open.isoformat(),
        }


@dataclass(frozen=True)
class DisputeFigures:
    """Disputes of all lines and of each.

    Parameters
    ----------
    whole
        All disputes of the register that had begun by the day.
    lines
        By code, every line; a dispute that names no line and lies at none is in ``whole`` only.
    no_line
        How many of those there are.
    """

    whole: LineFigures
    lines: Mapping[str, LineFigures]
    no_line: int

    def as_dict(self) -> dict[str, Any]:
        """The figures of all lines, and of each that has a dispute."""
        lines = {code: one.as_dict() for code, one in self.lines.items() if one.open or one.closed}
        return {**self.whole.as_dict(), "no_line": self.no_line, "lines": lines}


def disputes_of(study: Study, axes: Mapping[str, Axis], near_m: float) -> tuple[Dispute, ...]:
    """Disputes of a study that had begun by its day, by row.

    Parameters
    ----------
    study
        With the layer of disputes; none without.
    axes
        Lines by code.
    near_m
        A dispute without a line code belongs to the nearest line within this.

    Examples
    --------
    >>> disputes_of(Study({}, (), dt.date(2026, 6, 30)), {}, 100.0)
    ()
    """
    if study.disputes is None:
        return ()
    near = LinesNear(axes)
    rows = [_dispute(record, study.as_of, axes, near, near_m) for record in study.disputes.frame.to_dict("records")]
    begun = [row for row in rows if row.opened is None or row.opened <= study.as_of]
    return tuple(sorted(begun, key=lambda row: row.row))


def dispute_figures(study: Study, near_m: float = 100.0) -> DisputeFigures | None:
    """How many disputes are open and closed, and how many open ones there are per 100 km of line.

    Parameters
    ----------
    study
        With lines and the layer of disputes.
    near_m
        As for :func:`disputes_of`.

    Returns
    -------
    DisputeFigures or None
        None where the study has no register: nobody knows, which is not 0.

    Examples
    --------
    >>> dispute_figures(Study({}, (), dt.date(2026, 6, 30))) is None
    True
    """
    if study.disputes is None:
        return None
    axes = {code: axis_of([segment.path for segment in line.segments]) for code, line in study.lines.items()}
    found = disputes_of(study, axes, near_m)
    lengths_m = {code: axis.length_m for code, axis in axes.items()}
    lines = {
        code: _figures([one for one in found if one.line_code == code], length_m)
        for code, length_m in lengths_m.items()
    }
    counts = Counter(one.line_code in lengths_m for one in found)
    return DisputeFigures(_figures(list(found), sum(lengths_m.values())), lines, counts[False])


def _figures(found: list[Dispute], length_m: float) -> LineFigures:
    still = [one for one in found if one.open]
    rate = len(still) / (length_m / 1000) * PER_KM if length_m else None
    oldest = min((one.opened for one in still if one.opened is not None), default=None)
    return LineFigures(len(still), len(found) - len(still), length_m, rate, oldest)


def _dispute(
    record: Mapping[str, Any], day: dt.date, axes: Mapping[str, Axis], near: LinesNear, near_m: float
) -> Dispute:
    shape = record["geometry"]
    shape = None if shape is None or shape.is_empty else shape
    state, closed = _text(record.get("state")), _day(record.get("close_date"))
    over = state in OVER and closed is None
    one = Dispute(
        name=_text(record.get("name")),
        state=state,
        line_code=_text(record.get("line_code")),
        distance_m=None,
        opened=_day(record.get("date")),
        closed=closed,
        open=not over and (closed is None or closed > day),
        shape=shape,
        row=int(record["row"]),
    )
    if shape is None:
        return one
    asked = (one.line_code,) if one.line_code else near.within(shape, near_m)
    away = [(apart_m(shape, shapely.MultiLineString(axes[code].parts))[0], code) for code in asked if code in axes]
    away = [(far, code) for far, code in away if one.line_code or far <= near_m]
    if not away:
        return one
    distance_m, code = min(away)
    return dataclasses.replace(one, line_code=code, distance_m=distance_m)


def _text(value: object) -> str:
    return "" if value is None or pd.isna(value) else str(value).strip()


def _day(value: object) -> dt.date | None:
    if isinstance(value, dt.datetime):
        return None if pd.isna(value) else value.date()
    if isinstance(value, dt.date):
        return value
    try:
        return dt.date.fromisoformat(_text(value)[:10])
    except ValueError:
        return None
