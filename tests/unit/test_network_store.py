"""Networks are kept under the name of all that they were made from, and keeping them never does harm."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from coverage import network_file, network_store
from coverage.network import build_network
from coverage.network_store import open_network
from layers import road
from layers.layer import Layer
from tests.networks import assert_same, road_file


class Reader:
    """Reads a file of roads, and counts how often."""

    def __init__(self, file: Path) -> None:
        self.file, self.times = file, 0

    def __call__(self) -> Layer:
        self.times += 1
        return road.read_roads(self.file)


def kept_files(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if folder.is_dir() else []


def test_roads_are_read_once(tmp_path: Path) -> None:
    file, folder = road_file(tmp_path, [{"highway": "residential"}, {"highway": "proposed"}]), tmp_path / "kept"
    reader = Reader(file)
    built = open_network(file, read=reader, folder=folder)
    again = open_network(file, read=reader, folder=folder)
    assert reader.times == 1
    assert_same(again, built)
    assert again.source.quality.rows_refused == 1
    assert len(kept_files(folder)) == 1


def test_it_is_kept_among_the_users_own_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUARTERHOUR_HOME", str(tmp_path / "home"))
    open_network(road_file(tmp_path))
    (kept,) = kept_files(tmp_path / "home" / "networks")
    assert kept.parent.stat().st_mode & 0o077 == 0 or os.name == "nt"


def test_whatever_decides_the_network_decides_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "kept"
    file = road_file(tmp_path)
    first = open_network(file, folder=folder)
    open_network(file, folder=folder, join_m=0.5)
    open_network(file, folder=folder, node_crossings=True)
    open_network(file, folder=folder, about="layer b")
    assert len(kept_files(folder)) == 4
    road_file(tmp_path, step_m=250.0)
    assert open_network(file, folder=folder).key != first.key
    assert len(kept_files(folder)) == 5
    file.rename(tmp_path / "other.geojson")
    assert open_network(tmp_path / "other.geojson", folder=folder).source.source.file == "other.geojson"
    assert len(kept_files(folder)) == 6
    monkeypatch.setattr(network_store, "_made_by", lambda: {"code": "newer"})
    open_network(tmp_path / "other.geojson", folder=folder)
    assert len(kept_files(folder)) == 7


@pytest.mark.parametrize("file", ["geo/osm.py", "layers/road.py", "coverage/noding.py", "data/rules/profiles.toml"])
def test_other_code_or_rules_make_another_network(root: Path, monkeypatch: pytest.MonkeyPatch, file: str) -> None:
    made_by = network_store._made_by.__wrapped__
    before = made_by()
    real = network_store.file_sha256
    monkeypatch.setattr(network_store, "file_sha256", lambda files: real([f for f in files if f != root / file]))
    assert made_by() != before


@pytest.mark.parametrize("place", [0.0, 0.2, 0.5, 0.999])
def test_a_damaged_file_is_built_anew_and_the_log_says_so(
    tmp_path: Path, place: float, caplog: pytest.LogCaptureFixture
) -> None:
    file, folder = road_file(tmp_path), tmp_path / "kept"
    built = open_network(file, folder=folder)
    (kept,) = kept_files(folder)
    whole = kept.read_bytes()
    cut = bytearray(whole)
    cut[int(place * len(cut))] ^= 0xFF
    for data in (bytes(cut), whole[: int(place * len(whole))]):
        kept.write_bytes(data)
        caplog.clear()
        assert_same(open_network(file, folder=folder), built)
        assert kept.read_bytes() == whole
        assert "built anew" in caplog.text


def test_a_file_put_in_place_of_another_is_not_taken(tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    file = road_file(tmp_path)
    first = open_network(file, folder=folder)
    (kept,) = kept_files(folder)
    road_file(tmp_path, step_m=333.0)
    second = open_network(file, folder=folder)
    (other,) = set(kept_files(folder)) - {kept}
    other.write_bytes(kept.read_bytes())
    assert open_network(file, folder=folder).key == second.key != first.key


def test_roads_that_change_while_they_are_read_are_not_kept(tmp_path: Path) -> None:
    file, folder = road_file(tmp_path), tmp_path / "kept"

    def read_late() -> Layer:
        road_file(tmp_path, step_m=300.0)
        return road.read_roads(file)

    open_network(file, read=read_late, folder=folder)
    assert not kept_files(folder)


def test_where_nothing_can_be_written_it_goes_on(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """[F05] A file stands where the folder should be: no folder can be made."""
    file = road_file(tmp_path)
    (tmp_path / "taken").write_text("", encoding="utf-8")
    built = open_network(file, folder=tmp_path / "taken")
    assert_same(built, build_network(road.read_roads(file)))
    assert "not kept" in caplog.text


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_only_be_read_is_no_hindrance(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    file, folder = road_file(tmp_path), tmp_path / "kept"
    folder.mkdir(mode=0o500)
    open_network(file, folder=folder)
    assert not kept_files(folder)
    assert "not kept" in caplog.text


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_a_full_disk_or_an_interruption_leaves_nothing_half_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    """[F01, F05] The disk refuses when the file is flushed; somebody presses Ctrl-C."""

    def refuse(_: int) -> None:
        raise error

    file, folder = road_file(tmp_path), tmp_path / "kept"
    monkeypatch.setattr(os, "fsync", refuse)
    if isinstance(error, KeyboardInterrupt):
        with pytest.raises(KeyboardInterrupt):
            open_network(file, folder=folder)
    else:
        assert open_network(file, folder=folder).nodes
    assert not kept_files(folder)


def test_those_not_used_for_longest_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, folder = road_file(tmp_path), tmp_path / "kept"
    monkeypatch.setattr(network_store, "MOST_FILES", 2)
    names = {}
    for day, about in enumerate("abc"):
        before = set(kept_files(folder))
        open_network(file, folder=folder, about=about)
        (names[about],) = set(kept_files(folder)) - before
        for known in names.values():
            if known.exists():
                os.utime(known, (day, day) if known == names[about] else None)
        if about == "b":
            open_network(file, folder=folder, about="a")  # used again: b is now the one not used for longest
            os.utime(names["b"], (1, 1))
    assert sorted(kept_files(folder)) == sorted([names["a"], names["c"]])
    monkeypatch.setattr(network_store, "MOST_BYTES", 10)
    open_network(file, folder=folder, about="d")
    assert len(kept_files(folder)) == 1


def test_what_a_killed_process_left_goes_after_a_day(tmp_path: Path) -> None:
    file, folder = road_file(tmp_path), tmp_path / "kept"
    folder.mkdir()
    (folder / ".tmp-old.network").write_bytes(b"half")
    (folder / ".tmp-new.network").write_bytes(b"half")
    (folder / "mine.txt").write_bytes(b"not ours")
    os.utime(folder / ".tmp-old.network", (time.time() - 90_000,) * 2)
    open_network(file, folder=folder)
    assert [f.name for f in kept_files(folder) if not f.name.endswith(".network")] == ["mine.txt"]
    assert (folder / ".tmp-new.network").exists()
    assert not (folder / ".tmp-old.network").exists()


_OPEN = """
import sys
from pathlib import Path
import geo.jit
from coverage.network_store import open_network
sys.stdin.readline()
network = open_network(Path(sys.argv[1]), folder=Path(sys.argv[2]))
print(network.key, network.nodes, int(network.offsets.sum()))
"""


def test_two_processes_at_once_are_both_right(tmp_path: Path, root: Path) -> None:
    """[F13] They start together, build together and save under one name."""
    file, folder = road_file(tmp_path, [{"highway": "residential"}] * 300), tmp_path / "kept"
    command = [sys.executable, "-c", _OPEN, str(file), str(folder)]
    started = [
        subprocess.Popen(command, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(2)
    ]
    for process in started:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    told = [process.communicate(timeout=200)[0] for process in started]
    built = build_network(road.read_roads(file))
    assert told == [f"{built.key} {built.nodes} {int(built.offsets.sum())}\n"] * 2
    (kept,) = kept_files(folder)
    assert_same(open_network(file, folder=folder), built)
    assert kept.suffix == ".network"


def test_nothing_of_it_can_unpickle(root: Path) -> None:
    for module in (network_file, network_store):
        text = Path(module.__file__).read_text(encoding="utf-8")
        assert "import pickle" not in text
        assert "allow_pickle" not in text
        assert "np.load" not in text


def test_it_tells_how_far_it_is_unless_there_is_nothing_to_do(tmp_path: Path) -> None:
    file, told = road_file(tmp_path), list[tuple[str, float]]()
    for _ in range(2):
        open_network(file, folder=tmp_path / "kept", progress=lambda step, share: told.append((step, share)))
    assert told[0] == ("read", 0.0)
    shares = [share for step, share in told[1:] if step == "network"]
    assert len(shares) == len(told) - 1
    assert shares == sorted(set(shares))
    assert (shares[0], shares[-1]) == (0.0, 1.0)
