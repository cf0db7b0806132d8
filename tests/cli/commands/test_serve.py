from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import semsearch
from tests.api.middleware.sockets import connect, read_until_closed
from tests.builders import raw_post, write_corpus
from tests.client.servers import get


@contextmanager
def serving(
    index: Path, temporary: Path, stdin: int = subprocess.DEVNULL
) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run the service over an index. Yield its process and its URL."""
    words = [sys.executable, "-m", "semsearch", "serve", "--index", str(index), "--port", "0"]
    temporary.mkdir()
    environment = os.environ | {"SEMSEARCH_POLL_SECONDS": "0.05", "TMPDIR": str(temporary)}
    with subprocess.Popen(words, stdin=stdin, stderr=subprocess.PIPE, text=True, env=environment) as process:
        try:
            assert process.stderr is not None
            lines = iter(process.stderr.readline, "")
            found = next(match for line in lines if (match := re.search(r"listening on (http://\S+)", line)))
            yield process, found[1]
        finally:
            process.kill()


def test_it_picks_up_a_new_version_and_on_sigterm_completes_requests_in_flight(
    build: Callable[..., Path], tmp_path: Path
) -> None:
    index = build([raw_post("a")])
    with serving(index, tmp_path / "temporary") as (process, address):
        assert get(f"{address}/v1/posts/a").json()["title"] == "Title of a"
        corpus = write_corpus(index.parent / "corpus", [raw_post("a"), raw_post("b")])
        version = semsearch.rebuild(corpus, index).version
        deadline = time.monotonic() + 30
        while get(f"{address}/readyz").json()["index_version"] != version:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        assert get(f"{address}/v1/posts/b").status_code == 200

        start = (
            b"POST /v1/search HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            b"Content-Length: 11\r\n\r\n"
        )
        with connect(address) as slow, connect(address) as stuck, connect(address) as idle:
            slow.sendall(start + b'{"q":"a')
            stuck.sendall(start + b'{"q":"a')
            assert get(f"{address}/healthz").status_code == 200  # the two requests are in flight
            process.send_signal(signal.SIGTERM)
            assert read_until_closed(idle) == b""  # the shutdown has begun
            with pytest.raises(ConnectionRefusedError), connect(address):
                pass
            slow.sendall(b'bc"}')
            answer = read_until_closed(slow)
            assert answer.startswith(b"HTTP/1.1 200 ")
            assert json.loads(answer.partition(b"\r\n\r\n")[2])["hits"][0]["id"] == "a"
            assert process.wait(timeout=30) == 0  # the stuck request does not block the shutdown
    assert list((tmp_path / "temporary").iterdir()) == []


def test_signals_that_do_not_ask_it_to_stop_are_ignored(demo_index: Path, tmp_path: Path) -> None:
    with serving(demo_index, tmp_path / "temporary") as (process, address):
        for number in (signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2):
            process.send_signal(number)
            assert get(f"{address}/healthz").status_code == 200


def test_a_closed_terminal_stops_it_cleanly(demo_index: Path, tmp_path: Path) -> None:
    controller, terminal = pty.openpty()
    try:
        with serving(demo_index, tmp_path / "temporary", stdin=terminal) as (process, address):
            assert get(f"{address}/healthz").status_code == 200  # the service has started
            process.send_signal(signal.SIGHUP)
            assert process.wait(timeout=60) == 0
    finally:
        os.close(controller)
        os.close(terminal)
    assert list((tmp_path / "temporary").iterdir()) == []


@pytest.mark.parametrize(
    ("curation", "words", "says"),
    [
        ("queries: [{query: a, pins: [x]}]", [], "corpus/curation.yaml: line 1, queries, entry 1: the key 'pins'"),
        ("", ["--reranker", "no such model"], "reranker 'no such model' not found: there is no such folder"),
    ],
)
def test_what_a_worker_cannot_open_is_an_error_of_one_line(
    demo_index: Path, tmp_path: Path, curation: str, words: list[str], says: str
) -> None:
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "curation.yaml").write_text(curation, encoding="utf-8")
    command = [sys.executable, "-m", "semsearch", "serve", "--index", str(demo_index), "--port", "0", *words]
    ran = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60, cwd=tmp_path)
    assert (ran.returncode, ran.stdout) == (1, "")
    (line,) = ran.stderr.splitlines()
    assert line.startswith(f"semsearch: {says}")


def test_an_unsupported_platform_is_named_before_modules_of_unix_are_imported() -> None:
    script = (
        "import sys, sysconfig; sysconfig.get_config_vars();"
        "sys.modules['resource'] = None; sys.platform = 'sunos5'; sys.argv[1:] = ['serve'];"
        "from semsearch.cli import main; main()"
    )
    ran = subprocess.run([sys.executable, "-c", script], check=False, capture_output=True, text=True)
    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr.startswith("semsearch: semsearch runs on Linux and macOS, not on sunos5")
    assert ran.stderr.count("\n") == 1
