"""Clients on plain sockets, which send any bytes at any time."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator
from urllib.parse import urlsplit


@contextlib.contextmanager
def connect(address: str) -> Iterator[socket.socket]:
    """A connection to an address such as http://127.0.0.1:8000, with a timeout of ten seconds."""
    url = urlsplit(address)
    with socket.create_connection((url.hostname, url.port), timeout=10) as client:
        yield client


def read_until_closed(client: socket.socket) -> bytes:
    """All bytes until the server closes or resets the connection."""
    received = bytearray()
    with contextlib.suppress(ConnectionError):
        while data := client.recv(1 << 16):
            received += data
    return bytes(received)


def send_and_read(address: str, data: bytes) -> bytes:
    """All bytes that a server sends in response to ``data``, until it closes the connection."""
    with connect(address) as client:
        with contextlib.suppress(ConnectionError):
            client.sendall(data)
        return read_until_closed(client)


def read_response(client: socket.socket) -> bytes:
    """One response with a Content-Length."""
    received = b""
    while not received.endswith(b"\r\n\r\n"):
        received += _receive(client, 1)
    length = next(line for line in received.lower().split(b"\r\n") if line.startswith(b"content-length: "))
    end = len(received) + int(length.split()[1])
    while len(received) < end:
        received += _receive(client, end - len(received))
    return received


def _receive(client: socket.socket, max_bytes: int) -> bytes:
    data = client.recv(max_bytes)
    assert data, "the connection was closed"
    return data
