from __future__ import annotations

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
from tests.builders import raw_post, write_corpus


@pytest.fixture
def served(build: Callable[..., Path]) -> Iterator[tuple[subprocess.Popen[str], str, Path]]:
    """A service in a process of its own over an index of one post, its address, and the index."""
    index = build([raw_post("a")])
    words = [sys.executable, "-m", "semsearch", "serve", "--index", str(index), "--port", "0"]
    environment = os.environ | {"SEMSEARCH_POLL_SECONDS": "0.05"}
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
