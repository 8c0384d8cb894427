"""From a result to the layers of the map: simplified, rounded, escaped, at most 5,000 features each."""

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from coverage.blind_spots import BlindSpots
from coverage.patches import AddFacility, CloseFacility
from coverage.result import Result
from layers.layer import Layer
from reports import look
from ui import i18n, shapes
from ui.i18n import Say
from ui.map import MOST_INLINE, MapLayer, safe_text

__all__ = [
    "boundary_layers", "idle_reason", "names", "nearest_layer", "result_layers", "spot_layers", "unit_layers",
]  # fmt: skip

#: States of stakes as bureaus write them, to their names in the texts; others are shown as they are.
_STATES = {"完好": "intact", "损坏": "damaged", "缺失": "missing", "移动": "moved", "注记不清": "unclear"}
#: Dimension of polygons.
_AREAL = 2


def result_layers(result: Result, say: Say, lang: str, nearest: MapLayer | None = None) -> list[MapLayer]:
    """What a what-if changes, service areas, who is nearest, people left out, and facilities.

    Parameters
    ----------
    result, say, lang
        What is drawn, and in whose words.
    nearest
        Of :func:`nearest_layer`; None: there is no such layer.
    """
    return [
        *_what_ifs(result, say),
        *_areas(result, say),
        *([] if nearest is None else [nearest]),
        *_left_out(result, say),
        *_facilities(result, say, lang),
    ]


def _what_ifs(result: Result, say: Say) -> list[MapLayer]:
    """Closed roads, closed facilities and new ones, each in a layer of its own over the others."""
    layers = [*_closed_roads(result, say), *_changed(result, say, "closed"), *_changed(result, say, "new")]
    return [dataclasses.replace(one, heading="" if n else say("what_if.title")) for n, one in enumerate(layers)]


def _closed_roads(result: Result, say: Say) -> list[MapLayer]:
    edges, network = np.unique(result.closed_edges), result.request.network
    if not len(edges):
        return []
    text = {"title": say("map.closed_road"), "lines": [say("what_if.badge")]}
    lonlat = shapely.transform(network.lines[edges], network.crs.inverse)
    return [
        MapLayer(
            name="what-if-roads",
            packet="what-if",
            label=say("map.closed_road"),
            draw="lines",
            data=shapes.features([shapes.line(one) for one in lonlat], [text] * len(edges)),
            count=len(edges),
            style={"color": look.CLOSED_COLOUR, "weight": 5.0, "opacity": 0.95},
            legend={"form": "line", "colour": look.CLOSED_COLOUR},
        )
    ]


#: By what has changed: the what-if, its mark, colour and size in pixels.
_CHANGED: dict[str, tuple[type[CloseFacility | AddFacility], str, str, int]] = {
    "closed": (CloseFacility, "crossed", look.CLOSED_COLOUR, 17),
    "new": (AddFacility, "ring", look.NEW_COLOUR, 30),
}


def _changed(result: Result, say: Say, what: str) -> list[MapLayer]:
    """A mark over each facility that is closed or new; its kind draws it too."""
    patch, symbol, colour, size = _CHANGED[what]
    ids = {one.facility_id for one in result.request.patches if isinstance(one, patch)}
    rows = result.facilities[result.facilities["facility_id"].isin(ids)]
    if rows.empty:
        return []
    label = say(f"map.{what}_facility")
    return [
        MapLayer(
            name=f"what-if-{what}",
            packet="what-if",
            label=label,
            draw="symbols",
            data={
                **_places(rows, rows["facility_id"]),
                "title": [safe_text(name) for name in rows["name"]],
                "lines": [[label, say("what_if.badge")]] * len(rows),
                "hollow": [False] * len(rows),
            },
            count=len(rows),
            style={
                "symbol": symbol, "colour": colour, "size": size, "tag": say(f"what_if.tag_{what}"), "above": 1000,
            },
            legend={"symbol": symbol, "colour": colour},
            group="facility",
        )
    ]  # fmt: skip


def _areas(result: Result, say: Say) -> list[MapLayer]:
    rows = result.service_areas.sort_values("minutes")
    layers = []
    for position, (minutes, shape) in enumerate(zip(rows["minutes"], rows.geometry, strict=True)):
        colour = look.area_colour(position, len(rows))
        layers.append(
            MapLayer(
                name=f"area-{minutes:g}",
                packet=f"area-{minutes:g}",
                label=say("map.area", minutes=f"{minutes:g}"),
                draw="polygons",
                data=shapes.features([shapes.polygon(shape)]),
                count=int(not shape.is_empty),
                style={"color": colour, "weight": 0.8, "opacity": 0.9, "fillColor": colour, "fillOpacity": 0.55},
                legend={"form": "area", "colour": colour},
                heading=say("map.areas") if position == 0 else "",
                stack=float(minutes),
            )
        )
    return layers


def nearest_layer(areas: gpd.GeoDataFrame | None, minutes: float, say: Say) -> MapLayer:
    """Where the land of one facility meets that of the next.

    Parameters
    ----------
    areas
        Of :func:`coverage.exclusive_area.areas_exclusive`; None: not asked for yet, the legend offers it.
    minutes
        Of the areas.
    """
    met = None if areas is None else shapes.borders(areas.geometry.to_numpy(), shapes.AREA_TOLERANCE_M)
    return MapLayer(
        name="nearest",
        packet="nearest",
        label=say("map.nearest", minutes=f"{minutes:g}"),
        draw="polygons",
        data=shapes.features([met]),
        count=0 if areas is None else len(areas),
        style={"color": look.NEAREST_COLOUR, "weight": 1.6, "opacity": 0.9, "fill": False},
        legend={"form": "line", "colour": look.NEAREST_COLOUR},
        pane="outlines",
        on=areas is not None,
        on_request=True,
    )


def spot_layers(spots: BlindSpots, say: Say) -> list[MapLayer]:
    """Outlines of the blind spots, a layer for each reason."""
    layers: list[MapLayer] = []
    for reason, colour in look.REASON_COLOURS.items():
        areas = spots.areas[spots.areas["reason"] == reason]
        if areas.empty:
            continue
        layers.append(
            MapLayer(
                name=f"spots-{reason.replace('_', '-')}",
                packet="spots",
                label=say(f"spots.legend_{reason}", count=i18n.count(len(areas))),
                draw="polygons",
                data=shapes.features(shapes.polygon(shape) for shape in areas.geometry.head(MOST_INLINE)),
                count=len(areas),
                style={"color": colour, "weight": 1.4, "opacity": 0.9, "fillColor": colour, "fillOpacity": 0.16},
                legend={"form": "area", "colour": colour},
                pane="outlines",
                heading="" if layers else say("spots.areas"),
            )
        )
    return layers


def _left_out(result: Result, say: Say) -> list[MapLayer]:
    people = result.demand[result.demand["weight"] > 0]
    limit, most = f"{result.request.parameters.report_minutes:g}", f"{result.request.parameters.max_snap_m:g}"
    layers = []
    for status, colour, name in (("beyond", look.GAP_COLOUR, "gaps"), ("no_road", look.NO_ROAD_COLOUR, "no-road")):
        all_rows = people[people["status"] == status]
        rows = all_rows.nlargest(MOST_INLINE, "weight")
        label = say("map.gaps" if status == "beyond" else "map.no_road")
        if len(rows) < len(all_rows):
            label = say("map.gaps_cut", shown=i18n.count(len(rows)), all=i18n.count(len(all_rows)))
        none = say("map.gap_beyond", minutes=limit) if status == "beyond" else say("map.gap_no_road", metres=most)
        layers.append(
            MapLayer(
                name=name,
                packet="people",
                label=label,
                draw="dots",
                data=_dots(rows),
                count=len(rows),
                style={"color": "#ffffff", "weight": 0.8, "fillColor": colour},
                text={
                    "title": say("map.gap_title" if status == "beyond" else "map.no_road_title", people="#"),
                    "reached": say("map.gap_minutes", minutes="#"),
                    "none": none,
                },
                legend={"form": "dot", "colour": colour},
                heading=say("map.people") if status == "beyond" else "",
            )
        )
    return layers


def _dots(rows: gpd.GeoDataFrame) -> dict[str, Any]:
    weight, minutes = rows["weight"].to_numpy(dtype=np.float64), rows["minutes"].to_numpy(dtype=np.float64)
    most = weight.max(initial=0.0) or 1.0
    return {
        **_places(rows),
        "radius": np.round(2.2 + 9.5 * np.sqrt(weight / most), 1).tolist(),
        "people": np.round(weight).astype(np.int64).tolist(),
        "minutes": [None if np.isnan(m) else m for m in np.round(minutes, 1).tolist()],
        "name": [safe_text(name) for name in rows["name"]],
    }


def _facilities(result: Result, say: Say, lang: str) -> list[MapLayer]:
    table, chosen = result.facilities, set(result.request.parameters.kinds)
    kind_of = table["kind"].astype(str).to_numpy()
    present = set(kind_of[table["kind"].notna()])
    codes = [code for code in look.kinds() if code in present] + sorted(present - set(look.kinds()))
    codes.sort(key=lambda code: bool(chosen) and code not in chosen)
    columns = _facility_columns(result, say, lang)
    layers: list[MapLayer] = []
    for code in codes:
        rows = np.flatnonzero(kind_of == code)[:MOST_INLINE].tolist()
        kind = look.kind_look(code)
        layers.append(
            MapLayer(
                name=f"facility-{len(layers)}",
                packet="facilities",
                label=safe_text(i18n.kind_name(lang, code)),
                draw="symbols",
                data={name: [column[row] for row in rows] for name, column in columns.items()},
                count=len(rows),
                style={"symbol": kind["symbol"], "colour": kind["colour"], "size": 15},
                legend={"symbol": kind["symbol"], "colour": kind["colour"]},
                heading="" if layers else say("map.facilities"),
                group="facility",
                fold="" if not chosen or code in chosen else say("map.other_kinds"),
                on=not chosen or code in chosen,
            )
        )
    return layers


def _facility_columns(result: Result, say: Say, lang: str) -> dict[str, list[Any]]:
    """What the map shows of each facility, whatever its kind."""
    table = result.facilities
    parts = table[["name", "kind", "served", "outside", "status", "road_status", "facility_id"]]
    rows = [dict(zip(parts, row, strict=True)) for row in zip(*(parts[name] for name in parts), strict=True)]
    return {
        **_places(table, table["facility_id"]),
        "title": [safe_text(row["name"]) for row in rows],
        "hollow": table["served"].isna().tolist(),
        "lines": [_facility_lines(row, result, say, lang) for row in rows],
    }


def _facility_lines(row: Mapping[str, Any], result: Result, say: Say, lang: str) -> list[str]:
    lines = [safe_text(i18n.kind_name(lang, str(row["kind"])))]
    if row["outside"] is not pd.NA and row["outside"]:
        lines.append(say("map.outside"))
    why = idle_reason(row, result)
    if why is not None:
        lines.append(say("map.idle", why=say(f"idle.{why}")))
    else:
        lines.append(say("map.served", people=i18n.count(row["served"])))
    return lines


def idle_reason(row: Mapping[str, Any], result: Result) -> str | None:
    """Why a facility does not serve (a key of ``idle`` in the texts), or None when it serves."""
    if not pd.isna(row["served"]):
        return None
    if any(
        isinstance(patch, CloseFacility) and patch.facility_id == row["facility_id"] for patch in result.request.patches
    ):
        return "what_if"
    status = str(row.get("status") or "")
    if status in {"planned", "closed"}:
        return status
    kinds = result.request.parameters.kinds
    if kinds and row["kind"] not in kinds:
        return "kind"
    return "no_road" if row["road_status"] == "no_road" else "date"


def unit_layers(units: Layer | None, say: Say) -> list[MapLayer]:
    """Outlines and names of the units that have an outline."""
    if units is None:
        return []
    found = units.frame.geometry.to_numpy()
    frame = units.frame[(shapely.get_dimensions(found) == _AREAL) & ~shapely.is_empty(found)]
    if frame.empty:
        return []
    style = {"color": look.UNIT_COLOUR, "weight": 1.3, "opacity": 0.9, "dashArray": "5 4", "fill": False}
    names = {**_places(frame), "title": [safe_text(v) for v in frame["name"]]}
    outlines = shapes.features(shapes.polygon(shape) for shape in frame.geometry)
    line = {"form": "line", "colour": look.UNIT_COLOUR, "dash": True}
    return [
        MapLayer(
            name="units", packet="study", label=say("map.units"), draw="polygons", data=outlines, count=len(frame),
            style=style, legend=line, pane="outlines", heading=say("map.boundaries"),
        ),
        MapLayer(
            name="labels", packet="study", label=say("map.labels"), draw="labels", data=names, count=len(frame),
            from_zoom=11.5,
        ),
    ]  # fmt: skip


def boundary_layers(lines: Layer | None, stakes: Layer | None, say: Say) -> list[MapLayer]:
    """Boundary lines and stakes."""
    found = []
    if lines is not None:
        frame = lines.frame.head(MOST_INLINE)
        texts = [
            {"title": safe_text(name), "lines": [say("map.line_code", code=safe_text(code))]}
            for name, code in zip(names(frame), frame["line_code"], strict=True)
        ]
        data = shapes.features([shapes.line(shape) for shape in frame.geometry], texts)
        found.append(
            MapLayer(
                name="lines",
                packet="study",
                label=say("map.lines"),
                draw="lines",
                data=data,
                count=len(frame),
                style={"color": look.LINE_COLOUR, "weight": 2.2, "dashArray": "10 4 2 4", "opacity": 0.95},
                legend={"form": "line", "colour": look.LINE_COLOUR},
            )
        )
    if stakes is not None:
        frame = stakes.frame[~stakes.frame.geometry.is_empty & stakes.frame.geometry.notna()].head(MOST_INLINE)
        columns: dict[str, Any] = _places(frame, frame["stake_no"])
        columns["title"] = [say("map.stake_title", number=safe_text(v)) for v in frame["stake_no"]]
        states = frame["state"] if "state" in frame else pd.Series("", index=frame.index)
        columns["lines"] = [
            _stake_lines(code, state, say)
            for code, state in zip(frame["line_code"], states.fillna("").astype(str), strict=True)
        ]
        found.append(
            MapLayer(
                name="stakes",
                packet="study",
                label=say("map.stakes"),
                draw="symbols",
                data=columns,
                count=len(frame),
                style={"symbol": "stake", "colour": look.STAKE_COLOUR, "size": 13},
                legend={"symbol": "stake", "colour": look.STAKE_COLOUR},
                group="stake",
            )
        )
    return found


def _stake_lines(code: object, state: str, say: Say) -> list[str]:
    lines = [say("map.stake_line", code=safe_text(code))]
    if state:
        words = say(f"state.{_STATES[state]}") if state in _STATES else safe_text(state)
        lines.append(say("map.stake_state", state=words))
    return lines


def names(frame: pd.DataFrame) -> Iterable[object]:
    """Names of rows, empty where a layer has none."""
    return frame["name"].fillna("") if "name" in frame else [""] * len(frame)


def _places(frame: gpd.GeoDataFrame, ids: "pd.Series[Any] | None" = None) -> dict[str, list[Any]]:
    """Columns of places; an id travels back as it is, to be looked up here, and is never shown."""
    geometry: npt.NDArray[np.object_] = frame.geometry.to_numpy()
    points = np.where(shapely.get_type_id(geometry) == 0, geometry, shapely.point_on_surface(geometry))
    found = {"lon": shapes.degrees(shapely.get_x(points)), "lat": shapes.degrees(shapely.get_y(points))}
    return found if ids is None else {**found, "id": [str(v) for v in ids]}
