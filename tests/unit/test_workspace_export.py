"""Packages: QGIS finds all layers, an import gives the same workspace, and what must not leave does not."""

import dataclasses
import json
import sqlite3
import zipfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely

from geo.crs import geodesic_m
from geo.errors import CrsError, DataError, FileError, OutputError
from geo.sniff import file_sha256
from layers.export_log import read_log
from layers.layer import Layer, QualityReport, Source
from layers.public import KINDS_WITHHELD, LEAST_PEOPLE, without_inside, without_restricted
from layers.read import read_layer
from layers.secrecy import STAMP, checked_level, highest
from layers.workspace import Study, Workspace, open_workspace
from layers.workspace_edit import About, add_layer, describe, new_workspace
from layers.workspace_export import export, export_gpkg, export_zip
from layers.workspace_import import import_workspace
from tests.workspaces import DAY, KINDS, assert_same_rows, full, layer

SUFFIXES = ("gpkg", "zip")
# Columns of the test tables that stay inside, by kind.
INSIDE = {"facilities": {"值班电话", "经度(原)"}, "stakes": {"x_north", "y_east", "crs"}}


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return describe(full(tmp_path / "w"), study=Study("township", "99", ("elder_home",), "pop60"))


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_package_gives_the_same_workspace(suffix: str, workspace: Workspace, tmp_path: Path) -> None:
    export(workspace, tmp_path / f"out.{suffix}")
    back = import_workspace(tmp_path / f"out.{suffix}", tmp_path / "back")
    assert (back.name, back.name_en, back.as_of, back.study) == ("试点", "Pilot", DAY, workspace.study)
    assert [entry.kind for entry in back.layers] == list(KINDS)
    for entry in workspace.layers:
        one, other, other_entry = workspace.read(entry.kind), back.read(entry.kind), back.entry(entry.kind)
        assert one is not None
        assert other is not None
        assert other_entry is not None
        kept = one.frame.drop(columns=list(INSIDE.get(entry.kind, ())))
        assert_same_rows(dataclasses.replace(one, frame=kept), other)
        assert one.source == other.source
        same = ("title", "title_en", "source", "licence", "level", "credit", "approval", "rows")
        assert [getattr(entry, name) for name in same] == [getattr(other_entry, name) for name in same]
        assert entry.provenance is not None
        assert other_entry.provenance is not None
        same = ("original", "original_sha256", "rows_read", "rows_refused", "datum", "datum_from", "added")
        assert [getattr(entry.provenance, n) for n in same] == [getattr(other_entry.provenance, n) for n in same]
    # Once more, and nothing more is lost.
    export(back, tmp_path / f"again.{suffix}")
    again = import_workspace(tmp_path / f"again.{suffix}", tmp_path / "again")
    for entry in back.layers:
        assert_same_rows(back.read(entry.kind), again.read(entry.kind))


@pytest.mark.parametrize("kind", ["facilities", "demand", "roads", "lines"])
def test_a_command_reads_the_layer_of_its_kind_from_a_package(kind: str, workspace: Workspace, tmp_path: Path) -> None:
    export_gpkg(workspace, tmp_path / "o.gpkg")
    stored = workspace.read(kind)
    assert stored is not None
    assert len(read_layer(tmp_path / "o.gpkg", kind).frame) == len(stored.frame)


def test_extent_of_roads_and_columns_that_sqlite_mixes_up_stay(tmp_path: Path) -> None:
    extent = shapely.box(114, 30, 115, 31)
    roads = dataclasses.replace(layer("roads"), source=Source("a", "0", extent=extent, datum_read="wgs84"))
    projects = layer("projects")
    odd = projects.frame.assign(Name=["x", "y"], NAME=[1.5, np.nan], fid=["7", "7"], geom=[True, False], 甲=["", "\n"])
    odd = odd[[*odd.columns.drop("geometry"), "geometry"]]
    workspace = add_layer(new_workspace(tmp_path / "w", "a"), roads, About())
    workspace = add_layer(workspace, dataclasses.replace(projects, frame=odd), About())
    export_gpkg(workspace, tmp_path / "o.gpkg")
    back = import_workspace(tmp_path / "o.gpkg", tmp_path / "back")
    assert back.read("roads").source.extent == extent  # type: ignore[union-attr]
    assert_same_rows(back.read("projects"), workspace.read("projects"))


def test_a_geopackage_as_qgis_sees_it(workspace: Workspace, tmp_path: Path) -> None:
    done = export_gpkg(workspace, tmp_path / "o.gpkg")
    assert (done.crs, done.level, done.layers["units"]) == ("EPSG:4490", "公开", 2)
    listed = dict(pyogrio.list_layers(tmp_path / "o.gpkg").tolist())
    assert set(listed) == {*KINDS, "quarterhour"}
    assert {name for name, geometry in listed.items() if geometry is None} == {
        "units", "values", "inspections", "descriptions", "quarterhour",
    }  # fmt: skip
    with closing(sqlite3.connect(tmp_path / "o.gpkg")) as base:
        contents = {row[0]: row[1:] for row in base.execute(
            "SELECT table_name, data_type, identifier, description, srs_id FROM gpkg_contents")}  # fmt: skip
        places = {row[0]: row[1] for row in base.execute("SELECT table_name, srs_id FROM gpkg_geometry_columns")}
        systems = {row[0] for row in base.execute("SELECT srs_id FROM gpkg_spatial_ref_sys")}
        meta = base.execute('SELECT kind, title, level, "rows", stamp FROM quarterhour').fetchall()
    assert set(contents) == set(listed)
    assert contents["facilities"] == ("features", "图层 facilities", STAMP, 4490)
    assert contents["values"][:3] == ("attributes", "图层 values", STAMP)
    assert set(places.values()) == {4490}
    assert set(places) == set(KINDS) - {"units", "values", "inspections", "descriptions"}
    assert 4490 in systems
    assert meta[0] == ("workspace", "试点", "公开", None, STAMP)
    assert ("units", "图层 units", "公开", 2, STAMP) in meta
    frame = gpd.read_file(tmp_path / "o.gpkg", layer="facilities")
    assert frame.crs.to_epsg() == 4490
    assert frame.geometry.iloc[0].equals(shapely.Point(114.3, 30.5))


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize(
    "shapes",
    [
        ["POLYGON ((114 30, 115 30, 115 31, 114 30))",
         "MULTIPOLYGON (((114 30, 115 30, 115 31, 114 30)), ((116 30, 117 30, 117 31, 116 30)))"],
        ["POINT (114 30)", "LINESTRING (114 30, 115 30)"],
        ["MULTIPOINT ((114 30), (115 30))", "POLYGON ((114 30, 115 30, 115 31, 114 30))"],
    ],
)  # fmt: skip
def test_shapes_of_several_sorts_in_one_layer(suffix: str, shapes: list[str], tmp_path: Path) -> None:
    projects = layer("projects")
    mixed = projects.frame.set_geometry(list(shapely.from_wkt(shapes)), crs=4326)
    workspace = new_workspace(tmp_path / "w", "a")
    workspace = add_layer(workspace, dataclasses.replace(projects, frame=mixed), About())
    units = layer("units")
    some = units.frame.set_geometry([shapely.box(114, 30, 115, 31), None], crs=4326)
    workspace = add_layer(workspace, dataclasses.replace(units, frame=some), About())
    export(workspace, tmp_path / f"o.{suffix}")
    back = import_workspace(tmp_path / f"o.{suffix}", tmp_path / "back")
    for kind in ("projects", "units"):
        assert_same_rows(back.read(kind), workspace.read(kind))


def test_outside_china_it_is_wgs84(tmp_path: Path) -> None:
    porto = layer("projects")
    frame = porto.frame.set_geometry([shapely.Point(-8.6, 41.1), shapely.Point(-8.5, 41.2)], crs=4326)
    workspace = add_layer(new_workspace(tmp_path / "w", "Porto"), dataclasses.replace(porto, frame=frame), About())
    assert export_gpkg(workspace, tmp_path / "o.gpkg").crs == "EPSG:4326"
    assert gpd.read_file(tmp_path / "o.gpkg", layer="projects").crs.to_epsg() == 4326


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_the_same_state_gives_the_same_bytes(suffix: str, workspace: Workspace, tmp_path: Path) -> None:
    digests = []
    for name in "ab":
        done = export(workspace, tmp_path / f"{name}.{suffix}")
        digests.append(file_sha256([tmp_path / f"{name}.{suffix}"]))
        assert done.sha256 == digests[-1]
    assert digests[0] == digests[1]


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("public", [False, True])
def test_what_must_not_leave_is_in_no_byte_of_a_package(
    suffix: str, public: bool, workspace: Workspace, tmp_path: Path
) -> None:
    out = tmp_path / f"o.{suffix}"
    done = export(workspace, out, public=public)
    (tmp_path / "unpacked").mkdir()
    if suffix == "zip":
        with zipfile.ZipFile(out) as archive:
            assert STAMP in archive.read("密级.txt").decode()
            archive.extractall(tmp_path / "unpacked")
        data = b"".join(file.read_bytes() for file in (tmp_path / "unpacked").rglob("*") if file.is_file())
        tables = [gpd.read_parquet(file) for file in (tmp_path / "unpacked" / "layers").glob("*.parquet")]
        assert not list((tmp_path / "unpacked").rglob("*refused*"))
        assert not (tmp_path / "unpacked" / ".history").exists()
        assert not (tmp_path / "unpacked" / "exports.jsonl").exists()
    else:
        data = out.read_bytes()
        tables = [pyogrio.read_dataframe(out, layer=name) for name, _ in pyogrio.list_layers(out)]
    text = data.decode("utf-8", "replace") + "".join(table.to_csv() for table in tables)
    assert "0571-" not in text  # phones
    assert "约三年前" not in text  # a cell that a finding quotes
    assert "3376000" not in text  # the coordinates that the geometry was made from
    if public:
        assert "救助" not in text
        assert "坟墓" not in text
        assert "张坟村" in text
        assert not KINDS_WITHHELD & set(done.layers)
    codes = {finding.code for finding in done.findings}
    assert "export_inside_columns" in codes
    assert ("export_shelters" in codes) == public
    for finding in done.findings:
        assert "?" not in finding.sentence("zh") + finding.sentence("en")


def counts(done: Any) -> dict[str, int]:
    return {finding.code: finding.facts.get("count") for finding in done.findings}


def test_a_public_export_drops_and_says_what_it_drops(workspace: Workspace, tmp_path: Path) -> None:
    workspace = add_layer(workspace, layer("units"), About(level="内部", title="内部区划"))
    done = export_gpkg(workspace, tmp_path / "o.gpkg", public=True)
    assert set(done.layers) == set(KINDS) - {
        "stakes", "lines", "disputes", "inspections", "descriptions", "features", "units",
    }  # fmt: skip
    said = counts(done)
    assert (said["export_level_withheld"], said["export_shelters"], said["export_graves"]) == (2, 1, 1)
    assert (said["export_few_people"], said["export_small_counts"], said["export_bridge_limits"]) == (1, 1, 1)
    assert said["export_closed_roads"] == 2
    back = import_workspace(tmp_path / "o.gpkg", tmp_path / "back")
    assert back.read("facilities").frame["name"].tolist() == ["甲", 'b"c']  # type: ignore[union-attr]
    people = back.read("demand").frame  # type: ignore[union-attr]
    assert people["pop"].tolist() == [10, 200]
    assert people["pop60"].fillna(-1).tolist() == [-1, 40]
    assert "自定" not in people
    roads = back.read("roads").frame  # type: ignore[union-attr]
    assert roads["bridge"].tolist() == [True]
    assert roads["maxspeed_kmh"].isna().all()


def test_nothing_passes_where_all_is_internal(tmp_path: Path) -> None:
    workspace = full(tmp_path / "w", level="内部", kinds=("units", "values"))
    for write in (export_gpkg, export_zip):
        with pytest.raises(DataError) as caught:
            write(workspace, tmp_path / "o.gpkg", public=True)
        assert caught.value.code == "export_nothing"
    assert not (tmp_path / "o.gpkg").exists()
    assert read_log(workspace.path).entries == ()


@pytest.mark.parametrize("latitude", [0.0, 30.5, 53.5, -45.0])
def test_coordinates_lie_on_a_grid_of_ten_metres(latitude: float) -> None:
    rng = np.random.default_rng(7)
    places = np.column_stack([rng.uniform(100, 101, 400), latitude + rng.uniform(0, 0.01, 400)])
    frame = gpd.GeoDataFrame({"name": "a", "row": range(400)}, geometry=shapely.points(places), crs=4326)
    one = Layer("projects", frame.astype({"name": "str"}), "wgs84", Source("a", "0"), QualityReport((), 400, 400))
    out, findings = without_restricted(one)
    assert out is not None
    assert findings[-1].code == "export_rounded"
    moved = shapely.get_coordinates(out.frame.geometry.to_numpy())
    far = geodesic_m(places, moved)
    assert far.max() < 10 / 2 * 2**0.5 + 0.1
    assert far.mean() > 2
    # Neighbours on the grid are ten metres apart: rounding again moves nothing.
    again, _ = without_restricted(out)
    assert again is not None
    assert geodesic_m(moved, shapely.get_coordinates(again.frame.geometry.to_numpy())).max() < 0.05
    lat = np.unique(moved[:, 1])
    assert np.diff(lat * 111_195 / 10).round(1).tolist() == np.diff(lat * 111_195 / 10).round().tolist()


def test_rounded_areas_are_valid_and_lose_nothing_but_slivers() -> None:
    star = shapely.Point(114, 30).buffer(0.001, quad_segs=64).difference(shapely.Point(114.0005, 30).buffer(0.0005))
    tiny = shapely.Point(114.00003, 30.00002).buffer(0.00001)
    frame = gpd.GeoDataFrame(
        {"name": pd.Series(["a", "b"], dtype="str"), "row": [1, 2]}, geometry=[star, tiny], crs=4326
    )
    out, findings = without_restricted(Layer("projects", frame, "wgs84", Source("a", "0"), QualityReport((), 2, 2)))
    assert out is not None
    assert out.frame.geometry.is_valid.all()
    assert out.frame["name"].tolist() == ["a"]
    assert counts(type("", (), {"findings": findings}))["export_too_short"] == 1


def test_cells_of_people_without_a_total_count_by_their_largest_group() -> None:
    people = layer("demand")
    without = dataclasses.replace(people, frame=people.frame.drop(columns="pop").assign(pop80=[0.0, 12.0, 1.0]))
    out, _ = without_restricted(without)
    assert out is not None
    assert out.frame["pop60"].fillna(-1).tolist() == [-1, 40]
    assert out.frame["pop80"].fillna(-1).tolist() == [12, -1]
    assert LEAST_PEOPLE == 10


def test_inside_columns_of_the_schema_are_left_out_always() -> None:
    out, findings = without_inside(layer("facilities"))
    assert not {"值班电话", "经度(原)"} & set(out.frame.columns)
    assert {"备注", "beds", "name", "row", "geometry"} <= set(out.frame.columns)
    assert findings[0].facts["count"] == 2


# ---- what comes from elsewhere -------------------------------------------------------------------------------------


def edited(workspace: Workspace, tmp_path: Path, change: Callable[[sqlite3.Connection], object]) -> Path:
    out = tmp_path / "o.gpkg"
    export_gpkg(workspace, out)
    with closing(sqlite3.connect(out)) as base, base:
        change(base)
    return out


def meta(of: str, /, **changes: Any) -> Callable[[sqlite3.Connection], object]:
    def change(base: sqlite3.Connection) -> None:
        (text,) = base.execute("SELECT about FROM quarterhour WHERE kind = ?", (of,)).fetchone()
        about = json.dumps({**json.loads(text), **changes}, ensure_ascii=False)
        base.execute("UPDATE quarterhour SET about = ? WHERE kind = ?", (about, of))

    return change


def run(sql: str) -> Callable[[sqlite3.Connection], object]:
    return lambda base: base.executescript(sql)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (meta("projects", level="机密"), "level_refused"),
        (meta("projects", level=""), "level_unknown"),
        (meta("projects", kind="units"), "package_table_bad"),
        (meta("projects", columns={"name": ["name", "object"]}), "stored_layer_bad"),
        (meta("projects", columns={"name": ["row", "int64"]}), "stored_layer_bad"),
        (meta("projects", columns={}), "stored_layer_bad"),
        (meta("projects", provenance=7), "package_table_bad"),
        (meta("projects", extent="00"), "stored_layer_bad"),
        (meta("workspace", as_of="soon"), "package_table_bad"),
        (run("UPDATE quarterhour SET about = '[' "), "package_table_bad"),
        (run("UPDATE quarterhour SET kind = 'castles' WHERE kind = 'projects'"), "package_table_bad"),
        (run("UPDATE quarterhour SET kind = 'values' WHERE kind = 'projects'"), "package_table_bad"),
        (run("DELETE FROM quarterhour WHERE kind = 'workspace'"), "package_table_bad"),
        (run("DROP TABLE quarterhour; DELETE FROM gpkg_contents WHERE table_name = 'quarterhour'"),
         "package_without_table"),
        (run("ALTER TABLE projects RENAME TO p2; CREATE VIEW projects AS SELECT * FROM p2;"), "package_table_bad"),
    ],
)  # fmt: skip
def test_an_edited_package_is_refused_in_words(
    change: Callable[[sqlite3.Connection], object], code: str, tmp_path: Path
) -> None:
    file = edited(full(tmp_path / "w", kinds=("projects", "values")), tmp_path, change)
    with pytest.raises((DataError, FileError)) as caught:
        import_workspace(file, tmp_path / "back")
    assert caught.value.code == code
    assert not (tmp_path / "back").exists()


def test_other_files_are_no_packages(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("hello", encoding="utf-8")
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as archive:
        archive.writestr("a.csv", "a,b\n")
    (tmp_path / "c.gpkg").write_bytes(b"SQLite format 3\0" + b"\0" * 200)
    for name in ("a.txt", "b.zip", "c.gpkg"):
        with pytest.raises(FileError):
            import_workspace(tmp_path / name, tmp_path / "back")
    assert not (tmp_path / "back").exists()


@pytest.mark.parametrize("name", ["../evil.txt", "/evil.txt", "C:/evil.txt", "layers/../../evil"])
def test_no_name_in_a_zip_leads_out_of_the_workspace(name: str, tmp_path: Path) -> None:
    export_zip(full(tmp_path / "w", kinds=("values",)), tmp_path / "o.zip")
    with zipfile.ZipFile(tmp_path / "o.zip", "a") as archive:
        archive.writestr(name, "evil")
    with pytest.raises(FileError):
        import_workspace(tmp_path / "o.zip", tmp_path / "inner" / "back")
    assert not list(tmp_path.rglob("*evil*"))


def test_a_zip_that_grows_is_refused(tmp_path: Path) -> None:
    export_zip(full(tmp_path / "w", kinds=("values",)), tmp_path / "o.zip")
    with zipfile.ZipFile(tmp_path / "o.zip", "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("layers/big.json", b"0" * 80_000_000)
    with pytest.raises(FileError) as caught:
        import_workspace(tmp_path / "o.zip", tmp_path / "back")
    assert caught.value.code == "archive_too_large"


def test_a_zip_of_the_folder_itself_is_imported_too(tmp_path: Path) -> None:
    workspace = full(tmp_path / "w", kinds=("values", "units"))
    with zipfile.ZipFile(tmp_path / "o.zip", "w") as archive:
        for file in workspace.path.rglob("*"):
            if file.is_file():
                archive.write(file, f"试点/{file.relative_to(workspace.path).as_posix()}")
    back = import_workspace(tmp_path / "o.zip", tmp_path / "back")
    assert_same_rows(back.read("units"), workspace.read("units"))


def test_an_import_does_not_replace_a_workspace(tmp_path: Path) -> None:
    workspace = full(tmp_path / "w", kinds=("values",))
    export_zip(workspace, tmp_path / "o.zip")
    with pytest.raises(OutputError):
        import_workspace(tmp_path / "o.zip", workspace.path)
    assert open_workspace(workspace.path) == workspace


# ---- levels ---------------------------------------------------------------------------------------------------------


def test_a_result_is_as_secret_as_its_inputs() -> None:
    assert highest(["公开", "公开"]) == "公开"
    assert highest(["公开", "内部"]) == "内部"
    assert highest([]) == "内部"
    for level in ("秘密", "绝密", "open"):
        with pytest.raises(DataError):
            highest(["公开", level])
    assert checked_level("公开", "a") == "公开"


def test_what_cannot_be_logged_does_not_leave(tmp_path: Path) -> None:
    workspace = full(tmp_path / "w", kinds=("values",))
    (workspace.path / "exports.jsonl").mkdir()
    for name in ("o.gpkg", "o.zip"):
        with pytest.raises(OutputError):
            export(workspace, tmp_path / name)
    assert not list(tmp_path.glob("o.*"))


def test_an_export_that_cannot_be_placed_is_refused_in_words(tmp_path: Path) -> None:
    assert issubclass(CrsError, DataError)
    with pytest.raises(OutputError) as caught:
        export(full(tmp_path / "w", kinds=("values",)), tmp_path / "a.xlsx")
    assert caught.value.code == "package_suffix"
