"""What the computation noticed about its input, in the form of the readers' findings."""

from collections.abc import Mapping
from types import MappingProxyType

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd  # noqa: TC002  # numpydoc readers resolve annotations at run time

from coverage import basis, gaps
from coverage.request import Request
from coverage.snap import Snaps
from coverage.travel_time import Field
from coverage.weights import Weight
from geo.findings import Finding, Severity
from layers.inside import has_polygons

__all__ = ["find"]

Findings = Mapping[str, tuple[Finding, ...]]


def find(
    request: Request,
    field: Field,
    snaps: Snaps,
    facilities: gpd.GeoDataFrame,
    demand: gpd.GeoDataFrame,
    weight: Weight,
    doubts: Findings,
    later: Findings,
) -> Findings:
    """Findings by kind of layer.

    Parameters
    ----------
    request, field
        What was asked, and the search.
    snaps
        Of all facilities, in their order.
    facilities, demand
        Tables of the result.
    weight
        What was counted.
    doubts
        What is known of the layers beforehand.
    later
        What other steps of the run noticed.
    """
    return {
        "roads": request.network.findings(field.snapper.usable) + basis.findings(request, field.snapper.usable),
        "facilities": doubts["facilities"] + _facilities(request, field, snaps, facilities) + later["facilities"],
        "demand": doubts["demand"] + _demand(request, demand, weight) + later["demand"],
    }


def _finding(code: str, severity: Severity, row: int | None = None, **facts: object) -> Finding:
    return Finding(code, severity, row=row, facts=MappingProxyType(facts))


def _facilities(request: Request, field: Field, snaps: Snaps, facilities: gpd.GeoDataFrame) -> tuple[Finding, ...]:
    out = []
    known = sorted({str(kind) for kind in facilities["kind"] if kind})
    out += [
        _finding("kind_absent", "warn", kind=kind, known=", ".join(known) or "-")
        for kind in request.parameters.kinds
        if kind not in known
    ]
    if not len(field.facility_ids):
        out.append(_finding("no_facility_serves", "warn", as_of=request.parameters.as_of.isoformat()))
    rows = request.facilities.frame["row"].to_numpy()
    names = facilities["name"].to_numpy()
    limit = f"{request.parameters.max_snap_m:g}"
    out += [
        _finding("facility_no_road", "warn", int(rows[index]), name=str(names[index]), max_snap_m=limit)
        for index in np.flatnonzero(~snaps.on_road).tolist()
    ]
    nodes = field.snapper.components.nodes
    on_road = np.flatnonzero(snaps.on_road)
    for index in on_road[field.snapper.is_island()[snaps.component[on_road]]].tolist():
        count = int(nodes[snaps.component[index]])
        out.append(_finding("facility_on_island", "warn", int(rows[index]), name=str(names[index]), nodes=count))
    for index in np.flatnonzero(snaps.moved_from_island).tolist():
        metres = f"{snaps.access_m[index]:.0f}"
        out.append(_finding("facility_moved", "info", int(rows[index]), name=str(names[index]), access_m=metres))
    return tuple(out)


def _demand(request: Request, demand: gpd.GeoDataFrame, weight: Weight) -> tuple[Finding, ...]:
    out = []
    if request.units is not None and not has_polygons(request.units):
        out.append(_finding("units_without_polygon", "warn", count=int((demand["unit_code"] == "").sum())))
    for column, shown in weight.columns.items():
        if shown != column:
            out.append(_finding("weight_renamed", "warn", given=column, written=shown))
    if weight.blank_rows:
        out.append(_finding("blank_weight", "warn", count=len(weight.blank_rows), column=weight.name))
    groups: tuple[tuple[str, Severity, pd.Series], ...] = (
        ("demand_no_road", "warn", demand["status"] == "no_road"),
        ("demand_moved", "info", demand["moved_from_island"]),
        ("demand_edge_of_roads", "warn", demand["edge_of_roads"]),
    )
    for code, severity, who in groups:
        members: npt.NDArray[np.bool_] = who.to_numpy(dtype=bool)
        if members.any():
            people = gaps.total(demand["weight"].to_numpy(dtype=np.float64)[members])
            limit = f"{request.parameters.max_snap_m:g}"
            out.append(_finding(code, severity, count=int(members.sum()), weight=people, max_snap_m=limit))
    return tuple(out)
