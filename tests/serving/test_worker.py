"""One thread does what it is handed, what is pressing first."""

from __future__ import annotations

import threading
from functools import partial

import pytest

from semsearch.serving.worker import Worker


def test_errands_are_done_in_turn_and_pressing_ones_first() -> None:
    worker, hold, done = Worker("test"), threading.Event(), list[str]()
    worker.hand(lambda: hold.wait(10))
    for name in ("one", "two"):
        worker.hand(partial(done.append, name))
        worker.hand(partial(done.append, f"pressing {name}"), pressing=True)
    hold.set()
    worker.stop()
    assert done == ["pressing one", "pressing two", "one", "two"]


def test_all_run_on_one_thread_of_that_name() -> None:
    worker, threads = Worker("of a test"), list[threading.Thread]()
    for _ in range(3):
        worker.hand(lambda: threads.append(threading.current_thread()))
    worker.stop()
    assert len(threads) == 3
    assert {thread.name for thread in threads} == {"of a test"}
    assert not threads[0].is_alive()


class Panic(BaseException):
    """As libraries raise that are written in Rust."""


@pytest.mark.parametrize("error", [ValueError, Panic])
def test_one_that_fails_is_logged_and_the_others_are_done(
    error: type[BaseException], caplog: pytest.LogCaptureFixture
) -> None:
    worker, done = Worker("test"), list[int]()

    def fail() -> None:
        raise error

    worker.hand(fail)
    worker.hand(lambda: done.append(2))
    worker.stop()
    assert done == [2]
    assert error.__name__ in caplog.text


def test_after_the_end_nothing_is_taken() -> None:
    worker, done = Worker("test"), list[int]()
    worker.stop()
    with pytest.raises(RuntimeError, match="test has ended"):
        worker.hand(lambda: done.append(1))
    assert done == []


def test_what_is_handed_from_many_threads_is_all_done() -> None:
    worker, done = Worker("test"), list[int]()

    def hand(number: int) -> None:
        for turn in range(200):
            worker.hand(lambda: done.append(number), pressing=turn % 2 == 0)

    threads = [threading.Thread(target=hand, args=(number,)) for number in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    worker.stop()
    assert sorted(done) == sorted(number for number in range(5) for _ in range(200))
