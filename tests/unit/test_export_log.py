"""The log of exports: every line stays, and one that was touched shows."""

import errno
import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from geo.errors import OutputError
from layers import export_log
from layers.export_log import LOG_FILE, Export, log_export, read_log
from layers.secrecy import STAMP
from tests.study import ROOT


def put(folder: Path, number: int, **more: object) -> None:
    log_export(
        folder, Export("page", f"{number}.html", "内部", public=False, rows=number, sha256="ab", **more), who="陈"
    )  # type: ignore[arg-type]


@pytest.fixture
def log(tmp_path: Path) -> Path:
    for number in range(1, 6):
        put(tmp_path, number, to="省厅")
    return tmp_path / LOG_FILE


def test_what_is_logged_is_read(log: Path) -> None:
    found = read_log(log.parent)
    assert found.whole
    assert [entry.number for entry in found.entries] == [1, 2, 3, 4, 5]
    first = found.entries[0].as_dict()
    assert {name: first[name] for name in first if name != "when"} == {
        "number": 1, "who": "陈", "what": "page", "file": "1.html", "level": "内部", "public": False, "rows": 1,
        "sha256": "ab", "to": "省厅", "stamp": STAMP,
    }  # fmt: skip
    assert found.entries[0].when.tzinfo is not None
    assert read_log(log.parent / "elsewhere").entries == ()


@pytest.mark.parametrize("line", range(5))
def test_a_line_taken_out_shows(line: int, log: Path) -> None:
    lines = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(b"".join(lines[:line] + lines[line + 1 :]))
    assert not read_log(log.parent).whole
    put(log.parent, 9)  # and a later export does not hide it
    assert not read_log(log.parent).whole


@pytest.mark.parametrize("line", range(5))
def test_a_changed_line_shows(line: int, log: Path) -> None:
    lines = log.read_text(encoding="utf-8").splitlines()
    lines[line] = lines[line].replace("内部", "公开")
    log.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")
    assert not read_log(log.parent).whole


def test_two_lines_that_changed_places_show(log: Path) -> None:
    lines = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(b"".join([lines[1], lines[0], *lines[2:]]))
    assert not read_log(log.parent).whole


@pytest.mark.parametrize("text", ["", "[1]", "{}", '{"number": "x"}', "\x00"])
def test_a_line_that_is_none_shows(text: str, log: Path) -> None:
    log.write_bytes(log.read_bytes() + text.encode() + b"\n")
    found = read_log(log.parent)
    assert found.broken == (6,)
    assert len(found.entries) == 5


def test_a_log_taken_away_shows(log: Path) -> None:
    log.unlink()
    assert not read_log(log.parent).whole


def test_the_mark_of_the_last_line_taken_away_shows(log: Path) -> None:
    (log.parent / ".exports.last").unlink()
    assert not read_log(log.parent).whole


def test_a_line_that_a_power_cut_left_half_stays_and_shows(log: Path) -> None:
    log.write_bytes(log.read_bytes() + b'{"number": 6, "wh')
    put(log.parent, 7)
    found = read_log(log.parent)
    assert [entry.export.rows for entry in found.entries] == [1, 2, 3, 4, 5, 7]
    assert found.broken == (6,)


def test_a_writer_stopped_before_it_marked_its_line_does_no_harm(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(export_log, "write_text", stopped)
        with pytest.raises(KeyboardInterrupt):
            put(log.parent, 6)
    assert read_log(log.parent).whole
    put(log.parent, 7)
    assert read_log(log.parent).whole
    assert len(read_log(log.parent).entries) == 7


def test_a_full_disk_leaves_the_log_as_it_was(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = log.read_bytes()

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(OutputError):
            put(log.parent, 6)
    assert log.read_bytes() == before
    assert read_log(log.parent).whole


def test_lines_written_at_once_are_all_there(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from layers.export_log import Export, log_export\n"
        "for n in range(5): log_export(Path(sys.argv[1]), Export('page', 'a', '内部', False, n, ''))"
    )
    running = [subprocess.Popen([sys.executable, "-c", program, str(tmp_path)], cwd=ROOT) for _ in range(2)]
    threads = [threading.Thread(target=put, args=(tmp_path, number)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [process.wait(timeout=120) for process in running] == [0, 0]
    found = read_log(tmp_path)
    assert found.whole
    assert [entry.number for entry in found.entries] == list(range(1, 19))


def test_text_from_outside_cannot_forge_a_line(tmp_path: Path) -> None:
    log_export(
        tmp_path, Export("page", 'a"}\n{"number": 2', "内部", public=False, rows=1, sha256="", to="b\r\nc"), who="\n"
    )
    assert len((tmp_path / LOG_FILE).read_bytes().splitlines()) == 1
    assert json.loads((tmp_path / LOG_FILE).read_text(encoding="utf-8"))["to"] == "b\r\nc"
    assert read_log(tmp_path).whole


def test_an_account_without_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown() -> str:
        raise OSError("no such user")

    monkeypatch.setattr(export_log.getpass, "getuser", unknown)
    entry = log_export(tmp_path, Export("page", "a", "内部", public=False, rows=1, sha256=""))
    assert entry.who == "?"


def test_who_waits_too_long_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export_log, "_WAIT_S", 0.05)
    codes: list[str] = []

    def second() -> None:
        try:
            put(tmp_path, 1)
        except OutputError as error:
            codes.append(error.code)

    with export_log._locked(tmp_path):
        thread = threading.Thread(target=second)
        thread.start()
        thread.join()
    assert codes == ["workspace_busy"]
