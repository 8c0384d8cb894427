"""The scorecard as one A4 page for Word: five indicators, or one with its units, map, basis, sources, stamp."""

import datetime as dt
import math
from collections.abc import Sequence

from coverage.plans.scorecard import Score, Scorecard
from geo.errors import RequestError
from geo.paths import VERSION
from layers.secrecy import STAMP
from reports import scorecard_words as words
from reports.one_page import Cell, Line, Page
from reports.paper import Picture

__all__ = ["MOST_INDICATORS", "key_indicators", "scorecard_docx"]

#: Indicators that fit on the page.
MOST_INDICATORS = 5
#: Units of the table of one indicator, in two halves; names of units in a sentence.
_MOST_UNITS, _MOST_NAMES = 20, 12
#: Smallest and largest picture, points.
_PICTURE_PT = (120.0, 400.0)


def key_indicators(card: Scorecard) -> tuple[str, ...]:
    """Ids of five indicators for the page: those with a value first, 约束性 before others, in the order of the plan."""
    whole = card.of_whole()
    ranked = sorted(whole, key=lambda score: (score.value is None, score.binding != "约束性"))
    chosen = {score.indicator_id for score in ranked[:MOST_INDICATORS]}
    return tuple(score.indicator_id for score in whole if score.indicator_id in chosen)


def scorecard_docx(
    card: Scorecard,
    *,
    chosen: Sequence[str] = (),
    drawn: Picture | None = None,
    lang: str = "zh",
    printed: dt.date | None = None,
) -> bytes:
    """The page.

    Parameters
    ----------
    card
        As scored.
    chosen
        Ids of at most five indicators; of one, its units are shown. Default: :func:`key_indicators`.
    drawn
        Map, of :func:`reports.picture.draw` or :func:`reports.status_map.draw_statuses`; without one the page has none.
    lang
        ``zh`` or ``en``.
    printed
        Date at the foot; default today.

    Returns
    -------
    bytes
        Of a ``.docx`` of one page: what does not fit is cut with a mark, and the page says where all of it is.

    Raises
    ------
    RequestError
        When an indicator is not in the scorecard, or more than five are chosen.
    """
    scores = _chosen(card, chosen or key_indicators(card))
    text = words.page_words(lang)
    place = card.plan.place_en if lang == "en" else card.plan.place
    document = card.plan.document_en if lang == "en" else card.plan.document
    one = scores[0] if len(chosen) == 1 else None
    kind, name = ("title", "") if one is None else ("title_one", _name(one, lang))
    title = text[kind].format(place=place, name=name)
    page = Page(title, lang)
    day = printed or dt.date.today()  # noqa: DTZ011  # the user's day
    page.margins(STAMP, text["printed"].format(date=day.isoformat(), version=VERSION))
    page.line(Line(title, 16.0, bold=True, after_pt=3.0))
    page.line(Line(text["under"].format(document=document, date=card.as_of.isoformat()), after_pt=4.0))
    page.table(_indicator_rows(card, scores, lang), (30, 13, 13, 13, 13, 14, 14, 16), row_pt=26.0, size_pt=9.0)
    if one is not None and (units := _units(card, one)):
        page.line(Line("", 3.0))
        page.table(_unit_rows(units[:_MOST_UNITS], lang), (20, 12, 14, 20, 12, 14), row_pt=15.0, size_pt=9.0)
    notes = [*_lists(card, scores, one, lang), *_basis(scores, lang), *_sources(card, lang)]
    if drawn is not None and not drawn.labelled:
        notes.append(Line(text["no_font"], 8.0))
    if drawn is not None:
        room = page.left_pt - sum(map(page.height_pt, notes))
        page.picture(
            drawn.png, text["alt"].format(place=place), least_pt=_PICTURE_PT[0], most_pt=min(room, _PICTURE_PT[1])
        )
    for note in notes:
        page.line(note)
    return page.saved()


def _chosen(card: Scorecard, ids: Sequence[str]) -> list[Score]:
    by_id = {score.indicator_id: score for score in card.of_whole()}
    unknown = [key for key in ids if key not in by_id]
    if unknown:
        raise RequestError("indicator_unknown", given=", ".join(unknown), known=", ".join(by_id))
    if len(ids) > MOST_INDICATORS:
        raise RequestError("indicators_too_many", given=len(ids), most=MOST_INDICATORS)
    return [by_id[key] for key in dict.fromkeys(ids)]


def _name(score: Score, lang: str) -> str:
    return score.name_en if lang == "en" else score.name


def _coloured(score: Score, lang: str) -> Cell:
    look = words.status_look(words.shown_status(score))
    said = f"{look['mark']} {words.status_word(score, lang)}"
    return Cell(said, fill=look["fill"][1:], ink=look["ink"][1:])


def _indicator_rows(card: Scorecard, scores: Sequence[Score], lang: str) -> list[list[Cell]]:
    text = words.page_words(lang)
    heads = ("name", "baseline", "target", "pace", "value", "binding", "status", "department")
    rows = [[Cell(text[head].format(year=card.plan.last_year), fill="E8EEF0", bold=True) for head in heads]]
    rows += [
        [
            Cell(_name(score, lang)),
            Cell(words.with_unit(score.baseline, score.unit)),
            Cell(words.target_words(score, card.plan)),
            Cell(words.with_unit(score.pace, score.unit)),
            Cell(words.with_unit(score.value, score.unit), bold=True),
            Cell(words.binding_word(score.binding, lang)),
            _coloured(score, lang),
            Cell(score.department or "–"),
        ]
        for score in scores
    ]
    return rows


def _units(card: Scorecard, one: Score) -> list[Score]:
    """Scores of the units of an indicator, those who are behind first."""
    own = [score for score in card.of(one.indicator_id) if not score.whole]
    return sorted(own, key=lambda score: (words.shown_status(score) not in words.NOT_REACHED, score.unit_code))


def _unit_rows(units: Sequence[Score], lang: str) -> list[list[Cell]]:
    """Two units in a row, down the left half first."""
    text = words.page_words(lang)
    half = math.ceil(len(units) / 2)
    cells = [
        [Cell(s.unit_name or text["no_unit"]), Cell(words.with_unit(s.value, s.unit)), _coloured(s, lang)]
        for s in units
    ]
    cells += [[Cell(""), Cell(""), Cell("")]] * (2 * half - len(cells))
    head = [Cell(text[name], fill="E8EEF0", bold=True) for name in ("unit_name", "value", "status")]
    return [head * 2, *(cells[row] + cells[half + row] for row in range(half))]


def _lists(card: Scorecard, scores: Sequence[Score], one: Score | None, lang: str) -> list[Line]:
    """What of the scorecard is not in the tables, and who is behind."""
    text, lines = words.page_words(lang), []
    if one is not None:
        own = len(_units(card, one))
        if own > _MOST_UNITS:
            lines.append(Line(text["cut_units"].format(shown=_MOST_UNITS, all=own)))
    elif more := len(card.of_whole()) - len(scores):
        lines.append(Line(text["cut"].format(count=more)))
    comma = words.comma(lang)
    names = {score.unit_code: score.unit_name for score in card.scores}
    for score in scores:
        # Whom an assumption of ours leaves behind is not named.
        codes = () if score.assumed else score.failing
        if codes:
            listed = comma.join(names.get(code) or code for code in codes[:_MOST_NAMES])
            if len(codes) > _MOST_NAMES:
                listed = text["and_more"].format(names=listed, count=len(codes))
            said = f"{score.indicator_id} {text['behind'].format(names=listed)}"
            lines.append(Line(said, lines=2))
    return lines


def _basis(scores: Sequence[Score], lang: str) -> list[Line]:
    """The plan's own basis first, the others behind it; assumptions and flags; the plan's words where there is room."""
    text = words.page_words(lang)
    lines, told = [Line(text["basis"], 10.0, bold=True)], set[str]()
    for score in scores:
        said = text["basis_line"].format(
            id=score.indicator_id,
            name=_name(score, lang),
            basis=words.line_words(score, lang) or "–",
            remarks=words.remarks_line(score, lang),
        )
        lines.append(Line(said.rstrip(), 8.0, lines=2 if len(scores) > 1 else 6))
        if score.quote not in told:
            lines.append(Line(text["quote"].format(quote=score.quote), 8.0, lines=1 if len(scores) > 1 else 4))
            told.add(score.quote)
    return lines


def _sources(card: Scorecard, lang: str) -> list[Line]:
    text = words.page_words(lang)
    files = words.comma(lang).join(dict.fromkeys(str(entry.get("file", "")) for entry in card.inputs))
    lines = [Line(text["source"].format(files=files), 8.0, lines=2)] if files else []
    lines += [Line(text["credit"].format(credit=said), 8.0) for said in words.credit_words(card, lang)[:3]]
    if made_up := words.made_up_words(card, lang):
        lines.append(Line(text["made_up"].format(made_up=made_up), 9.0, bold=True))
    return lines
