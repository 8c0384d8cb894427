"""How people travel: speeds and barred roads, read from ``data/rules/profiles.toml``."""

import dataclasses
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from geo.errors import RequestError
from geo.paths import DATA_DIR

__all__ = ["Mode", "Profile", "load_profile", "profile_names"]

Mode = Literal["foot", "cycle", "drive"]
_KMH = 1000 / 3600


@dataclass(frozen=True)
class Profile:
    """One way of travelling.

    Parameters
    ----------
    name, zh, en
        Key, and what a user reads.
    mode
        ``foot``, ``cycle`` or ``drive``: which bars of a road apply.
    speed_mps
        One speed on all roads, or None: by class of road.
    access_mps
        Speed on the straight leg between a place and the road.
    barred
        Classes of road that may not be used.
    oneway_binds
        One-way streets may be used in one direction only.
    class_speeds_mps
        Speed by class of road, with ``other`` for classes that are missing or unknown. Used where ``speed_mps`` is
        None.
    """

    name: str
    zh: str
    en: str
    mode: Mode
    speed_mps: float | None
    access_mps: float
    barred: frozenset[str]
    oneway_binds: bool
    class_speeds_mps: Mapping[str, float]

    @property
    def fastest_mps(self) -> float:
        """The highest speed on any road, for the reach of a time."""
        return self.speed_mps if self.speed_mps is not None else max(self.class_speeds_mps.values())

    def speeds_mps(
        self, highway: npt.NDArray[np.str_], maxspeed_kmh: npt.NDArray[np.float64]
    ) -> npt.NDArray[np.float64]:
        """Speed on each road, without regard to bars.

        Parameters
        ----------
        highway
            Class of each road, shape (n,).
        maxspeed_kmh
            Posted limit, NaN where unknown, shape (n,). It lowers the speed of a class and never raises it.

        Returns
        -------
        ndarray of float64, shape (n,), metres per second
        """
        if self.speed_mps is not None:
            return np.full(len(highway), self.speed_mps)
        other = self.class_speeds_mps["other"]
        by_class = np.array([self.class_speeds_mps.get(str(name), other) for name in highway], dtype=np.float64)
        return np.fmin(by_class, maxspeed_kmh * _KMH)


@cache
def _rules() -> dict[str, Any]:
    return tomllib.loads((DATA_DIR / "rules" / "profiles.toml").read_text(encoding="utf-8"))


def profile_names() -> tuple[str, ...]:
    """Names of all profiles, in the order of the file."""
    return tuple(_rules()["profile"])


@cache
def _stored(name: str) -> Profile:
    rules = _rules()
    entry = rules["profile"][name]
    mode = rules["mode"][entry["mode"]]
    speeds = rules["speeds_kmh"].get(name, {})
    return Profile(
        name=name,
        zh=entry["zh"],
        en=entry["en"],
        mode=entry["mode"],
        speed_mps=entry.get("speed_mps"),
        access_mps=entry["access_mps"],
        barred=frozenset(mode["barred"]),
        oneway_binds=mode["oneway_binds"],
        class_speeds_mps={key: value * _KMH for key, value in speeds.items()},
    )


def load_profile(name: str, *, speed_mps: float | None = None) -> Profile:
    """A profile by name, with another speed if one is given.

    Parameters
    ----------
    name
        Key in ``data/rules/profiles.toml``.
    speed_mps
        Replaces the speed on all roads. The barred roads stay. On foot the access leg takes it too.

    Raises
    ------
    RequestError
        When there is no such profile.

    Examples
    --------
    >>> load_profile("elder75").speed_mps
    0.8
    >>> load_profile("drive", speed_mps=8.0).access_mps
    1.25
    """
    if name not in profile_names():
        raise RequestError("unknown_profile", given=name, known=", ".join(profile_names()))
    profile = _stored(name)
    if speed_mps is None:
        return profile
    access = speed_mps if profile.mode == "foot" else profile.access_mps
    return dataclasses.replace(profile, speed_mps=float(speed_mps), access_mps=float(access))
