"""A package back to a workspace: the GeoPackage or the zip that :mod:`layers.workspace_export` writes.

A package comes from elsewhere. So nothing in it is taken over as it lies there: each layer is read, checked against its
kind, and written anew.
"""

import dataclasses
import datetime as dt
import json
import tempfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

import geopandas as gpd
import pandas as pd
import pyogrio
import shapely

from geo.archive import opened, unpack
from geo.crs import WGS84
from geo.errors import DataError, FileError
from geo.sniff import foreign_errors, local_file
from geo.vector import checked_base
from geo.write import atomic_folder
from layers.layer import Layer, QualityReport, Source
from layers.origin_json import extent_of
from layers.schemas import SCHEMAS
from layers.stored import check_frame
from layers.workspace import MARKER, LayerEntry, Workspace, open_workspace
from layers.workspace_edit import fill
from layers.workspace_export import META_TABLE
from layers.workspace_history import now
from layers.workspace_toml import Change, entry_of, study_of, value_of

__all__ = ["import_workspace"]

_Item = tuple[LayerEntry, Layer]
_TYPES = frozenset({"str", "float64", "int64", "int32", "int16", "int8", "bool", "date"})


def import_workspace(path: Path, folder: Path) -> Workspace:
    """Make a workspace of a package.

    Parameters
    ----------
    path
        A GeoPackage or a zip that was exported from a workspace.
    folder
        Of the new workspace: does not exist yet, or is empty.

    Raises
    ------
    FileError, DataError
        When it is no such package, is damaged or too large, or holds a layer of a level that is not for here.
    OutputError
        When there is something in the folder, or it cannot be written.
    """
    file = local_file(path)
    with file.open("rb") as handle:
        head = handle.read(16)
    change = Change(1, None, "import", "", now())
    if head.startswith(b"SQLite format 3\0"):
        with opened(file) as inner:
            workspace, items = _from_gpkg(inner.file, file.name)
        with atomic_folder(Path(folder)) as new:
            fill(new, workspace, items, change)
    elif head.startswith(b"PK\x03\x04"):
        with tempfile.TemporaryDirectory(prefix="quarterhour-") as scratch:
            inside = open_workspace(_unpacked(file, Path(scratch)))
            items = [(entry, layer) for entry in inside.layers if (layer := inside.read(entry.kind)) is not None]
            with atomic_folder(Path(folder)) as new:
                fill(new, inside, items, change)
    else:
        raise FileError("package_unknown", file=file.name)
    return open_workspace(folder)


def _unpacked(file: Path, scratch: Path) -> Path:
    """The workspace in a zip, in a folder of ours; it may lie in a folder of the zip."""
    raw, folder = scratch / "raw", scratch / "workspace"
    raw.mkdir()
    members = unpack(file, raw)
    found = [PurePosixPath(member.label) for member in members if PurePosixPath(member.label).name == MARKER]
    if not found:
        raise FileError("package_unknown", file=file.name)
    top = min(found, key=lambda path: len(path.parts)).parent
    for member in members:
        label = PurePosixPath(member.label)
        if label.is_relative_to(top):
            target = folder.joinpath(*label.relative_to(top).parts)
            target.parent.mkdir(parents=True, exist_ok=True)
            member.path.rename(target)
    return folder


# ---- GeoPackage -----------------------------------------------------------------------------------------------------


def _from_gpkg(file: Path, name: str) -> tuple[Workspace, list[_Item]]:
    source = f"GPKG:{file.resolve()}"
    views = checked_base(file)
    with foreign_errors(name):
        tables = {str(name) for name, _ in pyogrio.list_layers(source)} - views
        if META_TABLE not in tables:
            raise DataError("package_without_table", file=name)
        meta = pyogrio.read_dataframe(source, layer=META_TABLE, read_geometry=False)
    try:
        rows = [(str(kind), json.loads(about)) for kind, about in zip(meta["kind"], meta["about"], strict=True)]
        head = next(about for kind, about in rows if kind == "workspace")
        head = {**head, "as_of": dt.date.fromisoformat(head["as_of"])}
        known = [(kind, _moments(about)) for kind, about in rows if kind != "workspace"]
    except (KeyError, TypeError, ValueError, AttributeError, StopIteration, RecursionError):
        raise DataError("package_table_bad", file=name) from None
    titles = value_of(head, "name", str), value_of(head, "name_en", str)
    workspace = Workspace(file.parent, *titles, value_of(head, "as_of", dt.date), (), study_of(head))
    if len({kind for kind, _ in known}) < len(known):
        raise DataError("package_table_bad", file=name)
    return workspace, [_item(source, name, kind, about, tables) for kind, about in known]


def _moments(about: dict[str, Any]) -> dict[str, Any]:
    provenance = about["provenance"]
    added = {"added": dt.datetime.fromisoformat(provenance["added"])} if "added" in provenance else {}
    return {**about, "provenance": {**provenance, **added}}


def _item(source: str, name: str, kind: str, about: Mapping[str, Any], tables: set[str]) -> _Item:
    entry = entry_of({**about, "file": "", "sha256": ""}, Path())
    if kind not in SCHEMAS or entry.kind != kind or kind not in tables or entry.provenance is None:
        raise DataError("package_table_bad", file=name)
    with foreign_errors(name):
        frame = pyogrio.read_dataframe(source, layer=kind, use_arrow=True)
    try:
        frame = _typed(frame, about["columns"])
        extent = None if about["extent"] is None else extent_of(about["extent"])
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, shapely.GEOSException):
        raise DataError("stored_layer_bad", file=name, column=kind) from None
    check_frame(kind, frame, name)
    origin = entry.provenance
    described = Source(
        origin.original,
        origin.original_sha256,
        origin.crs,
        origin.encoding,
        extent=extent,
        datum_read=origin.datum,
        datum_known=origin.datum_from,
    )
    rows = int(frame["row"].nunique())
    datum = value_of(about, "datum", str)
    entry = dataclasses.replace(entry, provenance=dataclasses.replace(origin, about="", refused=""))
    return entry, Layer(kind, frame, datum, described, QualityReport((), rows, rows))


def _typed(frame: pd.DataFrame, columns: Mapping[str, Any]) -> gpd.GeoDataFrame:
    """Columns under their own names and in their own types, in the order they had."""
    out: dict[str, pd.Series] = {}
    for name, (own, kind) in columns.items():
        if kind not in _TYPES or not isinstance(own, str) or own in out:
            raise ValueError(kind)
        column = frame[name]
        if kind == "date":
            days = pd.to_datetime(column)
            out[own] = pd.Series([None if pd.isna(day) else day.date() for day in days], dtype=object)
        else:
            out[own] = column.fillna("").astype("str") if kind == "str" else column.astype(kind)
    shapes = frame.geometry.to_numpy() if isinstance(frame, gpd.GeoDataFrame) else [None] * len(frame)
    return gpd.GeoDataFrame(out, geometry=shapely.force_2d(shapes), crs=WGS84)
