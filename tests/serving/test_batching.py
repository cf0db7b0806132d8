"""Queries that arrive together are encoded together."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from queue import Queue

import numpy as np
import pytest

from semsearch.encoding.encoder import Vectors
from semsearch.serving import batching
from semsearch.serving.batching import Batcher, Vector
from tests.search.fakes import FakeEncoder
from tests.serving.fakes import Panic

TEXTS = {f"text {number}": (1.0, float(number)) for number in range(40)}


class SlowEncoder(FakeEncoder):
    """Waits until a test lets it go on, and records its batches."""

    def __init__(self) -> None:
        super().__init__(TEXTS, 2)
        self.batches: list[list[str]] = []
        self.entered, self.go_on = threading.Semaphore(0), threading.Semaphore(0)

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        self.batches.append(list(texts))
        self.entered.release()
        assert self.go_on.acquire(timeout=10)
        return super().encode_queries(texts)


class PanickingEncoder(FakeEncoder):
    """Panics at each batch."""

    def __init__(self, error: BaseException) -> None:
        super().__init__(TEXTS, 2)
        self._error = error

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        raise self._error


Outcome = tuple[Vector | None, Exception | None]


@pytest.fixture
def batcher() -> Iterator[Batcher]:
    batcher = Batcher()
    yield batcher
    batcher.stop()


@pytest.fixture
def slow() -> SlowEncoder:
    return SlowEncoder()


def submit(batcher: Batcher, encoder: FakeEncoder, text: str) -> Queue[Outcome]:
    outcomes: Queue[Outcome] = Queue()
    batcher.submit(encoder, text, lambda *outcome: outcomes.put(outcome))
    return outcomes


def vector_of(outcomes: Queue[Outcome]) -> Vector:
    vector, error = outcomes.get(timeout=10)
    assert error is None
    assert vector is not None
    return vector


def test_an_idle_batcher_encodes_at_once_and_the_queries_that_arrive_meanwhile_together(
    batcher: Batcher, slow: SlowEncoder
) -> None:
    first = submit(batcher, slow, "text 0")
    assert slow.entered.acquire(timeout=10)
    later = [submit(batcher, slow, f"text {number}") for number in (1, 2, 1)]
    slow.go_on.release(2)
    expected = FakeEncoder(TEXTS, 2).encode_queries(["text 0", "text 1", "text 2", "text 1"])
    np.testing.assert_allclose([vector_of(outcomes) for outcomes in (first, *later)], expected)
    assert slow.batches == [["text 0"], ["text 1", "text 2"]]


def test_the_size_of_a_batch_is_limited(batcher: Batcher, slow: SlowEncoder) -> None:
    first = submit(batcher, slow, "text 0")
    assert slow.entered.acquire(timeout=10)
    later = [submit(batcher, slow, f"text {number}") for number in range(1, 20)]
    slow.go_on.release(3)
    for outcomes in (first, *later):
        vector_of(outcomes)
    assert [len(batch) for batch in slow.batches] == [1, batching.MAX_BATCH_SIZE, 19 - batching.MAX_BATCH_SIZE]


def test_queries_for_two_models_are_two_batches(batcher: Batcher, slow: SlowEncoder) -> None:
    first = submit(batcher, slow, "text 0")
    assert slow.entered.acquire(timeout=10)
    other = SlowEncoder()
    later = [submit(batcher, slow, "text 1"), submit(batcher, other, "text 2"), submit(batcher, slow, "text 3")]
    slow.go_on.release(3)
    other.go_on.release()
    for outcomes in (first, *later):
        vector_of(outcomes)
    assert (slow.batches, other.batches) == ([["text 0"], ["text 1"], ["text 3"]], [["text 2"]])


def test_a_query_that_is_no_longer_wanted_is_not_encoded(batcher: Batcher, slow: SlowEncoder) -> None:
    first = submit(batcher, slow, "text 0")
    assert slow.entered.acquire(timeout=10)
    batcher.submit(slow, "text 1", lambda *_: pytest.fail("not wanted"), is_wanted=lambda: False)
    last = submit(batcher, slow, "text 2")
    slow.go_on.release(2)
    vector_of(first)
    vector_of(last)
    assert slow.batches == [["text 0"], ["text 2"]]


def test_a_failure_is_reported_to_each_query_of_its_batch_alone(batcher: Batcher) -> None:
    encoder = FakeEncoder(TEXTS, 2)
    vector, error = submit(batcher, encoder, "unknown").get(timeout=10)
    assert (vector, type(error)) == (None, KeyError)
    vector_of(submit(batcher, encoder, "text 1"))


@pytest.mark.parametrize("panic", [Panic("index out of bounds"), SystemExit(1)])
def test_a_panic_is_reported_to_each_query_of_its_batch_and_the_thread_goes_on(
    batcher: Batcher, slow: SlowEncoder, panic: BaseException
) -> None:
    first = submit(batcher, slow, "text 0")
    assert slow.entered.acquire(timeout=10)
    panicking = PanickingEncoder(panic)
    lost = [submit(batcher, panicking, f"text {number}") for number in (1, 2)]
    slow.go_on.release(2)
    vector_of(first)
    for outcomes in lost:
        vector, error = outcomes.get(timeout=10)
        assert vector is None
        assert isinstance(error, Exception)
        assert error.__cause__ is panic
    vector_of(submit(batcher, slow, "text 3"))


@pytest.mark.parametrize("error", [ValueError("wrong"), Panic("index out of bounds")])
def test_a_callback_that_fails_is_logged_and_the_others_are_called(
    batcher: Batcher, slow: SlowEncoder, error: BaseException, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise error

    first = submit(batcher, slow, "text 0")
    assert slow.entered.acquire(timeout=10)
    batcher.submit(slow, "text 1", fail)
    same_batch = submit(batcher, slow, "text 2")
    slow.go_on.release(3)
    for outcomes in (first, same_batch, submit(batcher, slow, "text 3")):
        vector_of(outcomes)
    assert type(error).__name__ in caplog.text


@pytest.mark.parametrize("error", [ValueError("wrong"), Panic("index out of bounds")])
def test_a_query_whose_state_cannot_be_read_is_told_and_the_thread_goes_on(
    batcher: Batcher, error: BaseException
) -> None:
    def fail() -> bool:
        raise error

    outcomes: Queue[Outcome] = Queue()
    encoder = FakeEncoder(TEXTS, 2)
    batcher.submit(encoder, "text 0", lambda *outcome: outcomes.put(outcome), is_wanted=fail)
    assert outcomes.get(timeout=10)[1] is not None
    vector_of(submit(batcher, encoder, "text 1"))


def test_a_failure_of_on_batch_is_reported_and_the_thread_goes_on() -> None:
    failures = [Panic("first batch")]

    def on_batch(_: int) -> None:
        if failures:
            raise failures.pop()

    batcher, encoder = Batcher(on_batch), FakeEncoder(TEXTS, 2)
    assert submit(batcher, encoder, "text 0").get(timeout=10)[1] is not None
    vector_of(submit(batcher, encoder, "text 1"))
    batcher.stop()


def test_vectors_are_cached_by_model_and_the_least_recently_used_are_evicted(
    batcher: Batcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batching, "MAX_CACHED_VECTORS", 2)
    encoder = FakeEncoder(TEXTS, 2)
    for number in (0, 1):
        vector_of(submit(batcher, encoder, f"text {number}"))
    assert batcher.cached(encoder, "text 0") is not None  # now the most recently used
    vector_of(submit(batcher, encoder, "text 2"))
    assert [batcher.cached(encoder, f"text {number}") is not None for number in range(3)] == [True, False, True]


def test_a_key_finds_only_vectors_of_its_own_queries(batcher: Batcher) -> None:
    encoder, outcomes = FakeEncoder(TEXTS, 2), Queue[Outcome]()
    batcher.submit(encoder, "text 0", lambda *outcome: outcomes.put(outcome), key_name="north")
    vector_of(outcomes)
    keys = ("north", "south", None)
    assert [batcher.cached(encoder, "text 0", name) is not None for name in keys] == [True, False, False]


def test_on_batch_gets_the_size_of_each_batch() -> None:
    sizes: list[int] = []
    batcher = Batcher(sizes.append)
    vector_of(submit(batcher, FakeEncoder(TEXTS, 2), "text 0"))
    batcher.stop()
    assert sizes == [1]


def test_stop_encodes_the_waiting_queries_and_refuses_more(slow: SlowEncoder) -> None:
    batcher = Batcher()
    waiting = [submit(batcher, slow, f"text {number}") for number in range(3)]
    slow.go_on.release(3)
    batcher.stop()
    for outcomes in waiting:
        vector_of(outcomes)
    with pytest.raises(RuntimeError, match="has ended"):
        submit(batcher, slow, "text 3")


def test_a_panic_while_the_model_is_warmed_up_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    batching.warm(PanickingEncoder(Panic("no such instruction")))
    assert "no such instruction" in caplog.text


@pytest.mark.parametrize("interrupt", [KeyboardInterrupt, SystemExit])
def test_warming_up_can_be_interrupted(interrupt: type[BaseException]) -> None:
    with pytest.raises(interrupt):
        batching.warm(PanickingEncoder(interrupt()))
