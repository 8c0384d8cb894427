"""D28, people on rasters: no data in all its forms, cells partly inside, density and count, other reference systems.

Cells are 100 m in the zone's metres from the origin of :mod:`tests.builders` unless a test says otherwise.
"""

import json
import math
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.crs import from_lonlat, to_lonlat
from geo.errors import CrsError, DataError, FileError, RequestError
from geo.population_raster import PopulationRaster, people_on, read_population
from layers.options import ReadOptions
from layers.population import population_of
from layers.raster_demand import people_of_units, read_people
from layers.read import read_layer
from layers.workspace import open_workspace
from tests.builders import ORIGIN, at, path, units
from tests.rasters import METRIC
from tests.study import cli, coverage_arguments, load, properties, world, write_study

LOWEST = float(np.finfo(np.float32).min)


def write(
    target: Path,
    cells: Any,
    *,
    dtype: str = "float32",
    nodata: float | None = None,
    crs: str | None = METRIC,
    cell: float = 100.0,
    start: tuple[float, float] | None = None,
    unit: str = "",
    bands: int = 1,
) -> Path:
    """A raster whose first cell's upper left corner is the origin, or ``start`` in its own system."""
    array = np.array(cells, dtype=dtype)
    if start is None:
        start = tuple(from_lonlat(METRIC, np.array([ORIGIN]))[0])
    place = rasterio.Affine(cell, 0.0, start[0], 0.0, -cell, start[1])
    with rasterio.open(
        target, "w", driver="GTiff", width=array.shape[1], height=array.shape[0], count=bands, dtype=dtype, crs=crs,
        transform=place, nodata=nodata,
    ) as dataset:  # fmt: skip
        for band in range(1, bands + 1):
            dataset.write(array, band)
        if unit:
            dataset.units = [unit] * bands
    return target


def codes(raster: PopulationRaster) -> list[str]:
    return [finding.code for finding in raster.findings]


@pytest.mark.parametrize(
    ("dtype", "mark", "declared"),
    [
        ("float32", -9999.0, True), ("float32", -9999.0, False), ("float32", LOWEST, True),
        ("float32", LOWEST, False), ("float32", math.nan, False), ("float32", math.nan, True),
        ("float64", 1e30, False), ("float32", math.inf, False), ("int32", -200, False), ("int16", -1, True),
        ("uint16", 65535, False), ("uint32", 2**32 - 1, False), ("uint8", 255, True), ("int32", 99_999_999, False),
    ],
)  # fmt: skip
def test_d28_no_data_is_nobody_declared_or_not(tmp_path: Path, dtype: str, mark: float, *, declared: bool) -> None:
    file = write(tmp_path / "p.tif", [[5, mark], [mark, 7]], dtype=dtype, nodata=mark if declared else None)
    raster = read_population(file)
    assert raster.total == 12
    assert raster.people.tolist() == [[5, 0], [0, 7]]
    quiet = declared or not math.isfinite(mark)
    assert ("raster_marks" in codes(raster)) == (not quiet)
    if not quiet:
        told = next(finding for finding in raster.findings if finding.code == "raster_marks")
        assert told.facts == {"count": 2, "values": f"{np.array(mark, dtype=dtype):g}"}


def test_d28_a_wrong_declaration_hides_no_mark(tmp_path: Path) -> None:
    """-9999 is declared, and the sea is -3.4e38."""
    raster = read_population(write(tmp_path / "p.tif", [[5, -9999], [LOWEST, 7]], nodata=-9999.0))
    assert raster.total == 12


def test_d28_the_largest_number_of_its_type_is_a_mark_in_cells_of_any_size(tmp_path: Path) -> None:
    """65,535 people may live on a square kilometre; in 16 bits it stands for nobody."""
    cells = [[65535, 65534]]
    assert read_population(write(tmp_path / "p.tif", cells, dtype="uint16", cell=1000.0)).total == 65534
    assert read_population(write(tmp_path / "q.tif", cells, dtype="int32", cell=1000.0)).total == 131_069
    assert read_population(write(tmp_path / "r.tif", [[255, 1]], dtype="uint8")).total == 256


def test_d28_density_is_people_by_the_area_of_the_cell(tmp_path: Path) -> None:
    """A cell of 100 m has 0.01 km²: 300 and 500 people per km² are 3 and 5 people."""
    cells = [[300.0, 500.0]]
    density = read_population(write(tmp_path / "p.tif", cells), measure="per_km2")
    assert density.people.tolist() == [pytest.approx([3.0, 5.0], rel=1e-5)]
    assert density.measure == "per_km2"
    by_unit = read_population(write(tmp_path / "q.tif", cells, unit="people per sq km"))
    by_name = read_population(write(tmp_path / "chn_pd_2020.tif", cells))
    assert by_unit.total == by_name.total == density.total
    assert codes(by_unit) == ["raster_read"]
    assert codes(by_name) == ["raster_read", "raster_taken_as_density"]
    count = read_population(write(tmp_path / "r.tif", cells))
    assert (count.total, codes(count)) == (800, ["raster_read", "raster_taken_as_people"])
    assert codes(read_population(write(tmp_path / "s.tif", cells, unit="人"))) == ["raster_read"]


@pytest.mark.parametrize(
    "text", ["people/km2", "persons per km²", "1/km^2", "人/平方公里", "people per square kilometre", "km-2", "sq km"]
)
def test_d28_units_of_density(tmp_path: Path, text: str) -> None:
    assert read_population(write(tmp_path / "p.tif", [[300.0]], unit=text)).measure == "per_km2"


def test_d28_an_unknown_unit_is_refused_until_the_user_says_what_it_is(tmp_path: Path) -> None:
    file = write(tmp_path / "p.tif", [[300.0]], unit="people per hectare")
    with pytest.raises(DataError) as caught:
        read_population(file)
    assert caught.value.code == "population_unit"
    assert read_population(file, measure="people").total == 300


def test_d28_density_in_degrees_and_in_metres_is_the_same_people(tmp_path: Path) -> None:
    """1,000 people per km² on 0.2° by 0.2° at 30° N: 425 km² on the ellipsoid, 19.3 by 22.2 km."""
    degrees = read_population(
        write(tmp_path / "p.tif", np.full((200, 200), 1000.0), crs="EPSG:4326", cell=0.001, start=(114.0, 30.2)),
        measure="per_km2",
    )
    exact = 1000 * abs(_area_km2(114.0, 30.0, 114.2, 30.2))
    assert degrees.total == pytest.approx(exact, rel=1e-6)
    # The same land in the zone's metres, which are off by up to a few parts in 10,000 in area.
    square = from_lonlat(METRIC, np.array([[114.0, 30.2]]))[0]
    metres = read_population(
        write(tmp_path / "q.tif", np.full((223, 194), 1000.0), start=(square[0], square[1])), measure="per_km2"
    )
    corners = to_lonlat(METRIC, np.array([square, square + np.array([19_400, -22_300])]))
    assert metres.total == pytest.approx(1000 * abs(_area_km2(*corners[0], *corners[1])), rel=2e-3)
    assert metres.people[0, 0] == pytest.approx(10, rel=1e-3)


def _area_km2(west: float, one: float, east: float, other: float) -> float:
    from geo.crs import GEOD

    box = shapely.segmentize(shapely.box(west, one, east, other), 0.001)
    return float(GEOD.geometry_area_perimeter(box)[0]) / 1e6


def test_d28_a_cell_that_lies_partly_inside_counts_in_part(tmp_path: Path) -> None:
    """Four cells of 100 m with 10, 20, 40, 80 people; land of a quarter, a half, a half and all of them."""
    raster = read_population(write(tmp_path / "p.tif", [[10, 20], [40, 80]]))
    land = np.array([box(50, -200, 200, -50), box(0, -200, 200, 0), box(500, 500, 600, 600), None], dtype=object)
    found = people_on(raster, land)
    # East half of 40 and all of 80 in the lower row; of the upper row the lower half: a quarter of 10, a half of 20.
    assert found.people == pytest.approx([2.5 + 10 + 20 + 80, 150, 0, 0], rel=1e-4)
    assert (found.total, found.allocated) == (150, pytest.approx(150, rel=1e-6))
    assert found.unallocated == pytest.approx(0, abs=1e-3)


def box(west: float, south: float, east: float, north: float) -> shapely.Polygon:
    return shapely.Polygon(path([(west, south), (east, south), (east, north), (west, north)]))


def test_d28_c05_c06_units_have_their_people_and_the_rest_is_told(tmp_path: Path) -> None:
    raster = read_population(write(tmp_path / "p.tif", np.full((4, 4), 6.0)))
    county = units({"1": (-100, -400, 100, 0), "2": (100, -400, 300, 0)})
    county.frame.loc[len(county.frame)] = {"row": 3, "unit_code": "0", "name": "codes only", "geometry": None}
    table, left = people_of_units(raster, county)
    assert table["unit_code"].tolist() == ["0", "1", "2"]
    assert np.isnan(table["people"][0])
    assert table["people"][1:].tolist() == pytest.approx([24, 48], rel=1e-4)
    assert table["people"].sum() + left == pytest.approx(raster.total, rel=1e-9)
    # Overlapping units: land of both is unallocated to nobody twice.
    twice = units({"1": (0, -400, 300, 0), "2": (100, -400, 400, 0)})
    table, left = people_of_units(raster, twice)
    assert table["people"].tolist() == pytest.approx([72, 72], rel=1e-4)
    assert left == pytest.approx(0, abs=0.05)


def test_d28_a_cell_on_a_border_is_divided_among_the_units(tmp_path: Path) -> None:
    """Cells of 100 m with 8 people in whole, 0.9 in the last column; units meet at 125 m and end at 250 m."""
    cells = np.full((2, 3), 8.0)
    cells[:, 2] = 0.9
    file = write(tmp_path / "p.tif", cells)
    county = units({"1": (-10, -210, 125, 10), "2": (125, -210, 250, 10)})
    layer = read_people(file, county, "auto")
    found = population_of(county, None, layer)
    people = found.people(["1", "2"], column="pop")
    # Of 8 people a quarter of the cell has 2; of 0.9 half a cell has 0.45.
    assert [one.people for one in people.values()] == pytest.approx([2 * (8 + 2), 2 * (6 + 0.45)], abs=1e-3)
    assert math.fsum(layer.frame["pop"]) == pytest.approx(33.8, abs=1e-6)
    ids = set(layer.frame["demand_id"])
    assert {"r1c1", "r1c2#1", "r1c2#2", "r2c3#1", "r2c3#2"} <= ids
    assert "cut_by_units" in [finding.code for finding in layer.quality.findings]
    table, _ = people_of_units(read_population(file), county)
    # exactextract and the pieces agree, but for whole people.
    assert table["people"].tolist() == pytest.approx([20, 12.9], abs=1e-3)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.lists(st.integers(0, 50), min_size=5, max_size=5), min_size=4, max_size=4), st.integers(-30, 530),
       st.integers(-430, 30))  # fmt: skip
def test_d28_land_in_parts_has_the_people_of_the_whole(cells: list[list[int]], x: int, y: int) -> None:
    """Against a plain sum over cells; and the parts of the raster cut anywhere add up to it."""
    start = from_lonlat(METRIC, np.array([ORIGIN]))[0]
    array = np.array(cells, dtype=np.float64)
    raster = PopulationRaster(array, (0, 0), (100.0, 0.0, start[0], 0.0, -100.0, start[1]), METRIC, "wgs84", "people",
                              0.0, "p.tif", "", ())  # fmt: skip
    xs, ys = sorted({-50, x, 550}), sorted({-450, y, 50})

    def metres(west: float, south: float, east: float, north: float) -> shapely.Polygon:
        ring = start + np.array([(west, south), (east, south), (east, north), (west, north)])
        return shapely.Polygon(to_lonlat(METRIC, ring))

    boxes = [(xs[i], ys[j], xs[i + 1], ys[j + 1]) for i in range(len(xs) - 1) for j in range(len(ys) - 1)]
    found = people_on(raster, np.array([metres(*one) for one in boxes], dtype=object))
    for (west, south, east, north), people in zip(boxes, found.people, strict=True):
        wide = [max(0, min(east, 100 * c + 100) - max(west, 100 * c)) / 100 for c in range(5)]
        high = [max(0, min(north, -100 * r) - max(south, -100 * r - 100)) / 100 for r in range(4)]
        assert people == pytest.approx(float(np.array(high) @ array @ np.array(wide)), abs=1e-4)
    assert math.fsum(found.people) == pytest.approx(array.sum(), abs=1e-4)


def test_d28_each_cell_with_people_is_a_place_with_its_people(tmp_path: Path) -> None:
    file = write(tmp_path / "p.tif", [[0, 2.5], [-9999, 7]])
    layer = read_layer(file, "demand")
    assert layer.frame[["demand_id", "pop"]].to_numpy().tolist() == [["r1c2", 2.5], ["r2c2", 7.0]]
    middle = layer.frame.geometry.iloc[1]
    assert (middle.x, middle.y) == pytest.approx(at(150, -150), abs=1e-6)
    assert (layer.quality.rows_read, layer.source.crs) == (2, METRIC)


def test_d28_only_the_study_area_is_read_and_the_rest_is_told(tmp_path: Path) -> None:
    file = write(tmp_path / "p.tif", np.arange(100.0).reshape(10, 10))
    county = units({"1": (210, -390, 390, -210)})
    layer = read_layer(file, "demand", ReadOptions(area=tuple(county.frame.total_bounds)))
    # Rows and columns 3 and 4 of the file: 22, 23, 32, 33.
    assert dict(zip(layer.frame["demand_id"], layer.frame["pop"], strict=True)) == {
        "r3c3": 22, "r3c4": 23, "r4c3": 32, "r4c4": 33}  # fmt: skip
    cut = next(finding for finding in layer.quality.findings if finding.code == "raster_cut")
    assert cut.facts == {"total": "4950", "allocated": "110", "left": "4840"}
    with pytest.raises(DataError) as caught:
        read_people(file, units({"1": (5000, 5000, 6000, 6000)}), "auto")
    assert caught.value.code == "population_elsewhere"


def test_d28_too_many_cells_are_refused_before_they_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = write(tmp_path / "p.tif", np.ones((40, 40)))
    monkeypatch.setattr("geo.population_raster.MOST_CELLS", 1000)
    with pytest.raises(DataError) as caught:
        read_population(file)
    assert caught.value.code == "population_too_fine"
    part = read_population(file, area=(*at(0, -500), *at(500, 0)))
    assert part.left_out is None
    assert "raster_part_read" in codes(part)


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"bands": 2}, "not_population"), ({"dtype": "complex64"}, "not_population"), ({"crs": None}, "no_crs"),
        ({"crs": "EPSG:2382"}, "no_datum_transformation"), ({"cells": [[0, -1]]}, "nobody_on_raster"),
    ],
)  # fmt: skip
def test_d28_what_is_no_population_is_refused(tmp_path: Path, given: dict[str, Any], code: str) -> None:
    cells = given.pop("cells", [[1, 2]])
    file = write(tmp_path / "p.tif", cells, **given)
    with pytest.raises((DataError, CrsError)) as caught:
        read_population(file)
    assert caught.value.code == code


def test_d28_metres_that_are_called_degrees_are_refused_and_the_edge_of_the_world_is_not(tmp_path: Path) -> None:
    wrong = write(tmp_path / "p.tif", [[1.0]], crs="EPSG:4326", start=(500_000.0, 3_375_000.0))
    with pytest.raises(CrsError) as caught:
        read_layer(wrong, "demand")
    assert caught.value.code == "outside_crs"
    # Mollweide, in which GHS-POP comes: cells beyond the oval of the world are nowhere. 1,000 per km² on 1 km² each.
    world_ = np.zeros((3, 3))
    world_[1, 1] = 1000.0
    whole = write(tmp_path / "q.tif", world_, crs="ESRI:54009", cell=6_500_000.0, start=(-18_000_000.0, 9_000_000.0))
    raster = read_population(whole, measure="per_km2")
    assert raster.people[0, 0] == 0
    near = write(tmp_path / "r.tif", [[1000.0]], crs="ESRI:54009", cell=1000.0, start=(10_000_000.0, 3_700_000.0))
    assert read_population(near, measure="per_km2").total == pytest.approx(1000, rel=5e-3)


def test_a_vrt_by_the_name_of_a_raster_is_no_raster(tmp_path: Path) -> None:
    file = tmp_path / "p.tif"
    file.write_text('<VRTDataset rasterXSize="1" rasterYSize="1"/>', encoding="utf-8")
    with pytest.raises(FileError):
        read_layer(file, "demand")
    with pytest.raises(FileError):
        read_layer(write(tmp_path / "q.tif", [[1.0]]), "facilities")


@pytest.mark.parametrize("absent", ["rasterio", "exactextract"])
def test_without_the_libraries_the_error_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, absent: str
) -> None:
    file = write(tmp_path / "p.tif", [[1.0]])
    raster = read_population(file)
    monkeypatch.setitem(sys.modules, absent, None)
    with pytest.raises(FileError, match="rasterio") as caught:
        people_on(raster, np.array([box(0, 0, 1, 1)])) if absent == "exactextract" else read_population(file)
    assert "requirements-raster.txt" in caught.value.hint()


def test_the_commands_take_a_raster(tmp_path: Path) -> None:
    files = write_study(tmp_path, world())
    grid = np.zeros((8, 8))
    grid[2:5, 1:6] = 4.0
    start = from_lonlat(METRIC, np.array([at(-100, 600)]))[0]
    files["demand"] = write(tmp_path / "people.tif", grid, start=(start[0], start[1]), nodata=-9999.0)
    done = cli(*coverage_arguments(files, tmp_path / "out"), cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    summary = load(tmp_path / "out" / "summary.json")
    assert summary["demand_total"] == 60
    assert next(iter(summary["covered"].values())) <= 60
    assert {one["kind"]: one["file"] for one in summary["inputs"]}["demand"] == "people.tif"
    ids = [row["demand_id"] for row in properties(tmp_path / "out" / "demand.geojson")]
    assert len({one.split("#")[0] for one in ids}) == 15
    assert sum("#" in one for one in ids) == 6  # one cell of each of the three rows lies on the border of the units
    dense = cli(*coverage_arguments(files, tmp_path / "out2", **{"raster-unit": "per_km2"}), cwd=tmp_path)
    assert load(tmp_path / "out2" / "summary.json")["demand_total"] == pytest.approx(0.6, rel=1e-3), dense.stderr
    wrong = cli(*coverage_arguments(files, tmp_path / "out3", **{"raster-unit": "heads"}), cwd=tmp_path)
    assert wrong.returncode == 2
    checked = json.loads(cli("check", files["demand"], "--kind", "demand", "--json").stdout)
    assert (checked["rows_kept"], checked["findings"][0]["code"]) == (15, "raster_read")
    assert cli("workspace", "new", tmp_path / "study").returncode == 0
    added = cli("workspace", "add", tmp_path / "study", files["demand"], "--kind", "demand")
    assert added.returncode == 0, added.stderr
    kept = open_workspace(tmp_path / "study").read("demand")
    assert kept is not None
    assert kept.frame["pop"].sum() == 60


def test_what_a_cell_holds_is_one_of_three_words() -> None:
    from commands.options import measure_of

    assert ReadOptions().raster_unit == measure_of("auto")
    with pytest.raises(RequestError):
        measure_of("heads")
