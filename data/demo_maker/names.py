"""Fictional names, and how whole numbers are shared out."""

from typing import Any, Final

import numpy as np

from data.demo_maker.settings import FloatArray, IntArray, random_for

__all__ = ["apportion", "name_villages", "neighbour_names", "township_names"]

_STREETS: Final = ("青禾", "栖云", "望穗", "听澜", "松筠", "朗曦", "砚池", "锦苔", "远岫")
_TOWNS: Final = ("枕溪", "鹿鸣坞", "稻香洲", "晴霁", "泊雁")
_NEIGHBOUR_STREETS: Final = ("拾光",)
_NEIGHBOUR_TOWNS: Final = ("霜桥渡", "竹喧")
_FIRST: Final = "青碧素晴朗静清丹鹤鹭雁燕莺松竹桂荷芷兰杏枫槐桐棠蓼菱"
_SECOND: Final = "禾岚汀渚坞庐屿泽浔笙砚笺弦帆羽穗曦霁露茗"
# Names that repeat in two townships, as names do.
_REPEATED: Final = 2
_FIRST_TOWN: Final = 101


def apportion(weight: FloatArray, total: int, cap: IntArray | None = None) -> IntArray:
    """Whole numbers with the given sum, as near as possible to the weights, none above its cap (largest remainder).

    Raises
    ------
    ValueError
        When the caps leave no room for the total.
    """
    limit = np.full(len(weight), total, dtype=np.int64) if cap is None else cap
    if limit.sum() < total:
        msg = f"caps add up to {limit.sum()}, below {total}"
        raise ValueError(msg)
    fixed = np.zeros(len(weight), dtype=bool)
    while True:
        free = weight * ~fixed
        ideal = np.where(fixed, limit, free / max(free.sum(), 1e-300) * (total - limit[fixed].sum()))
        above = (ideal > limit) & ~fixed
        if not above.any():
            break
        fixed |= above
    whole = np.floor(ideal + 1e-9).astype(np.int64)
    rest = np.where(whole < limit, (ideal - whole).round(9), -1.0)
    whole[np.argsort(-rest, kind="stable")[: total - whole.sum()]] += 1
    return whole


def township_names(codes: list[str]) -> list[str]:
    """A name for each nine-digit code of the county, by its serial."""
    return [_township_name(code, _STREETS, _TOWNS) for code in codes]


def neighbour_names(codes: list[str]) -> list[str]:
    """A name for each nine-digit code of the neighbour county, by its serial."""
    return [_township_name(code, _NEIGHBOUR_STREETS, _NEIGHBOUR_TOWNS) for code in codes]


def _township_name(code: str, streets: tuple[str, ...], towns: tuple[str, ...]) -> str:
    serial = int(code[6:])
    return f"{streets[serial - 1]}街道" if serial < _FIRST_TOWN else f"{towns[serial - _FIRST_TOWN]}镇"


def name_villages(rows: list[dict[str, Any]]) -> None:
    """Fill in the empty names: 社区 where urban, 村 elsewhere; two names stand in two townships each."""
    pool = [a + b for a in _FIRST for b in _SECOND]
    random_for("names").shuffle(pool)
    nameless = sorted((row for row in rows if not row["name"]), key=lambda row: row["unit_code"])
    for row, name in zip(nameless, pool, strict=False):
        row["name"] = name + ("社区" if row["urban"] else "村")
    urban = [row for row in nameless if row["urban"]]
    for first, last in zip(urban[:_REPEATED], urban[-_REPEATED:], strict=True):
        if last["parent_code"] == first["parent_code"]:
            msg = "a repeated name must stand in two townships"
            raise ValueError(msg)
        last["name"] = first["name"]
