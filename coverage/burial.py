"""Where graves may not be, by the rules of a province (archetype T8), how long the plots last, and shares of burials.

The rules are data in ``data/rules/burial.toml``, each with its law. What a law forbids without naming a distance is
never judged by a distance of ours.
"""

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal, Self

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pydantic import Field, model_validator

from coverage.rule_files import RuleFile, Said, Sourced, check_entries, read_rule_file
from geo.crs import MetricCrs, geodesic_m, metric_crs
from geo.errors import RequestError
from geo.paths import DATA_DIR
from layers.layer import Layer

__all__ = [
    "BurialRule", "Pack", "Ruling", "SiteCheck", "burial_layers", "burial_packs", "check_site", "check_sites",
    "rules_of", "years_left",
]  # fmt: skip

Test = Literal["inside", "nearer_than", "beside", "in_sight", "plot_area", "papers", "definition"]
Outcome = Literal["pass", "fail", "not_checked"]
_BY_DISTANCE = ("nearer_than", "beside")
_ON_MAP = ("inside", "nearer_than", "beside", "in_sight")
# Last bits of lengths.
_SAME_M = 1e-6


class BurialRule(Sourced):
    """One rule.

    Parameters
    ----------
    pack
        Key of the province or city.
    test
        What is looked at; see the head of the file.
    layers
        Keys of what is forbidden ground.
    limit_m
        Nearer than this is forbidden; only for ``nearer_than``.
    limit_m2
        A grave may not be larger; only for ``plot_area`` and ``definition``.
    """

    pack: str
    test: Test
    layers: tuple[str, ...] = Field(default=(), strict=False)
    limit_m: float | None = Field(default=None, gt=0)
    limit_m2: float | None = Field(default=None, gt=0)

    @model_validator(mode="after")
    def _limits_fit(self) -> Self:
        if (self.limit_m is not None) != (self.test == "nearer_than"):
            raise ValueError(f"{self.id}: limit_m belongs to nearer_than")
        if (self.limit_m2 is not None) != (self.test in ("plot_area", "definition")):
            raise ValueError(f"{self.id}: limit_m2 belongs to plot_area and definition")
        if bool(self.layers) != (self.test in _ON_MAP):
            raise ValueError(f"{self.id}: layers belong to rules on the map")
        return self


class Pack(Said):
    """A province or city.

    Parameters
    ----------
    zh, en
        Its name.
    place
        Its code, empty where it has none.
    within
        Key of the pack whose rules hold there too.
    """

    zh: str
    en: str
    place: str = ""
    within: str = ""


class _Words(Said):
    zh: str
    en: str


class _BurialFile(RuleFile):
    layer: dict[str, _Words]
    pack: dict[str, Pack]
    rule: tuple[BurialRule, ...] = Field(min_length=1, strict=False)

    @model_validator(mode="after")
    def _keys_are_there(self) -> Self:
        check_entries(self, self.rule)
        packs = {rule.pack for rule in self.rule} | {pack.within for pack in self.pack.values() if pack.within}
        absent = sorted(packs - set(self.pack)) + sorted({x for r in self.rule for x in r.layers} - set(self.layer))
        if absent:
            raise ValueError(f"not declared: {', '.join(absent)}")
        return self


@cache
def _file(path: Path = DATA_DIR / "rules" / "burial.toml") -> _BurialFile:
    return read_rule_file(path, _BurialFile)


def burial_packs() -> dict[str, Pack]:
    """All packs by key.

    Examples
    --------
    >>> burial_packs()["zhengzhou"].within
    'henan'
    """
    return dict(_file().pack)


def burial_layers(lang: str = "zh") -> dict[str, str]:
    """Keys of the layers of forbidden ground, and what a user reads.

    Examples
    --------
    >>> burial_layers("en")["railway"]
    'railways'
    """
    return {key: words.en if lang == "en" else words.zh for key, words in _file().layer.items()}


def rules_of(pack: str) -> tuple[BurialRule, ...]:
    """Rules of a pack and of those that it lies within, the widest first; those that may not be shown too.

    Raises
    ------
    RequestError
        When there is no such pack.

    Examples
    --------
    >>> [rule.id for rule in rules_of("zhengzhou") if rule.limit_m == 1000]
    ['henan_ways', 'zhengzhou_ways']
    """
    packs = _file().pack
    if pack not in packs:
        raise RequestError("unknown_rule_pack", given=pack, known=", ".join(packs))
    chain = [pack]
    while packs[chain[0]].within and packs[chain[0]].within not in chain:
        chain.insert(0, packs[chain[0]].within)
    return tuple(rule for name in chain for rule in _file().rule if rule.pack == name)


@dataclass(frozen=True)
class Ruling:
    """What one rule says of a site.

    Parameters
    ----------
    rule
        With its law and source.
    outcome
        ``pass``, ``fail`` or ``not_checked``.
    reason
        Why it is not checked: ``layer_missing``, ``no_distance`` (the law names none), ``in_sight``, ``papers``,
        ``plot_area_missing``, ``definition``; empty otherwise.
    distance_m
        To the nearest forbidden ground of the layers that were given, on the ellipsoid; 0 inside; None where there is
        none or it is not measured.
    limit
        Metres or square metres that decided; None where none did.
    limit_is_own
        The user's number in place of the rule's.
    missing
        Keys of layers that the rule needs and nobody gave.
    """

    rule: BurialRule
    outcome: Outcome
    reason: str = ""
    distance_m: float | None = None
    limit: float | None = None
    limit_is_own: bool = False
    missing: tuple[str, ...] = ()


@dataclass(frozen=True)
class SiteCheck:
    """What all rules of a pack say of a site."""

    rulings: tuple[Ruling, ...]

    @property
    def outcome(self) -> Outcome:
        """``fail`` where one rule is broken, ``pass`` where all were checked and kept, else ``not_checked``."""
        said = {ruling.outcome for ruling in self.rulings if ruling.reason != "definition"}
        return "fail" if "fail" in said else "pass" if said == {"pass"} else "not_checked"


class _Forbidden:
    """Forbidden ground of one key, in a spatial index for each metric system that a site asks for."""

    def __init__(self, frame: gpd.GeoDataFrame) -> None:
        shapes = frame.geometry.to_numpy()
        self._shapes = shapes[~(shapely.is_missing(shapes) | shapely.is_empty(shapes))]
        self._trees: dict[str, shapely.STRtree] = {}

    def distance_m(self, site: shapely.Geometry, crs: MetricCrs) -> float | None:
        """Metres on the ellipsoid to the nearest ground, 0 inside; None for no ground.

        The nearest places are found in the metric system, which is off by at most 0.1 %, and measured on the ellipsoid.
        """
        if not len(self._shapes):
            return None
        if crs.name not in self._trees:
            self._trees[crs.name] = shapely.STRtree(shapely.transform(self._shapes, crs.forward))
        tree, here = self._trees[crs.name], shapely.transform(site, crs.forward)
        nearest = shapely.shortest_line(here, tree.geometries[int(tree.nearest(here))])
        if shapely.length(nearest) == 0:
            return 0.0
        ends = crs.inverse(shapely.get_coordinates(nearest))
        return float(geodesic_m(ends[:1], ends[1:])[0])


def check_site(
    site: shapely.Geometry,
    pack: str,
    ground: Mapping[str, gpd.GeoDataFrame],
    plot_area_m2: float | None = None,
    own_limits_m: Mapping[str, float] | None = None,
) -> SiteCheck:
    """Hold a site against the rules of a pack.

    Parameters
    ----------
    site
        Point or polygon in degrees.
    pack
        Key of the province or city.
    ground
        Forbidden ground by key of :func:`burial_layers`, EPSG:4326. An empty layer means that there is none of it; a
        layer that is absent leaves its rules unchecked, unless one that is there is broken.
    plot_area_m2
        Of one grave.
    own_limits_m
        By id of a rule: the user's distance, for rules without one, and for those that are not confirmed. The latter
        are left out unless they stand here.

    Raises
    ------
    RequestError
        When there is no such pack, layer or rule, or a distance is none.
    """
    return _check(site, pack, {key: _Forbidden(frame) for key, frame in ground.items()}, plot_area_m2, own_limits_m)


def _check(
    site: shapely.Geometry,
    pack: str,
    ground: Mapping[str, _Forbidden],
    plot_area_m2: float | None,
    own_limits_m: Mapping[str, float] | None,
) -> SiteCheck:
    own = dict(own_limits_m or {})
    rules = rules_of(pack)
    wrong = sorted(set(ground) - set(burial_layers())) + sorted(
        set(own) - {r.id for r in rules if r.test in _BY_DISTANCE}
    )
    wrong += [key for key, value in own.items() if not (math.isfinite(value) and value >= 0)]
    if wrong:
        raise RequestError("bad_site_check", given=", ".join(wrong))
    west, south, east, north = (float(value) for value in site.bounds)
    crs = metric_crs((west, south, east, north))
    away = {key: forbidden.distance_m(site, crs) for key, forbidden in ground.items()}
    return SiteCheck(
        tuple(_ruling(rule, away, plot_area_m2, own.get(rule.id)) for rule in rules if rule.show or rule.id in own)
    )


def check_sites(
    facilities: Layer,
    pack: str,
    ground: Mapping[str, gpd.GeoDataFrame],
    plot_areas_m2: Mapping[str, float] | None = None,
    own_limits_m: Mapping[str, float] | None = None,
) -> pd.DataFrame:
    """Hold each facility against the rules of a pack, as :func:`check_site`.

    Returns
    -------
    DataFrame
        One row per facility and rule, in their order: ``facility_id``, ``name``, ``site_outcome`` (of all rules),
        ``rule_id``, ``outcome``, ``reason``, ``distance_m`` (NaN for none), ``limit``, ``limit_is_own``, ``missing``
        (joined by spaces), ``document``, ``quality``.
    """
    areas = dict(plot_areas_m2 or {})
    forbidden = {key: _Forbidden(frame) for key, frame in ground.items()}
    rows = []
    for facility in facilities.frame.itertuples(index=False):
        key = str(facility.facility_id)
        check = _check(facility.geometry, pack, forbidden, areas.get(key), own_limits_m)
        rows += [
            {
                "facility_id": key,
                "name": facility.name,
                "site_outcome": check.outcome,
                "rule_id": one.rule.id,
                "outcome": one.outcome,
                "reason": one.reason,
                "distance_m": np.nan if one.distance_m is None else round(one.distance_m, 2),
                "limit": np.nan if one.limit is None else one.limit,
                "limit_is_own": one.limit_is_own,
                "missing": " ".join(one.missing),
                "document": one.rule.document,
                "quality": one.rule.quality,
            }
            for one in check.rulings
        ]
    columns = ["facility_id", "name", "site_outcome", "rule_id", "outcome", "reason", "distance_m", "limit",
               "limit_is_own", "missing", "document", "quality"]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def _ruling(
    rule: BurialRule, away: Mapping[str, float | None], plot_area_m2: float | None, own_m: float | None
) -> Ruling:
    if rule.test in ("papers", "definition"):
        return Ruling(rule, "not_checked", rule.test)
    if rule.test == "plot_area":
        if plot_area_m2 is None or rule.limit_m2 is None:
            return Ruling(rule, "not_checked", "plot_area_missing", limit=rule.limit_m2)
        return Ruling(rule, "pass" if plot_area_m2 <= rule.limit_m2 else "fail", limit=rule.limit_m2)
    missing = tuple(key for key in rule.layers if key not in away)
    known = [value for key in rule.layers if (value := away.get(key)) is not None]
    distance_m = min(known, default=None)
    limit = own_m if own_m is not None else rule.limit_m
    measured = Ruling(rule, "pass", "", distance_m, limit, own_m is not None, missing)
    # Standing on forbidden ground breaks every rule about it, whatever the distance.
    if distance_m is not None and (distance_m == 0 or (limit is not None and distance_m < limit - _SAME_M)):
        return dataclasses.replace(measured, outcome="fail")
    if missing:
        return dataclasses.replace(measured, outcome="not_checked", reason="layer_missing")
    if distance_m is not None and limit is None and rule.test in ("beside", "in_sight"):
        reason = "no_distance" if rule.test == "beside" else "in_sight"
        return dataclasses.replace(measured, outcome="not_checked", reason=reason)
    return measured


def years_left(plots_left: float | None, burials_per_year: float | None, eco_share: float = 0.0) -> float | None:
    """How many years the plots last: plots left over the burials of a year that take one.

    Parameters
    ----------
    plots_left
        Plots not taken; None: not known.
    burials_per_year
        Burials of a year; None: not known.
    eco_share
        Share of the burials that takes no plot (节地生态安葬), 0 to 1.

    Returns
    -------
    float or None
        None where a number is not known, and where no burial takes a plot.

    Raises
    ------
    RequestError
        When a number is negative or no number, or a share is not between 0 and 1.

    Examples
    --------
    >>> years_left(1200, 100, eco_share=0.7)
    40.0
    >>> years_left(1200, 100, eco_share=1.0) is None
    True
    """
    for value in (plots_left, burials_per_year):
        if value is not None and not (math.isfinite(value) and value >= 0):
            raise RequestError("bad_burial_number", given=f"{value:g}")
    if not 0 <= eco_share <= 1:
        raise RequestError("bad_burial_number", given=f"{eco_share:g}")
    if plots_left is None or burials_per_year is None:
        return None
    # A share in per cent such as 0.7 has last bits: 100 x (1 - 0.7) is 30.000000000000004.
    taken = round(burials_per_year * (1 - eco_share), 9)
    return plots_left / taken if taken else None
