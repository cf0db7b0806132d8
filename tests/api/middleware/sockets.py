"""Clients that send whatever bytes they like, and when."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator
from urllib.parse import urlsplit


@contextlib.contextmanager
def connected(address: str) -> Iterator[socket.socket]:
    """A connection to an address such as http://127.0.0.1:8000; nothing on it takes longer than ten seconds."""
    url = urlsplit(address)
    with socket.create_connection((url.hostname, url.port), timeout=10) as client:
        yield client


def rest(client: socket.socket) -> bytes:
    """All that comes until the server closes the connection, in whichever way."""
    came = bytearray()
    with contextlib.suppress(ConnectionError):
        while data := client.recv(1 << 16):
            came += data
    return bytes(came)


def told(address: str, data: bytes) -> bytes:
    """All that a server answers to these bytes, before it closes the connection."""
    with connected(address) as client:
        with contextlib.suppress(ConnectionError):
            client.sendall(data)
        return rest(client)


def answered(client: socket.socket) -> bytes:
    """One answer, which says how long it is."""
    came = b""
    while not came.endswith(b"\r\n\r\n"):
        came += _some(client, 1)
    length = next(line for line in came.lower().split(b"\r\n") if line.startswith(b"content-length: "))
    end = len(came) + int(length.split()[1])
    while len(came) < end:
        came += _some(client, end - len(came))
    return came


def _some(client: socket.socket, most: int) -> bytes:
    data = client.recv(most)
    assert data, "the connection was closed"
    return data
