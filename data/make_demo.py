"""Makes the demonstration workspace ``data/demo``: real roads, everything else made up from a fixed seed.

Run from the repository root::

    python -m data.make_demo --source DIR [--out data/demo]

``DIR`` holds ``wuhan/roads.parquet`` and ``china/county_age_2020.csv``. Needed only to rebuild the folder: it is
part of the repository. The same locked versions give the same bytes.
"""

import argparse
import csv
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from data.demo_maker.facilities import facility_frame, facility_rows
from data.demo_maker.faults import plant_in_demand, plant_in_facilities
from data.demo_maker.lines import make_lines
from data.demo_maker.pack import write_workspace
from data.demo_maker.people import hamlets_m, make_demand
from data.demo_maker.roads import read_roads, sample_roads, with_islands
from data.demo_maker.settings import AS_OF, COUNTY_CODE, METRIC, WUHAN_2020
from data.demo_maker.sites import choose_sites
from data.demo_maker.stake_faults import plant_in_lines, plant_in_stakes
from data.demo_maker.stakes import stake_frame, stake_rows
from data.demo_maker.units import make_units, of_level
from data.demo_maker.values import make_values
from geo.paths import DATA_DIR

_LOG = logging.getLogger(__name__)
_WUHAN = "420100"


def check_age_figures(path: Path) -> None:
    """Stop when the figures written into the maker are not those of the census table."""
    with path.open(encoding="utf-8", newline="") as file:
        city = next(row for row in csv.DictReader(file) if row["code"] == _WUHAN)
    found = {name: int(float(city[name])) for name in WUHAN_2020}
    if found != WUHAN_2020:
        msg = f"the census table says {found}, the maker {WUHAN_2020}"
        raise ValueError(msg)


def make_layers(source: Path) -> tuple[dict[str, gpd.GeoDataFrame], dict[str, Any]]:
    """All seven layers by kind, and what was spoiled on purpose."""
    roads = read_roads(source / "wuhan" / "roads.parquet")
    samples = sample_roads(roads)
    units = make_units(samples)
    county = shapely.transform(of_level(units, "county", COUNTY_CODE).geometry.iloc[0], METRIC.forward)
    sites = choose_sites(county, roads, samples)
    demand = make_demand(of_level(units, "village"), samples, sites)
    _LOG.info("roads, units and people are made")
    facilities = facility_rows(units, samples, demand)
    planted_facilities = plant_in_facilities(facilities, sites, units)
    lines = make_lines(units)
    stakes = stake_rows(lines, of_level(units, "township"))
    planted_stakes = plant_in_stakes(stakes, lines)
    planted_stakes += plant_in_lines(lines, planted_stakes)
    layers = {
        "roads": with_islands(roads, np.array([sites.far_island, sites.near_island])),
        "units": units,
        "demand": demand,
        "facilities": facility_frame(facilities),
        "lines": lines,
        "stakes": stake_frame(stakes),
        "values": make_values(demand, units),
    }
    planted = {
        "as_of": AS_OF.isoformat(),
        "facilities": sorted(planted_facilities, key=lambda entry: (entry["code"], entry["facility_id"])),
        "demand": plant_in_demand(demand, hamlets_m(sites)),
        "stakes": sorted(planted_stakes, key=lambda entry: (int(entry["check"][1:]), entry["line_code"])),
    }
    return layers, planted


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the command line and make the workspace."""
    parser = argparse.ArgumentParser(prog="python -m data.make_demo", description="Make the demonstration workspace.")
    parser.add_argument("--source", type=Path, required=True, help="folder with wuhan/ and china/")
    parser.add_argument("--out", type=Path, default=DATA_DIR / "demo", help="the workspace to write (replaced)")
    chosen = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    check_age_figures(chosen.source / "china" / "county_age_2020.csv")
    layers, planted = make_layers(chosen.source)
    write_workspace(layers, planted, chosen.out)
    for kind, frame in layers.items():
        _LOG.info("%s: %d rows", kind, len(frame))


if __name__ == "__main__":
    main()
