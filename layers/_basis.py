"""What the coordinates of a table are in, how that is known, and the way from a shifted datum to WGS 84."""

import dataclasses
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from geo.crs import crs_of_code, geodesic_m, on_cgcs2000
from geo.datum import NAMES, SHIFTED, Shift, from_datum, offset_applies
from geo.errors import DataError
from geo.findings import Finding
from geo.read import Table, crs_name
from layers.options import Datum, ReadOptions

__all__ = [
    "MARK", "Basis", "datum_now", "declared_basis", "declared_datum", "mark_of", "marked", "shifted", "told_basis",
    "with_told_crs",
]  # fmt: skip

#: Column that ``convert`` adds: what the positions are in now, what they were in, and what they may be used for.
MARK = "datum_mark"
_MARK_BETWEEN = " < "

_DATUM_WORDS: tuple[tuple[Datum, re.Pattern[str]], ...] = (
    ("bd09", re.compile(r"BD.?09|百度|BAIDU")),
    ("gcj02", re.compile(r"GCJ.?02|火星|高德|腾讯|AMAP|GAODE")),
    ("cgcs2000", re.compile(r"CGCS.?2000|2000|4490|天地图")),
    ("wgs84", re.compile(r"WGS.?(19)?84|4326|GPS")),
)

ShapeArray = npt.NDArray[np.object_]


@dataclass(frozen=True)
class Basis:
    """Datum of a layer.

    Parameters
    ----------
    datum
        Of the layer: ``wgs84`` or ``cgcs2000``.
    read
        Of the file; empty when it has no coordinates.
    known
        ``declared``, ``assumed``, ``user``, ``detected``.
    """

    datum: str = "wgs84"
    read: str = ""
    known: str = ""


def with_told_crs(table: Table, options: ReadOptions) -> tuple[Table, tuple[Finding, ...]]:
    """The table in the reference system that the user told, where its geometry declares none or another one.

    Raises
    ------
    CrsError
        When what was told is no code of a system.
    """
    if not options.crs:
        return table, ()
    crs, frame = crs_of_code(options.crs), table.frame
    if not isinstance(frame, gpd.GeoDataFrame) or frame.crs == crs:
        return table, ()
    findings = () if frame.crs is None else (
        Finding("crs_overridden", "warn", facts={"declared": table.crs, "told": options.crs}),
    )  # fmt: skip
    told = frame.set_crs(crs, allow_override=True)
    return dataclasses.replace(table, frame=told, crs=crs_name(crs)), findings


def declared_basis(table: Table, options: ReadOptions) -> Basis:
    """The datum by the file's geometry and the user's word; columns of coordinates tell theirs later."""
    crs = table.frame.crs if isinstance(table.frame, gpd.GeoDataFrame) else None  # a table may have such a column
    if crs is None:
        return Basis()
    datum = "cgcs2000" if on_cgcs2000(crs) else "wgs84"
    return told_basis(options, Basis(datum, datum, "user" if options.crs else "declared"))


def told_basis(options: ReadOptions, otherwise: Basis) -> Basis:
    """The datum that the user told, else another."""
    if options.datum == "auto":
        return otherwise
    known = "detected" if options.detected else "user"
    return Basis("cgcs2000" if options.datum == "cgcs2000" else "wgs84", options.datum, known)


def declared_datum(texts: Sequence[str]) -> Datum | None:
    """The one datum that a column of reference systems names for degrees; None when it names none, or several.

    Examples
    --------
    >>> declared_datum(["百度坐标", "BD-09"]), declared_datum(["CGCS2000", ""]), declared_datum(["?"])
    ('bd09', 'cgcs2000', None)
    """
    found = {
        next((datum for datum, words in _DATUM_WORDS if words.search(text.upper())), None) for text in texts if text
    }
    return found.pop() if len(found) == 1 else None


def marked(frame: object, file: str, datum: str) -> None:
    """Refuse to shift positions that ``convert`` has shifted to WGS 84 before.

    Raises
    ------
    DataError
        With the code ``datum_shifted_twice``.
    """
    columns = getattr(frame, "columns", ())
    if datum not in SHIFTED or MARK not in columns:
        return
    for text in frame[MARK].dropna().astype("str").unique():  # type: ignore[index]
        now, _, before = text.partition(_MARK_BETWEEN)
        if now not in SHIFTED and before.split()[:1] and before.split()[0] in SHIFTED:
            raise DataError("datum_shifted_twice", file=file, datum=NAMES[before.split()[0]], asked=NAMES[datum])


def datum_now(frame: object) -> str:
    """What the mark of ``convert`` says that positions are in; empty without one."""
    if MARK not in getattr(frame, "columns", ()):
        return ""
    texts = frame[MARK].dropna().astype("str").unique().tolist()  # type: ignore[index]
    return str(texts[0]).partition(_MARK_BETWEEN)[0] if len(texts) == 1 else ""


def mark_of(now: str, before: str) -> str:
    """Text of the column :data:`MARK`."""
    return f"{now}{_MARK_BETWEEN}{before} · analysis only 仅供分析"


def shifted(geometry: ShapeArray, datum: str, note: Callable[..., None] | None = None) -> ShapeArray:
    """Shapes in degrees of a datum, in WGS 84; ``note`` is told how far they moved and which stayed.

    Parameters
    ----------
    geometry
        Shapes or None.
    datum
        Any; only ``gcj02`` and ``bd09`` move anything.
    note
        As :meth:`layers._intake.Intake.note`.
    """
    if datum not in SHIFTED:
        return geometry
    shift: Shift = "gcj02" if datum == "gcj02" else "bd09"
    moved: ShapeArray = shapely.transform(geometry, partial(from_datum, datum=shift))
    if note is not None:
        before, after = _one_point_each(geometry), _one_point_each(moved)
        stayed = ~offset_applies(after)
        if len(before):
            note("datum_shifted", "info", datum=NAMES[datum], metres=round(float(np.median(geodesic_m(before, after)))))
        if stayed.any():
            note("datum_not_shifted", "warn", datum=NAMES[datum], count=int(stayed.sum()))
    return moved


def _one_point_each(geometry: ShapeArray) -> npt.NDArray[np.float64]:
    filled = geometry[~(shapely.is_missing(geometry) | shapely.is_empty(geometry))]
    coordinates, owner = shapely.get_coordinates(filled, return_index=True)
    _, first = np.unique(owner, return_index=True)
    return np.asarray(coordinates[first])
