"""``services`` from the command line, on a small county of two townships and a neighbour along one street."""

import csv
import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from typer.testing import CliRunner

from cli import app
from coverage.standards import load_standards
from geo.errors import QuarterhourError
from geo.read import Table
from layers.export_log import read_log
from layers.layer import Layer
from layers.read import layer_of
from layers.workspace_edit import About, add_layer, new_workspace
from layers.workspace_toml import Study
from tests.builders import AS_OF, XY, at, path, units
from tests.ledgers_of_plans import rows
from tests.study import cli

BOXES = {
    "990100": (0, -500, 2000, 500),
    "990100001": (0, -500, 1000, 500),
    "990100002": (1000, -500, 2000, 500),
    "990200": (2000, -500, 3000, 500),
    "990200001": (2000, -500, 3000, 500),
}
#: id: place, kind, meals per day, tier, parent.
LEDGER: dict[str, tuple[XY, str, str, str, str]] = {
    "A": ((100, 0), "elder_centre", "", "县", ""),
    "B": ((900, 0), "elder_centre", "", "乡镇", "A"),
    "N": ((2100, 0), "elder_centre", "", "乡镇", ""),
    "C": ((390, 0), "clinic", "", "", ""),
    "K": ((1900, 0), "meal_kitchen", "50", "", ""),
    "P": ((500, 0), "meal_point", "60", "", ""),
    "G": ((400, 0), "cemetery", "", "", ""),
    "H": ((1900, 5), "cemetery", "", "", ""),
}
HOMES = {"a": ((300, 0), 40), "b": ((1000.5, 0), 30), "c": ((1950, 0), 20), "d": ((1000, 5000), 10)}


def _shapes(kind: str, frame: gpd.GeoDataFrame) -> Layer:
    return layer_of(Table(frame, np.arange(2, len(frame) + 2), f"{kind}.geojson", "ab" * 32, "EPSG:4326"), kind)


def _lonlat(xy: XY) -> dict[str, str]:
    lon, lat = at(*xy)
    return {"lon": f"{lon:.9f}", "lat": f"{lat:.9f}"}


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Roads, facilities, people, units and values, of one county."""
    asked = Study("township", "990100", ("elder_centre",), "pop")
    return _workspace(tmp_path_factory.mktemp("services") / "study", asked)


def _workspace(folder: Path, asked: Study, words: tuple[str, str] = ("county", "township")) -> Path:
    areas = units(BOXES).frame.drop(columns="row")
    areas["level"] = [words[len(code) > 6] for code in BOXES]
    areas["parent_code"] = ["" if len(code) == 6 else code[:6] for code in BOXES]
    street = gpd.GeoDataFrame(
        {"highway": ["residential"]}, geometry=[shapely.LineString(path([(-500, 0), (3500, 0)]))], crs=4326
    )
    ledger = [
        {"facility_id": key, "name": key, **_lonlat(xy), "kind": kind, "meals_per_day": meals, "tier": tier,
         "parent_id": parent}
        for key, (xy, kind, meals, tier, parent) in LEDGER.items()
    ]  # fmt: skip
    people = [{"demand_id": key, **_lonlat(xy), "pop": count} for key, (xy, count) in HOMES.items()]
    numbers = {"总安葬量": 100, "小型墓安葬量": 41, "节地生态安葬量": 75, "剩余墓穴(格位)数": 300}
    values = [
        {"unit_code": "990100", "indicator": name, "year": 2025, "value": value} for name, value in numbers.items()
    ]
    made = new_workspace(folder, "望湖", as_of=AS_OF, study=asked)
    layers = [_shapes("roads", street), _shapes("units", areas)]
    layers += [rows("facilities", ledger), rows("demand", people), rows("values", values)]
    for layer in layers:
        made = add_layer(made, layer, About(level="内部"))
    return made.path


def _run(study: Path, out: Path, *arguments: object) -> dict[str, Any]:
    """Inside of this process: a process of its own takes seconds to start."""
    given = ["services", *map(str, arguments), "--workspace", str(study), "--out", str(out), "--json"]
    done = CliRunner().invoke(app, given, catch_exceptions=False)
    return _checked(study, out, done.stdout)


def _checked(study: Path, out: Path, stdout: str) -> dict[str, Any]:
    printed: dict[str, Any] = json.loads(stdout)
    assert printed == json.loads((out / "summary.json").read_text(encoding="utf-8"))
    assert printed["level"] == "内部"
    assert printed["stamp"]
    assert all(len(one["sha256"]) == 64 for one in printed["inputs"])
    leaves = read_log(study).entries[-1].export
    assert (leaves.what, leaves.file) == (printed["command"], out.name)
    return printed


def _refused(study: Path, out: Path, *arguments: object) -> str:
    """Code of the error; nothing is written."""
    with pytest.raises(QuarterhourError) as refused:
        _run(study, out, *arguments)
    assert not out.exists()
    return refused.value.code


def _table(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8-sig", newline="") as opened:
        return list(csv.DictReader(opened))


def test_beside(study: Path, tmp_path: Path) -> None:
    """Of three centres A is 290 m from the clinic."""
    given = ("--of", "elder_centre", "--to", "卫生服务站", "--workspace", study, "--out", tmp_path / "o", "--json")
    done = cli("services", "beside", *given)
    assert done.returncode == 0, done.stderr
    said = _checked(study, tmp_path / "o", done.stdout)
    assert (said["yes"], said["no"], said["no_road"], said["within_m"]) == (1, 2, 0, 300)
    table = _table(tmp_path / "o" / "beside.csv")
    assert [(row["facility_id"], row["status"], row["beside_id"]) for row in table] == [
        ("A", "yes", "C"), ("B", "no", "C"), ("N", "no", "C")
    ]  # fmt: skip
    assert "beside_is_ours" in {finding["code"] for finding in said["findings"]}


def test_meals(study: Path, tmp_path: Path) -> None:
    """On foot 375 m in 5 min from the point at 500 m: a. The kitchen cooks 50 for a point of 60."""
    said = _run(study, tmp_path / "o", "meals", "--home-profile", "adult", "--home-minutes", 5)
    assert [said[key] for key in ("covered", "no_kitchen", "no_point", "no_road", "all")] == [40, 0, 50, 10, 100]
    assert _table(tmp_path / "o" / "kitchens.csv")[0]["spare"] == "-10.0"
    assert said["to_point"]["direction"] == said["to_home"]["direction"] == "from"


def test_tiers(study: Path, tmp_path: Path) -> None:
    """The neighbour's centre is not the county's; one of two townships has none."""
    said = _run(study, tmp_path / "o", "tiers", "--kind", "elder_centre", "--levels", "county,township")
    assert [(row["level"], row["share"]) for row in _table(tmp_path / "o" / "levels.csv")] == [
        ("county", "1.0"), ("township", "0.5")
    ]  # fmt: skip
    assert said["linked_share"] == 0.5
    assert _refused(study, tmp_path / "none", "tiers", "--kind", "clinic") == "tiers_not_told"


def test_tiers_of_levels_in_the_words_of_the_bureau(tmp_path: Path) -> None:
    """Units that call their level 县 and 乡镇, in a study that names no county: the neighbour counts too."""
    said = _workspace(tmp_path / "study", Study(), ("县", "乡镇"))
    _run(said, tmp_path / "o", "tiers", "--kind", "elder_centre", "--levels", "county,township")
    assert [(row["units"], row["units_with"]) for row in _table(tmp_path / "o" / "levels.csv")] == [
        ("2", "1"), ("3", "2")
    ]  # fmt: skip


def test_burial(study: Path, tmp_path: Path) -> None:
    """A railway 400 m west of one cemetery: broken in Shandong, not judged by the national law; 12 years left."""
    rail = tmp_path / "rail.geojson"
    line = shapely.LineString(path([(0, -2000), (0, 2000)]))
    rail.write_text(gpd.GeoDataFrame({"name": ["铁路"]}, geometry=[line], crs=4326).to_json(), encoding="utf-8")
    said = _run(study, tmp_path / "o", "burial", "--pack", "shandong", "--ground", f"railway={rail}")
    assert (said["pass"], said["fail"], said["not_checked"]) == (0, 1, 1)
    shares = _table(tmp_path / "o" / "shares.csv")
    assert [(row["small_share"], row["eco_share"], row["years_left"]) for row in shares] == [("0.41", "0.75", "12.0")]
    own = ("--own-limit", "national_ways=350")
    said = _run(study, tmp_path / "n", "burial", "--ground", f"railway={rail}", *own)
    assert (said["fail"], said["own_limits_m"]) == (0, {"national_ways": 350})
    for code, wrong in {
        "bad_ground": ("--ground", "railway"),
        "bad_distance": ("--own-limit", "national_ways=far"),
        "bad_site_check": ("--own-limit", "national_land=5"),
        "unknown_rule_pack": ("--pack", "atlantis"),
    }.items():
        assert _refused(study, tmp_path / "w", "burial", *wrong) == code


def test_across(study: Path, tmp_path: Path) -> None:
    """c is 150 m from the neighbour's centre, 1,050 m from the own: in 5 minutes, 300 m, by that one only."""
    said = _run(study, tmp_path / "o", "across", "--minutes", 5, "--clip")
    assert (said["out"], said["into"], said["own"]) == (20, 0, "990100")
    cases = {(row["roads"], row["facilities"]): row["covered"] for row in _table(tmp_path / "o" / "cases.csv")}
    # The neighbour's centre stands 100 m beyond the cut, so near that it is taken to stand at the end of the road.
    assert cases == {("halo", "own"): "70", ("halo", "all"): "90", ("clipped", "own"): "70", ("clipped", "all"): "90"}
    # b is half a metre into the second township, and its nearest centre stands in the first.
    crossings = {(r["unit_a"], r["unit_b"]): (r["a_to_b"], r["b_to_a"]) for r in _table(tmp_path / "o" / "lines.csv")}
    assert crossings == {("990100001", "990100002"): ("0", "30"), ("990100002", "990200001"): ("20", "0")}
    by_county = _run(study, tmp_path / "p", "across", "--minutes", 5, "--by-parent")
    assert by_county["out"] == 20
    assert _table(tmp_path / "p" / "lines.csv") == [
        {"unit_a": "990100", "unit_b": "990200", "a_to_b": "20", "b_to_a": "0", "net": "20"}
    ]


def test_circle(study: Path, tmp_path: Path) -> None:
    """240 m in 5 minutes at 0.8 m/s: a, b and c. Of them a (200 m) and c (150 m) are out of a circle of 120 m."""
    said = _run(study, tmp_path / "o", "circle", "--radius", 120, "--minutes", 5)
    assert (said["people"], said["circle"], said["in_time"], said["time_only"]) == (100, 30, 90, 60)
    quoted = _table(tmp_path / "o" / "standards.csv")
    assert {row["id"] for row in quoted} == {entry.id for entry in load_standards() if entry.show and not entry.place}
    assert all(row["document"] for row in quoted)


def test_what_the_study_lacks_is_said(study: Path, tmp_path: Path) -> None:
    assert _refused(study, tmp_path / "o", "beside", "--of", "nope", "--to", "clinic") == "no_such_kind"
    bare = new_workspace(tmp_path / "bare", "空", as_of=AS_OF)
    for name, *more in (("circle", "--radius", 500), ("across",), ("tiers",), ("meals",), ("burial",)):
        assert _refused(bare.path, tmp_path / "o", name, *more) == "workspace_lacks_layer"
    nowhere = _workspace(tmp_path / "nowhere", Study())
    assert _refused(nowhere, tmp_path / "o", "across") == "no_parent_unit"


def test_access_by_hand(study: Path, tmp_path: Path) -> None:
    """60 meals for the 40 and 30 within 15 minutes; 20 live too far, 10 on no road and take no part.

    Of the 90, 20 have nothing: Gini 20/90. The best tenth, 9, have 9 shares; the worst four tenths, 36, have 16.
    """
    done = _run(
        study, tmp_path / "o", "access", "--kind", "meal_point", "--capacity", "meals_per_day", "--method", "2sfca"
    )
    assert (done["used"], done["per_1000"]) == (60, pytest.approx(60_000 / 90))
    assert done["gini"] == pytest.approx(20 / 90)
    assert done["palma"] == pytest.approx(9 / 16)
    assert (done["urban_rural"], done["places_unknown"], done["nobody_near"]) == (None, 1, 0)
    places = {row["demand_id"]: row["per_1000"] for row in _table(tmp_path / "o" / "access.csv")}
    assert [float(places[key]) for key in "abc"] == pytest.approx([60_000 / 70, 60_000 / 70, 0])
    assert places["d"] == ""
    by_unit = {row["unit_code"]: row for row in _table(tmp_path / "o" / "access_units.csv")}
    assert float(by_unit["990100002"]["per_1000"]) == pytest.approx(60_000 / 70 * 30 / 50)
    line = _table(tmp_path / "o" / "lorenz.csv")
    assert [float(line[-1][name]) for name in ("share_people", "share_capacity")] == pytest.approx([1, 1])
