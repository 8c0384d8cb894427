"""A bureau's ledger from upload to map, in a browser, on a server of its own: what is stored is there for all users."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from python_calamine import CalamineWorkbook

from layers.workspace import open_workspace
from tests.ledgers import BAD_ROWS, ROWS, bureau_ledger
from tests.test_browser.conftest import READY_MS, Visit, serve, visit

KEPT = ROWS - len(BAD_ROWS)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("ledger-home")


@pytest.fixture(scope="module")
def office(root: Path, home: Path, chromium: Browser) -> Iterator[str]:
    with serve(root, home) as url:
        yield url


@pytest.fixture
def clerk(chromium: Browser, office: str) -> Iterator[Visit]:
    with visit(chromium, viewport={"width": 1440, "height": 1100}, accept_downloads=True) as seen:
        seen.page.goto(office)
        seen.page.get_by_role("link", name="台账与数据").click()
        seen.page.locator(".st-key-upload").wait_for(timeout=READY_MS)
        yield seen
        assert seen.outside == []
        assert seen.errors == []


def _upload(page: Page, *files: Path) -> None:
    page.locator(".st-key-upload input[type=file]").set_input_files([str(file) for file in files])
    page.locator(".qh-step").nth(3).wait_for(timeout=READY_MS)


def _counts(page: Page) -> list[str]:
    return page.locator(".st-key-upload [data-testid=stMetricValue]").all_inner_texts()


def _open(page: Page, kind: str) -> None:
    page.locator(".st-key-upload_kind").get_by_role("combobox").click()
    page.get_by_role("option", name=kind, exact=True).click()


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_a_bureaus_ledger_goes_from_upload_to_map(
    clerk: Visit, home: Path, tmp_path: Path, shots: Path, suffix: str
) -> None:
    page, file = clerk.page, bureau_ledger(tmp_path / f"台账{suffix}")
    _upload(page, file)
    assert _counts(page)[:3] == [str(ROWS), str(KEPT), str(len(BAD_ROWS))]
    page.screenshot(path=shots / f"ledger{suffix}.png", full_page=True)
    with page.expect_download() as waiting:
        page.locator(".st-key-download_refused button:visible").click()
    waiting.value.save_as(tmp_path / "refused.xlsx")
    rows = CalamineWorkbook.from_path(str(tmp_path / "refused.xlsx")).get_sheet_by_index(0).to_python()
    assert rows[0][:3] == ["原行号", "退回原因", "修改办法"]
    assert [int(row[0]) for row in rows[1:]] == list(BAD_ROWS)
    assert all(str(row[1]) and str(row[2]) for row in rows[1:])

    page.locator(".st-key-store_layer button:visible").click()
    expect(page.locator(".st-key-held")).to_contain_text("撤销", timeout=READY_MS)
    workspace = open_workspace(next(home.glob("demo-*")))
    entry = workspace.entry("facilities")
    assert entry is not None
    assert (entry.rows, entry.level) == (KEPT, "内部")

    page.get_by_role("link", name="设施布局与覆盖").click()
    clerk.ready()
    expect(page.locator(".qh-map")).to_have_attribute("data-counts", re.compile("facility-"), timeout=READY_MS)
    counts = page.locator(".qh-map").get_attribute("data-counts") or ""
    drawn = [int(number) for number in re.findall(r'"facility-\d+":(\d+)', counts)]
    assert sum(drawn) == KEPT
    page.screenshot(path=shots / f"ledger-on-map{suffix}.png")

    page.get_by_role("link", name="台账与数据").click()
    page.locator(".st-key-undo_workspace button:visible").click()
    expect(page.get_by_text("已撤销最近一次变更")).to_be_visible(timeout=READY_MS)
    before = open_workspace(next(home.glob("demo-*"))).entry("facilities")
    assert before is not None
    assert before.rows != KEPT
