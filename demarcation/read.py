"""Layers as the checks see them: lines with their segments, stakes with their numbers, marks and both coordinates."""

import datetime as dt
import math
from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd
import shapely

from demarcation.codes import split_number
from demarcation.model import Line, LonLat, Mark, Segment, Stake
from demarcation.rules import Rules
from layers.layer import Layer

__all__ = ["lines_of", "stakes_of"]

#: What a stake says of its azimuths, to the canonical word.
_AZIMUTHS = {
    "true": "true", "真": "true", "真方位角": "true",
    "grid": "grid", "坐标": "grid", "坐标方位角": "grid",
    "magnetic": "magnetic", "磁": "magnetic", "磁方位角": "magnetic",
}  # fmt: skip
_MARKS = (1, 2, 3)


def lines_of(layer: Layer) -> dict[str, Line]:
    """Lines of a layer by code, sorted; rows of one code are segments of one line.

    What stands in several rows of a line is taken from the first that says it.

    Examples
    --------
    >>> from geo.paths import DATA_DIR
    >>> from layers.read import read_layer
    >>> lines = lines_of(read_layer(DATA_DIR / "demo/layers/lines.parquet", "lines"))
    >>> len(lines), lines["9906"].segments[0].type
    (31, '河流')
    """
    groups: dict[str, list[dict[str, Any]]] = {}
    for record in layer.frame.to_dict("records"):
        groups.setdefault(str(record["line_code"]), []).append(record)
    return {code: _line(code, groups[code]) for code in sorted(groups)}


def _line(code: str, rows: list[dict[str, Any]]) -> Line:
    said = {name: next((row[name] for row in rows if _there(row[name])), None) for name in rows[0]}
    segments = tuple(
        Segment(_text(row, "segment_type"), part, int(row["row"])) for row in rows for part in _parts(row["geometry"])
    )
    return Line(
        code=code,
        name=_text(said, "name"),
        unit_a=_text(said, "unit_a"),
        unit_b=_text(said, "unit_b"),
        level=_text(said, "level"),
        scale=_number(said, "scale"),
        survey_method=_text(said, "survey_method"),
        declared_length_m=_number(said, "declared_length_m"),
        declared_stakes=_number(said, "declared_stakes"),
        declared_single=_number(said, "single_stakes"),
        declared_double=_number(said, "double_stakes"),
        declared_triple=_number(said, "triple_stakes"),
        lead_unit=_text(said, "lead_unit"),
        last_inspection=_day(said, "last_inspection"),
        segments=segments,
        fields={name: value for name, value in said.items() if name not in ("geometry", "row") and _there(value)},
    )


def _parts(shape: shapely.Geometry) -> Iterable[shapely.LineString]:
    return (part for part in shapely.get_parts(shape) if not part.is_empty)


def stakes_of(layer: Layer, rules: Rules) -> tuple[Stake, ...]:
    """Stakes of a layer by line, serial, kind and row.

    Examples
    --------
    >>> from demarcation.rules import load_rules
    >>> from geo.paths import DATA_DIR
    >>> from layers.read import read_layer
    >>> stakes = stakes_of(read_layer(DATA_DIR / "demo/layers/stakes.parquet", "stakes"), load_rules())
    >>> len(stakes), stakes[9].kind, len(stakes[9].marks)
    (261, 'C', 3)
    """
    found = [_stake(record, rules) for record in layer.frame.to_dict("records")]
    return tuple(sorted(found, key=_order))


def _order(stake: Stake) -> tuple[str, float, str, str, int]:
    serial = math.inf if stake.serial is None else stake.serial
    return stake.line_code, serial, stake.kind, stake.number, stake.row


def _stake(record: Mapping[str, Any], rules: Rules) -> Stake:
    number = _text(record, "stake_no")
    parts = split_number(number, rules)
    serial = _number(record, "serial")
    shape = record["geometry"]
    lon, lat = _number(record, "lon"), _number(record, "lat")
    return Stake(
        number=number,
        line_code=_text(record, "line_code"),
        serial=int(serial) if serial is not None else None if parts is None else parts.serial,
        kind=_text(record, "type") or ("" if parts is None else parts.kind),
        state=_text(record, "state"),
        managed_by=_text(record, "managed_by"),
        survey_method=_text(record, "survey_method"),
        shape=_text(record, "shape"),
        epoch=_day(record, "epoch"),
        marks=tuple(mark for n in _MARKS if (mark := _mark(record, n)) is not None),
        azimuth_kind=_AZIMUTHS.get(_text(record, "azimuth_kind"), ""),
        place=None if shape is None or shape.is_empty else (float(shape.x), float(shape.y)),
        lonlat_given=None if lon is None or lat is None else (lon, lat),
        x_north=_number(record, "x_north"),
        y_east=_number(record, "y_east"),
        crs=_text(record, "crs"),
        row=int(record["row"]),
        fields={name: value for name, value in record.items() if name not in ("geometry", "row") and _there(value)},
    )


def _mark(record: Mapping[str, Any], n: int) -> Mark | None:
    """The nth reference mark; None where the row says nothing of it."""
    name = _text(record, f"mark{n}_name")
    azimuth, distance = _number(record, f"mark{n}_azimuth"), _number(record, f"mark{n}_distance_m")
    if not name and azimuth is None and distance is None:
        return None
    place: LonLat | None = None
    lon, lat = _number(record, f"mark{n}_lon"), _number(record, f"mark{n}_lat")
    if lon is not None and lat is not None:
        place = (lon, lat)
    return Mark(name, azimuth, distance, place)


def _there(value: object) -> bool:
    return not (value is None or value is pd.NaT or value == "" or (isinstance(value, float) and math.isnan(value)))


def _text(record: Mapping[str, Any], name: str) -> str:
    value = record.get(name)
    return str(value).strip() if _there(value) else ""


def _number(record: Mapping[str, Any], name: str) -> float | None:
    """A finite number, of a cell that holds one or its text; None for any other."""
    value = record.get(name)
    if not _there(value):
        return None
    try:
        number = float(value)  # type: ignore[arg-type]  # a cell may hold anything
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None


def _day(record: Mapping[str, Any], name: str) -> dt.date | None:
    value = record.get(name)
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, dt.date):
        return value
    try:
        return dt.date.fromisoformat(str(value)[:10]) if _there(value) else None
    except ValueError:
        return None
