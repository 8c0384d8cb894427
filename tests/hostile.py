"""What tests of hostile files share: a secret that may not appear, and a port that nobody may ask."""

import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

POINT = {"type": "Feature", "properties": {"name": "x"}, "geometry": {"type": "Point", "coordinates": [114, 30]}}
COLLECTION: dict[str, Any] = {"type": "FeatureCollection", "features": [POINT] * 3}
SECRET = "secret-of-another-file"  # noqa: S105
VRT = (
    "<OGRVRTDataSource><OGRVRTLayer name='a'><SrcDataSource>{source}</SrcDataSource>"
    "<SrcLayer>a</SrcLayer></OGRVRTLayer></OGRVRTDataSource>"
)


@pytest.fixture
def canary(socket_enabled: None) -> Iterator[tuple[int, list[bytes]]]:
    """A port on this computer, and what was asked there."""
    hits: list[bytes] = []
    server = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            with connection:
                hits.append(connection.recv(200))

    threading.Thread(target=serve, daemon=True).start()
    yield server.getsockname()[1], hits
    server.close()


def put(folder: Path, name: str, data: bytes | str) -> Path:
    file = folder / name
    file.write_bytes(data if isinstance(data, bytes) else data.encode())
    return file
