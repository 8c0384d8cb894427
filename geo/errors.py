"""The one error tree. Each error has a code, the rows it speaks of, and the facts that its sentence needs.

The sentences are in ``geo/sentences/``, in Chinese and in English; a page and a command read them from there
through :func:`geo.messages.text`.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from geo import messages

__all__ = [
    "CrsError",
    "DataError",
    "FileError",
    "OutputError",
    "QuarterhourError",
    "RemoteError",
    "RequestError",
    "naming",
]


class QuarterhourError(Exception):
    """Base of all errors that a user can mend.

    Parameters
    ----------
    code
        Key of the sentence in ``geo/sentences/``.
    rows
        Row numbers as the user sees them (first data row of a sheet is 2, first feature of a layer is 1).
    facts
        Values that the sentence names. Text from data is shown with ``repr``-like quoting by the sentence itself.

    Examples
    --------
    >>> RequestError("bad_day", given="yesterday").code
    'bad_day'
    """

    def __init__(self, code: str, *, rows: Sequence[int] = (), **facts: object) -> None:
        self.code = code
        self.rows = tuple(rows)
        self.facts = facts
        super().__init__(self.message())

    def message(self, lang: str | None = None) -> str:
        """What is wrong, and where, in one sentence."""
        sentence = messages.text(self.code, lang, rows=messages.row_list(self.rows), **self.facts)[0]
        file = messages.printable(str(self.facts.get("file") or ""))
        return f"{file}: {sentence}" if file and str(file) not in sentence else sentence

    def hint(self, lang: str | None = None) -> str:
        """How to mend it."""
        return messages.text(self.code, lang, rows=messages.row_list(self.rows), **self.facts)[1]


@contextmanager
def naming(file: str) -> Iterator[None]:
    """Put the name of a file into errors that speak of coordinates and do not know whose they are.

    Examples
    --------
    >>> try:
    ...     with naming("roads.gpkg"):
    ...         raise CrsError("no_crs")
    ... except CrsError as error:
    ...     error.message("en")
    'roads.gpkg: The file declares no reference system (for example, its .prj is missing).'
    """
    try:
        yield
    except QuarterhourError as error:
        error.facts.setdefault("file", file)
        error.args = (error.message(),)
        raise


class FileError(QuarterhourError, OSError):
    """A file is missing, empty, damaged, or of a kind that is not read."""


class OutputError(QuarterhourError, OSError):
    """A result cannot be written where it was asked for."""


class RemoteError(QuarterhourError, OSError):
    """A server cannot be reached, does not answer, or answers something else than was asked for."""


class DataError(QuarterhourError, ValueError):
    """A file was read, but what it holds is not what was asked for."""


class CrsError(DataError):
    """Coordinates do not fit their reference system, or the study area does not fit any."""


class RequestError(QuarterhourError, ValueError):
    """A parameter is outside what is allowed."""
