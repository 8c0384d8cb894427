"""What is sent to the map and printed on paper."""

import dataclasses
import datetime as dt
import json
import re

import pytest

from coverage.result import Result
from reports.html import a4_page
from reports.paper import scale_length_m
from tests.builders import Place, demand, facilities, roads, solve, units
from tests.test_app.test_texts import PAYLOADS
from ui import drawn, figures, i18n
from ui.i18n import sayer
from ui.map import Drawing, drawing

STREET = [(0.0, 0.0), (3000.0, 0.0)]
HOMES = {
    "near": Place((100.0, 20.0), pop=30),
    "far": Place((2900.0, 20.0), pop=12),
    "off": Place((100.0, 2900.0), pop=5),
}


def _result(**given: object) -> Result:
    sites = {"F1": Place((0.0, 10.0), kind="meal_point"), "F2": Place((10.0, 10.0), kind="clinic", status="closed")}
    boxes = {"990001": (-500.0, -500.0, 1500.0, 3500.0), "990002": (1500.0, -500.0, 3500.0, 3500.0)}
    return solve(roads(STREET), facilities(sites), demand(HOMES), units(boxes), **given)


@pytest.fixture(scope="module")
def result() -> Result:
    return _result()


def test_the_five_figures_are_those_of_the_summary(result: Result) -> None:
    covered, left_out, serving, gaps, no_road = figures.five_figures(result, sayer("en"))
    assert (covered.value, covered.note) == ("63.8%", "30 of 47 people")
    assert left_out.value == "12"
    assert serving.value == "1"
    assert gaps.value == "2"
    assert no_road.value == "5"


def test_tables_follow_the_result(result: Result) -> None:
    say = sayer("en")
    assert list(figures.unit_table(result, say)["people"]) == [35, 12]
    table = figures.gap_table(result, say)
    assert list(table["people"]) == [12, 5]
    assert list(table["reason"]) == ["too far", "no road"]
    moved = figures.gap_table(result, say, (table["lon"].iloc[1], table["lat"].iloc[1]))
    assert list(moved["people"]) == [5, 12]


def test_what_is_drawn_is_small_and_finite(result: Result) -> None:
    packed = drawing(drawn.result_layers(result, sayer("zh"), "zh"))
    for packet in packed.packets.values():
        assert not re.search(rb"\d\.\d{6,}|NaN|Infinity", packet)
    assert {layer["id"]: layer["count"] for layer in packed.layers} == {
        "area-5": 1, "area-10": 1, "area-15": 1, "gaps": 1, "no-road": 1, "facility-0": 1, "facility-1": 1,
    }  # fmt: skip


def test_a_packet_holds_the_versions_then_the_data(result: Result) -> None:
    layers = drawn.result_layers(result, sayer("zh"), "zh")
    packed = drawing(layers)
    known, data = {}, {}
    for packet in packed.packets.values():
        head, _, body = packet.partition(b"\n")
        known |= json.loads(head)
        data |= json.loads(body)
    assert known == {layer["id"]: layer["version"] for layer in packed.layers}
    assert data == {layer.name: layer.data for layer in layers}


def test_a_version_changes_with_what_is_drawn_and_only_then(result: Result) -> None:
    def packed(**given: object) -> Drawing:
        return drawing(drawn.result_layers(_result(**given), sayer("zh"), "zh"))

    assert packed() == packed()
    assert packed(profile="elder").packets["area-15"] != packed().packets["area-15"]
    wider, usual = packed(minutes=(5, 10, 15, 20)), packed()
    assert wider.key != usual.key
    # What is the same does not travel again, though the colours of the areas have changed.
    assert {name: packet for name, packet in wider.packets.items() if name != "area-20"} == usual.packets


def test_a_closed_facility_is_hollow_and_says_why(result: Result) -> None:
    layers = {layer.name: layer for layer in drawn.result_layers(result, sayer("en"), "en")}
    clinic = next(layer for layer in layers.values() if layer.label == "Community clinic")
    assert clinic.data["hollow"] == [True]
    assert clinic.data["lines"][0][-1] == "Does not serve: closed"


@pytest.mark.parametrize("payload", PAYLOADS)
def test_attacking_names_arrive_escaped_on_the_map_and_on_paper(payload: str) -> None:
    result = _result()
    for frame in (result.facilities, result.demand, result.gaps, result.units):
        frame["name"] = payload
    result.facilities.loc[0, "kind"] = payload
    for layer in drawn.result_layers(result, sayer("zh"), "zh"):
        shown = [layer.label, *layer.data.get("title", []), *layer.data.get("name", [])]
        shown += [line for lines in layer.data.get("lines", []) for line in lines]
        assert not any(set(text) & set("<>\"'`$\\{}") for text in shown)
    page = a4_page(result, workspace=payload, lang="zh", printed=dt.date(2026, 1, 1))
    for tag in ("<img src=x", "<script", "<svg onload", 'onerror="'):
        assert tag not in page


@pytest.mark.parametrize("lang", list(i18n.LANGUAGES))
def test_the_a4_page_holds_everything_and_fetches_nothing(result: Result, lang: str) -> None:
    page = a4_page(result, workspace="示范区", lang=lang, printed=dt.date(2026, 1, 1))
    assert not re.search(r"""(src|href)=(?!"data:)|url\(|<script|<link""", page)
    assert "@page { size: A4" in page
    assert "63.8%" in page
    assert "2026-01-01" in page
    stamp = "内部用图,未经审核不得公开" if lang == "zh" else "Internal use"
    assert page.count(stamp) == 2
    assert page == a4_page(result, workspace="示范区", lang=lang, printed=dt.date(2026, 1, 1))


def test_a_scale_bar_is_a_round_length() -> None:
    assert [scale_length_m(width) for width in (48_000, 9_000, 1_100, 26_000)] == [5000.0, 1000.0, 200.0, 5000.0]


def test_units_without_an_outline_are_not_drawn() -> None:
    """A table of units may hold codes and names only."""
    table = units({"990001": (0.0, 0.0, 1000.0, 1000.0), "990002": (1000.0, 0.0, 2000.0, 1000.0)})
    say = sayer("zh")
    half = dataclasses.replace(table, frame=table.frame.assign(geometry=[table.frame.geometry.iloc[0], None]))
    none = dataclasses.replace(table, frame=table.frame.assign(geometry=[None, None]))
    assert [layer.count for layer in drawn.unit_layers(half, say)] == [1, 1]
    assert drawn.unit_layers(none, say) == []
    assert "NaN" not in json.dumps([layer.data for layer in drawn.unit_layers(half, say)])
