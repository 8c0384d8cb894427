"""What every answer on the same layers and roads shares: made once, used for any minutes, kinds and what-ifs."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from coverage import places, travel_time
from coverage.datum_doubt import datum_doubt
from coverage.extent import Extent, extent_of_roads
from coverage.network import Network
from coverage.request import Parameters, Request
from coverage.slope import Terrain
from coverage.snap import SnapOptions, Snapper, make_snapper
from coverage.travel_time import Roads
from coverage.usable import Usable, usable_by
from geo.findings import Finding
from layers.layer import Layer

__all__ = ["PlacesOnRoads", "Prepared", "lay", "prepare", "prepare_snapper", "prepared_key", "retimed"]

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class PlacesOnRoads:
    """A layer of places, laid on roads and units.

    Parameters
    ----------
    lonlat
        Degrees, shape (n, 2).
    points
        The same in the metric system of the network, shape (n,).
    options
        Where they may reach the network.
    unit
        Code of the unit of each, ``""`` for none, shape (n,).
    """

    lonlat: FloatArray
    points: npt.NDArray[np.object_]
    options: SnapOptions
    unit: npt.NDArray[np.object_]


@dataclass(frozen=True, eq=False)
class Prepared:
    """The part of the work that does not depend on minutes, weights, kinds, days or what-ifs.

    Parameters
    ----------
    key
        What it was made from, see :func:`prepared_key`.
    profile, speed_mps
        How it is travelled, as in :class:`coverage.request.Parameters`.
    roads, snapper
        The network as the profile travels it, and how places reach it.
    facilities, demand
        The two layers on it, shapes (facilities,) and (demand rows,).
    extent
        Where the roads are known; a what-if does not change it.
    doubts
        What is odd about where facilities and demand lie, each layer as a whole.
    """

    key: tuple[object, ...]
    profile: str
    speed_mps: float | None
    roads: Roads
    snapper: Snapper
    facilities: PlacesOnRoads
    demand: PlacesOnRoads
    extent: Extent
    doubts: Mapping[str, tuple[Finding, ...]]


def prepared_key(request: Request) -> tuple[object, ...]:
    """What :func:`prepare` looks at: two requests with one key share what it makes."""
    chosen = request.parameters
    layers = (request.facilities, request.demand, request.units)
    return (
        request.network.key,
        request.network.source.source.extent,
        tuple(None if layer is None else (id(layer), layer.source.sha256) for layer in layers),
        chosen.travel(),
        chosen.direction,
        chosen.max_snap_m,
        chosen.island_nodes,
        None if request.terrain is None else request.terrain.source.sha256,
    )


def prepare_snapper(network: Network, parameters: Parameters, terrain: Terrain | None = None) -> tuple[Usable, Snapper]:
    """The network as the profile of these parameters uses it, and how places reach it."""
    usable = usable_by(network, parameters.travel(), terrain)
    snapper = make_snapper(network, usable, max_snap_m=parameters.max_snap_m, island_nodes=parameters.island_nodes)
    return usable, snapper


def lay(layer: Layer, snapper: Snapper, units: Layer | None) -> PlacesOnRoads:
    """A layer of places on roads and units."""
    lonlat = travel_time.lonlat_of(layer)
    points = shapely.points(snapper.network.crs.forward(lonlat))
    return PlacesOnRoads(lonlat, points, snapper.options(lonlat), places.units_of(layer, lonlat, units))


def prepare(request: Request) -> Prepared:
    """Lay the layers of a request on its roads and units. Its what-ifs have no effect.

    Parameters
    ----------
    request
        As for :func:`coverage.run.run`.
    """
    parameters = request.parameters
    usable, snapper = prepare_snapper(request.network, parameters, request.terrain)
    roads = travel_time.make_roads(request.network, usable, parameters.travel().access_mps, parameters.direction)

    facilities, demand = (lay(layer, snapper, request.units) for layer in (request.facilities, request.demand))
    return Prepared(
        key=prepared_key(request),
        profile=parameters.profile,
        speed_mps=parameters.speed_mps,
        roads=roads,
        snapper=snapper,
        facilities=facilities,
        demand=demand,
        extent=extent_of_roads(request.network, usable.land),
        doubts={
            "facilities": datum_doubt(request.facilities, facilities.points, request.network),
            "demand": datum_doubt(request.demand, demand.points, request.network),
        },
    )


def retimed(base: Prepared, request: Request) -> Prepared:
    """The same places on the same roads for another way of travelling, as for those who walk more slowly.

    Parameters
    ----------
    base
        Of a request that differs in its profile or speed, and in nothing else that :func:`prepare` looks at.
    request
        With the other profile. Where that may use other roads, everything is laid anew.
    """
    if base.key == prepared_key(request):
        return base
    parameters = request.parameters
    before = dataclasses.replace(
        request, parameters=dataclasses.replace(parameters, profile=base.profile, speed_mps=base.speed_mps)
    )
    usable = usable_by(request.network, parameters.travel(), request.terrain)
    old = base.snapper.usable
    same_roads = np.array_equal(usable.edges, old.edges) and np.array_equal(usable.land, old.land)
    if base.key != prepared_key(before) or not same_roads:
        return prepare(request)
    roads = travel_time.make_roads(request.network, usable, parameters.travel().access_mps, parameters.direction)
    snapper = dataclasses.replace(base.snapper, usable=usable)
    return dataclasses.replace(
        base, key=prepared_key(request), profile=parameters.profile, speed_mps=parameters.speed_mps, roads=roads,
        snapper=snapper,
    )  # fmt: skip
