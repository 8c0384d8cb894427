"""P3: an area for each facility as a polygon, and how well it agrees with the count.

``python -m benchmarks.areas NETWORK FACILITIES PLACES FOLDER`` serves our side of it.
"""

import geo.jit  # noqa: F401, I001  # first: it hides our folder `coverage` while numba is imported

import dataclasses
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from benchmarks.bench import Bench
from benchmarks.measure import Row, alone
from benchmarks.networks import LIMIT_S, WALK_MPS
from benchmarks.serve import Answer, serve, stopwatch
from benchmarks.sides import running, without_runner
from coverage.network import Network
from coverage.network_file import load_network
from coverage.pairs import pairs_within
from coverage.profiles import load_profile
from coverage.request import Parameters, Request
from coverage.run import run
from coverage.service_area import areas_per_facility
from coverage.usable import usable_by
from geo.crs import WGS84
from geo.paths import VERSION
from layers.layer import Layer
from layers.read import read_layer

__all__ = ["Areas", "agreement", "areas", "points_beside_roads"]

FloatArray = npt.NDArray[np.float64]
_MINUTES: Final = LIMIT_S / 60
#: How far places stand from their road: standard deviation, in metres (docs of the target: 10 m lateral scatter).
_SCATTER_M: Final = 10.0
_CELL_M: Final = 20.0
_SEED: Final = 3


class Areas:
    """Facilities on a network, ready to have their areas drawn.

    Parameters
    ----------
    network
        A kept network.
    facilities, places
        How many.
    folder
        For the tables of both.
    """

    share = 1.0
    version = VERSION

    def __init__(self, network: Path, facilities: int, places: int, folder: Path) -> None:
        roads = load_network(network)
        rng = np.random.default_rng(_SEED)
        for name, count in (("facility_id", facilities), ("demand_id", places)):
            points = points_beside_roads(roads, count, rng)
            table = pd.DataFrame(points, columns=["lon", "lat"]).assign(**{name: [f"{k:06}" for k in range(count)]})
            table.to_csv(folder / f"{name}.csv", index=False)
        sites, self._places = (
            read_layer(folder / "facility_id.csv", "facilities"),
            read_layer(folder / "demand_id.csv", "demand"),
        )
        parameters = Parameters(profile="adult", speed_mps=WALK_MPS, minutes=(_MINUTES,), report_minutes=_MINUTES)
        result = run(Request(roads, sites, self._places, None, parameters))
        self._field, self._request = result.field, result.request

    def run(self) -> float:
        """Search and draw; the grid of the network is there already."""
        return stopwatch(lambda: areas_per_facility(self._field, (_MINUTES,), cell_m=_CELL_M))

    def answer(self) -> Answer:
        """Precision and recall over all pairs of a facility and a place; how many areas, and whether all are valid."""
        asked = self._request
        drawn = areas_per_facility(self._field, (_MINUTES,), cell_m=_CELL_M)
        pairs = pairs_within(asked.network, asked.parameters, self._places, asked.facilities, _MINUTES)
        precision, recall = agreement(drawn, self._places, pairs)
        return {"figures": np.array([precision, recall, len(drawn), shapely.is_valid(drawn.geometry).all()])}


def points_beside_roads(network: Network, count: int, rng: np.random.Generator) -> FloatArray:
    """Places at random along the walkable roads, a little off to the side: degrees, shape (count, 2)."""
    walked = np.flatnonzero(usable_by(network, load_profile("adult")).edges)
    length_m = network.length_m[walked]
    edge = walked[rng.choice(len(walked), count, p=length_m / length_m.sum())]
    points = shapely.line_interpolate_point(network.lines[edge], rng.random(count), normalized=True)
    return network.crs.inverse(shapely.get_coordinates(points) + rng.normal(0.0, _SCATTER_M, (count, 2))).round(7)


def agreement(drawn: gpd.GeoDataFrame, places: Layer, pairs: pd.DataFrame) -> tuple[float, float]:
    """Precision and recall of areas against the places' own travel times.

    Parameters
    ----------
    drawn
        ``facility_id`` and the area.
    places
        Layer of demand.
    pairs
        ``from_id`` (the place) and ``to_id`` (the facility) of all that are within the time.
    """
    points = gpd.GeoSeries(places.frame.geometry, crs=WGS84)
    area, point = points.sindex.query(drawn.geometry, predicate="contains")
    inside = set(zip(drawn["facility_id"].iloc[area], places.frame["demand_id"].iloc[point], strict=True))
    within = set(zip(pairs["to_id"], pairs["from_id"], strict=True))
    both = len(inside & within)
    return both / max(len(inside), 1), both / max(len(within), 1)


def areas(bench: Bench) -> Iterator[Row]:
    """On the base network, with as many places as there are facilities, fifty times."""
    place, count = bench.base, bench.sizes.areas
    work = f"{count:,} areas of {LIMIT_S:.0f} s as polygons; {place.size}"
    folder = bench.folder / "areas"
    folder.mkdir()
    command = (sys.executable, "-m", "benchmarks.areas", str(place.network), str(count), str(count * 50), str(folder))
    with running("polygons", *command) as mine:
        row = Row("P3", work, "polygons", "QGIS (lines only)", target="≤ 2 s, ≥ 40×")
        row = alone(row, mine, rounds=bench.sizes.rounds)
        precision, recall, drawn, valid = mine.answer()["figures"].tolist()
    skipped = without_runner(installed=shutil.which("qgis_process") is not None)
    about = f"{drawn:,.0f} areas on a grid of {_CELL_M:g} m, {'all valid' if valid else 'NOT all valid'}"
    yield dataclasses.replace(row, note=f"{about}; the peer is {skipped}")
    f1 = 2 * precision * recall / max(precision + recall, 1e-9)
    note = f"precision {precision:.3f}, recall {recall:.3f} over pairs of a facility and one of {count * 50:,} places"
    yield Row("P3", work, "agreement with the count", ours_took=(f1,), unit="F1", target="≥ 0.97", note=note)


def main() -> None:
    """Serve our side."""
    network, facilities, places, folder = sys.argv[1:]
    serve(lambda: Areas(Path(network), int(facilities), int(places), Path(folder)))


if __name__ == "__main__":
    main()
