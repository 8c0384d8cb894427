"""Where the heading of a sheet is: title rows above it, headings of two or three rows, merged cells.

A sheet whose first row has a text in every column is a plain table and stays as it is. Anything else needs evidence:
merged cells, words that headings use, or numbers below a text.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

__all__ = ["JOINT", "Heading", "Merges", "Records", "find_heading", "is_numeric", "spellings"]

Records = Sequence[Sequence[str]]
#: Top left cell of a merged block to its bottom right one, both as (row, column) from 0.
Merges = Mapping[tuple[int, int], tuple[int, int]]

#: Between the parts of a heading of several rows.
JOINT = "-"
_MOST_TITLES = 9
_MOST_LEVELS = 3
#: Filled rows that are looked at, and the share of those below a heading that makes a column one of numbers.
_HEAD = 70
_NUMERIC_SHARE = 0.6
#: Cells that are words of headings: from this many on a row is one.
_ENOUGH_WORDS = 2
_MOST_KEYS = 4

# Words that stand in headings of ledgers and never as a value of their own. They only decide between readings that
# the form of the sheet leaves open, so the list needs no completeness.
_LISTED = """
序号 编号 编码 代码 名称 机构名称 设施名称 单位名称 姓名 项目名称 地名 类型 类别 机构类别 设施类型 性质 等级 级别 状态
运营状态 经度 纬度 东经 北纬 坐标 经纬度 地理坐标 地址 详细地址 机构地址 乡镇 街道 乡镇街道 所属乡镇 所在乡镇 村社区
区划代码 行政区划代码 床位 床位数 床位总数 总数 小计 合计 数量 护理型 护理型床位 面积 建筑面积 占地面积 人数 人口 户数
常住人口 户籍人口 老年人口 入住人数 男 女 备注 说明 日期 时间 年份 联系人 联系电话 电话 运营方式 建成时间 启用日期 id
code name type kind lon lat lng longitude latitude x y address status beds pop population remark note
"""
_WORDS = frozenset(_LISTED.split())
_NUMERIC = re.compile(r"[\d\s.,:;/°'′″\"+\-%NSEW东西南北经纬约万亿余度分秒年月日]+")
_DIGIT = re.compile(r"\d")
#: Characters of a cell that are looked at: no word of a heading, number or unit is longer.
_LOOKED_AT = 80
_YEAR = re.compile(r"(?:19|20)\d{2}年?")
_UNIT = re.compile(
    r"\((?:单位:)?(?:人|人次|名|位|张|户|个|家|所|处|座|间|套|穴|格|份|元|万元|亩|%|米|公里|千米|m|km|m2|平方米|公顷|平方公里|度|°)\)"
)
_TITLE = re.compile(r"台账|一览|统计|汇总|名单|名册|清单|登记|明细|情况|附件|附表|表$|表\(|年.{0,9}[月度]|季度")
_KEY = re.compile(r"^[^:]{1,12}:")
_TOTALS = frozenset({"总数", "合计", "总计", "小计", "总量", "数量"})
_STEMS = "甲乙丙丁戊己"
_BRACKETS = re.compile(r"\(.*?\)")


@dataclass(frozen=True)
class Heading:
    """The heading of a sheet.

    Parameters
    ----------
    names
        One per column up to the last one that has a text; the parts of several rows joined by :data:`JOINT`.
    rows
        Positions of its rows in the sheet, from 0.
    titles
        Positions of the rows above it that say what the sheet is.
    """

    names: tuple[str, ...]
    rows: tuple[int, ...]
    titles: tuple[int, ...] = ()


def find_heading(records: Records, merges: Merges | None = None) -> Heading:
    """The heading of a sheet: of one row unless there is evidence for more, the first row unless that is a title.

    Parameters
    ----------
    records
        All rows of the sheet as text, blank ones too; at least one has a text.
    merges
        Merged blocks; a text table has none.

    Examples
    --------
    >>> rows = [["养老机构台账", "", ""], ["名称", "坐标", ""], ["", "经度", "纬度"], ["甲", "114.3", "30.6"]]
    >>> found = find_heading(rows)
    >>> found.names, found.rows, found.titles
    (('名称', '坐标-经度', '坐标-纬度'), (1, 2), (0,))
    """
    merges = merges or {}
    filled = list(islice((row for row, record in enumerate(records) if _filled(record)), _HEAD))
    sheet = _Sheet(records, merges, filled)
    titles: list[int] = []
    for row in filled[: _MOST_TITLES + 1]:
        if not sheet.is_title(row):
            found = sheet.heading_at(row, titles)
            if found is not None:
                return found
            break
        titles.append(row)
    return Heading(tuple(_trimmed(records[filled[0]])), (filled[0],))


def spellings(heading: str) -> tuple[str, ...]:
    """What a heading of several rows may be called in one: turned round, its last part, the first where that is a sum.

    Examples
    --------
    >>> spellings("床位数-护理型"), spellings("床位数-总数"), spellings("名称")
    (('护理型床位数', '护理型'), ('总数床位数', '床位数'), ())
    """
    parts = [part for part in heading.split(JOINT) if part]
    if len(parts) <= 1:
        return ()
    last = parts[-2] if _plain(parts[-1]) in _TOTALS else parts[-1]
    return ("".join(reversed(parts)), last)


def is_numeric(text: str) -> bool:
    """Whether a cell is a number, a coordinate or a date rather than a word.

    Examples
    --------
    >>> is_numeric("114°18′"), is_numeric("1.2万"), is_numeric("60岁以上"), is_numeric("")
    (True, True, False, False)
    """
    usual = _usual(text)
    return _NUMERIC.fullmatch(usual) is not None and _DIGIT.search(usual) is not None


def _usual(text: str) -> str:
    """The beginning of a cell with full-width marks as usual ones."""
    return unicodedata.normalize("NFKC", text[:_LOOKED_AT]).strip()


def _plain(text: str) -> str:
    return "".join(_BRACKETS.sub("", _usual(text)).casefold().split()).replace("、", "")


def _filled(record: Sequence[str]) -> list[int]:
    return [column for column, cell in enumerate(record) if cell and not cell.isspace()]


def _trimmed(record: Sequence[str]) -> list[str]:
    filled = _filled(record)
    return list(record[: filled[-1] + 1]) if filled else []


def _says_what(text: str) -> bool:
    """Whether a cell says what the sheet is, or says it as ``key: value``."""
    return bool(_KEY.match(text) or _TITLE.search(text))


class _Sheet:
    """A sheet with what is asked of it again and again."""

    def __init__(self, records: Records, merges: Merges, filled: Sequence[int]) -> None:
        self.records = records
        self.head = dict.fromkeys(filled)
        self.merges = {first: last for first, last in merges.items() if first[0] in self.head}
        self.after_merges = {(top, last[1] + 1) for (top, left), last in self.merges.items() if last[1] > left}
        self.width = max(len(_filled(records[row])) for row in self.head)
        self.span = max(len(_trimmed(records[row])) for row in self.head)
        #: The first column with anything in it: many sheets leave the first one or two blank.
        self.begin = min(_filled(records[row])[0] for row in self.head)

    def cell(self, row: int, column: int) -> str:
        record = self.records[row]
        return record[column].strip() if column < len(record) else ""

    def is_title(self, row: int) -> bool:
        """Few cells of a wide table: one text in front or across it, or several that say ``key: value``."""
        columns = _filled(self.records[row])
        if self.width <= 1 or len(columns) >= self.width:
            return False
        texts = [_usual(self.cell(row, column)) for column in columns]
        if len(columns) == 1:
            return columns[0] == self.begin or self._across(row, columns[0]) or _says_what(texts[0])
        few = len(columns) <= _MOST_KEYS and 2 * len(columns) <= self.width + 1
        return few and all(map(_says_what, texts[1:])) and (columns[0] == self.begin or _says_what(texts[0]))

    def _across(self, row: int, column: int) -> bool:
        end = self.merges.get((row, column), (row, column))[1]
        return 2 * (end - column + 1) > self.width

    def heading_at(self, row: int, titles: Sequence[int]) -> Heading | None:
        """The heading that begins in a row; None when what is above it is no title after all."""
        rows, names = self._levels(row)
        if titles and not self._under_titles(rows, titles):
            return None
        if rows[-1] + 1 in self.head and (self._units(rows[-1] + 1) or self._numbering(rows[-1] + 1)):
            rows = (*rows, rows[-1] + 1)
        return Heading(tuple(names), rows, tuple(titles))

    def _levels(self, row: int) -> tuple[tuple[int, ...], list[str]]:
        """One row where it has a text in every column; else two or three where they fit together; else one."""
        plain = _trimmed(self.records[row])
        if len(plain) == self.begin + len(_filled(plain)) == self.span:
            return (row,), plain
        # Three before two: the last blank cells of a group are often not written, and then two rows fit as well.
        for levels in range(_MOST_LEVELS, 1, -1):
            rows = tuple(range(row, row + levels))
            if all(below in self.head for below in rows):
                names = self._names(rows)
                if names is not None and self._several(rows):
                    return rows, names
        return (row,), plain

    # ---- several rows -------------------------------------------------------------------------------------------

    def _names(self, rows: tuple[int, ...]) -> list[str] | None:
        """Names of the columns when the rows make a whole heading: each column ends in a text of its own."""
        width = max(len(_trimmed(self.records[row])) for row in rows)
        if any(self._is_value(self.cell(row, c)) for row in rows for c in range(width)):
            return None
        lower = [self.cell(rows[-1], column) for column in _filled(self.records[rows[-1]])]
        known = len(lower) >= _ENOUGH_WORDS and all(_plain(text) in _WORDS for text in lower)
        paths = self._paths(rows, self.begin, width, ones=known)
        # A text over all columns is a title and no group of some.
        if paths is None or all(len(path) > 1 and path[0] == paths[0][0] for path in paths):
            return None
        return [""] * self.begin + [JOINT.join(dict.fromkeys(path)) for path in paths]

    def _is_value(self, text: str) -> bool:
        return is_numeric(text) and not _YEAR.fullmatch(_usual(text))

    def _paths(self, rows: tuple[int, ...], begin: int, end: int, *, ones: bool) -> list[list[str]] | None:
        """The texts above each column from the top down, or None when a column has none or the groups do not fit.

        With ``ones`` a text may also stand over one column that has a text of its own.
        """
        top, rest = rows[0], rows[1:]
        out: list[list[str]] = []
        for first, last in self._groups(top, begin, end):
            label = [text] if (text := self.cell(top, first)) else []
            if last - first == 1 and label:
                below = [self.cell(row, first) for row in rest if self.cell(row, first)]
                named = [text for text in below if not _UNIT.fullmatch(_usual(text))]
                if named and not ones:
                    return None
                out.append([*label, *named])
                continue
            inner = self._paths(rest, first, last, ones=ones) if rest else None
            if inner is None:
                return None
            out += [[*label, *path] for path in inner]
        return out

    def _groups(self, row: int, begin: int, end: int) -> list[tuple[int, int]]:
        """Runs of columns that one text of a row stands over; blank columns before the first are a run of their own."""
        later = range(begin + 1, end)
        starts = [begin, *(c for c in later if self.cell(row, c) or (row, c) in self.after_merges)]
        return list(zip(starts, [*starts[1:], end], strict=True))

    def _several(self, rows: tuple[int, ...]) -> bool:
        """Evidence that the rows are one heading: cells merged downwards or across, known words, numbers below."""
        inside = [(first, last) for first, last in self.merges.items() if rows[0] <= first[0] <= last[0] <= rows[-1]]
        if any(last[0] > first[0] for first, last in inside) or any(first[0] == rows[0] for first, _ in inside):
            return True
        lower = [(row, column) for row in rows[1:] for column in _filled(self.records[row])]
        if any(_plain(self.cell(row, column)) in _WORDS for row, column in lower):
            return True
        return any(self._numbers_below(rows[-1], column) for _, column in lower)

    # ---- evidence -----------------------------------------------------------------------------------------------

    def _numbers_below(self, row: int, column: int) -> bool:
        below = [text for other in self.head if other > row and (text := self.cell(other, column))]
        return bool(below) and sum(map(is_numeric, below)) >= _NUMERIC_SHARE * len(below)

    def _under_titles(self, rows: tuple[int, ...], titles: Sequence[int]) -> bool:
        """Whether rows below supposed titles look like a heading, so that no data is taken for one."""
        columns = sorted({column for row in rows for column in _filled(self.records[row])})
        texts = [self.cell(row, column) for row in rows for column in _filled(self.records[row])]
        if 2 * len(columns) < self.width or len(columns) <= 1 or any(map(self._is_value, texts)):
            return False
        if sum(_plain(text) in _WORDS for text in texts) >= _ENOUGH_WORDS:
            return True
        if any(self._numbers_below(rows[-1], column) for column in columns):
            return True
        return any(
            self._across(row, column) or self._says_so(row) for row in titles for column in _filled(self.records[row])
        )

    def _says_so(self, row: int) -> bool:
        text = "".join(self.cell(row, column) for column in _filled(self.records[row]))
        return bool(_TITLE.search(_usual(text)))

    def _units(self, row: int) -> bool:
        columns = _filled(self.records[row])
        return all(_UNIT.fullmatch(_usual(self.cell(row, column))) for column in columns)

    def _numbering(self, row: int) -> bool:
        """Whether a row numbers the columns as statistical forms do: 甲, 乙, 1, 2, …."""
        texts = [self.cell(row, column) for column in _filled(self.records[row])]
        letters = sum(text in _STEMS for text in texts)
        stems, numbers = list(_STEMS[:letters]), [str(number) for number in range(1, len(texts) - letters + 1)]
        return letters > 0 and len(numbers) > 1 and texts == [*stems, *numbers]
