"""A web site on the loopback interface, and a clock that does not wait."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from semsearch.ingest.network.clock import Clock


@dataclass(frozen=True)
class Reply:
    """A response. Its ``ETag`` is honoured: a request that names it gets 304."""

    body: bytes = b""
    status: int = 200
    media_type: str | None = "text/html"
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Seen:
    """A request that arrived."""

    path: str
    headers: Mapping[str, str]


class Site:
    """What the server responds, by path with query. A value may be a function of the request that gives the reply, or
    that writes to the socket itself and returns None."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.other_url = f"http://localhost:{port}"
        self.replies: dict[str, Reply | Callable[[BaseHTTPRequestHandler], Reply | None]] = {}
        self.seen: list[Seen] = []

    def page(self, path: str, text: str = "", **headers: str) -> None:
        """Serve an HTML page."""
        body = f"<!doctype html><title>{path}</title><p>{text or path}</p>".encode()
        self.replies[path] = Reply(body, headers=headers)

    def xml(self, path: str, body: str, **headers: str) -> None:
        """Serve XML."""
        self.replies[path] = Reply(body.encode(), media_type="application/xml", headers=headers)

    def sitemap(self, *paths: str, path: str = "/sitemap.xml") -> None:
        """Serve a sitemap of paths or addresses."""
        self.xml(path, sitemap(*(self.absolute(page) for page in paths)))

    def feed(self, *paths: str, path: str = "/feed.xml", channel: str = "") -> None:
        """Serve an RSS feed whose entries link these paths."""
        self.xml(path, rss(*(self.absolute(page) for page in paths), channel=channel))

    def absolute(self, path: str) -> str:
        """The address of a path."""
        return path if "://" in path else self.url + path

    @property
    def paths(self) -> list[str]:
        """The paths that were asked for, without robots.txt."""
        return [request.path for request in self.seen if request.path != "/robots.txt"]


def sitemap(*urls: str, lastmod: str = "") -> str:
    day = f"<lastmod>{lastmod}</lastmod>" if lastmod else ""
    entries = "".join(f"<url><loc>{url}</loc>{day}</url>" for url in urls)
    return f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{entries}</urlset>'


def sitemap_index(*urls: str) -> str:
    entries = "".join(f"<sitemap><loc>{url}</loc></sitemap>" for url in urls)
    return f'<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{entries}</sitemapindex>'


def rss(*links: str, channel: str = "") -> str:
    items = "".join(f"<item><title>t</title><link>{link}</link><guid>{link}</guid></item>" for link in links)
    return (
        '<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"><channel><title>Blog</title>'
        f"{channel}{items}</channel></rss>"
    )


@contextmanager
def serve() -> Iterator[Site]:
    """Run a site in a thread."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # else a body waits 40 ms for the acknowledgement of its headers

        def do_GET(self) -> None:
            site.seen.append(Seen(self.path, {name.lower(): value for name, value in self.headers.items()}))
            found = site.replies.get(self.path, Reply(b"not here", 404))
            reply = found(self) if callable(found) else found
            if reply is None:
                self.close_connection = True
                return
            etag = reply.headers.get("ETag")
            is_known = etag is not None and self.headers.get("If-None-Match") == etag
            body = b"" if is_known else reply.body
            self.send_response(304 if is_known else reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            if reply.media_type is not None:
                self.send_header("Content-Type", reply.media_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: Any) -> None:  # a client that closes early is no error
            pass

    server = Server(("127.0.0.1", 0), Handler)
    site = Site(server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class FakeClock:
    """Sleeping takes no time, and is noted."""

    def __init__(self) -> None:
        self.seconds = 1_000.0
        self.sleeps: list[float] = []

    def clock(self) -> Clock:
        return Clock(lambda: self.seconds, lambda: self.seconds, self._sleep)

    def _sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        self.seconds += seconds
