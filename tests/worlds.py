"""Random small towns from a seed: lattices with streets missing, bends, parallel streets, loops, lanes and islands."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import strategies as st

from coverage.network import Network, build_network
from coverage.request import Request
from coverage.result import Result
from coverage.run import run
from layers.layer import Layer
from tests.builders import ORIGIN, XY, Place, Road, demand, facilities, parameters, roads, seconds_of, solve

#: Metres between the streets of the lattice.
STEP = 170.0
#: Classes of roads in a town, streets most of all.
CLASSES = (
    "residential", "residential", "residential", "primary", "service", "footway", "track", "motorway", "steps", "ferry",
)  # fmt: skip


@dataclass(frozen=True)
class World:
    """A town: its roads, who serves, who lives there."""

    streets: tuple[Road, ...]
    sites: dict[str, Place]
    homes: dict[str, Place]
    origin: XY = ORIGIN

    def roads(self) -> Layer:
        return roads(*self.streets, origin=self.origin)

    def network(self) -> Network:
        return build_network(self.roads())

    def facilities(self) -> Layer:
        return facilities(self.sites, self.origin)

    def demand(self) -> Layer:
        return demand(self.homes, self.origin)

    def request(self, network: Network | None = None, **given: Any) -> Request:
        asked = parameters(**given)
        return Request(network or self.network(), self.facilities(), self.demand(), None, asked)

    def solve(self, network: Network | None = None, **given: Any) -> Result:
        return solve(network or self.roads(), self.facilities(), self.demand(), **given)

    def times_s(self, network: Network | None = None, **given: Any) -> "pd.Series[float]":
        """Seconds from each home to its nearest facility before rounding, inf where there is none, by id.

        Without the rule for islands, unless given; ``network`` in place of the one of these streets.
        """
        asked = {"island_nodes": 0, "minutes": (1,), "report_minutes": 60, **given}
        return times_s(run(self.request(network, **asked)))

    def with_streets(self, streets: Sequence[Road]) -> "World":
        return replace(self, streets=tuple(streets))


def times_s(result: Result) -> "pd.Series[float]":
    """Seconds of the homes before rounding, inf where there are none, by id."""
    return pd.Series(seconds_of(result), index=result.demand["demand_id"]).fillna(math.inf)


def town(
    seed: int, side: int = 5, sites: int = 4, homes: int = 25, *, plain: bool = False, on_roads: bool = False
) -> World:
    """Make a town of ``side`` x ``side`` corners.

    Parameters
    ----------
    plain
        Only residential streets for both directions, and all of the lattice: one connected town.
    on_roads
        Half of the places stand exactly on a road: at a junction or a bend, inside an edge, or where another stands.
    """
    rng = np.random.default_rng(seed)
    corners = np.stack(np.meshgrid(np.arange(side), np.arange(side)), axis=-1).reshape(-1, 2) * STEP
    corners = np.round(corners + rng.uniform(-40, 40, corners.shape), 3)
    pairs = [(i, i + 1) for i in range(side * side) if (i + 1) % side]
    pairs += [(i, i + side) for i in range(side * (side - 1))]
    kept = [pair for pair in pairs if plain or rng.random() < 0.75] or pairs[:1]
    parallel = [pair for pair in kept if rng.random() < 0.12]
    streets = [_street(rng, corners[i], corners[j], bends=int(rng.integers(0, 3)), plain=plain) for i, j in kept]
    streets += [_street(rng, corners[i], corners[j], bends=2, plain=plain) for i, j in parallel]
    for i in rng.integers(0, side * side, 2):
        a = corners[i]
        b, c = a + rng.uniform(20, 60, 2), a + rng.uniform(-60, -20, 2) * (1, -1)
        streets.append(_road(rng, [a, b, c, a], plain=plain))  # a loop
        streets.append(_road(rng, [a, a + rng.uniform(-90, 90, 2)], plain=plain))  # a dead end
    if not plain:
        away = side * STEP + 150.0
        streets.append(_road(rng, [(away, 0.0), (away, 200.0), (away + 60, 300.0)], plain=True))  # an island
        ring = [(away, 500.0), (away + 90, 500.0), (away + 40, 610.0), (away, 500.0)]
        streets.append(_road(rng, ring, plain=True))  # an island without a junction
    low, high = -150.0, (side - 1) * STEP + (150.0 if plain else 420.0)
    places = np.round(rng.uniform(low, high, (sites + homes, 2)), 3)
    if on_roads:
        _put_on_roads(rng, places, streets)
    names = rng.permutation([f"F{i:02}" for i in range(sites)])
    return World(
        streets=tuple(streets),
        sites={str(name): Place(_xy(p)) for name, p in zip(names, places[:sites], strict=True)},
        homes={f"D{i:03}": Place(_xy(p), pop=int(rng.integers(0, 50))) for i, p in enumerate(places[sites:])},
    )


def _put_on_roads(rng: np.random.Generator, places: Any, streets: Sequence[Road]) -> None:
    for i in np.flatnonzero(rng.random(len(places)) < 0.5):
        points = np.array(streets[int(rng.integers(len(streets)))].points)
        k = int(rng.integers(len(points) - 1))
        a, b = points[k], points[k + 1]
        places[i] = (a, a + (b - a) * rng.uniform(0, 1), a + (b - a) * 0.5, places[rng.integers(len(places))])[
            int(rng.integers(4))
        ]


def _xy(point: Any) -> XY:
    return float(point[0]), float(point[1])


def _road(rng: np.random.Generator, points: Sequence[Any], *, plain: bool) -> Road:
    if plain:
        return Road([_xy(p) for p in points])
    limited = rng.random() < 0.2
    highway = str(rng.choice(CLASSES))
    return Road(
        [_xy(p) for p in points],
        highway=highway,
        oneway=int(rng.choice([0, 0, 1, -1])),
        maxspeed_kmh=float(rng.choice([5, 30, 60])) if limited else math.nan,
        bridge=bool(rng.random() < 0.1),
        no_foot=bool(rng.random() < 0.05),
        ferry_mps=float(rng.choice([math.nan, 0.7, 3.0])) if highway == "ferry" else math.nan,
        both_ways_cycle=bool(rng.random() < 0.2),
    )


def _street(rng: np.random.Generator, a: Any, b: Any, *, bends: int, plain: bool) -> Road:
    """A street from a to b over some bends: vertices of degree two."""
    inner = [a + (b - a) * (k + 1) / (bends + 1) + rng.uniform(-25, 25, 2) for k in range(bends)]
    return _road(rng, [a, *inner, b], plain=plain)


#: What the laws are tried with.
PROFILE = st.sampled_from(["adult", "aided", "ebike", "drive"])
DIRECTION = st.sampled_from(["to", "from"])
#: Seconds that rounding may make where a law says equal.
SAME_S = 1e-6
SEEDS = st.integers(min_value=0, max_value=2**32 - 1)


def towns(*, plain: bool = False, homes: int = 15) -> st.SearchStrategy[World]:
    """Towns of several sizes, by seed; in half of them half of the places stand on a road."""
    return st.builds(
        lambda seed, side, sites, on_roads: town(seed, side, sites, homes, plain=plain, on_roads=on_roads),
        SEEDS,
        st.integers(min_value=2, max_value=5),
        st.integers(min_value=1, max_value=5),
        st.booleans(),
    )
