"""[F06, F07, F08, E17] Fetching roads: each way in which a server, the network or the cache can let us down."""

import dataclasses
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
import shapely

from geo import fetch
from geo.errors import RemoteError, RequestError
from geo.road_file import osm_header
from layers.road import read_roads
from tests import overpass
from tests.overpass import BUSY, EMPTY, HTML, LIMITS, NODES, REMARK, STREETS, Answer, Server, osm, serve

pytestmark = [pytest.mark.enable_socket, pytest.mark.allow_hosts(["127.0.0.1"])]

AREA = shapely.box(113.99, 30.49, 114.03, 30.52)
Fetch = Callable[..., bytes]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home of the program; no proxy of this computer comes between."""
    monkeypatch.setenv("QUARTERHOUR_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.delenv("QUARTERHOUR_OFFLINE", raising=False)
    return tmp_path / "home"


@pytest.fixture
def fetched(home: Path, monkeypatch: pytest.MonkeyPatch) -> Fetch:
    """Download from a server of ours, which is put on the list."""

    def download(server: Server, area: shapely.Geometry = AREA, *, offline: bool = False, **limits: float) -> bytes:
        monkeypatch.setattr(fetch, "ALLOWED", (server.overpass, server.url))
        changed = dataclasses.replace(LIMITS, **limits)
        return fetch.download(area, offline=offline, server=server.overpass, limits=changed)

    return download


def roads_in(data: bytes, folder: Path) -> dict[str, tuple[str, int]]:
    """Class and direction of the roads in a PBF, by their line."""
    file = folder / "roads.osm.pbf"
    file.write_bytes(data)
    frame = read_roads(file).frame
    return {
        line.wkt: (str(highway), int(oneway))
        for line, highway, oneway in zip(frame.geometry, frame["highway"], frame["oneway"], strict=True)
    }


def kept(home: Path) -> list[Path]:
    return sorted((home / "cache").glob("*")) if (home / "cache").is_dir() else []


EXPECTED = {
    "LINESTRING (114 30.5, 114 30.51)": ("residential", 0),
    "LINESTRING (114 30.51, 114.02 30.51)": ("primary", -1),
}


def test_a_good_answer_is_asked_for_once(fetched: Fetch, home: Path, tmp_path: Path) -> None:
    """All roads and ferries with their tags; the same question again asks nobody; another one does."""
    with serve() as server:
        data = fetched(server)
        assert roads_in(data, tmp_path) == EXPECTED
        header = osm_header(tmp_path / "roads.osm.pbf")
        assert (header.data_of, header.box) == (overpass.TIME, pytest.approx(AREA.bounds, abs=1e-7))
        assert len(server.queries()) == 1
        assert len(server.asked) == 2, "one for roads, one for ferries"
        assert server.queries()[0].startswith("[out:json][timeout:20];")
        assert '["highway"]' in server.queries()[0]
        assert fetched(server) == data
        assert len(server.asked) == 2
        fetched(server, shapely.box(113.9, 30.4, 114.03, 30.52))
        assert len(server.queries()) == 2
    assert len(kept(home)) == 2


@pytest.mark.parametrize(
    "faults", [(BUSY, Answer(status=504)), (Answer(HTML), overpass.CUT), (REMARK,)], ids=["busy", "no data", "partial"]
)
def test_a_passing_fault_is_tried_again(faults: tuple[Answer, ...], fetched: Fetch, home: Path, tmp_path: Path) -> None:
    """[F07] Up to three tries; what is kept in the end is the good answer alone."""
    with serve(*faults, STREETS) as server:
        assert roads_in(fetched(server), tmp_path) == EXPECTED
        assert len(server.queries()) == len(faults) + 1
    assert len(kept(home)) == 1


@pytest.mark.parametrize(
    ("answer", "code", "tries"),
    [
        (BUSY, "fetch_busy", 3),
        (Answer(HTML), "fetch_not_data", 3),
        (REMARK, "fetch_partial", 3),
        (Answer(status=403), "fetch_refused", 1),
        (Answer(b'{"elements": [{"type": "node"}]}'), "fetch_not_data", 1),
        (osm({7: ((1, 2, 99), {"highway": "path"})}, NODES), "fetch_partial", 1),
        (EMPTY, "fetch_empty", 1),
    ],
    ids=["429", "html", "remark", "403", "shape", "nodes missing", "empty"],
)
def test_a_lasting_fault_is_an_error_and_leaves_nothing(
    answer: Answer, code: str, tries: int, fetched: Fetch, home: Path
) -> None:
    """[F07, F08] It ends, it says what it was and how to go on, and it is not kept."""
    with serve(answer) as server, pytest.raises(RemoteError) as caught:
        fetched(server)
    assert caught.value.code == code
    assert len(server.queries()) == tries
    assert "127.0.0.1" in caught.value.message("en")
    assert caught.value.hint("zh")
    assert (code == "fetch_empty") == ("本单位的道路" in caught.value.hint("zh"))
    assert kept(home) == []


def test_a_server_that_says_nothing_is_given_up(fetched: Fetch) -> None:
    with serve(overpass.SILENT) as server, pytest.raises(RemoteError, match=r"0\.5") as caught:
        fetched(server, silence_s=0.5)
    assert caught.value.code == "fetch_timeout"
    assert len(server.queries()) == 3


def test_an_answer_without_end_is_stopped(fetched: Fetch) -> None:
    """A byte now and then keeps any time-out of the connection from firing; the process is ended from outside."""
    with serve(overpass.DRIP) as server, pytest.raises(RemoteError) as caught:
        fetched(server, total_s=5)
    assert caught.value.code == "fetch_timeout"


def test_nobody_listens(fetched: Fetch) -> None:
    with serve() as server:
        pass
    with pytest.raises(RemoteError) as caught:
        fetched(server)
    assert caught.value.code == "fetch_no_connection"
    assert "roads import" in caught.value.hint("en")


@pytest.mark.parametrize("answer", [STREETS, overpass.BOMB], ids=["plain", "packed"])
def test_too_much_is_stopped(answer: Answer, fetched: Fetch, home: Path) -> None:
    """Bytes are counted as they are unpacked: a small packed answer may be a large one."""
    limit = {"most_bytes": 300} if answer is STREETS else {"most_bytes": 3_000_000}
    with serve(answer) as server, pytest.raises(RemoteError) as caught:
        fetched(server, **limit)
    assert caught.value.code == "fetch_too_much"
    assert kept(home) == []


def test_a_large_area_is_asked_for_in_pieces(fetched: Fetch, tmp_path: Path) -> None:
    """A way that several pieces answer with comes once; of the pieces, the one that failed is asked for again alone."""
    with serve(STREETS, BUSY, STREETS) as server:
        data = fetched(server, piece_km2=4.0)
        assert len(server.queries()) == len(set(server.queries())) + 1 > 4
    assert roads_in(data, tmp_path) == EXPECTED


def test_an_area_too_large_is_refused_with_advice(fetched: Fetch) -> None:
    """[F08] Before anybody is asked."""
    with serve() as server, pytest.raises(RequestError, match="10") as caught:
        fetched(server, most_km2=10.0)
    assert caught.value.code == "fetch_area_too_large"
    assert "roads import" in caught.value.hint("en")
    assert server.asked == []


# ---- E17: who is asked --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/api", ""])
def test_a_server_that_is_not_listed_is_not_asked(path: str, home: Path) -> None:
    """[E17] 0 hits, whatever the address looks like."""
    with serve() as canary:
        for url in (
            canary.url + path,
            f"https://overpass-api.de@{canary.url[7:]}{path}",
            f"{fetch.OVERPASS}/../{path}",
        ):
            with pytest.raises(RequestError) as caught:
                fetch.download(AREA, server=url, limits=LIMITS)
            assert caught.value.code == "fetch_server_refused"
            with pytest.raises(RequestError):
                fetch.find_place("长兴县", server=url, limits=LIMITS)
    assert canary.asked == []


def test_all_servers_on_the_list_speak_https() -> None:
    assert all(url.startswith("https://") for url in fetch.ALLOWED)
    assert {fetch.OVERPASS, fetch.NOMINATIM} <= set(fetch.ALLOWED)


def test_a_redirection_is_not_followed(fetched: Fetch) -> None:
    """[E17] To an address inside the office, for example."""
    with serve() as canary:
        away = Answer(status=307, headers=(("Location", f"{canary.url}/secret"),))
        with serve(away) as server, pytest.raises(RemoteError) as caught:
            fetched(server)
        assert caught.value.code == "fetch_redirected"
        assert len(server.queries()) == 1
    assert canary.asked == []


# ---- offline and the cache ----------------------------------------------------------------------------------------


def test_offline_uses_what_was_fetched_and_asks_nobody(
    fetched: Fetch, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the argument, and by the environment."""
    elsewhere = shapely.box(113.0, 30.0, 113.1, 30.1)
    with serve() as server:
        data = fetched(server)
        asked = len(server.asked)
        for offline in (True, False):
            assert fetched(server, offline=offline) == data
            with pytest.raises(RemoteError) as caught:
                fetched(server, elsewhere, offline=offline)
            assert caught.value.code == "fetch_offline"
            monkeypatch.setenv("QUARTERHOUR_OFFLINE", "1")
        assert len(server.asked) == asked
    assert "roads import" in caught.value.hint("en")


def test_an_old_answer_is_renewed_but_serves_offline(fetched: Fetch, home: Path, tmp_path: Path) -> None:
    with serve(STREETS, osm({9: ((1, 3), {"highway": "path"})}, NODES)) as server:
        old = fetched(server)
        (file,) = kept(home)
        os.utime(file, (0, 0))
        assert fetched(server, offline=True) == old
        assert roads_in(fetched(server), tmp_path) == {"LINESTRING (114 30.5, 114.02 30.51)": ("path", 0)}
        assert len(kept(home)) == 1, "the new answer takes the place of the old one"


def test_a_broken_cache_file_is_deleted_and_fetched_again(fetched: Fetch, home: Path) -> None:
    """[F06] Offline it is no answer; online it is asked for again, and kept whole."""
    with serve() as server:
        data = fetched(server)
        (file,) = kept(home)
        for broken in (data[: len(data) // 2], HTML, b""):
            file.write_bytes(broken)
            with pytest.raises(RemoteError) as caught:
                fetched(server, offline=True)
            assert caught.value.code == "fetch_offline"
            assert kept(home) == []
        file.write_bytes(HTML)
        assert fetched(server) == data
        assert [path.read_bytes() for path in kept(home)] == [data]
        assert len(server.queries()) == 2


def test_a_cache_that_takes_nothing_does_no_harm(fetched: Fetch, home: Path, tmp_path: Path) -> None:
    """The home of the program is a file: every time the server is asked, and it works."""
    home.write_text("mine", encoding="utf-8")
    with serve() as server:
        assert roads_in(fetched(server), tmp_path) == EXPECTED
    assert home.read_text(encoding="utf-8") == "mine"


def test_two_processes_keep_one_answer(home: Path) -> None:
    """Both write at the same moment; what stays is whole, and there is one of it."""
    code = (
        "import shapely, sys\n"
        "from geo import fetch\n"
        "from tests.overpass import LIMITS\n"
        "url = sys.argv[1]\n"
        "fetch.ALLOWED = (url,)\n"
        f"data = fetch.download(shapely.box{AREA.bounds}, server=url, limits=LIMITS)\n"
        "sys.stdout.buffer.write(data)\n"
    )
    with serve() as server:
        both = [
            subprocess.Popen([sys.executable, "-c", code, server.overpass], cwd=fetch.ROOT_DIR, stdout=subprocess.PIPE)
            for _ in range(2)
        ]
        first, second = (process.communicate(timeout=120)[0] for process in both)
    assert [process.returncode for process in both] == [0, 0]
    assert first == second
    assert [path.read_bytes() for path in kept(home)] == [first]


# ---- nothing is left behind ---------------------------------------------------------------------------------------


def test_settings_of_osmnx_are_nobodys_but_the_users(fetched: Fetch, home: Path) -> None:
    """While two threads fetch from two servers and afterwards: settings and name look-up of this process are as before.

    Each thread gets the answer of its own server.
    """
    import osmnx

    def state() -> tuple[object, ...]:
        settings = {name: value for name, value in vars(osmnx.settings).items() if not name.startswith("_")}
        return repr(sorted(settings.items())), socket.getaddrinfo

    before = state()
    other = osm({9: ((1, 3), {"highway": "path"})}, NODES)
    got: dict[int, bytes] = {}
    with serve() as one, serve(other) as two, pytest.MonkeyPatch.context() as patch:
        patch.setattr(fetch, "ALLOWED", (one.overpass, two.overpass))
        threads = [
            threading.Thread(
                target=lambda key, server: got.update({key: fetch.download(AREA, server=server, limits=LIMITS)}),
                args=(key, server.overpass),
            )
            for key, server in enumerate((one, two))
        ]
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            assert state() == before
            threads[0].join(0.02)
    assert state() == before
    assert len(got) == 2
    assert got[0] != got[1]


def test_reading_roads_does_not_load_osmnx() -> None:
    code = "import sys, geo.jit, cli; sys.exit('osmnx' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=fetch.ROOT_DIR, check=False).returncode == 0


# ---- places -------------------------------------------------------------------------------------------------------


def test_a_place_is_the_box_around_it(fetched: Fetch, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its administrative boundary is not used; the name comes back as the server knows it, and is asked for once."""
    box = (119.55, 30.72, 120.1, 31.19)
    with serve(overpass.nominatim("长兴县, 湖州市, 浙江省", box)) as server:
        monkeypatch.setattr(fetch, "ALLOWED", (server.url,))
        place = fetch.find_place("  长兴县 ", server=server.url, limits=LIMITS)
        assert place == fetch.find_place("长兴县", server=server.url, limits=LIMITS, offline=True)
        assert (place.name, place.bounds) == ("长兴县, 湖州市, 浙江省", box)
        assert [overpass.path_of(question)["q"] for question in server.asked] == [["长兴县"]]


def test_a_place_nobody_knows(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serve(Answer(b"[]")) as server:
        monkeypatch.setattr(fetch, "ALLOWED", (server.url,))
        with pytest.raises(RemoteError) as caught:
            fetch.find_place("没有县", server=server.url, limits=LIMITS)
    assert caught.value.code == "fetch_place_unknown"
    assert "没有县" in caught.value.message("zh")


@pytest.mark.parametrize("name", ["", " \n", "县" * 201])
def test_a_name_that_is_none_is_refused(name: str, home: Path) -> None:
    with pytest.raises(RequestError) as caught:
        fetch.find_place(name)
    assert caught.value.code == "bad_place"
