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

__all__ = ["FERRY", "Hills", "Mode", "Profile", "Tobler", "load_profile", "profile_names"]

Mode = Literal["foot", "cycle", "drive"]
#: Class of a way that a boat goes along.
FERRY = "ferry"
_KMH = 1000 / 3600


@dataclass(frozen=True)
class Tobler:
    """How slope changes the speed of walkers.

    Parameters
    ----------
    formula
        In words, for the result.
    steepness, fastest_at
        Its two numbers: speed falls by ``exp(-steepness * |slope - fastest_at|)``.
    without
        Classes of road that slope does not change.
    downhill_cap
        Nobody walks faster downhill than this many times the speed on the flat; None: no cap.
    """

    formula: str
    steepness: float
    fastest_at: float
    without: frozenset[str]
    downhill_cap: float | None


@dataclass(frozen=True)
class Hills:
    """Where the speed of a class is too high for the road.

    Parameters
    ----------
    factor
        Share of the class speed there.
    slope_above
        Rise per metre above which it is steep, up or down; None: slope does not matter.
    sinuosity_above
        Length per straight metre between two junctions above which a road winds; None: bends do not matter.
    sinuosity_least_m
        Roads shorter than this between two junctions are not judged.
    """

    factor: float
    slope_above: float | None
    sinuosity_above: float | None
    sinuosity_least_m: float


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
    class_factors
        Share of ``speed_mps`` by class of road; 1 for classes that are not named.
    class_speeds_mps
        Speed by class of road, with ``other`` for classes that are missing or unknown. Used where ``speed_mps`` is
        None.
    ferry_mps
        Speed of a ferry that does not say how long it takes.
    tobler, hills
        What slope and bends do, None where they do nothing.
    source_zh, source_en
        Where the speed comes from.
    """

    name: str
    zh: str
    en: str
    mode: Mode
    speed_mps: float | None
    access_mps: float
    barred: frozenset[str]
    oneway_binds: bool
    class_factors: Mapping[str, float]
    class_speeds_mps: Mapping[str, float]
    ferry_mps: float
    tobler: Tobler | None
    hills: Hills | None
    source_zh: str
    source_en: str

    def speeds_mps(
        self, highway: npt.NDArray[np.str_], maxspeed_kmh: npt.NDArray[np.float64], *, class_share: float = 1.0
    ) -> npt.NDArray[np.float64]:
        """Speed on each road, without regard to bars, slope, and ferries.

        Parameters
        ----------
        highway
            Class of each road, shape (n,).
        maxspeed_kmh
            Posted limit, NaN where unknown, shape (n,). It lowers the speed of a class and never raises it.
        class_share
            So much of the speed of each class is driven, where speeds are by class.

        Returns
        -------
        ndarray of float64, shape (n,), metres per second
        """
        if self.speed_mps is not None:
            factor = [self.class_factors.get(str(name), 1.0) for name in highway]
            return self.speed_mps * np.array(factor, dtype=np.float64)
        other = self.class_speeds_mps["other"]
        by_class = np.array([self.class_speeds_mps.get(str(name), other) for name in highway], dtype=np.float64)
        return np.fmin(by_class * class_share, maxspeed_kmh * _KMH)


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
        barred=frozenset([*mode["barred"], *entry.get("barred", [])]),
        oneway_binds=mode["oneway_binds"],
        class_factors=rules["factor"].get(entry["mode"], {}),
        class_speeds_mps={key: value * _KMH for key, value in speeds.items()},
        ferry_mps=rules["ferry"]["fallback_kmh"] * _KMH,
        tobler=_tobler(rules, entry),
        hills=_hills(rules, entry),
        source_zh=entry["source_zh"],
        source_en=entry["source_en"],
    )


def _tobler(rules: Mapping[str, Any], entry: Mapping[str, Any]) -> Tobler | None:
    table = rules["slope"].get(entry["mode"])
    if table is None:
        return None
    return Tobler(
        formula=table["formula"],
        steepness=table["steepness"],
        fastest_at=table["fastest_at"],
        without=frozenset(table["without"]),
        downhill_cap=entry.get("downhill_cap"),
    )


def _hills(rules: Mapping[str, Any], entry: Mapping[str, Any]) -> Hills | None:
    table = rules["hills"].get(entry["mode"])
    if table is None:
        return None
    return Hills(
        factor=table["factor"],
        slope_above=table["slope_above"] if entry.get("slow_on_slopes") else None,
        sinuosity_above=table["sinuosity_above"] if entry.get("slow_on_bends") else None,
        sinuosity_least_m=table["sinuosity_least_m"],
    )


def load_profile(name: str, *, speed_mps: float | None = None) -> Profile:
    """A profile by name, with another speed if one is given.

    Parameters
    ----------
    name
        Key in ``data/rules/profiles.toml``.
    speed_mps
        Replaces the speed on all roads. The barred roads stay, the share of it on stairs and the like too; what hills
        take from the speeds of classes goes with those. On foot the access leg takes it too.

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
    return dataclasses.replace(profile, speed_mps=float(speed_mps), access_mps=float(access), hills=None)
