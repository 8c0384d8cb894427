"""Units as places with people, for tables of people that have no places of their own."""

import geopandas as gpd
import pandas as pd
import shapely

from geo.crs import WGS84
from geo.errors import DataError
from geo.findings import Finding
from layers._quality_units import code_stem
from layers.layer import Layer, QualityReport
from layers.levels import smallest
from layers.population import AGE_COLUMNS, Basis, PeopleOf, Population

__all__ = ["demand_of"]

_AREAL = 2


def demand_of(units: Layer, population: Population, *, base: str = "", year: int | None = None) -> Layer:
    """The smallest units whose people are known, as places with people.

    Parameters
    ----------
    units
        All levels, with polygons. A unit whose parts are not all known stands for them, if it is known itself.
    population
        Of :func:`layers.population.population_of`.
    base, year
        As :meth:`layers.population.Population.people`.

    Returns
    -------
    Layer
        Of kind ``demand``: one polygon per unit, ``demand_id`` is its code. The smallest units that none of these
        holds are refused, each with the reason.

    Raises
    ------
    DataError
        When no unit has both land and people.
    """
    frame = units.frame.sort_values("unit_code", kind="stable", ignore_index=True)
    codes = frame["unit_code"].astype(str)
    people = {column: population.people(codes, column=column, base=base, year=year) for column in AGE_COLUMNS}
    told = [column for column, found in people.items() if any(one.people is not None for one in found.values())]
    land = shapely.get_dimensions(frame.geometry.to_numpy()) == _AREAL
    # Where all people are known, a unit without that number would count as empty.
    needed = ["pop"] if "pop" in told else told
    known = pd.Series([any(people[column][code].people is not None for column in needed) for code in codes], dtype=bool)
    stems = codes.map(code_stem)
    chosen = _chosen(population, set(stems[land]), set(stems[land & known]))
    if not chosen:
        raise DataError("no_people_of_units", file=units.source.file)
    kept = stems.isin(chosen).to_numpy()
    inside = chosen.union(*(population.below(stem) for stem in chosen))
    small = codes.isin(set(smallest(units).frame["unit_code"].astype(str)))
    lost = frame[(small & ~stems.isin(inside)).to_numpy()]
    table = pd.DataFrame({"demand_id": codes, "name": frame["name"].astype(str)})
    for column in told:
        table[column] = pd.Series([people[column][code].people for code in codes], dtype="float64")
    table["unit_code"], table["row"] = codes, frame["row"]
    places = gpd.GeoDataFrame(table[kept], geometry=frame.geometry[kept].to_numpy(), crs=WGS84).reset_index(drop=True)
    used = [people[column][code] for column in told for code in codes[kept]]
    has_land = stems[lost.index].isin(set(stems[land]))
    reasons = ["unit_without_people" if on_land else "geometry_missing" for on_land in has_land]
    rows = lost["row"].astype(int).tolist()
    findings = [*_told(used, len(places), base, year),
                *(Finding(code, "error", row) for code, row in zip(reasons, rows, strict=True))]  # fmt: skip
    refused = pd.DataFrame({"row": rows, "reason": reasons, "unit_code": lost["unit_code"].tolist(),
                            "name": lost["name"].tolist()})  # fmt: skip
    quality = QualityReport(tuple(findings), len(places) + len(refused), len(places), refused)
    return Layer("demand", places, units.datum, units.source, quality)


def _chosen(population: Population, land: set[str], known: set[str]) -> set[str]:
    """The smallest units that are known, none of them a part of another."""
    parts = {stem: [part for part in population.parts.get(stem, ()) if part in land] for stem in land}
    found: dict[str, set[str]] = {}
    # Longer codes are parts of shorter ones; where parents are declared, a unit is done when its parts are.
    waiting = sorted(land, key=lambda stem: (len(population.below(stem)), stem))
    for stem in waiting:
        below = [found[part] for part in parts[stem] if part in found]
        whole = bool(parts[stem]) and all(below) and len(below) == len(parts[stem])
        found[stem] = {stem} if stem in known and not whole else set().union(*below)
    held = {part for inside in parts.values() for part in inside}
    return set().union(*(found[stem] for stem in land - held))


def _told(used: list[PeopleOf], count: int, base: str, year: int | None) -> list[Finding]:
    """What the people rest on, and whether that was asked for."""
    known = [one for one in used if one.basis is not None]
    bases = "、".join(sorted({str(one.basis) for one in known}))
    findings = [Finding("demand_from_units", "info", facts={"count": count, "basis": bases})]
    if any(not one.as_asked for one in known):
        findings.append(Finding("people_other_basis", "warn", facts={"asked": str(Basis("values", base, year))}))
    return findings
