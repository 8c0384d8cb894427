"""What the network keeps of each road: its class, limit and bars as one combination, and its level over ground."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from layers.layer import Layer

__all__ = ["WAY_TYPES", "grade_of", "ways_of"]

IntArray = npt.NDArray[np.int64]

_NUMBERS = ("maxspeed_kmh", "ferry_mps")
_MARKS = ("no_foot", "no_cycle", "no_drive", "oneway_foot", "both_ways_cycle")
#: Type of each column that :func:`ways_of` gives.
WAY_TYPES: Mapping[str, str] = MappingProxyType(
    {"highway": "<U32"} | dict.fromkeys(_NUMBERS, "<f8") | dict.fromkeys((*_MARKS, "off_ground"), "|b1")
)
#: What a layer says that lacks one of these columns: no ferry has a speed of its own, no one-way street is special.
_ABSENT: Mapping[str, Any] = MappingProxyType({"ferry_mps": np.nan, "oneway_foot": False, "both_ways_cycle": False})


def grade_of(roads: Layer) -> IntArray:
    """Bridge, tunnel and layer of each road as one number, shape (roads,)."""
    frame = roads.frame
    level = frame["layer"].to_numpy(dtype=np.int64)
    bridge, tunnel = (frame[name].to_numpy(dtype=np.int64) for name in ("bridge", "tunnel"))
    grade: IntArray = level * 4 + bridge * 2 + tunnel
    return grade


def ways_of(roads: Layer) -> tuple[dict[str, npt.NDArray[Any]], IntArray]:
    """Combinations of attributes that occur, sorted, and the combination of each road, shape (roads,).

    Returns
    -------
    ways
        ``highway``; ``maxspeed_kmh`` and ``ferry_mps``, NaN where there is none; ``no_foot``, ``no_cycle``,
        ``no_drive``; ``oneway_foot``: its one-way binds walkers too; ``both_ways_cycle``: it does not bind bicycles;
        ``off_ground``: a bridge or a tunnel, where the ground's height is not the road's.
    way
        Row of ``ways`` of each road.
    """
    frame = roads.frame
    absent = {name: value for name, value in _ABSENT.items() if name not in frame}
    table = pd.DataFrame(frame.drop(columns=frame.geometry.name)).assign(**absent)
    table["off_ground"] = table["bridge"].astype(bool) | table["tunnel"].astype(bool)
    columns = list(WAY_TYPES)
    # Blank sorts and groups as a number that no speed is.
    table = table[columns].fillna(dict.fromkeys(_NUMBERS, -1.0))
    groups = table.groupby(columns, sort=True)
    distinct = groups.size().reset_index()[columns]
    ways: dict[str, npt.NDArray[Any]] = {"highway": distinct["highway"].to_numpy(dtype="U32")}
    for name in _NUMBERS:
        numbers = distinct[name].to_numpy(dtype=np.float64)
        ways[name] = np.where(numbers < 0, np.nan, numbers)
    for name in (*_MARKS, "off_ground"):
        ways[name] = distinct[name].to_numpy(dtype=bool)
    return ways, groups.ngroup().to_numpy(dtype=np.int64)
