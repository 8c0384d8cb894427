"""The one door to the map. What is behind it (Leaflet, run by our own script) can change without the pages noticing."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import streamlit as st

from ui import assets
from ui.basemap import EXTENT, LEVELS, Basemap
from ui.i18n import Say

__all__ = ["MOST_INLINE", "Drawing", "MapLayer", "View", "clicked", "drawing", "safe_text", "show", "switched"]

#: Features of one layer that are sent inline; a layer with more is cut by whoever makes it, and says so.
MOST_INLINE = 5_000
_MOST_CHARACTERS = 200
# Every character that means something to HTML, to a JavaScript template literal or to a template engine.
_ESCAPES = str.maketrans({
    "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;",
    "$": "&#36;", "`": "&#96;", "\\": "&#92;", "{": "&#123;", "}": "&#125;",
})  # fmt: skip


def safe_text(value: object) -> str:
    """Text from data, made harmless for HTML and for scripts. Every name from data goes through here.

    Control characters, direction marks and line breaks become spaces; the text is cut at 200 characters.

    Examples
    --------
    >>> safe_text("<b>${x}")
    '&lt;b&gt;&#36;&#123;x&#125;'
    """
    raw = "" if value is None else str(value)
    if not raw.isprintable():
        raw = "".join(c if c.isprintable() else " " for c in raw)
    return raw[:_MOST_CHARACTERS].translate(_ESCAPES)


@dataclass(frozen=True)
class MapLayer:
    """A layer as the map draws it. All text in ``data`` and ``label`` has gone through :func:`safe_text`.

    Parameters
    ----------
    name
        Also its class on the page: ``qh-<name>``.
    packet
        Layers with one name travel to the browser together, and again when one of them has changed.
    draw
        ``polygons`` and ``lines`` take GeoJSON; ``symbols`` and ``labels`` take columns (``lon``, ``lat``, ``id``,
        ``title``, ``lines``, ``hollow``); so do ``dots`` (``lon``, ``lat``, ``radius``, ``people``, ``minutes``,
        ``name``).
    text
        Sentences of ``dots`` with ``#`` where the number goes: ``title``, ``reached``, ``none``.
    legend
        How the legend marks it; None leaves it out of the legend.
    heading
        Heading of the legend above this layer.
    fold
        The legend gathers layers with this text under it, closed at first.
    group
        Layer that a click reports, where several drawn layers are one to the page.
    from_zoom
        Shown from this zoom on.
    stack
        Of layers with a number, the smallest lies on top.
    on_request
        Made only when it is switched on: the legend's switch tells the page, see :func:`switched`.
    """

    name: str
    packet: str
    label: str
    draw: str
    data: Mapping[str, Any]
    count: int
    style: Mapping[str, Any] = field(default_factory=dict)
    text: Mapping[str, str] = field(default_factory=dict)
    legend: Mapping[str, Any] | None = None
    heading: str = ""
    fold: str = ""
    group: str | None = None
    pane: str | None = None
    on: bool = True
    from_zoom: float | None = None
    stack: float | None = None
    on_request: bool = False


@dataclass(frozen=True)
class Drawing:
    """Layers as the browser receives them.

    Parameters
    ----------
    layers
        Everything about each layer but its data, in the order of the legend. ``version`` changes with the data.
    packets
        The data by name of the packet: a line of JSON with the version of each layer, then a JSON object of their data.
        Bytes, so that nothing is turned into text again at each rerun, and Streamlit's cache knows them by their hash.
    """

    layers: tuple[Mapping[str, Any], ...]
    packets: Mapping[str, bytes]

    @property
    def key(self) -> str:
        """Changes with anything that is drawn."""
        return _hash(_json(self.layers))

    def above(self, others: "Drawing") -> "Drawing":
        """The same with further layers behind, from packets of other names."""
        return Drawing(self.layers + others.layers, {**self.packets, **others.packets})


def drawing(layers: Sequence[MapLayer]) -> Drawing:
    """Pack layers for the browser.

    Parameters
    ----------
    layers
        In the order of the legend.
    """
    texts = {layer.name: _json(layer.data) for layer in layers}
    versions = {name: _hash(text) for name, text in texts.items()}
    told = [
        {
            "id": layer.name, "version": versions[layer.name], "draw": layer.draw, "style": dict(layer.style),
            "text": dict(layer.text), "group": layer.group, "pane": layer.pane, "from_zoom": layer.from_zoom,
            "stack": layer.stack, "count": layer.count, "label": layer.label, "legend": layer.legend,
            "heading": layer.heading, "fold": layer.fold, "on": layer.on, "on_request": layer.on_request,
        }
        for layer in layers
    ]  # fmt: skip
    packets = {}
    for packet in dict.fromkeys(layer.packet for layer in layers):
        inside = [layer.name for layer in layers if layer.packet == packet]
        data = ",".join(f"{_json(name)}:{texts[name]}" for name in inside)
        packets[packet] = f"{_json({name: versions[name] for name in inside})}\n{{{data}}}".encode()
    return Drawing(tuple(told), packets)


def _json(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), sort_keys=True, allow_nan=False)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@dataclass(frozen=True)
class View:
    """What changes on the map when the user chooses something.

    Parameters
    ----------
    home
        West, south, east, north shown at first.
    mark
        GeoJSON geometry to outline, or None.
    focus
        West, south, east, north to fly to, or None.
    answer
        ``lon``, ``lat``, ``title``, ``lines`` of the open balloon, or None.
    number
        Counts the user's choices: the map flies and opens a balloon once for each.
    note
        Below the legend.
    """

    home: tuple[float, float, float, float]
    mark: Mapping[str, Any] | None = None
    focus: tuple[float, float, float, float] | None = None
    answer: Mapping[str, Any] | None = None
    number: int = 0
    focus_zoom: float = 15.5
    note: str = ""


def show(
    drawn: Drawing,
    view: View,
    say: Say,
    *,
    base: Basemap | None,
    badges: Mapping[str, str],
    credit: str,
    on_click: Callable[[], None],
    on_switch: Callable[[], None],
) -> None:
    """Put the map on the page.

    Parameters
    ----------
    drawn
        What :func:`drawing` makes of the layers.
    badges, credit
        Always visible on the map. Badges by ``demo`` and ``what_if``; an empty one is not shown.
    on_click
        Called before the next run; :func:`clicked` then tells what was clicked.
    on_switch
        The same for layers that are made on request; :func:`switched` tells which.
    """
    # First the map, so that its place on the page is taken; it draws when the packets have come.
    component = st.components.v2.component(
        "quarterhour_map",
        html='<div class="qh-map" role="application"></div>',
        css=_own("map.css"),
        js=_own("map.js"),
    )
    focus = None
    if view.focus is not None:
        focus = {"seq": view.number, "bounds": list(view.focus), "zoom": view.focus_zoom}
    component(
        key="map",
        data={
            "leaflet": assets.leaflet_url(),
            "base": None if base is None else _base(base),
            "home": list(view.home),
            "layers": list(drawn.layers),
            "drawing": drawn.key,
            "mark": None if view.mark is None else {"version": view.number, "data": view.mark},
            "focus": focus,
            "answer": None if view.answer is None else {"seq": view.number, **view.answer},
            "text": {
                "label": say("map.label"),
                "legend": say("map.legend"),
                "legend_note": view.note,
                "north": say("map.north"),
                "zoom_in": say("map.zoom_in"),
                "zoom_out": say("map.zoom_out"),
                "badges": dict(badges),
                "credit": credit,
            },
        },
        on_clicked_change=on_click,
        on_switched_change=on_switch,
    )
    carrier = st.components.v2.component("quarterhour_map_layers", js=_own("map_layers.js"))
    with st.container(key="map_layers"):
        for name, packet in drawn.packets.items():
            carrier(key=f"map_layers_{name}", data=packet)


def _base(base: Basemap) -> dict[str, Any]:
    return {"url": assets.basemap_url(base), "levels": [zoom for zoom, _ in LEVELS], "extent": EXTENT}


def _own(name: str) -> str:
    return Path(__file__).with_name(name).read_text(encoding="utf-8")


def clicked() -> Mapping[str, Any] | None:
    """What the user clicked: ``layer`` (``place`` for the bare map), ``id``, ``lon``, ``lat``; None if nothing."""
    what = st.session_state.get("map", {}).get("clicked")
    try:
        lon, lat = float(what["lon"]), float(what["lat"])
        return {"layer": str(what["layer"]), "id": str(what["id"]), "lon": lon, "lat": lat}
    except (TypeError, KeyError, ValueError):
        return None


def switched() -> tuple[str, bool] | None:
    """The layer on request that the user switched, and whether on; None if none."""
    what = st.session_state.get("map", {}).get("switched")
    try:
        return str(what["layer"]), bool(what["on"])
    except (TypeError, KeyError):
        return None
