"""The picture of the README, from the running app: copy ``out/screenshots/readme.png`` to ``docs/screenshot.png``."""

from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, expect

from tests.test_browser.conftest import visit

MOST_BYTES = 500_000


def test_the_readme_can_show_the_page(chromium: Browser, address: str, shots: Path) -> None:
    with visit(chromium, viewport={"width": 1440, "height": 900}) as seen:
        page = seen.page
        page.goto(address)
        seen.ready()
        before = seen.settled()
        box = page.locator(".st-key-search input")
        box.click()
        box.press_sequentially("槐坞社区居家")
        page.get_by_role("option").first.wait_for()
        page.keyboard.press("Enter")
        expect(page.locator(".st-key-answer")).to_be_visible()
        seen.moved(before)
        for _ in range(2):
            page.locator(".leaflet-control-zoom-out").click()
            page.wait_for_timeout(700)
        page.mouse.move(5, 5)
        page.locator(".qh-map").evaluate("(box) => box.blur()")
        page.evaluate("window.scrollTo(0, 0)")
        page.wait_for_timeout(2_000)
        page.screenshot(path=shots / "readme-full-colour.png")
    with Image.open(shots / "readme-full-colour.png") as image:
        image.convert("RGB").quantize(256, Image.Quantize.MAXCOVERAGE, kmeans=1, dither=Image.Dither.NONE).save(
            shots / "readme.png", optimize=True
        )
    assert (shots / "readme.png").stat().st_size < MOST_BYTES
