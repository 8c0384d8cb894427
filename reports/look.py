"""Colours and marks that maps share, on the screen and on paper."""

import tomllib
from collections.abc import Iterable, Mapping
from functools import cache

from geo.paths import DATA_DIR
from layers.layer import Layer, Origin
from layers.schemas import SCHEMAS

__all__ = [
    "CLOSED_COLOUR", "GAP_COLOUR", "LINE_COLOUR", "NEAREST_COLOUR", "NEW_COLOUR", "NO_ROAD_COLOUR", "REASON_COLOURS",
    "STAKE_COLOUR", "UNIT_COLOUR", "area_colour", "kind_look", "kinds", "made_up", "road_rank",
]  # fmt: skip

#: Sequential, calm, told apart in grey too: nearest (dark) to farthest (light).
_AREA_COLOURS = ("#1f6f7a", "#3f8f92", "#68aca6", "#93c7b8", "#bcdfcd")
GAP_COLOUR = "#8e2f3c"
NO_ROAD_COLOUR = "#6d5a86"
#: Why people are left out, in the order in which it is told.
REASON_COLOURS = {"too_far": GAP_COLOUR, "no_facility": "#a35c00", "full": "#24507a", "no_road": NO_ROAD_COLOUR}
LINE_COLOUR = "#7d3f98"
#: What a what-if closes, and what it adds.
CLOSED_COLOUR = "#c2410c"
NEW_COLOUR = "#0b57b0"
STAKE_COLOUR = "#5b2a72"
UNIT_COLOUR = "#7f8f96"
#: Where one facility is the nearest, then the next.
NEAREST_COLOUR = "#0f3d45"
#: For a kind that the table does not know.
_OTHER_KIND = {"zh": "", "en": "", "colour": "#56646b", "symbol": "circle"}
#: Importance of a road by the OSM class; a class that is not listed is a small road.
_RANKS = {
    "motorway": 5, "motorway_link": 4, "trunk": 5, "trunk_link": 4, "primary": 4, "primary_link": 3,
    "secondary": 3, "secondary_link": 2, "tertiary": 2, "tertiary_link": 2, "unclassified": 1, "residential": 1,
}  # fmt: skip


def road_rank(highway: object) -> int:
    """Importance of a road for drawing, 0 (small) to 5 (motorway).

    Examples
    --------
    >>> road_rank("trunk"), road_rank(None)
    (5, 0)
    """
    return _RANKS.get(str(highway), 0)


def area_colour(position: int, total: int) -> str:
    """Colour of the service area at a position among ``total``, the nearest first.

    Examples
    --------
    >>> area_colour(0, 3) != area_colour(2, 3)
    True
    """
    last = len(_AREA_COLOURS) - 1
    return _AREA_COLOURS[last // 2 if total <= 1 else round(position * last / (total - 1))]


@cache
def kinds() -> Mapping[str, Mapping[str, str]]:
    """Kinds of facilities by code: ``zh``, ``en``, ``colour``, ``symbol``, in the order of the table."""
    table: dict[str, dict[str, str]] = tomllib.loads((DATA_DIR / "kinds.toml").read_text(encoding="utf-8"))
    return table


def kind_look(code: str) -> Mapping[str, str]:
    """Colour and symbol of a kind; a plain one for a kind of the user's own."""
    return kinds().get(code, _OTHER_KIND)


def made_up(layers: Iterable[Layer | Origin | None], lang: str) -> str:
    """Names of the layers whose rows are made up, which must stand wherever they show; empty without any."""
    made = (layer.kind for layer in layers if layer is not None and layer.source.synthetic)
    found = list(dict.fromkeys(made))
    return "、".join(SCHEMAS[kind].label for kind in found) if lang == "zh" else ", ".join(found)
