"""Datums there and back, against another implementation; angles there and back; which datum a layer is in."""

import dataclasses
import math
from collections import Counter
from collections.abc import Callable
from functools import cache
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from geo.angles import pair_order, parse_angles, parse_pairs
from geo.crs import geodesic_m
from geo.datum import NAMES, SHIFTED, Shift, from_datum, offset_applies, to_datum
from geo.errors import QuarterhourError
from geo.read import Table
from geo.zones import named_system
from layers._basis import declared_datum
from layers.datum_evidence import CONFIDENT, Reference, Verdict, datum_suspicion, datum_verdict
from layers.layer import Layer, QualityReport, Source
from layers.options import DATUMS, ReadOptions
from layers.read import layer_of
from layers.workspace import open_demo

# ---- there and back -------------------------------------------------------------------------------------------------

CHINA = st.tuples(st.floats(73.6, 134.7), st.floats(18.2, 53.5))
SHIFTS = st.sampled_from(SHIFTED)


@given(st.lists(CHINA, min_size=1, max_size=20), SHIFTS)
def test_p11_there_and_back_to_a_centimetre(places: list[tuple[float, float]], datum: Shift) -> None:
    """[B10, P11] Over all of mainland China; what lies outside stays where it is."""
    given_ = np.array(places)
    inside = offset_applies(given_)
    moved = to_datum(given_, datum)
    assert (moved[~inside] == given_[~inside]).all()
    if inside.any():
        assert geodesic_m(from_datum(moved, datum)[inside], given_[inside]).max() < 0.01
        off_m = geodesic_m(moved[inside], given_[inside])
        assert off_m.min() > (20 if datum == "gcj02" else 400)
        assert off_m.max() < (900 if datum == "gcj02" else 1900)


@pytest.mark.parametrize("datum", SHIFTED)
def test_another_implementation_agrees(datum: Shift, root: Path) -> None:
    """``files/prcoords.csv``: what prcoords 1.0.2 (public domain) answers at 400 random places of mainland China.

    Its answers and not itself, as it has no wheel and set-up runs no code of packages.
    """
    table = pd.read_csv(root / "tests" / "files" / "prcoords.csv")
    assert len(table) == 400
    name = {"gcj02": "gcj", "bd09": "bd"}[datum]
    places, there, back = (
        table[[f"{prefix}lon", f"{prefix}lat"]].to_numpy() for prefix in ("", f"{name}_", f"back_{name}_")
    )
    assert np.abs(to_datum(places, datum) - there).max() < 1e-6
    assert np.abs(from_datum(there, datum) - back).max() < 1e-6


@pytest.mark.parametrize("datum", SHIFTED)
@pytest.mark.parametrize(
    ("name", "lon", "lat"),
    [("Hong Kong", 114.17, 22.28), ("Sheung Shui", 114.13, 22.50), ("Macau", 113.545, 22.195), ("Taipei", 121.5, 25.05),
     ("Thimphu", 89.64, 27.47), ("Ulaanbaatar", 106.9, 47.9), ("Hanoi", 105.85, 21.03), ("Kathmandu", 85.3, 27.7),
     ("Pyongyang", 125.75, 39.03), ("Vladivostok", 131.9, 43.1), ("Paris", 2.35, 48.85), ("Null Island", 0, 0)],
)  # fmt: skip
def test_b09_outside_mainland_china_nothing_moves(name: str, lon: float, lat: float, datum: Shift) -> None:
    """[B09] By outline: all of the first ten lie in the box around China that others use."""
    place = np.array([[lon, lat]])
    assert (to_datum(place, datum) == place).all(), name
    assert (from_datum(place, datum) == place).all(), name


@pytest.mark.parametrize(
    ("name", "lon", "lat"),
    [("Futian", 114.055, 22.54), ("Gongbei", 113.549, 22.225), ("Sanya", 109.5, 18.25), ("Kashgar", 76.0, 39.5),
     ("Chongming", 121.5, 31.6), ("Xiamen", 118.1, 24.45), ("Heihe", 127.5, 50.24), ("Zhoushan", 122.2, 30.0)],
)  # fmt: skip
def test_b09_up_to_the_border_it_applies(name: str, lon: float, lat: float) -> None:
    assert offset_applies(np.array([[lon, lat]]))[0], name


def test_offsets_at_five_places() -> None:
    """What domain.md has for the five counties, to the metre."""
    places = {"长兴": (119.91, 31.03, 511), "萧山": (120.26, 30.18, 509)}
    for lon, lat, about_m in places.values():
        place = np.array([[lon, lat]])
        moved = to_datum(place, "gcj02")
        assert abs(geodesic_m(place, moved)[0] - about_m) < 25
        assert moved[0, 0] > lon
        assert moved[0, 1] < lat


def test_the_mask_is_for_computing_only(root: Path) -> None:
    """Never drawn nor exported: one module knows it, and its source stands beside it."""
    folders = ("geo", "layers", "coverage", "demarcation", "reports", "ui", "commands", "data")
    users = [
        path.relative_to(root).as_posix()
        for folder in folders
        for path in (root / folder).rglob("*.*")
        if path.suffix in (".py", ".js", ".toml") and "gcj02_mask" in path.read_text(encoding="utf-8")
    ]
    assert users == ["geo/datum.py"]
    assert "Source" in (root / "data" / "gcj02_mask" / "README.md").read_text(encoding="utf-8")


def test_not_finite_positions_stay() -> None:
    odd = np.array([[math.nan, 30.0], [math.inf, math.inf]])
    for datum in SHIFTED:
        assert np.array_equal(to_datum(odd, datum), odd, equal_nan=True)
        assert np.array_equal(from_datum(odd, datum), odd, equal_nan=True)
    assert to_datum(np.empty((0, 2)), "gcj02").shape == (0, 2)
    assert from_datum(np.empty((0, 2)), "gcj02").shape == (0, 2)


# ---- angles ---------------------------------------------------------------------------------------------------------

SPELLINGS = {
    "signs": "{d}°{m:02}′{s:012.9f}″",
    "quotes": "{d}°{m:02}'{s:012.9f}\"",
    "two quotes": "{d}°{m}'{s:.9f}''",
    "typographic": "{d}º{m}’{s:.9f}”",
    "words": "{d}度{m}分{s:.9f}秒",
    "side in words": "东经{d}度{m}分{s:.9f}秒",
    "side in front": "E{d} {m} {s:.9f}",
    "side behind": "{d} {m} {s:.9f}E",
    "treaty": "{d}°{m:02}′{whole:02}″.{fraction:09}",
    "dashes": "{d}-{m}-{s:.9f}",
    "colons": "{d}:{m}:{s:.9f}",
    "letters": "{d}d{m}m{s:.9f}s",
    "no last sign": "{d}°{m}′{s:.9f}",
    "blanks": " {d}° {m}′ {s:.9f}″ ",
    "decimal minutes": "{d}°{dm:.11f}′",
    "decimal": "{dd:.12f}",
    "decimal with sign": "{dd:.12f}°",
    "decimal with side": "{dd:.12f}E",
}
#: Full-width forms.
WIDE = {ord(sign): ord(sign) + 0xFEE0 for sign in "0123456789.-:'\"EDMS"}


@pytest.mark.parametrize("wide", [False, True], ids=["half", "full"])
@pytest.mark.parametrize("spelling", list(SPELLINGS))
@given(whole=st.integers(0, 179 * 3600), fraction=st.integers(0, 10**9 - 1))
def test_b18_angles_there_and_back(spelling: str, wide: bool, whole: int, fraction: int) -> None:
    """[B18, A16] Each spelling, in half and in full width, to a billionth of a degree."""
    seconds = whole + fraction / 1e9
    d, rest = divmod(whole, 3600)
    m, s = divmod(rest, 60)
    text = SPELLINGS[spelling].format(
        d=d, m=m, s=s + fraction / 1e9, whole=s, fraction=fraction, dm=m + (s + fraction / 1e9) / 60, dd=seconds / 3600
    )
    # Rounding for print may carry over to sixty, as a person would not write it.
    assume("60.0" not in text)
    read, bad = parse_angles([text.translate(WIDE) if wide else text], "lon")
    assert not bad[0], text
    assert abs(read[0] - seconds / 3600) < 1e-9


@given(st.integers(0, 179), st.integers(0, 59), st.integers(0, 59), st.integers(0, 9999))
def test_b18_packed_angles_there_and_back(d: int, m: int, s: int, fraction: int) -> None:
    """[B18] D.MMSS only when told; 118.521342 read as decimal lies 33.7 km off."""
    text = f"{d}.{m:02}{s:02}{fraction:04}"
    read, bad = parse_angles([text], "lon", packed=True)
    assert not bad[0]
    assert abs(read[0] - (d + m / 60 + (s + fraction / 1e4) / 3600)) < 1e-9
    assert parse_angles([text], "lon")[0][0] == float(text)


@pytest.mark.parametrize(
    "text",
    ["118°60′00″", "118°52′60″", "118.5°30′", "118°30.5′10″", "118°13″", "N118°52′", "118..5", "東", "118,5,3", "E118E",
     "-118E", "118°52′13″4", "52′13″", "1" * 200, "118" + " " * 50_000 + "x"],
)  # fmt: skip
def test_b18_what_is_no_angle_is_a_bad_cell(text: str) -> None:
    """[B18] Sixty minutes, a fraction in the middle, the wrong side: refused, never read halfway."""
    assert parse_angles([text], "lon")[1].tolist() == [True]
    assert parse_angles(["118.75"], "lon", packed=True)[1].tolist() == [True]


@pytest.mark.parametrize(
    "text",
    ["39.9,116.4", "39.9\uff0c116.4", "39.9;116.4", "39.9 116.4", "(39.9, 116.4)", "N39.9 E116.4", "北纬39.9,东经116.4",
     "39.9N116.4E", "39°54′,116°24′", "北纬39度54分东经116度24分", "39°54′00″ 116°24′00″", "116.4E, 39.9N",
     "E116 24 0 N39 54 0"],
)  # fmt: skip
def test_b18_two_angles_in_one_cell(text: str) -> None:
    lonlat, bad = parse_pairs([text], "latlon")
    assert not bad[0]
    assert lonlat[0].tolist() == pytest.approx([116.4, 39.9], abs=1e-9)


@given(st.text(max_size=60) | st.text(alphabet="0123456789.°′″'\" -:,NSEWdms度分秒东经北纬+()", max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    for packed in (False, True):
        degrees, bad = parse_angles([text], packed=packed)
        assert np.isfinite(degrees[0]) == (not bad[0] and text.strip() != "")
    lonlat, bad = parse_pairs([text], "lonlat")
    assert np.isfinite(lonlat[0]).all() == (not bad[0] and text.strip() != "")
    pair_order([text], text)
    named_system(text)
    declared_datum([text])


CELLS = st.one_of(
    st.sampled_from(["", "118.61", "31.05", "118°36′36″", "N31°03′", "3437348.08", "40367312.254", "367312.254", "0",
                     "1e9", "EPSG:4528", "EPSG:4527", "西安80", "CGCS2000", "百度", "118.61,31.05", "31.05,118.61",
                     "nan", "甲"]),
    st.text(max_size=5),
)  # fmt: skip
HEADINGS = ("lon", "lat", "坐标", "纵坐标", "横坐标", "坐标系", "X", "Y")
OPTIONS = st.builds(
    ReadOptions,
    datum=st.sampled_from(DATUMS),
    crs=st.sampled_from(["", "", "EPSG:4490", "EPSG:4549", "EPSG:4528", "EPSG:2364", "EPSG:32650"]),
    packed=st.booleans(),
    area=st.sampled_from([None, (118.0, 30.5, 119.2, 31.5)]),
)


@given(
    st.lists(st.sampled_from(HEADINGS), min_size=2, max_size=4, unique=True),
    st.lists(st.lists(CELLS, min_size=4, max_size=4), min_size=1, max_size=6),
    OPTIONS,
    st.sampled_from(["facilities", "stakes", "units"]),
)
def test_rows_in_are_rows_out_and_refused(
    headings: list[str], rows: list[list[str]], options: ReadOptions, kind: str
) -> None:
    """Whatever stands in columns of coordinates, and whatever is said of them: a layer, or an error of ours."""
    columns = ["界桩编号", "界线代码", "区划代码", "名称", *headings]
    cells = [[f"{n}", "99", f"{n}", "甲", *row[: len(headings)]] for n, row in enumerate(rows)]
    frame = pd.DataFrame(cells, columns=columns).astype("str").replace("", None).astype("str")
    table = Table(frame, np.arange(2, len(rows) + 2), "a.csv", "0" * 64)
    try:
        layer = layer_of(table, kind, options)
    except QuarterhourError as error:
        assert error.message("zh")  # noqa: PT017
        assert error.hint("zh")  # noqa: PT017
        return
    kept = layer.frame["row"].tolist()
    lost = layer.quality.refused["row"].tolist() if layer.quality.rows_refused else []
    assert sorted([*kept, *lost]) == table.rows.tolist()
    lonlat = shapely.get_coordinates(layer.frame.geometry.to_numpy())
    assert np.isfinite(lonlat).all()
    assert (np.abs(lonlat) <= [180, 90]).all()
    if kind != "units":
        assert len(lonlat) == len(kept)
    assert layer.datum in ("wgs84", "cgcs2000")
    assert layer.source.datum_known in ("", "assumed", "declared", "user")


# ---- which datum ----------------------------------------------------------------------------------------------------


@cache
def roads() -> Reference:
    layer = open_demo().read("roads")
    assert layer is not None
    return Reference(layer)


def places_layer(lonlat: "np.ndarray[tuple[int, int], np.dtype[np.float64]]", **columns: object) -> Layer:
    frame = gpd.GeoDataFrame(columns, geometry=gpd.points_from_xy(*lonlat.T), crs=4326)
    return Layer("facilities", frame, "wgs84", Source("a.csv", ""), QualityReport((), len(frame), len(frame)))


def beside_roads(rng: np.random.Generator, count: int) -> "np.ndarray[tuple[int, int], np.dtype[np.float64]]":
    """Places in metres: on roads by their length, 15 m of noise, one in twenty anywhere."""
    lines = roads().flat
    up_to = np.cumsum(shapely.length(lines))
    which = np.searchsorted(up_to, rng.uniform(0, up_to[-1], count))
    xy = shapely.get_coordinates(
        shapely.line_interpolate_point(lines[which], rng.uniform(0, 1, count), normalized=True)
    )
    xy = xy + rng.normal(0, 15, (count, 2))
    stray = rng.uniform(size=count) < 0.05
    xy[stray] += rng.uniform(-3000, 3000, (int(stray.sum()), 2))
    return np.asarray(xy)


def verdict_of(rng: np.random.Generator, datum: str, count: int) -> Verdict:
    lonlat = roads().metric.inverse(beside_roads(rng, count))
    if datum in SHIFTED:
        lonlat = to_datum(lonlat, "gcj02" if datum == "gcj02" else "bd09")
    return datum_verdict(places_layer(lonlat), roads())


@pytest.mark.hypothesis
@pytest.mark.parametrize("datum", ["wgs84", *SHIFTED])
def test_the_datum_of_simulated_layers_is_found(datum: str, record_property: Callable[[str, object], None]) -> None:
    """At least 97 % right, and never confidently wrong in more than 0.5 %."""
    layers = 200 if settings.get_current_profile_name() == "long" else 10
    rng = np.random.default_rng([20260630, len(datum)])
    found = Counter(verdict_of(rng, datum, int(rng.integers(30, 301))).best or "cannot tell" for _ in range(layers))
    wrong = layers - found[datum] - found["cannot tell"]
    told = f"right {found[datum]}, cannot tell {found['cannot tell']}, wrong {wrong}"
    record_property("figures", f"datum of {layers} simulated layers in {datum}: {told}")
    assert found[datum] >= 0.97 * layers
    assert wrong <= 0.005 * layers


def test_places_anywhere_tell_nothing() -> None:
    """Thin or no evidence: no datum is named."""
    rng = np.random.default_rng(1)
    west, south, east, north = shapely.total_bounds(roads().flat)
    anywhere = rng.uniform([west + 5000, south + 5000], [east - 5000, north - 5000], (60, 2))
    verdict = datum_verdict(places_layer(roads().metric.inverse(anywhere)), roads())
    assert (verdict.best, verdict.reason, verdict.shift_m) == (None, "unclear", 0.0)
    assert verdict.confidence < CONFIDENT
    few = datum_verdict(places_layer(roads().metric.inverse(beside_roads(rng, 5))), roads())
    assert (few.best, few.reason) == (None, "thin")
    elsewhere = datum_verdict(places_layer(np.full((40, 2), [114.9, 30.6])), roads())
    assert (elsewhere.best, elsewhere.reason) == (None, "elsewhere")


def test_a_shift_that_is_no_datum_is_said() -> None:
    """A wrong projection or a digitising fault is not called a datum; the shift that fits is told."""
    moved = beside_roads(np.random.default_rng(4), 150) + np.array([-300.0, 260.0])
    verdict = datum_verdict(places_layer(roads().metric.inverse(moved)), roads())
    assert (verdict.best, verdict.reason) == (None, "other_shift")
    assert verdict.free_shift_m is not None
    assert math.dist(verdict.free_shift_m, (300.0, -260.0)) < 20


@pytest.mark.parametrize("datum", SHIFTED)
def test_b08_facilities_off_the_roads_in_one_direction_are_suspected(datum: Shift) -> None:
    """[B08] A warning with datum and length; nothing is moved, and what was shifted on reading is not suspected."""
    lonlat = to_datum(roads().metric.inverse(beside_roads(np.random.default_rng(2), 80)), datum)
    layer = places_layer(lonlat)
    finding = datum_suspicion(layer, roads())
    assert finding is not None
    assert (finding.code, finding.severity, finding.facts["datum"]) == ("datum_suspected", "warn", NAMES[datum])
    assert (layer.frame.geometry.x == lonlat[:, 0]).all()
    right = places_layer(from_datum(lonlat, datum))
    assert datum_suspicion(right, roads()) is None
    read = dataclasses.replace(layer, source=Source("a.csv", "", datum_read=datum, datum_known="user"))
    assert datum_suspicion(read, roads()) is None


@pytest.mark.parametrize("datum", ["wgs84", *SHIFTED])
def test_units_that_places_claim_tell_the_datum(datum: str) -> None:
    """By code, inside the unit that each place says it lies in; the order of rows does not matter."""
    study = open_demo()
    sites, units = study.read("facilities"), study.read("units")
    assert sites is not None
    assert units is not None
    lonlat = shapely.get_coordinates(sites.frame.geometry.to_numpy())
    lonlat = to_datum(lonlat, "gcj02" if datum == "gcj02" else "bd09") if datum in SHIFTED else lonlat
    layer = places_layer(lonlat, unit_code=sites.frame["unit_code"].tolist())
    verdict = datum_verdict(layer, Reference(units))
    assert verdict.best == datum
    assert verdict.candidates[0].inside_share is not None
    assert verdict.candidates[0].inside_share > 0.9
    assert verdict.candidates[0].median_m is None
    turned = dataclasses.replace(layer, frame=layer.frame.iloc[::-1].reset_index(drop=True))
    assert datum_verdict(turned, Reference(units)).as_dict() == verdict.as_dict()
    both = datum_verdict(layer, Reference(units), roads())
    assert both.best == datum
    assert both.candidates[0].median_m is not None


def test_areas_that_claim_a_unit_are_its_outline_or_lie_in_it() -> None:
    """Outlines of villages beside their like, and houses inside them: both tell, each in its own way."""
    study = open_demo()
    units = study.read("units")
    assert units is not None
    villages = units.frame[units.frame["level"] == "village"].reset_index(drop=True)
    reference = Reference(dataclasses.replace(units, frame=villages))
    shapes = villages.geometry.to_numpy()
    for given_ in (shapes, shapely.buffer(shapely.point_on_surface(shapes), 0.0005)):
        moved = shapely.transform(given_, lambda xy: to_datum(xy, "bd09"))
        frame = gpd.GeoDataFrame({"unit_code": villages["unit_code"]}, geometry=moved, crs=4326)
        layer = Layer("demand", frame, "wgs84", units.source, QualityReport((), len(frame), len(frame)))
        verdict = datum_verdict(layer, reference)
        assert verdict.best == "bd09"
        assert (verdict.candidates[0].median_m is None) == (given_ is not shapes)


def test_a_reference_of_half_the_world_tells_nothing() -> None:
    lines = [shapely.LineString([(-60, 30), (118, 31)])]
    wide = dataclasses.replace(
        places_layer(np.zeros((1, 2))), kind="roads", frame=gpd.GeoDataFrame(geometry=lines, crs=4326)
    )
    verdict = datum_verdict(places_layer(np.full((40, 2), [114.3, 30.6])), Reference(wide))
    assert (verdict.best, verdict.reason) == (None, "elsewhere")
