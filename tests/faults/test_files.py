"""Files as they come from other offices: archives, parts, encodings, layers; and as ours go out to them (A, C, P12)."""

import json
import shutil
import sqlite3
import struct
import warnings
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely
from hypothesis import example, given
from hypothesis import strategies as st

from geo import messages
from geo.errors import CrsError, OutputError, QuarterhourError
from geo.findings import Finding
from geo.parse import as_text
from geo.read import read_table
from geo.writers import SUFFIXES, write_layer
from layers.read import read_layer

NAMES = ["长兴县敬老院", "栖云街道儿童之家"]
POINTS = [shapely.Point(119.9, 31.0), shapely.Point(119.95, 31.05)]


def places(**columns: Sequence[object]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns or {"名称": NAMES, "id": ["0101", "0102"]}, geometry=POINTS, crs=4490)


def shapefile(
    folder: Path, name: str = "设施", *, encoding: str = "gbk", frame: gpd.GeoDataFrame | None = None
) -> Path:
    """A Shapefile as others write it, with its ``.cpg``."""
    folder.mkdir(exist_ok=True, parents=True)
    file = folder / f"{name}.shp"
    (places() if frame is None else frame).to_file(file, encoding=encoding)
    return file


def zipped(path: Path, files: dict[str, bytes | Path]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content.read_bytes() if isinstance(content, Path) else content)
    return path


def codes(findings: Sequence[Finding]) -> list[str]:
    return [finding.code for finding in findings]


def error_of(read: Callable[[], object]) -> QuarterhourError:
    with pytest.raises(QuarterhourError) as caught:
        read()
    for lang in messages.LANGUAGES:
        assert "?" not in caught.value.message(lang)
        assert caught.value.hint(lang)
    return caught.value


# ---- Shapefile -------------------------------------------------------------------------------------------------------


def test_a01_gbk_without_a_cpg_is_found_and_said(tmp_path: Path) -> None:
    file = shapefile(tmp_path)
    file.with_suffix(".cpg").unlink()
    table = read_table(file)
    assert table.frame["名称"].tolist() == NAMES
    assert table.encoding == "gb18030"
    assert [dict(f.facts)["used"] for f in table.findings if f.code == "encoding_detected"] == ["gb18030"]


def test_a02_a_cpg_that_lies_is_corrected_and_said(tmp_path: Path) -> None:
    file = shapefile(tmp_path)
    file.with_suffix(".cpg").write_text("UTF-8", encoding="ascii")
    table = read_table(file)
    assert table.frame["名称"].tolist() == NAMES
    assert codes(table.findings) == ["cpg_wrong"]


@pytest.mark.parametrize(
    "said", ["936", "GBK", "gbk", "CP936", "gb18030", "GB18030\n", "\ufeffGBK", "ANSI 936", " 936 "]
)
def test_a03_all_spellings_of_the_family(tmp_path: Path, said: str) -> None:
    file = shapefile(tmp_path)
    file.with_suffix(".cpg").write_text(said, encoding="utf-8")
    table = read_table(file)
    assert table.frame["名称"].tolist() == NAMES
    assert (table.encoding, table.findings) == ("gb18030", ())


def test_a04_long_chinese_names_go_out_short_and_come_back_long(tmp_path: Path) -> None:
    first, second = "居家养老服务中心甲", "居家养老服务中心乙"
    findings = write_layer(tmp_path / "a.zip", places(**{first: NAMES, second: ["1", "2"], "id": ["01", "02"]}))
    assert codes(findings) == ["field_names_shortened"]
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        archive.extractall(tmp_path / "loose")
    for file in (tmp_path / "a.zip", tmp_path / "loose" / "a.shp"):
        assert list(read_table(file).frame.columns) == [first, second, "id", "geometry"]
    # Another program sees short ASCII names.
    bare = gpd.read_file(tmp_path / "loose" / "a.shp")
    assert list(bare.columns) == ["F1", "F2", "id", "geometry"]
    assert bare["F1"].tolist() == NAMES


def test_a04_a_name_cut_in_two_by_another_program_is_read(tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        file = shapefile(tmp_path, encoding="UTF-8", frame=places(居家养老服务=NAMES))
    table = read_table(file)
    assert table.frame["居家养"].tolist() == NAMES
    assert codes(table.findings) == ["field_name_cut"]


def test_a05_what_a_field_cannot_hold_is_cut_between_characters_and_counted(tmp_path: Path) -> None:
    findings = write_layer(tmp_path / "a.zip", places(name=["长" * 300, "短"]))
    assert [(f.code, f.field, f.facts["count"]) for f in findings] == [("text_cut_on_writing", "name", 1)]
    assert read_table(tmp_path / "a.zip").frame["name"].tolist() == ["长" * 84, "短"]
    assert write_layer(tmp_path / "a.gpkg", places(name=["长" * 300, "短"])) == ()


def test_a06_without_a_prj_nothing_is_assumed(tmp_path: Path) -> None:
    file = shapefile(tmp_path)
    file.with_suffix(".prj").unlink()
    assert read_table(file).crs == ""
    error = error_of(lambda: read_layer(file, "facilities"))
    assert isinstance(error, CrsError)
    assert error.code.startswith("no_crs")


@pytest.mark.parametrize("part", [".shx", ".dbf"])
def test_a07_a08_a_part_that_is_missing_is_named(tmp_path: Path, part: str) -> None:
    file = shapefile(tmp_path / "set")
    file.with_suffix(part).unlink()
    archive = zipped(tmp_path / "a.zip", {p.name: p for p in file.parent.iterdir()})
    for source in (file, archive):
        error = error_of(lambda source=source: read_table(source))
        assert (error.code, error.facts["missing"]) == ("shapefile_part_missing", part)
        assert "设施.shp" in error.message("zh")


def test_a08_parts_of_two_sets(tmp_path: Path) -> None:
    file = shapefile(tmp_path)
    data = bytearray(file.with_suffix(".dbf").read_bytes())
    struct.pack_into("<I", data, 4, 1)
    file.with_suffix(".dbf").write_bytes(data)
    error = error_of(lambda: read_table(file))
    assert (error.code, error.facts["shapes"], error.facts["records"]) == ("shapefile_parts_differ", 2, 1)


def test_a08_a_table_whose_head_says_records_of_no_length(tmp_path: Path) -> None:
    file = shapefile(tmp_path)
    data = bytearray(file.with_suffix(".dbf").read_bytes())
    struct.pack_into("<I", data, 4, 2**32 - 1)
    struct.pack_into("<H", data, 10, 0)
    file.with_suffix(".dbf").write_bytes(data)
    assert error_of(lambda: read_table(file)).code == "shapefile_damaged"


def test_a09_one_part_alone(tmp_path: Path) -> None:
    file = shapefile(tmp_path / "set")
    alone = tmp_path / "设施.shp"
    shutil.copy(file, alone)
    assert error_of(lambda: read_table(alone)).facts["missing"] == ".shx, .dbf"
    assert error_of(lambda: read_table(file.with_suffix(".dbf"))).code == "part_of_a_shapefile"
    archive = zipped(tmp_path / "a.zip", {"设施.dbf": file.with_suffix(".dbf"), "设施.prj": file.with_suffix(".prj")})
    assert error_of(lambda: read_table(archive)).facts["missing"] == ".shp"


def test_a10_mixed_case_and_chinese_names(tmp_path: Path) -> None:
    file = shapefile(tmp_path / "set", encoding="gbk")
    loose = tmp_path / "loose"
    loose.mkdir()
    for part in file.parent.iterdir():
        suffix = {".shp": ".SHP", ".dbf": ".Dbf", ".prj": ".PRJ"}.get(part.suffix, part.suffix)
        shutil.copy(part, loose / f"界线 设施{suffix}")
    archive = zipped(tmp_path / "a.zip", {f"资料/{p.name}": p for p in loose.iterdir()})
    for source in (loose / "界线 设施.SHP", archive):
        table = read_table(source)
        assert table.frame["名称"].tolist() == NAMES
        assert table.crs == "EPSG:4490"


def test_a10_parts_whose_stems_differ_by_case(tmp_path: Path) -> None:
    file = shapefile(tmp_path / "set", "roads")
    parts = {("ROADS" if p.suffix == ".dbf" else "roads") + p.suffix: p for p in file.parent.iterdir()}
    assert len(read_table(zipped(tmp_path / "a.zip", parts)).frame) == 2


# ---- whole, cut off, several -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", [".gpkg", ".geojson", ".kml", ".zip", ".xlsx"])
def test_a20_cut_in_the_middle(tmp_path: Path, suffix: str) -> None:
    file = tmp_path / f"a{suffix}"
    write_layer(file, gpd.GeoDataFrame({"n": range(500)}, geometry=[POINTS[0]] * 500, crs=4490))
    assert len(read_table(file).frame) == 500
    data = file.read_bytes()
    file.write_bytes(data[: len(data) // 2])
    error = error_of(lambda: read_table(file))
    assert error.code in {"file_damaged", "json_truncated"}
    if suffix == ".geojson":
        assert abs(int(str(error.facts["position"])) - len(data) // 2) < 60


def test_a21_two_layers_in_one_geopackage(tmp_path: Path) -> None:
    file = tmp_path / "a.gpkg"
    places().to_file(file, layer="设施")
    places(名称=["x", "y"]).to_file(file, layer="人口")
    error = error_of(lambda: read_table(file))
    assert error.code == "several_layers"
    assert {"设施", "人口"} <= set(str(error.facts["layers"]).split(", "))
    assert read_table(file, layer="人口").frame["名称"].tolist() == ["x", "y"]
    assert error_of(lambda: read_table(file, layer="z")).code == "no_such_layer"


def test_a21_two_datasets_in_one_archive(tmp_path: Path) -> None:
    write_layer(tmp_path / "b.gpkg", places())
    write_layer(tmp_path / "a.csv", places())
    archive = zipped(tmp_path / "a.zip", {"甲/a.csv": tmp_path / "a.csv", "b.gpkg": tmp_path / "b.gpkg"})
    error = error_of(lambda: read_table(archive))
    assert (error.code, error.facts["layers"]) == ("archive_several", "甲/a.csv, b.gpkg")
    for layer in ("甲/a.csv", "a.csv", "b.gpkg", "b.gpkg/b"):
        table = read_table(archive, layer=layer)
        assert table.frame["名称"].tolist() == NAMES
        assert table.file == "a.zip"
        assert "archive_left_out" in codes(table.findings)
    assert error_of(lambda: read_table(archive, layer="b.gpkg/z")).code == "no_such_layer"
    assert error_of(lambda: read_table(archive, layer="c.csv")).code == "no_such_layer"


def test_a21_two_layers_inside_an_archive(tmp_path: Path) -> None:
    file = tmp_path / "a.gpkg"
    places().to_file(file, layer="设施")
    places(名称=["x", "y"]).to_file(file, layer="人口")
    archive = zipped(tmp_path / "a.zip", {"a.gpkg": file})
    assert error_of(lambda: read_table(archive)).code == "several_layers"
    assert read_table(archive, layer="人口").frame["名称"].tolist() == ["x", "y"]


def test_a22_content_decides_not_the_name(tmp_path: Path) -> None:
    write_layer(tmp_path / "a.geojson", places())
    shutil.copy(tmp_path / "a.geojson", tmp_path / "a.shp")
    table = read_table(tmp_path / "a.shp")
    assert table.frame["名称"].tolist() == NAMES
    assert codes(table.findings) == ["suffix_differs"]
    inside = read_table(zipped(tmp_path / "a.zip", {"a.kml": tmp_path / "a.geojson"}))
    assert "suffix_differs" in codes(inside.findings)
    assert (
        error_of(lambda: read_table(shutil.copy(shapefile(tmp_path / "s"), tmp_path / "b.csv"))).code
        == "shapefile_name"
    )


# ---- column names ----------------------------------------------------------------------------------------------------

TWINS = ["Name", "name", "NAME_2", "fid", "FID", "GEOMETRY", "ogc_fid", "甲", "甲", ""]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a23_names_that_clash_are_renamed_and_said(tmp_path: Path, suffix: str) -> None:
    cells = pd.DataFrame([[f"{name}{row}" for name in range(len(TWINS))] for row in range(2)])
    cells.columns = TWINS
    frame = gpd.GeoDataFrame(cells, geometry=gpd.GeoSeries(POINTS, crs=4490))
    file = tmp_path / f"a{suffix}"
    findings = write_layer(file, frame)
    assert codes(findings).count("column_renamed_on_writing") == 8
    back = read_table(file).frame
    assert len({name.casefold() for name in back.columns}) == back.shape[1]
    # No cell is lost, whatever its column is called now.
    found = {value for name in back.columns if name != "geometry" for value in back[name].map(as_text)}
    assert {f"{n}{row}" for n in range(len(TWINS)) for row in range(2)} <= found


def test_a23_a_property_that_is_called_as_the_geometry(tmp_path: Path) -> None:
    feature = {"type": "Feature", "properties": {"geometry": "keep me", "a": 1},
               "geometry": {"type": "Point", "coordinates": [114, 30]}}  # fmt: skip
    file = tmp_path / "a.geojson"
    file.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}), encoding="utf-8")
    table = read_table(file)
    assert table.frame["geometry_2"].tolist() == ["keep me"]
    assert table.frame.geometry.iloc[0].wkt == "POINT (114 30)"
    assert codes(table.findings) == ["heading_twice"]


def test_a23_a_kml_whose_data_is_called_as_its_name(tmp_path: Path) -> None:
    data = '<ExtendedData><Data name="name"><value>乙</value></Data></ExtendedData>'
    file = tmp_path / "a.kml"
    file.write_text(KML.format(f"<Placemark><name>甲</name>{data}{POINT}</Placemark>"), encoding="utf-8")
    table = read_table(file)
    assert (table.frame["name"][0], table.frame["name_2"][0]) == ("甲", "乙")
    assert codes(table.findings) == ["heading_twice", "heights_dropped"]


# ---- archives --------------------------------------------------------------------------------------------------------


def test_a24_names_in_gbk(tmp_path: Path) -> None:
    file = shapefile(tmp_path / "set")
    parts = {f"台账资料/{p.name}": p.read_bytes() for p in sorted(file.parent.iterdir(), key=lambda p: -len(p.name))}
    assert len({len(name.encode("gbk")) for name in parts}) == 1  # one length: replaced one after the other
    archive = tmp_path / "a.zip"
    with zipfile.ZipFile(archive, "w") as sink:
        for number, content in enumerate(parts.values()):
            sink.writestr(f"{number}" * len(next(iter(parts)).encode("gbk")), content)
    data = archive.read_bytes()
    for number, name in enumerate(parts):
        raw = name.encode("gbk")
        data = data.replace(f"{number}".encode() * len(raw), raw)
    archive.write_bytes(data)
    table = read_table(archive)
    assert table.frame["名称"].tolist() == NAMES
    assert [f.facts["inner"] for f in table.findings if f.code == "read_from_archive"] == ["台账资料/设施.shp"]


def test_a24_what_systems_add_is_passed_over_and_folders_do_not_matter(tmp_path: Path) -> None:
    csv = b"id,lon,lat\n0101,114,30\n"
    archive = zipped(
        tmp_path / "a.zip",
        {
            "a/b/c/台账.csv": csv,
            "__MACOSX/a/._台账.csv": b"\0\5",
            "a/.DS_Store": b"\0",
            "a/说明.txt": "请查收".encode(),
            "a/图.png": b"\x89PNG",
            "a/空.csv": b"",
        },
    )
    table = read_table(archive)
    assert table.frame["id"].tolist() == ["0101"]
    assert [f.facts["others"] for f in table.findings if f.code == "archive_left_out"] == [
        "a/图.png, a/空.csv, a/说明.txt"
    ]
    assert table.sha256 == read_table(archive).sha256


def test_a24_notes_of_other_programs_beside_a_shapefile(tmp_path: Path) -> None:
    parts: dict[str, bytes | Path] = {p.name: p for p in shapefile(tmp_path / "set").parent.iterdir()}
    notes = {
        "设施.shp.xml": b"<?xml version='1.0'?><metadata/>",
        "设施.sbn": b"\0\0",
        "设施.qml": b"<qgis/>",
        "a.jpg": b"\xff\xd8\xff",
    }
    table = read_table(zipped(tmp_path / "a.zip", {**parts, **notes}))
    assert table.frame["名称"].tolist() == NAMES


@pytest.mark.parametrize("kind", ["xlsx", "geojson", "gpkg", "kml", "parquet", "csv"])
def test_a24_one_readable_file(tmp_path: Path, kind: str) -> None:
    file = tmp_path / f"设施.{kind}"
    write_layer(file, places())
    archive = zipped(tmp_path / "a.zip", {f"资料/设施.{kind}": file})
    pd.testing.assert_frame_equal(pd.DataFrame(read_table(archive).frame), pd.DataFrame(read_table(file).frame))


def test_a24_a_kmz(tmp_path: Path) -> None:
    write_layer(tmp_path / "doc.kml", places(name=NAMES))
    kmz = zipped(
        tmp_path / "a.kmz", {"doc.kml": tmp_path / "doc.kml", "files/b.kml": b"<kml/>", "files/i.png": b"\x89PNG"}
    )
    table = read_table(kmz)
    assert table.frame["name"].tolist() == NAMES
    assert codes(table.findings) == ["read_from_archive", "archive_left_out"]


def encrypted(path: Path) -> Path:
    """Only the mark: what is behind it is never looked at."""
    zipped(path, {"a.csv": b"id\n1\n"})
    data = bytearray(path.read_bytes())
    for start, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(start) + offset] |= 1
    path.write_bytes(data)
    return path


def test_a24_what_is_refused_says_why(tmp_path: Path) -> None:
    inner = zipped(tmp_path / "inner.zip", {"a.csv": b"id\n1\n"})
    for name, content in (
        ("b.zip", inner),
        ("b.csv", inner),
        ("b.rar", b"Rar!\x1a\7\0"),
        ("b.7z", b"7z\xbc\xaf\x27\x1c"),
    ):
        error = error_of(lambda n=name, c=content: read_table(zipped(tmp_path / "a.zip", {"a.csv": b"id\n1\n", n: c})))
        assert (error.code, error.facts["inner"]) == ("archive_nested", name)
    assert error_of(lambda: read_table(encrypted(tmp_path / "e.zip"))).code == "archive_encrypted"
    for name, content in (("a.rar", b"Rar!\x1a\7\0"), ("a.7z", b"7z\xbc\xaf\x27\x1c"), ("a.gz", b"\x1f\x8b\x08")):
        (tmp_path / name).write_bytes(content)
        error = error_of(lambda n=name: read_table(tmp_path / n))
        assert error.code == "format_not_read"
    assert (
        error_of(lambda: read_table(zipped(tmp_path / "n.zip", {"a.pdf": b"%PDF-1.7", "b.docx": b"x"}))).code
        == "archive_no_data"
    )
    assert error_of(lambda: read_table(zipped(tmp_path / "z.zip", {}))).code == "archive_no_data"


def test_a24_nothing_stays_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import tempfile

    own = tmp_path / "own"
    own.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(own))
    read_table(zipped(tmp_path / "a.zip", {"a.csv": b"id\n1\n"}))
    read_table(shapefile(tmp_path / "s"))
    for content in ({"a.csv": b"id\n"}, {"a.kml": b"<kml><Plac"}, {"../a.csv": b"id\n1\n"}):
        error_of(lambda c=content: read_table(zipped(tmp_path / "b.zip", c)))
    assert list(own.iterdir()) == []


def test_a24_an_error_speaks_of_the_file_by_the_users_name(tmp_path: Path) -> None:
    archive = zipped(tmp_path / "资料.zip", {"甲/台账.csv": b'a,b\n"', "乙.txt": b"x"})
    assert "资料.zip/甲/台账.csv" in error_of(lambda: read_table(archive)).message("zh")
    broken = zipped(tmp_path / "b.zip", {"坏.geojson": b'{"type":'})
    assert "b.zip/坏.geojson" in error_of(lambda: read_table(broken)).message("zh")


# ---- KML -------------------------------------------------------------------------------------------------------------

KML = (
    '<?xml version="1.0" encoding="UTF-8"?><kml xmlns="http://www.opengis.net/kml/2.2" '
    'xmlns:gx="http://www.google.com/kml/ext/2.2"><Document><name>D</name>{}</Document></kml>'
)
POINT = "<Point><coordinates>114,30,5</coordinates></Point>"
TRACK = (
    "<gx:Track><when>2020-01-01T00:00:00Z</when><gx:coord>114 30 1</gx:coord><gx:coord>115 30 1</gx:coord></gx:Track>"
)


def test_a26_folders_heights_and_tracks(tmp_path: Path) -> None:
    def mark(name: str, shape: str) -> str:
        return f"<Placemark><name>{name}</name><styleUrl>#s</styleUrl>{shape}</Placemark>"

    body = (
        f"<Style id='s'/>{mark('a', POINT)}<Folder><name>甲镇</name>{mark('b', POINT)}<Folder><name>乙村</name>"
        f"{mark('c', POINT)}</Folder>{mark('d', TRACK)}</Folder><Folder><name>甲镇</name>{mark('e', POINT)}</Folder>"
        "<NetworkLink><Link><href>http://127.0.0.1:9/x</href></Link></NetworkLink>"
    )
    file = tmp_path / "a.kml"
    file.write_text(KML.format(body), encoding="utf-8")
    table = read_table(file)
    assert table.frame["name"].tolist() == list("abcde")
    assert table.frame["folder"].fillna("").tolist() == ["", "甲镇", "甲镇/乙村", "甲镇", "甲镇"]
    assert table.frame.geometry[0].wkt == "POINT (114 30)"
    assert [(f.code, f.row) for f in table.findings] == [
        ("heights_dropped", None), ("kml_left_out", None), ("kml_track", 4),
    ]  # fmt: skip
    layer = read_layer(file, "facilities")
    assert (layer.quality.rows_read, layer.quality.rows_kept) == (5, 4)
    assert read_table(file, layer="乙村").frame["name"].tolist() == ["c"]
    assert error_of(lambda: read_table(file, layer="丙")).facts["layers"] == "乙村, 甲镇"


def test_a26_latitude_first_is_noticed(tmp_path: Path) -> None:
    file = tmp_path / "a.kml"
    swapped = "<Placemark><Point><coordinates>31.0,119.9</coordinates></Point></Placemark>"
    file.write_text(KML.format(swapped * 3), encoding="utf-8")
    assert error_of(lambda: read_layer(file, "facilities")).code == "swapped_lonlat"


@pytest.mark.parametrize("text", ["", "114", "a,b", "114,30 115,31", "114,,30x"])
def test_a26_coordinates_that_are_none_refuse_their_row(tmp_path: Path, text: str) -> None:
    file = tmp_path / "a.kml"
    bad = f"<Placemark><Point><coordinates>{text}</coordinates></Point></Placemark>"
    file.write_text(KML.format(bad + f"<Placemark>{POINT}</Placemark>"), encoding="utf-8")
    layer = read_layer(file, "facilities")
    assert (layer.quality.rows_kept, layer.quality.refused["reason"].tolist()) == (1, ["kml_coordinates"])


def test_a26_shapes_of_all_sorts_and_text_in_gbk(tmp_path: Path) -> None:
    ring = "<LinearRing><coordinates>0,0 0,3 3,3 3,0 0,0</coordinates></LinearRing>"
    hole = ring.replace("3", "1").replace("0,", "0.5,").replace(",0", ",0.5")
    body = (
        f"<Placemark><name>面</name><Polygon><outerBoundaryIs>{ring}</outerBoundaryIs><innerBoundaryIs>{hole}"
        "</innerBoundaryIs></Polygon></Placemark><Placemark><MultiGeometry><LineString><coordinates>\n0, 0\n1, 1\n"
        "</coordinates></LineString></MultiGeometry></Placemark>"
    )
    file = tmp_path / "a.kml"
    file.write_bytes(KML.replace("UTF-8", "GB2312").format(body).encode("gbk"))
    frame = read_table(file).frame
    assert frame["name"][0] == "面"
    assert frame.geometry[0].area == pytest.approx(8.75)
    assert frame.geometry.geom_type.tolist() == ["Polygon", "MultiLineString"]


# ---- shapes ----------------------------------------------------------------------------------------------------------


def gpkg_with(path: Path, wkb: bytes) -> Path:
    """A GeoPackage with one row of any geometry, which the libraries here do not write."""
    places(n=[1, 2]).iloc[:1].set_geometry([shapely.LineString([(0, 0), (1, 1)])]).to_file(path, layer="a")
    with sqlite3.connect(path) as base:
        for (name,) in base.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            base.execute(f'DROP TRIGGER "{name}"')
        base.execute("UPDATE a SET geom = ?", (b"GP\0\x01" + struct.pack("<i", 4490) + wkb,))
        base.execute("UPDATE gpkg_geometry_columns SET geometry_type_name = 'GEOMETRY'")
    base.close()
    return path


def test_c04_curves_become_straight_pieces_and_that_is_said(tmp_path: Path) -> None:
    arc = struct.pack("<BII", 1, 8, 3) + struct.pack("<6d", 119.9, 31, 119.95, 31.05, 120, 31)
    table = read_table(gpkg_with(tmp_path / "a.gpkg", arc))
    line = table.frame.geometry[0]
    assert line.geom_type == "LineString"
    assert line.length == pytest.approx(np.pi * 0.05, rel=1e-3)
    assert codes(table.findings) == ["curves_straightened"]


def test_c04_heights_and_measures_go(tmp_path: Path) -> None:
    for kind, count in ((1001, 3), (2001, 3), (3001, 4)):
        point = struct.pack(f"<BI{count}d", 1, kind, *(119.9, 31.0, 5.0, 6.0)[:count])
        table = read_table(gpkg_with(tmp_path / f"{kind}.gpkg", point))
        assert table.frame.geometry[0].wkt == "POINT (119.9 31)"
        assert codes(table.findings) == ["heights_dropped"]


def test_c04_collections(tmp_path: Path) -> None:
    square = shapely.box(119.9, 31, 120, 31.1)
    shapes = [
        shapely.GeometryCollection([square, shapely.MultiPolygon([shapely.box(121, 31, 122, 32)])]),
        shapely.GeometryCollection([square, shapely.Point(119, 31)]),
        shapely.GeometryCollection(),
        None,
        square,
    ]
    frame = gpd.GeoDataFrame({"unit_code": list("abcde"), "name": list("abcde")}, geometry=shapes, crs=4490)
    for suffix in (".gpkg", ".geojson", ".parquet", ".kml"):
        file = tmp_path / f"a{suffix}"
        write_layer(file, frame)
        layer = read_layer(file, "units")
        assert layer.quality.rows_read == layer.quality.rows_kept + layer.quality.rows_refused == 5
        assert {"a", "e"} <= set(layer.frame["unit_code"])
        assert "b" not in set(layer.frame["unit_code"])
    error = error_of(lambda: write_layer(tmp_path / "a.zip", frame))
    assert isinstance(error, OutputError)
    assert error.code == "shapefile_mixed"


@pytest.mark.parametrize("depth", [17, 400, 2000, 5000])
def test_c12_collections_inside_each_other(tmp_path: Path, depth: int) -> None:
    start, end = '{"type":"GeometryCollection","geometries":[' * depth, "]}" * depth
    text = f'{start}{{"type":"Point","coordinates":[1,2]}}{end}'
    file = tmp_path / "a.geojson"
    for body in (text, f'{{"type":"Feature","properties":{{}},"geometry":{text}}}'):
        file.write_text(body, encoding="utf-8")
        assert error_of(lambda: read_table(file)).code == "json_too_deep"
    kml = f"{'<MultiGeometry>' * depth}{POINT}{'</MultiGeometry>' * depth}"
    (tmp_path / "a.kml").write_text(KML.format(f"<Placemark>{kml}</Placemark>"), encoding="utf-8")
    if depth > 17:
        assert error_of(lambda: read_table(tmp_path / "a.kml")).code == "xml_too_deep"


@pytest.mark.parametrize("depth", [17, 5000, 1_000_000])
@pytest.mark.parametrize("suffix", [".gpkg", ".parquet"])
def test_c12_collections_inside_each_other_in_binary(tmp_path: Path, depth: int, suffix: str) -> None:
    wkb = struct.pack("<BII", 1, 7, 1) * depth + struct.pack("<BIdd", 1, 1, 119.9, 31)
    file = tmp_path / f"a{suffix}"
    if suffix == ".gpkg":
        gpkg_with(file, wkb)
    else:
        places().to_parquet(file)
        table = pq.read_table(file)
        table = table.set_column(table.column_names.index("geometry"), "geometry", pa.array([wkb, wkb]))
        pq.write_table(table.replace_schema_metadata(pq.read_schema(file).metadata), file)
    assert error_of(lambda: read_table(file)).code == "geometry_too_deep"


# ---- out and in again ------------------------------------------------------------------------------------------------


def test_a25_control_characters_emoji_and_marks(tmp_path: Path) -> None:
    names = ["甲\x00乙\x07\x1b", "😀 \u202eabc\u200f"]
    for suffix in SUFFIXES:
        file = tmp_path / f"a{suffix}"
        findings = write_layer(file, places(name=names))
        assert [(f.code, f.facts["count"]) for f in findings] == [("control_characters", 1)]
        assert read_table(file).frame["name"].tolist() == ["甲乙", names[1]]


# All planes: Han of the basic plane, its extensions A to H, compatibility forms, radicals, punctuation; and ASCII.
CJK = st.text(
    st.one_of(
        st.characters(min_codepoint=lowest, max_codepoint=highest)
        for lowest, highest in (
            (0x4E00, 0x9FFF), (0x3400, 0x4DBF), (0x20000, 0x2A6DF), (0x2A700, 0x2EBE0), (0x30000, 0x323AF),
            (0xF900, 0xFAFF), (0x2F800, 0x2FA1F), (0x2E80, 0x2FDF), (0x3000, 0x303F), (0xFF00, 0xFFEF), (0x21, 0x7E),
        )
    ),
    min_size=1, max_size=40,
).map(str.strip).filter(bool)  # fmt: skip
CELLS = st.lists(st.tuples(CJK, st.integers(-(2**53), 2**53), st.booleans()), min_size=1, max_size=5)


@pytest.mark.parametrize("suffix", SUFFIXES)
@given(rows=CELLS, heading=CJK)
@example(rows=[("=cmd|' /C calc'!A0", 1, True)], heading="=1+1")
@example(rows=[('"引号", 逗号;\n换行', 0, False)], heading="列")
def test_p12_what_is_written_is_what_is_read(
    suffix: str, tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, int, bool]], heading: str
) -> None:
    file = tmp_path_factory.getbasetemp() / f"p12{suffix}"
    texts, numbers, flags = (list(column) for column in zip(*rows, strict=True))
    columns = {"编号": [f"0{n}" for n in range(len(rows))], heading: texts, "床位": numbers, "标准化": flags}
    points = [shapely.Point(100 + n / 7, 30 + n / 9) for n in range(len(rows))]
    frame = gpd.GeoDataFrame(columns, geometry=points, crs=4326)
    renamed = {
        f.field: str(f.facts["renamed"]) for f in write_layer(file, frame) if f.code == "column_renamed_on_writing"
    }
    table = read_table(file)
    # A sheet has no line breaks or blanks in a heading: they are taken out on reading, as everywhere.
    own = [name for name in table.frame.columns if name not in ("geometry", "lon", "lat")]
    assert len(own) == 4, renamed
    back = [table.frame[name].map(as_text).tolist() for name in own]
    assert back[0] == columns["编号"]
    assert back[1] == texts
    assert back[2] == [str(number) for number in numbers]
    assert back[3] == [str(flag).lower() for flag in flags]
    if suffix not in (".csv", ".xlsx"):
        assert own[1] == renamed.get(heading, heading)
        distance = shapely.distance(table.frame.geometry.to_numpy(), np.array(points))
        assert (distance <= (1e-7 if "json" in suffix else 0)).all()
    else:
        assert np.allclose(table.frame["lon"].astype(float), [p.x for p in points], rtol=0, atol=1e-12)


SHAPES = st.one_of(
    st.tuples(st.floats(73, 135), st.floats(18, 54)).map(shapely.Point),
    st.lists(st.tuples(st.floats(73, 135), st.floats(18, 54)), min_size=2, max_size=5).map(shapely.LineString),
    st.tuples(st.floats(73, 134), st.floats(18, 53)).map(lambda b: shapely.box(*b, b[0] + 0.5, b[1] + 0.25)),
    st.none(),
)  # fmt: skip


@pytest.mark.parametrize("suffix", [".gpkg", ".parquet", ".geojson", ".kml"])
@given(shapes=st.lists(SHAPES, min_size=1, max_size=6))
def test_p12_shapes_of_any_sort(suffix: str, tmp_path_factory: pytest.TempPathFactory, shapes: list[Any]) -> None:
    file = tmp_path_factory.getbasetemp() / f"p12-shapes{suffix}"
    frame = gpd.GeoDataFrame({"id": [str(n) for n in range(len(shapes))]}, geometry=shapes, crs=4326)
    write_layer(file, frame)
    back = read_table(file).frame
    assert back["id"].tolist() == frame["id"].tolist()
    for before, after in zip(shapes, back.geometry, strict=True):
        if before is None:
            assert after is None
        else:
            assert shapely.hausdorff_distance(before, after) <= (2e-7 if suffix == ".geojson" else 0)


def test_the_same_rows_give_the_same_bytes(tmp_path: Path) -> None:
    for suffix in SUFFIXES:
        first, second = tmp_path / f"a{suffix}", tmp_path / "other" / f"a{suffix}"
        second.parent.mkdir(exist_ok=True)
        write_layer(first, places())
        write_layer(second, places())
        assert first.read_bytes() == second.read_bytes(), suffix


def test_places_in_a_projection_go_out_as_stakes_are_read(tmp_path: Path) -> None:
    write_layer(tmp_path / "a.csv", places().to_crs(4549))
    frame = read_table(tmp_path / "a.csv").frame
    assert list(frame.columns[-3:]) == ["x_north", "y_east", "crs"]
    assert set(frame["crs"]) == {"EPSG:4549"}


def test_what_cannot_be_written_says_so(tmp_path: Path) -> None:
    assert error_of(lambda: write_layer(tmp_path / "a.shp", places())).code == "shapefile_as_zip"
    assert error_of(lambda: write_layer(tmp_path / "a.doc", places())).code == "layer_suffix"
    assert error_of(lambda: write_layer(tmp_path / "a.gpkg", pd.DataFrame({"a": [1]}))).code == "output_needs_geometry"
    assert (
        error_of(lambda: write_layer(tmp_path / "a.kml", places().set_crs(None, allow_override=True))).code == "no_crs"
    )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("crs", ["IAU_2015:49900", "EPSG:4978", "EPSG:5773"])
def test_a_system_that_is_none_of_places_on_earth(tmp_path: Path, crs: str) -> None:
    """A system of Mars, of heights, of the middle of the earth: PROJ knows them and has no way to degrees."""
    write_layer(tmp_path / "a.gpkg", places().set_crs(crs, allow_override=True))
    assert isinstance(error_of(lambda: read_layer(tmp_path / "a.gpkg", "facilities")), QuarterhourError)


def test_a_datum_of_ours_on_an_ellipsoid_of_another_body(tmp_path: Path) -> None:
    file = shapefile(tmp_path)
    text = file.with_suffix(".prj").read_text(encoding="ascii")
    assert "6378137" in text
    file.with_suffix(".prj").write_text(text.replace("6378137", "3396190"), encoding="ascii")
    assert error_of(lambda: read_layer(file, "facilities")).code == "no_datum_transformation"
