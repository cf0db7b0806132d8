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
from semsearch.api.operations.logs import JsonFormatter, RequestLog, to_json_line
from tests.builders import service

any_text = st.text(st.characters(categories=None))
"""Lone surrogates and control characters too."""


def record(message: str, *arguments: object, **more: Any) -> logging.LogRecord:
    made = logging.LogRecord("semsearch.test", logging.WARNING, "", 1, message, arguments, more.pop("exc_info", None))
    made.__dict__ |= more
    return made


@given(any_text, st.dictionaries(any_text, any_text, max_size=2))
def test_any_text_fits_on_one_line_and_is_read_back(message: str, fields: dict[str, str]) -> None:
    line = to_json_line({"message": message, "fields": fields})
    assert line.splitlines() == [line]
    assert json.loads(line) == {"message": message, "fields": fields}
    line.encode()


def test_a_line_has_time_level_logger_and_message() -> None:
    line = JsonFormatter().format(record("%d of %s", 2, "ü", created=1_750_000_000.0626))
    assert line == (
        '{"time":"2025-06-15T15:06:40.062Z","level":"WARNING","logger":"semsearch.test","message":"2 of ü"}'
    )


def test_a_line_has_the_fields_and_the_exception() -> None:
    try:
        int("two\nlines \ud800")
    except ValueError:
        line = JsonFormatter().format(record("failed", exc_info=sys.exc_info(), fields={"request_id": "7"}))
    assert line.splitlines() == [line]
    content = json.loads(line)
    assert content["request_id"] == "7"
    assert content["exception"].startswith("Traceback (most recent call last):\n")
    assert content["exception"].endswith("'two\\nlines \\ud800'")


# --- requests ---------------------------------------------------------------------------------------------------------

Logged = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> Logged:
    """The lines of the request log so far."""
    caplog.set_level(logging.INFO, "semsearch.api.operations.logs")
    caplog.handler.setFormatter(JsonFormatter())
    return lambda: [
        json.loads(JsonFormatter().format(record))
        for record in caplog.records
        if record.name == "semsearch.api.operations.logs"
    ]


@pytest.fixture(scope="module")
def client(demo_index: Path) -> Iterator[TestClient]:
    with TestClient(service(index=demo_index, log_format="json")) as client:
        yield client


def send_queries(client: TestClient) -> None:
    client.get("/v1/search", params={"q": "sesame", "tag": "sesame"})
    client.post("/v1/search", json={"q": "sesame"})
    client.get("/v1/suggest", params={"q": "sesame"})
    client.get("/v1/posts/sesame")
    client.get("/search", params={"q": "sesame"})
    client.get("/sesame")


def test_each_request_is_logged(client: TestClient, logged: Logged) -> None:
    answer = client.get("/v1/search", params={"q": "maths"}, headers={"Accept-Encoding": "identity"})
    (line,) = logged()
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


def test_the_name_of_the_key_is_logged(logged: Logged) -> None:
    state = {"request_id": "7", "access": Access(frozenset(), key_name="site"), "q": "sesame"}
    RequestLog(with_queries=False).write(
        state, route="/v1/search", method="GET", status=200, seconds=0.0012345, sent_bytes=9
    )
    (line,) = logged()
    assert (line["key"], line["ms"], "q" in line) == ("site", 1.234, False)


def test_the_bytes_sent_are_logged(client: TestClient, logged: Logged) -> None:
    answer = client.get("/v1/search", params={"q": "maths"}, headers={"Accept-Encoding": "gzip"})
    client.head("/")
    assert [line["bytes"] for line in logged()] == [int(answer.headers["Content-Length"]), 0]


def test_queries_are_not_logged_by_default(client: TestClient, logged: Logged) -> None:
    send_queries(client)
    assert len(logged()) == 6
    assert "sesame" not in json.dumps(logged())


def test_queries_are_logged_on_request(demo_index: Path, logged: Logged) -> None:
    with TestClient(service(index=demo_index, log_format="json", log_queries=True)) as client:
        send_queries(client)
    assert [line.get("q") for line in logged()] == ["sesame", "sesame", "sesame", None, "sesame", None]


def test_requests_are_not_logged_in_the_text_format(demo_index: Path, logged: Logged) -> None:
    with TestClient(service(index=demo_index, log_queries=True)) as client:
        send_queries(client)
    assert logged() == []


def test_an_internal_error_is_logged_with_its_request_id(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("semsearch.search.searcher.Searcher.begin", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        client.get("/v1/search", params={"q": "it fails"})
    (failure,) = (
        json.loads(JsonFormatter().format(record)) for record in caplog.records if record.levelname == "ERROR"
    )
    assert failure["request_id"] in failure["message"]
    assert "ZeroDivisionError" in failure["exception"]
