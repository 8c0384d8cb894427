"""What a workspace has for a new ledger to be looked at beside, and where it lies."""

from collections.abc import Callable

import numpy as np

from layers.layer import Layer
from layers.quality import Context

__all__ = ["area_of", "beside"]


def beside(read: Callable[[str], Layer | None]) -> Context:
    """The layers that :func:`layers.quality.inspect` looks at a new one beside, by ``Workspace.read``."""
    return Context(**{kind: read(kind) for kind in ("units", "roads", "lines", "demand")})


def area_of(context: Context) -> tuple[float, float, float, float] | None:
    """West, south, east, north of the units, else of the people, else of the roads; None where none has a place.

    Examples
    --------
    >>> area_of(Context()) is None
    True
    """
    for layer in (context.units, context.demand, context.roads):
        if layer is not None and np.isfinite(layer.frame.total_bounds).all():
            west, south, east, north = (float(value) for value in layer.frame.total_bounds)
            return west, south, east, north
    return None
