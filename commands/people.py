"""Whose people a run counts: those of a file of places, of a raster, or of units by a table; today's or of a year."""

from dataclasses import dataclass
from pathlib import Path

from coverage.request import Parameters
from coverage.weights import counted_columns
from geo.errors import RequestError
from geo.population_raster import Measure
from layers import areal
from layers.forecast import demand_in
from layers.layer import Layer
from layers.population import population_of
from layers.raster_demand import is_raster, read_people
from layers.read import read_layer
from layers.unit_demand import demand_of

__all__ = ["Wanted", "people_of"]


@dataclass(frozen=True)
class Wanted:
    """What the user says of the people.

    Parameters
    ----------
    demand
        File of places or raster; None: the units with the people of ``values``.
    cell_holds
        What a cell of a raster holds.
    values
        Table of people by unit and year.
    year, base
        Which of them; year None: places as they are, units of the latest.
    """

    demand: Path | None
    cell_holds: Measure
    values: Path | None
    year: int | None
    base: str


def people_of(
    wanted: Wanted, units: Layer | None, by: Layer | None, parameters: Parameters
) -> tuple[Layer, Parameters]:
    """The demand of a run, and its parameters with what was done to it.

    Parameters
    ----------
    wanted
        As said.
    units, by
        All units, and those that people are counted by.
    parameters
        Of the run; its grid is laid over polygons.
    """
    if wanted.values and wanted.demand and wanted.year is None:
        raise RequestError("values_need_year")
    table = read_layer(wanted.values, "values") if wanted.values else None
    if wanted.demand is None:
        if units is None or table is None:
            raise RequestError("no_demand_given")
        people = demand_of(units, population_of(units, table, None), base=wanted.base, year=wanted.year)
    elif is_raster(wanted.demand, "demand"):
        people = read_people(wanted.demand, by, wanted.cell_holds)
    else:
        people = read_layer(wanted.demand, "demand")
    if wanted.demand is not None and wanted.year is not None:
        people = demand_in(people, units, table, year=wanted.year, base=wanted.base)
    if table is not None:
        parameters = parameters.with_values(wanted.year, wanted.base, table)
    if parameters.grid_m is not None:
        columns = counted_columns(people, parameters.weight)
        people = areal.split(people, parameters.grid_m, units=by, columns=columns)
    return people, parameters
