"""The networks that are searched: a real one, and a large one made of copies of it.

``python -m benchmarks.networks ROADS FOLDER NAME [--tiles N]`` makes one, in a process of its own so that what it
takes is given back. The large one is synthetic: the real roads side by side, linked to their neighbours, the seconds
of every edge changed by up to 5 %. No city of that size looks like that; for a search it is as much work.
"""

import geo.jit  # noqa: F401, I001  # first: it hides our folder `coverage` while numba is imported

import argparse
import dataclasses
import json
import math
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from benchmarks.serve import BenchError
from coverage.network import Network, build_network
from coverage.network_file import save_network
from coverage.profiles import load_profile
from coverage.search import make_graph
from coverage.usable import usable_by
from geo.crs import WGS84
from geo.paths import ROOT_DIR
from layers.layer import Layer
from layers.road import read_roads

__all__ = ["LIMIT_S", "WALK_MPS", "Place", "make_place", "place_in_process", "write_task"]

FloatArray = npt.NDArray[np.float64]

#: Walking speed and longest time of the searches (docs/performance.md).
WALK_MPS: Final = 1.35
LIMIT_S: Final = 900.0
#: Share by which the seconds of an edge of the synthetic network are changed at most.
NOISE: Final = 0.05
_SEED: Final = 20260630
# Copies lie this far apart and are linked in so many places along each side.
_GAP_M: Final = 200.0
_LINKS: Final = 30
_COLUMNS: Final = 3


@dataclass(frozen=True)
class Place:
    """A network as files.

    Parameters
    ----------
    name
        What it is, for the table.
    nodes, edges
        Of the network, vertices of degree two joined.
    build_s
        Seconds of ``build_network``.
    arc_count, search_bytes, network_bytes
        Directed edges that can be walked; what the arrays of the search take, and those of the whole network with its
        geometry.
    key
        Of the network.
    network
        The network as our programs keep it.
    roads
        The roads that it was built from: any file that our commands read.
    arcs
        File for :mod:`benchmarks.peers`: both directions of all edges as they are walked.
    """

    name: str
    nodes: int
    edges: int
    build_s: float
    arc_count: int
    search_bytes: int
    network_bytes: int
    key: str
    network: Path
    roads: Path
    arcs: Path

    @property
    def size(self) -> str:
        """For the table."""
        return f"{self.name}: {self.nodes:,} nodes, {self.edges:,} edges"


def place_in_process(roads: Path, folder: Path, name: str, *, tiles: int = 1) -> Place:
    """:func:`make_place` in a process of its own.

    Raises
    ------
    BenchError
        When that process fails.
    """
    command = [sys.executable, "-m", "benchmarks.networks", str(roads), str(folder), name, "--tiles", str(tiles)]
    done = subprocess.run(command, cwd=ROOT_DIR, capture_output=True, encoding="utf-8", check=False)
    if done.returncode != 0:
        raise BenchError(f"{name}: {done.stderr.strip()[-1000:]}")
    found = json.loads(done.stdout)
    return Place(**{**found, **{name: Path(found[name]) for name in ("network", "roads", "arcs")}})


def make_place(roads: Path, folder: Path, name: str, *, tiles: int = 1) -> Place:
    """Build a network and write what the sides read.

    Parameters
    ----------
    roads
        A file of roads.
    folder
        Where files are written.
    name
        What the table calls it.
    tiles
        Copies side by side; 1: the roads as they are.
    """
    layer = read_roads(roads)
    if tiles > 1:
        roads = folder / f"roads{tiles}.parquet"
        write_roads(tiled(layer, build_network(layer), tiles), roads)
        layer = read_roads(roads)
    begun = time.perf_counter()
    network = build_network(layer)
    build_s = time.perf_counter() - begun
    arcs, kept = folder / f"arcs{tiles}.npz", folder / f"place{tiles}.network"
    save_network(network, kept)
    write_arcs(network, arcs, noise=NOISE if tiles > 1 else 0.0)
    with np.load(arcs) as found:
        graph = make_graph(network.nodes, found["tail"], found["head"], found["seconds"])
    return Place(
        name=name,
        nodes=network.nodes,
        edges=network.edges,
        build_s=build_s,
        arc_count=len(graph.to),
        search_bytes=array_bytes(graph),
        network_bytes=array_bytes(network),
        key=network.key,
        network=kept,
        roads=roads,
        arcs=arcs,
    )


def array_bytes(thing: object) -> int:
    """Bytes of all arrays that a dataclass holds, in tables and in parts of it too; layers apart."""
    if isinstance(thing, np.ndarray):
        return thing.nbytes
    if isinstance(thing, Mapping):
        return sum(map(array_bytes, thing.values()))
    if dataclasses.is_dataclass(thing) and not isinstance(thing, Layer):
        return sum(array_bytes(getattr(thing, field.name)) for field in dataclasses.fields(thing))
    return 0


def tiled(layer: Layer, network: Network, tiles: int) -> gpd.GeoDataFrame:
    """Copies of the roads side by side, three in a row, each linked to those beside it.

    A wider row would pass the limits of one metric system.
    """
    crs = network.crs
    metric = shapely.transform(layer.frame.geometry.to_numpy(), crs.forward)
    west, south, east, north = shapely.total_bounds(metric)
    pitch = np.array([east - west, north - south]) + _GAP_M
    column, row = np.arange(tiles) % _COLUMNS, np.arange(tiles) // _COLUMNS
    shift = np.column_stack([column - _COLUMNS // 2, row - row[-1] // 2]) * pitch
    frames = [
        layer.frame.set_geometry(shapely.transform(metric, lambda xy, k=k: xy + shift[k]), crs=crs.name)
        for k in range(tiles)
    ]
    ends = shapely.get_coordinates(shapely.get_point(metric, 0))
    links = [shapely.linestrings(np.empty((0, 2, 2)))]
    for tile in range(tiles):
        for step, axis in ((1, 0), (_COLUMNS, 1)):
            if tile + step < tiles and (axis == 1 or column[tile] + 1 < _COLUMNS):
                here, there = _outermost(ends, axis, most=True), _outermost(ends, axis, most=False)
                links.append(shapely.linestrings(np.stack([here + shift[tile], there + shift[tile + step]], axis=1)))
    lines = np.concatenate(links)
    linked = gpd.GeoDataFrame({"highway": ["residential"] * len(lines)}, geometry=lines, crs=crs.name)
    return gpd.GeoDataFrame(pd.concat([*frames, linked], ignore_index=True))


def _outermost(points: FloatArray, axis: int, *, most: bool) -> FloatArray:
    """In each of some strips across one side of the tile, the point nearest to that side, shape (links, 2)."""
    along, out = points[:, 1 - axis], points[:, axis] * (1 if most else -1)
    strip = np.minimum(((along - along.min()) / np.ptp(along) * _LINKS).astype(np.int64), _LINKS - 1)
    best = [np.flatnonzero(strip == k)[np.argmax(out[strip == k])] for k in np.unique(strip)]
    rows = np.full(_LINKS, best[0])
    rows[np.unique(strip)] = best
    return np.asarray(points[rows])


def write_roads(frame: gpd.GeoDataFrame, path: Path) -> None:
    """Roads as a file that our commands read: class, direction, and whether one may walk."""
    foot = np.where(frame["no_foot"].fillna(False).astype(bool), "no", "")  # noqa: FBT003 - what pandas calls it
    columns = {"highway": frame["highway"], "oneway": frame["oneway"].fillna(0).astype(int).astype(str), "foot": foot}
    gpd.GeoDataFrame(columns, geometry=frame.geometry, crs=frame.crs).to_crs(WGS84).to_parquet(path)


def write_arcs(network: Network, path: Path, *, noise: float) -> None:
    """Both directions of all edges as they are walked; parallel edges and loops too.

    Parameters
    ----------
    noise
        The seconds of each edge are multiplied by a number that is at most this far from 1.
    """
    usable = usable_by(network, load_profile("adult", speed_mps=WALK_MPS))
    factor = np.random.default_rng(_SEED).uniform(1 - noise, 1 + noise, network.edges)
    seconds = np.concatenate([usable.forward_s * factor, usable.backward_s * factor])
    open_way = np.isfinite(seconds)
    np.savez(
        path,
        nodes=network.nodes,
        tail=np.concatenate([network.u, network.v])[open_way],
        head=np.concatenate([network.v, network.u])[open_way],
        seconds=seconds[open_way],
        xy=network.crs.forward(network.node_lonlat),
        lonlat=network.node_lonlat,
    )


def write_task(place: Place, sources: int, path: Path) -> None:
    """Some nodes, in no order, to search from within :data:`LIMIT_S`."""
    with np.load(place.arcs) as arcs:
        walked = np.unique(arcs["tail"])
    count = min(sources, len(walked))
    chosen = np.random.default_rng(_SEED).choice(walked, count, replace=False)
    np.savez(path, sources=chosen.astype(np.int64), limit_s=LIMIT_S)


def tiles_for(place: Place, nodes: int) -> int:
    """Copies of a place that have about so many nodes together."""
    return max(1, math.floor(nodes / place.nodes + 0.5))


def main() -> None:
    """Make one place and print it as JSON."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.networks")
    parser.add_argument("roads", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("name")
    parser.add_argument("--tiles", type=int, default=1)
    given = parser.parse_args()
    place = make_place(given.roads, given.folder, given.name, tiles=given.tiles)
    sys.stdout.write(json.dumps(dataclasses.asdict(place), default=str))


if __name__ == "__main__":
    main()
