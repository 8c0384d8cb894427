"""What a what-if is made of: small changes to one base, never a copy of it."""

from dataclasses import asdict, dataclass
from typing import Any

__all__ = ["AddFacility", "CloseFacility", "CloseRoad", "Patch", "as_dict"]


@dataclass(frozen=True)
class CloseFacility:
    """A facility stops serving.

    Parameters
    ----------
    facility_id
        Of the layer of facilities.
    """

    facility_id: str


@dataclass(frozen=True)
class AddFacility:
    """A new facility, open on any day.

    Parameters
    ----------
    facility_id
        An id that the layer does not have.
    name
        What a user reads.
    kind
        Code of its kind.
    lon, lat
        Degrees, WGS84.
    """

    facility_id: str
    name: str
    kind: str
    lon: float
    lat: float


@dataclass(frozen=True)
class CloseRoad:
    """Nobody may use the road at a place: the whole edge between two junctions that is nearest to it.

    Parameters
    ----------
    lon, lat
        Degrees, WGS84.
    """

    lon: float
    lat: float


Patch = CloseFacility | AddFacility | CloseRoad


def as_dict(patch: Patch) -> dict[str, Any]:
    """For ``summary.json``.

    Examples
    --------
    >>> as_dict(CloseFacility("F1"))
    {'patch': 'CloseFacility', 'facility_id': 'F1'}
    """
    return {"patch": type(patch).__name__, **asdict(patch)}
