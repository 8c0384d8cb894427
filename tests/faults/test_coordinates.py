"""Coordinates, reference systems and datums (B01-B19): found or refused, and never wrong in silence."""

import ast
import itertools
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import pytest
import shapely

from geo.crs import MetricCrs, crs_of_code, geodesic_m, metric_crs, to_wgs84
from geo.datum import to_datum
from geo.errors import CrsError, DataError, QuarterhourError
from layers.layer import Layer
from layers.options import ReadOptions
from layers.quality import inspect
from layers.read import read_layer

#: Two places 20 km apart on both sides of 118.5 E: in the 3-degree zones 39 and 40.
WEST, EAST = (118.42, 30.98), (118.61, 31.05)
AREA = (118.0, 30.5, 119.2, 31.5)

Csv = Callable[[str], Path]


@pytest.fixture
def csv(tmp_path: Path) -> Csv:
    numbers = itertools.count()

    def write(text: str) -> Path:
        file = tmp_path / f"{next(numbers)}.csv"
        file.write_text(text, encoding="utf-8")
        return file

    return write


def metres(place: tuple[float, float], epsg: int) -> tuple[float, float]:
    """East and north of a place."""
    x, y = pyproj.Transformer.from_crs(4326, epsg, always_xy=True).transform(*place)
    return float(x), float(y)


def lonlat(layer: Layer) -> "np.ndarray[tuple[int, int], np.dtype[np.float64]]":
    return np.asarray(shapely.get_coordinates(layer.frame.geometry.to_numpy()))


def near(layer: Layer, *places: tuple[float, float]) -> bool:
    return bool(geodesic_m(lonlat(layer), np.array(places)).max() < 0.01)


def codes(layer: Layer) -> set[str]:
    return {finding.code for finding in layer.quality.findings}


def refused(file: Path, kind: str = "facilities", options: ReadOptions | None = None) -> QuarterhourError:
    """The error, with complete sentences in both languages."""
    with pytest.raises(QuarterhourError) as caught:
        read_layer(file, kind, options or ReadOptions())
    for lang in ("zh", "en"):
        assert "?" not in caught.value.message(lang) + caught.value.hint(lang)
        assert caught.value.hint(lang)
    return caught.value


def file_of(folder: Path, shape: shapely.Geometry, crs: Any, name: str = "a.gpkg", **columns: list[Any]) -> Path:
    file = folder / name
    gpd.GeoDataFrame(columns or {"name": ["a"]}, geometry=[shape], crs=crs).to_file(file)
    return file


# ---- axes and units --------------------------------------------------------------------------------------------------


def test_b01_swapped_longitude_and_latitude(csv: Csv, tmp_path: Path) -> None:
    """[B01] Beijing the wrong way round: by range, by China, and by the study area where neither tells."""
    assert refused(csv("lon,lat\n39.9,116.4\n39.8,116.3\n")).code == "swapped_lonlat"
    assert refused(csv("lon,lat\n39.5,76.0\n")).code == "swapped_lonlat"
    assert refused(file_of(tmp_path, shapely.Point(39.9, 116.4), 4326)).code == "swapped_lonlat"
    porto = csv("lon,lat\n41.1,-8.6\n41.2,-8.5\n")
    assert refused(porto, options=ReadOptions(area=(-8.8, 40.9, -8.3, 41.4))).code == "swapped_lonlat"
    mended = read_layer(porto, "facilities", ReadOptions(columns={"lon": "lat", "lat": "lon"}))
    assert near(mended, (-8.6, 41.1), (-8.5, 41.2))
    assert "经度" in refused(csv("lon,lat\n39.9,116.4\n")).hint("zh")
    assert refused(csv("经度,纬度\nN30°12′,E118°30′\n北纬30°13′,E118°31′\n")).code == "swapped_lonlat"


def test_b02_metres_called_degrees(tmp_path: Path) -> None:
    """[B02] 448000, 4419000 in EPSG:4326: an error; right as soon as the user names the system."""
    x, y = metres((116.4, 39.9), 32650)
    file = file_of(tmp_path, shapely.Point(x, y), 4326)
    assert refused(file).code == "metres_called_degrees"
    layer = read_layer(file, "facilities", ReadOptions(crs="EPSG:32650"))
    assert near(layer, (116.4, 39.9))
    assert "crs_overridden" in codes(layer)
    assert layer.source.datum_known == "user"


def test_b03_degrees_called_metres(csv: Csv, tmp_path: Path) -> None:
    """[B03] Degrees in a projected system would lie in the sea, all in one place: an error."""
    file = file_of(tmp_path, shapely.Point(116.4, 39.9), 32650)
    assert refused(file).code == "degrees_called_metres"
    assert near(read_layer(file, "facilities", ReadOptions(crs="EPSG:4326")), (116.4, 39.9))
    assert refused(csv("lon,lat\n116.4,39.9\n"), options=ReadOptions(crs="EPSG:4549")).code == "degrees_called_metres"


def test_b04_layers_of_different_systems_meet_in_one(tmp_path: Path) -> None:
    """[B04] One gate: whatever the files are in, layers are in EPSG:4326."""
    layers = []
    for epsg in (4326, 3857, 4490, 4549, 32650):
        shape = shapely.Point(*metres((118.6, 31.0), epsg))
        layers.append(read_layer(file_of(tmp_path, shape, epsg, f"{epsg}.gpkg"), "facilities"))
    assert {layer.frame.crs.to_epsg() for layer in layers} == {4326}
    assert all(near(layer, (118.6, 31.0)) for layer in layers)


@pytest.mark.filterwarnings("ignore:'crs' was not provided:UserWarning")  # what the test is about
def test_b05_no_system_is_never_taken_from_another_file(tmp_path: Path) -> None:
    """[B05] A file without one is refused until the user names it; what its numbers look like is said."""
    frame = gpd.GeoDataFrame({"name": ["a"]}, geometry=[shapely.Point(118.6, 31.0)])
    file = tmp_path / "a.shp"
    frame.to_file(file)
    assert refused(file).code == "no_crs"
    layer = read_layer(file, "facilities", ReadOptions(crs="EPSG:4490"))
    assert near(layer, (118.6, 31.0))
    assert (layer.datum, layer.source.crs, layer.source.datum_known) == ("cgcs2000", "EPSG:4490", "user")
    for epsg, code, shown in ((4528, "no_crs_zone", "EPSG:4528"), (4549, "no_crs_metres", "EPSG:4554")):
        frame.set_geometry([shapely.Point(*metres((118.6, 31.0), epsg))]).to_file(file)
        error = refused(file)
        assert error.code == code
        assert shown in error.hint("zh")
        assert near(read_layer(file, "facilities", ReadOptions(crs=f"EPSG:{epsg}")), (118.6, 31.0))


def test_b06_no_length_or_area_in_degrees(root: Path) -> None:
    """[B06] What GeoPandas warns of is an error in tests; and no module of ours asks a frame in degrees."""
    frame = gpd.GeoDataFrame(geometry=[shapely.Point(118.6, 31.0)], crs=4326)
    with pytest.raises(UserWarning, match="geographic CRS"):
        frame.buffer(500)
    metric = metric_crs((118.0, 30.5, 119.2, 31.5))
    circle = shapely.Point(metric.forward(np.array([[118.6, 31.0]]))[0]).buffer(500, quad_segs=64)
    edge = metric.inverse(shapely.get_coordinates(circle))
    assert geodesic_m(np.full_like(edge, [118.6, 31.0]), edge) == pytest.approx(500, rel=1e-3)
    names = ("area", "length", "distance", "centroid", "sjoin_nearest", "estimate_utm_crs")
    for file in (
        path
        for folder in ("geo", "layers", "coverage", "demarcation", "reports")
        for path in (root / folder).rglob("*.py")
    ):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            on_a_frame = isinstance(node, ast.Attribute) and isinstance(node.value, ast.Attribute)
            if on_a_frame and node.value.attr == "geometry":  # type: ignore[attr-defined]
                assert node.attr not in names, (file.name, node.lineno)  # type: ignore[attr-defined]


def test_b07_x_is_the_longitude_whatever_the_authority_says(root: Path, tmp_path: Path) -> None:
    """[B07] EPSG:4490 and 4549 have north first; every transformer of ours is made with ``always_xy``."""
    for epsg in (4490, 4549, 4528):
        layer = read_layer(file_of(tmp_path, shapely.Point(*metres((118.6, 31.0), epsg)), epsg), "facilities")
        assert near(layer, (118.6, 31.0))
    assert MetricCrs("EPSG:4549").forward(np.array([[120.0, 31.0]]))[0, 0] == pytest.approx(500_000)
    for folder in ("geo", "layers", "coverage", "demarcation", "reports", "ui", "commands"):
        for file in (root / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("Transformer.from_crs"):
                    assert "always_xy=True" in ast.unparse(node), file.name


# ---- datum -----------------------------------------------------------------------------------------------------------


def test_b08_a_datum_is_said_and_never_silent(csv: Csv) -> None:
    """[B08] Undeclared: assumed, with a warning. Declared as shifted by a column: a warning, and no shift."""
    assumed = read_layer(csv("lon,lat\n118.6,31.0\n"), "facilities")
    assert (assumed.datum, assumed.source.datum_known) == ("wgs84", "assumed")
    assert "datum_assumed" in codes(assumed)
    declared = read_layer(csv("lon,lat,坐标系\n118.6,31.0,CGCS2000\n"), "facilities")
    assert (declared.datum, declared.source.datum_known) == ("cgcs2000", "declared")
    shifted = csv("lon,lat,坐标系\n118.6,31.0,百度坐标\n")
    as_it_stands = read_layer(shifted, "facilities")
    assert "datum_declared_shifted" in codes(as_it_stands)
    assert near(as_it_stands, (118.6, 31.0))
    told = read_layer(shifted, "facilities", ReadOptions(datum="bd09"))
    assert geodesic_m(lonlat(told), np.array([[118.6, 31.0]]))[0] > 1000


def test_b09_where_there_is_no_offset_nothing_moves_and_that_is_said(csv: Csv) -> None:
    """[B09] Hong Kong and Thimphu stay, Shenzhen moves; the count is a finding."""
    file = csv("lon,lat\n114.17,22.28\n89.64,27.47\n114.055,22.6\n")
    layer = read_layer(file, "facilities", ReadOptions(datum="gcj02"))
    moved_m = geodesic_m(lonlat(layer), np.array([[114.17, 22.28], [89.64, 27.47], [114.055, 22.6]]))
    assert moved_m[:2].tolist() == [0, 0]
    assert moved_m[2] > 300
    (said,) = (finding for finding in layer.quality.findings if finding.code == "datum_not_shifted")
    assert said.facts["count"] == 2


def test_b10_shifted_coordinates_come_back_exactly(csv: Csv) -> None:
    """[B10] Through a file and the reader to less than a centimetre; the law is in tests/property/test_datum.py."""
    places = np.array([WEST, EAST])
    for datum in ("gcj02", "bd09"):
        rows = "\n".join(f"{lon!r},{lat!r}" for lon, lat in to_datum(places, datum).tolist())  # type: ignore[arg-type]
        layer = read_layer(csv(f"lon,lat\n{rows}\n"), "facilities", ReadOptions(datum=datum))  # type: ignore[arg-type]
        assert near(layer, WEST, EAST)


# ---- zones -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["facilities", "demand", "place_names"])
@pytest.mark.parametrize(
    ("epsg", "shown"), [(4528, "EPSG:4528"), (4498, "EPSG:4498"), (4527, "EPSG:4527")], ids=["3", "6", "3 of next"]
)
def test_b11_the_zone_number_before_the_easting(csv: Csv, kind: str, epsg: int, shown: str) -> None:
    """[B11] Recognised and named; CGCS2000 is assumed with a warning; either column may hold the northing."""
    east, north = metres(EAST, epsg)
    layer = read_layer(csv(f"名称,人口,纵坐标,横坐标\n甲,1,{north},{east}\n"), kind)
    assert near(layer, EAST)
    (said,) = (finding for finding in layer.quality.findings if finding.code == "zone_assumed")
    assert shown in str(said.facts["zones"])
    assert (layer.datum, layer.source.datum_known) == ("cgcs2000", "assumed")
    turned = read_layer(csv(f"名称,人口,纵坐标,横坐标\n甲,1,{east},{north}\n"), kind)
    assert near(turned, EAST)
    assert "axes_turned" in codes(turned)
    xy = read_layer(csv(f"名称,人口,X,Y\n甲,1,{north},{east}\n"), kind)
    assert near(xy, EAST)
    assert "axes_by_size" in codes(xy)


def test_b11_rows_of_two_zones_in_one_file(csv: Csv) -> None:
    """[B11] Zone 39 and zone 40, each by its own number, 20 km apart as they are."""
    (west_east, west_north), (east_east, east_north) = metres(WEST, 4527), metres(EAST, 4528)
    layer = read_layer(csv(f"X坐标,Y坐标\n{west_north},{west_east}\n{east_north},{east_east}\n"), "facilities")
    assert near(layer, WEST, EAST)
    (said,) = (finding for finding in layer.quality.findings if finding.code == "zone_assumed")
    assert said.facts["zones"] == "EPSG:4527 × 1, EPSG:4528 × 1"


def test_b11_without_a_zone_number_someone_must_say(csv: Csv) -> None:
    """[B11] The user, a column, or the study area; otherwise an error that lists what fits."""
    east, north = metres(EAST, 4549)
    file = csv(f"X坐标,Y坐标\n{north},{east}\n")
    error = refused(file)
    assert error.code == "zone_unknown"
    assert error.rows == (2,)
    assert "EPSG:4534 (75°E)" in error.hint("zh")
    assert "EPSG:4554 (135°E)" in error.hint("zh")
    assert near(read_layer(file, "facilities", ReadOptions(crs="EPSG:4549")), EAST)
    assert near(read_layer(file, "facilities", ReadOptions(crs="EPSG:4528")), EAST)
    by_area = read_layer(file, "facilities", ReadOptions(area=AREA))
    assert near(by_area, EAST)
    assert "zone_from_area" in codes(by_area)
    wide = refused(file, options=ReadOptions(area=(110.0, 30.0, 123.0, 32.0)))
    assert wide.code == "zone_unknown"
    assert "EPSG:4534" not in wide.hint("zh")
    named = read_layer(csv(f"X坐标,Y坐标,坐标系\n{north},{east},CGCS2000 3度带 40带\n"), "facilities")
    assert near(named, EAST)
    assert named.source.datum_known == "declared"
    assert "zone_read" in codes(named)
    foreign = csv("X坐标,Y坐标\n531000,4556000\n")
    assert geodesic_m(
        lonlat(read_layer(foreign, "facilities", ReadOptions(crs="EPSG:32629"))), np.array([[-8.63, 41.155]])
    )[0] < 1000  # fmt: skip


def test_b11_zone_and_name_that_contradict_each_other(csv: Csv) -> None:
    east, north = metres(EAST, 4528)
    good = f"{north},{east},EPSG:4528"
    layer = read_layer(
        csv(f"纵坐标,横坐标,坐标系\n{good}\n{north},{east},EPSG:4527\n{north},12,EPSG:4528\n"), "facilities"
    )
    assert near(layer, EAST)
    assert layer.quality.refused["reason"].tolist() == ["zone_conflict", "coordinate_outside_zones"]


@pytest.mark.parametrize("name", ["西安80 3度带 40带", "北京54坐标系", "EPSG:2364", "1980西安坐标系", "Beijing 1954"])
def test_b11_old_datums_are_refused_with_the_reason(csv: Csv, tmp_path: Path, name: str) -> None:
    """[B11] PROJ would shift by nothing and say nothing; tens of metres are not guessed."""
    east, north = metres(EAST, 4528)
    old = f"{north},{east},{name}"
    error = refused(csv(f"纵坐标,横坐标,坐标系\n{old}\n"))
    assert error.code == "no_datum_transformation"
    assert "公共点" in error.hint("zh")
    mixed = read_layer(csv(f"纵坐标,横坐标,坐标系\n{old}\n{north},{east},EPSG:4528\n"), "facilities")
    assert mixed.quality.refused["reason"].tolist() == ["old_datum_row"]
    told = csv(f"纵坐标,横坐标\n{north},{east}\n")
    for epsg in (2364, 2416, 4610):
        assert refused(told, options=ReadOptions(crs=f"EPSG:{epsg}")).code == "no_datum_transformation"
    assert refused(told, options=ReadOptions(crs="EPSG:4490")).code == "metres_called_degrees"
    shape = shapely.Point(east, north)
    assert refused(file_of(tmp_path, shape, 2364)).code == "no_datum_transformation"


def test_b12_one_system_for_the_whole_area_or_none() -> None:
    """[B12] Chosen by where the area lies, never by its first point; too wide an area is refused."""
    assert metric_crs((118.0, 30.5, 119.2, 31.5)).name == "EPSG:4549"
    with pytest.raises(CrsError) as caught:
        metric_crs((100.0, 30.0, 130.0, 32.0))
    assert caught.value.code == "area_too_wide"


def test_b13_both_sides_of_the_date_line_and_the_poles(csv: Csv) -> None:
    """[B13] Fiji is read; an area that would span the world is refused with its bounds."""
    layer = read_layer(csv("lon,lat\n179.9,-17.0\n-179.9,-17.1\n"), "facilities")
    west, south, east, north = (float(value) for value in layer.frame.total_bounds)
    for bounds, code in (((west, south, east, north), "area_too_wide"), ((0.0, 84.5, 1.0, 85.0), "no_metric_crs"),
                         ((0.0, -89.0, 1.0, -88.0), "no_metric_crs")):  # fmt: skip
        with pytest.raises(CrsError) as caught:
            metric_crs(bounds)
        assert caught.value.code == code
        assert "?" not in caught.value.message("zh")


# ---- rows ------------------------------------------------------------------------------------------------------------


def test_b14_null_island(csv: Csv, tmp_path: Path) -> None:
    """[B14] (0, 0) means not filled in: the row is refused and named."""
    layer = read_layer(csv("lon,lat\n118.6,31.0\n0,0\n0.0,0\n"), "facilities")
    assert layer.quality.refused["row"].tolist() == [3, 4]
    assert set(layer.quality.refused["reason"]) == {"null_island"}
    assert refused(file_of(tmp_path, shapely.Point(0, 0), 4326)).code == "no_row_kept"


@pytest.mark.filterwarnings("ignore:invalid value encountered:RuntimeWarning")  # GEOS, on what the test is about
def test_b15_coordinates_that_are_no_numbers(csv: Csv, tmp_path: Path) -> None:
    """[B15] In every kind of layer the row is refused before anything is indexed."""
    layer = read_layer(csv("lon,lat\n118.6,31.0\nNaN,31\ninf,31\n118.6,-inf\n1e999,31\n"), "facilities")
    assert layer.quality.refused["row"].tolist() == [3, 4, 5, 6]
    bad = shapely.LineString([(118.6, 31.0), (math.nan, math.nan), (118.7, 31.0)])
    good = shapely.LineString([(118.6, 31.0), (118.7, 31.0)])
    for kind, columns in (("lines", {"line_code": ["a", "b"]}), ("roads", {"highway": ["path", "path"]}),
                          ("projects", {"name": ["a", "b"]})):  # fmt: skip
        file = tmp_path / f"{kind}.parquet"
        gpd.GeoDataFrame(columns, geometry=[good, bad], crs=4326).to_parquet(file)
        made = read_layer(file, kind)
        assert len(made.frame) == 1, kind
        assert made.quality.refused["row"].tolist() == [2], kind


@pytest.mark.parametrize(
    "text",
    ["http://127.0.0.1/crs", "https://spatialreference.org/ref/epsg/4326/", "/etc/passwd", "EPSG:0", "EPSG:99999",
     "EPSG:5773", "ESRI:102100", 'LOCAL_CS["x"]', "+proj=longlat +nadgrids=/etc/passwd", "urn:ogc:def:crs:EPSG::4326",
     "EPSG:4979", "4326; DROP"],
)  # fmt: skip
def test_b16_only_codes_of_systems_are_taken_from_users(csv: Csv, text: str) -> None:
    """[B16] No address is resolved, no file read, no height or world in three dimensions taken for a plane."""
    with pytest.raises(CrsError) as caught:
        crs_of_code(text)
    assert caught.value.code == "bad_crs_code"
    assert refused(csv("lon,lat\n118.6,31.0\n"), options=ReadOptions(crs=text)).code == "bad_crs_code"


@pytest.mark.parametrize(
    ("crs", "code"),
    [(pyproj.CRS('LOCAL_CS["site grid",UNIT["metre",1]]'), "no_datum_transformation"),
     (pyproj.CRS("EPSG:5773"), "no_datum_transformation"),
     (pyproj.CRS("EPSG:4978"), "no_datum_transformation"), (pyproj.CRS("EPSG:4490+5737"), ""),
     (pyproj.CRS("ESRI:102100"), ""),
     (pyproj.CRS("EPSG:3785"), "no_datum_transformation")],
    ids=["local", "vertical", "geocentric", "compound", "esri", "deprecated"],
)  # fmt: skip
@pytest.mark.filterwarnings("ignore:.*deprecated.*:UserWarning")
def test_b16_odd_systems_of_files(crs: pyproj.CRS, code: str) -> None:
    """[B16] Transformed where there is a way, else an error of ours."""
    shape = shapely.Point(118.6, 31.0) if crs.is_geographic else shapely.Point(13_000_000, 3_600_000)
    frame = gpd.GeoDataFrame(geometry=[shape], crs=crs)
    if code == "":
        assert to_wgs84(frame).crs.to_epsg() == 4326
        return
    with pytest.raises(CrsError) as caught:
        to_wgs84(frame)
    assert caught.value.code == code


def test_b17_two_decimals_are_said(csv: Csv) -> None:
    """[B17] Such a place may be anywhere within half a kilometre."""
    layer = read_layer(csv("id,lon,lat\n1,118.61,31.02\n2,118.612345,31.023456\n"), "facilities")
    assert [finding.row for finding in inspect(layer) if finding.code == "coordinate_coarse"] == [2]


def test_b17_whole_minutes_are_no_sign_of_few_decimals(csv: Csv) -> None:
    """[B17] 114°12′00″ is 114.2, to a second of arc and not to a kilometre; that it was turned is said."""
    layer = read_layer(csv("lon,lat\n114°12′00″,30°30′00″\n114°13′07″,30°31′05″\n"), "facilities")
    assert [finding.row for finding in inspect(layer) if finding.code == "coordinate_coarse"] == []
    told = [finding for finding in layer.quality.findings if finding.code == "angles_read"]
    assert [(one.field, one.facts["count"], one.facts["degrees"]) for one in told] == [
        ("lon", 2, "114.2000000"), ("lat", 2, "30.5000000"),
    ]  # fmt: skip


def test_b18_degrees_minutes_seconds_and_pairs(csv: Csv) -> None:
    """[B18] Read in a ledger in all spellings mixed; minutes and seconds from sixty on are bad rows."""
    layer = read_layer(
        csv(
            "编号,经度,纬度\n"
            '1,118°36′36.00″,31°03′00″.0\n2,东经118度36分36秒,北纬31度3分\n3,"E118 36 36","31-03-00"\n'
            "4,118.61E,31.05N\n5,118°60′00″,31°03′\n6,118°36′36″,31°03′61″\n7,N31°03′,118°36′\n8,,\n"
        ),
        "facilities",
    )
    assert near(layer, *[EAST] * 4)
    assert layer.quality.refused["row"].tolist() == [6, 7, 8, 9]
    assert layer.quality.refused["reason"].tolist() == [*["coordinate_unreadable"] * 3, "coordinate_missing"]


def test_b18_both_in_one_column(csv: Csv) -> None:
    """[B18] The order by marks, by size, by the heading; where none tells, an error that says how to write it."""
    for heading, cell in (
        ("坐标", "31.05,118.61"),
        ("经纬度", "118.61,31.05"),
        ("位置坐标", "北纬31°03′ 东经118°36′36″"),
    ):
        options = ReadOptions(columns={"lonlat": heading})
        assert near(read_layer(csv(f'名称,{heading}\n甲,"{cell}"\n'), "facilities", options), EAST)
    either = read_layer(csv('name,坐标\na,"118.61,31.05"\nb,"31.05,118.61"\n'), "facilities")
    assert near(either, EAST, EAST)
    unclear = csv('name,coordinates\na,"8.6,41.1"\n')
    assert refused(unclear).code == "pair_order_unknown"
    told = read_layer(csv('name,"lat,lon"\na,"41.1,8.6"\n'), "facilities")
    assert near(told, (8.6, 41.1))
    some = read_layer(csv('name,坐标\na,"118.61,31.05"\nb,somewhere\nc,\n'), "facilities")
    assert some.quality.refused["reason"].tolist() == ["coordinate_unreadable", "coordinate_missing"]


def test_b18_packed_degrees(csv: Csv) -> None:
    """[B18] D.MMSS lies up to 34 km off as decimal degrees: said; read when told, or where only that is in the area."""
    rows = "\n".join(f"118.3636{n},31.0300{n}" for n in range(5))
    file = csv(f"lon,lat\n{rows}\n")
    as_decimal = read_layer(file, "facilities")
    assert "may_be_packed" in codes(as_decimal)
    assert near(as_decimal, *[(float(f"118.3636{n}"), float(f"31.0300{n}")) for n in range(5)])
    places = [(118 + 36 / 60 + (36 + n / 10) / 3600, 31 + 3 / 60 + n / 36000) for n in range(5)]
    assert near(read_layer(file, "facilities", ReadOptions(packed=True)), *places)
    in_area = read_layer(file, "facilities", ReadOptions(area=(118.5, 31.04, 118.7, 31.1)))
    assert near(in_area, *places)
    assert "packed_read" in codes(in_area)
    assert "may_be_packed" not in codes(read_layer(csv("lon,lat\n" + "118.6789,31.0567\n" * 5), "facilities"))


def test_b19_nothing_in_a_layer(csv: Csv, tmp_path: Path) -> None:
    """[B19] No bounds are asked of nothing: a clear error at the file."""
    assert refused(csv("lon,lat\n")).code == "no_rows"
    empty = tmp_path / "a.gpkg"
    gpd.GeoDataFrame({"name": []}, geometry=[], crs=4326).to_file(empty)
    assert refused(empty).code == "no_rows"
    blank = tmp_path / "b.geojson"
    gpd.GeoDataFrame({"name": ["a"]}, geometry=[shapely.Point()], crs=4326).to_file(blank)
    assert refused(blank).code in ("no_row_kept", "layer_without_geometry", "wrong_geometry_layer")
    with pytest.raises(CrsError):
        metric_crs((math.nan, math.nan, math.nan, math.nan))
    assert to_wgs84(gpd.GeoDataFrame(pd.DataFrame({"a": []}), geometry=[], crs=4549)).empty
    with pytest.raises(DataError):
        read_layer(csv("lon,lat\n,\n"), "facilities")
