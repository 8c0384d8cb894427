"""What one profile makes of a network: seconds along each edge, in both directions."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from coverage.profiles import Profile

if TYPE_CHECKING:  # the network tells its figures for what a profile may use
    from coverage.network import Network

__all__ = ["Usable", "usable_by"]

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Usable:
    """Seconds along each edge for one profile; inf where the edge may not be used in that direction.

    Parameters
    ----------
    forward_s, backward_s
        From ``u`` to ``v`` and back, shape (edges,).
    """

    forward_s: FloatArray
    backward_s: FloatArray

    @property
    def edges(self) -> BoolArray:
        """Edges that may be used in some direction, shape (edges,)."""
        return np.isfinite(self.forward_s) | np.isfinite(self.backward_s)


def usable_by(network: "Network", profile: Profile) -> Usable:
    """Seconds along each edge of a network in both directions, as a profile travels."""
    highway = np.asarray(network.ways["highway"])
    speed = profile.speeds_mps(highway, np.asarray(network.ways["maxspeed_kmh"], dtype=np.float64))
    barred = np.asarray(network.ways[f"no_{profile.mode}"], dtype=bool) | np.isin(highway, sorted(profile.barred))
    seconds = np.where(barred[network.way], np.inf, network.length_m / speed[network.way])
    forward, backward = seconds.copy(), seconds.copy()
    if profile.oneway_binds:
        forward[network.oneway == -1] = np.inf
        backward[network.oneway == 1] = np.inf
    return Usable(forward, backward)
