"""How many facilities of which kind the demo has, and what they are like. All made up."""

from dataclasses import dataclass
from typing import Final

__all__ = ["PLAN", "SERVICE_LEVEL", "KindPlan"]


@dataclass(frozen=True)
class KindPlan:
    """One kind of facility.

    Parameters
    ----------
    kind
        Code of data/kinds.toml.
    prefix
        Of its ids.
    count
        In the county and in the neighbour county.
    label
        What follows the name of the village or township in the facility's name.
    near
        Column of the demand that draws it, or ``rural``: a thinly settled place.
    spread_m
        Two of the kind keep this distance.
    numbers
        Columns with the least and the largest value, drawn in steps of ``step``.
    step
        See ``numbers``.
    grades
        To choose from, the more frequent first; empty for none.
    private_share
        Share run by private bodies.
    standard_share
        Share that is standardised; None when the word does not apply.
    by_township
        Stands in the name of the township, not of the village; at most one in each as long as there are enough.
    """

    kind: str
    prefix: str
    count: tuple[int, int]
    label: str
    near: str
    spread_m: float
    numbers: tuple[tuple[str, int, int], ...] = ()
    step: int = 1
    grades: tuple[str, ...] = ()
    private_share: float = 0.0
    standard_share: float | None = None
    by_township: bool = False


PLAN: Final = (
    KindPlan("elder_centre", "EC", (128, 3), "居家养老服务中心", "pop60", 1_050.0, (("places", 20, 60),), 5,
             ("标准型", "示范型"), 0.3, 0.7),
    KindPlan("elder_home", "EH", (36, 2), "养老院", "pop80", 1_800.0, (("beds", 40, 320),), 10,
             ("二级", "三级", "一级", "四级"), 0.55, 0.75),
    KindPlan("day_care", "DC", (34, 0), "日间照料中心", "pop65", 1_500.0, (("places", 10, 45),), 5, (), 0.35, 0.6),
    KindPlan("meal_point", "MP", (64, 2), "助餐点", "pop60", 1_000.0, (("meals_per_day", 30, 220),), 10, (), 0.4, 0.5),
    KindPlan("meal_kitchen", "MK", (3, 0), "中央食堂", "pop60", 5_000.0, (("meals_per_day", 1_500, 4_000),), 100,
             by_township=True),
    KindPlan("activity_room", "AR", (40, 0), "老年活动室", "pop60", 1_300.0, (), 1, (), 0.0, 0.55),
    KindPlan("children_home", "CH", (38, 1), "儿童之家", "pop0_14", 1_500.0, (("places", 15, 60),), 5,
             ("基础型", "示范型", "市级"), 0.1, 0.6),
    KindPlan("child_protection", "CP", (8, 0), "未成年人保护工作站", "pop0_14", 3_000.0, by_township=True),
    KindPlan("cemetery", "CE", (5, 0), "公墓", "rural", 4_000.0, (("plots", 1_200, 9_000),), 100, (), 0.4),
    KindPlan("eco_burial", "EB", (10, 1), "生态安葬点", "rural", 3_000.0, (("plots", 200, 1_600),), 50),
    KindPlan("columbarium", "CB", (3, 0), "骨灰堂", "rural", 6_000.0, (("plots", 800, 5_000),), 100),
    KindPlan("social_work", "SW", (12, 1), "社工站", "pop", 2_000.0, by_township=True),
    KindPlan("charity", "CY", (9, 0), "慈善工作站", "pop", 1_500.0),
    KindPlan("rehab_rental", "RR", (8, 0), "康复辅具租赁点", "pop65", 2_500.0, (), 1, (), 0.5, by_township=True),
    KindPlan("clinic", "CL", (40, 2), "卫生服务站", "pop", 1_500.0, (), 1, (), 0.2, 0.8),
    KindPlan("affairs_centre", "AC", (14, 1), "社区事务受理中心", "pop", 2_000.0, by_township=True),
    KindPlan("marriage", "MR", (1, 0), "婚姻登记处", "pop", 0.0, by_township=True),
    KindPlan("rescue", "RS", (1, 0), "救助管理站", "pop", 0.0, by_township=True),
    KindPlan("vacant", "VA", (14, 0), "闲置公房", "pop60", 2_200.0),
)  # fmt: skip

#: How well the townships are served, by the last five digits of their code; 1 where not named. Uneven on purpose.
SERVICE_LEVEL: Final = {"00003": 0.45, "00005": 0.35, "00009": 0.4, "00102": 1.6, "00103": 0.3, "00105": 0.25}
