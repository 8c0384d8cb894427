"""Rules that are data: what a file in ``data/rules/`` may say of a number, and where it was read."""

import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from geo.errors import DataError

__all__ = ["SHOWN", "Quality", "RuleFile", "Said", "Source", "Sourced", "check_entries", "read_rule_file"]

#: How sure a number is, from the best: text of a law, an official page, a plan document, a review article that restates
#: it, a re-post of an official text, a summary in the press; then what may not be shown as a standard: a low-quality
#: text, known in general, unsure of the number too, looked for and not found, a choice of this program.
Quality = Literal[
    "law_text", "official", "plan", "review", "repost", "summary", "low", "known", "unsure", "not_confirmed", "ours"
]
#: Of these a number may be shown as a standard.
SHOWN: frozenset[str] = frozenset({"law_text", "official", "plan", "review", "repost", "summary"})

#: These were read in no source.
NOT_READ: frozenset[str] = frozenset({"known", "unsure", "ours"})


class Said(BaseModel):
    """A part of a rule file or a plan: nothing but what is declared, finite numbers, and never changed."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class Source(Said):
    """A text that was read.

    Parameters
    ----------
    name
        What it is, and where it was read.
    quality
        How sure it makes a number.
    """

    name: str = Field(min_length=1)
    quality: Quality


class Sourced(Said):
    """Something with a source.

    Parameters
    ----------
    id
        Key inside the file.
    zh, en
        What a user reads.
    document
        The document that says so, with its article where known; empty for what no document was read for.
    source
        Key of the source in the file; empty for what is known in general, not confirmed or our own choice.
    quality
        Of the number; not better than the quality of its source.
    show
        It may be shown as a standard; false for all that is not confirmed.
    note_zh, note_en
        What one must know beside it.
    """

    id: str = Field(min_length=1)
    zh: str = Field(min_length=1)
    en: str = Field(min_length=1)
    document: str = ""
    source: str = ""
    quality: Quality
    show: bool
    note_zh: str = ""
    note_en: str = ""

    @model_validator(mode="after")
    def _only_confirmed_is_shown(self) -> Self:
        if self.show and self.quality not in SHOWN:
            raise ValueError(f"{self.id}: {self.quality} is no standard")
        if self.quality in SHOWN and not (self.source and self.document):
            raise ValueError(f"{self.id}: {self.quality} without document or source")
        if self.quality in NOT_READ and self.source:
            raise ValueError(f"{self.id}: {self.quality} has no source")
        return self


class RuleFile(Said):
    """The sources of a file."""

    source: dict[str, Source] = {}


def check_entries(file: RuleFile, entries: Sequence[Sourced]) -> None:
    """Raise a ValueError where an id stands twice, or a source is not in the file.

    Examples
    --------
    >>> check_entries(RuleFile(), ())
    """
    ids = [entry.id for entry in entries]
    twice = sorted({key for key in ids if ids.count(key) > 1})
    if twice:
        raise ValueError(f"twice: {', '.join(twice)}")
    absent = sorted({entry.source for entry in entries if entry.source} - set(file.source))
    if absent:
        raise ValueError(f"no such source: {', '.join(absent)}")


_File = TypeVar("_File", bound=RuleFile)


def read_rule_file(path: Path, model: type[_File]) -> _File:
    """Read a rule file.

    Parameters
    ----------
    path
        TOML in UTF-8.
    model
        What it must be.

    Raises
    ------
    DataError
        When it is something else; the sentence says where.
    """
    try:
        return model.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise DataError("bad_rule_file", file=path.name, where=where or "-", problem=first["msg"]) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DataError("bad_rule_file", file=path.name, where="-", problem=str(error)) from error
