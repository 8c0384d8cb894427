"""The split of a run with capacity, in the tables of a result: served, within reach but full, out of reach."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from coverage.assignment import Assignment, assign
from coverage.capacity import beds_and_residents, capacity_of, occupancy, occupancy_by_unit
from coverage.gaps import total
from coverage.pairs import PairTimes, pairs_of_field
from coverage.request import MINUTE_DECIMALS, Assign, Parameters, minutes_key
from coverage.search import TIE_S
from coverage.snap import Snaps
from coverage.travel_time import Field
from geo.findings import Finding

__all__ = ["Split", "make_split", "put_into_tables"]

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Split:
    """Who finds room in a run.

    Parameters
    ----------
    column, model
        The capacity as it was asked for, and how people were assigned.
    facility_ids
        Of the facilities that serve, sorted, shape (f,).
    capacity
        Of each, NaN: not known, shape (f,).
    demand_ids, weights
        Of the demand in order of its ids, shape (rows,).
    rank
        Number of each row of the demand in that order, shape (rows,).
    pairs
        All within reach, numbered in order of the ids.
    made
        The assignment, numbered alike.
    findings
        What is odd about the capacities.
    """

    column: str
    model: Assign
    facility_ids: npt.NDArray[np.str_]
    capacity: FloatArray
    demand_ids: npt.NDArray[np.object_]
    weights: FloatArray
    rank: npt.NDArray[np.int64]
    pairs: PairTimes
    made: Assignment
    findings: tuple[Finding, ...]

    def served(self, minutes: tuple[float, ...], by: Iterable[str] | None = None) -> dict[float, FloatArray]:
        """Weight of each row of the demand that finds room within each of the minutes, the largest of them last.

        Parameters
        ----------
        minutes
            Of the run.
        by
            If only these facilities took people; None: all.
        """
        made = self.made
        if by is not None:
            held = np.where(np.isin(self.facility_ids, list(by)), self.capacity, np.nan)
            made = assign(self.weights, held, self.pairs, self.model)
        out = {m: made.served_within(m * 60)[self.rank] for m in minutes[:-1]}
        return {**out, minutes[-1]: made.served[self.rank]}

    def put_into_demand(self, demand: gpd.GeoDataFrame) -> None:
        """Columns ``served`` and ``full`` (weights); a row of which anybody is left has the status ``full``."""
        full = self.made.full[self.rank]
        where = demand.columns.get_loc("weight")
        demand.insert(where, "served", self.made.served[self.rank])
        demand.insert(where + 1, "full", full)
        demand["status"] = np.where(full > 0, "full", demand["status"])

    def put_into_facilities(self, facilities: gpd.GeoDataFrame) -> None:
        """Columns ``capacity``, ``assigned``, ``free``, ``used`` (share), ``occupancy``; null for what does not serve.

        Columns of the input with these names are replaced.
        """
        serves = facilities["served"].notna().to_numpy()
        beds, residents = (np.where(serves, part, np.nan) for part in beds_and_residents(facilities))
        used = np.divide(self.made.assigned, self.capacity, out=np.full(len(self.capacity), np.nan),
                         where=self.capacity > 0)  # fmt: skip
        assigned = np.where(np.isnan(self.capacity), np.nan, self.made.assigned)
        made = pd.DataFrame(
            {"capacity": self.capacity, "assigned": assigned, "free": self.made.free, "used": used},
            index=self.facility_ids.astype(object),
        )
        made = made.reindex(facilities["facility_id"].to_numpy(dtype=object))
        made["occupancy"] = occupancy(beds, residents)
        where = facilities.columns.get_loc("served") + 1
        for offset, name in enumerate(made):
            if name in facilities:
                facilities.pop(name)
            facilities.insert(where + offset, name, made[name].to_numpy())

    def put_into_units(
        self, units: gpd.GeoDataFrame, facilities: gpd.GeoDataFrame, unit_codes: npt.NDArray[np.object_]
    ) -> None:
        """Columns ``capacity``, ``assigned``, ``free`` and ``occupancy`` of the facilities in each unit that serve.

        Null where none is known.

        Parameters
        ----------
        units
            The table of the result.
        facilities, unit_codes
            Those of the result, and the unit of each.
        """
        known = facilities["capacity"].notna().to_numpy()
        sums = facilities[known].groupby(unit_codes[known])[["capacity", "assigned", "free"]].agg(total)
        serves = facilities["served"].notna().to_numpy()
        beds, residents = (part[serves] for part in beds_and_residents(facilities))
        lived = occupancy_by_unit(beds, residents, unit_codes[serves]).set_index("unit_code")
        sums = sums.reindex(units["unit_code"]).assign(occupancy=lived["occupancy"])
        where = units.columns.get_loc("facilities") + 1
        for offset, name in enumerate(sums):
            units.insert(where + offset, name, sums[name].to_numpy(dtype=np.float64))

    def flows(self) -> pd.DataFrame:
        """Who goes where: ``demand_id``, ``facility_id``, ``minutes``, ``weight``, sorted by the ids."""
        flows, weight = self.made.flows, self.made.weight
        whole = np.array_equal(weight, np.rint(weight))
        return pd.DataFrame(
            {
                "demand_id": self.demand_ids[flows.place],
                "facility_id": self.facility_ids[flows.facility],
                "minutes": np.round(flows.seconds / 60, MINUTE_DECIMALS),
                "weight": weight.astype(np.int64) if whole else weight,
            }
        )

    def summary(self, minutes: tuple[float, ...]) -> dict[str, Any]:
        """For ``summary.json``: the sums of all facilities, and who has one within reach whatever its room.

        ``full_beside_unknown`` is the part of ``full`` that has a facility within reach whose capacity is not known.
        """
        known = ~np.isnan(self.capacity)
        within = {}
        for m in minutes:
            near = self.pairs.seconds <= m * 60 + TIE_S
            within[minutes_key(m)] = total(self.weights[np.unique(self.pairs.place[near])])
        doubtful = np.unique(self.pairs.place[~known[self.pairs.facility]])
        people = total(self.made.weight)
        return {
            "column": self.column,
            "assign": self.model,
            "facilities_known": int(known.sum()),
            "facilities_unknown": int((~known).sum()),
            "facilities_full": int((self.made.free[known] <= 0).sum()),
            "total": total(self.capacity[known]),
            "assigned": total(self.made.assigned[known]),
            "free": total(self.made.free[known]),
            "within_reach": within,
            "full_beside_unknown": total(self.made.full[doubtful]),
            "mean_minutes": round(self.made.person_s / 60 / people, MINUTE_DECIMALS) if people else None,
        }


def put_into_tables(
    split: Split | None, demand: gpd.GeoDataFrame, facilities: gpd.GeoDataFrame, covered: dict[float, BoolArray]
) -> dict[float, FloatArray]:
    """Complete the tables of a run with capacity, and say who is covered.

    Parameters
    ----------
    split
        None: there is room for everybody, and the tables stay as they are.
    demand, facilities
        Of the result.
    covered
        For each of the minutes whether a row of the demand has a facility within reach.

    Returns
    -------
    dict
        For each of the minutes the weight of each row that is covered: all of a row within reach, or who finds room.
    """
    if split is None:
        weight = demand["weight"].to_numpy(dtype=np.float64)
        return {m: np.where(inside, weight, 0.0) for m, inside in covered.items()}
    split.put_into_demand(demand)
    split.put_into_facilities(facilities)
    return split.served(tuple(covered))


def make_split(
    parameters: Parameters, field: Field, facilities: gpd.GeoDataFrame, demand: gpd.GeoDataFrame, snaps: Snaps
) -> Split | None:
    """Assign the demand of a run to its facilities; None where no capacity was asked for.

    Parameters
    ----------
    parameters
        ``capacity``, ``assign`` and the largest of the minutes decide.
    field
        The facilities that serve.
    facilities
        All facilities with the columns of the input.
    demand, snaps
        The demand table, and where its rows reach the roads.

    Raises
    ------
    RequestError
        When the capacity is no column of numbers, or no facility that serves has one.
    """
    if parameters.capacity is None or parameters.assign is None:
        return None
    serving = facilities.set_index("facility_id", drop=False).loc[field.facility_ids.tolist()]
    held = capacity_of(serving, parameters.capacity)
    order = np.argsort(demand["demand_id"].to_numpy(dtype=str), kind="stable")
    weights = demand["weight"].to_numpy(dtype=np.float64)[order]
    pairs = pairs_of_field(field, snaps.take(order), parameters.minutes[-1] * 60)
    return Split(
        column=parameters.capacity,
        model=parameters.assign,
        facility_ids=field.facility_ids,
        capacity=held.per_facility,
        demand_ids=demand["demand_id"].to_numpy(dtype=object)[order],
        weights=weights,
        rank=np.argsort(order),
        pairs=pairs,
        made=assign(weights, held.per_facility, pairs, parameters.assign),
        findings=held.findings + ((Finding("capacity_not_by_age", "info"),) if parameters.by_age else ()),
    )
