"""The map as one file, opened from the disk by a browser that may ask nobody for anything."""

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from coverage.result import Result
from coverage.run import run
from coverage.study import request_of
from layers.workspace import open_demo
from tests.test_app.test_texts import PAYLOADS
from tests.test_browser.conftest import Visit, visit
from ui.map_file import interactive_map

MOST_BYTES = 4_000_000
#: Tooltips of the first layers that have any, as text.
_TIPS = """() => {
    const map = Object.values(window).find((one) => one instanceof L.Map);
    const texts = [];
    map.eachLayer((layer) => {
        if (texts.length > 60 || !layer.getTooltip?.()) return;
        layer.openTooltip();
        texts.push(document.querySelector(".leaflet-tooltip")?.textContent ?? "");
        layer.closeTooltip();
    });
    return texts;
}"""


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> Result:
    return run(request_of(open_demo(tmp_path_factory.mktemp("home"))))


@contextmanager
def _opened(chromium: Browser, text: str, folder: Path) -> Iterator[Visit]:
    path = folder / "map.html"
    path.write_text(text, encoding="utf-8")
    asked: list[str] = []
    with visit(chromium, viewport={"width": 1280, "height": 860}) as seen:
        seen.page.on("request", lambda request: asked.append(request.url))
        seen.page.goto(path.as_uri())
        seen.page.wait_for_selector(".qh-fold")
        seen.page.wait_for_timeout(500)
        yield seen
    assert [url for url in asked if not url.startswith("data:")] == [path.as_uri()]
    assert seen.outside == []
    assert seen.errors == []


def _switch(page: Page, name: str) -> None:
    page.locator(f"label:has([data-layer='{name}']) input").click()


def test_it_opens_without_a_network_and_its_layers_switch(
    result: Result, chromium: Browser, tmp_path: Path, shots: Path
) -> None:
    text = interactive_map(result, workspace="示范区(虚构)")
    assert len(text.encode()) < MOST_BYTES
    with _opened(chromium, text, tmp_path) as seen:
        page = seen.page
        for minutes in (5, 10, 15):
            assert len(page.locator(f"path.qh-area-{minutes}").first.get_attribute("d") or "") > 200
        assert page.locator("path.qh-units").count() > 5
        marks = page.locator(".qh-symbol.qh-facility").count()
        assert marks == (result.facilities["kind"] == "elder_centre").sum()
        expect(page.locator(".leaflet-control-attribution")).to_contain_text("© OpenStreetMap contributors")
        expect(page.locator(".leaflet-control-attribution")).not_to_contain_text("Leaflet")
        expect(page.locator(".leaflet-control-scale-line")).to_be_visible()
        expect(page.locator(".qh-stamp")).to_have_text("内部用图,未经审核不得公开")
        expect(page.locator(".qh-tag")).to_have_text("演示数据(虚构)")
        expect(page.locator(".qh-foot")).to_contain_text("口径")
        page.screenshot(path=shots / "map-file.png")
        _switch(page, "area-15")
        expect(page.locator("path.qh-area-15")).to_have_count(0)
        _switch(page, "area-15")
        expect(page.locator("path.qh-area-15")).to_have_count(1)
        _switch(page, "facility-1")
        assert page.locator(".qh-symbol.qh-facility").count() > marks
        assert page.locator(".qh-stake, .qh-lines, [data-layer=stakes], [data-layer=lines]").count() == 0
        texts = page.evaluate(_TIPS)
        assert any("人未覆盖" in tip for tip in texts) or any("居家养老服务中心" in tip for tip in texts)


def test_names_that_attack_do_nothing_in_it(result: Result, chromium: Browser, tmp_path: Path) -> None:
    attacked = dataclasses.replace(
        result, facilities=result.facilities.copy(), demand=result.demand.copy(), units=result.units.copy()
    )
    for frame in (attacked.facilities, attacked.demand, attacked.units):
        frame["name"] = [f"{i}{PAYLOADS[i % len(PAYLOADS)]}" for i in range(len(frame))]
    for row, payload in enumerate(PAYLOADS):
        attacked.facilities.loc[row, "kind"] = payload
    units = result.request.units
    assert units is not None
    units = dataclasses.replace(units, frame=units.frame.assign(name=[PAYLOADS[0]] * len(units.frame)))
    with _opened(chromium, interactive_map(attacked, workspace=PAYLOADS[3], units=units), tmp_path) as seen:
        page = seen.page
        page.evaluate("document.querySelectorAll('input:not(:checked)').forEach((box) => box.click())")
        tips = page.evaluate(_TIPS)
        assert any(payload in tip for payload in PAYLOADS for tip in tips)
        assert PAYLOADS[0] in page.locator(".qh-label").first.inner_text()
        labels = page.locator(".leaflet-control-layers").inner_text()
        assert all(payload in labels for payload in PAYLOADS)
        page.wait_for_timeout(300)
        assert page.evaluate("window.__xss") is None
        assert page.title().endswith(PAYLOADS[3])


def test_the_page_hands_it_out(desktop: Visit, tmp_path: Path, shots: Path) -> None:
    desktop.page.screenshot(path=shots / "downloads.png", full_page=True)
    with desktop.page.expect_download() as waiting:
        desktop.page.get_by_role("button", name="交互地图 HTML").click()
    assert waiting.value.suggested_filename == "quarterhour-map-2026-06-30.html"
    path = tmp_path / "download.html"
    waiting.value.save_as(path)
    text = path.read_text(encoding="utf-8")
    assert text.startswith("<!DOCTYPE html>")
    assert "示范区" in text
    assert "stake" not in text
