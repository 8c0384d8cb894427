"""Stakes for a hand-held receiver (GPX 1.1), for the field work of the bureau, only when asked for."""

import xml.etree.ElementTree as ET
from collections.abc import Sequence

from demarcation.model import Stake
from geo.errors import DataError
from geo.geojson import DECIMALS
from geo.paths import VERSION
from layers.secrecy import STAMP
from reports.one_page import clean

__all__ = ["gpx"]

_NAMESPACE = "http://www.topografix.com/GPX/1/1"


def gpx(stakes: Sequence[Stake], *, public: bool = False, notice: str = "") -> bytes:
    """Stakes that have a place as waypoints, WGS 84, in the order given: number and nothing else of the record.

    Parameters
    ----------
    stakes
        Those to visit.
    public
        Whether it is for the public, which gets no stakes.
    notice
        Behind the stamp: that data are made up.

    Returns
    -------
    bytes
        UTF-8.

    Raises
    ------
    DataError
        ``gpx_not_public`` when it is for the public, ``gpx_no_places`` when no stake has a place.
    """
    if public:
        raise DataError("gpx_not_public")
    placed = [(stake, stake.place) for stake in stakes if stake.place is not None]
    if not placed:
        raise DataError("gpx_no_places")
    root = ET.Element("gpx", {"xmlns": _NAMESPACE, "version": "1.1", "creator": f"Quarterhour {VERSION}"})
    ET.SubElement(ET.SubElement(root, "metadata"), "desc").text = clean(f"{STAMP} {notice}".rstrip())
    for stake, (lon, lat) in placed:
        point = ET.SubElement(root, "wpt", {"lat": f"{lat:.{DECIMALS}f}", "lon": f"{lon:.{DECIMALS}f}"})
        ET.SubElement(point, "name").text = clean(stake.number)
    ET.indent(root)
    made: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return made + b"\n"
