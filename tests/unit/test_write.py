"""All or nothing: what a reader of the folder can see before, during and after a write."""

from pathlib import Path

import pandas as pd
import pytest

from geo.errors import FileError, OutputError
from geo.write import atomic_folder, atomic_path, write_bytes, write_csv, write_text


def fail_half_way(folder: Path) -> None:
    (folder / "summary.json").write_text("half", encoding="utf-8")
    raise KeyError


def fail_after_a_few_bytes(file: Path) -> None:
    file.write_bytes(b"half")
    raise TypeError


def names(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir())


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    write_text(file, "old")
    with pytest.raises(TypeError), atomic_path(file) as temporary:
        fail_after_a_few_bytes(temporary)
    assert file.read_text(encoding="utf-8") == "old"
    assert names(tmp_path) == ["a.txt"]


def test_the_old_file_stays_until_the_end(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    write_text(file, "old")
    with atomic_path(file) as temporary:
        temporary.write_text("new", encoding="utf-8")
        assert file.read_text(encoding="utf-8") == "old"
        assert temporary.parent == tmp_path
        assert temporary.suffix == ".txt"
    assert file.read_text(encoding="utf-8") == "new"
    assert names(tmp_path) == ["a.txt"]


def test_files_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(OutputError) as caught:
        write_bytes(tmp_path, b"")
    assert caught.value.code == "output_is_folder"
    with pytest.raises(OutputError) as caught:
        write_bytes(tmp_path / "no" / "a.txt", b"")
    assert caught.value.code == "output_no_folder"


def test_an_error_of_ours_keeps_its_words(tmp_path: Path) -> None:
    with pytest.raises(FileError), atomic_path(tmp_path / "a") as _:
        raise FileError("file_empty", file="x")
    with pytest.raises(FileError), atomic_folder(tmp_path / "b") as _:
        raise FileError("file_empty", file="x")
    assert names(tmp_path) == []


def test_a_folder_replaces_an_older_result_whole(tmp_path: Path) -> None:
    out = tmp_path / "out"
    for content in ("first", "second"):
        with atomic_folder(out, ours=("summary.json", "first")) as temporary:
            assert temporary.parent == tmp_path
            (temporary / "summary.json").write_text("{}", encoding="utf-8")
            (temporary / content).write_text("", encoding="utf-8")
    assert names(out) == ["second", "summary.json"]
    assert names(tmp_path) == ["out"]


def test_a_failed_folder_leaves_the_older_result_and_no_new_parents(tmp_path: Path) -> None:
    out = tmp_path / "deep" / "er" / "out"
    with pytest.raises(KeyError), atomic_folder(out) as temporary:
        fail_half_way(temporary)
    assert names(tmp_path) == []
    with atomic_folder(out) as temporary:
        (temporary / "summary.json").write_text("{}", encoding="utf-8")
    with pytest.raises(KeyError), atomic_folder(out, ours=("summary.json",)):
        raise KeyError
    assert (out / "summary.json").read_text(encoding="utf-8") == "{}"
    assert names(out.parent) == ["out"]


def test_only_results_of_ours_are_replaced(tmp_path: Path) -> None:
    """One foreign file among the results keeps the whole folder: a workspace, or a thesis beside an old summary."""
    out = tmp_path / "out"
    ours = ("summary.json", "refused_*.csv")
    with atomic_folder(out) as temporary:
        (temporary / "summary.json").write_text("", encoding="utf-8")
        (temporary / "thesis.docx").write_text("", encoding="utf-8")
    with pytest.raises(OutputError) as caught, atomic_folder(out, ours=ours):
        pass
    assert caught.value.code == "output_not_ours"
    assert "thesis.docx" in caught.value.message("en")
    assert names(out) == ["summary.json", "thesis.docx"]
    (out / "thesis.docx").rename(out / "refused_demand.csv")
    with atomic_folder(out, ours=ours) as temporary:
        (temporary / "b").write_text("", encoding="utf-8")
    assert names(out) == ["b"]


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine", encoding="utf-8")
    with pytest.raises(OutputError) as caught, atomic_folder(tmp_path / "out"):
        pass
    assert caught.value.code == "output_is_file"
    with pytest.raises(OutputError), atomic_folder(tmp_path / "out" / "below"):
        pass
    assert (tmp_path / "out").read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize("text", ["=1+1", "+86", "-1", "@a", "\tx", "\rx"])
def test_csv_disarms_formulas(tmp_path: Path, text: str) -> None:
    write_csv(tmp_path / "a.csv", pd.DataFrame({"name": [text], "n": [-1.5], "k": [-2]}))
    raw = (tmp_path / "a.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    back = pd.read_csv(tmp_path / "a.csv", dtype=str, keep_default_na=False, lineterminator=None)
    assert back.iloc[0].tolist() == [f"'{text}", "-1.5", "-2"]


def test_csv_blanks_and_chinese(tmp_path: Path) -> None:
    frame = pd.DataFrame({"名称": ["敬老院", None], "n": [float("nan"), 3.0], "b": [True, False]})
    write_csv(tmp_path / "a.csv", frame)
    text = (tmp_path / "a.csv").read_text(encoding="utf-8-sig")
    assert text.splitlines() == ["名称,n,b", "敬老院,,true", ",3.0,false"]
