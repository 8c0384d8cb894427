"""What-ifs in words, for the page, for paper and for the files."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import shapely

from coverage.patches import AddFacility, CloseFacility, Patch
from coverage.request import Request
from coverage.result import Result
from reports import look

__all__ = ["moved_sentence", "patch_sentence", "sentences"]


def sentences(result: Result, words: Mapping[str, str], lang: str) -> list[str]:
    """Each what-if of a result, and how many places had to find another road; plain text, nothing without what-ifs.

    Parameters
    ----------
    result
        Of :func:`coverage.run.run`.
    words
        ``what_if_close``, ``what_if_add``, ``what_if_road`` and ``what_if_moved`` with their facts in braces.
    lang
        ``zh`` or ``en``: names of the kinds of facilities.
    """
    told = [patch_sentence(patch, result.request, words, lang) for patch in result.request.patches]
    moved = moved_sentence(result, words)
    return told + ([moved] if moved else [])


def patch_sentence(patch: Patch, request: Request, words: Mapping[str, str], lang: str) -> str:
    """One what-if as plain text: what it does, and in which unit.

    Parameters
    ----------
    patch
        Need not fit the request.
    request
        Names facilities and units.
    words, lang
        As for :func:`sentences`.
    """
    frame = request.facilities.frame
    if isinstance(patch, CloseFacility):
        names = frame.loc[frame["facility_id"] == patch.facility_id, "name"]
        return words["what_if_close"].format(name=names.iloc[0] if len(names) else patch.facility_id)
    where = _unit_name(patch.lon, patch.lat, request) or f"{patch.lon:.5f}, {patch.lat:.5f}"
    if isinstance(patch, AddFacility):
        kind = look.kind_look(patch.kind)[lang] or patch.kind
        return words["what_if_add"].format(name=patch.name, kind=kind, where=where)
    return words["what_if_road"].format(where=where)


def moved_sentence(result: Result, words: Mapping[str, str]) -> str:
    """How many places stood on a road that is closed; empty where none is."""
    what_if: Mapping[str, Any] | None = result.summary["what_if"]
    edges = np.unique(result.closed_edges)
    if what_if is None or not len(edges):
        return ""
    return words["what_if_moved"].format(
        metres=f"{result.request.network.length_m[edges].sum():,.0f}",
        demand=f"{what_if['demand_on_closed_roads']:,}",
        facilities=f"{what_if['facilities_on_closed_roads']:,}",
    )


def _unit_name(lon: float, lat: float, request: Request) -> str:
    """Name of the unit that holds a place; empty outside all of them."""
    if request.units is None:
        return ""
    frame = request.units.frame
    inside = frame[shapely.intersects_xy(frame.geometry.to_numpy(), lon, lat)].sort_values("unit_code")
    return "" if inside.empty else str(inside["name"].iloc[0])
