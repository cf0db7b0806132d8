"""A request cannot name another host, and pages of other sites cannot use the service.

Keys, hosts and duplicate headers: tests/api/middleware/test_access.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from semsearch.api.middleware.connections import LimitedHttpProtocol
from tests.api.middleware.sockets import send_and_read
from tests.builders import service
from tests.client.servers import running

EVIL = "evil.example"
ORIGIN = "https://blog.example"
PATHS = ("/", "/search?q=maths", "/related?post=formal-math", "/v1/search?q=maths", "/v1/suggest?q=so", "/nothing",
         "/v1/posts/formal-math/related", "/healthz", "/readyz", "/openapi.json", "/web/box.js")  # fmt: skip


@pytest.fixture(scope="module")
def address(demo_index: Path) -> Iterator[str]:
    with running(service(index=demo_index), http=LimitedHttpProtocol, ws="none") as address:
        yield address


@pytest.fixture(scope="module")
def public(demo_index: Path) -> Iterator[TestClient]:
    """A service that answers under any name, to scripts of one site."""
    with TestClient(service(index=demo_index, public=True, hosts=(), origins=(ORIGIN,), rate_per_minute=0)) as client:
        yield client


def request(target: str, *headers: str, version: str = "1.1") -> bytes:
    lines = [f"GET {target} HTTP/{version}", *headers, "Connection: close", "", ""]
    return "\r\n".join(lines).encode("latin-1")


def status_of(response: bytes) -> int:
    return int(response.split(b" ", 2)[1])


SEARCH = "/v1/search?q=maths"


@pytest.mark.parametrize(
    ("target", "headers", "status"),
    [
        (SEARCH, ("Host: localhost",), 200),
        (SEARCH, ("Host: LOCALHOST:80",), 200),
        (SEARCH, (f"Host: {EVIL}",), 421),
        (SEARCH, (f"Host: localhost.{EVIL}",), 421),
        (SEARCH, (f"Host: localhost@{EVIL}",), 400),
        (SEARCH, (f"Host: localhost/{EVIL}",), 400),
        (SEARCH, ("Host: localhost, localhost",), 400),
        (SEARCH, ("Host: localhost", f"Host: {EVIL}"), 400),
        (SEARCH, ("Host: localhost", "Host: localhost"), 400),
        (SEARCH, ("Host:",), 421),
        (SEARCH, (), 400),
        (f"http://localhost{SEARCH}", ("Host: localhost",), 200),
        (f"http://{EVIL}{SEARCH}", ("Host: localhost",), 400),
        (f"http://localhost{SEARCH}", (f"Host: {EVIL}",), 400),
        (f"http://localhost@{EVIL}{SEARCH}", ("Host: localhost",), 400),
        (f"http://{EVIL}{SEARCH}", (), 400),
        (f"http://{EVIL}/healthz", ("Host: localhost",), 400),
    ],
)
def test_a_request_is_for_the_one_host_that_it_names(
    target: str, headers: tuple[str, ...], status: int, address: str
) -> None:
    assert status_of(send_and_read(address, request(target, *headers))) == status


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "header", ["X-Forwarded-Host", "X-Host", "X-Original-URL", "X-Rewrite-URL", "Forwarded", "X-Forwarded-Prefix"]
)
def test_a_header_for_web_servers_changes_nothing(path: str, header: str, public: TestClient) -> None:
    value = f"host={EVIL}" if header == "Forwarded" else f"https://{EVIL}/x" if "URL" in header else EVIL
    answer = public.get(path, headers={header: value, "X-Forwarded-Proto": "javascript"}, follow_redirects=False)
    assert EVIL not in answer.text
    assert EVIL not in repr(answer.headers)
    assert "javascript:" not in answer.text


@pytest.mark.parametrize("path", [*PATHS, f"//{EVIL}/", "//evil.example/%2f..", "/v1/search/", "/web", "/search/?q=x"])
def test_no_answer_leads_elsewhere(path: str, public: TestClient) -> None:
    """No redirect, and no absolute address made of the name that the client sent."""
    answer = public.get(path, headers={"Host": EVIL, "Accept": "text/html"}, follow_redirects=False)
    assert not 300 <= answer.status_code < 400
    assert "location" not in answer.headers
    assert f"https://{EVIL}" not in answer.text
    assert f"http://{EVIL}" not in answer.text


def test_a_wrong_host_is_quoted_in_short(address: str) -> None:
    head, _, body = send_and_read(address, request("/v1/search?q=a", "Host: " + "a" * 5_000)).partition(b"\r\n\r\n")
    assert b"421" in head
    assert len(body) < 500
    for hostile in ("<script>", '"onload=', "a\\b", "a b"):
        assert status_of(send_and_read(address, request("/", f"Host: {hostile}", "Accept: text/html"))) == 400


ORIGINS = ("https://evil.example", "null", "https://blog.example.evil.example", ORIGIN.upper(), "http://blog.example",
           f"{ORIGIN}:444", f"{ORIGIN}, https://evil.example")  # fmt: skip


@pytest.mark.parametrize("origin", ORIGINS)
def test_a_page_of_another_site_may_not_read_answers(origin: str, public: TestClient) -> None:
    for headers in ({"Origin": origin}, {"Origin": origin, "Access-Control-Request-Method": "GET"}):
        method = "OPTIONS" if len(headers) > 1 else "GET"
        answer = public.request(method, SEARCH, headers=headers)
        assert "access-control-allow-origin" not in answer.headers
        assert "access-control-allow-credentials" not in answer.headers


def test_the_allowed_site_may_read_answers(public: TestClient) -> None:
    assert public.get(SEARCH, headers={"Origin": ORIGIN}).headers["access-control-allow-origin"] == ORIGIN
