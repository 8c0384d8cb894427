"""The page 台账与数据 without a browser: what a user says of columns, and what one session holds."""

import dataclasses
import logging
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest
from typer.testing import CliRunner

from cli import app
from geo.errors import DataError
from layers.mapping import Column
from layers.options import USUAL
from layers.read import read_layer
from layers.workspace import open_workspace
from layers.workspace_edit import About, add_layer, new_workspace
from ui import messages
from ui.ledger import staging
from ui.ledger.columns import corrections

NAMES = ("lon", "lat", "name", "beds")
HEADINGS = ("甲", "乙", "丙", "丁", "戊")


def _columns(assigned: dict[str, str]) -> tuple[Column, ...]:
    return tuple(Column(heading, assigned.get(heading), "heading") for heading in HEADINGS)


def _settled(guess: dict[str, str], said: dict[str, str]) -> dict[str, str]:
    """What the columns are after the guess and the user's words, by heading."""
    by_name = {name: heading for heading, name in guess.items() if name not in said}
    by_name |= {name: heading for name, heading in said.items() if heading}
    return {heading: name for name, heading in by_name.items()}


@given(st.permutations(HEADINGS), st.integers(0, 4), st.permutations(HEADINGS), st.integers(0, 4))
def test_what_the_user_says_is_what_comes_out(first: list[str], many: int, then: list[str], few: int) -> None:
    """Whatever was guessed and whatever is wanted instead, each heading ends where the user put it."""
    guess = dict(zip(first[:many], NAMES, strict=False))
    wanted = dict.fromkeys(HEADINGS, "") | dict(zip(then[:few], NAMES, strict=False))
    said = corrections(_columns(guess), wanted, {})
    assert _settled(guess, said) == {heading: name for heading, name in wanted.items() if name}


def test_nothing_said_is_nothing_corrected() -> None:
    guess = {"甲": "lon", "乙": "lat"}
    columns = _columns(guess)
    assert corrections(columns, {column.heading: column.name or "" for column in columns}, {}) == {}
    assert corrections(columns, {}, {"beds": "丙"}) == {"beds": "丙"}


def test_a_column_taken_away_is_said_to_be_absent() -> None:
    columns = (dataclasses.replace(_columns({"甲": "lon"})[0]),)
    assert corrections(columns, {"甲": ""}, {}) == {"lon": ""}


@dataclasses.dataclass
class Upload:
    """What the widget hands over; the browser chose neither its name nor its size for us."""

    name: str
    data: bytes
    file_id: str = "1"

    @property
    def size(self) -> int:
        return len(self.data)

    def getvalue(self) -> bytes:
        return self.data


def test_e08_size_and_content_are_looked_at_here_whatever_the_browser_let_pass(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = new_workspace(tmp_path / "pilot", "试点")
    large = staging.receive([Upload("a.csv", b"a" * (51 * 1024**2))], "facilities", workspace, USUAL)
    assert large.error is not None
    assert large.error.code == "file_too_large"
    other = staging.receive([Upload("a.csv", b"%PDF-1.7 ...")], "facilities", workspace, USUAL)
    assert other.error is not None
    assert other.error.code == "format_not_read"
    two = staging.receive([Upload("a.csv", b"1"), Upload("b.csv", b"2")], "facilities", workspace, USUAL)
    assert two.error is not None
    assert two.error.code == "several_files"


def test_a_name_that_leads_elsewhere_is_a_label_only(tmp_path: Path) -> None:
    workspace = new_workspace(tmp_path / "pilot", "试点")
    text = "编号,名称,经度,纬度\n1,甲,114.30512,30.60231\n".encode()
    one = staging.receive([Upload("../../../etc/台账.csv", text)], "facilities", workspace, USUAL)
    assert one.layer is not None
    assert one.layer.source.file == "台账.csv"
    parts = staging.receive([Upload("..\\..\\x.csv", text)], "facilities", workspace, USUAL)
    assert parts.layer is not None
    assert parts.layer.source.file == "x.csv"


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    """The page on a workspace of its own."""
    monkeypatch.setenv("QUARTERHOUR_HOME", str(tmp_path))
    monkeypatch.setenv("QUARTERHOUR_WORKSPACE", str(tmp_path / "pilot"))
    new_workspace(tmp_path / "pilot", "试点")

    def show() -> None:
        import geo.jit  # noqa: F401
        from ui.pages import ledger

        ledger.show()

    return AppTest.from_function(show, default_timeout=60)


def _texts(page: AppTest) -> str:
    return " ".join(str(one.value) for one in (*page.info, *page.caption, *page.subheader, *page.success))


def test_an_empty_workspace_says_what_to_do(page: AppTest) -> None:
    page.run()
    assert not page.exception
    assert "上传台账" in _texts(page)
    assert [one.label for one in page.expander][:1] == ["下载填报模板"]


def test_a_ledger_of_one_kind_is_there_with_its_counts_and_its_way_back(page: AppTest, tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("编号,名称,经度,纬度\n1,甲,114.30512,30.60231\n2,乙,0,0\n", encoding="utf-8")
    workspace = open_workspace(tmp_path / "pilot")
    add_layer(workspace, read_layer(file, "facilities"), About(source="某局"))
    page.run()
    assert not page.exception
    table = page.dataframe[0].value
    assert table["行数"].tolist() == [1]
    assert table["退回"].tolist() == [1]
    page.button(key="undo_workspace").click().run()
    assert not page.exception
    assert open_workspace(tmp_path / "pilot").layers == ()
    assert "已撤销" in _texts(page)


def _upload(page: AppTest, name: str, text: str) -> None:
    page.file_uploader(key="upload_files_0").set_value([(name, text.encode("utf-8"), "text/csv")])
    page.run()
    assert not page.exception


def test_what_is_stored_on_the_page_is_what_the_command_stores(page: AppTest, tmp_path: Path) -> None:
    """Rows, findings and refused rows: the doubts that the page shows are in the workspace too."""
    text = "编号,名称,经度,纬度\n1,甲,114.30512,30.60231\n2,甲,114.30512,30.60231\n3,乙,0,0\n"
    page.run()
    _upload(page, "a.csv", text)
    page.button(key="store_layer").click().run()
    assert not page.exception
    (tmp_path / "a.csv").write_text(text, encoding="utf-8")
    new_workspace(tmp_path / "other", "试点")
    assert (
        CliRunner()
        .invoke(app, ["workspace", "add", str(tmp_path / "other"), str(tmp_path / "a.csv"), "--kind", "facilities"])
        .exit_code
        == 0
    )
    by_page, by_command = (open_workspace(tmp_path / name).read("facilities") for name in ("pilot", "other"))
    assert by_page is not None
    assert by_command is not None
    assert by_page.quality.as_dict() == by_command.quality.as_dict()
    assert "duplicate_row" in {finding.code for finding in by_page.quality.findings}
    assert by_page.frame.equals(by_command.frame)


def test_packed_degrees_and_names_are_read_as_the_user_says(page: AppTest) -> None:
    """119.5407 is 119°54′07″ when the user says so; the counts shown are those of what is read then."""
    page.run()
    page.checkbox(key="upload_packed").check()
    _upload(page, "a.csv", "名称,经度,纬度\n甲,119.5407,31.0134\n乙,119.7512,31.0134\n")
    layer = page.session_state["staged"].layer
    assert layer.frame.geometry.x.iloc[0] == pytest.approx(119 + 54 / 60 + 7 / 3600)
    assert [one.value for one in page.metric[:3]] == ["2", "1", "1"]
    page.checkbox(key="upload_packed").uncheck().run()
    assert [one.value for one in page.metric[:3]] == ["2", "2", "0"]


def test_names_in_the_workspace_are_text_wherever_they_are_shown(page: AppTest, tmp_path: Path) -> None:
    """A title, an encoding and a datum that somebody wrote into workspace.toml; Markdown fetches pictures."""
    file = tmp_path / "a.csv"
    file.write_text("编号,名称,经度,纬度\n1,甲,114.30512,30.60231\n", encoding="utf-8")
    add_layer(open_workspace(tmp_path / "pilot"), read_layer(file, "facilities"), About(title="![x](http://a.b/c.png)"))
    toml = tmp_path / "pilot" / "workspace.toml"
    text = toml.read_text(encoding="utf-8")
    for old, new in (('encoding = "utf-8"', 'encoding = "<img src=x>"'), ('datum = "wgs84"', 'datum = "nad27"')):
        assert old in text
        text = text.replace(old, new)
    toml.write_text(text, encoding="utf-8")
    page.session_state["held_rows_zh"] = {"selection": {"rows": [0], "columns": [], "cells": []}}
    page.run()
    _upload(page, "a.csv", "编号,名称,经度,纬度\n1,甲,114.30512,30.60231\n")
    assert "![x](" not in " ".join([*page.radio(key=f"store_way_{_number(page)}").options, _texts(page)])
    shown = " ".join(one.proto.body for one in page.get("html"))
    assert "&lt;img src=x&gt;" in shown
    assert "<img" not in shown


def _number(page: AppTest) -> str:
    return str(page.session_state["staged"].number)


def test_e20_a_cell_that_an_error_quotes_is_on_the_page_and_not_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger="quarterhour")
    error = DataError("no_row_kept", file="a.csv", count=1, rows=[2], first_zh="张三", first_en="张三", findings=())
    messages.show(error, "zh")
    assert "张三" in error.message("zh")
    assert "no_row_kept" in caplog.text
    assert "张三" not in caplog.text
