"""The base map: what the tiles hold, and how the folder comes to be."""

import json
import threading
from pathlib import Path

import numpy as np

from layers.layer import Layer
from tests.builders import Road, roads
from ui import basemap
from ui.basemap import EXTENT

CROSS = (
    Road([(0.0, 0.0), (4000.0, 0.0)], highway="primary"),
    Road([(2000.0, -900.0), (2000.0, 900.0)], highway="service"),
)


def _build(cache: Path) -> basemap.Basemap:
    layer = roads(*CROSS)
    return basemap.build(layer.origin, lambda: layer, cache)


def _vertices(line: list[int]) -> np.ndarray:
    return np.cumsum(np.array(line[1:]).reshape(-1, 2), axis=0)


def test_levels_hold_roads_of_their_importance(tmp_path: Path) -> None:
    base = _build(tmp_path)
    ranks: dict[str, set[int]] = {}
    for name in base.tiles:
        lines = json.loads((base.folder / f"{name}.json").read_text(encoding="utf-8"))
        ranks.setdefault(name.split("/")[0], set()).update(line[0] for line in lines)
        for line in lines:
            vertices = _vertices(line)
            assert vertices.max() >= 0
            assert vertices.min() <= EXTENT
    assert ranks == {"10": {4}, "12": {4}, "14": {0, 4}}


def test_a_second_build_reads_the_first_and_equal_roads_give_equal_bytes(tmp_path: Path) -> None:
    first = _build(tmp_path / "a")
    before = (first.folder / "index.json").stat().st_mtime_ns
    assert _build(tmp_path / "a") == first
    assert (first.folder / "index.json").stat().st_mtime_ns == before

    def nothing_to_read() -> Layer:
        raise AssertionError

    assert basemap.build(roads(*CROSS).origin, nothing_to_read, tmp_path / "a") == first
    second = _build(tmp_path / "b")
    assert second.folder.name == first.folder.name
    for name in first.tiles:
        assert (first.folder / f"{name}.json").read_bytes() == (second.folder / f"{name}.json").read_bytes()


def test_eight_sessions_that_start_at_once_leave_one_folder(tmp_path: Path) -> None:
    found: list[basemap.Basemap] = []
    threads = [threading.Thread(target=lambda: found.append(_build(tmp_path))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert [path.name for path in tmp_path.iterdir()] == [found[0].folder.name]


def test_the_cache_is_for_this_user_only(tmp_path: Path) -> None:
    base = _build(tmp_path / "cache")
    assert base.folder.parent.stat().st_mode & 0o077 == 0
