"""服务盲区: places left out, joined into areas that one facility could serve, and what it would add there.

Rule of the areas: of the places left out for one reason, the one with most people is a centre; no place within
``radius_m`` of it, in a straight line on the metric plane of the network, becomes another; the next is the one with
most people of the rest, and so on. Each place then belongs to the centre that is nearest to it. So an area is never
wider than twice the radius, however closely the places stand; joining all that are near each other would make one area
of a whole county.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from scipy.spatial import cKDTree

from coverage import gaps, travel_time
from coverage.pairs import on_roads, pairs_of_snaps
from coverage.request import MINUTE_DECIMALS
from coverage.result import Result
from geo.crs import WGS84
from geo.geojson import DECIMALS

__all__ = ["MOST_CANDIDATES", "RADIUS_M", "BlindSpots", "blind_spots"]

#: Farthest a place lies from the centre of its area, in metres: about what is walked in 15 minutes.
RADIUS_M = 1000.0
#: Places of each area, those with most people, that are tried as the place of a new facility.
MOST_CANDIDATES = 50
#: How far the outline lies from the places inside it, in metres. For the eye only.
_OUTLINE_M = 120.0
#: Pairs of places that are looked at at once: bounds the memory.
_MOST_PAIRS = 4_000_000

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.integer[Any]]


@dataclass(frozen=True, eq=False)
class BlindSpots:
    """The areas, those with most people first, and which place is in which.

    Parameters
    ----------
    areas
        ``rank`` from 1; ``people``; ``places``; ``unit_code`` of the unit with most of the people, and ``units``: each
        code with its people, most first, as ``990101=1200;990102=300``; ``nearest_facility_id`` and ``nearest_minutes``
        by route from the place that is nearest to one (null: none within report minutes); ``mean_minutes`` weighted by
        people over the places that reach one; ``reason`` as in the gaps; ``adds``: people left out who come within the
        largest minutes if one facility, with room for all of them, stood at the best place of the area;
        ``best_place_id``, ``best_lon``, ``best_lat``: that place, null where no place of the area has a road. Outlines
        in EPSG:4326.
    rank_of_gap
        Rank of the area of each row of ``Result.gaps``, shape (gaps,).
    radius_m, candidates
        As they were asked for.
    """

    areas: gpd.GeoDataFrame
    rank_of_gap: IntArray
    radius_m: float
    candidates: int


def blind_spots(result: Result, *, radius_m: float = RADIUS_M, candidates: int = MOST_CANDIDATES) -> BlindSpots:
    """Join the places left out into areas, and say what one more facility in each would add.

    The sum of people over the areas is that of all places left out: nobody is in two areas, nobody in none.

    Parameters
    ----------
    result
        Of :func:`coverage.run.run`.
    radius_m
        Farthest a place lies from the centre of its area, in a straight line, in metres.
    candidates
        At how many places of an area, those with most people, a facility is tried.

    Raises
    ------
    ValueError
        When the radius is not above 0 or nothing is to be tried.

    Examples
    --------
    >>> from tests.builders import Place, demand, facilities, roads, solve
    >>> homes = {"A": (100, 0), "B": Place((3000, 0), pop=5), "C": Place((3400, 0), pop=2), "D": Place((6000, 0), 4)}
    >>> result = solve(roads([(0, 0), (6000, 0)]), facilities({"F1": (0, 0)}), demand(homes))
    >>> blind_spots(result).areas[["people", "places", "nearest_minutes", "adds"]].round(1).to_numpy().tolist()
    [[7.0, 2.0, 40.0, 7.0], [4.0, 1.0, nan, 4.0]]
    """
    if not radius_m > 0 or candidates < 1:
        raise ValueError("a blind spot has a radius above 0 and at least one place to try")
    places = result.gaps
    lonlat = travel_time.lonlat_of(replace(result.request.demand, frame=places))
    area = _joined(places, result.request.network.crs.forward(lonlat), radius_m)
    best, adds = _best_places(result, lonlat, area, candidates)
    rows = _rows(places, area)
    # Areas are numbered by the first of their places in the ranking: that settles the order of equal ones.
    order = sorted(range(len(rows)), key=lambda one: -rows[one][0])
    table = pd.DataFrame([rows[i] for i in order], columns=[*_COLUMNS])
    table.insert(0, "rank", np.arange(1, len(order) + 1))
    table["adds"] = [adds[i] for i in order]
    table["best_place_id"] = [places["demand_id"].iloc[best[i]] if best[i] >= 0 else None for i in order]
    for column, values in zip(("best_lon", "best_lat"), np.round(lonlat, DECIMALS).T, strict=True):
        table[column] = [values[best[i]] if best[i] >= 0 else np.nan for i in order]
    shapes = _outlines(result, area)[order]
    rank_of_area = np.empty(len(order), dtype=np.int64)
    rank_of_area[order] = np.arange(1, len(order) + 1)
    return BlindSpots(
        gpd.GeoDataFrame(table, geometry=list(shapes), crs=WGS84), rank_of_area[area], radius_m, candidates
    )


_COLUMNS = (
    "people", "places", "unit_code", "units", "nearest_facility_id", "nearest_minutes", "mean_minutes", "reason",
)  # fmt: skip


def _joined(places: gpd.GeoDataFrame, xy: FloatArray, radius_m: float) -> IntArray:
    """Area of each place, numbered by the first of its places in the ranking, shape (n,)."""
    centre = np.empty(len(places), dtype=np.int64)
    for reason in sorted(set(places["reason"])):
        who = np.flatnonzero((places["reason"] == reason).to_numpy())
        tree = cKDTree(xy[who])
        taken = np.zeros(len(who), dtype=bool)
        centres = []
        for place in range(len(who)):
            if not taken[place]:
                centres.append(place)
                taken[tree.query_ball_point(xy[who[place]], radius_m)] = True
        _, nearest = cKDTree(xy[who[centres]]).query(xy[who])
        centre[who] = who[centres][nearest]
    first: dict[int, int] = {}
    return np.array([first.setdefault(int(one), len(first)) for one in centre], dtype=np.int64)


def _split(values: npt.NDArray[Any], area: IntArray) -> list[npt.NDArray[Any]]:
    """The values of each area, in the order of the ranking."""
    order = np.argsort(area, kind="stable")
    return np.split(values[order], np.flatnonzero(np.diff(area[order])) + 1) if len(area) else []


def _rows(places: gpd.GeoDataFrame, area: IntArray) -> list[list[Any]]:
    """What is said of each area, as in ``_COLUMNS``."""
    weights, minutes = (places[name].to_numpy(dtype=np.float64) for name in ("weight", "nearest_minutes"))
    codes, ids, reasons = (
        places[name].to_numpy(dtype=object) for name in ("unit_code", "nearest_facility_id", "reason")
    )
    rows: list[list[Any]] = []
    for members in _split(np.arange(len(places)), area):
        units = _by_unit(codes[members], weights[members])
        named = ";".join(f"{code}={people}" for code, people in units if code)
        reached = members[np.isfinite(minutes[members])]
        nearest, least, mean = None, np.nan, np.nan
        if len(reached):
            least, nearest = min(zip(minutes[reached], ids[reached], strict=True))
            of = weights[reached]
            mean = round(gaps.total(of * minutes[reached]) / gaps.total(of), MINUTE_DECIMALS)
        people = gaps.total(weights[members])
        rows.append([people, len(members), units[0][0], named, nearest, least, mean, reasons[members[0]]])
    return rows


def _by_unit(codes: npt.NDArray[np.object_], weights: FloatArray) -> list[tuple[str, int | float]]:
    """Each unit with its people, most first, then the smaller code."""
    people = [(str(code), gaps.total(weights[codes == code])) for code in set(codes)]
    return sorted(people, key=lambda unit: (-unit[1], unit[0]))


def _best_places(
    result: Result, lonlat: FloatArray, area: IntArray, candidates: int
) -> tuple[IntArray, list[int | float]]:
    """Best place of each area in the gaps (-1: none has a road), and the people whom a facility there would add.

    Of equal places the first in the ranking.
    """
    tried = np.concatenate([np.empty(0, np.int64), *(of[:candidates] for of in _split(np.arange(len(area)), area))])
    areas = int(area.max(initial=-1)) + 1
    best: IntArray = np.full(areas, -1, dtype=np.int64)
    most: list[int | float] = [0] * areas
    for place, people in sorted(_added(result, lonlat, tried)):
        if best[area[place]] < 0 or people > most[area[place]]:
            best[area[place]], most[area[place]] = place, people
    return best, most


def _added(result: Result, lonlat: FloatArray, tried: IntArray) -> Iterator[tuple[int, int | float]]:
    """Of each place that was tried and has a road: its number, and people left out within the largest minutes of it.

    Exactly as a run with one facility added there: it keeps its own island, whose people then are not moved away.
    """
    field, weight = result.field, result.gaps["weight"].to_numpy(dtype=np.float64)
    kept, leaving = field.snapper.kept_islands, field.snapper.left_islands()
    options = field.snapper.options(lonlat)
    # As a facility is handed on: with the decimals of the files.
    sites = field.snapper.options(np.round(lonlat[tried], DECIMALS)).nearest
    island = np.where(sites.on_road & leaving[sites.component], sites.component, -1) if len(tried) else tried
    limit_s = result.request.parameters.minutes[-1] * 60
    for own in np.unique(island[sites.on_road]):
        people = options.settle(kept | {int(own)})
        ready = on_roads(field.roads, people)
        group = np.flatnonzero(sites.on_road & (island == own))
        for block in np.array_split(group, -(-len(group) * len(weight) // _MOST_PAIRS)):
            source, place, _ = pairs_of_snaps(field.roads, sites.take(block), people, limit_s, ready)
            order = np.lexsort((place, source))
            ends = np.searchsorted(source[order], np.arange(len(block) + 1))
            reached = weight[place[order]]
            for number, begin, end in zip(tried[block], ends[:-1], ends[1:], strict=True):
                yield int(number), gaps.total(reached[begin:end])


def _outlines(result: Result, area: IntArray) -> npt.NDArray[np.object_]:
    """Around the places of each area, shape (areas,)."""
    crs = result.request.network.crs
    flat = shapely.transform(result.gaps.geometry.to_numpy(), crs.forward)
    hulls = [shapely.convex_hull(shapely.geometrycollections(of)) for of in _split(flat, area)]
    drawn: npt.NDArray[np.object_] = shapely.transform(
        shapely.buffer(np.array(hulls, dtype=object), _OUTLINE_M), crs.inverse
    )
    return drawn
