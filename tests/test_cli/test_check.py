"""``check``: all faults of a file at once, the fields of the contract, exit codes, and the file that goes back."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
import shapely

from geo.read import read_table
from layers.schemas import SCHEMAS

GOOD = "编号,机构名称,经度,纬度,床位总数,行政区划代码\n0101,甲,119.90812,31.02621,20,990101\n"
BAD = GOOD + "0102,乙,,31.1,20,990101\n0103,丙,0,0,-5,990101\n0101,丁,119.91812,31.03621,x,990101\n"


@pytest.fixture
def check(root: Path, tmp_path: Path) -> Any:
    def run(text: str, *options: str, kind: str = "facilities", lang: str = "zh") -> subprocess.CompletedProcess[str]:
        file = tmp_path / "台账.csv"
        file.write_text(text, encoding="gb18030")
        return subprocess.run(
            [sys.executable, str(root / "cli.py"), "--lang", lang, "check", str(file), "--kind", kind, *options],
            capture_output=True, encoding="utf-8", check=False, env={**os.environ,
            "QUARTERHOUR_HOME": str(tmp_path / "home")},
        )  # fmt: skip

    return run


def test_a_good_file(check: Any) -> None:
    done = check(GOOD, "--json")
    assert done.returncode == 0
    report = json.loads(done.stdout)
    assert list(report) == ["kind", "rows_read", "rows_kept", "rows_refused", "datum", "crs", "encoding", "findings"]
    assert (report["kind"], report["rows_read"], report["rows_kept"], report["rows_refused"]) == ("facilities", 1, 1, 0)
    assert (report["datum"], report["crs"], report["encoding"]) == ("wgs84", "", "gb18030")
    assert {one["code"] for one in report["findings"]} >= {"datum_assumed"}


def test_all_faults_at_once(check: Any, tmp_path: Path) -> None:
    back = tmp_path / "退回.xlsx"
    done = check(BAD, "--json", "--refused", str(back))
    assert done.returncode == 0
    report = json.loads(done.stdout)
    assert (report["rows_read"], report["rows_kept"], report["rows_refused"]) == (4, 1, 3)
    for one in report["findings"]:
        assert list(one) == ["code", "severity", "row", "field", "message", "hint"]
    errors = [(one["row"], one["code"]) for one in report["findings"] if one["severity"] == "error"]
    assert errors == [
        (3, "coordinate_missing"), (4, "null_island"), (4, "number_negative"), (5, "number_unreadable"),
        (5, "id_repeated"),
    ]  # fmt: skip
    table = read_table(back)
    assert table.frame["原行号"].tolist() == ["3", "4", "5"]
    assert table.frame["编号"].tolist() == ["0102", "0103", "0101"]


def test_in_words_and_in_english(check: Any) -> None:
    done = check(BAD)
    assert "rows_refused: 3" in done.stdout
    assert "第 4 行" in done.stdout
    english = check(BAD, lang="en")
    assert "Row 4" in english.stdout


def test_refused_as_a_whole(check: Any, tmp_path: Path) -> None:
    back = tmp_path / "back.csv"
    none = check("经度,纬度\n0,0\nx,31\n", "--json", "--refused", str(back))
    assert none.returncode == 2
    report = json.loads(none.stdout)
    assert (report["rows_read"], report["rows_kept"], report["rows_refused"]) == (2, 0, 2)
    assert report["findings"][0]["code"] == "no_row_kept"
    assert {one["row"] for one in report["findings"]} >= {2, 3}
    assert none.stderr.strip()
    assert not back.exists()
    swapped = check("经度,纬度\n31.1,119.9\n", "--json")
    assert swapped.returncode == 2
    assert json.loads(swapped.stdout)["findings"][0]["code"] == "swapped_lonlat"
    assert check("", "--json").returncode == 2


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (("--kind", "houses"), "unknown_kind"),
        (("--datum", "mars"), "unknown_datum"),
        (("--refused", "a.txt"), "refused_suffix"),
    ],
)
def test_options_that_are_none(check: Any, options: tuple[str, ...], code: str) -> None:
    done = check(GOOD, *options)
    assert done.returncode == 2
    assert done.stderr.startswith(code)


def test_beside_a_reference(check: Any, tmp_path: Path) -> None:
    units = tmp_path / "units.gpkg"
    boxes = [shapely.box(119.8, 30.9, 120, 31.1), shapely.box(120, 30.9, 120.2, 31.1)]
    gpd.GeoDataFrame({"unit_code": ["990101", "990102"], "name": ["甲乡", "乙乡"]}, geometry=boxes, crs=4326).to_file(
        units
    )
    text = GOOD + "0102,乙,120.10812,31.02621,20,990101\n0103,丙,119.5012,31.02621,20,990101\n"
    report = json.loads(check(text, "--json", "--reference", str(units)).stdout)
    found = {(one["code"], one["row"]) for one in report["findings"]}
    assert {("unit_differs", 3), ("outside_study", 4)} <= found
    roads = tmp_path / "roads.gpkg"
    line = shapely.LineString([(119.90, 31.026), (119.92, 31.026)])
    gpd.GeoDataFrame({"highway": ["residential"]}, geometry=[line], crs=4326).to_file(roads)
    report = json.loads(check(text, "--json", "--reference", str(roads)).stdout)
    far = [one["row"] for one in report["findings"] if one["code"] == "far_from_road"]
    assert far == [3, 4]


@pytest.mark.parametrize("kind", SCHEMAS)
def test_every_kind_may_be_asked_for(check: Any, kind: str) -> None:
    done = check("名称\n甲\n", "--json", kind=kind)
    assert done.returncode in {0, 2}
    assert json.loads(done.stdout)["kind"] == kind


def test_metres_without_a_zone_by_the_reference_or_by_name(check: Any, root: Path) -> None:
    """The demo lies about 114 E, in the zone of EPSG:4547; a workspace finds it in the same way."""
    text = "编号,名称,X,Y\n1,甲,3386000.5,528000.5\n2,乙,3387000.5,529000.5\n"
    assert check(text, "--json").returncode == 2
    roads = root / "data" / "demo" / "layers" / "roads.parquet"
    by_area = json.loads(check(text, "--json", "--reference", str(roads)).stdout)
    by_name = json.loads(check(text, "--json", "--crs", "EPSG:4547").stdout)
    assert by_area["rows_kept"] == by_name["rows_kept"] == 2
    assert next(one for one in by_area["findings"] if one["code"] == "zone_from_area")["message"].count("EPSG:4547")
    assert by_name["crs"] == "EPSG:4547"


def test_a_row_is_told_once(check: Any) -> None:
    done = check("编号,名称,经度,纬度\n1,甲,,\n2,乙,114.30512,30.60231\n")
    assert "(+" not in next(line for line in done.stdout.splitlines() if line.startswith("error"))
