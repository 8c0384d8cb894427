"""The checks of lines and stakes as the files of the contract: findings, stakes, lines, summary, quality."""

import json
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from coverage.summary import versions
from demarcation.axis import Place
from demarcation.book import Book
from demarcation.check import Checked
from demarcation.disputes import dispute_figures
from demarcation.finding import SEVERITIES, BoundaryFinding
from demarcation.model import Stake
from demarcation.states import states
from geo import messages
from geo.errors import DataError
from geo.geojson import feature_collection
from geo.write import write_csv, write_text
from layers.layer import Layer, Origin
from layers.secrecy import PUBLIC
from reports.geojson import notes_of, write_refused

__all__ = ["BOUNDARY_FILES", "boundary_summary", "check_public", "stake_states", "worst", "write_boundary"]

Inputs = Mapping[str, Layer | Origin]

#: Names of all files that :func:`write_boundary` writes; a folder with nothing else is an older result.
BOUNDARY_FILES = (
    "findings.geojson", "findings.csv", "stakes.geojson", "lines.geojson", "summary.json", "quality.json",
    "refused_*.csv",
)  # fmt: skip

#: Fields of a finding, in the order of the contract; ``row`` depends on the order of the rows and is in the CSV only.
_FIELDS = ("check", "severity", "line_code", "stake_no", "value", "limit", "unit", "message", "hint")
_COLUMNS = [*_FIELDS, "row"]
_STAKE_COLUMNS = (
    "stake_no", "line_code", "serial", "type", "offset_m", "side", "chainage_m", "state", "managed_by",
    "survey_method", "severity", "checks",
)  # fmt: skip
_LINE_COLUMNS = (
    "line_code", "name", "unit_a", "unit_b", "length_m", "declared_length_m", "stakes", "last_inspection", "severity",
    "checks",
)  # fmt: skip
#: Checks whose findings name what stays inside: coordinates (K10, K11), editions of two sides (K13), disputes,
#: facilities and projects (K16), the course of a line in words (K19), the shift between two surveys (K20).
_WITHHELD = frozenset({"K10", "K11", "K13", "K16", "K19", "K20"})
_MM = 3
#: Decimals of values and limits.
_DECIMALS = 6


def write_boundary(
    checked: Checked,
    inputs: Inputs,
    folder: Path,
    *,
    parameters: Mapping[str, Any] | None = None,
    public: bool = False,
    lang: str | None = None,
    seconds: float | None = None,
) -> dict[str, Any]:
    """Write all files of ``boundary --out``.

    Parameters
    ----------
    checked
        What the checks found.
    inputs
        Layers by the name of their option (``lines``, ``stakes``, ``lines_other`` …).
    folder
        Exists and is empty; the caller puts it into place when all is written.
    parameters
        What else decided the answer, for the summary.
    public
        Only the summary, and of the findings those about a line or unit as a whole, without places.
    lang
        Language of the sentences in findings and ``quality.json``.
    seconds
        How long the work took, for the summary.

    Returns
    -------
    dict
        What ``summary.json`` says.

    Raises
    ------
    DataError
        ``boundary_not_public`` when ``public`` is asked for and an input is not 公开.
    """
    if public:
        check_public(inputs)
    summary = boundary_summary(checked, inputs, parameters=parameters, public=public, seconds=seconds)
    write_text(folder / "summary.json", _json(summary))
    shown = [one for one in checked.findings if not (public and (one.stake_no or one.check in _WITHHELD))]
    table = pd.DataFrame([_rounded(one.as_dict(lang)) for one in shown], columns=_COLUMNS).astype({"row": "Int64"})
    write_csv(folder / "findings.csv", table.drop(columns="row") if public else table)
    if public:
        return summary
    notes = notes_of(list(inputs.values()))
    tables = {
        "findings": gpd.GeoDataFrame(table[list(_FIELDS)], geometry=[one.where for one in shown], crs=4326),
        "stakes": _stakes(checked),
        "lines": _lines(checked),
    }
    for name, frame in tables.items():
        write_text(folder / f"{name}.geojson", feature_collection(frame, notes))
    write_text(folder / "quality.json", _json({name: one.quality.as_dict(lang) for name, one in inputs.items()}))
    for name, layer in inputs.items():
        write_refused(layer, folder / f"refused_{name}.csv", lang)
    return summary


def _rounded(row: dict[str, Any]) -> dict[str, Any]:
    """Without the last bits of a computation, which differ from one computer to the next."""
    return {name: round(value, _DECIMALS) if isinstance(value, float) else value for name, value in row.items()}


def check_public(inputs: Inputs) -> None:
    """Refuse to make anything public of what nobody said is public.

    Raises
    ------
    DataError
        ``boundary_not_public`` with the names of the files that are not 公开.
    """
    inside = sorted({one.source.file for one in inputs.values() if one.source.level != PUBLIC})
    if inside:
        raise DataError("boundary_not_public", files="、".join(inside))


def boundary_summary(
    checked: Checked,
    inputs: Inputs,
    *,
    parameters: Mapping[str, Any] | None = None,
    public: bool = False,
    seconds: float | None = None,
) -> dict[str, Any]:
    """What ``summary.json`` says; parameters as :func:`write_boundary`."""
    study, counts = checked.bench.study, checked.counts()
    length_m = math.fsum(axis.length_m for axis in checked.bench.axes.values())
    disputes = None if public else dispute_figures(study, checked.rules.K16.near_m)
    return {
        "lines": len(study.lines),
        "stakes": len(study.stakes),
        "length_km": round(length_m / 1000, _MM),
        "findings": {severity: sum(count[severity] for count in counts.values()) for severity in SEVERITIES},
        "checks": counts,
        "not_run": {
            check: {"reason": key, **{lang: messages.text(key, lang)[0] for lang in messages.LANGUAGES}}
            for check, key in sorted(checked.not_run.items(), key=lambda item: int(item[0][1:]))
        },
        **({} if disputes is None else {"disputes": disputes.as_dict()}),
        "refused": {name: {"rows": one.quality.rows_refused} for name, one in inputs.items()},
        "parameters": {
            "as_of": study.as_of.isoformat(),
            "public": public,
            **(parameters or {}),
            "rules": checked.rules.model_dump(mode="json"),
        },
        **notes_of(list(inputs.values())),
        "inputs": [
            {
                "name": name,
                "kind": one.kind,
                "file": one.source.file,
                "sha256": one.source.sha256,
                "rows": one.quality.rows_read,
                "datum": one.datum,
                "crs": one.source.crs,
                "level": one.source.level,
                "synthetic": one.source.synthetic,
                "credit": one.source.credit,
            }
            for name, one in inputs.items()
        ],
        "versions": dict(versions()),
        "seconds": seconds,
    }


def worst(findings: Iterable[BoundaryFinding]) -> str | None:
    """The worst severity among findings; None where there is none."""
    found = {one.severity for one in findings}
    return next((severity for severity in SEVERITIES if severity in found), None)


def _stakes(checked: Checked) -> gpd.GeoDataFrame:
    """Every stake with where it stands by its line and what was found; without a place, null geometry."""
    study = checked.bench.study
    told = _by([(one.line_code, one.stake_no) for one in checked.findings if one.stake_no], checked)
    rows = []
    states_ = stake_states(checked)
    for stake, place in zip(study.stakes, checked.bench.places, strict=True):
        row = _stake_row(stake, place, told.get((stake.line_code, stake.number), []))
        row["state"] = states_[stake.line_code, stake.number] or None
        rows.append((row, None if stake.place is None else shapely.Point(stake.place)))
    rows.sort(key=lambda pair: _settled(pair[0], pair[1]))
    return _frame([row for row, _ in rows], [point for _, point in rows], _STAKE_COLUMNS)


def stake_states(checked: Checked) -> dict[tuple[str, str], str]:
    """The state of each stake by line and number: as both sides last reported it, else as the table says it.

    Words that do not agree stand beside each other.
    """
    study = checked.bench.study
    found = states(study.stakes, study.records or Book(), checked.rules, as_of=study.as_of, log=study.inspections or ())
    out = {}
    for stake in study.stakes:
        told = found[stake.line_code, stake.number]
        # What one side alone saw does not take the place of the table: both stand.
        words = [] if told.by_both or not told.table else [told.table]
        words += [word for word in told.now if word not in words]
        out[stake.line_code, stake.number] = "、".join(words) if told.reports else stake.state
    return out


def _by(keys: Sequence[tuple[str, str]], checked: Checked) -> dict[tuple[str, str], list[BoundaryFinding]]:
    """Findings by line and stake."""
    told: dict[tuple[str, str], list[BoundaryFinding]] = {key: [] for key in keys}
    for one in checked.findings:
        if (one.line_code, one.stake_no) in told:
            told[one.line_code, one.stake_no].append(one)
    return told


def _stake_row(stake: Stake, place: Place | None, found: Sequence[BoundaryFinding]) -> dict[str, Any]:
    offset_m = None if place is None else round(place.offset_m, _MM)
    return {
        "stake_no": stake.number,
        "line_code": stake.line_code,
        "serial": stake.serial,
        "type": stake.kind or None,
        "offset_m": None if offset_m is None else abs(offset_m),
        "side": None if not offset_m else "left" if offset_m > 0 else "right",
        "chainage_m": None if place is None else round(place.chainage_m, _MM),
        "managed_by": stake.managed_by or None,
        "survey_method": stake.survey_method or None,
        "severity": worst(found),
        "checks": _checks(found),
    }


def _checks(found: Iterable[BoundaryFinding]) -> str:
    return ",".join(dict.fromkeys(one.check for one in found))


def _settled(row: Mapping[str, Any], point: shapely.Point | None) -> tuple[object, ...]:
    """An order that is the same whatever the order of the rows, also of stakes that have one number."""
    serial = math.inf if row["serial"] is None else row["serial"]
    place = (math.inf, math.inf) if point is None else (point.x, point.y)
    return row["line_code"], serial, row["type"] or "", row["stake_no"], place, str(row)


def _lines(checked: Checked) -> gpd.GeoDataFrame:
    """Every line with its length and the worst of what was found on it, its stakes included."""
    study, rows = checked.bench.study, []
    told: dict[str, list[BoundaryFinding]] = {code: [] for code in study.lines}
    for one in checked.findings:
        told.get(one.line_code, []).append(one)
    stakes = Counter(stake.line_code for stake in study.stakes)
    for code, line in study.lines.items():
        rows.append({
            "line_code": code,
            "name": line.name or None,
            "unit_a": line.unit_a or None,
            "unit_b": line.unit_b or None,
            "length_m": round(checked.bench.axes[code].length_m, _MM),
            "declared_length_m": line.declared_length_m,
            "stakes": stakes[code],
            "last_inspection": line.last_inspection,
            "severity": worst(told[code]),
            "checks": _checks(told[code]),
        })  # fmt: skip
    return _frame(rows, [line.shape for line in study.lines.values()], _LINE_COLUMNS)


def _frame(
    rows: Sequence[Mapping[str, Any]], shapes: Sequence[shapely.Geometry | None], columns: Sequence[str]
) -> gpd.GeoDataFrame:
    table = pd.DataFrame({name: pd.Series([row[name] for row in rows], dtype=object) for name in columns})
    return gpd.GeoDataFrame(table, geometry=list(shapes), crs=4326)


def _json(content: Mapping[str, Any]) -> str:
    return json.dumps(content, ensure_ascii=False, indent=2, allow_nan=False) + "\n"
