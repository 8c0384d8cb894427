"""The page 界线联检与界桩管理 on the demo, without a browser."""

import dataclasses
import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import shapely
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from demarcation.book import Event
from demarcation.model import Mark, Stake
from demarcation.records import RECORDS_FILE, Records
from layers.workspace import open_demo
from tests.test_app.test_texts import PAYLOADS
from ui import i18n, shelves
from ui.pages import boundary as page
from ui.stakes import card, drawn, rows, sheets
from ui.stakes.chosen import Chosen
from ui.stakes.scope import scope_of
from ui.stakes.sheets import Sheet

TIMEOUT_S = 120.0
AS_OF = dt.date(2026, 6, 30)


@pytest.fixture(scope="module", autouse=True)
def _home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("QUARTERHOUR_HOME", str(folder))
        shelves.made.clear()
        yield folder
        shelves.made.clear()


@pytest.fixture(autouse=True)
def home(_home: Path) -> Iterator[Path]:
    """Each test begins without entries."""
    yield _home
    (open_demo(_home).path / RECORDS_FILE).unlink(missing_ok=True)
    sheets._sheets.clear()


@pytest.fixture
def app(root: Path) -> AppTest:
    app = AppTest.from_file(str(root / "app.py"), default_timeout=TIMEOUT_S)
    app._page_hash = calc_hash(page.URL)
    return app.run()


def _records(home: Path) -> Records:
    return Records.open(open_demo(home).path)


def _figures(app: AppTest) -> list[str]:
    return [one.value for one in app.metric]


def _open_card(app: AppTest, number: str) -> None:
    """As a click on the map does; the stake is found by its number."""
    stakes = shelves.study().stakes
    assert stakes is not None
    row = int(stakes.frame.loc[stakes.frame["stake_no"] == number, "row"].iloc[0])
    app.session_state["stakes_choice"] = Chosen(None, None, "", "map", 1, (number[:4], number, row), ())
    app.run()


def _button(app: AppTest, words: str) -> None:
    next(one for one in app.button if one.label == words).click()
    app.run()
    assert not app.exception


def test_the_figures_are_the_planted_faults_and_the_worst_comes_first(app: AppTest, root: Path) -> None:
    planted = json.loads((root / "data/demo/planted.json").read_text("utf-8"))["stakes"]
    warns = sum(one["check"] in {"K8", "K9", "K17", "K18"} for one in planted)
    assert not app.exception
    assert _figures(app) == [str(len(planted) - warns), str(warns), "98.9%", "2", "0"]
    first = next(one.value for one in app.dataframe if "severity" in one.value).iloc[0]
    assert (first["stake"], first["severity"]) == ("9916005Q", "▲ 不符")


def test_both_sides_of_a_stake_enter_what_they_saw(app: AppTest, home: Path) -> None:
    _open_card(app, "9906001A")
    assert any("9906001A" in one.proto.body for one in app.get("html"))
    app.selectbox("enter_state_other").select("损坏")
    app.text_input("enter_who").input("界线管理岗")
    _button(app, "保存双方结果")
    assert any("双方 完好 / 损坏" in one.value for one in app.success)
    entries = _records(home).history("9906001A", "9906")
    assert [(one.said.unit, one.said.state, one.who) for one in entries] == [
        ("990100007", "完好", "界线管理岗"), ("990100001", "损坏", "界线管理岗"),
    ]  # fmt: skip
    history = next(one.value for one in app.dataframe if "standing" in one.value)
    assert history["standing"].tolist() == ["现行", "现行"]
    due = next(one.value for one in app.dataframe if "done" in one.value)
    assert due.loc[due["line"].str.startswith("9906"), "done"].item() == "1 / 12"
    # Without a reason nothing is withdrawn.
    _button(app, "撤回（原记录保留）")
    assert len(_records(home).read().entries) == 2
    app.text_input("withdraw_why").input("填错界桩")
    _button(app, "撤回（原记录保留）")
    assert len(_records(home).read().entries) == 3
    assert sorted(next(one.value for one in app.dataframe if "standing" in one.value)["standing"]).count("现行") == 1


def test_a_whole_line_inspected_by_both_sides_is_no_longer_overdue(app: AppTest) -> None:
    _open_card(app, "9906001A")
    app.number_input("enter_round").set_value(5)
    app.checkbox("enter_line").check()
    _button(app, "保存双方结果")
    assert any("2031-06-30" in one.value for one in app.success)
    assert _figures(app)[3] == "1"
    assert next(one for one in app.selectbox if one.label == "轮次").options == ["全部轮次", "第 5 轮"]


def test_lines_in_the_plan_of_a_year_are_a_round(app: AppTest, home: Path) -> None:
    app.multiselect("plan_lines").select("9906").select("9909")
    app.number_input("plan_round").set_value(5)
    _button(app, "列入计划")
    plans = _records(home).read().plans
    assert [(one.line_code, one.year, one.round, one.lead_unit) for one in plans] == [
        ("9906", 2026, 5, "990100007"), ("9909", 2026, 5, "990100007"),
    ]  # fmt: skip
    assert any("应完成 17.2 公里" in one.value for one in app.caption)
    app.selectbox("stakes-round-zh").select(5)
    app.run()
    assert _figures(app)[3] == "2"
    assert set(next(one.value for one in app.dataframe if "offset_m" in one.value)["line"]) == {"9906", "9909"}


def test_an_event_goes_from_found_to_confirmed_by_both_sides(app: AppTest, home: Path) -> None:
    app.selectbox("event_line").select("9916")
    app.run()
    app.selectbox("event_stake").select("9916005Q")
    _button(app, "登记")
    assert _figures(app)[4] == "1"

    def event() -> Event:
        return _records(home).read().events[0]

    managed = event().found.managed_by
    other = next(unit for unit in event().found.units if unit != managed)
    # The other side may not repair: said in words, and nothing is entered.
    for unit, state, refused in (
        (managed, "told", False), (other, "told", True), (managed, "repaired", False), (managed, "one_side", False),
        (other, "closed", False),
    ):  # fmt: skip
        app.selectbox(f"step_unit_{event().number}").select(unit)
        next(one for one in app.button if one.key == f"step_{event().number}").click()
        app.run()
        assert not app.exception
        assert (event().state, len(app.error)) == (state, int(refused))
    assert _figures(app)[4] == "0"


def _sheet() -> Sheet:
    sheet = sheets.sheet_for(shelves.study(), AS_OF, {})
    assert sheet is not None
    return sheet


def test_one_line_leaves_its_own_findings_and_stakes() -> None:
    sheet = _sheet()
    scope = scope_of(sheet.book, "9902", None)
    found = [sheet.checked.findings[n] for n in rows.shown(sheet.checked, ["fail", "warn"], scope)]
    assert {(one.check, one.line_code) for one in found} == {("K3", "9902"), ("K7", "9902")}
    assert rows.figures(sheet, scope, i18n.sayer("zh"))[0].value == "2"


def test_names_of_stakes_and_marks_do_nothing() -> None:
    sheet, say = _sheet(), i18n.sayer("zh")
    study = sheet.checked.bench.study
    bad = [
        Stake(one, one, 1, "Q", state=one, managed_by=one, survey_method=one, marks=(Mark(one, 1.0, 2.0),),
              place=(114.0, 30.0))
        for one in PAYLOADS
    ]  # fmt: skip
    state = next(iter(sheet.states.values()))
    hostile = dataclasses.replace(
        sheet,
        checked=dataclasses.replace(
            sheet.checked,
            bench=dataclasses.replace(
                sheet.checked.bench,
                study=dataclasses.replace(study, stakes=tuple(bad)),
                places=sheet.checked.bench.places[: len(bad)],
            ),
        ),
        states={(one, one): state for one in PAYLOADS},
    )
    texts = [text for n in range(len(bad)) for text in card.stake_lines(hostile, n, say, "zh")]
    stakes = next(one for one in drawn.layers(hostile.checked, [], say, "zh") if one.name == "stakes")
    texts += [*stakes.data["title"], *(line for lines in stakes.data["lines"] for line in lines)]
    assert len(texts) > 4 * len(bad)
    for text in texts:
        assert not set(text.replace("<b>", "").replace("</b>", "")) & set("<>`$\\{}"), text


def test_the_offset_of_a_stake_is_drawn_to_its_foot() -> None:
    sheet = _sheet()
    found = [sheet.checked.findings[n] for n in rows.shown(sheet.checked, ["fail"], scope_of(sheet.book, "", None))]
    legs = next(one for one in drawn.layers(sheet.checked, found, i18n.sayer("en"), "en") if one.name == "offsets")
    said = {feature["properties"]["title"] for feature in legs.data["features"]}
    assert "35.00 m from its line" in said
    assert all(shapely.geometry.shape(feature["geometry"]).length > 0 for feature in legs.data["features"])
