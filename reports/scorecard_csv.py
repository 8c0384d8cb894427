"""The files of ``indicators``: ``scorecard.csv``, ``summary.json`` and ``plan.json``, written and read again.

The three hold all of a scorecard, so that a report can be made of the folder alone.
"""

import dataclasses
import datetime as dt
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, get_args

import pandas as pd
from pydantic import ValidationError

from coverage.plans.model import Plan
from coverage.plans.scorecard import Missing, Other, Score, Scorecard, Status
from geo import messages
from geo.errors import DataError, FileError
from geo.findings import Finding
from geo.sniff import local_file
from geo.write import armed, write_csv, write_text
from layers.secrecy import LEVELS, STAMP
from reports.scorecard_words import credit_words, made_up_words

__all__ = ["COLUMNS", "SCORECARD_FILES", "read_scorecard", "scorecard_summary", "scorecard_table", "write_scorecard"]

#: Names of the files; a folder with nothing else is an older result.
SCORECARD_FILES = ("scorecard.csv", "summary.json", "plan.json")
#: Columns of the table: first those that every reader of scorecards counts on, then ours.
COLUMNS = (
    "indicator_id", "unit_code", "unit_name", "year", "baseline", "value", "operator", "target", "pace", "binding",
    "status", "numerator", "denominator", "basis", "department", "quote",
    "name", "name_en", "unit", "requirement_id", "archetype", "whole", "reason", "assumed", "flags", "failing",
    "missing", "others", "kinds",
)  # fmt: skip
_WHOLE_NUMBERS = ("requirement_id", "year")
_NUMBERS = ("baseline", "value", "target", "pace", "numerator", "denominator")
_LISTS = ("assumed", "failing", "kinds")
#: A scorecard of some hundred indicators and some thousand villages.
_MOST_BYTES = 512 * 2**20


def scorecard_table(card: Scorecard) -> pd.DataFrame:
    """One row per score: numbers in full, lists as JSON, None where there is no number."""
    rows = [[_cell(score, name) for name in COLUMNS] for score in card.scores]
    return pd.DataFrame(rows, columns=list(COLUMNS), dtype=object)


def _cell(score: Score, name: str) -> object:
    value = getattr(score, name)
    if name == "flags":
        return _compact([flag.code for flag in value])
    if name in ("missing", "others"):
        return _compact([dataclasses.asdict(one) for one in value])
    return _compact(list(value)) if name in _LISTS else value


def _compact(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")) if value else ""


def scorecard_summary(card: Scorecard, *, lang: str | None = None, seconds: float | None = None) -> dict[str, Any]:
    """Content of ``summary.json``: counts, and all that made the scorecard.

    Parameters
    ----------
    card
        As scored.
    lang
        Language of the sentences.
    seconds
        How long the work took.
    """
    counts = [Counter(score.status for score in card.scores if score.whole is whole) for whole in (True, False)]
    said: dict[str, Any] = {
        "plan": card.plan.model_dump(mode="json", exclude={"requirements", "schema_version"}),
        "as_of": card.as_of.isoformat(),
        "indicators": len(card.of_whole()),
        "units": len({score.unit_code for score in card.scores if not score.whole}),
        "statuses": {status: counts[0][status] for status in get_args(Status)},
        "statuses_of_units": {status: counts[1][status] for status in get_args(Status)},
        "level": card.level,
        "stamp": STAMP,
        "parameters": card.parameters,
        "inputs": card.inputs,
        "versions": card.versions,
        "findings": [{**one.as_dict(lang), "facts": dict(one.facts)} for one in card.findings],
        "seconds": seconds,
    }
    if credits_ := credit_words(card, "en"):
        said["attribution"] = "; ".join(credits_)
    if notice := made_up_words(card, "zh"):
        said |= {"synthetic": True, "notice": f"{notice} / {made_up_words(card, 'en')}"}
    plain: dict[str, Any] = json.loads(json.dumps(said, ensure_ascii=False, default=_plain, allow_nan=False))
    return plain


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    return str(value)


def write_scorecard(card: Scorecard, folder: Path, *, lang: str | None = None, seconds: float | None = None) -> None:
    """Write all files of ``indicators --out``.

    Parameters
    ----------
    card
        As scored.
    folder
        Exists; the caller puts it into place when all is written (:func:`geo.write.atomic_folder`).
    lang
        Language of the sentences in ``summary.json``.
    seconds
        How long the work took, for the summary.

    Raises
    ------
    OutputError
        When a file cannot be written.
    """
    write_csv(folder / "scorecard.csv", scorecard_table(card))
    write_text(folder / "summary.json", _json(scorecard_summary(card, lang=lang, seconds=seconds)))
    write_text(folder / "plan.json", _json(card.plan.model_dump(mode="json", by_alias=True)))


def _json(content: object) -> str:
    return json.dumps(content, ensure_ascii=False, indent=2, allow_nan=False) + "\n"


def read_scorecard(folder: Path) -> Scorecard:
    """The scorecard that :func:`write_scorecard` wrote.

    Raises
    ------
    FileError
        When one of the three files is missing, too large or damaged.
    DataError
        When a row of the table says what no score says.
    """
    texts = {name: _text(folder / name) for name in SCORECARD_FILES}
    plan, about = _plan(texts["plan.json"]), _about(texts["summary.json"])
    flags = {row.id: row.flags for row in plan.requirements}
    scores = []
    for number, row in enumerate(_rows(folder / "scorecard.csv"), start=2):
        try:
            scores.append(_score(row, flags))
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise DataError("scorecard_row_bad", rows=[number], file="scorecard.csv", what=str(error)[:80]) from None
    return Scorecard(plan=plan, scores=tuple(scores), **about)


def _text(file: Path) -> str:
    file = local_file(file)
    if file.stat().st_size > _MOST_BYTES:
        raise FileError("file_damaged", file=file.name, reason=f"> {_MOST_BYTES // 2**20} MB")
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise FileError("file_damaged", file=file.name, reason="UTF-8") from None


def _plan(text: str) -> Plan:
    try:
        return Plan.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise FileError("file_damaged", file="plan.json", reason=f"{place} {first['msg']}"[:160]) from None


def _about(text: str) -> dict[str, Any]:
    """What a scorecard is beside its plan and scores."""
    try:
        said = json.loads(text)
        inputs = tuple(MappingProxyType(dict(entry)) for entry in said["inputs"])
        return {
            "as_of": dt.date.fromisoformat(said["as_of"]),
            "level": LEVELS[LEVELS.index(said["level"])],
            "parameters": MappingProxyType(dict(said["parameters"])),
            "inputs": inputs,
            "versions": MappingProxyType({str(name): str(version) for name, version in said["versions"].items()}),
            "findings": tuple(_findings(said["findings"])),
        }
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise FileError("file_damaged", file="summary.json", reason=str(error)[:160]) from None


def _findings(entries: list[Mapping[str, Any]]) -> Iterator[Finding]:
    """Findings as they were; those that only another version has a sentence for are named."""
    for entry in entries:
        if entry["severity"] not in {"error", "warn", "info"}:
            raise ValueError("severity")
        if entry["code"] in messages.codes():
            facts = MappingProxyType(dict(entry["facts"]))
            yield Finding(entry["code"], entry["severity"], entry["row"], entry["field"], facts)
        else:
            yield Finding("scorecard_finding_unknown", entry["severity"], facts={"remark": str(entry["code"])})


def _rows(file: Path) -> list[dict[str, str]]:
    try:
        frame = pd.read_csv(file, dtype=str, keep_default_na=False, encoding="utf-8-sig", na_filter=False)
    except (ValueError, pd.errors.ParserError) as error:
        raise FileError("file_damaged", file=file.name, reason=str(error).splitlines()[0][:160]) from None
    missing = [name for name in COLUMNS if name not in frame.columns]
    if missing:
        raise DataError("scorecard_column_missing", file=file.name, column=missing[0])
    rows: list[dict[str, str]] = frame[list(COLUMNS)].to_dict("records")
    return rows


def _score(row: Mapping[str, str], flags: Mapping[int, tuple[Any, ...]]) -> Score:
    texts = {name: armed(cell) for name, cell in row.items()}
    if texts["status"] not in get_args(Status):
        raise ValueError(f"status {texts['status']}")
    if texts["whole"] not in {"true", "false"}:
        raise ValueError(f"whole {texts['whole']}")
    made: dict[str, Any] = dict(texts)
    made |= {name: int(texts[name]) for name in _WHOLE_NUMBERS}
    made |= {name: float(texts[name]) if texts[name] else None for name in _NUMBERS}
    made |= {name: tuple(str(one) for one in _list(texts[name])) for name in _LISTS}
    made["whole"] = texts["whole"] == "true"
    made["flags"] = flags.get(made["requirement_id"], ())
    made["others"] = _several(texts["others"], Other, numbers=("value", "numerator", "denominator"))
    made["missing"] = _several(texts["missing"], Missing, numbers=("amount",))
    return Score(**made)


def _list(text: str) -> list[Any]:
    found = json.loads(text) if text else []
    if not isinstance(found, list):
        raise TypeError("a list")
    return found


def _several(text: str, kind: Callable[..., Any], numbers: tuple[str, ...]) -> tuple[Any, ...]:
    """Values of a small class from a list of objects."""
    out = []
    for entry in _list(text):
        if any(entry[name] is not None and not isinstance(entry[name], (int, float)) for name in numbers):
            raise TypeError("a number")
        lists = {name: tuple(str(one) for one in value) for name, value in entry.items() if isinstance(value, list)}
        out.append(kind(**{**entry, **lists}))
    return tuple(out)
