"""Elevation rasters and what slope does to those who travel. Worked by hand on tilted planes."""

import math
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import rasterio
from hypothesis import given
from hypothesis import strategies as st
from scipy.interpolate import RegularGridInterpolator

import geo.raster
from coverage.network import Network, build_network
from coverage.pairs import pairs_within
from coverage.profiles import load_profile
from coverage.slope import STEEPEST, Terrain, read_terrain, tobler_ratio
from coverage.usable import usable_by
from geo.errors import CrsError, DataError, FileError
from geo.raster import read_elevation
from layers.layer import Source
from tests.builders import ORIGIN, Road, at, demand, facilities, minutes_of, parameters, roads, row_of, solve
from tests.rasters import METRIC, Height, plane, write_raster
from tests.worlds import World, town, towns

NEAR = 1e-5
UP5, UP10 = math.exp(-3.5 * 0.05), math.exp(-3.5 * 0.10)
DOWN5 = math.exp(3.5 * 0.05)
KM = [(0, 0), (1000, 0)]
Hill = Callable[..., Terrain]


@pytest.fixture
def hill(tmp_path: Path) -> Hill:
    """The terrain of a network on a formula."""

    def make(network: Network, height: Height, **given: object) -> Terrain:
        return read_terrain(write_raster(tmp_path / "elevation.tif", height, **given), network)

    return make


def seconds(network: Network, profile: str, terrain: Terrain | None) -> tuple[float, float]:
    """Along the only edge, from its western end and back."""
    usable = usable_by(network, load_profile(profile), terrain)
    assert network.edges == 1
    both = usable.forward_s.item(), usable.backward_s.item()
    return both if network.node_lonlat[network.u[0], 0] < network.node_lonlat[network.v[0], 0] else both[::-1]


# ---------------------------------------------------------------------- the formula
@pytest.mark.parametrize(
    ("percent", "ratio"),
    [(5, 0.84), (10, 0.70), (15, 0.59), (20, 0.50), (-5, 1.19), (-10, 1.00), (-20, 0.70), (0, 1.00)],
)
def test_tobler(percent: float, ratio: float) -> None:
    """The figures of the domain sheet; for elders no gain downhill, and the same loss."""
    slope = np.array([percent / 100])
    free, capped = (load_profile(name).tobler for name in ("adult", "elder75"))
    assert free is not None
    assert capped is not None
    assert tobler_ratio(slope, free).round(2).item() == ratio
    assert tobler_ratio(slope, capped).round(2).item() == min(ratio, 1.0)


# ---------------------------------------------------------------------- walkers on a tilted plane
@pytest.mark.parametrize(
    ("profile", "mps", "down"),
    [("adult", 1.25, DOWN5), ("child", 0.9, DOWN5), ("elder", 1.0, 1.0), ("aided", 0.6, 1.0)],
)
def test_up_and_down_a_plane(profile: str, mps: float, down: float, hill: Hill) -> None:
    """1 km eastwards, 5 % uphill: slower by 0.84; back 1.19 times as fast, but not for elders."""
    network = build_network(roads(KM))
    there, back = seconds(network, profile, hill(network, plane(0.05)))
    assert there == pytest.approx(1000 / (mps * UP5), rel=1e-5)
    assert back == pytest.approx(1000 / (mps * down), rel=1e-5)


def test_the_speed_of_the_user_climbs_too(hill: Hill) -> None:
    network = build_network(roads(KM))
    usable = usable_by(network, load_profile("elder", speed_mps=1.1), hill(network, plane(0.05)))
    slowest = max(usable.forward_s.item(), usable.backward_s.item())
    assert slowest == pytest.approx(1000 / (1.1 * UP5), rel=1e-5)


def test_across_the_slope_it_is_flat(hill: Hill) -> None:
    network = build_network(roads(KM))
    assert seconds(network, "adult", hill(network, plane(0.0, 0.2))) == pytest.approx((800, 800), rel=1e-4)


def test_to_and_from_a_facility_on_a_hill(hill: Hill) -> None:
    """[T12] From the foot up to the facility at the top 1 km at 0.84; from it down at 1.19. And between pairs."""
    network = build_network(roads(KM))
    terrain = hill(network, plane(0.05))
    layers = facilities({"F1": (1000, 0)}), demand({"D1": (0, 0)})
    up, down = 800 / UP5 / 60, 800 / DOWN5 / 60
    for direction, minutes in (("to", up), ("from", down)):
        result = solve(network, *layers, terrain=terrain, direction=direction)
        assert minutes_of(result, "D1") == pytest.approx(minutes, rel=1e-5)
    for start, end, minutes in ((layers[1], layers[0], up), (layers[0], layers[1], down)):
        table = pairs_within(network, parameters(island_nodes=0), start, end, 60, terrain)
        assert table["minutes"].item() == pytest.approx(minutes, rel=1e-5)
    flat = [solve(network, *layers, direction=direction) for direction in ("to", "from")]
    assert [minutes_of(result, "D1") for result in flat] == pytest.approx([800 / 60] * 2)


def test_on_one_edge_time_is_spread_by_length(hill: Hill) -> None:
    """A quarter of the way takes a quarter of the time."""
    network = build_network(roads(KM))
    terrain = hill(network, plane(0.05))
    result = solve(network, facilities({"F1": (1000, 0)}), demand({"D1": (750, 0)}), terrain=terrain)
    assert minutes_of(result, "D1") == pytest.approx(200 / UP5 / 60, rel=1e-5)


def test_a_ridge_between_two_vertices_is_climbed(hill: Hill) -> None:
    """Up 5 % for 500 m and down again, on a line without a vertex at the top: no shortcut through the hill."""
    network = build_network(roads(KM))
    terrain = hill(network, lambda x, _y: 500 - 0.05 * np.abs(x - 500), cell=5)
    assert seconds(network, "adult", terrain) == pytest.approx([500 / 1.25 * (1 / UP5 + 1 / DOWN5)] * 2, rel=2e-3)


def test_what_is_too_steep_is_no_street(hill: Hill) -> None:
    """A cliff of 300 %: taken as the steepest slope."""
    network = build_network(roads(KM))
    terrain = hill(network, plane(3.0))
    assert np.abs(terrain.slope).max() == STEEPEST
    assert seconds(network, "adult", terrain)[0] == pytest.approx(800 * math.exp(3.5 * STEEPEST), rel=1e-5)


def test_steps_have_their_factor_already(hill: Hill) -> None:
    network = build_network(roads(Road(KM, highway="steps")))
    assert seconds(network, "adult", hill(network, plane(0.3))) == pytest.approx((1600, 1600))


def test_a_ferry_does_not_climb(hill: Hill) -> None:
    network = build_network(roads(Road(KM, highway="ferry", ferry_mps=2.0)))
    assert seconds(network, "adult", hill(network, plane(0.3))) == pytest.approx((500, 500))


# ---------------------------------------------------------------------- wheels
@pytest.mark.parametrize(
    ("slope", "road", "kmh"),
    [
        (0.05, Road(KM, highway="primary"), 50),
        (0.08, Road(KM, highway="primary"), 40),
        (-0.08, Road(KM, highway="primary"), 40),
        (0.08, Road(KM, highway="primary", maxspeed_kmh=45), 40),
        (0.08, Road(KM, highway="primary", maxspeed_kmh=30), 30),
    ],
)
def test_a_driver_is_slower_where_it_is_steeper_than_six_per_cent(
    slope: float, road: Road, kmh: float, hill: Hill
) -> None:
    network = build_network(roads(road))
    assert seconds(network, "drive", hill(network, plane(slope))) == pytest.approx([3600 / kmh] * 2, rel=1e-5)


def test_a_driver_on_a_road_that_is_steep_in_part(hill: Hill) -> None:
    """Flat for 500 m, then 8 %: 500 m at 50 and 500 m at 40 km/h, but for the cell of the change."""
    network = build_network(roads(Road(KM, highway="primary")))
    terrain = hill(network, lambda x, _y: 500 + 0.08 * np.maximum(x - 500, 0), cell=5)
    assert seconds(network, "drive", terrain) == pytest.approx([36 + 45] * 2, abs=0.3)


def test_motors_that_are_given_one_speed_do_not_slow_down(hill: Hill) -> None:
    """An e-bike, and a driver whose speed the user gave."""
    network = build_network(roads(KM))
    terrain = hill(network, plane(0.1))
    assert seconds(network, "ebike", terrain) == pytest.approx([1000 / 4.17] * 2)
    usable = usable_by(network, load_profile("drive", speed_mps=10), terrain)
    assert usable.forward_s.item() == pytest.approx(100)


# ---------------------------------------------------------------------- bridges and tunnels
def _gorge(x: np.ndarray, _y: np.ndarray) -> np.ndarray:
    """A plain at 500 m with a gorge of 100 m depth from 200 to 800 m."""
    return np.where((x > 200) & (x < 800), 400.0, 500.0)


@pytest.mark.parametrize("kind", ["bridge", "tunnel"])
@pytest.mark.parametrize("pieces", [1, 3])
def test_a_bridge_does_not_follow_the_ground(kind: str, pieces: int, hill: Hill) -> None:
    """Over the gorge it is flat, also where the bridge is drawn in pieces that differ in their limit."""
    ends = np.linspace(150, 850, pieces + 1)
    spans = [
        Road([(a, 0), (b, 0)], maxspeed_kmh=30 + k, **{kind: True})
        for k, (a, b) in enumerate(zip(ends[:-1].tolist(), ends[1:].tolist(), strict=True))
    ]
    approach = [Road([(0, 0), (150, 0)]), Road([(850, 0), (1000, 0)])]
    layers = facilities({"F1": (1000, 0)}), demand({"D1": (0, 0)})
    for streets, flat in (([*approach, *spans], True), ([Road(KM)], False)):
        network = build_network(roads(*streets))
        result = solve(network, *layers, terrain=hill(network, _gorge))
        assert (minutes_of(result, "D1") == pytest.approx(800 / 60, rel=1e-6)) == flat


def test_a_ramp_in_the_middle_of_a_bridge(hill: Hill) -> None:
    """Three spans of 100, 100 and 200 m meet above the water; their ends lie at 0, 0 and 10 m.

    The height where they meet is their mean weighted by 1/length: 10 · 0.005 / 0.025 = 2 m.
    """
    spans = [[(0, 0), (100, 0)], [(200, 0), (100, 0)], [(100, 200), (100, 0)]]
    network = build_network(roads(*(Road(span, bridge=True) for span in spans), *([(x, y), (x, y + 50)] for x, y in
                                    ((0, 0), (200, 0), (100, 200)))))  # fmt: skip
    terrain = hill(network, lambda x, y: np.where((y > 150) & (y < 300), 10.0, np.where(y > 75, -50.0, 0.0)), cell=10)
    bridge = np.asarray(network.ways["off_ground"])[network.way]
    rise = np.abs(terrain.slope[terrain.offsets[:-1]] * network.length_m)[bridge]
    assert sorted(rise.tolist()) == pytest.approx([2, 2, 8], abs=1e-4)


def test_a_bridge_that_touches_no_ground_has_no_heights(hill: Hill) -> None:
    network = build_network(roads(Road(KM, bridge=True), Road([(2000, 0), (2500, 0)])))
    terrain = hill(network, plane(0.05))
    bridge = np.asarray(network.ways["off_ground"])[network.way]
    assert terrain.unknown_share(bridge) == 1.0
    assert terrain.unknown_share(~bridge) == 0.0
    assert terrain.unknown_share(np.zeros(network.edges, dtype=bool)) is None
    there, back = terrain.walking_ratios(load_profile("adult").tobler)
    assert (there[bridge].item(), back[bridge].item()) == (1.0, 1.0)


# ---------------------------------------------------------------------- what the raster does not know
def test_where_there_is_no_height_it_is_flat_and_told(hill: Hill) -> None:
    """[D28] The eastern half has none: 500 m at 0.84 and 500 m on the flat, but for the cell of the change."""
    network = build_network(roads(KM))
    terrain = hill(network, lambda x, _y: np.where(x < 500, 500 + 0.05 * x, np.nan), cell=5, nodata=-9999.0)
    assert seconds(network, "adult", terrain)[0] == pytest.approx(400 / UP5 + 400, rel=0.01)
    result = solve(network, facilities({"F1": (0, 0)}), demand({"D1": (1000, 0)}), terrain=terrain)
    slope = result.summary["parameters"]["slope"]
    assert slope["share_without_elevation"] == pytest.approx(0.5, abs=0.04)
    told = [finding for finding in result.findings["roads"] if finding.code == "without_elevation"]
    assert [finding.severity for finding in told] == ["warn"]


@pytest.mark.parametrize("mark", [-9999.0, -32768.0, -3.4e38, 1e6])
def test_marks_that_nobody_declared_are_no_heights(mark: float, tmp_path: Path) -> None:
    """[D28] What cannot be a height of the ground is none, declared or not."""
    height: Height = lambda x, _y: np.where(x < 0, mark, 500.0)  # noqa: E731  # a formula
    raster = read_elevation(write_raster(tmp_path / "a.tif", height), (*at(-500, -500), *at(500, 500)))
    found = raster.at(np.array([at(-300, 0), at(300, 0)]))
    assert math.isnan(found[0])
    assert found[1] == pytest.approx(500)


def test_in_the_middle_of_a_cell_its_own_height_is_enough(tmp_path: Path) -> None:
    """The cell to the east has none: from the middle on there is no height, in the middle there is."""
    file = write_raster(
        tmp_path / "a.tif", lambda x, _y: np.where(x < 100, 7.0, np.nan), cell=100, box=(0.0, 0.0, 200.0, 100.0)
    )
    raster = replace(read_elevation(file, (*at(0, 0), *at(200, 100))), to_cell=(1, 0, 0, 0, 1, 0), crs="EPSG:4326")
    assert raster.at(np.array([[0.5, 0.5], [0.3, 0.1]])).tolist() == [7, 7]
    assert np.isnan(raster.at(np.array([[0.501, 0.5], [1.5, 0.5]]))).all()


def test_whole_numbers_with_a_mark_a_scale_and_an_offset(tmp_path: Path) -> None:
    """Decimetres above 100 m, as 16-bit numbers."""
    height: Height = lambda x, _y: np.where(x < 0, -32768, 25.0)  # noqa: E731
    file = write_raster(tmp_path / "a.tif", height, dtype="int16", nodata=-32768)
    with rasterio.open(file, "r+") as dataset:
        dataset.scales, dataset.offsets = (0.1,), (100.0,)
    found = read_elevation(file, (*at(-500, -500), *at(500, 500))).at(np.array([at(-300, 0), at(300, 0)]))
    assert math.isnan(found[0])
    assert found[1] == pytest.approx(102.5)


def test_heights_between_cells_and_at_the_rim(tmp_path: Path) -> None:
    """Two cells of 100 m with 0 and 10 m: half-way 5 m; to the outer rim the height of the cell; beyond it none."""
    file = write_raster(
        tmp_path / "a.tif", lambda x, _y: np.where(x < 100, 0.0, 10.0), cell=100, box=(0.0, 0.0, 200.0, 100.0)
    )
    raster = read_elevation(file, (*at(0, 0), *at(200, 100)))
    assert raster.height_m.shape == (1, 2)
    assert raster.cell_m == pytest.approx(100, rel=1e-4)
    places = np.array([at(x, 50) for x in (1, 50, 75, 100, 149, 199, 201, -1)])
    expected = [0, 0, 2.5, 5, 9.9, 10, math.nan, math.nan]
    assert raster.at(places).tolist() == pytest.approx(expected, abs=1e-3, nan_ok=True)
    assert math.isnan(raster.at(np.array([at(50, 101)])).item())


@pytest.mark.parametrize(
    ("crs", "cell"), [("EPSG:4326", 0.0002), ("EPSG:32650", 25.0), ("EPSG:4490", 0.0002), ("EPSG:3857", 30.0)]
)
def test_a_raster_in_another_reference_system(crs: str, cell: float, tmp_path: Path) -> None:
    """The same plane, in degrees or in metres of another zone: the same heights to a millimetre, the same times."""
    file = write_raster(tmp_path / "a.tif", plane(0.05, 0.02), crs=crs, cell=cell)
    network = build_network(roads(KM))
    raster = read_elevation(file, (*at(0, 0), *at(1000, 10)))
    places = [(0.0, 0.0), (333.0, 5.0), (1000.0, 10.0)]
    found = raster.at(np.array([at(*place) for place in places]))
    assert found.tolist() == pytest.approx([500 + 0.05 * x + 0.02 * y for x, y in places], abs=2e-3)
    assert seconds(network, "adult", read_terrain(file, network))[0] == pytest.approx(800 / UP5, rel=1e-4)


def test_a_raster_that_is_turned(tmp_path: Path) -> None:
    """Rows may run north, columns west: the file says how."""
    file = tmp_path / "a.tif"
    ((x, y),) = network_metres([(0, 0)])
    turned = rasterio.Affine(0.0, 10.0, x - 500, 10.0, 0.0, y - 500)  # column counts north, row counts east
    values = 500 + 0.05 * (np.arange(100)[:, None] * 10 + 5 - 500) + np.zeros((100, 100))
    profile = {"driver": "GTiff", "width": 100, "height": 100, "count": 1, "dtype": "float32"}
    with rasterio.open(file, "w", **profile, crs=METRIC, transform=turned) as dataset:
        dataset.write(values.astype("float32"), 1)
    found = read_elevation(file, (*at(-100, -100), *at(100, 100))).at(np.array([at(-80, 30), at(60, -70)]))
    assert found.tolist() == pytest.approx([496, 503], abs=1e-3)


def network_metres(places: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    return [tuple(row) for row in geo.raster.from_lonlat(METRIC, np.array([at(*place) for place in places])).tolist()]


def test_only_the_part_around_the_roads_is_read(tmp_path: Path) -> None:
    file = write_raster(tmp_path / "a.tif", plane(0.05))
    raster = read_elevation(file, (*at(0, 0), *at(300, 300)))
    assert max(raster.height_m.shape) <= 300 / 30 + 6


# ---------------------------------------------------------------------- what is refused
def test_a_vrt_is_refused_whatever_its_name(tmp_path: Path) -> None:
    """A VRT reads the files that it names."""
    secret = write_raster(tmp_path / "secret.tif", plane(0.0))
    text = (
        '<VRTDataset rasterXSize="10" rasterYSize="10"><VRTRasterBand dataType="Float32" band="1"><SimpleSource>'
        f'<SourceFilename relativeToVRT="0">{secret}</SourceFilename></SimpleSource></VRTRasterBand></VRTDataset>'
    )
    for name in ("a.vrt", "a.tif"):
        file = tmp_path / name
        file.write_text(text, encoding="utf-8")
        with pytest.raises(rasterio.errors.RasterioIOError):  # the driver is off, whoever asks
            rasterio.open(file)
        with pytest.raises(FileError) as caught:
            read_elevation(file, (*at(0, 0), *at(300, 300)))
        assert caught.value.code == "not_a_geotiff"


def test_gdal_is_asked_for_geotiff_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Second lock: even past the first bytes no other driver sees the file."""
    asked = {}
    genuine = rasterio.open

    def spy(path: object, **given: object) -> object:
        asked.update(given)
        return genuine(path, **given)

    file = write_raster(tmp_path / "a.tif", plane(0.0))
    monkeypatch.setattr(rasterio, "open", spy)
    read_elevation(file, (*at(0, 0), *at(300, 300)))
    assert asked == {"driver": "GTiff"}


BAD = {
    "vsi": ("/vsicurl/http://198.51.100.7/a.tif", FileError, "not_a_local_file"),
    "missing": ("none.tif", FileError, "file_missing"),
}


@pytest.mark.parametrize("case", sorted(BAD))
def test_paths_that_are_no_local_file(case: str, tmp_path: Path) -> None:
    name, error, code = BAD[case]
    path = Path(name) if case == "vsi" else tmp_path / name
    with pytest.raises(error) as caught:
        read_elevation(path, (*at(0, 0), *at(300, 300)))
    assert caught.value.code == code


def test_rasters_that_are_no_elevation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    around = (*at(0, 0), *at(300, 300))

    def code(file: Path) -> str:
        with pytest.raises((FileError, DataError)) as caught:
            read_elevation(file, around)
        for lang in ("zh", "en"):
            assert caught.value.message(lang)
            assert caught.value.hint(lang)
        return caught.value.code

    assert code(write_raster(tmp_path / "rgb.tif", plane(0.0), bands=3)) == "not_elevation"
    assert code(write_raster(tmp_path / "complex.tif", plane(0.0), dtype="complex64")) == "not_elevation"
    feet = write_raster(tmp_path / "feet.tif", plane(0.0))
    with rasterio.open(feet, "r+") as dataset:
        dataset.units = ("US survey foot",)
    assert code(feet) == "elevation_unit"
    away = write_raster(tmp_path / "away.tif", plane(0.0), box=(5000.0, 5000.0, 9000.0, 9000.0))
    assert code(away) == "elevation_elsewhere"
    bare = tmp_path / "bare.tif"
    with (
        pytest.warns(rasterio.errors.NotGeoreferencedWarning),
        rasterio.open(bare, "w", driver="GTiff", width=2, height=2, count=1, dtype="float32") as dataset,
    ):
        dataset.write(np.zeros((1, 2, 2), dtype="float32"))
    assert code(bare) == "no_crs"
    old = write_raster(tmp_path / "old.tif", plane(0.0))
    with rasterio.open(old, "r+") as dataset:
        dataset.crs = "EPSG:2422"  # Beijing 1954: no public transformation
    assert code(old) == "no_datum_transformation"
    cut = tmp_path / "cut.tif"
    cut.write_bytes(feet.read_bytes()[:2000])
    assert code(cut) == "file_damaged"
    monkeypatch.setattr(geo.raster, "MOST_CELLS", 50)
    assert code(write_raster(tmp_path / "fine.tif", plane(0.0))) == "elevation_too_fine"


def test_without_rasterio_the_error_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = write_raster(tmp_path / "a.tif", plane(0.0))
    monkeypatch.setitem(sys.modules, "rasterio", None)
    with pytest.raises(FileError, match="rasterio") as caught:
        read_elevation(file, (*at(0, 0), *at(300, 300)))
    assert "requirements-raster.txt" in caught.value.hint("en")


def test_a_missing_system_is_named_with_its_file(tmp_path: Path) -> None:
    old = write_raster(tmp_path / "old.tif", plane(0.0))
    with rasterio.open(old, "r+") as dataset:
        dataset.crs = "EPSG:2422"
    with pytest.raises(CrsError, match=r"old\.tif"):
        read_elevation(old, (*at(0, 0), *at(300, 300)))


def test_heights_of_another_network_are_refused(hill: Hill) -> None:
    network, other = build_network(roads(KM)), build_network(roads([(0, 0), (900, 0)]))
    with pytest.raises(ValueError, match="another network"):
        usable_by(other, load_profile("adult"), hill(network, plane(0.05)))


# ---------------------------------------------------------------------- what the result says
def test_the_summary_names_the_raster_and_what_slope_did(hill: Hill, tmp_path: Path) -> None:
    network = build_network(roads(Road(KM, highway="primary")))
    terrain = hill(network, plane(0.05))
    layers = facilities({"F1": (0, 0)}), demand({"D1": (1000, 0)})
    said = {}
    for profile in ("adult", "elder", "ebike", "drive"):
        summary = solve(network, *layers, terrain=terrain, profile=profile).summary
        (entry,) = [entry for entry in summary["inputs"] if entry["kind"] == "elevation"]
        assert (entry["file"], entry["crs"], len(entry["sha256"])) == ("elevation.tif", METRIC, 64)
        assert ("slope" in summary["parameters"]["ignored"]) == (profile == "ebike")
        assert ("slope of access legs" in summary["parameters"]["ignored"]) == (profile != "ebike")
        said[profile] = summary["parameters"]["slope"]
    assert said["ebike"] is None
    assert said["adult"]["formula"].startswith("Tobler")
    assert [said[name]["downhill_cap"] for name in ("adult", "elder", "drive")] == [None, 1.0, None]
    assert {said[name]["share_without_elevation"] for name in ("adult", "elder", "drive")} == {0.0}
    assert "0.8" in said["drive"]["formula"]
    given = solve(network, *layers, terrain=terrain, profile="drive", speed_mps=9.0).summary["parameters"]
    assert given["slope"] is None
    assert "slope" in given["ignored"]


# ---------------------------------------------------------------------- laws
def random_terrain(network: Network, seed: int, *, flat: bool = False) -> Terrain:
    """Any slopes at all, two steps to an edge."""
    rng = np.random.default_rng(seed)
    run_m = np.repeat(network.length_m / 2, 2)
    slope = np.zeros(len(run_m)) if flat else rng.uniform(-STEEPEST, STEEPEST, len(run_m))
    return Terrain(network.key, Source("a.tif", "0" * 64), np.arange(network.edges + 1) * 2, run_m, slope,
                   np.zeros(network.edges))  # fmt: skip


def minutes(world: World, terrain: Terrain | None, network: Network, **given: object) -> np.ndarray:
    layers = world.facilities(), world.demand()
    result = solve(network, *layers, terrain=terrain, report_minutes=600, island_nodes=0, **given)
    return result.demand["minutes"].fillna(np.inf).to_numpy(dtype=float)


@given(towns(), st.integers(0, 2**32 - 1), st.sampled_from(["elder", "elder75", "aided"]))
def test_no_hill_makes_an_elder_faster(world: World, seed: int, profile: str) -> None:
    network = world.network()
    with_hills = minutes(world, random_terrain(network, seed), network, profile=profile)
    assert (with_hills >= minutes(world, None, network, profile=profile) - 1e-6).all()


@given(towns(), st.integers(0, 2**32 - 1), st.sampled_from(["adult", "elder", "ebike", "drive"]))
def test_flat_land_is_as_no_land(world: World, seed: int, profile: str) -> None:
    """Without slope, and without a raster: the same times."""
    network = world.network()
    flat = minutes(world, random_terrain(network, seed, flat=True), network, profile=profile)
    assert flat == pytest.approx(minutes(world, None, network, profile=profile), abs=2e-6)


@given(towns(plain=True), st.integers(0, 2**32 - 1))
def test_there_and_back_over_turned_hills(world: World, seed: int) -> None:
    """[T12] To the facility over hills takes as long as from it over the same hills upside down."""
    network = world.network()
    hills = random_terrain(network, seed)
    turned = Terrain(hills.network_key, hills.source, hills.offsets, hills.run_m, -hills.slope, hills.unknown_m)
    to = minutes(world, hills, network, profile="adult", direction="to")
    assert to == pytest.approx(minutes(world, turned, network, profile="adult", direction="from"), abs=2e-6)
    assert (to != minutes(world, None, network, profile="adult", direction="to")).any()


def test_bumpy_ground_edge_by_edge(tmp_path: Path) -> None:
    """Another way to the same ratios: scipy's interpolation on the file's own cells, and loops over steps."""
    file = write_raster(tmp_path / "a.tif", lambda x, y: 300 + 20 * np.sin(x / 90) + 15 * np.cos(y / 70 + x / 200))
    network = town(8, side=4, plain=True).network()
    with rasterio.open(file) as dataset:
        heights, transform = dataset.read(1)[::-1], dataset.transform
    x = transform.c + transform.a * (np.arange(heights.shape[1]) + 0.5)
    y = transform.f + transform.e * (np.arange(heights.shape[0]) + 0.5)
    at_xy = RegularGridInterpolator((y[::-1], x), heights.astype(float))
    there, back = read_terrain(file, network).walking_ratios(load_profile("adult").tobler)
    for edge in range(network.edges):
        rows = range(network.offsets[edge], network.offsets[edge + 1])
        total_m, seconds_there, seconds_back = 0.0, 0.0, 0.0
        for a, b in pairwise(rows):
            metres = network.along_m[b] - network.along_m[a]
            steps = max(1, math.ceil(metres / 30.0))
            shares = np.linspace(0, 1, steps + 1)[:, None]
            lonlat = network.lonlat[a] + shares * (network.lonlat[b] - network.lonlat[a])
            for low, high in pairwise(at_xy(network.crs.forward(lonlat)[:, ::-1]).tolist()):
                slope = min(max((high - low) / (metres / steps), -STEEPEST), STEEPEST)
                seconds_there += metres / steps / math.exp(-3.5 * (abs(slope + 0.05) - 0.05))
                seconds_back += metres / steps / math.exp(-3.5 * (abs(-slope + 0.05) - 0.05))
            total_m += metres
        assert there[edge] == pytest.approx(total_m / seconds_there, rel=1e-6)
        assert back[edge] == pytest.approx(total_m / seconds_back, rel=1e-6)


def test_steps_of_a_real_town_add_up(hill: Hill) -> None:
    """The steps of each edge are as long as the edge, and climb from end to end."""
    world = town(5)
    network = world.network()
    terrain = hill(network, plane(0.03, -0.04))
    length_m = np.add.reduceat(terrain.run_m, terrain.offsets[:-1])
    assert length_m == pytest.approx(network.length_m, rel=1e-12)
    climbed = np.add.reduceat(terrain.run_m * terrain.slope, terrain.offsets[:-1])
    x, y = (network.crs.forward(network.node_lonlat) - network.crs.forward(np.array([ORIGIN]))).T
    height = 0.03 * x - 0.04 * y
    assert climbed == pytest.approx(height[network.v] - height[network.u], abs=2e-3)
    assert terrain.unknown_share(np.ones(network.edges, dtype=bool)) == 0


def test_snapping_does_not_look_at_heights(hill: Hill) -> None:
    """A place belongs to the road nearest on the map."""
    network = build_network(roads(KM))
    places = facilities({"F1": (0, 0)}), demand({"D1": (300, 40)})
    result = solve(network, *places, terrain=hill(network, plane(0.0, 0.4)))
    assert row_of(result.demand, "D1")["access_m"] == pytest.approx(40, abs=0.01)
    assert minutes_of(result, "D1") == pytest.approx(340 / 1.25 / 60, rel=1e-4)
