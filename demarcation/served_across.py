"""What people and service areas do across lines: asked of coverage, told by line."""

from collections.abc import Mapping

import geopandas as gpd

from coverage.cross_boundary import flows
from coverage.network import Network
from coverage.prepared import prepare
from coverage.request import Parameters, Request
from coverage.result import Result
from coverage.searched import search
from coverage.service_area import areas_per_facility
from demarcation.model import Line, ServedAcross
from layers.layer import Layer, QualityReport, Source
from layers.secrecy import highest

__all__ = ["parents_of", "people_across", "service_areas", "upward"]

# Length of a code to that of the unit above: county 6, township 9, village 12 digits.
_ABOVE = {12: 9, 9: 6}


def parents_of(units: Layer | None) -> Mapping[str, str]:
    """Code of the unit above each unit, where the layer says it.

    Examples
    --------
    >>> parents_of(None)
    {}
    """
    if units is None or "parent_code" not in units.frame:
        return {}
    pairs = units.frame[["unit_code", "parent_code"]].fillna("").astype(str)
    return dict(pairs.itertuples(index=False, name=None))


def upward(code: str, parents: Mapping[str, str]) -> tuple[str, ...]:
    """A unit and those that it lies in, from the smallest.

    Where the layer does not say which unit is above, the code does: twelve digits begin with the nine of the township,
    those with the six of the county.

    Examples
    --------
    >>> upward("990100001005", {"990100001": "990100"})
    ('990100001005', '990100001', '990100')
    """
    chain = [code] if code else []
    while chain:
        last = chain[-1]
        above = parents.get(last, "") or last[: _ABOVE.get(len(last), 0)]
        if not above or above in chain:
            break
        chain.append(above)
    return tuple(chain)


def people_across(result: Result, lines: Mapping[str, Line], units: Layer) -> dict[str, ServedAcross]:
    """People whose nearest facility within the largest minutes is on the other side of a line, by its code.

    Parameters
    ----------
    result
        Of coverage, with units that the lines part or that lie in those.
    lines
        By code.
    units
        All units: tell which lies in which.

    Returns
    -------
    dict of ServedAcross
        Only lines that somebody crosses.

    Examples
    --------
    >>> from geo.paths import DATA_DIR
    >>> from layers.read import read_layer
    >>> people_across.__name__, len(parents_of(read_layer(DATA_DIR / "demo/layers/units.parquet", "units"))) > 100
    ('people_across', True)
    """
    parents, minutes = parents_of(units), result.request.parameters.minutes[-1]
    moves = [
        (set(upward(home, parents)), set(upward(server, parents)), weight)
        for home, server, weight in flows(result).itertuples(index=False, name=None)
        if home != server
    ]
    out: dict[str, ServedAcross] = {}
    for code in sorted(lines):
        a, b = lines[code].unit_a, lines[code].unit_b
        there = sum(weight for homes, servers, weight in moves if a in homes and b in servers)
        back = sum(weight for homes, servers, weight in moves if b in homes and a in servers)
        if there or back:
            out[code] = ServedAcross(there, back, minutes)
    return out


def service_areas(network: Network, facilities: Layer, parameters: Parameters) -> Layer:
    """Service areas of each facility that serves, as a layer for :attr:`demarcation.model.Study.areas`.

    Parameters
    ----------
    network, facilities
        Roads, and where the services are.
    parameters
        Way to travel, kinds and day; the largest of the minutes is drawn.

    Returns
    -------
    Layer
        ``facility_id``, ``minutes`` and polygons; of the highest level of what it was made from.

    Examples
    --------
    >>> import datetime as dt
    >>> import json
    >>> import tempfile
    >>> from pathlib import Path
    >>> from coverage.network import build_network
    >>> from layers.read import read_layer
    >>> from layers.road import read_roads
    >>> def file(folder, name, about, shape):
    ...     made = Path(folder) / name
    ...     feature = {"type": "Feature", "properties": about, "geometry": shape}
    ...     _ = made.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}), encoding="utf-8")
    ...     return made
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = {"type": "LineString", "coordinates": [[114.0, 30.0], [114.02, 30.0]]}
    ...     network = build_network(read_roads(file(folder, "roads.geojson", {"highway": "residential"}, path)))
    ...     about = {"facility_id": "F1", "name": "甲", "kind": "elder_care"}
    ...     place = {"type": "Point", "coordinates": [114.01, 30.0]}
    ...     facilities = read_layer(file(folder, "f.geojson", about, place), "facilities")
    >>> asked = Parameters(profile="adult", minutes=(5.0,), as_of=dt.date(2026, 6, 30))
    >>> areas = service_areas(network, facilities, asked).frame
    >>> areas["facility_id"].to_list(), bool(areas.contains(facilities.frame.geometry[0]).all())
    (['F1'], True)
    """
    # Nobody is counted, so the facilities themselves stand where people would.
    request = Request(network, facilities, facilities, None, parameters)
    found = areas_per_facility(search(request, prepare(request)).field, parameters.minutes[-1:])
    frame = gpd.GeoDataFrame(found[["facility_id", "minutes"]], geometry=found.geometry.to_numpy(), crs=4326)
    frame.insert(0, "row", range(1, len(frame) + 1))
    level = highest((facilities.source.level, network.source.source.level))
    return Layer("areas", frame, "wgs84", Source("", "", level=level), QualityReport((), len(frame), len(frame)))
