"""Questions that come together go through the model together."""

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

TEXTS = {f"text {number}": (1.0, float(number)) for number in range(40)}


class SlowEncoder(FakeEncoder):
    """Waits until it is told to go on, and remembers what it was given at once."""

    def __init__(self) -> None:
        super().__init__(TEXTS, 2)
        self.batches: list[list[str]] = []
        self.entered, self.go_on = threading.Semaphore(0), threading.Semaphore(0)

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        self.batches.append(list(texts))
        self.entered.release()
        assert self.go_on.acquire(timeout=10)
        return super().encode_queries(texts)


Answer = tuple[Vector | None, Exception | None]


@pytest.fixture
def batcher() -> Iterator[Batcher]:
    batcher = Batcher()
    yield batcher
    batcher.stop()


@pytest.fixture
def slow() -> SlowEncoder:
    return SlowEncoder()


def asked(batcher: Batcher, encoder: FakeEncoder, text: str) -> Queue[Answer]:
    answers: Queue[Answer] = Queue()
    batcher.encode(encoder, text, lambda *answer: answers.put(answer))
    return answers


def vector_of(answers: Queue[Answer]) -> Vector:
    vector, error = answers.get(timeout=10)
    assert error is None
    assert vector is not None
    return vector


def test_one_that_comes_alone_does_not_wait_and_the_next_go_together(batcher: Batcher, slow: SlowEncoder) -> None:
    first = asked(batcher, slow, "text 0")
    assert slow.entered.acquire(timeout=10)
    others = [asked(batcher, slow, f"text {number}") for number in (1, 2, 1)]
    slow.go_on.release(2)
    expected = FakeEncoder(TEXTS, 2).encode_queries(["text 0", "text 1", "text 2", "text 1"])
    np.testing.assert_allclose([vector_of(one) for one in (first, *others)], expected)
    assert slow.batches == [["text 0"], ["text 1", "text 2"]]


def test_a_batch_has_an_end(batcher: Batcher, slow: SlowEncoder) -> None:
    first = asked(batcher, slow, "text 0")
    assert slow.entered.acquire(timeout=10)
    others = [asked(batcher, slow, f"text {number}") for number in range(1, 20)]
    slow.go_on.release(3)
    for one in (first, *others):
        vector_of(one)
    assert [len(batch) for batch in slow.batches] == [1, batching.MOST_AT_ONCE, 19 - batching.MOST_AT_ONCE]


def test_questions_for_two_models_are_two_batches(batcher: Batcher, slow: SlowEncoder) -> None:
    first = asked(batcher, slow, "text 0")
    assert slow.entered.acquire(timeout=10)
    other = SlowEncoder()
    answers = [asked(batcher, slow, "text 1"), asked(batcher, other, "text 2"), asked(batcher, slow, "text 3")]
    slow.go_on.release(3)
    other.go_on.release()
    for one in (first, *answers):
        vector_of(one)
    assert (slow.batches, other.batches) == ([["text 0"], ["text 1"], ["text 3"]], [["text 2"]])


def test_what_nobody_waits_for_any_longer_is_not_encoded(batcher: Batcher, slow: SlowEncoder) -> None:
    first = asked(batcher, slow, "text 0")
    assert slow.entered.acquire(timeout=10)
    batcher.encode(slow, "text 1", lambda *_: pytest.fail("nobody waits"), wanted=lambda: False)
    last = asked(batcher, slow, "text 2")
    slow.go_on.release(2)
    vector_of(first)
    vector_of(last)
    assert slow.batches == [["text 0"], ["text 2"]]


def test_all_of_a_batch_hear_of_a_failure_and_the_next_batch_is_well(batcher: Batcher) -> None:
    encoder = FakeEncoder(TEXTS, 2)
    vector, error = asked(batcher, encoder, "unknown").get(timeout=10)
    assert (vector, type(error)) == (None, KeyError)
    vector_of(asked(batcher, encoder, "text 1"))


def test_vectors_are_remembered_by_model_and_the_oldest_forgotten(
    batcher: Batcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batching, "REMEMBERED", 2)
    encoder = FakeEncoder(TEXTS, 2)
    for number in (0, 1):
        vector_of(asked(batcher, encoder, f"text {number}"))
    assert batcher.known(encoder, "text 0") is not None  # now it is the newer
    vector_of(asked(batcher, encoder, "text 2"))
    assert [batcher.known(encoder, f"text {number}") is not None for number in range(3)] == [True, False, True]


def test_sizes_of_batches_are_told() -> None:
    sizes: list[int] = []
    batcher = Batcher(sizes.append)
    vector_of(asked(batcher, FakeEncoder(TEXTS, 2), "text 0"))
    batcher.stop()
    assert sizes == [1]


def test_it_ends_after_what_is_waiting(slow: SlowEncoder) -> None:
    batcher = Batcher()
    answers = [asked(batcher, slow, f"text {number}") for number in range(3)]
    slow.go_on.release(3)
    batcher.stop()
    for one in answers:
        vector_of(one)
