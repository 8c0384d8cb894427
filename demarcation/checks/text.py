"""K19: 边界线走向说明 beside the line. It accuses nobody: words are coarse, and the line may wind."""

from collections.abc import Iterator, Sequence
from typing import Final

from demarcation.bench import Bench
from demarcation.finding import BoundaryFinding
from demarcation.model import Study
from demarcation.rules import Rules
from demarcation.told import MOST_LETTERS, read_description
from demarcation.told_compare import Compared, Comparison, compare

__all__ = ["check_text", "compared", "no_descriptions"]

#: How many fragments a sentence quotes.
_QUOTED: Final = 3


def no_descriptions(study: Study) -> str:
    """Why K19 cannot run: no description was given."""
    return "" if study.descriptions else "descriptions_not_given"


def compared(bench: Bench, line_code: str, text: str, rules: Rules) -> tuple[Comparison, tuple[str, ...]]:
    """A text beside its line, and the fragments of it that were not understood.

    Parameters
    ----------
    bench
        Lines and stakes.
    line_code
        Of a line of the bench.
    text
        As people write it.
    rules
        Tolerances of K19.

    Examples
    --------
    >>> import datetime as dt
    >>> from demarcation.bench import bench_of
    >>> from demarcation.rules import load_rules
    >>> from demarcation.read import lines_of
    >>> from geo.paths import DATA_DIR
    >>> from layers.read import read_layer
    >>> lines = lines_of(read_layer(DATA_DIR / "demo/layers/lines.parquet", "lines"))
    >>> bench = bench_of(Study(lines, (), dt.date(2026, 6, 30)))
    >>> found, unread = compared(bench, "9902", "界线全长20公里。山清水秀。", load_rules())
    >>> [(row.what, row.fits) for row in found.rows], unread
    ([('total', False)], ('山清水秀',))
    """
    told = read_description(text, rules)
    placed, known = tuple(bench.on(line_code)), (*bench.study.stakes, *bench.study.retired)
    return compare(told, line_code, bench.axes[line_code], placed, known, rules), told.unread


def check_text(bench: Bench, rules: Rules) -> Iterator[BoundaryFinding]:
    """K19: what each description says of directions, lengths and stakes fits its line."""
    for line, text in sorted((bench.study.descriptions or {}).items()):
        if line not in bench.axes:
            yield BoundaryFinding("text_of_no_line", "K19", "info", line)
            continue
        found, unread = compared(bench, line, text, rules)
        for row in found.rows:
            if not row.fits:
                yield _misfit(line, row)
        for number in found.unknown:
            yield BoundaryFinding("text_stake_unknown", "K19", "info", line, number)
        yield from _fragments("text_unread", line, unread)
        yield from _fragments("text_not_compared", line, found.left_out)
        if len(text) > MOST_LETTERS:
            yield BoundaryFinding(
                "description_cut", "K19", "info", line, value=float(len(text)), limit=float(MOST_LETTERS), unit="count"
            )


def _misfit(line: str, row: Compared) -> BoundaryFinding:
    facts = {"start": row.start, "end": row.end, "told": row.told, "measured_zh": row.measured,
             "measured_en": row.measured_en}  # fmt: skip
    measured = row.value, row.limit, row.unit, row.where, facts
    if row.what == "direction":
        return BoundaryFinding("text_direction", "K19", "info", line, "", *measured)
    if row.what == "length":
        return BoundaryFinding("text_length", "K19", "info", line, "", *measured)
    return BoundaryFinding("text_total", "K19", "info", line, "", *measured)


def _fragments(code: str, line: str, fragments: Sequence[str]) -> Iterator[BoundaryFinding]:
    """One finding for all of them, with the first."""
    if fragments:
        quoted = " | ".join(fragments[:_QUOTED])
        yield BoundaryFinding(
            code, "K19", "info", line, value=float(len(fragments)), unit="count", facts={"quoted": quoted}
        )
