"""Mends of one click: each is a function from a layer to a layer, with a record of what changed.

The layer that went in is not touched; who keeps it can go back.
"""

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.datum import SHIFTED, Shift, to_datum
from geo.findings import Finding
from geo.parse import as_text
from geo.read import Table
from layers import quality
from layers._basis import shifted
from layers.layer import Layer, QualityReport
from layers.mapping import guess
from layers.options import USUAL, ReadOptions
from layers.quality import ALONE, Context

__all__ = ["MENDS", "Change", "Mended", "mend", "mends_for", "swapped"]

BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Change:
    """One thing that a mend changed.

    Parameters
    ----------
    row
        Row number as the user sees it.
    field
        Canonical column, ``geometry``, or ``""`` for the row as a whole.
    old, new
        As text; ``new`` is ``""`` where the row was taken out.
    """

    row: int
    field: str
    old: str
    new: str


@dataclass(frozen=True)
class Mended:
    """A layer after a mend, and what changed."""

    layer: Layer
    changes: tuple[Change, ...]


def mends_for(findings: Iterable[Finding]) -> tuple[str, ...]:
    """Names of the mends that some findings allow, in the order of the findings.

    Examples
    --------
    >>> mends_for([Finding("duplicate_row", "warn", row=3), Finding("far_from_road", "warn", row=4)])
    ('drop_duplicates',)
    """
    found = (_BY_CODE.get(finding.code) for finding in findings)
    return tuple(dict.fromkeys(name for name in found if name is not None))


def mend(layer: Layer, name: str, context: Context = ALONE) -> Mended:
    """Apply one mend.

    Parameters
    ----------
    layer
        As read; it stays as it is.
    name
        A key of :data:`MENDS`.
    context
        The same that the findings were made beside.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from layers.layer import Source
    >>> frame = gpd.GeoDataFrame({"facility_id": ["a", "b"], "name": ["甲", "甲"], "row": [2, 3]},
    ...                          geometry=gpd.points_from_xy([119.9, 119.9], [31.0, 31.0]), crs=4326)
    >>> layer = Layer("facilities", frame, "wgs84", Source("a.csv", ""), QualityReport((), 2, 2))
    >>> done = mend(layer, "drop_duplicates")
    >>> len(done.layer.frame), done.layer.quality.rows_refused, done.changes[0].row
    (1, 1, 3)
    """
    return MENDS[name](layer, context)


def swapped(table: Table, kind: str, options: ReadOptions = USUAL) -> ReadOptions | None:
    """How to read a table whose columns of longitude and latitude were exchanged (the error ``swapped_lonlat``).

    Parameters
    ----------
    table, kind, options
        As they were read.

    Returns
    -------
    ReadOptions or None
        With the two headings exchanged; None where the places are geometry, which only its source can mend.

    Examples
    --------
    >>> frame = pd.DataFrame({"经度": ["31.0"], "纬度": ["119.9"]}, dtype="str")
    >>> dict(swapped(Table(frame, np.array([2]), "a.csv", ""), "facilities").columns)
    {'lon': '纬度', 'lat': '经度'}
    """
    own = {column.name: column.heading for column in guess(table, kind, options.columns)}
    if not {"lon", "lat"} <= set(own) or "geometry" in table.frame:
        return None
    columns = {**options.columns, "lon": own["lat"], "lat": own["lon"]}
    return dataclasses.replace(options, columns=MappingProxyType(columns))


# ---- the mends ------------------------------------------------------------------------------------------------------


def _drop_duplicates(layer: Layer, context: Context) -> Mended:
    """Take out rows that are the same as an earlier one but for the id; they join the refused rows."""
    return _without(layer, _at(layer, context, "duplicate_row"), "duplicate_row")


def _swap_lonlat(layer: Layer, context: Context) -> Mended:
    """Exchange longitude and latitude of the rows that lie in the study area only then."""
    swapped = _at(layer, context, "swapped_row")
    shapes = layer.frame.geometry.to_numpy().copy()
    before = shapes[swapped]
    # At the wrong place no offset was taken off, as it lies outside China.
    shapes[swapped] = shifted(shapely.transform(before, lambda points: points[:, ::-1]), layer.source.datum_read)
    changes = tuple(
        Change(int(row), "geometry", old.wkt, new.wkt)
        for row, old, new in zip(layer.frame["row"][swapped], before, shapes[swapped], strict=True)
    )
    facts = {"count": len(changes)}
    return _done(layer, layer.frame.set_geometry(shapes, crs=layer.frame.crs), changes, "mended_swapped", facts)


def _unit_from_polygon(layer: Layer, context: Context) -> Mended:
    """Take the code of the unit in which a row lies where the row declares another."""
    found = {one.row: str(one.facts["found"]) for one in quality.inspect(layer, context) if one.code == "unit_differs"}
    frame = layer.frame.copy()
    codes = frame.get("unit_code", pd.Series("", index=frame.index)).astype(object)
    changes = []
    for position, row in enumerate(frame["row"]):
        if int(row) in found:
            changes.append(Change(int(row), "unit_code", str(codes.iloc[position]), found[int(row)]))
            codes.iloc[position] = found[int(row)]
    frame["unit_code"] = codes.astype("str")
    return _done(layer, frame, tuple(changes), "mended_unit_codes", {"count": len(changes)})


def _drop_outside(layer: Layer, context: Context) -> Mended:
    """Take out rows outside the study area; they join the refused rows."""
    return _without(layer, _at(layer, context, "outside_study"), "outside_study")


#: Name of a mend to what does it.
MENDS: Mapping[str, Callable[[Layer, Context], Mended]] = MappingProxyType(
    {
        "drop_duplicates": _drop_duplicates,
        "swap_lonlat": _swap_lonlat,
        "unit_from_polygon": _unit_from_polygon,
        "drop_outside": _drop_outside,
    }
)
#: Which mend a finding allows. Rows at (0, 0) need none: they are refused when the file is read.
_BY_CODE: Mapping[str, str] = MappingProxyType(
    {
        "duplicate_row": "drop_duplicates",
        "swapped_row": "swap_lonlat",
        "unit_differs": "unit_from_polygon",
        "outside_study": "drop_outside",
    }
)


def _at(layer: Layer, context: Context, code: str) -> BoolArray:
    """Rows of which the ledger says a code now."""
    rows = {finding.row for finding in quality.inspect(layer, context) if finding.code == code}
    return np.asarray(layer.frame["row"].isin(rows), dtype=bool)


def _without(layer: Layer, gone: BoolArray, reason: str) -> Mended:
    """The layer without some rows: they are refused now, under the headings of the file where those are known."""
    if not gone.any():
        return Mended(layer, ())
    frame = layer.frame
    name = str(frame.geometry.name)
    own = _own_headings(layer)
    out: dict[str, object] = {"row": frame["row"][gone].to_numpy(), "reason": reason}
    for heading in frame.columns:
        if heading not in ("row", name):
            out[own.get(heading, heading)] = [as_text(value) for value in frame[heading][gone]]
    shapes = _as_written(frame.geometry.to_numpy()[gone], layer.source.datum_read)
    if (shapely.get_type_id(shapes) == 0).all():
        # As columns, so that the rows can be mended and come back.
        for axis, degrees in (("lon", shapely.get_x(shapes)), ("lat", shapely.get_y(shapes))):
            out[own.get(axis, axis)] = [f"{value:.7f}" for value in degrees]
    else:
        out[name] = ["" if shape is None else shape.wkt for shape in shapes]
    refused = pd.concat([layer.quality.refused, pd.DataFrame(out)], ignore_index=True).fillna("")
    changes = tuple(Change(int(row), "", "row", "") for row in frame["row"][gone])
    kept = frame[~gone].reset_index(drop=True)
    # Several rows of a layer of lines may be one row of the file; what is refused is counted in rows of the file.
    report = QualityReport(layer.quality.findings, layer.quality.rows_read, len(kept), refused, layer.quality.columns)
    thinned = dataclasses.replace(layer, quality=report)
    return _done(thinned, kept, changes, "mended_dropped", {"count": int(gone.sum())})


def _as_written(shapes: npt.NDArray[np.object_], datum: str) -> npt.NDArray[np.object_]:
    """Shapes in the datum of their file: the other refused rows are in it, and what comes back is shifted again."""
    if datum not in SHIFTED:
        return shapes
    shift: Shift = "gcj02" if datum == "gcj02" else "bd09"
    back: npt.NDArray[np.object_] = shapely.transform(shapes, partial(to_datum, datum=shift))
    return back


def _own_headings(layer: Layer) -> dict[str, str]:
    """Canonical names to the headings of the file, as its refused rows have them."""
    headings = pd.DataFrame(columns=[name for name in layer.quality.refused.columns if name not in ("row", "reason")])
    table = Table(headings.astype("str"), np.empty(0, dtype=np.int64), layer.source.file, layer.source.sha256)
    return {column.name: column.heading for column in guess(table, layer.kind) if column.name is not None}


def _done(layer: Layer, frame: object, changes: tuple[Change, ...], code: str, facts: Mapping[str, object]) -> Mended:
    if not changes:
        return Mended(layer, ())
    report = dataclasses.replace(layer.quality, findings=(*layer.quality.findings, Finding(code, "info", facts=facts)))
    return Mended(dataclasses.replace(layer, frame=frame, quality=report), changes)
