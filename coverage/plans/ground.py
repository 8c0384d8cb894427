"""Everything that the measures of one plan stand on, on one day."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from coverage.gaps import total
from coverage.patches import AddFacility, CloseFacility, Patch
from coverage.plans.inputs import Inputs
from coverage.plans.model import Filter, Units
from coverage.plans.supply import Supply
from coverage.plans.territory import LEVELS, Territory, territory_of
from coverage.plans.values import Values
from coverage.request import Parameters
from coverage.result import Result
from coverage.travel_time import lonlat_of

__all__ = ["Ground", "People"]

BoolArray = npt.NDArray[np.bool_]
FloatArray = npt.NDArray[np.float64]
Codes = npt.NDArray[np.object_]


@dataclass(frozen=True)
class People:
    """How many people live in the whole and in each unit.

    Parameters
    ----------
    whole, units
        None where it is not known.
    base, year
        Whom they count and when, as far as it is known.
    """

    whole: float | None
    units: Mapping[str, float | None]
    base: str = ""
    year: int | None = None

    @property
    def basis(self) -> str:
        """Base and year as they stand in a basis."""
        return " ".join(part for part in (self.base, str(self.year or "")) if part)

    def differs(self, base: str, year: int | None) -> bool:
        """Whether the plan means other people."""
        return bool((base and base != self.base) or (year and year != self.year))


@dataclass(frozen=True, eq=False)
class Ground:
    """Layers, units and facilities of a study on one day.

    Parameters
    ----------
    inputs
        The layers.
    day
        Decides what exists and what is open; its year is that of the scores.
    include_planned
        Planned facilities count from the day that they are to open.
    """

    inputs: Inputs
    day: dt.date
    include_planned: bool = False

    @cached_property
    def territory(self) -> Territory:
        """Units on the day."""
        return territory_of(self.inputs.units, self.inputs.place, self.day)

    @cached_property
    def supply(self) -> Supply:
        """Facilities on the day."""
        return Supply(self.inputs.facilities, self.territory, self.day, self.include_planned)

    @cached_property
    def values(self) -> Values:
        """Numbers entered by hand."""
        return Values(self.inputs.values)

    @cached_property
    def row_level(self) -> str:
        """Level of the rows of what is promised to the whole; empty without units."""
        wanted = (self.inputs.level, "township", "county", "village", "basic")
        return next((level for level in wanted if level in LEVELS and self.territory.at(level)), "")

    def chosen(self, units: Units) -> tuple[str, ...] | str:
        """Codes of the units that are meant, or why there are none: ``no_such_level``, ``no_urban_code``."""
        codes = self.territory.at(units.level)
        if not codes:
            return "no_such_level"
        if units.urban is not None:
            if all(self.territory.urban(code) is None for code in codes):
                return "no_urban_code"
            codes = tuple(code for code in codes if self.territory.urban(code) is units.urban)
        if units.types:
            codes = tuple(code for code in codes if self.territory.name[code].endswith(units.types))
        if units.least_people is not None:
            people = self.people("pop", units.level).units
            codes = tuple(code for code in codes if (people.get(code) or 0) >= units.least_people)
        return codes or "no_such_level"

    def grouped(self, codes: Iterable[str]) -> dict[str, tuple[str, ...]]:
        """Units by the unit of the rows that they lie in, where that is a larger one."""
        out: dict[str, tuple[str, ...]] = {}
        for code in codes:
            above = self.territory.ancestor(code, self.row_level)
            if above and above != code:
                out[above] = (*out.get(above, ()), code)
        return dict(sorted(out.items()))

    @cached_property
    def rows_of_facilities(self) -> Codes:
        """Unit of the rows of each facility, ``""`` for the whole only, None where it is not the whole's."""
        return self._rows_of(self.supply.located(self.row_level) if self.row_level else None, self.supply.frame)

    @cached_property
    def _rows_of_demand(self) -> Codes:
        demand = self.inputs.demand
        if demand is None:
            return np.empty(0, dtype=object)
        located = self.territory.locate(lonlat_of(demand), self.row_level) if self.row_level else None
        return self._rows_of(located, demand.frame)

    def _rows_of(self, located: Codes | None, frame: pd.DataFrame) -> Codes:
        """The row of each place: its unit of the rows, ``""``, or None outside the whole."""
        out = np.full(len(frame), "", dtype=object)
        if located is None:
            return out
        mine = set(self.territory.at(self.row_level))
        named = frame["unit_code"].fillna("").astype(str).tolist() if "unit_code" in frame else [""] * len(frame)
        drawn = any(self.territory.has_polygon(code) for code in mine)
        for row, code in enumerate(located):
            if code:
                out[row] = code if code in mine else None
                continue
            told = self.territory.chain(named[row])
            above = self.territory.ancestor(named[row], self.row_level)
            if above and above in mine and not drawn:
                out[row] = above
            elif told or drawn:
                out[row] = "" if self.territory.scope & set(told) else None
        return out

    def sums(self, numbers: FloatArray, rows: Codes) -> tuple[float, dict[str, float]]:
        """Sum over the whole, and by unit of the rows; places in no unit under ``""`` where there are any."""
        mine = np.array([row is not None for row in rows], dtype=bool)
        units: dict[str, float] = dict.fromkeys(self.territory.at(self.row_level) if self.row_level else (), 0)
        for code in sorted({str(row) for row in rows[mine & (numbers != 0)]} | set(units)):
            units[code] = total(numbers[mine & (rows == code)])
        if not self.row_level:
            units = {}
        return total(numbers[mine]), units

    def people(self, column: str, level: str = "", base: str = "", year: int | None = None) -> People:
        """People of the whole and of the units of a level (default: that of the rows), from values, else the demand."""
        level = level or self.row_level
        return self._entered_people(column, level, base, year) or self._demand_people(column, level)

    def _entered_people(self, column: str, level: str, base: str, year: int | None) -> People | None:
        if not self.values.named(column):
            return None
        codes = self.territory.at(level) if level else ()
        given = {code: self.values.get(column, code, year or self.day.year, base) for code in codes}
        whole = self.values.get(column, self.territory.place, year or self.day.year, base)
        known = [one for one in (whole, *given.values()) if one is not None]
        if not known:
            return None
        units = {code: None if one is None else one.value for code, one in given.items()}
        summed = None if None in units.values() or not units else total([one or 0.0 for one in units.values()])
        return People(summed if whole is None else whole.value, units, known[0].base, known[0].year)

    def _demand_people(self, column: str, level: str) -> People:
        demand = self.inputs.demand
        if demand is None or column not in demand.frame:
            return People(None, {})
        numbers = np.nan_to_num(demand.frame[column].to_numpy(dtype=np.float64, na_value=np.nan))
        whole, units = self.sums(numbers, self._rows_of_demand)
        if level != self.row_level:
            codes = self.demand_units(level)
            units = {code: total(numbers[codes == code]) for code in self.territory.at(level)}
        return People(whole, units)

    def demand_units(self, level: str) -> Codes:
        """Unit of a level that each row of the demand lies in, ``""`` for none or for one outside the whole."""
        demand = self.inputs.demand
        if demand is None or not level:
            return np.full(0 if demand is None else len(demand.frame), "", dtype=object)
        if level == self.row_level:
            return np.array([row or "" for row in self._rows_of_demand], dtype=object)
        codes = self.territory.locate(lonlat_of(demand), level)
        if "unit_code" in demand.frame:
            for row, named in enumerate(demand.frame["unit_code"].fillna("").astype(str)):
                above = "" if codes[row] else self.territory.ancestor(named, level)
                if above and not self.territory.has_polygon(above):
                    codes[row] = above
        mine = set(self.territory.at(level))
        return np.array([code if code in mine else "" for code in codes], dtype=object)

    @property
    def in_whole(self) -> BoolArray:
        """Rows of the demand whose people are the whole's."""
        return np.array([row is not None for row in self._rows_of_demand], dtype=bool)

    def travel(self, meant: Filter, profile: str, minutes: float, people: str) -> Result | None:
        """Travel times to the facilities that are meant; None where there are no roads, facilities or people."""
        ask, demand = self.inputs.coverage, self.inputs.demand
        if ask is None or demand is None or people not in demand.frame:
            return None
        usual = self.inputs.minutes if self.inputs.minutes[-1:] == (minutes,) else (minutes,)
        kinds = tuple(sorted({str(kind) for kind in self.supply.texts("kind")[self.supply.of_kinds(meant)]}))
        chosen = Parameters(
            profile=profile,
            minutes=usual,
            kinds=kinds if meant.kinds else (),
            weight=self.inputs.weight,
            as_of=self.day,
        )
        return ask(chosen, self._patches(meant))

    def _patches(self, meant: Filter) -> tuple[Patch, ...]:
        """What makes the facilities that serve those that are meant."""
        supply, plain = self.supply, Supply(self.inputs.facilities, self.territory, self.day)
        serving, wanted = plain.is_open & supply.of_kinds(meant), supply.matching(meant)
        ids, names, kinds = (supply.texts(column) for column in ("facility_id", "name", "kind"))
        closed = [CloseFacility(str(ids[row])) for row in np.flatnonzero(serving & ~wanted)]
        added = [
            AddFacility(f"{ids[row]}*", str(names[row]), str(kinds[row]), *map(float, supply.lonlat[row]))
            for row in np.flatnonzero(wanted & ~serving)
        ]
        return (*closed, *added)
