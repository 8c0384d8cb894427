"""The scorecard as one page for a browser: a table of all indicators, nothing fetched, no script."""

from functools import cache
from pathlib import Path
from typing import Any

import jinja2

from coverage.plans.model import Plan
from coverage.plans.scorecard import Score, Scorecard
from geo.paths import VERSION
from layers.secrecy import STAMP
from reports import scorecard_words as words

__all__ = ["scorecard_html"]


def scorecard_html(card: Scorecard, *, lang: str = "zh") -> str:
    """The page. Text from data is escaped by the template.

    Parameters
    ----------
    card
        As scored.
    lang
        ``zh`` or ``en``.
    """
    text, page = words.table_words(lang), words.page_words(lang)
    place, document = card.plan.place, card.plan.document
    if lang == "en":
        place, document = card.plan.place_en, card.plan.document_en
    heads = ("number", "name", "baseline", "target", "pace", "value", "binding", "status", "department", "basis",
             "quote", "remarks")  # fmt: skip
    files = words.comma(lang).join(dict.fromkeys(str(entry.get("file", "")) for entry in card.inputs))
    notes = [
        text["legend_text"],
        text["basis_text"],
        *([page["source"].format(files=files)] if files else []),
        *words.credit_words(card, lang),
        *(finding.sentence(lang) for finding in card.findings),
        text["program"].format(version=VERSION),
    ]
    return _template().render(
        lang="zh-CN" if lang == "zh" else "en",
        words=text,
        title=page["title"].format(place=place),
        document=document,
        as_of=card.as_of.isoformat(),
        stamp=STAMP,
        made_up=words.made_up_words(card, lang),
        heads=[text[head].format(year=card.plan.last_year) for head in heads],
        rows=[_row(score, card.plan, lang) for score in card.of_whole()],
        notes=notes,
    )


@cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("scorecard.html.j2")


def _row(score: Score, plan: Plan, lang: str) -> dict[str, Any]:
    before, *after = (words.with_unit(one, score.unit) for one in (score.baseline, score.pace, score.value))
    return {
        "id": score.indicator_id,
        "name": score.name_en if lang == "en" else score.name,
        "numbers": [before, words.target_words(score, plan), *after],
        "binding": words.binding_word(score.binding, lang),
        "status": words.status_word(score, lang),
        "look": words.status_look(words.shown_status(score)),
        "department": score.department,
        "basis": words.line_words(score, lang),
        "quote": score.quote,
        "remarks": words.remarks_line(score, lang),
    }
