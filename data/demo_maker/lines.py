"""Boundary lines between the fictional units: the shared borders themselves, vertex for vertex."""

from collections import defaultdict
from datetime import date
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from data.demo_maker.settings import COUNTY_CODE, NEIGHBOUR_CODE, FloatArray, random_for
from data.demo_maker.units import of_level
from geo.crs import GEOD, WGS84

__all__ = ["chainage_m", "make_lines"]

#: First two places of every line code and of every unit code of the demo.
_PREFIX: Final = "99"
#: Shared borders shorter than this carry no line of their own.
_LEAST_M: Final = 400.0
_COARSE_SHARE: Final = 0.25
_RIVER_SHARE: Final = 0.2


def make_lines(units: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The line between the two counties (code 9901) and those between townships of the county; EPSG:4326.

    Each runs from its west end to its east end, or from north to south where it is taller than wide.
    ``declared_stakes`` is still missing.
    """
    rng = random_for("lines")
    townships = of_level(units, "township")
    name_of = dict(zip(units["unit_code"], units["name"], strict=True))
    rows: list[dict[str, Any]] = []
    for (unit_a, unit_b), segments in sorted(_shared_segments(townships).items()):
        line = _one_line(segments)
        length_m = GEOD.geometry_length(line)
        if length_m < _LEAST_M:
            continue
        is_county = unit_a == COUNTY_CODE
        year = int(rng.integers(2022, 2026))
        rows.append(
            {
                "line_code": f"{_PREFIX}{len(rows) + 1:02d}",
                "name": f"{name_of[unit_a]}与{name_of[unit_b]}线",
                "unit_a": unit_a,
                "unit_b": unit_b,
                "level": "county" if is_county else "township",
                "scale": 50_000 if is_county or rng.random() < _COARSE_SHARE else 10_000,
                "survey_method": "GNSS",
                "declared_length_m": round(length_m, 1),
                "segment_type": "河流" if not is_county and rng.random() < _RIVER_SHARE else "界桩连线",
                "lead_unit": (unit_a, unit_b)[int(rng.integers(2))],
                "last_inspection": date(year, int(rng.integers(3, 12)), int(rng.integers(1, 29))).isoformat(),
                "geometry": line,
            }
        )
    return gpd.GeoDataFrame(pd.DataFrame(rows), geometry="geometry", crs=WGS84)


def _shared_segments(townships: gpd.GeoDataFrame) -> dict[tuple[str, str], list[FloatArray]]:
    """Straight pieces that two units have in common, by the pair of units, the smaller code first.

    Pieces between the counties go to the pair of counties; borders inside the neighbour county are left out.
    """
    owners: dict[tuple[tuple[float, ...], ...], list[str]] = defaultdict(list)
    for code, polygon in zip(townships["unit_code"], townships.geometry, strict=True):
        ring = shapely.get_coordinates(polygon.exterior)
        for a, b in zip(map(tuple, ring[:-1]), map(tuple, ring[1:]), strict=True):
            owners[min(a, b), max(a, b)].append(code)
    shared: dict[tuple[str, str], list[FloatArray]] = defaultdict(list)
    for ends, codes in sorted(owners.items()):
        counties = sorted({code[:6] for code in codes})
        if len(codes) == 1 or counties == [NEIGHBOUR_CODE]:
            continue
        first, last = sorted(codes) if len(counties) == 1 else counties
        shared[first, last].append(np.array(ends))
    return shared


def _one_line(segments: list[FloatArray]) -> shapely.LineString:
    line = shapely.line_merge(shapely.multilinestrings(segments))
    if line.geom_type != "LineString":
        msg = "two units meet in more than one stretch: choose another seed"
        raise ValueError(msg)
    xy = shapely.get_coordinates(line)
    east, north = xy[-1] - xy[0]
    backwards = east < 0 if abs(east) >= abs(north) else north > 0
    return shapely.reverse(line) if backwards else line


def chainage_m(line: shapely.LineString) -> FloatArray:
    """Distance of each vertex from the start along the ellipsoid, metres."""
    lon, lat = shapely.get_coordinates(line).T
    length_m = GEOD.inv(lon[:-1], lat[:-1], lon[1:], lat[1:])[2]
    return np.asarray(np.r_[0.0, np.cumsum(length_m)])
