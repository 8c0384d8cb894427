"""The map as one HTML file for a colleague who has no program running: nothing in it is fetched from anywhere.

Drawn with folium; Leaflet and the plugin come out of the package folium-offline and are written into the file. The
layers are those of the page, but for stakes and boundary lines, which stay inside. A map is made anew for each file:
folium changes its maps in place, so one that was kept would be shared by all sessions.

What folium writes it reads once more as a template: a name with braces would run on this computer, not only in the
browser of whoever opens the file. So no text of data reaches folium but through `safe_text`, which knows braces too.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import folium
from branca.element import Element, Figure, MacroElement
from folium.plugins import GroupedLayerControl
from folium.utilities import JsCode
from jinja2 import Template
from jinja2.utils import htmlsafe_json_dumps
from offlinefolium.elements import _res as carried  # private: both packages are pinned, and a test asks for each asset

from coverage.result import Result
from layers.layer import Layer
from reports import what_if as spoken
from ui import drawn, figures, i18n, what_if
from ui.i18n import Say
from ui.main_roads import main_roads
from ui.map import MapLayer, safe_text

__all__ = ["interactive_map"]

#: Colour and width in pixels (at zoom 12.5) of roads by importance, as on the page.
_ROADS = (("#e6e3dc", 0.55), ("#e0ddd5", 0.8), ("#d9d5cb", 1.2), ("#d2cdc1", 1.7), ("#d3c7a6", 2.3), ("#cdbb8c", 3.0))
#: Marks of facilities, as on the page.
SHAPES = {
    "circle": '<circle cx="10" cy="10" r="7.2"/>',
    "square": '<rect x="3.4" y="3.4" width="13.2" height="13.2" rx="1.5"/>',
    "triangle": '<path d="M10 2.2 18.2 17H1.8z"/>',
    "diamond": '<path d="M10 1.4 18.6 10 10 18.6 1.4 10z"/>',
    "cross": '<path d="M7.4 2h5.2v4.4H18v5.2h-5.4V18H7.4v-6.4H2V6.4h5.4z"/>',
    "plus": '<path d="M7.2 1.8h5.6v5.4h5.4v5.6h-5.4v5.4H7.2v-5.4H1.8V7.2h5.4z"/>',
    "crossed": '<path d="M2 4.6 4.6 2 10 7.4 15.4 2 18 4.6 12.6 10 18 15.4 15.4 18 10 12.6 4.6 18 2 15.4 7.4 10z"/>',
    "ring": '<path d="M1 10a9 9 0 1 0 18 0 9 9 0 0 0-18 0zm2.6 0a6.4 6.4 0 0 1 12.8 0 6.4 6.4 0 0 1-12.8 0z"/>',
}
#: The file may run what is in it and fetch nothing, whatever a name in it says.
_POLICY = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:"
_COLOUR = re.compile(r"#[0-9a-fA-F]{3,8}")


def interactive_map(
    result: Result, *, workspace: str, units: Layer | None = None, lang: str = "zh", title: str | None = None
) -> str:
    """Map of a result as one HTML file.

    Parameters
    ----------
    result
        Of :func:`coverage.run.run`.
    workspace
        Name of the study.
    units
        Outlined and named; default: those of the request.
    lang
        ``zh`` or ``en``.
    title
        Heading; default: the name of the page.

    Returns
    -------
    str
        Self-contained. Every name from data has gone through :func:`ui.map.safe_text`. The same result gives the
        same text.
    """
    say, units = i18n.sayer(lang), units or result.request.units
    shown = (units or result.request.demand).frame.total_bounds
    home = (float(shown[0]), float(shown[1]), float(shown[2]), float(shown[3]))
    heading = safe_text(title or say("page.coverage.title"))
    figure, chart = Figure(), _Map(tiles=None, zoom_control=False, attribution_control=False, zoom_snap=0.25)
    chart.options["maxZoom"] = 18
    chart.options["minZoom"] = 7
    figure.header.add_child(_Text(f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'), index=0)
    figure.header.add_child(_Text(f"<title>{heading} · {safe_text(workspace)}</title>"))
    for asset in _assets():
        figure.header.add_child(_Text(asset))
    figure.html.add_child(_Text(_head(result, heading, safe_text(workspace), say)))
    figure.html.add_child(_Text(_foot(result, say, lang)))
    figure.add_child(chart)
    roads = _base_map(chart, result, home)
    groups = _groups(chart, [*drawn.result_layers(result, say, lang), *drawn.unit_layers(units, say)], say)
    control = _Control(groups, exclusive_groups=False, collapsed=False)
    control.layers_untoggle.clear()  # a set, in any order; a group that is not shown is not on the map anyhow
    chart.add_child(control)
    chart.add_child(_Finish(roads, home, _words(result, say)))
    text = _numbered(figure.render(), figure)
    return text.replace("<html>", f'<html lang="{"zh-CN" if lang == "zh" else "en"}">', 1)


class _Text(Element):
    """Text as it is: no template is read in it, so that a brace in it means nothing."""

    _template = Template("{{ this.text }}")

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text


class _Map(folium.Map):
    """A map that links to nothing: what it needs is in the file."""

    default_js: list[tuple[str, str]] = []  # noqa: RUF012 - as folium declares it
    default_css: list[tuple[str, str]] = []  # noqa: RUF012 - the same


class _Control(GroupedLayerControl):
    """The list of layers, which links to nothing either."""

    default_js: list[tuple[str, str]] = []  # noqa: RUF012 - as folium declares it
    default_css: list[tuple[str, str]] = []  # noqa: RUF012 - the same


class _Finish(MacroElement):
    """The last words of the script: controls, first view, what follows the zoom."""

    _template = Template(
        "{% macro script(this, kwargs) %}quarterhour.finish({{ this._parent.get_name() }}, "
        "{{ this.roads.get_name() }}, {{ this.home|tojson }}, {{ this.words|tojson }});{% endmacro %}"
    )

    def __init__(self, roads: Element, home: Sequence[float], words: Mapping[str, str]) -> None:
        super().__init__()
        self._name = "Finish"
        self.roads, self.home, self.words = roads, [round(v, 5) for v in home], dict(words)


def _assets() -> Iterator[str]:
    """Leaflet, the plugin, then our own: as they stand in the head. What popups and icons would need stays out."""
    linked = [*folium.Map.default_js[:1], *folium.Map.default_css[:1]]
    linked += [*GroupedLayerControl.default_js, *GroupedLayerControl.default_css]
    for _, url in linked:
        # What is left out tells a debugger where to fetch the source.
        text = re.sub(r"(?m)^\s*(//|/\*)# sourceMappingURL=.*$", "", carried[url])
        yield f"<style>{text}</style>" if url.endswith(".css") else f"<script>{text}</script>"
    here = Path(__file__)
    yield f"<style>{here.with_name('map_file.css').read_text(encoding='utf-8')}</style>"
    yield f"<script>{here.with_name('map_file.js').read_text(encoding='utf-8')}</script>"


def _base_map(chart: folium.Map, result: Result, home: tuple[float, float, float, float]) -> Element:
    roads = main_roads(result.request.network, home)
    for feature in roads["features"]:
        feature["properties"]["weight"] = _ROADS[feature["properties"]["rank"]][1]
    chart.add_child(folium.map.CustomPane("roads", z_index=200))
    chart.add_child(folium.map.CustomPane("outlines", z_index=390))
    chart.add_child(folium.map.CustomPane("labels", z_index=450))
    options: dict[str, Any] = {
        "pane": "roads",
        "interactive": False,
        "renderer": JsCode("L.canvas({pane: 'roads', padding: 0.4})"),
    }
    layer = _GeoJson(
        roads,
        style_function=lambda feature: {"color": _ROADS[feature["properties"]["rank"]][0]},
        control=False,
        **options,
    )
    return layer.add_to(chart)


class _GeoJson(folium.GeoJson):
    """GeoJSON that may be empty."""

    def find_identifier(self) -> str:
        """Name the features by their numbers."""
        for number, feature in enumerate(self.data["features"]):
            feature["id"] = str(number)
        return "feature.id"


def _groups(chart: folium.Map, layers: Sequence[MapLayer], say: Say) -> dict[str, list[folium.FeatureGroup]]:
    """Add the layers to the map, each as a group that can be switched; by the headings of the list."""
    groups: dict[str, list[folium.FeatureGroup]] = {}
    heading = ""
    stacked = sorted(layer.stack for layer in layers if layer.stack is not None)
    for layer in layers:
        # Names of townships have no row of their own on the page; a list of switches gives them one.
        heading = layer.heading or heading
        under = layer.fold or (say("map.units") if layer.name in {"units", "labels"} else heading)
        group = folium.FeatureGroup(name=_row(layer), show=layer.on)
        if layer.stack is not None:
            # A pane for each area: the narrowest stays on top, whatever was switched on last.
            pane = f"area-{layer.stack:g}"
            chart.add_child(folium.map.CustomPane(pane, z_index=380 - stacked.index(layer.stack)))
        else:
            pane = layer.pane or "overlayPane"
        for part in _parts(layer, pane):
            group.add_child(part)
        chart.add_child(group)
        groups.setdefault(under, []).append(group)
    last = say("map.other_kinds")
    return dict(sorted(groups.items(), key=lambda entry: entry[0] == last))


def _row(layer: MapLayer) -> str:
    """What the list of layers shows: mark and name. The label has gone through `safe_text`."""
    mark = layer.legend or {}
    colour = _checked(mark.get("colour", ""))
    if "symbol" in mark:
        inside = _svg(mark["symbol"], colour, 14)
    elif mark:
        what = "border-top-color" if mark["form"] == "line" else "background"
        dash = ";border-top-style:dashed" if mark.get("dash") else ""
        inside = f'<i class="{mark["form"]}" style="{what}:{colour}{dash}"></i>'
    else:
        inside = ""
    return f'<span class="qh-swatch" data-layer="{layer.name}">{inside}</span>{layer.label}'


def _checked(colour: str) -> str:
    return colour if _COLOUR.fullmatch(colour) else "#667"


def _svg(symbol: str, colour: str, size: int, *, hollow: bool = False) -> str:
    paint = f'fill="#fff" stroke="{colour}" stroke-width="2.6"'
    if not hollow:
        paint = f'fill="{colour}" stroke="#fff" stroke-width="1.8"'
    shape = SHAPES.get(symbol, SHAPES["circle"])
    return (
        f'<svg viewBox="0 0 20 20" width="{size}" height="{size}"><g {paint} stroke-linejoin="round">{shape}</g></svg>'
    )


def _parts(layer: MapLayer, pane: str) -> Iterator[folium.GeoJson]:
    """A layer of the page as GeoJSON of folium."""
    if layer.draw == "polygons":
        style = {**layer.style, "className": f"qh-{layer.name}"}
        yield _GeoJson(layer.data, style_function=lambda _: style, pane=pane, interactive=False)
    elif layer.draw == "lines":
        yield _GeoJson(
            layer.data, style_function=lambda _: dict(layer.style), on_each_feature=JsCode("quarterhour.tip")
        )
    elif layer.draw == "dots":
        columns = {"people": "people", "minutes": "minutes", "name": "name", "radius": "size"}
        words = htmlsafe_json_dumps(dict(layer.text))
        yield _GeoJson(
            _points(layer.data, columns),
            style_function=lambda _: dict(layer.style),
            point_to_layer=JsCode("quarterhour.dot"),
            on_each_feature=JsCode(f"quarterhour.dotTip({words})"),
        )
    elif layer.draw == "labels":
        yield _GeoJson(_points(layer.data, {"title": "title"}), point_to_layer=JsCode("quarterhour.label"))
    elif layer.draw == "symbols":
        colour, size = _checked(layer.style["colour"]), layer.style["size"]
        for hollow in (True, False):
            html = _svg(layer.style["symbol"], colour, size, hollow=hollow)
            html += f"<span>{layer.style['tag']}</span>" if "tag" in layer.style else ""
            icon = folium.DivIcon(html=html, icon_size=(size, size), class_name=f"qh-symbol qh-{layer.group}")
            yield _GeoJson(
                _points(layer.data, {"title": "title", "lines": "lines"}, hollow=hollow),
                marker=folium.Marker(icon=icon, z_index_offset=layer.style.get("above", 0)),
                on_each_feature=JsCode("quarterhour.tip"),
            )


def _points(data: Mapping[str, Any], columns: Mapping[str, str], *, hollow: bool | None = None) -> dict[str, Any]:
    """Columns as GeoJSON points; of facilities, only those that are hollow (or not)."""
    rows = range(len(data["lon"]))
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "properties": {name: data[column][row] for column, name in columns.items()},
                "geometry": {"type": "Point", "coordinates": [data["lon"][row], data["lat"][row]]},
            }
            for row in rows
            if hollow is None or data["hollow"][row] is hollow
        ],
    }


def _words(result: Result, say: Say) -> dict[str, str]:
    day = result.request.parameters.as_of.isoformat()
    words = {name: say(f"map.{name}") for name in ("zoom_in", "zoom_out", "label", "legend", "north")}
    return {**words, "credit": say("map.credit", date=day)}


def _head(result: Result, heading: str, workspace: str, say: Say) -> str:
    """Name of the study, the five figures, and the marks that every file carries."""
    cards = [(safe_text(one.label), safe_text(one.value)) for one in figures.five_figures(result, say)]
    shown = "".join(f"<div><dt>{label}</dt><dd>{value}</dd></div>" for label, value in cards)
    synthetic = any(entry["synthetic"] for entry in result.summary["inputs"])
    tag = f'<span class="qh-tag">{say("app.demo_tag")}</span> ' if synthetic else ""
    if result.request.patches:
        tag = f'<span class="qh-what-if">{say("what_if.badge")}</span> {tag}'
    return (
        f'<header class="qh-head"><div class="qh-title"><h1>{heading}</h1><span>{workspace}</span></div>'
        f'<dl class="qh-figures">{shown}</dl><div>{tag}<span class="qh-stamp">{say("file.stamp")}</span></div></header>'
    )


def _foot(result: Result, say: Say, lang: str) -> str:
    """What the figures rest on."""
    parameters = result.request.parameters
    kinds = [i18n.kind_name(lang, code) for code in parameters.kinds] or [say("control.kinds_all")]
    lines = [safe_text(line) for line in figures.basis_lines(result, say, lang)]
    lines += [safe_text(line) for line in spoken.sentences(result, what_if.words(say), lang)]
    lines[0] = safe_text(say("file.kinds", kinds=("、" if lang == "zh" else ", ").join(kinds))) + " " + lines[0]
    rest = "".join(f"<div>{line}</div>" for line in lines[1:])
    return (
        f'<footer class="qh-foot"><details><summary><b>{say("basis.title")}</b>{lines[0]} {say("basis.more")}</summary>'
        f"{rest}</details></footer>"
    )


def _numbered(text: str, figure: Figure) -> str:
    """The same text with folium's random names numbered, so that the same result gives the same file."""
    numbers: dict[str, str] = {}
    ours = set(_ids(figure))
    return re.sub(
        r"(?<=_)[0-9a-f]{32}",
        lambda found: numbers.setdefault(found[0], str(len(numbers))) if found[0] in ours else found[0],
        text,
    )


def _ids(element: Element) -> Iterator[str]:
    yield element._id  # noqa: SLF001 - folium has no other name for it
    for part in ("header", "html", "script"):
        if isinstance(child := getattr(element, part, None), Element):
            yield from _ids(child)
    for child in element._children.values():  # noqa: SLF001 - the same
        yield from _ids(child)
