"""What the page says about the place, facility or unit that the user chose."""

import json
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from coverage.result import Result
from coverage.run import times_at
from ui import drawn, figures, i18n
from ui.i18n import Say
from ui.map import safe_text
from ui.shelves import Study
from ui.state import Choice

__all__ = ["Answer", "answer", "same_place"]

#: A single point is shown with this much around it, in degrees.
_AROUND_DEGREES = 0.004


@dataclass(frozen=True)
class Answer:
    """Title and lines (escaped), where the balloon stands, what is outlined, and the unit it lies in."""

    title: str
    lines: tuple[str, ...]
    lon: float
    lat: float
    mark: dict[str, Any]
    bounds: tuple[float, float, float, float]
    unit_code: str


def answer(chosen: Choice, result: Result, shared: Study, say: Say, lang: str) -> Answer | None:
    """The answer to a choice; None when the choice is not in this result (any more)."""
    if chosen.kind == "unit":
        return _of_unit(chosen, result, shared, say)
    if chosen.kind == "facility":
        return _of_facility(chosen, result, shared, say, lang)
    if chosen.lon is None or chosen.lat is None:
        return None
    if chosen.kind == "village" and shared.villages is not None:
        rows = shared.villages.frame[shared.villages.frame["unit_code"] == chosen.name]
        if not rows.empty:
            return _of_village(rows.iloc[0], result, shared, say)
    title, lines = say("answer.title"), []
    if chosen.kind == "gap" and (row := same_place(_places(result.gaps), chosen.lon, chosen.lat)) is not None:
        place = result.gaps.iloc[row]
        title, lines = safe_text(place["name"]), [say("map.gap_title", people=i18n.count(place["weight"]))]
    lines += _travel_lines(chosen.lon, chosen.lat, result, say)
    code = _unit_at(chosen.lon, chosen.lat, shared)
    if code:
        lines.append(say("answer.unit", name=safe_text(_unit_name(code, shared))))
    return _made(title, lines, (chosen.lon, chosen.lat), shapely.Point(chosen.lon, chosen.lat), code)


def _of_village(village: Any, result: Result, shared: Study, say: Say) -> Answer:  # noqa: ANN401 - a row of a frame
    """How many of its people are inside the circle, and the way of the place where most of them live."""
    shape = village.geometry
    places = _places(result.demand)
    inside = result.demand[shapely.intersects_xy(shape, places["lon"], places["lat"])]
    at, lines = shape.representative_point(), []
    if inside["weight"].sum() > 0:
        people, covered = inside["weight"].sum(), inside.loc[inside["status"] == "covered", "weight"].sum()
        limit = f"{result.request.parameters.minutes[-1]:g}"
        shown = {"people": i18n.count(people), "covered": i18n.count(covered), "share": i18n.share(covered / people)}
        lines = [say("answer.village", limit=limit, **shown), say("answer.village_place")]
        at = inside.geometry[inside["weight"].idxmax()].representative_point()
    lines += _travel_lines(at.x, at.y, result, say)
    code = _unit_at(at.x, at.y, shared)
    if code:
        lines.append(say("answer.unit", name=safe_text(_unit_name(code, shared))))
    return _made(safe_text(village["name"]), lines, (at.x, at.y), shape, code)


def _places(frame: gpd.GeoDataFrame) -> pd.DataFrame:
    points = frame.geometry.representative_point()
    return pd.DataFrame({"lon": points.x.to_numpy(), "lat": points.y.to_numpy()})


def same_place(frame: pd.DataFrame, lon: float, lat: float) -> int | None:
    """Position of the row with these coordinates, or None."""
    near = (np.abs(frame["lon"] - lon) < figures.SAME_DEGREES) & (np.abs(frame["lat"] - lat) < figures.SAME_DEGREES)
    found = np.flatnonzero(near.to_numpy())
    return int(found[0]) if len(found) else None


def _travel_lines(lon: float, lat: float, result: Result, say: Say) -> list[str]:
    parameters = result.request.parameters
    row = times_at(result, np.array([[lon, lat]])).iloc[0]
    limit, snap = f"{parameters.minutes[-1]:g}", f"{parameters.max_snap_m:g}"
    if row["status"] == "no_road":
        return [say("answer.no_road", metres=snap)]
    if pd.isna(row["minutes"]):
        lines = [say("answer.no_facility", minutes=f"{parameters.report_minutes:g}")]
    else:
        minutes = i18n.decimal(float(row["minutes"]))
        lines = [say("answer.covered" if row["status"] == "covered" else "answer.beyond", minutes=minutes, limit=limit)]
        names = result.facilities.loc[result.facilities["facility_id"] == row["facility_id"], "name"]
        lines.append(say("answer.nearest", name=safe_text(names.iloc[0] if len(names) else row["facility_id"])))
    lines.append(say("answer.access", metres=i18n.count(float(row["access_m"]))))
    if bool(row["moved_from_island"]):
        lines.append(say("answer.moved"))
    return lines


def _of_facility(chosen: Choice, result: Result, shared: Study, say: Say, lang: str) -> Answer | None:
    rows = result.facilities[result.facilities["facility_id"] == chosen.name]
    if rows.empty:
        return None
    row, point = rows.iloc[0].to_dict(), rows.geometry.iloc[0].representative_point()
    lines = [say("answer.kind", name=safe_text(i18n.kind_name(lang, str(row["kind"]))))]
    why = drawn.idle_reason(row, result)
    served = say("map.served", people=i18n.count(row["served"])) if why is None else ""
    lines.append(served or say("map.idle", why=say(f"idle.{why}")))
    if row["road_status"] == "no_road":
        lines.append(say("map.facility_no_road", metres=f"{result.request.parameters.max_snap_m:g}"))
    elif not pd.isna(row["access_m"]):
        lines.append(say("answer.access", metres=i18n.count(float(row["access_m"]))))
    code = _unit_at(point.x, point.y, shared)
    lines.append(say("answer.unit", name=safe_text(_unit_name(code, shared))) if code else say("map.outside"))
    return _made(safe_text(row["name"]), lines, (point.x, point.y), point, code)


def _of_unit(chosen: Choice, result: Result, shared: Study, say: Say) -> Answer | None:
    table = figures.unit_table(result, say)
    rows = table[table["unit_code"] == chosen.name]
    if rows.empty or shared.townships is None:
        return None
    frame = shared.townships.frame
    shapes = frame.geometry[(frame["unit_code"] == chosen.name) & frame.geometry.notna()]
    if shapes.empty:
        return None
    row, shape = rows.iloc[0], shapes.iloc[0]
    largest = f"{result.request.parameters.minutes[-1]:g}"
    lines = [
        f"{say('table.people')} {i18n.count(row['people'])}",
        f"{say('figure.covered', minutes=largest)} {i18n.share(row[f'share_{largest}'] / 100.0)}",
    ]
    inside = shape.representative_point()
    return _made(safe_text(row["name"]), lines, (inside.x, inside.y), shape, chosen.name)


def _made(title: str, lines: list[str], at: tuple[float, float], shape: shapely.Geometry, unit_code: str) -> Answer:
    west, south, east, north = shape.bounds
    around = _AROUND_DEGREES if shape.geom_type == "Point" else 0.0
    return Answer(
        title=title,
        lines=tuple(lines),
        lon=at[0],
        lat=at[1],
        mark=json.loads(shapely.to_geojson(shape)),
        bounds=(west - around, south - around, east + around, north + around),
        unit_code=unit_code,
    )


def _unit_at(lon: float, lat: float, shared: Study) -> str:
    """Code of the township that holds a place; empty outside all of them."""
    if shared.townships is None:
        return ""
    frame = shared.townships.frame
    hit = frame.loc[frame.geometry.intersects(shapely.Point(lon, lat)), "unit_code"]
    return str(hit.min()) if len(hit) else ""


def _unit_name(code: str, shared: Study) -> str:
    frame = shared.townships.frame if shared.townships is not None else None
    return "" if frame is None else str(frame.loc[frame["unit_code"] == code, "name"].iloc[0])
