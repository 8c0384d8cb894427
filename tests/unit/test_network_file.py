"""A network that is kept is the network that was built, or it is not believed."""

import dataclasses
import hashlib
import json
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given

from coverage.network import Network, build_network
from coverage.network_file import load_network, save_network
from geo.errors import FileError, OutputError
from geo.findings import Finding
from layers import road
from layers.layer import QualityReport
from layers.origin_json import origin_as_json, origin_from_json
from tests.builders import at, roads, solve
from tests.networks import ARRAYS, assert_same, road_file
from tests.worlds import World, town, towns

HEAD = struct.Struct("<8sII32s")


@pytest.fixture
def network() -> Network:
    return town(5).network()


@pytest.fixture
def kept(tmp_path: Path, network: Network) -> Path:
    save_network(network, tmp_path / "a.network", inputs="roads")
    return tmp_path / "a.network"


def open_kept(file: Path) -> Network:
    return load_network(file, inputs="roads")


# ---- the same network ---------------------------------------------------------------------------------------------


@given(towns())
def test_what_is_loaded_is_what_was_saved(tmp_path_factory: pytest.TempPathFactory, world: World) -> None:
    file = tmp_path_factory.mktemp("kept") / "a.network"
    built = world.network()
    save_network(built, file)
    assert_same(load_network(file), built)
    assert load_network(file).stats() == built.stats()


def test_answers_are_the_same(tmp_path: Path) -> None:
    world = town(8)
    save_network(world.network(), tmp_path / "a.network")
    ours = solve(load_network(tmp_path / "a.network"), world.facilities(), world.demand(), per_facility=True)
    theirs = world.solve(per_facility=True)
    assert ours.summary == theirs.summary
    for name in ("demand", "facilities", "reached_roads", "service_areas", "service_areas_by_facility"):
        assert getattr(ours, name).to_json() == getattr(theirs, name).to_json()


def test_one_network_is_one_file_to_the_byte(tmp_path: Path, network: Network, kept: Path) -> None:
    save_network(network, tmp_path / "b.network", inputs="roads")
    assert (tmp_path / "b.network").read_bytes() == kept.read_bytes()


def test_what_is_done_to_the_arrays_does_not_reach_the_file(kept: Path) -> None:
    before = kept.read_bytes()
    opened = open_kept(kept)
    opened.length_m[:] = 0
    assert kept.read_bytes() == before


def test_saving_itself_says_why_it_cannot(tmp_path: Path, network: Network) -> None:
    with pytest.raises(OutputError):
        save_network(network, tmp_path / "none" / "a.network")


def test_the_report_on_the_roads_comes_back(tmp_path: Path) -> None:
    """Refused rows, findings with and without a row, Chinese, numbers of numpy, where no road is missing."""
    file = road_file(
        tmp_path, [{"highway": "residential", "maxspeed": "?"}, {"highway": "道路"}, {"highway": "proposed"}]
    )
    layer = road.read_roads(file)
    assert layer.quality.rows_refused
    assert layer.quality.findings
    facts = {"count": np.int64(3), "share": np.float64(0.1)}
    quality = dataclasses.replace(
        layer.quality, findings=(*layer.quality.findings, Finding("duplicate_lines", "info", facts=facts))
    )
    source = dataclasses.replace(
        layer.source, extent=shapely.box(*at(0, 0), *at(900, 900)), credit="某人", synthetic=True
    )
    built = build_network(dataclasses.replace(layer, quality=quality, source=source))
    save_network(built, tmp_path / "a.network")
    assert_same(load_network(tmp_path / "a.network"), built)


def test_a_report_of_nothing_and_one_that_json_cannot() -> None:
    bare = roads([(0, 0), (10, 0)]).origin
    assert origin_from_json(origin_as_json(bare)).quality.refused.empty
    odd = dataclasses.replace(bare, quality=QualityReport((Finding("no_crs", "info", facts={"x": object()}),), 1, 1))
    with pytest.raises(TypeError):
        origin_as_json(odd)


# ---- a file that is not believed ----------------------------------------------------------------------------------


def damaged(file: Path, word: str | None = None) -> None:
    with pytest.raises(FileError, match=word) as caught:
        open_kept(file)
    assert caught.value.code == "network_file_damaged"


def regions(file: Path) -> Iterator[tuple[str, int, int]]:
    """Name, first and last byte of every part of the file that means something."""
    data = file.read_bytes()
    length = HEAD.unpack_from(data)[2]
    header = json.loads(data[HEAD.size : HEAD.size + length])
    first = HEAD.size + length
    yield from (("magic", 0, 7), ("version", 8, 11), ("length", 12, 15), ("sum", 16, 47))
    yield "header", HEAD.size, HEAD.size + length - 1
    for name, (kind, shape, begin) in header["arrays"].items():
        size = int(np.prod(shape)) * np.dtype(kind).itemsize
        yield name, first + begin, first + begin + size - 1


def test_a_bit_that_fell_over_anywhere_is_seen(kept: Path) -> None:
    whole = kept.read_bytes()
    looked_at = list(regions(kept))
    assert len(looked_at) == 5 + len(ARRAYS) + 1 + 9
    for name, begin, end in looked_at:
        for place in {begin, (begin + end) // 2, end}:
            data = bytearray(whole)
            data[place] ^= 0x10
            kept.write_bytes(data)
            with pytest.raises(FileError):
                open_kept(kept)
            assert name
    kept.write_bytes(whole)
    open_kept(kept)


def test_a_file_that_ends_early_or_late_is_seen(kept: Path) -> None:
    whole = kept.read_bytes()
    for length in (0, 1, 47, 48, 60, len(whole) // 2, len(whole) - 1):
        kept.write_bytes(whole[:length])
        damaged(kept)
    kept.write_bytes(whole + b"\0")
    damaged(kept)


@pytest.mark.parametrize("data", [b"PK\x03\x04" + bytes(400), b"{}" * 40, bytes(200), b"\x93NUMPY" + bytes(90)])
def test_a_foreign_file_is_refused(kept: Path, data: bytes) -> None:
    kept.write_bytes(data)
    damaged(kept, "no network")


def test_a_pickle_is_refused_and_not_run(kept: Path, tmp_path: Path) -> None:
    # What pickle.dumps gives for an object whose __reduce__ calls open(tmp_path / "ran", "w").
    target = str(tmp_path / "ran").encode()
    whole = kept.read_bytes()
    run = b"cbuiltins\nopen\n(V" + target + b"\nVw\ntR."
    kept.write_bytes(run + bytes(200))
    damaged(kept)
    kept.write_bytes(whole)
    change(kept, arrays={"u": ("|O", None)})
    damaged(kept, "type of u")
    assert not (tmp_path / "ran").exists()


def test_another_version_is_refused(kept: Path) -> None:
    for version in (0, 2, 2**32 - 1):
        data = bytearray(kept.read_bytes())
        struct.pack_into("<I", data, 8, version)
        kept.write_bytes(data)
        damaged(kept, f"version {version}")


@pytest.mark.parametrize("length", [2**20 + 1, 2**31, 2**32 - 1])
def test_a_huge_header_is_refused_before_it_is_read(kept: Path, length: int) -> None:
    data = bytearray(kept.read_bytes())
    struct.pack_into("<I", data, 12, length)
    kept.write_bytes(data)
    damaged(kept, "header of")


def test_a_network_of_other_roads_is_refused(kept: Path) -> None:
    with pytest.raises(FileError, match="something else"):
        load_network(kept, inputs="other roads")


def test_a_missing_file_is_an_error_of_its_own(tmp_path: Path) -> None:
    with pytest.raises(FileError) as caught:
        load_network(tmp_path / "none.network")
    assert caught.value.code == "file_unreadable"


def change(
    file: Path,
    values: dict[str, Callable[[Any], None]] | None = None,
    arrays: dict[str, tuple[str | None, list[int] | None]] | None = None,
    facts: dict[str, Any] | None = None,
    places: dict[str, int] | None = None,
    blanks: int = 0,
) -> None:
    """Change a file as somebody would who knows the format: all sums are right afterwards."""
    data = bytearray(file.read_bytes())
    length = HEAD.unpack_from(data)[2]
    header = json.loads(data[HEAD.size : HEAD.size + length])
    body = data[HEAD.size + length :]
    for name, (kind, shape) in (arrays or {}).items():
        entry = header["arrays"][name]
        entry[0], entry[1] = kind or entry[0], shape or entry[1]
    for name, begin in (places or {}).items():
        header["arrays"][name][2] = begin
    for name, alter in (values or {}).items():
        kind, shape, begin = header["arrays"][name]
        size = int(np.prod(shape)) * np.dtype(kind).itemsize
        array = np.frombuffer(body[begin : begin + size], dtype=kind).reshape(shape).copy()
        alter(array)
        body[begin : begin + size] = array.tobytes()
    header |= {"sum": hashlib.sha256(body).hexdigest()} | (facts or {})
    for name in [name for name, value in header.items() if value is None]:
        del header[name]
    text = json.dumps(header, sort_keys=True).encode()
    text += b" " * (-(HEAD.size + len(text)) % 64 + blanks)
    start = HEAD.pack(b"QHNET\r\n\x1a", 1, len(text), hashlib.sha256(text).digest())
    file.write_bytes(start + text + bytes(body))


def put(where: Any, value: Any) -> Callable[[Any], None]:
    def alter(array: Any) -> None:
        array[where] = value

    return alter


def test_a_change_that_means_nothing_is_taken(kept: Path) -> None:
    """So that the refusals below are refusals of what was changed, not of how it was written."""
    change(kept, values={"u": lambda _: None}, facts={"join_m": 0.5}, blanks=128)
    assert open_kept(kept).join_m == 0.5


@pytest.mark.parametrize(
    ("name", "alter"),
    [
        ("u", put(0, -1)),
        ("u", put(-1, 10**6)),
        ("v", put(3, 2**31 - 1)),
        ("v", put(0, -(2**31))),
        ("way", put(0, -1)),
        ("way", put(0, 5000)),
        ("offsets", put(0, 1)),
        ("offsets", put(0, -4)),
        ("offsets", put(-1, 10**6)),
        ("offsets", put(2, 0)),
        ("offsets", put(1, -(2**31))),
        ("offsets", put(slice(1, -1), 2**31 - 1)),
        ("oneway", put(0, 2)),
        ("oneway", put(0, -128)),
        ("length_m", put(0, -1.0)),
        ("length_m", put(0, np.nan)),
        ("node_lonlat", put((0, 0), np.inf)),
        ("lonlat", put((1, 1), np.nan)),
        ("xy", put((1, 1), -np.inf)),
        ("along_m", put(-1, np.nan)),
        ("node_is_change", lambda array: put(0, 7)(array.view(np.uint8))),
        ("ways/no_foot", lambda array: put(0, 2)(array.view(np.uint8))),
        ("ways/highway", lambda array: put(0, 0x110000)(array.view(np.uint32).reshape(-1))),
        ("origin", put(0, ord("["))),
    ],
)
def test_numbers_that_lead_outside_are_refused_though_the_sums_are_right(
    kept: Path, name: str, alter: Callable[[Any], None]
) -> None:
    change(kept, values={name: alter})
    damaged(kept)


def test_places_and_shapes_that_lead_outside_are_refused_though_the_sums_are_right(kept: Path) -> None:
    whole = kept.read_bytes()
    edges = len(open_kept(kept).u)
    length = HEAD.unpack_from(whole)[2]
    first_place = json.loads(whole[HEAD.size : HEAD.size + length])["arrays"]["ways/no_foot"][2]
    cases: list[dict[str, Any]] = [
        {"places": {"u": 2**40}},
        {"places": {"u": -64}},
        {"places": {"length_m": -(2**13)}, "blanks": 2**13},
        {"places": {"u": 64.0}},
        {"arrays": {"u": (None, [float(edges)])}},
        {"arrays": {"u": (None, ["a"])}},
        {"places": {"u": 3}},
        {"places": {"ways/no_foot": first_place + 1}},
        {"blanks": 32},
        {"blanks": 2**20},
        {"arrays": {"u": (None, [2**62])}},
        {"arrays": {"u": (None, [2**62, 2**62])}},
        {"arrays": {"u": (None, [-1])}},
        {"arrays": {"u": (None, [edges - 1])}},
        {"arrays": {"u": (None, [True])}},
        {"arrays": {"u": ("<i8", None)}},
        {"arrays": {"u": (">i4", None)}},
        {"arrays": {"ways/highway": ("<U64", None)}},
        {"facts": {"arrays": {}}},
        {"facts": {"arrays": []}},
        {"facts": {"arrays": {"further": ["<f8", [1], 0]}}},
        {"facts": {"size": 10}},
        {"facts": {"crs": "EPSG:3857"}},
        {"facts": {"crs": "http://localhost/crs"}},
        {"facts": {"crs": None}},
        {"facts": {"key": "a"}},
        {"facts": {"join_m": -1}},
        {"facts": {"join_m": float("nan")}},
        {"facts": {"node_crossings": 1}},
        {"facts": {"diagnosis": {"vertices": "many", "dropped": {"zero_length": 0, "duplicates": 0}}}},
    ]
    for case in cases:
        kept.write_bytes(whole)
        change(kept, **case)
        damaged(kept)


@pytest.mark.parametrize(
    "change_of_it",
    [
        lambda report: report.update(findings=[["no_such_code", "warn", None, None, {}]]),
        lambda report: report.update(findings=[["no_crs", "warn", "1", None, {}]]),
        lambda report: report.update(findings=[["no_crs", "warn"]]),
        lambda report: report.update(rows_kept=report["rows_kept"] - 1),
        lambda report: report.update(refused={"row": ["int64", ["x"]]}),
        lambda report: report.update(refused={"row": ["object", [{}]]}),
        lambda report: report["source"].update(file=5),
        lambda report: report["source"].update(extent="zz"),
        lambda report: report["source"].update(extent=shapely.to_wkb(shapely.Point(1, 1), hex=True)),
        lambda report: report.pop("kind"),
    ],
)
def test_a_report_that_is_none_is_refused(network: Network, change_of_it: Callable[[dict[str, Any]], Any]) -> None:
    report = json.loads(origin_as_json(network.source))
    change_of_it(report)
    with pytest.raises(ValueError, match=r"not an origin|rows lost"):
        origin_from_json(json.dumps(report).encode())


def test_a_report_nested_without_end_is_refused() -> None:
    with pytest.raises(ValueError, match="not an origin"):
        origin_from_json(b"[" * 100_000)
