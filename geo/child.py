"""Reading in a process of its own, which ends when it takes too long or too much: what it read comes back as data.

A library that parses what strangers send can hang, eat the memory or crash. There, it takes nobody with it. The answer
is Arrow and JSON in a private folder; nothing is unpickled.
"""

import json
import logging
import os
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import psutil
import pyarrow as pa
import pyproj
import shapely

from geo import errors
from geo.errors import FileError, QuarterhourError
from geo.findings import Finding
from geo.parse import as_text
from geo.paths import ROOT_DIR
from geo.read import Table, read_table
from geo.road_file import note_mapping, parse_note
from geo.sniff import local_file

if sys.platform == "win32":
    resource = None
else:
    import resource

__all__ = ["USUAL", "Limits", "read_table_apart"]

_LOG = logging.getLogger(f"quarterhour.{__name__}")
_ANSWER, _CELLS = "answer.json", "cells.arrow"
_POLL_S = 0.05
_GEOMETRY = "geometry"


@dataclass(frozen=True)
class Limits:
    """What a reading may take.

    Parameters
    ----------
    seconds
        From start to answer; the start itself takes about two.
    memory_mb
        Resident memory beyond what the libraries take when nothing is read.
    """

    seconds: float = 120.0
    memory_mb: int = 2048


#: Enough for any file that is let in.
USUAL = Limits()
#: What the libraries take before anything is read, generously.
_LIBRARIES_MB = 300


def read_table_apart(
    path: Path, *, encoding: str | None = None, layer: str | None = None, limits: Limits = USUAL
) -> Table:
    r"""As :func:`geo.read.read_table`, in a process of its own.

    Parameters
    ----------
    path, encoding, layer
        As there.
    limits
        Of time and memory; the process is ended when it passes one.

    Raises
    ------
    FileError, DataError
        As there; and when the process was ended or ended itself without an answer.

    Examples
    --------
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "a.csv"
    ...     _ = file.write_text("id,lon,lat\n0101,114.3,30.6\n", encoding="utf-8")
    ...     read_table_apart(file).frame["id"].tolist()
    ['0101']
    """
    file = local_file(path)
    with tempfile.TemporaryDirectory(prefix="quarterhour-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        question = {"path": str(file.resolve()), "encoding": encoding, "layer": layer, "memory_mb": limits.memory_mb,
                    "seconds": limits.seconds}  # fmt: skip
        _run(question, folder, limits, file.name)
        try:
            answer = json.loads((folder / _ANSWER).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            raise FileError("reader_ended", file=file.name) from None
        if "fault" in answer:
            _LOG.error("the reading of a file failed: %r", answer["fault"])
            raise FileError("reader_ended", file=file.name)
        if "error" in answer:
            raise _error(answer["error"])
        return _table(answer, folder)


def _run(question: Mapping[str, object], folder: Path, limits: Limits, file: str) -> None:
    """Run the process to its end, or end it."""
    work = folder / "work"
    work.mkdir()
    # What it unpacks lies in our folder too, so that nothing stays behind when it is ended.
    places = dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(work))
    single = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "GDAL_NUM_THREADS"), "1")
    env = {**os.environ, **places, **single, "ARROW_DEFAULT_MEMORY_POOL": "system", "PYTHONUTF8": "1"}
    command = [sys.executable, "-m", "geo.child", str(folder)]
    with subprocess.Popen(  # noqa: S603 - our own interpreter with our own arguments
        command, cwd=ROOT_DIR, env=env, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            if process.stdin is not None:
                with suppress(BrokenPipeError), process.stdin as stdin:
                    stdin.write(json.dumps(question).encode())
            _watch(process, limits, file)
        finally:
            if process.poll() is None:
                process.kill()
    if process.returncode not in (0, None):
        _LOG.error("the reading of a file ended with code %d", process.returncode)


def _watch(process: "subprocess.Popen[bytes]", limits: Limits, file: str) -> None:
    """Wait for the end; raise when it takes too long or too much."""
    until = time.monotonic() + limits.seconds
    watched = psutil.Process(process.pid)
    most = (limits.memory_mb + _LIBRARIES_MB) * 1024**2
    while True:
        with suppress(subprocess.TimeoutExpired):
            process.wait(_POLL_S)
            return
        if time.monotonic() > until:
            raise FileError("reader_too_slow", file=file, seconds=f"{limits.seconds:g}")
        with suppress(psutil.Error):
            if watched.memory_info().rss > most:
                raise FileError("reader_too_large", file=file, most=limits.memory_mb)


# ---- the answer ------------------------------------------------------------------------------------------------------


def _error(told: Mapping[str, Any]) -> QuarterhourError:
    kind = getattr(errors, str(told["type"]), FileError)
    if not (isinstance(kind, type) and issubclass(kind, QuarterhourError)):
        kind = FileError
    return kind(str(told["code"]), rows=told["rows"], **told["facts"])


def _table(answer: Mapping[str, Any], folder: Path) -> Table:
    with pa.OSFile(str(folder / _CELLS)) as source, pa.ipc.open_file(source) as reader:
        cells = reader.read_all()
    names = answer["columns"]
    own = cells.select([f"c{position}" for position in range(len(names))])
    frame = own.to_pandas(integer_object_nulls=True)
    frame.columns = names
    if answer["geometry"] is not None:
        shapes = shapely.from_wkb(cells.column(_GEOMETRY).to_numpy())
        crs = None if answer["projjson"] is None else pyproj.CRS.from_json(answer["projjson"])
        frame.insert(answer["geometry"], answer["geometry_name"], gpd.GeoSeries(shapes, crs=crs))
        frame = gpd.GeoDataFrame(frame, geometry=answer["geometry_name"], crs=crs)
    findings = tuple(Finding(f["code"], f["severity"], f["row"], f["field"], f["facts"]) for f in answer["findings"])
    note = None if answer["note"] is None else parse_note(answer["note"])
    rows = cells.column("rows").to_numpy().copy()
    return Table(frame, rows, answer["file"], answer["sha256"], answer["crs"], answer["encoding"], findings,
                 answer["credit"], note)  # fmt: skip


# ---- in the process --------------------------------------------------------------------------------------------------


def _told(table: Table, folder: Path) -> dict[str, Any]:
    """A table as JSON, its cells in a file."""
    frame = table.frame
    place = list(frame.columns).index(frame.geometry.name) if isinstance(frame, gpd.GeoDataFrame) else None
    own = [position for position in range(frame.shape[1]) if position != place]
    arrays = {f"c{number}": _array(frame.iloc[:, position]) for number, position in enumerate(own)}
    arrays["rows"] = pa.array(table.rows)
    if place is not None:
        arrays[_GEOMETRY] = pa.array(frame.geometry.to_wkb(), type=pa.large_binary())
    cells = pa.table(arrays)
    with pa.OSFile(str(folder / _CELLS), "wb") as sink, pa.ipc.new_file(sink, cells.schema) as writer:
        writer.write_table(cells)
    crs = frame.crs if isinstance(frame, gpd.GeoDataFrame) else None  # a table may have a column of this name
    return {
        "columns": [str(frame.columns[position]) for position in own],
        "geometry": place,
        "geometry_name": None if place is None else str(frame.geometry.name),
        "projjson": None if crs is None else crs.to_json(),
        **{name: getattr(table, name) for name in ("file", "sha256", "crs", "encoding", "credit")},
        "findings": [
            {"code": f.code, "severity": f.severity, "row": f.row, "field": f.field, "facts": dict(f.facts)}
            for f in table.findings
        ],
        "note": None if table.note is None else note_mapping(table.note),
    }


def _array(column: Any) -> Any:  # noqa: ANN401  # pandas and Arrow publish no types
    """A column for Arrow; cells of several sorts become text."""
    try:
        return pa.array(column, from_pandas=True)
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        return pa.array([as_text(value) or None for value in column], type=pa.large_string())


def _limit(memory_mb: int, seconds: float) -> None:
    """Let the system end this process when it takes too much, where it can: a second line beside :func:`_watch`."""
    if resource is None:
        return
    now = psutil.Process().memory_info().vms
    for what, most in (
        (resource.RLIMIT_AS, now + memory_mb * 1024**2),
        (resource.RLIMIT_CPU, int(seconds) + 1),
        (resource.RLIMIT_CORE, 0),
    ):
        with suppress(ValueError, OSError):
            resource.setrlimit(what, (most, resource.getrlimit(what)[1]))


def _plain(value: object) -> object:
    return value.item() if hasattr(value, "item") else str(value)


def main() -> None:
    """Read the question from stdin, and put the answer into the folder that the command names."""
    folder = Path(sys.argv[1])
    question = json.loads(sys.stdin.buffer.read())
    _limit(question["memory_mb"], question["seconds"])
    try:
        table = read_table(Path(question["path"]), encoding=question["encoding"], layer=question["layer"])
        answer = _told(table, folder)
    except QuarterhourError as error:
        told = {"type": type(error).__name__, "code": error.code, "rows": error.rows, "facts": error.facts}
        answer = {"error": told}
    except MemoryError:
        facts = {"file": Path(question["path"]).name}
        answer = {"error": {"type": "FileError", "code": "file_needs_memory", "rows": [], "facts": facts}}
    except Exception as error:  # noqa: BLE001 - whatever it is, who asked writes it down
        # Where it was, and not what it said: that may hold what stands in the file.
        answer = {"fault": f"{type(error).__name__} in {traceback.format_tb(error.__traceback__)[-3:]}"}
    unfinished = folder / f"{_ANSWER}.part"
    unfinished.write_text(json.dumps(answer, default=_plain), encoding="utf-8")
    unfinished.replace(folder / _ANSWER)


if __name__ == "__main__":
    main()
