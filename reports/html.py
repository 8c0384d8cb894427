"""One A4 page of a result: map, five figures, table of units, basis, date, source, stamp. One file, nothing fetched."""

import base64
import datetime as dt
import math
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any
from unicodedata import east_asian_width

import jinja2

from coverage import basis
from coverage.profiles import load_profile
from coverage.request import minutes_key
from coverage.result import Result
from geo.paths import VERSION
from layers.layer import Layer
from reports import look, picture, what_if

__all__ = ["a4_page", "page_words"]

_HERE = Path(__file__).parent
#: Rows of the table of units that fit on the page, in two columns.
_MOST_UNITS = 28
#: Height of the map beside a short table and notes; each further row and line takes from it, but for what a map needs.
_MAP_MM, _LEAST_MAP_MM, _ROWS_BESIDE_MAP, _ROW_MM = 121.0, 60.0, 7, 5.3
#: Lines of notes beside that map, height of one, and of the frame and the mark of what-ifs.
_LINES_BESIDE_MAP, _LINE_MM, _FRAME_MM = 9, 4.3, 16.0
#: Narrow letters on a line of notes; a Chinese one counts twice.
_LINE_LETTERS = 130


def a4_page(
    result: Result, *, workspace: str, units: Layer | None = None, lang: str = "zh", printed: dt.date | None = None
) -> str:
    """The page as HTML. Text from data is escaped by the template.

    Parameters
    ----------
    result
        Of :func:`coverage.run.run`.
    workspace
        Name of the study.
    units
        Outlined on the map; default: those of the request.
    lang
        ``zh`` or ``en``.
    printed
        Date under the map; default today.

    Returns
    -------
    str
        Self-contained: style and picture are inside, there is no script.
    """
    words = page_words(lang)
    request = result.request
    made_up = look.made_up([request.units, request.facilities, request.demand], lang)
    rows = _unit_rows(result, words)
    shown = rows[:_MOST_UNITS]
    half = math.ceil(len(shown) / 2)
    told, basis, sources = what_if.sentences(result, words, lang), _basis(result, words, lang), _sources(result, words)
    lines = sum(_lines(text) for text in [*basis, sources, " · ".join(told)])
    height_mm = _MAP_MM - _ROW_MM * max(0, half - _ROWS_BESIDE_MAP) - _LINE_MM * (lines - _LINES_BESIDE_MAP)
    height_mm = max(height_mm - (_FRAME_MM if told else 0.0), _LEAST_MAP_MM)
    drawn = picture.draw(result, units or result.request.units, words, lang=lang, height_mm=height_mm)
    return _template().render(
        lang="zh-CN" if lang == "zh" else "en",
        words=words,
        workspace=workspace,
        picture=base64.b64encode(drawn.png).decode("ascii"),
        labelled=drawn.labelled,
        synthetic=words["demo_note"].format(what=made_up) if made_up else "",
        what_if=told,
        figures=_figures(result, words),
        minutes=[words["minutes"].format(minutes=f"{m:g}") for m in result.request.parameters.minutes],
        halves=[shown[:half], shown[half:]],
        cut=words["cut"].format(shown=len(shown), all=len(rows)) if len(shown) < len(rows) else "",
        basis=basis,
        sources=sources,
        as_of=words["as_of"].format(date=result.request.parameters.as_of.isoformat()),
        printed=words["printed"].format(date=(printed or dt.date.today()).isoformat()),  # noqa: DTZ011 - the user's day
        made_by=words["made_by"].format(version=VERSION),
    )


def _lines(text: str) -> int:
    """Lines of notes that a text takes."""
    letters = sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)
    return math.ceil(letters / _LINE_LETTERS)


@cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("a4.html.j2")


@cache
def _table() -> dict[str, dict[str, str]]:
    return tomllib.loads((_HERE / "page.toml").read_text(encoding="utf-8"))


def page_words(lang: str) -> Mapping[str, str]:
    """Words of the page and of its map."""
    return _table()["en" if lang == "en" else "zh"]


def _count(value: float) -> str:
    return f"{value:,.0f}"


def _share(part: float, whole: float) -> str:
    """Per cent with one decimal; nearly all is not written as all."""
    if not whole:
        return "–"
    shown = round(part / whole * 100, 1)
    return f"{min(shown, 99.9) if part < whole else shown:.1f}%"


def _figures(result: Result, words: Mapping[str, str]) -> list[tuple[str, str, str]]:
    summary, parameters = result.summary, result.request.parameters
    largest = f"{parameters.minutes[-1]:g}"
    total, covered, beyond = summary["demand_total"], summary["covered"][largest], summary["beyond"]
    serving = result.facilities["served"].notna()
    outside = int((serving & result.facilities["outside"].fillna(value=False).astype(bool)).sum())
    return [
        (
            words["covered"].format(minutes=largest),
            _share(covered, total),
            words["covered_note"].format(covered=_count(covered), total=_count(total)),
        ),
        (
            words["left_out_figure"].format(minutes=largest),
            words["people"].format(people=_count(beyond)),
            words["share_note"].format(share=_share(beyond, total)),
        ),
        (
            words["facilities"],
            words["places"].format(count=_count(int(serving.sum()))),
            words["outside"].format(count=_count(outside)),
        ),
        (words["gaps"], words["places"].format(count=_count(len(result.gaps))), words["ranked_note"]),
        (
            words["no_road_figure"],
            words["people"].format(people=_count(summary["no_road"])),
            words["no_road_note"].format(metres=f"{parameters.max_snap_m:g}"),
        ),
    ]


def _unit_rows(result: Result, words: Mapping[str, str]) -> list[dict[str, Any]]:
    minutes = result.request.parameters.minutes
    return [
        {
            "name": row["name"] or words["no_unit"],
            "people": _count(row["weight"]),
            "shares": [_share(row[f"covered_{m:g}"], row["weight"]) for m in minutes],
            "part": round(row[f"covered_{minutes[-1]:g}"] / row["weight"] * 100, 1) if row["weight"] else 0,
            "no_road": _count(row["no_road"]),
        }
        for row in result.units.drop(columns="geometry").to_dict("records")
        if row["weight"] > 0
    ]


def _basis(result: Result, words: Mapping[str, str], lang: str) -> list[str]:
    parameters, summary = result.request.parameters, result.summary
    profile = load_profile(parameters.profile)
    speed = parameters.travel().speed_mps
    weight = str(summary["parameters"]["weight"] or "rows")
    kinds = [look.kind_look(code)[lang] or code for code in parameters.kinds]
    lines = [
        words["kinds"].format(kinds=words["comma"].join(kinds) or words["all_kinds"]),
        words["profile"].format(
            name=profile.en if lang == "en" else profile.zh,
            speed=words["speed_class"] if speed is None else words["speed"].format(speed=f"{speed:g}"),
            direction=words[parameters.direction],
            minutes=words["comma"].join(f"{m:g}" for m in parameters.minutes),
            snap=f"{parameters.max_snap_m:g}",
            weight=words.get(f"weight_{weight}", weight),
            date=parameters.as_of.isoformat(),
        ),
    ]
    alone = summary["covered_without_outside"]
    if alone is not None:
        largest = f"{parameters.minutes[-1]:g}"
        share = _share(alone[largest], summary["demand_total"])
        lines.append(words["alone"].format(minutes=largest, share=share))
    found = summary["polygon_agreement"][minutes_key(parameters.minutes[-1])]
    if found["precision"] is not None and found["recall"] is not None:
        inside, reached = _share(found["precision"], 1.0), _share(found["recall"], 1.0)
        lines.append(words["agreement"].format(minutes=f"{parameters.minutes[-1]:g}", inside=inside, drawn=reached))
    lines.append(words["speed_source"].format(source=basis.speed_source(result.request, lang)))
    lines.append(words["ignored"].format(what=basis.ignored_words(result.request, lang)))
    return lines


def _sources(result: Result, words: Mapping[str, str]) -> str:
    inputs = result.summary["inputs"]
    files = [
        words["inputs"].format(file=entry["file"], rows=_count(entry["rows"])) if entry["rows"] else entry["file"]
        for entry in inputs
    ]
    credits_ = sorted({entry["credit"] for entry in inputs if entry["credit"]})
    notes = [words["roads"]] if any("OpenStreetMap" in text for text in credits_) else []
    notes += [words["credit"].format(credit=text) for text in credits_ if "OpenStreetMap" not in text]
    return " ".join([words["comma"].join(files) + ("。" if words is page_words("zh") else "."), *notes])
