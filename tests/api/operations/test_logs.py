from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from semsearch.api.auth.authenticator import Access
from semsearch.api.operations.logs import JsonLines, RequestLog, line_of
from tests.builders import service

any_text = st.text(st.characters(categories=None))
"""Half surrogates and control characters too."""


def record(message: str, *arguments: object, **more: Any) -> logging.LogRecord:
    made = logging.LogRecord("semsearch.test", logging.WARNING, "", 1, message, arguments, more.pop("exc_info", None))
    made.__dict__ |= more
    return made


@given(any_text, st.dictionaries(any_text, any_text, max_size=2))
def test_whatever_is_said_comes_back_from_one_line(message: str, fields: dict[str, str]) -> None:
    line = line_of({"message": message, "fields": fields})
    assert line.splitlines() == [line]
    assert json.loads(line) == {"message": message, "fields": fields}
    line.encode()


def test_a_line_says_when_how_bad_who_and_what() -> None:
    line = JsonLines().format(record("%d of %s", 2, "ü", created=1_750_000_000.0626))
    assert line == (
        '{"time":"2025-06-15T15:06:40.062Z","level":"WARNING","logger":"semsearch.test","message":"2 of ü"}'
    )


def test_a_line_has_the_fields_and_the_exception() -> None:
    try:
        int("two\nlines \ud800")
    except ValueError:
        line = JsonLines().format(record("failed", exc_info=sys.exc_info(), fields={"request_id": "7"}))
    assert line.splitlines() == [line]
    content = json.loads(line)
    assert content["request_id"] == "7"
    assert content["exception"].startswith("Traceback (most recent call last):\n")
    assert content["exception"].endswith("'two\\nlines \\ud800'")


# --- requests ---------------------------------------------------------------------------------------------------------

Told = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def told(caplog: pytest.LogCaptureFixture) -> Told:
    """What was told of requests so far."""
    caplog.set_level(logging.INFO, "semsearch.api.operations.logs")
    caplog.handler.setFormatter(JsonLines())
    return lambda: [
        json.loads(JsonLines().format(one)) for one in caplog.records if one.name == "semsearch.api.operations.logs"
    ]


@pytest.fixture(scope="module")
def client(demo_index: Path) -> Iterator[TestClient]:
    with TestClient(service(index=demo_index, log_format="json")) as client:
        yield client


def ask_with_secrets(client: TestClient) -> None:
    client.get("/v1/search", params={"q": "sesame", "tag": "sesame"})
    client.post("/v1/search", json={"q": "sesame"})
    client.get("/v1/suggest", params={"q": "sesame"})
    client.get("/v1/posts/sesame")
    client.get("/search", params={"q": "sesame"})
    client.get("/sesame")


def test_each_request_is_told_of(client: TestClient, told: Told) -> None:
    answer = client.get("/v1/search", params={"q": "maths"}, headers={"Accept-Encoding": "identity"})
    (line,) = told()
    assert line.pop("ms") > 0
    assert line.pop("time").endswith("Z")
    assert line == {
        "level": "INFO",
        "logger": "semsearch.api.operations.logs",
        "message": "GET /v1/search 200",
        "request_id": answer.headers["X-Request-Id"],
        "route": "/v1/search",
        "method": "GET",
        "status": 200,
        "bytes": len(answer.content),
    }


def test_who_has_a_key_is_told_by_its_name(told: Told) -> None:
    state = {"request_id": "7", "access": Access(frozenset(), key_name="site"), "q": "sesame"}
    RequestLog(queries=False).tell(state, route="/v1/search", method="GET", status=200, seconds=0.0012345, sent=9)
    (line,) = told()
    assert (line["key"], line["ms"], "q" in line) == ("site", 1.234, False)


def test_the_bytes_are_those_that_were_sent(client: TestClient, told: Told) -> None:
    answer = client.get("/v1/search", params={"q": "maths"}, headers={"Accept-Encoding": "gzip"})
    client.head("/")
    assert [line["bytes"] for line in told()] == [int(answer.headers["Content-Length"]), 0]


def test_what_was_asked_is_not_told(client: TestClient, told: Told) -> None:
    ask_with_secrets(client)
    assert len(told()) == 6
    assert "sesame" not in json.dumps(told())


def test_what_was_asked_is_told_where_that_is_wanted(demo_index: Path, told: Told) -> None:
    with TestClient(service(index=demo_index, log_format="json", log_queries=True)) as client:
        ask_with_secrets(client)
    assert [line.get("q") for line in told()] == ["sesame", "sesame", "sesame", None, "sesame", None]


def test_without_it_nothing_is_told_of_requests(demo_index: Path, told: Told) -> None:
    with TestClient(service(index=demo_index, log_queries=True)) as client:
        ask_with_secrets(client)
    assert told() == []


def test_a_failure_is_told_with_the_id_of_its_request(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("semsearch.search.searcher.Searcher.begin", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        client.get("/v1/search", params={"q": "it fails"})
    (failure,) = (json.loads(JsonLines().format(one)) for one in caplog.records if one.levelname == "ERROR")
    assert failure["request_id"] in failure["message"]
    assert "ZeroDivisionError" in failure["exception"]
