"""K13: two editions of a line (两版数据差异), with no winner."""

from collections.abc import Iterable, Iterator

from demarcation.bench import Bench
from demarcation.editions import EditionDifference, compare_editions
from demarcation.finding import BoundaryFinding, Severity
from demarcation.model import Study
from demarcation.rules import Rules

__all__ = ["editions_agree", "no_other_edition"]

_CHECK = "K13"
#: Codes that a sentence names as examples.
_NAMED = 5


def no_other_edition(study: Study) -> str:
    """Why editions cannot be compared; ``""`` where they can."""
    return "other_edition_not_given" if study.other_lines is None else ""


def editions_agree(bench: Bench, rules: Rules) -> Iterator[BoundaryFinding]:
    """K13: stretches on which the editions differ, and lines that stand in one of them only."""
    own, others = bench.study.lines, bench.study.other_lines
    if others is None:
        return
    for difference in compare_editions(own, others, rules):
        yield _finding(difference)
    # Nothing in common: the wrong file, or other codes. Else each side has lines that the other has no part in.
    severity: Severity = "info" if set(own) & set(others) else "warn"
    for code, only in (
        ("only_in_own_edition", set(own) - set(others)),
        ("only_in_other_edition", set(others) - set(own)),
    ):
        if only:
            yield BoundaryFinding(code, _CHECK, severity, "", value=float(len(only)), unit="count", facts=_named(only))


def _finding(difference: EditionDifference) -> BoundaryFinding:
    fails = difference.greatest_m > difference.fail_m
    facts = {
        "mean_m": f"{difference.mean_m:,.1f}",
        "from_m": f"{difference.from_m:,.0f}",
        "to_m": f"{difference.to_m:,.0f}",
        "scale": f"{difference.scale:.0f}",
        "scale_zh": "" if difference.scale_known else "(两版均未注明,按默认)",
        "scale_en": "" if difference.scale_known else " (neither says so: our default)",
    }
    return BoundaryFinding(
        "editions_differ", _CHECK, "fail" if fails else "warn", difference.line_code, value=difference.greatest_m,
        limit=difference.fail_m if fails else difference.warn_m, unit="m", where=difference.where, facts=facts,
    )  # fmt: skip


def _named(codes: Iterable[str]) -> dict[str, object]:
    named = sorted(codes)
    return {"codes_zh": "、".join(named[:_NAMED]), "codes_en": ", ".join(named[:_NAMED])}
