"""Options that several commands have, and how the text of an option is understood."""

import datetime as dt
from pathlib import Path
from typing import Annotated

import typer

from coverage.request import MOST_MINUTES
from geo.errors import RequestError
from geo.population_raster import MEASURES, Measure

__all__ = [
    "AsOf", "ByAge", "Crossings", "Elevation", "Grid", "Islands", "Join", "Json", "MaxSnap", "Minutes",
    "PopulationBase", "PopulationYear", "Profile", "RasterUnit", "Roads", "Speed", "Values", "day_of", "measure_of",
    "minutes_of", "parts_of",
]  # fmt: skip

Roads = Annotated[Path, typer.Option("--roads", help="Roads: .osm.pbf, .osm, GraphML, or a line layer.")]
Profile = Annotated[str, typer.Option("--profile", help="adult, elder, elder75, aided, child, ebike, drive.")]
Speed = Annotated[float | None, typer.Option("--speed-mps", help="Replaces the profile's speed, m/s.")]
Minutes = Annotated[str, typer.Option("--minutes", help="Comma between.")]
MaxSnap = Annotated[float, typer.Option("--max-snap", help="Farthest place from a road, metres.")]
Islands = Annotated[int, typer.Option("--island-nodes", help="Fewest nodes of a network that is no island.")]
Join = Annotated[float, typer.Option("--join-m", help="Vertices within this distance connect, metres.")]
Crossings = Annotated[bool, typer.Option("--node-crossings", help="Also cut lines where they cross.")]
Elevation = Annotated[
    Path | None, typer.Option("--elevation", help="Elevation GeoTIFF in metres: walkers slow down on slopes.")
]
RasterUnit = Annotated[
    str, typer.Option("--raster-unit", help=f"What a cell of a population GeoTIFF holds: {', '.join(MEASURES)}.")
]
Grid = Annotated[
    float | None, typer.Option("--grid", help="Divide polygons of people over cells of so many metres, by area.")
]
ByAge = Annotated[bool, typer.Option("--by-age", help="Also count each age at its own walking speed.")]
Values = Annotated[
    Path | None, typer.Option("--values", help="Table of values: people by unit and year, for --population-year.")
]
PopulationYear = Annotated[
    int | None, typer.Option("--population-year", help="People of this year, by the totals in --values.")
]
PopulationBase = Annotated[
    str, typer.Option("--population-base", help="户籍 | 常住: base of these totals (default: the table does not say).")
]
AsOf = Annotated[str | None, typer.Option("--as-of", help="The day that decides what is open (default: today).")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


def minutes_of(text: str) -> tuple[float, ...]:
    """Minutes between commas."""
    try:
        return tuple(float(part) for part in parts_of(text))
    except ValueError:
        raise RequestError("bad_minutes", given=text, most=MOST_MINUTES) from None


def parts_of(text: str) -> list[str]:
    """Parts between commas, Chinese ones included."""
    return [part.strip() for part in text.replace("\uff0c", ",").replace("、", ",").split(",") if part.strip()]


def measure_of(text: str) -> Measure:
    """What a cell of a population raster holds."""
    for known in MEASURES:
        if text == known:
            return known
    raise RequestError("unknown_raster_unit", given=text, known=", ".join(MEASURES))


def day_of(text: str | None) -> dt.date:
    """The day of an option; today where none is given."""
    try:
        return dt.date.fromisoformat(text) if text else dt.date.today()  # noqa: DTZ011  # the office's own calendar
    except ValueError:
        raise RequestError("bad_day", given=text) from None
