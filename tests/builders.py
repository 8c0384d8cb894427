"""Small worlds from plain coordinates: metres east and north of one origin, so that lengths can be worked out by hand.

The origin lies on the central meridian of its 3-degree zone. ``at`` goes north along the meridian and then east at a
right angle, both on the ellipsoid. So a road along the line y = constant has exactly the length that its x values say,
a road along x = constant that of its y values to one part in 10 million within two kilometres, and both are straight in
the zone's projection.
"""

import datetime as dt
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from coverage.network import Network, build_network
from coverage.profiles import load_profile
from coverage.request import Parameters, Request
from coverage.result import Result
from coverage.run import run
from coverage.slope import Terrain
from coverage.usable import usable_by
from geo.crs import GEOD
from layers.layer import Layer, QualityReport, Source

ORIGIN = (114.0, 30.5)
AS_OF = dt.date(2026, 6, 30)
XY = tuple[float, float]


def at(x_m: float, y_m: float, origin: XY = ORIGIN) -> XY:
    """Longitude and latitude of a place given in metres east and north of the origin."""
    lon, lat, _ = GEOD.fwd(origin[0], origin[1], 0.0, y_m)
    lon, lat, _ = GEOD.fwd(lon, lat, 90.0, x_m)
    return lon, lat


def path(points: Sequence[XY], origin: XY = ORIGIN) -> list[XY]:
    """Degrees of a row of places in metres."""
    return [at(x, y, origin) for x, y in points]


@dataclass(frozen=True)
class Road:
    """One road: its vertices in metres and what the reader would have found in its columns."""

    points: Sequence[XY]
    highway: str = "residential"
    oneway: int = 0
    maxspeed_kmh: float = math.nan
    bridge: bool = False
    tunnel: bool = False
    layer: int = 0
    no_foot: bool = False
    no_cycle: bool = False
    no_drive: bool = False
    ferry_mps: float = math.nan
    oneway_foot: bool = False
    both_ways_cycle: bool = False


@dataclass(frozen=True)
class Place:
    """One facility or demand point: its place in metres and further columns."""

    xy: XY
    pop: float = 1.0
    kind: str = "elder_centre"
    status: str = "open"


def layer_of(kind: str, rows: Sequence[Mapping[str, Any]], geometry: Sequence[BaseGeometry]) -> Layer:
    """A layer of rows that were all kept."""
    frame = gpd.GeoDataFrame(pd.DataFrame(list(rows)), geometry=list(geometry), crs="EPSG:4326")
    frame.insert(0, "row", np.arange(1, len(frame) + 1))
    source = Source(file=f"{kind}.geojson", sha256="0" * 64, crs="EPSG:4326")
    quality = QualityReport(findings=(), rows_read=len(frame), rows_kept=len(frame))
    return Layer(kind=kind, frame=frame, datum="wgs84", source=source, quality=quality)


def roads(*lines: Road | Sequence[XY], origin: XY = ORIGIN) -> Layer:
    """A layer of roads; a bare row of places is a residential street for both directions."""
    made = [line if isinstance(line, Road) else Road(line) for line in lines]
    rows = [
        {
            "highway": road.highway,
            "oneway": road.oneway,
            "maxspeed_kmh": road.maxspeed_kmh,
            "bridge": road.bridge,
            "tunnel": road.tunnel,
            "layer": road.layer,
            "no_foot": road.no_foot,
            "no_cycle": road.no_cycle,
            "no_drive": road.no_drive,
            "ferry_mps": road.ferry_mps,
            "oneway_foot": road.oneway_foot,
            "both_ways_cycle": road.both_ways_cycle,
        }
        for road in made
    ]
    layer = layer_of("roads", rows, [shapely.LineString(path(road.points, origin)) for road in made])
    layer.frame["oneway"] = layer.frame["oneway"].astype("int8")
    return layer


def _place(value: Place | XY) -> Place:
    return value if isinstance(value, Place) else Place(value)


def facilities(places: Mapping[str, Place | XY], origin: XY = ORIGIN) -> Layer:
    """A layer of facilities by id."""
    made = {key: _place(value) for key, value in places.items()}
    rows = [
        {"facility_id": key, "name": f"centre {key}", "kind": place.kind, "status": place.status}
        for key, place in made.items()
    ]
    return layer_of("facilities", rows, [shapely.Point(at(*place.xy, origin)) for place in made.values()])


def demand(places: Mapping[str, Place | XY], origin: XY = ORIGIN) -> Layer:
    """A layer of demand points by id, with the column ``pop``."""
    made = {key: _place(value) for key, value in places.items()}
    rows = [{"demand_id": key, "name": f"house {key}", "pop": place.pop} for key, place in made.items()]
    return layer_of("demand", rows, [shapely.Point(at(*place.xy, origin)) for place in made.values()])


def units(boxes: Mapping[str, tuple[float, float, float, float]], origin: XY = ORIGIN) -> Layer:
    """A layer of units by code, each a box (west, south, east, north) in metres.

    All sides are cut at the corners of all boxes, so that neighbours share their vertices.
    """
    xs = sorted({x for box in boxes.values() for x in (box[0], box[2])})
    ys = sorted({y for box in boxes.values() for y in (box[1], box[3])})
    shapes = []
    for west, south, east, north in boxes.values():
        along = [x for x in xs if west <= x <= east]
        up = [y for y in ys if south <= y <= north]
        ring = [(x, south) for x in along] + [(east, y) for y in up[1:]]
        ring += [(x, north) for x in reversed(along[:-1])] + [(west, y) for y in reversed(up[:-1])]
        shapes.append(shapely.Polygon(path(ring, origin)))
    rows = [{"unit_code": code, "name": f"unit {code}"} for code in boxes]
    return layer_of("units", rows, shapes)


def parameters(**given: Any) -> Parameters:
    """Parameters with a fixed day and, unless given, the adult's 1.25 m/s."""
    return Parameters(**{"profile": "adult", "as_of": AS_OF, **given})


def solve(
    road_layer: Layer | Network,
    facility_layer: Layer,
    demand_layer: Layer,
    unit_layer: Layer | None = None,
    terrain: Terrain | None = None,
    **given: Any,
) -> Result:
    """Run the engine on layers."""
    network = build_network(road_layer) if isinstance(road_layer, Layer) else road_layer
    return run(Request(network, facility_layer, demand_layer, unit_layer, parameters(**given), terrain=terrain))


def figures(road_layer: Layer, profile: str = "adult", **given: Any) -> dict[str, Any]:
    """Figures of the ``network`` command, with its options."""
    network = build_network(road_layer, **given)
    return network.diagnose(road_layer, usable_by(network, load_profile(profile)))


def collection(frame: gpd.GeoDataFrame) -> dict[str, Any]:
    """A frame as a GeoJSON mapping with full precision."""
    columns = [name for name in frame.columns if name != frame.geometry.name]
    features = []
    for index in frame.index:
        values = {name: frame.loc[index, name] for name in columns}
        plain = {
            name: None if pd.isna(value) else value.item() if hasattr(value, "item") else value
            for name, value in values.items()
        }
        geometry = json.loads(shapely.to_geojson(frame.geometry[index]))
        features.append({"type": "Feature", "properties": plain, "geometry": geometry})
    return {"type": "FeatureCollection", "features": features}


def write_geojson(layer: Layer, target: Path) -> Path:
    """Write a layer for the command line; the row numbers stay out."""
    frame = layer.frame.drop(columns="row")
    if layer.kind == "roads":
        frame = frame.drop(columns=["no_foot", "no_cycle", "no_drive", "ferry_mps", "oneway_foot", "both_ways_cycle"])
        frame = frame.rename(columns={"maxspeed_kmh": "maxspeed"})
        frame["oneway"] = frame["oneway"].map({0: "no", 1: "yes", -1: "-1"})
        frame["bridge"] = frame["bridge"].map({True: "yes", False: None})
        frame["tunnel"] = frame["tunnel"].map({True: "yes", False: None})
    target.write_text(json.dumps(collection(frame), ensure_ascii=False), encoding="utf-8")
    return target


def row_of(frame: pd.DataFrame, key: str, column: str | None = None) -> pd.Series:
    """The one row of a table whose id is ``key``."""
    name = column or next(c for c in ("demand_id", "facility_id", "unit_code") if c in frame.columns)
    rows = frame.loc[frame[name] == key]
    assert len(rows) == 1, f"{len(rows)} rows have {name} {key!r}"
    return rows.iloc[0]


def minutes_of(result: Result, key: str) -> float:
    """Minutes of one demand point; NaN where there are none."""
    value = row_of(result.demand, key, "demand_id")["minutes"]
    return math.nan if pd.isna(value) else float(value)


def seconds_of(result: Result) -> npt.NDArray[np.float64]:
    """Seconds of the demand rows as they were before rounding; NaN where the table has none."""
    points = np.column_stack([result.demand.geometry.x, result.demand.geometry.y])
    seconds = result.field.nearest(result.field.snapper.snap(points)).seconds
    return np.where(np.isfinite(seconds), seconds, np.nan)
