"""Two editions compared, a project's red line, a scenario of new codes: as tables for files."""

from collections.abc import Sequence
from typing import Any

import geopandas as gpd
import pandas as pd

from demarcation.editions import Between, EditionDifference
from demarcation.finding import BoundaryFinding
from demarcation.recode import Recoded
from geo import messages

__all__ = ["crossing_table", "difference_table", "recode_table", "recoded_lines"]

_METRES = 3


def difference_table(differences: Sequence[EditionDifference], between: Sequence[Between] = ()) -> gpd.GeoDataFrame:
    """Both editions of each stretch that differs, and the facilities between them; ``number`` holds them together.

    Parameters
    ----------
    differences
        From :func:`demarcation.editions.compare_editions`.
    between
        From :func:`demarcation.editions.facilities_between`, of these.
    """
    rows: list[dict[str, Any]] = []
    for number, one in enumerate(differences, start=1):
        told = {"number": number, "line_code": one.line_code, "from_m": round(one.from_m, _METRES),
                "to_m": round(one.to_m, _METRES), "greatest_m": round(one.greatest_m, _METRES),
                "mean_m": round(one.mean_m, _METRES), "warn_m": one.warn_m, "fail_m": one.fail_m,
                "facility_id": None, "name": None}  # fmt: skip
        rows.append({**told, "what": "own_edition", "geometry": one.where})
        rows.append({**told, "what": "other_edition", "geometry": one.other})
        rows += [
            {**told, "what": "facility_between", "facility_id": found.facility_id, "name": found.name,
             "geometry": found.where}
            for found in between
            if found.difference == one
        ]  # fmt: skip
    columns = ["number", "what", "line_code", "from_m", "to_m", "greatest_m", "mean_m", "warn_m", "fail_m",
               "facility_id", "name", "geometry"]  # fmt: skip
    return gpd.GeoDataFrame(pd.DataFrame(rows, columns=columns), geometry="geometry", crs=4326)


def crossing_table(findings: Sequence[BoundaryFinding], lang: str | None = None) -> gpd.GeoDataFrame:
    """What K16 says of projects: where their outline meets a line, how much is on each side, which stakes are near.

    Stakes come by number and distance, without their place: the table answers whoever brings a red line.

    Parameters
    ----------
    findings
        Of K16.
    lang
        Of the sentences.
    """
    side = f"parts_{messages.language(lang)}"
    rows = [
        {"what": one.code, "project": one.facts["name"], "line_code": one.line_code, "stake_no": one.stake_no,
         "value": None if one.value is None else round(one.value, _METRES), "limit": one.limit, "unit": one.unit,
         "sides": one.facts.get(side), "chainages_m": one.facts.get("chainages"),
         "message": one.sentence(lang)[0], "hint": one.sentence(lang)[1],
         "geometry": None if one.stake_no else one.where}
        for one in findings
    ]  # fmt: skip
    columns = ["what", "project", "line_code", "stake_no", "value", "limit", "unit", "sides", "chainages_m", "message",
               "hint", "geometry"]  # fmt: skip
    return gpd.GeoDataFrame(pd.DataFrame(rows, columns=columns), geometry="geometry", crs=4326)


def recode_table(done: Recoded) -> pd.DataFrame:
    """Old and new codes of lines, then old and new numbers of stakes.

    Parameters
    ----------
    done
        From :func:`demarcation.recode.recode`.
    """
    lines = [
        {"what": "line", "change": one.change, "reason": "", "old_line": "+".join(one.old), "old_number": "",
         "new_line": one.new, "new_number": "", "unit_a": one.unit_a, "unit_b": one.unit_b,
         "chainage_m": None, "length_m": round(one.length_m, _METRES)}
        for one in done.lines
    ]  # fmt: skip
    stakes = [
        {"what": "stake", "change": one.fate, "reason": one.reason, "old_line": one.old_line,
         "old_number": one.old_number, "new_line": one.new_line, "new_number": one.new_number, "unit_a": "",
         "unit_b": "", "chainage_m": None if one.chainage_m is None else round(one.chainage_m, _METRES),
         "length_m": None}
        for one in done.stakes
    ]  # fmt: skip
    columns = ["what", "change", "reason", "old_line", "old_number", "new_line", "new_number", "unit_a", "unit_b",
               "chainage_m", "length_m"]  # fmt: skip
    return pd.DataFrame([*lines, *stakes], columns=columns).astype({"chainage_m": float, "length_m": float})


def recoded_lines(done: Recoded) -> gpd.GeoDataFrame:
    """Lines of a scenario with their shapes.

    Parameters
    ----------
    done
        From :func:`demarcation.recode.recode`.
    """
    rows = [
        {"change": one.change, "old_lines": "+".join(one.old), "new_line": one.new, "unit_a": one.unit_a,
         "unit_b": one.unit_b, "length_m": round(one.length_m, _METRES), "geometry": one.shape}
        for one in done.lines
    ]  # fmt: skip
    columns = ["change", "old_lines", "new_line", "unit_a", "unit_b", "length_m", "geometry"]
    return gpd.GeoDataFrame(pd.DataFrame(rows, columns=columns), geometry="geometry", crs=4326)
