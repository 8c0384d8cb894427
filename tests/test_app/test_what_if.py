"""What-ifs on the page: made, undone, told, kept apart between sessions."""

import dataclasses
import html
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from coverage.patches import AddFacility, CloseFacility, CloseRoad
from coverage.prepared import prepare
from coverage.result import Result
from coverage.run import run
from coverage.study import request_of
from layers.workspace import open_demo
from reports import what_if as spoken
from reports.geojson import write_result
from reports.html import a4_page
from tests.builders import Place, at, demand, facilities, roads, solve, units
from tests.test_app.test_texts import PAYLOADS
from ui import downloads, drawn, figures, i18n, shelves, state, what_if
from ui.i18n import sayer
from ui.map_file import interactive_map

TIMEOUT_S = 120.0
BADGE = "假设方案,不是现状"


@pytest.fixture(scope="module", autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
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


def _values(app: AppTest) -> list[tuple[str, str]]:
    return [(metric.value, metric.delta) for metric in app.metric]


def _texts(app: AppTest) -> str:
    return " ".join(html.unescape(block.proto.body) for block in app.get("html"))


def _chosen(app: AppTest, kind: str, name: str = "", lon: float | None = None, lat: float | None = None) -> AppTest:
    """The app after a click on the map."""
    number = app.session_state["choices"] + 1 if "choices" in app.session_state else 1
    app.session_state["choices"] = number
    app.session_state["choice"] = state.Choice(kind, name, lon, lat, "map", number)
    return app.run()


def _serving() -> str:
    """A facility that serves in the demo as it opens."""
    result = run(request_of(open_demo()))
    return str(result.facilities.loc[result.facilities["served"].idxmax(), "facility_id"])


def _beyond() -> tuple[float, float]:
    """The place that leaves out most people."""
    place = run(request_of(open_demo())).gaps.geometry.iloc[0].representative_point()
    return float(place.x), float(place.y)


def test_a_facility_closes_and_opens_again(app: AppTest) -> None:
    before, name = _values(app), _serving()
    app = _chosen(app, "facility", name)
    app.button(key="close_facility").click().run()
    _sound(app)
    answer = run(dataclasses.replace(request_of(open_demo()), patches=(CloseFacility(name),))).summary
    base = run(request_of(open_demo())).summary
    share = answer["covered"]["15"] / answer["demand_total"]
    lost = base["covered"]["15"] - answer["covered"]["15"]
    assert lost > 0
    assert _values(app)[0] == (f"{share * 100:.1f}%", f"-{lost:,} 人")
    assert _values(app)[1][1] == f"+{lost:,} 人"
    assert _values(app)[2][1] == "-1 处"
    assert BADGE in _texts(app)
    assert "不提供服务：假设关闭" in _texts(app)
    assert any(f"现状 {before[0][0]}" in caption.value for caption in app.caption)
    app.button(key="undo_0").click().run()
    _sound(app)
    assert _values(app) == before
    assert BADGE not in _texts(app)
    assert app.button(key="close_facility")


def test_a_facility_is_added_where_people_are_left_out(app: AppTest) -> None:
    lon, lat = _beyond()
    app = _chosen(app, "gap", "1", lon, lat)
    app.button(key="add_facility").click().run()
    _sound(app)
    assert _values(app)[0][1].startswith("+")
    assert _values(app)[2][1] == "+1 处"
    # The new one is chosen at once, and says whom it serves.
    assert app.session_state["choice"].name == "新1"
    assert "圈内以本设施为最近的人口" in _texts(app)
    app = _chosen(app, "place", "", lon + 0.01, lat)
    app.button(key="add_facility").click().run()
    assert [patch.facility_id for patch in app.session_state["what_ifs"]] == ["新1", "新2"]
    app.button(key="undo_0").click().run()
    app = _chosen(app, "place", "", lon, lat + 0.01)
    app.button(key="add_facility").click().run()
    assert sorted(patch.facility_id for patch in app.session_state["what_ifs"]) == ["新1", "新2"]


def test_a_road_closes_and_the_page_says_who_was_joined_anew(app: AppTest) -> None:
    study = shelves.study()
    assert study.demand is not None
    home = study.demand.frame.geometry.iloc[0].representative_point()
    app = _chosen(app, "place", "", float(home.x), float(home.y))
    app.button(key="close_road").click().run()
    _sound(app)
    patch = CloseRoad(round(float(home.x), 6), round(float(home.y), 6))
    told = run(dataclasses.replace(request_of(open_demo()), patches=(patch,))).summary["what_if"]
    assert told["demand_on_closed_roads"] > 0
    assert f"人口点 {told['demand_on_closed_roads']} 个" in _texts(app)


def test_all_is_undone_at_once_and_the_base_is_the_very_same(app: AppTest) -> None:
    before, lon_lat = _values(app), _beyond()
    shared = shelves.study()
    usual = request_of(open_demo()).parameters
    base = shelves.result_for(shared, usual)
    app = _chosen(app, "facility", _serving())
    app.button(key="close_facility").click().run()
    app = _chosen(app, "place", "", *lon_lat)
    app.button(key="add_facility").click().run()
    assert _values(app) != before
    app.button(key="undo_all").click().run()
    _sound(app)
    assert _values(app) == before
    assert app.session_state["what_ifs"] == ()
    assert shelves.result_for(shared, usual) is base


def test_two_users_do_not_see_each_others_what_ifs(root: Path) -> None:
    one, two = (AppTest.from_file(str(root / "app.py"), default_timeout=TIMEOUT_S).run() for _ in range(2))
    before = _values(two)
    one = _chosen(one, "facility", _serving())
    one.button(key="close_facility").click().run()
    assert _values(one) != before
    two.run()
    assert _values(two) == before
    assert BADGE not in _texts(two)


def test_the_language_and_other_choices_keep_the_what_ifs(app: AppTest) -> None:
    app = _chosen(app, "facility", _serving())
    app.button(key="close_facility").click().run()
    zh = _values(app)
    app.button_group(key="language").set_value("en").run()
    _sound(app)
    assert "A what-if, not the present state" in _texts(app)
    assert [value.split()[0] for value, _ in _values(app)] == [value.split()[0] for value, _ in zh]
    app.button_group(key="minutes-en").set_value([5, 10]).run()
    _sound(app)
    assert len(app.session_state["what_ifs"]) == 1
    assert _values(app)[2][1] == "-1"


def test_pressing_twice_is_pressing_once(app: AppTest) -> None:
    patch = CloseFacility(_serving())
    app.session_state["what_ifs"] = (patch,)
    app.run()
    _sound(app)
    assert not [button for button in app.button if button.key == "close_facility"]
    assert len([button for button in app.button if re.fullmatch(r"undo_\d", str(button.key))]) == 1


def test_a_what_if_that_does_not_fit_is_told_and_the_others_hold(app: AppTest) -> None:
    name = _serving()
    app.session_state["what_ifs"] = (CloseRoad(0.0, 0.0), CloseFacility(name), CloseFacility("nobody <b>"))
    app.run()
    _sound(app)
    assert _values(app)[2][1] == "-1 处"
    shown = _texts(app)
    assert shown.count("未采用") == 2
    assert "nobody <b>" in shown
    assert "<b>" not in next(block.proto.body for block in app.get("html") if "nobody" in block.proto.body)
    for key in ("undo_2", "undo_0"):
        app.button(key=key).click().run()
    assert "未采用" not in _texts(app)
    assert app.session_state["what_ifs"] == (CloseFacility(name),)


def test_only_what_does_not_fit_leaves_the_present_state(app: AppTest) -> None:
    before = _values(app)
    app.session_state["what_ifs"] = (CloseFacility("nobody"),)
    app.run()
    _sound(app)
    assert _values(app) == before
    assert "未采用" in _texts(app)


# ---- a small world: what maps, paper and files say

STREET = [(0.0, 0.0), (3000.0, 0.0)]
LANE = [(100.0, 0.0), (100.0, 400.0)]
HOMES = {
    "near": Place((300.0, 20.0), pop=30),
    "far": Place((2900.0, 20.0), pop=12),
    "lane": Place((110.0, 390.0), pop=5),
}
SITES = {"F1": Place((0.0, 10.0), kind="meal_point"), "F2": Place((1500.0, 10.0), kind="meal_point")}


def _world(*patches: object, name: str = "") -> tuple[Result, Result]:
    """The base and the result of some what-ifs."""
    box = units({"990001": (-500.0, -500.0, 3500.0, 1500.0)})
    sites = facilities(SITES)
    if name:
        sites.frame["name"] = name
        box.frame["name"] = name
    base = solve(roads(STREET, LANE), sites, demand(HOMES), box)
    request = dataclasses.replace(base.request, patches=tuple(patches))
    return base, run(request, prepared=prepare(base.request))


def _new(x: float, y: float, name: str = "新1") -> AddFacility:
    lon, lat = at(x, y)
    return AddFacility("新1", name, "meal_point", lon, lat)


def _lane() -> CloseRoad:
    return CloseRoad(*at(100.0, 300.0))


def test_the_map_marks_what_is_closed_new_and_shut() -> None:
    _, result = _world(CloseFacility("F2"), _new(2800.0, 10.0), _lane())
    layers = {layer.name: layer for layer in drawn.result_layers(result, sayer("zh"), "zh")}
    assert layers["what-if-closed"].data["id"] == ["F2"]
    assert layers["what-if-new"].data["id"] == ["新1"]
    assert layers["what-if-roads"].count == 1
    line = layers["what-if-roads"].data["features"][0]["geometry"]["coordinates"][0]
    assert sorted(round((lat - 30.5) * 111_000 / 100) for _, lat in line) == [0, 4]
    meals = layers["facility-0"].data
    assert dict(zip(meals["id"], meals["hollow"], strict=True)) == {"F1": False, "F2": True, "新1": False}
    assert all(layers[name].legend for name in ("what-if-closed", "what-if-new", "what-if-roads"))
    base, _ = _world()
    assert not [one for one in drawn.result_layers(base, sayer("zh"), "zh") if one.name.startswith("what-if")]


def test_figures_and_table_tell_the_change() -> None:
    base, result = _world(_new(2800.0, 10.0))
    say = sayer("en")
    now = figures.five_figures(result, say, base)
    covered, was = result.summary["covered"]["15"], base.summary["covered"]["15"]
    assert covered - was == 12
    assert [one.change for one in now] == ["+12 people", "-12 people", "+1", "-1", "0 people"]
    assert [one.tone for one in now] == ["good", "good", "none", "good", "none"]
    assert list(figures.unit_table(result, say, base)["change"]) == [12]
    assert "change" not in figures.unit_table(result, say)
    assert figures.unit_table(base, say, base)["change"].isna().all()
    lost = figures.five_figures(base, say, result)
    assert [one.tone for one in lost] == ["bad", "bad", "none", "bad", "none"]


def test_words_say_what_where_and_how_many_were_joined_anew() -> None:
    _, result = _world(CloseFacility("F2"), _new(2800.0, 10.0), _lane())
    texts = what_if.words(sayer("zh"))
    told = spoken.sentences(result, texts, "zh")
    assert told[0] == "关闭 centre F2"
    assert told[1].startswith("新增 新1（助餐点，")
    assert told[2].startswith("封闭道路（")
    assert told[3] == "封闭的道路长 400 米；原接在其上的人口点 1 个、设施 0 处须另接道路。"
    base, _ = _world()
    assert spoken.sentences(base, texts, "zh") == []


@pytest.mark.parametrize("lang", list(i18n.LANGUAGES))
def test_paper_the_map_file_and_the_files_carry_the_badge(lang: str, tmp_path: Path) -> None:
    base, result = _world(CloseFacility("F2"), _new(2800.0, 10.0), _lane())
    badge = i18n.text(lang, "what_if.badge")
    page, plain = (a4_page(one, workspace="x", lang=lang) for one in (result, base))
    assert badge in page
    assert badge not in plain
    assert "F2" in page
    drawn_map, plain_map = (interactive_map(one, workspace="x", lang=lang) for one in (result, base))
    assert badge in drawn_map
    assert badge not in plain_map
    for mark in ("what-if-closed", "what-if-new", "what-if-roads"):
        assert f'data-layer=\\"{mark}\\"' in drawn_map or f'data-layer="{mark}"' in drawn_map
    write_result(result, tmp_path)
    summary = json.loads((tmp_path / "summary.json").read_text(encoding="utf-8"))
    assert [one["patch"] for one in summary["what_if"]["patches"]] == ["CloseFacility", "AddFacility", "CloseRoad"]
    for path in tmp_path.glob("*.geojson"):
        assert json.loads(path.read_text(encoding="utf-8"))["what_if"]["patches"] == summary["what_if"]["patches"]
    other = tmp_path / "base"
    other.mkdir()
    write_result(base, other)
    assert "what_if" not in json.loads((other / "units.geojson").read_text(encoding="utf-8"))


@pytest.mark.parametrize("payload", PAYLOADS)
def test_attacking_names_in_what_ifs_arrive_escaped(payload: str) -> None:
    _, result = _world(CloseFacility("F2"), _new(2800.0, 10.0, payload), _lane(), name=payload)
    for layer in drawn.result_layers(result, sayer("zh"), "zh"):
        shown = [layer.label, *layer.data.get("title", [])]
        shown += [line for lines in layer.data.get("lines", []) for line in lines]
        assert not any(set(text) & set("<>\"'`$\\{}") for text in shown)
    page = a4_page(result, workspace="x")
    _, calm = _world(CloseFacility("F2"), _new(2800.0, 10.0, "calm"), _lane(), name="calm")
    text, plain = interactive_map(result, workspace="x"), interactive_map(calm, workspace="x")
    for tag in ("<img src=x", "<script>window", "<svg onload", 'onerror="'):
        assert tag not in page
        assert tag not in text
    assert text.count("<script") == plain.count("<script")
    assert text.count("${") == plain.count("${")


def test_files_of_a_what_if_are_told_apart_by_name() -> None:
    base, result = _world(CloseFacility("F2"))
    assert downloads.day_of(base) == "2026-06-30"
    assert downloads.day_of(result) == "what-if-2026-06-30"
