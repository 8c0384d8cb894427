"""Yearly snapshots: only ever added, once each, read back as a trend, and told where one is damaged."""

import dataclasses
import datetime as dt
import json
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.errors import OutputError, RequestError
from layers.export_log import read_log
from layers.snapshots import (
    SNAPSHOTS_DIR,
    KeptValue,
    Snapshot,
    keep_snapshot,
    read_snapshots,
    trend,
    trend_table,
)  # fmt: skip
from layers.workspace_export import export
from layers.workspace_history import undo
from layers.workspace_import import import_workspace
from reports.trend import snapshot_of
from tests.scorecards import card
from tests.workspaces import full


def row(key: str = "7", value: float | None = 50.0, **more: object) -> KeptValue:
    usual: dict[str, object] = {
        "id": key, "name": f"指标{key}", "name_en": f"Indicator {key}", "unit": "%", "unit_code": "990100",
        "unit_name": "望湖县", "whole": True, "value": value, "target": 100.0, "status": "on_pace",
    }  # fmt: skip
    return KeptValue(**{**usual, **more})  # type: ignore[arg-type]


def snapshot(day: str = "2026-06-30", *rows: KeptValue, **more: object) -> Snapshot:
    usual: dict[str, object] = {"inputs": {"units": "ab"}, "parameters": {"minutes": [15.0]}}
    return Snapshot("wanghu", dt.date.fromisoformat(day), rows or (row(),), **{**usual, **more})  # type: ignore[arg-type]


def files(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in (folder / SNAPSHOTS_DIR).iterdir()}


def test_what_is_kept_is_read_again(tmp_path: Path) -> None:
    given_ = snapshot_of(card())
    assert keep_snapshot(tmp_path, given_) is True
    (read,), damaged = read_snapshots(tmp_path)
    assert damaged == ()
    assert dataclasses.replace(read, saved="") == given_
    assert dt.datetime.fromisoformat(read.saved).tzinfo is not None
    (name,) = files(tmp_path)
    assert name.startswith("wanghu-2026-06-30-")


def test_the_same_day_again_changes_nothing(tmp_path: Path) -> None:
    keep_snapshot(tmp_path, snapshot())
    before = files(tmp_path)
    assert keep_snapshot(tmp_path, snapshot()) is False
    assert files(tmp_path) == before


@pytest.mark.parametrize(
    "other",
    [
        snapshot(inputs={"units": "cd"}), snapshot(parameters={"minutes": [10.0]}),
        snapshot("2026-06-30", row(value=51.0)), snapshot(level="公开"),
    ],
)  # fmt: skip
def test_with_other_inputs_both_stay(tmp_path: Path, other: Snapshot) -> None:
    keep_snapshot(tmp_path, snapshot())
    before = files(tmp_path)
    assert keep_snapshot(tmp_path, other) is True
    after = files(tmp_path)
    assert len(after) == 2
    assert before.items() <= after.items()
    assert len(read_snapshots(tmp_path)[0]) == 2


@pytest.mark.parametrize("damage", ["cut", "edited", "renamed", "empty", "deep", "list", "level"])
def test_a_damaged_file_is_told_and_left_out(tmp_path: Path, damage: str) -> None:
    """A file edited by hand is no longer what its name says."""
    keep_snapshot(tmp_path, snapshot("2025-12-31", row(value=40.0)))
    keep_snapshot(tmp_path, snapshot())
    file = next(file for file in (tmp_path / SNAPSHOTS_DIR).iterdir() if "2026" in file.name)
    text = file.read_text(encoding="utf-8")
    changed = {
        "cut": text[: len(text) // 2], "edited": text.replace("50.0", "99.0"), "renamed": text, "empty": "",
        "deep": "[" * 100_000, "list": "[]", "level": text.replace("内部", "秘密"),
    }[damage]  # fmt: skip
    file.write_text(changed, encoding="utf-8")
    if damage == "renamed":
        file = file.rename(file.with_name(file.name.replace("2026", "2027")))
    kept, told = read_snapshots(tmp_path)
    assert [one.as_of.year for one in kept] == [2025]
    assert [(one.code, one.facts["file"]) for one in told] == [("snapshot_damaged", file.name)]
    assert trend(kept)["value"].tolist() == [40.0]
    # Kept anew it is whole again.
    assert keep_snapshot(tmp_path, snapshot()) is True
    assert [one.as_of.year for one in read_snapshots(tmp_path)[0]] == [2025, 2026]


def test_a_row_of_other_types_is_damage(tmp_path: Path) -> None:
    """Also where the name fits: nobody's text becomes a number."""
    odd = snapshot("2026-06-30", row(value="many"))  # type: ignore[arg-type]
    keep_snapshot(tmp_path, odd)
    assert read_snapshots(tmp_path)[0] == ()


def test_nothing_is_there_before_the_first(tmp_path: Path) -> None:
    assert read_snapshots(tmp_path) == ((), ())
    assert trend(()).empty
    assert trend_table(trend(())).empty


def test_a_series_is_read_alone(tmp_path: Path) -> None:
    keep_snapshot(tmp_path, snapshot())
    keep_snapshot(tmp_path, dataclasses.replace(snapshot(), series="wanghu-2"))
    assert [one.series for one in read_snapshots(tmp_path, "wanghu")[0]] == ["wanghu"]
    assert len(read_snapshots(tmp_path)[0]) == 2


@pytest.mark.parametrize("series", ["", "../x", "a/b", "望湖", "A", "a" * 65, ".x"])
def test_a_series_is_a_name_of_a_file(tmp_path: Path, series: str) -> None:
    with pytest.raises(RequestError):
        keep_snapshot(tmp_path, dataclasses.replace(snapshot(), series=series))
    assert not (tmp_path / SNAPSHOTS_DIR).exists()


def test_what_cannot_be_written_leaves_nothing_half(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full_disk(self: Path, target: Path) -> Path:
        raise OSError(28, "No space left on device")

    keep_snapshot(tmp_path, snapshot())
    before = files(tmp_path)
    monkeypatch.setattr(Path, "replace", full_disk)
    with pytest.raises(OutputError):
        keep_snapshot(tmp_path, snapshot("2027-06-30"))
    assert files(tmp_path) == before


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(OutputError):
        keep_snapshot(tmp_path / "none", snapshot())


def test_the_trend_of_three_years(tmp_path: Path) -> None:
    """Of a year the last day counts; an indicator that came later has no value before; the whole by default."""
    town = row("7", 10.0, unit_code="990101", unit_name="甲镇", whole=False)
    keep_snapshot(tmp_path, snapshot("2024-12-31", row("7", 30.0), row("9", None)))
    keep_snapshot(tmp_path, snapshot("2025-06-30", row("7", 44.0), town))
    keep_snapshot(tmp_path, snapshot("2025-12-31", row("7", 50.0), town))
    keep_snapshot(tmp_path, snapshot("2026-06-30", row("13a", 800.0), row("7", 66.5)))
    kept, _ = read_snapshots(tmp_path, "wanghu")
    rows = trend(kept)
    assert rows[["id", "year", "snapshots"]].to_numpy().tolist() == [
        ["13a", 2026, 1], ["7", 2024, 1], ["7", 2025, 2], ["7", 2026, 1], ["9", 2024, 1],
    ]  # fmt: skip
    table = trend_table(rows)
    assert table.columns.tolist() == ["id", "name", "name_en", "unit", 2024, 2025, 2026]
    assert table["id"].tolist() == ["13a", "7", "9"]
    assert table.set_index("id").loc["7", [2024, 2025, 2026]].tolist() == [30.0, 50.0, 66.5]
    assert table.isna().sum().to_dict() == {"id": 0, "name": 0, "name_en": 0, "unit": 0, 2024: 2, 2025: 2, 2026: 1}
    assert trend(kept, "990101")["value"].tolist() == [10.0]


def test_of_one_day_what_was_kept_last_counts() -> None:
    first = snapshot("2026-06-30", row(value=1.0), saved="2026-07-01T08:00:00+08:00")
    last = snapshot("2026-06-30", row(value=2.0), saved="2026-07-02T08:00:00+08:00")
    for order in ((first, last), (last, first)):
        rows = trend(order)
        assert (rows["value"].tolist(), rows["snapshots"].tolist()) == ([2.0], [2])


def test_undoing_takes_no_snapshot_away_and_packages_carry_none(tmp_path: Path) -> None:
    study = full(tmp_path / "study", kinds=("units",))
    keep_snapshot(study.path, snapshot())
    before = files(study.path)
    undo(study)
    assert files(study.path) == before
    export(study, tmp_path / "out.zip")
    assert read_log(study.path).whole
    again = import_workspace(tmp_path / "out.zip", tmp_path / "again")
    assert read_snapshots(again.path) == ((), ())


def test_eight_at_once_keep_one_file(tmp_path: Path) -> None:
    threads = [threading.Thread(target=keep_snapshot, args=(tmp_path, snapshot())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(files(tmp_path)) == 1
    assert len(read_snapshots(tmp_path)[0]) == 1


SHORT = st.text(max_size=5)
NUMBERS = st.none() | st.floats(allow_nan=False, allow_infinity=False)


@given(st.lists(st.builds(row, SHORT, NUMBERS, name=SHORT, status=SHORT), max_size=4))
def test_any_values_come_back(tmp_path_factory: pytest.TempPathFactory, rows: list[KeptValue]) -> None:
    """P12: to the bit, whatever the texts are."""
    folder = tmp_path_factory.mktemp("kept")
    one = dataclasses.replace(snapshot(), rows=tuple(rows))
    keep_snapshot(folder, one)
    (read,), told = read_snapshots(folder)
    assert (dataclasses.replace(read, saved=""), told) == (one, ())
    json.loads(next((folder / SNAPSHOTS_DIR).iterdir()).read_text(encoding="utf-8"))
