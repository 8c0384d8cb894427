"""Files of roads with a note of how far they reach: what is written comes back, a wrong note does no harm."""

import json
import math
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
import shapely

from geo import road_file
from geo.errors import OutputError
from geo.read import Table, read_table
from geo.road_file import NOTE_KEY, RoadNote, parse_note, write_roads
from layers.road import from_table, read_roads

SUFFIXES = ("gpkg", "parquet", "geojson")
EXTENT = shapely.union_all([shapely.box(113.9, 29.9, 114.2, 30.1), shapely.box(115, 30, 116, 31)])
STUDY = shapely.box(114, 30, 114.1, 30.05)


def roads(rows: int = 3) -> gpd.GeoDataFrame:
    """Rows with a tag that is blank now and then, one of them of two pieces, and a column that is always blank."""
    lines = [shapely.LineString([(114 + i / 100, 30), (114.005 + i / 100, 30.0000001)]) for i in range(rows)]
    shapes = [*lines[:-1], shapely.MultiLineString([lines[-1], shapely.LineString([(114.5, 30), (114.6, 30)])])]
    frame = {
        "osm_id": [str(10**10 + i) for i in range(rows)],
        "highway": ["motorway", *["path"] * (rows - 1)],
        "layer": ["-1", *[""] * (rows - 1)],
        "duration": ["00:20", *["00:20:00"] * (rows - 1)],
        "tunnel": [""] * rows,
    }
    return gpd.GeoDataFrame(frame, geometry=shapes, crs="EPSG:4326")


def note(rows: int = 3, **changed: Any) -> RoadNote:
    given = {"extent": EXTENT, "study": STUDY, "halo_m": 1400.0, "rows": rows, "origin": "湖北.osm.pbf"}
    return RoadNote(**{**given, "data_of": "2026-06-30T00:00:00Z", "credit": "© OpenStreetMap contributors", **changed})


def written(folder: Path, suffix: str, **changed: Any) -> Table:
    write_roads(folder / f"a.{suffix}", roads(), note(**changed))
    return read_table(folder / f"a.{suffix}")


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_what_is_written_comes_back(suffix: str, tmp_path: Path) -> None:
    """Lines to the last bit, texts as they were (a time of day stays text), and the note."""
    table = written(tmp_path, suffix)
    assert table.note == note()
    assert table.credit == "© OpenStreetMap contributors"
    assert not [finding for finding in table.findings if finding.severity != "info"]
    given, found = roads(), table.frame
    assert "tunnel" not in found, "a tag that no way has"
    for name in ("osm_id", "highway", "layer", "duration"):
        assert found[name].fillna("").tolist() == given[name].tolist()
    pieces = [shapely.get_parts(frame.geometry.to_numpy(), return_index=True) for frame in (given, found)]
    assert pieces[0][1].tolist() == pieces[1][1].tolist()
    assert shapely.equals(pieces[0][0], pieces[1][0]).all()
    assert (shapely.get_coordinates(pieces[0][0]) == shapely.get_coordinates(pieces[1][0])).all()


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_the_same_roads_give_the_same_bytes(suffix: str, tmp_path: Path) -> None:
    files = [tmp_path / f"{name}.{suffix}" for name in "ab"]
    for file in files:
        write_roads(file, roads(), note())
    assert files[0].read_bytes() == files[1].read_bytes()
    assert sorted(tmp_path.iterdir()) == files, "nothing else is left in the folder"


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_tags_are_read_as_tags_of_osm(suffix: str, tmp_path: Path) -> None:
    """A motorway without `oneway` runs one way in OSM; in the file of somebody else it says nothing."""
    table = written(tmp_path, suffix)
    layer = from_table(table)
    assert layer.frame["oneway"].tolist()[:2] == [1, 0]
    assert layer.source.extent == EXTENT
    plain = tmp_path / "plain.geojson"
    roads().to_file(plain, driver="GeoJSON")
    other = read_roads(plain)
    assert other.frame["oneway"].tolist()[:2] == [0, 0]
    assert other.source.extent is None


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_file_that_lost_rows_does_not_know_how_far_it_reaches(suffix: str, tmp_path: Path) -> None:
    """Somebody clipped it: the extent is not used, and a warning says so. More rows than before are no doubt."""
    table = written(tmp_path, suffix, rows=4)
    assert table.note is not None
    assert table.note.extent is None
    assert [finding.code for finding in table.findings if finding.severity == "warn"] == ["road_rows_missing"]
    assert from_table(table).source.extent is None
    assert written(tmp_path, suffix, rows=2).note == note(rows=2)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_nothing_is_known_is_written_too(suffix: str, tmp_path: Path) -> None:
    assert written(tmp_path, suffix, extent=None, study=None).note == note(extent=None, study=None)


def good() -> dict[str, Any]:
    return dict(road_file.note_mapping(note()))


@pytest.mark.parametrize(
    "harm",
    [
        {"version": 2},
        {"version": None},
        {"extent": {"type": "Point", "coordinates": [114, 30]}},
        {"extent": {"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]}},
        {"extent": {"type": "Polygon", "coordinates": [[[0, 0], [400, 0], [400, 1], [0, 0]]]}},
        {"extent": {"type": "Polygon", "coordinates": []}},
        {"extent": {"type": "Polygon", "coordinates": [[[0, 0], [1, math.nan], [1, 0], [0, 0]]]}},
        {"extent": "everywhere"},
        {"extent": 7},
        {"study": []},
        {"halo_m": -1},
        {"halo_m": math.inf},
        {"halo_m": "wide"},
        {"rows": -1},
        {"rows": None},
    ],
    ids=lambda harm: json.dumps(harm)[:40],
)
def test_a_note_that_is_wrong_is_none(harm: dict[str, Any], tmp_path: Path) -> None:
    """Also in a file: it is read as a plain line layer, with a warning."""
    assert parse_note(good()) == note()
    bad = good() | harm
    assert parse_note(bad) is None
    assert parse_note(json.dumps(bad)) is None
    file = tmp_path / "a.geojson"
    write_roads(file, roads(), note())
    document = json.loads(file.read_text(encoding="utf-8"))
    document[NOTE_KEY] = bad
    file.write_text(json.dumps(document), encoding="utf-8")
    layer = read_roads(file)
    assert layer.source.extent is None
    assert "road_note_unreadable" in [finding.code for finding in layer.quality.findings]


@pytest.mark.parametrize("raw", [b"\xff\xfe", "{", "[]", "null", "[" * 100_000, 3, [1]])
def test_any_bytes_may_stand_where_a_note_should(raw: object) -> None:
    assert parse_note(raw) is None


@pytest.mark.parametrize("name", sorted(good()))
def test_a_note_needs_all_its_parts(name: str) -> None:
    note_ = good()
    del note_[name]
    assert (parse_note(note_) is None) == (name != "licence")


@pytest.mark.parametrize("name", ["a.shp", "a.osm.pbf", "a", "a.csv"])
def test_another_suffix_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"a") as caught:
        write_roads(tmp_path / name, roads(), note())
    assert caught.value.code == "output_suffix"
    assert ".gpkg" in caught.value.hint("en")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("end", [KeyboardInterrupt, OSError])
def test_an_interrupted_write_leaves_the_old_file(
    suffix: str, end: type[BaseException], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """[F01, F02] Half of it stands on the disk when it ends; the old file is whole, and nothing lies beside it."""
    file = tmp_path / f"a.{suffix}"
    file.write_bytes(b"old")

    def half(path: Path, *_: object) -> None:
        path.write_bytes(b"half")
        raise end

    monkeypatch.setattr(road_file, "_WRITERS", {f".{suffix}": half})
    with pytest.raises((KeyboardInterrupt, OutputError)):
        write_roads(file, roads(), note())
    assert [path.name for path in tmp_path.iterdir()] == [file.name]
    assert file.read_bytes() == b"old"
