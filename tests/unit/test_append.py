"""Rows that come later: known ids are updated, the others added, mended rows are refused no longer."""

from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.append import about_both, append, mended_rows
from layers.layer import Layer
from layers.read import read_layer
from layers.refused import refused_xlsx
from layers.workspace_edit import About, add_layer, new_workspace
from tests.builders import Place, facilities, units

IDS = st.lists(st.sampled_from("abcdefgh"), unique=True, min_size=1)


@given(IDS, IDS)
def test_the_union_of_ids_and_the_later_row_counts(old: list[str], new: list[str]) -> None:
    first = facilities({name: Place((0.0, 10.0 * n)) for n, name in enumerate(old)})
    later = facilities({name: Place((500.0, 10.0 * n)) for n, name in enumerate(new)})
    both = append(first, later)
    assert both.frame["facility_id"].tolist() == [*old, *(name for name in new if name not in old)]
    where = both.frame.set_index("facility_id").geometry
    for layer, names in ((later, set(new)), (first, set(old) - set(new))):
        own = layer.frame.set_index("facility_id").geometry
        assert all(where[name].equals(own[name]) for name in names)
    assert both.quality.rows_read == both.quality.rows_kept + both.quality.rows_refused
    assert both.frame.crs == first.frame.crs


def csv(path: Path, text: str) -> Layer:
    path.write_text(text, encoding="utf-8")
    return read_layer(path, "facilities")


def test_mended_rows_come_back_to_where_they_were_refused(tmp_path: Path) -> None:
    """The whole way of a township: two of five rows refused, one mended and sent back, the other left."""
    head = "编号,名称,经度,纬度,床位数\n"
    rows = "1,甲,114.30123,30.60123,5\n2,乙,,30.6,6\n3,丙,114.31123,30.61123,若干\n4,丁,114.32123,30.62123,8\n"
    first = csv(tmp_path / "a.csv", head + rows)
    assert first.quality.refused["row"].tolist() == [3, 4]
    back = tmp_path / "back.xlsx"
    back.write_bytes(refused_xlsx(first.quality, "zh"))
    sheet = pd.read_excel(back, dtype=str, engine="calamine")
    assert sheet["原行号"].tolist() == ["3", "4"]
    sheet.loc[0, "经度"] = "114.30523"
    mended = tmp_path / "mended.csv"
    sheet.head(1).to_csv(mended, index=False, encoding="utf-8-sig")
    from geo.read import read_table

    later, numbers = read_layer(mended, "facilities"), mended_rows(read_table(mended))
    assert numbers == {3}
    both = append(first, later, numbers)
    assert both.frame["facility_id"].tolist() == ["1", "4", "2"]
    assert both.frame["beds"].tolist() == [5, 8, 6]
    assert both.quality.refused["row"].tolist() == [4]
    rows_of_errors = {finding.row for finding in both.quality.findings if finding.severity == "error"}
    assert rows_of_errors == {4}


def test_ids_by_row_go_on_behind_the_old_ones(tmp_path: Path) -> None:
    first = csv(tmp_path / "a.csv", "名称,经度,纬度\n甲,114.30123,30.60123\n乙,114.31123,30.61123\n")
    later = csv(tmp_path / "b.csv", "名称,经度,纬度,备注\n丙,114.32123,30.62123,新\n")
    both = append(first, later)
    assert both.frame["facility_id"].tolist() == ["F1", "F2", "F3"]
    assert both.frame["备注"].tolist() == ["", "", "新"]


def test_two_kinds_do_not_mix(tmp_path: Path) -> None:
    first = csv(tmp_path / "a.csv", "名称,经度,纬度\n甲,114.30123,30.60123\n")
    other = read_layer(tmp_path / "a.csv", "place_names")
    with pytest.raises(ValueError, match="two kinds"):
        append(first, other)


def test_what_a_later_file_does_not_speak_of_stays(tmp_path: Path) -> None:
    first = csv(tmp_path / "a.csv", "编号,名称,经度,纬度,床位数,街道\n1,甲,114.30123,30.60123,5,东街\n")
    later = csv(tmp_path / "b.csv", "编号,经度,纬度,备注\n1,114.30223,30.60223,新\n2,114.31223,30.61223,旧\n")
    both = append(first, later).frame.set_index("facility_id")
    assert both["name"].tolist() == ["甲", "2"]
    assert both["beds"].fillna(-1).tolist() == [5, -1]
    assert both["街道"].tolist() == ["东街", ""]
    assert both["备注"].tolist() == ["新", "旧"]
    assert both.geometry.x.tolist() == pytest.approx([114.30223, 114.31223])


def test_a_unit_keeps_its_polygon_when_a_list_of_codes_comes_later(tmp_path: Path) -> None:
    first = units({"990001": (0, 0, 1000, 1000)})
    file = tmp_path / "codes.csv"
    file.write_text("区划代码,名称\n990001,新名\n990002,乙\n", encoding="utf-8")
    both = append(first, read_layer(file, "units")).frame
    assert both["name"].tolist() == ["新名", "乙"]
    assert both.geometry.iloc[0].equals(first.frame.geometry.iloc[0])
    assert both.geometry.iloc[1] is None


@pytest.mark.parametrize(("old", "new"), [("内部", "公开"), ("公开", "内部"), ("内部", "内部")])
def test_rows_put_into_a_layer_never_lower_its_level(tmp_path: Path, old: str, new: str) -> None:
    layer = csv(tmp_path / "a.csv", "编号,经度,纬度\n1,114.30123,30.60123\n")
    workspace = new_workspace(tmp_path / "pilot", "试点")
    said = About(level=old, source="甲局", licence="内部使用", approval="批2021-1", title="养老")
    there = add_layer(workspace, layer, said).entry("facilities")
    assert there is not None
    about = about_both(there, new, "乙局")
    assert about.level == "内部"
    assert (about.source, about.licence, about.approval, about.title) == ("甲局 + 乙局", "内部使用", "批2021-1", "养老")


def test_a_number_that_two_files_have_mends_neither_row(tmp_path: Path) -> None:
    head = "编号,名称,经度,纬度\n"
    first = csv(tmp_path / "a.csv", head + "1,甲,114.30123,30.60123\n2,乙,,30.6\n")
    second = csv(tmp_path / "b.csv", head + "3,丙,114.31123,30.61123\n4,丁,,30.6\n")
    both = append(first, second)
    assert both.quality.refused["row"].tolist() == [3, 3]
    mended = csv(tmp_path / "c.csv", head + "2,乙,114.30523,30.60523\n")
    done = append(both, mended, frozenset({3}))
    assert set(done.quality.refused["编号"]) == {"2", "4"}
    assert len(done.frame) == 3
