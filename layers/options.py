"""What a user says about a file beside the file itself."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from geo.population_raster import Measure

__all__ = ["DATUMS", "USUAL", "Datum", "ReadOptions"]

#: ``auto``: as the file declares; without a declaration WGS 84, with a warning.
Datum = Literal["auto", "wgs84", "cgcs2000", "gcj02", "bd09"]
DATUMS: tuple[Datum, ...] = ("auto", "wgs84", "cgcs2000", "gcj02", "bd09")


@dataclass(frozen=True)
class ReadOptions:
    """How to read a file as a layer.

    Parameters
    ----------
    encoding
        Of a CSV or a Shapefile; else it is found by evidence.
    layer
        Layer of a GeoPackage or KML, or sheet of a workbook.
    columns
        Canonical name to the file's heading, where the user corrected the guess; ``""``: the file has no such column.
    datum
        What the coordinates are in. ``gcj02`` and ``bd09`` are shifted to WGS 84 on reading; ``auto`` never shifts.
    detected
        The datum was found by evidence and confirmed by the user, rather than known.
    crs
        ``EPSG:n`` of projected coordinate columns, or of a file that declares none or a wrong one.
    packed
        Plain numbers in columns of degrees are D.MMSS: 118.521342 is 118°52′13.42″.
    area
        West, south, east, north of the study area in degrees. It finds the zone of metres that do not tell theirs, and
        of a raster only the cells in it are read.
    raster_unit
        What a cell of a population raster holds.

    Examples
    --------
    >>> ReadOptions(columns={"lon": "东"}).columns["lon"]
    '东'
    """

    encoding: str | None = None
    layer: str | None = None
    columns: Mapping[str, str] = dataclasses.field(default_factory=lambda: MappingProxyType({}))
    datum: Datum = "auto"
    detected: bool = False
    crs: str = ""
    packed: bool = False
    area: tuple[float, float, float, float] | None = None
    raster_unit: Measure = "auto"


#: Nothing is said.
USUAL = ReadOptions()
