"""The nearest facility of places, by time or by metres along the road, where no whole coverage run is needed."""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from coverage import travel_time
from coverage.network import Network
from coverage.prepared import prepare_snapper
from coverage.request import Parameters
from coverage.slope import Terrain
from coverage.snap import Snapper
from coverage.travel_time import Roads
from coverage.usable import Usable
from layers.layer import Layer

__all__ = ["Near", "metres_by_road", "objects", "prepare_near"]

#: Seconds, or metres where one metre takes one second, from places to facilities within a limit.
Near = Callable[[Layer, float], pd.DataFrame]


def objects(values: Iterable[object]) -> "pd.Series[Any]":
    """A column of texts that keeps None for none; left to itself, pandas makes NaN of it.

    Examples
    --------
    >>> objects(["F1", None]).tolist()
    ['F1', None]
    """
    return pd.Series(list(values), dtype=object)


def prepare_near(network: Network, parameters: Parameters, places: Layer, terrain: Terrain | None = None) -> Near:
    """Lay places on the roads once, to ask for their nearest facility of several layers.

    Parameters
    ----------
    network
        The road network.
    parameters
        Profile, speed, direction, ``max_snap_m`` and ``island_nodes``; the rest has no effect.
    places
        Layer of kind ``facilities`` or ``demand``.
    terrain
        Slopes along this network; None: all roads are flat.

    Returns
    -------
    callable
        Of a layer of facilities and a limit in seconds. It gives one row per place, in their order: ``id``,
        ``on_road``, ``facility_id`` (None: none within the limit), ``seconds`` (NaN likewise). Ties go to the smaller
        id. Islands where such a facility stands are not left.
    """
    usable, snapper = prepare_snapper(network, parameters, terrain)
    roads = travel_time.make_roads(network, usable, parameters.travel().access_mps, parameters.direction)
    return _near(snapper, roads, places)


def metres_by_road(network: Network, parameters: Parameters, places: Layer) -> Near:
    """The same with metres in place of seconds: the lengths of the ways that the profile may use, ferries left out.

    The legs between a place and the road count. A step on stairs is as long as any other.
    """
    usable, snapper = prepare_snapper(network, parameters)
    forward_m, backward_m = (
        np.where(np.isfinite(seconds) & ~usable.ferry, network.length_m, np.inf)
        for seconds in (usable.forward_s, usable.backward_s)
    )
    lengths = Usable(forward_m, backward_m, usable.ferry)
    return _near(snapper, travel_time.make_roads(network, lengths, 1.0, parameters.direction), places)


def _near(snapper: Snapper, roads: Roads, places: Layer) -> Near:
    at_places = snapper.options(travel_time.lonlat_of(places))
    place_ids = travel_time.ids_of(places)

    def near(facilities: Layer, limit: float) -> pd.DataFrame:
        lonlat = travel_time.lonlat_of(facilities)
        ids = travel_time.ids_of(facilities).astype(str)
        order = np.argsort(ids, kind="stable")
        options = snapper.options(lonlat)
        keeping = snapper.keeping(options.nearest)
        snaps = options.settle(keeping.kept_islands).take(order)
        field = travel_time.make_field(roads, keeping, ids[order], lonlat[order], snaps, limit)
        own = at_places.settle(keeping.kept_islands)
        found = field.nearest(own)
        known: npt.NDArray[np.object_] = np.array([*ids[order].tolist(), None], dtype=object)
        return pd.DataFrame(
            {
                "id": place_ids,
                "on_road": own.on_road,
                "facility_id": objects(known[found.facility]),
                "seconds": np.where(np.isfinite(found.seconds), found.seconds, np.nan),
            }
        )

    return near
