"""界线联检与界桩管理 in a browser: from the worst finding to a register with what both sides saw."""

import io
import re
from pathlib import Path

from playwright.sync_api import Browser, Page, expect
from python_calamine import CalamineWorkbook

from tests.test_browser.conftest import READY_MS, serve, visit

#: Of the list of findings, in pixels: its ticks, a row.
TICK_PX, ROW_PX = 14, 30


def _settled(page: Page) -> None:
    """A click while the page is still made anew would be lost."""
    expect(page.locator("[data-testid=stApp]")).to_have_attribute(
        "data-test-script-state", "notRunning", timeout=READY_MS
    )


def _row(page: Page, table: str, row: int) -> None:
    canvas = page.locator(f".st-key-{table} canvas").first
    expect(canvas).to_be_visible(timeout=READY_MS)
    page.wait_for_timeout(1_000)
    box = canvas.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + TICK_PX, box["y"] + ROW_PX * (row + 1.5))


def test_worst_finding_stake_card_both_sides_due_list_and_register(
    root: Path, chromium: Browser, shots: Path, tmp_path: Path
) -> None:
    with (
        serve(root, tmp_path) as address,
        visit(chromium, viewport={"width": 1280, "height": 900}, accept_downloads=True) as seen,
    ):
        page = seen.page
        page.goto(address)
        page.get_by_role("link", name="界线联检与界桩管理").click()
        expect(page.locator(".st-key-stakes_findings")).to_be_visible(timeout=READY_MS)
        seen.ready()
        before = seen.view()
        _row(page, "stakes_findings", 0)
        seen.moved(before)
        assert "9916005Q" in seen.answer()
        assert "35 米" in seen.answer()
        expect(page.locator("path.qh-mark").first).to_be_visible()
        page.screenshot(path=shots / "boundary.png", full_page=True)
        page.get_by_text("录入检查结果（毗邻双方）").click()
        page.locator(".st-key-enter_round input").fill("5")
        page.locator(".st-key-enter_who input").fill("界线管理岗")
        page.get_by_text("整条界线本轮联检已完成").click()
        page.get_by_role("button", name="保存双方结果").click()
        expect(page.get_by_text("下次联检到期日为 2031-06-30")).to_be_visible(timeout=READY_MS)
        _settled(page)
        page.get_by_role("tab", name="联检到期").click()
        expect(page.locator(".st-key-stakes_due")).to_be_visible()
        page.screenshot(path=shots / "boundary-due.png", full_page=True)
        page.get_by_role("tab", name="成果输出").click()
        with page.expect_download() as excel:
            page.get_by_role("button", name="界桩与检查台账（Excel）").click()
        book = CalamineWorkbook.from_filelike(io.BytesIO(excel.value.path().read_bytes()))
        sheets = [book.get_sheet_by_index(n).to_python() for n in range(len(book.sheet_names))]
        cells = [[str(cell) for cell in row] for sheet in sheets for row in sheet]
        entered = [row for row in cells if "界线管理岗" in row]
        assert len(entered) == 4  # the stake and the line, by each side
        assert {unit for row in entered for unit in row if re.fullmatch(r"990100\d{3}", unit)} == {
            "990100003",
            "990100103",
        }
        assert any("9916" in row and "2031-06-30" in row for row in cells)
        page.set_viewport_size({"width": 390, "height": 844})
        page.wait_for_timeout(500)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        page.screenshot(path=shots / "boundary-phone.png", full_page=True)
        assert seen.outside == []
        assert seen.errors == []
