"""A layer with its quality report: what every reader of this package returns."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from geo.findings import Finding, Severity

__all__ = ["Finding", "Layer", "Origin", "QualityReport", "Severity", "Source"]


@dataclass(frozen=True)
class QualityReport:
    """What was found in an input, and the rows that were refused.

    ``rows_read = rows_kept + rows_refused`` always holds; the constructor checks it.

    Parameters
    ----------
    findings
        In row order, those about the whole layer first.
    rows_read, rows_kept
        Counts of data rows.
    refused
        The refused rows as they were read (text columns), with ``row`` and ``reason`` in front.
    columns
        Canonical name of each column of ``refused`` that was taken for one.
    """

    findings: tuple[Finding, ...]
    rows_read: int
    rows_kept: int
    refused: pd.DataFrame = dataclasses.field(default_factory=pd.DataFrame)
    columns: Mapping[str, str] = dataclasses.field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse a report that loses rows."""
        if self.rows_read != self.rows_kept + len(self.refused):
            msg = f"rows lost: {self.rows_read} read, {self.rows_kept} kept, {len(self.refused)} refused"
            raise ValueError(msg)

    @property
    def rows_refused(self) -> int:
        """How many rows were refused."""
        return len(self.refused)

    def as_dict(self, lang: str | None = None) -> dict[str, Any]:
        """The report as the contract writes it."""
        return {
            "rows_read": self.rows_read,
            "rows_kept": self.rows_kept,
            "rows_refused": self.rows_refused,
            "findings": [finding.as_dict(lang) for finding in self.findings],
        }


@dataclass(frozen=True)
class Source:
    """Where a layer came from.

    Parameters
    ----------
    file
        Name without folders.
    sha256
        Of the file's bytes (of all parts of a Shapefile, in name order).
    crs
        As declared in the file or told by the user, e.g. ``EPSG:4490``; empty when neither says.
    encoding
        Of a text table; empty otherwise.
    synthetic
        The rows are made up (the demo's facilities, units, people and stakes).
    credit
        Who must be named where the layer is shown.
    extent
        Of roads whose file says so: no road is missing inside. Polygon or multi-polygon in degrees; None: unknown.
    datum_read
        What the file's coordinates were in: ``wgs84``, ``cgcs2000``, or ``gcj02`` and ``bd09``, which were shifted to
        WGS 84 and are never shifted again. Empty when the file has no coordinates.
    datum_known
        How that is known: ``declared`` by the file, ``assumed``, by the ``user``, or ``detected``.
    """

    file: str
    sha256: str
    crs: str = ""
    encoding: str = ""
    level: str = "内部"
    synthetic: bool = False
    credit: str = ""
    extent: shapely.Geometry | None = None
    datum_read: str = ""
    datum_known: str = ""


@dataclass(frozen=True)
class Origin:
    """What is known of a layer beside its rows.

    Parameters
    ----------
    kind, datum, source, quality
        As in :class:`Layer`.
    """

    kind: str
    datum: str
    source: Source
    quality: QualityReport


@dataclass(frozen=True)
class Layer:
    """A table of one kind with geometry in EPSG:4326 (x = longitude).

    Parameters
    ----------
    kind
        ``facilities``, ``demand``, ``units``, ``roads``, ``lines`` or ``stakes``.
    frame
        One row per kept row, canonical column names, ids as text, a fresh integer index in the order read.
        The column ``row`` holds the row number that the user sees.
    datum
        ``wgs84`` or ``cgcs2000`` (taken as equal: they differ by less than a metre).
    """

    kind: str
    frame: gpd.GeoDataFrame
    datum: str
    source: Source
    quality: QualityReport

    @property
    def origin(self) -> Origin:
        """The layer without its rows."""
        return Origin(self.kind, self.datum, self.source, self.quality)
