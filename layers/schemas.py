"""What each kind of layer consists of; the one place that pages, commands, documents and tests ask."""

import dataclasses
from collections.abc import Mapping
from types import MappingProxyType

from layers._boundary_schemas import DESCRIPTIONS, FEATURES, INSPECTIONS, LINES, STAKES
from layers._common_fields import COORDINATES, UNIT_CODES
from layers._words import ROAD_CLASSES, STATUS
from layers.schema import Field, Schema

__all__ = [
    "CANDIDATES", "DEMAND", "DESCRIPTIONS", "DISPUTES", "FACILITIES", "FEATURES", "INSPECTIONS", "LINES", "PLACE_NAMES",
    "PROJECTS", "ROADS", "SCHEMAS", "STAKES", "UNITS", "VALUES",
]  # fmt: skip

_UNIT_CODE = Field(
    "unit_code", "text", UNIT_CODES, label="行政区划代码", note="所在乡镇(街道)或村(社区)的代码,按文本填写"
)
_YES_NO = "填 是 或 否"

_FACILITY_FIELDS = (
    Field("facility_id", "text", ("id", "编号", "设施编码", "编码", "机构编码", "机构编号", "设施id", "fid"),
          label="设施编号",
          note="同一份台账内不重复;不填则按行序编号"),
    Field("name", "text", ("名称", "name_zh", "机构名称", "单位名称", "站点名称", "场所名称", "服务机构名称",
          "养老机构名称",
                           "全称", "title"), label="设施名称"),
    Field("kind", "choice", ("类型", "类别", "设施类别", "机构类别", "机构类型", "服务类型", "type", "category"),
          label="设施类型", note="见类型表;也可填自有类型"),
    Field("credit_code", "text", ("社会信用代码", "信用代码", "机构代码"), label="统一社会信用代码"),
    Field("grade", "text", ("等级", "星级", "级别", "评定等级", "设施等级"), label="机构等级"),
    Field("status", "choice", ("状态", "使用状态", "运营情况", "机构状态", "营业状态"), label="运营状态",
          choices=STATUS, default="open", note="不填按在用"),
    Field("stage", "text", ("阶段", "项目阶段"), label="建设阶段"),
    Field("open_date", "date", ("启用时间", "开业日期", "开业时间", "运营日期", "投入运营时间", "建成日期", "建成时间",
                                "开放日期", "成立日期", "成立时间"), label="启用日期", note="如 2021-02-19"),
    Field("close_date", "date", ("关闭日期", "停业日期", "撤销日期", "停用时间"), label="停用日期",
          note="如 2021-02-19"),
    Field("beds", "count", ("床位", "床位数", "床位数量", "总床位", "总床位数", "核定床位", "核定床位数", "设置床位",
                            "床位张数", "养老床位", "养老床位数", "床位合计"), label="床位总数", unit="张"),
    Field("full_care_beds", "count", ("全托床位数",), label="全托床位", unit="张"),
    Field("nursing_beds", "count", ("护理型床位", "护理床位", "护理型养老床位", "护理型"), label="护理型床位数",
          unit="张"),
    Field("dementia_beds", "count", ("认知障碍床位", "认知障碍床位数", "认知障碍照护床位数", "认知症床位"),
          label="认知障碍照护床位", unit="张"),
    Field("residents", "count", ("入住人数", "入住老人数", "在住人数", "收住老年人数", "月末收住老年人数",
          "月末在院人数"),
          label="入住老年人数", unit="人"),
    Field("places", "count", ("日托床位数", "席位", "座位数", "日托名额", "餐位数"), label="日托床位", unit="个"),
    Field("meals_per_day", "count", ("日供餐数", "日均供餐", "日助餐人次", "供餐能力", "供客能力", "日均助餐人次"),
          label="日供餐能力", unit="客/日"),
    Field("plots", "count", ("穴位数", "格位数", "墓位数"), label="墓穴数", unit="个"),
    Field("staff", "count", ("从业人员", "职工人数", "工作人员数", "员工数"), label="从业人员数", unit="人"),
    Field("floor_area_m2", "count", ("建筑总面积", "房屋建筑面积", "使用面积"), label="建筑面积", unit="平方米"),
    Field("site_area_m2", "count", ("用地面积",), label="占地面积", unit="平方米"),
    Field("ownership", "text", ("兴办主体", "举办主体", "所有制", "性质", "运营性质", "机构性质", "经营性质"),
          label="运营方式"),
    _UNIT_CODE,
    Field("address", "text", ("地址", "设施地址", "详细地址", "机构住所", "住所", "address"), label="机构地址"),
    Field("phone", "text", ("电话", "联系电话", "咨询电话", "服务热线", "热线", "办公电话", "phone", "tel",
          "telephone"),
          label="服务电话", inside_only=True, note="机构的公开服务电话,不填个人电话;导出时去除"),
    Field("serves", "text", ("服务对象", "服务村社", "服务区域", "覆盖村社"), label="服务范围"),
    Field("tier", "text", ("层级",), label="服务层级"),
    Field("parent_id", "text", ("上级编号", "上级机构编号"), label="上级设施编号"),
    Field("standardised", "text", ("标准化", "规范化"), label="是否标准化", note=_YES_NO),
    Field("fire_safe", "text", ("消防合格", "消防验收", "消防安全合格"), label="消防是否合格", note=_YES_NO),
    Field("destitute_care", "text", ("特困供养", "特困人员供养", "五保供养"), label="是否特困供养", note=_YES_NO),
    Field("regional_centre", "text", ("区域性养老服务中心", "区域养老服务中心"), label="是否区域性养老服务中心",
          note=_YES_NO),
    Field("insured_care", "text", ("长护险定点", "长期护理保险定点"), label="是否长护险定点", note=_YES_NO),
    Field("offers_meals", "text", ("助餐", "助餐服务", "提供助餐"), label="是否助餐", note=_YES_NO),
    Field("offers_baths", "text", ("助浴", "助浴服务", "提供助浴"), label="是否助浴", note=_YES_NO),
    Field("offers_medical", "text", ("助医", "助医服务", "提供助医"), label="是否助医", note=_YES_NO),
    Field("clinic_inside", "text", ("内设医疗机构", "内设医务室"), label="是否内设医疗机构", note=_YES_NO),
    Field("fees", "text", ("收费", "收费情况", "收费区间"), label="收费标准"),
    Field("registered", "text", ("备案", "备案情况", "已备案"), label="是否备案", note=_YES_NO),
    *COORDINATES,
)  # fmt: skip

FACILITIES = Schema(
    "facilities",
    "设施",
    _FACILITY_FIELDS,
    id_column="facility_id",
    id_prefix="F",
    geometry=frozenset({"point", "polygon"}),
)

DEMAND = Schema(
    "demand",
    "人口(居民点)",
    (
        Field("demand_id", "text", ("id", "编号", "网格编号", "网格编码", "小区编号", "fid"), label="点位编号",
              note="同一份表内不重复;不填则按行序编号"),
        Field("name", "text", ("名称", "小区名称", "村名", "村社名称", "地名", "网格名称", "居民点名称"),
              label="居民点名称"),
        Field("pop", "count", ("population", "人口", "人口数", "总人口", "常住人口数", "户籍人口", "户籍人口数",
              "人数"),
              label="常住人口", unit="人", no_blank=True, note="没有人口填 0"),
        Field("pop0_14", "count", ("0-14岁", "0~14岁", "0~14岁人口", "儿童人口"), label="0-14岁人口", unit="人"),
        Field("pop60", "count", ("60岁以上", "60岁及以上", "60岁以上人口", "60岁以上老年人", "老年人口", "老年人口数"),
              label="60岁及以上人口", unit="人"),
        Field("pop65", "count", ("65岁以上", "65岁及以上", "65岁以上人口", "65岁以上老年人"), label="65岁及以上人口",
              unit="人"),
        Field("pop75", "count", ("75岁以上", "75岁及以上", "75岁以上人口", "75岁以上老年人"), label="75岁及以上人口",
              unit="人", note="行走较慢的一组;没有这一列时以 80 岁及以上代替"),
        Field("pop80", "count", ("80岁以上", "80岁及以上", "80岁以上人口", "80岁以上老年人", "高龄人口"),
              label="80岁及以上人口", unit="人"),
        _UNIT_CODE,
        *COORDINATES,
    ),
    id_column="demand_id",
    id_prefix="D",
    geometry=frozenset({"point", "polygon"}),
)  # fmt: skip

UNITS = Schema(
    "units",
    "行政区划单位",
    (
        Field("unit_code", "text", (*UNIT_CODES, "code", "code12", "编码", "代码"), label="行政区划代码", required=True,
              note="6、9 或 12 位,按文本填写"),
        Field("name", "text", ("名称", "单位名称", "行政区划名称", "乡镇名称", "村名", "name_zh"), label="区划名称",
              required=True),
        Field("level", "text", ("级别", "层级", "区划级别"), label="行政级别", note="如 县、乡镇、村"),
        Field("parent_code", "text", ("上级代码", "父级代码", "上级行政区划代码"), label="上级区划代码"),
        Field("urban", "text", ("城乡", "城乡分类代码"), label="城乡分类"),
        Field("valid_from", "date", ("启用日期",), label="生效日期", note="如 2021-02-19"),
        Field("valid_to", "date", ("失效日期",), label="废止日期", note="如 2021-02-19"),
        *COORDINATES,
    ),
    id_column="unit_code",
    geometry=frozenset({"point", "line", "polygon"}),
    geometry_optional=True,
)  # fmt: skip

ROADS = Schema(
    "roads",
    "道路",
    (
        Field("highway", "choice", ("fclass", "道路类型", "道路类别", "技术等级"), label="道路等级",
              choices=ROAD_CLASSES),
        Field("oneway", "text", ("单行", "是否单行"), label="单行道", note="yes 沿画线方向,-1 相反,no 双向"),
        Field("junction", label="路口形式"),
        Field("maxspeed", "text", ("maxspeed_kmh", "限速值"), label="限速", unit="km/h"),
        Field("bridge", "text", ("桥梁",), label="是否桥梁", note=_YES_NO),
        Field("tunnel", "text", ("隧道",), label="是否隧道", note=_YES_NO),
        Field("layer", "text", ("层",), label="层号", note="地面 0,高架 1,地下 -1"),
        Field("access", label="通行限制"),
        Field("foot", label="步行限制"),
        Field("bicycle", label="自行车限制"),
        Field("vehicle", label="车辆限制"),
        Field("motor_vehicle", label="机动车限制"),
        Field("motorcar", label="小汽车限制"),
        Field("motorroad", label="汽车专用"),
        Field("route", label="线路类型"),
        Field("duration", "text", ("摆渡时间",), label="航行时间", note="轮渡,如 00:20"),
        Field("oneway:foot", label="步行单行"),
        Field("oneway:bicycle", label="自行车单行"),
    ),
    geometry=frozenset({"line"}),
)  # fmt: skip

_CANDIDATE_ID = Field("facility_id", "text", ("备选编号", "设施编号", *_FACILITY_FIELDS[0].synonyms),
label="候选点编号",
                      note="同一份表内不重复;不填则按行序编号")  # fmt: skip

CANDIDATES = Schema(
    "candidates",
    "候选点",
    (
        _CANDIDATE_ID,
        *_FACILITY_FIELDS[1:],
        Field("capacity", "count", ("服务能力", "可容纳人数"), label="容量", unit="人"),
        Field("cost", "count", ("投资", "费用", "改造费用"), label="造价", unit="万元"),
        Field("must", "number", ("必选",), label="是否必选", note="1 必选,-1 不选,空白由程序决定"),
    ),
    id_column="facility_id",
    id_prefix="C",
    geometry=frozenset({"point", "polygon"}),
)

VALUES = Schema(
    "values",
    "指标数值",
    (
        Field("unit_code", "text", (*UNIT_CODES, "编码", "代码"), label="行政区划代码", required=True),
        Field("indicator", "text", ("指标", "指标编号"), label="指标名称", required=True),
        Field("year", "count", ("年度", "统计年份"), label="年份", required=True),
        Field("value", "number", ("值", "完成值", "指标值"), label="数值", required=True),
        Field("base", "text", ("人口口径", "统计口径"), label="口径", note="如 户籍、常住"),
        Field("source", "text", ("来源",), label="数据来源"),
    ),
    geometry=frozenset(),
    geometry_optional=True,
)

_OF_PLACES = (
    Field("name", "text", ("标准地名", "地名", "地名名称", "项目名称", "争议名称", "村名", "社区名称", "title"),
          label="名称",
          required=True),
    Field("kind", "text", ("类别", "地名类别", "项目类型"), label="类型"),
    Field("stage", "text", ("建设阶段", "项目阶段"), label="阶段"),
    Field("date", "date", ("时间", "登记日期", "发生日期"), label="日期", note="如 2021-02-19"),
    _UNIT_CODE,
    Field("state", "text", ("处理状态", "使用状态"), label="状态"),
    *COORDINATES,
)  # fmt: skip
_ANY_SHAPE = frozenset({"point", "line", "polygon"})

# A red line comes from its surveyor, often without a name.
_PROJECT_NAME = dataclasses.replace(_OF_PLACES[0], required=False, note="不填则按文件名和行号")
PROJECTS = Schema("projects", "项目", (_PROJECT_NAME, *_OF_PLACES[1:]), geometry=_ANY_SHAPE)
DISPUTES = Schema(
    "disputes",
    "界线纠纷",
    (
        *_OF_PLACES,
        Field("line_code", "text", ("jxdm", "界线编号", "边界线代码"), label="界线代码"),
        Field(
            "close_date",
            "date",
            ("化解时间", "办结日期", "结案日期", "解决日期"),
            label="化解日期",
            note="如 2021-02-19;未化解的不填",
        ),
    ),
    geometry=_ANY_SHAPE,
    geometry_optional=True,
)
PLACE_NAMES = Schema(
    "place_names",
    "地名",
    (
        *_OF_PLACES,
        Field("other_names", "text", ("曾用名", "俗称", "简称", "alias"), label="别名", note="多个用顿号隔开"),
        Field("address", "text", ("标准地址", "门牌地址"), label="地址"),
    ),
    geometry=_ANY_SHAPE,
)

#: All kinds, by the name that commands and workspaces use.
SCHEMAS: Mapping[str, Schema] = MappingProxyType(
    {
        schema.kind: schema
        for schema in (
            FACILITIES, DEMAND, UNITS, ROADS, LINES, STAKES, CANDIDATES, VALUES, PROJECTS, DISPUTES, PLACE_NAMES,
            INSPECTIONS, DESCRIPTIONS, FEATURES,
        )
    }
)  # fmt: skip
