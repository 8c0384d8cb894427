"""Files that are no use, or mean harm: an error of ours with a hint, never a library's, and nothing read or fetched."""

import hashlib
import json
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import pyogrio
import pytest
import shapely
import xlsxwriter
from hypothesis import example, given
from hypothesis import strategies as st

from geo import messages
from geo._gdal import ALLOWED_DRIVERS
from geo.errors import DataError, FileError, QuarterhourError
from geo.read import Table, read_table
from geo.writers import write_layer
from layers.layer import Layer
from layers.read import read_layer
from layers.road import read_roads
from layers.schemas import SCHEMAS
from tests.hostile import COLLECTION, POINT, SECRET, VRT, put


def reader(kind: str) -> Callable[[Path], Layer]:
    return lambda path: read_layer(path, kind)


read_facilities = reader("facilities")
READERS = [read_table, *map(reader, SCHEMAS)]


def code_of(read: Callable[[Path], object], file: Path | str) -> str:
    """Code of the error of ours that a reader raises; its sentences are complete in both languages."""
    with pytest.raises(QuarterhourError) as caught:
        read(file)  # type: ignore[arg-type]
    for lang in messages.LANGUAGES:
        # A fact that the sentence names and the error lacks shows as "?"; a library's own words may have one.
        assert "?" not in caught.value.message(lang) or "?" in str(caught.value.facts), caught.value.message(lang)
        assert caught.value.hint(lang)
    return caught.value.code


# ---- files that are not there, empty, cut off ------------------------------------------------------------------------


@pytest.mark.parametrize("read", READERS)
def test_nothing_to_read(tmp_path: Path, read: Callable[[Path], object]) -> None:
    assert code_of(read, tmp_path / "no.csv") == "file_missing"
    assert code_of(read, tmp_path) == "is_a_folder"
    assert code_of(read, put(tmp_path, "a.csv", "")) == "file_empty"
    assert code_of(read, put(tmp_path, "a.geojson", "")) == "file_empty"
    assert code_of(read, put(tmp_path, "a.csv", " \n,,\n")) == "file_empty"
    assert code_of(read, put(tmp_path, "a.csv", "id,lon,lat\n")) == "no_rows"
    assert code_of(read, put(tmp_path, "b.geojson", '{"type":"FeatureCollection","features":[]}')) == "no_rows"


@pytest.mark.parametrize(
    "path",
    ["http://127.0.0.1:9/a.geojson", "https://example.org/a.csv", "/vsicurl/http://127.0.0.1:9/a", "/vsizip/a.zip",
     "file:///etc/passwd", "GeoJSON:/etc/passwd", "\\\\host\\share\\a.csv", "//host/share", "a\0b", "PG:dbname=x"],
)  # fmt: skip
def test_only_local_paths(path: str) -> None:
    assert code_of(read_table, path) == "not_a_local_file"


@pytest.fixture
def whole(tmp_path: Path) -> dict[str, Path]:
    frame = gpd.GeoDataFrame({"name": ["a"] * 50}, geometry=[shapely.Point(114, 30)] * 50, crs=4326)
    files = {suffix: tmp_path / f"whole.{suffix}" for suffix in ("geojson", "gpkg", "shp", "kml", "parquet", "xlsx")}
    frame.to_file(files["geojson"])
    frame.to_file(files["gpkg"])
    frame.to_file(files["shp"])
    write_layer(files["kml"], frame)
    frame.to_parquet(files["parquet"])
    with xlsxwriter.Workbook(str(files["xlsx"])) as book:
        sheet = book.add_worksheet()
        for number in range(50):
            sheet.write_row(number, 0, ["a", number])
    return files


@pytest.mark.parametrize("suffix", ["geojson", "gpkg", "kml", "parquet", "xlsx"])
@pytest.mark.parametrize("share", [0.02, 0.5, 0.9, 0.999])
def test_cut_off(tmp_path: Path, whole: dict[str, Path], suffix: str, share: float) -> None:
    assert len(read_table(whole[suffix]).frame) > 0
    data = whole[suffix].read_bytes()
    cut = put(tmp_path, f"cut.{suffix}", data[: int(len(data) * share)])
    assert code_of(read_table, cut) in {"file_damaged", "json_truncated", "format_unknown", "format_not_read"}


def test_truncated_geojson_says_where(tmp_path: Path) -> None:
    text = json.dumps(COLLECTION)
    with pytest.raises(FileError) as caught:
        read_table(put(tmp_path, "a.geojson", text[:100]))
    assert caught.value.code == "json_truncated"
    assert abs(int(str(caught.value.facts["position"])) - 100) < 20


@pytest.mark.parametrize("part", [".shx", ".dbf"])
def test_shapefile_without_a_part(whole: dict[str, Path], part: str) -> None:
    whole["shp"].with_suffix(part).unlink()
    with pytest.raises(FileError) as caught:
        read_table(whole["shp"])
    assert (caught.value.code, caught.value.facts["missing"]) == ("shapefile_part_missing", part)


def test_shapefile_of_two_sets(whole: dict[str, Path]) -> None:
    dbf = whole["shp"].with_suffix(".dbf")
    data = bytearray(dbf.read_bytes())
    struct.pack_into("<I", data, 4, 49)
    dbf.write_bytes(data)
    assert code_of(read_table, whole["shp"]) == "shapefile_parts_differ"
    dbf.write_bytes(data[:100])
    assert code_of(read_table, whole["shp"]) == "shapefile_damaged"
    dbf.write_bytes(b"\x03")
    assert code_of(read_table, whole["shp"]) == "shapefile_damaged"


def test_parts_and_other_formats_are_named(tmp_path: Path, whole: dict[str, Path]) -> None:
    assert code_of(read_table, whole["shp"].with_suffix(".dbf")) == "part_of_a_shapefile"
    assert code_of(read_table, put(tmp_path, "a.csv", b"%PDF-1.7 ...")) == "format_not_read"
    assert code_of(read_table, put(tmp_path, "a.shp", b"hello, this is text")) == "format_unknown"
    assert code_of(read_table, put(tmp_path, "a.csv", b"a,b\n\0\0,1\n")) == "not_text"


# ---- roads -----------------------------------------------------------------------------------------------------------


def test_road_files_that_are_none(tmp_path: Path) -> None:
    assert code_of(read_roads, put(tmp_path, "a.csv", "lon,lat\n114,30\n")) == "not_a_road_layer"
    assert code_of(read_roads, put(tmp_path, "a.geojson", json.dumps(COLLECTION))) == "not_a_road_layer"
    assert code_of(read_roads, put(tmp_path, "a.osm", '<osm version="0.6"/>')) == "no_roads_in_osm"
    assert code_of(read_roads, put(tmp_path, "b.osm", '<osm version="0.6"><node id="1" la')) == "file_damaged"
    pbf = b"\0\0\0\x0d\x0a\x09OSMHeader\x18\x7c" + b"\xff" * 200
    assert code_of(read_roads, put(tmp_path, "a.osm.pbf", pbf)) == "file_damaged"
    graph = '<graphml><graph edgedefault="directed"><node id="1"/><edge source="1" target="1"/></graph></graphml>'
    assert code_of(read_roads, put(tmp_path, "a.graphml", graph)) == "graphml_damaged"
    assert code_of(read_roads, put(tmp_path, "b.graphml", graph[:60])) == "graphml_damaged"
    assert code_of(read_facilities, tmp_path / "a.osm") == "only_as_roads"


def test_roads_in_metres_called_degrees_and_swapped(tmp_path: Path) -> None:
    def roads(*xy: tuple[float, float]) -> Path:
        line = {"type": "LineString", "coordinates": xy}
        feature = {"type": "Feature", "properties": {}, "geometry": line}
        return put(tmp_path, "r.geojson", json.dumps({"type": "FeatureCollection", "features": [feature] * 2}))

    assert code_of(read_roads, roads((448000, 4419000), (448100, 4419000))) == "metres_called_degrees"
    assert code_of(read_roads, roads((30, 114), (30.1, 114))) == "swapped_lonlat"


# ---- files that mean harm --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["a.vrt", "a.geojson", "a.kml", "a.csv", "a.shp", "a.gpkg"])
def test_a_vrt_reads_nothing_whatever_its_name(tmp_path: Path, name: str, canary: tuple[int, list[bytes]]) -> None:
    port, hits = canary
    other = put(tmp_path, "other.geojson", json.dumps(COLLECTION).replace('"x"', f'"{SECRET}"'))
    for source in (str(other), f"/vsicurl/http://127.0.0.1:{port}/a.geojson"):
        file = put(tmp_path, name, VRT.format(source=source))
        with pytest.raises(FileError) as caught:
            read_table(file)
        assert caught.value.code == "format_not_read"
        assert SECRET not in str(caught.value)
    assert hits == []


@pytest.mark.parametrize(
    "crs",
    [{"type": "link", "properties": {"href": "http://127.0.0.1:{port}/x", "type": "proj4"}},
     {"type": "url", "properties": {"url": "http://127.0.0.1:{port}/x"}},
     {"type": "name", "properties": {"name": "http://127.0.0.1:{port}/x"}},
     {"type": "name", "properties": {"name": "/etc/passwd"}}],
)  # fmt: skip
def test_a_crs_is_not_fetched(tmp_path: Path, crs: dict[str, Any], canary: tuple[int, list[bytes]]) -> None:
    port, hits = canary
    crs = json.loads(json.dumps(crs).replace("{port}", str(port)))
    inside = POINT | {"geometry": {"type": "Point", "coordinates": [1, 2], "crs": crs}}
    hidden = COLLECTION | {"features": [inside]}
    for document in (COLLECTION | {"crs": crs}, POINT | {"crs": crs}, hidden):
        assert code_of(read_table, put(tmp_path, "a.geojson", json.dumps(document))) == "crs_not_understood"
    assert hits == []


ENTITY = (
    '<?xml version="1.0"?>\n<!-- x -->\n<!DOCTYPE {root} [<!ENTITY a SYSTEM "file://{path}">]>\n<{root}>&a;</{root}>'
)


@pytest.mark.parametrize("root", ["kml", "osm", "graphml"])
def test_no_document_type_in_xml(tmp_path: Path, root: str) -> None:
    secret = put(tmp_path, "secret", SECRET)
    text = ENTITY.format(root=root, path=secret)
    late = f"<{root}>{' ' * 1_500_000}<!DOCTYPE x>"
    for data in (text.encode(), text.lower().encode(), b"\xef\xbb\xbf" + text.encode(), late.encode()):
        assert code_of(read_roads, put(tmp_path, f"a.{root}", data)) == "xml_doctype"
    for codec in ("utf-16", "utf-16-le", "utf-16-be"):
        assert code_of(read_roads, put(tmp_path, f"a.{root}", text.encode(codec))) in {"xml_in_utf16", "format_unknown"}


def test_deep_nesting(tmp_path: Path) -> None:
    assert code_of(read_table, put(tmp_path, "a.geojson", '{"a":' * 100_000)) == "json_too_deep"
    deep: dict[str, Any] = {"type": "Point", "coordinates": [1, 2]}
    for _ in range(400):
        deep = {"type": "GeometryCollection", "geometries": [deep]}
    assert code_of(read_facilities, put(tmp_path, "b.geojson", json.dumps(POINT | {"geometry": deep})))


def test_a_sheet_with_one_far_cell_is_refused_before_it_is_unfolded(tmp_path: Path) -> None:
    file = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(str(file)) as book:
        sheet = book.add_worksheet()
        sheet.write(0, 0, "a")
        sheet.write(1_048_575, 16_383, "b")
    assert code_of(read_table, file) == "sheet_too_large"


def test_a_database_that_is_no_geopackage(tmp_path: Path) -> None:
    import sqlite3

    file = tmp_path / "a.gpkg"
    with sqlite3.connect(file) as base:
        base.execute("CREATE TABLE a (b)")
    base.close()
    assert code_of(read_table, file) == "format_not_read"


def test_gdal_has_no_driver_but_those_that_are_allowed() -> None:
    assert set(pyogrio.list_drivers()) <= set(ALLOWED_DRIVERS)


def test_reading_changes_nothing(whole: dict[str, Path]) -> None:
    folder = whole["gpkg"].parent
    before = {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in folder.iterdir()}
    for file in whole.values():
        read_table(file)
    assert {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in folder.iterdir()} == before


def test_an_error_names_no_folders(tmp_path: Path, whole: dict[str, Path]) -> None:
    data = whole["parquet"].read_bytes()
    with pytest.raises(FileError) as caught:
        read_table(put(tmp_path, "cut.parquet", data[: len(data) // 2]))
    assert str(tmp_path) not in caught.value.message("en")


# ---- any bytes -------------------------------------------------------------------------------------------------------

STARTS = [
    b"",
    b"PK\x03\x04",
    b"SQLite format 3\0",
    b"PAR1",
    b"\0\0\x27\x0a",
    b"{",
    b'{"type":"Feature"',
    b"<kml>",
    b"<osm>",
    b"<?xml version='1.0'?><graphml>",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"lon,lat\n114,30\n",
    b"\0\0\0\x0d\x0a\x09OSMHeader",
]


def outcome(read: Callable[[Path], Any], file: Path) -> Any:
    """What a reader returns, or the error of ours that it raises. Any other error goes on."""
    try:
        return read(file)
    except QuarterhourError as error:
        return error


@given(
    st.sampled_from(STARTS),
    st.one_of(st.binary(max_size=300), st.text(max_size=100).map(str.encode)),
    st.sampled_from(["a.csv", "a.geojson", "a.shp", "a.xlsx", "a.kml", "a.gpkg", "a"]),
)
@example(b"", b'a,b\n"', "a.csv")
@example(b"", b'{"type":"FeatureCollection","features":[{"type":"Feature"}]}', "a.geojson")
@example(b"", b'{"type":"Point"}', "a.geojson")
@example(b"", b"[1, 2]", "a.geojson")
def test_any_bytes_give_a_table_or_an_error_of_ours(
    tmp_path_factory: pytest.TempPathFactory, start: bytes, rest: bytes, name: str
) -> None:
    file = put(tmp_path_factory.getbasetemp(), f"any-{name}", start + rest)
    for read in (read_table, read_roads, read_facilities):
        found = outcome(read, file)
        if isinstance(found, QuarterhourError):
            assert found.message("en")
            assert found.message("zh")
        if isinstance(found, Table):
            assert len(found.frame) == len(found.rows) > 0


@given(data=st.data())
def test_a_spoiled_file_gives_a_table_or_an_error_of_ours(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.getbasetemp()
    frame = gpd.GeoDataFrame({"name": ["甲", "b"]}, geometry=[shapely.Point(114, 30), shapely.Point(1, 2)], crs=4326)
    suffix = data.draw(st.sampled_from(["gpkg", "shp", "parquet", "kml", "geojson"]))
    file = folder / f"spoiled.{suffix}"
    file.unlink(missing_ok=True)
    if suffix == "shp":
        frame.to_file(file)
    else:
        write_layer(file, frame)
    part = file.with_suffix(data.draw(st.sampled_from([".shp", ".shx", ".dbf", ".prj"]))) if suffix == "shp" else file
    content = bytearray(part.read_bytes())
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    part.write_bytes(content)
    found = outcome(read_facilities, file)
    assert found.message() if isinstance(found, QuarterhourError) else len(found.frame) > 0


def test_every_sentence_that_the_readers_use_exists(root: Path) -> None:
    import re

    used = set()
    for folder in ("geo", "layers"):
        for path in (root / folder).glob("*.py"):
            text = path.read_text(encoding="utf-8")
            used |= set(re.findall(r'(?:Error|Finding|\.note|\.refuse|\.warn)\(\s*(?:code=)?"([a-z0-9_]+)"', text))
            used |= set(re.findall(r'(?:\.refuse|\.warn|refuse_values|warn_values)\([^"\n]*, "([a-z0-9_]+)"', text))
    used |= {"kind_unknown", "status_unknown", "json_truncated", "json_broken", "graphml_damaged", "shapefile_damaged"}
    assert len(used) > 80
    used = {code for code in used if "_" in code}
    assert used <= messages.codes(), used - messages.codes()
    for code in used:
        assert {"zh", "en"} <= set(messages._table()[code]), code


def test_data_errors_are_value_errors_and_file_errors_os_errors(tmp_path: Path) -> None:
    with pytest.raises(OSError):  # noqa: PT011
        read_table(tmp_path / "no.csv")
    with pytest.raises(ValueError) as caught:  # noqa: PT011
        read_table(put(tmp_path, "a.csv", "a\n"))
    assert isinstance(caught.value, DataError)
