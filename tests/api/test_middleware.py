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


def test_every_answer_forbids_scripts_and_guessing(client: TestClient) -> None:
    for path in ("/", "/v1/search?q=a", "/nope", "/web/semsearch.css"):
        headers = client.get(path).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "script-src" not in headers["content-security-policy"]
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


def test_files_are_sent_as_they_are_since_their_tags_name_their_bytes(client: TestClient) -> None:
    whole = client.get("/web/semsearch.css", headers=GZIP)
    assert len(whole.content) > 1_000
    assert "Content-Encoding" not in whole.headers
    assert not whole.headers["ETag"].startswith("W/")
    part = client.get("/web/semsearch.css", headers=GZIP | {"Range": "bytes=10-19"})
    assert (part.status_code, part.content) == (206, whole.content[10:20])
    again = client.get("/web/semsearch.css", headers=GZIP | {"If-None-Match": whole.headers["ETag"]})
    assert again.status_code == 304
