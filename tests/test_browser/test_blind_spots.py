"""服务盲区 in a browser: from the list to the people on the map, and what one more facility does."""

import re
from pathlib import Path

from playwright.sync_api import Browser, expect

from tests.test_browser.conftest import READY_MS, popup, visit

#: Height of a row of the table, and of its heading, in pixels.
ROW_PX = 30


def _people(text: str) -> int:
    return int(re.sub(r"\D", "", text))


def test_from_the_list_to_the_people_and_one_more_facility(chromium: Browser, address: str, shots: Path) -> None:
    """The same people as on the first page; the map flies to the area; the figures fall by what was said."""
    with visit(chromium, viewport={"width": 1280, "height": 900}) as seen:
        page = seen.page
        page.goto(address)
        seen.ready()
        left_out = _people(seen.figures()[1]) + _people(seen.figures()[4])
        page.get_by_role("link", name="服务盲区").click()
        expect(page.locator(".st-key-spots_table")).to_be_visible(timeout=READY_MS)
        seen.ready()
        view = seen.view()
        figures = seen.figures()
        assert _people(figures[1]) == left_out == sum(_people(text) for text in figures[2:])

        table = page.locator(".st-key-spots_table canvas").first
        table.scroll_into_view_if_needed()
        box = table.bounding_box()
        assert box is not None
        page.mouse.click(box["x"] + 14, box["y"] + ROW_PX * 1.5)
        seen.moved(view)
        expect(popup(page)).to_contain_text("第 1 片盲区")
        told = seen.answer()
        adds = _people(re.findall(r"可新覆盖 ([\d,]+) 人", told)[0])
        assert adds > 0
        expect(page.locator("path.qh-mark")).to_have_count(2)
        expect(page.locator(".st-key-spots_places")).to_be_visible()
        page.screenshot(path=shots / "blind-spots.png", full_page=True)

        seen.changed(page.locator(".st-key-try_facility button:visible").click)
        assert _people(seen.figures()[1]) == left_out - adds
        expect(page.locator(".qh-badge-what_if")).to_be_visible()
        page.screenshot(path=shots / "blind-spots-what-if.png", full_page=True)

        page.set_viewport_size({"width": 390, "height": 844})
        page.wait_for_timeout(500)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        page.screenshot(path=shots / "blind-spots-phone.png", full_page=True)
        assert seen.outside == []
        assert seen.errors == []
