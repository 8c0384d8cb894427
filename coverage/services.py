"""Questions that need more than one run of coverage, from a workspace to tables: for commands and pages alike."""

import dataclasses
import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from coverage.burial import check_sites
from coverage.burial_shares import burial_shares
from coverage.colocation import Beside, co_location
from coverage.cross_boundary import clip_roads, cross_boundary
from coverage.equity import gini, lorenz, palma, urban_rural_ratio
from coverage.floating_catchment import PER, Method, access_by_unit, access_of
from coverage.gaps import total
from coverage.meals import MealWay, meal_service
from coverage.network import build_network
from coverage.plans.territory import says_urban, territory_of
from coverage.request import Parameters
from coverage.run import run
from coverage.standards import circle_and_time, shown_standards
from coverage.study import network_of, read_layer, request_of
from coverage.tables import open_on
from coverage.tiers import ParentWay, check_tiers
from geo.errors import DataError, RequestError
from geo.findings import Finding
from layers import levels
from layers.layer import Layer, Origin
from layers.workspace import Workspace

__all__ = ["Answer", "access", "across", "beside", "burial", "circle", "meals", "tiers"]

_BURIAL = ("cemetery", "eco_burial", "columbarium", "funeral_hall")


@dataclass(frozen=True, eq=False)
class Answer:
    """What is written.

    Parameters
    ----------
    figures
        Totals and what was asked, for ``summary.json``.
    tables
        By name.
    inputs
        The layers that it was made from.
    findings
        What is assumed, short or left out.
    """

    figures: Mapping[str, Any]
    tables: Mapping[str, pd.DataFrame]
    inputs: tuple[Origin, ...]
    findings: tuple[Finding, ...] = ()


def beside(study: Workspace, of: Sequence[str], to: Sequence[str], how: Beside, day: dt.date) -> Answer:
    """Facilities of some kinds that stand beside facilities of others, see :func:`coverage.colocation.co_location`.

    Parameters
    ----------
    study
        With facilities and roads.
    of, to
        Kinds.
    how
        Distances.
    day
        That decides what is open.
    """
    layer, network = read_layer(study, "facilities"), network_of(study)
    found = co_location(network, _open(layer, of, day), _open(layer, to, day), how)
    figures = {
        "of": list(of), "to": list(to), "within_m": how.within_m, "yes": found.yes, "no": found.no,
        "no_road": found.no_road, "share": found.share,
    }  # fmt: skip
    return Answer(figures, {"beside": found.table}, (layer.origin, network.source), found.findings)


def meals(study: Workspace, way: MealWay, day: dt.date) -> Answer:
    """Meals in two steps, see :func:`coverage.meals.meal_service`.

    Parameters
    ----------
    study
        With facilities of kinds ``meal_kitchen`` and ``meal_point``, demand and roads.
    way
        Profiles and minutes.
    day
        That decides what is open.
    """
    layer, homes, network = read_layer(study, "facilities"), read_layer(study, "demand"), network_of(study)
    found = meal_service(network, _open(layer, ["meal_kitchen"], day), _open(layer, ["meal_point"], day), homes, way)
    figures = {
        "to_point": {**way.to_point.as_dict(), "direction": "from"},
        "to_home": way.to_home.as_dict(),
        **found.totals,
        "share": found.share,
    }
    tables = {"kitchens": found.kitchens, "points": found.points, "homes": found.homes}
    return Answer(figures, tables, (layer.origin, homes.origin, network.source), found.findings)


def tiers(study: Workspace, kinds: Sequence[str], names: Sequence[str], profile: str, day: dt.date) -> Answer:
    """Networks of tiers, see :func:`coverage.tiers.check_tiers`.

    Parameters
    ----------
    study
        With facilities and units; with roads too, parents that are far are told.
    kinds
        Empty: all.
    names
        Levels of units, from the top.
    profile
        By which parents are reached.
    day
        That decides what is open.
    """
    layer, units = read_layer(study, "facilities"), read_layer(study, "units")
    territory = territory_of(units, study.study.parent, day)
    frame = units.frame[units.frame["unit_code"].astype(str).isin(territory.scope)].reset_index(drop=True)
    level = [territory.level[str(code)] for code in frame["unit_code"]]
    units = dataclasses.replace(units, frame=frame.assign(level=level))
    network = network_of(study) if study.entry("roads") else None
    way = None if network is None else ParentWay(network, Parameters(profile=profile, as_of=day))
    found = check_tiers(_open(layer, kinds, day), units, names, way)
    if found.links["level"].isna().all():
        raise DataError("tiers_not_told")
    figures = {"levels": list(names), "profile": profile, "linked_share": found.linked_share}
    inputs = (layer.origin, units.origin, *(() if network is None else (network.source,)))
    return Answer(figures, {"levels": found.levels, "links": found.links}, inputs, found.findings)


def burial(
    study: Workspace, pack: str, ground: Mapping[str, Layer], own_limits_m: Mapping[str, float], day: dt.date
) -> Answer:
    """Burial sites against rules, and shares of burials, see :mod:`coverage.burial` and :mod:`coverage.burial_shares`.

    Parameters
    ----------
    study
        With facilities; with values too, shares of burials and years left are told.
    pack
        Of rules.
    ground
        Forbidden ground by key.
    own_limits_m
        The user's distances by rule.
    day
        That decides what is not closed yet.
    """
    layer, values = read_layer(study, "facilities"), study.read("values")
    frames = {key: one.frame for key, one in ground.items()}
    table = check_sites(_open(layer, _BURIAL, day), pack, frames, own_limits_m=own_limits_m)
    outcome = table.drop_duplicates("facility_id")["site_outcome"].value_counts()
    figures = {
        "pack": pack,
        "own_limits_m": dict(own_limits_m),
        **{word: int(outcome.get(word, 0)) for word in ("pass", "fail", "not_checked")},
    }
    inputs = (layer.origin, *(one.origin for one in ground.values()))
    if values is None:
        return Answer(figures, {"sites": table}, inputs)
    shares = burial_shares(values)
    return Answer(figures, {"sites": table, "shares": shares.table}, (*inputs, values.origin), shares.findings)


def across(study: Workspace, asked: Parameters, *, clip: bool = False, by_parent: bool = False) -> Answer:
    """Who crosses a line to be served, see :func:`coverage.cross_boundary.cross_boundary`.

    Parameters
    ----------
    study
        With roads, facilities, demand and units, the neighbours' too; says which county it is about.
    asked
        Profile, minutes, kinds, weight and day.
    clip
        Also on roads cut at the county's line.
    by_parent
        Between the units above those of the study's level.
    """
    units, level, parent = read_layer(study, "units"), study.study.level, study.study.parent
    if not (level and parent and {"level", "parent_code"} <= set(units.frame.columns)):
        raise DataError("no_parent_unit")
    every = levels.at_level(units, level)
    own = set(levels.at_level(units, level, parent=parent).frame["unit_code"].astype(str))
    request = dataclasses.replace(request_of(study), units=every, parameters=asked)
    result = run(request)
    cut = None
    if clip:
        network = request.network
        streets = clip_roads(read_layer(study, "roads"), every, own)
        clipped = build_network(streets, join_m=network.join_m, node_crossings=network.node_crossings)
        cut = run(dataclasses.replace(request, network=clipped))
    groups = dict(every.frame[["unit_code", "parent_code"]].astype(str).itertuples(index=False, name=None))
    ledger = cross_boundary(result, own, cut, groups if by_parent else None)
    figures = {
        "own": parent, "parameters": asked.as_dict(), "weight": result.summary["parameters"]["weight"],
        "out": ledger.out, "into": ledger.into,
    }  # fmt: skip
    layers = (request.facilities, request.demand, units)
    inputs = (*(layer.origin for layer in layers), request.network.source)
    return Answer(figures, {"cases": ledger.cases, "pairs": ledger.pairs, "lines": ledger.lines}, inputs)


def circle(study: Workspace, asked: Parameters, radius_m: float) -> Answer:
    """People in a circle beside people within minutes, and the standards that may be quoted for the place.

    Parameters
    ----------
    study
        With roads, facilities and demand.
    asked
        Profile, minutes, kinds, weight and day.
    radius_m
        Straight line.
    """
    request = dataclasses.replace(request_of(study), parameters=asked)
    result = run(request)
    found = circle_and_time(result, radius_m)
    sums = ("people", "circle", "in_time", "both", "circle_only", "time_only", "neither", "overstated")
    figures = {
        "radius_m": found.radius_m, "minutes": found.minutes, "parameters": asked.as_dict(),
        "weight": result.summary["parameters"]["weight"], **{name: getattr(found, name) for name in sums},
    }  # fmt: skip
    kept = ("id", "zh", "en", "document", "quality", "measure", "low", "high", "place", "year", "note_zh", "note_en")
    quoted = pd.DataFrame(
        [one.model_dump(include=set(kept)) for one in shown_standards(study.study.parent)], columns=list(kept)
    )
    layers = (request.facilities, request.demand, *(() if request.units is None else (request.units,)))
    inputs = (*(layer.origin for layer in layers), request.network.source)
    return Answer(figures, {"circle": found.by_unit, "standards": quoted}, inputs)


def access(study: Workspace, asked: Parameters, method: Method, column: str) -> Answer:
    """Capacity per 1,000 people by a floating catchment, by place and by unit, and how evenly it is spread.

    Parameters
    ----------
    study
        With roads, facilities and demand.
    asked
        Profile, minutes (the largest is the catchment), kinds, weight and day.
    method
        See :func:`coverage.floating_catchment.floating_catchment`.
    column
        The capacity, see :func:`coverage.capacity.capacity_of`.
    """
    request = dataclasses.replace(request_of(study), parameters=asked)
    result = run(request)
    found = access_of(result, method=method, column=column)
    people = result.demand["weight"].to_numpy(dtype=np.float64)
    codes = result.demand["unit_code"].to_numpy(dtype=object)
    by_unit = access_by_unit(found, people, codes)
    by_unit.insert(1, "name", by_unit["unit_code"].map(result.units.set_index("unit_code")["name"]).fillna(""))
    by_place = result.demand[["demand_id", "name", "unit_code", "weight"]].assign(per_1000=found.per_1000)
    shares = pd.DataFrame(np.column_stack(lorenz(found.per_person, people)), columns=["share_people", "share_capacity"])
    figures = {
        "method": method, "column": column, "minutes": asked.minutes[-1], "parameters": asked.as_dict(),
        "weight": result.summary["parameters"]["weight"], "used": found.used, "nobody_near": found.nobody_near,
        "capacity_unknown": found.capacity_unknown, "places_unknown": found.places_unknown,
        "per_1000": _known(PER * found.used / total(people[~np.isnan(found.per_person)])) if found.used else 0,
        "gini": _known(gini(found.per_person, people)), "palma": _known(palma(found.per_person, people)),
        "urban_rural": _urban_rural(study, by_unit),
    }  # fmt: skip
    layers = (request.facilities, request.demand, *(() if request.units is None else (request.units,)))
    inputs = (*(layer.origin for layer in layers), request.network.source)
    return Answer(figures, {"access": by_place, "access_units": by_unit, "lorenz": shares}, inputs)


def _urban_rural(study: Workspace, by_unit: pd.DataFrame) -> float | None:
    """Access of people in urban units to that of the others; None where the units do not say which they are."""
    units = study.read("units")
    if units is None or "urban" not in units.frame:
        return None
    urban = by_unit["unit_code"].map(units.frame.set_index("unit_code")["urban"].map(says_urban))
    known = urban.notna() & by_unit["per_1000"].notna()
    rows, people = by_unit[known], (by_unit["weight"] - by_unit["weight_unknown"])[known]
    values, weights = rows["per_1000"].to_numpy(dtype=np.float64), people.to_numpy(dtype=np.float64)
    return _known(urban_rural_ratio(values, weights, urban[known].to_numpy(dtype=bool)))


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _open(layer: Layer, kinds: Sequence[str], day: dt.date) -> Layer:
    """Facilities of some kinds (none: of all) that are open on the day.

    Raises
    ------
    RequestError
        When the ledger has none of these kinds, open or not.
    """
    wanted = pd.Series(data=True, index=layer.frame.index)
    if kinds:
        given = layer.frame["kind"].fillna("") if "kind" in layer.frame else pd.Series("", index=layer.frame.index)
        wanted = given.isin(list(kinds))
        if not wanted.any():
            known = ", ".join(sorted(set(given) - {""})) or "-"
            raise RequestError("no_such_kind", given=", ".join(kinds), known=known)
    rows = wanted.to_numpy(dtype=bool) & open_on(layer.frame, day)
    return dataclasses.replace(layer, frame=layer.frame[rows].reset_index(drop=True))
