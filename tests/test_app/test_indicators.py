"""The page 规划指标完成情况 on the demo, without a browser."""

import dataclasses
import datetime as dt
import html
import logging
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from coverage.plans.inputs import inputs_of
from coverage.plans.read import load_plan, plan_ids
from coverage.plans.score import score
from coverage.plans.scorecard import Scorecard
from layers.snapshots import read_snapshots
from layers.workspace import open_demo
from reports import scorecard_words as words
from ui import plans, scorecards, shelves
from ui.i18n import sayer
from ui.pages import indicators

TIMEOUT_S = 120.0


@pytest.fixture(scope="module", autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("QUARTERHOUR_HOME", str(folder))
        shelves.made.clear()
        yield folder
        shelves.made.clear()


def _app(root: Path, url: str) -> AppTest:
    app = AppTest.from_file(str(root / "app.py"), default_timeout=TIMEOUT_S)
    app._page_hash = calc_hash(url)
    return app


@pytest.fixture
def app(root: Path) -> AppTest:
    return _app(root, indicators.URL).run()


@pytest.fixture(scope="module")
def card(home: Path) -> Scorecard:
    study = open_demo(home)
    return score(load_plan("chongming"), inputs_of(study), study.as_of)


def _sound(app: AppTest) -> None:
    assert not app.exception
    assert not app.error


def _texts(app: AppTest) -> str:
    return " ".join(html.unescape(block.proto.body) for block in app.get("html"))


def _table(app: AppTest) -> pd.DataFrame:
    return app.dataframe[0].value


def _count(card: Scorecard, *statuses: str) -> str:
    return str(sum(words.shown_status(one) in statuses for one in card.of_whole()))


def test_figures_and_rows_are_those_of_the_score(app: AppTest, card: Scorecard) -> None:
    _sound(app)
    groups = (("met",), ("on_pace",), ("behind", "missed"), ("to_verify",), ("no_data",))
    assert [metric.value for metric in app.metric] == [_count(card, *group) for group in groups]
    table = _table(app)
    assert table["id"].tolist() == [one.indicator_id for one in card.of_whole()]
    assert "?" in table["status"].iloc[0]


@pytest.mark.parametrize("plan", plan_ids())
def test_every_plan_and_both_languages_have_a_page(app: AppTest, plan: str) -> None:
    app.selectbox(key="plan-zh").set_value(plan).run()
    _sound(app)
    assert len(_table(app)) == len(load_plan(plan).indicators())
    app.button_group(key="language").set_value("en").run()
    _sound(app)
    assert app.selectbox(key="plan-en").value == plan


def test_the_year_decides_what_is_open(app: AppTest, home: Path) -> None:
    app.slider(key="plan_year-zh").set_value(2021).run()
    _sound(app)
    then = score(load_plan("chongming"), inputs_of(open_demo(home)), dt.date(2021, 12, 31))
    assert app.metric[2].value == _count(then, "behind", "missed")
    beds = next(one for one in then.of_whole() if one.indicator_id == "6a")
    shown = _table(app).set_index("id").loc["6a", "value"]
    assert shown == f"{words.number_words(beds.value)}张"


def test_only_what_is_binding_and_only_what_is_not_done(app: AppTest, card: Scorecard) -> None:
    app.button_group(key="plan_binding-zh").set_value("约束性").run()
    _sound(app)
    binding = {one.indicator_id for one in card.of_whole() if one.binding == "约束性"}
    assert set(_table(app)["id"]) == binding
    app.toggle(key="plan_problems-zh").set_value(True).run()
    _sound(app)
    left = {one.indicator_id for one in card.scores if one.status in scorecards.PROBLEMS} & binding
    assert set(_table(app)["id"]) == left


def test_behind_a_cell_stand_the_quote_the_basis_and_the_failing_units(app: AppTest, card: Scorecard) -> None:
    app.session_state["plan_choice"] = ("4", "")
    app.run()
    _sound(app)
    whole = card.of("4")[0]
    told = _texts(app)
    assert whole.quote in told
    names = {one.unit_code: one.unit_name for one in card.scores}
    assert all(names[code] in told for code in whole.failing)
    assert f"未达到的 {len(whole.failing)} 个" in told
    # Nothing may be judged that the plan does not say how to measure.
    app.session_state["plan_choice"] = ("1", "")
    app.run()
    assert "数据待核实" in _texts(app)
    assert "未达标" not in "".join(scorecards.detail_lines(card.of("1")[0], card, sayer("zh"), "zh"))


def test_a_page_seen_before_computes_nothing(root: Path, app: AppTest, caplog: pytest.LogCaptureFixture) -> None:
    """Another session, the other pages and back: all from what is kept."""
    _app(root, "coverage").run()
    _app(root, "blind-spots").run()
    caplog.clear()
    with caplog.at_level(logging.INFO, "quarterhour"):
        for url in ("plan", "coverage", "blind-spots", "plan"):
            _sound(_app(root, url).run())
    assert [record.getMessage() for record in caplog.records if "computing" in record.getMessage()] == []


def test_a_plan_without_polygons_has_no_small_map_and_names_are_escaped(card: Scorecard) -> None:
    assert scorecards.small_map(None, {}) == ""
    bad = dataclasses.replace(card.of("4")[1], quote="<img src=x onerror=alert(1)>", unit_name="${x}")
    lines = " ".join(scorecards.detail_lines(bad, card, sayer("zh"), "zh"))
    assert "<img" not in lines
    assert "${" not in lines


def test_a_snapshot_of_today_is_kept_once_and_a_what_if_never(app: AppTest, home: Path) -> None:
    app.session_state["plan_trend"] = True
    app.run()
    _sound(app)
    app.button(key="keep_snapshot").click().run()
    app.button(key="keep_snapshot").click().run()
    _sound(app)
    folder = open_demo(home).path
    kept, findings = read_snapshots(folder, "chongming")
    assert [one.as_of for one in kept] == [open_demo(home).as_of]
    assert findings == ()
    assert app.dataframe[1].value["2026"].notna().any()
    app.slider(key="plan_year-zh").set_value(2030).run()
    _sound(app)
    assert not [button for button in app.button if button.key == "keep_snapshot"]


def test_a_circle_says_more_than_the_road(root: Path) -> None:
    """Beside the map, as soon as somebody asks: who is inside of the circle and does not arrive in time."""
    app = _app(root, "coverage").run()
    assert not any("直线" in block.value and "走不到" in block.value for block in app.markdown)
    app.session_state["circle"] = True
    app.run()
    _sound(app)
    told = next(block.value for block in app.markdown if "走不到" in block.value)
    numbers = [int(part.replace(",", "")) for part in re.findall(r"\*\*([\d,]+)\*\*", told)]
    circle, in_time, only = numbers
    by_unit = next(frame.value for frame in app.dataframe if "circle_only" in frame.value)
    assert (by_unit["circle"].sum(), by_unit["in_time"].sum(), by_unit["circle_only"].sum()) == (circle, in_time, only)
    assert circle >= only > 0


def test_places_where_all_is_full_are_blind_spots_when_asked_for(root: Path) -> None:
    app = _app(root, "blind-spots").run()
    before = [metric.value for metric in app.metric]
    app.toggle(key="spots-capacity-zh").set_value(True).run()
    _sound(app)
    now = {metric.label: int(re.sub(r"\D", "", metric.value)) for metric in app.metric}
    assert len(now) == len(before) + 1
    assert now["盲区人口"] == sum(value for label, value in now.items() if label not in {"服务盲区", "盲区人口"})
    assert now["设施已满"] > 0


def test_what_lies_in_no_unit_does_not_stand_for_the_whole(card: Scorecard) -> None:
    """The box beside the table tells the number of the whole until a cell is chosen."""
    whole, first = card.of("1")[:2]
    nowhere = dataclasses.replace(first, unit_code="", unit_name="", value=1.0)
    found = (whole, nowhere, first)
    assert [scorecards.of_cell(found, unit) for unit in (None, "", first.unit_code, "gone")] == [
        whole, nowhere, first, whole,
    ]  # fmt: skip


def test_a_plan_of_one_year_is_named_by_it(app: AppTest) -> None:
    assert "金华市 2021" in app.selectbox[0].options


def test_another_plan_keeps_the_year(app: AppTest) -> None:
    app.slider[0].set_value(2024).run()
    for plan_id in plan_ids():
        app.selectbox[0].set_value(plan_id).run()
        _sound(app)
        assert app.slider[0].value == 2024


def test_a_plan_of_the_bureau_is_there_as_soon_as_its_file_is(root: Path, home: Path) -> None:
    """In the folder of the workspace; one that cannot be read is told, and the others are still there."""
    folder = open_demo(home).path / plans.FOLDER
    folder.mkdir()
    text = (root / "data" / "plans" / "changxing.toml").read_text(encoding="utf-8")
    (folder / "own.toml").write_text(text.replace('id = "changxing"', 'id = "own"'), encoding="utf-8")
    (folder / "wrong.toml").write_text(text.replace("schema_version = 1", "schema_version = 2"), encoding="utf-8")
    try:
        app = _app(root, indicators.URL).run()
        assert not app.exception
        assert any("wrong.toml" in block.value for block in app.error)
        app.selectbox(key="plan-zh").set_value(str(folder / "own.toml")).run()
        assert len(_table(app)) == len(load_plan("changxing").indicators())
    finally:
        shutil.rmtree(folder)
