"""From the layer of values: small graves and eco-burials as shares of burials, and how long plots last."""

from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import pandas as pd

from coverage.burial import years_left
from geo.findings import Finding
from layers.layer import Layer

__all__ = ["BurialNames", "BurialShares", "burial_shares"]

_GIVEN = ("burials", "small", "eco", "plots_left")
_CODES = MappingProxyType(
    {"two_values": "burials_two_values", "part_over_whole": "burials_part_over_whole", "negative": "burials_negative"}
)


@dataclass(frozen=True)
class BurialNames:
    """Names of the indicators in the layer of values.

    Parameters
    ----------
    burials
        All burials of a year (总安葬量).
    small
        Those in small graves (小型墓安葬量). A plan may name it after 新开墓区; its formula still divides by all.
    eco
        Those in eco-burials (节地生态安葬量).
    plots_left
        Plots that are not taken (剩余墓穴(格位)数).
    base
        Only values with this ``base``; empty: those of any.
    """

    burials: str = "总安葬量"
    small: str = "小型墓安葬量"
    eco: str = "节地生态安葬量"
    plots_left: str = "剩余墓穴(格位)数"
    base: str = ""


@dataclass(frozen=True, eq=False)
class BurialShares:
    """Shares by unit and year.

    Parameters
    ----------
    table
        Sorted: ``unit_code``, ``year``, ``burials``, ``small``, ``eco``, ``plots_left`` (NaN: no value),
        ``small_share``, ``eco_share`` (NaN: not known), ``years_left`` (of the plots, at the burials of the year that
        take one: eco-burials do not, where their number is known), ``reason`` (why a share is
        missing: ``no_data``, ``no_burials``, ``two_values``, ``part_over_whole``, ``negative``; empty otherwise).
    findings
        Values that contradict each other.
    """

    table: pd.DataFrame
    findings: tuple[Finding, ...]


def burial_shares(values: Layer, names: BurialNames = BurialNames()) -> BurialShares:  # frozen
    """Shares of small graves and of eco-burials.

    Parameters
    ----------
    values
        Layer of kind ``values``: ``unit_code``, ``indicator``, ``year``, ``value``, ``base``.
    names
        Which indicators are which.

    Examples
    --------
    >>> BurialNames().burials
    '总安葬量'
    """
    frame = values.frame
    wanted = {names.burials: "burials", names.small: "small", names.eco: "eco", names.plots_left: "plots_left"}
    kept = frame["indicator"].isin(list(wanted))
    if names.base and "base" in frame:
        kept &= frame["base"] == names.base
    found = frame[kept][["unit_code", "indicator", "year", "value"]].drop_duplicates()
    rows, findings = [], []
    for (unit, year), part in found.groupby(["unit_code", "year"]):
        given = {wanted[name]: sorted(set(rows_["value"])) for name, rows_ in part.groupby("indicator")}
        row, problem = _row(given)
        rows.append({"unit_code": unit, "year": int(year), **row})
        if problem:
            facts = MappingProxyType({"unit": unit, "year": int(year)})
            findings.append(Finding(_CODES[problem], "warn", facts=facts))
    columns = ["unit_code", "year", *_GIVEN, "small_share", "eco_share", "years_left", "reason"]
    return BurialShares(pd.DataFrame(rows, columns=columns), tuple(findings))


def _row(given: dict[str, list[float]]) -> tuple[dict[str, object], str]:
    """Numbers and shares of one unit and year, and what contradicts."""
    one = {key: float(given[key][0]) if len(given.get(key, [])) == 1 else np.nan for key in _GIVEN}
    shares = {"small_share": np.nan, "eco_share": np.nan, "years_left": np.nan}
    if any(len(numbers) > 1 for numbers in given.values()):
        return {**one, **shares, "reason": "two_values"}, "two_values"
    if any(number < 0 for number in one.values()):
        return {**one, **shares, "reason": "negative"}, "negative"
    if any(one[key] > one["burials"] for key in ("small", "eco")):
        return {**one, **shares, "reason": "part_over_whole"}, "part_over_whole"
    if one["burials"] == 0:
        return {**one, **shares, "reason": "no_burials"}, ""
    known = {f"{key}_share": one[key] / one["burials"] for key in ("small", "eco")}
    years = years_left(_number(one["plots_left"]), _number(one["burials"]), _number(known["eco_share"]) or 0.0)
    shares = {**known, "years_left": np.nan if years is None else years}
    return {**one, **shares, "reason": "no_data" if any(np.isnan(list(known.values()))) else ""}, ""


def _number(value: float) -> float | None:
    return None if np.isnan(value) else value
