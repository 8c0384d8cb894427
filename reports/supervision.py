"""The supervision table (督查表) as a workbook: indicators, units, who is behind, and what made it."""

import datetime as dt
import io
import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from coverage.plans.model import Indicator
from coverage.plans.scorecard import Score, Scorecard
from geo.paths import VERSION
from geo.workbook import cell_text, open_book
from layers.secrecy import STAMP
from layers.snapshots import Snapshot, trend, trend_table
from reports import scorecard_words as words

__all__ = ["supervision_xlsx"]

_A4 = 9
#: Rows above the heading: title, and stamp with the day.
_ABOVE = 2
_BORDER = {"border": 1, "border_color": "#B9C4C9", "valign": "top", "text_wrap": True}
#: Column of the target in the list of units that are behind.
_TARGET = 6
_Cell = str | float | None


def supervision_xlsx(
    card: Scorecard, *, kept: Iterable[Snapshot] = (), lang: str = "zh", printed: dt.date | None = None
) -> bytes:
    """The workbook.

    Parameters
    ----------
    card
        As scored.
    kept
        Snapshots of the same plan (:func:`layers.snapshots.read_snapshots`), for a sheet of values by year.
    lang
        ``zh`` or ``en``.
    printed
        Date in the notes; default today.

    Returns
    -------
    bytes
        Of an ``.xlsx`` with four sheets: the table, units by indicators, units that fail or are behind, notes; with
        ``kept`` also the years. Numbers are numbers, and each text is a text, whatever it starts with.
    """
    buffer = io.BytesIO()
    with open_book(buffer) as book:
        made = _Book(book, card, lang)
        made.indicators()
        made.units()
        made.failing()
        if rows := [one for one in kept if one.series == card.plan.id]:
            made.years(rows)
        made.about(printed or dt.date.today())  # noqa: DTZ011  # the user's day
    return buffer.getvalue()


class _Book:
    """The workbook while it is made."""

    def __init__(self, book: xlsxwriter.Workbook, card: Scorecard, lang: str) -> None:
        self._book, self._card, self._lang = book, card, lang
        self._words = words.table_words(lang)
        self._formats: dict[tuple[tuple[str, object], ...], Format] = {}
        self._planned = {key: one for key, _, one in card.plan.indicators()}
        self._names = {score.unit_code: score.unit_name for score in card.scores if not score.whole}
        self._heading = {"bold": True, "bg_color": "#E8EEF0", "align": "center", "valign": "vcenter", **_framed()}

    def _format(self, **style: object) -> Format:
        key = tuple(sorted(style.items()))
        if key not in self._formats:
            self._formats[key] = self._book.add_format(dict(style))
        return self._formats[key]

    def _page(self, name: str, headings: list[tuple[str, float]], *, freeze: int) -> Worksheet:
        """A sheet with title, stamp and heading, which are printed on each page."""
        page = self._book.add_worksheet(name)
        page.set_landscape()
        page.set_paper(_A4)
        page.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
        page.fit_to_pages(1, 0)
        page.repeat_rows(0, _ABOVE)
        page.freeze_panes(_ABOVE + 1, freeze)
        page.set_footer(f"&L{STAMP}&R{self._words['page']}")
        title = self._words["title"].format(place=self._place(), year=self._card.as_of.year)
        under = self._words["under"].format(
            stamp=STAMP, date=self._card.as_of.isoformat(), made_up=words.made_up_words(self._card, self._lang)
        )
        page.write_string(0, 0, cell_text(title), self._format(bold=True, font_size=16))
        page.write_string(1, 0, cell_text(under.rstrip()), self._format(font_color="#9A3412"))
        for column, (heading, width) in enumerate(headings):
            page.set_column(column, column, width)
            page.write_string(_ABOVE, column, cell_text(heading), self._format(**self._heading))
        return page

    def _place(self) -> str:
        return self._card.plan.place_en if self._lang == "en" else self._card.plan.place

    def _name(self, score: Score) -> str:
        return score.name_en if self._lang == "en" else score.name

    def _write(self, page: Worksheet, row: int, column: int, value: _Cell, style: Mapping[str, object]) -> None:
        """A text as text, a number as number with the style's sign and what stands after it, nothing as a dash."""
        style = dict(style)
        sign, after = str(style.pop("sign", "")), str(style.pop("after", ""))
        if isinstance(value, str):
            page.write_string(row, column, cell_text(value), self._format(**_framed(), **style))
        elif value is None or not math.isfinite(value):
            page.write_string(row, column, "–", self._format(**_framed(), **{**style, "align": "right"}))
        else:
            shown = "#,##0" if float(value).is_integer() else "#,##0.0#"
            shown = f'"{sign}"{shown}' if sign else shown
            shown += f'"{after}"' if after else ""
            page.write_number(row, column, value, self._format(**_framed(), **style, num_format=shown))

    def indicators(self) -> None:
        """One row for each indicator of the whole."""
        year, last, text = self._card.as_of.year, self._card.plan.last_year, self._words
        columns: list[tuple[str, float, Callable[[Score, Indicator | None], _Cell]]] = [
            (text["name"], 24, lambda score, _: self._name(score)),
            (text["unit"], 6, lambda score, _: score.unit),
            (text["baseline"], 9, lambda score, _: score.baseline),
            (text["baseline_year"], 7, lambda _, one: _baseline_year(one)),
            (text["yearly"].format(year=year), 10, lambda _, one: _yearly(one, year)[0]),
            (text["target"].format(year=last), 10, lambda score, _: score.target),
            (text["value"], 10, lambda score, _: score.value),
            (text["pace"], 10, lambda score, _: score.pace),
            (text["binding"], 9, lambda score, _: words.binding_word(score.binding, self._lang)),
            (text["status"], 13, lambda score, _: self._status(score)),
            (text["department"], 14, lambda score, _: score.department),
            (text["basis"], 26, lambda score, _: words.line_words(score, self._lang)),
            (text["quote"], 40, lambda score, _: score.quote),
            (text["remarks"], 34, lambda score, _: "\n".join(words.remarks(score, self._lang))),
        ]
        headings = [(text["number"], 6.0), *((name, float(width)) for name, width, _ in columns)]
        page = self._page(text["sheet"], headings, freeze=2)
        for row, score in enumerate(self._card.of_whole(), start=_ABOVE + 1):
            planned = self._planned.get(score.indicator_id)
            self._write(page, row, 0, score.indicator_id, {"align": "center"})
            for column, (name, _, value) in enumerate(columns, start=1):
                style: dict[str, object] = {}
                if name == text["status"]:
                    style = self._coloured(score)
                elif name == text["baseline_year"]:
                    self._year(page, row, column, value(score, planned))
                    continue
                elif name == columns[4][0]:
                    style = {"sign": words.sign(_yearly(planned, year)[1])}
                elif name == columns[5][0]:
                    after = words.target_year(self._card.plan, score.indicator_id)
                    style = {"sign": words.sign(score.operator), "after": after}
                self._write(page, row, column, value(score, planned), style)

    def _year(self, page: Worksheet, row: int, column: int, year: _Cell) -> None:
        """A year has no comma."""
        if isinstance(year, (int, float)):
            page.write_number(row, column, year, self._format(**_framed(), num_format="0"))
        else:
            self._write(page, row, column, year, {})

    def _status(self, score: Score) -> str:
        return f"{words.status_look(words.shown_status(score))['mark']} {words.status_word(score, self._lang)}"

    def _coloured(self, score: Score) -> dict[str, object]:
        look = words.status_look(words.shown_status(score))
        return {"bg_color": look["fill"].upper(), "font_color": look["ink"].upper(), "align": "center"}

    def units(self) -> None:
        """Units by indicators: the value with mark and word of its status, in its colour."""
        card, text = self._card, self._words
        whole = card.of_whole()
        # What lies in no unit has the code "", as a whole without a code has.
        rows: dict[tuple[bool, str], dict[str, Score]] = {}
        for score in sorted(card.scores, key=lambda score: (not score.whole, score.unit_code)):
            rows.setdefault((score.whole, score.unit_code), {})[score.indicator_id] = score
        headings = [(text["unit_code"], 14.0), (text["unit_name"], 16.0)]
        headings += [(f"{score.indicator_id} {self._name(score)}{_bracket(score.unit)}", 15.0) for score in whole]
        page = self._page(text["matrix"], headings, freeze=2)
        for row, ((_, code), of_unit) in enumerate(rows.items(), start=_ABOVE + 1):
            first = next(iter(of_unit.values()))
            name = text["whole"].format(name=first.unit_name) if first.whole else first.unit_name or text["no_unit"]
            self._write(page, row, 0, code, {})
            self._write(page, row, 1, name, {"bold": first.whole})
            for column, indicator in enumerate(whole, start=2):
                found = of_unit.get(indicator.indicator_id)
                if found is None:
                    self._write(page, row, column, "", {})
                    continue
                value: _Cell = self._status(found) if found.value is None else found.value
                self._write(page, row, column, value, {**self._coloured(found), "sign": f"{self._status(found)} "})

    def failing(self) -> None:
        """A list to print: who is below what is due in what, and what is missing there."""
        text = self._words
        target = text["target"].format(year=self._card.plan.last_year)
        headings = [
            (text["number"], 6.0), (text["name"], 30.0), (text["unit_code"], 14.0), (text["unit_name"], 18.0),
            (text["status"], 13.0), (text["value"], 10.0), (target, 12.0),
            (text["missing"], 34.0), (text["department"], 16.0),
        ]  # fmt: skip
        page = self._page(text["failing"], headings, freeze=0)
        row = _ABOVE
        for whole in self._card.of_whole():
            for code, score in self._behind(whole).items():
                row += 1
                shown = score or whole
                lacking = [one for one in (*shown.missing, *whole.missing) if one.unit_code == code]
                said = dict.fromkeys(words.missing_words(one, self._lang) for one in _anywhere(lacking))
                year = words.target_year(self._card.plan, whole.indicator_id)
                name = self._names.get(code, "") if code else text["no_unit"]
                cells: list[_Cell] = [
                    whole.indicator_id, self._name(whole), code, name, self._status(shown),
                    score.value if score else None, whole.target, "\n".join(said), whole.department,
                ]  # fmt: skip
                for column, cell in enumerate(cells):
                    style = self._coloured(shown) if cell is cells[4] else {"after": year} if column == _TARGET else {}
                    self._write(page, row, column, cell, style)
        if row == _ABOVE:
            page.write_string(row + 1, 0, text["none"])

    def _behind(self, whole: Score) -> dict[str, Score | None]:
        """Units that fail an indicator, by code; None where a unit has no score of its own."""
        if whole.assumed:
            return {}
        own = {score.unit_code: score for score in self._card.of(whole.indicator_id) if not score.whole}
        codes = {code for code, score in own.items() if words.shown_status(score) in words.NOT_REACHED}
        return {code: own.get(code) for code in sorted(codes | set(whole.failing))}

    def years(self, kept: Sequence[Snapshot]) -> None:
        """Values of the whole by year, as they were kept."""
        text = self._words
        table = trend_table(trend(kept))
        years = [name for name in table.columns if isinstance(name, int)]
        headings = [(text["number"], 6.0), (text["name"], 34.0), (text["unit"], 8.0), *((f"{y}", 12.0) for y in years)]
        page = self._page(text["years_sheet"], headings, freeze=2)
        for row, cells in enumerate(table.to_dict("records"), start=_ABOVE + 1):
            name = cells["name_en"] if self._lang == "en" else cells["name"]
            for column, cell in enumerate([cells["id"], name, cells["unit"], *(cells[year] for year in years)]):
                self._write(page, row, column, cell, {})

    def about(self, printed: dt.date) -> None:
        """What the numbers are of, and how they are to be read."""
        card, text, lang = self._card, self._words, self._lang
        plan = card.plan
        rows: list[tuple[str, str]] = [
            (text["plan"], f"{self._place()}  {plan.document_en if lang == 'en' else plan.document}"),
            (text["years"], text["year_range"].format(first=plan.first_year, last=plan.last_year)),
            *([(text["plan"], text["fragment"])] if plan.fragment else []),
            (text["date"], card.as_of.isoformat()),
            (text["printed"], printed.isoformat()),
            (text["level"], card.level),
            (text["stamp"], STAMP),
            *[(text["notice"], said) for said in (words.made_up_words(card, lang),) if said],
            *((text["source"], self._input(entry)) for entry in card.inputs),
            *((text["credit"], said) for said in words.credit_words(card, lang)),
            (text["legend"], text["legend_text"]),
            (text["basis_note"], text["basis_text"]),
            (text["numbers_note"], text["numbers_text"]),
            *((text["findings"], finding.sentence(lang)) for finding in card.findings),
            (text["parameters"], _line(card.parameters)),
            (text["versions"], _line(card.versions)),
            (text["made_by"], text["program"].format(version=VERSION)),
        ]
        page = self._page(text["about"], [("", 18.0), ("", 110.0)], freeze=0)
        for row, (name, said) in enumerate(rows, start=_ABOVE + 1):
            self._write(page, row, 0, name, {"bold": True})
            self._write(page, row, 1, said, {})

    def _input(self, entry: Mapping[str, Any]) -> str:
        rows = "–" if entry.get("rows") is None else entry["rows"]
        return self._words["input"].format(file=entry.get("file", ""), rows=rows, level=entry.get("level", ""))


def _framed() -> dict[str, object]:
    return dict(_BORDER)


def _bracket(unit: str) -> str:
    return f"({unit})" if unit else ""


def _baseline_year(one: Indicator | None) -> float | None:
    return None if one is None or one.baseline is None else one.baseline.year


def _yearly(one: Indicator | None, year: int) -> tuple[float | None, str]:
    """The plan's own number for a year with its operator; nothing where it prints none."""
    if one is None:
        return None, ""
    points = [*one.path, *([one.target] if one.target else [])]
    found = next((point for point in points if point.year == year), None)
    return (None, "") if found is None else (found.value, found.operator or one.operator)


def _anywhere(lacking: list[Any]) -> list[Any]:
    """What is missing in the row's own unit, whose name stands beside it."""
    return [type(one)(one.amount, one.what, one.kinds) for one in lacking]


def _line(facts: Mapping[str, Any]) -> str:
    return json.dumps(dict(facts), ensure_ascii=False, default=str, sort_keys=True)
