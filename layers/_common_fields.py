"""Fields that several kinds of layers have."""

from layers.schema import Field

__all__ = ["COORDINATES", "CRS", "LAT", "LON", "LONLAT", "UNIT_CODES", "X_NORTH", "Y_EAST"]

LON = Field(
    "lon", "degrees", ("longitude", "lng", "long", "东经", "jd", "x", "point_x", "x坐标", "经度坐标", "坐标经度"),
    label="经度", unit="度", note="十进制度,如 119.9081",
)  # fmt: skip
LAT = Field(
    "lat", "degrees", ("latitude", "北纬", "wd", "y", "point_y", "y坐标", "纬度坐标", "坐标纬度"),
    label="纬度", unit="度", note="十进制度,如 31.0262",
)  # fmt: skip
LONLAT = Field(
    "lonlat", "degrees",
    ("latlon", "lnglat", "latlng", "纬经度", "经纬度坐标", "坐标", "坐标位置", "地理坐标", "coordinates", "经度纬度",
     "纬度经度", "经度,纬度", "纬度,经度", "lon,lat", "lat,lon", "lng,lat", "lat,lng"),
    label="经纬度", note="两个数在一格里,如 119.9081,31.0262",
)  # fmt: skip
# In Chinese survey tables x is the northing and y the easting.
X_NORTH = Field(
    "x_north", "number", ("zzb", "纵坐标x", "北坐标", "北向坐标", "northing"),
    label="纵坐标", unit="米", note="向北的坐标(X)",
)  # fmt: skip
Y_EAST = Field(
    "y_east", "number", ("hzb", "横坐标y", "东坐标", "东向坐标", "easting"),
    label="横坐标", unit="米", note="向东的坐标(Y)",
)  # fmt: skip
CRS = Field(
    "crs", "text", ("坐标系代码", "坐标系统", "坐标系名称", "epsg"), label="坐标系", note="EPSG 代码,如 EPSG:4549",
)  # fmt: skip
#: What tells where a row lies; one of the ways is enough.
COORDINATES = (LON, LAT, LONLAT, X_NORTH, Y_EAST, CRS)
#: Headings of a unit's code.
UNIT_CODES = ("区划代码", "区划码", "行政区划", "行政区划编码", "所属区划代码", "所在地区划代码", "adcode", "xzqdm")
