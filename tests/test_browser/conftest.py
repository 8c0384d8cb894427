"""Chromium of the system, the app on a free port, and a count of every request that leaves this computer."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Route, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
ARGUMENTS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
START_S = 60.0
#: When the user clicked, and when the next drawing of the map has been on the screen for a frame.
_WATCH = """(box) => {
    quarterhour.paintedAt = 0;
    const click = () => { quarterhour.clickedAt = performance.now(); };
    document.addEventListener("click", click, { once: true, capture: true });
    const before = box.dataset.drawing;
    new MutationObserver((_, watch) => {
        if (box.dataset.drawing === before) return;
        watch.disconnect();
        requestAnimationFrame(() => requestAnimationFrame(() => { quarterhour.paintedAt = performance.now(); }));
    }).observe(box, { attributes: true, attributeFilter: ["data-drawing"] });
}"""
READY_MS = 120_000.0


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.enable_socket)


def popup(page: Page) -> Locator:
    """What the map's popup says; the one before it may still be fading away under it."""
    return page.locator(".leaflet-popup-content").last


@dataclass
class Visit:
    """A page with what it asked for and what it complained about."""

    page: Page
    outside: list[str] = field(default_factory=list)
    frames: list[int] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def ready(self) -> None:
        self.page.wait_for_selector(".qh-map[data-ready=yes]", timeout=READY_MS)

    def view(self) -> str:
        return self.page.locator(".qh-map").get_attribute("data-view") or ""

    def settled(self) -> str:
        """The view once flying has ended."""
        before = ""
        while before != self.view():
            before = self.view()
            self.page.wait_for_timeout(1_000)
        return before

    def moved(self, before: str) -> str:
        """The view once the map has flown away from ``before``."""
        for _ in range(100):
            if self.view() != before:
                return self.settled()
            self.page.wait_for_timeout(200)
        pytest.fail("the map has not moved")

    def changed(self, click: Callable[[], object]) -> float:
        """Seconds from a click until the map has painted another drawing; the click is made here."""
        self.page.locator(".qh-map").evaluate(_WATCH)
        click()
        self.page.wait_for_function("quarterhour.paintedAt", timeout=READY_MS)
        return float(self.page.evaluate("(quarterhour.paintedAt - quarterhour.clickedAt) / 1000"))

    def figures(self) -> list[str]:
        """The five numbers."""
        return self.page.locator("[data-testid=stMetricValue]").all_inner_texts()

    def find(self, words: str) -> None:
        """Choose the first that the search finds."""
        before = self.view()
        box = self.page.locator(".st-key-search input")
        box.click()
        box.press_sequentially(words)
        self.page.get_by_role("option").first.wait_for()
        self.page.keyboard.press("Enter")
        self.moved(before)

    def answer(self) -> str:
        self.page.wait_for_selector(".st-key-answer")
        return self.page.locator(".st-key-answer").inner_text()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    if found is None:
        if os.environ.get("QUARTERHOUR_REQUIRE_BROWSER") == "1":
            pytest.fail("QUARTERHOUR_REQUIRE_BROWSER is set and there is no Chromium")
        pytest.skip("no Chromium on this computer")
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=found, args=list(ARGUMENTS))
        yield browser
        browser.close()


@contextmanager
def serve(root: Path, home: Path) -> Iterator[str]:
    """The app as its own process, with a user's folder of its own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)]
    log = (home / "server.log").open("wb")
    process = subprocess.Popen(
        command, cwd=root, env={**os.environ, "QUARTERHOUR_HOME": str(home)}, stdout=log, stderr=subprocess.STDOUT
    )
    try:
        url = f"http://127.0.0.1:{port}"
        end = time.monotonic() + START_S
        while not _healthy(url):
            if process.poll() is not None or time.monotonic() > end:
                pytest.fail((home / "server.log").read_text(encoding="utf-8", errors="replace"))
            time.sleep(0.2)
        yield url
    finally:
        process.terminate()
        process.wait(timeout=20)
        log.close()


def _healthy(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/_stcore/health", timeout=2) as answer:  # noqa: S310 - our own address
            return bool(answer.status == 200)
    except OSError:
        return False


@contextmanager
def visit(chromium: Browser, **options: Any) -> Iterator[Visit]:
    context: BrowserContext = chromium.new_context(**options)
    try:
        seen = Visit(context.new_page())

        def guard(route: Route) -> None:
            if route.request.url.startswith(("http://127.0.0.1:", "data:", "blob:", "file:")):
                route.continue_()
            else:
                seen.outside.append(route.request.url)
                route.abort()

        context.route("**/*", guard)
        seen.page.on("websocket", lambda ws: ws.on("framesent", lambda data: seen.frames.append(len(data))))
        seen.page.on("pageerror", lambda error: seen.errors.append(str(error)))
        seen.page.on("console", lambda message: seen.errors.append(message.text) if message.type == "error" else None)
        yield seen
    finally:
        context.close()


@pytest.fixture(scope="session")
def shots(root: Path) -> Path:
    folder = root / "out" / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def address(root: Path, chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serve(root, tmp_path_factory.mktemp("home")) as url:
        yield url


@pytest.fixture(scope="module")
def desktop(chromium: Browser, address: str) -> Iterator[Visit]:
    with visit(chromium, viewport={"width": 1280, "height": 900}) as seen:
        seen.page.goto(address)
        seen.ready()
        seen.page.wait_for_timeout(1_500)
        yield seen
        assert seen.outside == []
        assert seen.errors == []
