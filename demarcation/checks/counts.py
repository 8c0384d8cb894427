"""K7: stakes of the table against the numbers that the record of each line declares."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from demarcation.bench import Bench
from demarcation.finding import BoundaryFinding
from demarcation.model import Line, Study
from demarcation.numbering import GROUPS, Row, group_of, rows_by_line
from demarcation.rules import Rules

__all__ = ["check_counts", "no_counts"]

#: What a line declares apart, to the type codes that it counts.
_APART: Final = {"declared_single": "Q", "declared_double": "AB", "declared_triple": "CDE"}
_NAMES: Final = {"Q": ("单立桩", "single stakes"), "AB": ("同号双立桩", "double stakes"),
                 "CDE": ("同号三立桩", "triple stakes")}  # fmt: skip
_UNITS: Final = {"rows": ("每个桩各计一颗", "each stake"), "places": ("同号桩计一颗", "stakes of one number once")}


@dataclass(frozen=True)
class _Count:
    """How many stakes of one line there are at least and at most; rows whose line is in doubt are between."""

    least: int
    most: int

    def fits(self, declared: float) -> bool:
        return self.least <= declared <= self.most


def no_counts(study: Study) -> str:
    """Why K7 cannot run: no line declares how many stakes it has."""
    names = ("declared_stakes", *_APART)
    given = any(getattr(line, name) is not None for line in study.lines.values() for name in names)
    return "" if given else "counts_not_declared"


def check_counts(bench: Bench, rules: Rules) -> Iterator[BoundaryFinding]:
    """K7: as many stakes as declared, counted the way that most lines count.

    Examples
    --------
    >>> import datetime as dt
    >>> import shapely
    >>> from demarcation.bench import bench_of
    >>> from demarcation.model import Segment, Stake
    >>> from demarcation.rules import load_rules
    >>> parts = (Segment("", shapely.LineString([(114.0, 30.0), (114.1, 30.0)]), 1),)
    >>> line = Line("9916", "", "", "", "", None, "", None, 3.0, None, None, None, "", None, parts)
    >>> stakes = tuple(Stake(f"991600{n}Q", "9916", n, "Q") for n in (1, 2))
    >>> found = check_counts(bench_of(Study({"9916": line}, stakes, dt.date(2026, 6, 30))), load_rules())
    >>> [(one.value, one.limit) for one in found]
    [(2.0, 3.0)]
    """
    lines = bench.study.lines
    rows = rows_by_line(bench.study.stakes, rules)
    sure, doubted = _shared_out(rows, lines)
    totals = {code: _counts(sure[code], doubted[code], "") for code in lines}
    apart = {
        (code, kinds): _counts(sure[code], doubted[code], kinds) for code in lines for kinds in _APART.values()
    }  # fmt: skip
    chosen = rules.K7.count_by
    total_by = _unit(chosen, [(totals[code], line.declared_stakes) for code, line in lines.items()])
    apart_by = _unit(
        chosen, [(apart[code, kinds], getattr(line, name)) for code, line in lines.items()
                 for name, kinds in _APART.items()]
    )  # fmt: skip
    for code, line in lines.items():
        found = _total(line, totals[code][total_by], total_by, len(rows.get(code, ())))
        found = found or _kind(line, {kinds: apart[code, kinds][apart_by] for kinds in _APART.values()}, apart_by)
        found = found or _sum(line)
        if found is not None:
            yield found


def _shared_out(
    rows: Mapping[str, Sequence[Row]], lines: Mapping[str, Line]
) -> tuple[dict[str, list[Row]], dict[str, list[Row]]]:
    """Rows of each line; apart from them those whose row and number name two lines, which K4 says, at both."""
    sure: dict[str, list[Row]] = {code: [] for code in lines}
    doubted: dict[str, list[Row]] = {code: [] for code in lines}
    by_name = {found[0].line: code for code, found in rows.items()} | {code: code for code in lines if code not in rows}
    for code, found in rows.items():
        for row in found:
            if not row.stray:
                sure.get(code, []).append(row)
                continue
            for named in {code, by_name.get(row.number.line, "") if row.number is not None else ""}:
                doubted.get(named, []).append(row)
    return sure, doubted


def _counts(sure: Sequence[Row], doubted: Sequence[Row], kinds: str) -> dict[str, _Count]:
    """Rows and places of stakes of some kinds, of all where none is named."""
    ways: dict[str, Callable[[Sequence[Row]], int]] = {"rows": len, "places": _places}

    def of_kind(rows: Sequence[Row]) -> list[Row]:
        return [row for row in rows if not kinds or (row.stake.kind in kinds and row.stake.kind)]

    least, most = of_kind(sure), of_kind([*sure, *doubted])
    return {way: _Count(count(least), count(most)) for way, count in ways.items()}


def _places(rows: Sequence[Row]) -> int:
    """Double and triple stakes of one number once, others each."""
    shared = {(row.stake.serial, group) for row in rows if (group := group_of({row.stake.kind})) in GROUPS[1:]}
    return len(shared) + sum(group_of({row.stake.kind}) not in GROUPS[1:] for row in rows)


def _unit(chosen: str, lines: Sequence[tuple[Mapping[str, _Count], float | None]]) -> str:
    """How lines count: what fits most of those where both ways differ; as written, each stake, where it is even."""
    if chosen != "auto":
        return chosen
    fits = {
        way: sum(counts[way].fits(declared) for counts, declared in lines if declared is not None)
        for way in ("rows", "places")
    }
    return "places" if fits["places"] > fits["rows"] else "rows"


def _total(line: Line, counted: _Count, way: str, rows: int) -> BoundaryFinding | None:
    declared = line.declared_stakes
    if declared is None or counted.fits(declared):
        return None
    facts = {"way_zh": _UNITS[way][0], "way_en": _UNITS[way][1], "rows": rows}
    return _finding("stakes_not_as_declared", line, (counted.least, declared), **facts)


def _kind(line: Line, counts: Mapping[str, _Count], way: str) -> BoundaryFinding | None:
    """The first of the kinds declared apart that does not fit."""
    for name, kinds in _APART.items():
        declared = getattr(line, name)
        if declared is not None and not counts[kinds].fits(declared):
            facts = {"kind_zh": _NAMES[kinds][0], "kind_en": _NAMES[kinds][1], "way_zh": _UNITS[way][0],
                     "way_en": _UNITS[way][1]}  # fmt: skip
            return _finding("stakes_of_kind_not_as_declared", line, (counts[kinds].least, declared), **facts)
    return None


def _sum(line: Line) -> BoundaryFinding | None:
    """Kinds declared apart that are not the whole, however double and triple stakes are counted."""
    parts = [getattr(line, name) for name in _APART]
    if line.declared_stakes is None or any(part is None for part in parts):
        return None
    once, each = sum(parts), sum(part * times for part, times in zip(parts, (1, 2, 3), strict=True))
    if line.declared_stakes in (once, each):
        return None
    return _finding("stakes_declared_do_not_add_up", line, (once, line.declared_stakes))


def _finding(code: str, line: Line, counted: tuple[float, float], **facts: object) -> BoundaryFinding:
    value, limit = float(counted[0]), float(counted[1])
    return BoundaryFinding(
        code, "K7", "fail", line.code, value=value, limit=limit, unit="count", where=line.shape, facts=facts,
        row=line.row,
    )  # fmt: skip
