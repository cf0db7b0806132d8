"""Several processes behind one address, as they are when they are started for good."""

from __future__ import annotations

import gc
import os
import queue
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
from prometheus_client.parser import text_string_to_metric_families

import semsearch
from semsearch.cli.workers import app_of
from semsearch.settings import Settings
from tests.builders import raw_post, write_corpus

POST = "/v1/posts/{post_id:path}"


class Service:
    """A running ``semsearch serve --workers 2``: its lines, and what can be told from them."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self._lines: queue.Queue[str] = queue.Queue()
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def said(self, pattern: str) -> str:
        """What the next line says that has the pattern; its first group."""
        while True:
            if found := re.search(pattern, self._lines.get(timeout=60)):
                return found[1]

    def worker(self) -> int:
        """The next worker that has started."""
        return int(self.said(r"Started server process \[(\d+)\]"))

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self._lines.put(line)


@contextmanager
def serving(index: Path, temporary: Path) -> Iterator[Service]:
    words = [sys.executable, "-m", "semsearch", "serve", "--index", str(index), "--port", "0", "--workers", "2"]
    temporary.mkdir()
    environment = os.environ | {"SEMSEARCH_POLL_SECONDS": "0.05", "TMPDIR": str(temporary)}
    environment |= {"SEMSEARCH_DEADLINE_SECONDS": "60"}
    with subprocess.Popen(words, stderr=subprocess.PIPE, text=True, env=environment, start_new_session=True) as process:
        service = Service(process)
        try:
            yield service
        finally:
            process.kill()
            service.reader.join(timeout=60)  # before its file is closed


@contextmanager
def stopped(worker: int) -> Iterator[None]:
    """Has a worker stand still, so that only others can answer."""
    os.kill(worker, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(worker, signal.SIGCONT)


def wait_until(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def is_gone(worker: int) -> bool:
    try:
        os.kill(worker, 0)
    except ProcessLookupError:
        return True
    return False


def counted(address: str) -> float:
    """Posts that were asked for, as a scrape says."""
    return sum(
        sample.value
        for family in text_string_to_metric_families(httpx2.get(f"{address}/metrics").text)
        for sample in family.samples
        if sample.name == "semsearch_requests_total" and sample.labels["route"] == POST
    )


def test_workers_share_an_address_are_replaced_count_together_and_end_in_order(
    build: Callable[..., Path], tmp_path: Path
) -> None:
    index = build([raw_post("a")])
    with serving(index, tmp_path / "tmp") as service:
        one = service.worker()
        address = service.said(r"listening on (http://\S+)")
        other = service.worker()
        for waiting in (one, other):  # each answers while the other stands still
            with stopped(waiting):
                assert httpx2.get(f"{address}/v1/posts/a").json()["title"] == "Title of a"

        wait_until(lambda: counted(address) == 2)  # an answer is counted once it was sent
        os.kill(one, signal.SIGKILL)
        new = service.worker()
        with stopped(other):
            assert httpx2.get(f"{address}/v1/posts/a", timeout=30).status_code == 200

        version = semsearch.rebuild(
            write_corpus(index.parent / "corpus", [raw_post("a"), raw_post("b")]), index
        ).version
        for waiting in (new, other):
            with stopped(waiting):
                wait_until(lambda: bool(httpx2.get(f"{address}/readyz").json()["index_version"] == version))
                wait_until(lambda: counted(address) == 3)  # of whoever is asked, that of the dead too

        service.process.send_signal(signal.SIGTERM)
        assert service.process.wait(timeout=30) == 0
        assert is_gone(other)
        assert is_gone(new)
        assert list((tmp_path / "tmp").iterdir()) == []


def test_workers_end_when_nobody_looks_after_them_any_more(build: Callable[..., Path], tmp_path: Path) -> None:
    with serving(build([raw_post("a")]), tmp_path / "tmp") as service:
        worker = service.worker()
        service.said(r"(listening)")
        service.process.kill()
        wait_until(lambda: is_gone(worker))


def test_ctrl_c_ends_all_in_order(build: Callable[..., Path], tmp_path: Path) -> None:
    with serving(build([raw_post("a")]), tmp_path / "tmp") as service:
        worker = service.worker()
        service.said(r"(listening)")
        os.killpg(service.process.pid, signal.SIGINT)  # as a terminal does: to all at once
        assert service.process.wait(timeout=30) == 130
        assert is_gone(worker)
        assert list((tmp_path / "tmp").iterdir()) == []


def test_what_cannot_be_opened_is_said_once_and_ends_all(tmp_path: Path) -> None:
    words = [sys.executable, "-m", "semsearch", "serve", "--index", str(tmp_path), "--port", "0", "--workers", "3"]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 1
    assert done.stderr == f"semsearch: no index at {tmp_path} yet; run: semsearch rebuild --index {tmp_path}\n"


def test_the_garbage_collector_passes_over_what_a_service_is_made_of(demo_index: Path) -> None:
    before, usual = gc.get_freeze_count(), gc.get_threshold()
    try:
        app_of(Settings(index=demo_index))
        assert gc.get_freeze_count() > before + 1_000
    finally:
        gc.unfreeze()
        gc.set_threshold(*usual)
