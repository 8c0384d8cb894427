"""Roads of OpenStreetMap from a server: the only remote access of the program, and only when a user asks for it.

osmnx asks, in a process of its own (:mod:`geo._osmnx_process` says why). Only the servers in :data:`ALLOWED` are asked.
"""

import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import osmium
import shapely

from geo.crs import GEOD
from geo.errors import OutputError, RemoteError, RequestError
from geo.paths import ROOT_DIR, VERSION, user_cache_dir
from geo.write import write_bytes

__all__ = ["ALLOWED", "LIMITS", "NOMINATIM", "OVERPASS", "Limits", "Place", "download", "find_place", "is_offline"]

NOMINATIM = "https://nominatim.openstreetmap.org"
OVERPASS = "https://overpass-api.de/api"
#: Servers that may be asked; https://wiki.openstreetmap.org/wiki/Overpass_API lists the public ones.
ALLOWED = (OVERPASS, "https://overpass.private.coffee/api", "https://maps.mail.ru/osm/tools/overpass/api", NOMINATIM)
#: What the servers see of us; their rules ask for a name (https://operations.osmfoundation.org/policies/nominatim/).
_AGENT = f"Quarterhour/{VERSION} (osmnx)"
_OFFLINE = "QUARTERHOUR_OFFLINE"
#: An answer is asked for anew when it is older; offline it is used whatever its age.
_MOST_AGE_S = 30 * 86_400.0
_LONGEST_NAME = 200


@dataclass(frozen=True)
class Limits:
    """Bounds of remote access.

    Parameters
    ----------
    silence_s
        A server that says nothing for so long is given up.
    pauses_s
        Before each further try; one try more than there are pauses.
    total_s
        The whole question, with all tries and pieces.
    most_bytes
        All answers to one question.
    most_km2
        Area that is asked for, the halo included.
    piece_km2
        Larger areas are asked for in pieces, so that each answer comes before the server gives up.
    """

    silence_s: float = 30.0
    pauses_s: tuple[float, ...] = (5.0, 20.0)
    total_s: float = 900.0
    most_bytes: int = 300 * 1024**2
    most_km2: float = 10_000.0
    piece_km2: float = 625.0


LIMITS = Limits()


@dataclass(frozen=True)
class Place:
    """A place that was found: how the server calls it, and west, south, east, north of the box around it."""

    name: str
    bounds: tuple[float, float, float, float]


def is_offline() -> bool:
    """Whether the user has switched remote access off, by ``QUARTERHOUR_OFFLINE``."""
    return os.environ.get(_OFFLINE, "").strip().lower() not in ("", "0", "no", "false")


def find_place(name: str, *, offline: bool = False, server: str = NOMINATIM, limits: Limits = LIMITS) -> Place:
    """The box around a place.

    Only the box is taken: OpenStreetMap's administrative boundaries are not used.

    Parameters
    ----------
    name
        As one would write it on a letter, in any language.
    offline
        Use what was found before, and ask nobody.
    server, limits
        Of :data:`ALLOWED`, and the bounds of the question.

    Raises
    ------
    RequestError
        When the name is blank or too long, or the server is not in :data:`ALLOWED`.
    RemoteError
        When the place is not found, or there is no answer.
    """
    _refuse_unlisted(server)
    text = " ".join(name.split())
    if not 0 < len(text) <= _LONGEST_NAME:
        raise RequestError("bad_place", given=text, most=_LONGEST_NAME)
    key = _key(server, "place", text)

    def ask() -> bytes:
        with tempfile.TemporaryDirectory() as folder:
            return json.dumps(_ask({"place": text, "nominatim": server, "folder": folder}, limits)).encode()

    found = json.loads(_cached(key, ".json", ask, server, offline=offline))
    west, south, east, north = found["bounds"]
    return Place(found["name"], (west, south, east, north))


def download(
    area: shapely.Geometry, *, offline: bool = False, server: str = OVERPASS, limits: Limits = LIMITS
) -> bytes:
    """Roads and ferries that touch an area, whole, as the bytes of an OSM PBF; its head says the box and the time.

    Parameters
    ----------
    area
        Polygon or multi-polygon in degrees.
    offline
        Use what was fetched before, and ask nobody.
    server, limits
        Of :data:`ALLOWED`, and the bounds of the question.

    Raises
    ------
    RequestError
        When the area is too large, or the server is not in :data:`ALLOWED`.
    RemoteError
        When there is no answer, or it is not whole, or there is no road in it.
    """
    _refuse_unlisted(server)
    km2 = abs(GEOD.geometry_area_perimeter(shapely.orient_polygons(area))[0]) / 1e6
    if not km2 <= limits.most_km2:
        raise RequestError("fetch_area_too_large", area=f"{km2:,.0f}", most=f"{limits.most_km2:,.0f}")
    wkt = shapely.to_wkt(shapely.set_precision(area, 1e-6), rounding_precision=6)

    def ask() -> bytes:
        with tempfile.TemporaryDirectory() as folder:
            _ask({"area": wkt, "overpass": server, "folder": folder}, limits)
            answers = [json.loads(file.read_bytes()) for file in sorted(Path(folder).glob("*.json"))]
            return _as_pbf(answers, area.bounds, Path(folder) / "roads.osm.pbf", _host(server))

    return _cached(_key(server, "roads", wkt), ".osm.pbf", ask, server, offline=offline)


def _refuse_unlisted(server: str) -> None:
    if server not in ALLOWED:
        raise RequestError("fetch_server_refused", given=server, known=", ".join(ALLOWED))


def _host(server: str) -> str:
    return urlsplit(server).hostname or server


def _ask(question: dict[str, Any], limits: Limits) -> dict[str, Any]:
    """Put a question to osmnx in its own process, and wait for the answer no longer than the limits allow."""
    server = question.get("overpass") or question["nominatim"]
    whole = {
        "overpass": OVERPASS,
        "nominatim": NOMINATIM,
        "agent": _AGENT,
        "silence_s": limits.silence_s,
        "pauses_s": limits.pauses_s,
        "most_bytes": limits.most_bytes,
        "piece_m2": limits.piece_km2 * 1e6,
        **question,
    }
    try:
        done = subprocess.run(  # our own interpreter and module; the question goes by stdin
            [sys.executable, "-m", "geo._osmnx_process"],
            input=json.dumps(whole).encode(),
            capture_output=True,
            timeout=limits.total_s,
            cwd=ROOT_DIR,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise RemoteError("fetch_timeout", server=_host(server), seconds=f"{limits.total_s:g}") from None
    if done.returncode:
        raise RuntimeError(f"osmnx process: {done.stderr.decode('utf-8', 'replace').strip()[-2000:]}")
    said: dict[str, Any] = json.loads(done.stdout)
    if "fault" in said:
        raise RemoteError(said.pop("fault"), server=_host(server), **said)
    answer: dict[str, Any] = said["answer"]
    return answer


# ---- answers as a file --------------------------------------------------------------------------------------------


def _as_pbf(
    answers: Iterable[dict[str, Any]], bounds: tuple[float, float, float, float], file: Path, host: str
) -> bytes:
    """Answers of Overpass as one OSM file: each node and way once, sorted by number."""
    nodes: dict[int, tuple[float, float]] = {}
    ways: dict[int, tuple[list[int], dict[str, str]]] = {}
    times = []
    try:
        for answer in answers:
            times.append(str(answer.get("osm3s", {}).get("timestamp_osm_base", "")))
            for element in answer["elements"]:
                if element["type"] == "node":
                    nodes[int(element["id"])] = float(element["lon"]), float(element["lat"])
                elif element["type"] == "way":
                    tags = {str(key): str(value) for key, value in element.get("tags", {}).items()}
                    ways[int(element["id"])] = [int(node) for node in element["nodes"]], tags
    except (KeyError, TypeError, ValueError, AttributeError):
        raise RemoteError("fetch_not_data", server=host) from None
    if not ways:
        raise RemoteError("fetch_empty", server=host)
    if not all(node in nodes for numbers, _ in ways.values() for node in numbers):
        raise RemoteError("fetch_partial", server=host, remark="nodes missing")
    header = osmium.io.Header()
    header.add_box(osmium.osm.Box(*bounds))
    if min(times):
        header.set("osmosis_replication_timestamp", min(times))
    with closing(osmium.SimpleWriter(str(file), header=header)) as writer:
        for number, location in sorted(nodes.items()):
            writer.add_node(osmium.osm.mutable.Node(id=number, location=location))
        for number, (members, tags) in sorted(ways.items()):
            writer.add_way(osmium.osm.mutable.Way(id=number, nodes=members, tags=tags))
    return file.read_bytes()


# ---- the cache ----------------------------------------------------------------------------------------------------


def _key(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:24]


def _cached(key: str, suffix: str, ask: Callable[[], bytes], server: str, *, offline: bool) -> bytes:
    """The answer kept under a key, else a new one, which is kept in its place."""
    folder = user_cache_dir()
    offline = offline or is_offline()
    for age_s, data in _kept(folder, key, suffix):
        if offline or age_s <= _MOST_AGE_S:
            return data
    if offline:
        raise RemoteError("fetch_offline", server=_host(server))
    data = ask()
    with suppress(OutputError, OSError):  # without a cache it is only slower the next time
        folder.mkdir(parents=True, exist_ok=True)
        write_bytes(folder / _name(key, data, suffix), data)
        for file in folder.glob(f"{key}-*{suffix}"):
            if file.name != _name(key, data, suffix):
                file.unlink()
    return data


def _kept(folder: Path, key: str, suffix: str) -> list[tuple[float, bytes]]:
    """Age in seconds and content of what is kept under a key, the newest first.

    The name of a file holds the digest of its content; one that differs is broken, and is deleted.
    """
    found = []
    for file in folder.glob(f"{key}-*{suffix}"):
        with suppress(OSError):  # another process may have replaced it
            data, age_s = file.read_bytes(), time.time() - file.stat().st_mtime
            if file.name == _name(key, data, suffix):
                found.append((age_s, data))
            else:
                file.unlink()
    return sorted(found)


def _name(key: str, data: bytes, suffix: str) -> str:
    return f"{key}-{hashlib.sha256(data).hexdigest()}{suffix}"
