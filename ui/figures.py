"""Figures and table rows of a result, as text: the page itself computes nothing."""

import dataclasses
from dataclasses import dataclass
from typing import Any

import pandas as pd

from coverage import basis
from coverage.request import minutes_key
from coverage.result import Result
from ui import i18n
from ui.i18n import Say

__all__ = [
    "MOST_GAP_ROWS", "SAME_DEGREES", "Figure", "basis_lines", "five_figures", "gap_table",
    "unit_table",
]  # fmt: skip

#: Rows of the list of places left out; the export has all.
MOST_GAP_ROWS = 300
#: Places nearer than this are one place, in degrees: what the map sends back is rounded to five decimals.
SAME_DEGREES = 2e-5


@dataclass(frozen=True)
class Figure:
    """One of the five cards.

    Parameters
    ----------
    label, value, note
        What it is, the number, and what the number rests on.
    change
        Against the base of a what-if, with its sign; empty without one.
    tone
        Of the change: ``good``, ``bad``, or ``none``.
    """

    label: str
    value: str
    note: str
    change: str = ""
    tone: str = "none"


def five_figures(result: Result, say: Say, base: Result | None = None) -> list[Figure]:
    """Covered, left out, facilities, gap places, people without a road.

    Parameters
    ----------
    result
        What is shown.
    say
        Texts of the language.
    base
        The same question without what-ifs: each figure then tells its change, and its note what it was.
    """
    shown = _figures(result, say)
    if base is None:
        return shown
    return [
        dataclasses.replace(
            figure,
            note=f"{say('what_if.was', value=was.value)} · {figure.note}",
            change=say(f"what_if.{unit}", count=i18n.signed(now - before)),
            tone="none" if now == before or not better else "good" if (now > before) == (better > 0) else "bad",
        )
        for figure, was, (unit, better), now, before in zip(
            shown, _figures(base, say), _CHANGES, _amounts(result), _amounts(base), strict=True
        )
    ]


#: What the change of each of the five figures is counted in, and whether more is better (1), worse (-1) or neither.
_CHANGES = (("people", 1), ("people", -1), ("places", 0), ("places", -1), ("people", -1))


def _amounts(result: Result) -> tuple[float, ...]:
    """The five figures as numbers: people covered and left out, facilities, gap places, people without a road."""
    summary = result.summary
    covered = summary["covered"][minutes_key(result.request.parameters.minutes[-1])]
    return covered, summary["beyond"], int(_serving(result).sum()), len(result.gaps), summary["no_road"]


def _serving(result: Result) -> "pd.Series[Any]":
    return result.facilities["served"].notna()


def _figures(result: Result, say: Say) -> list[Figure]:
    summary, parameters = result.summary, result.request.parameters
    largest = f"{parameters.minutes[-1]:g}"
    total, covered = summary["demand_total"], summary["covered"][largest]
    beyond, no_road = summary["beyond"], summary["no_road"]
    of_all = None if not total else covered / total
    gaps = result.gaps
    worst = say("figure.gaps_none") if gaps.empty else say("figure.gaps_note", people=i18n.count(gaps["weight"].max()))
    return [
        Figure(
            say("figure.covered", minutes=largest),
            i18n.share(of_all) if total else say("figure.no_data"),
            say("figure.covered_note", people=i18n.count(covered), total=i18n.count(total)),
        ),
        Figure(
            say("figure.left_out", minutes=largest),
            say("figure.people", people=i18n.count(beyond)),
            say("figure.left_out_note", share=i18n.share(beyond / total if total else None)),
        ),
        _facility_figure(result, say),
        Figure(say("figure.gaps"), say("figure.count_places", count=i18n.count(len(gaps))), worst),
        Figure(
            say("figure.no_road"),
            say("figure.people", people=i18n.count(no_road)),
            say("figure.no_road_note", metres=f"{parameters.max_snap_m:g}"),
        ),
    ]


def _facility_figure(result: Result, say: Say) -> Figure:
    table, serving = result.facilities, _serving(result)
    kinds = result.request.parameters.kinds
    asked = table["kind"].isin(kinds) if kinds else pd.Series(data=True, index=table.index)
    idle = i18n.count((asked & ~serving).sum())
    if table["outside"].isna().all():
        note = say("figure.facilities_note_plain", idle=idle)
    else:
        outside = (serving & table["outside"].fillna(value=False).astype(bool)).sum()
        note = say("figure.facilities_note", outside=i18n.count(outside), idle=idle)
    return Figure(say("figure.facilities"), say("figure.count_facilities", count=i18n.count(serving.sum())), note)


def basis_lines(result: Result, say: Say, lang: str) -> list[str]:
    """What the figures rest on, one sentence each. The first is the short one."""
    summary, parameters = result.summary, result.request.parameters
    travel, largest = parameters.travel(), f"{parameters.minutes[-1]:g}"
    speed = travel.speed_mps
    minutes = "、" if lang == "zh" else ", "
    lines = [
        say(
            "basis.line",
            profile=i18n.profiles()[parameters.profile][lang],
            speed=say("basis.speed_class") if speed is None else say("basis.speed", speed=f"{speed:g}"),
            minutes=minutes.join(f"{m:g}" for m in parameters.minutes),
            weight=weight_name(summary["parameters"].get("weight"), say),
            snap=f"{parameters.max_snap_m:g}",
            direction=say(f"basis.{parameters.direction}"),
            date=parameters.as_of.isoformat(),
        ),
        say(
            "basis.rests",
            minutes=largest,
            total=i18n.count(summary["demand_total"]),
            no_road=i18n.count(summary["no_road"]),
            length=i18n.count(summary["network"]["length_km"]),
            edges=i18n.count(summary["network"]["edges"]),
        ),
    ]
    alone = summary["covered_without_outside"]
    if alone is not None and summary["demand_total"]:
        part = alone[largest] if isinstance(alone, dict) else alone
        lines.append(say("basis.outside", minutes=largest, share=i18n.share(part / summary["demand_total"])))
    near_edge = result.demand.loc[result.demand["edge_of_roads"].astype(bool), "weight"].sum()
    if near_edge:
        lines.append(say("basis.edge", people=i18n.count(near_edge)))
    if agreement := _agreement(result, say, lang):
        lines.append(say("basis.agreement", each=agreement))
    lines.append(say("basis.source", source=basis.speed_source(result.request, lang)))
    lines.append(say("basis.ignored", what=basis.ignored_words(result.request, lang)))
    lines.append(say("basis.unlawful"))
    return lines


def _agreement(result: Result, say: Say, lang: str) -> str:
    """For each of the minutes, how well the area on the map agrees with the places that were counted one by one."""
    return ("；" if lang == "zh" else "; ").join(
        say("basis.agreement_of", minutes=m, inside=i18n.share(found["precision"]), drawn=i18n.share(found["recall"]))
        for m, found in result.summary["polygon_agreement"].items()
        if found["precision"] is not None and found["recall"] is not None
    )


def weight_name(column: str | None, say: Say) -> str:
    """Name of a weight column; a column of the user's own shows as it is written."""
    key = f"weight.{column or 'rows'}"
    return say(key) if i18n.known("zh", key) else str(column)


def unit_table(result: Result, say: Say, base: Result | None = None) -> pd.DataFrame:
    """One row per unit: ``unit_code``, ``name``, ``people``, ``share_<m>`` in per cent, ``no_road``, ``facilities``.

    With a base also ``change``: how many more people are covered within the largest minutes than there; NaN for none.
    """
    rows = result.units[result.units["weight"] > 0]
    table = pd.DataFrame(
        {
            "unit_code": rows["unit_code"].astype(str),
            "name": rows["name"].fillna("").where(rows["unit_code"].astype(str) != "", say("table.outside")),
            "people": rows["weight"],
        }
    )
    for minutes in reversed(result.request.parameters.minutes):
        table[f"share_{minutes:g}"] = rows[f"share_{minutes:g}"] * 100.0
    table["no_road"] = rows["no_road"]
    table["facilities"] = rows["facilities"]
    if base is not None:
        column = f"covered_{minutes_key(result.request.parameters.minutes[-1])}"
        before = base.units.set_index("unit_code")[column]
        change = (rows[column] - rows["unit_code"].map(before).fillna(0)).round()
        table["change"] = change.where(change != 0)
    return table.reset_index(drop=True)


def gap_table(result: Result, say: Say, first: tuple[float, float] | None = None) -> pd.DataFrame:
    """Ranked places left out: ``rank``, ``people``, ``place``, ``minutes``, ``reason``, with ``lon`` and ``lat``.

    Parameters
    ----------
    first
        Degrees of a place that goes to the top of the table, so that what was chosen on the map is in sight.
    """
    rows = result.gaps.head(MOST_GAP_ROWS)
    if first is not None:
        points = result.gaps.geometry.representative_point()
        here = (points.x - first[0]).abs().lt(SAME_DEGREES) & (points.y - first[1]).abs().lt(SAME_DEGREES)
        rows = pd.concat([result.gaps[here], rows[~rows["rank"].isin(result.gaps.loc[here, "rank"])]])
    names: dict[Any, Any] = dict(zip(result.units["unit_code"], result.units["name"], strict=True))
    points = rows.geometry.representative_point()
    return pd.DataFrame(
        {
            "rank": rows["rank"],
            "place": [names.get(code) or say("table.outside") for code in rows["unit_code"]],
            "people": rows["weight"],
            "minutes": rows["nearest_minutes"],
            "reason": [reason(code, say) for code in rows["reason"]],
            "unit_code": rows["unit_code"],
            "lon": points.x,
            "lat": points.y,
        }
    ).reset_index(drop=True)


def reason(code: object, say: Say) -> str:
    """A reason code of the engine as words."""
    key = f"reason.{code}"
    return say(key) if i18n.known("zh", key) else say("reason.other")
