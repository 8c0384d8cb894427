"""Narrow GDAL to the drivers that the readers allow, before anything loads it.

GDAL decides by content which of its ~60 drivers opens a file; some of them read other files or the network. The drivers
are switched off by environment variables that have effect only until pyogrio or rasterio is imported, so every package
of the project that touches files imports this module first (through ``geo``).
"""

import os

__all__ = ["ALLOWED_DRIVERS", "restrict_drivers"]

#: The vector drivers that ``geo.read`` and ``geo.write`` ask for by name.
ALLOWED_DRIVERS = ("ESRI Shapefile", "GeoJSON", "GPKG")

# All other drivers that pyogrio's wheels list. A test fails when a new one appears.
_SKIPPED = (
    "ADBC,AIVector,AmigoCloud,AVCBin,AVCE00,Carto,CSV,CSW,DGN,DXF,EDIGEO,EEDA,Elasticsearch,ESRIJSON,FlatGeobuf,GDALG,"
    "GeoJSONSeq,GeoRSS,GML,GPSBabel,GPX,GTFS,HTTP,Idrisi,JML,JSONFG,KML,LIBKML,LVBAG,MapInfo File,MapML,MBTiles,MEM,"
    "MiraMonVector,MVT,NGW,OAPIF,ODS,OGCAPI,OGR_GMT,OGR_PDS,OGR_VRT,OpenFileGDB,OSM,PCIDSK,PDF,PDS4,PGDUMP,PLSCENES,PMTiles,S57,"
    "Selafin,SQLite,SXF,TopoJSON,VDV,VFK,VICAR,WAsP,WFS,XLSX"
)
# Rasters are opened by geo.raster alone, as GeoTIFF by name. Of GDAL's other raster drivers these read further files or
# the network; both wheels have them, so that neither warns of a name it does not know.
_SKIPPED_RASTERS = "DERIVED,EEDAI,GTI,KMLSUPEROVERLAY,MRF,PLMOSAIC,STACIT,STACTA,VRT,WCS,WMS,WMTS,Zarr"


def restrict_drivers() -> None:
    """Set ``OGR_SKIP`` and ``GDAL_SKIP`` for this process and those it starts."""
    os.environ["OGR_SKIP"] = _SKIPPED
    os.environ["GDAL_SKIP"] = _SKIPPED_RASTERS


restrict_drivers()
