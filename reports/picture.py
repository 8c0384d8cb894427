"""The map of a result as a picture for paper."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.font_manager import FontProperties
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, PathPatch

from coverage.patches import AddFacility, CloseFacility
from coverage.result import Result
from layers.layer import Layer
from reports import look, paper
from reports.paper import Picture

__all__ = ["draw"]

FloatArray = npt.NDArray[np.float64]
#: Width (points) and colour of roads by rank.
_ROADS = ((0.16, "#e3e0d8"), (0.2, "#dedad1"), (0.32, "#d6d1c6"), (0.45, "#cec8bb"), (0.7, "#d0c3a0"), (0.9, "#c9b787"))
_MARKERS = {"circle": "o", "square": "s", "triangle": "^", "diamond": "D", "cross": "P", "plus": "P"}


def draw(
    result: Result, units: Layer | None, words: Mapping[str, str], *, lang: str, height_mm: float = 124.0
) -> Picture:
    """Roads, service areas, people left out and facilities, with scale, north and legend.

    Parameters
    ----------
    result
        Of :func:`coverage.run.run`.
    units
        Outlined and named; also decides what part of the map is shown.
    words
        Texts of the legend: ``area`` (with ``{minutes}``), ``left_out``, ``no_road``, ``unit``, ``kilometres``, and
        those of what-ifs.
    lang
        ``zh`` or ``en``: names of the kinds of facilities.
    height_mm
        Height on the page; the width is 186 mm.

    Returns
    -------
    Picture
    """
    font = paper.font_for(lang, units)
    figure, axes = paper.sheet(height_mm)
    _frame(axes, result, units, paper.WIDTH_MM / height_mm)
    _roads(axes, result)
    handles = [*_areas(axes, result, words), *_people(axes, result, words), *_facilities(axes, result, lang)]
    handles += _what_ifs(axes, result, words)
    handles += _units(axes, result, units, words, font)
    if font is not None:
        paper.legend(axes, handles, font)
        paper.scale_and_north(axes, words, font)
        if result.request.patches:
            _badge(axes, words["what_if"], font)
    return paper.picture_of(figure, labelled=font is not None)


def _frame(axes: Axes, result: Result, units: Layer | None, ratio: float) -> None:
    """Show the units with a margin, and room for the legend on the left of them."""
    shown = (units or result.request.demand).frame.geometry.to_numpy()
    bounds = shapely.total_bounds([_metres(shape, result) for shape in shown if shape is not None])
    west, south, east, north = bounds
    height = max((north - south) * 1.05, (east - west) * 1.28 / ratio, 500.0)
    middle = (south + north) / 2
    axes.set_ylim(middle - height / 2, middle + height / 2)
    right = east + 0.02 * height
    axes.set_xlim(right - height * ratio, right)
    if (spare := west - (right - height * ratio) - 0.24 * height * ratio) > 0:
        axes.set_xlim(right - height * ratio + spare / 2, right + spare / 2)
    axes.set_aspect("equal", adjustable="box")


def _metres(shape: shapely.Geometry, result: Result) -> shapely.Geometry:
    return shapely.transform(shape, result.request.network.crs.forward)


def _roads(axes: Axes, result: Result) -> None:
    network = result.request.network
    ranks = np.array([look.road_rank(value) for value in network.ways["highway"]])[network.way]
    starts, stops = network.offsets[:-1], network.offsets[1:]
    for rank, (width, colour) in enumerate(_ROADS):
        own = np.flatnonzero(ranks == rank)
        lines = [network.xy[start:stop] for start, stop in zip(starts[own], stops[own], strict=True)]
        axes.add_collection(LineCollection(lines, linewidths=width, colors=colour, zorder=1, capstyle="round"))


def _areas(axes: Axes, result: Result, words: Mapping[str, str]) -> list[Any]:
    rows = result.service_areas.sort_values("minutes")
    handles = []
    for position, (minutes, shape) in enumerate(zip(rows["minutes"], rows.geometry, strict=True)):
        colour = look.area_colour(position, len(rows))
        handles.append(Patch(facecolor=colour, alpha=0.75, label=words["area"].format(minutes=f"{minutes:g}")))
        if not shape.is_empty:
            path = paper.outline(shapely.simplify(_metres(shape, result), 10.0))
            # The nearest lies on top.
            order = 2 + 0.1 * (9 - position)
            axes.add_patch(PathPatch(path, facecolor=colour, edgecolor="none", alpha=0.62, zorder=order))
    return handles


def _people(axes: Axes, result: Result, words: Mapping[str, str]) -> list[Any]:
    handles = []
    for status, colour, name in (("beyond", look.GAP_COLOUR, "left_out"), ("no_road", look.NO_ROAD_COLOUR, "no_road")):
        rows = result.demand[(result.demand["status"] == status) & (result.demand["weight"] > 0)]
        if rows.empty:
            continue
        xy = result.request.network.crs.forward(_lonlat(rows.geometry))
        weight = rows["weight"].to_numpy(dtype=np.float64)
        size = np.maximum(weight / weight.max() * 16.0, 0.7)
        axes.scatter(xy[:, 0], xy[:, 1], s=size, c=colour, alpha=0.6, linewidths=0, zorder=4)
        handles.append(_dot(colour, words[name], "o", 4.0))
    return handles


def _facilities(axes: Axes, result: Result, lang: str) -> list[Any]:
    """Serving facilities only: paper shows what the figures count."""
    rows = result.facilities[result.facilities["served"].notna()]
    present = set(rows["kind"].astype(str))
    handles = []
    for code in [*(code for code in look.kinds() if code in present), *sorted(present - set(look.kinds()))]:
        own = rows[rows["kind"].astype(str) == code]
        kind = look.kind_look(code)
        xy = result.request.network.crs.forward(_lonlat(own.geometry))
        marker = _MARKERS.get(kind["symbol"], "o")
        marks: PathCollection = axes.scatter(
            xy[:, 0], xy[:, 1], s=13, c=kind["colour"], marker=marker, edgecolors="white", linewidths=0.4, zorder=6
        )
        marks.set_clip_on(True)
        handles.append(_dot(kind["colour"], kind[lang] or code, marker, 5.0))
    return handles


def _what_ifs(axes: Axes, result: Result, words: Mapping[str, str]) -> list[Any]:
    """Closed roads, a cross on what is closed, a ring around what is new."""
    handles: list[Any] = []
    network = result.request.network
    if len(result.closed_edges):
        lines = [network.xy[network.offsets[e] : network.offsets[e + 1]] for e in np.unique(result.closed_edges)]
        axes.add_collection(LineCollection(lines, linewidths=2.2, colors=look.CLOSED_COLOUR, zorder=5.5))
        handles.append(Line2D([], [], color=look.CLOSED_COLOUR, linewidth=2.2, label=words["what_if_closed_road"]))
    for kind, marker, colour, face, name in (
        (CloseFacility, "X", look.CLOSED_COLOUR, look.CLOSED_COLOUR, "what_if_closed"),
        (AddFacility, "o", look.NEW_COLOUR, "none", "what_if_new"),
    ):
        ids = {patch.facility_id for patch in result.request.patches if isinstance(patch, kind)}
        own = result.facilities[result.facilities["facility_id"].isin(ids)]
        if own.empty:
            continue
        xy = network.crs.forward(_lonlat(own.geometry))
        axes.scatter(
            xy[:, 0], xy[:, 1], s=60, marker=marker, facecolors=face, edgecolors=colour, linewidths=1.4, zorder=7
        )
        mark = _dot(face, words[name], marker, 6.0)
        mark.set_markeredgecolor(colour)
        handles.append(mark)
    return handles


def _badge(axes: Axes, text: str, font: FontProperties) -> None:
    """On the picture itself, which may be cut out of the page."""
    axes.text(
        0.985, 0.975, text, transform=axes.transAxes, fontproperties=font, fontsize=9, color="white", ha="right",
        va="top", zorder=21, parse_math=False, bbox={"facecolor": "#9a3412", "edgecolor": "none", "pad": 3.0},
    )  # fmt: skip


def _dot(colour: str, label: str, marker: str, size: float) -> Line2D:
    return Line2D([], [], linestyle="none", marker=marker, markersize=size, markerfacecolor=colour,
                  markeredgecolor="white", markeredgewidth=0.4, label=label)  # fmt: skip


def _units(
    axes: Axes, result: Result, units: Layer | None, words: Mapping[str, str], font: FontProperties | None
) -> list[Any]:
    if units is None:
        return []
    for name, shape in zip(units.frame["name"].fillna(""), units.frame.geometry, strict=True):
        if shape is None or shape.is_empty:
            continue
        flat = _metres(shape, result)
        style = {"facecolor": "none", "edgecolor": "#5f7078", "linewidth": 0.7, "linestyle": (0, (5, 3)), "zorder": 5}
        axes.add_patch(PathPatch(paper.outline(flat), **style))
        if font is not None:
            inside = flat.representative_point()
            text = axes.text(
                inside.x, inside.y, str(name), fontproperties=font, fontsize=6.5, color="#33454d", zorder=8,
                ha="center", va="center", parse_math=False, clip_on=True,
            )  # fmt: skip
            text.set_bbox({"facecolor": "white", "alpha": 0.6, "edgecolor": "none", "pad": 0.8})
    return [Line2D([], [], color="#5f7078", linewidth=0.9, linestyle=(0, (4, 2)), label=words["unit"])]


def _lonlat(shapes: Iterable[shapely.Geometry]) -> FloatArray:
    points: FloatArray = shapely.get_coordinates(shapely.point_on_surface(np.asarray(list(shapes), dtype=object)))
    return points
