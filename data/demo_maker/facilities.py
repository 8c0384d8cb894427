"""Made-up facilities, most of them near people, some townships served badly."""

from dataclasses import dataclass
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.spatial import cKDTree

from data.demo_maker.facility_plan import PLAN, SERVICE_LEVEL, KindPlan
from data.demo_maker.roads import DECIMALS, RoadSamples
from data.demo_maker.settings import AS_OF, METRIC, NEIGHBOUR_CODE, BoolArray, FloatArray, random_for
from data.demo_maker.units import TOWNSHIPS, locate, of_level
from geo.crs import WGS84

__all__ = ["COLUMNS", "facility_frame", "facility_rows"]

COLUMNS: Final = (
    "facility_id",
    "name",
    "kind",
    "grade",
    "status",
    "open_date",
    "close_date",
    "beds",
    "nursing_beds",
    "dementia_beds",
    "residents",
    "places",
    "meals_per_day",
    "plots",
    "ownership",
    "unit_code",
    "standardised",
)
_WHOLE: Final = ("beds", "nursing_beds", "dementia_beds", "residents", "places", "meals_per_day", "plots")
_LOCAL_ROADS: Final = ("residential", "living_street", "unclassified", "tertiary", "pedestrian")
#: No facility this near to a border of a village, so that the unit of each is beyond doubt.
_BORDER_M: Final = 15.0
_NEIGHBOUR_REACH_M: Final = 2_600.0
#: People within this distance draw a facility to a spot; few within the other make it rural.
_NEAR_M: Final = 600.0
_RURAL_M: Final = 1_000.0
#: Power of the pull in the odds of a spot: the higher, the better are facilities placed.
_EAGERNESS: Final = 1.7
_SPOT_SHARE: Final = 0.5
_PLANNED_SHARE: Final = 0.07
_CLOSED_SHARE: Final = 0.035
_DEMENTIA_SHARE: Final = 0.45
#: Kinds with no more than so many facilities have none planned, none closed.
_TOO_FEW_TO_PLAN: Final = 4
_TOO_FEW_TO_CLOSE: Final = 9


@dataclass(frozen=True)
class _Spots:
    """Places where a facility may stand: beside local roads, metres; what draws it there; in which unit."""

    xy: FloatArray
    pull: pd.DataFrame
    unit_code: np.ndarray

    def only(self, mask: BoolArray) -> "_Spots":
        return _Spots(self.xy[mask], self.pull[mask].reset_index(drop=True), self.unit_code[mask])


def facility_rows(units: gpd.GeoDataFrame, samples: RoadSamples, demand: gpd.GeoDataFrame) -> list[dict[str, Any]]:
    """All facilities of the plan with ``xy`` in metres, in the order of the plan."""
    rng = random_for("facilities")
    spots = _make_spots(units, samples, demand, rng)
    own = spots.only(~_is_neighbour(spots.unit_code))
    other = spots.only(_is_neighbour(spots.unit_code))
    name_of = dict(zip(units["unit_code"], units["name"], strict=True))
    rows: list[dict[str, Any]] = []
    for plan in PLAN:
        chosen = np.concatenate([_choose(own, plan, plan.count[0], rng), _choose(other, plan, plan.count[1], rng)])
        sides = [own] * plan.count[0] + [other] * plan.count[1]
        used: dict[str, int] = {}
        for serial, (spot, side) in enumerate(zip(chosen, sides, strict=True), start=1):
            code = str(side.unit_code[spot])
            row = {"facility_id": f"{plan.prefix}{serial:03d}", "kind": plan.kind, "unit_code": code}
            row["xy"] = side.xy[spot]
            place = name_of[code[:9] if plan.by_township else code]
            used[place] = used.get(place, 0) + 1
            row["name"] = place + plan.label + (f"({used[place]}号)" if used[place] > 1 else "")
            rows.append(row | _state(plan, rng) | _figures(plan, rng))
    return rows


def _is_neighbour(codes: np.ndarray) -> BoolArray:
    return np.array([str(code).startswith(NEIGHBOUR_CODE) for code in codes])


def _make_spots(
    units: gpd.GeoDataFrame, samples: RoadSamples, demand: gpd.GeoDataFrame, rng: np.random.Generator
) -> _Spots:
    """A spot beside every second local road sample of the county, and of the neighbour near the common border."""
    local = samples.of(*_LOCAL_ROADS)
    local = local.only(rng.random(len(local.xy)) < _SPOT_SHARE)
    beside_m = rng.uniform(8.0, 40.0, len(local.xy)) * rng.choice([-1.0, 1.0], len(local.xy))
    xy = local.xy + beside_m[:, None] * np.column_stack([-local.direction[:, 1], local.direction[:, 0]])
    leaves = pd.concat([of_level(units, "village"), of_level(units, "township", NEIGHBOUR_CODE)], ignore_index=True)
    codes = locate(leaves, METRIC.inverse(xy).round(DECIMALS))
    borders = shapely.transform(shapely.union_all(leaves.geometry.boundary.to_numpy()), METRIC.forward)
    shapely.prepare(borders)
    points = shapely.points(xy)
    keep = (codes != "") & ~shapely.dwithin(points, borders, _BORDER_M)
    county = of_level(units, "county")
    county_m = shapely.transform(county[county["unit_code"] != NEIGHBOUR_CODE].geometry.iloc[0], METRIC.forward)
    keep &= ~_is_neighbour(codes) | shapely.dwithin(points, county_m, _NEIGHBOUR_REACH_M)
    xy, codes = xy[keep], codes[keep]
    return _Spots(xy, _pull(xy, codes, demand), codes)


def _pull(xy: FloatArray, codes: np.ndarray, demand: gpd.GeoDataFrame) -> pd.DataFrame:
    """People within 600 m of each spot, by age; ``rural`` where few live within a kilometre."""
    people_m = METRIC.forward(shapely.get_coordinates(demand.geometry.to_numpy()))
    tree = cKDTree(people_m)
    spots = cKDTree(xy)
    near = spots.sparse_distance_matrix(tree, _RURAL_M, output_type="coo_matrix").tocsr()
    close = near.copy()
    close.data = (near.data <= _NEAR_M).astype(np.float64)
    near.data[:] = 1.0
    pull = pd.DataFrame({name: close @ demand[name].to_numpy(float) for name in ("pop", "pop0_14", "pop60", "pop65")})
    pull["pop80"] = close @ demand["pop80"].to_numpy(float)
    pull["rural"] = 1.0 / (150.0 + near @ demand["pop"].to_numpy(float)) ** 2
    pull[_is_neighbour(codes)] = 1.0
    level = np.array([SERVICE_LEVEL.get(str(code)[4:9], 1.0) for code in codes])
    return pull.mul(level, axis=0)


def _choose(spots: _Spots, plan: KindPlan, count: int, rng: np.random.Generator) -> np.ndarray:
    """Spots one after another, the more pull the likelier, none within ``spread_m`` of one chosen before."""
    weight = spots.pull[plan.near].to_numpy(copy=True) ** _EAGERNESS
    township = np.array([str(code)[:9] for code in spots.unit_code])
    chosen = []
    for _ in range(count):
        spot = rng.choice(len(weight), p=weight / weight.sum())
        chosen.append(spot)
        weight[np.hypot(*(spots.xy - spots.xy[spot]).T) < max(plan.spread_m, 60.0)] = 0.0
        if plan.by_township and count <= TOWNSHIPS:
            weight[township == township[spot]] = 0.0
    return np.array(chosen, dtype=np.int64)


def _state(plan: KindPlan, rng: np.random.Generator) -> dict[str, Any]:
    """Status with fitting dates, as ISO text."""
    opened = f"{rng.integers(2008, 2026)}-{rng.integers(1, 13):02d}-{rng.integers(1, 29):02d}"
    draw = rng.random()
    planned = f"{rng.choice([2026, 2027, 2027])}-{rng.integers(9, 13):02d}-01"
    if plan.kind == "vacant":
        # Not in use: it must not count as serving anybody.
        return {"status": "closed", "open_date": None, "close_date": None}
    if plan.count[0] > _TOO_FEW_TO_PLAN and draw < _PLANNED_SHARE:
        return {"status": "planned", "open_date": planned, "close_date": None}
    if plan.count[0] > _TOO_FEW_TO_CLOSE and draw > 1 - _CLOSED_SHARE:
        closed = f"{AS_OF.year - rng.integers(1, 3)}-{rng.integers(1, 13):02d}-15"
        return {"status": "closed", "open_date": f"2007{opened[4:]}", "close_date": closed}
    return {"status": "open", "open_date": opened, "close_date": None}


def _figures(plan: KindPlan, rng: np.random.Generator) -> dict[str, Any]:
    """Capacity, grade, ownership."""
    row: dict[str, Any] = {}
    for column, least, most in plan.numbers:
        # Small ones are more frequent.
        row[column] = int((least + (most - least) * rng.random() ** 1.8) // plan.step * plan.step)
    if "beds" in row:
        row["nursing_beds"] = int(row["beds"] * rng.uniform(0.35, 0.8))
        row["dementia_beds"] = int(row["nursing_beds"] * rng.uniform(0.1, 0.3)) if rng.random() < _DEMENTIA_SHARE else 0
        row["residents"] = int(row["beds"] * rng.uniform(0.3, 0.9))
    if plan.grades:
        odds = np.arange(len(plan.grades), 0, -1.0)
        row["grade"] = str(rng.choice(plan.grades, p=odds / odds.sum()))
    private = rng.random() < plan.private_share
    row["ownership"] = str(rng.choice(["民办", "公建民营"])) if private else "公办"
    draw = rng.random()
    row["standardised"] = None if plan.standard_share is None else bool(draw < plan.standard_share)
    return row


def facility_frame(rows: list[dict[str, Any]]) -> gpd.GeoDataFrame:
    """The rows as a layer in EPSG:4326, canonical columns, by id. Planned and empty ones have no residents."""
    table = pd.DataFrame(rows).reindex(columns=[*COLUMNS, "xy"]).sort_values("facility_id", ignore_index=True)
    table.loc[(table["status"] != "open") & table["beds"].notna(), "residents"] = 0
    table = table.astype(dict.fromkeys(_WHOLE, "Int64") | {"standardised": "boolean"})
    points = shapely.points(METRIC.inverse(np.vstack(table.pop("xy").to_list())).round(DECIMALS))
    return gpd.GeoDataFrame(table, geometry=points, crs=WGS84)
