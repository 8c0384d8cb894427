"""外业资料包: what goes to the field: forms and register sheets of each line, and the order of visits."""

import re
from collections.abc import Collection, Mapping
from pathlib import Path

import pandas as pd

from demarcation.field_route import FieldRoute
from demarcation.model import Study
from geo.write import write_bytes, write_csv
from reports.boundary_docx import inspection_form_docx, stake_register_docx
from reports.gpx import gpx

__all__ = ["PACKAGE_FILES", "route_table", "write_field_package"]

#: Names of all files of a package; a folder with nothing else is an older one.
PACKAGE_FILES = ("inspection-form-*.docx", "stake-register-*.docx", "route.csv", "unreached.csv", "stakes.gpx")
#: Letters of a code in the name of a file.
_LONGEST = 40


def route_table(route: FieldRoute) -> pd.DataFrame:
    """One row per stop: day, order, stake, minutes, kilometres along roads, metres on foot; no coordinates."""
    return pd.DataFrame(
        [
            (stop.day, stop.order, stop.stake.number, stop.stake.line_code, round(stop.minutes, 1),
             round(stop.road_km, 2), round(stop.walk_m))
            for stop in route.stops
        ],
        columns=["day", "order", "stake_no", "line_code", "minutes", "road_km", "walk_m"],
    )  # fmt: skip


def write_field_package(
    folder: Path,
    study: Study,
    codes: Collection[str],
    route: FieldRoute | None,
    lang: str,
    *,
    names: Mapping[str, str],
    notice: str = "",
    with_gpx: bool = False,
) -> None:
    """Write a package.

    Parameters
    ----------
    folder
        Exists and is empty.
    study
        What is known of lines and stakes.
    codes
        Lines to visit.
    route
        The order of visits; None without one: stakes then come by number.
    lang
        ``zh`` or ``en``.
    names
        Names of units by code.
    notice
        What every paper says of data that are made up.
    with_gpx
        Also the places of the stakes for a receiver: only when somebody asked for coordinates.

    Raises
    ------
    DataError
        ``gpx_no_places`` when places are asked for and no stake has one.
    OutputError
        When a file cannot be written.
    """
    visits = {} if route is None else {id(stop.stake): stop.order for stop in route.stops}
    for position, code in enumerate(sorted(codes), start=1):
        own = [one for one in study.stakes if one.line_code == code]
        stakes = sorted(own, key=lambda stake: visits.get(id(stake), len(study.stakes)))
        # A code is text from a table: what is no letter or figure in it could lead out of the folder.
        safe = re.sub(r"[^\w-]", "_", code)[:_LONGEST]
        name = code if safe == code else f"{safe}-{position}"
        form = inspection_form_docx(study.lines[code], stakes, lang, names=names, notice=notice)
        write_bytes(folder / f"inspection-form-{name}.docx", form)
        register = stake_register_docx(stakes, lang, names=names, notice=notice)
        write_bytes(folder / f"stake-register-{name}.docx", register)
    if route is not None:
        write_csv(folder / "route.csv", route_table(route))
        left = [(stake.number, stake.line_code) for stake in route.unreached]
        write_csv(folder / "unreached.csv", pd.DataFrame(left, columns=["stake_no", "line_code"]))
    if with_gpx:
        write_bytes(folder / "stakes.gpx", gpx([one for one in study.stakes if one.line_code in codes], notice=notice))
