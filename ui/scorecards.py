"""A scorecard as the page shows it: counts, the table of indicators and units, and what stands behind one cell."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import cast, get_args

import numpy as np
import pandas as pd
import shapely

from coverage.plans.model import Indicator
from coverage.plans.scorecard import Score, Scorecard, Status
from layers.layer import Layer
from reports import scorecard_words as words
from ui import i18n
from ui.figures import Figure
from ui.i18n import Say
from ui.map import safe_text

__all__ = [
    "PROBLEMS",
    "Matrix",
    "detail_lines",
    "five_figures",
    "matrix",
    "of_cell",
    "path_table",
    "small_map",
    "styled",
]

#: Statuses that somebody has to do something about.
PROBLEMS = ("missed", "behind", "to_verify", "no_data")
_WIDTH = 300.0
#: Shapes of the small map are simplified to about half a pixel.
_PIXEL = 0.5
_SHORT = 8


@dataclass(frozen=True)
class Matrix:
    """The table of the page.

    Parameters
    ----------
    table
        One row per indicator: its own columns by name, then one column of status per unit, by unit code.
    statuses
        The same shape as the columns of units: statuses, ``""`` where there is no score.
    ids
        Indicator of each row.
    names
        Of the columns of units, by code.
    """

    table: pd.DataFrame
    statuses: pd.DataFrame
    ids: tuple[str, ...]
    names: dict[str, str]


def five_figures(card: Scorecard, say: Say) -> list[Figure]:
    """How many indicators of the whole are where."""
    whole = card.of_whole()
    count = {status: sum(words.shown_status(one) == status for one in whole) for status in get_args(Status)}
    due = len(whole) - count["not_applicable"]
    groups = (("met", ("met",)), ("on_pace", ("on_pace",)), ("behind", ("behind", "missed")),
              ("to_verify", ("to_verify",)), ("no_data", ("no_data",)))  # fmt: skip
    return [
        Figure(
            say(f"plan.card_{name}"),
            i18n.count(sum(count[status] for status in statuses)),
            say(f"plan.card_{name}_note", all=due, binding=sum(_bound(one, statuses) for one in whole)),
        )
        for name, statuses in groups
    ]


def _bound(score: Score, statuses: tuple[str, ...]) -> bool:
    return score.binding == "约束性" and words.shown_status(score) in statuses


def matrix(
    card: Scorecard, columns: Collection[str], lang: str, *, binding: str = "", only_problems: bool = False
) -> Matrix:
    """Indicators by units.

    Parameters
    ----------
    card, lang
        What is shown, and in which language.
    columns
        Codes of the units that have a column; what lies in no unit has one too where somebody is there.
    binding
        Only indicators of this sort; empty: all.
    only_problems
        Only indicators that are not done, of the whole or of a unit.
    """
    names: dict[str, str] = {}
    rows, statuses, ids = [], [], []
    by_id: dict[str, list[Score]] = {}
    for score in card.scores:
        by_id.setdefault(score.indicator_id, []).append(score)
        if not score.whole and (score.unit_code in columns or score.unit_code == ""):
            names[score.unit_code] = score.unit_name
    for indicator_id, found in by_id.items():
        whole = next((one for one in found if one.whole), found[0])
        if binding and whole.binding != binding:
            continue
        if only_problems and not any(one.status in PROBLEMS for one in found):
            continue
        ids.append(indicator_id)
        rows.append(
            {
                "id": indicator_id,
                "name": whole.name if lang == "zh" else whole.name_en,
                "status": f"{_mark(whole)} {words.status_word(whole, lang)}",
                "value": words.with_unit(whole.value, whole.unit),
                "target": words.target_words(whole, card.plan),
                "pace": words.with_unit(whole.pace, whole.unit),
                "baseline": words.with_unit(whole.baseline, whole.unit),
                "binding": words.binding_word(whole.binding, lang),
            }
        )
        own = {one.unit_code: one for one in found if not one.whole and one.unit_code in names}
        statuses.append(
            {"status": words.shown_status(whole), **{code: words.shown_status(one) for code, one in own.items()}}
        )
        rows[-1] |= {code: _cell(one) for code, one in own.items()}
    order = ["id", "name", "status", "value", "target", "pace", "baseline", "binding", *sorted(names)]
    table = pd.DataFrame(rows, columns=order).fillna("")
    told = pd.DataFrame(statuses, columns=["status", *sorted(names)]).fillna("")
    return Matrix(table, told, tuple(ids), names)


def _cell(score: Score) -> str:
    if score.status == "not_applicable" or score.value is None:
        return _mark(score)
    return f"{_mark(score)} {words.number_words(score.value)}"


def _mark(score: Score) -> str:
    return words.status_look(words.shown_status(score))["mark"]


def styled(shown: Matrix) -> "pd.io.formats.style.Styler":
    """The table with the colour of each status behind its words and marks."""

    def colours(table: pd.DataFrame) -> pd.DataFrame:
        out = pd.DataFrame("", index=table.index, columns=table.columns)
        for code in shown.statuses.columns:
            out[code] = [_colours(one) for one in shown.statuses[code]]
        return out

    return shown.table.style.apply(colours, axis=None)


def _colours(status: str) -> str:
    if not status:
        return ""
    look = words.status_look(cast("Status", status))
    return f"background-color: {look['fill']}; color: {look['ink']}"


def detail_lines(score: Score, card: Scorecard, say: Say, lang: str) -> list[str]:
    """What stands behind one number, in words; escaped."""
    lines = [f"<q>{safe_text(score.quote)}</q>"]
    value = words.with_unit(score.value, score.unit)
    parts = "" if score.numerator is None or score.denominator is None else say(
        "plan.parts", numerator=words.number_words(score.numerator), denominator=words.number_words(score.denominator)
    )  # fmt: skip
    lines.append(f"<b>{words.status_word(score, lang)}</b> · {say('plan.value', value=value, parts=parts)}")
    lines.append(
        say("plan.due", target=words.target_words(score, card.plan), year=score.year,
            pace=words.with_unit(score.pace, score.unit), baseline=words.with_unit(score.baseline, score.unit))
    )  # fmt: skip
    if score.basis:
        lines.append(say("plan.basis", basis=safe_text(words.basis_words(score.basis, lang))))
    lines += [
        say(
            "plan.other",
            basis=safe_text(words.basis_words(one.basis, lang)),
            value=words.with_unit(one.value, score.unit),
        )
        for one in score.others
    ]
    lines += [f"⚑ {safe_text(remark)}" for remark in words.remarks(score, lang)]
    names = {one.unit_code: one.unit_name for one in card.scores}
    if score.failing:
        shown = "、".join(safe_text(names.get(code, code)) for code in score.failing[:_SHORT])
        more = say("plan.and_more", count=len(score.failing) - _SHORT) if len(score.failing) > _SHORT else ""
        lines.append(say("plan.failing", count=len(score.failing), names=shown + more))
    if score.missing:
        told = [safe_text(words.missing_words(one, lang, names)) for one in score.missing[:_SHORT]]
        more = say("plan.and_more", count=len(score.missing) - _SHORT) if len(score.missing) > _SHORT else ""
        lines.append(say("plan.missing", what="、".join(told) + more))
    if score.department:
        lines.append(say("plan.department", name=safe_text(score.department)))
    return lines


def of_cell(found: Sequence[Score], unit: str | None) -> Score:
    """The score behind a cell: of a unit where it has one, ``""`` for what lies in none; None asks for the whole."""
    whole = next((one for one in found if one.whole), found[0])
    return next((one for one in found if not one.whole and one.unit_code == unit), whole)


def path_table(indicator: Indicator, score: Score, say: Say) -> pd.DataFrame:
    """Years with what the plan asks for and what was reached: ``year``, ``value``, ``series``."""
    points = [indicator.baseline, *indicator.path, indicator.target]
    due = {one.year: one.value for one in points if one is not None and one.value is not None}
    rows = [(year, value, say("plan.series_plan")) for year, value in sorted(due.items())]
    if score.value is not None:
        rows.append((score.year, score.value, say("plan.series_value")))
    return pd.DataFrame(rows, columns=["year", "value", "series"])


def small_map(units: Layer | None, found: dict[str, Score]) -> str:
    """A map of the units in the colours of their status, as SVG; empty without polygons."""
    if units is None:
        return ""
    frame = units.frame[units.frame["unit_code"].isin(found)]
    frame = frame[frame.geometry.notna() & (shapely.get_dimensions(frame.geometry.to_numpy()) == 2)]  # noqa: PLR2004
    if frame.empty:
        return ""
    west, south, east, north = frame.total_bounds
    squeeze = float(np.cos(np.radians((south + north) / 2)))
    scale = _WIDTH / max((east - west) * squeeze, north - south)
    paths = []
    for code, shape in zip(frame["unit_code"], frame.geometry, strict=True):
        score = found[str(code)]
        pixels = shapely.transform(
            shape, lambda xy: np.column_stack([(xy[:, 0] - west) * squeeze, north - xy[:, 1]]) * scale
        )
        fill = words.status_look(words.shown_status(score))["fill"]
        paths.append(
            f'<path d="{_outline(shapely.simplify(pixels, _PIXEL))}" fill="{fill}" '
            'stroke="#56646b" stroke-width="0.8"/>'
        )
    size = f"{(east - west) * squeeze * scale:.0f} {(north - south) * scale:.0f}"
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size}">{"".join(paths)}</svg>'


def _outline(shape: shapely.Geometry) -> str:
    rings = [ring for part in shapely.get_parts(shape) for ring in (part.exterior, *part.interiors)]
    return "".join("M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in shapely.get_coordinates(ring)) + "Z" for ring in rings)
