"""Rows that come later, such as refused ones that were mended, into a layer that is there."""

import dataclasses
import hashlib

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.findings import Finding
from geo.parse import parse_numbers
from geo.read import Table
from layers.layer import Layer, QualityReport
from layers.mapping import NOTE_COLUMNS
from layers.schemas import SCHEMAS
from layers.secrecy import highest
from layers.workspace_edit import About
from layers.workspace_toml import LayerEntry

__all__ = ["about_both", "append", "mended_rows"]


def mended_rows(table: Table) -> frozenset[int]:
    """Row numbers of the ledger that these rows were refused from, where the table is a file of refused rows.

    Examples
    --------
    >>> frame = pd.DataFrame({"原行号": ["11", "28"], "名称": ["甲", "乙"]}, dtype="str")
    >>> sorted(mended_rows(Table(frame, np.array([2, 3]), "a.xlsx", "")))
    [11, 28]
    """
    heading = NOTE_COLUMNS[0][0]
    if heading not in table.frame:
        return frozenset()
    numbers, _ = parse_numbers(table.frame[heading])
    return frozenset(int(number) for number in numbers[np.isfinite(numbers)])


def append(old: Layer, new: Layer, mended: frozenset[int] = frozenset()) -> Layer:
    """A layer with further rows: one with a known id takes the place of the old row, the others come behind.

    Parameters
    ----------
    old, new
        Of one kind.
    mended
        Rows that ``old`` refused and that ``new`` brings again; they are refused no longer.

    Returns
    -------
    Layer
        Rows of ``old`` keep their numbers; those of ``new`` have the numbers of their own file. Ids that were made from
        the order of rows go on behind the old ones. Columns that the later file does not have keep their old cells.

    Examples
    --------
    >>> from layers.layer import Source
    >>> def ledger(**beds):
    ...     rows = {"facility_id": list(beds), "beds": list(beds.values()), "row": range(2, 2 + len(beds))}
    ...     places = gpd.points_from_xy([114.3] * len(beds), [30.6] * len(beds))
    ...     frame = gpd.GeoDataFrame(rows, geometry=places, crs=4326)
    ...     return Layer("facilities", frame, "wgs84", Source("a.csv", "00"), QualityReport((), len(beds), len(beds)))
    >>> append(ledger(a=1, b=2), ledger(b=9, c=3)).frame["beds"].tolist()
    [1, 9, 3]
    """
    if old.kind != new.kind:
        raise ValueError("layers of two kinds")
    schema = SCHEMAS[old.kind]
    added = new.frame
    if schema.id_column and schema.unique and any(finding.code == "ids_by_row" for finding in new.quality.findings):
        added = _renumbered(old.frame, added, schema.id_column, schema.id_prefix)
    frame, replaced = _joined(old.frame, added, schema.id_column if schema.unique else "")
    still, gone = old.quality.refused, frozenset[int]()
    if len(still):
        # A number that two files have tells neither row: both stay refused.
        gone = mended & frozenset(still["row"][~still["row"].duplicated(keep=False)].tolist())
        still = still[~still["row"].isin(gone)]
    parts = [part for part in (still, new.quality.refused) if len(part)]
    refused = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()
    findings = tuple(
        finding for finding in old.quality.findings if finding.severity != "error" or finding.row not in gone
    )
    facts = {"file": new.source.file, "added": len(added) - replaced, "replaced": replaced, "mended": len(gone)}
    quality = QualityReport(
        (Finding("rows_appended", "info", facts=facts), *findings, *new.quality.findings),
        len(frame) + len(refused),
        len(frame),
        refused,
        {**old.quality.columns, **new.quality.columns},
    )
    both = hashlib.sha256(f"{old.source.sha256} {new.source.sha256}".encode()).hexdigest()
    source = dataclasses.replace(old.source, file=f"{old.source.file} + {new.source.file}", sha256=both)
    return dataclasses.replace(old, frame=frame, source=source, quality=quality)


def about_both(there: LayerEntry, level: str, source: str) -> About:
    """What is said of a layer that rows were put into: as before, with the higher of both levels and both sources."""
    sources = [there.source, source] if source and source != there.source else [there.source]
    return About(
        highest([there.level, level]), " + ".join(sources), there.licence, there.credit, there.approval,
        there.title, there.title_en, there.synthetic,
    )  # fmt: skip


def _renumbered(old: gpd.GeoDataFrame, new: gpd.GeoDataFrame, column: str, prefix: str) -> gpd.GeoDataFrame:
    """Ids that say nothing, made anew so that they hit none of the old."""
    known, number = set(old[column]), len(old)
    ids: list[str] = []
    while len(ids) < len(new):
        number += 1
        if f"{prefix}{number}" not in known:
            ids.append(f"{prefix}{number}")
    return new.assign(**{column: pd.Series(ids, index=new.index, dtype="str")})


def _joined(old: gpd.GeoDataFrame, new: gpd.GeoDataFrame, column: str) -> tuple[gpd.GeoDataFrame, int]:
    """Old rows in their order, replaced where the id is known, and the others; how many were replaced."""
    if not column:
        return _stacked(old, new), 0
    known = new[column].isin(set(old[column])).to_numpy()
    order = [*old[column], *new[column][~known]]
    stay = old[~old[column].isin(set(new[column]))]
    both = _stacked(_stacked(stay, _updated(old, new[known], column)), new[~known]).set_index(column)
    columns = [*old.columns, *(name for name in new.columns if name not in old.columns)]
    return both.loc[order].reset_index()[columns], int(known.sum())


def _updated(old: gpd.GeoDataFrame, new: gpd.GeoDataFrame, column: str) -> gpd.GeoDataFrame:
    """New rows of known ids; what their file does not speak of stays: its columns, a name, a place."""
    was = old.set_index(column).loc[new[column]]
    out = new.copy()
    for name in old.columns:
        if name not in new.columns:
            out[name] = was[name].to_numpy() if was[name].dtype == object else was[name].array
    if "name" in new and "name" in old:
        # A blank name took the id.
        out["name"] = new["name"].where(new["name"] != new[column], pd.Series(was["name"].array, index=new.index))
    places = new.geometry.to_numpy()
    nowhere = shapely.is_missing(places)
    return out.set_geometry(np.where(nowhere, was.geometry.to_numpy(), places), crs=new.crs)


def _stacked(old: gpd.GeoDataFrame, new: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Rows of two frames; a column that one of them lacks is blank there, as its kind of values asks."""
    columns = [*old.columns, *(name for name in new.columns if name not in old.columns)]
    parts = []
    for frame, other in ((old.reset_index(drop=True), new), (new.reset_index(drop=True), old)):
        blank = {name: _blank(other[name], len(frame)) for name in columns if name not in frame.columns}
        parts.append(frame.assign(**blank)[columns])
    out = pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)
    return gpd.GeoDataFrame(out, geometry="geometry", crs=old.crs)


def _blank(column: pd.Series, size: int) -> pd.Series:
    if pd.api.types.is_bool_dtype(column.dtype):
        return pd.Series([None] * size, dtype=object)
    if pd.api.types.is_numeric_dtype(column.dtype):
        return pd.Series(np.full(size, np.nan))
    if pd.api.types.is_string_dtype(column.dtype) and column.dtype != object:
        return pd.Series([""] * size, dtype="str")
    return pd.Series([None] * size, dtype=object)
