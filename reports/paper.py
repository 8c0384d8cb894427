"""The sheet that maps on paper are drawn on: its size, letters, legend, scale, and the picture that comes of it."""

import io
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.patches import Polygon, Rectangle
from matplotlib.path import Path
from PIL import Image

from layers.layer import Layer

__all__ = [
    "WIDTH_MM", "Picture", "font_for", "legend", "outline", "picture_of", "scale_and_north", "scale_length_m", "sheet",
]  # fmt: skip

#: Width on the page in millimetres, and dots per inch.
WIDTH_MM, _DPI = 186.0, 200
_MM_PER_INCH = 25.4
_PAPER = "#f6f5f1"
_INK = "#2b3b43"
#: Fonts with Chinese, in order of preference. Collections register under the name of their first face.
_FONTS = (
    "Noto Sans CJK SC", "Source Han Sans SC", "Noto Sans SC", "Microsoft YaHei", "SimHei", "PingFang SC", "Heiti SC",
    "WenQuanYi Micro Hei", "WenQuanYi Zen Hei", "Noto Sans CJK JP", "Noto Serif CJK JP", "AR PL UMing CN",
)  # fmt: skip


@dataclass(frozen=True)
class Picture:
    """A PNG, and whether a font for its Chinese text was found. Without one the picture carries no text."""

    png: bytes
    labelled: bool


def sheet(height_mm: float) -> tuple[Figure, Axes]:
    """An empty sheet of the width of the page: axes without ticks."""
    figure = Figure(figsize=(WIDTH_MM / _MM_PER_INCH, height_mm / _MM_PER_INCH), dpi=_DPI, facecolor="white")
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    axes.set_facecolor(_PAPER)
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_color("#b9c4c9")
    return figure, axes


def picture_of(figure: Figure, *, labelled: bool) -> Picture:
    """The picture of a sheet."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=_DPI)
    return Picture(_small(buffer), labelled)


def font_for(lang: str, units: Layer | None) -> FontProperties | None:
    """A font for the text of a map; None where Chinese is needed and this computer has no font for it."""
    return _font() if _needs_chinese(lang, units) else FontProperties(family="DejaVu Sans")


def scale_length_m(width_m: float) -> float:
    """Length of a scale bar: 1, 2 or 5 times a power of ten, at most a fifth of the width.

    Examples
    --------
    >>> scale_length_m(48_000), scale_length_m(9_000)
    (5000.0, 1000.0)
    """
    most = width_m / 5
    power = 10.0 ** math.floor(math.log10(most))
    return max(step * power for step in (1.0, 2.0, 5.0) if step * power <= most)


def _needs_chinese(lang: str, units: Layer | None) -> bool:
    names = "" if units is None else "".join(units.frame["name"].fillna("").astype(str))
    return lang == "zh" or not names.isascii()


def _font() -> FontProperties | None:
    known = {entry.name for entry in font_manager.fontManager.ttflist}
    found = next((name for name in _FONTS if name in known), None)
    # Marks that a font for Chinese may lack are in the one that comes with the library.
    return None if found is None else FontProperties(family=[found, "DejaVu Sans"])


def outline(shape: shapely.Geometry) -> Path:
    """A polygon with its holes as one path."""
    rings = [
        np.asarray(ring.coords)
        for part in shapely.get_parts(shapely.orient_polygons(shape))
        for ring in (part.exterior, *part.interiors)
    ]
    return Path.make_compound_path(*(Path(ring, closed=True) for ring in rings))


def legend(axes: Axes, handles: list[Any], font: FontProperties) -> None:
    """The legend, in the upper left corner."""
    small = font.copy()
    small.set_size(6.6)
    legend = axes.legend(
        handles=handles, loc="upper left", prop=small, framealpha=0.93, edgecolor="#c6d0d4", borderpad=0.8,
        labelspacing=0.55, handlelength=1.5, fancybox=False,
    )  # fmt: skip
    legend.set_zorder(20)
    for text in legend.get_texts():
        text.set_parse_math(False)


def scale_and_north(axes: Axes, words: Mapping[str, str], font: FontProperties) -> None:
    """A scale bar and an arrow to the north, in the lower left corner; ``words`` has ``kilometres``."""
    west, east = axes.get_xlim()
    south, north = axes.get_ylim()
    height = north - south
    bar = scale_length_m(east - west)
    left, low = west + 0.03 * height, south + 0.04 * height
    for part, colour in ((0, _INK), (1, "white")):
        box = Rectangle((left + part * bar / 2, low), bar / 2, 0.008 * height, facecolor=colour, edgecolor=_INK)
        box.set(linewidth=0.5, zorder=20)
        axes.add_patch(box)
    label = words["kilometres"].format(km=f"{bar / 1000:g}")
    axes.text(left, low + 0.018 * height, label, fontproperties=font, fontsize=6.6, color=_INK, zorder=20)
    x, y, size = left + bar / 2, low + 0.1 * height, 0.045 * height
    arrow = [(x, y + size), (x - size * 0.32, y), (x, y + size * 0.25), (x + size * 0.32, y)]
    axes.add_patch(Polygon(arrow, closed=True, facecolor=_INK, edgecolor="none", zorder=20))
    axes.text(x, y + size * 1.15, "N", fontproperties=font, fontsize=8, color=_INK, ha="center", zorder=20)


def _small(buffer: io.BytesIO) -> bytes:
    """The same picture with a palette of 256 colours: a third of the size."""
    with Image.open(buffer) as image:
        few = image.convert("RGB").quantize(256, method=Image.Quantize.MAXCOVERAGE, kmeans=1, dither=Image.Dither.NONE)
        out = io.BytesIO()
        few.save(out, format="PNG", optimize=True, dpi=(_DPI, _DPI))
    return out.getvalue()
