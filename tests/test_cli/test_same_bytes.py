"""Same input, any order of rows: the same bytes of every output file [P7, D24]."""

import json
import random
from pathlib import Path
from typing import Any

import pytest

from tests.study import cli, coverage_arguments, load, world, write_study

MORE: dict[str, object] = {"per-facility": True}


def outputs(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def without_seconds(raw: bytes) -> dict[str, Any]:
    summary: dict[str, Any] = json.loads(raw)
    assert summary.pop("seconds") > 0
    return summary


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, bytes]]:
    folder = tmp_path_factory.mktemp("first")
    files = write_study(folder / "data", world())
    done = cli(*coverage_arguments(files, folder / "out", **MORE))
    assert done.returncode == 0, done.stderr
    return folder, outputs(folder / "out")


def test_two_runs(first: tuple[Path, dict[str, bytes]], tmp_path: Path) -> None:
    """All files to the byte, the summary but for its seconds; with one thread and with another hash seed."""
    folder, expected = first
    files = {name: folder / "data" / f"{name}.{'csv' if name in ('demand', 'facilities') else 'geojson'}" for name in
             ("roads", "facilities", "demand", "units")}  # fmt: skip
    # A home of its own, where no network is kept yet, and then once more with the one that is kept there.
    env = {"OMP_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1", "PYTHONHASHSEED": "7", "QUARTERHOUR_HOME": str(tmp_path)}
    for network_is_kept in (False, True):
        assert (tmp_path / "networks").is_dir() == network_is_kept
        done = cli(*coverage_arguments(files, tmp_path / "out", **MORE), env=env)
        assert done.returncode == 0, done.stderr
        again = outputs(tmp_path / "out")
        assert again.keys() == expected.keys()
        for name in expected.keys() - {"summary.json"}:
            assert again[name] == expected[name], name
        assert without_seconds(again["summary.json"]) == without_seconds(expected["summary.json"])


def _shuffle_csv(path: Path, order: random.Random) -> None:
    head, *rows = path.read_text(encoding="utf-8").splitlines(keepends=True)
    order.shuffle(rows)
    path.write_text(head + "".join(rows), encoding="utf-8")


def _shuffle_geojson(path: Path, order: random.Random) -> None:
    collection = load(path)
    order.shuffle(collection["features"])
    path.write_text(json.dumps(collection, ensure_ascii=False), encoding="utf-8")


def _features(raw: bytes, key: str) -> list[dict[str, Any]]:
    return sorted(json.loads(raw)["features"], key=lambda feature: feature["properties"][key])


@pytest.mark.parametrize("seed", [1, 2])
def test_rows_of_every_input_shuffled(first: tuple[Path, dict[str, bytes]], tmp_path: Path, seed: int) -> None:
    """Demand and facilities keep the order of their input, so they are compared by id; all else to the byte."""
    _, expected = first
    order = random.Random(seed)
    files = write_study(tmp_path / "data", world())
    for name in ("demand", "facilities"):
        _shuffle_csv(files[name], order)
    for name in ("roads", "units"):
        _shuffle_geojson(files[name], order)
    done = cli(*coverage_arguments(files, tmp_path / "out", **MORE))
    assert done.returncode == 0, done.stderr
    shuffled = outputs(tmp_path / "out")
    assert shuffled.keys() == expected.keys()
    by_row = {"summary.json", "quality.json", "refused_demand.csv", "demand.geojson", "facilities.geojson"}
    for name in expected.keys() - by_row:
        assert shuffled[name] == expected[name], name
    assert shuffled["demand.geojson"] != expected["demand.geojson"], "the shuffle did nothing"
    for name, key in (("demand.geojson", "demand_id"), ("facilities.geojson", "facility_id")):
        assert _features(shuffled[name], key) == _features(expected[name], key)
    a, b = without_seconds(shuffled["summary.json"]), without_seconds(expected["summary.json"])
    assert a.pop("inputs") != b.pop("inputs")  # other bytes, other digest
    assert a == b
