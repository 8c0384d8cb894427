"""Which lines the page shows: one, those of a round, or all."""

from dataclasses import dataclass

from demarcation.book import Book

__all__ = ["Scope", "rounds", "scope_of"]


@dataclass(frozen=True)
class Scope:
    """The lines that are shown.

    Parameters
    ----------
    line_code
        The one line; ``""`` where it is not one.
    codes
        Codes of all that are shown; None: all lines, and what belongs to none.

    Examples
    --------
    >>> "9901" in Scope("", None), "9901" in Scope("9902", frozenset({"9902"}))
    (True, False)
    """

    line_code: str
    codes: frozenset[str] | None

    def __contains__(self, code: str) -> bool:
        """Whether a line is shown."""
        return self.codes is None or code in self.codes


def rounds(book: Book) -> list[int]:
    """Rounds that any plan or inspection names."""
    return sorted({number for _, number in _named(book) if number is not None})


def scope_of(book: Book, line_code: str, number: int | None) -> Scope:
    """One line, else the lines with a plan or an inspection of a round, else all.

    Examples
    --------
    >>> scope_of(Book(), "", None).codes is None, scope_of(Book(), "", 5).codes
    (True, frozenset())
    """
    if line_code:
        return Scope(line_code, frozenset({line_code}))
    if number is None:
        return Scope("", None)
    return Scope("", frozenset(code for code, named in _named(book) if named == number))


def _named(book: Book) -> list[tuple[str, int | None]]:
    """Line and round of all plans and inspections."""
    planned: list[tuple[str, int | None]] = [(one.line_code, one.round) for one in book.plans]
    return planned + [(one.line_code, one.round) for one in book.inspections]
