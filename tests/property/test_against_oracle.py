"""The engine and the independent oracle give the same answer: random towns, the demo, real cities."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely

from coverage.pairs import pairs_within
from layers.layer import Layer
from layers.read import read_layer
from tests.builders import figures, layer_of, parameters, solve
from tests.oracle import Oracle, answer, check_equal, check_pairs, coordinates
from tests.worlds import World, town

PROFILES = ("adult", "aided", "ebike", "drive")


@pytest.mark.parametrize("seed", range(40))
@pytest.mark.parametrize("profile", PROFILES)
def test_random_towns(seed: int, profile: str) -> None:
    """Status, minutes, facility, access leg and island of every home; the rule of islands on, off and in between."""
    world = town(seed, side=2 + seed % 6)
    asked = {
        "profile": profile,
        "direction": "to" if seed % 2 else "from",
        "minutes": (2, 5) if profile == "drive" else (3, 8),
        "report_minutes": 12,
        "island_nodes": (0, 6, 50)[seed % 3],
        "max_snap_m": (500, 120)[seed % 5 == 0],
    }
    result = world.solve(**asked)
    expected = answer(world.roads(), world.facilities(), world.demand(), parameters(**asked))
    assert check_equal(result, expected) > 0


def test_random_towns_have_what_they_are_for() -> None:
    """The towns above hold all states, moved points, ways round one-way streets and times to compare."""
    tables = []
    for seed in range(40):
        world = town(seed, side=2 + seed % 6)
        asked = parameters(profile="drive", minutes=(2, 5), report_minutes=12, island_nodes=6)
        tables.append(answer(world.roads(), world.facilities(), world.demand(), asked))
    every = pd.concat(tables)
    assert every["moved_from_island"].sum() >= 10
    assert set(every["status"]) == {"covered", "beyond", "no_road"}
    assert every["minutes"].isna().sum() >= 50
    assert every["minutes"].notna().sum() >= 500
    assert every["unsure"].mean() < 0.02


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("profile", ["adult", "drive"])
def test_times_of_random_towns_both_ways(seed: int, profile: str) -> None:
    """All pairs from homes to facilities, and from facilities to homes."""
    world = town(seed, side=3 + seed % 4, sites=6)
    asked = parameters(profile=profile, island_nodes=0)
    network, homes, sites = world.network(), world.demand(), world.facilities()
    oracle = Oracle(world.roads(), asked)
    home_ids, site_ids = homes.frame["demand_id"].tolist(), sites.frame["facility_id"].tolist()
    there = oracle.times_s(coordinates(homes.frame), coordinates(sites.frame), 9 * 60)
    back = oracle.times_s(coordinates(sites.frame), coordinates(homes.frame), 9 * 60)
    check_pairs(pairs_within(network, asked, homes, sites, 9), there, home_ids, site_ids)
    check_pairs(pairs_within(network, asked, sites, homes, 9), back, site_ids, home_ids)
    if profile == "adult":
        assert np.nansum(there.seconds) == pytest.approx(np.nansum(back.seconds))


@pytest.mark.parametrize("profile", ["elder75", "drive"])
def test_the_lattice_town_of_many_homes(profile: str) -> None:
    """A larger connected town, so that most homes have several facilities in reach."""
    world: World = town(99, side=12, sites=15, homes=300, plain=True)
    asked = {"profile": profile, "minutes": (5, 15)}
    result = world.solve(**asked)
    expected = answer(world.roads(), world.facilities(), world.demand(), parameters(**asked))
    assert check_equal(result, expected) > 290
    assert expected["facility_id"].nunique() > 10


# ---------------------------------------------------------------------- real roads
def points(kind: str, ids: list[str], lonlat: np.ndarray, weight: np.ndarray | None = None) -> Layer:
    """A layer of points; facilities are open centres."""
    if kind == "facilities":
        rows = [{"facility_id": key, "name": key, "kind": "elder_centre", "status": "open"} for key in ids]
    else:
        count = weight if weight is not None else np.ones(len(ids))
        rows = [{"demand_id": key, "name": key, "pop": float(pop)} for key, pop in zip(ids, count, strict=True)]
    return layer_of(kind, rows, list(shapely.points(lonlat)))


def clip(layer: Layer, box: tuple[float, float, float, float]) -> Layer:
    """Roads that touch a box, whole."""
    frame = layer.frame.cx[box[0] : box[2], box[1] : box[3]].reset_index(drop=True)
    return layer_of("roads", frame.drop(columns=["row", "geometry"]).to_dict("records"), list(frame.geometry))


def scatter(rng: np.random.Generator, box: tuple[float, float, float, float], n: int) -> np.ndarray:
    """Random places in a box of degrees."""
    return rng.uniform(box[:2], box[2:], (n, 2))


@pytest.mark.parametrize(("profile", "kinds"), [("elder", ("elder_centre",)), ("drive", ("elder_home", "cemetery"))])
def test_a_part_of_the_demo(root: Path, profile: str, kinds: tuple[str, ...]) -> None:
    """Real streets of the demo, its own facilities with their states and dates, and 300 of its homes."""
    folder = root / "data" / "demo" / "layers"
    if not folder.exists():
        pytest.skip("no demo yet")
    from layers import road

    homes = read_layer(folder / "demand.parquet", "demand")
    middle = homes.frame.geometry.x.median(), homes.frame.geometry.y.median()
    box = (middle[0] - 0.05, middle[1] - 0.05, middle[0] + 0.05, middle[1] + 0.05)
    part = clip(road.read_roads(folder / "roads.parquet"), box)
    near = homes.frame.cx[box[0] : box[2], box[1] : box[3]]
    places = replace(homes, frame=near.sample(min(300, len(near)), random_state=1).sort_index().reset_index(drop=True))
    sites = read_layer(folder / "facilities.parquet", "facilities")
    shown = sites.frame.cx[box[0] : box[2], box[1] : box[3]].reset_index(drop=True)
    asked = {"profile": profile, "report_minutes": 30, "kinds": kinds}
    result = solve(part, replace(sites, frame=shown), places, **asked)
    expected = answer(part, replace(sites, frame=shown), places, parameters(**asked))
    assert len(expected) > 200
    assert check_equal(result, expected, most_unsure=0.02) > 190
    assert set(expected["status"]) >= {"covered", "beyond"}


@pytest.fixture(scope="module")
def porto_roads(real_data: Path) -> Layer:
    from layers import road

    return road.read_roads(real_data / "porto" / "porto.osm.pbf")


@pytest.mark.parametrize("profile", ["elder", "drive"])
def test_porto(porto_roads: Layer, profile: str) -> None:
    """The middle of Porto, with its one-ways, motorways and stairs: 60 facilities, 1,000 places."""
    box = (-8.64, 41.13, -8.58, 41.17)
    part = clip(porto_roads, box)
    rng = np.random.default_rng(20)
    homes = points("demand", [f"D{i:04}" for i in range(1000)], scatter(rng, box, 1000))
    sites = points("facilities", [f"F{i:03}" for i in range(60)], scatter(rng, box, 60))
    asked = {"profile": profile, "minutes": (5, 10), "report_minutes": 12 if profile == "drive" else 20}
    result = solve(part, sites, homes, **asked)
    expected = answer(part, sites, homes, parameters(**asked))
    assert check_equal(result, expected, most_unsure=0.02) > 900
    assert expected["moved_from_island"].sum() > 0


def test_porto_alegre(real_data: Path) -> None:
    """The hexagons of Porto Alegre: every one of 812,935 people counted, to those with health care, like the oracle."""
    from layers import road

    roads = road.read_roads(real_data / "porto_alegre" / "roads.osm.pbf")
    table = pd.read_csv(real_data / "porto_alegre" / "population_hexgrid.csv", dtype={"id": str})
    lonlat = table[["lon", "lat"]].to_numpy()
    homes = points("demand", table["id"].tolist(), lonlat, table["population"].to_numpy())
    cared = table["healthcare"] > 0
    sites = points("facilities", table["id"][cared].tolist(), lonlat[cared.to_numpy()])
    asked = {"profile": "elder", "report_minutes": 30}
    result = solve(roads, sites, homes, **asked)
    assert result.summary["demand_total"] == 812_935
    assert result.summary["covered"]["15"] + result.summary["beyond"] + result.summary["no_road"] == 812_935
    expected = answer(roads, sites, homes, parameters(**asked))
    assert check_equal(result, expected, most_unsure=0.02) > 1200
    covered = expected.loc[expected["status"] == "covered", "demand_id"]
    sure_total = table.set_index("id").loc[covered, "population"].sum()
    doubtful = table.set_index("id").loc[expected.loc[expected["unsure"], "demand_id"], "population"].sum()
    assert abs(result.summary["covered"]["15"] - sure_total) <= doubtful


def test_the_oracle_itself_on_a_case_worked_out_by_hand() -> None:
    """The oracle is wrong in nothing simple: 50 m to the road, 300 m along it, 255 m to the facility at 1.25 m/s."""
    from tests.builders import demand, facilities, roads

    table = answer(
        roads([(0, 0), (2000, 0)]),
        facilities({"F1": (500, 255)}),
        demand({"D1": (800, -50), "D2": (0, 900)}),
        parameters(),
    )
    assert table["minutes"].iloc[0] * 60 == pytest.approx(484, abs=1e-4)
    assert table["status"].tolist() == ["covered", "no_road"]
    assert table["unsure"].tolist() == [False, False]


def test_building_twice_gives_the_same_network() -> None:
    """[D24] Same roads, same figures."""
    world = town(5)
    assert figures(world.roads()) == figures(world.roads())
