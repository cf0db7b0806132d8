from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import semsearch.encoding.cache
from semsearch.encoding import VectorCache, Vectors
from semsearch.encoding.encoder import unit
from tests.encoding.named_vectors import FILE, FINGERPRINT, directions, fill, holds, key, open_cache
from tests.encoding.tiny import cosines, files


@contextmanager
def new_folder() -> Iterator[Path]:
    """An empty folder for one example of a property, which a fixture would share among all."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


@given(
    st.integers(1, 400).flatmap(
        lambda dimension: arrays(
            np.float32, st.tuples(st.integers(0, 20), st.just(dimension)), elements=st.floats(-1, 1, width=32)
        )
    )
)
@settings(max_examples=60, deadline=None)
def test_vectors_are_found_again_after_reopening(rows: Vectors) -> None:
    rows = unit(rows[np.linalg.norm(rows, axis=1) > 1e-3])
    keys = [key(row) for row in range(len(rows))]
    dimension = rows.shape[1]
    with new_folder() as folder:
        with open_cache(folder, dimension) as cache:
            cache.add(keys, rows)
            np.testing.assert_array_less(0.99999, cosines(cache.get(keys), rows))
        with open_cache(folder, dimension) as cache:
            assert cache.contains(keys).all()
            found = cache.get(keys[::-1])
    assert found.dtype == np.float32
    np.testing.assert_array_less(0.99999, cosines(found, rows[::-1]))


def test_the_smallest_numbers_of_a_vector_survive_half_precision(tmp_path: Path) -> None:
    vector = unit(np.array([[1.0, 1e-3, 6e-8, 1e-30, -1e-5]], dtype=np.float32))
    with open_cache(tmp_path, 5) as cache:
        cache.add([key("a")], vector)
        np.testing.assert_allclose(cache.get([key("a")]), vector, rtol=0.002, atol=6e-8)


def test_a_vector_may_be_asked_for_twice_and_in_any_order(tmp_path: Path) -> None:
    with open_cache(tmp_path) as cache:
        cache.add([key("x"), key("y")], np.eye(2, dtype=np.float32))
        assert cache.get([key("y"), key("x"), key("y")]).tolist() == [[0, 1], [1, 0], [0, 1]]
        assert cache.contains([key("y"), key("z"), key("y")]).tolist() == [True, False, True]


def test_no_keys_give_no_vectors_of_the_right_width(tmp_path: Path) -> None:
    with open_cache(tmp_path, 7) as cache:
        cache.add([], np.empty((0, 7), dtype=np.float32))
        assert cache.get([]).shape == (0, 7)
        assert cache.contains([]).shape == (0,)
        assert cache.contains([]).dtype == np.bool_


def test_an_unknown_key_is_an_error(tmp_path: Path) -> None:
    with open_cache(tmp_path) as cache:
        fill(cache, ["known"])
        assert cache.contains([key("known"), key("unknown")]).tolist() == [True, False]
        with pytest.raises(KeyError):
            cache.get([key("known"), key("unknown")])


def test_what_is_added_again_replaces_what_was(tmp_path: Path) -> None:
    with open_cache(tmp_path) as cache:
        cache.add([key("a"), key("a")], np.array([[1, 0], [0, 1]], dtype=np.float32))
        assert cache.get([key("a")]).tolist() == [[0, 1]]
        cache.add([key("a")], np.array([[0, -1]], dtype=np.float32))
        assert cache.get([key("a")]).tolist() == [[0, -1]]
    with open_cache(tmp_path) as cache:
        assert cache.get([key("a")]).tolist() == [[0, -1]]


@pytest.mark.parametrize("shape", [(1, 3), (2, 2), (2,)])
def test_vectors_of_the_wrong_shape_are_refused(shape: tuple[int, ...], tmp_path: Path) -> None:
    with open_cache(tmp_path) as cache:
        with pytest.raises(ValueError, match="shape"):
            cache.add([key("a")], np.ones(shape, dtype=np.float32))
        assert holds(tmp_path, [])
        fill(cache, ["b"])
    assert holds(tmp_path, ["b"])


@given(*[st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]))] * 4)
@settings(max_examples=50, deadline=None)
def test_texts_and_templates_share_a_key_only_if_both_are_equal(a: str, b: str, c: str, d: str) -> None:
    with new_folder() as folder, open_cache(folder) as cache:
        assert (cache.key(a, b) == cache.key(c, d)) == ((a, b) == (c, d))
        assert cache.key(a, b) == hashlib.sha256(f"{FINGERPRINT}\0{b}\0{a}".encode()).digest()


def test_more_keys_than_one_query_takes_are_all_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(semsearch.encoding.cache, "_KEYS_PER_QUERY", 3)
    names = [*range(7), 0, 5]
    keys = [key(name) for name in names]
    with open_cache(tmp_path) as cache:
        assert not cache.contains(keys).any()
        cache.add(keys, directions(names))
        assert cache.contains(keys).all()
        np.testing.assert_array_less(0.99999, cosines(cache.get(keys), directions(names)))


def test_models_have_databases_of_their_own(tmp_path: Path) -> None:
    with (
        open_cache(tmp_path) as cache,
        VectorCache(tmp_path, user=tmp_path, fingerprint="f" * 64, dimension=3) as second,
    ):
        fill(cache, ["a"])
        assert not second.contains([key("a")])[0]
        assert cache.key("text", "") != second.key("text", "")


def test_a_closed_cache_is_one_file_and_its_lock(tmp_path: Path) -> None:
    with open_cache(tmp_path) as cache:
        fill(cache, ["a"])
    assert files(tmp_path) == {FILE, Path(FILE).with_suffix(".lock").name}


def test_what_is_synced_is_in_the_database_itself(tmp_path: Path) -> None:
    """Which is what a power failure leaves for sure: the log beside it is not waited for."""
    with open_cache(tmp_path / "cache") as cache:
        fill(cache, range(3))
        cache.sync()
        fill(cache, ["later"])
        copy = tmp_path / "copy"
        copy.mkdir()
        shutil.copyfile(tmp_path / "cache" / FILE, copy / FILE)
        assert holds(copy, range(3))


def test_a_cache_that_was_removed_starts_anew(tmp_path: Path) -> None:
    with open_cache(tmp_path / "cache") as cache:
        fill(cache, ["a"])
    shutil.rmtree(tmp_path / "cache")
    with open_cache(tmp_path / "cache") as cache:
        assert not cache.contains([key("a")])[0]


def test_closing_twice_does_no_harm(tmp_path: Path) -> None:
    cache = open_cache(tmp_path)
    fill(cache, ["a"])
    cache.close()
    cache.close()
    assert holds(tmp_path, ["a"])
