"""A scorecard in words and colours: one table for tables, Word, pages and lists."""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from coverage.plans.model import Plan
from coverage.plans.pace import final
from coverage.plans.scorecard import Missing, Score, Scorecard, Status
from coverage.profiles import load_profile
from geo.errors import QuarterhourError
from layers.schemas import SCHEMAS
from reports import look

__all__ = [
    "NOT_REACHED",
    "assumed_words",
    "basis_words",
    "binding_word",
    "credit_words",
    "flag_words",
    "line_words",
    "made_up_words",
    "missing_words",
    "number_words",
    "reason_words",
    "remarks",
    "shown_status",
    "status_look",
    "status_word",
    "table_words",
    "target_words",
    "target_year",
]  # fmt: skip

#: Statuses of those who have not done what is due.
NOT_REACHED: tuple[Status, ...] = ("behind", "missed")
_DECIMALS = 2
_SIGNS = {">=": "≥", "<=": "≤", ">": ">", "<": "<"}


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("scorecard.toml").read_text(encoding="utf-8"))


def _words(lang: str, part: str) -> Mapping[str, Any]:
    words: Mapping[str, Any] = _table()["en" if lang == "en" else "zh"][part]
    return words


def comma(lang: str = "zh") -> str:
    """Between the items of a list."""
    return str(_words(lang, "text")["comma"])


def stop(lang: str = "zh") -> str:
    """Between parts of a note."""
    return str(_words(lang, "text")["stop"])


def table_words(lang: str = "zh") -> Mapping[str, str]:
    """Headings and sentences of tables and lists."""
    return _words(lang, "table")


def page_words(lang: str = "zh") -> Mapping[str, str]:
    """Headings and sentences of the page for Word."""
    return _words(lang, "page")


def shown_status(score: Score) -> Status:
    """The status as it is shown: nobody fails by what the plan does not name.

    Where the plan names no way to travel or no age, a value rests on an assumption of ours, and below its target it is
    ``to_verify``.
    """
    return "to_verify" if score.assumed and score.status in NOT_REACHED else score.status


def status_word(score: Score, lang: str = "zh") -> str:
    """达标, 未达标 for what is 约束性; 已完成, 按序时推进, 滞后 for all else."""
    by_binding = _words(lang, "status")
    word: str = by_binding.get(score.binding, by_binding[""])[shown_status(score)]
    return word


def status_look(status: Status) -> Mapping[str, str]:
    """``fill``, ``ink`` (both ``#rrggbb``) and ``mark`` of a status as shown."""
    looks: Mapping[str, str] = _table()["look"][status]
    return looks


def binding_word(binding: str, lang: str = "zh") -> str:
    """约束性, 预期性, or that the plan does not say."""
    return str(_words(lang, "binding").get(binding, binding))


def basis_words(basis: str, lang: str = "zh") -> str:
    """What a number rests on, e.g. ``within_time:elder75``, ``ledger;户籍 2020``; what has no word stays as it is."""
    code, _, people = basis.partition(";")
    name, _, detail = code.strip().partition(":")
    words = _words(lang, "basis")
    way, _, minutes = detail.partition(":")
    name = f"{name}_minutes" if minutes else name
    text = (
        str(words[name]).format(detail=_profile(way, lang), minutes=minutes)
        if name in words
        else _people(code.strip(), lang)
    )
    return stop(lang).join(part for part in (text, _people(people.strip(), lang)) if part)


def _people(base: str, lang: str) -> str:
    """Which people were counted, and of which year."""
    name, blank, year = base.partition(" ")
    return f"{_words(lang, 'base').get(name, name)}{blank}{year}"


def _profile(name: str, lang: str) -> str:
    try:
        profile = load_profile(name)
    except QuarterhourError:
        return name
    return profile.en if lang == "en" else profile.zh


def reason_words(reason: str, lang: str = "zh") -> str:
    """Why there is no answer; a reason that has no word stays as it is."""
    return str(_words(lang, "reason").get(reason, reason))


def assumed_words(score: Score, lang: str = "zh") -> str:
    """What the plan does not name and was chosen; empty where nothing was."""
    if not score.assumed:
        return ""
    words, text = _words(lang, "assumed"), _words(lang, "text")
    return str(text["assumed"]).format(what=text["comma"].join(str(words.get(one, one)) for one in score.assumed))


def flag_words(score: Score, lang: str = "zh") -> tuple[str, ...]:
    """The contradictions and traps of the plan's row."""
    return tuple(flag.en if lang == "en" else flag.zh for flag in score.flags)


def remarks(score: Score, lang: str = "zh") -> tuple[str, ...]:
    """All that stands beside a value: why there is none, what was assumed, flags."""
    said = (reason_words(score.reason, lang) if score.reason else "", assumed_words(score, lang))
    return (*(text for text in said if text), *flag_words(score, lang))


def number_words(value: float | None) -> str:
    """A number with at most two decimals; a dash where there is none."""
    if value is None:
        return "–"
    return f"{value:,.{_DECIMALS}f}".rstrip("0").rstrip(".")


def line_words(score: Score, lang: str = "zh") -> str:
    """The basis of a score, then its value on each other basis."""
    text = _words(lang, "text")
    others = [
        f"{basis_words(one.basis, lang)}{text['colon']}{with_unit(one.value, score.unit)}" for one in score.others
    ]
    return str(text["stop"]).join([part for part in (basis_words(score.basis, lang),) if part] + others)


def remarks_line(score: Score, lang: str = "zh") -> str:
    """The remarks in one line, with one mark between them."""
    return stop(lang).join(text.rstrip("。.") for text in remarks(score, lang))


def sign(operator: str) -> str:
    """The sign before a target; none where it is to be met exactly, or the plan has no operator."""
    return _SIGNS.get(operator, "")


def with_unit(value: float | None, unit: str, sign: str = "") -> str:
    """A number with its unit behind it; a dash where there is none."""
    return number_words(value) if value is None else f"{sign}{number_words(value)}{unit}"


def target_year(plan: Plan, indicator_id: str) -> str:
    """Year of a target in brackets, where it is not that of the plan's end, which the heading names."""
    last = next((final(one) for key, _, one in plan.indicators() if key == indicator_id), None)
    return "" if last is None or last.year == plan.last_year else f" ({last.year})"


def target_words(score: Score, plan: Plan) -> str:
    """The target as the plan prints it, with its sign, unit and, where it is not the heading's, year."""
    if score.target is None:
        return number_words(None)
    return with_unit(score.target, score.unit, sign(score.operator)) + target_year(plan, score.indicator_id)


def missing_words(missing: Missing, lang: str = "zh", names: Mapping[str, str] | None = None) -> str:
    """So many of a thing, in a unit.

    Parameters
    ----------
    missing
        As in a score.
    lang
        ``zh`` or ``en``.
    names
        Of units by code.
    """
    words, text = _words(lang, "missing"), _words(lang, "text")
    # Any of the kinds will do.
    kinds = text["or"].join(look.kind_look(kind)[lang] or kind for kind in missing.kinds) or text["facility"]
    # What was entered by hand has no name of its own here.
    sentence = str(words.get(missing.what, words["other"])) if missing.what else "{amount}"
    said = sentence.format(amount=number_words(missing.amount), kinds=kinds, what=missing.what)
    unit = (names or {}).get(missing.unit_code, missing.unit_code)
    return said + (str(text["in_unit"]).format(unit=unit) if unit else "")


def made_up_words(card: Scorecard, lang: str = "zh") -> str:
    """Which inputs are fictional; empty where none is."""
    kinds = list(dict.fromkeys(str(entry.get("kind", "")) for entry in card.inputs if entry.get("synthetic")))
    if not kinds:
        return ""
    names = [SCHEMAS[kind].label if lang == "zh" and kind in SCHEMAS else kind for kind in kinds]
    text = _words(lang, "text")
    return str(text["made_up"]).format(what=text["comma"].join(names))


def credit_words(card: Scorecard, lang: str = "zh") -> tuple[str, ...]:
    """Whom the data is from; OpenStreetMap with its licence."""
    found = sorted({str(entry["credit"]) for entry in card.inputs if entry.get("credit")})
    roads = (str(_words(lang, "text")["roads"]),) if any("OpenStreetMap" in text for text in found) else ()
    return roads + tuple(text for text in found if "OpenStreetMap" not in text)
