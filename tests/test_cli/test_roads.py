"""``roads import`` and ``roads fetch``: what comes out, and that it is read back as the very same roads."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely

import cli as commands
from geo import fetch
from geo.crs import geodesic_m
from geo.read import read_table
from layers.layer import Layer
from layers.road import COLUMNS, read_roads
from tests import overpass
from tests.builders import XY, at, demand, facilities, path, write_geojson
from tests.overpass import serve
from tests.study import cli, load, properties

SUFFIXES = ("gpkg", "parquet", "geojson")
#: Ways in metres: number, points, tags. The study area of most tests is a box of 2 km around the origin.
WAYS: list[tuple[int, list[XY], dict[str, str]]] = [
    (1, [(-500, 0), (0, 0), (500, 0)], {"highway": "residential", "name": "人民路"}),
    (2, [(0, 0), (0, 900), (0, 9000)], {"highway": "motorway", "maxspeed": "60 mph"}),
    (3, [(500, 0), (500, 400)], {"highway": "primary", "oneway": "-1", "layer": "-1", "tunnel": "yes"}),
    (4, [(500, 400), (700, 400), (700, 600), (500, 400)], {"highway": "tertiary", "junction": "roundabout"}),
    (5, [(-500, 0), (-500, -800)], {"highway": "steps", "access": "private", "foot": "no"}),
    (6, [(-500, -800), (-500, -2000)], {"route": "ferry", "duration": "00:20", "motor_vehicle": "no"}),
    (7, [(2300, 0), (2300, 500)], {"highway": "path"}),
    (8, [(2500, 0), (2500, 500)], {"highway": "path", "bicycle": "dismount"}),
    (9, [(0, 0), (100, 100), (0, 200), (0, 0)], {"highway": "pedestrian", "area": "yes"}),
    (10, [(100, 0), (100, 300)], {"highway": "construction"}),
    (11, [(20_000, 0), (21_000, 0)], {"highway": "residential"}),
]
STUDY = [(-1000.0, -1000.0), (1000.0, -1000.0), (1000.0, 1000.0), (-1000.0, 1000.0)]


def osm_file(target: Path, *, box: tuple[XY, XY] | None = ((-30_000, -30_000), (30_000, 30_000))) -> Path:
    """The ways as OSM XML; equal places are one node."""
    numbers: dict[XY, int] = {}
    body = []
    for number, points, tags in WAYS:
        refs = "".join(f'<nd ref="{numbers.setdefault(point, len(numbers) + 1)}"/>' for point in points)
        texts = "".join(f'<tag k="{key}" v="{value}"/>' for key, value in tags.items())
        body.append(f'<way id="{number}">{refs}{texts}</way>')
    nodes = [
        f'<node id="{number}" lon="{lon:.7f}" lat="{lat:.7f}"/>'
        for (lon, lat), number in ((at(*point), number) for point, number in numbers.items())
    ]
    bounds = ""
    if box:
        (west, south), (east, north) = at(*box[0]), at(*box[1])
        bounds = f'<bounds minlon="{west}" minlat="{south}" maxlon="{east}" maxlat="{north}"/>'
    target.write_text(f'<osm version="0.6">{bounds}{"".join(nodes + body)}</osm>', encoding="utf-8")
    return target


def polygons(target: Path, *rings: list[XY]) -> Path:
    frame = gpd.GeoDataFrame(
        {"unit_code": [str(i) for i in range(len(rings))]},
        geometry=[shapely.Polygon(path(ring)) for ring in rings],
        crs="EPSG:4326",
    )
    frame.to_file(target, driver="GeoJSON")
    return target


def numbers(file: Path) -> list[int]:
    """Numbers of the ways in a file of roads."""
    return [int(number) for number in read_table(file).frame["osm_id"]]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("QUARTERHOUR_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("QUARTERHOUR_LANG", "zh")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.delenv("QUARTERHOUR_OFFLINE", raising=False)
    return tmp_path / "home"


Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], home: Path) -> Run:
    """A command in this process, where the list of servers can be changed: exit code, stdout, stderr."""

    def command(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["cli.py", *map(str, arguments)])
        with pytest.raises(SystemExit) as end:
            commands.main()
        said = capsys.readouterr()
        return int(end.value.code or 0), said.out, said.err

    return command


def same_roads(first: Layer, second: Layer) -> None:
    a, b = first.frame, second.frame
    assert len(a) == len(b)
    for name in COLUMNS:
        assert a[name].equals(b[name]) or np.array_equal(a[name].to_numpy(), b[name].to_numpy()), name
    assert (shapely.to_wkb(a.geometry.to_numpy()) == shapely.to_wkb(b.geometry.to_numpy())).all()


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_an_imported_file_is_read_as_the_very_same_roads(suffix: str, tmp_path: Path) -> None:
    """All that readers make of the tags, and each coordinate; the credit and the box of the source too."""
    source, out = osm_file(tmp_path / "a.osm"), tmp_path / f"roads.{suffix}"
    done = cli("roads", "import", source, "--out", out, "--json")
    assert done.returncode == 0, done.stderr
    same_roads(read_roads(source), read_roads(out))
    assert read_roads(out).source.credit == read_roads(source).source.credit == "© OpenStreetMap contributors"
    extent = read_roads(out).source.extent
    assert extent.bounds == pytest.approx((*at(-30_000, -30_000), *at(30_000, 30_000)), abs=1e-6)
    figures = json.loads(done.stdout)
    assert (figures["ways_read"], figures["ways_kept"], figures["halo_m"]) == (9, 9, 0)
    note = read_table(out).note
    assert note is not None
    assert (note.study, note.origin, note.rows) == (None, "a.osm", 9)


@pytest.mark.parametrize("by", ["clip", "bbox"])
def test_a_clip_keeps_whole_ways_that_touch_the_area_and_its_halo(by: str, tmp_path: Path) -> None:
    """[T21] The halo of an elder's 15 minutes is 900 m, and 500 m to the road: 2300 is inside, 2500 is not.

    The motorway that leaves the area stays whole, vertices and all.
    """
    source, out = osm_file(tmp_path / "a.osm"), tmp_path / "roads.parquet"
    west, south, east, north = (*at(-1000, -1000), *at(1000, 1000))
    area = (
        ("--clip", polygons(tmp_path / "area.geojson", STUDY))
        if by == "clip"
        else ("--bbox", f"{west},{south},{east},{north}")
    )
    done = cli("roads", "import", source, *area, "--out", out, "--json")
    assert done.returncode == 0, done.stderr
    assert numbers(out) == [1, 2, 3, 4, 5, 6, 7]
    figures = json.loads(done.stdout)
    assert figures["ways_read"] == figures["ways_kept"] + sum(figures["dropped"].values()) == 9
    assert figures["dropped"] == {"outside": 2, "without_nodes": 0}
    assert figures["halo_m"] == 1400
    kept, whole = read_roads(out).frame, read_roads(source).frame
    assert kept.geometry.iloc[1].equals(whole.geometry.iloc[1])
    assert figures["length_km"] == pytest.approx(1 + 9 + 0.4 + 0.4 + 0.2 * 2**0.5 + 0.8 + 1.2 + 0.5, abs=0.01)
    note = read_table(out).note
    assert note is not None
    assert note.study.bounds == pytest.approx((west, south, east, north), abs=1e-5)
    assert note.extent.contains(note.study)


@pytest.mark.parametrize(
    ("options", "halo_m", "last"),
    [
        (("--minutes", "5"), 800, 6),
        (("--minutes", "5,30"), 2300, 8),
        (("--profile", "elder75", "--minutes", "15", "--max-snap", "0"), 720, 6),
        (("--speed-mps", "2", "--minutes", "15"), 2300, 8),
        (("--profile", "drive", "--minutes", "15"), 23_000, 11),
    ],
)
def test_the_halo_follows_speed_and_largest_minutes(
    options: tuple[str, ...], halo_m: float, last: int, run: Run, tmp_path: Path
) -> None:
    source, area = osm_file(tmp_path / "a.osm"), polygons(tmp_path / "area.geojson", STUDY)
    _, said, _ = run("roads", "import", source, "--clip", area, "--out", tmp_path / "r.geojson", "--json", *options)
    assert json.loads(said)["halo_m"] == halo_m
    assert numbers(tmp_path / "r.geojson")[-1] == last


def test_several_polygons_are_one_area(tmp_path: Path) -> None:
    """Two townships apart, one of them crossing itself: both have their halo, and the mend is told."""
    far = [(20_500.0, -200.0), (20_700.0, 200.0), (20_700.0, -200.0), (20_500.0, 200.0)]
    area = polygons(tmp_path / "area.geojson", STUDY, far)
    out = tmp_path / "r.gpkg"
    done = cli("--lang", "en", "roads", "import", osm_file(tmp_path / "a.osm"), "--clip", area, "--out", out)
    assert done.returncode == 0
    assert numbers(out) == [1, 2, 3, 4, 5, 6, 7, 11]
    assert read_roads(out).source.extent.geom_type == "MultiPolygon"
    assert "1 polygons of the clip cross themselves" in done.stderr


@pytest.mark.parametrize("box", [None, ((-1500.0, -1500.0), (30_000.0, 30_000.0))], ids=["no box", "box"])
def test_a_file_that_ends_within_the_halo_says_so(box: tuple[XY, XY] | None, tmp_path: Path) -> None:
    """The extent stops where the file does: at its box, else at the box around its ways. A warning tells the share."""
    source, area = osm_file(tmp_path / "a.osm", box=box), polygons(tmp_path / "area.geojson", STUDY)
    out = tmp_path / "r.gpkg"
    done = cli("--lang", "en", "roads", "import", source, "--clip", area, "--out", out)
    assert done.returncode == 0
    assert "of the study area with its halo lies beyond what the file holds" in done.stderr
    west, south, *_ = read_roads(out).source.extent.bounds
    expected = at(-1500, -1500) if box else at(-500, -2000)
    assert (west, south) == pytest.approx(expected, abs=1e-4)


def test_without_a_clip_or_a_box_nothing_is_claimed(tmp_path: Path) -> None:
    out = tmp_path / "r.gpkg"
    done = cli("roads", "import", osm_file(tmp_path / "a.osm", box=None), "--out", out, "--json")
    assert json.loads(done.stdout)["extent"] is None
    assert read_roads(out).source.extent is None


def test_a_run_on_imported_roads_marks_nobody_inside(tmp_path: Path) -> None:
    """Up to the minutes that the halo was made for; and everybody near the border where more are asked for."""
    area = polygons(tmp_path / "area.geojson", STUDY)
    out = tmp_path / "roads.gpkg"
    assert cli("roads", "import", osm_file(tmp_path / "a.osm"), "--clip", area, "--out", out).returncode == 0
    homes = write_geojson(demand({"a": (490, 0), "b": (-500, -10)}), tmp_path / "homes.geojson")
    sites = write_geojson(facilities({"F1": (500, 100)}), tmp_path / "sites.geojson")
    for minutes, marked in (("15", False), ("60", True)):
        result = tmp_path / f"out{minutes}"
        done = cli(
            "coverage", "--roads", out, "--facilities", sites, "--demand", homes, "--minutes", minutes, "--out", result,
            "--island-nodes", 0,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        rows = properties(result / "demand.geojson")
        assert [row["edge_of_roads"] for row in rows] == [marked, marked]
        assert load(result / "summary.json")["parameters"]["edge_of_roads"] == "extent recorded in the road file"


def test_the_same_file_gives_the_same_bytes(run: Run, tmp_path: Path) -> None:
    source, area = osm_file(tmp_path / "a.osm"), polygons(tmp_path / "area.geojson", STUDY)
    files = [tmp_path / f"{name}.gpkg" for name in "ab"]
    for file in files:
        assert run("roads", "import", source, "--clip", area, "--out", file)[0] == 0
    assert files[0].read_bytes() == files[1].read_bytes()


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["{gpkg}", "--out", "{out}"], "import_needs_osm", "--roads"),
        (["{gone}", "--out", "{out}"], "file_missing", "gone.osm.pbf"),
        (["{cut}", "--out", "{out}"], "file_damaged", "cut.osm"),
        (["{osm}", "--clip", "{points}", "--out", "{out}"], "clip_without_polygon", "--bbox"),
        (["{osm}", "--clip", "{table}", "--out", "{out}"], "clip_without_polygon", "--bbox"),
        (["{osm}", "--bbox", "10,10,11,11", "--out", "{out}"], "clip_outside_roads", "a.osm"),
        (["{osm}", "--bbox", "113.9,30.7,113.91,30.71", "--out", "{out}"], "clip_without_roads", "a.osm"),
        (["{osm}", "--bbox", "114,30,113,31", "--out", "{out}"], "bad_bbox", "--bbox 114.0,30.3"),
        (["{osm}", "--bbox", "114,30,115", "--out", "{out}"], "bad_bbox", "--bbox 114.0,30.3"),
        (["{osm}", "--bbox", "114,30,nan,31", "--out", "{out}"], "bad_bbox", "--bbox 114.0,30.3"),
        (["{osm}", "--bbox", "80,20,130,50", "--out", "{out}"], "area_too_wide", ""),
        (["{osm}", "--bbox", "114,30,115,31", "--clip", "{points}", "--out", "{out}"], "clip_or_bbox", "--clip"),
        (["{osm}", "--minutes", "0", "--out", "{out}"], "bad_minutes", "--minutes"),
        (["{osm}", "--profile", "horse", "--out", "{out}"], "unknown_profile", "elder"),
        (["{osm}", "--out", "{folder}/roads.shp"], "output_suffix", ".gpkg"),
        (["{osm}", "--out", "{folder}/none/roads.gpkg"], "output_no_folder", "none"),
    ],
)
def test_what_cannot_be_done_is_refused(arguments: list[str], code: str, says: str, run: Run, tmp_path: Path) -> None:
    """Exit code 2, the reason and how to mend it on stderr, nothing on stdout, nothing written."""
    osm = osm_file(tmp_path / "a.osm")
    given: dict[str, Any] = {
        "osm": osm,
        "gpkg": write_geojson(demand({"a": (0, 0)}), tmp_path / "lines.geojson"),
        "points": write_geojson(demand({"a": (0, 0)}), tmp_path / "points.geojson"),
        "table": tmp_path / "table.csv",
        "gone": tmp_path / "gone.osm.pbf",
        "cut": tmp_path / "cut.osm",
        "out": tmp_path / "out" / "roads.gpkg",
        "folder": tmp_path / "out",
    }
    given["table"].write_text("lon,lat\n114,30\n", encoding="utf-8")
    given["cut"].write_bytes(osm.read_bytes()[:900])
    (tmp_path / "out").mkdir()
    ended, said, error = run("roads", "import", *(argument.format(**given) for argument in arguments))
    assert (ended, said) == (2, "")
    assert error.startswith(f"{code}: ")
    assert says in error
    assert list((tmp_path / "out").iterdir()) == []


# ---- fetch --------------------------------------------------------------------------------------------------------


@pytest.mark.enable_socket
@pytest.mark.allow_hosts(["127.0.0.1"])
def test_fetch_writes_a_file_of_roads(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By box: the halo is asked for too. The file knows both areas; offline the same command gives the same bytes."""
    out = tmp_path / "roads.gpkg"
    with serve() as server:
        monkeypatch.setattr(fetch, "ALLOWED", (server.overpass,))
        command = (
            "roads",
            "fetch",
            "--bbox",
            "114.0,30.5,114.02,30.51",
            "--server",
            server.overpass,
            "--json",
            "--out",
        )
        code, said, error = run(*command, out)
        assert code == 0, error
        (query,) = server.queries()
    figures = json.loads(said)
    assert (figures["ways_kept"], figures["halo_m"], figures["data_of"]) == (2, 1400, overpass.TIME)
    layer = read_roads(out)
    assert sorted(layer.frame["highway"]) == ["primary", "residential"]
    note = read_table(out).note
    assert note is not None
    assert note.study.bounds == (114.0, 30.5, 114.02, 30.51)
    assert server.overpass in note.origin
    asked = np.array(query.split("poly:'")[1].split("'")[0].split(), dtype=float).reshape(-1, 2)
    west, south = asked[:, 1].min(), asked[:, 0].min()
    assert geodesic_m(np.array([[114.0, 30.5]]), np.array([[west, 30.5]]))[0] >= 1400
    assert geodesic_m(np.array([[114.0, 30.5]]), np.array([[114.0, south]]))[0] >= 1400
    again = tmp_path / "again.gpkg"
    code, *_ = run(*command, again, "--offline")
    assert code == 0
    assert again.read_bytes() == out.read_bytes()


@pytest.mark.enable_socket
@pytest.mark.allow_hosts(["127.0.0.1"])
def test_fetch_finds_a_place(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The name as the server knows it is told, so that a namesake is noticed."""
    out = tmp_path / "roads.parquet"
    found = overpass.nominatim("长兴镇, 崇明区, 上海市", (114.0, 30.5, 114.02, 30.51))
    with serve(found) as names, serve() as server:
        monkeypatch.setattr(fetch, "ALLOWED", (server.overpass, names.url))
        monkeypatch.setattr(
            fetch.find_place, "__kwdefaults__", {**fetch.find_place.__kwdefaults__, "server": names.url}
        )
        code, said, error = run("roads", "fetch", "长兴", "--server", server.overpass, "--json", "--out", out)
        assert code == 0, error
    assert json.loads(said)["place"] == "长兴镇, 崇明区, 上海市"
    assert len(read_roads(out).frame) == 2


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["长兴县", "--offline"], "fetch_offline"),
        (["--bbox", "114,30.5,114.02,30.51", "--offline"], "fetch_offline"),
        (["--bbox", "114,30.5,114.02,30.51", "--server", "https://example.org/api"], "fetch_server_refused"),
        (["--bbox", "113,30,115,31.5"], "fetch_area_too_large"),
        ([], "place_or_bbox"),
        (["长兴县", "--bbox", "114,30.5,114.02,30.51"], "place_or_bbox"),
        (["--bbox", "1,2,3"], "bad_bbox"),
    ],
)
def test_fetch_refuses_before_anybody_is_asked(
    arguments: list[str], code: str, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sockets are closed in this test; nothing is written."""
    monkeypatch.setattr(fetch.subprocess, "run", None)
    out = tmp_path / "roads.gpkg"
    ended, said, error = run("roads", "fetch", *arguments, "--out", out)
    assert (ended, said) == (2, "")
    assert error.startswith(f"{code}: ")
    assert not out.exists()
