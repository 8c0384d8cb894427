"""Everything that the measures of one plan stand on, on one day."""

import dataclasses
import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from coverage.gaps import total
from coverage.patches import AddFacility, CloseFacility, Patch
from coverage.plans.inputs import Inputs
from coverage.plans.measure import Filter, Units
from coverage.plans.supply import NOT_FOR_SUMS, Supply
from coverage.plans.territory import LEVELS, Territory, level_code, territory_of
from coverage.plans.values import Given, Values
from coverage.request import Parameters
from coverage.result import Answered
from coverage.travel_time import lonlat_of
from geo.errors import DataError
from layers.layer import Layer
from layers.population import PeopleOf, Population, population_of
from layers.quality import duplicates

__all__ = ["Ground"]

BoolArray = npt.NDArray[np.bool_]
FloatArray = npt.NDArray[np.float64]
Codes = npt.NDArray[np.object_]


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
        wanted = (level_code(self.inputs.level, ""), "township", "county", "village", "basic")
        return next((level for level in wanted if level in LEVELS and self.territory.at(level)), "")

    def doubt(self, given: Given) -> str:
        """Why a number that was entered has to be checked; until a year is over, that of the year before will do."""
        if given.several:
            return "two_values"
        newest = self.day.year - (1 if (self.day.month, self.day.day) < (12, 31) else 0)
        return "" if newest <= given.year <= self.day.year else "other_year"

    def chosen(self, units: Units) -> tuple[str, ...] | str:
        """Codes of the units that are meant, or why there are none, e.g. ``no_such_level``."""
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
            _, people = self.people("pop", units.level)
            if all(people[code].people is None for code in codes):
                return "no_people_column"
            codes = tuple(code for code in codes if (people[code].people or 0) >= units.least_people)
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
        located = self.supply.located(self.row_level) if self.row_level else None
        return self._rows_of(located, self.supply.lonlat, self.supply.frame)

    @property
    def entered_twice(self) -> int:
        """Facilities of the whole that are the same as an earlier row of the ledger but for the id."""
        layer = self.inputs.facilities
        if layer is None:
            return 0
        first = duplicates(layer).to_numpy()
        mine = [row is not None for row in self.rows_of_facilities]
        return int((first != np.arange(len(first)))[mine].sum())

    @cached_property
    def _rows_of_demand(self) -> Codes:
        demand = self.inputs.demand
        if demand is None:
            return np.empty(0, dtype=object)
        lonlat = lonlat_of(demand)
        located = self.territory.locate(lonlat, self.row_level) if self.row_level else None
        return self._rows_of(located, lonlat, demand.frame)

    def _rows_of(self, located: Codes | None, lonlat: FloatArray, frame: pd.DataFrame) -> Codes:
        """The row of each place: its unit of the rows, ``""``, or None outside the whole."""
        out = np.full(len(frame), "", dtype=object)
        named = frame["unit_code"].fillna("").astype(str).tolist() if "unit_code" in frame else [""] * len(frame)
        if located is None:
            out[[self.territory.is_elsewhere(code) for code in named]] = None
            return out
        mine = set(self.territory.at(self.row_level))
        drawn = any(self.territory.has_polygon(code) for code in mine)
        within = self.territory.within(lonlat)
        for row, code in enumerate(located):
            if code:
                out[row] = code if code in mine else None
                continue
            above = self.territory.ancestor(named[row], self.row_level)
            if above and above in mine and not drawn:
                out[row] = above
            elif not within[row] and (named[row] or drawn):
                out[row] = "" if self.territory.holds(named[row]) else None
        return out

    def mine(self, meant: Filter) -> BoolArray:
        """The facilities that are meant and count for the whole, shape (facilities,)."""
        of_whole: BoolArray = np.array([row is not None for row in self.rows_of_facilities], dtype=bool)
        return of_whole & self.supply.matching(meant)

    def ledger(self, rows: BoolArray) -> Layer:
        """Some rows of the ledger, as a layer.

        Raises
        ------
        DataError
            When there is no ledger.
        """
        layer = self.inputs.facilities
        if layer is None:
            raise DataError("workspace_lacks_layer", kind="facilities", name="")
        return dataclasses.replace(layer, frame=layer.frame[rows].reset_index(drop=True))

    def has_people(self, column: str) -> bool:
        """Whether the places of the demand say how many people of an age live there."""
        demand = self.inputs.demand
        if demand is None or column not in demand.frame or column in NOT_FOR_SUMS:
            return False
        return bool(pd.api.types.is_numeric_dtype(demand.frame[column]))

    def lacks_people(self, column: str) -> str:
        """Why nobody can be counted at the places of the demand; empty where they can."""
        if self.inputs.demand is None:
            return "no_demand"
        return "" if self.has_people(column) else "no_people_column"

    def people_of_places(self, column: str) -> FloatArray:
        """A column of people of the demand, blanks as nobody, shape (demand rows,)."""
        demand = self.inputs.demand
        if demand is None or not self.has_people(column):
            return np.zeros(0 if demand is None else len(demand.frame))
        people: FloatArray = demand.frame[column].to_numpy(dtype=np.float64, na_value=np.nan)
        return np.nan_to_num(people)

    def sums(self, numbers: FloatArray, rows: Codes) -> tuple[float, dict[str, float]]:
        """Sum over the whole, and by unit of the rows; places in no unit under ``""`` where there are any."""
        mine = np.array([row is not None for row in rows], dtype=bool)
        units: dict[str, float] = dict.fromkeys(self.territory.at(self.row_level) if self.row_level else (), 0)
        for code in sorted({str(row) for row in rows[mine & (numbers != 0)]} | set(units)):
            units[code] = total(numbers[mine & (rows == code)])
        if not self.row_level:
            units = {}
        return total(numbers[mine]), units

    @cached_property
    def population(self) -> Population:
        """People by unit, age, base and year."""
        # Units beside the code tables lie across the others: a place would be made of both.
        official = any(self.territory.at(level) for level in ("township", "village"))
        return self._population_of(lambda level: level != "basic" or not official)

    @cached_property
    def _population_of_basic(self) -> Population:
        return self._population_of(lambda level: level == "basic")

    def _population_of(self, counts: Callable[[str], bool]) -> Population:
        """People by the units of some levels."""
        units = self.territory.units
        if units is not None:
            codes = units.frame["unit_code"].astype(str)
            kept = np.array([counts(self.territory.level[code]) for code in codes], dtype=bool)
            units = dataclasses.replace(units, frame=units.frame[kept].reset_index(drop=True))
        return population_of(units, self.inputs.values, self.inputs.demand)

    def people(
        self, column: str, level: str = "", base: str = "", year: int | None = None
    ) -> tuple[PeopleOf, dict[str, PeopleOf]]:
        """People of the whole and of the units of a level (default: that of the rows).

        Parameters
        ----------
        column
            Of people, e.g. ``pop60``.
        level
            Of the units.
        base, year
            That the plan means; where it names no year, the people of the year of the score or the nearest.
        """
        codes = self.territory.at(level or self.row_level) if level or self.row_level else ()
        place = self.territory.place
        when = year or self.day.year
        found = self.population.people((place, *codes), column=column, base=base, year=when)
        if level == "basic":
            found |= self._population_of_basic.people(codes, column=column, base=base, year=when)
        if year is None:
            found = {code: _of_any_year(one) for code, one in found.items()}
        units = {code: found[code] for code in codes}
        return found[place] if place or not codes else _summed(list(units.values())), units

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

    def travel(
        self, meant: Filter, profile: str, minutes: float, people: str, *, counted: bool = False
    ) -> Answered | None:
        """Travel times to the facilities that are meant; None where there are no roads, facilities or people.

        ``counted``: the people are the weight of the result; else the study's own is, and its results serve.
        """
        ask = self.inputs.coverage
        if ask is None or not self.has_people(people):
            return None
        usual = self.inputs.minutes if self.inputs.minutes[-1:] == (minutes,) else (minutes,)
        kinds = tuple(sorted({str(kind) for kind in self.supply.texts("kind")[self.supply.of_kinds(meant)]}))
        chosen = Parameters(
            profile=profile,
            minutes=usual,
            kinds=kinds if meant.kinds else (),
            weight=people if counted else self.inputs.weight,
            as_of=self._usual_day,
        )
        return ask(chosen, self._patches(meant))

    @property
    def _usual_day(self) -> dt.date:
        """The day that travel times are asked for: what is open on another day is a what-if on it, kept if equal."""
        return self.inputs.day or self.day

    def _patches(self, meant: Filter) -> tuple[Patch, ...]:
        """What makes the facilities that serve those that are meant."""
        supply, usual = self.supply, Supply(self.inputs.facilities, self.territory, self._usual_day)
        serving, wanted = usual.is_open & supply.of_kinds(meant), supply.matching(meant)
        ids, names, kinds = (supply.texts(column) for column in ("facility_id", "name", "kind"))
        closed = [CloseFacility(str(ids[row])) for row in np.flatnonzero(serving & ~wanted)]
        added = [
            AddFacility(f"planned:{ids[row]}", str(names[row]), str(kinds[row]), *map(float, supply.lonlat[row]))
            for row in np.flatnonzero(wanted & ~serving)
        ]
        return (*closed, *added)


def _of_any_year(one: PeopleOf) -> PeopleOf:
    """The same where any year will do."""
    return dataclasses.replace(one, reason="") if one.reason in {"other_year", "year_not_stated"} else one


def _summed(parts: Sequence[PeopleOf]) -> PeopleOf:
    """The whole of a study that no one unit is, from all of its units on one basis."""
    numbers = [one.people for one in parts]
    if not parts or None in numbers or len({one.basis for one in parts}) > 1:
        return PeopleOf(None, None, "partial" if parts else "no_data")
    return PeopleOf(total([number or 0 for number in numbers]), parts[0].basis, parts[0].reason, summed=True)
