"""Accessibility by floating catchments: how much capacity there is per person, among all who can reach it.

Each facility shares its capacity among the people within reach; each place adds up the shares of the facilities within
its reach. ``2sfca`` counts everybody within reach alike (Luo and Wang 2003), ``e2sfca`` weighs by time (Luo and Qi
2009), ``3sfca`` weighs and lets people choose among the facilities near them (Wan, Zou and Sternberg 2012). In each
the sum of access times people is the capacity that anybody can reach.
"""

import dataclasses
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from coverage.capacity import AUTO, capacity_of
from coverage.gaps import total
from coverage.pairs import PairTimes, pairs_of_result
from coverage.result import Answered
from coverage.search import TIE_S
from geo.paths import DATA_DIR

__all__ = ["PER", "Access", "Decay", "Method", "access_by_unit", "access_of", "decays", "floating_catchment"]

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
Method = Literal["2sfca", "e2sfca", "3sfca"]
#: People that access is given for.
PER = 1000
#: What each method weighs with unless told otherwise: what its authors did.
_USUAL: Mapping[str, str] = MappingProxyType({"e2sfca": "luo_qi", "3sfca": "wan"})


@dataclass(frozen=True)
class Decay:
    """How the pull of a facility falls with time, in steps.

    Parameters
    ----------
    zones
        Ends of the zones in minutes, rising; a catchment of another length stretches them.
    weights
        Weight in each zone.
    zh, en, source
        What a user reads, and where the numbers come from.
    """

    zones: tuple[float, ...]
    weights: tuple[float, ...]
    zh: str
    en: str
    source: str

    def at(self, seconds: FloatArray, minutes: float) -> FloatArray:
        """Weights at some times in a catchment of so many minutes, 0 beyond it."""
        ends_s = np.array(self.zones) * (minutes / self.zones[-1]) * 60 + TIE_S
        return np.append(self.weights, 0.0)[np.searchsorted(ends_s, seconds, side="left")]


@dataclass(frozen=True, eq=False)
class Access:
    """Capacity per person.

    Parameters
    ----------
    per_person
        Of each place: 0 where it reaches no facility, or only such without capacity; NaN where it is not known, because
        it lies on no road or no facility within its reach has a share. Shape (places,).
    share
        Of each facility: its capacity per person within reach; NaN where its capacity is not known, or where nobody
        lives within reach. Shape (facilities,).
    used
        Capacity of the facilities that have a share. It is the sum of ``per_person`` times people.
    nobody_near
        How many facilities have a capacity and nobody within reach.
    capacity_unknown
        How many facilities have no known capacity.
    places_unknown
        How many places have no known access.
    """

    per_person: FloatArray
    share: FloatArray
    used: float
    nobody_near: int
    capacity_unknown: int
    places_unknown: int

    @property
    def per_1000(self) -> FloatArray:
        """Capacity per 1,000 people of each place."""
        return self.per_person * PER


@cache
def decays() -> Mapping[str, Decay]:
    """Weights by name, from ``data/rules/catchments.toml``.

    Examples
    --------
    >>> decays()["luo_qi"].at(np.array([300.0, 301.0, 900.0, 901.0]), minutes=15).tolist()
    [1.0, 0.68, 0.22, 0.0]
    """
    content = tomllib.loads((DATA_DIR / "rules" / "catchments.toml").read_text(encoding="utf-8"))
    made = {
        name: Decay(tuple(rule["zones"]), tuple(rule["weights"]), rule["zh"], rule["en"], rule["source"])
        for name, rule in content.items()
    }
    return MappingProxyType(made)


def floating_catchment(
    people: FloatArray,
    capacity: FloatArray,
    pairs: PairTimes,
    minutes: float,
    method: Method = "e2sfca",
    decay: Decay | None = None,
) -> Access:
    """Capacity per person of each place.

    With weight W of each pair (1 for ``2sfca``), and for ``3sfca`` its choice G = W / sum of W over the facilities of
    the place (1 else): share of a facility R = S / sum of G W P over its places; access A = sum of G W R over the
    facilities of a place.

    Parameters
    ----------
    people
        Of each place, not negative, shape (places,).
    capacity
        Of each facility, not negative; NaN: not known, which is not 0, shape (facilities,).
    pairs
        Pairs within reach; those beyond the catchment have no effect.
    minutes
        Length of the catchment.
    method
        Which of the three.
    decay
        Weights; None: those of the method's authors.

    Raises
    ------
    ValueError
        When people or capacities are negative or people are not numbers.

    Examples
    --------
    Ten beds; 100 people at 2 minutes, 100 at 12: the shares are 10 / (100 + 0.22 * 100).

    >>> ways = PairTimes(np.array([0, 0]), np.array([0, 1]), np.array([120.0, 720.0]))
    >>> access = floating_catchment(np.array([100.0, 100.0]), np.array([10.0]), ways, minutes=15)
    >>> access.per_1000.round(3).tolist()
    [81.967, 18.033]
    """
    if not (people >= 0).all() or (capacity < 0).any():
        raise ValueError("people and capacities are not negative")
    pairs, weight = _weights(pairs, minutes, method, decay)
    facility, place = pairs.facility, pairs.place
    if method == "3sfca":
        weight = weight * weight / np.bincount(place, weight, minlength=len(people))[place]
    near = np.bincount(facility, weight * people[place], minlength=len(capacity))
    share = np.divide(capacity, near, out=np.full(len(capacity), np.nan), where=near > 0)
    known = ~np.isnan(share)[facility]
    access = np.bincount(place[known], (weight * share[facility])[known], minlength=len(people)).astype(np.float64)
    reaches, told = (np.bincount(of, minlength=len(people)) > 0 for of in (place, place[known]))
    access[reaches & ~told] = np.nan
    blank = np.isnan(capacity)
    return Access(
        per_person=access,
        share=share,
        used=float(total(capacity[~np.isnan(share)])),
        nobody_near=int((~blank & ~(near > 0)).sum()),
        capacity_unknown=int(blank.sum()),
        places_unknown=int(np.isnan(access).sum()),
    )


def _weights(pairs: PairTimes, minutes: float, method: Method, decay: Decay | None) -> tuple[PairTimes, FloatArray]:
    """Pairs inside the catchment that weigh anything, in a fixed order, and their weights."""
    pairs = pairs.take(np.lexsort((pairs.facility, pairs.place)))
    if method == "2sfca" and decay is None:
        weight = (pairs.seconds <= minutes * 60 + TIE_S).astype(np.float64)
    else:
        weight = (decay or decays()[_USUAL[method]]).at(pairs.seconds, minutes)
    return pairs.take(weight > 0), weight[weight > 0]


def access_by_unit(access: Access, people: FloatArray, unit_codes: npt.NDArray[np.object_]) -> pd.DataFrame:
    """Mean access of the people of each unit.

    Parameters
    ----------
    access
        Of the places.
    people, unit_codes
        Of each place, shape (places,).

    Returns
    -------
    DataFrame
        ``unit_code``, ``weight``, ``weight_unknown`` (people at places without known access, who take no part in the
        mean), ``per_1000`` (NaN for a unit without people, or without known access); sorted by code.

    Examples
    --------
    >>> ways = PairTimes(np.array([0]), np.array([0]), np.array([60.0]))
    >>> access = floating_catchment(np.array([100.0, 0.0]), np.array([10.0]), ways, minutes=15)
    >>> access_by_unit(access, np.array([100.0, 0.0]), np.array(["a", "b"]))["per_1000"].tolist()
    [100.0, nan]
    """
    unknown = np.isnan(access.per_person)
    lines = []
    for code in sorted(set(unit_codes.tolist())):
        own = unit_codes == code
        counted = own & ~unknown
        here, sure = total(people[own]), total(people[counted])
        mean = total((access.per_1000 * people)[counted]) / sure if sure else np.nan
        lines.append((code, here, total(people[own & unknown]), mean))
    return pd.DataFrame(lines, columns=["unit_code", "weight", "weight_unknown", "per_1000"])


def access_of(
    result: Answered,
    minutes: float | None = None,
    method: Method = "e2sfca",
    column: str = AUTO,
    decay: Decay | None = None,
) -> Access:
    """Capacity per person of each row of the demand of a result, counted by its weight.

    Parameters
    ----------
    result
        Its facilities that serve share their capacity.
    minutes
        Length of the catchment; None: the largest of the minutes that were asked for.
    method, decay
        As for :func:`floating_catchment`.
    column
        The capacity, as for :func:`coverage.capacity.capacity_of`.

    Returns
    -------
    Access
        NaN for rows without a road, too.

    Raises
    ------
    RequestError
        When the capacity is no column of numbers, or no facility that serves has one.
    """
    length = result.request.parameters.minutes[-1] if minutes is None else minutes
    layer = result.request.facilities.frame
    serving = layer.set_index("facility_id", drop=False).loc[result.field.facility_ids.tolist()]
    capacity = capacity_of(serving, column).per_facility
    people = result.demand["weight"].to_numpy(dtype=np.float64)
    made = floating_catchment(people, capacity, pairs_of_result(result, length), length, method, decay)
    off_road = (result.demand["status"] == "no_road").to_numpy()
    per_person = np.where(off_road, np.nan, made.per_person)
    return dataclasses.replace(made, per_person=per_person, places_unknown=int(np.isnan(per_person).sum()))
