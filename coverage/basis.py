"""What travel times rest on and what they do not know of, for ``summary.json``, the pages and the reports."""

import tomllib
from functools import cache
from types import MappingProxyType
from typing import Any

import numpy as np

from coverage.profiles import FERRY, Profile
from coverage.request import Request
from coverage.usable import Usable, share_by_class
from geo.findings import Finding
from geo.paths import DATA_DIR

__all__ = ["findings", "ignored", "ignored_words", "speed_source", "travel_figures", "travel_parameters"]

_ALWAYS = ("turn restrictions", "traffic lights", "lifts", "opening hours", "waiting for ferries")
#: A share is given to this many decimals.
_DECIMALS = 6


def travel_parameters(request: Request, usable: Usable) -> dict[str, Any]:
    """Where the speed comes from, what slope does, and what is ignored, as ``summary.json`` has them."""
    return {
        "speed_source": {lang: speed_source(request, lang) for lang in ("zh", "en")},
        "slope": _slope(request, usable),
        "ignored": list(ignored(request)),
    }


def travel_figures(request: Request, usable: Usable) -> dict[str, int | float | None]:
    """Edges that are ferries and how many of them the profile may use; share of road length at the speed of its class.

    The share counts usable roads whose limit is not known; None where the profile has one speed on all roads.
    """
    network = request.network
    ferries = (np.asarray(network.ways["highway"]) == FERRY)[network.way]
    share = share_by_class(network, usable, request.parameters.travel())
    return {
        "ferries": int(ferries.sum()),
        "ferries_usable": int((ferries & usable.edges).sum()),
        "class_speed_share": None if share is None else round(share, _DECIMALS),
    }


def findings(request: Request, usable: Usable) -> tuple[Finding, ...]:
    """Where speeds are those of the class for want of a limit, and roads are flat for want of a height."""
    network, out = request.network, []
    by_class = share_by_class(network, usable, request.parameters.travel())
    if by_class:
        out.append(Finding("speed_by_class", "info", facts=MappingProxyType({"share": f"{by_class:.1%}"})))
    slope = _slope(request, usable)
    if slope and slope["share_without_elevation"]:
        share = f"{slope['share_without_elevation']:.1%}"
        out.append(Finding("without_elevation", "warn", facts=MappingProxyType({"share": share})))
    return tuple(out)


def speed_source(request: Request, lang: str) -> str:
    """Where the speed comes from, in words."""
    if request.parameters.speed_mps is not None:
        return "given by the user" if lang == "en" else "由用户指定"
    travel = request.parameters.travel()
    return travel.source_en if lang == "en" else travel.source_zh


def _slope_formula(travel: Profile) -> str | None:
    """What slope does to a profile; None where it does nothing."""
    if travel.tobler is not None:
        return travel.tobler.formula
    if travel.hills is not None and travel.hills.slope_above is not None:
        return f"class speed x {travel.hills.factor:g} where steeper than {travel.hills.slope_above:.0%}"
    return None


def _slope(request: Request, usable: Usable) -> dict[str, Any] | None:
    travel, terrain = request.parameters.travel(), request.terrain
    formula = _slope_formula(travel)
    if terrain is None or formula is None:
        return None
    share = terrain.unknown_share(usable.land)
    return {
        "formula": formula,
        "downhill_cap": None if travel.tobler is None else travel.tobler.downhill_cap,
        "share_without_elevation": None if share is None else round(share, _DECIMALS),
    }


def ignored(request: Request) -> tuple[str, ...]:
    """Keys of what the travel times of a request do not know of, see ``data/rules/ignored.toml``."""
    travel = request.parameters.travel()
    out = list(_ALWAYS)
    out.append("slope" if request.terrain is None or _slope_formula(travel) is None else "slope of access legs")
    if travel.mode == "drive" and (travel.hills is None or travel.hills.sinuosity_above is None):
        out.append("bends")
    return tuple(out)


@cache
def _words() -> dict[str, dict[str, str]]:
    return tomllib.loads((DATA_DIR / "rules" / "ignored.toml").read_text(encoding="utf-8"))


def ignored_words(request: Request, lang: str) -> str:
    """What the travel times do not know of, as one text."""
    return ("、" if lang == "zh" else ", ").join(_words()[key][lang] for key in ignored(request))
