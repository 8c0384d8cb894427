"""The page 服务盲区 on the demo, without a browser."""

import csv
import dataclasses
import html
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from python_calamine import CalamineWorkbook
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from coverage.blind_spots import blind_spots
from coverage.patches import AddFacility
from coverage.result import Result
from coverage.run import run
from coverage.study import request_of
from layers.workspace import open_demo
from reports import blind_spots as files
from tests.builders import Place, demand, facilities, roads, solve, units
from tests.test_app.test_texts import PAYLOADS
from ui import i18n, messages, shelves, spots, state
from ui.pages import blind_spots as page

TIMEOUT_S = 120.0


@pytest.fixture(scope="module", autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("QUARTERHOUR_HOME", str(folder))
        shelves.made.clear()
        yield folder
        shelves.made.clear()


def _app(root: Path) -> AppTest:
    """The app on this page; pages that are functions have no other way in."""
    app = AppTest.from_file(str(root / "app.py"), default_timeout=TIMEOUT_S)
    app._page_hash = calc_hash(page.URL)
    return app


@pytest.fixture
def app(root: Path) -> AppTest:
    return _app(root).run()


@pytest.fixture(scope="module")
def result(home: Path) -> Result:
    return run(request_of(open_demo(home)))


def _sound(app: AppTest) -> None:
    assert not app.exception
    assert not app.error


def _values(app: AppTest) -> list[str]:
    return [metric.value for metric in app.metric]


def _texts(app: AppTest) -> str:
    return " ".join(html.unescape(block.proto.body) for block in app.get("html"))


def _table(app: AppTest) -> Any:
    return app.dataframe[0].value


def _choose(app: AppTest, kind: str, name: str, at: tuple[float, float] | None = None, source: str = "map") -> AppTest:
    number = app.session_state["choices"] + 1 if "choices" in app.session_state else 1
    app.session_state["choices"] = number
    app.session_state["choice"] = state.Choice(kind, name, *(at or (None, None)), source, number)
    return app.run()


def test_the_figures_and_rows_are_those_of_the_engine(app: AppTest, result: Result) -> None:
    _sound(app)
    found = blind_spots(result)
    people = found.areas.groupby("reason")["people"].sum()
    assert _values(app) == [
        f"{len(found.areas):,} 片",
        f"{found.areas['people'].sum():,} 人",
        *(f"{people.get(reason, 0):,} 人" for reason in ("too_far", "no_facility", "no_road")),
    ]
    table = _table(app)
    assert table["people"].tolist() == found.areas["people"].head(len(table)).tolist()
    assert table["adds"].tolist() == found.areas["adds"].head(len(table)).tolist()
    assert set(table["reason"]) <= {"超时", "无设施", "无道路"}


def test_a_blind_spot_tells_who_why_and_what_one_more_would_add(app: AppTest, result: Result) -> None:
    found = blind_spots(result)
    shown = spots.shown_in(result, found, "")
    app = _choose(app, "spot", "1", spots.where(shown, 1), "table")
    _sound(app)
    first = found.areas.iloc[0]
    told = _texts(app)
    assert f"第 1 片盲区 · {first['people']:,} 人" in told
    assert f"可新覆盖 {first['adds']:,} 人" in told
    assert app.dataframe[1].value["people"].sum() == first["people"]


def test_one_more_facility_adds_what_was_said(app: AppTest, result: Result) -> None:
    """Before and after: fewer people in blind spots by exactly that number; undone, all is as it was."""
    found = blind_spots(result)
    shown = spots.shown_in(result, found, "")
    app = _choose(app, "spot", "2", spots.where(shown, 2), "table")
    before = _values(app)
    app.button(key="try_facility").click().run()
    _sound(app)
    adds = int(found.areas["adds"].iloc[1])
    people = int(found.areas["people"].sum())
    assert _values(app)[1] == f"{people - adds:,} 人"
    assert app.metric[1].delta == f"-{adds:,} 人"
    (patch,) = app.session_state["what_ifs"]
    assert isinstance(patch, AddFacility)
    assert patch.kind in result.request.parameters.kinds
    app.button(key="undo_0").click().run()
    assert _values(app) == before


def test_a_click_on_the_map_chooses_the_area_there(app: AppTest, result: Result) -> None:
    """On the place of a home, and on bare ground inside an outline."""
    found = blind_spots(result)
    place = result.gaps.geometry.iloc[5]
    app = _choose(app, "gap", "", (place.x, place.y))
    assert f"第 {found.rank_of_gap[5]} 片盲区" in _texts(app)
    assert _table(app)["rank"].iloc[0] == found.rank_of_gap[5]
    inside = found.areas.geometry.iloc[7].representative_point()
    app = _choose(app, "place", "", (inside.x, inside.y))
    assert "片盲区 · " in _texts(app)


def test_one_unit_only(app: AppTest, result: Result) -> None:
    found = blind_spots(result)
    code = str(found.areas["unit_code"].iloc[0])
    app.selectbox(key="spots-unit-zh").set_value(code).run()
    _sound(app)
    own = result.gaps[result.gaps["unit_code"] == code]
    assert _values(app)[1] == f"{own['weight'].sum():,.0f} 人"
    ranks = set(found.rank_of_gap[(result.gaps["unit_code"] == code).to_numpy()])
    assert set(_table(app)["rank"]) <= ranks
    assert app.session_state["choice"].kind == "unit"


@pytest.mark.parametrize("kind", ["meal_point", "funeral_hall"])
def test_another_page_opens_it_on_one_unit_and_some_kinds(result: Result, kind: str) -> None:
    """From a red cell to the people behind it: the unit and its kinds, also a kind that the workspace has none of."""

    def two_pages() -> None:
        import streamlit as st

        from ui import state
        from ui.pages import blind_spots

        def scorecard() -> None:
            if st.button("red cell", key="red"):
                blind_spots.open_for(st.session_state["code"], [st.session_state["kind"]])

        pages = [st.Page(scorecard, default=True), st.Page(blind_spots.show, url_path=blind_spots.URL)]
        chosen = st.navigation(pages)
        state.opened(chosen, pages)
        chosen.run()

    code = str(result.gaps["unit_code"].iloc[0])
    app = AppTest.from_function(two_pages, default_timeout=TIMEOUT_S)
    app.session_state["code"] = code
    app.session_state["kind"] = kind
    app.run().button(key="red").click().run()
    _sound(app)
    assert app.selectbox(key="spots-unit-zh").value == code
    assert app.multiselect(key="kinds-zh").value == [kind]
    assert app.session_state["choice"].name == code
    assert any("没有提供服务的设施" in warning.value for warning in app.warning) == (kind == "funeral_hall")
    assert len(_table(app)) > 0


def test_nothing_is_computed_twice(app: AppTest, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another session, another page and back: what is kept is taken."""

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("computed again")

    monkeypatch.setattr(shelves, "blind_spots", fail)
    monkeypatch.setattr(shelves, "run", fail)
    _sound(_app(root).run())
    _sound(AppTest.from_file(str(root / "app.py"), default_timeout=TIMEOUT_S).run())


def test_what_was_chosen_on_one_page_is_chosen_on_the_other(root: Path) -> None:
    """The form and the language; there and back."""
    app = AppTest.from_file(str(root / "app.py"), default_timeout=TIMEOUT_S).run()
    app.button_group(key="minutes-zh").set_value([5, 10]).run()
    app.multiselect(key="kinds-zh").set_value(["meal_point"]).run()
    app.button_group(key="language").set_value("en").run()
    for where in (page.URL, ""):
        app._page_hash = calc_hash(where)
        app.run()
        _sound(app)
        assert app.button_group(key="minutes-en").value == [5, 10]
        assert app.multiselect(key="kinds-en").value == ["meal_point"]
        assert app.button_group(key="language").value == "en"


def test_english(app: AppTest) -> None:
    app.button_group(key="language").set_value("en").run()
    _sound(app)
    assert app.metric[0].label == "Blind spots"
    assert app.selectbox(key="spots-unit-en").value == ""


def test_empty_states_say_what_to_do(app: AppTest, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app.button_group(key="minutes-zh").set_value([]).run()
    assert app.info[0].value == "请至少选择一个服务时间。"
    study = shelves.study()
    monkeypatch.setattr(shelves, "study", lambda: dataclasses.replace(study, demand=None))
    app = _app(root).run()
    _sound(app)
    assert "请先导入人口" in app.info[0].value


def test_a_unit_without_blind_spots() -> None:
    boxes = units({"990101": (-500, -500, 500, 500), "990102": (500, -500, 9000, 500)})
    homes = {"A": (100, 0), "B": Place((5000, 0), pop=3)}
    result = solve(roads([(0, 0), (6000, 0)]), facilities({"F1": (0, 0)}), demand(homes), boxes)
    say = i18n.sayer("zh")
    one = spots.shown_in(result, blind_spots(result), "990101")
    assert spots.table(one, say).empty
    assert [card.value for card in spots.cards(one, say)][:2] == ["0 片", "0 人"]
    assert spots.cards(spots.shown_in(result, blind_spots(result), ""), say)[0].value == "1 片"


def test_names_that_attack_are_text() -> None:
    """[E10] Names of units and of the nearest facility: in the answer no HTML, in a figure's label no Markdown."""
    for payload in PAYLOADS:
        boxes = units({"990101": (-500, -500, 9000, 500)})
        boxes.frame["name"] = payload
        sites = facilities({"F1": (0, 0)})
        sites.frame["name"] = payload
        result = solve(roads([(0, 0), (6000, 0)]), sites, demand({"B": Place((3000, 0), pop=3)}), boxes)
        shown = spots.shown_in(result, blind_spots(result), "")
        told = spots.answer(1, shown, i18n.sayer("zh"))
        assert len(told.lines) == 4
        for line in told.lines:
            assert not set(line) & set("<>\"'`$\\{}")
        label = spots.cards(spots.shown_in(result, blind_spots(result), "990101"), i18n.sayer("zh"))[0].label
        assert label == f"服务盲区 · {messages.literal(payload)}"


def test_files_hold_all_areas_and_what_was_asked(result: Result) -> None:
    found = blind_spots(result)
    written = json.loads(files.as_geojson(result, found))
    assert len(written["features"]) == len(found.areas)
    assert written["rule"] == {"radius_m": 1000.0, "candidates": 50}
    assert written["parameters"]["profile"] == "elder"
    assert written["stamp"]
    rows = list(csv.DictReader(io.StringIO(files.as_csv(result, found).decode("utf-8-sig"))))
    assert len(rows) == len(found.areas)
    assert rows[0]["minutes"] == "5;10;15"
    assert rows[0]["radius_m"] == "1000.0"
    assert sum(int(row["people"]) for row in rows) == found.areas["people"].sum()
    no_road = next(row for row in rows if row["reason"] == "no_road")
    assert no_road["nearest_minutes"] == no_road["best_lon"] == ""
    book = CalamineWorkbook.from_filelike(io.BytesIO(page._xlsx(spots.shown_in(result, found, ""), _say(), "zh")))
    assert book.sheet_names == ["服务盲区", "口径"]
    sheet = book.get_sheet_by_index(0).to_python()
    assert len(sheet) == len(found.areas) + 1
    assert sheet[0][:3] == ["序号", "人数", "人口点数"]
    basis = " ".join(str(row[1]) for row in book.get_sheet_by_index(1).to_python())
    assert "1000 米以内并为一片" in basis
    assert "2026-06-30" in basis


def _say() -> i18n.Say:
    return i18n.sayer("zh")


def test_a_cell_that_looks_like_a_formula_is_text() -> None:
    sites = facilities({"=1+1": (0, 0)})
    result = solve(roads([(0, 0), (6000, 0)]), sites, demand({"=2+2": Place((3000, 0), pop=3)}))
    text = files.as_csv(result, blind_spots(result)).decode("utf-8-sig")
    row = next(csv.DictReader(io.StringIO(text)))
    assert not row["nearest_facility_id"].startswith("=")
    assert not row["best_place_id"].startswith("=")
