"""Writing that is all or nothing: a temporary neighbour, flushed to disk, takes the place of the old one at once."""

import csv
import os
import secrets
import shutil
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from fnmatch import fnmatch
from pathlib import Path

import numpy as np
import pandas as pd

from geo.errors import OutputError, QuarterhourError
from geo.parse import as_text

__all__ = [
    "armed", "atomic_folder", "atomic_path", "disarmed", "settle_times", "write_bytes", "write_csv", "write_text",
]  # fmt: skip

# A spreadsheet runs a cell that starts with one of these as a formula (faults E11).
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
# GeoPackage writes the time into itself; the same rows shall give the same bytes.
_NO_TIME = "2000-01-01T00:00:00.000Z"


def _sibling(path: Path, word: str) -> Path:
    # Short, whatever the target's name: a long one would pass the limit of the file system.
    return path.parent / f".{word}-{secrets.token_hex(8)}"


@contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """Give a temporary path; what is written there replaces ``path`` when the block ends without an error.

    Parameters
    ----------
    path
        The target file. Its folder must exist.

    Yields
    ------
    Path
        A file name in the same folder, with the same suffix, that does not exist yet.

    Raises
    ------
    OutputError
        When the target is a folder, or the system refuses to write. Nothing is left behind then.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with atomic_path(Path(folder) / "a.txt") as temporary:
    ...         _ = temporary.write_text("done", encoding="utf-8")
    ...     sorted(p.name for p in Path(folder).iterdir())
    ['a.txt']
    """
    path = Path(path)
    if path.is_dir():
        raise OutputError("output_is_folder", path=path.name)
    if not path.parent.is_dir():
        raise OutputError("output_no_folder", path=str(path.parent))
    temporary = _sibling(path, "tmp").with_suffix(path.suffix)
    try:
        yield temporary
        _flush(temporary)
        temporary.replace(path)
        _flush_folder(path.parent)
    except QuarterhourError:
        raise
    except OSError as error:
        raise OutputError("output_failed", path=path.name, reason=error.strerror or str(error)) from error
    finally:
        temporary.unlink(missing_ok=True)


def write_bytes(path: Path, data: bytes) -> None:
    """Write bytes all or nothing.

    Raises
    ------
    OutputError
        As :func:`atomic_path`.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_bytes(Path(folder) / "a.bin", b"12")
    ...     (Path(folder) / "a.bin").read_bytes()
    b'12'
    """
    with atomic_path(path) as temporary:
        temporary.write_bytes(data)


def write_text(path: Path, text: str | Iterable[str], *, encoding: str = "utf-8") -> None:
    """Write text, whole or in pieces, all or nothing; line ends stay as they are.

    Raises
    ------
    OutputError
        As :func:`atomic_path`.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_text(Path(folder) / "a.txt", "界线")
    ...     (Path(folder) / "a.txt").read_text(encoding="utf-8")
    '界线'
    """
    with atomic_path(path) as temporary, temporary.open("w", encoding=encoding, newline="") as file:
        file.writelines([text] if isinstance(text, str) else text)


def write_csv(path: Path, frame: pd.DataFrame) -> None:
    """Write a table as UTF-8 with a mark (so that Excel reads Chinese), text that looks like a formula disarmed.

    Parameters
    ----------
    path
        The target file.
    frame
        Without geometry; numbers are written in full, missing values as empty cells.

    Raises
    ------
    OutputError
        As :func:`atomic_path`.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_csv(Path(folder) / "a.csv", pd.DataFrame({"name": ["=1+1"], "n": [-1]}))
    ...     (Path(folder) / "a.csv").read_text(encoding="utf-8-sig").splitlines()
    ['name,n', "'=1+1,-1"]
    """
    columns = [frame.iloc[:, position] for position in range(frame.shape[1])]
    with atomic_path(path) as temporary, temporary.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow([disarmed(str(name)) for name in frame.columns])
        writer.writerows([_cell(value) for value in row] for row in zip(*columns, strict=True))


def _cell(value: object) -> object:
    if isinstance(value, (int, np.integer)) and not isinstance(value, (bool, np.bool_)):
        return int(value)
    if isinstance(value, (float, np.floating)):
        return "" if np.isnan(value) else repr(float(value))
    return disarmed(as_text(value))


def disarmed(text: str) -> str:
    """Text of a cell that no spreadsheet runs as a formula.

    Examples
    --------
    >>> disarmed("=1+1"), disarmed("甲")
    ("'=1+1", '甲')
    """
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text


def armed(text: str) -> str:
    """Text of a cell as it was before :func:`disarmed`.

    Examples
    --------
    >>> armed("'=1+1"), armed("'甲"), armed("甲")
    ('=1+1', "'甲", '甲')
    """
    return text[1:] if text.startswith("'") and text[1:].startswith(_FORMULA_STARTS) else text


def settle_times(path: Path) -> None:
    """Put a fixed time in place of those that GDAL writes into a GeoPackage: the same rows give the same bytes.

    Raises
    ------
    OutputError
        When the file is no GeoPackage that can be changed.

    Examples
    --------
    >>> try:
    ...     settle_times(Path("no/such.gpkg"))
    ... except OutputError as error:
    ...     error.code
    'output_failed'
    """
    try:
        with closing(sqlite3.connect(path)) as base, base:
            base.execute("UPDATE gpkg_contents SET last_change = ?", (_NO_TIME,))
            if base.execute("SELECT 1 FROM sqlite_master WHERE name = 'gpkg_metadata_reference'").fetchone():
                base.execute("UPDATE gpkg_metadata_reference SET timestamp = ?", (_NO_TIME,))
        # What was written before, and in how many steps, leaves traces in a database; in a fresh one there are none.
        fresh = path.with_name(f"{path.name}.fresh")
        with closing(sqlite3.connect(path)) as base:
            base.execute("VACUUM INTO ?", (str(fresh),))
        fresh.replace(path)
    except (sqlite3.Error, OSError) as error:
        raise OutputError("output_failed", path=path.name, reason=str(error)) from error


@contextmanager
def atomic_folder(path: Path, *, ours: Sequence[str] = ()) -> Iterator[Path]:
    """Give a temporary folder that takes the place of ``path`` when the block ends without an error.

    Parameters
    ----------
    path
        The target folder. Missing parents are made. It may not exist, be empty, or hold an older result.
    ours
        Patterns of names. A folder that holds nothing else is an older result and may be replaced as a whole.

    Yields
    ------
    Path
        An empty folder beside the target.

    Raises
    ------
    OutputError
        When the target is a file, or a folder with something else in it, or the system refuses to write. Whatever goes
        wrong, the target stays as it was and no temporary folder is left.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with atomic_folder(Path(folder) / "out") as temporary:
    ...         _ = (temporary / "summary.json").write_text("{}", encoding="utf-8")
    ...     [p.name for p in (Path(folder) / "out").iterdir()]
    ['summary.json']
    """
    # Absolute, so that a block that changes the working folder still lands in the right place; a link is followed.
    path = Path(path).absolute()
    path = path.resolve() if path.is_symlink() else path
    _check_replaceable(path, ours)
    made = _make_parents(path)
    temporary = _sibling(path, "tmp")
    done = False
    try:
        temporary.mkdir()
        yield temporary
        for file in temporary.rglob("*"):
            if file.is_file():
                _flush(file)
        _check_replaceable(path, ours)
        _swap(temporary, path)
        _flush_folder(path.parent)
        done = True
    except QuarterhourError:
        raise
    except OSError as error:
        raise OutputError("output_failed", path=path.name, reason=error.strerror or str(error)) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
        if not done:
            for parent in made:
                with suppress(OSError):
                    parent.rmdir()


def _make_parents(path: Path) -> list[Path]:
    """Make the missing parents; return them, innermost first, so that a failure can take them away again."""
    missing = [parent for parent in path.parents if not parent.exists()]
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError("output_failed", path=path.name, reason=error.strerror or str(error)) from error
    return missing


def _check_replaceable(path: Path, ours: Sequence[str]) -> None:
    if path.is_file():
        raise OutputError("output_is_file", path=path.name)
    if path.is_dir():
        foreign = [entry.name for entry in path.iterdir() if not any(fnmatch(entry.name, name) for name in ours)]
        if foreign:
            raise OutputError("output_not_ours", path=path.name, found=min(foreign))


def _swap(temporary: Path, path: Path) -> None:
    if not path.exists():
        temporary.rename(path)
        return
    aside = _sibling(path, "old")
    path.rename(aside)
    try:
        temporary.rename(path)
    except OSError:
        aside.rename(path)
        raise
    shutil.rmtree(aside, ignore_errors=True)


def _flush(path: Path) -> None:
    with path.open("rb+") as handle:
        os.fsync(handle.fileno())


def _flush_folder(path: Path) -> None:
    # Windows cannot open a folder; there the rename itself is journalled.
    with suppress(OSError):
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
