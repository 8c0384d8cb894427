"""Files that mean harm (E of the faults): nothing else is read, asked or written, and what is refused is said."""

import hashlib
import io
import json
import logging
import pickle
import re
import sqlite3
import struct
import sys
import tempfile
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import psutil
import pyarrow.parquet as pq
import pyogrio
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo import archive, child, messages, sniff
from geo._gdal import ALLOWED_DRIVERS
from geo.child import Limits, read_table_apart
from geo.errors import FileError, QuarterhourError
from geo.log import log_to_file
from geo.parse import as_text
from geo.read import read_table
from geo.writers import SUFFIXES, layer_name, write_layer
from layers.read import read_layer
from layers.schemas import SCHEMAS
from tests.hostile import COLLECTION, POINT, SECRET, VRT, put

Canary = tuple[int, list[bytes]]
LINE = {"type": "LineString", "coordinates": [[114, 30], [114.1, 30.1]]}


def places(rows: int = 3) -> gpd.GeoDataFrame:
    points = [shapely.Point(114 + n / 1000, 30) for n in range(rows)]
    return gpd.GeoDataFrame({"名称": [f"甲{n}" for n in range(rows)]}, geometry=points, crs=4490)


def error_of(read: Callable[[], object]) -> QuarterhourError:
    with pytest.raises(QuarterhourError) as caught:
        read()
    for lang in messages.LANGUAGES:
        assert SECRET not in caught.value.message(lang)
        assert caught.value.hint(lang)
    return caught.value


def zipped(path: Path, files: dict[str | zipfile.ZipInfo, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as sink:
        for name, content in files.items():
            sink.writestr(name, content)
    return path


# ---- other files, other hosts ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["a.vrt", "a.geojson", "a.kml", "a.csv", "a.gpkg", "a.txt", "a.json"])
def test_e01_a_vrt_reads_no_other_file(tmp_path: Path, name: str) -> None:
    other = put(tmp_path, "other.geojson", json.dumps(COLLECTION).replace('"x"', f'"{SECRET}"'))
    file = put(tmp_path, name, VRT.format(source=other))
    for read in (
        read_table,
        read_table_apart,
        *(lambda f, k=kind: read_layer(f, k) for kind in ("facilities", "roads")),
    ):
        assert error_of(lambda read=read: read(file)).code == "format_not_read"
    error = error_of(lambda: read_table(zipped(tmp_path / "a.zip", {name: file.read_bytes()})))
    assert error.code in {"format_not_read", "archive_no_data"}


def test_e01_only_the_drivers_that_are_named_are_there() -> None:
    assert set(pyogrio.list_drivers()) == set(ALLOWED_DRIVERS)


def test_e01_rasters_are_asked_for_as_geotiff_alone(tmp_path: Path) -> None:
    rasterio = pytest.importorskip("rasterio")
    from geo.raster import read_elevation

    with rasterio.Env() as env:
        assert not {"VRT", "WMS", "WCS", "WMTS", "GTI", "STACTA", "STACIT", "DERIVED"} & set(env.drivers())
    file = put(tmp_path, "a.tif", '<VRTDataset rasterXSize="1" rasterYSize="1"/>')
    assert error_of(lambda: read_elevation(file, (114, 30, 115, 31))).code == "not_a_geotiff"


def test_e02_nobody_is_asked(tmp_path: Path, canary: Canary) -> None:
    port, hits = canary
    address = f"http://127.0.0.1:{port}/a.geojson"
    for text in (
        address,
        f"/vsicurl/{address}",
        f"GeoJSON:{address}",
        f"/vsicurl_streaming/{address}",
        f"/vsizip//{address}",
    ):
        assert error_of(lambda text=text: read_table(Path(text))).code in {"not_a_local_file", "file_missing"}
    point = "<Point><coordinates>114,30</coordinates></Point>"
    kml = (
        f'<kml><Document><Style id="a"><IconStyle><Icon><href>{address}</href></Icon></IconStyle></Style><NetworkLink>'
        f"<Link><href>{address}</href></Link></NetworkLink><Placemark><styleUrl>{address}</styleUrl>{point}</Placemark>"
        f"<GroundOverlay><Icon><href>{address}</href></Icon></GroundOverlay></Document></kml>"
    )
    assert len(read_table(put(tmp_path, "a.kml", kml)).frame) == 1
    assert hits == []


def test_e02_gdal_never_sees_the_users_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that is a command to GDAL is a name to us."""
    seen: list[str] = []
    genuine = pyogrio.list_layers
    monkeypatch.setattr(pyogrio, "list_layers", lambda source: seen.append(str(source)) or genuine(source))
    folder = tmp_path / "vsimem,PG:dbname=x"
    folder.mkdir()
    for suffix in (".geojson", ".gpkg"):
        file = folder / f"a?b=1&c{suffix}"
        write_layer(file, places())
        table = read_table(file)
        assert (len(table.frame), table.file) == (3, file.name)
    assert len(seen) == 2
    assert not any("dbname" in source or "a?b" in source for source in seen)


# ---- CRS -------------------------------------------------------------------------------------------------------------

PROJ_TEXTS = [
    "http://127.0.0.1:{port}/x", "+init=/etc/passwd:x", "/etc/passwd", "urn:ogc:def:crs:http://127.0.0.1:{port}",
    "+proj=longlat +nadgrids=@http://127.0.0.1:{port}/g.tif", "https://127.0.0.1:{port}/gml/epsg.xml#4326",
]  # fmt: skip


@pytest.mark.parametrize("text", PROJ_TEXTS)
def test_e02_the_text_of_a_crs_is_no_address(tmp_path: Path, canary: Canary, text: str) -> None:
    port, hits = canary
    crs = text.format(port=port)
    places().to_file(tmp_path / "a.shp")
    put(tmp_path, "a.prj", crs)
    places().to_file(tmp_path / "a.gpkg")
    with sqlite3.connect(tmp_path / "a.gpkg") as base:
        base.execute("UPDATE gpkg_spatial_ref_sys SET definition = ?, organization = 'NONE'", (crs,))
    base.close()
    places().to_parquet(tmp_path / "a.parquet")
    table = pq.read_table(tmp_path / "a.parquet")
    geo = json.loads(table.schema.metadata[b"geo"])
    geo["columns"]["geometry"]["crs"] = crs
    pq.write_table(
        table.replace_schema_metadata({**table.schema.metadata, b"geo": json.dumps(geo)}), tmp_path / "a.parquet"
    )
    named = COLLECTION | {"crs": {"type": "name", "properties": {"name": crs}}}
    put(tmp_path, "a.geojson", json.dumps(named))
    for name in ("a.shp", "a.gpkg", "a.parquet", "a.geojson"):
        with suppress(QuarterhourError):
            assert "127.0.0.1" not in read_table(tmp_path / name).crs
    assert hits == []


# ---- XML -------------------------------------------------------------------------------------------------------------

BOMB = '<!DOCTYPE k [<!ENTITY a "aaaaaaaaaa">' + "".join(
    f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9)
) + "]>"  # fmt: skip


@pytest.mark.parametrize("root", ["kml", "osm", "graphml", "gml"])
def test_e04_e05_no_entities(tmp_path: Path, root: str) -> None:
    secret = put(tmp_path, "secret", SECRET)
    for head in (
        BOMB,
        f'<!DOCTYPE k [<!ENTITY j SYSTEM "file://{secret}">]>',
        '<!DOCTYPE k SYSTEM "http://127.0.0.1:9/x.dtd">',
    ):
        text = f'<?xml version="1.0"?>{head}<{root}>&j;</{root}>'
        for data in (text.encode(), b"\n\n" + text.encode(), text.replace("DOCTYPE", "doctype").encode()):
            file = put(tmp_path, f"a.{root}", data)
            for kind in ("facilities", "roads"):
                error = error_of(lambda kind=kind, file=file: read_layer(file, kind))
                assert error.code in {"xml_doctype", "file_damaged"}
            inside = zipped(tmp_path / "a.kmz", {f"doc.{root}": data})
            assert error_of(lambda inside=inside: read_table(inside)).code in {
                "xml_doctype",
                "file_damaged",
                "archive_no_data",
            }


def test_e05_gml_is_not_read(tmp_path: Path) -> None:
    text = '<gml:FeatureCollection xmlns:gml="http://www.opengis.net/gml"><gml:featureMember/></gml:FeatureCollection>'
    for name in ("a.gml", "a.kml", "a.xml"):
        assert error_of(lambda name=name: read_table(put(tmp_path, name, text))).code == "format_not_read"


# ---- archives --------------------------------------------------------------------------------------------------------


def link(name: str, mode: int) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.create_system, info.external_attr = 3, mode << 16
    return info


@pytest.mark.parametrize(
    "name",
    ["../../evil.csv", "/etc/evil.csv", "C:\\evil.csv", "..\\evil.csv", "a/../../evil.csv", "\\\\host\\share\\evil.csv",
     "//host/evil.csv", "c:evil.csv"],
)  # fmt: skip
def test_e06_names_that_lead_elsewhere(tmp_path: Path, name: str) -> None:
    (tmp_path / "in").mkdir()
    file = zipped(tmp_path / "in" / "a.zip", {name: b"id\n1\n"})
    assert error_of(lambda: read_table(file)).code == "archive_bad_name"
    assert sorted(p.name for p in tmp_path.rglob("*")) == ["a.zip", "in"]


@pytest.mark.parametrize("mode", [0o120777, 0o020666, 0o060666, 0o010666, 0o140777])
def test_e06_links_and_devices(tmp_path: Path, mode: int) -> None:
    secret = put(tmp_path, "secret.csv", f"id\n{SECRET}\n")
    file = zipped(tmp_path / "a.zip", {link("a.csv", mode): str(secret).encode()})
    assert error_of(lambda: read_table(file)).code == "archive_link"


def bomb(tmp_path: Path) -> Path:
    """200 MB of blanks in 200 kB."""
    file = tmp_path / "bomb.zip"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as sink, sink.open("a.csv", "w") as entry:
        for _ in range(200):
            entry.write(b"," * 1024**2)
    return file


def most_rss_mb(work: Callable[[], object]) -> float:
    """How much more memory this process holds after some work."""
    before = psutil.Process().memory_info().rss
    work()
    return (psutil.Process().memory_info().rss - before) / 1024**2


def test_e07_a_bomb_stops_at_its_ratio(tmp_path: Path) -> None:
    file = bomb(tmp_path)
    assert file.stat().st_size < 300_000
    written: list[int] = []
    assert most_rss_mb(lambda: written.append(len(error_of(lambda: read_table(file)).code))) < 100
    assert error_of(lambda: read_table(file)).code == "archive_too_large"


def test_e07_a_head_that_lies(tmp_path: Path) -> None:
    """The size that an archive says of itself counts for nothing."""
    file = bomb(tmp_path)
    data = bytearray(file.read_bytes())
    central = data.index(b"PK\x01\x02")
    struct.pack_into("<I", data, central + 24, 10)
    file.write_bytes(data)
    assert error_of(lambda: read_table(file)).code in {"file_damaged", "archive_too_large"}
    struct.pack_into("<I", data, central + 24, 0x7FFFFFFF)
    file.write_bytes(data)
    assert error_of(lambda: read_table(file)).code in {"file_damaged", "archive_too_large"}


def test_e07_members_that_share_their_bytes(tmp_path: Path) -> None:
    """As in 42.zip: many entries, one body. Python refuses the overlap, or the count of real bytes does."""
    body = b"id\n" + b"1\n" * 2_000_000
    file = zipped(tmp_path / "a.zip", {f"{n:03}.csv": body if n == 0 else b"" for n in range(150)})
    data = bytearray(file.read_bytes())
    first = data.index(b"PK\x01\x02")
    sizes = data[first + 16 : first + 28]
    at = first
    while (at := data.find(b"PK\x01\x02", at + 1)) > 0:
        data[at + 16 : at + 28] = sizes
        struct.pack_into("<I", data, at + 42, 0)
        data[at + 10 : at + 12] = data[first + 10 : first + 12]
    file.write_bytes(data)
    assert error_of(lambda: read_table(file)).code in {"file_damaged", "archive_too_large"}


def test_e07_too_many_files(tmp_path: Path) -> None:
    file = zipped(tmp_path / "a.zip", {f"{n}.csv": b"id\n1\n" for n in range(archive.MAX_MEMBERS + 1)})
    error = error_of(lambda: read_table(file))
    assert (error.code, error.facts["count"]) == ("archive_too_many", archive.MAX_MEMBERS + 1)


def test_e07_a_table_of_contents_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "a.zip"
    with zipfile.ZipFile(file, "w") as sink:
        for n in range(40_000):
            sink.writestr(f"__MACOSX/{n:080}", b"")
    monkeypatch.setattr(zipfile, "ZipFile", None)  # it would read all of it: it is not even asked
    assert error_of(lambda: read_table(file)).code == "archive_contents"
    data = bytearray(file.read_bytes())
    end = data.rindex(b"PK\x05\x06")
    # The same, said in the form for large archives, behind an end that says "nothing here".
    struct.pack_into("<HHI", data, end + 8, 1, 1, 46)
    large = b"PK\x06\x06" + struct.pack("<QHHIIQQQQ", 44, 45, 45, 0, 0, 40_000, 40_000, 5_000_000, 0)
    data[end:end] = large + b"PK\x06\x07" + struct.pack("<IQI", 0, end, 1)
    file.write_bytes(data)
    assert error_of(lambda: read_table(file)).code == "archive_contents"


def test_e07_methods_that_unpack_without_bounds(tmp_path: Path) -> None:
    for method in (zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        file = tmp_path / "a.zip"
        with zipfile.ZipFile(file, "w", method) as sink:
            sink.writestr("a.csv", b"id\n1\n")
        assert error_of(lambda file=file: read_table(file)).code == "archive_method"


@pytest.mark.parametrize(
    "place", ["H9999999999999999999999999999996", "AAAAAAAAA1", "xfd1048576", "A000000000009999999999"]
)
def test_e07_a_cell_at_the_end_of_the_world(tmp_path: Path, place: str) -> None:
    """The library would ask the system for 500 GB, and end the process when it gets none."""
    write_layer(tmp_path / "a.xlsx", places(3))
    file = tmp_path / "b.xlsx"
    with zipfile.ZipFile(tmp_path / "a.xlsx") as source, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as sink:
        for name in source.namelist():
            sink.writestr(name, source.read(name).replace(b'r="A2"', f'r="{place}"'.encode()))
    assert error_of(lambda: read_table(file)).code in {"sheet_too_long", "sheet_too_large"}


# ---- size, kind, names -----------------------------------------------------------------------------------------------


def test_e08_size_and_kind_are_looked_at_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a browser let through."""
    for name, content in (
        ("a.csv", b"MZ\x90\0\3\0\xff\xff"),
        ("a.xlsx", b"\x7fELF\2\1\1"),
        ("a.geojson", b"\xca\xfe\xba\xbe\0"),
    ):
        error = error_of(lambda n=name, c=content: read_table(put(tmp_path, n, c)))
        assert error.code in {"not_text", "format_unknown", "no_rows"}
    monkeypatch.setattr(sniff, "MAX_BYTES", 1000)
    file = put(tmp_path, "b.csv", b"id\n" + b"1\n" * 1000)
    for read in (read_table, read_table_apart, lambda f: read_layer(f, "roads")):
        assert error_of(lambda read=read: read(file)).code == "file_too_large"


@pytest.mark.parametrize(
    "name",
    [
        "con.csv",
        "-rf.csv",
        "a;b|c.csv",
        "%s%n.csv",
        "甲\u202e.csv",
        "a\nb.csv",
        "'\"`$(x).csv",
        "..csv",
        "a" * 240 + ".csv",
    ],
)
def test_e12_odd_names_are_labels(tmp_path: Path, name: str) -> None:
    if sys.platform == "win32" and re.search(r'[\n|"<>?*]|^con', name):
        pytest.skip("Windows has no such file")
    for kind, content in (("csv", b"id,lon,lat\n1,114,30\n"), ("geojson", json.dumps(COLLECTION).encode())):
        file = put(tmp_path, name.replace(".csv", f".{kind}"), content)
        assert read_table(file).file == file.name
    assert read_table_apart(file).file == file.name
    inside = zipped(tmp_path / "zip.zip", {name: b"id,lon,lat\n1,114,30\n"})
    if not name.startswith("."):
        assert len(read_table(inside).frame) == 1
    for lang in messages.LANGUAGES:
        broken = error_of(lambda: read_table(put(tmp_path, name, b'a,b\n"')))
        assert "\n" not in broken.message(lang)


def test_e12_names_without_end_and_with_nul(tmp_path: Path) -> None:
    assert error_of(lambda: read_table(tmp_path / ("a" * 5000))).code in {"file_unreadable", "file_missing"}
    assert error_of(lambda: read_table(Path("a\0.csv"))).code == "not_a_local_file"
    inside = zipped(tmp_path / "a.zip", {"长" * 5000 + ".csv": b"id,lon,lat\n1,114,30\n"})
    assert len(read_table(inside).frame) == 1
    data = inside.read_bytes().replace("长".encode() * 3, b"a\0../../b")
    inside.write_bytes(data)
    assert error_of(lambda: read_table(inside)).code in {"archive_bad_name", "file_damaged"}


PAYLOADS = [
    'a"; DROP TABLE b; --',
    "1=1 OR",
    "a' OR '1'='1",
    "[a]",
    "gpkg_contents",
    "sqlite_master",
    "SELECT * FROM a",
    "甲`",
]


@pytest.mark.parametrize("name", PAYLOADS)
def test_e13_layer_names_are_names(tmp_path: Path, name: str) -> None:
    write_layer(tmp_path / "a.gpkg", places(), title=name)
    with sqlite3.connect(tmp_path / "a.gpkg") as base:
        names = [row[0] for row in base.execute("SELECT table_name FROM gpkg_contents")]
        assert base.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    base.close()
    assert names == [layer_name(name)]
    assert not re.search("[\"'`;]", names[0])
    assert len(read_table(tmp_path / "a.gpkg").frame) == 3
    # A name that others gave, and one that a user asks for, are compared with what is there and are never run.
    if not name.startswith(("gpkg_", "sqlite_", "[")):
        places().to_file(tmp_path / "b.gpkg", layer=name)
        assert len(read_table(tmp_path / "b.gpkg", layer=name).frame) == 3
    digest = hashlib.sha256((tmp_path / "a.gpkg").read_bytes()).hexdigest()
    assert error_of(lambda: read_table(tmp_path / "a.gpkg", layer=f"x{name}")).code == "no_such_layer"
    assert hashlib.sha256((tmp_path / "a.gpkg").read_bytes()).hexdigest() == digest


class Trap:
    """Runs when it is unpickled."""

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (Path(tempfile.gettempdir()) / "quarterhour-trap",))


@pytest.mark.parametrize("name", ["a.pkl", "a.joblib", "a.npy", "a.csv", "a.parquet", "a.geojson"])
def test_e14_nothing_is_unpickled(tmp_path: Path, name: str) -> None:
    trap = Path(tempfile.gettempdir()) / "quarterhour-trap"
    trap.unlink(missing_ok=True)
    array = io.BytesIO()
    np.save(array, np.array([Trap()], dtype=object), allow_pickle=True)
    for content in (pickle.dumps(Trap()), pickle.dumps(Trap(), protocol=0), array.getvalue()):
        with suppress(QuarterhourError):  # as text it may be a table
            read_table(put(tmp_path, name, content))
    assert not trap.exists()


def test_e14_the_code_neither_unpickles_nor_evaluates(root: Path) -> None:
    words = re.compile(r"\b(pickle|joblib|dill|marshal|shelve)\b|\beval\(|\bexec\(|allow_pickle=True")
    for folder in ("geo", "layers", "coverage", "demarcation", "reports", "commands", "ui"):
        for path in (root / folder).rglob("*.py"):
            code = "\n".join(line.split("#")[0] for line in path.read_text(encoding="utf-8").splitlines())
            code = re.sub(r'"""[\s\S]*?"""', "", code)
            assert not words.search(code), path.name


# ---- GeoPackage ------------------------------------------------------------------------------------------------------


def geopackage(path: Path, *statements: str) -> Path:
    places(200).to_file(path, layer="a")
    with sqlite3.connect(path) as base:
        for (name,) in base.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            base.execute(f'DROP TRIGGER "{name}"')  # they call functions that only GDAL has
        for statement in statements:
            base.execute(statement)
    base.close()
    return path


FOREVER = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT count(*) AS fid, x AS geom FROM c"


def test_e18_a_view_that_never_ends_is_not_run(tmp_path: Path) -> None:
    registered = (
        "INSERT INTO gpkg_contents (table_name, data_type, identifier, srs_id) VALUES ('v', 'features', 'v', 4490)",
        "INSERT INTO gpkg_geometry_columns VALUES ('v', 'geom', 'POINT', 4490, 0, 0)",
    )
    file = geopackage(tmp_path / "a.gpkg", f"CREATE VIEW v AS {FOREVER}", *registered)
    assert len(read_table(file).frame) == 200
    assert error_of(lambda: read_table(file, layer="v")).code == "gpkg_view"


def test_e18_a_table_of_contents_that_is_a_view(tmp_path: Path) -> None:
    file = geopackage(
        tmp_path / "a.gpkg", "ALTER TABLE gpkg_contents RENAME TO c", f"CREATE VIEW gpkg_contents AS {FOREVER}"
    )
    assert error_of(lambda: read_table(file)).code == "file_damaged"


def test_e18_e03_triggers_and_reading_change_nothing(tmp_path: Path) -> None:
    trigger = "CREATE TRIGGER t AFTER INSERT ON gpkg_contents BEGIN DELETE FROM a; END"
    file = geopackage(tmp_path / "a.gpkg", trigger, "CREATE TRIGGER u AFTER UPDATE ON a BEGIN DELETE FROM a; END")
    before = file.read_bytes()
    assert len(read_table(file).frame) == 200
    assert file.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["a.gpkg"]


def test_e18_corrupt_pages_are_found_before_gdal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = geopackage(
        tmp_path / "a.gpkg", "CREATE TABLE big AS SELECT randomblob(100000) AS b", "CREATE INDEX i ON big(b)"
    )
    data = bytearray(file.read_bytes())
    page = struct.unpack(">H", data[16:18])[0]
    for start in range(page * 8, len(data), page * 3):
        data[start : start + 200] = b"\xff" * len(data[start : start + 200])
    file.write_bytes(data)
    monkeypatch.setattr(pyogrio, "list_layers", None)
    assert error_of(lambda: read_table(file)).code in {"file_damaged", "format_not_read"}


def test_e18_a_huge_blob_is_data_and_no_text(tmp_path: Path) -> None:
    file = geopackage(
        tmp_path / "a.gpkg", "ALTER TABLE a ADD COLUMN b BLOB", "UPDATE a SET b = zeroblob(5000000) WHERE fid = 1"
    )
    table = read_table(file)
    assert len(table.frame) == 200
    assert table.frame["b"].isna().all()


def test_e18_changes_in_the_log_of_an_open_file_are_read(tmp_path: Path) -> None:
    """A GeoPackage that QGIS has open keeps its last changes in a file beside it."""
    file = geopackage(tmp_path / "a.gpkg")
    base = sqlite3.connect(file)
    try:
        base.execute("PRAGMA journal_mode = WAL")
        base.execute("PRAGMA wal_autocheckpoint = 0")
        base.execute("UPDATE a SET \"名称\" = '新' WHERE fid = 1")
        base.commit()
        before = sorted(p.name for p in tmp_path.iterdir())
        assert read_table(file).frame["名称"][0] == "新"
        assert sorted(p.name for p in tmp_path.iterdir()) == before
    finally:
        base.close()


# ---- JSON ------------------------------------------------------------------------------------------------------------


def test_e19_numbers_without_end(tmp_path: Path) -> None:
    text = json.dumps({"type": "FeatureCollection", "features": [POINT, POINT]})
    for number in ("1e400", "-1e400", "NaN", "1" * 5000, "0." + "1" * 100_000):
        file = put(tmp_path, "a.geojson", text.replace("114", number, 1))
        with suppress(QuarterhourError):
            layer = read_layer(file, "facilities")
            assert np.isfinite(layer.frame.geometry.x).all()
            assert layer.quality.rows_read == 2


def test_e19_a_member_that_is_there_twice(tmp_path: Path, canary: Canary) -> None:
    port, hits = canary
    bad = f'{{"type":"link","properties":{{"href":"http://127.0.0.1:{port}/x"}}}}'
    good = '{"type":"name","properties":{"name":"EPSG:4326"}}'
    for first, second in ((bad, good), (good, bad)):
        text = json.dumps(COLLECTION)[:-1] + f',"crs":{first},"crs":{second}}}'
        error = error_of(lambda text=text: read_table(put(tmp_path, "a.geojson", text)))
        assert (error.code, error.facts["name"]) == ("json_twice", "crs")
    assert hits == []


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 100_000, '{"type":"Feature","properties":' + '{"a":' * 3000])
def test_e19_deep_json(tmp_path: Path, text: str) -> None:
    assert error_of(lambda: read_table(put(tmp_path, "a.geojson", text))).code in {"json_too_deep", "json_truncated"}


def test_e19_deep_properties(tmp_path: Path) -> None:
    deep: dict[str, Any] = {"a": 1}
    for _ in range(300):
        deep = {"a": deep}
    file = put(
        tmp_path, "a.geojson", json.dumps({"type": "FeatureCollection", "features": [POINT | {"properties": deep}]})
    )
    with suppress(FileError):
        assert len(read_table(file).frame) == 1


# ---- the log ---------------------------------------------------------------------------------------------------------


def test_e20_an_entry_cannot_be_forged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUARTERHOUR_HOME", str(tmp_path))
    logger = logging.getLogger("quarterhour")
    kept, logger.handlers = logger.handlers, []
    try:
        path = log_to_file()
        forged = "甲\n2026-01-01 00:00:00,000 ERROR all is well\r\x1b[2J\u2028x"
        logging.getLogger("quarterhour.geo").error("a name: %s", forged)
        logging.getLogger("quarterhour.geo").error("failed", exc_info=ValueError(forged))
        lines = path.read_text(encoding="utf-8").split("\n")
    finally:
        for handler in logger.handlers:
            handler.close()
        logger.handlers = kept
    starts = [line for line in lines if line and not line.startswith("    ")]
    assert len(starts) == 2
    assert not any(character in line for line in lines for character in "\r\x1b\u2028")


def test_e20_reading_writes_nobodys_name_into_the_log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger="quarterhour")
    text = f"姓名,身份证号,经度,纬度\n{SECRET},330522195001011234,x,30\n{SECRET},330522195001011234,119.9,31\n"
    layer = read_layer(put(tmp_path, "a.csv", text), "facilities")
    assert layer.quality.rows_kept == 1
    for content in (text[:60], '{"type":"Feature", "properties":{"a":"' + SECRET):
        for name in ("a.geojson", "b.csv"):
            with suppress(QuarterhourError):
                read_table_apart(put(tmp_path, name, content + '"'))
    assert SECRET not in caplog.text
    assert "330522195001011234" not in caplog.text


# ---- a process of its own --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_what_comes_back_is_what_was_read(tmp_path: Path, suffix: str) -> None:
    frame = places(50)
    frame["n"] = range(50)
    frame["x"] = [None if n % 3 else n / 7 for n in range(50)]
    frame["长"] = pd.array([None if n % 2 else 2**53 + n for n in range(50)], dtype="Int64")
    frame.loc[3, "geometry"] = None
    file = tmp_path / f"a{suffix}"
    write_layer(file, frame)
    here, apart = read_table(file), read_table_apart(file)
    assert [as_text(v) for v in apart.frame["长"]] == [as_text(v) for v in here.frame["长"]]
    plain = [pd.DataFrame(table.frame).drop(columns="长") for table in (here, apart)]
    pd.testing.assert_frame_equal(*plain)
    assert here.rows.tolist() == apart.rows.tolist()
    assert getattr(here.frame, "crs", None) == getattr(apart.frame, "crs", None)
    names = ("file", "sha256", "crs", "encoding", "credit", "note")
    assert [getattr(here, name) for name in names] == [getattr(apart, name) for name in names]
    assert [f.as_dict() for f in here.findings] == [f.as_dict() for f in apart.findings]
    assert read_layer(file, "facilities").frame.shape[0] == 49


def test_errors_come_back_as_they_are(tmp_path: Path) -> None:
    for name, content in (
        ("a.csv", b'a,b\n"'),
        ("b.csv", b"a\n"),
        ("a.zip", b"PK\3\4"),
        ("a.geojson", b"{}"),
        ("c.csv", b"\xff\xff"),
    ):
        file = put(tmp_path, name, content)
        here, apart = error_of(lambda f=file: read_table(f)), error_of(lambda f=file: read_table_apart(f))
        assert (type(here), here.code, here.rows, here.facts) == (type(apart), apart.code, apart.rows, apart.facts)


def test_time_and_memory_end_it_and_leave_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = tmp_path / "own"
    own.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(own))
    many = put(tmp_path, "a.csv", b"id,lon,lat\n" + b"1,114,30\n" * 2_000_000)
    started = {process.pid for process in psutil.Process().children()}
    assert error_of(lambda: read_table_apart(many, limits=Limits(seconds=1.5))).code == "reader_too_slow"
    error = error_of(lambda: read_table_apart(many, limits=Limits(memory_mb=100)))
    assert error.code in {"reader_too_large", "file_needs_memory", "reader_ended"}
    assert list(own.iterdir()) == []
    assert {process.pid for process in psutil.Process().children()} == started


def test_memory_is_watched_where_the_system_does_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    many = put(tmp_path, "a.csv", b"id,lon,lat\n" + b"1,114,30\n" * 2_000_000)
    monkeypatch.setattr(child, "_LIBRARIES_MB", -2000)
    assert error_of(lambda: read_table_apart(many, limits=Limits(memory_mb=2048))).code == "reader_too_large"


@pytest.mark.parametrize(
    "end", ["import os; os.abort()", "import os, signal; os.kill(os.getpid(), 9)", "raise SystemExit(3)"]
)
def test_a_crash_is_an_error_with_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, end: str) -> None:
    if sys.platform == "win32" and "signal" in end:
        pytest.skip("Windows has no signals")
    genuine = child.subprocess.Popen

    def crashing(command: list[str], **given: Any) -> Any:
        return genuine([command[0], "-c", end], **given)

    monkeypatch.setattr(child.subprocess, "Popen", crashing)
    file = put(tmp_path, "a.csv", b"id\n1\n")
    assert error_of(lambda: read_table_apart(file)).code == "reader_ended"


# ---- P18: any bytes --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def seeds(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """One good file of each format."""
    folder = tmp_path_factory.mktemp("seeds")
    for suffix in SUFFIXES:
        write_layer(folder / f"a{suffix}", places(5))
    zipped(folder / "a.kmz", {"doc.kml": (folder / "a.kml").read_bytes()})
    put(folder, "a.osm", '<osm version="0.6"><node id="1" lat="30" lon="114"/><way id="2"><nd ref="1"/></way></osm>')
    put(folder, "b.csv", "编号,经度,纬度\n0101,114°18′E,30°36′N\n".encode("gb18030"))
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


@given(data=st.data())
def test_p18_any_bytes_give_a_layer_or_an_error_of_ours(
    data: st.DataObject, seeds: dict[str, bytes], tmp_path_factory: pytest.TempPathFactory
) -> None:
    content = bytearray(seeds[data.draw(st.sampled_from(sorted(seeds)))])
    for _ in range(data.draw(st.integers(0, 6))):
        at, width = data.draw(st.integers(0, len(content))), data.draw(st.integers(0, 40))
        content[at : at + width] = data.draw(st.binary(max_size=40))
    name = data.draw(st.sampled_from([*sorted(seeds), "a.shp", "a", "a.dbf"]))
    file = put(tmp_path_factory.getbasetemp(), f"p18-{name}", bytes(content) or b"\0")
    with suppress(QuarterhourError):
        layer = read_layer(file, data.draw(st.sampled_from(sorted(SCHEMAS))))
        assert layer.quality.rows_read == layer.quality.rows_kept + layer.quality.rows_refused


def test_p18_within_512_mb(seeds: dict[str, bytes], tmp_path: Path) -> None:
    for name, content in seeds.items():
        file = put(tmp_path, name, content)
        if name.endswith(".osm"):
            assert error_of(lambda file=file: read_table_apart(file)).code == "only_as_roads"
        else:
            assert len(read_table_apart(file, limits=Limits(seconds=30, memory_mb=512)).frame)
