"""Tests of ``semsearch serve --workers`` with real processes."""

from __future__ import annotations

import contextlib
import gc
import importlib
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
import pytest
from prometheus_client.parser import text_string_to_metric_families

import semsearch
from semsearch.cli.workers import _make_app
from semsearch.index import IndexFolder
from semsearch.settings import Settings
from tests.builders import ROOT, raw_post, write_corpus
from tests.client.servers import get
from tests.rebuilding.fakes import FakeEncoder

POST = "/v1/posts/{post_id:path}"


class Service:
    """A running ``semsearch serve`` and its log."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self._lines: queue.Queue[str] = queue.Queue()
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def wait_for_log(self, pattern: str) -> str:
        """Wait for a line that matches the pattern; return its first group."""
        while True:
            if found := re.search(pattern, self._lines.get(timeout=60)):
                return found[1]

    def next_worker(self) -> int:
        """Wait for the next worker to start; return its process id."""
        return int(self.wait_for_log(r"Started server process \[(\d+)\]"))

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self._lines.put(line)


@contextmanager
def serving(
    index: Path, temporary: Path, *, module: str, workers: int = 2, poll_seconds: float = 0.05
) -> Iterator[Service]:
    words = [sys.executable, "-m", module, "serve", "--index", str(index), "--port", "0", "--workers", str(workers)]
    temporary.mkdir(exist_ok=True)
    environment = os.environ | {"SEMSEARCH_POLL_SECONDS": str(poll_seconds), "TMPDIR": str(temporary)}
    environment |= {"SEMSEARCH_DEADLINE_SECONDS": "60"}
    with subprocess.Popen(
        words,
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
        start_new_session=True,
    ) as process:
        service = Service(process)
        try:
            yield service
        finally:
            process.kill()
            service.reader.join(timeout=60)  # before the pipe is closed


@contextmanager
def stopped(worker: int) -> Iterator[None]:
    """Suspend a worker, so that only the others can respond."""
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


def has_exited(worker: int) -> bool:
    try:
        os.kill(worker, 0)
    except ProcessLookupError:
        return True
    return False


def count_post_requests(address: str) -> float:
    """Scrape the number of requests for posts."""
    return sum(
        sample.value
        for family in text_string_to_metric_families(get(f"{address}/metrics").text)
        for sample in family.samples
        if sample.name == "semsearch_requests_total" and sample.labels["route"] == POST
    )


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An index with a post, for which no model is needed."""
    rebuilding = importlib.import_module("semsearch.rebuilding.rebuild")  # the package's own "rebuild" is the function
    monkeypatch.setattr(rebuilding, "open_encoder", lambda *_, **__: FakeEncoder())
    semsearch.rebuild(write_corpus(tmp_path / "corpus", [raw_post("a")]), tmp_path / "index")
    return tmp_path / "index"


def test_workers_share_an_address_and_metrics_and_are_replaced(index: Path, tmp_path: Path) -> None:
    with serving(index, tmp_path / "tmp", module="tests.cli.modelless_service") as service:
        first = service.next_worker()
        address = service.wait_for_log(r"listening on (http://\S+)")
        second = service.next_worker()
        for suspended in (first, second):  # each responds while the other is suspended
            with stopped(suspended):
                assert get(f"{address}/v1/posts/a").json()["title"] == "Title of a"

        wait_until(lambda: count_post_requests(address) == 2)  # a response is counted after it was sent
        os.kill(first, signal.SIGKILL)
        third = service.next_worker()
        with stopped(second):
            assert get(f"{address}/v1/posts/a", timeout=30).status_code == 200

        version = semsearch.rebuild(write_corpus(tmp_path / "corpus", [raw_post("a"), raw_post("b")]), index).version
        for suspended in (third, second):
            with stopped(suspended):
                wait_until(lambda: bool(get(f"{address}/readyz").json()["index_version"] == version))
                wait_until(
                    lambda: count_post_requests(address) == 3
                )  # all workers report the sum, with the dead worker

        service.process.send_signal(signal.SIGTERM)
        assert service.process.wait(timeout=30) == 0
        assert has_exited(second)
        assert has_exited(third)
        assert list((tmp_path / "tmp").iterdir()) == []


@pytest.mark.parametrize("workers", [1, 2])
def test_a_worker_that_dies_of_a_truncated_file_comes_back_with_the_version_before(
    index: Path, tmp_path: Path, workers: int
) -> None:
    first = IndexFolder(index).current()
    second = semsearch.rebuild(write_corpus(tmp_path / "corpus", [raw_post("a"), raw_post("b")]), index).version
    with serving(
        index, tmp_path / "tmp", module="tests.cli.modelless_service", workers=workers, poll_seconds=3_600
    ) as service:
        address = service.wait_for_log(r"listening on (http://\S+)")
        assert get(f"{address}/readyz").json()["index_version"] == second
        if workers == 2:
            service.next_worker()  # so that none opens the index after the file was truncated
        (index / "versions" / second / "related.npy").open("r+b").truncate(0)
        with pytest.raises(httpx2.TransportError):
            get(f"{address}/v1/posts/a/related", timeout=60)
        service.wait_for_log(r"(worker \d+ was ended by SIGBUS .*truncated.*; it is started again)$")
        service.wait_for_log(rf"(version {second} is damaged: related.npy: 0 bytes)")
        service.wait_for_log(rf"(version {first} is used instead)")
        if workers == 2:  # the other dies, too
            with contextlib.suppress(httpx2.TransportError):
                get(f"{address}/v1/posts/a/related", timeout=60)
        assert get(f"{address}/v1/posts/a/related", timeout=60).status_code == 200
        status = get(f"{address}/readyz", timeout=60).json()
        assert status["index_version"] == first
        assert second in status["problem"]
        service.process.send_signal(signal.SIGTERM)
        assert service.process.wait(timeout=60) == 0


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV, signal.SIGTERM])
def test_the_only_worker_is_replaced_however_it_ended(tmp_path: Path, number: signal.Signals) -> None:
    with serving(tmp_path, tmp_path / "tmp", module="tests.cli.empty_service", workers=1) as service:
        worker = service.next_worker()
        address = service.wait_for_log(r"listening on (\S+)")
        os.kill(worker, number)
        assert get(address, timeout=60).status_code == 500  # the empty app has no routes
        assert service.next_worker() != worker


def test_a_worker_that_ends_again_and_again_ends_the_service(tmp_path: Path) -> None:
    with serving(tmp_path, tmp_path / "tmp", module="tests.cli.dying_service", workers=1) as service:
        for number in range(3):
            service.wait_for_log(rf"worker \d+ was ended by SIGKILL .*; it is started again((?: in {number} s)?)$")
        service.wait_for_log(r"(4 times in a row)")
        assert service.process.wait(timeout=60) == 1


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_while_the_first_worker_starts_ends_the_service(
    tmp_path: Path, workers: int, number: signal.Signals
) -> None:
    with serving(tmp_path, tmp_path / "tmp", module="tests.cli.slow_service", workers=workers) as service:
        service.wait_for_log("(making the app)")
        service.process.send_signal(number)
        assert service.process.wait(timeout=60) == (130 if number == signal.SIGINT else 0)


@pytest.mark.parametrize("workers", [1, 2])
def test_signals_of_job_control_do_not_suspend_a_service_in_the_background(tmp_path: Path, workers: int) -> None:
    with serving(tmp_path, tmp_path / "tmp", module="tests.cli.empty_service", workers=workers) as service:
        address = service.wait_for_log(r"listening on (\S+)")
        for number in (signal.SIGTTIN, signal.SIGTTOU):
            os.killpg(service.process.pid, number)
        assert get(address).status_code == 500
        service.process.send_signal(signal.SIGTERM)
        assert service.process.wait(timeout=60) == 0


def test_the_folder_of_a_killed_service_is_removed_at_the_next_start(tmp_path: Path) -> None:
    temporary = tmp_path / "tmp"
    with serving(tmp_path, temporary, module="tests.cli.empty_service") as service:
        workers = [service.next_worker()]
        service.wait_for_log("(listening)")
        workers.append(service.next_worker())
        service.process.kill()
        for worker in workers:
            wait_until(lambda worker=worker: has_exited(worker))  # type: ignore[misc]
    [abandoned] = temporary.iterdir()
    with serving(tmp_path, temporary, module="tests.cli.empty_service") as first:
        first.wait_for_log("(listening)")
        [used] = temporary.iterdir()
        assert used != abandoned
        with serving(tmp_path, temporary, module="tests.cli.empty_service") as second:
            second.wait_for_log("(listening)")
            assert used in temporary.iterdir()
            assert len(list(temporary.iterdir())) == 2


def test_workers_stop_when_their_supervisor_dies(tmp_path: Path) -> None:
    with serving(tmp_path, tmp_path / "tmp", module="tests.cli.empty_service") as service:
        worker = service.next_worker()
        service.wait_for_log(r"(listening)")
        service.process.kill()
        wait_until(lambda: has_exited(worker))


def test_a_worker_is_not_ended_by_signals_that_are_for_its_supervisor(tmp_path: Path) -> None:
    with serving(tmp_path, tmp_path / "tmp", module="tests.cli.empty_service") as service:
        first = service.next_worker()
        address = service.wait_for_log(r"listening on (\S+)")
        second = service.next_worker()
        for number in (signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2):
            os.kill(first, number)
        with stopped(second):
            assert get(address).status_code == 500  # the empty app has no routes


def test_ctrl_c_stops_all_workers_cleanly(tmp_path: Path) -> None:
    with serving(tmp_path, tmp_path / "tmp", module="tests.cli.empty_service") as service:
        worker = service.next_worker()
        service.wait_for_log(r"(listening)")
        os.killpg(service.process.pid, signal.SIGINT)  # to all processes, as a terminal does
        assert service.process.wait(timeout=30) == 130
        assert has_exited(worker)
        assert list((tmp_path / "tmp").iterdir()) == []


@pytest.mark.parametrize("workers", ["1", "3"])
def test_an_index_that_cannot_be_opened_is_logged_once(tmp_path: Path, workers: str) -> None:
    words = [sys.executable, "-m", "semsearch", "serve", "--index", str(tmp_path), "--port", "0", "--workers", workers]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 1
    assert done.stderr == f"semsearch: no index at {tmp_path} yet; run: semsearch rebuild --index {tmp_path}\n"


def test_the_objects_of_the_app_are_frozen_for_the_garbage_collector(demo_index: Path) -> None:
    before = gc.get_freeze_count()
    _make_app(Settings(index=demo_index))
    assert gc.get_freeze_count() > before + 1_000
