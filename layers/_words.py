"""What people write in columns of some words, and the canonical word for it."""

from collections.abc import Mapping
from types import MappingProxyType

__all__ = ["ROAD_CLASSES", "STAKE_TYPES", "STATUS"]

#: Whether a facility serves.
STATUS: Mapping[str, str] = MappingProxyType({
    "open": "open", "在用": "open", "运营": "open", "运营中": "open", "在营": "open", "开业": "open", "开放": "open",
    "正常": "open", "正常运营": "open", "已建": "open", "建成": "open", "已建成": "open",
    "营业": "open", "使用中": "open", "启用": "open", "已启用": "open", "已运营": "open", "建成运营": "open",
    "planned": "planned", "规划": "planned", "规划中": "planned", "拟建": "planned", "在建": "planned",
    "筹建": "planned", "建设中": "planned", "待建": "planned", "未运营": "planned", "筹备中": "planned",
    "closed": "closed", "停用": "closed", "关闭": "closed", "停业": "closed", "关停": "closed", "停止运营": "closed",
    "撤销": "closed", "已撤销": "closed", "注销": "closed", "已注销": "closed", "歇业": "closed", "暂停": "closed",
    "暂停运营": "closed", "废止": "closed",
})  # fmt: skip

#: Chinese road classes of bureau layers, as OSM's Chinese community tags them.
ROAD_CLASSES: Mapping[str, str] = MappingProxyType({
    "高速公路": "motorway", "高速": "motorway", "国道": "trunk", "快速路": "trunk",
    "省道": "primary", "主干路": "primary",
    "县道": "secondary", "次干路": "secondary", "乡道": "tertiary", "支路": "tertiary", "村道": "unclassified",
    "小区道路": "residential", "内部道路": "service", "机耕路": "track", "人行道": "footway", "步行道": "footway",
    "台阶": "steps", "轮渡": "ferry", "渡口": "ferry", "汽渡": "ferry",
})  # fmt: skip

#: Type codes of stakes: single, one of two with one number, one of three with one number (GB/T 17796).
STAKE_TYPES: Mapping[str, str] = MappingProxyType({
    **{code: code for code in "QABCDE"},
    "单立": "Q", "单立桩": "Q", "单立界桩": "Q",
})  # fmt: skip
