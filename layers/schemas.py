"""What each kind of layer consists of; the one place that pages, commands, documents and tests ask."""

import dataclasses
from collections.abc import Mapping
from types import MappingProxyType

from layers.schema import Field, Schema

__all__ = [
    "CANDIDATES", "DEMAND", "DISPUTES", "FACILITIES", "LINES", "PLACE_NAMES", "PROJECTS", "ROADS", "SCHEMAS", "STAKES",
    "UNITS", "VALUES",
]  # fmt: skip

_LON = Field("lon", "degrees", ("longitude", "lng", "long", "经度", "东经", "jd", "x", "point_x", "x坐标"))
_LAT = Field("lat", "degrees", ("latitude", "纬度", "北纬", "wd", "y", "point_y", "y坐标"))
_LONLAT = Field("lonlat", "degrees", (
    "latlon", "lnglat", "latlng", "经纬度", "纬经度", "经纬度坐标", "坐标", "坐标位置", "地理坐标", "coordinates",
    "经度纬度", "纬度经度", "经度,纬度", "纬度,经度", "lon,lat", "lat,lon", "lng,lat", "lat,lng",
))  # fmt: skip
# In Chinese survey tables x is the northing and y the easting.
_X_NORTH = Field("x_north", "number", ("zzb", "纵坐标", "纵坐标x", "北坐标", "北向坐标", "northing"), unit="m")
_Y_EAST = Field("y_east", "number", ("hzb", "横坐标", "横坐标y", "东坐标", "东向坐标", "easting"), unit="m")
_CRS = Field("crs", "text", ("坐标系", "坐标系代码", "坐标系统", "坐标系名称", "epsg"))
_COORDINATES = (_X_NORTH, _Y_EAST, _CRS, _LON, _LAT, _LONLAT)
# Bare x and y are north and east in survey tables, so stakes do not take them for degrees.
_STAKE_LON = Field("lon", "degrees", ("longitude", "lng", "long", "经度", "东经", "jd"))
_STAKE_LAT = Field("lat", "degrees", ("latitude", "纬度", "北纬", "wd"))
_NAME_SYNONYMS = ("名称", "name_zh", "设施名称", "机构名称", "单位名称", "站点名称", "title")
_UNIT_CODE = ("行政区划代码", "区划代码", "区划码", "adcode")

_STATUS = {
    "open": "open", "在用": "open", "运营": "open", "运营中": "open", "在营": "open", "开业": "open", "开放": "open",
    "正常": "open", "正常运营": "open", "已建": "open", "建成": "open", "已建成": "open",
    "营业": "open", "使用中": "open",
    "planned": "planned", "规划": "planned", "规划中": "planned", "拟建": "planned", "在建": "planned",
    "筹建": "planned", "建设中": "planned", "待建": "planned",
    "closed": "closed", "停用": "closed", "关闭": "closed", "停业": "closed", "关停": "closed", "停止运营": "closed",
    "撤销": "closed", "已撤销": "closed", "注销": "closed", "歇业": "closed",
}  # fmt: skip

FACILITIES = Schema(
    "facilities",
    (
        Field("facility_id", "text", ("id", "编号", "设施编号", "设施编码", "编码", "机构编码", "fid")),
        Field("name", "text", _NAME_SYNONYMS),
        Field("kind", "choice", ("类型", "类别", "设施类型", "设施类别", "机构类别", "机构类型", "type", "category")),
        Field("grade", "text", ("等级", "星级", "级别", "机构等级")),
        Field(
            "status",
            "choice",
            ("状态", "运营状态", "使用状态", "运营情况"),
            choices=MappingProxyType(_STATUS),
            default="open",
        ),
        Field("stage", "text", ("阶段", "建设阶段")),
        Field("open_date", "date", ("启用日期", "开业日期", "运营日期", "建成日期", "开放日期", "成立日期")),
        Field("close_date", "date", ("停用日期", "关闭日期", "停业日期", "撤销日期")),
        Field("beds", "count", ("床位", "床位数", "床位总数", "床位数量", "总床位")),
        Field("nursing_beds", "count", ("护理型床位", "护理型床位数", "护理床位")),
        Field("dementia_beds", "count", ("认知障碍床位", "认知障碍照护床位", "认知症床位")),
        Field("residents", "count", ("入住人数", "入住老年人数", "在住人数", "月末收住老年人数")),
        Field("places", "count", ("席位", "座位数", "日托床位", "日托名额")),
        Field("meals_per_day", "count", ("日供餐数", "日均供餐", "日助餐人次", "供餐能力")),
        Field("plots", "count", ("墓穴数", "穴位数", "格位数")),
        Field("ownership", "text", ("运营方式", "兴办主体", "所有制", "性质", "运营性质")),
        Field("unit_code", "text", _UNIT_CODE),
        Field("serves", "text", ("服务范围", "服务对象", "服务村社")),
        Field("tier", "text", ("层级", "服务层级")),
        Field("parent_id", "text", ("上级编号", "上级设施编号")),
        Field("standardised", "text", ("标准化", "是否标准化", "规范化")),
        *_COORDINATES,
    ),
    id_column="facility_id",
    id_prefix="F",
    geometry=frozenset({"point", "polygon"}),
)

DEMAND = Schema(
    "demand",
    (
        Field("demand_id", "text", ("id", "编号", "网格编号", "网格编码", "小区编号", "点位编号", "fid")),
        Field("name", "text", ("名称", "小区名称", "村名", "地名", "网格名称")),
        Field("pop", "count", ("population", "人口", "常住人口", "人口数", "总人口", "常住人口数"), no_blank=True),
        Field("pop0_14", "count", ("0-14岁", "0-14岁人口", "0~14岁", "0~14岁人口", "儿童人口")),
        Field("pop60", "count", ("60岁以上", "60岁及以上", "60岁及以上人口", "60岁以上人口", "老年人口")),
        Field("pop65", "count", ("65岁以上", "65岁及以上", "65岁及以上人口", "65岁以上人口")),
        Field("pop80", "count", ("80岁以上", "80岁及以上", "80岁及以上人口", "80岁以上人口", "高龄人口")),
        Field("unit_code", "text", _UNIT_CODE),
        *_COORDINATES,
    ),
    id_column="demand_id",
    id_prefix="D",
    geometry=frozenset({"point", "polygon"}),
)

UNITS = Schema(
    "units",
    (
        Field("unit_code", "text", (*_UNIT_CODE, "code", "code12", "编码", "代码"), required=True),
        Field("name", "text", ("名称", "区划名称", "单位名称", "行政区划名称", "name_zh"), required=True),
        Field("level", "text", ("级别", "层级", "行政级别")),
        Field("parent_code", "text", ("上级代码", "上级区划代码", "父级代码")),
        Field("urban", "text", ("城乡", "城乡分类", "城乡分类代码")),
        Field("valid_from", "date", ("启用日期", "生效日期")),
        Field("valid_to", "date", ("废止日期", "失效日期")),
        *_COORDINATES,
    ),
    id_column="unit_code",
    geometry=frozenset({"point", "polygon"}),
    geometry_optional=True,
)

LINES = Schema(
    "lines",
    (
        Field("line_code", "text", ("jxdm", "界线代码", "界线编号", "边界线编号"), required=True),
        Field("name", "text", ("jxmc", "界线名称", "名称")),
        Field("unit_a", "text", ("甲方", "甲方代码", "单位a")),
        Field("unit_b", "text", ("乙方", "乙方代码", "单位b")),
        Field("level", "text", ("jxdj", "界线等级", "等级", "级别")),
        Field("scale", "count", ("比例尺", "比例尺分母")),
        Field("survey_method", "text", ("测量方法", "测绘方法")),
        Field("declared_length_m", "count", ("界线长度",)),
        Field("declared_stakes", "count", ("jzks", "界桩颗数", "界桩数")),
        Field("segment_type", "text", ("线段类型", "界线类型")),
        Field("lead_unit", "text", ("牵头方", "牵头单位")),
        Field("last_inspection", "date", ("上次联检", "上次联检日期", "最近联检日期")),
    ),
    id_column="line_code",
    unique=False,
    geometry=frozenset({"line"}),
)

_MARKS = tuple(
    entry
    for n in ("1", "2", "3")
    for entry in (
        Field(f"mark{n}_name", "text", (f"方位物{n}", f"方位物{n}名称")),
        Field(f"mark{n}_azimuth", "number", (f"方位物{n}方位角",)),
        Field(f"mark{n}_distance_m", "count", (f"方位物{n}距离",)),
    )
)

STAKES = Schema(
    "stakes",
    (
        Field("stake_no", "text", ("jzbh", "界桩编号", "界桩号", "桩号", "编号"), required=True),
        Field("line_code", "text", ("jxdm", "界线代码", "界线编号"), required=True),
        Field("serial", "text", ("序号", "顺序号")),
        Field("type", "text", ("jzlx", "界桩类型", "类型")),
        Field("state", "text", ("状态", "完好状况", "界桩状况")),
        Field("managed_by", "text", ("管理方", "管理单位", "管理一方")),
        Field("keeper", "text", ("管护单位", "管护人单位")),
        Field("survey_method", "text", ("测量方法", "测绘方法")),
        Field("epoch", "date", ("测量日期", "施测日期")),
        Field("public", "text", ("是否公开",)),
        *_MARKS,
        Field("azimuth_kind", "text", ("方位角类型",)),
        dataclasses.replace(_X_NORTH, synonyms=(*_X_NORTH.synonyms, "x", "x坐标")),
        dataclasses.replace(_Y_EAST, synonyms=(*_Y_EAST.synonyms, "y", "y坐标")),
        _CRS,
        _STAKE_LON,
        _STAKE_LAT,
        _LONLAT,
    ),
    geometry=frozenset({"point"}),
)

# Chinese road classes of bureau layers, as OSM's Chinese community tags them.
_CLASSES = {
    "高速公路": "motorway", "高速": "motorway", "国道": "trunk", "快速路": "trunk",
    "省道": "primary", "主干路": "primary",
    "县道": "secondary", "次干路": "secondary", "乡道": "tertiary", "支路": "tertiary", "村道": "unclassified",
    "小区道路": "residential", "内部道路": "service", "机耕路": "track", "人行道": "footway", "步行道": "footway",
    "台阶": "steps", "轮渡": "ferry", "渡口": "ferry", "汽渡": "ferry",
}  # fmt: skip

ROADS = Schema(
    "roads",
    (
        Field("highway", "choice", ("fclass", "道路等级", "道路类型", "道路类别"), choices=MappingProxyType(_CLASSES)),
        Field("oneway", "text", ("单行", "单行道", "是否单行")),
        Field("junction"),
        Field("maxspeed", "text", ("maxspeed_kmh", "限速", "限速值")),
        Field("bridge", "text", ("桥梁", "是否桥梁")),
        Field("tunnel", "text", ("隧道", "是否隧道")),
        Field("layer", "text", ("层",)),
        Field("access"),
        Field("foot"),
        Field("bicycle"),
        Field("vehicle"),
        Field("motor_vehicle"),
        Field("motorcar"),
        Field("motorroad"),
        Field("route"),
        Field("duration", "text", ("航行时间", "摆渡时间")),
        Field("oneway:foot"),
        Field("oneway:bicycle"),
    ),
    geometry=frozenset({"line"}),
)

CANDIDATES = Schema(
    "candidates",
    (
        *(
            Field(entry.name, entry.holds, ("候选点编号", "备选编号", *entry.synonyms))
            if entry.name == "facility_id"
            else entry
            for entry in FACILITIES.fields
        ),
        Field("capacity", "count", ("容量", "服务能力", "可容纳人数")),
        Field("cost", "count", ("造价", "投资", "费用", "改造费用")),
        Field("must", "number", ("必选", "是否必选")),
    ),
    id_column="facility_id",
    id_prefix="C",
    geometry=frozenset({"point", "polygon"}),
)

VALUES = Schema(
    "values",
    (
        Field("unit_code", "text", (*_UNIT_CODE, "编码", "代码"), required=True),
        Field("indicator", "text", ("指标", "指标名称", "指标编号"), required=True),
        Field("year", "count", ("年份", "年度", "统计年份"), required=True),
        Field("value", "number", ("数值", "值", "完成值", "指标值"), required=True),
        Field("base", "text", ("口径", "人口口径", "统计口径")),
        Field("source", "text", ("来源", "数据来源")),
    ),
    geometry=frozenset(),
    geometry_optional=True,
)

_OF_PLACES = (
    Field("name", "text", ("名称", "项目名称", "地名", "标准地名", "地名名称", "争议名称", "title"), required=True),
    Field("kind", "text", ("类型", "类别", "地名类别", "项目类型")),
    Field("stage", "text", ("阶段", "建设阶段", "项目阶段")),
    Field("date", "date", ("日期", "时间", "登记日期", "发生日期")),
    Field("unit_code", "text", _UNIT_CODE),
    Field("state", "text", ("状态", "处理状态", "使用状态")),
    *_COORDINATES,
)
_ANY_SHAPE = frozenset({"point", "line", "polygon"})

PROJECTS = Schema("projects", _OF_PLACES, geometry=_ANY_SHAPE)
DISPUTES = Schema("disputes", _OF_PLACES, geometry=_ANY_SHAPE)
PLACE_NAMES = Schema("place_names", _OF_PLACES, geometry=_ANY_SHAPE)

#: All kinds, by the name that commands and workspaces use.
SCHEMAS: Mapping[str, Schema] = MappingProxyType(
    {
        schema.kind: schema
        for schema in (
            FACILITIES, DEMAND, UNITS, ROADS, LINES, STAKES, CANDIDATES, VALUES, PROJECTS, DISPUTES, PLACE_NAMES,
        )
    }
)  # fmt: skip
