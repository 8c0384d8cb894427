"""``workspace``: what the contract says, as a user types it."""

import io
import json
import os
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import pytest

import cli as commands
from layers.workspace import open_workspace
from tests.study import ROOT

LEDGER = (
    "编号,名称,经度,纬度,类型,床位数\n01,甲,114.30,30.50,养老机构,10\n02,乙,114.31,30.51,养老机构,约\n03,丙,0,0,,\n"
)


def called(*arguments: object) -> "subprocess.CompletedProcess[str]":
    """The command in this process: the start of another costs seconds, which the tests of other commands pay."""
    out, err = io.StringIO(), io.StringIO()
    code = 0
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.setattr(sys, "argv", ["cli.py", "workspace", *(str(argument) for argument in arguments)])
        patch.setattr("signal.signal", lambda *_: None)
        try:
            commands.main()
        except SystemExit as end:
            code = int(end.code or 0)
    return subprocess.CompletedProcess(sys.argv, code, out.getvalue(), err.getvalue())


def done(*arguments: object, code: int = 0) -> Any:
    """What a command prints as JSON."""
    run = called(*arguments, "--json")
    assert run.returncode == code, run.stderr
    return json.loads(run.stdout)


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    file = tmp_path / "台账.csv"
    file.write_bytes(LEDGER.encode("gb18030"))
    return file


@pytest.fixture
def folder(tmp_path: Path, ledger: Path) -> Path:
    done("new", tmp_path / "试点", "--as-of", "2026-06-30")
    done("add", tmp_path / "试点", ledger, "--kind", "facilities", "--level", "公开", "--source", "民政局")
    return tmp_path / "试点"


def test_from_a_ledger_to_a_package_and_back(folder: Path, ledger: Path, tmp_path: Path) -> None:
    listed = done("list", folder)
    assert (listed["name"], listed["as_of"], listed["state"]) == ("试点", "2026-06-30", 2)
    (layer,) = listed["layers"]
    assert (layer["kind"], layer["level"], layer["source"], layer["rows"]) == ("facilities", "公开", "民政局", 1)
    assert (layer["original"], layer["rows_refused"], layer["datum_from"]) == ("台账.csv", 2, "assumed")
    exported = done("export", folder, tmp_path / "o.gpkg", "--to", "省厅")
    assert (exported["level"], exported["crs"], exported["layers"]) == ("公开", "EPSG:4490", {"facilities": 1})
    assert exported["stamp"] == "内部用图,未经审核不得公开"
    back = done("import", tmp_path / "o.gpkg", tmp_path / "back")
    assert back["layers"][0]["sha256"] == layer["sha256"]
    log = done("log", folder)
    assert log["whole"] is True
    assert [(entry["file"], entry["to"], entry["sha256"]) for entry in log["entries"]] == [
        ("o.gpkg", "省厅", exported["sha256"])
    ]
    assert "省厅" in called("log", folder).stdout


def test_refused_rows_are_warned_of_and_the_findings_are_those_of_check(folder: Path, ledger: Path) -> None:
    run = called("add", folder, ledger, "--kind", "facilities", "--json")
    assert run.returncode == 0
    assert "null_island" in run.stdout
    assert "台账.csv" in run.stderr
    report = json.loads(run.stdout)
    assert (report["rows_read"], report["rows_kept"], report["rows_refused"]) == (3, 1, 2)
    assert report["encoding"].startswith("gb")
    assert report["change"] == "replace"
    assert {"code", "severity", "row", "field", "message", "hint"} == set(report["findings"][0])


def test_remove_undo_redo(folder: Path) -> None:
    assert done("remove", folder, "facilities")["layers"] == []
    assert len(done("undo", folder)["layers"]) == 1
    assert done("redo", folder)["layers"] == []
    assert len(done("undo", folder, "--to", "2")["layers"]) == 1
    words = called("list", folder).stdout
    assert "移出“设施”" in words
    assert "facilities\t公开\t1\t" in words


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["add", "FOLDER", "LEDGER", "--kind", "facilities", "--level", "秘密"], "level_refused"),
        (["add", "FOLDER", "LEDGER", "--kind", "facilities", "--level", "secret"], "level_unknown"),
        (["add", "FOLDER", "LEDGER", "--kind", "castles"], "unknown_kind"),
        (["add", "FOLDER", "LEDGER", "--kind", "facilities", "--datum", "mars"], "unknown_datum"),
        (["add", "FOLDER", "LEDGER", "--kind", "stakes"], "column_missing"),
        (["add", "FOLDER", "FOLDER/missing.csv", "--kind", "units"], "file_missing"),
        (["add", "LEDGER", "LEDGER", "--kind", "facilities"], "workspace_missing"),
        (["new", "FOLDER"], "output_not_ours"),
        (["remove", "FOLDER", "units"], "workspace_lacks_layer"),
        (["undo", "FOLDER", "--to", "77"], "state_not_kept"),
        (["redo", "FOLDER"], "nothing_to_redo"),
        (["export", "FOLDER", "FOLDER/o.docx"], "package_suffix"),
        (["import", "LEDGER", "FOLDER"], "package_unknown"),
        (["log", "LEDGER"], "workspace_missing"),
    ],
)
def test_what_cannot_be_done_ends_with_2_and_says_why(
    arguments: list[str], code: str, folder: Path, ledger: Path
) -> None:
    before = {file: file.read_bytes() for file in folder.rglob("*") if file.is_file() and file.name != ".lock"}
    run = called(*(a.replace("FOLDER", str(folder)).replace("LEDGER", str(ledger)) for a in arguments))
    assert run.returncode == 2, run.stderr
    assert code in run.stderr
    after = {file: file.read_bytes() for file in folder.rglob("*") if file.is_file() and file.name != ".lock"}
    assert {file.name for file in after if before.get(file) != after[file]} <= {"000002.toml"}


def test_a_public_export_says_what_stays_behind(folder: Path, ledger: Path, tmp_path: Path) -> None:
    units = tmp_path / "units.csv"
    units.write_text("unit_code,name\n99,示范\n", encoding="utf-8")
    done("add", folder, units, "--kind", "units")
    run = called("export", folder, tmp_path / "o.zip", "--public", "--json")
    assert run.returncode == 0
    assert json.loads(run.stdout)["layers"] == {"facilities": 1}
    assert "区划" in run.stderr
    assert done("log", folder)["entries"][0]["public"] is True


def test_a_log_that_was_touched_ends_with_2(folder: Path, tmp_path: Path) -> None:
    for _ in range(2):
        done("export", folder, tmp_path / "o.zip")
    log = folder / "exports.jsonl"
    log.write_bytes(log.read_bytes().splitlines(keepends=True)[1])
    assert done("log", folder, code=2)["whole"] is False
    assert "log_broken" in called("log", folder).stderr


def test_f13_two_commands_at_once_lose_nothing(folder: Path, tmp_path: Path) -> None:
    files = {"units": "unit_code,name\n99,示范\n", "values": "unit_code,indicator,year,value\n99,a,2024,1\n"}
    running = []
    for kind, text in files.items():
        (tmp_path / f"{kind}.csv").write_text(text, encoding="utf-8")
        command = [sys.executable, str(ROOT / "cli.py"), "workspace", "add", str(folder), str(tmp_path / f"{kind}.csv")]
        running.append(subprocess.Popen([*command, "--kind", kind], cwd=ROOT, env=dict(os.environ),
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))  # fmt: skip
    assert [process.wait(timeout=240) for process in running] == [0, 0]
    assert {entry.kind for entry in open_workspace(folder).layers} == {"facilities", "units", "values"}


def test_a_remembered_correction_is_used_by_the_next_command(tmp_path: Path) -> None:
    from layers.options import ReadOptions
    from layers.read import read_layer
    from layers.workspace_edit import About, add_layer, new_workspace

    file = tmp_path / "a.csv"
    file.write_text("编号,经度,纬度,甲列\n01,114.3,30.5,7\n", encoding="utf-8")
    options = ReadOptions(columns={"beds": "甲列"})
    headings = ["编号", "经度", "纬度", "甲列"]
    workspace = new_workspace(tmp_path / "w", "a")
    add_layer(workspace, read_layer(file, "facilities", options), About(), options=options, headings=headings)
    done("add", tmp_path / "w", file, "--kind", "facilities")
    layer = open_workspace(tmp_path / "w").read("facilities")
    assert layer is not None
    assert layer.frame["beds"].tolist() == [7]
