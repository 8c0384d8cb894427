"""What a run takes in memory, estimated before it begins: better a sentence now than a machine that stands still."""

import psutil

from coverage.request import Request
from geo.errors import RequestError

__all__ = ["bytes_needed", "check_memory"]

#: Bytes beyond what the layers and the network hold already. Measured on runs of 20,000 to 960,000 nodes.
PER_EDGE = 1_300
PER_VERTEX = 60
PER_DEMAND_ROW = 1_800
PER_FACILITY = 3_000
#: The grid that areas are drawn from, whatever its extent.
GRID = 350_000_000
#: One area of one facility, in memory and as text.
PER_AREA = 30_000
_GIGABYTE = 10**9


def bytes_needed(request: Request) -> int:
    """Memory that :func:`coverage.run.run` and the writing of its result take beyond what is held already.

    Parameters
    ----------
    request
        Its sizes decide, and whether an area of each facility is asked for.
    """
    network, facilities = request.network, len(request.facilities.frame)
    areas = facilities * len(request.parameters.minutes) if request.parameters.per_facility else 0
    return (
        network.edges * PER_EDGE
        + len(network.lonlat) * PER_VERTEX
        + len(request.demand.frame) * PER_DEMAND_ROW
        + facilities * PER_FACILITY
        + GRID
        + areas * PER_AREA
    )


def check_memory(request: Request, free: int | None = None) -> None:
    """Refuse a run that would not fit.

    Parameters
    ----------
    request
        What is asked.
    free
        Bytes that are free; None: as the system tells.

    Raises
    ------
    RequestError
        When more is needed than is free, with what helps.
    """
    needed = bytes_needed(request)
    free = int(psutil.virtual_memory().available) if free is None else free
    if needed > free:
        raise RequestError(
            "too_large",
            needed=f"{needed / _GIGABYTE:.1f}",
            free=f"{free / _GIGABYTE:.1f}",
            edges=request.network.edges,
            demand=len(request.demand.frame),
            facilities=len(request.facilities.frame),
        )
