"""Who crosses a line to be served: the ledger of one county and its neighbours."""

import dataclasses
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from coverage import gaps, travel_time
from coverage.places import units_of
from coverage.result import Result
from coverage.search import TIE_S
from coverage.travel_time import Field, ids_of, lonlat_of
from geo.errors import RequestError
from layers.layer import Layer

__all__ = ["Ledger", "clip_roads", "cross_boundary", "flows"]

BoolArray = npt.NDArray[np.bool_]
Objects = npt.NDArray[np.object_]


@dataclass(frozen=True, eq=False)
class Ledger:
    """What the own facilities give the own people, and what crosses the line; all at the largest minutes.

    Parameters
    ----------
    cases
        One row per ``roads`` (``halo``: beyond the line too, ``clipped``: cut at it) and ``facilities`` (``own``,
        ``all``: with the neighbours'): ``covered``, ``beyond``, ``no_road``, ``people`` (the three together: all own
        people), ``share`` (NaN where nobody is counted).
    pairs
        Of :func:`flows` over all units: ``home_unit``, ``facility_unit``, ``weight``. The weights add up to ``covered``
        of the whole result.
    lines
        One row per two units that somebody crosses between: ``unit_a``, ``unit_b`` (``unit_a`` the smaller), ``a_to_b``
        (people of ``unit_a`` whose nearest facility is in ``unit_b``), ``b_to_a``, ``net`` (``a_to_b - b_to_a``).
    out, into
        Own people who are nearest to a neighbour's facility within the minutes, and the other way round.
    own
        Codes of the own units.
    """

    cases: pd.DataFrame
    pairs: pd.DataFrame
    lines: pd.DataFrame
    out: int | float
    into: int | float
    own: tuple[str, ...]


def cross_boundary(
    result: Result, own: Collection[str], clipped: Result | None = None, groups: Mapping[str, str] | None = None
) -> Ledger:
    """Make the ledger.

    Parameters
    ----------
    result
        On roads that reach beyond the line, with units.
    own
        Codes of the county's own units.
    clipped
        The answer to the same request on the roads cut at the line (:func:`clip_roads`); None: those cases are left
        out.
    groups
        For ``pairs`` and ``lines`` the group of each unit, e.g. its county; None: each unit for itself. ``""`` stands
        for what lies in no unit.

    Raises
    ------
    RequestError
        Without units, when a code is none of them, or when ``clipped`` answers for other people or minutes.
    """
    units = result.request.units
    known = set() if units is None else set(units.frame["unit_code"].astype(str))
    wrong = sorted(set(own) - known)
    if wrong or not own:
        raise RequestError("ledger_units", given=", ".join(wrong[:5]) or "-")
    here = np.isin(result.demand["unit_code"].to_numpy(dtype=str), sorted(own))
    runs = {"halo": result} | ({} if clipped is None else {"clipped": clipped})
    if clipped is not None and not _same_question(result, clipped):
        raise RequestError("ledger_other_question")
    rows = []
    for roads, answer in runs.items():
        mine = np.isin(_facility_units(answer), sorted(own))
        rows.append({"roads": roads, "facilities": "own", **_case(answer, mine, here)})
        rows.append({"roads": roads, "facilities": "all", **_case(answer, np.ones(len(mine), dtype=bool), here)})
    homes, servers, weight = _who_serves_whom(result)
    home_own, server_own = np.isin(homes.astype(str), sorted(own)), np.isin(servers.astype(str), sorted(own))
    pairs = flows(result, groups)
    return Ledger(
        cases=pd.DataFrame(rows),
        pairs=pairs,
        lines=_lines(pairs),
        out=gaps.total(weight[home_own & ~server_own]),
        into=gaps.total(weight[~home_own & server_own]),
        own=tuple(sorted(own)),
    )


def flows(result: Result, groups: Mapping[str, str] | None = None) -> pd.DataFrame:
    """People covered within the largest minutes, by their unit and the unit of their nearest facility.

    Parameters
    ----------
    result
        With units.
    groups
        The group of each unit; a unit that is not named stays itself.

    Returns
    -------
    DataFrame
        ``home_unit``, ``facility_unit``, ``weight``, sorted; ``""`` for what lies in no unit. Every covered person is
        in one row: the weights add up to ``covered`` of the result.
    """
    homes, servers, weight = _who_serves_whom(result)
    named = dict(groups or {})
    table = pd.DataFrame(
        {
            "home_unit": [named.get(code, code) for code in homes],
            "facility_unit": [named.get(code, code) for code in servers],
            "weight": weight,
        }
    )
    rows = [
        (*key, gaps.total(part["weight"].to_numpy())) for key, part in table.groupby(["home_unit", "facility_unit"])
    ]
    return pd.DataFrame(rows, columns=["home_unit", "facility_unit", "weight"])


def clip_roads(roads: Layer, units: Layer, own: Collection[str]) -> Layer:
    """Roads cut at the outline of some units, as a bureau has them that keeps its own only.

    Parameters
    ----------
    roads
        Layer of lines.
    units
        With polygons.
    own
        Codes of the units that stay.
    """
    polygons = units.frame.geometry[units.frame["unit_code"].isin(list(own))].to_numpy()
    outline = shapely.union_all(polygons)
    shapely.prepare(outline)
    near = shapely.intersects(outline, roads.frame.geometry.to_numpy())
    frame = roads.frame[near].reset_index(drop=True)
    lines = frame.geometry.to_numpy().copy()
    cut = ~shapely.covers(outline, lines)
    lines[cut] = shapely.intersection(lines[cut], outline)
    frame["geometry"] = lines
    # A road that only touches the outline leaves points.
    frame = frame.explode(ignore_index=True)
    parts = frame.geometry.to_numpy()
    frame = frame[(shapely.get_dimensions(parts) == 1) & ~shapely.is_empty(parts)].reset_index(drop=True)
    return dataclasses.replace(roads, frame=frame, source=dataclasses.replace(roads.source, extent=None))


def _same_question(one: Result, other: Result) -> bool:
    return one.demand["demand_id"].equals(other.demand["demand_id"]) and (
        one.request.parameters == other.request.parameters
        and one.demand["weight"].equals(other.demand["weight"])
        and one.field.facility_ids.tolist() == other.field.facility_ids.tolist()
    )


def _facility_units(result: Result) -> Objects:
    """Unit of each facility that serves, in the order of the field."""
    layer = result.request.facilities
    code = dict(zip(ids_of(layer), units_of(layer, lonlat_of(layer), result.request.units), strict=True))
    return np.array([*(code[key] for key in result.field.facility_ids), None], dtype=object)[:-1]


def _case(result: Result, serves: BoolArray, here: BoolArray) -> dict[str, int | float]:
    """Own people covered, beyond and without a road, when some of the facilities serve."""
    field = _with_facilities(result.field, np.flatnonzero(serves))
    snaps = field.snapper.snap(lonlat_of(result.request.demand))
    seconds = field.nearest(snaps).seconds
    covered = seconds <= result.request.parameters.minutes[-1] * 60 + TIE_S
    weight = result.demand["weight"].to_numpy(dtype=np.float64)
    people = gaps.total(weight[here])
    inside = gaps.total(weight[here & covered])
    return {
        "covered": inside,
        "beyond": gaps.total(weight[here & ~covered & snaps.on_road]),
        "no_road": gaps.total(weight[here & ~snaps.on_road]),
        "people": people,
        "share": inside / people if people else np.nan,
    }


def _with_facilities(field: Field, who: npt.NDArray[np.integer[Any]]) -> Field:
    """The same search from some of the facilities; everybody stays on the same road."""
    return travel_time.make_field(
        field.roads, field.snapper, field.facility_ids[who], field.facility_lonlat[who], field.facilities.take(who),
        field.limit_s,
    )  # fmt: skip


def _who_serves_whom(result: Result) -> tuple[Objects, Objects, npt.NDArray[np.float64]]:
    """Unit of each covered place, unit of its nearest facility, and its weight."""
    demand = result.demand[result.demand["status"] == "covered"]
    code = dict(zip(result.field.facility_ids.tolist(), _facility_units(result), strict=True))
    servers = np.array([*(code[key] for key in demand["facility_id"]), None], dtype=object)[:-1]
    homes: Objects = demand["unit_code"].to_numpy(dtype=object)
    return homes, servers, demand["weight"].to_numpy(dtype=np.float64)


def _lines(pairs: pd.DataFrame) -> pd.DataFrame:
    """Both directions of each two units in one row."""
    both: dict[tuple[str, str], list[int | float]] = {}
    for home, server, weight in pairs.itertuples(index=False, name=None):
        if home != server:
            key = (home, server) if home < server else (server, home)
            both.setdefault(key, [0, 0])[int(home > server)] += weight
    rows: Sequence[tuple[object, ...]] = [(*key, *both[key], both[key][0] - both[key][1]) for key in sorted(both)]
    return pd.DataFrame(rows, columns=["unit_a", "unit_b", "a_to_b", "b_to_a", "net"])
