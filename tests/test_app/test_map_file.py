"""The map as one file: what is in it, what must not be, and that no name in it can do anything."""

import html
import json
import re
from pathlib import Path

import pytest

from coverage.result import Result
from tests.builders import Place, Road, demand, facilities, roads, solve, units
from tests.test_app.test_texts import PAYLOADS
from ui import i18n, main_roads
from ui.map_file import SHAPES, interactive_map

STREET = Road([(0.0, 0.0), (3000.0, 0.0)], highway="primary")
HOMES = {
    "near": Place((100.0, 20.0), pop=30),
    "far": Place((2900.0, 20.0), pop=12),
    "off": Place((100.0, 2900.0), pop=5),
}
#: What reaches out of a file: links, sources, imports and requests of scripts.
ASKS = re.compile(
    r"""(?:src|href)\s*=\s*["']?(?!data:|#)|@import|url\((?!["']?(?:data:|#))|sourceMappingURL|\bfetch\(|XMLHttpRequest""",
    re.IGNORECASE,
)
MOST_BYTES = 4_000_000


def _result() -> Result:
    sites = {"F1": Place((0.0, 10.0), kind="meal_point"), "F2": Place((10.0, 10.0), kind="clinic", status="closed")}
    boxes = {"990001": (-500.0, -500.0, 1500.0, 3500.0), "990002": (1500.0, -500.0, 3500.0, 3500.0)}
    return solve(roads(STREET), facilities(sites), demand(HOMES), units(boxes))


@pytest.fixture(scope="module")
def result() -> Result:
    return _result()


def _features(text: str) -> list[dict[str, object]]:
    """Every feature that the file draws."""
    found = re.findall(r"_add\((\{.*?\})\);", text)
    return [feature for data in found for feature in json.loads(data)["features"]]


@pytest.mark.parametrize("lang", list(i18n.LANGUAGES))
def test_it_holds_the_result_and_says_what_it_is(result: Result, lang: str) -> None:
    text, say = interactive_map(result, workspace="示范区", lang=lang), i18n.sayer(lang)
    body = html.unescape(re.sub(r"\\u([0-9a-f]{4})", lambda found: chr(int(found[1], 16)), text))
    for words in (
        say("file.stamp"), say("basis.title"), say("map.area", minutes="15"), say("map.gaps"), "示范区", "63.8%",
        i18n.kind_name(lang, "meal_point"), i18n.kind_name(lang, "clinic"), say("map.units"),
    ):  # fmt: skip
        assert words in body, words
    assert "© OpenStreetMap contributors" in body
    assert f'<html lang="{"zh-CN" if lang == "zh" else "en"}">' in text
    drawn = [feature["properties"] for feature in _features(text)]
    assert sorted(one["people"] for one in drawn if "people" in one) == [5, 12]
    assert sum("lines" in one for one in drawn) == 2
    assert [one["rank"] for one in drawn if "rank" in one] == [4]


def test_it_fetches_nothing_and_is_small(result: Result) -> None:
    text = interactive_map(result, workspace="示范区")
    scripts = "".join(re.findall(r"<script>(.*?)</script>", text, re.DOTALL))
    outside = re.sub(r"<script>.*?</script>", "", text, flags=re.DOTALL)
    assert not ASKS.findall(outside)
    # Names of a language, and what Leaflet's comments and its attribution (switched off) name.
    known = {"http://www.w3.org", "https://leafletjs.com", "https://bugzilla.mozilla.org"}
    assert set(re.findall(r"https?://[\w.]+", text)) <= known
    assert "sourceMappingURL" not in scripts
    assert "default-src 'none'" in text
    assert len(text.encode()) < MOST_BYTES / 10


def test_the_badge_of_made_up_data_is_there_when_it_is_made_up(result: Result) -> None:
    tag = i18n.text("zh", "app.demo_tag")
    assert (tag in interactive_map(result, workspace="x")) is any(one["synthetic"] for one in result.summary["inputs"])
    for entry in (other := _result()).summary["inputs"]:
        entry["synthetic"] = True
    assert tag in interactive_map(other, workspace="x")


def test_stakes_and_boundary_lines_stay_inside(result: Result) -> None:
    text = interactive_map(result, workspace="x")
    for word in ("stake", "qh-lines", i18n.text("zh", "map.stakes"), i18n.text("zh", "map.lines")):
        assert word not in text


def test_the_same_result_gives_the_same_file(result: Result) -> None:
    assert interactive_map(result, workspace="x") == interactive_map(_result(), workspace="x")


@pytest.mark.parametrize("payload", PAYLOADS)
def test_attacking_names_arrive_escaped(payload: str) -> None:
    result = _result()
    plain = interactive_map(result, workspace="x")
    for frame in (result.facilities, result.demand, result.units):
        frame["name"] = payload
    result.facilities.loc[0, "kind"] = payload
    assert result.request.units is not None
    result.request.units.frame["name"] = payload
    text = interactive_map(result, workspace=payload)
    assert payload not in text or not set(payload) & set("<>\"'`$\\{}")
    assert text.count("<script") == plain.count("<script")
    assert text.count("`") == plain.count("`")
    assert text.count("${") == plain.count("${")
    assert not re.search(r"<(?:img|svg)[^>]*\son\w+=", text)
    titles = [str(one["properties"]["title"]) for one in _features(text) if "title" in one["properties"]]
    assert titles
    assert all(html.unescape(title) == payload for title in titles)


def test_marks_are_those_of_the_page(root: Path) -> None:
    script = (root / "ui" / "map.js").read_text(encoding="utf-8")
    for name, shape in SHAPES.items():
        assert f"{name}: '{shape}'" in script


def test_the_base_map_is_bounded_and_keeps_what_matters_most(monkeypatch: pytest.MonkeyPatch) -> None:
    many = [Road([(0.0, 200.0 * i), (3000.0 + i, 200.0 * i)], highway="residential") for i in range(9)]
    network = solve(roads(STREET, *many), facilities({"F1": Place((0.0, 10.0))}), demand(HOMES)).request.network
    west, south, east, north = network.lonlat[:, 0].min(), network.lonlat[:, 1].min(), 114.5, 30.7
    window = (float(west), float(south), east, north)
    monkeypatch.setattr(main_roads, "MOST_LINES", 4)
    lines = {one["properties"]["rank"]: one["geometry"]["coordinates"] for one in _roads(network, window)}
    assert {rank: len(parts) for rank, parts in lines.items()} == {4: 1, 1: 3}
    monkeypatch.setattr(main_roads, "MOST_VERTICES", 5)
    assert sum(len(one["geometry"]["coordinates"]) for one in _roads(network, window)) == 2
    assert not re.search(r"\.\d{6,}", json.dumps(lines))


def _roads(network: object, window: tuple[float, float, float, float]) -> list[dict[str, object]]:
    return main_roads.main_roads(network, window)["features"]  # type: ignore[arg-type]
