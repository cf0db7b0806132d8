"""HTTP servers for tests: an ASGI app under uvicorn, and a server with scripted replies."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx2
import uvicorn
from starlette.types import ASGIApp


@contextmanager
def running(app: ASGIApp, **config: Any) -> Iterator[str]:
    """Run an app on a free port; yield its URL. ``config``: further options of uvicorn."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning", **config))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.01)
    host, port = server.servers[0].sockets[0].getsockname()
    yield f"http://{host}:{port}"
    server.should_exit = True
    thread.join()


def get(url: str, timeout: float = 5.0) -> httpx2.Response:
    """Send a request on a connection of its own, without certificates: they take ten times as long to load."""
    return httpx2.get(url, timeout=timeout, verify=False)


@dataclass(frozen=True)
class Reply:
    """A scripted reply."""

    status: int = 200
    body: Any = None
    """Sent as JSON; bytes are sent unchanged."""
    headers: Mapping[str, str] = field(default_factory=dict)
    sent: int | None = None
    """Close the connection after this many bytes of the body; None sends all of them."""


CLOSED, SILENT = "closed", "silent"
"""Instead of a reply: close the connection, or send nothing until the end of the test."""


@dataclass
class Script:
    """Replies to each request with the next reply, and repeats the last one."""

    replies: list[Reply | str]
    asked: list[tuple[str, str, Mapping[str, str], Any]] = field(default_factory=list)
    """Method, path, headers and JSON of each request."""
    address: str = ""
    over: threading.Event = field(default_factory=threading.Event)


@contextmanager
def scripted(*replies: Reply | str) -> Iterator[Script]:
    """Run a server with these replies on a free port."""
    script = Script(list(replies))

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # else a body waits 40 ms for the acknowledgement of its headers

        def do_GET(self) -> None:
            sent = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            reply = script.replies[min(len(script.asked), len(script.replies) - 1)]
            script.asked.append((self.command, self.path, dict(self.headers), json.loads(sent) if sent else None))
            if isinstance(reply, str):
                self.close_connection = True
                script.over.wait(60 if reply == SILENT else 0)
                return
            body = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
            self.send_response(reply.status)
            for name, value in {"Content-Length": str(len(body)), **reply.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.close_connection = reply.sent is not None
            self.wfile.write(body[: reply.sent])

        do_POST = do_GET  # noqa: N815

        def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    script.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield script
    script.over.set()
    server.shutdown()
    server.server_close()
    thread.join()
