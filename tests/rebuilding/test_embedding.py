from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semsearch.encoding import VectorCache
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
    assert encoder.seen == ["a", "b", ""]
    assert (embedder.embedded, embedder.reused) == (3, 2)
    assert keys[0] == keys[2] != keys[1] == keys[4]


def test_nothing_is_computed_before_a_flush_nor_twice_after_it(vectors: VectorCache) -> None:
    encoder = FakeEncoder()
    embedder = Embedder(encoder, vectors, full=False, on_wait=lambda: None)
    key = embedder.add("a")
    assert (encoder.seen, key in vectors) == ([], False)
    embedder.flush()
    embedder.flush()
    assert (encoder.seen, key in vectors, embedder.embedded) == (["a"], True, 1)
    embedder.add("a")
    embedder.flush()
    assert (encoder.seen, embedder.reused) == (["a"], 1)


def test_what_an_earlier_rebuild_embedded_is_reused(vectors: VectorCache) -> None:
    first = Embedder(FakeEncoder(), vectors, full=False, on_wait=lambda: None)
    first.add("a")
    first.flush()
    encoder = FakeEncoder()
    second = Embedder(encoder, vectors, full=False, on_wait=lambda: None)
    for text in ("a", "b"):
        second.add(text)
    second.flush()
    assert (encoder.seen, second.embedded, second.reused) == (["b"], 1, 1)


def test_a_full_rebuild_embeds_each_text_again_and_only_once(vectors: VectorCache) -> None:
    first = Embedder(FakeEncoder(), vectors, full=False, on_wait=lambda: None)
    key = first.add("a")
    first.flush()
    vectors.add([key], vector_of("wrong").reshape(1, -1))  # say, by a computer with broken memory
    encoder = FakeEncoder()
    again = Embedder(encoder, vectors, full=True, on_wait=lambda: None)
    for text in ("a", "a"):
        again.add(text)
    again.flush()
    again.add("a")
    again.flush()
    assert (encoder.seen, again.embedded, again.reused) == (["a"], 1, 2)
    assert vectors.get([key])[0] == pytest.approx(vector_of("a"), abs=1e-3)


texts = st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=3), max_size=30)


@settings(max_examples=50, deadline=None)
@given(texts, texts, st.booleans(), st.integers(1, 4))
def test_every_key_leads_to_the_vector_of_its_text_whatever_the_order(
    tmp_path_factory: pytest.TempPathFactory, before: list[str], after: list[str], full: bool, batch: int
) -> None:
    with pytest.MonkeyPatch.context() as patch, open_cache(tmp_path_factory.mktemp("cache")) as vectors:
        patch.setattr(embedding, "_WINDOW", 3)  # so that it is flushed on the way too
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
    assert len(encoder.seen) == len(set(encoder.seen)) == embedder.embedded
    assert set(encoder.seen) == set(after) - (set() if full else set(before))
    assert embedder.embedded + embedder.reused == len(after)
