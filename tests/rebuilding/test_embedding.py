from __future__ import annotations

import errno
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from semsearch.encoding import VectorCache
from semsearch.encoding.encoder import Vectors
from semsearch.rebuilding import embedding
from semsearch.rebuilding.embedding import Embedder
from tests.rebuilding.fakes import FakeEncoder, open_cache, vector_of


@pytest.fixture
def vectors(tmp_path: Path) -> Iterator[VectorCache]:
    with open_cache(tmp_path) as cache:
        yield cache


def test_equal_texts_are_embedded_once_and_counted_as_reused(vectors: VectorCache) -> None:
    encoder = FakeEncoder()
    embedder = Embedder(encoder, vectors, full=False, on_wait=lambda: None)
    keys = [embedder.add(text) for text in ("a", "b", "a", "", "b")]
    embedder.flush()
    assert encoder.documents == ["a", "b", ""]
    assert (embedder.embedded, embedder.reused) == (3, 2)
    assert keys[0] == keys[2] != keys[1] == keys[4]


def test_texts_are_embedded_at_a_flush_and_only_once(vectors: VectorCache) -> None:
    encoder = FakeEncoder()
    embedder = Embedder(encoder, vectors, full=False, on_wait=lambda: None)
    key = embedder.add("a")
    assert (encoder.documents, vectors.contains([key]).tolist()) == ([], [False])
    embedder.flush()
    embedder.flush()
    assert (encoder.documents, vectors.contains([key]).tolist(), embedder.embedded) == (["a"], [True], 1)
    embedder.add("a")
    embedder.flush()
    assert (encoder.documents, embedder.reused) == (["a"], 1)


def test_vectors_of_an_earlier_rebuild_are_reused(vectors: VectorCache) -> None:
    first = Embedder(FakeEncoder(), vectors, full=False, on_wait=lambda: None)
    first.add("a")
    first.flush()
    encoder = FakeEncoder()
    second = Embedder(encoder, vectors, full=False, on_wait=lambda: None)
    for text in ("a", "b"):
        second.add(text)
    second.flush()
    assert (encoder.documents, second.embedded, second.reused) == (["b"], 1, 1)


def test_full_embeds_each_cached_text_once_more(vectors: VectorCache) -> None:
    first = Embedder(FakeEncoder(), vectors, full=False, on_wait=lambda: None)
    key = first.add("a")
    first.flush()
    vectors.add([key], vector_of("wrong").reshape(1, -1))  # as if memory had been faulty
    encoder = FakeEncoder()
    again = Embedder(encoder, vectors, full=True, on_wait=lambda: None)
    for text in ("a", "a"):
        again.add(text)
    again.flush()
    again.add("a")
    again.flush()
    assert (encoder.documents, again.embedded, again.reused) == (["a"], 1, 2)
    assert vectors.get([key])[0] == pytest.approx(vector_of("a"), abs=1e-3)


texts = st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=3), max_size=30)


@settings(max_examples=50, deadline=None)
@given(texts, texts, st.booleans(), st.integers(1, 4))
def test_every_key_leads_to_the_vector_of_its_text(
    tmp_path_factory: pytest.TempPathFactory, before: list[str], after: list[str], full: bool, batch: int
) -> None:
    with pytest.MonkeyPatch.context() as patch, open_cache(tmp_path_factory.mktemp("cache")) as vectors:
        patch.setattr(embedding, "_WINDOW", 3)  # so that windows fill up
        earlier = Embedder(FakeEncoder(batch), vectors, full=False, on_wait=lambda: None)
        for text in before:
            earlier.add(text)
        earlier.flush()
        encoder = FakeEncoder(batch)
        embedder = Embedder(encoder, vectors, full=full, on_wait=lambda: None)
        keys = [embedder.add(text) for text in after]
        embedder.flush()
        found = vectors.get(keys)
    assert len(found) == len(after)
    for row, text in zip(found, after, strict=True):
        assert float(row @ vector_of(text)) == pytest.approx(np.linalg.norm(vector_of(text)) ** 2, abs=1e-3)
    assert len(encoder.documents) == len(set(encoder.documents)) == embedder.embedded
    assert set(encoder.documents) == set(after) - (set() if full else set(before))
    assert embedder.embedded + embedder.reused == len(after)


# --- on a thread ------------------------------------------------------------------------------------------------------


class HeldEncoder(FakeEncoder):
    """Encodes one text per batch, and waits for permission before each."""

    def __init__(self) -> None:
        super().__init__(batch=1)
        self.started = threading.Semaphore(0)
        self.permits = threading.Semaphore(0)
        self.encoded: list[str] = []

    def encode_documents(self, texts: Sequence[str]) -> Iterator[tuple[NDArray[np.intp], Vectors]]:
        for position, text in enumerate(texts):
            self.started.release()
            assert self.permits.acquire(timeout=30)
            self.encoded.append(text)
            yield np.array([position]), vector_of(text).reshape(1, -1)


class Panic(BaseException):
    """As PyO3 raises for a panic of a Rust library: not an Exception."""


class FailingEncoder(FakeEncoder):
    """Encodes one batch of one text, and fails at the next."""

    def __init__(self, error: type[BaseException] = MemoryError) -> None:
        super().__init__()
        self._error = error

    def encode_documents(self, texts: Sequence[str]) -> Iterator[tuple[NDArray[np.intp], Vectors]]:
        yield np.array([0]), vector_of(texts[0]).reshape(1, -1)
        raise self._error(texts[1])


@pytest.fixture
def windows_of_three(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedding, "_WINDOW", 3)
    monkeypatch.setattr(embedding, "_POLL_SECONDS", 0.01)


def test_a_window_is_embedded_while_the_next_is_collected(vectors: VectorCache, windows_of_three: None) -> None:
    encoder = HeldEncoder()
    embedder = Embedder(encoder, vectors, full=False, on_wait=lambda: None)
    for text in "abcde":
        embedder.add(text)
    assert encoder.started.acquire(timeout=30)  # the first of three, while two more were added
    assert (embedder.added, embedder.embedded) == (5, 0)
    encoder.permits.release(5)
    embedder.flush()
    embedder.stop()
    assert encoder.encoded == ["a", "b", "c", "d", "e"]


@pytest.mark.parametrize("error", [MemoryError, Panic])
def test_an_error_on_the_thread_is_raised_by_flush(vectors: VectorCache, error: type[BaseException]) -> None:
    embedder = Embedder(FailingEncoder(error), vectors, full=False, on_wait=lambda: None)
    keys = [embedder.add(text) for text in "ab"]
    with pytest.raises(error, match="b"):
        embedder.flush()
    embedder.stop()
    assert vectors.contains(keys).tolist() == [True, False]  # the first batch is cached
    assert embedder.embedded == 1


def test_an_error_on_the_thread_is_raised_when_the_next_window_is_full(
    vectors: VectorCache, windows_of_three: None
) -> None:
    embedder = Embedder(FailingEncoder(), vectors, full=False, on_wait=lambda: None)
    for text in "abcde":
        embedder.add(text)
    with pytest.raises(MemoryError, match="b"):
        embedder.add("f")
    embedder.stop()


def test_a_disk_error_on_the_thread_is_raised_by_flush(vectors: VectorCache, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_room(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(vectors, "add", no_room)
    embedder = Embedder(FakeEncoder(), vectors, full=False, on_wait=lambda: None)
    embedder.add("a")
    with pytest.raises(OSError, match="No space left"):
        embedder.flush()
    embedder.stop()
    assert embedder.embedded == 0


def test_stop_ends_after_the_current_batch_and_keeps_earlier_ones(vectors: VectorCache) -> None:
    encoder = HeldEncoder()
    waited = threading.Semaphore(0)
    embedder = Embedder(encoder, vectors, full=False, on_wait=waited.release)
    keys = [embedder.add(text) for text in "abcdef"]
    embedder._start()
    encoder.permits.release(2)
    for _ in "abc":
        assert encoder.started.acquire(timeout=30)  # the third has started, so two are done
    with ThreadPoolExecutor(1) as pool:
        stopping = pool.submit(embedder.stop)
        assert embedder._stopped.wait(30)
        encoder.permits.release(4)  # only one of which is used
        stopping.result(30)
    assert encoder.encoded == ["a", "b", "c"]
    assert vectors.contains(keys).tolist()[:2] == [True, True]
    assert not vectors.contains(keys)[3:].any()


def test_an_interrupt_during_flush_is_raised_and_finished_batches_are_kept(
    vectors: VectorCache, windows_of_three: None
) -> None:
    encoder = HeldEncoder()

    def interrupt() -> None:
        for _ in "ab":
            assert encoder.started.acquire(timeout=30)  # the second has started, so the first is done
        raise KeyboardInterrupt

    embedder = Embedder(encoder, vectors, full=False, on_wait=interrupt)
    encoder.permits.release()
    keys = [embedder.add(text) for text in "ab"]
    with pytest.raises(KeyboardInterrupt):
        embedder.flush()
    encoder.permits.release(9)
    embedder.stop()
    assert vectors.contains(keys)[0]
    assert encoder.encoded == ["a", "b"]


def test_on_wait_is_called_while_a_slow_window_is_embedded(vectors: VectorCache, windows_of_three: None) -> None:
    encoder = HeldEncoder()
    seen: list[int] = []

    def permit_one() -> None:
        seen.append(embedder.embedded)
        encoder.permits.release()

    embedder = Embedder(encoder, vectors, full=False, on_wait=permit_one)
    for text in "abc":
        embedder.add(text)
    assert seen == []  # nothing waits yet
    embedder.flush()  # would hang unless on_wait is called three times
    embedder.stop()
    assert len(seen) >= 3
    assert seen == sorted(seen)
    assert embedder.embedded == 3


def test_no_thread_runs_after_stop(vectors: VectorCache) -> None:
    encoder = FakeEncoder()
    embedder = Embedder(encoder, vectors, full=False, on_wait=lambda: None)
    embedder.add("a")
    embedder.flush()
    threads = list(embedder._worker._threads)
    embedder.stop()
    embedder.stop()  # a second call is harmless
    assert [thread.is_alive() for thread in threads] == [False]
    embedder.add("b")
    with pytest.raises(RuntimeError):
        embedder.flush()
    assert encoder.documents == ["a"]
