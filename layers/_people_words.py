"""What an indicator about people means: which ages, and whether 户籍 or 常住."""

import re
import unicodedata
from dataclasses import dataclass

from layers.schema import unit_of

__all__ = ["AGE_COLUMNS", "Meaning", "base_of", "meaning"]

#: Columns of people, each a part of the one that :data:`HOLDS` names.
AGE_COLUMNS = ("pop", "pop0_14", "pop60", "pop65", "pop75", "pop80")

_FACTORS = {"": 1.0, "人": 1.0, "名": 1.0, "万人": 1e4, "万": 1e4, "千人": 1e3}
_YEARS = "(?:周岁|岁)?"
_AND_OVER = rf"{_YEARS}(?:及|含|\(含\))?(?:以上|\+)"
_AGES = (
    ("pop0_14", re.compile(rf"0{_YEARS}[-~—至到]14{_YEARS}|14{_YEARS}(?:及|含)?以下")),
    *((f"pop{age}", re.compile(rf"{age}{_AND_OVER}|≥{age}{_YEARS}")) for age in (60, 65, 75, 80)),
    ("pop80", re.compile("高龄")),
)
_CODE = re.compile(r"pop(?:0_14|60|65|75|80)?")
_BASES = (("户籍", re.compile("户籍|户口")), ("常住", re.compile("常住")))
# The law on the rights of the elderly (老年人权益保障法, article 2): 老年人 are 60 and over.
_ELDERLY = re.compile("老年人口|老年人|老人|老年")
_CHILDREN = re.compile("儿童")
_COUNTED = re.compile("人口|人数|人员")
_AROUND = re.compile("年末|期末|全县|全市|全区|全镇|全乡|全村|预测|总量|总数|数量|数|总|的|末|共")
_BRACKETS = re.compile(r"\(([^()]*)\)")


@dataclass(frozen=True)
class Meaning:
    """People that an indicator counts.

    Parameters
    ----------
    column
        One of :data:`AGE_COLUMNS`.
    base
        户籍 or 常住, ``""`` where the words do not say.
    factor
        People in one of its unit.
    """

    column: str
    base: str
    factor: float


def base_of(text: str) -> str:
    """户籍 or 常住 where a text names one of them, else the text.

    Examples
    --------
    >>> base_of("户籍人口"), base_of(" 常住 "), base_of("服务人口")
    ('户籍', '常住', '服务人口')
    """
    found = [base for base, words in _BASES if words.search(text)]
    return found[0] if len(found) == 1 else text.strip()


def meaning(indicator: str) -> Meaning | None:
    """What an indicator of people means; None where it counts something else, such as a share or a part of them.

    Examples
    --------
    >>> meaning("60岁及以上户籍人口(万人)")
    Meaning(column='pop60', base='户籍', factor=10000.0)
    >>> meaning("户籍老年人口").column, meaning("常住人口").column, meaning("pop80").column
    ('pop60', 'pop', 'pop80')
    >>> meaning("60岁及以上人口占比"), meaning("失能老年人"), meaning("养老床位")
    (None, None, None)
    """
    text = "".join(unicodedata.normalize("NFKC", indicator).casefold().split())
    if _CODE.fullmatch(text):
        return Meaning(text, "", 1.0)
    unit = unit_of(text)
    factor = _FACTORS.get(unit, 1.0)
    if unit in _FACTORS and unit:
        text = text[: text.rindex("(")]
    # What else stands in brackets belongs to the name: 常住人口(60岁及以上).
    text = _BRACKETS.sub(lambda match: f"({match[1]})" if match[1] == "含" else match[1], text)
    column, text = _age(text)
    base, text = _base(text)
    old, counted = bool(_ELDERLY.search(text)), bool(_COUNTED.search(text))
    young = bool(_CHILDREN.search(text))
    for words in (_ELDERLY, _CHILDREN, _COUNTED, _AROUND):
        text = words.sub("", text)
    if text or (young and column not in ("", "pop0_14")) or (old and column == "pop0_14") or (old and young):
        return None
    if not column:
        column = "pop60" if old else "pop0_14" if young else "pop" if counted else ""
    return Meaning(column, base, factor) if column else None


def _age(text: str) -> tuple[str, str]:
    """The one age that a text names, and the text without it."""
    for column, words in _AGES:
        if words.search(text):
            return column, words.sub("", text, count=1)
    return "", text


def _base(text: str) -> tuple[str, str]:
    """The one base that a text names, and the text without it."""
    for base, words in _BASES:
        if words.search(text):
            return base, words.sub("", text, count=1)
    return "", text
