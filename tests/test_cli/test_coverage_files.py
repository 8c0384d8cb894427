"""``coverage`` from the command line: the files and fields of the contract."""

import csv
import hashlib
import json
import math
import re
import subprocess
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
import pytest
import shapely

from layers import road
from layers.read import read_layer
from tests.builders import parameters
from tests.oracle import answer
from tests.study import BAD_DEMAND, cli, coverage_arguments, load, properties, world, write_study

COLLECTIONS = (
    "demand", "facilities", "service_areas", "service_areas_by_facility", "reached_roads", "gaps", "gap_areas", "units",
)  # fmt: skip


class Run(NamedTuple):
    files: dict[str, Path]
    out: Path
    done: subprocess.CompletedProcess[str]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The main job with all that it can write; its stdout on a machine that speaks no UTF-8."""
    folder = tmp_path_factory.mktemp("study")
    files = write_study(folder / "data", world())
    out = folder / "out"
    plain = {"LC_ALL": "C", "LANG": "C", "PYTHONIOENCODING": "", "PYTHONUTF8": "0"}
    done = cli(*coverage_arguments(files, out, json=True, **{"per-facility": True}), env=plain)
    assert done.returncode == 0, done.stderr
    return Run(files, out, done)


def test_files(run: Run) -> None:
    assert sorted(path.name for path in run.out.iterdir()) == sorted(
        [*(f"{name}.geojson" for name in COLLECTIONS), "summary.json", "quality.json", "refused_demand.csv"]
    )
    assert [path.name for path in run.out.parent.iterdir() if path.name.startswith(".")] == []


def test_stdout_is_one_json_object(run: Run) -> None:
    """Also where the system's encoding is not UTF-8; it is the summary."""
    printed = json.loads(run.done.stdout)
    written = load(run.out / "summary.json")
    assert printed.pop("seconds") > 0
    assert written.pop("seconds") > 0
    assert printed == written


def test_a_warning_tells_of_refused_rows(run: Run) -> None:
    assert "demand.csv" in run.done.stderr
    assert "Traceback" not in run.done.stderr


# ---------------------------------------------------------------------- RFC 7946
def positions(coordinates: Any) -> list[list[float]]:
    if coordinates and isinstance(coordinates[0], (int, float)):
        return [coordinates]
    return [position for part in coordinates for position in positions(part)]


def signed_area(ring: list[list[float]]) -> float:
    (x0, y0), *_ = ring
    return sum((a[0] - x0) * (b[1] - y0) - (b[0] - x0) * (a[1] - y0) for a, b in pairwise(ring))


@pytest.mark.parametrize("name", COLLECTIONS)
def test_geojson_by_rfc_7946(run: Run, name: str) -> None:
    raw = (run.out / f"{name}.geojson").read_bytes()
    assert not raw.startswith(b"\xef\xbb\xbf")
    collection = load(run.out / f"{name}.geojson")
    assert collection["type"] == "FeatureCollection"
    assert "crs" not in collection
    assert isinstance(collection["features"], list)
    assert len(collection["features"]) > 0
    for feature in collection["features"]:
        assert feature["type"] == "Feature"
        assert isinstance(feature["properties"], dict)
        geometry = feature["geometry"]
        if geometry is None:
            assert feature["properties"].get("unit_code") == ""  # the row of those in no unit has no shape
            continue
        assert shapely.from_geojson(json.dumps(geometry)).is_valid
        for position in positions(geometry["coordinates"]):
            assert len(position) == 2
            assert -180 <= position[0] <= 180
            assert -90 <= position[1] <= 90
        polygons = {"Polygon": [geometry["coordinates"]], "MultiPolygon": geometry["coordinates"]}
        for rings in polygons.get(geometry["type"], []):
            for k, ring in enumerate(rings):
                assert len(ring) >= 4
                assert ring[0] == ring[-1]
                assert (signed_area(ring) > 0) == (k == 0), "right-hand rule"
    numbers = re.findall(rb"(?<=[\[,])-?\d+\.(\d+)(?=[\],])", raw)
    assert numbers
    assert max(len(decimals) for decimals in numbers) <= 7


def test_types_of_geometry(run: Run) -> None:
    kinds = {
        name: {f["geometry"]["type"] for f in load(run.out / f"{name}.geojson")["features"] if f["geometry"]}
        for name in COLLECTIONS
    }
    assert kinds["demand"] == kinds["facilities"] == {"Point"}
    assert kinds["service_areas"] == kinds["service_areas_by_facility"] == {"MultiPolygon"}
    assert kinds["reached_roads"] <= {"LineString", "MultiLineString"}
    assert kinds["units"] <= {"Polygon", "MultiPolygon"}
    assert kinds["gap_areas"] == {"Polygon"}


# ---------------------------------------------------------------------- fields
FIELDS = {
    "demand": [
        "demand_id", "status", "minutes", "facility_id", "access_m", "moved_from_island", "unit_code", "edge_of_roads",
        "pop", "pop65",
    ],
    "facilities": [
        "facility_id", "name", "kind", "status", "road_status", "access_m", "moved_from_island", "outside", "served",
    ],
    "service_areas": ["minutes", "area_m2"],
    "service_areas_by_facility": ["facility_id", "minutes", "area_m2"],
    "reached_roads": ["minutes"],
    # ``demand_id`` is not named by the contract; it ties a gap to its place.
    "gaps": ["rank", "demand_id", "weight", "nearest_facility_id", "nearest_minutes", "unit_code", "reason"],
    "gap_areas": [
        "rank", "people", "places", "unit_code", "units", "nearest_facility_id", "nearest_minutes", "mean_minutes",
        "reason", "adds", "best_place_id", "best_lon", "best_lat",
    ],
    "units": [
        "unit_code", "name", "weight", "covered_1", "covered_2.5", "covered_5", "share_1", "share_2.5", "share_5",
        "no_road", "facilities",
    ],
}  # fmt: skip


@pytest.mark.parametrize("name", COLLECTIONS)
def test_fields_are_those_of_the_contract(run: Run, name: str) -> None:
    for row in properties(run.out / f"{name}.geojson"):
        assert sorted(row) == sorted(FIELDS[name])


def test_one_feature_per_kept_row_in_order(run: Run) -> None:
    """Rows read = features + rows refused; the refused stand in the quality report and in a table, nowhere else."""
    kept = [row["demand_id"] for row in properties(run.out / "demand.geojson")]
    assert kept == list(world().homes)
    assert [row["facility_id"] for row in properties(run.out / "facilities.geojson")] == list(world().sites)
    quality = load(run.out / "quality.json")
    for kind in ("roads", "facilities", "demand", "units"):
        report = quality[kind]
        assert report["rows_read"] == report["rows_kept"] + report["rows_refused"]
        for finding in report["findings"]:
            assert {"code", "severity", "row", "field", "message", "hint"} <= set(finding)
            assert finding["message"]
    assert quality["demand"]["rows_refused"] == len(BAD_DEMAND)
    assert quality["demand"]["rows_kept"] == len(kept)
    errors = [f["row"] for f in quality["demand"]["findings"] if f["severity"] == "error"]
    assert sorted(set(errors)) == sorted(BAD_DEMAND)


def test_the_table_of_refused_rows(run: Run) -> None:
    """UTF-8 with a byte-order mark; row number, reason, and the row as it was read."""
    raw = (run.out / "refused_demand.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(raw.decode("utf-8-sig").splitlines()))
    assert [int(row["row"]) for row in rows] == sorted(BAD_DEMAND)
    for row, expected in zip(rows, BAD_DEMAND.values(), strict=True):
        assert row["reason"]
        assert set(expected) - {""} <= set(row.values())


def test_values_have_the_decimals_of_the_contract(run: Run) -> None:
    for row in properties(run.out / "demand.geojson"):
        assert row["minutes"] is None or row["minutes"] == round(row["minutes"], 6)
        assert row["access_m"] is None or row["access_m"] == round(row["access_m"], 2)
        assert isinstance(row["moved_from_island"], bool)
        assert isinstance(row["edge_of_roads"], bool)
        assert isinstance(row["pop"], int)
        assert (row["minutes"] is None) == (row["facility_id"] is None)
        assert row["unit_code"] in ("990101", "990102", "")
        if row["status"] == "no_road":
            assert row["minutes"] is None
        if row["status"] == "covered":
            assert row["minutes"] <= 5


def test_answers_are_those_of_the_oracle(run: Run) -> None:
    """From the files as they were read to the table as it was written."""
    asked = parameters(profile="drive", minutes=(1, 2.5, 5), max_snap_m=150)
    roads, sites = road.read_roads(run.files["roads"]), read_layer(run.files["facilities"], "facilities")
    expected = answer(roads, sites, read_layer(run.files["demand"], "demand"), asked).set_index("demand_id")
    rows = properties(run.out / "demand.geojson")
    assert {row["status"] for row in rows} == {"covered", "beyond", "no_road"}
    for row in rows:
        truth = expected.loc[row["demand_id"]]
        if truth["unsure"]:
            continue
        assert row["status"] == truth["status"]
        assert row["minutes"] == (None if math.isnan(truth["minutes"]) else pytest.approx(truth["minutes"], abs=5.2e-7))
        assert row["facility_id"] == (None if pd.isna(truth["facility_id"]) else truth["facility_id"])
        assert row["moved_from_island"] == truth["moved_from_island"]


# ---------------------------------------------------------------------- summary
SUMMARY = {
    "demand_total", "covered", "covered_without_outside", "beyond", "no_road", "refused", "facilities",
    "facilities_no_road", "network", "polygon_agreement", "parameters", "inputs", "versions", "seconds",
}  # fmt: skip


def test_summary_has_the_keys_of_the_contract(run: Run) -> None:
    summary = load(run.out / "summary.json")
    assert set(summary) >= SUMMARY
    assert list(summary["covered"]) == ["1", "2.5", "5"]
    assert set(summary["network"]) == {"vertices", "nodes", "edges", "length_km", "components"}
    assert set(summary["polygon_agreement"]) == {"1", "2.5", "5"}
    for figures in summary["polygon_agreement"].values():
        assert set(figures) == {"precision", "recall"}
        assert all(value is None or 0 <= value <= 1 for value in figures.values())
    assert set(summary["refused"]) >= {"demand", "facilities"}
    assert summary["refused"]["demand"]["rows"] == len(BAD_DEMAND)
    assert set(summary["refused"]["demand"]) == {"rows", "weight"}
    asked = summary["parameters"]
    assert asked["as_of"] == "2026-06-30"
    assert (asked["profile"], asked["minutes"], asked["weight"]) == ("drive", [1, 2.5, 5], "pop")


def test_totals_add_up(run: Run) -> None:
    """By the summary, by the places, by the units and by the facilities: the same people."""
    summary = load(run.out / "summary.json")
    places, sites = properties(run.out / "demand.geojson"), properties(run.out / "facilities.geojson")
    unit_rows, gaps = properties(run.out / "units.geojson"), properties(run.out / "gaps.geojson")
    total = sum(int(place.pop) for place in world().homes.values())
    by_status = {s: sum(r["pop"] for r in places if r["status"] == s) for s in ("covered", "beyond", "no_road")}
    assert summary["demand_total"] == total
    assert summary["covered"]["5"] + summary["beyond"] + summary["no_road"] == total
    assert by_status == {"covered": summary["covered"]["5"], "beyond": summary["beyond"], "no_road": summary["no_road"]}
    for name in ("1", "2.5", "5"):
        within = sum(r["pop"] for r in places if r["minutes"] is not None and r["minutes"] <= float(name))
        assert summary["covered"][name] == within == sum(row[f"covered_{name}"] for row in unit_rows)
    assert sum(row["weight"] for row in unit_rows) == total
    assert sum(row["no_road"] for row in unit_rows) == summary["no_road"]
    assert sum(row["facilities"] for row in unit_rows) == sum(row["served"] is not None for row in sites)
    assert sum(row["served"] or 0 for row in sites) == summary["covered"]["5"]
    assert sum(row["weight"] for row in gaps) == summary["beyond"] + summary["no_road"]
    assert [row["rank"] for row in gaps] == list(range(1, len(gaps) + 1))
    areas = properties(run.out / "gap_areas.geojson")
    assert sum(row["people"] for row in areas) == summary["beyond"] + summary["no_road"]
    assert sum(row["places"] for row in areas) == len(gaps)
    assert [row["rank"] for row in areas] == list(range(1, len(areas) + 1))
    for row in unit_rows:
        for name in ("1", "2.5", "5"):
            share = row[f"covered_{name}"] / row["weight"] if row["weight"] else None
            assert row[f"share_{name}"] == (None if share is None else pytest.approx(share, abs=1e-6))
    assert summary["facilities"] == len(sites)
    assert summary["facilities_no_road"] == sum(row["road_status"] == "no_road" for row in sites)


def test_inputs_are_named_and_hashed(run: Run) -> None:
    """The name without its folder, and the digest of the very bytes."""
    inputs = {entry["file"]: entry for entry in load(run.out / "summary.json")["inputs"]}
    assert set(inputs) == {path.name for path in run.files.values()}
    for path in run.files.values():
        assert inputs[path.name]["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
        assert {"rows", "datum", "crs"} <= set(inputs[path.name])
    assert inputs["demand.csv"]["rows"] == len(world().homes) + len(BAD_DEMAND)
    everything = "".join(p.read_text(encoding="utf-8") for p in run.out.iterdir())
    assert str(run.out.parent) not in everything, "a path of this machine in a result"


def test_without_units_and_with_nobody_in_reach(tmp_path: Path) -> None:
    """No facility within reach is an answer: covered 0, exit 0, a warning; units an empty collection."""
    files = write_study(tmp_path / "data", world())
    del files["units"]
    table = files["facilities"].read_text(encoding="utf-8").replace(",open", ",closed")
    files["facilities"].write_text(table, encoding="utf-8")
    done = cli(*coverage_arguments(files, tmp_path / "out"))
    assert done.returncode == 0, done.stderr
    summary = load(tmp_path / "out" / "summary.json")
    assert set(summary["covered"].values()) == {0}
    assert summary["covered_without_outside"] is None
    assert load(tmp_path / "out" / "units.geojson")["features"] == []
    assert not (tmp_path / "out" / "service_areas_by_facility.geojson").exists()
    rows = properties(tmp_path / "out" / "facilities.geojson")
    assert {row["served"] for row in rows} == {None}
    assert {row["outside"] for row in rows} == {None}
    assert {row["status"] for row in rows} == {"closed"}
    without_refused = [line for line in done.stderr.splitlines() if "demand.csv" not in line]
    assert any(line.startswith("warn") for line in without_refused), done.stderr


def test_stdout_for_people(tmp_path: Path) -> None:
    """Without ``--json`` the figures in lines; the same folder may be written again."""
    files = write_study(tmp_path / "data", world())
    for _ in range(2):
        done = cli(*coverage_arguments(files, tmp_path / "out"))
        assert done.returncode == 0, done.stderr
        assert "demand_total" in done.stdout
        assert (tmp_path / "out" / "summary.json").exists()
