"""Facilities that stand beside others: at one address or in one building, or near along the road (archetype T6)."""

from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from coverage.nearest import metres_by_road, objects
from coverage.network import Network
from coverage.request import Parameters
from coverage.travel_time import ids_of
from geo.errors import RequestError
from geo.findings import Finding
from geo.parse import half_width
from layers.layer import Layer

__all__ = ["BESIDE_M", "Beside", "CoLocation", "co_location"]

#: What 邻近 means in metres along the road, until the user says otherwise. Our choice: no standard gives a number.
BESIDE_M = 300.0
#: Farther than this no distance is looked for, in metres.
REPORT_M = 5000.0
# Last bits of lengths.
_SAME_M = 1e-6


@dataclass(frozen=True)
class Beside:
    """What counts as standing beside.

    Parameters
    ----------
    within_m
        Metres along the road, the legs from both places to it included.
    same_site_m
        Metres in a straight line within which two places are one building; 0: one point, or outlines that touch.
    report_m
        Farther than this no distance is given; at least ``within_m``.

    Examples
    --------
    >>> Beside(within_m=500).report_m
    5000.0
    """

    within_m: float = BESIDE_M
    same_site_m: float = 0.0
    report_m: float = REPORT_M

    def __post_init__(self) -> None:
        """Refuse what is no distance."""
        for value in (self.within_m, self.same_site_m, self.report_m):
            if not (np.isfinite(value) and value >= 0):
                raise RequestError("bad_distance", given=f"{value:g}")
        object.__setattr__(self, "report_m", max(float(self.report_m), float(self.within_m)))


@dataclass(frozen=True, eq=False)
class CoLocation:
    """How many facilities stand beside others.

    Parameters
    ----------
    table
        One row per facility, in their order: ``facility_id``, ``name``, ``status`` (``yes``, ``no``, ``no_road``: no
        usable road near and nothing at its own site), ``via`` (``building``, ``address``, ``road``, None),
        ``beside_id`` (the one that it stands beside; else the nearest by road, None where none), ``metres`` along the
        road to the nearest one, two decimals, NaN where none is within ``report_m``.
    yes, no, no_road
        Counts; together all facilities.
    share
        ``yes`` of all facilities; None without any.
    beside
        What was asked.
    findings
        What is assumed or left out.
    """

    table: pd.DataFrame
    yes: int
    no: int
    no_road: int
    share: float | None
    beside: Beside
    findings: tuple[Finding, ...]


def co_location(
    network: Network,
    facilities: Layer,
    others: Layer,
    beside: Beside = Beside(),  # frozen
    parameters: Parameters | None = None,
) -> CoLocation:
    """Facilities that stand at the address or in the building of another, or within a distance along the road.

    Parameters
    ----------
    network
        The road network.
    facilities
        The facilities that are asked about.
    others
        Those that they should stand beside. A facility in both layers is refused: it would stand beside itself.
    beside
        Distances.
    parameters
        Who walks it (``profile``, ``max_snap_m``, ``island_nodes``); None: an adult.

    Raises
    ------
    RequestError
        When a facility is in both layers.

    Examples
    --------
    >>> Beside().within_m
    300.0
    """
    ids, other_ids = ids_of(facilities).astype(str), ids_of(others).astype(str)
    twice = sorted(set(ids) & set(other_ids))
    if twice:
        raise RequestError("beside_itself", given=", ".join(twice[:5]), count=len(twice))
    chosen = parameters or Parameters(profile="adult")
    road = metres_by_road(network, chosen, facilities)(others, beside.report_m)
    building = _same_building(network, facilities, others, beside.same_site_m)
    address, unplaced = _same_address(facilities, others)
    metres = road["seconds"].to_numpy(dtype=np.float64)
    via = np.full(len(ids), None, dtype=object)
    partner = road["facility_id"].to_numpy(dtype=object).copy()
    via[metres <= beside.within_m + _SAME_M] = "road"
    for word, site in (("address", address), ("building", building)):
        via[site != ""] = word
        partner[site != ""] = site[site != ""]
    found = pd.notna(via)
    status = np.where(found, "yes", np.where(road["on_road"].to_numpy(dtype=bool), "no", "no_road"))
    table = pd.DataFrame(
        {
            "facility_id": objects(ids.tolist()),
            "name": facilities.frame["name"].to_numpy(dtype=object),
            "status": status.astype(object),
            "via": objects(via),
            "beside_id": objects(partner),
            "metres": np.round(metres, 2),
        }
    )
    counts = {word: int((status == word).sum()) for word in ("yes", "no", "no_road")}
    return CoLocation(
        table=table,
        **counts,
        share=counts["yes"] / len(table) if len(table) else None,
        beside=beside,
        findings=_findings(beside, counts["no_road"], unplaced),
    )


def _same_building(network: Network, facilities: Layer, others: Layer, within_m: float) -> npt.NDArray[np.object_]:
    """Id of the nearest other within so many straight metres, ``""`` for none, shape (n,)."""
    out = np.full(len(facilities.frame), "", dtype=object)
    if not len(out) or not len(others.frame):
        return out
    order = np.argsort(ids_of(others).astype(str), kind="stable")
    here, there = (
        shapely.transform(layer.frame.geometry.to_numpy(), network.crs.forward) for layer in (facilities, others)
    )
    tree = shapely.STRtree(there[order])
    who, hit = tree.query(here, predicate="dwithin", distance=within_m + _SAME_M)
    metres = np.round(shapely.distance(here[who], there[order][hit]), 6)
    first = np.lexsort((hit, metres, who))
    who, index = np.unique(who[first], return_index=True)
    out[who] = ids_of(others)[order][hit[first][index]]
    return out


def _same_address(facilities: Layer, others: Layer) -> tuple[npt.NDArray[np.object_], int]:
    """Id of an other with the same address in the same unit, ``""`` for none; and how many addresses have no unit.

    An address repeats from town to town, so without a unit it proves nothing. A town and a village of it agree.
    """
    theirs: dict[str, list[tuple[str, str]]] = {}
    unplaced = 0
    for key, address, unit in zip(ids_of(others), *_addresses(others), strict=True):
        if address and unit:
            theirs.setdefault(address, []).append((str(key), unit))
        unplaced += bool(address and not unit)
    out = np.full(len(facilities.frame), "", dtype=object)
    for row, (address, unit) in enumerate(zip(*_addresses(facilities), strict=True)):
        unplaced += bool(address and not unit)
        same = [key for key, other in theirs.get(address, []) if unit and _one_unit(unit, other)]
        out[row] = min(same, default="")
    return out, unplaced


def _one_unit(unit: str, other: str) -> bool:
    return unit.startswith(other) or other.startswith(unit)


def _addresses(layer: Layer) -> tuple[list[str], list[str]]:
    """Addresses in one way of writing, and unit codes; ``""`` where there is none."""
    columns = []
    for name in ("address", "unit_code"):
        values = layer.frame[name].fillna("") if name in layer.frame else [""] * len(layer.frame)
        columns.append(["".join(half_width(str(value)).split()) for value in values])
    return columns[0], columns[1]


def _findings(beside: Beside, no_road: int, unplaced: int) -> tuple[Finding, ...]:
    out = []
    if beside.within_m == BESIDE_M:
        out.append(Finding("beside_is_ours", "info", facts=MappingProxyType({"limit_m": f"{BESIDE_M:g}"})))
    if no_road:
        out.append(Finding("beside_no_road", "warn", facts=MappingProxyType({"count": no_road})))
    if unplaced:
        out.append(Finding("address_without_unit", "warn", facts=MappingProxyType({"count": unplaced})))
    return tuple(out)
