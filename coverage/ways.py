"""What the network keeps of each road: its class, limit and bars as one combination, and its level over ground."""

from typing import Any

import numpy as np
import numpy.typing as npt

from layers.layer import Layer

__all__ = ["grade_of", "ways_of"]

IntArray = npt.NDArray[np.int64]


def grade_of(roads: Layer) -> IntArray:
    """Bridge, tunnel and layer of each road as one number, shape (roads,)."""
    frame = roads.frame
    level = frame["layer"].to_numpy(dtype=np.int64)
    bridge, tunnel = (frame[name].to_numpy(dtype=np.int64) for name in ("bridge", "tunnel"))
    grade: IntArray = level * 4 + bridge * 2 + tunnel
    return grade


def ways_of(roads: Layer) -> tuple[dict[str, npt.NDArray[Any]], IntArray]:
    """Combinations of class, limit and bars that occur, sorted, and the combination of each road, shape (roads,)."""
    columns = ["highway", "maxspeed_kmh", "no_foot", "no_cycle", "no_drive"]
    table = roads.frame[columns].copy()
    table["maxspeed_kmh"] = table["maxspeed_kmh"].fillna(-1.0)
    groups = table.groupby(columns, sort=True)
    distinct = groups.size().reset_index()[columns]
    limit = distinct["maxspeed_kmh"].to_numpy(dtype=np.float64)
    ways: dict[str, npt.NDArray[Any]] = {
        "highway": distinct["highway"].to_numpy(dtype="U32"),
        "maxspeed_kmh": np.where(limit < 0, np.nan, limit),
    }
    for name in columns[2:]:
        ways[name] = distinct[name].to_numpy(dtype=bool)
    return ways, groups.ngroup().to_numpy(dtype=np.int64)
