"""A result as the files of the contract: GeoJSON by RFC 7946, summary and quality."""

import json
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from shapely.geometry import mapping

from coverage.result import Result
from geo.write import write_csv, write_text
from layers.layer import Layer, Origin

__all__ = ["RESULT_FILES", "feature_collection", "layer_findings", "refused_rows", "write_result"]

#: Names of all files that :func:`write_result` writes; a folder with nothing else is an older result.
RESULT_FILES = (
    "demand.geojson", "facilities.geojson", "service_areas.geojson", "service_areas_by_facility.geojson",
    "service_areas_exclusive.geojson",
    "reached_roads.geojson", "gaps.geojson", "units.geojson", "summary.json", "quality.json", "refused_*.csv",
)  # fmt: skip
#: Decimals of degrees in all files, about 1 cm.
DECIMALS = 7
# Rows that are text at one time: a table of a province would take gigabytes as one.
_ROWS_AT_ONCE = 20_000

_FACILITY_COLUMNS = (
    "facility_id", "name", "kind", "status", "road_status", "access_m", "moved_from_island", "outside", "served",
)  # fmt: skip


def write_result(result: Result, folder: Path, *, lang: str | None = None, seconds: float | None = None) -> None:
    """Write all files of ``coverage --out``.

    Parameters
    ----------
    result
        Of :func:`coverage.run.run`.
    folder
        Exists and is empty; the caller puts it into place when all is written.
    lang
        Language of the sentences in ``quality.json``.
    seconds
        How long the work took, for the summary.
    """
    extra = _notes(result)
    tables = {
        "demand": _demand(result),
        "facilities": result.facilities[[*_FACILITY_COLUMNS, "geometry"]],
        "service_areas": result.service_areas.drop(columns="slivers"),
        "reached_roads": result.reached_roads,
        "gaps": result.gaps.drop(columns=["name"]),
        "units": result.units,
    }
    if result.service_areas_by_facility is not None:
        tables["service_areas_by_facility"] = result.service_areas_by_facility.drop(columns="slivers")
    if result.service_areas_exclusive is not None:
        tables["service_areas_exclusive"] = result.service_areas_exclusive
    for name, table in tables.items():
        write_text(folder / f"{name}.geojson", feature_collection(table, extra))
    write_text(folder / "summary.json", _json({**result.summary, "seconds": seconds}))
    write_text(folder / "quality.json", _json(layer_findings(result, lang)))
    for layer in _layers(result):
        if layer.quality.rows_refused:
            write_csv(folder / f"refused_{layer.kind}.csv", refused_rows(layer, lang))


def layer_findings(result: Result, lang: str | None = None) -> dict[str, Any]:
    """The quality report of each input, the computation's own findings included."""
    out = {}
    for layer in _layers(result):
        report = layer.quality.as_dict(lang)
        report["findings"] += [finding.as_dict(lang) for finding in result.findings.get(layer.kind, ())]
        out[layer.kind] = report
    return out


def refused_rows(layer: Layer | Origin, lang: str | None = None) -> pd.DataFrame:
    """The refused rows as they were read, to be mended and sent back: ``row``, ``reason``, ``message``, its cells.

    ``message`` says in words what is wrong with the row and how to mend it, all faults of the row together.
    """
    sentences: dict[int, list[str]] = {}
    for finding in layer.quality.findings:
        if finding.row is not None and finding.severity == "error":
            sentences.setdefault(finding.row, []).append(finding.sentence(lang))
    refused = layer.quality.refused.rename(columns={"message": "message_"})
    together = {finding.code: [finding.sentence(lang)] for finding in layer.quality.findings if finding.row is None}
    reasons = zip(refused["row"], refused["reason"], strict=True)
    messages = [" ".join(sentences.get(int(row)) or together.get(reason, [])) for row, reason in reasons]
    refused.insert(2, "message", messages)
    return refused


def _layers(result: Result) -> list[Layer | Origin]:
    request = result.request
    layers: list[Layer | Origin] = [request.network.source, request.facilities, request.demand]
    return layers + ([request.units] if request.units is not None else [])


def _notes(result: Result) -> dict[str, Any]:
    """Credit and warning that stand in each file."""
    sources = [layer.source for layer in _layers(result)]
    notes: dict[str, Any] = {}
    credits_ = sorted({source.credit for source in sources if source.credit})
    if credits_:
        notes["attribution"] = "; ".join(credits_)
    if any(source.synthetic for source in sources):
        notes["synthetic"] = True
        notes["notice"] = "演示数据,除道路外均为虚构 / demonstration data, fictional except for the roads"
    if result.request.patches:
        notes["what_if"] = {
            "notice": "假设方案,不是现状 / a what-if, not the present state",
            "patches": result.summary["what_if"]["patches"],
        }
    return notes


def _demand(result: Result) -> gpd.GeoDataFrame:
    """Demand with the weight columns last, without the helper column."""
    columns = [
        "demand_id", "status", "minutes", "facility_id", "access_m", "moved_from_island", "unit_code", "edge_of_roads",
    ]  # fmt: skip
    known = {*columns, "name", "weight", "geometry"}
    columns += [str(column) for column in result.demand.columns if column not in known]
    return result.demand[[*columns, "geometry"]]


def feature_collection(frame: gpd.GeoDataFrame, notes: Mapping[str, Any] | None = None) -> Iterator[str]:
    """A table as GeoJSON text, piece by piece.

    WGS 84, right-hand rule, 7 decimals, missing values null, whole numbers whole.

    Parameters
    ----------
    frame
        EPSG:4326.
    notes
        Further members of the collection, e.g. ``attribution``.

    Examples
    --------
    >>> frame = gpd.GeoDataFrame({"n": [1.0]}, geometry=[shapely.Point(114.12345678, 30)], crs=4326)
    >>> "".join(feature_collection(frame)).splitlines()[1]
    '{"type":"Feature","properties":{"n":1},"geometry":{"type":"Point","coordinates":[114.1234568,30.0]}}'
    """
    head = json.dumps({"type": "FeatureCollection", **(notes or {})}, ensure_ascii=False, separators=(",", ":"))[:-1]
    yield head + ',"features":[\n'
    names = [str(name) for name in frame.columns if name != frame.geometry.name]
    whole = {name: _is_whole(frame[name]) for name in names}
    for begin in range(0, len(frame), _ROWS_AT_ONCE):
        block = frame.iloc[begin : begin + _ROWS_AT_ONCE]
        columns = [_values(block[name], whole=whole[name]) for name in names]
        rows = zip(*columns, strict=True) if columns else (() for _ in range(len(block)))
        lines = (
            '{"type":"Feature","properties":'
            + json.dumps(dict(zip(names, row, strict=True)), ensure_ascii=False, separators=(",", ":"), allow_nan=False)
            + f',"geometry":{shape}}}'
            for row, shape in zip(rows, _rounded(block.geometry.to_numpy()), strict=True)
        )
        yield (",\n" if begin else "") + ",\n".join(lines)
    yield "\n]}\n"


def _is_whole(column: "pd.Series[Any]") -> bool:
    """Whether all numbers of a column of floats are whole."""
    if not pd.api.types.is_float_dtype(column):
        return False
    numbers = column.to_numpy(dtype=np.float64, na_value=np.nan)
    return bool((numbers[np.isfinite(numbers)] % 1 == 0).all())


def _values(column: "pd.Series[Any]", *, whole: bool) -> list[Any]:
    """Plain Python values: None for missing ones, int where the whole column is whole."""
    if pd.api.types.is_bool_dtype(column) or pd.api.types.is_integer_dtype(column):
        return [None if value is pd.NA else value.item() if hasattr(value, "item") else value for value in column]
    if pd.api.types.is_float_dtype(column):
        numbers = column.to_numpy(dtype=np.float64, na_value=np.nan)
        return [None if not math.isfinite(x) else int(x) if whole else x for x in numbers.tolist()]
    return [_plain(value) for value in column.tolist()]


def _plain(value: Any) -> Any:  # noqa: ANN401  # whatever a table cell holds
    if value is None or (not isinstance(value, str) and pd.isna(value)):
        return None
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return value.item() if isinstance(value, np.generic) else value


def _rounded(geometry: npt.NDArray[np.object_]) -> list[str]:
    """GeoJSON text of each geometry, ``null`` where there is none. Polygons stay valid after rounding.

    Written by Python's json, which prints the shortest text of a number; that of GEOS prints 17 digits.
    """
    areal = shapely.get_dimensions(geometry) == 2  # noqa: PLR2004  # polygons
    out = geometry.copy()
    out[areal] = shapely.orient_polygons(shapely.set_precision(geometry[areal], 10.0**-DECIMALS))
    multi = areal & (shapely.get_type_id(geometry) == shapely.GeometryType.MULTIPOLYGON)
    single = multi & (shapely.get_type_id(out) == shapely.GeometryType.POLYGON)
    out[single] = [shapely.MultiPolygon([polygon]) for polygon in out[single]]
    out = shapely.transform(out, lambda points: np.round(points, DECIMALS))
    return ["null" if shape is None else json.dumps(mapping(shape), separators=(",", ":")) for shape in out]


def _json(content: Mapping[str, Any]) -> str:
    return json.dumps(content, ensure_ascii=False, indent=2, allow_nan=False) + "\n"
