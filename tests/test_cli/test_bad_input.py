"""Bad input: exit code 2, a message that says what and where, no traceback, and nothing written."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.study import DEMAND_HEADER, ROOT, cli, coverage_arguments, load, properties, world, write_csv, write_study

Files = dict[str, Path]
Spoil = Callable[[Files], str]

GRAPHML = """<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE graphml [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">
<!ENTITY c SYSTEM "file:///etc/hostname">]>
<graphml xmlns="http://graphml.graphdrawing.org/xmlns">
<key id="x" for="node" attr.name="x" attr.type="string"/><key id="y" for="node" attr.name="y" attr.type="string"/>
<graph edgedefault="directed"><node id="1"><data key="x">114.0</data><data key="y">30.5</data></node>
<node id="2"><data key="x">114.01</data><data key="y">&b;30.5</data></node>
<edge source="1" target="2"/></graph></graphml>
"""
OSM = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE osm [<!ENTITY a "residential">]>
<osm version="0.6"><node id="1" lat="30.5" lon="114.0"/><node id="2" lat="30.5" lon="114.01"/>
<way id="1"><nd ref="1"/><nd ref="2"/><tag k="highway" v="&a;"/></way></osm>
"""


def _missing(kind: str) -> Spoil:
    def spoil(files: Files) -> str:
        files[kind].unlink()
        return files[kind].name

    return spoil


def _text(kind: str, name: str, text: str) -> Spoil:
    def spoil(files: Files) -> str:
        files[kind] = files[kind].with_name(name)
        files[kind].write_text(text, encoding="utf-8")
        return name

    return spoil


def _swapped(kind: str) -> Spoil:
    """Latitude first, in every position or in every row."""

    def spoil(files: Files) -> str:
        path = files[kind]
        if path.suffix == ".csv":
            head, *rows = path.read_text(encoding="utf-8").splitlines()
            cells = [row.split(",") for row in rows]
            text = "\n".join([head, *(",".join([*c[:2], c[3], c[2], *c[4:]]) for c in cells)])
            path.write_text(text + "\n", encoding="utf-8")
        else:
            collection = load(path)
            for feature in collection["features"]:
                line = feature["geometry"]["coordinates"]
                feature["geometry"]["coordinates"] = [[y, x] for x, y in line]
            path.write_text(json.dumps(collection), encoding="utf-8")
        return path.name

    return spoil


def _metres(files: Files) -> str:
    """Metres in a GeoJSON, which says that they are degrees."""
    collection = load(files["roads"])
    for feature in collection["features"]:
        line = feature["geometry"]["coordinates"]
        feature["geometry"]["coordinates"] = [[x * 1e5 - 1.09e7, y * 1e5] for x, y in line]
    files["roads"].write_text(json.dumps(collection), encoding="utf-8")
    return files["roads"].name


def _points_as_roads(files: Files) -> str:
    points = [
        {"type": "Feature", "properties": {}, "geometry": {"type": "Point", "coordinates": [114.0 + i / 1000, 30.5]}}
        for i in range(3)
    ]
    files["roads"].write_text(json.dumps({"type": "FeatureCollection", "features": points}), encoding="utf-8")
    return files["roads"].name


def _cut(files: Files) -> str:
    raw = files["roads"].read_bytes()
    files["roads"].write_bytes(raw[: len(raw) // 2])
    return files["roads"].name


def _table_as_roads(files: Files) -> str:
    files["roads"] = files["demand"]
    return files["roads"].name


SPOILS: dict[str, Spoil] = {
    "roads missing": _missing("roads"),
    "facilities missing": _missing("facilities"),
    "demand missing": _missing("demand"),
    "units missing": _missing("units"),
    "empty roads": _text("roads", "empty.geojson", ""),
    "empty table": _text("demand", "empty.csv", ""),
    "header only": _text("demand", "header.csv", ",".join(DEMAND_HEADER) + "\n"),
    "no feature": _text("roads", "none.geojson", '{"type":"FeatureCollection","features":[]}'),
    "points as roads": _points_as_roads,
    "a table as roads": _table_as_roads,
    "metres called degrees": _metres,
    "swapped roads": _swapped("roads"),
    "swapped demand": _swapped("demand"),
    "swapped facilities": _swapped("facilities"),
    "GraphML with DOCTYPE": _text("roads", "net.graphml", GRAPHML),
    "OSM with DOCTYPE": _text("roads", "net.osm", OSM),
    "cut in the middle": _cut,
    "no coordinates": _text("facilities", "names.csv", "name\n中心一\n中心二\n"),
}


@pytest.mark.parametrize("name", SPOILS)
def test_refused_as_a_whole(name: str, tmp_path: Path) -> None:
    files = write_study(tmp_path / "data", world())
    spoilt = SPOILS[name](files)
    done = cli(*coverage_arguments(files, tmp_path / "out"))
    assert done.returncode == 2, done.stdout + done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    assert spoilt in done.stderr, "the message must name the file"
    assert len(done.stderr.strip().splitlines()) >= 2, "what is wrong, and how to mend it"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data"], "nothing is written"


@pytest.mark.parametrize(
    "asked",
    [{"minutes": "five"}, {"minutes": "nan"}, {"weight": "no_such_column"}, {"as-of": "30.06.2026"}, {"join-m": "-1"}],
    ids=lambda asked: " ".join(f"{k} {v}" for k, v in asked.items()),
)
def test_parameters_outside_what_is_allowed(asked: dict[str, str], tmp_path: Path) -> None:
    """[D19] No computation with a number that makes no sense. More of them: tests/unit/test_engine_parameters.py."""
    files = write_study(tmp_path / "data", world())
    done = cli(*coverage_arguments(files, tmp_path / "out", **asked))
    assert done.returncode == 2, done.stdout + done.stderr
    assert done.stdout == ""
    assert done.stderr.strip()
    assert "Traceback" not in done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data"]


def test_one_bad_row_among_good_ones(tmp_path: Path) -> None:
    """[T29] It is listed with its number, and the others are computed."""
    files = write_study(tmp_path / "data", world())
    del files["units"]
    rows = [
        ["D1", "甲", "114.001", "30.501", "5", "1"],
        ["D2", "乙", "x", "30.5", "7", "1"],
        ["D3", "丙", "114.002", "30.5", "9", "1"],
    ]
    files["demand"] = write_csv(tmp_path / "data" / "three.csv", DEMAND_HEADER, rows)
    done = cli(*coverage_arguments(files, tmp_path / "out"))
    assert done.returncode == 0, done.stderr
    assert "three.csv" in done.stderr
    assert "3" in done.stderr  # the number of the row
    assert [row["demand_id"] for row in properties(tmp_path / "out" / "demand.geojson")] == ["D1", "D3"]
    summary = load(tmp_path / "out" / "summary.json")
    assert summary["demand_total"] == 14
    assert summary["refused"]["demand"]["rows"] == 1


def test_no_good_row_is_refused_as_a_whole(tmp_path: Path) -> None:
    files = write_study(tmp_path / "data", world())
    rows = [["D1", "甲", "", "", "5", "1"], ["D2", "乙", "x", "30.5", "7", "1"]]
    files["demand"] = write_csv(tmp_path / "data" / "two.csv", DEMAND_HEADER, rows)
    done = cli(*coverage_arguments(files, tmp_path / "out"))
    assert done.returncode == 2
    assert "two.csv" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()


def test_a_bad_input_leaves_an_older_result_as_it_was(tmp_path: Path) -> None:
    files = write_study(tmp_path / "data", world())
    assert cli(*coverage_arguments(files, tmp_path / "out")).returncode == 0
    before = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    files["roads"].write_text("", encoding="utf-8")
    assert cli(*coverage_arguments(files, tmp_path / "out")).returncode == 2
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data", "out"]


def test_an_output_that_cannot_be_written(tmp_path: Path) -> None:
    """A file stands where the folder should go."""
    files = write_study(tmp_path / "data", world())
    target = tmp_path / "out"
    target.write_text("mine", encoding="utf-8")
    done = cli(*coverage_arguments(files, target))
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert target.read_text(encoding="utf-8") == "mine"


def test_a_fault_of_ours_ends_with_one(tmp_path: Path) -> None:
    """[F] One line on stderr and where the log is; no traceback, no folder. The fault is made by hand."""
    files = write_study(tmp_path / "data", world())
    arguments = [str(a) for a in coverage_arguments(files, tmp_path / "out")]
    code = (
        "import sys, cli\n"
        "def broken(*given, **named): raise ZeroDivisionError('made by hand')\n"
        "cli.coverage_run.run = broken\n"
        f"sys.argv = ['cli.py', *{arguments!r}]\n"
        "cli.main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=240,
        check=False,
    )
    assert done.returncode == 1
    assert done.stdout == ""
    assert len(done.stderr.strip().splitlines()) == 1
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("command", ["network", "times"])
def test_other_commands_refuse_too(command: str, tmp_path: Path) -> None:
    """Missing roads: exit code 2, nothing written."""
    files = write_study(tmp_path / "data", world())
    gone, target = tmp_path / "data" / "gone.geojson", tmp_path / "result"
    arguments: dict[str, list[object]] = {
        "network": ["network", gone, "--out", target],
        "times": [
            "times", "--roads", gone, "--from", files["demand"], "--to", files["facilities"], "--max-minutes", 5,
            "--out", target,
        ],
    }  # fmt: skip
    done = cli(*arguments[command])
    assert done.returncode == 2
    assert "gone.geojson" in done.stderr
    assert "Traceback" not in done.stderr
    assert not target.exists()
