"""The socket that the service listens on."""

from __future__ import annotations

import resource
import socket

from semsearch.errors import CannotListen


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens on an address. Port 0 takes any free port. Raises CannotListen."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2_048)
    except OSError as error:
        raise CannotListen(host, port, error.strerror or str(error)) from error


def raise_file_limit(files: int) -> None:
    """Raise the limit of open files to ``files``, at most to the hard limit. Each connection is an open file."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = files if hard == resource.RLIM_INFINITY else min(files, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def url_of(listener: socket.socket) -> str:
    """Return the URL to type into a browser."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if listener.family == socket.AF_INET6 else f"http://{host}:{port}"
