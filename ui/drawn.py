"""From a result to the layers of the map: simplified, rounded, escaped, at most 5,000 features each."""

import json
import math
from collections.abc import Iterable
from itertools import repeat
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from coverage.result import Result
from layers.layer import Layer
from reports import look
from ui import i18n
from ui.i18n import Say
from ui.map import MOST_INLINE, MapLayer, safe_text

__all__ = ["boundary_layers", "idle_reason", "result_layers", "unit_layers"]

#: How far a drawn outline may lie from the computed one, in metres. Two pixels at zoom 14.
_AREA_TOLERANCE_M = 13.0
#: Holes and islands below this are specks on the screen, in square metres.
_SPECK_M2 = 2_000.0
_M_PER_DEGREE = 111_320.0
#: States of stakes as bureaus write them, to their names in the texts; others are shown as they are.
_STATES = {"完好": "intact", "损坏": "damaged", "缺失": "missing", "移动": "moved", "注记不清": "unclear"}


def result_layers(result: Result, say: Say, lang: str) -> list[MapLayer]:
    """Service areas, people left out, and facilities."""
    return [*_areas(result, say), *_left_out(result, say), *_facilities(result, say, lang)]


def _areas(result: Result, say: Say) -> list[MapLayer]:
    rows = result.service_areas.sort_values("minutes")
    layers = []
    for position, (minutes, shape) in enumerate(zip(rows["minutes"], rows.geometry, strict=True)):
        colour = look.area_colour(position, len(rows))
        layers.append(
            MapLayer(
                name=f"area-{minutes:g}",
                label=say("map.area", minutes=f"{minutes:g}"),
                draw="polygons",
                data=_geojson([_light(shape)]),
                count=int(not shape.is_empty),
                style={"color": colour, "weight": 0.8, "opacity": 0.9, "fillColor": colour, "fillOpacity": 0.55},
                legend={"form": "area", "colour": colour},
                heading=say("map.areas") if position == 0 else "",
                stack=float(minutes),
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
    points, most = rows.geometry.representative_point(), rows["weight"].max()
    return {
        "lon": _degrees(points.x),
        "lat": _degrees(points.y),
        "radius": [round(2.2 + 9.5 * math.sqrt(w / most), 1) for w in rows["weight"]],
        "people": [round(float(w)) for w in rows["weight"]],
        "minutes": [None if pd.isna(m) else round(float(m), 1) for m in rows["minutes"]],
        "name": [safe_text(name) for name in rows["name"]],
    }


def _facilities(result: Result, say: Say, lang: str) -> list[MapLayer]:
    table, chosen = result.facilities, set(result.request.parameters.kinds)
    codes = [code for code in look.kinds() if (table["kind"] == code).any()]
    codes += sorted({str(code) for code in table["kind"].dropna()} - set(codes))
    codes.sort(key=lambda code: bool(chosen) and code not in chosen)
    layers: list[MapLayer] = []
    for code in codes:
        rows = table[table["kind"].astype(str) == code].head(MOST_INLINE)
        kind = look.kind_look(code)
        columns = _columns(rows, rows["facility_id"])
        columns["title"] = [safe_text(name) for name in rows["name"]]
        columns["hollow"] = [bool(pd.isna(v)) for v in rows["served"]]
        columns["lines"] = [_facility_lines(row, result, say, lang) for row in rows.to_dict("records")]
        layers.append(
            MapLayer(
                name=f"facility-{len(layers)}",
                label=safe_text(i18n.kind_name(lang, code)),
                draw="symbols",
                data=columns,
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


def _facility_lines(row: dict[str, Any], result: Result, say: Say, lang: str) -> list[str]:
    lines = [safe_text(i18n.kind_name(lang, str(row["kind"])))]
    if row.get("outside") is True or row.get("outside") == 1:
        lines.append(say("map.outside"))
    why = idle_reason(row, result)
    if why is not None:
        lines.append(say("map.idle", why=say(f"idle.{why}")))
    else:
        lines.append(say("map.served", people=i18n.count(row["served"])))
    return lines


def idle_reason(row: dict[str, Any], result: Result) -> str | None:
    """Why a facility does not serve (a key of ``idle`` in the texts), or None when it serves."""
    if not pd.isna(row["served"]):
        return None
    status = str(row.get("status") or "")
    if status in {"planned", "closed"}:
        return status
    kinds = result.request.parameters.kinds
    if kinds and row["kind"] not in kinds:
        return "kind"
    return "no_road" if row["road_status"] == "no_road" else "date"


def unit_layers(units: Layer | None, say: Say) -> list[MapLayer]:
    """Outlines and names of units."""
    if units is None or units.frame.empty:
        return []
    frame = units.frame
    inside = frame.geometry.representative_point()
    style = {"color": look.UNIT_COLOUR, "weight": 1.3, "opacity": 0.9, "dashArray": "5 4", "fill": False}
    names = {"lon": _degrees(inside.x), "lat": _degrees(inside.y), "title": [safe_text(v) for v in frame["name"]]}
    outlines = _geojson([_light(shape) for shape in frame.geometry])
    line = {"form": "line", "colour": look.UNIT_COLOUR, "dash": True}
    return [
        MapLayer(
            name="units", label=say("map.units"), draw="polygons", data=outlines, count=len(frame), style=style,
            legend=line, pane="outlines", heading=say("map.boundaries"),
        ),
        MapLayer(name="labels", label=say("map.labels"), draw="labels", data=names, count=len(frame), from_zoom=11.5),
    ]  # fmt: skip


def boundary_layers(lines: Layer | None, stakes: Layer | None, say: Say) -> list[MapLayer]:
    """Boundary lines and stakes."""
    found = []
    if lines is not None:
        frame = lines.frame.head(MOST_INLINE)
        texts = [
            {"title": safe_text(name), "lines": [say("map.line_code", code=safe_text(code))]}
            for name, code in zip(_names(frame), frame["line_code"], strict=True)
        ]
        data = _geojson([_light(shape, 3.0) for shape in frame.geometry], texts)
        found.append(
            MapLayer(
                name="lines",
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
        columns = _columns(frame, frame["stake_no"])
        columns["title"] = [say("map.stake_title", number=safe_text(v)) for v in frame["stake_no"]]
        states = frame["state"] if "state" in frame else pd.Series("", index=frame.index)
        columns["lines"] = [
            _stake_lines(code, state, say)
            for code, state in zip(frame["line_code"], states.fillna("").astype(str), strict=True)
        ]
        found.append(
            MapLayer(
                name="stakes",
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


def _names(frame: pd.DataFrame) -> Iterable[object]:
    return frame["name"].fillna("") if "name" in frame else [""] * len(frame)


def _columns(frame: gpd.GeoDataFrame, ids: pd.Series) -> dict[str, Any]:
    points = frame.geometry.representative_point()
    # The id travels back as it is, to be looked up here; it is never shown.
    return {"lon": _degrees(points.x), "lat": _degrees(points.y), "id": [str(v) for v in ids]}


def _degrees(values: Iterable[float]) -> list[float]:
    return [round(float(v), 5) for v in values]


def _light(shape: shapely.Geometry, tolerance_m: float = _AREA_TOLERANCE_M) -> shapely.Geometry:
    """For drawing only: fewer vertices, no specks, five decimals."""
    if shape is None or shape.is_empty:
        return shape
    scale = np.array([_M_PER_DEGREE * math.cos(math.radians(shape.centroid.y)), _M_PER_DEGREE])
    flat = shapely.simplify(shapely.transform(shape, lambda xy: xy * scale), tolerance_m)
    if flat.geom_type in {"Polygon", "MultiPolygon"}:
        flat = shapely.multipolygons(
            [
                shapely.Polygon(
                    part.exterior, [hole for hole in part.interiors if shapely.Polygon(hole).area > _SPECK_M2]
                )
                for part in shapely.get_parts(flat)
                if part.area > _SPECK_M2
            ]
        )
    return shapely.transform(flat, lambda xy: _rounded(xy / scale))


def _rounded(xy: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.round(xy, 5)


def _geojson(shapes: Iterable[shapely.Geometry], texts: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    return {
        "type": "FeatureCollection",
        "features": [
            {"type": "Feature", "properties": text, "geometry": json.loads(shapely.to_geojson(shape))}
            for shape, text in zip(shapes, texts or repeat({}), strict=False)
            if shape is not None and not shape.is_empty
        ],
    }
