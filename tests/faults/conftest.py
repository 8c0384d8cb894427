"""What tests of faults share."""

import socket
import threading
from collections.abc import Iterator

import pytest


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
