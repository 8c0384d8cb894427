"""Which side of a line belongs to which of its units."""

from collections.abc import Iterable

import numpy as np
import shapely

from demarcation.axis import Axis, metres_per_degree
from demarcation.bench import Bench
from demarcation.model import Line

__all__ = ["side_by_units"]

#: Places this far left and right of the line are asked for their unit: past what two maps of one line differ by.
_PROBE_M = 10.0
#: The direction of the line at a chainage is that between the points this far before and behind it.
_STEP_M = 1.0


def side_by_units(bench: Bench, line: Line, chainages_m: Iterable[float]) -> int:
    """1 where the unit ``unit_a`` lies left of the line, -1 right, 0 where the layer of units does not tell.

    Asked is at each of some chainages; most of them decide.

    Examples
    --------
    >>> import datetime as dt
    >>> from geo.paths import DATA_DIR
    >>> from demarcation.bench import bench_of
    >>> from demarcation.model import Study
    >>> from demarcation.read import lines_of
    >>> from layers.read import read_layer
    >>> lines = lines_of(read_layer(DATA_DIR / "demo/layers/lines.parquet", "lines"))
    >>> units = read_layer(DATA_DIR / "demo/layers/units.parquet", "units")
    >>> bench = bench_of(Study(lines, (), dt.date(2026, 6, 30), units=units))
    >>> side_by_units(bench, lines["9906"], [800.0, 2150.0])
    1
    """
    units = bench.study.units
    if units is None or not line.unit_a or not line.unit_b:
        return 0
    codes = units.frame["unit_code"].astype(str)
    # A county is its townships where the layer has no polygon of its own for it.
    shapes = [
        shapely.union_all(units.frame.geometry[mask if (mask := codes == unit).any() else codes.str.startswith(unit)])
        for unit in (line.unit_a, line.unit_b)
    ]
    axis = bench.axes[line.code]
    votes = 0
    for at_m in chainages_m:
        left, right = _beside(axis, at_m)
        for point, sign in ((left, 1), (right, -1)):
            in_a, in_b = (shapely.contains_xy(shape, *point) for shape in shapes)
            votes += sign * (int(in_a) - int(in_b))
    return int(np.sign(votes))


def _beside(axis: Axis, at_m: float) -> tuple[tuple[float, float], tuple[float, float]]:
    """A place left and one right of the line at a chainage, degrees."""
    x, y = axis.point_at(at_m)
    scale = metres_per_degree(y)
    (from_x, from_y), (to_x, to_y) = axis.point_at(at_m - _STEP_M), axis.point_at(at_m + _STEP_M)
    dx, dy = (to_x - from_x) * scale[0], (to_y - from_y) * scale[1]
    length_m = float(np.hypot(dx, dy)) or 1.0
    off_x, off_y = -dy / length_m * _PROBE_M / scale[0], dx / length_m * _PROBE_M / scale[1]
    return (x + off_x, y + off_y), (x - off_x, y - off_y)
