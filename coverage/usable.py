"""What one profile makes of a network: seconds along each edge, in both directions."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from coverage.profiles import FERRY, Hills, Profile
from geo.crs import geodesic_m

if TYPE_CHECKING:  # the network tells its figures for what a profile may use
    from coverage.network import Network
    from coverage.slope import Terrain

__all__ = ["Usable", "share_by_class", "usable_by"]

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Usable:
    """Seconds along each edge for one profile; inf where the edge may not be used in that direction.

    Parameters
    ----------
    forward_s, backward_s
        From ``u`` to ``v`` and back, shape (edges,).
    ferry
        Edges that a boat goes along: one travels there, and meets no house, shape (edges,).
    """

    forward_s: FloatArray
    backward_s: FloatArray
    ferry: BoolArray

    @property
    def edges(self) -> BoolArray:
        """Edges that may be used in some direction, shape (edges,)."""
        return np.isfinite(self.forward_s) | np.isfinite(self.backward_s)

    @property
    def land(self) -> BoolArray:
        """Those of them that places are reached from, which is not the open water, shape (edges,)."""
        return self.edges & ~self.ferry


def usable_by(network: "Network", profile: Profile, terrain: "Terrain | None" = None) -> Usable:
    """Seconds along each edge of a network in both directions, as a profile travels.

    Parameters
    ----------
    network
        The road network.
    profile
        Speeds, bars, and what slope does.
    terrain
        Heights along the edges of this network; None: all of it is flat. Inside an edge its time is spread evenly over
        its length.
    """
    if terrain is not None and terrain.network_key != network.key:
        msg = "these heights are along the edges of another network"
        raise ValueError(msg)
    ways = network.ways
    highway = np.asarray(ways["highway"])
    ferry = highway == FERRY
    barred = np.asarray(ways[f"no_{profile.mode}"], dtype=bool) | np.isin(highway, sorted(profile.barred))
    forward, backward = _seconds(network, profile, terrain)
    boat_mps = np.nan_to_num(np.asarray(ways["ferry_mps"], dtype=np.float64), nan=profile.ferry_mps)
    afloat = ferry[network.way]
    for seconds in (forward, backward):
        seconds[afloat] = network.length_m[afloat] / boat_mps[network.way[afloat]]
        seconds[barred[network.way]] = np.inf
    bound = _oneway_binds(ways, profile)[network.way]
    forward[bound & (network.oneway == -1)] = np.inf
    backward[bound & (network.oneway == 1)] = np.inf
    return Usable(forward, backward, afloat)


def _oneway_binds(ways: Mapping[str, npt.NDArray[Any]], profile: Profile) -> BoolArray:
    """Whether a one-way street of each combination binds the profile, shape (ways,)."""
    if profile.mode == "foot":
        return np.asarray(ways["oneway_foot"], dtype=bool) | profile.oneway_binds
    if profile.mode == "cycle":
        return profile.oneway_binds & ~np.asarray(ways["both_ways_cycle"], dtype=bool)
    return np.full(len(ways["highway"]), profile.oneway_binds)


def _seconds(network: "Network", profile: Profile, terrain: "Terrain | None") -> tuple[FloatArray, FloatArray]:
    """Seconds along each edge and back without regard to bars, one-ways and ferries, shapes (edges,)."""
    highway = np.asarray(network.ways["highway"])
    limit_kmh = np.asarray(network.ways["maxspeed_kmh"], dtype=np.float64)
    speed = profile.speeds_mps(highway, limit_kmh)[network.way]
    seconds = network.length_m / speed
    if profile.hills is not None:
        slow_m = _slow_m(network, profile.hills, terrain)
        slow = profile.speeds_mps(highway, limit_kmh, class_share=profile.hills.factor)[network.way]
        seconds = np.where(slow_m > 0, (network.length_m - slow_m) / speed + slow_m / slow, seconds)
    if terrain is None or profile.tobler is None:
        return seconds, seconds.copy()
    sloping = ~np.isin(highway, sorted(profile.tobler.without))[network.way]
    there, back = terrain.walking_ratios(profile.tobler)
    return np.where(sloping, seconds / there, seconds), np.where(sloping, seconds / back, seconds)


def _slow_m(network: "Network", hills: Hills, terrain: "Terrain | None") -> FloatArray:
    """How much of each edge is too steep or winding for the speed of its class, in metres, shape (edges,)."""
    slow_m = np.zeros(network.edges)
    if terrain is not None and hills.slope_above is not None:
        slow_m = terrain.steeper_m(hills.slope_above)
    if hills.sinuosity_above is not None:
        straight_m = geodesic_m(network.node_lonlat[network.u], network.node_lonlat[network.v])
        # A loop comes back to where it began: there is no straight line to hold it against.
        winds = (straight_m > 0) & (network.length_m > hills.sinuosity_above * straight_m)
        winds &= network.length_m >= hills.sinuosity_least_m
        slow_m = np.where(winds, network.length_m, slow_m)
    return slow_m


def share_by_class(network: "Network", usable: Usable, profile: Profile) -> float | None:
    """Share of the length of usable roads whose speed is that of their class because no limit is known.

    None where the profile has one speed, or no road.
    """
    length_m = network.length_m[usable.land]
    if profile.speed_mps is not None or not len(length_m):
        return None
    unknown = np.isnan(np.asarray(network.ways["maxspeed_kmh"], dtype=np.float64))[network.way[usable.land]]
    return float(length_m[unknown].sum() / length_m.sum())
