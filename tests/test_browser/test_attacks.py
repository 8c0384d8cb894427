"""Names that attack: a workspace full of them, opened in a browser [E09, E10]."""

from collections.abc import Iterator
from pathlib import Path

import geopandas as gpd
import pytest
from playwright.sync_api import Browser, expect

from layers.workspace import open_demo
from tests.test_app.test_texts import PAYLOADS
from tests.test_browser.conftest import Visit, serve, visit


@pytest.fixture(scope="module")
def attacked(root: Path, chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visit]:
    home = tmp_path_factory.mktemp("attacked")
    folder = open_demo(home).path / "layers"
    for kind in ("facilities", "units", "demand", "lines", "stakes"):
        path = folder / f"{kind}.parquet"
        frame = gpd.read_parquet(path)
        for column in {"name", "state", "stake_no"} & set(frame.columns):
            frame[column] = [f"{i}{PAYLOADS[i % len(PAYLOADS)]}" for i in range(len(frame))]
        frame.to_parquet(path)
    with serve(root, home) as url, visit(chromium, viewport={"width": 1280, "height": 900}) as seen:
        seen.page.goto(url)
        seen.ready()
        seen.page.wait_for_timeout(1_500)
        yield seen


def _harmless(seen: Visit) -> None:
    assert seen.page.evaluate("window.__xss") is None
    assert seen.outside == []
    assert seen.errors == []


def test_names_on_the_map_and_in_the_tables_do_nothing(attacked: Visit, shots: Path) -> None:
    page = attacked.page
    _harmless(attacked)
    box = page.locator(".st-key-search input")
    for payload in PAYLOADS:
        box.click()
        box.fill(payload[:12])
        page.wait_for_timeout(300)
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        page.wait_for_timeout(700)
    expect(page.locator(".st-key-answer")).to_be_visible()
    attacked.settled()
    for mark in page.locator(".qh-symbol").all()[:40]:
        mark.dispatch_event("mouseover")
    page.wait_for_timeout(300)
    marks = page.locator(".qh-facility").all()
    for mark in marks[:9]:
        mark.dispatch_event("click")
        page.wait_for_timeout(400)
    page.locator(".st-key-table").get_by_text("服务盲区").click()
    page.wait_for_timeout(1_000)
    page.screenshot(path=shots / "attacked.png")
    _harmless(attacked)


def test_a_name_shows_its_letters(attacked: Visit) -> None:
    labels = attacked.page.locator(".qh-label").all_text_contents()
    assert any(PAYLOADS[1] in label for label in labels)
    assert any(PAYLOADS[0] in label for label in labels)


def test_names_on_the_printed_page_do_nothing(attacked: Visit, chromium: Browser, tmp_path: Path) -> None:
    with attacked.page.expect_download() as waiting:
        attacked.page.get_by_role("button", name="下载 A4 打印页").click()
    path = tmp_path / "page.html"
    waiting.value.save_as(path)
    with visit(chromium) as paper:
        paper.page.goto(path.as_uri())
        paper.page.wait_for_timeout(500)
        assert "__xss" in paper.page.content()
        _harmless(paper)
