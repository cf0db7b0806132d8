"""A site on another origin, with pages set by the test."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import PurePosixPath

TYPES = {".css": "text/css", ".html": "text/html", ".json": "application/json", ".svg": "image/svg+xml"}
POLICY = (
    "default-src 'none'; script-src {service}; connect-src 'self' {service}; style-src 'self'; img-src 'self'; "
    "form-action {service}; base-uri 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)
"""The strictest Content-Security-Policy under which a page can use a component."""


@dataclass
class Site:
    """The files of a site by path. Tests may change them at any time."""

    address: str = ""
    policy: str = ""
    """The Content-Security-Policy of all pages."""
    files: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)


@contextmanager
def site_elsewhere() -> Iterator[Site]:
    """Run a site on a free port."""
    site = Site()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            site.asked.append(self.path)
            found = site.files.get(path)
            body = (found or "").encode()
            self.send_response(404 if found is None else 200)
            media_type = TYPES.get(PurePosixPath(path).suffix, "text/html")
            self.send_header("Content-Type", f"{media_type}; charset=utf-8")
            self.send_header("Content-Security-Policy", site.policy)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    site.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield site
    server.shutdown()
    server.server_close()
    thread.join()
