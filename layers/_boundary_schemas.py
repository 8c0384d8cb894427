"""Boundary lines, stakes and what is kept of them, with the field names of the national record (JXDM, JZBH, ZZB …)."""

import dataclasses

from layers._common_fields import CRS, LAT, LON, LONLAT, X_NORTH, Y_EAST
from layers._words import STAKE_TYPES
from layers.schema import Field, Schema

__all__ = ["DESCRIPTIONS", "FEATURES", "INSPECTIONS", "LINES", "STAKES"]

#: A column name in a dbf has no more characters than this.
_DBF = 10
_DAY = "如 2021-02-19"


def _with_dbf(fields: tuple[Field, ...]) -> tuple[Field, ...]:
    """Fields that are also known by their name as a Shapefile cuts it."""
    return tuple(
        dataclasses.replace(entry, synonyms=(*entry.synonyms, entry.name[:_DBF])) if len(entry.name) > _DBF else entry
        for entry in fields
    )


LINES = Schema(
    "lines",
    "行政区域界线",
    _with_dbf((
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
        Field("last_inspection", "date", ("上次联检", "最近联检日期"), label="上次联检日期", note=_DAY),
    )),
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
        Field(f"mark{n}_lon", "number", (f"{word}号方位物经度", f"方位物{word}经度"), label=f"方位物{n}经度",
              unit="度", note="方位物的坐标已知时填写,十进制度"),
        Field(f"mark{n}_lat", "number", (f"{word}号方位物纬度", f"方位物{word}纬度"), label=f"方位物{n}纬度",
              unit="度"),
    )
)  # fmt: skip

# Bare x and y are north and east in survey tables, so stakes do not take them for degrees.
_BARE = ("x", "y", "point_x", "point_y", "x坐标", "y坐标")

STAKES = Schema(
    "stakes",
    "界桩",
    _with_dbf((
        Field("stake_no", "text", ("jzbh", "界桩号", "桩号", "编号"), label="界桩编号", required=True),
        Field("line_code", "text", ("jxdm", "界线编号"), label="界线代码", required=True),
        Field("serial", "text", ("顺序号", "界桩序号"), label="序号"),
        Field("type", "choice", ("jzlx", "类型", "界桩型号"), label="界桩类型", choices=STAKE_TYPES,
              note="Q 单立,A、B 同号双立,C、D、E 同号三立"),
        Field("grade", "text", ("jzdj", "等级"), label="界桩等级"),
        Field("material", "text", ("jzcz", "材质"), label="界桩材质"),
        Field("shape", "text", ("形状", "界桩形式", "桩型"), label="界桩形状", note="双面型 或 三面型"),
        Field("state", "text", ("状态", "界桩状况"), label="完好状况"),
        Field("managed_by", "text", ("管理单位", "管理一方"), label="管理方"),
        Field("keeper", "text", ("管护人单位", "管护人", "托管单位"), label="管护单位", inside_only=True),
        Field("survey_method", "text", ("测绘方法",), label="测量方法"),
        Field("epoch", "date", ("施测日期",), label="测量日期", note=_DAY),
        Field("public", "text", ("公开",), label="是否公开", note="填 是 或 否"),
        *_MARKS,
        Field("azimuth_kind", "text", (), label="方位角类型", note="真、坐标 或 磁"),
        Field("height_m", "number", ("gc", "界桩高程"), label="高程", unit="米"),
        Field("place_1", "text", ("szd1", "所在地1"), label="所在地一"),
        Field("place_2", "text", ("szd2", "所在地2"), label="所在地二"),
        Field("place_3", "text", ("szd3", "所在地3"), label="所在地三"),
        Field("description", "text", ("wzms", "位置说明"), label="位置描述"),
        Field("spatial_id", "text", ("kjsjbsm",), label="空间数据标识码"),
        Field("declared_chainage_m", "count", ("界桩里程", "桩号里程"), label="里程", unit="米", note="自界线起点"),
        Field("retired", "text", ("废止", "已废止", "废止编号"), label="是否废止", note="填 是 或 否"),
        Field("change_record", "text", ("界桩变更历史记录", "变更历史记录", "变更依据"), label="变更记录",
              note="废止、移位、重设的批准文件或记录"),
        Field("repair_opened", "date", ("报修日期", "发现损坏日期"), label="修复立项日期", note=_DAY),
        Field("repair_closed", "date", ("修复日期", "修复完成日期"), label="修复完工日期", note=_DAY),
        Field("repair_confirmed_by", "text", ("修复确认单位", "修复确认"), label="修复确认方",
              note="确认修复的单位代码,毗邻双方用顿号隔开"),
        Field("photo_date", "date", ("照片日期", "照片拍摄日期"), label="拍照日期", note=_DAY),
        Field("tag", "text", ("二维码", "物联网标识", "设备编号", "rfid"), label="电子标识"),
        dataclasses.replace(X_NORTH, synonyms=(*X_NORTH.synonyms, "x", "x坐标")),
        dataclasses.replace(Y_EAST, synonyms=(*Y_EAST.synonyms, "y", "y坐标")),
        CRS,
        *(
            dataclasses.replace(entry, synonyms=tuple(word for word in entry.synonyms if word not in _BARE))
            for entry in (LON, LAT)
        ),
        LONLAT,
    )),
    geometry=frozenset({"point"}),
)  # fmt: skip

_LINE_CODE = Field(
    "line_code", "text", ("jxdm", "界线编号", "边界线编号", "边界线代码"), label="界线代码", required=True
)

INSPECTIONS = Schema(
    "inspections",
    "界线检查记录",
    (
        _LINE_CODE,
        Field("stake_no", "text", ("jzbh", "界桩号", "桩号"), label="界桩编号", note="不填即整条界线"),
        Field("date", "date", ("日期", "联检日期", "检查时间"), label="检查日期", required=True, note=_DAY),
        Field("activity", "text", ("类型", "检查种类"), label="检查类型", note="联检、巡查 或 事件;不填按联检"),
        Field("round", "text", ("联检轮次", "轮"), label="轮次", note="如 5"),
        Field("unit", "text", ("检查单位", "填报单位", "填报方"), label="填报单位代码", note="不填即毗邻双方"),
        Field("state", "text", ("状态", "完好状况"), label="界桩状况", note="如 完好、损坏、移动、缺失、注记不清"),
        Field("event", "text", ("事件",), label="事件类型", note="如 洪水、河流改道、界桩损坏"),
        Field("note", "text", ("说明", "检查情况"), label="情况说明"),
    ),
    geometry=frozenset(),
    geometry_optional=True,
)  # fmt: skip

DESCRIPTIONS = Schema(
    "descriptions",
    "边界线走向说明",
    (
        _LINE_CODE,
        Field("text", "text", ("走向", "走向说明", "边界线走向", "边界线走向说明", "说明"), label="走向说明文字",
              required=True),
    ),
    id_column="line_code",
    unique=False,
    geometry=frozenset(),
    geometry_optional=True,
)  # fmt: skip

FEATURES = Schema(
    "features",
    "现状河流和道路",
    (
        Field("kind", "text", ("type", "类型", "类别", "地物类型", "要素类型", "fclass"), label="地物类型",
              note="如 河流、道路"),
        Field("waterway", "text", ("水系类型",), label="水系"),
        Field("highway", "text", ("道路类型", "道路类别"), label="道路等级"),
        Field("name", "text", ("名称", "河名", "河流名称", "路名", "道路名称"), label="地物名称"),
    ),
    geometry=frozenset({"line"}),
)  # fmt: skip
