"""``report``: three files from a result folder alone, and plain words where the folder does not do."""

import io
import shutil
from pathlib import Path

import docx
import openpyxl
import pytest
import typer
from typer.testing import CliRunner

from commands import indicators, report
from geo.errors import FileError, RequestError
from layers.snapshots import read_snapshots
from reports.scorecard_csv import read_scorecard, write_scorecard
from tests.builders import units, write_geojson
from tests.scorecards import TOWNSHIPS, card, renamed
from tests.study import cli


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "result"
    made.mkdir()
    write_scorecard(card(), made)
    return made


def run(*arguments: object, command: str = "report") -> None:
    """A command in this process; its errors come through."""
    app = typer.Typer()
    app.callback()(lambda: None)
    report.register(app)
    indicators.register(app)
    found = CliRunner().invoke(app, [command, *map(str, arguments)], catch_exceptions=False, standalone_mode=False)
    assert found.exit_code == 0, found.output


def test_word_excel_and_page(folder: Path, tmp_path: Path) -> None:
    for suffix in ("docx", "xlsx", "html"):
        run(folder, "--out", tmp_path / f"r.{suffix}")
    page = docx.Document(io.BytesIO((tmp_path / "r.docx").read_bytes()))
    assert page.paragraphs[0].text == "望湖县规划指标完成情况"
    book = openpyxl.load_workbook(tmp_path / "r.xlsx")
    assert book["督查表"].cell(4, 11).value == "✕ 未达标"
    html = (tmp_path / "r.html").read_text(encoding="utf-8")
    for said in (
        "乡镇养老机构覆盖率",
        "✕ 未达标",
        "≥100%",
        "内部用图,未经审核不得公开",
        "虚构",
        "© OpenStreetMap contributors",
    ):
        assert said in html


def test_a_map_of_the_units_that_are_given(folder: Path, tmp_path: Path) -> None:
    boxes = {code: (1000.0 * n, 0.0, 1000.0 * n + 1000, 1000.0) for n, (code, _) in enumerate(TOWNSHIPS)}
    outlines = write_geojson(units(boxes), tmp_path / "units.geojson")
    run(folder, "--out", tmp_path / "r.docx", "--indicator", "7", "--units", outlines)
    page = docx.Document(io.BytesIO((tmp_path / "r.docx").read_bytes()))
    assert len(page.inline_shapes) == 1
    assert len(page.tables) == 2
    run(folder, "--out", tmp_path / "r.docx", "--indicator", "13b", "--units", outlines)
    assert not docx.Document(io.BytesIO((tmp_path / "r.docx").read_bytes())).inline_shapes


def test_names_are_text_in_the_page_too(tmp_path: Path) -> None:
    write_scorecard(renamed(card(), '<img src=x onerror="alert(1)">{{7*7}}'), tmp_path)
    run(tmp_path, "--out", tmp_path / "r.html")
    html = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert "<img" not in html
    assert "&lt;img" in html
    assert "{{7*7}}" in html
    assert "default-src &#39;none&#39;" in html or "default-src 'none'" in html


@pytest.mark.parametrize(
    ("files", "out", "code"),
    [
        ((), "r.docx", "report_of_what"), (("demand.geojson", "summary.json"), "r.html", "report_needs_roads"),
        ((), "r.pdf", "report_suffix"), ((), "r", "report_suffix"),
    ],
)  # fmt: skip
def test_what_cannot_be_reported_is_said(tmp_path: Path, files: tuple[str, ...], out: str, code: str) -> None:
    for name in files:
        (tmp_path / name).write_text("{}", encoding="utf-8")
    with pytest.raises(RequestError) as caught:
        run(tmp_path, "--out", tmp_path / out)
    assert caught.value.code == code
    assert not (tmp_path / out).exists()


def test_a_damaged_folder_leaves_the_old_report(folder: Path, tmp_path: Path) -> None:
    run(folder, "--out", tmp_path / "r.xlsx")
    before = (tmp_path / "r.xlsx").read_bytes()
    (folder / "plan.json").write_text("{", encoding="utf-8")
    with pytest.raises(FileError):
        run(folder, "--out", tmp_path / "r.xlsx")
    assert (tmp_path / "r.xlsx").read_bytes() == before


def test_as_a_user_runs_it(folder: Path, tmp_path: Path) -> None:
    done = cli("report", folder, "--out", tmp_path / "r.docx", "--indicator", "99")
    assert done.returncode == 2
    assert done.stdout == ""
    assert "99" in done.stderr
    assert not (tmp_path / "r.docx").exists()


def test_a_snapshot_is_kept_when_asked(tmp_path: Path, root: Path) -> None:
    """Twice on one day is one snapshot; what-ifs and what is made public are none."""
    study = tmp_path / "study"
    shutil.copytree(root / "data" / "demo", study)
    given = ("--plan", "changxing", "--workspace", study, "--out", tmp_path / "out")
    for more in ("--include-planned", "--public"):
        with pytest.raises(RequestError) as caught:
            run(*given, "--keep", more, command="indicators")
        assert caught.value.code == "snapshot_not_plain"
    for _ in range(2):
        run(*given, "--keep", command="indicators")
    (one,), told = read_snapshots(study)
    assert (one.series, told) == ("changxing", ())
    values = {row.id: row.value for row in one.rows if row.whole}
    assert values == {score.indicator_id: score.value for score in read_scorecard(tmp_path / "out").of_whole()}
    run(tmp_path / "out", "--out", tmp_path / "r.xlsx")
