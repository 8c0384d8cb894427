"""P8: one user computes for seconds; how soon another user's click is answered.

One Streamlit process, two sessions in Chromium. The first runs the large coverage over and over, the second clicks on
the map of the demo. Needs playwright and a Chromium on this computer.
"""

import importlib.util
import itertools
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from benchmarks.bench import Bench
from benchmarks.large import write_points
from benchmarks.measure import Row
from benchmarks.serve import BenchError
from geo.paths import ROOT_DIR

if TYPE_CHECKING:
    from playwright.sync_api import Page

__all__ = ["ServerError", "two_sessions"]

_BROWSERS: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
_FLAGS: Final = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
_WINDOW: Final[Any] = {"width": 1280, "height": 900}
_START_S: Final = 120.0
_READY_MS: Final = 300_000.0
_MOST_COMPUTATIONS: Final = 3
_PAUSE_MS: Final = 300.0
#: Left and right in turn, so that no balloon lies over the next place.
_PLACES: Final = [(0.15 + 0.45 * (k % 2) + 0.02 * (k % 5), 0.45 + 0.03 * (k % 7)) for k in range(30)]
#: What the page says, and where its balloon stands; nothing while there is no balloon, as between click and answer.
_SEEN: Final = """(map) => { const balloon = map.querySelector(".leaflet-popup");
    return balloon ? document.querySelector(".st-key-answer")?.innerText + balloon.style.transform : ""; }"""
_CHANGED: Final = f'([map, before]) => !["", before].includes(({_SEEN})(map))'


class ServerError(BenchError):
    """The app did not start; the message is the end of its log."""


def two_sessions(bench: Bench) -> Iterator[Row]:
    """Clicks on an app that does nothing else, and clicks while another session computes."""
    work = (
        f"a click on the demo's map until its answer shows, while another session computes {bench.sizes.facilities:,} "
        f"facilities and {bench.sizes.demand:,} places; {bench.large.size}"
    )
    found = next((path for name in _BROWSERS if (path := shutil.which(name))), None)
    if found is None or importlib.util.find_spec("playwright") is None:
        yield Row("P8", work, "", note="skipped: no Chromium, or playwright is not installed")
        return
    folder = bench.folder / "heavy"
    folder.mkdir()
    shutil.copy(bench.large.network, folder / "large.network")
    write_points(bench.large, bench.sizes.facilities, "facility_id", folder / "facilities.csv")
    write_points(bench.large, bench.sizes.demand, "demand_id", folder / "demand.csv")
    with _server(folder) as address:
        busy, alone, runs_s = _in_browser(found, address)
    note = f"one computation takes {runs_s:.1f} s"
    yield Row("P8", work, "median", "the app left alone", busy, alone, yardstick=True, target="≤ 0.5 s", note=note)
    most, least = (max(busy),), (max(alone),)
    yield Row("P8", work, "worst", "the app left alone", most, least, yardstick=True, target="≤ 0.5 s")


def _in_browser(chromium: str, address: str) -> tuple[tuple[float, ...], tuple[float, ...], float]:
    """Seconds of clicks while the other session computes, of clicks without, and of one computation."""
    from playwright.sync_api import Error, sync_playwright  # noqa: PLC0415 - where it is installed

    try:
        with sync_playwright() as play:
            browser = play.chromium.launch(executable_path=chromium, args=_FLAGS)
            try:
                heavy, page = (browser.new_context(viewport=_WINDOW).new_page() for _ in range(2))
                return _clicks(heavy, page, address)
            finally:
                browser.close()
    except Error as error:
        raise ServerError(str(error)) from error


def _clicks(heavy: "Page", page: "Page", address: str) -> tuple[tuple[float, ...], tuple[float, ...], float]:
    heavy.goto(f"{address}/?heavy=1")
    heavy.get_by_text("ready 0").wait_for(timeout=_READY_MS)
    page.goto(address)
    page.wait_for_selector(".qh-map[data-ready=yes]", timeout=_READY_MS)
    page.wait_for_timeout(2_000)
    alone = [_click(page, place) for place in _PLACES]
    busy: list[float] = []
    taking_turns = itertools.cycle(_PLACES)
    computations, runs_s = 0, 0.0
    while len(busy) < len(_PLACES) and computations < _MOST_COMPUTATIONS:
        heavy.get_by_role("button", name="compute").click()
        begun = time.perf_counter()
        while heavy.get_by_text(f"ready {computations + 1}").count() == 0:
            busy.append(_click(page, next(taking_turns)))
        computations, runs_s = computations + 1, time.perf_counter() - begun
    return tuple(busy), tuple(alone), runs_s


def _click(page: "Page", place: tuple[float, float]) -> float:
    """Click somewhere on the map and wait for its answer, in seconds.

    Parameters
    ----------
    place
        As shares of the width and the height of the map; another one than last time.
    """
    drawn = page.wait_for_selector(".qh-map")
    box = None if drawn is None else drawn.bounding_box()
    if drawn is None or box is None:
        raise ServerError("there is no map")
    before = drawn.evaluate(_SEEN)
    begun = time.perf_counter()
    page.mouse.click(box["x"] + box["width"] * place[0], box["y"] + box["height"] * place[1])
    page.wait_for_function(_CHANGED, arg=[drawn, before], timeout=_READY_MS)
    seconds = time.perf_counter() - begun
    page.wait_for_timeout(_PAUSE_MS)
    return seconds


@contextmanager
def _server(folder: Path) -> Iterator[str]:
    """The app in a process of its own on a free port; it ends with the block."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    env = {**os.environ, "QUARTERHOUR_HOME": str(folder), "QUARTERHOUR_BENCH_HEAVY": str(folder)}
    flags = ["--server.address=127.0.0.1", f"--server.port={port}", "--server.headless=true"]
    command = [sys.executable, "-m", "streamlit", "run", "benchmarks/heavy_app.py", *flags]
    log = folder / "server.log"
    with (
        log.open("wb") as said,
        subprocess.Popen(command, cwd=ROOT_DIR, env=env, stdout=said, stderr=subprocess.STDOUT) as process,
    ):
        try:
            url = f"http://127.0.0.1:{port}"
            end = time.monotonic() + _START_S
            while not _healthy(url):
                if process.poll() is not None or time.monotonic() > end:
                    raise ServerError(log.read_text(encoding="utf-8", errors="replace")[-2000:])
                time.sleep(0.2)
            yield url
        finally:
            process.terminate()


def _healthy(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/_stcore/health", timeout=2) as answer:  # noqa: S310 - our own address
            return bool(answer.status == 200)  # noqa: PLR2004 - OK
    except OSError:
        return False
