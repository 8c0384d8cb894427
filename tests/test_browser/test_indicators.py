"""规划指标完成情况 in a browser: from a red cell to the people behind it, the years, the files, a phone."""

import io
import re
from pathlib import Path

from docx import Document
from playwright.sync_api import Browser, Page, expect
from python_calamine import CalamineWorkbook

from coverage.plans.inputs import inputs_of
from coverage.plans.read import load_plan
from coverage.plans.score import score
from layers.workspace import open_demo
from tests.test_browser.conftest import READY_MS, visit

#: Of the table, in pixels: its pinned name, its number and status, a township, a row.
NAME_PX, BEFORE_PX, TOWN_PX, ROW_PX = 200, 46 + 98, 72, 32
#: A promise to each township that some of the demo do not keep.
INDICATOR = "4"


def _red_cell(folder: Path) -> tuple[int, int, str]:
    """Row of the indicator, column of the first township that fails it, and its name."""
    study = open_demo(folder)
    plan = load_plan("chongming")
    towns = [one for one in score(plan, inputs_of(study), study.as_of).of(INDICATOR) if not one.whole]
    first = next(position for position, one in enumerate(towns) if one.status == "behind")
    return [key for key, _, _ in plan.indicators()].index(INDICATOR), first, towns[first].unit_name


def _opened(page: Page, address: str) -> None:
    page.goto(address)
    page.get_by_role("link", name="规划指标完成情况").click()
    expect(page.get_by_text("督查表（Excel）")).to_be_visible(timeout=READY_MS)


def _figures(page: Page) -> list[str]:
    return page.locator("[data-testid=stMetricValue]").all_inner_texts()


def test_from_a_red_cell_to_the_people_in_two_clicks(
    chromium: Browser, address: str, shots: Path, tmp_path: Path
) -> None:
    row, column, name = _red_cell(tmp_path)
    with visit(chromium, viewport={"width": 1280, "height": 900}) as seen:
        page = seen.page
        _opened(page, address)
        page.get_by_text("各乡镇（街道）", exact=True).click()
        table = page.locator("[data-testid=stDataFrame] canvas").first
        expect(table).to_be_visible()
        page.wait_for_timeout(1_000)
        box = table.bounding_box()
        assert box is not None
        page.mouse.click(box["x"] + NAME_PX + BEFORE_PX + TOWN_PX * (column + 0.5), box["y"] + ROW_PX * (row + 1.5))
        expect(page.locator(".st-key-plan_answer")).to_contain_text(name)
        expect(page.locator(".st-key-plan_answer")).to_contain_text("每个乡镇至少有1个标准化养老机构")
        page.screenshot(path=shots / "plan.png", full_page=True)
        page.locator(".st-key-see_people button").click()
        seen.ready()
        expect(page.locator("path.qh-mark").first).to_be_visible(timeout=READY_MS)
        expect(page.locator("[data-testid=stMetricLabel]").first).to_contain_text(name)
        expect(page.locator("[data-testid=stMultiSelect]").first).to_contain_text("养老机构")
        assert int(re.sub(r"\D", "", _figures(page)[1])) > 0
        page.screenshot(path=shots / "plan-people.png", full_page=True)
        assert seen.outside == []
        assert seen.errors == []


def test_the_year_changes_the_score_and_files_can_be_read(chromium: Browser, address: str, shots: Path) -> None:
    with visit(chromium, viewport={"width": 1280, "height": 900}, accept_downloads=True) as seen:
        page = seen.page
        _opened(page, address)
        before = _figures(page)
        thumb = page.get_by_role("slider").first
        thumb.focus()
        for _ in range(5):
            page.keyboard.press("ArrowLeft")
        expect(page.get_by_text(re.compile("截至 2021-12-31"))).to_be_visible(timeout=READY_MS)
        assert _figures(page) != before
        # A click while the page is still made anew would be lost.
        expect(page.locator("[data-testid=stApp]")).to_have_attribute("data-test-script-state", "notRunning")
        with page.expect_download() as excel:
            page.get_by_role("button", name="督查表（Excel）").click()
        book = CalamineWorkbook.from_filelike(io.BytesIO(excel.value.path().read_bytes()))
        assert any("约束性" in str(cell) for line in book.get_sheet_by_index(0).to_python() for cell in line)
        with page.expect_download() as word:
            page.get_by_role("button", name="一页报告（Word）").click()
        text = "\n".join(one.text for one in Document(io.BytesIO(word.value.path().read_bytes())).paragraphs)
        assert "崇明" in text
        page.set_viewport_size({"width": 390, "height": 844})
        page.wait_for_timeout(500)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        page.screenshot(path=shots / "plan-phone.png", full_page=True)
        assert seen.outside == []
        assert seen.errors == []
