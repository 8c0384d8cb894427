"""How a kind of layer is declared: canonical columns, what they hold, and what people call them."""

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType
from typing import Literal

from geo.paths import DATA_DIR

__all__ = [
    "Field",
    "Holds",
    "Schema",
    "facility_kinds",
    "kind_code",
    "kind_group",
    "personal",
    "plain",
    "stays_inside",
    "unit_of",
]

_IN_BRACKETS = re.compile(r"\(([^()]*)\)\s*$")
# Headings of columns about a person, after ``plain``: they begin with one of the first or end with one of the second.
# A facility's own phone is no such column: it stays inside (Field.inside_only).
_IDENTITY_STARTS = ("身份证", "证件号", "公民身份", "idcard", "identitycard", "idnumber")
_PERSON_STARTS = (
    "法定代表人", "法人代表", "法人姓名", "负责人", "联系人", "经办人", "填表人", "填报人", "院长", "所长姓名",
    "登记人",
    "检查人", "管护人姓名", "管护人电话", "监护人", "姓名", "手机", "家庭住址", "contactperson", "principalname",
    "personname",
)  # fmt: skip
_PERSON_ENDS = (
    "负责人", "负责人电话", "法定代表人", "联系人", "联系人电话", "签字", "签名", "姓名", "contactperson",
)  # fmt: skip
# Words in headings of a phone, which no export may carry whatever the column is called.
_PHONES = ("电话", "手机", "传真", "热线", "phone", "telephone", "mobile")

#: ``text``: as it stands. ``number``: finite. ``count``: finite and not negative. ``date``: a day. ``choice``: one of
#: some words. ``degrees``: a coordinate.
Holds = Literal["text", "number", "count", "date", "choice", "degrees"]


@dataclass(frozen=True)
class Field:
    """One column of a layer.

    Parameters
    ----------
    name
        Canonical name.
    holds
        What a cell holds.
    synonyms
        Other headings that mean it, in order of preference. Compared by :func:`plain`.
    label
        What it is called in Chinese: in templates, pages and documents. Read as a synonym too.
    unit
        Of numbers, as users read it, e.g. ``m`` or ``张``; empty where there is none.
    required
        A layer without the column is refused; so is a row with a blank in it.
    no_blank
        The column may be absent, but where it is there a row with a blank in it is refused.
    choices
        For ``choice``: what people write, to the canonical value. Other values are kept and reported.
    default
        For ``choice``: value of a blank cell.
    inside_only
        May stay in the workspace, but every export strips it.
    note
        What to write in it, in Chinese, where the label does not say it.
    """

    name: str
    holds: Holds = "text"
    synonyms: tuple[str, ...] = ()
    label: str = ""
    unit: str = ""
    required: bool = False
    no_blank: bool = False
    choices: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    default: str = ""
    inside_only: bool = False
    note: str = ""

    @property
    def words(self) -> tuple[str, ...]:
        """All headings that mean it, in order of preference."""
        return (self.name, *((self.label,) if self.label else ()), *self.synonyms)


@dataclass(frozen=True)
class Schema:
    """The columns of one kind of layer.

    Parameters
    ----------
    kind
        Name of the kind as commands spell it.
    label
        What it is called in Chinese.
    fields
        In the order in which the frame has them.
    id_column
        Column of the row's name in files; empty when rows have none.
    id_prefix
        Ids are this and 1, 2, … where the file has none.
    unique
        No two rows have the same id.
    geometry
        Types of geometry that a row may have, of ``point``, ``line``, ``polygon``.
    geometry_optional
        Rows without geometry are kept.
    """

    kind: str
    label: str
    fields: tuple[Field, ...]
    id_column: str = ""
    id_prefix: str = ""
    unique: bool = True
    geometry: frozenset[str] = frozenset({"point"})
    geometry_optional: bool = False

    def field(self, name: str) -> Field:
        """The field with a canonical name."""
        return next(entry for entry in self.fields if entry.name == name)

    @property
    def given(self) -> tuple[str, ...]:
        """Names of the fields that are no coordinates."""
        return tuple(entry.name for entry in self.fields if entry.holds != "degrees")


def plain(heading: str) -> str:
    r"""A heading without what does not matter: case, width, blanks, line breaks, and a unit in brackets.

    Examples
    --------
    >>> plain(" 床位总数\n（张）"), plain("Open_Date")
    ('床位总数', 'opendate')
    """
    text = unicodedata.normalize("NFKC", heading).casefold()
    text = text.split("(")[0] or text
    return "".join(c for c in text if not c.isspace() and c not in "_-:*.·")


def unit_of(heading: str) -> str:
    """What stands in brackets at the end of a heading; empty where nothing does.

    Examples
    --------
    >>> unit_of("常住人口（万人）"), unit_of("床位数")
    ('万人', '')
    """
    match = _IN_BRACKETS.search(unicodedata.normalize("NFKC", heading).casefold())
    return match[1].strip() if match else ""


def personal(heading: str) -> Literal["identity", "personal", ""]:
    """Whether a column holds identity numbers, or is else about a person, by its heading: it is not imported.

    Examples
    --------
    >>> [personal(heading) for heading in ("法人身份证号", "联系人电话", "服务电话", "机构名称")]
    ['identity', 'personal', '', '']
    """
    parts = [plain(heading), *(plain(part) for part in heading.split("-"))]
    if any(part.startswith(_IDENTITY_STARTS) or "身份证" in part for part in parts):
        return "identity"
    return "personal" if any(part.startswith(_PERSON_STARTS) or part.endswith(_PERSON_ENDS) for part in parts) else ""


def stays_inside(schema: Schema, columns: Iterable[str]) -> tuple[str, ...]:
    """Columns of a layer that every export strips: what the schema marks, and every phone under another heading.

    Examples
    --------
    >>> from layers.schemas import FACILITIES
    >>> stays_inside(FACILITIES, ["name", "phone", "值班电话"])
    ('phone', '值班电话')
    """
    marked = {entry.name for entry in schema.fields if entry.inside_only}
    return tuple(name for name in columns if name in marked or any(word in plain(name) for word in _PHONES))


@cache
def facility_kinds() -> Mapping[str, str]:
    """Code, Chinese and English name of each kind of facility, to its code."""
    table = tomllib.loads((DATA_DIR / "kinds.toml").read_text(encoding="utf-8"))
    names: dict[str, str] = {}
    for code, entry in table.items():
        names |= {code: code, entry["zh"]: code, entry["en"]: code}
    return MappingProxyType(names)


@cache
def kind_group(code: str) -> str:
    """Group of a kind, such as ``elder`` or ``child``; empty for a bureau's own kind.

    Examples
    --------
    >>> kind_group("meal_point"), kind_group("own kind")
    ('elder', '')
    """
    table = tomllib.loads((DATA_DIR / "kinds.toml").read_text(encoding="utf-8"))
    return str(table.get(code, {}).get("group", ""))


def kind_code(name: str) -> str:
    """Code of a kind of facility from its code or its Chinese or English name; other text as it is.

    Examples
    --------
    >>> kind_code("助餐点"), kind_code("meal_point"), kind_code("own kind")
    ('meal_point', 'meal_point', 'own kind')
    """
    return facility_kinds().get(name, name)
