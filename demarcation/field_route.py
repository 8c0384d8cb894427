"""The way to the stakes of an inspection: in which order, on which day, along the roads and on foot from there."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.sparse

from coverage.legs import Legs, legs_between
from coverage.network import Network
from coverage.request import Parameters
from demarcation.model import LonLat, Stake
from demarcation.visiting import visiting_order
from geo.errors import RequestError

__all__ = ["FieldRoute", "Stop", "field_route"]

FloatArray = npt.NDArray[np.float64]
#: Farthest a stake may stand from a road that leads to it, in metres: the rest is walked, straight.
MAX_WALK_M = 3000.0
#: What an inspection of a stake takes, in minutes: a default of this program.
STAKE_MINUTES = 30.0
#: Longest way between two stakes.
_LIMIT_S = 12 * 3600.0


@dataclass(frozen=True)
class Stop:
    """A stake on the way.

    Parameters
    ----------
    day
        From 1.
    order
        From 1, over all days.
    stake
        Which.
    minutes
        From the stop before, or from the start; walking from the road included.
    road_km
        Along the roads; the fastest way is not always the shortest.
    walk_m
        From the road to the stake, straight.
    """

    day: int
    order: int
    stake: Stake
    minutes: float
    road_km: float
    walk_m: float


@dataclass(frozen=True)
class FieldRoute:
    """A way to stakes.

    Parameters
    ----------
    profile
        How it is travelled.
    stops
        In their order.
    back
        Minutes and kilometres of the way back to the start at the end of each day; empty where there is no start.
    unreached
        Stakes that are not on the way: without a place, without a road near them, or on roads that do not lead to the
        others and back.
    minutes_per_stake
        What each stake takes.
    proven
        The order is the fastest there is, days left aside. Where False it is a good one.
    """

    profile: str
    stops: tuple[Stop, ...]
    back: tuple[tuple[float, float], ...]
    unreached: tuple[Stake, ...]
    minutes_per_stake: float
    proven: bool

    @property
    def days(self) -> int:
        """How many."""
        return self.stops[-1].day if self.stops else 0

    @property
    def travel_minutes(self) -> float:
        """On the way, walking and the ways back included."""
        return sum(stop.minutes for stop in self.stops) + sum(minutes for minutes, _ in self.back)

    @property
    def road_km(self) -> float:
        """Along roads, the ways back included."""
        return sum(stop.road_km for stop in self.stops) + sum(km for _, km in self.back)


def field_route(
    network: Network,
    stakes: Iterable[Stake],
    *,
    profile: str = "drive",
    start: LonLat | None = None,
    hours_per_day: float | None = None,
    minutes_per_stake: float = STAKE_MINUTES,
    max_walk_m: float = MAX_WALK_M,
) -> FieldRoute:
    """A good order to visit stakes in, along the roads.

    Parameters
    ----------
    network
        The road network.
    stakes
        Those to visit; stakes of one place are visited together, one after the other.
    profile
        How people travel on the roads; from the road to a stake they walk.
    start
        Where each day begins and ends; None: the way begins at one stake and ends at another.
    hours_per_day
        A day is over when the next stake would take longer; None: all in one.
    minutes_per_stake
        What each takes.
    max_walk_m
        Stakes farther from any road than this are not on the way.

    Raises
    ------
    RequestError
        For a profile that there is not, a start that no road reaches, or a day without hours.

    Examples
    --------
    >>> import json, pathlib, tempfile
    >>> from coverage.network import build_network
    >>> from layers.road import read_roads
    >>> path = {"type": "LineString", "coordinates": [[114.0, 30.0], [114.1, 30.0]]}
    >>> road = {"type": "Feature", "properties": {"highway": "primary"}, "geometry": path}
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = pathlib.Path(folder) / "roads.geojson"
    ...     _ = file.write_text(json.dumps({"type": "FeatureCollection", "features": [road]}), encoding="utf-8")
    ...     network = build_network(read_roads(file))
    >>> places = {"9901001Q": 114.01, "9901002Q": 114.09, "9901003Q": 114.05}
    >>> stakes = [Stake(number, "9901", None, "Q", place=(lon, 30.0)) for number, lon in places.items()]
    >>> route = field_route(network, stakes)
    >>> [stop.stake.number for stop in route.stops], round(route.road_km, 2), route.proven
    (['9901001Q', '9901003Q', '9901002Q'], 7.72, True)
    """
    if hours_per_day is not None and not 0 < hours_per_day <= 24:  # noqa: PLR2004  # of a day
        raise RequestError("route_hours", given=hours_per_day)
    ordered = sorted(stakes, key=lambda stake: (stake.line_code, stake.number, stake.row))
    points = [*([] if start is None else [start]), *(stake.place for stake in ordered if stake.place is not None)]
    lonlat = np.array(points, dtype=np.float64).reshape(-1, 2)
    legs = legs_between(network, Parameters(profile=profile, max_snap_m=max_walk_m), lonlat, _LIMIT_S)
    if start is not None and not legs.snaps.on_road[0]:
        raise RequestError("route_start", most_m=f"{max_walk_m:g}")
    return _ordered(ordered, legs, profile, (hours_per_day, minutes_per_stake), from_start=start is not None)


def _ordered(
    stakes: Sequence[Stake], legs: Legs, profile: str, day: tuple[float | None, float], *, from_start: bool
) -> FieldRoute:
    """The way by what is between the places: hours of a day, and minutes that each stake takes."""
    placed = [stake for stake in stakes if stake.place is not None]
    first = int(from_start)
    together = _together(legs.seconds, from_start=from_start)
    order, proven = visiting_order(legs.seconds[np.ix_(together, together)], start=from_start)
    way = [together[place] for place in order]
    stops, back = _days(way, legs, placed, first, day)
    gone = {place - first for place in way}
    on_way = {id(stake) for position, stake in enumerate(placed) if position in gone}
    left = tuple(stake for stake in stakes if id(stake) not in on_way)
    return FieldRoute(profile, stops, back, left, day[1], proven)


def _together(seconds: FloatArray, *, from_start: bool) -> list[int]:
    """Places with ways to each other: those of the start, else the most; of as many those that come first."""
    if not len(seconds):
        return []
    count, part = scipy.sparse.csgraph.connected_components(
        scipy.sparse.csr_array(np.isfinite(seconds)), directed=True, connection="strong"
    )
    sizes = np.bincount(part, minlength=count)
    chosen = part[0] if from_start else part[int(np.argmax(sizes[part]))]
    members = np.flatnonzero((part == chosen) & np.isfinite(np.diagonal(seconds)))
    # In a part each leads to each, but perhaps not within the limit in one go.
    near = np.isfinite(seconds[np.ix_(members, members)])
    return [int(place) for place in members[near.all(axis=0) & near.all(axis=1)]]


def _days(
    way: Sequence[int], legs: Legs, stakes: Sequence[Stake], first: int, day: tuple[float | None, float]
) -> tuple[tuple[Stop, ...], tuple[tuple[float, float], ...]]:
    """Stops by day, and the ways back; ``first`` is 1 where place 0 is the start."""
    hours, each = day
    stops: list[Stop] = []
    back: list[tuple[float, float]] = []
    number, used, at = 1, 0.0, way[0] if first and way else None
    for place in way[first:]:
        minutes = 0.0 if at is None else float(legs.seconds[at, place]) / 60
        home = float(legs.seconds[place, way[0]]) / 60 if first else 0.0
        if hours is not None and stops and used and used + minutes + each + home > hours * 60:
            number, used = number + 1, 0.0
            if first:
                back.append(_leg(legs, int(at if at is not None else 0), way[0]))
                at = way[0]
                minutes = float(legs.seconds[at, place]) / 60
        km = 0.0 if at is None else legs.metres(at, place) / 1000
        walk_m = float(legs.snaps.access_m[place])
        stops.append(Stop(number, len(stops) + 1, stakes[place - first], minutes, km, walk_m))
        used += minutes + each
        at = place
    if first and stops and at is not None:
        back.append(_leg(legs, at, way[0]))
    return tuple(stops), tuple(back)


def _leg(legs: Legs, start: int, end: int) -> tuple[float, float]:
    return float(legs.seconds[start, end]) / 60, legs.metres(start, end) / 1000
