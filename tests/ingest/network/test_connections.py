from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable, Sequence
from http.server import BaseHTTPRequestHandler
from typing import Any

import httpcore
import pytest

from semsearch.errors import FetchFailed, PrivateAddress, ServerFailed
from semsearch.ingest.network import FetchedSource, Limits
from semsearch.ingest.network.connections import resolve as system_resolve
from tests.ingest.network.loopback import Reply, Site, rss

PUBLIC, ALSO_PUBLIC = "93.184.215.14", "2606:4700::1111"
Fetch = Callable[..., FetchedSource]


class Internet:
    """Host names and public addresses, which all lead to the site of the test."""

    def __init__(self, site: Site) -> None:
        self.names: dict[str, list[Sequence[str]]] = {}
        """The answers to the questions for a name, in order; the last one is repeated."""
        self.asked: list[str] = []
        self.connected: list[str] = []
        self.unreachable: set[str] = set()
        self.port = int(site.url.rpartition(":")[2])

    def resolve(self, host: str, port: int) -> Sequence[str]:
        self.asked.append(host)
        answers = self.names.get(host)
        if answers is None:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return answers.pop(0) if len(answers) > 1 else answers[0]


@pytest.fixture
def internet(site: Site, monkeypatch: pytest.MonkeyPatch) -> Internet:
    internet = Internet(site)
    connect = httpcore.SyncBackend.connect_tcp

    def connect_tcp(self: httpcore.SyncBackend, host: str, port: int, *rest: Any) -> httpcore.NetworkStream:
        internet.connected.append(host)
        if host in internet.unreachable:
            raise httpcore.ConnectError("unreachable")
        return connect(self, "127.0.0.1", internet.port, *rest)

    monkeypatch.setattr(httpcore.SyncBackend, "connect_tcp", connect_tcp)
    return internet


@pytest.fixture
def get(fetch: Fetch, site: Site, internet: Internet) -> Fetch:
    """A function that fetches an address of the internet, which has a feed, without access to the local network."""
    site.xml("/feed", rss("http://blog.example/1"))

    def get_url(url: str = "http://blog.example/feed", **options: Any) -> FetchedSource:
        return fetch(url, allow_private=False, resolve=internet.resolve, **options)

    return get_url


def test_a_name_with_a_public_address_is_fetched_from_that_address_under_its_name(
    get: Fetch, internet: Internet, site: Site
) -> None:
    internet.names["blog.example"] = [[PUBLIC]]

    assert len(get().documents) == 1
    assert internet.connected == [PUBLIC]
    assert {request.headers["host"] for request in site.seen} == {"blog.example"}


@pytest.mark.parametrize("answer", [["127.0.0.1"], ["10.0.0.1", PUBLIC], [PUBLIC, "::1"], ["::ffff:192.168.0.1"]])
def test_a_name_with_any_address_of_the_local_network_is_refused(
    get: Fetch, internet: Internet, answer: Sequence[str]
) -> None:
    internet.names["blog.example"] = [answer]

    with pytest.raises(PrivateAddress, match=r"blog\.example is not on the public internet"):
        get()
    assert internet.connected == []


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1/feed", "http://[::1]/feed", "http://[::ffff:10.0.0.1]/", "http://169.254.169.254/latest"]
)
def test_an_address_of_the_local_network_is_refused(get: Fetch, internet: Internet, url: str) -> None:
    with pytest.raises(PrivateAddress):
        get(url)
    assert internet.connected == []


@pytest.mark.parametrize("host", ["localhost", "nas.local", "db.internal"])
def test_a_local_name_is_refused_without_asking_the_resolver(get: Fetch, internet: Internet, host: str) -> None:
    with pytest.raises(PrivateAddress, match="a name of the local network"):
        get(f"http://{host}/feed")
    assert internet.asked == []


@pytest.mark.parametrize("target", ["http://127.0.0.1/admin", "http://inside.example/", "http://localhost/"])
def test_a_redirect_into_the_local_network_is_refused(get: Fetch, internet: Internet, site: Site, target: str) -> None:
    internet.names |= {"blog.example": [[PUBLIC]], "inside.example": [["192.168.0.1"]]}
    site.replies["/moved"] = Reply(status=302, headers={"Location": target})

    with pytest.raises(PrivateAddress):
        get("http://blog.example/moved")
    assert internet.connected == [PUBLIC]


def test_a_connection_uses_the_addresses_that_were_checked(get: Fetch, internet: Internet) -> None:
    """A resolver that answers differently the second time is not asked a second time."""
    internet.names["blog.example"] = [[PUBLIC], ["127.0.0.1"]]

    get()

    assert (internet.asked, internet.connected) == (["blog.example"], [PUBLIC])


def test_a_name_that_later_leads_into_the_local_network_is_refused(get: Fetch, internet: Internet, site: Site) -> None:
    internet.names["blog.example"] = [[PUBLIC], ["127.0.0.1"]]
    site.replies["/robots.txt"] = Reply(b"", headers={"Connection": "close"})

    with pytest.raises(PrivateAddress):
        get()
    assert internet.connected == [PUBLIC]


def test_the_other_addresses_are_tried_if_one_is_unreachable(get: Fetch, internet: Internet) -> None:
    internet.names["blog.example"] = [[ALSO_PUBLIC, PUBLIC]]
    internet.unreachable = {ALSO_PUBLIC}

    get()

    assert internet.connected == [ALSO_PUBLIC, PUBLIC]


def test_a_host_that_does_not_exist_is_said_at_once(get: Fetch, internet: Internet) -> None:
    with pytest.raises(ServerFailed, match="there is no host of this name"):
        get("http://nowhere.example/")
    assert internet.asked == ["nowhere.example"]


def test_a_name_that_no_resolver_can_answer_is_no_crash() -> None:
    with pytest.raises(socket.gaierror):
        system_resolve("a" * 64 + ".example", 80)


def test_proxies_of_the_environment_are_not_used(
    get: Fetch, internet: Internet, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://192.168.0.9:3128")
    internet.names["blog.example"] = [[PUBLIC]]

    get()

    assert internet.connected == [PUBLIC]


def test_tls_checks_the_name_and_not_the_address(
    get: Fetch, internet: Internet, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = []

    class Stream(httpcore.NetworkStream):
        def start_tls(
            self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
        ) -> httpcore.NetworkStream:
            names.append((server_hostname, ssl_context.check_hostname, ssl_context.verify_mode))
            raise httpcore.ConnectError("no TLS here") from ssl.SSLCertVerificationError("self-signed")

    monkeypatch.setattr(httpcore.SyncBackend, "connect_tcp", lambda *_: Stream())
    internet.names["blog.example"] = [[PUBLIC]]

    with pytest.raises(ServerFailed, match="its certificate is not valid"):
        get("https://blog.example/feed")
    assert names == [("blog.example", True, ssl.CERT_REQUIRED)]  # once: a wrong certificate stays wrong


@pytest.mark.parametrize("place", ["headers", "body"])
def test_a_server_that_sends_slowly_is_left_when_the_time_is_over(fetch: Fetch, site: Site, place: str) -> None:
    def drip(request: BaseHTTPRequestHandler) -> None:
        start = b"HTTP/1.1 200 OK\r\n" + (b"Content-Type: text/html\r\n\r\n" if place == "body" else b"X: ")
        request.wfile.write(start)
        for _ in range(200):
            request.wfile.write(b"a")
            time.sleep(0.01)

    site.replies["/"] = drip
    limits = Limits(request_seconds=0.1, retries=0, pause=0)

    with pytest.raises(ServerFailed, match="it took too long"):
        fetch("/", limits=limits, clock=None)


@pytest.mark.parametrize("sent", [b"", b"no HTTP\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"])
def test_a_broken_response_is_an_error_and_tried_again(fetch: Fetch, site: Site, sent: bytes) -> None:
    def reply(request: BaseHTTPRequestHandler) -> None:
        request.wfile.write(sent)

    site.replies["/"] = reply

    with pytest.raises(FetchFailed, match="cannot fetch"):
        fetch("/")
    assert site.paths == ["/"] * 4
