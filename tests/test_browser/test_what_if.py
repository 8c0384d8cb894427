"""What-ifs in a browser: what the figures and the map show, and how long a click takes until it is on the screen."""

import itertools
import json
import re
import statistics
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, expect

from coverage.run import run
from coverage.study import request_of
from layers.workspace import open_demo
from tests.test_browser.conftest import Visit, popup, visit

#: Clicks of each sort, for the median.
ROUNDS = 5


@pytest.fixture
def planner(chromium: Browser, address: str) -> Iterator[Visit]:
    """A new user on a wide screen."""
    with visit(chromium, viewport={"width": 1440, "height": 1000}) as seen:
        seen.page.goto(address)
        seen.ready()
        seen.settled()
        yield seen
        assert seen.outside == []
        assert seen.errors == []


def _serving(tmp_path: Path) -> list[str]:
    """Names of facilities of the demo that serve, those that serve most first; each name stands once."""
    table = run(request_of(open_demo(tmp_path))).facilities
    once = table[~table["name"].duplicated(keep=False)]
    return [str(name) for name in once.sort_values("served", ascending=False)["name"]]


def _minutes(seen: Visit, value: int) -> Locator:
    return seen.page.locator(".st-key-minutes-zh").get_by_text(str(value), exact=True)


def _button(seen: Visit, key: str) -> Locator:
    return seen.page.locator(f".st-key-{key} button:visible")


def _people(text: str) -> int:
    return int(re.sub(r"\D", "", text))


def _place(seen: Visit, across: float, down: float) -> None:
    """Click a bare place of the map."""
    box = seen.page.locator(".qh-map").bounding_box()
    assert box is not None
    before = popup(seen.page).all_inner_texts()
    seen.page.mouse.click(box["x"] + box["width"] * across, box["y"] + box["height"] * down)
    expect(popup(seen.page)).not_to_have_text(before[:1] or [""], timeout=30_000)


def test_a_planner_closes_a_centre_adds_another_and_goes_back(planner: Visit, tmp_path: Path, shots: Path) -> None:
    page, before = planner.page, planner.figures()
    areas = page.locator("path.qh-area-15")
    planner.find(_serving(tmp_path)[0])
    outline, view = areas.get_attribute("d"), planner.view()
    page.locator(".qh-map").evaluate("(box) => { box.keptByTest = true; }")
    planner.changed(_button(planner, "close_facility").click)
    closed = planner.figures()
    assert _people(closed[1]) > _people(before[1])
    assert _people(closed[2]) == _people(before[2]) - 1
    assert areas.get_attribute("d") != outline
    expect(page.locator(".qh-what-if-closed")).to_have_count(1)
    expect(page.locator(".qh-badge-what_if")).to_have_text("假设方案,不是现状")
    expect(popup(page)).to_contain_text("假设关闭")
    expect(page.locator("[data-testid=stMetricDelta]").first).to_contain_text("-")

    _place(planner, 0.35, 0.7)
    planner.changed(_button(planner, "add_facility").click)
    assert _people(planner.figures()[2]) == _people(before[2])
    expect(page.locator(".qh-what-if-new")).to_have_count(1)
    expect(popup(page)).to_contain_text("新1")
    page.wait_for_timeout(1_000)
    page.screenshot(path=shots / "what-if.png", full_page=True)

    _place(planner, 0.55, 0.6)
    planner.changed(_button(planner, "close_road").click)
    expect(page.locator("input[data-layer=what-if-roads]")).to_be_checked()
    expect(page.locator(".st-key-what_if")).to_contain_text("须另接道路")
    page.screenshot(path=shots / "what-if-road.png", full_page=True)

    planner.changed(_button(planner, "undo_all").click)
    assert planner.figures() == before
    # The map is the one that it was, and has not moved.
    assert page.locator(".qh-map").evaluate("(box) => box.keptByTest") is True
    assert planner.view() == view
    assert areas.get_attribute("d") == outline
    expect(page.locator(".st-key-what_if")).to_have_count(0)
    expect(page.locator(".qh-badge-what_if")).to_have_count(0)
    expect(page.locator(".qh-what-if-closed, .qh-what-if-new, input[data-layer^=what-if]")).to_have_count(0)


def test_what_has_not_changed_does_not_travel_again(planner: Visit) -> None:
    received: list[int] = []
    planner.page.on("websocket", lambda ws: ws.on("framereceived", lambda data: received.append(len(data))))
    planner.page.reload()
    planner.ready()
    planner.settled()
    whole = sum(received)
    received.clear()
    planner.changed(_minutes(planner, 5).click)
    expect(planner.page.locator("path.qh-area-5")).to_have_count(0)
    # Two areas, the people, the facilities, the surroundings: nothing of them has changed but the colours.
    assert sum(received) < whole / 4


def _beside(busy: Visit, chromium: Browser, address: str) -> Iterator[float]:
    """Seconds until one user's click on the map is answered while another's new way to travel is prepared."""
    with visit(chromium, viewport={"width": 1440, "height": 1000}) as other:
        other.page.goto(address)
        other.ready()
        other.settled()
        for turn in range(ROUNDS):
            busy.page.locator(".st-key-profile-zh [role=combobox]").click()
            busy.page.get_by_role("option").nth((0, 2, 3, 4, 5)[turn]).click()
            begun = time.perf_counter()
            _place(other, 0.3 + 0.04 * turn, 0.4)
            yield time.perf_counter() - begun
            busy.page.locator(".st-key-busy").wait_for(state="hidden")


def test_borders_between_facilities_are_made_when_they_are_switched_on(planner: Visit, shots: Path) -> None:
    page, switch = planner.page, planner.page.locator("input[data-layer=nearest]")
    expect(switch).not_to_be_checked()
    assert _count(planner, "nearest") == 0
    planner.changed(switch.check)
    assert len(page.locator("path.qh-nearest").get_attribute("d") or "") > 200
    assert _count(planner, "nearest") > 10
    page.screenshot(path=shots / "nearest.png")
    planner.changed(switch.uncheck)
    expect(page.locator("path.qh-nearest")).to_have_count(0)
    assert _count(planner, "nearest") == 0


def _count(seen: Visit, layer: str) -> int:
    return int(json.loads(seen.page.locator(".qh-map").get_attribute("data-counts") or "{}")[layer])


def test_a_printed_what_if_fits_on_one_page(planner: Visit, chromium: Browser, tmp_path: Path) -> None:
    planner.find(_serving(tmp_path)[0])
    planner.changed(_button(planner, "close_facility").click)
    for lang in ("zh", "en"):
        with planner.page.expect_download() as waiting:
            planner.page.locator(".st-key-download_page button:visible").click()
        assert "what-if" in waiting.value.suggested_filename
        path = tmp_path / f"{lang}.html"
        waiting.value.save_as(path)
        with visit(chromium, viewport={"width": 900, "height": 1200}) as paper:
            paper.page.goto(path.as_uri())
            expect(paper.page.locator(".what-ifs")).to_be_visible()
            pdf = paper.page.pdf(prefer_css_page_size=True, print_background=True)
            assert len(re.findall(rb"/Type\s*/Page[^s]", pdf)) == 1
        planner.page.locator(".st-key-language").get_by_text("English").click()
        expect(planner.page.locator(".st-key-what_if")).to_contain_text("not the present state")


@pytest.mark.slow
def test_seconds_from_a_click_to_the_picture_are_written_down(
    planner: Visit, chromium: Browser, address: str, tmp_path: Path, root: Path
) -> None:
    """No second is asserted: they are for reading, in ``out/click_to_picture.json``."""
    names = iter(_serving(tmp_path))
    took: dict[str, list[float]] = {"new minutes": [], "known minutes": [], "close": [], "add": []}
    for value in (20, 30, 5, 10, 15):
        before = planner.figures()
        took["new minutes"].append(planner.changed(_minutes(planner, value).click))
        assert planner.figures() != before or value in {5, 10, 15}
    for _ in range(ROUNDS):
        took["known minutes"].append(planner.changed(_minutes(planner, 15).click))
    for across in itertools.islice(itertools.count(0.25, 0.04), ROUNDS):
        before = planner.figures()
        planner.find(next(names))
        took["close"].append(planner.changed(_button(planner, "close_facility").click))
        assert planner.figures() != before
        _place(planner, across, 0.6)
        took["add"].append(planner.changed(_button(planner, "add_facility").click))
        planner.changed(_button(planner, "undo_all").click)
        assert planner.figures() == before
    took["another user's click while one computes"] = list(_beside(planner, chromium, address))
    told = {what: {"median_s": statistics.median(times), "all_s": times} for what, times in took.items()}
    (root / "out").mkdir(exist_ok=True)
    (root / "out" / "click_to_picture.json").write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
    for what, times in told.items():
        print(f"{what}: median {times['median_s']:.2f} s of {len(took[what])}")  # noqa: T201 - pytest -s shows it
