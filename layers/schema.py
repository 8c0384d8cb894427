"""How a kind of layer is declared: canonical columns, what they hold, and what people call them."""

import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType
from typing import Literal

from geo.paths import DATA_DIR

__all__ = ["Field", "Holds", "Schema", "facility_kinds", "kind_code", "plain"]

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
    unit
        Of numbers, as users read it, e.g. ``m``; empty when the number is a count.
    required
        A layer without the column is refused; so is a row with a blank in it.
    no_blank
        The column may be absent, but where it is there a row with a blank in it is refused.
    choices
        For ``choice``: what people write, to the canonical value. Other values are kept and reported.
    default
        For ``choice``: value of a blank cell.
    """

    name: str
    holds: Holds = "text"
    synonyms: tuple[str, ...] = ()
    unit: str = ""
    required: bool = False
    no_blank: bool = False
    choices: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    default: str = ""


@dataclass(frozen=True)
class Schema:
    """The columns of one kind of layer.

    Parameters
    ----------
    kind
        Name of the kind as commands spell it.
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


@cache
def facility_kinds() -> Mapping[str, str]:
    """Code, Chinese and English name of each kind of facility, to its code."""
    table = tomllib.loads((DATA_DIR / "kinds.toml").read_text(encoding="utf-8"))
    names: dict[str, str] = {}
    for code, entry in table.items():
        names |= {code: code, entry["zh"]: code, entry["en"]: code}
    return MappingProxyType(names)


def kind_code(name: str) -> str:
    """Code of a kind of facility from its code or its Chinese or English name; other text as it is.

    Examples
    --------
    >>> kind_code("助餐点"), kind_code("meal_point"), kind_code("own kind")
    ('meal_point', 'meal_point', 'own kind')
    """
    return facility_kinds().get(name, name)
