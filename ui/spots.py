"""Figures, rows and sentences of the page of blind spots: the page itself computes nothing."""

import dataclasses
import json
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from coverage import gaps
from coverage.blind_spots import BlindSpots
from coverage.result import Result
from reports import look
from ui import answers, figures, i18n, messages, shapes
from ui.answers import Answer
from ui.figures import Figure
from ui.i18n import Say
from ui.map import safe_text
from ui.state import Choice

__all__ = [
    "Shown",
    "answer",
    "cards",
    "chosen_area",
    "members",
    "rule_lines",
    "shown_in",
    "table",
    "where",
]


@dataclass(frozen=True)
class Shown:
    """The blind spots of a result, and those of them with people in the chosen unit.

    Parameters
    ----------
    result, spots
        The answer and its blind spots.
    unit
        Code of the unit; empty for all.
    ranks
        Of the areas that are shown.
    """

    result: Result
    spots: BlindSpots
    unit: str
    ranks: frozenset[int]


def shown_in(result: Result, spots: BlindSpots, unit: str) -> Shown:
    """Blind spots with people in a unit; all of them for an empty code."""
    own = spots.rank_of_gap[(result.gaps["unit_code"] == unit).to_numpy()] if unit else spots.rank_of_gap
    return Shown(result, spots, unit, frozenset(own.tolist()))


def cards(shown: Shown, say: Say, base: Shown | None = None) -> list[Figure]:
    """How many areas, how many people, and people by reason; in a what-if each with its change.

    With a unit only its own people are counted.
    """
    now = _amounts(shown)
    made = [_areas_card(shown, now, say), _people_card(shown, now, say)]
    made += [_reason_card(reason, shown, now, say) for reason in _reasons(shown, base)]
    if base is None:
        return made
    before, out = _amounts(base), []
    for figure, key in zip(made, ("areas", "people", *_reasons(shown, base)), strict=True):
        was, is_ = before.get(key, (0, 0, 0)), now.get(key, (0, 0, 0))
        at = 1 if key == "areas" else 0
        unit = "spots.change_areas" if key == "areas" else "what_if.people"
        old = say("spots.areas_value" if key == "areas" else "figure.people", **_amount(key, was[at]))
        out.append(
            dataclasses.replace(
                figure,
                note=f"{say('what_if.was', value=old)} · {figure.note}",
                change=say(unit, count=i18n.signed(is_[at] - was[at])),
                tone="none" if is_[at] == was[at] else "good" if is_[at] < was[at] else "bad",
            )
        )
    return out


def _amount(key: str, value: float) -> dict[str, str]:
    return {"count" if key == "areas" else "people": i18n.count(value)}


def _reasons(*shown: Shown | None) -> list[str]:
    """Reasons that have a card: that facilities are full only where it happens."""
    happens = {reason for one in shown if one is not None for reason in one.spots.areas["reason"]}
    return [reason for reason in look.REASON_COLOURS if reason != "full" or reason in happens]


def _amounts(shown: Shown) -> dict[str, tuple[float, int, int]]:
    """People, areas and places, of all (``areas``, ``people``) and of each reason."""
    places = shown.result.gaps.assign(area=shown.spots.rank_of_gap)
    if shown.unit:
        places = places[places["unit_code"] == shown.unit]

    def amount(rows: gpd.GeoDataFrame) -> tuple[float, int, int]:
        return gaps.total(rows["weight"].to_numpy(dtype=np.float64)), rows["area"].nunique(), len(rows)

    found = {str(reason): amount(rows) for reason, rows in places.groupby("reason")}
    found["areas"] = found["people"] = amount(places)
    return found


def _areas_card(shown: Shown, now: dict[str, tuple[float, int, int]], say: Say) -> Figure:
    _, areas, places = now["areas"]
    label = say("spots.areas")
    if shown.unit:
        # The label of a figure takes Markdown.
        label = say("spots.areas_of", unit=messages.literal(_unit_names(shown.result).get(shown.unit, shown.unit)))
    people = shown.spots.areas.loc[shown.spots.areas["rank"].isin(shown.ranks), "people"]
    note = say("spots.none_note")
    if areas:
        note = say("spots.areas_note", places=i18n.count(places), people=i18n.count(people.max()))
    return Figure(label, say("spots.areas_value", count=i18n.count(areas)), note)


def _people_card(shown: Shown, now: dict[str, tuple[float, int, int]], say: Say) -> Figure:
    demand = shown.result.demand
    own = demand if not shown.unit else demand[demand["unit_code"] == shown.unit]
    total, people = gaps.total(own["weight"].to_numpy(dtype=np.float64)), now["people"][0]
    note = say("spots.people_note", share=i18n.share(people / total if total else None))
    return Figure(say("spots.people"), say("figure.people", people=i18n.count(people)), note)


def _reason_card(reason: str, shown: Shown, now: dict[str, tuple[float, int, int]], say: Say) -> Figure:
    people, areas, places = now.get(reason, (0, 0, 0))
    minutes = f"{shown.result.request.parameters.report_minutes:g}"
    label = say(f"spots.{reason}_figure", **({"minutes": minutes} if reason == "no_facility" else {}))
    note = say("spots.reason_note", count=i18n.count(areas), places=i18n.count(places))
    return Figure(label, say("figure.people", people=i18n.count(people)), note)


def rule_lines(shown: Shown, say: Say) -> list[str]:
    """How the areas are made, and what "adds" means."""
    minutes = f"{shown.result.request.parameters.minutes[-1]:g}"
    return [
        say("spots.rule", radius=f"{shown.spots.radius_m:g}"),
        say("spots.rule_adds", candidates=shown.spots.candidates, minutes=minutes),
    ]


def table(shown: Shown, say: Say, first: int | None = None) -> pd.DataFrame:
    """The areas of the chosen unit, most people first, as the table shows them.

    Parameters
    ----------
    shown
        What is shown.
    say
        Texts of the language.
    first
        Rank of an area that goes to the top, so that what was chosen on the map is in sight.
    """
    rows = shown.spots.areas[shown.spots.areas["rank"].isin(shown.ranks)]
    if first is not None:
        rows = pd.concat([rows[rows["rank"] == first], rows[rows["rank"] != first]])
    rows = rows.head(figures.MOST_GAP_ROWS)
    names = _unit_names(shown.result)
    return pd.DataFrame(
        {
            "rank": rows["rank"],
            "place": [names.get(code) or say("table.outside") for code in rows["unit_code"]],
            "people": rows["people"],
            "adds": rows["adds"],
            "minutes": rows["nearest_minutes"],
            "reason": [figures.reason(code, say) for code in rows["reason"]],
        }
    ).reset_index(drop=True)


def members(shown: Shown, rank: int) -> pd.DataFrame:
    """The places of one area, most people first: ``name``, ``people``, ``minutes``."""
    rows = shown.result.gaps[shown.spots.rank_of_gap == rank]
    return pd.DataFrame(
        {"name": rows["name"].astype(str), "people": rows["weight"], "minutes": rows["nearest_minutes"]}
    ).reset_index(drop=True)


def where(shown: Shown, rank: int) -> tuple[float, float]:
    """Degrees of the place of an area with most people: what a choice of the area is remembered by."""
    first = int(np.flatnonzero(shown.spots.rank_of_gap == rank)[0])
    point = shown.result.gaps.geometry.iloc[first].representative_point()
    return float(point.x), float(point.y)


def _area_of(shown: Shown, lon: float, lat: float) -> int | None:
    """Rank of the area of the place that stands there, else of the smallest whose outline holds it; None for none."""
    points = shown.result.gaps.geometry.representative_point()
    place = answers.same_place(pd.DataFrame({"lon": points.x.to_numpy(), "lat": points.y.to_numpy()}), lon, lat)
    if place is not None:
        return int(shown.spots.rank_of_gap[place])
    areas = shown.spots.areas
    holding = areas[shapely.intersects_xy(areas.geometry.to_numpy(), lon, lat)]
    if holding.empty:
        return None
    return int(holding["rank"].iloc[int(np.argmin(shapely.area(holding.geometry.to_numpy())))])


def answer(rank: int, shown: Shown, say: Say) -> Answer:
    """What is said of one area, escaped, with its outline and the place of the new facility."""
    row = shown.spots.areas.iloc[rank - 1]
    lon, lat = where(shown, rank)
    drawn = [shapes.polygon(row.geometry)]
    if not pd.isna(row["best_lon"]):
        lon, lat = float(row["best_lon"]), float(row["best_lat"])
        drawn.append(json.loads(shapely.to_geojson(shapely.Point(lon, lat))))
    title = say("spots.title", rank=rank, people=i18n.count(row["people"]))
    mark = {"type": "GeometryCollection", "geometries": [shape for shape in drawn if shape is not None]}
    west, south, east, north = row.geometry.bounds
    lines = (_unit_line(rank, shown, say), *_lines(row, shown.result, say))
    return Answer(title, lines, lon, lat, mark, (west, south, east, north), str(row["unit_code"]))


def _unit_line(rank: int, shown: Shown, say: Say) -> str:
    """The units with people in an area, most people first."""
    rows, names = shown.result.gaps[shown.spots.rank_of_gap == rank], _unit_names(shown.result)
    by_unit = rows.groupby("unit_code")["weight"].sum().sort_values(ascending=False, kind="stable")
    units = [
        say("spots.unit_people", unit=safe_text(names.get(code) or say("table.outside")), people=i18n.count(people))
        for code, people in by_unit.items()
    ]
    return say("spots.where", units=" · ".join(units))


def _lines(row: "pd.Series[Any]", result: Result, say: Say) -> list[str]:
    parameters = result.request.parameters
    lines = [say("spots.reason", reason=figures.reason(row["reason"], say))]
    if row["reason"] == "no_road":
        lines.append(say("answer.no_road", metres=f"{parameters.max_snap_m:g}"))
    elif pd.isna(row["nearest_minutes"]):
        lines.append(say("spots.none_near", minutes=f"{parameters.report_minutes:g}"))
    else:
        found = result.facilities.loc[result.facilities["facility_id"] == row["nearest_facility_id"], "name"]
        lines.append(
            say(
                "spots.nearest",
                name=safe_text(found.iloc[0] if len(found) else row["nearest_facility_id"]),
                least=i18n.decimal(float(row["nearest_minutes"])),
                mean=i18n.decimal(float(row["mean_minutes"])),
            )
        )
    has_road = not pd.isna(row["best_lon"])
    lines.append(say("spots.adds", people=i18n.count(row["adds"])) if has_road else say("spots.adds_none"))
    return lines


def _unit_names(result: Result) -> dict[str, str]:
    known = zip(result.units["unit_code"], result.units["name"], strict=True)
    return {str(code): str(name) for code, name in known if code and not pd.isna(name)}


def chosen_area(chosen: Choice | None, shown: Shown) -> int | None:
    """Rank of the area that the user chose, on this page or another; None when the choice is no blind spot."""
    if chosen is None or chosen.kind not in {"spot", "gap", "place"} or chosen.lon is None or chosen.lat is None:
        return None
    return _area_of(shown, chosen.lon, chosen.lat)
