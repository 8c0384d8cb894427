"""A result as the files of the contract: GeoJSON by RFC 7946, summary and quality."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from coverage.blind_spots import BlindSpots, blind_spots
from coverage.result import Result
from geo.geojson import feature_collection
from geo.write import write_csv, write_text
from layers.layer import Layer, Origin
from layers.refused import refused_rows
from layers.schema import stays_inside
from layers.schemas import SCHEMAS
from layers.secrecy import STAMP, highest
from reports.look import made_up

__all__ = [
    "RESULT_FILES", "feature_collection", "gap_areas_text", "layer_findings", "notes_of", "write_refused",
    "write_result",
]  # fmt: skip

#: Names of all files that :func:`write_result` writes; a folder with nothing else is an older result.
RESULT_FILES = (
    "demand.geojson", "facilities.geojson", "service_areas.geojson", "service_areas_by_facility.geojson",
    "service_areas_exclusive.geojson",
    "reached_roads.geojson", "gaps.geojson", "gap_areas.geojson", "units.geojson", "assignment.csv",
    "summary.json", "quality.json", "refused_*.csv",
)  # fmt: skip

_FACILITY_COLUMNS = (
    "facility_id", "name", "kind", "status", "road_status", "access_m", "moved_from_island", "outside", "served",
)  # fmt: skip
_CAPACITY_COLUMNS = ("capacity", "assigned", "free", "used", "occupancy")


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
    room = () if result.assignment is None else _CAPACITY_COLUMNS
    tables = {
        "demand": _demand(result),
        "facilities": result.facilities[[*_FACILITY_COLUMNS, *room, "geometry"]],
        "service_areas": result.service_areas.drop(columns="slivers"),
        "reached_roads": result.reached_roads,
        "gaps": result.gaps.drop(columns=["name"]),
        "units": _units(result),
    }
    if result.service_areas_by_facility is not None:
        tables["service_areas_by_facility"] = result.service_areas_by_facility.drop(columns="slivers")
    if result.service_areas_exclusive is not None:
        tables["service_areas_exclusive"] = result.service_areas_exclusive
    for name, table in tables.items():
        write_text(folder / f"{name}.geojson", feature_collection(table, extra))
    write_text(folder / "gap_areas.geojson", gap_areas_text(result, blind_spots(result)))
    if result.assignment is not None:
        write_csv(folder / "assignment.csv", result.assignment)
    write_text(folder / "summary.json", _json({**result.summary, "seconds": seconds}))
    write_text(folder / "quality.json", _json(layer_findings(result, lang)))
    for layer in _layers(result):
        write_refused(layer, folder / f"refused_{layer.kind}.csv", lang)


def write_refused(layer: Layer | Origin, file: Path, lang: str | None = None) -> None:
    """The refused rows of an input, without what stays inside; no file where there are none."""
    if layer.quality.rows_refused:
        refused = refused_rows(layer.quality, lang)
        # A service phone stays inside, also that of a row which was refused.
        inside = list(stays_inside(SCHEMAS[layer.kind], map(str, refused.columns)))
        write_csv(file, refused.drop(columns=inside))


def gap_areas_text(result: Result, spots: BlindSpots) -> Iterator[str]:
    """The blind spots as GeoJSON text, with the rule they were joined by and what was asked."""
    rule = {"radius_m": spots.radius_m, "candidates": spots.candidates}
    return feature_collection(spots.areas, {**_notes(result), "rule": rule, "parameters": result.summary["parameters"]})


def layer_findings(result: Result, lang: str | None = None) -> dict[str, Any]:
    """The quality report of each input, the computation's own findings included."""
    out = {}
    for layer in _layers(result):
        report = layer.quality.as_dict(lang)
        report["findings"] += [finding.as_dict(lang) for finding in result.findings.get(layer.kind, ())]
        out[layer.kind] = report
    return out


def _layers(result: Result) -> list[Layer | Origin]:
    request = result.request
    layers: list[Layer | Origin] = [request.network.source, request.facilities, request.demand]
    return layers + ([request.units] if request.units is not None else [])


def notes_of(layers: Sequence[Layer | Origin]) -> dict[str, Any]:
    """Stamp, level, credit and warning that stand in each file made of some layers."""
    sources = [layer.source for layer in layers]
    notes: dict[str, Any] = {"stamp": STAMP, "level": highest(source.level for source in sources)}
    credits_ = sorted({source.credit for source in sources if source.credit})
    if credits_:
        notes["attribution"] = "; ".join(credits_)
    if any(source.synthetic for source in sources):
        notes["synthetic"] = True
        zh, en = (made_up(layers, lang) for lang in ("zh", "en"))
        notes["notice"] = f"演示数据,其中{zh}为虚构 / demonstration data, fictional: {en}"
    return notes


def _notes(result: Result) -> dict[str, Any]:
    notes = notes_of(_layers(result))
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
    table = result.demand[columns]
    if result.by_age is not None:
        table = pd.concat([table, result.by_age.demand], axis=1)
    return gpd.GeoDataFrame(table, geometry=result.demand.geometry, crs=result.demand.crs)


def _units(result: Result) -> gpd.GeoDataFrame:
    """Units, with the fields of each age behind their own."""
    if result.by_age is None or result.units.empty:
        return result.units
    return gpd.GeoDataFrame(result.units.merge(result.by_age.units, on="unit_code", how="left"), crs=result.units.crs)


def _json(content: Mapping[str, Any]) -> str:
    return json.dumps(content, ensure_ascii=False, indent=2, allow_nan=False) + "\n"
