"""A workspace as one file: a GeoPackage that QGIS opens with all layers, or a zip that this program opens again.

What stays inside never leaves, records of inspections and their photos among it; what may not be public does not pass
``public``; and every export is in the log before its file is in its place.
"""

import dataclasses
import datetime as dt
import json
import tempfile
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyogrio
import pyproj
import shapely

from geo.errors import DataError, OutputError
from geo.findings import Finding
from geo.sniff import file_sha256
from geo.write import atomic_path, settle_times
from layers import public as rules
from layers.export_log import Export, log_export
from layers.layer import Layer, QualityReport
from layers.secrecy import PUBLIC, STAMP, highest
from layers.workspace import RECORDS_FILE, LayerEntry, Workspace
from layers.workspace_edit import fill
from layers.workspace_toml import Change, Provenance

__all__ = ["META_TABLE", "META_TITLE", "Exported", "export", "export_gpkg", "export_zip"]

#: Table of a GeoPackage that says where each layer is from; its first row is about the workspace.
META_TABLE, META_TITLE = "quarterhour", "来源与密级"
_CHINA = "EPSG:4490"
_ELSEWHERE = "EPSG:4326"
# Zip writes the time into itself; the same state of a workspace shall give the same bytes.
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)
_RESERVED = frozenset({"fid", "geom", "geometry", "ogc_fid", "rowid"})
_GDAL_ERRORS = (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, pyogrio.errors.FeatureError)
_Item = tuple[LayerEntry, Layer]
# Name in the table, to name and type in the layer.
_Names = dict[str, list[str]]


@dataclass(frozen=True)
class Exported:
    """What was exported.

    Parameters
    ----------
    file
        Its name.
    level
        The highest level of the layers in it.
    public
        Whether it was made for the public.
    layers
        Kind of each layer, to its number of rows.
    crs
        Of a GeoPackage; empty for a zip.
    sha256
        Of the file.
    findings
        What was left out, and why.
    """

    file: str
    level: str
    public: bool
    layers: dict[str, int]
    crs: str
    sha256: str
    findings: tuple[Finding, ...]

    def as_dict(self, lang: str | None = None) -> dict[str, Any]:
        """The figures as the command prints them."""
        return {**vars(self), "stamp": STAMP, "findings": [finding.as_dict(lang) for finding in self.findings]}


def export(workspace: Workspace, out: Path, *, public: bool = False, to: str = "", who: str = "") -> Exported:
    """Export in the format that the suffix names; errors as :func:`export_gpkg`."""
    writers = {".gpkg": export_gpkg, ".zip": export_zip}
    if out.suffix.lower() not in writers:
        raise OutputError("package_suffix", path=out.name, known=", ".join(writers))
    return writers[out.suffix.lower()](workspace, out, public=public, to=to, who=who)


def export_gpkg(workspace: Workspace, out: Path, *, public: bool = False, to: str = "", who: str = "") -> Exported:
    """Write all layers into one GeoPackage: EPSG:4490 where they lie in China, else EPSG:4326.

    Parameters
    ----------
    workspace
        As opened.
    out
        The file; an older one is replaced when the new one is whole.
    public
        Only what may be made public (:mod:`layers.public`).
    to, who
        For the log: who gets it, who exports.

    Raises
    ------
    DataError
        When nothing may pass.
    OutputError
        When it, or the log, cannot be written.
    """
    items, findings = _leaving(workspace, public=public)
    crs = _CHINA if _in_china(items) else _ELSEWHERE

    def write(path: Path) -> None:
        _write_gpkg(path, workspace, items, crs, public=public)

    return _put(workspace, Path(out), items, write, ("gpkg", crs, public, to, who), findings)


def export_zip(workspace: Workspace, out: Path, *, public: bool = False, to: str = "", who: str = "") -> Exported:
    """Write a zip that holds a workspace with the present layers: no older states, no refused rows, no log.

    Parameters and errors are those of :func:`export_gpkg`.
    """
    items, findings = _leaving(workspace, public=public)

    def write(path: Path) -> None:
        with tempfile.TemporaryDirectory(prefix="quarterhour-") as scratch:
            folder = Path(scratch)
            fill(folder, workspace, items, Change(1, None, "new", "", workspace.change.when))
            with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
                for file in sorted(folder.rglob("*")):
                    if file.is_file():
                        entry = zipfile.ZipInfo(file.relative_to(folder).as_posix(), _ZIP_TIME)
                        entry.compress_type = zipfile.ZIP_DEFLATED
                        archive.writestr(entry, file.read_bytes())
                archive.writestr(zipfile.ZipInfo("密级.txt", _ZIP_TIME), _notice(items))

    return _put(workspace, Path(out), items, write, ("zip", "", public, to, who), findings)


def _notice(items: Iterable[_Item]) -> str:
    return f"{STAMP}\n密级:{highest(entry.level for entry, _ in items)}\n"


def _put(
    workspace: Workspace,
    out: Path,
    items: list[_Item],
    write: Callable[[Path], None],
    how: tuple[str, str, bool, str, str],
    findings: tuple[Finding, ...],
) -> Exported:
    """Write, then log, then put into place: what cannot be logged does not leave."""
    what, crs, public, to, who = how
    level = highest(entry.level for entry, _ in items)
    layers = {entry.kind: len(layer.frame) for entry, layer in items}
    with atomic_path(out) as temporary:
        write(temporary)
        digest = file_sha256([temporary])
        log_export(workspace.path, Export(what, out.name, level, public, sum(layers.values()), digest, to), who=who)
    return Exported(out.name, level, public, layers, crs, digest, findings)


# ---- what leaves ----------------------------------------------------------------------------------------------------


def _leaving(workspace: Workspace, *, public: bool) -> tuple[list[_Item], tuple[Finding, ...]]:
    items: list[_Item] = []
    findings: list[Finding] = []
    for entry in workspace.layers:
        if public and entry.level != PUBLIC:
            facts = {"kind": entry.kind, "title": entry.title, "level": entry.level, "count": entry.rows}
            findings.append(Finding("export_level_withheld", "warn", facts=facts))
            continue
        layer = workspace.read(entry.kind)
        if layer is None:
            continue
        found: Layer | None
        found, said = rules.without_inside(layer)
        findings += said
        if public:
            found, said = rules.without_restricted(found)
            findings += said
        if found is not None:
            items.append((_known(entry, layer), _bare(found)))
    if not items:
        raise DataError("export_nothing", name=workspace.name)
    if (workspace.path / RECORDS_FILE).exists():
        findings.append(Finding("records_stay", "warn"))
    return items, tuple(findings)


def _bare(layer: Layer) -> Layer:
    """A layer without refused rows and findings: they quote cells of the ledger, which stay inside."""
    return dataclasses.replace(
        layer, quality=QualityReport((), layer.frame["row"].nunique(), layer.frame["row"].nunique())
    )


def _known(entry: LayerEntry, layer: Layer) -> LayerEntry:
    """What is said of a layer, where it is from included."""
    if entry.provenance is not None:
        return dataclasses.replace(entry, provenance=dataclasses.replace(entry.provenance, columns={}))
    return dataclasses.replace(entry, provenance=Provenance.of(layer))


def _in_china(items: list[_Item]) -> bool:
    """Whether all layers lie where EPSG:4490 is used."""
    area = pyproj.CRS(_CHINA).area_of_use
    boxes = [layer.frame.total_bounds for _, layer in items]
    boxes = [box for box in boxes if np.isfinite(box).all()]
    if area is None or not boxes:
        return False
    return all(
        area.west <= box[0] and area.south <= box[1] and box[2] <= area.east and box[3] <= area.north for box in boxes
    )


# ---- GeoPackage -----------------------------------------------------------------------------------------------------


def _write_gpkg(path: Path, workspace: Workspace, items: list[_Item], crs: str, *, public: bool) -> None:
    titles = [entry.title for entry, _ in items]
    names: dict[str, _Names] = {}
    try:
        for entry, layer in items:
            frame, names[entry.kind] = _sqlite_names(_arrow_dates(layer.frame))
            # Not transformed: to this program the two are one (they differ by less than a metre).
            frame = frame.set_crs(crs, allow_override=True)
            _write_table(path, entry.kind, frame, _title(entry, titles))
        _write_table(path, META_TABLE, _meta(workspace, items, names, public=public), META_TITLE)
        settle_times(path)
    except _GDAL_ERRORS as error:
        raise OutputError("output_failed", path=path.name, reason=str(error).splitlines()[0]) from error


def _write_table(path: Path, name: str, frame: pd.DataFrame, title: str) -> None:
    """Add a table; one without geometry as such, which QGIS lists among the others."""
    options = {"IDENTIFIER": title, "DESCRIPTION": STAMP}
    if not isinstance(frame, gpd.GeoDataFrame):
        options["ASPATIAL_VARIANT"] = "GPKG_ATTRIBUTES"
    elif frame.geometry.isna().all():
        options["ASPATIAL_VARIANT"] = "GPKG_ATTRIBUTES"
        frame = pd.DataFrame(frame.drop(columns="geometry"))
    pyogrio.write_dataframe(
        frame, path, layer=name, driver="GPKG", append=path.exists(), layer_options=options, use_arrow=True
    )


def _title(entry: LayerEntry, titles: list[str]) -> str:
    """What QGIS shows; two tables of one file may not have the same."""
    alone = titles.count(entry.title) == 1 and entry.title not in ("", META_TITLE)
    return entry.title if alone else f"{entry.title} ({entry.kind})"


def _arrow_dates(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Columns of days as a type that GDAL takes for days, also where none is filled in."""
    days = {
        name: pd.Series(frame[name].array, dtype=pd.ArrowDtype(pa.date32()), index=frame.index)
        for name in frame.columns
        if name != "geometry" and frame[name].dtype == object
    }
    return frame.assign(**days) if days else frame


def _sqlite_names(frame: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, _Names]:
    """Names that SQLite tells apart, which does not see case and keeps some for itself; with name and type of each."""
    taken = set(_RESERVED)
    names: _Names = {}
    for name in frame.columns:
        if name == "geometry":
            continue
        base = "".join(letter if letter.isprintable() else "_" for letter in str(name)).strip() or "column"
        new, number = base, 1
        while new.casefold() in taken:
            number += 1
            new = f"{base}_{number}"
        taken.add(new.casefold())
        names[new] = [str(name), "date" if isinstance(frame[name].dtype, pd.ArrowDtype) else str(frame[name].dtype)]
    return frame.rename(columns={name: new for new, (name, _) in names.items()}), names


def _iso(value: object) -> str:
    if isinstance(value, dt.date):
        return value.isoformat()
    raise TypeError(type(value).__name__)


def _meta(
    workspace: Workspace, items: list[_Item], names: dict[str, dict[str, list[str]]], *, public: bool
) -> pd.DataFrame:
    study = {**vars(workspace.study), "kinds": list(workspace.study.kinds)}
    about = {
        "version": 1,
        "name": workspace.name,
        "name_en": workspace.name_en,
        "as_of": workspace.as_of.isoformat(),
        "study": study,
        "public": public,
    }
    rows: list[dict[str, object]] = [
        {
            "kind": "workspace",
            "title": workspace.name,
            "level": highest(entry.level for entry, _ in items),
            "stamp": STAMP,
            "about": json.dumps(about, ensure_ascii=False),
        }
    ]
    for entry, layer in items:
        extent = None if layer.source.extent is None else shapely.to_wkb(layer.source.extent, hex=True)
        provenance = None if entry.provenance is None else entry.provenance.as_dict()
        known = {
            **vars(entry),
            "provenance": provenance,
            "datum": layer.datum,
            "extent": extent,
            "columns": names[entry.kind],
        }
        rows.append(
            {
                "kind": entry.kind,
                "title": entry.title,
                "level": entry.level,
                "source": entry.source,
                "licence": entry.licence,
                "credit": entry.credit,
                "approval": entry.approval,
                "rows": len(layer.frame),
                "stamp": STAMP,
                "about": json.dumps(known, ensure_ascii=False, default=_iso),
            }
        )
    return pd.DataFrame(rows)
