from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

SEARCH = "/v1/search?q=maths&limit=9"
PLAIN, GZIP = {"Accept-Encoding": "identity"}, {"Accept-Encoding": "gzip, deflate"}


def test_an_answer_and_its_header_have_one_request_id(client: TestClient) -> None:
    answers = [client.get("/v1/search", params={"q": q}) for q in ("maths", "maths", "")]
    ids = [answer.json()["request_id"] for answer in answers]
    assert ids == [answer.headers["x-request-id"] for answer in answers]
    assert len(set(ids)) == 3


def test_every_answer_forbids_what_is_not_our_own_and_guessing(client: TestClient) -> None:
    for path in ("/", "/v1/search?q=a", "/nope", "/web/semsearch.css"):
        headers = client.get(path).headers
        rules = headers["content-security-policy"].split("; ")
        assert {"default-src 'none'", "script-src 'self'", "style-src 'self'", "trusted-types 'none'"} <= {*rules}
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("path", [SEARCH, "/metrics", "/search?q=maths", "/openapi.json"])
def test_a_long_answer_is_compressed_for_those_who_can_read_that(path: str, client: TestClient) -> None:
    plain, compressed = client.get(path, headers=PLAIN), client.get(path, headers=GZIP)
    assert "Content-Encoding" not in plain.headers
    assert compressed.headers["Content-Encoding"] == "gzip"
    assert int(compressed.headers["Content-Length"]) < len(compressed.content) / 2
    assert plain.headers["Vary"] == compressed.headers["Vary"] == "Accept-Encoding"
    assert plain.headers["Content-Type"] == compressed.headers["Content-Type"]


def test_a_short_answer_is_sent_as_it_is(client: TestClient) -> None:
    answer = client.get("/healthz", headers=GZIP)
    assert "Content-Encoding" not in answer.headers
    assert int(answer.headers["Content-Length"]) == len(answer.content)


def test_one_tag_names_an_answer_in_either_form(client: TestClient) -> None:
    tags = {client.get(SEARCH, headers=headers).headers["ETag"] for headers in (PLAIN, GZIP)}
    (tag,) = tags
    assert tag.startswith("W/")  # the bytes differ, what they say does not
    again = client.get(SEARCH, headers=GZIP | {"If-None-Match": tag})
    assert (again.status_code, again.content, again.headers["Vary"]) == (304, b"", "Accept-Encoding")
    assert "Content-Encoding" not in again.headers


@pytest.mark.parametrize("headers", [PLAIN, GZIP])
@pytest.mark.parametrize("path", ["/", "/search?q=maths", "/web/semsearch.css", "/web/icon.svg"])
def test_head_says_what_get_would_send(path: str, headers: dict[str, str], client: TestClient) -> None:
    head, get = client.head(path, headers=headers), client.get(path, headers=headers)
    for name in ("Content-Length", "Content-Encoding", "Content-Type", "Vary"):
        assert head.headers.get(name) == get.headers.get(name), name
