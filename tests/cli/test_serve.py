from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx2
import pytest

import semsearch
from tests.api.middleware.sockets import connected, rest
from tests.builders import raw_post, write_corpus


@pytest.fixture
def served(build: Callable[..., Path]) -> Iterator[tuple[subprocess.Popen[str], str, Path]]:
    """A service in a process of its own over an index of one post, its address, and the index."""
    index = build([raw_post("a")])
    words = [sys.executable, "-m", "semsearch", "serve", "--index", str(index), "--port", "0"]
    (index.parent / "temporary").mkdir()
    environment = os.environ | {"SEMSEARCH_POLL_SECONDS": "0.05", "TMPDIR": str(index.parent / "temporary")}
    with subprocess.Popen(words, stderr=subprocess.PIPE, text=True, env=environment) as process:
        try:
            assert process.stderr is not None
            lines = iter(process.stderr.readline, "")
            found = next(match for line in lines if (match := re.search(r"listening on (http://\S+)", line)))
            yield process, found[1], index
        finally:
            process.kill()


def test_it_serves_takes_over_a_new_version_and_ends_in_order(
    served: tuple[subprocess.Popen[str], str, Path],
) -> None:
    process, address, index = served
    assert httpx2.get(f"{address}/v1/posts/a").json()["title"] == "Title of a"
    corpus = write_corpus(index.parent / "corpus", [raw_post("a"), raw_post("b")])
    version = semsearch.rebuild(corpus, index).version
    deadline = time.monotonic() + 30
    while httpx2.get(f"{address}/readyz").json()["index_version"] != version:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert httpx2.get(f"{address}/v1/posts/b").status_code == 200
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=30) == 0
    assert list((index.parent / "temporary").iterdir()) == []


def test_what_is_under_way_when_it_is_told_to_end_is_answered_and_nothing_new(
    served: tuple[subprocess.Popen[str], str, Path],
) -> None:
    process, address, index = served
    start = (
        b"POST /v1/search HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 11\r\n\r\n"
    )
    with connected(address) as slow, connected(address) as stuck, connected(address) as idle:
        slow.sendall(start + b'{"q":"a')
        stuck.sendall(start + b'{"q":"a')
        assert httpx2.get(f"{address}/healthz").status_code == 200  # the two have been begun
        process.send_signal(signal.SIGTERM)
        assert rest(idle) == b""  # so it has begun to end
        with pytest.raises(ConnectionRefusedError), connected(address):
            pass
        slow.sendall(b'bc"}')
        answer = rest(slow)
        assert answer.startswith(b"HTTP/1.1 200 ")
        assert json.loads(answer.partition(b"\r\n\r\n")[2])["hits"][0]["id"] == "a"
        assert process.wait(timeout=30) == 0  # it does not wait for the stuck one for ever
    assert list((index.parent / "temporary").iterdir()) == []
