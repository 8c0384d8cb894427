"""Narrow GDAL to the drivers that the readers allow, before anything loads it.

GDAL decides by content which of its ~60 drivers opens a file; some of them read other files or the network. The drivers
are switched off by an environment variable that has effect only until pyogrio is imported, so every package of the
project that touches files imports this module first (through ``geo``).
"""

import os

__all__ = ["ALLOWED_DRIVERS", "restrict_drivers"]

#: The vector drivers that ``geo.read`` and ``geo.write`` ask for by name.
ALLOWED_DRIVERS = ("ESRI Shapefile", "GeoJSON", "GPKG", "KML", "LIBKML")

# All other drivers that pyogrio's wheels list. A test fails when a new one appears.
_SKIPPED = (
    "ADBC,AIVector,AmigoCloud,AVCBin,AVCE00,Carto,CSV,CSW,DGN,DXF,EDIGEO,EEDA,Elasticsearch,ESRIJSON,FlatGeobuf,GDALG,"
    "GeoJSONSeq,GeoRSS,GML,GPSBabel,GPX,GTFS,HTTP,Idrisi,JML,JSONFG,LVBAG,MapInfo File,MapML,MBTiles,MEM,MiraMonVector,"
    "MVT,NGW,OAPIF,ODS,OGCAPI,OGR_GMT,OGR_PDS,OGR_VRT,OpenFileGDB,OSM,PCIDSK,PDF,PDS4,PGDUMP,PLSCENES,PMTiles,S57,"
    "Selafin,SQLite,SXF,TopoJSON,VDV,VFK,VICAR,WAsP,WFS,XLSX"
)


def restrict_drivers() -> None:
    """Set ``OGR_SKIP`` for this process and those it starts."""
    os.environ["OGR_SKIP"] = _SKIPPED


restrict_drivers()
