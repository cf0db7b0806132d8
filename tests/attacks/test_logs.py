"""A request cannot forge lines of the log, nor fill it.

What is logged, and that any text fits on a line of JSON: tests/api/operations/test_logs.py.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from semsearch.api.operations.logs import PLAIN, JsonFormatter
from semsearch.search import Searcher
from tests.builders import service

HOSTILE = ["a\nERROR forged", "a\r\nERROR forged", "a\x1b[2Jb", "a\u2028ERROR forged", "a\x85ERROR forged", "a\x00b",
           "%s %d %(x)s", "a" * 30_000]  # fmt: skip


@pytest.fixture(scope="module")
def logging_client(demo_index: Path) -> Iterator[TestClient]:
    app = service(index=demo_index, log_format="json", log_queries=True)
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_a_query_stays_in_its_line(text: str, logging_client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "semsearch")
    logging_client.get("/v1/search", params={"q": text})
    logging_client.get(f"/v1/posts/{text[:20_000]!a}")
    lines = [JsonFormatter().format(record) for record in caplog.records]
    assert len(lines) == 2
    for line in lines:
        assert line.splitlines() == [line]
        assert json.loads(line)["level"] == "INFO"
        assert "\x1b" not in line
        assert len(line) < 15_000


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_the_path_of_a_failed_request_begins_no_line(
    text: str, logging_client: TestClient, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the plain format, which has no quotation marks."""

    def fail(*_: object) -> None:
        raise RuntimeError("failed")

    monkeypatch.setattr(Searcher, "visible_post", fail)
    assert logging_client.get(f"/v1/posts/{_quoted(text)}").status_code in (404, 500)
    for record in caplog.records:
        line = logging.Formatter(PLAIN).format(record).partition("\nTraceback")[0]
        assert line.splitlines() == [line]
        assert line.isprintable()
        assert len(line) < 1_000


def _quoted(text: str) -> str:
    return "".join(f"%{byte:02x}" for byte in text.encode()[:9_000])
