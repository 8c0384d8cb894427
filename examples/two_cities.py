"""What a circle of 1 km promises and what people can walk: two real cities, one of them with hills.

Makes the table and the pictures of docs/two-cities.md: ``python -m examples.two_cities --data FOLDER``. FOLDER holds
``porto/porto.osm.pbf`` and ``porto_alegre/`` with ``roads.osm.pbf``, ``elevation.tif`` and ``population_hexgrid.csv``.
"""

import argparse
import datetime as dt
import io
import tempfile
from dataclasses import dataclass
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import shapely
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, PathPatch
from matplotlib.path import Path as Outline
from PIL import Image

import geo.jit  # noqa: F401  # before all else that may import numba: see CONTRIBUTING.md
from coverage import slope
from coverage.network import Network, build_network
from coverage.request import Parameters, Request
from coverage.result import Result
from coverage.run import run
from geo.crs import geodesic_m
from geo.raster import read_elevation
from geo.write import write_bytes, write_text
from layers.layer import Layer
from layers.read import read_layer
from layers.road import read_roads

#: The table of the page stands between these.
BEGIN, END = "<!-- table -->", "<!-- end of table -->"
AS_OF = dt.date(2026, 1, 1)
CIRCLE_M = 1000.0
#: Distance of the invented centres of Porto, whose file holds roads only, in degrees of latitude: about 2.2 km.
SPACING_DEGREES = 0.02
#: A point of the grid with no junction within this distance, in metres, has no centre.
NEAR_M = 500.0
FLAT, HILLS, CIRCLE = "#2b7a9b", "#d9822b", "#a9b4ba"


@dataclass(frozen=True)
class City:
    """Roads, facilities and people of a city."""

    network: Network
    facilities: Layer
    demand: Layer


def layer_of(table: pd.DataFrame, kind: str) -> Layer:
    """A table as a layer, read as any file is."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / f"{kind}.csv"
        table.to_csv(file, index=False)
        return read_layer(file, kind)


def porto(data: Path) -> City:
    """Invented centres, on the junctions nearest to a regular grid, and every third junction in the place of people."""
    network = build_network(read_roads(data / "porto" / "porto.osm.pbf"))
    west, south, east, north = (float(v) for v in shapely.total_bounds(shapely.points(network.node_lonlat)))
    rows = np.arange(south + SPACING_DEGREES, north, SPACING_DEGREES)
    columns = np.arange(west + SPACING_DEGREES, east, SPACING_DEGREES / np.cos(np.radians((south + north) / 2)))
    lon, lat = (part.ravel() for part in np.meshgrid(columns, rows))
    junctions = network.node_lonlat[~network.node_is_change]
    tree = shapely.STRtree(shapely.points(network.crs.forward(junctions)))
    grid = shapely.points(network.crs.forward(np.column_stack([lon, lat])))
    _, nearest = tree.query_nearest(grid, max_distance=NEAR_M, all_matches=False)
    centres = pd.DataFrame(junctions[np.unique(nearest)], columns=["lon", "lat"])
    places = pd.DataFrame(junctions[::3], columns=["lon", "lat"])
    return City(network, layer_of(centres, "facilities"), layer_of(places, "demand"))


def porto_alegre(data: Path) -> City:
    """Cells with health care as facilities, cells with people as demand."""
    network = build_network(read_roads(data / "porto_alegre" / "roads.osm.pbf"))
    cells = pd.read_csv(data / "porto_alegre" / "population_hexgrid.csv")
    care = cells[cells["healthcare"] > 0][["lon", "lat"]]
    people = cells[cells["population"] > 0][["id", "lon", "lat", "population"]]
    people = people.rename(columns={"id": "demand_id", "population": "pop"})
    return City(network, layer_of(care, "facilities"), layer_of(people, "demand"))


def answer(city: City, parameters: Parameters, terrain: slope.Terrain | None = None) -> Result:
    """Coverage of a city."""
    return run(Request(city.network, city.facilities, city.demand, None, parameters, terrain=terrain))


def in_circles(city: City) -> float:
    """Share of the weight within 1 km of a facility as the crow flies."""
    sites = np.column_stack([shapely.get_x(points := city.facilities.frame.geometry.to_numpy()), shapely.get_y(points)])
    people = city.demand.frame.geometry.to_numpy()
    lonlat = np.column_stack([shapely.get_x(people), shapely.get_y(people)])
    weight = city.demand.frame["pop"].to_numpy() if "pop" in city.demand.frame else np.ones(len(lonlat))
    near = np.zeros(len(lonlat), dtype=bool)
    for site in sites:
        near |= geodesic_m(np.broadcast_to(site, lonlat.shape), lonlat) <= CIRCLE_M
    return float(weight[near].sum() / weight.sum())


def share(result: Result, minutes: str = "15") -> float:
    """Share of the weight that is covered."""
    return float(result.summary["covered"][minutes] / result.summary["demand_total"])


def draw(axes: Axes, city: City, areas: list[tuple[Result, str]]) -> None:
    """Roads, circles of 1 km, and service areas of 15 minutes."""
    crs = city.network.crs
    ends = np.stack([city.network.xy[city.network.offsets[:-1]], city.network.xy[city.network.offsets[1:] - 1]], axis=1)
    axes.add_collection(LineCollection(list(ends), colors="#d8d4ca", linewidths=0.25))
    geometry = city.facilities.frame.geometry.to_numpy()
    sites = crs.forward(np.column_stack([shapely.get_x(geometry), shapely.get_y(geometry)]))
    circles = shapely.union_all(shapely.buffer(shapely.points(sites), CIRCLE_M))
    axes.add_patch(_patch(circles, facecolor="none", edgecolor=CIRCLE, linewidth=0.8, linestyle="--"))
    for result, colour in areas:
        area = shapely.transform(result.service_areas.geometry.iloc[-1], crs.forward)
        axes.add_patch(_patch(area, facecolor=colour, edgecolor="none", alpha=0.75))
    axes.plot(*sites.T, ".", color="#22313a", markersize=2.5)
    axes.set_aspect("equal")
    axes.set_axis_off()
    middle = np.median(sites, axis=0)
    axes.set_xlim(middle[0] - 5000, middle[0] + 5000)
    axes.set_ylim(middle[1] - 5000, middle[1] + 5000)


def _patch(shape: shapely.Geometry, **style: object) -> PathPatch:
    rings = [ring for part in shapely.get_parts(shape) for ring in (part.exterior, *part.interiors)]
    return PathPatch(Outline.make_compound_path(*(Outline(np.asarray(ring.coords)) for ring in rings)), **style)


def picture(file: Path, city: City, areas: list[tuple[Result, str, str]]) -> None:
    """A window of 10 km: circles of 1 km dashed, areas of 15 minutes filled."""
    figure, axes = plt.subplots(figsize=(6.2, 6.2), dpi=130)
    draw(axes, city, [(result, colour) for result, colour, _ in areas])
    handles = [Patch(facecolor=colour, alpha=0.75, label=label) for _, colour, label in areas]
    handles.append(Line2D([], [], color=CIRCLE, linestyle="--", label="circle of 1 km"))
    axes.legend(handles=handles, loc="lower left", fontsize=7, framealpha=0.9)
    axes.text(0.99, 0.01, "10 km x 10 km; roads © OpenStreetMap contributors (ODbL)", transform=axes.transAxes,
              ha="right", va="bottom", fontsize=5.5, color="#5a666c")  # fmt: skip
    figure.tight_layout(pad=0.2)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    plt.close(figure)
    small = Image.open(buffer).convert("RGB").quantize(64, dither=Image.Dither.NONE)
    packed = io.BytesIO()
    small.save(packed, format="png", optimize=True)
    write_bytes(file, packed.getvalue())


def rows(first: City, second: City, hills: slope.Terrain) -> tuple[list[str], dict[str, Result]]:
    """The lines of the table, and the results that are drawn."""
    elder, older = (Parameters(profile=name, as_of=AS_OF) for name in ("elder", "elder75"))
    results = {
        "porto": answer(first, elder),
        "porto 75+": answer(first, older),
        "flat": answer(second, elder),
        "flat 75+": answer(second, older),
        "hills": answer(second, elder, hills),
        "hills 75+": answer(second, older, hills),
    }
    shares = {name: share(result) for name, result in results.items()}
    circles = {"Porto": in_circles(first), "Porto Alegre": in_circles(second)}
    circle = circles["Porto Alegre"]
    lines = [
        "| 城市 City | 1 公里圆 Circle of 1 km | 60–74 岁 15 分钟 | 75 岁以上 15 分钟 |",
        "|---|---|---|---|",
        f"| Porto | {circles['Porto']:.1%} | {shares['porto']:.1%} | {shares['porto 75+']:.1%} |",
        f"| Porto Alegre, 平地 flat | {circle:.1%} | {shares['flat']:.1%} | {shares['flat 75+']:.1%} |",
        f"| Porto Alegre, 计坡度 slopes | {circle:.1%} | {shares['hills']:.1%} | {shares['hills 75+']:.1%} |",
    ]
    return lines, results


def main() -> None:
    """Compute, draw, and put the table into the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--page", type=Path, default=Path("docs") / "two-cities.md")
    given = parser.parse_args()
    first, second = porto(given.data), porto_alegre(given.data)
    west, south = second.network.lonlat.min(axis=0).tolist()
    east, north = second.network.lonlat.max(axis=0).tolist()
    raster = read_elevation(given.data / "porto_alegre" / "elevation.tif", (west, south, east, north))
    lines, results = rows(first, second, slope.terrain_of(second.network, raster))
    folder = given.page.parent
    picture(folder / "two-cities-porto.png", first, [(results["porto"], FLAT, "60-74, 15 min on foot")])
    both = [(results["flat"], HILLS, "60-74, 15 min, flat"), (results["hills"], FLAT, "the same with slopes")]
    picture(folder / "two-cities-porto-alegre.png", second, both)
    page = given.page.read_text(encoding="utf-8")
    head, _, rest = page.partition(BEGIN)
    write_text(given.page, head + BEGIN + "\n" + "\n".join(lines) + "\n" + END + rest.partition(END)[2])


if __name__ == "__main__":
    main()
