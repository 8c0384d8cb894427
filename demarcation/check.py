"""All checks over one study: which there are, what each needs, and what came out."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from demarcation.bench import Bench, bench_of
from demarcation.checks import coordinates, epochs, lengths, positions
from demarcation.checks.calendar import inspections_due, missing_dates
from demarcation.checks.codes import check_codes, check_start
from demarcation.checks.counts import check_counts, no_counts
from demarcation.checks.crossings import check_crossings, nothing_to_cross
from demarcation.checks.editions import editions_agree, no_other_edition
from demarcation.checks.features import no_features, stretches_follow_features
from demarcation.checks.junctions import lines_meet, no_sides
from demarcation.checks.marks import check_marks, no_marks
from demarcation.checks.numbers import check_numbers
from demarcation.checks.state import missing_states, stakes_in_order
from demarcation.checks.text import check_text, no_descriptions
from demarcation.checks.topology import no_units, units_fit
from demarcation.finding import CHECKS, SEVERITIES, BoundaryFinding
from demarcation.model import Study
from demarcation.rules import Rules

__all__ = ["REGISTRY", "Bench", "Check", "Checked", "bench_of", "run"]


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
REGISTRY: tuple[Check, ...] = (
    Check("K1", positions.offsets),
    Check("K2", positions.order),
    Check("K3", check_numbers),
    Check("K4", check_codes),
    Check("K5", check_start),
    Check("K6", positions.spacing),
    Check("K7", check_counts, no_counts),
    Check("K8", lengths.lengths),
    Check("K9", check_marks, no_marks),
    Check("K10", coordinates.agreement),
    Check("K11", coordinates.slips),
    Check("K12", units_fit, no_units),
    Check("K13", editions_agree, no_other_edition),
    Check("K14", lines_meet, no_sides),
    Check("K15", stretches_follow_features, no_features),
    Check("K16", check_crossings, nothing_to_cross),
    Check("K17", stakes_in_order, missing_states),
    Check("K18", inspections_due, missing_dates),
    Check("K19", check_text, no_descriptions),
    Check("K20", epochs.displacements, epochs.no_survey_before),
)  # fmt: skip


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
    bench = replace(bench, slips=coordinates.slips_of(bench, rules))
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
