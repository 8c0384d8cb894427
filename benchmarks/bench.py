"""What all workloads share: sizes, the networks, and the folder for what is made on the way."""

import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from benchmarks.networks import Place, place_in_process, tiles_for, write_task
from geo.paths import DATA_DIR

__all__ = ["FULL", "QUICK", "Bench", "Sizes"]


@dataclass(frozen=True)
class Sizes:
    """How much work there is.

    Parameters
    ----------
    nodes
        Of the large network, about.
    facilities
        On the large network.
    areas
        Separate searches.
    demand
        Places with people of the large run.
    rounds
        Samples of each side.
    """

    nodes: int
    facilities: int
    areas: int
    demand: int
    rounds: int


FULL = Sizes(nodes=975_000, facilities=10_000, areas=1_000, demand=500_000, rounds=5)
#: To see that it works; its figures say nothing.
QUICK = Sizes(nodes=12_000, facilities=100, areas=20, demand=1_000, rounds=3)


class Bench:
    """One run of the benchmark.

    Parameters
    ----------
    sizes
        How much work there is.
    folder
        For networks and answers on the way.
    roads
        File of the base network; None: Porto where ``QUARTERHOUR_DATA`` has it, else the roads of the demo.
    """

    def __init__(self, sizes: Sizes, folder: Path, *, roads: Path | None = None) -> None:
        self.sizes, self.folder = sizes, folder
        self.roads = roads or _base_roads(small=sizes is QUICK)

    @cached_property
    def base(self) -> Place:
        """A real network."""
        name = {"porto.osm.pbf": "Porto", "roads.parquet": "demo roads"}.get(self.roads.name, self.roads.stem)
        return place_in_process(self.roads, self.folder, name)

    @cached_property
    def middle(self) -> Place:
        """Two copies side by side: with Porto, some 200,000 edges."""
        return self._copies(2)

    @cached_property
    def large(self) -> Place:
        """The large synthetic network."""
        return self._copies(max(3, tiles_for(self.base, self.sizes.nodes)))

    def _copies(self, tiles: int) -> Place:
        name = f"synthetic ({tiles} × {self.base.name}, linked)"
        return place_in_process(self.roads, self.folder, name, tiles=tiles)

    def task(self, place: Place, sources: int) -> Path:
        """File with so many random nodes of a place to search from."""
        path = self.folder / f"task-{place.arcs.stem}-{sources}.npz"
        if not path.exists():
            write_task(place, sources, path)
        return path


def _base_roads(*, small: bool) -> Path:
    data = os.environ.get("QUARTERHOUR_DATA", "")
    porto = Path(data) / "porto" / "porto.osm.pbf"
    return porto if data and porto.is_file() and not small else DATA_DIR / "demo" / "layers" / "roads.parquet"
