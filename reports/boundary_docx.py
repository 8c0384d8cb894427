"""Papers about lines and stakes for Word: forms of an inspection, register, report, results, letter, course of a line.

Coordinates are on none of them unless they are asked for; names of persons are on none: there are blanks to sign.
"""

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from demarcation.book import EVENTS, Event
from demarcation.check import Checked
from demarcation.description import Description
from demarcation.finding import SEVERITIES
from demarcation.inspection import Due, Progress
from demarcation.model import Line, Mark, Stake
from geo import messages
from reports.boundary_files import stake_states
from reports.boundary_form import HAND_MM, Form, boundary_words

__all__ = [
    "description_docx", "inspection_form_docx", "letter_docx", "report_docx", "results_table_docx",
    "stake_register_docx",
]  # fmt: skip

_MOST_FINDINGS = 200
_SKETCH_MM, _BOX_MM = 70.0, 22.0
_SECONDS = 3600
_NOBODY: Mapping[str, str] = MappingProxyType({})


def inspection_form_docx(
    line: Line, stakes: Sequence[Stake], lang: str, *, names: Mapping[str, str] = _NOBODY, notice: str = ""
) -> bytes:
    """联检记录表: what both sides see at each stake of a line, to be filled in by hand and signed.

    Parameters
    ----------
    line
        The line.
    stakes
        In the order in which they are visited.
    lang
        ``zh`` or ``en``.
    names
        Names of units by code.
    notice
        A line under the title: that data are made up, or who they are from.
    """
    form = Form(boundary_words(lang)["form_title"], lang, notice=notice)
    words = form.words
    form.fields([
        (words["line"], line.name or line.code), (words["line_code"], line.code),
        (words["units"], words["comma"].join(_named(unit, names) for unit in (line.unit_a, line.unit_b) if unit)),
        (words["lead"], _named(line.lead_unit, names)), (words["round"], words["round_blank"]),
        (words["inspected_on"], ""),
        (words["length"], _km(line.declared_length_m)), (words["stakes"], str(len(stakes))),
        (words["last_inspection"], _day(line.last_inspection)), (words["partner"], ""),
    ])  # fmt: skip
    head = [words[name] for name in ("number", "stake_no", "kind", "state_known", "state_seen", "marks_seen", "photo",
                                     "notes")]  # fmt: skip
    rows = [
        [str(number), stake.number, _kind(stake, words), stake.state, words["states_to_tick"], words["marks_to_tick"],
         "", ""]
        for number, stake in enumerate(stakes, start=1)
    ]  # fmt: skip
    form.grid([head, *rows], (5, 12, 11, 10, 17, 14, 9, 18), row_mm=HAND_MM)
    for name in ("terrain", "crossing", "remedies"):
        form.box(words[name], _BOX_MM)
    form.signatures(words["sign_lead"], words["sign_partner"])
    return form.saved()


def stake_register_docx(
    stakes: Sequence[Stake],
    lang: str,
    *,
    with_coordinates: bool = False,
    names: Mapping[str, str] = _NOBODY,
    notice: str = "",
) -> bytes:
    """界桩登记表: a page for each stake.

    Parameters
    ----------
    stakes
        One or more.
    lang
        ``zh`` or ``en``.
    with_coordinates
        Also print where the stakes stand, as the record says it.
    names
        Names of units by code.
    notice
        A line under the title.
    """
    form = Form(boundary_words(lang)["register_title"], lang, notice=notice)
    for position, stake in enumerate(stakes):
        if position:
            form.next_page()
        _register_page(form, stake, names, with_coordinates=with_coordinates)
    return form.saved()


def _register_page(form: Form, stake: Stake, names: Mapping[str, str], *, with_coordinates: bool) -> None:
    words = form.words
    pairs = [
        (words["stake_no"], stake.number), (words["line_code"], stake.line_code), (words["kind"], _kind(stake, words)),
        (words["shape"], stake.shape), (words["material"], _said(stake, "material")), (words["state"], stake.state),
        # Who keeps a stake stays inside: the cell is filled in by hand.
        (words["managed_by"], _named(stake.managed_by, names)), (words["keeper"], ""),
        (words["survey_method"], stake.survey_method), (words["epoch"], _day(stake.epoch)),
    ]  # fmt: skip
    if with_coordinates:
        # Never a place that we computed beside the numbers that it was computed from.
        lon, lat = stake.lonlat_given or (stake.place if stake.x_north is None else None) or (None, None)
        pairs += [
            (words["longitude"], _degrees(lon)), (words["latitude"], _degrees(lat)),
            (words["x_north"], _metres(stake.x_north)), (words["y_east"], _metres(stake.y_east)),
            (words["crs"], stake.crs),
        ]  # fmt: skip
    form.fields(pairs)
    form.fields([(words["place"], words["comma"].join(_said(stake, f"place_{n}") for n in (1, 2, 3)
                                                      if _said(stake, f"place_{n}"))),
                 (words["position"], _said(stake, "description"))], across=1)  # fmt: skip
    said = words[f"azimuth_{stake.azimuth_kind or 'unknown'}"]
    head = [words["mark"], words["mark_name"], f"{words['mark_azimuth']}({said})", words["mark_distance"]]
    marks = [*stake.marks, *[Mark("", None, None)] * (3 - len(stake.marks))]
    rows = [
        [str(number), mark.name, "" if mark.azimuth_deg is None else _dms(mark.azimuth_deg), _metres(mark.distance_m)]
        for number, mark in enumerate(marks, start=1)
    ]
    form.grid([head, *rows], (6, 16, 18, 12))
    form.box(words["sketch"], _SKETCH_MM)
    form.signatures(words["sign_unit"], words["sign_lead"], words["sign_partner"])


def results_table_docx(checked: Checked, lang: str, *, with_coordinates: bool = False, notice: str = "") -> bytes:
    """成果表, a draft: the stakes of each line in order, with chainage.

    Parameters
    ----------
    checked
        What the checks worked on.
    lang
        ``zh`` or ``en``.
    with_coordinates
        Also print longitude and latitude; else their cells are empty, to be filled in from the survey.
    notice
        A line under the title.
    """
    form = Form(boundary_words(lang)["results_title"], lang, draft=True, notice=notice)
    words = form.words
    head = [words[name] for name in ("stake_no", "kind", "chainage", "longitude", "latitude", "survey_method", "epoch",
                                     "state")]  # fmt: skip
    study = checked.bench.study
    for line in study.lines.values():
        form.heading(f"{line.code} {line.name}".strip())
        rows = []
        for stake, place in checked.bench.on(line.code, believed=False):
            lon, lat = stake.place if with_coordinates and stake.place else (None, None)
            rows.append([
                stake.number, _kind(stake, words), f"{place.chainage_m:,.1f}", _degrees(lon), _degrees(lat),
                stake.survey_method, _day(stake.epoch), stake.state,
            ])  # fmt: skip
        form.grid([head, *rows], (13, 13, 12, 14, 14, 11, 13, 11))
    form.signatures(words["sign_lead"], words["sign_partner"])
    return form.saved()


def report_docx(
    checked: Checked, due: Sequence[Due], lang: str, *, plans: Sequence[Progress] = (), notice: str = ""
) -> bytes:
    """联检报告, a draft: kilometres done and due, states of the stakes, what the checks found.

    Parameters
    ----------
    checked
        What the checks found.
    due
        Of each line, as :func:`demarcation.inspection.due_list` gives it.
    lang
        ``zh`` or ``en``.
    plans
        What the plans ask for and what is done, as :func:`demarcation.inspection.progress` gives it.
    notice
        A line under the title.
    """
    form = Form(boundary_words(lang)["report_title"], lang, draft=True, notice=notice)
    words, study = form.words, checked.bench.study
    length_m = {code: axis.length_m for code, axis in checked.bench.axes.items()}
    form.heading(words["overview"])
    form.text(words["overview_text"].format(
        day=study.as_of.isoformat(), lines=len(study.lines), km=_km(sum(length_m.values())), stakes=len(study.stakes)
    ))  # fmt: skip
    form.heading(words["done_title"])
    _done(form, due, plans)
    form.heading(words["states_title"])
    told = stake_states(checked)
    states = Counter(told[stake.line_code, stake.number] or words["not_said"] for stake in study.stakes)
    ranked = sorted(states.items(), key=lambda item: (-item[1], item[0]))
    form.grid([[words["state"], words["count"]], *([state, str(count)] for state, count in ranked)], (3, 1))
    form.heading(words["findings_title"])
    _findings(form, checked, lang)
    if checked.not_run:
        form.heading(words["not_run_title"])
        form.grid([[words["check"], words["finding"]],
                   *([check, messages.text(key, lang)[0]] for check, key in checked.not_run.items())],
                  (1, 8))  # fmt: skip
    form.box(words["opinion_title"], 2 * _BOX_MM)
    form.signatures(words["sign_lead"], words["sign_partner"])
    return form.saved()


def _done(form: Form, due: Sequence[Due], plans: Sequence[Progress]) -> None:
    words = form.words
    # Within the clock: inspected, and the next inspection is not over yet.
    done = [one for one in due if one.days is not None and one.days >= 0]
    form.text(words["done_text"].format(
        km=_km(sum(one.length_m for one in due)), done_km=_km(sum(one.length_m for one in done)),
        overdue=sum(one.status == "overdue" for one in due),
    ))  # fmt: skip
    if plans:
        head = [words[name] for name in ("year", "rounds", "plan_lines", "plan_done", "plan_km", "plan_km_done")]
        told = [
            [str(one.year), str(one.round), str(one.lines), str(one.lines_done), _km(one.due_m), _km(one.done_m)]
            for one in plans
        ]
        form.grid([head, *told], (1, 1, 1, 1, 1, 1))
    head = [words[name] for name in ("line_code", "line", "length", "last_inspection", "due_day", "due_state")]
    rows = [
        [one.line_code, one.name, _km(one.length_m), _day(one.last), _day(one.due), words[f"due_{one.status}"]]
        for one in due
    ]
    form.grid([head, *rows], (10, 26, 13, 13, 13, 13))


def _findings(form: Form, checked: Checked, lang: str) -> None:
    words, counts = form.words, Counter(one.severity for one in checked.findings)
    form.text(words["findings_text"].format(**{severity: counts[severity] for severity in SEVERITIES}))
    told = [one for one in checked.findings if one.severity != "info"]
    told.sort(key=lambda one: SEVERITIES.index(one.severity))
    if len(told) > _MOST_FINDINGS:
        form.text(words["findings_cut"].format(shown=_MOST_FINDINGS, all=len(told)))
    rows = [
        [one.check, words[one.severity], one.line_code, one.stake_no, one.sentence(lang)[0]]
        for one in told[:_MOST_FINDINGS]
    ]
    head = [words[name] for name in ("check", "severity", "line_code", "stake_no", "finding")]
    form.grid([head, *rows], (8, 10, 11, 13, 44))


def letter_docx(
    event: Event,
    line: Line,
    stake: Stake | None,
    lang: str,
    *,
    names: Mapping[str, str] = _NOBODY,
    notice: str = "",
) -> bytes:
    """A letter (函) to the neighbour about an event, a draft: what was found, and the request to look at it together.

    Parameters
    ----------
    event
        What was found.
    line
        Its line.
    stake
        Its stake; None where it is about the line.
    lang
        ``zh`` or ``en``.
    names
        Names of units by code.
    notice
        A line under the title.
    """
    form = Form(boundary_words(lang)["letter_title"], lang, draft=True, notice=notice)
    words, found = form.words, event.found
    other = next((unit for unit in found.units if unit != found.unit), "")
    what = EVENTS[found.kind] if lang != "en" else words["events"][found.kind]
    facts = {"day": found.day.isoformat(), "line": f"{line.name}({line.code})" if line.name else line.code,
             "what": what}  # fmt: skip
    form.text(words["letter_to"].format(unit=_named(other, names)), size_pt=12.0)
    body = "letter_line" if stake is None else "letter_body"
    form.text(words[body].format(**facts, stake="" if stake is None else stake.number), size_pt=12.0)
    if found.managed_by:
        form.text(words["letter_managed"].format(unit=_named(found.managed_by, names)), size_pt=12.0)
    if found.note:
        form.text(words["letter_note"].format(note=found.note), size_pt=12.0)
    form.text(words["letter_end"], size_pt=12.0)
    for last in ("letter_from", "letter_contact", "blank_date"):
        form.text(words[last], size_pt=12.0)
    return form.saved()


def description_docx(description: Description, lang: str, *, notice: str = "") -> bytes:
    """边界线走向核对稿: the course of a line in words, a draft to be compared with the text of the agreement."""
    form = Form(boundary_words(lang)["description_title"], lang, draft=True, notice=notice)
    form.text(description.text(lang), size_pt=11.0)
    form.signatures(form.words["sign_lead"], form.words["sign_partner"])
    return form.saved()


def _kind(stake: Stake, words: Mapping[str, Any]) -> str:
    return str(words["kinds"].get(stake.kind, stake.kind))


def _named(unit: str, names: Mapping[str, str]) -> str:
    return f"{names[unit]}({unit})" if unit in names else unit


def _said(stake: Stake, name: str) -> str:
    return str(stake.fields.get(name, ""))


def _day(day: dt.date | None) -> str:
    return "" if day is None else day.isoformat()


def _km(length_m: float | None) -> str:
    return "" if length_m is None else f"{length_m / 1000:,.3f}"


def _metres(number: float | None) -> str:
    return "" if number is None else f"{number:.3f}".rstrip("0").rstrip(".")


def _degrees(number: float | None) -> str:
    return "" if number is None else _dms(number, places=3)


def _dms(number_deg: float, places: int = 0) -> str:
    """Degrees, minutes and seconds, as registers write them.

    Examples
    --------
    >>> _dms(114.5), _dms(359.99999)
    ('114°30′00″', '360°00′00″')
    """
    seconds = round(abs(number_deg) * _SECONDS, places)
    degrees, rest = divmod(seconds, _SECONDS)
    minutes, seconds = divmod(rest, 60)
    sign = "-" if number_deg < 0 else ""
    return f"{sign}{int(degrees)}°{int(minutes):02d}′{seconds:0{3 + places if places else 2}.{places}f}″"
