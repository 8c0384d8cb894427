"""Same input, any order of rows, any number of threads, either engine: the same bytes of every file [P7, D24].

Each law goes through the files that a user gets. Demand and facilities keep the order of their rows, so these two are
compared row by row, and a report on quality names numbers of rows; all else is compared as it stands.
"""

import dataclasses
import json
import random
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coverage import pairs, search
from layers.layer import Layer
from reports.geojson import write_result
from tests.builders import parameters, solve, units
from tests.worlds import DIRECTION, PROFILE, World, town, towns

#: In the order of their codes, in metres; they share borders, and do not hold all of a town.
BOXES = {"990101": (300, -400, 900, 500), "990102": (-400, -400, 300, 2000), "990103": (300, 500, 900, 2000)}
FOLLOW_THEIR_INPUT = {"demand.geojson": "demand_id", "facilities.geojson": "facility_id"}


def files_of(world: World, boxes: Layer, **asked: Any) -> dict[str, bytes]:
    """Every file of the main job, by name."""
    result = solve(world.roads(), world.facilities(), world.demand(), boxes, minutes=(2, 5), per_facility=True, **asked)
    with tempfile.TemporaryDirectory() as folder:
        write_result(result, Path(folder))
        files = {path.name: path.read_bytes() for path in Path(folder).iterdir()}
    summary = json.loads(files["summary.json"])
    assert summary.pop("seconds", None) is None, "the engine knows no clock"
    assert len(files) >= 9
    return files


def told(raw: bytes) -> dict[str, Any]:
    """The quality of each input without the numbers of its rows, which follow their order."""
    quality: dict[str, Any] = json.loads(raw)
    for report in quality.values():
        for finding in report["findings"]:
            del finding["row"]
        report["findings"].sort(key=lambda finding: json.dumps(finding, sort_keys=True))
    return quality


def rows(raw: bytes, key: str) -> list[dict[str, Any]]:
    return sorted(json.loads(raw)["features"], key=lambda feature: feature["properties"][key])


@given(towns(homes=8), PROFILE, DIRECTION, st.integers(0, 2**32 - 1))
def test_p7_the_order_of_rows_decides_nothing(world: World, profile: str, direction: str, seed: int) -> None:
    """Roads, facilities, homes and units in another order; reversed where the seed is even."""
    order = random.Random(seed)

    def turned(items: Any) -> list[Any]:
        return list(items)[::-1] if seed % 2 == 0 else order.sample(list(items), len(items))

    other = World(
        streets=tuple(turned(world.streets)),
        sites=dict(turned(world.sites.items())),
        homes=dict(turned(world.homes.items())),
    )
    asked = {"profile": profile, "direction": direction, "island_nodes": 6}
    a = files_of(world, units(BOXES), **asked)
    b = files_of(other, units(dict(turned(BOXES.items()))), **asked)
    assert a.keys() == b.keys()
    for name in a:
        if name in FOLLOW_THEIR_INPUT:
            key = FOLLOW_THEIR_INPUT[name]
            assert rows(a[name], key) == rows(b[name], key), name
        elif name == "quality.json":
            assert told(a[name]) == told(b[name])
        else:
            assert a[name] == b[name], name
    given_ = [feature["properties"]["demand_id"] for feature in json.loads(b["demand.geojson"])["features"]]
    assert given_ == list(other.homes)


@pytest.mark.parametrize("profile", ["adult", "drive"])
def test_d24_five_runs_any_threads_either_engine(profile: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """[D24] Five runs with one thread and with two, by our engine and by scipy, of rows in five orders."""
    world = town(12, side=6, sites=7, homes=60, on_roads=True)
    expected = files_of(world, units(BOXES), profile=profile)
    monkeypatch.setattr(search, "_WORTH_A_THREAD", 0)
    runs = [("numba", 1), ("numba", 2), ("numba", 3), ("scipy", 1), ("scipy", 2)]
    for seed, (engine, threads) in enumerate(runs):
        monkeypatch.setenv("QUARTERHOUR_ENGINE", engine)
        for function in (search.nearest_source, search.reach_of_each, search.in_blocks):
            monkeypatch.setitem(function.__kwdefaults__, "threads", threads)
        order = random.Random(seed)
        other = dataclasses.replace(
            world,
            streets=tuple(order.sample(world.streets, len(world.streets))),
            sites=dict(order.sample(sorted(world.sites.items()), len(world.sites))),
        )
        got = files_of(other, units(BOXES), profile=profile)
        assert got.keys() == expected.keys()
        for name in got.keys() - {"facilities.geojson", "quality.json"}:
            assert got[name] == expected[name], (name, engine, threads)
        assert told(got["quality.json"]) == told(expected["quality.json"])
        key = "facility_id"
        assert rows(got["facilities.geojson"], key) == rows(expected["facilities.geojson"], key)


@pytest.mark.parametrize("profile", ["adult", "drive"])
def test_d24_pairs_by_either_engine_in_any_blocks(profile: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """[D24] The table of pairs to the last bit, from the larger side to the smaller and back."""
    world = town(12, side=6, sites=7, homes=60, on_roads=True)
    network, sites, homes = world.network(), world.facilities(), world.demand()
    for ends in ((sites, homes), (homes, sites), (homes, homes)):
        tables = []
        for engine, threads, room in (("numba", 1, 1), ("numba", 2, 200), ("numba", 2, 10**6), ("scipy", 1, 1)):
            monkeypatch.setenv("QUARTERHOUR_ENGINE", engine)
            monkeypatch.setattr(search, "_ROOM", room)
            monkeypatch.setitem(search.in_blocks.__kwdefaults__, "threads", threads)
            tables.append(pairs.pairs_within(network, parameters(profile=profile, island_nodes=6), *ends, 12))
        assert len(tables[0]) > 50
        for table in tables[1:]:
            assert table.equals(tables[0])
