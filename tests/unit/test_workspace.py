"""A study as a folder, and the user's copy of the demo."""

import dataclasses
import datetime as dt
import shutil
import threading
from pathlib import Path

import geopandas as gpd
import pytest
import shapely

from geo.errors import DataError, FileError, OutputError
from geo.paths import DATA_DIR, user_data_dir
from geo.sniff import file_sha256
from layers.workspace import SCHEMA_VERSION, open_demo, open_workspace

HEAD = 'schema_version = {version}\nname = "试点"\nname_en = "Pilot"\nas_of = 2026-06-30\n'
ENTRY = """
[[layer]]
kind = "facilities"
file = "{file}"
title = "设施"
title_en = "Facilities"
source = "made for this test"
licence = "MIT"
level = "{level}"
synthetic = true
credit = "someone"
sha256 = "{sha256}"
rows = 2
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "layers").mkdir()
    points = [shapely.Point(114, 30), shapely.Point(0, 0)]
    file = tmp_path / "layers" / "facilities.parquet"
    gpd.GeoDataFrame({"facility_id": ["01", "02"]}, geometry=points, crs=4326).to_parquet(file)
    write(tmp_path)
    return tmp_path


def write(folder: Path, *, version: object = 1, entry: str = ENTRY, file: str = "layers/facilities.parquet",
          level: str = "公开", sha256: str = "") -> None:  # fmt: skip
    digest = sha256 or file_sha256([folder / "layers" / "facilities.parquet"])
    text = HEAD.format(version=version) + entry.format(file=file, level=level, sha256=digest)
    (folder / "workspace.toml").write_text(text, encoding="utf-8")


def test_a_layer_is_checked_like_any_file_and_carries_its_source(folder: Path) -> None:
    workspace = open_workspace(folder)
    assert (workspace.name, workspace.name_en, workspace.as_of) == ("试点", "Pilot", dt.date(2026, 6, 30))
    layer = workspace.read("facilities")
    assert layer is not None
    assert layer.frame["facility_id"].tolist() == ["01"]
    assert layer.quality.refused["reason"].tolist() == ["null_island"]
    assert (layer.source.level, layer.source.synthetic, layer.source.credit) == ("公开", True, "someone")
    assert workspace.read("demand") is None


def test_a_file_changed_behind_our_back_is_said(folder: Path) -> None:
    write(folder, sha256="0" * 64)
    layer = open_workspace(folder).read("facilities")
    assert layer is not None
    assert layer.quality.findings[0].code == "workspace_layer_changed"
    assert len(layer.frame) == 1


@pytest.mark.parametrize("level", ["秘密", "机密", "绝密", "secret", ""])
def test_secret_layers_are_refused(folder: Path, level: str) -> None:
    write(folder, level=level)
    with pytest.raises(DataError) as caught:
        open_workspace(folder)
    assert caught.value.code == ("level_refused" if level in ("秘密", "机密", "绝密") else "level_unknown")
    assert "秘密" in caught.value.hint("zh")


@pytest.mark.parametrize("file", ["../a.parquet", "/etc/passwd", "layers/../../a", "C:/a", "layers\\\\a.parquet"])
def test_layers_stay_inside_the_folder(folder: Path, file: str) -> None:
    write(folder, file=file)
    with pytest.raises(DataError) as caught:
        open_workspace(folder)
    assert caught.value.code == "workspace_file_outside"


def test_a_link_out_of_the_folder_is_refused(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "a.parquet"
    file = folder / "layers" / "facilities.parquet"
    shutil.copy(file, elsewhere)
    file.unlink()
    file.symlink_to(elsewhere)
    with pytest.raises(DataError) as caught:
        open_workspace(folder)
    assert caught.value.code == "workspace_file_outside"


@pytest.mark.parametrize(
    ("version", "code"),
    [(SCHEMA_VERSION + 1, "workspace_newer"), ('"1"', "workspace_entry_bad"), (0, "workspace_entry_bad")],
)
def test_versions(folder: Path, version: object, code: str) -> None:
    write(folder, version=version)
    with pytest.raises(DataError) as caught:
        open_workspace(folder)
    assert caught.value.code == code
    assert caught.value.hint()


def test_broken_descriptions(folder: Path) -> None:
    toml = folder / "workspace.toml"
    good = toml.read_text(encoding="utf-8")
    for text, code in (
        (good + ENTRY.format(file="layers/x", level="公开", sha256="0"), "workspace_kind_twice"),
        (good.replace('title = "设施"', ""), "workspace_entry_bad"),
        (good.replace("rows = 2", 'rows = "2"'), "workspace_entry_bad"),
        (good.replace("as_of = 2026-06-30", "as_of = 2026-06-30T00:00:00"), "workspace_entry_bad"),
        (good.replace('"facilities"', '"castles"', 1), ""),
    ):
        toml.write_text(text, encoding="utf-8")
        if code:
            with pytest.raises(DataError) as caught:
                open_workspace(folder)
            assert caught.value.code == code
    with pytest.raises(DataError) as caught:
        open_workspace(folder).read("castles")
    assert caught.value.code == "workspace_kind_unknown"
    toml.write_text("not = toml =", encoding="utf-8")
    with pytest.raises(FileError):
        open_workspace(folder)
    toml.unlink()
    with pytest.raises(FileError) as missing:
        open_workspace(folder)
    assert missing.value.code == "workspace_missing"


def test_a_missing_layer_file(folder: Path) -> None:
    (folder / "layers" / "facilities.parquet").unlink()
    write_missing = open_workspace(folder)
    with pytest.raises(FileError) as caught:
        write_missing.read("facilities")
    assert caught.value.code == "file_missing"


def snapshot(folder: Path) -> dict[str, int]:
    return {str(p.relative_to(folder)): p.stat().st_mtime_ns for p in sorted(folder.rglob("*"))}


def test_the_demo_opens_as_a_copy_and_the_checkout_stays_clean(tmp_path: Path) -> None:
    before = snapshot(DATA_DIR / "demo")
    workspace = open_demo(tmp_path / "home")
    assert workspace.path.parent == tmp_path / "home"
    layer = workspace.read("facilities")
    assert layer is not None
    assert layer.source.synthetic
    assert snapshot(DATA_DIR / "demo") == before
    (workspace.path / "mine.txt").write_text("kept", encoding="utf-8")
    again = open_demo(tmp_path / "home")
    assert (again.path / "mine.txt").read_text(encoding="utf-8") == "kept"


def test_two_that_start_at_once_make_one_copy(tmp_path: Path) -> None:
    found: list[Path] = []
    threads = [threading.Thread(target=lambda: found.append(open_demo(tmp_path).path)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert [p.name for p in tmp_path.iterdir() if not p.name.startswith(".")] == [found[0].name]


def test_where_the_copy_lies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUARTERHOUR_HOME", str(tmp_path))
    assert user_data_dir() == tmp_path
    monkeypatch.delenv("QUARTERHOUR_HOME")
    assert "quarterhour" in str(user_data_dir())


def test_a_home_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("", encoding="utf-8")
    with pytest.raises(OutputError):
        open_demo(tmp_path / "home")


@pytest.mark.parametrize("kind", ["roads", "units", "demand", "facilities", "lines", "stakes"])
def test_each_layer_of_the_demo_is_whole(kind: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    workspace = open_demo(tmp_path_factory.getbasetemp() / "demo-home")
    layer, entry = workspace.read(kind), workspace.entry(kind)
    assert layer is not None
    assert entry is not None
    assert layer.quality.rows_read == entry.rows
    assert layer.quality.rows_refused == 0
    assert "workspace_layer_changed" not in [f.code for f in layer.quality.findings]
    assert dataclasses.asdict(layer.source)["synthetic"] == entry.synthetic
