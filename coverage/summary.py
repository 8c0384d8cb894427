"""``summary.json``: the totals, and everything that made them."""

import importlib.metadata
import platform
from dataclasses import dataclass
from functools import cache
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from coverage import gaps
from coverage.basis import travel_figures, travel_parameters
from coverage.extent import Extent
from coverage.patches import as_dict
from coverage.request import Request, minutes_key
from coverage.snap_grid import area_reach_m
from coverage.split import Split
from coverage.travel_time import Field, lonlat_of
from coverage.weights import Weight
from geo.paths import VERSION
from layers.layer import Layer, Origin
from layers.secrecy import highest

__all__ = ["Moved", "Tally", "summarise", "versions"]

BoolArray = npt.NDArray[np.bool_]
FloatArray = npt.NDArray[np.float64]
#: Libraries whose versions can change a result.
_LIBRARIES = ("numpy", "scipy", "shapely", "pyproj", "geopandas", "pandas", "contourpy", "pyogrio", "osmium")


@dataclass(frozen=True)
class Moved:
    """Places that stood on a road that a what-if closes, and are on another now or on none.

    Parameters
    ----------
    edges
        Closed edges of the network.
    facilities, demand
        Rows of the two layers.
    """

    edges: int
    facilities: int
    demand: int


@dataclass(frozen=True, eq=False)
class Tally:
    """Tables and sums that the summary speaks of; see :class:`coverage.result.Result`.

    Parameters
    ----------
    covered
        For each of the minutes whether a demand row has a facility within reach.
    served
        For each of the minutes the weight of each row that counts as covered.
    covered_without_outside
        Weight covered when facilities in no unit do not count, by minutes; None without units.
    extent
        What the edge of the roads was taken to be.
    split
        Who finds room, where a capacity was asked for.
    """

    demand: gpd.GeoDataFrame
    covered: dict[float, BoolArray]
    served: dict[float, FloatArray]
    facilities: gpd.GeoDataFrame
    covered_without_outside: dict[float, int | float] | None
    areas: gpd.GeoDataFrame
    weight: Weight
    moved: Moved
    extent: Extent
    split: Split | None


def summarise(request: Request, field: Field, tally: Tally) -> dict[str, Any]:
    """Content of ``summary.json`` but ``seconds``.

    ``covered[largest] + beyond + no_road = demand_total``, with capacity ``full`` in the sum: exactly for whole
    numbers.
    """
    demand, weight = tally.demand, tally.weight.per_row
    beyond = (demand["status"] == "beyond").to_numpy()
    no_road = (demand["status"] == "no_road").to_numpy()
    without = tally.covered_without_outside
    parameters = request.parameters
    layers: list[Layer | Origin] = [request.network.source, request.facilities, request.demand]
    layers += [request.units] if request.units is not None else []
    facilities = tally.facilities
    return {
        "demand_total": gaps.total(weight),
        "covered": {minutes_key(m): gaps.total(part) for m, part in tally.served.items()},
        "covered_without_outside": None if without is None else {minutes_key(m): value for m, value in without.items()},
        **({} if tally.split is None else {"full": gaps.total(demand["full"])}),
        "beyond": gaps.total(weight[beyond]),
        "no_road": gaps.total(weight[no_road]),
        "refused": {layer.kind: _refused(layer, tally.weight) for layer in layers},
        "facilities": len(facilities),
        **({} if tally.split is None else {"capacity": tally.split.summary(parameters.minutes)}),
        "facilities_serving": len(field.facility_ids),
        "facilities_no_road": int((facilities["road_status"] == "no_road").sum()),
        "network": _network(request, field),
        "polygon_agreement": _agreement(request, tally),
        "slivers_left_out": {
            minutes_key(m): int(n) for m, n in zip(tally.areas["minutes"], tally.areas["slivers"], strict=True)
        },
        "parameters": {
            **parameters.as_dict(),
            "weight": tally.weight.name,
            "join_m": request.network.join_m,
            "node_crossings": request.network.node_crossings,
            "area_reach_m": area_reach_m(field.snapper),
            "edge_of_roads": tally.extent.basis,
            "crs": request.network.crs.name,
            **travel_parameters(request, field.snapper.usable),
        },
        "travel": travel_figures(request, field.snapper.usable),
        # A result is as secret as the most secret of what it was made from.
        "level": highest(layer.source.level for layer in layers),
        "what_if": _what_if(request, tally.moved),
        "inputs": [
            {
                "kind": layer.kind,
                "file": layer.source.file,
                "sha256": layer.source.sha256,
                "rows": layer.quality.rows_read,
                "datum": layer.datum,
                "crs": layer.source.crs,
                "level": layer.source.level,
                "synthetic": layer.source.synthetic,
                "credit": layer.source.credit,
            }
            for layer in layers
        ]
        + _elevation(request),
        "versions": dict(versions()),
    }


def _elevation(request: Request) -> list[dict[str, Any]]:
    """The elevation raster among the inputs, where there is one; it has no rows."""
    if request.terrain is None:
        return []
    source = request.terrain.source
    about = {"kind": "elevation", "file": source.file, "sha256": source.sha256, "rows": None, "datum": None}
    return [{**about, "crs": source.crs, "synthetic": source.synthetic, "credit": source.credit}]


def _refused(layer: Layer | Origin, weight: Weight) -> dict[str, int | float | None]:
    """Refused rows, and for demand what they weigh as far as their numbers can be read; null where none can."""
    rows = layer.quality.rows_refused
    if layer.kind != "demand":
        return {"rows": rows, "weight": None if rows else 0}
    numbers = weight.of_refused(layer.quality.refused)
    return {"rows": rows, "weight": gaps.total(numbers) if len(numbers) or not rows else None}


def _network(request: Request, field: Field) -> dict[str, Any]:
    stats = request.network.stats(field.snapper.usable)
    return {name: stats[name] for name in ("vertices", "nodes", "edges", "length_km", "components")}


def _what_if(request: Request, moved: Moved) -> dict[str, Any] | None:
    """The patches, and how many places stood on a road that they close; None where there are none."""
    if not request.patches:
        return None
    return {
        "patches": [as_dict(patch) for patch in request.patches],
        "edges_closed": moved.edges,
        "facilities_on_closed_roads": moved.facilities,
        "demand_on_closed_roads": moved.demand,
    }


def _agreement(request: Request, tally: Tally) -> dict[str, dict[str, float | None]]:
    """How well the drawn areas agree with the counted places, by number of places on a road."""
    points = lonlat_of(request.demand)
    on_road = (tally.demand["status"] != "no_road").to_numpy()
    out = {}
    for (m, covered), polygon in zip(tally.covered.items(), tally.areas.geometry, strict=True):
        shapely.prepare(polygon)
        inside = shapely.contains_xy(polygon, points[:, 0], points[:, 1]) & on_road
        both = int((inside & covered).sum())
        out[minutes_key(m)] = {
            "precision": round(both / int(inside.sum()), 6) if inside.any() else None,
            "recall": round(both / int(covered.sum()), 6) if covered.any() else None,
        }
    return out


@cache
def versions() -> dict[str, str]:
    """Versions of this program, of Python, and of the libraries that can change a result."""
    out = {"quarterhour": VERSION, "python": platform.python_version()}
    return {**out, **{name: importlib.metadata.version(name) for name in _LIBRARIES}}
