"""Boundary lines and stakes, with the field names of the national record (JXDM, JZBH, ZZB …)."""

import dataclasses

from layers._common_fields import CRS, LAT, LON, LONLAT, X_NORTH, Y_EAST
from layers._words import STAKE_TYPES
from layers.schema import Field, Schema

__all__ = ["LINES", "STAKES"]

LINES = Schema(
    "lines",
    "行政区域界线",
    (
        Field("line_code", "text", ("jxdm", "界线编号", "边界线编号", "边界线代码"), label="界线代码", required=True),
        Field("name", "text", ("jxmc", "边界线名称", "名称"), label="界线名称"),
        Field("unit_a", "text", ("甲方", "单位a"), label="甲方代码"),
        Field("unit_b", "text", ("乙方", "单位b"), label="乙方代码"),
        Field("level", "text", ("jxdj", "等级", "级别"), label="界线等级"),
        Field("start", "text", ("jxqd", "起点"), label="界线起点"),
        Field("end", "text", ("jxzd", "止点", "终点"), label="界线止点"),
        Field("scale", "count", ("比例尺",), label="比例尺分母", note="1:10000 填 10000"),
        Field("survey_method", "text", ("测绘方法",), label="测量方法"),
        Field("declared_length_m", "count", ("jxcd", "边界线长度", "长度"), label="界线长度", unit="米",
              note="标题写明(公里)的按公里换算"),
        Field("declared_stakes", "count", ("jzks", "界桩数", "界桩总数"), label="界桩颗数", unit="颗"),
        Field("single_stakes", "count", ("dlzks", "单立桩数"), label="单立桩颗数", unit="颗"),
        Field("double_stakes", "count", ("slzks", "双立桩数"), label="双立桩颗数", unit="颗"),
        Field("triple_stakes", "count", ("sanlzks", "三立桩数"), label="三立桩颗数", unit="颗"),
        Field("disputed", "text", ("sfzy", "争议"), label="是否争议", note="填 是 或 否"),
        Field("segment_type", "text", ("界线类型",), label="线段类型", note="界桩连线、河流、道路、山脊、其他标志物"),
        Field("lead_unit", "text", ("牵头方",), label="牵头单位"),
        Field("last_inspection", "date", ("上次联检", "最近联检日期"), label="上次联检日期", note="如 2021-02-19"),
    ),
    id_column="line_code",
    unique=False,
    geometry=frozenset({"line"}),
)  # fmt: skip

# The national record spells marks by the first letter of yi, er, san.
_MARKS = tuple(
    entry
    for n, letter, word in ((1, "y", "一"), (2, "e", "二"), (3, "s", "三"))
    for entry in (
        Field(f"mark{n}_name", "text", (f"{letter}hfwwwz", f"方位物{n}", f"{word}号方位物", f"方位物{word}",
                                        f"{word}号方位物位置"), label=f"方位物{n}名称"),
        Field(f"mark{n}_azimuth", "number", (f"{letter}hfwwfwj", f"{word}号方位物方位角", f"方位物{word}方位角"),
              label=f"方位物{n}方位角", unit="度"),
        Field(f"mark{n}_distance_m", "count", (f"{letter}hfwwjl", f"{word}号方位物距离", f"方位物{word}距离"),
              label=f"方位物{n}距离", unit="米"),
    )
)  # fmt: skip

# Bare x and y are north and east in survey tables, so stakes do not take them for degrees.
_BARE = ("x", "y", "point_x", "point_y", "x坐标", "y坐标")

STAKES = Schema(
    "stakes",
    "界桩",
    (
        Field("stake_no", "text", ("jzbh", "界桩号", "桩号", "编号"), label="界桩编号", required=True),
        Field("line_code", "text", ("jxdm", "界线编号"), label="界线代码", required=True),
        Field("serial", "text", ("顺序号", "界桩序号"), label="序号"),
        Field("type", "choice", ("jzlx", "类型", "界桩型号"), label="界桩类型", choices=STAKE_TYPES,
              note="Q 单立,A、B 同号双立,C、D、E 同号三立"),
        Field("grade", "text", ("jzdj", "等级"), label="界桩等级"),
        Field("material", "text", ("jzcz", "材质"), label="界桩材质"),
        Field("state", "text", ("状态", "界桩状况"), label="完好状况"),
        Field("managed_by", "text", ("管理单位", "管理一方"), label="管理方"),
        Field("keeper", "text", ("管护人单位", "管护人", "托管单位"), label="管护单位", inside_only=True),
        Field("survey_method", "text", ("测绘方法",), label="测量方法"),
        Field("epoch", "date", ("施测日期",), label="测量日期", note="如 2021-02-19"),
        Field("public", "text", ("公开",), label="是否公开", note="填 是 或 否"),
        *_MARKS,
        Field("azimuth_kind", "text", (), label="方位角类型", note="真、坐标 或 磁"),
        Field("height_m", "number", ("gc", "界桩高程"), label="高程", unit="米"),
        Field("place_1", "text", ("szd1", "所在地1"), label="所在地一"),
        Field("place_2", "text", ("szd2", "所在地2"), label="所在地二"),
        Field("place_3", "text", ("szd3", "所在地3"), label="所在地三"),
        Field("description", "text", ("wzms", "位置说明"), label="位置描述"),
        Field("spatial_id", "text", ("kjsjbsm",), label="空间数据标识码"),
        dataclasses.replace(X_NORTH, synonyms=(*X_NORTH.synonyms, "x", "x坐标")),
        dataclasses.replace(Y_EAST, synonyms=(*Y_EAST.synonyms, "y", "y坐标")),
        CRS,
        *(
            dataclasses.replace(entry, synonyms=tuple(word for word in entry.synonyms if word not in _BARE))
            for entry in (LON, LAT)
        ),
        LONLAT,
    ),
    geometry=frozenset({"point"}),
)  # fmt: skip
