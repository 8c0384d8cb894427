"""All checks over one study: which there are, what each needs, and what came out."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from demarcation.axis import Axis, Place, axis_of
from demarcation.finding import CHECKS, SEVERITIES, BoundaryFinding
from demarcation.model import Stake, Study
from demarcation.rules import Rules

__all__ = ["REGISTRY", "Bench", "Check", "Checked", "bench_of", "run"]


@dataclass(frozen=True)
class Bench:
    """A study with what every check needs of it.

    Parameters
    ----------
    study
        What was read.
    axes
        Lines as axes, by code.
    places
        Where each stake of ``study.stakes`` lies by its line; None where it has no place, or its line is not known.
    suspects
        Positions in ``study.stakes`` of those whose coordinates K11 does not believe: K1, K2 and K6 pass them over.
    """

    study: Study
    axes: Mapping[str, Axis]
    places: tuple[Place | None, ...]
    suspects: frozenset[int] = frozenset()

    def on(self, line_code: str, *, believed: bool = True) -> Iterator[tuple[Stake, Place]]:
        """Stakes of a line with their places, in the order of the study; without suspects where ``believed``."""
        for position, (stake, place) in enumerate(zip(self.study.stakes, self.places, strict=True)):
            if stake.line_code == line_code and place is not None and not (believed and position in self.suspects):
                yield stake, place


@dataclass(frozen=True)
class Check:
    """One check.

    Parameters
    ----------
    id
        ``K1`` … ``K20``.
    run
        Gives its findings.
    missing
        Tells why it cannot run on a study: key of a sentence; ``""`` where it can.
    """

    id: str
    run: Callable[[Bench, Rules], Iterable[BoundaryFinding]]
    missing: Callable[[Study], str] = field(default=lambda _: "")


#: In the order of their ids.
REGISTRY: tuple[Check, ...] = ()


@dataclass(frozen=True)
class Checked:
    """What all checks found.

    Parameters
    ----------
    bench
        What they worked on.
    rules
        The tolerances they used.
    findings
        Sorted; the same whatever the order of the rows.
    not_run
        Why a check did not run, by its id: key of a sentence.
    """

    bench: Bench
    rules: Rules
    findings: tuple[BoundaryFinding, ...]
    not_run: Mapping[str, str]

    def counts(self) -> dict[str, dict[str, int]]:
        """Findings of each check that ran, by severity."""
        found = Counter((finding.check, finding.severity) for finding in self.findings)
        return {
            check: {severity: found[check, severity] for severity in SEVERITIES}
            for check in CHECKS
            if check not in self.not_run
        }


def bench_of(study: Study) -> Bench:
    """Put every stake beside its line."""
    axes = {code: axis_of([segment.path for segment in line.segments]) for code, line in study.lines.items()}
    places = tuple(
        None if stake.place is None or stake.line_code not in axes else axes[stake.line_code].locate(*stake.place)
        for stake in study.stakes
    )
    return Bench(study, axes, places)


def run(study: Study, rules: Rules, progress: Callable[[str, float], None] | None = None) -> Checked:
    """Run every check that has what it needs.

    Parameters
    ----------
    study
        Lines, stakes and what else is known.
    rules
        The tolerances.
    progress
        Called with the id of each check and the share that is done.
    """
    bench = bench_of(study)
    findings: list[BoundaryFinding] = []
    not_run: dict[str, str] = {}
    for position, check in enumerate(REGISTRY):
        if progress is not None:
            progress(check.id, position / len(REGISTRY))
        reason = check.missing(study)
        if reason:
            not_run[check.id] = reason
        else:
            findings += check.run(bench, rules)
    return Checked(bench, rules, tuple(sorted(findings, key=lambda finding: finding.order)), not_run)
