"""``network``, ``times`` and ``demo`` from the command line."""

import csv
import json
from pathlib import Path

import pytest

from layers import road
from layers.export_log import read_log
from layers.read import read_layer
from layers.workspace import open_demo
from tests.builders import Road, parameters, roads, write_geojson
from tests.oracle import Oracle
from tests.study import cli, load, properties, world, write_study

FIGURES = {
    "vertices", "nodes", "edges", "length_km", "components", "largest_component_share", "near_misses",
    "crossings_without_vertex", "dropped",
}  # fmt: skip


def test_network_prints_its_figures(tmp_path: Path) -> None:
    """A cross of streets, a lane that ends 30 cm short, and a street that passes without a vertex."""
    layer = roads(
        [(-300, 0), (0, 0), (300, 0)], [(0, -300), (0, 0), (0, 300)], [(300.3, 0), (500, 0)], [(150, -200), (150, 200)]
    )
    path = write_geojson(layer, tmp_path / "roads.geojson")
    done = cli("network", path, "--profile", "adult", "--json", "--out", tmp_path / "figures.json")
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout)
    assert set(figures) == FIGURES
    # vertices 5 + 2 + 2; nodes 5 + 2 + 2; edges 4 + 1 + 1; 1200 + 199.7 + 400 m
    assert (figures["vertices"], figures["nodes"], figures["edges"], figures["components"]) == (9, 9, 6, 3)
    assert figures["length_km"] == pytest.approx(1.7997, abs=0.0006)
    assert figures["largest_component_share"] == pytest.approx(5 / 9, abs=1e-6)
    assert figures["near_misses"] in (1, 2)  # one gap, or its two ends
    assert figures["crossings_without_vertex"] == 1
    assert load(tmp_path / "figures.json") == figures
    assert "warn" in done.stderr  # the largest part holds under 90 %

    joined = cli("network", path, "--profile", "adult", "--json", "--join-m", 0.5, "--node-crossings")
    figures = json.loads(joined.stdout)
    assert (figures["components"], figures["largest_component_share"]) == (1, 1)
    assert "warn" not in joined.stderr


def test_times_are_a_sorted_table_of_pairs(tmp_path: Path) -> None:
    """All pairs within the limit, none beyond, equal to the oracle; both ways differ on one-way streets."""
    files = write_study(tmp_path / "data", world())
    tables = {}
    for name, (start, end) in {"there": ("demand", "facilities"), "back": ("facilities", "demand")}.items():
        out = tmp_path / f"{name}.csv"
        done = cli(
            "times", "--roads", files["roads"], "--from", files[start], "--to", files[end], "--profile", "drive",
            "--max-minutes", 12, "--out", out, "--island-nodes", 0,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        raw = out.read_bytes()
        assert raw.startswith(b"\xef\xbb\xbf")
        tables[name] = list(csv.reader(raw.decode("utf-8-sig").splitlines()))
        assert tables[name][0] == ["from_id", "to_id", "minutes"]
        pairs = [(row[0], row[1]) for row in tables[name][1:]]
        assert pairs == sorted(pairs)
        assert len(set(pairs)) == len(pairs) > 20
        assert all(0 <= float(row[2]) <= 12 for row in tables[name][1:])
    _equal_to_the_oracle(files, tables["there"])
    there = {(a, b): float(m) for a, b, m in tables["there"][1:]}
    back = {(b, a): float(m) for a, b, m in tables["back"][1:]}
    assert there != back, "the town has no one-way street that matters"


def _equal_to_the_oracle(files: dict[str, Path], table: list[list[str]]) -> None:
    import numpy as np

    from tests.oracle import coordinates

    oracle = Oracle(road.read_roads(files["roads"]), parameters(profile="drive", island_nodes=0))
    homes, sites = read_layer(files["demand"], "demand").frame, read_layer(files["facilities"], "facilities").frame
    times = oracle.times_s(coordinates(homes), coordinates(sites), 720)
    expected = {
        (homes["demand_id"][i], sites["facility_id"][j]): times.seconds[i, j] / 60
        for i, j in zip(*np.nonzero(~np.isnan(times.seconds)), strict=True)
    }
    found = {(a, b): float(m) for a, b, m in table[1:]}
    assert found.keys() == expected.keys()
    assert max(abs(found[pair] - expected[pair]) for pair in found) <= 5.2e-7


def test_one_ways_and_limits_survive_the_way_through_a_file(tmp_path: Path) -> None:
    """[D10, D13] Direction and speed as text: 500 m at 30 km/h with the arrow 1 min; against it no way."""
    layer = roads(Road([(0, 0), (500, 0)], highway="primary", oneway=1, maxspeed_kmh=30))
    path = write_geojson(layer, tmp_path / "roads.geojson")
    ends = [[f"P{i}", f"{lon:.9f}", f"{lat:.9f}"] for i, (lon, lat) in enumerate(layer.frame.geometry[0].coords)]
    table = tmp_path / "ends.csv"
    table.write_text("id,lon,lat\n" + "".join(",".join(row) + "\n" for row in ends), encoding="utf-8")
    out = tmp_path / "times.csv"
    done = cli(
        "times",
        "--roads",
        path,
        "--from",
        table,
        "--to",
        table,
        "--profile",
        "drive",
        "--max-minutes",
        30,
        "--out",
        out,
    )
    assert done.returncode == 0, done.stderr
    _, *rows = csv.reader(out.read_text(encoding="utf-8-sig").splitlines())
    assert [row[:2] for row in rows] == [["P0", "P0"], ["P0", "P1"], ["P1", "P1"]]
    assert float(rows[1][2]) == pytest.approx(1, abs=1e-5)


@pytest.mark.slow
def test_demo(root: Path, tmp_path: Path) -> None:
    """The whole job: every person of the demo is covered, beyond or without road; the checkout stays as it was."""
    if not (root / "data" / "demo" / "workspace.toml").exists():
        pytest.skip("no demo yet")
    before = {p: p.stat().st_mtime_ns for p in sorted((root / "data" / "demo").rglob("*"))}
    done = cli("demo", "--out", tmp_path / "demo", "--json")
    assert done.returncode == 0, done.stderr
    folder = tmp_path / "demo" / "coverage"
    summary = load(folder / "summary.json")
    leaves = read_log(open_demo().path).entries[-1].export
    assert (leaves.what, leaves.file, leaves.level) == ("demo", "demo", summary["level"])
    assert summary["covered"]["15"] + summary["beyond"] + summary["no_road"] == summary["demand_total"]
    weight = summary["parameters"]["weight"]
    assert summary["demand_total"] == sum(row[weight] for row in properties(folder / "demand.geojson"))
    assert summary["covered"]["5"] < summary["covered"]["10"] < summary["covered"]["15"]
    assert summary["covered_without_outside"]["15"] <= summary["covered"]["15"]
    units = properties(folder / "units.geojson")
    assert sum(row["weight"] for row in units) == summary["demand_total"]
    assert sum(row["covered_15"] for row in units) == summary["covered"]["15"]
    assert summary["facilities"] == len(properties(folder / "facilities.geojson"))
    assert json.loads(done.stdout)["covered"] == summary["covered"]
    plans = {"changxing", "chenzhou", "chongming", "jinhua", "xiaoshan"}
    assert {entry.name for entry in (tmp_path / "demo" / "indicators").iterdir()} == plans
    assert {entry.name for plan in plans for entry in (tmp_path / "demo" / "indicators" / plan).iterdir()} == {
        "scorecard.csv", "failing_units.csv", "summary.json", "plan.json",
    }  # fmt: skip
    boundary = tmp_path / "demo" / "boundary"
    assert {entry.name for entry in boundary.iterdir()} == {
        "findings.csv", "findings.geojson", "lines.geojson", "quality.json", "stakes.geojson", "summary.json",
    }  # fmt: skip
    checked = load(boundary / "summary.json")
    assert (checked["parameters"]["as_of"], checked["synthetic"]) == (summary["parameters"]["as_of"], True)
    planted = json.loads((root / "data" / "demo" / "planted.json").read_text(encoding="utf-8"))["stakes"]
    found = [row for row in properties(boundary / "findings.geojson") if row["severity"] != "info"]
    told = {(row["check"], row["line_code"], row["stake_no"]) for row in found}
    assert told == {(one["check"], one["line_code"], one["stake_no"]) for one in planted}
    assert {p: p.stat().st_mtime_ns for p in sorted((root / "data" / "demo").rglob("*"))} == before
