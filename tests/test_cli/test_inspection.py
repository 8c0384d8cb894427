"""``inspection`` from the command line: what is due, what is entered for both sides, events, patrols, plans."""

import dataclasses
import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from python_calamine import CalamineWorkbook
from typer.testing import CliRunner

import cli
from demarcation.model import Inspection, Line, Stake, Study
from demarcation.records import Records
from geo.errors import FileError, RequestError
from layers.export_log import read_log
from layers.read import read_layer
from layers.workspace_edit import About, add_layer, new_workspace
from reports.field_package import write_field_package

DAY = "2026-06-30"
A, B = "990100001", "990100007"  # the sides of 9906, whose last inspection was on 2020-10-20


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = Path(__file__).resolve().parents[2]
    folder = tmp_path_factory.mktemp("inspection") / "w"
    opened = new_workspace(folder, "试点")
    for kind in ("lines", "stakes"):
        layer = read_layer(root / f"data/demo/layers/{kind}.parquet", kind)
        few = layer.frame[layer.frame["line_code"].isin(["9906", "9909"])].reset_index(drop=True)
        opened = add_layer(opened, dataclasses.replace(layer, frame=few), About())
    return folder


def run(folder: Path, *arguments: object) -> dict[str, Any]:
    """What a command prints."""
    given = ["inspection", *map(str, arguments), "--workspace", str(folder), "--json"]
    done = CliRunner().invoke(cli.app, given, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout.splitlines()[-1])


def status(folder: Path, code: str) -> tuple[str, int]:
    return next(
        (row["status"], row["days"]) for row in run(folder, "due", "--as-of", DAY)["rows"] if row["line_code"] == code
    )


def test_from_overdue_over_both_sides_and_a_flood_to_in_order(workspace: Path) -> None:
    assert status(workspace, "9906") == ("overdue", -253)
    enter = ("enter", "--line", "9906", "--round", 5, "--day", "2026-06-20", "--unit")
    assert run(workspace, *enter, A) == {"entered": 1, "numbers": [1]}
    assert status(workspace, "9906") == ("overdue", -253)
    run(workspace, *enter, B)
    assert status(workspace, "9906") == ("later", 1816)  # to 2031-06-20: 5 * 365 + 1 - 10
    flood = run(workspace, "event", "add", "--line", "9906", "--kind", "洪水", "--unit", A, "--day", "2026-06-25")
    assert status(workspace, "9906")[0] == "extra"
    number = flood["numbers"][0]
    for step, unit in (("told", A), ("已确认", A), ("confirmed", B)):
        run(workspace, "event", "advance", number, "--step", step, "--unit", unit, "--day", "2026-06-28")
    assert run(workspace, "event", "list")["rows"] == []
    assert [row["state"] for row in run(workspace, "event", "list", "--all")["rows"]] == ["双方已确认"]
    assert status(workspace, "9906")[0] == "later"
    run(workspace, "withdraw", 2, "--note", "乙方未到场")
    assert status(workspace, "9906") == ("overdue", -253)
    told = run(workspace, "history", "--line", "9906")["rows"]
    assert [(row["kind"], row["stands"]) for row in told][:2] == [("inspection", True), ("inspection", False)]
    assert len(told) == 7


def test_a_table_is_entered_whole_or_not_at_all(workspace: Path, tmp_path: Path) -> None:
    rows = [
        "line_code,stake_no,date,round,unit,state",
        f"9906,9906001A,2026-06-20,5,{A},损坏",
        f"9906,9906001A,2026-06-20,5,{B},完好",
    ]
    good, bad = tmp_path / "good.csv", tmp_path / "bad.csv"
    good.write_text("\n".join(rows), encoding="utf-8")
    bad.write_text("\n".join([*rows, f"9906,9906099A,2026-06-20,5,{B},完好"]), encoding="utf-8")
    stake = ("history", "--line", "9906", "--stake", "9906001A")
    with pytest.raises(RequestError, match="9906099A"):
        run(workspace, "enter", "--file", bad)
    assert run(workspace, *stake)["rows"] == []
    assert run(workspace, "enter", "--file", good)["entered"] == 2
    seen = [row["said"]["state"] for row in run(workspace, *stake)["rows"]]
    assert sorted(seen) == ["完好", "损坏"]


@pytest.mark.parametrize(
    "wrong",
    [
        ("enter", "--line", "9999"),
        ("enter", "--line", "9906", "--unit", "990100008"),
        ("enter",),
        ("event", "add", "--line", "9906", "--kind", "地震", "--unit", A),
        ("event", "advance", 99, "--step", "told", "--unit", A),
        ("event", "advance", 1, "--step", "quickly", "--unit", A),
        ("plan", "add", "--year", 2026, "--round", 5, "--line", "9906", "--lead", "990100008"),
    ],
)
def test_what_cannot_be_entered_is_refused(workspace: Path, wrong: tuple[object, ...]) -> None:
    with pytest.raises(RequestError):
        run(workspace, *wrong)


def test_plans_and_patrols(workspace: Path) -> None:
    run(workspace, "plan", "add", "--year", 2026, "--round", 9, "--line", "9906、9909")
    row = run(workspace, "plan", "list", "--as-of", DAY)["rows"][0]
    assert (row["lines"], row["lines_done"], row["done_km"]) == (2, 0, 0.0)
    assert row["due_km"] == pytest.approx(8.4665 + 8.7663, abs=0.01)  # what both lines declare
    run(workspace, "patrol", "add", "--line", "9906", "--keeper", "护桩岗", "--days", 90, "--day", "2026-06-01")
    assert [(row["due"], row["days"]) for row in run(workspace, "patrol", "list", "--as-of", DAY)["rows"]] == [
        ("2026-08-30", 61)
    ]


def test_the_package_has_forms_and_an_order_and_coordinates_only_when_asked_for(
    workspace: Path, tmp_path: Path
) -> None:
    roads, out = tmp_path / "roads.geojson", tmp_path / "package"
    path = {"type": "LineString", "coordinates": [[114.0, 30.5], [114.6, 30.5]]}
    feature = {"type": "Feature", "properties": {"highway": "primary"}, "geometry": path}
    roads.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}), encoding="utf-8")
    given = ("package", "--line", "9906", "--out", out)
    made = run(workspace, *given, "--roads", roads, "--max-walk", 5000)
    assert made["files"] == [
        "inspection-form-9906.docx", "route.csv", "stake-register-9906.docx", "unreached.csv",
    ]  # fmt: skip
    assert made["stops"] + len(made["unreached"]) == made["stakes"] == 12
    assert not [word for word in ("lon", "114.", "30.5") if word in (out / "route.csv").read_text("utf-8-sig")]
    made = run(workspace, *given, "--gpx", "--to", "毗邻县民政局")
    assert made["route"] is None  # the workspace has no roads, and says so
    assert (out / "stakes.gpx").read_text("utf-8").count("<wpt") == 12
    logged = read_log(workspace).entries[-1].export
    assert (logged.what, logged.file, logged.to, logged.public) == ("field", "package", "毗邻县民政局", False)
    with pytest.raises(RequestError):
        run(workspace, *given, "--start", "here")


def test_the_register_holds_every_entry(workspace: Path, tmp_path: Path) -> None:
    records = Records.open(workspace)
    records.add_inspection(Inspection("9909", "", dt.date(2026, 5, 1), 5, note="=1+1"))
    entered = len(records.read().entries)
    assert run(workspace, "register", "--out", tmp_path / "a.xlsx", "--as-of", DAY)["rows"] == entered
    history = CalamineWorkbook.from_path(tmp_path / "a.xlsx").get_sheet_by_index(2).to_python()
    assert [row[0] for row in history[-entered:]] == list(range(1, entered + 1))
    assert read_log(workspace).entries[-1].export.what == "register"


def test_drafts_letters_and_bare_photos(workspace: Path, tmp_path: Path) -> None:
    picture = tmp_path / "石.jpg"
    exif = Image.Exif()
    exif[0x010F] = "CAMERA OF SOMEBODY"
    Image.new("RGB", (8, 8)).save(picture, "JPEG", exif=exif)
    event = ("event", "add", "--line", "9909", "--kind", "施工", "--unit", "990100002", "--photo", picture)
    number = run(workspace, *event)["numbers"][0]
    for name, given in (("report", ()), ("results", ()), ("letter", (number,))):
        out = tmp_path / f"{name}.docx"
        run(workspace, name, *given, "--out", out)
        assert out.read_bytes().startswith(b"PK")
        assert read_log(workspace).entries[-1].export.file == out.name
    assert run(workspace, "photos", "--line", "9909", "--out", tmp_path / "photos")["photos"] == 1
    (copy,) = (tmp_path / "photos").iterdir()
    assert b"CAMERA" in picture.read_bytes()
    assert b"CAMERA" not in copy.read_bytes()
    for wrong in (("letter", 9999, "--out", tmp_path / "a.docx"), ("report", "--out", tmp_path / "a.txt")):
        with pytest.raises(RequestError):
            run(workspace, *wrong)
    with pytest.raises(FileError):
        run(workspace, *event[:-1], tmp_path / "none.jpg")


def test_a_code_of_a_line_leads_out_of_no_folder(tmp_path: Path) -> None:
    code = "../../9/9"
    line = Line(code, "", A, B, "", None, "", None, None, None, None, None, A, None, ())
    study = Study({code: line}, (Stake("1", code, 1, "Q"),), dt.date(2026, 6, 30))
    write_field_package(tmp_path, study, [code], None, "zh", names={})
    assert sorted(file.name for file in tmp_path.iterdir()) == [
        "inspection-form-______9_9-1.docx", "stake-register-______9_9-1.docx",
    ]  # fmt: skip
