"""Numbers by township and year that belong to no place: registered people, burials, staff. All made up."""

from typing import Final

import geopandas as gpd
import pandas as pd

from data.demo_maker.settings import COUNTY_CODE, random_for
from geo.crs import WGS84

__all__ = ["make_values"]

#: Years of the numbers: the first and the last year of a five-year plan.
YEARS: Final = (2020, 2025)
_SOURCE: Final = "虚构"
#: Registered elders to those who live there: more in the country, whose young people work elsewhere.
_REGISTERED: Final = {True: 0.93, False: 1.12}
#: Burials in a year to people of 80 and over, and shares of them in both years, drawn between the two.
_BURIALS: Final = 0.22
_ECO: Final = ((0.58, 0.74), (0.76, 0.97))
_SMALL: Final = ((0.32, 0.50), (0.80, 0.96))
#: Care workers to people of 80 and over, and the share with a certificate.
_WORKERS: Final = (0.012, 0.017)
_CERTIFIED: Final = ((0.86, 0.92), (0.93, 0.98))
#: People on minimum living allowance to all.
_ALLOWANCE: Final = ((0.0160, 0.0168), (0.0155, 0.0161))


def make_values(demand: gpd.GeoDataFrame, units: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Rows by township, indicator and year.

    Parameters
    ----------
    demand
        People with the code of their village.
    units
        Of all levels.

    Returns
    -------
    GeoDataFrame
        ``unit_code``, ``indicator``, ``year``, ``value``, ``base``, ``source``; sorted; no row has a geometry.
    """
    towns = units[(units["level"] == "township") & (units["parent_code"] == COUNTY_CODE)].sort_values("unit_code")
    people = demand.groupby(demand["unit_code"].str[:9])[["pop", "pop60", "pop80"]].sum()
    rng = random_for("values")
    rows: list[tuple[str, str, int, int, str]] = []
    for code, urban in zip(towns["unit_code"], towns["urban"], strict=True):
        pop, old, oldest = (float(value) for value in people.loc[code])
        for year, grown in zip(YEARS, (0.88, 1.0), strict=True):
            late = int(year == YEARS[1])
            burials = round(oldest * _BURIALS * grown)
            workers = round(oldest * _WORKERS[late])
            told = {
                ("户籍老年人口", "户籍"): round(old * _REGISTERED[bool(urban)] * grown * rng.uniform(0.97, 1.03)),
                ("户籍人口", "户籍"): round(pop * rng.uniform(0.94, 1.02)),
                ("总安葬量", ""): burials,
                ("节地生态安葬量", ""): round(burials * rng.uniform(*_ECO[late])),
                ("小型墓安葬量", ""): round(burials * rng.uniform(*_SMALL[late])),
                ("养老护理员数", ""): workers,
                ("持证养老护理员数", ""): round(workers * rng.uniform(*_CERTIFIED[late])),
                ("低保人数", ""): round(pop * rng.uniform(*_ALLOWANCE[late])),
            }
            rows += [(code, name, year, value, base) for (name, base), value in told.items()]
    table = pd.DataFrame(rows, columns=["unit_code", "indicator", "year", "value", "base"])
    table["source"] = _SOURCE
    table = table.sort_values(["indicator", "year", "unit_code"], ignore_index=True)
    return gpd.GeoDataFrame(table, geometry=[None] * len(table), crs=WGS84)
