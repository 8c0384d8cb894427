"""The benchmark's machinery: that it runs, that it knows the same answer from another one, and what it tells.

Nothing here is about speed.
"""

import itertools
import json
from dataclasses import dataclass, field
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest

from benchmarks import report, searches
from benchmarks.answers import nothing_to_compare, owners_of, same_nearest, same_sets
from benchmarks.bench import Bench, Sizes
from benchmarks.measure import Row, compare, machine
from benchmarks.networks import NOISE, Place, make_place, write_task
from benchmarks.serve import Answer
from tests.worlds import town

TINY = Sizes(nodes=60, facilities=3, areas=4, demand=20, rounds=2)


@pytest.fixture(scope="module")
def roads(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("roads") / "town.gpkg"
    frame = town(11, plain=True).roads().frame
    gpd.GeoDataFrame({"highway": frame["highway"]}, geometry=frame.geometry, crs=frame.crs).to_file(path)
    return path


@pytest.fixture(scope="module")
def place(roads: Path, tmp_path_factory: pytest.TempPathFactory) -> Place:
    return make_place(roads, tmp_path_factory.mktemp("place"), "town")


@dataclass
class Fixed:
    """A side that has its answer ready."""

    found: Answer
    name: str = "fixed"
    version: str = "1"
    share: float = 1.0
    build_s: float = 0.0
    runs: list[float] = field(default_factory=list)

    def run(self) -> float:
        self.runs.append(1.0)
        return 1.0

    def answer(self) -> Answer:
        return self.found


def test_it_runs_on_a_small_town_and_both_sides_agree(roads: Path, tmp_path: Path) -> None:
    rows = searches.nearest(Bench(TINY, tmp_path, roads=roads))
    floor, floor_ms, scipy = itertools.islice(rows, 3)
    rows.close()
    assert (floor.yardstick, floor_ms.yardstick, scipy.yardstick) == (True, True, False)
    assert (floor.same, scipy.same) == ("", "yes"), scipy.note
    assert "to the last bit" in scipy.note
    assert len(scipy.ours_took) == len(scipy.peer_took) == TINY.rounds
    assert "synthetic (3 × town, linked)" in scipy.work


def test_a_library_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch, place: Place, tmp_path: Path) -> None:
    monkeypatch.setattr(searches, "python_with", lambda library: None)
    write_task(place, 2, tmp_path / "task.npz")
    row = searches._beside(
        Row("P1", "work", "ours", "pandana"), Fixed({}), "nearest", (place.arcs, tmp_path / "task.npz"),
        nothing_to_compare, rounds=2,
    )  # fmt: skip
    assert row.note == "skipped: not installed"
    assert row.peer_median is None


def _nearest(place: Place, folder: Path) -> tuple[Answer, Path]:
    """Times and owners of the town, by hand: Bellman and Ford."""
    task = folder / "task.npz"
    write_task(place, 3, task)
    with np.load(place.arcs) as arcs, np.load(task) as asked:
        times = np.full(int(arcs["nodes"]), np.inf)
        times[asked["sources"]] = 0.0
        for _ in range(len(times)):
            np.minimum.at(times, arcs["head"], times[arcs["tail"]] + arcs["seconds"])
    return {"times": times, "owner": owners_of(times, place.arcs, task)}, task


def test_another_time_or_owner_is_no(place: Place, tmp_path: Path) -> None:
    good, task = _nearest(place, tmp_path)

    def verdict(ours: Answer, peer: Answer) -> str:
        row = Row("P1", "work", "ours", "peer")
        sides = Fixed(ours), Fixed(peer)
        done = compare(row, *sides, lambda a, b: same_nearest(a, b, place.arcs, task), rounds=3)
        assert [len(side.runs) for side in sides] == [4, 4]
        return done.same

    assert verdict(good, good) == "yes"
    late = {**good, "times": good["times"] + np.eye(1, len(good["times"]), 5)[0] * 1e-5}
    assert verdict(good, late) == verdict(late, good) == "no"
    unreached = {**good, "times": np.where(np.arange(len(good["times"])) == 4, np.inf, good["times"])}
    assert verdict(good, unreached) == verdict(unreached, good) == "no"
    stolen = {**good, "owner": np.where(np.arange(len(good["owner"])) == 4, 2 - good["owner"] // 2, good["owner"])}
    assert not np.array_equal(stolen["owner"], good["owner"])
    assert verdict(stolen, good) == "no"


def test_another_reached_node_is_no() -> None:
    good = {"source": np.array([0, 0, 1]), "node": np.array([2, 5, 3]), "seconds": np.array([0.0, 4.5, 1.0])}
    assert same_sets(good, good)[0] == "yes"
    assert same_sets(good, {**good, "node": np.array([2, 6, 3])})[0] == "no"
    assert same_sets(good, {**good, "seconds": np.array([0.0, 4.6, 1.0])})[0] == "no"
    first = {name: values[:2] for name, values in good.items()}
    assert same_sets(good, first)[0] == "no"
    assert same_sets(good, first, most=1)[0] == "yes"


def test_copies_are_linked_and_their_seconds_differ_a_little(roads: Path, place: Place, tmp_path: Path) -> None:
    three = make_place(roads, tmp_path, "three", tiles=3)
    assert three.nodes >= 3 * place.nodes
    with np.load(three.arcs) as arcs, np.load(place.arcs) as one:
        tail, head, times = arcs["tail"], arcs["head"], np.full(three.nodes, np.inf)
        times[0] = 0.0
        for _ in range(three.nodes):
            np.minimum.at(times, head, times[tail] + arcs["seconds"])
        assert np.isfinite(times).all()  # one network, not three
        assert not np.isin(arcs["seconds"], one["seconds"]).all()
        assert arcs["seconds"].min() >= one["seconds"].min() * (1 - NOISE)
    again = make_place(roads, tmp_path, "three", tiles=3)
    with np.load(again.arcs) as arcs:
        assert np.array_equal(arcs["head"], head)


def test_the_table_says_all_and_the_page_keeps_its_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [
        Row("P1", "much", "1 thread", "slow", (0.01, 0.02, 0.03), (0.1, 0.2, 0.3), target="≥ 3×", same="yes"),
        Row("P1", "much", "1 thread", "floor", (0.02,), (0.01,), yardstick=True),
        Row("P1", "much", "1 thread", "absent", note="skipped: not installed"),
    ]
    assert (rows[0].ratio, rows[1].ratio, rows[2].ratio) == (10.0, 2.0, None)
    report.print_table(rows)
    said = capsys.readouterr().out
    assert said.count("much") == 1
    for words in ("20 ms", "0.2 s", " 10× ", "2× of it", "skipped: not installed", "yes"):
        assert words in said
    kept = json.loads(report.as_json(rows, machine(), TINY))
    assert kept["rows"][0]["peer_took"] == [0.1, 0.2, 0.3]
    assert kept["sizes"]["facilities"] == 3
    assert kept["machine"]["versions"]["numpy"]
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- figures: written by make bench -->\nold\n<!-- end of figures -->\nafter\n")
    report.put_into_page(page, "new\n")
    assert page.read_text() == "before\n<!-- figures: written by make bench -->\nnew\n<!-- end of figures -->\nafter\n"
