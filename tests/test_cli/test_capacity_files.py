"""``coverage --capacity`` from the command line: files and fields, and that nothing else changes without it."""

import csv
from pathlib import Path

import pytest

from tests.study import FACILITY_HEADER, cli, coverage_arguments, facility_rows, load, properties, world, write_csv
from tests.study import write_study as write_plain


def write_study(folder: Path) -> dict[str, Path]:
    """The small study with 20, 21, 22 … places in its facilities; the last is blank."""
    town = world()
    files = write_plain(folder, town)
    rows = facility_rows(town)
    rooms = [*range(20, 20 + len(rows) - 1), ""]
    files["facilities"] = write_csv(
        folder / "facilities.csv",
        [*FACILITY_HEADER, "places"],
        [[*row, room] for row, room in zip(rows, rooms, strict=True)],
    )
    return files


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return write_study(tmp_path_factory.mktemp("study"))


def test_t26_the_files_of_a_run_with_capacity(files: dict[str, Path], tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = cli(*coverage_arguments(files, out, capacity="auto", assign="optimal"))
    assert done.returncode == 0, done.stderr
    assert "capacity_blank" in done.stderr or "未填写" in done.stderr
    summary = load(out / "summary.json")
    parts = summary["covered"]["5"] + summary["full"] + summary["beyond"] + summary["no_road"]
    assert parts == summary["demand_total"]
    assert summary["full"] > 0
    assert summary["parameters"]["capacity"] == "auto"
    assert summary["parameters"]["assign"] == "optimal"
    demand, sites = properties(out / "demand.geojson"), properties(out / "facilities.geojson")
    assert {row["status"] for row in demand} == {"covered", "full", "beyond", "no_road"}
    assert sum(row["served"] for row in demand) == summary["covered"]["5"]
    assert sum(row["full"] for row in demand) == summary["full"]
    assert sum(row["full"] for row in properties(out / "units.geojson")) == summary["full"]
    assert sum(row["assigned"] or 0 for row in sites) == summary["covered"]["5"]
    assert [row["capacity"] for row in sites] == [20, 21, 22, 23, None]
    with (out / "assignment.csv").open(encoding="utf-8-sig", newline="") as file:
        flows = list(csv.DictReader(file))
    assert list(flows[0]) == ["demand_id", "facility_id", "minutes", "weight"]
    assert sum(float(row["weight"]) for row in flows) == summary["covered"]["5"]
    assert [(row["demand_id"], row["facility_id"]) for row in flows] == sorted(
        (row["demand_id"], row["facility_id"]) for row in flows
    )
    codes = {one["code"] for one in load(out / "quality.json")["facilities"]["findings"]}
    assert "capacity_blank" in codes


def test_refused_as_a_whole(files: dict[str, Path], tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = cli(*coverage_arguments(files, out, capacity="rooms"))
    assert done.returncode == 2
    assert "unknown_capacity" in done.stderr
    assert "places" in done.stderr
    assert not out.exists()
