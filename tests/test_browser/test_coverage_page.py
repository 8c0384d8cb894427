"""The page in a browser without internet: what is on the map, and what happens when one touches it."""

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.test_browser.conftest import Visit, popup, visit

#: How many tiles have more than paper on them.
_PAINTED = """(tiles) => tiles.filter((tile) => tile.getContext("2d")
    .getImageData(0, 0, tile.width, tile.height).data.some((value, i, all) => value !== all[i % 4])).length"""
#: Our own class names of what has the keyboard, and of all around it.
_FOCUSED = """() => {
    let at = document.activeElement;
    while (at.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
    const names = [];
    for (let e = at; e; e = e.parentElement ?? e.getRootNode().host)
        names.push(...[...(e.classList ?? [])].filter((name) => /^(st-key-|qh-)/.test(name)));
    return names;
}"""


def _counts(page: Page) -> dict[str, int]:
    return json.loads(page.locator(".qh-map").get_attribute("data-counts") or "{}")


def _middle(page: Page) -> tuple[float, float]:
    page.locator(".qh-map").scroll_into_view_if_needed()
    box = page.locator(".qh-map").bounding_box()
    assert box is not None
    return box["x"] + box["width"] * 0.4, box["y"] + box["height"] * 0.5


def test_the_map_shows_the_study(desktop: Visit, shots: Path) -> None:
    page, counts = desktop.page, _counts(desktop.page)
    for name in ("area-5", "area-10", "area-15", "gaps", "units", "lines", "stakes", "facility-0"):
        assert counts[name] > 0, name
    assert all(count <= 5_000 for count in counts.values())
    for minutes in (5, 10, 15):
        shape = page.locator(f"path.qh-area-{minutes}").get_attribute("d")
        assert shape is not None
        assert len(shape) > 200
    assert page.locator(".qh-symbol.qh-facility").count() == counts["facility-0"]
    assert page.locator(".qh-symbol.qh-stake").count() == counts["stakes"]
    expect(page.locator(".qh-map")).to_have_attribute("aria-label", re.compile("方向键"))
    for name in (".qh-badge", ".qh-north", ".qh-legend", ".leaflet-control-scale-line"):
        expect(page.locator(name)).to_be_visible()
    expect(page.locator(".qh-badge")).to_contain_text("虚构")
    expect(page.locator(".leaflet-control-attribution")).to_contain_text("© OpenStreetMap contributors")
    expect(page.locator(".leaflet-control-attribution")).to_contain_text("数据日期 2026-06-30")
    page.screenshot(path=shots / "desktop.png")
    page.screenshot(path=shots / "desktop-full.png", full_page=True)


def test_the_base_map_is_painted(desktop: Visit) -> None:
    painted = desktop.page.locator("canvas.leaflet-tile").evaluate_all(_PAINTED)
    assert painted >= 2


def test_figures_stand_in_cards_of_one_height(desktop: Visit) -> None:
    cards = desktop.page.locator(".st-key-figures [data-testid=stColumn] [data-testid=stLayoutWrapper]")
    heights = {round((cards.nth(i).bounding_box() or {"height": -i})["height"]) for i in range(5)}
    assert cards.count() == 5
    assert len(heights) == 1
    values = desktop.page.locator("[data-testid=stMetricValue]").all_inner_texts()
    assert re.fullmatch(r"\d+\.\d%", values[0])
    assert re.search(r"\d,\d{3}", values[1])


def test_layers_and_zoom_are_the_browsers_own_affair(desktop: Visit) -> None:
    page = desktop.page
    before = len(desktop.frames)
    page.locator("input[data-layer=area-15]").uncheck()
    expect(page.locator("path.qh-area-15")).to_have_count(0)
    page.locator("input[data-layer=area-15]").check()
    expect(page.locator("path.qh-area-15")).to_have_count(1)
    view = desktop.view()
    page.locator(".leaflet-control-zoom-in").click()
    page.wait_for_timeout(1_000)
    assert desktop.view() != view
    page.locator(".leaflet-control-zoom-out").click()
    page.wait_for_timeout(1_000)
    # Only the keep-alive of the connection may have passed.
    assert sum(desktop.frames[before:]) < 200


def test_a_click_on_the_map_is_answered_and_selects_the_township(desktop: Visit) -> None:
    page, view = desktop.page, desktop.view()
    page.locator(".qh-map").evaluate("(box) => { box.keptByTest = true; }")
    page.mouse.click(*_middle(page))
    text = desktop.answer()
    assert "所点位置" in text
    assert re.search(r"分钟|道路", text)
    expect(popup(page)).to_contain_text("所点位置")
    assert page.locator(".qh-mark").count() == 1
    assert desktop.settled().split()[0] == view.split()[0]
    assert page.locator(".qh-map").evaluate("(box) => box.keptByTest") is True


def test_a_facility_is_found_and_answers_a_click(desktop: Visit, shots: Path) -> None:
    page, before = desktop.page, desktop.settled()
    box = page.locator(".st-key-search input")
    box.click()
    box.press_sequentially("居家养老")
    page.get_by_role("option").first.wait_for()
    page.keyboard.press("Enter")
    expect(page.locator(".st-key-answer")).to_contain_text("居家养老服务中心")
    name = desktop.answer().splitlines()[0]
    assert float(desktop.moved(before).split()[0]) >= 14
    x, y = _middle(page)
    shown = [mark for mark in page.locator(".qh-facility").all() if _inside(mark.bounding_box(), page)]
    assert shown
    place = shown[0].bounding_box()
    assert place is not None
    page.mouse.move(x, y)
    page.mouse.move(place["x"] + place["width"] / 2, place["y"] + place["height"] / 2)
    expect(page.locator(".leaflet-tooltip")).to_be_visible()
    page.mouse.click(place["x"] + place["width"] / 2, place["y"] + place["height"] / 2)
    expect(page.locator(".st-key-answer")).to_contain_text("类别")
    page.screenshot(path=shots / "facility.png")
    assert name


def _inside(box: object, page: Page) -> bool:
    frame = page.locator(".qh-map").bounding_box()
    if not isinstance(box, dict) or frame is None:
        return False
    left, right = frame["x"] + 70, frame["x"] + frame["width"] - 260
    low, high = max(frame["y"], 0) + 130, min(frame["y"] + frame["height"], 900) - 60
    return left < box["x"] < right and low < box["y"] < high


def test_a_row_flies_the_map_and_the_map_chooses_the_row(desktop: Visit, shots: Path) -> None:
    page = desktop.page
    page.locator(".st-key-table").get_by_text("服务盲区").click()
    table = page.locator(".st-key-gaps_table")
    table.wait_for()
    page.wait_for_timeout(1_000)
    before = desktop.view()
    table.scroll_into_view_if_needed()
    frame = table.bounding_box()
    assert frame is not None
    page.mouse.click(frame["x"] + 17, frame["y"] + 35 + 30 * 2 + 15)
    expect(page.locator(".st-key-answer")).to_contain_text("未覆盖")
    desktop.moved(before)
    assert page.locator(".qh-mark").count() == 1
    page.screenshot(path=shots / "gap.png")
    page.locator(".st-key-table").get_by_text("街道（乡镇）").click()
    page.locator(".st-key-units_table").wait_for()


def test_the_other_language_keeps_map_and_choices(desktop: Visit, shots: Path) -> None:
    page, view = desktop.page, desktop.settled()
    page.locator(".st-key-language").get_by_text("English").click()
    expect(page.locator("[data-testid=stMetricLabel]").first).to_have_text("Covered in 15 min")
    expect(page.locator(".qh-legend > summary")).to_have_text("Layers and legend")
    assert desktop.settled() == view
    assert page.locator(".qh-map").evaluate("(box) => box.keptByTest") is True
    page.screenshot(path=shots / "english.png")
    page.locator(".st-key-language").get_by_text("中文").click()
    expect(page.locator("[data-testid=stMetricLabel]").first).to_have_text("15 分钟覆盖率")


def test_more_minutes_draw_a_wider_area(desktop: Visit) -> None:
    page = desktop.page
    minutes = page.locator(".st-key-minutes-zh")
    minutes.get_by_text("20", exact=True).click()
    expect(page.locator("[data-testid=stMetricLabel]").first).to_have_text("20 分钟覆盖率", timeout=60_000)
    expect(page.locator("path.qh-area-20")).to_have_count(1)
    minutes.get_by_text("20", exact=True).click()
    expect(page.locator("path.qh-area-20")).to_have_count(0)


def test_the_a4_page_prints_on_one_page(desktop: Visit, chromium: Browser, tmp_path: Path, shots: Path) -> None:
    with desktop.page.expect_download() as waiting:
        desktop.page.get_by_role("button", name="下载 A4 打印页").click()
    path = tmp_path / "page.html"
    waiting.value.save_as(path)
    with visit(chromium, viewport={"width": 900, "height": 1200}) as paper:
        paper.page.goto(path.as_uri())
        assert paper.page.locator("img").evaluate("(image) => image.naturalWidth") > 1_000
        paper.page.screenshot(path=shots / "a4.png", full_page=True)
        pdf = paper.page.pdf(prefer_css_page_size=True, print_background=True)
        assert len(re.findall(rb"/Type\s*/Page[^s]", pdf)) == 1
        assert paper.outside == []
        assert paper.errors == []


def test_the_export_is_a_zip_of_geojson(desktop: Visit, tmp_path: Path) -> None:
    import zipfile

    with desktop.page.expect_download() as waiting:
        desktop.page.get_by_role("button", name="导出 GeoJSON").click()
    path = tmp_path / "result.zip"
    waiting.value.save_as(path)
    with zipfile.ZipFile(path) as archive:
        names = {Path(name).name for name in archive.namelist()}
    assert {"demand.geojson", "gaps.geojson", "service_areas.geojson", "units.geojson", "summary.json"} <= names


def test_the_keyboard_reaches_everything(desktop: Visit) -> None:
    page = desktop.page
    page.locator("body").press("Home")
    page.evaluate("document.activeElement.blur()")
    reached = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        reached |= set(page.evaluate(_FOCUSED))
    for name in (
        "st-key-language",
        "st-key-controls",
        "qh-map",
        "qh-legend",
        "st-key-search",
        "st-key-table",
        "st-key-downloads",
    ):
        assert name in reached, name


@pytest.mark.parametrize("width", [390])
def test_a_phone_shows_it_without_scrolling_sideways(chromium: Browser, address: str, shots: Path, width: int) -> None:
    with visit(chromium, viewport={"width": width, "height": 844}, device_scale_factor=2, has_touch=True) as phone:
        phone.page.goto(address)
        phone.ready()
        phone.page.wait_for_timeout(1_500)
        phone.page.screenshot(path=shots / "phone.png")
        assert phone.page.evaluate("document.documentElement.scrollWidth") <= width
        phone.page.locator(".qh-map").scroll_into_view_if_needed()
        phone.page.wait_for_timeout(500)
        phone.page.screenshot(path=shots / "phone-map.png")
        assert phone.page.locator(".qh-legend").get_attribute("open") is None
        assert phone.outside == []
        assert phone.errors == []
