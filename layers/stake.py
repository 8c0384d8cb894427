"""Boundary stakes, from degrees or from north and east in metres."""

import re

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyproj
import shapely

from geo.crs import to_wgs84
from geo.parse import parse_numbers
from geo.read import Table
from layers import _coordinates
from layers._intake import Intake
from layers._place import place_layer
from layers.layer import Layer
from layers.options import USUAL, ReadOptions
from layers.schemas import STAKES

__all__ = ["from_table"]

_EPSG = re.compile(r"(?:EPSG:)?(\d{4,5})", re.IGNORECASE)


def from_table(table: Table, options: ReadOptions = USUAL) -> Layer:
    """Stakes of a table.

    Where the file has neither geometry nor ``lon`` and ``lat``, places come from ``x_north`` and ``y_east`` (metres, in
    the Chinese order: x to the north) by the system that ``crs`` names in each row.

    Returns
    -------
    Layer
        Points in EPSG:4326 with ``stake_no`` and ``line_code``. Numbers may repeat: that is for the checks to say.

    Raises
    ------
    DataError
        Without ``stake_no``, ``line_code`` or coordinates, with swapped ones, or when no row is kept.
    CrsError
        When a reference system has no known way to WGS 84.
    """
    return place_layer(table, STAKES, options, shapers=(_coordinates.single_points,), placer=_places)


def _places(intake: Intake) -> npt.NDArray[np.object_]:
    degrees = intake.geometry_name is not None or (intake.has("lon") and intake.has("lat"))
    if degrees or not all(intake.has(name) for name in ("x_north", "y_east", "crs")):
        return _coordinates.places(intake)
    north, east = (parse_numbers(intake.texts(name))[0] for name in ("x_north", "y_east"))
    for name, numbers in (("x_north", north), ("y_east", east)):
        intake.refuse(np.isnan(numbers) & (intake.texts(name) == "").to_numpy(), "coordinate_missing",
                      field=intake.columns[name])  # fmt: skip
    names = intake.texts("crs")
    systems = {name: _system(name) for name in names.unique()}
    unknown = names.map(lambda name: systems[name] is None).to_numpy(dtype=bool)
    intake.refuse_values(unknown, "crs_code_unreadable", names, intake.columns["crs"])
    out = np.full(len(names), None, dtype=object)
    for name, system in systems.items():
        mine = (names == name).to_numpy() & ~intake.refused & np.isfinite(north) & np.isfinite(east)
        if system is not None and mine.any():
            points = shapely.points(east[mine], north[mine])
            out[mine] = to_wgs84(
                _coordinates.as_frame(pd.DataFrame(index=range(len(points))), points, crs=system)
            ).geometry.to_numpy()
    return out


def _system(name: str) -> pyproj.CRS | None:
    match = _EPSG.fullmatch(name.strip())
    if not match:
        return None
    try:
        system = pyproj.CRS.from_epsg(int(match[1]))
    except pyproj.exceptions.CRSError:
        return None
    return system if system.is_projected else None
