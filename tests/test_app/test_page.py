"""The page 设施布局与覆盖 on the demo, without a browser."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from coverage.run import run
from coverage.study import request_of
from geo.errors import DataError
from geo.log import log_to_file
from layers.workspace import open_demo
from ui import shelves, state

TIMEOUT_S = 120.0


@pytest.fixture(scope="module", autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A user's folder of its own; what was cached from another is forgotten."""
    folder = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("QUARTERHOUR_HOME", str(folder))
        shelves.made.clear()
        yield folder
        shelves.made.clear()


@pytest.fixture
def app(root: Path, home: Path) -> AppTest:
    return AppTest.from_file(str(root / "app.py"), default_timeout=TIMEOUT_S).run()


def _sound(app: AppTest) -> None:
    assert not app.exception
    assert not app.error


def test_the_page_shows_what_the_engine_answers(app: AppTest, home: Path) -> None:
    _sound(app)
    summary = run(request_of(open_demo(home))).summary
    values = [metric.value for metric in app.metric]
    assert len(values) == 5
    share = summary["covered"]["15"] / summary["demand_total"]
    assert values[0] == f"{share * 100:.1f}%"
    assert values[1] == f"{summary['beyond']:,} 人"
    assert values[4] == f"{summary['no_road']:,} 人"
    assert app.metric[0].label == "15 分钟覆盖率"


def test_a_choice_of_minutes_changes_the_question(app: AppTest) -> None:
    app.button_group(key="minutes-zh").set_value([5, 10]).run()
    _sound(app)
    assert app.metric[0].label == "10 分钟覆盖率"
    app.button_group(key="minutes-zh").set_value([]).run()
    _sound(app)
    assert not app.metric
    assert app.info[0].value == "请至少选择一个服务时间。"


def test_the_language_changes_and_the_choices_stay(app: AppTest) -> None:
    app.multiselect(key="kinds-zh").set_value(["meal_point", "day_care"]).run()
    before = app.metric[0].value
    app.button_group(key="language").set_value("en").run()
    _sound(app)
    assert app.metric[0].label == "Covered in 15 min"
    assert app.metric[0].value == before
    assert app.multiselect(key="kinds-en").value == ["meal_point", "day_care"]
    app.button_group(key="language").set_value("zh").run()
    assert app.multiselect(key="kinds-zh").value == ["meal_point", "day_care"]


def test_the_search_answers_for_a_village_and_for_a_facility(app: AppTest) -> None:
    box = app.selectbox(key="search")
    village = next(label for label in box.options if "社区（" in label)
    app = box.set_value(_found(app, village)).run()
    _sound(app)
    assert state_of(app).kind == "village"
    app = app.selectbox(key="search").set_value(_found(app, app.selectbox(key="search").options[-1])).run()
    _sound(app)
    assert state_of(app).kind == "facility"


def _found(app: AppTest, label: str) -> object:
    from ui import i18n, search

    return next(one for one in search.options(shelves.study(), i18n.sayer("zh"), "zh") if one.label == label)


def state_of(app: AppTest) -> state.Choice:
    chosen: state.Choice = app.session_state["choice"]
    return chosen


def test_no_facility_that_serves_is_an_answer(app: AppTest) -> None:
    app.multiselect(key="kinds-zh").set_value(["vacant"] if "vacant" in _codes(app) else ["funeral_hall"]).run()
    _sound(app)
    assert app.metric[0].value.endswith("%")


def _codes(app: AppTest) -> set[str]:
    study = shelves.study()
    assert study.facilities is not None
    return set(study.facilities.frame["kind"])


def test_an_error_of_ours_is_told_in_both_languages(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise DataError("no_crs")

    monkeypatch.setattr(shelves, "result_for", fail)
    app.run()
    assert not app.exception
    assert len(app.error) == 1
    assert "坐标系" in app.error[0].value
    app.button_group(key="language").set_value("en").run()
    assert "reference system" in app.error[0].value


def test_a_fault_shows_a_number_and_no_detail(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("/srv/secret <b>${x}</b>")

    monkeypatch.setattr(shelves, "result_for", fail)
    app.run()
    assert not app.exception
    shown = app.error[0].value
    assert "secret" not in shown
    number = shown.split("`")[-2]
    log = log_to_file().read_text(encoding="utf-8")
    assert number in log
    assert "RuntimeError" in log


def test_two_users_share_the_result_and_not_the_choice(root: Path) -> None:
    one, two = (AppTest.from_file(str(root / "app.py"), default_timeout=TIMEOUT_S).run() for _ in range(2))
    one.selectbox(key="search").set_value(_found(one, one.selectbox(key="search").options[0])).run()
    assert "choice" in one.session_state
    assert "choice" not in two.run().session_state
    assert one.metric[0].value == two.metric[0].value


def test_empty_layers_say_what_to_do(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import dataclasses

    study = shelves.study()
    for name, words in (("network", "请先导入道路"), ("facilities", "请先导入设施台账"), ("demand", "请先导入人口")):
        monkeypatch.setattr(shelves, "study", lambda name=name: dataclasses.replace(study, **{name: None}))
        app = AppTest.from_file(str(root / "app.py"), default_timeout=TIMEOUT_S).run()
        _sound(app)
        assert words in app.info[0].value
