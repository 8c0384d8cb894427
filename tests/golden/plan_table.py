"""What the five plans ask for, written down from the plans themselves and never read from ``data/plans/``.

A figure is ``(year, value)``; a year of None is one that the plan does not print. ``path`` are the five columns of
Xiaoshan's yearly table, 2021 to 2025; None is a printed dash. ``word`` stands in the name of the indicator.
"""

from dataclasses import dataclass

__all__ = ["ASKED", "Asked", "Figure"]

CX, CZ, CM, JH, XS = "changxing", "chenzhou", "chongming", "jinhua", "xiaoshan"
BINDING = "约束性"
PEOPLE_10000 = 10000


@dataclass(frozen=True)
class Figure:
    """A number that a plan prints."""

    word: str
    archetype: str
    base: tuple[int, float] | None = None
    target: tuple[int | None, float | None] | None = None
    path: tuple[float | None, ...] = ()
    op: str = ""
    unit: str = "%"
    binding: str = ""
    direction: str = "up"
    at_least: int = 1
    per: float = 100
    minutes: float | None = None
    forecast: tuple[int, float] | None = None
    #: Of the first year of the path, where it has another than the rest.
    first_op: str | None = None


@dataclass(frozen=True)
class Asked:
    """A row of one plan: words of its quote, the formulas that it needs, and its figures."""

    plan: str
    row: int
    archetypes: str
    words: tuple[str, ...]
    figures: tuple[Figure, ...] = ()
    flags: tuple[str, ...] = ()


def asked(plan: str, row: int, archetypes: str, words: str, *figures: Figure, flags: str = "") -> Asked:
    """A row; words, formulas and flags as one text each."""
    return Asked(plan, row, archetypes, tuple(words.split()), figures, tuple(flags.split()))


def yearly(word: str, archetype: str, *path: float | None, op: str = "", unit: str = "%", per: float = 100) -> Figure:
    """A line of the yearly table of Xiaoshan."""
    base = None if path[0] is None else (2021, path[0])
    return Figure(word, archetype, base, (2025, path[-1]), path, op, unit, per=per)


def all_of(word: str, year: int | None, archetype: str = "T1") -> Figure:
    """Full coverage by a year."""
    return Figure(word, archetype, None, (year, 100))


def count(word: str, base: float | None, target: float | None, *, op: str = "", unit: str = "个") -> Figure:
    """A number from 2020 to 2025."""
    return Figure(
        word,
        "T3",
        None if base is None else (2020, base),
        None if target is None else (2025, target),
        op=op,
        unit=unit,
    )


def each(word: str, year: int | None, number: int, *, op: str = ">=", unit: str = "个") -> Figure:
    """At least so many in each unit."""
    return Figure(word, "T2", None, (year, number), op=op, unit=unit, at_least=number)


def rate(
    word: str, archetype: str, base: float | None, target: float, *, op: str = "", binding: str = "", unit: str = "%",
    per: float = 100,
) -> Figure:  # fmt: skip
    """A share or ratio from 2020 to 2025."""
    first = None if base is None else (2020, base)
    return Figure(word, archetype, first, (2025, target), op=op, binding=binding, unit=unit, per=per)


_ELDERS = (
    asked(CM, 1, "T5", "15分钟服务圈", Figure("15分钟", "T5", minutes=15, target=(2025, None)),
          flags="assumed_mode islands"),
    asked(CZ, 2, "T5", "城市地区 十五分钟 养老服务圈", Figure("分钟", "T5", minutes=15), flags="assumed_mode no_year"),
    asked(CM, 3, "T1 T10", "养老服务设施全覆盖 均衡化布局", all_of("养老服务设施", 2025), flags="coverage_of_what"),
    asked(CM, 4, "T2", "每个乡镇 至少有1个 标准化养老机构", each("标准化养老机构", 2025, 1), flags="grade"),
    asked(CM, 5, "T4", "机构养老床位 不低于 户籍 3.5%", rate("户籍老年人口", "T4", None, 3.5, op=">=")),
    asked(CM, 6, "T3", "养老床位总数 8439 10105", count("养老床位总数", 8439, 10105, unit="张"),
          count("养老机构", 47, None, unit="家"), flags="name_and_formula"),
    asked(CM, 7, "T4", "护理型床位占比", rate("总床位", "T4", 30, 60, op=">=", binding=BINDING)),
    asked(XS, 8, "T4", "护理型床位 65%及以上 公建民营 68%",
          Figure("正文", "T4", target=(2025, 65), op=">="),
          yearly("附表", "T4", 55.93, 60, 62, 63, 65, op=">="),
          Figure("公办", "T4", target=(2025, 68)), flags="two_denominators"),
    asked(CM, 9, "T3", "认知障碍照护床位 200 300",
          Figure("认知障碍照护床位", "T3", (2020, 200), (2025, 300), unit="张", binding=BINDING)),
    asked(XS, 10, "T4", "每万名老人 认知障碍照护床位 20张",
          yearly("认知障碍照护床位", "T4", None, 10, 17, 19, 20, op=">=", unit="张", per=PEOPLE_10000)),
    asked(XS, 11, "T2", "城市街道 1个 认知障碍友好社区", each("认知障碍友好社区", 2025, 1, op=""),
          flags="custom_units"),
    asked(CM, 12, "T3 T5", "社区综合为老服务中心 33家", count("(分中心)", 29, 33, op=">=", unit="家")),
    asked(CM, 13, "T3", "长者照护之家 日间照护机构", count("长者照护之家", 5, 8, unit="家"),
          count("日间照护机构", 37, 40, unit="家")),
    asked(CM, 14, "T2 T3", "每个村居 标准化老年活动室", each("每个村居", 2025, 1), count("总数", 439, None),
          flags="total_proves_nothing grade"),
    asked(CM, 15, "T3 T1", "老年助餐服务场所 长者食堂 乡镇全覆盖", count("助餐服务场所", 92, 100),
          all_of("长者食堂", 2025), flags="coverage_of_what"),
    asked(CM, 16, "T4 T3", "老年助餐供客能力 5500 9000",
          Figure("每千名", "T4", unit="客/日", per=1000),
          Figure("供客能力", "T3", (2020, 5500), (2025, 9000), unit="客/日"), flags="other_area"),
    asked(XS, 17, "T5", "中央食堂 助餐点 二级配送餐", flags="assumed_mode"),
    asked(CZ, 18, "T1", "失能照护设施 互助养老设施 县乡村三级养老服务网络"),
    asked(CM, 19, "T1", "区镇村三级养老服务网络"),
    asked(XS, 19, "T1", "大社区三级养老服务体系"),
    asked(CZ, 20, "T2", "县级失能照护服务机构 2个以上 区域养老服务中心", each("失能照护服务机构", 2025, 1, unit="所"),
          each("区域养老服务中心", 2025, 2)),
    asked(CZ, 21, "T7", "新建城区 2022年 配建设施达标率 100%", Figure("新建", "T7", target=(2022, 100), op=">="),
          Figure("老旧", "T7", target=(2025, None))),
    asked(CZ, 22, "T1", "智慧养老社区 80%以上 城镇社区", rate("智慧养老社区", "T1", None, 80, op=">=")),
    asked(CZ, 23, "T3 T4", "养老床位总量3.28万张 929处 41.17张 264 583",
          count("床位总量", 32_800, None, unit="张"), count("养老服务设施", 929, None, unit="处"),
          Figure("每千名", "T4", (2020, 41.17), unit="张", per=1000), count("日间照料中心", 264, None),
          count("农村幸福院", 583, None), count("60岁以上", 828_000, None, unit="人"), flags="two_bases"),
    asked(CX, 24, "T3", "养老服务综合体1家 农村区域型居家养老服务中心30家",
          Figure("养老服务综合体", "T3", target=(2022, 1), unit="家"),
          Figure("农村区域型居家养老服务中心", "T3", target=(2022, 30), unit="家"), flags="fragment"),
    asked(CX, 25, "T3 T1", "幸福邻里中心 42家",
          Figure("建成运营的幸福邻里中心", "T3", target=(2022, 42), op=">=", unit="家"),
          flags="fragment"),
    asked(JH, 26, "T3", "10个 康养联合体 试点", Figure("康养联合体", "T3", target=(2021, 10), unit="个"),
          flags="weak_wording"),
    asked(XS, 26, "T3", "10个 康养联合体", yearly("康养联合体", "T3", 3, 4, 6, 8, 10, unit="个")),
    asked(JH, 27, "T3 T1", "新建41家 示范型居家养老服务中心 全覆盖",
          Figure("新建", "T3", target=(2021, 41), unit="家"), all_of("占比", 2021), flags="grade"),
    asked(JH, 28, "T9 T1", "金华市区养老设施布局专项规划(2020-2035) 50万人口以上",
          Figure("可达", "T9", target=(2035, None), unit="张", minutes=30)),
    asked(XS, 29, "T7", "100张以上床位的养老机构 五保供养服务中心 康复室", all_of("100张以上", 2025, "T7"),
          all_of("五保", 2025, "T7")),
    asked(XS, 30, "T3", "家庭养老照护床位 不少于500张",
          yearly("家庭养老照护床位", "T3", 28, 100, 200, 400, 500, op=">=", unit="张")),
    asked(XS, 31, "T3", "智慧养老院 不少于2家", Figure("下限", "T3", target=(2025, 2), op=">=", unit="家"),
          yearly("分年度", "T3", None, 1, 2, 3, 4, unit="家"), flags="label_and_path"),
    asked(CM, 32, "T6", "社区综合为老服务中心 卫生服务站 护理站 同址或邻近"),
    asked(CZ, 32, "T6", "社区养老服务设施 卫生服务站 护理站 同址或邻近"),
    asked(CM, 33, "T12", "无子女、高龄、独居老年人 探访全覆盖", all_of("探访", 2025, "T12")),
    asked(CZ, 33, "T12", "特殊困难老年人探访率100%", all_of("探访率", 2025, "T12")),
    asked(XS, 33, "T12", "月探访"),
    asked(JH, 34, "T3", "2200户 左右 困难老年人家庭适老化改造",
          Figure("适老化改造", "T3", target=(2021, 2200), unit="户"), flags="weak_wording"),
    asked(CM, 35, "T4", "持证率 89 95", rate("持证率", "T4", 89, 95)),
    asked(JH, 35, "T4", "持证养老护理员 18",
          Figure("持证养老护理员", "T4", target=(2021, 18), unit="人", per=PEOPLE_10000)),
    asked(XS, 35, "T4", "持证养老护理员 28",
          yearly("持证养老护理员", "T4", 21, 23, 25, 26, 28, unit="人", per=PEOPLE_10000)),
    asked(CM, 36, "T1", "争取 农村互助养老服务全覆盖", all_of("互助养老", None), flags="weak_wording"),
    asked(CZ, 36, "T1", "争取 农村互助养老服务全覆盖", all_of("互助养老", None), flags="weak_wording"),
)  # fmt: skip

_DISABLED_AND_CHILDREN = (
    asked(CM, 37, "T1", "康复辅具社区租赁服务实体点乡镇覆盖率 有实体点的乡镇数/全区乡镇数",
          rate("实体点乡镇覆盖率", "T1", 72, 100, binding=BINDING)),
    asked(CM, 38, "T1 T5", "租赁点 就近化 乡镇全覆盖", all_of("租赁点的乡镇", 2025),
          Figure("15分钟", "T5", minutes=15, target=(2025, None)), flags="coverage_of_what"),
    asked(CZ, 39, "T3 T1", "1所民政精神卫生福利机构 80%以上 精神障碍社区康复",
          Figure("精神卫生福利机构", "T3", target=(None, 1), unit="所"),
          Figure("精神障碍社区康复", "T1", target=(None, 80), op=">="), flags="rounding"),
    asked(CZ, 40, "T1", "居家(邻里)照护 社区日间照料 机构集中照护"),
    asked(XS, 41, "T12", "残疾人 两补目标人群覆盖率", all_of("两项补贴", 2025, "T12")),
    asked(JH, 42, "T1 T3 T7", "90%以上 示范型儿童之家 武义、磐安 应建尽建",
          Figure("乡镇(街道)占比", "T1", target=(2021, 90), op=">="),
          Figure("省级", "T3", target=(2021, 10), unit="个"),
          Figure("市级", "T3", target=(2021, 50), unit="个"), flags="grade rounding"),
    asked(CX, 43, "T3", "60个示范型 儿童之家", Figure("儿童之家", "T3", target=(2022, 60), unit="个"),
          flags="fragment grade"),
    asked(XS, 44, "T1", "镇街基础型儿童之家服务覆盖率 全覆盖",
          Figure("儿童之家服务覆盖率", "T1", (2021, 85), (2022, 100)),
          flags="coverage_of_what grade"),
    asked(CZ, 45, "T1 T3", "留守儿童之家 2437个 覆盖率100% 261", Figure("覆盖率", "T1", (2020, 100)),
          count("留守儿童之家", 2437, None), count("示范村", 261, None), count("村数", 2433, None),
          flags="total_proves_nothing"),
    asked(XS, 46, "T1 T3", "未成年人保护工作站建成率 未保机构实体化", all_of("建成率", 2021),
          Figure("实体化", "T3", (2021, 0), (2022, 1), unit="个")),
    asked(CM, 46, "T7", "规范达标率", rate("规范达标率", "T7", 0, 100, binding=BINDING)),
    asked(CM, 47, "T3", "330多个村居 关爱特殊儿童工作站", count("关爱特殊儿童工作站", 330, None)),
    asked(CZ, 48, "T3 T5", "1-2家区域性儿童福利机构", Figure("新建区域性", "T3", target=(None, 1), op=">=", unit="家"),
          Figure("车程", "T5", minutes=60), flags="operator_in_words shared_quote"),
    asked(JH, 48, "T3 T1", "市儿童福利院迁建 热线", all_of("热线", 2021), flags="shared_quote"),
    asked(CZ, 49, "T2", "每个县市区 3-5家社会组织", each("社会组织", 2025, 3, unit="家")),
)  # fmt: skip

_BURIAL = (
    asked(XS, 50, "T1", "节地生态安葬设施镇街覆盖率", Figure("镇街覆盖率", "T1", (2021, 80), (2022, 100))),
    asked(JH, 51, "T1 T3", "85%乡镇(街道) 生态安葬点 10个省级示范点", Figure("占比", "T1", target=(2021, 85)),
          Figure("省级示范", "T3", target=(2021, 10), unit="个")),
    asked(CX, 52, "T4", "节地生态安葬率", Figure("节地生态安葬率", "T4", target=(2022, 90)), flags="fragment"),
    asked(XS, 52, "T4", "节地生态安葬率", yearly("节地生态安葬率", "T4", 70, 75, 80, 85, 90)),
    asked(CM, 53, "T7", "新开墓区小型墓比例 0.6平方米", rate("小型墓", "T7", 41, 90), flags="name_and_formula"),
    asked(CM, 54, "T3 T1", "公益性埋葬地36个 公益性骨灰堂19个", count("公益性埋葬地", 36, None),
          count("公益性骨灰堂", 19, None)),
    asked(CZ, 55, "T1 T2", "殡仪馆、公益性骨灰安葬设施全覆盖 每县每年至少 1-2个 农村公益性公墓项目",
          all_of("殡仪馆", 2025), all_of("公益性骨灰安葬设施", 2025),
          Figure("公墓项目", "T2", None, (2025, 1), (1, 1, 1, 1, 1), ">=", "个"),
          flags="stage_not_year operator_in_words"),
    asked(JH, 56, "T8 T4", "2035年金华市区殡葬设施布局建设规划 公墓建设规划", Figure("选址", "T8", target=(2035, None)),
          Figure("年数", "T4", target=(2035, None), unit="年", per=1)),
    asked(XS, 56, "T8 T4", "殡葬设施专项规划修编(2021-2035年)", Figure("选址", "T8", target=(2035, None)),
          Figure("年数", "T4", target=(2035, None), unit="年", per=1)),
    asked(JH, 57, "T1", "以乡镇(街道)为单位 集中治丧场所"),
    asked(XS, 57, "T1", "镇街级移风易俗馆 集中治丧点"),
    asked(CM, 58, "T7 T3", "骨灰乱埋乱葬点整治 41994个 99.99", count("已整治", 41994, None),
          Figure("整治率", "T7", (2020, 99.99))),
    asked(XS, 59, "T3 T7", "经营性陵园、大型骨灰存放室 公墓年检验审"),
)  # fmt: skip

_COMMUNITY = (
    asked(CZ, 60, "T1 T3", "社会工作服务站 159", count("乡镇(街道)社会", 159, None)),
    asked(JH, 60, "T1 T3", "社会工作 50个", Figure("新建", "T3", target=(2021, 50), unit="个")),
    asked(XS, 60, "T6", "统一进驻社会工作站", Figure("进驻", "T6", target=(2022, None))),
    asked(CZ, 61, "T1", "市、县、乡、村四级社会工作服务体系 四级救助服务网络 四级联动"),
    asked(CX, 62, "T3", "县级助联体1家 救助管理站1家", Figure("助联体", "T3", target=(2021, 1), unit="家"),
          Figure("救助管理站", "T3", target=(2021, 1), unit="家"), flags="fragment"),
    asked(JH, 62, "T3", "1个县(市、区) 智慧救助服务联合体 试点", Figure("智慧救助", "T3", target=(2021, 1), unit="个"),
          flags="weak_wording"),
    asked(XS, 63, "T7", "社会组织服务中心实体化运营率 不低于95% 3A以上",
          yearly("实体化运营率", "T7", 80, 85, 85, 90, 95, op=">="), yearly("3A以上", "T7", 50, 65, 75, 80, 85),
          flags="plateau grade"),
    asked(XS, 64, "T1", "村社级 慈善工作站 覆盖率", Figure("慈善工作站", "T1", (2021, 10), (2025, 50), op=">")),
    asked(XS, 65, "T3", "慈善基地 4", Figure("慈善基地", "T3", target=(None, 4), unit="个")),
    asked(CM, 65, "T6", "慈善超市 社区早餐店、活动室 邻近"),
    asked(CZ, 66, "T2", "城市社区≥10个 农村社区≥6个 社区社会组织", each("城市社区", 2025, 10),
          each("农村社区", 2025, 6)),
    asked(CX, 67, "T4 T3", "每万人社会组织 48 持证社工1600",
          Figure("社会组织", "T4", target=(2022, 48), unit="个", per=PEOPLE_10000),
          Figure("持证社工", "T3", target=(None, 1600), unit="人"), flags="fragment two_definitions"),
    asked(CM, 67, "T4", "每万人社会组织 8.1 10 9.4 15.2", rate("社会组织", "T4", 8.1, 10, unit="个", per=PEOPLE_10000),
          rate("持证社工", "T4", 9.4, 15.2, unit="人", per=PEOPLE_10000), flags="two_definitions"),
    asked(XS, 67, "T4", "社工持证 8 16",
          Figure("持证社工", "T4", (2021, 8), (2025, 16), unit="人", per=PEOPLE_10000)),
    asked(XS, 68, "T3", "居民会客厅", Figure("居民会客厅", "T3", (2021, 3), (2025, 30), unit="个")),
    asked(JH, 68, "T3", "引领型农村社区30 完善型150", Figure("引领型", "T3", target=(2021, 30), unit="个"),
          Figure("完善型", "T3", target=(2021, 150), unit="个")),
    asked(CM, 69, "T1 T3", "10个撤制镇 基本管理单元全覆盖", count("撤制镇", 10, None),
          Figure("基本管理单元", "T1", (2020, 100)),
          flags="custom_units"),
    asked(JH, 70, "T7", "婚姻登记机关场地3A以上 90%", Figure("3A以上", "T7", target=(2021, 90), op=">=")),
    asked(XS, 70, "T12", "婚俗改革实验区 5A级场地 80%/100%", Figure("5A级场地", "T12", (2021, 80), (2022, 100))),
    asked(CZ, 71, "T3", "福彩 爱心驿站"),
    asked(CM, 71, "T3", "网点数量"),
    asked(CM, 72, "T12", "康复咨询师 儿童社工 社区云家庭", Figure("咨询师", "T12", target=(2025, 30), unit="人"),
          Figure("儿童福利社工", "T12", target=(2025, 35), unit="人"),
          Figure("云家庭", "T12", target=(2025, 60), op=">=")),
    asked(JH, 73, "T7 T3", "5个新建水库移民安置 移民村", Figure("水库", "T3", target=(2021, 5), unit="个"),
          Figure("移民村", "T7", target=(2021, 50), op=">="), flags="shared_quote"),
    asked(XS, 73, "T7", "移民村", Figure("移民村", "T7", target=(None, 50), op=">="), flags="shared_quote"),
)  # fmt: skip

_PLACE_NAMES_AND_LINES = (
    asked(JH, 74, "T12", "一个平台管全市 一张地图找点位 一套算法助决策"),
    asked(XS, 75, "T12", "数智民政 1+3+X 驾驶舱", Figure("数字化率", "T12", target=(2025, 90))),
    asked(JH, 76, "T7", "地名"),
    asked(CZ, 76, "T7", "地名"),
    asked(JH, 77, "T7", "不规范地名"),
    asked(CZ, 77, "T7", "大、洋、怪、重"),
    asked(CZ, 78, "T11", "第四轮界线联检 第五轮"),
    asked(JH, 79, "T11", "行政区域界线联合检查 平安边界"),
    asked(CZ, 80, "T11", "界桩管理和维护"),
    asked(CZ, 81, "T11", "界线纠纷"),
    asked(XS, 82, "T11", "智慧边界管理平台", flags="weak_wording"),
    asked(CM, 83, "T11", "南通市 平安边界"),
    asked(CM, 84, "T11", "行政区划数据运用和服务能级 界线管理"),
    asked(CZ, 85, "T12", "遵守法定行政区域界线意识"),
)  # fmt: skip

_FURTHER = (
    asked(XS, 86, "T12", "最低生活保障标准 13224 >11000 >13200 >13500 >14000",
          Figure("最低生活保障标准", "T12", (2021, 13224), (2025, 14000), (13224, 11000, 13200, 13500, 14000), ">",
                 "元/人、年", first_op="="),
          flags="shifted_cells"),
    asked(XS, 87, "T12", "惠民联办率 探访关爱率 幸福清单送达率", yearly("惠民联办率", "T12", 60, 70, 80, 90, 100),
          yearly("探访关爱率", "T12", 60, 70, 80, 90, 100), yearly("送达率", "T12", 60, 70, 80, 90, 100)),
    asked(XS, 88, "T7", "养老护理员高级、技师级比例", yearly("技师级比例", "T7", 8, 12, 16, 18, 20)),
    asked(XS, 89, "T3", "智慧养老应用场景 不少于5个", Figure("下限", "T3", target=(2025, 5), op=">=", unit="个"),
          yearly("分年度", "T3", None, 3, 4, 5, 6, unit="个"), flags="label_and_path"),
    asked(XS, 90, "T3 T12", "慈善组织数量 慈善信托数量 规模", yearly("慈善组织", "T3", 13, 15, 17, 19, 20, unit="家"),
          Figure("信托数量", "T3", (2021, 1), (2025, 5), unit="单"),
          yearly("信托规模", "T12", 20, 30, 50, 80, 130, unit="万元")),
    asked(XS, 91, "T3", "社区工作法 社区治理品牌 数字赋能社区治理单位",
          yearly("社区工作法", "T3", None, 10, 15, 20, 25, unit="个"),
          yearly("社区治理品牌", "T3", None, 10, 15, 20, 25, unit="个"),
          yearly("数字赋能", "T3", None, 5, 10, 15, 20, unit="个")),
    asked(XS, 92, "T12", "支持移民增收产业转型升级项目资金比例",
          Figure("资金比例", "T12", None, (2025, 60), (60, 60, 60, 60), ">=")),
    asked(CM, 93, "T12", "低保标准与人均消费支出比",
          rate("人均消费支出比", "T12", 32.63, 35, op=">=", binding=BINDING)),
    asked(CM, 94, "T7 T3", "养老护理员持证率 康复辅助技术咨询师 儿童福利社工", rate("持证率", "T7", 89, 95),
          count("咨询师", 0, 30, unit="人"), count("儿童福利社工", 2, 35, unit="人")),
    asked(CM, 95, "T7 T12", "社区工作者社工持证率 社区云家庭 政府购买收入占比", rate("持证率", "T7", 15, 20),
          rate("云家庭", "T12", 5, 60, op=">="), rate("政府购买收入", "T12", 19.8, 30, op=">=")),
    asked(CM, 97, "T4", "低保人数占户籍人口比重",
          Figure("低保人数", "T4", (2020, 1.64), (2025, 1.59), direction="down"), flags="falling_target"),
    asked(CZ, 98, "T3", "80名以上养老院院长 8000名 护理员 400名以上老年社工 1个以上培训基地",
          count("院长", None, 80, op=">=", unit="名"), count("护理员", None, 8000, unit="名"),
          count("老年社工", None, 400, op=">=", unit="名"), count("培训基地", None, 1, op=">=")),
    asked(XS, 99, "T7 T12", "专职社区工作者持证率50%以上 彩票公益金不低于55%", rate("持证率", "T7", None, 50, op=">="),
          rate("彩票公益金", "T12", None, 55, op=">=")),
    asked(CZ, 100, "T3", "殡葬基础设施建设工程", flags="stage_not_year"),
    asked(CZ, 101, "T3 T12", "重点项目33个 27亿", Figure("投资", "T12", target=(2025, 27), unit="亿元"),
          count("重点项目", None, 33), flags="weak_wording"),
    asked(XS, 102, "T8 T6", "原则上统一进驻社会工作站 不再单独新建服务场所",
          Figure("单独新建", "T6", target=(2022, None)), flags="weak_wording"),
    asked(XS, 103, "T7", "杭州市居家养老服务条例", flags="not_read"),
    asked(XS, 104, "T1", "儿童之家 应建尽建", flags="weak_wording"),
    asked(XS, 105, "T4", "有效床位 机构入住率"),
    asked(CM, 106, "T1 T5", "社区事务受理服务全覆盖、零距离 向村居延伸", all_of("受理中心的乡镇", 2025)),
    asked(CM, 107, "T1 T3", "经常性捐助点 示范睦邻点 305 养老综合体 市第五社会福利院", count("示范睦邻点", 305, None)),
    asked(CZ, 108, "T1", "婚姻登记处 婚姻家庭辅导室 安联网 全覆盖", all_of("安联网", None)),
    asked(CZ, 109, "T12 T7", "有意愿的特困人员全部集中供养 供养机构改造提升", all_of("集中供养", None, "T12")),
    asked(XS, 109, "T7", "镇街五保供养服务中心改造三年行动"),
    asked(CZ, 110, "T7", "托底机构无障碍设施改造"),
    asked(CZ, 111, "T6", "社会救助服务点、社区养老服务机构、儿童之家、社区社会工作室"),
    asked(CZ, 112, "T12", "惠民殡葬政策覆盖面100% 火化率 全国平均水平", all_of("惠民殡葬", 2025, "T12"),
          flags="outside_figure"),
    asked(CZ, 113, "T4 T3", "2030年 60岁以上105.3万 22.6%", Figure("占比", "T4", forecast=(2030, 22.6)),
          Figure("60岁以上", "T3", forecast=(2030, 1_053_000), unit="人"), flags="forecast"),
    asked(JH, 114, "T2", "每个县(市、区) 至少新增2家慈善组织",
          Figure("慈善组织", "T2", target=(2021, 2), op=">=", unit="家", at_least=2)),
    asked(CZ, 115, "T12", "行政区划调整"),
    asked(JH, 115, "T12", "行政区划调整"),
    asked(XS, 115, "T12", "行政区划调整"),
    asked(JH, 116, "T12", "金华开发区", flags="custom_units"),
)  # fmt: skip

ASKED = (*_ELDERS, *_DISABLED_AND_CHILDREN, *_BURIAL, *_COMMUNITY, *_PLACE_NAMES_AND_LINES, *_FURTHER)
