"""Lines, stakes and findings as the map draws them: how far beside its line a stake stands, and how bad that is."""

from collections.abc import Iterable, Sequence
from typing import Any

import shapely

from demarcation.check import Checked
from demarcation.finding import SEVERITIES, BoundaryFinding, Severity
from reports import look
from ui import i18n, shapes
from ui.i18n import Say
from ui.map import MOST_INLINE, MapLayer, safe_text
from ui.stakes import rows

__all__ = ["layers"]

_TALK: dict[Severity, tuple[str, str]] = {"fail": ("triangle", "#b42318"), "warn": ("diamond", "#b26a00")}
_LEG_COLOUR = "#b42318"
#: Legs shorter than this are not seen at any zoom.
_LEAST_LEG_M = 1.0
_AREAL = 2


def layers(checked: Checked, shown: Sequence[BoundaryFinding], say: Say, lang: str) -> list[MapLayer]:
    """Layers in the order of the legend.

    Parameters
    ----------
    checked
        Everything that was checked.
    shown
        Findings that the filters leave; what they speak of is marked.
    say, lang
        Words.
    """
    found = [*_places(shown, say, lang), *_legs(checked, shown, say), _lines(checked, say)]
    worst = rows.worst_by_stake(checked, shown)
    found += [
        _stakes(checked, [n for n, one in worst.items() if one == severity], severity, say)
        for severity in SEVERITIES[:2]
    ]
    calm = [n for n in range(len(checked.bench.study.stakes)) if worst.get(n) not in SEVERITIES[:2]]
    found.append(_stakes(checked, calm, None, say))
    return [layer for layer in found if layer.count or layer.name == "lines"]


def _stakes(checked: Checked, positions: Iterable[int], severity: Severity | None, say: Say) -> MapLayer:
    stakes = checked.bench.study.stakes
    placed = [(n, place) for n in positions if (place := stakes[n].place) is not None][:MOST_INLINE]
    symbol, colour = ("stake", look.STAKE_COLOUR) if severity is None else _TALK[severity]
    name = "stakes" if severity is None else f"stakes-{severity}"
    label = say("map.stakes") if severity is None else say(f"stakes.legend_{severity}")
    data: dict[str, Any] = {
        "lon": shapes.degrees([place[0] for _, place in placed]),
        "lat": shapes.degrees([place[1] for _, place in placed]),
        "id": [str(n) for n, _ in placed],
        "title": [say("map.stake_title", number=safe_text(stakes[n].number)) for n, _ in placed],
        "lines": [_stake_lines(checked, n, say) for n, _ in placed],
    }
    return MapLayer(
        name=name, packet="checked", label=label, draw="symbols", data=data, count=len(placed),
        style={"symbol": symbol, "colour": colour, "size": 13 if severity is None else 16,
               "above": 0 if severity is None else 500},
        legend={"symbol": symbol, "colour": colour}, group="stake",
        heading=say("stakes.legend") if severity == "fail" else "",
    )  # fmt: skip


def _stake_lines(checked: Checked, position: int, say: Say) -> list[str]:
    stake = checked.bench.study.stakes[position]
    found = [say("map.stake_line", code=safe_text(stake.line_code))]
    if stake.state:
        found.append(say("map.stake_state", state=safe_text(stake.state)))
    place = checked.bench.places[position]
    if place is not None:
        found.append(say("stakes.offset", metres=i18n.decimal(abs(place.offset_m), 2)))
        found.append(say("stakes.chainage", metres=i18n.decimal(place.chainage_m)))
    return found


def _lines(checked: Checked, say: Say) -> MapLayer:
    lines = list(checked.bench.study.lines.values())
    texts = [
        {
            "title": safe_text(line.name or line.code),
            "lines": [
                say("map.line_code", code=safe_text(line.code)),
                say("stakes.length", metres=i18n.decimal(checked.bench.axes[line.code].length_m)),
            ],
        }
        for line in lines
    ]
    return MapLayer(
        name="lines", packet="checked", label=say("map.lines"), draw="lines",
        data=shapes.features([shapes.line(line.shape, 1.0) for line in lines], texts), count=len(lines),
        style={"color": look.LINE_COLOUR, "weight": 2.2, "dashArray": "10 4 2 4", "opacity": 0.95},
        legend={"form": "line", "colour": look.LINE_COLOUR},
    )  # fmt: skip


def _legs(checked: Checked, shown: Sequence[BoundaryFinding], say: Say) -> list[MapLayer]:
    """From each stake that a finding speaks of to the foot on its line."""
    bench = checked.bench
    legs = [
        (shapely.LineString([place, at.foot]), at)
        for n in rows.worst_by_stake(checked, shown)
        if (place := bench.study.stakes[n].place) is not None
        and (at := bench.places[n]) is not None
        and abs(at.offset_m) >= _LEAST_LEG_M
    ]
    texts = [{"title": say("stakes.offset", metres=i18n.decimal(abs(at.offset_m), 2)), "lines": []} for _, at in legs]
    return [
        MapLayer(
            name="offsets", packet="checked", label=say("stakes.legend_offsets"), draw="lines",
            data=shapes.features([shapes.line(leg, 0.0) for leg, _ in legs], texts), count=len(legs),
            style={"color": _LEG_COLOUR, "weight": 1.8, "dashArray": "3 3", "opacity": 0.95},
            legend={"form": "line", "colour": _LEG_COLOUR, "dash": True},
        )
    ]  # fmt: skip


def _places(shown: Sequence[BoundaryFinding], say: Say, lang: str) -> list[MapLayer]:
    """Where findings point to that is a stretch or an area."""
    found = [
        (finding, finding.where)
        for finding in shown
        if finding.where is not None and shapely.get_dimensions(finding.where) > 0
    ][:MOST_INLINE]
    flat = [
        (finding, shapely.boundary(where) if shapely.get_dimensions(where) == _AREAL else where)
        for finding, where in found
    ]
    texts = [{"title": safe_text(one.check), "lines": [safe_text(one.sentence(lang)[0])]} for one, _ in flat]
    colour = _TALK["warn"][1]
    return [
        MapLayer(
            name="stretches", packet="checked", label=say("stakes.legend_stretches"), draw="lines",
            data=shapes.features([shapes.line(where, 0.0) for _, where in flat], texts), count=len(flat),
            style={"color": colour, "weight": 4.0, "opacity": 0.75},
            legend={"form": "line", "colour": colour},
        )
    ]  # fmt: skip
