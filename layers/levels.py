"""Units of one level, out of a layer that holds several."""

import dataclasses
import datetime as dt
from itertools import pairwise

import pandas as pd

from geo.findings import Finding
from layers.layer import Layer

__all__ = ["at_level", "smallest", "study_units"]


def at_level(units: Layer, level: str, *, parent: str | None = None) -> Layer:
    """The units of one level, and of one parent if given; the quality report says how many were left aside.

    Parameters
    ----------
    units
        Layer of kind ``units``.
    level
        Value of the column ``level``.
    parent
        Value of ``parent_code``.
    """
    wanted = units.frame["level"] == level
    if parent is not None:
        wanted &= units.frame["parent_code"] == parent
    return _only(units, wanted, "units_left_aside")


def study_units(units: Layer, as_of: dt.date) -> Layer:
    """The units that people are counted by: those that exist on the day and are not made of others in the layer.

    A unit is made of others when it is their ``parent_code``, or, where no unit has one, when its code is the beginning
    of theirs. So nobody is counted once per level.

    Parameters
    ----------
    units
        Layer of kind ``units``.
    as_of
        Units before ``valid_from`` or after ``valid_to`` do not exist.
    """
    frame = units.frame
    exists = pd.Series(data=True, index=frame.index)
    if "valid_from" in frame:
        exists &= frame["valid_from"].map(lambda day: pd.isna(day) or day <= as_of).astype(bool)
    if "valid_to" in frame:
        exists &= frame["valid_to"].map(lambda day: pd.isna(day) or day >= as_of).astype(bool)
    return smallest(_only(units, exists, "units_not_valid"))


def smallest(units: Layer) -> Layer:
    """The units that are not made of others in the layer, as :func:`study_units` tells them, on any day."""
    codes = units.frame["unit_code"].astype(str)
    parents = set(units.frame["parent_code"].fillna("")) - {""} if "parent_code" in units.frame else set()
    if not parents:
        parents = _beginnings(codes.tolist())
    return _only(units, ~codes.isin(parents), "units_left_aside")


def _beginnings(codes: list[str]) -> set[str]:
    """Codes that another code begins with: sorted, the codes that go on stand right behind."""
    ordered = sorted(set(codes))
    return {code for code, following in pairwise(ordered) if following.startswith(code)}


def _only(units: Layer, wanted: "pd.Series[bool]", code: str) -> Layer:
    """Some of the units, with a finding about the others. The counts of the report stay those of the file."""
    aside = int((~wanted).sum())
    if not aside:
        return units
    finding = Finding(code, "warn", facts={"count": aside, "kept": int(wanted.sum())})
    quality = dataclasses.replace(units.quality, findings=(finding, *units.quality.findings))
    return dataclasses.replace(units, frame=units.frame[wanted].reset_index(drop=True), quality=quality)
