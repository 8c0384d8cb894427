"""``lines``: files on a small world of two lines, with stamp, level and a line in the log of exports."""

import csv
import json
import zipfile
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
import shapely
from typer.testing import CliRunner

from commands.lines import lines_commands
from geo.errors import RequestError
from layers.export_log import read_log
from layers.secrecy import STAMP
from layers.workspace_edit import new_workspace
from tests.builders import AS_OF, XY, at, path, units, write_geojson

A, B, C = "990100001", "990100002", "990100003"


def _lines(file: Path, *ends: tuple[str, str, str, XY, XY]) -> Path:
    frame = gpd.GeoDataFrame(
        {"line_code": [one[0] for one in ends], "unit_a": [one[1] for one in ends], "unit_b": [one[2] for one in ends],
         "scale": [10000] * len(ends)},
        geometry=[shapely.LineString(path(one[3:])) for one in ends], crs=4326,
    )  # fmt: skip
    frame.to_file(file)
    return file


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two lines on one meridian, three stakes, a red line as a zip of a shapefile without a name."""
    folder = tmp_path_factory.mktemp("world")
    _lines(folder / "lines.geojson", ("9901", A, C, (0, 0), (0, 4000)), ("9902", B, C, (0, 4000), (0, 9000)))
    _lines(folder / "other.geojson", ("9901", A, C, (30, 0), (30, 4000)), ("9909", B, C, (0, 4000), (0, 9000)))
    stakes = [("9901001Q", 500), ("9901002Q", 3500), ("9902001Q", 6000)]
    rows = ["stake_no,line_code,lon,lat", *(f"{no},{no[:4]},{at(0, y)[0]},{at(0, y)[1]}" for no, y in stakes)]
    (folder / "stakes.csv").write_text("\n".join(rows), encoding="utf-8")
    (folder / "codes.csv").write_text(f"原代码,新代码\n{A},{A}\n{B},{A}\n", encoding="utf-8")
    plot = shapely.Polygon(path([(-300, 3000), (700, 3000), (700, 3480), (-300, 3480)]))
    gpd.GeoDataFrame({"BH": ["1"]}, geometry=[plot], crs=4326).to_file(folder / "red.shp")
    with zipfile.ZipFile(folder / "red.zip", "w") as packed:
        for part in sorted(folder.glob("red.*")):
            if part.suffix != ".zip":
                packed.write(part, part.name)
    write_geojson(units({C: (-3000, 0, 0, 9000), A: (0, 0, 3000, 4000)}), folder / "units.geojson")
    new_workspace(folder / "study", "望湖", as_of=AS_OF)
    return folder


def _run(world: Path, name: str, *arguments: object) -> dict[str, Any]:
    out, log = world / name, world / "study"
    told = [name, "--lines", world / "lines.geojson", *arguments, "--out", out, "--workspace", log, "--json"]
    done = CliRunner().invoke(lines_commands, [str(word) for word in told], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    summary: dict[str, Any] = json.loads((out / "summary.json").read_text(encoding="utf-8"))
    assert (summary["level"], summary["stamp"], summary["command"]) == ("内部", STAMP, f"lines {name}")
    assert summary["versions"]
    leaves = read_log(log).entries[-1].export
    assert (leaves.what, leaves.file, leaves.public, leaves.stamp) == (f"lines {name}", name, False, STAMP)
    for file in out.glob("*.geojson"):
        assert json.loads(file.read_text(encoding="utf-8"))["stamp"] == STAMP
    return summary


def test_lines_in_words_and_a_description_compared(world: Path) -> None:
    """Stakes at 500 m and 3,500 m of the first line, a road across it at 2,000 m; 三公里 are right, 东 is not."""
    road = shapely.LineString(path([(-50, 2000), (50, 2000)]))
    gpd.GeoDataFrame({"name": ["望湖路"]}, geometry=[road], crs=4326).to_file(world / "features.geojson")
    told = "从9901001Q号界桩起,向东三公里至9901002Q号界桩。风景如画。"
    (world / "texts.csv").write_text(f'界线代码,走向说明\n9901,"{told}"\n9999,无\n', encoding="utf-8")
    summary = _run(world, "describe", "--stakes", world / "stakes.csv", "--features", world / "features.geojson",
                   "--descriptions", world / "texts.csv", "--word")  # fmt: skip
    assert [summary[key] for key in ("lines", "fits", "differs", "not_understood")] == [2, 1, 1, 1]
    assert summary["descriptions_of_no_line"] == ["9999"]
    words = (world / "describe" / "line_9901.txt").read_text(encoding="utf-8").splitlines()
    assert words[3] == "从9901001Q号界桩起,向北方向行进3.00公里,跨越“望湖路”(里程2.00公里),至9901002Q号界桩。"
    assert ("核对用,不具法律效力" in words[1], words[-1]) == (True, STAMP)
    assert (world / "describe" / "line_9902.docx").read_bytes()[:2] == b"PK"
    rows = list(csv.DictReader((world / "describe" / "comparison.csv").read_text(encoding="utf-8-sig").splitlines()))
    assert [(row["what"], row["status"]) for row in rows] == [
        ("length", "fits"), ("direction", "differs"), ("text", "not_understood"),
    ]  # fmt: skip
    with pytest.raises(RequestError, match="9903"):
        _run(world, "describe", "--stakes", world / "stakes.csv", "--line", "9903")


def test_a_red_line_as_a_zip(world: Path) -> None:
    """1,000 m × 480 m, 300 m of it west of the line; 20 m south of a stake, whose place is not told."""
    summary = _run(world, "project", "--stakes", world / "stakes.csv", "--project", world / "red.zip", "--units",
                   world / "units.geojson", "--as-of", "2026-06-30")  # fmt: skip
    assert (summary["crosses"], summary["near"], summary["stakes_near"]) == (["9901"], [], ["9901002Q"])
    assert "第十条" in summary["findings"][0]["hint"]
    across, stake = json.loads((world / "project" / "crossings.geojson").read_text(encoding="utf-8"))["features"]
    assert across["properties"]["sides"] == f"{A} 336,000 平方米、{C} 144,000 平方米"
    assert (across["properties"]["project"], across["geometry"]["type"]) == ("red-1", "MultiPoint")
    assert stake["geometry"] is None
    assert stake["properties"]["value"] == pytest.approx(20, abs=0.05)  # a side of 1 km is straight on the map


def test_two_editions(world: Path) -> None:
    """9901 lies 30 m further east in the other; 9902 and 9909 have no counterpart."""
    summary = _run(world, "compare", "--other", world / "other.geojson")
    assert (summary["lines_that_differ"], summary["only_here"], summary["only_there"]) == (["9901"], ["9902"], ["9909"])
    assert summary["greatest_m"] == pytest.approx(30, abs=0.05)
    drawn = json.loads((world / "compare" / "differences.geojson").read_text(encoding="utf-8"))["features"]
    assert [one["properties"]["what"] for one in drawn] == ["own_edition", "other_edition"]
    assert {one["code"] for one in summary["findings"]} == {"editions_have_no_winner", "editions_not_paired"}


def test_units_merged(world: Path) -> None:
    """B becomes A: one line of 9 km, the third stake at 6 km is its third."""
    codes = world / "codes.csv"
    summary = _run(world, "recode", "--stakes", world / "stakes.csv", "--mapping", codes)
    assert summary["statement"] == "方案,不改变法定界线"
    assert (summary["lines"]["merged"], summary["stakes"]["keep"], summary["stakes"]["renumber"]) == (1, 2, 1)
    with (world / "recode" / "recode.csv").open(encoding="utf-8-sig", newline="") as opened:
        rows = list(csv.DictReader(opened))
    assert (rows[0]["old_line"], rows[0]["new_line"], float(rows[0]["length_m"])) == (
        "9901+9902", "9901", pytest.approx(9000, abs=0.1),
    )  # fmt: skip
    assert [row["new_number"] for row in rows[1:]] == ["9901001Q", "9901002Q", "9901003Q"]
    (world / "split.csv").write_text(f"old_code,new_code\n{A},{A}1\n{A},{A}2\n", encoding="utf-8")
    with pytest.raises(RequestError):
        _run(world, "recode", "--stakes", world / "stakes.csv", "--mapping", world / "split.csv")
