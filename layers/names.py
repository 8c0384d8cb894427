"""Names of places as people write them, made comparable."""

import re
import unicodedata

__all__ = ["UNIT_HEADINGS", "VILLAGE_HEADINGS", "core_name", "plain_name"]

#: Headings under which ledgers name the township of a row, and its village.
UNIT_HEADINGS = (
    "所属乡镇", "所在乡镇", "乡镇", "乡镇街道", "乡镇(街道)", "镇街", "街道", "所属街道", "县市区", "区划名称",
    "township",
)  # fmt: skip
VILLAGE_HEADINGS = (
    "村", "村社", "村社区", "村(社区)", "所在村", "所属村", "行政村", "社区", "村居", "village",
)  # fmt: skip

_BRACKETED = re.compile(r"[(\[{<〔【《](?:[^)\]}>〕】》]*)[)\]}>〕】》]")
_MARKS = re.compile(r"[\s·•\-—_,,.、。:;'\"“”‘’/\\#*]+")
# What a village, community or street may be called beside its name, longest first.
_SUFFIXES = (
    "居民委员会", "村民委员会", "社区居委会", "村委会", "居委会", "社区", "行政村", "自然村", "街道办事处", "人民政府",
    "街道办", "街道", "居委", "村委", "新村", "村", "镇", "乡",
)  # fmt: skip
#: A name is not cut shorter than that: 新村 stays 新村.
_SHORTEST = 2


def plain_name(name: object) -> str:
    """A name without width, case, blanks, marks and what stands in brackets.

    Examples
    --------
    >>> plain_name("　夹浦镇（北川村）"), plain_name("Ａ 区")
    ('夹浦镇', 'a区')
    """
    text = unicodedata.normalize("NFKC", str(name)).casefold()
    bare = _BRACKETED.sub("", text)
    return _MARKS.sub("", bare) or _MARKS.sub("", text)


def core_name(name: object) -> str:
    """A plain name without what says that it is a village, a community or a street.

    Examples
    --------
    >>> core_name("北川村村民委员会"), core_name("北川社区"), core_name("新村")
    ('北川', '北川', '新村')
    """
    text = plain_name(name)
    shorter = True
    while shorter:
        shorter = False
        for suffix in _SUFFIXES:
            if text.endswith(suffix) and len(text) - len(suffix) >= _SHORTEST:
                text, shorter = text[: -len(suffix)], True
                break
    return text
