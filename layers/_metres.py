"""Coordinate columns in metres: which is north, which zone, and where each row lies."""

from typing import Any

import numpy as np
import numpy.typing as npt

from geo.crs import check_way_to_wgs84, crs_of_code, to_lonlat
from geo.errors import CrsError, DataError
from geo.parse import parse_numbers
from geo.zones import NAMES, Metres, Named, Zone, named_system, old_datum, recognise, zones_in
from layers._basis import Basis, told_basis
from layers._intake import Intake

__all__ = ["from_metres"]

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.int64]

_MOST_ROWS = 0.5
_MOST_LON = 180.0


def from_metres(intake: Intake, first: str, second: str) -> FloatArray:
    """Longitude and latitude of rows whose columns hold metres; NaN where a row is refused.

    Parameters
    ----------
    first, second
        Canonical names. In China the size tells northing from easting; elsewhere ``x_north`` and ``y_east`` are what
        they say, and ``lon`` is the easting.

    Raises
    ------
    DataError
        When the zone is not known, or no row has coordinates of any.
    CrsError
        When the system is on a datum that has no public way to CGCS2000.
    """
    numbers = [_numbers(intake, name) for name in (first, second)]
    _refuse_told_degrees(intake, numbers)
    systems, by_row = _systems(intake)
    found = recognise(*numbers)
    out = np.full((len(by_row), 2), np.nan)
    _refuse_if_no_metres(intake, numbers, found, systems, (first, second))
    zoned = np.zeros(len(by_row), dtype=bool)
    for index, named in enumerate(systems):
        mine = (by_row == index) & ~intake.refused
        if named is not None and named.epsg is not None:
            north, east = (0, 1) if first == "x_north" else (1, 0)
            mine &= np.isfinite(numbers[0]) & np.isfinite(numbers[1])
            out[mine] = to_lonlat(f"EPSG:{named.epsg}", np.column_stack([numbers[east][mine], numbers[north][mine]]))
        elif not old_datum(named):
            zoned |= mine
    if zoned.any():
        _place_by_zone(intake, found, (systems, by_row), zoned, out)
        _say_axes(intake, found, zoned, first)
    intake.refuse(~np.isfinite(out).all(axis=1) & ~intake.refused, "coordinate_not_finite")
    out[intake.refused] = np.nan
    _set_basis(intake, systems)
    return out


def _refuse_told_degrees(intake: Intake, numbers: list[FloatArray]) -> None:
    """Metres cannot be in a system of degrees, whoever says so."""
    told = intake.options.crs
    if not told or crs_of_code(told).is_projected:
        return
    check_way_to_wgs84(crs_of_code(told))
    x, y = (f"{next(iter(column[np.isfinite(column)]), 0):.9g}" for column in numbers)
    raise DataError("metres_called_degrees", file=intake.table.file, crs=told, x=x, y=y)


def _numbers(intake: Intake, name: str) -> FloatArray:
    texts = intake.texts(name)
    numbers, bad = parse_numbers(texts)
    intake.refuse_values(bad, "coordinate_unreadable", texts, intake.columns[name])
    intake.refuse((texts == "").to_numpy(), "coordinate_missing", field=intake.columns[name])
    return numbers


def _systems(intake: Intake) -> tuple[list[Named | None], IntArray]:
    """The systems that the rows name, and which one each row is in; None: not named."""
    told = None
    if intake.options.crs:
        crs_of_code(intake.options.crs)
        told = named_system(intake.options.crs)
        _check_datum(told)
    texts = intake.texts("crs")
    names = texts.unique().tolist()
    systems = [named_system(name) if name else told for name in names]
    if told is not None:
        # What the user says of the file goes before what stands in it.
        return [told], np.zeros(len(texts), dtype=np.int64)
    unknown = {name for name, system in zip(names, systems, strict=True) if name and system is None}
    intake.refuse_values(texts.isin(unknown).to_numpy(), "crs_code_unreadable", texts, intake.columns.get("crs", ""))
    by_row = texts.map({name: index for index, name in enumerate(names)}).to_numpy(dtype=np.int64)
    old = np.array([old_datum(system) for system in systems])[by_row]
    if old.all():
        _check_datum(systems[0])
    intake.refuse_values(old, "old_datum_row", texts, intake.columns.get("crs", ""))
    return systems, by_row


def _check_datum(named: Named | None) -> None:
    if named is not None and named.family is not None and old_datum(named):
        raise CrsError("no_datum_transformation", crs=NAMES[named.family])


def _refuse_if_no_metres(
    intake: Intake, numbers: list[FloatArray], found: Metres, systems: list[Named | None], names: tuple[str, str]
) -> None:
    """Refuse columns that hold degrees, or metres of nowhere in China without a system of their own."""
    both = np.isfinite(numbers[0]) & np.isfinite(numbers[1]) & ~intake.refused
    if not both.any():
        return
    columns = [intake.columns[name] for name in names]
    facts: dict[str, Any] = {
        "file": intake.table.file,
        "x": f"{numbers[0][both][0]:.9g}",
        "y": f"{numbers[1][both][0]:.9g}",
    }
    small = (np.abs(numbers[0]) <= _MOST_LON) & (np.abs(numbers[1]) <= _MOST_LON)
    if small[both].mean() > _MOST_ROWS:
        raise DataError("degrees_called_metres", crs=intake.options.crs or ", ".join(columns), **facts)
    if not found.known[both].any() and not any(system is not None and system.epsg for system in systems):
        raise DataError("metres_in_columns", lon=columns[0], lat=columns[1], **facts)


def _place_by_zone(
    intake: Intake, found: Metres, systems: tuple[list[Named | None], IntArray], mine: BoolArray, out: FloatArray
) -> None:
    """Rows of Gauss-Krüger zones into degrees, each by its own zone."""
    intake.refuse(mine & ~found.known & ~intake.refused, "coordinate_outside_zones")
    mine = mine & found.known
    named, by_row = systems
    number = np.array([0 if one is None else one.number or 0 for one in named], dtype=np.int64)[by_row]
    width = np.array([0 if one is None else one.width_deg or 0 for one in named], dtype=np.int64)[by_row]
    written = found.number > 0
    differs = written & (
        ((number > 0) & ((number != found.number) | (width != found.width_deg)))
        | ((width > 0) & (width != found.width_deg))
    )
    intake.refuse(mine & differs, "zone_conflict")
    mine &= ~differs
    number = np.where(written, found.number, number)
    width = np.where(written, found.width_deg, np.where(width > 0, width, 3))
    lost = mine & (number == 0)
    if lost.any():
        number[lost] = _zone_by_area(intake, found, lost, few=bool(lost.sum() <= _MOST_ROWS * mine.sum()))
        width[lost] = 3
        mine &= number > 0
    counts = []
    for key in sorted(
        {(int(w), int(n), bool(p)) for w, n, p in zip(width[mine], number[mine], written[mine], strict=True)}
    ):
        zone = Zone("cgcs2000", *key)
        rows = mine & (width == key[0]) & (number == key[1]) & (written == key[2])
        out[rows] = to_lonlat(f"EPSG:{zone.epsg}", np.column_stack([found.east_m[rows], found.north_m[rows]]))
        counts.append(f"EPSG:{zone.epsg} × {int(rows.sum())}")
    if counts:
        family_known = all(one is not None and one.family for one in named)
        code, severity = ("zone_read", "info") if family_known else ("zone_assumed", "warn")
        intake.note(code, severity, zones=", ".join(counts))  # type: ignore[arg-type]  # one of the two


def _zone_by_area(intake: Intake, found: Metres, lost: BoolArray, *, few: bool) -> int:
    """Number of the 3-degree zone that puts the rows into the study area; 0 where only a few rows are without any."""
    north, east = float(np.median(found.north_m[lost])), float(np.median(found.east_m[lost]))
    area = intake.options.area
    fitting = zones_in(area, north, east) if area else []
    if len(fitting) == 1:
        intake.note("zone_from_area", "warn", count=int(lost.sum()), crs=f"EPSG:{fitting[0].epsg}")
        return fitting[0].number
    if few:
        intake.refuse(lost, "zone_unknown_row", field=intake.columns.get("crs", ""))
        return 0
    listed = fitting or [Zone("cgcs2000", 3, number, prefixed=False) for number in (25, 26, 45)]
    names = [f"EPSG:{zone.epsg} ({zone.meridian_deg}°E)" for zone in listed]
    candidates = ", ".join(names if fitting else [*names[:2], "…", names[2]])
    rows = intake.table.rows[lost].tolist()
    raise DataError("zone_unknown", rows=rows, file=intake.table.file, x=f"{north:.9g}", y=f"{east:.9g}",
                    candidates=candidates)  # fmt: skip


def _say_axes(intake: Intake, found: Metres, zoned: BoolArray, first: str) -> None:
    used = zoned & found.known
    if first == "x_north":
        turned = used & ~found.first_is_north
        if turned.any():
            intake.note("axes_turned", "warn", count=int(turned.sum()))
    elif used.any():
        intake.note("axes_by_size", "info", north=intake.columns["lon" if found.first_is_north[used].all() else "lat"])


def _set_basis(intake: Intake, systems: list[Named | None]) -> None:
    families = {None if system is None else system.family for system in systems}
    foreign = all(system is not None and system.epsg for system in systems)
    known = "user" if intake.options.crs else "declared" if None not in families or foreign else "assumed"
    datum = "wgs84" if foreign else "cgcs2000"
    intake.basis = told_basis(intake.options, Basis(datum, datum, known))
