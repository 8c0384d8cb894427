"""``boundary`` from the command line: the files of the contract on a small county, and what is refused."""

import contextlib
import csv
import datetime as dt
import io
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
import shapely

import cli as command_line
from geo.geojson import feature_collection
from layers.export_log import read_log
from layers.read import read_layer
from layers.secrecy import STAMP
from layers.workspace_edit import About, add_layer, new_workspace
from tests.study import cli, world, write_csv, write_study

HEADER = ["stake_no", "line_code", "serial", "type", "state", "managed_by", "survey_method", "lon", "lat"]
CONTRACT = ["check", "severity", "line_code", "stake_no", "value", "limit", "unit", "message"]
DAY = "2026-06-30"


def stakes() -> list[list[object]]:
    """Six stakes along a parallel; the third 33 m north of it: 0.0003° of latitude are 33.26 m.

    Their longitudes have seven decimals: a table in whole thousandths of a degree is forgiven what it is rounded to.
    """
    return [
        [f"990100{n}Q", "9901", n, "Q", "完好", "990100", "GNSS", 114.0000123 + 0.016 * n, 30.0003 if n == 3 else 30.0]
        for n in range(1, 7)
    ]


def county(folder: Path, rows: Sequence[Sequence[object]]) -> list[object]:
    """Files of a line and its stakes, as options."""
    folder.mkdir(parents=True)
    about = {"line_code": "9901", "name": "甲乙线", "unit_a": "990100", "unit_b": "990200", "scale": 10000,
             "survey_method": "GNSS", "declared_stakes": 6}  # fmt: skip
    path = {"type": "LineString", "coordinates": [[114.0 + 0.004 * n, 30.0] for n in range(29)]}
    feature = {"type": "Feature", "properties": about, "geometry": path}
    lines = folder / "lines.geojson"
    lines.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}), encoding="utf-8")
    return ["--lines", lines, "--stakes", write_csv(folder / "stakes.csv", HEADER, rows), "--as-of", DAY]


def here(*arguments: object) -> tuple[int, str]:
    """The command in this process: exit code and what it says on stderr. A process of its own takes seconds."""
    said = io.StringIO()
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stderr(said), contextlib.redirect_stdout(said):
        patch.setattr(sys, "argv", ["cli.py", "boundary", *map(str, arguments)])
        try:
            command_line.main()
        except SystemExit as end:
            return int(end.code or 0), said.getvalue()
    return 0, said.getvalue()


def load(file: Path) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return made


def table(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8-sig", newline="") as opened:
        return list(csv.DictReader(opened))


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any]:
    """One run, with a row that cannot be kept."""
    folder = tmp_path_factory.mktemp("county")
    options = county(folder / "in", [*stakes(), ["9901007Q", "", 7, "Q", "完好", "990100", "GNSS", 114.1, 30.0]])
    return folder / "out", cli("boundary", *options, "--out", folder / "out", "--json")


def test_the_files_of_the_contract(done: tuple[Path, Any]) -> None:
    out, ran = done
    assert ran.returncode == 0, ran.stderr
    summary = load(out / "summary.json")
    assert json.loads(ran.stdout) == summary
    findings = table(out / "findings.csv")
    assert list(findings[0])[: len(CONTRACT)] == CONTRACT
    off = [one for one in findings if one["check"] == "K1"]
    assert [(one["severity"], one["stake_no"], one["limit"], one["unit"]) for one in off] == [
        ("fail", "9901003Q", "5.0", "m")
    ]
    assert float(off[0]["value"]) == pytest.approx(33.26, abs=0.02)
    features = load(out / "findings.geojson")["features"]
    assert [one["properties"]["message"] for one in features] == [one["message"] for one in findings]
    assert summary["checks"]["K1"] == {"fail": 1, "warn": 0, "info": 0}
    assert sum(summary["findings"].values()) == len(findings)
    placed = {one["properties"]["stake_no"]: one["properties"] for one in load(out / "stakes.geojson")["features"]}
    assert placed["9901003Q"]["offset_m"] == pytest.approx(33.26, abs=0.02)
    assert (placed["9901003Q"]["side"], placed["9901003Q"]["severity"]) == ("left", "fail")
    assert placed["9901006Q"]["chainage_m"] == pytest.approx(6 * 0.016 * 96486.3, abs=2.0)
    assert {load(out / name)["stamp"] for name in ("findings.geojson", "stakes.geojson", "lines.geojson")} == {STAMP}


def test_what_did_not_run_says_why(done: tuple[Path, Any]) -> None:
    summary = load(done[0] / "summary.json")
    assert {"K9", "K12", "K13", "K15", "K16"} <= set(summary["not_run"])
    assert not set(summary["not_run"]) & set(summary["checks"])
    assert set(summary["not_run"]) | set(summary["checks"]) == {f"K{n}" for n in range(1, 21)}
    assert all(one["zh"] and one["en"] for one in summary["not_run"].values())
    assert "K13 not_run" in done[1].stderr
    assert summary["parameters"]["as_of"] == DAY
    assert summary["parameters"]["rules"]["K1"]["fail_mm"] == 0.5
    assert [(one["name"], one["rows"], one["level"]) for one in summary["inputs"]] == [
        ("lines", 1, "内部"), ("stakes", 7, "内部"),
    ]  # fmt: skip


def test_a_row_that_cannot_be_kept_comes_back(done: tuple[Path, Any]) -> None:
    out, ran = done
    assert "stakes.csv" in ran.stderr
    assert load(out / "summary.json")["refused"] == {"lines": {"rows": 0}, "stakes": {"rows": 1}}
    assert load(out / "quality.json")["stakes"]["rows_refused"] == 1
    assert [one["row"] for one in table(out / "refused_stakes.csv")] == ["8"]


def test_the_order_of_rows_changes_no_byte(tmp_path: Path) -> None:
    """Beside the rows' own numbers."""
    rows = stakes()
    for name, order in (("as_is", [0, 1, 2, 3, 4, 5]), ("other", [4, 2, 5, 0, 3, 1])):
        code, said = here(*county(tmp_path / name, [rows[n] for n in order]), "--out", tmp_path / f"out_{name}")
        assert code == 0, said
    first, other = tmp_path / "out_as_is", tmp_path / "out_other"
    for file in ("findings.geojson", "stakes.geojson", "lines.geojson"):
        assert (first / file).read_bytes() == (other / file).read_bytes(), file
    for one in (found := [table(folder / "findings.csv") for folder in (first, other)]):
        assert one
        for row in one:
            row.pop("row")
    assert found[0] == found[1]


def test_what_is_refused_as_a_whole_writes_nothing(tmp_path: Path) -> None:
    options = county(tmp_path / "in", stakes())
    out = tmp_path / "out"
    for wrong, told in (
        (options[:2], "--stakes"),
        ([*options, "--public"], "stakes.csv"),
        ([*options, "--rules", write_rules(tmp_path / "own.toml")], "K1.fail_mm"),
    ):
        code, said = here(*wrong, "--out", out)
        assert code == 2, said
        assert told in said
        assert not out.exists()


def test_services_and_people_across_a_line(tmp_path: Path) -> None:
    """A line along the border of the two units of a small town, in which people walk over to the other's facility."""
    files = write_study(tmp_path / "in", world())
    border = shapely.intersection(*gpd.read_file(files["units"]).geometry)
    about = {"line_code": "9901", "unit_a": "990101", "unit_b": "990102"}
    lines = tmp_path / "in" / "lines.geojson"
    frame = gpd.GeoDataFrame([about], geometry=[border], crs=4326)
    lines.write_text("".join(feature_collection(frame)), encoding="utf-8")
    lon, lat = border.coords[0]
    rows = [["9901001Q", "9901", 1, "Q", "完好", "990101", "GNSS", lon, lat]]
    options = ["--lines", lines, "--stakes", write_csv(tmp_path / "in" / "stakes.csv", HEADER, rows), "--as-of", DAY]
    for name, file in files.items():
        options += [f"--{name}", file]
    code, said = here(*options, "--out", tmp_path / "out")
    assert code == 0, said
    summary = load(tmp_path / "out" / "summary.json")
    assert {"roads", "demand", "facilities", "units"} <= {one["name"] for one in summary["inputs"]}
    assert summary["refused"]["demand"] == {"rows": 2}
    assert (tmp_path / "out" / "refused_demand.csv").exists()
    told = [one["message"] for one in table(tmp_path / "out" / "findings.csv") if one["check"] == "K16"]
    assert any("服务区" in one for one in told)
    assert any("到对侧设施更近" in one for one in told)
    code, said = here(*options[:8], "--out", tmp_path / "other")
    assert code == 2, said
    assert "--facilities" in said


def write_rules(file: Path) -> Path:
    file.write_text("[K1]\nfail_mm = -1\n", encoding="utf-8")
    return file


def test_a_workspace_for_the_public_has_no_stake_in_it(tmp_path: Path) -> None:
    options = county(tmp_path / "in", stakes())
    study = new_workspace(tmp_path / "study", "县", as_of=dt.date(2026, 6, 30))
    course = write_csv(tmp_path / "course.csv", ["line_code", "text"], [["9901", "自老鹰嘴向西3公里。"]])
    for kind, file in (("lines", options[1]), ("stakes", options[3]), ("descriptions", course)):
        study = add_layer(study, read_layer(Path(str(file)), kind), About(level="公开"))
    code, said = here("--workspace", study.path, "--public", "--out", tmp_path / "out")
    assert code == 0, said
    assert {file.name for file in (tmp_path / "out").iterdir()} == {"findings.csv", "summary.json"}
    text = "".join(file.read_text(encoding="utf-8-sig") for file in (tmp_path / "out").iterdir())
    assert "9901003" not in text
    assert "老鹰嘴" not in text
    assert load(tmp_path / "out" / "summary.json")["checks"]["K19"]["info"]
    assert load(tmp_path / "out" / "summary.json")["checks"]["K1"]["fail"] == 1
    entry = read_log(study.path).entries[-1].export
    assert (entry.what, entry.public, entry.level) == ("boundary", True, "公开")
