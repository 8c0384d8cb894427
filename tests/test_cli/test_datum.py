"""``datum`` and ``convert``: verdicts, what is kept, what is marked, and what is never written."""

import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geo.common_points import CommonPoints, fit
from geo.datum import to_datum
from geo.errors import DataError
from geo.read import read_table
from layers.layer import Layer
from layers.options import ReadOptions
from layers.read import read_layer
from layers.workspace import open_demo
from tests.study import cli

PLACES = [(114.30 + 0.013 * n, 30.50 + 0.011 * n) for n in range(6)]


def table(folder: Path, places: list[tuple[float, float]], name: str = "a.csv") -> Path:
    rows = [f"0{n},点{n},{lon!r},{lat!r}" for n, (lon, lat) in enumerate(places)]
    file = folder / name
    file.write_text("编号,名称,经度,纬度\n" + "\n".join(rows) + "\n", encoding="utf-8")
    return file


def points(file: Path) -> np.ndarray[Any, Any]:
    layer = read_layer(file, "facilities", ReadOptions(datum="wgs84"))
    return np.asarray(shapely.get_coordinates(layer.frame.geometry.to_numpy()))


# ---- datum ----------------------------------------------------------------------------------------------------------


def test_the_outline_of_a_map_vendor_is_gcj02(real_data: Path) -> None:
    """Its file says EPSG:4326; beside the outline in CGCS2000 it is GCJ-02."""
    folder = real_data / "datum"
    run = cli(
        "datum", folder / "changxing_as_published_by_map_vendor.geojson",
        "--reference", folder / "changxing_cgcs2000.geojson", "--json",
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    verdict = json.loads(run.stdout)
    assert set(verdict) == {"best", "confidence", "shift_m", "candidates"}
    assert verdict["best"] == "gcj02"
    assert 0.99 < verdict["confidence"] < 1
    assert verdict["shift_m"] == pytest.approx(511, abs=25)
    medians = {one["datum"]: one["median_m"] for one in verdict["candidates"]}
    assert list(medians) == ["gcj02", "cgcs2000", "bd09"]
    assert medians["gcj02"] < 200
    assert medians["cgcs2000"] > 300


def test_a_ledger_beside_roads_and_what_cannot_be_told(tmp_path: Path) -> None:
    study = open_demo()
    sites = study.read("facilities")
    assert sites is not None
    lonlat = to_datum(shapely.get_coordinates(sites.frame.geometry.to_numpy()), "bd09")
    file = table(tmp_path, [(float(x), float(y)) for x, y in lonlat])
    (entry,) = (entry for entry in study.layers if entry.kind == "roads")
    reference = study.file_of(entry)
    run = cli("datum", file, "--reference", reference, "--json")
    verdict = json.loads(run.stdout)
    assert verdict["best"] == "bd09"
    assert verdict["candidates"][0]["datum"] == "bd09"
    thin = cli("datum", table(tmp_path, PLACES[:2], "thin.csv"), "--reference", reference, "--json")
    assert thin.returncode == 0
    assert json.loads(thin.stdout)["best"] is None
    nothing = cli("datum", file, "--reference", file)
    assert nothing.returncode == 2
    assert "reference_not_usable" in nothing.stderr


# ---- convert --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("datum", "suffix"),
    [("gcj02", "geojson"), ("bd09", "gpkg"), ("gcj02", "csv"), ("bd09", "xlsx"), ("gcj02", "parquet"), ("bd09", "zip")],
)
def test_out_of_a_shifted_datum(tmp_path: Path, datum: Any, suffix: str) -> None:
    file = table(tmp_path, [(float(x), float(y)) for x, y in to_datum(np.array(PLACES), datum)])
    out = tmp_path / f"out.{suffix}"
    run = cli("convert", file, out, "--from-datum", datum, "--to-datum", "wgs84")
    assert run.returncode == 0, run.stderr
    assert "analysis only" in run.stderr
    made = read_table(out).frame
    if suffix in ("csv", "xlsx"):
        assert points(out) == pytest.approx(np.array(PLACES), abs=1e-7)
    else:
        assert shapely.get_coordinates(made.geometry.to_numpy()) == pytest.approx(np.array(PLACES), abs=1e-7)
    # Its own columns are kept but for the old coordinates, and the rows say what was done to them.
    assert made["编号"].tolist() == [f"0{n}" for n in range(6)]
    assert not {"经度", "纬度"} & set(made.columns)
    marks = [column for column in made.columns if made[column].astype("str").str.contains("analysis only").all()]
    assert marks == ["datum_mark"]


def test_no_second_shift(tmp_path: Path) -> None:
    """[B09] What was shifted to WGS 84 once is refused, by convert and by every reader; there and back is the same."""
    file = table(tmp_path, [(float(x), float(y)) for x, y in to_datum(np.array(PLACES), "gcj02")])
    once = tmp_path / "once.gpkg"
    assert cli("convert", file, once, "--from-datum", "gcj02").returncode == 0
    twice = cli("convert", once, tmp_path / "twice.gpkg", "--from-datum", "gcj02")
    assert twice.returncode == 2
    assert "datum_shifted_twice" in twice.stderr
    assert not (tmp_path / "twice.gpkg").exists()
    with pytest.raises(DataError) as caught:
        read_layer(once, "facilities", ReadOptions(datum="bd09"))
    assert caught.value.code == "datum_shifted_twice"
    back = tmp_path / "back.geojson"
    assert cli("convert", once, back, "--to-datum", "gcj02").returncode == 0
    made = read_table(back).frame
    assert shapely.get_coordinates(made.geometry.to_numpy()) == pytest.approx(
        to_datum(np.array(PLACES), "gcj02"), abs=1e-6
    )
    assert made["datum_mark"].iloc[0].startswith("gcj02 < wgs84")
    # It says so itself, so that nobody takes it for WGS 84 unwarned.
    assert "datum_declared_shifted" in {finding.code for finding in read_layer(back, "facilities").quality.findings}


def test_into_a_projection_and_into_degrees(tmp_path: Path) -> None:
    file = table(tmp_path, PLACES)
    metric = tmp_path / "m.gpkg"
    assert cli("convert", file, metric, "--to-crs", "EPSG:4547").returncode == 0
    frame = read_table(metric).frame
    assert frame.crs.to_epsg() == 4547
    assert frame.to_crs(4326).geometry.x.tolist() == pytest.approx([lon for lon, _ in PLACES], abs=1e-8)
    degrees = tmp_path / "d.gpkg"
    assert cli("convert", metric, degrees).returncode == 0
    assert read_table(degrees).frame.crs.to_epsg() == 4490
    assert "datum_mark" not in read_table(degrees).frame
    told = cli("convert", file, tmp_path / "m.geojson", "--to-crs", "EPSG:4547")
    assert told.returncode == 0
    assert "EPSG:4547" in told.stderr
    for wrong in (("--to-datum", "gcj02", "--to-crs", "EPSG:4547"), ("--to-crs", "EPSG:4610"), ("--to-crs", "x"),
                  ("--to-crs", "http://127.0.0.1/crs")):  # fmt: skip
        run = cli("convert", file, tmp_path / "no.gpkg", *wrong)
        assert run.returncode == 2, wrong
        assert not (tmp_path / "no.gpkg").exists()


def test_bad_rows_are_named(tmp_path: Path) -> None:
    run = cli("convert", table(tmp_path, [*PLACES, (0.0, 0.0)]), tmp_path / "o.csv")
    assert run.returncode == 0
    assert "第 8 行" in run.stderr
    assert len(read_table(tmp_path / "o.csv").frame) == 6


# ---- common points --------------------------------------------------------------------------------------------------

OLD = np.array([[500_000, 3_380_000], [530_000, 3_381_000], [502_000, 3_410_000], [528_000, 3_409_000],
                [515_000, 3_395_000]], dtype=float)  # fmt: skip


def turned(old: Any) -> np.ndarray[Any, Any]:
    """A made-up transformation: shift, turn and scale."""
    angle, scale = np.radians(0.002), 1 + 4e-6
    matrix = scale * np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    return np.asarray((old - OLD[0]) @ matrix + OLD[0] + [66.5, -44.25])


@pytest.mark.parametrize("parameters", [4, 6])
def test_a_fit_is_the_transformation_and_shows_its_residuals(parameters: Any) -> None:
    names = tuple("甲乙丙丁戊")
    exact = fit(CommonPoints(names, OLD, turned(OLD)), parameters)
    assert exact.rms_m < 1e-6
    assert exact.outlier is None
    anywhere = OLD + np.array([1234.0, -567.0])
    assert exact.apply(anywhere) == pytest.approx(turned(anywhere), abs=1e-5)
    # By another way: least squares of the library on the plain equations.
    noisy = turned(OLD) + np.random.default_rng(3).normal(0, 0.05, OLD.shape)
    fitted = fit(CommonPoints(names, OLD, noisy), parameters)
    x, y = (OLD - OLD.mean(axis=0)).T
    zero, one = np.zeros(5), np.ones(5)
    if parameters == 4:
        design = np.vstack([np.column_stack([x, -y, one, zero]), np.column_stack([y, x, zero, one])])
    else:
        design = np.vstack(
            [np.column_stack([x, y, one, zero, zero, zero]), np.column_stack([zero, zero, zero, x, y, one])]
        )
    solution = np.linalg.lstsq(design, noisy.T.ravel(), rcond=None)[0]
    expected = (design @ solution - noisy.T.ravel()).reshape(2, 5).T
    assert fitted.residuals_m == pytest.approx(expected, abs=1e-6)
    assert fitted.rms_m == pytest.approx(np.sqrt((expected**2).sum() / (10 - parameters)), rel=1e-6)


def test_an_outlier_is_named_and_what_cannot_be_fitted_is_refused() -> None:
    names = tuple("甲乙丙丁戊")
    spoiled = turned(OLD)
    spoiled[3] += [12.0, -7.0]
    assert fit(CommonPoints(names, OLD, spoiled)).outlier == 3
    for code, points_ in (
        ("common_points_few", CommonPoints(names[:2], OLD[:2], turned(OLD)[:2])),
        ("common_points_on_a_line", CommonPoints(names[:3], OLD[[0, 0, 0]], OLD[[0, 0, 0]])),
        ("common_points_not_alike", CommonPoints(names, OLD, OLD[:, ::-1])),
        ("common_points_not_alike", CommonPoints(names, OLD, OLD * 1.01)),
    ):
        with pytest.raises(DataError) as caught:
            fit(points_)
        assert caught.value.code == code
    with pytest.raises(DataError) as caught:
        fit(CommonPoints(names, OLD, turned(OLD))).apply(OLD + np.array([400_000, 0]))
    assert caught.value.code == "common_points_elsewhere"


def test_old_coordinates_by_common_points_and_not_without(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Refused with the reason without them; with them nothing is left that the parameters could be solved from."""
    monkeypatch.setenv("QUARTERHOUR_HOME", str(tmp_path / "home"))
    stakes = tmp_path / "stakes.csv"
    places = OLD + np.array([500.0, 700.0])
    rows = [f"99010{n:02}Q,9901,{north},{east},西安80,{north:.0f}" for n, (east, north) in enumerate(places)]
    stakes.write_text("界桩编号,界线代码,纵坐标,横坐标,坐标系,备注\n" + "\n".join(rows) + "\n", encoding="utf-8")
    refused = cli("convert", stakes, tmp_path / "no.csv")
    assert refused.returncode == 2
    assert "no_datum_transformation" in refused.stderr
    known = tmp_path / "points.csv"
    pd.DataFrame(
        {"点名": list("甲乙丙丁戊"), "原纵坐标": OLD[:, 1], "原横坐标": OLD[:, 0],
         "新纵坐标": turned(OLD)[:, 1], "新横坐标": turned(OLD)[:, 0]}
    ).to_csv(known, index=False)  # fmt: skip
    out = tmp_path / "new.csv"
    needs = cli("convert", stakes, out, "--common-points", known)
    assert (needs.returncode, out.exists()) == (2, False)
    run = cli("convert", stakes, out, "--common-points", known, "--to-crs", "EPSG:4547")
    assert run.returncode == 0, run.stderr
    assert "RMS 0.000 m" in run.stderr
    made = pd.read_csv(out, dtype={"界桩编号": "str"})
    assert made["界桩编号"].tolist() == [f"99010{n:02}Q" for n in range(5)]
    assert made[["y_east", "x_north"]].to_numpy() == pytest.approx(turned(places), abs=1e-3)
    # No pair of old and new coordinates, no residual, no parameter: not in the file, not beside it, not in a log.
    written = "".join(path.read_text(encoding="utf-8", errors="replace") for path in tmp_path.rglob("*")
                      if path.is_file() and path not in (stakes, known))  # fmt: skip
    for old in places.ravel():
        assert f"{old:.0f}" not in written
    assert "甲" not in written
    shown = repr(fit(CommonPoints(tuple("甲乙丙丁戊"), OLD, turned(OLD))))
    assert "66" not in shown


def test_old_shapes_by_common_points(tmp_path: Path) -> None:
    """A layer of Xi'an 1980 that declares it, refused otherwise."""
    file, known, out = tmp_path / "old.gpkg", tmp_path / "points.csv", tmp_path / "new.gpkg"
    gpd.GeoDataFrame({"名称": ["线"]}, geometry=[shapely.LineString(OLD)], crs=2383).to_file(file)
    pd.DataFrame(np.column_stack([OLD[:, ::-1], turned(OLD)[:, ::-1]]),
                 columns=["X80", "Y80", "X2000", "Y2000"]).to_csv(known, index=False)  # fmt: skip
    assert cli("convert", file, out).returncode == 2
    run = cli("convert", file, out, "--common-points", known, "--to-crs", "4547", "--parameters", "6")
    assert run.returncode == 0, run.stderr
    made = read_table(out).frame
    assert made.crs.to_epsg() == 4547
    assert shapely.get_coordinates(made.geometry.to_numpy()) == pytest.approx(turned(OLD), abs=1e-4)


def test_the_layer_knows_what_it_was_in(tmp_path: Path) -> None:
    file = table(tmp_path, [(float(x), float(y)) for x, y in to_datum(np.array(PLACES), "gcj02")])

    def known(layer: Layer) -> tuple[str, str, str]:
        return layer.datum, layer.source.datum_read, layer.source.datum_known

    assert known(read_layer(file, "facilities")) == ("wgs84", "wgs84", "assumed")
    told = read_layer(file, "facilities", ReadOptions(datum="gcj02"))
    assert known(told) == ("wgs84", "gcj02", "user")
    assert known(read_layer(file, "facilities", ReadOptions(datum="gcj02", detected=True)))[2] == "detected"
    assert known(read_layer(file, "facilities", ReadOptions(datum="cgcs2000"))) == ("cgcs2000", "cgcs2000", "user")
    assert told.frame.geometry.x.tolist() == pytest.approx([lon for lon, _ in PLACES], abs=1e-9)
    shifted = {finding.code: finding for finding in told.quality.findings}
    assert "datum_assumed" not in shifted
    assert shifted["datum_shifted"].facts["metres"] in range(500, 700)
    declared = tmp_path / "a.gpkg"
    gpd.GeoDataFrame({"name": ["a"]}, geometry=[shapely.Point(114.3, 30.5)], crs=4490).to_file(declared)
    assert known(read_layer(declared, "facilities")) == ("cgcs2000", "cgcs2000", "declared")


def test_roads_are_shifted_too(tmp_path: Path) -> None:
    line = np.array([[114.30, 30.50], [114.31, 30.51]])
    file = tmp_path / "r.geojson"
    gpd.GeoDataFrame({"highway": ["path"]}, geometry=[shapely.LineString(to_datum(line, "bd09"))], crs=4326).to_file(
        file
    )
    layer = read_layer(file, "roads", ReadOptions(datum="bd09"))
    assert shapely.get_coordinates(layer.frame.geometry.to_numpy()) == pytest.approx(line, abs=1e-7)
    assert layer.source.datum_read == "bd09"
    plain = read_layer(file, "roads")
    assert shapely.get_coordinates(plain.frame.geometry.to_numpy()) == pytest.approx(to_datum(line, "bd09"), abs=1e-7)


@pytest.mark.parametrize("suffix", [".csv", ".geojson", ".xlsx"])
def test_old_coordinates_do_not_stand_beside_shifted_ones(tmp_path: Path, suffix: str) -> None:
    """Pairs of both would tell the way between them, and a reader would take the wrong ones."""
    file, out = tmp_path / "a.csv", tmp_path / f"b{suffix}"
    file.write_text("名称,经度,纬度,坐标系,人口\n甲,118.6,31.0,火星坐标,5\n", encoding="utf-8")
    done = cli("convert", file, out, "--from-datum", "gcj02")
    assert done.returncode == 0, done.stderr
    assert "经度, 纬度, 坐标系" in done.stderr
    frame = read_table(out).frame
    assert {"名称", "人口", "datum_mark"} <= set(frame.columns)
    assert not {"经度", "纬度", "坐标系"} & set(frame.columns)
    layer = read_layer(out, "demand")
    assert layer.frame.geometry.x.iloc[0] == pytest.approx(118.5950831, abs=1e-7)


def test_a_file_is_not_converted_onto_itself(tmp_path: Path) -> None:
    """The old coordinates would be gone for good."""
    file = table(tmp_path, PLACES)
    before = file.read_bytes()
    run = cli("convert", file, tmp_path / "." / "a.csv", "--from-datum", "bd09")
    assert run.returncode == 2
    assert "a.csv" in run.stderr
    assert file.read_bytes() == before
