"""One thread runs tasks in order, tasks of priority first."""

from __future__ import annotations

import threading
from functools import partial

import pytest

from semsearch.serving.worker_thread import WorkerThread
from tests.serving.fakes import Panic


def test_tasks_run_in_order_and_those_of_priority_first() -> None:
    worker, hold, done = WorkerThread("test"), threading.Event(), list[str]()
    worker.submit(lambda: hold.wait(10))
    for name in ("one", "two"):
        worker.submit(partial(done.append, name))
        worker.submit(partial(done.append, f"priority {name}"), priority=True)
    hold.set()
    worker.stop()
    assert done == ["priority one", "priority two", "one", "two"]


def test_all_tasks_run_on_one_thread_of_that_name() -> None:
    worker, threads = WorkerThread("of a test"), list[threading.Thread]()
    for _ in range(3):
        worker.submit(lambda: threads.append(threading.current_thread()))
    worker.stop()
    assert len(threads) == 3
    assert {thread.name for thread in threads} == {"of a test"}
    assert not threads[0].is_alive()


@pytest.mark.parametrize("error", [ValueError, Panic])
def test_a_task_that_fails_is_logged_and_the_next_one_runs(
    error: type[BaseException], caplog: pytest.LogCaptureFixture
) -> None:
    worker, done = WorkerThread("test"), list[int]()

    def fail() -> None:
        raise error

    worker.submit(fail)
    worker.submit(lambda: done.append(2))
    worker.stop()
    assert done == [2]
    assert error.__name__ in caplog.text


def test_a_stopped_thread_accepts_no_task() -> None:
    worker, done = WorkerThread("test"), list[int]()
    worker.stop()
    with pytest.raises(RuntimeError, match="test has ended"):
        worker.submit(lambda: done.append(1))
    assert done == []


def test_tasks_submitted_from_many_threads_all_run() -> None:
    worker, done = WorkerThread("test"), list[int]()

    def submit_many(number: int) -> None:
        for turn in range(200):
            worker.submit(lambda: done.append(number), priority=turn % 2 == 0)

    threads = [threading.Thread(target=submit_many, args=(number,)) for number in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    worker.stop()
    assert sorted(done) == sorted(number for number in range(5) for _ in range(200))
