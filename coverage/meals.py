"""Meals in two steps: from a central kitchen to a meal point, from there to the homes (中央食堂→助餐点→住宅)."""

import dataclasses
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
import pandas as pd

from coverage import gaps
from coverage.nearest import objects, prepare_near
from coverage.network import Network
from coverage.request import MINUTE_DECIMALS, Parameters
from coverage.weights import weight_of
from geo.findings import Finding
from layers.layer import Layer

__all__ = ["KITCHEN_MINUTES", "MealService", "MealWay", "meal_service"]

#: How long meals may travel to a meal point, until the user says otherwise. Our choice: no standard gives a number.
KITCHEN_MINUTES = 30.0


@dataclass(frozen=True)
class MealWay:
    """How meals travel.

    Parameters
    ----------
    to_point
        From the kitchen to the point: the largest of its minutes is the limit. Its direction is always from the
        kitchen.
    to_home
        From the point to the home, likewise; ``direction`` ``from`` for deliveries, ``to`` where people come to eat.
        Its ``weight`` is counted.

    Examples
    --------
    >>> MealWay().to_point.profile, MealWay().to_home.minutes
    ('drive', (15.0,))
    """

    to_point: Parameters = dataclasses.field(
        default_factory=lambda: Parameters(profile="drive", minutes=(KITCHEN_MINUTES,))
    )
    to_home: Parameters = dataclasses.field(
        default_factory=lambda: Parameters(profile="ebike", minutes=(15.0,), direction="from")
    )


@dataclass(frozen=True, eq=False)
class MealService:
    """Who gets a meal from which kitchen by which point, and why others get none.

    Parameters
    ----------
    kitchens
        One row per kitchen, in order: ``kitchen_id``, ``name``, ``points`` (that it supplies), ``meals_per_day`` (NaN:
        blank), ``points_meals`` (sum of what its points serve per day, blank ones left out), ``points_blank`` (how many
        of them do not say), ``weight`` (people covered through it), ``spare`` (``meals_per_day`` - ``points_meals``,
        below 0: too few; NaN where the kitchen does not say).
    points
        One row per point: ``point_id``, ``name``, ``status`` (``supplied``, ``no_kitchen``: none within the minutes,
        ``no_road``), ``kitchen_id``, ``kitchen_minutes``, ``meals_per_day``, ``weight``.
    homes
        One row per home: ``demand_id``, ``status`` (``covered``, ``no_kitchen``: a point is in reach, but none that a
        kitchen supplies, ``no_point``, ``no_road``), ``point_id``, ``kitchen_id``, ``home_minutes``,
        ``kitchen_minutes``, ``total_minutes``, ``weight``.
    totals
        Weight by status of the homes, and ``all``; the parts add up to it.
    share
        Covered of all; None where nobody is counted.
    findings
        What is short or not known.
    """

    kitchens: pd.DataFrame
    points: pd.DataFrame
    homes: pd.DataFrame
    totals: dict[str, int | float]
    share: float | None
    findings: tuple[Finding, ...]


def meal_service(
    network: Network,
    kitchens: Layer,
    points: Layer,
    homes: Layer,
    way: MealWay | None = None,
) -> MealService:
    """Follow meals from the kitchens to the homes.

    Each point is supplied by the kitchen that is nearest in time, each home by the nearest point that has one; ties go
    to the smaller id. A home is covered only where both steps are within their minutes.

    Parameters
    ----------
    network
        The road network.
    kitchens, points
        Layers of facilities that serve.
    homes
        Layer of demand.
    way
        Profiles and minutes of the two steps; None: driving and e-bike with the minutes of :class:`MealWay`.

    Examples
    --------
    >>> from coverage.meals import MealWay
    >>> MealWay().to_home.direction
    'from'
    """
    way = way or MealWay()
    weight = weight_of(homes, way.to_home.weight).per_row
    point_table = _points(network, kitchens, points, dataclasses.replace(way.to_point, direction="from"))
    home_table = _homes(network, points, point_table, homes, way.to_home)
    home_table["weight"] = weight
    point_table["weight"] = _weight_by(home_table, "point_id", point_table["point_id"])
    kitchen_table = _kitchens(kitchens, point_table, home_table)
    status = home_table["status"].to_numpy()
    totals = {word: gaps.total(weight[status == word]) for word in ("covered", "no_kitchen", "no_point", "no_road")}
    totals["all"] = gaps.total(weight)
    return MealService(
        kitchens=kitchen_table,
        points=point_table,
        homes=home_table,
        totals=totals,
        share=totals["covered"] / totals["all"] if totals["all"] else None,
        findings=_findings(kitchen_table, point_table),
    )


def _points(network: Network, kitchens: Layer, points: Layer, way: Parameters) -> pd.DataFrame:
    """Which kitchen supplies each point."""
    limit_s = way.minutes[-1] * 60
    near = prepare_near(network, way, points)(kitchens, limit_s)
    supplied = near["facility_id"].notna().to_numpy()
    status = np.where(supplied, "supplied", np.where(near["on_road"], "no_kitchen", "no_road"))
    return pd.DataFrame(
        {
            "point_id": near["id"],
            "name": points.frame["name"].to_numpy(dtype=object),
            "status": status.astype(object),
            "kitchen_id": near["facility_id"],
            "kitchen_minutes": np.round(near["seconds"] / 60, MINUTE_DECIMALS),
            "meals_per_day": _meals(points),
        }
    )


def _homes(network: Network, points: Layer, point_table: pd.DataFrame, homes: Layer, way: Parameters) -> pd.DataFrame:
    """Which point each home is supplied by."""
    limit_s = way.minutes[-1] * 60
    near = prepare_near(network, way, homes)
    any_point = near(points, limit_s)
    supplied = (point_table["status"] == "supplied").to_numpy()
    with_kitchen = dataclasses.replace(points, frame=points.frame[supplied].reset_index(drop=True))
    found = near(with_kitchen, limit_s)
    reached = found["facility_id"].notna().to_numpy()
    status = np.select(
        [reached, any_point["facility_id"].notna().to_numpy(), any_point["on_road"].to_numpy(dtype=bool)],
        ["covered", "no_kitchen", "no_point"],
        "no_road",
    )
    kitchen = point_table.set_index("point_id")
    home_minutes = np.round(found["seconds"] / 60, MINUTE_DECIMALS)
    kitchen_minutes = found["facility_id"].map(kitchen["kitchen_minutes"]).astype("float64")
    return pd.DataFrame(
        {
            "demand_id": found["id"],
            "status": status.astype(object),
            "point_id": found["facility_id"],
            "kitchen_id": objects(kitchen["kitchen_id"].get(key) for key in found["facility_id"]),
            "home_minutes": home_minutes,
            "kitchen_minutes": kitchen_minutes,
            "total_minutes": np.round(home_minutes + kitchen_minutes, MINUTE_DECIMALS),
        }
    )


def _kitchens(kitchens: Layer, points: pd.DataFrame, homes: pd.DataFrame) -> pd.DataFrame:
    """What each kitchen cooks against what its points serve."""
    ids = kitchens.frame["facility_id"].to_numpy(dtype=object)
    of_each = {key: rows["meals_per_day"].to_numpy(dtype=np.float64) for key, rows in points.groupby("kitchen_id")}
    meals = [of_each.get(key, np.empty(0)) for key in ids]
    cooked = _meals(kitchens)
    served = np.array([float(gaps.total(one[~np.isnan(one)])) for one in meals], dtype=np.float64)
    return pd.DataFrame(
        {
            "kitchen_id": ids,
            "name": kitchens.frame["name"].to_numpy(dtype=object),
            "points": np.array([len(one) for one in meals], dtype=np.int64),
            "meals_per_day": cooked,
            "points_meals": served,
            "points_blank": np.array([int(np.isnan(one).sum()) for one in meals], dtype=np.int64),
            "weight": _weight_by(homes, "kitchen_id", ids),
            "spare": cooked - served,
        }
    )


def _meals(layer: Layer) -> npt.NDArray[np.float64]:
    """Meals per day of each facility, NaN where it does not say; 0 is a number."""
    if "meals_per_day" not in layer.frame:
        return np.full(len(layer.frame), np.nan)
    meals: npt.NDArray[np.float64] = layer.frame["meals_per_day"].to_numpy(dtype=np.float64, na_value=np.nan)
    return meals


def _weight_by(homes: pd.DataFrame, column: str, ids: "npt.NDArray[np.object_] | pd.Series") -> list[float]:
    of_each = {key: gaps.total(rows["weight"].to_numpy()) for key, rows in homes.groupby(column)}
    return [float(of_each.get(key, 0)) for key in ids]


def _findings(kitchens: pd.DataFrame, points: pd.DataFrame) -> tuple[Finding, ...]:
    out = [
        Finding("kitchen_cooks_too_little", "warn", facts=MappingProxyType(
            {"name": row.name, "meals": f"{row.meals_per_day:g}", "asked": f"{row.points_meals:g}"}))
        for row in kitchens[kitchens["spare"] < 0].itertuples(index=False)
    ]  # fmt: skip
    for code, count in (
        ("kitchens_without_meals", int(kitchens["meals_per_day"].isna().sum())),
        ("points_without_meals", int(points["meals_per_day"].isna().sum())),
        ("points_without_kitchen", int((points["status"] == "no_kitchen").sum())),
        ("points_without_road", int((points["status"] == "no_road").sum())),
    ):
        if count:
            out.append(Finding(code, "warn", facts=MappingProxyType({"count": count})))
    return tuple(out)
