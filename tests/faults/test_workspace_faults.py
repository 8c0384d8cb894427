"""Faults F01, F02, F05, F13, F14 and E13 of workspaces: killed, full, at once, old, hostile."""

import errno
import os
import shutil
import sqlite3
import subprocess
import sys
import textwrap
from contextlib import closing
from pathlib import Path

import pyogrio
import pytest

from geo import write
from geo.errors import DataError, OutputError
from layers.workspace import SCHEMA_VERSION, open_workspace
from layers.workspace_edit import About, add_layer, new_workspace
from layers.workspace_export import export, export_gpkg
from layers.workspace_history import states, undo
from layers.workspace_import import import_workspace
from tests.study import ROOT
from tests.workspaces import assert_same_rows, full, layer

_POSIX = pytest.mark.skipif(not hasattr(os, "fork"), reason="a process is copied by fork")

# A copy of the process does the work and kills itself at the n-th thing it does to a file; the next at the one after.
KILLED = """
    import geo.jit, os, shutil, signal, sys
    from pathlib import Path
    from layers.workspace import open_workspace
    from layers.workspace_edit import About, add_layer, remove_layer
    from layers.workspace_export import export
    from layers.workspace_history import redo, undo
    from tests.workspaces import layer

    source, copy, check = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
    new = layer("units")
    EVENTS = ("open", "os.rename", "os.remove", "os.mkdir", "os.truncate")

    def work():
        workspace = open_workspace(copy)
        {work}

    def killed_at(number):
        left = [number]
        def hook(event, arguments):
            reads = event == "open" and isinstance(arguments[1], str) and not set(arguments[1]) & set("wax+")
            if event in EVENTS and not reads and str(copy) in str(arguments[0]):
                left[0] -= 1
                if left[0] == 0:
                    os.kill(os.getpid(), signal.SIGKILL)
        child = os.fork()
        if child == 0:
            sys.addaudithook(hook)
            try:
                work()
            finally:
                os._exit(0)
        return os.waitpid(child, 0)[1] != 0

    number = 1
    while True:
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(source, copy)
        if not killed_at(number):
            break
        workspace = open_workspace(copy)
        exec(check)
        number += 1
    workspace = open_workspace(copy)
    exec(check.replace("KILLED", "DONE"))
    print(number)
"""


def killed(work: str, check: str, source: Path, tmp_path: Path) -> int:
    """Kill the work at each step; how many steps there were. ``check`` runs after each, in a live process."""
    program = textwrap.dedent(KILLED).replace("{work}", work)
    done = subprocess.run(
        [sys.executable, "-c", program, str(source), str(tmp_path / "copy"), check],
        cwd=ROOT, capture_output=True, text=True, encoding="utf-8", timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return int(done.stdout)


@_POSIX
@pytest.mark.parametrize(
    ("work", "old", "new"),
    [
        ('add_layer(workspace, new, About(title="新"))', "{'values': '图层 values', 'units': '图层 units'}",
         "{'values': '图层 values', 'units': '新'}"),
        ('remove_layer(workspace, "units")', "{'values': '图层 values', 'units': '图层 units'}",
         "{'values': '图层 values'}"),
        ("undo(workspace)", "{'values': '图层 values', 'units': '图层 units'}", "{'values': '图层 values'}"),
    ],
    ids=["replace", "remove", "undo"],
)  # fmt: skip
def test_f01_killed_between_any_two_steps_leaves_the_old_or_the_new_state(
    work: str, old: str, new: str, tmp_path: Path
) -> None:
    source = full(tmp_path / "w", kinds=("values", "units")).path
    check = f"""
found = {{entry.kind: entry.title for entry in workspace.layers}}
assert found in ({old}, {new}), found
assert "KILLED" == "KIL" + "LED" or found == {new}
for entry in workspace.layers:
    read = workspace.read(entry.kind)
    assert "workspace_layer_changed" not in [finding.code for finding in read.quality.findings]
after = add_layer(workspace, new, About(title="后"))
assert after.entry("units").title == "后"
assert {{e.kind: e.title for e in undo(after).layers}} == found
"""
    assert killed(work, check, source, tmp_path) > 5


@_POSIX
@pytest.mark.parametrize("suffix", ["gpkg", "zip"])
def test_f01_f02_killed_while_exporting_leaves_the_old_file(suffix: str, tmp_path: Path) -> None:
    workspace = full(tmp_path / "w", kinds=("values", "units"))
    out = workspace.path / f"out.{suffix}"
    export(workspace, out)
    add_layer(workspace, layer("projects"), About())
    check = f"""
from layers.export_log import read_log
from layers.workspace_import import import_workspace
target = Path(str(copy) + "-read")
shutil.rmtree(target, ignore_errors=True)
kinds = [entry.kind for entry in import_workspace(copy / "out.{suffix}", target).layers]
old, new = ["values", "units"], ["values", "units", "projects"]
assert kinds in (old, new), kinds
log = read_log(copy)
assert log.whole
# What left is in the log; what is in the log may have been stopped before it left.
assert kinds == old or len(log.entries) == 2
assert "KILLED" == "KIL" + "LED" or kinds == new
"""
    assert killed(f'export(workspace, copy / "out.{suffix}")', check, workspace.path, tmp_path) > 5


def test_f05_a_full_disk_leaves_the_workspace_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    workspace = full(tmp_path / "w", kinds=("values",))
    before = {file: file.read_bytes() for file in workspace.path.rglob("*") if file.is_file()}

    def no_space(path: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(write, "_flush", no_space)
        for attempt in (
            lambda: add_layer(workspace, layer("units"), About()),
            lambda: undo(workspace),
            lambda: export(workspace, tmp_path / "out.gpkg"),
            lambda: export(workspace, tmp_path / "out.zip"),
        ):
            with pytest.raises(OutputError) as caught:
                attempt()
            assert "No space left" in caught.value.message()
    after = {file: file.read_bytes() for file in workspace.path.rglob("*") if file.is_file()}
    changed = {file.name for file in after if before.get(file) != after[file]}
    # A line of the log that could not be remembered stays in the log; nothing else is there.
    assert changed <= {".lock", ".exports.lock", "exports.jsonl"}
    assert not list(tmp_path.glob("out.*"))
    assert open_workspace(workspace.path) == workspace


def test_f05_missing_folders_and_folders_in_the_way(tmp_path: Path) -> None:
    workspace = full(tmp_path / "w", kinds=("values",))
    (tmp_path / "folder.gpkg").mkdir()
    for out, code in (
        (tmp_path / "missing" / "a.gpkg", "output_no_folder"),
        (tmp_path / "folder.gpkg", "output_is_folder"),
        (tmp_path / "a.shp", "package_suffix"),
    ):
        with pytest.raises(OutputError) as caught:
            export(workspace, out)
        assert caught.value.code == code
        assert caught.value.hint()
    assert not (workspace.path / "exports.jsonl").exists()


def test_f13_two_processes_that_export_to_one_file_leave_a_whole_one(tmp_path: Path) -> None:
    workspace = full(tmp_path / "w")
    command = [
        sys.executable,
        str(ROOT / "cli.py"),
        "workspace",
        "export",
        str(workspace.path),
        str(tmp_path / "o.gpkg"),
    ]
    running = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL) for _ in range(2)]
    assert [process.wait(timeout=240) for process in running] == [0, 0]
    assert len(import_workspace(tmp_path / "o.gpkg", tmp_path / "back").layers) == len(workspace.layers)
    assert [file.name for file in tmp_path.glob("*.gpkg")] == ["o.gpkg"]


def test_f14_a_workspace_of_version_1_becomes_2_with_its_first_change(tmp_path: Path) -> None:
    workspace = full(tmp_path / "w", kinds=("values",))
    entry = workspace.layers[0]
    one = tmp_path / "one"
    (one / "layers").mkdir(parents=True)
    shutil.copy(workspace.file_of(entry), one / "layers" / "units.parquet")
    text = (
        'schema_version = 1\nname = "旧"\nas_of = 2026-06-30\nextra = "kept"\n[[layer]]\nkind = "units"\n'
        'file = "layers/units.parquet"\ntitle = "t"\ntitle_en = "t"\nsource = "s"\nlicence = ""\nlevel = "公开"\n'
        'synthetic = false\ncredit = ""\nrows = 2\nsha256 = ""\n'
    )
    (one / "workspace.toml").write_text(text, encoding="utf-8")
    changed = add_layer(open_workspace(one), layer("projects"), About())
    written = (one / "workspace.toml").read_text(encoding="utf-8")
    assert written.startswith(f"schema_version = {SCHEMA_VERSION}\n")
    assert 'extra = "kept"' in written
    assert [entry.kind for entry in changed.layers] == ["units", "projects"]
    assert [change.number for change in states(changed)] == [0, 1]
    undo(changed)
    assert (one / "workspace.toml").read_text(encoding="utf-8") == text


@pytest.mark.parametrize("version", ["0", "99", '"2"', "true"])
def test_f14_a_version_that_is_not_known_is_refused_in_words(version: str, tmp_path: Path) -> None:
    workspace = new_workspace(tmp_path / "w", "试点")
    toml = workspace.path / "workspace.toml"
    toml.write_text(toml.read_text("utf-8").replace("schema_version = 2", f"schema_version = {version}"), "utf-8")
    with pytest.raises(DataError) as caught:
        open_workspace(workspace.path)
    assert caught.value.code == ("workspace_newer" if version == "99" else "workspace_entry_bad")


@pytest.mark.parametrize(
    "title", ['a"; DROP TABLE units; --', "a'b", "]]>", "..\\..\\x", "来源与密级", "gpkg_contents", "a\nb", "x" * 300]
)
def test_e13_a_title_is_text_in_a_package_and_never_sql_or_a_path(title: str, tmp_path: Path) -> None:
    workspace = new_workspace(tmp_path / "w", title)
    for kind in ("units", "values"):
        workspace = add_layer(workspace, layer(kind), About(title=title, source=title))
    export_gpkg(workspace, tmp_path / "o.gpkg")
    with closing(sqlite3.connect(tmp_path / "o.gpkg")) as base:
        titles = [row[0] for row in base.execute("SELECT identifier FROM gpkg_contents ORDER BY table_name")]
    assert titles == ["来源与密级", f"{title} (units)", f"{title} (values)"]
    assert sorted(name for name, _ in pyogrio.list_layers(tmp_path / "o.gpkg")) == ["quarterhour", "units", "values"]
    back = import_workspace(tmp_path / "o.gpkg", tmp_path / "back")
    assert [entry.title for entry in back.layers] == [title, title]
    assert_same_rows(back.read("units"), layer("units"))
