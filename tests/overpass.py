"""A server on the loopback address that answers like Overpass and Nominatim, or as badly as they do on a bad day."""

import gzip
import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from geo import fetch

#: Quick to give up: a test waits for nothing.
LIMITS = fetch.Limits(silence_s=20, pauses_s=(0.01, 0.01), total_s=60)
TIME = "2026-06-30T00:00:00Z"
HTML = b"<html><body>Please log in.</body></html>"


@dataclass(frozen=True)
class Answer:
    """One answer: what is sent, and how."""

    body: bytes = b""
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    #: ``drip``: a byte now and then, without end; ``silent``: nothing at all.
    manner: str = ""


def osm(ways: dict[int, tuple[Sequence[int], dict[str, str]]], nodes: dict[int, tuple[float, float]]) -> Answer:
    """An answer of Overpass."""
    elements: list[dict[str, Any]] = [
        {"type": "way", "id": number, "nodes": list(members), "tags": tags} for number, (members, tags) in ways.items()
    ]
    elements += [{"type": "node", "id": number, "lon": lon, "lat": lat} for number, (lon, lat) in nodes.items()]
    document = {"version": 0.6, "osm3s": {"timestamp_osm_base": TIME}, "elements": elements}
    return Answer(json.dumps(document).encode())


NODES = {1: (114.0, 30.5), 2: (114.0, 30.51), 3: (114.02, 30.51)}
STREETS = osm({7: ((1, 2), {"highway": "residential"}), 8: ((2, 3), {"highway": "primary", "oneway": "-1"})}, NODES)
EMPTY = osm({}, {})
REMARK = Answer(json.dumps({"elements": [], "remark": "runtime error: Query timed out"}).encode())
BUSY = Answer(HTML, 429)
CUT = Answer(STREETS.body[: len(STREETS.body) // 2])
SILENT = Answer(manner="silent")
DRIP = Answer(manner="drip")
BOMB = Answer(gzip.compress(b'{"elements": [' + b" " * 30_000_000 + b"]}"), headers=(("Content-Encoding", "gzip"),))


@dataclass
class Server:
    """What the server says to each request in turn, the last thing again and again; and what it was asked."""

    url: str = ""
    script: list[Answer] = field(default_factory=lambda: [STREETS])
    asked: list[str] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    @property
    def overpass(self) -> str:
        return f"{self.url}/api"

    def queries(self) -> list[str]:
        """What Overpass was asked for, ferries aside: they have a query of their own."""
        return [query for query in self.asked if "ferry" not in query]


class _Handler(BaseHTTPRequestHandler):
    state: Server

    def do_GET(self) -> None:  # http.server calls it so
        self._answer(self.path)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self._answer(parse_qs(body)["data"][0])

    def _answer(self, question: str) -> None:
        state = self.state
        ferry = "ferry" in question
        state.asked.append(question)
        answer = EMPTY if ferry else (state.script.pop(0) if len(state.script) > 1 else state.script[0])
        if answer.manner == "silent":
            state.over.wait(60)
            return
        self.send_response(answer.status)
        for name, value in answer.headers:
            self.send_header(name, value)
        if answer.manner == "drip":
            self.end_headers()
            try:
                while not state.over.wait(0.2):
                    self.wfile.write(b" ")
                    self.wfile.flush()
            except OSError:
                pass
            return
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)

    def log_message(self, *given: object) -> None:
        """Nobody reads it."""


@contextmanager
def serve(*script: Answer) -> Iterator[Server]:
    """The server, on a free port of 127.0.0.1."""
    state = Server()
    state.script = list(script) or state.script
    handler = type("Handler", (_Handler,), {"state": state})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        state.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield state
        finally:
            state.over.set()
            server.shutdown()
            thread.join()


def nominatim(name: str, box: tuple[float, float, float, float]) -> Answer:
    """An answer of Nominatim with one polygon that is smaller than the box around it."""
    west, south, east, north = box
    ring = [[west, south], [east, south], [west, north], [west, south]]
    place = {
        "display_name": name,
        "boundingbox": [str(south), str(north), str(west), str(east)],
        "geojson": {"type": "Polygon", "coordinates": [ring]},
        "importance": 0.5,
        "lat": str((south + north) / 2),
        "lon": str((west + east) / 2),
    }
    return Answer(json.dumps([place]).encode())


def path_of(question: str) -> dict[str, list[str]]:
    """Fields of a question to Nominatim."""
    return parse_qs(urlsplit(question).query)
