"""A workspace that changes: what goes in comes out, changes can be taken back, nobody's change is lost."""

import dataclasses
import threading
from pathlib import Path

import geopandas as gpd
import pytest
import shapely

from geo.errors import DataError, FileError, OutputError
from geo.sniff import file_sha256
from layers import workspace_history as history
from layers.layer import QualityReport, Source
from layers.options import ReadOptions
from layers.road import COLUMNS
from layers.stored import ROAD_COLUMNS
from layers.workspace import Study, Workspace, open_demo, open_workspace
from layers.workspace_edit import About, add_layer, describe, new_workspace, remembered_columns, remove_layer
from layers.workspace_history import changing, commit, locked, redo, restore, states, undo
from tests.workspaces import DAY, KINDS, assert_same, full, layer, table


@pytest.fixture
def empty(tmp_path: Path) -> Workspace:
    return new_workspace(tmp_path / "w", "试点", name_en="Pilot", as_of=DAY)


def kinds(workspace: Workspace) -> list[str]:
    return [entry.kind for entry in open_workspace(workspace.path).layers]


def files(workspace: Workspace) -> set[str]:
    return {file.name for file in (workspace.path / "layers").glob("*")}


@pytest.mark.parametrize("kind", KINDS)
def test_a_layer_is_read_back_as_it_was_added(kind: str, empty: Workspace) -> None:
    added = layer(kind)
    workspace = add_layer(empty, added, About(credit="某人", approval="浙测审 1"))
    assert_same(workspace.read(kind), added)
    assert_same(open_workspace(empty.path).read(kind), added)
    entry = workspace.entry(kind)
    assert entry is not None
    assert entry.provenance is not None
    assert (entry.level, entry.credit, entry.approval, entry.rows) == (
        "内部",
        "某人",
        "浙测审 1",
        added.quality.rows_kept,
    )
    assert (entry.provenance.original, entry.provenance.original_sha256) == (f"{kind}.x", "ab" * 32)


def test_refused_rows_and_how_it_was_read_are_kept(empty: Workspace) -> None:
    options = ReadOptions(datum="wgs84", columns={"places": "备注"})
    added = layer("facilities", ReadOptions(datum="wgs84"))
    workspace = add_layer(empty, added, About(), options=options)
    entry = workspace.layers[0]
    assert entry.provenance is not None
    assert (entry.provenance.rows_read, entry.provenance.rows_refused, entry.rows) == (5, 1, 4)
    assert (entry.provenance.datum, entry.provenance.datum_from) == ("wgs84", "user")
    assert entry.provenance.columns == {"places": "备注"}
    text = (workspace.path / entry.provenance.refused).read_text(encoding="utf-8-sig")
    assert text.splitlines()[1].startswith("6,")
    assert "05,零,养老机构,0,0," in text
    assert "date_unreadable" in [finding.code for finding in added.quality.findings]
    assert add_layer(workspace, layer("roads"), About()).layers[1].provenance.datum_from == "declared"  # type: ignore[union-attr]


def test_credit_and_extent_of_roads_stay(empty: Workspace) -> None:
    extent = shapely.box(114, 30, 115, 31)
    roads = dataclasses.replace(layer("roads"), source=Source("a.gpkg", "0", credit="© OSM", extent=extent))
    read = add_layer(empty, roads, About(level="公开")).read("roads")
    assert read is not None
    assert read.source == dataclasses.replace(roads.source, level="公开")


def test_a_new_workspace_does_not_replace_a_folder(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(OutputError):
        new_workspace(tmp_path, "试点")
    assert [file.name for file in tmp_path.iterdir()] == ["a.txt"]


@pytest.mark.parametrize(
    ("level", "code"),
    [("秘密", "level_refused"), ("机密★20年", "level_refused"), ("绝密", "level_refused"), ("public", "level_unknown"),
     ("", "level_unknown")],
)  # fmt: skip
def test_levels_that_may_not_be_here(level: str, code: str, empty: Workspace) -> None:
    with pytest.raises(DataError) as caught:
        add_layer(empty, layer("units"), About(level=level))
    assert caught.value.code == code
    assert kinds(empty) == []
    assert not (empty.path / "layers").exists()


def test_add_replace_remove_undo_redo(empty: Workspace) -> None:
    one = add_layer(empty, layer("units"), About(title="一"))
    two = add_layer(one, layer("demand"), About())
    three = add_layer(two, layer("units"), About(title="二"))
    assert [entry.title for entry in three.layers] == ["二", "人口"]
    four = remove_layer(three, "demand")
    assert kinds(four) == ["units"]
    back = undo(undo(four))
    assert back.layers == two.layers
    again = redo(back)
    assert again.layers == three.layers
    branch = remove_layer(again, "units")
    assert redo(undo(branch)).layers == branch.layers
    assert [change.what for change in states(branch)] == ["new", "add", "add", "replace", "remove", "remove"]
    assert restore(redo(undo(branch)), 2).layers == one.layers
    assert_same(open_workspace(empty.path).read("units"), layer("units"))
    for lang, word in (("zh", "行政区划单位"), ("en", "units")):
        assert word in states(branch)[1].sentence(lang)


def test_nothing_to_take_back(empty: Workspace) -> None:
    for what, code in (
        (undo, "nothing_to_undo"),
        (redo, "nothing_to_redo"),
        (lambda w: restore(w, 9), "state_not_kept"),
    ):
        with pytest.raises(DataError) as caught:
            what(empty)
        assert caught.value.code == code
    with pytest.raises(DataError) as caught:
        remove_layer(empty, "units")
    assert caught.value.code == "workspace_lacks_layer"


def test_a_state_edited_by_hand_is_kept_too(empty: Workspace) -> None:
    one = add_layer(empty, layer("units"), About())
    two = redo(undo(one))
    toml = two.path / "workspace.toml"
    toml.write_text(toml.read_text(encoding="utf-8").replace("试点", "手改"), encoding="utf-8")
    by_hand = open_workspace(two.path)
    three = remove_layer(by_hand, "units")
    assert three.name == "手改"
    assert [change.what for change in states(three)] == ["new", "add", "hand", "remove"]
    back = undo(three)
    assert (back.name, back.layers) == ("手改", one.layers)
    assert undo(back).name == "试点"


def test_a_damaged_old_state_does_not_take_the_place_of_a_good_one(empty: Workspace) -> None:
    workspace = add_layer(empty, layer("units"), About())
    old = empty.path / ".history" / "000001.toml"
    for text in ("[" * 10_000, "schema_version = 9", "\xff"):
        old.write_text(text, encoding="latin-1")
        with pytest.raises((FileError, DataError)):
            undo(workspace)
        assert open_workspace(empty.path) == workspace


def test_half_a_character_is_no_fault_of_ours(empty: Workspace) -> None:
    workspace = add_layer(empty, layer("units"), About(title="a\udcff"))
    assert workspace.layers[0].title == "a?"


def test_columns_of_roads_are_those_that_are_checked() -> None:
    assert tuple(ROAD_COLUMNS) == COLUMNS


def test_what_is_kept_is_bounded(empty: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "KEPT_STATES", 3)
    workspace = empty
    for number in range(6):
        workspace = add_layer(workspace, layer("units"), About(title=str(number)))
    (empty.path / "layers" / "mine.parquet").write_text("kept", encoding="utf-8")
    assert len(states(workspace)) == 4
    assert "mine.parquet" in files(workspace)
    for _ in range(3):
        workspace = undo(workspace)
        assert_same(workspace.read("units"), layer("units"))
    with pytest.raises(DataError) as caught:
        undo(workspace)
    assert caught.value.code == "nothing_to_undo"


def test_files_of_forgotten_states_go(empty: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "KEPT_BYTES", 0)
    one = add_layer(empty, layer("units"), About())
    first = files(one)
    two = add_layer(one, layer("units"), About(level="公开"))
    assert not first & files(two)
    assert_same(two.read("units"), layer("units"))


def test_an_old_workspace_object_changes_nothing(empty: Workspace) -> None:
    newer = add_layer(empty, layer("units"), About())
    for attempt in (
        lambda: add_layer(empty, layer("demand"), About()),
        lambda: describe(empty, name="x"),
        lambda: undo(empty),
    ):
        with pytest.raises(DataError) as caught:
            attempt()
        assert caught.value.code == "workspace_stale"
    assert open_workspace(empty.path) == newer


def test_an_old_workspace_object_still_reads(empty: Workspace) -> None:
    old = add_layer(empty, layer("units"), About())
    remove_layer(old, "units")
    assert_same(old.read("units"), layer("units"))


def test_two_threads_wait_for_each_other(empty: Workspace) -> None:
    names = ("units", "demand", "roads", "stakes")

    def put(kind: str) -> None:
        with locked(empty.path):
            add_layer(open_workspace(empty.path), layer(kind), About())

    threads = [threading.Thread(target=put, args=(kind,)) for kind in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(kinds(empty)) == sorted(names)
    assert len(states(open_workspace(empty.path))) == 5


def test_who_waits_too_long_is_told(empty: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "_WAIT_S", 0.05)
    codes: list[str] = []

    def second() -> None:
        try:
            add_layer(empty, layer("units"), About())
        except OutputError as error:
            codes.append(error.code)

    with locked(empty.path):
        thread = threading.Thread(target=second)
        thread.start()
        thread.join()
    assert codes == ["workspace_busy"]


def test_corrected_columns_are_offered_again(empty: Workspace) -> None:
    headings = list(table("facilities").frame.columns)
    options = ReadOptions(columns={"beds": "备注", "places": ""})
    workspace = add_layer(empty, layer("facilities"), About(), options=options, headings=headings)
    assert remembered_columns(workspace, "facilities", [*reversed(headings)]) == {"beds": "备注", "places": ""}
    spelled = [" 备注 " if name == "备注" else name for name in headings]
    assert remembered_columns(workspace, "facilities", spelled)["beds"] == " 备注 "
    assert remembered_columns(workspace, "demand", headings) == {}
    assert remembered_columns(workspace, "facilities", headings[1:]) == {}
    options = ReadOptions(columns={"beds": "床位数"})
    later = add_layer(workspace, layer("facilities"), About(), options=options, headings=headings)
    assert remembered_columns(later, "facilities", headings) == {"beds": "床位数"}


def test_describing(empty: Workspace) -> None:
    study = Study("township", "9901", ("elder_centre",), "pop60")
    workspace = describe(add_layer(empty, layer("units"), About()), name="新名", study=study)
    assert (workspace.name, workspace.study, workspace.as_of) == ("新名", study, DAY)
    assert len(workspace.layers) == 1


def test_a_changed_file_is_said_and_counted(empty: Workspace) -> None:
    workspace = add_layer(empty, layer("facilities"), About())
    file = workspace.file_of(workspace.layers[0])
    gpd.read_parquet(file).iloc[:2].to_parquet(file)
    read = workspace.read("facilities")
    assert read is not None
    assert read.quality.findings[0].code == "workspace_layer_changed"
    assert (len(read.frame), read.quality.rows_read, read.quality.rows_kept) == (2, 3, 2)
    # Added again, it is as it was.
    assert_same(add_layer(workspace, layer("facilities"), About()).read("facilities"), layer("facilities"))


def edits() -> dict[str, object]:
    return {
        "row": lambda frame: frame.drop(columns="row"),
        "facility_id": lambda frame: frame.assign(facility_id="01"),
        "beds": lambda frame: frame.assign(beds="12"),
        "open_date": lambda frame: frame.assign(open_date="2021"),
        "name": lambda frame: frame.assign(name=None),
        "geometry": lambda frame: frame.set_geometry([shapely.LineString([(0, 0), (1, 1)])] * 4, crs=4326),
        "备注": lambda frame: frame.assign(备注=[b"a"] * 4),
    }


@pytest.mark.parametrize("column", edits())
def test_a_file_that_is_none_of_ours_is_refused(column: str, empty: Workspace) -> None:
    workspace = add_layer(empty, layer("facilities"), About())
    file = workspace.file_of(workspace.layers[0])
    edits()[column](gpd.read_parquet(file)).to_parquet(file)  # type: ignore[operator]
    with pytest.raises(DataError) as caught:
        workspace.read("facilities")
    assert (caught.value.code, caught.value.facts["column"]) == ("stored_layer_bad", column)


def test_degrees_that_are_none_are_refused(empty: Workspace) -> None:
    workspace = add_layer(empty, layer("units"), About())
    file = workspace.file_of(workspace.layers[0])
    far = gpd.read_parquet(file).set_geometry([shapely.Point(500, 0)] * 2, crs=4326)
    for frame in (far, far.set_crs(4490, allow_override=True)):
        frame.to_parquet(file)
        with pytest.raises(DataError):
            workspace.read("units")


def test_damaged_files_are_named(empty: Workspace) -> None:
    workspace = add_layer(empty, layer("units"), About())
    entry = workspace.layers[0]
    assert entry.provenance is not None
    about, rows = workspace.path / entry.provenance.about, workspace.file_of(entry)
    good = about.read_bytes()
    for broken in (b"{}", good.replace(b'"units"', b'"roads"'), b"[" * 10_000):
        about.write_bytes(broken)
        with pytest.raises((FileError, DataError)):
            workspace.read("units")
    about.write_bytes(good)
    rows.write_bytes(rows.read_bytes()[:100])
    with pytest.raises(FileError) as caught:
        workspace.read("units")
    assert caught.value.code == "file_damaged"
    about.unlink()
    with pytest.raises(FileError) as caught:
        workspace.read("units")
    assert caught.value.code == "file_missing"


def test_a_frame_of_another_kind_is_not_stored(empty: Workspace) -> None:
    wrong = dataclasses.replace(layer("units"), kind="facilities", quality=QualityReport((), 2, 2))
    with pytest.raises(DataError) as caught:
        add_layer(empty, wrong, About())
    assert caught.value.code == "stored_layer_bad"
    assert kinds(empty) == []


def test_the_same_layers_give_the_same_files(tmp_path: Path) -> None:
    names = [
        {file.name: file_sha256([file]) for file in (full(tmp_path / place).path / "layers").glob("*")}
        for place in ("a", "b")
    ]
    assert names[0] == names[1]


def test_the_demo_takes_layers_and_gives_them_back(tmp_path: Path) -> None:
    demo = open_demo(tmp_path)
    before = (demo.path / "workspace.toml").read_bytes()
    assert b"schema_version = 1" in before
    more = add_layer(demo, layer("place_names"), About())
    assert len(more.layers) == 8
    assert more.study == demo.study
    assert b"synthetic_note" in (demo.path / "workspace.toml").read_bytes()
    assert_same(more.read("units"), demo.read("units"))
    less = remove_layer(more, "stakes")
    assert (demo.path / "layers" / "stakes.parquet").is_file()
    undo(undo(less))
    assert (demo.path / "workspace.toml").read_bytes() == before
    assert open_demo(tmp_path) == demo


def test_commit_is_for_those_who_hold_the_workspace(empty: Workspace) -> None:
    with changing(empty) as document:
        changed = commit(empty, {**document, "name": "a"}, "describe")
    assert (changed.name, changed.change.parent) == ("a", empty.change.number)
