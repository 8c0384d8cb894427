"""Layers as the checks see them: lines with their segments, stakes with their numbers, marks and both coordinates."""

import dataclasses
import datetime as dt
import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import pandas as pd
import shapely

from demarcation.codes import Number, split_numbers
from demarcation.model import Inspection, Line, LonLat, Mark, Segment, Stake
from demarcation.readings import metres_of
from demarcation.rules import Rules
from geo.amounts import parse_amounts
from geo.angles import parse_angles
from geo.parse import parse_dates
from layers.layer import Layer, QualityReport
from layers.refused import refused_by_name
from layers.schemas import STAKES

__all__ = [
    "COORDINATE_FAULTS", "ROW_COUNT", "descriptions_of", "inspections_of", "is_retired", "lines_of", "stakes_of",
    "whole_number",
]  # fmt: skip

#: Codes for which the reader of stakes refuses a row because of where it says to lie.
COORDINATE_FAULTS = frozenset({
    "coordinate_missing", "coordinate_not_finite", "coordinate_outside_zones", "coordinate_unreadable",
    "crs_code_unreadable", "geometry_missing", "null_island", "old_datum_row", "outside_degrees", "several_points",
    "wrong_geometry", "zone_conflict", "zone_unknown_row",
})  # fmt: skip
_COORDINATES = ("lon", "lat", "lonlat", "x_north", "y_east", "crs")
#: Refused rows that are no stakes: the example of a template, and what somebody took out of the ledger on purpose.
_NO_STAKES = frozenset({"example_row", "duplicate_row", "outside_study"})
_KINDS = frozenset("QABCDE")
#: Kinds of the stakes of one serial where none is missing.
_GROUPS = tuple(frozenset(kinds) for kinds in ("Q", "AB", "CDE"))
_NO = frozenset({"", "否", "未废止", "n", "no", "false", "0"})
_MOST_DEGREES = 180.0
_MOST_SERIAL = 1e9
_PLAIN = re.compile(r"-?[0-9]{1,12}(?:\.[0-9]{1,12})?")
_TENS = "〇一二三四五六七八九十"

#: What a stake says of its azimuths, to the canonical word.
_AZIMUTHS = {
    "true": "true", "真": "true", "真方位角": "true",
    "grid": "grid", "坐标": "grid", "坐标方位角": "grid",
    "magnetic": "magnetic", "磁": "magnetic", "磁方位角": "magnetic",
}  # fmt: skip
_MARKS = (1, 2, 3)
#: Where a column of serials that only counts rows is kept.
ROW_COUNT = "row_count"
_BLANK = "coordinate_missing"
_UNITS = {entry.name: entry.unit for entry in STAKES.fields}


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
    """Stakes of a layer by line, serial, kind and row, those of refused rows among them.

    A row that the reader refused has no place here; ``problem`` says why where its coordinates are the reason. So it
    still counts, and its number is not missing. A row with X and Y only, in a table of degrees, is placed by them.

    Examples
    --------
    >>> from demarcation.rules import load_rules
    >>> from geo.paths import DATA_DIR
    >>> from layers.read import read_layer
    >>> stakes = stakes_of(read_layer(DATA_DIR / "demo/layers/stakes.parquet", "stakes"), load_rules())
    >>> len(stakes), stakes[9].kind, len(stakes[9].marks)
    (261, 'C', 3)
    """
    faults = _coordinate_faults(layer.quality)
    records = [*layer.frame.to_dict("records"), *_refused(layer.quality)]
    if _counts_rows(records, rules):
        records = [{ROW_COUNT if name == "serial" else name: value for name, value in one.items()} for one in records]
    lines: dict[str, list[dict[str, Any]]] = {}
    for record in records:
        lines.setdefault(_text(record, "line_code"), []).append(record)
    found = []
    for rows in lines.values():
        numbers = split_numbers([_text(row, "stake_no") for row in rows], rules)
        taken = Counter(_sure(row, number) for row, number in zip(rows, numbers, strict=True))
        found += [
            _placed(_stake(row, number, taken, faults.get(int(row["row"]), "")))
            for row, number in zip(rows, numbers, strict=True)
        ]
    return tuple(sorted(found, key=_order))


def _counts_rows(records: Sequence[Mapping[str, Any]], rules: Rules) -> bool:
    """Whether the column of serials numbers the rows of the table (行次) against what the stakes are numbered.

    One number that differs is a slip of that row; a count that goes on over lines and gaps speaks of no stake.
    """
    by_row = sorted(records, key=lambda one: int(one["row"]))
    serials = [whole_number(one, "serial") for one in by_row]
    if serials != list(range(1, len(by_row) + 1)):
        return False
    numbers = split_numbers([_text(one, "stake_no") for one in by_row], rules)
    return sum(number is not None and number.serial != at for at, number in enumerate(numbers, start=1)) > 1


def is_retired(stake: Stake) -> bool:
    """Whether the record declares the number of a stake void (废止).

    Examples
    --------
    >>> is_retired(Stake("9901001Q", "9901", 1, "Q", fields={"retired": "是"})), is_retired(Stake("1", "9901", 1, "Q"))
    (True, False)
    """
    return str(stake.fields.get("retired", "")).strip().casefold() not in _NO or stake.state == "废止"


def inspections_of(layer: Layer) -> tuple[Inspection, ...]:
    """A log of inspections by line, stake and day.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from layers.layer import Source
    >>> rows = {"line_code": ["9901"], "date": [dt.date(2025, 3, 1)], "round": ["第五轮"], "row": [2]}
    >>> frame = gpd.GeoDataFrame(rows, geometry=[None], crs=4326)
    >>> log = inspections_of(Layer("inspections", frame, "wgs84", Source("a.csv", ""), QualityReport((), 1, 1)))
    >>> log[0].round, log[0].day.year
    (5, 2025)
    """
    found = [
        Inspection(
            line_code=_text(record, "line_code"),
            stake_no=_text(record, "stake_no"),
            day=record["date"],
            round=_round(_text(record, "round")),
            unit=_text(record, "unit"),
            state=_text(record, "state"),
            activity=_text(record, "activity"),
            event=_text(record, "event"),
            note=_text(record, "note"),
        )
        for record in layer.frame.to_dict("records")
    ]
    return tuple(sorted(found, key=lambda one: (one.line_code, one.stake_no, one.day, one.unit, one.state, one.note)))


def descriptions_of(layer: Layer) -> dict[str, str]:
    r"""边界线走向说明 by line code, sorted; rows of one line are its paragraphs, in their order.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from layers.layer import Source
    >>> rows = {"line_code": ["9901", "9901"], "text": ["自甲起", "至乙止"], "row": [2, 3]}
    >>> frame = gpd.GeoDataFrame(rows, geometry=[None, None], crs=4326)
    >>> descriptions_of(Layer("descriptions", frame, "wgs84", Source("a.csv", ""), QualityReport((), 2, 2)))
    {'9901': '自甲起\n至乙止'}
    """
    texts: dict[str, list[str]] = {}
    for record in layer.frame.to_dict("records"):
        texts.setdefault(_text(record, "line_code"), []).append(_text(record, "text"))
    return {code: "\n".join(texts[code]) for code in sorted(texts)}


def _round(text: str) -> int | None:
    """The number in ``5``, ``第5轮`` or ``第五轮``; None where there is none up to 十."""
    digits = "".join(c for c in unicodedata.normalize("NFKC", text) if c.isascii() and c.isdigit())
    if digits:
        return int(digits[:4])
    words = [c for c in text if c in _TENS]
    return _TENS.index(words[0]) if len(words) == 1 else None


def _coordinate_faults(quality: QualityReport) -> dict[int, str]:
    """Why the coordinates of refused rows are no place, by row."""
    own = {heading for heading, name in quality.columns.items() if name in _COORDINATES}
    found: dict[int, str] = {}
    for finding in quality.findings:
        about = finding.code in COORDINATE_FAULTS or finding.field in own
        if finding.severity == "error" and finding.row is not None and about:
            found.setdefault(finding.row, finding.code)
    return found


def _refused(quality: QualityReport) -> Iterator[dict[str, Any]]:
    """Rows that the reader refused, as it would have read them; without what is no stake."""
    for record in refused_by_name(quality):
        if record["reason"] not in _NO_STAKES:
            words = STAKES.field("type").choices
            kind = words.get(str(record.get("type", "")).upper(), record.get("type", ""))
            degrees = {axis: parse_angles([record.get(axis, "")])[0][0] for axis in ("lon", "lat")}
            yield {**record, **degrees, "type": kind, "geometry": None}


def _order(stake: Stake) -> tuple[str, float, str, str, int]:
    serial = math.inf if stake.serial is None else stake.serial
    return stake.line_code, serial, stake.kind, stake.number, stake.row


def _sure(record: Mapping[str, Any], number: Number | None) -> tuple[int, str] | None:
    """Serial and kind of a row whose number and columns agree; None for others."""
    serial, kind = whole_number(record, "serial"), _text(record, "type")
    if number is None or serial not in (None, number.serial) or (kind in _KINDS and kind != number.kind):
        return None
    return number.serial, number.kind


def _settled(
    record: Mapping[str, Any], number: Number | None, taken: Mapping[tuple[int, str] | None, int]
) -> tuple[int | None, str]:
    """Serial and kind of a row. Where its number and its columns differ, those that no other stake of the line has."""
    column, kind = whole_number(record, "serial"), _text(record, "type")
    if number is None:
        return column, kind if kind in _KINDS else ""
    if _sure(record, number) is not None:
        return number.serial, number.kind
    by_column = (number.serial if column is None else column, kind if kind in _KINDS else number.kind)
    # A serial beyond the others by far is the slip, not the stake's place in the line.
    highest = max((key[0] for key in taken if key is not None), default=0)
    free = [key for key in ((number.serial, number.kind), by_column) if key not in taken]

    def likely(key: tuple[int, str]) -> tuple[int, bool]:
        # A wrong letter must not leave half a pair: the other one is the stake's.
        group = {key[1], *(other[1] for other in taken if other is not None and other[0] == key[0])}
        return max(key[0] - highest, 0), group not in _GROUPS

    return min(free or [(number.serial, number.kind)], key=likely)


def _stake(
    record: Mapping[str, Any], number: Number | None, taken: Mapping[tuple[int, str] | None, int], problem: str
) -> Stake:
    serial, kind = _settled(record, number, taken)
    shape = record["geometry"]
    lon, lat = _number(record, "lon"), _number(record, "lat")
    degrees = lon is not None and lat is not None and max(abs(lon), abs(lat)) <= _MOST_DEGREES
    return Stake(
        number=_text(record, "stake_no"),
        line_code=_text(record, "line_code") or ("" if number is None else number.line),
        serial=serial,
        kind=kind,
        state=_text(record, "state"),
        managed_by=_text(record, "managed_by"),
        survey_method=_text(record, "survey_method"),
        shape=_text(record, "shape"),
        epoch=_day(record, "epoch"),
        marks=tuple(mark for n in _MARKS if (mark := _mark(record, n)) is not None),
        azimuth_kind=_AZIMUTHS.get(_text(record, "azimuth_kind"), ""),
        place=None if shape is None or shape.is_empty else (float(shape.x), float(shape.y)),
        lonlat_given=(lon, lat) if degrees and lon is not None and lat is not None else None,
        x_north=_number(record, "x_north"),
        y_east=_number(record, "y_east"),
        crs=_text(record, "crs"),
        row=int(record["row"]),
        problem=problem,
        fields={name: value for name, value in record.items() if name not in ("geometry", "row") and _there(value)},
    )


def _placed(stake: Stake) -> Stake:
    """A stake whose degrees were left blank, placed by its X and Y; any other as it is."""
    if stake.problem != _BLANK or {"lon", "lat"} & set(stake.fields):
        return stake
    metres = metres_of(stake)
    if metres is None or metres.place is None or metres.turned:
        return stake
    return dataclasses.replace(stake, place=metres.place, problem="")


def _mark(record: Mapping[str, Any], n: int) -> Mark | None:
    """The nth reference mark; None where the row says nothing of it."""
    name = _text(record, f"mark{n}_name")
    azimuth, distance = _number(record, f"mark{n}_azimuth"), _number(record, f"mark{n}_distance_m")
    if not name and azimuth is None and distance is None:
        return None
    place: LonLat | None = None
    lon, lat = _number(record, f"mark{n}_lon"), _number(record, f"mark{n}_lat")
    if lon is not None and lat is not None and abs(lon) <= _MOST_DEGREES and abs(lat) <= _MOST_DEGREES / 2:
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
    # Tables of a province have millions of cells, nearly all of which are numbers as they stand.
    if isinstance(value, (int, float)):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, str) and _PLAIN.fullmatch(value):
        return float(value)
    number = float(parse_amounts([value], unit=_UNITS.get(name, "")).numbers[0])
    return number if math.isfinite(number) else None


def whole_number(record: Mapping[str, Any], name: str) -> int | None:
    """A whole number from 1 on of a cell; None where it holds none that a serial can be.

    Examples
    --------
    >>> [whole_number({"serial": text}, "serial") for text in ("005", "", "1.5", "0", "1e12")]
    [5, None, None, None, None]
    """
    number = _number(record, name)
    return int(number) if number is not None and number.is_integer() and 0 < number <= _MOST_SERIAL else None


def _day(record: Mapping[str, Any], name: str) -> dt.date | None:
    value = record.get(name)
    return parse_dates([value])[0][0] if _there(value) else None
