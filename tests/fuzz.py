"""Spoilt files for the readers, for minutes on end: ``make fuzz`` (``python -m tests.fuzz --minutes 10``).

Each case follows from its number alone: a good file of some format is spoilt, named and read as some kind of layer, in
a process of its own that is watched. What is reported: an error that is not ours, a crash, a hang, memory beyond the
limit, memory that grows from case to case, temporary files left behind. ``--case N`` repeats one.
"""

import argparse
import io
import json
import os
import queue
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import warnings
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import geopandas as gpd
import osmium
import psutil
import shapely

import geo.jit  # noqa: F401  # first: it hides the name of our folder ``coverage`` while numba is imported
from geo.errors import QuarterhourError
from geo.paths import ROOT_DIR
from geo.writers import SUFFIXES, write_layer
from layers.read import read_layer
from layers.schemas import SCHEMAS

#: What one case may take: the seconds of law P18 and, on a machine that does other things too, some more.
SECONDS, MEMORY_MB = 20.0, 512
#: Cases until the libraries have all they keep, and how much the process may grow from there on.
WARM, GROWTH_MB = 400, 200
TOKENS = [
    b"\0", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"1e400", b"-1", b"NaN", b"{" * 50, b"[" * 50, b"<a>" * 50, b'"',
    b",,", b"\xef\xbb\xbf", "长".encode("gbk"), "𠀀".encode(), b"EPSG:4490", b"http://127.0.0.1:9/", b"../",
    b"<!DOCTYPE", b"9" * 30,
]  # fmt: skip


# ---- seeds -----------------------------------------------------------------------------------------------------------


def seeds(folder: Path) -> dict[str, bytes]:
    """Good files of every format, in name order."""
    points = [shapely.Point(119.9 + n / 1000, 31 + n / 1000) for n in range(8)]
    lines = [shapely.LineString([(119.9, 31 + n / 1000), (119.91, 31)]) for n in range(8)]
    areas = [shapely.box(119.9 + n / 100, 31, 119.905 + n / 100, 31.01) for n in range(8)]
    for name, shapes in (("points", points), ("lines", lines), ("areas", areas)):
        columns = {
            "名称": [f"敬老院{n}" for n in range(8)],
            "facility_id": [f"0{n}" for n in range(8)],
            "unit_code": [f"99000{n}" for n in range(8)],
            "line_code": ["9901"] * 8,
            "highway": ["path"] * 8,
            "beds": range(8),
        }
        frame = gpd.GeoDataFrame(columns, geometry=shapes, crs=4490)
        for suffix in SUFFIXES:
            write_layer(folder / f"{name}{suffix}", frame)
    with zipfile.ZipFile(folder / "a.kmz", "w") as sink:
        sink.write(folder / "points.kml", "doc.kml")
    head = "敬老院台账\n序号,名称,位置,,核定床位\n,,经度,纬度,\n"
    ledger = f"{head}1,甲,119°54′03″E,31°00′N,２0张\n2,乙,119.9,31.0,约30\n合计,,,,50\n"
    (folder / "gb.csv").write_bytes(ledger.encode("gb18030"))
    (folder / "utf16.csv").write_bytes(ledger.replace(",", "\t").encode("utf-16"))
    node = '<node id="{0}" version="1" lat="31.{0}" lon="119.{0}"/>'
    way = '<way id="9" version="1"><nd ref="1"/><nd ref="2"/><tag k="highway" v="path"/></way>'
    (folder / "a.osm").write_text(f'<osm version="0.6">{node.format(1)}{node.format(2)}{way}</osm>', encoding="utf-8")
    with osmium.SimpleWriter(str(folder / "a.osm.pbf")) as sink:
        for n in (1, 2):
            sink.add_node(osmium.osm.mutable.Node(id=n, version=1, location=(119.9 + n / 10, 31.0)))
        sink.add_way(osmium.osm.mutable.Way(id=9, version=1, nodes=[1, 2], tags={"highway": "path"}))
    keys = '<key id="d0" for="node" attr.name="x"/><key id="d1" for="node" attr.name="y"/>'
    ends = "".join(f'<node id="{n}"><data key="d0">119.{n}</data><data key="d1">31</data></node>' for n in (1, 2))
    graph = f'<graphml>{keys}<graph edgedefault="directed">{ends}<edge source="1" target="2"/></graph></graphml>'
    (folder / "a.graphml").write_text(graph, encoding="utf-8")
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


# ---- one case --------------------------------------------------------------------------------------------------------


def spoilt(data: bytes, rng: random.Random, others: list[bytes]) -> bytes:
    """Some bytes changed, left out, doubled, moved in from elsewhere, or cut off."""
    out = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 4, 16, 64))):
        at = rng.randrange(len(out) + 1)
        width = rng.choice((1, 1, 2, 4, 8, 100, 5000))
        what = rng.randrange(7)
        if what == 0:
            out[at : at + width] = rng.randbytes(min(width, 100))
        elif what == 1:
            out[at : at + 1] = bytes([out[at] ^ (1 << rng.randrange(8))]) if at < len(out) else b""
        elif what == 2:
            del out[at : at + width]
        elif what == 3:
            out[at:at] = out[at : at + width] * rng.choice((1, 2, 20))
        elif what == 4:
            out[at : at + rng.choice((0, 4))] = rng.choice(TOKENS)
        elif what == 5:
            other = rng.choice(others)
            start = rng.randrange(len(other))
            out[at : at + width] = other[start : start + width]
        elif rng.random() < 0.2:
            del out[at:]
    return bytes(out) or b"\0"


def spoilt_inside(data: bytes, rng: random.Random, others: list[bytes]) -> bytes:
    """One member of an archive spoilt and the archive made anew, so that its sums are right."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as sink:
        names = source.namelist()
        chosen = rng.choice(names)
        for name in names:
            content = source.read(name)
            if name == chosen:
                if rng.random() < 0.1:
                    continue
                content = spoilt(content, rng, others)
            sink.writestr(name, content)
    return buffer.getvalue()


def case(number: int, files: dict[str, bytes], folder: Path) -> tuple[Path, str]:
    """The file of a case, and the kind of layer it is read as."""
    rng = random.Random(number)
    name = rng.choice(list(files))
    others = list(files.values())
    content = files[name]
    if zipfile.is_zipfile(io.BytesIO(content)) and rng.random() < 0.8:
        content = spoilt_inside(content, rng, others)
    else:
        content = spoilt(content, rng, others)
    if rng.random() < 0.1:
        name = rng.choice(list(files))
    path = folder / f"{number}-{name}"
    path.write_bytes(content)
    return path, rng.choice(list(SCHEMAS))


def outcome(path: Path, kind: str) -> str:
    """``layer``, the code of an error of ours, or a fault."""
    try:
        layer = read_layer(path, kind)
    except QuarterhourError as error:
        for lang in ("zh", "en"):
            if not error.message(lang):
                return "FAULT: an error without a sentence"
        return error.code
    except MemoryError:
        return "FAULT: MemoryError"
    except Exception as error:  # noqa: BLE001  # this is what is looked for
        return f"FAULT: {type(error).__name__}: {str(error)[:200]!r}"
    quality = layer.quality
    lost = quality.rows_read != quality.rows_kept + quality.rows_refused or len(layer.frame) != quality.rows_kept
    return "FAULT: rows lost" if lost and kind != "roads" else "layer"


# ---- the process that reads, and the one that watches ----------------------------------------------------------------


def work(folder: Path) -> None:
    """Answer each number on stdin with what came of its case."""
    warnings.simplefilter("ignore")
    files = seeds_of(folder)
    here = Path(tempfile.gettempdir())
    process = psutil.Process()
    for line in sys.stdin:
        path, kind = case(int(line), files, folder / "cases")
        begun = time.monotonic()
        found = outcome(path, kind)
        left = sorted(p.name for p in here.iterdir())
        if left and not found.startswith("FAULT"):
            found = f"FAULT: left behind {left}"
        beside = [p.name for p in path.parent.iterdir() if p != path]
        if beside and not found.startswith("FAULT"):
            found = f"FAULT: written beside the file {beside}"
        if not found.startswith("FAULT"):
            path.unlink()
        answer = {"found": found, "seconds": time.monotonic() - begun, "rss": process.memory_info().rss / 1024**2}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


def seeds_of(folder: Path) -> dict[str, bytes]:
    """The seeds as they lie in the folder that the watcher made."""
    return {path.name: path.read_bytes() for path in sorted((folder / "seeds").iterdir())}


@contextmanager
def worker(folder: Path) -> Iterator[tuple["subprocess.Popen[str]", Callable[[float], str]]]:
    """A process that reads, and a way to wait for its next line."""
    places = {name: str(folder / "tmp") for name in ("TMPDIR", "TEMP", "TMP")}
    command = [sys.executable, "-m", "tests.fuzz", "--work", str(folder)]
    with subprocess.Popen(command, cwd=ROOT_DIR, env={**os.environ, **places}, stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, encoding="utf-8") as process:  # fmt: skip
        lines: queue.Queue[str] = queue.Queue()

        def listen() -> None:
            for line in process.stdout or ():
                lines.put(line)
            lines.put("")

        threading.Thread(target=listen, daemon=True).start()
        try:
            yield process, lambda seconds: lines.get(timeout=seconds)
        finally:
            process.kill()


def watch(folder: Path, minutes: float, start: int) -> int:
    """Run cases until the time is over; how many of them failed."""
    until, number = time.monotonic() + 60 * minutes, start
    counted: Counter[str] = Counter()
    slowest, highest = (0.0, start), 0.0
    while time.monotonic() < until:
        held: list[float] = []  # megabytes after each case of this process
        with worker(folder) as (process, answer):
            while time.monotonic() < until:
                told, found = ask(process, answer, number, SECONDS if held else 60.0)
                if told:
                    slowest = max(slowest, (told["seconds"], number))
                    highest = max(highest, told["rss"])
                    held.append(told["rss"])
                    found = too_much(held) or found
                counted[found if not found.startswith("FAULT") else "FAULT"] += 1
                if found.startswith("FAULT"):
                    say(f"python -m tests.fuzz --case {number}   # {found}")
                    clear(folder / "tmp")
                    clear(folder / "cases")
                number += 1
                if not told or too_much(held):
                    break
    say(f"{number - start} cases in {minutes:g} minutes, {counted['layer']} read, {len(counted) - 1} other outcomes;")
    say(f"slowest {slowest[0]:.1f} s (case {slowest[1]}), highest {highest:.0f} MB; {counted['FAULT']} faults")
    return counted["FAULT"]


def ask(
    process: "subprocess.Popen[str]", answer: Callable[[float], str], number: int, seconds: float
) -> tuple[dict[str, Any] | None, str]:
    """What the process says of a case, if it says anything, and what came of it."""
    try:
        process.stdin.write(f"{number}\n")  # type: ignore[union-attr]
        process.stdin.flush()  # type: ignore[union-attr]
        line = answer(seconds)
    except queue.Empty:
        return None, f"FAULT: no answer within {seconds:g} seconds"
    except BrokenPipeError:
        line = ""
    if not line:
        return None, f"FAULT: the process ended with code {process.wait(10)}"
    told: dict[str, Any] = json.loads(line)
    return told, str(told["found"])


def too_much(held: list[float]) -> str:
    """A fault when the last case holds too much memory, or all of them together; else empty."""
    if held[-1] > held[0] + MEMORY_MB:
        return f"FAULT: {held[-1]:.0f} MB"
    if len(held) > WARM and held[-1] > held[WARM] + GROWTH_MB:
        return f"FAULT: grown from {held[WARM]:.0f} to {held[-1]:.0f} MB in {len(held) - WARM} cases"
    return ""


def clear(folder: Path) -> None:
    """Take out what a fault left, so that the next case is not blamed for it."""
    for path in folder.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()


def say(text: str) -> None:
    """One line at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main() -> int:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--start", type=int, default=int(time.time()) * 1000, help="number of the first case")
    parser.add_argument("--case", type=int, help="repeat this one, with its traceback")
    parser.add_argument("--work", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.work:
        work(options.work)
        return 0
    with tempfile.TemporaryDirectory(prefix="fuzz-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        for part in ("seeds", "cases", "tmp"):
            (folder / part).mkdir()
        seeds(folder / "seeds")
        if options.case is None:
            return int(watch(folder, options.minutes, options.start) > 0)
        path, kind = case(options.case, seeds_of(folder), Path.cwd())
        say(f"{path.name} as {kind}; the file stays here")
        result: Any = read_layer(path, kind)
        say(f"{len(result.frame)} rows")
    return 0


if __name__ == "__main__":
    sys.exit(main())
