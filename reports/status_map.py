"""The map of one indicator for paper: each unit in the colour of its status, with mark, name and value."""

from collections.abc import Sequence
from typing import Any, get_args

import numpy as np
import shapely
from matplotlib.axes import Axes
from matplotlib.font_manager import FontProperties
from matplotlib.patches import Patch, PathPatch

from coverage.plans.scorecard import Score, Scorecard, Status
from geo.crs import metric_crs
from layers.layer import Layer
from reports import paper
from reports import scorecard_words as words
from reports.html import page_words
from reports.one_page import shortened
from reports.paper import Picture

__all__ = ["draw_statuses"]

_LINE = "#5f7078"
#: Share of the width that the legend takes, and free around the units.
_LEGEND, _FREE = 0.24, 0.08
#: Names that can be read on the page; of more units only those who are behind are named.
_MOST_NAMES = 30
#: Width of the title, points.
_TITLE_PT = 360.0


def draw_statuses(
    card: Scorecard, indicator_id: str, units: Layer, *, lang: str = "zh", height_mm: float = 110.0
) -> Picture | None:
    """Units in the colours of their statuses, with scale, north and legend.

    Parameters
    ----------
    card
        As scored.
    indicator_id
        Of the indicator that is shown.
    units
        With outlines; those without a score of this indicator are left white.
    lang
        ``zh`` or ``en``.
    height_mm
        Height on the page; the width is 186 mm.

    Returns
    -------
    Picture or None
        None where no unit that has a score has an outline: units may be codes only.
    """
    scores = {score.unit_code: score for score in card.of(indicator_id) if not score.whole}
    shapes = units.frame.geometry.to_numpy()
    outlined = (shapely.get_dimensions(shapes) == 2) & ~shapely.is_empty(shapes)  # noqa: PLR2004  # polygons
    rows = units.frame[outlined & units.frame["unit_code"].isin(scores.keys()).to_numpy()].sort_values("unit_code")
    if rows.empty:
        return None
    west, south, east, north = (float(edge) for edge in rows.total_bounds)
    crs = metric_crs((west, south, east, north))
    flat = [shapely.transform(shape, crs.forward) for shape in rows.geometry]
    font = paper.font_for(lang, units)
    figure, axes = paper.sheet(height_mm)
    _frame(axes, flat, paper.WIDTH_MM / height_mm)
    shown = [scores[code] for code in rows["unit_code"]]
    named = shown if len(shown) <= _MOST_NAMES else [s for s in shown if words.shown_status(s) in words.NOT_REACHED]
    for shape, score in zip(flat, shown, strict=True):
        _unit(axes, shape, score, font if score in named[:_MOST_NAMES] else None)
    if font is not None:
        paper.legend(axes, _handles(shown, lang), font)
        paper.scale_and_north(axes, page_words(lang), font)
        name = shown[0].name_en if lang == "en" else shown[0].name
        title = shortened(f"{indicator_id} {name} {card.as_of.isoformat()}", _TITLE_PT, 8.0, 1)
        _corner(axes, 0.975, "top", title, font, 8.0)
        marks = " · ".join(text for text in (page_words(lang)["stamp"], words.made_up_words(card, lang)) if text)
        _corner(axes, 0.025, "bottom", marks, font, 6.5)
    return paper.picture_of(figure, labelled=font is not None)


def _frame(axes: Axes, shapes: Sequence[shapely.Geometry], ratio: float) -> None:
    """All units, with room for the legend on the left of them."""
    west, south, east, north = shapely.total_bounds(np.asarray(shapes, dtype=object))
    height = max((north - south) * (1 + 2 * _FREE), (east - west) * (1 + 2 * _FREE) / (1 - _LEGEND) / ratio, 500.0)
    middle, width = (south + north) / 2, height * ratio
    axes.set_ylim(middle - height / 2, middle + height / 2)
    right = (west + east) / 2 + width * (1 - _LEGEND) / 2
    axes.set_xlim(right - width, right)
    axes.set_aspect("equal", adjustable="box")


def _corner(axes: Axes, height: float, side: str, text: str, font: FontProperties, size_pt: float) -> None:
    """On the picture itself, which may be cut out of the page."""
    axes.text(
        0.985, height, text, transform=axes.transAxes, fontproperties=font, fontsize=size_pt, color="#9a3412",
        ha="right", va=side, zorder=21, parse_math=False,
        bbox={"facecolor": "white", "alpha": 0.85, "edgecolor": "none", "pad": 2.0},
    )  # fmt: skip


def _unit(axes: Axes, shape: shapely.Geometry, score: Score, font: FontProperties | None) -> None:
    look = words.status_look(words.shown_status(score))
    style: dict[str, Any] = {"facecolor": look["fill"], "edgecolor": _LINE, "linewidth": 0.7, "zorder": 3}
    axes.add_patch(PathPatch(paper.outline(shape), **style))
    if font is None:
        return
    inside = shape.representative_point()
    value = "" if score.value is None else f" {words.with_unit(score.value, score.unit)}"
    text = axes.text(
        inside.x, inside.y, f"{score.unit_name}\n{look['mark']}{value}", fontproperties=font, fontsize=6.5,
        color="#1f2d33", zorder=8, ha="center", va="center", parse_math=False, clip_on=True,
    )  # fmt: skip
    text.set_bbox({"facecolor": "white", "alpha": 0.6, "edgecolor": "none", "pad": 0.8})


def _handles(scores: Sequence[Score], lang: str) -> list[Patch]:
    """One for each status on the map, in the order of the statuses."""
    handles = []
    for status in get_args(Status):
        first = next((score for score in scores if words.shown_status(score) == status), None)
        if first is not None:
            look = words.status_look(status)
            label = f"{look['mark']} {words.status_word(first, lang)}"
            handles.append(Patch(facecolor=look["fill"], edgecolor=_LINE, linewidth=0.5, label=label))
    return handles
