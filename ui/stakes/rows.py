"""Tables and figures of the page: what was found, how bad, and what stands in a stake's record."""

from collections.abc import Iterable, Mapping, Sequence

import pandas as pd

from demarcation.check import Checked
from demarcation.finding import CHECKS, SEVERITIES, BoundaryFinding, Severity
from demarcation.model import Stake
from ui import i18n
from ui.figures import Figure
from ui.i18n import Say
from ui.stakes.scope import Scope
from ui.stakes.sheets import Sheet

__all__ = ["MARKS", "figures", "finding_table", "of_stake", "ranked", "shown", "stake_table", "worst_by_stake"]

#: What is shown before a severity: told apart without colour.
MARKS: Mapping[str, str] = {"fail": "▲", "warn": "◆", "info": "○"}


def ranked(checked: Checked) -> list[int]:
    """Positions of all findings, the worst first: by severity, then by how many times the limit, then by check."""
    found = checked.findings

    def badness(position: int) -> tuple[int, float, int, int]:
        one = found[position]
        times = abs(one.value) / one.limit if one.value is not None and one.limit else 0.0
        return SEVERITIES.index(one.severity), -times, CHECKS.index(one.check), position

    return sorted(range(len(found)), key=badness)


def shown(checked: Checked, severities: Iterable[str], scope: Scope) -> list[int]:
    """Positions of the findings that the filters leave, the worst first."""
    wanted = set(severities)
    return [
        position
        for position in ranked(checked)
        if checked.findings[position].severity in wanted and checked.findings[position].line_code in scope
    ]


def worst_by_stake(checked: Checked, findings: Sequence[BoundaryFinding]) -> dict[int, Severity]:
    """The worst that findings say of each stake, by its position in the study."""
    by_row: dict[tuple[str, str], list[int]] = {}
    for position, stake in enumerate(checked.bench.study.stakes):
        by_row.setdefault((stake.line_code, stake.number), []).append(position)
    worst: dict[int, Severity] = {}
    for one in findings:
        for position in by_row.get((one.line_code, one.stake_no), []):
            if position not in worst or SEVERITIES.index(one.severity) < SEVERITIES.index(worst[position]):
                worst[position] = one.severity
    return worst


def of_stake(checked: Checked, stake: Stake) -> list[int]:
    """Positions of the findings about a stake, the worst first."""
    return [
        position
        for position in ranked(checked)
        if (checked.findings[position].line_code, checked.findings[position].stake_no)
        == (stake.line_code, stake.number)
    ]


def finding_table(checked: Checked, positions: Sequence[int], say: Say, lang: str) -> pd.DataFrame:
    """One row per finding: severity, check, line, stake, what was found."""
    findings = [checked.findings[position] for position in positions]
    return pd.DataFrame(
        {
            "severity": [f"{MARKS[one.severity]} {say(f'stakes.severity_{one.severity}')}" for one in findings],
            "check": [say(f"stakes.check.{one.check}") for one in findings],
            "stake": [one.stake_no or one.line_code for one in findings],
            "message": [one.sentence(lang)[0] for one in findings],
        },
        columns=["severity", "check", "stake", "message"],
    )


def stake_table(sheet: Sheet, positions: Sequence[int], say: Say) -> pd.DataFrame:
    """One row per stake: number, line, type, state as of now, offset and chainage in metres, the worst finding."""
    checked = sheet.checked
    worst = worst_by_stake(checked, checked.findings)
    chosen = [(n, checked.bench.study.stakes[n], checked.bench.places[n]) for n in positions]
    return pd.DataFrame(
        {
            "stake": [stake.number for _, stake, _ in chosen],
            "line": [stake.line_code for _, stake, _ in chosen],
            "kind": [stake.kind for _, stake, _ in chosen],
            "state": [sheet.state(n) for n, _, _ in chosen],
            "offset_m": [None if place is None else abs(place.offset_m) for _, _, place in chosen],
            "chainage_m": [None if place is None else place.chainage_m for _, _, place in chosen],
            "found": [
                f"{MARKS[worst[n]]} {say(f'stakes.severity_{worst[n]}')}" if n in worst else "" for n in positions
            ],
        },
        columns=["stake", "line", "kind", "state", "offset_m", "chainage_m", "found"],
    )


def figures(sheet: Sheet, scope: Scope, say: Say) -> list[Figure]:
    """The five cards, of the lines that are shown."""
    checked = sheet.checked
    found = [one for one in checked.findings if one.line_code in scope]
    stakes = [n for n, one in enumerate(checked.bench.study.stakes) if one.line_code in scope]
    due = [one for one in sheet.due if one.line_code in scope]
    events = [one for one in sheet.book.open_events if one.found.line_code in scope]
    counts = {severity: i18n.count(sum(one.severity == severity for one in found)) for severity in SEVERITIES}
    in_order = sum(sheet.state(n) in checked.rules.K17.in_order for n in stakes)
    late = sum(one.status in {"overdue", "extra"} for one in due)
    soon = sum(one.status == "soon" for one in due)
    ran = len(CHECKS) - len(checked.not_run)
    return [
        Figure(say("stakes.figure_fail"), counts["fail"], say("stakes.figure_fail_note", checks=ran)),
        Figure(say("stakes.figure_warn"), counts["warn"], say("stakes.figure_warn_note", count=counts["info"])),
        Figure(say("stakes.figure_order"), i18n.share(in_order / len(stakes) if stakes else None),
               say("stakes.figure_order_note", count=i18n.count(in_order), all=i18n.count(len(stakes)))),
        Figure(say("stakes.figure_due"), i18n.count(late),
               say("stakes.figure_due_note", count=i18n.count(soon), all=i18n.count(len(due)))),
        Figure(say("stakes.figure_events"), i18n.count(len(events)), say("stakes.figure_events_note")),
    ]  # fmt: skip
