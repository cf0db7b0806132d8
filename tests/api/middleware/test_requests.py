from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

SEARCH = "/v1/search?q=maths&limit=9"
PLAIN, GZIP = {"Accept-Encoding": "identity"}, {"Accept-Encoding": "gzip, deflate"}


def test_body_and_header_have_the_same_request_id(client: TestClient) -> None:
    answers = [client.get("/v1/search", params={"q": q}) for q in ("maths", "maths", "")]
    ids = [answer.json()["request_id"] for answer in answers]
    assert ids == [answer.headers["x-request-id"] for answer in answers]
    assert len(set(ids)) == 3


def test_every_response_has_security_headers(client: TestClient) -> None:
    for path in ("/", "/v1/search?q=a", "/nope", "/web/semsearch.css"):
        headers = client.get(path).headers
        rules = headers["content-security-policy"].split("; ")
        assert {"default-src 'none'", "script-src 'self'", "style-src 'self'", "trusted-types 'none'"} <= {*rules}
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("path", [SEARCH, "/metrics", "/search?q=maths", "/openapi.json"])
def test_a_long_response_is_compressed_if_the_client_accepts_it(path: str, client: TestClient) -> None:
    plain, compressed = client.get(path, headers=PLAIN), client.get(path, headers=GZIP)
    assert "Content-Encoding" not in plain.headers
    assert compressed.headers["Content-Encoding"] == "gzip"
    assert int(compressed.headers["Content-Length"]) < len(compressed.content) / 2
    assert plain.headers["Vary"] == compressed.headers["Vary"] == "Accept-Encoding"
    assert plain.headers["Content-Type"] == compressed.headers["Content-Type"]


def test_a_short_response_is_not_compressed(client: TestClient) -> None:
    answer = client.get("/healthz", headers=GZIP)
    assert "Content-Encoding" not in answer.headers
    assert int(answer.headers["Content-Length"]) == len(answer.content)


def test_compressed_and_plain_responses_have_the_same_etag(client: TestClient) -> None:
    tags = {client.get(SEARCH, headers=headers).headers["ETag"] for headers in (PLAIN, GZIP)}
    (tag,) = tags
    assert tag.startswith("W/")  # the bytes differ
    again = client.get(SEARCH, headers=GZIP | {"If-None-Match": tag})
    assert (again.status_code, again.content, again.headers["Vary"]) == (304, b"", "Accept-Encoding")
    assert "Content-Encoding" not in again.headers


@pytest.mark.parametrize("headers", [PLAIN, GZIP])
@pytest.mark.parametrize("path", ["/", "/search?q=maths", "/web/semsearch.css", "/web/icon.svg"])
def test_head_has_the_headers_of_get(path: str, headers: dict[str, str], client: TestClient) -> None:
    head, get = client.head(path, headers=headers), client.get(path, headers=headers)
    for name in ("Content-Length", "Content-Encoding", "Content-Type", "Vary"):
        assert head.headers.get(name) == get.headers.get(name), name
