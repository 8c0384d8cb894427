"""The card of what is chosen: a stake with its record, marks and findings, or the finding itself."""

from collections.abc import Sequence

from demarcation.finding import BoundaryFinding
from demarcation.model import Mark, Stake
from ui import i18n
from ui.i18n import Say
from ui.map import safe_text
from ui.stakes import rows
from ui.stakes.sheets import Sheet

__all__ = ["finding_lines", "stake_lines"]

_DECIMALS = 2


def stake_lines(sheet: Sheet, position: int, say: Say, lang: str) -> list[str]:
    """What is known of a stake: no coordinates, they stand in the register that is asked for by name."""
    checked, state = sheet.checked, sheet.state(position)
    stake, place = checked.bench.study.stakes[position], checked.bench.places[position]
    lines = [_identity(stake, say)]
    if state:
        lines.append(say("map.stake_state", state=safe_text(state)))
    if stake.managed_by:
        lines.append(say("stakes.managed_by", unit=safe_text(sheet.unit(stake.managed_by))))
    if place is None:
        lines.append(say("stakes.no_place"))
    else:
        lines.append(
            say("stakes.where", offset=i18n.decimal(abs(place.offset_m), _DECIMALS),
                chainage=i18n.decimal(place.chainage_m))
        )  # fmt: skip
    lines += [_mark(number, mark, stake.azimuth_kind, say) for number, mark in enumerate(stake.marks, start=1)]
    found = rows.of_stake(checked, stake)
    lines += finding_lines([checked.findings[n] for n in found], say, lang)
    if not found:
        lines.append(say("stakes.nothing_found"))
    return lines


def _identity(stake: Stake, say: Say) -> str:
    kind = say(f"stakes.kind_{stake.kind}") if stake.kind in set("QABCDE") else safe_text(stake.kind)
    method = f" · {safe_text(stake.survey_method)}" if stake.survey_method else ""
    return say("map.stake_line", code=safe_text(stake.line_code)) + f" · {kind}{method}"


def _mark(number: int, mark: Mark, kind: str, say: Say) -> str:
    azimuth = "–" if mark.azimuth_deg is None else f"{mark.azimuth_deg:.2f}°"
    distance = "–" if mark.distance_m is None else i18n.decimal(mark.distance_m)
    word = say(f"stakes.azimuth_{kind or 'unknown'}")
    return say("stakes.mark", number=number, name=safe_text(mark.name or "–"), azimuth=azimuth, kind=word,
               distance=distance)  # fmt: skip


def finding_lines(findings: Sequence[BoundaryFinding], say: Say, lang: str) -> list[str]:
    """Each finding with its check and how to mend it."""
    lines = []
    for one in findings:
        message, hint = one.sentence(lang)
        mark = f"{rows.MARKS[one.severity]} {say(f'stakes.check.{one.check}')}"
        lines.append(f"<b>{mark}</b> {safe_text(message)} {safe_text(hint)}".rstrip())
    return lines
