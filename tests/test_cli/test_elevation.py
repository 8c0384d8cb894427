"""``--elevation`` of the commands, and ferries and steps from an extract to the files."""

import csv
import hashlib
import json
from pathlib import Path

import pytest

from tests.builders import Road, demand, facilities, path, roads, write_geojson
from tests.rasters import plane, write_raster
from tests.study import cli, load, properties


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    """A street of 1 km up a slope of 5 %, a home at its foot and a centre at its top."""
    return {
        "roads": write_geojson(roads([(0, 0), (1000, 0)]), tmp_path / "roads.geojson"),
        "facilities": write_geojson(facilities({"F1": (1000, 0)}), tmp_path / "facilities.geojson"),
        "demand": write_geojson(demand({"D1": (0, 0)}), tmp_path / "demand.geojson"),
        "elevation": write_raster(tmp_path / "高程.tif", plane(0.05)),
    }


def test_coverage_on_a_hill(files: dict[str, Path], tmp_path: Path) -> None:
    """1,000 s on the flat, 1,191 s uphill at 0.84; from the centre down 1,000 s, for it is an elder."""
    layers = [word for name in ("roads", "facilities", "demand") for word in (f"--{name}", files[name])]
    found = {}
    for name, more in {
        "flat": [], "to": ["--elevation", files["elevation"]],
        "from": ["--elevation", files["elevation"], "--direction", "from"],
    }.items():  # fmt: skip
        done = cli("coverage", *layers, "--minutes", "18", "--as-of", "2026-06-30", *more, "--out", tmp_path / name)
        assert done.returncode == 0, done.stderr
        found[name] = properties(tmp_path / name / "demand.geojson")[0]["minutes"]
    assert found == pytest.approx({"flat": 1000 / 60, "to": 1191.25 / 60, "from": 1000 / 60}, rel=1e-4)
    summary = load(tmp_path / "to" / "summary.json")
    assert summary["covered"] == {"18": 0}
    (entry,) = [entry for entry in summary["inputs"] if entry["kind"] == "elevation"]
    assert entry["file"] == "高程.tif"
    assert entry["sha256"] == hashlib.sha256(files["elevation"].read_bytes()).hexdigest()
    assert summary["parameters"]["slope"]["share_without_elevation"] == 0
    flat = load(tmp_path / "flat" / "summary.json")
    assert flat["parameters"]["slope"] is None
    assert "slope" in flat["parameters"]["ignored"]
    assert "slope" not in summary["parameters"]["ignored"]


def test_times_on_a_hill(files: dict[str, Path], tmp_path: Path) -> None:
    out = tmp_path / "times.csv"
    done = cli(
        "times", "--roads", files["roads"], "--from", files["facilities"], "--to", files["demand"],
        "--profile", "adult", "--max-minutes", 60, "--elevation", files["elevation"], "--out", out,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    (row,) = csv.DictReader(out.read_text(encoding="utf-8-sig").splitlines())
    assert float(row["minutes"]) == pytest.approx(800 / 1.191246 / 60, rel=1e-4)


def test_a_raster_that_is_none_ends_with_two(files: dict[str, Path], tmp_path: Path) -> None:
    text = tmp_path / "text.tif"
    text.write_text("<VRTDataset/>", encoding="utf-8")
    layers = [word for name in ("roads", "facilities", "demand") for word in (f"--{name}", files[name])]
    done = cli("coverage", *layers, "--elevation", text, "--out", tmp_path / "out")
    assert done.returncode == 2
    assert "not_a_geotiff" in done.stderr
    assert not (tmp_path / "out").exists()


def test_a_ferry_of_an_extract(tmp_path: Path) -> None:
    """Roads of 500 m on both banks and a ferry of 600 m that takes ten minutes: 600 s and 300 + 200 m on foot."""
    banks = [[(0.0, 0.0), (500.0, 0.0)], [(0.0, 600.0), (500.0, 600.0)]]
    ways = [(bank, {"highway": "residential"}) for bank in banks]
    ways.append(([(0.0, 0.0), (0.0, 600.0)], {"route": "ferry", "duration": "00:10"}))
    places = sorted({place for line, _ in ways for place in line})
    text = ['<?xml version="1.0"?><osm version="0.6">']
    text += [f'<node id="{n}" lon="{lon:.9f}" lat="{lat:.9f}"/>' for n, (lon, lat) in enumerate(path(places), start=1)]
    for number, (line, tags) in enumerate(ways, start=1):
        refs = "".join(f'<nd ref="{places.index(place) + 1}"/>' for place in line)
        text.append(
            f'<way id="{number}">{refs}' + "".join(f'<tag k="{k}" v="{v}"/>' for k, v in tags.items()) + "</way>"
        )
    extract = tmp_path / "roads.osm"
    extract.write_text("".join([*text, "</osm>"]), encoding="utf-8")
    sites = write_geojson(facilities({"F1": (300, 0)}), tmp_path / "facilities.geojson")
    homes = write_geojson(demand({"D1": (200, 600)}), tmp_path / "demand.geojson")
    done = cli(
        "coverage", "--roads", extract, "--facilities", sites, "--demand", homes, "--profile", "adult",
        "--island-nodes", 0, "--out", tmp_path / "out", "--json",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert properties(tmp_path / "out" / "demand.geojson")[0]["minutes"] == pytest.approx((600 + 400) / 60, abs=1e-3)
    assert json.loads(done.stdout)["travel"] == {"ferries": 1, "ferries_usable": 1, "class_speed_share": None}


def test_steps_are_a_bureaus_word_too(tmp_path: Path) -> None:
    """台阶 of a bureau layer are steps: 100 m at half of 1.25 m/s."""
    layer = roads(Road([(0, 0), (100, 0)], highway="台阶"))
    out = tmp_path / "times.csv"
    done = cli(
        "times", "--roads", write_geojson(layer, tmp_path / "roads.geojson"),
        "--from", write_geojson(demand({"D1": (0, 0)}), tmp_path / "d.geojson"),
        "--to", write_geojson(facilities({"F1": (100, 0)}), tmp_path / "f.geojson"),
        "--profile", "adult", "--max-minutes", 60, "--out", out,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    (row,) = csv.DictReader(out.read_text(encoding="utf-8-sig").splitlines())
    assert float(row["minutes"]) == pytest.approx(160 / 60, abs=1e-5)
