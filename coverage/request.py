"""Everything that decides an answer."""

import datetime as dt
import math
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

from coverage.network import Network
from coverage.patches import Patch
from coverage.profiles import Profile, load_profile
from coverage.slope import Terrain
from geo.errors import RequestError
from layers.layer import Layer

__all__ = ["Assign", "Direction", "Parameters", "PeopleBy", "Request", "minutes_key"]

Direction = Literal["to", "from"]
#: How people find room: the shortest way first, or most people and then the least time of all.
Assign = Literal["nearest", "optimal"]
#: Longest time that may be asked for, in minutes: a day. Guards against minutes given as seconds.
MOST_MINUTES = 24 * 60
#: Minutes are kept to this many decimals, below a ten-thousandth of a second.
MINUTE_DECIMALS = 6
#: Highest speed that may be asked for, in metres per second: 180 km/h.
MOST_SPEED_MPS = 50.0
#: Fewest nodes of a connected part of the road network that is not an island (design: travel time).
ISLAND_NODES = 50
#: Farthest a point may lie from a usable road, in metres (design: travel time).
MAX_SNAP_M = 500.0
#: Vertices nearer than this connect, in metres.
JOIN_M = 0.01


def minutes_key(minutes: float) -> str:
    """Minutes as they stand in names of fields and keys of files.

    Examples
    --------
    >>> minutes_key(15.0), minutes_key(7.5)
    ('15', '7.5')
    """
    return f"{minutes:.{MINUTE_DECIMALS}f}".rstrip("0").rstrip(".")


@dataclass(frozen=True)
class PeopleBy:
    """People that a table of values tells, not the demand itself (:mod:`layers.population`, :mod:`layers.forecast`).

    Parameters
    ----------
    year, base
        Which people were asked for: 户籍, 常住, or ``""`` for any; year None: the latest.
    file, sha256
        Of the table.
    """

    year: int | None
    base: str
    file: str
    sha256: str


@dataclass(frozen=True)
class Parameters:
    """What the user chose.

    Parameters
    ----------
    profile
        Name of a profile in ``data/rules/profiles.toml``.
    speed_mps
        Replaces the profile's speed; its barred roads stay.
    minutes
        Any positive numbers; stored sorted without duplicates, to six decimals.
    report_minutes
        Times up to here are reported; raised to the largest of ``minutes``.
    weight
        Column of the demand layer that is counted; None: ``pop`` if there is one, else 1 per row.
    direction
        ``to`` the facility or ``from`` it.
    max_snap_m
        Farthest a point may lie from a usable road, in metres.
    island_nodes
        Parts of the network with fewer nodes are islands; 0 switches the rule off.
    kinds
        Facilities of these kinds serve; empty: all kinds.
    as_of
        The day that decides which facilities are open.
    per_facility
        Also make one service area per facility.
    exclusive
        Also divide the service area among the facilities: each place to the nearest.
    by_age
        Also count each group of ages at its own speed.
    grid_m
        Side of the cells over which polygons of people were divided (:func:`layers.areal.split`); None: they were not.
    people_by
        The table that tells how many people there are; None: the demand as it is.
    capacity
        What a facility can take: a column of the facilities, or ``auto``, by kind; None: there is room for everybody.
    assign
        How people find room; None: nearest first. Only with a capacity.

    Raises
    ------
    RequestError
        When a value is outside what is allowed.

    Examples
    --------
    >>> Parameters(minutes=(15, 5, 15)).minutes
    (5.0, 15.0)
    """

    profile: str = "elder"
    speed_mps: float | None = None
    minutes: tuple[float, ...] = (5.0, 10.0, 15.0)
    report_minutes: float = 60.0
    weight: str | None = None
    direction: Direction = "to"
    max_snap_m: float = MAX_SNAP_M
    island_nodes: int = ISLAND_NODES
    kinds: tuple[str, ...] = ()
    as_of: dt.date = field(default_factory=dt.date.today)
    per_facility: bool = False
    exclusive: bool = False
    by_age: bool = False
    grid_m: float | None = None
    people_by: PeopleBy | None = None
    capacity: str | None = None
    assign: Assign | None = None

    def __post_init__(self) -> None:
        """Normalise and check the values."""
        minutes = tuple(sorted({round(float(value), MINUTE_DECIMALS) for value in self.minutes}))
        if not minutes or any(not math.isfinite(m) or not 0 < m <= MOST_MINUTES for m in minutes):
            raise RequestError("bad_minutes", given=", ".join(f"{m:g}" for m in self.minutes), most=MOST_MINUTES)
        if self.speed_mps is not None and not (math.isfinite(self.speed_mps) and 0 < self.speed_mps <= MOST_SPEED_MPS):
            raise RequestError("bad_speed", given=self.speed_mps, most=f"{MOST_SPEED_MPS:g}")
        if not (math.isfinite(self.report_minutes) and 0 < self.report_minutes <= MOST_MINUTES):
            raise RequestError("bad_minutes", given=f"{self.report_minutes:g}", most=MOST_MINUTES)
        if not (math.isfinite(self.max_snap_m) and self.max_snap_m >= 0):
            raise RequestError("bad_max_snap", given=self.max_snap_m)
        if self.island_nodes < 0:
            raise RequestError("bad_island_nodes", given=self.island_nodes)
        if self.direction not in ("to", "from"):
            raise RequestError("bad_direction", given=self.direction)
        if self.assign not in (None, "nearest", "optimal"):
            raise RequestError("bad_assign", given=self.assign)
        if self.assign and self.capacity is None:
            raise RequestError("assign_without_capacity")
        if self.capacity is not None:
            object.__setattr__(self, "assign", self.assign or "nearest")
        object.__setattr__(self, "minutes", minutes)
        object.__setattr__(self, "report_minutes", max(float(self.report_minutes), minutes[-1]))
        object.__setattr__(self, "kinds", tuple(sorted(set(self.kinds))))
        self.travel()

    def travel(self) -> Profile:
        """The profile with the user's speed in place."""
        return load_profile(self.profile, speed_mps=self.speed_mps)

    def with_values(self, year: int | None, base: str, values: Layer) -> "Parameters":
        """The same, saying that people are those of a table of values."""
        return replace(self, people_by=PeopleBy(year, base, values.source.file, values.source.sha256))

    def as_dict(self) -> dict[str, Any]:
        """For ``summary.json``: all values, units in the names."""
        travel = self.travel()
        room = {} if self.capacity is None else {"capacity": self.capacity, "assign": self.assign}
        return {
            "profile": self.profile,
            "speed_mps": travel.speed_mps,
            "access_speed_mps": travel.access_mps,
            "minutes": list(self.minutes),
            "report_minutes": self.report_minutes,
            "direction": self.direction,
            "max_snap_m": self.max_snap_m,
            "island_nodes": self.island_nodes,
            "kinds": list(self.kinds),
            "as_of": self.as_of.isoformat(),
            "per_facility": self.per_facility,
            "exclusive": self.exclusive,
            "by_age": self.by_age,
            "grid_m": self.grid_m,
            "people_by": None if self.people_by is None else asdict(self.people_by),
            **room,
        }


@dataclass(frozen=True)
class Request:
    """Inputs and parameters of one coverage run.

    Parameters
    ----------
    network
        The road network, with the source it was built from.
    facilities, demand
        Layers of these kinds, EPSG:4326.
    units
        Layer of units with polygons, or None.
    patches
        What-if: changes to the layers and the network above, in the order they are made.
    terrain
        Slopes along this network, from :func:`coverage.slope.terrain_of`; None: all roads are flat.
    """

    network: Network
    facilities: Layer
    demand: Layer
    units: Layer | None
    parameters: Parameters
    patches: tuple[Patch, ...] = ()
    terrain: Terrain | None = None
