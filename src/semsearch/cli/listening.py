"""Where does the service listen? A socket, bound before anything else, or one line that says why not."""

from __future__ import annotations

import socket

from semsearch.errors import CannotListen


def listening(host: str, port: int) -> socket.socket:
    """A socket that listens at an address; port 0 takes any free one. Raises CannotListen."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2_048)
    except OSError as error:
        raise CannotListen(host, port, error.strerror or str(error)) from error


def address(bound: socket.socket) -> str:
    """The address to type into a browser."""
    host, port = bound.getsockname()[:2]
    return f"http://[{host}]:{port}" if bound.family == socket.AF_INET6 else f"http://{host}:{port}"
